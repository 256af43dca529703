//! Where output goes: text for people on standard output, warnings and hints on standard error, one JSON document
//! for machines. Foreign text passes the one sanitiser.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

use crate::domain::item::ItemState;
use crate::domain::text;

/// The output of a command.
#[derive(Debug)]
pub struct Output {
    /// One JSON document instead of text.
    pub json: bool,
    colour: bool,
}

impl Output {
    /// Colours only on a terminal, and never with `NO_COLOR`.
    pub fn new(json: bool) -> Self {
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { json, colour: !json && !no_colour && io::stdout().is_terminal() }
    }

    /// A line of text. A closed pipe is no error: the reader has seen enough.
    pub fn line(&self, line: impl AsRef<str>) {
        let _ = writeln!(io::stdout().lock(), "{}", line.as_ref());
    }

    /// Text as it stands.
    pub fn raw(&self, bytes: &[u8]) {
        let mut out = io::stdout().lock();
        let _ = out.write_all(bytes).and_then(|()| out.flush());
    }

    /// The document.
    pub fn document(&self, document: &impl Serialize) {
        let text = serde_json::to_string_pretty(document).unwrap_or_default();
        self.line(text);
    }

    /// Something a person should know, beside the result.
    pub fn warn(&self, warning: &str) {
        let _ = writeln!(io::stderr().lock(), "warning: {}", text::plain(warning));
    }

    /// What to do next.
    pub fn hint(&self, hint: &str) {
        let _ = writeln!(io::stderr().lock(), "hint: {}", text::plain(hint));
    }

    /// A state with its glyph, in its colour where there is one.
    pub fn state(&self, state: ItemState) -> String {
        let (glyph, colour) = match state {
            ItemState::Open => ("○", "0"),
            ItemState::Doing => ("●", "36"),
            ItemState::Done => ("✔", "32"),
            ItemState::Failed => ("✖", "31"),
            ItemState::Skipped => ("↷", "33"),
            ItemState::NotApplicable => ("–", "2"),
            ItemState::Unknown => ("?", "35"),
            ItemState::Waived => ("⊘", "33"),
        };
        if self.colour { format!("\x1b[{colour}m{glyph}\x1b[0m") } else { glyph.to_owned() }
    }

    /// Bold, where there is any style.
    pub fn bold(&self, text: &str) -> String {
        if self.colour { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// In red, where there is colour.
    pub fn red(&self, text: &str) -> String {
        if self.colour { format!("\x1b[31m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Foreign text on one line.
pub fn safe(text: &str) -> String {
    text::plain(text)
}
