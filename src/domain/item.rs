//! What has become of an item or a gate: state, who, when, evidence.
//!
//! Skipped never counts as done, and an automatic item is not ticked by hand. Entry: [`ItemState`], [`Tally`].

use std::fmt;

use jiff::Timestamp;

use super::basis::Basis;
use super::id::AttemptId;

/// The state of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ItemState {
    /// Nothing has been done.
    Open,
    /// Being done: its attempt runs, or a person said so.
    Doing,
    /// Done, with evidence.
    Done,
    /// Tried, and it did not work.
    Failed,
    /// Left out by a person, with a reason. Never counts as done.
    Skipped,
    /// Does not apply; the rule that says so stands beside it.
    NotApplicable,
    /// Nobody knows: its attempt's outcome was lost.
    Unknown,
    /// Accepted as it is by a person, with a reason.
    Waived,
}

impl ItemState {
    /// Every state.
    pub const ALL: [ItemState; 8] = [
        ItemState::Open,
        ItemState::Doing,
        ItemState::Done,
        ItemState::Failed,
        ItemState::Skipped,
        ItemState::NotApplicable,
        ItemState::Unknown,
        ItemState::Waived,
    ];

    /// The state in words, as shown and written.
    pub fn name(self) -> &'static str {
        match self {
            ItemState::Open => "open",
            ItemState::Doing => "doing",
            ItemState::Done => "done",
            ItemState::Failed => "failed",
            ItemState::Skipped => "skipped",
            ItemState::NotApplicable => "not applicable",
            ItemState::Unknown => "unknown",
            ItemState::Waived => "waived",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<ItemState> {
        ItemState::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether nothing more is to be done about it.
    pub fn settled(self) -> bool {
        match self {
            ItemState::Done | ItemState::Skipped | ItemState::NotApplicable | ItemState::Waived => true,
            ItemState::Open | ItemState::Doing | ItemState::Failed | ItemState::Unknown => false,
        }
    }
}

impl fmt::Display for ItemState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Why a state is what it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The value that was observed, the run that proved it, a link.
    pub observed: Option<String>,
    /// Why it was skipped, waived or failed.
    pub reason: Option<String>,
    /// The attempt whose exit status and log it is.
    pub attempt: Option<AttemptId>,
}

impl Evidence {
    /// One line of it, for lists; empty when there is none.
    pub fn line(&self) -> String {
        let parts = [self.observed.as_deref(), self.reason.as_deref(), self.attempt.as_ref().map(AttemptId::as_str)];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }
}

/// What became of one item, with who and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemRecord {
    /// The state.
    pub state: ItemState,
    /// Who said so; the operator where nobody else was named.
    pub by: String,
    /// Who operated relco.
    pub actor: String,
    /// When it was recorded.
    pub at: Timestamp,
    /// Why.
    pub evidence: Evidence,
    /// The candidate it was said about, where it is bound to one.
    pub commit: Option<String>,
    /// What the check that said it looked at; none for a person's word.
    pub basis: Option<Basis>,
}

/// The verdict on a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GateVerdict {
    /// Nobody decided, or the decision is void.
    Open,
    /// Holds.
    Passed,
    /// Does not hold.
    Failed,
    /// Accepted without holding, with a reason.
    Waived,
}

impl GateVerdict {
    /// The verdict in words.
    pub fn name(self) -> &'static str {
        match self {
            GateVerdict::Open => "open",
            GateVerdict::Passed => "passed",
            GateVerdict::Failed => "failed",
            GateVerdict::Waived => "waived",
        }
    }

    /// The verdict of that name.
    pub fn from_name(name: &str) -> Option<GateVerdict> {
        [GateVerdict::Open, GateVerdict::Passed, GateVerdict::Failed, GateVerdict::Waived]
            .into_iter()
            .find(|verdict| verdict.name() == name)
    }

    /// The item state that stands for it in lists.
    pub fn as_item_state(self) -> ItemState {
        match self {
            GateVerdict::Open => ItemState::Open,
            GateVerdict::Passed => ItemState::Done,
            GateVerdict::Failed => ItemState::Failed,
            GateVerdict::Waived => ItemState::Waived,
        }
    }
}

/// How many items are in which state: "11 done, 1 skipped".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Done.
    pub done: usize,
    /// Skipped.
    pub skipped: usize,
    /// Waived.
    pub waived: usize,
    /// Failed or unknown.
    pub bad: usize,
    /// Open or being done.
    pub open: usize,
}

impl Tally {
    /// Counts states; items that do not apply are left out.
    pub fn of(states: impl IntoIterator<Item = ItemState>) -> Self {
        let mut tally = Self::default();
        for state in states {
            match state {
                ItemState::Done => tally.done += 1,
                ItemState::Skipped => tally.skipped += 1,
                ItemState::Waived => tally.waived += 1,
                ItemState::Failed | ItemState::Unknown => tally.bad += 1,
                ItemState::Open | ItemState::Doing => tally.open += 1,
                ItemState::NotApplicable => {}
            }
        }
        tally
    }

    /// All that apply.
    pub fn total(self) -> usize {
        self.done + self.skipped + self.waived + self.bad + self.open
    }

    /// In words: `11 done, 1 skipped of 14`.
    pub fn words(self) -> String {
        let mut words = format!("{} done", self.done);
        for (count, name) in [(self.skipped, "skipped"), (self.waived, "waived"), (self.bad, "failed")] {
            if count > 0 {
                words.push_str(&format!(", {count} {name}"));
            }
        }
        words.push_str(&format!(" of {}", self.total()));
        words
    }
}
