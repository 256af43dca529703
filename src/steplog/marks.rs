//! Finds the known point of the log that lies nearest before a line or a byte.
//!
//! Known points come from the index on disk, looked up by binary search without loading it, and from what this
//! reader counted where the index is missing, torn or behind. Any known point before the place asked for gives
//! the right answer, a nearer one only gives it sooner: so a damaged mark costs time and never truth.

use std::cell::RefCell;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::mark::{MARK_BYTES, Mark};
use super::{INDEX_NAME, STRIDE_BYTES};

/// Marks at the end of the index that may be damaged before the whole index counts as lost.
const DAMAGED_MAX: u64 = 4096;

/// Counted points kept in memory; at this number every second one is dropped.
const COUNTED_MAX: usize = 32 * 1024;

/// Marks that are read at once around the one that was found: what is asked for next lies beside it.
const PAGE_MARKS: u64 = 64;

/// A byte of the log with the number of line ends before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Point {
    /// Byte offset in the log.
    pub offset: u64,
    /// Line ends before `offset`.
    pub newlines: u64,
}

/// The log's beginning.
const START: Point = Point { offset: 0, newlines: 0 };

/// The known points of one log.
#[derive(Debug)]
pub(super) struct Marks {
    index: Option<File>,
    /// Marks in the index that can be used.
    usable: u64,
    counted: Vec<Point>,
    counted_stride: u64,
    /// Offset of the last known point.
    known_bytes: u64,
    /// Where the last search ended.
    page: RefCell<Page>,
}

/// Marks that follow each other, none of them damaged. They never change once they are written.
#[derive(Debug, Default)]
struct Page {
    /// The number of the first.
    first: u64,
    marks: Vec<Mark>,
}

impl Page {
    /// The last mark for which `before` holds, where this page is sure to hold it.
    fn last_mark(&self, usable: u64, before: &impl Fn(&Mark) -> bool) -> Option<Mark> {
        let end = self.first + self.marks.len() as u64;
        let found = self.marks.partition_point(before);
        let sure = end <= usable && (found < self.marks.len() || end == usable);
        found.checked_sub(1).filter(|_| sure).and_then(|at| self.marks.get(at)).copied()
    }
}

impl Marks {
    /// Opens the index in `dir`; a missing one is no error.
    pub fn open(dir: &Path) -> Marks {
        let index = File::open(dir.join(INDEX_NAME)).ok();
        Marks {
            index,
            usable: 0,
            counted: Vec::new(),
            counted_stride: STRIDE_BYTES,
            known_bytes: 0,
            page: RefCell::default(),
        }
    }

    /// How many marks stand in the index now. To be asked for before the log's length, because the writer sets its
    /// marks behind what it has written.
    pub fn on_disk(&self) -> u64 {
        self.index.as_ref().and_then(|index| index.metadata().ok()).map_or(0, |meta| meta.len() / MARK_BYTES)
    }

    /// Takes note of `on_disk` marks for a log of `log_bytes` and returns the newest point that can be used.
    pub fn update(&mut self, on_disk: u64, log_bytes: u64) -> Option<Point> {
        self.usable = on_disk;
        for _ in 0..DAMAGED_MAX {
            let last = self.usable.checked_sub(1)?;
            match self.read(last) {
                Some(mark) if mark.offset <= log_bytes => {
                    self.known_bytes = self.known_bytes.max(mark.offset);
                    return Some(mark.into());
                }
                // Damaged, or ahead of a log that lost its end with the machine's power.
                _ => self.usable = last,
            }
        }
        self.usable = 0;
        None
    }

    /// Keeps a point that was counted, if it is far enough from the known ones.
    pub fn keep(&mut self, point: Point) {
        if point.offset < self.known_bytes + 2 * self.counted_stride {
            return;
        }
        self.known_bytes = point.offset;
        self.counted.push(point);
        if self.counted.len() >= COUNTED_MAX {
            let mut second = false;
            self.counted.retain(|_| {
                second = !second;
                second
            });
            self.counted_stride *= 2;
        }
    }

    /// The last known point for which `before` holds; it must hold for all points up to some place in the log.
    pub fn nearest(&self, before: impl Fn(&Point) -> bool) -> Point {
        let counted = self.counted.partition_point(&before).checked_sub(1).and_then(|at| self.counted.get(at));
        let marked = self.last_mark(|mark| before(&(*mark).into())).map(Point::from);
        [marked, counted.copied()].into_iter().flatten().max_by_key(|point| point.offset).unwrap_or(START)
    }

    /// When the byte at `offset` was printed, in Unix milliseconds; `None` where the index does not reach.
    pub fn time_of(&self, offset: u64) -> Option<i64> {
        let mark = self.last_mark(|mark| mark.offset <= offset)?;
        // The writer never leaves more than a stride without a mark.
        (offset - mark.offset <= STRIDE_BYTES).then_some(mark.at_ms)
    }

    /// The last usable mark for which `before` holds.
    fn last_mark(&self, before: impl Fn(&Mark) -> bool) -> Option<Mark> {
        // The rows of a screen ask one after the other, each for what stands beside the one before.
        if let Some(mark) = self.page.borrow().last_mark(self.usable, &before) {
            return Some(mark);
        }
        let (mut low, mut high) = (0, self.usable);
        let mut best = None;
        while low < high {
            let middle = low + (high - low) / 2;
            match self.read(middle) {
                Some(mark) if before(&mark) => {
                    best = Some(mark);
                    low = middle + 1;
                }
                _ => high = middle,
            }
        }
        *self.page.borrow_mut() = self.page_at(low.saturating_sub(PAGE_MARKS / 2)).unwrap_or_default();
        best
    }

    /// The marks from this number on, up to a damaged one.
    fn page_at(&self, first: u64) -> Option<Page> {
        let count = self.usable.saturating_sub(first).min(PAGE_MARKS);
        let mut bytes = vec![0; usize::try_from(count * MARK_BYTES).ok()?];
        self.index.as_ref()?.read_exact_at(&mut bytes, first * MARK_BYTES).ok()?;
        let marks = bytes.as_chunks::<{ MARK_BYTES as usize }>().0.iter().map_while(Mark::decode).collect();
        Some(Page { first, marks })
    }

    fn read(&self, number: u64) -> Option<Mark> {
        let mut bytes = [0; MARK_BYTES as usize];
        self.index.as_ref()?.read_exact_at(&mut bytes, number * MARK_BYTES).ok()?;
        Mark::decode(&bytes)
    }
}

impl From<Mark> for Point {
    fn from(mark: Mark) -> Point {
        Point { offset: mark.offset, newlines: mark.newlines }
    }
}

/// Reads up to `want` bytes at `offset` into `buf`; fewer only at the end of the file.
pub(super) fn read_at(file: &File, offset: u64, want: usize, buf: &mut Vec<u8>) -> io::Result<()> {
    buf.resize(want, 0);
    let mut have = 0;
    while have < want {
        match file.read_at(buf.get_mut(have..).unwrap_or_default(), offset + have as u64) {
            Ok(0) => break,
            Ok(more) => have += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    buf.truncate(have);
    Ok(())
}
