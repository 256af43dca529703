//! Questions that a step answers itself, by its own read-only commands: is it applied, can it be undone.
//!
//! Each runs on a bounded thread and answers with a command; nothing here decides what follows. A question about an
//! attempt whose end is unknown is only asked by a session that stays, never by a command that merely looks. Enter at
//! [`Session::ask_applied`], [`Session::ask_safe`] and [`Session::ask_unknown`].

use std::time::Duration;

use super::Session;
use super::effects::end_words;
use crate::domain::command::Command;
use crate::domain::id::{AttemptId, ItemId, RunId};
use crate::domain::run::{AttemptOutcome, CheckSaid};
use crate::system::bounded::End;

/// How long a question such as "can it be undone" may take.
const QUESTION_LIMIT: Duration = Duration::from_secs(60);
/// How long "is it applied" may take: an undo waits for the answer, and goes on without one.
const APPLIED_LIMIT: Duration = Duration::from_secs(15);

impl Session {
    /// Asks the question of an attempt's step whether it is applied, for a slot that waits for the answer or for
    /// nobody. Answers with a warning where there is no such question.
    pub(super) fn ask_applied(&mut self, attempt: AttemptId, for_slot: Option<(RunId, ItemId)>) -> Option<String> {
        let release = self.release()?;
        let about = release.attempts.get(&attempt)?;
        let run = release.run(&about.run)?;
        // An undo of a later run asks where that one runs.
        let place = for_slot.as_ref().and_then(|(run, _)| release.run(run)).unwrap_or(run);
        let Some(question) = self.step_of(run, &about.slot).and_then(|step| step.check) else {
            return Some(format!("{attempt}: there is nothing to ask whether it is applied"));
        };
        let command = self.bounded(&question, self.run_values(release, run), self.run_dir(place), APPLIED_LIMIT);
        self.job(move || {
            let finished = command.run();
            let said = match finished.end {
                End::Exited(0) => CheckSaid::Applied,
                End::Exited(1) => CheckSaid::NotApplied,
                _ => CheckSaid::CannotTell,
            };
            let words = format!("{} said {}", question.words(), end_words(&finished));
            vec![Command::RecordAttemptCheck { attempt, said, words, for_slot }]
        })
    }

    /// Asks a step's own question whether undoing it is safe, then goes on with the slot.
    pub(super) fn ask_safe(&mut self, run: RunId, slot: ItemId) -> Option<String> {
        let release = self.release()?;
        let entry = release.run(&run)?;
        let question = self.step_of(entry, &slot)?.safe_if?;
        let command = self.bounded(&question, self.run_values(release, entry), self.run_dir(entry), QUESTION_LIMIT);
        self.job(move || {
            let finished = command.run();
            let words = format!("{} said {}", question.words(), end_words(&finished));
            if finished.end == End::Exited(0) {
                return vec![Command::UndoIsSafe { run, slot }];
            }
            let observed = format!("not safe to undo: {words}");
            vec![Command::FinishSlot { run, slot, ok: false, observed }]
        })
    }

    /// Asks once about every attempt of an open run whose outcome is unknown and that nobody settled: what its step's
    /// own question says is shown beside it. Only what a person trusted is run.
    pub(super) fn ask_unknown(&mut self) {
        if !self.stays || !self.observed.trusted || self.read_only().is_some() {
            return;
        }
        let Some(release) = self.release() else { return };
        let open: Vec<AttemptId> = release
            .attempts
            .values()
            .filter(|one| one.outcome == Some(AttemptOutcome::Unknown) && one.resolved.is_none())
            .filter(|one| one.checked.is_none() && !self.asked_unknown.contains(&one.id))
            .filter(|one| {
                let run = release.run(&one.run).filter(|run| run.is_open());
                run.and_then(|run| self.step_of(run, &one.slot)).is_some_and(|step| step.check.is_some())
            })
            .map(|one| one.id.clone())
            .collect();
        for id in open {
            self.asked_unknown.insert(id.clone());
            self.ask_applied(id, None);
        }
    }

    /// This session stays until a person ends it, so it may ask what became of an attempt whose end is unknown.
    pub fn stay(&mut self) {
        self.stays = true;
    }
}
