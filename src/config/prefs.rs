//! The user's own settings, `config.toml` in the user's configuration directory: how the screen looks, which keys do
//! what, colours.
//!
//! Unlike a project's file, nothing here is worth refusing to start for: an entry that is unknown or wrong costs only
//! itself and is reported with its line. What a key or a style means is the screen's business. Enter at [`read`].
//!
//! ```toml
//! [ui]
//! theme = "light"            # auto, light, dark, mono
//! ascii = true               # no characters beyond ASCII
//!
//! [keys]
//! "deploy.next" = "N"        # or several: ["N", "ctrl-n"]; an empty array takes the keys away
//!
//! [style]
//! failed = "light-red bold"
//! ```

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{Fault, Position, Problem};
use super::read::{Lines, MOST_BYTES, found};

/// The names of the themes.
const THEMES: [(&str, Theme); 4] =
    [("auto", Theme::Auto), ("light", Theme::Light), ("dark", Theme::Dark), ("mono", Theme::Mono)];
/// The tables of the file.
const TABLES: [&str; 3] = ["ui", "keys", "style"];
/// The keys of `[ui]`.
const UI: [&str; 2] = ["theme", "ascii"];

/// Which colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// Those that suit the terminal, as far as it says.
    #[default]
    Auto,
    /// For a light background.
    Light,
    /// For a dark background.
    Dark,
    /// None.
    Mono,
}

/// The keys of one action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// The action's name.
    pub action: String,
    /// The keys as written; none takes the action's keys away.
    pub keys: Vec<String>,
    /// Where it stands, for what the screen finds wrong with a key.
    pub at: Position,
}

/// The style of one part of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style {
    /// The part's name.
    pub part: String,
    /// The style as written.
    pub style: String,
    /// Where it stands, for what the screen finds wrong with a style.
    pub at: Position,
}

/// What a user wants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prefs {
    /// Which colours.
    pub theme: Theme,
    /// Whether only ASCII is drawn; `None` leaves it to the surroundings.
    pub ascii: Option<bool>,
    /// Changed keys, in the order of the file.
    pub keys: Vec<Keys>,
    /// Changed styles, in the order of the file.
    pub styles: Vec<Style>,
}

/// The names that settings may speak of.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The actions.
    pub actions: &'a [&'a str],
    /// The parts of the screen that have a style.
    pub parts: &'a [&'a str],
}

/// Reads the settings: what is understood, and what is not. `name` is what messages call the file.
pub fn read(name: &str, bytes: &[u8], known: &Known<'_>) -> (Prefs, Vec<Problem>) {
    let whole = |fault| (Prefs::default(), vec![Problem { file: name.to_owned(), at: None, fault }]);
    if bytes.len() > MOST_BYTES {
        return whole(Fault::TooLarge { bytes: bytes.len(), most: MOST_BYTES });
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return whole(Fault::NotText) };
    let lines = Lines::of(text);
    // A line that is no TOML costs only itself as well.
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader { file: name, lines: &lines, known, prefs: Prefs::default(), problems: Vec::new() };
    for error in errors {
        let at = error.span().map(|span| lines.position(span.start));
        let fault = Fault::Syntax(error.message().replace('\n', ", "));
        reader.problems.push(Problem { file: name.to_owned(), at, fault });
    }
    reader.file(table.get_ref());
    let Reader { mut prefs, mut problems, .. } = reader;
    prefs.keys.sort_by_key(|keys| keys.at);
    prefs.styles.sort_by_key(|style| style.at);
    problems.sort_by_key(|problem| problem.at);
    (prefs, problems)
}

struct Reader<'a> {
    file: &'a str,
    lines: &'a Lines<'a>,
    known: &'a Known<'a>,
    prefs: Prefs,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn report<T>(&mut self, at: &Spanned<T>, fault: Fault) {
        let at = Some(self.lines.position(at.span().start));
        self.problems.push(Problem { file: self.file.to_owned(), at, fault });
    }

    fn wrong_type(&mut self, key: &str, place: &str, value: &Spanned<DeValue<'_>>, allowed: &str) {
        // The parser puts a value of no width where it could not read one, and has said so already.
        if value.span().is_empty() {
            return;
        }
        let fault = Fault::WrongType {
            key: key.to_owned(),
            place: place.to_owned(),
            found: found(value.get_ref()),
            allowed: allowed.to_owned(),
        };
        self.report(value, fault);
    }

    fn file(&mut self, table: &DeTable<'_>) {
        for (name, value) in table {
            match (name.get_ref().as_ref(), value.get_ref()) {
                ("ui", DeValue::Table(ui)) => self.ui(ui),
                ("keys", DeValue::Table(keys)) => self.keys(keys, ""),
                ("style", DeValue::Table(styles)) => self.styles(styles),
                (key @ ("ui" | "keys" | "style"), _) => self.wrong_type(key, "the file", value, "a table"),
                (key, _) => {
                    let allowed = TABLES.map(str::to_owned).to_vec();
                    let fault = Fault::UnknownKey { key: key.to_owned(), place: "the file".to_owned(), allowed };
                    self.report(name, fault);
                }
            }
        }
    }

    fn ui(&mut self, ui: &DeTable<'_>) {
        for (name, value) in ui {
            match (name.get_ref().as_ref(), value.get_ref()) {
                ("theme", DeValue::String(word)) => match THEMES.into_iter().find(|(theme, _)| theme == word) {
                    Some((_, theme)) => self.prefs.theme = theme,
                    None => self.report(value, Fault::unknown_name("theme", word, THEMES.map(|(name, _)| name))),
                },
                ("ascii", DeValue::Boolean(ascii)) => self.prefs.ascii = Some(*ascii),
                ("theme", _) => self.wrong_type("theme", "[ui]", value, "auto, light, dark, mono"),
                ("ascii", _) => self.wrong_type("ascii", "[ui]", value, "true or false"),
                (key, _) => {
                    let allowed = UI.map(str::to_owned).to_vec();
                    let fault = Fault::UnknownKey { key: key.to_owned(), place: "[ui]".to_owned(), allowed };
                    self.report(name, fault);
                }
            }
        }
    }

    /// Names of actions hold dots, which are tables inside tables where nobody quotes them: both are meant.
    fn keys(&mut self, keys: &DeTable<'_>, prefix: &str) {
        for (name, value) in keys {
            let action = format!("{prefix}{}", name.get_ref());
            if let DeValue::Table(inner) = value.get_ref() {
                self.keys(inner, &format!("{action}."));
                continue;
            }
            if !self.known.actions.contains(&action.as_str()) {
                self.report(name, Fault::unknown_name("action", &action, self.known.actions.iter().copied()));
                continue;
            }
            let written = match value.get_ref() {
                DeValue::String(key) => Some(vec![key.to_string()]),
                DeValue::Array(several) => {
                    several.iter().map(|key| key.get_ref().as_str().map(str::to_owned)).collect()
                }
                _ => None,
            };
            let at = self.lines.position(name.span().start);
            match written {
                Some(keys) => self.prefs.keys.push(Keys { action, keys, at }),
                None => self.wrong_type(&action, "[keys]", value, "a key in quotes, or an array of them"),
            }
        }
    }

    fn styles(&mut self, styles: &DeTable<'_>) {
        for (name, value) in styles {
            let part = name.get_ref().to_string();
            let at = self.lines.position(name.span().start);
            match value.get_ref() {
                _ if !self.known.parts.contains(&part.as_str()) => {
                    self.report(name, Fault::unknown_name("style", &part, self.known.parts.iter().copied()));
                }
                DeValue::String(style) => self.prefs.styles.push(Style { part, style: style.to_string(), at }),
                _ => self.wrong_type(&part, "[style]", value, "a style in quotes, such as \"light-red bold\""),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: Known<'_> = Known { actions: &["status", "deploy.next", "deploy.start"], parts: &["failed", "next"] };

    fn said(text: &str) -> (Prefs, Vec<String>) {
        let (prefs, problems) = read("config.toml", text.as_bytes(), &KNOWN);
        (prefs, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn what_is_set_is_read() {
        let (prefs, problems) = said(
            "[ui]\ntheme = \"light\"\nascii = true\n[keys]\nstatus = []\n\"deploy.next\" = [\"N\", \"ctrl-n\"]\n\
             deploy.start = \"D\"\n[style]\nfailed = \"light-red bold\"\n",
        );
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!((prefs.theme, prefs.ascii), (Theme::Light, Some(true)));
        let keys: Vec<String> = prefs.keys.iter().map(|one| format!("{} {}", one.action, one.keys.join(" "))).collect();
        assert_eq!(keys, ["status ", "deploy.next N ctrl-n", "deploy.start D"]);
        assert_eq!((prefs.styles[0].part.as_str(), prefs.styles[0].at.line), ("failed", 9));
        assert_eq!(said(""), (Prefs::default(), Vec::new()));
    }

    #[test]
    fn a_wrong_entry_costs_only_itself() {
        let (prefs, problems) = said(
            "[ui]\ntheme = \"drak\"\nascii = \"yes\"\ncolor = 1\n[keys]\n\"deploy.nxt\" = \"N\"\nstatus = 3\n\
             \"deploy.next\" = \"x\"\n[style]\nfialed = \"red\"\nnext = 1\n[mouse]\non = true\n",
        );
        assert_eq!(
            problems,
            [
                "config.toml:2:9: unknown theme \"drak\"; did you mean \"dark\"? allowed: auto, light, dark, mono",
                "config.toml:3:9: \"ascii\" in [ui] is a text; allowed: true or false",
                "config.toml:4:1: unknown key \"color\" in [ui]; allowed: theme, ascii",
                "config.toml:6:1: unknown action \"deploy.nxt\"; did you mean \"deploy.next\"? allowed: status, deploy.next, deploy.start",
                "config.toml:7:10: \"status\" in [keys] is a whole number; allowed: a key in quotes, or an array of them",
                "config.toml:10:1: unknown style \"fialed\"; did you mean \"failed\"? allowed: failed, next",
                "config.toml:11:8: \"next\" in [style] is a whole number; allowed: a style in quotes, such as \"light-red bold\"",
                "config.toml:12:2: unknown key \"mouse\" in the file; allowed: ui, keys, style",
            ]
        );
        assert_eq!(prefs.theme, Theme::Auto);
        assert_eq!(prefs.keys.len(), 1, "the good key stays: {:?}", prefs.keys);
    }

    #[test]
    fn a_line_that_is_no_toml_costs_only_itself() {
        let (prefs, problems) = said("[ui]\ntheme = = \"dark\"\nascii = true\n[keys]\nstatus = \"s\"\n");
        assert!(!problems.is_empty());
        assert!(problems.iter().all(|problem| problem.starts_with("config.toml:2:")), "{problems:?}");
        assert_eq!((prefs.ascii, prefs.keys.len()), (Some(true), 1));
        let (prefs, problems) = read("config.toml", b"\xff", &KNOWN);
        assert_eq!((prefs, problems.len()), (Prefs::default(), 1));
    }
}
