//! Keys: from the press to the screen, at rest and while a step prints.

use std::io::Result;
use std::path::Path;
use std::time::Duration;

use super::QUIET;
use super::flood::opened;
use super::stage::{LINE, LINES, Stage, Step, peer};
use super::table::{Row, Table, median_ms, p99_ms};
use super::terminal::{ROWS, Terminal, shows};

/// Keys pressed in each measurement.
const PRESSES: u32 = 200;
/// A key that has not come to the screen after this long is lost.
const LOST: Duration = Duration::from_secs(5);

/// At rest, then under 50,000 lines a second, then at full speed; each beside a program that only gives keys back, and
/// at rest and at full speed beside mprocs.
pub fn measure(dir: &Path, table: &mut Table) -> Result<()> {
    let paced = format!("for i in $(seq 150); do yes {LINE} | head -n 5000; sleep 0.1; done");
    let full = format!("yes {LINE} | head -n {}", LINES * 15);
    let step = |name: &str, script| Step { name: name.to_owned(), script, tty: false };
    // The mark goes to the step that begins: there is one below the last that prints, for a key to go to.
    let stage =
        Stage::of_steps(dir, &[step("paced", paced), step("full", full.clone()), step("last", ":".to_owned())])?;
    let mut cockpit = opened(&stage)?;
    let mut echo = Terminal::open(stage.command("sh").args(["-c", "stty raw -echo; echo ready; exec cat"]))?;
    echo.until("the echo", shows("ready"))?;
    let at_rest = presses(&mut cockpit, &mut echo, || true)?;
    at_rest.tell(table, "at rest", None, Some(1.25), in_mprocs(&stage, "sleep 100")?);
    for (name, what, most_ms) in [("paced", "at 50,000 lines/s", 16.0), ("full", "at full speed", 50.0)] {
        let attempt = stage.begin(name)?;
        attempt.wait_for_output()?;
        let took = presses(&mut cockpit, &mut echo, || !attempt.is_over())?;
        attempt.wait()?;
        cockpit.settle(QUIET);
        let mprocs = if name == "full" { in_mprocs(&stage, &full)? } else { None };
        took.tell(table, what, Some(most_ms), None, mprocs);
    }
    Ok(())
}

/// What pressing keys gave.
#[derive(Default)]
struct Pressed {
    ours: Vec<Duration>,
    echoed: Vec<Duration>,
    lost: u32,
}

impl Pressed {
    fn tell(
        &self,
        table: &mut Table,
        when: &str,
        most_ms: Option<f64>,
        bar: Option<f64>,
        mprocs: Option<Vec<Duration>>,
    ) {
        println!("keys {when}: {} presses", self.ours.len());
        let (median, p99) = (format!("key to screen {when}, median (ms)"), "  p99 (ms)");
        let row = Row::new(median.clone(), median_ms(&self.ours)).peer("mprocs", mprocs.as_deref().map(median_ms));
        if when != "at 50,000 lines/s" {
            table.add(bar.into_iter().fold(row, Row::bar));
        }
        table.add(Row::new(median, median_ms(&self.ours)).peer("raw cat", Some(median_ms(&self.echoed))));
        let row = Row::new(p99, p99_ms(&self.ours)).peer("raw cat", Some(p99_ms(&self.echoed)));
        table.add(most_ms.into_iter().fold(row, Row::most));
        table.add(Row::new("  presses lost", f64::from(self.lost)).most(0.0));
    }
}

/// The row on which the checklist's mark stands.
fn marked(screen: &vt100::Screen) -> Option<u16> {
    (0..ROWS).find(|row| screen.cell(*row, 1).is_some_and(|cell| cell.contents() == "▌"))
}

/// Down and up in turn, at uneven times: how long until the mark has moved.
fn presses(cockpit: &mut Terminal, echo: &mut Terminal, goes_on: impl Fn() -> bool) -> Result<Pressed> {
    let mut pressed = Pressed::default();
    for number in 0..PRESSES {
        if !goes_on() {
            break;
        }
        let before = cockpit.look(marked);
        let at = cockpit.press(key(number))?;
        match cockpit.within(LOST, |screen| marked(screen).is_some_and(|row| Some(row) != before)) {
            Some(seen) => pressed.ours.push(seen.duration_since(at)),
            // When a step ends, the mark goes on by itself, and a key may find it where it wants to go.
            None => pressed.lost += u32::from(goes_on()),
        }
        cockpit.watch(pause(number));
        let at = echo.press(key(number))?;
        pressed.echoed.push(echo.next_frame()?.duration_since(at));
        cockpit.watch(pause(number + 11));
    }
    Ok(pressed)
}

/// The same in mprocs, where the selection goes down and up between two programs; none where it is not installed.
fn in_mprocs(stage: &Stage, program: &str) -> Result<Option<Vec<Duration>>> {
    if !peer("mprocs") {
        return Ok(None);
    }
    let mut mprocs = Terminal::open(stage.command("mprocs").args([program, "sleep 101"]))?;
    mprocs.until("mprocs", shows("Processes"))?;
    mprocs.watch(QUIET * 2);
    let mut took = Vec::new();
    for number in 0..PRESSES {
        let before = mprocs.look(chosen);
        let at = mprocs.press(key(number))?;
        // What never comes took at least as long as was waited.
        let seen = mprocs.within(LOST, |screen| chosen(screen) != before);
        took.push(seen.map_or(LOST, |seen| seen.duration_since(at)));
        mprocs.watch(pause(number));
        if took.iter().sum::<Duration>() > LOST * 4 {
            break;
        }
    }
    Ok(Some(took))
}

/// The row on which the mark of mprocs stands.
fn chosen(screen: &vt100::Screen) -> Option<u16> {
    (0..ROWS).find(|row| screen.cell(*row, 1).is_some_and(|cell| cell.contents() == "•"))
}

fn key(number: u32) -> &'static [u8] {
    if number.is_multiple_of(2) { b"j" } else { b"k" }
}

fn pause(number: u32) -> Duration {
    Duration::from_millis(3 + u64::from(number * 7 % 23))
}
