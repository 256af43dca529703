//! What lies over the panes: one closed set of dialogs, each with its own state, keys and drawing.
//!
//! A dialog starts nothing and knows nothing of releases: it answers every press with an [`Outcome`], and whoever
//! opened it acts on that. It never looks at a clock; the time comes in. Enter at [`Overlay::key`].

pub mod choice;
pub mod confirm;
pub mod editor;
pub mod frame;
pub mod help;
pub mod history;
pub mod palette;
pub mod prompt;
pub mod quit;
pub mod typed;

use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::keys::Key;
use super::theme::Theme;

pub use choice::Choice;
pub use confirm::Confirm;
pub use editor::Editor;
pub use help::Help;
pub use history::History;
pub use palette::Palette;
pub use prompt::Prompt;
pub use quit::{Quit, QuitChoice};
pub use typed::Typed;

/// A dialog that one key answers takes no answer before it has been on the screen for this long.
pub const ARMED_AFTER: Duration = Duration::from_millis(300);

/// What a press led to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The dialog has no use for it.
    Ignored,
    /// The dialog took it and stays.
    Stay,
    /// The dialog closes without effect; its draft, if any, is kept by whoever saved it.
    Back,
    /// The person confirmed, by the key or by the typed word.
    Accepted,
    /// The line is finished.
    Text(String),
    /// The text is not finished, but changed: save it as a draft.
    Changed(String),
    /// The text is finished.
    Saved(String),
    /// The person wants the text in an editor of their own.
    Outside(String),
    /// This entry was chosen, counted in the order in which the entries were given.
    Chosen(usize),
    /// How to quit while a step runs.
    Quit(QuitChoice),
}

/// The dialog on the screen.
#[derive(Debug)]
pub enum Overlay {
    /// One key says yes.
    Confirm(Confirm),
    /// A typed word says yes.
    Typed(Typed),
    /// A line of text.
    Prompt(Prompt),
    /// One of a few.
    Choice(Choice),
    /// Many lines of text. Boxed: it is much larger than the others.
    Editor(Box<Editor>),
    /// The keys that are live.
    Help(Help),
    /// Every action.
    Palette(Box<Palette>),
    /// How to quit while a step runs.
    Quit(Quit),
    /// The messages so far.
    History(History),
}

impl Overlay {
    /// Takes one press.
    pub fn key(&mut self, key: Key, now: Instant) -> Outcome {
        match self {
            Overlay::Confirm(dialog) => dialog.key(key, now),
            Overlay::Typed(dialog) => dialog.key(key, now),
            Overlay::Prompt(dialog) => dialog.key(key),
            Overlay::Choice(dialog) => dialog.key(key),
            Overlay::Editor(dialog) => dialog.key(key),
            Overlay::Help(dialog) => dialog.key(key),
            Overlay::Palette(dialog) => dialog.key(key),
            Overlay::Quit(dialog) => dialog.key(key, now),
            Overlay::History(dialog) => dialog.key(key),
        }
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str) -> Outcome {
        match self {
            Overlay::Typed(dialog) => dialog.paste(),
            Overlay::Prompt(dialog) => dialog.paste(text),
            Overlay::Editor(dialog) => dialog.paste(text),
            Overlay::Help(dialog) => dialog.paste(text),
            Overlay::Palette(dialog) => dialog.paste(text),
            Overlay::Confirm(_) | Overlay::Choice(_) | Overlay::Quit(_) | Overlay::History(_) => Outcome::Ignored,
        }
    }

    /// Takes a turn of the wheel, as so many presses of an arrow key.
    pub fn wheel(&mut self, down: bool, now: Instant) -> Outcome {
        let code = if down { super::keys::Code::Down } else { super::keys::Code::Up };
        self.key(Key::plain(code), now)
    }

    /// Draws the dialog over `area` and returns where the terminal's cursor belongs.
    pub fn draw(&mut self, buf: &mut Buffer, area: Rect, theme: &Theme, now: Instant) -> Option<Position> {
        match self {
            Overlay::Confirm(dialog) => dialog.draw(buf, area, theme, now),
            Overlay::Typed(dialog) => dialog.draw(buf, area, theme),
            Overlay::Prompt(dialog) => dialog.draw(buf, area, theme),
            Overlay::Choice(dialog) => dialog.draw(buf, area, theme),
            Overlay::Editor(dialog) => dialog.draw(buf, area, theme),
            Overlay::Help(dialog) => dialog.draw(buf, area, theme),
            Overlay::Palette(dialog) => dialog.draw(buf, area, theme),
            Overlay::Quit(dialog) => dialog.draw(buf, area, theme, now),
            Overlay::History(dialog) => dialog.draw(buf, area, theme),
        }
    }

    /// When the dialog will look different without a press, if ever.
    pub fn wake_at(&self, now: Instant) -> Option<Instant> {
        let opened_at = match self {
            Overlay::Confirm(dialog) => dialog.opened_at,
            Overlay::Quit(dialog) => dialog.opened_at,
            Overlay::Typed(_)
            | Overlay::Prompt(_)
            | Overlay::Choice(_)
            | Overlay::Editor(_)
            | Overlay::Help(_)
            | Overlay::Palette(_)
            | Overlay::History(_) => return None,
        };
        Some(opened_at + ARMED_AFTER).filter(|at| *at > now)
    }
}

/// True once a dialog that one key answers takes the answer.
fn armed(opened_at: Instant, now: Instant) -> bool {
    now.saturating_duration_since(opened_at) >= ARMED_AFTER
}

#[cfg(test)]
mod tests;
