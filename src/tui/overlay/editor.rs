//! Many lines of text: release notes, the sheet, an incident's root cause.
//!
//! Every change is answered with [`Outcome::Changed`], so that what is half typed is a draft on disk before the next
//! key. Esc goes back and keeps the draft; F2 and Ctrl-D finish the text. Enter at [`Editor::key`].

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Widget;
use tui_textarea::{Input, Key as TextKey, TextArea, WrapMode};

use super::Outcome;
use super::frame;
use crate::domain::text::plain;
use crate::tui::input::unseen;
use crate::tui::keys::{Code, Key};
use crate::tui::paint;
use crate::tui::theme::{Role, Theme};

/// A text being written.
#[derive(Debug)]
pub struct Editor {
    title: String,
    /// What F2 does: `save the notes`.
    verb: String,
    area: TextArea<'static>,
    /// Why the text was not taken.
    reason: Option<String>,
}

impl Editor {
    /// An editor on this text, cursor at its beginning.
    pub fn new(title: &str, verb: &str, text: &str) -> Self {
        let mut area = TextArea::new(text.lines().map(clean).collect());
        area.set_wrap_mode(WrapMode::WordOrGlyph);
        area.set_cursor_line_style(Style::new());
        Self { title: plain(title), verb: verb.to_owned(), area, reason: None }
    }

    /// The text as it stands, one line feed between lines.
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// Takes the text back from an editor of the person's own.
    pub fn replace(&mut self, text: &str) {
        let (title, verb) = (self.title.clone(), self.verb.clone());
        *self = Self::new(&title, &verb, text);
    }

    /// Refuses the finished text, for a reason found by whoever takes it.
    pub fn refuse(&mut self, reason: &str) {
        self.reason = Some(plain(reason));
    }

    /// Takes one press.
    pub fn key(&mut self, key: Key) -> Outcome {
        match (key.code, key.ctrl) {
            (Code::Esc, _) => return Outcome::Back,
            (Code::F(2), _) | (Code::Char('d'), true) => return Outcome::Saved(self.text()),
            (Code::F(4), _) => return Outcome::Outside(self.text()),
            // Ctrl-X begins the chords that work everywhere, Ctrl-C belongs to the program.
            (Code::Char('x' | 'c'), true) | (Code::F(_) | Code::Insert, _) => return Outcome::Ignored,
            _ => {}
        }
        if key.text().is_some_and(|c| c.is_control() || unseen(c)) {
            return Outcome::Stay;
        }
        self.reason = None;
        if self.area.input(input(key)) { Outcome::Changed(self.text()) } else { Outcome::Stay }
    }

    /// Takes pasted text with its lines.
    pub fn paste(&mut self, text: &str) -> Outcome {
        self.reason = None;
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let clean: Vec<String> = text.split('\n').map(clean).collect();
        if self.area.insert_str(clean.join("\n")) { Outcome::Changed(self.text()) } else { Outcome::Stay }
    }

    /// Draws it over nearly the whole area.
    pub fn draw(&mut self, buf: &mut Buffer, area: Rect, theme: &Theme) -> Option<Position> {
        let (width, height) = (area.width.saturating_sub(8).min(110), area.height.saturating_sub(4));
        let inside = frame::open(buf, area, theme, &Line::from(self.title.as_str()), width, height);
        let body = Rect { height: inside.height.saturating_sub(2), ..inside };
        self.area.set_style(theme.style(Role::Text));
        self.area.set_cursor_style(Style::new().reversed());
        self.area.set_selection_style(theme.style(Role::Selection));
        if !body.is_empty() {
            (&self.area).render(body, buf);
        }
        if let Some(reason) = &self.reason {
            let row = paint::row(inside, inside.height.saturating_sub(2));
            paint::put(buf, row, 0, 0, reason, theme.style(Role::Error));
        }
        let pairs = [("F2", self.verb.as_str()), ("Esc", "goes back, the text is kept"), ("F4", "your editor")];
        frame::keys(buf, paint::row(inside, inside.height.saturating_sub(1)), theme, &pairs);
        None
    }
}

/// A line without controls (tabs stay) and without characters that turn or hide text.
fn clean(line: &str) -> String {
    line.chars().filter(|c| *c == '\t' || !c.is_control() && !unseen(*c)).collect()
}

fn input(key: Key) -> Input {
    let code = match key.code {
        Code::Char(c) => TextKey::Char(c),
        Code::Enter => TextKey::Enter,
        Code::Esc => TextKey::Esc,
        Code::Tab | Code::BackTab => TextKey::Tab,
        Code::Backspace => TextKey::Backspace,
        Code::Delete => TextKey::Delete,
        Code::Insert => TextKey::Null,
        Code::Up => TextKey::Up,
        Code::Down => TextKey::Down,
        Code::Left => TextKey::Left,
        Code::Right => TextKey::Right,
        Code::Home => TextKey::Home,
        Code::End => TextKey::End,
        Code::PageUp => TextKey::PageUp,
        Code::PageDown => TextKey::PageDown,
        Code::F(n) => TextKey::F(n),
    };
    Input { key: code, ctrl: key.ctrl, alt: key.alt, shift: key.shift }
}
