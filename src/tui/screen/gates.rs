//! The gates: what must hold before production, with whose word it rests on.
//!
//! One row each where there is room, all in one line where there is not. Enter at [`draw`].

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::view::View;
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
    if gate.not_applicable.is_some() { ItemState::NotApplicable } else { gate.verdict.as_item_state() }
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
        paint::tint(buf, row, view.style(Role::Selection));
        (Some(view.style(Role::Selection)), Role::Selection)
    } else {
        (None, if matches!(state, State::Open | State::Failed) { Role::Text } else { Role::Dim })
    };
    if selected {
        paint::put(buf, row, 1, 0, glyphs.marker, view.style(Role::Selection));
    }
    paint::put(buf, row, 2, 0, glyphs.state(state), base.unwrap_or_else(|| view.style(state.role())));
    let (who, age) = fact(view, gate);
    let fact = if age.is_empty() { who } else { format!("{who} {age:>6}") };
    let fact = paint::fit(&fact, row.width.saturating_sub(8) / 2, glyphs.ellipsis).into_owned();
    let role = if gate.void.is_some() { Role::Warning } else { Role::Dim };
    let right = Rect { width: row.width.saturating_sub(1), ..row };
    let fact_at = paint::put_right(buf, right, 4, 0, &fact, base.unwrap_or_else(|| view.style(role)));
    let room = fact_at.saturating_sub(5);
    paint::put(buf, row, 4, 0, &paint::fit(&title(view, gate), room, glyphs.ellipsis), view.style(text));
}

/// Who spoke and how long ago; whose word is awaited.
fn fact(view: &View<'_>, gate: &GateRow) -> (String, String) {
    if gate.not_applicable.is_some() {
        return ("n/a".to_owned(), String::new());
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
    let glyphs = view.theme.glyphs;
    let focused = view.shown.focus == Pane::Gates;
    let inside = Rect { x: area.x.saturating_add(2), width: area.width.saturating_sub(3), ..area };
    let (mut x, mut y) = (0u16, 0u16);
    let mut places = Vec::new();
    for (at, gate) in view.gates.iter().enumerate() {
        let state = glyph_state(state(gate));
        let title = title(view, gate);
        let more = format!(" +{}", view.gates.len() - at);
        let cells = paint::width(&title).saturating_add(2);
        let last = at + 1 == view.gates.len();
        let kept = if y + 1 == inside.height && !last { paint::width(&more) } else { 0 };
        if x > 0 && x.saturating_add(cells).saturating_add(kept) > inside.width {
            if y + 1 >= inside.height {
                paint::put(buf, inside, x, y, more.trim_start(), view.style(Role::Dim));
                return places;
            }
            (x, y) = (0, y + 1);
        }
        places.push((inside.y.saturating_add(y), at));
        let style = if focused && at == view.shown.gate { view.style(Role::Selection) } else { view.style(Role::Text) };
        x = paint::put(buf, inside, x, y, glyphs.state(state), view.style(state.role()));
        let title = paint::fit(&title, inside.width.saturating_sub(x + 1), glyphs.ellipsis);
        x = paint::put(buf, inside, x.saturating_add(1), y, &title, style).saturating_add(2);
    }
    places
}
