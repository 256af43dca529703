//! What the source text itself must keep: who may import whom, where a capability lives, how large a file may get.
//!
//! A small scanner of its own reads `src/`, `tests/` and `benches/` as text: comments and strings are blanked, test
//! code is told from product code, and the rest is searched for paths. It must never need a build of the crate, and
//! every exception stands in a table with its reason; an exception that nothing needs any more fails too.

use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Which part of the crate may import which: the first may reach the others, itself, and nothing else.
const LAYERS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("frame", &[]),
    ("steplog", &[]),
    ("action", &[]),
    ("journal", &["domain", "frame"]),
    ("config", &["domain"]),
    ("supervisor", &["frame", "steplog"]),
    ("system", &["domain", "frame", "steplog", "supervisor"]),
    ("session", &["domain", "frame", "journal", "config", "system", "steplog", "supervisor"]),
    ("cli", &["domain", "session", "action", "config", "steplog"]),
    ("tui", &["domain", "session", "action", "config", "steplog"]),
    ("demo", &["domain", "config"]),
    ("main", &["cli", "tui", "demo", "supervisor"]),
    ("lib", &[]),
];

/// Imports against the table above that are right all the same: who, what, why.
const LAYER_EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("cli", "system::clock", "the domain takes the present moment as an argument, and a front end has to get it"),
    ("tui", "system::clock", "the domain takes the present moment as an argument, and a front end has to get it"),
];

/// Capabilities that live in few places: a path, and what may mention it.
const HOMES: &[(&str, &[&str])] = &[
    ("git2", &["system/git"]),
    ("ureq", &["system"]),
    ("toml_edit", &["system/versions"]),
    ("ratatui", &["tui"]),
    ("crossterm", &["tui"]),
    ("tui_textarea", &["tui"]),
    ("nucleo_matcher", &["tui"]),
    ("clap", &["cli", "main"]),
    ("signal_hook", &["supervisor", "cli", "tui"]),
    ("process::Command", &["system", "supervisor", "demo"]),
    ("process::Child", &["system", "supervisor", "demo"]),
    ("process::Stdio", &["system", "supervisor", "demo"]),
    ("process::exit", &[]),
    ("process::abort", &[]),
    ("std::net", &["system", "demo"]),
    ("SystemTime::now", &["system"]),
    ("Timestamp::now", &["system/clock", "supervisor/stamp", "demo", "tui/app"]),
    ("Zoned::now", &[]),
];

/// What the domain may not touch, besides everything that [`LAYERS`] and [`DOMAIN_CRATES`] keep out.
const DOMAIN_WITHOUT: &[&str] = &[
    "std::fs",
    "std::io",
    "std::env",
    "std::net",
    "std::os",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "Instant::now",
];

/// The libraries of the domain: each computes, none reads or writes anything.
const DOMAIN_CRATES: &[&str] = &["jiff", "regex", "semver", "sha2", "thiserror", "unicode_width"];

/// Lines of a file without its tests.
const LONGEST: usize = 600;

/// Files that are longer: which, how long at most, why.
const LONG_FILES: &[(&str, usize, &str)] =
    &[("src/domain/event.rs", 760, "one closed enum: every fact with every field, nothing else")];

/// Tests that may sleep: none, except these places, each for a reason.
const MAY_SLEEP: &[(&str, &str)] = &[("tests/it/support", "waits for the thing itself, looking again after a moment")];

/// One source file, read.
struct Source {
    /// From the crate's directory, with `/`.
    path: String,
    /// As it stands.
    text: String,
    /// The same length; comments and what strings hold are blank.
    code: String,
    /// Where test code stands in it.
    tests: Vec<Range<usize>>,
}

impl Source {
    fn new(path: &str, text: &str) -> Source {
        let code = without_comments_and_strings(text);
        let tests = test_ranges(&code);
        Source { path: path.to_owned(), text: text.to_owned(), code, tests }
    }

    /// The code that ships.
    fn product(&self) -> String {
        let mut code = self.code.clone().into_bytes();
        for range in &self.tests {
            code[range.clone()].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
        }
        String::from_utf8(code).unwrap()
    }

    /// Lines of it without the tests.
    fn product_lines(&self) -> usize {
        let tests: usize = self.tests.iter().map(|range| self.code[range.clone()].lines().count()).sum();
        self.text.lines().count() - tests
    }

    /// `src/system/git/mod.rs` is `["system", "git"]`.
    fn module(&self) -> Vec<&str> {
        let inner = self.path.strip_prefix("src/").unwrap_or(&self.path);
        let mut names: Vec<&str> = inner.trim_end_matches(".rs").split('/').collect();
        if names.last() == Some(&"mod") {
            names.pop();
        }
        names
    }

    fn layer(&self) -> &str {
        self.module()[0]
    }

    /// Every path into another part of the crate: `system::clock`.
    fn imports(&self) -> BTreeSet<String> {
        let code = self.product();
        let root = if self.layer() == "main" { "relco" } else { "crate" };
        let mut found = BTreeSet::new();
        for at in mentions(&code, root) {
            if let Some(rest) = code[at + root.len()..].strip_prefix("::") {
                read_paths(rest, "", &mut found);
            }
        }
        // `super::super::…` that climbs out of the part is an import of the crate as well.
        let out = "super::".repeat(self.module().len());
        for at in mentions(&code, &out).into_iter().filter(|at| !code[..*at].ends_with("super::")) {
            read_paths(&code[at + out.len()..], "", &mut found);
        }
        found
    }
}

/// Where `path` stands in `code` as a path of its own, not as the end of a longer name.
fn mentions(code: &str, path: &str) -> Vec<usize> {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(path)
        .map(|(at, _)| at)
        .filter(|at| !code[..*at].chars().next_back().is_some_and(part))
        .filter(|at| path.ends_with(':') || !code[at + path.len()..].chars().next().is_some_and(part))
        .collect()
}

/// Reads what follows `crate::`: a path or a group of them, two names deep, groups taken apart.
fn read_paths(code: &str, before: &str, found: &mut BTreeSet<String>) {
    let code = code.trim_start();
    if let Some(group) = code.strip_prefix('{') {
        let mut depth = 0_usize;
        let mut from = 0;
        for (at, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                ',' | '}' if depth == 0 => {
                    read_paths(&group[from..at], before, found);
                    from = at + 1;
                    if c == '}' {
                        return;
                    }
                }
                '}' => depth -= 1,
                _ => {}
            }
        }
        return;
    }
    let name: String = code.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    if name.is_empty() {
        return;
    }
    let rest = &code[name.len()..];
    if before.is_empty() {
        match rest.strip_prefix("::") {
            Some(rest) => read_paths(rest, &name, found),
            None => {
                found.insert(name);
            }
        }
    } else {
        found.insert(format!("{before}::{name}"));
    }
}

/// Blanks comments and what strings and character literals hold. Lengths and lines stay as they are.
fn without_comments_and_strings(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut blank = |range: Range<usize>| code[range].iter_mut().filter(|b| **b != b'\n').for_each(|b| *b = b' ');
    let mut at = 0;
    while at < bytes.len() {
        let rest = &text[at..];
        let end = if rest.starts_with("//") {
            at + rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            at + comment_length(rest)
        } else if let Some(length) = raw_string_length(text, at) {
            at + length
        } else if rest.starts_with('"') {
            at + quoted_length(rest, '"')
        } else if rest.starts_with('\'') && is_character(rest) {
            at + quoted_length(rest, '\'')
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        };
        blank(at..end);
        at = end;
    }
    String::from_utf8(code).unwrap()
}

/// The length of a block comment, with those inside it.
fn comment_length(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        if text.as_bytes()[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if text.as_bytes()[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

/// The length of a raw string that starts at `at`, if one does.
fn raw_string_length(text: &str, at: usize) -> Option<usize> {
    let before = text[..at].chars().next_back();
    if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
        return None;
    }
    let rest = &text[at..];
    let inner = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r'))?;
    let hashes = inner.len() - inner.trim_start_matches('#').len();
    let body = inner[hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let end = body.find(&close).map_or(body.len(), |end| end + close.len());
    Some(rest.len() - body.len() + end)
}

/// The length of a literal with its quotes; a backslash takes the next character with it.
fn quoted_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

/// Whether this quote begins a character and no lifetime.
fn is_character(text: &str) -> bool {
    let mut chars = text.chars().skip(1);
    match chars.next() {
        Some('\\') => true,
        Some(_) => chars.next() == Some('\''),
        None => false,
    }
}

/// Items under `#[cfg(test)]`, each from its attribute to its end.
fn test_ranges(code: &str) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for (start, attribute) in code.match_indices("#[cfg(test)]") {
        if ranges.last().is_some_and(|last| last.contains(&start)) {
            continue;
        }
        let mut depth = 0_i32;
        let body = start + attribute.len();
        let mut end = code.len();
        for (at, c) in code[body..].char_indices() {
            match c {
                '{' | '(' | '[' => depth += 1,
                '}' | ')' | ']' => depth -= 1,
                _ => {}
            }
            let ends = (c == ';' && depth == 0) || (c == '}' && depth <= 0) || depth < 0;
            if ends {
                end = body + at + c.len_utf8();
                break;
            }
        }
        ranges.push(start..end);
    }
    ranges
}

/// Names that a file declares as `#[cfg(test)] mod name;`.
fn test_modules(source: &Source) -> Vec<String> {
    let declared = |range: &Range<usize>| {
        let text = source.code[range.clone()].trim().strip_suffix(';')?.to_owned();
        text.split_whitespace().last().filter(|_| text.contains("mod ")).map(str::to_owned)
    };
    source.tests.iter().filter_map(declared).collect()
}

/// The sources under a directory of the crate, in order.
fn sources(directory: &str) -> Vec<Source> {
    fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    walk(&root.join(directory), &mut found);
    found.sort();
    assert!(!found.is_empty(), "no sources under {directory}");
    found
        .iter()
        .map(|path| {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            Source::new(&name, &fs::read_to_string(path).unwrap())
        })
        .collect()
}

/// The sources that ship, and those under `src/` that are tests as a whole. Read once.
fn shipped_and_tests() -> &'static (Vec<Source>, Vec<Source>) {
    static READ: OnceLock<(Vec<Source>, Vec<Source>)> = OnceLock::new();
    READ.get_or_init(read_shipped_and_tests)
}

fn read_shipped_and_tests() -> (Vec<Source>, Vec<Source>) {
    let all = sources("src");
    let mut places = Vec::new();
    for source in &all {
        let directory = match source.path.rsplit_once('/') {
            Some((directory, "mod.rs" | "lib.rs" | "main.rs")) => directory.to_owned(),
            _ => source.path.trim_end_matches(".rs").to_owned(),
        };
        places.extend(test_modules(source).into_iter().map(|name| format!("{directory}/{name}")));
    }
    all.into_iter().partition(|source| {
        !places.iter().any(|place| {
            source.path.strip_prefix(place.as_str()).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        })
    })
}

fn holds(broken: &[String], rule: &str) {
    assert!(broken.is_empty(), "{rule}:\n  {}", broken.join("\n  "));
}

#[test]
fn each_part_imports_only_what_its_layer_may() {
    let (shipped, _) = shipped_and_tests();
    let mut broken = Vec::new();
    let mut used = BTreeSet::new();
    for source in shipped {
        let layer = source.layer();
        let Some((_, may)) = LAYERS.iter().find(|(name, _)| *name == layer) else {
            broken.push(format!("{}: \"{layer}\" has no line in LAYERS", source.path));
            continue;
        };
        for import in source.imports() {
            let part = import.split("::").next().unwrap();
            if part == layer || may.contains(&part) {
                continue;
            }
            match LAYER_EXCEPTIONS.iter().position(|(who, what, _)| *who == layer && *what == import) {
                Some(exception) => {
                    used.insert(exception);
                }
                None => broken.push(format!("{}: {layer} may not import {import}", source.path)),
            }
        }
    }
    for (index, (who, what, _)) in LAYER_EXCEPTIONS.iter().enumerate() {
        if !used.contains(&index) {
            broken.push(format!("nobody needs the exception of {who} for {what} any more"));
        }
    }
    holds(&broken, "directions between the parts of the crate");
}

#[test]
fn capabilities_stay_in_their_homes() {
    let (shipped, _) = shipped_and_tests();
    let mut broken = Vec::new();
    for source in shipped {
        let code = spelled_out(&source.product());
        let module = source.module().join("/");
        for (path, homes) in HOMES {
            let at_home = homes.iter().any(|home| module == *home || module.starts_with(&format!("{home}/")));
            if !at_home && !mentions(&code, path).is_empty() {
                let homes = if homes.is_empty() { "no file".to_owned() } else { homes.join(", ") };
                broken.push(format!("{}: {path} belongs to {homes}", source.path));
            }
        }
    }
    holds(&broken, "where a capability lives");
}

#[test]
fn the_domain_only_computes() {
    let (shipped, _) = shipped_and_tests();
    let mut broken = Vec::new();
    for source in shipped.iter().filter(|source| source.layer() == "domain") {
        let code = spelled_out(&source.product());
        let touched = DOMAIN_WITHOUT.iter().filter(|path| !mentions(&code, path).is_empty());
        broken.extend(touched.map(|path| format!("{}: {path}", source.path)));
        for krate in dependencies().iter().filter(|name| !DOMAIN_CRATES.contains(&name.as_str())) {
            if mentions(&code, krate).iter().any(|at| code[at + krate.len()..].starts_with("::")) {
                broken.push(format!("{}: the crate {krate}", source.path));
            }
        }
    }
    holds(&broken, "the domain has no input, output, clock, environment or threads");
}

/// Groups of imports from the standard library, spelled out: `std::{fs, io::Read}` becomes `std::fs;std::io;`.
fn spelled_out(code: &str) -> String {
    let mut more = String::new();
    for (group, inner) in [("std::{", ""), ("std::process::{", "process::")] {
        for (at, _) in code.match_indices(group) {
            let mut found = BTreeSet::new();
            read_paths(&code[at + group.len() - 1..], "std", &mut found);
            for path in found {
                more.push_str(&format!("\nstd::{inner}{};", path.trim_start_matches("std::")));
            }
        }
    }
    format!("{code}{more}")
}

/// The dependencies of the manifest, as code names them.
fn dependencies() -> Vec<String> {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let section = manifest.split_once("\n[dependencies]\n").unwrap().1;
    let names: Vec<String> = section
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| name.replace('-', "_"))
        .collect();
    assert!(names.contains(&"git2".to_owned()), "cannot read the manifest: {names:?}");
    names
}

#[test]
fn no_file_is_too_long_to_read_at_once() {
    let (shipped, _) = shipped_and_tests();
    let mut broken = Vec::new();
    for source in shipped {
        let lines = source.product_lines();
        let exception = LONG_FILES.iter().find(|(path, _, _)| *path == source.path);
        let limit = exception.map_or(LONGEST, |(_, limit, _)| *limit);
        if lines > limit {
            broken.push(format!("{}: {lines} lines without tests, {limit} at most", source.path));
        }
        if exception.is_some() && lines <= LONGEST {
            broken.push(format!("{} needs no exception any more: {lines} lines", source.path));
        }
    }
    for (path, _, _) in LONG_FILES {
        if !shipped.iter().any(|source| source.path == *path) {
            broken.push(format!("{path} has an exception and does not exist"));
        }
    }
    holds(&broken, "length of files");
}

#[test]
fn every_file_says_what_it_is() {
    let (shipped, _) = shipped_and_tests();
    let mut broken = Vec::new();
    for source in shipped.iter().chain(&sources("tests")).chain(&sources("benches")) {
        let first = source.text.lines().next().unwrap_or_default();
        if !first.starts_with("//! ") || first.len() < "//! three words".len() {
            broken.push(format!("{}:1: {first:?}", source.path));
        }
    }
    holds(&broken, "a file opens with //! and says what it is");
}

#[test]
fn nothing_is_left_for_later_or_allowed_without_a_reason() {
    let (shipped, tests) = shipped_and_tests();
    let mut broken = Vec::new();
    for source in shipped.iter().chain(tests).chain(&sources("tests")).chain(&sources("benches")) {
        for left in ["todo!", "unimplemented!", "dbg!"] {
            for at in mentions(&source.code, left.trim_end_matches('!')) {
                if source.code[at..].starts_with(left) {
                    broken.push(format!("{}: {left}", line_of(source, at)));
                }
            }
        }
        for attribute in ["#[allow(", "#![allow(", "#[expect(", "#![expect("] {
            for (at, _) in source.code.match_indices(attribute) {
                let end = source.code[at..].find(")]").map_or(source.code.len(), |end| at + end);
                if mentions(&source.code[at..end], "reason").is_empty() {
                    broken.push(format!("{}: {attribute}…)] without a reason", line_of(source, at)));
                }
            }
        }
    }
    holds(&broken, "nothing left for later, nothing allowed without a reason");
}

#[test]
fn tests_wait_for_the_thing_itself_and_never_sleep() {
    let (shipped, tests) = shipped_and_tests();
    let mut broken = Vec::new();
    let mut look = |source: &Source, range: Range<usize>| {
        let may = MAY_SLEEP.iter().any(|(place, _)| source.path.starts_with(place));
        for path in ["thread::sleep", "sleep_ms"] {
            for (at, _) in source.code[range.clone()].match_indices(path).filter(|_| !may) {
                broken.push(line_of(source, range.start + at));
            }
        }
    };
    for source in shipped {
        source.tests.iter().for_each(|range| look(source, range.clone()));
    }
    for source in tests.iter().chain(&sources("tests")) {
        look(source, 0..source.code.len());
    }
    holds(&broken, "tests that sleep");
}

fn line_of(source: &Source, at: usize) -> String {
    format!("{}:{}", source.path, source.code[..at].matches('\n').count() + 1)
}

#[test]
fn the_scanner_sees_imports_in_every_spelling() {
    let text = r##"
        //! crate::comment::not
        use crate::system::{clock, git::{self, Git}};
        use crate::{journal::Store, frame};
        use super::super::cli::args;
        fn f() -> &'static str { let _ = '"'; crate::session::open(); r#"crate::text::not"# }
        /* crate::a /* crate::b */ crate::c */
        #[cfg(test)]
        mod tests { use crate::demo::Fault; }
        macro_rules! m { () => { $crate::config::x() } }
    "##;
    let found = Source::new("src/tui/pane.rs", text).imports();
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    let expected =
        ["cli::args", "config::x", "frame", "journal::Store", "session::open", "system::clock", "system::git"];
    assert_eq!(found, expected);
}

#[test]
fn the_scanner_tells_tests_from_the_rest() {
    let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n#[cfg(test)]\nmod cases;\nfn c() {}\n";
    let source = Source::new("src/frame/mod.rs", text);
    assert_eq!(source.product_lines(), 2);
    assert_eq!(test_modules(&source), ["cases"]);
    let product = source.product();
    assert!(product.contains("fn a") && product.contains("fn c") && !product.contains("fn b"), "{product}");
}

#[test]
fn the_scanner_takes_groups_of_the_standard_library_apart() {
    let code = spelled_out("use std::{fs, io::{self, Read}};\nuse std::process::{Child, ExitCode};\n");
    assert_eq!(mentions(&code, "std::fs").len(), 1);
    assert_eq!(mentions(&code, "std::io").len(), 1);
    assert_eq!(mentions(&code, "std::process::Child").len(), 1);
    assert_eq!(mentions(&code, "std::process::Command").len(), 0);
}
