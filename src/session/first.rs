//! The first `relco.toml` of a project: what its repository tells, written down with comments for the rest.
//!
//! Reads the repository, runs nothing, and never writes over a file that is there. Enter at [`FirstFile::find`].

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::open::{OpenError, Options};
use crate::config::load::FILE_NAME;
use crate::domain::repo_path::RepoPath;
use crate::domain::tag::TagPattern;
use crate::domain::version_files::PlaceKind;
use crate::system::git::Git;
use crate::system::ledger::find_changelog;
use crate::system::versions::says_version;

/// How deep below the top version files are looked for: `services/api/Cargo.toml`.
const DEEP: usize = 2;
/// The most version files that are proposed.
const FILES_MOST: usize = 20;
/// A proposed file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstFile {
    /// Where it goes.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// What was found, in words.
    pub found: Vec<String>,
}

/// A version file that was found.
struct Proposed {
    path: String,
    /// Empty for a workspace whose members say it.
    says: String,
}

impl FirstFile {
    /// Draws up the file for the repository at hand.
    ///
    /// # Errors
    /// When there is no repository with files.
    pub fn find(options: &Options) -> Result<Self, OpenError> {
        let start = options.project.clone().unwrap_or_else(|| PathBuf::from("."));
        let git = Git::discover(&start)?;
        let root: PathBuf = git.root().ok_or(OpenError::Bare)?.components().collect();
        let mut found = Vec::new();
        let tag = git.guess_tag_pattern()?;
        found.push(match &tag {
            Some(tag) => format!("release tags look like {tag}"),
            None => "no release tag yet".to_owned(),
        });
        let changelog = find_changelog(&git, "HEAD", None).ok().flatten();
        found.push(match &changelog {
            Some(path) => format!("changelog {path}"),
            None => "no changelog".to_owned(),
        });
        let mut files = Vec::new();
        version_files(&git, &root, "", DEEP, &mut files);
        files.truncate(FILES_MOST);
        found.extend(files.iter().map(|file| match file.says.as_str() {
            "" => format!("{} leads to its members", file.path),
            says => format!("{} says {says}", file.path),
        }));
        let text = text(&git.project_name(), tag.as_ref(), &files, changelog.as_ref());
        Ok(Self { path: root.join(FILE_NAME), text, found })
    }

    /// Writes it; fails where there is a file already.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`], or what else the system says.
    pub fn write(&self) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).open(&self.path)?;
        file.write_all(self.text.as_bytes())
    }
}

fn version_files(git: &Git, root: &Path, below: &str, deeper: usize, files: &mut Vec<Proposed>) {
    let Ok(entries) = fs::read_dir(root.join(below)) else { return };
    let mut names: Vec<String> = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    let path = |name: &str| if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") };
    for name in names.iter().filter(|name| is_version_file(name)) {
        files.extend(proposed(git, path(name)));
    }
    if deeper == 0 {
        return;
    }
    for name in names.iter().filter(|name| !name.starts_with('.') && *name != "node_modules" && *name != "target") {
        let path = path(name);
        if root.join(&path).symlink_metadata().is_ok_and(|about| about.is_dir()) {
            version_files(git, root, &path, deeper - 1, files);
        }
    }
}

fn is_version_file(name: &str) -> bool {
    PlaceKind::of_name(name).is_some_and(|kind| !kind.is_lock())
}

fn proposed(git: &Git, path: String) -> Option<Proposed> {
    let inside = RepoPath::parse(&path).ok()?;
    if !git.is_tracked(&inside).unwrap_or(false) {
        return None;
    }
    let says = says_version(git, &path)?;
    Some(Proposed { path, says })
}

/// A TOML string, quoted as it must be.
fn quoted(text: &str) -> String {
    toml::Value::String(text.chars().filter(|c| !c.is_control()).collect()).to_string()
}

fn text(project: &str, tag: Option<&TagPattern>, files: &[Proposed], changelog: Option<&RepoPath>) -> String {
    let mut text = String::from(HEAD);
    let tag = tag.map_or_else(|| TagPattern::default().to_string(), ToString::to_string);
    text.push_str(&format!("\n[project]\nname = {}\ntag = {}\n", quoted(project), quoted(&tag)));
    text.push_str(PEOPLE);
    text.push_str("\n# Where the version is written; all of these must say the same.\n");
    let version = files.iter().map(|file| file.says.as_str()).find(|says| !says.is_empty());
    for file in files {
        let lines = ["[[version.file]]".to_owned(), format!("path = {}", quoted(&file.path))];
        if file.says.is_empty() || Some(file.says.as_str()) == version {
            text.push_str(&format!("\n{}\n", lines.join("\n")));
        } else {
            let lines: Vec<String> = lines.iter().map(|line| format!("# {line}")).collect();
            text.push_str(&format!(
                "\n# It says {}, and the first one does not.\n{}\n",
                quoted(&file.says),
                lines.join("\n")
            ));
        }
    }
    if files.is_empty() {
        text.push_str("# [[version.file]]\n# path = \"docs/index.md\"\n# pattern = '(?<version>\\d\\S*)'\n#\n");
        text.push_str("# Where the tag alone says it, there is nothing to compare.\n");
        text.push_str("# [[item]]\n# id = \"versions\"\n# remove = true\n");
    }
    match changelog {
        Some(path) => text.push_str(&format!("\n[changelog]\npath = {}\n", quoted(path.as_str()))),
        None => {
            text.push_str("\n# [changelog]\n# path = \"CHANGELOG.md\"\n#\n# Where none is kept, nothing is checked.\n");
            text.push_str("# [[item]]\n# id = \"changelog\"\n# remove = true\n");
        }
    }
    text.push_str(TAIL);
    text
}

const HEAD: &str = "\
# How this project is released: what it adds to relco's default plan. What is left out stays as the default has it, as
# something for people to do. `relco config check` says what is wrong with this file, `relco config schema` describes
# every key. Nothing in here runs before somebody trusted exactly this text: `relco trust`.
";

const PEOPLE: &str = "
# Who has which role, as git knows them. A role without a list may be anybody's.
# [people]
# \"release manager\" = [\"ana@example.com\"]
# devops = [\"devin@example.com\"]
# developer = [\"dev@example.com\"]
# qa = [\"li@example.com\"]
# security = [\"kim@example.com\"]
# \"product owner\" = [\"sam@example.com\"]
";

const TAIL: &str = "
# Completing a release appends one line to this file.
# [release_log]
# path = \"docs/releases.md\"

# Where runs go. Steps get these variables, and those of `env_file`, which is not part of the plan.
# [environment.staging]
# vars = { TARGET = \"staging\" }
#
# [environment.production]
# vars = { TARGET = \"production\" }
# env_file = \"../secrets/production.env\"

# A gate that a command decides: exit 0 passed, anything else failed.
# [[gate]]
# id = \"qa\"
# check = [\"./ci/qa-report\"]

# An entry of a list that a command does; `relco item list` names the entries.
# [[item]]
# id = \"pipeline\"
# run = [\"./ci/pipeline\"]

# The deployment, in the order in which it runs. The default steps that are not named here stay, as something for people
# to do: migrate, deploy-backend, deploy-frontend, clear-caches, warm-up.
# [[deploy.step]]
# id = \"migrate\"
# run = [\"./deploy/migrate\"]
# class = \"reversible\"
# undo = [\"./deploy/migrate\", \"--down\"]
#
# [[deploy.step]]
# id = \"warm-up\"
# remove = true

# A signal, and what proposes a rollback when it is bad.
# [[probe]]
# id = \"api\"
# url = \"https://example.com/health\"
#
# [[trigger]]
# id = \"slow\"
# probe = \"api\"
# ratio = 2.0

# Who is told, and how; the notice comes on standard input.
# [[stakeholder]]
# name = \"status page\"
# notify = { command = [\"./ops/tell\", \"status-page\"] }
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load::{Found, Source, load};
    use crate::system::git::testing::Sample;

    fn find(sample: &Sample) -> FirstFile {
        FirstFile::find(&Options { project: Some(sample.path().to_owned()), ..Options::default() }).unwrap()
    }

    fn loads(text: &str) -> crate::domain::plan::Plan {
        load(Some(Source { name: FILE_NAME, bytes: text.as_bytes() }), &Found::default()).unwrap().plan
    }

    #[test]
    fn what_a_repository_has_stands_in_the_file() {
        let sample = Sample::new();
        sample
            .write("backend/Cargo.toml", "[package]\nname = \"a\"\nversion = \"1.2.0\"\n")
            .write("frontend/package.json", "{ \"version\": \"1.2.0\" }\n")
            .write("tools/gen/package.json", "{ \"version\": \"0.0.1\" }\n")
            .write("VERSION", "1.2.0\n")
            .write("HISTORY.md", "# 1.2.0\n")
            .commit("first");
        sample.write("node_modules/x/package.json", "{ \"version\": \"9.9.9\" }\n");
        sample.tag("release-1.2.0");
        let first = find(&sample);
        let plan = loads(&first.text);
        let paths: Vec<&str> = plan.version_files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["VERSION", "backend/Cargo.toml", "frontend/package.json"]);
        assert_eq!(plan.tag, "release-{version}");
        assert_eq!(plan.changelog.as_deref(), Some("HISTORY.md"));
        assert!(first.text.contains("# path = \"tools/gen/package.json\""));
        assert!(!first.text.contains("node_modules"));
    }

    #[test]
    fn every_suggestion_in_the_comments_is_understood() {
        let sample = Sample::new();
        sample.write("a", "1").commit("first");
        let first = find(&sample);
        loads(&first.text);
        let is_toml = |line: &&str| !line.starts_with("# ") || line.contains(" = ") || line.starts_with("# [");
        let open: Vec<&str> =
            first.text.lines().filter(is_toml).map(|line| line.strip_prefix("# ").unwrap_or(line)).collect();
        let plan = loads(&open.join("\n"));
        assert!(plan.probes.len() == 1 && plan.people.len() == 6 && plan.release_log.is_some());
    }

    #[test]
    fn a_file_that_is_there_is_never_written_over() {
        let sample = Sample::new();
        sample.write("a", "1").commit("first");
        let first = find(&sample);
        first.write().unwrap();
        fs::write(&first.path, "# mine\n").unwrap();
        assert_eq!(first.write().unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&first.path).unwrap(), "# mine\n");
    }
}
