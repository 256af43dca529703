//! A file that only grows by whole records: the disk side of a journal and of an attempt's record.
//!
//! One append is one write at the known end and one data sync; only then may it be acknowledged. After an error of
//! either the writer is poisoned for good, because the kernel may have dropped the page that a second sync would
//! report as written. It knows no lock: whoever may append is decided by its owner.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Why a record was not made durable.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// An earlier write or sync failed; nothing is written through this handle any more.
    #[error("this file had a write error and takes no more records")]
    Poisoned,
    /// The file does not end where its owner has read to: somebody else appended, or cut it.
    #[error("the file ends at byte {found}, not at {expected}")]
    EndMoved {
        /// Where the owner believes the end to be.
        expected: u64,
        /// Where it is.
        found: u64,
    },
    /// The operating system refused.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// What was tried, such as `append to`.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Which file it is, whatever its name: device and inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Device number.
    pub device: u64,
    /// Inode number on that device.
    pub inode: u64,
}

impl Identity {
    /// The identity of what stands at this path now.
    ///
    /// # Errors
    ///
    /// As `stat`: above all, not found.
    pub fn of_path(path: &Path) -> io::Result<Identity> {
        let metadata = std::fs::metadata(path)?;
        Ok(Identity { device: metadata.dev(), inode: metadata.ino() })
    }
}

/// An open file of records.
#[derive(Debug)]
pub struct AppendFile {
    path: PathBuf,
    file: File,
    identity: Identity,
    poisoned: bool,
}

impl AppendFile {
    /// Creates the file, which must not exist, with mode 0600, and syncs its directory, so that the name is durable.
    ///
    /// # Errors
    ///
    /// [`FileError::Io`]; with [`io::ErrorKind::AlreadyExists`] inside if somebody else was first.
    pub fn create(path: &Path) -> Result<AppendFile, FileError> {
        let created = OpenOptions::new().read(true).append(true).create_new(true).mode(0o600).open(path);
        let file = created.map_err(failed("create", path))?;
        sync_parent(path).map_err(failed("sync the directory of", path))?;
        AppendFile::holding(path, file)
    }

    /// Opens a file that exists, for reading and appending.
    ///
    /// # Errors
    ///
    /// [`FileError::Io`].
    pub fn open(path: &Path) -> Result<AppendFile, FileError> {
        let file = OpenOptions::new().read(true).append(true).open(path).map_err(failed("open", path))?;
        AppendFile::holding(path, file)
    }

    fn holding(path: &Path, file: File) -> Result<AppendFile, FileError> {
        let metadata = file.metadata().map_err(failed("read", path))?;
        let identity = Identity { device: metadata.dev(), inode: metadata.ino() };
        Ok(AppendFile { path: path.to_owned(), file, identity, poisoned: false })
    }

    /// The path that it was opened with.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Which file this is; compare it with [`Identity::of_path`] to see that the path still leads here.
    pub fn identity(&self) -> Identity {
        self.identity
    }

    /// Whether the path still leads to this very file.
    pub fn is_at_its_path(&self) -> bool {
        Identity::of_path(&self.path).is_ok_and(|there| there == self.identity)
    }

    /// Whether an error has closed this writer for good.
    pub fn is_poisoned(&self) -> bool {
        self.poisoned
    }

    /// Length of the file now, in bytes.
    ///
    /// # Errors
    ///
    /// [`FileError::Io`].
    pub fn len(&self) -> Result<u64, FileError> {
        Ok(self.file.metadata().map_err(failed("read", &self.path))?.len())
    }

    /// Whether the file has no bytes.
    ///
    /// # Errors
    ///
    /// [`FileError::Io`].
    pub fn is_empty(&self) -> Result<bool, FileError> {
        Ok(self.len()? == 0)
    }

    /// Everything from this offset to the present end.
    ///
    /// # Errors
    ///
    /// [`FileError::Io`].
    pub fn read_from(&self, offset: u64) -> Result<Vec<u8>, FileError> {
        let mut bytes = Vec::new();
        let mut file = &self.file;
        file.seek(SeekFrom::Start(offset)).map_err(failed("read", &self.path))?;
        file.read_to_end(&mut bytes).map_err(failed("read", &self.path))?;
        Ok(bytes)
    }

    /// Appends these bytes, which must be whole records, to a file that ends at `end`, and syncs them. Only after
    /// this returned may the facts be acknowledged. Gives the new end.
    ///
    /// # Errors
    ///
    /// [`FileError::EndMoved`] without having written, [`FileError::Poisoned`], or [`FileError::Io`], after which
    /// the writer is poisoned and what was written in part is cut off again where that is possible.
    pub fn append(&mut self, end: u64, bytes: &[u8]) -> Result<u64, FileError> {
        if self.poisoned {
            return Err(FileError::Poisoned);
        }
        let found = self.len()?;
        if found != end {
            return Err(FileError::EndMoved { expected: end, found });
        }
        match self.write_and_sync(bytes) {
            Ok(()) => Ok(end + bytes.len() as u64),
            Err(source) => {
                self.poisoned = true;
                // A failure here leaves a torn tail, which the next writer recovers; there is no more to do.
                let _ = self.file.set_len(end).and_then(|()| self.file.sync_data());
                Err(FileError::Io { doing: "append to", path: self.path.clone(), source })
            }
        }
    }

    /// One write and one data sync. A short write is an error: the second half could land after somebody else's.
    fn write_and_sync(&mut self, bytes: &[u8]) -> io::Result<()> {
        let written = loop {
            match self.file.write(bytes) {
                Err(interrupted) if interrupted.kind() == io::ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        if written != bytes.len() {
            return Err(io::Error::new(io::ErrorKind::WriteZero, "the disk took only a part of the record"));
        }
        self.file.sync_data()
    }

    /// Cuts a torn tail off: copies what stands after `good_len` to `<name>.torn-<good_len>`, syncs the copy and its
    /// directory, then truncates and syncs this file. Gives the copy's path. Only for a holder of the append lock
    /// who has just seen [`Verdict::TornTail`](super::Verdict::TornTail).
    ///
    /// # Errors
    ///
    /// [`FileError::Io`]; nothing is cut before the copy is durable. [`FileError::EndMoved`] if there is no tail.
    pub fn recover_torn_tail(&mut self, good_len: u64) -> Result<PathBuf, FileError> {
        if self.poisoned {
            return Err(FileError::Poisoned);
        }
        let tail = self.read_from(good_len)?;
        if tail.is_empty() {
            return Err(FileError::EndMoved { expected: good_len + 1, found: self.len()? });
        }
        let aside = self.write_aside(good_len, &tail)?;
        let cut = self.file.set_len(good_len).and_then(|()| self.file.sync_all());
        if cut.is_err() {
            self.poisoned = true;
        }
        cut.map_err(failed("cut the torn tail of", &self.path))?;
        Ok(aside)
    }

    /// Saves a tail under the first free name, so that an earlier one is never overwritten.
    fn write_aside(&self, good_len: u64, tail: &[u8]) -> Result<PathBuf, FileError> {
        let mut attempt = 0_u32;
        loop {
            let mut name = self.path.clone().into_os_string();
            name.push(format!(".torn-{good_len}"));
            if attempt > 0 {
                name.push(format!(".{attempt}"));
            }
            let aside = PathBuf::from(name);
            match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside) {
                Err(taken) if taken.kind() == io::ErrorKind::AlreadyExists => attempt += 1,
                opened => {
                    let mut file = opened.map_err(failed("create", &aside))?;
                    file.write_all(tail).and_then(|()| file.sync_all()).map_err(failed("write", &aside))?;
                    sync_parent(&aside).map_err(failed("sync the directory of", &aside))?;
                    return Ok(aside);
                }
            }
        }
    }
}

/// Makes the names in a file's directory durable.
fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent)?.sync_all()
}

/// Puts what was tried, and where, around an error of the system.
fn failed<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> FileError + use<'a> {
    move |source| FileError::Io { doing, path: path.to_owned(), source }
}
