//! One of a few: a severity, a decision.
//!
//! An entry that cannot be chosen stays on the list and says why. Enter at [`Choice::key`].

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::Outcome;
use super::frame::{self, Scroll};
use crate::domain::text::plain;
use crate::tui::keys::{Code, Key};
use crate::tui::paint;
use crate::tui::theme::{Role, Theme};

/// One entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The key that chooses it at once.
    pub key: char,
    /// What it is: `high`.
    pub title: String,
    /// What it means: `many users, no way around`.
    pub note: String,
    /// Why it cannot be chosen now.
    pub disabled: Option<String>,
}

impl Entry {
    /// An entry that can be chosen.
    pub fn new(key: char, title: &str, note: &str) -> Self {
        Self { key, title: plain(title), note: plain(note), disabled: None }
    }

    /// Says why the entry cannot be chosen.
    pub fn disabled(mut self, reason: &str) -> Self {
        self.disabled = Some(plain(reason));
        self
    }
}

/// A question that one of a few entries answers.
#[derive(Clone, Debug)]
pub struct Choice {
    title: String,
    /// What must be known before one is chosen.
    words: Vec<String>,
    /// The first of them is what is wrong.
    alarms: bool,
    entries: Vec<Entry>,
    selected: usize,
    scroll: Scroll,
    reason: Option<String>,
}

impl Choice {
    /// A question; `selected` is where the selection begins.
    pub fn new(title: &str, entries: Vec<Entry>, selected: usize) -> Self {
        let selected = selected.min(entries.len().saturating_sub(1));
        Self {
            title: plain(title),
            words: Vec::new(),
            alarms: false,
            entries,
            selected,
            scroll: Scroll::default(),
            reason: None,
        }
    }

    /// Adds what must be known before one is chosen, above the entries: first what is wrong.
    pub fn words(mut self, words: impl IntoIterator<Item = String>) -> Self {
        self.words.extend(words.into_iter().map(|text| plain(&text)));
        self.alarms = true;
        self
    }

    /// Adds what is good to know, where nothing is wrong.
    pub fn said(mut self, words: &str) -> Self {
        self.words.push(plain(words));
        self
    }

    /// Takes one press.
    pub fn key(&mut self, key: Key) -> Outcome {
        self.reason = None;
        // An entry's own key wins over hjkl.
        if let Some(at) = key.text().and_then(|c| self.entries.iter().position(|entry| entry.key == c)) {
            return self.choose(at);
        }
        let last = self.entries.len().saturating_sub(1);
        match key.code {
            Code::Esc => return Outcome::Back,
            Code::Enter => return self.choose(self.selected),
            Code::Up | Code::Char('k') => self.selected = self.selected.saturating_sub(1),
            Code::Down | Code::Char('j') => self.selected = (self.selected + 1).min(last),
            Code::Home => self.selected = 0,
            Code::End => self.selected = last,
            _ => return Outcome::Ignored,
        }
        Outcome::Stay
    }

    fn choose(&mut self, at: usize) -> Outcome {
        self.selected = at;
        match self.entries.get(at) {
            Some(Entry { disabled: None, .. }) => Outcome::Chosen(at),
            Some(Entry { title, disabled: Some(reason), .. }) => {
                self.reason = Some(format!("{title}: {reason}"));
                Outcome::Stay
            }
            None => Outcome::Stay,
        }
    }

    /// Draws it.
    pub fn draw(&mut self, buf: &mut Buffer, area: Rect, theme: &Theme) -> Option<Position> {
        let titles = self.entries.iter().map(|entry| paint::width(&entry.title)).max().unwrap_or(0);
        let wide = |entry: &Entry| entry.disabled.as_deref().map_or(0, paint::width).max(paint::width(&entry.note));
        let notes = self.entries.iter().map(wide).max().unwrap_or(0);
        let said = self.words.iter().map(|text| paint::width(text)).max().unwrap_or(0);
        let title = paint::width(&self.title) + 2;
        let width =
            (titles + notes + 9).max(said).max(title).clamp(40, frame::WIDTH_MAX).min(area.width.saturating_sub(4));
        let mut words: Vec<String> = self.words.iter().flat_map(|text| paint::wrap(text, width)).collect();
        if !words.is_empty() {
            words.push(String::new());
        }
        let reason = self.reason.as_deref().map(|text| paint::wrap(text, width)).unwrap_or_default();
        let reasons = u16::try_from(reason.len()).unwrap_or(u16::MAX).max(1);
        let rows = u16::try_from(self.entries.len()).unwrap_or(u16::MAX);
        let height = u16::try_from(words.len()).unwrap_or(u16::MAX);
        let height = height.saturating_add(rows).saturating_add(1).saturating_add(reasons);
        let inside = frame::open(buf, area, theme, &Line::from(self.title.as_str()), width, height);
        // Where there is little room the words give way, never what can be chosen.
        let spare = inside.height.saturating_sub(rows.saturating_add(1 + reasons));
        let told = u16::try_from(words.len()).unwrap_or(u16::MAX).min(spare);
        for (y, text) in (0..told).zip(&words) {
            let style = theme.style(if y == 0 && self.alarms { Role::Error } else { Role::Text });
            paint::put(buf, inside, 0, y, text, style);
        }
        let height = inside.height.saturating_sub(1 + reasons + told);
        let body = Rect { y: inside.y + told, height, ..inside };
        self.scroll.keep_in_sight(self.selected, self.entries.len(), body.height);
        for (y, (at, entry)) in (0..body.height).zip(self.entries.iter().enumerate().skip(self.scroll.top)) {
            self.draw_entry(buf, paint::row(body, y), theme, at == self.selected, entry, titles);
        }
        let below = Rect { y: body.bottom(), height: inside.height.saturating_sub(1 + told + body.height), ..inside };
        for (y, text) in (0..below.height).zip(&reason) {
            paint::put(buf, below, 0, y, text, theme.style(Role::Warning));
        }
        let last = paint::row(inside, inside.height.saturating_sub(1));
        frame::keys(buf, last, theme, &[("Enter", "choose"), ("Esc", "goes back")]);
        None
    }

    fn draw_entry(&self, buf: &mut Buffer, row: Rect, theme: &Theme, selected: bool, entry: &Entry, titles: u16) {
        let dim = theme.style(Role::Dim);
        let plain = if entry.disabled.is_some() { dim } else { theme.style(Role::Text) };
        if selected {
            paint::put(buf, row, 0, 0, theme.glyphs.marker, theme.style(Role::Focus));
        }
        paint::put(buf, row, 2, 0, &entry.key.to_string(), theme.style(Role::Key));
        paint::put(buf, row, 4, 0, &entry.title, plain);
        paint::put(buf, row, titles + 7, 0, entry.disabled.as_ref().unwrap_or(&entry.note), dim);
        if selected {
            paint::tint(buf, row, theme.style(Role::Selection));
        }
    }
}
