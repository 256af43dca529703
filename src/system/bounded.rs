//! Runs a short command of the project under a hard time limit: probes, notices, checks.
//!
//! Enter at [`BoundedCommand::run`]. The command gets its own process group, which is killed as a whole at the limit.
//! It is not for steps: those belong to the supervisor, which outlives relco and keeps every byte of their output.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, PipeReader, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, ioctl_fionbio};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

/// How many bytes of output are kept: its end, where the reason for a failure usually stands.
const KEPT_BYTES: usize = 64 * 1024;

/// How much is read at once.
const CHUNK_BYTES: usize = 16 * 1024;

/// How soon a command hears that nobody wants its answer any more.
const LOOK_FOR_STOP: Duration = Duration::from_millis(100);
/// How long a killed command may take to die before it is left to itself: it then hangs inside the kernel.
const DYING: Duration = Duration::from_secs(1);

/// What becomes of processes that the command left running in its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Survivors {
    /// Killed: what only reads has no business afterwards.
    Kill,
    /// Left alone: a mail program may go on delivering. Their output goes nowhere.
    Leave,
}

/// A command with its limits.
#[derive(Debug, Clone)]
pub struct BoundedCommand {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Variables on top of relco's own environment.
    pub env: BTreeMap<String, String>,
    /// Where it runs.
    pub dir: PathBuf,
    /// What it reads on standard input; with nothing it reads from `/dev/null`.
    pub input: Vec<u8>,
    /// When it is killed, with its whole group.
    pub limit: Duration,
    /// What becomes of its children when it ends in time.
    pub survivors: Survivors,
}

/// How a bounded command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// With this exit status.
    Exited(i32),
    /// By this signal, not sent by relco.
    Signalled(i32),
    /// Killed at its limit.
    OverTime,
    /// Killed because nobody wants its answer any more.
    Stopped,
    /// It could not be started, in words.
    NotStarted(String),
}

/// What is left of a bounded command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// How it ended.
    pub end: End,
    /// The end of its output, standard output and standard error as they came.
    pub output: Vec<u8>,
    /// How long it ran.
    pub took: Duration,
}

impl Finished {
    /// The last line of output that is not blank, raw.
    pub fn last_line(&self) -> Option<&[u8]> {
        self.output.split(|&b| b == b'\n').map(<[u8]>::trim_ascii).rfind(|line| !line.is_empty())
    }
}

impl BoundedCommand {
    /// Runs the command and waits for it, at most until its limit (and a second more for a killed one to die).
    pub fn run(&self) -> Finished {
        self.run_unless(&AtomicBool::new(false))
    }

    /// As [`BoundedCommand::run`], and kills it with its whole group once `stop` is set.
    pub fn run_unless(&self, stop: &AtomicBool) -> Finished {
        let started = Instant::now();
        let mut tail = Tail::default();
        let end = match Running::start(self) {
            Ok(running) => running.follow(started + self.limit, self.survivors, stop, &mut tail),
            Err(error) => End::NotStarted(self.not_started(&error)),
        };
        Finished { end, output: tail.kept(), took: started.elapsed() }
    }

    fn not_started(&self, error: &io::Error) -> String {
        let program = self.argv.first().map_or("", String::as_str);
        match error.kind() {
            ErrorKind::InvalidInput if program.is_empty() => "no command is given".to_owned(),
            _ if !self.dir.is_dir() => format!("{} is not a directory", self.dir.display()),
            ErrorKind::NotFound => format!("{program} was not found"),
            ErrorKind::PermissionDenied => format!("{program} may not be executed"),
            _ => format!("{program} could not be started: {error}"),
        }
    }
}

/// A started command. Its process is reaped only in [`Running::follow`], so that until then neither its id nor its
/// group's can belong to anybody else.
struct Running<'a> {
    child: Child,
    group: Pid,
    output: PipeReader,
    input: Option<(ChildStdin, &'a [u8])>,
    /// Reads end of file once the process is dead.
    death: PipeReader,
}

impl<'a> Running<'a> {
    fn start(spec: &'a BoundedCommand) -> io::Result<Self> {
        let (program, arguments) = spec.argv.split_first().ok_or(ErrorKind::InvalidInput)?;
        let (output, writer) = io::pipe()?;
        ioctl_fionbio(&output, true)?;
        let mut command = Command::new(program);
        command.args(arguments).envs(&spec.env).current_dir(&spec.dir).process_group(0);
        command.stdin(if spec.input.is_empty() { Stdio::null() } else { Stdio::piped() });
        command.stdout(writer.try_clone()?).stderr(writer);
        let mut child = command.spawn()?;
        let group = Pid::from_child(&child);
        // A pipe that stays blocking could hold relco beyond the limit; then the command goes without input.
        let stdin = child.stdin.take().filter(|stdin| ioctl_fionbio(stdin, true).is_ok());
        match watch_death(group) {
            Ok(death) => Ok(Self { child, group, output, input: stdin.map(|s| (s, spec.input.as_slice())), death }),
            Err(error) => {
                kill(group);
                child.wait()?;
                Err(error)
            }
        }
    }

    /// Feeds and reads until the process is dead or `deadline` has come; then ends what is left and reaps.
    fn follow(mut self, deadline: Instant, survivors: Survivors, stop: &AtomicBool, tail: &mut Tail) -> End {
        let in_time = self.serve(deadline, Some(stop), tail);
        let cut_off = if stop.load(Ordering::Relaxed) { End::Stopped } else { End::OverTime };
        if !in_time || survivors == Survivors::Kill {
            kill(self.group);
        }
        if !in_time && !self.serve(Instant::now() + DYING, None, tail) {
            let mut child = self.child;
            // It hangs in the kernel; whoever waits for it must not be the caller.
            thread::spawn(move || child.wait());
            return cut_off;
        }
        let status = self.child.wait();
        tail.drain(&mut self.output);
        match status {
            _ if !in_time => cut_off,
            Ok(status) => in_words(status),
            Err(error) => End::NotStarted(format!("its exit status could not be read: {error}")),
        }
    }

    /// Serves the pipes until the process is dead (`true`), or `deadline` has come or `stop` is set (`false`).
    fn serve(&mut self, deadline: Instant, stop: Option<&AtomicBool>, tail: &mut Tail) -> bool {
        let mut readable = true;
        loop {
            if stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
                return false;
            }
            let until_end = deadline.saturating_duration_since(Instant::now());
            let left = if stop.is_some() { until_end.min(LOOK_FOR_STOP) } else { until_end };
            let mut waited = vec![PollFd::new(&self.death, PollFlags::IN)];
            if readable {
                waited.push(PollFd::new(&self.output, PollFlags::IN));
            }
            if let Some((stdin, _)) = &self.input {
                waited.push(PollFd::new(stdin, PollFlags::OUT));
            }
            let timeout = Timespec::try_from(left).ok();
            match poll(&mut waited, timeout.as_ref()) {
                Ok(0) if until_end > left => continue,
                Ok(0) => return false,
                Ok(_) => {}
                Err(Errno::INTR) => continue,
                Err(_) => return false,
            }
            let dead = waited.first().is_some_and(|fd| !fd.revents().is_empty());
            drop(waited);
            if dead {
                return true;
            }
            readable = readable && tail.read(&mut self.output);
            self.feed();
            if until_end.is_zero() {
                return false;
            }
        }
    }

    /// Writes what fits into the command's standard input, and closes it after the last byte.
    fn feed(&mut self) {
        let Some((stdin, rest)) = &mut self.input else { return };
        match stdin.write(rest) {
            Ok(written) => *rest = rest.get(written..).unwrap_or_default(),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            // The command does not want its input; that is its own affair.
            Err(_) => *rest = &[],
        }
        if rest.is_empty() {
            self.input = None;
        }
    }
}

/// Gives a pipe that reads end of file once the process is dead. It is not reaped: it stays a zombie until the owner
/// of the child has done with its group.
fn watch_death(pid: Pid) -> io::Result<PipeReader> {
    let (reader, writer) = io::pipe()?;
    let wait = move || {
        let wanted = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while matches!(waitid(WaitId::Pid(pid), wanted), Err(Errno::INTR)) {}
        drop(writer);
    };
    thread::Builder::new().name("wait for command".to_owned()).spawn(wait)?;
    Ok(reader)
}

fn kill(group: Pid) {
    // An error says that nobody is left in the group, which is what was wanted.
    let _ = kill_process_group(group, Signal::KILL);
}

fn in_words(status: ExitStatus) -> End {
    match (status.code(), status.signal()) {
        (Some(code), _) => End::Exited(code),
        (None, signal) => End::Signalled(signal.unwrap_or_default()),
    }
}

/// The end of an output that may be endless.
#[derive(Default)]
struct Tail(Vec<u8>);

impl Tail {
    /// Reads once; `false` at the end of the output.
    fn read(&mut self, output: &mut PipeReader) -> bool {
        let mut chunk = [0; CHUNK_BYTES];
        match output.read(&mut chunk) {
            Ok(0) => false,
            Ok(count) => {
                self.0.extend_from_slice(chunk.get(..count).unwrap_or_default());
                if self.0.len() > 2 * KEPT_BYTES {
                    self.cut();
                }
                true
            }
            Err(error) => matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted),
        }
    }

    /// Reads what the pipe still holds: at most its usual size, so that a survivor cannot keep relco reading.
    fn drain(&mut self, output: &mut PipeReader) {
        for _ in 0..2 * KEPT_BYTES / CHUNK_BYTES {
            let before = self.0.len();
            if !self.read(output) || self.0.len() == before {
                return;
            }
        }
    }

    fn cut(&mut self) {
        let surplus = self.0.len().saturating_sub(KEPT_BYTES);
        self.0.drain(..surplus);
    }

    fn kept(mut self) -> Vec<u8> {
        self.cut();
        self.0
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::fs::File;
    use std::os::unix::fs::OpenOptionsExt;

    use super::*;

    pub(in super::super) fn shell(script: &str) -> BoundedCommand {
        BoundedCommand {
            argv: ["sh", "-c", script].map(str::to_owned).to_vec(),
            env: BTreeMap::new(),
            dir: std::env::temp_dir(),
            input: Vec::new(),
            limit: Duration::from_secs(60),
            survivors: Survivors::Kill,
        }
    }

    /// A FIFO tells who is alive: as long as any process holds its writing end, reading does not come to an end.
    struct Alive {
        dir: tempfile::TempDir,
        reader: File,
    }

    impl Alive {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("fifo");
            assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
            let nonblocking = rustix::fs::OFlags::NONBLOCK.bits().try_into().unwrap();
            let reader = File::options().read(true).custom_flags(nonblocking).open(&path).unwrap();
            Self { dir, reader }
        }

        fn script(&self, rest: &str) -> String {
            format!("exec 3>'{}'; {rest}", self.dir.path().join("fifo").display())
        }

        fn now(&mut self) -> bool {
            matches!(self.reader.read(&mut [0]), Err(e) if e.kind() == ErrorKind::WouldBlock)
        }

        /// Waits until nobody holds the FIFO; gives up after a time that only a failure needs.
        fn wait_for_nobody(&mut self) {
            let mut fds = [PollFd::new(&self.reader, PollFlags::IN)];
            let patience = Timespec::try_from(Duration::from_secs(30)).unwrap();
            assert_eq!(poll(&mut fds, Some(&patience)), Ok(1), "a process of the group is still alive");
        }
    }

    #[test]
    fn exit_status_and_both_outputs_come_back() {
        let done = shell("echo out; echo err >&2; exit 3").run();
        assert_eq!((done.end, done.output.as_slice()), (End::Exited(3), b"out\nerr\n".as_slice()));
        assert_eq!(shell("kill -TERM $$").run().end, End::Signalled(15));
    }

    #[test]
    fn the_last_line_that_says_something() {
        assert_eq!(shell("printf 'one\\n two \\n\\n'").run().last_line(), Some(b"two".as_slice()));
        assert_eq!(shell("true").run().last_line(), None);
    }

    #[test]
    fn environment_and_directory_reach_the_command() {
        let dir = tempfile::tempdir().unwrap();
        let command = BoundedCommand {
            env: BTreeMap::from([("RELCO_ENV".to_owned(), "staging".to_owned())]),
            dir: dir.path().to_owned(),
            ..shell("echo $RELCO_ENV; pwd -P")
        };
        let seen = String::from_utf8(command.run().output).unwrap();
        assert_eq!(seen, format!("staging\n{}\n", dir.path().canonicalize().unwrap().display()));
    }

    #[test]
    fn input_larger_than_a_pipe_arrives_whole() {
        let command = BoundedCommand { input: vec![b'x'; 1_000_000], ..shell("wc -c") };
        assert_eq!(command.run().last_line(), Some(b"1000000".as_slice()));
    }

    #[test]
    fn a_command_that_ignores_its_input_does_not_hold_anybody() {
        let command = BoundedCommand { input: vec![b'x'; 1_000_000], ..shell("exec 0<&-; echo done") };
        assert_eq!(command.run().end, End::Exited(0));
    }

    #[test]
    fn of_much_output_the_end_is_kept() {
        let done = shell("head -c 3000000 /dev/zero | tr '\\0' x; echo; echo last").run();
        assert_eq!((done.end.clone(), done.last_line()), (End::Exited(0), Some(b"last".as_slice())));
        assert_eq!(done.output.len(), KEPT_BYTES);
    }

    #[test]
    fn a_hanging_command_is_killed_with_its_children() {
        let mut alive = Alive::new();
        let script = alive.script("sleep 600 & echo ready; wait");
        // On a busy machine the shell may need a while to come up; only a run that came so far tells something.
        for limit in [1, 4, 16, 64] {
            let done = BoundedCommand { limit: Duration::from_secs(limit), ..shell(&script) }.run();
            assert_eq!(done.end, End::OverTime);
            if done.last_line() == Some(b"ready") {
                return alive.wait_for_nobody();
            }
        }
        panic!("the shell did not come up");
    }

    #[test]
    fn a_command_that_floods_its_output_is_killed_too() {
        let done = BoundedCommand { limit: Duration::from_millis(200), ..shell("yes") }.run();
        assert_eq!(done.end, End::OverTime);
        assert!(done.output.len() <= KEPT_BYTES);
    }

    #[test]
    fn survivors_are_killed_or_left_as_asked() {
        let mut alive = Alive::new();
        let done = shell(&alive.script("sleep 600 & exit 0")).run();
        assert_eq!(done.end, End::Exited(0));
        alive.wait_for_nobody();

        let left =
            BoundedCommand { survivors: Survivors::Leave, ..shell(&alive.script("sleep 600 & echo $!; exit 0")) };
        let done = left.run();
        assert!(alive.now(), "it was to be left alone");
        let pid: i32 = std::str::from_utf8(done.last_line().unwrap()).unwrap().parse().unwrap();
        rustix::process::kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
        alive.wait_for_nobody();
    }

    #[test]
    fn what_cannot_start_says_why() {
        let with = |argv: &[&str], dir: &str| {
            let argv = argv.iter().map(|&a| a.to_owned()).collect();
            BoundedCommand { argv, dir: dir.into(), ..shell("") }.run().end
        };
        assert_eq!(with(&["./no-such-program"], "/"), End::NotStarted("./no-such-program was not found".into()));
        assert_eq!(with(&["true"], "/no/such/dir"), End::NotStarted("/no/such/dir is not a directory".into()));
        assert_eq!(with(&["/"], "/"), End::NotStarted("/ may not be executed".into()));
        assert_eq!(with(&[], "/"), End::NotStarted("no command is given".into()));
    }
}
