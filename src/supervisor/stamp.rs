//! When something happened: wall clock, boot and time since boot, as they go into a record.

use jiff::Timestamp;

/// The clocks at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Now {
    /// RFC 3339 in UTC with milliseconds.
    pub at: String,
    /// First eight digits of the machine's boot id.
    pub boot: String,
    /// Milliseconds since that boot, sleep included where the system tells.
    pub mono_ms: u64,
}

/// Reads the clocks.
pub fn now() -> Now {
    let at = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
    Now { at, boot: boot_id().chars().take(8).collect(), mono_ms: mono_ms() }
}

/// The wall clock in Unix milliseconds.
pub fn unix_ms() -> i64 {
    Timestamp::now().as_millisecond()
}

/// Milliseconds since boot.
pub fn mono_ms() -> u64 {
    #[cfg(target_os = "linux")]
    let clock = rustix::time::ClockId::Boottime;
    #[cfg(not(target_os = "linux"))]
    let clock = rustix::time::ClockId::Monotonic;
    let time = rustix::time::clock_gettime(clock);
    u64::try_from(time.tv_sec).unwrap_or(0) * 1000 + u64::try_from(time.tv_nsec).unwrap_or(0) / 1_000_000
}

/// The whole boot id; two equal ones mean that process ids can be compared. `unknown` where the system has none.
pub fn boot_id() -> String {
    match std::fs::read_to_string("/proc/sys/kernel/random/boot_id") {
        Ok(id) => id.trim().to_owned(),
        Err(_) => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_has_the_shape_of_records() {
        let now = now();
        assert_eq!(now.at.len(), "2026-11-22T12:00:01.123Z".len());
        assert_eq!(now.at.parse::<Timestamp>().unwrap().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(), now.at);
        assert!(now.boot.len() <= 8 && now.mono_ms > 0);
    }
}
