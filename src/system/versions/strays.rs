//! Where the old version still stands although no version file is there: badges, documents, lock files.
//!
//! Reads tracked files and changes none. A stray is a line for a person to look at, never a blocker by itself: many
//! speak of an older version on purpose. Manifests and lock files are full of other packages' versions, so that a line
//! there counts only right behind the project's own name; bounds (`>= 1.2.4`) and words about the past ("since 1.2.4") stay
//! right for ever and are left out. Enter at [`strays`].

use std::collections::BTreeSet;

use memchr::memmem::Finder;

use super::super::git::Git;
use super::read;
use crate::domain::repo_path::RepoPath;
use crate::domain::version_files::{PlaceKind, Stray, Strays};

/// The most strays that are named; the rest is counted.
const NAMED_MAX: usize = 200;
/// Larger files are data.
const FILE_BYTES_MAX: usize = 4 << 20;
/// Git's own rule: a zero byte so early makes a file binary.
const BINARY_LOOK_BYTES: usize = 8000;
/// How many lines before one may name the package that it speaks of.
const NAMED_ABOVE: usize = 2;

/// What is searched for, and what is known already.
#[derive(Debug)]
pub struct StrayHunt<'a> {
    /// The versions that should be gone.
    pub old: &'a [String],
    /// What the project's packages are called.
    pub names: &'a [String],
    /// Lines that are places: path and line.
    pub places: &'a BTreeSet<(String, usize)>,
    /// Files that speak of old versions by nature: the changelog, the release log.
    pub histories: &'a [String],
}

/// Searches all tracked files: of a commit, or of the work tree without one.
#[must_use]
pub fn strays(git: &Git, rev: Option<&str>, hunt: &StrayHunt<'_>) -> Strays {
    let finders: Vec<Finder<'_>> = hunt.old.iter().map(|old| Finder::new(old.as_bytes())).collect();
    let mut found = Strays { old: hunt.old.to_vec(), ..Strays::default() };
    for path in git.paths(rev).unwrap_or_default() {
        if is_history(&path, hunt.histories) {
            continue;
        }
        let Ok(inside) = RepoPath::parse(&path) else { continue };
        let Ok(bytes) = read(git, rev, &inside) else { continue };
        if bytes.len() > FILE_BYTES_MAX
            || finders.iter().all(|finder| finder.find(&bytes).is_none())
            || bytes.get(..BINARY_LOOK_BYTES.min(bytes.len())).is_some_and(|head| head.contains(&0))
        {
            continue;
        }
        in_file(&path, inside.file_name(), &String::from_utf8_lossy(&bytes), hunt, &mut found);
    }
    found
}

fn in_file(path: &str, name: &str, text: &str, hunt: &StrayHunt<'_>, found: &mut Strays) {
    let of_packages = is_of_packages(name);
    let lines: Vec<&str> = text.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        if hunt.places.contains(&(path.to_owned(), at + 1)) {
            continue;
        }
        let above = lines.get(at.saturating_sub(NAMED_ABOVE)..at).unwrap_or_default();
        let Some(says) = hunt.old.iter().find(|old| {
            stands_in(line, old) && (!of_packages || hunt.names.iter().any(|name| is_of(line, above, name, old)))
        }) else {
            continue;
        };
        if found.lines.len() < NAMED_MAX {
            found.lines.push(Stray {
                path: path.to_owned(),
                line: at + 1,
                text: (*line).to_owned(),
                says: says.clone(),
            });
        } else {
            found.more += 1;
        }
    }
}

/// Whether a line of a manifest says this package's version: a line of its own for the version has the name above it,
/// any other line has it right before the version, and no bound between them.
fn is_of(line: &str, above: &[&str], name: &str, version: &str) -> bool {
    let is_field = line.trim_start().trim_start_matches(['"', '<', '\'']).starts_with("version");
    if is_field {
        return above.iter().any(|line| names(line, name)) && !is_bound(line.split(version).next().unwrap_or_default());
    }
    line.match_indices(version).any(|(at, _)| {
        let before = line.get(..at).unwrap_or_default();
        let Some((start, _)) = before.rmatch_indices(name).next() else { return false };
        let between = before.get(start + name.len()..).unwrap_or_default();
        let bare = between.replace("version", "");
        let bare = bare.strip_suffix('v').unwrap_or(&bare);
        let apart = !bare.contains(|c: char| c.is_alphanumeric()) && !bare.contains(['^', ',', ';', '|']);
        names(before, name) && apart && !is_bound(before)
    })
}

/// What stands before a version that is a bound, or is told of the past: right, whatever comes out later.
fn is_bound(before: &str) -> bool {
    let bare = before.trim_end_matches([' ', '\t', '"', '\'', '`', '*']);
    let bare = bare.strip_suffix(['v', 'V']).unwrap_or(bare).trim_end_matches([' ', '"', '\'', '`', '*']);
    bare.ends_with(['<', '~']) || [">=", "<=", "!=", "~=", "~>", " >"].iter().any(|sign| bare.ends_with(sign))
}

/// Words after which a version is one of the past: `versionadded:: 1.2.4`, "since version 1.2.4".
fn is_past(before: &str) -> bool {
    const WORDS: [&str; 15] = [
        "since",
        "as of",
        "added in",
        "new in",
        "introduced in",
        "available in",
        "deprecated in",
        "removed in",
        "changed in",
        "prior to",
        "before",
        "until",
        "versionadded::",
        "versionchanged::",
        "deprecated::",
    ];
    let bare = before.trim_end_matches([' ', '\t', '"', '\'', '`', '*', '(', '[']).to_ascii_lowercase();
    let bare = bare.strip_suffix('v').unwrap_or(&bare).trim_end_matches([' ', '"', '\'', '`', '*']);
    let bare = bare.strip_suffix("version").or_else(|| bare.strip_suffix("release")).unwrap_or(bare).trim_end();
    WORDS
        .iter()
        .any(|word| bare.strip_suffix(word).is_some_and(|rest| !rest.ends_with(|c: char| c.is_ascii_alphanumeric())))
}

/// Whether a version stands in a line as a whole: not inside of a longer one, not as the core of a pre-release, and not as
/// a bound or a word about the past.
fn stands_in(line: &str, version: &str) -> bool {
    line.match_indices(version).any(|(at, _)| {
        let before = line.get(..at).unwrap_or_default();
        let after = line.get(at + version.len()..).unwrap_or_default();
        let inside = before.ends_with(|c: char| c.is_ascii_digit())
            || before.strip_suffix('.').is_some_and(|before| before.ends_with(|c: char| c.is_ascii_digit()));
        let goes_on = after.starts_with(|c: char| c.is_ascii_digit())
            || after.strip_prefix('.').is_some_and(|after| after.starts_with(|c: char| c.is_ascii_digit()));
        let is_early = after.strip_prefix('-').is_some_and(|after| {
            ["rc", "alpha", "beta", "dev", "pre", "SNAPSHOT"].iter().any(|word| after.starts_with(word))
        });
        !inside && !goes_on && !is_early && !is_bound(before) && !is_past(before)
    })
}

/// Whether a line names a package, as a word of its own.
fn names(line: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    !name.is_empty()
        && line.match_indices(name).any(|(at, _)| {
            !line.get(..at).unwrap_or_default().ends_with(is_part)
                && !line.get(at + name.len()..).unwrap_or_default().starts_with(is_part)
        })
}

/// A pattern that finds the version in exactly such a line, and goes on finding the next one there.
#[must_use]
pub fn pattern_of(line: &str, old: &str) -> String {
    const FOUND: &str = r"(?<version>\d+\.\d+\.\d+[0-9A-Za-z.+-]*?)";
    let mut parts = line.trim_end().splitn(2, old);
    let before = regex::escape(parts.next().unwrap_or_default());
    // What stands behind may say it again: whatever it says then, it is the same line.
    let after = parts.next().unwrap_or_default().split(old).map(regex::escape).collect::<Vec<_>>();
    format!("^{before}{FOUND}{}$", after.join(r"\S*?"))
}

/// Files that speak of many packages.
fn is_of_packages(name: &str) -> bool {
    let known = PlaceKind::of_name(name).is_some_and(|kind| !matches!(kind, PlaceKind::Whole));
    let others = ["go.mod", "go.sum", "Gemfile", "Pipfile", "Podfile", "flake.lock", "packages.lock.json", "deps.edn"];
    known
        || others.contains(&name)
        || name.ends_with(".lock")
        || name.ends_with(".lockfile")
        || name.ends_with(".versions.toml")
        || ["pnpm-lock.yaml", "requirements.txt"].contains(&name)
        || (name.starts_with("requirements") && name.ends_with(".txt"))
}

/// Files and directories that tell of earlier versions, or are not the project's own.
fn is_history(path: &str, histories: &[String]) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let tells = ["changelog", "changes", "history", "news", "releases", "release_notes", "release-notes"];
    histories.iter().any(|history| history == path)
        || tells.contains(&stem.as_str())
        || ["node_modules", "vendor", "third_party"].iter().any(|dir| path.split('/').any(|part| part == *dir))
}

#[cfg(test)]
mod tests {
    use super::super::super::git::testing::Sample;
    use super::*;

    fn hunt(sample: &Sample, places: &[(&str, usize)]) -> Vec<String> {
        let places = places.iter().map(|(path, line)| ((*path).to_owned(), *line)).collect();
        let (old, names, histories) = (["1.2.4".to_owned()], ["harbor".to_owned()], ["docs/log.md".to_owned()]);
        let hunt = StrayHunt { old: &old, names: &names, places: &places, histories: &histories };
        let found = strays(&sample.git(), None, &hunt);
        found.lines.iter().map(|stray| format!("{}:{} {}", stray.path, stray.line, stray.text)).collect()
    }

    #[test]
    fn the_pattern_of_a_line_finds_its_version_now_and_later() {
        for line in ["![v](https://img.shields.io/badge/v-1.2.4-blue)", "  curl harbor-v1.2.4.tar.gz # 1.2.4", "1.2.4"]
        {
            let pattern = regex::Regex::new(&pattern_of(line, "1.2.4")).unwrap();
            let found = |line: &str| pattern.captures(line).map(|found| found["version"].to_owned());
            assert_eq!(found(line).as_deref(), Some("1.2.4"), "{line}");
            assert_eq!(found(&line.replacen("1.2.4", "1.10.0", 1)).as_deref(), Some("1.10.0"), "{line}");
            assert_eq!(found(&format!("x{line}")), None, "{line}");
        }
    }

    #[test]
    fn lines_that_still_say_the_old_version_are_found() {
        let sample = Sample::new();
        sample
            .write("README.md", "![v](https://img.shields.io/badge/v-1.2.4-blue)\n11.2.4 1.2.40 1.2.4-rc.1 1.2.4.1\n")
            .write("VERSION", "1.2.4\n")
            .write("CHANGELOG.md", "## 1.2.4\n")
            .write("docs/log.md", "1.2.4\n")
            .write("docs/install.md", "curl harbor-v1.2.4.tar.gz\n")
            .write("Cargo.lock", "[[package]]\nname = \"other\"\nversion = \"1.2.4\"\n")
            .write("Gemfile.lock", "    harbor (1.2.4)\n    other (1.2.4)\n")
            .write("logo.bin", "\0 1.2.4")
            .commit("first");
        sample.write("untracked.md", "1.2.4\n");
        assert_eq!(
            hunt(&sample, &[("VERSION", 1)]),
            [
                "Gemfile.lock:1     harbor (1.2.4)",
                "README.md:1 ![v](https://img.shields.io/badge/v-1.2.4-blue)",
                "docs/install.md:1 curl harbor-v1.2.4.tar.gz",
            ]
        );
    }

    #[test]
    fn another_librarys_version_a_bound_and_the_past_are_no_strays() {
        let sample = Sample::new();
        sample
            .write("gradle/libs.versions.toml", "gson = \"1.2.4\"\nandroidx-junit = \"1.2.4\"\nharbor = \"1.2.4\"\n")
            .write(
                "pnpm-lock.yaml",
                "  '@x/integrations@14.3.0(focus-trap@1.2.4)(harbor@2.0.0)':\n  focus-trap@1.2.4: {}\n  harbor@1.2.4: {}\n",
            )
            .write("pkgs/x/pubspec.yaml", "dependencies:\n  harbor: ^1.2.4\n")
            .write("web/package.json", "{ \"dependencies\": { \"harbor\": \"1.2.4\", \"harbor-x\": \"1.2.4\" } }\n")
            .write("lib/pom.xml", "<parent>\n<groupId>org.harbor</groupId>\n<version>1.2.4</version>\n</parent>\n")
            .write("requirements.txt", "harbor>=1.2.4\nharbor==1.2.4\n")
            .write("docs/use.md", "since version 1.2.4\n.. versionadded:: 1.2.4\nneeds harbor >= 1.2.4\n*(added in 1.2.4)*\nget 1.2.4\n")
            .commit("first");
        assert_eq!(
            hunt(&sample, &[]),
            [
                "docs/use.md:5 get 1.2.4",
                "gradle/libs.versions.toml:3 harbor = \"1.2.4\"",
                "lib/pom.xml:3 <version>1.2.4</version>",
                "pnpm-lock.yaml:3   harbor@1.2.4: {}",
                "requirements.txt:2 harbor==1.2.4",
                "web/package.json:1 { \"dependencies\": { \"harbor\": \"1.2.4\", \"harbor-x\": \"1.2.4\" } }",
            ]
        );
    }
}
