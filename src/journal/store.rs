//! One journal on disk: reading it, following what others append, appending under the lock.
//!
//! The file is the bus between all cockpits and commands, so nothing read from it is final until the lock is held:
//! take [`Store::lock`], call [`Store::refresh`], decide, then [`Store::append`]. What `append` returned is durable;
//! what it did not return has not happened. A reader stops at the last good record and waits; only an append, which
//! holds the lock, moves a torn tail aside. Must never write to a file that it could not read to its end.

use std::error::Error;
use std::path::{Path, PathBuf};

use super::codec::{self, Written};
use super::disk;
use super::error::StoreError;
use super::lock::{self, LockGuard};
use super::mode::{Access, Mode, Why};
use super::reading::Reading;
use crate::domain::event::{Fact, Recorded};
use crate::domain::time::Stamp;
use crate::frame::{FORMAT, FileError, Hash, Identity, Position, Scanner, Verdict};

/// What a look at the file brought.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// These facts follow those that were known; often none.
    Appended(Vec<Recorded>),
    /// The file tells another story than before (a repair, or an unacknowledged record that was taken back): these
    /// are all its facts, and whoever folded the old ones must begin anew.
    Replaced(Vec<Recorded>),
}

/// The disk failed under a journal and a full copy took its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rescue {
    /// What the system said.
    pub why: String,
    /// The last record of the copy.
    pub seq: u64,
    /// The file that failed, where it could be kept.
    pub kept: Option<PathBuf>,
}

/// An open journal.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    access: Access,
    reading: Reading,
    /// How many of the bytes this very session has been told are durable.
    acknowledged_len: usize,
    rescues: Vec<Rescue>,
}

/// How often in one session a copy may take the place of a file that failed. A disk that fails more often than this
/// is not one to start a deployment on.
const RESCUES_MAX: usize = 3;

impl Store {
    /// Opens a journal and reads it. Its mode says whether it takes more facts.
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`], or an error of the system. Damage is no error: what is good is read, and the mode
    /// says why nothing can be added.
    pub fn open(path: &Path, access: Access) -> Result<(Store, Vec<Recorded>), StoreError> {
        let (reading, recorded) = Reading::open(path, access)?;
        let store = Store { path: path.to_owned(), access, reading, acknowledged_len: 0, rescues: Vec::new() };
        Ok((store, recorded))
    }

    /// Makes a journal whose first record is `opening`, with its directories. It appears whole or not at all.
    ///
    /// # Errors
    ///
    /// [`StoreError::Exists`], [`StoreError::Opening`], or what locking and writing give.
    pub fn create(
        path: &Path,
        stamp: &Stamp,
        actor: &str,
        via: &str,
        opening: &Fact,
    ) -> Result<(Store, Vec<Recorded>), StoreError> {
        disk::create_directories(disk::directory_of(path))?;
        let guard = lock::lock(path)?;
        Store::create_under(&guard, path, stamp, actor, via, opening)
    }

    /// As [`Store::create`], by whoever holds the lock of what is to become the journal, and keeps it.
    ///
    /// # Errors
    ///
    /// As [`Store::create`]; [`StoreError::OtherLock`] for the lock of another journal.
    pub fn create_under(
        lock: &LockGuard,
        path: &Path,
        stamp: &Stamp,
        actor: &str,
        via: &str,
        opening: &Fact,
    ) -> Result<(Store, Vec<Recorded>), StoreError> {
        match opening {
            Fact::JournalOpened { format, .. } if i64::from(*format) == FORMAT => {}
            _ => return Err(StoreError::Opening),
        }
        if !lock.covers(path) {
            return Err(StoreError::OtherLock { path: path.to_owned() });
        }
        if path.symlink_metadata().is_ok() {
            return Err(StoreError::Exists { path: path.to_owned() });
        }
        let written = codec::encode(Position::START, stamp, actor, via, opening)?;
        let new = disk::write_new(&disk::beside(path, ".new"), &written.encoded.bytes)?;
        disk::put_in_place(&new, path)?;
        Store::open(path, Access::Write)
    }

    /// Whether an append of these facts would be refused by anything but the disk itself. Writes nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError::ReadOnly`], [`StoreError::Poisoned`] or [`StoreError::Encode`], as [`Store::append`] would say.
    pub fn would_take(&self, stamp: &Stamp, actor: &str, via: &str, facts: &[Fact]) -> Result<(), StoreError> {
        if let Mode::ReadOnly { why } = &self.reading.mode {
            return Err(StoreError::ReadOnly { why: why.clone() });
        }
        let writer = self.reading.writer.as_ref().ok_or(StoreError::ReadOnly { why: Why::NoPermission })?;
        if writer.is_poisoned() {
            return Err(StoreError::Poisoned);
        }
        codec::encode_all(self.reading.history.position(), stamp, actor, via, facts)?;
        Ok(())
    }

    /// Takes the append lock of the journal at this path, waiting at most [`lock::WAIT`].
    ///
    /// # Errors
    ///
    /// [`StoreError::Lock`].
    pub fn lock(path: &Path) -> Result<LockGuard, StoreError> {
        Ok(lock::lock(path)?)
    }

    /// Where the journal is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it takes more facts.
    pub fn mode(&self) -> &Mode {
        &self.reading.mode
    }

    /// The number of the last record that was read; 0 if there is none.
    pub fn seq(&self) -> u64 {
        self.reading.history.position().seq
    }

    /// The hash of that record: together with its number it stands for everything up to there.
    pub fn head(&self) -> Hash {
        self.reading.history.position().head
    }

    /// When the disk failed in this session and a copy took the journal's place. A person should be told.
    pub fn rescues(&self) -> &[Rescue] {
        &self.rescues
    }

    /// What a failing disk does to the journal, for those who tell people of it.
    #[cfg(test)]
    pub(crate) fn fail_disk(&mut self) {
        self.move_to_copy(b"", self.seq(), &FileError::Poisoned).unwrap();
    }

    /// Reads what others have appended, after making sure that the path still leads to the same file.
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`] or an error of the system; what was known stays known.
    pub fn refresh(&mut self) -> Result<News, StoreError> {
        let unmoved = Identity::of_path(&self.path).is_ok_and(|there| there == self.reading.identity);
        let more = if unmoved { self.reading.read_on(&self.path, self.access)? } else { None };
        more.map_or_else(|| self.read_again(), |recorded| Ok(News::Appended(recorded)))
    }

    /// Opens what the path leads to now, and compares it with what was known.
    fn read_again(&mut self) -> Result<News, StoreError> {
        let (again, recorded) = Reading::open(&self.path, self.access)?;
        let known = self.reading.history.bytes();
        let found = again.history.bytes();
        let same_file = again.identity == self.reading.identity;
        if same_file && !known.get(..self.acknowledged_len).is_some_and(|acknowledged| found.starts_with(acknowledged))
        {
            self.reading.mode = Mode::ReadOnly { why: Why::Lost };
            return Ok(News::Appended(Vec::new()));
        }
        let (goes_on, seq) = (found.starts_with(known), self.seq());
        if !goes_on && !same_file {
            self.acknowledged_len = 0;
        }
        self.reading = again;
        Ok(if goes_on {
            News::Appended(recorded.into_iter().filter(|fact| fact.seq > seq).collect())
        } else {
            News::Replaced(recorded)
        })
    }

    /// Appends these facts in one write and syncs them. Gives the records as any reader will see them; the first may
    /// be a `journal.recovered` that was not asked for, when a torn tail had to be moved aside. No facts, no write
    /// but that.
    ///
    /// # Errors
    ///
    /// [`StoreError::Behind`] if the journal was not refreshed under this lock, [`StoreError::ReadOnly`],
    /// [`StoreError::Encode`] before anything was written, [`StoreError::NotDurable`] when the disk failed.
    pub fn append(
        &mut self,
        lock: &LockGuard,
        stamp: &Stamp,
        actor: &str,
        via: &str,
        facts: &[Fact],
    ) -> Result<Vec<Recorded>, StoreError> {
        if !lock.covers(&self.path) {
            return Err(StoreError::OtherLock { path: self.path.clone() });
        }
        let torn = self.torn_tail_len()?;
        let encode = |position, facts: &[Fact]| codec::encode_all(position, stamp, actor, via, facts);
        let mut written = encode(self.reading.history.position(), facts)?;
        let mut recorded = Vec::new();
        if let Some(bytes) = torn {
            let recovered = Fact::JournalRecovered { bytes, aside: self.move_tail_aside()? };
            recorded = self.write(encode(self.reading.history.position(), &[recovered])?)?;
            written = encode(self.reading.history.position(), facts)?;
        }
        recorded.extend(self.write(written)?);
        Ok(recorded)
    }

    /// Makes sure that the file ends where the history does; gives the length of a torn tail after that.
    fn torn_tail_len(&mut self) -> Result<Option<u64>, StoreError> {
        let tail = self.reading.tail(&self.path)?;
        let Reading { writer, history, mode, .. } = &mut self.reading;
        if let Mode::ReadOnly { why } = mode {
            return Err(StoreError::ReadOnly { why: why.clone() });
        }
        let writer = writer.as_ref().ok_or(StoreError::ReadOnly { why: Why::NoPermission })?;
        if writer.is_poisoned() {
            return Err(StoreError::Poisoned);
        }
        if !writer.is_at_its_path() {
            return Err(StoreError::Behind);
        }
        let rest = history.after_last(&tail).ok_or(StoreError::Behind)?;
        if rest.is_empty() {
            return Ok(None);
        }
        let found = Scanner::resume(history.position()).scan(rest);
        match found.verdict {
            _ if !found.records.is_empty() => Err(StoreError::Behind),
            Verdict::TornTail => Ok(Some(rest.len() as u64)),
            verdict => {
                let why = Why::Damaged { verdict, at_byte: found.good_len };
                *mode = Mode::ReadOnly { why: why.clone() };
                Err(StoreError::ReadOnly { why })
            }
        }
    }

    /// Cuts a torn tail off, having saved it; gives the name of the file that it is in.
    fn move_tail_aside(&mut self) -> Result<String, StoreError> {
        let end = self.reading.history.position().offset;
        let writer = self.reading.writer.as_mut().ok_or(StoreError::Poisoned)?;
        let aside = writer.recover_torn_tail(end)?;
        Ok(disk::file_name(&aside))
    }

    /// One write, one sync. If the disk refuses, the whole journal goes to a new file instead.
    fn write(&mut self, written: Vec<Written>) -> Result<Vec<Recorded>, StoreError> {
        if written.is_empty() {
            return Ok(Vec::new());
        }
        let bytes = written.iter().map(|one| one.encoded.bytes.as_slice()).collect::<Vec<_>>().concat();
        let end = self.reading.history.position().offset;
        let writer = self.reading.writer.as_mut().ok_or(StoreError::Poisoned)?;
        match writer.append(end, &bytes) {
            Ok(_) => {}
            Err(FileError::EndMoved { .. }) => return Err(StoreError::Behind),
            Err(FileError::Poisoned) => return Err(StoreError::Poisoned),
            Err(source @ FileError::Io { .. }) => {
                let seq = self.seq() + written.len() as u64;
                if let Err(copy) = self.move_to_copy(&bytes, seq, &source) {
                    return Err(StoreError::NotDurable { source, copy });
                }
            }
        }
        self.reading.history.push(&written);
        self.acknowledged_len = self.reading.history.bytes().len();
        Ok(written.into_iter().map(|one| one.recorded).collect())
    }

    /// Writes everything that is known, and `bytes` after it, to a new file and puts that in the journal's place.
    /// Others see that the file has changed and read it anew; it continues what they know.
    fn move_to_copy(&mut self, bytes: &[u8], seq: u64, source: &FileError) -> Result<(), FileError> {
        if self.rescues.len() >= RESCUES_MAX {
            return Err(FileError::Poisoned);
        }
        let whole = [self.reading.history.bytes(), bytes].concat();
        let copy = disk::write_new(&disk::beside(&self.path, &format!(".rescued-{seq}")), &whole)?;
        // The failed file is of no use to relco, but nothing is thrown away that a person might want to look at.
        let kept = disk::link_as(&self.path, &disk::beside(&self.path, &format!(".failed-{seq}"))).ok();
        disk::put_in_place(&copy, &self.path)?;
        self.reading.hold(&self.path)?;
        self.rescues.push(Rescue { why: in_full(source), seq, kept });
        Ok(())
    }
}

/// An error with all its causes in one line.
fn in_full(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(&format!(": {error}"));
        cause = error.source();
    }
    words
}

#[cfg(test)]
mod tests;
