//! Floods: two million lines through a pipe and on a terminal, and one line of 100 MB, with the cockpit open.
//!
//! What counts is the step's time from its start on record to its end on record, the log synced, and that every byte
//! is in the log. Enter at [`pipe`], [`tty`] and [`long_line`].

use std::fs::File;
use std::io::{Error, Result};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::QUIET;
use super::process;
use super::stage::{LINE, LINES, LONG_LINE_BYTES, Stage, Step, Went};
use super::table::{Row, Table, median_ms};
use super::terminal::{Terminal, bare_reader, shows};

/// Rounds: each takes a second or so.
const ROUNDS: usize = 3;

/// What is printed, how much of it must be in the log, and what reads it where relco does not.
struct Flood {
    what: &'static str,
    script: String,
    tty: bool,
    lines: u64,
    bytes: u64,
    peer: &'static str,
    bar: f64,
}

/// Two million lines through a pipe.
pub fn pipe(dir: &Path, table: &mut Table) -> Result<()> {
    let (what, peer) = ("2 million lines through a pipe (ms)", "step | cat > file");
    let bytes = LINES * (LINE.len() as u64 + 1);
    let flood = Flood { what, script: lines(), tty: false, lines: LINES, bytes, peer, bar: 2.0 };
    flood.measure(dir, table, into_file)
}

/// The same on a terminal, which ends each line in two bytes.
pub fn tty(dir: &Path, table: &mut Table) -> Result<()> {
    let (what, peer) = ("2 million lines on a terminal (ms)", "bare reader");
    let bytes = LINES * (LINE.len() as u64 + 2);
    let flood = Flood { what, script: lines(), tty: true, lines: LINES, bytes, peer, bar: 1.5 };
    flood.measure(dir, table, |script, path| {
        let mut file = File::create(path)?;
        bare_reader(Command::new("sh").arg("-c").arg(script), &mut file)
    })
}

/// One line that does not end for 100 MB.
pub fn long_line(dir: &Path, table: &mut Table) -> Result<()> {
    let (what, peer) = ("one line of 100 MB (ms)", "step | cat > file");
    let script = format!("head -c {LONG_LINE_BYTES} /dev/zero | tr '\\0' x");
    let flood = Flood { what, script, tty: false, lines: 1, bytes: LONG_LINE_BYTES, peer, bar: 2.0 };
    flood.measure(dir, table, into_file)
}

fn lines() -> String {
    format!("yes {LINE} | head -n {LINES}")
}

impl Flood {
    fn measure(&self, dir: &Path, table: &mut Table, bare: impl Fn(&str, &Path) -> Result<()>) -> Result<()> {
        let names: Vec<String> = (1..=ROUNDS).map(|round| format!("round{round}")).collect();
        let step = |name: &String| Step { name: name.clone(), script: self.script.clone(), tty: self.tty };
        let stage = Stage::of_steps(dir, &names.iter().map(step).collect::<Vec<_>>())?;
        let mut cockpit = opened(&stage)?;
        let (mut ours, mut theirs, mut supervisor_kib) = (Vec::new(), Vec::new(), 0);
        for name in &names {
            let path = dir.join("bare");
            let began = Instant::now();
            bare(&self.script, &path)?;
            theirs.push(began.elapsed());
            std::fs::remove_file(&path)?;
            let went = watched(&stage, name, &mut cockpit)?;
            self.check(&stage.attempt_log(name)?, &went)?;
            supervisor_kib = supervisor_kib.max(went.supervisor_kib);
            ours.push(went.took);
        }
        let row = Row::new(self.what, median_ms(&ours)).peer(self.peer, Some(median_ms(&theirs)));
        table.add(row.bar(self.bar));
        let cockpit_kib = process::peak_kib(cockpit.pid()).unwrap_or(0);
        table.add(Row::new("  peak memory of the cockpit (MiB)", cockpit_kib as f64 / 1024.0).most(64.0));
        table.add(Row::new("  peak memory of the supervisor (MiB)", supervisor_kib as f64 / 1024.0).most(16.0));
        Ok(())
    }

    /// Every line is in the log, and as many bytes as were printed; else nothing that was measured counts.
    fn check(&self, log: &Path, went: &Went) -> Result<()> {
        let text = std::fs::read(log)?;
        let ended = memchr::memchr_iter(b'\n', &text).count() as u64;
        let found = ended + u64::from(text.last().is_some_and(|last| *last != b'\n'));
        let told = (went.ended.log_lines, went.ended.log_bytes, went.ended.lost_bytes);
        if (found, text.len() as u64) == (self.lines, self.bytes) && told == (self.lines, self.bytes, 0) {
            return Ok(());
        }
        Err(Error::other(format!("{found} lines and {} bytes in the log, {told:?} on record", text.len())))
    }
}

/// `script | cat > file`, synced: the least that anybody could do with the same output.
fn into_file(script: &str, path: &Path) -> Result<()> {
    let script = format!("( {script} ) | cat > \"$0\"");
    let status = Command::new("sh").arg("-c").arg(script).arg(path).stdin(Stdio::null()).status()?;
    File::open(path)?.sync_all()?;
    if status.success() { Ok(()) } else { Err(Error::other("the bare step failed")) }
}

/// Opens the cockpit and waits until it shows the steps.
pub fn opened(stage: &Stage) -> Result<Terminal> {
    let mut cockpit = Terminal::open(&mut stage.cockpit())?;
    cockpit.until("the steps", shows("Step "))?;
    cockpit.settle(QUIET);
    Ok(cockpit)
}

/// Lets a step run to its end while the cockpit draws what it prints.
fn watched(stage: &Stage, name: &str, cockpit: &mut Terminal) -> Result<Went> {
    let attempt = stage.begin(name)?;
    let waiting = std::thread::spawn(move || attempt.wait());
    while !waiting.is_finished() {
        cockpit.watch(Duration::from_millis(5));
    }
    waiting.join().map_err(|_| Error::other("the watch on the step panicked"))?
}
