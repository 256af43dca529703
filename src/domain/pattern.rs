//! Patterns that are written in the code: compiled once, and right because the tests of their users run them.
//!
//! In them `\w`, `\d` and `\b` speak of ASCII: numbers, names on forges and words of commits are that, and the tables of
//! all letters of the world are most of the time that compiling takes, which everybody waits for when relco opens.

use regex::Regex;

/// Compiles a pattern of the code; see the module for what its classes mean.
///
/// # Panics
/// On a malformed pattern, which no input can cause.
#[expect(clippy::expect_used, reason = "only ever called with constants, each of which a test compiles")]
pub(crate) fn constant(pattern: &'static str) -> Regex {
    Regex::new(&of_ascii(pattern)).expect("BUG: a pattern of the code does not compile")
}

/// The same pattern with classes of ASCII. A class inside brackets is written out there.
fn of_ascii(pattern: &str) -> String {
    let mut ascii = String::with_capacity(pattern.len() * 2);
    let mut letters = pattern.chars();
    let mut in_brackets = false;
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match (letters.next(), in_brackets) {
                (Some('w'), true) => ascii.push_str("0-9A-Za-z_"),
                (Some('w'), false) => ascii.push_str("[0-9A-Za-z_]"),
                (Some('d'), true) => ascii.push_str("0-9"),
                (Some('d'), false) => ascii.push_str("[0-9]"),
                (Some('b'), false) => ascii.push_str(r"(?-u:\b)"),
                (other, _) => ascii.extend(['\\'].into_iter().chain(other)),
            },
            '[' | ']' => {
                in_brackets = letter == '[';
                ascii.push(letter);
            }
            _ => ascii.push(letter),
        }
    }
    ascii
}

/// A pattern that is compiled on first use.
macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: std::sync::LazyLock<regex::Regex> =
            std::sync::LazyLock::new(|| $crate::domain::pattern::constant($text));
    };
}
pub(crate) use pattern;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_those_of_ascii_and_all_else_stays() {
        assert_eq!(of_ascii(r"^\w+: \bgh-\d{1,9}\b"), r"^[0-9A-Za-z_]+: (?-u:\b)gh-[0-9]{1,9}(?-u:\b)");
        assert_eq!(of_ascii(r"[\w.~-]*[^\]\d]\[\w\]\s\S"), r"[0-9A-Za-z_.~-]*[^\]0-9]\[[0-9A-Za-z_]\]\s\S");
        let found = constant(r"(?i)\bfix (\w+)").captures("Größe: Fix über_12").is_some();
        assert!(!found && constant(r"\bfix (\d+)").is_match("é fix 12"));
    }
}
