//! The reader against what the bytes plainly say, with a good index, a bad one and none.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::FileExt;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::steplog::mark::Mark;
use crate::steplog::{INDEX_NAME, STRIDE_BYTES, Writer};

/// A log with `pieces` written one second apart.
fn log_of(pieces: &[&[u8]]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::create(dir.path()).unwrap();
    for (second, piece) in pieces.iter().enumerate() {
        writer.write(piece, second as i64 * 1000).unwrap();
    }
    dir
}

/// The lines of `bytes` by the plainest rule.
fn lines_of(bytes: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    if lines.last().is_some_and(|last| last.is_empty()) {
        lines.pop();
    }
    lines
}

/// Everything that `reader` tells must be what `bytes` say.
fn check(reader: &Reader, bytes: &[u8]) {
    let lines = lines_of(bytes);
    assert_eq!(reader.bytes(), bytes.len() as u64);
    assert_eq!(reader.lines(), lines.len() as u64);
    let read = reader.read_lines(0, usize::MAX, 1 << 20).unwrap();
    assert_eq!(read.len(), lines.len());
    let mut offset = 0;
    // Asking for each of many lines alone would cost more than it tells.
    let step = lines.len() / 40 + 1;
    for (number, (line, raw)) in lines.iter().zip(&read).enumerate() {
        assert_eq!((raw.number, raw.offset, raw.len), (number as u64, offset, line.len() as u64));
        assert_eq!(raw.bytes, *line);
        if number % step == 0 || number + 2 > lines.len() {
            assert_eq!(reader.line_offset(number as u64).unwrap(), Some(offset));
            assert_eq!(reader.line_at(offset).unwrap(), number as u64);
        }
        offset += line.len() as u64 + 1;
    }
    assert_eq!(reader.line_offset(lines.len() as u64).unwrap(), None);
    let places = read.iter().rev().step_by(step).map(|raw| (raw.number, raw.offset));
    let again = reader.read_places(places, 1 << 20).unwrap();
    assert!(again.iter().eq(read.iter().rev().step_by(step)));
}

#[test]
fn an_empty_log_has_no_lines() {
    let dir = log_of(&[]);
    let reader = Reader::open(dir.path()).unwrap();
    check(&reader, b"");
    assert_eq!(reader.read_lines(0, 10, 10).unwrap(), []);
    assert_eq!(reader.line_at(99).unwrap(), 0);
}

#[test]
fn no_log_is_said_to_be_not_found() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(Reader::open(dir.path()).unwrap_err().kind(), io::ErrorKind::NotFound);
}

#[test]
fn a_last_line_without_its_end_counts() {
    let dir = log_of(&[b"one\n\ntwo"]);
    check(&Reader::open(dir.path()).unwrap(), b"one\n\ntwo");
}

#[test]
fn growth_is_seen_and_an_open_line_grows_in_place() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::create(dir.path()).unwrap();
    let mut reader = Reader::open(dir.path()).unwrap();
    assert_eq!(reader.refresh().unwrap(), Growth::default());
    writer.write(b"one\ntw", 0).unwrap();
    assert_eq!(reader.refresh().unwrap(), Growth { grew: true, ..Growth::default() });
    check(&reader, b"one\ntw");
    writer.write(b"o", 10).unwrap();
    reader.refresh().unwrap();
    check(&reader, b"one\ntwo");
    writer.write(b"\n", 20).unwrap();
    writer.sync().unwrap();
    reader.refresh().unwrap();
    check(&reader, b"one\ntwo\n");
    assert!(!reader.refresh().unwrap().grew);
}

#[test]
fn opening_reads_the_last_mark_and_the_tail_only() {
    let dir = tempfile::tempdir().unwrap();
    let log = fs::File::create(dir.path().join(LOG_NAME)).unwrap();
    // A hole of a gigabyte: whoever counts would find no line in it.
    log.set_len(1 << 30).unwrap();
    log.write_all_at(b"a\nb", 1 << 30).unwrap();
    let index = fs::File::create(dir.path().join(INDEX_NAME)).unwrap();
    index.write_all_at(&Mark { offset: 1 << 30, newlines: 17_000_000, at_ms: 5 }.encode(), 0).unwrap();
    let reader = Reader::open(dir.path()).unwrap();
    assert_eq!((reader.lines(), reader.bytes()), (17_000_002, (1 << 30) + 3));
    let last = reader.read_lines(17_000_001, 9, 9).unwrap();
    assert_eq!((last.len(), last[0].bytes.as_slice(), last[0].at_ms), (1, b"b".as_slice(), Some(5)));
}

#[test]
fn two_million_lines_are_counted_and_found() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::create(dir.path()).unwrap();
    let mut piece = Vec::new();
    for number in 0..2_000_000_u32 {
        writeln!(piece, "{number:09}").unwrap();
        if piece.len() >= 60_000 {
            writer.write(&piece, i64::from(number)).unwrap();
            piece.clear();
        }
    }
    writer.write(&piece, 2_000_000).unwrap();
    for index in [true, false] {
        if !index {
            fs::remove_file(dir.path().join(INDEX_NAME)).unwrap();
        }
        let mut reader = Reader::open(dir.path()).unwrap();
        while reader.refresh().unwrap().behind {}
        assert_eq!((reader.lines(), reader.bytes()), (2_000_000, 20_000_000));
        for number in [0, 1, 6_553, 6_554, 999_999, 1_234_567, 1_999_999] {
            assert_eq!(reader.line_offset(number).unwrap(), Some(number * 10));
            assert_eq!(reader.line_at(number * 10 + 9).unwrap(), number);
            let line = reader.read_lines(number, 1, 99).unwrap();
            assert_eq!(line[0].bytes, format!("{number:09}").into_bytes());
            // Marks are set each 64 KiB, which is 6,554 lines; the lines' numbers are their times here.
            let near = line[0].at_ms.map(|at_ms| at_ms.abs_diff(number as i64) < 15_000);
            assert_eq!(near, index.then_some(true), "time of line {number}: {:?}", line[0].at_ms);
        }
    }
}

#[test]
fn a_huge_line_gives_its_first_bytes_its_length_and_any_window() {
    let mut bytes = b"before\n".to_vec();
    bytes.extend((0..3_000_000_u32).map(|at| b'a' + (at % 26) as u8));
    bytes.extend(b"\nafter\n");
    let dir = log_of(&[&bytes]);
    let reader = Reader::open(dir.path()).unwrap();
    assert_eq!(reader.lines(), 3);
    let lines = reader.read_lines(0, 9, 5).unwrap();
    let facts: Vec<_> = lines.iter().map(|line| (line.offset, line.len, line.bytes.as_slice())).collect();
    assert_eq!(facts, [(0, 6, b"befor".as_slice()), (7, 3_000_000, b"abcde"), (3_000_008, 5, b"after")]);
    assert_eq!(reader.read_bytes(7 + 26 * 100_000, 3).unwrap(), b"abc");
    assert_eq!(reader.read_bytes(3_000_012, 99).unwrap(), b"r\n");
    assert_eq!(reader.line_at(2_000_000).unwrap(), 1);
}

#[test]
fn lines_have_the_time_at_which_they_began() {
    let dir = log_of(&[b"a\nb", b"b\nc\n", b"d"]);
    let reader = Reader::open(dir.path()).unwrap();
    let times: Vec<_> = reader.read_lines(0, 9, 9).unwrap().iter().map(|line| line.at_ms).collect();
    assert_eq!(times, [Some(0), Some(0), Some(1000), Some(2000)], "line c came with the end of line b");
}

#[test]
fn a_missing_index_is_made_up_for_by_counting() {
    let bytes = b"some line\n".repeat(50_000);
    let dir = log_of(&[&bytes]);
    fs::remove_file(dir.path().join(INDEX_NAME)).unwrap();
    let reader = Reader::open(dir.path()).unwrap();
    assert_eq!((reader.lines(), reader.line_offset(49_999).unwrap()), (50_000, Some(499_990)));
    assert_eq!(reader.time_of(0), None);
}

#[test]
fn a_torn_or_damaged_index_costs_time_and_never_truth() {
    let bytes = format!("{}\n", "x".repeat(63)).into_bytes().repeat(10_000);
    for damage in 0..4 {
        let dir = log_of(&[&bytes]);
        let path = dir.path().join(INDEX_NAME);
        let mut index = fs::read(&path).unwrap();
        assert_eq!(index.len(), 10 * 32);
        match damage {
            0 => index.truncate(32 * 6 + 5),
            1 => index[32 * 4..].fill(0),
            2 => index[32 * 5 + 3] ^= 1,
            _ => index.extend(Mark { offset: 1 << 40, newlines: 9, at_ms: 0 }.encode()),
        }
        fs::write(&path, index).unwrap();
        check(&Reader::open(dir.path()).unwrap(), &bytes);
    }
}

#[test]
fn a_log_that_became_shorter_is_read_anew() {
    let dir = log_of(&[b"one\ntwo\nthree\n"]);
    let mut reader = Reader::open(dir.path()).unwrap();
    OpenOptions::new().write(true).open(reader.path()).unwrap().set_len(5).unwrap();
    let growth = reader.refresh().unwrap();
    assert!(growth.restarted && growth.grew);
    check(&reader, b"one\nt");
}

#[test]
fn what_is_not_counted_yet_is_not_shown_yet() {
    let dir = tempfile::tempdir().unwrap();
    let log = fs::File::create(dir.path().join(LOG_NAME)).unwrap();
    log.set_len(COUNT_BYTES + 10).unwrap();
    log.write_all_at(b"a\nb", 0).unwrap();
    let mut reader = Reader::open(dir.path()).unwrap();
    assert_eq!((reader.lines(), reader.bytes(), reader.file_bytes()), (2, COUNT_BYTES, COUNT_BYTES + 10));
    assert_eq!(reader.refresh().unwrap(), Growth { grew: true, restarted: false, behind: false });
    assert_eq!((reader.lines(), reader.bytes()), (2, COUNT_BYTES + 10));
}

#[test]
fn counted_points_are_thinned_and_still_serve() {
    let mut marks = Marks::open(Path::new("/nonexistent"));
    for step in 0..200_000 {
        marks.keep(Point { offset: step * STRIDE_BYTES, newlines: step * 10 });
    }
    for wanted in [0, 1, 77_777, 1_999_990] {
        let point = marks.nearest(|point| point.newlines < wanted);
        assert!(point.newlines == 0 || point.newlines < wanted);
        assert!(wanted.saturating_sub(point.newlines) < 300, "{wanted}: {point:?}");
    }
}

/// Pieces of output: short lines, long ones, many, line ends alone.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => "[a-z\n]{0,40}".prop_map(String::into_bytes),
        1 => (1..150_000_usize).prop_map(|len| vec![b'x'; len]),
        1 => (1..4_000_usize).prop_map(|lines| b"a line of some length\n".repeat(lines)),
        1 => Just(b"\n".to_vec()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn whatever_is_written_is_read(pieces in prop::collection::vec((piece(), 0..2000_i64, 0..3_u8), 1..6), index in any::<bool>()) {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::create(dir.path()).unwrap();
        if !index {
            fs::remove_file(dir.path().join(INDEX_NAME)).unwrap();
        }
        let mut reader = Reader::open(dir.path()).unwrap();
        let (mut bytes, mut now_ms) = (Vec::new(), 0);
        for (piece, later_ms, then) in pieces {
            now_ms += later_ms;
            writer.write(&piece, now_ms).unwrap();
            bytes.extend(piece);
            prop_assert_eq!(writer.lines(), lines_of(&bytes).len() as u64);
            match then {
                0 => writer.sync().unwrap(),
                1 => { reader.refresh().unwrap(); }
                _ => {}
            }
        }
        reader.refresh().unwrap();
        check(&reader, &bytes);
        check(&Reader::open(dir.path()).unwrap(), &bytes);
    }
}
