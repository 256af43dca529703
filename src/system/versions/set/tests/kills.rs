//! Killed at every step of a set, and of finishing or reverting one: this test binary is run again as the process that
//! dies, by a real SIGKILL.

use std::cell::Cell;
use std::process::Command;

use super::*;

/// What the child does: `apply`, `finish` or `revert`, in these two directories.
const TASK: &str = "RELCO_TEST_SET_TASK";
/// At which step it dies, counted from 1.
const DIE_AT: &str = "RELCO_TEST_SET_DIE_AT";

thread_local! {
    static STEPS: Cell<usize> = const { Cell::new(0) };
}

/// Dies here, where this is the step to die at.
pub(in super::super) fn step() {
    let Some(at) = std::env::var(DIE_AT).ok().and_then(|at| at.parse::<usize>().ok()) else { return };
    STEPS.set(STEPS.get() + 1);
    if STEPS.get() == at {
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL).unwrap();
    }
}

/// Not a test of its own: what the child runs.
#[test]
fn as_child() {
    let Ok(task) = std::env::var(TASK) else { return };
    let mut words = task.split('\n');
    let (what, root, state) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
    let (root, state) = (Path::new(root), Path::new(state));
    match what {
        "apply" => {
            let plan = plan_set(root, &files(), &Version::new(1, 3, 0), &[], &Vec::new).unwrap();
            apply_set(root, state, &plan).unwrap();
        }
        "finish" => drop(settle(root, state, Settle::Finish).unwrap()),
        _ => drop(settle(root, state, Settle::Revert).unwrap()),
    }
}

/// Whether the child died.
fn dies(tree: &Tree, what: &str, at: usize) -> bool {
    let task = format!("{what}\n{}\n{}", tree.root.path().display(), tree.state.path().display());
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "system::versions::set::tests::kills::as_child", "--quiet", "--test-threads=1"])
        .env(TASK, task)
        .env(DIE_AT, at.to_string())
        .output()
        .unwrap();
    use std::os::unix::process::ExitStatusExt;
    let killed = output.status.signal() == Some(9);
    assert!(killed || output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    killed
}

/// Every file is wholly old or wholly new.
fn is_whole(tree: &Tree) {
    let (cargo, plain) = (tree.read("backend/Cargo.toml"), tree.read("frontend/version.txt"));
    assert!([CARGO.to_owned(), CARGO.replace("1.2.4", "1.3.0")].contains(&cargo), "{cargo}");
    assert!([PLAIN.to_owned(), PLAIN.replace("1.2.4", "1.3.0")].contains(&plain), "{plain}");
}

#[test]
fn killed_at_every_step_of_setting_it_is_whole_or_named_and_comes_to_either_end() {
    let mut named = 0;
    for (how, expected) in [(Settle::Finish, true), (Settle::Revert, false)] {
        let mut at = 1;
        loop {
            let tree = tree();
            if !dies(&tree, "apply", at) {
                assert_eq!(tree.says(), [true, true]);
                tree.nothing_is_left();
                break;
            }
            is_whole(&tree);
            match half_done(tree.root.path(), tree.state.path()).unwrap() {
                None => assert!(tree.says()[0] == tree.says()[1], "step {at}: half-done and not named"),
                Some(_) => {
                    named += 1;
                    settle(tree.root.path(), tree.state.path(), how).unwrap();
                    assert_eq!(tree.says(), [expected, expected], "step {at}");
                    tree.nothing_is_left();
                }
            }
            tree.apply().unwrap();
            assert_eq!(tree.says(), [true, true], "step {at}");
            at += 1;
        }
        assert!(at > 20, "only {at} steps");
    }
    assert!(named > 10, "{named} times half-done");
}

#[test]
fn killed_at_every_step_of_coming_to_an_end_it_still_does() {
    for (what, how, expected) in [("finish", Settle::Finish, true), ("revert", Settle::Revert, false)] {
        let mut at = 1;
        loop {
            let tree = tree();
            tree.killed_half_way();
            if !dies(&tree, what, at) {
                break;
            }
            is_whole(&tree);
            settle(tree.root.path(), tree.state.path(), how).unwrap();
            assert_eq!(tree.says(), [expected, expected], "{what} {at}");
            assert_eq!(half_done(tree.root.path(), tree.state.path()).unwrap(), None);
            at += 1;
        }
        assert!(at > 5, "only {at} steps");
    }
}
