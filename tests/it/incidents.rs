//! An incident on a real run: decisions that act, evidence by one key, and what is left to be done coming back until
//! somebody does it.

use crate::overdue::cockpit;
use crate::steps::{Place, out};
use crate::support::stage::until;

#[test]
fn a_decision_to_pause_holds_the_run_and_one_to_roll_back_takes_it_back() {
    let place = Place::new("", "");
    place.hold("first");
    let mut beside = place.deploy_beside();
    until("the first step", || place.started() == ["first"]);
    place.stage.must(&["incident", "open", "pages are blank"]);
    let pause = ["incident", "decide", "pause", "--reason", "to look", "--within", "1h", "--next", "the queue"];
    place.stage.must(&pause);
    place.let_go("first");
    beside.wait().unwrap();
    assert_eq!(place.started(), ["first"], "nothing new starts");
    let refused = out(&place.stage.relco(&["deploy", "next", "--env", "production"]));
    assert!(refused.contains("R1 is paused: to look"), "{refused}");
    let decide = ["incident", "decide", "rollback", "--reason", "no fix", "--objected", "li: one more try"];
    let without_the_word = place.stage.relco(&[&decide[..], &["--confirm", "1.1.0@production"]].concat());
    assert_ne!(without_the_word.status.code(), Some(0));
    assert_eq!(place.started(), ["first"], "a wrong word takes nothing back");
    let back = place.stage.relco(&[&decide[..], &["--confirm", "1.0.0@production"]].concat());
    assert_eq!(back.status.code(), Some(0), "{}", out(&back));
    assert_eq!(place.started(), ["first", "undo-first"]);
    let timeline = place.timeline().join("\n");
    assert!(timeline.contains("decision: pause: to look; look again at "), "{timeline}");
    assert!(timeline.contains("; next check: the queue"), "{timeline}");
    assert!(timeline.contains("decision: roll back: no fix; objection: li: one more try"), "{timeline}");
}

#[test]
fn a_line_of_the_log_is_pinned_by_one_key_and_an_objection_by_two() {
    let place = Place::new("", "");
    place.fails("first", 1);
    place.deploy();
    let mut at = cockpit(&place);
    at.wait_for("FAILED at 1/2");
    at.press("3");
    at.wait_for("ERROR first");
    at.press("b");
    at.wait_for("pinned on the timeline");
    at.wait_for("\"ERROR first\"");
    let notes = place.json(&["timeline", "--json"]);
    let pinned = notes["entries"].as_array().unwrap().iter().find(|one| one["kind"] == "note.added").unwrap().clone();
    assert_eq!(pinned["evidence"], "R1-first-1:2", "{pinned}");
    at.press("X");
    at.wait_for("o an objection");
    at.press("o");
    at.wait_for("Objection to: what is done now");
    at.type_text("li: wait for the disk\r");
    at.wait_for("objection to \"what is done now\": li: wait");
    at.press("q");
    at.expect_exit(0);
}

#[test]
fn what_an_incident_left_to_be_done_comes_back_until_somebody_does_it() {
    let place = Place::new("", "");
    assert_eq!(place.deploy().status.code(), Some(0));
    place.stage.must(&["incident", "open", "slow for a minute"]);
    place.stage.must(&["incident", "note", "TODO @li@example.com a larger disk by 2026-12-01"]);
    place.stage.must(&["incident", "status", "resolved"]);
    place.stage.must(&["incident", "close"]);
    for (version, tag) in [("1.2.0", "1.1.0"), ("1.3.0", "1.2.0")] {
        place.stage.must(&["release", "tag", "--make"]);
        place.stage.must(&["release", "complete"]);
        place.stage.git(&["commit", "--quiet", "--allow-empty", "--message", "On"]);
        place.stage.must(&["release", "start", version]);
        place.stage.must(&["release", "candidate"]);
        let status = place.json(&["status", "--json"]);
        assert_eq!(status["followups"], serde_json::json!(["F-1"]), "after {tag}: {status}");
        let list = place.stage.must(&["status"]);
        assert!(list.contains("follow-up F-1: a larger disk (li@example.com, by 2026-12-01"), "{list}");
        let word = format!("{version}@production");
        let deploy = ["deploy", "start", "--env", "production", "--all", "--confirm", word.as_str()];
        assert_eq!(place.stage.relco(&deploy).status.code(), Some(0), "what is left to be done blocks nothing");
    }
    place.stage.must(&["followup", "done", "F-1"]);
    assert_eq!(place.json(&["status", "--json"])["followups"], serde_json::json!([]));
}

#[test]
fn a_step_that_is_not_meant_for_here_is_left_out_and_says_by_which_rule() {
    let place = Place::new("environments = [\"staging\"]", "types = [\"minor\", \"major\"]");
    assert_eq!(place.deploy().status.code(), Some(0));
    assert_eq!(place.started(), ["second"]);
    assert_eq!(place.state("R1/first"), "not applicable");
    let items = place.json(&["item", "list", "--json"]);
    let first = items["items"].as_array().unwrap().iter().find(|item| item["id"] == "R1/first").unwrap();
    assert!(first.to_string().contains("production: only in staging"), "{first}");
    // Left out is not started: the way back undoes what ran, and nothing else.
    assert_eq!(place.roll_back().status.code(), Some(0));
    assert_eq!(place.started(), ["second", "undo-second"]);
}
