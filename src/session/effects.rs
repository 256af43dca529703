//! Effects: what is started once the events that ask for it are durable.
//!
//! A step gets a supervisor. Probes, notices and questions are short and bounded: each runs on a thread of its own
//! and answers with a command, which goes through `decide` like any other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::time::Duration;

use super::{ActError, Session};
use crate::domain::command::Command;
use crate::domain::effect::Effect;
use crate::domain::id::{AttemptId, ItemId, ProbeId, RunId};
use crate::domain::notice::NoticeState;
use crate::domain::plan::{Channel, CommandSpec, Probe};
use crate::domain::repo_path::RepoPath;
use crate::domain::run::AttemptOutcome;
use crate::domain::trigger::{Health, Sample};
use crate::system::attempt::{self, Declared};
use crate::system::bounded::{BoundedCommand, End, Finished, Survivors};
use crate::system::notify::{self, Delivery};
use crate::system::ordinary;
use crate::system::probe::Prober;

/// How long a notice may take before its channel counts as hanging.
const NOTICE_LIMIT: Duration = Duration::from_secs(20);
/// How long a check of the checklist may take.
pub(super) const CHECK_LIMIT: Duration = Duration::from_secs(600);

/// What a job found: commands to carry out next, in order.
#[derive(Debug, Default)]
pub(super) struct JobDone {
    /// It only began.
    pub begun: bool,
    /// The check that it was, by the id that a person asks for.
    pub ended: Option<String>,
    pub commands: Vec<Command>,
    /// What it was a check of, when it was one: relco speaks then, not the person who operates it.
    pub check_of: Option<CheckOf>,
}

/// What a check's word is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CheckOf {
    /// The candidate when it began; none when there was none yet.
    pub commit: Option<String>,
}

fn spawn(to: &Sender<JobDone>, work: impl FnOnce() -> Vec<Command> + Send + 'static) {
    let to = to.clone();
    std::thread::spawn(move || {
        // A session that is gone does not want the answer any more; what was in flight is found on its return.
        let _ = to.send(JobDone { commands: work(), ..JobDone::default() });
    });
}

impl Session {
    /// Starts one effect. Answers with a warning when it could not be started.
    pub(super) fn start_effect(&mut self, effect: Effect) -> Option<String> {
        match effect {
            Effect::Launch(id) => self.launch(&id),
            Effect::MeasureBaseline { run, triggers } => self.wait_for_baseline(run, triggers),
            Effect::AskProbe { run, slot, probe } => self.ask_probe(run, slot, &probe),
            Effect::JudgeTrigger { run, slot, trigger, again } => {
                self.wait_for_verdict(run, slot, trigger, again);
                None
            }
            Effect::RollBackAlone(run) => {
                self.roll_back_alone(run);
                None
            }
            Effect::SendNotice(id) => self.send_notice(id),
            Effect::AskApplied { attempt, run, slot } => self.ask_applied(attempt, Some((run, slot))),
            Effect::RetryLater { run, slot, number, wait } => self.job(move || {
                std::thread::sleep(wait);
                vec![Command::RetryDeclared { run, slot, number }]
            }),
            Effect::AskSafe { run, slot } => self.ask_safe(run, slot),
            Effect::Advance(run) => {
                if !self.advance.contains(&run) {
                    self.advance.push_back(run);
                }
                None
            }
            Effect::AppendReleaseLog(line) => self.append_release_log(&line),
        }
    }

    pub(super) fn job(&mut self, work: impl FnOnce() -> Vec<Command> + Send + 'static) -> Option<String> {
        self.jobs_open += 1;
        spawn(&self.jobs.0, work);
        None
    }

    /// Supervisors that ended are reaped; what they did stands in their records. One that may have ended before its
    /// step started is kept until that is on record.
    pub(super) fn reap(&mut self) {
        let open: BTreeSet<AttemptId> =
            self.release().iter().flat_map(|release| release.running()).map(|attempt| attempt.id.clone()).collect();
        self.launched.retain(|id, launched| matches!(launched.reap(), Ok(None)) || open.contains(id));
    }

    /// Where an attempt keeps its files.
    pub fn attempt_dir(&self, id: &AttemptId) -> Option<PathBuf> {
        Some(self.release_dir()?.join("attempts").join(id.as_str()))
    }

    fn launch(&mut self, id: &AttemptId) -> Option<String> {
        let dir = self.attempt_dir(id)?;
        let release = self.release()?;
        let entry = release.attempts.get(id)?;
        let run = release.run(&entry.run)?;
        let spec = self.spec(release, run, entry);
        let made = dir.parent().map_or(Ok(()), crate::config::places::make_private).map_err(|error| error.to_string());
        let begun = made.and_then(|()| {
            attempt::prepare(&dir, &spec).and_then(|()| attempt::launch(&dir)).map_err(|error| error.to_string())
        });
        let error = match begun {
            Ok(launched) => {
                self.launched.insert(id.clone(), launched);
                return None;
            }
            Err(error) => error,
        };
        // The intent is durable and nothing started: say so, unless a supervisor was quicker.
        let why = format!("could not start {id}: {error}");
        if !matches!(attempt::declare_void(&dir, "relco", &why), Ok(Declared::Refused(_))) {
            let outcome = AttemptOutcome::NotExecuted(error);
            let _ = self.act(&import(id, outcome, None));
        }
        Some(why)
    }

    /// Asks a running attempt to stop; its ladder is the supervisor's.
    ///
    /// # Errors
    /// When nobody hears.
    pub fn stop_attempt(&self, id: &AttemptId, sender: &str, reason: &str) -> Result<(), ActError> {
        let dir = self.attempt_dir(id).ok_or_else(|| ActError::System(format!("there is no attempt {id}")))?;
        attempt::stop(&dir, sender, reason).map_err(|error| ActError::System(format!("cannot stop {id}: {error}")))
    }

    fn prober(&self, run: &RunId, probe: &ProbeId) -> Option<(Prober, Probe)> {
        let release = self.release()?;
        let run = release.run(run)?;
        let probe = self.plan_of(run).probe(probe)?.clone();
        let prober = Prober::new(&probe, self.run_values(release, run), self.run_dir(run));
        Some((prober, probe))
    }

    fn ask_probe(&mut self, run: RunId, slot: ItemId, probe: &ProbeId) -> Option<String> {
        let Some((prober, probe)) = self.prober(&run, probe) else {
            return Some(format!("{slot}: there is no probe {probe}"));
        };
        self.job(move || {
            let samples = prober.measure(probe.samples, probe.interval);
            let (ok, observed) = well(&samples);
            vec![Command::FinishSlot { run, slot, ok, observed }]
        })
    }

    fn send_notice(&mut self, id: String) -> Option<String> {
        let release = self.release()?;
        let notice = release.notices.iter().find(|notice| notice.id == id)?;
        if self.observed.drill {
            let (state, detail) = (NoticeState::Drill, None);
            return self.job(move || vec![Command::SettleNotice { notice: id, state, detail }]);
        }
        let channel = self.plan().stakeholders.iter().find(|one| one.name == notice.stakeholder)?.channel.clone();
        // Before anything is read or asked that the project names; a notice by hand is a person's.
        if channel != Channel::ByHand && !self.observed.trusted {
            let detail = Some("the project's commands are not trusted".to_owned());
            return self.job(move || vec![Command::SettleNotice { notice: id, state: NoticeState::Failed, detail }]);
        }
        let mut values = self.production_values(release);
        values.insert("RELCO_NOTICE".to_owned(), notice.purpose.name().to_owned());
        let (text, root) = (notice.text.clone(), self.root.clone());
        self.job(move || {
            let (state, detail) = match notify::send(&channel, &text, &values, &root, NOTICE_LIMIT) {
                Delivery::Sent => (NoticeState::Sent, None),
                Delivery::Failed { reason, may_have_arrived: false } => (NoticeState::Failed, Some(reason)),
                Delivery::Failed { reason, may_have_arrived: true } => {
                    (NoticeState::Failed, Some(format!("{reason}; it may have arrived all the same")))
                }
                Delivery::ByHand => (NoticeState::ToDoByHand, None),
            };
            vec![Command::SettleNotice { notice: id, state, detail }]
        })
    }

    /// A short command of the project, with its limits.
    pub(super) fn bounded(
        &self,
        command: &CommandSpec,
        env: BTreeMap<String, String>,
        dir: PathBuf,
        limit: Duration,
    ) -> BoundedCommand {
        BoundedCommand { argv: command.exec_argv(), env, dir, input: Vec::new(), limit, survivors: Survivors::Kill }
    }

    fn append_release_log(&self, line: &str) -> Option<String> {
        if self.observed.drill {
            return None;
        }
        let Some(path) = &self.plan().release_log else {
            return Some(format!("no release log is configured; paste this line: {line}"));
        };
        let cannot = |why: &dyn std::fmt::Display| Some(format!("cannot write {path}: {why}; paste this line: {line}"));
        let written = match RepoPath::parse(path) {
            Ok(inside) => ordinary::append_line_inside(&self.root, &inside, line),
            // Anywhere else is written only because a person saw where.
            Err(_) if !self.observed.trusted => return cannot(&"it lies outside of the project, which is not trusted"),
            Err(_) => ordinary::append_line(Path::new(path), line),
        };
        written.err().and_then(|error| cannot(&error))
    }
}

/// The command that records an attempt of which nothing but its outcome is known.
pub(super) fn import(id: &AttemptId, outcome: AttemptOutcome, stopped: Option<String>) -> Command {
    Command::ImportAttempt {
        attempt: id.clone(),
        outcome,
        started: None,
        ended: None,
        left_running: Vec::new(),
        log_lines: 0,
        log_bytes: 0,
        lost_bytes: None,
        log_tail: Vec::new(),
        stopped,
    }
}

/// How a short command ended, with the last line that it printed.
pub(super) fn end_words(finished: &Finished) -> String {
    let end = match &finished.end {
        End::Exited(code) => format!("exit {code}"),
        End::Signalled(signal) => format!("ended by signal {signal}"),
        End::OverTime => "killed at its time limit".to_owned(),
        End::Stopped => "stopped".to_owned(),
        End::NotStarted(why) => why.clone(),
    };
    match finished.last_line() {
        Some(line) => format!("{end}: {}", crate::domain::text::fit(&String::from_utf8_lossy(line), 160)),
        None => end,
    }
}

/// Whether a probe answers well: more than half of the answers are good.
fn well(samples: &[Sample]) -> (bool, String) {
    let good = samples.iter().filter(|sample| sample.health == Health::Well).count();
    let first_bad = samples.iter().find(|sample| sample.health != Health::Well).map(|sample| sample.why.clone());
    let words = format!("{good} of {} answers well", samples.len());
    let words = match first_bad.filter(|why| !why.is_empty()) {
        Some(why) => format!("{words}; {why}"),
        None => words,
    };
    (good * 2 > samples.len(), words)
}
