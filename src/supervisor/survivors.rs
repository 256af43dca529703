//! What a step leaves behind: who is still alive, and who has ended and must be collected.
//!
//! The supervisor is the reaper of the step's orphans, so whatever descends from the step is found even when it went
//! into a session of its own. The step's own process is never collected here.

use std::fs;
use std::os::fd::OwnedFd;

use rustix::process::{Pid, WaitId, WaitIdOptions};

use super::procs;
use super::record::LeftRunning;

/// How many processes are listed; the rest would tell no more.
const LISTED_MAX: usize = 32;

/// Who outlived the step with this group and session: its group, what descends from it, and, while its output is
/// open, who else holds that.
pub(super) fn list(group: i32, session: i32, output: Option<&OwnedFd>) -> Vec<LeftRunning> {
    let all = procs::alive();
    let me = procs::own_pid();
    let mut left = procs::descendants(&all, me);
    if let Some(pipe) = output.and_then(|output| rustix::fs::fstat(output).ok()) {
        left.extend(procs::holders(&all, pipe.st_ino));
    }
    let in_group = |process: &procs::Process| process.group == group && process.session == session;
    let counts = |process: &&procs::Process| {
        (left.contains(&process.pid) || in_group(process)) && process.pid != me && process.pid != group
    };
    let listed = all.iter().filter(counts).take(LISTED_MAX);
    listed
        .map(|process| LeftRunning {
            pid: process.pid,
            command: procs::command(process.pid),
            in_group: in_group(process),
        })
        .collect()
}

/// Collects orphans that came to this process and have ended, so that they do not fill the table of processes.
pub(super) fn reap_orphans(step: Pid) {
    let pid = procs::own_pid();
    let Ok(children) = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")) else { return };
    let children = children.split_ascii_whitespace().filter_map(|child| child.parse().ok());
    for child in children.filter_map(Pid::from_raw).filter(|child| *child != step) {
        let _ = rustix::process::waitid(WaitId::Pid(child), WaitIdOptions::EXITED | WaitIdOptions::NOHANG);
    }
}
