//! One line of text: a note, a reason, a name.
//!
//! Every change is answered with [`Outcome::Changed`], so that what is half typed survives whatever happens.
//! Enter at [`Prompt::key`].

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::Outcome;
use super::frame;
use crate::domain::text::plain;
use crate::tui::input::LineInput;
use crate::tui::keys::{Code, Key};
use crate::tui::paint;
use crate::tui::theme::{Role, Theme};

/// A question that a line of text answers.
#[derive(Clone, Debug)]
pub struct Prompt {
    title: String,
    /// What the line is for, in one or two sentences.
    words: String,
    /// What Enter does: `save the note`.
    verb: String,
    input: LineInput,
    /// Why an empty line is not enough; `None` if it is.
    required: Option<String>,
    reason: Option<String>,
    /// Nothing of it is kept, whatever is left in it.
    forgets: bool,
}

impl Prompt {
    /// A question; `draft` is what was typed the last time, if it was never finished.
    pub fn new(title: &str, words: &str, verb: &str, draft: &str) -> Self {
        Self {
            title: plain(title),
            words: plain(words),
            verb: verb.to_owned(),
            input: LineInput::new(draft),
            required: None,
            reason: None,
            forgets: false,
        }
    }

    /// Keeps nothing of what is typed.
    pub fn forgetting(mut self) -> Self {
        self.forgets = true;
        self
    }

    /// Refuses an empty line with this reason.
    pub fn required(mut self, reason: &str) -> Self {
        self.required = Some(reason.to_owned());
        self
    }

    /// Refuses the line that was entered, for a reason found by whoever takes it.
    pub fn refuse(&mut self, reason: &str) {
        self.reason = Some(plain(reason));
    }

    /// What is typed so far.
    pub fn text(&self) -> &str {
        self.input.text()
    }

    /// Takes one press.
    pub fn key(&mut self, key: Key) -> Outcome {
        match key.code {
            Code::Esc => return Outcome::Back,
            Code::Enter => return self.enter(),
            _ => {}
        }
        let before = self.input.text().to_owned();
        if !self.input.key(key) {
            return Outcome::Ignored;
        }
        self.changed(&before)
    }

    /// Takes pasted text, as one line.
    pub fn paste(&mut self, text: &str) -> Outcome {
        let before = self.input.text().to_owned();
        self.input.paste(text);
        self.changed(&before)
    }

    fn changed(&mut self, before: &str) -> Outcome {
        self.reason = None;
        if self.input.text() == before { Outcome::Stay } else { Outcome::Changed(self.input.text().to_owned()) }
    }

    fn enter(&mut self) -> Outcome {
        let text = self.input.text().trim();
        match &self.required {
            Some(reason) if text.is_empty() => {
                self.reason = Some(reason.clone());
                Outcome::Stay
            }
            _ => Outcome::Text(text.to_owned()),
        }
    }

    /// Draws it.
    pub fn draw(&mut self, buf: &mut Buffer, area: Rect, theme: &Theme) -> Option<Position> {
        let width = frame::width_for(area, [self.words.as_str()]).max(72.min(area.width.saturating_sub(4)));
        let words = paint::wrap(&self.words, width);
        let height = u16::try_from(words.len()).unwrap_or(u16::MAX).saturating_add(3);
        let inside = frame::open(buf, area, theme, &Line::from(self.title.as_str()), width, height);
        let rows = inside.height.saturating_sub(3);
        for (y, text) in (0..rows).zip(&words) {
            paint::put(buf, inside, 0, y, text, theme.style(Role::Text));
        }
        let back = if self.forgets { "goes back, nothing is kept" } else { "goes back, the text is kept" };
        let from_below = |rows: u16| paint::row(inside, inside.height.saturating_sub(rows));
        if let Some(reason) = &self.reason {
            paint::put(buf, from_below(2), 0, 0, reason, theme.style(Role::Error));
        }
        frame::keys(buf, from_below(1), theme, &[("Enter", &self.verb), ("Esc", back)]);
        let field = from_below(3);
        let x = paint::put(buf, field, 0, 0, "> ", theme.style(Role::Key));
        let field = Rect { x: field.x + x.min(field.width), width: field.width.saturating_sub(x), ..field };
        self.input.draw(buf, field, theme.style(Role::Next))
    }
}
