//! What is too large for a record: a plan, release notes, a sheet, each in a file that is named by its own hash.
//!
//! A blob is durable before the event that names it, is never changed, and is checked each time it is read. A name
//! comes out of a journal, so it is taken for a hash or not at all, never for a path.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::disk::{self, failed};
use crate::frame::{FileError, Hash};

/// Why a blob could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The name is not 64 lower-case hex digits.
    #[error("`{0}` is not the name of a blob")]
    Name(String),
    /// There is no such blob.
    #[error("the blob {} is missing", path.display())]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// Its content is not what its name says.
    #[error("the blob {} is damaged", path.display())]
    Damaged {
        /// Where it is.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Makes these bytes durable in `dir`, which is created if it is missing, and gives their name.
///
/// A blob that is there already is left alone; one that is there and damaged is kept under another name.
///
/// # Errors
///
/// [`BlobError::File`].
pub fn put(dir: &Path, bytes: &[u8]) -> Result<String, BlobError> {
    let hash = Hash::of(bytes);
    let name = hash.to_hex();
    let path = dir.join(&name);
    disk::create_directories(dir)?;
    match fs::read(&path) {
        Ok(found) if Hash::of(&found) == hash => {
            // Whoever put it there may have died before its name was durable.
            disk::sync_directory(dir)?;
            return Ok(name);
        }
        Ok(found) => drop(disk::write_new(&disk::beside(&path, ".damaged"), &found)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed("read", &path)(error).into()),
    }
    let new = disk::write_new(&disk::beside(&path, ".new"), bytes)?;
    disk::put_in_place(&new, &path)?;
    Ok(name)
}

/// The bytes of a blob, which have been compared with its name.
///
/// # Errors
///
/// [`BlobError`]; a damaged blob is never given out.
pub fn get(dir: &Path, name: &str) -> Result<Vec<u8>, BlobError> {
    let hash = Hash::from_hex(name.as_bytes()).ok_or_else(|| BlobError::Name(name.to_owned()))?;
    let path = dir.join(name);
    match fs::read(&path) {
        Ok(bytes) if Hash::of(&bytes) == hash => Ok(bytes),
        Ok(_) => Err(BlobError::Damaged { path }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(BlobError::Missing { path }),
        Err(error) => Err(failed("read", &path)(error).into()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_blob_is_private_and_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = dir.path().join("1.3.0/blobs");
        let name = put(&blobs, b"the plan").unwrap();
        assert_eq!(name, crate::domain::digest::sha256_hex(b"the plan"));
        assert_eq!(get(&blobs, &name).unwrap(), b"the plan");
        assert_eq!(put(&blobs, b"the plan").unwrap(), name);
        assert_eq!(names(&blobs), [name.as_str()]);
        for (path, mode) in [(dir.path().join("1.3.0"), 0o700), (blobs.clone(), 0o700), (blobs.join(&name), 0o600)] {
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode, "{}", path.display());
        }
    }

    #[test]
    fn a_damaged_blob_is_refused_kept_and_written_again() {
        let dir = tempfile::tempdir().unwrap();
        let name = put(dir.path(), b"release notes").unwrap();
        fs::write(dir.path().join(&name), b"release note").unwrap();
        assert!(matches!(get(dir.path(), &name).unwrap_err(), BlobError::Damaged { .. }));
        assert_eq!(put(dir.path(), b"release notes").unwrap(), name);
        assert_eq!(get(dir.path(), &name).unwrap(), b"release notes");
        assert_eq!(names(dir.path()), [name.clone(), format!("{name}.damaged")]);
        assert_eq!(fs::read(dir.path().join(format!("{name}.damaged"))).unwrap(), b"release note");
    }

    #[test]
    fn a_name_is_a_hash_or_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let name = put(dir.path(), b"x").unwrap();
        for odd in ["", "../journal.toml", "/etc/passwd", &name.to_uppercase(), name.split_at(63).0] {
            assert!(matches!(get(dir.path(), odd).unwrap_err(), BlobError::Name(_)), "{odd}");
        }
        let absent = Hash::of(b"absent").to_hex();
        assert!(matches!(get(dir.path(), &absent).unwrap_err(), BlobError::Missing { .. }));
    }

    #[test]
    fn many_writers_of_one_blob_agree() {
        let dir = tempfile::tempdir().unwrap();
        let bytes = vec![7; 100_000];
        let written: Vec<String> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..8).map(|_| scope.spawn(|| put(dir.path(), &bytes).unwrap())).collect();
            writers.into_iter().map(|writer| writer.join().unwrap()).collect()
        });
        assert!(written.iter().all(|name| *name == written[0]));
        assert_eq!(get(dir.path(), &written[0]).unwrap(), bytes);
        assert_eq!(names(dir.path()), [written[0].as_str()]);
    }
}
