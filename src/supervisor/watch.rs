//! The supervisor's work, in its order: take the attempt, start the step behind its gate, read, stop, wait, record.
//!
//! One poll loop over the step's output, the control FIFO, the signals and the gate. It sleeps without a timeout
//! while nothing is due.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Signal, WaitId, WaitIdOptions};

use super::ctl::{Listener, Request};
use super::drain::Drain;
use super::ladder::Ladder;
use super::output::Output;
use super::record::{Ended, Fact, Outcome, Recorder, Started, StopRequested};
use super::signals::Signals;
use super::spec::{SPEC_NAME, Spec, StopSignal};
use super::start::{Passage, Step};
use super::{SupervisorError, hold, procs, stamp, survivors};
use crate::frame::{FileError, Hash};
use crate::steplog::Writer;

/// How often a stop looks whether the group has gone, in milliseconds.
const STOP_TICK_MS: u64 = 25;
/// How often a record that the disk did not take is tried again, in milliseconds.
const RETRY_MS: u64 = 1000;

/// Supervises the attempt in `dir` until its end is on record and nobody holds its output any more.
pub(super) fn supervise(dir: &Path) -> Result<(), SupervisorError> {
    // Fails only if this process leads a group already: then somebody started it by hand.
    let _ = rustix::process::setsid();
    let signals = Signals::install().map_err(SupervisorError::doing("install signal handlers"))?;
    let text = fs::read(dir.join(SPEC_NAME)).map_err(SupervisorError::doing("read the specification"))?;
    let spec = read_spec(&text)?;
    // Before the lock, so that whoever sees the lock held finds somebody listening.
    let listener = Listener::open(dir).map_err(SupervisorError::doing("open the control FIFO"))?;
    let lock = hold(dir).map_err(SupervisorError::doing("take the lock"))?;
    let _lock = lock.ok_or(SupervisorError::Taken)?;
    let mut recorder = Recorder::create(dir).map_err(|error| match error {
        FileError::Io { source, .. } if source.kind() == io::ErrorKind::AlreadyExists => SupervisorError::Taken,
        error => SupervisorError::doing("create the record")(error),
    })?;
    let accepted =
        Fact::Accepted { attempt: spec.attempt.clone(), supervisor: procs::own_pid(), spec: Hash::of(&text) };
    recorder.append(&accepted).map_err(SupervisorError::doing("record the attempt"))?;
    let log = Writer::create(dir).map_err(SupervisorError::doing("create the log"))?;
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(SupervisorError::doing("sync the directory"))?;
    // Orphans of the step then come to this process, which can list them.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
    match Step::prepare(&spec) {
        Ok((step, output)) => Watch::start(spec, step, Output::new(output, log), recorder, listener, signals),
        Err(error) => not_started(&mut recorder, format!("cannot start a process: {error}")),
    }
}

fn read_spec(text: &[u8]) -> Result<Spec, SupervisorError> {
    let text = std::str::from_utf8(text).map_err(SupervisorError::doing("read the specification"))?;
    let spec: Spec = toml::from_str(text).map_err(SupervisorError::doing("read the specification"))?;
    match spec.defect() {
        None => Ok(spec),
        Some(defect) => Err(SupervisorError::doing("carry out the specification")(defect)),
    }
}

/// Records that nothing was executed.
fn not_started(recorder: &mut Recorder, error: String) -> Result<(), SupervisorError> {
    let outcome = Outcome::ExecFailed(error);
    let ended = Ended { outcome, took_ms: 0, left_running: Vec::new(), log_bytes: 0, log_lines: 0, lost_bytes: 0 };
    recorder.append(&Fact::Ended(ended)).map_err(SupervisorError::doing("record the end"))
}

/// A running attempt.
struct Watch {
    spec: Spec,
    step: Step,
    session: i32,
    passage: Passage,
    output: Output,
    recorder: Recorder,
    listener: Listener,
    signals: Signals,
    clock: Instant,
    ladder: Ladder,
    outcome: Option<Outcome>,
    drain: Option<Drain>,
    /// When a record that the disk did not take is tried again.
    retry_at_ms: u64,
    /// Whether the end was recorded.
    ended: bool,
    /// Whether to leave although survivors hold the output.
    leave: bool,
}

/// What poll found to be ready.
#[derive(Default)]
struct Ready {
    output: bool,
    requests: bool,
    signals: bool,
    gate: bool,
}

impl Watch {
    /// Makes the start durable, only then lets the step through its gate, and watches it to its end.
    fn start(
        spec: Spec,
        mut step: Step,
        output: Output,
        mut recorder: Recorder,
        listener: Listener,
        signals: Signals,
    ) -> Result<(), SupervisorError> {
        let pid = step.pid.as_raw_nonzero().get();
        let session =
            if spec.tty { pid } else { procs::find(pid).map_or_else(procs::own_pid, |process| process.session) };
        let start_ticks = procs::find(pid).map_or(0, |process| process.start_ticks);
        let started = Started { pid, session, start_ticks, boot_id: stamp::boot_id() };
        if let Err(error) = recorder.append(&Fact::Started(started)) {
            drop(step);
            // The disk may have kept the start in part; saying that nothing ran is true and may still work.
            let _ = not_started(&mut recorder, format!("the start could not be recorded: {error}"));
            return Err(SupervisorError::doing("record the start")(error));
        }
        if let Err(error) = step.open_gate() {
            drop(step);
            return not_started(&mut recorder, format!("the gate could not be opened: {error}"));
        }
        let watch = Watch {
            spec,
            step,
            session,
            passage: Passage::Pending,
            output,
            recorder,
            listener,
            signals,
            clock: Instant::now(),
            ladder: Ladder::Idle,
            outcome: None,
            drain: None,
            retry_at_ms: 0,
            ended: false,
            leave: false,
        };
        watch.run()
    }

    fn run(mut self) -> Result<(), SupervisorError> {
        loop {
            self.look_at_step();
            self.climb();
            self.record_what_is_due();
            if self.ended && self.recorder.is_durable() && (self.output.source().is_none() || self.leave) {
                // What came after the end is in the log too; a disk that refuses the sync lost nothing promised.
                let _ = self.output.log().sync();
                return Ok(());
            }
            let ready = self.wait();
            if ready.output && self.output.pump() {
                let now_ms = self.now_ms();
                self.drain.iter_mut().for_each(|drain| drain.saw_output(now_ms));
            }
            if ready.gate {
                self.passage = self.step.passage();
            }
            if ready.signals {
                self.signals.clear();
                survivors::reap_orphans(self.step.pid);
            }
            if self.signals.take_term() {
                self.stop("system", "the supervisor received TERM");
                self.leave |= self.ended;
            }
            if ready.requests {
                self.serve();
            }
        }
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.clock.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Sleeps until something is ready or due.
    fn wait(&self) -> Ready {
        let timeout = self.next_due_ms().map(|due| {
            let ms = i64::try_from(due.saturating_sub(self.now_ms())).unwrap_or(i64::MAX);
            Timespec { tv_sec: ms / 1000, tv_nsec: (ms % 1000) * 1_000_000 }
        });
        let mut fds =
            vec![PollFd::new(self.listener.fifo(), PollFlags::IN), PollFd::new(self.signals.wake(), PollFlags::IN)];
        let gate = (self.passage == Passage::Pending).then_some(fds.len());
        if gate.is_some() {
            fds.push(PollFd::new(self.step.socket(), PollFlags::IN));
        }
        let output = self.output.source().map(|source| {
            fds.push(PollFd::new(source, PollFlags::IN));
            fds.len() - 1
        });
        match poll(&mut fds, timeout.as_ref()) {
            Ok(1..) => {}
            // A signal that interrupts also makes the pipe of signals readable.
            _ => return Ready::default(),
        }
        let ready =
            |place: Option<usize>| place.and_then(|place| fds.get(place)).is_some_and(|fd| !fd.revents().is_empty());
        Ready { requests: ready(Some(0)), signals: ready(Some(1)), gate: ready(gate), output: ready(output) }
    }

    /// When something must be looked at even if nothing happens.
    fn next_due_ms(&self) -> Option<u64> {
        let now_ms = self.now_ms();
        let stop = self.ladder.is_active().then_some(now_ms + STOP_TICK_MS);
        let drain = self.drain.filter(|_| !self.ended).map(|drain| drain.deadline_ms());
        let retry = (!self.recorder.is_durable()).then_some(self.retry_at_ms);
        [stop, drain, retry].into_iter().flatten().min()
    }

    /// Learns how the step ended, without collecting it: as long as it is not collected, its pid and its group
    /// cannot become somebody else's, and signals to them reach nobody else.
    fn look_at_step(&mut self) {
        if self.outcome.is_some() {
            return;
        }
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let outcome = match rustix::process::waitid(WaitId::Pid(self.step.pid), look) {
            Ok(None) => return,
            Ok(Some(status)) => match (status.exit_status(), status.terminating_signal()) {
                (Some(code), _) => Outcome::Code(code),
                (None, Some(signal)) => Outcome::Signal(signal),
                (None, None) => Outcome::Unknown,
            },
            // Only this says that there is no such child; anything else is asked again.
            Err(Errno::CHILD) => Outcome::Unknown,
            Err(_) => return,
        };
        if self.passage == Passage::Pending {
            self.passage = self.step.passage();
        }
        self.outcome = Some(match &self.passage {
            Passage::Failed(error) => Outcome::ExecFailed(error.clone()),
            _ => outcome,
        });
        self.drain = Some(Drain::new(self.spec.drain, self.now_ms()));
    }

    /// Carries out what came through the FIFO.
    fn serve(&mut self) {
        for request in self.listener.take() {
            match request {
                Request::Stop { sender, reason } => self.stop(&sender, &reason),
                Request::Kill { sender, reason } => self.kill(&sender, &reason),
                Request::Input { hex } => self.type_in(&hex),
            }
        }
    }

    /// Asks the step's group to end.
    fn stop(&mut self, sender: &str, reason: &str) {
        let (signal, name) = match self.spec.stop_signal {
            StopSignal::Term => (Signal::TERM, "TERM"),
            StopSignal::Int => (Signal::INT, "INT"),
        };
        if self.signal(signal, name, sender, reason) {
            self.ladder.ask(self.now_ms(), self.spec.grace_ms);
        }
    }

    /// Kills the step's group.
    fn kill(&mut self, sender: &str, reason: &str) {
        if self.signal(Signal::KILL, "KILL", sender, reason) {
            self.ladder.kill(self.now_ms());
        }
    }

    /// Records a signal and sends it to the step's group; false if there is nobody to send it to.
    fn signal(&mut self, signal: Signal, name: &str, sender: &str, reason: &str) -> bool {
        if self.group_has_gone() {
            return false;
        }
        let stop = StopRequested { signal: name.to_owned(), sender: sender.to_owned(), reason: reason.to_owned() };
        // A disk that does not take the record must not keep a step from being stopped; it is tried again.
        let _ = self.recorder.append(&Fact::StopRequested(stop));
        if self.spec.tty && self.passage == Passage::Pending {
            // The gate has not made its own session yet; its group is still this process's.
            let _ = rustix::process::kill_process(self.step.pid, signal);
        } else {
            let _ = rustix::process::kill_process_group(self.step.pid, signal);
        }
        true
    }

    /// Whether the step has ended and no living process is left in its group.
    fn group_has_gone(&self) -> bool {
        self.outcome.is_some() && procs::members(self.group(), self.session).is_empty()
    }

    /// The step's process group, which has the number of its first process.
    fn group(&self) -> i32 {
        self.step.pid.as_raw_nonzero().get()
    }

    /// The next rung of the stop ladder, when it is due.
    fn climb(&mut self) {
        if self.ladder.kill_is_due(self.now_ms()) {
            self.kill("supervisor", &format!("the grace of {} ms has passed", self.spec.grace_ms));
            self.ladder.kill(self.now_ms());
        }
        if self.ladder.is_active() && self.ended && (self.group_has_gone() || self.ladder.is_exhausted(self.now_ms())) {
            self.ladder = Ladder::Idle;
        }
    }

    /// Types into the step's terminal. Without one there is nothing that could take it.
    fn type_in(&self, hex: &str) {
        if let (Some(terminal), Some(bytes)) = (&self.step.terminal, Request::typed(hex)) {
            // The step may have switched it on again: what is typed must not come back as output.
            let _ = super::start::no_echo(terminal);
            let _ = rustix::io::write(terminal, &bytes);
        }
    }

    /// Records gaps, and the end once the output has drained and a stop has run its course.
    fn record_what_is_due(&mut self) {
        if !self.recorder.is_durable() && self.now_ms() >= self.retry_at_ms {
            let _ = self.recorder.retry();
            self.retry_at_ms = self.now_ms() + RETRY_MS;
        }
        if let Some(gap) = self.output.take_gap(false) {
            let _ = self.recorder.append(&Fact::Gap(gap));
        }
        let now_ms = self.now_ms();
        let (Some(outcome), Some(drain), false) = (&self.outcome, self.drain, self.ended) else { return };
        let drained = self.output.source().is_none() || now_ms >= drain.deadline_ms();
        let stopped = !self.ladder.is_active() || self.ladder.is_exhausted(now_ms) || self.group_has_gone();
        if drained && stopped {
            let outcome = outcome.clone();
            self.record_end(outcome);
        }
    }

    /// Syncs the log, then records the end.
    fn record_end(&mut self, outcome: Outcome) {
        if let Err(error) = self.output.log().sync() {
            let at_byte = self.output.log().bytes();
            let error = format!("the log could not be synced: {error}");
            let _ = self.recorder.append(&Fact::Gap(super::record::Gap { at_byte, lost_bytes: 0, error }));
        }
        if let Some(gap) = self.output.take_gap(true) {
            let _ = self.recorder.append(&Fact::Gap(gap));
        }
        let ended = Ended {
            outcome,
            took_ms: self.drain.map_or(0, Drain::ended_at_ms),
            left_running: survivors::list(self.group(), self.session, self.output.source()),
            log_bytes: self.output.log().bytes(),
            log_lines: self.output.log().lines(),
            lost_bytes: self.output.lost_bytes(),
        };
        let _ = self.recorder.append(&Fact::Ended(ended));
        self.ended = true;
        if self.ladder.is_exhausted(self.now_ms()) {
            self.ladder = Ladder::Idle;
        }
    }
}
