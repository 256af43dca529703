//! Notes at the speed of typing, their corrections, and the follow-ups that they ask for.
//!
//! Nothing is overwritten: a correction and a removal are facts of their own, with a reason. Enter at [`decide`].

use super::super::super::command::{Command, ToldNote};
use super::super::super::effect::Outcome;
use super::super::super::event::Fact;
use super::super::super::followup::{FollowUp, FollowUpState, Todo, todos};
use super::super::super::id::IncidentId;
use super::super::super::refusal::Refusal;
use super::super::super::release::{Note, ReleaseState};
use super::super::super::situation::Situation;
use super::super::{owned, wanted};
use super::{Home, home_of_new};

/// The longest note, in bytes as the record writes it: a record has room for 64 KiB, and a note brings more than its
/// text.
const NOTE_MOST_BYTES: usize = 60 * 1024;

/// Refuses what no record has room for, before anything is written.
fn fits(text: &str) -> Result<(), Refusal> {
    let written = |c: char| match c {
        '"' | '\\' | '\n' | '\t' => 2,
        c if c.is_alphanumeric() || c.is_ascii_graphic() || c == ' ' => c.len_utf8(),
        // What is not plainly visible may be written as an escape.
        _ => 10,
    };
    if text.chars().map(written).sum::<usize>() <= NOTE_MOST_BYTES {
        return Ok(());
    }
    let next = "keep it in a file and note its path; of lines with times in front each becomes a note: incident note -";
    Err(Refusal::new(format!("a note of {} KiB is too long: a record has room for 64", text.len().div_ceil(1024)))
        .next(next))
}

/// What tells a follow-up that was dropped with its note.
const WITHDRAWN: &str = "its note was removed";

pub(super) fn decide(sit: &Situation<'_>, command: &Command) -> Result<Outcome, Refusal> {
    match command {
        Command::Note { text, occurred, precision, evidence } => {
            let note = ToldNote { text: text.clone(), occurred: *occurred, precision: *precision };
            add(sit, &[note], evidence.as_ref())
        }
        Command::NoteLines { notes } => add(sit, notes, None),
        Command::CorrectNote { .. } => correct(sit, command),
        Command::SetFollowUp { followup, owner, due, state, reason } => {
            let found = sit.project.followups.iter().find(|one| one.id == *followup);
            let Some(found) = found else {
                return Err(Refusal::new(format!("there is no follow-up {followup}")).next("relco followup list"));
            };
            if *state == Some(found.state) {
                return Err(Refusal::new(format!("{followup} is {} already", found.state)));
            }
            let reason = match state {
                Some(FollowUpState::WontDo) => Some(wanted(reason.as_deref(), "leaving a follow-up undone")?),
                _ => owned(reason.as_ref()),
            };
            Ok(Outcome::project(Fact::FollowUpSet {
                followup: followup.clone(),
                text: None,
                owner: owned(owner.as_ref()),
                due: owned(due.as_ref()),
                incident: found.incident.clone(),
                release: None,
                note: None,
                state: *state,
                reason,
                by: sit.by.to_owned(),
            }))
        }
        _ => Ok(Outcome::default()),
    }
}

/// The notes, in one piece: all of them or none.
fn add(sit: &Situation<'_>, notes: &[ToldNote], evidence: Option<&String>) -> Result<Outcome, Refusal> {
    let open = sit.release.and_then(ReleaseState::open_incident).or_else(|| sit.project.open_incident());
    let before = sit.release.map_or(sit.project.seq, |release| release.seq);
    let mut outcome = Outcome::default();
    let mut followups = Vec::new();
    for (seq, note) in (before + 1..).zip(notes) {
        let text = wanted(Some(&note.text), "a note")?;
        fits(&text)?;
        if note.occurred.is_some_and(|at| at > sit.now) {
            return Err(Refusal::new("that is in the future"));
        }
        let number = sit.project.followups.len() + followups.len();
        followups.extend(asked_for(sit, open.map(|incident| &incident.id), &text, seq, number));
        outcome.extend(home_of_new(sit).fact(Fact::NoteAdded {
            incident: open.map(|incident| incident.id.clone()),
            text,
            occurred: note.occurred,
            precision: note.precision,
            by: sit.by.to_owned(),
            evidence: owned(evidence),
        }));
    }
    if outcome == Outcome::default() {
        return Err(Refusal::new("there is nothing to write down"));
    }
    // The notes first: their records are what the follow-ups name.
    outcome.project.extend(followups);
    Ok(outcome)
}

fn asked_for(sit: &Situation<'_>, incident: Option<&IncidentId>, text: &str, seq: u64, number: usize) -> Vec<Fact> {
    let numbered = todos(text).into_iter().zip(number + 1..);
    numbered
        .map(|(todo, number)| {
            let release = sit.release.map(|release| release.version.clone());
            new(sit, number, todo, incident.cloned(), release, seq)
        })
        .collect()
}

fn new(
    sit: &Situation<'_>,
    number: usize,
    todo: Todo,
    incident: Option<IncidentId>,
    release: Option<String>,
    note: u64,
) -> Fact {
    Fact::FollowUpSet {
        followup: format!("F-{number}"),
        text: Some(todo.text),
        owner: todo.owner,
        due: todo.due,
        incident,
        release,
        note: Some(note),
        state: None,
        reason: None,
        by: sit.by.to_owned(),
    }
}

fn correct(sit: &Situation<'_>, command: &Command) -> Result<Outcome, Refusal> {
    let Command::CorrectNote { note: seq, text, occurred, precision, remove, reason } = command else {
        return Ok(Outcome::default());
    };
    let of_release = sit.release.and_then(|release| release.notes_taken.get(seq)).map(|note| (note, Home::Release));
    // What was noted before there was a release stands in the project's own record.
    let of_project = || sit.project.notes_taken.get(seq).map(|note| (note, Home::Project));
    let Some((note, home)) = of_release.or_else(of_project) else {
        return Err(Refusal::new(format!("record {seq} is not a note")).next("relco timeline --json names the records"));
    };
    let reason = wanted(Some(reason), if *remove { "removing a note" } else { "correcting a note" })?;
    if occurred.is_some_and(|at| at > sit.now) {
        return Err(Refusal::new("that is in the future"));
    }
    let text = if *remove { None } else { owned(text.as_ref()).or_else(|| note.text.clone()) };
    if *remove && note.text.is_none() {
        return Err(Refusal::new(format!("note {seq} is removed already")));
    }
    if !*remove && text == note.text && occurred.is_none() {
        return Err(Refusal::new("that changes nothing").next("--text TEXT, --at TIME, or relco incident remove"));
    }
    let mut outcome = home.fact(Fact::NoteCorrected {
        note: *seq,
        text: text.clone(),
        reason,
        by: sit.by.to_owned(),
        occurred: *occurred,
        precision: occurred.and(*precision),
    });
    let followups = followups_after(sit, note, text.as_deref());
    outcome.project.extend(followups);
    Ok(outcome)
}

/// What becomes of the follow-ups of a note whose text changes: what it still asks for changes with it, what it asks
/// for no more is dropped, what it asks for now is new.
fn followups_after(sit: &Situation<'_>, note: &Note, text: Option<&str>) -> Vec<Fact> {
    if text == note.text.as_deref() {
        return Vec::new();
    }
    let release = sit.release.map(|release| release.version.as_str());
    let own = |one: &&FollowUp| one.is_open() && one.note == Some(note.seq) && one.release.as_deref() == release;
    let before: Vec<&FollowUp> = sit.project.followups.iter().filter(own).collect();
    let after = text.map(todos).unwrap_or_default();
    let set = |one: &FollowUp, todo: Option<&Todo>| Fact::FollowUpSet {
        followup: one.id.clone(),
        text: todo.map(|todo| todo.text.clone()),
        owner: todo.and_then(|todo| todo.owner.clone()),
        due: todo.and_then(|todo| todo.due.clone()),
        incident: one.incident.clone(),
        release: None,
        note: None,
        state: todo.is_none().then_some(FollowUpState::WontDo),
        reason: todo.is_none().then(|| WITHDRAWN.to_owned()),
        by: sit.by.to_owned(),
    };
    let changed = before.iter().enumerate().map(|(at, one)| (one, after.get(at)));
    let mut facts: Vec<Fact> = changed
        .filter(|(one, todo)| {
            todo.is_none_or(|todo| todo.text != one.text || todo.owner.is_some() || todo.due.is_some())
        })
        .map(|(one, todo)| set(one, todo))
        .collect();
    let known = sit.project.followups.len();
    for (todo, number) in after.iter().skip(before.len()).zip(known + 1..) {
        facts.push(new(sit, number, todo.clone(), note.incident.clone(), release.map(str::to_owned), note.seq));
    }
    facts
}
