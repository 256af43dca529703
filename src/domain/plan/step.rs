//! A step: what runs, what takes it back, what it is asked, and what follows when it fails. Data alone.

use std::time::Duration;

use super::CommandSpec;
use crate::domain::id::ItemId;

/// An item that runs a command.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What runs.
    pub run: CommandSpec,
    /// What it does to the world.
    pub class: EffectClass,
    /// What takes it back.
    pub undo: Option<CommandSpec>,
    /// Whether an attempt that merely started is undone.
    pub undo_when: UndoWhen,
    /// Exit 0 says that undoing is safe; without it a person must say so where `asks_safe` holds.
    pub safe_if: Option<CommandSpec>,
    /// A person must say that undoing is safe (migrations) unless `safe_if` does.
    pub asks_safe: bool,
    /// Read-only question: is it already applied? Exit 0 yes, 1 no, else cannot tell.
    pub check: Option<CommandSpec>,
    /// What ends the work that an attempt left running elsewhere, where it was stopped or lost.
    pub cancel: Option<CommandSpec>,
    /// How often it is run again by itself after it failed; the same holds for its undo.
    pub retries: u32,
    /// The wait before the first of these; each next one is twice as long.
    pub backoff: Duration,
    /// What follows when it failed and is not run again.
    pub on_failure: OnFailure,
    /// It gets a pseudo-terminal, and a person may type lines into it.
    pub tty: bool,
    /// Warns and asks after this long.
    pub timeout: Option<Duration>,
    /// Stops on timeout instead of asking.
    pub stop_on_timeout: bool,
    /// Warns after this long without output.
    pub silence: Option<Duration>,
    /// Running it again is safe without asking.
    pub rerun_safe: bool,
    /// The default rollback item that this step's undo replaces.
    pub fulfils: Option<ItemId>,
    /// What to do when it cannot be undone.
    pub roll_forward: Option<String>,
}

impl Step {
    /// How long to wait before it is run again, when attempt `number` (from 1) failed; `None` when it is not.
    pub fn retry_wait(&self, number: u32) -> Option<Duration> {
        let doubled = 2u32.saturating_pow(number.saturating_sub(1));
        (number <= self.retries).then(|| self.backoff.saturating_mul(doubled).min(BACKOFF_MOST))
    }
}

/// The wait before the first declared retry, unless the plan says otherwise.
pub const BACKOFF: Duration = Duration::from_secs(5);
/// No wait between two attempts is longer than this: a person would have been asked long before.
const BACKOFF_MOST: Duration = Duration::from_secs(600);

/// What follows when a step failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnFailure {
    /// The run waits for a person: try again, skip, or roll back.
    #[default]
    Ask,
    /// The run ends there.
    Stop,
    /// The run goes on; the step stands as waived, with what it ended with.
    Continue,
    /// What was started is rolled back, as the plan that a person started says.
    Rollback,
}

impl OnFailure {
    /// Every answer.
    pub const ALL: [OnFailure; 4] = [OnFailure::Ask, OnFailure::Stop, OnFailure::Continue, OnFailure::Rollback];

    /// The answer's name in configuration and machine output.
    pub fn name(self) -> &'static str {
        match self {
            OnFailure::Ask => "ask",
            OnFailure::Stop => "stop",
            OnFailure::Continue => "continue",
            OnFailure::Rollback => "rollback",
        }
    }

    /// The answer of that name.
    pub fn from_name(name: &str) -> Option<OnFailure> {
        OnFailure::ALL.into_iter().find(|answer| answer.name() == name)
    }
}

/// What a step does to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EffectClass {
    /// Reads only.
    Check,
    /// Changes something and has an undo.
    Reversible,
    /// Changes something for good.
    Irreversible,
    /// Tells people; does nothing outside production unless declared.
    Notify,
}

impl EffectClass {
    /// The class's name in configuration and machine output.
    pub fn name(self) -> &'static str {
        match self {
            EffectClass::Check => "check",
            EffectClass::Reversible => "reversible",
            EffectClass::Irreversible => "irreversible",
            EffectClass::Notify => "notify",
        }
    }

    /// Whether a step of this class changes a system.
    pub fn changes(self) -> bool {
        matches!(self, EffectClass::Reversible | EffectClass::Irreversible)
    }
}

/// When a step counts as something to undo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UndoWhen {
    /// Once its attempt started, however it ended. The default: a half-done step left half its effects.
    Started,
    /// Only when it is done.
    Done,
}
