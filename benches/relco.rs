//! How relco as a whole measures up: the first frame, floods of output, one endless line, keys, rest, and
//! the way back.
//!
//! Run with `cargo bench --bench relco`; words after `--` choose measurements: `start`, `flood`, `tty`, `line`, `keys`,
//! `rest`, `back`. Everything is measured on a terminal of 120x36, medians of several rounds, and told as a ratio to a peer in
//! the same run: to `mprocs` and `gitui` where they are installed, and to the least that any program could do. It
//! asserts nothing about time. Projects lie in a temporary directory below the target directory, because `/tmp` may be
//! memory.

#[path = "relco/back.rs"]
mod back;
#[path = "relco/flood.rs"]
mod flood;
#[path = "relco/keys.rs"]
mod keys;
#[path = "relco/process.rs"]
mod process;
#[path = "relco/rest.rs"]
mod rest;
#[path = "relco/stage.rs"]
mod stage;
#[path = "relco/start.rs"]
mod start;
#[path = "relco/table.rs"]
mod table;
#[path = "relco/terminal.rs"]
mod terminal;

use std::io::Result;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use table::Table;

/// Nothing came for so long: the program is at rest.
const QUIET: Duration = Duration::from_millis(500);
/// What only the checklist says.
const CHECKLIST: &str = "Release Manager Tasks";

/// Takes a directory that does not exist yet, and adds its lines to the table.
type Measure = fn(&Path, &mut Table) -> Result<()>;

/// Everything that can be measured, by the word that chooses it.
const MEASURES: &[(&str, Measure)] = &[
    ("start", start::measure),
    ("flood", flood::pipe),
    ("tty", flood::tty),
    ("line", flood::long_line),
    ("keys", keys::measure),
    ("rest", rest::measure),
    ("back", back::measure),
];

fn main() -> ExitCode {
    let chosen: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let mut table = Table::default();
    let mut well = true;
    for (name, measure) in MEASURES {
        if !chosen.is_empty() && chosen.iter().all(|word| word != name) {
            continue;
        }
        let measured = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))
            .and_then(|dir| measure(&dir.path().join(name), &mut table));
        if let Err(error) = measured {
            eprintln!("{name}: {error}");
            well = false;
        }
    }
    table.print();
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
