//! The cockpit's picture: from what is known to the cells of the screen.
//!
//! Pure: a [`Shown`] in, cells out. No I/O, no clock, no session, no keys; nothing here decides what may be done, it
//! only says what stands. The log's inside is drawn by whoever holds the log; everything around it is drawn here.
//! Every foreign text passes [`words::clean`]. Enter at [`draw`].

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use jiff::Timestamp;

use crate::domain::timeline::Entry;
use crate::session::Snapshot;
use crate::tui::layout::{self, Layout, Pane, Shape, Wishes};
use crate::tui::listing::Listing;
use crate::tui::paint;
use crate::tui::rule;
use crate::tui::theme::{Role, Theme};

pub mod changes;
pub mod checklist;
pub mod empty;
pub mod gates;
pub mod header;
pub mod hint;
pub mod log;
pub mod pager;
pub mod progress;
pub mod timeline;
pub mod view;
pub mod words;

mod edge;

#[cfg(test)]
pub(crate) mod states;
#[cfg(test)]
mod tests;

pub use log::LogTitle;
pub use pager::Pager;
use view::View;

/// The keys that texts on the screen name; the live keymap has them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyNames {
    /// Starts a rollback.
    pub roll_back: String,
    /// Writes a note.
    pub note: String,
    /// Runs the automatic checks again.
    pub check: String,
    /// Takes a run over from another session, or opens what can.
    pub take: String,
}

impl Default for KeyNames {
    fn default() -> Self {
        Self {
            roll_back: "Ctrl-X r".to_owned(),
            note: "n".to_owned(),
            check: "c".to_owned(),
            take: ": deploy take".to_owned(),
        }
    }
}

/// Everything that the picture is made of.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// What is known.
    pub snapshot: &'a Snapshot,
    /// The list of the present phase.
    pub listing: &'a Listing,
    /// The time.
    pub now: Timestamp,
    /// Colours and glyphs.
    pub theme: &'a Theme,
    /// The pane that takes keys.
    pub focus: Pane,
    /// The only pane to show, if one is zoomed.
    pub zoom: Option<Pane>,
    /// The selected row of the list.
    pub selected: usize,
    /// The selected gate, counted in the plan's order.
    pub gate: usize,
    /// The timeline, oldest first.
    pub timeline: &'a [Entry],
    /// By how many entries the timeline is scrolled up from its newest.
    pub timeline_up: usize,
    /// Only what belongs to the incident stands in it.
    pub of_incident: bool,
    /// Keys and words of the hint line, the most important first.
    pub hints: &'a [(String, String)],
    /// Names of keys inside texts.
    pub keys: &'a KeyNames,
    /// Something is on its way into the record and not acknowledged yet.
    pub recording: bool,
    /// What the probes say, and how their triggers stand.
    pub watches: &'a [crate::domain::trigger::live::Shown],
    /// What stands in the log; `None` when there is no log to show.
    pub log: Option<&'a LogTitle>,
}

/// What stands where, for the mouse and for scrolling.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Drawn {
    /// How the screen was divided.
    pub layout: Layout,
    /// Rows of the screen with the row of the listing that stands there.
    pub list_rows: Vec<(u16, usize)>,
    /// Rows of the screen with the gate that stands there.
    pub gate_rows: Vec<(u16, usize)>,
    /// How far the timeline can be scrolled up.
    pub timeline_up_max: usize,
}

/// Draws the whole screen. `log` draws the inside of the log pane and is called only when there is a log and room.
pub fn draw(shown: &Shown<'_>, buf: &mut Buffer, area: Rect, log: impl FnOnce(&mut Buffer, Rect)) -> Drawn {
    let area = area.intersection(buf.area);
    let view = View::new(shown);
    let layout = Layout::new(area, wishes(&view, area));
    let mut drawn = Drawn { layout: layout.clone(), list_rows: Vec::new(), gate_rows: Vec::new(), timeline_up_max: 0 };
    header::draw(&view, buf, layout.header);
    if layout.shape == Shape::TooSmall {
        draw_next_act(&view, buf, layout.next_act);
        paint::put(buf, layout.hints, 0, 0, &layout::room_wanted(area), view.style(Role::Warning));
        return drawn;
    }
    draw_rules(&view, buf, &layout);
    drawn.gate_rows = gates::draw(&view, buf, layout.pane(Pane::Gates));
    drawn.list_rows = checklist::draw(&view, buf, layout.pane(Pane::List));
    drawn.timeline_up_max = timeline::draw(&view, buf, layout.pane(Pane::Timeline));
    let place = layout.pane(Pane::Log);
    match shown.log {
        _ if place.is_empty() => {}
        Some(_) => log(buf, place),
        None => empty::draw(&view, buf, place, &empty::log(&view)),
    }
    hint::draw(&view, buf, layout.hints);
    drawn
}

/// What the panes would like.
fn wishes(view: &View<'_>, area: Rect) -> Wishes {
    let gates = u16::try_from(view.gates.len()).unwrap_or(u16::MAX);
    let wide_timeline = view.incident.is_some();
    Wishes {
        // While a run is on, the gates have held: one line says so.
        gates_rows: if view.open_run().is_some() { gates.min(1) } else { gates.max(1) },
        timeline_rows: if wide_timeline { (area.height / 5).max(4) } else { 12 },
        wide_timeline,
        zoom: view.shown.zoom,
    }
}

fn draw_rules(view: &View<'_>, buf: &mut Buffer, layout: &Layout) {
    layout.rules.draw(buf, view.style(Role::Rule), view.theme.glyphs);
    if view.in_danger() {
        edge::harden(buf, &layout.rules, view.theme);
    }
    for pane in Pane::ALL {
        let on = layout.title(pane);
        if on.is_empty() {
            continue;
        }
        let focused = pane == view.shown.focus;
        // What stands on a rule does not take the rule's colour.
        let style = Style::reset().patch(view.style(if focused { Role::Focus } else { Role::Title }));
        let (left, mut right) = title(view, pane);
        let mut spans = vec![Span::styled(format!("{} ", pane.number()), style)];
        spans.extend(left.spans.into_iter().map(|span| Span::styled(span.content, style.patch(span.style))));
        right.style = style.patch(right.style);
        rule::title(buf, on, &Line::from(spans), &right);
    }
}

fn title<'a>(view: &View<'_>, pane: Pane) -> (Line<'a>, Line<'a>) {
    match pane {
        Pane::Gates => (Line::from("Gates"), Line::from(gates::tally(view))),
        Pane::List => (Line::from(view.clean(&view.shown.listing.title)), list_right(view)),
        Pane::Log => match view.shown.log {
            Some(title) => log::title(view, title),
            None => (Line::from("Log"), Line::default()),
        },
        Pane::Timeline => timeline::title(view),
    }
}

/// Right on the list's rule: where a run goes, or how far the checklist is.
fn list_right<'a>(view: &View<'_>) -> Line<'a> {
    if let Some((words, role)) = view.environment() {
        return Line::from(Span::styled(format!(" {words} "), view.style(role)));
    }
    let tally = view.shown.listing.tally;
    if tally.total() == 0 {
        return Line::default();
    }
    Line::from(format!("{}/{}", tally.done + tally.waived, tally.total()))
}

/// All that a screen too small for panes shows between header and last line.
fn draw_next_act(view: &View<'_>, buf: &mut Buffer, area: Rect) {
    let Some(row) = view.shown.listing.rows.get(view.shown.selected) else { return };
    let title = view.clean(&row.title);
    let mut y = 0;
    let mut put = |buf: &mut Buffer, text: &str, style: Style| {
        for line in paint::wrap(text, area.width.saturating_sub(1)) {
            paint::put(buf, area, 1, y, &line, style);
            y = y.saturating_add(1);
        }
    };
    if let Some(fired) = view.proposed() {
        let seen = if fired.words.is_empty() { fired.trigger.as_str() } else { fired.words.as_str() };
        put(buf, &format!("Rollback proposed: {}", view.clean(seen)), view.style(Role::Error));
    }
    put(buf, &title, view.style(Role::Next));
    if let Some(act) = checklist::act(view, row) {
        put(buf, &act.words(), view.style(Role::Text));
    }
}
