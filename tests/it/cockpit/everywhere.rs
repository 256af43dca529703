//! What works in every corner: rollback and incident from below any dialog, drafts, sizes.

use rustix::process::Signal;

use crate::support::bridge::{Bridge, wait_for_text};
use crate::support::pty::Pty;

/// A run in staging whose second step waits for its gate.
fn under_way(bridge: &Bridge) -> Pty {
    for step in ["look", "first"] {
        bridge.open_gate(step);
    }
    let at = bridge.cockpit();
    at.wait_for("small");
    at.press("D");
    at.confirm("Deploy 1.1.0 to staging", "deploy");
    at.wait_for("second  ●");
    at
}

#[test]
fn rollback_and_incident_are_two_keys_away_from_everywhere() {
    let bridge = Bridge::small();
    let at = under_way(&bridge);
    let covers = [
        ("?", "filter|Keys"),
        (":", "Actions"),
        ("n", "┌ Note"),
        ("A", "┌ Abort the run"),
        ("S", "┌ Severity"),
        ("r", "F2 write"),
        ("H", "Releases and debts"),
        ("f2", "(?i)messages"),
    ];
    for (key, shown) in covers {
        at.press(key);
        at.wait_for(shown);
        at.press("ctrl-x r");
        at.wait_for("Roll back STAGING to 1.0.0");
        at.wait_for("second still runs: it is stopped first");
        at.press("esc");
        at.wait_gone("Roll back STAGING");
    }
    // An incident is open after two keys, also from inside of a text.
    at.press("r");
    at.wait_for("F2 write");
    at.press("ctrl-x i");
    at.wait_gone("F2 write");
    at.wait_for("INC-1");
    at.press("?");
    at.wait_for("filter|Keys");
    at.press("ctrl-x i");
    at.wait_for("─ Incident");
    at.press("esc");
    // And the rollback really stops what runs, and takes back what was started.
    at.press("ctrl-x r");
    at.wait_for("Type 1.0.0@staging to roll back");
    for step in ["undo-second", "undo-first"] {
        bridge.open_gate(step);
    }
    at.type_text("1.0.0@staging\r");
    at.wait_for("R2 succeeded");
    assert_eq!(bridge.started(), ["look", "first", "second", "undo-second", "undo-first"]);
    bridge.record_is_clean();
}

/// The release that is live is complete, and the cockpit shows the next one: the same keys roll production back.
#[test]
fn what_a_finished_release_left_in_production_is_as_near_as_ever() {
    let bridge = Bridge::small();
    for step in ["look", "first", "second", "smoke", "undo-first", "undo-second"] {
        bridge.open_gate(step);
    }
    bridge.must(&["live", "set", "production", "1.0.0"]);
    bridge.must(&["deploy", "start", "--all", "--env", "production", "--confirm", "1.1.0@production"]);
    bridge.must(&["release", "complete"]);
    bridge.must(&["release", "start", "1.2.0"]);
    let at = bridge.cockpit();
    at.wait_for("small 1.2.0");
    at.press("ctrl-x r");
    at.wait_for("Roll back PRODUCTION to 1.0.0");
    at.wait_for("this is release 1.1.0: its R1 is the last run in production");
    at.type_text("1.0.0@production\r");
    at.wait_for("small 1.1.0");
    at.wait_for("R2 succeeded");
    let undone = ["look", "first", "second", "smoke", "undo-second", "undo-first"];
    assert_eq!(bridge.started(), undone);
    let live = bridge.json_of(&["--release", "1.1.0", "status", "--json"]);
    assert_eq!(live["live"]["production"], "1.0.0", "{live}");
    bridge.record_is_clean();
}

#[test]
fn a_note_half_typed_survives_a_kill() {
    let bridge = Bridge::small();
    let mut at = bridge.cockpit();
    at.wait_for("small");
    at.press("n");
    at.wait_for("┌ Note");
    at.type_text("the harbour office called and");
    at.wait_for("called and");
    wait_for_text(&bridge.draft("note"), "the harbour office called and");
    at.signal(Signal::KILL);
    at.expect_signal(Signal::KILL);

    let at = bridge.cockpit();
    at.wait_for("half-written and kept: note");
    at.press("n");
    at.wait_for("> the harbour office called and");
    at.type_text(" asks\r");
    at.wait_gone("┌ Note");
    at.wait_for("the harbour office called and asks");
    at.press("n");
    at.wait_for("┌ Note");
    assert!(!at.screen().contains("> the harbour"), "{}", at.screen());
}

/// The last word before the end is recorded, whatever ends it.
#[test]
fn what_was_said_last_is_recorded_before_the_end() {
    let bridge = Bridge::small();
    let mut at = bridge.cockpit();
    at.wait_for("small");
    at.press("n");
    at.type_text("written and gone\rq");
    at.expect_exit(0);
    assert!(bridge.must(&["timeline"]).contains("written and gone"));
    let mut at = bridge.cockpit();
    at.wait_for("small");
    at.press("n");
    at.type_text("half of a word");
    at.wait_for("half of a word");
    at.signal(Signal::TERM);
    at.expect_signal(Signal::TERM);
    at.expect_restored();
    let at = bridge.cockpit();
    at.wait_for("half-written and kept: note");
    at.press("n");
    at.wait_for("> half of a word");
}

#[test]
fn no_size_breaks_it() {
    let sizes = [
        (1, 1),
        (2, 1),
        (1, 60),
        (200, 1),
        (3, 2),
        (10, 3),
        (20, 5),
        (39, 9),
        (40, 10),
        (59, 19),
        (60, 20),
        (79, 23),
        (80, 24),
        (100, 30),
        (120, 36),
        (200, 60),
        (7, 60),
        (120, 36),
    ];
    let bridge = Bridge::small();
    let mut at = under_way(&bridge);
    for (keys, shown) in [
        ("3", "second begins"),
        ("?", "filter|Keys"),
        ("ctrl-x r", "Type 1.0.0@staging"),
        ("r", "F2 write"),
        (":", "Actions"),
        ("q", "leave it running"),
        ("H", "Releases and debts"),
    ] {
        at.press(keys);
        at.wait_for(shown);
        for (columns, rows) in sizes {
            let frames = at.frames();
            at.resize(columns, rows);
            at.wait_frames(frames + 1);
        }
        at.wait_for(shown);
        at.press("esc");
    }
    at.signal(Signal::TERM);
    at.expect_signal(Signal::TERM);
    at.expect_restored();
}
