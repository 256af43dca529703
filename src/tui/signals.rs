//! Signals as messages: a thread waits for them and passes them on, the main thread acts.
//!
//! No handler does any work of its own, and the program's own cleaning up is never skipped unless the same end was
//! asked for again. Enter at [`Signals::start`].

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::iterator::Handle;
use signal_hook::low_level::emulate_default_handler;

use super::terminal::modes;

/// Who asks again after this long has a program before him that hangs.
const ASKED_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// A Ctrl-C that ended the other program may be heard only after the terminal is relco's again, where no key makes a
/// signal any more.
const LATE_KEYS: Duration = Duration::from_secs(1);

/// What arrived from outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signal {
    /// The program is asked to end; carries the signal's number.
    Terminate(i32),
    /// The program is asked to stop for a while.
    Suspend,
    /// The program goes on; the terminal may have been used by others.
    Continue,
    /// The terminal's size changed.
    Resize,
    /// The terminal is gone.
    Gone,
    /// A thread panicked; the terminal is given back already.
    Panicked,
}

/// The thread that waits for signals. Dropping it ends the thread.
#[derive(Debug)]
pub struct Signals {
    handle: Handle,
    thread: Option<JoinHandle<()>>,
    outside: Arc<Mutex<Outside>>,
    continued: Arc<Continued>,
}

/// Whether another program has the terminal.
#[derive(Clone, Copy, Debug)]
enum Outside {
    Never,
    Now,
    Until(Instant),
}

impl Outside {
    fn is(self, now: Instant) -> bool {
        match self {
            Outside::Never => false,
            Outside::Now => true,
            Outside::Until(until) => now < until,
        }
    }
}

/// How often the program was continued after being stopped.
#[derive(Debug, Default)]
struct Continued {
    times: Mutex<u64>,
    changed: Condvar,
}

impl Continued {
    fn times(&self) -> MutexGuard<'_, u64> {
        lock(&self.times)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Signals {
    /// Starts to pass signals on.
    ///
    /// # Errors
    /// If the handlers or the thread cannot be set up.
    pub fn start(send: impl Fn(Signal) + Send + 'static) -> io::Result<Self> {
        let wanted = [SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH];
        let mut signals = signal_hook::iterator::Signals::new(wanted)?;
        let handle = signals.handle();
        let outside = Arc::new(Mutex::new(Outside::Never));
        let is_outside = Arc::clone(&outside);
        let continued = Arc::new(Continued::default());
        let counts = Arc::clone(&continued);
        let thread = std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
            let mut asked_at = None;
            for number in &mut signals {
                let keyboard = matches!(number, SIGINT | SIGQUIT | SIGTSTP);
                if keyboard && lock(&is_outside).is(Instant::now()) {
                    // The terminal is another program's: its Ctrl-C is not for relco. Its Ctrl-Z stops relco too, or
                    // the shell would wait for it for ever.
                    if number == SIGTSTP {
                        let _ = emulate_default_handler(number);
                    }
                    continue;
                }
                if number == SIGCONT {
                    *counts.times() += 1;
                    counts.changed.notify_all();
                }
                if let Some(signal) = translate(number) {
                    if matches!(signal, Signal::Terminate(_)) && asked_again(&mut asked_at, Instant::now()) {
                        modes::leave_in_a_hurry();
                        let _ = emulate_default_handler(number);
                    }
                    send(signal);
                }
            }
        })?;
        Ok(Self { handle, thread: Some(thread), outside, continued })
    }

    /// Stops the program by `stop` and returns when it was continued. The stop itself comes a moment after it was asked
    /// for, on whichever thread, so that its return means nothing: to claim the terminal then would leave the shell
    /// with a claimed one.
    ///
    /// # Errors
    /// What `stop` says; then it was not stopped.
    pub fn stopped(&self, stop: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let before = *self.continued.times();
        stop()?;
        let mut times = self.continued.times();
        while *times == before {
            times = self.continued.changed.wait(times).unwrap_or_else(PoisonError::into_inner);
        }
        Ok(())
    }

    /// Says whether another program has the terminal, whose keys Ctrl-C and Ctrl-Z are not for relco.
    pub fn outside(&self, outside: bool) {
        *lock(&self.outside) = if outside { Outside::Now } else { Outside::Until(Instant::now() + LATE_KEYS) };
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.handle.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Ends the program by this signal, as if it had never been caught, so that whoever started it learns the truth.
pub fn end_by(number: i32) {
    let _ = emulate_default_handler(number);
}

fn translate(number: i32) -> Option<Signal> {
    match number {
        SIGTERM | SIGHUP | SIGINT | SIGQUIT => Some(Signal::Terminate(number)),
        SIGTSTP => Some(Signal::Suspend),
        SIGCONT => Some(Signal::Continue),
        SIGWINCH => Some(Signal::Resize),
        _ => None,
    }
}

/// A hang-up and a termination often come together; only a request some time after the first one is impatience.
fn asked_again(asked_at: &mut Option<Instant>, now: Instant) -> bool {
    let first = *asked_at.get_or_insert(now);
    now.saturating_duration_since(first) >= ASKED_AGAIN_AFTER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_patience_that_ended_is_impatience() {
        let (now, mut asked_at) = (Instant::now(), None);
        assert!(!asked_again(&mut asked_at, now));
        assert!(!asked_again(&mut asked_at, now + Duration::from_millis(10)), "HUP and TERM come together");
        assert!(asked_again(&mut asked_at, now + ASKED_AGAIN_AFTER));
    }
}
