//! Every verdict on a real file, and what a repair leaves behind.

use std::fs;

use super::*;
use crate::domain::event::Recorded;
use crate::frame::scan;
use crate::journal::samples::{self, note, opened, stamp};
use crate::journal::{Access, Mode, Store};

/// A journal with five records, two of which refer to each other by number.
fn journal() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal.toml");
    let (mut store, _) = Store::create(&path, &stamp(1), "ana", "git config", &opened()).unwrap();
    let corrected = Fact::NoteCorrected {
        note: 2,
        text: None,
        reason: "wrong".to_owned(),
        by: "ana".to_owned(),
        occurred: None,
        precision: None,
    };
    let lock = Store::lock(&path).unwrap();
    for fact in [note("one"), corrected, note("three"), note("four")] {
        store.append(&lock, &stamp(2), "ana", "git config", &[fact]).unwrap();
    }
    (dir, path)
}

fn read_all(path: &Path) -> Vec<Recorded> {
    let (store, recorded) = Store::open(path, Access::Write).unwrap();
    assert_eq!(*store.mode(), Mode::Writable);
    recorded
}

#[test]
fn each_verdict_has_its_word_and_place() {
    let (_dir, path) = journal();
    let good = fs::read(&path).unwrap();
    let found = scan(&good);
    let start = |index: usize| usize::try_from(found.offsets[index]).unwrap();
    let mut flipped = good.clone();
    flipped[start(2) + 30] ^= 4;
    let mut last = good.clone();
    last[start(4) + 30] ^= 4;
    let cases = [
        (good.clone(), "clean", 5, None),
        (good[..good.len() - 3].to_vec(), "torn tail", 4, Some(4)),
        (last, "damaged last", 4, Some(4)),
        (flipped, "damaged middle", 2, Some(2)),
        ([&good[..start(1)], &good[start(2)..]].concat(), "broken chain", 1, Some(1)),
        (Vec::new(), "torn tail", 0, Some(0)),
    ];
    for (bytes, name, records, at) in cases {
        fs::write(&path, &bytes).unwrap();
        let report = verify(&path).unwrap();
        assert_eq!((report.verdict.name(), report.good_records), (name, records as u64));
        assert_eq!(report.at_byte, at.map(|index: usize| found.offsets[index]), "{name}");
        let head = if records == 0 { Hash::ZERO } else { found.hashes[records - 1] };
        assert_eq!((report.head, report.newer), (head, None), "{name}");
        assert_eq!(fs::read(&path).unwrap(), bytes, "{name}");
    }
    fs::remove_file(&path).unwrap();
    assert!(matches!(verify(&path), Err(StoreError::Missing { .. })));
}

#[test]
fn what_is_newer_is_named_and_not_repaired() {
    let (_dir, path) = journal();
    let bytes = fs::read(&path).unwrap();
    let found = scan(&bytes);
    let mut record = found.records.last().unwrap().clone();
    (record.seq, record.prev, record.v) = (6, found.head, 2);
    let newer = [bytes.clone(), frame::encode(&record).unwrap().bytes].concat();
    fs::write(&path, &newer).unwrap();
    let report = verify(&path).unwrap();
    assert_eq!((report.verdict, report.good_records, report.at_byte), (Verdict::Newer, 5, Some(bytes.len() as u64)));
    let words = "written by a newer relco: record 6 is note.added".to_owned();
    assert_eq!(report.newer, Some(words.clone()));
    let refused = repair(&path, &stamp(9), "ana", "git config").unwrap_err();
    assert!(matches!(refused, RepairError::Newer(found) if found == words));
    assert_eq!(fs::read(&path).unwrap(), newer);
}

#[test]
fn the_record_of_an_attempt_is_judged_by_its_frame() {
    let (_dir, path) = journal();
    let mut record = scan(&fs::read(&path).unwrap()).records.remove(0);
    record.kind = "attempt.accepted".to_owned();
    let bytes = frame::encode(&record).unwrap().bytes;
    fs::write(&path, &bytes).unwrap();
    let report = verify(&path).unwrap();
    assert_eq!((report.verdict, report.good_records, report.at_byte), (Verdict::Clean, 1, None));
    fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    assert_eq!(verify(&path).unwrap().verdict, Verdict::TornTail);
}

#[test]
fn a_repair_keeps_numbers_and_names_what_was_damaged() {
    let (dir, path) = journal();
    let before = read_all(&path);
    let mut damaged = fs::read(&path).unwrap();
    let offsets = scan(&damaged).offsets;
    let place = usize::try_from(offsets[3]).unwrap();
    damaged[place + 30] ^= 4;
    fs::write(&path, &damaged).unwrap();
    let mut reader = Store::open(&path, Access::Write).unwrap().0;

    let done = repair(&path, &stamp(9), "li", "git config").unwrap();
    let hash = Hash::of(&damaged).to_hex();
    let aside = format!("journal.toml.damaged-{}", hash.split_at(8).0);
    assert_eq!((done.was, done.carried_over, &done.journal), (Verdict::DamagedMiddle, 3, &path));
    assert_eq!(done.kept, dir.path().join(&aside));
    assert_eq!(fs::read(&done.kept).unwrap(), damaged);
    assert_eq!(done.left_behind_bytes, (damaged.len() - place) as u64);

    let after = read_all(&path);
    assert_eq!(after[..3], before[..3]);
    let recovered = Fact::JournalRecovered { bytes: done.left_behind_bytes, aside };
    assert_eq!(after.len(), 4);
    assert_eq!((&after[3].fact, after[3].seq, after[3].actor.as_str()), (&recovered, 4, "li"));
    let first = &scan(&fs::read(&path).unwrap()).records[0];
    assert_eq!(first.data.str("repairs"), Some(hash.as_str()));
    assert_eq!(verify(&path).unwrap().verdict, Verdict::Clean);
    assert!(matches!(repair(&path, &stamp(9), "li", "git config"), Err(RepairError::Clean)));

    // Whoever had it open begins anew and can go on.
    assert_eq!(reader.refresh().unwrap(), crate::journal::News::Replaced(after));
    let lock = Store::lock(&path).unwrap();
    reader.append(&lock, &stamp(10), "li", "git config", &[note("on we go")]).unwrap();
    drop(lock);

    // A second repair names the file that it repaired, not the first.
    let mut again = fs::read(&path).unwrap();
    let last = again.len() - 90;
    again[last] ^= 1;
    fs::write(&path, &again).unwrap();
    repair(&path, &stamp(11), "li", "git config").unwrap();
    let first = &scan(&fs::read(&path).unwrap()).records[0];
    assert_eq!(first.data.str("repairs"), Some(Hash::of(&again).to_hex().as_str()));
    assert_eq!(read_all(&path).len(), 5);
}

#[test]
fn without_an_opening_there_is_nothing_to_repair() {
    let (_dir, path) = journal();
    let mut bytes = fs::read(&path).unwrap();
    bytes[30] ^= 1;
    fs::write(&path, &bytes).unwrap();
    assert!(matches!(repair(&path, &stamp(9), "li", "git config"), Err(RepairError::NothingGood)));
    assert_eq!(fs::read(&path).unwrap(), bytes);
    let names: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().collect();
    assert_eq!(names.len(), 2);
}

#[test]
fn an_append_that_is_damaged_is_carried_over_as_a_whole_or_not_at_all() {
    let (_dir, path) = journal();
    let mut store = Store::open(&path, Access::Write).unwrap().0;
    let lock = Store::lock(&path).unwrap();
    store.append(&lock, &stamp(3), "ana", "git config", &[note("five"), note("six")]).unwrap();
    drop(lock);
    let good = fs::read(&path).unwrap();
    assert_eq!((verify(&path).unwrap().verdict, verify(&path).unwrap().good_records), (Verdict::Clean, 7));
    let offsets = scan(&good).offsets;
    let mut damaged = good;
    damaged[usize::try_from(offsets[6]).unwrap() + 40] ^= 4;
    fs::write(&path, &damaged).unwrap();
    let report = verify(&path).unwrap();
    assert_eq!((report.verdict, report.good_records, report.at_byte), (Verdict::DamagedLast, 5, Some(offsets[5])));
    assert_eq!(repair(&path, &stamp(9), "li", "git config").unwrap().carried_over, 5);
    assert_eq!(read_all(&path).len(), 6);
}

#[test]
fn a_torn_tail_can_be_repaired_too() {
    let (_dir, path) = journal();
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 3]).unwrap();
    let done = repair(&path, &stamp(9), "li", "git config").unwrap();
    assert_eq!((done.was, done.carried_over), (Verdict::TornTail, 4));
    assert_eq!(read_all(&path).last().unwrap().at, samples::stamp(9).at);
}
