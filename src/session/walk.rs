//! Letting go on what is under way: results come in, runs that run on take their next step.
//!
//! Nothing is polled unless something is under way: an attempt of this release that has no end, or a job.

use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use super::effects::{CheckOf, JobDone, import};
use super::reading::log_tail;
use super::{ActError, Acted, Session, with_causes};
use crate::domain::command::Command;
use crate::domain::id::{AttemptId, RunId};
use crate::domain::refusal::Refusal;
use crate::domain::run::AttemptOutcome;
use crate::system::attempt::{self, AttemptError, Declared, Found, Launched};
use crate::system::presence;

/// How often an attempt's record is looked at while it runs.
pub(super) const LOOK: Duration = Duration::from_millis(20);

/// What one round of [`Session::pump`] did.
#[derive(Debug, Default)]
pub struct Walked {
    /// Something is new: draw again.
    pub changed: bool,
    /// What a person should know.
    pub warnings: Vec<String>,
    /// A step was found to be over its time or silent, and a person is asked.
    pub asks: bool,
}

/// Why a run does not go on by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stopped {
    /// It is over.
    Ended,
    /// A slot failed, is unknown, or needs a person; the refusal says which and what to do.
    Waits(Refusal),
}

impl Session {
    /// Whether a probe, a notice or a question is under way.
    pub fn has_jobs(&self) -> bool {
        self.jobs_open > 0 || self.watching.is_waited_for()
    }

    /// Whether anything is under way that this session should look at again soon.
    pub fn is_busy(&self) -> bool {
        self.jobs_open > 0
            || !self.advance.is_empty()
            || self.watching.is_waited_for()
            || self.release().is_some_and(|release| release.running().next().is_some())
    }

    /// Takes in what others recorded and what ended, and takes the next step of runs that run on. Waits at most
    /// `wait` for something to happen, and not at all when nothing is under way.
    ///
    /// # Errors
    /// When the record cannot be read or written any more.
    pub fn pump(&mut self, wait: Duration) -> Result<Walked, ActError> {
        self.reap();
        let mut walked = Walked { changed: self.refresh()?, ..Walked::default() };
        let until = Instant::now() + wait;
        loop {
            self.import_ended(&mut walked)?;
            self.ask_unknown();
            self.watch_times(&mut walked)?;
            self.look_at_decisions(&mut walked)?;
            while let Ok(done) = self.jobs.1.try_recv() {
                self.job_done(done, &mut walked)?;
            }
            self.watch_round(&mut walked)?;
            self.step_on(&mut walked)?;
            let left = until.saturating_duration_since(Instant::now());
            if walked.changed || left.is_zero() || !self.is_busy() {
                return Ok(walked);
            }
            match self.jobs.1.recv_timeout(left.min(LOOK)) {
                Ok(done) => self.job_done(done, &mut walked)?,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
        }
    }

    fn job_done(&mut self, done: JobDone, walked: &mut Walked) -> Result<(), ActError> {
        if let Some(id) = &done.ended {
            self.under_way.ended(id);
        }
        self.observed.checking = self.under_way.rows();
        if done.begun {
            walked.changed = true;
            return Ok(());
        }
        self.jobs_open = self.jobs_open.saturating_sub(1);
        if let Some(about) = done.check_of {
            return self.check_done(&done.commands, &about, walked);
        }
        for command in done.commands {
            self.act_or_stop(&command, walked)?;
        }
        Ok(())
    }

    /// Carries out what follows from an answer. A refusal is no error: the world moved on meanwhile (the run was aborted,
    /// taken back, or a person settled the slot), and why it stops is told.
    pub(super) fn act_or_stop(&mut self, command: &Command, walked: &mut Walked) -> Result<(), ActError> {
        match self.act(command) {
            Ok(acted) => walked.take(acted),
            Err(ActError::Refused(refusal)) => {
                walked.changed = true;
                self.stopped = Some(refusal);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Takes in what a check found, in relco's own name; nothing when the candidate moved while it ran.
    fn check_done(&mut self, found: &[Command], about: &CheckOf, walked: &mut Walked) -> Result<(), ActError> {
        walked.changed = true;
        if self.release().and_then(|release| release.commit()) != about.commit.as_deref() {
            walked.warnings.push("the candidate moved while a check ran: what it found does not count".to_owned());
            return Ok(());
        }
        let person = self.by.replace("relco".to_owned());
        let acted = found.iter().try_for_each(|command| match self.act(command) {
            Ok(acted) => {
                walked.take(acted);
                Ok(())
            }
            Err(ActError::Refused(refusal)) => {
                walked.warnings.push(refusal.to_string());
                Ok(())
            }
            Err(error) => Err(error),
        });
        self.by = person;
        acted
    }

    fn step_on(&mut self, walked: &mut Walked) -> Result<(), ActError> {
        while let Some(run) = self.advance.pop_front() {
            self.act_or_stop(&Command::Next { run, all: false, safe: false }, walked)?;
        }
        Ok(())
    }

    /// Records attempts that ended, whoever started them.
    pub(super) fn import_ended(&mut self, walked: &mut Walked) -> Result<(), ActError> {
        let Some(release) = self.release() else { return Ok(()) };
        let open: Vec<AttemptId> = release.running().map(|attempt| attempt.id.clone()).collect();
        if self.read_only().is_some() {
            return Ok(());
        }
        for id in open {
            let (command, why) = match self.ended(&id) {
                Ok(Some(ended)) => ended,
                Ok(None) => continue,
                Err(error) => {
                    if self.unclear.insert(id.clone()) {
                        walked.changed = true;
                        walked.warnings.push(format!("{id}: {}", with_causes(&error)));
                    }
                    continue;
                }
            };
            if self.conducted_elsewhere(&id) {
                continue;
            }
            match self.act(&command) {
                Ok(acted) => {
                    walked.take(acted);
                    walked.warnings.extend(why.map(|why| format!("{id} did not start: {why}")));
                }
                // Another session was quicker.
                Err(ActError::Refused(_)) => walked.changed = true,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Whether a living session conducts the attempt's run: it takes the end in itself, because what follows from it
    /// is its to start.
    fn conducted_elsewhere(&mut self, id: &AttemptId) -> bool {
        self.observed.sessions = presence::alive(&self.dir.join("sessions"));
        let conductor = self.release().and_then(|release| {
            let attempt = release.attempts.get(id)?;
            release.run(&attempt.run)?.conductor.clone()
        });
        conductor.is_some_and(|one| one != self.session_id() && self.observed.sessions.contains(&one))
    }

    /// The command that records the end of an attempt, if it has one; with the reason, where it never started.
    fn ended(&mut self, id: &AttemptId) -> Result<Option<(Command, Option<String>)>, AttemptError> {
        let Some(dir) = self.attempt_dir(id) else { return Ok(None) };
        Ok(match attempt::find(&dir)? {
            Found::Ended(result) => {
                let ended = Command::ImportAttempt {
                    attempt: id.clone(),
                    outcome: outcome_of(&result),
                    started: result.started_at.as_deref().and_then(|at| at.parse().ok()),
                    ended: result.ended_at.parse().ok(),
                    left_running: result
                        .left_running
                        .iter()
                        .map(|one| format!("{} ({})", one.command, one.pid))
                        .collect(),
                    log_lines: result.log_lines,
                    log_bytes: result.log_bytes,
                    lost_bytes: Some(result.lost_bytes).filter(|lost| *lost > 0),
                    log_tail: log_tail(&dir),
                    stopped: stopped_by(&result.stops),
                };
                Some((ended, None))
            }
            Found::Void(reason) => Some((import(id, AttemptOutcome::NotStarted, None), Some(reason))),
            Found::Unknown { stops, .. } => Some((import(id, AttemptOutcome::Unknown, stopped_by(&stops)), None)),
            Found::NotStarted => {
                let Some(reason) = self.never_starts(id) else { return Ok(None) };
                match attempt::declare_void(&dir, "relco", &reason)? {
                    Declared::Void => Some((import(id, AttemptOutcome::NotStarted, None), Some(reason))),
                    Declared::Refused(_) => None,
                }
            }
            // What cannot be read is for a person; saying anything about it would be a guess.
            Found::Running(_) | Found::Unsupervised(_) | Found::Starting | Found::Unreadable(_) => None,
        })
    }

    /// Why an attempt that has no supervisor will not get one any more, if so.
    fn never_starts(&mut self, id: &AttemptId) -> Option<String> {
        let starter = self.release()?.attempts.get(id)?.session.clone();
        if starter == self.session_id() {
            return match self.launched.get_mut(id).map(Launched::reap) {
                Some(Ok(None)) => None,
                Some(Ok(Some(status))) => Some(format!("its supervisor ended before it started ({status})")),
                Some(Err(_)) | None => Some("it has no supervisor".to_owned()),
            };
        }
        self.observed.sessions = presence::alive(&self.dir.join("sessions"));
        let starter_lives = self.observed.sessions.contains(&starter);
        (!starter_lives).then(|| "its session ended before it started".to_owned())
    }

    /// Lets a run go on until it waits for a person or ends. `on_round` is called after every round, so that a
    /// front end can show what is new, and answers whether to keep following.
    ///
    /// # Errors
    /// When the record cannot be read or written any more.
    pub fn follow(
        &mut self,
        run: &RunId,
        mut on_round: impl FnMut(&Session, &Walked) -> bool,
    ) -> Result<Option<Stopped>, ActError> {
        self.stay();
        loop {
            let walked = self.pump(Duration::from_millis(250))?;
            if !on_round(self, &walked) {
                return Ok(None);
            }
            if self.is_busy() {
                continue;
            }
            let ended = self.release().and_then(|release| release.run(run)).is_none_or(|run| !run.is_open());
            if ended {
                return Ok(Some(Stopped::Ended));
            }
            return Ok(Some(match self.stopped.take() {
                Some(refusal) => Stopped::Waits(refusal),
                None => match self.dry_run(&Command::Next { run: run.clone(), all: false, safe: false }) {
                    Err(refusal) => Stopped::Waits(refusal),
                    Ok(_) => Stopped::Waits(Refusal::new("waits for your word").next("relco deploy next")),
                },
            }));
        }
    }
}

impl Walked {
    pub(super) fn take(&mut self, acted: Acted) {
        self.changed = true;
        self.warnings.extend(acted.warnings);
    }
}

/// Who asked an attempt to stop first, and why.
fn stopped_by(stops: &[attempt::At<attempt::StopRequested>]) -> Option<String> {
    stops.first().map(|stop| format!("{}: {}", stop.fact.sender, stop.fact.reason))
}

fn outcome_of(result: &attempt::AttemptResult) -> AttemptOutcome {
    match &result.outcome {
        attempt::Outcome::Code(code) => AttemptOutcome::Exited(*code),
        attempt::Outcome::Signal(signal) => AttemptOutcome::Signalled(*signal),
        attempt::Outcome::ExecFailed(why) => AttemptOutcome::NotExecuted(why.clone()),
        attempt::Outcome::Unknown => AttemptOutcome::Unknown,
    }
}
