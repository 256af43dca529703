//! Carrying out a slot of a run: what that means by its kind, and what is asked before a step or an undo starts.

use super::super::effect::{Effect, Outcome};
use super::super::event::Fact;
use super::super::id::{AttemptId, ItemId};
use super::super::item::ItemState;
use super::super::notice::{Notice, NoticeState};
use super::super::plan::{Check, Item, ItemKind, Purpose, Step};
use super::super::refusal::Refusal;
use super::super::release::ReleaseState;
use super::super::run::{Act, Attempt, Run, RunPurpose, Slot};
use super::super::sequence;
use super::super::situation::Situation;
use super::super::status;
use super::after::after_slot;
use super::paper;
use super::trigger::missing_baselines;

/// What a person said, or a question answered, before a slot is carried out.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Before {
    /// A person says that undoing is safe, or the step's own question did.
    pub safe: bool,
    /// The step's own question whether it is applied was asked.
    pub asked: bool,
}

/// What carrying out a slot means, by its kind.
pub(super) fn carry_out(
    sit: &Situation<'_>,
    release: &ReleaseState,
    run: &Run,
    slot: &Slot,
    before: Before,
) -> Result<Outcome, Refusal> {
    let Some(item) = sit.plan.item(&slot.item) else {
        return Err(Refusal::new(format!("{} is not in the plan any more", slot.item)).next("skip it with a reason"));
    };
    match &item.kind {
        ItemKind::Manual => {
            let expected = item.expect.as_ref().map(|expect| format!("; expected: {expect}")).unwrap_or_default();
            let seen = if item.expect.is_some() { " --note WHAT-YOU-SAW" } else { "" };
            Err(Refusal::new(format!("needs a person: {}{expected}", item.title))
                .role(item.role.clone())
                .next(format!("relco item done {}/{}{seen}", run.id, slot.id)))
        }
        ItemKind::Automatic(Check::Trigger(trigger)) => Ok(doing(
            run,
            slot,
            Effect::JudgeTrigger {
                run: run.id.clone(),
                slot: slot.id.clone(),
                trigger: trigger.clone(),
                again: matches!(run.state(&slot.id), ItemState::Failed | ItemState::Unknown),
            },
        )),
        ItemKind::Automatic(check) => automatic(sit, release, run, slot, item, check),
        ItemKind::Probe(probe) => {
            Ok(doing(run, slot, Effect::AskProbe { run: run.id.clone(), slot: slot.id.clone(), probe: probe.clone() }))
        }
        ItemKind::Notice(purpose) => notice_slot(sit, release, run, slot, *purpose),
        ItemKind::Command(step) => start_step(sit, release, run, slot, step, before),
    }
}

pub(super) fn set(run: &Run, slot: &ItemId, state: ItemState, observed: Option<String>) -> Fact {
    Fact::ItemSet {
        run: Some(run.id.clone()),
        item: slot.clone(),
        state,
        by: "relco".to_owned(),
        observed,
        reason: None,
        commit: None,
        basis: None,
    }
}

fn doing(run: &Run, slot: &Slot, effect: Effect) -> Outcome {
    Outcome { release: vec![set(run, &slot.id, ItemState::Doing, None)], effects: vec![effect], ..Outcome::default() }
}

fn automatic(
    sit: &Situation<'_>,
    release: &ReleaseState,
    run: &Run,
    slot: &Slot,
    item: &Item,
    check: &Check,
) -> Result<Outcome, Refusal> {
    if *check == Check::ReleaseLog {
        return Err(Refusal::new("completing the release writes its line in the release log")
            .role(item.role.clone())
            .next("relco release complete"));
    }
    let row = status::judge_check(sit, release, item, check);
    if !row.state.settled() {
        let why = if row.evidence.is_empty() { row.state.name().to_owned() } else { row.evidence };
        return Err(Refusal::new(format!("{}: {why}", item.title)).role(item.role.clone()).next("relco status"));
    }
    let mut outcome = Outcome::release(set(run, &slot.id, ItemState::Done, Some(row.evidence)));
    outcome.extend(after_slot(sit, release, run, &slot.id, ItemState::Done));
    Ok(outcome)
}

fn notice_slot(
    sit: &Situation<'_>,
    release: &ReleaseState,
    run: &Run,
    slot: &Slot,
    purpose: Purpose,
) -> Result<Outcome, Refusal> {
    let about = |notice: &&Notice| notice.purpose == purpose && notice.run.as_ref() == Some(&run.id);
    let told = |who: &str| release.notices.iter().filter(about).any(|one| one.stakeholder == who && one.state.told());
    let unknown: Vec<&str> = release
        .notices
        .iter()
        .filter(about)
        .filter(|notice| notice.state == NoticeState::Unknown && !told(&notice.stakeholder))
        .map(|notice| notice.stakeholder.as_str())
        .collect();
    if !unknown.is_empty() {
        return Err(Refusal::new(format!("whether {} was told is not known", unknown.join(", ")))
            .next(format!("relco notify send {} --again, or relco notify told ID", purpose.name())));
    }
    let mut outcome = Outcome::release(set(run, &slot.id, ItemState::Doing, None));
    let sent = paper::send(sit, release, purpose, None, false, Some(run));
    let waits = !sent.effects.is_empty();
    let by_hand = sent.release.iter().filter(|fact| matches!(fact, Fact::NoticeSettled { .. })).count();
    outcome.extend(sent);
    if !waits {
        let words = match by_hand {
            0 => "everybody was told before, or nobody is to be told".to_owned(),
            count => format!("{count} to do by hand"),
        };
        outcome.release.push(set(run, &slot.id, ItemState::Done, Some(words)));
        outcome.extend(after_slot(sit, release, run, &slot.id, ItemState::Done));
    }
    Ok(outcome)
}

fn start_step(
    sit: &Situation<'_>,
    release: &ReleaseState,
    run: &Run,
    slot: &Slot,
    step: &Step,
    before: Before,
) -> Result<Outcome, Refusal> {
    // A rollback is never held up by trust: its text was trusted when the deployment started.
    if !sit.observed.trusted && run.purpose != RunPurpose::Rollback {
        return Err(Refusal::new("the project's commands are not trusted any more").next("relco trust"));
    }
    let Some(argv) = sequence::command_of(step, slot.act).map(|command| command.exec_argv()) else {
        return Err(
            Refusal::new(format!("{} has no {}", slot.item, slot.act)).next("relco rollback skip --reason TEXT")
        );
    };
    // Whether it is applied is good to know before it is taken back. It never decides: a half-done step left half its
    // effects, whatever the answer is.
    if slot.act == Act::Undo
        && !before.asked
        && !before.safe
        && step.check.is_some()
        && let Some(attempt) = undone_attempt(release, run, slot)
        && attempt.checked.as_ref().is_none_or(|checked| checked.at < run.started)
    {
        let (attempt, run_id) = (attempt.id.clone(), run.id.clone());
        return Ok(doing(run, slot, Effect::AskApplied { attempt, run: run_id, slot: slot.id.clone() }));
    }
    if slot.act == Act::Undo && !before.safe {
        if step.safe_if.is_some() {
            return Ok(doing(run, slot, Effect::AskSafe { run: run.id.clone(), slot: slot.id.clone() }));
        }
        if step.asks_safe {
            return Err(Refusal::new(format!("a person must say that undoing {} is safe", slot.item))
                .next(format!("relco rollback next --env {} --safe, or relco rollback skip", run.env)));
        }
    }
    let triggers = missing_baselines(sit.plan, release, run, slot, step);
    if !triggers.is_empty() {
        let effects = vec![Effect::MeasureBaseline { run: run.id.clone(), triggers }];
        return Ok(Outcome { effects, ..Outcome::default() });
    }
    let number = u32::try_from(release.attempts_of(&run.id, &slot.id).len()).unwrap_or(u32::MAX).saturating_add(1);
    let attempt = AttemptId::new(format!("{}-{}-{number}", run.id, slot.id));
    let intended = Fact::AttemptIntended {
        attempt: attempt.clone(),
        run: run.id.clone(),
        item: slot.id.clone(),
        act: slot.act,
        number,
        argv,
        session: sit.session.clone(),
    };
    Ok(Outcome { release: vec![intended], effects: vec![Effect::Launch(attempt)], ..Outcome::default() })
}

/// The attempt whose effects an undo takes back: the last one of its step that really started.
fn undone_attempt<'a>(release: &'a ReleaseState, run: &Run, slot: &Slot) -> Option<&'a Attempt> {
    let of = run.of.as_ref().unwrap_or(&run.id);
    release.attempts_of(of, &slot.item).into_iter().rev().find(|attempt| {
        attempt.act == Act::Do && attempt.outcome != Some(super::super::run::AttemptOutcome::NotStarted)
    })
}
