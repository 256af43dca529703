//! Patterns that are written in the code: compiled once, and right because the tests of their users run them.

use regex::Regex;

/// Compiles a pattern of the code.
///
/// # Panics
/// On a malformed pattern, which no input can cause.
#[expect(clippy::expect_used, reason = "only ever called with constants, each of which a test compiles")]
pub(crate) fn constant(pattern: &'static str) -> Regex {
    Regex::new(pattern).expect("BUG: a pattern of the code does not compile")
}

/// A pattern that is compiled on first use.
macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: std::sync::LazyLock<regex::Regex> =
            std::sync::LazyLock::new(|| $crate::domain::pattern::constant($text));
    };
}
pub(crate) use pattern;
