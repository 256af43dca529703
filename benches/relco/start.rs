//! Start: from exec to the first frame that says what stands in the way of the release.

use std::io::Result;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::CHECKLIST;
use super::stage::{Stage, peer};
use super::table::{Row, Table, median_ms};
use super::terminal::{Terminal, shows};

/// Rounds: each takes some milliseconds.
const ROUNDS: usize = 21;

/// In turns with `true`, the least that anybody could do, and with the peers.
pub fn measure(dir: &Path, table: &mut Table) -> Result<()> {
    let stage = Stage::harbor(dir)?;
    let (mprocs, gitui) = (peer("mprocs"), peer("gitui"));
    let (mut ours, mut floor, mut with_mprocs, mut with_gitui) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(first_frame(&mut stage.cockpit(), CHECKLIST)?);
        let mut nothing = Terminal::open(&mut stage.command("true"))?;
        nothing.wait()?;
        floor.push(nothing.began.elapsed());
        if mprocs {
            with_mprocs.push(first_frame(stage.command("mprocs").arg("sleep 100"), "Processes")?);
        }
        if gitui {
            with_gitui.push(first_frame(&mut stage.command("gitui"), "Unstaged")?);
        }
    }
    let what = "exec to first useful frame (ms)";
    let ours_ms = median_ms(&ours);
    table.add(Row::new(what, ours_ms).peer("true", Some(median_ms(&floor))));
    table.add(Row::new(what, ours_ms).peer("mprocs", mprocs.then(|| median_ms(&with_mprocs))).bar(1.5));
    table.add(Row::new(what, ours_ms).peer("gitui", gitui.then(|| median_ms(&with_gitui))).bar(0.25));
    Ok(())
}

/// From the start of a program to the first frame that shows the text.
fn first_frame(command: &mut Command, text: &str) -> Result<Duration> {
    let mut terminal = Terminal::open(command)?;
    let at = terminal.until(text, shows(text))?;
    Ok(at.duration_since(terminal.began))
}
