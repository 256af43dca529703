//! A second cockpit on the same release: it sees everything, writes notes, and walks the run only once it took it over.

use crate::support::bridge::Bridge;

#[test]
fn a_second_cockpit_observes_and_can_take_over() {
    let bridge = Bridge::small();
    for step in ["look", "first"] {
        bridge.open_gate(step);
    }
    bridge.ends_with("first", 3);
    let ana = bridge.cockpit();
    ana.wait_for("small");
    ana.press("D");
    ana.confirm("Deploy 1.1.0 to staging", "deploy");
    ana.wait_for("▌✖ First step");

    let li = bridge.cockpit_with(&[], 120, 36, &[("RELCO_ACTOR", "li@example.com")]);
    li.wait_for("▌✖ First step");
    li.press("enter");
    li.wait_for("try again");
    li.press("r");
    li.wait_for("walked in another terminal");
    li.press("n");
    li.wait_for("┌ Note");
    li.type_text("seen from the other side\r");
    li.wait_gone("┌ Note");
    // What one records the other sees at once.
    ana.wait_for("\"seen from the other side\" +li");
    assert_eq!(bridge.started(), ["look", "first"]);

    li.press(":");
    li.wait_for("┌ Actions");
    li.type_text("take the run over");
    li.press("enter");
    li.wait_for("the other terminal sees it and stops");
    li.type_text("ana is on a train\r");
    li.wait_for("ana is on a train");
    ana.wait_for("ana is on a train");
    bridge.ends_with("first", 0);
    li.press("R");
    li.confirm("Try again", "try again");
    li.wait_for("second  ●");
    ana.wait_for("second  ●");
    ana.press("space");
    ana.wait_for("walked in another terminal");
    for step in ["second", "smoke"] {
        bridge.open_gate(step);
    }
    li.wait_for("R1 succeeded");
    ana.wait_for("R1 succeeded");
    assert_eq!(bridge.started(), ["look", "first", "first", "second", "smoke"]);
    bridge.record_is_clean();
}

#[test]
fn what_a_check_said_stands_in_the_log_pane() {
    const CHECK: &str = r#"
[[item]]
id = "disks"
list = "pre-release"
title = "Room on the disks"
role = "devops"
run = ["sh", "-c", "echo looking at db-7; echo 'ERROR: the disk of db-7 is full'; seq 40; echo bye; exit 3"]
"#;
    let bridge = Bridge::small();
    bridge.ships("relco.toml", &(bridge.config() + CHECK));
    let captain = bridge.cockpit();
    captain.wait_selected("Room on the disks");
    captain.wait_for("Its output stands here");
    captain.press("enter");
    // The first line that looks like an error is what one stands at, not the last one.
    captain.wait_for("disks  ✖ failed");
    captain.wait_for("▌ *ERROR: the disk of db-7 is full");
    captain.wait_for("43 lines");
    captain.press("3 b");
    captain.wait_for("kept until it runs again");
    // Once it says something else, that is what is shown.
    bridge.ships("relco.toml", &(bridge.config().replace("exit 3", "exit 0").replace("full", "empty")));
    captain.press("1 2 c");
    captain.wait_for("Ready: nothing stands in the way");
    captain.press("up");
    captain.wait_for("disks  ✔ done  43 lines");
    captain.press("3 e");
    captain.wait_for("ERROR: the disk of db-7 is empty");
}
