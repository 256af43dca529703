//! Files that a project names, read whole or added to. Whoever wrote the project may have put a pipe, a device, a
//! gigabyte or a link out of it there: none of them is waited for, read or followed. Enter at [`read`] and
//! [`append_line_inside`].

use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Read, Result, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::git::{GitError, locate_in};
use crate::domain::repo_path::RepoPath;

/// Reads an ordinary file of at most `most_bytes`, and waits for nobody.
///
/// # Errors
/// What the system says, that it is no ordinary file, or that it is too large.
pub fn read(path: &Path, most_bytes: usize) -> Result<Vec<u8>> {
    let without_waiting = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    let flags = i32::try_from(without_waiting.bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(Error::other("it is no ordinary file"));
    }
    let mut bytes = Vec::new();
    file.take(most_bytes as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > most_bytes {
        return Err(Error::other(format!("it is larger than {} KiB", most_bytes / 1024)));
    }
    Ok(bytes)
}

/// Appends a line to a file, which is made when it is not there; durable when this returns.
///
/// # Errors
/// What the system says.
pub fn append_line(path: &Path, line: &str) -> Result<()> {
    add(OpenOptions::new().append(true).create(true).open(path)?, line)
}

/// Appends a line to a file of the project, and never to one that a link leads to out of it.
///
/// # Errors
/// When it leads out of the project or into git's own directory, or what the system says.
pub fn append_line_inside(root: &Path, path: &RepoPath, line: &str) -> Result<()> {
    match locate_in(root, path) {
        Ok(found) => add(OpenOptions::new().append(true).open(found)?, line),
        Err(GitError::NoSuchFile { .. }) => {
            let named = root.join(path.as_str());
            let root = root.canonicalize()?;
            let dir = named.parent().unwrap_or(&root).canonicalize()?;
            if !dir.starts_with(&root) || dir.starts_with(root.join(".git")) {
                return Err(Error::new(ErrorKind::PermissionDenied, "it leads out of the project"));
            }
            let Some(name) = named.file_name() else { return Err(ErrorKind::InvalidInput.into()) };
            // A link that leads nowhere yet is there already, so it is not followed either.
            add(OpenOptions::new().append(true).create_new(true).open(dir.join(name))?, line)
        }
        Err(error) => Err(Error::other(error)),
    }
}

fn add(mut file: File, line: &str) -> Result<()> {
    file.write_all(format!("{line}\n").as_bytes())?;
    file.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_never_added_outside() {
        let dir = tempfile::tempdir().unwrap();
        let (root, outside) = (dir.path().join("root"), dir.path().join("outside"));
        std::fs::create_dir_all(root.join("docs")).unwrap();
        std::fs::create_dir(&outside).unwrap();
        std::fs::write(outside.join("there"), "").unwrap();
        for (link, to) in [("out", "outside"), ("nowhere", "outside/new"), ("there", "outside/there")] {
            std::os::unix::fs::symlink(dir.path().join(to), root.join(link)).unwrap();
        }
        let add = |path: &str| append_line_inside(&root, &RepoPath::parse(path).unwrap(), "a line");
        for path in ["out/log", "nowhere", "there", "missing/log", "docs"] {
            assert!(add(path).is_err(), "{path}");
        }
        add("docs/log").unwrap();
        add("docs/log").unwrap();
        assert_eq!(std::fs::read_to_string(root.join("docs/log")).unwrap(), "a line\na line\n");
        let names: Vec<_> = std::fs::read_dir(&outside).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["there"]);
        assert_eq!(std::fs::read_to_string(outside.join("there")).unwrap(), "");
    }

    #[test]
    fn only_what_is_ordinary_and_small_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("one");
        std::fs::write(&path, "12345678").unwrap();
        assert_eq!(read(&path, 8).unwrap(), b"12345678");
        assert!(read(&path, 7).is_err());
        assert!(read(dir.path(), 8).is_err());
        assert!(read(Path::new("/dev/zero"), 8).is_err());
        let pipe = dir.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert!(read(&pipe, 8).is_err());
    }
}
