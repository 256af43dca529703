//! Fragments: changelog entries that wait in files of their own, one for each change, until the release collects them.
//!
//! Pure: paths and texts are handed in. Known are the forms of towncrier (`newsfragments/123.bugfix.rst`), changesets
//! (`.changeset/brave-dogs.md`) and changie (`.changes/unreleased/Fixed-2024.yaml`). Enter at [`Fragment::read`] for a
//! file and at [`is_fragment`] for a path.

use crate::domain::changelog::{Entry, Reference};

/// A change writes one or a few fragments; one that touches many collects them for a release.
const WRITTEN_MAX: usize = 4;

/// The directories in which fragments are looked for, in a project that configured none.
pub const USUAL_DIRS: [&str; 12] = [
    "newsfragments",
    "changelog.d",
    "changes.d",
    "news.d",
    ".changeset",
    ".changes/unreleased",
    ".changelog",
    "changelogs/unreleased",
    "changelog",
    "changes",
    "news",
    "upcoming_changes",
];

/// What stands behind the number in a name of towncrier's form. Its types are configurable; these are the usual ones.
const TYPES: [&str; 46] = [
    "feature",
    "features",
    "feat",
    "bugfix",
    "bugfixes",
    "bug",
    "fix",
    "fixed",
    "misc",
    "doc",
    "docs",
    "removal",
    "removed",
    "breaking",
    "improvement",
    "enhancement",
    "deprecation",
    "deprecated",
    "trivial",
    "vendor",
    "packaging",
    "contrib",
    "change",
    "changes",
    "changed",
    "security",
    "add",
    "added",
    "process",
    "internal",
    "significant",
    "performance",
    "perf",
    "api",
    "new",
    "other",
    "behavior",
    "compatibility",
    "highlight",
    "notable",
    "chore",
    "build",
    "tests",
    "type",
    "typing",
    "moved",
];

/// How changie's own values are called that hold a number.
pub(super) const NUMBER_NAMES: [&str; 6] = ["issue", "pr", "pullrequest", "pull_request", "number", "mr"];

/// Endings of files that are nothing like a type, whatever stands before them.
const ENDINGS: [&str; 22] = [
    "md", "rst", "txt", "adoc", "yaml", "yml", "json", "toml", "cfg", "ini", "lock", "html", "xml", "csv", "css", "js",
    "ts", "py", "rs", "sh", "png", "svg",
];
/// The longest type of a project's own that is believed.
const TYPE_CHARS_MAX: usize = 24;

/// An entry in a file of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragment {
    /// Its path in the repository: whoever added the file wrote the entry.
    pub path: String,
    /// What it says, in one line.
    pub words: String,
    /// The same as an entry, its number in brackets behind it where only the name tells it.
    pub entry: Entry,
}

impl Fragment {
    /// Reads a file of a directory of fragments; none for one that is no entry (a template, a settings file).
    #[must_use]
    pub fn read(path: &str, text: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let number = numbered(name).map(|(number, _)| number);
        let mut numbers: Vec<String> = number.iter().map(ToString::to_string).collect();
        let (kind, words) = match name.rsplit_once('.') {
            Some((_, "yaml" | "yml")) => of_yaml(text, &mut numbers)?,
            Some((_, "md")) if text.starts_with("---") => of_changeset(text)?,
            _ => (kind_in(name), one_line(text)),
        };
        if words.is_empty() && numbers.is_empty() {
            return None;
        }
        numbers.retain(|number| !words.contains(number.as_str()));
        let numbers: String = numbers.iter().map(|number| format!(" ({number})")).collect();
        let text = format!("{words}{numbers}").trim().to_owned();
        let entry = Entry { subsection: kind, line: 1, item: true, text, addresses: Vec::new() };
        Some(Self { path: path.to_owned(), words, entry })
    }
}

/// Whether a path can be a fragment of this directory: a file at its top, or one directory down, that is not there for
/// the directory itself.
#[must_use]
pub fn is_fragment(dir: &str, path: &str) -> bool {
    let Some(inner) = path.strip_prefix(dir.trim_end_matches('/')).and_then(|rest| rest.strip_prefix('/')) else {
        return false;
    };
    let name = inner.rsplit('/').next().unwrap_or(inner);
    let lower = name.to_lowercase();
    let own = lower.starts_with(['.', '_']) || lower.starts_with("readme") || lower.contains("template");
    let ending = lower.rsplit_once('.').map_or("", |(_, ending)| ending);
    let known = ["md", "rst", "txt", "yaml", "yml", "adoc"].contains(&ending) || numbered(name).is_some();
    // A directory that is called like one of fragments may hold the changelogs of past versions.
    let version = crate::domain::tag::parse_lenient(lower.trim_end_matches(".md").trim_end_matches(".rst")).is_some();
    inner.matches('/').count() < 2 && known && !own && !version
}

/// Whether a path lies in a directory that is called like one of fragments, wherever that stands.
#[must_use]
pub fn in_usual_dir(path: &str) -> bool {
    USUAL_DIRS.iter().any(|dir| {
        let starts = path.match_indices(dir).map(|(at, _)| at);
        let whole = |at: usize| at == 0 || path.get(..at).is_some_and(|before| before.ends_with('/'));
        starts.into_iter().any(|at| whole(at) && is_fragment(dir, path.get(at..).unwrap_or_default()))
    })
}

/// The numbers of the fragments among the paths that a change touched; none where it touched many, as a release does.
pub(super) fn numbers(paths: &[String]) -> Vec<Reference> {
    let named = paths.iter().filter_map(|path| Some((path, path.rsplit_once('/')?.1)));
    // Where fragments usually wait, a type of the project's own counts too.
    let number = |(path, name): (&String, &str)| match in_usual_dir(path) {
        true => numbered(name).map(|(number, _)| number),
        false => number_in(name),
    };
    let numbers: Vec<Reference> = named.filter_map(number).collect();
    if numbers.len() > WRITTEN_MAX { Vec::new() } else { numbers }
}

/// The number in a name of towncrier's form: `123.bugfix`, `123.feature.rst`, `123.bugfix.1.md`.
fn number_in(name: &str) -> Option<Reference> {
    let (number, rest) = name.split_once('.')?;
    let kind = rest.split('.').next().unwrap_or(rest).to_lowercase();
    let number = number.trim_start_matches('#');
    let known = TYPES.contains(&kind.as_str()) && number.len() < 8;
    number.parse().ok().filter(|number| known && *number > 0).map(Reference::hash)
}

/// The number and the type in such a name, whatever the project calls its types: `123.rope-work.md`.
pub(crate) fn numbered(name: &str) -> Option<(Reference, &str)> {
    let (number, rest) = name.split_once('.')?;
    let kind = rest.split('.').next().unwrap_or(rest);
    let number = number.trim_start_matches('#');
    let word = kind.starts_with(|c: char| c.is_ascii_alphabetic())
        && kind.len() <= TYPE_CHARS_MAX
        && kind.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    let told = word && number.len() < 8 && !ENDINGS.contains(&kind.to_lowercase().as_str());
    let number = number.parse().ok().filter(|number| told && *number > 0)?;
    Some((Reference::hash(number), kind))
}

fn kind_in(name: &str) -> String {
    let own = numbered(name).map(|(_, kind)| kind);
    let kind = name.split('.').nth(1).filter(|kind| TYPES.contains(kind)).or(own);
    kind.map(|kind| format!("{}{}", kind.get(..1).unwrap_or("").to_uppercase(), kind.get(1..).unwrap_or("")))
        .unwrap_or_default()
}

fn one_line(text: &str) -> String {
    let bare = text.trim().trim_start_matches(['-', '*']);
    bare.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A changeset: front matter that names packages and their bumps, then the words. One without a package tells nothing.
fn of_changeset(text: &str) -> Option<(String, String)> {
    let (_, rest) = text.split_once("---")?;
    let (front, words) = rest.split_once("---")?;
    let bump = ["major", "minor", "patch"].into_iter().find(|bump| front.contains(bump))?;
    Some((bump.to_owned(), one_line(words)))
}

/// A change of changie: `kind`, `body`, and numbers among its custom values.
fn of_yaml(text: &str, numbers: &mut Vec<String>) -> Option<(String, String)> {
    let value = |key: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
        Some(line.trim().trim_matches(['"', '\'']).to_owned())
    };
    let mut body = value("body")?;
    // A body of several lines stands indented below its key.
    if body.starts_with(['|', '>']) {
        let lines = text.lines().skip_while(|line| !line.starts_with("body:")).skip(1);
        body = one_line(&lines.take_while(|line| line.starts_with([' ', '\t'])).collect::<Vec<_>>().join(" "));
    }
    let custom = text.lines().skip_while(|line| !line.starts_with("custom:")).skip(1);
    let custom = custom.take_while(|line| line.starts_with([' ', '\t'])).filter_map(|line| line.split_once(':'));
    for (name, value) in custom.filter(|(name, _)| NUMBER_NAMES.contains(&name.trim().to_lowercase().as_str())) {
        let number = value.trim().trim_matches(['"', '\'', '#']);
        if number.parse::<u64>().is_ok_and(|number| number > 0) {
            let sign = if name.trim().eq_ignore_ascii_case("mr") { '!' } else { '#' };
            numbers.push(format!("{sign}{number}"));
        }
    }
    Some((value("kind").unwrap_or_default(), body))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, text: &str) -> Option<String> {
        let fragment = Fragment::read(path, text)?;
        Some(format!("{}: {}", fragment.entry.subsection, fragment.entry.text))
    }

    #[test]
    fn fragments_of_every_tool() {
        assert_eq!(read("news/12.bugfix.rst", "Ropes\nhold.\n").as_deref(), Some("Bugfix: Ropes hold. (#12)"));
        assert_eq!(read("news/12.misc", "").as_deref(), Some("Misc: (#12)"));
        assert_eq!(read("news/+abc.feature.md", "Ropes").as_deref(), Some("Feature: Ropes"));
        let changeset = "---\n\"@harbor/cli\": minor\n---\n\nRopes hold\n";
        assert_eq!(read(".changeset/brave-dogs.md", changeset).as_deref(), Some("minor: Ropes hold"));
        assert_eq!(read(".changeset/empty.md", "---\n---\n"), None);
        let changie = "kind: Fixed\nbody: Ropes hold\ntime: 2026-01-01\ncustom:\n  Issue: \"12\"\n  Author: ana\n";
        assert_eq!(read(".changes/unreleased/Fixed-1.yaml", changie).as_deref(), Some("Fixed: Ropes hold (#12)"));
        let long = "body: |-\n  Ropes\n  hold\nkind: Added\n";
        assert_eq!(read("x/Added-1.yaml", long).as_deref(), Some("Added: Ropes hold"));
        assert_eq!(read("x/config.yaml", "a: b\n"), None);
    }

    #[test]
    fn what_a_directory_holds_for_itself_is_no_fragment() {
        for path in ["news/12.bugfix.rst", "news/+x.misc.md", "news/sub/12.doc.md", "news/12.misc"] {
            assert!(is_fragment("news", path), "{path}");
        }
        for path in ["news/README.md", "news/.gitignore", "news/_template.rst", "news/template.md", "news/1.2.0.md"] {
            assert!(!is_fragment("news/", path), "{path}");
        }
        assert!(!is_fragment("news", "newsletter/a.md") && !is_fragment("news", "news/a/b/c.md"));
    }

    #[test]
    fn a_release_that_collects_fragments_wrote_none() {
        let paths = |count: u64| (1..=count).map(|n| format!("news/{n}.bugfix.rst")).collect::<Vec<_>>();
        assert_eq!(numbers(&paths(2)), [Reference::hash(1), Reference::hash(2)]);
        assert_eq!(numbers(&paths(9)), []);
        assert_eq!(numbers(&["src/3.14.rs".to_owned(), "12.bugfix".to_owned()]), []);
    }
}
