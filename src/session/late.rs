//! Steps that take too long, or print nothing: put on record once, with how long they usually take, so that a person is
//! asked. Nothing is stopped but by the plan's own word, or a person's.
//!
//! When somebody is asked is a rule of its own (`domain::overdue`); here is only looked. Enter at
//! [`Session::watch_times`].

use std::time::Duration;

use super::walk::Walked;
use super::{ActError, Session};
use crate::domain::command::Command;
use crate::domain::duration;
use crate::domain::id::{AttemptId, RunId};
use crate::domain::overdue::{self, Allowed, Limit};
use crate::domain::run::Attempt;
use crate::steplog::LOG_NAME;

impl Session {
    /// Records what is over its time or silent, and what prints again; stops what its plan says to stop.
    pub(super) fn watch_times(&mut self, walked: &mut Walked) -> Result<(), ActError> {
        if self.read_only().is_some() {
            return Ok(());
        }
        for command in self.overdue() {
            match self.act(&command) {
                Ok(acted) => {
                    walked.take(acted);
                    walked.warnings.extend(self.overdue_words(&command));
                    let asked = |one: &Attempt| overdue::questions(one).next().is_some();
                    walked.asks |= self.release().is_some_and(|release| release.running().any(asked));
                }
                // Another session was quicker, or the step is over.
                Err(ActError::Refused(_)) => walked.changed = true,
                Err(error) => return Err(error),
            }
        }
        self.stop_overdue(walked);
        Ok(())
    }

    /// What is to be recorded of the attempts that run.
    fn overdue(&self) -> Vec<Command> {
        let now = crate::system::clock::now();
        let Some(release) = self.release() else { return Vec::new() };
        let mut commands = Vec::new();
        for attempt in release.running() {
            let Some(run) = release.run(&attempt.run) else { continue };
            let Some(step) = self.step_of(run, &attempt.slot) else { continue };
            let allowed = Allowed::by(&step);
            if allowed == Allowed::default() {
                continue;
            }
            let ran = duration::between(attempt.intended, now);
            let quiet = self.quiet_for(attempt);
            let due = overdue::due(allowed, attempt, ran, quiet.unwrap_or_default(), now);
            commands.extend(due.into_iter().map(|(limit, after)| Command::RecordOverdue {
                attempt: attempt.id.clone(),
                limit,
                after,
                usual: self.usual().slot(run, &attempt.slot),
            }));
            if quiet.is_some_and(|quiet| overdue::prints_again(allowed, attempt, quiet)) {
                commands.push(Command::RecordOutput { attempt: attempt.id.clone() });
            }
        }
        commands
    }

    /// What a person is told at once where it was found.
    fn overdue_words(&self, command: &Command) -> Option<String> {
        let Command::RecordOverdue { attempt, limit, .. } = command else { return None };
        let attempt = self.release()?.attempts.get(attempt)?;
        let one = attempt.overdue.iter().rev().find(|one| one.limit == *limit)?;
        let what = if one.stops { "it is stopped, as its plan says" } else { "wait, stop it or roll back?" };
        Some(format!("{}: {}: {what}", attempt.slot, one.words()))
    }

    /// Stops what its plan says to stop, whoever found it: who did may be gone.
    fn stop_overdue(&mut self, walked: &mut Walked) {
        let Some(release) = self.release() else { return };
        let stops = |one: &&Attempt| one.overdue.iter().any(|one| one.limit == Limit::Timeout && one.stops);
        let late: Vec<AttemptId> = release.running().filter(stops).map(|one| one.id.clone()).collect();
        for id in late {
            if self.over_time.insert(id.clone())
                && let Err(error) = self.stop_attempt(&id, "relco", "over its time")
            {
                walked.changed = true;
                walked.warnings.push(error.to_string());
            }
        }
    }

    /// Stops what runs in a run, which stays where it is: the step has failed then, and a person decides.
    ///
    /// # Errors
    /// When nothing runs there, or the record cannot be read or written any more.
    pub fn stop_step(&mut self, run: &RunId, reason: &str, patience: Duration) -> Result<Vec<AttemptId>, ActError> {
        let runs = self.release().is_some_and(|release| release.running().any(|one| one.run == *run));
        if !runs {
            return Err(crate::domain::refusal::Refusal::new(format!("nothing runs in {run}")).into());
        }
        self.stop_run(run, reason, patience)
    }

    /// How long an attempt printed nothing, by its log; since its intent where it printed nothing at all.
    fn quiet_for(&self, attempt: &Attempt) -> Option<Duration> {
        let log = self.attempt_dir(&attempt.id)?.join(LOG_NAME);
        crate::system::clock::unchanged_for(&log)
    }
}
