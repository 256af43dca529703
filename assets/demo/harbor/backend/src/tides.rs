//! Heights of the tide, from the station's table.

use std::time::Duration;

/// Tables change twice a year; an hour is short enough to notice and long enough to rest.
pub const KEPT: Duration = Duration::from_secs(3600);

/// The height above the station's own datum, in decimetres, between two table entries.
pub fn height_dm(before_dm: i32, after_dm: i32, minutes_in: i32, minutes_between: i32) -> i32 {
    before_dm + (after_dm - before_dm) * minutes_in / minutes_between
}
