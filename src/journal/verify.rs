//! Judging a file of records without changing it, and writing a good one in the place of a damaged one.
//!
//! Repair never edits: it writes a new file from the good records and keeps the damaged one beside it.
//!
//! What a repaired file holds: the good records with their numbers, times, actors and data (other facts refer to
//! records by number), but with a new chain, because the first one now also names the SHA-256 of the damaged file
//! under `repairs`; and at the end one `journal.recovered` with the number of bytes that were not carried over and
//! the name of the file that still has them. So nothing pretends to be the old chain, and a signature over an old
//! head can still be checked against the kept file.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::codec::{self, EncodeError};
use super::disk::{self, failed};
use super::error::StoreError;
use super::history::{History, Rest};
use super::lock;
use super::mode::Why;
use crate::domain::event::Fact;
use crate::domain::time::Stamp;
use crate::frame::{self, FileError, Hash, Position, Table};

/// What a file of records is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every byte belongs to a good record.
    Clean,
    /// The last append did not end; the next one moves its bytes aside.
    TornTail,
    /// The last record was written and then changed.
    DamagedLast,
    /// There are changed bytes before the last record.
    DamagedMiddle,
    /// Records were removed, moved or repeated.
    BrokenChain,
    /// The bytes are good, but what they say is not known to this relco.
    Newer,
}

impl Verdict {
    /// The verdict in words, as shown and in machine output.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Clean => "clean",
            Verdict::TornTail => "torn tail",
            Verdict::DamagedLast => "damaged last",
            Verdict::DamagedMiddle => "damaged middle",
            Verdict::BrokenChain => "broken chain",
            Verdict::Newer => "newer",
        }
    }
}

impl From<frame::Verdict> for Verdict {
    fn from(verdict: frame::Verdict) -> Verdict {
        match verdict {
            frame::Verdict::Clean => Verdict::Clean,
            frame::Verdict::TornTail => Verdict::TornTail,
            frame::Verdict::DamagedLast => Verdict::DamagedLast,
            frame::Verdict::DamagedMiddle => Verdict::DamagedMiddle,
            frame::Verdict::BrokenChain => Verdict::BrokenChain,
            frame::Verdict::Newer { .. } => Verdict::Newer,
        }
    }
}

/// The judgement on a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// In one word or two.
    pub verdict: Verdict,
    /// How many records are good, from the first.
    pub good_records: u64,
    /// The hash of the last of them; zeros if there is none.
    pub head: Hash,
    /// The first byte that is not good; none in a clean file.
    pub at_byte: Option<u64>,
    /// What is not known to this relco.
    pub newer: Option<String>,
}

/// Judges the file at this path: a journal, a project's journal, or the record of an attempt, of which only the
/// frame is judged.
///
/// # Errors
///
/// [`StoreError::Missing`] or an error of the system.
pub fn verify(path: &Path) -> Result<Report, StoreError> {
    Ok(judge(&read(path)?).0)
}

fn read(path: &Path) -> Result<Vec<u8>, StoreError> {
    std::fs::read(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => StoreError::Missing { path: path.to_owned() },
        _ => failed("read", path)(error).into(),
    })
}

/// The judgement, and the good bytes on which it stands.
fn judge(bytes: &[u8]) -> (Report, History) {
    let mut history = History::new();
    let (_, rest) = history.read_on(bytes);
    let Position { offset, seq, head } = history.position();
    let report = |verdict, newer| {
        let at_byte = (verdict != Verdict::Clean).then_some(offset);
        Report { verdict, good_records: seq, head, at_byte, newer }
    };
    let report = match rest {
        Rest::Nothing => report(Verdict::Clean, None),
        Rest::Torn => report(Verdict::TornTail, None),
        Rest::Barred(Why::Damaged { verdict, .. }) => report(verdict.into(), None),
        // An empty file is the shortest start of a record.
        Rest::Barred(Why::NoRecord) => report(Verdict::TornTail, None),
        Rest::Barred(Why::NoJournal) => judge_frame(bytes),
        Rest::Barred(why) => report(Verdict::Newer, Some(why.to_string())),
    };
    (report, history)
}

/// The judgement on records of which only the frame is known.
fn judge_frame(bytes: &[u8]) -> Report {
    let found = frame::scan(bytes);
    Report {
        verdict: found.verdict.into(),
        good_records: found.records.len() as u64,
        head: found.head,
        at_byte: found.at_byte(),
        newer: None,
    }
}

/// What a repair did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// The journal, which is good now.
    pub journal: PathBuf,
    /// The file as it was.
    pub kept: PathBuf,
    /// What was the matter with it.
    pub was: Verdict,
    /// How many records were carried over.
    pub carried_over: u64,
    /// How many bytes were not; they are in the kept file.
    pub left_behind_bytes: u64,
}

/// Why a journal was not repaired.
#[derive(Debug, thiserror::Error)]
pub enum RepairError {
    /// There is nothing to repair.
    #[error("the journal is clean")]
    Clean,
    /// Only a newer relco could tell what is good in it.
    #[error("not damaged but {0}")]
    Newer(String),
    /// Not even its opening can be read.
    #[error("nothing of it can be read, not even its opening")]
    NothingGood,
    /// Reading, locking or writing failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes the good records of a damaged journal to a new file, puts it in the journal's place, and keeps the damaged
/// one as `<name>.damaged-<first eight digits of its SHA-256>`.
///
/// # Errors
///
/// [`RepairError`]; the journal is untouched then.
pub fn repair(path: &Path, stamp: &Stamp, actor: &str, via: &str) -> Result<Repair, RepairError> {
    let _guard = lock::lock(path).map_err(StoreError::from)?;
    let damaged = read(path)?;
    let (report, history) = judge(&damaged);
    match (report.verdict, report.newer) {
        (Verdict::Clean, _) => return Err(RepairError::Clean),
        (Verdict::Newer, newer) => return Err(RepairError::Newer(newer.unwrap_or_default())),
        _ if history.position().seq == 0 => return Err(RepairError::NothingGood),
        _ => {}
    }
    let hash = Hash::of(&damaged).to_hex();
    let digits: String = hash.chars().take(8).collect();
    let kept =
        disk::write_new(&disk::beside(path, &format!(".damaged-{digits}")), &damaged).map_err(StoreError::from)?;
    let left_behind_bytes = (damaged.len() - history.bytes().len()) as u64;
    let recovered = Fact::JournalRecovered { bytes: left_behind_bytes, aside: disk::file_name(&kept) };
    let (mut bytes, position) = chained_anew(history.bytes(), &hash)?;
    let last = codec::encode(position, stamp, actor, via, &recovered).map_err(StoreError::from)?;
    bytes.extend(last.encoded.bytes);
    let put = |bytes: &[u8]| -> Result<(), FileError> {
        let new = disk::write_new(&disk::beside(path, ".repaired"), bytes)?;
        disk::put_in_place(&new, path)
    };
    put(&bytes).map_err(StoreError::from)?;
    Ok(Repair {
        journal: path.to_owned(),
        kept,
        was: report.verdict,
        carried_over: report.good_records,
        left_behind_bytes,
    })
}

/// The same records with a new chain, the first of them naming the damaged file.
fn chained_anew(good: &[u8], damaged: &str) -> Result<(Vec<u8>, Position), StoreError> {
    let (mut bytes, mut position) = (Vec::with_capacity(good.len() + 1024), Position::START);
    for mut record in frame::scan(good).records {
        if position == Position::START {
            let mut data: Table = record.data.into_iter().filter(|(key, _)| key != codec::REPAIRS).collect();
            data.push(codec::REPAIRS, damaged);
            record.data = data;
        }
        record.prev = position.head;
        let encoded = frame::encode(&record).map_err(|source| EncodeError::Frame { kind: codec::OPENED, source })?;
        position = position.after(encoded.bytes.len(), encoded.hash);
        bytes.extend(encoded.bytes);
    }
    Ok((bytes, position))
}

#[cfg(test)]
mod tests;
