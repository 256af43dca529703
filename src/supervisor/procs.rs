//! What the system knows about processes: who is alive, in which group, with which start time.
//!
//! A pid alone says nothing, because it is given out again; with its start time and the boot id it names one
//! process. Reads `/proc`; where there is none, nothing is found and nothing is claimed.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

/// One process, as `/proc/PID/stat` tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process {
    /// Process id.
    pub pid: i32,
    /// Its parent.
    pub parent: i32,
    /// Its process group.
    pub group: i32,
    /// Its session.
    pub session: i32,
    /// When it started, in clock ticks since boot.
    pub start_ticks: u64,
    /// Whether it has ended and only waits to be collected.
    pub ended: bool,
}

/// The pid of this process.
pub fn own_pid() -> i32 {
    rustix::process::getpid().as_raw_nonzero().get()
}

/// The process with this pid, the ended included.
pub fn find(pid: i32) -> Option<Process> {
    parse_stat(&fs::read(format!("/proc/{pid}/stat")).ok()?)
}

/// All processes that have not ended.
pub fn alive() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter_map(find).filter(|process| !process.ended).collect()
}

/// The living members of a process group in a session. Both numbers stay taken as long as one member lives.
pub fn members(group: i32, session: i32) -> Vec<Process> {
    alive().into_iter().filter(|process| process.group == group && process.session == session).collect()
}

/// The command line of a process, or its name if it has none; foreign text, at most 200 characters.
pub fn command(pid: i32) -> String {
    let mut bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    if bytes.is_empty() {
        bytes = fs::read(format!("/proc/{pid}/comm")).unwrap_or_default();
    }
    let text = String::from_utf8_lossy(&bytes).replace('\0', " ");
    text.trim_end().chars().take(200).collect()
}

/// Processes, of those given, that hold the pipe with this inode number open. Those of other users are not seen.
pub fn holders(processes: &[Process], pipe_inode: u64) -> HashSet<i32> {
    let target = format!("pipe:[{pipe_inode}]");
    let holds = |process: &&Process| {
        let Ok(entries) = fs::read_dir(format!("/proc/{}/fd", process.pid)) else { return false };
        let mut links = entries.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
        links.any(|link| link == Path::new(&target))
    };
    processes.iter().filter(holds).map(|process| process.pid).collect()
}

/// The pids of those that descend from this one, itself not included.
pub fn descendants(processes: &[Process], ancestor: i32) -> HashSet<i32> {
    let mut found = HashSet::new();
    let mut size = None;
    while size != Some(found.len()) {
        size = Some(found.len());
        for process in processes {
            if process.parent == ancestor || found.contains(&process.parent) {
                found.insert(process.pid);
            }
        }
    }
    found
}

/// Reads `PID (NAME) STATE PPID PGRP SESSION … STARTTIME …`; the name may hold blanks and parentheses.
fn parse_stat(stat: &[u8]) -> Option<Process> {
    let open = stat.iter().position(|&byte| byte == b'(')?;
    let close = stat.iter().rposition(|&byte| byte == b')')?;
    let pid = std::str::from_utf8(stat.get(..open)?).ok()?.trim().parse().ok()?;
    let mut fields = std::str::from_utf8(stat.get(close + 1..)?).ok()?.split_ascii_whitespace();
    let ended = matches!(fields.next()?, "Z" | "X" | "x");
    let mut number = || fields.next()?.parse().ok();
    let (parent, group, session) = (number()?, number()?, number()?);
    // The fields after the session: tty, tpgid, flags, four fault counts, four times, priority, nice, threads, itreal.
    let start_ticks = fields.nth(15)?.parse().ok()?;
    Some(Process { pid, parent, group, session, start_ticks, ended })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn reads_a_name_with_blanks_and_parentheses() {
        let stat = b"42 (a) b (c)) S 7 42 41 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 99123 1 2 3";
        let process = parse_stat(stat).unwrap();
        assert_eq!(process, Process { pid: 42, parent: 7, group: 42, session: 41, start_ticks: 99123, ended: false });
        assert!(parse_stat(b"42 (x) Z 7 42 41 0 -1 0 1 2 3 4 5 6 7 8 20 0 1 0 5").unwrap().ended);
        assert_eq!(parse_stat(b"garbage"), None);
    }

    #[test]
    fn finds_this_process_and_its_command() {
        let pid = std::process::id() as i32;
        let me = find(pid).unwrap();
        assert!(!me.ended && me.start_ticks > 0);
        assert!(members(me.group, me.session).contains(&me));
        assert!(command(pid).contains("relco"));
    }

    #[test]
    fn descendants_go_over_generations() {
        let process = |pid, parent| Process { pid, parent, group: 1, session: 1, start_ticks: 1, ended: false };
        let all = [process(9, 8), process(8, 5), process(5, 1), process(6, 1)];
        assert_eq!(descendants(&all, 5), HashSet::from([8, 9]));
    }
}
