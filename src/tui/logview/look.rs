//! How the log looks: a few styles, so that the view knows nothing of themes.

use ratatui::style::{Color, Modifier, Style};

use crate::domain::text::{Colour, TextStyle};
use crate::tui::theme::{Palette, Role, Theme};

/// Styles and signs of the log view.
#[derive(Debug, Clone, Copy)]
pub struct LogLook {
    /// Plain text.
    pub text: Style,
    /// Times, and what relco puts in: visible forms of what cannot be shown, remarks, cut marks.
    pub dim: Style,
    /// The marker of the current line.
    pub current: Style,
    /// The time and the uncoloured text of a line that looks like an error.
    pub error: Style,
    /// Matches of a search.
    pub found: Style,
    /// Whether the log's own colours are shown.
    pub colours: bool,
    /// Only ASCII may be drawn for relco's own signs.
    pub ascii: bool,
    /// Stands at the left of the current line; one cell wide.
    pub marker: &'static str,
}

impl LogLook {
    /// The look that goes with a theme.
    pub fn of(theme: &Theme) -> LogLook {
        LogLook {
            text: theme.style(Role::Text),
            dim: theme.style(Role::Dim),
            current: theme.style(Role::Next),
            error: theme.style(Role::Error),
            found: theme.style(Role::Selection),
            colours: theme.palette != Palette::Mono,
            ascii: theme.glyphs.ascii,
            marker: theme.glyphs.marker,
        }
    }

    /// The style of a run of foreign text, on a line in style `line`.
    pub(super) fn run(&self, run: &TextStyle, line: Style) -> Style {
        let mut style = if run.shown { self.dim } else { line };
        if self.colours {
            if let Some(fg) = run.fg {
                style = style.fg(colour(fg));
            }
            if let Some(bg) = run.bg {
                style = style.bg(colour(bg));
            }
        }
        for (on, modifier) in [
            (run.bold, Modifier::BOLD),
            (run.dim, Modifier::DIM),
            (run.underline, Modifier::UNDERLINED),
            (run.reverse, Modifier::REVERSED),
        ] {
            if on {
                style = style.add_modifier(modifier);
            }
        }
        if run.marked { style.patch(self.found) } else { style }
    }

    /// Relco's own signs as this terminal can show them; each keeps its width.
    pub(super) fn signs(&self, text: &str) -> String {
        let plain = |ch: char| match ch {
            '…' => '.',
            '×' => 'x',
            _ if ch.is_ascii() => ch,
            _ => '^',
        };
        if self.ascii { text.chars().map(plain).collect() } else { text.to_owned() }
    }
}

fn colour(colour: Colour) -> Color {
    match colour {
        Colour::Black => Color::Black,
        Colour::Red => Color::Red,
        Colour::Green => Color::Green,
        Colour::Yellow => Color::Yellow,
        Colour::Blue => Color::Blue,
        Colour::Magenta => Color::Magenta,
        Colour::Cyan => Color::Cyan,
        Colour::White => Color::Gray,
        Colour::BrightBlack => Color::DarkGray,
        Colour::BrightRed => Color::LightRed,
        Colour::BrightGreen => Color::LightGreen,
        Colour::BrightYellow => Color::LightYellow,
        Colour::BrightBlue => Color::LightBlue,
        Colour::BrightMagenta => Color::LightMagenta,
        Colour::BrightCyan => Color::LightCyan,
        Colour::BrightWhite => Color::White,
    }
}
