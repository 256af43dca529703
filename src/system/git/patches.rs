//! The same patch on another branch: what a forward-port is known by.
//!
//! Read-only. Two commits are the same patch when git's own patch id says so, without the lines around: the lines that
//! change, wherever in their files they stand and whoever committed them. Enter at [`Git::same_patches`].

use std::collections::{BTreeSet, HashMap};

use git2::{Commit, DiffOptions, Oid, Sort};

use super::{Git, GitError, error};

/// More commits than this are not searched: whoever needs it pays by hand.
const SEARCHED_MAX: usize = 20_000;

/// A commit of a fix, and where the same patch was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// The commit.
    pub commit: String,
    /// Its title.
    pub title: String,
    /// The paths that it changes.
    pub paths: Vec<String>,
    /// The commit that is the same patch on the other branch, or holds this one; none where there is none.
    pub found: Option<String>,
}

impl Git {
    /// The branch that development goes on in: what the remote calls its head, else the usual names.
    #[must_use]
    pub fn main_branch(&self) -> Option<String> {
        let remote = self.repo.find_reference("refs/remotes/origin/HEAD").ok();
        let remote = remote.and_then(|head| head.symbolic_target().ok().flatten().map(str::to_owned));
        let of_remote = remote.and_then(|name| name.strip_prefix("refs/remotes/origin/").map(str::to_owned));
        let usual = ["main", "master", "trunk", "develop"].map(str::to_owned);
        of_remote.into_iter().chain(usual).find(|name| self.repo.find_branch(name, git2::BranchType::Local).is_ok())
    }

    /// Every commit of `from..to` that is no merge, with the commit of `branch` that is the same patch, if there is one.
    ///
    /// # Errors
    /// What the revisions gave.
    pub fn same_patches(&self, from: &str, to: &str, branch: &str) -> Result<Vec<Patch>, GitError> {
        let reading = |error: git2::Error| error::reading("history", &error);
        let (from, to, tip) = (self.commit_of(from)?.id(), self.commit_of(to)?.id(), self.commit_of(branch)?.id());
        let mut patches = Vec::new();
        for id in self.walk(&[to], &[from]).map_err(reading)? {
            let commit = self.repo.find_commit(id).map_err(reading)?;
            if commit.parent_count() > 1 {
                continue;
            }
            let title = commit.summary().ok().flatten().unwrap_or_default().to_owned();
            let paths = self.changed_paths(&id.to_string())?;
            let found = self.reaches(tip, id)?.then(|| id.to_string());
            patches.push(Patch { commit: id.to_string(), title, paths, found });
        }
        patches.reverse();
        if patches.iter().all(|patch| patch.found.is_some()) {
            return Ok(patches);
        }
        let wanted: BTreeSet<&String> = patches.iter().flat_map(|patch| &patch.paths).collect();
        let mut known: HashMap<Oid, String> = HashMap::new();
        for id in self.walk(&[tip], &[from, to]).map_err(reading)?.into_iter().take(SEARCHED_MAX) {
            let commit = self.repo.find_commit(id).map_err(reading)?;
            // Comparing paths is cheap, comparing lines is not.
            let touches = commit.parent_count() < 2
                && self.changed_paths(&id.to_string())?.iter().any(|path| wanted.contains(path));
            if touches && let Some(patch) = self.patch_id(&commit).map_err(reading)? {
                known.entry(patch).or_insert_with(|| id.to_string());
            }
        }
        for patch in patches.iter_mut().filter(|patch| patch.found.is_none()) {
            let id = Oid::from_str(&patch.commit).map_err(reading)?;
            let commit = self.repo.find_commit(id).map_err(reading)?;
            patch.found = self.patch_id(&commit).map_err(reading)?.and_then(|id| known.get(&id).cloned());
        }
        Ok(patches)
    }

    fn walk(&self, from: &[Oid], hidden: &[Oid]) -> Result<Vec<Oid>, git2::Error> {
        let mut walk = self.repo.revwalk()?;
        walk.set_sorting(Sort::TOPOLOGICAL)?;
        for id in from {
            walk.push(*id)?;
        }
        for id in hidden {
            walk.hide(*id)?;
        }
        walk.collect()
    }

    /// None for a commit that changes nothing.
    fn patch_id(&self, commit: &Commit<'_>) -> Result<Option<Oid>, git2::Error> {
        let before = commit.parent(0).and_then(|parent| parent.tree()).ok();
        // Without the lines around: the same fix among other neighbours is still the same fix.
        let mut options = DiffOptions::new();
        options.context_lines(0);
        let diff = self.repo.diff_tree_to_tree(before.as_ref(), Some(&commit.tree()?), Some(&mut options))?;
        if diff.deltas().len() == 0 {
            return Ok(None);
        }
        diff.patchid(None).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Sample;

    #[test]
    fn the_same_patch_is_found_and_an_unrelated_commit_is_not() {
        let sample = Sample::new();
        let body = |line: &str| format!("one\ntwo\nthree\n{line}\nfive\nsix\nseven\n");
        sample.write("a.txt", &body("four")).commit("first");
        sample.tag("v1.2.4");
        let base = sample.git().resolve("HEAD").unwrap();
        sample.switch("hotfix/1.2.5", &base);
        sample.write("a.txt", &body("fixed")).commit("Fix four");
        sample.write("VERSION", "1.2.5").commit("release 1.2.5");
        sample.switch("main", &base);
        sample.write("b.txt", "new").commit("Unrelated");
        sample.write("a.txt", &body("four").replace("seven", "7")).commit("Touches the same file");
        let found = |sample: &Sample| {
            let patches = sample.git().same_patches("v1.2.4", "hotfix/1.2.5", "main").unwrap();
            patches.into_iter().map(|patch| (patch.title, patch.found.is_some())).collect::<Vec<_>>()
        };
        assert_eq!(sample.git().main_branch().as_deref(), Some("main"));
        let not_yet = [("Fix four".to_owned(), false), ("release 1.2.5".to_owned(), false)];
        assert_eq!(found(&sample), not_yet);
        sample.write("a.txt", &body("fixed").replace("seven", "7")).commit("Fix four (cherry picked)");
        assert_eq!(found(&sample)[0], ("Fix four".to_owned(), true));
    }
}
