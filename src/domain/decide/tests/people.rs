//! What people say: gates, sign-offs, items, waivers.

use super::*;
use crate::domain::item::GateVerdict;
use crate::domain::readiness::blockers;

fn with_reason(id: &str, verdict: GateVerdict, reason: &str) -> Command {
    Command::DecideGate { gate: id.into(), verdict, reason: Some(reason.into()), evidence: None }
}

#[test]
fn a_gate_passes_by_a_word_and_is_failed_or_waived_for_a_reason() {
    let mut world = World::begun();
    assert_eq!(world.refused(gate("security", GateVerdict::Passed)), "there is no gate security > gates: qa");
    for verdict in [GateVerdict::Failed, GateVerdict::Waived] {
        assert!(world.refused(gate("qa", verdict)).contains("wants a reason"));
    }
    world.must(with_reason("qa", GateVerdict::Failed, "three tests are red"));
    let open: Vec<String> = blockers(&world.sit()).into_iter().map(|one| one.what).collect();
    assert!(open.contains(&"QA failed".to_owned()), "{open:?}");
    world.must(with_reason("qa", GateVerdict::Waived, "red before, too"));
    assert!(!blockers(&world.sit()).iter().any(|one| one.id == "gate:qa"));
    assert_eq!(world.project.debts[0].text, "1.3.0: QA waived: red before, too", "a waiver is to be paid");
}

#[test]
fn a_word_of_somebody_outside_of_the_role_is_recorded_and_flagged() {
    let mut world = World::begun();
    let said = world.must(gate("qa", GateVerdict::Passed));
    assert_eq!(said.warnings, ["ana@example.com is not in the list of qa: recorded as said"]);
    world.by = "li@example.com";
    assert_eq!(world.must(gate("qa", GateVerdict::Passed)).warnings, [""; 0]);
}

#[test]
fn what_is_said_before_there_is_a_candidate_warns() {
    let mut world = World::new();
    world.must(start("1.3.0"));
    world.by = "li@example.com";
    let said = world.must(gate("qa", GateVerdict::Passed));
    assert_eq!(said.warnings, ["there is no candidate yet: setting one voids this"]);
}

#[test]
fn an_item_is_done_by_a_word_and_left_out_for_a_reason() {
    let mut world = World::begun();
    assert!(world.refused(item(None, "alerts", ItemState::Skipped)).contains("wants a reason"));
    assert_eq!(world.refused(item(None, "alert", ItemState::Done)), "there is no item alert > like alerts");
    world.must(item(None, "alerts", ItemState::Done));
    assert!(!blockers(&world.sit()).iter().any(|one| one.id == "alerts"));
    world.must(item(None, "alerts", ItemState::Open));
    assert!(blockers(&world.sit()).iter().any(|one| one.id == "alerts"), "taken back");
}

#[test]
fn a_step_is_carried_out_and_never_ticked() {
    let mut world = World::deploying();
    let run = Some(world.run());
    let refusal = world.refused(item(run.clone(), "migrate", ItemState::Done));
    assert!(refusal.starts_with("migrate is carried out by relco, not ticked by hand"), "{refusal}");
    assert!(world.refused(item(run.clone(), "nothing", ItemState::Done)).starts_with("R1 has no item nothing"));
    world.up_to("migrate");
    world.next().unwrap();
    let skip = Command::SetItem {
        run,
        item: "migrate".into(),
        state: ItemState::Skipped,
        observed: None,
        reason: Some("by hand".into()),
    };
    assert_eq!(world.refused(skip), "migrate is running > wait for it, or relco deploy abort");
}

#[test]
fn every_blocker_can_be_waived_by_name_and_only_those() {
    let mut world = World::begun();
    assert_eq!(world.refused(waive("weather", "rain")), "nothing is blocked by weather > relco status");
    assert!(world.refused(waive("alerts", " ")).contains("wants a reason"));
    for blocker in blockers(&world.sit()) {
        world.must(waive(&blocker.id, "not what is tried here"));
    }
    assert_eq!(blockers(&world.sit()), []);
    world.observed.trusted = false;
    assert!(world.refused(waive("trust", "never mind")).contains("cannot be waived"));
}

#[test]
fn production_refuses_with_every_blocker_its_role_and_the_next_act() {
    let mut world = World::begun();
    let refused = world.act(deploy("production", Some("1.3.0@production"))).unwrap_err();
    assert_eq!(refused.what, "production cannot start: 2 blockers");
    assert_eq!(refused.details, ["Alerts are set  (devops: relco item done alerts)", "QA  (qa: relco gate pass qa)"]);
    assert_eq!(refused.role.unwrap().as_str(), "devops");
}

#[test]
fn every_stakeholder_has_a_notice_of_their_own_whatever_they_are_called() {
    let mut world = World::deploying();
    let by_hand = |name: &str| crate::domain::plan::Stakeholder {
        name: name.into(),
        channel: crate::domain::plan::Channel::ByHand,
        purposes: Vec::new(),
    };
    world.plan.stakeholders = ["客服", "运营", "Ops", "ops!"].map(by_hand).into();
    for _ in 0..2 {
        world.must(Command::SendNotices {
            purpose: crate::domain::plan::Purpose::Completion,
            stakeholder: None,
            again: true,
        });
    }
    let ids: BTreeSet<&str> = world.release().notices.iter().map(|notice| notice.id.as_str()).collect();
    assert_eq!((world.release().notices.len(), ids.len()), (8, 8), "{ids:?}");
}

#[test]
fn who_speaks_for_a_role_that_is_not_theirs_is_flagged_wherever_it_stands() {
    let mut world = World::begun();
    world.must(gate("qa", crate::domain::item::GateVerdict::Passed));
    let flag = "ana@example.com is not in the list of qa";
    assert_eq!(crate::domain::status::gates(&world.sit())[0].evidence, flag);
    world.by = "li@example.com";
    world.must(gate("qa", crate::domain::item::GateVerdict::Passed));
    assert_eq!(crate::domain::status::gates(&world.sit())[0].evidence, "");
    let misspelt = Command::SignOff { role: "qq".into(), yes: true, note: None };
    assert!(world.refused(misspelt).starts_with("there is no role qq > roles: "));
}

#[test]
fn whose_notice_may_have_gone_out_is_asked_about_until_somebody_knows() {
    use crate::domain::notice::NoticeState;
    use crate::domain::plan::{Channel, CommandSpec, ItemKind, Purpose, Stakeholder};
    let mut world = World::deploying();
    let command = CommandSpec { argv: vec!["./tell".into()], shell: false };
    world.plan.stakeholders =
        vec![Stakeholder { name: "office".into(), channel: Channel::Command(command), purposes: Vec::new() }];
    world.up_to("told");
    let told = world.plan.items.iter_mut().find(|item| item.id.as_str() == "told").unwrap();
    told.kind = ItemKind::Notice(Purpose::Completion);
    assert_eq!(world.next().unwrap().effects, [Effect::SendNotice("completion-office-1".into())]);
    // Whoever sent it died: it is not known to be told, and it is not sent twice by itself.
    let refusal = world.next().unwrap_err();
    assert_eq!(refusal.what, "whether office was told is not known");
    world.must(Command::SendNotices { purpose: Purpose::Completion, stakeholder: None, again: true });
    let sent = Command::SettleNotice { notice: "completion-office-2".into(), state: NoticeState::Sent, detail: None };
    world.must(sent);
    assert_eq!(world.state("told"), ItemState::Doing);
    world.next().unwrap();
    assert_eq!(world.state("told"), ItemState::Done);
}
