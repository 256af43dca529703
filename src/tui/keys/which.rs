//! The pop-up after a prefix: which keys can follow, and what they do.
//!
//! Enter at [`draw`].

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::tui::overlay::frame;
use crate::tui::paint;
use crate::tui::theme::{Role, Theme};

/// Draws the pop-up at the bottom of `area`. `begun` is the chord so far, `rows` what can follow and what it does.
pub fn draw(buf: &mut Buffer, area: Rect, theme: &Theme, begun: &str, rows: &[(String, String)]) {
    let keys = rows.iter().map(|row| paint::width(&row.0)).max().unwrap_or(0);
    let words = rows.iter().map(|row| paint::width(&row.1)).max().unwrap_or(0);
    let width = (keys + 2 + words).max(24);
    let height = u16::try_from(rows.len()).unwrap_or(u16::MAX).saturating_add(1);
    let room = height.saturating_add(2).min(area.height);
    let bottom = Rect { y: area.bottom().saturating_sub(room), height: room, ..area };
    let inside = frame::open(buf, bottom, theme, &Line::from(begun), width, height);
    let body = Rect { height: inside.height.saturating_sub(1), ..inside };
    for (y, (key, words)) in (0..body.height).zip(rows) {
        paint::put(buf, body, 0, y, key, theme.style(Role::Key));
        paint::put(buf, body, keys + 2, y, words, theme.style(Role::Text));
    }
    let last = paint::row(inside, inside.height.saturating_sub(1));
    frame::keys(buf, last, theme, &[("Esc", "goes back")]);
}
