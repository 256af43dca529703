//! Repositories made on the spot for tests: nothing of the machine's git configuration shows in their commits.

use std::fs;
use std::path::Path;

use git2::{Oid, Repository, RepositoryInitOptions, Signature, Time};
use tempfile::TempDir;

use super::Git;

/// A repository in a temporary directory, one minute older at every commit.
pub(crate) struct Sample {
    pub(crate) dir: TempDir,
    pub(crate) repo: Repository,
    clock_s: std::cell::Cell<i64>,
}

impl Sample {
    pub(crate) fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let mut options = RepositoryInitOptions::new();
        options.initial_head("main").no_reinit(true);
        let repo = Repository::init_opts(dir.path(), &options).unwrap();
        let mut config = repo.config().unwrap();
        config.set_str("user.name", "Ana").unwrap();
        config.set_str("user.email", "ana@example.com").unwrap();
        Self { dir, repo, clock_s: std::cell::Cell::new(1_700_000_000) }
    }

    pub(crate) fn git(&self) -> Git {
        Git::discover(self.dir.path()).unwrap()
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Sets the clock of those who commit on by so many seconds, or back.
    pub(crate) fn turn_clock(&self, by_s: i64) -> &Self {
        self.clock_s.set(self.clock_s.get() + by_s);
        self
    }

    /// Writes a file of the work tree.
    pub(crate) fn write(&self, path: &str, text: &str) -> &Self {
        let path = self.dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// Commits everything in the work tree on HEAD.
    pub(crate) fn commit(&self, message: &str) -> String {
        let parents: Vec<Oid> = self.repo.head().ok().and_then(|head| head.target()).into_iter().collect();
        self.commit_on(message, &parents, "Ana <ana@example.com>")
    }

    /// Commits as somebody else, written `Name <address>`.
    pub(crate) fn commit_by(&self, message: &str, author: &str) -> String {
        let parents: Vec<Oid> = self.repo.head().ok().and_then(|head| head.target()).into_iter().collect();
        self.commit_on(message, &parents, author)
    }

    /// Commits on a branch off HEAD what a pull request would hold, and merges it with this message. Gives the merge.
    pub(crate) fn merge(&self, message: &str, inner: &[&str]) -> String {
        let main = self.repo.head().unwrap().target().unwrap();
        let mut tip = main;
        for title in inner {
            tip = Oid::from_str(&self.commit_detached(title, &[tip])).unwrap();
        }
        self.commit_on(message, &[main, tip], "Ana <ana@example.com>")
    }

    /// A commit that no branch moves to.
    pub(crate) fn commit_detached(&self, message: &str, parents: &[Oid]) -> String {
        self.make(message, parents, "Ana <ana@example.com>", None)
    }

    fn commit_on(&self, message: &str, parents: &[Oid], author: &str) -> String {
        self.make(message, parents, author, Some("HEAD"))
    }

    fn make(&self, message: &str, parents: &[Oid], author: &str, reference: Option<&str>) -> String {
        self.clock_s.set(self.clock_s.get() + 60);
        let mut index = self.repo.index().unwrap();
        index.add_all(["*"], git2::IndexAddOption::DEFAULT, None).unwrap();
        index.write().unwrap();
        let tree = self.repo.find_tree(index.write_tree().unwrap()).unwrap();
        let (name, email) = author.trim_end_matches('>').split_once(" <").unwrap();
        let signature = Signature::new(name, email, &Time::new(self.clock_s.get(), 0)).unwrap();
        let parents: Vec<git2::Commit<'_>> = parents.iter().map(|id| self.repo.find_commit(*id).unwrap()).collect();
        let parents: Vec<&git2::Commit<'_>> = parents.iter().collect();
        self.repo.commit(reference, &signature, &signature, message, &tree, &parents).unwrap().to_string()
    }

    /// A lightweight tag on HEAD.
    pub(crate) fn tag(&self, name: &str) -> &Self {
        let head = self.repo.head().unwrap().peel(git2::ObjectType::Commit).unwrap();
        self.repo.tag_lightweight(name, &head, false).unwrap();
        self
    }

    /// Moves HEAD and the work tree to a branch at a commit.
    pub(crate) fn switch(&self, branch: &str, commit: &str) -> &Self {
        let commit = self.repo.find_commit(Oid::from_str(commit).unwrap()).unwrap();
        self.repo.branch(branch, &commit, true).unwrap();
        self.repo.set_head(&format!("refs/heads/{branch}")).unwrap();
        self.repo.checkout_head(Some(git2::build::CheckoutBuilder::new().force())).unwrap();
        self
    }
}
