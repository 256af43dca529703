//! Moves a step's output into its log, byte for byte.
//!
//! A disk that takes no more must not stop the step: what cannot be written is counted and the reading goes on.

use std::os::fd::OwnedFd;

use rustix::io::Errno;

use super::record::Gap;
use super::stamp;
use crate::steplog::Writer;

/// Bytes per read. Large enough that a flood costs few calls, small enough to keep the process small.
const BUFFER_BYTES: usize = 256 * 1024;
/// Reads per turn, so that a flood never keeps requests waiting.
const READS_PER_TURN: usize = 16;

/// The reading end of a step's output and the log that it goes to.
#[derive(Debug)]
pub(super) struct Output {
    /// `None` after the end of file.
    source: Option<OwnedFd>,
    buffer: Vec<u8>,
    log: Writer,
    gap: Option<Gap>,
    lost_bytes: u64,
}

impl Output {
    /// Output from this descriptor, which must not block, into this log.
    pub(super) fn new(source: OwnedFd, log: Writer) -> Output {
        Output { source: Some(source), buffer: vec![0; BUFFER_BYTES], log, gap: None, lost_bytes: 0 }
    }

    /// The descriptor, until the end of file.
    pub(super) fn source(&self) -> Option<&OwnedFd> {
        self.source.as_ref()
    }

    /// The log.
    pub(super) fn log(&mut self) -> &mut Writer {
        &mut self.log
    }

    /// Bytes that reached no disk.
    pub(super) fn lost_bytes(&self) -> u64 {
        self.lost_bytes
    }

    /// Moves what is there, within one turn's share; says whether there was anything.
    pub(super) fn pump(&mut self) -> bool {
        let mut any = false;
        for _ in 0..READS_PER_TURN {
            let Some(source) = &self.source else { break };
            match rustix::io::read(source, self.buffer.as_mut_slice()) {
                Ok(count @ 1..) => {
                    any = true;
                    self.store(count);
                    if count < BUFFER_BYTES / 2 {
                        break;
                    }
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break,
                // A terminal whose last user has gone answers EIO instead of an end of file.
                Ok(_) | Err(_) => self.source = None,
            }
        }
        any
    }

    /// Writes the first `count` bytes of the buffer to the log, and counts what the disk does not take.
    fn store(&mut self, count: usize) {
        let chunk = self.buffer.get(..count).unwrap_or_default();
        let before = self.log.bytes();
        if let Err(error) = self.log.write(chunk, stamp::unix_ms()) {
            let lost = (count as u64).saturating_sub(self.log.bytes() - before);
            self.lost_bytes += lost;
            let fresh = || Gap { at_byte: self.log.bytes(), lost_bytes: 0, error: error.to_string() };
            self.gap.get_or_insert_with(fresh).lost_bytes += lost;
        }
    }

    /// The gap in the log, once it is over: when something was written after it, or with `force`.
    pub(super) fn take_gap(&mut self, force: bool) -> Option<Gap> {
        let over = self.gap.as_ref().is_some_and(|gap| force || self.log.bytes() > gap.at_byte);
        if over { self.gap.take() } else { None }
    }
}
