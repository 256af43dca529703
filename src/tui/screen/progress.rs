//! Where the release stands, in the words of the header: `deploying 3/5`, `FAILED at 3/5`, `rolled back`.
//!
//! The position is counted over what applies. Enter at [`progress`].

use std::time::Duration;

use super::view::View;
use crate::domain::duration;
use crate::domain::item::ItemState;
use crate::domain::overdue::{self, Limit};
use crate::domain::plan::{Check, ItemKind, List};
use crate::domain::release::Phase;
use crate::domain::run::{Run, RunOutcome, RunPurpose, Slot};
use crate::tui::theme::Role;

/// Where the release stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Progress {
    /// In words.
    pub words: String,
    /// How it looks.
    pub role: Role,
    /// How long the run has taken, or took.
    pub took: Option<Duration>,
}

/// Where the release stands.
pub fn progress(view: &View<'_>) -> Progress {
    let plain = |words: &str, role| Progress { words: words.to_owned(), role, took: None };
    let Some(release) = view.release else { return plain("no release", Role::Dim) };
    if let Some(run) = view.open_run() {
        // Short, so that no screen is too narrow for it: where it stands is seen in the list.
        let (words, role) = match view.proposed().is_some() && !step_went_wrong(view, run) {
            true => ("ROLLBACK PROPOSED".to_owned(), Role::Error),
            false => over_time(view, run).unwrap_or_else(|| of_run(run)),
        };
        return Progress { words, role, took: Some(duration::between(run.started, view.shown.now)) };
    }
    if release.ended.is_none()
        && let Some(run) = view.run.filter(|run| run.purpose == RunPurpose::Deployment)
        && let Some((at, outcome)) = run.ended
    {
        // The deployment is over and the release is not: neither "ready" nor "complete" would be true.
        let (words, role) = match outcome {
            RunOutcome::Succeeded if view.proposed().is_some() => ("ROLLBACK PROPOSED", Role::Error),
            RunOutcome::Succeeded => ("deployed", Role::Ok),
            RunOutcome::Aborted => ("deployment aborted", Role::Error),
            RunOutcome::RolledBack => ("taken over by a rollback", Role::Warning),
        };
        return Progress { words: words.to_owned(), role, took: Some(duration::between(run.started, at)) };
    }
    let phase = release.phase(view.blockers.is_empty());
    let role = match phase {
        Phase::Ready | Phase::Complete => Role::Ok,
        Phase::RolledBack => Role::Warning,
        Phase::Failed => Role::Error,
        Phase::Abandoned => Role::Dim,
        _ => Role::Text,
    };
    let was = if release.after_complete().is_some() { ", was complete" } else { "" };
    plain(&format!("{phase}{was}"), role)
}

/// Whether a step failed or its end is unknown, which says more than a proposal; a judgement says no more.
fn step_went_wrong(view: &View<'_>, run: &Run) -> bool {
    let judged = |slot: &Slot| {
        let kind = view.sit.plan.item(&slot.item).map(|item| &item.kind);
        matches!(kind, Some(ItemKind::Automatic(Check::Trigger(_))))
    };
    let bad = |slot: &Slot| matches!(run.state(&slot.id), ItemState::Failed | ItemState::Unknown);
    run.sequence.iter().any(|slot| bad(slot) && !judged(slot))
}

/// A step that is over its time or silent, and about which nobody decided.
fn over_time(view: &View<'_>, run: &Run) -> Option<(String, Role)> {
    let running = view.release?.running().find(|one| one.run == run.id)?;
    let asked = overdue::questions(running).last()?;
    let word = match asked.limit {
        Limit::Timeout => "over its time",
        Limit::Silence => "silent",
    };
    Some((format!("{word} at {}", place(run, run.slot(&running.slot)?)), Role::Warning))
}

fn of_run(run: &Run) -> (String, Role) {
    let bad = |wanted: ItemState| run.sequence.iter().find(|slot| run.state(&slot.id) == wanted);
    let rollback = run.purpose == RunPurpose::Rollback;
    if let Some(slot) = bad(ItemState::Failed) {
        let what = if rollback { "ROLLBACK FAILED" } else { "FAILED" };
        return (format!("{what} at {}", place(run, slot)), Role::Error);
    }
    if let Some(slot) = bad(ItemState::Unknown) {
        return (format!("OUTCOME UNKNOWN at {}", place(run, slot)), Role::Unknown);
    }
    let Some(slot) = run.next() else { return ("all done, not ended".to_owned(), Role::Text) };
    if run.paused.is_some() {
        return (format!("paused at {}", place(run, slot)), Role::Warning);
    }
    let (at, of) = position(run, slot);
    (format!("{} {at}/{of}", verb(run, slot.list)), if rollback { Role::Warning } else { Role::Running })
}

/// `3/5` for a step of the deployment or of the rollback, `verification 2/5` for what is around it.
fn place(run: &Run, slot: &Slot) -> String {
    let (at, of) = position(run, slot);
    match (run.purpose, slot.list) {
        (RunPurpose::Deployment | RunPurpose::Rehearsal, List::Deployment) | (RunPurpose::Rollback, List::Rollback) => {
            format!("{at}/{of}")
        }
        (_, list) => format!("{} {at}/{of}", list.name()),
    }
}

fn verb(run: &Run, list: List) -> &'static str {
    match (run.purpose, list) {
        (RunPurpose::Rehearsal, List::Rollback) => "rehearsing rollback",
        (RunPurpose::Rehearsal, _) => "rehearsing",
        (_, List::Deployment) => "deploying",
        (_, List::Verification) => "verifying",
        (_, List::Communication) => "announcing",
        (_, List::Rollback) => "rolling back",
        (_, list) => list.name(),
    }
}

/// The slot's place in its list, from 1, and how many there are.
fn position(run: &Run, slot: &Slot) -> (usize, usize) {
    let applies = |one: &&Slot| one.list == slot.list && run.state(&one.id) != ItemState::NotApplicable;
    let at = run.sequence.iter().filter(applies).take_while(|one| one.id != slot.id).count();
    (at + 1, run.sequence.iter().filter(applies).count())
}
