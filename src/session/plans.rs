//! Which plan holds: the one as the project's file says it now, those that were frozen for the current release, and
//! which of them may run.
//!
//! A release goes by the plan that was frozen with its candidate, a run by the plan that it was started with, forward
//! and back, wherever the file is by now. A plan that cannot be read is never taken for another one: what wants it says
//! why. Enter at [`Plans::by_hash`], with the hash that [`holding`], [`of_run`], [`to_go_back`] or [`for_command`]
//! gives.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use crate::config::freeze;
use crate::config::trust::{self, Grants};
use crate::domain::command::Command;
use crate::domain::id::EnvName;
use crate::domain::plan::Plan;
use crate::domain::release::ReleaseState;
use crate::domain::run::Run;
use crate::journal::blobs;

/// Where frozen plans and texts lie, in a release's directory.
pub(super) const BLOBS: &str = "blobs";

/// The plans that are at hand.
#[derive(Debug, Clone)]
pub struct Plans {
    configured: Arc<Plan>,
    /// The name that it would be frozen under.
    configured_hash: String,
    /// What the release names, by hash, but for what the file says itself.
    frozen: BTreeMap<String, Frozen>,
    /// What the file says may run.
    file_trusted: bool,
    /// Frozen plans that may run.
    trusted: BTreeSet<String>,
}

#[derive(Debug, Clone)]
enum Frozen {
    Read(Arc<Plan>),
    /// Why it cannot be read.
    Lost(String),
}

impl Plans {
    /// Those of a project whose file gives this plan, before anything is frozen.
    pub fn new(configured: Arc<Plan>, configured_hash: String) -> Self {
        let (frozen, trusted) = (BTreeMap::new(), BTreeSet::new());
        Self { configured, configured_hash, frozen, file_trusted: false, trusted }
    }

    /// The file says this now.
    pub(super) fn configure(&mut self, configured: Arc<Plan>, configured_hash: String) {
        (self.configured, self.configured_hash) = (configured, configured_hash);
    }

    /// Reads what the release names and is not at hand; what could not be read is tried again.
    pub(super) fn thaw(&mut self, dir: Option<&Path>, release: Option<&ReleaseState>) {
        let (Some(dir), Some(release)) = (dir, release) else { return };
        let named = release.runs.iter().filter_map(of_run).chain(of_candidate(release));
        for hash in named.collect::<BTreeSet<_>>() {
            // The file stands in for what it says itself, so that a damaged copy of it hurts nobody.
            let known = hash == self.configured_hash || matches!(self.frozen.get(hash), Some(Frozen::Read(_)));
            if !known {
                let read = thawed(dir, hash);
                self.frozen
                    .insert(hash.to_owned(), read.map_or_else(Frozen::Lost, |plan| Frozen::Read(Arc::new(plan))));
            }
        }
    }

    /// A plan of another release, as far as it can be read; the file's else.
    pub(super) fn elsewhere(&self, dir: &Path, hash: &str) -> Arc<Plan> {
        match self.frozen.get(hash) {
            Some(Frozen::Read(plan)) => Arc::clone(plan),
            _ if hash == self.configured_hash => Arc::clone(&self.configured),
            _ => thawed(dir, hash).map_or_else(|_| Arc::clone(&self.configured), Arc::new),
        }
    }

    /// These plans, and one more.
    pub(super) fn with(&self, hash: &str, plan: &Arc<Plan>) -> Self {
        let mut plans = self.clone();
        plans.frozen.insert(hash.to_owned(), Frozen::Read(Arc::clone(plan)));
        plans
    }

    /// The plan of this name; none is the file's.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn by_hash(&self, hash: Option<&str>) -> Result<&Arc<Plan>, &str> {
        match hash.and_then(|hash| self.frozen.get(hash)) {
            Some(Frozen::Read(plan)) => Ok(plan),
            Some(Frozen::Lost(why)) if hash != Some(self.configured_hash.as_str()) => Err(why),
            Some(Frozen::Lost(_)) | None => Ok(&self.configured),
        }
    }

    /// The plan of this name, else the file's: for what is only shown.
    pub fn to_show(&self, hash: Option<&str>) -> &Arc<Plan> {
        self.by_hash(hash).unwrap_or(&self.configured)
    }

    /// Finds out what may run, by what was said: a plan by its own name, or by the file while that says the same.
    pub(super) fn learn_trust(&mut self, closure: Option<&str>, grants: &Grants) {
        let asks_nothing = trust::asks_for_nothing(&self.configured);
        self.file_trusted = asks_nothing || closure.is_some_and(|closure| grants.allow(closure));
        let trusts = |(hash, frozen): (&String, &Frozen)| {
            let harmless = matches!(frozen, Frozen::Read(plan) if trust::asks_for_nothing(plan));
            (harmless || grants.allow(hash)).then(|| hash.clone())
        };
        self.trusted = self.frozen.iter().filter_map(trusts).collect();
        if self.file_trusted || grants.allow(&self.configured_hash) {
            self.trusted.insert(self.configured_hash.clone());
        }
    }

    /// Whether the plan of this name may run; none is what the file says now.
    pub fn trusts(&self, hash: Option<&str>) -> bool {
        hash.map_or(self.file_trusted, |hash| self.trusted.contains(hash))
    }

    /// Whether this is the name of what the file says now.
    pub(super) fn is_configured(&self, hash: &str) -> bool {
        hash == self.configured_hash
    }
}

fn thawed(dir: &Path, hash: &str) -> Result<Plan, String> {
    let unreadable = |why: &dyn std::fmt::Display| format!("the frozen plan {hash} cannot be read: {why}");
    let bytes = blobs::get(&dir.join(BLOBS), hash).map_err(|error| unreadable(&error))?;
    let text = String::from_utf8(bytes).map_err(|error| unreadable(&error))?;
    freeze::thaw(&text).map_err(|error| unreadable(&error))
}

/// The name of the plan that was frozen with the candidate.
pub(super) fn of_candidate(release: &ReleaseState) -> Option<&str> {
    release.candidate.as_ref().map(|candidate| candidate.plan_hash.as_str()).filter(|hash| !hash.is_empty())
}

/// The name of the plan that a run goes on, and back, with.
pub(super) fn of_run(run: &Run) -> Option<&str> {
    Some(run.plan_hash.as_str()).filter(|hash| !hash.is_empty())
}

/// The name of the plan that holds: that of the run that is under way, else the candidate's.
pub(super) fn holding(release: Option<&ReleaseState>) -> Option<&str> {
    let release = release?;
    release.any_open_run().and_then(of_run).or_else(|| of_candidate(release))
}

/// The name of the plan under which the last run in an environment would be taken back.
pub(super) fn to_go_back<'a>(release: Option<&'a ReleaseState>, env: &EnvName) -> Option<&'a str> {
    let last = release.and_then(|release| release.runs.iter().rev().find(|run| run.env == *env));
    last.and_then(of_run).or_else(|| holding(release))
}

/// The name of the plan under which a command is decided.
pub(super) fn for_command<'a>(release: Option<&'a ReleaseState>, command: &Command) -> Option<&'a str> {
    let of = |run: Option<&'a Run>| run.and_then(of_run).or_else(|| holding(release));
    match command {
        Command::StartRelease { .. } => None,
        Command::StartDeployment { .. } | Command::StartRehearsal { .. } => release.and_then(of_candidate),
        Command::StartRollback { env, .. } => to_go_back(release, env),
        Command::Next { run, .. }
        | Command::Retry { run }
        | Command::RetryDeclared { run, .. }
        | Command::Pause { run, .. }
        | Command::Resume { run, .. }
        | Command::Abort { run, .. }
        | Command::Take { run, .. }
        | Command::FinishSlot { run, .. }
        | Command::WaitLonger { run, .. }
        | Command::RecordBaseline { run, .. }
        | Command::RecordVerdict { run, .. }
        | Command::SetItem { run: Some(run), .. }
        | Command::RecordAttemptCheck { for_slot: Some((run, _)), .. } => {
            of(release.and_then(|release| release.run(run)))
        }
        Command::ImportAttempt { attempt, .. }
        | Command::RecordAttemptCheck { attempt, .. }
        | Command::RecordOverdue { attempt, .. }
        | Command::RecordOutput { attempt }
        | Command::ResolveAttempt { attempt, .. } => {
            of(release.and_then(|release| release.run(&release.attempts.get(attempt)?.run)))
        }
        _ => holding(release),
    }
}
