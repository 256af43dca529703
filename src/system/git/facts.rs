//! What a captain should know about a repository before a release, as data and in words.

use std::fmt;

/// Where HEAD stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The commit, in full.
    pub commit: String,
    /// The branch; none when HEAD is detached.
    pub branch: Option<String>,
}

/// Tracked files that differ from HEAD.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dirty {
    /// The first of them.
    pub paths: Vec<String>,
    /// How many there are.
    pub total: usize,
}

impl Dirty {
    /// Whether everything tracked is as HEAD has it.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.total == 0
    }
}

impl fmt::Display for Dirty {
    /// `a.rs, b.rs and 3 more`, or `clean`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_clean() {
            return f.write_str("clean");
        }
        let named = 3.min(self.paths.len());
        f.write_str(&self.paths.get(..named).unwrap_or_default().join(", "))?;
        match self.total.saturating_sub(named) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// Who operates, as git's configuration says it. At least one of both is not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `user.name`.
    pub name: String,
    /// `user.email`.
    pub email: String,
}

impl fmt::Display for Identity {
    /// The address where there is one, else the name: what the record calls the actor.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.email.is_empty() { &self.name } else { &self.email })
    }
}

/// The state of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Where HEAD stands; none without commits.
    pub head: Option<Head>,
    /// No work tree.
    pub bare: bool,
    /// History is cut off.
    pub shallow: bool,
    /// Tracked files that differ from HEAD.
    pub dirty: Dirty,
    /// Who operates, if git knows.
    pub identity: Option<Identity>,
    /// An unfinished merge, rebase or the like, in words.
    pub in_progress: Option<&'static str>,
}

/// One thing about a repository that limits what relco can do, with what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GitNote {
    /// Nothing was committed yet.
    NoCommits,
    /// No tag is a release tag.
    NoTags {
        /// The pattern that none matches.
        pattern: String,
    },
    /// HEAD is on no branch.
    Detached {
        /// The commit, shortened.
        commit: String,
    },
    /// History is cut off.
    Shallow,
    /// No work tree.
    Bare,
    /// Tracked files differ from HEAD.
    Dirty(Dirty),
    /// A merge, rebase or the like is unfinished.
    InProgress(&'static str),
    /// Neither `user.email` nor `user.name` is set.
    NoIdentity,
}

impl fmt::Display for GitNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCommits => f.write_str("the repository has no commits yet"),
            Self::NoTags { pattern } => write!(f, "no tag looks like {pattern}: this counts as the first release"),
            Self::Detached { commit } => write!(f, "HEAD is at {commit}, on no branch"),
            Self::Shallow => f.write_str("the clone is shallow: the list of changes cannot be complete"),
            Self::Bare => f.write_str("the repository is bare: nothing can be deployed from it"),
            Self::Dirty(dirty) if dirty.total == 1 => write!(f, "1 tracked file differs from HEAD: {dirty}"),
            Self::Dirty(dirty) => write!(f, "{} tracked files differ from HEAD: {dirty}", dirty.total),
            Self::InProgress(what) => write!(f, "{what} is in progress"),
            Self::NoIdentity => f.write_str("git does not know who you are"),
        }
    }
}

impl GitNote {
    /// What a person can do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NoCommits => "commit something first",
            Self::NoTags { .. } => "set [project] tag where tags are named otherwise, or git fetch --tags",
            Self::Detached { .. } => "git switch BRANCH, unless this commit is meant",
            Self::Shallow => "git fetch --unshallow --tags",
            Self::Bare => "run relco in a clone with files",
            Self::Dirty(_) => "commit or stash them",
            Self::InProgress(_) => "finish or abort it with git",
            Self::NoIdentity => "git config user.email YOU@EXAMPLE.COM, or set RELCO_ACTOR",
        }
    }
}

impl Facts {
    /// What is worth saying, the most limiting first. Whether there are release tags is told apart, because that
    /// depends on the project's pattern: [`GitNote::NoTags`].
    #[must_use]
    pub fn notes(&self) -> Vec<GitNote> {
        let mut notes = Vec::new();
        match &self.head {
            None => notes.push(GitNote::NoCommits),
            Some(Head { commit, branch: None }) => {
                notes.push(GitNote::Detached { commit: commit.get(..7).unwrap_or(commit).to_owned() });
            }
            Some(_) => {}
        }
        if self.bare {
            notes.push(GitNote::Bare);
        }
        if self.shallow {
            notes.push(GitNote::Shallow);
        }
        if let Some(what) = self.in_progress {
            notes.push(GitNote::InProgress(what));
        }
        if !self.dirty.is_clean() {
            notes.push(GitNote::Dirty(self.dirty.clone()));
        }
        if self.identity.is_none() {
            notes.push(GitNote::NoIdentity);
        }
        notes
    }
}
