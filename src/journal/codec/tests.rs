//! Every kind there and back, the golden file, and what is refused by name.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::frame::{Table, Verdict, scan};
use crate::journal::{samples, wire};

fn file_of(facts: &[Fact]) -> (Vec<u8>, Vec<Recorded>) {
    let (mut bytes, mut recorded, mut position) = (Vec::new(), Vec::new(), Position::START);
    for fact in facts {
        let stamp = samples::stamp(position.seq + 1);
        let written = encode(position, &stamp, "ana@example.com", "git config", fact).unwrap();
        assert_eq!(written.recorded.fact, *fact);
        position = position.after(written.encoded.bytes.len(), written.encoded.hash);
        bytes.extend(written.encoded.bytes);
        recorded.push(written.recorded);
    }
    (bytes, recorded)
}

fn read_back(bytes: &[u8]) -> Vec<Recorded> {
    let found = scan(bytes);
    assert_eq!(found.verdict, Verdict::Clean);
    found
        .records
        .into_iter()
        .map(|record| match decode(record) {
            Ok(Decoded::Known(recorded)) => recorded,
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn the_samples_hold_every_kind_once() {
    let sampled: Vec<&str> = samples::all().iter().map(|fact| wire::kind_of(fact).0).collect();
    let unique: BTreeSet<&str> = sampled.iter().copied().collect();
    assert_eq!(unique.len(), sampled.len());
    assert_eq!(unique, wire::KINDS.iter().map(|(kind, _)| *kind).collect());
}

#[test]
fn no_kind_has_two_lines() {
    let names: BTreeSet<&str> = wire::KINDS.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(names.len(), wire::KINDS.len());
}

/// One record of each kind as relco 0.1 wrote it. Every later version must read it to these facts and, while the
/// versions of the kinds are the same, write it to these bytes.
#[test]
fn the_golden_file_of_format_1_still_reads() {
    let golden = include_str!("../../../tests/golden/journal-1.toml");
    let (bytes, recorded) = file_of(&samples::all());
    let written = String::from_utf8(bytes).unwrap();
    if let Some(missing) = written.strip_prefix(golden).filter(|missing| !missing.is_empty()) {
        panic!(
            "a new kind has no golden record yet; this belongs to the end of tests/golden/journal-1.toml:\n{missing}"
        );
    }
    assert_eq!(read_back(golden.as_bytes()), recorded);
    assert_eq!(written, golden);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_fact_of_any_kind_comes_back(seed in any::<u64>()) {
        // The format in a first record decides whether anything is read at all.
        let mut facts = vec![samples::opened()];
        facts.extend(wire::any_facts(&mut wire::Source(seed)));
        let (bytes, recorded) = file_of(&facts);
        prop_assert_eq!(read_back(&bytes), recorded);
    }
}

/// The words of the closed sets stand in files that are kept for ever: a word may be added here, never changed.
#[test]
fn the_words_on_disk_stay_as_they_are() {
    use crate::domain::{event::CheckVerdict, incident::*, item::*, notice::*, plan::*, release_type::*, run::*};
    use crate::domain::{sheet::SheetField, time::Precision};
    fn words<T: Copy>(all: impl AsRef<[T]>, name: fn(T) -> &'static str) -> String {
        all.as_ref().iter().map(|word| name(*word)).collect::<Vec<_>>().join(", ")
    }
    let gates = [GateVerdict::Open, GateVerdict::Passed, GateVerdict::Failed, GateVerdict::Waived];
    let checks = [CheckVerdict::Ok, CheckVerdict::Bad, CheckVerdict::Unknown];
    let on_disk = [
        words(ReleaseType::ALL, ReleaseType::name),
        words(gates, GateVerdict::name),
        words(checks, CheckVerdict::name),
        words(ItemState::ALL, ItemState::name),
        words(RunPurpose::ALL, RunPurpose::name),
        words(RunOutcome::ALL, RunOutcome::name),
        words(Act::ALL, Act::name),
        words(List::ALL, List::name),
        words(Severity::ALL, Severity::name),
        words(Status::ALL, Status::name),
        words(Extent::ALL, Extent::name),
        words(Decision::ALL, Decision::name),
        words(IncidentText::ALL, IncidentText::name),
        words(Precision::ALL, Precision::name),
        words(SheetField::ALL, SheetField::name),
        words(NoticeState::ALL, NoticeState::name),
        words(Purpose::ALL, Purpose::name),
        words(Milestone::ALL, Milestone::name),
        words(IncidentRole::ALL, IncidentRole::name),
        words(RoleAct::ALL, RoleAct::name),
        words(crate::domain::followup::FollowUpState::ALL, crate::domain::followup::FollowUpState::name),
    ];
    let expected = [
        "hotfix, patch, minor, major",
        "open, passed, failed, waived",
        "ok, bad, unknown",
        "open, doing, done, failed, skipped, not applicable, unknown, waived",
        "deployment, rollback, rehearsal",
        "succeeded, aborted, taken over by a rollback",
        "do, undo, cancel",
        "pre-release, pre-deployment, deployment, verification, communication, rollback, post-rollback",
        "critical, high, medium",
        "investigating, identified, mitigating, resolved",
        "full, degraded",
        "continue, pause, rollback",
        "root cause, prevention",
        "exact, minute, about",
        "timing preference, window availability, infrastructure status, pipeline readiness, monitoring setup, \
         deploy time, communication",
        "unknown, sent, failed, to do by hand, told by hand, not sent: a drill",
        "window, completion, rollback, incident",
        "started, detected, declared, mitigated, ended",
        "commander, operations, communications, scribe",
        "offered, held, left",
        "open, done, won't do",
    ];
    assert_eq!(on_disk, expected);
}

#[test]
fn the_outcomes_on_disk_stay_as_they_are() {
    use crate::domain::run::AttemptOutcome;
    let outcomes = [
        (AttemptOutcome::Exited(137), "{ exit = 137 }"),
        (AttemptOutcome::Signalled(9), "{ signal = 9 }"),
        (AttemptOutcome::NotExecuted("no such file".to_owned()), r#"{ not_executed = "no such file" }"#),
        (AttemptOutcome::NotStarted, r#""did not start""#),
        (AttemptOutcome::Unknown, r#""unknown""#),
    ];
    for (outcome, expected) in outcomes {
        let fact = Fact::AttemptEnded {
            attempt: "R1-migrate-1".into(),
            outcome,
            started: None,
            ended: None,
            left_running: Vec::new(),
            log_lines: 0,
            log_bytes: 0,
            stopped: None,
            lost_bytes: None,
        };
        let text = String::from_utf8(file_of(&[fact]).0).unwrap();
        assert!(text.contains(&format!("outcome = {expected}, left_running = [], log_lines = 0")), "{text}");
    }
}

/// The record of a fact, with its data changed.
fn changed(fact: &Fact, change: impl Fn(Vec<(String, frame::Value)>) -> Vec<(String, frame::Value)>) -> Record {
    let (bytes, _) = file_of(std::slice::from_ref(fact));
    let mut record = scan(&bytes).records.remove(0);
    let data = change(record.data.into_iter().collect());
    record.data = data.into_iter().collect();
    record
}

#[test]
fn each_field_is_missed_by_name_or_may_be_absent() {
    for fact in samples::all() {
        let (whole, _) = file_of(std::slice::from_ref(&fact));
        let keys: Vec<String> = scan(&whole).records[0].data.iter().map(|(key, _)| key.to_owned()).collect();
        for key in keys {
            let record = changed(&fact, |data| data.into_iter().filter(|(name, _)| *name != key).collect());
            match decode(record) {
                Err(error) => assert_eq!(error.problem, Problem::Missing(key)),
                Ok(Decoded::Known(recorded)) => assert_ne!(recorded.fact, fact, "{key} says nothing"),
                Ok(Decoded::Newer { kind, .. }) => panic!("{kind}"),
            }
        }
    }
}

#[test]
fn an_unknown_field_is_refused_by_name_in_every_kind() {
    for fact in samples::all() {
        let record = changed(&fact, |mut data| {
            data.push(("crew".to_owned(), frame::Value::from("x")));
            data
        });
        let error = decode(record).unwrap_err();
        assert_eq!(error.problem, Problem::Unknown("crew".to_owned()));
        assert_eq!(error.to_string(), format!("record 1 ({}): the field `crew` is unknown", wire::kind_of(&fact).0));
    }
}

#[test]
fn a_problem_inside_a_table_is_named_with_its_place() {
    let facts = samples::all();
    let check = facts.iter().find(|fact| matches!(fact, Fact::CheckRecorded { .. })).unwrap();
    let with_finding = |finding: Table| {
        let record = changed(check, |data| {
            let findings = frame::Value::from(vec![finding.clone()]);
            data.into_iter()
                .map(|(key, old)| if key == "findings" { (key, findings.clone()) } else { (key, old) })
                .collect()
        });
        decode(record).unwrap_err().problem
    };
    let finding = Table::new().with("text", "x");
    assert_eq!(with_finding(finding.clone()), Problem::Missing("findings.role".to_owned()));
    let finding = finding.with("role", "qa");
    assert_eq!(with_finding(finding.clone().with("age", 3)), Problem::Unknown("findings.age".to_owned()));
    let wrong = Problem::Wrong { field: "findings.text".to_owned(), expected: "a text" };
    assert_eq!(with_finding(Table::new().with("text", 7).with("role", "qa")), wrong);
}

#[test]
fn no_number_stands_for_an_unknown_outcome() {
    let facts = samples::all();
    let ended = facts.iter().find(|fact| matches!(fact, Fact::AttemptEnded { .. })).unwrap();
    let with_outcome = |outcome: frame::Value| {
        let record = changed(ended, |data| {
            data.into_iter()
                .map(|(key, old)| if key == "outcome" { (key, outcome.clone()) } else { (key, old) })
                .collect()
        });
        decode(record).map_err(|error| error.problem.to_string())
    };
    let odd = Err("the field `outcome` must be the outcome of an attempt".to_owned());
    assert_eq!(with_outcome(Table::new().into()), odd);
    assert_eq!(with_outcome(Table::new().with("exit", 1).with("signal", 9).into()), odd);
    assert_eq!(with_outcome("fine".into()), odd);
    assert_eq!(with_outcome(0.into()), odd);
    assert!(with_outcome("unknown".into()).is_ok());
}

#[test]
fn what_a_newer_relco_wrote_is_said_not_guessed() {
    let (bytes, _) = file_of(&[samples::opened()]);
    let record = scan(&bytes).records.remove(0);
    let newer = |record: Record| decode(record).unwrap();
    let kind = Record { kind: "crew.hired".to_owned(), ..record.clone() };
    assert_eq!(newer(kind), Decoded::Newer { seq: 1, kind: "crew.hired".to_owned() });
    assert_eq!(newer(Record { v: 2, ..record.clone() }), Decoded::Newer { seq: 1, kind: OPENED.to_owned() });
    let older = decode(Record { v: 0, ..record.clone() }).unwrap_err();
    assert_eq!(older.problem, Problem::Version(0));
    let timeless = decode(Record { at: "2026-13-45T12:00:01.123Z".to_owned(), ..record }).unwrap_err();
    assert!(matches!(timeless.problem, Problem::Wrong { field, .. } if field == "at"));
}

#[test]
fn a_fact_that_has_no_form_on_disk_is_refused_before_the_disk() {
    let refused = |fact: Fact| {
        let stamp = samples::stamp(1);
        encode(Position::START, &stamp, "ana", "git config", &fact).unwrap_err().to_string()
    };
    let aside = "journal.toml.torn-1".to_owned();
    let large = refused(Fact::JournalRecovered { bytes: u64::MAX, aside });
    assert!(large.starts_with("cannot record journal.recovered: the field `bytes` must be a whole number"), "{large}");
    let endless = refused(Fact::BaselineMeasured {
        run: "R1".into(),
        probe: "api".into(),
        good_ms: vec![1.0, f64::INFINITY],
        asked: 2,
    });
    assert!(endless.contains("`good_ms` must be a finite number"), "{endless}");
    let long = refused(samples::note(&"x".repeat(70_000)));
    assert!(long.starts_with("cannot record note.added: a record of "), "{long}");
}

#[test]
fn a_writer_sees_what_a_reader_will_see() {
    let mut stamp = samples::stamp(1);
    stamp.at = samples::time("2026-11-22T12:00:01.123456789Z");
    let written = encode(Position::START, &stamp, "ana", "git config", &samples::opened()).unwrap();
    assert_eq!(written.recorded.at, samples::time("2026-11-22T12:00:01.123Z"));
    assert_eq!(read_back(&written.encoded.bytes), [written.recorded]);
}
