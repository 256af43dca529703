//! Headings of a changelog, in Markdown (both styles), reStructuredText and AsciiDoc, and the versions they name.
//!
//! Pure. What stands in a fenced block, in an HTML comment or in a quotation is no heading and is not read at all. A
//! file without any heading that names a version is read a second time, and a line that begins with one counts.

use std::borrow::Cow;

use semver::Version;

use crate::domain::pattern::pattern;
use crate::domain::tag::parse_lenient;

/// One heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heading {
    /// The index of its line (of the text, not of the underline).
    pub line: usize,
    /// The index of the first line below it.
    pub body: usize,
    /// 1 for the highest.
    pub level: u8,
    /// Its words, without marks.
    pub text: String,
    /// The versions that it names, in order.
    pub versions: Vec<Version>,
    /// It says that this is not released yet.
    pub unreleased: bool,
}

/// The lines with everything blanked that is not read: fenced blocks, comments, quotations.
pub(super) fn readable_lines(text: &str) -> Vec<Cow<'_, str>> {
    let mut lines = Vec::new();
    let mut fence: Option<&str> = None;
    let mut comment = false;
    for line in text.lines() {
        let bare = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| bare.starts_with(mark));
        if let Some(open) = fence {
            if mark == Some(open) && bare.trim_start_matches(['`', '~']).trim().is_empty() {
                fence = None;
            }
            lines.push(Cow::Borrowed(""));
        } else if !comment && mark.is_some() && !closes_itself(bare) && !underlines_title(bare, lines.last()) {
            fence = mark;
            lines.push(Cow::Borrowed(""));
        } else if bare.starts_with('>') && !comment {
            lines.push(Cow::Borrowed(""));
        } else {
            lines.push(without_comments(line, &mut comment));
        }
    }
    lines
}

/// Whether a line that begins like a fence is code within one line.
fn closes_itself(bare: &str) -> bool {
    bare.starts_with("```") && bare.trim_start_matches('`').contains('`')
}

/// Whether a line of tildes underlines the title above it, as reStructuredText has it.
fn underlines_title(bare: &str, above: Option<&Cow<'_, str>>) -> bool {
    rule_mark(bare) == Some('~') && above.is_some_and(|above| !above.trim().is_empty())
}

fn without_comments<'a>(line: &'a str, comment: &mut bool) -> Cow<'a, str> {
    if !*comment && !line.contains("<!--") {
        return Cow::Borrowed(line);
    }
    let mut kept = String::new();
    let mut rest = line;
    loop {
        if *comment {
            let Some((_, after)) = rest.split_once("-->") else { break };
            *comment = false;
            rest = after;
        } else {
            let Some((before, after)) = rest.split_once("<!--") else {
                kept.push_str(rest);
                break;
            };
            kept.push_str(before);
            *comment = true;
            rest = after;
        }
    }
    Cow::Owned(kept)
}

/// All headings, in order.
pub(super) fn headings(lines: &[Cow<'_, str>]) -> Vec<Heading> {
    let mut found = Vec::new();
    // Underlines in the order in which they first appear give the levels, as reStructuredText has it; in Markdown that
    // is the same order wherever the title uses '='.
    let mut underlines: Vec<(char, bool)> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if let Some((level, words)) = prefixed(line) {
            found.push(heading(at, at + 1, level, words));
        } else if let Some((mark, over)) = underlined(lines, at) {
            let level = underlines.iter().position(|known| *known == (mark, over)).unwrap_or_else(|| {
                underlines.push((mark, over));
                underlines.len() - 1
            });
            // A file that underlines with '-' alone starts at level 2, so that '### Added' below stays below.
            let level = if underlines.len() == 1 && mark == '-' { 2 } else { level + 1 };
            found.push(heading(at, at + 2, u8::try_from(level).unwrap_or(6), line.trim()));
        }
    }
    if found.iter().any(|heading| !heading.versions.is_empty() || heading.unreleased) {
        return found;
    }
    found.extend(lines.iter().enumerate().filter_map(|(at, line)| plain(at, line)));
    found.sort_by_key(|heading| heading.line);
    found
}

fn heading(line: usize, body: usize, level: u8, words: &str) -> Heading {
    let text = plain_words(words);
    let versions = versions_in(&text);
    let unreleased = if versions.is_empty() { says_unreleased(&text) } else { UNRELEASED_BEHIND.is_match(&text) };
    Heading { line, body, level, text, versions, unreleased }
}

/// `## Title`, `##1.2.3` and AsciiDoc's `== Title`.
fn prefixed(line: &str) -> Option<(u8, &str)> {
    let bare = line.strip_prefix("   ").or_else(|| line.strip_prefix("  ")).or_else(|| line.strip_prefix(' '));
    let bare = bare.unwrap_or(line);
    let mark = bare.chars().next().filter(|mark| matches!(mark, '#' | '='))?;
    let words = bare.trim_start_matches(mark);
    let level = bare.len() - words.len();
    let spaced = words.starts_with([' ', '\t']);
    let joined = mark == '#' && words.trim_start_matches(['[', 'v']).starts_with(|c: char| c.is_ascii_digit());
    if level > 6 || words.trim().is_empty() || !(spaced || joined && level > 1) {
        return None;
    }
    Some((u8::try_from(level).ok()?, words.trim().trim_end_matches(mark).trim_end()))
}

/// The mark of the underline below a line, and whether the same stands above.
fn underlined(lines: &[Cow<'_, str>], at: usize) -> Option<(char, bool)> {
    let title = lines.get(at)?;
    let words = title.trim();
    let listed = words.starts_with(['-', '*', '+', '|', '>']) && words.chars().nth(1).is_none_or(char::is_whitespace);
    if words.is_empty() || title.starts_with([' ', '\t']) || listed || rule_mark(title).is_some() {
        return None;
    }
    let mark = rule_mark(lines.get(at + 1)?)?;
    let above = at.checked_sub(1).and_then(|above| lines.get(above));
    match above {
        None => Some((mark, false)),
        Some(above) if above.trim().is_empty() => Some((mark, false)),
        Some(above) if rule_mark(above) == Some(mark) => Some((mark, true)),
        // The last line of a paragraph, unless what it says is a version.
        Some(_) => (!versions_in(&plain_words(words)).is_empty()).then_some((mark, false)),
    }
}

fn rule_mark(line: &str) -> Option<char> {
    let line = line.trim_end();
    let mark = line.chars().next().filter(|mark| "=-~^\"'`#*+_:.".contains(*mark))?;
    (line.len() >= 3 && line.chars().all(|c| c == mark)).then_some(mark)
}

/// A line that begins with a version, for files without headings: `1.2.3 (2024-01-05)`, `**1.2.3**`, `Version 1.2.3:`,
/// `* Noteworthy changes in release 9.5`.
fn plain(at: usize, line: &str) -> Option<Heading> {
    const LONGEST: usize = 120;
    let gnu = line.starts_with("* Noteworthy changes in");
    let listed = line.starts_with(['-', '+', '*']) && line.chars().nth(1) == Some(' ');
    if line.len() > LONGEST || line.starts_with([' ', '\t']) || (listed && !gnu) || line.trim().ends_with('.') {
        return None;
    }
    let made = heading(at, at + 1, 1, line);
    let early = made.text.split_whitespace().take(if gnu { 6 } else { 2 }).any(|word| version_of(word).is_some());
    (early && !made.versions.is_empty()).then_some(made)
}

pattern!(LINK_TARGET, r"\]\([^)]*\)|\]\[[^\]]*\]|<[^>]*>|\{[^}]*\}");
pattern!(NOT_OF_THIS, r"(?i)\b(since|from|upgrad\w*|migrat\w*|until|before|after|prior|than|requires?|between)\b");
// `1.1.0 (Unreleased)`, `1.1.0 - unreleased`, `1.1.0-dev`: a version that is named and not out.
pattern!(
    UNRELEASED_BEHIND,
    r"(?i)[(\s:–—-]\s*(?:unreleased|not (?:yet )?released|in development|tbd|tba)\)?$|\d-(?:dev|SNAPSHOT)\)?$"
);
pattern!(UNRELEASED, r"(?i)\bunreleased\b|\bnot (?:yet )?released\b|\bupcoming\b|\bnext (?:release|version)\b");

/// The words of a heading without link targets, tags and emphasis.
fn plain_words(words: &str) -> String {
    let words = LINK_TARGET.replace_all(words, "]");
    let words: String = words.chars().filter(|c| !matches!(c, '[' | ']' | '*' | '`' | '\u{200b}')).collect();
    words.trim().trim_end_matches(':').trim().to_owned()
}

fn says_unreleased(text: &str) -> bool {
    const WHOLE: [&str; 9] =
        ["next", "head", "main", "master", "trunk", "tbd", "develop", "development", "in progress"];
    UNRELEASED.is_match(text) || WHOLE.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// The versions that a heading is about, in order; none where it only speaks of them ("Upgrading from 1.2"). What reads
/// as a date is a version only where nothing else in the heading is one: "2026.02.11, Version 1.52.0".
fn versions_in(text: &str) -> Vec<Version> {
    let versions = numbers_in(text);
    if versions.len() < 2 || versions.iter().all(is_date) {
        return versions;
    }
    versions.into_iter().filter(|version| !is_date(version)).collect()
}

fn is_date(version: &Version) -> bool {
    version.pre.is_empty()
        && (1980..2200).contains(&version.major)
        && (1..=12).contains(&version.minor)
        && (1..=31).contains(&version.patch)
}

fn numbers_in(text: &str) -> Vec<Version> {
    let mut versions = Vec::new();
    for word in text
        .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '/' | '@' | ';' | '|' | '–' | '—' | '&'))
    {
        if NOT_OF_THIS.is_match(word) {
            break;
        }
        if let Some(version) = version_of(word).filter(|version| !versions.contains(version)) {
            versions.push(version);
        }
    }
    versions
}

/// The version that a word of a heading is, if it is one: `v1.2.3`, `1.2.3:`, `release-1.2.3`, `harbor-v1.2.3`.
fn version_of(word: &str) -> Option<Version> {
    let word = word.trim_matches(|c: char| matches!(c, ':' | ',' | '.' | '-' | '"' | '\'' | '_' | '=' | '#' | '!'));
    if let Some(version) = parse_lenient(word) {
        return Some(version);
    }
    // What stands before a version in one word is a name; which package is meant cannot be told from here.
    let (name, rest) = word.split_once(['-', '_', ':'])?;
    if name.chars().any(|c| c.is_ascii_digit() || c == '.') || name.is_empty() {
        return None;
    }
    ["release", "version", "rel"].contains(&name.to_ascii_lowercase().as_str()).then(|| parse_lenient(rest)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        headings(&readable_lines(text))
            .iter()
            .map(|heading| {
                let versions: Vec<String> = heading.versions.iter().map(ToString::to_string).collect();
                let unreleased = if heading.unreleased { "unreleased" } else { "" };
                format!("{} {}{unreleased}", heading.level, versions.join(" ")).trim_end().to_owned()
            })
            .collect()
    }

    fn one(text: &str) -> String {
        read(text).first().cloned().unwrap_or_default()
    }

    #[test]
    fn markdown_headings_in_every_usual_form() {
        assert_eq!(one("## [1.2.3] - 2024-01-05"), "2 1.2.3");
        assert_eq!(one("## [1.2.3](https://x.org/compare/v1.2.2...v1.2.3) (2024-01-05)"), "2 1.2.3");
        assert_eq!(one("## [v1.2.3][1.2.3]"), "2 1.2.3");
        assert_eq!(one("### Version 1.2.3 ###"), "3 1.2.3");
        assert_eq!(one("##1.2.3"), "2 1.2.3");
        assert_eq!(one("# What's new in Harbor 1.2"), "1 1.2.0");
        assert_eq!(one("<a id=\"1.2.3\"></a>\n## 2024-01-05, Version 1.2.3 (Current), @ana"), "2 1.2.3");
        assert_eq!(one("== 1.2.3 (2024-01-05)"), "2 1.2.3");
        assert_eq!(one("## 1.3.0-rc.1"), "2 1.3.0-rc.1");
        assert_eq!(one("## 🎉 release-1.2.3"), "2 1.2.3");
        assert_eq!(one("## Harbor (1.2.3)"), "2 1.2.3");
        assert_eq!(one("2026.02.11, Version 1.52.0 (Stable)\n\n* x"), "1 1.52.0");
        assert_eq!(one("## 2024.01.05"), "2 2024.1.5");
    }

    #[test]
    fn unreleased_has_several_names_and_may_stand_behind_a_version() {
        assert_eq!(one("## [Unreleased]"), "2 unreleased");
        assert_eq!(one("TBD\n==="), "1 unreleased");
        assert_eq!(one("## Next release"), "2 unreleased");
        for heading in ["## 1.3.0 (Unreleased)", "## [1.3.0] - unreleased", "## 1.3.0 - TBD"] {
            assert_eq!(one(heading), "2 1.3.0unreleased", "{heading}");
        }
        assert_eq!(one("## 1.3.0-dev"), "2 1.3.0-devunreleased");
        assert_eq!(one("## 1.3.0 - 2026-11-22"), "2 1.3.0");
        assert_eq!(one("## Main features"), "2");
    }

    #[test]
    fn a_heading_that_only_speaks_of_a_version_is_about_none() {
        assert_eq!(one("## Upgrading from 1.2.3 to 1.3.0"), "2");
        assert_eq!(one("### Changes since 1.2.3"), "3");
        assert_eq!(one("### Migration 1.2.3"), "3");
    }

    #[test]
    fn underlined_headings_have_levels_by_their_order() {
        assert_eq!(read("Changes\n=======\n\n1.2.3\n-----\n\nFixes\n~~~~~\n"), ["1", "2 1.2.3", "3"]);
        assert_eq!(read("=====\nTitle\n=====\n\n1.2.3\n=====\n"), ["1", "2 1.2.3"]);
        assert_eq!(read("[1.2.3](http://x) - 2024-01-05\n---------\n\n### Added\n"), ["2 1.2.3", "3"]);
        assert_eq!(read("a paragraph\nthat ends\n---\n"), Vec::<String>::new());
        assert_eq!(read("- item\n---\n"), Vec::<String>::new());
    }

    #[test]
    fn code_comments_and_quotations_hold_no_headings() {
        assert_eq!(read("```sh\n# 1.2.3\n```\n~~~\n## 1.2.4\n~~~\n> ## 1.2.5\n"), Vec::<String>::new());
        assert_eq!(read("<!-- template\n## 1.2.3\n-->\n## 1.2.4 <!-- x -->"), ["2 1.2.4"]);
        assert_eq!(read("```inline``` text\n## 1.2.4"), ["2 1.2.4"]);
    }

    #[test]
    fn files_without_headings_are_read_by_their_lines() {
        assert_eq!(read("1.2.3 (2024-01-05)\n\n * fix\n\nVersion 1.2.2:\n - fix 1.0.0\n"), ["1 1.2.3", "1 1.2.2"]);
        assert_eq!(read("**1.2.3**\n- fix\n"), ["1 1.2.3"]);
        assert_eq!(read("* Noteworthy changes in release 9.5 (2024-03-28) [stable]\n"), ["1 9.5.0"]);
        assert_eq!(read("## Changes\n1.2.3 fixes the bug.\n"), ["2"]);
    }
}
