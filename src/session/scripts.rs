//! What a rollback's commands would run: the scripts as they lie in the project now, or as the candidate has them.
//!
//! Nothing here touches the person's work tree. A work tree of the candidate is made beside relco's own record, by
//! git, without hooks. Enter at [`Session::changed_scripts`] and [`Session::candidate_worktree`].

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::{ActError, Session};
use crate::domain::plan::{ItemKind, Plan};
use crate::domain::repo_path::RepoPath;
use crate::domain::run::Slot;
use crate::domain::sequence;
use crate::system::git_program;

impl Session {
    /// The files that these slots run, or that lie beside them, and that differ now from the candidate that the run
    /// deployed. Sorted; empty where nothing changed or the commit cannot be read.
    pub fn changed_scripts(&self, plan: &Plan, commit: &str, slots: &[Slot]) -> Vec<String> {
        let mut places: BTreeSet<String> = BTreeSet::new();
        for slot in slots {
            let Some(item) = plan.item(&slot.item) else { continue };
            let ItemKind::Command(step) = &item.kind else { continue };
            let asked = [step.check.as_ref(), step.safe_if.as_ref()];
            for command in asked.into_iter().chain([sequence::command_of(step, slot.act)]).flatten() {
                let text = command.argv.join(" ");
                places.extend(text.split_whitespace().filter_map(|word| self.place_of(word)));
            }
        }
        let places: Vec<String> = places.into_iter().collect();
        self.git.changed_since(commit, &places).unwrap_or_default()
    }

    /// A work tree of this commit beside the release's record; made when it is not there yet.
    ///
    /// # Errors
    /// When git cannot make it; nothing else was changed.
    pub fn candidate_worktree(&self, commit: &str) -> Result<PathBuf, ActError> {
        let dir = self.release_dir().ok_or_else(|| ActError::System("no release is open".to_owned()))?;
        let short = commit.get(..12).unwrap_or(commit);
        let path = dir.join("worktrees").join(short);
        if path.join(".git").exists() {
            return Ok(path);
        }
        crate::config::places::make_private(&dir.join("worktrees"))?;
        git_program::worktree(&self.root, &path, commit).map_err(ActError::System)?;
        Ok(path)
    }
}

impl Session {
    /// Where the file that a word of a command names lies: what stands beside it counts too, because a script sources
    /// its neighbours. A word without a slash stands for a file at the top, if there is one.
    fn place_of(&self, word: &str) -> Option<String> {
        let path = RepoPath::parse(word).ok()?.to_string();
        match path.rsplit_once('/') {
            Some((dir, _)) => Some(format!("{dir}/")),
            None => self.root.join(&path).is_file().then_some(path),
        }
    }
}
