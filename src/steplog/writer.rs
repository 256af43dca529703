//! Writes the output of one attempt: raw bytes to `log`, now and then a mark to `index`.
//!
//! Memory is constant and a call costs one write, whatever the output looks like. Trouble with the index never
//! costs output: the log goes on and readers count for themselves. Enter at [`Writer::create`].

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use super::mark::{MARK_BYTES, Mark};
use super::{INDEX_NAME, LOG_NAME, STRIDE_BYTES, STRIDE_MS};

/// The only writer of an attempt's log.
#[derive(Debug)]
pub struct Writer {
    log: File,
    index: File,
    /// Bytes in the log.
    bytes: u64,
    /// Line ends in the log.
    newlines: u64,
    /// Whether the log ends inside a line.
    open_line: bool,
    /// Whole marks in the index.
    marks: u64,
    /// The newest mark.
    last: Mark,
    /// Time of the newest write, in Unix milliseconds.
    at_ms: i64,
}

impl Writer {
    /// Creates `log` and `index` in `dir`, readable by their owner only.
    ///
    /// # Errors
    /// Fails when one of them exists already (an attempt writes its log once) or cannot be created. The entries in
    /// `dir` are durable once the caller has synced the directory.
    pub fn create(dir: &Path) -> io::Result<Writer> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let log = options.open(dir.join(LOG_NAME))?;
        let index = options.open(dir.join(INDEX_NAME))?;
        let last = Mark { offset: 0, newlines: 0, at_ms: 0 };
        Ok(Writer { log, index, bytes: 0, newlines: 0, open_line: false, marks: 0, last, at_ms: 0 })
    }

    /// Appends `bytes`, which came at `at_ms` (Unix milliseconds; it may jump backwards with the clock).
    ///
    /// # Errors
    /// The log's own write error. [`Writer::bytes`] then still tells how much reached the file, so that a caller who
    /// tries again neither loses nor doubles output.
    pub fn write(&mut self, bytes: &[u8], at_ms: i64) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.at_ms = at_ms;
        if self.marks == 0 || at_ms.abs_diff(self.last.at_ms) >= STRIDE_MS.unsigned_abs() {
            self.mark();
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            match self.log.write(rest) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(taken) => {
                    let (done, after) = rest.split_at(taken);
                    self.account(done);
                    rest = after;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Lines in the log; a last line without its line end counts.
    pub fn lines(&self) -> u64 {
        self.newlines + u64::from(self.open_line)
    }

    /// Bytes in the log.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Makes everything that was written durable, and sets a last mark so that a reader has nothing to count.
    ///
    /// # Errors
    /// The log's sync error. After one, what is on disk is not known: do not try again and call it durable.
    pub fn sync(&mut self) -> io::Result<()> {
        if self.bytes > self.last.offset {
            self.mark();
        }
        self.log.sync_data()?;
        // A lost index costs a reader some counting and the times, never output.
        let _ = self.index.sync_data();
        Ok(())
    }

    /// Counts what has reached the log, with a mark at each stride.
    fn account(&mut self, mut written: &[u8]) {
        while !written.is_empty() {
            let room =
                usize::try_from((self.last.offset + STRIDE_BYTES).saturating_sub(self.bytes)).unwrap_or(usize::MAX);
            let (now, later) = written.split_at(room.min(written.len()));
            self.bytes += now.len() as u64;
            self.newlines += memchr::memchr_iter(b'\n', now).count() as u64;
            self.open_line = now.last().map_or(self.open_line, |byte| *byte != b'\n');
            if self.bytes >= self.last.offset + STRIDE_BYTES {
                self.mark();
            }
            written = later;
        }
    }

    /// Sets a mark at the end of the log. One that fails is written over by the next.
    fn mark(&mut self) {
        self.last = Mark { offset: self.bytes, newlines: self.newlines, at_ms: self.at_ms };
        if self.index.write_all_at(&self.last.encode(), self.marks * MARK_BYTES).is_ok() {
            self.marks += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn marks(dir: &Path) -> Vec<Mark> {
        let bytes = std::fs::read(dir.join(INDEX_NAME)).unwrap();
        assert_eq!(bytes.len() % 32, 0);
        bytes.as_chunks::<32>().0.iter().map(|chunk| Mark::decode(chunk).unwrap()).collect()
    }

    #[test]
    fn keeps_every_byte_and_counts_lines() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::create(dir.path()).unwrap();
        assert_eq!(writer.lines(), 0);
        writer.write(b"one\ntw", 1000).unwrap();
        assert_eq!(writer.lines(), 2);
        writer.write(b"o\n\xff\0\x1b[2J\r\n", 1001).unwrap();
        writer.write(b"", 1002).unwrap();
        writer.sync().unwrap();
        assert_eq!((writer.lines(), writer.bytes()), (3, 16));
        assert_eq!(std::fs::read(dir.path().join(LOG_NAME)).unwrap(), b"one\ntwo\n\xff\0\x1b[2J\r\n");
    }

    #[test]
    fn both_files_are_private_and_never_written_over() {
        let dir = tempfile::tempdir().unwrap();
        Writer::create(dir.path()).unwrap();
        for name in [LOG_NAME, INDEX_NAME] {
            let mode = std::fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        assert_eq!(Writer::create(dir.path()).unwrap_err().kind(), ErrorKind::AlreadyExists);
    }

    #[test]
    fn a_trickle_has_a_mark_for_each_second_in_which_something_came() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::create(dir.path()).unwrap();
        for (line, at_ms) in [("a\n", 0), ("b\n", 900), ("c\n", 1500), ("d\n", 60_000)] {
            writer.write(line.as_bytes(), at_ms).unwrap();
        }
        let at = |offset, newlines, at_ms| Mark { offset, newlines, at_ms };
        assert_eq!(marks(dir.path()), [at(0, 0, 0), at(4, 2, 1500), at(6, 3, 60_000)]);
    }

    #[test]
    fn a_clock_that_jumps_back_still_leaves_its_mark() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::create(dir.path()).unwrap();
        writer.write(b"a\n", 100_000).unwrap();
        writer.write(b"b\n", 40_000).unwrap();
        assert_eq!(marks(dir.path()).last().unwrap().at_ms, 40_000);
    }

    #[test]
    fn a_huge_line_costs_one_mark_per_stride_and_one_write_of_any_size_is_marked_inside() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::create(dir.path()).unwrap();
        writer.write(&vec![b'x'; 10 * STRIDE_BYTES as usize + 7], 5).unwrap();
        writer.write(b"\nend\n", 6).unwrap();
        writer.sync().unwrap();
        let marks = marks(dir.path());
        assert_eq!(marks.len(), 12, "the first, one per stride, the last");
        assert!(marks[..11].iter().all(|mark| mark.newlines == 0));
        assert_eq!(marks[11], Mark { offset: 10 * STRIDE_BYTES + 12, newlines: 2, at_ms: 6 });
        assert_eq!(writer.lines(), 2);
    }
}
