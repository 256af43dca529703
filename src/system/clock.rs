//! The clock: wall time with the boot it was read in, so that durations and clock jumps can be told apart.

use std::sync::OnceLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rustix::time::{ClockId, clock_gettime};

use crate::domain::time::Stamp;

/// The moment, from the machine.
pub fn stamp() -> Stamp {
    let since_boot = clock_gettime(ClockId::Boottime);
    let millis = i128::from(since_boot.tv_sec) * 1000 + i128::from(since_boot.tv_nsec) / 1_000_000;
    Stamp { at: now(), boot: boot_id().to_owned(), mono_ms: u64::try_from(millis).unwrap_or(0) }
}

/// The wall clock, to the millisecond: what the record keeps.
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

/// The zone in which people here read a clock.
pub fn zone() -> TimeZone {
    TimeZone::try_system().unwrap_or(TimeZone::UTC)
}

/// First eight digits of the kernel's boot id; zeros where there is none.
pub fn boot_id() -> &'static str {
    static BOOT: OnceLock<String> = OnceLock::new();
    BOOT.get_or_init(|| {
        let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let digits: String = id.chars().filter(char::is_ascii_hexdigit).take(8).collect();
        if digits.len() == 8 { digits } else { "00000000".to_owned() }
    })
}

/// For how long nothing was written to a file; `None` where there is none, or the clock was set back.
pub fn unchanged_for(path: &std::path::Path) -> Option<std::time::Duration> {
    let written = std::fs::metadata(path).and_then(|meta| meta.modified()).ok()?;
    std::time::SystemTime::now().duration_since(written).ok()
}
