//! Watching directories: a thread that sleeps in the kernel until something changes there, so that an idle cockpit
//! costs nothing. It says only that something changed; what it is, the session reads itself.

use std::path::PathBuf;
use std::time::Duration;

/// How long changes are gathered before they are told: a commit touches many files.
#[cfg(target_os = "linux")]
const GATHER: Duration = Duration::from_millis(60);
/// How often is looked where the kernel tells nothing.
#[cfg(not(target_os = "linux"))]
const LOOK: Duration = Duration::from_secs(1);

/// Calls `on_change` whenever something is created, changed or removed directly inside one of these directories,
/// until it answers `false`.
#[cfg(target_os = "linux")]
pub fn watch(dirs: &[PathBuf], mut on_change: impl FnMut() -> bool + Send + 'static) {
    use rustix::fs::inotify::{self, CreateFlags, WatchFlags};

    let Ok(watcher) = inotify::init(CreateFlags::CLOEXEC) else { return };
    let flags = WatchFlags::CREATE
        | WatchFlags::MODIFY
        | WatchFlags::MOVED_TO
        | WatchFlags::DELETE
        | WatchFlags::CLOSE_WRITE
        | WatchFlags::ONLYDIR;
    for dir in dirs {
        // A directory that is not there yet is watched by its parent's event, when the session asks again.
        let _ = inotify::add_watch(&watcher, dir, flags);
    }
    std::thread::spawn(move || {
        let mut buffer = [0_u8; 4096];
        loop {
            if !matches!(rustix::io::read(&watcher, &mut buffer), Ok(read) if read > 0) {
                return;
            }
            std::thread::sleep(GATHER);
            if !on_change() {
                return;
            }
        }
    });
}

/// As above, by looking at modification times once a second.
#[cfg(not(target_os = "linux"))]
pub fn watch(dirs: &[PathBuf], mut on_change: impl FnMut() -> bool + Send + 'static) {
    let dirs = dirs.to_vec();
    let times = move || -> Vec<_> {
        dirs.iter()
            .flat_map(|dir| std::fs::read_dir(dir).into_iter().flatten().flatten())
            .map(|entry| (entry.path(), entry.metadata().and_then(|about| about.modified()).ok()))
            .collect()
    };
    std::thread::spawn(move || {
        let mut before = times();
        loop {
            std::thread::sleep(LOOK);
            let now = times();
            if now != before {
                before = now;
                if !on_change() {
                    return;
                }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn a_new_file_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let (send, told) = channel();
        watch(&[dir.path().to_owned()], move || send.send(()).is_ok());
        std::fs::write(dir.path().join("one"), "1").unwrap();
        told.recv_timeout(Duration::from_secs(20)).unwrap();
    }
}
