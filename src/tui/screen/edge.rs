//! Production at the edge of sight: heavy rules instead of thin ones while a run goes where people depend on it.
//!
//! A shape, not a colour: it works in mono, on every background, and leaves red to what is wrong.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use ratatui::style::Style;

use crate::tui::rule::Rules;
use crate::tui::theme::{Role, Theme};

/// The thin pieces with their heavy ones.
const HEAVY: &[(&str, &str)] = &[
    ("─", "━"),
    ("│", "┃"),
    ("┌", "┏"),
    ("┐", "┓"),
    ("└", "┗"),
    ("┘", "┛"),
    ("├", "┣"),
    ("┤", "┫"),
    ("┬", "┳"),
    ("┴", "┻"),
    ("┼", "╋"),
    ("-", "="),
];

/// Makes every piece of these rules heavy. To be called before titles are put on them.
pub fn harden(buf: &mut Buffer, rules: &Rules, theme: &Theme) {
    let across = rules.across.iter().flat_map(|&(y, from, to)| (from..to).map(move |x| Position { x, y }));
    let down = rules.down.iter().flat_map(|&(x, from, to)| (from..to).map(move |y| Position { x, y }));
    let style = Style::reset().patch(theme.style(Role::Title));
    for at in across.chain(down) {
        let Some(cell) = buf.cell_mut(at) else { continue };
        if let Some((_, heavy)) = HEAVY.iter().find(|(thin, _)| *thin == cell.symbol()) {
            cell.set_symbol(heavy);
            cell.set_style(style);
        }
    }
}
