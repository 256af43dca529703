//! Version files: reading them all, setting them all or none, and finding where else the old version stands.
//!
//! Enter at [`matrix`] to compare, at [`plan_set`] and [`apply_set`] to change, at [`strays`] to search. What was
//! interrupted half-way is found by [`half_done`] and brought to an end by [`settle`].

use std::path::Path;

use semver::Version;

use super::git::Git;
use crate::domain::plan::VersionFile;
use crate::domain::repo_path::RepoPath;
use crate::domain::version_files::{Matrix, Place, PlaceKind};

mod add;
mod homes;
mod locate;
mod set;
mod sources;
mod strays;

pub use add::{names_version_files, with_version_files};
pub use homes::{homes, is_aside, is_of_release, newest};
pub use locate::{PlaceError, Want, locate, locate_wanted};
pub use set::{FileChange, FileState, HalfDone, SetError, SetPlan, Settle, apply_set, half_done, plan_set, settle};
pub use strays::{StrayHunt, pattern_of, strays};

use sources::{Source, Tree, sources};

/// Reads every version file, and what follows from them, and compares: at a commit, or in the work tree without one.
/// `known` are versions that the project had just now, so that a member that was left behind is told from one that
/// goes its own way.
///
/// A file that cannot be read is a row of the matrix with its reason, never an error of the whole.
#[must_use]
pub fn matrix(
    git: &Git,
    rev: Option<&str>,
    files: &[VersionFile],
    expected: Option<&Version>,
    known: &[Version],
) -> Matrix {
    let read = |path: &RepoPath| read(git, rev, path);
    let list = || git.paths(rev).unwrap_or_default();
    let known: Vec<Version> = known.iter().chain(expected).cloned().collect();
    let all = sources(files, &known, &Tree { read: &read, list: &list });
    let rows = all.files.iter().filter_map(|source| {
        let found = places(source, &all.near, &read);
        match found {
            // What follows from another file and is not there, or says nothing, is nothing wrong.
            Ok(places) if places.is_empty() => None,
            Err(PlaceError::Unread(_)) if source.follows => None,
            Err(error) if source.forgives(&error) => None,
            found => Some((source.file.clone(), found.map_err(|error| error.to_string()))),
        }
    });
    Matrix::new(expected, rows.collect())
}

/// The version files that a project without configuration has: those at the top of the work tree whose name tells
/// their kind, where they say a version, lead to one, or cannot be read. One that says nothing yet (0.0.0), or that
/// need not have a version, is left out.
#[must_use]
pub fn found_at_top(root: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(root) else { return Vec::new() };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| is_home(root, name)).collect();
    names.sort();
    names
}

/// More than a file has in which people write a version.
const HOME_BYTES_MAX: u64 = 4 << 20;

fn is_home(root: &Path, name: &str) -> bool {
    if PlaceKind::of_name(name.rsplit('/').next().unwrap_or(name)).is_none_or(PlaceKind::is_lock) {
        return false;
    }
    let path = root.join(name);
    if path.symlink_metadata().is_ok_and(|about| !about.is_file() || about.len() > HOME_BYTES_MAX) {
        return false;
    }
    let Ok(bytes) = std::fs::read(path) else { return false };
    match locate(&known_by_name(name), &bytes) {
        Ok(places) => places.first().is_none_or(|place| !place.found.starts_with("0.0.0")),
        Err(PlaceError::Elsewhere { .. } | PlaceError::Syntax { .. }) => true,
        // A file of that name that is anything else is nobody's version.
        Err(_) => false,
    }
}

fn known_by_name(path: &str) -> VersionFile {
    VersionFile { name: path.to_owned(), path: path.to_owned(), pattern: None, matches: None }
}

/// What a file whose name tells its kind says by itself; none where it says nothing.
#[must_use]
pub fn says_version(git: &Git, path: &str) -> Option<String> {
    let inside = RepoPath::parse(path).ok()?;
    let kind = PlaceKind::of_name(inside.file_name())?;
    let bytes = git.read_worktree(&inside).ok().filter(|_| !kind.is_lock())?;
    let places = locate(&known_by_name(path), &bytes).ok()?;
    Some(places.first()?.found.clone()).filter(|found| !found.starts_with("0.0.0"))
}

fn read(git: &Git, rev: Option<&str>, path: &RepoPath) -> Result<Vec<u8>, PlaceError> {
    let bytes = match rev {
        Some(rev) => git.read_at(rev, path),
        None => git.read_worktree(path),
    };
    bytes.map_err(|error| PlaceError::Unread(error.to_string()))
}

fn places(
    source: &Source,
    near: &[Version],
    read: &dyn Fn(&RepoPath) -> Result<Vec<u8>, PlaceError>,
) -> Result<Vec<Place>, PlaceError> {
    let path = RepoPath::parse(&source.file.path)?;
    locate_wanted(&source.file, &read(&path)?, &source.want, near)
}

#[cfg(test)]
mod tests {
    use super::super::git::testing::Sample;
    use super::*;

    #[test]
    fn the_matrix_reads_the_work_tree_or_a_commit() {
        let sample = Sample::new();
        sample
            .write("backend/Cargo.toml", "[package]\nversion = \"1.2.4\"\n")
            .write("frontend/version.txt", "v1.2.4\n");
        sample.commit("first");
        sample.write("backend/Cargo.toml", "[package]\nversion = \"1.3.0\"\n");
        let file = |name: &str, path: &str| VersionFile {
            name: name.to_owned(),
            path: path.to_owned(),
            pattern: None,
            matches: None,
        };
        let files = [file("backend", "backend/Cargo.toml"), file("frontend", "frontend/version.txt")];
        let git = sample.git();
        let expected = Version::new(1, 3, 0);
        let words = |matrix: Matrix| matrix.findings().into_iter().map(|finding| finding.text).collect::<Vec<_>>();
        assert_eq!(
            words(matrix(&git, None, &files, Some(&expected), &[])),
            ["backend says v1.3.0, frontend says v1.2.4"]
        );
        assert_eq!(
            words(matrix(&git, Some("HEAD"), &files, Some(&expected), &[])),
            ["backend and frontend say v1.2.4, the release is v1.3.0"]
        );
        let gone = [file("docs", "docs/VERSION")];
        assert_eq!(words(matrix(&git, None, &gone, None, &[])), ["there is no docs/VERSION in the work tree"]);
    }
}
