//! The header: which project and release, where it goes, how far it is, what is live, and what is wrong.
//!
//! One row where it is wide, two where it is not. The least important parts are left out first; what is left out is
//! never replaced by something shorter that would say another thing. Enter at [`draw`].

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::progress::progress;
use super::view::{View, Watcher};
use super::words;
use crate::domain::duration;
use crate::domain::incident::{Incident, Status, cadence};
use crate::tui::glyphs::State;
use crate::tui::paint;
use crate::tui::theme::Role;

/// Cells for the reason why a repository cannot be read; it stands in whole among the blockers.
const WHY_MOST: u16 = 48;

/// A piece of the header.
struct Part {
    text: String,
    role: Role,
    /// Cells before it, unless it is the first.
    gap: u16,
    /// The higher, the sooner it is left out.
    rank: u8,
}

fn part(text: impl Into<String>, role: Role, gap: u16, rank: u8) -> Part {
    Part { text: text.into(), role, gap, rank }
}

/// Draws the header over one or two rows.
pub fn draw(view: &View<'_>, buf: &mut Buffer, area: Rect) {
    let captain = captain(view);
    let (mut first, second) = (where_we_are(view), around(view));
    if area.height >= 2 {
        row(view, buf, paint::row(area, 0), first, captain);
        row(view, buf, paint::row(area, 1), second, None);
    } else {
        first.extend(second);
        row(view, buf, paint::row(area, 0), first, captain);
    }
}

fn row(view: &View<'_>, buf: &mut Buffer, area: Rect, mut parts: Vec<Part>, right: Option<Part>) {
    // A blank at both edges.
    let mut room = area.width.saturating_sub(2);
    let needed = |parts: &[Part]| {
        let cells =
            parts.iter().enumerate().map(|(at, part)| paint::width(&part.text) + if at == 0 { 0 } else { part.gap });
        cells.fold(0u16, u16::saturating_add)
    };
    let right = right.filter(|right| {
        let with = paint::width(&right.text).saturating_add(2);
        let kept: u16 = needed_up_to(&parts, right.rank);
        kept.saturating_add(with) <= room
    });
    if let Some(right) = &right {
        room = room.saturating_sub(paint::width(&right.text).saturating_add(2));
    }
    while needed(&parts) > room && parts.len() > 1 {
        let Some(worst) = parts.iter().map(|part| part.rank).max() else { break };
        let Some(at) = parts.iter().rposition(|part| part.rank == worst) else { break };
        parts.remove(at);
    }
    let inside = Rect { x: area.x.saturating_add(1), width: area.width.saturating_sub(2), ..area };
    let mut x = 0;
    for (at, part) in parts.iter().enumerate() {
        x += if at == 0 { 0 } else { part.gap };
        let text = paint::fit(&part.text, inside.width.saturating_sub(x), view.theme.glyphs.ellipsis);
        x = paint::put(buf, inside, x, 0, &text, view.style(part.role));
    }
    if let Some(right) = right {
        paint::put_right(buf, inside, x.saturating_add(1), 0, &right.text, view.style(right.role));
    }
}

/// Cells of the parts that matter at least as much as `rank` says.
fn needed_up_to(parts: &[Part], rank: u8) -> u16 {
    let kept = parts.iter().filter(|part| part.rank <= rank).map(|part| paint::width(&part.text) + part.gap);
    kept.fold(0u16, u16::saturating_add)
}

/// Project, versions, type, environment, how far, for how long.
fn where_we_are(view: &View<'_>) -> Vec<Part> {
    let mut parts = Vec::new();
    if view.sit.observed.drill {
        parts.push(part(" DRILL: nothing is run, nobody is told ", Role::Warning, 0, 0));
    }
    parts.push(part(view.clean(&view.shown.snapshot.project_name), Role::Next, u16::from(view.sit.observed.drill), 0));
    if let Some(release) = view.release {
        parts.push(part(view.clean(&release.version), Role::Next, 1, 0));
        if let Some(base) = &release.base {
            let base = view.clean(base.strip_prefix('v').unwrap_or(base));
            parts.push(part(format!("{} {base}", view.theme.glyphs.left), Role::Dim, 1, 6));
        }
        parts.push(part(release.kind().to_string(), Role::Dim, 1, 6));
    }
    if let Some((environment, role)) = view.environment() {
        parts.push(part(format!(" {environment} "), role, 2, 0));
    }
    let progress = progress(view);
    parts.push(part(progress.words, progress.role, 2, 0));
    if let Some(took) = progress.took {
        parts.push(part(duration::clock(took), Role::Text, 2, 4));
    }
    parts
}

/// Who only watches, what is wrong, what ships, what is live, what else is open.
fn around(view: &View<'_>) -> Vec<Part> {
    let mut parts = Vec::new();
    if view.shown.snapshot.read_only.is_some() {
        parts.push(part("read-only", Role::Warning, 3, 1));
    }
    match &view.watcher {
        Watcher::Elsewhere(who) => parts.push(part(format!("observing {who}"), Role::Warning, 3, 1)),
        // Where nothing runs, nothing waits to be watched: what is next is a person's.
        Watcher::Nobody if view.running().is_some() => parts.push(part("no watcher", Role::Warning, 3, 1)),
        Watcher::Nobody | Watcher::NoRun | Watcher::Here => {}
    }
    if let Some(incident) = view.incident {
        of_incident(view, incident, &mut parts);
    }
    if view.shown.snapshot.config_broken.is_some() {
        parts.push(part("configuration broken", Role::Warning, 3, 3));
    }
    candidate(view, &mut parts);
    live(view, &mut parts);
    let others: Vec<String> = view
        .sit
        .observed
        .open_releases
        .iter()
        .filter(|version| is_other(view, version))
        .map(|version| view.clean(version))
        .collect();
    if !others.is_empty() {
        parts.push(part(format!("also open: {}", others.join(", ")), Role::Text, 3, 5));
    }
    // What this release itself leaves stands with its items, and is to be paid only once it is out.
    let open = view.shown.snapshot.project.debts.iter().filter(|debt| debt.paid.is_none());
    let due =
        open.filter(|debt| view.release.is_none_or(|release| release.version != debt.release || !release.is_open()));
    let due = due.count();
    if due > 0 {
        parts.push(part(words::counted(due, "debt"), Role::Warning, 3, 5));
    }
    parts
}

fn is_other(view: &View<'_>, version: &str) -> bool {
    view.release.is_none_or(|release| release.version != version)
}

fn of_incident(view: &View<'_>, incident: &Incident, parts: &mut Vec<Part>) {
    let until = incident.resolved.unwrap_or(view.shown.now);
    let role = if incident.status == Status::Resolved { Role::Warning } else { Role::Error };
    let judged = if incident.judged { "" } else { "?" };
    let severity = incident.severity.name().to_uppercase();
    let name = view.clean(incident.id.as_str());
    parts.push(part(format!("{} {name} {severity}{judged}", view.theme.glyphs.halt), role, 3, 1));
    parts.push(part(incident.status.name(), role, 1, 4));
    parts.push(part(duration::clock(duration::between(incident.opened, until)), role, 1, 3));
    let now = view.shown.now;
    if incident.overdue_decision(now).is_some() {
        parts.push(part("look at the decision again", Role::Warning, 2, 2));
    }
    if let Some(due) = cadence::due(incident, &view.sit.plan.cadence) {
        let (words, role) = match due <= now {
            true => ("message due".to_owned(), Role::Warning),
            false => (format!("message in {}", duration::words(duration::between(now, due))), Role::Dim),
        };
        parts.push(part(words, role, 2, if due <= now { 2 } else { 9 }));
    }
}

/// The commit that ships and how the work tree stands to it.
fn candidate(view: &View<'_>, parts: &mut Vec<Part>) {
    let observed = view.sit.observed;
    let glyphs = view.theme.glyphs;
    if let Some(why) = &observed.no_repository {
        let why = view.clean(why);
        parts.push(part(paint::fit(&why, WHY_MOST, glyphs.ellipsis), Role::Warning, 3, 3));
        return;
    }
    let head = observed.head.as_ref();
    let candidate = view.release.and_then(|release| release.candidate.as_ref());
    // Once it is out, the candidate is history.
    if view.release.is_some_and(|release| !release.is_open()) {
        return;
    }
    let (commit, branch) = match (candidate, head) {
        (Some(candidate), _) => (candidate.commit.as_str(), candidate.branch.as_deref()),
        (None, Some(head)) => (head.commit.as_str(), head.branch.as_deref()),
        (None, None) => {
            parts.push(part("HEAD unknown", Role::Warning, 3, 3));
            return;
        }
    };
    let busy = view.open_run().is_some();
    let word = if busy {
        ""
    } else if candidate.is_some() {
        "candidate "
    } else {
        "HEAD "
    };
    let commit_words = format!("{word}{}", words::short_commit(&view.clean(commit)));
    parts.push(part(commit_words, Role::Text, 3, 7));
    match branch {
        Some(branch) => parts.push(part(view.clean(branch), Role::Dim, 1, 9)),
        None if candidate.is_none() => parts.push(part("detached", Role::Dim, 1, 9)),
        None => {}
    }
    let elsewhere = candidate.is_some_and(|candidate| head.is_none_or(|head| head.commit != candidate.commit));
    let (text, role, rank) = match observed.ahead_of_candidate {
        Some(past) if elsewhere && past > 0 => (format!("HEAD {past} past candidate"), Role::Warning, 4),
        _ if elsewhere => ("HEAD not at candidate".to_owned(), Role::Warning, 4),
        _ if !observed.dirty.is_empty() => ("uncommitted changes".to_owned(), Role::Warning, 4),
        _ if busy => (String::new(), Role::Dim, 9),
        _ => (format!("{} clean", glyphs.state(State::Done)), Role::Ok, 8),
    };
    if !text.is_empty() {
        // A warning speaks for itself where the commit was left out.
        parts.push(part(text, role, if role == Role::Warning { 2 } else { 1 }, rank));
    }
    if observed.shallow {
        parts.push(part("shallow clone", Role::Warning, 2, 6));
    }
}

/// What each environment runs, production first.
fn live(view: &View<'_>, parts: &mut Vec<Part>) {
    for (at, environment) in view.sit.plan.environments.iter().rev().enumerate() {
        let name = view.clean(environment.name.as_str());
        let version = view.clean(&view.sit.live_words(&environment.name));
        let text = format!("{name} {version}");
        if at == 0 {
            parts.push(part(format!("live: {text}"), Role::Text, 3, 2));
        } else {
            parts.push(part(format!("{} {text}", view.theme.glyphs.dot), Role::Text, 1, 6));
        }
    }
}

fn captain(view: &View<'_>) -> Option<Part> {
    let who = match view.release {
        Some(release) => &release.captain,
        None => &view.shown.snapshot.actor,
    };
    let name = view.person(who);
    (!name.is_empty()).then(|| part(paint::head(&name, 20), Role::Dim, 3, 4))
}
