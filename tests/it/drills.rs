//! Drills: an incident that is only played has a banner, a record of its own, and reaches nobody and nothing.

use serde_json::Value;

use crate::support::bridge::Bridge;
use crate::support::stage::Stage;

const PLAN: &str = r#"
[project]
name = "small"
tag = "v{version}"
[plan]
defaults = false
[environment.production]
[[item]]
id = "looked"
list = "pre-release"
title = "Looked at"
role = "devops"
class = "check"
run = ["sh", "-c", "echo looked >> ../reached"]
[[deploy.step]]
id = "out"
title = "Bring it out"
run = ["sh", "-c", "echo deployed >> ../reached"]
[[probe]]
id = "answers"
command = "echo asked >> ../reached"
shell = true
[[trigger]]
id = "slow"
title = "Too slow"
probe = "answers"
[[stakeholder]]
name = "the office"
notify = { command = ["sh", "-c", "echo told >> ../reached"] }
"#;

/// A release on its way, with everything that a person could trust trusted.
fn stage() -> Stage {
    let stage = Stage::plain();
    stage.write("relco.toml", PLAN);
    stage.git(&["add", "--all"]);
    stage.git(&["commit", "--quiet", "--message", "A plan"]);
    stage.git(&["tag", "v1.0.0"]);
    stage.git(&["commit", "--quiet", "--allow-empty", "--message", "Work"]);
    stage.must(&["trust", "--yes"]);
    stage.must(&["live", "set", "production", "1.0.0"]);
    stage.must(&["release", "start", "1.1.0"]);
    stage
}

fn json(stage: &Stage, arguments: &[&str]) -> Value {
    let output = stage.relco(&[&["--json"], arguments].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {output:?}"))
}

#[test]
fn a_drill_has_a_record_of_its_own_and_counts_for_nothing() {
    let stage = stage();
    let before = (json(&stage, &["metrics"]), json(&stage, &["timeline"]), json(&stage, &["followup", "list"]));
    for line in [
        &["incident", "open", "the harbour is on fire"][..],
        &["incident", "severity", "critical"],
        &["incident", "impact", "--started", "-90m", "--ended", "-5m"],
        &["incident", "note", "TODO(li): buy buckets"],
        &["incident", "status", "resolved"],
        &["incident", "close"],
    ] {
        let output = stage.relco(&[&["--drill"], line].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{line:?}: {said}");
        assert!(said.contains("this is a drill: its record is its own, nothing is run, nobody is told"), "{said}");
    }
    let after = (json(&stage, &["metrics"]), json(&stage, &["timeline"]), json(&stage, &["followup", "list"]));
    assert_eq!(before, after, "the real record knows nothing of it");
    let played = stage.must(&["--drill", "incident", "report"]);
    assert!(played.contains("the harbour is on fire"), "{played}");
    assert!(json(&stage, &["--drill", "followup", "list"]).to_string().contains("buy buckets"));
    // The next incident is the first one.
    stage.must(&["incident", "open", "a real one"]);
    assert!(stage.must(&["incident", "report"]).contains("INC-1"));
    for state in [&["--drill"][..], &[]] {
        assert_eq!(json(&stage, &[state, &["journal", "verify"]].concat())["verdict"], "clean");
    }
}

#[test]
fn a_drill_reaches_nobody_and_runs_nothing() {
    let stage = stage();
    for line in [
        &["release", "start", "1.1.0"][..],
        &["release", "candidate"],
        &["check"],
        &["trust", "--yes"],
        &["watch", "--count", "1"],
        &["notify", "send", "completion"],
        &["incident", "open"],
        &["incident", "update", "--send", "it is played"],
        &["deploy", "start", "--env", "production", "--all", "--confirm", "1.1.0@production"],
        &["rollback", "start", "--env", "production", "--confirm", "1.0.0@production"],
        &["release", "tag"],
        &["versions", "--set", "1.1.0"],
    ] {
        stage.relco(&[&["--drill"], line].concat());
    }
    let reached = std::fs::read_to_string(stage.dir().join("reached"));
    assert!(reached.is_err(), "reached: {reached:?}");
    let notices = stage.must(&["--drill", "notify", "list"]);
    assert!(notices.contains("not sent: a drill"), "{notices}");
    let refused = stage.relco(&["--drill", "deploy", "start", "--env", "production", "--confirm", "1.1.0@production"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("this is a drill: nothing is run"), "{said}");
    assert_eq!(refused.status.code(), Some(1));
    let tags = stage.command("git").args(["tag"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&tags.stdout), "v1.0.0\n", "no tag is made");
}

#[test]
fn a_drill_says_so_at_the_top_of_every_screen() {
    let bridge = Bridge::small();
    for (columns, rows) in [(120, 36), (80, 24), (60, 20)] {
        let at = bridge.cockpit_with(&["--drill"], columns, rows, &[]);
        at.wait_for("DRILL");
        at.press("ctrl-x i");
        at.wait_for("INC-1");
        at.wait_for("DRILL");
        at.press("ctrl-x r");
        at.wait_for("DRILL");
        at.press("q");
    }
    assert!(!bridge.must(&["timeline"]).contains("incident"), "the real record knows nothing of it");
}
