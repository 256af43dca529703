//! Reads an attempt's log while it grows: how many lines, which bytes, when.
//!
//! Opening costs the same for a kilobyte and for a gigabyte: the newest mark of the index plus the bytes behind it.
//! Where the index does not help, each [`Reader::refresh`] counts a bounded piece, and the log looks shorter until
//! it is counted, never wrong. Memory is bounded by what a caller asks for; a line of 100 MB gives its first bytes
//! and its length.
//!
//! Never here: writing, waiting, meaning of the text. Line numbers count from 0. Enter at [`Reader::open`].

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::LOG_NAME;
use super::marks::{Marks, Point, read_at};

/// Bytes counted by one refresh at most, some ten milliseconds of work.
const COUNT_BYTES: u64 = 64 * 1024 * 1024;

/// Bytes read at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// What a refresh found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Growth {
    /// There is more to show than before.
    pub grew: bool,
    /// The file became shorter: everything known about it was forgotten and read anew.
    pub restarted: bool,
    /// The log is not counted to its end; call again soon.
    pub behind: bool,
}

/// A line of the log as it was printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawLine {
    /// Its number, from 0.
    pub number: u64,
    /// Where it begins, in bytes from the log's start.
    pub offset: u64,
    /// Its length in bytes, without the line end.
    pub len: u64,
    /// Its first bytes, as many as were asked for.
    pub bytes: Vec<u8>,
    /// When it began to arrive, in Unix milliseconds, to about a second; `None` where the index does not tell.
    pub at_ms: Option<i64>,
}

/// The reader of one attempt's log.
#[derive(Debug)]
pub struct Reader {
    log: File,
    path: PathBuf,
    marks: Marks,
    /// Bytes in the file at the last refresh.
    file_bytes: u64,
    /// Where counting stands.
    counted: Point,
    /// Whether the last counted byte is inside a line.
    open_line: bool,
}

impl Reader {
    /// Opens the log in an attempt's directory.
    ///
    /// # Errors
    /// `NotFound` while the attempt has not begun to write; otherwise what the system says.
    pub fn open(dir: &Path) -> io::Result<Reader> {
        let path = dir.join(LOG_NAME);
        let log = File::open(&path)?;
        let counted = Point { offset: 0, newlines: 0 };
        let mut reader = Reader { log, path, marks: Marks::open(dir), file_bytes: 0, counted, open_line: false };
        reader.refresh()?;
        Ok(reader)
    }

    /// Takes note of what was written since, without waiting for anything.
    ///
    /// # Errors
    /// What the system says when the log cannot be read.
    pub fn refresh(&mut self) -> io::Result<Growth> {
        let on_disk = self.marks.on_disk();
        let file_bytes = self.log.metadata()?.len();
        let restarted = file_bytes < self.counted.offset;
        if restarted {
            self.marks = Marks::open(self.path.parent().unwrap_or(Path::new("")));
            self.counted = Point { offset: 0, newlines: 0 };
            self.open_line = false;
        }
        let before = self.counted;
        self.file_bytes = file_bytes;
        if file_bytes > before.offset {
            if let Some(mark) = self.marks.update(on_disk, file_bytes)
                && mark.offset > before.offset
            {
                self.counted = mark;
            }
            self.count(COUNT_BYTES)?;
            let mut last = Vec::new();
            read_at(&self.log, self.counted.offset.saturating_sub(1), 1, &mut last)?;
            self.open_line = last.first().is_some_and(|byte| *byte != b'\n');
        }
        let behind = self.counted.offset < file_bytes;
        Ok(Growth { grew: self.counted != before || restarted, restarted, behind })
    }

    /// Lines of the log as far as it is counted; a last line without its line end counts.
    pub fn lines(&self) -> u64 {
        self.counted.newlines + u64::from(self.open_line)
    }

    /// Bytes of the log as far as it is counted.
    pub fn bytes(&self) -> u64 {
        self.counted.offset
    }

    /// Bytes of the log's file at the last refresh.
    pub fn file_bytes(&self) -> u64 {
        self.file_bytes
    }

    /// Where the log lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Another handle on the log, for a thread of its own.
    ///
    /// # Errors
    /// What the system says when no handle is to be had.
    pub fn file(&self) -> io::Result<File> {
        self.log.try_clone()
    }

    /// When the byte at `offset` was printed, in Unix milliseconds, to about a second.
    pub fn time_of(&self, offset: u64) -> Option<i64> {
        self.marks.time_of(offset)
    }

    /// Where line `number` begins; `None` behind the last line.
    ///
    /// # Errors
    /// What the system says when the log cannot be read.
    pub fn line_offset(&self, number: u64) -> io::Result<Option<u64>> {
        if number >= self.lines() {
            return Ok(None);
        }
        if number == 0 {
            return Ok(Some(0));
        }
        let Point { mut offset, newlines } = self.marks.nearest(|point| point.newlines < number);
        let mut missing = number - newlines;
        let mut buf = Vec::new();
        while offset < self.counted.offset {
            self.read_chunk(offset, CHUNK_BYTES, &mut buf)?;
            if buf.is_empty() {
                break;
            }
            let found = memchr::memchr_iter(b'\n', &buf).count() as u64;
            if found >= missing {
                let nth = usize::try_from(missing - 1).unwrap_or(usize::MAX);
                return Ok(memchr::memchr_iter(b'\n', &buf).nth(nth).map(|at| offset + at as u64 + 1));
            }
            missing -= found;
            offset += buf.len() as u64;
        }
        Ok(None)
    }

    /// The number of the line that holds the byte at `offset`.
    ///
    /// # Errors
    /// What the system says when the log cannot be read.
    pub fn line_at(&self, offset: u64) -> io::Result<u64> {
        let target = offset.min(self.counted.offset);
        let Point { offset: mut at, mut newlines } = self.marks.nearest(|point| point.offset <= target);
        let mut buf = Vec::new();
        while at < target {
            let want = usize::try_from(target - at).unwrap_or(usize::MAX).min(CHUNK_BYTES);
            self.read_chunk(at, want, &mut buf)?;
            if buf.is_empty() {
                break;
            }
            newlines += memchr::memchr_iter(b'\n', &buf).count() as u64;
            at += buf.len() as u64;
        }
        Ok(newlines.min(self.lines().saturating_sub(1)))
    }

    /// Up to `count` lines from line `first` on, each with at most `max_bytes` of its bytes.
    ///
    /// # Errors
    /// What the system says when the log cannot be read.
    pub fn read_lines(&self, first: u64, count: usize, max_bytes: usize) -> io::Result<Vec<RawLine>> {
        let mut out = Vec::new();
        let Some(mut offset) = self.line_offset(first)? else { return Ok(out) };
        let last = first.saturating_add(count as u64).min(self.lines());
        let mut chunk = Vec::new();
        let mut base = offset;
        for number in first..last {
            let (line, next) = self.line(number, offset, max_bytes, &mut chunk, &mut base)?;
            out.push(line);
            offset = next;
        }
        Ok(out)
    }

    /// The lines at known places (number, offset), each with at most `max_bytes` of its bytes.
    ///
    /// # Errors
    /// What the system says when the log cannot be read.
    pub fn read_places(
        &self,
        places: impl IntoIterator<Item = (u64, u64)>,
        max_bytes: usize,
    ) -> io::Result<Vec<RawLine>> {
        let (mut chunk, mut base) = (Vec::new(), 0);
        places
            .into_iter()
            .map(|(number, offset)| Ok(self.line(number, offset, max_bytes, &mut chunk, &mut base)?.0))
            .collect()
    }

    /// Up to `max_bytes` bytes at `offset`, not beyond what is counted.
    ///
    /// # Errors
    /// What the system says when the log cannot be read.
    pub fn read_bytes(&self, offset: u64, max_bytes: usize) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        self.read_chunk(offset, max_bytes, &mut out)?;
        Ok(out)
    }

    /// The line at `offset` and where the next one begins. `chunk` holds bytes of the log from `base` on and is
    /// read anew when it does not hold the line.
    fn line(
        &self,
        number: u64,
        offset: u64,
        max_bytes: usize,
        chunk: &mut Vec<u8>,
        base: &mut u64,
    ) -> io::Result<(RawLine, u64)> {
        let within = |chunk: &[u8], base: u64| -> Option<(usize, usize)> {
            let start = usize::try_from(offset.checked_sub(base)?).ok()?;
            let end = memchr::memchr(b'\n', chunk.get(start..)?)?;
            Some((start, start + end))
        };
        let mut found = within(chunk, *base);
        if found.is_none() {
            *base = offset;
            self.read_chunk(offset, max_bytes.max(CHUNK_BYTES), chunk)?;
            found = within(chunk, *base);
        }
        let (start, len, next) = match found {
            Some((start, end)) => (start, (end - start) as u64, offset + (end - start) as u64 + 1),
            // Longer than the chunk, or the last line without its end.
            None => match self.line_offset(number + 1)? {
                Some(next) => (0, (next - 1).saturating_sub(offset), next),
                None => {
                    let line_end = u64::from(!self.open_line);
                    let len = self.counted.offset.saturating_sub(offset + line_end);
                    (0, len, self.counted.offset)
                }
            },
        };
        let wanted = usize::try_from(len).unwrap_or(usize::MAX).min(max_bytes);
        let bytes = chunk.get(start..chunk.len().min(start + wanted)).unwrap_or_default().to_vec();
        Ok((RawLine { number, offset, len, bytes, at_ms: self.time_of(offset) }, next))
    }

    /// Reads at `offset` what is counted, at most `want` bytes.
    fn read_chunk(&self, offset: u64, want: usize, buf: &mut Vec<u8>) -> io::Result<()> {
        let left = usize::try_from(self.counted.offset.saturating_sub(offset)).unwrap_or(usize::MAX);
        read_at(&self.log, offset, want.min(left), buf)
    }

    /// Counts on towards the end of the file, at most `budget` bytes.
    fn count(&mut self, budget: u64) -> io::Result<()> {
        let until = self.file_bytes.min(self.counted.offset.saturating_add(budget));
        let mut buf = Vec::new();
        while self.counted.offset < until {
            let want = usize::try_from(until - self.counted.offset).unwrap_or(usize::MAX).min(CHUNK_BYTES);
            read_at(&self.log, self.counted.offset, want, &mut buf)?;
            if buf.is_empty() {
                break;
            }
            self.counted.offset += buf.len() as u64;
            self.counted.newlines += memchr::memchr_iter(b'\n', &buf).count() as u64;
            self.marks.keep(self.counted);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
