//! What follows when a slot of a run is through or failed: what is live, whether the run is over, whether it goes on.

use super::super::effect::{Effect, Outcome};
use super::super::event::Fact;
use super::super::id::{AttemptId, ItemId, RunId};
use super::super::item::ItemState;
use super::super::plan::{Danger, ItemKind, List, OnFailure, Step};
use super::super::refusal::Refusal;
use super::super::release::ReleaseState;
use super::super::run::{Act, AttemptOutcome, Run, RunOutcome, RunPurpose, Slot};
use super::super::situation::Situation;
use super::incident::open_for;
use super::step::set;
use super::{open_run_of, rollback};

pub(super) fn finish_slot(
    sit: &Situation<'_>,
    id: &RunId,
    slot: &ItemId,
    ok: bool,
    observed: &str,
) -> Result<Outcome, Refusal> {
    let (release, run) = open_run_of(sit, id)?;
    if run.slot(slot).is_none() {
        return Err(Refusal::new(format!("{id} has no item {slot}")));
    }
    // A person's word may have come while it was found out: that stands.
    let state = run.state(slot);
    if state != ItemState::Doing {
        return Err(Refusal::new(format!("{slot} is {state}: what came of it is not recorded")));
    }
    let state = if ok { ItemState::Done } else { ItemState::Failed };
    let mut outcome = Outcome::release(set(run, slot, state, Some(observed.to_owned())));
    if !ok {
        let what = format!("{slot} failed in {}: {observed}", run.env);
        outcome.release.extend(open_for(sit, release, run, what, None, Vec::new()));
    }
    outcome.extend(after_slot(sit, release, run, slot, state));
    Ok(outcome)
}

/// What follows when a slot gets a new state: what is live, whether the run is over, whether it goes on.
pub(super) fn after_slot(
    sit: &Situation<'_>,
    release: &ReleaseState,
    run: &Run,
    slot: &ItemId,
    state: ItemState,
) -> Outcome {
    let mut outcome = Outcome::default();
    if !state.settled() {
        return outcome;
    }
    let settled = |lists: &[List]| {
        run.sequence
            .iter()
            .filter(|one| lists.contains(&one.list) && one.id != *slot)
            .all(|one| run.state(&one.id).settled())
    };
    let list = run.slot(slot).map(|slot| slot.list);
    let live = |version: &str| Fact::LiveSet {
        env: run.env.clone(),
        version: version.to_owned(),
        release: Some(release.version.clone()),
        by: "relco".to_owned(),
    };
    // What was only skipped changed nothing, and says nothing of what runs there.
    let done = |list: List| {
        let slots = run.sequence.iter().filter(|one| one.list == list && changes(sit, one));
        slots.into_iter().any(|one| if one.id == *slot { state } else { run.state(&one.id) } == ItemState::Done)
    };
    match (run.purpose, list) {
        (RunPurpose::Deployment, Some(List::Deployment)) if settled(&[List::Deployment]) => {
            if done(List::Deployment) {
                outcome.project.push(live(&run.to));
            } else {
                outcome.warnings.push(nothing_done(run));
            }
        }
        (RunPurpose::Rollback, Some(List::Rollback)) if settled(&[List::Rollback]) && !done(List::Rollback) => {
            outcome.warnings.push(nothing_done(run));
        }
        (RunPurpose::Rehearsal, Some(List::Rollback)) if settled(&[List::Rollback]) && run.from.is_some() => {
            outcome.project.push(live(&run.to));
        }
        (RunPurpose::Rollback, Some(List::Rollback)) if settled(&[List::Rollback]) => {
            outcome.project.push(live(&run.to));
            outcome.project.extend(after_rollback(sit, release, run));
        }
        _ => {}
    }
    if settled(&List::ALL) {
        outcome.release.push(Fact::RunEnded { run: run.id.clone(), outcome: RunOutcome::Succeeded, reason: None });
        outcome.project.push(Fact::EnvUnlocked {
            env: run.env.clone(),
            release: release.version.clone(),
            run: run.id.clone(),
        });
    } else if run.all && run.paused.is_none() && run.conductor.as_ref() == Some(sit.session) {
        outcome.effects.push(Effect::Advance(run.id.clone()));
    }
    outcome
}

/// Whether carrying a slot out changes what it is about; a person's own act counts as one that does.
fn changes(sit: &Situation<'_>, slot: &Slot) -> bool {
    match sit.plan.item(&slot.item).map(|item| &item.kind) {
        Some(ItemKind::Command(step)) => slot.act != Act::Do || step.class.changes(),
        Some(ItemKind::Manual) | None => true,
        Some(ItemKind::Automatic(_) | ItemKind::Probe(_) | ItemKind::Notice(_)) => false,
    }
}

fn nothing_done(run: &Run) -> String {
    format!(
        "nothing of {} was done: what {} runs is left as it was; relco live set {} VERSION says otherwise",
        run.id, run.env, run.env
    )
}

/// What a rollback leaves behind: the version is bad there, and what people use is locked until one of them says so.
fn after_rollback(sit: &Situation<'_>, release: &ReleaseState, run: &Run) -> Vec<Fact> {
    let why = rollback::reason(release, run).map(|why| format!(": {why}")).unwrap_or_default();
    let mut facts = vec![Fact::VersionMarkedBad {
        env: run.env.clone(),
        version: release.version.clone(),
        commit: run.commit.clone(),
        reason: format!("rolled back by {}{why}", run.id),
    }];
    if sit.plan.environment(&run.env).is_some_and(|env| env.danger == Danger::Typed) {
        facts.push(Fact::EnvHeld {
            env: run.env.clone(),
            release: release.version.clone(),
            run: run.id.clone(),
            reason: format!("{} was rolled back by {}{why}", release.version, run.id),
            by: "relco".to_owned(),
        });
    }
    facts
}

/// How an attempt of a slot failed.
pub(super) struct Failure<'a> {
    /// The attempt.
    pub id: &'a AttemptId,
    /// Counted from 1.
    pub number: u32,
    /// How it ended.
    pub outcome: &'a AttemptOutcome,
    /// Whether somebody asked it to stop.
    pub stopped: bool,
    /// Whether it left something running.
    pub leaves: bool,
    /// The last lines of its log.
    pub log_tail: &'a [String],
}

/// What follows when an attempt failed: a declared retry, an incident, and then what the plan says.
pub(super) fn after_failure(
    sit: &Situation<'_>,
    release: &ReleaseState,
    run: &Run,
    slot: &Slot,
    failure: &Failure<'_>,
) -> Outcome {
    let mut outcome = Outcome::default();
    let step = match sit.plan.item(&slot.item).map(|item| &item.kind) {
        Some(ItemKind::Command(step)) => Some(step.as_ref()),
        _ => None,
    };
    // What a person stopped, or what nobody knows the end of, is for a person; so is a run that nobody here walks.
    let by_plan = run.conductor.as_ref() == Some(sit.session)
        && !failure.stopped
        && matches!(failure.outcome, AttemptOutcome::Exited(_) | AttemptOutcome::Signalled(_));
    let step = step.filter(|_| by_plan);
    if let Some(wait) = step.and_then(|step| step.retry_wait(failure.number)).filter(|_| run.paused.is_none()) {
        let of = step.map_or(0, |step| step.retries) + 1;
        let next = failure.number + 1;
        outcome.warnings.push(format!(
            "{} {}: attempt {next} of {of} in {}",
            slot.id,
            failure.outcome.words(),
            super::super::duration::limit(wait)
        ));
        let (run, slot) = (run.id.clone(), slot.id.clone());
        outcome.effects.push(Effect::RetryLater { run, slot, number: failure.number, wait });
        return outcome;
    }
    // Before the first step nothing is changed: what fails there is a blocker, not an incident.
    let before = matches!(slot.list, List::PreRelease | List::PreDeployment | List::Communication);
    let answer = step.filter(|_| slot.act == Act::Do).map_or(OnFailure::Ask, |step| step.on_failure);
    if !before && answer != OnFailure::Continue {
        let what = match failure.outcome {
            AttemptOutcome::Unknown => format!("what became of {} in {} is not known", slot.id, run.env),
            known => format!("{} failed in {}: {}", slot.id, run.env, known.words()),
        };
        outcome.release.extend(open_for(sit, release, run, what, Some(failure.id), failure.log_tail.to_vec()));
    }
    if let Some(step) = step {
        outcome.extend(as_declared(sit, release, run, slot, step, answer, failure));
    }
    outcome
}

/// What the plan says to a failure. A pause holds: then everything waits for a person.
fn as_declared(
    sit: &Situation<'_>,
    release: &ReleaseState,
    run: &Run,
    slot: &Slot,
    step: &Step,
    answer: OnFailure,
    failure: &Failure<'_>,
) -> Outcome {
    if run.paused.is_some() {
        return Outcome::default();
    }
    let words = format!("{} failed ({}), and its plan says", slot.id, failure.outcome.words());
    match answer {
        OnFailure::Ask => Outcome::default(),
        OnFailure::Stop => end_run(sit, release, run, format!("{words} stop")),
        OnFailure::Continue => {
            let mut outcome = Outcome::release(Fact::ItemSet {
                run: Some(run.id.clone()),
                item: slot.id.clone(),
                state: ItemState::Waived,
                by: "relco".to_owned(),
                observed: Some(failure.outcome.words()),
                reason: Some("its plan says that the run goes on without it".to_owned()),
                commit: None,
                basis: None,
            });
            outcome.warnings.push(format!("{words} to go on"));
            outcome.extend(after_slot(sit, release, run, &slot.id, ItemState::Waived));
            outcome
        }
        OnFailure::Rollback if run.purpose == RunPurpose::Deployment => {
            let cancels = step.cancel.is_some() && failure.leaves;
            let keep = (!cancels).then_some(&slot.item);
            rollback::by_plan(sit, release, run, format!("{words} to roll back"), keep)
        }
        OnFailure::Rollback => Outcome::default(),
    }
}

/// Ends a run before its end. What was changed stays changed, so the environment stays held until it is taken back or
/// deployed again.
pub(super) fn end_run(sit: &Situation<'_>, release: &ReleaseState, run: &Run, reason: String) -> Outcome {
    let mut outcome =
        Outcome::release(Fact::RunEnded { run: run.id.clone(), outcome: RunOutcome::Aborted, reason: Some(reason) });
    if run.purpose == RunPurpose::Rollback || release.started_changing(run, sit.plan) {
        outcome.warnings.push(format!(
            "{} was changed and stays held: relco rollback start --env {}, or deploy again",
            run.env, run.env
        ));
    } else {
        outcome.project.push(Fact::EnvUnlocked {
            env: run.env.clone(),
            release: release.version.clone(),
            run: run.id.clone(),
        });
    }
    outcome
}
