//! Facts to records and back: the envelope by the frame, the body by the page of kinds.
//!
//! Reading has two steps. The envelope is the same for all kinds; the body is read only when kind and version are
//! known. What is not known is [`Decoded::Newer`], what is known and wrong is a [`DecodeError`]; neither is ever
//! skipped or filled in.

use jiff::Timestamp;

use super::wire::{self, Fields, Problem};
use crate::domain::event::{Fact, Recorded};
use crate::domain::time::{Stamp, rfc3339};
use crate::frame::{self, Encoded, Part, Position, Record};

/// The kind of every first record.
pub(super) const OPENED: &str = "journal.opened";
/// In the first record of a repaired file: the hash of the damaged one. Says nothing about the release.
pub(super) const REPAIRS: &str = "repairs";

/// What a record turned out to be.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "it is taken apart where it is made; a box would only be one more allocation"
)]
pub enum Decoded {
    /// A fact.
    Known(Recorded),
    /// A kind, or a version of it, that only a newer relco knows.
    Newer {
        /// Its place.
        seq: u64,
        /// Its kind.
        kind: String,
    },
}

/// A record of a known kind whose body is not what that kind is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("record {seq} ({kind}): {problem}")]
pub struct DecodeError {
    /// Its place.
    pub seq: u64,
    /// Its kind.
    pub kind: String,
    /// What is wrong.
    pub problem: Problem,
}

/// Why a fact cannot be written. Nothing of it has reached the disk.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// A value that has no form on disk.
    #[error("cannot record {kind}: {problem}")]
    Body {
        /// The fact's kind.
        kind: &'static str,
        /// What does not fit.
        problem: Problem,
    },
    /// The record as a whole; above all, one that is too large.
    #[error("cannot record {kind}: {source}")]
    Frame {
        /// The fact's kind.
        kind: &'static str,
        /// What the frame refused.
        source: frame::EncodeError,
    },
}

/// A fact with its bytes, not yet on disk.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// The record's bytes and hash.
    pub encoded: Encoded,
    /// The fact as a reader of those bytes will see it, so that who wrote it and who replays it agree to the digit.
    pub recorded: Recorded,
}

/// The record of a fact that comes after `position`.
///
/// # Errors
///
/// [`EncodeError`].
pub fn encode(position: Position, stamp: &Stamp, actor: &str, via: &str, fact: &Fact) -> Result<Written, EncodeError> {
    encode_part(position, Part::WHOLE, stamp, actor, via, fact)
}

fn encode_part(
    position: Position,
    part: Part,
    stamp: &Stamp,
    actor: &str,
    via: &str,
    fact: &Fact,
) -> Result<Written, EncodeError> {
    let (kind, v) = wire::kind_of(fact);
    let body = |problem| EncodeError::Body { kind, problem };
    let record = Record {
        seq: position.seq + 1,
        kind: kind.to_owned(),
        v,
        at: rfc3339(stamp.at),
        boot: stamp.boot.clone(),
        mono: stamp.mono_ms,
        actor: actor.to_owned(),
        via: via.to_owned(),
        data: wire::write(fact).map_err(body)?,
        prev: position.head,
        part,
    };
    let encoded = frame::encode(&record).map_err(|source| EncodeError::Frame { kind, source })?;
    match decode(record) {
        Ok(Decoded::Known(recorded)) => Ok(Written { encoded, recorded }),
        Ok(Decoded::Newer { .. }) => Err(body(Problem::Version(v))),
        Err(error) => Err(body(error.problem)),
    }
}

/// The records of these facts, one after the other, as one append writes them.
///
/// # Errors
///
/// [`EncodeError`] for the first fact that has no form on disk.
pub fn encode_all(
    mut position: Position,
    stamp: &Stamp,
    actor: &str,
    via: &str,
    facts: &[Fact],
) -> Result<Vec<Written>, EncodeError> {
    let of = u32::try_from(facts.len()).unwrap_or(u32::MAX);
    let one = |(nth, fact)| {
        let written = encode_part(position, Part { nth, of }, stamp, actor, via, fact)?;
        position = position.after(written.encoded.bytes.len(), written.encoded.hash);
        Ok(written)
    };
    (1..).zip(facts).map(one).collect()
}

/// The fact in a record.
///
/// # Errors
///
/// [`DecodeError`], naming the field that is missing, unknown or wrong.
pub fn decode(record: Record) -> Result<Decoded, DecodeError> {
    let Record { seq, kind, v, at, boot, mono, actor, via, data, prev: _, part: _ } = record;
    let Some(&(_, known)) = wire::KINDS.iter().find(|(name, _)| *name == kind) else {
        return Ok(Decoded::Newer { seq, kind });
    };
    if v > known {
        return Ok(Decoded::Newer { seq, kind });
    }
    let body = || {
        if v != known {
            return Err(Problem::Version(v));
        }
        let time = "a time such as 2026-11-22T12:00:01.123Z";
        let at: Timestamp = at.parse().map_err(|_| Problem::Wrong { field: "at".to_owned(), expected: time })?;
        let mut fields = Fields::of(data);
        if kind == OPENED {
            let _: Option<String> = fields.take(REPAIRS)?;
        }
        let fact = wire::read(&kind, &mut fields)?;
        fields.finish()?;
        Ok(fact.map(|fact| Recorded { seq, at, boot, mono_ms: mono, actor, via, fact }))
    };
    match body() {
        Ok(Some(recorded)) => Ok(Decoded::Known(recorded)),
        Ok(None) => Ok(Decoded::Newer { seq, kind }),
        Err(problem) => Err(DecodeError { seq, kind, problem }),
    }
}

#[cfg(test)]
mod tests;
