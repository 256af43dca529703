//! What is looked for in a log: a plain text, a regular expression, or lines that look like errors.
//!
//! A match never spans lines. Text is matched as bytes, escape sequences included, as it stands in the file.
//! Enter at [`Pattern::from_input`].

use std::fmt;
use std::ops::Range;

use memchr::memmem::Finder;
use regex::bytes::{Regex, RegexBuilder};

use super::errors;

/// Memory that one compiled expression may take, in bytes.
const COMPILED_MAX: usize = 4 * 1024 * 1024;

/// Why a text is no pattern: the expression's own message in one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a pattern: {0}")]
pub struct PatternError(String);

/// Something to look for.
#[derive(Clone)]
pub struct Pattern {
    kind: Kind,
    text: String,
}

#[derive(Clone)]
enum Kind {
    Plain(Box<Finder<'static>>),
    Regex(Regex),
    Errors(Regex),
}

impl Pattern {
    /// What a person typed: plain text, or `/expression/` for a regular expression. Both with smart case: capitals
    /// count only if there are some.
    ///
    /// # Errors
    /// The text is empty or the expression is none.
    pub fn from_input(input: &str) -> Result<Pattern, PatternError> {
        match input.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) {
            Some(expression) if !expression.is_empty() => Pattern::regex(expression),
            _ => Pattern::plain(input),
        }
    }

    /// A plain text, with smart case.
    ///
    /// # Errors
    /// The text is empty or too long.
    pub fn plain(text: &str) -> Result<Pattern, PatternError> {
        if text.is_empty() || text.contains('\n') {
            return Err(PatternError("it must be a part of one line".into()));
        }
        let kind = if is_caseless(text) {
            // For ASCII letters the expression need not know the rest of the world's, which makes it faster.
            Kind::Regex(compile(&regex::escape(text), true, !text.is_ascii())?)
        } else {
            Kind::Plain(Box::new(Finder::new(text).into_owned()))
        };
        Ok(Pattern { kind, text: text.to_owned() })
    }

    /// A regular expression, with smart case.
    ///
    /// # Errors
    /// It is none, or too large.
    pub fn regex(expression: &str) -> Result<Pattern, PatternError> {
        if expression.is_empty() {
            return Err(PatternError("it is empty".into()));
        }
        let kind = Kind::Regex(compile(expression, is_caseless_expression(expression), true)?);
        Ok(Pattern { kind, text: format!("/{expression}/") })
    }

    /// Lines that look like errors; the rule stands in the module `errors`.
    ///
    /// # Errors
    /// None in practice: the expression is fixed and tested.
    pub fn errors() -> Result<Pattern, PatternError> {
        Ok(Pattern { kind: Kind::Errors(compile(errors::EXPRESSION, false, false)?), text: "errors".to_owned() })
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The first match in one line, given without its line end.
    pub fn find(&self, line: &[u8]) -> Option<Range<usize>> {
        self.find_at(line, 0)
    }

    /// All matches in one line that do not overlap, in order, at most `max`.
    pub fn find_all(&self, line: &[u8], max: usize) -> Vec<Range<usize>> {
        let mut out = Vec::new();
        let mut from = 0;
        while out.len() < max
            && let Some(found) = self.find_at(line, from)
        {
            from = found.end.max(found.start + 1);
            if !found.is_empty() {
                out.push(found);
            }
        }
        out
    }

    /// The first match at or behind `from` in one line.
    pub(super) fn find_at(&self, line: &[u8], from: usize) -> Option<Range<usize>> {
        let mut from = from;
        loop {
            let found = self.candidate(line, from)?;
            match &self.kind {
                Kind::Errors(_) if errors::is_harmless(line, &found) => from = found.end,
                _ => return Some(found),
            }
        }
    }

    /// The first place at or behind `from` in any number of lines where a match may be. What it gives must be
    /// confirmed with [`Pattern::find`] on the line where it begins, unless [`Pattern::is_exact`].
    pub(super) fn candidate(&self, lines: &[u8], from: usize) -> Option<Range<usize>> {
        match &self.kind {
            Kind::Plain(finder) => {
                let at = from + finder.find(lines.get(from..)?)?;
                Some(at..at + finder.needle().len())
            }
            Kind::Regex(regex) | Kind::Errors(regex) => {
                (from <= lines.len()).then(|| regex.find_at(lines, from))?.map(|found| found.range())
            }
        }
    }

    /// Whether a candidate is a match as it stands.
    pub(super) fn is_exact(&self) -> bool {
        matches!(self.kind, Kind::Plain(_))
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pattern").field(&self.text).finish()
    }
}

fn compile(expression: &str, caseless: bool, unicode: bool) -> Result<Regex, PatternError> {
    RegexBuilder::new(expression)
        .case_insensitive(caseless)
        .unicode(unicode)
        .multi_line(true)
        .crlf(true)
        .size_limit(COMPILED_MAX)
        .dfa_size_limit(COMPILED_MAX)
        .build()
        .map_err(|error| PatternError(one_line(&error.to_string())))
}

/// The last line of the regex crate's message, which says what is wrong; the lines before draw it.
fn one_line(message: &str) -> String {
    let last = message.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or(message);
    last.trim().trim_start_matches("error: ").to_owned()
}

/// Smart case of a plain text.
fn is_caseless(text: &str) -> bool {
    !text.chars().any(char::is_uppercase) && text.chars().any(char::is_alphabetic)
}

/// Smart case of an expression, where `\W` and its kin are no capitals.
fn is_caseless_expression(expression: &str) -> bool {
    let mut escaped = false;
    !expression.chars().any(|ch| {
        let counts = !escaped && ch.is_uppercase();
        escaped = ch == '\\' && !escaped;
        counts
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(input: &str, line: &str) -> Option<Range<usize>> {
        Pattern::from_input(input).unwrap().find(line.as_bytes())
    }

    #[test]
    fn plain_text_is_plain() {
        assert_eq!(find("[error]", "x [error] y"), Some(2..9));
        assert_eq!(find("1.3.0", "1x3y0"), None);
        assert_eq!(find("/", "a/b"), Some(1..2));
        assert_eq!(find("/usr", "cd /usr"), Some(3..7));
        assert!(Pattern::from_input("").is_err());
    }

    #[test]
    fn expressions_stand_between_slashes() {
        assert_eq!(find(r"/byte \d+$/", "at byte 184"), Some(3..11));
        assert_eq!(find("/^x/", "ax"), None);
        let error = Pattern::from_input("/(/").unwrap_err();
        assert_eq!(error.to_string(), "not a pattern: unclosed group");
        assert!(Pattern::from_input(r"/(\w{1000}){1000}/").is_err());
    }

    #[test]
    fn capitals_count_if_there_are_some() {
        assert_eq!(find("warn", "WARN"), Some(0..4));
        assert_eq!(find("Warn", "WARN"), None);
        assert_eq!(find(r"/\Swarn/", "xWARN"), Some(0..5));
        assert_eq!(find(r"/\SWarn/", "xWARN"), None);
        assert_eq!(find("größe", "GRÖSSE GRÖẞE GRÖßE"), Some(8..16), "ẞ is the capital of ß");
        assert_eq!(find("k", "\u{212a}"), None, "the Kelvin sign is no ASCII letter");
        assert_eq!(find("404", "x404"), Some(1..4));
    }

    #[test]
    fn all_matches_of_a_line_are_found_and_empty_ones_are_none() {
        let all = |input: &str, line: &str| Pattern::from_input(input).unwrap().find_all(line.as_bytes(), 9);
        assert_eq!(all("a", "abca"), [0..1, 3..4]);
        assert_eq!(all("/x*/", "axxbx"), [1..3, 4..5]);
        assert_eq!(Pattern::plain("a").unwrap().find_all(b"aaaa", 2).len(), 2);
    }
}
