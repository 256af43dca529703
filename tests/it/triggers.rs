//! Measured triggers on a run: what is asked, what is judged, what follows. The service is a file with a number in it.

use serde_json::Value;

use crate::support::stage::Stage;

const PLAN: &str = r#"
[project]
name = "small"

[plan]
defaults = false

[environment.production]
danger = "typed"

[[deploy.step]]
id = "out"
title = "Bring it out"
run = ["sh", "-c", "echo @AFTER@ > ../value"]
class = "reversible"
undo = ["sh", "-c", "echo 100 > ../value"]

[[probe]]
id = "answers"
command = "cat ../value"
shell = true
number = true
unit = "ms"
interval = "5ms"

[[trigger]]
id = "slow"
title = "Too slow"
probe = "answers"
ratio = 2.0
@MODE@

[trigger.rule]
baseline_least = 10
skip = 1
"#;

/// A release whose production deployment brings this number of milliseconds, ready to start.
fn stage(after: &str, mode: &str) -> Stage {
    let stage = Stage::plain();
    stage.write("relco.toml", &PLAN.replace("@AFTER@", after).replace("@MODE@", mode));
    std::fs::write(stage.dir().join("value"), "100\n").unwrap();
    std::fs::create_dir_all(stage.project()).unwrap();
    assert_eq!(stage.project().parent(), Some(stage.dir()));
    stage.git(&["add", "--all"]);
    stage.git(&["commit", "--quiet", "--message", "A plan"]);
    for line in [
        &["trust", "--yes"][..],
        &["live", "set", "production", "1.0.0"],
        &["release", "start", "1.1.0"],
        &["release", "candidate"],
    ] {
        stage.must(line);
    }
    assert_eq!(json(&stage, &["status"])["ready"], true);
    stage
}

fn json(stage: &Stage, arguments: &[&str]) -> Value {
    let output = stage.relco(&[&["--json"], arguments].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("relco {arguments:?}: {error}: {output:?}"))
}

/// Deploys to production until it waits for a person or is over; gives the exit code and what was printed.
fn deploy(stage: &Stage) -> (i32, String) {
    let output = stage.relco(&["deploy", "start", "--env", "production", "--all", "--confirm", "1.1.0@production"]);
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (output.status.code().unwrap(), said.join("\n"))
}

fn items(stage: &Stage, run: &str) -> Vec<(String, String)> {
    let items = json(stage, &["item", "list"]);
    let of_run = items["items"].as_array().unwrap().iter().filter_map(|item| {
        let id = item["id"].as_str()?.strip_prefix(run)?.strip_prefix('/')?;
        Some((id.to_owned(), item["state"].as_str()?.to_owned()))
    });
    of_run.collect()
}

fn slow(stage: &Stage) -> Value {
    let triggers = json(stage, &["trigger", "list"]);
    triggers["triggers"].as_array().unwrap().iter().find(|one| one["id"] == "slow").unwrap().clone()
}

fn value(stage: &Stage) -> String {
    std::fs::read_to_string(stage.dir().join("value")).unwrap().trim().to_owned()
}

#[test]
fn a_version_that_is_slower_is_proposed_for_rollback_and_the_answer_is_timed() {
    let stage = stage("300", "");
    let (code, said) = deploy(&stage);
    assert!(said.contains("rollback proposed: Too slow"), "{said}");
    assert_eq!(code, 4, "{said}");
    let fired = slow(&stage);
    assert_eq!(fired["state"], "fired");
    let words = fired["words"].as_str().unwrap();
    assert!(words.contains("blocks slower than 200 ms (2x usual 100 ms); score"), "{words}");
    assert_eq!((&fired["answer"], &fired["decided_after_s"]), (&Value::Null, &Value::Null));
    // It asks, and says so wherever somebody looks: production is not "ready" then.
    let status = json(&stage, &["status"]);
    assert_eq!((&status["ready"], &status["blockers"][0]["id"]), (&Value::Bool(false), &"proposal:slow".into()));
    let what = status["blockers"][0]["what"].as_str().unwrap();
    assert!(what.starts_with("rollback of production proposed: Too slow: "), "{what}");
    let short = stage.relco(&["status", "--short"]);
    assert_eq!(short.status.code(), Some(1));
    assert!(String::from_utf8(short.stdout).unwrap().contains("rollback proposed"));
    // Nothing was taken back.
    assert_eq!(value(&stage), "300");
    stage.must(&["rollback", "start", "--env", "production", "--confirm", "1.0.0@production"]);
    let answered = slow(&stage);
    assert_eq!(answered["answer"], "rolled back");
    assert!(answered["decided_after_s"].is_number());
}

#[test]
fn a_version_that_is_as_fast_is_healthy_and_the_journal_holds_no_sample() {
    let stage = stage("100", "");
    deploy(&stage);
    assert!(items(&stage, "R1").contains(&("trigger-slow".to_owned(), "done".to_owned())));
    assert_eq!(slow(&stage)["state"], "does not fire");
    let timeline = stage.must(&["timeline"]);
    assert!(timeline.contains("R1: usual for trigger slow: "), "{timeline}");
    assert!(timeline.contains("R1: trigger slow says healthy: none of the last"), "{timeline}");
    let kinds = json(&stage, &["timeline"]);
    let judged = kinds.to_string().matches("trigger slow says").count();
    assert_eq!(judged, 1, "only a change of the verdict is a fact");
}

#[test]
fn by_choice_it_rolls_back_by_itself() {
    let stage = stage("300", "auto = true");
    let (_, said) = deploy(&stage);
    // What is left of the rollback's list needs a person; the undo does not.
    assert_eq!(value(&stage), "100", "{said}");
    assert_eq!(slow(&stage)["answer"], "rolled back", "{said}");
}

#[test]
fn a_dry_run_judges_and_proposes_nothing() {
    let stage = stage("300", "dry_run = true");
    deploy(&stage);
    assert!(items(&stage, "R1").contains(&("trigger-slow".to_owned(), "done".to_owned())));
    assert_eq!(value(&stage), "300");
    let timeline = stage.must(&["timeline"]);
    assert!(timeline.contains("R1: trigger slow says roll back (dry run): "), "{timeline}");
    assert!(!timeline.contains("proposes rollback"), "{timeline}");
}

#[test]
fn a_probe_that_says_nothing_cannot_be_judged_and_a_person_goes_on() {
    let stage = stage("nothing", "");
    let (code, said) = deploy(&stage);
    assert_eq!(code, 5, "{said}");
    assert!(said.contains("cannot judge: the probe says nothing about the service"), "{said}");
    assert!(items(&stage, "R1").contains(&("trigger-slow".to_owned(), "unknown".to_owned())));
    std::fs::write(stage.dir().join("value"), "100\n").unwrap();
    stage.relco(&["deploy", "retry", "--env", "production"]);
    assert!(items(&stage, "R1").contains(&("trigger-slow".to_owned(), "done".to_owned())));
}

#[test]
fn two_that_watch_ask_once_and_both_see_it() {
    let stage = stage("100", "");
    let document = json(&stage, &["watch", "--count", "1"]);
    assert_eq!(document["samples"][0]["health"], "well");
    assert_eq!(document["triggers"][0]["watched"], true);
    let later = slow(&stage);
    assert_eq!(later["standing"][0]["probe"], "answers");
    assert!(later["standing"][0]["at"].is_string());
}

/// Somebody else brings it out, and says so: what was usual is what was before the run.
#[test]
fn a_version_that_was_brought_out_by_hand_is_judged_all_the_same() {
    for (after, proposed) in [("300", true), ("100", false)] {
        let stage = stage(after, "");
        let plan = std::fs::read_to_string(stage.project().join("relco.toml")).unwrap();
        let by_hand =
            plan.lines().filter(|line| !["run =", "class =", "undo ="].iter().any(|key| line.starts_with(key)));
        let by_hand = by_hand.collect::<Vec<_>>().join("\n");
        stage.write(
            "relco.toml",
            &by_hand.replace("title = \"Bring it out\"", "title = \"Bring it out\"\nmanual = true"),
        );
        stage.git(&["commit", "--quiet", "--all", "--message", "By hand"]);
        stage.must(&["trust", "--yes"]);
        stage.must(&["release", "candidate"]);
        stage.must(&["watch", "--count", "2"]);
        let (code, said) = deploy(&stage);
        assert!(code == 0 && said.contains("needs a person: Bring it out"), "{code} {said}");
        std::fs::write(stage.dir().join("value"), format!("{after}\n")).unwrap();
        stage.must(&["item", "done", "R1/out"]);
        let walked = stage.relco(&["deploy", "next", "--env", "production", "--all"]);
        let said = [walked.stdout, walked.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).join("\n");
        assert_eq!(said.contains("trigger-slow failed"), proposed, "{said}");
        let state = if proposed { "fired" } else { "does not fire" };
        assert_eq!(slow(&stage)["state"], state, "{said}");
        let timeline = stage.must(&["timeline"]);
        assert!(timeline.contains("R1: usual for trigger slow: "), "{timeline}");
    }
}

/// Nobody saw when it came: no baseline of the version before, and so no verdict that would only look like one.
#[test]
fn a_version_that_is_only_said_to_be_live_is_not_judged_and_says_why() {
    let stage = stage("300", "");
    stage.must(&["live", "set", "production", "1.1.0"]);
    std::fs::write(stage.dir().join("value"), "300\n").unwrap();
    let why = "not judged: 1.1.0 came to production without a run, so what was usual before is not known";
    let watched = json(&stage, &["watch", "--count", "1"]);
    assert_eq!(watched["triggers"][0]["words"], why, "{watched}");
    let list = stage.must(&["trigger", "list"]);
    assert!(list.contains(why) && !list.contains("healthy"), "{list}");
}

/// The control has a thread of its own: one that takes twenty times as long to answer neither delays nor starves the
/// probe, and a command that is asked when relco ends does not outlive it.
#[test]
fn a_slow_control_delays_nothing_and_leaves_nothing_behind() {
    let stage = stage("300", "");
    let plan = std::fs::read_to_string(stage.project().join("relco.toml")).unwrap();
    let mark = format!("{}", stage.dir().join("mark").display());
    let control = format!(
        "[[probe]]\nid = \"net\"\ncommand = \"sleep 0.1; : {mark}\"\nshell = true\ninterval = \"5ms\"\ntimeout = \"60s\"\n\n"
    );
    let plan = plan.replace("ratio = 2.0", "ratio = 2.0\ncontrol = \"net\"");
    stage.write("relco.toml", &plan.replace("[[trigger]]", &format!("{control}[[trigger]]")));
    stage.git(&["commit", "--quiet", "--all", "--message", "A control"]);
    stage.must(&["trust", "--yes"]);
    stage.must(&["release", "candidate"]);
    let (code, said) = deploy(&stage);
    assert_eq!(code, 4, "{said}");
    assert!(slow(&stage)["words"].as_str().unwrap().contains("slower than 200 ms"), "{}", slow(&stage));
    let samples = std::fs::read_dir(stage.dir().join("state")).unwrap().flatten();
    let samples = samples.map(|entry| entry.path().join("samples/production")).find(|path| path.is_dir()).unwrap();
    let lines = |name: &str| std::fs::read_to_string(samples.join(name)).unwrap().lines().count();
    assert!(lines("answers.samples") > lines("net.samples"), "the probe is asked while the control thinks");
    let left = std::fs::read_dir("/proc").unwrap().flatten().filter(|entry| {
        std::fs::read(entry.path().join("cmdline")).is_ok_and(|line| String::from_utf8_lossy(&line).contains(&mark))
    });
    assert_eq!(left.count(), 0, "nothing of it runs on");
}

/// Recordings come from anywhere: each is judged or refused with its line, and none is taken for more than it says.
#[test]
fn a_recording_is_judged_as_it_is_or_refused_with_its_line() {
    let stage = Stage::plain();
    let rows = |count: u32, row: &dyn Fn(u32) -> String| {
        let rows: Vec<String> = (0..count).map(row).collect();
        format!("t_s,latency_ms,ok,control_ok,deployed\n{}\n", rows.join("\n"))
    };
    let replay = |text: &str| {
        std::fs::write(stage.dir().join("probes.csv"), text).unwrap();
        let output = stage.relco(&["trigger", "replay", "../probes.csv", "--ratio", "2.0", "--json"]);
        let said = String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap(), serde_json::from_slice::<Value>(&output.stdout).ok(), said)
    };
    let judged = |text: &str| {
        let (code, document, said) = replay(text);
        let document = document.unwrap_or_else(|| panic!("{code} {said}"));
        assert_eq!((code, &document["schema"]), (0, &1.into()), "{said}");
        document
    };
    let slow = |at: u32| if at > 400 { 140 } else { 40 } + at % 7;
    let fired = judged(&rows(800, &|at| format!("{at},{},1,1,{}", slow(at), u32::from(at > 400))));
    assert_eq!((&fired["final"], &fired["baseline_ms"]), (&"roll back".into(), &43.0.into()));
    assert!(fired["fired_at_s"].as_f64().unwrap() > 400.0, "{fired}");
    let keys: Vec<&String> = fired["verdicts"][0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["t_s", "verdict", "score", "why"]);
    // A night of one a second, all of it well.
    let huge = judged(&rows(30_000, &|at| format!("{at},{},1,1,{}", 40 + at % 7, u32::from(at > 400))));
    assert_eq!((&huge["final"], &huge["fired_at_s"]), (&"healthy".into(), &Value::Null));
    for (what, text, why) in [
        ("no row", rows(0, &|_| String::new()), ""),
        ("never deployed", rows(500, &|at| format!("{at},40,1,1,0")), ""),
        ("no baseline", rows(500, &|at| format!("{at},40,1,1,1")), "nothing was measured before the deployment"),
        ("nothing", rows(800, &|at| format!("{at},0,1,1,{}", u32::from(at > 400))), "there is no multiple of it"),
        (
            "below nothing",
            rows(800, &|at| format!("{at},-40,1,1,{}", u32::from(at > 400))),
            "there is no multiple of it",
        ),
        (
            "the network",
            rows(800, &|at| format!("{at},40,1,{},{}", u32::from(at <= 400), u32::from(at > 400))),
            "it may be the network here",
        ),
    ] {
        let document = judged(&text);
        assert_eq!((&document["final"], &document["fired_at_s"]), (&"cannot judge".into(), &Value::Null), "{what}");
        assert!(document.to_string().contains(why), "{what}: {document}");
    }
    for (text, why) in [
        (String::new(), "line 1: the recording is empty"),
        ("t_s,latency_ms\n1,2\n".to_owned(), "line 1: there is no column ok"),
        (rows(9, &|at| format!("{at},NaN,1,1,0")), "line 2: latency_ms is not a number: \"NaN\""),
        (rows(9, &|at| format!("{at},1e999,1,1,0")), "line 2: latency_ms is not a number: \"1e999\""),
        (rows(9, &|at| format!("{at},,1,1,0")), "line 2: latency_ms is empty although ok is 1"),
        (rows(9, &|at| format!("{at},4,1,1,{}", 1 - at % 2)), "line 3: deployed goes back to 0"),
    ] {
        let (code, document, said) = replay(&text);
        assert_eq!((code, document), (2, None), "{said}");
        assert!(said.contains(why), "{said}");
    }
    // The order is that of the lines; the times only name them.
    let backwards = judged(&rows(800, &|at| format!("{},{},1,1,{}", 800 - at, slow(at), u32::from(at > 400))));
    assert_eq!(backwards["final"], "roll back");
}
