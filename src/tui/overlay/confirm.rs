//! One key says yes to an act that changes a system; shows the exact commands.
//!
//! Enter never says yes, and neither does the key that opened it: a captain who presses Enter twice, or whose key
//! repeats, starts nothing. Enter at [`Confirm::key`].

use std::time::Instant;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::frame::{self, Scroll};
use super::{Outcome, armed};
use crate::domain::text::plain;
use crate::tui::keys::{Code, Key};
use crate::tui::paint;
use crate::tui::theme::{Role, Theme};

/// A question that one key answers.
#[derive(Clone, Debug)]
pub struct Confirm {
    title: String,
    /// What will happen, in words.
    words: Vec<String>,
    /// The commands that will run, as they are.
    commands: Vec<String>,
    /// What the key does: `start`.
    verb: String,
    accept: Key,
    opened_by: Option<Key>,
    pub(super) opened_at: Instant,
    scroll: Scroll,
    /// Why the last press did nothing.
    reason: Option<&'static str>,
}

impl Confirm {
    /// A question. `opened_by` is the key whose press opened it.
    pub fn new(title: &str, verb: &str, opened_by: Option<Key>, now: Instant) -> Self {
        // The key that opened it never accepts it, so another one does.
        let accept = if opened_by == Some(Key::char('y')) { Key::char('Y') } else { Key::char('y') };
        Self {
            title: plain(title),
            words: Vec::new(),
            commands: Vec::new(),
            verb: verb.to_owned(),
            accept,
            opened_by,
            opened_at: now,
            scroll: Scroll::default(),
            reason: None,
        }
    }

    /// Adds what will happen, in words.
    pub fn words(mut self, words: impl IntoIterator<Item = String>) -> Self {
        self.words.extend(words.into_iter().map(|text| plain(&text)));
        self
    }

    /// Adds the commands that will run.
    pub fn commands(mut self, commands: impl IntoIterator<Item = String>) -> Self {
        self.commands.extend(commands.into_iter().map(|text| plain(&text)));
        self
    }

    /// Takes one press.
    pub fn key(&mut self, key: Key, now: Instant) -> Outcome {
        self.reason = None;
        if key == self.accept {
            if armed(self.opened_at, now) {
                return Outcome::Accepted;
            }
            self.reason = Some("not yet: look first");
            return Outcome::Stay;
        }
        if key == Key::plain(Code::Esc) {
            return Outcome::Back;
        }
        // How many rows there are is known when they are wrapped; drawing takes back what is too much.
        let rows = usize::MAX;
        match key.code {
            // Holding the opening key down must not close what it opened.
            _ if self.opened_by == Some(key) => {}
            Code::Char('n' | 'q') if key.text().is_some() => return Outcome::Back,
            Code::Enter => self.reason = Some("Enter does not accept"),
            Code::Up | Code::Char('k') => self.scroll.by(-1, rows, 1),
            Code::Down | Code::Char('j') => self.scroll.by(1, rows, 1),
            Code::PageUp => self.scroll.by(-10, rows, 1),
            Code::PageDown => self.scroll.by(10, rows, 1),
            _ => return Outcome::Ignored,
        }
        Outcome::Stay
    }

    /// Draws it; a command is wrapped, never cut.
    pub fn draw(&mut self, buf: &mut Buffer, area: Rect, theme: &Theme, now: Instant) -> Option<Position> {
        let width = frame::width_for(area, self.words.iter().chain(&self.commands).map(String::as_str)).max(4);
        let mut rows: Vec<(String, Role)> = Vec::new();
        for text in &self.words {
            rows.extend(paint::wrap(text, width).into_iter().map(|row| (row, Role::Text)));
        }
        for command in &self.commands {
            let wrapped = paint::wrap(command, width.saturating_sub(2));
            rows.extend(wrapped.into_iter().map(|row| (format!("  {row}"), Role::Next)));
        }
        let height = u16::try_from(rows.len()).unwrap_or(u16::MAX).saturating_add(2);
        let inside = frame::open(buf, area, theme, &Line::from(self.title.as_str()), width, height);
        let body = Rect { height: inside.height.saturating_sub(2), ..inside };
        self.scroll.by(0, rows.len(), body.height);
        for (y, (text, role)) in (0..body.height).zip(rows.iter().skip(self.scroll.top)) {
            paint::put(buf, body, 0, y, text, theme.style(*role));
        }
        let hidden = rows.len().saturating_sub(self.scroll.top + usize::from(body.height));
        let reason_row = paint::row(inside, inside.height.saturating_sub(2));
        if let Some(reason) = self.reason {
            paint::put(buf, reason_row, 0, 0, reason, theme.style(Role::Warning));
        } else if hidden > 0 {
            paint::put(buf, reason_row, 0, 0, &format!("{hidden} more below"), theme.style(Role::Dim));
        }
        let last = paint::row(inside, inside.height.saturating_sub(1));
        let accept = self.accept.to_string();
        if armed(self.opened_at, now) {
            frame::keys(buf, last, theme, &[(&accept, &self.verb), ("Esc", "goes back")]);
        } else {
            let words = format!("{accept} {} in a moment   ", self.verb);
            let x = paint::put(buf, last, 0, 0, &words, theme.style(Role::Dim)).min(last.width);
            let rest = Rect { x: last.x + x, width: last.width - x, ..last };
            frame::keys(buf, rest, theme, &[("Esc", "goes back")]);
        }
        None
    }
}
