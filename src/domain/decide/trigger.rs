//! What follows from a measured trigger: its baseline on record, its verdict, the proposal, the run that waits for it.

use super::super::command::Command;
use super::super::effect::{Effect, Outcome};
use super::super::event::Fact;
use super::super::id::{ItemId, RunId, TriggerId};
use super::super::item::ItemState;
use super::super::plan::{ItemKind, Plan, Step, Trigger};
use super::super::refusal::Refusal;
use super::super::release::ReleaseState;
use super::super::run::{Act, Run, RunPurpose, Slot};
use super::super::situation::Situation;
use super::super::trigger::live::began_by_hand;
use super::super::trigger::{Cause, Verdict};
use super::after::after_slot;
use super::any_release;
use super::incident::{open_for, open_if_none};
use super::step::set;

pub(super) fn decide(sit: &Situation<'_>, command: &Command) -> Result<Outcome, Refusal> {
    match command {
        Command::RecordBaseline { run, trigger, baseline } => Ok(Outcome::release(Fact::TriggerBaseline {
            run: run.clone(),
            trigger: trigger.clone(),
            usual: baseline.usual,
            slow_share: baseline.slow_share,
            peak: baseline.peak,
            waves: baseline.waves,
            good: baseline.good,
            asked: baseline.asked,
            red: baseline.red,
        })),
        Command::RecordVerdict { run, trigger, slot, verdict, words } => {
            let said = Said { verdict: *verdict, words, slot: slot.as_ref() };
            record_verdict(sit, run, trigger, &said)
        }
        _ => Ok(Outcome::default()),
    }
}

/// What the judgement came to, and the slot that waits for it.
struct Said<'a> {
    verdict: Verdict,
    words: &'a str,
    slot: Option<&'a ItemId>,
}

/// Triggers of the plan whose baseline a deployment still needs. Only asked before a step that changes something:
/// afterwards it would be that of the new version.
pub(super) fn missing_baselines(
    plan: &Plan,
    release: &ReleaseState,
    run: &Run,
    slot: &Slot,
    step: &Step,
) -> Vec<TriggerId> {
    // What somebody else began is compared with what was before the run, which is known already.
    if began_by_hand(plan, release, run).is_some() {
        return Vec::new();
    }
    if run.purpose != RunPurpose::Deployment || slot.act != Act::Do || !step.class.changes() {
        return Vec::new();
    }
    let begun = run.sequence.iter().take_while(|one| one.id != slot.id).any(|one| {
        let changes = matches!(plan.item(&one.item).map(|item| &item.kind), Some(ItemKind::Command(step)) if step.class.changes());
        changes && one.list == slot.list && run.records.get(&one.id).is_some_and(|record| record.state != ItemState::Skipped)
    });
    if begun {
        return Vec::new();
    }
    let measured = plan.triggers.iter().filter(|trigger| trigger.probe.is_some());
    measured.filter(|trigger| !run.baselines.contains_key(&trigger.id)).map(|trigger| trigger.id.clone()).collect()
}

fn record_verdict(sit: &Situation<'_>, id: &RunId, trigger: &TriggerId, said: &Said<'_>) -> Result<Outcome, Refusal> {
    let release = any_release(sit)?;
    let Some(run) = release.run(id) else { return Err(Refusal::new(format!("there is no run {id}"))) };
    let Some(planned) = sit.plan.trigger(trigger) else {
        return Err(Refusal::new(format!("there is no trigger {trigger} in the plan")));
    };
    let before = run.verdicts.get(trigger);
    let mut outcome = Outcome::default();
    if before.is_none_or(|before| before.verdict != said.verdict) {
        outcome.release.push(Fact::TriggerJudged {
            run: id.clone(),
            trigger: trigger.clone(),
            verdict: said.verdict,
            dry_run: planned.dry_run,
            words: said.words.to_owned(),
        });
    }
    if let Verdict::RollBack(cause) = said.verdict
        && !planned.dry_run
    {
        propose(sit, release, run, planned, cause, said, &mut outcome);
    }
    if let Some(slot) = said.slot.and_then(|slot| run.slot(slot)).filter(|_| run.is_open()) {
        settle(sit, release, run, &slot.id, planned.dry_run, said, &mut outcome);
    }
    Ok(outcome)
}

/// Whether somebody was told of this already: the proposal stands, or a person went on knowing of as much.
fn is_known(release: &ReleaseState, run: &Run, trigger: &TriggerId, cause: Cause) -> bool {
    let fired = release.fired.iter().rev().find(|one| one.run.as_ref() == Some(&run.id) && one.trigger == *trigger);
    let worst = run.verdicts.get(trigger).and_then(|judged| match judged.verdict {
        Verdict::RollBack(known) => Some(known),
        Verdict::Healthy | Verdict::CannotJudge => None,
    });
    fired.is_some_and(|fired| fired.answered.is_none() || worst.is_none_or(|worst| cause <= worst))
}

fn propose(
    sit: &Situation<'_>,
    release: &ReleaseState,
    run: &Run,
    trigger: &Trigger,
    cause: Cause,
    said: &Said<'_>,
    outcome: &mut Outcome,
) {
    if said.slot.is_none() && is_known(release, run, &trigger.id, cause) {
        return;
    }
    let what = match (cause, &trigger.probe) {
        (Cause::Failing, Some(probe)) => format!("{probe} fails"),
        (Cause::Failing, None) | (Cause::Slow, _) => trigger.title.clone(),
    };
    outcome.release.push(Fact::TriggerFired {
        trigger: trigger.id.clone(),
        run: Some(run.id.clone()),
        by: "relco".to_owned(),
        words: said.words.to_owned(),
    });
    if run.is_open() && run.paused.is_none() {
        outcome.release.push(Fact::RunPaused {
            run: run.id.clone(),
            reason: format!("rollback proposed: {what}"),
            by: "relco".to_owned(),
        });
    }
    let known = format!("{what}: {}", said.words);
    let opened = if run.is_open() {
        open_for(sit, release, run, known, None, Vec::new())
    } else {
        open_if_none(sit, release, run, known, None, Vec::new())
    };
    outcome.release.extend(opened);
    // By itself only where the one who walks the run is there to see it.
    if trigger.auto && run.conductor.as_ref() == Some(sit.session) {
        outcome.effects.push(Effect::RollBackAlone(run.id.clone()));
    }
}

fn settle(
    sit: &Situation<'_>,
    release: &ReleaseState,
    run: &Run,
    slot: &ItemId,
    dry_run: bool,
    said: &Said<'_>,
    outcome: &mut Outcome,
) {
    let (state, observed) = match said.verdict {
        Verdict::Healthy => (ItemState::Done, said.words.to_owned()),
        // Neither done nor failed: going on is a person's word.
        Verdict::CannotJudge => (ItemState::Unknown, format!("cannot judge: {}", said.words)),
        Verdict::RollBack(_) if dry_run => {
            (ItemState::Done, format!("would propose rollback (dry run): {}", said.words))
        }
        Verdict::RollBack(_) => (ItemState::Failed, said.words.to_owned()),
    };
    outcome.release.push(set(run, slot, state, Some(observed)));
    outcome.extend(after_slot(sit, release, run, slot, state));
}
