//! What a person can do in the log, independent of keys.

use super::find::{Toward, Wanted};
use super::rows::cell_of;
use super::source::Which;
use super::{LogView, Place, Times};
use crate::steplog::Pattern;

use super::place::Heading;

/// Bytes of a line that are read to find its end on the screen.
const LINE_BYTES: usize = 64 * 1024;

/// An act in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogCommand {
    /// To the line above.
    Up,
    /// To the line below; on the last line the view follows again.
    Down,
    /// One page up.
    PageUp,
    /// One page down.
    PageDown,
    /// The view up by so many rows, as a wheel does.
    ScrollUp(u16),
    /// The view down by so many rows.
    ScrollDown(u16),
    /// To the first line.
    Home,
    /// To the last line, following.
    End,
    /// Half a width to the left.
    Left,
    /// Half a width to the right.
    Right,
    /// To the beginning of the lines.
    LineStart,
    /// To the end of the current line.
    LineEnd,
    /// To a line by its number, from 1.
    GoToLine(u64),
    /// Makes the line on a row of the view the current one, as a click does.
    Select(u16),
    /// Follows the end, or stops following.
    Follow,
    /// Breaks long lines, or cuts them.
    Wrap,
    /// Shows the next of: time of day, time since the beginning, no time.
    Times,
    /// Shows what carriage returns wrote over, or only the last state.
    Overwritten,
    /// Searches for a plain text or `/expression/`; an empty text ends the search.
    Search(String),
    /// To the next match.
    NextMatch,
    /// To the previous match.
    PreviousMatch,
    /// Shows only lines that match; an empty text shows all.
    Filter(String),
    /// To the first line that looks like an error.
    FirstError,
    /// To the next one.
    NextError,
    /// To the previous one.
    PreviousError,
}

impl LogView {
    /// Does what a person asked for. What could not be done says [`LogView::take_said`].
    pub fn handle(&mut self, command: LogCommand) {
        if self.source.is_none() {
            return;
        }
        let followed = self.place.follow;
        // Whoever goes somewhere else no longer waits for what was looked for.
        let waiting = self.wanted.take();
        match command {
            LogCommand::Up => self.step(-1),
            LogCommand::Down => self.step(1),
            LogCommand::PageUp => self.place.scroll(-(self.height - 1).max(1)),
            LogCommand::PageDown => self.place.scroll((self.height - 1).max(1)),
            LogCommand::ScrollUp(rows) => self.place.scroll(-i64::from(rows)),
            LogCommand::ScrollDown(rows) => self.place.scroll(i64::from(rows)),
            LogCommand::Home => self.place.go_to(0, 0),
            LogCommand::End => self.place = Place::END,
            LogCommand::GoToLine(number) => self.go_to_line(number.saturating_sub(1)),
            LogCommand::Select(row) => self.select(i64::from(row)),
            LogCommand::Follow => self.follow(),
            LogCommand::Search(text) => self.search(&text),
            LogCommand::NextMatch => self.match_in(true),
            LogCommand::PreviousMatch => self.match_in(false),
            LogCommand::Filter(text) => self.filter(&text),
            LogCommand::FirstError => self.look_for(Which::Errors, Toward::First),
            LogCommand::NextError => self.error_in(true),
            LogCommand::PreviousError => self.error_in(false),
            look => {
                self.wanted = waiting;
                self.look_otherwise(&look);
            }
        }
        if followed && !self.place.follow {
            self.seen_lines = self.source.as_ref().map_or(0, |source| source.reader.lines());
        }
    }

    /// The commands that change how lines are shown and not which.
    fn look_otherwise(&mut self, command: &LogCommand) {
        let half = (self.width / 2).max(1);
        match command {
            LogCommand::Left => self.form.shift = self.form.shift.saturating_sub(half),
            LogCommand::Right if self.form.wrap => self.said = Some("lines are wrapped: nothing is cut off".to_owned()),
            LogCommand::Right => self.form.shift += half,
            LogCommand::LineStart => self.form.shift = 0,
            LogCommand::LineEnd => self.shift_to_end(),
            LogCommand::Wrap => {
                self.form.wrap = !self.form.wrap;
                self.form.shift = 0;
            }
            LogCommand::Times => {
                self.times = match self.times {
                    Times::Clock => Times::Elapsed,
                    Times::Elapsed => Times::Off,
                    Times::Off => Times::Clock,
                };
            }
            LogCommand::Overwritten => self.form.overwritten = !self.form.overwritten,
            _ => {}
        }
    }

    /// From item to item.
    fn step(&mut self, by: i64) {
        let Some(current) = self.current_item() else { return };
        let items = self.source.as_ref().map_or(0, |source| source.items());
        let target = current.saturating_add_signed(by).min(items.saturating_sub(1));
        let edge = if by < 0 { 0 } else { self.height - 1 };
        let row = self.row_of(target).unwrap_or(edge);
        let follow = self.place.follow && target == current && by > 0;
        self.place.go_to(target, row);
        self.place.reveal = true;
        self.place.follow = follow;
        if by > 0 {
            self.place.heading = Heading::ItemsDown;
        }
    }

    fn go_to_line(&mut self, line: u64) {
        let Some(source) = &self.source else { return };
        let item = source.item_of(line).min(source.items().saturating_sub(1));
        let row = self.row_of(item).unwrap_or(self.height / 3);
        self.place.go_to(item, row);
        self.place.reveal = true;
    }

    fn select(&mut self, row: i64) {
        if let Some((item, begin)) = self.shown.iter().rev().find(|(_, begin)| *begin <= row).copied() {
            self.place.go_to(item, begin);
        }
    }

    fn follow(&mut self) {
        if self.place.follow {
            let item = self.current_item().unwrap_or(0);
            let row = self.row_of(item).unwrap_or(self.height - 1);
            self.place.go_to(item, row);
        } else {
            self.place = Place::END;
        }
    }

    fn search(&mut self, text: &str) {
        let Some(pattern) = self.pattern(text) else { return };
        let line = self.current_item_line();
        let Some(source) = &mut self.source else { return };
        source.start(Which::Found, pattern, self.waker.as_ref());
        if source.found.is_some() {
            // The line itself counts, as it may be what the person looks at.
            self.look_for(Which::Found, line.checked_sub(1).map_or(Toward::First, Toward::From));
        }
    }

    fn filter(&mut self, text: &str) {
        let Some(pattern) = self.pattern(text) else { return };
        let anchor = Wanted::Anchor { line: self.current_item_line(), row: self.place.row };
        let Some(source) = &mut self.source else { return };
        source.start(Which::Filter, pattern, self.waker.as_ref());
        self.shown.clear();
        if !self.place.follow {
            self.wanted = Some(anchor);
            self.pursue();
        }
    }

    /// The pattern of what was typed: `Some(None)` for nothing, `None` for what is no pattern, which is said.
    fn pattern(&mut self, text: &str) -> Option<Option<Pattern>> {
        if text.is_empty() {
            return Some(None);
        }
        match Pattern::from_input(text) {
            Ok(pattern) => Some(Some(pattern)),
            Err(error) => {
                self.said = Some(error.to_string());
                None
            }
        }
    }

    fn match_in(&mut self, forwards: bool) {
        if self.source.as_ref().is_some_and(|source| source.found.is_none()) {
            self.said = Some("nothing is searched for".to_owned());
            return;
        }
        let line = self.current_item_line();
        self.look_for(Which::Found, if forwards { Toward::Next(line) } else { Toward::Previous(line) });
    }

    fn error_in(&mut self, forwards: bool) {
        let line = self.current_item_line();
        // At the end, where the view follows, all errors lie above: the next one is then the first.
        let toward = match (forwards, self.place.follow) {
            (true, true) => Toward::First,
            (true, false) => Toward::Next(line),
            (false, true) => Toward::Previous(line + 1),
            (false, false) => Toward::Previous(line),
        };
        self.look_for(Which::Errors, toward);
    }

    fn shift_to_end(&mut self) {
        let (Some(source), Some(item)) = (&self.source, self.current_item()) else { return };
        let Some(raw) = source.read(item, 1, LINE_BYTES).ok().and_then(|lines| lines.into_iter().next()) else {
            return;
        };
        let cells = cell_of(&raw.bytes, usize::try_from(raw.len).unwrap_or(usize::MAX));
        if !self.form.wrap {
            self.form.shift = (cells + 1).saturating_sub(self.width);
        }
    }

    /// The line of the current item.
    pub(super) fn current_item_line(&self) -> u64 {
        let line = self.current_item().and_then(|item| self.source.as_ref()?.line_of(item));
        line.unwrap_or(0)
    }

    /// The row on which an item began in the last frame.
    pub(super) fn row_of(&self, item: u64) -> Option<i64> {
        self.shown.iter().find(|(shown, _)| *shown == item).map(|(_, row)| *row)
    }
}
