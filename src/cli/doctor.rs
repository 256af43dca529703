//! `relco doctor`: what relco can and cannot do here, in words, with what to do about it.

use std::io::IsTerminal;

use serde_json::json;

use super::args::Global;
use super::exit::{Ending, Exit};
use super::options;
use super::output::{Output, safe};
use crate::domain::item::ItemState;
use crate::session::{Health, OpenError, Session, surroundings};

/// Looks at everything that relco stands on; an environment error when something is in the way.
pub fn run(global: &Global) -> Ending {
    let out = Output::new(global.json);
    let options = options(global);
    let mut found = surroundings(&options);
    match Session::open(&options) {
        Ok(session) => found.extend(session.health()),
        // That there is no repository was said already.
        Err(OpenError::Git(_) | OpenError::Bare) => {}
        Err(error) => {
            let hint = error.hint();
            found.push(Health { what: "project", ok: false, hard: true, words: error.to_string(), hint });
        }
    }
    found.extend(screen());
    let exit = if found.iter().any(|one| one.hard && !one.ok) { Exit::Environment } else { Exit::Done };
    if out.json {
        let all: Vec<_> = found
            .iter()
            .map(|one| json!({ "what": one.what, "ok": one.ok, "stops": one.hard && !one.ok, "words": one.words, "hint": one.hint }))
            .collect();
        out.document(&json!({ "schema": 1, "ok": exit == Exit::Done, "found": all }));
        return Ok(exit);
    }
    for one in &found {
        let state = match (one.ok, one.hard) {
            (true, _) => ItemState::Done,
            (false, true) => ItemState::Failed,
            (false, false) => ItemState::Unknown,
        };
        let mut words = one.words.lines().map(safe);
        out.line(format!("{} {:<11} {}", out.state(state), one.what, words.next().unwrap_or_default()));
        words.for_each(|line| out.line(format!("              {line}")));
        if let Some(hint) = one.hint.as_ref().filter(|_| !one.ok) {
            out.line(format!("              {}", safe(hint)));
        }
    }
    Ok(exit)
}

/// What the screen can show.
fn screen() -> Vec<Health> {
    let variable = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    let terminal = std::io::stdout().is_terminal() && std::io::stdin().is_terminal();
    let term = variable("TERM").unwrap_or_else(|| "not set".to_owned());
    let dumb = term == "dumb" || term == "not set";
    let words = if terminal { format!("a terminal, TERM is {term}") } else { "not a terminal".to_owned() };
    let hint = if terminal { "set TERM" } else { "the cockpit needs one; every action is a command too" };
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| variable(name));
    let locale = locale.unwrap_or_else(|| "not set".to_owned());
    let utf8 = locale.to_lowercase().replace('-', "").contains("utf8");
    vec![
        Health { what: "terminal", ok: terminal && !dumb, hard: false, words, hint: Some(hint.to_owned()) },
        Health {
            what: "locale",
            ok: utf8,
            hard: false,
            words: format!("{locale}{}", if utf8 { "" } else { ": not UTF-8" }),
            hint: Some("LANG=C.UTF-8, or ASCII in the settings".to_owned()),
        },
    ]
}
