//! The lines at the end of a log that tell what went wrong: its errors, and its last lines.
//!
//! What prints an error often goes on for a while: cleaning up, counting, saying goodbye. So the last lines alone can
//! miss the one line that a reader wants. Enter at [`last_lines`].

use std::io;

use super::Pattern;
use super::reader::{RawLine, Reader};

/// Lines before the end among which errors are looked for: what a step prints after one is rarely more.
const LOOKED_AT: u64 = 2_000;

/// Errors that are taken along at most. The first ones: what follows is mostly their consequence.
const ERRORS: usize = 5;

/// At most `count` lines in their order: the last ones of the log, and before them the first errors among the last
/// 2,000. Of each line at most `max_bytes` are read.
///
/// # Errors
/// When the log cannot be read.
pub fn last_lines(reader: &Reader, count: usize, max_bytes: usize) -> io::Result<Vec<RawLine>> {
    let total = reader.lines();
    let tail_from = total.saturating_sub(count as u64);
    let from = total.saturating_sub(LOOKED_AT.max(count as u64));
    let mut lines = reader.read_lines(from, usize::try_from(total - from).unwrap_or(count), max_bytes)?;
    let errors = Pattern::errors().map_err(io::Error::other)?;
    let mut before: Vec<RawLine> = Vec::new();
    let tail = lines.split_off(usize::try_from(tail_from - from).unwrap_or(0).min(lines.len()));
    for line in lines {
        if before.len() < ERRORS.min(count) && errors.find(&line.bytes).is_some() {
            before.push(line);
        }
    }
    let room = count - before.len();
    before.extend(tail.into_iter().rev().take(room).rev());
    Ok(before)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steplog::Writer;

    fn last(text: &str, count: usize) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::create(dir.path()).unwrap();
        writer.write(text.as_bytes(), 0).unwrap();
        let reader = Reader::open(dir.path()).unwrap();
        let lines = last_lines(&reader, count, 100).unwrap();
        lines.iter().map(|line| format!("{} {}", line.number + 1, String::from_utf8_lossy(&line.bytes))).collect()
    }

    #[test]
    fn an_error_above_the_last_lines_is_taken_along() {
        let mut text = "begin\nERROR: no room\n".to_owned();
        for number in 0..50 {
            text += &format!("cleaning {number}\n");
        }
        assert_eq!(last(&text, 3), ["2 ERROR: no room", "51 cleaning 48", "52 cleaning 49"]);
        let many = "ERROR: again\n".repeat(40) + "over\n";
        let shown = last(&many, 8);
        assert_eq!(shown.len(), 8);
        assert_eq!((shown[0].as_str(), shown[7].as_str()), ("1 ERROR: again", "41 over"));
    }

    #[test]
    fn a_short_log_is_given_whole() {
        assert_eq!(last("one\nERROR: two\nthree\n", 20), ["1 one", "2 ERROR: two", "3 three"]);
        assert!(last("", 20).is_empty());
        assert_eq!(last("one\ntwo", 1), ["2 two"]);
    }
}
