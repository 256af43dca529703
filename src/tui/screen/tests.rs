use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::states::{self, World};
use super::*;
use crate::tui::theme::{Palette, Surroundings, Theme};

fn buffer(world: &World, width: u16, height: u16, theme: &Theme) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    world.show(theme, |shown| {
        draw(shown, &mut buf, area, |buf, place| {
            for y in 0..place.height.min(3) {
                paint::put(buf, place, 2, y, "14:11:02  the log's own lines", Style::new());
            }
        })
    });
    buf
}

fn rows(buf: &Buffer) -> String {
    let row = |y| {
        let mut text = String::new();
        let mut skip = 0;
        for x in 0..buf.area.width {
            let symbol = buf[(x, y)].symbol();
            if skip == 0 {
                text.push_str(symbol);
                skip = usize::from(paint::width(symbol)).saturating_sub(1);
            } else {
                skip -= 1;
            }
        }
        text.trim_end().to_owned()
    };
    (0..buf.area.height).map(row).collect::<Vec<_>>().join("\n")
}

fn picture(world: &World, width: u16, height: u16) -> String {
    rows(&buffer(world, width, height, &Theme::with(Palette::Either)))
}

/// Prints pictures for a person: `RELCO_LOOK="failed 120 36" cargo test look -- --nocapture --ignored`.
#[test]
#[ignore = "prints; checks nothing"]
fn look() {
    let wanted = std::env::var("RELCO_LOOK").unwrap_or_default();
    let words: Vec<&str> = wanted.split(',').collect();
    let size = |at: usize, other| words.get(at).and_then(|word| word.parse().ok()).unwrap_or(other);
    for (name, world) in states::all() {
        if words.first().is_none_or(|wanted| wanted.is_empty() || *wanted == name) {
            println!("== {name}\n{}", picture(&world, size(1, 120), size(2, 36)));
        }
    }
}

#[test]
fn nothing_panics_at_any_size() {
    let ascii = Surroundings { ascii: true, no_color: true, ..Surroundings::default() };
    let themes = [Theme::with(Palette::Dark), Theme::pick(&ascii)];
    let sizes = (0..=12).map(|n| (n * 17, n * 5)).chain((0..=8).map(|n| (n * 25, 5 * (8 - n))));
    let sizes: Vec<(u16, u16)> = sizes.collect();
    for (_, world) in states::all() {
        let (listing, timeline) = (world.listing(), world.timeline());
        for (at, (width, height)) in sizes.iter().enumerate() {
            let area = Rect::new(0, 0, *width, *height);
            let zoom = [None, Some(Pane::Gates), Some(Pane::List), Some(Pane::Timeline)];
            for (step, zoom) in zoom.into_iter().enumerate() {
                let parts = (&listing, timeline.as_slice());
                world.show_parts(&themes[(at + step) % 2], parts, |shown| {
                    let shown = Shown { zoom, selected: at * 3, timeline_up: at * at * step, ..*shown };
                    draw(&shown, &mut Buffer::empty(area), area, |_, _| {});
                });
            }
        }
    }
}
