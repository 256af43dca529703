//! Attempts as the session sees them: prepare one, launch its supervisor, find out where it stands, stop it.
//!
//! Reading never changes anything and never declares anything; only [`declare_void`] decides that an attempt did not
//! start, and only while it holds the attempt's lock. Nothing here starts an attempt by itself or a second time:
//! a supervisor that finds a record leaves. Enter at [`prepare`] and [`find`].

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::io::Errno;

use crate::frame::{FileError, Hash, Verdict};
use crate::supervisor::ctl::{self, Request};
use crate::supervisor::record::{Fact, History, RecordError, Recorder, Started};
use crate::supervisor::spec::{LOCK_NAME, SPEC_NAME};
use crate::supervisor::{hold, is_held, procs, stamp};

mod unsupervised;

pub use crate::supervisor::record::{At, LeftRunning, Outcome, StopRequested};
pub use crate::supervisor::spec::{DrainLimits, Spec, StopSignal};
pub use unsupervised::{living, stop_unsupervised};

/// What went wrong with an attempt's files or its supervisor.
#[derive(Debug, thiserror::Error)]
pub enum AttemptError {
    /// The specification asks for something that cannot be executed.
    #[error("{0}")]
    Spec(String),
    /// The operating system refused.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The record could not be written.
    #[error("cannot write the attempt's record")]
    Record(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No supervisor listens: it has not started yet, or has ended.
    #[error("no supervisor of this attempt is running")]
    NotListening,
}

/// Puts what was tried, and where, around an error of the system.
fn failed<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> AttemptError + use<'a> {
    move |source| AttemptError::Io { doing, path: path.to_owned(), source }
}

fn unrecorded(error: impl Into<RecordError>) -> AttemptError {
    AttemptError::Record(Box::new(error.into()))
}

/// Creates the attempt's directory, which must not exist (its parent must), with everything that a supervisor
/// needs, and makes all of it durable. Nothing runs yet. To be done before the intent is recorded.
///
/// # Errors
///
/// [`AttemptError::Spec`] for a command that cannot be executed, else [`AttemptError::Io`].
pub fn prepare(dir: &Path, spec: &Spec) -> Result<(), AttemptError> {
    if let Some(defect) = spec.defect() {
        return Err(AttemptError::Spec(defect));
    }
    let text = toml::to_string(spec).map_err(|error| AttemptError::Spec(error.to_string()))?;
    DirBuilder::new().mode(0o700).create(dir).map_err(failed("create", dir))?;
    for (name, content) in [(SPEC_NAME, text.as_bytes()), (LOCK_NAME, b"")] {
        let path = dir.join(name);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let mut file = file.map_err(failed("create", &path))?;
        file.write_all(content).and_then(|()| file.sync_all()).map_err(failed("write", &path))?;
    }
    ctl::create(dir).map_err(failed("create a FIFO in", dir))?;
    for directory in [Some(dir), dir.parent()].into_iter().flatten() {
        File::open(directory).and_then(|it| it.sync_all()).map_err(failed("sync", directory))?;
    }
    Ok(())
}

/// A supervisor that this process started. Dropping it neither stops nor waits for it.
#[derive(Debug)]
pub struct Launched {
    child: Child,
}

impl Launched {
    /// Collects the supervisor's exit status if it has ended, and gives it every time from then on; never blocks. To
    /// be called now and then, so that no ended process stays behind. What became of the attempt stands in its
    /// record: this only tells that nobody will write there any more.
    ///
    /// # Errors
    ///
    /// As waiting for a child.
    pub fn reap(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }
}

/// Starts the supervisor of a prepared attempt with this very program, and does not wait for it. The intent must be
/// durable. The supervisor and the step inherit this process's environment.
///
/// # Errors
///
/// [`AttemptError::Io`]; then no supervisor was started.
pub fn launch(dir: &Path) -> Result<Launched, AttemptError> {
    // An update may have replaced the file of a program that runs; this link still leads to what runs.
    let own = if cfg!(target_os = "linux") {
        PathBuf::from("/proc/self/exe")
    } else {
        std::env::current_exe().map_err(failed("find this program for", dir))?
    };
    launch_with(&own, dir)
}

/// As [`launch`], with this program.
///
/// # Errors
///
/// As [`launch`].
pub fn launch_with(program: &Path, dir: &Path) -> Result<Launched, AttemptError> {
    let dir = fs::canonicalize(dir).map_err(failed("find", dir))?;
    let mut command = Command::new(program);
    std::os::unix::process::CommandExt::arg0(&mut command, "relco");
    command.arg("supervise").arg(&dir).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let child = command.spawn().map_err(failed("start a supervisor for", &dir))?;
    Ok(Launched { child })
}

/// What a look at an attempt finds.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// Not started, and no supervisor lives. One may still be about to: [`declare_void`] rules that out.
    NotStarted,
    /// A supervisor has the attempt and has not started the step yet.
    Starting,
    /// It was declared that it did not start, for this reason; it never will.
    Void(String),
    /// The step was started and its supervisor lives.
    Running(Running),
    /// The step was started, its supervisor is gone, and the step or its group lives. Its end will not be known.
    Unsupervised(Running),
    /// The step was started, and neither supervisor nor step lives: nobody knows how it ended.
    Unknown {
        /// When it started.
        started_at: String,
        /// The signals that were sent to it.
        stops: Vec<At<StopRequested>>,
    },
    /// It ended.
    Ended(AttemptResult),
    /// The record is damaged, or a newer relco wrote it; a person must look.
    Unreadable(String),
}

/// A step that was started.
#[derive(Clone, Debug, PartialEq)]
pub struct Running {
    /// Its pid, which is its process group too.
    pub pid: i32,
    /// When it started (RFC 3339, UTC).
    pub started_at: String,
    /// The signals that were sent to it so far.
    pub stops: Vec<At<StopRequested>>,
    /// Living processes of its group; only looked at when it is unsupervised.
    pub alive: Vec<LeftRunning>,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq)]
pub struct AttemptResult {
    /// When the step started (RFC 3339, UTC); `None` if it could not even be prepared.
    pub started_at: Option<String>,
    /// When its end was recorded (RFC 3339, UTC).
    pub ended_at: String,
    /// How long the step ran, without the wait for its last output, in milliseconds.
    pub took_ms: u64,
    /// How it ended.
    pub outcome: Outcome,
    /// The signals that were sent to it.
    pub stops: Vec<At<StopRequested>>,
    /// What outlived it.
    pub left_running: Vec<LeftRunning>,
    /// Lines in its log at its end.
    pub log_lines: u64,
    /// Bytes in its log at its end.
    pub log_bytes: u64,
    /// Bytes of output that reached no disk.
    pub lost_bytes: u64,
    /// Hash of the last record, by which a journal can name this result.
    pub head: Hash,
}

/// Looks where an attempt stands. Changes nothing.
///
/// # Errors
///
/// [`AttemptError::Io`] if the lock or the record cannot be read.
pub fn find(dir: &Path) -> Result<Found, AttemptError> {
    loop {
        // The lock first: what a supervisor wrote before it let go is then in the record.
        let held = is_held(dir).map_err(failed("look at the lock of", dir))?;
        let history = History::read(dir).map_err(failed("read the record of", dir))?;
        if let Some(found) = settled(history.as_ref()) {
            return Ok(found);
        }
        let started = history.as_ref().and_then(History::started);
        if held {
            return Ok(match (started, &history) {
                (Some(started), Some(history)) => Found::Running(running(&started, history)),
                _ => Found::Starting,
            });
        }
        // A supervisor may have come, and even gone, between the two looks.
        let again = History::read(dir).map_err(failed("read the record of", dir))?;
        if again == history && !is_held(dir).map_err(failed("look at the lock of", dir))? {
            return Ok(match (started, &history) {
                (Some(started), Some(history)) => unsupervised(&started, history),
                _ => Found::NotStarted,
            });
        }
    }
}

/// What the record alone decides.
fn settled(history: Option<&History>) -> Option<Found> {
    let history = history?;
    if let Some(kind) = &history.newer_kind {
        return Some(Found::Unreadable(format!("a newer relco wrote `{kind}` into the attempt's record")));
    }
    if let Some(reason) = history.void() {
        return Some(Found::Void(reason.to_owned()));
    }
    if let Some(ended) = history.ended() {
        return Some(Found::Ended(AttemptResult {
            started_at: history.started().map(|started| started.at),
            ended_at: ended.at,
            took_ms: ended.fact.took_ms,
            outcome: ended.fact.outcome.clone(),
            stops: stops(history),
            left_running: ended.fact.left_running.clone(),
            log_lines: ended.fact.log_lines,
            log_bytes: ended.fact.log_bytes,
            lost_bytes: ended.fact.lost_bytes,
            head: history.head,
        }));
    }
    let readable = matches!(history.verdict, Verdict::Clean | Verdict::TornTail);
    (!readable).then(|| Found::Unreadable(format!("the attempt's record is unreadable: {}", history.verdict.as_str())))
}

fn stops(history: &History) -> Vec<At<StopRequested>> {
    history.stops().map(|stop| At { at: stop.at, fact: stop.fact.clone() }).collect()
}

fn running(started: &At<&Started>, history: &History) -> Running {
    let started_at = started.at.clone();
    Running { pid: started.fact.pid, started_at, stops: stops(history), alive: Vec::new() }
}

/// A step without a supervisor: does it, or its group, still live?
fn unsupervised(started: &At<&Started>, history: &History) -> Found {
    let alive = alive(started.fact);
    if alive.is_empty() {
        return Found::Unknown { started_at: started.at.clone(), stops: stops(history) };
    }
    Found::Unsupervised(Running { alive, ..running(started, history) })
}

/// The living processes of a started step's group; nobody after a reboot.
fn alive(started: &Started) -> Vec<LeftRunning> {
    if started.boot_id != stamp::boot_id() {
        return Vec::new();
    }
    // A pid that was given out again has another start time; a group that was, another session or a later leader.
    let leader = procs::find(started.pid);
    let replaced = leader.is_some_and(|leader| leader.start_ticks != started.start_ticks);
    if replaced {
        return Vec::new();
    }
    let members = procs::members(started.pid, started.session);
    let listed = members.iter().map(|process| LeftRunning {
        pid: process.pid,
        command: procs::command(process.pid),
        in_group: true,
    });
    listed.collect()
}

/// What came of an attempt to declare that nothing started.
#[derive(Clone, Debug, PartialEq)]
pub enum Declared {
    /// It is on record: this attempt did not start and never will.
    Void,
    /// It cannot be declared, because this was found.
    Refused(Found),
}

/// Declares durably that an attempt did not start, unless it did or a supervisor has it. A supervisor that comes
/// later sees the record and leaves; where the directory was not even made, whoever comes late cannot make it.
///
/// # Errors
///
/// [`AttemptError`] if the lock cannot be taken or the record not be written; then nothing is declared.
pub fn declare_void(dir: &Path, sender: &str, reason: &str) -> Result<Declared, AttemptError> {
    let found = find(dir)?;
    if found != Found::NotStarted {
        return Ok(Declared::Refused(found));
    }
    // The machine may have gone between the intent and the directory; its parent is made with the first attempt.
    for missing in [dir.parent(), Some(dir)].into_iter().flatten() {
        create_directory(missing)?;
    }
    let Some(_hold) = hold(dir).map_err(failed("take the lock of", dir))? else {
        return Ok(Declared::Refused(find(dir)?));
    };
    let mut recorder = match Recorder::create(dir) {
        Ok(recorder) => recorder,
        Err(FileError::Io { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists => {
            // Left by a supervisor that died before the start. The lock is held, so nobody writes to it now.
            let Some((recorder, history)) = Recorder::reopen(dir).map_err(unrecorded)? else {
                return Ok(Declared::Refused(Found::Unreadable("the attempt's record is damaged".to_owned())));
            };
            if let Some(found) = settled(Some(&history)) {
                return Ok(Declared::Refused(found));
            }
            if let Some(started) = history.started() {
                return Ok(Declared::Refused(unsupervised(&started, &history)));
            }
            recorder
        }
        Err(error) => return Err(unrecorded(error)),
    };
    let void = Fact::Void { sender: sender.to_owned(), reason: reason.to_owned() };
    recorder.append(&void).map_err(unrecorded)?;
    Ok(Declared::Void)
}

/// Creates a directory that may be there already, with mode 0700, and makes its name durable.
fn create_directory(dir: &Path) -> Result<(), AttemptError> {
    match DirBuilder::new().mode(0o700).create(dir) {
        Err(there) if there.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        created => created.map_err(failed("create", dir))?,
    }
    let parent = dir.parent().unwrap_or(Path::new("/"));
    File::open(parent).and_then(|it| it.sync_all()).map_err(failed("sync", parent))
}

/// Asks the step to end: its stop signal, after the grace KILL, to its whole process group. What was sent stands in
/// the record; the end comes as for every attempt.
///
/// # Errors
///
/// [`AttemptError::NotListening`] if no supervisor has the attempt.
pub fn stop(dir: &Path, sender: &str, reason: &str) -> Result<(), AttemptError> {
    request(dir, &Request::Stop { sender: sender.to_owned(), reason: reason.to_owned() })
}

/// Kills the step's process group without asking.
///
/// # Errors
///
/// As [`stop`].
pub fn kill(dir: &Path, sender: &str, reason: &str) -> Result<(), AttemptError> {
    request(dir, &Request::Kill { sender: sender.to_owned(), reason: reason.to_owned() })
}

/// Types bytes into the terminal of a step that has one. Other steps read from `/dev/null` and never see them.
///
/// # Errors
///
/// As [`stop`].
pub fn send_input(dir: &Path, bytes: &[u8]) -> Result<(), AttemptError> {
    Request::input(bytes).iter().try_for_each(|input| request(dir, input))
}

fn request(dir: &Path, request: &Request) -> Result<(), AttemptError> {
    ctl::send(dir, request).map_err(|error| {
        let nobody = error.raw_os_error() == Some(Errno::NXIO.raw_os_error());
        if nobody || error.kind() == io::ErrorKind::NotFound {
            AttemptError::NotListening
        } else {
            AttemptError::Io { doing: "ask the supervisor of", path: dir.to_owned(), source: error }
        }
    })
}
