//! Refusals: why a command cannot be carried out, whose job that is, and what to do next.
//!
//! The same refusal greys out a key in the cockpit and is the error on the command line, in the same words.

use std::fmt;

use super::id::Role;

/// Why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// A lowercase fragment: `production cannot start: 3 blockers`.
    pub what: String,
    /// More of it, a line each.
    pub details: Vec<String>,
    /// Whose job it is, where it is a certain role's.
    pub role: Option<Role>,
    /// What to do next: usually a command.
    pub next: Option<String>,
}

impl Refusal {
    /// A refusal with its reason alone.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), details: Vec::new(), role: None, next: None }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    /// Adds whose job it is.
    #[must_use]
    pub fn role(mut self, role: impl Into<Role>) -> Self {
        self.role = Some(role.into());
        self
    }

    /// Adds lines of detail.
    #[must_use]
    pub fn details(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details);
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        for detail in &self.details {
            write!(f, "\n  {detail}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}
