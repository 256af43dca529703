//! Where everything stands: four panes, two columns where there is room, one column at 80x24, one pane when zoomed.
//!
//! Pure arithmetic over the screen's size; what a pane would like is a wish, never a demand, so no size can break it.
//! Enter at [`Layout::new`].

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::rule::{self, Rules};
use super::theme::{Role, Theme};

/// Below this width the cockpit only says how much room it wants.
pub const WIDTH_MIN: u16 = 60;
/// Below this height the cockpit only says how much room it wants.
pub const HEIGHT_MIN: u16 = 20;
/// From this width on there are two columns.
pub const TWO_COLUMNS_FROM: u16 = 100;

/// One of the four panes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Pane {
    /// The gates.
    Gates,
    /// The list of the present phase.
    List,
    /// The live log.
    Log,
    /// The timeline.
    Timeline,
}

impl Pane {
    /// Every pane in the order of its number.
    pub const ALL: [Pane; 4] = [Pane::Gates, Pane::List, Pane::Log, Pane::Timeline];

    /// The key that focuses it, which also stands before its title.
    pub fn number(self) -> char {
        match self {
            Pane::Gates => '1',
            Pane::List => '2',
            Pane::Log => '3',
            Pane::Timeline => '4',
        }
    }

    /// The pane after this one, as Tab walks them.
    pub fn next(self) -> Pane {
        match self {
            Pane::Gates => Pane::List,
            Pane::List => Pane::Log,
            Pane::Log => Pane::Timeline,
            Pane::Timeline => Pane::Gates,
        }
    }

    /// The pane before this one.
    pub fn previous(self) -> Pane {
        self.next().next().next()
    }
}

/// What the content would like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wishes {
    /// Rows that the gates need; 0 leaves only their title.
    pub gates_rows: u16,
    /// Rows that the timeline would like.
    pub timeline_rows: u16,
    /// The timeline runs below both columns, as long as an incident is open.
    pub wide_timeline: bool,
    /// The only pane to show, if one is zoomed.
    pub zoom: Option<Pane>,
}

impl Default for Wishes {
    fn default() -> Self {
        Self { gates_rows: 3, timeline_rows: 8, wide_timeline: false, zoom: None }
    }
}

/// How the screen is divided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// Gates and list on the left, log and timeline on the right.
    TwoColumns,
    /// One below the other.
    Stacked,
    /// One pane alone.
    Zoomed(Pane),
    /// Too small for panes: header, the next act, how much room is wanted.
    TooSmall,
}

/// Every place on the screen. A place that does not exist is empty.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Layout {
    /// How the screen is divided.
    pub shape: Shape,
    /// Project, versions, environment, phase: one row in two columns, else two.
    pub header: Rect,
    /// Inside each pane, in the order of [`Pane::ALL`].
    panes: [Rect; 4],
    /// The rule with each pane's title, in the order of [`Pane::ALL`].
    titles: [Rect; 4],
    /// The keys that matter here.
    pub hints: Rect,
    /// Where only the next act stands, when it is too small for panes.
    pub next_act: Rect,
    /// The lines between.
    pub rules: Rules,
}

impl Layout {
    /// Divides the screen.
    pub fn new(area: Rect, wishes: Wishes) -> Self {
        // Joints are computed from absolute positions, so an area at the far edge of u16 must not overflow.
        let area = area.intersection(Rect::new(0, 0, 10_000, 10_000));
        if area.width < WIDTH_MIN || area.height < HEIGHT_MIN {
            return too_small(area);
        }
        let two = area.width >= TWO_COLUMNS_FROM;
        let mut layout = Layout {
            shape: if two { Shape::TwoColumns } else { Shape::Stacked },
            header: Rect { height: if two { 1 } else { 2 }, ..area },
            panes: [Rect::ZERO; 4],
            titles: [Rect::ZERO; 4],
            hints: Rect { y: area.bottom() - 1, height: 1, ..area },
            next_act: Rect::ZERO,
            rules: Rules::default(),
        };
        // Between the header and the rule above the hints.
        let top = layout.header.bottom();
        let body = Rect { y: top, height: area.bottom() - 2 - top, ..area };
        layout.rules.across.push((body.bottom(), area.left(), area.right()));
        match wishes.zoom {
            Some(pane) => {
                layout.shape = Shape::Zoomed(pane);
                layout.stack(body, &[(pane, body.height - 1)]);
            }
            None if two => layout.columns(body, wishes),
            None => layout.stacked(body, wishes),
        }
        layout
    }

    /// The inside of a pane; empty if it is not on the screen.
    pub fn pane(&self, pane: Pane) -> Rect {
        let at = Pane::ALL.iter().zip(self.panes).find(|(each, _)| **each == pane);
        at.map_or(Rect::ZERO, |(_, area)| area)
    }

    /// The rule that carries the pane's title; empty if the pane is not on the screen.
    pub fn title(&self, pane: Pane) -> Rect {
        let at = Pane::ALL.iter().zip(self.titles).find(|(each, _)| **each == pane);
        at.map_or(Rect::ZERO, |(_, area)| area)
    }

    /// The pane at this place of the screen, its title included: what a click focuses.
    pub fn pane_at(&self, column: u16, row: u16) -> Option<Pane> {
        let here = ratatui::layout::Position { x: column, y: row };
        Pane::ALL.into_iter().find(|pane| self.pane(*pane).contains(here) || self.title(*pane).contains(here))
    }

    /// Draws the lines between the panes and their titles. `title` gives what stands left and right on a pane's rule;
    /// its number is put before it, and the focused one is bright.
    pub fn draw_rules<'a>(
        &self,
        buf: &mut Buffer,
        theme: &Theme,
        focus: Pane,
        title: impl Fn(Pane) -> (Line<'a>, Line<'a>),
    ) {
        self.rules.draw(buf, theme.style(Role::Rule), theme.glyphs);
        for pane in Pane::ALL {
            let on = self.title(pane);
            if on.is_empty() {
                continue;
            }
            let style = theme.style(if pane == focus { Role::Focus } else { Role::Title });
            let (mut left, mut right) = title(pane);
            left.spans.insert(0, format!("{} ", pane.number()).into());
            left.style = style.patch(left.style);
            right.style = style.patch(right.style);
            rule::title(buf, on, &left, &right);
        }
    }

    /// Puts panes below each other, each under its rule.
    fn stack(&mut self, area: Rect, panes: &[(Pane, u16)]) {
        let mut y = area.y;
        for (pane, rows) in panes {
            let rule = Rect { y, height: 1, ..area }.intersection(area);
            let inside = Rect { y: y.saturating_add(1), height: *rows, ..area }.intersection(area);
            for (at, each) in Pane::ALL.iter().enumerate() {
                if each == pane
                    && let (Some(title), Some(place)) = (self.titles.get_mut(at), self.panes.get_mut(at))
                {
                    (*title, *place) = (rule, inside);
                }
            }
            self.rules.across.push((rule.y, rule.left(), rule.right()));
            y = y.saturating_add(1).saturating_add(*rows);
        }
    }

    fn columns(&mut self, body: Rect, wishes: Wishes) {
        let mut upper = body;
        if wishes.wide_timeline {
            let rows = wishes.timeline_rows.clamp(3, (body.height / 3).max(3));
            upper.height = body.height - rows - 1;
            let below = Rect { y: upper.bottom(), height: rows + 1, ..body };
            self.stack(below, &[(Pane::Timeline, rows)]);
        }
        let left_width = (body.width * 3 / 10).clamp(34, 64);
        let left = Rect { width: left_width, ..upper };
        let right = Rect { x: left.right() + 1, width: body.width - left_width - 1, ..upper };
        let gates = wishes.gates_rows.min(left.height / 3);
        self.stack(left, &[(Pane::Gates, gates), (Pane::List, left.height - gates - 2)]);
        if wishes.wide_timeline {
            self.stack(right, &[(Pane::Log, right.height - 1)]);
        } else {
            let timeline = wishes.timeline_rows.clamp(3, (right.height / 4).max(3));
            self.stack(right, &[(Pane::Log, right.height - timeline - 2), (Pane::Timeline, timeline)]);
        }
        self.rules.down.push((left.right(), upper.top(), upper.bottom() + 1));
    }

    fn stacked(&mut self, body: Rect, wishes: Wishes) {
        // 80x24 leaves the gates one line and the timeline two; more rows go to all in their measure.
        let spare = body.height.saturating_sub(19);
        let gates = wishes.gates_rows.min(1 + spare / 6);
        let timeline = wishes.timeline_rows.clamp(2, 2 + spare / 4);
        let rest = body.height.saturating_sub(gates + timeline + 4);
        let list = rest.div_ceil(2);
        let panes = [(Pane::Gates, gates), (Pane::List, list), (Pane::Log, rest - list), (Pane::Timeline, timeline)];
        self.stack(body, &panes);
    }
}

fn too_small(area: Rect) -> Layout {
    let row = |y: u16| super::paint::row(area, y);
    Layout {
        shape: Shape::TooSmall,
        header: row(0),
        panes: [Rect::ZERO; 4],
        titles: [Rect::ZERO; 4],
        hints: row(area.height.saturating_sub(1).max(1)),
        next_act: Rect { y: area.y.saturating_add(1), height: area.height.saturating_sub(2), ..area },
        rules: Rules::default(),
    }
}

/// The line that stands in place of the hints when there is no room for panes.
pub fn room_wanted(area: Rect) -> String {
    format!("{}x{} is too small, relco wants {WIDTH_MIN}x{HEIGHT_MIN}", area.width, area.height)
}

#[cfg(test)]
mod tests;
