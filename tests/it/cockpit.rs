//! The cockpit on a real terminal, by keys: a whole release, the faults, death at any moment, a second pair of eyes.

mod crash;
mod everywhere;
mod faults;
mod observe;
mod release;
mod terminal;

use jiff::tz::TimeZone;

/// A deployment window that holds this moment and the next hour at least, in a zone in which that is one day.
fn window() -> String {
    let now = jiff::Timestamp::now();
    let utc = now.to_zoned(TimeZone::UTC);
    let (zone, here) =
        if utc.hour() < 22 { ("UTC", utc) } else { ("+03:00", now.to_zoned(TimeZone::fixed(jiff::tz::offset(3)))) };
    format!("{} {:02}:00-23:59 {zone}", here.date(), here.hour())
}
