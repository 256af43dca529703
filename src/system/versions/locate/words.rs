//! Files that are read line by line: build scripts, YAML, modules, and files that hold nothing but the version.
//!
//! They are programs or need whole parsers; the forms here are those that their own tools write and read. What stands
//! in a comment is passed over.

use std::ops::Range;

use super::toml::attribute_files;
use super::{PlaceError, Want, line_of, no_version, place, some};
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
        (PlaceKind::Helm, _) => (chart(text), "version: …"),
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

/// The chart's own version first, wherever it stands.
fn chart(text: &str) -> Vec<Place> {
    let mut places = all(PlaceKind::Helm, &YAML, text);
    let is_app = |place: &Place| text.lines().nth(place.line - 1).is_some_and(|line| line.starts_with("appVersion"));
    places.sort_by_key(is_app);
    places
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

/// What is assigned to a name in a module: of Ruby by the file's ending, else of Python.
pub(super) fn assigned(path: &str, text: &str, name: &str) -> Result<Vec<Place>, PlaceError> {
    let is_ruby = path.ends_with(".rb");
    let name = match (name.is_empty(), is_ruby) {
        (true, true) => "VERSION".to_owned(),
        (true, false) => "__version__|VERSION|version".to_owned(),
        (false, _) => regex::escape(name),
    };
    let (kind, pattern) = match is_ruby {
        true => (PlaceKind::Ruby, format!(r#"(?m)^[^#\n]*?\b(?:{name})\s*=\s*["'](?<version>\d[^"']*)["']"#)),
        false => (
            PlaceKind::PythonModule,
            // In a class or a condition it is another one.
            format!(
                r#"(?m)^(?:[\w.]+\s*=\s*)*(?:{name})\s*(?::\s*[\w.\[\]]+\s*)?=\s*(?:[\w.]+\s*=\s*)*["'](?<version>\d[^"']*)["']"#
            ),
        ),
    };
    let pattern = regex::Regex::new(&pattern)
        .map_err(|error| PlaceError::Pattern { path: path.to_owned(), message: error.to_string() })?;
    some(first(kind, &pattern, text), path, "literal version")
}

pattern!(IMPORT, r"(?m)^from\s+(?<from>\.*[\w.]*)\s+import\s+\(?(?<names>[^)#\n]*)");

/// Where a Python module takes one of its names from: `.version`, `harbor.version`; and what it is called there.
pub(in super::super) fn imported(text: &str, name: &str) -> Option<(String, String)> {
    let usual = ["__version__", "VERSION", "version"];
    IMPORT.captures_iter(text).find_map(|found| {
        let from = found.name("from")?.as_str();
        found.name("names")?.as_str().split(',').find_map(|one| {
            let mut words = one.split_whitespace();
            let there = words.next()?;
            let here = words.last().unwrap_or(there);
            let wanted = if name.is_empty() { usual.contains(&here) } else { here == name };
            wanted.then(|| (from.to_owned(), there.to_owned()))
        })
    })
}

pattern!(CFG_ELSEWHERE, r"(?m)^version\s*[=:]\s*(?<how>attr|file)\s*:\s*(?<what>[^\s,]+)");
pattern!(CFG_TOP, r"(?m)^package_dir\s*=\s*(?:\n\s+)?=\s*(?<top>\S+)");

/// The files that a `setup.cfg` takes the version from.
pub(in super::super) fn cfg_elsewhere(text: &str) -> Vec<(String, Want)> {
    let Some(found) = CFG_ELSEWHERE.captures(text) else { return Vec::new() };
    let part = |name: &str| found.name(name).map_or("", |part| part.as_str());
    let top = CFG_TOP.captures(text).and_then(|found| Some(found.name("top")?.as_str()));
    match part("how") {
        "attr" => attribute_files(part("what"), top),
        _ => vec![(part("what").to_owned(), Want::Whole)],
    }
}

pattern!(GEM_VERSION, r"(?m)^[^#\n]*?\.version\s*=\s*(?<what>[^#\n]+)");
pattern!(GEM_LOCAL, r"(?m)^\s*version\s*=\s*(?<what>[^#\n]+)");
pattern!(CONSTANT, r"\b(?<name>[A-Z][A-Z0-9_]+)\b");
pattern!(QUOTED, r#"["'](?<text>[^"'\n#]+)["']"#);
pattern!(GEM_REQUIRE, r#"(?m)^[^#\n]*?\b(?:require|require_relative|load)\b[^"'\n]*["'](?<text>[^"'\n]+)["']"#);

/// The files that a gemspec may take its version from, the likely ones first: those that it names, each as its own words
/// say. The constant says what it is called in `version.rb`, which the caller looks for where none is named.
pub(in super::super) fn gem_elsewhere(text: &str) -> (Vec<(String, Want)>, Want) {
    let what = |pattern: &regex::Regex| Some(pattern.captures(text)?.name("what")?.as_str().trim());
    let mut expression = what(&GEM_VERSION).unwrap_or_default();
    if expression == "version" {
        expression = what(&GEM_LOCAL).unwrap_or_default();
    }
    let bare = |path: &str| path.trim_start_matches("./").trim_start_matches("../").to_owned();
    let quoted = || QUOTED.captures_iter(expression).filter_map(|found| Some(bare(found.name("text")?.as_str())));
    let outside = QUOTED.replace_all(expression, "");
    let named = CONSTANT.find_iter(&outside).map(|found| found.as_str()).filter(|name| *name != "__FILE__").last();
    let want = Want::Named(named.unwrap_or_default().to_owned());
    let mut found: Vec<(String, Want)> =
        quoted().map(|path| if path.ends_with(".rb") { (path, want.clone()) } else { (path, Want::Whole) }).collect();
    for required in GEM_REQUIRE.captures_iter(text).filter_map(|found| found.name("text")) {
        let path = bare(required.as_str());
        let path = path.strip_suffix(".rb").unwrap_or(&path);
        found.extend(["", "lib/"].map(|top| (format!("{top}{path}.rb"), want.clone())));
    }
    (found, want)
}
