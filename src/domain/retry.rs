//! A declared retry that waits for its time: derived from what ended and from the plan, never stored.
//!
//! It says nothing where nobody is there to try again. Enter at [`due`].

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::id::SessionId;
use super::item::ItemState;
use super::plan::{ItemKind, Plan};
use super::release::ReleaseState;
use super::run::{AttemptOutcome, Run};

/// When a failed step is run again by itself, and as which attempt of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// When.
    pub at: Timestamp,
    /// The attempt that it will be, counted from 1.
    pub number: u32,
    /// How many there are at most.
    pub of: u32,
}

/// The retry that the run waits for; none where it waits for a person. `sessions` are those that live.
pub fn due(plan: &Plan, release: &ReleaseState, run: &Run, sessions: &BTreeSet<SessionId>) -> Option<Due> {
    let slot = run.next().filter(|slot| run.is_open() && run.state(&slot.id) == ItemState::Failed)?;
    if run.paused.is_some() || !run.conductor.as_ref().is_some_and(|one| sessions.contains(one)) {
        return None;
    }
    let ItemKind::Command(step) = &plan.item(&slot.item)?.kind else { return None };
    let last = release.attempts_of(&run.id, &slot.id).pop()?;
    let by_itself = matches!(last.outcome, Some(AttemptOutcome::Exited(_) | AttemptOutcome::Signalled(_)));
    if !by_itself || last.stopped.is_some() {
        return None;
    }
    let wait = SignedDuration::try_from(step.retry_wait(last.number)?).ok()?;
    Some(Due { at: last.ended?.checked_add(wait).ok()?, number: last.number + 1, of: step.retries + 1 })
}
