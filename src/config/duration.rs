//! Durations as they stand in a configuration: `10m`, `2m30s`, `500ms`.
//!
//! The form is that of [`crate::domain::duration::parse`], with milliseconds, which probes need. A bare number is
//! refused, because its unit would be a guess. Every duration has one canonical form ([`write()`]), so that a frozen
//! plan has one text. Enter at [`parse`].

use std::time::Duration;

/// The units, largest first, in milliseconds.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// What is allowed, in words.
pub const ALLOWED: &str = "a duration such as \"90s\", \"10m\", \"2m30s\", \"500ms\"";

/// Reads a duration; `None` when the text has another form, names a unit twice or out of order, or counts more than fits.
pub fn parse(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut units = UNITS.iter();
    let mut total_ms: u64 = 0;
    while !rest.is_empty() {
        let (number, after) = rest.split_at_checked(rest.find(|c: char| !c.is_ascii_digit())?)?;
        let (unit, after) = after.split_at_checked(after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len()))?;
        // Continuing in the same iterator refuses a unit that is not smaller than the one before.
        let unit = if unit == "min" { "m" } else { unit };
        let (_, ms) = units.find(|(name, _)| *name == unit)?;
        total_ms = total_ms.checked_add(number.parse::<u64>().ok()?.checked_mul(*ms)?)?;
        rest = after;
    }
    (!text.is_empty()).then(|| Duration::from_millis(total_ms))
}

/// The canonical form; parts of a millisecond are cut, zero is `0s`.
pub fn write(duration: Duration) -> String {
    let mut rest_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let mut text = String::new();
    for (name, ms) in UNITS {
        let count = rest_ms / ms;
        if count > 0 {
            text.push_str(&format!("{count}{name}"));
        }
        rest_ms %= ms;
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_people_write() {
        for (text, ms) in [("90s", 90_000), ("10m", 600_000), ("2m30s", 150_000), ("7min", 420_000), ("500ms", 500)] {
            assert_eq!(parse(text), Some(Duration::from_millis(ms)), "{text}");
        }
        for text in ["", "10", "m", "1 m", "-1s", "1.5s", "30s2m", "1s1s", "1w", "99999999999999999999s", "1µs", "1ｍ"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_canonical_form_reads_back(ms in 0u64..10_000_000_000) {
            let duration = Duration::from_millis(ms);
            prop_assert_eq!(parse(&write(duration)), Some(duration));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,12}") {
            let _ = parse(&text);
        }
    }
}
