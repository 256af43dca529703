//! What a captain's hand does to a run: a pause that holds whatever comes, and lines typed into a step that asks.

use std::fs;
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};

use crate::overdue::cockpit;
use crate::steps::{Place, out};
use crate::support::stage::until;

fn paused(place: &Place) {
    place.stage.must(&["deploy", "pause", "--env", "production", "--reason", "the phone rings"]);
}

fn refused_for_the_pause(place: &Place) {
    let refused = place.stage.relco(&["deploy", "next", "--env", "production", "--all"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(out(&refused).contains("R1 is paused: the phone rings"), "{}", out(&refused));
    assert_eq!(place.started(), ["first"]);
}

#[test]
fn a_pause_from_another_terminal_holds_between_the_steps_of_a_run_that_runs_on() {
    let place = Place::new("", "");
    place.hold("first");
    let mut beside = place.deploy_beside();
    until("the first step", || place.started() == ["first"]);
    paused(&place);
    place.let_go("first");
    assert_eq!(beside.wait().unwrap().code(), Some(0), "what ran came to its end, and nothing was started");
    assert_eq!(place.state("R1/first"), "done");
    refused_for_the_pause(&place);
    assert_eq!(place.stage.relco(&["deploy", "resume", "--env", "production", "--all"]).status.code(), Some(0));
    assert_eq!(place.started(), ["first", "second"]);
}

#[test]
fn a_pause_holds_after_the_captain_was_killed_too() {
    let place = Place::new("", "");
    place.hold("first");
    let mut beside = place.deploy_beside();
    until("the first step", || place.started() == ["first"]);
    paused(&place);
    kill_process(Pid::from_child(&beside), Signal::KILL).unwrap();
    beside.wait().unwrap();
    place.let_go("first");
    until("the end of the first step", || place.state("R1/first") == "done");
    refused_for_the_pause(&place);
    assert_eq!(place.stage.relco(&["deploy", "resume", "--env", "production", "--all"]).status.code(), Some(0));
    assert_eq!(place.started(), ["first", "second"]);
}

#[test]
fn a_pause_holds_a_declared_retry_up() {
    let place = Place::new("retries = 3\nbackoff = \"10ms\"", "");
    place.hold("first");
    place.fails("first", 1);
    let mut beside = place.deploy_beside();
    until("the first step", || place.started() == ["first"]);
    paused(&place);
    place.let_go("first");
    beside.wait().unwrap();
    assert_eq!(place.state("R1/first"), "failed");
    refused_for_the_pause(&place);
}

#[test]
fn a_cockpit_that_looks_on_sees_the_pause_and_starts_nothing() {
    let place = Place::new("", "");
    place.hold("first");
    let mut beside = place.deploy_beside();
    until("the first step", || place.started() == ["first"]);
    let mut at = cockpit(&place);
    at.wait_selected("First step");
    at.press("P");
    at.wait_for("Pause the run");
    at.type_text("the phone rings\r");
    at.wait_for("paused at 1/2");
    place.let_go("first");
    beside.wait().unwrap();
    at.wait_for("paused at 2/2");
    refused_for_the_pause(&place);
    at.press("q");
    at.expect_exit(0);
}

#[test]
fn lines_typed_in_the_cockpit_reach_the_step_and_are_kept_nowhere() {
    let place = Place::new("tty = true", "");
    let script = "#!/bin/sh\necho $1 >>$PLACE/started\nprintf 'word? '\nread word\necho \"${#word} letters\"\n\
                  printf 'again? '\nread word\necho \"${#word} letters more\"\n";
    place.stage.write("step", script);
    place.stage.git(&["commit", "--quiet", "--all", "--message", "Asks"]);
    place.stage.must(&["release", "candidate"]);
    let mut at = cockpit(&place);
    at.wait_selected("Deploy 1.1.0 to production");
    at.press("enter");
    at.wait_for("Type 1.1.0@production to deploy");
    at.type_text("1.1.0@production\r");
    at.wait_for(r"word\?");
    // Opened, left again with a half-typed line: the step runs on, and got nothing.
    at.press("Y");
    at.wait_for("Type into first");
    at.type_text("hunter");
    at.press("esc");
    at.wait_gone("Type into first");
    at.press("Y");
    at.wait_for("Type into first");
    at.type_text("swordfish22\r");
    at.wait_for("11 letters");
    at.wait_for("Type into first");
    at.type_text("swordfish\r");
    until("the second step", || place.started() == ["first", "second"]);
    let log = fs::read_to_string(place.attempt("R1-first-1").join("log")).unwrap();
    assert_eq!(log, "word? 11 letters\nagain? 9 letters more\n");
    at.wait_for("1.1.0 is live in production");
    // The field stays until it is left, so that a word that comes too late goes nowhere.
    at.wait_for("the step is over");
    at.type_text("swordfish\r");
    at.wait_for("not sent: the step is over");
    at.wait_gone("Type into first");
    at.press("q");
    at.expect_exit(0);
    for word in ["swordfish", "hunter"] {
        let kept = Command::new("grep").args(["-r", "-l", word]).arg(place.stage.dir()).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&kept.stdout), "", "what was typed is nowhere on the disk");
    }
}
