//! The log pane's content: which attempt's log is shown, and how the pane follows what happens.

use std::time::Duration;

use crate::domain::duration;
use crate::domain::overdue::{self, Limit};
use crate::domain::run::Attempt;
use crate::steplog::Reader;
use crate::tui::glyphs::State;
use crate::tui::logview::LogCommand;
use crate::tui::screen::LogTitle;

use super::Cockpit;

impl Cockpit {
    /// The attempt whose log the pane should show: that of the selected row; else the running one; else the latest.
    fn wanted_attempt(&self) -> Option<&Attempt> {
        let release = self.snapshot()?.release.as_ref()?;
        let running = release.running().max_by_key(|one| one.intended);
        let of_row = self.selected_row().and_then(|row| {
            let (run, item) = (row.run.as_ref()?, row.item.as_ref()?);
            release.attempts_of(run, item).pop()
        });
        let latest = || release.attempts.values().max_by_key(|one| (one.intended, one.number));
        // While the selection follows what is next, the log follows what runs; a row chosen by hand shows its own.
        if self.selection_by_hand { of_row.or(running).or_else(latest) } else { running.or(of_row).or_else(latest) }
    }

    /// Opens the log that should be shown, if it is another one, and stands on its first error when it failed.
    pub(super) fn show_wanted_log(&mut self) {
        let Some(attempt) = self.wanted_attempt() else { return };
        let (id, slot) = (attempt.id.clone(), attempt.slot.to_string());
        let ended = attempt.outcome.is_some();
        let failed = attempt.outcome.as_ref().is_some_and(|outcome| !outcome.ok());
        if self.log_of.as_ref() != Some(&id) || !self.log.is_open() {
            let dir = self.snapshot().and_then(|one| one.attempt_dir(&id));
            let Some(reader) = dir.and_then(|dir| Reader::open(&dir).ok()) else { return };
            self.log.open(&slot, reader);
            self.log_of = Some(id.clone());
            self.log_failure_shown = None;
            self.log_end_seen = None;
        }
        self.log.is_over(ended);
        // All that it printed was in the file before its end was told, so one more look shows its last lines.
        if ended && self.log_end_seen.as_ref() != Some(&id) {
            self.log_end_seen = Some(id.clone());
            self.look_at_log();
        }
        if failed && self.log_failure_shown.as_ref() != Some(&id) {
            self.log_failure_shown = Some(id);
            self.log.tick();
            self.log.handle(LogCommand::FirstError);
        }
    }

    /// What stands on the log pane's rule.
    pub(super) fn log_title(&self) -> Option<LogTitle> {
        let id = self.log_of.as_ref()?;
        let release = self.snapshot()?.release.as_ref()?;
        let attempt = release.attempts.get(id)?;
        let facts = self.log.title();
        let took = match (attempt.started, attempt.ended) {
            (Some(started), Some(ended)) => Some(duration::between(started, ended)),
            _ if attempt.outcome.is_none() => Some(duration::between(attempt.intended, self.now.wall)),
            _ => None,
        };
        let outcome = attempt.outcome.as_ref().filter(|outcome| !outcome.ok()).map(|outcome| outcome.words());
        Some(LogTitle {
            what: attempt.slot.to_string(),
            state: Some(match &attempt.outcome {
                None => State::Running,
                Some(outcome) if outcome.ok() => State::Done,
                Some(crate::domain::run::AttemptOutcome::Unknown) => State::Unknown,
                Some(_) => State::Failed,
            }),
            outcome,
            took,
            usual: attempt.outcome.is_none().then(|| self.usual(attempt)).flatten(),
            lines: facts.lines,
            silent: self.silence(attempt),
            over: overdue::questions(attempt).find(|one| one.limit == Limit::Timeout).map(|one| one.allowed),
            asks: overdue::questions(attempt).next().is_some(),
            right: facts.states().join(" · "),
        })
    }

    /// How long an attempt's step usually takes.
    fn usual(&self, attempt: &Attempt) -> Option<Duration> {
        let snapshot = self.snapshot()?;
        snapshot.usual.slot(snapshot.release.as_ref()?.run(&attempt.run)?, &attempt.slot)
    }

    /// For how long a running step printed nothing, once that is worth a warning.
    fn silence(&self, attempt: &Attempt) -> Option<Duration> {
        if attempt.outcome.is_some() {
            return None;
        }
        let snapshot = self.snapshot()?;
        let run = snapshot.release.as_ref()?.run(&attempt.run)?;
        let item = snapshot.plan.item(&run.slot(&attempt.slot)?.item)?;
        let crate::domain::plan::ItemKind::Command(step) = &item.kind else { return None };
        let limit = step.silence?;
        let since = self.log_grew_at?;
        let quiet = self.now.mono.saturating_duration_since(since);
        (quiet >= limit).then_some(quiet)
    }

    /// What an incident that a person opens keeps of the log that is shown.
    pub(super) fn log_tail(&self) -> Vec<String> {
        let dir = self.log_of.as_ref().and_then(|id| self.snapshot()?.attempt_dir(id));
        dir.map(|dir| crate::session::log_tail(&dir)).unwrap_or_default()
    }

    /// Searches or filters the log.
    pub(super) fn look_for(&mut self, filter: bool, text: &str) {
        let command = if filter { LogCommand::Filter(text.to_owned()) } else { LogCommand::Search(text.to_owned()) };
        self.log.handle(command);
        self.focus = crate::tui::layout::Pane::Log;
    }
}
