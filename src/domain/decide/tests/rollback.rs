//! Going back: from where, in which order, and what it leaves behind.

use super::*;
use crate::domain::plan::List;
use crate::domain::run::{Act, RunOutcome, RunPurpose};

/// The slots of the last run that undo a step.
fn undone(world: &World) -> Vec<&str> {
    let run = world.release().runs.last().unwrap();
    run.sequence.iter().filter(|slot| slot.act == Act::Undo).map(|slot| slot.item.as_str()).collect()
}

const BACK: Option<&str> = Some("1.2.4@production");

#[test]
fn where_there_is_nothing_to_roll_back_the_keys_say_why() {
    let mut world = World::new();
    assert!(world.refused(roll_back(BACK)).starts_with("no release is open"));
    let mut world = World::ready();
    assert_eq!(world.refused(roll_back(BACK)), "nothing was deployed to production in release 1.3.0");
    let mut world = World::deploying();
    assert_eq!(world.refused(roll_back(BACK)), "R1 changed nothing in production yet");
}

#[test]
fn it_wants_the_word_of_what_will_be_live() {
    let mut world = World::deploying();
    world.up_to("install");
    assert!(world.refused(roll_back(None)).starts_with("rolling back production wants the word 1.2.4@production"));
    assert!(world.refused(roll_back(Some("1.3.0@production"))).contains("nothing was started"));
    world.must(roll_back(BACK));
}

#[test]
fn what_was_started_is_undone_newest_first_whatever_became_of_it() {
    for (failed, outcome, wanted) in [
        ("migrate", BAD, &["migrate"][..]),
        ("install", BAD, &["install", "migrate"]),
        ("install", AttemptOutcome::Unknown, &["install", "migrate"]),
        ("install", AttemptOutcome::NotStarted, &["migrate"]),
        // Undone only if it was done.
        ("link", BAD, &["install", "migrate"]),
        ("link", GOOD, &["link", "install", "migrate"]),
        // No undo, and none is made up.
        ("caches", GOOD, &["link", "install", "migrate"]),
    ] {
        let mut world = World::deploying();
        world.up_to(failed);
        world.step(outcome.clone());
        world.must(roll_back(BACK));
        assert_eq!(undone(&world), wanted, "{failed} {outcome:?}");
    }
}

#[test]
fn no_rule_stands_in_its_way() {
    let mut world = World::deploying();
    world.up_to("link");
    world.must(Command::Pause { run: world.run(), reason: "freeze".into() });
    world.observed.trusted = false;
    world.observed.dirty = vec!["everything".into()];
    world.observed.head = Some(Head { commit: FIXED.into(), branch: None });
    world.must(Command::DecideGate {
        gate: "qa".into(),
        verdict: crate::domain::item::GateVerdict::Failed,
        reason: Some("red".into()),
        evidence: None,
    });
    world.must(roll_back(BACK));
    world.step(GOOD);
}

#[test]
fn it_stays_within_reach_after_the_release_is_complete() {
    let mut world = World::deploying();
    world.up_to("told");
    world.must(item(Some(world.run()), "told", ItemState::Done));
    world.must(Command::CompleteRelease);
    world.must(roll_back(BACK));
    assert_eq!(world.release().runs[1].purpose, RunPurpose::Rollback);
}

#[test]
fn what_still_runs_is_stopped_first_or_said_to_be_left() {
    let mut world = World::deploying();
    world.up_to("install");
    world.next().unwrap();
    let refused = world.act(roll_back(BACK)).unwrap_err();
    assert_eq!((refused.what.as_str(), refused.details.len()), ("the old run is not dead yet", 1));
    let despite = Command::StartRollback {
        env: "production".into(),
        all: false,
        confirm: BACK.map(str::to_owned),
        despite_running: true,
        dir: None,
    };
    world.must(despite);
    assert_eq!(undone(&world), ["install", "migrate"]);
    // Its end comes later, and changes nothing that was decided meanwhile.
    world.ends("R1-install-1".into(), GOOD);
    assert_eq!(world.release().runs[0].ended.unwrap().1, RunOutcome::RolledBack);
}

#[test]
fn it_opens_the_incident_takes_the_decision_and_marks_the_version() {
    let mut world = World::deploying();
    world.up_to("link");
    world.must(roll_back(BACK));
    let incident = world.release().open_incident().unwrap();
    assert_eq!((incident.id.as_str(), incident.judged), ("INC-1", false));
    assert_eq!(world.held_by("production"), Some("R2"));
    world.up_to("why");
    assert_eq!(world.project.live_version(&"production".into()), Some("1.2.4"));
    let bad = world.project.bad.last().unwrap();
    assert_eq!((bad.version.as_str(), bad.commit.as_str()), ("1.3.0", COMMIT));
    assert!(world.release().runs[1].is_open(), "the list for afterwards is open");
    assert!(world.refused(roll_back(BACK)).starts_with("rollback R2 is under way"));
    world.must(item(Some(world.run()), "why", ItemState::Done));
    assert!(world.refused(roll_back(BACK)).starts_with("production was rolled back by R2"));

    let refused = world.act(deploy("production", Some("1.3.0@production"))).unwrap_err();
    assert!(refused.to_string().contains("1.3.0 was rolled back in production"), "{refused}");
    assert!(refused.to_string().contains("production is locked: 1.3.0 was rolled back by R2"), "{refused}");
    world.must(waive("bad:production", "the network was to blame"));
    let unlock = Command::FreeEnv { env: "production".into(), reason: "it is back".into() };
    world.must(unlock.clone());
    assert_eq!(world.refused(unlock), "production is not locked");
    world.must(deploy("production", Some("1.3.0@production")));
}

#[test]
fn a_migration_goes_back_only_if_it_is_said_to_be_safe() {
    let mut world = World::deploying();
    world.up_to("install");
    world.must(roll_back(BACK));
    let asked = world.next().unwrap();
    assert_eq!(asked.effects, [Effect::AskSafe { run: "R2".into(), slot: "undo-migrate".into() }]);
    let not_safe = Command::FinishSlot {
        run: "R2".into(),
        slot: "undo-migrate".into(),
        ok: false,
        observed: "new rows are there".into(),
    };
    world.must(not_safe);
    let refused = world.next().unwrap_err();
    let next = "relco rollback next --env production --safe, relco rollback retry --env production, \
                or relco rollback skip";
    assert_eq!(refused.next.as_deref(), Some(next));
    let despite = world.must(Command::Next { run: "R2".into(), all: false, safe: true });
    assert_eq!(despite.effects, [Effect::Launch("R2-undo-migrate-1".into())]);
}

#[test]
fn a_question_that_is_answered_late_starts_nothing() {
    let mut world = World::deploying();
    world.up_to("link");
    world.plan.items.iter_mut().filter(|item| item.id.as_str() == "install").for_each(|item| {
        let crate::domain::plan::ItemKind::Command(step) = &mut item.kind else { panic!("no step") };
        step.check = step.safe_if.clone().or_else(|| step.undo.clone());
    });
    world.must(roll_back(BACK));
    // Two terminals ask at the same time whether it is applied, and whether it is safe: each is answered twice.
    let said = |said| Command::RecordAttemptCheck {
        attempt: "R1-install-1".into(),
        said,
        words: "asked".into(),
        for_slot: Some(("R2".into(), "undo-install".into())),
    };
    world.next().unwrap();
    world.next().unwrap();
    let first = world.must(said(crate::domain::run::CheckSaid::Applied));
    assert_eq!(first.effects, [Effect::Launch("R2-undo-install-1".into())]);
    world.ends("R2-undo-install-1".into(), AttemptOutcome::Unknown);
    assert_eq!(world.must(said(crate::domain::run::CheckSaid::Applied)).effects, []);
    let done = Command::ResolveAttempt { attempt: "R2-undo-install-1".into(), done: true, reason: "seen".into() };
    world.must(done);
    let safe = Command::UndoIsSafe { run: "R2".into(), slot: "undo-migrate".into() };
    world.next().unwrap();
    world.next().unwrap();
    assert_eq!(world.must(safe.clone()).effects, [Effect::Launch("R2-undo-migrate-1".into())]);
    assert_eq!(world.must(safe.clone()).effects, []);
    world.ends("R2-undo-migrate-1".into(), BAD);
    assert_eq!(world.must(safe).effects, []);
}

#[test]
fn a_rollback_that_fails_is_held_and_goes_on() {
    let mut world = World::deploying();
    world.up_to("link");
    world.must(roll_back(BACK));
    world.step(BAD);
    assert_eq!(world.state("undo-install"), ItemState::Failed);
    assert!(world.next().is_err());
    let again = world.must(Command::Retry { run: world.run() });
    assert_eq!(again.effects, [Effect::Launch("R2-undo-install-2".into())]);
    world.ends("R2-undo-install-2".into(), GOOD);
    world.up_to("previous");
}

#[test]
fn a_rehearsal_goes_there_and_back_in_staging() {
    let mut world = World::ready();
    let production = Command::StartRehearsal { env: "production".into(), all: false };
    assert!(world.refused(production).starts_with("production is not a place to rehearse"));
    world.must(Command::StartRehearsal { env: "staging".into(), all: false });
    assert_eq!(undone(&world), ["caches", "link", "install", "migrate"].into_iter().skip(1).collect::<Vec<_>>());
    world.up_to("previous");
    world.must(item(Some(world.run()), "previous", ItemState::Done));
    assert_eq!(world.release().runs[0].ended.unwrap().1, RunOutcome::Succeeded);
    assert_eq!(world.project.live_version(&"staging".into()), Some("1.2.4"));
}

#[test]
fn a_rollback_that_is_given_up_leaves_what_it_did_not_undo_to_be_taken_back() {
    let mut world = World::deploying();
    world.up_to("link");
    world.must(roll_back(BACK));
    world.step(GOOD);
    world.step(BAD);
    let abort = Command::Abort { run: world.run(), reason: "the database is locked".into() };
    world.must(abort);
    assert_eq!(world.held_by("production"), Some("R2"), "what was changed stays changed");
    assert_eq!(world.release().phase(true), crate::domain::release::Phase::Failed);
    let abandon = world.refused(Command::AbandonRelease { reason: "enough".into() });
    assert!(abandon.starts_with("R2 changed production and is not taken back"), "{abandon}");

    world.must(roll_back(BACK));
    assert_eq!(undone(&world), ["migrate"], "install was undone already");
    world.up_to("why");
    assert_eq!(world.project.live_version(&"production".into()), Some("1.2.4"));
    world.must(item(Some(world.run()), "why", ItemState::Done));
    assert_eq!(world.release().phase(true), crate::domain::release::Phase::RolledBack);
    assert_eq!(world.held_by("production"), None);
}

#[test]
fn where_nothing_can_be_taken_back_it_says_so_and_starts_nothing() {
    let mut world = World::ready();
    let gone = |item: &crate::domain::plan::Item| {
        let left = matches!(item.list, List::Rollback | List::PostRollback);
        left || item.list == List::Deployment && item.id.as_str() != "caches"
    };
    world.plan.items.retain(|item| !gone(item));
    world.must(deploy("production", Some("1.3.0@production")));
    world.up_to("caches");
    world.step(GOOD);
    let refusal = world.act(roll_back(BACK)).unwrap_err();
    assert_eq!(refusal.what, "nothing of R1 can be taken back, and the rollback list is empty");
    assert_eq!(refusal.details, ["Clear caches: they fill by themselves"]);
    assert_eq!(world.release().runs.len(), 1);
}

#[test]
fn what_lies_under_a_newer_release_is_not_pulled_away() {
    let mut world = World::deploying();
    world.up_to("told");
    world.must(item(Some(world.run()), "told", ItemState::Done));
    world.must(Command::CompleteRelease);
    let newer = Fact::LiveSet {
        env: "production".into(),
        version: "1.4.0".into(),
        release: Some("1.4.0".into()),
        by: "relco".into(),
    };
    let newer = world.recorded(world.project.seq, &newer);
    world.project.apply(&newer);
    let refused = world.refused(roll_back(BACK));
    assert!(refused.starts_with("release 1.4.0 was deployed to production after 1.3.0"), "{refused}");
    assert!(refused.contains("relco --release 1.4.0 rollback start"), "{refused}");
}

#[test]
fn a_rehearsal_that_was_given_up_can_be_taken_back() {
    let mut world = World::ready();
    world.must(Command::StartRehearsal { env: "staging".into(), all: false });
    world.up_to("install");
    world.step(BAD);
    world.must(Command::Abort { run: world.run(), reason: "no room".into() });
    assert_eq!(world.held_by("staging"), Some("R1"));
    world.must(Command::StartRollback {
        env: "staging".into(),
        all: false,
        confirm: Some("1.2.4@staging".into()),
        despite_running: false,
        dir: None,
    });
    assert_eq!(undone(&world), ["install", "migrate"]);
}

#[test]
fn an_environment_is_never_held_without_a_way_out() {
    let unlock = |reason: &str| Command::FreeEnv { env: "staging".into(), reason: reason.into() };
    let mut world = World::ready();
    world.must(Command::StartRehearsal { env: "staging".into(), all: false });
    world.up_to("install");
    assert!(world.refused(unlock("mine")).starts_with("staging is held by R1 of release 1.3.0"));
    world.step(BAD);
    world.must(Command::Abort { run: world.run(), reason: "no room".into() });
    let mut left = World::ready();
    left.project = world.project.clone();
    world.must(unlock("it was set up anew"));
    assert_eq!(world.held_by("staging"), None);

    // The release that holds it is over, or never came to be: whoever comes next is told, and can end it.
    left.release.as_mut().unwrap().version = "1.4.0".into();
    let refused = left.refused(deploy("staging", None));
    assert!(refused.contains("held by R1 of release 1.3.0 > relco deploy unlock --env staging"), "{refused}");
    left.observed.open_releases = vec!["1.3.0".into()];
    assert!(left.refused(unlock("mine")).contains("relco --release 1.3.0 status"));
    left.observed.open_releases.clear();
    left.must(unlock("nothing of it is left"));
    left.must(deploy("staging", None));
}

#[test]
fn a_release_that_ends_lets_go_of_every_place_but_production() {
    let mut world = World::ready();
    world.must(deploy("staging", None));
    world.up_to("install");
    world.step(BAD);
    world.must(Command::Abort { run: world.run(), reason: "no room".into() });
    let ended = world.must(Command::AbandonRelease { reason: "next week".into() });
    assert!(ended.warnings.iter().any(|words| words.contains("staging is free again")), "{:?}", ended.warnings);
    assert_eq!(world.held_by("staging"), None);
}

#[test]
fn what_was_only_skipped_says_nothing_of_what_is_live() {
    let mut world = World::deploying();
    let skip = |run: RunId, slot: &str| Command::SetItem {
        run: Some(run),
        item: slot.into(),
        state: ItemState::Skipped,
        observed: None,
        reason: Some("not today".into()),
    };
    for slot in ["backup", "migrate", "install", "link"] {
        world.must(skip(world.run(), slot));
    }
    let last = world.must(skip(world.run(), "caches"));
    assert!(last.warnings.iter().any(|words| words.starts_with("nothing of R1 was done")), "{:?}", last.warnings);
    assert_eq!(world.project.live_version(&"production".into()), Some("1.2.4"));
}

/// A window that is over keeps nobody from starting production's next deployment in it; the way back asks nobody.
#[test]
fn a_window_that_is_over_and_a_pause_hold_no_rollback_up_before_it_and_within_it() {
    let mut world = World::deploying();
    world.up_to("link");
    let over = "2026-11-21 14:00-16:00 UTC".to_owned();
    world.must(Command::SetSheet { field: crate::domain::sheet::SheetField::DeployTime, value: over });
    world.must(Command::Pause { run: "R1".into(), reason: "nobody deploys today".into() });
    world.must(roll_back(BACK));
    for slot in ["undo-install", "undo-migrate", "why"] {
        world.observed.trusted = slot == "why";
        world.up_to(slot);
    }
    assert_eq!(world.project.live_version(&"production".into()), Some("1.2.4"));
}
