//! From bytes to shapes: size, text, TOML, then every key and type against the schema, each with its position.
//!
//! All that is wrong with keys and types is reported at once; what the values mean is checked later, by
//! [`super::build`]. Enter at [`read`].

use std::collections::HashMap;
use std::ops::Range;

use serde::Deserialize as _;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::duration;
use super::error::{ConfigError, Fault, MOST_KEPT, Position, Problem};
use super::file::File;
use super::schema::{self, Key, Keys, Kind};

/// The most bytes that are looked at; checked before anything is parsed.
pub const MOST_BYTES: usize = 1024 * 1024;

/// Where everything stands in a file that was read, by path: `item.3.run`.
#[derive(Debug, Default)]
pub struct Positions {
    file: String,
    at: HashMap<String, Position>,
}

impl Positions {
    /// Where this path stands, or the nearest table around it.
    pub fn at(&self, path: &str) -> Option<Position> {
        let mut path = path;
        loop {
            if let Some(position) = self.at.get(path) {
                return Some(*position);
            }
            path = path.rsplit_once('.')?.0;
        }
    }

    /// A problem at a path.
    pub fn problem(&self, path: &str, fault: Fault) -> Problem {
        Problem { file: self.file.clone(), at: self.at(path), fault }
    }
}

/// Reads a file. `name` is what messages call it.
///
/// # Errors
/// When it is too large, not UTF-8, not TOML, or holds a key or type that the schema does not know.
pub fn read(name: &str, bytes: &[u8]) -> Result<(File, Positions), ConfigError> {
    let whole = |fault| ConfigError::from(Problem { file: name.to_owned(), at: None, fault });
    if bytes.len() > MOST_BYTES {
        return Err(whole(Fault::TooLarge { bytes: bytes.len(), most: MOST_BYTES }));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let good = bytes.get(..error.valid_up_to()).and_then(|good| std::str::from_utf8(good).ok()).unwrap_or("");
            let at = Some(Lines::of(good).position(good.len()));
            return Err(Problem { file: name.to_owned(), at, fault: Fault::NotText }.into());
        }
    };
    let lines = Lines::of(text);
    let syntax = |error: &toml::de::Error| {
        let at = error.span().map(|span| lines.position(span.start));
        Problem { file: name.to_owned(), at, fault: Fault::Syntax(error.message().replace('\n', ", ")) }
    };
    let table = DeTable::parse(text).map_err(|error| syntax(&error))?;
    let mut walk = Walk {
        lines: &lines,
        positions: Positions { file: name.to_owned(), at: HashMap::new() },
        problems: Vec::new(),
    };
    walk.table(table.get_ref(), schema::FILE, "", "the file");
    let Walk { positions, problems, .. } = walk;
    if let Some(error) = ConfigError::of(problems) {
        return Err(error);
    }
    // The walk has seen every key and type, so what is refused here is a number out of range at most.
    let mut file = File::deserialize(toml::de::Deserializer::from(table)).map_err(|error| syntax(&error))?;
    file.name_places(&positions);
    Ok((file, positions))
}

/// Line starts of a text, to turn byte offsets into positions.
pub struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// Finds the line starts.
    pub fn of(text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    /// The position of a byte offset.
    pub fn position(&self, offset: usize) -> Position {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let column = self.text.get(start..offset).map_or(0, |before| before.chars().count()) + 1;
        Position { line, column }
    }
}

struct Walk<'a> {
    lines: &'a Lines<'a>,
    positions: Positions,
    problems: Vec<Problem>,
}

impl Walk<'_> {
    fn report(&mut self, span: Range<usize>, fault: Fault) {
        if self.problems.len() >= MOST_KEPT {
            return;
        }
        let at = Some(self.lines.position(span.start));
        self.problems.push(Problem { file: self.positions.file.clone(), at, fault });
    }

    fn remember(&mut self, path: &str, span: Range<usize>) {
        let position = self.lines.position(span.start);
        self.positions.at.insert(path.to_owned(), position);
    }

    /// Holds one table against its keys. `path` ends in a dot unless it is empty.
    fn table(&mut self, table: &DeTable<'_>, keys: Keys, path: &str, place: &str) {
        for (name, value) in table {
            if self.problems.len() >= MOST_KEPT {
                return;
            }
            let Some(key) = schema::find(keys, name.get_ref()) else {
                let allowed: Vec<String> = schema::all(keys).map(|key| key.name.to_owned()).collect();
                let fault = Fault::UnknownKey { key: name.get_ref().to_string(), place: place.to_owned(), allowed };
                self.report(name.span(), fault);
                continue;
            };
            self.value(key, value, &format!("{path}{}", key.name), place);
        }
    }

    fn value(&mut self, key: &Key, value: &Spanned<DeValue<'_>>, path: &str, place: &str) {
        self.remember(path, value.span());
        let fits = match (key.kind, value.get_ref()) {
            (Kind::Text, DeValue::String(_)) | (Kind::Flag, DeValue::Boolean(_)) => true,
            (Kind::Number, DeValue::Integer(_) | DeValue::Float(_)) => true,
            (Kind::Count, DeValue::Integer(number)) => {
                let count = u32::from_str_radix(number.as_str(), number.radix());
                if !count.is_ok_and(|count| (1..=schema::MOST_COUNTED).contains(&count)) {
                    let why = format!("is out of range; allowed: {}", key.kind.allowed());
                    self.report(value.span(), Fault::bad_value(key.name, number.as_str(), why));
                }
                true
            }
            (Kind::Duration, DeValue::String(text)) => {
                if duration::parse(text).is_none_or(|duration| duration.is_zero()) {
                    let why = format!("is not a duration; allowed: {}", duration::ALLOWED);
                    self.report(value.span(), Fault::bad_value(key.name, text, why));
                }
                true
            }
            (Kind::Word(words), DeValue::String(word)) => {
                self.word(key, word, value.span(), words);
                true
            }
            (Kind::Words(words), DeValue::Array(array)) => {
                for word in array.iter() {
                    match word.get_ref() {
                        DeValue::String(text) => self.word(key, text, word.span(), words),
                        _ => self.wrong_type(key, word, place),
                    }
                }
                true
            }
            (Kind::Statuses, DeValue::Array(array)) => {
                for status in array.iter() {
                    let fits = matches!(status.get_ref(), DeValue::Integer(number)
                        if u16::from_str_radix(number.as_str(), number.radix()).is_ok_and(|one| (100..=599).contains(&one)));
                    if !fits {
                        self.wrong_type(key, status, place);
                    }
                }
                true
            }
            (Kind::Command, DeValue::String(_)) => true,
            (Kind::Texts | Kind::Command, DeValue::Array(array)) => {
                self.texts(key, array.iter(), place);
                true
            }
            (Kind::TextMap | Kind::TextsMap, DeValue::Table(table)) => {
                self.map(key, table, path, place);
                true
            }
            (Kind::Table(keys), DeValue::Table(table)) => {
                let place = inner_place(place, key.name, false);
                self.table(table, keys, &format!("{path}."), &place);
                self.required(value, table, keys, &place);
                true
            }
            (Kind::Tables(keys), DeValue::Array(array)) if array.iter().all(|one| one.get_ref().is_table()) => {
                let place = inner_place(place, key.name, true);
                for (index, one) in array.iter().enumerate() {
                    if let DeValue::Table(table) = one.get_ref() {
                        self.remember(&format!("{path}.{index}"), one.span());
                        self.table(table, keys, &format!("{path}.{index}."), &place);
                        self.required(one, table, keys, &place);
                    }
                }
                true
            }
            (Kind::Named(keys), DeValue::Table(named)) => {
                self.named(key, named, keys, path, place);
                true
            }
            _ => false,
        };
        if !fits {
            self.wrong_type(key, value, place);
        }
    }

    fn named(&mut self, key: &Key, named: &DeTable<'_>, keys: Keys, path: &str, place: &str) {
        for (name, value) in named {
            let path = format!("{path}.{}", name.get_ref());
            // The name's own position, because the order of named tables is the order in which they are written.
            self.remember(&path, name.span());
            match value.get_ref() {
                DeValue::Table(table) => {
                    let place = format!("[{}.{}]", key.name, super::error::plain(name.get_ref()));
                    self.table(table, keys, &format!("{path}."), &place);
                }
                other => {
                    let fault = Fault::WrongType {
                        key: name.get_ref().to_string(),
                        place: inner_place(place, key.name, false),
                        found: found(other),
                        allowed: "a table".to_owned(),
                    };
                    self.report(value.span(), fault);
                }
            }
        }
    }

    fn map(&mut self, key: &Key, table: &DeTable<'_>, path: &str, place: &str) {
        let place = inner_place(place, key.name, false);
        for (name, value) in table {
            self.remember(&format!("{path}.{}", name.get_ref()), name.span());
            let kind = if matches!(key.kind, Kind::TextMap) { Kind::Text } else { Kind::Texts };
            let fits = match (kind, value.get_ref()) {
                (Kind::Text, DeValue::String(_)) => true,
                (Kind::Texts, DeValue::Array(array)) => array.iter().all(|one| one.get_ref().is_str()),
                _ => false,
            };
            if !fits {
                let fault = Fault::WrongType {
                    key: name.get_ref().to_string(),
                    place: place.clone(),
                    found: found(value.get_ref()),
                    allowed: kind.allowed(),
                };
                self.report(value.span(), fault);
            }
        }
    }

    fn texts<'v, 'i: 'v>(&mut self, key: &Key, array: impl Iterator<Item = &'v Spanned<DeValue<'i>>>, place: &str) {
        for one in array {
            if !one.get_ref().is_str() {
                self.wrong_type(key, one, place);
            }
        }
    }

    fn word(&mut self, key: &Key, word: &str, span: Range<usize>, words: &[&str]) {
        if !words.contains(&word) {
            let what = match key.name {
                "types" => "release type",
                "purposes" | "notice" => "purpose",
                name => name,
            };
            self.report(span, Fault::unknown_name(what, word, words.iter().copied()));
        }
    }

    fn required(&mut self, entry: &Spanned<DeValue<'_>>, table: &DeTable<'_>, keys: Keys, place: &str) {
        for key in schema::all(keys).filter(|key| key.required) {
            if !table.iter().any(|(name, _)| name.get_ref() == key.name) {
                self.report(entry.span(), Fault::Missing { key: key.name, place: place.to_owned(), why: "" });
            }
        }
    }

    fn wrong_type(&mut self, key: &Key, value: &Spanned<DeValue<'_>>, place: &str) {
        let fault = Fault::WrongType {
            key: key.name.to_owned(),
            place: place.to_owned(),
            found: found(value.get_ref()),
            allowed: key.kind.allowed(),
        };
        self.report(value.span(), fault);
    }
}

/// The name of a table inside another: `[deploy]` and `step` give `[[deploy.step]]`.
fn inner_place(place: &str, name: &str, array: bool) -> String {
    let outer = place.trim_start_matches('[').trim_end_matches(']');
    let path = if place.starts_with('[') { format!("{outer}.{name}") } else { name.to_owned() };
    if array { format!("[[{path}]]") } else { format!("[{path}]") }
}

/// A value's type, in words.
pub fn found(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}

/// What reading and checking found: where everything stands, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Findings {
    /// Where everything stands.
    pub positions: Positions,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

impl Findings {
    /// Records that something is wrong at a path.
    pub fn report(&mut self, path: &str, fault: Fault) {
        self.problems.push(self.positions.problem(path, fault));
    }

    /// Records that a key of an entry is wrong.
    pub fn report_key(&mut self, entry: &str, key: &str, fault: Fault) {
        self.report(&format!("{entry}.{key}"), fault);
    }

    /// The line of a path; 0 when it does not stand in the file.
    pub fn line(&self, path: &str) -> usize {
        self.positions.at(path).map_or(0, |position| position.line)
    }
}
