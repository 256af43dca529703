//! What a run would execute if it started now: exact arguments, directory and variables, and nothing is started.
//!
//! Must never be a second way to say it: each comes from the function that makes the specification of a real attempt.
//! Enter at [`Session::would_run`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::Session;
use crate::domain::id::{AttemptId, EnvName, ItemId, RunId};
use crate::domain::plan::ItemKind;
use crate::domain::run::{Attempt, Run, RunPurpose, Slot};
use crate::domain::sequence;

/// What a slot of a run would execute at its first attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The slot.
    pub slot: ItemId,
    /// The exact arguments.
    pub argv: Vec<String>,
    /// Where.
    pub dir: PathBuf,
    /// The variables that are set for it, beside those that are inherited.
    pub env: BTreeMap<String, String>,
    /// Which of them come from the environment's untracked file: their values are not to be shown.
    pub hidden: BTreeSet<String>,
}

impl Session {
    /// What the commands of a sequence would be run with there; of a rollback, what it takes back is named. Empty
    /// without a release.
    pub fn would_run(&self, env: &EnvName, slots: &[Slot], of: Option<&RunId>) -> Vec<Planned> {
        let Some(release) = self.release() else { return Vec::new() };
        let taken_back = of.and_then(|of| release.run(of));
        let candidate = release.candidate.as_ref();
        let run = Run {
            id: RunId::new(format!("R{}", release.runs.len() + 1)),
            env: env.clone(),
            purpose: if taken_back.is_some() { RunPurpose::Rollback } else { RunPurpose::Deployment },
            of: of.cloned(),
            from: self.project.state.live_version(env).map(str::to_owned),
            to: release.version.clone(),
            commit: match taken_back {
                Some(old) => old.commit.clone(),
                None => candidate.map(|one| one.commit.clone()).unwrap_or_default(),
            },
            plan_hash: match taken_back {
                Some(old) => old.plan_hash.clone(),
                None => candidate.map(|one| one.plan_hash.clone()).unwrap_or_default(),
            },
            sequence: slots.to_vec(),
            records: BTreeMap::new(),
            dir: None,
            all: false,
            conductor: None,
            paused: None,
            pauses: Vec::new(),
            baselines: BTreeMap::new(),
            verdicts: BTreeMap::new(),
            started: crate::system::clock::now(),
            ended: None,
        };
        let hidden = self.hidden_values(&run);
        slots.iter().filter_map(|slot| self.would_execute(&run, slot, &hidden)).collect()
    }

    fn would_execute(&self, run: &Run, slot: &Slot, hidden: &BTreeSet<String>) -> Option<Planned> {
        let ItemKind::Command(step) = &self.plan_of(run).item(&slot.item)?.kind else { return None };
        let attempt = Attempt {
            id: AttemptId::new(format!("{}-{}-1", run.id, slot.id)),
            run: run.id.clone(),
            slot: slot.id.clone(),
            act: slot.act,
            number: 1,
            argv: sequence::command_of(step, slot.act)?.exec_argv(),
            session: self.session_id(),
            intended: run.started,
            started: None,
            ended: None,
            outcome: None,
            left_running: Vec::new(),
            log_lines: 0,
            stopped: None,
            checked: None,
            lost_bytes: None,
            resolved: None,
            overdue: Vec::new(),
        };
        let spec = self.spec(self.release()?, run, &attempt);
        Some(Planned { slot: slot.id.clone(), argv: spec.argv, dir: spec.cwd, env: spec.env, hidden: hidden.clone() })
    }
}
