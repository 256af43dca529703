//! The embedded example project: harbor, a small service with two environments, and a release that waits to be made.
//!
//! It is real in every part: a git repository with a history, scripts that deploy, a service that answers, and faults
//! that sit in what gets installed. It lives in one directory and touches nothing outside of it. It must never reach
//! into a session or a journal: what it wants from relco it asks for by relco's own commands. Enter at [`run`].

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::config::load::FILE_NAME;
use crate::config::trust::closure_hash;

pub mod answer;
pub mod build;
pub mod drill;
pub mod files;
pub mod history;
pub mod lines;
pub mod place;
pub mod probe;
pub mod running;
pub mod service;

#[cfg(test)]
mod tests;

use place::Place;

/// The trouble that production gets. Staging and the rehearsal never see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fault {
    /// None at all.
    #[default]
    None,
    /// The frontend step fails after some thousand lines of output.
    Fail,
    /// The new version answers three times slower.
    Slow,
    /// The new version's health check fails once traffic is on it.
    Down,
}

impl Fault {
    /// Every fault, in the order of the help text.
    pub const ALL: [Fault; 4] = [Fault::None, Fault::Fail, Fault::Slow, Fault::Down];

    /// The word for it, on the command line and in the example's `fault` file.
    pub fn word(self) -> &'static str {
        match self {
            Fault::None => "none",
            Fault::Fail => "fail",
            Fault::Slow => "slow",
            Fault::Down => "down",
        }
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = Fault::ALL.into_iter().find(|fault| fault.word() == word);
        found.ok_or_else(|| format!("no such fault: {word} (none, fail, slow, down)"))
    }
}

/// What a person asked for.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Where the example lives; a temporary directory when not given.
    pub dir: Option<PathBuf>,
    /// The trouble of production; an example that is there already keeps its own when not given.
    pub fault: Option<Fault>,
    /// Run the drill instead of opening the cockpit.
    pub no_tui: bool,
    /// Only end the services.
    pub stop: bool,
}

/// An example that is ready: made, its services running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demo {
    /// Where everything lies.
    pub place: Place,
    /// The trouble that production gets.
    pub fault: Fault,
    /// Whether it was made just now; another one may be in the middle of its release.
    pub fresh: bool,
    /// Whether its directory was chosen by us, so that it must be named on exit.
    pub temporary: bool,
}

/// Why the example could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The cockpit was asked for where there is no terminal.
    #[error("the cockpit needs a terminal")]
    NoTerminal,
    /// The directory holds something else.
    #[error("{0} is not empty and holds no example")]
    NotEmpty(PathBuf),
    /// There is no example to stop.
    #[error("{0} holds no example")]
    NoExample(PathBuf),
    /// The drill was asked for in an example that is in the middle of something.
    #[error("{0} holds an example already, and the drill begins with a new one")]
    NotFresh(PathBuf),
    /// The directory's name cannot stand in a script or in a file of settings.
    #[error("the name of {0} has letters that scripts cannot carry")]
    Name(PathBuf),
    /// A file or program could not be used.
    #[error("cannot use {path}: {source}")]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The example could not be made.
    #[error(transparent)]
    Build(#[from] build::BuildError),
    /// A service does not start or stop.
    #[error(transparent)]
    Service(#[from] running::ServiceError),
    /// A line of the drill ended otherwise than it should.
    #[error("the drill stopped: `{line}` {}, expected exit {wanted}", ended_as(*ended))]
    Line {
        /// The line.
        line: String,
        /// The exit code that it should have had.
        wanted: i32,
        /// The exit code that it had; none when a signal ended it.
        ended: Option<i32>,
    },
    /// Every line of the drill ended as it should, and production still is not what it should be.
    #[error("the drill did not reach its end: production should answer as {wanted}, but: {found}")]
    End {
        /// The version that production should answer as.
        wanted: &'static str,
        /// What it answered.
        found: String,
    },
}

fn ended_as(ended: Option<i32>) -> String {
    ended.map_or_else(|| "was ended by a signal".to_owned(), |code| format!("ended with exit {code}"))
}

impl DemoError {
    /// What a person can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            DemoError::NoTerminal => Some("use --no-tui"),
            DemoError::NotEmpty(_) | DemoError::NotFresh(_) => Some("name a directory that is empty or not there yet"),
            DemoError::NoExample(_) => Some("name the directory that relco demo named when it ended"),
            DemoError::Name(_) => Some("name a directory without line breaks and colons, in UTF-8"),
            DemoError::Build(build::BuildError::NoGit(_)) => Some("install git: the example is a real repository"),
            DemoError::File { .. } | DemoError::Build(_) => Some("choose another place with --dir"),
            DemoError::Service(_) => Some("look into the logs in DIR/services"),
            DemoError::Line { .. } | DemoError::End { .. } => {
                Some("the example stays where it is: look at it with relco")
            }
        }
    }

    /// The exit code of the command: 2 for what was asked, 3 for the machine, 1 for a drill that went astray.
    pub fn exit_code(&self) -> u8 {
        match self {
            DemoError::NoTerminal
            | DemoError::NotEmpty(_)
            | DemoError::NoExample(_)
            | DemoError::NotFresh(_)
            | DemoError::Name(_) => 2,
            DemoError::File { .. } | DemoError::Build(_) | DemoError::Service(_) => 3,
            DemoError::Line { .. } | DemoError::End { .. } => 1,
        }
    }
}

/// The configuration of the example, as it stands at the head of its history.
pub fn configuration() -> &'static str {
    files::text(FILE_NAME).unwrap_or_default()
}

/// The hash by which `relco trust --hash` grants the example what it asks for; from the embedded text alone, so a
/// changed file in DIR is not trusted.
pub fn trust_hash() -> String {
    closure_hash(&[(FILE_NAME, configuration().as_bytes())])
}

/// The seconds that scripts rest between two pieces of work: while somebody watches, and in the drill.
const PACE_WATCHED: &str = "0.25";
const PACE_DRILL: &str = "0.02";

/// `relco demo`. `exe` is this binary; `cockpit` opens the cockpit on the example and returns its exit code.
///
/// # Errors
/// [`DemoError`]; see [`DemoError::exit_code`] and [`DemoError::hint`].
pub fn run(options: &Options, exe: &Path, cockpit: impl FnOnce(&Demo) -> u8) -> Result<u8, DemoError> {
    if options.stop {
        return stop(options.dir.as_deref()).map(|()| 0);
    }
    let terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    if !options.no_tui && !terminal {
        return Err(DemoError::NoTerminal);
    }
    let demo = prepare(options, exe)?;
    let ended = if options.no_tui {
        drill::run(&demo).map(|()| 0)
    } else if demo.fresh {
        drill::open(&demo).map(|()| cockpit(&demo))
    } else {
        Ok(cockpit(&demo))
    };
    farewell(&demo);
    ended
}

/// Makes the example, or finds the one that is there, and starts its services. Opens nothing.
///
/// # Errors
/// [`DemoError`].
pub fn prepare(options: &Options, exe: &Path) -> Result<Demo, DemoError> {
    let (dir, temporary) = match &options.dir {
        Some(dir) => (named(dir)?, false),
        None => (temporary()?, true),
    };
    let place = Place::new(&dir);
    let pace = if options.no_tui { PACE_DRILL } else { PACE_WATCHED };
    let fresh = !place.marker().exists();
    let fault = if fresh {
        let fault = options.fault.unwrap_or_default();
        build::build(&place, fault, pace, exe)?;
        fault
    } else if options.no_tui {
        return Err(DemoError::NotFresh(dir));
    } else {
        let kept = fs::read_to_string(place.fault()).ok().and_then(|word| word.trim().parse().ok());
        let fault = options.fault.or(kept).unwrap_or_default();
        build::set(&place, fault, pace)?;
        build::name_binary(&place, exe)?;
        fault
    };
    running::start(&place, exe)?;
    Ok(Demo { place, fault, fresh, temporary })
}

/// A directory that a person named: made if it is not there, taken if it is empty or holds an example.
fn named(dir: &Path) -> Result<PathBuf, DemoError> {
    let file = |source| DemoError::File { path: dir.to_owned(), source };
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(file)?;
    let dir = dir.canonicalize().map_err(file)?;
    if dir.to_str().is_none_or(|name| name.contains(char::is_control) || name.contains(':')) {
        return Err(DemoError::Name(dir));
    }
    let empty = fs::read_dir(&dir).map_err(file)?.next().is_none();
    if empty || Place::new(&dir).marker().exists() { Ok(dir) } else { Err(DemoError::NotEmpty(dir)) }
}

/// How the names of our own directories begin; [`stop`] finds them by it.
const TEMPORARY: &str = "relco-demo-";

fn temporary() -> Result<PathBuf, DemoError> {
    let parent = std::env::temp_dir();
    for attempt in 0..100 {
        let dir = parent.join(format!("{TEMPORARY}{}-{attempt}", std::process::id()));
        // Made, never taken over: what is there already belongs to somebody else.
        match fs::DirBuilder::new().mode(0o700).create(&dir) {
            Ok(()) => return named(&dir),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(DemoError::File { path: dir, source }),
        }
    }
    Err(DemoError::File { path: parent, source: io::ErrorKind::AlreadyExists.into() })
}

/// Ends the services of one example, or of all examples of this person in the temporary directory.
fn stop(dir: Option<&Path>) -> Result<(), DemoError> {
    let places = match dir {
        Some(dir) => {
            let dir = dir.canonicalize().map_err(|source| DemoError::File { path: dir.to_owned(), source })?;
            let place = Place::new(&dir);
            if !place.marker().exists() {
                return Err(DemoError::NoExample(dir));
            }
            vec![place]
        }
        None => ours(&std::env::temp_dir()),
    };
    if places.is_empty() {
        tell("no example in the temporary directory");
    }
    for place in places {
        let stopped = running::stop(&place)?;
        let what =
            if stopped.is_empty() { "nothing runs".to_owned() } else { format!("stopped {}", stopped.join(" and ")) };
        tell(&format!("{what} in {}", place.dir().display()));
    }
    Ok(())
}

/// The examples in a directory that belong to this person; others may have theirs beside them.
fn ours(parent: &Path) -> Vec<Place> {
    let me = rustix::process::geteuid().as_raw();
    let mut places: Vec<Place> = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(TEMPORARY))
        .filter(|entry| entry.metadata().is_ok_and(|found| found.is_dir() && found.uid() == me))
        .map(|entry| Place::new(entry.path()))
        .filter(|place| place.marker().exists())
        .collect();
    places.sort_by(|a, b| a.dir().cmp(b.dir()));
    places
}

fn farewell(demo: &Demo) {
    let dir = demo.place.dir().display();
    if demo.temporary {
        tell(&format!("the example stays in {dir}: project {dir}/harbor, state {dir}/state"));
    }
    tell(&format!("to end its services: relco demo --stop --dir {dir}"));
}

/// A line for the person; who closed the output does not want it.
fn tell(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}
