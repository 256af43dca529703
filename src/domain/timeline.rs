//! The timeline: every event in the order in which it happened in the world, in words.
//!
//! The incident's timeline is a view of it. A corrected note shows its present text; what it said before stays in
//! the record.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::duration::{self, between};
use super::event::{Fact, Recorded};
use super::id::IncidentId;
use super::incident::{Decision, Incident, Milestone, RoleAct, Status};
use super::item::ItemState;
use super::release::Note;
use super::run::{AttemptOutcome, lost_words};
use super::time::Precision;
use super::trigger::Verdict;

/// What was recorded later than this after it happened counts as told afterwards.
const LATE: Duration = Duration::from_secs(60);

/// One line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its record.
    pub seq: u64,
    /// The event's kind, as the journal calls it: `gate.decided`.
    pub kind: &'static str,
    /// When it happened.
    pub occurred: Timestamp,
    /// How exactly that is known.
    pub precision: Precision,
    /// When it was recorded.
    pub at: Timestamp,
    /// Who operated relco.
    pub actor: String,
    /// Who spoke or acted.
    pub by: String,
    /// What happened.
    pub text: String,
    /// Needs somebody: a failure, a trigger, an incident.
    pub alarming: bool,
    /// Written by a person: a note.
    pub note: bool,
    /// The line of a log that it shows.
    pub evidence: Option<String>,
    /// A moment of the incident that a reader looks for: a decision, a severity, a role, a message.
    pub milestone: bool,
    /// The incident that it says something about, where it names one.
    pub incident: Option<IncidentId>,
    /// The status that this incident reached with it.
    pub reached: Option<Status>,
}

impl Entry {
    /// Whether it was written down well after it happened.
    pub fn late(&self) -> bool {
        between(self.occurred, self.at) > LATE
    }

    /// Who spoke, and who recorded it where that was somebody else: `li, recorded by ana`.
    pub fn who(&self) -> String {
        spoken(&self.by, &self.actor)
    }
}

/// Who spoke and who wrote it down: `li, recorded by ana`; one name where they are the same, and for what relco found
/// out by itself.
pub fn spoken(by: &str, actor: &str) -> String {
    if by == actor || by == "relco" { by.to_owned() } else { format!("{by}, recorded by {actor}") }
}

/// The timeline of some records, by when things happened.
pub fn entries(records: &[Recorded], notes: &BTreeMap<u64, Note>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = records.iter().filter_map(|rec| entry(rec, notes)).collect();
    entries.sort_by_key(|entry| (entry.occurred, entry.seq));
    entries
}

/// The timeline of an incident: what happened from its beginning to its closing, and what names it at any time. What
/// is about another incident is not part of it.
///
/// It begins when users began to feel it, with the failure that it is about, or when it was opened, whatever was first.
pub fn of_incident(entries: &[Entry], incident: &Incident) -> Vec<Entry> {
    let of_attempt = incident.attempt.as_ref().map(|attempt| format!("{attempt} "));
    let failure = entries
        .iter()
        .filter(|entry| entry.alarming && entry.at <= incident.opened)
        .rev()
        .find(|entry| of_attempt.as_ref().is_some_and(|attempt| entry.text.starts_with(attempt.as_str())));
    let began = incident.impact.started.into_iter().chain(failure.map(|entry| entry.occurred));
    let began = began.chain([incident.opened]).min().unwrap_or(incident.opened);
    // Of what was recorded before it was opened, only what ran, what was told and what people wrote down.
    let leads_to = |entry: &Entry| {
        let about = ["run.", "attempt.", "trigger.", "baseline.", "note.", "notice."];
        entry.occurred >= began && about.iter().any(|kind| entry.kind.starts_with(kind))
    };
    let belongs = |entry: &&Entry| match &entry.incident {
        Some(named) => *named == incident.id,
        None => {
            (entry.at >= incident.opened || leads_to(entry)) && incident.closed.is_none_or(|closed| entry.at <= closed)
        }
    };
    entries.iter().filter(belongs).cloned().collect()
}

fn entry(rec: &Recorded, notes: &BTreeMap<u64, Note>) -> Option<Entry> {
    let text = words(&rec.fact, rec.seq, notes)?;
    let note = matches!(rec.fact, Fact::NoteAdded { .. }).then(|| notes.get(&rec.seq)).flatten();
    let (occurred, precision) = match &rec.fact {
        // A note stands where its last correction puts it; what it said before stays in the record.
        Fact::NoteAdded { occurred, precision, .. } => {
            note.map_or((occurred.unwrap_or(rec.at), *precision), |note| (note.occurred, note.precision))
        }
        Fact::DecisionOver { since, .. } => (*since, Precision::Exact),
        Fact::AttemptEnded { ended: Some(ended), .. } => (*ended, Precision::Exact),
        _ => (rec.at, Precision::Exact),
    };
    Some(Entry {
        seq: rec.seq,
        kind: rec.fact.kind(),
        occurred,
        precision,
        at: rec.at,
        actor: rec.actor.clone(),
        by: speaker(rec),
        text,
        alarming: alarming(&rec.fact),
        note: matches!(rec.fact, Fact::NoteAdded { .. }),
        evidence: note.and_then(|note| note.evidence.clone()),
        milestone: milestone(&rec.fact),
        incident: incident_of(&rec.fact, notes),
        reached: match &rec.fact {
            Fact::IncidentOpened { .. } => Some(Status::Investigating),
            Fact::IncidentStatusSet { status, .. } => Some(*status),
            _ => None,
        },
    })
}

fn incident_of(fact: &Fact, notes: &BTreeMap<u64, Note>) -> Option<IncidentId> {
    match fact {
        Fact::IncidentOpened { incident, .. }
        | Fact::IncidentSeveritySet { incident, .. }
        | Fact::IncidentStatusSet { incident, .. }
        | Fact::IncidentImpactSet { incident, .. }
        | Fact::DecisionOver { incident, .. }
        | Fact::IncidentRoleSet { incident, .. }
        | Fact::IncidentUpdated { incident, .. }
        | Fact::IncidentTextSet { incident, .. }
        | Fact::IncidentClosed { incident, .. } => Some(incident.clone()),
        Fact::DecisionTaken { incident, .. }
        | Fact::NoteAdded { incident, .. }
        | Fact::FollowUpSet { incident, .. } => incident.clone(),
        Fact::NoteCorrected { note, .. } => notes.get(note)?.incident.clone(),
        _ => None,
    }
}

fn speaker(rec: &Recorded) -> String {
    match &rec.fact {
        Fact::GateDecided { by, .. }
        | Fact::SignedOff { by, .. }
        | Fact::ItemSet { by, .. }
        | Fact::BlockerWaived { by, .. }
        | Fact::RunPaused { by, .. }
        | Fact::RunResumed { by, .. }
        | Fact::AttemptResolved { by, .. }
        | Fact::TriggerFired { by, .. }
        | Fact::IncidentOpened { by, .. }
        | Fact::IncidentSeveritySet { by, .. }
        | Fact::IncidentStatusSet { by, .. }
        | Fact::IncidentImpactSet { by, .. }
        | Fact::DecisionTaken { by, .. }
        | Fact::IncidentRoleSet { by, .. }
        | Fact::IncidentUpdated { by, .. }
        | Fact::FollowUpSet { by, .. }
        | Fact::IncidentTextSet { by, .. }
        | Fact::IncidentClosed { by, .. }
        | Fact::NoteAdded { by, .. }
        | Fact::NoteCorrected { by, .. }
        | Fact::NotesWritten { by, .. }
        | Fact::SheetSet { by, .. }
        | Fact::SheetAgreed { by, .. }
        | Fact::NoticeSettled { by, .. }
        | Fact::LiveSet { by, .. }
        | Fact::EnvHeld { by, .. }
        | Fact::EnvFreed { by, .. }
        | Fact::ChangeExcluded { by, .. }
        | Fact::ChangeIncluded { by, .. }
        | Fact::DebtPaid { by, .. }
        | Fact::TagPushed { by, .. }
        | Fact::StrayAccepted { by, .. } => by.clone(),
        Fact::AttemptEnded { .. }
        | Fact::AttemptChecked { .. }
        | Fact::ArtifactObserved { .. }
        | Fact::CheckRecorded { .. }
        | Fact::BaselineMeasured { .. }
        | Fact::TriggerBaseline { .. }
        | Fact::TriggerJudged { .. }
        | Fact::DecisionOver { .. } => "relco".to_owned(),
        _ => rec.actor.clone(),
    }
}

fn alarming(fact: &Fact) -> bool {
    match fact {
        Fact::AttemptEnded { outcome, .. } => !outcome.ok(),
        Fact::TriggerFired { .. } | Fact::IncidentOpened { .. } | Fact::DecisionOver { .. } => true,
        Fact::ItemSet { state, .. } => *state == ItemState::Failed,
        _ => false,
    }
}

fn milestone(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::IncidentOpened { .. }
            | Fact::IncidentSeveritySet { .. }
            | Fact::IncidentStatusSet { .. }
            | Fact::IncidentImpactSet { .. }
            | Fact::DecisionTaken { .. }
            | Fact::DecisionOver { .. }
            | Fact::IncidentRoleSet { .. }
            | Fact::IncidentUpdated { .. }
            | Fact::IncidentClosed { .. }
            | Fact::TriggerFired { .. }
            | Fact::RunPaused { .. }
            | Fact::RunStarted { .. }
            | Fact::RunEnded { .. }
    )
}

fn because(reason: Option<&String>) -> String {
    reason.map(|reason| format!(": {reason}")).unwrap_or_default()
}

fn short(commit: &str) -> &str {
    commit.get(..7).unwrap_or(commit)
}

fn words(fact: &Fact, seq: u64, notes: &BTreeMap<u64, Note>) -> Option<String> {
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
        Fact::ItemSet { run, item, state, observed, reason, .. } => {
            let run = run.as_ref().map(|run| format!("{run}/")).unwrap_or_default();
            let observed = observed.as_ref().map(|text| format!(" ({text})")).unwrap_or_default();
            format!("{run}{item} {state}{observed}{}", because(reason.as_ref()))
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
        _ => return run_words(fact).or_else(|| incident_words(fact)),
    })
}

fn run_words(fact: &Fact) -> Option<String> {
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
        Fact::AttemptIntended { run, item, number, .. } if *number > 1 => {
            format!("{run}/{item} started, attempt {number}")
        }
        Fact::AttemptIntended { run, item, .. } => format!("{run}/{item} started"),
        Fact::AttemptChecked { attempt, said, words } => format!("{attempt}: {} ({words})", said.words()),
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
            format!("{attempt} {what}{took}{}{left}", lost_words(*lost_bytes))
        }
        Fact::AttemptResolved { attempt, done, reason, .. } => {
            format!("{attempt} counts as {}: {reason}", if *done { "done" } else { "failed" })
        }
        Fact::BaselineMeasured { run, probe, good_ms, asked } => {
            let median = super::trigger::median(good_ms.clone());
            let median = median.map(|ms| format!(", median {ms:.0} ms")).unwrap_or_default();
            format!("{run}: {probe} before the change: {} of {asked} answers well{median}", good_ms.len())
        }
        Fact::TriggerBaseline { run, trigger, usual, good, asked, red, .. } => {
            let usual = usual
                .map(|usual| format!(", median {}", super::number::plain((usual * 10.0).round() / 10.0)))
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
    format!("{} UTC", super::time::date_and_time(at, &TimeZone::UTC))
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
