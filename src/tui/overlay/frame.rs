//! The box around what lies over the panes, and the rows inside it.
//!
//! Enter at [`open`]; a screen too small for a box gets its inside alone.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Clear, Widget};

use crate::tui::paint;
use crate::tui::rule::{self, Rules};
use crate::tui::theme::{Role, Theme};

/// Widest dialog; longer lines are harder to read.
pub const WIDTH_MAX: u16 = 90;

/// Clears a place in the middle of `area`, draws a box with this title and returns its inside. `width` and `height`
/// are what the inside would like.
pub fn open(buf: &mut Buffer, area: Rect, theme: &Theme, title: &Line<'_>, width: u16, height: u16) -> Rect {
    let area = area.intersection(buf.area);
    let width = width.saturating_add(4).min(area.width);
    let height = height.saturating_add(2).min(area.height);
    let (x, y) = (area.x + (area.width - width) / 2, area.y + (area.height - height) / 2);
    let outside = Rect { x, y, width, height };
    Clear.render(outside, buf);
    if width < 8 || height < 3 {
        return outside;
    }
    let (right, bottom) = (outside.right() - 1, outside.bottom() - 1);
    let rules = Rules {
        across: vec![(y, x, right + 1), (bottom, x, right + 1)],
        down: vec![(x, y, bottom + 1), (right, y, bottom + 1)],
    };
    rules.draw(buf, theme.style(Role::Rule), theme.glyphs);
    rule::title(buf, Rect { height: 1, ..outside }, &title.clone().style(theme.style(Role::Focus)), &Line::default());
    Rect { x: x + 2, y: y + 1, width: width - 4, height: height - 2 }
}

/// The width for text in a dialog on this screen: the widest line, within reason.
pub fn width_for<'a>(area: Rect, lines: impl IntoIterator<Item = &'a str>) -> u16 {
    let widest = lines.into_iter().map(paint::width).max().unwrap_or(0);
    widest.clamp(40, WIDTH_MAX).min(area.width.saturating_sub(4))
}

/// Keys and what they do, as the last row of a dialog: `y start   Esc goes back`.
pub fn keys(buf: &mut Buffer, row: Rect, theme: &Theme, pairs: &[(&str, &str)]) {
    let mut x: u16 = 0;
    for (at, (key, words)) in pairs.iter().enumerate() {
        let cells = paint::width(key).saturating_add(paint::width(words)).saturating_add(1);
        if at > 0 {
            x = x.saturating_add(3);
        }
        // A key without its words would say nothing: the last pairs give way.
        if x.saturating_add(cells) > row.width && at > 0 {
            return;
        }
        x = paint::put(buf, row, x, 0, key, theme.style(Role::Key));
        x = paint::put(buf, row, x.saturating_add(1), 0, words, theme.style(Role::Text));
    }
}

/// Which of many rows are on the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Scroll {
    /// The first row shown.
    pub top: usize,
}

impl Scroll {
    /// Moves so that the row is on the screen, and so that no room is left empty below the last row.
    pub fn keep_in_sight(&mut self, row: usize, rows: usize, height: u16) {
        let height = usize::from(height).max(1);
        if row < self.top {
            self.top = row;
        } else if row >= self.top + height {
            self.top = row + 1 - height;
        }
        self.top = self.top.min(rows.saturating_sub(height));
    }

    /// Moves by so many rows without leaving the text.
    pub fn by(&mut self, rows_down: isize, rows: usize, height: u16) {
        let last = rows.saturating_sub(usize::from(height));
        self.top = self.top.saturating_add_signed(rows_down).min(last);
    }
}
