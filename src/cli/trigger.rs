//! `relco trigger …` and `relco watch`: what proposes a rollback, and what the probes say.

mod replay;

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use super::Context;
use super::args::Global;
use super::args::TriggerCommand;
use super::exit::{Ending, Exit, Failure};
use super::output::{Output, safe};
use crate::domain::command::Command as Act;
use crate::domain::id::{EnvName, TriggerId};
use crate::domain::item::ItemState;
use crate::domain::plan::{Check, ItemKind, Trigger};
use crate::domain::time::age;
use crate::domain::trigger::Health;
use crate::domain::trigger::rule::Rule;
use crate::session::Snapshot;

/// The shortest time between two rounds of questions.
const ROUND_LEAST: Duration = Duration::from_secs(1);

/// Runs a trigger command.
pub fn run(context: &mut Context, command: TriggerCommand) -> Ending {
    match command {
        TriggerCommand::List => Ok(list(context)),
        TriggerCommand::Fire { id, note } => {
            let said = format!("{id} declared");
            context.act(&Act::FireTrigger { trigger: TriggerId::new(id), words: note }, &said)
        }
        TriggerCommand::Replay { file, ratio, trigger } => {
            let snapshot = context.session.snapshot();
            let rule = trigger.map(|id| rule_of(&snapshot, &id)).transpose()?.unwrap_or_default();
            replay::run(&context.out, rule, &file, ratio)
        }
    }
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
    state: ItemState,
    word: &'static str,
    words: String,
    at: Option<jiff::Timestamp>,
    by: Option<String>,
}

fn last_said(snapshot: &Snapshot, trigger: &Trigger) -> Said {
    let nothing = Said { state: ItemState::Open, word: "open", words: String::new(), at: None, by: None };
    let Some(release) = &snapshot.release else { return nothing };
    if let Some(fired) = release.fired.iter().rev().find(|fired| fired.trigger == trigger.id) {
        let by = Some(fired.by.clone());
        return Said { state: ItemState::Failed, word: "fired", words: fired.words.clone(), at: Some(fired.at), by };
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
        },
        Some(record) if record.state != ItemState::Open && record.state != ItemState::Doing => Said {
            state: record.state,
            word: record.state.name(),
            words: record.evidence.line(),
            at: Some(record.at),
            by: Some(record.by.clone()),
        },
        _ => nothing,
    }
}

fn list(context: &Context) -> Exit {
    let snapshot = context.session.snapshot();
    let said: Vec<(&Trigger, Said)> =
        snapshot.plan.triggers.iter().map(|trigger| (trigger, last_said(&snapshot, trigger))).collect();
    if context.out.json {
        let triggers: Vec<_> = said
            .iter()
            .map(|(trigger, said)| {
                json!({
                    "id": trigger.id.as_str(),
                    "title": trigger.title,
                    "probe": trigger.probe.as_ref().map(|probe| probe.as_str().to_owned()),
                    "ratio": trigger.ratio(),
                    "state": said.word,
                    "words": said.words,
                    "by": said.by,
                    "at": said.at.map(|at| at.to_string()),
                })
            })
            .collect();
        context.out.document(&json!({ "schema": 1, "triggers": triggers }));
        return Exit::Done;
    }
    let now = crate::system::clock::now();
    for (trigger, said) in said {
        let how = match (&trigger.probe, trigger.ratio()) {
            (None, _) => "declared by a person".to_owned(),
            (Some(probe), Some(ratio)) => format!("measured by {probe}, above {ratio}x"),
            (Some(probe), None) => format!("measured by {probe}"),
        };
        let who = match (&said.by, said.at) {
            (Some(by), Some(at)) => format!("  {by}, {} ago", age(at, now)),
            _ => String::new(),
        };
        let words = if said.words.is_empty() { String::new() } else { format!(": {}", said.words) };
        let line = format!("{:<10} {}  ({how})  {}{words}{who}", trigger.id, trigger.title, said.word);
        context.out.line(format!("{} {}", context.out.state(said.state), safe(&line)));
    }
    Exit::Done
}

/// One answer of a probe.
struct Answer {
    probe: String,
    health: Health,
    latency_ms: Option<f64>,
    why: String,
    at: jiff::Timestamp,
}

/// Asks every probe in rounds; done when all answers of the last round are good.
pub fn watch(context: &Context, env: &str, count: Option<u64>) -> Ending {
    let probers = context.session.probers(&EnvName::new(env))?;
    if probers.is_empty() {
        return Err(Failure { exit: Exit::Refused, what: "the plan has no probe".to_owned(), hint: None }
            .hint("add a [[probe]] to relco.toml"));
    }
    // A document has an end, so without a count there is one round in it.
    let count = count.or(context.out.json.then_some(1));
    let pause = probers.iter().map(|(probe, _)| probe.interval).max().unwrap_or(ROUND_LEAST).max(ROUND_LEAST);
    let mut answers = Vec::new();
    let mut round = 0;
    loop {
        let begun = Instant::now();
        round += 1;
        answers.clear();
        for (probe, prober) in &probers {
            let sample = prober.ask();
            let at = crate::system::clock::now();
            let answer = Answer {
                probe: probe.id.to_string(),
                health: sample.health,
                latency_ms: sample.value,
                why: sample.why,
                at,
            };
            if !context.out.json {
                print(context, &answer);
            }
            answers.push(answer);
        }
        if count.is_some_and(|count| round >= count) {
            break;
        }
        std::thread::sleep(pause.saturating_sub(begun.elapsed()));
    }
    if context.out.json {
        let samples: Vec<_> = answers
            .iter()
            .map(|one| {
                json!({
                    "probe": one.probe,
                    "health": word(one.health),
                    "latency_ms": one.latency_ms,
                    "why": one.why,
                    "at": one.at.to_string(),
                })
            })
            .collect();
        context.out.document(&json!({ "schema": 1, "environment": env, "samples": samples }));
    }
    let all_well = answers.iter().all(|one| one.health == Health::Well);
    Ok(if all_well { Exit::Done } else { Exit::Refused })
}

fn word(health: Health) -> &'static str {
    match health {
        Health::Well => "well",
        Health::Bad => "bad",
        Health::Unknown => "unknown",
    }
}

fn print(context: &Context, answer: &Answer) {
    let state = match answer.health {
        Health::Well => ItemState::Done,
        Health::Bad => ItemState::Failed,
        Health::Unknown => ItemState::Unknown,
    };
    let zone = context.session.snapshot().zone;
    let clock = answer.at.to_zoned(zone).strftime("%H:%M:%S").to_string();
    let took = answer.latency_ms.map(|ms| format!("{ms:.0} ms")).unwrap_or_default();
    let line = format!("{clock}  {:<10} {}  {took:>8}  {}", answer.probe, word(answer.health), answer.why);
    context.out.line(format!("{} {}", context.out.state(state), safe(&line)));
}
