//! Looks for a pattern through a log, piece by piece, and goes on where it stopped.
//!
//! Reads large chunks, looks at whole lines, counts lines only by their ends, and gives each line that matches once:
//! also a line that was incomplete before, or that is longer than any chunk (then looked at in overlapping windows,
//! so a match longer than the overlap may be missed in a line of megabytes). Memory is one chunk.
//!
//! Enter at [`Scanner::new`], then [`Scanner::scan`].

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::hits::Hit;
use super::marks::read_at;
use super::pattern::Pattern;

/// Bytes read at once: large enough for the disk and the vector units, small enough to stay in the cache.
pub(super) const CHUNK_BYTES: usize = 512 * 1024;

/// Bytes that two windows on one long line share.
const OVERLAP_BYTES: u64 = 4096;

/// A search through one log that can stop and go on.
#[derive(Debug)]
pub struct Scanner {
    file: File,
    pattern: Arc<Pattern>,
    chunk: Vec<u8>,
    chunk_bytes: usize,
    /// The next byte to look at.
    at: u64,
    /// The line that holds `at`.
    line: u64,
    /// Where that line begins.
    line_offset: u64,
    /// Whether that line was given already.
    given: bool,
}

impl Scanner {
    /// A scanner over `file` from its beginning.
    pub fn new(file: File, pattern: Arc<Pattern>) -> Scanner {
        Scanner::from_line(file, pattern, 0, 0, CHUNK_BYTES)
    }

    /// A scanner from the beginning of a known line on, with chunks of its own size.
    pub(super) fn from_line(file: File, pattern: Arc<Pattern>, line: u64, offset: u64, chunk_bytes: usize) -> Scanner {
        Scanner { file, pattern, chunk: Vec::new(), chunk_bytes, at: offset, line, line_offset: offset, given: false }
    }

    /// Bytes looked at.
    pub fn scanned_bytes(&self) -> u64 {
        self.at
    }

    /// Lines looked at to their end.
    pub fn scanned_lines(&self) -> u64 {
        self.line
    }

    /// Looks at one more chunk, not beyond byte `until`, and gives each line that matches to `each`, which may break
    /// off: the scanner is then of no further use. Returns whether it has come to `until`.
    ///
    /// # Errors
    /// What the system says when the log cannot be read.
    pub fn scan(&mut self, until: u64, each: &mut dyn FnMut(Hit) -> ControlFlow<()>) -> io::Result<bool> {
        let want = usize::try_from(until.saturating_sub(self.at)).unwrap_or(usize::MAX).min(self.chunk_bytes);
        let mut chunk = std::mem::take(&mut self.chunk);
        let result = read_at(&self.file, self.at, want, &mut chunk).map(|()| self.look(&chunk, until, each));
        self.chunk = chunk;
        result
    }

    /// Looks at a chunk that begins at `at`.
    fn look(&mut self, chunk: &[u8], until: u64, each: &mut dyn FnMut(Hit) -> ControlFlow<()>) -> bool {
        let end = self.at + chunk.len() as u64;
        let whole = memchr::memrchr(b'\n', chunk).map_or(0, |last| last + 1);
        let (lines, rest) = chunk.split_at(whole);
        if self.lines(lines, each).is_break() {
            return true;
        }
        let reached = end >= until || chunk.is_empty();
        if lines.is_empty() || reached {
            // A line of which the end is not in sight: the last one, or one longer than a chunk.
            if self.part(rest, each).is_break() {
                return true;
            }
            let overlap = OVERLAP_BYTES.min(self.chunk_bytes as u64 / 2);
            self.at = self.at.max(end.saturating_sub(overlap));
        }
        reached
    }

    /// Looks at whole lines; leaves `at` behind the last of them.
    fn lines(&mut self, lines: &[u8], each: &mut dyn FnMut(Hit) -> ControlFlow<()>) -> ControlFlow<()> {
        if lines.is_empty() {
            return ControlFlow::Continue(());
        }
        let base = self.at;
        let mut pos = 0;
        if self.at > self.line_offset || self.given {
            // The chunk begins inside a line that was looked at in part.
            let first = memchr::memchr(b'\n', lines).map_or(lines.len(), |end| end + 1);
            let (part, _) = lines.split_at(first);
            self.part(part.strip_suffix(b"\n").unwrap_or(part), each)?;
            self.line += 1;
            self.line_offset = base + first as u64;
            pos = first;
        }
        let mut counted = pos;
        while let Some(found) = self.pattern.candidate(lines, pos) {
            let start =
                lines.get(pos..found.start).and_then(|s| memchr::memrchr(b'\n', s)).map_or(pos, |at| pos + at + 1);
            let Some(tail) = lines.get(start..) else { break };
            let Some(len) = memchr::memchr(b'\n', tail) else { break };
            let line = tail.get(..len).unwrap_or_default();
            let exact = self.pattern.is_exact().then(|| found.start - start..found.end - start);
            if let Some(inside) = exact.or_else(|| self.pattern.find(line)) {
                self.line += memchr::memchr_iter(b'\n', lines.get(counted..start).unwrap_or_default()).count() as u64;
                counted = start;
                let offset = base + start as u64;
                each(Hit { line: self.line, line_offset: offset, match_offset: offset + inside.start as u64 })?;
            }
            pos = start + len + 1;
        }
        self.line += memchr::memchr_iter(b'\n', lines.get(counted..).unwrap_or_default()).count() as u64;
        self.at = base + lines.len() as u64;
        self.line_offset = self.at;
        self.given = false;
        ControlFlow::Continue(())
    }

    /// Looks at a part of a line that begins at `at`, if the line was not given yet.
    fn part(&mut self, part: &[u8], each: &mut dyn FnMut(Hit) -> ControlFlow<()>) -> ControlFlow<()> {
        if self.given || part.is_empty() {
            return ControlFlow::Continue(());
        }
        // Inside a line the first byte only serves as context, so that `^` does not match there.
        let from = usize::from(self.at > self.line_offset);
        let Some(found) = self.pattern.find_at(part, from) else { return ControlFlow::Continue(()) };
        self.given = true;
        each(Hit { line: self.line, line_offset: self.line_offset, match_offset: self.at + found.start as u64 })
    }
}

#[cfg(test)]
mod tests;
