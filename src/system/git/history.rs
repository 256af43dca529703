//! Commits between two points, as plain data.
//!
//! One walk and one read of each commit, in about the time of `git log`; the paths that a commit touched cost a
//! comparison of two trees each, a hundred times as much, and are read for the commits that need them.

use std::collections::HashMap;

use git2::{Oid, Sort, Tree, TreeEntry};

use super::{Git, GitError, error};
use crate::domain::commit::{Commit, Person};

/// A title is kept up to this many bytes, its end included, because the end may hold the number.
const TITLE_BYTES_MAX: usize = 4 << 10;
/// A body likewise: the end holds the trailers.
const BODY_BYTES_MAX: usize = 32 << 10;

/// The commits of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// The newest first; a commit always stands before its parents.
    pub commits: Vec<Commit>,
    /// History is cut off, so some may be missing.
    pub shallow: bool,
}

impl Git {
    /// The commits that `to` has and `from` has not, or all of `to` without a `from`.
    ///
    /// # Errors
    /// What the revisions gave, or [`GitError::Absent`] where history cannot be walked.
    pub fn commits(&self, from: Option<&str>, to: &str) -> Result<Range, GitError> {
        let walking = |error: &git2::Error| error::reading("history", error);
        let mut walk = self.repo.revwalk().map_err(|error| walking(&error))?;
        walk.set_sorting(Sort::TOPOLOGICAL).map_err(|error| walking(&error))?;
        walk.push(self.commit_of(to)?.id()).map_err(|error| walking(&error))?;
        if let Some(from) = from {
            walk.hide(self.commit_of(from)?.id()).map_err(|error| walking(&error))?;
        }
        let mut commits = Vec::new();
        for id in walk {
            let id = id.map_err(|error| walking(&error))?;
            commits.push(self.read_commit(id)?);
        }
        Ok(Range { commits, shallow: self.is_shallow() })
    }

    /// The newest commits that these tips have and none of the others has, at most so many. A tip that is not here is
    /// passed over.
    ///
    /// # Errors
    /// [`GitError::Absent`] where history cannot be walked.
    pub fn commits_beside(&self, tips: &[&str], without: &[&str], most: usize) -> Result<Vec<Commit>, GitError> {
        let walking = |error: &git2::Error| error::reading("history", error);
        let mut walk = self.repo.revwalk().map_err(|error| walking(&error))?;
        walk.set_sorting(Sort::TIME).map_err(|error| walking(&error))?;
        for tip in tips.iter().filter_map(|tip| self.commit_of(tip).ok()) {
            walk.push(tip.id()).map_err(|error| walking(&error))?;
        }
        for tip in without.iter().filter_map(|tip| self.commit_of(tip).ok()) {
            walk.hide(tip.id()).map_err(|error| walking(&error))?;
        }
        let mut commits = Vec::new();
        for id in walk.take(most) {
            commits.push(self.read_commit(id.map_err(|error| walking(&error))?)?);
        }
        Ok(commits)
    }

    /// The commits that branches and tags stand on: where other lines of the history begin.
    ///
    /// # Errors
    /// [`GitError::Damaged`] where the references cannot be read.
    pub fn tips(&self) -> Result<Vec<String>, GitError> {
        let references = self.repo.references().map_err(|error| error::reading("the references", &error))?;
        let commits = references.flatten().filter_map(|reference| reference.peel_to_commit().ok());
        let mut tips: Vec<String> = commits.map(|commit| commit.id().to_string()).collect();
        tips.sort_unstable();
        tips.dedup();
        Ok(tips)
    }

    /// One commit, without its paths.
    ///
    /// # Errors
    /// What the revision gave.
    pub fn commit(&self, rev: &str) -> Result<Commit, GitError> {
        Ok(plain(&self.commit_of(rev)?))
    }

    /// Whether `descendant` has `ancestor` in its history, or is it.
    ///
    /// # Errors
    /// What the revisions gave.
    pub fn contains(&self, descendant: &str, ancestor: &str) -> Result<bool, GitError> {
        let (descendant, ancestor) = (self.commit_of(descendant)?.id(), self.commit_of(ancestor)?.id());
        self.reaches(descendant, ancestor)
    }

    pub(super) fn reaches(&self, descendant: Oid, ancestor: Oid) -> Result<bool, GitError> {
        if descendant == ancestor {
            return Ok(true);
        }
        self.repo.graph_descendant_of(descendant, ancestor).map_err(|error| error::reading("history", &error))
    }

    /// The paths in which a commit differs from its first parent: for a merge, everything that it brought in.
    ///
    /// # Errors
    /// What the revision gave, or [`GitError::Absent`] where a tree is not here.
    pub fn changed_paths(&self, rev: &str) -> Result<Vec<String>, GitError> {
        let commit = self.commit_of(rev)?;
        let tree = commit.tree().map_err(|error| error::reading(rev, &error))?;
        // A parent that a shallow clone left out counts as an empty tree, as git itself shows it.
        let before = commit.parent(0).and_then(|parent| parent.tree()).ok();
        let mut paths = Vec::new();
        self.differing(before.as_ref(), Some(&tree), "", &mut paths).map_err(|error| error::reading(rev, &error))?;
        paths.sort_unstable();
        Ok(paths)
    }

    /// Adds every path in which two trees differ. Directories that are the same on both sides are not opened, which
    /// makes this several times as fast as a full comparison where directories are large.
    fn differing(
        &self,
        before: Option<&Tree<'_>>,
        after: Option<&Tree<'_>>,
        prefix: &str,
        paths: &mut Vec<String>,
    ) -> Result<(), git2::Error> {
        let side = |tree: Option<&Tree<'_>>| -> HashMap<Vec<u8>, Side> {
            let entries = tree.into_iter().flat_map(Tree::iter);
            entries.map(|entry| (entry.name_bytes().to_vec(), Side::of(&entry))).collect()
        };
        let (mut before, after) = (side(before), side(after));
        let mut changed: Vec<(Vec<u8>, Option<Side>, Option<Side>)> = Vec::new();
        for (name, new) in after {
            let old = before.remove(&name);
            if old != Some(new) {
                changed.push((name, old, Some(new)));
            }
        }
        changed.extend(before.into_iter().map(|(name, old)| (name, Some(old), None)));
        for (name, old, new) in changed {
            let path = format!("{prefix}{}", String::from_utf8_lossy(&name));
            let tree = |side: Option<Side>| {
                side.filter(|side| side.is_tree()).map(|side| self.repo.find_tree(side.id)).transpose()
            };
            let (old_tree, new_tree) = (tree(old)?, tree(new)?);
            let is_file = |side: Option<Side>| side.is_some_and(|side| !side.is_tree());
            if is_file(old) || is_file(new) {
                paths.push(path.clone());
            }
            if old_tree.is_some() || new_tree.is_some() {
                self.differing(old_tree.as_ref(), new_tree.as_ref(), &format!("{path}/"), paths)?;
            }
        }
        Ok(())
    }

    fn read_commit(&self, id: Oid) -> Result<Commit, GitError> {
        let commit = self.repo.find_commit(id).map_err(|error| error::reading("history", &error))?;
        Ok(plain(&commit))
    }
}

/// One entry of a tree: equal where nothing below it changed.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Side {
    id: Oid,
    mode: i32,
}

impl Side {
    fn of(entry: &TreeEntry<'_>) -> Self {
        Self { id: entry.id(), mode: entry.filemode() }
    }

    fn is_tree(self) -> bool {
        self.mode == i32::from(git2::FileMode::Tree)
    }
}

fn plain(commit: &git2::Commit<'_>) -> Commit {
    let latin1 = matches!(commit.message_encoding(), Ok(Some(name)) if name.to_ascii_uppercase().contains("8859"));
    let text = |bytes: &[u8]| match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) if latin1 => bytes.iter().map(|byte| char::from(*byte)).collect(),
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    };
    let person = |who: git2::Signature<'_>| Person { name: text(who.name_bytes()), email: text(who.email_bytes()) };
    let (title, body) = split_message(&text(commit.message_raw_bytes()));
    Commit {
        id: commit.id().to_string(),
        parents: commit.parent_ids().map(|id| id.to_string()).collect(),
        author: person(commit.author()),
        committer: person(commit.committer()),
        committed_s: commit.time().seconds(),
        title,
        body,
        paths: None,
        changelog_lines: Vec::new(),
        fragment_words: Vec::new(),
    }
}

/// The first paragraph in one line, as git shows it, and the rest.
fn split_message(message: &str) -> (String, String) {
    let mut title = String::new();
    let mut rest = message.trim_start();
    while let Some((line, after)) = rest.split_once('\n').or_else(|| (!rest.is_empty()).then_some((rest, ""))) {
        rest = after;
        let line = line.trim();
        if line.is_empty() {
            break;
        }
        if !title.is_empty() {
            title.push(' ');
        }
        title.push_str(line);
    }
    (bounded(&title, TITLE_BYTES_MAX), bounded(rest.trim(), BODY_BYTES_MAX))
}

/// The text with its middle left out where it is longer than `limit` bytes.
fn bounded(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let half = limit / 2;
    let head = text.get(..text.floor_char_boundary(half)).unwrap_or_default();
    let tail = text.get(text.ceil_char_boundary(text.len() - half)..).unwrap_or_default();
    format!("{head} … {tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_the_first_paragraph_in_one_line() {
        let split = |message| split_message(message);
        assert_eq!(split("\n a\nb \n\n\nbody\n\nmore\n"), ("a b".to_owned(), "body\n\nmore".to_owned()));
        assert_eq!(split(""), (String::new(), String::new()));
        assert_eq!(split("only\r\n\r\nbody"), ("only".to_owned(), "body".to_owned()));
    }

    #[test]
    fn a_hostile_title_is_cut_and_keeps_its_end() {
        let (title, _) = split_message(&format!("{}é (#12)", "é".repeat(1 << 20)));
        assert!(title.len() < TITLE_BYTES_MAX + 8 && title.ends_with("é (#12)"));
    }
}
