//! What each fact says in one line of the timeline.
//!
//! A step is named as its plan names it, not by its run: the line that began the run stands above it.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::duration::{self, between};
use super::super::event::{Fact, Recorded};
use super::super::id::{AttemptId, RunId};
use super::super::incident::{Decision, Milestone, RoleAct};
use super::super::item::ItemState;
use super::super::number;
use super::super::overdue;
use super::super::release::Note;
use super::super::run::{AttemptOutcome, lost_words};
use super::super::time::{self, Precision};
use super::super::trigger::{self, Verdict};

/// What a fact is told with: the notes as they stand now, and the names of the attempts.
pub(super) struct Names<'a> {
    /// Notes by the record that added them.
    pub(super) notes: &'a BTreeMap<u64, Note>,
    attempts: BTreeMap<&'a AttemptId, (&'a RunId, String)>,
}

impl<'a> Names<'a> {
    /// The names that these records give.
    pub(super) fn of(records: &'a [Recorded], notes: &'a BTreeMap<u64, Note>) -> Self {
        let attempts = records.iter().filter_map(|rec| match &rec.fact {
            Fact::AttemptIntended { attempt, run, item, number: 1, .. } => Some((attempt, (run, item.to_string()))),
            Fact::AttemptIntended { attempt, run, item, number, .. } => {
                Some((attempt, (run, format!("{item} (attempt {number})"))))
            }
            _ => None,
        });
        Self { notes, attempts: attempts.collect() }
    }

    /// An attempt by its step; by its own id where its beginning is not among the records.
    fn attempt<'b>(&'b self, attempt: &'b AttemptId) -> &'b str {
        self.attempts.get(attempt).map_or(attempt.as_str(), |(_, name)| name.as_str())
    }

    /// The run of an attempt, where its beginning is among the records.
    pub(super) fn run(&self, attempt: &AttemptId) -> Option<&'a RunId> {
        self.attempts.get(attempt).map(|(run, _)| *run)
    }
}

fn because(reason: Option<&String>) -> String {
    reason.map(|reason| format!(": {reason}")).unwrap_or_default()
}

fn short(commit: &str) -> &str {
    commit.get(..7).unwrap_or(commit)
}

/// What a fact says; nothing for what is no entry of its own.
pub(super) fn words(fact: &Fact, seq: u64, names: &Names) -> Option<String> {
    let notes = names.notes;
    Some(match fact {
        Fact::JournalOpened { .. } | Fact::RunConductor { reason: None, .. } => return None,
        Fact::JournalRecovered { bytes, aside } => format!("{bytes} bytes of an unfinished record moved to {aside}"),
        Fact::ReleaseStarted { version, kind, base, reason } => {
            let base = base.as_ref().map(|base| format!(", compared with {base}")).unwrap_or_default();
            format!("release {version} started as {kind}{base}{}", because(reason.as_ref()))
        }
        Fact::CandidateSet { commit, branch, voided, .. } => {
            let branch = branch.as_ref().map(|branch| format!(" on {branch}")).unwrap_or_default();
            let void = if voided.is_empty() { String::new() } else { format!("; void now: {}", voided.join(", ")) };
            format!("candidate {}{branch}{void}", short(commit))
        }
        Fact::TagMade { tag, commit } => format!("tag {tag} on {}", short(commit)),
        Fact::ReleaseCompleted { .. } => "release complete".to_owned(),
        Fact::ReleaseAbandoned { reason } => format!("release abandoned: {reason}"),
        Fact::GateDecided { gate, verdict, reason, evidence, .. } => {
            let evidence = evidence.as_ref().map(|text| format!(" ({text})")).unwrap_or_default();
            format!("gate {gate} {}{evidence}{}", verdict.name(), because(reason.as_ref()))
        }
        Fact::SignedOff { role, yes, note, .. } => {
            format!("{role} says {}{}", if *yes { "yes" } else { "no" }, because(note.as_ref()))
        }
        // A probe or a notice at work: what came of it is the entry.
        Fact::ItemSet { state: ItemState::Doing, .. } => return None,
        Fact::ItemSet { item, state, observed, reason, .. } => {
            let observed = observed.as_ref().map(|text| format!(" ({text})")).unwrap_or_default();
            format!("{item} {state}{observed}{}", because(reason.as_ref()))
        }
        Fact::BlockerWaived { blocker, reason, .. } => format!("{blocker} waived: {reason}"),
        Fact::CheckRecorded { check, verdict, summary, .. } => {
            format!("checked {check}: {}, {summary}", verdict.name())
        }
        Fact::NoteAdded { .. } => match notes.get(&seq).and_then(|note| note.text.as_ref()) {
            Some(text) => {
                let evidence = notes.get(&seq).and_then(|note| note.evidence.as_ref());
                let evidence = evidence.map(|line| format!(" [{line}]")).unwrap_or_default();
                format!("\"{text}\"{evidence}")
            }
            None => "(note withdrawn)".to_owned(),
        },
        Fact::NoteCorrected { note, text: None, reason, .. } => format!("note {note} removed: {reason}"),
        Fact::NoteCorrected { note, reason, .. } => format!("note {note} corrected: {reason}"),
        Fact::FollowUpSet { followup, text, owner, due, state, reason, .. } => {
            let owner = owner.as_ref().map(|owner| format!(", {owner}")).unwrap_or_default();
            let due = due.as_ref().map(|due| format!(", by {due}")).unwrap_or_default();
            let text = text.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
            let state = state.map(|state| format!(" {state}")).unwrap_or_default();
            format!("follow-up {followup}{state}{text}{owner}{due}{}", because(reason.as_ref()))
        }
        Fact::NotesWritten { draft, .. } => {
            if *draft {
                "release notes drafted".to_owned()
            } else {
                "release notes written".to_owned()
            }
        }
        Fact::SheetSet { field, value, .. } => format!("sheet: {field} = {value}"),
        Fact::SheetAgreed { role, .. } => format!("{role} agrees to the sheet"),
        Fact::NoticeIntended { stakeholder, purpose, .. } => format!("telling {stakeholder}: {}", purpose.name()),
        Fact::NoticeSettled { notice, state, detail, .. } => {
            format!("notice {notice} {state}{}", because(detail.as_ref()))
        }
        Fact::LiveSet { env, version, .. } => format!("{version} is live in {env}"),
        Fact::EnvLocked { env, run, .. } => format!("{run} holds {env}"),
        Fact::EnvUnlocked { env, run, .. } => format!("{run} lets go of {env}"),
        Fact::EnvHeld { env, reason, .. } => format!("{env} is locked: {reason}"),
        Fact::EnvFreed { env, reason, .. } => format!("{env} is open again: {reason}"),
        Fact::VersionMarkedBad { env, version, reason, .. } => format!("{version} marked bad in {env}: {reason}"),
        Fact::ChangeExcluded { rule, reason, .. } if reason.is_empty() => format!("no entry wanted: {rule}"),
        Fact::ChangeExcluded { rule, reason, .. } => format!("no entry wanted: {rule}, {reason}"),
        Fact::ChangeIncluded { rule, .. } => format!("an entry is wanted again: {rule}"),
        Fact::DebtAdded { text, .. } => format!("debt: {text}"),
        Fact::ArtifactObserved { artifact, there, observed, .. } => {
            format!("artifact {artifact} {}: {observed}", if *there { "is there" } else { "missing" })
        }
        Fact::TagPushed { tag, remote, .. } => format!("tag {tag} pushed to {remote}"),
        Fact::StrayAccepted { path, text, reason, .. } => {
            let what = if text.is_empty() { "all of it".to_owned() } else { format!("\"{text}\"") };
            format!("{path} may say an older version: {what}{}", because(reason.as_ref()))
        }
        Fact::DebtPaid { debt, note, .. } => format!("debt {debt} paid{}", because(note.as_ref())),
        _ => return run_words(fact, names).or_else(|| incident_words(fact)),
    })
}

fn run_words(fact: &Fact, names: &Names) -> Option<String> {
    Some(match fact {
        Fact::RunStarted { run, env, purpose, from, to, .. } => {
            let from = from.as_ref().map(|from| format!("{from} → ")).unwrap_or_default();
            format!("{run}: {purpose} in {env} started, {from}{to}")
        }
        Fact::RunConductor { run, session, reason: Some(reason) } => format!("{run} taken over by {session}: {reason}"),
        Fact::RunPaused { run, reason, .. } => format!("{run} paused: {reason}"),
        Fact::RunResumed { run, all, .. } => {
            if *all {
                format!("{run} runs on")
            } else {
                format!("{run} goes on, step by step")
            }
        }
        Fact::RunEnded { run, outcome, reason } => format!("{run} {outcome}{}", because(reason.as_ref())),
        Fact::AttemptIntended { attempt, .. } => format!("{} started", names.attempt(attempt)),
        Fact::AttemptChecked { attempt, said, words } => {
            format!("{}: {} ({words})", names.attempt(attempt), said.words())
        }
        Fact::AttemptEnded { attempt, outcome, started, ended, left_running, stopped, lost_bytes, .. } => {
            let took = match (started, ended) {
                (Some(started), Some(ended)) => format!(" after {}", duration::took(between(*started, *ended))),
                _ => String::new(),
            };
            let left = if left_running.is_empty() {
                String::new()
            } else {
                format!("; left running: {}", left_running.join(", "))
            };
            let left = stopped.as_ref().map(|who| format!("; stopped by {who}")).unwrap_or_default() + &left;
            let what = match outcome {
                ended if ended.ok() => "done".to_owned(),
                AttemptOutcome::Unknown => outcome.words(),
                ended => format!("failed: {}", ended.words()),
            };
            format!("{} {what}{took}{}{left}", names.attempt(attempt), lost_words(*lost_bytes))
        }
        Fact::AttemptOverdue { attempt, limit, after_ms, allowed_ms, usual_ms, stops } => {
            let ms = Duration::from_millis;
            let words = overdue::words(*limit, ms(*after_ms), ms(*allowed_ms), usual_ms.map(ms));
            let then = if *stops { "stopped, as its plan says" } else { "wait, stop it or roll back?" };
            format!("{} {words}: {then}", names.attempt(attempt))
        }
        Fact::AttemptAwaited { attempt, by, .. } if by == "relco" => format!("{} prints again", names.attempt(attempt)),
        Fact::AttemptAwaited { attempt, reason, .. } => {
            format!("{} is waited for{}", names.attempt(attempt), because(reason.as_ref()))
        }
        Fact::AttemptResolved { attempt, done, reason, .. } => {
            format!("{} counts as {}: {reason}", names.attempt(attempt), if *done { "done" } else { "failed" })
        }
        Fact::BaselineMeasured { run, probe, good_ms, asked } => {
            let median = trigger::median(good_ms.clone());
            let median = median.map(|ms| format!(", median {ms:.0} ms")).unwrap_or_default();
            format!("{run}: {probe} before the change: {} of {asked} answers well{median}", good_ms.len())
        }
        Fact::TriggerBaseline { run, trigger, usual, good, asked, red, .. } => {
            let usual = usual
                .map(|usual| format!(", median {}", number::plain((usual * 10.0).round() / 10.0)))
                .unwrap_or_default();
            let red = if *red { "; the last ones failed" } else { "" };
            format!("{run}: usual for trigger {trigger}: {good} of {asked} probes well{usual}{red}")
        }
        // What it proposes is told by the proposal itself.
        Fact::TriggerJudged { verdict: Verdict::RollBack(_), dry_run: false, .. } => return None,
        Fact::TriggerJudged { run, trigger, verdict, dry_run, words } => {
            let would = if *dry_run { " (dry run)" } else { "" };
            format!("{run}: trigger {trigger} says {}{would}: {words}", verdict.words())
        }
        Fact::TriggerFired { trigger, run, words, .. } => {
            let run = run.as_ref().map(|run| format!(" ({run})")).unwrap_or_default();
            format!("trigger {trigger} proposes rollback{run}: {words}")
        }
        _ => return None,
    })
}

fn incident_words(fact: &Fact) -> Option<String> {
    Some(match fact {
        Fact::IncidentOpened { incident, severity, judged, what, .. } => {
            let judged = if *judged { "" } else { " (not judged)" };
            format!("incident {incident} opened, severity {severity}{judged}: {what}")
        }
        Fact::IncidentSeveritySet { incident, severity, .. } => format!("{incident} severity {severity}"),
        Fact::IncidentStatusSet { incident, status, note, .. } => {
            format!("{incident} {status}{}", because(note.as_ref()))
        }
        Fact::IncidentImpactSet { incident, .. } => format!("{incident} impact: {}", impact_words(fact)),
        Fact::DecisionTaken { decision, reason, until, next, objected, .. } => {
            let what = match decision {
                Decision::ContinueWithFix => "continue with a fix",
                Decision::Pause => "pause",
                Decision::RollBack => "roll back",
            };
            let until = until.map(|at| format!("; look again at {}", utc(at))).unwrap_or_default();
            let next = next.as_ref().map(|next| format!("; next check: {next}")).unwrap_or_default();
            let objected = objected.as_ref().map(|who| format!("; objection: {who}")).unwrap_or_default();
            format!("decision: {what}{}{until}{next}{objected}", because(reason.as_ref()))
        }
        Fact::DecisionOver { .. } => "the time of the decision is over: look again".to_owned(),
        Fact::IncidentRoleSet { role, person, act, .. } => match act {
            RoleAct::Offered => format!("{role} offered to {person}"),
            RoleAct::Held => format!("{role}: {person}"),
            RoleAct::Left => format!("{person} is {role} no more"),
        },
        Fact::IncidentUpdated { text: Some(text), .. } => format!("told: {text}"),
        Fact::IncidentUpdated { next, reason, .. } => {
            let until = next.map(|at| format!(" to {}", utc(at))).unwrap_or_default();
            format!("message put off{until}{}", because(reason.as_ref()))
        }
        Fact::IncidentTextSet { incident, field, .. } => format!("{incident} {field} written"),
        Fact::IncidentClosed { incident, .. } => format!("{incident} closed"),
        _ => return None,
    })
}

/// The reader's zone is not known here.
fn utc(at: Timestamp) -> String {
    format!("{} UTC", time::date_and_time(at, &TimeZone::UTC))
}

fn impact_words(fact: &Fact) -> String {
    let Fact::IncidentImpactSet {
        started,
        detected,
        declared,
        mitigated,
        ended,
        extent,
        since,
        affected,
        precision,
        unknown,
        ..
    } = fact
    else {
        return String::new();
    };
    let mut parts = Vec::new();
    let about = if *precision == Some(Precision::About) { "about " } else { "" };
    let named = [
        (started, "since"),
        (detected, "detected"),
        (declared, "declared"),
        (mitigated, "mitigated"),
        (ended, "until"),
    ];
    parts.extend(named.iter().filter_map(|(at, word)| at.map(|at| format!("{word} {about}{}", utc(at)))));
    parts.extend(extent.map(|extent| match since {
        Some(since) => format!("{extent} since {}", utc(*since)),
        None => extent.to_string(),
    }));
    parts.extend(affected.clone());
    parts.extend(unknown.iter().flatten().map(|milestone: &Milestone| format!("when it {milestone} is unknown")));
    parts.join(", ")
}
