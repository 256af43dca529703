//! Directories, whole new files and names: what the journal does on disk besides appending.
//!
//! Everything that returns without an error is durable: the content is synced before the name, the name with its
//! directory. Nothing here overwrites a file that exists, except [`put_in_place`], whose purpose that is.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::frame::FileError;

/// Puts what was tried, and where, around an error of the system.
pub(super) fn failed<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> FileError + use<'a> {
    move |source| FileError::Io { doing, path: path.to_owned(), source }
}

/// The directory in which a file stands.
pub(super) fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes the names in a directory durable.
pub(super) fn sync_directory(dir: &Path) -> Result<(), FileError> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(failed("sync the directory", dir))
}

/// Creates a directory and what is missing above it, each with mode 0700 and each name durable.
pub(super) fn create_directories(dir: &Path) -> Result<(), FileError> {
    if dir.is_dir() {
        return Ok(());
    }
    let above = directory_of(dir);
    create_directories(above)?;
    match DirBuilder::new().mode(0o700).create(dir) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && dir.is_dir() => {}
        created => created.map_err(failed("create the directory", dir))?,
    }
    sync_directory(above)
}

/// Writes a new file with mode 0600 under the first free name of `path`, `path.1`, `path.2`, …, and gives that name.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Result<PathBuf, FileError> {
    let (mut file, name) =
        first_free(path, |name| OpenOptions::new().write(true).create_new(true).mode(0o600).open(name))?;
    if let Err(error) = file.write_all(bytes).and_then(|()| file.sync_all()) {
        // Half a file is worth nothing, and the disk may be full.
        let _ = fs::remove_file(&name);
        return Err(failed("write", &name)(error));
    }
    sync_directory(directory_of(&name))?;
    Ok(name)
}

/// Gives a file a second name, the first free one of `name`, `name.1`, ….
pub(super) fn link_as(path: &Path, name: &Path) -> Result<PathBuf, FileError> {
    let ((), name) = first_free(name, |name| fs::hard_link(path, name))?;
    sync_directory(directory_of(&name))?;
    Ok(name)
}

/// Puts a finished, synced file in the place of another one of the same directory, at once and durably.
pub(super) fn put_in_place(new: &Path, path: &Path) -> Result<(), FileError> {
    fs::rename(new, path).map_err(failed("put a new file in the place of", path))?;
    sync_directory(directory_of(path))
}

/// A name beside `path` with something added at its end.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// The last part of a path, as it is shown and recorded.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Tries names until one is not taken.
fn first_free<T>(path: &Path, mut take: impl FnMut(&Path) -> io::Result<T>) -> Result<(T, PathBuf), FileError> {
    let mut name = path.to_owned();
    let mut number = 0_u32;
    loop {
        match take(&name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            taken => return Ok((taken.map_err(failed("create", &name))?, name)),
        }
        name = beside(path, &format!(".{number}"));
    }
}
