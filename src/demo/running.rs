//! Starts, finds and stops the example's services, from outside of them.
//!
//! A service lives exactly as long as its lock is held; pids are for people to read and are never signalled.
//! Enter at [`start`] and [`stop`].

use std::fs::{self, File, TryLockError};
use std::io::{self, BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::place::{ENVIRONMENTS, Place};

/// The name of the hidden subcommand that is a service.
pub const SERVICE_COMMAND: &str = "demo-service";

/// How long a service that was asked to stop may take until we say that it does not.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// Why a service could not be started or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// It did not come up.
    #[error("the service of {name} did not start: {said}")]
    Start {
        /// The environment.
        name: &'static str,
        /// The last line of its log.
        said: String,
    },
    /// It was asked to stop and still holds its lock.
    #[error("the service of {name} does not stop, its process is {pid}")]
    Stop {
        /// The environment.
        name: &'static str,
        /// What its pid file says.
        pid: String,
    },
    /// A file beside the service could not be read or written.
    #[error("cannot use {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Starts what does not run yet, and returns when every service answers.
///
/// # Errors
/// [`ServiceError`] for the first one that does not come up.
pub fn start(place: &Place, exe: &Path) -> Result<(), ServiceError> {
    let mut waiting = Vec::new();
    for name in ENVIRONMENTS {
        if lives(place, name)? {
            continue;
        }
        let path = place.service(name, "log");
        let log = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(|source| ServiceError::File { path, source })?;
        let child = Command::new(exe)
            .arg(SERVICE_COMMAND)
            .arg("--dir")
            .arg(place.dir())
            .args(["--env", name])
            // Nowhere: a service must not keep anybody's directory busy.
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .map_err(|error| ServiceError::Start { name, said: error.to_string() })?;
        waiting.push((name, child));
    }
    for (name, mut child) in waiting {
        // The pipe ends with the process, so this waits for a word or for its end, never for nothing.
        let mut said =
            child.stdout.take().into_iter().flat_map(|pipe| BufReader::new(pipe).lines().map_while(Result::ok));
        if !said.any(|line| line.starts_with("ready ")) {
            let _ = child.wait();
            return Err(ServiceError::Start { name, said: last_line(&place.service(name, "log")) });
        }
    }
    Ok(())
}

/// Asks every service of the example to stop and waits until it did. Says which ones ran.
///
/// # Errors
/// [`ServiceError`] for the first one that does not.
pub fn stop(place: &Place) -> Result<Vec<&'static str>, ServiceError> {
    let mut stopped = Vec::new();
    for name in ENVIRONMENTS {
        if !lives(place, name)? {
            continue;
        }
        let request = place.service(name, "stop");
        fs::write(&request, "").map_err(|source| ServiceError::File { path: request.clone(), source })?;
        let deadline = Instant::now() + STOP_PATIENCE;
        while lives(place, name)? {
            // A connection wakes it; without one it looks once a second anyway.
            if let Some(port) = port(place, name) {
                let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
                drop(TcpStream::connect_timeout(&address, Duration::from_millis(100)));
            }
            if Instant::now() >= deadline {
                let pid = fs::read_to_string(place.service(name, "pid")).unwrap_or_default();
                return Err(ServiceError::Stop { name, pid: pid.trim().to_owned() });
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = fs::remove_file(request);
        stopped.push(name);
    }
    Ok(stopped)
}

/// Whether the environment's service holds its lock.
///
/// # Errors
/// [`ServiceError::File`] when the lock cannot be asked.
pub fn lives(place: &Place, name: &str) -> Result<bool, ServiceError> {
    let path = place.service(name, "lock");
    let lock = match File::options().write(true).open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        other => other,
    };
    match lock.and_then(|file| {
        file.try_lock().map_err(|held| match held {
            TryLockError::WouldBlock => io::ErrorKind::WouldBlock.into(),
            TryLockError::Error(error) => error,
        })
    }) {
        Ok(()) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(true),
        Err(source) => Err(ServiceError::File { path, source }),
    }
}

/// The port of the environment's service, as it wrote it down.
pub fn port(place: &Place, name: &str) -> Option<u16> {
    fs::read_to_string(place.service(name, "port")).ok()?.trim().parse().ok()
}

fn last_line(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    text.lines().last().unwrap_or("it said nothing").to_owned()
}
