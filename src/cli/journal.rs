//! `relco journal …`: is the record whole, and writing a good one in the place of a damaged one.

use std::path::PathBuf;

use serde_json::json;

use super::args::{Global, JournalCommand};
use super::exit::{Ending, Exit, Failure};
use super::options;
use super::output::{Output, safe};
use crate::session::{self, Session, VerifyError};

impl From<VerifyError> for Failure {
    fn from(error: VerifyError) -> Self {
        let exit = match &error {
            VerifyError::NotNeeded(_) => Exit::Refused,
            VerifyError::Journal(_) => Exit::Environment,
        };
        Self { exit, what: error.to_string(), hint: error.hint().map(str::to_owned) }
    }
}

/// Runs a journal command; with a file it needs no project.
pub fn run(global: &Global, command: &JournalCommand) -> Ending {
    let out = Output::new(global.json);
    match command {
        JournalCommand::Verify { file } => verify(&out, &path(global, file.as_ref())?),
        JournalCommand::Repair { file } => repair(&out, &path(global, file.as_ref())?),
    }
}

fn path(global: &Global, file: Option<&PathBuf>) -> Result<PathBuf, Failure> {
    match file {
        Some(file) => Ok(file.clone()),
        None => Ok(Session::open(&options(global))?.journal_path()),
    }
}

fn verify(out: &Output, path: &std::path::Path) -> Ending {
    let found = session::verify(path)?;
    let exit = if found.clean { Exit::Done } else { Exit::Environment };
    if out.json {
        out.document(&json!({
            "schema": 1,
            "verdict": found.verdict,
            "good_records": found.good_records,
            "head": found.head,
            "at_byte": found.at_byte,
        }));
        return Ok(exit);
    }
    let records = if found.good_records == 1 { "record" } else { "records" };
    out.line(safe(&format!("{}  {}", found.verdict, path.display())));
    out.line(format!("{} good {records}, the last is {}", found.good_records, found.head));
    if let Some(at) = found.at_byte {
        out.line(format!("not good from byte {at} on"));
    }
    match (found.verdict, &found.newer) {
        (_, Some(newer)) => out.hint(&format!("{newer}: use the relco that wrote it, or a newer one")),
        ("clean", None) => {}
        ("torn tail", None) => out.hint("the last append did not end; the next one moves its bytes aside"),
        _ => out.hint("relco journal repair writes a new file from the good records and keeps this one"),
    }
    Ok(exit)
}

fn repair(out: &Output, path: &std::path::Path) -> Ending {
    let done = session::repair(path)?;
    if out.json {
        out.document(&json!({
            "schema": 1,
            "was": done.was,
            "kept": done.kept.display().to_string(),
            "carried_over": done.carried_over,
            "left_behind_bytes": done.left_behind_bytes,
        }));
        return Ok(Exit::Done);
    }
    out.line(safe(&format!("{}  was: {}", path.display(), done.was)));
    out.line(format!("{} records carried over, {} bytes left behind", done.carried_over, done.left_behind_bytes));
    out.line(safe(&format!("the file as it was: {}", done.kept.display())));
    Ok(Exit::Done)
}
