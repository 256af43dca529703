//! The agreed deployment window: a date, two times and the zone that they mean.
//!
//! Enter at [`DeploymentWindow::parse`]. The zone rules are those built into relco, so that the same text means the
//! same moments on every machine. A time that the zone skips or has twice is refused: nobody agreed on it.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan};
use thiserror::Error;

use super::duration::{between, words};

/// Why a text is not a window, each with what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WindowError {
    /// Not of the form.
    #[error("\"{0}\" is not a window such as 2026-11-23 14:00-16:00 Europe/Berlin")]
    Form(String),
    /// A window without a zone means something else to everybody who reads it.
    #[error("the window names no time zone: add one, such as Europe/Berlin, UTC or +01:00")]
    NoZone,
    /// Not in the zone database, and not an offset.
    #[error("\"{0}\" is no time zone: use a name such as Europe/Berlin, or UTC, or an offset such as +01:00")]
    Zone(String),
    /// No such date or time of day.
    #[error("\"{0}\" is no date or time of day")]
    Time(String),
    /// Start and end are the same, or the end is before the start.
    #[error("the window ends before it begins")]
    Empty,
    /// The zone's clocks jump over it.
    #[error("{time} does not exist on {date} in {zone}: the clocks go forward")]
    Skipped {
        /// The date.
        date: Date,
        /// The time of day.
        time: String,
        /// The zone as written.
        zone: String,
    },
    /// The zone's clocks show it twice.
    #[error("{time} comes twice on {date} in {zone}: name the offset, {first} or {second}, in place of the zone")]
    Twice {
        /// The date.
        date: Date,
        /// The time of day.
        time: String,
        /// The zone as written.
        zone: String,
        /// The offset of its first occurrence.
        first: Offset,
        /// The offset of its second occurrence.
        second: Offset,
    },
}

/// Where a moment stands to a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Before it.
    NotYet,
    /// In it.
    Open,
    /// After it.
    Over,
}

/// A deployment window, from its start up to, not including, its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentWindow {
    start: Timestamp,
    end: Timestamp,
    text: String,
}

impl DeploymentWindow {
    /// Reads `2026-11-23 14:00-16:00 Europe/Berlin`. The zone may be a name, `UTC` or an offset such as `+01:00`; an
    /// end before the start is on the next day; a date may stand before the end for longer windows.
    ///
    /// # Errors
    /// [`WindowError`] says what is wrong and what to write instead.
    pub fn parse(text: &str) -> Result<Self, WindowError> {
        let parts = split(text)?;
        let zone = zone(&parts.zone)?;
        let start_date = date(&parts.date)?;
        let (start_time, end_time) = (time(&parts.from)?, time(&parts.to)?);
        let end_date = match &parts.end_date {
            Some(written) => date(written)?,
            None if end_time < start_time => {
                start_date.checked_add(1.day()).map_err(|_| WindowError::Time(parts.date.clone()))?
            }
            None => start_date,
        };
        let start = moment(start_date.to_datetime(start_time), &zone, &parts.zone)?;
        let end = moment(end_date.to_datetime(end_time), &zone, &parts.zone)?;
        if end <= start {
            return Err(WindowError::Empty);
        }
        let shown = |time: Time| time.strftime("%H:%M").to_string();
        let until = match &parts.end_date {
            Some(_) => format!(" - {end_date} {}", shown(end_time)),
            None => format!("-{}", shown(end_time)),
        };
        let text = format!("{start_date} {}{until} {}", shown(start_time), parts.zone);
        Ok(Self { start, end, text })
    }

    /// When it opens.
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// When it closes.
    pub fn end(&self) -> Timestamp {
        self.end
    }

    /// Where `now` stands to it.
    pub fn standing(&self, now: Timestamp) -> Standing {
        if now < self.start {
            Standing::NotYet
        } else if now < self.end {
            Standing::Open
        } else {
            Standing::Over
        }
    }

    /// Whether a deployment may start at `now`.
    pub fn contains(&self, now: Timestamp) -> bool {
        self.standing(now) == Standing::Open
    }

    /// "opens in 2 h 10 min", "open, closes in 50 min", "closed 14 min ago".
    pub fn words(&self, now: Timestamp) -> String {
        match self.standing(now) {
            Standing::NotYet => format!("opens in {}", words(between(now, self.start))),
            Standing::Open => format!("open, closes in {}", words(between(now, self.end))),
            Standing::Over => format!("closed {} ago", words(between(self.end, now))),
        }
    }
}

impl std::fmt::Display for DeploymentWindow {
    /// The window in its one written form, which [`DeploymentWindow::parse`] reads back.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.text)
    }
}

struct Parts {
    date: String,
    from: String,
    end_date: Option<String>,
    to: String,
    zone: String,
}

/// Takes the text apart: date, start, end with or without its own date, zone.
fn split(text: &str) -> Result<Parts, WindowError> {
    let form = || WindowError::Form(text.trim().to_owned());
    let (date, rest) = text.trim().split_once([' ', 'T']).ok_or_else(form)?;
    let (from, rest) = rest.trim_start().split_once(['-', '–']).ok_or_else(form)?;
    let mut words = rest.split_whitespace().map(str::to_owned);
    let first = words.next().ok_or_else(form)?;
    let (end_date, to) =
        if first.contains(':') { (None, first) } else { (Some(first), words.next().ok_or_else(form)?) };
    let zone = words.next().ok_or(WindowError::NoZone)?;
    if words.next().is_some() {
        return Err(form());
    }
    Ok(Parts { date: date.to_owned(), from: from.trim().to_owned(), end_date, to, zone })
}

fn date(text: &str) -> Result<Date, WindowError> {
    Date::strptime("%Y-%m-%d", text).map_err(|_| WindowError::Time(text.to_owned()))
}

fn time(text: &str) -> Result<Time, WindowError> {
    Time::strptime("%H:%M", text).map_err(|_| WindowError::Time(text.to_owned()))
}

fn zone(name: &str) -> Result<TimeZone, WindowError> {
    if let Some(offset) = offset(name) {
        return Ok(TimeZone::fixed(offset));
    }
    TimeZoneDatabase::bundled().get(name).map_err(|_| WindowError::Zone(name.to_owned()))
}

/// `Z`, `+01:00`, `-0330`, `+2`, `UTC+02:00`; none for a name.
fn offset(name: &str) -> Option<Offset> {
    if matches!(name, "Z" | "z") {
        return Some(Offset::UTC);
    }
    let signed = name.strip_prefix("UTC").or_else(|| name.strip_prefix("utc")).unwrap_or(name);
    let (sign, digits) = match (signed.strip_prefix('+'), signed.strip_prefix(['-', '−'])) {
        (Some(digits), _) => (1, digits),
        (_, Some(digits)) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some(both) => both,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let number = |text: &str, most: i32| {
        let short = !text.is_empty() && text.len() <= 2 && text.bytes().all(|b| b.is_ascii_digit());
        short.then(|| text.parse::<i32>().ok()).flatten().filter(|n| *n <= most)
    };
    Offset::from_seconds(sign * (number(hours, 14)? * 3_600 + number(minutes, 59)? * 60)).ok()
}

fn moment(at: DateTime, zone: &TimeZone, written: &str) -> Result<Timestamp, WindowError> {
    let ambiguous = zone.to_ambiguous_timestamp(at);
    let (date, time, zone) = (at.date(), at.time().strftime("%H:%M").to_string(), written.to_owned());
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { offset } => {
            offset.to_timestamp(at).map_err(|_| WindowError::Time(at.to_string()))
        }
        AmbiguousOffset::Gap { .. } => Err(WindowError::Skipped { date, time, zone }),
        AmbiguousOffset::Fold { before, after } => {
            Err(WindowError::Twice { date, time, zone, first: before, second: after })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(text: &str) -> DeploymentWindow {
        DeploymentWindow::parse(text).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn zones_offsets_and_nights() {
        for (text, start, end) in [
            ("2026-11-23 14:00-16:00 Europe/Berlin", "2026-11-23T13:00:00Z", "2026-11-23T15:00:00Z"),
            ("2026-07-23 14:00-16:00 Europe/Berlin", "2026-07-23T12:00:00Z", "2026-07-23T14:00:00Z"),
            ("2026-11-23 14:00-16:00 UTC", "2026-11-23T14:00:00Z", "2026-11-23T16:00:00Z"),
            ("2026-11-23 14:00-16:00 Z", "2026-11-23T14:00:00Z", "2026-11-23T16:00:00Z"),
            ("2026-11-23 14:00-16:00 +05:30", "2026-11-23T08:30:00Z", "2026-11-23T10:30:00Z"),
            ("2026-11-23 14:00-16:00 -0800", "2026-11-23T22:00:00Z", "2026-11-24T00:00:00Z"),
            ("2026-11-23 14:00-16:00 UTC+2", "2026-11-23T12:00:00Z", "2026-11-23T14:00:00Z"),
            ("2026-11-23 22:00-02:00 UTC", "2026-11-23T22:00:00Z", "2026-11-24T02:00:00Z"),
            ("2026-11-23 22:00 – 02:00 UTC", "2026-11-23T22:00:00Z", "2026-11-24T02:00:00Z"),
            ("2026-12-31 23:30-00:30 UTC", "2026-12-31T23:30:00Z", "2027-01-01T00:30:00Z"),
            ("2026-11-23 22:00 - 2026-11-25 02:00 UTC", "2026-11-23T22:00:00Z", "2026-11-25T02:00:00Z"),
        ] {
            let window = window(text);
            assert_eq!((window.start(), window.end()), (at(start), at(end)), "{text}");
            assert_eq!(DeploymentWindow::parse(&window.to_string()).unwrap(), window, "{window}");
        }
    }

    #[test]
    fn a_night_of_clock_change_is_shorter_or_longer() {
        let hours = |text| between(window(text).start(), window(text).end()).as_secs() / 3_600;
        assert_eq!(hours("2026-03-28 23:00-05:00 Europe/Berlin"), 5);
        assert_eq!(hours("2026-10-24 23:00-05:00 Europe/Berlin"), 7);
        assert_eq!(hours("2026-10-24 23:00-05:00 +02:00"), 6);
    }

    #[test]
    fn a_time_that_the_zone_skips_or_repeats_is_refused() {
        let skipped = DeploymentWindow::parse("2026-03-29 02:30-04:00 Europe/Berlin").unwrap_err();
        assert_eq!(skipped.to_string(), "02:30 does not exist on 2026-03-29 in Europe/Berlin: the clocks go forward");
        let twice = DeploymentWindow::parse("2026-10-25 01:00-02:30 Europe/Berlin").unwrap_err();
        assert_eq!(
            twice.to_string(),
            "02:30 comes twice on 2026-10-25 in Europe/Berlin: name the offset, +02 or +01, in place of the zone"
        );
        assert_eq!(window("2026-10-25 01:00-02:30 +01:00").end(), at("2026-10-25T01:30:00Z"));
        assert_eq!(window("2026-10-25 01:00-02:30 +01").end(), at("2026-10-25T01:30:00Z"));
    }

    #[test]
    fn what_is_not_a_window_is_refused_with_what_to_write() {
        let error = |text| DeploymentWindow::parse(text).unwrap_err();
        assert_eq!(error("2026-11-23 14:00-16:00"), WindowError::NoZone);
        assert_eq!(error("2026-11-23 14:00-16:00 PST8"), WindowError::Zone("PST8".into()));
        assert_eq!(error("2026-11-23 14:00-16:00 +25:00"), WindowError::Zone("+25:00".into()));
        assert_eq!(error("2026-11-23 14:00-16:00 +1e1"), WindowError::Zone("+1e1".into()));
        assert_eq!(error("2026-02-30 14:00-16:00 UTC"), WindowError::Time("2026-02-30".into()));
        assert_eq!(error("2026-11-23 25:00-16:00 UTC"), WindowError::Time("25:00".into()));
        assert_eq!(error("2026-11-23 14:00-14:00 UTC"), WindowError::Empty);
        assert_eq!(error("2026-11-23 14:00 - 2026-11-22 15:00 UTC"), WindowError::Empty);
        for text in ["", "soon", "2026-11-23", "2026-11-23 14:00 Europe", "2026-11-23 14:00-16:00 UTC please"] {
            assert!(matches!(error(text), WindowError::Form(_)), "{text}: {:?}", error(text));
        }
    }

    #[test]
    fn it_opens_at_its_start_and_closes_at_its_end() {
        let window = window("2026-11-23 14:00-16:00 UTC");
        for (now, open) in [("13:59:59.999", false), ("14:00:00", true), ("15:59:59.999", true), ("16:00:00", false)] {
            assert_eq!(window.contains(at(&format!("2026-11-23T{now}Z"))), open, "{now}");
        }
    }

    #[test]
    fn words_say_how_far_it_is() {
        let window = window("2026-11-23 14:00-16:00 UTC");
        for (now, words) in [
            ("2026-11-23T11:50:00Z", "opens in 2 h 10 min"),
            ("2026-11-20T10:00:00Z", "opens in 3 d 4 h"),
            ("2026-11-23T13:59:20Z", "opens in 40 s"),
            ("2026-11-23T15:10:00Z", "open, closes in 50 min"),
            ("2026-11-23T16:14:00Z", "closed 14 min ago"),
        ] {
            assert_eq!(window.words(at(now)), words);
        }
    }
}
