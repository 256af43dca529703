//! A journal's file as it is held open: which one it is, what was read from it, whether it takes more.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use super::disk::failed;
use super::error::StoreError;
use super::history::{History, Rest};
use super::mode::{Access, Mode, Why};
use crate::domain::event::Recorded;
use crate::frame::{AppendFile, FileError, Identity};

/// How often a place that looks damaged is looked at again before it is believed: a writer who has just cut a torn
/// tail may be appending in its place, and a reader in several pieces sees some of both.
const LOOKS: u32 = 8;

/// An open journal file.
#[derive(Debug)]
pub(super) struct Reading {
    file: File,
    /// Which file it is.
    pub identity: Identity,
    /// The same file for appending; none without the right or the wish to.
    pub writer: Option<AppendFile>,
    /// Its good records.
    pub history: History,
    /// Whether it takes more.
    pub mode: Mode,
}

impl Reading {
    /// Opens the file at this path and reads it.
    pub fn open(path: &Path, access: Access) -> Result<(Reading, Vec<Recorded>), StoreError> {
        let (file, identity, writer) = open_files(path, access)?;
        let mut reading = Reading { file, identity, writer, history: History::new(), mode: Mode::Writable };
        let recorded = reading.read_on(path, access)?.unwrap_or_default();
        Ok((reading, recorded))
    }

    /// Holds the file that now stands at the path instead. It must have the same content.
    pub fn hold(&mut self, path: &Path) -> Result<(), FileError> {
        let writer = AppendFile::open(path)?;
        self.file = File::open(path).map_err(failed("open", path))?;
        self.identity = writer.identity();
        self.writer = Some(writer);
        Ok(())
    }

    /// Reads on from the last record; `None` if that is not there any more.
    pub fn read_on(&mut self, path: &Path, access: Access) -> Result<Option<Vec<Recorded>>, StoreError> {
        let mut recorded = Vec::new();
        let mut suspect: Option<Vec<u8>> = None;
        for _ in 0..LOOKS {
            let tail = self.tail(path)?;
            let Some(rest) = self.history.after_last(&tail) else { return Ok(None) };
            let known_len = self.history.bytes().len();
            let (more, found) = self.history.read_on(rest);
            recorded.extend(more);
            let unread = rest.get(self.history.bytes().len() - known_len..).unwrap_or_default();
            let sure = !matches!(found, Rest::Barred(_)) || suspect.as_deref() == Some(unread);
            self.mode = self.mode_after(found, access);
            if sure {
                break;
            }
            suspect = Some(unread.to_vec());
        }
        Ok(Some(recorded))
    }

    /// The last record as it stands on disk now, and what follows it.
    pub fn tail(&self, path: &Path) -> Result<Vec<u8>, FileError> {
        read_from(&self.file, self.history.last_start()).map_err(failed("read", path))
    }

    fn mode_after(&self, rest: Rest, access: Access) -> Mode {
        match (rest, access) {
            (Rest::Barred(why), _) => Mode::ReadOnly { why },
            (Rest::Nothing | Rest::Torn, Access::Read) => Mode::ReadOnly { why: Why::Asked },
            (Rest::Nothing | Rest::Torn, Access::Write) if self.writer.is_none() => {
                Mode::ReadOnly { why: Why::NoPermission }
            }
            (Rest::Nothing | Rest::Torn, Access::Write) => Mode::Writable,
        }
    }
}

/// Opens a file for reading and, where that is wanted and allowed, for appending.
fn open_files(path: &Path, access: Access) -> Result<(File, Identity, Option<AppendFile>), StoreError> {
    loop {
        let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
        let (metadata, file) = opened.map_err(|error| match error.kind() {
            ErrorKind::NotFound => StoreError::Missing { path: path.to_owned() },
            _ => failed("open", path)(error).into(),
        })?;
        let identity = Identity { device: metadata.dev(), inode: metadata.ino() };
        if access == Access::Read {
            return Ok((file, identity, None));
        }
        match AppendFile::open(path) {
            Ok(writer) if writer.identity() == identity => return Ok((file, identity, Some(writer))),
            // It was replaced between the two.
            Ok(_) => {}
            Err(FileError::Io { source, .. }) if forbids_writing(&source) => return Ok((file, identity, None)),
            Err(error) => return Err(error.into()),
        }
    }
}

fn forbids_writing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem)
}

/// Everything from this offset to the present end.
fn read_from(file: &File, offset: u64) -> io::Result<Vec<u8>> {
    let len = file.metadata()?.len().saturating_sub(offset);
    let mut bytes = vec![0; usize::try_from(len).map_err(|_| ErrorKind::FileTooLarge)?];
    let mut filled = 0;
    while let Some(free) = bytes.get_mut(filled..).filter(|free| !free.is_empty()) {
        match file.read_at(free, offset + filled as u64) {
            // It was cut meanwhile.
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}
