//! `relco log`: the output of a step, and of a run as it goes.

use std::path::Path;
use std::time::Duration;

use super::Context;
use super::exit::{Ending, Exit, Failure};
use super::output::{Output, safe};
use crate::domain::id::{AttemptId, ItemRef, RunId};
use crate::domain::release::ReleaseState;
use crate::domain::run::Attempt;
use crate::domain::text;
use crate::session::Session;
use crate::steplog::Reader;

/// How many cells of one line are printed; the file keeps all of it.
const LINE_CELLS: usize = 2000;
/// How many bytes of one line are looked at.
const LINE_BYTES: usize = 16 * 1024;
/// How many lines are read at once.
const PAGE_LINES: usize = 512;
/// How long to wait between two looks at a log that grows.
const LOOK: Duration = Duration::from_millis(100);

/// Prints the output of a step's latest attempt.
pub fn run(context: &mut Context, step: Option<&str>, follow: bool) -> Ending {
    let release = context.session.release().ok_or_else(|| no_attempt("no release is open"))?;
    let attempt = find(release, step).ok_or_else(|| no_attempt("no attempt of that step is on record"))?.id.clone();
    let dir = context.session.attempt_dir(&attempt).ok_or_else(|| no_attempt("no release is open"))?;
    let mut printer = Printer::default();
    loop {
        printer.show(&dir, &context.out);
        let running = context.session.release().and_then(|release| release.attempts.get(&attempt));
        let running = running.is_some_and(|attempt| attempt.outcome.is_none());
        if !follow || !running {
            break;
        }
        context.session.pump(LOOK)?;
    }
    printer.show(&dir, &context.out);
    Ok(Exit::Done)
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
    seen: Vec<(crate::domain::id::ItemId, crate::domain::item::ItemState)>,
    printers: Vec<(AttemptId, Printer)>,
}

impl Follower {
    /// A follower of this run; a quiet one prints nothing.
    pub fn new(run: RunId, quiet: bool) -> Self {
        Self { run, quiet, seen: Vec::new(), printers: Vec::new() }
    }

    /// Prints what is new.
    pub fn show(&mut self, session: &Session, out: &Output) {
        if self.quiet {
            return;
        }
        let Some(release) = session.release() else { return };
        let Some(run) = release.run(&self.run) else { return };
        let first_look = self.seen.is_empty();
        for slot in &run.sequence {
            for attempt in release.attempts_of(&run.id, &slot.id) {
                if let Some(dir) = session.attempt_dir(&attempt.id) {
                    self.print_log(&attempt.id, &dir, attempt.outcome.is_some() && first_look, out);
                }
            }
            let state = run.state(&slot.id);
            let before = self.seen.iter().position(|(id, _)| *id == slot.id);
            let changed = before.and_then(|at| self.seen.get(at)).is_none_or(|(_, seen)| *seen != state);
            if !changed {
                continue;
            }
            match before.and_then(|at| self.seen.get_mut(at)) {
                Some(entry) => entry.1 = state,
                None => self.seen.push((slot.id.clone(), state)),
            }
            let quiet = first_look || state == crate::domain::item::ItemState::Open;
            if !quiet {
                let evidence = run.records.get(&slot.id).map(|record| record.evidence.line()).unwrap_or_default();
                let evidence = if evidence.is_empty() { String::new() } else { format!("  {evidence}") };
                out.line(format!("{} {}", out.state(state), safe(&format!("{} {state}{evidence}", slot.id))));
            }
        }
    }

    fn print_log(&mut self, attempt: &AttemptId, dir: &Path, old: bool, out: &Output) {
        let at = self.printers.iter().position(|(id, _)| id == attempt);
        let at = at.unwrap_or_else(|| {
            let printed = if old { u64::MAX } else { 0 };
            self.printers.push((attempt.clone(), Printer { reader: None, printed }));
            self.printers.len() - 1
        });
        if let Some((_, printer)) = self.printers.get_mut(at)
            && printer.printed != u64::MAX
        {
            printer.show(dir, out);
        }
    }
}
