//! The keys that are live here, from the keymap itself, with a filter.
//!
//! Enter at [`Help::key`].

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::Outcome;
use super::frame::{self, Scroll};
use crate::tui::input::LineInput;
use crate::tui::keys::{Code, Key};
use crate::tui::paint;
use crate::tui::theme::{Role, Theme};

/// One line of help.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HelpRow {
    /// Where the keys are live: `everywhere`, `log`.
    pub group: String,
    /// The chords as the screen shows them: `Ctrl-X r`, `Up k`.
    pub keys: String,
    /// What they do.
    pub title: String,
}

/// The list of keys.
#[derive(Clone, Debug)]
pub struct Help {
    rows: Vec<HelpRow>,
    filter: LineInput,
    scroll: Scroll,
    /// Rows that fit, as of the last picture.
    page: isize,
}

impl Help {
    /// A list of these rows; rows of one group stand together already.
    pub fn new(rows: Vec<HelpRow>) -> Self {
        Self { rows, filter: LineInput::default(), scroll: Scroll::default(), page: 10 }
    }

    /// Takes one press: text filters, arrows scroll.
    pub fn key(&mut self, key: Key) -> Outcome {
        let rows = usize::MAX;
        match key.code {
            Code::Esc | Code::Enter => return Outcome::Back,
            Code::Up => self.scroll.by(-1, rows, 1),
            Code::Down => self.scroll.by(1, rows, 1),
            Code::PageUp => self.scroll.by(-self.page, rows, 1),
            Code::PageDown => self.scroll.by(self.page, rows, 1),
            _ if self.filter.key(key) => self.scroll.top = 0,
            _ => return Outcome::Ignored,
        }
        Outcome::Stay
    }

    /// Pastes into the filter.
    pub fn paste(&mut self, text: &str) -> Outcome {
        self.filter.paste(text);
        Outcome::Stay
    }

    /// The lines that the filter leaves: a group's name, then its rows.
    fn lines(&self) -> Vec<Result<&HelpRow, &str>> {
        let wanted = self.filter.text().to_lowercase();
        let fits = |row: &&HelpRow| {
            [&row.title, &row.keys, &row.group].iter().any(|text| text.to_lowercase().contains(&wanted))
        };
        let (mut lines, mut group) = (Vec::new(), None);
        for row in self.rows.iter().filter(fits) {
            if group != Some(&row.group) {
                lines.push(Err(row.group.as_str()));
                group = Some(&row.group);
            }
            lines.push(Ok(row));
        }
        lines
    }

    /// Draws it over most of the area.
    pub fn draw(&mut self, buf: &mut Buffer, area: Rect, theme: &Theme) -> Option<Position> {
        let keys_width = self.rows.iter().map(|row| paint::width(&row.keys)).max().unwrap_or(0);
        let all = self.rows.len() + self.rows.chunk_by(|a, b| a.group == b.group).count();
        let height = u16::try_from(all).unwrap_or(u16::MAX).saturating_add(3).min(area.height.saturating_sub(4));
        let width = 68.min(area.width.saturating_sub(4));
        let inside = frame::open(buf, area, theme, &Line::from("Keys"), width, height);
        let body = Rect { y: inside.y.saturating_add(1), height: inside.height.saturating_sub(2), ..inside };
        self.page = isize::try_from(body.height.saturating_sub(1).max(1)).unwrap_or(1);
        let mut scroll = self.scroll;
        let lines = self.lines();
        scroll.by(0, lines.len(), body.height);
        for (y, line) in (0..body.height).zip(lines.iter().skip(scroll.top)) {
            match line {
                Err(group) => {
                    paint::put(buf, body, 0, y, group, theme.style(Role::Focus));
                }
                Ok(row) => {
                    paint::put(buf, body, 2, y, &row.keys, theme.style(Role::Key));
                    paint::put(buf, body, keys_width + 4, y, &row.title, theme.style(Role::Text));
                }
            }
        }
        if lines.is_empty() {
            paint::put(buf, body, 0, 0, "no key fits this filter", theme.style(Role::Dim));
        }
        let hidden = lines.len().saturating_sub(scroll.top + usize::from(body.height));
        self.scroll = scroll;
        let last = paint::row(inside, inside.height.saturating_sub(1));
        frame::keys(buf, last, theme, &[("Esc", "goes back"), ("Up Down", "scroll")]);
        if hidden > 0 {
            paint::put_right(buf, last, 40, 0, &format!("{hidden} more below"), theme.style(Role::Dim));
        }
        let x = paint::put(buf, inside, 0, 0, "filter: ", theme.style(Role::Dim));
        let field = Rect { x: inside.x + x.min(inside.width), width: inside.width.saturating_sub(x), ..inside };
        self.filter.draw(buf, paint::row(field, 0), theme.style(Role::Next))
    }
}
