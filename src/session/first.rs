//! The first `relco.toml` of a project: what its repository tells, written down with comments for the rest.
//!
//! Reads the repository, runs nothing, and never writes over a file that is there. Enter at [`FirstFile::find`].

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use semver::Version;

use super::open::{OpenError, Options};
use crate::config::load::FILE_NAME;
use crate::domain::plan::VersionFile;
use crate::domain::repo_path::RepoPath;
use crate::domain::tag::TagPattern;
use crate::domain::version_files::{PlaceKind, same_version};
use crate::system::git::Git;
use crate::system::ledger::find_changelog;
use crate::system::versions::{self, homes, is_aside, is_of_release, says_version};

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
#[derive(Debug, Clone, PartialEq, Eq)]
struct Proposed {
    path: String,
    /// Empty for one that says it through others: the members of a workspace, a module.
    says: String,
    /// It says what the project says.
    counts: bool,
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
        let package = tag.as_ref().and_then(TagPattern::package);
        let changelog = find_changelog(&git, "HEAD", package).ok().flatten();
        found.push(match &changelog {
            Some(path) => format!("changelog {path}"),
            None => "no changelog".to_owned(),
        });
        let (files, left_out) = version_files(&git, &root, tag.as_ref());
        found.extend(files.iter().map(|file| match (file.says.as_str(), file.counts) {
            ("", _) => format!("{} leads to what says it", file.path),
            (says, true) => format!("{} says {says}", file.path),
            (says, false) => format!("{} says {says}, another version: left out, as a comment", file.path),
        }));
        if left_out > 0 {
            found.push(format!("{left_out} more files say a version: name those that are the project's yourself"));
        }
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

/// The files that say the version: those that count without any configuration, then others that say the same, then, as
/// comments, those that say another. The second is how many there are beyond what is proposed.
fn version_files(git: &Git, root: &Path, tag: Option<&TagPattern>) -> (Vec<Proposed>, usize) {
    let tags = tag.cloned().unwrap_or_default();
    let newest = tag.and_then(|tag| versions::newest(git, tag));
    let near = |says: &str| newest.as_ref().is_none_or(|newest| is_of_release(says, newest));
    let known: Vec<Version> = newest.iter().cloned().collect();
    let mut files = Vec::new();
    // What follows from them is looked at with them and needs no entry.
    let mut followed: BTreeSet<String> = BTreeSet::new();
    let mut version: Option<String> = None;
    for path in homes(git, root, &git.project_name(), &tags) {
        let file = VersionFile { name: path.clone(), path: path.clone(), pattern: None, matches: None };
        let matrix = versions::matrix(git, None, &[file], None, &known);
        let said = matrix.said();
        followed.extend(matrix.rows.iter().map(|row| row.path.clone()));
        // A build file that leaves the version to the tag says nothing, and is no place.
        let Some(first) = said.iter().find(|says| near(says)).or(said.first()) else { continue };
        version = version.or_else(|| near(first).then(|| first.clone()));
        let own = matrix.rows.iter().any(|row| row.path == path);
        files.push(Proposed { says: if own { first.clone() } else { String::new() }, path, counts: near(first) });
    }
    let taken = |path: &str| files.iter().any(|file| file.path == path) || followed.contains(path);
    let others: Vec<(String, String)> = git
        .paths(None)
        .unwrap_or_default()
        .into_iter()
        .filter(|path| is_version_file(path) && !is_aside(path) && !taken(path))
        .filter_map(|path| Some((says_version(git, &path)?, path)))
        .collect();
    // Where nothing at the top says it, the file that is near the newest tag does, the highest first.
    let mut highest: Vec<&(String, String)> = others.iter().filter(|(says, _)| near(says)).collect();
    highest.sort_by_key(|(_, path)| path.matches('/').count());
    let version = version.or_else(|| highest.first().map(|(says, _)| says.clone()));
    if version.is_none() {
        // No tag that tells: what counts without any configuration counts here too.
        files.iter_mut().for_each(|file| file.counts = true);
    }
    let says_it = |says: &str| version.as_ref().is_some_and(|version| same_version(says, version));
    let others = others.into_iter().map(|(says, path)| Proposed { counts: says_it(&says), path, says });
    files.extend(others);
    files.sort_by_key(|file| !file.counts);
    let left_out = files.len().saturating_sub(FILES_MOST);
    files.truncate(FILES_MOST);
    (files, left_out)
}

fn is_version_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    path.matches('/').count() <= DEEP && PlaceKind::of_name(name).is_some_and(|kind| !kind.is_lock())
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
    for file in files {
        let lines = ["[[version.file]]".to_owned(), format!("path = {}", quoted(&file.path))];
        if file.counts {
            text.push_str(&format!("\n{}\n", lines.join("\n")));
        } else {
            let lines: Vec<String> = lines.iter().map(|line| format!("# {line}")).collect();
            text.push_str(&format!(
                "\n# It says {}, which is not what the project says.\n{}\n",
                quoted(&file.says),
                lines.join("\n")
            ));
        }
    }
    if !files.iter().any(|file| file.counts) {
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
    use std::fs;

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

    fn places(first: &FirstFile) -> Vec<String> {
        loads(&first.text).version_files.into_iter().map(|file| file.path).collect()
    }

    #[test]
    fn the_newest_tag_says_which_files_count() {
        let sample = Sample::new();
        sample
            .write("examples/basics/package.json", "{ \"version\": \"0.0.1\" }\n")
            .write("packages/create-harbor/package.json", "{ \"version\": \"9.1.2\" }\n")
            .write("packages/harbor/package.json", "{ \"version\": \"8.2.2\" }\n")
            .write("packages/harbor/CHANGELOG.md", "## 8.2.2\n")
            .write("playground/a/package.json", "{ \"version\": \"8.2.2\" }\n")
            .write("pyproject.toml", "[project]\nname = \"x\"\ndynamic = [\"version\"]\n[tool.setuptools_scm]\n")
            .commit("first");
        sample.repo.remote("origin", "https://example.com/sea/harbor.git").unwrap();
        sample.tag("harbor@8.2.1").tag("harbor@8.2.2").tag("create-harbor@9.1.2");
        let first = find(&sample);
        assert_eq!(places(&first), ["packages/harbor/package.json"]);
        assert!(first.text.contains("# path = \"packages/create-harbor/package.json\""), "{}", first.text);
        assert!(!first.text.contains("playground") && !first.text.contains("examples/"), "{}", first.text);
        assert!(!first.text.contains("pyproject.toml"), "it says no version: {}", first.text);
        let plan = loads(&first.text);
        assert_eq!(
            (plan.tag.as_str(), plan.changelog.as_deref()),
            ("harbor@{version}", Some("packages/harbor/CHANGELOG.md"))
        );
    }

    #[test]
    fn members_that_follow_need_no_entry_and_what_is_too_much_is_said() {
        let sample = Sample::new();
        sample
            .write("Cargo.toml", "[workspace]\nmembers = [\"harbor\", \"stress-test\"]\n")
            .write("harbor/Cargo.toml", "[package]\nname = \"harbor\"\nversion = \"1.53.1\"\n")
            .write("stress-test/Cargo.toml", "[package]\nname = \"s\"\nversion = \"0.1.0\"\n");
        for at in 0..25 {
            sample.write(&format!("p{at}/package.json"), "{ \"version\": \"0.1.0\" }\n");
        }
        sample.commit("first");
        sample.tag("v1.53.1");
        let first = find(&sample);
        assert_eq!(places(&first), ["Cargo.toml"]);
        assert!(!first.text.contains("stress-test"), "{}", first.text);
        assert!(first.found.iter().any(|line| line.starts_with("6 more files say a version")), "{:?}", first.found);
        assert!(first.found.iter().any(|line| line == "Cargo.toml leads to what says it"), "{:?}", first.found);
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
