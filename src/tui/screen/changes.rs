//! The changes of the release beside its changelog: a list over the whole screen, each change with its verdict, and
//! below it what is known about the selected one.
//!
//! It holds its rows and its place among them, and starts nothing: keys that it has no use for come back as
//! [`Outcome::Ignored`], and what an act is about is [`ChangesView::selected`]. Enter at [`ChangesView::key`] and
//! [`ChangesView::draw`].

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::domain::ledger::{Change, Habit, NO_CHANGELOG, SectionState, Verdict};
use crate::session::Changes;
use crate::tui::glyphs::State;
use crate::tui::keys::{Code, Key};
use crate::tui::overlay::Outcome;
use crate::tui::overlay::frame::{self, Scroll};
use crate::tui::paint;
use crate::tui::rule::{self, Rules};
use crate::tui::theme::{Role, Theme};

use super::words;

/// Rows below the list that tell about the selected change, where there is room.
const TOLD_ROWS: u16 = 4;
/// The least rows of the list beside them.
const LIST_ROWS_MIN: u16 = 6;

/// What the selection stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selected<'a> {
    /// A change.
    Change(&'a Change),
    /// A rule that the earlier releases propose.
    Habit(&'a Habit),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Row {
    Heading(&'static str, usize),
    Change(usize),
    Habit(usize),
    Extra(usize),
}

/// The list with its place.
#[derive(Debug, Clone)]
pub struct ChangesView {
    changes: Arc<Changes>,
    rows: Vec<Row>,
    at: usize,
    scroll: Scroll,
    /// Rows that fit, as of the last picture.
    height: u16,
    /// Earlier releases are still being read.
    reading: bool,
}

impl ChangesView {
    /// A view that stands on the first change that somebody must act on.
    pub fn new(changes: Arc<Changes>, reading: bool) -> Self {
        let rows = rows(&changes);
        let mut view = Self { changes, rows, at: 0, scroll: Scroll::default(), height: 20, reading };
        view.find_selectable(true);
        view
    }

    /// Puts newer changes in place; the selection stays on its change, else on its row.
    pub fn replace(&mut self, changes: Arc<Changes>, reading: bool) {
        let name = self.name();
        self.rows = rows(&changes);
        self.changes = changes;
        self.reading = reading;
        let same = name.and_then(|name| (0..self.rows.len()).find(|at| self.name_of(*at).as_ref() == Some(&name)));
        self.at = same.unwrap_or(self.at).min(self.rows.len().saturating_sub(1));
        self.find_selectable(true);
    }

    /// What the selection stands on; none on an empty list.
    pub fn selected(&self) -> Option<Selected<'_>> {
        match self.rows.get(self.at)? {
            Row::Change(at) => self.changes.ledger.changes.get(*at).map(Selected::Change),
            Row::Habit(at) => self.changes.habits.get(*at).map(Selected::Habit),
            Row::Heading(..) | Row::Extra(_) => None,
        }
    }

    /// What the view was made from.
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    fn name(&self) -> Option<String> {
        self.name_of(self.at)
    }

    fn name_of(&self, at: usize) -> Option<String> {
        match self.rows.get(at)? {
            Row::Change(at) => self.changes.ledger.changes.get(*at).map(|one| format!("{:?} {}", one.id, one.commit)),
            Row::Habit(at) => self.changes.habits.get(*at).map(|one| one.rule.to_string()),
            Row::Heading(..) | Row::Extra(_) => None,
        }
    }

    /// Takes one press; Esc and q go back.
    pub fn key(&mut self, key: Key) -> Outcome {
        let page = usize::from(self.height.saturating_sub(1).max(1));
        let last = self.rows.len().saturating_sub(1);
        if key.ctrl || key.alt {
            return Outcome::Ignored;
        }
        match key.code {
            Code::Esc | Code::Char('q') => return Outcome::Back,
            Code::Up | Code::Char('k') => self.go(self.at.saturating_sub(1), false),
            Code::Down | Code::Char('j') => self.go(self.at + 1, true),
            Code::PageUp => self.go(self.at.saturating_sub(page), false),
            Code::PageDown => self.go((self.at + page).min(last), true),
            Code::Home => self.go(0, true),
            Code::End => self.go(last, false),
            _ => return Outcome::Ignored,
        }
        Outcome::Stay
    }

    fn go(&mut self, to: usize, down: bool) {
        let before = self.at;
        self.at = to.min(self.rows.len().saturating_sub(1));
        self.find_selectable(down);
        // At an end there may be nothing to stand on further out.
        if self.selected().is_none() {
            self.at = before;
        }
        // A heading above the first row comes into sight with it.
        if self.rows.iter().take(self.at).all(|row| matches!(row, Row::Heading(..))) {
            self.scroll.top = 0;
        }
    }

    fn find_selectable(&mut self, down: bool) {
        let can = |at: &usize| matches!(self.rows.get(*at), Some(Row::Change(_) | Row::Habit(_)));
        let found = if down {
            (self.at..self.rows.len()).find(can).or_else(|| (0..self.at).rev().find(can))
        } else {
            (0..=self.at).rev().find(can).or_else(|| (self.at..self.rows.len()).find(can))
        };
        self.at = found.unwrap_or(self.at);
    }

    /// Draws it over the whole area. `keys` are the live keys with their words.
    pub fn draw(&mut self, buf: &mut Buffer, area: Rect, theme: &Theme, keys: &[(String, String)]) {
        let area = area.intersection(buf.area);
        ratatui::widgets::Widget::render(ratatui::widgets::Clear, area, buf);
        if area.height < 3 || area.width < 4 {
            return;
        }
        let told = if area.height >= TOLD_ROWS + LIST_ROWS_MIN + 3 { TOLD_ROWS } else { 0 };
        let body = Rect { x: area.x, y: area.y + 1, width: area.width, height: area.height - 3 - told };
        self.height = body.height;
        self.draw_rules(buf, area, theme, told);
        self.scroll.keep_in_sight(self.at, self.rows.len(), body.height);
        for (y, (at, row)) in (0..body.height).zip(self.rows.iter().enumerate().skip(self.scroll.top)) {
            self.draw_row(buf, paint::row(body, y), theme, at == self.at, *row);
        }
        if self.rows.is_empty() {
            paint::put(buf, body, 2, 0, "Nothing changed since the release before.", theme.style(Role::Dim));
        }
        if told > 0 {
            let place = Rect { y: body.bottom() + 1, height: told - 1, ..area };
            self.draw_told(buf, place, theme);
        }
        let last = Rect { x: area.x + 1, y: area.bottom() - 1, width: area.width.saturating_sub(2), height: 1 };
        let pairs: Vec<(&str, &str)> = keys.iter().map(|(key, word)| (key.as_str(), word.as_str())).collect();
        frame::keys(buf, last, theme, &pairs);
    }

    fn draw_rules(&self, buf: &mut Buffer, area: Rect, theme: &Theme, told: u16) {
        let (first, last) = (area.y, area.bottom() - 2);
        let mut across = vec![(first, area.left(), area.right()), (last, area.left(), area.right())];
        if told > 0 {
            across.push((last - told, area.left(), area.right()));
        }
        Rules { across, ..Rules::default() }.draw(buf, theme.style(Role::Rule), theme.glyphs);
        let ledger = &self.changes.ledger;
        let from = ledger.from.as_deref().unwrap_or("the beginning");
        let to = ledger.to.get(..7).filter(|_| ledger.to.len() == 40).unwrap_or(&ledger.to);
        let title = format!("Changes  {from} {} {to}", theme.glyphs.right);
        let title = words::clean(&title, theme.glyphs);
        let title = Line::from(Span::styled(title, Style::reset().patch(theme.style(Role::Focus))));
        let section = &ledger.section;
        let against = match (&section.heading, &section.state) {
            (_, SectionState::NoChangelog) => NO_CHANGELOG.to_owned(),
            (Some(heading), _) => format!("{heading} in {}", section.path),
            (None, _) if section.fragments > 0 => section.fragment_words(),
            (None, _) if self.changes.form.is_some() => "no entry waits in a file of its own yet".to_owned(),
            (None, _) => format!("no section {} in {}", section.wanted, section.path),
        };
        let right = Line::from(Span::styled(words::clean(&against, theme.glyphs), theme.style(Role::Dim)));
        rule::title(buf, Rect { y: first, height: 1, ..area }, &title, &right);
        if told > 0 && self.reading {
            let reading = Line::from(Span::styled("reading earlier releases…", theme.style(Role::Dim)));
            rule::title(buf, Rect { y: last - told, height: 1, ..area }, &Line::default(), &reading);
        }
    }

    fn draw_row(&self, buf: &mut Buffer, row: Rect, theme: &Theme, selected: bool, what: Row) {
        let clean = |text: &str| words::clean(text, theme.glyphs);
        if selected {
            paint::put(buf, row, 0, 0, theme.glyphs.marker, theme.style(Role::Focus));
        }
        match what {
            Row::Heading(words, count) => {
                paint::put(buf, row, 1, 0, &format!("{words}  {count}"), theme.style(Role::Title));
            }
            Row::Extra(at) => {
                let id = self.changes.ledger.extra.get(at).map(String::as_str).unwrap_or_default();
                let what = self.changes.extra.get(id).map_or("no commit of this history names it", String::as_str);
                paint::put(buf, row, 4, 0, &clean(&format!("{id:<8}{what}")), theme.style(Role::Dim));
            }
            Row::Habit(at) => {
                let Some(habit) = self.changes.habits.get(at) else { return };
                let words = format!("{}  sets {} apart; {}", habit.rule, habit.now.len(), habit.words());
                let role = if selected { Role::Next } else { Role::Text };
                paint::put(buf, row, 2, 0, "+", theme.style(Role::Key));
                paint::put(buf, row, 4, 0, &clean(&words), theme.style(role));
            }
            Row::Change(at) => {
                let Some(change) = self.changes.ledger.changes.get(at) else { return };
                self.draw_change(buf, row, theme, selected, change);
            }
        }
    }

    fn draw_change(&self, buf: &mut Buffer, row: Rect, theme: &Theme, selected: bool, change: &Change) {
        let state = state(change.verdict);
        paint::put(buf, row, 2, 0, theme.glyphs.state(state), theme.style(state.role()));
        let role = match change.verdict {
            _ if selected => Role::Next,
            Verdict::Missing => Role::Text,
            Verdict::Listed | Verdict::Excluded | Verdict::Direct => Role::Dim,
        };
        let clean = |text: &str| words::clean(text, theme.glyphs);
        let id = change.id.as_deref().unwrap_or_else(|| words::short_commit(&change.commit));
        let x = paint::put(buf, row, 4, 0, &clean(&format!("{id:<8}")), theme.style(role));
        let right = match (change.verdict, &change.listed_as, &change.reason) {
            (Verdict::Missing, _, None) => change.merged_by.clone(),
            (_, Some(other), _) => format!("as {other}"),
            (_, None, reason) => reason.clone().unwrap_or_default(),
        };
        // The title goes before: who merged it stands below too.
        let most = row.width.saturating_sub(x) / 2;
        let right = clean(&right);
        let right = paint::fit(&right, most.max(12), theme.glyphs.ellipsis).into_owned();
        let room = row.width.saturating_sub(x).saturating_sub(paint::width(&right)).saturating_sub(3);
        let title = clean(&change.title);
        let end = paint::put(buf, row, x, 0, &paint::fit(&title, room, theme.glyphs.ellipsis), theme.style(role));
        paint::put_right(
            buf,
            Rect { width: row.width.saturating_sub(1), ..row },
            end + 1,
            0,
            &right,
            theme.style(Role::Dim),
        );
    }

    /// What is known about the selected change, in a few rows.
    fn draw_told(&self, buf: &mut Buffer, place: Rect, theme: &Theme) {
        let lines: Vec<(String, Role)> = match self.selected() {
            None => Vec::new(),
            Some(Selected::Habit(habit)) => vec![
                (format!("rule: {}", habit.rule), Role::Text),
                (format!("would set apart now: {}", habit.now.join(", ")), Role::Dim),
                (habit.words(), Role::Dim),
            ],
            Some(Selected::Change(change)) => about(change),
        };
        let mut rows = Vec::new();
        for (text, role) in lines {
            let text = words::clean(&text, theme.glyphs);
            rows.extend(paint::wrap(&text, place.width.saturating_sub(4)).into_iter().map(|row| (row, role)));
        }
        for (y, (text, role)) in (0..place.height).zip(rows) {
            paint::put(buf, place, 2, y, &text, theme.style(role));
        }
    }
}

/// What stands below the list about a change.
fn about(change: &Change) -> Vec<(String, Role)> {
    let mut who = format!("{} by {}", words::short_commit(&change.commit), change.author);
    if change.merged_by != change.author {
        who.push_str(&format!(", merged by {}", change.merged_by));
    }
    let verdict = match (change.verdict, &change.entry, &change.reason) {
        (Verdict::Listed, Some(entry), reason) => {
            let how = reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
            format!("listed in line {}{how}: {}", entry.line, entry.text)
        }
        (verdict, _, Some(reason)) => format!("{}: {reason}", words_of(verdict)),
        (verdict, _, None) => words_of(verdict).to_owned(),
    };
    vec![(change.title.clone(), Role::Text), (who, Role::Dim), (verdict, Role::Dim)]
}

fn words_of(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Listed => "listed",
        Verdict::Missing => "not in the changelog",
        Verdict::Excluded => "set apart",
        Verdict::Direct => "a commit without a pull request: nothing is expected of it",
    }
}

fn state(verdict: Verdict) -> State {
    match verdict {
        Verdict::Listed => State::Done,
        Verdict::Missing => State::Failed,
        Verdict::Excluded => State::NotApplicable,
        Verdict::Direct => State::Open,
    }
}

/// What somebody must act on stands first, then what would settle it, then the rest.
fn rows(changes: &Changes) -> Vec<Row> {
    let mut rows = Vec::new();
    let of = |verdict: Verdict| {
        let all = changes.ledger.changes.iter().enumerate();
        all.filter(move |(_, one)| one.verdict == verdict).map(|(at, _)| Row::Change(at)).collect::<Vec<_>>()
    };
    let habits = (0..changes.habits.len()).map(Row::Habit).collect();
    let extra = (0..changes.ledger.extra.len()).map(Row::Extra).collect();
    let groups: [(&'static str, Vec<Row>); 6] = [
        ("Not in the changelog", of(Verdict::Missing)),
        ("Never told in earlier releases: leave out?", habits),
        ("Listed", of(Verdict::Listed)),
        ("Set apart", of(Verdict::Excluded)),
        ("Direct commits", of(Verdict::Direct)),
        ("Listed, and not in the range", extra),
    ];
    for (words, group) in groups.into_iter().filter(|(_, group)| !group.is_empty()) {
        rows.push(Row::Heading(words, group.len()));
        rows.extend(group);
    }
    rows
}

#[cfg(test)]
mod tests;
