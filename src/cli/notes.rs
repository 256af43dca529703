//! `relco notes`: the release notes as they are written, or a draft; and keeping a text as the notes.

use std::io::Read;
use std::path::Path;

use serde_json::json;

use super::Context;
use super::exit::{Ending, Exit, Failure};
use super::output::safe;
use crate::domain::notes::placeholders;

/// The most bytes that notes may have: far beyond any that somebody reads.
const MOST_BYTES: u64 = 1024 * 1024;

/// Keeps notes, or shows them; without any a draft, and with `draft` a draft whatever is written.
pub fn run(context: &mut Context, write: Option<&Path>, draft: bool, merge: bool) -> Ending {
    if let Some(path) = write {
        return keep(context, path);
    }
    if merge {
        return self::merge(context);
    }
    let written = context.session.written_notes().filter(|_| !draft);
    let is_draft = written.is_none();
    let text = match written {
        Some(text) => text,
        None => context.session.notes_draft()?,
    };
    let left = placeholders(&text);
    if context.out.json {
        context.out.document(&json!({ "schema": 1, "notes": text, "written": !is_draft, "placeholders": left }));
        return Ok(Exit::Done);
    }
    for line in text.lines() {
        context.out.line(safe(line));
    }
    if is_draft {
        context.out.hint("a draft, kept nowhere: relco notes --draft > FILE, edit it, relco notes --write FILE");
    } else {
        if !left.is_empty() {
            context.out.hint(&format!("still to be written: {}", left.join(", ")));
        }
        let new = context.session.merged_notes().ok().flatten().map_or(0, |merged| merged.added.len());
        if new > 0 {
            let lines = if new == 1 { "1 line is".to_owned() } else { format!("{new} lines are") };
            context.out.hint(&format!("{lines} new since these were written: relco notes --merge"));
        }
    }
    Ok(Exit::Done)
}

fn merge(context: &mut Context) -> Ending {
    let (acted, merged) = context.session.merge_notes()?;
    let lines = if merged.added.len() == 1 { "1 line".to_owned() } else { format!("{} lines", merged.added.len()) };
    context.said(&acted, &format!("{lines} merged into the release notes"));
    if !context.out.json {
        for line in &merged.added {
            context.out.line(safe(&format!("+ {line}")));
        }
    }
    let left = placeholders(&merged.text);
    if !left.is_empty() {
        context.out.hint(&format!("still to be written: {}", left.join(", ")));
    }
    Ok(Exit::Done)
}

fn keep(context: &mut Context, path: &Path) -> Ending {
    let text = read(path)?;
    let acted = context.session.write_notes(&text)?;
    let left = placeholders(&text);
    let said = if left.is_empty() { "release notes written" } else { "release notes kept as a draft" };
    context.said(&acted, said);
    if !left.is_empty() {
        context.out.hint(&format!("still to be written: {}", left.join(", ")));
    }
    Ok(Exit::Done)
}

fn read(path: &Path) -> Result<String, Failure> {
    let named = if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() };
    let failed = |why: &dyn std::fmt::Display| Failure::usage(format!("cannot read {named}: {why}"));
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(MOST_BYTES + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| failed(&error))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(failed(&"it is larger than 1 MiB"));
    }
    String::from_utf8(bytes).map_err(|_| failed(&"it is no UTF-8 text"))
}
