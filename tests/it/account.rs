//! What the record says, asked of the real binary: notes, sheet, notices, incident, timeline, metrics, report. A small
//! project whose steps are one-line commands is really deployed, and really rolled back.

use std::fs;
use std::path::Path;

use regex::Regex;
use serde_json::{Value, json};

use crate::support::schema;
use crate::support::stage::Stage;

const PROJECT: &str = r#"
[project]
name = "quay"

[plan]
defaults = false

[environment.staging]
danger = "confirm"

[environment.production]

[[item]]
id = "notes"
list = "pre-release"
group = "Release Manager Tasks"
title = "Release notes drafted"
role = "release manager"
auto = "notes"

[[deploy.step]]
id = "look"
title = "Look around"
role = "devops"
run = ["true"]
class = "check"

[[deploy.step]]
id = "deploy-backend"
title = "Deploy backend services"
role = "devops"
run = ["sh", "-c", "test ! -e ../broken || { echo 'ERROR the manifest is cut off'; exit 1; }"]
undo = ["true"]

[[item]]
id = "smoke"
list = "verification"
title = "Smoke tests passing"
role = "qa"

[[item]]
id = "notify-completion"
list = "communication"
title = "Notify stakeholders of completion"
role = "release manager"
notice = "completion"
environments = ["production"]

[[item]]
id = "verify-previous"
list = "rollback"
title = "Verify previous version working"
role = "qa"
run = ["true"]

[[item]]
id = "notify-rollback"
list = "post-rollback"
title = "Notify stakeholders"
role = "release manager"
notice = "rollback"
environments = ["production"]

[[trigger]]
id = "broken"
title = "Critical functionality broken"

[[stakeholder]]
name = "status page"
notify = { command = ["cat"] }

[[stakeholder]]
name = "harbour office"
"#;

const NOTES: &str = "## Release Notes: v0.2.0\n\n### Summary\nFaster.\n";

/// The small project, trusted, with a release that has its candidate.
fn quay() -> Stage {
    let at = Stage::plain();
    at.write("relco.toml", PROJECT);
    at.git(&["add", "--all"]);
    at.git(&["commit", "--quiet", "--message", "feat: count the ropes (#2)"]);
    at.must(&["trust", "--yes"]);
    at.must(&["live", "set", "production", "0.1.0"]);
    at.must(&["release", "start", "0.2.0"]);
    at.must(&["release", "candidate"]);
    at
}

fn written(at: &Stage) {
    fs::write(at.dir().join("notes.md"), NOTES).unwrap();
    at.must(&["notes", "--write", "../notes.md"]);
}

/// Deploys to production until somebody must look.
fn deployed(at: &Stage) {
    written(at);
    at.must(&["deploy", "start", "--env", "production", "--all", "--confirm", "0.2.0@production"]);
}

/// The transcript without clocks, days and durations.
fn calm(at: &Stage) -> String {
    let mut text = at.transcript();
    // How wide a column is depends on how long something took.
    let squeezed = |line: &str| -> String {
        let is_row =
            ["  Deployment s", "  Time to", "  Rollback f", "  Downtime p"].iter().any(|row| line.starts_with(row));
        if is_row { Regex::new("  +").unwrap().replace_all(line, "  ").into_owned() } else { line.to_owned() }
    };
    text = text.lines().map(squeezed).collect::<Vec<_>>().join("\n");
    for (pattern, instead) in [
        (r"(?m)^\d{4}-\d\d-\d\d UTC\n", ""),
        (r"\(recorded [^)]*\)", "(recorded TIME)"),
        (r"(?m)^[ ~]\d\d:\d\d:\d\d  ", "CLOCK  "),
        (r"\| ~?(\d{4}-\d\d-\d\d )?\d\d:\d\d(:\d\d)?( UTC)? \|", "| CLOCK |"),
        (r"Times are of [^\n]*", "Times are of DAY"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?( UTC)?", "DAY CLOCK"),
        (r"\b(in|after) (\d+ ms|\d+:\d\d)", "$1 TIME"),
        (r"  \d+(\.\d+)? min  ", "  N min  "),
        (r"  \d+ (s|min)  ", "  AGO  "),
        (r", \d+ (s|min)( so far)?\n", ", LONG\n"),
        (r"at most \d+ (s|min)", "at most LONG"),
        (r"(Time in each severity: ).*", "${1}LONG"),
        (r"(impact: started )TIME", "${1}DAY CLOCK"),
        (r"\b[0-9a-f]{40}\b", "COMMIT"),
        (r"candidate [0-9a-f]{7}\b", "candidate COMMIT"),
        (r"(succeeded|rolled back|pending|failed)  \d+:\d\d", "$1  LONG"),
    ] {
        text = Regex::new(pattern).unwrap().replace_all(&text, instead).into_owned();
    }
    text
}

#[test]
fn notes_are_drafted_kept_and_never_overwritten_by_a_draft() {
    let mut at = quay();
    at.tell("relco notes");
    at.tell("relco notes | relco notes --write -");
    at.tell("relco notes | tail -2");
    at.tell("printf '' | relco notes --write -");
    fs::write(at.dir().join("notes.md"), NOTES).unwrap();
    at.tell("relco notes --write ../notes.md");
    at.tell("relco notes");
    at.tell("relco notes --draft | relco notes --write -");
    at.tell("relco notes --draft | head -3");
    at.tell("relco notes --write ../none.md");
    at.tell("relco notes");
    insta::assert_snapshot!(calm(&at));
}

#[test]
fn the_sheet_is_filled_in_agreed_and_void_when_it_changes() {
    let mut at = quay();
    at.tell("relco sheet agree --role devops");
    at.tell("relco sheet set deploy-time tomorrow");
    at.tell("relco sheet set deploy-time '2030-01-07 10:00-12:00 Europe/Berlin'");
    at.tell("relco sheet set weather fine");
    at.tell("relco sheet agree --role devops --by devin@example.com");
    at.tell("relco sheet agree --role 'Release Manager'");
    at.tell("relco sheet agree --role qa");
    at.tell("relco sheet show");
    at.tell("relco sheet set communication 'Ana tells everybody'");
    at.tell("relco sheet show | tail -4");
    insta::assert_snapshot!(calm(&at));
}

#[test]
fn a_release_that_went_well_is_on_record() {
    let mut at = quay();
    at.tell("relco metrics");
    deployed(&at);
    at.must(&["item", "done", "smoke", "--by", "li@example.com", "--note", "12 of 12"]);
    at.must(&["deploy", "next", "--env", "production", "--all"]);
    at.tell("relco notify list");
    at.tell("relco notify send completion");
    at.tell("relco notify send completion --to nobody");
    at.tell("relco notify send completion --to 'status page' --again");
    at.tell("relco notify told 'status page'");
    at.tell("relco notify told 'harbour office' --note 'by telephone' --by li@example.com");
    at.tell("relco metrics | head -4");
    at.must(&["release", "complete"]);
    at.tell("relco metrics");
    at.tell("relco feedback");
    at.tell("relco timeline");
    at.tell("relco notes --draft | head -1");
    insta::assert_snapshot!(calm(&at));
    let report = at.must(&["report"]);
    for heading in [
        "# quay 0.2.0\n",
        "\n## Pre-Release Checklist: v0.2.0\n",
        "\n## Release-DevOps Sync\n",
        "\n## Deployment: v0.2.0\n",
        "\n## Rollback Procedure: v0.2.0\n",
        "\n## Notices\n",
        "\n## Release Notes: v0.2.0\n",
        "\n## Release Metrics\n",
        "\n## Debts\n",
        "\n## Timeline\n",
    ] {
        assert_eq!(report.matches(heading).count(), 1, "{heading:?} in\n{report}");
    }
}

#[test]
fn a_release_that_failed_has_its_incident_on_record() {
    let mut at = quay();
    fs::write(at.dir().join("broken"), "").unwrap();
    written(&at);
    at.tell("relco deploy start --env production --all --confirm 0.2.0@production > /dev/null");
    at.tell("relco feedback");
    at.tell("relco incident open 'again'");
    at.tell("relco incident severity critical");
    at.tell("relco incident note -1m harbour office: the page is blank");
    at.tell("relco incident note 25:99 no such time");
    at.tell("relco incident impact --started -2m --extent full --affected login");
    at.tell("relco incident impact --started later");
    at.tell("relco incident decide pause --reason 'to look at it'");
    at.tell("relco metrics | head -5");
    at.must(&["rollback", "start", "--env", "production", "--confirm", "0.1.0@production"]);
    at.tell("relco incident impact --ended now");
    at.tell("relco incident close");
    at.tell("relco incident status resolved --note 'the old version answers'");
    at.tell("relco incident write root-cause 'the manifest was cut off'");
    at.tell("relco incident write prevention 'check it before the switch'");
    at.tell("relco incident write blame nobody");
    at.tell("relco incident close");
    at.tell("relco incident report");
    at.tell("relco incident report INC-7");
    at.tell("relco metrics | head -5");
    at.tell("relco timeline --incident INC-1 | grep 'INC-1 opened'");
    insta::assert_snapshot!(calm(&at));
}

#[test]
fn an_incident_needs_no_release() {
    let mut at = Stage::plain();
    at.tell("relco incident report");
    at.tell("relco incident open");
    at.tell("relco incident note yesterday 23:58 the disk was filling up");
    at.tell("relco incident severity medium");
    at.tell("relco notes --write /dev/null");
    at.must(&["release", "start", "0.1.0"]);
    at.tell("relco incident note --by li@example.com it is full now");
    at.tell("relco incident status resolved");
    at.tell("relco incident close");
    at.tell("relco incident report");
    insta::assert_snapshot!(calm(&at));
}

fn described(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/schema/{name}.json"));
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn assert_shape(name: &str, document: &Value, what: &[&str]) {
    let faults = schema::faults(&described(name), document);
    assert!(faults.is_empty(), "relco {what:?} against {name}.json: {faults:#?}");
}

fn says(at: &Stage, name: &str, arguments: &[&str]) -> Value {
    let output = at.relco(&[arguments, &["--json"]].concat());
    let document: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}", String::from_utf8_lossy(&output.stderr)));
    assert_shape(name, &document, arguments);
    document
}

/// Every document of the record, with the parts of the report held against the shapes that they are said to have.
fn every_document(at: &Stage) {
    for (name, arguments) in [
        ("timeline", &["timeline"][..]),
        ("metrics", &["metrics"]),
        ("feedback", &["feedback"]),
        ("notes", &["notes"]),
        ("notices", &["notify", "list"]),
        ("sheet", &["sheet", "show"]),
    ] {
        says(at, name, arguments);
    }
    let report = says(at, "report", &["report"]);
    for (part, name) in [("items", "items"), ("metrics", "metrics"), ("entries", "timeline")] {
        assert_shape(name, &json!({ "schema": 1, part: report[part] }), &["report", part]);
    }
    assert_shape("notices", &json!({ "schema": 1, "stakeholders": [], "notices": report["notices"] }), &["report"]);
    for incident in report["incidents"].as_array().unwrap() {
        assert_shape("incident", &json!({ "schema": 1, "incident": incident }), &["report"]);
    }
}

#[test]
fn the_documents_of_the_record_have_the_shapes_that_are_described() {
    every_document(&Stage::plain());
    let at = quay();
    every_document(&at);
    at.must(&["sheet", "set", "deploy-time", "2030-01-07 10:00-12:00 UTC"]);
    at.must(&["sheet", "agree", "--role", "devops"]);
    at.must(&["sheet", "set", "communication", "Ana tells everybody"]);
    let sheet = says(&at, "sheet", &["sheet", "show"]);
    assert_eq!(sheet["sheet"]["void"], json!([{ "role": "devops", "by": "ana@example.com" }]));
    at.must(&["item", "skip", "window", "--reason", "agreed by telephone"]);
    fs::write(at.dir().join("broken"), "").unwrap();
    written(&at);
    let start = ["deploy", "start", "--env", "production", "--all", "--confirm", "0.2.0@production"];
    assert_eq!(at.relco(&start).status.code(), Some(4));
    at.must(&["incident", "decide", "rollback"]);
    at.must(&["rollback", "start", "--env", "production", "--confirm", "0.1.0@production"]);
    let incident = says(&at, "incident", &["incident", "report"]);
    assert_eq!(incident["incident"]["log_tail"], json!(["ERROR the manifest is cut off"]));
    let sent = says(&at, "notices-sent", &["notify", "send", "incident"]);
    assert_eq!(sent["notices"].as_array().unwrap().len(), 2);
    every_document(&at);
    let metrics = says(&at, "metrics", &["metrics"]);
    let counts: Vec<_> = metrics["metrics"].as_array().unwrap().iter().map(|row| (&row["k"], &row["n"])).collect();
    assert_eq!(counts[0], (&json!(0), &json!(1)));
    assert_eq!(counts[2], (&json!(1), &json!(1)));
}
