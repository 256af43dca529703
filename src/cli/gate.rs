//! `relco gate …` and `relco signoff`.

use serde_json::json;

use super::Context;
use super::args::{GateCommand, YesNo};
use super::exit::{Ending, Exit};
use super::output::safe;
use crate::domain::command::Command as Act;
use crate::domain::id::{GateId, Role};
use crate::domain::item::{GateVerdict, ItemState};
use crate::domain::status;
use crate::domain::time::age;

/// Runs a gate command.
pub fn run(context: &mut Context, command: GateCommand) -> Ending {
    let (id, verdict, reason, evidence) = match command {
        GateCommand::List => return Ok(list(context)),
        GateCommand::Pass { id, evidence } => (id, GateVerdict::Passed, None, evidence),
        GateCommand::Fail { id, reason } => (id, GateVerdict::Failed, Some(reason), None),
        GateCommand::Waive { id, reason } => (id, GateVerdict::Waived, Some(reason), None),
    };
    let said = format!("gate {id} {}", verdict.name());
    context.act(&Act::DecideGate { gate: GateId::new(id), verdict, reason, evidence }, &said)
}

/// Signs off for a role.
pub fn sign_off(context: &mut Context, role: &str, word: YesNo, note: Option<String>) -> Ending {
    let role = Role::new(role.trim().to_lowercase());
    let said = format!("{role} says {}", if word == YesNo::Yes { "yes" } else { "no" });
    context.act(&Act::SignOff { role, yes: word == YesNo::Yes, note }, &said)
}

fn list(context: &Context) -> Exit {
    let snapshot = context.session.snapshot();
    let now = crate::system::clock::now();
    let rows = status::gates(&snapshot.situation(now));
    if context.out.json {
        let items: Vec<_> = rows
            .iter()
            .map(|row| {
                let state = if row.not_applicable.is_some() { "not applicable" } else { row.verdict.name() };
                json!({
                    "id": row.id.as_str(),
                    "list": "gates",
                    "title": row.title,
                    "role": row.role.as_str(),
                    "state": state,
                    "class": if row.checked { "check" } else { "manual" },
                    "evidence": row.evidence,
                })
            })
            .collect();
        context.out.document(&json!({ "schema": 1, "items": items }));
        return Exit::Done;
    }
    for row in rows {
        let state = match &row.not_applicable {
            Some(_) => ItemState::NotApplicable,
            None => row.verdict.as_item_state(),
        };
        let who = match (&row.by, row.at) {
            (Some(by), Some(at)) => format!("  {by}, {} ago", age(at, now)),
            _ => format!("  waits for {}", row.role),
        };
        let why = row.void.or(row.not_applicable).unwrap_or(row.evidence);
        let why = if why.is_empty() { String::new() } else { format!("  {why}") };
        let words = if state == ItemState::NotApplicable { state.name() } else { row.verdict.name() };
        let line = format!("{:<10} {}  {words}{who}{why}", row.id, row.title);
        context.out.line(format!("{} {}", context.out.state(state), safe(&line)));
    }
    Exit::Done
}
