//! What a measured trigger leads to: one fact for each change of its verdict, one proposal for each cause, and nothing by
//! itself but by choice.

use super::*;
use crate::domain::trigger::baseline::Baseline;
use crate::domain::trigger::{Cause, Verdict};

fn said(verdict: Verdict) -> Command {
    Command::RecordVerdict {
        run: "R1".into(),
        trigger: "broken".into(),
        slot: None,
        verdict,
        words: format!("{verdict:?}"),
    }
}

fn fired(outcome: &Outcome) -> usize {
    outcome.release.iter().filter(|fact| matches!(fact, Fact::TriggerFired { .. })).count()
}

/// Everything is out, and a person is to look.
fn deployed() -> World {
    let mut world = World::deploying();
    world.up_to("look");
    world
}

#[test]
fn only_a_change_of_the_verdict_is_a_fact() {
    let mut world = deployed();
    assert_eq!(world.must(said(Verdict::Healthy)).release.len(), 1);
    assert_eq!(world.must(said(Verdict::Healthy)).release, []);
    assert_eq!(world.must(said(Verdict::CannotJudge)).release.len(), 1);
    assert_eq!(world.must(said(Verdict::Healthy)).release.len(), 1);
    assert!(world.release().open_incident().is_none() && world.release().runs[0].paused.is_none());
}

#[test]
fn a_proposal_pauses_opens_and_asks_but_takes_nothing_back() {
    let mut world = deployed();
    let outcome = world.must(said(Verdict::RollBack(Cause::Slow)));
    assert_eq!((fired(&outcome), outcome.effects.as_slice()), (1, [].as_slice()));
    let run = &world.release().runs[0];
    assert!(run.paused.as_ref().unwrap().reason.starts_with("rollback proposed: Critical functionality broken"));
    assert!(world.release().open_incident().is_some() && run.is_open());
    // It stands: saying it again asks nobody again.
    assert_eq!(fired(&world.must(said(Verdict::RollBack(Cause::Slow)))), 0);
    assert!(world.next().unwrap_err().next.unwrap().starts_with("relco rollback start --env production"));
}

#[test]
fn who_went_on_knowing_is_asked_again_only_when_it_is_worse() {
    let mut world = deployed();
    world.must(said(Verdict::RollBack(Cause::Slow)));
    world.must(Command::Resume { run: "R1".into(), all: false });
    assert_eq!(fired(&world.must(said(Verdict::RollBack(Cause::Slow)))), 0);
    assert_eq!(fired(&world.must(said(Verdict::RollBack(Cause::Failing)))), 1);
    world.must(Command::Resume { run: "R1".into(), all: false });
    assert_eq!(fired(&world.must(said(Verdict::RollBack(Cause::Failing)))), 0);
}

#[test]
fn a_dry_run_judges_and_proposes_nothing() {
    let mut world = deployed();
    world.plan.triggers[0].dry_run = true;
    let outcome = world.must(said(Verdict::RollBack(Cause::Failing)));
    assert!(matches!(outcome.release.as_slice(), [Fact::TriggerJudged { dry_run: true, .. }]), "{:?}", outcome.release);
    assert!(world.release().runs[0].paused.is_none());
}

#[test]
fn it_rolls_back_by_itself_only_by_choice_and_where_its_run_is_walked() {
    let mut world = deployed();
    world.plan.triggers[0].auto = true;
    let other = SessionId::from("s-2");
    let mine = std::mem::replace(&mut world.session, other);
    assert_eq!(world.must(said(Verdict::RollBack(Cause::Slow))).effects, []);
    world.session = mine;
    world.must(Command::Resume { run: "R1".into(), all: false });
    let outcome = world.must(said(Verdict::RollBack(Cause::Failing)));
    assert_eq!(outcome.effects, [Effect::RollBackAlone("R1".into())]);
}

#[test]
fn a_slot_that_waits_is_done_failed_or_a_persons() {
    for (verdict, dry_run, state) in [
        (Verdict::Healthy, false, ItemState::Done),
        (Verdict::CannotJudge, false, ItemState::Unknown),
        (Verdict::RollBack(Cause::Slow), false, ItemState::Failed),
        (Verdict::RollBack(Cause::Slow), true, ItemState::Done),
    ] {
        let mut world = deployed();
        world.plan.triggers[0].dry_run = dry_run;
        let Command::RecordVerdict { run, trigger, verdict, words, .. } = said(verdict) else { unreachable!() };
        world.must(Command::RecordVerdict { run, trigger, slot: Some("look".into()), verdict, words });
        assert_eq!(world.state("look"), state, "{verdict:?} dry run {dry_run}");
    }
}

#[test]
fn what_was_usual_is_measured_before_the_first_change_and_never_after_it() {
    const MEASURED: &str = "\n[[probe]]\nid = \"answers\"\ncommand = \"true\"\nshell = true\n\
                            [[trigger]]\nid = \"slow\"\ntitle = \"Slow\"\nprobe = \"answers\"\n";
    let measured = || {
        let text = format!("{PLAN}{MEASURED}");
        let source = Source { name: "relco.toml", bytes: text.as_bytes() };
        let mut world = World::deploying();
        let plan = load(Some(source), &Found { directory: "small".into(), ..Found::default() }).unwrap().plan;
        (world.plan.probes, world.plan.triggers) = (plan.probes, plan.triggers);
        world
    };
    let asks = Effect::MeasureBaseline { run: "R1".into(), triggers: vec!["slow".into()] };
    let mut world = measured();
    world.up_to("migrate");
    assert_eq!(world.next().unwrap().effects, std::slice::from_ref(&asks));
    let baseline = Baseline { usual: Some(40.0), good: 300, asked: 300, ..Baseline::default() };
    world.must(Command::RecordBaseline { run: "R1".into(), trigger: "slow".into(), baseline });
    assert_eq!(world.next().unwrap().effects, [Effect::Launch("R1-migrate-1".into())]);
    // Skipped is not begun; what somebody did by hand is, and what comes after it is not what was usual.
    let mut world = measured();
    world.up_to("migrate");
    world.must(Command::SetItem {
        run: Some("R1".into()),
        item: "migrate".into(),
        state: ItemState::Skipped,
        observed: None,
        reason: Some("none".into()),
    });
    assert_eq!(world.next().unwrap().effects, [asks]);
    let mut world = measured();
    world.plan.items.iter_mut().filter(|item| item.id.as_str() == "migrate").for_each(|item| {
        item.kind = crate::domain::plan::ItemKind::Manual;
    });
    world.up_to("migrate");
    world.must(item(Some("R1".into()), "migrate", ItemState::Done));
    assert_eq!(world.next().unwrap().effects, [Effect::Launch("R1-install-1".into())]);
}
