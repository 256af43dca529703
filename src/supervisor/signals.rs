//! What the supervisor does on signals: HUP, INT, PIPE and XFSZ change nothing, TERM asks for a stop, CHLD wakes the loop.
//!
//! Handlers instead of "ignore", because what is ignored stays ignored in the step after exec.

use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGPIPE, SIGTERM, SIGXFSZ};

/// The installed handlers.
#[derive(Debug)]
pub(super) struct Signals {
    wake: UnixStream,
    term: Arc<AtomicBool>,
}

impl Signals {
    /// Installs the handlers for the rest of the process.
    pub(super) fn install() -> io::Result<Signals> {
        let unnoticed = Arc::new(AtomicBool::new(false));
        for signal in [SIGHUP, SIGINT, SIGPIPE, SIGXFSZ] {
            signal_hook::flag::register(signal, Arc::clone(&unnoticed))?;
        }
        let term = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(SIGTERM, Arc::clone(&term))?;
        let (wake, ring) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        signal_hook::low_level::pipe::register(SIGCHLD, ring.try_clone()?)?;
        signal_hook::low_level::pipe::register(SIGTERM, ring)?;
        Ok(Signals { wake, term })
    }

    /// Readable when a child changed its state or TERM came.
    pub(super) fn wake(&self) -> &UnixStream {
        &self.wake
    }

    /// Empties [`Signals::wake`].
    pub(super) fn clear(&mut self) {
        let mut bytes = [0; 64];
        while matches!(self.wake.read(&mut bytes), Ok(1..)) {}
    }

    /// Whether TERM came since the last time this was asked.
    pub(super) fn take_term(&self) -> bool {
        self.term.swap(false, Ordering::Relaxed)
    }
}
