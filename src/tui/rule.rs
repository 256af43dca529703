//! Thin rules between panes, joined where they meet, with titles on them.
//!
//! The joints are computed from the lines, so a layout only says where its lines run. Enter at [`Rules::draw`] and
//! [`title`].

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use super::glyphs::Glyphs;
use super::paint;

/// Where lines run. Lines that touch are joined.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rules {
    /// Horizontal lines: row, first column, and the column after the last.
    pub across: Vec<(u16, u16, u16)>,
    /// Vertical lines: column, first row, and the row after the last.
    pub down: Vec<(u16, u16, u16)>,
}

impl Rules {
    /// Draws every line with its joints; what lies outside of the buffer is left out.
    pub fn draw(&self, buf: &mut Buffer, style: Style, glyphs: &Glyphs) {
        for &(y, from, to) in &self.across {
            for x in from..to {
                self.cell(buf, x, y, style, glyphs);
            }
        }
        for &(x, from, to) in &self.down {
            for y in from..to {
                self.cell(buf, x, y, style, glyphs);
            }
        }
    }

    fn cell(&self, buf: &mut Buffer, x: u16, y: u16, style: Style, glyphs: &Glyphs) {
        let across = self.across.iter().find(|line| line.0 == y && (line.1..line.2).contains(&x));
        let down = self.down.iter().find(|line| line.0 == x && (line.1..line.2).contains(&y));
        // A line that ends beside another one, or above or below it, is carried over to it.
        let vertical_at = |y: Option<u16>| {
            y.is_some_and(|y| self.down.iter().any(|line| line.0 == x && (line.1..line.2).contains(&y)))
        };
        let horizontal_at = |x: Option<u16>| {
            x.is_some_and(|x| self.across.iter().any(|line| line.0 == y && (line.1..line.2).contains(&x)))
        };
        let (up, below) = (vertical_at(y.checked_sub(1)), vertical_at(y.checked_add(1)));
        let (left, right) = (horizontal_at(x.checked_sub(1)), horizontal_at(x.checked_add(1)));
        let joint = match (across.is_some(), down.is_some()) {
            // At the edge of the screen a rule runs on instead of ending in half a line.
            (true, false) if !up && !below => glyphs.horizontal,
            (false, true) if !left && !right => glyphs.vertical,
            _ => glyphs.joint(up, left, below, right),
        };
        paint::put(buf, Rect { x, y, width: 1, height: 1 }, 0, 0, joint, style);
    }
}

/// Puts a title on a rule: `left` after two cells of it, `right` before its last two. The rule stays visible between
/// them; where it is too narrow for both, `right` gives way, then `left` is cut.
pub fn title(buf: &mut Buffer, rule: Rect, left: &Line<'_>, right: &Line<'_>) {
    let (left_width, right_width) = (cells(left), cells(right));
    if left_width > 0 {
        let room = rule.width.saturating_sub(4).min(left_width);
        spaced(buf, rule, 1, left, room);
    }
    let taken = if left_width > 0 { left_width.saturating_add(4) } else { 1 };
    let needed = right_width.saturating_add(4);
    if right_width > 0 && rule.width >= taken.saturating_add(needed) {
        spaced(buf, rule, rule.width - right_width - 3, right, right_width);
    }
}

fn spaced(buf: &mut Buffer, rule: Rect, x: u16, line: &Line<'_>, room: u16) {
    if room == 0 {
        return;
    }
    paint::put(buf, rule, x, 0, " ", line.style);
    let after = paint::put_line(buf, rule, x.saturating_add(1), 0, line, room);
    paint::put(buf, rule, after, 0, " ", line.style);
}

fn cells(line: &Line<'_>) -> u16 {
    line.spans.iter().fold(0u16, |sum, span| sum.saturating_add(paint::width(&span.content)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(width: u16, height: u16, rules: &Rules, glyphs: &Glyphs) -> Vec<String> {
        let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
        rules.draw(&mut buf, Style::new(), glyphs);
        rows(&buf)
    }

    fn rows(buf: &Buffer) -> Vec<String> {
        let row = |y| (0..buf.area.width).map(|x| buf[(x, y)].symbol()).collect::<String>();
        (0..buf.area.height).map(row).collect()
    }

    fn cross() -> Rules {
        Rules { across: vec![(0, 0, 7), (2, 0, 3), (3, 3, 7), (4, 0, 7)], down: vec![(3, 0, 5)] }
    }

    #[test]
    fn lines_join_where_they_meet() {
        assert_eq!(draw(7, 5, &cross(), &Glyphs::UNICODE), ["───┬───", "   │   ", "───┤   ", "   ├───", "───┴───"]);
        assert_eq!(draw(7, 5, &cross(), &Glyphs::ASCII), ["---+---", "   |   ", "---+   ", "   +---", "---+---"]);
    }

    #[test]
    fn lines_outside_are_left_out() {
        assert_eq!(draw(2, 1, &cross(), &Glyphs::UNICODE), ["──"]);
        draw(0, 0, &cross(), &Glyphs::UNICODE);
    }

    #[test]
    fn titles_give_way() {
        let on = |width: u16| {
            let mut buf = Buffer::empty(Rect::new(0, 0, width, 1));
            let rules = Rules { across: vec![(0, 0, width)], down: vec![] };
            rules.draw(&mut buf, Style::new(), &Glyphs::UNICODE);
            title(&mut buf, Rect::new(0, 0, width, 1), &Line::from("1 Gates"), &Line::from("2/3"));
            rows(&buf).remove(0)
        };
        assert_eq!(on(24), "─ 1 Gates ──────── 2/3 ─");
        assert_eq!(on(18), "─ 1 Gates ── 2/3 ─");
        assert_eq!(on(17), "─ 1 Gates ───────");
        assert_eq!(on(10), "─ 1 Gate ─");
        assert_eq!(on(4), "────");
        assert_eq!(on(1), "─");
    }
}
