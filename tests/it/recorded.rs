//! What one command records is on record as a whole or not at all, also where it stands in two journals and where
//! several come at once: by commands, on the real binary.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use crate::steps::{Place, out};
use crate::support::stage::{RELCO, Stage};

/// A project with a release, and nothing that has to be trusted.
fn released() -> Stage {
    let stage = Stage::plain();
    stage.git(&["tag", "v1.0.0"]);
    stage.git(&["commit", "--quiet", "--allow-empty", "--message", "Work"]);
    stage
}

/// The project's directory of state.
fn state(stage: &Stage) -> PathBuf {
    let state = fs::read_dir(stage.dir().join("state")).unwrap();
    state.map(|entry| entry.unwrap().path()).find(|path| path.is_dir()).unwrap()
}

#[test]
fn a_release_that_takes_nothing_more_locks_no_environment() {
    let place = Place::new("", "");
    let state = state(&place.stage);
    let before = fs::read_to_string(state.join("project.toml")).unwrap();
    let journal = state.join("1.1.0/journal.toml");
    let text = fs::read_to_string(&journal).unwrap();
    fs::write(&journal, format!("{text}not a record\n\n")).unwrap();
    let refused = place.deploy();
    assert_eq!(refused.status.code(), Some(3), "{}", out(&refused));
    assert_eq!(fs::read_to_string(state.join("project.toml")).unwrap(), before);
    assert_eq!(place.started(), Vec::<String>::new());
}

#[test]
fn a_hotfix_that_cannot_be_recorded_leaves_no_debts() {
    let stage = released();
    let reason = format!("critical bug: {}", "x".repeat(70_000));
    let refused = stage.relco(&["release", "start", "hotfix", "--reason", &reason]);
    assert_eq!(refused.status.code(), Some(3), "{}", out(&refused));
    let project = fs::read_to_string(state(&stage).join("project.toml")).unwrap_or_default();
    assert!(!project.contains("debt."), "{project}");
    stage.must(&["release", "start", "hotfix", "--reason", "critical bug: short"]);
    assert!(!state(&stage).join("1.0.1.2").exists(), "the place that was made for it is taken");
}

#[test]
fn of_several_who_start_the_same_hotfix_one_does() {
    let stage = released();
    let mut starting = Vec::new();
    for _ in 0..5 {
        let mut command = stage.command(RELCO);
        command.args(["release", "start", "hotfix", "--reason", "critical bug"]);
        starting.push(command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap());
    }
    let ended: Vec<_> = starting.into_iter().map(|one| one.wait_with_output().unwrap()).collect();
    let said: Vec<String> = ended.iter().map(out).collect();
    assert_eq!(ended.iter().filter(|one| one.status.success()).count(), 1, "{said:?}");
    assert_eq!(said.iter().filter(|said| said.contains("release 1.0.1 is already open")).count(), 4, "{said:?}");
    assert!(!state(&stage).join("1.0.1.2").exists());
    assert!(!out(&stage.relco(&["status", "--short"])).contains("several releases"));
}
