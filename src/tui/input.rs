//! A one-line text field: cursor by character as a person sees it, words, paste made one line.
//!
//! Holds no colours and no meaning; Enter and Esc belong to whoever shows it. Enter at [`LineInput::key`].

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;

use super::keys::{Code, Key};
use super::paint;

/// Longest text in bytes; a record on disk holds far more, a person's line far less.
const BYTES_MAX: usize = 4096;

/// The text and where the cursor stands in it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LineInput {
    text: String,
    /// Always at the border of a grapheme, at most the text's length.
    cursor: usize,
}

impl LineInput {
    /// A field that begins with this text, cursor at its end.
    pub fn new(text: &str) -> Self {
        let mut input = Self::default();
        input.paste(text);
        input
    }

    /// What was typed so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Empties the field.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Takes one press; true if the field used it (the text may still be the same).
    pub fn key(&mut self, key: Key) -> bool {
        if let Some(c) = key.text() {
            self.insert(&one_line(c.encode_utf8(&mut [0; 4])));
            return true;
        }
        let word = key.ctrl || key.alt;
        match (key.code, key.ctrl) {
            (Code::Left, _) => self.cursor = if word { self.word_left() } else { self.left() },
            (Code::Right, _) => self.cursor = if word { self.word_right() } else { self.right() },
            (Code::Home, _) | (Code::Char('a'), true) => self.cursor = 0,
            (Code::End, _) | (Code::Char('e'), true) => self.cursor = self.text.len(),
            (Code::Backspace, _) if word => self.cut(self.word_left(), self.cursor),
            (Code::Backspace, _) => self.cut(self.left(), self.cursor),
            (Code::Char('w'), true) => self.cut(self.word_left(), self.cursor),
            (Code::Delete, _) if word => self.cut(self.cursor, self.word_right()),
            (Code::Delete, _) => self.cut(self.cursor, self.right()),
            (Code::Char('u'), true) => self.cut(0, self.cursor),
            (Code::Char('k'), true) => self.cut(self.cursor, self.text.len()),
            _ => return false,
        }
        true
    }

    /// Inserts pasted text as one line.
    pub fn paste(&mut self, text: &str) {
        self.insert(&one_line(text));
    }

    /// Draws the part around the cursor and returns where the cursor stands on the screen.
    pub fn draw(&self, buf: &mut Buffer, area: Rect, style: Style) -> Option<Position> {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return None;
        }
        // One cell stays free for the cursor behind the last character.
        let before = paint::tail(self.text.get(..self.cursor).unwrap_or(""), area.width - 1);
        let x = paint::put(buf, area, 0, 0, before, style);
        paint::put(buf, area, x, 0, self.text.get(self.cursor..).unwrap_or(""), style);
        Some(Position { x: area.x + x.min(area.width - 1), y: area.y })
    }

    fn insert(&mut self, text: &str) {
        let room = BYTES_MAX.saturating_sub(self.text.len());
        let end = text.grapheme_indices(true).map(|(at, g)| at + g.len()).take_while(|end| *end <= room).last();
        let text = text.get(..end.unwrap_or(0)).unwrap_or("");
        self.text.insert_str(self.cursor, text);
        self.cursor += text.len();
        // The new text may join what stands around it into one grapheme.
        self.cursor = self.border_from(self.cursor);
    }

    fn cut(&mut self, from: usize, to: usize) {
        self.text.replace_range(from..to, "");
        // What is left on both sides may be one grapheme now.
        self.cursor = self.border_until(from);
    }

    fn left(&self) -> usize {
        self.borders().filter(|at| *at < self.cursor).last().unwrap_or(0)
    }

    fn right(&self) -> usize {
        self.borders().find(|at| *at > self.cursor).unwrap_or(self.text.len())
    }

    fn word_left(&self) -> usize {
        let words = self.text.unicode_word_indices().map(|(at, _)| at);
        self.border_until(words.rev().find(|at| *at < self.cursor).unwrap_or(0))
    }

    fn word_right(&self) -> usize {
        let mut ends = self.text.unicode_word_indices().map(|(at, word)| at + word.len());
        self.border_from(ends.find(|end| *end > self.cursor).unwrap_or(self.text.len()))
    }

    /// The border at a byte or the nearest after it: words may begin and end inside of what a person sees as one.
    fn border_from(&self, at: usize) -> usize {
        self.borders().find(|border| *border >= at).unwrap_or(self.text.len())
    }

    /// The border at a byte or the nearest before it.
    fn border_until(&self, at: usize) -> usize {
        self.borders().chain([self.text.len()]).filter(|border| *border <= at).last().unwrap_or(0)
    }

    fn borders(&self) -> impl Iterator<Item = usize> {
        self.text.grapheme_indices(true).map(|(at, _)| at)
    }
}

/// One line without what a person would not see: line breaks and tabs become a space, controls and the characters
/// that turn or hide text are dropped.
pub fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.trim_end_matches(['\r', '\n']).chars() {
        match c {
            '\r' | '\n' | '\t' if out.ends_with(' ') => {}
            '\r' | '\n' | '\t' => out.push(' '),
            c if c.is_control() || unseen(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// Characters that take no room: zero-width, direction overrides and isolates, tags, line separators.
pub fn unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The text with `|` where the cursor stands.
    fn after(text: &str, keys: &str) -> String {
        let mut input = LineInput::new(text);
        for key in keys.split(' ').filter(|key| !key.is_empty()) {
            assert!(input.key(key.parse().unwrap()), "{key} is not used");
        }
        let (before, behind) = input.text.split_at(input.cursor);
        format!("{before}|{behind}")
    }

    #[test]
    fn typing_and_moving() {
        assert_eq!(after("", "a b space c"), "ab c|");
        assert_eq!(after("ab", "left x"), "ax|b");
        assert_eq!(after("ab", "home delete"), "|b");
        assert_eq!(after("ab", "ctrl-a right backspace"), "|b");
        assert_eq!(after("ab", "left left left end"), "ab|");
    }

    #[test]
    fn words() {
        assert_eq!(after("roll back production", "ctrl-w"), "roll back |");
        assert_eq!(after("roll back production", "ctrl-left ctrl-left ctrl-w"), "|back production");
        assert_eq!(after("roll back", "home ctrl-right"), "roll| back");
        assert_eq!(after("roll back", "home alt-delete"), "| back");
        assert_eq!(after("roll back", "ctrl-left ctrl-u"), "|back");
        assert_eq!(after("roll back", "ctrl-left ctrl-k"), "roll |");
        assert_eq!(after("roll back", "alt-backspace ctrl-backspace"), "|");
    }

    #[test]
    fn a_character_is_what_a_person_sees() {
        assert_eq!(after("ae\u{301}", "backspace"), "a|");
        assert_eq!(after("a🇩🇪b", "left left"), "a|🇩🇪b");
        assert_eq!(after("漢字", "left x"), "漢x|字");
        // A letter that joins the next character, which ends the word inside of what is seen as one.
        assert_eq!(after("a\u{d4e}:", "home ctrl-right"), "a\u{d4e}:|");
    }

    #[test]
    fn pasted_text_becomes_one_line() {
        assert_eq!(one_line("a\r\nb\tc\n\n"), "a b c");
        assert_eq!(one_line("a\x1b[31m\u{202e}b\u{200b}\0"), "a[31mb");
        let mut input = LineInput::new("ad");
        input.key("left".parse().unwrap());
        input.paste("b\nc");
        assert_eq!((input.text(), input.cursor), ("ab cd", 4));
        input.paste(&"x".repeat(10_000));
        assert_eq!(input.text().len(), BYTES_MAX);
    }

    #[test]
    fn the_cursor_stays_in_sight() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 6, 1));
        let area = Rect::new(1, 0, 4, 1);
        let at = LineInput::new("0123456789").draw(&mut buf, area, Style::new());
        assert_eq!((buf, at), (Buffer::with_lines([" 789  "]), Some(Position::new(4, 0))));
        assert_eq!(LineInput::new("a").draw(&mut Buffer::empty(area), Rect::ZERO, Style::new()), None);
    }

    proptest! {
        #[test]
        fn the_cursor_is_always_at_a_border(keys in proptest::collection::vec(0usize..14, 0..40), text in "\\PC{0,12}") {
            let names = ["a", "é", "left", "right", "home", "end", "backspace", "delete", "ctrl-w", "ctrl-left",
                "ctrl-right", "ctrl-u", "ctrl-k", "alt-delete"];
            let mut input = LineInput::default();
            for key in keys {
                input.key(names[key].parse().unwrap());
                if key < 2 {
                    input.paste(&text);
                }
                let borders: Vec<usize> = input.borders().chain([input.text.len()]).collect();
                prop_assert!(borders.contains(&input.cursor), "{input:?}");
            }
        }
    }
}
