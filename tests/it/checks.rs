//! Checks through the session, as the cockpit has them made: on threads, in relco's name, about one candidate.

use std::fs::OpenOptions;
use std::io::Write;
use std::time::Duration;

use relco::domain::command::Command as Act;
use relco::domain::event::CheckVerdict;
use relco::domain::id::GateId;
use relco::domain::item::GateVerdict;
use relco::domain::time::Precision;
use relco::session::{Checked, Options, Session};

use crate::support::stage::Stage;

/// How long one look waits; the loops end by what they wait for.
const LOOK: Duration = Duration::from_millis(50);

fn session(at: &Stage) -> Session {
    let options = Options {
        project: Some(at.project().to_owned()),
        state_dir: Some(at.dir().join("state")),
        ..Options::default()
    };
    Session::open(&options).unwrap()
}

/// A project with one gate, decided by what somebody writes into a pipe outside of it.
fn with_a_gate_that_waits() -> Stage {
    let at = Stage::plain();
    at.write(
        "relco.toml",
        "[[gate]]\nid = \"qa\"\ncheck = [\"sh\", \"-c\", \"read -r word <../pipe; echo $word; [ $word = good ]\"]\n",
    );
    at.git(&["add", "--all"]);
    at.git(&["commit", "--quiet", "--message", "A gate"]);
    let made = at.command("mkfifo").arg("../pipe").status().unwrap();
    assert!(made.success());
    at.must(&["trust", "--yes"]);
    at.must(&["release", "start", "minor"]);
    at.must(&["release", "candidate"]);
    at
}

fn answer(at: &Stage, word: &str) {
    let mut pipe = OpenOptions::new().write(true).open(at.dir().join("pipe")).unwrap();
    writeln!(pipe, "{word}").unwrap();
}

/// Takes in what comes until nothing is under way; gives the warnings.
fn settle(session: &mut Session) -> Vec<String> {
    let mut warnings = Vec::new();
    while session.has_jobs() {
        warnings.extend(session.pump(LOOK).unwrap().warnings);
    }
    warnings
}

fn verdict(session: &Session) -> Option<(GateVerdict, String)> {
    let record = session.release()?.gates.get(&GateId::from("qa"))?;
    Some((record.verdict, record.by.clone()))
}

#[test]
fn a_check_runs_beside_the_session_and_relco_speaks() {
    let at = with_a_gate_that_waits();
    let mut session = session(&at);
    let asked = session.run_checks(&["qa".to_owned()]).unwrap();
    assert_eq!(asked.asked, [Checked::Gate(GateId::from("qa"))]);
    // It waits for its answer, and the session does not.
    session
        .act(&Act::Note {
            text: "while it runs".to_owned(),
            occurred: None,
            precision: Precision::Exact,
            evidence: None,
        })
        .unwrap();
    assert_eq!(verdict(&session), None);
    answer(&at, "good");
    assert_eq!(settle(&mut session), Vec::<String>::new());
    assert_eq!(verdict(&session), Some((GateVerdict::Passed, "relco".to_owned())));
    session.run_checks(&["qa".to_owned()]).unwrap();
    answer(&at, "bad");
    settle(&mut session);
    assert_eq!(verdict(&session), Some((GateVerdict::Failed, "relco".to_owned())));
    let reason = session.release().unwrap().gates.get(&GateId::from("qa")).unwrap().reason.clone().unwrap();
    assert!(reason.ends_with("exit 1: bad"), "{reason}");
    // What it said stands there whole, for whoever wants to know more.
    assert_eq!(at.must(&["log", "gate:qa"]).trim_end(), "bad");
    assert!(at.must(&["--json", "log", "gate:qa"]).contains("\"line_count\": 1"));
}

#[test]
fn a_check_of_a_candidate_that_moved_says_nothing() {
    let at = with_a_gate_that_waits();
    let mut session = session(&at);
    session.run_checks(&["qa".to_owned()]).unwrap();
    at.git(&["commit", "--quiet", "--allow-empty", "--message", "Another one"]);
    let commit = session.resolve("HEAD").unwrap();
    session.act(&Act::SetCandidate { commit, branch: None }).unwrap();
    answer(&at, "good");
    assert_eq!(settle(&mut session), ["the candidate moved while a check ran: what it found does not count"]);
    assert_eq!(verdict(&session), None);
}

#[test]
fn relcos_own_checks_are_recorded_when_they_say_something_new() {
    let at = Stage::harbor();
    at.must(&["release", "start", "1.3.0"]);
    let mut session = session(&at);
    let ids = ["changelog".to_owned(), "versions".to_owned()];
    session.run_checks(&ids).unwrap();
    let recorded = session.snapshot().records.len();
    session.run_checks(&ids).unwrap();
    assert_eq!(session.snapshot().records.len(), recorded, "nothing is new");
    let check = |session: &Session, name: &str| session.release().unwrap().checks.get(name).unwrap().clone();
    assert_eq!(check(&session, "changelog").summary, "11 listed, 1 missing (#123), 1 excluded");
    assert_eq!(check(&session, "versions").findings[0].text, "backend says v1.3.0, frontend says v1.2.9");
    // The work tree counts as long as there is no candidate, also where the commit stays the same.
    let listed = at.command("./tools/list-change").args(["1.3.0", "Changed", "Part of a day (#123)"]).status().unwrap();
    assert!(listed.success());
    session.run_checks(&ids).unwrap();
    assert_eq!(check(&session, "changelog").verdict, CheckVerdict::Ok);
    assert_eq!(session.snapshot().records.len(), recorded + 1);
}

#[test]
fn nothing_of_the_project_runs_untrusted() {
    let at = with_a_gate_that_waits();
    at.write("relco.toml", "[[gate]]\nid = \"qa\"\ncheck = [\"touch\", \"../ran\"]\n");
    at.git(&["commit", "--quiet", "--all", "--message", "Another gate"]);
    let mut session = session(&at);
    // The gate that was frozen is trusted and not the one that lies here; the one that lies here is not trusted.
    for why in ["HEAD is not at the candidate", "the project's commands are not trusted yet"] {
        let asked = session.run_checks(&["qa".to_owned()]).unwrap();
        assert!(asked.asked.is_empty() && !session.has_jobs());
        assert!(asked.held_back.unwrap().what.starts_with(why));
        session.candidate_from("HEAD").map(drop).unwrap_or_default();
    }
    assert!(!at.dir().join("ran").exists());
}

#[test]
fn what_holds_for_this_candidate_is_not_run_again() {
    let at = Stage::plain();
    at.write("relco.toml", "[[gate]]\nid = \"qa\"\ncheck = [\"sh\", \"-c\", \"echo ran >>../ran\"]\n");
    at.git(&["add", "--all"]);
    at.git(&["commit", "--quiet", "--message", "A gate"]);
    at.must(&["trust", "--yes"]);
    at.must(&["release", "start", "minor"]);
    at.must(&["release", "candidate"]);
    let ran = || std::fs::read_to_string(at.dir().join("ran")).unwrap_or_default().lines().count();
    let check = |arguments: &[&str]| {
        let output = at.relco(arguments);
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    check(&["check"]);
    assert_eq!(ran(), 1);
    let text = check(&["check"]);
    assert!(text.contains("gate:qa  not run: it holds, nothing that it looked at moved"), "{text}");
    assert_eq!(ran(), 1);
    check(&["check", "--again"]);
    check(&["check", "qa"]);
    assert_eq!(ran(), 3);
    at.git(&["commit", "--quiet", "--allow-empty", "--message", "Moves"]);
    at.must(&["release", "candidate"]);
    assert!(check(&["gate", "list"]).contains("; the candidate moved"), "it is seen to be stale");
    check(&["check"]);
    assert_eq!(ran(), 4);
}

#[test]
fn an_interrupt_stops_checks_with_all_that_they_started() {
    let at = with_a_gate_that_waits();
    let child = at
        .command(crate::support::stage::RELCO)
        .args(["check", "qa"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // Opens once the check reads.
    let mut pipe = OpenOptions::new().write(true).open(at.dir().join("pipe")).unwrap();
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("stopped: 1 check said nothing"), "{text}");
    assert!(writeln!(pipe, "good").is_err(), "nobody reads any more");
    assert!(at.must(&["gate", "list"]).contains("open"));
}

/// A project with one gate and one item, whose checks count their runs and pass.
fn with_checks_that_count() -> Stage {
    let at = Stage::plain();
    at.write("code.txt", "one\n");
    at.write(
        "relco.toml",
        "[[gate]]\nid = \"qa\"\ncheck = [\"sh\", \"-c\", \"echo gate >>../ran\"]\n\n\
         [[item]]\nid = \"pipeline\"\nrun = [\"sh\", \"-c\", \"echo item >>../ran\"]\n",
    );
    at.git(&["add", "--all"]);
    at.git(&["commit", "--quiet", "--message", "Checks"]);
    at.must(&["trust", "--yes"]);
    at.must(&["release", "start", "minor"]);
    at
}

fn ran(at: &Stage) -> usize {
    std::fs::read_to_string(at.dir().join("ran")).unwrap_or_default().lines().count()
}

/// What relco says, however it ends.
fn said(at: &Stage, arguments: &[&str]) -> String {
    let output = at.relco(arguments);
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

#[test]
fn before_there_is_a_candidate_a_check_is_stale_once_commit_files_or_command_moved() {
    let at = with_checks_that_count();
    said(&at, &["check"]);
    assert_eq!(ran(&at), 2);
    let text = said(&at, &["check"]);
    assert!(text.contains("pipeline  not run") && text.contains("gate:qa  not run"), "{text}");
    assert_eq!(ran(&at), 2);
    let stale = |moved: &str| {
        let text = said(&at, &["status"]);
        assert!(text.contains(&format!("; {moved}")) && text.contains("CI/CD pipeline green: void"), "{moved}: {text}");
        let text = said(&at, &["gate", "list"]);
        assert!(text.contains(&format!("; {moved}")), "{moved}: {text}");
    };
    at.write("code.txt", "two\n");
    stale("files changed");
    at.git(&["commit", "--quiet", "--all", "--message", "Two"]);
    stale("HEAD moved");
    said(&at, &["check"]);
    assert_eq!(ran(&at), 4);
    assert!(!said(&at, &["status"]).contains("void"));
    let other = std::fs::read_to_string(at.project().join("relco.toml")).unwrap().replace("echo ", "printf '%s\\\\n' ");
    at.write("relco.toml", &other);
    stale("its command changed");
}

#[test]
fn what_passed_on_the_commit_that_becomes_the_candidate_holds_for_it() {
    let at = with_checks_that_count();
    said(&at, &["check"]);
    at.must(&["release", "candidate"]);
    let text = said(&at, &["gate", "list"]);
    assert!(!text.contains("void"), "{text}");
    said(&at, &["check"]);
    assert_eq!(ran(&at), 2, "nothing moved");
    // HEAD going past the candidate says nothing about what was found of it.
    at.git(&["commit", "--quiet", "--allow-empty", "--message", "Later"]);
    assert!(!said(&at, &["gate", "list"]).contains("void"));
    at.must(&["release", "candidate"]);
    let text = said(&at, &["status"]);
    assert!(text.contains("CI/CD pipeline green: void") && text.contains("the candidate moved"), "{text}");
}

#[test]
fn what_passed_with_changed_files_does_not_hold_for_the_candidate() {
    let at = with_checks_that_count();
    at.write("code.txt", "two\n");
    said(&at, &["check"]);
    at.git(&["checkout", "--quiet", "code.txt"]);
    at.must(&["release", "candidate"]);
    let text = said(&at, &["gate", "list"]);
    assert!(text.contains("files were changed when it ran"), "{text}");
}

#[test]
fn checks_run_side_by_side_a_few_at_a_time_in_sight_and_are_stopped_together() {
    let at = Stage::plain();
    let pipe = at.dir().join("pipe");
    assert!(at.command("mkfifo").arg(&pipe).status().unwrap().success());
    let gates: String = (1..=6)
        .map(|one| {
            format!("[[gate]]\nid = \"g{one}\"\ntitle = \"G{one}\"\nrole = \"qa\"\ncheck = [\"sh\", \"-c\", \"echo $$ >>../began; read word <../pipe\"]\n")
        })
        .collect();
    at.write("relco.toml", &gates);
    at.git(&["add", "--all"]);
    at.git(&["commit", "--quiet", "--message", "Gates"]);
    at.must(&["trust", "--yes"]);
    at.must(&["release", "start", "minor"]);
    let mut session = session(&at);
    let ids: Vec<String> = (1..=6).map(|one| format!("gate:g{one}")).collect();
    session.run_checks(&ids).unwrap();
    let began = || std::fs::read_to_string(at.dir().join("began")).unwrap_or_default().lines().count();
    crate::support::stage::until("four checks", || {
        session.pump(std::time::Duration::from_millis(5)).unwrap();
        began() == 4
    });
    let checking = session.snapshot().observed.checking;
    assert_eq!((checking.len(), checking.values().filter(|since| since.is_some()).count()), (6, 4), "{checking:?}");
    // One that runs is not started a second time.
    let asked = session.run_checks(&["g1".to_owned()]).unwrap();
    assert_eq!(asked.left_out, [("gate:g1".to_owned(), "it runs already".to_owned())]);
    let recorded = session.snapshot().records.len();
    session.end_checks().unwrap();
    assert_eq!((session.checks_left(), session.jobs_left(), began()), (0, 0, 4));
    assert_eq!(session.snapshot().records.len(), recorded, "they said nothing");
    let alive = |pid: &str| std::path::Path::new("/proc").join(pid).exists();
    let pids = std::fs::read_to_string(at.dir().join("began")).unwrap();
    crate::support::stage::until("the end of all that ran", || !pids.lines().any(alive));
    // The next round is not stopped with it.
    let asked = session.run_checks(&["g1".to_owned()]).unwrap();
    assert_eq!(asked.asked.len(), 1);
    crate::support::stage::until("the fifth", || began() == 5);
    session.end_checks().unwrap();
}
