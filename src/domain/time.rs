//! Times as facts: what a stamp carries, how exactly a reported time is known, and how times are shown.
//!
//! Nothing here reads a clock; the session passes the time in.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::named::named;

named! {
    /// How exactly a reported time is known.
    Precision {
        /// To the second, by the machine or a log.
        Exact = "exact",
        /// To the minute, as people remember it.
        Minute = "minute",
        /// Roughly.
        About = "about",
    }
}

/// The moment at which a command is decided, from the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// Wall clock.
    pub at: Timestamp,
    /// First eight digits of the boot id.
    pub boot: String,
    /// Milliseconds since boot.
    pub mono_ms: u64,
}

/// `14:05:09` in the given zone.
pub fn clock(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string()
}

/// `2026-11-22 14:05` in the given zone.
pub fn date_and_time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// `2026-11-22T14:05:09.123Z`: the form on disk and in machine output.
pub fn rfc3339(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Whole seconds from one moment to another; never below zero, because clocks step.
pub fn seconds_between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_second().saturating_sub(from.as_second())).unwrap_or(0)
}

/// How long ago, in the largest unit that tells something: `40 s`, `12 min`, `2 h`, `3 d`.
pub fn age(at: Timestamp, now: Timestamp) -> String {
    match seconds_between(at, now) {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min", seconds / 60),
        seconds @ 3600..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} d", seconds / 86_400),
    }
}
