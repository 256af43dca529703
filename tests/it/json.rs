//! Every document for machines has the shape that `docs/schema` describes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::schema;
use crate::support::stage::Stage;

fn described(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/schema/{name}.json"));
    serde_json::from_str(&fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
        .unwrap()
}

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
        let output = self.stage.relco(&[arguments, &["--json"]].concat());
        let text = String::from_utf8(output.stdout).unwrap();
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        let document: Value =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments:?}: {error}\n{text}\n{err}"));
        let faults = schema::faults(&described(name), &document);
        assert!(faults.is_empty(), "relco {arguments:?} against {name}.json: {faults:#?}");
        self.checked.insert(name.to_owned());
        document
    }
}

#[test]
fn every_document_has_the_shape_that_is_described() {
    let mut relco = Watcher::new(Stage::harbor());
    relco.says("status", &["status"]);
    relco.says("releases", &["release", "list"]);
    relco.says("release", &["release", "show"]);
    relco.says("config-check", &["config", "check"]);
    relco.says("config-paths", &["config", "paths"]);
    relco.says("init", &["init", "--print"]);
    relco.says("doctor", &["doctor"]);
    relco.says("versions", &["versions"]);
    relco.says("changes", &["changes"]);
    relco.says("trust", &["trust", "--yes"]);
    relco.says("done", &["release", "start", "1.3.0"]);
    relco.says("status", &["status"]);
    relco.says("changes", &["changes"]);
    relco.says("versions", &["versions"]);
    relco.says("versions-set", &["versions", "--set", "1.3.0", "--dry-run"]);
    relco.says("done", &["release", "candidate"]);
    relco.says("check", &["check", "pipeline", "changelog", "qa"]);
    relco.says("check", &["check"]);
    relco.says("items", &["gate", "list"]);
    relco.says("items", &["item", "list"]);
    relco.says("plan", &["deploy", "plan"]);
    relco.says("triggers", &["trigger", "list"]);
    relco.says("watch", &["watch"]);
    relco.says("done", &["gate", "waive", "security", "--reason", "not today"]);
    relco.says("debts", &["debt", "list"]);
    relco.says("release", &["release", "show"]);
    relco.says("releases", &["release", "list"]);
    relco.says("journal-verify", &["journal", "verify"]);
    let journal = relco.says("config-paths", &["config", "paths"])["release"].as_str().unwrap().to_owned();
    let journal = Path::new(&journal).join("journal.toml");
    let mut bytes = fs::read(&journal).unwrap();
    bytes[700] ^= 1;
    fs::write(&journal, bytes).unwrap();
    let damaged = relco.says("journal-verify", &["journal", "verify", journal.to_str().unwrap()]);
    assert_eq!(damaged["verdict"], "damaged middle");
    relco.says("journal-repair", &["journal", "repair", journal.to_str().unwrap()]);
    relco.stage.write("relco.toml", "[projekt]\n");
    let broken = Watcher::new(Stage::plain());
    broken.stage.write("relco.toml", "[projekt]\nname = 1\n");
    let mut broken = broken;
    broken.says("config-check", &["config", "check"]);
}
