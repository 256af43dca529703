//! Turns a line of the log into what the screen shows of it.
//!
//! Everything passes the one sanitiser. Of a line that was written over with carriage returns only the last state is
//! shown, with the number of states before it, unless the person wants to see them; of a line of megabytes only the
//! part that the screen asks for is read. Enter at [`shape`].

use crate::domain::text::{SafeLine, SafeSpan, TextStyle, Window, sanitize_line, sanitize_window};
use crate::steplog::{Pattern, RawLine, Reader};

/// Bytes of one line that are shown wrapped.
pub(super) const WRAP_BYTES: usize = 16 * 1024;

/// Up to this many cells the horizontal position is exact; beyond, one byte is taken for one cell.
const EXACT_CELLS: usize = 16 * 1024;

/// Bytes at the end of a long overwritten line that are looked at for its last state.
const TAIL_BYTES: usize = 4096;

/// Matches that are marked in one line.
const MARKS_MAX: usize = 64;

/// How lines are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Form {
    /// Break long lines into rows instead of cutting them.
    pub wrap: bool,
    /// Cells left out at the left, when lines are not wrapped.
    pub shift: usize,
    /// Show what carriage returns wrote over.
    pub overwritten: bool,
}

impl Form {
    /// How many bytes of each line must be read to show it `width` cells wide.
    pub fn line_bytes(&self, width: usize) -> usize {
        // A character takes at most four bytes, and colours take some more.
        let cells = if self.wrap { WRAP_BYTES / 4 } else { self.shift.min(EXACT_CELLS) + width };
        (cells * 4).max(TAIL_BYTES)
    }
}

/// What to look for in each line that is shown.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Looked<'a> {
    /// What is searched for, to be marked.
    pub found: Option<&'a Pattern>,
    /// What an error looks like.
    pub errors: Option<&'a Pattern>,
}

/// A line as it is shown.
#[derive(Debug, Clone)]
pub(super) struct Shaped {
    /// When it was printed.
    pub at_ms: Option<i64>,
    /// Its rows, at least one.
    pub rows: Vec<SafeLine>,
    /// Whether it looks like an error.
    pub error: bool,
}

impl Shaped {
    /// The rows that it takes.
    pub fn height(&self) -> i64 {
        i64::try_from(self.rows.len()).unwrap_or(1).max(1)
    }
}

/// Shapes one line for `width` cells. `reader` gives what lies beyond the bytes that `raw` carries.
pub(super) fn shape(raw: &RawLine, reader: &Reader, form: &Form, width: usize, looked: Looked<'_>) -> Shaped {
    let error = looked.errors.is_some_and(|errors| errors.find(&raw.bytes).is_some());
    let part = part(raw, reader, form, width, looked.found);
    let marks = looked.found.map(|found| found.find_all(&part.bytes, MARKS_MAX)).unwrap_or_default();
    let window = |skip_cells, max_cells| Window { skip_cells, max_cells, marks: &marks };
    let rows = if form.wrap {
        let mut line = sanitize_window(&part.bytes, &window(0, usize::MAX));
        lead(&mut line, part.before);
        if part.rest_bytes > 0 {
            say(&mut line, &format!(" … {} more in this line", bytes_in_words(part.rest_bytes)));
        }
        line.wrapped(width)
    } else {
        let whole = sanitize_window(&part.bytes, &window(part.skip_cells, width));
        // The last column tells that there is more.
        let mut line = match whole.cut || part.rest_bytes > 0 {
            true => sanitize_window(&part.bytes, &window(part.skip_cells, width.saturating_sub(1))),
            false => whole,
        };
        line.cut |= part.rest_bytes > 0;
        if form.shift == 0 && part.before > 0 {
            let lead_cells = sanitize_line(lead_text(part.before).as_bytes(), width).cells;
            let room = width.saturating_sub(lead_cells + 1);
            line = sanitize_window(&part.bytes, &window(0, room));
            lead(&mut line, part.before);
        }
        vec![line]
    };
    Shaped { at_ms: raw.at_ms, rows, error }
}

/// The cell at which byte `at` of a line stands, exact where [`Form::shift`] is.
pub(super) fn cell_of(line: &[u8], at: usize) -> usize {
    match line.get(..at) {
        Some(before) if at <= EXACT_CELLS => sanitize_line(before, usize::MAX).cells,
        _ => at,
    }
}

/// What of a line's bytes is shown.
struct Part {
    bytes: Vec<u8>,
    /// States that were written over and are not shown.
    before: usize,
    /// Cells of `bytes` left of the screen.
    skip_cells: usize,
    /// Bytes of the line behind `bytes` that were not read.
    rest_bytes: u64,
}

fn part(raw: &RawLine, reader: &Reader, form: &Form, width: usize, found: Option<&Pattern>) -> Part {
    let unread = raw.len.saturating_sub(raw.bytes.len() as u64);
    if !form.overwritten
        && let Some((bytes, before)) = last_state(raw, reader, unread)
        // A match in what was written over must be seen, or the search would point at nothing.
        && found.is_none_or(|found| found.find(&raw.bytes).is_none() || found.find(&bytes).is_some())
    {
        return Part { bytes, before, skip_cells: if form.wrap { 0 } else { form.shift }, rest_bytes: 0 };
    }
    if form.wrap {
        return Part { bytes: raw.bytes.clone(), before: 0, skip_cells: 0, rest_bytes: unread };
    }
    if form.shift <= EXACT_CELLS {
        return Part { bytes: raw.bytes.clone(), before: 0, skip_cells: form.shift, rest_bytes: unread };
    }
    // Far to the right only a window is read; it begins somewhat before, so that a character is not torn.
    let from = form.shift.saturating_sub(EXACT_CELLS / 16) as u64;
    let left = raw.len.saturating_sub(from);
    let want = usize::try_from(left).unwrap_or(usize::MAX).min(EXACT_CELLS / 16 + width * 4);
    let bytes = reader.read_bytes(raw.offset + from, want).unwrap_or_default();
    let rest_bytes = left.saturating_sub(bytes.len() as u64);
    Part { bytes, before: 0, skip_cells: EXACT_CELLS / 16, rest_bytes }
}

/// The last state of a line that was written over, and the number of states before it.
fn last_state(raw: &RawLine, reader: &Reader, unread: u64) -> Option<(Vec<u8>, usize)> {
    let states = |bytes: &[u8]| memchr::memchr_iter(b'\r', trim_end(bytes)).count();
    let before = states(&raw.bytes);
    if before == 0 {
        return None;
    }
    let tail = match unread {
        0 => raw.bytes.clone(),
        _ => {
            let from = raw.len.saturating_sub(TAIL_BYTES as u64);
            reader.read_bytes(raw.offset + from, TAIL_BYTES).ok()?
        }
    };
    let tail = trim_end(&tail);
    let begin = memchr::memrchr(b'\r', tail)? + 1;
    Some((tail.get(begin..)?.to_vec(), before))
}

/// Without carriage returns and blanks at the end, which only clear what will be written over.
fn trim_end(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|byte| !matches!(byte, b'\r' | b' ')).map_or(0, |at| at + 1);
    line.get(..end).unwrap_or_default()
}

fn lead_text(before: usize) -> String {
    format!("␍×{before} ")
}

/// Puts the number of hidden states before a line.
fn lead(line: &mut SafeLine, before: usize) {
    if before == 0 {
        return;
    }
    let text = lead_text(before);
    line.cells += text.chars().count();
    let style = TextStyle { shown: true, ..TextStyle::default() };
    line.spans.insert(0, SafeSpan { text, style });
}

/// Puts a remark of relco's own behind a line.
fn say(line: &mut SafeLine, remark: &str) {
    let style = TextStyle { shown: true, ..TextStyle::default() };
    line.cells += remark.chars().count();
    line.spans.push(SafeSpan { text: remark.to_owned(), style });
}

/// A size for people: `812 bytes`, `18.4 MB`.
pub(super) fn bytes_in_words(bytes: u64) -> String {
    for (unit, name) in [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")] {
        if bytes >= unit {
            let tenths = (bytes / (unit / 10)).max(10);
            return format!("{}.{} {name}", tenths / 10, tenths % 10);
        }
    }
    format!("{bytes} byte{}", if bytes == 1 { "" } else { "s" })
}
