//! Which files speak of the version: those that are configured, and those that follow from them.
//!
//! A workspace has members and a lock, a `pyproject.toml` or a gemspec may point to a module, a `pom.xml` names its
//! modules and these name theirs. What follows from a file is looked at with it, so that nobody has to list it; a member
//! that goes its own way (its version is none that the project has or had just now) is left alone. Reads through what it
//! is handed. Enter at [`sources`].

use std::collections::BTreeSet;

use semver::Version;

use super::locate::{PlaceError, Want, locate};
use crate::domain::plan::VersionFile;
use crate::domain::repo_path::RepoPath;
use crate::domain::tag::parse_lenient;
use crate::domain::version_files::PlaceKind;

mod kinds;
mod members;

use kinds::{Following, followers};

/// How the files of the work tree or of a commit are read.
pub(super) struct Tree<'a> {
    /// The bytes of a file.
    pub read: &'a dyn Fn(&RepoPath) -> Result<Vec<u8>, PlaceError>,
    /// All tracked paths; asked only where a pattern must be held against them.
    pub list: &'a dyn Fn() -> Vec<String>,
}

impl Tree<'_> {
    fn text(&self, path: &str) -> Option<String> {
        let path = RepoPath::parse(path).ok()?;
        String::from_utf8((self.read)(&path).ok()?).ok()
    }
}

/// A file to look at, and which of its places are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    /// The file.
    pub file: VersionFile,
    /// Which places.
    pub want: Want,
    /// It follows from another one: nothing in it is nothing wrong.
    pub follows: bool,
    /// What follows from it says the version in its place, so that it need not.
    pub said_elsewhere: bool,
}

impl Source {
    /// Whether this is no error here: the file takes its version from one that is looked at with it.
    pub fn forgives(&self, error: &PlaceError) -> bool {
        self.said_elsewhere && matches!(error, PlaceError::Elsewhere { .. })
    }
}

/// The files, and the versions near to which a follower's must be.
#[derive(Debug, Clone, Default)]
pub(super) struct Sources {
    /// In the order of the configuration, each with its followers behind it.
    pub files: Vec<Source>,
    /// What the project says or said just now.
    pub near: Vec<Version>,
}

/// Works out all files that speak of the version. `known` are versions that count as the project's own: that of the
/// release, that of the release before.
pub(super) fn sources(files: &[VersionFile], known: &[Version], tree: &Tree<'_>) -> Sources {
    let mut near = known.to_vec();
    for file in files {
        let Ok(path) = RepoPath::parse(&file.path) else { continue };
        // Of a chart only what the project is known to say is the project's, so that it cannot tell what that is.
        if PlaceKind::of_name(path.file_name()) == Some(PlaceKind::Helm) {
            continue;
        }
        let found = (tree.read)(&path).and_then(|bytes| locate(file, &bytes)).unwrap_or_default();
        near.extend(found.iter().filter_map(|place| parse_lenient(&place.found)));
    }
    let mut all: Vec<Source> = Vec::new();
    for file in files {
        let following = match file.pattern {
            Some(_) => Following::default(),
            None => followers(&file.path, &near, tree),
        };
        all.push(Source { file: file.clone(), want: Want::All, follows: false, said_elsewhere: following.says });
        all.extend(following.files.into_iter().map(|(path, want)| Source {
            file: VersionFile { name: file.name.clone(), path, pattern: None, matches: None },
            want,
            follows: true,
            said_elsewhere: false,
        }));
    }
    Sources { files: merged(all), near }
}

/// One source for each file: what is configured goes before what follows, and what several want is wanted together.
fn merged(all: Vec<Source>) -> Vec<Source> {
    let configured: BTreeSet<String> = all.iter().filter(|one| !one.follows).map(|one| tidy(&one.file.path)).collect();
    let mut kept: Vec<Source> = Vec::new();
    for one in all {
        if one.follows && configured.contains(&tidy(&one.file.path)) {
            continue;
        }
        let same = kept.iter_mut().find(|kept| kept.follows && one.follows && kept.file.path == one.file.path);
        match (same, one) {
            (Some(Source { want: Want::Of(names), .. }), Source { want: Want::Of(more), .. }) => names.extend(more),
            (Some(_), _) => {}
            (None, one) => kept.push(one),
        }
    }
    kept
}

fn tidy(path: &str) -> String {
    RepoPath::parse(path).map_or_else(|_| path.to_owned(), |path| path.to_string())
}

#[cfg(test)]
mod tests;
