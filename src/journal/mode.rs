//! Whether a journal takes more facts, and if not, why.

use super::codec::DecodeError;
use crate::frame::Verdict;

/// What a session opens a journal for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// To read it and to append to it.
    Write,
    /// Only to read it.
    Read,
}

/// Whether a journal takes more facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// It does.
    Writable,
    /// It does not.
    ReadOnly {
        /// Why, in words that can be shown.
        why: Why,
    },
}

/// Why a journal is read-only. What was read up to there is good in every case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// It was opened so.
    #[error("opened for reading")]
    Asked,
    /// The system does not let this user write.
    #[error("no permission to write it")]
    NoPermission,
    /// There is not one whole record in it.
    #[error("it holds no record")]
    NoRecord,
    /// Its first record is of another kind.
    #[error("it does not begin like a journal")]
    NoJournal,
    /// Bytes were changed, lost or moved after they had been written.
    #[error("{} after byte {at_byte}", damage(*.verdict))]
    Damaged {
        /// What it looks like.
        verdict: Verdict,
        /// Where the good records end.
        at_byte: u64,
    },
    /// A newer relco wrote the whole file.
    #[error("written by a newer relco, in format {format}")]
    NewerFormat {
        /// The file's format.
        format: i64,
    },
    /// A newer relco wrote this record; what follows it is not read.
    #[error("written by a newer relco: record {seq} is {kind}")]
    NewerKind {
        /// The record.
        seq: u64,
        /// Its kind.
        kind: String,
    },
    /// A record is intact and yet not what its kind should be; what follows it is not read.
    #[error("written by a newer or another relco: {0}")]
    Odd(DecodeError),
    /// The same file has lost what this very session had recorded and synced.
    #[error("what this session had recorded is gone from it")]
    Lost,
}

/// The damage in words.
fn damage(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::DamagedLast => "its last record is damaged,",
        Verdict::DamagedMiddle => "it is damaged in the middle,",
        Verdict::BrokenChain => "records were removed, moved or repeated",
        Verdict::TornTail => "its last record is incomplete,",
        Verdict::Clean | Verdict::Newer { .. } => "it cannot be read",
    }
}

impl Why {
    /// What a person can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Why::Asked => "open it for writing to record anything",
            Why::NoPermission => "check owner and mode of the state directory, or name another with --state-dir",
            Why::NoRecord | Why::NoJournal => "look for a copy of it; nothing in this file can be carried over",
            Why::Damaged { .. } => "`relco journal verify` shows the place, `relco journal repair` writes a new file",
            Why::NewerFormat { .. } | Why::NewerKind { .. } | Why::Odd(_) => {
                "use the relco that wrote it, or a newer one"
            }
            Why::Lost => "somebody cut the file: keep it as it is and look for a copy",
        }
    }
}
