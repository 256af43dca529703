//! What is asked when something went wrong: a proposal, a failure, an undo that broke; and which letter says what.

use super::*;
use crate::domain::event::Fact;
use crate::domain::incident::{Severity, Status};
use crate::domain::item::ItemState;
use crate::domain::run::{AttemptOutcome, RunPurpose};
use crate::domain::time::Precision;
use crate::steplog::Writer;

#[test]
fn a_proposal_is_the_first_question_and_says_what_was_seen_and_what_would_run() {
    let mut bench = on(&states::proposed());
    bench.shows("ROLLBACK PROPOSED").shows("Ctrl-X r rolls back to 1.2.4").shows("Enter decide");
    bench.press("enter").shows("Rollback is proposed").shows("5 of the last 5 blocks slower than 212 ms");
    bench.shows("rolling back runs: ").shows("b roll back to 1.2.4").shows("g go on with 1.3.0");
    // Whoever only presses Enter is led to the way back, and to its word.
    bench.press("enter").shows("Type 1.2.4@production to roll back");
    bench.press("esc U").shows("Rollback is proposed");
    assert_eq!(bench.asked().iter().filter(|ask| matches!(ask, Ask::Act(_))).count(), 0);
}

#[test]
fn going_on_in_spite_of_a_proposal_wants_a_reason_and_a_look() {
    let mut bench = on(&states::proposed());
    bench.press("enter g enter").shows("say why").type_text("the cache is cold\n");
    bench.shows("Go on with 1.3.0 although rollback is proposed").shows("the cache is cold").press("enter");
    assert_eq!(bench.asked(), [], "Enter does not accept");
    bench.look().press("y");
    let text = "goes on although rollback is proposed: the cache is cold".to_owned();
    let note = Command::Note { text, occurred: None, precision: Precision::Exact, evidence: None };
    assert_eq!(bench.asked(), [act(note), act(Command::Resume { run: "R3".into(), all: true })]);
}

#[test]
fn a_screen_too_small_for_panes_still_tells_of_a_proposal() {
    let world = states::proposed();
    for (columns, rows) in [(58, 19), (60, 20)] {
        let mut bench = on_snapshot(&world.snapshot, world.now, columns, rows);
        bench.shows("ROLLBACK PROPOSED").shows("Rollback proposed");
    }
    on_snapshot(&world.snapshot, world.now, 60, 20).shows("Ctrl-X r rolls back");
}

/// A rollback whose undo ended so; `None` where its own question said that it is not safe.
fn undo_failed(outcome: Option<AttemptOutcome>) -> World {
    let mut world = states::rolling_back();
    let slot = world.log.as_ref().unwrap().what.clone();
    match outcome {
        Some(outcome) => drop(world.end("R4", &slot, 9, outcome)),
        None => {
            world.end("R4", &slot, 9, AttemptOutcome::Exited(0)).item(Some("R4"), &slot, ItemState::Done, None);
            let next = world.snapshot.release.as_ref().unwrap().run(&"R4".into()).unwrap().next().unwrap().id.clone();
            world.item(Some("R4"), next.as_str(), ItemState::Failed, Some("not safe"));
        }
    }
    world
}

#[test]
fn an_undo_that_broke_is_tried_again_and_nothing_else_is_claimed_about_it() {
    let mut bench = on(&undo_failed(Some(AttemptOutcome::Exited(3))));
    bench.press("enter").shows("r try again").shows("s skip it").shows("a end the rollback here");
    for not in ["you say that it is safe", "continue with a fix", "b roll back"] {
        assert!(!bench.driver.screen().contains(not), "{not}:\n{}", bench.driver.screen());
    }
    bench.press("r").shows("Try again").shows("./deploy/");
    let mut bench = on(&undo_failed(None));
    bench.press("enter").shows("u undo it all the same").press("u").shows("although it may not be safe");
    bench.shows("./deploy/").look().press("y");
    assert_eq!(bench.asked_one(), act(Command::Next { run: "R4".into(), all: false, safe: true }));
}

#[test]
fn a_letter_says_what_it_begins() {
    let severity = |severity| act(Command::SetSeverity { incident: None, severity });
    let mut bench = on(&states::failed());
    for (key, wanted) in [("c", Severity::Critical), ("h", Severity::High), ("m", Severity::Medium)] {
        bench.press("S").press(key);
        assert_eq!(bench.asked_one(), severity(wanted));
    }
    let status = |status| act(Command::SetStatus { incident: None, status, note: None });
    let all =
        [("i", Status::Investigating), ("d", Status::Identified), ("m", Status::Mitigating), ("r", Status::Resolved)];
    for (key, wanted) in all {
        bench.press("Z").press(key);
        assert_eq!(bench.asked_one(), status(wanted));
    }
    bench.press("Z").shows("as it stands").press("enter");
    assert_eq!(bench.asked_one(), status(Status::Investigating), "Enter changes nothing that was not chosen");
    bench.press("X").shows("c continue").shows("p pause").shows("b rollback").shows("o an objection");
    bench.press("o").shows("Objection to: what is done now").type_text("li: one more try\n");
    let text = "objection to \"what is done now\": li: one more try".to_owned();
    assert_eq!(
        bench.asked_one(),
        act(Command::Note { text, occurred: None, precision: crate::domain::time::Precision::Exact, evidence: None })
    );
    let mut bench = on(&states::preparing());
    bench.press("1 enter").shows("p passed").shows("x failed").shows("w waived");
}

#[test]
fn the_incident_is_worked_from_its_page() {
    let mut bench = on(&states::failed());
    bench.driver.update(Update::Page(Page::Incident, "# INC-1\n".to_owned()));
    bench.shows("S severity").shows("Z status").press("D").shows("does nothing here");
    bench.press("S").shows("Severity").shows("c critical");
    bench.driver.update(Update::Page(Page::Incident, "# INC-1\n".to_owned()));
    bench.press("esc").press("n").shows("Note");
}

#[test]
fn a_deploy_time_that_cannot_be_meant_stays_where_it_can_be_mended() {
    let mut bench = on(&states::preparing());
    bench.press(":").type_text("fill in a field").press("enter enter").type_text("soon\n").shows("> soon");
    assert_eq!(bench.asked(), []);
    assert!(bench.overlay().is_some(), "what is typed next meets no other key");
}

#[test]
fn the_tag_stands_before_the_end_of_the_record() {
    let mut world = states::ready();
    world.start("R3", "production", RunPurpose::Deployment, None).through("R3", "release-log");
    let mut bench = on(&world);
    bench.shows("Tag the candidate v1.3.0").press("enter").shows("git tag --annotate v1.3.0").look().press("y");
    assert_eq!(bench.asked_one(), Ask::Tag);
    world.fact(Fact::TagMade { tag: "v1.3.0".to_owned(), commit: states::COMMIT.to_owned() });
    on(&world).press("enter").shows("Complete the release");
}

#[test]
fn what_keeps_a_rolled_back_release_from_its_end_has_a_row() {
    let mut world = states::rolled_back();
    world.fact(Fact::NoticeIntended {
        notice: "rollback-harbour-office-1".to_owned(),
        stakeholder: "harbour office".to_owned(),
        purpose: crate::domain::plan::Purpose::Rollback,
        run: Some("R4".into()),
        text: "it is back".to_owned(),
    });
    let mut bench = on(&world);
    bench.press("enter").shows("Told by hand").shows("harbour office: rollback");
}

#[test]
fn what_is_on_its_way_back_is_not_offered_to_be_rolled_back() {
    let mut bench = on(&states::rolling_back());
    assert!(!bench.driver.screen().contains("roll back   "), "{}", bench.driver.screen());
    bench.shows("P pause");
    // What comes next is named by its key.
    let refusal =
        Refusal::new("it is under way").next("relco incident impact --ended TIME, or relco deploy retry --env x");
    bench.driver.update(Update::Refused(refusal));
    bench.shows("not done: it is under way").shows("i (incident impact), or R (deploy retry)");
}

#[test]
fn keys_are_listed_by_place_and_what_is_wanted_in_a_hurry_first() {
    let mut bench = on_snapshot(&states::failed().snapshot, states::failed().now, 120, 36);
    bench.press("?").shows("Ctrl-X r").shows("Ctrl-X i");
    let screen = bench.driver.screen();
    let everywhere = screen.lines().filter(|line| line.contains("everywhere")).count();
    assert_eq!(everywhere, 1, "{screen}");
    let mut bench = on_changes();
    bench.press("?").shows("Add a line for it");
    assert!(!bench.driver.screen().contains("Versions"), "{}", bench.driver.screen());
}

#[test]
fn production_says_that_it_runs_on_and_versions_say_which_files() {
    on(&states::ready()).press("enter").shows("runs on until something fails");
    let mut bench = on(&states::preparing());
    bench.driver.update(Update::Page(Page::Versions, "versions\n".to_owned()));
    let file = bench.driver.app.snapshot().unwrap().plan.version_files[0].path.clone();
    bench.press("s").shows(&file);
}

#[test]
fn messages_do_not_put_off_the_clock() {
    let world = states::proposed();
    let mut bench = on(&world);
    bench.driver.message(Message::Tick);
    let from = bench.driver.now;
    for part in 1..4u32 {
        bench.driver.now = from.later(Duration::from_millis(300) * part);
        bench.driver.update(Update::Watched(world.watches.clone()));
    }
    let wakes = bench.driver.app.wake_at(bench.driver.now).unwrap();
    assert!(wakes <= from.mono + SECOND, "{:?}", wakes - from.mono);
}

#[test]
fn the_last_lines_of_a_step_stand_there_once_its_end_is_known() {
    let keep = tempfile::tempdir().unwrap();
    let dir = keep.path().join("attempts/R3-deploy-frontend-1");
    std::fs::create_dir_all(&dir).unwrap();
    let mut writer = Writer::create(&dir).unwrap();
    writer.write(b"linking assets\n", 1_795_356_662_000).unwrap();
    let mut world = states::deploying();
    world.snapshot.release_dir = Some(keep.path().to_owned());
    let mut bench = on(&world);
    bench.shows("linking assets");
    writer.write(b"all 212 assets linked\n", 1_795_356_663_000).unwrap();
    world.end("R3", "deploy-frontend", 51, AttemptOutcome::Exited(0));
    // Nothing but the news of its end: no tick comes to look.
    bench.driver.update(Update::Snapshot(Arc::new(world.snapshot.clone())));
    bench.shows("all 212 assets linked").shows("2 lines");
}
