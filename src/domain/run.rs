//! Runs and attempts: one passage through a sequence in one environment, and the executions of its steps.
//!
//! A run's sequence is fixed when it starts, so that replay never depends on how a later relco would have
//! arranged it. Entry: [`Run`], [`Attempt`].

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::id::{AttemptId, EnvName, ItemId, RunId, SessionId, TriggerId};
use super::item::{ItemRecord, ItemState};
use super::named::named;
use super::overdue::Overdue;
use super::plan::List;
use super::trigger::Verdict;
use super::trigger::baseline::Baseline;

named! {
    /// What a run is for.
    RunPurpose {
        /// Brings the new version.
        Deployment = "deployment",
        /// Takes a run back.
        Rollback = "rollback",
        /// Deploys, rolls back and verifies, as one recorded act.
        Rehearsal = "rehearsal",
    }
}

named! {
    /// How a run ended.
    RunOutcome {
        /// Every slot is settled.
        Succeeded = "succeeded",
        /// A person ended it before its end.
        Aborted = "aborted",
        /// A rollback took over.
        RolledBack = "taken over by a rollback",
    }
}

named! {
    /// What a slot does with its item.
    Act {
        /// The item as the plan has it.
        Do = "do",
        /// The undo of the item's step.
        Undo = "undo",
        /// What ends the work that the item's step left running elsewhere.
        Cancel = "cancel",
    }
}

/// One place in a run's sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// How the run calls it; `undo-migrate` for an undo. Unique within the run.
    pub id: ItemId,
    /// The plan's item.
    pub item: ItemId,
    /// What it does with it.
    pub act: Act,
    /// The list it stands in.
    pub list: List,
}

named! {
    /// What a step's own read-only question says: is it applied?
    CheckSaid {
        /// It is.
        Applied = "applied",
        /// It is not.
        NotApplied = "not applied",
        /// It cannot tell.
        CannotTell = "cannot tell",
    }
}

impl CheckSaid {
    /// In words, about an attempt that is over: `check says it was applied`.
    pub fn words(self) -> &'static str {
        match self {
            CheckSaid::Applied => "check says it was applied",
            CheckSaid::NotApplied => "check says it was not applied",
            CheckSaid::CannotTell => "check cannot tell",
        }
    }
}

/// An answer of a step's own question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What it says.
    pub said: CheckSaid,
    /// The command, and how it ended.
    pub words: String,
    /// When.
    pub at: Timestamp,
}

/// How an attempt ended, as far as the kernel or a person said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// Exit status.
    Exited(i32),
    /// Ended by a signal.
    Signalled(i32),
    /// The command could not be executed.
    NotExecuted(String),
    /// It was declared not to have started; nothing ran.
    NotStarted,
    /// Nobody knows.
    Unknown,
}

impl AttemptOutcome {
    /// Whether it worked: exit 0, and only that.
    pub fn ok(&self) -> bool {
        matches!(self, AttemptOutcome::Exited(0))
    }

    /// In words: `exit 1`, `ended by signal 15`.
    pub fn words(&self) -> String {
        match self {
            AttemptOutcome::Exited(code) => format!("exit {code}"),
            AttemptOutcome::Signalled(signal) => format!("ended by signal {signal}"),
            AttemptOutcome::NotExecuted(why) => format!("could not be executed: {why}"),
            AttemptOutcome::NotStarted => "did not start".to_owned(),
            AttemptOutcome::Unknown => "outcome unknown".to_owned(),
        }
    }
}

/// What is said behind an outcome when not all output could be written; nothing when it could.
pub fn lost_words(lost_bytes: Option<u64>) -> String {
    match lost_bytes {
        None | Some(0) => String::new(),
        Some(1) => "; 1 byte of its output could not be written".to_owned(),
        Some(bytes) => format!("; {bytes} bytes of its output could not be written"),
    }
}

/// One execution of a step or of its undo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its id.
    pub id: AttemptId,
    /// Its run.
    pub run: RunId,
    /// The slot of the run.
    pub slot: ItemId,
    /// Step or undo.
    pub act: Act,
    /// Counted from 1 within the slot.
    pub number: u32,
    /// The exact command.
    pub argv: Vec<String>,
    /// The session that started it.
    pub session: SessionId,
    /// When the intent was recorded.
    pub intended: Timestamp,
    /// When the command started, once known.
    pub started: Option<Timestamp>,
    /// When it ended, once known.
    pub ended: Option<Timestamp>,
    /// How it ended; `None` while it may still be running.
    pub outcome: Option<AttemptOutcome>,
    /// What it left running.
    pub left_running: Vec<String>,
    /// Lines in its log, once ended.
    pub log_lines: u64,
    /// Who asked it to stop, and why, where somebody did.
    pub stopped: Option<String>,
    /// What the step's own question said last about it.
    pub checked: Option<Checked>,
    /// Bytes of its output that could not be written, when there were any.
    pub lost_bytes: Option<u64>,
    /// What a person said about an unknown outcome.
    pub resolved: Option<bool>,
    /// The limits that it was found to be over, in their order.
    pub overdue: Vec<Overdue>,
}

impl Attempt {
    /// Whether something of it may still be at work elsewhere: it was stopped, its end was lost, or it left something
    /// running.
    pub fn may_go_on_elsewhere(&self) -> bool {
        let lost = matches!(self.outcome, None | Some(AttemptOutcome::Unknown));
        lost || self.stopped.is_some() || !self.left_running.is_empty()
    }
}

/// What a measured trigger said last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The verdict.
    pub verdict: Verdict,
    /// What it rests on.
    pub words: String,
    /// It only judges, and proposes nothing.
    pub dry_run: bool,
    /// When.
    pub at: Timestamp,
}

/// A pause, with its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Since when.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
    /// Who spoke.
    pub by: String,
}

/// A run as its events left it.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// Where.
    pub env: EnvName,
    /// What for.
    pub purpose: RunPurpose,
    /// The run that a rollback takes back.
    pub of: Option<RunId>,
    /// The version that was live before.
    pub from: Option<String>,
    /// The version that is live afterwards.
    pub to: String,
    /// The candidate.
    pub commit: String,
    /// The plan's hash.
    pub plan_hash: String,
    /// What it walks through.
    pub sequence: Vec<Slot>,
    /// What became of each slot; absent means open.
    pub records: BTreeMap<ItemId, ItemRecord>,
    /// Where its commands run, when that is not the project's directory: a work tree of the candidate.
    pub dir: Option<String>,
    /// Runs on until something fails or needs a person.
    pub all: bool,
    /// Who has the right to advance it.
    pub conductor: Option<SessionId>,
    /// Nothing new starts.
    pub paused: Option<Pause>,
    /// Ended pauses, for the time that counts.
    pub pauses: Vec<(Timestamp, Timestamp)>,
    /// What was usual before the first change, for each measured trigger.
    pub baselines: BTreeMap<TriggerId, Baseline>,
    /// What each measured trigger said last.
    pub verdicts: BTreeMap<TriggerId, Judged>,
    /// When it began.
    pub started: Timestamp,
    /// When and how it ended.
    pub ended: Option<(Timestamp, RunOutcome)>,
}

impl Run {
    /// Whether it is not over.
    pub fn is_open(&self) -> bool {
        self.ended.is_none()
    }

    /// The slot of that id.
    pub fn slot(&self, id: &ItemId) -> Option<&Slot> {
        self.sequence.iter().find(|slot| slot.id == *id)
    }

    /// The state of a slot.
    pub fn state(&self, id: &ItemId) -> ItemState {
        self.records.get(id).map_or(ItemState::Open, |record| record.state)
    }

    /// The first slot that is not settled.
    pub fn next(&self) -> Option<&Slot> {
        self.sequence.iter().find(|slot| !self.state(&slot.id).settled())
    }

    /// Whether every slot of these lists is settled.
    pub fn settled(&self, lists: &[List]) -> bool {
        self.sequence.iter().filter(|slot| lists.contains(&slot.list)).all(|slot| self.state(&slot.id).settled())
    }

    /// The time it was paused in all, in seconds, up to `now`.
    pub fn paused_seconds(&self, now: Timestamp) -> u64 {
        let over: u64 = self.pauses.iter().map(|(from, to)| super::time::seconds_between(*from, *to)).sum();
        over + self.paused.as_ref().map_or(0, |pause| super::time::seconds_between(pause.at, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_output_is_said_and_none_is_not() {
        assert_eq!(lost_words(None) + &lost_words(Some(0)), "");
        assert_eq!(lost_words(Some(1)), "; 1 byte of its output could not be written");
        assert_eq!(lost_words(Some(2)), "; 2 bytes of its output could not be written");
    }
}
