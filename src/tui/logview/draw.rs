//! Puts the visible rows on the screen, at any size.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::place::Place;
use super::rows::Shaped;
use super::sheet::{Sheet, Whole};
use super::source::{Source, Which};
use super::{LogLook, LogView, Times};
use crate::domain::text::SafeLine;
use crate::tui::paint;

/// Cells of a time with its distance to the text.
const TIME_CELLS: u16 = 10;

/// Below this width times take more room than they are worth.
const TIMES_FROM: u16 = 40;

impl LogView {
    /// Draws the log into `area`. Reads the visible lines and nothing else.
    pub fn render(&mut self, area: Rect, buf: &mut Buffer, look: &LogLook) {
        let area = area.intersection(buf.area);
        let Some(source) = &self.source else { return };
        if area.is_empty() {
            return;
        }
        let origin_ms = source.reader.time_of(0);
        let times = if area.width < TIMES_FROM || origin_ms.is_none() { Times::Off } else { self.times };
        let gutter = match times {
            Times::Off => 2.min(area.width.saturating_sub(1)),
            Times::Clock | Times::Elapsed => 1 + TIME_CELLS,
        };
        self.width = usize::from(area.width - gutter).max(1);
        self.height = i64::from(area.height);
        // Not while following: then nobody was taken to that line, and the end must hold still.
        let at_rest = !self.place.follow && !self.form.wrap && self.form.shift == 0;
        let rows_max = usize::from(area.height / 2).max(1);
        let whole = at_rest.then_some(Whole { item: self.place.cursor, rows_max });
        let mut sheet = Sheet::new(source, self.form, self.width, whole);
        let items = source.items();
        self.place.settle(items, self.height, &mut |item| sheet.height_of(item));
        let frame = Frame { area, gutter, look, zone: &self.zone, times, origin_ms };
        self.shown = frame.items(buf, &mut sheet, &self.place, items, self.form.wrap);
        let last = self.shown.last().and_then(|(item, _)| source.line_of(*item));
        self.seen_lines = self.seen_lines.max(last.map_or(0, |line| line + 1));
        if items == 0 {
            paint::put(buf, area, gutter, 0, &nothing(source, self.over), look.dim);
        }
        if let Some(trouble) = &source.trouble {
            let bottom = area.height - 1;
            paint::tint(buf, paint::row(area, bottom), Style::reset());
            paint::put(buf, area, 0, bottom, &" ".repeat(usize::from(area.width)), look.text);
            paint::put(buf, area, 1, bottom, trouble, look.error);
        }
    }
}

/// What is said instead of lines.
fn nothing(source: &Source, over: bool) -> String {
    match source.search(Which::Filter) {
        Some(filter) if filter.progress().done => {
            format!("No line matches \"{}\".", crate::domain::text::plain(filter.pattern().text()))
        }
        Some(_) => "Looking through the log…".to_owned(),
        None if over => "It printed nothing.".to_owned(),
        None => "No output yet.".to_owned(),
    }
}

/// What does not change within one frame.
struct Frame<'a> {
    area: Rect,
    gutter: u16,
    look: &'a LogLook,
    zone: &'a TimeZone,
    times: Times,
    origin_ms: Option<i64>,
}

impl Frame<'_> {
    /// Draws the items around the place; returns them with their rows.
    fn items(&self, buf: &mut Buffer, sheet: &mut Sheet<'_>, place: &Place, items: u64, wrap: bool) -> Vec<(u64, i64)> {
        let height = i64::from(self.area.height);
        let (mut item, mut y) = (place.cursor, place.row);
        while y > 0 && item > 0 {
            item -= 1;
            y -= sheet.height_of(item);
        }
        if !wrap {
            sheet.read(item, u64::try_from(height - y).unwrap_or(0));
        }
        let mut shown = Vec::new();
        while y < height && item < items {
            let Some(shaped) = sheet.item(item) else { break };
            shown.push((item, y));
            self.item(buf, shaped, y, item == place.cursor);
            y += shaped.height();
            item += 1;
        }
        shown
    }

    /// Draws the visible rows of one item that begins on row `y`.
    fn item(&self, buf: &mut Buffer, shaped: &Shaped, y: i64, current: bool) {
        let rows = (y..).zip(&shaped.rows);
        for (first, (y, row)) in rows.enumerate().map(|(number, at)| (number == 0, at)) {
            let Ok(y) = u16::try_from(y) else { continue };
            if y >= self.area.height {
                break;
            }
            if current {
                paint::put(buf, self.area, 0, y, self.look.marker, self.look.current);
            }
            if first && let Some(time) = self.time(shaped.at_ms) {
                let style = if shaped.error { self.look.error } else { self.look.dim };
                paint::put(buf, self.area, 1, y, &time, style);
            }
            self.text(buf, row, y, if shaped.error { self.look.error } else { self.look.text });
        }
    }

    fn text(&self, buf: &mut Buffer, row: &SafeLine, y: u16, line: Style) {
        let mut x = self.gutter;
        // A line with colours of its own keeps them.
        let line = if row.spans.iter().any(|span| span.style.fg.is_some()) { self.look.text } else { line };
        for span in &row.spans {
            let style = self.look.run(&span.style, line);
            x = match span.style.shown {
                true => paint::put(buf, self.area, x, y, &self.look.signs(&span.text), style),
                false => paint::put(buf, self.area, x, y, &span.text, style),
            };
        }
        if row.cut {
            paint::put(buf, self.area, self.area.width - 1, y, &self.look.signs("…"), self.look.dim);
        }
    }

    /// The time before a line, eight cells wide.
    fn time(&self, at_ms: Option<i64>) -> Option<String> {
        let at_ms = at_ms?;
        match self.times {
            Times::Off => None,
            Times::Clock => {
                let at = Timestamp::from_millisecond(at_ms).ok()?.to_zoned(self.zone.clone());
                Some(at.strftime("%H:%M:%S").to_string())
            }
            Times::Elapsed => {
                let seconds = at_ms.saturating_sub(self.origin_ms?).max(0) / 1000;
                let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
                Some(match hours {
                    0 => format!("{:>8}", format!("+{minutes}:{seconds:02}")),
                    _ => format!("{:>8}", format!("+{hours}:{minutes:02}:{seconds:02}")),
                })
            }
        }
    }
}
