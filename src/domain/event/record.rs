//! What stands around a fact: its place in a journal, and what a check says.

use jiff::Timestamp;

use super::Fact;
use crate::domain::id::Role;

/// A fact with its place in the journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Place in its journal, from 1 without gaps.
    pub seq: u64,
    /// When it was recorded, by the machine's wall clock.
    pub at: Timestamp,
    /// First eight digits of the machine's boot id: `mono_ms` only compares within one boot.
    pub boot: String,
    /// Milliseconds since that boot.
    pub mono_ms: u64,
    /// Who operated relco.
    pub actor: String,
    /// How the actor is known: `git config`, `RELCO_ACTOR`, `operating system`.
    pub via: String,
    /// What happened.
    pub fact: Fact,
}

/// The verdict of an automatic check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckVerdict {
    /// Holds.
    Ok,
    /// Does not hold; the findings say what.
    Bad,
    /// Could not be judged.
    Unknown,
}

impl CheckVerdict {
    /// The verdict in words.
    pub fn name(self) -> &'static str {
        match self {
            CheckVerdict::Ok => "ok",
            CheckVerdict::Bad => "bad",
            CheckVerdict::Unknown => "unknown",
        }
    }

    /// The verdict of that name.
    pub fn from_name(name: &str) -> Option<CheckVerdict> {
        [CheckVerdict::Ok, CheckVerdict::Bad, CheckVerdict::Unknown].into_iter().find(|one| one.name() == name)
    }
}

/// One thing that a check found, and whose job it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What, in few words: `PR #123 not in changelog`.
    pub text: String,
    /// Who must act.
    pub role: Role,
}
