//! The way back, by keys, for each fault of the example: from the failure to the first undo that runs.
//!
//! The pace of the example's steps is 0, so what is measured is relco: stopping what runs, recording, starting. Times
//! are those of the records that the steps' owners wrote, and of the last key. Enter at [`measure`].

use std::collections::BTreeMap;
use std::fs;
use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use relco::demo::place::Place;
use relco::demo::{Fault, Options, prepare, running};
use relco::supervisor::record::History;
use serde_json::Value;

use super::stage::RELCO;
use super::table::{Row, Table};
use super::terminal::{Terminal, shows};

const WORD: &str = "1.2.4@production";
/// At most so long from the last key to the first undo, in milliseconds.
const BAR_MS: f64 = 1000.0;

/// Each fault, with what the screen says of it.
const FAULTS: [(Fault, &str); 3] =
    [(Fault::Fail, "exit 1"), (Fault::Slow, "Rollback proposed"), (Fault::Down, "Rollback proposed")];

/// Drives production into each fault, presses the keys, and looks at when which undo ran.
pub fn measure(dir: &Path, table: &mut Table) -> Result<()> {
    for (fault, trouble) in FAULTS {
        let place = Place::new(dir.join(fault.word()));
        let went = ready(&place, fault).and_then(|()| way_back(&place, trouble));
        running::stop(&place).map_err(Error::other)?;
        let went = went?;
        let what = |words: &str| format!("{}, {words} (ms)", fault.word());
        let keys = format!("2 keys, {} letters, Enter", WORD.len());
        table.add(Row::new(what("from the failure on record to the screen that says so"), went.shown_ms));
        table.add(Row::new(what("from the failure to the first undo, no time to think"), went.failure_ms));
        table.add(Row::new(what(&format!("{keys}: from the last key to the first step back")), went.first_ms));
        table.add(Row::new(what(&format!("{keys}: from the last key to the first undo")), went.undo_ms).most(BAR_MS));
    }
    Ok(())
}

/// How the way back went.
struct Went {
    shown_ms: f64,
    failure_ms: f64,
    first_ms: f64,
    undo_ms: f64,
}

fn relco(place: &Place, arguments: &[&str]) -> Command {
    let mut command = Command::new(RELCO);
    command
        .args(arguments)
        .current_dir(place.project())
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .env("HOME", place.dir())
        .env("LANG", "C.UTF-8")
        .env("RELCO_STATE_DIR", place.state())
        .env("RELCO_ACTOR", "ana@example.com")
        .stdin(Stdio::null());
    command
}

fn json(place: &Place, arguments: &[&str]) -> Result<Value> {
    Ok(serde_json::from_slice(&relco(place, arguments).output()?.stdout)?)
}

/// The example at the door of production: what stands in the way is waived.
fn ready(place: &Place, fault: Fault) -> Result<()> {
    let options = Options { dir: Some(place.dir().to_owned()), fault: Some(fault), ..Options::default() };
    prepare(&options, Path::new(RELCO)).map_err(Error::other)?;
    fs::write(place.pace(), "0\n")?;
    for line in [
        "trust --yes",
        "live set staging 1.2.4",
        "live set production 1.2.4",
        "release start 1.3.0",
        "release candidate",
        "gate pass qa",
        "gate pass business",
        "gate pass security",
    ] {
        let output = relco(place, &line.split(' ').collect::<Vec<_>>()).output()?;
        if !output.status.success() {
            return Err(Error::other(format!("{line}: {}", String::from_utf8_lossy(&output.stderr))));
        }
    }
    let status = json(place, &["status", "--json"])?;
    for blocker in rows(&status, "blockers") {
        let id = text(blocker, "id");
        relco(place, &["item", "skip", id, "--reason", "not what is measured"]).output()?;
    }
    Ok(())
}

fn way_back(place: &Place, trouble: &str) -> Result<Went> {
    let mut at = Terminal::open(&mut relco(place, &[]))?;
    let says = |at: &mut Terminal, text: &str| at.until(text, shows(text));
    says(&mut at, "Deploy 1.3.0 to production")?;
    at.press(b"\r")?;
    says(&mut at, "Type 1.3.0@production to deploy")?;
    at.press(b"1.3.0@production\r")?;
    says(&mut at, "rollback was never rehearsed")?;
    at.press(b"s")?;
    says(&mut at, "why it is left out")?;
    at.press(b"not what is measured\r")?;
    says(&mut at, trouble)?;
    let shown = Timestamp::now();
    at.press(b"\x18r")?;
    says(&mut at, &format!("Type {WORD} to roll back"))?;
    at.press(WORD.as_bytes())?;
    let last_key = Timestamp::now();
    at.press(b"\r")?;
    let started = first_started(place)?;
    let failed = failed_at(place)?;
    let ms = |from: Timestamp, to: Timestamp| to.duration_since(from).as_secs_f64() * 1e3;
    Ok(Went {
        shown_ms: ms(failed, shown),
        failure_ms: ms(failed, started.1),
        first_ms: ms(last_key, started.0),
        undo_ms: ms(last_key, started.1),
    })
}

/// When the rollback's first step and its first undo ran.
fn first_started(place: &Place) -> Result<(Timestamp, Timestamp)> {
    let limit = Instant::now() + Duration::from_secs(60);
    loop {
        let found = started(place)?;
        let undo = found.iter().filter(|(name, _)| name.contains("-undo-")).map(|(_, at)| *at).min();
        if let (Some(first), Some(undo)) = (found.values().copied().min(), undo) {
            return Ok((first, undo));
        }
        if Instant::now() > limit {
            return Err(Error::other(format!("no undo ran: {found:?}")));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The attempts of the rollback that really started, with when.
fn started(place: &Place) -> Result<BTreeMap<String, Timestamp>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(release(place)?.join("attempts"))?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let history = if name.starts_with("R2-") { History::read(&entry.path())? } else { None };
        if let Some(at) = history.as_ref().and_then(|history| history.started()).map(|one| one.at.clone()) {
            found.insert(name, at.parse().map_err(Error::other)?);
        }
    }
    Ok(found)
}

fn release(place: &Place) -> Result<PathBuf> {
    let dirs = fs::read_dir(place.state())?.flatten().map(|entry| entry.path().join("1.3.0"));
    dirs.into_iter().find(|dir| dir.is_dir()).ok_or_else(|| Error::other("no release is on record"))
}

/// When the record first says that something is wrong.
fn failed_at(place: &Place) -> Result<Timestamp> {
    let timeline = json(place, &["timeline", "--json"])?;
    let opened = rows(&timeline, "entries").find(|entry| text(entry, "kind") == "incident.opened");
    opened.and_then(|entry| text(entry, "at").parse().ok()).ok_or_else(|| Error::other("no incident is on record"))
}

fn rows<'a>(of: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    of.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(of: &'a Value, name: &str) -> &'a str {
    of.get(name).and_then(Value::as_str).unwrap_or_default()
}
