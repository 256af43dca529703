//! Reading a git repository: what it is, where HEAD stands, what is tagged, what changed, what a file said.
//!
//! Read-only, through libgit2, which runs no hook, no fsmonitor, no filter program and no signing program, whatever the
//! repository configures. It never writes, not even the index's refreshed times. Nothing else in the crate uses git2.
//! Enter at [`Git::discover`]; [`Git::facts`] says in words what a captain should know about the repository.

use std::path::{Path, PathBuf};
use std::sync::Once;

use git2::{
    ErrorClass, ErrorCode, Repository, RepositoryOpenFlags, RepositoryState, StatusOptions, SubmoduleIgnore,
    SubmoduleStatus,
};

mod error;
mod facts;
mod files;
mod history;
mod patches;
mod tags;
#[cfg(test)]
pub(crate) mod testing;

pub use error::GitError;
pub(crate) use files::locate_in;

pub use facts::{Dirty, Facts, GitNote, Head, Identity};
pub use history::Range;
pub use patches::Patch;
pub use tags::{Before, ReleaseTag};

/// How many dirty paths are named; the others are counted.
const DIRTY_PATHS_MAX: usize = 20;

/// An open repository. May move to another thread, but is used by one at a time.
pub struct Git {
    repo: Repository,
}

impl std::fmt::Debug for Git {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Git").field(&self.repo.path()).finish()
    }
}

impl Git {
    /// Opens the repository that holds this directory, looking upwards. Environment variables of git are not heard, so
    /// that a hook that calls relco does not change what it reads.
    ///
    /// # Errors
    /// [`GitError::NotARepository`], [`GitError::NotOwned`] or [`GitError::Unsupported`].
    pub fn discover(dir: &Path) -> Result<Self, GitError> {
        relax_reading();
        let no_ceiling: [&Path; 0] = [];
        Repository::open_ext(dir, RepositoryOpenFlags::empty(), no_ceiling)
            .map(|repo| Self { repo })
            .map_err(|error| error::opening(dir, &error))
    }

    /// The top of the work tree; none in a bare repository.
    #[must_use]
    pub fn root(&self) -> Option<&Path> {
        self.repo.workdir()
    }

    /// The directory that all work trees of this repository share, with links resolved: what a release's record is
    /// keyed by.
    ///
    /// # Errors
    /// [`GitError::Io`] where it cannot be reached.
    pub fn common_dir(&self) -> Result<PathBuf, GitError> {
        let dir = self.repo.commondir();
        dir.canonicalize().map_err(|source| GitError::Io { path: dir.to_owned(), source })
    }

    /// The project's name as far as git knows it: the last part of the remote's address, else the directory's name.
    #[must_use]
    pub fn project_name(&self) -> String {
        let remote = self.remote_slugs().into_iter().next();
        let from_remote = remote.and_then(|slug| slug.rsplit('/').next().map(str::to_owned));
        let from_dir = || {
            let dir = self.root().unwrap_or_else(|| self.repo.path());
            dir.canonicalize().ok()?.file_name().map(|name| name.to_string_lossy().trim_end_matches(".git").to_owned())
        };
        from_remote.or_else(from_dir).unwrap_or_else(|| "project".to_owned())
    }

    /// `owner/name` of every remote, origin's and upstream's first: whose pull requests are this project's own.
    #[must_use]
    pub fn remote_slugs(&self) -> Vec<String> {
        let Ok(names) = self.repo.remotes() else { return Vec::new() };
        let mut names: Vec<String> = names.iter().flatten().flatten().map(str::to_owned).collect();
        names.sort_by_key(|name| match name.as_str() {
            "origin" => 0,
            "upstream" => 1,
            _ => 2,
        });
        let urls = names.iter().filter_map(|name| self.repo.find_remote(name).ok()?.url().ok().map(str::to_owned));
        let mut slugs: Vec<String> = Vec::new();
        for slug in urls.filter_map(|url| slug_of(&url)) {
            if !slugs.contains(&slug) {
                slugs.push(slug);
            }
        }
        slugs
    }

    /// The remote that a branch is pushed to: its own, else origin, else the only one.
    #[must_use]
    pub fn remote_of(&self, branch: Option<&str>) -> Option<String> {
        let own = branch.and_then(|branch| self.repo.branch_upstream_remote(&format!("refs/heads/{branch}")).ok());
        let own = own.and_then(|name| name.as_str().ok().map(str::to_owned));
        let names = || -> Vec<String> {
            let Ok(names) = self.repo.remotes() else { return Vec::new() };
            names.iter().flatten().flatten().map(str::to_owned).collect()
        };
        own.or_else(|| {
            let names = names();
            match names.as_slice() {
                [only] => Some(only.clone()),
                names => names.iter().find(|name| *name == "origin").cloned(),
            }
        })
    }

    /// Where HEAD stands.
    ///
    /// # Errors
    /// [`GitError::NoCommits`] in a repository without any.
    pub fn head(&self) -> Result<Head, GitError> {
        let head = self.repo.head().map_err(|error| match error.code() {
            ErrorCode::UnbornBranch | ErrorCode::NotFound => GitError::NoCommits,
            _ => error::reading("HEAD", &error),
        })?;
        let commit = head.peel_to_commit().map_err(|error| error::reading("HEAD", &error))?;
        let branch = head.is_branch().then(|| String::from_utf8_lossy(head.shorthand_bytes()).into_owned());
        Ok(Head { commit: commit.id().to_string(), branch })
    }

    /// The commit that a revision names (a hash, a tag, a branch, `HEAD~2`), in full.
    ///
    /// # Errors
    /// [`GitError::UnknownRevision`], [`GitError::AmbiguousRevision`] or [`GitError::NotACommit`].
    pub fn resolve(&self, rev: &str) -> Result<String, GitError> {
        Ok(self.commit_of(rev)?.id().to_string())
    }

    fn commit_of(&self, rev: &str) -> Result<git2::Commit<'_>, GitError> {
        let object = self.repo.revparse_single(rev).map_err(|error| match error.code() {
            ErrorCode::Ambiguous => GitError::AmbiguousRevision { rev: rev.to_owned() },
            ErrorCode::NotFound if rev.starts_with("HEAD") && self.head().is_err() => GitError::NoCommits,
            ErrorCode::NotFound | ErrorCode::InvalidSpec => GitError::UnknownRevision { rev: rev.to_owned() },
            ErrorCode::UnbornBranch => GitError::NoCommits,
            _ if error.class() == ErrorClass::Reference => GitError::UnknownRevision { rev: rev.to_owned() },
            _ => error::reading(rev, &error),
        })?;
        object.peel_to_commit().map_err(|_| GitError::NotACommit { rev: rev.to_owned() })
    }

    /// Whether history is cut off, so that a range may be incomplete.
    #[must_use]
    pub fn is_shallow(&self) -> bool {
        self.repo.is_shallow()
    }

    /// The tracked files that differ from HEAD, staged or not, and the submodules that are not as HEAD has them: at another
    /// commit, or with changes of their own. Untracked files do not count, nor does what is not checked out.
    ///
    /// # Errors
    /// [`GitError::Damaged`] where the index or a tree cannot be read.
    pub fn dirty(&self) -> Result<Dirty, GitError> {
        if self.repo.is_bare() {
            return Ok(Dirty::default());
        }
        let mut options = StatusOptions::new();
        options.include_untracked(false).include_ignored(false).exclude_submodules(true).update_index(false);
        let statuses = self.repo.statuses(Some(&mut options)).map_err(|error| error::reading("the index", &error))?;
        let mut paths: Vec<String> = Vec::new();
        for entry in statuses.iter().take(DIRTY_PATHS_MAX) {
            paths.push(String::from_utf8_lossy(entry.path_bytes()).into_owned());
        }
        let submodules = self.dirty_submodules();
        let total = statuses.len() + submodules.len();
        paths.extend(submodules);
        Ok(Dirty { paths, total })
    }

    /// The submodules that are otherwise than HEAD has them, each with how.
    fn dirty_submodules(&self) -> Vec<String> {
        // Reading the settings of submodules is nothing that a repository without any should pay for.
        if !self.root().is_some_and(|root| root.join(".gitmodules").is_file()) {
            return Vec::new();
        }
        let Ok(submodules) = self.repo.submodules() else { return Vec::new() };
        let short = |id: Option<git2::Oid>| id.map(|id| id.to_string().chars().take(7).collect::<String>());
        let words = |one: &git2::Submodule<'_>| {
            let path = one.path().to_string_lossy().into_owned();
            let status = self.repo.submodule_status(one.name().ok()?, SubmoduleIgnore::Untracked).ok()?;
            let moved = SubmoduleStatus::INDEX_MODIFIED | SubmoduleStatus::WD_MODIFIED;
            let changed = SubmoduleStatus::WD_INDEX_MODIFIED | SubmoduleStatus::WD_WD_MODIFIED;
            match () {
                () if status.intersects(moved) => {
                    let [at, wanted] = [short(one.workdir_id()), short(one.head_id())].map(Option::unwrap_or_default);
                    Some(format!("{path} (submodule at {at}, HEAD has {wanted})"))
                }
                () if status.intersects(changed) => Some(format!("{path} (submodule with changes of its own)")),
                () => None,
            }
        };
        submodules.iter().filter_map(words).collect()
    }

    /// Who git says operates here; none where `user.email` and `user.name` are not set.
    #[must_use]
    pub fn identity(&self) -> Option<Identity> {
        let config = self.repo.config().and_then(|mut config| config.snapshot()).ok()?;
        let read = |key| config.get_string(key).ok().map(|value| value.trim().to_owned()).unwrap_or_default();
        let identity = Identity { name: read("user.name"), email: read("user.email") };
        (!identity.name.is_empty() || !identity.email.is_empty()).then_some(identity)
    }

    /// Everything about the repository that is worth a word.
    ///
    /// # Errors
    /// [`GitError::Damaged`] where the repository cannot be read.
    pub fn facts(&self) -> Result<Facts, GitError> {
        let head = match self.head() {
            Ok(head) => Some(head),
            Err(GitError::NoCommits) => None,
            Err(error) => return Err(error),
        };
        Ok(Facts {
            head,
            bare: self.repo.is_bare(),
            shallow: self.is_shallow(),
            dirty: self.dirty()?,
            identity: self.identity(),
            in_progress: in_progress(self.repo.state()),
        })
    }
}

/// Objects are read as git itself reads them for a log: without computing every object's hash again, which takes more
/// time than the reading.
fn relax_reading() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| git2::opts::strict_hash_verification(false));
}

fn in_progress(state: RepositoryState) -> Option<&'static str> {
    match state {
        RepositoryState::Clean => None,
        RepositoryState::Merge => Some("a merge"),
        RepositoryState::Revert | RepositoryState::RevertSequence => Some("a revert"),
        RepositoryState::CherryPick | RepositoryState::CherryPickSequence => Some("a cherry-pick"),
        RepositoryState::Bisect => Some("a bisection"),
        RepositoryState::Rebase | RepositoryState::RebaseInteractive | RepositoryState::RebaseMerge => Some("a rebase"),
        RepositoryState::ApplyMailbox | RepositoryState::ApplyMailboxOrRebase => Some("applying a mailbox"),
    }
}

/// `owner/name` of a remote's address: `https://host/owner/name.git`, `git@host:owner/name`; a local path has none.
fn slug_of(url: &str) -> Option<String> {
    let rest = match url.split_once("://") {
        Some(("file", _)) => return None,
        Some((_, rest)) => rest.split_once('/')?.1,
        None => url.split_once(':').filter(|(host, _)| !host.contains('/'))?.1,
    };
    let path = rest.trim_matches('/').trim_end_matches(".git").trim_end_matches('/');
    let mut parts = path.rsplit('/');
    let (name, owner) = (parts.next()?, parts.next()?);
    (!name.is_empty() && !owner.is_empty()).then(|| format!("{owner}/{name}"))
}

#[cfg(test)]
mod tests;
