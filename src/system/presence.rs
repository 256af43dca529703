//! Which sessions live: each holds a lock on a file of its own while it does. A pid would lie after a reboot.

use std::collections::BTreeSet;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::domain::id::SessionId;

/// How often a new session tries to announce itself against sweeps of others.
const ROUNDS: u32 = 16;

/// This session's presence; ends with the value, and with the process however it ends.
#[derive(Debug)]
pub struct Presence {
    id: SessionId,
    path: PathBuf,
    /// Held for its lock.
    _lock: File,
}

impl Presence {
    /// Announces a new session in this directory.
    ///
    /// # Errors
    /// When the directory cannot be written.
    pub fn announce(dir: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        for round in 0..ROUNDS {
            let id = fresh_id(round);
            let path = dir.join(&id);
            let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path)?;
            match lock.try_lock() {
                // A sweep may have removed the file between its creation and its lock: then nobody would see it.
                Ok(()) if same_file(&lock, &path) => return Ok(Self { id: SessionId::new(id), path, _lock: lock }),
                Ok(()) | Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Err(io::Error::other("no session could be announced: others keep sweeping it away"))
    }

    /// This session's name.
    pub fn id(&self) -> &SessionId {
        &self.id
    }
}

fn fresh_id(round: u32) -> String {
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map(|since| since.as_nanos()).unwrap_or(0);
    let mixed = crate::domain::digest::sha256_hex(format!("{}-{nanos}-{round}", std::process::id()).as_bytes());
    format!("s-{}", mixed.get(..8).unwrap_or("00000000"))
}

fn same_file(file: &File, path: &Path) -> bool {
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(held), Ok(found)) => held.dev() == found.dev() && held.ino() == found.ino(),
        _ => false,
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        // What is left behind by a killed session is swept by the next `alive`; nothing depends on it.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// The sessions that live; the files of dead ones are removed.
pub fn alive(dir: &Path) -> BTreeSet<SessionId> {
    let Ok(entries) = std::fs::read_dir(dir) else { return BTreeSet::new() };
    let mut sessions = BTreeSet::new();
    for entry in entries.flatten() {
        let Ok(file) = File::open(entry.path()) else { continue };
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => {
                sessions.insert(SessionId::new(entry.file_name().to_string_lossy().into_owned()));
            }
            Ok(()) => {
                let _ = std::fs::remove_file(entry.path());
            }
            Err(TryLockError::Error(_)) => {}
        }
    }
    sessions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_alive_until_it_is_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let one = Presence::announce(dir.path()).unwrap();
        assert_eq!(alive(dir.path()), BTreeSet::from([one.id().clone()]));
        drop(one);
        assert_eq!(alive(dir.path()), BTreeSet::new());
    }

    #[test]
    fn what_a_killed_session_left_is_swept() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("s-00000001"), "").unwrap();
        assert_eq!(alive(dir.path()), BTreeSet::new());
        assert!(!dir.path().join("s-00000001").exists());
    }
}
