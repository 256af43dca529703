//! Reads a file of records and says exactly how much of it holds.
//!
//! A record counts only if its trailer's length and hash match, it decodes, it continues the chain, and so do all
//! others of its append: an append without its last record was never acknowledged, so none of it is a fact. What comes
//! after the last whole append gets a [`Verdict`]. A torn tail is what a crash during one append leaves behind: the
//! start of it, or blocks that were never filled. Everything else is damage, which must never be cut off.

use memchr::memmem;

use super::{BODY_MAX_BYTES, FORMAT, Hash, Part, Record, parse};

/// How every record begins.
const HEADER: &[u8] = b"[[event]]";
/// How the only record of an append begins.
const WHOLE: &[u8] = b"[[event]]\n";
/// How the first of several records of an append begins.
const FIRST: &[u8] = b"[[event]] # 1 of ";
/// How any of several records of an append begins; its place follows.
const PART: &[u8] = b"[[event]] # ";
const TRAILER: &[u8] = b"\n#%% ";
/// `#%% `, at most five digits of a length, a space and the hash.
const TRAILER_MAX_BYTES: usize = 4 + 5 + 1 + 64;
/// The smallest unit that a disk writes; zeros that start and end on such a border were never written.
const SECTOR_BYTES: usize = 512;

/// What stands after the last good record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing: every byte belongs to a good record.
    Clean,
    /// The start of one append that did not finish, or unfilled blocks in it. Nothing acknowledged is in it.
    TornTail,
    /// A record that was completely written and is bad, with nothing after it.
    DamagedLast,
    /// A bad place with a self-consistent record, or the start of one, after it.
    DamagedMiddle,
    /// A self-consistent record that does not continue the one before: removed, moved or repeated records.
    BrokenChain,
    /// The file names a format that this code does not know. No record of it is read.
    Newer {
        /// The format that the file names.
        format: i64,
    },
}

impl Verdict {
    /// The verdict in the words of `relco journal verify`.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Clean => "clean",
            Verdict::TornTail => "torn tail",
            Verdict::DamagedLast => "damaged last",
            Verdict::DamagedMiddle => "damaged middle",
            Verdict::BrokenChain => "broken chain",
            Verdict::Newer { .. } => "newer",
        }
    }
}

/// Where the good records of a file end, and what the next one has to continue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Bytes of the file up to the end of the last good record.
    pub offset: u64,
    /// Sequence number of that record; 0 before the first.
    pub seq: u64,
    /// Its hash; [`Hash::ZERO`] before the first.
    pub head: Hash,
}

impl Position {
    /// Before the first record.
    pub const START: Position = Position { offset: 0, seq: 0, head: Hash::ZERO };

    /// After one more record, of this many bytes with its trailer.
    #[must_use]
    pub fn after(self, bytes: usize, hash: Hash) -> Position {
        Position { offset: self.offset + bytes as u64, seq: self.seq + 1, head: hash }
    }
}

/// What one scan found.
#[derive(Clone, Debug, PartialEq)]
pub struct Scan {
    /// The good records that this scan added, in order.
    pub records: Vec<Record>,
    /// Where in the file each of them starts.
    pub offsets: Vec<u64>,
    /// The hash of each of them.
    pub hashes: Vec<Hash>,
    /// Bytes of the file up to the end of the last good record.
    pub good_len: u64,
    /// Hash of the last good record; [`Hash::ZERO`] if there is none.
    pub head: Hash,
    /// What stands after it.
    pub verdict: Verdict,
}

impl Scan {
    /// The first byte that is not good; `None` in a clean file.
    pub fn at_byte(&self) -> Option<u64> {
        (self.verdict != Verdict::Clean).then_some(self.good_len)
    }
}

/// Scans a whole file.
pub fn scan(bytes: &[u8]) -> Scan {
    Scanner::new().scan(bytes)
}

/// Scans a growing file piece by piece. It stops at the last good record and goes on from there the next time, so a
/// reader that meets a record half-written simply waits.
#[derive(Clone, Debug)]
pub struct Scanner {
    position: Position,
}

impl Default for Scanner {
    fn default() -> Scanner {
        Scanner::new()
    }
}

impl Scanner {
    /// A scanner at the start of a file.
    pub fn new() -> Scanner {
        Scanner { position: Position::START }
    }

    /// A scanner that goes on after records that are known to be good.
    pub fn resume(position: Position) -> Scanner {
        Scanner { position }
    }

    /// Where the good records end.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Scans `bytes`, which must be the file's content from [`Position::offset`] to its present end.
    pub fn scan(&mut self, bytes: &[u8]) -> Scan {
        let base = self.position.offset;
        let mut found = Scan {
            records: Vec::new(),
            offsets: Vec::new(),
            hashes: Vec::new(),
            good_len: base,
            head: self.position.head,
            verdict: Verdict::Clean,
        };
        let mut rest = bytes;
        let trailer = memmem::Finder::new(TRAILER);
        // The records of an append whose last one has not come yet.
        let mut open = Append::after(self.position);
        loop {
            if rest.is_empty() {
                found.verdict = if open.records.is_empty() { Verdict::Clean } else { Verdict::TornTail };
                break;
            }
            let Some(framed) = verified(rest, &trailer) else {
                let begins_anew = !open.records.is_empty() && begins_append(rest);
                found.verdict =
                    if begins_anew { Verdict::DamagedMiddle } else { judge(rest, open.end.offset, &trailer) };
                break;
            };
            if let Some(format) = newer_format(framed.body, open.end) {
                found.verdict = Verdict::Newer { format };
                break;
            }
            let Some(record) = parse::body(framed.body) else {
                let after = rest.get(framed.whole_len..).unwrap_or_default();
                found.verdict = if after.is_empty() { Verdict::DamagedLast } else { Verdict::DamagedMiddle };
                break;
            };
            if !open.is_continued_by(&record) {
                found.verdict = Verdict::BrokenChain;
                break;
            }
            let is_last = record.part.nth == record.part.of;
            open.take(record, &framed);
            rest = rest.get(framed.whole_len..).unwrap_or_default();
            if is_last {
                self.position = open.end;
                found.records.append(&mut open.records);
                found.offsets.append(&mut open.offsets);
                found.hashes.append(&mut open.hashes);
            }
        }
        found.good_len = self.position.offset;
        found.head = self.position.head;
        found
    }
}

/// The good records of an append, as far as they were read.
struct Append {
    records: Vec<Record>,
    offsets: Vec<u64>,
    hashes: Vec<Hash>,
    /// Where they end.
    end: Position,
}

impl Append {
    fn after(position: Position) -> Append {
        Append { records: Vec::new(), offsets: Vec::new(), hashes: Vec::new(), end: position }
    }

    /// Whether this record comes next: in the chain, and in its append.
    fn is_continued_by(&self, record: &Record) -> bool {
        let in_chain = record.seq == self.end.seq + 1 && record.prev == self.end.head;
        in_chain
            && match self.records.last() {
                None => record.part.nth == 1,
                Some(before) => record.part == Part { nth: before.part.nth + 1, of: before.part.of },
            }
    }

    fn take(&mut self, record: Record, framed: &Framed<'_>) {
        self.offsets.push(self.end.offset);
        self.hashes.push(framed.hash);
        self.records.push(record);
        self.end = self.end.after(framed.whole_len, framed.hash);
    }
}

/// A record whose trailer matches its body.
struct Framed<'a> {
    body: &'a [u8],
    hash: Hash,
    whole_len: usize,
}

/// The record at the start of `bytes`, if its trailer is whole and matches.
fn verified<'a>(bytes: &'a [u8], trailer: &memmem::Finder<'_>) -> Option<Framed<'a>> {
    if !bytes.starts_with(HEADER) {
        return None;
    }
    let window = bytes.get(..bytes.len().min(BODY_MAX_BYTES + TRAILER.len()))?;
    let body_len = trailer.find(window)? + 1;
    let (body, rest) = bytes.split_at_checked(body_len)?;
    let (len, hash, trailer_len) = read_trailer(rest)?;
    (len == body_len && Hash::of(body) == hash).then_some(Framed { body, hash, whole_len: body_len + trailer_len })
}

/// Reads `#%% LENGTH HASH`, newline, empty line; gives length, hash, and the bytes that all this takes.
fn read_trailer(bytes: &[u8]) -> Option<(usize, Hash, usize)> {
    let rest = bytes.strip_prefix(b"#%% ")?;
    let digits = rest.iter().position(|byte| !byte.is_ascii_digit())?;
    let (len, rest) = rest.split_at_checked(digits)?;
    let (hash, rest) = rest.strip_prefix(b" ")?.split_at_checked(64)?;
    rest.strip_prefix(b"\n\n")?;
    if len.first() == Some(&b'0') {
        return None;
    }
    let len: usize = std::str::from_utf8(len).ok()?.parse().ok()?;
    Some((len, Hash::from_hex(hash)?, 4 + digits + 1 + 64 + 2))
}

/// The format that a first record names, if it is a newer one. Such a record need not have a shape that we know.
fn newer_format(body: &[u8], position: Position) -> Option<i64> {
    if position != Position::START {
        return None;
    }
    let format = match parse::body(body) {
        Some(record) => record.data.int("format")?,
        None => foreign_format(body)?,
    };
    (format > FORMAT).then_some(format)
}

/// The format in a first record that is TOML, but not ours.
fn foreign_format(body: &[u8]) -> Option<i64> {
    let table: toml::Table = std::str::from_utf8(body).ok()?.parse().ok()?;
    table.get("event")?.get(0)?.get("data")?.get("format")?.as_integer()
}

/// Whether an append begins here: its only record, or the first one of several.
fn begins_append(bytes: &[u8]) -> bool {
    bytes.starts_with(WHOLE) || bytes.starts_with(FIRST)
}

/// Whether these bytes, which follow the end of a record, may be a further record of its append: they begin like one,
/// as far as they were written at all.
fn may_be_part(bytes: &[u8]) -> bool {
    let written = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
    (bytes.starts_with(PART) && !bytes.starts_with(FIRST)) || PART.starts_with(written)
}

/// Names what is wrong with the rest of a file that does not start with a good record.
///
/// A crash leaves at most one append behind that nobody was told of, and all of the rest must belong to that one. So
/// each record in it is good, or holds a block that was never filled, or is the last and has no end.
fn judge(tail: &[u8], offset: u64, trailer: &memmem::Finder<'_>) -> Verdict {
    if holds_record(tail, true) {
        return Verdict::DamagedMiddle;
    }
    let filled_len = tail.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    let mut rest = tail.get(..filled_len).unwrap_or_default();
    let mut at = offset;
    while !rest.is_empty() {
        let end = memmem::find(rest, b"\n\n").map_or(rest.len(), |end| end + 2);
        let (record, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        if at > offset && !may_be_part(record) {
            // Something follows the end of a record, but no record does: bytes were changed after they were written.
            return Verdict::DamagedLast;
        }
        let whole = verified(record, trailer).is_some();
        let cut = after.is_empty() && !record.ends_with(b"\n\n") && !has_ended(record);
        if !whole && !cut && !holds_unfilled_sector(record, at, at == offset) {
            let more = !after.is_empty() || holds_record(record, false);
            return if more { Verdict::DamagedMiddle } else { Verdict::DamagedLast };
        }
        at += record.len() as u64;
        rest = after;
    }
    Verdict::TornTail
}

/// Whether a later record verifies, or at least started: then the bad place is not in the last record. With
/// `new_append`, only one that begins an append: then the bad place is not in the last append.
fn holds_record(tail: &[u8], new_append: bool) -> bool {
    let wanted = |record: &[u8]| !new_append || begins_append(record);
    let starts = |header: &[u8]| {
        let inner = [b"\n".as_slice(), header].concat();
        memmem::find_iter(tail, &inner).any(|found| tail.get(found + 1..).is_some_and(wanted))
    };
    if starts(WHOLE) || starts(PART) {
        return true;
    }
    // The header itself may be what was hit; a trailer still finds its body by the length that it names.
    memmem::find_iter(tail, TRAILER).any(|found| {
        let end = found + 1;
        let Some((len, hash, _)) = tail.get(end..).and_then(read_trailer) else { return false };
        let body = end.checked_sub(len).filter(|&start| start > 0).and_then(|start| tail.get(start..end));
        body.is_some_and(|body| Hash::of(body) == hash && wanted(body))
    })
}

/// Whether a record without its empty line had its end all the same: a whole trailer line, and not the beginning of
/// that empty line after it. One interrupted append cannot leave that.
fn has_ended(record: &[u8]) -> bool {
    let Some(trailer) = memmem::find(record, TRAILER) else { return false };
    let line = record.get(trailer + 1..).unwrap_or_default();
    match line.iter().position(|&byte| byte == b'\n') {
        Some(end) => {
            let (line, rest) = line.split_at_checked(end).unwrap_or((line, &[]));
            let whole = read_trailer(&[line, b"\n\n"].concat()).is_some_and(|(_, _, len)| len == line.len() + 2);
            !whole || rest != b"\n"
        }
        None => line.len() > TRAILER_MAX_BYTES,
    }
}

/// Whether zeros fill a record between borders of sectors, as blocks do that the file system had not written yet. In
/// the `first` record of an append they may begin where the append does.
fn holds_unfilled_sector(record: &[u8], offset: u64, first: bool) -> bool {
    let into_sector = usize::try_from(offset % SECTOR_BYTES as u64).unwrap_or(0);
    let (head, rest) = record.split_at_checked(SECTOR_BYTES - into_sector).unwrap_or((record, &[]));
    let head = (first || into_sector == 0).then_some(head);
    head.into_iter().chain(rest.chunks(SECTOR_BYTES)).any(|sector| sector.iter().all(|&byte| byte == 0))
}
