//! The project's checks while they run: side by side, a few at a time, in sight, and stopped when a person says so.
//!
//! Each runs on a thread with everything that it starts in a group of its own, and answers with a command, which goes
//! through `decide` like any other. Must never record by itself. Enter at [`Session::start_checks`].

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::checks::{Checked, name};
use super::effects::{CheckOf, JobDone, end_words};
use super::{ActError, Session, check_log};
use crate::domain::basis::Basis;
use crate::domain::command::Command;
use crate::domain::plan::CommandSpec;
use crate::system::bounded::{BoundedCommand, End, Finished};
use crate::system::clock;

/// How many of the project's checks run at once.
const AT_ONCE: usize = 4;
/// How long checks that are not wanted any more may take to be gone.
const GONE: Duration = Duration::from_secs(3);

/// The checks that run or wait for their turn, by the id that a person asks for, with when each began.
type Rows = BTreeMap<String, Option<Timestamp>>;

/// What is known of the checks that run now.
#[derive(Debug, Clone, Default)]
pub(super) struct UnderWay {
    rows: Arc<Mutex<Rows>>,
    stop: Arc<AtomicBool>,
}

impl UnderWay {
    fn with<T>(&self, does: impl FnOnce(&mut Rows) -> T) -> T {
        does(&mut self.rows.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// It answered.
    pub(super) fn ended(&self, id: &str) {
        self.with(|rows| rows.remove(id));
    }

    /// The checks that run or wait.
    pub(super) fn rows(&self) -> Rows {
        self.with(|rows| rows.clone())
    }
}

impl Session {
    /// Stops the checks that run, with everything that they started, and begins no other one. What they would have
    /// said is not recorded.
    pub fn stop_checks(&mut self) {
        self.under_way.stop.store(true, Ordering::Relaxed);
    }

    /// As [`Session::stop_checks`], and waits until they are gone, for a few seconds at most: nobody is left to stop
    /// them later.
    ///
    /// # Errors
    /// When the record cannot be read or written any more.
    pub fn end_checks(&mut self) -> Result<(), ActError> {
        self.stop_checks();
        let until = Instant::now() + GONE;
        while self.checks_left() > 0 && Instant::now() < until {
            self.pump(Duration::from_millis(20))?;
        }
        Ok(())
    }

    /// How many answers are still to come.
    pub fn jobs_left(&self) -> usize {
        self.jobs_open
    }

    /// How many checks run or wait for their turn.
    pub fn checks_left(&self) -> usize {
        self.under_way.with(|rows| rows.len())
    }

    /// Whether this check runs or waits for its turn.
    pub(super) fn is_under_way(&self, one: &Checked) -> bool {
        self.under_way.with(|rows| rows.contains_key(&name(one)))
    }

    pub(super) fn start_checks(&mut self, jobs: VecDeque<Job>) {
        if self.checks_left() == 0 {
            // Each round has its own, so that stopping one does not stop the next.
            self.under_way.stop = Arc::new(AtomicBool::new(false));
        }
        self.under_way.with(|rows| rows.extend(jobs.iter().map(|job| (name(&job.asked), None))));
        self.observed.checking = self.under_way.rows();
        self.jobs_open += jobs.len();
        let threads = jobs.len().min(AT_ONCE);
        let queue = Arc::new(Mutex::new(jobs));
        for _ in 0..threads {
            let (queue, to, all) = (Arc::clone(&queue), self.jobs.0.clone(), self.under_way.clone());
            std::thread::spawn(move || {
                loop {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                    let Some(job) = next else { return };
                    let id = name(&job.asked);
                    all.with(|rows| rows.insert(id.clone(), Some(clock::now())));
                    // Whoever looks on sees it begin.
                    let _ = to.send(JobDone { begun: true, ..JobDone::default() });
                    let done = JobDone { ended: Some(id), ..job.run(&all.stop) };
                    // A session that is gone does not want the answer any more.
                    if to.send(done).is_err() {
                        return;
                    }
                }
            });
        }
    }
}

/// A check of the project that waits for its turn.
#[derive(Debug)]
pub(super) struct Job {
    pub asked: Checked,
    pub spec: CommandSpec,
    pub command: BoundedCommand,
    pub basis: Basis,
    /// Where its output is kept.
    pub log: Option<PathBuf>,
    pub about: CheckOf,
}

impl Job {
    fn run(self, stop: &AtomicBool) -> JobDone {
        let unheard = JobDone { check_of: Some(self.about.clone()), ..JobDone::default() };
        if stop.load(Ordering::Relaxed) {
            return unheard;
        }
        let finished = self.command.run_unless(stop);
        if finished.end == End::Stopped {
            return unheard;
        }
        if let Some(dir) = &self.log {
            // The verdict stands without it.
            let _ = check_log::keep(dir, &finished.output);
        }
        let ok = finished.end == End::Exited(0);
        let observed = words(&self.spec, &finished, ok);
        let basis = self.basis;
        let command = match self.asked {
            Checked::Own(_) => return unheard,
            Checked::Gate(gate) => Command::RecordGateCheck { gate, ok, observed, basis },
            Checked::Item(item) => Command::RecordItemCheck { item, ok, observed, basis },
        };
        JobDone { commands: vec![command], ..unheard }
    }
}

/// What a check said: its last line; what it is and how it ended where that is not the whole answer.
fn words(spec: &CommandSpec, finished: &Finished, ok: bool) -> String {
    match finished.last_line() {
        Some(line) if ok => crate::domain::text::fit(&String::from_utf8_lossy(line), 160),
        _ => format!("{}: {}", spec.words(), end_words(finished)),
    }
}
