//! The small process that owns one attempt: its process group, its output, its exit status.
//!
//! `relco supervise DIR` takes the attempt's lock, makes its record durable, starts the step behind a gate, writes
//! its output into the log, stops it when asked, and records how it ended. One thread, one poll loop; it reads no
//! configuration and no journal and draws nothing. It lives in a session of its own, so that neither a closed
//! terminal nor a killed cockpit reaches the step.
//!
//! It must never start a step whose start is not on record, never record an exit status that the kernel did not
//! give, and never signal a process that it has not kept from being replaced. Enter at [`run`]; the steps in their
//! order stand in `watch`. The files of an attempt are named in [`spec`], what its record says in [`record`].

pub mod ctl;
pub mod gate;
pub mod procs;
pub mod record;
pub mod spec;
pub mod stamp;

mod drain;
mod ladder;
mod lock;
mod output;
mod signals;
mod start;
mod survivors;
mod watch;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

pub use lock::{Hold, hold, is_held};

/// Why a supervisor ended without having supervised.
#[derive(Debug, thiserror::Error)]
pub enum SupervisorError {
    /// The attempt has a record already: another supervisor's, or a void one. Nothing was started.
    #[error("this attempt was taken by somebody else; nothing was started")]
    Taken,
    /// What the attempt needs cannot be read, made or written.
    #[error("cannot {doing}: {source}")]
    Cannot {
        /// What was tried.
        doing: &'static str,
        /// What went wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl SupervisorError {
    /// Puts what was tried before an error.
    fn doing<E>(doing: &'static str) -> impl FnOnce(E) -> SupervisorError
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        move |source| SupervisorError::Cannot { doing, source: source.into() }
    }
}

/// Supervises the attempt in this directory from its start to its end, and gives the exit code of the process:
/// 0 when the end is on record, 1 when somebody else has the attempt, 3 when it cannot be supervised.
pub fn run(dir: &Path) -> ExitCode {
    match watch::supervise(dir) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody may be there to read it, which must not change the exit code.
            let _ = writeln!(io::stderr(), "relco supervise: {error}");
            ExitCode::from(if matches!(error, SupervisorError::Taken) { 1 } else { 3 })
        }
    }
}
