//! The messages so far, newest below: what a person missed while looking elsewhere.
//!
//! Enter at [`History::key`].

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::Outcome;
use super::frame::{self, Scroll};
use crate::tui::keys::{Code, Key};
use crate::tui::paint;
use crate::tui::theme::{Role, Theme};
use crate::tui::toast::{Kind, Toasts};

/// The list of messages.
#[derive(Clone, Debug)]
pub struct History {
    rows: Vec<(Kind, String)>,
    scroll: Scroll,
}

impl History {
    /// The messages of this session, as they stand now.
    pub fn new(toasts: &Toasts) -> Self {
        let row = |toast: &crate::tui::toast::Toast| {
            (toast.kind, format!("{}  {}{}", toast.clock, toast.kind.word(), toast.text))
        };
        let rows = toasts.history().map(row).collect();
        // Drawing takes back what is too much: the newest stand at the bottom.
        Self { rows, scroll: Scroll { top: usize::MAX } }
    }

    /// Takes one press.
    pub fn key(&mut self, key: Key) -> Outcome {
        let rows = usize::MAX;
        match key.code {
            Code::Esc | Code::Enter | Code::Char('q') => return Outcome::Back,
            Code::Up | Code::Char('k') => self.scroll.by(-1, rows, 1),
            Code::Down | Code::Char('j') => self.scroll.by(1, rows, 1),
            Code::PageUp => self.scroll.by(-10, rows, 1),
            Code::PageDown => self.scroll.by(10, rows, 1),
            _ => return Outcome::Ignored,
        }
        Outcome::Stay
    }

    /// Draws it over most of the area.
    pub fn draw(&mut self, buf: &mut Buffer, area: Rect, theme: &Theme) -> Option<Position> {
        let width = frame::WIDTH_MAX.min(area.width.saturating_sub(4));
        let wrap = |(kind, text): &(Kind, String)| {
            let kind = *kind;
            paint::wrap(text, width).into_iter().map(move |row| (kind, row))
        };
        let rows: Vec<(Kind, String)> = self.rows.iter().flat_map(wrap).collect();
        let height = u16::try_from(rows.len()).unwrap_or(u16::MAX).max(1).saturating_add(1);
        let height = height.min(area.height.saturating_sub(4));
        let inside = frame::open(buf, area, theme, &Line::from("Messages"), width, height);
        let body = Rect { height: inside.height.saturating_sub(1), ..inside };
        self.scroll.by(0, rows.len(), body.height);
        for (y, (kind, text)) in (0..body.height).zip(rows.iter().skip(self.scroll.top)) {
            let role = match kind {
                Kind::Done | Kind::Info => Role::Text,
                Kind::Refused | Kind::Warning => Role::Warning,
                Kind::Error => Role::Error,
            };
            paint::put(buf, body, 0, y, text, theme.style(role));
        }
        if rows.is_empty() {
            paint::put(buf, body, 0, 0, "nothing was said yet", theme.style(Role::Dim));
        }
        let last = paint::row(inside, inside.height.saturating_sub(1));
        frame::keys(buf, last, theme, &[("Esc", "goes back"), ("Up Down", "scroll")]);
        None
    }
}
