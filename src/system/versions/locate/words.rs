//! Files that are read line by line: build scripts, YAML, modules, and files that hold nothing but the version.
//!
//! They are programs or need whole parsers; the forms here are those that their own tools write and read. What stands
//! in a comment is passed over.

use std::ops::Range;

use super::{PlaceError, line_of, no_version, place, some};
use crate::domain::pattern::pattern;
use crate::domain::version_files::{Place, PlaceKind};

pattern!(SECTION, r"^\s*\[([^\]]+)\]\s*$");
pattern!(CFG, r"^version\s*[=:]\s*(?<version>\S+)\s*$");
pattern!(SETUP, r#"^\s*(?:[^#\n]*[(,]\s*)?version\s*=\s*["'](?<version>[^"']+)["']"#);
pattern!(
    MODULE,
    r#"(?m)^(?:__version__|VERSION|version)\s*(?::\s*[\w.\[\]]+\s*)?=\s*(?:[\w.]+\s*=\s*)?["'](?<version>\d[^"']*)["']"#
);
pattern!(GRADLE, r#"^\s*(?:project\.)?version\s*=?\s*\(?\s*["'](?<version>\d[^"'$]*)["']"#);
pattern!(
    PROPERTY,
    r"(?m)^[ \t]*(?:version|projectVersion|project\.version|VERSION_NAME)[ \t]*[=:][ \t]*(?<version>\d\S*)"
);
pattern!(YAML, r#"(?m)^(?:version|appVersion):[ \t]+["']?(?<version>v?\d[^"'\s+#]*)"#);
pattern!(PUB, r#"(?m)^version:[ \t]+["']?(?<version>\d[^"'\s+#]*)"#);
pattern!(MIX_ATTRIBUTE, r#"(?m)^\s*@version\s+"(?<version>[^"]+)""#);
pattern!(MIX, r#"(?m)^[^#\n]*?\bversion:\s*"(?<version>\d[^"]*)""#);
pattern!(GEMSPEC, r#"(?m)^[^#\n]*?\.version\s*=\s*["'](?<version>\d[^"']*)["']"#);
pattern!(RUBY, r#"(?m)^[^#\n]*?\bVERSION\s*=\s*["'](?<version>\d[^"']*)["']"#);
pattern!(CMAKE, r"(?im)^[ \t]*project\s*\(\s*[^\s)]+[^)]*?\bVERSION\s+(?<version>\d[\w.\-]*)");
pattern!(MESON, r"(?m)^[ \t]*project\s*\([^)]*?\bversion\s*:\s*'(?<version>\d[^']*)'");

/// A file that holds the version and nothing else.
pub(super) fn whole(path: &str, text: &str) -> Result<Vec<Place>, PlaceError> {
    const WANTED: &str = "single version in it";
    let words = text.trim_start_matches('\u{feff}').trim();
    let bare = words.strip_prefix(['v', 'V']).unwrap_or(words);
    if !bare.starts_with(|c: char| c.is_ascii_digit()) || bare.contains(char::is_whitespace) {
        return Err(no_version(path, WANTED));
    }
    let start = text.find(bare).ok_or_else(|| no_version(path, WANTED))?;
    some(place(PlaceKind::Whole, text, start..start + bare.len()).into_iter().collect(), path, WANTED)
}

/// A file of a kind whose place is told by its words.
pub(super) fn by_words(kind: PlaceKind, name: &str, path: &str, text: &str) -> Result<Vec<Place>, PlaceError> {
    let (places, wanted) = match (kind, name) {
        (PlaceKind::Python, "setup.cfg") => return setup_cfg(path, text),
        (PlaceKind::Python, _) => (first(kind, &SETUP, text), "version = \"…\" in setup()"),
        (PlaceKind::PythonModule, _) => (first(kind, &MODULE, text), "__version__ = \"…\""),
        (PlaceKind::Gradle, "gradle.properties") => (all(kind, &PROPERTY, text), "version = …"),
        (PlaceKind::Gradle, _) => (gradle(text), "version = \"…\""),
        (PlaceKind::Helm, _) => (all(kind, &YAML, text), "version: …"),
        (PlaceKind::Pub, _) => (all(kind, &PUB, text), "version: …"),
        (PlaceKind::Mix, _) => {
            let attribute = first(kind, &MIX_ATTRIBUTE, text);
            (if attribute.is_empty() { first(kind, &MIX, text) } else { attribute }, "version: \"…\"")
        }
        (PlaceKind::Ruby, "version.rb") => (first(kind, &RUBY, text), "VERSION = \"…\""),
        (PlaceKind::Ruby, _) => {
            let places = first(kind, &GEMSPEC, text);
            if places.is_empty() && text.contains(".version") {
                return Err(PlaceError::Elsewhere { path: path.to_owned(), from: "a constant" });
            }
            (places, "version = \"…\"")
        }
        (PlaceKind::CMake, _) => (first(kind, &CMAKE, text), "project(… VERSION …)"),
        (PlaceKind::Meson, _) => (first(kind, &MESON, text), "project(… version : '…')"),
        _ => (Vec::new(), "version"),
    };
    some(places, path, wanted)
}

fn all(kind: PlaceKind, pattern: &regex::Regex, text: &str) -> Vec<Place> {
    let found = pattern.captures_iter(text).filter_map(|found| found.name("version").map(|found| found.range()));
    found.filter_map(|at| place(kind, text, at)).collect()
}

fn first(kind: PlaceKind, pattern: &regex::Regex, text: &str) -> Vec<Place> {
    let mut places = all(kind, pattern, text);
    places.truncate(1);
    places
}

/// The lines of a text with the byte at which each begins.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_inclusive('\n').scan(0, |at, line| {
        let begins = *at;
        *at += line.len();
        Some((begins, line.trim_end_matches(['\n', '\r'])))
    })
}

fn within(at: usize, line: &str, pattern: &regex::Regex) -> Option<Range<usize>> {
    let found = pattern.captures(line)?.name("version")?.range();
    Some(at + found.start..at + found.end)
}

/// `version` in `[metadata]`.
fn setup_cfg(path: &str, text: &str) -> Result<Vec<Place>, PlaceError> {
    let mut section = String::new();
    for (at, line) in lines(text) {
        if let Some(found) = SECTION.captures(line).and_then(|found| found.get(1)) {
            section = found.as_str().trim().to_owned();
        } else if section == "metadata"
            && let Some(found) = within(at, line, &CFG)
        {
            let written = text.get(found.clone()).unwrap_or_default();
            if written.starts_with("attr:") || written.starts_with("file:") {
                return Err(PlaceError::Elsewhere { path: path.to_owned(), from: "attr or file" });
            }
            return some(place(PlaceKind::Python, text, found).into_iter().collect(), path, "[metadata] version");
        } else if section == "metadata" && line.starts_with("version") && line.contains("attr:") {
            return Err(PlaceError::Elsewhere { path: path.to_owned(), from: "attr" });
        }
    }
    Err(no_version(path, "[metadata] version"))
}

/// `version` of the build itself, or of all its projects: not of a plugin, a dependency or a task.
fn gradle(text: &str) -> Vec<Place> {
    let mut around: Vec<bool> = Vec::new();
    let mut places = Vec::new();
    for (at, line) in lines(text) {
        let code = line.split("//").next().unwrap_or_default();
        if around.iter().all(|is_projects| *is_projects)
            && let Some(found) = within(at, line, &GRADLE)
        {
            places.extend(place(PlaceKind::Gradle, text, found));
        }
        for byte in code.bytes() {
            match byte {
                b'{' => around.push(code.contains("allprojects") || code.contains("subprojects")),
                b'}' => {
                    around.pop();
                }
                _ => {}
            }
        }
    }
    debug_assert!(places.iter().all(|place| place.line == line_of(text, place.at.start)), "lines are counted once");
    places
}
