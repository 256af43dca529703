//! Exclusions: what a person or the configuration sets apart, each as one line of text that is the same everywhere:
//! in `relco.toml`, on the command line, in the journal and on the screen.
//!
//! Pure. A rule only ever sets apart what the section does not tell; it never hides anything, because everything set
//! apart is shown with its rule. Enter at [`Rule`], by its text.

use std::fmt;
use std::str::FromStr;

use super::landing::Landed;
use crate::domain::commit::{Commit, Person};
use crate::domain::pattern::pattern;

/// Which changes need no entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// This very one: `#123`, `!123`, the name of a review in Gerrit, or the beginning of a commit's id.
    Change(String),
    /// Those that touch nothing but these paths: `paths docs/ *.md`.
    Paths(Vec<String>),
    /// Those of this author, by name or address: `author *[bot]`.
    Author(String),
    /// Those whose title looks like this: `title Merge *`.
    Title(String),
    /// Those whose title begins with one of these words and a colon: `type docs ci`.
    Type(Vec<String>),
    /// Those with such a line in their message: `trailer Changelog: none`.
    Trailer(String),
}

/// A rule with the words that stand beside what it sets apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusion {
    /// Which changes.
    pub rule: Rule,
    /// Why; empty where the rule says it all.
    pub reason: String,
}

impl Exclusion {
    /// What is shown beside a change that is set apart by it.
    #[must_use]
    pub fn words(&self) -> String {
        match (&self.rule, self.reason.as_str()) {
            (Rule::Change(_), "") => "set apart by hand".to_owned(),
            (Rule::Change(_), reason) => reason.to_owned(),
            (rule, "") => format!("rule: {rule}"),
            (rule, reason) => format!("{reason} (rule: {rule})"),
        }
    }
}

/// A text that is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is no rule: write #123, or paths, author, title, type or trailer and what it must look like, as in \"paths docs/ *.md\""
)]
pub struct BadRule(pub String);

pattern!(CHANGE, r"^(?:[#!]\d{1,9}|I?[0-9a-f]{7,64})$");
pattern!(TYPE, r"^([A-Za-z][\w-]*)(?:\([^)]*\))?!?:");

impl FromStr for Rule {
    type Err = BadRule;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if CHANGE.is_match(text) {
            return Ok(Self::Change(text.to_owned()));
        }
        let bad = || BadRule(text.to_owned());
        let (field, rest) = text.split_once(char::is_whitespace).ok_or_else(bad)?;
        let rest = rest.trim().to_owned();
        let words = || rest.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        // A rule that matches everything would call every release complete.
        if rest.is_empty() || rest.chars().all(|c| matches!(c, '*' | '/' | ' ' | '.')) {
            return Err(bad());
        }
        match field {
            "paths" | "path" => Ok(Self::Paths(words())),
            "author" => Ok(Self::Author(rest)),
            "title" => Ok(Self::Title(rest)),
            "type" | "types" => Ok(Self::Type(words().iter().map(|word| word.to_lowercase()).collect())),
            "trailer" => Ok(Self::Trailer(rest)),
            "change" if CHANGE.is_match(&rest) => Ok(Self::Change(rest)),
            _ => Err(bad()),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Change(id) => f.write_str(id),
            Self::Paths(paths) => write!(f, "paths {}", paths.join(" ")),
            Self::Author(author) => write!(f, "author {author}"),
            Self::Title(title) => write!(f, "title {title}"),
            Self::Type(types) => write!(f, "type {}", types.join(" ")),
            Self::Trailer(trailer) => write!(f, "trailer {trailer}"),
        }
    }
}

/// What a rule is held against.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held<'a> {
    /// Its number, or none.
    pub id: Option<&'a str>,
    pub landed: &'a Landed,
    pub author: &'a Person,
    /// Its commits, its own first.
    pub commits: &'a [&'a Commit],
    /// What it touches, where that is known.
    pub paths: Option<&'a [String]>,
}

impl Rule {
    /// Whether a change is meant. A rule about paths means none whose paths are not known.
    pub(super) fn means(&self, held: Held<'_>) -> bool {
        match self {
            Self::Change(id) => {
                held.id == Some(id)
                    || id.starts_with('I') && held.landed.change_id.as_ref().is_some_and(|own| own.starts_with(id))
                    || !id.starts_with(['#', '!']) && held.commits.first().is_some_and(|one| one.id.starts_with(id))
            }
            Self::Paths(globs) => held.paths.is_some_and(|paths| of_paths(globs, paths)),
            Self::Author(glob) => matches(glob, &held.author.name) || matches(glob, &held.author.email),
            Self::Title(glob) => matches(glob, &held.landed.title),
            Self::Type(types) => type_of(&held.landed.title).is_some_and(|found| types.contains(&found)),
            Self::Trailer(glob) => {
                held.commits.iter().flat_map(|commit| commit.body.lines()).any(|line| matches(glob, line.trim()))
            }
        }
    }
}

/// Whether all of these paths are meant by one of the globs.
pub(super) fn of_paths(globs: &[String], paths: &[String]) -> bool {
    !paths.is_empty() && paths.iter().all(|path| globs.iter().any(|glob| path_matches(glob, path)))
}

/// The word before the colon of a title such as `docs(api): …`, in lower case.
pub(super) fn type_of(title: &str) -> Option<String> {
    Some(TYPE.captures(title)?.get(1)?.as_str().to_lowercase())
}

/// A glob for a path: `docs/` and `docs/**` mean all below, `*.md` a name wherever it stands, `src/*.md` the files of
/// one directory.
fn path_matches(glob: &str, path: &str) -> bool {
    let glob = glob.strip_prefix("./").unwrap_or(glob);
    if let Some(dir) = glob.strip_suffix("/**").or_else(|| glob.strip_suffix('/')) {
        let below = |end: usize| path.get(..end).is_some_and(|head| wild(dir, head, true));
        return path.match_indices('/').any(|(at, _)| below(at));
    }
    if glob.contains('/') {
        return wild(glob, path, true);
    }
    wild(glob, path.rsplit('/').next().unwrap_or(path), true)
}

/// A glob for words: `*` means anything, upper and lower case are the same.
fn matches(glob: &str, text: &str) -> bool {
    wild(&glob.to_lowercase(), &text.to_lowercase(), false)
}

/// Whether a text is what a pattern with stars says. In paths a single star stays within one directory.
fn wild(pattern: &str, text: &str, path: bool) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut seen) = (0, 0);
    // Where to go on when what follows a star did not fit: behind the star, one letter further in the text.
    let mut retry: Option<(usize, usize, bool)> = None;
    while seen < text.len() {
        let here = pattern.get(at);
        if here == Some(&'*') {
            let far = !path || pattern.get(at + 1) == Some(&'*');
            at += if path && far { 2 } else { 1 };
            retry = Some((at, seen, far));
        } else if here.is_some_and(|here| Some(here) == text.get(seen)) {
            at += 1;
            seen += 1;
        } else {
            match retry {
                Some((behind, from, far)) if far || text.get(from) != Some(&'/') => {
                    at = behind;
                    seen = from + 1;
                    retry = Some((behind, from + 1, far));
                }
                _ => return false,
            }
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_the_same_text_everywhere() {
        for text in ["#12", "!12", "0123abc", "paths docs/ *.md", "author *[bot]", "title Merge *", "type docs ci"] {
            assert_eq!(text.parse::<Rule>().unwrap().to_string(), text);
        }
        assert_eq!("change #12".parse::<Rule>().unwrap(), Rule::Change("#12".to_owned()));
        assert_eq!("  type  Docs ".parse::<Rule>().unwrap().to_string(), "type docs");
        for text in ["", "docs/", "paths", "paths **", "paths */", "author *", "weather bad", "12", "change docs/"] {
            let error = text.parse::<Rule>().unwrap_err().to_string();
            assert!(error.contains("is no rule: write #123"), "{text}: {error}");
        }
    }

    #[test]
    fn globs_of_paths() {
        for (glob, path) in [
            ("docs/", "docs/a/b.md"),
            ("docs/**", "docs/a.md"),
            ("*.md", "a/b/README.md"),
            ("src/*.md", "src/a.md"),
            ("**/snapshots/**", "a/b/snapshots/c/d"),
            ("crates/*/tests/", "crates/x/tests/it.rs"),
            ("README*", "README.md"),
            ("./LICENSE", "LICENSE"),
        ] {
            assert!(path_matches(glob, path), "{glob} {path}");
        }
        for (glob, path) in [
            ("docs/", "docs.md"),
            ("docs/", "src/docs/a.md"),
            ("src/*.md", "src/a/b.md"),
            ("*.md", "a.md/b.rs"),
            ("crates/*/tests/", "crates/x/src/tests/it.rs"),
        ] {
            assert!(!path_matches(glob, path), "{glob} {path}");
        }
        let paths = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>();
        let globs = paths(&["docs/", "*.md"]);
        assert!(of_paths(&globs, &paths(&["docs/a.rst", "README.md"])));
        assert!(!of_paths(&globs, &paths(&["docs/a.rst", "src/a.rs"])) && !of_paths(&globs, &[]));
    }

    #[test]
    fn globs_of_words() {
        assert!(
            matches("*[bot]", "Renovate[bot]") && matches("release *", "Release 1.3.0") && matches("a*b*c", "aXbYbc")
        );
        assert!(!matches("docs*", "more docs") && !matches("a*b", "abc"));
        assert_eq!(type_of("Docs(api)!: x").as_deref(), Some("docs"));
        assert_eq!(type_of("docs of the api: x"), None);
    }
}
