//! Records on disk: one framed, chained, self-checking TOML table per fact. Knows no event kind.
//!
//! A record is a body (a `[[event]]` table whose every value stands on one line) and a trailer comment that holds
//! the body's length and SHA-256; `prev` in the body is the hash of the record before. So the file is plain TOML
//! for every other tool, and yet each cut, flip, move or repeat is seen and named.
//!
//! This module must never interpret a `kind`, never repair in place, and never call damage in the middle of a file
//! a torn tail. Enter at [`encode()`] to write, [`scan()`] or [`Scanner`] to read, [`AppendFile`] for the disk.

mod encode;
mod file;
mod hash;
mod parse;
mod scan;
mod value;

pub use encode::{EncodeError, Encoded, encode};
pub use file::{AppendFile, FileError, Identity};
pub use hash::Hash;
pub use scan::{Position, Scan, Scanner, Verdict, scan};
pub use value::{Table, Value};

#[cfg(test)]
mod tests;

/// The format number that this code writes, kept as `format` in the data of a file's first record.
pub const FORMAT: i64 = 1;

/// The largest body of a record, in bytes. What is larger belongs into a file of its own, named by its hash.
pub const BODY_MAX_BYTES: usize = 64 * 1024;

/// Where a record stands in the append that wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its place, counted from 1.
    pub nth: u32,
    /// How many records that append wrote. They are facts together or not at all.
    pub of: u32,
}

impl Part {
    /// The only record of its append.
    pub const WHOLE: Part = Part { nth: 1, of: 1 };

    /// Whether this is a place at all.
    fn is_sound(self) -> bool {
        1 <= self.nth && self.nth <= self.of
    }
}

/// One fact as it stands on disk. Everything but the envelope (`kind` and `data`) is opaque here.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Place in the file, counted from 1 without gaps.
    pub seq: u64,
    /// Dotted lower-case name of what happened, such as `gate.decided`.
    pub kind: String,
    /// Version of the kind's data.
    pub v: u32,
    /// When it was recorded: RFC 3339, UTC, milliseconds (`2026-11-22T12:00:01.123Z`).
    pub at: String,
    /// First eight digits of the machine's boot id.
    pub boot: String,
    /// Milliseconds since that boot; durations and clock jumps follow from it.
    pub mono: u64,
    /// Who operated relco.
    pub actor: String,
    /// How the actor is known, such as `git config`.
    pub via: String,
    /// What happened.
    pub data: Table,
    /// Hash of the record before; [`Hash::ZERO`] in the first.
    pub prev: Hash,
    /// Where it stands in its append. Files of before this was written have every record as a whole one.
    pub part: Part,
}
