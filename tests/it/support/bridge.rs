//! Cockpits on a real terminal, over a project of their own: a small one whose steps wait for the test's word, or the
//! example with its services.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use relco::demo::Fault;
use relco::demo::place::Place;
use relco::demo::{Options, prepare, running};
use serde_json::Value;

use super::pty::Pty;
use super::stage::{RELCO, Stage};

/// Columns and rows of a usual terminal window.
const COLUMNS: u16 = 120;
const ROWS: u16 = 36;

/// A step of the small project: says that it began, waits for its gate, prints what it is told to, and ends as it is
/// told to. It gives up when the place vanishes, so that nothing of a failed test lives on.
const STEP: &str = r#"#!/bin/sh
echo "$1 begins"
echo "$1" >>"$GATES/started"
count() { i=$1; while [ "$i" -le "$2" ]; do echo "line $i"; i=$((i + 1)); done; }
[ ! -e "$GATES/$1.lines" ] || count 1 1500
while [ ! -e "$GATES/$1.go" ]; do
    [ -d "$GATES" ] || exit 9
    sleep 0.02
done
[ ! -e "$GATES/$1.lines" ] || count 1501 3000
code=0
if [ -r "$GATES/$1.exit" ]; then read -r code <"$GATES/$1.exit"; fi
echo "$1 ends with $code"
exit "$code"
"#;

const SMALL: &str = r#"
[project]
name = "small"
tag = "v{version}"
[plan]
defaults = false
[environment.staging]
vars = { GATES = "@GATES@" }
[environment.production]
vars = { GATES = "@GATES@" }

[[item]]
id = "look"
list = "pre-deployment"
title = "Look around"
role = "devops"
run = ["./step", "look"]
[[deploy.step]]
id = "first"
title = "First step"
run = ["./step", "first"]
class = "reversible"
undo = ["./step", "undo-first"]
[[deploy.step]]
id = "second"
title = "Second step"
run = ["./step", "second"]
class = "reversible"
undo = ["./step", "undo-second"]
[[item]]
id = "smoke"
list = "verification"
title = "Smoke test"
role = "qa"
run = ["./step", "smoke"]
"#;

/// A place with cockpits on it. What still waits for its gate is let go when it is dropped.
pub struct Bridge {
    stage: Stage,
    demo: Option<Place>,
}

impl Bridge {
    /// The small project: trusted, release 1.1.0 started over a tag 1.0.0, its candidate set, 1.0.0 live in staging.
    pub fn small() -> Self {
        let stage = Stage::plain();
        let gates = stage.dir().join("gates");
        fs::create_dir(&gates).unwrap();
        stage.write("relco.toml", &SMALL.replace("@GATES@", gates.to_str().unwrap()));
        stage.write("step", STEP);
        fs::set_permissions(stage.project().join("step"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        stage.git(&["add", "--all"]);
        stage.git(&["commit", "--quiet", "--message", "Steps"]);
        stage.git(&["tag", "v1.0.0"]);
        stage.git(&["commit", "--quiet", "--allow-empty", "--message", "Work"]);
        let bridge = Self { stage, demo: None };
        for line in [
            &["trust", "--yes"][..],
            &["live", "set", "staging", "1.0.0"],
            &["release", "start", "1.1.0"],
            &["release", "candidate"],
        ] {
            bridge.must(line);
        }
        bridge
    }

    /// Writes a tracked file, commits it, trusts what it says and ships it.
    pub fn ships(&self, path: &str, text: &str) {
        self.stage.write(path, text);
        for line in [&["add", "--all"][..], &["commit", "--quiet", "--message", "More"]] {
            self.stage.git(line);
        }
        self.must(&["trust", "--yes"]);
        self.must(&["release", "candidate"]);
    }

    /// The project's file.
    pub fn config(&self) -> String {
        fs::read_to_string(self.stage.project().join("relco.toml")).unwrap()
    }

    /// The example with its services, ready for production but for nothing: what stands in the way is waived.
    pub fn harbor(fault: Fault) -> Self {
        let mut bridge = Self::nothing();
        let place = bridge.place();
        let options = Options { dir: Some(place.dir().to_owned()), fault: Some(fault), ..Options::default() };
        prepare(&options, Path::new(RELCO)).unwrap();
        fs::write(place.pace(), "0\n").unwrap();
        bridge.demo = Some(place);
        for line in [
            &["trust", "--yes"][..],
            &["live", "set", "staging", "1.2.4"],
            &["live", "set", "production", "1.2.4"],
            &["release", "start", "1.3.0"],
            &["release", "candidate"],
        ] {
            bridge.must(line);
        }
        for gate in ["qa", "business", "security"] {
            bridge.must(&["gate", "pass", gate]);
        }
        let status = bridge.json_of(&["status", "--json"]);
        for blocker in status["blockers"].as_array().unwrap() {
            bridge.relco(&["item", "skip", blocker["id"].as_str().unwrap(), "--reason", "not what is tried here"]);
        }
        assert_eq!(bridge.json(&["status", "--json"])["ready"], true);
        bridge
    }

    /// A place with nothing in it but room for the example.
    pub fn nothing() -> Self {
        Self { stage: Stage::bare_directory(), demo: None }
    }

    /// Where the example lies, or will lie.
    pub fn place(&self) -> Place {
        Place::new(self.stage.dir().join("example"))
    }

    /// From here on the example is there, and its services are ended with this.
    pub fn demo_is_there(&mut self) {
        self.demo = Some(self.place());
    }

    /// Where everything lies.
    pub fn dir(&self) -> &Path {
        self.stage.dir()
    }

    fn gate(&self, name: &str) -> PathBuf {
        self.dir().join("gates").join(name)
    }

    /// Lets a step of the small project end.
    pub fn open_gate(&self, step: &str) {
        fs::write(self.gate(&format!("{step}.go")), "").unwrap();
    }

    /// Has a step of the small project end with this code.
    pub fn ends_with(&self, step: &str, code: i32) {
        fs::write(self.gate(&format!("{step}.exit")), format!("{code}\n")).unwrap();
    }

    /// Has a step of the small project print 1500 lines before its gate and 1500 behind it.
    pub fn is_chatty(&self, step: &str) {
        fs::write(self.gate(&format!("{step}.lines")), "").unwrap();
    }

    /// The steps of the small project that really started, in their order.
    pub fn started(&self) -> Vec<String> {
        let text = fs::read_to_string(self.gate("started")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// relco in this place, as a person of it would start it.
    fn command(&self, program: &str) -> Command {
        let mut command = self.stage.command(program);
        if let Some(place) = &self.demo {
            command.current_dir(place.project()).env("RELCO_STATE_DIR", place.state());
        }
        command
    }

    /// A cockpit of the usual size.
    pub fn cockpit(&self) -> Pty {
        self.cockpit_with(&[], COLUMNS, ROWS, &[])
    }

    /// A cockpit with arguments, of a size, with further variables.
    pub fn cockpit_with(&self, arguments: &[&str], columns: u16, rows: u16, set: &[(&str, &str)]) -> Pty {
        let like = self.command(RELCO);
        Pty::spawn(Path::new(RELCO), columns, rows, |command| {
            command.args(arguments).current_dir(like.get_current_dir().unwrap());
            command.envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
            command.envs(set.iter().copied());
        })
    }

    /// Runs git in the small project, which must succeed.
    pub fn git(&self, arguments: &[&str]) {
        self.stage.git(arguments);
    }

    /// Runs relco; whatever it ends with.
    pub fn relco(&self, arguments: &[&str]) -> std::process::Output {
        self.command(RELCO).args(arguments).output().unwrap()
    }

    /// Runs relco, which must succeed.
    pub fn must(&self, arguments: &[&str]) -> String {
        let output = self.relco(arguments);
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "relco {arguments:?}: {:?} {err}", output.status);
        String::from_utf8(output.stdout).unwrap()
    }

    /// What relco prints for machines, whatever it ends with.
    pub fn json_of(&self, arguments: &[&str]) -> Value {
        let output = self.relco(arguments);
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("relco {arguments:?}: {error}: {output:?}"))
    }

    /// What relco prints for machines when it succeeds.
    pub fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.must(arguments)).unwrap()
    }

    /// Every item of a run by its state.
    pub fn states(&self, run: &str) -> Vec<(String, String)> {
        let items = self.json(&["item", "list", "--json"]);
        let of_run = items["items"].as_array().unwrap().iter().filter_map(|item| {
            let id = item["id"].as_str()?.strip_prefix(run)?.strip_prefix('/')?;
            Some((id.to_owned(), item["state"].as_str()?.to_owned()))
        });
        of_run.collect()
    }

    /// Asserts that every record is whole, and that no step of a run was started more often than it says.
    pub fn record_is_clean(&self) {
        let verdict = self.json(&["journal", "verify", "--json"]);
        assert_eq!(verdict["verdict"], "clean", "{verdict}");
    }

    /// What production itself answers.
    pub fn production(&self) -> String {
        let place = self.demo.as_ref().unwrap();
        let port = running::port(place, "production").unwrap();
        relco::demo::probe::ask(&format!("http://127.0.0.1:{port}/version")).unwrap().body
    }
}

impl Bridge {
    fn state(&self) -> PathBuf {
        let state = self.dir().join("state");
        let mut projects = fs::read_dir(&state).unwrap().map(|entry| entry.unwrap().path());
        projects.find(|path| path.is_dir()).unwrap()
    }

    /// Where a half-typed text of the small project's release is kept.
    pub fn draft(&self, name: &str) -> PathBuf {
        self.state().join("1.1.0/drafts").join(name)
    }

    /// Where the first attempt of a step of the small project writes its log.
    pub fn log_of(&self, step: &str) -> PathBuf {
        self.log_of_attempt(&format!("R1-{step}-1"))
    }

    /// Where an attempt of the small project's release writes its log.
    pub fn log_of_attempt(&self, attempt: &str) -> PathBuf {
        self.state().join(format!("1.1.0/attempts/{attempt}/log"))
    }
}

/// Waits until a file holds this text.
#[track_caller]
pub fn wait_for_text(path: &Path, text: &str) {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let found = fs::read_to_string(path).unwrap_or_default();
        if found.contains(text) {
            return;
        }
        assert!(Instant::now() < until, "{} holds {found:?}, not {text:?}", path.display());
        std::thread::sleep(Duration::from_millis(5));
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        // Each may fail where there is nothing to end; a panic in here would hide the one that a test failed with.
        if let Some(place) = &self.demo {
            let _ = running::stop(place);
        }
        let _ = fs::remove_dir_all(self.dir().join("gates"));
    }
}

impl Pty {
    /// Answers the question of this title by the key of its verb, once it takes it.
    #[track_caller]
    pub fn confirm(&self, title: &str, verb: &str) {
        self.wait_for(title);
        self.wait_for(&format!("y {verb} +Esc goes back"));
        self.press("y");
        self.wait_gone(&format!("y {verb} +Esc goes back"));
    }

    /// Types the word that starts production in the example, and waives by name what was never rehearsed there.
    #[track_caller]
    pub fn deploy_harbor(&self) {
        self.wait_selected("Deploy 1.3.0 to production");
        self.press("enter");
        self.wait_for("Type 1.3.0@production to deploy");
        self.type_text("1.3.0@production\r");
        self.wait_selected("Verify rollback procedure");
        self.wait_for("rollback was never rehearsed");
        self.press("s");
        self.wait_for("why it is left out");
        self.type_text("not what is tried here\r");
    }

    /// Waits until the selection stands on the row that begins like this.
    #[track_caller]
    pub fn wait_selected(&self, row: &str) {
        self.wait_for(&format!("▌. {row}"));
    }
}
