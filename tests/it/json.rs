//! Every document for machines has the shape that `docs/schema` describes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::schema;
use crate::support::stage::Stage;

/// Runs commands with `--json` and holds what they print against its description.
struct Watcher {
    stage: Stage,
    checked: BTreeSet<String>,
}

impl Watcher {
    fn new(stage: Stage) -> Self {
        Self { stage, checked: BTreeSet::new() }
    }

    /// Runs a command; gives the document.
    fn says(&mut self, name: &str, arguments: &[&str]) -> Value {
        let output = self.stage.relco(&[&["--json"], arguments].concat());
        let text = String::from_utf8(output.stdout).unwrap();
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        let document: Value =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments:?}: {error}\n{text}\n{err}"));
        let faults = schema::faults(&schema::described(name), &document);
        assert!(faults.is_empty(), "relco {arguments:?} against {name}.json: {faults:#?}");
        self.checked.insert(name.to_owned());
        document
    }
}

/// A project whose steps and checks are as small as they can be.
const SMALL: &str = r#"
[project]
name = "small"

[[gate]]
id = "qa"
check = ["true"]

[[deploy.step]]
id = "migrate"
run = ["sh", "-c", "echo installing; echo installed"]
class = "reversible"
undo = ["sh", "-c", "echo taken away"]

[[deploy.step]]
id = "deploy-backend"
run = ["false"]
class = "reversible"
undo = ["true"]

[[stakeholder]]
name = "office"

[[artifact]]
id = "package"
command = ["false"]

[[probe]]
id = "here"
command = ["true"]
interval = "10ms"

[[trigger]]
id = "lag"
title = "It lags"
probe = "here"
ratio = 9.0

[trigger.rule]
baseline_least = 3
"#;

/// What is looked at without a run.
fn before_a_run(relco: &mut Watcher) {
    relco.says("status", &["status"]);
    relco.says("releases", &["release", "list"]);
    relco.says("release", &["release", "show"]);
    relco.says("config-check", &["config", "check"]);
    relco.says("config-paths", &["config", "paths"]);
    relco.says("init", &["init", "--print"]);
    relco.says("doctor", &["doctor"]);
    relco.says("versions", &["versions"]);
    relco.says("changes", &["changes"]);
    relco.says("changes-rules", &["changes", "rules"]);
    relco.says("trust", &["trust", "--yes"]);
    relco.says("done", &["release", "start", "1.3.0"]);
    relco.says("status", &["status"]);
    let changes = relco.says("changes", &["changes"]);
    let changes = changes["changes"].as_array().unwrap();
    let missing = changes.iter().find(|one| one["verdict"] == "missing").unwrap()["id"].as_str().unwrap().to_owned();
    relco.says("changes-alike", &["changes", "alike", &missing]);
    relco.says("done", &["changes", "exclude", &missing, "--reason", "internal"]);
    relco.says("done", &["changes", "include", &missing]);
    relco.says("versions", &["versions"]);
    relco.says("versions-set", &["versions", "--set", "1.3.0", "--dry-run"]);
    relco.says("done", &["release", "candidate"]);
    relco.says("check", &["check", "pipeline", "changelog", "qa"]);
    relco.says("items", &["gate", "list"]);
    relco.says("items", &["item", "list"]);
    relco.says("plan", &["deploy", "plan"]);
    relco.says("triggers", &["trigger", "list"]);
    relco.says("feedback", &["feedback"]);
    relco.says("notes", &["notes"]);
    relco.says("sheet", &["sheet", "show"]);
    relco.says("done", &["sheet", "set", "deploy-time", "2026-11-23 14:00-16:00 Europe/Berlin"]);
    relco.says("done", &["sheet", "agree", "--role", "devops"]);
    relco.says("sheet", &["sheet", "show"]);
    relco.says("done", &["gate", "waive", "security", "--reason", "not today"]);
    relco.says("debts", &["debt", "list"]);
    relco.says("release", &["release", "show"]);
    relco.says("releases", &["release", "list"]);
    relco.says("metrics", &["metrics"]);
    relco.says("report", &["report"]);
}

/// What comes of runs and incidents.
fn after_a_run(relco: &mut Watcher) {
    relco.stage.write("relco.toml", SMALL);
    relco.stage.git(&["add", "--all"]);
    relco.stage.git(&["commit", "--quiet", "--message", "Small steps"]);
    for act in [&["trust", "--yes"][..], &["release", "start", "minor"], &["release", "candidate"]] {
        relco.stage.must(act);
    }
    relco.says("artifacts", &["release", "artifacts"]);
    relco.says("watch", &["watch"]);
    relco.stage.write("traffic.csv", "t_s,latency_ms,ok,control_ok,deployed\n0,100,1,1,0\n1,100,1,1,1\n");
    relco.says("replay", &["trigger", "replay", "traffic.csv"]);
    relco.says("run", &["deploy", "start", "--env", "staging", "--all"]);
    relco.says("log", &["log"]);
    relco.says("plan", &["rollback", "plan", "--env", "staging"]);
    let word = relco.stage.relco(&["rollback", "start", "--env", "staging"]);
    let word = String::from_utf8(word.stderr).unwrap();
    let word = word.lines().find_map(|line| line.strip_prefix("hint: --confirm ")).unwrap().to_owned();
    relco.says("run", &["rollback", "start", "--env", "staging", "--confirm", &word]);
    relco.says("done", &["incident", "open", "bookings are lost"]);
    relco.says("incident", &["incident", "report"]);
    relco.says("done", &["incident", "note", "-1m", "the office calls. TODO @li call back"]);
    relco.says("followups", &["followup", "list"]);
    relco.says("done", &["followup", "done", "F-1"]);
    relco.says("followups", &["followup", "list", "--all"]);
    relco.says("done", &["incident", "correct", "--at", "-2m", "--reason", "earlier"]);
    relco.says("done", &["incident", "impact", "--started", "-3m", "--extent", "degraded"]);
    relco.says("done", &["incident", "role", "commander", "li@example.com"]);
    relco.says("incident-draft", &["incident", "update", "--draft"]);
    relco.says("done", &["incident", "update", "--send"]);
    relco.says("done", &["incident", "snooze", "40m", "--reason", "nothing new"]);
    relco.says("done", &["incident", "decide", "pause", "--within", "10m", "--next", "the queue"]);
    relco.says("incident", &["incident", "report"]);
    relco.says("incident-brief", &["incident", "brief"]);
    relco.says("notices", &["notify", "list"]);
    relco.says("notices-sent", &["notify", "send", "incident"]);
    relco.says("notices", &["notify", "list"]);
    relco.says("timeline", &["timeline"]);
    relco.says("feedback", &["feedback"]);
    relco.says("triggers", &["trigger", "list"]);
    relco.says("samples", &["trigger", "samples", "lag", "--env", "staging"]);
    relco.says("report", &["report", "--format", "json"]);
    relco.says("status", &["status"]);
}

fn of_the_record(relco: &mut Watcher) {
    relco.says("journal-verify", &["journal", "verify"]);
    let release = relco.says("config-paths", &["config", "paths"])["release"].as_str().unwrap().to_owned();
    let journal = Path::new(&release).join("journal.toml");
    let mut bytes = fs::read(&journal).unwrap();
    bytes[700] ^= 1;
    fs::write(&journal, bytes).unwrap();
    let damaged = relco.says("journal-verify", &["journal", "verify", journal.to_str().unwrap()]);
    assert_eq!(damaged["verdict"], "damaged middle");
    relco.says("journal-repair", &["journal", "repair", journal.to_str().unwrap()]);
    relco.stage.write("relco.toml", "[projekt]\n");
    relco.says("config-check", &["config", "check"]);
}

#[test]
fn every_document_has_the_shape_that_is_described() {
    let mut harbor = Watcher::new(Stage::harbor());
    before_a_run(&mut harbor);
    let mut small = Watcher::new(Stage::plain());
    after_a_run(&mut small);
    of_the_record(&mut small);
    let checked: BTreeSet<String> = harbor.checked.union(&small.checked).cloned().collect();
    let described: BTreeSet<String> = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(checked, described, "described and never printed, or the reverse");
}
