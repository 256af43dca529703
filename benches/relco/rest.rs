//! Rest: nothing runs, nobody presses a key, and no clock on the screen goes by the second.

use std::io::Result;
use std::path::Path;
use std::time::Duration;

use super::stage::{Stage, peer};
use super::table::{Row, Table};
use super::terminal::{Terminal, shows};
use super::{CHECKLIST, QUIET, process};

/// How long rest is watched.
const REST: Duration = Duration::from_secs(10);

/// Wake-ups and bytes of output between two minutes.
pub fn measure(dir: &Path, table: &mut Table) -> Result<()> {
    let stage = Stage::harbor(dir)?;
    let (bytes, ours) = at_rest(Terminal::open(&mut stage.cockpit())?, CHECKLIST)?;
    for (name, text, argument) in [("mprocs", "Processes", Some("sleep 100")), ("gitui", "Unstaged", None)] {
        let woke = if peer(name) {
            Some(at_rest(Terminal::open(stage.command(name).args(argument))?, text)?.1 as f64)
        } else {
            None
        };
        table.add(Row::new("10 s at rest: wake-ups", ours as f64).peer(name, woke).most(0.0));
    }
    table.add(Row::new("10 s at rest: bytes written", bytes as f64).most(0.0));
    Ok(())
}

/// Bytes that a program writes and how often it wakes while nothing happens.
fn at_rest(mut terminal: Terminal, text: &str) -> Result<(u64, u64)> {
    terminal.until(text, shows(text))?;
    terminal.settle(QUIET * 2);
    away_from_the_minute();
    let (bytes, before) = (terminal.bytes, process::wake_ups(terminal.pid()));
    terminal.watch(REST);
    // A thread that ended meanwhile takes its count along.
    let woke = process::wake_ups(terminal.pid()).saturating_sub(before);
    Ok((terminal.bytes - bytes, woke))
}

/// Clocks go by the minute, and rest is watched between two of them.
fn away_from_the_minute() {
    let past = jiff::Timestamp::now().as_second().rem_euclid(60).unsigned_abs();
    if past + REST.as_secs() + 1 >= 60 {
        std::thread::sleep(Duration::from_secs(61 - past));
    }
}
