//! The gate: the small program that stands between a supervisor and its step (`relco gate`).
//!
//! It waits for one byte on its standard input, which is a socket to the supervisor, and only then becomes the step.
//! So a step whose start is not on record cannot have run. It must leave nothing of itself in the step: no signal
//! ignored or blocked, no descriptor, no standard input but `/dev/null` (or the step's terminal).

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Exit code when the supervisor died before it opened the gate. Nothing was executed.
const NOT_OPENED: u8 = 126;
/// Exit code when the step could not be executed; the reason went to the supervisor.
const NOT_EXECUTED: u8 = 127;

/// First argument of the gate of a step with a pseudo-terminal.
pub const TTY: &str = "tty";
/// First argument of the gate of a step with a pipe.
pub const PIPE: &str = "pipe";

/// Runs the gate with the arguments `tty|pipe DIRECTORY PROGRAM [ARGUMENT…]`; returns only if nothing was executed.
pub fn run(mut arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let (Some(kind), Some(directory), Some(program)) = (arguments.next(), arguments.next(), arguments.next()) else {
        return ExitCode::from(NOT_OPENED);
    };
    if !is_opened() {
        return ExitCode::from(NOT_OPENED);
    }
    // From here on the supervisor learns of every failure through the socket, which exec closes.
    let Ok(socket) = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3) else {
        return ExitCode::from(NOT_OPENED);
    };
    let failure = become_step(kind == TTY, &directory, &program, arguments);
    let _ = UnixStream::from(socket).write_all(failure.as_bytes());
    ExitCode::from(NOT_EXECUTED)
}

/// Waits for the byte; false if the supervisor is gone. Reads no more than that byte, so it goes past any buffer.
fn is_opened() -> bool {
    loop {
        match rustix::io::read(rustix::stdio::stdin(), &mut [0]) {
            Err(rustix::io::Errno::INTR) => {}
            read => return read == Ok(1),
        }
    }
}

/// Turns this process into the step; gives the reason if that fails.
fn become_step(tty: bool, directory: &OsStr, program: &OsStr, arguments: impl Iterator<Item = OsString>) -> String {
    if let Err(error) = take_stdin(tty) {
        return format!("cannot give the step its standard input: {error}");
    }
    if let Err(error) = std::env::set_current_dir(directory) {
        return format!("cannot enter {}: {error}", directory.display());
    }
    if let Err(error) = unignore_signals() {
        return format!("cannot reset the signals: {error}");
    }
    // The standard library empties the signal mask and resets PIPE before it executes.
    let error = Command::new(program).args(arguments).exec();
    format!("cannot execute {}: {error}", program.display())
}

/// Puts `/dev/null`, or the terminal that standard output is, in place of the socket.
fn take_stdin(tty: bool) -> io::Result<()> {
    if tty {
        rustix::process::setsid()?;
        rustix::process::ioctl_tiocsctty(rustix::stdio::stdout())?;
        rustix::stdio::dup2_stdin(rustix::stdio::stdout())?;
    } else {
        rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    }
    Ok(())
}

/// Gives every ignored signal a handler, because exec resets handled signals and keeps ignored ones. Signals that
/// are not ignored are left alone: a handler would swallow one that arrives now.
fn unignore_signals() -> io::Result<()> {
    let unnoticed = Arc::new(AtomicBool::new(false));
    for signal in ignored_signals() {
        if !signal_hook::consts::FORBIDDEN.contains(&signal) {
            signal_hook::flag::register(signal, Arc::clone(&unnoticed))?;
        }
    }
    Ok(())
}

/// The signals that this process ignores. Without `/proc`, those that shells and `nohup` are known to ignore.
fn ignored_signals() -> Vec<i32> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU};
    let mask = std::fs::read_to_string("/proc/self/status").ok().and_then(|status| ignored_mask(&status));
    match mask {
        // 32 and 33 belong to the threads of the C library and take no handler.
        Some(mask) => (1..=64).filter(|s| mask >> (s - 1) & 1 == 1 && !matches!(s, 32 | 33)).collect(),
        None => vec![SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU],
    }
}

/// The mask of ignored signals in `/proc/self/status`: bit 0 is signal 1.
fn ignored_mask(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(line.trim(), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_mask_of_ignored_signals() {
        assert_eq!(ignored_mask("SigBlk:\t0\nSigIgn:\t0000000000001006\nSigCgt:\t1\n"), Some(0x1006));
        assert_eq!(ignored_mask("nothing"), None);
    }
}
