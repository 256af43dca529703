//! Steps that fail, hang, are lost, ask and are asked: by commands, on the real binary, in a project whose steps do what
//! the files of a directory tell them.

use std::fs;
use std::io::{BufRead, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::support::stage::{RELCO, Stage, until};

/// A step: says that it began, waits while it is held, fails as often as it is told to, and is applied then.
const STEP: &str = r#"#!/bin/sh
echo "$1" >>"$PLACE/started"
echo "$1 begins"
while [ -e "$PLACE/$1.hold" ]; do [ -d "$PLACE" ] || exit 9; sleep 0.02; done
left=0
if [ -r "$PLACE/$1.fails" ]; then read -r left <"$PLACE/$1.fails"; fi
if [ "$left" -gt 0 ]; then echo $((left - 1)) >"$PLACE/$1.fails"; echo "ERROR $1"; exit 1; fi
: >"$PLACE/$1.applied"
"#;

const PLAN: &str = r#"
[project]
name = "small"
tag = "v{version}"
[plan]
defaults = false
[environment.staging]
vars = { PLACE = "@PLACE@" }
[environment.production]
vars = { PLACE = "@PLACE@" }

[[deploy.step]]
id = "first"
title = "First step"
role = "devops"
run = ["./step", "first"]
undo = ["./step", "undo-first"]
@FIRST@
[[deploy.step]]
id = "second"
title = "Second step"
role = "devops"
run = ["./step", "second"]
undo = ["./step", "undo-second"]
@SECOND@
"#;

/// A project of two steps on its way to production, which runs 1.0.0.
pub(crate) struct Place {
    pub(crate) stage: Stage,
}

impl Place {
    pub(crate) fn new(first: &str, second: &str) -> Self {
        let stage = Stage::plain();
        let place = stage.dir().join("place");
        fs::create_dir(&place).unwrap();
        let plan = PLAN.replace("@PLACE@", place.to_str().unwrap()).replace("@FIRST@", first);
        stage.write("relco.toml", &plan.replace("@SECOND@", second));
        stage.write("step", STEP);
        fs::set_permissions(stage.project().join("step"), fs::Permissions::from_mode(0o755)).unwrap();
        stage.git(&["add", "--all"]);
        stage.git(&["commit", "--quiet", "--message", "Steps"]);
        stage.git(&["tag", "v1.0.0"]);
        stage.git(&["commit", "--quiet", "--allow-empty", "--message", "Work"]);
        for line in [
            &["trust", "--yes"][..],
            &["live", "set", "production", "1.0.0"],
            &["release", "start", "1.1.0"],
            &["release", "candidate"],
        ] {
            stage.must(line);
        }
        Self { stage }
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.stage.dir().join("place").join(name)
    }

    pub(crate) fn fails(&self, step: &str, times: u32) {
        fs::write(self.file(&format!("{step}.fails")), format!("{times}\n")).unwrap();
    }

    pub(crate) fn hold(&self, step: &str) {
        fs::write(self.file(&format!("{step}.hold")), "").unwrap();
    }

    pub(crate) fn let_go(&self, step: &str) {
        fs::remove_file(self.file(&format!("{step}.hold"))).unwrap();
    }

    /// What really started, in its order.
    pub(crate) fn started(&self) -> Vec<String> {
        let text = fs::read_to_string(self.file("started")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    pub(crate) fn deploy(&self) -> Output {
        self.stage.relco(&["deploy", "start", "--env", "production", "--all", "--confirm", "1.1.0@production"])
    }

    pub(crate) fn roll_back(&self) -> Output {
        self.stage.relco(&["rollback", "start", "--env", "production", "--confirm", "1.0.0@production"])
    }

    /// A deployment that somebody else watches.
    pub(crate) fn deploy_beside(&self) -> Child {
        self.beside(&["deploy", "start", "--env", "production", "--all", "--confirm", "1.1.0@production"])
    }

    /// A command that goes on beside this test.
    pub(crate) fn beside(&self, arguments: &[&str]) -> Child {
        let mut command = self.stage.command(RELCO);
        command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let output = self.stage.relco(arguments);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error} {output:?}"))
    }

    pub(crate) fn timeline(&self) -> Vec<String> {
        let timeline = self.json(&["timeline", "--json"]);
        timeline["entries"].as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn state(&self, id: &str) -> String {
        let items = self.json(&["item", "list", "--json"]);
        let found = items["items"].as_array().unwrap().iter().find(|item| item["id"] == id);
        found.unwrap_or_else(|| panic!("no {id} in {items}"))["state"].as_str().unwrap().to_owned()
    }

    pub(crate) fn incidents(&self) -> usize {
        self.timeline().iter().filter(|text| text.starts_with("incident ")).count()
    }

    /// Where an attempt keeps its files.
    pub(crate) fn attempt(&self, id: &str) -> PathBuf {
        let state = self.stage.dir().join("state");
        let project = fs::read_dir(&state).unwrap().map(|entry| entry.unwrap().path()).find(|path| path.is_dir());
        project.unwrap().join("1.1.0/attempts").join(id)
    }

    /// Kills the process that owns an attempt.
    pub(crate) fn lose(&self, attempt: &str) {
        let dir = self.attempt(attempt);
        let supervisor = fs::read_dir("/proc").unwrap().find_map(|entry| {
            let entry = entry.ok()?;
            let pid: i32 = entry.file_name().to_str()?.parse().ok()?;
            let line = fs::read(entry.path().join("cmdline")).ok()?;
            let words: Vec<&[u8]> = line.split(|byte| *byte == 0).collect();
            let is_it = words.get(1) == Some(&b"supervise".as_slice())
                && words.get(2).is_some_and(|word| *word == dir.as_os_str().as_encoded_bytes());
            is_it.then(|| rustix::process::Pid::from_raw(pid)).flatten()
        });
        rustix::process::kill_process(supervisor.unwrap(), rustix::process::Signal::KILL).unwrap();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What still waits to be let go ends with the place.
        let _ = fs::remove_dir_all(self.stage.dir().join("place"));
    }
}

pub(crate) fn out(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_step_is_run_again_as_often_as_it_declares() {
    let place = Place::new("retries = 2\nbackoff = \"10ms\"", "");
    place.fails("first", 2);
    let output = place.deploy();
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    assert!(out(&output).contains("first exit 1: attempt 2 of 3 in 10 ms"), "{}", out(&output));
    assert!(out(&output).contains("attempt 3 of 3 in 20 ms"), "each wait is twice as long: {}", out(&output));
    assert_eq!(place.started(), ["first", "first", "first", "second"]);
    assert_eq!(place.incidents(), 0, "what worked in the end is no incident");
}

#[test]
fn after_its_last_try_a_step_has_failed_for_good() {
    let place = Place::new("retries = 1\nbackoff = \"10ms\"", "");
    place.fails("first", 9);
    let output = place.deploy();
    assert_eq!(output.status.code(), Some(4), "{}", out(&output));
    assert_eq!(place.started(), ["first", "first"]);
    assert_eq!(place.incidents(), 1);
    // By hand it can be tried on; that is a try more and declares none.
    place.stage.relco(&["deploy", "retry", "--env", "production"]);
    assert_eq!(place.started().len(), 3);
}

#[test]
fn a_step_that_was_stopped_is_not_run_again() {
    let place = Place::new("retries = 3\nbackoff = \"10ms\"", "");
    place.hold("first");
    let mut beside = place.deploy_beside();
    until("the first step", || place.started() == ["first"]);
    let output = place.stage.relco(&["deploy", "abort", "--env", "production", "--reason", "wrong day"]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    beside.wait().unwrap();
    assert_eq!(place.started(), ["first"]);
    let ended = place.timeline().into_iter().find(|text| text.starts_with("first failed")).unwrap();
    assert!(ended.contains("stopped by ana@example.com: wrong day"), "{ended}");
}

#[test]
fn a_failure_can_stop_the_run_or_be_passed_over() {
    let place = Place::new("", "on_failure = \"stop\"");
    place.fails("second", 1);
    place.deploy();
    assert!(place.timeline().contains(&"R1 aborted: second failed (exit 1), and its plan says stop".to_owned()));

    let place = Place::new("on_failure = \"continue\"", "");
    place.fails("first", 1);
    let output = place.deploy();
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    assert_eq!(place.started(), ["first", "second"]);
    assert_eq!(place.state("R1/first"), "waived");
    assert_eq!(place.incidents(), 0);
}

#[test]
fn a_failure_can_roll_back_as_the_plan_says() {
    let place = Place::new("", "on_failure = \"rollback\"");
    place.fails("second", 1);
    let output = place.deploy();
    assert!(out(&output).contains("second failed (exit 1), and its plan says to roll back"), "{}", out(&output));
    until("the rollback", || place.started().len() == 4);
    assert_eq!(place.started(), ["first", "second", "undo-second", "undo-first"]);
    assert_eq!(place.incidents(), 1);
    let timeline = place.timeline();
    assert!(timeline.iter().any(|text| text.starts_with("decision: roll back: second failed")), "{timeline:?}");
}

#[test]
fn what_nobody_knows_the_end_of_is_asked() {
    let place = Place::new("check = [\"test\", \"-e\", \"@/first.applied\"]", "");
    let plan = fs::read_to_string(place.stage.project().join("relco.toml")).unwrap();
    let there = place.file("").to_str().unwrap().trim_end_matches('/').to_owned();
    place.stage.write("relco.toml", &plan.replace("@/", &format!("{there}/")));
    place.stage.git(&["commit", "--quiet", "--all", "--message", "Where"]);
    place.stage.must(&["trust", "--yes"]);
    place.stage.must(&["release", "candidate"]);
    place.hold("first");
    let mut beside = place.deploy_beside();
    until("the first step", || place.started() == ["first"]);
    place.lose("R1-first-1");
    // It goes on without anybody who will know how it ended.
    place.let_go("first");
    let status = beside.wait().unwrap();
    assert_eq!(status.code(), Some(5));
    let timeline = place.timeline();
    let said = timeline.iter().find(|text| text.starts_with("first: check says it was applied"));
    assert!(said.is_some(), "{timeline:?}");
    assert_eq!(place.state("R1/first"), "unknown", "the check is a word, the decision is a person's");
    let status = place.json(&["item", "list", "--json"]).to_string();
    assert!(status.contains("outcome unknown: check says it was applied"), "{status}");
    // To try again is such a decision: what is applied is not run twice.
    let output = place.stage.relco(&["deploy", "retry", "--env", "production"]);
    assert_eq!(place.state("R1/first"), "done", "{}", out(&output));
    assert_eq!(place.started().iter().filter(|step| *step == "first").count(), 1);
}

#[test]
fn what_a_stopped_step_left_elsewhere_is_cancelled_before_anything_is_undone() {
    let place = Place::new("", "cancel = [\"./step\", \"cancel-second\"]");
    place.hold("second");
    let mut beside = place.deploy_beside();
    until("the second step", || place.started() == ["first", "second"]);
    let output = place.roll_back();
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    beside.wait().unwrap();
    assert_eq!(place.started(), ["first", "second", "cancel-second", "undo-second", "undo-first"]);
    // What ended by itself has nothing to cancel.
    let place = Place::new("", "cancel = [\"./step\", \"cancel-second\"]");
    place.fails("second", 1);
    place.deploy();
    place.roll_back();
    assert_eq!(place.started(), ["first", "second", "undo-second", "undo-first"]);
}

#[test]
fn what_was_rolled_back_is_bad_and_its_place_locked_until_somebody_says_otherwise() {
    let place = Place::new("", "");
    place.fails("second", 1);
    place.deploy();
    place.roll_back();
    let refused = place.deploy();
    assert_eq!(refused.status.code(), Some(1));
    let said = out(&refused);
    assert!(said.contains("production cannot start: 2 blockers"), "{said}");
    assert!(said.contains("1.1.0 was rolled back in production: rolled back by R2: second failed"), "{said}");
    assert!(said.contains("production is locked: 1.1.0 was rolled back by R2: second failed"), "{said}");
    place.stage.must(&["deploy", "unlock", "--env", "production", "--reason", "the disk was full"]);
    assert!(out(&place.deploy()).contains("production cannot start: 1 blocker\n"));
    place.stage.must(&["item", "skip", "bad:production", "--reason", "the version was not at fault"]);
    let again = place.deploy();
    assert_eq!(again.status.code(), Some(0), "{}", out(&again));
    // A word said about one rollback does not cover the next one.
    place.roll_back();
    assert!(out(&place.deploy()).contains("production cannot start: 2 blockers"));
}

#[test]
fn a_step_with_a_terminal_takes_lines_and_keeps_none() {
    let place = Place::new("tty = true", "");
    let script = "#!/bin/sh\necho $1 >>$PLACE/started\nprintf 'word? '\nread word\necho \"${#word} letters\"\n";
    place.stage.write("step", script);
    place.stage.git(&["commit", "--quiet", "--all", "--message", "Asks"]);
    place.stage.must(&["release", "candidate"]);
    let mut beside = place.deploy_beside();
    let log = place.attempt("R1-first-1").join("log");
    until("the question", || fs::read_to_string(&log).is_ok_and(|text| text.ends_with("word? ")));
    let mut typing = place.stage.command(RELCO);
    typing.args(["attempt", "type"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut typing = typing.spawn().unwrap();
    typing.stdin.take().unwrap().write_all(b"hunter22\n").unwrap();
    let said = typing.wait_with_output().unwrap();
    assert_eq!(out(&said), "1 line typed into R1-first-1\n");
    until("the second step", || place.started() == ["first", "second"]);
    let refused = place.stage.relco(&["attempt", "type", "R1-second-1"]);
    assert!(out(&refused).contains("second has no terminal") || out(&refused).contains("is not running"));
    beside.wait().unwrap();
    assert_eq!(fs::read_to_string(&log).unwrap(), "word? 8 letters\n");
    let kept = Command::new("grep").args(["-r", "-l", "hunter22"]).arg(place.stage.dir()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&kept.stdout), "", "what was typed is nowhere on the disk");
}

#[test]
fn a_rollback_names_scripts_that_changed_and_can_run_those_of_the_candidate() {
    let place = Place::new("", "");
    place.fails("second", 1);
    place.deploy();
    let changed = STEP.replace("begins", "of another day begins");
    place.stage.write("step", &changed);
    let plan = place.stage.relco(&["rollback", "plan", "--env", "production"]);
    assert!(out(&plan).contains("step is not as "), "{}", out(&plan));
    assert!(!out(&plan).contains("no way back"), "a rollback is the way back: {}", out(&plan));
    let line = ["rollback", "start", "--env", "production", "--confirm", "1.0.0@production", "--worktree"];
    let output = place.stage.relco(&line);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    assert!(out(&output).contains("undo-second begins"), "{}", out(&output));
    assert!(!out(&output).contains("another day"), "{}", out(&output));
    assert_eq!(fs::read_to_string(place.stage.project().join("step")).unwrap(), changed, "the person's own is left");
}

#[test]
fn where_nothing_can_be_recorded_the_commands_are_shown_and_work() {
    let place = Place::new("", "");
    place.fails("second", 1);
    place.deploy();
    let lock = place.attempt("").parent().unwrap().parent().unwrap().join("lock");
    fs::remove_file(&lock).unwrap();
    fs::create_dir(&lock).unwrap();
    let output = place.roll_back();
    assert_eq!(output.status.code(), Some(3), "{}", out(&output));
    assert_eq!(place.started(), ["first", "second"], "nothing is started that is not on record");
    let text = String::from_utf8(output.stdout).unwrap();
    let (head, commands) = text.split_once('\n').unwrap();
    assert!(head.contains("the record cannot be written; to roll production back by hand"), "{head}");
    assert!(commands.contains("export RELCO_VERSION=1.1.0\n"), "{commands}");
    let pasted = place.stage.command("sh").args(["-e", "-c", commands]).output().unwrap();
    assert!(pasted.status.success(), "{pasted:?}");
    assert_eq!(place.started(), ["first", "second", "undo-second", "undo-first"]);
}

/// In every step of a rollback whoever walks it is killed, and whoever owns the step as well where `lost`; then it is
/// taken up again. Nothing is run twice, nothing is left out.
#[track_caller]
fn a_rollback_is_resumed_in_every_step(lost: bool) {
    let place = Place::new("", "");
    let plan = fs::read_to_string(place.stage.project().join("relco.toml")).unwrap();
    let verify =
        "[[item]]\nid = \"verify\"\nlist = \"rollback\"\ntitle = \"Verify\"\nrole = \"devops\"\nclass = \"check\"\n";
    place.stage.write("relco.toml", &format!("{plan}\n{verify}run = [\"./step\", \"verify\"]\n"));
    place.stage.git(&["commit", "--quiet", "--all", "--message", "Verify"]);
    place.stage.must(&["trust", "--yes"]);
    place.stage.must(&["release", "candidate"]);
    place.fails("second", 1);
    place.deploy();
    let steps = ["undo-second", "undo-first", "verify"];
    for step in steps {
        place.hold(step);
    }
    let mut walks = place.beside(&["rollback", "start", "--env", "production", "--confirm", "1.0.0@production"]);
    for (at, step) in steps.into_iter().enumerate() {
        until(step, || place.started().len() == 3 + at);
        walks.kill().unwrap();
        walks.wait().unwrap();
        if lost {
            place.lose(&format!("R2-{step}-1"));
        }
        place.let_go(step);
        until("the end of the step", || fs::metadata(place.file(&format!("{step}.applied"))).is_ok());
        let (state, wanted) = (format!("R2/{step}"), if lost { "unknown" } else { "done" });
        until("what is known of its end", || place.state(&state) == wanted);
        if lost {
            let refused = place.stage.relco(&["rollback", "next", "--env", "production", "--all"]);
            assert!(out(&refused).contains(&format!("the outcome of {step} is unknown")), "{}", out(&refused));
            let attempt = format!("R2-{step}-1");
            place.stage.must(&["attempt", "resolve", &attempt, "done", "--reason", "looked at the machine"]);
        }
        if at < 2 {
            walks = place.beside(&["rollback", "next", "--env", "production", "--all"]);
        }
    }
    place.stage.relco(&["rollback", "next", "--env", "production", "--all"]);
    assert_eq!(place.started(), ["first", "second", "undo-second", "undo-first", "verify"]);
    let timeline = place.timeline();
    assert!(timeline.contains(&"R2 succeeded".to_owned()), "{timeline:?}");
    // Not ready, for what was rolled back is known as bad; live is what was before.
    assert!(out(&place.stage.relco(&["status"])).contains("live: production 1.0.0"));
    assert_eq!(place.json(&["journal", "verify", "--json"])["verdict"], "clean");
}

#[test]
fn a_rollback_whose_captain_is_killed_in_every_step_is_resumed() {
    a_rollback_is_resumed_in_every_step(false);
}

#[test]
fn a_rollback_whose_captain_and_owner_are_killed_in_every_step_is_resumed() {
    a_rollback_is_resumed_in_every_step(true);
}

#[test]
fn what_the_plan_prints_is_what_runs() {
    let place = Place::new("types = [\"major\"]", "");
    let plan = fs::read_to_string(place.stage.project().join("relco.toml")).unwrap();
    let forward = "class = \"irreversible\"\nroll_forward = \"the next version mends it\"\n";
    place.stage.write("relco.toml", &plan.replace("undo = [\"./step\", \"undo-second\"]\n", forward));
    place.stage.git(&["commit", "--quiet", "--all", "--message", "For good"]);
    place.stage.must(&["trust", "--yes"]);
    place.stage.must(&["release", "candidate"]);
    let said = place.stage.must(&["deploy", "plan", "--env", "production"]);
    assert!(said.contains("does not apply: minor: only for major"), "{said}");
    let crossing = said.find("not undone by a rollback").unwrap();
    assert!(said[crossing..].contains("cannot be taken back: the next version mends it"), "{said}");
    let before = fs::read(place.attempt("").parent().unwrap().join("journal.toml")).unwrap();
    let planned = place.json(&["deploy", "plan", "--env", "production", "--json"]);
    let planned: Vec<String> = planned["steps"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|step| step["applies"] == true && !step["command"].is_null())
        .map(|step| step["command"].as_str().unwrap().to_owned())
        .collect();
    let after = fs::read(place.attempt("").parent().unwrap().join("journal.toml")).unwrap();
    assert_eq!(before, after, "looking at a plan records nothing");
    place.deploy();
    let journal = String::from_utf8(fs::read(place.attempt("").parent().unwrap().join("journal.toml")).unwrap());
    let ran: Vec<String> = journal
        .unwrap()
        .lines()
        .filter_map(|line| line.split_once("argv = [")?.1.split_once(']'))
        .map(|(argv, _)| argv.replace("\", \"", " ").replace('"', ""))
        .collect();
    assert_eq!(ran, planned);
    assert_eq!(ran, ["./step second"]);
}

/// Arguments, directory and variables of an attempt, as it was really started.
fn specified(place: &Place, attempt: &str) -> Value {
    let text = fs::read_to_string(place.attempt(attempt).join("spec.toml")).unwrap();
    let spec: toml::Table = toml::from_str(&text).unwrap();
    let json = |key: &str| serde_json::to_value(&spec[key]).unwrap();
    serde_json::json!({ "argv": json("argv"), "directory": json("cwd"), "variables": json("env") })
}

#[test]
fn a_dry_run_tells_every_word_and_variable_of_what_runs_and_equals_it() {
    let place = Place::new("", "");
    let plan = fs::read_to_string(place.stage.project().join("relco.toml")).unwrap();
    let shell = plan
        .replace("run = [\"./step\", \"second\"]", "run = \"./step second && test 'a b' = \\\"a b\\\"\"\nshell = true");
    let file = "[environment.production]\nenv_file = \"secret.env\"\n";
    place.stage.write("relco.toml", &shell.replace("[environment.production]\n", file));
    place.stage.write("secret.env", "TOKEN=hunter22\n");
    place.stage.write(".gitignore", "secret.env\n");
    place.stage.git(&["add", "--all"]);
    place.stage.git(&["commit", "--quiet", "--message", "Words"]);
    place.stage.must(&["trust", "--yes"]);
    place.stage.must(&["release", "candidate"]);
    let planned = |what: &[&str]| -> Vec<Value> {
        let plan = place.json(&[what, &["--env", "production", "--json"]].concat());
        let of = |step: &Value| {
            let mut variables = step["variables"].clone();
            // What stands in the file is named and not shown.
            assert_eq!(variables["TOKEN"], Value::Null);
            variables["TOKEN"] = "hunter22".into();
            serde_json::json!({ "argv": step["argv"], "directory": step["directory"], "variables": variables })
        };
        plan["steps"].as_array().unwrap().iter().filter(|step| !step["argv"].is_null()).map(of).collect()
    };
    let forward = planned(&["deploy", "plan"]);
    let said = place.stage.must(&["deploy", "plan", "--env", "production"]);
    assert!(said.contains("  TOKEN=(from the environment's file)") && !said.contains("hunter22"), "{said}");
    assert!(said.contains("  RELCO_FROM_VERSION=1.0.0"), "{said}");
    assert_eq!(place.deploy().status.code(), Some(0));
    assert_eq!(forward, [specified(&place, "R1-first-1"), specified(&place, "R1-second-1")]);
    let back = planned(&["rollback", "plan"]);
    assert_eq!(place.roll_back().status.code(), Some(0));
    assert_eq!(back, [specified(&place, "R2-undo-second-1"), specified(&place, "R2-undo-first-1")]);
}

#[test]
fn a_silent_step_is_said_with_its_usual_time() {
    let place = Place::new("silence = \"100ms\"", "");
    place.deploy();
    place.roll_back();
    place.stage.must(&["deploy", "unlock", "--env", "production", "--reason", "tried"]);
    place.stage.must(&["item", "skip", "bad:production", "--reason", "tried"]);
    place.hold("first");
    let mut command = place.stage.command(RELCO);
    command.args(["deploy", "start", "--env", "production", "--all", "--confirm", "1.1.0@production"]);
    let mut walks = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = std::io::BufReader::new(walks.stderr.take().unwrap()).lines();
    let warned = said.by_ref().map(Result::unwrap).find(|line| line.contains("no output for")).unwrap();
    assert!(warned.contains("first: no output for ") && warned.contains(" ms, usually "), "{warned}");
    place.let_go("first");
    assert_eq!(said.map(Result::unwrap).find(|line| line.contains("no output for")), None, "it is said once");
    walks.wait().unwrap();
}

/// What `relco status` says: exit code, the document, and its one line.
fn status(place: &Place) -> (i32, Value, String) {
    let output = place.stage.relco(&["status", "--json"]);
    let document = serde_json::from_slice(&output.stdout).unwrap();
    (output.status.code().unwrap(), document, out(&place.stage.relco(&["status", "--short"])))
}

#[test]
fn nothing_is_ready_while_something_that_was_started_waits_for_a_person() {
    let place = Place::new("", "");
    let (code, ready, _) = status(&place);
    assert_eq!((code, &ready["ready"], &ready["changing"]), (0, &true.into(), &serde_json::json!({})));
    place.fails("second", 1);
    place.fails("undo-second", 1);
    place.deploy();
    let (code, failed, line) = status(&place);
    assert_eq!((code, &failed["ready"]), (1, &false.into()), "{failed}");
    let first = &failed["blockers"][0];
    assert_eq!(first["id"], "R1/second");
    assert!(first["what"].as_str().unwrap().starts_with("deployment of production: second failed: exit 1"), "{first}");
    let next = "relco deploy retry --env production, or relco rollback start --env production";
    assert_eq!(first["next"], next);
    assert!(line.contains("needs a person") && !line.contains("ready"), "{line}");
    // Between two versions, and the one that it goes to has a name.
    assert_eq!(failed["changing"]["production"], "1.1.0");
    assert!(out(&place.stage.relco(&["status"])).starts_with("live: production 1.0.0→1.1.0"));
    // A rollback that broke is worse, not better.
    place.roll_back();
    let (code, broken, line) = status(&place);
    assert_eq!((code, &broken["ready"]), (1, &false.into()), "{broken}");
    let what = broken["blockers"][0]["what"].as_str().unwrap();
    assert!(what.starts_with("rollback of production: undo-second failed: exit 1"), "{what}");
    assert!(line.contains("needs a person") && !line.contains("  ready"), "{line}");
    assert!(out(&place.stage.relco(&["status"])).starts_with("live: production 1.1.0→1.0.0"));
}

#[test]
fn an_outcome_that_nobody_knows_and_a_pause_are_not_ready_either() {
    let place = Place::new("", "");
    place.hold("first");
    let mut beside = place.deploy_beside();
    until("the first step", || place.started() == ["first"]);
    place.stage.must(&["deploy", "pause", "--env", "production", "--reason", "the phone rings"]);
    let (code, paused, _) = status(&place);
    assert_eq!((code, &paused["blockers"][0]["id"]), (1, &"pause:R1".into()), "{paused}");
    place.lose("R1-first-1");
    place.let_go("first");
    beside.wait().unwrap();
    let (code, unknown, _) = status(&place);
    assert_eq!(code, 1, "{unknown}");
    assert!(unknown["blockers"][0]["what"].as_str().unwrap().contains("first outcome unknown"), "{unknown}");
    assert_eq!(unknown["blockers"][0]["next"], "relco attempt resolve R1-first-1 done|failed --reason …");
}

/// The evidence is of what was really gone through: another script, or another step, and it counts no more.
#[test]
fn a_rehearsal_counts_until_a_script_that_its_steps_run_changes() {
    let place = Place::new("", "");
    let plan = fs::read_to_string(place.stage.project().join("relco.toml")).unwrap();
    let ready = "[[item]]\nid = \"rehearsed\"\nlist = \"pre-deployment\"\ntitle = \"Rehearsed\"\nrole = \"devops\"\n";
    place.stage.write("relco.toml", &format!("{plan}\n{ready}auto = \"rehearsed\"\n"));
    place.stage.write("docs/manual", "one\n");
    let candidate = || {
        place.stage.git(&["add", "--all"]);
        place.stage.git(&["commit", "--quiet", "--message", "On"]);
        place.stage.must(&["trust", "--yes"]);
        place.stage.must(&["release", "candidate"]);
        let start = ["deploy", "start", "--env", "production", "--confirm", "1.1.0@production"];
        out(&place.stage.relco(&start)) + &out(&place.stage.relco(&["deploy", "next", "--env", "production"]))
    };
    let abort = || place.stage.must(&["deploy", "abort", "--env", "production", "--reason", "tried"]);
    assert!(candidate().contains("rollback was never rehearsed"));
    abort();
    place.stage.must(&["rollback", "rehearse", "--env", "staging"]);
    place.stage.write("docs/manual", "two\n");
    let said = candidate();
    assert!(said.contains("rehearsed in staging as R2"), "what no step runs may change: {said}");
    abort();
    place.stage.write("step", &STEP.replace("begins", "sets out"));
    let said = candidate();
    assert!(said.contains("step changed since the rehearsal R2"), "{said}");
}

#[test]
fn a_complete_release_that_was_rolled_back_says_so_everywhere() {
    let place = Place::new("", "");
    assert_eq!(place.deploy().status.code(), Some(0));
    place.stage.must(&["release", "tag", "--make"]);
    place.stage.must(&["release", "complete"]);
    let phase = |place: &Place| place.json(&["status", "--json"])["release"]["phase"].clone();
    assert_eq!(phase(&place), "complete");
    // A rollback that broke waits for a person, also where the record was closed.
    place.fails("undo-second", 1);
    place.roll_back();
    assert_eq!(phase(&place), "rolling back");
    let (_, status, line) = status(&place);
    assert_eq!(status["blockers"][0]["id"], "R2/undo-second", "{status}");
    assert!(line.contains("rolling back, was complete") && line.contains("needs a person"), "{line}");
    assert_eq!(place.stage.relco(&["rollback", "next", "--env", "production", "--safe"]).status.code(), Some(0));
    let rest = place.stage.relco(&["rollback", "next", "--env", "production", "--all"]);
    let (_, status, line) = self::status(&place);
    assert_eq!(status["release"]["phase"], "rolled back", "{status} {}", out(&rest));
    assert!(line.contains("rolled back, was complete"), "{line}");
    assert!(place.stage.must(&["report"]).contains("\n- State: rolled back; it was complete\n- "));
    let list = place.stage.must(&["release", "list"]);
    assert!(list.contains("complete 2") && list.contains(", rolled back"), "{list}");
    assert_eq!(place.json(&["release", "list", "--json"])["releases"][0]["outcome"], "rolled back");
}

#[test]
fn an_incident_is_documented_once_it_says_how_bad_what_and_when() {
    let place = Place::new("", "");
    let plan = fs::read_to_string(place.stage.project().join("relco.toml")).unwrap();
    let item = |id: &str, wants: &str| {
        format!(
            "\n[[item]]\nid = \"{id}\"\nlist = \"post-rollback\"\ntitle = \"{id}\"\nrole = \"devops\"\nwants = \"{wants}\"\n"
        )
    };
    place.stage.write("relco.toml", &format!("{plan}{}{}", item("document", "incident"), item("cause", "root cause")));
    place.stage.git(&["commit", "--quiet", "--all", "--message", "Paper"]);
    place.stage.must(&["trust", "--yes"]);
    place.stage.must(&["release", "candidate"]);
    place.fails("second", 1);
    place.deploy();
    let waits = out(&place.roll_back());
    assert!(waits.contains("needs a person: document"), "{waits}");
    let refused = out(&place.stage.relco(&["item", "done", "document"]));
    let missing = "document: missing: severity not judged, what users felt, since when they felt it, \
                   until when they felt it";
    assert!(refused.contains(missing), "{refused}");
    assert!(refused.contains("or relco item skip R2/document --reason TEXT"), "{refused}");
    place.stage.must(&["incident", "severity", "high"]);
    place.stage.must(&[
        "incident",
        "impact",
        "--started",
        "-10m",
        "--ended",
        "unknown",
        "--affected",
        "the berth plan",
    ]);
    place.stage.must(&["item", "done", "document"]);
    let refused = out(&place.stage.relco(&["item", "done", "cause"]));
    assert!(refused.contains("cause: missing: root cause"), "{refused}");
    place.stage.must(&["item", "skip", "cause", "--reason", "the vendor looks for it"]);
    assert_eq!((place.state("R2/document"), place.state("R2/cause")), ("done".to_owned(), "skipped".to_owned()));
}
