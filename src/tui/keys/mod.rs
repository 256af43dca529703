//! Keys by name: what a person presses, how it is written in the configuration and on the screen.
//!
//! Knows nothing of terminals ([`super::decode`] makes keys out of bytes) and nothing of actions
//! ([`map`] binds chords to them). Enter at [`Key`]'s `FromStr` ("ctrl-x") and at [`Chord`] ("ctrl-x r").

pub mod chord;
pub mod map;
pub mod which;

use std::fmt;
use std::str::FromStr;

pub use chord::{Chords, Pressed};
pub use map::{Keymap, Problem, Row};

/// Which key, without the modifiers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Code {
    /// A character as it arrives: an upper-case letter already carries its shift.
    Char(char),
    /// The main confirming key.
    Enter,
    /// Goes back, never quits.
    Esc,
    /// Next pane or field.
    Tab,
    /// Shift and Tab together.
    BackTab,
    /// Deletes to the left.
    Backspace,
    /// Deletes under the cursor.
    Delete,
    /// Insert.
    Insert,
    /// Cursor up.
    Up,
    /// Cursor down.
    Down,
    /// Cursor left.
    Left,
    /// Cursor right.
    Right,
    /// Start of the line or list.
    Home,
    /// End of the line or list.
    End,
    /// One page up.
    PageUp,
    /// One page down.
    PageDown,
    /// Function key 1 to 24.
    F(u8),
}

/// One press: a key with its modifiers. Shift is only ever set on keys that are not characters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Key {
    /// Which key.
    pub code: Code,
    /// With Ctrl.
    pub ctrl: bool,
    /// With Alt (or Esc before it, which terminals send alike).
    pub alt: bool,
    /// With Shift.
    pub shift: bool,
}

impl Key {
    /// The key without modifiers.
    pub const fn plain(code: Code) -> Self {
        Self { code, ctrl: false, alt: false, shift: false }
    }

    /// A character without modifiers.
    pub const fn char(c: char) -> Self {
        Self::plain(Code::Char(c))
    }

    /// A letter with Ctrl.
    pub const fn ctrl(c: char) -> Self {
        Self { code: Code::Char(c), ctrl: true, alt: false, shift: false }
    }

    /// The character that this press would write into a text field, if it is one.
    pub fn text(self) -> Option<char> {
        match self.code {
            Code::Char(c) if !self.ctrl && !self.alt => Some(c),
            _ => None,
        }
    }

    /// The name as the configuration spells it: `ctrl-x`, `pgdn`, `alt-a`, `space`.
    pub fn name(self) -> String {
        let mut out = String::new();
        for (on, prefix) in [(self.ctrl, "ctrl-"), (self.alt, "alt-"), (self.shift, "shift-")] {
            if on {
                out.push_str(prefix);
            }
        }
        match self.code {
            Code::Char(' ') => out.push_str("space"),
            Code::Char(c) => out.push(c),
            Code::F(n) => out.push_str(&format!("f{n}")),
            code => out.push_str(NAMES.iter().find(|row| row.0 == code).map_or("?", |row| row.1)),
        }
        out
    }
}

/// Every named key: its code, its name in the configuration, its name on the screen.
const NAMES: &[(Code, &str, &str)] = &[
    (Code::Enter, "enter", "Enter"),
    (Code::Esc, "esc", "Esc"),
    (Code::Tab, "tab", "Tab"),
    (Code::BackTab, "backtab", "Shift-Tab"),
    (Code::Backspace, "backspace", "Backspace"),
    (Code::Delete, "delete", "Del"),
    (Code::Insert, "insert", "Ins"),
    (Code::Up, "up", "Up"),
    (Code::Down, "down", "Down"),
    (Code::Left, "left", "Left"),
    (Code::Right, "right", "Right"),
    (Code::Home, "home", "Home"),
    (Code::End, "end", "End"),
    (Code::PageUp, "pgup", "PgUp"),
    (Code::PageDown, "pgdn", "PgDn"),
    (Code::Char(' '), "space", "Space"),
];

/// Other spellings that people use for the same keys.
const ALIASES: &[(&str, Code)] = &[
    ("return", Code::Enter),
    ("escape", Code::Esc),
    ("shift-tab", Code::BackTab),
    ("del", Code::Delete),
    ("ins", Code::Insert),
    ("pageup", Code::PageUp),
    ("pagedown", Code::PageDown),
    ("pgdown", Code::PageDown),
];

impl fmt::Display for Key {
    /// The name as the screen shows it: `Ctrl-X`, `PgDn`, `Alt-a`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (on, prefix) in [(self.ctrl, "Ctrl-"), (self.alt, "Alt-"), (self.shift, "Shift-")] {
            if on {
                f.write_str(prefix)?;
            }
        }
        match self.code {
            Code::Char(' ') => f.write_str("Space"),
            // Ctrl-X is how every manual writes it, although the shift is not pressed.
            Code::Char(c) if self.ctrl => write!(f, "{}", c.to_ascii_uppercase()),
            Code::Char(c) => write!(f, "{c}"),
            Code::F(n) => write!(f, "F{n}"),
            code => f.write_str(NAMES.iter().find(|row| row.0 == code).map_or("?", |row| row.2)),
        }
    }
}

/// Why a name is not a key.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeyError {
    /// Nothing was written.
    #[error("no key is named")]
    Empty,
    /// No key has this name.
    #[error("no key is named {0:?}")]
    Unknown(String),
    /// Terminals send the same byte for both, so a binding on it could never be told apart.
    #[error("terminals cannot tell {0} from {1}")]
    Indistinct(String, &'static str),
}

/// Ctrl with these letters is the same byte as the named key.
const SAME_BYTE: &[(char, &str)] = &[('i', "tab"), ('m', "enter"), ('[', "esc"), ('h', "backspace"), ('j', "enter")];

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(written: &str) -> Result<Self, KeyError> {
        if written.is_empty() {
            return Err(KeyError::Empty);
        }
        let unknown = || KeyError::Unknown(written.to_owned());
        let mut key = Key::plain(Code::Esc);
        let mut rest = written;
        // A trailing character is never a modifier, so that "-" and "ctrl--" stay keys.
        while let Some((modifier, after)) = rest.split_once('-').filter(|(_, after)| !after.is_empty()) {
            match modifier.to_ascii_lowercase().as_str() {
                "ctrl" | "control" | "c" => key.ctrl = true,
                "alt" | "meta" | "a" => key.alt = true,
                "shift" => key.shift = true,
                _ => return Err(unknown()),
            }
            rest = after;
        }
        let mut chars = rest.chars();
        key.code = match (chars.next(), chars.next()) {
            (Some(c), None) => Code::Char(c),
            _ => named(&rest.to_ascii_lowercase()).ok_or_else(unknown)?,
        };
        normalise(key, written)
    }
}

fn named(name: &str) -> Option<Code> {
    let alias = ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, code)| *code);
    let f = name.strip_prefix('f').and_then(|n| n.parse().ok()).filter(|n| (1..=24).contains(n));
    alias.or_else(|| NAMES.iter().find(|row| row.1 == name).map(|row| row.0)).or(f.map(Code::F))
}

/// Brings different spellings of one press to the one that arrives from the terminal.
fn normalise(mut key: Key, written: &str) -> Result<Key, KeyError> {
    if let Code::Char(c) = key.code {
        if key.ctrl {
            key.code = Code::Char(c.to_ascii_lowercase());
            key.shift = false;
            if let Some((_, same)) = SAME_BYTE.iter().find(|(same, _)| *same == c.to_ascii_lowercase()) {
                return Err(KeyError::Indistinct(written.to_owned(), same));
            }
        } else if key.shift {
            key.code = Code::Char(c.to_uppercase().next().unwrap_or(c));
            key.shift = false;
        }
    }
    if key.code == Code::Tab && key.shift {
        key.code = Code::BackTab;
    }
    if key.code == Code::BackTab {
        key.shift = false;
    }
    Ok(key)
}

/// One or more keys pressed one after the other: `n`, `ctrl-x r`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Chord(Vec<Key>);

impl Chord {
    /// The keys in the order in which they are pressed; at least one.
    pub fn keys(&self) -> &[Key] {
        &self.0
    }

    /// The name as the configuration spells it: `ctrl-x r`.
    pub fn name(&self) -> String {
        self.0.iter().map(|key| key.name()).collect::<Vec<_>>().join(" ")
    }

    /// True if the chord begins with these keys and goes on after them.
    pub fn goes_on_after(&self, prefix: &[Key]) -> bool {
        self.0.len() > prefix.len() && self.0.starts_with(prefix)
    }
}

impl From<Key> for Chord {
    fn from(key: Key) -> Self {
        Self(vec![key])
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, key) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            write!(f, "{key}")?;
        }
        Ok(())
    }
}

impl FromStr for Chord {
    type Err = KeyError;

    fn from_str(written: &str) -> Result<Self, KeyError> {
        let keys = written.split_ascii_whitespace().map(Key::from_str).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() { Err(KeyError::Empty) } else { Ok(Self(keys)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(written: &str, name: &str, shown: &str) {
        let chord: Chord = written.parse().unwrap();
        assert_eq!((chord.name().as_str(), chord.to_string().as_str()), (name, shown));
        assert_eq!(chord.name().parse::<Chord>().unwrap(), chord, "the printed name must parse back");
    }

    #[test]
    fn names_parse_and_print() {
        check("ctrl-x r", "ctrl-x r", "Ctrl-X r");
        check("Enter", "enter", "Enter");
        check("escape", "esc", "Esc");
        check("F1", "f1", "F1");
        check("f", "f", "f");
        check("PgDown", "pgdn", "PgDn");
        check("alt-x", "alt-x", "Alt-x");
        check("shift-tab", "backtab", "Shift-Tab");
        check("shift-p", "P", "P");
        check("P", "P", "P");
        check("-", "-", "-");
        check("ctrl--", "ctrl--", "Ctrl--");
        check("C-X", "ctrl-x", "Ctrl-X");
        check("space", "space", "Space");
        check("ctrl-alt-shift-up", "ctrl-alt-shift-up", "Ctrl-Alt-Shift-Up");
    }

    #[test]
    fn wrong_names_say_what_is_wrong() {
        let error = |written: &str| written.parse::<Chord>().unwrap_err().to_string();
        assert_eq!(error(""), "no key is named");
        assert_eq!(error("   "), "no key is named");
        assert_eq!(error("ctrl-x foo"), "no key is named \"foo\"");
        assert_eq!(error("hyper-x"), "no key is named \"hyper-x\"");
        assert_eq!(error("f25"), "no key is named \"f25\"");
        assert_eq!(error("ctrl-I"), "terminals cannot tell ctrl-I from tab");
        assert_eq!(error("ctrl-m"), "terminals cannot tell ctrl-m from enter");
    }

    #[test]
    fn a_prefix_is_shorter_than_its_chord() {
        let chord: Chord = "ctrl-x r".parse().unwrap();
        assert!(chord.goes_on_after(&[Key::ctrl('x')]));
        assert!(!chord.goes_on_after(chord.keys()));
        assert!(!chord.goes_on_after(&[Key::char('r')]));
    }

    proptest! {
        #[test]
        fn any_text_parses_or_is_refused_and_what_parses_prints_back(written in "\\PC{0,12}") {
            if let Ok(chord) = written.parse::<Chord>() {
                prop_assert_eq!(chord.name().parse::<Chord>(), Ok(chord));
            }
        }
    }
}
