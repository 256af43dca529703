//! The gates: what must hold before production, with whose word it rests on.
//!
//! One row each where there is room, all in one line where there is not. Enter at [`draw`].

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::view::View;
use crate::domain::duration;
use crate::domain::item::{GateVerdict, ItemState, Tally};
use crate::domain::status::GateRow;
use crate::domain::time;
use crate::tui::glyphs::State;
use crate::tui::layout::Pane;
use crate::tui::paint;
use crate::tui::theme::Role;

/// How the gates stand: `2/3`. A waived one holds too.
pub fn tally(view: &View<'_>) -> String {
    let tally = Tally::of(view.gates.iter().map(state));
    if tally.total() == 0 { String::new() } else { format!("{}/{}", tally.done + tally.waived, tally.total()) }
}

/// Draws the gates; says which stands on which row of the screen.
pub fn draw(view: &View<'_>, buf: &mut Buffer, area: Rect) -> Vec<(u16, usize)> {
    if area.is_empty() {
        return Vec::new();
    }
    if view.gates.is_empty() {
        super::empty::draw(view, buf, area, "This project has no gates.");
        return Vec::new();
    }
    if usize::from(area.height) >= view.gates.len() { full(view, buf, area) } else { short(view, buf, area) }
}

fn state(gate: &GateRow) -> ItemState {
    match (&gate.not_applicable, gate.checking) {
        (Some(_), _) => ItemState::NotApplicable,
        (None, Some(_)) => ItemState::Doing,
        (None, None) => gate.verdict.as_item_state(),
    }
}

/// How an item's state looks.
pub fn glyph_state(state: ItemState) -> State {
    match state {
        ItemState::Open => State::Open,
        ItemState::Doing => State::Running,
        ItemState::Done => State::Done,
        ItemState::Failed => State::Failed,
        ItemState::Skipped => State::Skipped,
        ItemState::NotApplicable => State::NotApplicable,
        ItemState::Unknown => State::Unknown,
        ItemState::Waived => State::Waived,
    }
}

/// The title without what the pane's own title says already: `QA` for `Gate 8: QA`.
fn title(view: &View<'_>, gate: &GateRow) -> String {
    let title = view.clean(&gate.title);
    let rest = title.strip_prefix("Gate ").and_then(|rest| rest.split_once(": "));
    match rest {
        Some((number, rest)) if number.chars().all(|c| c.is_ascii_digit()) && !rest.is_empty() => rest.to_owned(),
        _ => title,
    }
}

/// One row each, evidence below the selected one where there is room.
fn full(view: &View<'_>, buf: &mut Buffer, area: Rect) -> Vec<(u16, usize)> {
    let focused = view.shown.focus == Pane::Gates;
    let spare = usize::from(area.height) - view.gates.len();
    let mut places = Vec::new();
    let mut y = 0;
    for (at, gate) in view.gates.iter().enumerate() {
        let selected = focused && at == view.shown.gate;
        draw_row(view, buf, paint::row(area, y), gate, selected);
        places.push((area.y.saturating_add(y), at));
        y = y.saturating_add(1);
        if selected {
            for (text, role) in details(view, gate).iter().take(spare) {
                let inside = paint::row(area, y);
                let text = paint::fit(text, inside.width.saturating_sub(7), view.theme.glyphs.ellipsis);
                paint::put(buf, inside, 6, 0, &text, view.style(*role));
                y = y.saturating_add(1);
            }
        }
    }
    places
}

fn details(view: &View<'_>, gate: &GateRow) -> Vec<(String, Role)> {
    let mut lines = Vec::new();
    if let Some(rule) = &gate.not_applicable {
        lines.push((view.clean(rule), Role::Dim));
        return lines;
    }
    if let Some(void) = &gate.void {
        lines.push((format!("void: {}", view.clean(void)), Role::Warning));
    }
    if !gate.evidence.is_empty() {
        lines.push((view.clean(&gate.evidence), Role::Text));
    }
    let whose = format!("{}: {}", view.clean(gate.role.as_str()), view.holder(&gate.role));
    lines.push((if gate.checked { format!("{whose}, or its check") } else { whose }, Role::Dim));
    lines
}

fn draw_row(view: &View<'_>, buf: &mut Buffer, row: Rect, gate: &GateRow, selected: bool) {
    let state = glyph_state(state(gate));
    let glyphs = view.theme.glyphs;
    let (base, text) = if selected {
        let bar = Rect { x: row.x.saturating_add(2), width: row.width.saturating_sub(2), ..row };
        paint::tint(buf, bar, view.style(Role::Selection));
        (Some(view.style(Role::Selection)), Role::Selection)
    } else {
        (None, if matches!(state, State::Open | State::Failed) { Role::Text } else { Role::Dim })
    };
    if selected {
        paint::put(buf, row, 1, 0, glyphs.marker, view.style(Role::Next));
    }
    paint::put(buf, row, 2, 0, glyphs.state(state), base.unwrap_or_else(|| view.style(state.role())));
    let (who, age) = fact(view, gate);
    let fact = if age.is_empty() { who } else { format!("{who} {age:>6}") };
    let title = title(view, gate);
    // The title first; who it waits for stands in whole below the selected one.
    let left = row.width.saturating_sub(6).saturating_sub(paint::width(&title)).max(row.width.saturating_sub(6) / 3);
    let fact = paint::fit(&fact, left, glyphs.ellipsis).into_owned();
    let role = if gate.void.is_some() { Role::Warning } else { Role::Dim };
    let right = Rect { width: row.width.saturating_sub(1), ..row };
    let fact_at = paint::put_right(buf, right, 4, 0, &fact, base.unwrap_or_else(|| view.style(role)));
    let room = fact_at.saturating_sub(5);
    paint::put(buf, row, 4, 0, &paint::fit(&title, room, glyphs.ellipsis), view.style(text));
}

/// Who spoke and how long ago; whose word is awaited.
fn fact(view: &View<'_>, gate: &GateRow) -> (String, String) {
    if gate.not_applicable.is_some() {
        return ("n/a".to_owned(), String::new());
    }
    match gate.checking {
        Some(Some(since)) => {
            return (format!("runs {}", duration::clock(duration::between(since, view.shown.now))), String::new());
        }
        Some(None) => return ("waits".to_owned(), String::new()),
        None => {}
    }
    let who = gate.by.as_deref().map(|by| view.person(by)).unwrap_or_default();
    let age = gate.at.map(|at| time::age(at, view.shown.now)).unwrap_or_default();
    match gate.verdict {
        _ if gate.void.is_some() => (format!("void, {} ?", view.holder(&gate.role)), String::new()),
        GateVerdict::Open => (format!("{} ?", view.holder(&gate.role)), String::new()),
        GateVerdict::Passed => (who, age),
        GateVerdict::Failed => (format!("failed {who}"), age),
        GateVerdict::Waived => (format!("waived {who}"), age),
    }
}

/// All in one line, or in as few as there are; what does not fit is counted.
fn short(view: &View<'_>, buf: &mut Buffer, area: Rect) -> Vec<(u16, usize)> {
    let inside = Rect { x: area.x.saturating_add(2), width: area.width.saturating_sub(3), ..area };
    let mut titles: Vec<String> = view.gates.iter().map(|gate| title(view, gate)).collect();
    let needed = |titles: &[String]| titles.iter().map(|title| u32::from(paint::width(title)) + 4).sum::<u32>();
    if needed(&titles) > u32::from(inside.width) * u32::from(inside.height) + 2 {
        // The first word of each tells them apart better than the beginning of the first few.
        for title in &mut titles {
            *title = title.split(' ').next().unwrap_or_default().to_owned();
        }
    }
    let selected = Some(view.shown.gate).filter(|_| view.shown.focus == Pane::Gates);
    // Where they do not fit all the same, the selected one is among those that do.
    let mut first = 0;
    loop {
        let (places, end) = lay(&titles, first, inside);
        if selected.is_none_or(|selected| selected < end || end >= titles.len()) || first + 1 >= titles.len() {
            return draw_short(view, buf, inside, &titles, &places, end);
        }
        first += 1;
    }
}

/// A gate's place in the short form: which, column, row.
type Place = (usize, u16, u16);

/// Where gates stand from `first` on, and which is the first that has no place.
fn lay(titles: &[String], first: usize, inside: Rect) -> (Vec<Place>, usize) {
    let (mut x, mut y) = (0u16, 0u16);
    let mut places = Vec::new();
    for (at, title) in titles.iter().enumerate().skip(first) {
        let cells = paint::width(title).saturating_add(2);
        let kept = if y + 1 == inside.height && at + 1 < titles.len() { 4 } else { 0 };
        if x > 0 && x.saturating_add(cells).saturating_add(kept) > inside.width {
            if y + 1 >= inside.height {
                return (places, at);
            }
            (x, y) = (0, y + 1);
        }
        places.push((at, x, y));
        x = x.saturating_add(cells).saturating_add(2);
    }
    (places, titles.len())
}

fn draw_short(
    view: &View<'_>,
    buf: &mut Buffer,
    inside: Rect,
    titles: &[String],
    places: &[Place],
    end: usize,
) -> Vec<(u16, usize)> {
    let glyphs = view.theme.glyphs;
    let mut drawn = Vec::new();
    let mut after = 0;
    for (at, x, y) in places.iter().copied() {
        let (Some(gate), Some(title)) = (view.gates.get(at), titles.get(at)) else { continue };
        let state = glyph_state(state(gate));
        let selected = view.shown.focus == Pane::Gates && at == view.shown.gate;
        let role = if selected { Role::Selection } else { Role::Text };
        let x = paint::put(buf, inside, x, y, glyphs.state(state), view.style(state.role()));
        let title = paint::fit(title, inside.width.saturating_sub(x + 1), glyphs.ellipsis);
        after = paint::put(buf, inside, x.saturating_add(1), y, &title, view.style(role));
        drawn.push((inside.y.saturating_add(y), at));
    }
    if end < titles.len() {
        let more = format!("+{}", titles.len() - end);
        paint::put(buf, inside, after.saturating_add(2), inside.height.saturating_sub(1), &more, view.style(Role::Dim));
    }
    drawn
}
