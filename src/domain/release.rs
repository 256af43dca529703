//! A release: the state that its journal's events add up to.
//!
//! `apply` never fails and never refuses: a fact happened, whatever a later rule would have said to it. The phase
//! is derived, never stored. Entry: [`ReleaseState::apply`], [`ReleaseState::phase`].

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::basis::Basis;
use super::event::{CheckVerdict, Finding};
use super::id::{AttemptId, EnvName, GateId, IncidentId, ItemId, Role, RunId, TriggerId};
use super::incident::Incident;
use super::item::{GateVerdict, ItemRecord, ItemState};
use super::named::named;
use super::notice::Notice;
use super::plan::{List, Plan};
use super::release_type::ReleaseType;
use super::run::{Act, Attempt, Run, RunOutcome, RunPurpose};
use super::sheet::Sheet;
use super::time::Precision;

mod fold;

pub use fold::apply_note;

named! {
    /// Where a release stands, derived from the facts.
    Phase {
        /// Started, no candidate yet.
        Planned = "planned",
        /// A candidate, and something is missing before production.
        Preparing = "preparing",
        /// Nothing is missing before production.
        Ready = "ready",
        /// A deployment or rehearsal walks its steps.
        Deploying = "deploying",
        /// The steps are through; it is being looked at.
        Verifying = "verifying",
        /// It works; people are being told.
        Announcing = "announcing",
        /// A rollback runs.
        RollingBack = "rolling back",
        /// Production was rolled back.
        RolledBack = "rolled back",
        /// A run is paused.
        Paused = "paused",
        /// A step failed, or nobody knows what became of it.
        Failed = "failed",
        /// Out, told, closed.
        Complete = "complete",
        /// Given up.
        Abandoned = "abandoned",
    }
}

/// The commit that ships, and under which plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Full commit id.
    pub commit: String,
    /// Branch it was taken from.
    pub branch: Option<String>,
    /// Hash of the frozen plan.
    pub plan_hash: String,
    /// Whether the range holds a breaking change.
    pub breaking: bool,
    /// Since when.
    pub at: Timestamp,
}

/// A decision about a gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateRecord {
    /// The verdict.
    pub verdict: GateVerdict,
    /// Who spoke.
    pub by: String,
    /// Who operated relco.
    pub actor: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: Option<String>,
    /// What it rests on.
    pub evidence: Option<String>,
    /// The candidate it holds for; none for a word given before there was one.
    pub commit: Option<String>,
    /// What the check that decided it looked at; none for a person's word.
    pub basis: Option<Basis>,
}

/// A role's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOff {
    /// Yes or no.
    pub yes: bool,
    /// Who spoke.
    pub by: String,
    /// Who operated relco.
    pub actor: String,
    /// When.
    pub at: Timestamp,
    /// In their words.
    pub note: Option<String>,
    /// The candidate it holds for.
    pub commit: Option<String>,
}

/// The last result of a check that relco makes itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckResult {
    /// The verdict.
    pub verdict: CheckVerdict,
    /// One line about it.
    pub summary: String,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// When it was made; `None` for one that was made just now and not recorded.
    pub at: Option<Timestamp>,
    /// The commit it looked at.
    pub commit: Option<String>,
}

/// How many findings of one check are written down, and how many bytes of text they may have together: a record has
/// room for them even where every byte is written as an escape.
const FINDINGS_MAX: usize = 200;
const FINDINGS_BYTES_MAX: usize = 8 * 1024;

impl CheckResult {
    /// The result as it goes on record: of very many findings the first, and how many more there were.
    #[must_use]
    pub fn bounded(mut self) -> CheckResult {
        let mut bytes = 0;
        let fitting = self.findings.iter().take(FINDINGS_MAX).take_while(|finding| {
            bytes += finding.text.len();
            bytes <= FINDINGS_BYTES_MAX
        });
        let kept = fitting.count();
        let left_out = self.findings.len() - kept;
        let next = self.findings.get(kept).map(|first| first.role.clone());
        self.findings.truncate(kept);
        if let Some(role) = next {
            self.findings.push(Finding { text: format!("{left_out} more of this check"), role });
        }
        self
    }
}

/// An accepted blocker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// Why.
    pub reason: String,
    /// Who spoke.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A trigger that fired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fired {
    /// Which.
    pub trigger: TriggerId,
    /// The run it stopped.
    pub run: Option<RunId>,
    /// Who declared it.
    pub by: String,
    /// What was seen.
    pub words: String,
    /// When.
    pub at: Timestamp,
    /// What became of it, once somebody decided.
    pub answered: Option<Answered>,
}

impl Fired {
    /// The time from firing to the decision, once there is one.
    pub fn decided_after(&self) -> Option<std::time::Duration> {
        self.answered.as_ref().map(|answered| super::duration::between(self.at, answered.at))
    }
}

/// What was decided where a trigger proposed rollback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// What.
    pub answer: Answer,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
}

named! {
    /// The answers to a trigger that fired.
    Answer {
        /// Rollback was started.
        RolledBack = "rolled back",
        /// The run goes on.
        WentOn = "went on",
        /// The run was ended without a rollback.
        Aborted = "aborted",
    }
}

/// The release notes' present text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotesRecord {
    /// Name of the blob.
    pub blob: String,
    /// A placeholder is left.
    pub draft: bool,
    /// When they were written.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
}

/// A note with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The record that holds it.
    pub seq: u64,
    /// When it was recorded.
    pub at: Timestamp,
    /// When it happened.
    pub occurred: Timestamp,
    /// How exactly that is known.
    pub precision: Precision,
    /// The present text; `None` when withdrawn.
    pub text: Option<String>,
    /// Who spoke.
    pub by: String,
    /// The incident it belongs to.
    pub incident: Option<IncidentId>,
    /// The line of a log that it shows: `R3-migrate-1:42`.
    pub evidence: Option<String>,
}

/// What was seen of an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactSeen {
    /// It is there.
    pub there: bool,
    /// In words.
    pub observed: String,
    /// When.
    pub at: Timestamp,
    /// The candidate then.
    pub commit: Option<String>,
}

/// A release as its events left it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReleaseState {
    /// The version on its way out.
    pub version: String,
    /// Its type.
    pub kind: Option<ReleaseType>,
    /// The release tag it is compared with.
    pub base: Option<String>,
    /// What it is for.
    pub reason: Option<String>,
    /// Who started it.
    pub captain: String,
    /// When it was started.
    pub started: Option<Timestamp>,
    /// The commit that ships.
    pub candidate: Option<Candidate>,
    /// Its tag, once seen.
    pub tag: Option<(String, String)>,
    /// What was seen of each artifact last.
    pub artifacts: BTreeMap<String, ArtifactSeen>,
    /// Where the tag was pushed to last.
    pub pushed: Option<String>,
    /// Gates that were decided.
    pub gates: BTreeMap<GateId, GateRecord>,
    /// Roles that spoke.
    pub sign_offs: BTreeMap<Role, SignOff>,
    /// Pre-release items that changed.
    pub items: BTreeMap<ItemId, ItemRecord>,
    /// Accepted blockers.
    pub waivers: BTreeMap<String, Waiver>,
    /// Last results of relco's own checks.
    pub checks: BTreeMap<String, CheckResult>,
    /// Runs, oldest first.
    pub runs: Vec<Run>,
    /// Attempts of all runs.
    pub attempts: BTreeMap<AttemptId, Attempt>,
    /// Triggers that fired.
    pub fired: Vec<Fired>,
    /// Incidents of this release.
    pub incidents: Vec<Incident>,
    /// Notes, by the record that holds them.
    pub notes_taken: BTreeMap<u64, Note>,
    /// The release notes.
    pub notes: Option<NotesRecord>,
    /// The alignment sheet.
    pub sheet: Sheet,
    /// Notices, oldest first.
    pub notices: Vec<Notice>,
    /// When and how it ended: complete or abandoned.
    pub ended: Option<(Timestamp, Phase)>,
    /// The last record that was applied.
    pub seq: u64,
}

impl ReleaseState {
    /// The type; a patch while nothing is known.
    pub fn kind(&self) -> ReleaseType {
        self.kind.unwrap_or(ReleaseType::Patch)
    }

    /// Whether it is neither complete nor abandoned.
    pub fn is_open(&self) -> bool {
        self.ended.is_none()
    }

    /// The candidate's commit.
    pub fn commit(&self) -> Option<&str> {
        self.candidate.as_ref().map(|candidate| candidate.commit.as_str())
    }

    /// Whether the range holds a breaking change.
    pub fn breaking(&self) -> bool {
        self.candidate.as_ref().is_some_and(|candidate| candidate.breaking)
    }

    /// The run of that id.
    pub fn run(&self, id: &RunId) -> Option<&Run> {
        self.runs.iter().find(|run| run.id == *id)
    }

    /// The run that is not over in this environment.
    pub fn open_run(&self, env: &EnvName) -> Option<&Run> {
        self.runs.iter().rev().find(|run| run.env == *env && run.is_open())
    }

    /// Any run that is not over; the one started last.
    pub fn any_open_run(&self) -> Option<&Run> {
        self.runs.iter().rev().find(|run| run.is_open())
    }

    /// The attempts of a slot, oldest first.
    pub fn attempts_of(&self, run: &RunId, slot: &ItemId) -> Vec<&Attempt> {
        let mut attempts: Vec<&Attempt> =
            self.attempts.values().filter(|attempt| attempt.run == *run && attempt.slot == *slot).collect();
        attempts.sort_by_key(|attempt| attempt.number);
        attempts
    }

    /// The attempts that have no end yet.
    pub fn running(&self) -> impl Iterator<Item = &Attempt> {
        self.attempts.values().filter(|attempt| attempt.outcome.is_none())
    }

    /// The open incident that was opened last.
    pub fn open_incident(&self) -> Option<&Incident> {
        self.incidents.iter().rev().find(|incident| incident.is_open())
    }

    /// Whether a word bound to `commit` holds for the present candidate.
    pub fn holds_for_candidate(&self, commit: Option<&str>) -> bool {
        match (commit, self.commit()) {
            (Some(bound), Some(now)) => bound == now,
            (None, Some(_)) => false,
            (_, None) => true,
        }
    }

    /// Whether a changing step of this run was started: what can be rolled back.
    pub fn started_changing(&self, run: &Run, plan: &Plan) -> bool {
        run.sequence.iter().filter(|slot| slot.act == Act::Do && slot.list == List::Deployment).any(|slot| {
            let attempted = self.attempts.values().any(|attempt| {
                attempt.run == run.id
                    && attempt.slot == slot.id
                    && attempt.outcome != Some(super::run::AttemptOutcome::NotStarted)
            });
            let by_hand = matches!(run.state(&slot.id), ItemState::Done | ItemState::Doing | ItemState::Failed);
            match plan.item(&slot.item).map(|item| &item.kind) {
                Some(super::plan::ItemKind::Command(step)) => attempted && step.class.changes(),
                Some(_) => by_hand,
                None => attempted,
            }
        })
    }

    /// Where the release stands. `ready` is whether nothing is missing before production.
    pub fn phase(&self, ready: bool) -> Phase {
        if let Some((_, phase)) = self.ended {
            return self.after_complete().unwrap_or(phase);
        }
        if let Some(run) = self.any_open_run() {
            return phase_of_run(run);
        }
        let last = self.runs.iter().rev().find(|run| run.purpose != RunPurpose::Rehearsal);
        match last {
            Some(run) if run.purpose == RunPurpose::Rollback && succeeded(run) => Phase::RolledBack,
            // Given up half-way: neither the new version nor the old one is known to run.
            Some(run) if run.purpose == RunPurpose::Rollback => Phase::Failed,
            _ if self.candidate.is_none() => Phase::Planned,
            _ if ready => Phase::Ready,
            _ => Phase::Preparing,
        }
    }
}

impl ReleaseState {
    /// What became of a complete release since: its deployment is being rolled back, was rolled back, or half of it
    /// was. None while it stands as it was completed.
    pub fn after_complete(&self) -> Option<Phase> {
        let (_, Phase::Complete) = self.ended? else { return None };
        let last = self.runs.iter().rev().find(|run| run.purpose == RunPurpose::Deployment)?;
        let back = self.runs.iter().rev().find(|run| run.of.as_ref() == Some(&last.id))?;
        Some(match back.ended {
            None => Phase::RollingBack,
            Some(_) if succeeded(back) => Phase::RolledBack,
            Some(_) => Phase::Failed,
        })
    }
}

fn phase_of_run(run: &Run) -> Phase {
    if run.purpose == RunPurpose::Rollback {
        return Phase::RollingBack;
    }
    if run.records.values().any(|record| matches!(record.state, ItemState::Failed | ItemState::Unknown)) {
        return Phase::Failed;
    }
    if run.paused.is_some() {
        return Phase::Paused;
    }
    if !run.settled(&[List::PreDeployment, List::Deployment]) {
        return Phase::Deploying;
    }
    if !run.settled(&[List::Verification]) {
        return Phase::Verifying;
    }
    Phase::Announcing
}

/// Whether a run ended as planned.
pub fn succeeded(run: &Run) -> bool {
    run.ended.is_some_and(|(_, outcome)| outcome == RunOutcome::Succeeded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::Role;

    fn checked(texts: impl Iterator<Item = String>) -> CheckResult {
        let findings = texts.map(|text| Finding { text, role: Role::DEVELOPER.into() }).collect();
        CheckResult { verdict: CheckVerdict::Bad, summary: String::new(), findings, at: None, commit: None }
    }

    #[test]
    fn of_very_many_findings_the_first_go_on_record_and_the_rest_are_counted() {
        let few = checked((0..200).map(|number| number.to_string()));
        assert_eq!(few.clone().bounded(), few);
        let many = checked((0..6000).map(|number| format!("PR #{number} not in changelog"))).bounded();
        assert_eq!(many.findings.len(), 201);
        assert_eq!(many.findings.last().unwrap().text, "5800 more of this check");
        assert_eq!(many.clone().bounded().findings.len(), 201);
        let long = checked(["x".repeat(100_000), "y".to_owned()].into_iter()).bounded();
        assert_eq!(long.findings.len(), 1);
        assert_eq!(long.findings[0].text, "2 more of this check");
    }
}
