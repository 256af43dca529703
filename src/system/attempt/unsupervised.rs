//! Steps whose supervisor is gone: who of them still lives, and how they are stopped without it.
//!
//! Must never signal anybody whom the record does not name, nor hide that it did: each signal is sent while the
//! attempt's lock is held, and stands in the record as the supervisor would have written it. Enter at
//! [`stop_unsupervised`].

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use rustix::process::{Pid, Signal};

use super::{AttemptError, Found, LeftRunning, Spec, StopSignal, alive, failed, find, unrecorded};
use crate::supervisor::hold;
use crate::supervisor::record::{Fact, History, Recorder, StopRequested};
use crate::supervisor::spec::SPEC_NAME;
use crate::system::clock;

/// How long a step may take to end where its own specification cannot be read.
const GRACE: Duration = Duration::from_secs(10);

/// What still lives of a started attempt, with or without a supervisor: its process group. Nobody before its start
/// and after its end.
///
/// # Errors
///
/// [`AttemptError::Io`] if the record cannot be read.
pub fn living(dir: &Path) -> Result<Vec<LeftRunning>, AttemptError> {
    let history = History::read(dir).map_err(failed("read the record of", dir))?;
    let open = history.as_ref().filter(|history| history.ended().is_none());
    Ok(open.and_then(History::started).map(|started| alive(started.fact)).unwrap_or_default())
}

/// Does for a step without a supervisor what that would have done when it was asked to stop: its stop signal, after
/// the grace KILL, to its whole process group. Sends each once, so it is to be called again until nothing is left;
/// nothing is sent to a step that is supervised or gone.
///
/// # Errors
///
/// [`AttemptError::Io`] if it cannot be looked at or signalled, [`AttemptError::Record`] if it was signalled and that
/// could not be recorded.
pub fn stop_unsupervised(dir: &Path, sender: &str, reason: &str) -> Result<(), AttemptError> {
    let Found::Unsupervised(running) = find(dir)? else { return Ok(()) };
    let spec = fs::read_to_string(dir.join(SPEC_NAME)).ok().and_then(|text| toml::from_str::<Spec>(&text).ok());
    let wanted = |sent: &[super::At<StopRequested>]| due(spec.as_ref(), sent, clock::now());
    if wanted(&running.stops).is_none() {
        return Ok(());
    }
    // Of two who ask at once the second finds on record what the first one sent.
    let Some(_hold) = hold(dir).map_err(failed("take the lock of", dir))? else { return Ok(()) };
    let Some((mut recorder, history)) = Recorder::reopen(dir).map_err(unrecorded)? else { return Ok(()) };
    let Some((started, signal)) = history.started().zip(wanted(&super::stops(&history))) else { return Ok(()) };
    if alive(started.fact).is_empty() {
        return Ok(());
    }
    // On record before it is sent: whoever sees the step gone a moment later must know who asked for it. What cannot be
    // recorded is sent all the same.
    let sent = StopRequested { signal: name(signal).to_owned(), sender: sender.to_owned(), reason: reason.to_owned() };
    let recorded = recorder.append(&Fact::StopRequested(sent)).map_err(unrecorded);
    let group = Pid::from_raw(started.fact.pid).filter(|group| *group != Pid::INIT);
    if let Some(group) = group {
        match rustix::process::kill_process_group(group, signal) {
            // It ended just now.
            Ok(()) | Err(rustix::io::Errno::SRCH) => {}
            Err(error) => return Err(failed("signal the step of", dir)(io::Error::from(error))),
        }
    }
    recorded
}

/// The signal that is to be sent now, after those that were.
fn due(spec: Option<&Spec>, sent: &[super::At<StopRequested>], now: Timestamp) -> Option<Signal> {
    let Some(first) = sent.first() else {
        return Some(match spec.map(|spec| spec.stop_signal).unwrap_or_default() {
            StopSignal::Term => Signal::TERM,
            StopSignal::Int => Signal::INT,
        });
    };
    let grace = spec.map_or(GRACE, |spec| Duration::from_millis(spec.grace_ms));
    // A time that cannot be read, or lies ahead of a clock that was put back, must not keep it alive for ever.
    let since = first.at.parse::<Timestamp>().ok().and_then(|at| Duration::try_from(now.duration_since(at)).ok());
    let over = since.is_none_or(|since| since >= grace);
    (over && sent.iter().all(|stop| stop.fact.signal != name(Signal::KILL))).then_some(Signal::KILL)
}

fn name(signal: Signal) -> &'static str {
    match signal {
        Signal::KILL => "KILL",
        Signal::INT => "INT",
        _ => "TERM",
    }
}
