//! Which lines of a log look like errors.
//!
//! The rule is for a person who wants to stand at the line that tells what went wrong: it knows the words that
//! compilers, runtimes, loggers, shells and the C library use, each only where it is a word and in the case in which
//! it is a report (`ERROR`, `error:`, `failed`, `level=error`, `panicked at`, `command not found`). A match is
//! harmless when it counts nothing: "0 failed", "no ERROR", "failed=0", "failed: 0". It is a rule of thumb: a line
//! that it misses is found by searching, a line too many costs one key.
//!
//! Enter at [`EXPRESSION`] and [`is_harmless`].

use std::ops::Range;

/// The words, each of them long enough to be looked for at memory speed. Where one may begin, [`is_harmless`] says.
pub(super) const EXPRESSION: &str = concat!(
    // Levels of loggers.
    r"(?:ERROR|FATAL|CRITICAL|SEVERE|PANIC|EMERG)\b",
    r#"|level=(?:error|fatal|panic|critical)\b|"(?:level|severity)": ?"(?:error|fatal|panic|critical)""#,
    // Reports of tools, with or without colours around the word.
    r"|error(?:\[E\d+\])?(?:\x1b\[[0-9;]*m)*:|Error:|Exception:|Exception in thread|[Ff]atal:|fatal error|panic:",
    r"|panicked at |Traceback \(most recent call last\)|npm ERR!|: \*\*\* ",
    // Results.
    r"|(?:[Ff]ailed|FAILED|FAIL|FAILURE)\b",
    // What shells and the C library say.
    r"|command not found|[Pp]ermission denied|No such file or directory|No space left on device",
    r"|Connection refused|Segmentation fault|Out of memory|unbound variable",
);

/// Whether a match of [`EXPRESSION`] in `line` counts nothing.
pub(super) fn is_harmless(line: &[u8], found: &Range<usize>) -> bool {
    let before = line.get(..found.start).unwrap_or_default();
    // `TypeError:` is one, `on_error:` and `TERROR` are none.
    let named =
        line.get(found.clone()).is_some_and(|text| text.starts_with(b"Error:") || text.starts_with(b"Exception"));
    if !named && ends_in_word(before) && line.get(found.start).is_some_and(u8::is_ascii_alphabetic) {
        return true;
    }
    let before = before.trim_ascii_end();
    let word_at = before.iter().rposition(|byte| !byte.is_ascii_alphanumeric()).map_or(0, |at| at + 1);
    let (lead, word) = before.split_at(word_at);
    match word {
        // In "unreachable=0 failed=1" the nought counts something else.
        b"0" if !matches!(lead.last(), Some(b'=' | b':' | b'.' | b'/')) => return true,
        b"no" | b"No" | b"not" | b"without" | b"zero" | b"never" | b"if" => return true,
        _ => {}
    }
    let after = line.get(found.end..).unwrap_or_default().trim_ascii_start();
    // The colon of `error:` is part of the match itself.
    let after = match after.split_first() {
        Some((b':' | b'=', rest)) => rest.trim_ascii_start(),
        _ if line.get(..found.end).is_some_and(|matched| matched.ends_with(b":")) => after,
        _ => return false,
    };
    let digits = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = after.get(..digits).unwrap_or_default();
    let ends = after.get(digits).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    !number.is_empty() && number.iter().all(|digit| *digit == b'0') && ends
}

/// Whether what follows `before` would go on with a word; the `m` of a colour sequence is none.
fn ends_in_word(before: &[u8]) -> bool {
    let Some((last, rest)) = before.split_last() else { return false };
    if !last.is_ascii_alphanumeric() && *last != b'_' {
        return false;
    }
    let params = rest.iter().rev().take_while(|byte| matches!(byte, b'0'..=b'9' | b';' | b':')).count();
    let lead = rest.get(..rest.len() - params).unwrap_or_default();
    !(*last == b'm' && lead.ends_with(b"\x1b["))
}

#[cfg(test)]
mod tests {
    use crate::steplog::Pattern;

    #[test]
    fn reports_of_common_tools_are_errors() {
        let pattern = Pattern::errors().unwrap();
        for line in [
            "14:11:51 ERROR manifest.json: unexpected end of file at byte 18423",
            "error: could not compile `relco` (lib) due to 2 previous errors",
            "error[E0308]: mismatched types",
            "src/main.c:3:5: error: expected ';' before 'return'",
            "TypeError: undefined is not a function",
            "Exception in thread \"main\" java.lang.NullPointerException",
            "Traceback (most recent call last):",
            "thread 'main' panicked at src/main.rs:2:5:",
            "panic: runtime error: index out of range [5] with length 3",
            "fatal: not a git repository (or any of the parent directories): .git",
            "npm ERR! code ELIFECYCLE",
            "make: *** [Makefile:3: all] Error 2",
            "time=\"2026-11-22T12:00:00Z\" level=error msg=\"no route\"",
            "{\"ts\":1,\"level\":\"error\",\"msg\":\"x\"}",
            "{\"severity\": \"fatal\"}",
            "--- FAIL: TestSwitch (0.00s)",
            "test result: FAILED. 3 passed; 1 failed; 0 ignored",
            "localhost : ok=3 changed=1 unreachable=0 failed=1",
            "Failed to start harbor.service: Unit not found.",
            "./deploy/migrate: line 12: psql: command not found",
            "cp: cannot stat 'a': No such file or directory",
            "\x1b[31mERROR\x1b[0m disk full",
            "\x1b[1m\x1b[91merror\x1b[0m\x1b[1m: could not compile",
            "curl: (7) Failed to connect: Connection refused",
        ] {
            assert!(pattern.find(line.as_bytes()).is_some(), "{line}");
        }
    }

    #[test]
    fn counts_of_nothing_and_names_are_no_errors() {
        let pattern = Pattern::errors().unwrap();
        for line in [
            "test result: ok. 31 passed; 0 failed; 0 ignored",
            "localhost : ok=3 changed=1 unreachable=0 failed=0",
            "failed: 0",
            "errors: 0, warnings: 3",
            "error: 0",
            "no ERROR found",
            "Compiling thiserror v2.0.1",
            "writing logs/error.log and stderr",
            "handler on_error installed with --error-limit 3",
            "installing 1.3.0 into releases/1.3.0",
            "FAILOVER armed, TERROR, ERRORS",
            "WARN asset map has 2 unused entries",
            "dont_panic: ready",
            "on_error: continue",
        ] {
            assert_eq!(pattern.find(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn a_harmless_match_does_not_hide_a_real_one_behind_it() {
        let pattern = Pattern::errors().unwrap();
        assert_eq!(pattern.find(b"0 failed, then 2 failed"), Some(17..23));
        assert!(pattern.find(b"failed=0 unreachable, FATAL").is_some());
        assert!(pattern.find(b"failed: 05x").is_some());
    }
}
