//! The good records of one journal in memory: their bytes, where they end, and how reading goes on from there.
//!
//! No disk here. The bytes are kept because two things need them: to see that a file which was replaced or cut still
//! tells the same story, and to write the whole journal anew when the disk has failed under it.

use super::codec::{self, Decoded, Written};
use super::mode::Why;
use crate::domain::event::Recorded;
use crate::frame::{Position, Record, Scanner, Verdict};

/// What stands after the records that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rest {
    /// Nothing.
    Nothing,
    /// A record whose append has not ended, or never will.
    Torn,
    /// Something that must not be appended to.
    Barred(Why),
}

/// The records of a journal that are known to be good.
#[derive(Debug)]
pub(super) struct History {
    bytes: Vec<u8>,
    position: Position,
    last_start: usize,
}

impl History {
    /// Before the first record.
    pub fn new() -> History {
        History { bytes: Vec::new(), position: Position::START, last_start: 0 }
    }

    /// All good bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where they end.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Where the last record starts. Reading again from there shows whether it is still the same one.
    pub fn last_start(&self) -> u64 {
        self.last_start as u64
    }

    /// What `tail`, read from [`History::last_start`], holds after the last record; `None` if that has changed.
    pub fn after_last<'a>(&self, tail: &'a [u8]) -> Option<&'a [u8]> {
        tail.strip_prefix(self.bytes.get(self.last_start..)?)
    }

    /// Takes in the good records at the start of `tail`, which follows the bytes so far.
    pub fn read_on(&mut self, tail: &[u8]) -> (Vec<Recorded>, Rest) {
        let before = self.position;
        let mut found = Scanner::resume(before).scan(tail);
        let (recorded, bar) = decode(before, std::mem::take(&mut found.records));
        if let Some(last) = recorded.len().checked_sub(1) {
            let end = found.offsets.get(recorded.len()).copied().unwrap_or(found.good_len);
            let good_len = usize::try_from(end - before.offset).unwrap_or(usize::MAX);
            self.bytes.extend(tail.get(..good_len).unwrap_or_default());
            let start = found.offsets.get(last).copied().unwrap_or(before.offset);
            self.last_start = usize::try_from(start).unwrap_or(usize::MAX);
            let head = found.hashes.get(last).copied().unwrap_or(before.head);
            self.position = Position { offset: end, seq: before.seq + recorded.len() as u64, head };
        }
        let rest = match (bar, found.verdict) {
            (Some(why), _) => Rest::Barred(why),
            (None, Verdict::Newer { format }) => Rest::Barred(Why::NewerFormat { format }),
            (None, Verdict::Clean | Verdict::TornTail) if self.position.seq == 0 => Rest::Barred(Why::NoRecord),
            (None, Verdict::Clean) => Rest::Nothing,
            (None, Verdict::TornTail) => Rest::Torn,
            (None, verdict @ (Verdict::DamagedLast | Verdict::DamagedMiddle | Verdict::BrokenChain)) => {
                Rest::Barred(Why::Damaged { verdict, at_byte: self.position.offset })
            }
        };
        (recorded, rest)
    }

    /// Takes in records that have just been made durable.
    pub fn push(&mut self, written: &[Written]) {
        for one in written {
            self.last_start = self.bytes.len();
            self.bytes.extend(&one.encoded.bytes);
            self.position = self.position.after(one.encoded.bytes.len(), one.encoded.hash);
        }
    }
}

/// The facts of the appends up to the first that holds a record that is not known, and what is the matter with that one.
fn decode(before: Position, records: Vec<Record>) -> (Vec<Recorded>, Option<Why>) {
    let mut recorded = Vec::with_capacity(records.len());
    for record in records {
        let before_it = usize::try_from(record.part.nth - 1).unwrap_or(usize::MAX);
        match known(before, record) {
            Ok(fact) => recorded.push(fact),
            Err(why) => {
                // What was recorded together with it is not known as a whole either.
                recorded.truncate(recorded.len().saturating_sub(before_it));
                return (recorded, Some(why));
            }
        }
    }
    (recorded, None)
}

fn known(before: Position, record: Record) -> Result<Recorded, Why> {
    if before.seq == 0 && record.seq == 1 && record.kind != codec::OPENED {
        return Err(Why::NoJournal);
    }
    match codec::decode(record) {
        Ok(Decoded::Known(recorded)) => Ok(recorded),
        Ok(Decoded::Newer { seq, kind }) => Err(Why::NewerKind { seq, kind }),
        Err(error) => Err(Why::Odd(error)),
    }
}
