//! What became of an attempt: as the kernel said, or as a person knows.

use super::super::command::Command;
use super::super::effect::Outcome;
use super::super::event::Fact;
use super::super::id::{AttemptId, ItemId, RunId};
use super::super::item::ItemState;
use super::super::plan::ItemKind;
use super::super::refusal::Refusal;
use super::super::run::{Act, AttemptOutcome, CheckSaid};
use super::super::situation::Situation;
use super::after::{Failure, after_failure, after_slot};
use super::step::{Before, carry_out, set};
use super::{any_release, open_run_of, run_of, wanted};

pub(super) fn decide(sit: &Situation<'_>, command: &Command) -> Result<Outcome, Refusal> {
    match command {
        Command::ImportAttempt {
            attempt,
            outcome,
            started,
            ended,
            left_running,
            log_lines,
            log_bytes,
            lost_bytes,
            log_tail,
            stopped,
        } => {
            let fact = Fact::AttemptEnded {
                attempt: attempt.clone(),
                outcome: outcome.clone(),
                started: *started,
                ended: *ended,
                left_running: left_running.clone(),
                log_lines: *log_lines,
                log_bytes: *log_bytes,
                stopped: stopped.clone(),
                lost_bytes: *lost_bytes,
            };
            import(sit, attempt, outcome, fact, log_tail)
        }
        Command::RecordAttemptCheck { attempt, said, words, for_slot } => {
            checked(sit, attempt, *said, words, for_slot.as_ref())
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
            let Some(slot) = run.slot(&attempt.slot) else { return Ok(outcome) };
            let (stopped, leaves) = match outcome.release.first() {
                Some(Fact::AttemptEnded { stopped, left_running, .. }) => (stopped.is_some(), !left_running.is_empty()),
                _ => (false, false),
            };
            let failure = Failure { id, number: attempt.number, outcome: ended, stopped, leaves, log_tail };
            outcome.extend(after_failure(sit, release, run, slot, &failure));
        }
    }
    Ok(outcome)
}

/// Records what a step's own question said, and goes on with the slot that waited for it.
fn checked(
    sit: &Situation<'_>,
    id: &AttemptId,
    said: CheckSaid,
    words: &str,
    for_slot: Option<&(RunId, ItemId)>,
) -> Result<Outcome, Refusal> {
    let release = any_release(sit)?;
    let Some(attempt) = release.attempts.get(id) else {
        return Err(Refusal::new(format!("there is no attempt {id}")));
    };
    let mut outcome = Outcome::release(Fact::AttemptChecked { attempt: id.clone(), said, words: words.to_owned() });
    let Some((run, slot)) = for_slot else { return Ok(outcome) };
    let (release, run) = open_run_of(sit, run)?;
    let Some(slot) = run.slot(slot).filter(|slot| run.next() == Some(slot)) else { return Ok(outcome) };
    // Asked twice, it is answered twice: whoever comes late starts nothing, whatever became of the slot meanwhile.
    let waits = match slot.act {
        Act::Undo => run.state(&slot.id) == ItemState::Doing,
        _ => release.attempts_of(&run.id, &slot.id).pop().is_some_and(|last| last.id == *id),
    };
    if !waits || release.running().any(|running| running.run == run.id) {
        return Ok(outcome);
    }
    if run.paused.is_some() {
        // The pause came while it was asked: nothing starts, and the slot waits where it was.
        if run.state(&slot.id) == ItemState::Doing {
            outcome.release.push(set(run, &slot.id, ItemState::Open, None));
        }
        return Ok(outcome);
    }
    if run.conductor.as_ref() != Some(sit.session) {
        // The run was taken over while it was asked: whoever walks it now decides what starts.
        if run.state(&slot.id) == ItemState::Doing {
            outcome.release.push(set(run, &slot.id, ItemState::Open, None));
        }
        outcome.warnings.push(format!("{} is walked in another terminal now: nothing was started here", run.id));
        return Ok(outcome);
    }
    let unknown = attempt.outcome == Some(AttemptOutcome::Unknown) && attempt.resolved.is_none();
    if slot.act == Act::Do && said == CheckSaid::Applied {
        let observed = format!("{}, so it was not run again", said.words());
        outcome.release.push(set(run, &slot.id, ItemState::Done, Some(observed)));
        outcome.extend(after_slot(sit, release, run, &slot.id, ItemState::Done));
        return Ok(outcome);
    }
    let safe_again = matches!(
        sit.plan.item(&slot.item).map(|item| &item.kind),
        Some(ItemKind::Command(step)) if step.rerun_safe
    );
    if slot.act == Act::Do && unknown && said == CheckSaid::CannotTell && !safe_again {
        outcome.warnings.push(format!("{}: {}; a person must say what became of it", slot.id, said.words()));
        return Ok(outcome);
    }
    let before = Before { safe: false, asked: true };
    match carry_out(sit, release, run, slot, before) {
        Ok(follow) => outcome.extend(follow),
        // What the check said is kept all the same; the slot waits for what is missing.
        Err(refusal) => {
            if run.state(&slot.id) == ItemState::Doing {
                outcome.release.push(set(run, &slot.id, ItemState::Open, None));
            }
            outcome.warnings.push(refusal.to_string());
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
