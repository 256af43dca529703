//! A typed word says yes: what will be live afterwards, `VERSION@ENV`.
//!
//! Shows every command that will run, in order. Pasted text is refused and says so, because the point is that a
//! person reads the word. Enter at [`Typed::key`].

use std::time::Instant;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::frame::{self, Scroll};
use super::{Outcome, armed};
use crate::domain::text::plain;
use crate::tui::input::LineInput;
use crate::tui::keys::{Code, Key};
use crate::tui::paint;
use crate::tui::theme::{Role, Theme};

/// The way out.
const BACK: &str = "Esc goes back";

/// One thing that will happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// What it is: `undo deploy-backend`.
    pub title: String,
    /// The exact command, or why there is none.
    pub how: String,
    /// A rollback does not undo it: a line above says so.
    pub no_way_back: bool,
}

/// A question that a typed word answers.
#[derive(Clone, Debug)]
pub struct Typed {
    title: String,
    deeds: Vec<Deed>,
    /// What cannot be taken back, what is not known: shown in the warning's colour.
    warnings: Vec<String>,
    word: String,
    /// What the word does: `start`.
    verb: String,
    opened_by: Option<Key>,
    opened_at: Instant,
    input: LineInput,
    scroll: Scroll,
    reason: Option<String>,
    /// Another way to do it, chosen by Tab: how it is done without and with it.
    other_way: Option<OtherWay>,
}

/// Another way to do the same.
#[derive(Clone, Debug)]
struct OtherWay {
    without: String,
    with: String,
    chosen: bool,
}

impl Typed {
    /// A question that `word` answers. `opened_by` is the key whose press opened it.
    pub fn new(title: &str, word: &str, verb: &str, opened_by: Option<Key>, now: Instant) -> Self {
        Self {
            title: plain(title),
            deeds: Vec::new(),
            warnings: Vec::new(),
            word: word.to_owned(),
            verb: verb.to_owned(),
            opened_by,
            opened_at: now,
            input: LineInput::default(),
            scroll: Scroll::default(),
            reason: None,
            other_way: None,
        }
    }

    /// Offers another way to do the same, which Tab chooses and gives up again.
    pub fn offer(&mut self, without: &str, with: &str) {
        self.other_way = Some(OtherWay { without: plain(without), with: plain(with), chosen: false });
    }

    /// Whether the other way was chosen.
    pub fn other_way(&self) -> bool {
        self.other_way.as_ref().is_some_and(|way| way.chosen)
    }

    /// Adds what will happen, in its order.
    pub fn deeds(mut self, deeds: impl IntoIterator<Item = Deed>) -> Self {
        self.deeds.extend(deeds.into_iter().map(|deed| Deed {
            title: plain(&deed.title),
            how: plain(&deed.how),
            no_way_back: deed.no_way_back,
        }));
        self
    }

    /// Adds what a person must know before.
    pub fn warnings(mut self, warnings: impl IntoIterator<Item = String>) -> Self {
        self.warnings.extend(warnings.into_iter().map(|text| plain(&text)));
        self
    }

    /// Takes one press.
    pub fn key(&mut self, key: Key, now: Instant) -> Outcome {
        // How many rows there are is known when they are wrapped; drawing takes back what is too much.
        let rows = usize::MAX;
        match key.code {
            Code::Esc => return Outcome::Back,
            Code::Enter => return self.enter(),
            Code::Tab if self.other_way.is_some() => {
                self.other_way.iter_mut().for_each(|way| way.chosen = !way.chosen);
            }
            Code::Up => self.scroll.by(-1, rows, 1),
            Code::Down => self.scroll.by(1, rows, 1),
            Code::PageUp => self.scroll.by(-10, rows, 1),
            Code::PageDown => self.scroll.by(10, rows, 1),
            // The opening key, held down, would write itself into the field. Once the word is begun it is a letter.
            _ if self.opened_by == Some(key) && self.input.text().is_empty() && !armed(self.opened_at, now) => {}
            _ if self.input.key(key) => self.reason = None,
            _ => return Outcome::Ignored,
        }
        Outcome::Stay
    }

    /// Refuses pasted text.
    pub fn paste(&mut self) -> Outcome {
        self.reason = Some("pasted text is not taken: type the word".to_owned());
        Outcome::Stay
    }

    fn enter(&mut self) -> Outcome {
        let typed = self.input.text().trim();
        if typed == self.word {
            return Outcome::Accepted;
        }
        self.reason = Some(if typed.is_empty() {
            format!("Enter alone does nothing: type {}", self.word)
        } else {
            format!("this is not {}", self.word)
        });
        Outcome::Stay
    }

    /// Draws it; the line with the word comes before everything else when there is little room.
    pub fn draw(&mut self, buf: &mut Buffer, area: Rect, theme: &Theme) -> Option<Position> {
        let number_width = 4;
        let titles = self.deeds.iter().map(|deed| paint::width(&deed.title)).max().unwrap_or(0).min(36);
        let hows = self.deeds.iter().map(|deed| paint::width(&deed.how)).max().unwrap_or(0);
        let widest = number_width + titles + 3 + hows;
        // The question, its field and the way out stand in one row.
        let asked = paint::width(&self.question()) + paint::width(&self.word) + 3 + paint::width(BACK);
        let wished = widest.max(asked);
        let width = frame::width_for(area, self.warnings.iter().map(String::as_str)).max(wished.min(frame::WIDTH_MAX));
        let width = width.min(area.width.saturating_sub(4)).max(4);
        let columns = Columns { titles, how: width.saturating_sub(number_width + titles + 3) };
        let mut rows = Vec::new();
        for (at, deed) in self.deeds.iter().enumerate() {
            if deed.no_way_back {
                rows.push((
                    format!("    {0} not undone by a rollback {0}", theme.glyphs.dashes.repeat(4)),
                    String::new(),
                ));
            }
            rows.extend(columns.rows(at + 1, deed, width));
        }
        let way = self.other_way.as_ref().map(|way| if way.chosen { &way.with } else { &way.without });
        let warnings: Vec<String> = self.warnings.iter().chain(way).flat_map(|text| paint::wrap(text, width)).collect();
        let height = rows.len() + warnings.len() + usize::from(!warnings.is_empty()) + 2;
        let height = u16::try_from(height).unwrap_or(u16::MAX);
        let inside = frame::open(buf, area, theme, &Line::from(self.title.as_str()), width, height);
        let foot = 2.min(inside.height);
        let warned = u16::try_from(warnings.len()).unwrap_or(u16::MAX).min(inside.height.saturating_sub(foot + 1));
        let body = Rect { height: inside.height.saturating_sub(foot + warned), ..inside };
        self.draw_rows(buf, body, theme, &rows);
        let below = Rect { y: body.bottom(), height: warned, ..inside };
        for (y, text) in (0..warned).zip(&warnings) {
            paint::put(buf, below, 0, y, text, theme.style(Role::Warning));
        }
        if let Some(reason) = &self.reason {
            let row = paint::row(inside, inside.height.saturating_sub(2));
            paint::put(buf, row, 0, 0, reason, theme.style(Role::Error));
        }
        self.draw_question(buf, paint::row(inside, inside.height.saturating_sub(1)), theme)
    }

    fn question(&self) -> String {
        format!("Type {} to {}: ", self.word, self.verb)
    }

    fn draw_rows(&mut self, buf: &mut Buffer, body: Rect, theme: &Theme, rows: &[(String, String)]) {
        // The last row of the body tells how much is hidden, if anything is.
        let fits = rows.len() <= usize::from(body.height);
        let shown = if fits { body.height } else { body.height.saturating_sub(1) };
        self.scroll.by(0, rows.len(), shown);
        for (y, (left, right)) in (0..shown).zip(rows.iter().skip(self.scroll.top)) {
            let x = paint::put(buf, body, 0, y, left, theme.style(Role::Text));
            paint::put(buf, body, x, y, right, theme.style(Role::Dim));
        }
        if !fits {
            let hidden = rows.len().saturating_sub(usize::from(shown));
            let text = format!("{hidden} rows more: Up and Down");
            paint::put(buf, body, 0, shown, &text, theme.style(Role::Warning));
        }
    }

    fn draw_question(&self, buf: &mut Buffer, row: Rect, theme: &Theme) -> Option<Position> {
        let question = self.question();
        let word_width = paint::width(&self.word).saturating_add(1);
        // On a narrow screen the beginning of the question gives way, never the field.
        let question = paint::tail(&question, row.width.saturating_sub(word_width));
        let x = paint::put(buf, row, 0, 0, question, theme.style(Role::Text));
        let right_so_far = self.word.starts_with(self.input.text());
        let style = theme.style(if right_so_far { Role::Next } else { Role::Error });
        let back = BACK;
        let field_width = row.width.saturating_sub(x);
        let room = field_width.saturating_sub(word_width.saturating_add(2));
        let field = if room >= paint::width(back) {
            paint::put_right(buf, row, x, 0, back, theme.style(Role::Dim));
            Rect { x: row.x + x, width: field_width - paint::width(back) - 2, ..row }
        } else {
            Rect { x: row.x + x, width: field_width, ..row }
        };
        self.input.draw(buf, field, style)
    }
}

struct Columns {
    titles: u16,
    how: u16,
}

impl Columns {
    /// Number and title on the left, the command on the right; below each other where it is too narrow for that.
    fn rows(&self, number: usize, deed: &Deed, width: u16) -> Vec<(String, String)> {
        let mut rows = Vec::new();
        let beside = self.how >= 16 && paint::width(&deed.title) <= self.titles;
        let titles = if beside { vec![deed.title.clone()] } else { paint::wrap(&deed.title, width.saturating_sub(4)) };
        let hows = paint::wrap(&deed.how, if beside { self.how } else { width.saturating_sub(6) });
        for (at, title) in titles.iter().enumerate() {
            let number = if at == 0 { format!("{number:>2}  ") } else { "    ".to_owned() };
            rows.push((number + title, String::new()));
        }
        if beside {
            let pad = usize::from(self.titles + 3 - paint::width(&deed.title).min(self.titles));
            let indent = usize::from(4 + self.titles + 3);
            for (at, how) in hows.into_iter().enumerate() {
                match rows.get_mut(at) {
                    Some(row) => row.1 = " ".repeat(pad) + &how,
                    None => rows.push((" ".repeat(indent), how)),
                }
            }
        } else {
            rows.extend(hows.into_iter().map(|how| (" ".repeat(6), how)));
        }
        rows
    }
}
