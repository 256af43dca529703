//! Stopping what runs, for whoever asked: a step alone, or the way to the end of its run.

use std::time::Duration;

use super::{Update, Worker};
use crate::domain::command::Command;
use crate::domain::id::RunId;

/// How long a step that is asked to stop may take before the cockpit says that it is still there.
const PATIENCE: Duration = Duration::from_secs(20);

impl Worker {
    /// Stops what runs in a run, for the reason that the command gives; whether nothing is left of it.
    pub(super) fn stop_for(&mut self, run: &RunId, command: &Command) -> bool {
        let reason = match command {
            Command::Abort { reason, .. } | Command::Pause { reason, .. } => reason.clone(),
            _ => "rollback".to_owned(),
        };
        let left = self.session.stop_run(run, &reason, PATIENCE);
        self.tell_snapshot();
        match left {
            Ok(left) if left.is_empty() => return true,
            Ok(left) => {
                let left = self.session.what_is_left(&left);
                self.tell(Update::Warned(left));
            }
            Err(error) => self.tell(Update::Warned(error.to_string())),
        }
        false
    }

    /// Stops the step that runs; its run waits.
    pub(super) fn stop_step(&mut self, run: &RunId, reason: &str) {
        let left = self.session.stop_step(run, reason, PATIENCE);
        let left = left.map(|left| if left.is_empty() { None } else { Some(self.session.what_is_left(&left)) });
        self.finish(left.map(|left| left.into_iter().collect()));
    }
}
