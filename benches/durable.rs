//! What a durable event costs, as a ratio to the least that any program could do: one write and one data sync of the
//! same size, on the same disk, in turns. And how long it takes to open a long journal.
//!
//! Run with `cargo bench --bench durable`. The files stand in the target directory, because `/tmp` may be memory.

use std::error::Error;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use relco::domain::event::Fact;
use relco::domain::time::{Precision, Stamp};
use relco::journal::{Access, Store};

const ROUNDS: u32 = 2_000;
const EVENTS: u64 = 5_000;
const OPENINGS: u32 = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    durable_event(dir.path())?;
    opening(dir.path())
}

/// The fact that is recorded most often while somebody works.
fn note(number: u64) -> Fact {
    Fact::NoteAdded {
        incident: Some("INC-1".into()),
        text: format!("{number}: traffic is back on the old version, error rate falling"),
        occurred: None,
        precision: Precision::Exact,
        by: "ana@example.com".to_owned(),
        evidence: None,
    }
}

fn stamp() -> Stamp {
    Stamp { at: Timestamp::now(), boot: "74685d3d".to_owned(), mono_ms: 101_334_301 }
}

fn create(path: &Path) -> Result<Store, Box<dyn Error>> {
    let opening = Fact::JournalOpened {
        format: 1,
        uuid: "0d6bb8a4-5b1b-4a7f-9d0e-0a5f0a4f8c11".to_owned(),
        project: "harbor".to_owned(),
        repository: "/srv/git/harbor/.git".to_owned(),
        relco: env!("CARGO_PKG_VERSION").to_owned(),
    };
    Ok(Store::create(path, &stamp(), "ana@example.com", "git config", &opening)?.0)
}

/// Everything that a session does for one event: lock, look for news, encode, append, sync, unlock.
fn record(store: &mut Store, facts: &[Fact]) -> Result<(), Box<dyn Error>> {
    let lock = Store::lock(store.path())?;
    store.refresh()?;
    store.append(&lock, &stamp(), "ana@example.com", "git config", facts)?;
    Ok(())
}

fn durable_event(dir: &Path) -> Result<(), Box<dyn Error>> {
    let path = dir.join("durable/journal.toml");
    let mut store = create(&path)?;
    let before_bytes = std::fs::metadata(&path)?.len();
    record(&mut store, &[note(1_000)])?;
    let event_bytes = std::fs::metadata(&path)?.len() - before_bytes;
    let mut bare = OpenOptions::new().append(true).create_new(true).open(dir.join("bare"))?;
    let bytes = vec![b'x'; usize::try_from(event_bytes)?];
    let (mut durable, mut plain) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let began = Instant::now();
        bare.write_all(&bytes)?;
        bare.sync_data()?;
        plain.push(began.elapsed());
        let began = Instant::now();
        record(&mut store, &[note(1_000 + u64::from(round))])?;
        durable.push(began.elapsed());
    }
    let (durable_us, plain_us) = (median_us(durable), median_us(plain));
    println!("durable event of {event_bytes} bytes: {durable_us:.0} µs; bare write + data sync: {plain_us:.0} µs");
    println!("ratio {:.2} (bar: 1.5)", durable_us / plain_us);
    Ok(())
}

fn opening(dir: &Path) -> Result<(), Box<dyn Error>> {
    let path = dir.join("long/journal.toml");
    let mut store = create(&path)?;
    let notes: Vec<Fact> = (1..EVENTS).map(note).collect();
    for some in notes.chunks(500) {
        record(&mut store, some)?;
    }
    let mut times = Vec::new();
    for _ in 0..OPENINGS {
        let began = Instant::now();
        let (_, recorded) = Store::open(&path, Access::Write)?;
        times.push(began.elapsed());
        if recorded.len() as u64 != EVENTS {
            return Err(format!("{} events instead of {EVENTS}", recorded.len()).into());
        }
    }
    let kib = std::fs::metadata(&path)?.len() / 1024;
    println!("opening {EVENTS} events ({kib} KiB): {:.1} ms (bar: 50)", median_us(times) / 1000.0);
    Ok(())
}

fn median_us(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).map_or(f64::NAN, |time| time.as_secs_f64() * 1e6)
}
