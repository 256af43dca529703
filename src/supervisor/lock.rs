//! The attempt's lock: held means that its supervisor lives. Never a pid.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use super::spec::LOCK_NAME;

/// Readers look at the lock by taking it shared for a moment; whoever wants to have it outlasts them.
const OUTLAST: Duration = Duration::from_secs(2);

/// The held lock; it is free again when this is dropped, or when the process dies.
#[derive(Debug)]
pub struct Hold {
    _file: File,
}

/// Takes the lock of the attempt in this directory; `None` if a living process keeps it.
///
/// # Errors
///
/// As opening the lock file.
pub fn hold(dir: &Path) -> io::Result<Option<Hold>> {
    let file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(dir.join(LOCK_NAME))?;
    let started = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(Hold { _file: file })),
            Err(TryLockError::WouldBlock) if started.elapsed() < OUTLAST => {
                std::thread::sleep(Duration::from_millis(2));
            }
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

/// Whether a living process holds the lock right now. Readers may ask as often as they want.
///
/// # Errors
///
/// As opening the lock file, unless it does not exist: then nobody holds it.
pub fn is_held(dir: &Path) -> io::Result<bool> {
    let file = match File::open(dir.join(LOCK_NAME)) {
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(false),
        opened => opened?,
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_seen_while_it_is_held() {
        let dir = tempfile::tempdir().unwrap();
        assert!(!is_held(dir.path()).unwrap());
        let hold = hold(dir.path()).unwrap().unwrap();
        assert!(is_held(dir.path()).unwrap());
        drop(hold);
        // A process that another test starts right now shares the descriptor until it executes.
        while is_held(dir.path()).unwrap() {
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_reader_never_keeps_a_supervisor_out() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().to_owned();
        drop(hold(dir.path()).unwrap());
        let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let stopped = stop.clone();
        let reader = std::thread::spawn(move || {
            while !stopped.load(std::sync::atomic::Ordering::Relaxed) {
                is_held(&path).unwrap();
            }
        });
        for _ in 0..200 {
            assert!(hold(dir.path()).unwrap().is_some());
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        reader.join().unwrap();
    }
}
