//! Every action by name: its key, how dangerous it is, and why it cannot be done now.
//!
//! Fuzzy: `rlb` finds "roll back". An action that is not possible stays on the list, because its reason is what the
//! person came for. Enter at [`Palette::key`].

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::Outcome;
use super::frame::{self, Scroll};
use crate::action::Danger;
use crate::domain::text::plain;
use crate::tui::input::LineInput;
use crate::tui::keys::{Code, Key};
use crate::tui::paint;
use crate::tui::theme::{Role, Theme};

/// The words beside an action that wants more than its key.
fn danger_words(danger: Danger) -> &'static str {
    match danger {
        Danger::Reads | Danger::Records => "",
        Danger::Asks => "asks first",
        Danger::Typed => "typed word",
    }
}

/// One action.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PaletteRow {
    /// What it is called.
    pub title: String,
    /// Other words to find it by.
    pub also: String,
    /// Its chords as the screen shows them; empty if it has none.
    pub keys: String,
    /// How it is guarded.
    pub danger: Danger,
    /// Why it cannot be done now, whose job that is, and what to do next.
    pub disabled: Option<String>,
}

/// The list of actions with its filter.
#[derive(Debug)]
pub struct Palette {
    rows: Vec<PaletteRow>,
    filter: LineInput,
    /// Rows that the filter leaves, best first, as positions in `rows`.
    found: Vec<usize>,
    /// A position in `found`.
    selected: usize,
    scroll: Scroll,
    matcher: Matcher,
}

impl Palette {
    /// A list of these actions; without a filter they stand in this order.
    pub fn new(mut rows: Vec<PaletteRow>) -> Self {
        for row in &mut rows {
            row.disabled = row.disabled.as_deref().map(plain);
        }
        let found = (0..rows.len()).collect();
        let matcher = Matcher::new(Config::DEFAULT);
        Self { rows, filter: LineInput::default(), found, selected: 0, scroll: Scroll::default(), matcher }
    }

    /// Takes one press: text filters, arrows select, Enter chooses.
    pub fn key(&mut self, key: Key) -> Outcome {
        let last = self.found.len().saturating_sub(1);
        match key.code {
            Code::Esc => return Outcome::Back,
            Code::Enter => return self.choose(),
            Code::Up => self.selected = self.selected.saturating_sub(1),
            Code::Down => self.selected = (self.selected + 1).min(last),
            Code::PageUp => self.selected = self.selected.saturating_sub(10),
            Code::PageDown => self.selected = (self.selected + 10).min(last),
            _ if self.filter.key(key) => self.search(),
            _ => return Outcome::Ignored,
        }
        Outcome::Stay
    }

    /// Pastes into the filter.
    pub fn paste(&mut self, text: &str) -> Outcome {
        self.filter.paste(text);
        self.search();
        Outcome::Stay
    }

    fn choose(&mut self) -> Outcome {
        let Some(at) = self.found.get(self.selected).copied() else { return Outcome::Stay };
        match self.rows.get(at) {
            // The reason stands on the screen already, below the list.
            Some(row) if row.disabled.is_none() => Outcome::Chosen(at),
            _ => Outcome::Stay,
        }
    }

    fn search(&mut self) {
        let pattern = Pattern::parse(self.filter.text(), CaseMatching::Ignore, Normalization::Smart);
        let mut scored: Vec<(u32, usize)> = Vec::new();
        let mut chars = Vec::new();
        for (at, row) in self.rows.iter().enumerate() {
            let mut score = |text: &str| pattern.score(Utf32Str::new(text, &mut chars), &mut self.matcher);
            // The title counts more than the other words by which a row is found.
            let by_title = score(&row.title).map(|score| score.saturating_mul(2).saturating_add(1));
            if let Some(best) = by_title.max(score(&row.also)) {
                scored.push((best, at));
            }
        }
        scored.sort_by_key(|(score, at)| (std::cmp::Reverse(*score), *at));
        self.found = scored.into_iter().map(|(_, at)| at).collect();
        self.selected = 0;
        self.scroll.top = 0;
    }

    /// Draws it over most of the area.
    pub fn draw(&mut self, buf: &mut Buffer, area: Rect, theme: &Theme) -> Option<Position> {
        let height = u16::try_from(self.rows.len()).unwrap_or(u16::MAX).saturating_add(4);
        let height = height.min(24).min(area.height.saturating_sub(4));
        let width = frame::WIDTH_MAX.min(area.width.saturating_sub(4));
        let inside = frame::open(buf, area, theme, &Line::from("Actions"), width, height);
        let body = Rect { y: inside.y.saturating_add(1), height: inside.height.saturating_sub(4), ..inside };
        self.scroll.keep_in_sight(self.selected, self.found.len(), body.height);
        let shown = self.found.iter().enumerate().skip(self.scroll.top);
        for (y, (at, row)) in (0..body.height).zip(shown) {
            if let Some(entry) = self.rows.get(*row) {
                draw_row(buf, paint::row(body, y), theme, at == self.selected, entry);
            }
        }
        self.draw_reason(
            buf,
            Rect { y: body.bottom(), height: inside.height.saturating_sub(2 + body.height).min(2), ..inside },
            theme,
        );
        let last = paint::row(inside, inside.height.saturating_sub(1));
        frame::keys(buf, last, theme, &[("Enter", "do it"), ("Esc", "goes back"), ("Up Down", "select")]);
        let count = format!("{} of {}", self.found.len(), self.rows.len());
        let count_at = paint::put_right(buf, paint::row(inside, 0), 20, 0, &count, theme.style(Role::Dim));
        let x = paint::put(buf, inside, 0, 0, ": ", theme.style(Role::Key));
        let width = count_at.saturating_sub(x + 1);
        let field = Rect { x: inside.x + x.min(inside.width), width, height: inside.height.min(1), ..inside };
        self.filter.draw(buf, field, theme.style(Role::Next))
    }

    /// Why the selected action is not possible, below the list.
    fn draw_reason(&self, buf: &mut Buffer, area: Rect, theme: &Theme) {
        let row = self.found.get(self.selected).and_then(|at| self.rows.get(*at));
        let (text, role) = match row {
            None => ("no action fits".to_owned(), Role::Dim),
            Some(PaletteRow { disabled: Some(reason), .. }) => (format!("not now: {reason}"), Role::Warning),
            Some(_) => return,
        };
        for (y, text) in (0..area.height).zip(paint::wrap(&text, area.width)) {
            paint::put(buf, area, 0, y, &text, theme.style(role));
        }
    }
}

fn draw_row(buf: &mut Buffer, row: Rect, theme: &Theme, selected: bool, entry: &PaletteRow) {
    let disabled = entry.disabled.is_some();
    let plain = theme.style(if disabled { Role::Dim } else { Role::Text });
    if selected {
        paint::put(buf, row, 0, 0, theme.glyphs.marker, theme.style(Role::Focus));
    }
    let keys_at = paint::put_right(buf, row, 2, 0, &entry.keys, theme.style(Role::Key));
    let (danger, role) = match (disabled, entry.danger) {
        (true, _) => ("not now", Role::Dim),
        (false, Danger::Typed) => (danger_words(entry.danger), Role::Error),
        (false, danger) => (danger_words(danger), Role::Warning),
    };
    let danger_at = row.width.saturating_sub(26);
    let danger_fits = danger_at > 20 && danger_at + paint::width(danger) < keys_at;
    let end = if danger_fits { danger_at } else { keys_at }.saturating_sub(1);
    let title = paint::fit(&entry.title, end.saturating_sub(2), theme.glyphs.ellipsis);
    paint::put(buf, row, 2, 0, &title, plain);
    if danger_fits {
        paint::put(buf, row, danger_at, 0, danger, theme.style(role));
    }
    if selected {
        paint::tint(buf, row, theme.style(Role::Selection));
    }
}
