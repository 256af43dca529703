//! How a command ends: exit codes that scripts rely on, and errors as people read them.

use std::process::ExitCode;

use crate::domain::refusal::Refusal;
use crate::session::{ActError, GitProgramError, OpenError};

/// The exit codes of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, or ready.
    Done = 0,
    /// Refused, or not ready.
    Refused = 1,
    /// Usage or configuration.
    Usage = 2,
    /// The record or the machine.
    Environment = 3,
    /// A step failed.
    StepFailed = 4,
    /// The outcome is unknown, or the step runs on without this command.
    Unknown = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// Why a command did not do what it was asked to.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// A lowercase fragment, perhaps with lines of detail.
    pub what: String,
    /// What to do next.
    pub hint: Option<String>,
}

impl Failure {
    /// Wrong usage.
    pub fn usage(what: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, what: what.into(), hint: None }
    }

    /// Something of the record or the machine.
    pub fn environment(what: impl Into<String>) -> Self {
        Self { exit: Exit::Environment, what: what.into(), hint: None }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let role = refusal.role.as_ref().map(|role| format!("{role}: ")).unwrap_or_default();
        let hint = refusal.next.as_ref().map(|next| format!("{role}{next}"));
        Self { exit: Exit::Refused, what: refusal.to_string(), hint }
    }
}

impl From<ActError> for Failure {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Refused(refusal) => refusal.into(),
            ActError::Journal(ref journal) => {
                let hint = journal.hint().map(str::to_owned);
                Self { exit: Exit::Environment, what: error.to_string(), hint }
            }
            ActError::Place(error) => {
                let hint = error.hint();
                Self::environment(error.to_string()).hint(hint)
            }
            ActError::Plan { why, hint } => Self::environment(why).hint(hint),
            ActError::System(what) => Self::environment(what),
        }
    }
}

impl From<GitProgramError> for Failure {
    fn from(error: GitProgramError) -> Self {
        let hint = error.hint().map(str::to_owned);
        Self { exit: Exit::Environment, what: error.to_string(), hint }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let exit = match &error {
            OpenError::Several(_) => Exit::Refused,
            error if error.is_usage() => Exit::Usage,
            _ => Exit::Environment,
        };
        Self { exit, what: error.to_string(), hint: error.hint() }
    }
}

/// What a command ends with.
pub type Ending = Result<Exit, Failure>;
