//! The last row: the keys that matter here, and whose turn it is.
//!
//! Keys give way from the right, the one that shows all keys last; a key is never shown without its word. Enter at [`draw`].

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::view::View;
use crate::tui::paint;
use crate::tui::theme::Role;

/// Cells between two hints.
const GAP: u16 = 3;
/// A hint line with more keys is not read any more.
const MOST: usize = 8;

/// Draws the hints and, at the right, what is under way or whose turn it is.
pub fn draw(view: &View<'_>, buf: &mut Buffer, area: Rect) {
    let area = Rect { x: area.x.saturating_add(1), width: area.width.saturating_sub(2), ..area };
    let (words, role) = right(view);
    let first = view.shown.hints.first().map_or(0, |(key, word)| cells(key, word));
    // Whose turn it is gives way to the first key, and to nothing else.
    let right_cells = paint::width(&words);
    let shows_right = right_cells > 0 && first.saturating_add(GAP).saturating_add(right_cells) <= area.width;
    let room = if shows_right { area.width - right_cells - GAP } else { area.width };
    let mut x: u16 = 0;
    for (key, word) in kept(view.shown.hints, room) {
        let from = if x == 0 { 0 } else { x.saturating_add(GAP) };
        x = paint::put(buf, area, from, 0, key, view.style(Role::Key));
        x = paint::put(buf, area, x.saturating_add(1), 0, word, view.style(Role::Text));
    }
    if shows_right {
        paint::put_right(buf, area, x, 0, &words, view.style(role));
    }
}

/// The hints that fit: from the left as many as can be, and the way to all the others, if that was given last.
fn kept(hints: &[(String, String)], room: u16) -> Vec<&(String, String)> {
    let help = hints.last().filter(|(key, _)| key == "?" && hints.len() > 1);
    let others = hints.len() - usize::from(help.is_some());
    let help_cells = help.map_or(0, |(key, word)| cells(key, word).saturating_add(GAP));
    let mut used: u16 = 0;
    let mut kept: Vec<&(String, String)> = Vec::new();
    for hint in hints.iter().take(others.min(MOST - usize::from(help.is_some()))) {
        let gap = if kept.is_empty() { 0 } else { GAP };
        let with = used.saturating_add(gap).saturating_add(cells(&hint.0, &hint.1));
        // The first hint stays even where the help does not.
        let besides = if kept.is_empty() { 0 } else { help_cells };
        if with.saturating_add(besides) > room {
            break;
        }
        used = with;
        kept.push(hint);
    }
    kept.extend(help.filter(|_| used.saturating_add(help_cells) <= room));
    kept
}

fn cells(key: &str, word: &str) -> u16 {
    paint::width(key).saturating_add(1).saturating_add(paint::width(word))
}

/// What is on its way into the record, else whose turn it is.
fn right(view: &View<'_>) -> (String, Role) {
    let snapshot = view.shown.snapshot;
    let dots = view.theme.glyphs.ellipsis;
    if view.shown.recording {
        return (format!("recording{dots}"), Role::Running);
    }
    if snapshot.busy {
        return (format!("working{dots}"), Role::Running);
    }
    let listing = view.shown.listing;
    let next = listing.next.and_then(|at| listing.rows.get(at));
    let role = next.and_then(|row| row.findings.first().map(|(_, role)| role).or(row.role.as_ref()));
    match role {
        Some(role) => (format!("next: {}", view.clean(role.as_str())), Role::Dim),
        None => (String::new(), Role::Dim),
    }
}
