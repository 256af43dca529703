//! The scanner against looking at each line by itself.

use std::io::Write;

use proptest::prelude::*;

use super::*;

/// All hits in `bytes`, looked at in chunks of `chunk_bytes` with stops at `stops`.
fn hits(bytes: &[u8], pattern: &str, chunk_bytes: usize, stops: &[u64]) -> Vec<Hit> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    let pattern = Arc::new(Pattern::from_input(pattern).unwrap());
    let mut scanner = Scanner::from_line(file, pattern, 0, 0, chunk_bytes);
    let mut out = Vec::new();
    for until in stops.iter().copied().chain([bytes.len() as u64]) {
        while !scanner
            .scan(until, &mut |hit| {
                out.push(hit);
                ControlFlow::Continue(())
            })
            .unwrap()
        {}
    }
    assert_eq!(scanner.scanned_lines(), memchr::memchr_iter(b'\n', bytes).count() as u64);
    out
}

/// The same by the plainest rule: line, its offset, offset of the first match.
fn plainly(bytes: &[u8], pattern: &str) -> Vec<Hit> {
    let pattern = Pattern::from_input(pattern).unwrap();
    let mut out = Vec::new();
    let mut line_offset = 0;
    for (line, text) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if let Some(found) = pattern.find(text)
            && (line_offset as usize) < bytes.len()
        {
            out.push(Hit { line: line as u64, line_offset, match_offset: line_offset + found.start as u64 });
        }
        line_offset += text.len() as u64 + 1;
    }
    out
}

#[test]
fn each_line_is_given_once_with_its_first_match() {
    let found = hits(b"x ab ab\n\nab\nno\nab", "ab", 1024, &[]);
    let facts: Vec<_> = found.iter().map(|hit| (hit.line, hit.line_offset, hit.match_offset)).collect();
    assert_eq!(facts, [(0, 0, 2), (2, 9, 9), (4, 15, 15)]);
}

#[test]
fn a_line_that_was_incomplete_is_given_when_it_matches_and_only_once() {
    let bytes = b"one\nneedle here\nneed";
    for stop in 0..bytes.len() as u64 {
        assert_eq!(hits(bytes, "needle", 1024, &[stop, stop]), plainly(bytes, "needle"), "stopped at {stop}");
    }
}

#[test]
fn lines_longer_than_a_chunk_are_looked_at_in_overlapping_windows() {
    let mut bytes = vec![b'.'; 100_000];
    for at in [63, 64, 4_000, 99_990] {
        let mut bytes = bytes.clone();
        bytes[at..at + 6].copy_from_slice(b"needle");
        bytes.extend(b"\nneedle\n");
        let found = hits(&bytes, "needle", 128, &[]);
        assert_eq!(found, plainly(&bytes, "needle"), "needle at {at}");
    }
    bytes.extend(b"\n");
    assert_eq!(hits(&bytes, "/^x|^y/", 128, &[]), []);
    bytes[128] = b'x';
    assert_eq!(hits(&bytes, "/^x/", 128, &[50_000]), [], "a window's start is no line's start");
}

#[test]
fn a_match_never_spans_lines() {
    assert_eq!(hits(b"a\nb\na b\n", r"/a\sb/", 1024, &[]).len(), 1);
    assert_eq!(hits(b"a  \n  b\n", r"/\s+b/", 1024, &[])[0].line, 1);
    assert_eq!(hits(b"a\r\nb\r\n", "/a$/", 1024, &[]).len(), 1);
    assert_eq!(hits(b"\n\nx\n", "/^$/", 1024, &[]).len(), 2);
}

proptest! {
    #[test]
    fn as_if_each_line_were_looked_at_by_itself(
        bytes in "[ab\n]{0,400}",
        pattern in prop_oneof![Just("ab"), Just("B"), Just("/^a+b/"), Just("/b$/"), Just("/a*/"), Just("/[^a]b/")],
        chunk_bytes in 200..300_usize,
        mut stops in prop::collection::vec(0..400_u64, 0..4),
    ) {
        stops.sort_unstable();
        stops.retain(|stop| *stop <= bytes.len() as u64);
        // With an expression that looks at the line's end, an incomplete line may match; so no stops there.
        if pattern.contains('$') || pattern.contains('*') {
            stops.clear();
        }
        let found = hits(bytes.as_bytes(), pattern, chunk_bytes, &stops);
        prop_assert_eq!(found, plainly(bytes.as_bytes(), pattern));
    }
}
