//! The reader of `record.toml`: what is known of an attempt so far. Never changes the file.

use std::fs;
use std::io;
use std::path::Path;

use super::{Ended, Fact, Started, StopRequested};
use crate::frame::{self, Hash, Verdict};
use crate::supervisor::spec::RECORD_NAME;

/// A fact with the time at which it was recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct At<T> {
    /// RFC 3339, UTC, milliseconds.
    pub at: String,
    /// The fact.
    pub fact: T,
}

/// What a record says so far.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// What stands after the good records; a torn tail is normal while somebody writes.
    pub verdict: Verdict,
    /// Kind of the first record that a newer relco must have written; what follows it is not read.
    pub newer_kind: Option<String>,
    /// The facts that were read.
    pub facts: Vec<At<Fact>>,
    /// Hash of the last good record, by which a journal can name this record.
    pub head: Hash,
}

impl History {
    /// Reads a record's bytes.
    pub fn of(bytes: &[u8]) -> History {
        let found = frame::scan(bytes);
        let mut history = History { verdict: found.verdict, newer_kind: None, facts: Vec::new(), head: found.head };
        for record in found.records {
            let Some(fact) = Fact::decode(&record) else {
                history.newer_kind = Some(record.kind);
                break;
            };
            history.facts.push(At { at: record.at, fact });
        }
        history
    }

    /// Reads the record of the attempt in `dir`; `None` if there is none yet.
    ///
    /// # Errors
    ///
    /// As reading the file.
    pub fn read(dir: &Path) -> io::Result<Option<History>> {
        match fs::read(dir.join(RECORD_NAME)) {
            Ok(bytes) => Ok(Some(History::of(&bytes))),
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Who the step is, if it was started.
    pub fn started(&self) -> Option<At<&Started>> {
        self.facts.iter().find_map(|at| match &at.fact {
            Fact::Started(started) => Some(At { at: at.at.clone(), fact: started }),
            _ => None,
        })
    }

    /// How it ended, if it did.
    pub fn ended(&self) -> Option<At<&Ended>> {
        self.facts.iter().find_map(|at| match &at.fact {
            Fact::Ended(ended) => Some(At { at: at.at.clone(), fact: ended }),
            _ => None,
        })
    }

    /// Why it may not start any more, if that was declared.
    pub fn void(&self) -> Option<&str> {
        self.facts.iter().find_map(|at| match &at.fact {
            Fact::Void { reason, .. } => Some(reason.as_str()),
            _ => None,
        })
    }

    /// The signals that were sent.
    pub fn stops(&self) -> impl Iterator<Item = At<&StopRequested>> {
        self.facts.iter().filter_map(|at| match &at.fact {
            Fact::StopRequested(stop) => Some(At { at: at.at.clone(), fact: stop }),
            _ => None,
        })
    }
}
