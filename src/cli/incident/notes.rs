//! Notes on the command line: one, many pasted lines, a pinned line of a log, and their corrections.

use std::io::Read;

use crate::cli::Context;
use crate::cli::exit::{Ending, Failure};
use crate::cli::output::safe;
use crate::domain::command::Command as Act;
use crate::domain::event::Fact;
use crate::domain::id::AttemptId;
use crate::domain::occurred;
use crate::domain::time::{Precision, date_and_time};

use super::{moment, not_a_time};

/// The most bytes that are read from standard input: far beyond what anybody pastes.
const MOST_BYTES: u64 = 1024 * 1024;

/// Writes a note down; `-` reads lines from standard input.
pub fn add(context: &mut Context, text: &[String]) -> Ending {
    let text = match text {
        [dash] if dash == "-" => {
            let mut pasted = String::new();
            let read = std::io::stdin().lock().take(MOST_BYTES).read_to_string(&mut pasted);
            read.map_err(|error| Failure::usage(format!("cannot read standard input: {error}")))?;
            pasted
        }
        words => words.join(" "),
    };
    if text.trim_end().contains('\n') {
        return lines(context, &text);
    }
    let snapshot = context.session.snapshot();
    let now = crate::system::clock::now();
    let (occurred, rest) = occurred::leading(&text, now, &snapshot.zone).map_err(not_a_time)?;
    let when = occurred.map(|one| format!(" at {}", date_and_time(one.at, &snapshot.zone))).unwrap_or_default();
    let act = Act::Note {
        text: rest.to_owned(),
        occurred: occurred.map(|one| one.at),
        precision: occurred.map_or(Precision::Exact, |one| one.precision),
        evidence: None,
    };
    let rest = rest.trim().to_owned();
    noted(context, &act, &format!("noted{when}: {rest}"))
}

fn lines(context: &mut Context, text: &str) -> Ending {
    let zone = context.session.snapshot().zone;
    let notes = occurred::lines(text, crate::system::clock::now(), &zone).map_err(|(line, error)| Failure {
        what: format!("line {line}: {error}; nothing was noted"),
        ..not_a_time(error)
    })?;
    let said = format!("noted {} entries", notes.len());
    noted(context, &Act::NoteLines { notes }, &said)
}

/// Writes down, and says the follow-ups that came of it.
fn noted(context: &mut Context, act: &Act, said: &str) -> Ending {
    let acted = context.session.act(act)?;
    let mut said = said.to_owned();
    for rec in &acted.recorded {
        match &rec.fact {
            Fact::NoteAdded { .. } if !matches!(act, Act::NoteLines { .. }) => {
                said.push_str(&format!("  (note {})", rec.seq))
            }
            _ => {}
        }
    }
    let followups: Vec<String> = acted
        .recorded
        .iter()
        .filter_map(|rec| match &rec.fact {
            Fact::FollowUpSet { followup, text: Some(text), .. } => Some(format!("follow-up {followup}: {text}")),
            _ => None,
        })
        .collect();
    if context.out.json {
        // One document, one text.
        said.extend(followups.iter().map(|line| format!("\n{line}")));
    }
    context.said(&acted, &said);
    for line in followups.iter().filter(|_| !context.out.json) {
        context.out.line(safe(line));
    }
    context.settle()?;
    Ok(crate::cli::exit::Exit::Done)
}

/// Pins a line of a log.
pub fn pin(context: &mut Context, attempt: &str, line: u64) -> Ending {
    let act = context.session.pinned(&AttemptId::new(attempt), line)?;
    let said = match &act {
        Act::Note { text, .. } => format!("pinned: {text}"),
        _ => "pinned".to_owned(),
    };
    noted(context, &act, &said)
}

/// The number that was given, or the last note's.
fn which(context: &Context, note: Option<u64>) -> Result<u64, Failure> {
    let snapshot = context.session.snapshot();
    let notes = snapshot.release.as_ref().map_or(&snapshot.project.notes_taken, |release| &release.notes_taken);
    let last = notes.values().rev().find(|note| note.text.is_some()).map(|note| note.seq);
    note.or(last).ok_or_else(|| Failure::usage("there is no note").hint("relco incident note TEXT"))
}

/// Corrects what a note says, or when it happened.
pub fn correct(
    context: &mut Context,
    note: Option<u64>,
    text: Option<String>,
    at: Option<&str>,
    reason: String,
) -> Ending {
    let note = which(context, note)?;
    let zone = context.session.snapshot().zone;
    let told = at.map(|at| moment(at, crate::system::clock::now(), &zone)).transpose()?;
    let act = Act::CorrectNote {
        note,
        text,
        occurred: told.map(|told| told.at),
        precision: told.map(|told| told.precision),
        remove: false,
        reason,
    };
    context.act(&act, &format!("note {note} corrected"))
}

/// Removes a note.
pub fn remove(context: &mut Context, note: Option<u64>, reason: String) -> Ending {
    let note = which(context, note)?;
    let act = Act::CorrectNote { note, text: None, occurred: None, precision: None, remove: true, reason };
    context.act(&act, &format!("note {note} removed; what it said stays in the record"))
}
