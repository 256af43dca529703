//! Judging and repairing a journal by its file, also one that no session could open. Thin: what is good and how it
//! is carried over is the journal's to know.

use std::path::{Path, PathBuf};

use super::Session;
use crate::journal::StoreError;
use crate::journal::verify::{self as judge, RepairError, Verdict};
use crate::system::git::Git;
use crate::system::{clock, identity};

/// What a journal is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// `clean`, `torn tail`, `damaged last`, `damaged middle`, `broken chain` or `newer`.
    pub verdict: &'static str,
    /// Every byte belongs to a good record.
    pub clean: bool,
    /// How many records are good, from the first.
    pub good_records: u64,
    /// The hash of the last of them, in hex; zeros if there is none.
    pub head: String,
    /// The first byte that is not good; none in a clean journal.
    pub at_byte: Option<u64>,
    /// What is not known to this relco.
    pub newer: Option<String>,
}

/// What a repair did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repaired {
    /// What was the matter.
    pub was: &'static str,
    /// The file as it was.
    pub kept: PathBuf,
    /// How many records were carried over.
    pub carried_over: u64,
    /// How many bytes were not; they are in the kept file.
    pub left_behind_bytes: u64,
}

/// Why a journal could not be judged or repaired.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// There is nothing to repair, or only a newer relco could.
    #[error("{0}")]
    NotNeeded(String),
    /// It cannot be read or written.
    #[error("{}", super::with_causes(.0))]
    Journal(#[from] StoreError),
}

impl VerifyError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            VerifyError::NotNeeded(_) => None,
            VerifyError::Journal(error) => error.hint(),
        }
    }
}

/// Judges a journal without changing it.
///
/// # Errors
/// When it is not there or cannot be read.
pub fn verify(path: &Path) -> Result<Verified, VerifyError> {
    let report = judge::verify(path)?;
    Ok(Verified {
        verdict: report.verdict.name(),
        clean: report.verdict == Verdict::Clean,
        good_records: report.good_records,
        head: report.head.to_hex(),
        at_byte: report.at_byte,
        newer: report.newer,
    })
}

/// Writes a good journal in the place of a damaged one and keeps the damaged one beside it.
///
/// # Errors
/// When there is nothing to repair, or it cannot be done; the journal is untouched then.
pub fn repair(path: &Path) -> Result<Repaired, VerifyError> {
    let actor = identity::actor(Git::discover(Path::new(".")).ok().as_ref());
    let repair = judge::repair(path, &clock::stamp(), &actor.name, actor.via).map_err(|error| match error {
        RepairError::Store(error) => VerifyError::Journal(error),
        other => VerifyError::NotNeeded(other.to_string()),
    })?;
    Ok(Repaired {
        was: repair.was.name(),
        kept: repair.kept,
        carried_over: repair.carried_over,
        left_behind_bytes: repair.left_behind_bytes,
    })
}

impl Session {
    /// The journal that is meant: the current release's, else the project's.
    pub fn journal_path(&self) -> PathBuf {
        self.release_dir().unwrap_or(&self.dir).join(if self.release_dir().is_some() {
            super::open::JOURNAL
        } else {
            super::open::PROJECT
        })
    }
}
