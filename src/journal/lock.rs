//! The short append lock: one file named `lock` beside a journal, held for one append and never replaced.
//!
//! It serialises writers; readers need none. It goes with its holder: the system drops it when that process ends,
//! so there is nothing to clean up. Must never be held while a person or a command is waited for.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::disk::failed;
use crate::frame::{FileError, Identity};

/// How long a lock is waited for. An append takes milliseconds; a holder of seconds is stopped or stuck.
pub const WAIT: Duration = Duration::from_secs(5);

const FIRST_PAUSE: Duration = Duration::from_micros(200);
const LONGEST_PAUSE: Duration = Duration::from_millis(10);

/// Why the lock was not got.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else kept it all the time.
    #[error("{} is held by {}", path.display(), holder_words(*holder))]
    Held {
        /// The lock file.
        path: PathBuf,
        /// Who holds it, where the system says so.
        holder: Option<u32>,
    },
    /// The lock file could not be made or opened.
    #[error(transparent)]
    File(#[from] FileError),
}

fn holder_words(holder: Option<u32>) -> String {
    holder.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}

/// The right to append, until it is dropped.
#[derive(Debug)]
pub struct LockGuard {
    file: File,
    path: PathBuf,
}

impl LockGuard {
    /// Whether this is the lock of that journal.
    pub(super) fn covers(&self, journal: &Path) -> bool {
        self.path == path_of(journal)
    }
}

impl Drop for LockGuard {
    fn drop(&mut self) {
        // Closing would do, were it not for a process that another thread is just about to start: it holds a copy
        // of the descriptor for a moment, and the lock with it.
        let _ = self.file.unlock();
    }
}

/// The lock file of a journal.
fn path_of(journal: &Path) -> PathBuf {
    journal.with_file_name("lock")
}

/// Takes the append lock of a journal, waiting at most [`WAIT`].
///
/// # Errors
///
/// [`LockError::Held`], naming the file and, where the system tells, the process; or an error of the system.
pub fn lock(journal: &Path) -> Result<LockGuard, LockError> {
    lock_within(journal, WAIT)
}

/// Takes the append lock of a journal, waiting at most this long.
pub(super) fn lock_within(journal: &Path, wait: Duration) -> Result<LockGuard, LockError> {
    let path = path_of(journal);
    let began = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = opened.map_err(failed("open", &path))?;
        match file.try_lock() {
            // A lock on a file that somebody has removed meanwhile keeps nobody out.
            Ok(()) if is_at(&file, &path) => return Ok(LockGuard { file, path }),
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                if began.elapsed() >= wait {
                    let holder = holder_of(&file);
                    return Err(LockError::Held { path, holder });
                }
                thread::sleep(pause);
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            Err(TryLockError::Error(error)) => return Err(failed("lock", &path)(error).into()),
        }
    }
}

fn is_at(file: &File, path: &Path) -> bool {
    let held = file.metadata().map(|held| Identity { device: held.dev(), inode: held.ino() });
    held.is_ok_and(|held| Identity::of_path(path).is_ok_and(|there| there == held))
}

/// The process that holds the lock on this file, as Linux tells it.
fn holder_of(file: &File) -> Option<u32> {
    let metadata = file.metadata().ok()?;
    let device = metadata.dev();
    let place = format!("{:02x}:{:02x}:{}", rustix::fs::major(device), rustix::fs::minor(device), metadata.ino());
    holder_in(&std::fs::read_to_string("/proc/locks").ok()?, &place)
}

/// The holder in a text such as `1: FLOCK  ADVISORY  WRITE 4711 fe:00:131 0 EOF`.
fn holder_in(locks: &str, place: &str) -> Option<u32> {
    locks.lines().find_map(|line| {
        let mut words = line.split_ascii_whitespace().skip(1);
        let (kind, pid, held) = (words.next()?, words.nth(2)?, words.next()?);
        (kind == "FLOCK" && held == place).then(|| pid.parse().ok()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_lock_is_named_with_its_holder() {
        let dir = tempfile::tempdir().unwrap();
        let journal = dir.path().join("journal.toml");
        let held = lock(&journal).unwrap();
        assert!(held.covers(&journal) && !held.covers(&dir.path().join("other/journal.toml")));
        let error = lock_within(&journal, Duration::ZERO).unwrap_err();
        let LockError::Held { path, holder } = &error else { panic!("{error}") };
        assert_eq!(*path, dir.path().join("lock"));
        // Some file systems tell the kernel's list another device than they tell us; then nobody is named.
        assert!(holder.is_none_or(|pid| pid == std::process::id()), "{holder:?}");
        assert!(error.to_string().starts_with(&format!("{} is held by ", path.display())));
        drop(held);
        lock_within(&journal, Duration::ZERO).unwrap();
    }

    #[test]
    fn the_holder_is_read_from_the_system() {
        let locks = "1: POSIX  ADVISORY  WRITE 99 fe:00:131 0 EOF\n\
                     2: -> FLOCK  ADVISORY  WRITE 98 fe:00:131 0 EOF\n\
                     3: FLOCK  ADVISORY  WRITE 4711 fe:00:1310 0 EOF\n\
                     4: FLOCK  ADVISORY  WRITE 815 fe:00:131 0 EOF\n";
        assert_eq!(holder_in(locks, "fe:00:131"), Some(815));
        assert_eq!(holder_in(locks, "fe:00:132"), None);
    }

    #[test]
    fn a_lock_is_private_and_stays() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let journal = dir.path().join("journal.toml");
        drop(lock(&journal).unwrap());
        let mode = std::fs::metadata(dir.path().join("lock")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn who_waits_gets_it_when_it_is_free() {
        let dir = tempfile::tempdir().unwrap();
        let journal = dir.path().join("journal.toml");
        let held = lock(&journal).unwrap();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| lock_within(&journal, Duration::from_secs(600)).is_ok());
            drop(held);
            assert!(waiting.join().unwrap());
        });
    }

    #[test]
    fn no_directory_no_lock() {
        let dir = tempfile::tempdir().unwrap();
        let error = lock(&dir.path().join("none/journal.toml")).unwrap_err();
        assert!(matches!(error, LockError::File(FileError::Io { doing: "open", .. })), "{error}");
    }
}
