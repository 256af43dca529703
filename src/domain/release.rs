//! A release: the state that its journal's events add up to.
//!
//! `apply` never fails and never refuses: a fact happened, whatever a later rule would have said to it. The phase
//! is derived, never stored. Entry: [`ReleaseState::apply`], [`ReleaseState::phase`].

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::event::{CheckVerdict, Fact, Finding, Recorded};
use super::id::{AttemptId, EnvName, GateId, IncidentId, ItemId, Role, RunId, TriggerId};
use super::incident::Incident;
use super::item::{Evidence, GateVerdict, ItemRecord, ItemState};
use super::named::named;
use super::notice::Notice;
use super::plan::{List, Plan};
use super::release_type::ReleaseType;
use super::run::{Act, Attempt, Run, RunOutcome, RunPurpose};
use super::sheet::{Agreement, Sheet};
use super::time::Precision;

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
            return phase;
        }
        if let Some(run) = self.any_open_run() {
            return phase_of_run(run);
        }
        let last = self.runs.iter().rev().find(|run| run.purpose != RunPurpose::Rehearsal);
        match last {
            Some(run) if run.purpose == RunPurpose::Rollback => Phase::RolledBack,
            _ if self.candidate.is_none() => Phase::Planned,
            _ if ready => Phase::Ready,
            _ => Phase::Preparing,
        }
    }

    /// Folds one record in.
    pub fn apply(&mut self, rec: &Recorded) {
        self.seq = rec.seq;
        match &rec.fact {
            Fact::ReleaseStarted { version, kind, base, reason } => {
                self.version.clone_from(version);
                self.kind = Some(*kind);
                self.base.clone_from(base);
                self.reason.clone_from(reason);
                self.captain.clone_from(&rec.actor);
                self.started = Some(rec.at);
            }
            Fact::CandidateSet { commit, branch, plan_hash, breaking, voided: _ } => {
                self.candidate = Some(Candidate {
                    commit: commit.clone(),
                    branch: branch.clone(),
                    plan_hash: plan_hash.clone(),
                    breaking: *breaking,
                    at: rec.at,
                });
            }
            Fact::TagMade { tag, commit } => self.tag = Some((tag.clone(), commit.clone())),
            Fact::ReleaseCompleted { .. } => self.ended = Some((rec.at, Phase::Complete)),
            Fact::ReleaseAbandoned { .. } => self.ended = Some((rec.at, Phase::Abandoned)),
            Fact::GateDecided { .. }
            | Fact::SignedOff { .. }
            | Fact::ItemSet { .. }
            | Fact::BlockerWaived { .. }
            | Fact::CheckRecorded { .. } => self.apply_word(rec),
            Fact::RunStarted { .. }
            | Fact::RunConductor { .. }
            | Fact::RunPaused { .. }
            | Fact::RunResumed { .. }
            | Fact::RunEnded { .. }
            | Fact::BaselineMeasured { .. } => self.apply_run(rec),
            Fact::AttemptIntended { .. } | Fact::AttemptEnded { .. } | Fact::AttemptResolved { .. } => {
                self.apply_attempt(rec);
            }
            Fact::TriggerFired { trigger, run, by, words } => self.fired.push(Fired {
                trigger: trigger.clone(),
                run: run.clone(),
                by: by.clone(),
                words: words.clone(),
                at: rec.at,
            }),
            Fact::NotesWritten { blob, draft, by } => {
                self.notes = Some(NotesRecord { blob: blob.clone(), draft: *draft, at: rec.at, by: by.clone() });
            }
            Fact::SheetSet { field, value, by: _ } => {
                self.sheet.fields.insert(*field, value.clone());
            }
            Fact::SheetAgreed { role, by, digest } => {
                let agreement = Agreement { by: by.clone(), at: rec.at, digest: digest.clone() };
                self.sheet.agreements.insert(role.clone(), agreement);
            }
            Fact::NoticeIntended { .. } | Fact::NoticeSettled { .. } => super::notice::apply(&mut self.notices, rec),
            Fact::NoteAdded { .. } | Fact::NoteCorrected { .. } => apply_note(&mut self.notes_taken, rec),
            Fact::IncidentOpened { .. }
            | Fact::IncidentSeveritySet { .. }
            | Fact::IncidentStatusSet { .. }
            | Fact::IncidentImpactSet { .. }
            | Fact::DecisionTaken { .. }
            | Fact::IncidentTextSet { .. }
            | Fact::IncidentClosed { .. } => super::incident::apply(&mut self.incidents, rec),
            // Facts of the project's journal; none of them says anything about one release.
            Fact::JournalOpened { .. }
            | Fact::JournalRecovered { .. }
            | Fact::LiveSet { .. }
            | Fact::EnvLocked { .. }
            | Fact::EnvUnlocked { .. }
            | Fact::VersionMarkedBad { .. }
            | Fact::DebtAdded { .. }
            | Fact::DebtPaid { .. } => {}
        }
    }

    fn apply_word(&mut self, rec: &Recorded) {
        match &rec.fact {
            Fact::GateDecided { gate, verdict, by, reason, evidence, commit } => {
                let record = GateRecord {
                    verdict: *verdict,
                    by: by.clone(),
                    actor: rec.actor.clone(),
                    at: rec.at,
                    reason: reason.clone(),
                    evidence: evidence.clone(),
                    commit: commit.clone(),
                };
                self.gates.insert(gate.clone(), record);
            }
            Fact::SignedOff { role, yes, by, note, commit } => {
                let record = SignOff {
                    yes: *yes,
                    by: by.clone(),
                    actor: rec.actor.clone(),
                    at: rec.at,
                    note: note.clone(),
                    commit: commit.clone(),
                };
                self.sign_offs.insert(role.clone(), record);
            }
            Fact::ItemSet { run, item, state, by, observed, reason, commit } => {
                let evidence = Evidence { observed: observed.clone(), reason: reason.clone(), attempt: None };
                let record = ItemRecord {
                    state: *state,
                    by: by.clone(),
                    actor: rec.actor.clone(),
                    at: rec.at,
                    evidence,
                    commit: commit.clone(),
                };
                match run {
                    None => {
                        self.items.insert(item.clone(), record);
                    }
                    Some(run) => self.set_slot(run, item, record),
                }
            }
            Fact::BlockerWaived { blocker, reason, by } => {
                let waiver = Waiver { reason: reason.clone(), by: by.clone(), at: rec.at };
                self.waivers.insert(blocker.clone(), waiver);
            }
            Fact::CheckRecorded { check, verdict, summary, findings, commit } => {
                let result = CheckResult {
                    verdict: *verdict,
                    summary: summary.clone(),
                    findings: findings.clone(),
                    at: Some(rec.at),
                    commit: commit.clone(),
                };
                self.checks.insert(check.clone(), result);
            }
            _ => {}
        }
    }

    fn apply_run(&mut self, rec: &Recorded) {
        match &rec.fact {
            Fact::RunStarted { run, env, purpose, of, from, to, commit, plan_hash, sequence, all } => {
                self.runs.push(Run {
                    id: run.clone(),
                    env: env.clone(),
                    purpose: *purpose,
                    of: of.clone(),
                    from: from.clone(),
                    to: to.clone(),
                    commit: commit.clone(),
                    plan_hash: plan_hash.clone(),
                    sequence: sequence.clone(),
                    records: BTreeMap::new(),
                    all: *all,
                    conductor: None,
                    paused: None,
                    pauses: Vec::new(),
                    baselines: BTreeMap::new(),
                    started: rec.at,
                    ended: None,
                });
            }
            Fact::RunConductor { run, session, reason: _ } => {
                self.with_run(run, |run| run.conductor = Some(session.clone()));
            }
            Fact::RunPaused { run, reason, by } => {
                let pause = super::run::Pause { at: rec.at, reason: reason.clone(), by: by.clone() };
                self.with_run(run, |run| run.paused = Some(run.paused.take().unwrap_or(pause)));
            }
            Fact::RunResumed { run, all, by: _ } => self.with_run(run, |run| {
                run.all = *all;
                if let Some(pause) = run.paused.take() {
                    run.pauses.push((pause.at, rec.at));
                }
            }),
            Fact::RunEnded { run, outcome, reason: _ } => {
                let end = (rec.at, *outcome);
                self.with_run(run, |run| {
                    if let Some(pause) = run.paused.take() {
                        run.pauses.push((pause.at, rec.at));
                    }
                    run.ended = Some(end);
                });
            }
            Fact::BaselineMeasured { run, probe, good_ms, asked } => {
                let baseline = super::run::Baseline { good_ms: good_ms.clone(), asked: *asked };
                self.with_run(run, |run| {
                    run.baselines.insert(probe.clone(), baseline);
                });
            }
            _ => {}
        }
    }

    fn apply_attempt(&mut self, rec: &Recorded) {
        match &rec.fact {
            Fact::AttemptIntended { attempt, run, item, act, number, argv, session } => {
                self.attempts.insert(
                    attempt.clone(),
                    Attempt {
                        id: attempt.clone(),
                        run: run.clone(),
                        slot: item.clone(),
                        act: *act,
                        number: *number,
                        argv: argv.clone(),
                        session: session.clone(),
                        intended: rec.at,
                        started: None,
                        ended: None,
                        outcome: None,
                        left_running: Vec::new(),
                        log_lines: 0,
                        resolved: None,
                    },
                );
                let record = attempt_record(rec, ItemState::Doing, attempt, None, None);
                self.set_slot(run, item, record);
            }
            Fact::AttemptEnded { attempt, outcome, started, ended, left_running, log_lines, log_bytes: _ } => {
                let Some(entry) = self.attempts.get_mut(attempt) else { return };
                entry.outcome = Some(outcome.clone());
                entry.started = *started;
                entry.ended = *ended;
                entry.left_running.clone_from(left_running);
                entry.log_lines = *log_lines;
                let state = match outcome {
                    super::run::AttemptOutcome::Unknown => ItemState::Unknown,
                    super::run::AttemptOutcome::NotStarted => ItemState::Open,
                    outcome if outcome.ok() => ItemState::Done,
                    _ => ItemState::Failed,
                };
                let (run, slot) = (entry.run.clone(), entry.slot.clone());
                let record = attempt_record(rec, state, attempt, Some(outcome.words()), None);
                self.set_slot(&run, &slot, record);
            }
            Fact::AttemptResolved { attempt, done, reason, by } => {
                let Some(entry) = self.attempts.get_mut(attempt) else { return };
                entry.resolved = Some(*done);
                let state = if *done { ItemState::Done } else { ItemState::Failed };
                let (run, slot) = (entry.run.clone(), entry.slot.clone());
                let mut record = attempt_record(rec, state, attempt, None, Some(reason.clone()));
                record.by.clone_from(by);
                self.set_slot(&run, &slot, record);
            }
            _ => {}
        }
    }

    fn with_run(&mut self, id: &RunId, change: impl FnOnce(&mut Run)) {
        if let Some(run) = self.runs.iter_mut().find(|run| run.id == *id) {
            change(run);
        }
    }

    fn set_slot(&mut self, run: &RunId, slot: &ItemId, record: ItemRecord) {
        self.with_run(run, |run| {
            run.records.insert(slot.clone(), record);
        });
    }
}

fn attempt_record(
    rec: &Recorded,
    state: ItemState,
    attempt: &AttemptId,
    observed: Option<String>,
    reason: Option<String>,
) -> ItemRecord {
    ItemRecord {
        state,
        by: rec.actor.clone(),
        actor: rec.actor.clone(),
        at: rec.at,
        evidence: Evidence { observed, reason, attempt: Some(attempt.clone()) },
        commit: None,
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

/// Folds a note or its correction into a set of notes.
pub fn apply_note(notes: &mut BTreeMap<u64, Note>, rec: &Recorded) {
    match &rec.fact {
        Fact::NoteAdded { incident, text, occurred, precision, by } => {
            let note = Note {
                seq: rec.seq,
                at: rec.at,
                occurred: occurred.unwrap_or(rec.at),
                precision: *precision,
                text: Some(text.clone()),
                by: by.clone(),
                incident: incident.clone(),
            };
            notes.insert(rec.seq, note);
        }
        Fact::NoteCorrected { note, text, reason: _, by: _ } => {
            if let Some(note) = notes.get_mut(note) {
                note.text.clone_from(text);
            }
        }
        _ => {}
    }
}

/// Whether a run ended as planned.
pub fn succeeded(run: &Run) -> bool {
    run.ended.is_some_and(|(_, outcome)| outcome == RunOutcome::Succeeded)
}
