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
/// Below this many seconds, "recorded later" is only the way of the machine.
const LATE_S: u64 = 45;

/// One row of the pane.
enum Row {
    Date(Date),
    Entry { clock: String, late: String, text: String, who: String, role: Role },
}

/// Left and right of the timeline's rule.
pub fn title<'a>(view: &View<'_>) -> (Line<'a>, Line<'a>) {
    let mut spans = vec![Span::raw("Timeline")];
    if let Some(incident) = view.incident {
        let id = format!("  {}", view.clean(incident.id.as_str()));
        spans.push(Span::styled(id, view.style(Role::Error)));
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
    let mut rows: Vec<Row> = Vec::new();
    for at in (0..entries.len() - up).rev() {
        let Some(entry) = entries.get(at) else { continue };
        rows.extend(of_entry(view, entry, area).into_iter().rev());
        let day = day(view, entry.occurred);
        let before = at.checked_sub(1).and_then(|at| entries.get(at)).map(|entry| day_of(view, entry));
        let first_and_old = before.is_none() && day != self::day(view, view.shown.now);
        if before.is_some_and(|before| before != day) || first_and_old {
            rows.push(Row::Date(day));
        }
        if rows.len() >= height {
            break;
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
        rows += of_entry(view, entry, area).len();
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

fn day_of(view: &View<'_>, entry: &Entry) -> Date {
    day(view, entry.occurred)
}

fn of_entry(view: &View<'_>, entry: &Entry, area: Rect) -> Vec<Row> {
    let role = if entry.alarming {
        Role::Error
    } else if entry.note {
        Role::Next
    } else {
        Role::Text
    };
    let (clock, late) = (clock(view, entry), late(entry));
    let who = who(view, entry);
    let used = TEXT_AT + if late.is_empty() { 0 } else { paint::width(&late) + 1 };
    let first_room = area.width.saturating_sub(used + paint::width(&who) + 3);
    let most = match area.height {
        TALL.. => ROWS_MOST,
        // What is urgent or said by a person is worth a second row.
        _ if entry.alarming || entry.note => ROWS_FEW,
        _ => 1,
    };
    let text = view.clean(&entry.text);
    let mut lines = paint::wrap(&text, first_room.max(8));
    if lines.len() > most {
        let kept: Vec<String> = lines.drain(..most.saturating_sub(1)).collect();
        let rest = lines.join(" ");
        lines = kept;
        lines.push(paint::fit(&rest, first_room, view.theme.glyphs.ellipsis).into_owned());
    }
    lines
        .into_iter()
        .enumerate()
        .map(|(at, text)| {
            let first = at == 0;
            let only_first = |text: &str| if first { text.to_owned() } else { String::new() };
            Row::Entry { clock: only_first(&clock), late: only_first(&late), text, who: only_first(&who), role }
        })
        .collect()
}

fn draw_row(view: &View<'_>, buf: &mut Buffer, row: Rect, of: &Row) {
    let dim = view.style(Role::Dim);
    match of {
        Row::Date(date) => {
            paint::put(buf, row, 2, 0, &date.strftime("%Y-%m-%d %A").to_string(), dim);
        }
        Row::Entry { clock, late, text, who, role } => {
            paint::put(buf, row, 2, 0, clock, dim);
            let mut x = TEXT_AT;
            if !late.is_empty() {
                x = paint::put(buf, row, x, 0, late, view.style(Role::Warning)) + 1;
            }
            let after = paint::put(buf, row, x, 0, text, view.style(*role));
            let right = Rect { width: row.width.saturating_sub(1), ..row };
            paint::put_right(buf, right, after + 1, 0, who, dim);
        }
    }
}

/// When it happened, as exactly as it is known: `14:11:52`, `14:11`, `~14:11`.
fn clock(view: &View<'_>, entry: &Entry) -> String {
    let clock = time::clock(entry.occurred, &view.shown.snapshot.zone);
    let minute = clock.get(..5).unwrap_or(&clock).to_owned();
    match precision(view, entry) {
        Precision::Exact => clock,
        Precision::Minute => minute,
        Precision::About => format!("~{minute}"),
    }
}

fn precision(view: &View<'_>, entry: &Entry) -> Precision {
    let of_release = view.release.and_then(|release| release.notes_taken.get(&entry.seq));
    let note = of_release.or_else(|| view.shown.snapshot.project.notes_taken.get(&entry.seq));
    match note.filter(|note| entry.note && note.at == entry.at) {
        Some(note) => note.precision,
        None => Precision::Exact,
    }
}

/// How much later it was written down, where that matters: `-1m`.
fn late(entry: &Entry) -> String {
    match time::seconds_between(entry.occurred, entry.at) {
        0..LATE_S => String::new(),
        seconds @ LATE_S..3600 => format!("-{}m", (seconds + 30) / 60),
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
