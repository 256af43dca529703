//! Where the old version still stands although no version file is there: badges, documents, lock files.
//!
//! Reads tracked files and changes none. A stray is a line for a person to look at, never a blocker by itself: many
//! speak of an older version on purpose. Manifests and lock files are full of other packages' versions, so that a line
//! there counts only beside the project's own name. Enter at [`strays`].

use std::collections::BTreeSet;

use memchr::memmem::Finder;
use semver::Version;

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
    /// The version that should be gone.
    pub old: &'a Version,
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
    let text = hunt.old.to_string();
    let finder = Finder::new(text.as_bytes());
    let mut found = Strays { old: Some(hunt.old.clone()), ..Strays::default() };
    for path in git.paths(rev).unwrap_or_default() {
        if is_history(&path, hunt.histories) {
            continue;
        }
        let Ok(inside) = RepoPath::parse(&path) else { continue };
        let Ok(bytes) = read(git, rev, &inside) else { continue };
        if bytes.len() > FILE_BYTES_MAX
            || finder.find(&bytes).is_none()
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
    let old = hunt.old.to_string();
    let lines: Vec<&str> = text.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        if !stands_in(line, &old) || hunt.places.contains(&(path.to_owned(), at + 1)) {
            continue;
        }
        // A line of its own for the version has the name above it; one that begins otherwise names its own package.
        let is_field = line.trim_start().trim_start_matches('"').starts_with("version");
        let from = if is_field { at.saturating_sub(NAMED_ABOVE) } else { at };
        let around = lines.get(from..=at).unwrap_or_default();
        if of_packages && !around.iter().any(|line| hunt.names.iter().any(|name| names(line, name))) {
            continue;
        }
        if found.lines.len() < NAMED_MAX {
            found.lines.push(Stray { path: path.to_owned(), line: at + 1, text: (*line).to_owned() });
        } else {
            found.more += 1;
        }
    }
}

/// Whether a version stands in a line as a whole: not inside of a longer one, and not as the core of a pre-release.
fn stands_in(line: &str, version: &str) -> bool {
    line.match_indices(version).any(|(at, _)| {
        let before = line.get(..at).unwrap_or_default();
        let after = line.get(at + version.len()..).unwrap_or_default();
        let inside = before.ends_with(|c: char| c.is_ascii_digit())
            || before.strip_suffix('.').is_some_and(|before| before.ends_with(|c: char| c.is_ascii_digit()));
        let goes_on = after.starts_with(|c: char| c.is_ascii_digit())
            || after.strip_prefix('.').is_some_and(|after| after.starts_with(|c: char| c.is_ascii_digit()));
        let is_early = after
            .strip_prefix('-')
            .is_some_and(|after| ["rc", "alpha", "beta", "dev", "pre"].iter().any(|word| after.starts_with(word)));
        !inside && !goes_on && !is_early
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
pub fn pattern_of(line: &str, old: &Version) -> String {
    const FOUND: &str = r"(?<version>\d+\.\d+\.\d+[0-9A-Za-z.+-]*?)";
    let old = old.to_string();
    let mut parts = line.trim_end().splitn(2, old.as_str());
    let before = regex::escape(parts.next().unwrap_or_default());
    // What stands behind may say it again: whatever it says then, it is the same line.
    let after = parts.next().unwrap_or_default().split(old.as_str()).map(regex::escape).collect::<Vec<_>>();
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
        let (old, names, histories) = (Version::new(1, 2, 4), ["harbor".to_owned()], ["docs/log.md".to_owned()]);
        let hunt = StrayHunt { old: &old, names: &names, places: &places, histories: &histories };
        let found = strays(&sample.git(), None, &hunt);
        found.lines.iter().map(|stray| format!("{}:{} {}", stray.path, stray.line, stray.text)).collect()
    }

    #[test]
    fn the_pattern_of_a_line_finds_its_version_now_and_later() {
        for line in ["![v](https://img.shields.io/badge/v-1.2.4-blue)", "  curl harbor-v1.2.4.tar.gz # 1.2.4", "1.2.4"]
        {
            let pattern = regex::Regex::new(&pattern_of(line, &Version::new(1, 2, 4))).unwrap();
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
}
