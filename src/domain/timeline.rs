//! The timeline: every event in the order in which it happened in the world, in words.
//!
//! The incident's timeline is a view of it. A corrected note shows its present text; what it said before stays in
//! the record.

mod words;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::duration::between;
use super::event::{Fact, Recorded};
use super::id::{AttemptId, IncidentId, RunId};
use super::incident::{Incident, Status};
use super::item::ItemState;
use super::release::Note;
use super::time::Precision;
use words::Names;

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
    /// The run that it belongs to, where it belongs to one.
    pub run: Option<RunId>,
    /// The attempt that it is about.
    pub attempt: Option<AttemptId>,
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
    let names = Names::of(records, notes);
    let mut entries: Vec<Entry> = records.iter().filter_map(|rec| entry(rec, &names)).collect();
    entries.sort_by_key(|entry| (entry.occurred, entry.seq));
    entries
}

/// The timeline of an incident: what happened from its beginning to its closing, and what names it at any time. What
/// is about another incident is not part of it.
///
/// It begins when users began to feel it, with the failure that it is about, or when it was opened, whatever was first.
pub fn of_incident(entries: &[Entry], incident: &Incident) -> Vec<Entry> {
    let failure = entries
        .iter()
        .filter(|entry| entry.alarming && entry.at <= incident.opened)
        .rev()
        .find(|entry| entry.attempt.is_some() && entry.attempt == incident.attempt);
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

fn entry(rec: &Recorded, names: &Names) -> Option<Entry> {
    let text = words::words(&rec.fact, rec.seq, names)?;
    let notes = names.notes;
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
        run: run_of(&rec.fact, names).cloned(),
        attempt: attempt_of(&rec.fact).cloned(),
        incident: incident_of(&rec.fact, notes),
        reached: match &rec.fact {
            Fact::IncidentOpened { .. } => Some(Status::Investigating),
            Fact::IncidentStatusSet { status, .. } => Some(*status),
            _ => None,
        },
    })
}

fn attempt_of(fact: &Fact) -> Option<&AttemptId> {
    match fact {
        Fact::AttemptIntended { attempt, .. }
        | Fact::AttemptChecked { attempt, .. }
        | Fact::AttemptEnded { attempt, .. }
        | Fact::AttemptOverdue { attempt, .. }
        | Fact::AttemptAwaited { attempt, .. }
        | Fact::AttemptResolved { attempt, .. } => Some(attempt),
        _ => None,
    }
}

fn run_of<'a>(fact: &'a Fact, names: &Names<'a>) -> Option<&'a RunId> {
    match fact {
        Fact::RunStarted { run, .. }
        | Fact::RunPaused { run, .. }
        | Fact::RunResumed { run, .. }
        | Fact::RunEnded { run, .. }
        | Fact::ItemSet { run: Some(run), .. }
        | Fact::TriggerFired { run: Some(run), .. } => Some(run),
        fact => attempt_of(fact).and_then(|attempt| names.run(attempt)),
    }
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
        | Fact::AttemptAwaited { by, .. }
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
        | Fact::AttemptOverdue { .. }
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
        Fact::AttemptOverdue { .. } => true,
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
