//! What can go wrong while reading a repository, in words a captain reads.

use std::path::{Path, PathBuf};

use git2::{ErrorClass, ErrorCode};

/// Why a repository or something in it could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GitError {
    /// No repository here or above.
    #[error("{} is not in a git repository", .dir.display())]
    NotARepository {
        /// Where it was looked for.
        dir: PathBuf,
    },
    /// The repository belongs to somebody else, and git's rule is to not trust it.
    #[error("the repository at {} belongs to another user", .dir.display())]
    NotOwned {
        /// Where it lies.
        dir: PathBuf,
    },
    /// A repository format that libgit2 does not read: SHA-256, reftable, a newer extension.
    #[error("the repository at {} has a format that relco cannot read: {what}", .dir.display())]
    Unsupported {
        /// Where it lies.
        dir: PathBuf,
        /// What it is.
        what: String,
    },
    /// Nothing was committed yet.
    #[error("the repository has no commits yet")]
    NoCommits,
    /// A bare repository has no files beside its history.
    #[error("the repository is bare: it has no work tree")]
    NoWorkTree,
    /// No such tag, branch or commit.
    #[error("git knows no \"{rev}\"")]
    UnknownRevision {
        /// What was asked for.
        rev: String,
    },
    /// A shortened hash that several objects share.
    #[error("\"{rev}\" names more than one commit")]
    AmbiguousRevision {
        /// What was asked for.
        rev: String,
    },
    /// A revision that names a file or a tree.
    #[error("\"{rev}\" is no commit")]
    NotACommit {
        /// What was asked for.
        rev: String,
    },
    /// The file is not in that commit or work tree.
    #[error("there is no {path} in {place}")]
    NoSuchFile {
        /// The file.
        path: String,
        /// The commit, or "the work tree".
        place: String,
    },
    /// A directory, link or submodule where a file was expected.
    #[error("{path} is a {what}, not a file")]
    NotAFile {
        /// The path.
        path: String,
        /// What it is.
        what: &'static str,
    },
    /// A link that leads out of the repository.
    #[error("{path} leads out of the repository")]
    LeadsOut {
        /// The path.
        path: String,
    },
    /// More bytes than such a file can sensibly have.
    #[error("{path} has {bytes} bytes, more than the {limit} that relco reads")]
    TooLarge {
        /// The path.
        path: String,
        /// How many it has.
        bytes: u64,
        /// How many are read.
        limit: u64,
    },
    /// An object that is not here: a shallow or partial clone, or a damaged one.
    #[error("{what} is not in this clone")]
    Absent {
        /// What was read.
        what: String,
    },
    /// Git's own files cannot be read.
    #[error("cannot read {what}: {message}")]
    Damaged {
        /// What was read.
        what: String,
        /// What libgit2 says.
        message: String,
    },
    /// The file system said no.
    #[error("cannot read {}: {source}", .path.display())]
    Io {
        /// What was read.
        path: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
}

impl GitError {
    /// What a person can do about it, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotARepository { .. } => {
                "run relco inside a repository, name one with --project, or try `relco demo`".to_owned()
            }
            Self::NotOwned { dir } => {
                format!("if you trust it: git config --global --add safe.directory '{}'", dir.display())
            }
            Self::Unsupported { .. } => {
                "relco reads repositories with SHA-1 objects and plain reference files".to_owned()
            }
            Self::NoCommits => "commit something first".to_owned(),
            Self::UnknownRevision { .. } => "git tag and git branch -a list what there is".to_owned(),
            Self::AmbiguousRevision { .. } => "write more of the hash".to_owned(),
            Self::Absent { .. } => "git fetch --unshallow gets what a shallow clone left out".to_owned(),
            _ => return None,
        })
    }
}

/// The error of opening a repository.
pub(super) fn opening(dir: &Path, error: &git2::Error) -> GitError {
    let dir = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    match error.code() {
        ErrorCode::NotFound => match dir.metadata() {
            Ok(_) => GitError::NotARepository { dir },
            Err(source) => GitError::Io { path: dir, source },
        },
        // Git is told of a safe directory by its whole path, which stands in quotes in what libgit2 says.
        ErrorCode::Owner => {
            let named = error.message().split('\'').nth(1).map(Path::new).filter(|path| path.is_absolute());
            GitError::NotOwned { dir: named.map_or(dir, |named| named.components().collect()) }
        }
        // What the system refuses, git's own settings included, is no matter of the format.
        _ if error.class() == ErrorClass::Os => {
            GitError::Io { path: dir, source: std::io::Error::other(error.message().to_owned()) }
        }
        _ => GitError::Unsupported { dir, what: error.message().to_owned() },
    }
}

/// The error of reading something inside an open one.
pub(super) fn reading(what: &str, error: &git2::Error) -> GitError {
    let what = what.to_owned();
    if error.code() == ErrorCode::NotFound && error.class() == ErrorClass::Odb {
        return GitError::Absent { what };
    }
    GitError::Damaged { what, message: error.message().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_refuses_is_not_called_a_format() {
        let error = git2::Error::new(ErrorCode::GenericError, ErrorClass::Os, "failed to stat '/home/x/.gitconfig'");
        let found = opening(Path::new("."), &error);
        assert!(matches!(found, GitError::Io { .. }) && found.to_string().contains("failed to stat"), "{found}");
    }

    #[test]
    fn what_git_must_be_told_is_safe_is_the_repository_and_not_where_one_stands_in_it() {
        let said = "repository path '/srv/harbor/' is not owned by current user";
        let error = git2::Error::new(ErrorCode::Owner, ErrorClass::Config, said);
        let hint = opening(Path::new("."), &error).hint().unwrap();
        assert!(hint.ends_with("--add safe.directory '/srv/harbor'"), "{hint}");
        let error = git2::Error::new(ErrorCode::Owner, ErrorClass::Config, "not yours");
        assert!(!opening(Path::new("."), &error).hint().unwrap().contains("'.'"));
    }
}
