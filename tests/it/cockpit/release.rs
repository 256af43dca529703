//! A whole release of the example by keys, from "not ready" to "complete".

use std::fs;

use super::window;
use crate::support::bridge::Bridge;
use crate::support::pty::Pty;

/// What is not ready gets ready: versions, changelog, candidate, notes, checks.
fn prepare(at: &Pty) {
    at.wait_selected("Version bumped");
    at.press("enter");
    at.wait_for("set the version");
    at.press("s");
    at.confirm("Write 1.3.0 to every configured place", "write");
    at.wait_selected("Changelog updated");
    at.press("enter");
    at.wait_for("Not in the changelog");
    at.press("a");
    at.wait_selected("Candidate set");
    at.press("enter");
    at.confirm("Commit the changes and set the candidate", "commit");
    at.wait_selected("Release notes drafted");
    at.press("enter");
    at.wait_for("One paragraph summary of the release");
    at.press("down down down down ctrl-k");
    at.type_text("The berth plan, by hand and by the hour.");
    at.press("f2");
    at.wait_gone("F2 write");
    at.wait_selected("CI/CD pipeline");
    at.press("c");
    at.wait_selected("Rollback rehearsed");
}

/// Rehearsal and deployment in staging.
fn rehearse_and_stage(at: &Pty) {
    at.press("B");
    at.confirm("Rehearse in staging", "rehearse");
    at.wait_selected("Staging deployment");
    at.press("D");
    at.confirm("Deploy 1.3.0 to staging", "deploy");
    at.wait_selected("Full tests passed");
}

/// The words that only people have.
fn agree(at: &Pty) {
    at.press("enter");
    at.wait_for("d done");
    at.press("d");
    at.wait_for("what was observed");
    at.type_text("run 881, 214 passed\r");
    at.wait_selected("Release-DevOps alignment");
    at.press("enter");
    at.wait_for("▌ f deploy time");
    at.press("enter");
    at.wait_for("like 2026");
    at.type_text(&format!("{}\r", window()));
    at.wait_for("sheet: deploy time = ");
    at.press("enter");
    at.wait_for("▌ . communication");
    at.press("enter");
    at.wait_for("who notifies whom");
    at.type_text("ana tells the harbour office\r");
    at.wait_for("sheet: communication = ");
    at.press("enter");
    at.wait_for("▌ h release manager agrees");
    at.press("enter");
    at.wait_for("release manager agrees to the sheet");
    at.press("enter");
    at.wait_for("▌ i devops agrees");
    at.press("enter");
    for (row, role) in [("QA sign-off", "qa"), ("Security sign-off", "security"), ("Product Owner", "product owner")] {
        at.wait_selected(row);
        at.press("enter");
        at.wait_for(&format!("Sign-off: {role}"));
        at.press("y");
    }
    at.wait_selected("Gate 10: Security");
    at.press("enter");
    at.wait_for("p passed");
    at.press("p");
    at.wait_for("what it rests on");
    at.type_text("review of 12 March\r");
    at.wait_for("Ready: nothing stands in the way");
}

fn production(at: &Pty) {
    at.wait_selected("Deploy 1.3.0 to production");
    at.press("enter");
    at.wait_for("Type 1.3.0@production to deploy");
    at.press("enter");
    at.wait_for("Enter alone does nothing");
    at.paste("1.3.0@production");
    at.wait_for("pasted text is not taken");
    at.type_text("1.3.0@production\r");
    at.wait_selected("Key user flows");
    at.press("enter");
    at.wait_for("d done");
    at.press("d");
    at.wait_for("what was observed");
    at.type_text("dragged Selkie to the Timber Quay and back\r");
    // The tag comes before the record is closed.
    at.wait_selected("Tag the candidate v1.3.0");
    at.press("enter");
    at.confirm("The release tag", "tag");
    at.wait_selected("Update release log");
}

fn close(at: &Pty) {
    at.press("enter");
    at.wait_for("Told by hand");
    at.wait_for("harbour office: completion");
    at.press("enter");
    at.wait_for("completion-harbour-office-1 told by hand");
    at.press("enter");
    at.confirm("Complete the release", "complete");
    at.wait_for("Complete: 1.3.0 is live");
    // What completing wrote into a tracked file is committed by one Enter more.
    at.wait_selected("Commit docs/releases.md");
    at.press("enter");
    at.confirm("Commit the changes", "commit");
    at.wait_selected("Start the next release");
}

#[test]
fn a_whole_release_by_keys() {
    let mut bridge = Bridge::nothing();
    let place = bridge.place();
    let mut at = bridge.cockpit_with(&["demo", "--dir", place.dir().to_str().unwrap()], 120, 36, &[]);
    at.wait_for("Not ready: ");
    bridge.demo_is_there();
    fs::write(place.pace(), "0\n").unwrap();
    prepare(&at);
    rehearse_and_stage(&at);
    at.press("q");
    at.expect_exit(0);
    at.expect_restored();
    assert!(at.screen().contains("relco demo --stop"), "{}", at.screen());

    // Where it was left it goes on.
    let mut at = bridge.cockpit();
    at.wait_selected("Full tests passed");
    agree(&at);
    assert_eq!(bridge.json(&["status", "--json"])["ready"], true);
    production(&at);
    assert!(bridge.production().contains(r#""backend":"1.3.0","frontend":"1.3.0""#), "{}", bridge.production());
    close(&at);
    at.press("q");
    at.expect_exit(0);
    at.expect_restored();

    let status = bridge.json_of(&["status", "--json"]);
    assert_eq!(status["release"]["phase"], "complete", "{status}");
    let items = bridge.json_of(&["--release", "1.3.0", "item", "list", "--json"]);
    let states: Vec<&str> =
        items["items"].as_array().unwrap().iter().map(|item| item["state"].as_str().unwrap()).collect();
    assert!(states.iter().all(|state| ["done", "not applicable", "n/a"].contains(state)), "{items}");
    let log = fs::read_to_string(place.project().join("docs/releases.md")).unwrap();
    assert!(log.contains("1.3.0"), "{log}");
    bridge.record_is_clean();
}
