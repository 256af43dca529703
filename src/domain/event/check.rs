//! What an automatic check says: its verdict, and what it found.

use crate::domain::id::Role;

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
