//! Death at any moment: the cockpit is killed, a step does not notice, and whoever comes back sees where it stands.

use std::collections::BTreeMap;
use std::fs;

use regex::Regex;
use relco::demo::Fault;
use rustix::process::Signal;

use crate::support::bridge::{Bridge, wait_for_text};
use crate::support::pty::Pty;

fn kill(mut at: Pty) {
    at.signal(Signal::KILL);
    at.expect_signal(Signal::KILL);
}

/// How often each slot was really attempted, as the record has it.
fn attempts(bridge: &Bridge) -> BTreeMap<String, usize> {
    let timeline = bridge.json(&["timeline", "--json"]);
    let mut found = BTreeMap::new();
    for entry in timeline["entries"].as_array().unwrap() {
        if entry["kind"] == "attempt.intended" {
            *found.entry(entry["text"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    found
}

/// The selected row, if something is under way in it.
fn under_way(screen: &str) -> Option<String> {
    let row = Regex::new("▌● ([^│┃]+)").unwrap();
    row.captures(screen).map(|found| found[1].trim().to_owned())
}

/// The two rows that wait for a person: one on the way, and the last.
const BY_HAND: &str = "▌○ Key user flows";
const LAST: &str = "▌→ Tag the candidate";

/// Goes on after a break: Enter asks, and says what will run. Where only something is looked at before a person is
/// needed again, it is looked at without a question.
fn go_on(at: &Pty) {
    at.wait_gone(r"3 Log  \S+  ● ");
    let waits = |screen: &str| screen.contains(BY_HAND) || screen.contains(LAST);
    if waits(&at.screen()) {
        return;
    }
    at.press("enter");
    let asks = format!("Do the next thing|Told by hand|{BY_HAND}|{LAST}");
    at.wait_for(&asks);
    // A notice that was on its way when everything died may have arrived: a person says so.
    while at.screen().contains("Told by hand") {
        at.press("enter");
        at.wait_gone("Told by hand");
        at.press("enter");
        at.wait_for(&asks);
    }
    if !waits(&at.screen()) {
        at.confirm("Do the next thing", "start");
    }
}

#[test]
fn killed_in_every_step_of_production_nothing_is_lost() {
    let bridge = Bridge::harbor(Fault::None);
    fs::write(bridge.place().pace(), "0.05\n").unwrap();
    let mut at = bridge.cockpit();
    at.deploy_harbor();
    let mut killed: Vec<String> = Vec::new();
    loop {
        let new = |screen: &str| under_way(screen).filter(|row| !killed.contains(row));
        at.wait_until("a step that runs, or one that waits for a person", |screen, _| {
            let text: Vec<String> = screen.rows(0, 120).collect();
            let text = text.join("\n");
            new(&text).is_some() || text.contains(BY_HAND) || text.contains(LAST)
        });
        let screen = at.screen();
        if screen.contains(LAST) {
            break;
        }
        let by_hand = screen.contains(BY_HAND);
        killed.extend(new(&screen));
        kill(at);
        bridge.record_is_clean();
        at = bridge.cockpit();
        at.wait_for("2 Deployment");
        if by_hand {
            at.wait_selected("Key user flows");
            at.press("enter");
            at.wait_for("d done");
            at.press("d");
            at.wait_for("what was observed");
            at.press("enter");
            at.wait_selected("Update status page");
        }
        go_on(&at);
    }
    for step in ["Run database migrations", "Deploy backend", "Deploy frontend"] {
        assert!(killed.iter().any(|row| row.starts_with(step)), "{step} was not among {killed:?}");
    }
    let open: Vec<(String, String)> = bridge.states("R1").into_iter().filter(|(_, state)| state != "done").collect();
    let left = [("rollback-ready", "skipped"), ("release-log", "open")];
    assert_eq!(open, left.map(|(id, state)| (id.to_owned(), state.to_owned())));
    let attempts = attempts(&bridge);
    assert!(attempts.len() >= 13 && attempts.values().all(|count| *count == 1), "{attempts:?}");
    assert!(bridge.production().contains(r#""backend":"1.3.0""#));
    bridge.record_is_clean();
}

#[test]
fn a_step_does_not_notice_that_its_cockpit_was_killed() {
    let bridge = Bridge::small();
    bridge.open_gate("look");
    bridge.is_chatty("first");
    let at = bridge.cockpit();
    deploy(&at);
    at.wait_for("first  ● .*1,?50[12] lines");
    kill(at);
    assert_eq!(bridge.started(), ["look", "first"]);

    // It still runs, and is shown again with everything that it printed.
    let at = bridge.cockpit();
    at.wait_for("first  ● .*1,?50[12] lines");
    at.press("enter");
    at.wait_for("nothing to do here");
    bridge.ends_with("first", 7);
    bridge.open_gate("first");
    at.wait_for("▌✖ First step");
    at.wait_for("first  ✖ exit 7");
    at.press("3 end");
    at.wait_for("first ends with 7");
    at.press("home");
    at.wait_for("first begins");
    at.press("2");

    // Nothing went on by itself, and nothing was started twice.
    assert_eq!(bridge.started(), ["look", "first"]);
    bridge.ends_with("first", 0);
    at.press("R");
    at.confirm("Try again", "try again");
    at.wait_selected("Second step");
    at.wait_for("second  ●");
    kill(at);
    bridge.open_gate("second");
    bridge.open_gate("smoke");
    let at = bridge.cockpit();
    at.wait_selected("Smoke test");
    at.wait_gone("second  ●");
    assert_eq!(bridge.started(), ["look", "first", "first", "second"]);
    at.press("enter");
    at.wait_for("R1 succeeded");
    let log = bridge.must(&["log", "first"]);
    assert_eq!(log.lines().count(), 3002, "each attempt printed all of its lines");
    bridge.record_is_clean();
}

fn deploy(at: &Pty) {
    at.wait_for("harbor|small");
    at.press("D");
    at.confirm("Deploy 1.1.0 to staging", "deploy");
}

/// Whether the dialog takes its answer: until then its choices are as dim as the notes beside them.
fn is_live(screen: &vt100::Screen) -> bool {
    let (rows, columns) = screen.size();
    (0..rows.get()).any(|row| {
        let cells = (0..columns.get()).map(|column| screen.cell(row, column).map_or(" ", |cell| cell.contents()));
        let text: Vec<char> = cells.map(|text| text.chars().next().unwrap_or(' ')).collect();
        let wanted: Vec<char> = "l leave it running".chars().collect();
        let Some(at) = text.windows(wanted.len()).position(|window| *window == wanted) else { return false };
        let style = |column: usize| {
            let cell = screen.cell(row, u16::try_from(column).unwrap()).unwrap();
            (cell.fgcolor(), cell.dim())
        };
        style(at + 2) != style(at + 20)
    })
}

#[test]
fn a_step_that_was_left_running_is_there_with_its_whole_log() {
    let bridge = Bridge::small();
    bridge.open_gate("look");
    bridge.is_chatty("first");
    let mut at = bridge.cockpit();
    deploy(&at);
    at.wait_for("first  ● .*1,?50[12] lines");
    at.press("q");
    at.wait_for("first is running");
    at.press("esc q");
    at.wait_for("leave it running");
    at.wait_until("the choices to be live", |screen, _| is_live(screen));
    at.press("l");
    at.expect_exit(0);
    at.expect_restored();
    bridge.open_gate("first");
    wait_for_text(&bridge.log_of("first"), "first ends with 0");

    let at = bridge.cockpit();
    at.wait_selected("Second step");
    at.wait_for("first  ✔ done");
    at.press("3 z home");
    at.wait_for("first begins");
    at.wait_for("line 1\\b");
    at.press("end");
    at.wait_for("line 3,?000");
    at.wait_for("first ends with 0");
    assert_eq!(bridge.started(), ["look", "first"], "nothing went on without a person");
    let log = bridge.must(&["log", "first"]);
    assert_eq!(log.lines().filter(|line| line.contains("line ")).count(), 3000);
}

/// The process that owns an attempt, by the directory that it was started on.
fn supervisor_of(bridge: &Bridge, attempt: &str) -> rustix::process::Pid {
    let wanted = bridge.dir().to_str().unwrap().to_owned();
    let mut found = fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let entry = entry.ok()?;
        let pid: i32 = entry.file_name().to_str()?.parse().ok()?;
        let line = String::from_utf8_lossy(&fs::read(entry.path().join("cmdline")).ok()?).into_owned();
        let mut words = line.split('\0');
        let is_it = words.nth(1) == Some("supervise")
            && words.next().is_some_and(|dir| dir.starts_with(&wanted) && dir.ends_with(attempt));
        is_it.then(|| rustix::process::Pid::from_raw(pid)).flatten()
    });
    found.next().unwrap()
}

/// Nobody owns the step any more, so its end will never be known: it is stopped all the same before anything is undone.
#[test]
fn a_step_that_lost_its_supervisor_is_stopped_before_the_rollback() {
    let bridge = Bridge::small();
    bridge.open_gate("look");
    bridge.open_gate("undo-first");
    let at = bridge.cockpit();
    deploy(&at);
    at.wait_for("first  ●");
    wait_for_text(&bridge.log_of("first"), "first begins");
    rustix::process::kill_process(supervisor_of(&bridge, "R1-first-1"), Signal::KILL).unwrap();
    at.press("ctrl-x r");
    at.wait_for("first still runs: it is stopped first");
    at.type_text("1.0.0@staging\r");
    at.wait_for("R2 succeeded");
    assert_eq!(bridge.started(), ["look", "first", "undo-first"]);
    assert!(bridge.must(&["timeline"]).contains("first outcome unknown"), "{}", bridge.must(&["timeline"]));
    bridge.record_is_clean();
}

/// In every step of a rollback the cockpit is killed, and who owns the step as well where `lost`; the next cockpit goes
/// on by keys. Nothing is run twice, nothing is left out, and what nobody saw end is asked about.
#[track_caller]
fn a_rollback_is_resumed_by_keys_in_every_step(lost: bool) {
    let bridge = Bridge::small();
    for step in ["look", "first", "second"] {
        bridge.open_gate(step);
    }
    bridge.ends_with("second", 1);
    let at = bridge.cockpit();
    deploy(&at);
    at.wait_for("second  ✖ exit 1");
    at.press("ctrl-x r");
    at.wait_for("Type 1.0.0@staging to roll back");
    at.type_text("1.0.0@staging\r");
    let mut at = at;
    for (step, next) in [("undo-second", Some("undo-first")), ("undo-first", None)] {
        at.wait_for(&format!("3 Log  {step}  ●"));
        wait_for_text(&bridge.log_of_attempt(&format!("R2-{step}-1")), &format!("{step} begins"));
        kill(at);
        if lost {
            let attempt = format!("R2-{step}-1");
            rustix::process::kill_process(supervisor_of(&bridge, &attempt), Signal::KILL).unwrap();
        }
        bridge.open_gate(step);
        at = bridge.cockpit();
        if lost {
            at.wait_for(&format!("{step}  \\? outcome unknown"));
            // Two keys and the word are for what is not on its way back yet: this is, and they say so.
            at.press("ctrl-x r");
            at.wait_for("rollback R2 is under way");
            at.press("K");
            at.wait_for(&format!("Outcome of R2-{step}-1 unknown"));
            at.press("d");
            at.wait_for("how you know");
            at.type_text("looked at the machine\r");
        }
        if next.is_some() {
            // Nothing goes on by itself: a key and a yes.
            at.wait_selected("Undo: First step");
            at.press("enter");
            at.confirm("Do the next thing", "start");
        }
    }
    at.wait_for("R2 succeeded");
    assert_eq!(bridge.started(), ["look", "first", "second", "undo-second", "undo-first"]);
    assert_eq!(bridge.json_of(&["status", "--json"])["live"]["staging"], "1.0.0");
    bridge.record_is_clean();
}

#[test]
fn a_rollback_whose_cockpit_is_killed_in_every_step_is_resumed_by_keys() {
    a_rollback_is_resumed_by_keys_in_every_step(false);
}

#[test]
fn a_rollback_whose_cockpit_and_owner_are_killed_in_every_step_is_resumed_by_keys() {
    a_rollback_is_resumed_by_keys_in_every_step(true);
}
