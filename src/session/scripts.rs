//! What a rollback's commands would run: the scripts as they lie in the project now, or as the candidate has them.
//!
//! Nothing here touches the person's work tree. A work tree of the candidate is made beside relco's own record, by
//! git, without hooks. Enter at [`Session::changed_scripts`] and [`Session::candidate_worktree`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::{ActError, Session};
use crate::domain::id::RunId;
use crate::domain::plan::{ItemKind, Plan};
use crate::domain::repo_path::RepoPath;
use crate::domain::run::{RunPurpose, Slot};
use crate::domain::sequence;
use crate::system::git_program;

impl Session {
    /// The files that these slots run, or that lie beside them, and that differ now from the candidate that the run
    /// deployed. Sorted; empty where nothing changed or the commit cannot be read.
    pub fn changed_scripts(&self, plan: &Plan, commit: &str, slots: &[Slot]) -> Vec<String> {
        self.git.changed_since(commit, &self.places_of(plan, slots)).unwrap_or_default()
    }

    /// For each rehearsal of the candidate's plan: the files that its steps run, or that lie beside them, and that the
    /// candidate has otherwise than the commit that was rehearsed. Empty where nothing changed.
    pub(super) fn scripts_since_rehearsals(&self) -> BTreeMap<RunId, Vec<String>> {
        let candidate = self.release().and_then(|release| Some((release, release.candidate.as_ref()?)));
        let Some((release, candidate)) = candidate else { return BTreeMap::new() };
        let of_this_plan = release.runs.iter().filter(|run| {
            run.purpose == RunPurpose::Rehearsal
                && run.plan_hash == candidate.plan_hash
                && run.commit != candidate.commit
        });
        let places = {
            let plan = self.plans.to_show(Some(&candidate.plan_hash));
            self.places_of(plan, &sequence::rehearsal(plan))
        };
        of_this_plan
            .map(|run| {
                let changed = self.git.changed_between(&run.commit, &candidate.commit, &places);
                // What cannot be compared any more was not seen to be the same.
                (run.id.clone(), changed.unwrap_or_else(|_| vec![format!("what {} ran", run.id)]))
            })
            .collect()
    }

    /// Where the files lie that these slots run.
    fn places_of(&self, plan: &Plan, slots: &[Slot]) -> Vec<String> {
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
        places.into_iter().collect()
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
