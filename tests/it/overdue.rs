//! Steps that take longer than their plan allows, or print nothing: put on record, asked about by keys and by commands,
//! and stopped only by a person's word or the plan's.

use std::path::Path;

use serde_json::Value;

use crate::steps::{Place, out};
use crate::support::pty::Pty;
use crate::support::stage::{RELCO, until};

fn deploying(first: &str) -> (Place, std::process::Child) {
    let place = Place::new(first, "");
    place.hold("first");
    let beside = place.deploy_beside();
    until("the first step", || place.started() == ["first"]);
    (place, beside)
}

/// What the status says waits for a person about the first step.
fn question(place: &Place) -> Option<Value> {
    let status = place.json(&["status", "--json"]);
    status["blockers"].as_array().unwrap().iter().find(|one| one["id"] == "overdue:R1/first").cloned()
}

fn said(place: &Place, what: &str) -> usize {
    place.timeline().iter().filter(|text| text.contains(what)).count()
}

#[test]
fn a_step_over_its_time_is_on_record_once_and_asks_in_every_place() {
    let (place, mut beside) = deploying("timeout = \"100ms\"");
    until("the question", || question(&place).is_some());
    let asked = question(&place).unwrap();
    let what = asked["what"].as_str().unwrap();
    assert!(what.starts_with("deployment of production: first runs longer than 100 ms ("), "{what}");
    let next = asked["next"].as_str().unwrap();
    assert!(next.starts_with("relco deploy wait --env production, relco deploy stop --env production --reason …, or"));
    assert!(next.ends_with("relco rollback start --env production"), "{next}");
    // A second one that looks on records nothing twice.
    place.stage.relco(&["incident", "open", "it hangs"]);
    let watched = place.stage.relco(&["deploy", "next", "--env", "production"]);
    assert_ne!(watched.status.code(), Some(0));
    assert_eq!(said(&place, "first runs longer than 100 ms: wait, stop it or roll back?"), 1);
    place.stage.must(&["deploy", "wait", "--env", "production", "--reason", "the table is large"]);
    assert_eq!(said(&place, "first is waited for: the table is large"), 1);
    // As much time passes once more, and it is asked again.
    until("the next question", || said(&place, "first runs longer than 100 ms: wait") == 2);
    let report = place.stage.must(&["incident", "report"]);
    assert!(report.contains("first runs longer than 100 ms"), "the incident's timeline has it: {report}");
    place.let_go("first");
    assert!(beside.wait().unwrap().success(), "a question holds nothing up");
    assert_eq!(question(&place), None);
    let refused = place.stage.relco(&["deploy", "wait", "--env", "production"]);
    assert_eq!(refused.status.code(), Some(1));
}

#[test]
fn a_step_that_is_stopped_has_failed_and_its_run_waits() {
    let (place, mut beside) = deploying("timeout = \"100ms\"\nretries = 2\nbackoff = \"10ms\"");
    until("the question", || question(&place).is_some());
    let output = place.stage.relco(&["deploy", "stop", "--env", "production", "--reason", "it hangs"]);
    assert_eq!(
        out(&output),
        "stopped; R1 waits\nhint: relco deploy retry --env production, or relco rollback start --env production\n"
    );
    assert_eq!(beside.wait().unwrap().code(), Some(4));
    assert_eq!((place.state("R1/first"), place.started()), ("failed".to_owned(), vec!["first".to_owned()]));
    assert_eq!(said(&place, "stopped by ana@example.com: it hangs"), 1);
    assert_eq!(said(&place, "R1 aborted"), 0, "the run stays where it is");
    let again = place.stage.relco(&["deploy", "stop", "--env", "production", "--reason", "again"]);
    assert_eq!((again.status.code(), out(&again)), (Some(1), "error: nothing runs in R1\n".to_owned()));
    place.let_go("first");
    assert_eq!(place.stage.relco(&["deploy", "retry", "--env", "production"]).status.code(), Some(0));
    assert_eq!(place.state("R1/second"), "done");
}

#[test]
fn only_a_plan_that_says_so_stops_a_step_that_takes_too_long() {
    let (place, mut beside) = deploying("timeout = \"100ms\"\non_timeout = \"stop\"");
    assert_eq!(beside.wait().unwrap().code(), Some(4));
    assert_eq!(said(&place, "first runs longer than 100 ms: stopped, as its plan says"), 1);
    assert_eq!(said(&place, "stopped by relco: over its time"), 1);
    assert_eq!(question(&place), None, "there is nothing to ask");
    assert_eq!(place.state("R1/first"), "failed");
}

#[test]
fn a_step_that_prints_again_needs_no_answer() {
    let (place, mut beside) = deploying("silence = \"200ms\"");
    until("the question", || question(&place).is_some());
    let what = question(&place).unwrap()["what"].as_str().unwrap().to_owned();
    assert!(what.contains("first no output for "), "{what}");
    // As if it printed: the log is younger than the silence.
    let log = place.attempt("R1-first-1").join("log");
    let now = std::time::SystemTime::now() + std::time::Duration::from_secs(3600);
    std::fs::File::options().write(true).open(&log).unwrap().set_modified(now).unwrap();
    until("the word that it prints", || said(&place, "first prints again") == 1);
    assert_eq!(question(&place), None);
    place.let_go("first");
    assert!(beside.wait().unwrap().success());
}

pub(crate) fn cockpit(place: &Place) -> Pty {
    let like = place.stage.command(RELCO);
    Pty::spawn(Path::new(RELCO), 120, 36, |command| {
        command.current_dir(like.get_current_dir().unwrap());
        command.envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
    })
}

#[test]
fn the_cockpit_asks_and_waits_or_stops_by_keys() {
    let place = Place::new("timeout = \"100ms\"", "");
    place.hold("first");
    let mut at = cockpit(&place);
    at.wait_selected("Deploy 1.1.0 to production");
    at.press("enter");
    at.wait_for("Type 1.1.0@production to deploy");
    at.type_text("1.1.0@production\r");
    // In the header, in the log's title, and in the words of Enter.
    at.wait_for("over its time at 1/2");
    at.wait_for("over its 100 ms.*: wait, stop or roll back\\?");
    at.wait_selected("First step");
    at.press("enter");
    at.wait_for("first: runs longer than 100 ms");
    at.press("w");
    until("the word to wait", || said(&place, "first is waited for") >= 1);
    until("the next question", || said(&place, "first runs longer than 100 ms: wait") >= 2);
    at.wait_for("over its time at 1/2");
    // The same from everywhere.
    at.press("ctrl-x s");
    at.wait_for("Stop first");
    at.type_text("it hangs\r");
    at.wait_for("FAILED at 1/2");
    assert_eq!(said(&place, "stopped by ana@example.com: it hangs"), 1);
    at.press("q");
    at.expect_exit(0);
}

/// Whoever looks next finds it, also once the session that walked the run is gone; nothing starts by that.
#[test]
fn what_nobody_watched_is_found_by_whoever_looks_next() {
    for (plan, stops) in [("timeout = \"1s\"", false), ("timeout = \"1s\"\non_timeout = \"stop\"", true)] {
        let place = Place::new(plan, "");
        place.hold("first");
        let mut beside = place.deploy_beside();
        until("the first step", || place.started() == ["first"]);
        rustix::process::kill_process(rustix::process::Pid::from_child(&beside), rustix::process::Signal::KILL)
            .unwrap();
        beside.wait().unwrap();
        if stops {
            until("the end of the step", || place.state("R1/first") == "failed");
            assert_eq!(said(&place, "first runs longer than 1 s: stopped, as its plan says"), 1);
        } else {
            until("the question", || question(&place).is_some());
            place.let_go("first");
            until("the end of the step", || place.state("R1/first") == "done");
            assert_eq!(said(&place, "first runs longer than 1 s: wait, stop it or roll back?"), 1);
        }
        assert_eq!(place.started(), ["first"], "nothing goes on by itself");
    }
}
