//! Why a journal could not be opened, or a fact not be recorded, and what a person can do about it.

use std::path::PathBuf;

use super::codec::EncodeError;
use super::lock::LockError;
use super::mode::Why;
use crate::frame::{FORMAT, FileError};

/// Why a journal could not be opened, or a fact not be recorded.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such file.
    #[error("there is no journal at {}", path.display())]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// A new journal was to be made where one is.
    #[error("there is a journal at {} already", path.display())]
    Exists {
        /// Where it is.
        path: PathBuf,
    },
    /// A new journal was to begin with another fact than `journal.opened` of the present format.
    #[error("a journal begins with its opening, in format {FORMAT}")]
    Opening,
    /// The append lock was not got.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The guard is that of another journal.
    #[error("the lock of another journal is held, not that of {}", path.display())]
    OtherLock {
        /// This journal.
        path: PathBuf,
    },
    /// The journal takes no more facts.
    #[error("the journal is read-only: {why}")]
    ReadOnly {
        /// Why.
        why: Why,
    },
    /// Others have appended since it was last read, so what was decided may not hold.
    #[error("others have recorded something meanwhile")]
    Behind,
    /// A fact has no form on disk.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The disk failed, and a full copy could not be put in the journal's place.
    #[error("not recorded: {source}; nor could a copy of the journal be written: no step may start")]
    NotDurable {
        /// What failed first.
        source: FileError,
        /// Why the copy failed.
        copy: FileError,
    },
    /// The disk failed earlier in this session.
    #[error("this journal had a write error: nothing is recorded any more and no step may start")]
    Poisoned,
    /// The operating system refused.
    #[error(transparent)]
    File(#[from] FileError),
}

impl StoreError {
    /// What a person can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            StoreError::ReadOnly { why } => Some(why.hint()),
            StoreError::Lock(LockError::Held { .. }) => {
                Some("a stopped or stuck relco holds it: continue it with `fg`, or end it; the lock goes with it")
            }
            StoreError::Behind => Some("read again and decide again"),
            StoreError::NotDurable { .. } | StoreError::Poisoned => {
                Some("make room or mend the disk, then start relco again: what was recorded before is safe")
            }
            StoreError::Missing { .. }
            | StoreError::Exists { .. }
            | StoreError::Opening
            | StoreError::OtherLock { .. }
            | StoreError::Encode(_)
            | StoreError::Lock(LockError::File(_))
            | StoreError::File(_) => None,
        }
    }
}
