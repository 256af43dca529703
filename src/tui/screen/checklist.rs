//! The list of the present phase: where a captain reads what is next and why.
//!
//! On top what holds for the whole list, below it the rows, at the bottom what the probes say. What is done is dim,
//! what is next is bright, the selected row is marked and explains itself underneath. Groups that are through, and
//! lists that are still far, fold into their heading when not everything fits. Enter at [`draw`].

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::view::View;
use crate::domain::item::ItemState;
use crate::tui::layout::Pane;
use crate::tui::listing::{ListRow, RowKind};
use crate::tui::paint;
use crate::tui::theme::Role;

mod act;
mod banner;
mod detail;
mod entry;
mod probes;

pub use act::{act, runs_command};

/// Rows that the list keeps beside the block of probes, the line between them included.
const LIST_LEAST: usize = 12;

/// A line of text in pieces, each with what it means.
pub type Pieces = Vec<(String, Role)>;

/// One row of the screen inside the list.
enum Line {
    /// A row of the listing.
    Row(usize),
    /// A piece of what stands below the selected one.
    Detail(Pieces),
}

/// A heading with the rows below it.
struct Group {
    /// The heading; rows before the first heading have none.
    heading: Option<usize>,
    rows: Vec<usize>,
}

/// Draws the list; says which row of the listing stands on which row of the screen.
pub fn draw(view: &View<'_>, buf: &mut Buffer, area: Rect) -> Vec<(u16, usize)> {
    if area.is_empty() {
        return Vec::new();
    }
    let mut rest = draw_banner(view, buf, area);
    let spare = usize::from(rest.height).saturating_sub(LIST_LEAST);
    if let Some(lines) = probes::lines(view, rest.width, spare) {
        let rows = u16::try_from(lines.len()).unwrap_or(0);
        rest.height -= rows + 1;
        for (y, line) in (rest.bottom() + 1..).zip(&lines) {
            put_pieces(view, buf, Rect { y, height: 1, ..rest }, 1, line);
        }
    }
    if view.shown.listing.rows.is_empty() {
        super::empty::draw(view, buf, rest, "Nothing is to be done. A release's list stands here.");
        return Vec::new();
    }
    let height = usize::from(rest.height);
    let lines = lines(view, rest.width, height);
    let top = top(view, &lines, height);
    let pinned = pinned(view, &lines, top, height);
    let mut places = Vec::new();
    for (y, line) in (0..rest.height).zip(lines.iter().skip(top)) {
        // The marks that rows stand above or below get a cell of their own.
        let marked = y == 0 && top > 0 || y + 1 == rest.height && top + height < lines.len();
        let row = paint::row(Rect { width: rest.width.saturating_sub(u16::from(marked)), ..rest }, y);
        let pinned = pinned.filter(|_| y == 0);
        match line {
            Line::Row(at) => {
                let at = pinned.unwrap_or(*at);
                let Some(of_listing) = view.shown.listing.rows.get(at) else { continue };
                entry::draw(view, buf, row, at, of_listing, rest.width);
                places.push((row.y, at));
            }
            Line::Detail(pieces) => put_pieces(view, buf, row, entry::TEXT_AT, pieces),
        }
    }
    draw_more(view, buf, rest, top, lines.len());
    places
}

/// The heading that stays in sight on the first row when its own row is scrolled out.
fn pinned(view: &View<'_>, lines: &[Line], top: usize, height: usize) -> Option<usize> {
    const LEAST: usize = 6;
    let first = match lines.get(top)? {
        Line::Row(at) if height >= LEAST && top > 0 && *at != view.shown.selected => *at,
        _ => return None,
    };
    let rows = &view.shown.listing.rows;
    // A deed stands below the last heading without belonging to it.
    let of_list = |row: &ListRow| matches!(row.kind, RowKind::Entry | RowKind::NoWayBack);
    rows.get(first).filter(|row| of_list(row))?;
    (0..first).rev().find(|at| rows.get(*at).is_some_and(|row| row.kind == RowKind::Heading))
}

/// Says at the right edge that rows stand above or below.
fn draw_more(view: &View<'_>, buf: &mut Buffer, area: Rect, top: usize, lines: usize) {
    let glyphs = view.theme.glyphs;
    let style = view.style(Role::Dim);
    let edge = Rect { x: area.right().saturating_sub(1), width: area.width.min(1), ..area };
    let (up, down) = if glyphs.ascii { ("^", "v") } else { ("↑", "↓") };
    if top > 0 {
        paint::put(buf, edge, 0, 0, up, style);
    }
    if top + usize::from(area.height) < lines && area.height > 0 {
        paint::put(buf, edge, 0, area.height - 1, down, style);
    }
}

/// Draws what holds for the whole list and returns the room below it.
fn draw_banner(view: &View<'_>, buf: &mut Buffer, area: Rect) -> Rect {
    let most = usize::from(area.height / 2).max(1);
    let mut lines: Vec<Pieces> = Vec::new();
    for piece in banner::banner(view) {
        lines.extend(wrap(&piece, area.width.saturating_sub(2)));
    }
    lines.truncate(most);
    let rows = u16::try_from(lines.len()).unwrap_or(0);
    for (y, line) in (0..rows).zip(&lines) {
        put_pieces(view, buf, paint::row(area, y), 1, line);
    }
    // A blank row sets it apart where there is room to spare.
    let blank = u16::from(rows > 0 && area.height >= 16);
    let used = (rows + blank).min(area.height);
    Rect { y: area.y + used, height: area.height - used, ..area }
}

fn groups(rows: &[ListRow]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        match (row.kind, groups.last_mut()) {
            (RowKind::Heading, _) => groups.push(Group { heading: Some(at), rows: Vec::new() }),
            // A deed belongs to no list: it follows from all of them.
            (RowKind::Deed, last) if last.as_ref().is_none_or(|group| group.heading.is_some()) => {
                groups.push(Group { heading: None, rows: vec![at] });
            }
            (_, Some(group)) => group.rows.push(at),
            (_, None) => groups.push(Group { heading: None, rows: vec![at] }),
        }
    }
    groups
}

/// Every line of the list, groups folded as far as needed to fit into `height`.
fn lines(view: &View<'_>, width: u16, height: usize) -> Vec<Line> {
    let listing = view.shown.listing;
    let groups = groups(&listing.rows);
    let details = detail_lines(view, width);
    let settled = |group: &Group| group.rows.iter().all(|at| is_settled(listing.rows.get(*at)));
    let here = |group: &Group| {
        group.heading == Some(view.shown.selected)
            || group.rows.iter().any(|at| *at == view.shown.selected || Some(*at) == listing.next)
    };
    // What is through is folded as long as something is not; what is far, only as much as is needed.
    let at_work = listing.next.is_some();
    let all: usize = groups.iter().map(|group| group.rows.len() + usize::from(group.heading.is_some())).sum();
    let mut over = (all + details.len()).saturating_sub(height);
    let mut folded = vec![false; groups.len()];
    let in_run = view.run.is_some();
    for far in [false, true] {
        for (group, fold) in groups.iter().zip(&mut folded) {
            let may = group.heading.is_some() && !here(group) && !group.rows.is_empty();
            let wanted = if far { in_run } else { settled(group) };
            if (over > 0 || at_work && !far) && may && wanted && !*fold {
                *fold = true;
                over = over.saturating_sub(group.rows.len());
            }
        }
    }
    let mut details = Some(details);
    let mut lines = Vec::new();
    for (group, folded) in groups.iter().zip(folded) {
        let rows: &[usize] = if folded { &[] } else { &group.rows };
        for at in group.heading.iter().chain(rows) {
            lines.push(Line::Row(*at));
            if *at == view.shown.selected {
                lines.extend(details.take().into_iter().flatten().map(Line::Detail));
            }
        }
    }
    lines
}

fn is_settled(row: Option<&ListRow>) -> bool {
    row.is_none_or(|row| row.kind == RowKind::NoWayBack || row.state.is_some_and(ItemState::settled))
}

fn detail_lines(view: &View<'_>, width: u16) -> Vec<Pieces> {
    let Some(row) = view.shown.listing.rows.get(view.shown.selected) else { return Vec::new() };
    if !row.selectable() {
        return Vec::new();
    }
    let room = width.saturating_sub(entry::TEXT_AT + 2);
    // The selected title is told to its end.
    let rest = entry::title_rows(view, row, width).into_iter().skip(1);
    let rest = rest.map(|text| vec![(text, Role::Next)]);
    let details = detail::details(view, row);
    rest.chain(details.iter().flat_map(|pieces| wrap(pieces, room))).collect()
}

/// The first line on the screen: the selected row and what stands below it are in sight, with what is around it.
fn top(view: &View<'_>, lines: &[Line], height: usize) -> usize {
    if lines.len() <= height || height == 0 {
        return 0;
    }
    let selected = lines.iter().position(|line| matches!(line, Line::Row(at) if *at == view.shown.selected));
    let Some(selected) = selected else { return 0 };
    let below = lines.iter().skip(selected + 1).take_while(|line| matches!(line, Line::Detail(_))).count();
    let context = (height / 3).max(1);
    // Its end must be in sight, its beginning all the more.
    let from = (selected + below + 2).saturating_sub(height);
    selected.saturating_sub(context).max(from).min(selected).min(lines.len() - height)
}

/// Breaks a line of several pieces into rows: between words, roles kept.
fn wrap(pieces: &Pieces, cells: u16) -> Vec<Pieces> {
    let whole: String = pieces.iter().map(|(text, _)| text.as_str()).collect();
    if paint::width(&whole) <= cells {
        return vec![pieces.clone()];
    }
    // What is indented stays indented in its later rows.
    let body = whole.trim_start();
    let indent = whole.get(..whole.len() - body.len()).unwrap_or("");
    let rows = paint::wrap(body, cells.saturating_sub(paint::width(indent)));
    roles_over(pieces, rows.into_iter().map(|row| format!("{indent}{row}")).collect())
}

/// Gives rows of wrapped text the roles of the pieces that they were wrapped from.
pub(super) fn roles_over(pieces: &[(String, Role)], rows: Vec<String>) -> Vec<Pieces> {
    let mut roles = pieces.iter().flat_map(|(text, role)| text.chars().map(|c| (c, *role))).peekable();
    rows.into_iter()
        .map(|row| {
            let mut out: Pieces = Vec::new();
            let body = row.trim_start();
            // Blanks that only indent a row are in no piece, blanks at which one was broken in no row.
            let indent = row.len() - body.len();
            let given = roles.clone().take_while(|(c, _)| c.is_whitespace()).count();
            if indent > given
                && let Some(blanks) = row.get(..indent)
            {
                out.push((blanks.to_owned(), Role::Text));
            }
            for c in if indent > given { body } else { row.as_str() }.chars() {
                while roles.peek().is_some_and(|(piece, _)| *piece != c) {
                    roles.next();
                }
                let role = roles.next().map_or(Role::Text, |(_, role)| role);
                match out.last_mut() {
                    Some((text, last)) if *last == role => text.push(c),
                    _ => out.push((c.to_string(), role)),
                }
            }
            out
        })
        .collect()
}

fn put_pieces(view: &View<'_>, buf: &mut Buffer, row: Rect, x: u16, pieces: &Pieces) {
    let mut x = x;
    for (text, role) in pieces {
        x = paint::put(buf, row, x, 0, text, view.style(*role));
    }
}

/// Whether the list takes keys.
fn focused(view: &View<'_>) -> bool {
    view.shown.focus == Pane::List
}
