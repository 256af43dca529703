//! Durations in the words of the screen and in the short form that people type.
//!
//! Enter at [`clock`] for a running time ("0:42"), [`words`] for a distance ("2 h 10 min"), [`parse`] for what a
//! person or a configuration wrote ("1h30m"). Nothing here reads a clock: callers bring both ends.

use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;

const MINUTE_S: u64 = 60;
const HOUR_S: u64 = 60 * MINUTE_S;
const DAY_S: u64 = 24 * HOUR_S;

/// Why a text is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DurationError {
    /// Not of the form number and unit, repeated.
    #[error("\"{0}\" is not a duration such as 90s, 10m or 1h30m")]
    Form(String),
    /// More seconds than can be counted.
    #[error("\"{0}\" is too long")]
    TooLong(String),
}

/// A running time as a clock shows it: `0:42`, `12:05`, `1:05:12`. Parts of a second are cut, never rounded up,
/// so that the clock does not show a minute that has not passed.
pub fn clock(took: Duration) -> String {
    let seconds = took.as_secs();
    let (hours, minutes, rest) = (seconds / HOUR_S, seconds % HOUR_S / MINUTE_S, seconds % MINUTE_S);
    if hours > 0 { format!("{hours}:{minutes:02}:{rest:02}") } else { format!("{minutes}:{rest:02}") }
}

/// How long something took: as a clock shows it, and in milliseconds where a clock would show nothing.
pub fn took(took: Duration) -> String {
    if took < Duration::from_secs(1) { limit(took) } else { clock(took) }
}

/// A distance in its two largest units: `40 s`, `14 min`, `2 h 10 min`, `3 d 4 h`. Smaller parts are cut.
pub fn words(distance: Duration) -> String {
    let seconds = distance.as_secs();
    let two = |large: u64, large_unit: &str, small: u64, small_unit: &str| {
        if small == 0 { format!("{large} {large_unit}") } else { format!("{large} {large_unit} {small} {small_unit}") }
    };
    match seconds {
        0..MINUTE_S => format!("{seconds} s"),
        MINUTE_S..HOUR_S => format!("{} min", seconds / MINUTE_S),
        HOUR_S..DAY_S => two(seconds / HOUR_S, "h", seconds % HOUR_S / MINUTE_S, "min"),
        _ => two(seconds / DAY_S, "d", seconds % DAY_S / HOUR_S, "h"),
    }
}

/// A limit as a reason names it: [`words`], and parts of a second where they are all there is: `500 ms`.
pub fn limit(limit: Duration) -> String {
    if limit < Duration::from_secs(1) { format!("{} ms", limit.as_millis()) } else { words(limit) }
}

/// The time from `earlier` to `later`; zero when they stand the other way round.
pub fn between(earlier: Timestamp, later: Timestamp) -> Duration {
    Duration::try_from(later.duration_since(earlier)).unwrap_or(Duration::ZERO)
}

/// Reads `90s`, `7m`, `1h30m`, `2d`, also with `min`. A bare number is refused: its unit would be a guess.
///
/// # Errors
/// [`DurationError`] when the text has another form or counts more than fits.
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    let form = || DurationError::Form(text.to_owned());
    let too_long = || DurationError::TooLong(text.to_owned());
    let mut rest = text;
    let mut total_s: u64 = 0;
    if rest.is_empty() {
        return Err(form());
    }
    while !rest.is_empty() {
        let (number, after) = split_while(rest, |c| c.is_ascii_digit());
        let (unit, after) = split_while(after, |c| c.is_ascii_alphabetic());
        let unit_s = match unit {
            "s" => 1,
            "m" | "min" => MINUTE_S,
            "h" => HOUR_S,
            "d" => DAY_S,
            _ => return Err(form()),
        };
        if number.is_empty() {
            return Err(form());
        }
        let count: u64 = number.parse().map_err(|_| too_long())?;
        let part_s = count.checked_mul(unit_s).ok_or_else(too_long)?;
        total_s = total_s.checked_add(part_s).ok_or_else(too_long)?;
        rest = after;
    }
    Ok(Duration::from_secs(total_s))
}

fn split_while(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_shows_minutes_then_hours() {
        for (seconds, shown) in [
            (0, "0:00"),
            (42, "0:42"),
            (65, "1:05"),
            (725, "12:05"),
            (3599, "59:59"),
            (3912, "1:05:12"),
            (90_000, "25:00:00"),
        ] {
            assert_eq!(clock(Duration::from_secs(seconds)), shown);
        }
        assert_eq!(clock(Duration::from_millis(59_999)), "0:59");
    }

    #[test]
    fn what_is_over_within_a_second_shows_in_milliseconds() {
        assert_eq!([999, 1_000, 61_000].map(|ms| took(Duration::from_millis(ms))), ["999 ms", "0:01", "1:01"]);
    }

    #[test]
    fn words_name_the_two_largest_units() {
        for (seconds, shown) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3_599, "59 min"),
            (3_600, "1 h"),
            (7_800, "2 h 10 min"),
            (86_399, "23 h 59 min"),
            (86_400, "1 d"),
            (273_600, "3 d 4 h"),
        ] {
            assert_eq!(words(Duration::from_secs(seconds)), shown);
        }
    }

    #[test]
    fn a_short_limit_is_named_in_milliseconds() {
        assert_eq!(limit(Duration::from_millis(500)), "500 ms");
        assert_eq!(limit(Duration::from_secs(10)), "10 s");
    }

    #[test]
    fn parse_reads_units_and_their_sums() {
        for (text, seconds) in [("90s", 90), ("7m", 420), ("7min", 420), ("1h30m", 5_400), ("2d", 172_800), ("0m", 0)] {
            assert_eq!(parse(text).unwrap(), Duration::from_secs(seconds), "{text}");
        }
    }

    #[test]
    fn parse_refuses_what_it_would_have_to_guess() {
        for text in ["", "7", "m", "1h30", "-7m", "7 m", "7w", "1.5h", "７m"] {
            assert_eq!(parse(text), Err(DurationError::Form(text.into())), "{text}");
        }
        for text in ["99999999999999999999s", "18446744073709551615m", "18446744073709551615s1s"] {
            assert_eq!(parse(text), Err(DurationError::TooLong(text.into())), "{text}");
        }
    }

    #[test]
    fn between_never_runs_backwards() {
        let early: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let late: Timestamp = "2026-11-22T10:00:42Z".parse().unwrap();
        assert_eq!(between(early, late), Duration::from_secs(42));
        assert_eq!(between(late, early), Duration::ZERO);
    }
}
