//! Attempts whose owner was lost before or while their step ran: by commands, on the real binary. Nobody may be left
//! with a run that neither goes on nor ends.

use std::fs;
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::steps::{Place, out};
use crate::support::stage::{RELCO, until};

/// Kills the supervisor that a session is about to start as soon as it is one, and says whether its step had not begun
/// by then.
fn killed_before_it_started(place: &Place, session: &Child, attempt: &str) -> bool {
    let owner = loop {
        let children = fs::read_dir(format!("/proc/{}/task", session.id())).unwrap();
        let children = children.filter_map(|task| fs::read_to_string(task.ok()?.path().join("children")).ok());
        let children: Vec<i32> = children
            .flat_map(|all| all.split_whitespace().map(|pid| pid.parse().unwrap()).collect::<Vec<_>>())
            .collect();
        let supervises = |pid: &i32| {
            fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.starts_with(b"relco\0supervise\0"))
        };
        if let Some(pid) = children.into_iter().find(supervises) {
            break pid;
        }
    };
    kill_process(Pid::from_raw(owner).unwrap(), Signal::KILL).unwrap();
    let record = fs::read_to_string(place.attempt(attempt).join("record.toml")).unwrap_or_default();
    !record.contains("attempt.started")
}

/// A deployment whose first step never came to its start, because its supervisor died.
fn deployment_without_its_supervisor() -> (Place, Child) {
    loop {
        let place = Place::new("", "");
        place.hold("first");
        let mut command = place.stage.command(RELCO);
        command.args(["deploy", "start", "--env", "production", "--all", "--confirm", "1.1.0@production"]);
        let mut session = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        if killed_before_it_started(&place, &session, "R1-first-1") {
            return (place, session);
        }
        // It was quicker than this test: another place is another try.
        session.kill().unwrap();
        session.wait().unwrap();
    }
}

#[test]
fn an_attempt_that_was_not_even_prepared_is_known_not_to_have_started() {
    let place = Place::new("", "");
    place.hold("first");
    let mut session = place.deploy_beside();
    until("the first step", || place.started() == ["first"]);
    session.kill().unwrap();
    session.wait().unwrap();
    place.let_go("first");
    until("its end", || relco::supervisor::is_held(&place.attempt("R1-first-1")).is_ok_and(|held| !held));
    // As if the machine had gone between the intent and the directory of the attempt.
    let attempts = place.attempt("R1-first-1").parent().unwrap().to_owned();
    fs::remove_dir_all(&attempts).unwrap();

    // What cannot be looked at is said, and nothing is taken for granted.
    fs::write(&attempts, "").unwrap();
    let refused = place.stage.relco(&["deploy", "next", "--env", "production"]);
    assert!(out(&refused).contains("R1-first-1: cannot look at the lock of"), "{}", out(&refused));
    fs::remove_file(&attempts).unwrap();

    let next = place.stage.relco(&["deploy", "next", "--env", "production"]);
    assert_eq!(next.status.code(), Some(0), "{}", out(&next));
    assert_eq!(place.started(), ["first", "first", "second"]);
    assert!(place.timeline().contains(&"first failed: did not start".to_owned()), "{:?}", place.timeline());
}

#[test]
fn a_session_whose_supervisor_died_early_says_so_and_waits_for_nothing() {
    let (place, session) = deployment_without_its_supervisor();
    let ended = session.wait_with_output().unwrap();
    assert!(out(&ended).contains("R1-first-1 did not start: its supervisor ended"), "{}", out(&ended));
    assert_eq!(place.started(), Vec::<String>::new());
    place.let_go("first");
    let next = place.stage.relco(&["deploy", "next", "--env", "production", "--all"]);
    assert_eq!(next.status.code(), Some(0), "{}", out(&next));
    assert_eq!(place.started(), ["first", "second"]);
}

#[test]
fn a_step_that_lost_its_supervisor_is_stopped_with_its_group() {
    let place = Place::new("", "");
    place.hold("first");
    let mut session = place.deploy_beside();
    until("the first step", || place.started() == ["first"]);
    place.lose("R1-first-1");
    let output = place.stage.relco(&["deploy", "abort", "--env", "production", "--reason", "wrong day"]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    session.wait().unwrap();
    assert_eq!(place.started(), ["first"]);
    let ended = place.timeline().into_iter().find(|text| text.starts_with("first outcome unknown")).unwrap();
    assert!(ended.contains("stopped by ana@example.com: wrong day"), "{ended}");
}
