//! The lines that match a pattern: all of them counted, in bounded memory.
//!
//! Up to [`KEPT_MAX`] hits are simply kept. Beyond that, of hits that lie close together only the first is kept, and
//! the others are found again by looking at the few kilobytes behind it. So there is no cap on what can be walked
//! through, and any hit is at hand within the time of reading [`Hits`]' reach, whatever the log holds.
//!
//! Enter at [`Hits::range`].

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::pattern::Pattern;
use super::scan::Scanner;

/// Hits kept in memory at most, some 2 MB.
const KEPT_MAX: usize = 64 * 1024;

/// The first reach: bytes behind a kept hit in which others are not kept.
const REACH_BYTES: u64 = 16 * 1024;

/// Bytes read at once when hits are found again.
const CHUNK_BYTES: usize = 64 * 1024;

/// A line that matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// The line's number, from 0.
    pub line: u64,
    /// Where the line begins, in bytes from the log's start.
    pub line_offset: u64,
    /// Where the first match begins, in bytes from the log's start.
    pub match_offset: u64,
}

/// A hit that is kept, with its place among all.
#[derive(Debug, Clone, Copy)]
struct Kept {
    ordinal: u64,
    hit: Hit,
}

/// All hits of one pattern so far, in the order of the log.
#[derive(Debug)]
pub struct Hits {
    kept: Vec<Kept>,
    kept_max: usize,
    /// Hits in all.
    count: u64,
    last: Option<Hit>,
    /// A hit that is not kept lies at most this many bytes behind a kept one.
    reach: u64,
}

impl Default for Hits {
    fn default() -> Hits {
        Hits::with_max(KEPT_MAX)
    }
}

impl Hits {
    /// No hits yet, of which at most `kept_max` will be kept.
    fn with_max(kept_max: usize) -> Hits {
        Hits { kept: Vec::new(), kept_max, count: 0, last: None, reach: 0 }
    }

    /// How many lines match so far.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The last line that matches so far.
    pub fn last(&self) -> Option<Hit> {
        self.last
    }

    /// Takes the next hit; they come in the order of the log.
    pub(super) fn push(&mut self, hit: Hit) {
        let ordinal = self.count;
        self.count += 1;
        self.last = Some(hit);
        let near = self.kept.last().is_some_and(|kept| hit.line_offset <= kept.hit.line_offset + self.reach);
        if self.reach > 0 && near {
            return;
        }
        self.kept.push(Kept { ordinal, hit });
        while self.kept.len() > self.kept_max {
            self.thin();
        }
    }

    /// Keeps fewer by reaching farther.
    fn thin(&mut self) {
        let old = self.reach;
        self.reach = (old * 2).max(REACH_BYTES);
        let mut last: Option<u64> = None;
        self.kept.retain(|kept| {
            // What was not kept behind this one must lie within reach of the one that stays.
            let covered = last.is_some_and(|last| kept.hit.line_offset + old <= last + self.reach);
            if !covered {
                last = Some(kept.hit.line_offset);
            }
            !covered
        });
    }

    /// The hits number `first` to `first + count`, from 0, as far as there are. `log` and `pattern` must be those
    /// that the hits were found with.
    ///
    /// # Errors
    /// What the system says when the log cannot be read.
    pub fn range(&self, log: &File, pattern: &Arc<Pattern>, first: u64, count: usize) -> io::Result<Vec<Hit>> {
        let mut out = Vec::new();
        let end = first.saturating_add(count as u64).min(self.count);
        let mut next = first;
        while next < end {
            let at = self.kept.partition_point(|kept| kept.ordinal <= next);
            let Some(floor) = at.checked_sub(1).and_then(|at| self.kept.get(at)) else { break };
            let until = self.kept.get(at).map_or(self.count, |kept| kept.ordinal);
            let before = out.len();
            if floor.ordinal == next && (until == next + 1 || next + 1 == end) {
                out.push(floor.hit);
            } else {
                let skip = next - floor.ordinal;
                let mut seen = 0;
                self.walk(log, pattern, &floor.hit, &mut |hit| {
                    seen += 1;
                    if seen > skip {
                        out.push(hit);
                    }
                    next + ((out.len() - before) as u64) < end
                })?;
            }
            if out.len() == before {
                break;
            }
            next += (out.len() - before) as u64;
        }
        Ok(out)
    }

    /// How many hits lie on lines before `line`.
    ///
    /// # Errors
    /// What the system says when the log cannot be read.
    pub fn before(&self, log: &File, pattern: &Arc<Pattern>, line: u64) -> io::Result<u64> {
        let at = self.kept.partition_point(|kept| kept.hit.line < line);
        let Some(floor) = at.checked_sub(1).and_then(|at| self.kept.get(at)) else { return Ok(0) };
        let until = self.kept.get(at).map_or(self.count, |kept| kept.ordinal);
        if until == floor.ordinal + 1 {
            return Ok(until);
        }
        let mut before = 0;
        self.walk(log, pattern, &floor.hit, &mut |hit| {
            before += u64::from(hit.line < line);
            hit.line < line
        })?;
        Ok((floor.ordinal + before).min(until))
    }

    /// Finds again the hits from a kept one on, as far as they are within reach, while `each` wants more.
    fn walk(
        &self,
        log: &File,
        pattern: &Arc<Pattern>,
        from: &Hit,
        each: &mut dyn FnMut(Hit) -> bool,
    ) -> io::Result<()> {
        let reach = from.line_offset + self.reach;
        let Some(last) = self.last else { return Ok(()) };
        let mut scanner =
            Scanner::from_line(log.try_clone()?, Arc::clone(pattern), from.line, from.line_offset, CHUNK_BYTES);
        let mut more = true;
        while more {
            let mut step = |hit: Hit| {
                // A line may have grown since it was looked at, but hits behind the last known one are not known yet.
                more = hit.line_offset <= reach && hit.line <= last.line && each(hit);
                if more { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            };
            if scanner.scan(u64::MAX, &mut step)? || scanner.scanned_bytes() > reach {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
