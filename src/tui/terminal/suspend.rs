//! Stopping like any other program on Ctrl-Z, where there is a shell that can continue it.
//!
//! Enter at [`possible`] and [`stop`].

use std::io;

use rustix::process::{Signal, getpgid, getpgrp, getsid, kill_current_process_group};

/// True if somebody else in the session can continue this process group. Without a shell (`ssh host relco`, a terminal
/// that runs relco itself, a container) nothing would ever wake it again.
pub fn possible() -> bool {
    let leader = getsid(None).and_then(|leader| getpgid(Some(leader)));
    // If the leader cannot be asked, it is another process than this one.
    leader.map_or(true, |group| group != getpgrp())
}

/// Asks for the whole process group to be stopped, as the terminal would; may return before it is. The steps of a
/// release are in sessions of their own and go on.
///
/// # Errors
/// If the system refuses.
pub fn stop() -> io::Result<()> {
    kill_current_process_group(Signal::STOP).map_err(io::Error::from)
}
