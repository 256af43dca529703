//! Finds the version in a file's text, to the byte.
//!
//! Reads no file: the text is handed in, from the work tree or from a commit. A file that cannot be understood gives
//! words with its line, never a wrong place. Enter at [`locate`]; [`locate_wanted`] picks out of files that speak of
//! other packages too. One file per way of writing: `toml`, `json`, `xml`, and `words` for everything line by line.

use std::collections::BTreeSet;
use std::ops::Range;

use regex::Regex;
use semver::Version;

use crate::domain::plan::VersionFile;
use crate::domain::repo_path::{BadRepoPath, RepoPath};
use crate::domain::tag::parse_lenient;
use crate::domain::version_files::{Place, PlaceKind};

mod json;
mod toml;
mod words;
mod xml;

pub(super) use json::{npm_locked, npm_workspaces};
pub(super) use toml::{PythonFile, cargo_file, module_files, python_file};
pub(super) use words::{cfg_elsewhere, gem_elsewhere, imported};
pub(super) use xml::maven_modules;

/// Which places of a file are the project's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Want {
    /// All that such a file has.
    All,
    /// In a lock file: the entries of these packages, or directories.
    Of(BTreeSet<String>),
    /// Only those that say a version near to the project's: a member of a workspace may go its own way.
    Near,
    /// In a module of Python or Ruby, whatever it is called: what is assigned to this name. An empty one means the names
    /// that are usual there.
    Named(String),
    /// The file holds the version and nothing else, whatever it is called.
    Whole,
}

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
    /// The pattern finds more or fewer places than the configuration expects.
    #[error("{path}: the pattern finds {found}, and {expected} expected")]
    Matches {
        /// The file.
        path: String,
        /// How many it finds, in words.
        found: String,
        /// How many the configuration expects, in words.
        expected: String,
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
    locate_wanted(file, bytes, &Want::All, &[])
}

/// Finds the wanted places; `near` are the versions that the project has or had just now.
///
/// # Errors
/// Says in words why there is none where one must be.
pub fn locate_wanted(
    file: &VersionFile,
    bytes: &[u8],
    want: &Want,
    near: &[Version],
) -> Result<Vec<Place>, PlaceError> {
    let path = RepoPath::parse(&file.path)?;
    let text = std::str::from_utf8(bytes).map_err(|_| PlaceError::NotText { path: path.to_string() })?;
    let (at, name) = (path.as_str(), path.file_name());
    if let Some(pattern) = &file.pattern {
        return by_pattern(at, pattern, file.matches, text);
    }
    let kind = match want {
        Want::Named(variable) => return words::assigned(at, text, variable),
        Want::Whole => Some(PlaceKind::Whole),
        // A module of Maven may be named as a file, which then has any name.
        Want::Near if name.ends_with(".xml") => Some(PlaceKind::Maven),
        Want::All | Want::Of(_) | Want::Near => PlaceKind::of_name(name),
    };
    let all = match kind {
        Some(PlaceKind::Cargo) => toml::cargo(at, text, want, near),
        Some(PlaceKind::CargoLock) => toml::cargo_lock(at, text, want),
        Some(PlaceKind::UvLock) => toml::uv_lock(at, text, want),
        Some(PlaceKind::Python) if name == "pyproject.toml" => toml::pyproject(at, text),
        Some(PlaceKind::Npm) => json::top(PlaceKind::Npm, at, text),
        Some(PlaceKind::Composer) => json::top(PlaceKind::Composer, at, text),
        Some(PlaceKind::NpmLock) => json::npm_lock(at, text, want),
        Some(PlaceKind::Maven) => xml::maven(at, text, want),
        Some(PlaceKind::DotNet) => xml::dotnet(at, text),
        Some(PlaceKind::Whole) => words::whole(at, text),
        Some(PlaceKind::Pattern | PlaceKind::Tag | PlaceKind::Changelog) | None => {
            Err(PlaceError::NoKind { path: path.to_string() })
        }
        Some(kind) => words::by_words(kind, name, at, text),
    };
    match want {
        Want::All if kind == Some(PlaceKind::Helm) => Ok(of_chart(all?, near)),
        Want::Near => match all {
            Ok(places) => Ok(places.into_iter().filter(|place| is_near(&place.found, near)).collect()),
            Err(PlaceError::NoVersion { .. } | PlaceError::Elsewhere { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        },
        _ => all,
    }
}

/// A chart's version and that of the application in it may never agree: where one of them is the project's, it is that
/// one, and where none is, the chart's.
fn of_chart(places: Vec<Place>, near: &[Version]) -> Vec<Place> {
    let agree = places.windows(2).all(
        |pair| matches!(pair, [one, other] if one.found.trim_start_matches('v') == other.found.trim_start_matches('v')),
    );
    if agree {
        return places;
    }
    let (own, others): (Vec<Place>, Vec<Place>) = places.into_iter().partition(|place| is_near(&place.found, near));
    if own.is_empty() { others.into_iter().take(1).collect() } else { own }
}

/// Whether a text is one of these versions.
fn is_near(found: &str, near: &[Version]) -> bool {
    parse_lenient(found).is_some_and(|found| near.iter().any(|near| found.cmp_precedence(near).is_eq()))
}

fn place(kind: PlaceKind, text: &str, at: Range<usize>) -> Option<Place> {
    let found = text.get(at.clone())?.to_owned();
    let line = line_of(text, at.start);
    Some(Place { kind, line, at, found })
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

fn by_pattern(path: &str, pattern: &str, matches: Option<u32>, text: &str) -> Result<Vec<Place>, PlaceError> {
    let compiled = regex::RegexBuilder::new(pattern).multi_line(true).crlf(true).build().map_err(|error| {
        let message = error.to_string().lines().last().unwrap_or_default().trim().to_owned();
        PlaceError::Pattern { path: path.to_owned(), message }
    })?;
    if !has_group(&compiled) {
        return Err(PlaceError::NoGroup { path: path.to_owned() });
    }
    // The mark of the encoding is no part of the first line, whatever a pattern takes in.
    let skipped = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let words = text.get(skipped..).unwrap_or(text);
    let found = compiled.captures_iter(words).filter_map(|found| found.name("version").map(|found| found.range()));
    let found = found.map(|at| at.start + skipped..at.end + skipped);
    let places: Vec<Place> = found.filter_map(|at| place(PlaceKind::Pattern, text, at)).collect();
    match matches {
        Some(expected) if places.len() != expected as usize => Err(PlaceError::Matches {
            path: path.to_owned(),
            found: match places.len() {
                0 => "no place".to_owned(),
                1 => "1 place".to_owned(),
                count => format!("{count} places"),
            },
            expected: if expected == 1 { "1 is".to_owned() } else { format!("{expected} are") },
        }),
        _ if places.is_empty() => {
            Err(PlaceError::NoVersion { path: path.to_owned(), wanted: "text that the pattern finds" })
        }
        _ => Ok(places),
    }
}

fn has_group(pattern: &Regex) -> bool {
    pattern.capture_names().flatten().any(|name| name == "version")
}

fn no_version(path: &str, wanted: &'static str) -> PlaceError {
    PlaceError::NoVersion { path: path.to_owned(), wanted }
}

/// At least one place, or what is missing.
fn some(places: Vec<Place>, path: &str, wanted: &'static str) -> Result<Vec<Place>, PlaceError> {
    if places.is_empty() { Err(no_version(path, wanted)) } else { Ok(places) }
}

#[cfg(test)]
mod tests;
