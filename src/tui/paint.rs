//! Writing text into the buffer without ever leaving it: everything that draws goes through here or through a widget.
//!
//! The buffer panics on a cell that it does not have, so nothing else indexes it. Text is cut at its cell width with
//! the ellipsis of the glyph set; control characters take no room and are not drawn. Enter at [`put`] and [`fit`].

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Whether each byte is one cell. Most of what is drawn is, and to find graphemes in it would be most of a frame's time.
fn is_ascii_line(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// How many cells the text takes.
pub fn width(text: &str) -> u16 {
    if is_ascii_line(text) {
        return u16::try_from(text.len()).unwrap_or(u16::MAX);
    }
    let cells: usize = text.graphemes(true).filter(|g| !g.contains(char::is_control)).map(UnicodeWidthStr::width).sum();
    u16::try_from(cells).unwrap_or(u16::MAX)
}

/// The text if it fits into so many cells, else its beginning with the ellipsis at its end.
pub fn fit<'a>(text: &'a str, cells: u16, ellipsis: &str) -> Cow<'a, str> {
    if width(text) <= cells {
        return Cow::Borrowed(text);
    }
    let room = cells.saturating_sub(width(ellipsis));
    let ellipsis = if width(ellipsis) <= cells { ellipsis } else { "" };
    Cow::Owned(head(text, room).to_owned() + ellipsis)
}

/// As much of the beginning as fits into so many cells.
pub fn head(text: &str, cells: u16) -> &str {
    if is_ascii_line(text) {
        return text.get(..usize::from(cells)).unwrap_or(text);
    }
    let mut taken: u16 = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        taken = taken.saturating_add(width(grapheme));
        if taken > cells {
            return text.get(..at).unwrap_or(text);
        }
    }
    text
}

/// As much of the end as fits into so many cells.
pub fn tail(text: &str, cells: u16) -> &str {
    let mut taken: u16 = 0;
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        taken = taken.saturating_add(width(grapheme));
        if taken > cells {
            return text.get(at + grapheme.len()..).unwrap_or(text);
        }
    }
    text
}

/// Writes text at column `x` of row `y` of `area` (both counted inside it) and returns the column after it.
/// What does not fit is not drawn.
pub fn put(buf: &mut Buffer, area: Rect, x: u16, y: u16, text: &str, style: Style) -> u16 {
    let area = area.intersection(buf.area);
    if x >= area.width || y >= area.height {
        return x;
    }
    let room = usize::from(area.width - x);
    if is_ascii_line(text) {
        let (left, y) = (area.x + x, area.y + y);
        for (x, c) in (left..area.right()).zip(text.chars()) {
            if let Some(cell) = buf.cell_mut((x, y)) {
                cell.set_char(c).set_style(style);
            }
        }
        return x + u16::try_from(text.len().min(room)).unwrap_or(0);
    }
    let (after, _) = buf.set_stringn(area.x + x, area.y + y, text, room, style);
    after - area.x
}

/// Writes text so that it ends at the right edge, if it fits after column `from`; returns the column it begins at.
pub fn put_right(buf: &mut Buffer, area: Rect, from: u16, y: u16, text: &str, style: Style) -> u16 {
    let area = area.intersection(buf.area);
    let cells = width(text);
    let Some(x) = area.width.checked_sub(cells).filter(|x| *x >= from) else { return area.width };
    put(buf, area, x, y, text, style);
    x
}

/// Writes a line of several styles at column `x` of row `y` of `area`, at most `cells` wide; returns the column after.
pub fn put_line(buf: &mut Buffer, area: Rect, x: u16, y: u16, line: &Line<'_>, cells: u16) -> u16 {
    let end = x.saturating_add(cells).min(area.width);
    let within = Rect { width: end, ..area };
    let mut x = x;
    for span in &line.spans {
        x = put(buf, within, x, y, &span.content, line.style.patch(span.style));
    }
    x
}

/// Sets the style of a whole area, keeping its text.
pub fn tint(buf: &mut Buffer, area: Rect, style: Style) {
    buf.set_style(area.intersection(buf.area), style);
}

/// One row of an area, counted from its top; empty if the area has no such row.
pub fn row(area: Rect, y: u16) -> Rect {
    let height = u16::from(y < area.height);
    Rect { y: area.y.saturating_add(y), height, ..area }
}

/// Breaks text into rows of at most so many cells: at spaces where there are some, inside a word where there are none.
pub fn wrap(text: &str, cells: u16) -> Vec<String> {
    if cells == 0 {
        return Vec::new();
    }
    text.lines().flat_map(|line| wrap_line(line, cells)).collect()
}

fn wrap_line(line: &str, cells: u16) -> Vec<String> {
    let (mut rows, mut row) = (Vec::new(), String::new());
    // Only spaces break: an option like --dry-run must not be torn apart.
    for word in words_and_spaces(line) {
        if width(&row).saturating_add(width(word)) <= cells {
            row.push_str(word);
            continue;
        }
        if !row.trim().is_empty() {
            rows.push(row.trim_end().to_owned());
        }
        row.clear();
        // The space at which a row is broken is not carried over.
        let mut rest = word.trim_start();
        while width(rest) > cells {
            let piece = head(rest, cells);
            // A single character wider than the row is left out, or this would never end.
            let cut =
                if piece.is_empty() { rest.graphemes(true).next().map_or(rest.len(), str::len) } else { piece.len() };
            if !piece.is_empty() {
                rows.push(piece.to_owned());
            }
            rest = rest.get(cut..).unwrap_or("");
        }
        row.push_str(rest);
    }
    if !row.trim_end().is_empty() || rows.is_empty() {
        rows.push(row.trim_end().to_owned());
    }
    rows
}

/// The line in pieces that are all blank or all not.
fn words_and_spaces(line: &str) -> Vec<&str> {
    let (mut pieces, mut from, mut blank) = (Vec::new(), 0, None);
    for (at, c) in line.char_indices() {
        if blank.is_some_and(|blank| blank != c.is_whitespace()) {
            pieces.extend(line.get(from..at));
            from = at;
        }
        blank = Some(c.is_whitespace());
    }
    pieces.extend(line.get(from..));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_text_is_measured_and_drawn_as_any_other() {
        // The same letters, once with a sign at the end that takes the long way.
        for text in ["", "a", "ready  next", "0123456789abcdef"] {
            let long = format!("{text}…");
            assert_eq!(width(text) + 1, width(&long));
            let buffer = || Buffer::empty(Rect::new(0, 0, 12, 2));
            let (mut one, mut other) = (buffer(), buffer());
            let area = Rect::new(1, 0, 10, 2);
            let style = Style::new().bold();
            for (buf, text) in [(&mut one, text), (&mut other, long.as_str())] {
                let after = put(buf, area, 2, 1, text, style);
                assert_eq!(after, 2 + width(text).min(8), "{text:?}");
            }
            let end = usize::from(width(text).min(8));
            let row = |buf: &Buffer| buf.content.iter().skip(12 + 3).take(end).cloned().collect::<Vec<_>>();
            assert_eq!(row(&one), row(&other), "{text:?}");
            for cells in [0, 1, 5, 30] {
                assert_eq!(head(text, cells), text.get(..usize::from(cells)).unwrap_or(text));
            }
        }
    }

    #[test]
    fn text_is_cut_by_cells() {
        assert_eq!(fit("production", 10, "…"), "production");
        assert_eq!(fit("production", 6, "…"), "produ…");
        assert_eq!(fit("production", 6, ".."), "prod..");
        assert_eq!(fit("production", 1, ".."), "");
        assert_eq!(fit("漢字漢字", 5, "…"), "漢字…");
        assert_eq!((head("漢字", 3), tail("漢字", 3)), ("漢", "字"));
        assert_eq!(width("a\x1b[31mb\t"), 6, "a control takes no room, its visible tail does");
    }

    #[test]
    fn text_wraps_at_spaces_and_inside_long_words() {
        assert_eq!(wrap("roll back production now", 10), ["roll back", "production", "now"]);
        assert_eq!(wrap("0123456789abc de", 5), ["01234", "56789", "abc", "de"]);
        assert_eq!(wrap("./deploy --dry-run --env x", 14), ["./deploy", "--dry-run", "--env x"]);
        assert_eq!(wrap("  indented", 20), ["  indented"]);
        assert_eq!(wrap("a\n\nb", 5), ["a", "", "b"]);
        assert_eq!(wrap("漢", 1), [""]);
        assert_eq!(wrap("x", 0), Vec::<String>::new());
    }

    #[test]
    fn nothing_is_drawn_outside() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 4, 2));
        let beyond = Rect::new(2, 1, 100, 100);
        assert_eq!(put(&mut buf, beyond, 0, 0, "漢字", Style::new()), 2);
        assert_eq!(put(&mut buf, beyond, 5, 0, "x", Style::new()), 5);
        assert_eq!(put(&mut buf, Rect::new(50, 50, 3, 3), 0, 0, "x", Style::new()), 0);
        assert_eq!(put_right(&mut buf, Rect::new(0, 0, 4, 1), 0, 0, "ab", Style::new()), 2);
        assert_eq!(put_right(&mut buf, Rect::new(0, 0, 4, 1), 3, 0, "cd", Style::new()), 4);
        assert_eq!(buf, Buffer::with_lines(["  ab", "  漢"]));
    }

    proptest! {
        #[test]
        fn any_text_keeps_to_its_cells(text in "\\PC{0,40}", cells in 0u16..20) {
            prop_assert!(width(&fit(&text, cells, "…")) <= cells);
            prop_assert!(width(head(&text, cells)) <= cells);
            prop_assert!(width(tail(&text, cells)) <= cells);
            for row in wrap(&text, cells) {
                prop_assert!(width(&row) <= cells, "{row:?}");
            }
            let mut buf = Buffer::empty(Rect::new(0, 0, 10, 3));
            put(&mut buf, Rect::new(3, 1, cells, 9), 1, 1, &text, Style::new());
        }
    }
}
