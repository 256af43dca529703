//! The terminal is given back on every way out of the real binary.

use rustix::process::Signal;

use crate::support::bridge::Bridge;

#[test]
fn signals_end_it_and_the_terminal_is_as_it_was() {
    let bridge = Bridge::small();
    for signal in [Signal::TERM, Signal::HUP] {
        let mut at = bridge.cockpit();
        at.wait_for("small");
        at.press("?");
        at.wait_for("filter|Keys");
        at.signal(signal);
        at.expect_signal(signal);
        at.expect_restored();
    }
}

#[test]
fn a_panic_gives_the_terminal_back_and_says_what_happened() {
    let bridge = Bridge::small();
    for (place, code) in [("draw", 101), ("session", 3)] {
        let mut at = bridge.cockpit_with(&[], 120, 36, &[("RELCO_TEST_PANIC", place)]);
        at.wait_for("small");
        at.press("H");
        at.expect_exit(code);
        at.wait_for(&format!("RELCO_TEST_PANIC={place}"));
        at.expect_restored();
    }
}

#[test]
fn a_terminal_that_goes_away_ends_it_and_loses_nothing() {
    let bridge = Bridge::small();
    let mut at = bridge.cockpit();
    at.wait_for("small");
    at.press("n");
    at.type_text("the connection drops\r");
    at.wait_for("\"the connection drops\" +ana");
    at.hang_up();
    at.wait_exit();
    assert!(bridge.must(&["timeline"]).contains("the connection drops"));
    bridge.record_is_clean();
}
