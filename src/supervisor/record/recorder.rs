//! The one writer of `record.toml`.
//!
//! It must not lose an exit status to a full disk: a fact that could not be appended stays in memory, and the whole
//! record is written to a new file, again and again, until that works. Enter at [`Recorder::create`].

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::{Fact, History};
use crate::frame::{self, AppendFile, EncodeError, FileError, Part, Position, Record, Verdict};
use crate::supervisor::spec::RECORD_NAME;
use crate::supervisor::stamp;

/// Why a fact is not on record.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// It cannot be written at all.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The disk did not take it.
    #[error(transparent)]
    File(#[from] FileError),
    /// The disk did not take a new copy of the record either.
    #[error("cannot write the record to a new file")]
    Copy(#[source] io::Error),
}

/// The only writer of an attempt's record, held by whoever holds the attempt's lock.
#[derive(Debug)]
pub struct Recorder {
    path: PathBuf,
    file: AppendFile,
    /// Every record so far, so that the whole can be written anew; `durable` of them are on the disk.
    bytes: Vec<u8>,
    position: Position,
    durable: u64,
}

impl Recorder {
    /// Creates the record of the attempt in `dir`; fails if there is one.
    ///
    /// # Errors
    ///
    /// [`FileError::Io`], with "already exists" inside if the attempt was taken.
    pub fn create(dir: &Path) -> Result<Recorder, FileError> {
        let path = dir.join(RECORD_NAME);
        let file = AppendFile::create(&path)?;
        Ok(Recorder { path, file, bytes: Vec::new(), position: Position::START, durable: 0 })
    }

    /// Opens a record that a dead supervisor left behind; a torn tail is moved aside and cut.
    ///
    /// # Errors
    ///
    /// [`FileError`]; damage that is not a torn tail gives `None`.
    pub fn reopen(dir: &Path) -> Result<Option<(Recorder, History)>, FileError> {
        let path = dir.join(RECORD_NAME);
        let mut file = AppendFile::open(&path)?;
        let mut bytes = file.read_from(0)?;
        let found = frame::scan(&bytes);
        if found.verdict == Verdict::TornTail {
            file.recover_torn_tail(found.good_len)?;
            bytes.truncate(usize::try_from(found.good_len).unwrap_or(usize::MAX));
        } else if found.verdict != Verdict::Clean {
            return Ok(None);
        }
        let position = Position { offset: found.good_len, seq: found.records.len() as u64, head: found.head };
        let history = History::of(&bytes);
        Ok(Some((Recorder { path, file, bytes, position, durable: position.offset }, history)))
    }

    /// Makes one fact durable.
    ///
    /// # Errors
    ///
    /// [`RecordError`]. After `File` or `Copy` the fact is kept: [`Recorder::retry`] tries the disk again.
    pub fn append(&mut self, fact: &Fact) -> Result<(), RecordError> {
        let now = stamp::now();
        let (kind, data) = fact.encode();
        let (actor, via) = fact.actor();
        let encoded = frame::encode(&Record {
            seq: self.position.seq + 1,
            kind: kind.to_owned(),
            v: 1,
            at: now.at,
            boot: now.boot,
            mono: now.mono_ms,
            actor: actor.to_owned(),
            via: via.to_owned(),
            data,
            prev: self.position.head,
            part: Part::WHOLE,
        })?;
        self.bytes.extend(&encoded.bytes);
        self.position = self.position.after(encoded.bytes.len(), encoded.hash);
        if self.file.is_poisoned() {
            return self.retry();
        }
        match self.file.append(self.durable, &encoded.bytes) {
            Ok(end) => {
                self.durable = end;
                Ok(())
            }
            Err(_) => self.retry(),
        }
    }

    /// Whether every fact is on the disk.
    pub fn is_durable(&self) -> bool {
        self.durable == self.position.offset
    }

    /// Writes the whole record to a new file and puts that in place of the old one, which took no more.
    ///
    /// # Errors
    ///
    /// [`RecordError::Copy`] if the disk is still not writable.
    pub fn retry(&mut self) -> Result<(), RecordError> {
        if self.is_durable() {
            return Ok(());
        }
        self.write_anew().map_err(RecordError::Copy)?;
        self.file = AppendFile::open(&self.path)?;
        self.durable = self.position.offset;
        Ok(())
    }

    fn write_anew(&self) -> io::Result<()> {
        let copy = self.path.with_extension("toml.new");
        match fs::remove_file(&copy) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&copy)?;
        file.write_all(&self.bytes)?;
        file.sync_all()?;
        fs::rename(&copy, &self.path)?;
        File::open(self.path.parent().unwrap_or(Path::new(".")))?.sync_all()
    }
}
