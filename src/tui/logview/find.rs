//! Going to what was found: matches and errors, also those that are still looked for.
//!
//! A jump that cannot be made yet is kept and made as soon as the search has come that far, unless the person goes
//! elsewhere meanwhile. Enter at [`LogView::look_for`].

use super::LogView;
use super::rows::{WRAP_BYTES, cell_of};
use super::source::{Source, Which};
use crate::domain::text::sanitize_line;
use crate::steplog::{Hit, Search, SearchProgress};

/// Matches that a filter hides, passed over before it is said that they are hidden.
const HIDDEN_MAX: usize = 1000;

/// Bytes of a line that are read to find a match on the screen.
const LINE_BYTES: usize = 64 * 1024;

/// Cells that are kept free to the right of a match.
const MARGIN_CELLS: usize = 16;

/// A jump that waits for a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// To a line that a search finds.
    Hit { which: Which, toward: Toward },
    /// To a line that was current before the filter changed, or the next one that the filter shows.
    Anchor { line: u64, row: i64 },
}

/// In which direction to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Toward {
    /// To the first one of all.
    First,
    /// Behind this line, or else the first one; not said to go round.
    From(u64),
    /// Behind this line; at the end round to the beginning.
    Next(u64),
    /// Before this line; at the beginning round to the end.
    Previous(u64),
}

/// What looking came to.
enum Outcome {
    Found(Hit),
    /// Found after going round.
    Round(Hit),
    /// The search is not that far.
    Wait,
    Nothing,
}

/// Which of its hits a search has on this line, from 1; `None` if none.
pub(super) fn position(search: &Search, line: u64) -> Option<u64> {
    let before = search.before(line).ok()?;
    (search.before(line + 1).ok()? > before).then_some(before + 1)
}

impl LogView {
    /// Goes to what a search finds, now or when it has found it.
    pub(super) fn look_for(&mut self, which: Which, toward: Toward) {
        if let Some(source) = &mut self.source
            && which == Which::Errors
        {
            // The view may be asked before its first tick.
            source.refresh(self.waker.as_ref());
        }
        self.wanted = Some(Wanted::Hit { which, toward });
        self.pursue();
    }

    /// Makes the jump that is waited for if it can be made; returns whether something changed.
    pub(super) fn pursue(&mut self) -> bool {
        let (Some(wanted), Some(source)) = (self.wanted, &self.source) else { return false };
        match wanted {
            Wanted::Anchor { line, row } => {
                let progress = source.progress(Which::Filter);
                if source.filter.is_some() && !has_passed(&progress, line) {
                    return false;
                }
                let item = source.item_of(line).min(source.items().saturating_sub(1));
                self.place.go_to(item, row);
                self.wanted = None;
            }
            Wanted::Hit { which, toward } => match visible(source, which, toward) {
                Outcome::Wait => return false,
                Outcome::Found(hit) => self.jump(&hit),
                Outcome::Round(hit) => {
                    self.jump(&hit);
                    let end = if matches!(toward, Toward::Previous(_)) { "from the end" } else { "from the beginning" };
                    self.said = Some(format!("gone round: {end}"));
                }
                Outcome::Nothing => {
                    let hidden = source.filter.is_some() && source.progress(which).hits > 0;
                    let what = match which {
                        Which::Errors => "no line looks like an error".to_owned(),
                        _ => format!("no line matches \"{}\"", self.title().search.unwrap_or_default().text),
                    };
                    self.said = Some(if hidden { format!("{what} among those that the filter shows") } else { what });
                    self.wanted = None;
                }
            },
        }
        true
    }

    /// Puts a hit on the screen, its match included.
    fn jump(&mut self, hit: &Hit) {
        self.wanted = None;
        let Some(source) = &self.source else { return };
        if self.place.follow {
            self.seen_lines = source.reader.lines();
        }
        let item = source.item_of(hit.line);
        let line = source.read_hit(hit, LINE_BYTES);
        let at = usize::try_from(hit.match_offset.saturating_sub(hit.line_offset)).unwrap_or(usize::MAX);
        if self.form.wrap && at > WRAP_BYTES {
            // So far into a line only cutting gets.
            self.form.wrap = false;
        }
        let row = self.row_of(item).unwrap_or(self.height / 3);
        if self.form.wrap {
            let before = sanitize_line(line.get(..at).unwrap_or_default(), usize::MAX).wrapped(self.width);
            let sub = i64::try_from(before.len()).unwrap_or(1) - 1;
            let row = if (0..self.height).contains(&(row + sub)) { row } else { self.height / 3 - sub };
            self.place.go_to(item, row);
        } else {
            let cell = cell_of(&line, at);
            let room = self.width.saturating_sub(MARGIN_CELLS).max(1);
            if cell < room {
                self.form.shift = 0;
            } else if !(self.form.shift..self.form.shift + room).contains(&cell) {
                self.form.shift = cell.saturating_sub(self.width / 3);
            }
            self.place.go_to(item, row);
            self.place.reveal = true;
        }
    }
}

/// Whether a search has seen all of a line.
fn has_passed(progress: &SearchProgress, line: u64) -> bool {
    progress.done || progress.failed || progress.scanned_lines > line
}

/// Looks for a hit that the filter does not hide.
fn visible(source: &Source, which: Which, toward: Toward) -> Outcome {
    let (mut toward, mut round) = (toward, false);
    for _ in 0..HIDDEN_MAX {
        let hit = match look(source, which, toward) {
            Outcome::Found(hit) => hit,
            Outcome::Round(_) if round => return Outcome::Nothing,
            Outcome::Round(hit) => {
                round = true;
                hit
            }
            other => return other,
        };
        if source.filter.is_some() && !has_passed(&source.progress(Which::Filter), hit.line) {
            return Outcome::Wait;
        }
        if source.line_of(source.item_of(hit.line)) == Some(hit.line) {
            return if round { Outcome::Round(hit) } else { Outcome::Found(hit) };
        }
        toward = match toward {
            Toward::Previous(_) => Toward::Previous(hit.line),
            // A search that began anywhere may well go round without a word.
            Toward::First | Toward::From(_) | Toward::Next(_) => Toward::Next(hit.line),
        };
    }
    Outcome::Nothing
}

fn look(source: &Source, which: Which, toward: Toward) -> Outcome {
    let Some(search) = source.search(which) else { return Outcome::Nothing };
    // Asked before the hits, so that what it tells to be done is among them.
    let progress = search.progress();
    let end = if progress.done || progress.failed { Outcome::Nothing } else { Outcome::Wait };
    let number = |number| search.range(number, 1).ok().and_then(|hits| hits.first().copied());
    let direct = match toward {
        Toward::First => number(0),
        Toward::From(line) | Toward::Next(line) => search.next_after(line).ok().flatten().map(|(_, hit)| hit),
        Toward::Previous(line) if line > 0 && !has_passed(&progress, line - 1) => return Outcome::Wait,
        Toward::Previous(line) => search.last_before(line).ok().flatten().map(|(_, hit)| hit),
    };
    if let Some(hit) = direct {
        return Outcome::Found(hit);
    }
    if matches!(end, Outcome::Wait) {
        return end;
    }
    let around = match toward {
        Toward::Previous(_) => progress.hits.checked_sub(1).and_then(number),
        _ => number(0),
    };
    match (around, toward) {
        (Some(hit), Toward::First | Toward::From(_)) => Outcome::Found(hit),
        (Some(hit), _) => Outcome::Round(hit),
        (None, _) => end,
    }
}
