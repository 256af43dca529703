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
    let asked = session.run_checks(&["qa".to_owned()]).unwrap();
    assert!(asked.asked.is_empty() && !session.has_jobs());
    assert_eq!(asked.held_back.unwrap().what, "the project's commands are not trusted yet");
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
    assert!(text.contains("gate:qa  not run: holds for this candidate"), "{text}");
    assert_eq!(ran(), 1);
    check(&["check", "--again"]);
    check(&["check", "qa"]);
    assert_eq!(ran(), 3);
    at.git(&["commit", "--quiet", "--allow-empty", "--message", "Moves"]);
    at.must(&["release", "candidate"]);
    assert!(check(&["gate", "list"]).contains("the candidate moved"), "it is seen to be stale");
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
