//! Stopping what runs in a run, whoever owns it, and saying what did not end.
//!
//! Must never wait for somebody who cannot hear: an attempt that has no supervisor is stopped without one, and one that
//! has not started never does. Enter at [`Session::stop_run`].

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::walk::{LOOK, Walked};
use super::{ActError, Session, with_causes};
use crate::domain::id::{AttemptId, RunId};
use crate::system::attempt::{self, Found};

/// Whom a stop has reached so far.
#[derive(Default)]
struct Told {
    /// Their supervisors heard it.
    asked: BTreeSet<AttemptId>,
    /// They were signalled, and that could not be recorded: nobody would know when it is enough.
    unrecorded: BTreeSet<AttemptId>,
}

impl Session {
    /// Stops what runs in a run and waits until it is gone, at most for `patience`. What lost its supervisor is
    /// stopped without it; what has not started never does. Answers what is still there.
    ///
    /// # Errors
    /// When the record cannot be read or written any more.
    pub fn stop_run(&mut self, run: &RunId, reason: &str, patience: Duration) -> Result<Vec<AttemptId>, ActError> {
        let until = Instant::now() + patience;
        let mut told = Told::default();
        loop {
            for id in self.running_in(run) {
                self.stop_once(&id, reason, &mut told);
            }
            let mut walked = Walked::default();
            self.refresh()?;
            self.import_ended(&mut walked)?;
            let left = self.running_in(run);
            if left.is_empty() || Instant::now() >= until {
                return Ok(left);
            }
            std::thread::sleep(LOOK);
        }
    }

    fn running_in(&self, run: &RunId) -> Vec<AttemptId> {
        let running = self.release().into_iter().flat_map(|release| release.running());
        running.filter(|one| one.run == *run).map(|one| one.id.clone()).collect()
    }

    /// Asks one attempt to stop, whoever owns it. To be called until it is over; who was told is told once.
    fn stop_once(&self, id: &AttemptId, reason: &str, told: &mut Told) {
        let Some(dir) = self.attempt_dir(id) else { return };
        let sender = &self.actor.name;
        let found = attempt::find(&dir);
        if matches!(found, Ok(Found::NotStarted)) {
            // A supervisor that is about to come leaves again; one that was quicker hears it in the next round.
            let _ = attempt::declare_void(&dir, sender, reason);
        } else if matches!(found, Ok(Found::Unsupervised(_))) {
            if !told.unrecorded.contains(id) && attempt::stop_unsupervised(&dir, sender, reason).is_err() {
                told.unrecorded.insert(id.clone());
            }
        } else if !told.asked.contains(id) && self.stop_attempt(id, sender, reason).is_ok() {
            // One that is only about to start hears it a moment later.
            told.asked.insert(id.clone());
        }
    }

    /// What is known of attempts that did not stop, for whoever has to end them: each with its processes.
    pub fn what_is_left(&self, left: &[AttemptId]) -> String {
        let one = |id: &AttemptId| {
            let Some(dir) = self.attempt_dir(id) else { return format!("{id} may still run") };
            match attempt::find(&dir).and_then(|found| Ok((found, attempt::living(&dir)?))) {
                Ok((Found::Running(_) | Found::Unsupervised(_), alive)) if alive.is_empty() => {
                    format!("{id} still runs")
                }
                Ok((Found::Running(_) | Found::Unsupervised(_), alive)) => {
                    let alive: Vec<String> =
                        alive.iter().map(|one| format!("{} ({})", one.command.trim(), one.pid)).collect();
                    format!("{id} still runs: {}", alive.join(", "))
                }
                Ok((Found::Starting, _)) => format!("{id} is about to start"),
                Ok((Found::Unreadable(why), _)) => format!("{id} may still run: {why}"),
                Ok(_) => format!("{id} is over, and the session that conducts it has not taken that in"),
                Err(error) => format!("{id} may still run: {}", with_causes(&error)),
            }
        };
        left.iter().map(one).collect::<Vec<_>>().join("; ")
    }
}
