//! What is wrong with a configuration, where, what is allowed, and what was probably meant.
//!
//! Text from the file is always quoted with its control characters escaped, because a configuration may come from
//! a clone that nobody has read yet. Enter at [`ConfigError`]; [`nearest`] finds the name that was probably meant.

use std::fmt;

use thiserror::Error;

/// The most problems that one error lists; a file with more is not a configuration.
const MOST_PROBLEMS: usize = 20;

/// The most problems that are kept at all; a hostile file can hold very many.
pub const MOST_KEPT: usize = 1000;

/// The most names that a message lists.
const MOST_NAMES: usize = 32;

/// The most characters of foreign text that a message repeats.
const MOST_QUOTED: usize = 60;

/// Everything that is wrong with one file, in the order in which it stands there. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct ConfigError {
    problems: Vec<Problem>,
}

impl ConfigError {
    /// An error of these problems, or `None` when there are none.
    pub fn of(mut problems: Vec<Problem>) -> Option<Self> {
        problems.sort_by_key(|problem| problem.at);
        (!problems.is_empty()).then_some(Self { problems })
    }

    /// The problems, by position.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl From<Problem> for ConfigError {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem] }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().take(MOST_PROBLEMS).enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        match self.problems.len().saturating_sub(MOST_PROBLEMS) {
            0 => Ok(()),
            more if self.problems.len() >= MOST_KEPT => write!(f, "\nand at least {more} more"),
            more => write!(f, "\nand {more} more"),
        }
    }
}

/// A place in a file, both counted from 1; columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line.
    pub line: usize,
    /// Column, in characters.
    pub column: usize,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct Problem {
    /// The file as the caller named it.
    pub file: String,
    /// Where; `None` when it concerns the file as a whole.
    pub at: Option<Position>,
    /// What.
    pub fault: Fault,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some(Position { line, column }) => write!(f, "{}:{line}:{column}: {}", self.file, self.fault),
            None => write!(f, "{}: {}", self.file, self.fault),
        }
    }
}

/// What can be wrong.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// Larger than is read at all.
    #[error("{bytes} bytes long; allowed: at most {most}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The cap.
        most: usize,
    },
    /// Not UTF-8.
    #[error("not UTF-8 text")]
    NotText,
    /// Not TOML; in the parser's words.
    #[error("not TOML: {0}")]
    Syntax(String),
    /// A key that no table of this kind has.
    #[error("unknown key {} in {place}{}allowed: {}", quoted(.key), meant(.key, .allowed), names(.allowed))]
    UnknownKey {
        /// As written.
        key: String,
        /// The table: `[[gate]]`.
        place: String,
        /// The table's keys.
        allowed: Vec<String>,
    },
    /// A value of another type.
    #[error("{} in {place} is {found}; allowed: {allowed}", quoted(.key))]
    WrongType {
        /// The key.
        key: String,
        /// The table: `[[gate]]`.
        place: String,
        /// The type that was found: `an integer`.
        found: &'static str,
        /// In words.
        allowed: String,
    },
    /// A word that names nothing.
    #[error("unknown {what} {}{}allowed: {}", quoted(.name), meant(.name, .allowed), names(.allowed))]
    UnknownName {
        /// What it should have named: `environment`.
        what: String,
        /// As written.
        name: String,
        /// What there is.
        allowed: Vec<String>,
    },
    /// A key without which the entry says nothing.
    #[error("{place} needs {}{why}", quoted(.key))]
    Missing {
        /// The key.
        key: &'static str,
        /// The table and its id: `[[item]] load-test`.
        place: String,
        /// Why, with its own `: `, or empty.
        why: &'static str,
    },
    /// The same id twice.
    #[error("{what} {} stands already in line {first_line}", quoted(.id))]
    Duplicate {
        /// What it names: `item`.
        what: &'static str,
        /// The id.
        id: String,
        /// Where it stood first.
        first_line: usize,
    },
    /// A value of the right type that cannot be used.
    #[error("{} {} {why}", plain(.key), quoted(.value))]
    BadValue {
        /// The key.
        key: String,
        /// As written.
        value: String,
        /// Why, and what is allowed.
        why: String,
    },
    /// Keys that do not go together.
    #[error("{place}: {why}")]
    Contradiction {
        /// The table and its id: `[[item]] load-test`.
        place: String,
        /// Which keys, and what to do.
        why: String,
    },
}

impl Fault {
    /// A word that names nothing, with what it may have meant.
    pub fn unknown_name<'a>(what: &str, name: &str, allowed: impl IntoIterator<Item = &'a str>) -> Self {
        let allowed = allowed.into_iter().map(str::to_owned).collect();
        Fault::UnknownName { what: what.to_owned(), name: name.to_owned(), allowed }
    }

    /// A value that cannot be used.
    pub fn bad_value(key: &str, value: &str, why: impl Into<String>) -> Self {
        Fault::BadValue { key: key.to_owned(), value: value.to_owned(), why: why.into() }
    }
}

/// Foreign text in quotes: control and invisible characters escaped, long text cut.
pub fn quoted(text: &str) -> String {
    if text.chars().count() <= MOST_QUOTED {
        return format!("{text:?}");
    }
    let start: String = text.chars().take(MOST_QUOTED).collect();
    format!("{start:?}…")
}

/// A name as it stands where it is plain, else quoted.
pub fn plain(name: &str) -> String {
    let plain = !name.is_empty() && name.len() <= MOST_QUOTED;
    let plain = plain && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-[] ".contains(c));
    if plain { name.to_owned() } else { quoted(name) }
}

/// Looked for only when a message is shown, because a hostile file can hold very many unknown keys.
fn meant(name: &str, allowed: &[String]) -> String {
    let nearest = nearest(name, allowed.iter().map(String::as_str));
    nearest.map_or_else(|| "; ".to_owned(), |name| format!("; did you mean {}? ", quoted(name)))
}

/// What there is, cut where it would fill the screen: the nearest name stands before it anyway.
fn names(allowed: &[String]) -> String {
    if allowed.is_empty() {
        return "none, there are none".to_owned();
    }
    let shown = allowed.iter().take(MOST_NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
    match allowed.len().saturating_sub(MOST_NAMES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The candidate that was probably meant by a misspelt name: the one with the fewest edits, when these are at most
/// a third of the name's length (and two for short names).
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name: Vec<char> = name.chars().take(MOST_QUOTED).flat_map(char::to_lowercase).collect();
    let most = (name.len() / 3).max(2).min(name.len().saturating_sub(1));
    let (edits, candidate) = candidates
        .into_iter()
        .map(|candidate| (edits(&name, &candidate.to_lowercase().chars().collect::<Vec<_>>()), candidate))
        .min_by_key(|(edits, _)| *edits)?;
    (edits <= most).then_some(candidate)
}

/// Insertions, deletions, substitutions and swaps of neighbours that turn one word into the other
/// (optimal string alignment).
fn edits(from: &[char], to: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let get = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX / 2);
            let mut best = (get(&last, j) + usize::from(a != b)).min(get(&last, j + 1) + 1).min(get(&row, j) + 1);
            let swapped = i > 0 && j > 0 && from.get(i - 1) == Some(b) && to.get(j - 1) == Some(a);
            if swapped {
                best = best.min(get(&before, j - 1) + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_near() {
        let names = ["title", "timeout", "types", "id", "role"];
        let near = |name| nearest(name, names);
        assert_eq!(near("titel"), Some("title"), "two neighbours swapped");
        assert_eq!(near("Timeout"), Some("timeout"), "case does not count");
        assert_eq!(near("type"), Some("types"));
        assert_eq!(near("tpyes"), Some("types"));
        assert_eq!(near("environment"), None);
        assert_eq!(near("x"), None, "one letter resembles everything");
        assert_eq!(near(""), None);
        assert_eq!(nearest("anything", []), None);
    }

    #[test]
    fn foreign_text_is_escaped_and_cut() {
        assert_eq!(quoted("a\u{1b}[31m\u{202e}b"), r#""a\u{1b}[31m\u{202e}b""#);
        let long = quoted(&"x".repeat(5000));
        assert_eq!(long.chars().count(), MOST_QUOTED + 3);
    }

    #[test]
    fn many_problems_are_counted() {
        let problem =
            |line| Problem { file: "relco.toml".into(), at: Some(Position { line, column: 1 }), fault: Fault::NotText };
        let error = ConfigError::of((1..=25).rev().map(problem).collect()).unwrap();
        let text = error.to_string();
        assert!(text.starts_with("relco.toml:1:1: not UTF-8 text\n"), "{text}");
        assert!(text.ends_with("\nand 5 more"), "{text}");
        assert_eq!(ConfigError::of(Vec::new()), None);
    }
}
