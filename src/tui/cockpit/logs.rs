//! The log pane's content: whose output is shown, and how the pane follows what happens.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::duration;
use crate::domain::id::AttemptId;
use crate::domain::item::ItemState;
use crate::domain::overdue::{self, Limit};
use crate::domain::run::{Attempt, AttemptOutcome};
use crate::steplog::Reader;
use crate::tui::glyphs::State;
use crate::tui::listing::ListRow;
use crate::tui::logview::LogCommand;
use crate::tui::screen::LogTitle;

use super::Cockpit;

/// Whose output the log pane shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LogOf {
    /// An attempt's.
    Attempt(AttemptId),
    /// What a check said when it ran last.
    Check {
        /// The name under which it is kept: `alerts`, `gate:qa`.
        name: String,
        /// When its verdict was recorded: another time is another output.
        at: Timestamp,
    },
}

impl Cockpit {
    /// Whose log the pane should show: the selected row's; else the running step's; else the latest.
    fn wanted_log(&self) -> Option<LogOf> {
        let release = self.snapshot()?.release.as_ref()?;
        let of = |attempt: &Attempt| LogOf::Attempt(attempt.id.clone());
        let running = release.running().max_by_key(|one| one.intended).map(of);
        let of_row = self.selected_row().and_then(|row| match (row.run.as_ref(), row.item.as_ref()) {
            (Some(run), Some(item)) => release.attempts_of(run, item).pop().map(of),
            _ => self.check_of(row),
        });
        let latest = || release.attempts.values().max_by_key(|one| (one.intended, one.number)).map(of);
        // While the selection follows what is next, the log follows what runs; a row chosen by hand shows its own.
        let wanted = if self.selection_by_hand { of_row.or(running) } else { running.or(of_row) };
        wanted.or_else(latest).or_else(|| self.shown_check())
    }

    /// The check whose output is shown, with what it said last: it may have run again since.
    fn shown_check(&self) -> Option<LogOf> {
        let Some(LogOf::Check { name, .. }) = &self.log_of else { return None };
        let same = |of: &LogOf| matches!(of, LogOf::Check { name: other, .. } if other == name);
        self.listing.rows.iter().filter_map(|row| self.check_of(row)).find(same)
    }

    /// The check of a gate or an item outside of runs, where what it said is kept.
    fn check_of(&self, row: &ListRow) -> Option<LogOf> {
        let at = row.at.filter(|_| matches!(row.state, Some(ItemState::Done | ItemState::Failed)))?;
        let name = match (&row.gate, &row.item) {
            (Some(gate), _) => format!("gate:{gate}"),
            (None, item) => item.as_ref()?.to_string(),
        };
        self.snapshot()?.check_log_dir(&name)?;
        Some(LogOf::Check { name, at })
    }

    fn log_dir(&self, of: &LogOf) -> Option<PathBuf> {
        match of {
            LogOf::Attempt(id) => self.snapshot()?.attempt_dir(id),
            LogOf::Check { name, .. } => self.snapshot()?.check_log_dir(name),
        }
    }

    fn attempt(&self, of: &LogOf) -> Option<&Attempt> {
        let LogOf::Attempt(id) = of else { return None };
        self.snapshot()?.release.as_ref()?.attempts.get(id)
    }

    /// How what is shown ended: nothing while it goes on.
    fn ending(&self, of: &LogOf) -> Option<State> {
        let row = || self.listing.rows.iter().find(|row| self.check_of(row).as_ref() == Some(of));
        match (self.attempt(of), of) {
            (Some(attempt), _) => attempt.outcome.as_ref().map(|outcome| match outcome {
                outcome if outcome.ok() => State::Done,
                AttemptOutcome::Unknown => State::Unknown,
                _ => State::Failed,
            }),
            (None, LogOf::Attempt(_)) => None,
            (None, LogOf::Check { .. }) => match row().and_then(|row| row.state) {
                Some(ItemState::Failed) => Some(State::Failed),
                _ => Some(State::Done),
            },
        }
    }

    /// Opens the log that should be shown, if it is another one, and stands on its first error when it failed.
    pub(super) fn show_wanted_log(&mut self) {
        let Some(of) = self.wanted_log() else {
            // What a check said before its word was taken back is not what it says.
            if matches!(self.log_of, Some(LogOf::Check { .. })) {
                self.log_of = None;
                self.log.close();
            }
            return;
        };
        let ended = self.ending(&of);
        if self.log_of.as_ref() != Some(&of) || !self.log.is_open() {
            let Some(reader) = self.log_dir(&of).and_then(|dir| Reader::open(&dir).ok()) else { return };
            let name = match (&of, self.attempt(&of)) {
                (LogOf::Check { name, .. }, _) => name.clone(),
                (_, attempt) => attempt.map(|attempt| attempt.slot.to_string()).unwrap_or_default(),
            };
            self.log.open(&name, reader);
            self.log_of = Some(of.clone());
            self.log_failure_shown = None;
            self.log_end_seen = None;
        }
        self.log.is_over(ended.is_some());
        // All that it printed was in the file before its end was told, so one more look shows its last lines.
        if ended.is_some() && self.log_end_seen.as_ref() != Some(&of) {
            self.log_end_seen = Some(of.clone());
            self.look_at_log();
        }
        let failed = matches!(ended, Some(State::Failed | State::Unknown));
        if failed && self.log_failure_shown.as_ref() != Some(&of) {
            self.log_failure_shown = Some(of);
            self.log.tick();
            self.log.handle(LogCommand::FirstError);
        }
    }

    /// What stands on the log pane's rule.
    pub(super) fn log_title(&self) -> Option<LogTitle> {
        let of = self.log_of.as_ref()?;
        let facts = self.log.title();
        let attempt = self.attempt(of);
        let took = attempt.and_then(|attempt| match (attempt.started, attempt.ended) {
            (Some(started), Some(ended)) => Some(duration::between(started, ended)),
            _ if attempt.outcome.is_none() => Some(duration::between(attempt.intended, self.now.wall)),
            _ => None,
        });
        let outcome = attempt.and_then(|attempt| attempt.outcome.as_ref()).filter(|outcome| !outcome.ok());
        let running = attempt.filter(|attempt| attempt.outcome.is_none());
        Some(LogTitle {
            what: facts.name.clone(),
            state: Some(self.ending(of).unwrap_or(State::Running)),
            outcome: outcome.map(AttemptOutcome::words),
            took,
            usual: running.and_then(|attempt| self.usual(attempt)),
            lines: facts.lines,
            silent: attempt.and_then(|attempt| self.silence(attempt)),
            over: attempt.and_then(|attempt| {
                overdue::questions(attempt).find(|one| one.limit == Limit::Timeout).map(|one| one.allowed)
            }),
            asks: attempt.is_some_and(|attempt| overdue::questions(attempt).next().is_some()),
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
        let of_step = self.log_of.as_ref().filter(|of| matches!(of, LogOf::Attempt(_)));
        let dir = of_step.and_then(|of| self.log_dir(of));
        dir.map(|dir| crate::session::log_tail(&dir)).unwrap_or_default()
    }

    /// Searches or filters the log.
    pub(super) fn look_for(&mut self, filter: bool, text: &str) {
        let command = if filter { LogCommand::Filter(text.to_owned()) } else { LogCommand::Search(text.to_owned()) };
        self.log.handle(command);
        self.focus = crate::tui::layout::Pane::Log;
    }
}
