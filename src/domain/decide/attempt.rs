//! What became of an attempt: as the kernel said, or as a person knows.

use super::super::command::Command;
use super::super::effect::Outcome;
use super::super::event::Fact;
use super::super::id::AttemptId;
use super::super::item::ItemState;
use super::super::plan::List;
use super::super::refusal::Refusal;
use super::super::run::AttemptOutcome;
use super::super::situation::Situation;
use super::deploy::after_slot;
use super::incident::open_for;
use super::{any_release, run_of, wanted};

pub(super) fn decide(sit: &Situation<'_>, command: &Command) -> Result<Outcome, Refusal> {
    match command {
        Command::ImportAttempt { attempt, outcome, started, ended, left_running, log_lines, log_bytes, log_tail } => {
            let fact = Fact::AttemptEnded {
                attempt: attempt.clone(),
                outcome: outcome.clone(),
                started: *started,
                ended: *ended,
                left_running: left_running.clone(),
                log_lines: *log_lines,
                log_bytes: *log_bytes,
            };
            import(sit, attempt, outcome, fact, log_tail)
        }
        Command::ResolveAttempt { attempt, done, reason } => resolve(sit, attempt, *done, reason),
        _ => Ok(Outcome::default()),
    }
}

fn import(
    sit: &Situation<'_>,
    id: &AttemptId,
    ended: &AttemptOutcome,
    fact: Fact,
    log_tail: &[String],
) -> Result<Outcome, Refusal> {
    let release = any_release(sit)?;
    let Some(attempt) = release.attempts.get(id) else {
        return Err(Refusal::new(format!("there is no attempt {id}")));
    };
    if attempt.outcome.is_some() {
        return Err(Refusal::new(format!("{id} is recorded already")));
    }
    let (_, run) = run_of(sit, &attempt.run)?;
    let mut outcome = Outcome::release(fact);
    if run.ended.is_some() {
        return Ok(outcome);
    }
    match ended {
        AttemptOutcome::NotStarted => {}
        ended if ended.ok() => {
            outcome.extend(after_slot(sit, release, run, &attempt.slot, ItemState::Done));
        }
        ended => {
            let list = run.slot(&attempt.slot).map(|slot| slot.list);
            // Before the first step nothing is changed: what fails there is a blocker, not an incident.
            if list.is_some_and(|list| !matches!(list, List::PreRelease | List::PreDeployment | List::Communication)) {
                let what = format!("{} failed in {}: {}", attempt.slot, run.env, ended.words());
                outcome.release.extend(open_for(sit, release, run, what, Some(id), log_tail.to_vec()));
            }
        }
    }
    Ok(outcome)
}

fn resolve(sit: &Situation<'_>, id: &AttemptId, done: bool, reason: &str) -> Result<Outcome, Refusal> {
    let release = any_release(sit)?;
    let Some(attempt) = release.attempts.get(id) else {
        let names: Vec<String> = release
            .attempts
            .values()
            .filter(|attempt| attempt.outcome == Some(AttemptOutcome::Unknown) && attempt.resolved.is_none())
            .map(|attempt| attempt.id.to_string())
            .collect();
        let refusal = Refusal::new(format!("there is no attempt {id}"));
        return Err(if names.is_empty() {
            refusal
        } else {
            refusal.next(format!("unknown ones: {}", names.join(", ")))
        });
    };
    match &attempt.outcome {
        None => return Err(Refusal::new(format!("{id} may still be running")).next("relco status")),
        Some(AttemptOutcome::Unknown) if attempt.resolved.is_none() => {}
        Some(AttemptOutcome::Unknown) => return Err(Refusal::new(format!("{id} is resolved already"))),
        Some(known) => return Err(Refusal::new(format!("the outcome of {id} is known: {}", known.words()))),
    }
    let reason = wanted(Some(reason), "resolving")?;
    let mut outcome =
        Outcome::release(Fact::AttemptResolved { attempt: id.clone(), done, reason, by: sit.by.to_owned() });
    let (_, run) = run_of(sit, &attempt.run)?;
    if done && run.is_open() {
        let mut follow = after_slot(sit, release, run, &attempt.slot, ItemState::Done);
        // A person settled an unknown; going on is a word of its own.
        follow.effects.clear();
        outcome.extend(follow);
    }
    Ok(outcome)
}
