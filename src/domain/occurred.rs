//! The time at the beginning of a note: `-7m`, `14:05`, `yesterday 23:58`, `2026-11-22 14:05`.
//!
//! Enter at [`leading`], for pasted lines at [`lines`]. It is given the moment and the zone; it never reads a clock. A time in the future is refused
//! with its reason, because a note tells what happened. A text that begins with no time is a note about now.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan};
use thiserror::Error;

use super::command::ToldNote;
use super::duration;
use super::time::Precision;

/// Why a time at the beginning of a note was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OccurredError {
    /// It has not happened yet.
    #[error("{0} is in the future: a note tells what happened{1}")]
    Future(String, &'static str),
    /// It looks like a time and is none.
    #[error("{0} is no time: put a word before it if it is part of the note")]
    NoTime(String),
    /// It should be to come.
    #[error("{0} is no time to come")]
    NotToCome(String),
    /// The zone's clocks jumped over it.
    #[error("{0} did not exist on that day: the clocks went forward")]
    Skipped(String),
}

/// When something happened, as a person told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurred {
    /// The moment.
    pub at: Timestamp,
    /// How exactly it is known.
    pub precision: Precision,
}

/// Takes the time from the beginning of a note. Gives the time, none where none was written, and the rest of the
/// text without leading blanks.
///
/// `~` before a time, and every `-7m`, makes it approximate. Of a time that the clocks showed twice, the later one
/// that is not in the future is meant, approximately.
///
/// # Errors
/// [`OccurredError`] when the text begins with a time that cannot be meant.
pub fn leading<'t>(
    text: &'t str,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<(Option<Occurred>, &'t str), OccurredError> {
    let text = text.trim_start();
    if let Some((inside, after)) = bracketed(text) {
        // `[14:05] what happened`, as chats and logs write it; a bracket around anything else is part of the note.
        return match leading(inside, now, zone)? {
            (Some(occurred), "") => Ok((Some(occurred), after)),
            _ => Ok((None, text)),
        };
    }
    let (first, after_first) = word(text);
    if let Some(at) = machine_time(first) {
        return match at > now {
            true => Err(OccurredError::Future(first.to_owned(), "")),
            false => Ok((Some(Occurred { at, precision: Precision::Exact }), after_first)),
        };
    }
    if let Some(back) = first.strip_prefix('-').filter(|back| looks_like_distance(back)) {
        return Ok((Some(ago(first, back, now)?), after_first));
    }
    let (rough, bare) = first.strip_prefix('~').map_or((false, first), |bare| (true, bare));
    let today = now.to_zoned(zone.clone()).date();
    let reader = Reader { now, zone, rough };
    if looks_like_time(bare) {
        let (time, after) = half_day(bare, after_first);
        return Ok((Some(reader.at(first, today, &time, Day::Today)?), after));
    }
    let (second, after_second) = word(after_first);
    if bare.eq_ignore_ascii_case("yesterday") && looks_like_time(second) {
        let date = today.checked_sub(1.day()).map_err(|_| OccurredError::NoTime(first.to_owned()))?;
        let written = format!("{first} {second}");
        return Ok((Some(reader.at(&written, date, second, Day::Named)?), after_second));
    }
    let (date, time, rest, written) = match bare.split_once('T') {
        Some((date, time)) if looks_like_date(date) => (date, time, after_first, first.to_owned()),
        _ => (bare, second, after_second, format!("{first} {second}")),
    };
    if looks_like_date(date) && looks_like_time(time) {
        let day = Date::strptime("%Y-%m-%d", date).map_err(|_| OccurredError::NoTime(first.to_owned()))?;
        return Ok((Some(reader.at(&written, day, time, Day::Named)?), rest));
    }
    Ok((None, text))
}

#[derive(Clone, Copy, PartialEq)]
enum Day {
    Today,
    Named,
}

struct Reader<'a> {
    now: Timestamp,
    zone: &'a TimeZone,
    rough: bool,
}

impl Reader<'_> {
    fn at(&self, written: &str, date: Date, time: &str, day: Day) -> Result<Occurred, OccurredError> {
        let no_time = |_| OccurredError::NoTime(written.to_owned());
        let with_seconds = time.matches(':').count() == 2;
        let form = if with_seconds { "%H:%M:%S" } else { "%H:%M" };
        let civil = date.to_datetime(Time::strptime(form, time).map_err(no_time)?);
        let (at, told_twice) = self.moment(written, civil)?;
        if at > self.now {
            // Just after midnight, "23:58" means last night; guessing that would hide a typing error.
            let hint = if day == Day::Today { "; for the day before, write yesterday before it" } else { "" };
            return Err(OccurredError::Future(written.to_owned(), hint));
        }
        let precision = match (self.rough || told_twice, with_seconds) {
            (true, _) => Precision::About,
            (false, true) => Precision::Exact,
            (false, false) => Precision::Minute,
        };
        Ok(Occurred { at, precision })
    }

    /// The moment of a civil time, and whether the clocks showed it twice.
    fn moment(&self, written: &str, civil: DateTime) -> Result<(Timestamp, bool), OccurredError> {
        let no_time = |_| OccurredError::NoTime(written.to_owned());
        match self.zone.to_ambiguous_timestamp(civil).offset() {
            AmbiguousOffset::Unambiguous { offset } => Ok((offset.to_timestamp(civil).map_err(no_time)?, false)),
            AmbiguousOffset::Gap { .. } => Err(OccurredError::Skipped(written.to_owned())),
            AmbiguousOffset::Fold { before, after } => {
                let later = after.to_timestamp(civil).map_err(no_time)?;
                if later <= self.now {
                    return Ok((later, true));
                }
                // While the later one is still to come, only the earlier can be meant.
                Ok((before.to_timestamp(civil).map_err(no_time)?, false))
            }
        }
    }
}

fn ago(written: &str, back: &str, now: Timestamp) -> Result<Occurred, OccurredError> {
    let no_time = || OccurredError::NoTime(written.to_owned());
    let back = duration::parse(back).map_err(|_| no_time())?;
    let back = SignedDuration::try_from(back).map_err(|_| no_time())?;
    let at = now.checked_sub(back).map_err(|_| no_time())?;
    Ok(Occurred { at, precision: Precision::About })
}

/// A moment to come: `20m`, or a time of the clock, of today or else of tomorrow.
///
/// # Errors
/// [`OccurredError`] when it is neither, or a time that the clocks jump over.
pub fn coming(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, OccurredError> {
    let text = text.trim();
    let not_to_come = || OccurredError::NotToCome(text.to_owned());
    if !looks_like_time(text) {
        let wait = duration::parse(text.trim_start_matches('+')).map_err(|_| not_to_come())?;
        let wait = SignedDuration::try_from(wait).map_err(|_| not_to_come())?;
        return now.checked_add(wait).map_err(|_| not_to_come());
    }
    let today = now.to_zoned(zone.clone()).date();
    let form = if text.matches(':').count() == 2 { "%H:%M:%S" } else { "%H:%M" };
    let time = Time::strptime(form, text).map_err(|_| not_to_come())?;
    for day in [today, today.checked_add(1.day()).map_err(|_| not_to_come())?] {
        let civil = day.to_datetime(time);
        let candidates = match zone.to_ambiguous_timestamp(civil).offset() {
            AmbiguousOffset::Unambiguous { offset } => vec![offset],
            AmbiguousOffset::Gap { .. } => return Err(OccurredError::Skipped(text.to_owned())),
            AmbiguousOffset::Fold { before, after } => vec![before, after],
        };
        let at = candidates.iter().filter_map(|offset| offset.to_timestamp(civil).ok()).find(|at| *at > now);
        if let Some(at) = at {
            return Ok(at);
        }
    }
    Err(not_to_come())
}

/// What several pasted lines tell: an entry for each line with a time in front of it. A line without one goes on with
/// the entry above; where no line has a time, each is an entry about now.
///
/// # Errors
/// [`OccurredError`] of the first line whose time cannot be meant, with the number of the line, from 1.
pub fn lines(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Vec<ToldNote>, (usize, OccurredError)> {
    let mut notes: Vec<ToldNote> = Vec::new();
    let mut timed = false;
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let (occurred, rest) = leading(line, now, zone).map_err(|error| (number, error))?;
        // What chats and lists put between the time and the words.
        let rest = rest.trim_start_matches(['-', '–', '—', '|', '\t', ' ']).trim_end();
        match (occurred, notes.last_mut()) {
            (None, Some(above)) if timed => {
                above.text.push(' ');
                above.text.push_str(line.trim());
            }
            (occurred, _) => {
                timed |= occurred.is_some();
                let precision = occurred.map_or(Precision::Exact, |one| one.precision);
                let text = if occurred.is_some() { rest } else { line.trim() };
                notes.push(ToldNote { text: text.to_owned(), occurred: occurred.map(|one| one.at), precision });
            }
        }
    }
    notes.retain(|note| !note.text.is_empty());
    Ok(notes)
}

/// What stands in brackets in front, and what follows them.
fn bracketed(text: &str) -> Option<(&str, &str)> {
    let (inside, after) = text.strip_prefix('[')?.split_once(']')?;
    Some((inside.trim(), after.trim_start()))
}

/// `2026-11-22T14:05:07.123Z`, with its offset: no zone is needed.
fn machine_time(word: &str) -> Option<Timestamp> {
    let (date, rest) = word.split_once('T')?;
    let zoned = rest.ends_with('Z') || rest.contains(['+', '-']);
    (looks_like_date(date) && zoned).then(|| word.parse().ok()).flatten()
}

/// A time of twelve hours, with the word that says which half of the day it is, as one of twenty-four.
fn half_day<'t>(time: &str, after: &'t str) -> (String, &'t str) {
    let (next, rest) = word(after);
    let later = match next {
        "AM" | "am" | "a.m." => false,
        "PM" | "pm" | "p.m." => true,
        _ => return (time.to_owned(), after),
    };
    let Some((hour, minutes)) = time.split_once(':') else { return (time.to_owned(), after) };
    match hour.parse::<u8>() {
        Ok(hour @ 1..=12) => (format!("{:02}:{minutes}", hour % 12 + if later { 12 } else { 0 }), rest),
        _ => (time.to_owned(), after),
    }
}

/// The first word and what follows its blanks.
fn word(text: &str) -> (&str, &str) {
    text.split_once(char::is_whitespace).map_or((text, ""), |(first, rest)| (first, rest.trim_start()))
}

/// A digit, then letters and digits: `7m`, but not the `5%` of "-5% conversion".
fn looks_like_distance(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit()) && word.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// One or two digits, then one or two groups of `:` and two digits.
fn looks_like_time(word: &str) -> bool {
    let mut groups = word.split(':');
    let digits = |group: &str| !group.is_empty() && group.len() <= 2 && group.bytes().all(|b| b.is_ascii_digit());
    let first = groups.next().is_some_and(digits);
    let mut count = 0;
    first && groups.inspect(|_| count += 1).all(|g| g.len() == 2 && digits(g)) && (1..=2).contains(&count)
}

/// `YYYY-MM-DD`.
fn looks_like_date(word: &str) -> bool {
    let lengths = word.split('-').map(str::len);
    lengths.eq([4, 2, 2]) && word.bytes().all(|b| b == b'-' || b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZoneDatabase;

    use super::*;

    fn berlin() -> TimeZone {
        TimeZoneDatabase::bundled().get("Europe/Berlin").unwrap()
    }

    /// Reads `text` in Berlin at `now`, and gives the moment in UTC, the precision and the rest.
    fn read<'t>(text: &'t str, now: &str) -> Result<(String, Precision, &'t str), OccurredError> {
        let (occurred, rest) = leading(text, now.parse().unwrap(), &berlin())?;
        let occurred = occurred.expect("a time");
        Ok((occurred.at.strftime("%Y-%m-%dT%H:%M:%S").to_string(), occurred.precision, rest))
    }

    const NOON: &str = "2026-11-22T14:10:30Z"; // 15:10:30 in Berlin

    #[test]
    fn every_form_of_a_time() {
        use Precision::{About, Exact, Minute};
        for (text, at, precision) in [
            ("-7m", "2026-11-22T14:03:30", About),
            ("-7min", "2026-11-22T14:03:30", About),
            ("-1h", "2026-11-22T13:10:30", About),
            ("-1h30m", "2026-11-22T12:40:30", About),
            ("-90s", "2026-11-22T14:09:00", About),
            ("-2d", "2026-11-20T14:10:30", About),
            ("-0m", "2026-11-22T14:10:30", About),
            ("14:05", "2026-11-22T13:05:00", Minute),
            ("9:05", "2026-11-22T08:05:00", Minute),
            ("00:00", "2026-11-21T23:00:00", Minute),
            ("15:10", "2026-11-22T14:10:00", Minute),
            ("15:10:30", "2026-11-22T14:10:30", Exact),
            ("~14:05", "2026-11-22T13:05:00", About),
            ("yesterday 23:58", "2026-11-21T22:58:00", Minute),
            ("Yesterday 23:58:10", "2026-11-21T22:58:10", Exact),
            ("~yesterday 23:58", "2026-11-21T22:58:00", About),
            ("2026-11-22 14:05", "2026-11-22T13:05:00", Minute),
            ("2026-11-22T14:05:07", "2026-11-22T13:05:07", Exact),
            ("2026-07-22 14:05", "2026-07-22T12:05:00", Minute),
        ] {
            let note = format!("{text}  checkout page blank");
            assert_eq!(read(&note, NOON).unwrap(), (at.into(), precision, "checkout page blank"), "{text}");
            assert_eq!(read(text, NOON).unwrap().2, "", "{text}");
        }
    }

    #[test]
    fn times_as_logs_and_chats_write_them() {
        use Precision::{Exact, Minute};
        for (text, at, precision) in [
            ("[14:05] blank", "2026-11-22T13:05:00", Minute),
            ("[2026-11-22 14:05:09] blank", "2026-11-22T13:05:09", Exact),
            ("[yesterday 23:58] blank", "2026-11-21T22:58:00", Minute),
            ("2026-11-22T13:05:07Z blank", "2026-11-22T13:05:07", Exact),
            ("2026-11-22T14:05:07.5+01:00 blank", "2026-11-22T13:05:07", Exact),
            ("2:05 PM blank", "2026-11-22T13:05:00", Minute),
            ("12:05 AM blank", "2026-11-21T23:05:00", Minute),
            ("12:05 pm blank", "2026-11-22T11:05:00", Minute),
        ] {
            assert_eq!(read(text, NOON).unwrap(), (at.into(), precision, "blank"), "{text}");
        }
        assert_eq!(leading("[note] 14:05", NOON.parse().unwrap(), &berlin()).unwrap(), (None, "[note] 14:05"));
        assert!(matches!(read("2026-11-22T15:00:00Z x", NOON), Err(OccurredError::Future(..))));
    }

    #[test]
    fn times_to_come() {
        let at = |text: &str, now: &str| coming(text, now.parse().unwrap(), &berlin()).map(|at| at.to_string());
        assert_eq!(at("20m", NOON).unwrap(), "2026-11-22T14:30:30Z");
        assert_eq!(at("+20m", NOON).unwrap(), "2026-11-22T14:30:30Z");
        assert_eq!(at("15:30", NOON).unwrap(), "2026-11-22T14:30:00Z");
        assert_eq!(at("15:10", NOON).unwrap(), "2026-11-23T14:10:00Z", "of tomorrow");
        assert_eq!(at("02:30", "2026-10-25T00:45:00Z").unwrap(), "2026-10-25T01:30:00Z", "the second one");
        assert_eq!(at("02:30", "2026-03-28T23:00:00Z"), Err(OccurredError::Skipped("02:30".into())));
        for wrong in ["", "soon", "25:00", "7"] {
            assert!(at(wrong, NOON).is_err(), "{wrong}");
        }
    }

    #[test]
    fn pasted_lines_become_entries() {
        let now = NOON.parse().unwrap();
        let told = |text: &str| {
            let notes = lines(text, now, &berlin()).unwrap();
            let clock = |at: Timestamp| at.to_zoned(berlin()).strftime("%d %H:%M").to_string();
            notes.into_iter().map(|note| (note.occurred.map(clock).unwrap_or_default(), note.text)).collect::<Vec<_>>()
        };
        let pasted = "14:02 - ana: checkout is blank\n\n[14:03]  li: I see it too\n   in the app as well\nyesterday 23:58 | deployed\n";
        assert_eq!(
            told(pasted),
            [
                ("22 14:02".to_owned(), "ana: checkout is blank".to_owned()),
                ("22 14:03".to_owned(), "li: I see it too in the app as well".to_owned()),
                ("21 23:58".to_owned(), "deployed".to_owned()),
            ]
        );
        assert_eq!(told("one\ntwo"), [(String::new(), "one".to_owned()), (String::new(), "two".to_owned())]);
        let twenty: String = (0..20).map(|minute| format!("13:{minute:02} step {minute}\n")).collect();
        assert_eq!(told(&twenty).len(), 20);
        assert_eq!(lines("14:02 x\n23:00 y", now, &berlin()).unwrap_err().0, 2);
        assert_eq!(told(""), []);
    }

    #[test]
    fn a_note_without_a_time_is_about_now_and_whole() {
        for text in [
            "checkout page blank",
            "yesterday it worked",
            "2026-11-22 was quiet",
            "- first point",
            "-x",
            "-5% conversion",
            "14:05h local",
            "14:5 odds",
            "ratio 14:05",
            "14:05:",
            "1:2:3",
            "2026-11-22",
            "",
        ] {
            let (occurred, rest) = leading(text, NOON.parse().unwrap(), &berlin()).unwrap();
            assert_eq!((occurred, rest), (None, text));
        }
        assert_eq!(leading("  blank", NOON.parse().unwrap(), &berlin()).unwrap().1, "blank");
    }

    #[test]
    fn the_future_is_refused() {
        for text in ["15:11", "23:58 page blank", "2026-11-23 10:00", "2027-01-01T00:00", "15:10:31"] {
            assert!(matches!(read(text, NOON), Err(OccurredError::Future(..))), "{text}");
        }
        assert_eq!(
            read("23:58 page blank", "2026-11-22T23:10:00Z").unwrap_err().to_string(),
            "23:58 is in the future: a note tells what happened; for the day before, write yesterday before it"
        );
    }

    #[test]
    fn what_looks_like_a_time_and_is_none_is_not_swallowed() {
        for text in ["25:00", "14:60", "2026-02-30 10:00", "yesterday 24:10", "-7x rows", "-99999999999999d", "-7"] {
            assert!(matches!(read(text, NOON), Err(OccurredError::NoTime(_))), "{text}: {:?}", read(text, NOON));
        }
    }

    #[test]
    fn just_after_midnight() {
        let now = "2026-11-22T23:02:00Z"; // 00:02 on the 23rd in Berlin
        assert_eq!(read("00:01", now).unwrap().0, "2026-11-22T23:01:00");
        assert_eq!(read("yesterday 23:58", now).unwrap().0, "2026-11-22T22:58:00");
        assert_eq!(read("-7m", now).unwrap().0, "2026-11-22T22:55:00");
    }

    #[test]
    fn the_night_when_clocks_go_back() {
        use Precision::{About, Minute};
        // 2026-10-25 in Berlin: 03:00 summer time is 02:00 winter time; 02:30 comes at 00:30 and at 01:30 UTC.
        for (text, now, at, precision) in [
            ("02:30", "2026-10-25T00:45:00Z", "2026-10-25T00:30:00", Minute),
            ("02:30", "2026-10-25T01:29:59Z", "2026-10-25T00:30:00", Minute),
            ("02:30", "2026-10-25T01:30:00Z", "2026-10-25T01:30:00", About),
            ("02:30", "2026-10-25T08:00:00Z", "2026-10-25T01:30:00", About),
            ("01:59", "2026-10-25T08:00:00Z", "2026-10-24T23:59:00", Minute),
            ("03:00", "2026-10-25T08:00:00Z", "2026-10-25T02:00:00", Minute),
            ("-2h", "2026-10-25T02:00:00Z", "2026-10-25T00:00:00", About),
            ("-1d", "2026-10-25T12:00:00Z", "2026-10-24T12:00:00", About),
            ("yesterday 12:00", "2026-10-25T12:00:00Z", "2026-10-24T10:00:00", Minute),
        ] {
            let (got, exactly, _) = read(text, now).unwrap();
            assert_eq!((got.as_str(), exactly), (at, precision), "{text} at {now}");
        }
    }

    #[test]
    fn the_night_when_clocks_go_forward() {
        // 2026-03-29 in Berlin: 02:00 becomes 03:00 at 01:00 UTC.
        let now = "2026-03-29T05:00:00Z";
        assert_eq!(read("02:30 x", now), Err(OccurredError::Skipped("02:30".into())));
        assert_eq!(read("2026-03-29 02:00", now), Err(OccurredError::Skipped("2026-03-29 02:00".into())));
        assert_eq!(read("01:59", now).unwrap().0, "2026-03-29T00:59:00");
        assert_eq!(read("03:00", now).unwrap().0, "2026-03-29T01:00:00");
        assert_eq!(read("yesterday 02:30", now).unwrap().0, "2026-03-28T01:30:00");
    }
}
