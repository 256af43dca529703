//! Panes with nothing in them: one line says what will stand there and which key begins it.
//!
//! Enter at [`draw`].

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::view::{View, Watcher};
use crate::tui::listing::RowAct;
use crate::tui::paint;
use crate::tui::theme::Role;

/// Draws the text at the top of the pane, wrapped.
pub fn draw(view: &View<'_>, buf: &mut Buffer, area: Rect, text: &str) {
    let area = Rect { x: area.x.saturating_add(2), width: area.width.saturating_sub(3), ..area };
    for (y, line) in (0..area.height).zip(paint::wrap(text, area.width)) {
        paint::put(buf, area, 0, y, &line, view.style(Role::Dim));
    }
}

/// What the log pane says when there is no log.
pub fn log(view: &View<'_>) -> String {
    let listing = view.shown.listing;
    let Some(row) = listing.rows.get(view.shown.selected).or_else(|| listing.rows.get(listing.next?)) else {
        return "Nothing is running. The output of a step stands here.".to_owned();
    };
    if view.shown.snapshot.read_only.is_some() || matches!(view.watcher, Watcher::Elsewhere(_)) {
        return "Nothing is running. The output of a step stands here as soon as one does.".to_owned();
    }
    let starts = matches!(row.act, RowAct::CheckItem(_) | RowAct::Next(_) | RowAct::Deploy(_) | RowAct::Rehearse(_));
    if starts && super::checklist::runs_command(view, row) {
        let title = view.clean(&row.title);
        if let RowAct::CheckItem(_) = &row.act {
            return format!(
                "Enter on \"{title}\" runs it. Its output stands here, its last line becomes its evidence."
            );
        }
        return format!("Nothing is running. Enter on \"{title}\" starts it; its output stands here.");
    }
    "Nothing is running. The output of a step stands here as soon as one is started.".to_owned()
}
