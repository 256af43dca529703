//! A reading view over the whole screen: changes, notes, reports, plans, history.
//!
//! It holds its text and its place in it, and starts nothing: keys that it has no use for come back as
//! [`Outcome::Ignored`]. Enter at [`Pager::key`] and [`Pager::draw`].

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::tui::glyphs::Glyphs;
use crate::tui::input::LineInput;
use crate::tui::keys::{Code, Key};
use crate::tui::overlay::Outcome;
use crate::tui::paint;
use crate::tui::rule::{self, Rules};
use crate::tui::theme::{Role, Theme};

mod markdown;

pub use markdown::markdown;

/// Columns that one press of an arrow moves sideways.
const SIDEWAYS: u16 = 8;

/// A line of the text.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PagerLine {
    /// Its pieces, each with what it means. Foreign text in them is cleaned when it is drawn.
    pub spans: Vec<(String, Role)>,
    /// Never wrapped, because its columns mean something: a table, a command's output.
    pub whole: bool,
    /// Where its second row begins, when it is wrapped.
    pub hang: u16,
    /// A row of a table: each cell, and how wide its column is. Where the table is too wide, its widest column wraps.
    pub cells: Vec<(String, u16)>,
}

impl PagerLine {
    /// A line of one piece.
    pub fn new(text: impl Into<String>, role: Role) -> Self {
        Self { spans: vec![(text.into(), role)], ..Self::default() }
    }

    /// A line of plain text.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::new(text, Role::Text)
    }

    /// The line, never wrapped.
    pub fn whole(self) -> Self {
        Self { whole: true, ..self }
    }

    fn text(&self) -> String {
        self.spans.iter().map(|(text, _)| text.as_str()).collect()
    }
}

/// The text with its place.
#[derive(Clone, Debug)]
pub struct Pager {
    /// What is read, for the title.
    pub title: String,
    /// The text.
    pub lines: Vec<PagerLine>,
    /// What else can be done here: key and word.
    pub keys: Vec<(String, String)>,
    /// First line on the screen, and which of its rows.
    top: (usize, usize),
    right: u16,
    /// Rows that fit, as of the last picture.
    height: u16,
    width: u16,
    typing: Option<LineInput>,
    wanted: String,
    /// Nothing was found: said until the next press.
    missed: bool,
}

impl Pager {
    /// A view of this text, at its beginning.
    pub fn new(title: impl Into<String>, lines: Vec<PagerLine>, keys: Vec<(String, String)>) -> Self {
        Self {
            title: title.into(),
            lines,
            keys,
            top: (0, 0),
            right: 0,
            height: 20,
            width: 80,
            typing: None,
            wanted: String::new(),
            missed: false,
        }
    }

    /// Puts a newer text in its place; the reader stays where they are, as far as there is text.
    pub fn replace(&mut self, lines: Vec<PagerLine>) {
        self.lines = lines;
        self.clamp();
    }

    /// Stands at the end of the text.
    pub fn to_end(&mut self) {
        self.top = (usize::MAX, 0);
        self.clamp();
    }

    /// The first line on the screen.
    pub fn line(&self) -> usize {
        self.top.0
    }

    /// Takes one press. Esc and q go back, unless a search is being typed.
    pub fn key(&mut self, key: Key) -> Outcome {
        self.missed = false;
        if self.typing.is_some() {
            return self.typed(key);
        }
        let page = isize::try_from(self.height.saturating_sub(1).max(1)).unwrap_or(1);
        match key.code {
            _ if key.alt => return Outcome::Ignored,
            Code::Char('f') if key.ctrl => self.by(page),
            Code::Char('b') if key.ctrl => self.by(-page),
            Code::Char('d') if key.ctrl => self.by(page / 2),
            Code::Char('u') if key.ctrl => self.by(-page / 2),
            _ if key.ctrl => return Outcome::Ignored,
            Code::Esc | Code::Char('q') => return Outcome::Back,
            Code::Up | Code::Char('k') => self.by(-1),
            Code::Down | Code::Char('j') => self.by(1),
            Code::PageUp => self.by(-page),
            Code::PageDown | Code::Char(' ') => self.by(page),
            Code::Home | Code::Char('g') => (self.top, self.right) = ((0, 0), 0),
            Code::End | Code::Char('G') => self.to_end(),
            Code::Left | Code::Char('h') => self.right = self.right.saturating_sub(SIDEWAYS),
            Code::Right | Code::Char('l') => self.sideways(),
            Code::Char('/') => self.typing = Some(LineInput::default()),
            Code::Char('n') if !self.wanted.is_empty() => self.find(true),
            Code::Char('N') if !self.wanted.is_empty() => self.find(false),
            _ => return Outcome::Ignored,
        }
        Outcome::Stay
    }

    /// Takes pasted text: into the search that is being typed, else not at all.
    pub fn paste(&mut self, text: &str) -> Outcome {
        match &mut self.typing {
            Some(input) => {
                input.paste(text);
                Outcome::Stay
            }
            None => Outcome::Ignored,
        }
    }

    fn typed(&mut self, key: Key) -> Outcome {
        let Some(input) = &mut self.typing else { return Outcome::Ignored };
        match key.code {
            Code::Esc => self.typing = None,
            Code::Enter => {
                self.wanted = input.text().to_lowercase();
                self.typing = None;
                if !self.wanted.is_empty() {
                    self.find(true);
                }
            }
            _ => {
                input.key(key);
            }
        }
        Outcome::Stay
    }

    /// Goes to the next or the previous line that holds what is wanted; goes round at the ends.
    fn find(&mut self, down: bool) {
        let lines = self.lines.len();
        let at = |step: usize| {
            let from = self.top.0.min(lines.saturating_sub(1));
            if down { (from + step) % lines.max(1) } else { (from + lines - step) % lines.max(1) }
        };
        // Where the reader stands comes last, so that a press always moves if there is somewhere to go.
        let found = (1..=lines).map(at).find(|at| self.holds(*at));
        match found {
            Some(found) => self.top = (found, 0),
            None => self.missed = true,
        }
    }

    fn holds(&self, at: usize) -> bool {
        !self.wanted.is_empty()
            && self.lines.get(at).is_some_and(|line| line.text().to_lowercase().contains(&self.wanted))
    }

    fn by(&mut self, rows_down: isize) {
        let mut left = rows_down.unsigned_abs();
        while left > 0 {
            let before = self.top;
            if rows_down > 0 {
                let rows = self.lines.get(self.top.0).map_or(1, |line| self.rows_of(line));
                self.top = if self.top.1 + 1 < rows { (self.top.0, self.top.1 + 1) } else { (self.top.0 + 1, 0) };
            } else if self.top.1 > 0 {
                self.top.1 -= 1;
            } else if let Some(above) = self.top.0.checked_sub(1) {
                let rows = self.lines.get(above).map_or(1, |line| self.rows_of(line));
                self.top = (above, rows - 1);
            }
            if before == self.top {
                break;
            }
            left -= 1;
        }
        self.clamp();
    }

    fn sideways(&mut self) {
        let stays = |line: &&PagerLine| line.whole && folded(line, self.width).is_none();
        let stays = |line: &&PagerLine| stays(line) && line.spans.iter().all(|(_, role)| *role != Role::Rule);
        let widest = self.lines.iter().filter(stays).map(|line| paint::width(&line.text())).max();
        let most = widest.unwrap_or(0).saturating_sub(self.width);
        self.right = self.right.saturating_add(SIDEWAYS).min(most);
    }

    fn rows_of(&self, line: &PagerLine) -> usize {
        if let Some(rows) = folded(line, self.width) {
            return rows.len();
        }
        if line.whole { 1 } else { wrap(&line.text(), self.width, line.hang).len().max(1) }
    }

    /// No room stays empty below the last row.
    fn clamp(&mut self) {
        let mut left = usize::from(self.height.max(1));
        let mut last = (0, 0);
        for (at, line) in self.lines.iter().enumerate().rev() {
            let rows = self.rows_of(line);
            if rows >= left {
                last = (at, rows - left);
                break;
            }
            left -= rows;
        }
        self.top = self.top.min(last);
    }

    /// Draws it over the whole area; says where the cursor belongs while a search is typed.
    pub fn draw(&mut self, buf: &mut Buffer, area: Rect, theme: &Theme) -> Option<Position> {
        let area = area.intersection(buf.area);
        ratatui::widgets::Widget::render(ratatui::widgets::Clear, area, buf);
        if area.height < 3 || area.width < 4 {
            return None;
        }
        let body = Rect { x: area.x + 2, y: area.y + 1, width: area.width - 3, height: area.height - 3 };
        (self.width, self.height) = (body.width, body.height);
        self.clamp();
        self.draw_rules(buf, area, theme);
        let mut y = 0;
        let mut from_row = self.top.1;
        for (at, line) in self.lines.iter().enumerate().skip(self.top.0) {
            if y >= body.height {
                break;
            }
            let hit = self.holds(at);
            for row in self.rows(line, theme.glyphs).into_iter().skip(from_row) {
                if hit {
                    let edge = Rect { x: area.x, width: 1, ..body };
                    paint::put(buf, edge, 0, y, theme.glyphs.marker, theme.style(Role::Warning));
                }
                let mut x = 0;
                for (text, role) in row {
                    x = paint::put(buf, body, x, y, &text, theme.style(role));
                }
                y = y.saturating_add(1);
            }
            from_row = 0;
        }
        if self.lines.is_empty() {
            paint::put(buf, body, 0, 0, "Nothing to read here.", theme.style(Role::Dim));
        }
        self.draw_keys(buf, Rect { y: area.bottom() - 1, height: 1, ..area }, theme)
    }

    fn draw_rules(&self, buf: &mut Buffer, area: Rect, theme: &Theme) {
        let (first, last) = (area.y, area.bottom() - 2);
        let rules = Rules {
            across: vec![(first, area.left(), area.right()), (last, area.left(), area.right())],
            ..Rules::default()
        };
        rules.draw(buf, theme.style(Role::Rule), theme.glyphs);
        let title = super::words::clean(&self.title, theme.glyphs);
        // What stands on a rule does not take the rule's colour.
        let title = Line::from(Span::styled(title, Style::reset().patch(theme.style(Role::Focus))));
        let place = Line::from(Span::styled(self.place(), theme.style(Role::Dim)));
        rule::title(buf, Rect { y: first, height: 1, ..area }, &title, &place);
    }

    /// How far the reader is: `all`, `top`, `42 %`, `end`.
    fn place(&self) -> String {
        let mut below = self.lines.len().saturating_sub(self.top.0);
        let mut rows = usize::from(self.height) + self.top.1;
        for line in self.lines.iter().skip(self.top.0) {
            let of_line = self.rows_of(line);
            if of_line > rows {
                break;
            }
            rows -= of_line;
            below -= 1;
        }
        match (self.top, below) {
            ((0, 0), 0) => "all".to_owned(),
            (_, 0) => "end".to_owned(),
            ((0, 0), _) => "top".to_owned(),
            _ => format!("{} %", (self.lines.len() - below) * 100 / self.lines.len().max(1)),
        }
    }

    fn draw_keys(&self, buf: &mut Buffer, row: Rect, theme: &Theme) -> Option<Position> {
        let row = Rect { x: row.x + 1, width: row.width.saturating_sub(2), ..row };
        if let Some(input) = &self.typing {
            let x = paint::put(buf, row, 0, 0, "/", theme.style(Role::Key));
            return input.draw(
                buf,
                Rect { x: row.x + x, width: row.width.saturating_sub(x), ..row },
                theme.style(Role::Text),
            );
        }
        if self.missed {
            let words = format!("\"{}\" is not in this text", super::words::clean(&self.wanted, theme.glyphs));
            paint::put(buf, row, 0, 0, &words, theme.style(Role::Warning));
            return None;
        }
        let own: &[(&str, &str)] = if self.wanted.is_empty() {
            &[("Up Down", "scroll"), ("/", "search"), ("Esc", "goes back")]
        } else {
            &[("n N", "next, previous"), ("/", "search"), ("Esc", "goes back")]
        };
        let given = self.keys.iter().map(|(key, word)| (key.as_str(), word.as_str()));
        let pairs: Vec<(&str, &str)> = given.chain(own.iter().copied()).collect();
        crate::tui::overlay::frame::keys(buf, row, theme, &pairs);
        None
    }

    /// The rows that a line takes, cleaned.
    fn rows(&self, line: &PagerLine, glyphs: &Glyphs) -> Vec<Vec<(String, Role)>> {
        let spans: Vec<(String, Role)> =
            line.spans.iter().map(|(text, role)| (super::words::clean(text, glyphs), *role)).collect();
        if let Some(rows) = folded(line, self.width) {
            let role = line.spans.first().map_or(Role::Text, |(_, role)| *role);
            return rows.into_iter().map(|row| vec![(row, role)]).collect();
        }
        if let [(text, Role::Rule)] = spans.as_slice() {
            return vec![vec![(paint::head(text, self.width).to_owned(), Role::Rule)]];
        }
        if line.whole {
            return vec![cut(&spans, self.right, self.width, glyphs)];
        }
        let whole: String = spans.iter().map(|(text, _)| text.as_str()).collect();
        super::checklist::roles_over(&spans, wrap(&whole, self.width, line.hang))
    }
}

/// Between two columns of a table.
const GAP: u16 = 2;
/// A column narrower than this is not read any more: the table is cut instead.
const LEAST_COLUMN: u16 = 16;

/// A row of a table that is too wide, its widest column wrapped; none where it fits, or would not even so.
fn folded(line: &PagerLine, width: u16) -> Option<Vec<String>> {
    let all = line.cells.iter().fold(0u16, |sum, (_, width)| sum.saturating_add(*width).saturating_add(GAP));
    let over = all.saturating_sub(GAP).checked_sub(width).filter(|over| *over > 0)?;
    let (wide, (text, column)) = line.cells.iter().enumerate().max_by_key(|(_, (_, width))| *width)?;
    let room = column.checked_sub(over).filter(|room| *room >= LEAST_COLUMN)?;
    let pieces = match paint::wrap(text, room) {
        pieces if pieces.is_empty() => vec![String::new()],
        pieces => pieces,
    };
    let row = |(at, piece): (usize, String)| {
        let mut row = String::new();
        for (number, (cell, column)) in line.cells.iter().enumerate() {
            let (cell, column) = match (number == wide, at) {
                (true, _) => (piece.as_str(), room),
                (false, 0) => (cell.as_str(), *column),
                (false, _) => ("", *column),
            };
            row.push_str(cell);
            row.push_str(&" ".repeat(usize::from(column.saturating_sub(paint::width(cell)) + GAP)));
        }
        row.trim_end().to_owned()
    };
    Some(pieces.into_iter().enumerate().map(row).collect())
}

/// [`paint::wrap`] with later rows indented.
fn wrap(text: &str, width: u16, hang: u16) -> Vec<String> {
    let mut rows = paint::wrap(text, width);
    if rows.len() < 2 || hang == 0 || hang >= width / 2 {
        return if rows.is_empty() { vec![String::new()] } else { rows };
    }
    let first = rows.remove(0);
    let rest = text.get(first.len()..).unwrap_or("").trim_start();
    let indent = " ".repeat(hang.into());
    let later = paint::wrap(rest, width - hang).into_iter().map(|row| format!("{indent}{row}"));
    std::iter::once(first).chain(later).collect()
}

/// The part of a line that is on the screen when it is never wrapped.
fn cut(spans: &[(String, Role)], right: u16, width: u16, glyphs: &Glyphs) -> Vec<(String, Role)> {
    let mut skip = right;
    let mut left = width;
    let total = spans.iter().fold(0u16, |sum, (text, _)| sum.saturating_add(paint::width(text)));
    let more = total.saturating_sub(right) > width;
    if more {
        left = left.saturating_sub(paint::width(glyphs.ellipsis));
    }
    let mut out = Vec::new();
    for (text, role) in spans {
        let cells = paint::width(text);
        let shown = if skip >= cells { "" } else { paint::tail(text, cells - skip) };
        skip = skip.saturating_sub(cells);
        let shown = paint::head(shown, left);
        left = left.saturating_sub(paint::width(shown));
        if !shown.is_empty() {
            out.push((shown.to_owned(), *role));
        }
    }
    if more {
        out.push((glyphs.ellipsis.to_owned(), Role::Dim));
    }
    out
}

#[cfg(test)]
mod tests;
