//! What a journal on disk promises, held against cuts, other writers, replaced files and failing disks.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::thread;

use super::*;
use crate::frame::{self, scan};
use crate::journal::codec::DecodeError;
use crate::journal::error::StoreError;
use crate::journal::samples::{self, note, opened, stamp};
use crate::journal::wire::Problem;

const ACTOR: (&str, &str) = ("ana@example.com", "git config");

/// A directory that is gone afterwards, with a new journal in it.
fn journal() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("harbor-0a1b2c3d/1.3.0/journal.toml");
    Store::create(&path, &stamp(1), ACTOR.0, ACTOR.1, &opened()).unwrap();
    (dir, path)
}

fn open(path: &Path) -> Store {
    Store::open(path, Access::Write).unwrap().0
}

/// What a session does: lock, refresh, decide, append.
fn record(store: &mut Store, facts: &[Fact]) -> Result<Vec<Recorded>, StoreError> {
    let lock = Store::lock(store.path())?;
    store.refresh()?;
    store.append(&lock, &stamp(store.seq() + 1), ACTOR.0, ACTOR.1, facts)
}

fn facts_in(path: &Path) -> Vec<Fact> {
    let (store, recorded) = Store::open(path, Access::Read).unwrap();
    assert_eq!(*store.mode(), Mode::ReadOnly { why: Why::Asked });
    recorded.into_iter().map(|one| one.fact).collect()
}

fn why(store: &Store) -> &Why {
    let Mode::ReadOnly { why } = store.mode() else { panic!("writable") };
    why
}

fn names_beside(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path.parent().unwrap()).unwrap();
    let mut names: Vec<String> = entries.map(|entry| disk::file_name(&entry.unwrap().path())).collect();
    names.sort();
    names
}

#[test]
fn a_new_journal_is_private_and_begins_with_its_opening() {
    let (dir, path) = journal();
    for (below, mode) in [("harbor-0a1b2c3d", 0o700), ("harbor-0a1b2c3d/1.3.0", 0o700)] {
        let found = fs::metadata(dir.path().join(below)).unwrap().permissions().mode();
        assert_eq!(found & 0o777, mode, "{below}");
    }
    for name in names_beside(&path) {
        let found = fs::metadata(path.with_file_name(&name)).unwrap().permissions().mode();
        assert_eq!(found & 0o777, 0o600, "{name}");
    }
    assert_eq!(names_beside(&path), ["journal.toml", "lock"]);
    assert_eq!(facts_in(&path), [opened()]);
    let create = |fact: &Fact| Store::create(&path, &stamp(1), ACTOR.0, ACTOR.1, fact).map(|_| ()).unwrap_err();
    assert!(matches!(create(&opened()), StoreError::Exists { .. }));
    assert!(matches!(create(&note("x")), StoreError::Opening));
    let Fact::JournalOpened { uuid, project, repository, relco, .. } = opened() else { panic!() };
    let newer = Fact::JournalOpened { format: 2, uuid, project, repository, relco };
    assert!(matches!(create(&newer), StoreError::Opening));
    assert_eq!(facts_in(&path), [opened()]);
}

#[test]
fn what_was_appended_is_what_others_read() {
    let (_dir, path) = journal();
    let (mut writer, mut reader) = (open(&path), open(&path));
    let facts: Vec<Fact> = samples::all().split_off(2);
    let mut written = record(&mut writer, &facts[..7]).unwrap();
    written.extend(record(&mut writer, &facts[7..]).unwrap());
    assert_eq!(record(&mut writer, &[]).unwrap(), []);
    assert_eq!(reader.refresh().unwrap(), News::Appended(written.clone()));
    assert_eq!(reader.refresh().unwrap(), News::Appended(Vec::new()));
    assert_eq!((reader.seq(), reader.head()), (writer.seq(), writer.head()));
    assert_eq!(written.iter().map(|one| one.fact.clone()).collect::<Vec<_>>(), facts);
    assert!(written.iter().map(|one| one.seq).eq(2..2 + facts.len() as u64));
    assert_eq!(names_beside(&path), ["journal.toml", "lock"]);
}

#[test]
fn nothing_is_appended_to_what_was_not_read() {
    let (_dir, path) = journal();
    let (mut first, mut second) = (open(&path), open(&path));
    record(&mut first, &[note("first")]).unwrap();
    let lock = Store::lock(&path).unwrap();
    let append = |store: &mut Store| store.append(&lock, &stamp(9), ACTOR.0, ACTOR.1, &[note("second")]);
    assert!(matches!(append(&mut second), Err(StoreError::Behind)));
    second.refresh().unwrap();
    append(&mut second).unwrap();
    assert_eq!(facts_in(&path), [opened(), note("first"), note("second")]);
    let (_other_dir, other) = journal();
    let mut other = open(&other);
    assert!(matches!(append(&mut other), Err(StoreError::OtherLock { .. })));
}

#[test]
fn a_fact_that_cannot_be_written_leaves_no_trace() {
    let (_dir, path) = journal();
    let mut store = open(&path);
    let before = fs::read(&path).unwrap();
    let error = record(&mut store, &[note("small"), note(&"x".repeat(70_000))]).unwrap_err();
    assert!(matches!(error, StoreError::Encode(_)));
    assert_eq!(fs::read(&path).unwrap(), before);
    record(&mut store, &[note("small")]).unwrap();
}

/// Appends numbered notes as one of several writers.
fn append_many(path: &Path, who: &str, count: usize) {
    let mut store = open(path);
    for number in 0..count {
        record(&mut store, &[note(&format!("{who} {number}"))]).unwrap();
    }
}

/// Checks that every note of every writer is there, in its order, in a clean file.
fn assert_all_there(path: &Path, writers: &[&str], count: usize) {
    let found = scan(&fs::read(path).unwrap());
    assert_eq!((found.verdict, found.records.len()), (Verdict::Clean, 1 + writers.len() * count));
    let texts: Vec<String> = facts_in(path)
        .into_iter()
        .filter_map(|fact| if let Fact::NoteAdded { text, .. } = fact { Some(text) } else { None })
        .collect();
    for who in writers {
        let own: Vec<&String> = texts.iter().filter(|text| text.starts_with(&format!("{who} "))).collect();
        let expected: Vec<String> = (0..count).map(|number| format!("{who} {number}")).collect();
        assert!(own.into_iter().eq(&expected), "{who}");
    }
}

#[test]
fn two_writers_interleave_without_loss() {
    let (_dir, path) = journal();
    thread::scope(|scope| {
        let path = &path;
        for who in ["ana", "li"] {
            scope.spawn(move || append_many(path, who, 500));
        }
    });
    assert_all_there(&path, &["ana", "li"], 500);
}

/// The name under which a test runs itself again as a process of its own.
const AS_CHILD: &str = "RELCO_TEST_AS_CHILD";

/// The same test in a process of its own, with something to do there.
fn as_child(test: &str, task: &str, path: &Path) -> Child {
    let mut command = Command::new("sh");
    // Going over a limit on the size of files is an error to handle, not a reason to die.
    command.args(["-c", r#"trap "" XFSZ; exec "$0" "$@""#]).arg(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("journal::store::tests::{test}"), "--nocapture"]);
    command.env(AS_CHILD, task).env("RELCO_TEST_JOURNAL", path);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits for such a process, and makes sure that it ran the test.
fn assert_passed(child: Child) {
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

/// The task and the journal, in a process that [`as_child`] started.
fn child_task() -> Option<(String, PathBuf)> {
    let task = std::env::var(AS_CHILD).ok()?;
    Some((task, std::env::var_os("RELCO_TEST_JOURNAL")?.into()))
}

#[test]
fn two_processes_interleave_without_loss() {
    if let Some((who, path)) = child_task() {
        append_many(&path, &who, 100);
        return;
    }
    let (_dir, path) = journal();
    let start = |who| as_child("two_processes_interleave_without_loss", who, &path);
    for child in ["ana", "li", "mo"].map(start) {
        assert_passed(child);
    }
    assert_all_there(&path, &["ana", "li", "mo"], 100);
}

#[test]
fn a_reader_follows_a_writer_and_never_sees_damage() {
    let (_dir, path) = journal();
    let mut reader = open(&path);
    thread::scope(|scope| {
        let writer = scope.spawn(|| append_many(&path, "ana", 300));
        while reader.seq() < 301 {
            let (before, finished) = (reader.seq(), writer.is_finished());
            let News::Appended(news) = reader.refresh().unwrap() else { panic!("replaced") };
            assert_eq!(*reader.mode(), Mode::Writable);
            assert!(news.iter().map(|one| one.seq).eq(before + 1..=reader.seq()));
            assert!(!finished || reader.seq() == 301);
        }
    });
    assert_all_there(&path, &["ana"], 300);
}

#[test]
fn a_reader_never_takes_a_recovery_for_damage() {
    let (_dir, path) = journal();
    let mut reader = open(&path);
    let last = 1 + 40 * 2;
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut store = open(&path);
            for number in 0..40 {
                let torn = "[[event]]\nseq = 4711\nkind = \"note.added\"\n".repeat(1 + number % 3);
                let torn = torn.split_once("\n[[").map_or(torn.as_str(), |(first, _)| first);
                let lock = Store::lock(&path).unwrap();
                OpenOptions::new().append(true).open(&path).unwrap().write_all(torn.as_bytes()).unwrap();
                store.refresh().unwrap();
                store.append(&lock, &stamp(2), ACTOR.0, ACTOR.1, &[note(&"x".repeat(3 * number))]).unwrap();
            }
        });
        while reader.seq() < last {
            let finished = writer.is_finished();
            let News::Appended(_) = reader.refresh().unwrap() else { panic!("replaced") };
            assert_eq!(*reader.mode(), Mode::Writable);
            assert!(!finished || reader.seq() == last);
        }
    });
    assert_eq!(scan(&fs::read(&path).unwrap()).verdict, Verdict::Clean);
}

#[test]
fn a_death_at_any_byte_of_an_append_loses_only_that_append() {
    let (_dir, path) = journal();
    let mut store = open(&path);
    record(&mut store, &[note("acknowledged")]).unwrap();
    let start = fs::read(&path).unwrap().len();
    record(&mut store, &[note("never acknowledged")]).unwrap();
    let whole = fs::read(&path).unwrap();
    for cut in start..=whole.len() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal.toml");
        fs::write(&path, &whole[..cut]).unwrap();
        let (mut store, recorded) = Store::open(&path, Access::Write).unwrap();
        assert_eq!(*store.mode(), Mode::Writable, "cut at {cut}");
        let survived = if cut == whole.len() { 3 } else { 2 };
        assert_eq!(recorded.len(), survived, "cut at {cut}");
        // Looking changes nothing.
        assert_eq!(fs::read(&path).unwrap(), whole[..cut]);
        let in_the_middle = cut > start + 4 && cut + 4 < whole.len();
        if in_the_middle && cut % 16 != 0 {
            // Syncs are slow, and one cut in the middle is like the other.
            continue;
        }
        let appended = record(&mut store, &[note("next")]).unwrap();
        let mut facts = facts_in(&path).split_off(survived);
        assert_eq!(facts.pop().unwrap(), note("next"));
        assert_eq!(appended.len(), facts.len() + 1);
        if cut == start || cut == whole.len() {
            assert_eq!(facts, []);
            continue;
        }
        let aside = format!("journal.toml.torn-{start}");
        let bytes = (cut - start) as u64;
        assert_eq!(facts, [Fact::JournalRecovered { bytes, aside: aside.clone() }]);
        assert_eq!(fs::read(dir.path().join(aside)).unwrap(), whole[start..cut]);
        assert_eq!(scan(&fs::read(&path).unwrap()).verdict, Verdict::Clean);
    }
}

#[test]
fn a_command_cut_between_its_facts_leaves_none_of_them() {
    let (_dir, path) = journal();
    let start = fs::metadata(&path).unwrap().len();
    record(&mut open(&path), &[note("one"), note("two"), note("three")]).unwrap();
    let whole = fs::read(&path).unwrap();
    // Behind a whole record of it, and in the middle of one.
    for cut in [usize::try_from(scan(&whole).offsets[3]).unwrap(), whole.len() - 10] {
        fs::write(&path, &whole[..cut]).unwrap();
        assert_eq!(facts_in(&path), [opened()]);
        record(&mut open(&path), &[note("next")]).unwrap();
        let recovered = facts_in(&path).split_off(1);
        let [Fact::JournalRecovered { bytes, aside }, next] = recovered.as_slice() else { panic!("{recovered:?}") };
        assert_eq!((*bytes, next), (cut as u64 - start, &note("next")));
        assert_eq!(fs::read(path.with_file_name(aside)).unwrap(), whole[usize::try_from(start).unwrap()..cut]);
    }
}

#[test]
fn a_file_in_the_place_of_the_old_one_is_read_anew() {
    let (_dir, path) = journal();
    let (mut store, mut other) = (open(&path), open(&path));
    record(&mut store, &[note("one")]).unwrap();
    other.refresh().unwrap();
    // A copy that goes on where this one ends, as after a rescue.
    let copy = path.with_file_name("copy");
    fs::copy(&path, &copy).unwrap();
    fs::rename(&copy, &path).unwrap();
    let more = record(&mut store, &[note("two")]).unwrap();
    assert_eq!(other.refresh().unwrap(), News::Appended(more));
    // Another history, as after a repair or a restored backup.
    let (_elsewhere, elsewhere) = journal();
    record(&mut open(&elsewhere), &[note("other")]).unwrap();
    fs::copy(&elsewhere, &copy).unwrap();
    fs::rename(&copy, &path).unwrap();
    let News::Replaced(all) = store.refresh().unwrap() else { panic!("not replaced") };
    assert_eq!(all.into_iter().map(|one| one.fact).collect::<Vec<_>>(), [opened(), note("other")]);
    // Whoever has not looked yet does not write, not even under the lock.
    let lock = Store::lock(&path).unwrap();
    assert!(matches!(other.append(&lock, &stamp(4), ACTOR.0, ACTOR.1, &[note("x")]), Err(StoreError::Behind)));
    drop(lock);
    record(&mut other, &[note("three")]).unwrap();
    assert_eq!(facts_in(&path), [opened(), note("other"), note("three")]);
}

#[test]
fn a_missing_journal_is_said() {
    let (_dir, path) = journal();
    let mut store = open(&path);
    fs::remove_file(&path).unwrap();
    assert!(matches!(store.refresh(), Err(StoreError::Missing { .. })));
    assert!(matches!(Store::open(&path, Access::Read), Err(StoreError::Missing { .. })));
}

#[test]
fn a_record_that_was_taken_back_is_forgotten() {
    let (_dir, path) = journal();
    let before = fs::read(&path).unwrap();
    let (mut writer, mut reader) = (open(&path), open(&path));
    // The reader sees a record whose sync then fails: the writer cuts it off, and another one takes its place.
    record(&mut writer, &[note("one")]).unwrap();
    reader.refresh().unwrap();
    let fresh_dir = tempfile::tempdir().unwrap();
    let fresh = fresh_dir.path().join("journal.toml");
    fs::write(&fresh, &before).unwrap();
    record(&mut open(&fresh), &[note("two")]).unwrap();
    let other = fs::read(&fresh).unwrap();
    assert_eq!(other.len(), fs::read(&path).unwrap().len());
    fs::write(&path, &other).unwrap();
    let News::Replaced(all) = reader.refresh().unwrap() else { panic!("not replaced") };
    assert_eq!(all[1].fact, note("two"));
    // For the session to which it had been acknowledged this is a loss, and it says so until the bytes are back.
    assert_eq!(writer.refresh().unwrap(), News::Appended(Vec::new()));
    assert_eq!(*why(&writer), Why::Lost);
    assert!(matches!(record(&mut writer, &[note("three")]), Err(StoreError::ReadOnly { why: Why::Lost })));
}

#[test]
fn damage_makes_it_read_only_and_is_never_touched() {
    let (_dir, path) = journal();
    for text in ["one", "two", "three"] {
        record(&mut open(&path), &[note(text)]).unwrap();
    }
    let good = fs::read(&path).unwrap();
    let found = scan(&good);
    let changed = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        bytes
    };
    let start = |index: usize| usize::try_from(found.offsets[index]).unwrap();
    let without_second = [&good[..start(1)], &good[start(2)..]].concat();
    let cases = [
        (changed(start(3) + 40), Verdict::DamagedLast, 3),
        (changed(start(1) + 40), Verdict::DamagedMiddle, 1),
        (without_second, Verdict::BrokenChain, 1),
    ];
    for (bytes, verdict, records) in cases {
        fs::write(&path, &bytes).unwrap();
        let (mut store, recorded) = Store::open(&path, Access::Write).unwrap();
        let at_byte = found.offsets[records];
        assert_eq!((recorded.len(), why(&store)), (records, &Why::Damaged { verdict, at_byte }));
        let error = record(&mut store, &[note("x")]).unwrap_err();
        assert!(error.to_string().starts_with("the journal is read-only: "), "{error}");
        assert!(error.hint().unwrap().contains("relco journal repair"));
        assert_eq!(fs::read(&path).unwrap(), bytes);
        // Once the file is whole again, from a backup, it goes on.
        fs::write(&path, &good).unwrap();
        store.refresh().unwrap();
        assert_eq!((store.mode(), store.seq()), (&Mode::Writable, 4));
    }
    for bytes in [b"".as_slice(), &good[..20], b"title = \"something else\"\n"] {
        fs::write(&path, bytes).unwrap();
        let (mut store, recorded) = Store::open(&path, Access::Write).unwrap();
        assert_eq!((recorded.len(), why(&store)), (0, &Why::NoRecord));
        assert!(record(&mut store, &[note("x")]).is_err());
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}

/// A record with this change made to it, after the good ones of a file.
fn append_changed(path: &Path, change: impl Fn(&mut frame::Record)) {
    let bytes = fs::read(path).unwrap();
    let found = scan(&bytes);
    let mut record = found.records.last().unwrap().clone();
    (record.seq, record.prev) = (record.seq + 1, found.head);
    change(&mut record);
    fs::write(path, [bytes, frame::encode(&record).unwrap().bytes].concat()).unwrap();
}

#[test]
fn what_a_newer_relco_wrote_is_not_written_to() {
    let expect = |change: &dyn Fn(&mut frame::Record), expected: Why, words: &str| {
        let (_dir, path) = journal();
        let mut earlier = open(&path);
        record(&mut earlier, &[note("one")]).unwrap();
        append_changed(&path, change);
        append_changed(&path, |record| record.kind = "note.added".to_owned());
        let bytes = fs::read(&path).unwrap();
        let (later, recorded) = Store::open(&path, Access::Write).unwrap();
        assert_eq!(recorded.len(), 2);
        earlier.refresh().unwrap();
        for mut store in [earlier, later] {
            assert_eq!((why(&store), why(&store).to_string().as_str()), (&expected, words));
            assert!(matches!(record(&mut store, &[note("x")]), Err(StoreError::ReadOnly { .. })));
        }
        assert_eq!(fs::read(&path).unwrap(), bytes);
    };
    let kind = "crew.hired".to_owned();
    expect(
        &|record| record.kind.clone_from(&kind),
        Why::NewerKind { seq: 3, kind: kind.clone() },
        "written by a newer relco: record 3 is crew.hired",
    );
    let kind = "note.added".to_owned();
    let newer = Why::NewerKind { seq: 3, kind: kind.clone() };
    expect(&|record| record.v = 2, newer, "written by a newer relco: record 3 is note.added");
    let problem = Problem::Unknown("mood".to_owned());
    expect(
        &|record| record.data.push("mood", "calm"),
        Why::Odd(DecodeError { seq: 3, kind, problem }),
        "written by a newer or another relco: record 3 (note.added): the field `mood` is unknown",
    );
}

#[test]
fn a_newer_format_is_not_read() {
    let (_dir, path) = journal();
    let mut record = scan(&fs::read(&path).unwrap()).records.remove(0);
    record.data = frame::Table::new().with("format", 2);
    fs::write(&path, frame::encode(&record).unwrap().bytes).unwrap();
    let (store, recorded) = Store::open(&path, Access::Write).unwrap();
    assert_eq!((recorded, why(&store)), (Vec::new(), &Why::NewerFormat { format: 2 }));
}

#[test]
fn a_file_of_other_records_is_no_journal() {
    let (_dir, path) = journal();
    let mut record = scan(&fs::read(&path).unwrap()).records.remove(0);
    record.kind = "note.added".to_owned();
    fs::write(&path, frame::encode(&record).unwrap().bytes).unwrap();
    let (store, recorded) = Store::open(&path, Access::Write).unwrap();
    assert_eq!((recorded, why(&store)), (Vec::new(), &Why::NoJournal));
}

#[test]
fn without_permission_it_is_read() {
    let (_dir, path) = journal();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    let (mut store, recorded) = Store::open(&path, Access::Write).unwrap();
    assert_eq!(recorded.len(), 1);
    // The superuser may write to anything.
    if !rustix::process::geteuid().is_root() {
        assert_eq!(*why(&store), Why::NoPermission);
        assert!(matches!(record(&mut store, &[note("x")]), Err(StoreError::ReadOnly { why: Why::NoPermission })));
    }
    let mut reader = Store::open(&path, Access::Read).unwrap().0;
    assert!(matches!(record(&mut reader, &[note("x")]), Err(StoreError::ReadOnly { why: Why::Asked })));
}

#[test]
fn a_failing_disk_moves_the_journal_to_a_new_file() {
    let (_dir, path) = journal();
    let (mut store, mut other) = (open(&path), open(&path));
    record(&mut store, &[note("one")]).unwrap();
    let before = fs::read(&path).unwrap();
    // What `write` does when the append of a record has failed.
    let lock = Store::lock(&path).unwrap();
    let written = codec::encode(store.reading.history.position(), &stamp(3), ACTOR.0, ACTOR.1, &note("two")).unwrap();
    store.move_to_copy(&written.encoded.bytes, 3, &FileError::Poisoned).unwrap();
    store.reading.history.push(std::slice::from_ref(&written));
    drop(lock);
    let kept = path.with_file_name("journal.toml.failed-3");
    let why = FileError::Poisoned.to_string();
    assert_eq!(store.rescues(), [Rescue { why, seq: 3, kept: Some(kept.clone()) }]);
    assert_eq!(fs::read(kept).unwrap(), before);
    assert_eq!(names_beside(&path), ["journal.toml", "journal.toml.failed-3", "lock"]);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    record(&mut store, &[note("three")]).unwrap();
    let News::Appended(news) = other.refresh().unwrap() else { panic!("replaced") };
    let news: Vec<Fact> = news.into_iter().map(|one| one.fact).collect();
    assert_eq!(news, [note("one"), note("two"), note("three")]);
    record(&mut other, &[note("four")]).unwrap();
    assert_eq!(facts_in(&path).len(), 5);
    // A disk that goes on failing is not to be trusted.
    for expected in [true, true, false] {
        let lock = Store::lock(&path).unwrap();
        store.refresh().unwrap();
        assert_eq!(store.move_to_copy(b"", store.seq(), &FileError::Poisoned).is_ok(), expected);
        drop(lock);
    }
    assert_eq!(facts_in(&path).len(), 5);
}

#[test]
fn a_full_disk_records_nothing_and_says_so() {
    if let Some((room, path)) = child_task() {
        let room: u64 = room.parse().unwrap();
        let (mut store, recorded) = Store::open(&path, Access::Write).unwrap();
        let limit = Some(fs::metadata(&path).unwrap().len() + room);
        let limit = rustix::process::Rlimit { current: limit, maximum: limit };
        rustix::process::setrlimit(rustix::process::Resource::Fsize, limit).unwrap();
        let error = record(&mut store, &[note("lost")]).unwrap_err();
        assert!(matches!(error, StoreError::NotDurable { .. }), "{error:?}");
        assert!(matches!(record(&mut store, &[note("lost")]), Err(StoreError::Poisoned)));
        assert_eq!(store.seq(), recorded.len() as u64);
        return;
    }
    // No byte more, and a part of the record.
    for room in ["0", "100"] {
        let (_dir, path) = journal();
        record(&mut open(&path), &[note("one")]).unwrap();
        let before = fs::read(&path).unwrap();
        assert_passed(as_child("a_full_disk_records_nothing_and_says_so", room, &path));
        assert_eq!(fs::read(&path).unwrap(), before);
        assert_eq!(names_beside(&path), ["journal.toml", "lock"]);
        record(&mut open(&path), &[note("two")]).unwrap();
        assert_eq!(facts_in(&path), [opened(), note("one"), note("two")]);
    }
}
