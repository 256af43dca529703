//! What holds for the whole list and stands above it: not ready, paused, a rollback that is proposed, who watches.

use super::Pieces;
use crate::domain::duration;
use crate::domain::item::ItemState;
use crate::domain::release::Phase;
use crate::domain::run::{RunOutcome, RunPurpose};
use crate::domain::time;
use crate::tui::glyphs::State;
use crate::tui::screen::view::{View, Watcher};
use crate::tui::screen::words;
use crate::tui::theme::Role;

/// Blockers without a row of their own that are told one by one.
const TOLD_MOST: usize = 4;

/// The lines above the list, not wrapped yet; the most urgent first.
pub fn banner(view: &View<'_>) -> Vec<Pieces> {
    let mut lines: Vec<Pieces> = Vec::new();
    let snapshot = view.shown.snapshot;
    if let Some(why) = &snapshot.read_only {
        lines.push(vec![(format!("Read-only: {}", view.clean(why)), Role::Warning)]);
    }
    if let Some(why) = &snapshot.config_broken {
        let why = format!("The configuration cannot be used, the plan from before holds: {}", view.clean(why));
        lines.push(vec![(why, Role::Warning)]);
    }
    lines.extend(watcher(view));
    lines.extend(proposal(view));
    lines.extend(paused(view));
    lines.extend(checking(view));
    match view.run {
        Some(_) => lines.extend(after(view)),
        None => lines.extend(readiness(view)),
    }
    lines
}

fn watcher(view: &View<'_>) -> Vec<Pieces> {
    match &view.watcher {
        Watcher::Elsewhere(who) => vec![
            vec![(format!("Observing: {who} runs this"), Role::Warning)],
            vec![(view.shown.keys.take.clone(), Role::Key), (" takes it over".to_owned(), Role::Text)],
        ],
        Watcher::Nobody => {
            let run = view.open_run();
            let waits = run.is_some_and(|run| run.paused.is_some()) || bad(view);
            let words = match view.running() {
                Some(_) => "Running without a watcher: ",
                // It stands still for a reason that is told anyway.
                None if waits => return Vec::new(),
                None => "Left between two steps: ",
            };
            let then = "nothing follows by itself".to_owned();
            vec![vec![(words.to_owned(), Role::Warning), (then, Role::Text)]]
        }
        Watcher::NoRun | Watcher::Here => Vec::new(),
    }
}

fn proposal(view: &View<'_>) -> Vec<Pieces> {
    let Some(fired) = view.proposed() else { return Vec::new() };
    let title = view.sit.plan.trigger(&fired.trigger).map_or(fired.trigger.as_str(), |trigger| trigger.title.as_str());
    let since = duration::clock(duration::between(fired.at, view.shown.now));
    let seen = if fired.words.is_empty() { title } else { fired.words.as_str() };
    let to = view.run.and_then(|run| run.from.as_deref());
    let to = to.map(|from| format!(" to {}", view.clean(from))).unwrap_or_default();
    // The key stands before the numbers: where there is little room, these are what gives way.
    vec![
        vec![(format!("Rollback proposed {since} ago"), Role::Error)],
        vec![(view.shown.keys.roll_back.clone(), Role::Key), (format!(" rolls back{to}"), Role::Text)],
        vec![(view.clean(seen), Role::Error)],
    ]
}

fn paused(view: &View<'_>) -> Option<Pieces> {
    let pause = view.open_run()?.paused.as_ref()?;
    // The proposal says already why it stands still.
    if view.proposed().is_some_and(|fired| fired.at == pause.at) {
        return None;
    }
    let clock = time::clock(pause.at, &view.shown.snapshot.zone);
    let glyph = view.theme.glyphs.halt;
    let who = view.person(&pause.by);
    let words = format!("{glyph} Paused: {}  ", view.clean(&pause.reason));
    Some(vec![(words, Role::Warning), (format!("{who} {clock}"), Role::Dim)])
}

/// Checks that run and wait, and how to stop them.
fn checking(view: &View<'_>) -> Option<Pieces> {
    let all = &view.sit.observed.checking;
    let run = all.values().filter(|since| since.is_some()).count();
    let counts = [(run, "run", "runs"), (all.len() - run, "wait", "waits")];
    let counts: Vec<String> = counts
        .iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, many, one)| format!("{count} {}", if *count == 1 { one } else { many }))
        .collect();
    let words = format!("{} Checks: {}  ", view.theme.glyphs.state(State::Running), counts.join(", "));
    let key = view.shown.keys.check.clone();
    (!all.is_empty()).then(|| vec![(words, Role::Running), (key, Role::Key), (" stops them".to_owned(), Role::Text)])
}

/// Whether production may start, with what stands in the way and has no row of its own.
fn readiness(view: &View<'_>) -> Vec<Pieces> {
    let Some(release) = view.release else {
        return vec![vec![("No release is open.".to_owned(), Role::Next)]];
    };
    match release.phase(view.blockers.is_empty()) {
        Phase::Complete => return vec![vec![(format!("{} is out.", view.clean(&release.version)), Role::Ok)]],
        phase @ (Phase::RolledBack | Phase::Failed) if !release.is_open() => {
            let version = view.clean(&release.version);
            return vec![vec![(format!("{version} was complete; its rollback: {phase}."), Role::Warning)]];
        }
        Phase::Abandoned => {
            return vec![vec![(format!("{} was given up.", view.clean(&release.version)), Role::Dim)]];
        }
        _ => {}
    }
    if view.blockers.is_empty() {
        return vec![vec![("Ready: nothing stands in the way".to_owned(), Role::Ok)]];
    }
    let count = words::counted(view.blockers.len(), "blocker");
    let mut lines = vec![vec![(format!("Not ready: {count}"), Role::Next)]];
    let rowless = view.blockers.iter().filter(|blocker| view.shown.listing.position(&blocker.id).is_none());
    for blocker in rowless.take(TOLD_MOST) {
        let role = view.clean(blocker.role.as_str());
        lines.push(vec![(format!("  {}", view.clean(&blocker.what)), Role::Warning), (format!("  {role}"), Role::Dim)]);
    }
    lines
}

/// What a run came to, once it is over, and what failed, while it is not.
fn after(view: &View<'_>) -> Option<Pieces> {
    let (release, run) = (view.release?, view.run?);
    let env = view.clean(run.env.as_str());
    let to = view.clean(&run.to);
    let (words, role) = match (run.ended, run.purpose) {
        (None, RunPurpose::Rollback) if bad(view) => {
            (format!("The rollback stands still: {env} is neither the one nor the other"), Role::Error)
        }
        (None, _) => return None,
        (Some((_, RunOutcome::Succeeded)), RunPurpose::Deployment) => match release.ended {
            Some((_, Phase::Complete)) => (format!("Complete: {to} is live in {env}"), Role::Ok),
            _ => (format!("{to} is live in {env}. The record is still open."), Role::Next),
        },
        (Some((_, RunOutcome::Succeeded)), RunPurpose::Rollback) => {
            (format!("Rolled back: {to} is live in {env}"), Role::Ok)
        }
        (Some((_, RunOutcome::Succeeded)), RunPurpose::Rehearsal) => ("Rehearsed.".to_owned(), Role::Ok),
        (Some((_, RunOutcome::Aborted)), _) => {
            (format!("Stopped before its end: what {env} runs is not certain"), Role::Error)
        }
        (Some((_, RunOutcome::RolledBack)), _) => ("A rollback took over.".to_owned(), Role::Warning),
    };
    Some(vec![(words, role)])
}

fn bad(view: &View<'_>) -> bool {
    let records = view.run.map(|run| run.records.values());
    records
        .is_some_and(|mut records| records.any(|record| matches!(record.state, ItemState::Failed | ItemState::Unknown)))
}
