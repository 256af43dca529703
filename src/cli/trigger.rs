//! `relco trigger …` and `relco watch`: what proposes a rollback, and what the probes say.

mod replay;
mod watch;

use std::path::Path;

use serde_json::{Value, json};

pub use watch::watch;

use super::Context;
use super::args::{Global, TriggerCommand};
use super::exit::{Ending, Exit, Failure};
use super::output::{Output, safe};
use crate::domain::command::Command as Act;
use crate::domain::duration;
use crate::domain::id::{EnvName, TriggerId};
use crate::domain::item::ItemState;
use crate::domain::number::plain;
use crate::domain::plan::{Check, ItemKind, Trigger};
use crate::domain::release::Fired;
use crate::domain::time::age;
use crate::domain::trigger::live::{Shown, Stage};
use crate::domain::trigger::rule::{Rule, Threshold};
use crate::domain::trigger::{Verdict, recorded};
use crate::session::Snapshot;

/// Runs a trigger command.
pub fn run(context: &mut Context, command: TriggerCommand) -> Ending {
    match command {
        TriggerCommand::List => Ok(list(context)),
        TriggerCommand::Fire { id, note } => {
            let said = format!("{id} declared");
            context.act(&Act::FireTrigger { trigger: TriggerId::new(id), words: note }, &said)
        }
        TriggerCommand::Samples { id, env } => samples(context, &id, &env),
        TriggerCommand::Replay { file, ratio, trigger } => {
            let snapshot = context.session.snapshot();
            let rule = trigger.map(|id| rule_of(&snapshot, &id)).transpose()?.unwrap_or_default();
            replay::run(&context.out, rule, &file, ratio)
        }
    }
}

/// Prints what is kept of a trigger's probe: as CSV, or as rows of a document.
fn samples(context: &mut Context, id: &str, env: &str) -> Ending {
    rule_of(&context.session.snapshot(), id)?;
    let rows = context.session.recording(&EnvName::new(env), &TriggerId::new(id.to_owned())).unwrap_or_default();
    if rows.is_empty() {
        return Err(Failure {
            exit: Exit::Refused,
            what: format!("nothing is kept of it in {}", safe(env)),
            hint: None,
        }
        .hint(format!("relco watch --env {} asks the probes", safe(env))));
    }
    let text = recorded::write(&rows);
    if context.out.json {
        context.out.document(&json!({ "schema": 1, "csv": text }));
    } else {
        text.lines().for_each(|line| context.out.line(line));
    }
    Ok(Exit::Done)
}

/// Judges a recording by the defaults: the one trigger command that needs no project.
pub fn replay(global: &Global, file: &Path, ratio: Option<f64>) -> Ending {
    replay::run(&Output::new(global.json), Rule::default(), file, ratio)
}

fn rule_of(snapshot: &Snapshot, id: &str) -> Result<Rule, Failure> {
    let found = snapshot.plan.trigger(&TriggerId::new(id.to_owned())).filter(|trigger| trigger.probe.is_some());
    found.map(|trigger| trigger.rule.clone()).ok_or_else(|| {
        let measured = snapshot.plan.triggers.iter().filter(|trigger| trigger.probe.is_some());
        let names: Vec<&str> = measured.map(|trigger| trigger.id.as_str()).collect();
        let names = if names.is_empty() { "none has a probe".to_owned() } else { names.join(", ") };
        Failure { exit: Exit::Refused, what: format!("there is no measured trigger {}", safe(id)), hint: None }
            .hint(format!("measured triggers: {names}"))
    })
}

/// What a trigger said last.
struct Said {
    /// The proposal, where it fired.
    answered: Option<Fired>,
    state: ItemState,
    word: &'static str,
    words: String,
    at: Option<jiff::Timestamp>,
    by: Option<String>,
}

fn last_said(snapshot: &Snapshot, trigger: &Trigger) -> Said {
    let nothing =
        Said { state: ItemState::Open, word: "open", words: String::new(), at: None, by: None, answered: None };
    let Some(release) = &snapshot.release else { return nothing };
    if let Some(fired) = release.fired.iter().rev().find(|fired| fired.trigger == trigger.id) {
        let by = Some(fired.by.clone());
        let (words, at) = (fired.words.clone(), Some(fired.at));
        return Said { state: ItemState::Failed, word: "fired", words, at, by, answered: Some(fired.clone()) };
    }
    let measures = |id| {
        snapshot.plan.item(id).is_some_and(|item| item.kind == ItemKind::Automatic(Check::Trigger(trigger.id.clone())))
    };
    let measured = release.runs.iter().rev().find_map(|run| {
        let slot = run.sequence.iter().find(|slot| measures(&slot.item))?;
        run.records.get(&slot.id)
    });
    match measured {
        Some(record) if record.state == ItemState::Done => Said {
            state: ItemState::Done,
            word: "does not fire",
            words: record.evidence.line(),
            at: Some(record.at),
            by: Some(record.by.clone()),
            answered: None,
        },
        Some(record) if record.state != ItemState::Open && record.state != ItemState::Doing => Said {
            state: record.state,
            word: record.state.name(),
            words: record.evidence.line(),
            at: Some(record.at),
            by: Some(record.by.clone()),
            answered: None,
        },
        _ => nothing,
    }
}

fn list(context: &mut Context) -> Exit {
    let shown = context.session.watched();
    let snapshot = context.session.snapshot();
    let said: Vec<(&Trigger, Said)> =
        snapshot.plan.triggers.iter().map(|trigger| (trigger, last_said(&snapshot, trigger))).collect();
    let now = crate::system::clock::now();
    let of = |trigger: &Trigger| shown.iter().filter(|one| one.trigger == trigger.id).collect::<Vec<_>>();
    if context.out.json {
        let triggers: Vec<_> = said.iter().map(|(trigger, said)| document(trigger, said, &of(trigger), now)).collect();
        context.out.document(&json!({ "schema": 1, "triggers": triggers }));
        return Exit::Done;
    }
    for (trigger, said) in &said {
        let who = match (&said.by, said.at) {
            (Some(by), Some(at)) => format!("  {by}, {} ago", age(at, now)),
            _ => String::new(),
        };
        let words = if said.words.is_empty() { String::new() } else { format!(": {}", said.words) };
        let answer = said.answered.as_ref().map(answer_words).unwrap_or_default();
        let how = how(trigger);
        let line = format!("{:<10} {}  ({how})  {}{words}{who}{answer}", trigger.id, trigger.title, said.word);
        context.out.line(format!("{} {}", context.out.state(said.state), safe(&line)));
        for one in of(trigger) {
            context.out.line(safe(&format!("             {}", standing(one, &snapshot.zone, now))));
        }
    }
    Exit::Done
}

fn how(trigger: &Trigger) -> String {
    let Some(probe) = &trigger.probe else { return "declared by a person".to_owned() };
    let threshold = match trigger.rule.threshold {
        Threshold::Ratio(ratio) => format!(", above {}x", plain(ratio)),
        Threshold::Above(value) => format!(", above {}", trigger.rule.value(value)),
        Threshold::Failing => String::new(),
    };
    let mode = match (trigger.dry_run, trigger.auto) {
        (true, _) => "; dry run",
        (_, true) => "; rolls back by itself",
        _ => "",
    };
    format!("measured by {probe}{threshold}{mode}")
}

fn answer_words(fired: &Fired) -> String {
    match (&fired.answered, fired.decided_after()) {
        (Some(answered), Some(after)) => format!("; {} after {}", answered.answer, duration::clock(after)),
        _ => "; not decided yet".to_owned(),
    }
}

/// `production: api 104 ms, 1 s ago, usual 106 ms, 2x at 212 ms; cold start: 12 of 30 probes passed over`.
fn standing(one: &Shown, zone: &jiff::tz::TimeZone, now: jiff::Timestamp) -> String {
    let usual = one.usual.map(|usual| format!(", usual {}", one.rule.value(usual))).unwrap_or_default();
    let limit = one.limit.map(|limit| format!(", limit {}", one.rule.value(limit))).unwrap_or_default();
    let Some(last) = &one.last else { return format!("{}: {} was never asked", one.env, one.probe) };
    if !one.is_fresh(now) {
        let clock = crate::domain::time::clock(last.at, zone);
        let clock = clock.get(..5).unwrap_or(&clock);
        return format!("{}: {} unknown, not watched since {clock}{usual}{limit}", one.env, one.probe);
    }
    let value = last.sample.value.map_or_else(|| last.sample.why.clone(), |value| one.rule.value(value));
    let ago = duration::limit(duration::between(last.at, now));
    format!("{}: {} {value}, {ago} ago{usual}{limit}; {}", one.env, one.probe, one.words)
}

fn document(trigger: &Trigger, said: &Said, shown: &[&Shown], now: jiff::Timestamp) -> Value {
    let above = match trigger.rule.threshold {
        Threshold::Above(value) => Some(value),
        Threshold::Ratio(_) | Threshold::Failing => None,
    };
    json!({
        "id": trigger.id.as_str(),
        "title": trigger.title,
        "probe": trigger.probe.as_ref().map(|probe| probe.as_str().to_owned()),
        "ratio": trigger.ratio(),
        "above": above,
        "control": trigger.control.as_ref().map(|probe| probe.as_str().to_owned()),
        "after": trigger.after.as_ref().map(|step| step.as_str().to_owned()),
        "auto": trigger.auto,
        "dry_run": trigger.dry_run,
        "state": said.word,
        "words": said.words,
        "by": said.by,
        "at": said.at.map(|at| at.to_string()),
        "answer": said.answered.as_ref().and_then(|fired| fired.answered.as_ref()).map(|one| one.answer.name()),
        "decided_after_s": said.answered.as_ref().and_then(Fired::decided_after).map(|after| after.as_secs()),
        "standing": shown.iter().map(|one| standing_document(one, now)).collect::<Vec<_>>(),
    })
}

fn standing_document(one: &Shown, now: jiff::Timestamp) -> Value {
    let fresh = one.is_fresh(now);
    let score = match &one.stage {
        Stage::Judging(standing) => Some((standing.score * 1_000.0).round() / 1_000.0),
        Stage::Gathering | Stage::Changing => None,
    };
    json!({
        "environment": one.env.as_str(),
        "trigger": one.trigger.as_str(),
        "probe": one.probe.as_str(),
        "watched": fresh,
        "value": one.last.as_ref().filter(|_| fresh).and_then(|last| last.sample.value),
        "at": one.last.as_ref().map(|last| last.at.to_string()),
        "usual": one.usual,
        "limit": one.limit,
        "verdict": one.verdict.map(Verdict::words),
        "score": score,
        "words": one.words,
    })
}
