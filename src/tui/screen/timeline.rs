//! The timeline: what happened, newest at the bottom.
//!
//! Times stand in the person's zone, as exactly as they are known and no more. Enter at [`draw`].

use jiff::Timestamp;
use jiff::civil::Date;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::view::View;
use crate::domain::time::{self, Precision};
use crate::domain::timeline::Entry;
use crate::tui::paint;
use crate::tui::theme::Role;

/// Where texts begin: after the clock.
const TEXT_AT: u16 = 12;
/// Rows that one entry takes where there is little room.
const ROWS_FEW: usize = 2;
/// From this height on entries are shown whole.
const TALL: u16 = 14;
/// Rows that any entry takes at most.
const ROWS_MOST: usize = 12;

/// One row of the pane.
enum Row<'a> {
    Date(Date),
    /// A row of an entry's text; the first carries clock and name.
    Text {
        entry: &'a Entry,
        text: String,
        first: bool,
    },
}

/// Left and right of the timeline's rule.
pub fn title<'a>(view: &View<'_>) -> (Line<'a>, Line<'a>) {
    let mut spans = vec![Span::raw("Timeline")];
    if let Some(incident) = view.incident {
        let id = format!("  {}", view.clean(incident.id.as_str()));
        spans.push(Span::styled(id, view.style(Role::Error)));
        if view.shown.of_incident {
            spans.push(Span::styled(" only, & shows all", view.style(Role::Dim)));
        }
    }
    let up = view.shown.timeline_up.min(view.shown.timeline.len().saturating_sub(1));
    let right = if up > 0 { format!("{up} newer below") } else { String::new() };
    (Line::from(spans), Line::from(Span::styled(right, view.style(Role::Warning))))
}

/// Draws the timeline; says by how many entries it can be scrolled up.
pub fn draw(view: &View<'_>, buf: &mut Buffer, area: Rect) -> usize {
    let entries = view.shown.timeline;
    if area.is_empty() {
        return 0;
    }
    if entries.is_empty() {
        let key = &view.shown.keys.note;
        let text = format!("Nothing has happened yet. Everything that does stands here; {key} writes a note.");
        super::empty::draw(view, buf, area, &text);
        return 0;
    }
    let up = view.shown.timeline_up.min(entries.len() - 1);
    let height = usize::from(area.height);
    // From the newest shown entry upwards, until the pane is full.
    let mut rows: Vec<Row<'_>> = Vec::new();
    for at in (0..entries.len() - up).rev() {
        let Some(entry) = entries.get(at) else { continue };
        let texts = texts(view, entry, area);
        let last = texts.len().saturating_sub(1);
        let texts = texts.into_iter().rev().enumerate();
        rows.extend(texts.map(|(back, text)| Row::Text { entry, text, first: back == last }));
        if rows.len() >= height {
            break;
        }
        let today = day(view, entry.occurred);
        let before = at.checked_sub(1).and_then(|at| entries.get(at)).map(|entry| day(view, entry.occurred));
        let first_and_old = before.is_none() && today != day(view, view.shown.now);
        if before.is_some_and(|before| before != today) || first_and_old {
            rows.push(Row::Date(today));
        }
    }
    rows.truncate(height);
    for (y, row) in (0..area.height).zip(rows.iter().rev()) {
        draw_row(view, buf, paint::row(area, y), row);
    }
    up_max(view, area)
}

/// How far up it can go: as long as the oldest entries fill the pane.
fn up_max(view: &View<'_>, area: Rect) -> usize {
    let mut rows = 0;
    let mut fit = 0;
    for entry in view.shown.timeline {
        rows += texts(view, entry, area).len();
        if rows > usize::from(area.height) {
            break;
        }
        fit += 1;
    }
    view.shown.timeline.len().saturating_sub(fit.max(1))
}

fn day(view: &View<'_>, at: Timestamp) -> Date {
    at.to_zoned(view.shown.snapshot.zone.clone()).date()
}

/// Cells of an entry's mark and name, and the room that they leave for its text.
fn room(view: &View<'_>, entry: &Entry, width: u16) -> u16 {
    let late = paint::width(&late(entry));
    let used = TEXT_AT + if late > 0 { late + 1 } else { 0 };
    width.saturating_sub(used + paint::width(&who(view, entry)) + 3).max(8)
}

/// The rows of an entry's text.
fn texts(view: &View<'_>, entry: &Entry, area: Rect) -> Vec<String> {
    let room = room(view, entry, area.width);
    let most = match area.height {
        TALL.. => ROWS_MOST,
        // What is urgent or said by a person is worth a second row.
        _ if entry.alarming || entry.note => ROWS_FEW,
        _ => 1,
    };
    let text = view.clean(&entry.text);
    let mut lines = paint::wrap(&text, room);
    if lines.len() > most {
        let rest = lines.split_off(most.saturating_sub(1)).join(" ");
        lines.push(paint::fit(&rest, room, view.theme.glyphs.ellipsis).into_owned());
    }
    lines
}

fn draw_row(view: &View<'_>, buf: &mut Buffer, row: Rect, of: &Row<'_>) {
    let dim = view.style(Role::Dim);
    let (entry, text, first) = match of {
        Row::Date(date) => {
            paint::put(buf, row, 2, 0, &date.strftime("%Y-%m-%d %A").to_string(), dim);
            return;
        }
        Row::Text { entry, text, first } => (entry, text, *first),
    };
    let mut x = TEXT_AT;
    if first {
        paint::put(buf, row, 2, 0, &clock(view, entry), dim);
        let late = late(entry);
        if !late.is_empty() {
            x = paint::put(buf, row, x, 0, &late, view.style(Role::Warning)) + 1;
        }
    }
    let role = if entry.alarming {
        Role::Error
    } else if entry.note {
        Role::Next
    } else {
        Role::Text
    };
    let after = paint::put(buf, row, x, 0, text, view.style(role));
    if first {
        let right = Rect { width: row.width.saturating_sub(1), ..row };
        paint::put_right(buf, right, after + 1, 0, &who(view, entry), dim);
    }
}

/// When it happened, as exactly as it is known: `14:11:52`, `14:11`, `~14:11`.
fn clock(view: &View<'_>, entry: &Entry) -> String {
    let clock = time::clock(entry.occurred, &view.shown.snapshot.zone);
    let minute = clock.get(..5).unwrap_or(&clock).to_owned();
    match entry.precision {
        Precision::Exact => clock,
        Precision::Minute => minute,
        Precision::About => format!("~{minute}"),
    }
}

/// How much later it was written down, where that matters: `-1m`.
fn late(entry: &Entry) -> String {
    if !entry.late() {
        return String::new();
    }
    match time::seconds_between(entry.occurred, entry.at) {
        seconds @ 0..3600 => format!("-{}m", (seconds + 30) / 60),
        seconds @ 3600..172_800 => format!("-{}h", seconds / 3600),
        seconds => format!("-{}d", seconds / 86_400),
    }
}

/// Who spoke, and who wrote it down where that was somebody else.
fn who(view: &View<'_>, entry: &Entry) -> String {
    let by = view.person(&entry.by);
    let by = paint::fit(&by, 16, view.theme.glyphs.ellipsis).into_owned();
    if entry.by == entry.actor || entry.by == "relco" {
        return by;
    }
    let actor = view.person(&entry.actor);
    format!("{by}, recorded by {}", paint::fit(&actor, 16, view.theme.glyphs.ellipsis))
}
