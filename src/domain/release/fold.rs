//! Folding: what each fact changes in a release. It never fails and never refuses.
//!
//! Enter at [`ReleaseState::apply`].

use std::collections::BTreeMap;
use std::time::Duration;

use super::{
    Answer, Answered, ArtifactSeen, Candidate, CheckResult, Fired, GateRecord, Note, NotesRecord, Phase, ReleaseState,
    SignOff, Waiver,
};
use crate::domain::event::{Fact, Recorded};
use crate::domain::id::{AttemptId, ItemId, RunId};
use crate::domain::item::{Evidence, ItemRecord, ItemState};
use crate::domain::overdue::{Overdue, Waiting};
use jiff::Timestamp;

use crate::domain::run::{Attempt, AttemptOutcome, Checked, Judged, Pause, Run, RunOutcome, RunPurpose, lost_words};
use crate::domain::sheet::Agreement;
use crate::domain::trigger::baseline::Baseline;
use crate::domain::{incident, notice};

impl ReleaseState {
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
            Fact::ArtifactObserved { artifact, there, observed, commit } => {
                let seen =
                    ArtifactSeen { there: *there, observed: observed.clone(), at: rec.at, commit: commit.clone() };
                self.artifacts.insert(artifact.clone(), seen);
            }
            Fact::TagPushed { remote, .. } => self.pushed = Some(remote.clone()),
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
            | Fact::TriggerBaseline { .. }
            | Fact::TriggerJudged { .. } => self.apply_run(rec),
            // Of an earlier way to judge, which nothing rests on any more; the timeline still tells it.
            Fact::BaselineMeasured { .. } => {}
            Fact::AttemptIntended { .. }
            | Fact::AttemptEnded { .. }
            | Fact::AttemptChecked { .. }
            | Fact::AttemptResolved { .. } => {
                self.apply_attempt(rec);
            }
            Fact::AttemptOverdue { .. } | Fact::AttemptAwaited { .. } => self.apply_overdue(rec),
            Fact::TriggerFired { trigger, run, by, words } => self.fired.push(Fired {
                trigger: trigger.clone(),
                run: run.clone(),
                by: by.clone(),
                words: words.clone(),
                at: rec.at,
                answered: None,
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
            Fact::NoticeIntended { .. } | Fact::NoticeSettled { .. } => notice::apply(&mut self.notices, rec),
            Fact::NoteAdded { .. } | Fact::NoteCorrected { .. } => apply_note(&mut self.notes_taken, rec),
            Fact::IncidentOpened { .. }
            | Fact::IncidentSeveritySet { .. }
            | Fact::IncidentStatusSet { .. }
            | Fact::IncidentImpactSet { .. }
            | Fact::DecisionTaken { .. }
            | Fact::DecisionOver { .. }
            | Fact::IncidentRoleSet { .. }
            | Fact::IncidentUpdated { .. }
            | Fact::IncidentTextSet { .. }
            | Fact::IncidentClosed { .. } => incident::apply(&mut self.incidents, rec),
            // Facts of the project's journal; none of them says anything about one release.
            Fact::JournalOpened { .. }
            | Fact::JournalRecovered { .. }
            | Fact::LiveSet { .. }
            | Fact::EnvLocked { .. }
            | Fact::EnvUnlocked { .. }
            | Fact::EnvHeld { .. }
            | Fact::EnvFreed { .. }
            | Fact::VersionMarkedBad { .. }
            | Fact::DebtAdded { .. }
            | Fact::FollowUpSet { .. }
            | Fact::DebtPaid { .. }
            | Fact::StrayAccepted { .. } => {}
            // Told on the release's timeline too; what holds stands in the project's journal.
            Fact::ChangeExcluded { .. } | Fact::ChangeIncluded { .. } => {}
        }
    }

    fn apply_word(&mut self, rec: &Recorded) {
        match &rec.fact {
            Fact::GateDecided { gate, verdict, by, reason, evidence, commit, basis } => {
                let record = GateRecord {
                    verdict: *verdict,
                    by: by.clone(),
                    actor: rec.actor.clone(),
                    at: rec.at,
                    reason: reason.clone(),
                    evidence: evidence.clone(),
                    commit: commit.clone(),
                    basis: basis.clone(),
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
            Fact::ItemSet { run, item, state, by, observed, reason, commit, basis } => {
                let evidence = Evidence { observed: observed.clone(), reason: reason.clone(), attempt: None };
                let record = ItemRecord {
                    state: *state,
                    by: by.clone(),
                    actor: rec.actor.clone(),
                    at: rec.at,
                    evidence,
                    commit: commit.clone(),
                    basis: basis.clone(),
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
            Fact::RunStarted { run, env, purpose, of, from, to, commit, plan_hash, sequence, dir, all } => {
                // A rollback of a run that was over answers what fired in it too.
                if let (RunPurpose::Rollback, Some(of)) = (purpose, of) {
                    self.answer_triggers(of, Answer::RolledBack, rec.at, &rec.actor);
                }
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
                    dir: dir.clone(),
                    all: *all,
                    conductor: None,
                    paused: None,
                    pauses: Vec::new(),
                    baselines: BTreeMap::new(),
                    verdicts: BTreeMap::new(),
                    started: rec.at,
                    ended: None,
                });
            }
            Fact::RunConductor { run, session, reason: _ } => {
                self.with_run(run, |run| run.conductor = Some(session.clone()));
            }
            Fact::RunPaused { run, reason, by } => {
                let pause = Pause { at: rec.at, reason: reason.clone(), by: by.clone() };
                self.with_run(run, |run| run.paused = Some(run.paused.take().unwrap_or(pause)));
            }
            Fact::RunResumed { run, all, by } => {
                self.answer_triggers(run, Answer::WentOn, rec.at, by);
                self.with_run(run, |run| {
                    run.all = *all;
                    if let Some(pause) = run.paused.take() {
                        run.pauses.push((pause.at, rec.at));
                    }
                });
            }
            Fact::RunEnded { run, outcome, reason: _ } => {
                let answer = match outcome {
                    RunOutcome::RolledBack => Answer::RolledBack,
                    RunOutcome::Aborted => Answer::Aborted,
                    RunOutcome::Succeeded => Answer::WentOn,
                };
                self.answer_triggers(run, answer, rec.at, &rec.actor);
                let end = (rec.at, *outcome);
                self.with_run(run, |run| {
                    if let Some(pause) = run.paused.take() {
                        run.pauses.push((pause.at, rec.at));
                    }
                    run.ended = Some(end);
                });
            }
            Fact::TriggerBaseline { run, trigger, usual, slow_share, peak, waves, good, asked, red } => {
                let (usual, slow_share, peak, waves) = (*usual, *slow_share, *peak, *waves);
                let baseline = Baseline { usual, slow_share, peak, waves, good: *good, asked: *asked, red: *red };
                self.with_run(run, |run| {
                    run.baselines.insert(trigger.clone(), baseline);
                });
            }
            Fact::TriggerJudged { run, trigger, verdict, dry_run, words } => {
                let judged = Judged { verdict: *verdict, words: words.clone(), dry_run: *dry_run, at: rec.at };
                self.with_run(run, |run| {
                    run.verdicts.insert(trigger.clone(), judged);
                });
            }
            _ => {}
        }
    }

    /// What fired in a run and waits for an answer has one.
    fn answer_triggers(&mut self, run: &RunId, answer: Answer, at: Timestamp, by: &str) {
        for fired in self.fired.iter_mut().filter(|fired| fired.run.as_ref() == Some(run) && fired.answered.is_none()) {
            fired.answered = Some(Answered { answer, at, by: by.to_owned() });
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
                        stopped: None,
                        checked: None,
                        lost_bytes: None,
                        resolved: None,
                        overdue: Vec::new(),
                    },
                );
                let record = attempt_record(rec, ItemState::Doing, attempt, None, None);
                self.set_slot(run, item, record);
            }
            Fact::AttemptEnded {
                attempt,
                outcome,
                started,
                ended,
                left_running,
                log_lines,
                stopped,
                lost_bytes,
                ..
            } => {
                let Some(entry) = self.attempts.get_mut(attempt) else { return };
                entry.outcome = Some(outcome.clone());
                entry.started = *started;
                entry.ended = *ended;
                entry.left_running.clone_from(left_running);
                entry.log_lines = *log_lines;
                entry.stopped.clone_from(stopped);
                entry.lost_bytes = *lost_bytes;
                let state = match outcome {
                    AttemptOutcome::Unknown => ItemState::Unknown,
                    AttemptOutcome::NotStarted => ItemState::Open,
                    outcome if outcome.ok() => ItemState::Done,
                    _ => ItemState::Failed,
                };
                let (run, slot) = (entry.run.clone(), entry.slot.clone());
                let words = format!("{}{}", outcome.words(), lost_words(*lost_bytes));
                let record = attempt_record(rec, state, attempt, Some(words), None);
                self.set_slot(&run, &slot, record);
            }
            Fact::AttemptChecked { attempt, said, words } => {
                let Some(entry) = self.attempts.get_mut(attempt) else { return };
                entry.checked = Some(Checked { said: *said, words: words.clone(), at: rec.at });
                if entry.outcome != Some(AttemptOutcome::Unknown) || entry.resolved.is_some() {
                    return;
                }
                let (run, slot) = (entry.run.clone(), entry.slot.clone());
                let observed = format!("{}: {}", AttemptOutcome::Unknown.words(), said.words());
                let record = attempt_record(rec, ItemState::Unknown, attempt, Some(observed), None);
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

    fn apply_overdue(&mut self, rec: &Recorded) {
        match &rec.fact {
            Fact::AttemptOverdue { attempt, limit, after_ms, allowed_ms, usual_ms, stops } => {
                let Some(entry) = self.attempts.get_mut(attempt) else { return };
                entry.overdue.push(Overdue {
                    limit: *limit,
                    at: rec.at,
                    after: Duration::from_millis(*after_ms),
                    allowed: Duration::from_millis(*allowed_ms),
                    usual: usual_ms.map(Duration::from_millis),
                    stops: *stops,
                    answer: None,
                });
            }
            Fact::AttemptAwaited { attempt, limit, by, .. } => {
                let Some(entry) = self.attempts.get_mut(attempt) else { return };
                for one in entry.overdue.iter_mut().filter(|one| one.limit == *limit && one.answer.is_none()) {
                    one.answer = Some(Waiting { at: rec.at, by: by.clone() });
                }
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
        basis: None,
    }
}

/// Folds a note or its correction into a set of notes.
pub fn apply_note(notes: &mut BTreeMap<u64, Note>, rec: &Recorded) {
    match &rec.fact {
        Fact::NoteAdded { incident, text, occurred, precision, by, evidence } => {
            let note = Note {
                seq: rec.seq,
                at: rec.at,
                occurred: occurred.unwrap_or(rec.at),
                precision: *precision,
                text: Some(text.clone()),
                by: by.clone(),
                incident: incident.clone(),
                evidence: evidence.clone(),
            };
            notes.insert(rec.seq, note);
        }
        Fact::NoteCorrected { note, text, occurred, precision, .. } => {
            if let Some(note) = notes.get_mut(note) {
                note.text.clone_from(text);
                note.occurred = occurred.unwrap_or(note.occurred);
                note.precision = precision.unwrap_or(note.precision);
            }
        }
        _ => {}
    }
}
