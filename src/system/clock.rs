//! The clock: wall time with the boot it was read in, so that durations and clock jumps can be told apart.

use std::path::Path;
use std::sync::OnceLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::time::Stamp;
use crate::supervisor::stamp;

/// The moment, from the machine.
pub fn stamp() -> Stamp {
    // Which clock tells the time since boot is the system's matter, and is known in one place.
    Stamp { at: now(), boot: boot_id().to_owned(), mono_ms: stamp::mono_ms() }
}

/// The wall clock, to the millisecond: what the record keeps.
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

/// The zone in which people here read a clock.
///
/// Where only `/etc/localtime` says it, that file is read and nothing else: looking a zone up by name walks through all
/// zones of the machine first, which is a sixth of the cockpit's start.
pub fn zone() -> TimeZone {
    let of_machine = || std::env::var_os("TZ").is_none().then(|| zone_in(Path::new("/etc/localtime"))).flatten();
    of_machine().or_else(|| TimeZone::try_system().ok()).unwrap_or(TimeZone::UTC)
}

/// The zone in a link to a file of the zone database, which gives it its name.
fn zone_in(link: &Path) -> Option<TimeZone> {
    let target = std::fs::read_link(link).ok()?;
    let (_, name) = target.to_str()?.split_once("zoneinfo/")?;
    TimeZone::tzif(name, &std::fs::read(link).ok()?).ok()
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

/// For how long nothing was written to a file; `None` where there is none.
pub fn unchanged_for(path: &std::path::Path) -> Option<std::time::Duration> {
    let written = std::fs::metadata(path).and_then(|meta| meta.modified()).ok()?;
    // What was written in the future was written while the clock stood elsewhere: just now, as far as can be known.
    Some(std::time::SystemTime::now().duration_since(written).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linked_zone_has_its_name_and_a_file_without_one_is_left_to_the_library() {
        let dir = tempfile::tempdir().unwrap();
        // The smallest file of the format: one type of time, two hours east, and the rule that stands for ever.
        let mut data = b"TZif2".to_vec();
        data.extend([0; 15]);
        let counts = [0_u32, 0, 0, 0, 1, 5].map(u32::to_be_bytes).concat();
        data.extend(&counts);
        let types = [&7200_i32.to_be_bytes()[..], &[0, 0], b"CEST\0"].concat();
        data.extend(&types);
        data.extend(b"TZif2");
        data.extend([0; 15]);
        data.extend(&counts);
        data.extend(&types);
        data.extend(b"\nCEST-2\n");
        let zones = dir.path().join("zoneinfo/Europe");
        std::fs::create_dir_all(&zones).unwrap();
        std::fs::write(zones.join("Kyiv"), &data).unwrap();
        let link = dir.path().join("localtime");
        std::os::unix::fs::symlink(zones.join("Kyiv"), &link).unwrap();
        let zone = zone_in(&link).unwrap();
        assert_eq!(zone.iana_name(), Some("Europe/Kyiv"));
        assert_eq!(zone.to_offset(Timestamp::UNIX_EPOCH).seconds(), 7200);
        assert_eq!(zone_in(&zones.join("Kyiv")), None, "a copy does not say which zone it is");
        assert_eq!(zone_in(&dir.path().join("nowhere")), None);
    }
}
