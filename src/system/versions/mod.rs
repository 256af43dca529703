//! Version files: reading them all, and setting them all or none.
//!
//! Enter at [`matrix`] to compare, and at [`plan_set`] and [`apply_set`] to change. What was interrupted half-way is
//! found by [`half_done`] and brought to an end by [`settle`].

use semver::Version;

use super::git::Git;
use crate::domain::plan::VersionFile;
use crate::domain::repo_path::RepoPath;
use crate::domain::version_files::{Matrix, Place};

mod locate;
mod set;

pub use locate::{PlaceError, locate};
pub use set::{FileChange, FileState, HalfDone, SetError, SetPlan, Settle, apply_set, half_done, plan_set, settle};

/// Reads every version file and compares: at a commit, or in the work tree without one.
///
/// A file that cannot be read is a row of the matrix with its reason, never an error of the whole.
#[must_use]
pub fn matrix(git: &Git, rev: Option<&str>, files: &[VersionFile], expected: Option<&Version>) -> Matrix {
    let read = files.iter().map(|file| (file.clone(), places(git, rev, file).map_err(|error| error.to_string())));
    Matrix::new(expected, read.collect())
}

fn places(git: &Git, rev: Option<&str>, file: &VersionFile) -> Result<Vec<Place>, PlaceError> {
    let path = RepoPath::parse(&file.path)?;
    let bytes = match rev {
        Some(rev) => git.read_at(rev, &path),
        None => git.read_worktree(&path),
    };
    locate(file, &bytes.map_err(|error| PlaceError::Unread(error.to_string()))?)
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
        let file = |name: &str, path: &str| VersionFile { name: name.to_owned(), path: path.to_owned(), pattern: None };
        let files = [file("backend", "backend/Cargo.toml"), file("frontend", "frontend/version.txt")];
        let git = sample.git();
        let expected = Version::new(1, 3, 0);
        let words = |matrix: Matrix| matrix.findings().into_iter().map(|finding| finding.text).collect::<Vec<_>>();
        assert_eq!(words(matrix(&git, None, &files, Some(&expected))), ["backend says v1.3.0, frontend says v1.2.4"]);
        assert_eq!(
            words(matrix(&git, Some("HEAD"), &files, Some(&expected))),
            ["backend and frontend say v1.2.4, the release is v1.3.0"]
        );
        let gone = [file("docs", "docs/VERSION")];
        assert_eq!(words(matrix(&git, None, &gone, None)), ["there is no docs/VERSION in the work tree"]);
    }
}
