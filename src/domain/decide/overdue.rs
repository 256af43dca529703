//! A step that is over a limit: what is recorded of it, and what a person may answer.
//!
//! Nothing here stops a step. Waiting can be said by anybody, whoever walks the run.

use std::time::Duration;

use super::super::command::Command;
use super::super::effect::Outcome;
use super::super::event::Fact;
use super::super::id::{AttemptId, RunId};
use super::super::overdue::{Allowed, Limit, questions};
use super::super::plan::{ItemKind, Step};
use super::super::refusal::Refusal;
use super::super::run::Attempt;
use super::super::situation::Situation;
use super::{any_release, open_run_of, owned};

pub(super) fn decide(sit: &Situation<'_>, command: &Command) -> Result<Outcome, Refusal> {
    match command {
        Command::RecordOverdue { attempt, limit, after, usual } => record(sit, attempt, *limit, *after, *usual),
        Command::RecordOutput { attempt } => {
            let asked = running(sit, attempt)?;
            let silent = questions(asked).any(|one| one.limit == Limit::Silence);
            let waited = |limit| awaited(attempt, limit, None, "relco");
            Ok(if silent { Outcome::release(waited(Limit::Silence)) } else { Outcome::default() })
        }
        Command::WaitLonger { run, reason } => wait(sit, run, reason.as_ref()),
        _ => Ok(Outcome::default()),
    }
}

fn running<'a>(sit: &Situation<'a>, id: &AttemptId) -> Result<&'a Attempt, Refusal> {
    let release = any_release(sit)?;
    let attempt = release.attempts.get(id).ok_or_else(|| Refusal::new(format!("there is no attempt {id}")))?;
    match attempt.outcome {
        None => Ok(attempt),
        Some(_) => Err(Refusal::new(format!("{id} is over"))),
    }
}

fn step_of<'a>(sit: &Situation<'a>, attempt: &Attempt) -> Option<&'a Step> {
    let slot = sit.release?.run(&attempt.run)?.slot(&attempt.slot)?;
    match &sit.plan.item(&slot.item)?.kind {
        ItemKind::Command(step) => Some(step),
        _ => None,
    }
}

fn record(
    sit: &Situation<'_>,
    id: &AttemptId,
    limit: Limit,
    after: Duration,
    usual: Option<Duration>,
) -> Result<Outcome, Refusal> {
    let attempt = running(sit, id)?;
    let step = step_of(sit, attempt);
    let allowed = step.and_then(|step| Allowed::by(step).of(limit));
    let (Some(step), Some(allowed)) = (step, allowed) else {
        return Err(Refusal::new(format!("{id} has no {limit} in its plan")));
    };
    // Two that look at the same time record it once.
    if attempt.overdue.iter().any(|one| one.limit == limit && one.answer.is_none()) {
        return Err(Refusal::new(format!("{id}: its {limit} is on record already")));
    }
    let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or_default();
    Ok(Outcome::release(Fact::AttemptOverdue {
        attempt: id.clone(),
        limit,
        after_ms: ms(after),
        allowed_ms: ms(allowed),
        usual_ms: usual.map(ms),
        stops: limit == Limit::Timeout && step.stop_on_timeout,
    }))
}

fn wait(sit: &Situation<'_>, id: &RunId, reason: Option<&String>) -> Result<Outcome, Refusal> {
    let (release, run) = open_run_of(sit, id)?;
    let asked = release.running().filter(|attempt| attempt.run == run.id);
    let facts: Vec<Fact> = asked
        .flat_map(|attempt| questions(attempt).map(|one| awaited(&attempt.id, one.limit, owned(reason), sit.by)))
        .collect();
    if facts.is_empty() {
        return Err(Refusal::new(format!("no step of {id} is over its time: nothing is asked")));
    }
    Ok(Outcome { release: facts, ..Outcome::default() })
}

fn awaited(attempt: &AttemptId, limit: Limit, reason: Option<String>, by: &str) -> Fact {
    Fact::AttemptAwaited { attempt: attempt.clone(), limit, reason, by: by.to_owned() }
}
