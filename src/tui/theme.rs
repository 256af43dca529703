//! Colours by role, and how a state looks: word, glyph and colour together, never colour alone.
//!
//! Panes ask for a [`Role`] and never name a colour. Only the 16 named colours are used, because they follow the
//! terminal's own palette; the mono theme stands in for `NO_COLOR`. The background cannot be asked for without
//! reading the terminal's answer, so the default uses names that read on both. Enter at [`Theme::pick`].

use std::str::FromStr;

use ratatui::style::{Color, Modifier, Style};

use super::glyphs::Glyphs;

/// What a piece of the screen means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Plain text.
    Text,
    /// Done: a gate passed, an item ticked, a step that exited 0.
    Ok,
    /// A step at work.
    Running,
    /// Not done yet.
    Open,
    /// Failed.
    Failed,
    /// Skipped with a reason.
    Skipped,
    /// Does not apply to this release.
    NotApplicable,
    /// The outcome is not known.
    Unknown,
    /// Waived with a reason.
    Waived,
    /// The title of the focused pane.
    Focus,
    /// The title of another pane.
    Title,
    /// Rules between panes and other furniture.
    Rule,
    /// What matters less: times, hints, what is done.
    Dim,
    /// What is next: bright.
    Next,
    /// The selected row.
    Selection,
    /// An environment that can be broken without harm.
    EnvironmentNormal,
    /// An environment that people depend on.
    EnvironmentDanger,
    /// Something is wrong.
    Error,
    /// Something is about to be wrong, or unusual.
    Warning,
    /// A key that can be pressed.
    Key,
}

/// Every role with its name in the configuration.
pub const ROLES: &[(&str, Role)] = &[
    ("text", Role::Text),
    ("ok", Role::Ok),
    ("running", Role::Running),
    ("open", Role::Open),
    ("failed", Role::Failed),
    ("skipped", Role::Skipped),
    ("not-applicable", Role::NotApplicable),
    ("unknown", Role::Unknown),
    ("waived", Role::Waived),
    ("focus", Role::Focus),
    ("title", Role::Title),
    ("rule", Role::Rule),
    ("dim", Role::Dim),
    ("next", Role::Next),
    ("selection", Role::Selection),
    ("environment", Role::EnvironmentNormal),
    ("environment-danger", Role::EnvironmentDanger),
    ("error", Role::Error),
    ("warning", Role::Warning),
    ("key", Role::Key),
];

/// Which set of colours is used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Palette {
    /// Not known: names that read on dark and on light.
    #[default]
    Either,
    /// The person said that the background is dark.
    Dark,
    /// The person said that the background is light.
    Light,
    /// No colour at all: bold, dim, underline and reverse.
    Mono,
}

/// What the surroundings and the person say about the screen; read once at the start by whoever may read them.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// `NO_COLOR` is set and not empty.
    pub no_color: bool,
    /// `COLORFGBG`, which some terminals set: `15;0` is light on dark.
    pub colorfgbg: Option<String>,
    /// `TERM`.
    pub term: Option<String>,
    /// The first of `LC_ALL`, `LC_CTYPE` and `LANG` that is not empty.
    pub locale: Option<String>,
    /// `RELCO_ASCII=1` or `--ascii`.
    pub ascii: bool,
    /// `--light`, `--dark`, or the configuration.
    pub palette: Option<Palette>,
}

impl Surroundings {
    /// Reads them through a lookup, in practice `|name| std::env::var(name).ok()`.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| lookup(name).filter(|value| !value.is_empty());
        Self {
            no_color: set("NO_COLOR").is_some(),
            colorfgbg: set("COLORFGBG"),
            term: set("TERM"),
            locale: set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG")),
            ascii: set("RELCO_ASCII").is_some_and(|value| value != "0"),
            palette: None,
        }
    }
}

/// Colours and glyphs of one screen.
#[derive(Clone, Debug)]
pub struct Theme {
    /// The set of colours in use.
    pub palette: Palette,
    /// The set of glyphs in use.
    pub glyphs: &'static Glyphs,
    changed: Vec<(Role, Style)>,
}

impl Theme {
    /// Chooses colours and glyphs. `NO_COLOR` wins over everything; what the person says wins over guesses.
    pub fn pick(around: &Surroundings) -> Self {
        let palette = if around.no_color {
            Palette::Mono
        } else {
            around.palette.or_else(|| guess(around.colorfgbg.as_deref())).unwrap_or_default()
        };
        let locale = around.locale.as_deref().unwrap_or("").to_ascii_lowercase();
        let utf8 = locale.contains("utf-8") || locale.contains("utf8");
        let ascii = around.ascii || around.term.as_deref() == Some("linux") || !utf8;
        Self { palette, glyphs: if ascii { &Glyphs::ASCII } else { &Glyphs::UNICODE }, changed: Vec::new() }
    }

    /// A theme with these colours and Unicode glyphs.
    pub fn with(palette: Palette) -> Self {
        Self { palette, glyphs: &Glyphs::UNICODE, changed: Vec::new() }
    }

    /// Replaces the style of a role; nothing happens in mono, where no colour may come back in.
    pub fn change(&mut self, role: Role, style: Style) {
        if self.palette != Palette::Mono {
            self.changed.retain(|(changed, _)| *changed != role);
            self.changed.push((role, style));
        }
    }

    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        if let Some((_, style)) = self.changed.iter().find(|(changed, _)| *changed == role) {
            return *style;
        }
        match self.palette {
            Palette::Mono => mono(role),
            palette => colour(role, palette),
        }
    }
}

/// The last field of `COLORFGBG` is the background: 7 and 9 to 15 are the light ones.
fn guess(colorfgbg: Option<&str>) -> Option<Palette> {
    let background: u8 = colorfgbg?.rsplit(';').next()?.parse().ok()?;
    Some(if background == 7 || (9..=15).contains(&background) { Palette::Light } else { Palette::Dark })
}

fn mono(role: Role) -> Style {
    let style = Style::new();
    match role {
        Role::Text | Role::Open | Role::Title | Role::Rule | Role::Ok => style,
        Role::Skipped | Role::NotApplicable | Role::Waived | Role::Dim => style.add_modifier(Modifier::DIM),
        Role::Running | Role::Focus | Role::Next | Role::Warning | Role::Key | Role::EnvironmentNormal => style.bold(),
        Role::Failed | Role::Unknown | Role::Error => style.bold().underlined(),
        Role::Selection => style.reversed(),
        Role::EnvironmentDanger => style.bold().reversed(),
    }
}

fn colour(role: Role, palette: Palette) -> Style {
    let style = Style::new();
    // Yellow cannot be read on white, blue hardly on black: where the background is unknown, neither carries text.
    let (running, warning) = match palette {
        Palette::Dark => (Color::LightCyan, Color::LightYellow),
        Palette::Light => (Color::Blue, Color::Magenta),
        Palette::Either | Palette::Mono => (Color::Cyan, Color::Magenta),
    };
    let (ok, failed) = match palette {
        Palette::Dark => (Color::LightGreen, Color::LightRed),
        _ => (Color::Green, Color::Red),
    };
    match role {
        Role::Text | Role::Open | Role::Title => style,
        Role::Ok => style.fg(ok),
        Role::Running => style.fg(running).bold(),
        Role::Failed | Role::Error => style.fg(failed).bold(),
        Role::Unknown | Role::Warning => style.fg(warning).bold(),
        Role::Waived => style.fg(warning),
        Role::Skipped | Role::NotApplicable | Role::Dim | Role::Rule => style.fg(Color::DarkGray),
        Role::Focus | Role::Next => style.bold(),
        Role::Key => style.fg(running).bold(),
        Role::Selection => style.reversed(),
        // White on a colour reads in every palette, whatever lies around it.
        Role::EnvironmentNormal => style.fg(Color::White).bg(Color::Blue).bold(),
        Role::EnvironmentDanger => style.fg(Color::White).bg(Color::Red).bold(),
    }
}

/// Why a style in the configuration cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0:?} is neither one of the 16 colours (red, light-red, …) nor bold, dim, underline or reverse")]
pub struct StyleError(pub String);

/// Reads a style from the configuration: `red bold`, `on-blue white`, `dim`.
///
/// # Errors
/// Names the first word that is neither a colour nor an attribute.
pub fn parse_style(written: &str) -> Result<Style, StyleError> {
    let mut style = Style::new();
    for word in written.split_ascii_whitespace() {
        style = match word {
            "bold" => style.bold(),
            "dim" => style.add_modifier(Modifier::DIM),
            "underline" => style.underlined(),
            "reverse" => style.reversed(),
            "plain" => style,
            word => match word.strip_prefix("on-") {
                Some(colour) => style.bg(named(colour).ok_or_else(|| StyleError(word.to_owned()))?),
                None => style.fg(named(word).ok_or_else(|| StyleError(word.to_owned()))?),
            },
        };
    }
    Ok(style)
}

fn named(word: &str) -> Option<Color> {
    // Numbers and #rrggbb would leave the terminal's palette and with it the promise to read everywhere.
    let letters = word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    letters.then(|| Color::from_str(word).ok()).flatten()
}

#[cfg(test)]
mod tests;
