//! One row of the list: marker, glyph, title, and at the right edge one short fact.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::focused;
use crate::domain::duration;
use crate::domain::item::ItemState;
use crate::domain::plan::{Check, ItemKind};
use crate::domain::retry::{Due, due};
use crate::domain::run::Attempt;
use crate::tui::glyphs::State;
use crate::tui::listing::{ListRow, RowKind};
use crate::tui::paint;
use crate::tui::screen::gates::glyph_state;
use crate::tui::screen::view::View;
use crate::tui::screen::words;
use crate::tui::theme::Role;

/// Where titles begin, and what stands below the selected row.
pub const TEXT_AT: u16 = 4;

/// Draws one row of the listing; `width` is that of the whole pane.
pub fn draw(view: &View<'_>, buf: &mut Buffer, area: Rect, at: usize, row: &ListRow, width: u16) {
    match row.kind {
        RowKind::Heading => heading(view, buf, area, at, row),
        RowKind::NoWayBack => no_way_back(view, buf, area, at, row),
        RowKind::Entry | RowKind::Deed => entry(view, buf, area, at, row, width),
    }
}

/// A heading with its tally; dim and ticked once everything below it is settled.
fn heading(view: &View<'_>, buf: &mut Buffer, area: Rect, at: usize, row: &ListRow) {
    let rows = view.shown.listing.rows.iter().skip(at + 1);
    let below: Vec<ItemState> = rows
        .take_while(|row| matches!(row.kind, RowKind::Entry | RowKind::NoWayBack))
        .filter_map(|row| row.state)
        .collect();
    let through = !below.is_empty() && below.iter().all(|state| state.settled());
    let holds_next = view.shown.listing.next.is_some_and(|next| next > at && next <= at + below.len() + 1);
    let role = if through {
        Role::Dim
    } else if holds_next {
        Role::Next
    } else {
        Role::Text
    };
    let tick = if through { view.theme.glyphs.state(State::Done) } else { " " };
    let right = Rect { width: area.width.saturating_sub(1), ..area };
    let mut from = right.width;
    if !row.evidence.is_empty() {
        let skipped = below.iter().filter(|state| **state == ItemState::Skipped).count();
        let tally = format!("{} {tick}", view.clean(&row.evidence));
        let with_skipped = format!("{skipped} skipped  {tally}");
        let fits = paint::width(&with_skipped) + paint::width(&row.title) + 3 <= right.width;
        let tally = if skipped > 0 && fits { with_skipped } else { tally };
        from = paint::put_right(buf, right, 2, 0, &tally, view.style(if through { Role::Dim } else { Role::Text }));
    }
    let title = view.clean(&row.title);
    let room = from.saturating_sub(2);
    paint::put(buf, area, 1, 0, &paint::fit(&title, room, view.theme.glyphs.ellipsis), view.style(role));
}

/// A line above what a rollback leaves as it is; loud when that is the next step.
fn no_way_back(view: &View<'_>, buf: &mut Buffer, area: Rect, at: usize, row: &ListRow) {
    let next_crosses = view.shown.listing.next == Some(at + 1);
    let crossed =
        view.shown.listing.rows.get(at + 1).and_then(|row| row.state).is_some_and(|state| state != ItemState::Open);
    let role = if next_crosses && !crossed { Role::Warning } else { Role::Dim };
    let words = format!(" {} ", view.clean(&row.title));
    let room = area.width.saturating_sub(3);
    let dashes = room.saturating_sub(paint::width(&words));
    let (before, after) = (dashes / 2, dashes - dashes / 2);
    let dash = view.theme.glyphs.dashes;
    let line = format!("{}{words}{}", dash.repeat(before.into()), dash.repeat(after.into()));
    paint::put(buf, area, 2, 0, paint::head(&line, room), view.style(role));
}

fn entry(view: &View<'_>, buf: &mut Buffer, area: Rect, at: usize, row: &ListRow, width: u16) {
    let glyphs = view.theme.glyphs;
    let selected = at == view.shown.selected;
    let next = view.shown.listing.next == Some(at);
    let inverse = selected && focused(view);
    let look = |role: Role| match (inverse, role) {
        (true, Role::Failed) => view.style(Role::Selection).patch(view.style(role)),
        (true, _) => view.style(Role::Selection),
        (false, _) => view.style(role),
    };
    let text_role = match row.state {
        // It stays red where the marker stands: that is where one looks.
        Some(ItemState::Failed) if row.run.is_some() && selected => Role::Failed,
        _ if selected || next => Role::Next,
        // What is missing before a release is work; what failed in a run is an emergency.
        Some(ItemState::Failed) if row.run.is_some() => Role::Failed,
        Some(ItemState::Unknown) => Role::Unknown,
        Some(ItemState::Doing) => Role::Next,
        Some(state) if state.settled() => Role::Dim,
        _ => Role::Text,
    };
    if inverse {
        let bar = Rect { x: area.x.saturating_add(2), width: area.width.saturating_sub(2), ..area };
        // The whole row in one colour: an emergency is not dimmed by being selected.
        paint::tint(buf, bar, look(text_role));
    }
    if selected {
        paint::put(buf, area, 1, 0, glyphs.marker, view.style(Role::Next));
    }
    match row.state {
        Some(state) => {
            let state = glyph_state(state);
            paint::put(buf, area, 2, 0, glyphs.state(state), look(state.role()));
        }
        // A deed has no state: it is an arrow to what comes after.
        None => {
            paint::put(buf, area, 2, 0, glyphs.right, look(text_role));
        }
    }
    let title = view.clean(&row.title);
    let right = Rect { width: area.width.saturating_sub(1), ..area };
    let (fact, role, room) = fact(view, row, right.width, &title);
    paint::put_right(buf, right, TEXT_AT + 1, 0, &fact, look(role));
    let title = match title_rows(view, row, width).into_iter().next() {
        // It goes on below.
        Some(first) if selected => first,
        _ => paint::fit(&title, room, glyphs.ellipsis).into_owned(),
    };
    paint::put(buf, area, TEXT_AT, 0, &title, look(text_role));
}

/// The title in as many rows as it needs beside its fact, in a pane of this width.
pub fn title_rows(view: &View<'_>, row: &ListRow, width: u16) -> Vec<String> {
    let title = view.clean(&row.title);
    // One column is the margin, one may be taken by a mark.
    let (_, _, room) = fact(view, row, width.saturating_sub(2), &title);
    if paint::width(&title) <= room { vec![title] } else { paint::wrap(&title, room) }
}

/// The fact for the right edge: the longest that leaves the title whole, else the shortest.
/// Also says how much room is left for the title.
fn fact(view: &View<'_>, row: &ListRow, width: u16, title: &str) -> (String, Role, u16) {
    let room = width.saturating_sub(TEXT_AT);
    let title = paint::width(title);
    let (candidates, role) = candidates(view, row);
    let fits = |text: &&String| paint::width(text).saturating_add(title).saturating_add(1) <= room;
    if let Some(fact) = candidates.iter().find(fits) {
        return (fact.clone(), role, title);
    }
    // What matters less than the title is left out; how a step goes is not.
    let matters = match row.state {
        Some(ItemState::Failed | ItemState::Unknown) => true,
        Some(ItemState::Doing) => row.run.is_some(),
        _ => false,
    };
    let shortest = candidates.last().filter(|_| matters).cloned().unwrap_or_default();
    let fact = paint::fit(&shortest, room / 2, view.theme.glyphs.ellipsis).into_owned();
    let left = if fact.is_empty() { room } else { room.saturating_sub(paint::width(&fact) + 1) };
    (fact, role, left)
}

/// What could stand at the right edge, the longest first.
fn candidates(view: &View<'_>, row: &ListRow) -> (Vec<String>, Role) {
    let Some(state) = row.state else { return (Vec::new(), Role::Dim) };
    let attempt = last_attempt(view, row);
    let who = row.by.as_deref().map(|by| view.person(by)).filter(|who| who != "relco");
    match state {
        ItemState::Doing => doing(view, row, attempt),
        ItemState::Failed => {
            let outcome = attempt.and_then(|attempt| attempt.outcome.as_ref()).filter(|outcome| !outcome.ok());
            let word = if of_trigger(view, row) { "fired" } else { "failed" };
            let words = outcome.map_or_else(|| word.to_owned(), |outcome| outcome.words());
            if let Some(due) = retry(view, row) {
                let left = duration::clock(duration::between(view.shown.now, due.at));
                let again = format!("again in {left}");
                let counted = format!("{again} ({} of {})", due.number, due.of);
                let longest = format!("{}, {counted}", view.clean(&words));
                return (vec![longest, counted, again], Role::Warning);
            }
            (vec![view.clean(&words), word.to_owned()], Role::Failed)
        }
        ItemState::Unknown => (vec!["outcome unknown".to_owned(), "unknown".to_owned()], Role::Unknown),
        ItemState::Done => {
            let took = attempt.and_then(|attempt| Some(duration::between(attempt.started?, attempt.ended?)));
            let quiet = of_trigger(view, row).then(|| "quiet".to_owned());
            let took = took.map(duration::clock).or(quiet);
            (took.or(who).into_iter().collect(), Role::Dim)
        }
        ItemState::Skipped | ItemState::Waived => {
            let with_who = who.map(|who| format!("{} {who}", state.name()));
            (with_who.into_iter().chain([state.name().to_owned()]).collect(), Role::Dim)
        }
        ItemState::NotApplicable => (vec![view.clean(&row.evidence), "n/a".to_owned()], Role::Dim),
        ItemState::Open => {
            let usual = usual(view, row).map(|usual| format!("~{}", duration::clock(usual)));
            let role = row.findings.first().map(|(_, role)| role).or(row.role.as_ref());
            let role = role.filter(|_| row.run.is_none()).map(|role| view.clean(role.as_str()));
            (usual.or(role).into_iter().collect(), Role::Dim)
        }
    }
}

fn doing(view: &View<'_>, row: &ListRow, attempt: Option<&Attempt>) -> (Vec<String>, Role) {
    let Some(attempt) = attempt.filter(|attempt| attempt.outcome.is_none()) else {
        let of_check = row.item.as_ref().filter(|_| row.run.is_none());
        return match of_check.and_then(|item| view.sit.observed.checking.get(item.as_str())) {
            Some(Some(since)) => (vec![duration::clock(duration::between(*since, view.shown.now))], Role::Running),
            Some(None) => (vec!["waits".to_owned()], Role::Dim),
            None => (vec!["doing".to_owned()], Role::Running),
        };
    };
    let took = duration::between(attempt.started.unwrap_or(attempt.intended), view.shown.now);
    let usual = usual(view, row);
    // Twice the usual time is worth a look, half a minute more is not.
    let late = usual.is_some_and(|usual| took > usual * 2 && took > usual + Duration::from_secs(30));
    let role = if late { Role::Warning } else { Role::Running };
    (vec![words::clocks(took, usual), duration::clock(took)], role)
}

/// Whether the row is a measured trigger: one that is done is quiet, one that failed has fired.
fn of_trigger(view: &View<'_>, row: &ListRow) -> bool {
    let item = row.item.as_ref().and_then(|id| view.sit.plan.item(id));
    item.is_some_and(|item| matches!(item.kind, ItemKind::Automatic(Check::Trigger(_))))
}

/// The declared retry that this row waits for, while its time is to come.
fn retry(view: &View<'_>, row: &ListRow) -> Option<Due> {
    let snapshot = view.shown.snapshot;
    let (release, item) = (view.release?, row.item.as_ref()?);
    let run = release.run(row.run.as_ref()?).filter(|run| run.next().is_some_and(|next| next.id == *item))?;
    due(&snapshot.plan, release, run, &snapshot.observed.sessions).filter(|due| due.at > view.shown.now)
}

/// The latest attempt of the row's slot.
pub fn last_attempt<'a>(view: &View<'a>, row: &ListRow) -> Option<&'a Attempt> {
    view.release?.attempts_of(row.run.as_ref()?, row.item.as_ref()?).last().copied()
}

fn usual(view: &View<'_>, row: &ListRow) -> Option<Duration> {
    let run = view.release?.run(row.run.as_ref()?)?;
    view.usual(run, row.item.as_ref()?)
}
