//! What concerns the project rather than one release: what is live where, debts, and trust.

use std::io::{BufRead, IsTerminal, Write};

use serde_json::json;

use super::Context;
use super::args::{DebtCommand, LiveCommand};
use super::exit::{Ending, Exit, Failure};
use super::output::safe;
use crate::domain::command::Command as Act;
use crate::domain::id::EnvName;
use crate::session::WantsTrust;

/// Says what an environment runs.
pub fn live(context: &mut Context, command: LiveCommand) -> Ending {
    let LiveCommand::Set { env, version } = command;
    let said = format!("{env} runs {version}");
    context.act(&Act::SetLive { env: EnvName::new(env), version }, &said)
}

/// Lists and pays debts.
pub fn debt(context: &mut Context, command: DebtCommand) -> Ending {
    match command {
        DebtCommand::List => {
            context.session.observe_ports();
            Ok(debts(context))
        }
        DebtCommand::Pay { id, note, by_hand } => {
            let said = format!("{id} is paid");
            context.act(&Act::PayDebt { debt: id, note, by_hand }, &said)
        }
    }
}

fn debts(context: &Context) -> Exit {
    let snapshot = context.session.snapshot();
    let debts = &snapshot.project.debts;
    if context.out.json {
        let debts: Vec<_> = debts
            .iter()
            .map(|debt| {
                json!({
                    "id": debt.id,
                    "text": debt.text,
                    "release": debt.release,
                    "role": debt.role.as_str(),
                    "since": debt.since.to_string(),
                    "paid": debt.paid.map(|paid| paid.to_string()),
                })
            })
            .collect();
        context.out.document(&json!({ "schema": 1, "debts": debts }));
        return Exit::Done;
    }
    let open: Vec<_> = debts.iter().filter(|debt| debt.paid.is_none()).collect();
    let now = crate::system::clock::now();
    for debt in &open {
        let age = crate::domain::time::age(debt.since, now);
        context.out.line(safe(&format!("{:<24} {}  —  {}, {age}", debt.id, debt.text, debt.role)));
        match snapshot.observed.ports.get(&debt.id) {
            Some(port) if port.is_found() => {
                let found = port.found.join(", ");
                context
                    .out
                    .line(safe(&format!("{:<24} found on {} as {found}: relco debt pay {}", "", port.branch, debt.id)));
            }
            Some(port) => {
                for missing in &port.missing {
                    context.out.line(safe(&format!("{:<24} not on {}: {missing}", "", port.branch)));
                }
            }
            None => {}
        }
    }
    if open.is_empty() {
        context.out.line("nothing is left to be paid");
    }
    Exit::Done
}

/// Shows what trusting the configuration allows, and records that it may when a person says so.
pub fn trust(context: &mut Context, hash: Option<&str>, yes: bool) -> Ending {
    let closure = context.session.closure().map(str::to_owned);
    let mut wanted = context.session.wants_trust();
    if wanted.is_empty() {
        let words = match &closure {
            None => "this project has no relco.toml: there is nothing to trust",
            Some(_) if context.session.asks_for_nothing() => {
                "relco.toml runs nothing and asks nothing: there is nothing to trust"
            }
            Some(_) => "this text is trusted already",
        };
        return said(context, closure.as_deref(), closure.is_some(), words);
    }
    if let Some(hash) = hash {
        let known: Vec<String> = wanted.iter().map(|one| one.hash.clone()).collect();
        wanted.retain(|one| one.hash == hash);
        if wanted.is_empty() {
            let known = known.join(", ");
            return Err(refused(format!("the configuration's hash is {known}, not {hash}: nothing was trusted"))
                .hint("look at what changed in relco.toml"));
        }
    }
    if !context.out.json {
        wanted.iter().for_each(|one| show(context, one));
    }
    if hash.is_none() && !yes && !asked()? {
        return Err(refused("nothing was trusted".to_owned()).hint("--yes, or --hash with the hash above"));
    }
    let hashes: Vec<String> = wanted.iter().map(|one| one.hash.clone()).collect();
    context.session.grant_trust(&hashes)?;
    if let Some(left) = context.session.wants_trust().first() {
        let left = left.frozen.as_deref().unwrap_or("relco.toml");
        context.out.warn(&format!("{left} is another text, and not trusted yet: relco trust"));
    }
    let hash = hashes.first().map(String::as_str);
    said(context, hash, true, "trusted: exactly this text may do what stands above")
}

fn refused(what: String) -> Failure {
    Failure { exit: Exit::Refused, what, hint: None }
}

fn said(context: &Context, hash: Option<&str>, trusted: bool, words: &str) -> Ending {
    if context.out.json {
        context.out.document(&json!({ "schema": 1, "trusted": trusted, "hash": hash, "said": words }));
    } else {
        context.out.line(words);
    }
    Ok(Exit::Done)
}

fn show(context: &Context, wanted: &WantsTrust) {
    if let Some(frozen) = &wanted.frozen {
        context.out.line(safe(&format!("relco.toml says something else than {frozen}.")));
    }
    context.out.line(context.out.bold("trusting this text allows:"));
    for one in &wanted.allows {
        let line = safe(&format!("{}  ({}, {})", one.act.words(), one.place, one.key));
        context.out.line(format!("  {:>4}  {line}", one.line));
    }
    context
        .out
        .line("scripts that these commands run are not part of the text: whoever changes one needs no new trust");
    context.out.line(format!("hash {}", wanted.hash));
}

/// Asks on a terminal; without one, an answer must come as an option.
fn asked() -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(refused("without a terminal trust must be said in full".to_owned())
            .hint("--yes, or --hash with the hash above"));
    }
    let mut err = std::io::stderr();
    let _ = write!(err, "trust this text? [y/N] ").and_then(|()| err.flush());
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    Ok(read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
