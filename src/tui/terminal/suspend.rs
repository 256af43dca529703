//! Stopping like any other program on Ctrl-Z, where there is a shell that can continue it.
//!
//! Enter at [`possible`] and [`stop`].

use std::io;

use rustix::process::{Pid, Signal, getpgid, getpgrp, kill_current_process_group};

/// True if somebody else in the session can continue this process group. Without a shell (`ssh host relco`, a terminal
/// that runs relco itself, a container) nothing would ever wake it again.
pub fn possible() -> bool {
    // If the leader cannot be asked, it is another process than this one.
    leader().and_then(|leader| getpgid(Some(leader)).ok()).is_none_or(|group| group != getpgrp())
}

/// The leader of this session. None where the system does not tell, and where the leader lives in an outer namespace of
/// processes and therefore has no number here: `getsid` answers 0 then, which its wrapper takes for impossible.
fn leader() -> Option<Pid> {
    let stat = std::fs::read("/proc/self/stat").ok()?;
    Pid::from_raw(session(&stat)?)
}

/// The session in the text of `/proc/self/stat`: the fourth word after the name, which may itself hold blanks.
fn session(stat: &[u8]) -> Option<i32> {
    let close = stat.iter().rposition(|&byte| byte == b')')?;
    std::str::from_utf8(stat.get(close + 1..)?).ok()?.split_ascii_whitespace().nth(3)?.parse().ok()
}

/// Asks for the whole process group to be stopped, as the terminal would; may return before it is. The steps of a
/// release are in sessions of their own and go on.
///
/// # Errors
/// If the system refuses.
pub fn stop() -> io::Result<()> {
    kill_current_process_group(Signal::STOP).map_err(io::Error::from)
}

#[cfg(test)]
mod tests {
    use super::session;

    #[test]
    fn a_leader_outside_of_the_namespace_has_no_number() {
        assert_eq!(session(b"42 (a) b (c)) S 7 42 41 0 -1"), Some(41));
        assert_eq!(session(b"2 (relco) R 0 2 0 34816 2"), Some(0));
        assert_eq!(session(b"2 (relco) R 0"), None);
        assert_eq!(rustix::process::Pid::from_raw(0), None);
    }
}
