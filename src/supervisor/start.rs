//! Starts the process of a step behind its gate, with one pipe (or terminal) for all its output.
//!
//! Standard output and standard error share one pipe, so that their order is kept.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use rustix::process::Pid;

use super::gate;
use super::spec::Spec;

/// The size that is asked for the pipe, so that a step is not slowed by a moment without a reader.
#[cfg(target_os = "linux")]
const PIPE_BYTES: usize = 1024 * 1024;

/// A step that stands behind its gate, or has gone through it.
#[derive(Debug)]
pub(super) struct Step {
    /// Pid of the step: the gate becomes it.
    pub(super) pid: Pid,
    /// Where typed input goes, if the step has a terminal.
    pub(super) terminal: Option<OwnedFd>,
    socket: UnixStream,
    reply: Vec<u8>,
}

/// What is known of the passage through the gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Passage {
    /// It is not over.
    Pending,
    /// The step runs in place of the gate.
    Through,
    /// The step could not be executed.
    Failed(String),
}

impl Step {
    /// Starts the gate, and gives the reading end of all the step's output, which never blocks. The step does not run
    /// before [`Step::open_gate`]; if this is dropped before, it never does.
    pub(super) fn prepare(spec: &Spec) -> io::Result<(Step, OwnedFd)> {
        let (output, theirs, terminal) = if spec.tty { terminal()? } else { pipe()? };
        rustix::io::ioctl_fionbio(&output, true)?;
        let (socket, gate_socket) = UnixStream::pair()?;
        let mut command = Command::new(own_program()?);
        command.arg0("relco").arg("gate").arg(if spec.tty { gate::TTY } else { gate::PIPE });
        command.arg(&spec.cwd).args(&spec.argv);
        for name in &spec.env_remove {
            command.env_remove(name);
        }
        command.envs(&spec.env);
        if !spec.tty {
            // With a terminal the gate makes a session of its own, which a leader of a group may not.
            command.process_group(0);
        }
        command.stdin(OwnedFd::from(gate_socket)).stdout(theirs.try_clone()?).stderr(theirs);
        let child = command.spawn()?;
        // The command holds the step's end of the pipe; while it lives there is no end of file.
        drop(command);
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).ok_or(ErrorKind::InvalidData)?;
        Ok((Step { pid, terminal, socket, reply: Vec::new() }, output))
    }

    /// Lets the step through. Its start must be on record.
    pub(super) fn open_gate(&mut self) -> io::Result<()> {
        // The byte comes last: an error means that the step was not let through.
        self.socket.set_nonblocking(true)?;
        self.socket.write_all(b"g")
    }

    /// Readable when [`Step::passage`] may have news.
    pub(super) fn socket(&self) -> &UnixStream {
        &self.socket
    }

    /// Reads what the gate says: a reason if it could not execute the step, else nothing before its end.
    pub(super) fn passage(&mut self) -> Passage {
        let mut bytes = [0; 1024];
        loop {
            match self.socket.read(&mut bytes) {
                Ok(0) if self.reply.is_empty() => return Passage::Through,
                Ok(0) => return Passage::Failed(String::from_utf8_lossy(&self.reply).into_owned()),
                Ok(count) => self.reply.extend(bytes.iter().take(count)),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Passage::Pending,
                Err(_) => return Passage::Through,
            }
        }
    }
}

/// Our end of the output, the step's end, and where typed input goes.
type Ends = (OwnedFd, OwnedFd, Option<OwnedFd>);

fn pipe() -> io::Result<Ends> {
    #[cfg(not(target_vendor = "apple"))]
    let (ours, theirs) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
    #[cfg(target_vendor = "apple")]
    let (ours, theirs) = io::pipe().map(|(ours, theirs)| (OwnedFd::from(ours), OwnedFd::from(theirs)))?;
    // A system that allows less keeps its own size.
    #[cfg(target_os = "linux")]
    let _ = rustix::pipe::fcntl_setpipe_size(&ours, PIPE_BYTES);
    Ok((ours, theirs, None))
}

/// A pseudo-terminal of 80 columns and 24 rows that leaves line ends as the step writes them and shows nothing of what
/// is typed.
fn terminal() -> io::Result<Ends> {
    use rustix::fs::{Mode, OFlags};
    use rustix::pty::OpenptFlags;
    use rustix::termios::{OptionalActions, OutputModes, Winsize};
    #[cfg(target_os = "linux")]
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    #[cfg(not(target_os = "linux"))]
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
    let ours = rustix::pty::openpt(flags)?;
    rustix::pty::grantpt(&ours)?;
    rustix::pty::unlockpt(&ours)?;
    let name = rustix::pty::ptsname(&ours, Vec::new())?;
    let theirs = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
    let mut modes = rustix::termios::tcgetattr(&theirs)?;
    modes.output_modes.remove(OutputModes::ONLCR);
    rustix::termios::tcsetattr(&theirs, OptionalActions::Now, &modes)?;
    no_echo(&theirs)?;
    rustix::termios::tcsetwinsize(&theirs, Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 })?;
    let typed = ours.try_clone()?;
    Ok((ours, theirs, Some(typed)))
}

/// Has a terminal say nothing of what is typed into it: it would stand in the log.
pub(super) fn no_echo(terminal: &OwnedFd) -> io::Result<()> {
    use rustix::termios::{LocalModes, OptionalActions};
    let mut modes = rustix::termios::tcgetattr(terminal)?;
    modes.local_modes.remove(LocalModes::ECHO | LocalModes::ECHONL);
    rustix::termios::tcsetattr(terminal, OptionalActions::Now, &modes)?;
    Ok(())
}

/// This very program. On Linux by a link that holds even when the file was replaced by an update meanwhile.
fn own_program() -> io::Result<PathBuf> {
    if cfg!(target_os = "linux") { Ok(PathBuf::from("/proc/self/exe")) } else { std::env::current_exe() }
}
