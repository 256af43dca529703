//! The three faults of the example by keys: it fails, it is rolled back by two keys and a word, and it comes to an end.

use relco::demo::Fault;

use crate::support::bridge::Bridge;
use crate::support::pty::Pty;

const WORD: &str = "1.2.4@production";

/// Starts production in an example that is ready but for this fault, and waits until the fault is on the screen.
fn until(bridge: &Bridge, trouble: &str) -> Pty {
    let at = bridge.cockpit();
    at.deploy_harbor();
    at.wait_for(trouble);
    at.wait_for("INC-1");
    at
}

/// From the failure to the rollback: two keys and the word.
fn roll_back(bridge: &Bridge, at: &Pty) {
    at.press("ctrl-x r");
    at.wait_for("Roll back PRODUCTION to 1.2.4");
    at.wait_for(&format!("Type {WORD} to roll back"));
    at.type_text(&format!("{WORD}\r"));
    at.wait_selected("Document incident");
    assert!(bridge.production().contains(r#""backend":"1.2.4","frontend":"1.2.4""#), "{}", bridge.production());
    let status = bridge.json_of(&["status", "--json"]);
    assert_eq!(status["ready"], false, "{status}");
    assert_eq!(status["changing"], serde_json::json!({}), "{status}");
}

/// What an incident needs to be over, and the release with it.
fn end(at: &Pty) {
    // The row says what nobody wrote down yet, and Enter leads to no word before.
    at.wait_for("missing: severity not");
    at.wait_selected("Document incident");
    at.press("enter");
    at.wait_for("d done");
    at.press("d");
    at.wait_for("Document incident: missing");
    at.press("S");
    at.wait_for("c critical");
    at.press("h");
    at.wait_for("INC-1 HIGH ");
    at.press("i");
    at.wait_for("┌ Impact");
    at.press("w");
    at.wait_for("What is affected");
    at.type_text("the berth plan\r");
    at.wait_gone("What is affected");
    for (key, title) in [("s", "Users feel it since"), ("u", "Users felt it until")] {
        at.press("i");
        at.wait_for("┌ Impact");
        at.press(key);
        at.wait_for(title);
        at.type_text("now\r");
        at.wait_gone(title);
    }
    at.press("Z");
    at.wait_for("r resolved");
    at.press("r");
    at.wait_for("INC-1 \\w+ resolved|INC-1 .*resolved");
    for (key, title) in [("r", "root cause"), ("p", "prevention")] {
        at.press("W");
        at.wait_for("r root cause");
        at.press(key);
        at.wait_for(&format!("┌ {title}"));
        at.type_text("the asset list was cut off");
        at.press("f2");
        at.wait_gone("F2 write");
    }
    for row in ["Document incident", "Root cause analysis", "Plan fix"] {
        at.wait_selected(row);
        at.press("enter");
        at.wait_for("d done");
        at.press("d");
        at.wait_for("what was observed");
        at.press("enter");
    }
    // What stands between it and its end has a row each, and Enter leads through them.
    at.wait_selected("harbour office not told");
    at.press("enter");
    at.wait_for("harbour office: rollback");
    at.press("enter");
    at.wait_for("rollback-harbour-office-1 told by hand");
    at.wait_selected("INC-1 is resolved");
    at.press("enter");
    at.wait_for("INC-1 closed");
    at.wait_selected("End this release");
    at.press("enter");
    at.wait_for("why; the record stays");
    at.type_text("the fix comes with 1.3.1\r");
    at.wait_for("abandoned");
}

fn incident(bridge: &Bridge) -> String {
    bridge.must(&["--release", "1.3.0", "incident", "report"])
}

fn closed(mut at: Pty, bridge: &Bridge) {
    at.press("q");
    at.expect_exit(0);
    at.expect_restored();
    let status = bridge.json_of(&["status", "--json"]);
    assert_eq!(status["release"]["phase"], "abandoned", "{status}");
    bridge.record_is_clean();
}

#[test]
fn a_step_that_fails_is_rolled_back_by_two_keys_and_a_word() {
    let bridge = Bridge::harbor(Fault::Fail);
    let at = until(&bridge, "▌✖ Deploy frontend");
    at.wait_for("deploy-frontend  ✖ exit 1");
    // The log stands at the first error, some thousand lines above its end.
    at.wait_for("▌.*ERROR manifest");
    roll_back(&bridge, &at);
    assert!(incident(&bridge).contains("deploy-frontend failed in production: exit 1"), "{}", incident(&bridge));
    end(&at);
    closed(at, &bridge);
}

#[test]
fn an_answer_that_is_slow_proposes_the_rollback() {
    let bridge = Bridge::harbor(Fault::Slow);
    // It fires as soon as it is sure, whichever step runs by then.
    let at = until(&bridge, "Rollback proposed 0:");
    roll_back(&bridge, &at);
    assert!(incident(&bridge).contains("(2x usual "), "{}", incident(&bridge));
    end(&at);
    closed(at, &bridge);
}

#[test]
fn a_service_that_is_down_is_rolled_back() {
    let bridge = Bridge::harbor(Fault::Down);
    // Five failed probes, or the step that looks: either may be first.
    let at = until(&bridge, "Rollback proposed 0:|✖ Health check");
    roll_back(&bridge, &at);
    let known = incident(&bridge);
    assert!(known.contains("api fails: 5 probes failed") || known.contains("health failed"), "{known}");
    end(&at);
    closed(at, &bridge);
}
