//! `relco watch`: asks the probes without a cockpit, keeps what they say, and judges the triggers.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;

use super::super::Context;
use super::super::exit::{Ending, Exit, Failure};
use super::super::output::safe;
use super::standing_document;
use crate::domain::id::{EnvName, ProbeId};
use crate::domain::item::ItemState;
use crate::domain::plan::Probe;
use crate::domain::trigger::Health;
use crate::domain::trigger::live::{Shown, Stamped};
use crate::system::clock;

/// The shortest time between two lines about one probe.
const ROUND_LEAST: Duration = Duration::from_secs(1);

/// Asks every probe, and prints once a round; done when all answers of the last round are good.
pub fn watch(context: &mut Context, env: &str, count: Option<u64>) -> Ending {
    let env = EnvName::new(env);
    let probes: Vec<Probe> = context.session.probers(&env)?.into_iter().map(|(probe, _)| probe).collect();
    if probes.is_empty() {
        return Err(Failure { exit: Exit::Refused, what: "the plan has no probe".to_owned(), hint: None }
            .hint("add a [[probe]] to relco.toml"));
    }
    let (wake, woken) = channel();
    let wake = Mutex::new(wake);
    let waker = Arc::new(move || wake.lock().is_ok_and(|wake| wake.send(()).is_ok()));
    context.session.watch_probes(Some(env.clone()), Some(waker));
    // A document has an end, so without a count there is one round in it.
    let count = count.or(context.out.json.then_some(1));
    let pause = probes.iter().map(|probe| probe.interval).max().unwrap_or(ROUND_LEAST).max(ROUND_LEAST);
    let mut round = 0;
    loop {
        let began = Instant::now();
        round += 1;
        let answers = one_round(context, &env, &probes, &woken)?;
        let shown: Vec<Shown> = context.session.watched().into_iter().filter(|one| one.env == env).collect();
        if !context.out.json {
            answers.iter().for_each(|(probe, answer)| print(context, probe, answer.as_ref(), &shown));
        }
        if count.is_some_and(|count| round >= count) {
            let all_well =
                answers.iter().all(|(_, one)| one.as_ref().is_some_and(|one| one.sample.health == Health::Well));
            if context.out.json {
                document(context, &env, &answers, &shown);
            }
            return Ok(if all_well { Exit::Done } else { Exit::Refused });
        }
        while began.elapsed() < pause {
            take_in(context)?;
            let _ = woken.recv_timeout(pause.saturating_sub(began.elapsed()));
        }
    }
}

type Answer = (ProbeId, Option<Stamped>);

/// Waits until every probe was asked once more; one that does not come back in its time has no answer.
fn one_round(
    context: &mut Context,
    env: &EnvName,
    probes: &[Probe],
    woken: &Receiver<()>,
) -> Result<Vec<Answer>, Failure> {
    let (since, began) = (clock::now(), Instant::now());
    let longest = probes.iter().map(|probe| probe.interval * 2 + probe.timeout * 2).max().unwrap_or(ROUND_LEAST);
    loop {
        take_in(context)?;
        let answers: Vec<Answer> = probes
            .iter()
            .map(|probe| {
                let last = context.session.last_sample(env, &probe.id);
                (probe.id.clone(), last.filter(|one| one.at >= since))
            })
            .collect();
        if answers.iter().all(|(_, answer)| answer.is_some()) || began.elapsed() > longest {
            return Ok(answers);
        }
        // A wake only shortens the wait.
        let _ = woken.recv_timeout(Duration::from_millis(100));
    }
}

fn take_in(context: &mut Context) -> Result<(), Failure> {
    let walked = context.session.pump(Duration::ZERO)?;
    for warning in &walked.warnings {
        context.out.warn(warning);
    }
    Ok(())
}

fn document(context: &Context, env: &EnvName, answers: &[Answer], shown: &[Shown]) {
    let samples: Vec<_> = answers
        .iter()
        .map(|(probe, one)| {
            json!({
                "probe": probe.as_str(),
                "health": word(one.as_ref()),
                "latency_ms": one.as_ref().and_then(|one| one.sample.value),
                "why": one.as_ref().map_or("no answer in its time", |one| one.sample.why.as_str()),
                "at": one.as_ref().map_or_else(clock::now, |one| one.at).to_string(),
            })
        })
        .collect();
    let triggers: Vec<_> = shown.iter().map(|one| standing_document(one, clock::now())).collect();
    context
        .out
        .document(&json!({ "schema": 1, "environment": env.as_str(), "samples": samples, "triggers": triggers }));
}

fn word(answer: Option<&Stamped>) -> &'static str {
    match answer.map(|one| one.sample.health) {
        Some(Health::Well) => "well",
        Some(Health::Bad) => "bad",
        Some(Health::Unknown) | None => "unknown",
    }
}

fn print(context: &Context, probe: &ProbeId, answer: Option<&Stamped>, shown: &[Shown]) {
    let state = match answer.map(|one| one.sample.health) {
        Some(Health::Well) => ItemState::Done,
        Some(Health::Bad) => ItemState::Failed,
        Some(Health::Unknown) | None => ItemState::Unknown,
    };
    let zone = context.session.snapshot().zone;
    let clock = crate::domain::time::clock(answer.map_or_else(clock::now, |one| one.at), &zone);
    let mine: Vec<&Shown> = shown.iter().filter(|one| one.probe == *probe).collect();
    let took = match (answer.and_then(|one| one.sample.value), mine.first()) {
        (Some(value), Some(one)) => one.rule.value(value),
        (Some(value), None) => format!("{value:.0} ms"),
        (None, _) => String::new(),
    };
    let why = answer.map_or("no answer in its time", |one| one.sample.why.as_str());
    let line = format!("{clock}  {probe:<10} {}  {took:>8}  {why}", word(answer));
    context.out.line(format!("{} {}", context.out.state(state), safe(&line)));
    for one in mine {
        let verdict = one.verdict.map(|verdict| format!("{}: ", verdict.words())).unwrap_or_default();
        context.out.line(safe(&format!("             {} {verdict}{}", one.trigger, one.words)));
    }
}
