//! `relco followup …`: what incidents left to be done, until somebody did it or said why not.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::Context;
use super::args::FollowUpCommand;
use super::exit::{Ending, Exit, Failure};
use super::output::safe;
use crate::domain::command::Command as Act;
use crate::domain::followup::{FollowUp, FollowUpState};
use crate::domain::time::rfc3339;

/// Runs a follow-up command.
pub fn run(context: &mut Context, command: FollowUpCommand) -> Ending {
    let set = |followup, owner, due, state, reason| Act::SetFollowUp { followup, owner, due, state, reason };
    match command {
        FollowUpCommand::List { all } => Ok(list(context, all)),
        FollowUpCommand::Assign { id, owner, due } => {
            if owner.is_none() && due.is_none() {
                return Err(
                    Failure::usage("who does it, or until when?").hint("relco followup assign F-1 li --due DAY")
                );
            }
            if let Some(due) = &due
                && due.parse::<Date>().is_err()
            {
                return Err(Failure::usage(format!("{due} is no day")).hint("days are written 2026-12-01"));
            }
            let said = format!("{id} assigned");
            context.act(&set(id, owner, due, None, None), &said)
        }
        FollowUpCommand::Done { id, note } => {
            let said = format!("{id} done");
            context.act(&set(id, None, None, Some(FollowUpState::Done), note), &said)
        }
        FollowUpCommand::Drop { id, reason } => {
            let said = format!("{id} won't be done");
            context.act(&set(id, None, None, Some(FollowUpState::WontDo), Some(reason)), &said)
        }
    }
}

fn list(context: &Context, all: bool) -> Exit {
    let snapshot = context.session.snapshot();
    let wanted: Vec<&FollowUp> = snapshot.project.followups.iter().filter(|one| all || one.is_open()).collect();
    let today = crate::system::clock::now().to_zoned(snapshot.zone.clone()).date();
    if context.out.json {
        let followups: Vec<Value> = wanted.iter().map(|one| document(one, today)).collect();
        context.out.document(&json!({ "schema": 1, "followups": followups }));
        return Exit::Done;
    }
    for one in &wanted {
        let state = if one.is_open() { String::new() } else { format!("  {}", one.state) };
        let late = if one.overdue(today) { "  overdue" } else { "" };
        let line = safe(&format!("{:<6} {}{state}{late}", one.id, one.words()));
        context.out.line(if late.is_empty() { line } else { context.out.red(&line) });
    }
    if wanted.is_empty() {
        context.out.line("nothing is left to be done");
    }
    Exit::Done
}

fn document(one: &FollowUp, today: Date) -> Value {
    json!({
        "id": one.id,
        "text": one.text,
        "owner": one.owner,
        "due": one.due,
        "overdue": one.overdue(today),
        "incident": one.incident.as_ref().map(|incident| incident.as_str()),
        "release": one.release,
        "state": one.state.name(),
        "since": rfc3339(one.since),
        "by": one.by,
        "settled": one.settled.as_ref().map(|(at, by, reason)| json!({
            "at": rfc3339(*at),
            "by": by,
            "reason": reason,
        })),
    })
}
