//! Messages to the person: the last one on a line for a while, all of them in a history.
//!
//! An error stays until a key is pressed after it was seen; nothing is ever only flashed. Time comes in. Enter at
//! [`Toasts::push`].

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::paint;
use super::theme::{Role, Theme};
use crate::domain::text::plain;

/// How long a message stands, unless it is an error.
pub const STANDS: Duration = Duration::from_secs(6);
/// An error cannot be pressed away before it stood for this long.
pub const SEEN_AFTER: Duration = Duration::from_millis(800);
/// Older messages are forgotten; the journal is the record, this is a courtesy.
const HISTORY_MAX: usize = 500;

/// What kind of message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Something went as wanted.
    Done,
    /// Something to know.
    Info,
    /// The rules said no.
    Refused,
    /// Something unusual.
    Warning,
    /// Something was refused or failed.
    Error,
}

impl Kind {
    fn role(self) -> Role {
        match self {
            Kind::Done => Role::Ok,
            Kind::Info => Role::Text,
            Kind::Refused | Kind::Warning => Role::Warning,
            Kind::Error => Role::Error,
        }
    }

    /// The word that stands before the text, so that colour is not the only sign.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Done | Kind::Info => "",
            Kind::Refused => "not done: ",
            Kind::Warning => "warning: ",
            Kind::Error => "error: ",
        }
    }
}

/// One message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Toast {
    /// What kind.
    pub kind: Kind,
    /// What it says, in one line.
    pub text: String,
    /// The time of day that the history shows, as text.
    pub clock: String,
    at: Instant,
}

/// All messages of this session.
#[derive(Clone, Debug, Default)]
pub struct Toasts {
    history: VecDeque<Toast>,
    /// The newest one is on the screen.
    standing: bool,
}

impl Toasts {
    /// Says something. `clock` is the time of day for the history.
    pub fn push(&mut self, kind: Kind, text: &str, clock: &str, now: Instant) {
        let text = plain(&super::input::one_line(text));
        self.history.push_back(Toast { kind, text, clock: clock.to_owned(), at: now });
        if self.history.len() > HISTORY_MAX {
            self.history.pop_front();
        }
        self.standing = true;
    }

    /// A key was pressed: an error that was seen goes away.
    pub fn pressed(&mut self, now: Instant) {
        if self.history.back().is_some_and(|toast| now.saturating_duration_since(toast.at) >= SEEN_AFTER) {
            self.standing = false;
        }
    }

    /// The message on the screen, if any.
    pub fn standing(&self, now: Instant) -> Option<&Toast> {
        let toast = self.history.back().filter(|_| self.standing)?;
        let gone = toast.kind != Kind::Error && now.saturating_duration_since(toast.at) >= STANDS;
        (!gone).then_some(toast)
    }

    /// When the message goes away by itself, if it does.
    pub fn wake_at(&self, now: Instant) -> Option<Instant> {
        let toast = self.standing(now)?;
        (toast.kind != Kind::Error).then(|| toast.at + STANDS)
    }

    /// All messages, oldest first.
    pub fn history(&self) -> impl ExactSizeIterator<Item = &Toast> {
        self.history.iter()
    }

    /// Draws the message over a row; nothing happens if there is none.
    pub fn draw(&self, buf: &mut Buffer, row: Rect, theme: &Theme, now: Instant) {
        let Some(toast) = self.standing(now) else { return };
        let row = paint::row(row, 0);
        let text = format!(" {}{}", toast.kind.word(), toast.text);
        let text = paint::fit(&text, row.width, theme.glyphs.ellipsis);
        // The whole row, or what stood there would be read as part of the message.
        // Its look too: the bold of a key below would show through.
        buf.set_style(row, Style::reset());
        paint::put(buf, row, 0, 0, &" ".repeat(usize::from(row.width)), theme.style(Role::Text));
        paint::put(buf, row, 0, 0, &text, theme.style(toast.kind.role()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(toasts: &Toasts, width: u16, now: Instant) -> String {
        let mut buf = Buffer::with_lines(["x".repeat(usize::from(width))]);
        toasts.draw(&mut buf, Rect::new(0, 0, width, 1), &Theme::with(crate::tui::theme::Palette::Either), now);
        (0..width).map(|x| buf[(x, 0)].symbol()).collect()
    }

    #[test]
    fn a_message_goes_by_itself_and_stays_in_the_history() {
        let (mut toasts, now) = (Toasts::default(), Instant::now());
        toasts.push(Kind::Done, "note\nsaved", "14:02", now);
        assert_eq!(row(&toasts, 14, now), " note saved   ");
        assert_eq!(toasts.wake_at(now), Some(now + STANDS));
        assert_eq!(row(&toasts, 14, now + STANDS), "x".repeat(14));
        assert_eq!(toasts.wake_at(now + STANDS), None);
        assert_eq!(toasts.history().map(|toast| toast.text.as_str()).collect::<Vec<_>>(), ["note saved"]);
    }

    #[test]
    fn an_error_stays_until_it_was_seen() {
        let (mut toasts, now) = (Toasts::default(), Instant::now());
        toasts.push(Kind::Error, "production refuses: gate Security is open", "14:02", now);
        let late = now + Duration::from_secs(3600);
        assert_eq!(row(&toasts, 24, late), " error: production refu…");
        assert_eq!(toasts.wake_at(late), None, "an error needs no clock");
        toasts.pressed(now + Duration::from_millis(100));
        assert!(toasts.standing(now + Duration::from_millis(100)).is_some(), "not pressed away unseen");
        toasts.pressed(now + SEEN_AFTER);
        assert_eq!(toasts.standing(now + SEEN_AFTER), None);
    }

    #[test]
    fn nothing_of_the_row_below_shows_through() {
        let (mut toasts, now) = (Toasts::default(), Instant::now());
        toasts.push(Kind::Info, "no line looks like an error", "14:02", now);
        let mut buf = Buffer::with_lines(["x".repeat(40)]);
        buf.set_style(buf.area, Style::new().bold().cyan());
        toasts.draw(&mut buf, Rect::new(0, 0, 40, 1), &Theme::with(crate::tui::theme::Palette::Either), now);
        let bold = (0..40).any(|x| buf[(x, 0)].modifier.contains(ratatui::style::Modifier::BOLD));
        assert!(!bold);
    }
}
