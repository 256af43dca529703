//! The picture in every state: as text, as styles, and as what must hold whatever is shown.

use std::collections::BTreeSet;

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

use super::states::{self, World};
use super::*;
use crate::tui::theme::{Palette, Surroundings, Theme};

mod holds;
mod pictures;

fn ascii() -> Theme {
    Theme::pick(&Surroundings { ascii: true, no_color: true, ..Surroundings::default() })
}

fn buffer(world: &World, width: u16, height: u16, theme: &Theme) -> (Buffer, Drawn) {
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    let drawn = world.show(theme, |shown| {
        draw(shown, &mut buf, area, |buf, place| {
            for (y, line) in (0..place.height).zip(["14:11:02  linking assets", "14:11:03  212 assets"]) {
                paint::put(buf, place, 2, y, line, Style::new());
            }
        })
    });
    (buf, drawn)
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
    rows(&buffer(world, width, height, &Theme::with(Palette::Either)).0)
}

/// The styles of a picture: one letter for each, with what it stands for below.
fn styles(buf: &Buffer) -> String {
    let mut known: Vec<String> = Vec::new();
    let mut out = String::new();
    for y in 0..buf.area.height {
        let mut row = String::new();
        for x in 0..buf.area.width {
            let cell = &buf[(x, y)];
            let words = style_words(cell.fg, cell.bg, cell.modifier);
            if words.is_empty() {
                row.push('.');
                continue;
            }
            let at = known.iter().position(|one| *one == words).unwrap_or_else(|| {
                known.push(words);
                known.len() - 1
            });
            row.push(char::from(b'a' + u8::try_from(at).unwrap()));
        }
        out.push_str(row.trim_end_matches('.'));
        out.push('\n');
    }
    for (letter, words) in (b'a'..).zip(&known) {
        out.push_str(&format!("{} {words}\n", char::from(letter)));
    }
    out
}

fn style_words(fg: Color, bg: Color, modifier: Modifier) -> String {
    let mut words = Vec::new();
    if fg != Color::Reset {
        words.push(format!("{fg:?}"));
    }
    if bg != Color::Reset {
        words.push(format!("on {bg:?}"));
    }
    if !modifier.is_empty() {
        words.push(format!("{modifier:?}"));
    }
    words.join(" ").to_lowercase()
}

/// Prints pictures for a person: `RELCO_LOOK=failed,120,36 cargo test look -- --nocapture --ignored`.
#[test]
#[ignore = "prints, and checks nothing"]
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
