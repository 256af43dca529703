//! What a record promises: facts read back, torn writes are recovered, a full disk loses nothing.

use std::fs::{self, OpenOptions};
use std::io::Write;

use super::*;
use crate::frame::Verdict;
use crate::supervisor::spec::RECORD_NAME;

fn every_fact() -> Vec<Fact> {
    let left = LeftRunning { pid: 7, command: "sleep \u{1b}[2J".into(), in_group: true };
    let ended = |outcome| {
        let left_running = vec![left.clone()];
        Fact::Ended(Ended { outcome, took_ms: 12, left_running, log_bytes: 5, log_lines: 2, lost_bytes: 1 })
    };
    vec![
        Fact::Accepted { attempt: "a1".into(), supervisor: 41, spec: Hash::of(b"spec") },
        Fact::Started(Started { pid: 42, session: 41, start_ticks: 99, boot_id: "b".into() }),
        Fact::StopRequested(StopRequested { signal: "TERM".into(), sender: "ana".into(), reason: "bad\nidea".into() }),
        Fact::Gap(Gap { at_byte: 3, lost_bytes: 1, error: "no space".into() }),
        ended(Outcome::Code(0)),
        ended(Outcome::Signal(9)),
        ended(Outcome::ExecFailed("no such file".into())),
        ended(Outcome::Unknown),
        Fact::Void { sender: "ana".into(), reason: "lost".into() },
    ]
}

#[test]
fn every_fact_reads_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut recorder = Recorder::create(dir.path()).unwrap();
    for fact in every_fact() {
        recorder.append(&fact).unwrap();
    }
    let history = History::read(dir.path()).unwrap().unwrap();
    assert_eq!(history.verdict, Verdict::Clean);
    assert_eq!(history.newer_kind, None);
    assert_eq!(history.facts.iter().map(|at| at.fact.clone()).collect::<Vec<_>>(), every_fact());
    assert_eq!(history.started().unwrap().fact.pid, 42);
    assert_eq!(history.ended().unwrap().fact.outcome, Outcome::Code(0));
    assert_eq!(history.stops().count(), 1);
    assert_eq!(history.void(), Some("lost"));
}

#[test]
fn a_record_is_created_once_and_reopened_after_a_torn_write() {
    let dir = tempfile::tempdir().unwrap();
    let mut recorder = Recorder::create(dir.path()).unwrap();
    let facts = every_fact();
    recorder.append(&facts[0]).unwrap();
    recorder.append(&facts[1]).unwrap();
    drop(recorder);
    assert!(Recorder::create(dir.path()).is_err());
    let path = dir.path().join(RECORD_NAME);
    let len = fs::metadata(&path).unwrap().len();
    OpenOptions::new().write(true).open(&path).unwrap().set_len(len - 20).unwrap();
    let (mut recorder, history) = Recorder::reopen(dir.path()).unwrap().unwrap();
    assert_eq!(history.facts.len(), 1);
    recorder.append(&facts[8]).unwrap();
    let history = History::read(dir.path()).unwrap().unwrap();
    assert_eq!((history.verdict, history.void()), (Verdict::Clean, Some("lost")));
}

#[test]
fn what_the_file_did_not_take_goes_into_a_new_one() {
    let dir = tempfile::tempdir().unwrap();
    let mut recorder = Recorder::create(dir.path()).unwrap();
    recorder.append(&every_fact()[0]).unwrap();
    // Somebody else's byte at the end makes every further append through this handle fail.
    OpenOptions::new().append(true).open(dir.path().join(RECORD_NAME)).unwrap().write_all(b"x").unwrap();
    recorder.append(&every_fact()[1]).unwrap();
    recorder.append(&every_fact()[2]).unwrap();
    assert!(recorder.is_durable());
    let history = History::read(dir.path()).unwrap().unwrap();
    assert_eq!((history.verdict, history.facts.len()), (Verdict::Clean, 3));
}

#[test]
fn a_newer_kind_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let mut recorder = Recorder::create(dir.path()).unwrap();
    recorder.append(&every_fact()[0]).unwrap();
    let bytes = fs::read(dir.path().join(RECORD_NAME)).unwrap();
    let mut record = frame::scan(&bytes).records.remove(0);
    record.kind = "attempt.dreamt".into();
    let history = History::of(&frame::encode(&record).unwrap().bytes);
    assert_eq!(history.newer_kind.as_deref(), Some("attempt.dreamt"));
}
