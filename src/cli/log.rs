//! `relco log`: the output of a step, and of a run as it goes.

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use super::Context;
use super::exit::{Ending, Exit, Failure};
use super::output::{Output, safe};
use crate::domain::id::{AttemptId, ItemId, ItemRef, RunId};
use crate::domain::item::ItemState;
use crate::domain::release::ReleaseState;
use crate::domain::run::{Attempt, lost_words};
use crate::domain::text;
use crate::session::Session;
use crate::steplog::{LOG_NAME, Reader};

/// How many cells of one line are printed; the file keeps all of it.
const LINE_CELLS: usize = 2000;
/// How many bytes of one line are looked at.
const LINE_BYTES: usize = 16 * 1024;
/// How many lines a document for machines holds.
const DOCUMENT_LINES: usize = 1000;
/// How many lines are read at once.
const PAGE_LINES: usize = 512;
/// How long to wait between two looks at a log that grows.
const LOOK: Duration = Duration::from_millis(100);

/// Prints the output of a step's latest attempt.
pub fn run(context: &mut Context, step: Option<&str>, follow: bool) -> Ending {
    let release = context.session.release().ok_or_else(|| no_attempt("no release is open"))?;
    let Some(attempt) = find(release, step).map(|attempt| attempt.id.clone()) else {
        let check = step.and_then(|name| Some((name, context.session.check_log_dir(name)?)));
        let (name, dir) = check.ok_or_else(|| no_attempt("no attempt of that step is on record"))?;
        return Ok(of_check(context, name, &dir));
    };
    let dir = context.session.attempt_dir(&attempt).ok_or_else(|| no_attempt("no release is open"))?;
    let mut printer = Printer::default();
    loop {
        if !context.out.json {
            printer.show(&dir, &context.out);
        }
        let running = context.session.release().and_then(|release| release.attempts.get(&attempt));
        let running = running.is_some_and(|attempt| attempt.outcome.is_none());
        if !follow || !running {
            break;
        }
        context.session.pump(LOOK)?;
    }
    if context.out.json {
        context.out.document(&document(context, &attempt, &dir));
    } else {
        printer.show(&dir, &context.out);
        let attempt = context.session.release().and_then(|release| release.attempts.get(&attempt));
        if let Some(lost) = attempt.and_then(|attempt| attempt.lost_bytes) {
            context.out.warn(&format!("this is not all of it{}", lost_words(Some(lost))));
        }
    }
    Ok(Exit::Done)
}

/// What a check said when it ran last.
fn of_check(context: &Context, name: &str, dir: &Path) -> Exit {
    if context.out.json {
        let (total, texts) = last_lines(dir);
        context.out.document(&json!({
            "schema": 1,
            "attempt": null,
            "run": null,
            "item": name,
            "number": null,
            "outcome": null,
            "path": dir.join(LOG_NAME).display().to_string(),
            "line_count": total,
            "first_line": (total + 1).saturating_sub(texts.len() as u64),
            "lines": texts,
        }));
    } else {
        Printer::default().show(dir, &context.out);
    }
    Exit::Done
}

/// How many lines a log has, and the last of them.
fn last_lines(dir: &Path) -> (u64, Vec<String>) {
    let (total, lines) = match Reader::open(dir) {
        Ok(reader) => {
            let first = reader.lines().saturating_sub(DOCUMENT_LINES as u64);
            (reader.lines(), reader.read_lines(first, DOCUMENT_LINES, LINE_BYTES).unwrap_or_default())
        }
        Err(_) => (0, Vec::new()),
    };
    (total, lines.iter().map(|line| text::sanitize_line(&line.bytes, LINE_CELLS).text()).collect())
}

/// The last lines with what they are of; a log may be larger than any document.
fn document(context: &Context, id: &AttemptId, dir: &Path) -> serde_json::Value {
    let attempt = context.session.release().and_then(|release| release.attempts.get(id));
    let (total, texts) = last_lines(dir);
    json!({
        "schema": 1,
        "attempt": id.as_str(),
        "run": attempt.map(|one| one.run.as_str()),
        "item": attempt.map(|one| one.slot.as_str()),
        "number": attempt.map(|one| one.number),
        "outcome": attempt.and_then(|one| one.outcome.as_ref()).map(|outcome| outcome.words()),
        "path": dir.join(LOG_NAME).display().to_string(),
        "line_count": total,
        "first_line": (total + 1).saturating_sub(texts.len() as u64),
        "lines": texts,
    })
}

fn no_attempt(what: &str) -> Failure {
    Failure { exit: Exit::Refused, what: what.to_owned(), hint: Some("relco item list".to_owned()) }
}

fn find<'a>(release: &'a ReleaseState, step: Option<&str>) -> Option<&'a Attempt> {
    let latest = |matches: &dyn Fn(&Attempt) -> bool| {
        release.attempts.values().filter(|one| matches(one)).max_by_key(|one| (one.intended, one.number))
    };
    let Some(step) = step else { return latest(&|_| true) };
    if let Some(attempt) = release.attempts.get(&AttemptId::new(step)) {
        return Some(attempt);
    }
    let named = ItemRef::parse(step);
    latest(&|one| one.slot == named.item && named.run.as_ref().is_none_or(|run| one.run == *run))
}

/// Prints what is new in a log since the last look.
#[derive(Debug, Default)]
struct Printer {
    reader: Option<Reader>,
    printed: u64,
}

impl Printer {
    fn show(&mut self, dir: &Path, out: &Output) {
        if self.reader.is_none() {
            self.reader = Reader::open(dir).ok();
        }
        let Some(reader) = &mut self.reader else { return };
        if reader.refresh().is_err() {
            return;
        }
        let (printed, total) = (self.printed, reader.lines());
        let mut at = printed;
        while at < total {
            let Ok(lines) = reader.read_lines(at, PAGE_LINES, LINE_BYTES) else { return };
            if lines.is_empty() {
                break;
            }
            for line in &lines {
                out.line(text::sanitize_line(&line.bytes, LINE_CELLS).text());
                at += 1;
            }
            self.printed = at;
        }
    }
}

/// Prints a run as it goes: which slot is at work, its output, how it ended.
#[derive(Debug)]
pub struct Follower {
    run: RunId,
    quiet: bool,
    seen: Vec<(ItemId, ItemState)>,
    printers: Vec<(AttemptId, Printer)>,
    /// Attempts that had ended before: their output was seen, or nobody wanted it.
    old: Vec<AttemptId>,
}

impl Follower {
    /// A follower of this run that prints what comes after this moment; a quiet one prints nothing.
    pub fn new(run: RunId, quiet: bool, session: &Session) -> Self {
        let mut follower = Self { run, quiet, seen: Vec::new(), printers: Vec::new(), old: Vec::new() };
        if let Some(release) = session.release()
            && let Some(run) = release.run(&follower.run)
        {
            follower.seen = run.sequence.iter().map(|slot| (slot.id.clone(), run.state(&slot.id))).collect();
            let ended = release.attempts.values().filter(|one| one.run == run.id && one.outcome.is_some());
            follower.old = ended.map(|one| one.id.clone()).collect();
        }
        follower
    }

    /// A follower of a run that begins now: everything of it is printed.
    pub fn begin(run: RunId, quiet: bool) -> Self {
        Self { run, quiet, seen: Vec::new(), printers: Vec::new(), old: Vec::new() }
    }

    /// The run that is followed.
    pub fn run(&self) -> Option<&RunId> {
        Some(&self.run)
    }

    /// Prints what is new.
    pub fn show(&mut self, session: &Session, out: &Output) {
        if self.quiet {
            return;
        }
        let Some(release) = session.release() else { return };
        let Some(run) = release.run(&self.run) else { return };
        for slot in &run.sequence {
            let state = run.state(&slot.id);
            let line = || {
                let evidence = run.records.get(&slot.id).map(|record| record.evidence.line()).unwrap_or_default();
                let evidence = if evidence.is_empty() { String::new() } else { format!("  {evidence}") };
                format!("{} {}", out.state(state), safe(&format!("{} {state}{evidence}", slot.id)))
            };
            let changed = self.changed(&slot.id, state);
            // That it began stands above its output, how it ended below.
            if changed && state == ItemState::Doing {
                out.line(line());
            }
            for attempt in release.attempts_of(&run.id, &slot.id) {
                if let Some(dir) = session.attempt_dir(&attempt.id) {
                    self.print_log(&attempt.id, &dir, out);
                }
            }
            if changed && state != ItemState::Doing {
                out.line(line());
            }
        }
    }

    /// Whether this is news about a slot, which is kept. A slot nobody has seen yet was open.
    fn changed(&mut self, slot: &ItemId, state: ItemState) -> bool {
        match self.seen.iter_mut().find(|(id, _)| id == slot) {
            Some((_, seen)) => std::mem::replace(seen, state) != state,
            None => {
                self.seen.push((slot.clone(), state));
                state != ItemState::Open
            }
        }
    }

    fn print_log(&mut self, attempt: &AttemptId, dir: &Path, out: &Output) {
        if self.old.contains(attempt) {
            return;
        }
        let at = self.printers.iter().position(|(id, _)| id == attempt).unwrap_or_else(|| {
            self.printers.push((attempt.clone(), Printer::default()));
            self.printers.len() - 1
        });
        if let Some((_, printer)) = self.printers.get_mut(at) {
            printer.show(dir, out);
        }
    }
}
