//! Finds the version in a file's text, to the byte.
//!
//! Reads no file: the text is handed in, from the work tree or from a commit. A file that cannot be understood gives
//! words with its line, never a wrong place. Enter at [`locate`].

use std::ops::Range;

use regex::Regex;
use toml_edit::{Document, Item};

use crate::domain::plan::VersionFile;
use crate::domain::repo_path::{BadRepoPath, RepoPath};
use crate::domain::version_files::{Place, PlaceKind};

/// Why no version could be found in a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlaceError {
    /// The configured path is no path inside the repository.
    #[error(transparent)]
    Path(#[from] BadRepoPath),
    /// The name tells no kind, and there is no pattern.
    #[error("{path}: relco does not know where the version stands in such a file; give it a pattern")]
    NoKind {
        /// The file.
        path: String,
    },
    /// The pattern does not compile.
    #[error("{path}: the pattern is not right: {message}")]
    Pattern {
        /// The file.
        path: String,
        /// What is wrong with it.
        message: String,
    },
    /// The pattern has no group `version`.
    #[error("{path}: the pattern has no group (?<version>…)")]
    NoGroup {
        /// The file.
        path: String,
    },
    /// The file is not text.
    #[error("{path} is not UTF-8")]
    NotText {
        /// The file.
        path: String,
    },
    /// The file does not parse.
    #[error("{path}:{line}: {message}")]
    Syntax {
        /// The file.
        path: String,
        /// The line, counted from 1.
        line: usize,
        /// What the parser says.
        message: String,
    },
    /// It parses, and no version is where it should be.
    #[error("{path} has no {wanted}")]
    NoVersion {
        /// The file.
        path: String,
        /// What was looked for.
        wanted: &'static str,
    },
    /// The version is written elsewhere.
    #[error("{path} takes its version from elsewhere ({from}); name that file instead")]
    Elsewhere {
        /// The file.
        path: String,
        /// Where from.
        from: &'static str,
    },
    /// Git or the file system could not give the file.
    #[error("{0}")]
    Unread(String),
}

/// Finds every place of the version in a file's bytes, in order.
///
/// # Errors
/// Says in words why there is none.
pub fn locate(file: &VersionFile, bytes: &[u8]) -> Result<Vec<Place>, PlaceError> {
    let path = RepoPath::parse(&file.path)?;
    let text = std::str::from_utf8(bytes).map_err(|_| PlaceError::NotText { path: path.to_string() })?;
    if let Some(pattern) = &file.pattern {
        return by_pattern(path.as_str(), pattern, text);
    }
    match PlaceKind::of_name(path.file_name()) {
        Some(PlaceKind::Cargo) => cargo(path.as_str(), text),
        Some(PlaceKind::Npm) => npm(path.as_str(), text),
        Some(PlaceKind::Python) => python(path.as_str(), text),
        Some(PlaceKind::Whole) => whole(path.as_str(), text),
        Some(PlaceKind::Pattern) | None => Err(PlaceError::NoKind { path: path.to_string() }),
    }
}

fn place(kind: PlaceKind, text: &str, at: Range<usize>) -> Option<Place> {
    let found = text.get(at.clone())?.to_owned();
    let line = line_of(text, at.start);
    Some(Place { kind, line, at, found })
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

fn by_pattern(path: &str, pattern: &str, text: &str) -> Result<Vec<Place>, PlaceError> {
    let compiled = regex::RegexBuilder::new(pattern).multi_line(true).build().map_err(|error| {
        let message = error.to_string().lines().last().unwrap_or_default().trim().to_owned();
        PlaceError::Pattern { path: path.to_owned(), message }
    })?;
    if !has_group(&compiled) {
        return Err(PlaceError::NoGroup { path: path.to_owned() });
    }
    let found = compiled.captures_iter(text).filter_map(|found| found.name("version").map(|found| found.range()));
    let places: Vec<Place> = found.filter_map(|at| place(PlaceKind::Pattern, text, at)).collect();
    if places.is_empty() {
        Err(PlaceError::NoVersion { path: path.to_owned(), wanted: "text that the pattern finds" })
    } else {
        Ok(places)
    }
}

fn has_group(pattern: &Regex) -> bool {
    pattern.capture_names().flatten().any(|name| name == "version")
}

fn whole(path: &str, text: &str) -> Result<Vec<Place>, PlaceError> {
    let no_version = || PlaceError::NoVersion { path: path.to_owned(), wanted: "single version in it" };
    let words = text.trim_start_matches('\u{feff}').trim();
    let bare = words.strip_prefix(['v', 'V']).unwrap_or(words);
    if !bare.starts_with(|c: char| c.is_ascii_digit()) || bare.contains(char::is_whitespace) {
        return Err(no_version());
    }
    let start = text.find(bare).ok_or_else(no_version)?;
    place(PlaceKind::Whole, text, start..start + bare.len()).map(|place| vec![place]).ok_or_else(no_version)
}

fn toml_document<'a>(path: &str, text: &'a str) -> Result<Document<&'a str>, PlaceError> {
    Document::parse(text).map_err(|error| PlaceError::Syntax {
        path: path.to_owned(),
        line: error.span().map_or(1, |span| line_of(text, span.start)),
        message: error.message().lines().next().unwrap_or_default().to_owned(),
    })
}

/// The item behind a path of keys, through tables of every form.
fn dig<'a>(document: &'a Document<&str>, keys: &[&str]) -> Option<&'a Item> {
    let (first, rest) = keys.split_first()?;
    rest.iter().try_fold(document.as_table().get(first)?, |item, key| item.as_table_like()?.get(key))
}

/// The place of a string's own characters, without its quotes. A string with escapes in it is no version.
fn toml_string(kind: PlaceKind, text: &str, item: &Item) -> Option<Place> {
    let value = item.as_str()?;
    let span = item.span()?;
    let raw = text.get(span.clone())?;
    let start = span.start + raw.find(value)?;
    place(kind, text, start..start + value.len())
}

fn is_true(item: Option<&Item>) -> bool {
    item.and_then(Item::as_bool) == Some(true)
}

fn cargo(path: &str, text: &str) -> Result<Vec<Place>, PlaceError> {
    let document = toml_document(path, text)?;
    let keys = [["package", "version"].as_slice(), ["workspace", "package", "version"].as_slice()];
    let items = keys.iter().filter_map(|keys| dig(&document, keys));
    let places: Vec<Place> = items.filter_map(|item| toml_string(PlaceKind::Cargo, text, item)).collect();
    match places.is_empty() {
        false => Ok(places),
        true if is_true(dig(&document, &["package", "version", "workspace"])) => {
            Err(PlaceError::Elsewhere { path: path.to_owned(), from: "the workspace's Cargo.toml" })
        }
        true => Err(PlaceError::NoVersion { path: path.to_owned(), wanted: "[package] version" }),
    }
}

fn python(path: &str, text: &str) -> Result<Vec<Place>, PlaceError> {
    let document = toml_document(path, text)?;
    let keys = [["project", "version"].as_slice(), ["tool", "poetry", "version"].as_slice()];
    let items = keys.iter().filter_map(|keys| dig(&document, keys));
    let places: Vec<Place> = items.filter_map(|item| toml_string(PlaceKind::Python, text, item)).collect();
    let dynamic = dig(&document, &["project", "dynamic"]).and_then(Item::as_array);
    let dynamic = dynamic.is_some_and(|names| names.iter().any(|name| name.as_str() == Some("version")));
    match places.is_empty() {
        false => Ok(places),
        true if dynamic => Err(PlaceError::Elsewhere { path: path.to_owned(), from: "dynamic" }),
        true => Err(PlaceError::NoVersion { path: path.to_owned(), wanted: "[project] version" }),
    }
}

fn npm(path: &str, text: &str) -> Result<Vec<Place>, PlaceError> {
    let json = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(json) {
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default().to_owned();
        return Err(PlaceError::Syntax { path: path.to_owned(), line: error.line(), message });
    }
    let places: Vec<Place> = json_versions(text).into_iter().filter_map(|at| place(PlaceKind::Npm, text, at)).collect();
    if places.is_empty() {
        Err(PlaceError::NoVersion { path: path.to_owned(), wanted: "\"version\" at the top" })
    } else {
        Ok(places)
    }
}

/// The bytes of every string value of the key `version` in the outermost object of a valid JSON text. Parsers take the
/// last of several, so all are given.
fn json_versions(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    // The last string and whether a colon came after it: a key waiting for its value.
    let mut key: Option<Range<usize>> = None;
    let mut waits = false;
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'{' | b'[' => (depth, key, waits) = (depth + 1, None, false),
            b'}' | b']' => (depth, key, waits) = (depth.saturating_sub(1), None, false),
            b',' => (key, waits) = (None, false),
            b':' => waits = key.is_some(),
            b'"' => {
                let mut escaped = false;
                let end = bytes.by_ref().find_map(|(at, byte)| {
                    let closes = byte == b'"' && !escaped;
                    escaped = byte == b'\\' && !escaped;
                    closes.then_some(at)
                });
                let string = at + 1..end.unwrap_or(text.len());
                let is_version = key.take().is_some_and(|key| text.get(key) == Some("version"));
                if depth == 1 && waits && is_version {
                    found.push(string);
                } else if !waits {
                    key = Some(string);
                }
                waits = false;
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(path: &str, pattern: Option<&str>, text: &str) -> Result<Vec<String>, String> {
        let file = VersionFile { name: "x".to_owned(), path: path.to_owned(), pattern: pattern.map(str::to_owned) };
        let places = locate(&file, text.as_bytes()).map_err(|error| error.to_string())?;
        for place in &places {
            assert_eq!(text[place.at.clone()], place.found);
        }
        Ok(places.iter().map(|place| format!("{}:{}", place.line, place.found)).collect())
    }

    #[track_caller]
    fn check(path: &str, text: &str, expected: &[&str]) {
        assert_eq!(find(path, None, text).unwrap(), expected, "{text}");
    }

    #[track_caller]
    fn refuse(path: &str, pattern: Option<&str>, text: &str, expected: &str) {
        assert_eq!(find(path, pattern, text).unwrap_err(), expected);
    }

    #[test]
    fn cargo_in_every_form() {
        check("Cargo.toml", "# v1\n[package]\nname = \"x\"\nversion = \"1.2.4\" # here\n", &["4:1.2.4"]);
        check(
            "a/Cargo.toml",
            "[dependencies]\nx = { version = \"9.0.0\" }\n[package]\nversion='1.2.4'\n",
            &["4:1.2.4"],
        );
        check("Cargo.toml", "package = { name = \"x\", version = \"1.2.4\" }\n", &["1:1.2.4"]);
        check("Cargo.toml", "package.version = \"1.2.4\"\n", &["1:1.2.4"]);
        check(
            "Cargo.toml",
            "[workspace.package]\nversion = \"1.2.4\"\n[package]\nversion.workspace = true\n",
            &["2:1.2.4"],
        );
        check("Cargo.toml", "[package]\r\nversion = \"\"\"1.2.4\"\"\"\r\n", &["2:1.2.4"]);
        refuse(
            "Cargo.toml",
            None,
            "[package]\nversion.workspace = true\n",
            "Cargo.toml takes its version from elsewhere (the workspace's Cargo.toml); name that file instead",
        );
        refuse("Cargo.toml", None, "[workspace]\n", "Cargo.toml has no [package] version");
        let error = find("Cargo.toml", None, "[package]\nversion = 1.2.4\n").unwrap_err();
        assert!(error.starts_with("Cargo.toml:2: "), "{error}");
    }

    #[test]
    fn npm_at_the_top_only() {
        let text = "{\n  \"dependencies\": {\"version\": \"9.0.0\"},\n  \"x\": [\"version\", \"8\"],\n  \"version\": \"1.2.4\"\n}\n";
        check("web/package.json", text, &["4:1.2.4"]);
        check("package.json", r#"{"name":"version","a\"b":"version","version" : "1.2.4"}"#, &["1:1.2.4"]);
        check("package.json", r#"{"version":"1.2.3","version":"1.2.4"}"#, &["1:1.2.3", "1:1.2.4"]);
        refuse("package.json", None, "{}", "package.json has no \"version\" at the top");
        refuse("package.json", None, "{\n\"a\": }", "package.json:2: expected value");
    }

    #[test]
    fn python_in_both_forms() {
        check("pyproject.toml", "[project]\nversion = \"1.2.4\"\n", &["2:1.2.4"]);
        check("pyproject.toml", "[tool.poetry]\nname = 'x'\nversion = '1.2.4'\n", &["3:1.2.4"]);
        refuse(
            "pyproject.toml",
            None,
            "[project]\ndynamic = [\"version\"]\n",
            "pyproject.toml takes its version from elsewhere (dynamic); name that file instead",
        );
    }

    #[test]
    fn plain_files_and_patterns() {
        check("VERSION", "1.2.4\n", &["1:1.2.4"]);
        check("web/version.txt", "\n  v1.2.4\r\n", &["2:1.2.4"]);
        refuse("VERSION", None, "one two\n", "VERSION has no single version in it");
        refuse("VERSION", None, "", "VERSION has no single version in it");
        let found = find("web/about.html", Some(r"v(?<version>\d[^<\s]*)"), "<b>v1.2.4</b>\n<i>v1.2.3</i>\n");
        assert_eq!(found.unwrap(), ["1:1.2.4", "2:1.2.3"]);
        let found =
            find("x.c", Some(r#"^#define VERSION "(?<version>.*)"$"#), "// VERSION\n#define VERSION \"1.2.4\"\n");
        assert_eq!(found.unwrap(), ["2:1.2.4"]);
        refuse("x.c", Some(r"v(?<version>\d+)"), "none", "x.c has no text that the pattern finds");
        refuse("x.c", Some(r"v(\d+)"), "v1", "x.c: the pattern has no group (?<version>…)");
        refuse("x.c", Some("("), "v1", "x.c: the pattern is not right: error: unclosed group");
        refuse(
            "x.c",
            None,
            "v1",
            "x.c: relco does not know where the version stands in such a file; give it a pattern",
        );
    }

    #[test]
    fn bytes_that_are_no_text_and_paths_that_lead_out() {
        let file = |path: &str| VersionFile { name: "x".to_owned(), path: path.to_owned(), pattern: None };
        let words = |path: &str, bytes: &[u8]| locate(&file(path), bytes).unwrap_err().to_string();
        assert_eq!(words("VERSION", &[0xff, 0xfe]), "VERSION is not UTF-8");
        assert_eq!(words("../VERSION", b"1.2.4"), "\"../VERSION\" leads out of the repository");
    }
}
