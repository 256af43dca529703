//! The log pane: a window on a step's log file.
//!
//! Opens a gigabyte at once, follows at the bottom, holds still when a person looks elsewhere, searches and filters
//! the whole file in the background, and reads and draws only the rows that are seen. It never holds the log in
//! memory, never blocks the step, and shows foreign text only through the one sanitiser.
//!
//! It knows nothing of keys, panes or releases: the cockpit gives it a [`Reader`], [`LogCommand`]s and an area, calls
//! [`LogView::tick`] when the file may have grown or [`LogView::is_busy`] says so, and puts [`LogView::title`] on the
//! rule. Enter at [`LogView::open`].

mod command;
mod draw;
mod find;
mod look;
mod place;
mod rows;
mod sheet;
mod source;
mod title;

pub use command::LogCommand;
pub use look::LogLook;
pub use title::{LogTitle, Looking, grouped};

use jiff::tz::TimeZone;

use crate::domain::text::{plain, sanitize_line};
use crate::steplog::{Reader, SearchProgress, Waker};
use find::Wanted;
use place::Place;
use rows::Form;
use source::{Source, Which};

/// Bytes of the current line that can be copied.
const COPY_BYTES: usize = 64 * 1024;

/// A search this close to its end is not said to be under way.
const CLOSE_BYTES: u64 = 16 * 1024 * 1024;

/// Rows assumed before the first frame.
const HEIGHT_BEFORE_FRAME: i64 = 20;

/// What stands before each line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Times {
    /// The time of day at which it was printed.
    #[default]
    Clock,
    /// How long after the first line it was printed.
    Elapsed,
    /// Nothing.
    Off,
}

/// A line as it can be copied, or pinned to a timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Its number, from 1.
    pub number: u64,
    /// When it was printed, in Unix milliseconds, to about a second; `None` where the index does not tell.
    pub at_ms: Option<i64>,
    /// Its text, safe to show, without colours.
    pub text: String,
    /// The line is longer than the text.
    pub cut: bool,
}

/// State of the log pane.
pub struct LogView {
    zone: TimeZone,
    waker: Option<Waker>,
    name: String,
    source: Option<Source>,
    place: Place,
    form: Form,
    times: Times,
    /// Width of the text and height in the last frame.
    width: usize,
    height: i64,
    /// The items of the last frame and the rows on which they began.
    shown: Vec<(u64, i64)>,
    /// Lines that were there, or on the screen, since the view stopped following.
    seen_lines: u64,
    wanted: Option<Wanted>,
    said: Option<String>,
    /// Whoever writes the log has ended.
    over: bool,
}

impl Default for LogView {
    fn default() -> LogView {
        LogView::new()
    }
}

impl LogView {
    /// A view on nothing yet, with times of the system's zone.
    pub fn new() -> LogView {
        LogView::in_zone(crate::system::clock::zone())
    }

    /// A view on nothing yet, with times of a given zone.
    pub fn in_zone(zone: TimeZone) -> LogView {
        LogView {
            zone,
            waker: None,
            name: String::new(),
            source: None,
            place: Place::END,
            form: Form::default(),
            times: Times::default(),
            width: 80,
            height: HEIGHT_BEFORE_FRAME,
            shown: Vec::new(),
            seen_lines: 0,
            wanted: None,
            said: None,
            over: false,
        }
    }

    /// Has `waker` called from a search's thread when a search has come to the end of the log, so that nobody needs
    /// to ask all the time.
    pub fn wake_with(&mut self, waker: Waker) {
        self.waker = Some(waker);
    }

    /// Looks at a log from now on, following its end. How lines are shown stays as it was; searches end.
    pub fn open(&mut self, name: &str, reader: Reader) {
        self.name = plain(name);
        self.source = Some(Source::new(reader));
        self.place = Place::END;
        self.form.shift = 0;
        self.shown.clear();
        (self.wanted, self.said, self.seen_lines) = (None, None, 0);
    }

    /// Says whether whoever writes the log has ended.
    pub fn is_over(&mut self, over: bool) {
        self.over = over;
    }

    /// Looks at nothing again.
    pub fn close(&mut self) {
        self.source = None;
        self.shown.clear();
        self.wanted = None;
    }

    /// Whether there is a log to look at.
    pub fn is_open(&self) -> bool {
        self.source.is_some()
    }

    /// Takes note of what was written and found since; returns whether to draw anew. Reads at most a bounded piece.
    pub fn tick(&mut self) -> bool {
        let Some(source) = &mut self.source else { return false };
        let fresh = source.refresh(self.waker.as_ref());
        self.pursue() || fresh
    }

    /// Whether something goes on by itself (counting, a search, a jump to what is still looked for), so that a tick
    /// soon will have news even if the log does not grow.
    pub fn is_busy(&self) -> bool {
        self.source.as_ref().is_some_and(|source| self.wanted.is_some() || source.is_busy())
    }

    /// What there is to say about the last command or what came of it, once: "no line matches …".
    pub fn take_said(&mut self) -> Option<String> {
        self.said.take()
    }

    /// The text of the current line, for copying.
    pub fn current_line_text(&self) -> Option<String> {
        self.current_line().map(|line| line.text)
    }

    /// The current line, for pinning.
    pub fn current_line(&self) -> Option<LogLine> {
        let source = self.source.as_ref()?;
        let raw = source.read(self.current_item()?, 1, COPY_BYTES).ok()?.into_iter().next()?;
        let safe = sanitize_line(&raw.bytes, usize::MAX);
        let cut = raw.len > raw.bytes.len() as u64;
        Some(LogLine { number: raw.number + 1, at_ms: raw.at_ms, text: safe.text(), cut })
    }

    /// What stands on the rule above the log.
    pub fn title(&self) -> LogTitle {
        let Some(source) = &self.source else { return LogTitle::default() };
        // While following nobody chose the current line, so it is no place among the matches.
        let line = if self.place.follow { None } else { self.current_item().and_then(|item| source.line_of(item)) };
        let looking = |which: Which| {
            let search = source.search(which)?;
            let progress = search.progress();
            Some(Looking {
                text: plain(search.pattern().text()),
                count: progress.hits,
                position: line.and_then(|line| find::position(search, line)),
                percent: percent_of(&progress),
            })
        };
        let errors = looking(Which::Errors).unwrap_or_default();
        let (bytes, file_bytes) = (source.reader.bytes(), source.reader.file_bytes());
        let lines = source.reader.lines();
        LogTitle {
            name: self.name.clone(),
            lines,
            bytes: file_bytes,
            following: self.place.follow,
            new_lines: if self.place.follow { 0 } else { lines.saturating_sub(self.seen_lines) },
            errors: errors.count,
            error: errors.position,
            search: looking(Which::Found),
            filter: looking(Which::Filter),
            counting_percent: (bytes < file_bytes).then(|| percent(bytes, file_bytes)),
            shift: self.form.shift,
        }
    }

    /// The current item: while following that is the last one, also if no frame was drawn since it came.
    fn current_item(&self) -> Option<u64> {
        let last = self.source.as_ref()?.items().checked_sub(1)?;
        Some(if self.place.follow { last } else { self.place.cursor.min(last) })
    }
}

/// How far a search is, unless it is done or nearly so.
fn percent_of(progress: &SearchProgress) -> Option<u8> {
    let left = progress.target_bytes.saturating_sub(progress.scanned_bytes);
    (!progress.done && left > CLOSE_BYTES).then(|| percent(progress.scanned_bytes, progress.target_bytes))
}

fn percent(part: u64, whole: u64) -> u8 {
    u8::try_from(part.saturating_mul(100) / whole.max(1)).unwrap_or(100)
}

#[cfg(test)]
mod tests;
