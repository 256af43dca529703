//! Quitting while a step runs: leave it running, wait for it, or stop it.
//!
//! Takes no answer in its first moment, and the key that opened it is none. Enter at [`Quit::key`].

use std::time::Instant;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::{Outcome, armed, frame};
use crate::domain::text::plain;
use crate::tui::keys::{Code, Key};
use crate::tui::paint;
use crate::tui::theme::{Role, Theme};

/// How to quit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum QuitChoice {
    /// The step goes on without the cockpit.
    Leave,
    /// The cockpit quits when the step has ended.
    Wait,
    /// The step is stopped, then the cockpit quits.
    Stop,
}

/// The question.
#[derive(Clone, Debug)]
pub struct Quit {
    running: String,
    pub(super) opened_at: Instant,
}

/// Keys, names and meaning of the choices.
const CHOICES: [(char, QuitChoice, &str, &str); 3] = [
    ('l', QuitChoice::Leave, "leave it running", "relco shows it again when you come back"),
    ('w', QuitChoice::Wait, "wait", "relco quits when the step has ended"),
    ('s', QuitChoice::Stop, "stop the step", "then relco quits; what it did so far stays"),
];

impl Quit {
    /// The question; `running` says what runs: `deploy-frontend 0:42, production`.
    pub fn new(running: &str, now: Instant) -> Self {
        Self { running: plain(running), opened_at: now }
    }

    /// Takes one press.
    pub fn key(&mut self, key: Key, now: Instant) -> Outcome {
        if key == Key::plain(Code::Esc) {
            return Outcome::Back;
        }
        match key.text().and_then(|c| CHOICES.iter().find(|choice| choice.0 == c)) {
            Some((_, choice, ..)) if armed(self.opened_at, now) => Outcome::Quit(*choice),
            Some(_) => Outcome::Stay,
            None => Outcome::Ignored,
        }
    }

    /// Draws it.
    pub fn draw(&mut self, buf: &mut Buffer, area: Rect, theme: &Theme, now: Instant) -> Option<Position> {
        let first = format!("{} is running.", self.running);
        let width = frame::width_for(area, [first.as_str()]).max(62.min(area.width.saturating_sub(4)));
        let words = paint::wrap(&first, width);
        let height = u16::try_from(words.len()).unwrap_or(u16::MAX).saturating_add(6);
        let inside = frame::open(buf, area, theme, &Line::from("Quit"), width, height);
        // The choices come before the words when there is little room.
        let above = inside.height.saturating_sub(5).min(height);
        for (y, text) in (0..above).zip(&words) {
            paint::put(buf, inside, 0, y, text, theme.style(Role::Text));
        }
        let armed = armed(self.opened_at, now);
        let (key_role, text_role) = if armed { (Role::Key, Role::Text) } else { (Role::Dim, Role::Dim) };
        for (y, (key, _, title, note)) in (above..).zip(CHOICES) {
            paint::put(buf, inside, 0, y, &key.to_string(), theme.style(key_role));
            paint::put(buf, inside, 2, y, title, theme.style(text_role));
            paint::put(buf, inside, 20, y, note, theme.style(Role::Dim));
        }
        let last = paint::row(inside, inside.height.saturating_sub(1));
        frame::keys(buf, last, theme, &[("Esc", "goes back")]);
        None
    }
}
