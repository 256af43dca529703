//! The one sanitiser for text that relco did not write: output of steps, titles, names, messages.
//!
//! Of foreign text only colours survive, as runs in the sixteen named colours; everything else that is not plainly
//! visible is shown in a short form (`␛[2J`, `␍`, `<U+202E>`, `\xff`). What comes out holds no control character,
//! no bidi or tag character and nothing of zero width but combining marks on a letter, and it keeps to its number
//! of cells, so that nobody can move the cursor, hide text or forge a line.
//!
//! Dropped, and counted in [`SafeLine::hidden`], is only what changes nothing here: erase to the end of the line
//! (`ESC [ K`), select ASCII (`ESC ( B`), a variation selector behind a visible character. Colours do not carry over
//! from one line to the next. Pure: no I/O, no state between lines.
//!
//! Enter at [`sanitize_line`] for output, at [`plain`] and [`fit`] for titles and names.

mod escape;
mod glyph;

use std::ops::Range;

use unicode_width::UnicodeWidthChar;

use escape::Escape;

/// Cells from one tab stop to the next.
const TAB_CELLS: usize = 8;

/// Characters shown of an escape sequence's inside.
const ESCAPE_CHARS: usize = 24;

/// Combining marks that one character may carry; further ones are shown as numbers.
const COMBINING_MAX: usize = 4;

/// The sixteen named colours of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the meaning")]
pub enum Colour {
    Black,
    Red,
    Green,
    Yellow,
    Blue,
    Magenta,
    Cyan,
    White,
    BrightBlack,
    BrightRed,
    BrightGreen,
    BrightYellow,
    BrightBlue,
    BrightMagenta,
    BrightCyan,
    BrightWhite,
}

/// How a run of foreign text wants to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct TextStyle {
    /// Colour of the text; `None` is the terminal's own.
    pub fg: Option<Colour>,
    /// Colour behind the text; never the same as `fg`, which would hide it.
    pub bg: Option<Colour>,
    /// Bold.
    pub bold: bool,
    /// Dim.
    pub dim: bool,
    /// Underlined.
    pub underline: bool,
    /// Foreground and background exchanged.
    pub reverse: bool,
    /// The run is the visible form of something invisible, not text that was printed.
    pub shown: bool,
    /// The run lies in one of [`Window::marks`].
    pub marked: bool,
}

/// A run of text in one style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafeSpan {
    /// The text; safe to put on a screen as it is.
    pub text: String,
    /// Its style.
    pub style: TextStyle,
}

/// A line that is safe to show.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SafeLine {
    /// The runs, from left to right.
    pub spans: Vec<SafeSpan>,
    /// Cells that the runs take.
    pub cells: usize,
    /// Whether more text follows to the right.
    pub cut: bool,
    /// Escape sequences, controls and invisible characters that were replaced by a visible form or dropped.
    pub hidden: usize,
}

impl SafeLine {
    /// The text of all runs.
    pub fn text(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }

    /// The line broken into rows of at most `max_cells` cells, at least one; no character is torn apart or lost.
    pub fn wrapped(self, max_cells: usize) -> Vec<SafeLine> {
        let mut rows = vec![SafeLine { hidden: self.hidden, ..SafeLine::default() }];
        for span in self.spans {
            for ch in span.text.chars() {
                // A wide character in a single column is there, if only as a sign.
                let (ch, width) = match ch.width().unwrap_or(0) {
                    2.. if max_cells < 2 => ('…', 1),
                    width => (ch, width),
                };
                if rows.last().is_some_and(|row| row.cells > 0 && row.cells + width > max_cells) {
                    rows.push(SafeLine::default());
                }
                if let Some(row) = rows.last_mut() {
                    row.cells += width;
                    push(&mut row.spans, ch, span.style);
                }
            }
        }
        if let Some(row) = rows.last_mut() {
            row.cut = self.cut;
        }
        rows
    }
}

/// Which part of a line is wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Window<'a> {
    /// Cells left out at the left.
    pub skip_cells: usize,
    /// Cells at most.
    pub max_cells: usize,
    /// Byte ranges of the line to be marked, in ascending order and apart.
    pub marks: &'a [Range<usize>],
}

/// Makes one line of output safe to show in at most `max_cells` cells. Line ends (`\n`, `\r\n`) at its end are
/// no part of it.
pub fn sanitize_line(bytes: &[u8], max_cells: usize) -> SafeLine {
    sanitize_window(bytes, &Window { max_cells, ..Window::default() })
}

/// Makes a part of one line safe to show. A wide character cut by the left edge leaves blanks.
pub fn sanitize_window(bytes: &[u8], window: &Window<'_>) -> SafeLine {
    let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let mut painter = Painter::new(window);
    painter.line(line);
    painter.out
}

/// Makes a title or a name safe to show: as [`sanitize_line`], but in one style, with escape sequences shown whole,
/// line ends as `␊` and tabs as one blank.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut combining = COMBINING_MAX;
    for ch in text.chars() {
        match ch {
            '\t' => out.push(' '),
            _ if glyph::is_hidden(ch) => {
                glyph::visible(ch, |shown| out.push(shown));
                combining = COMBINING_MAX;
            }
            _ if ch.width().unwrap_or(0) > 0 => {
                out.push(ch);
                combining = 0;
            }
            _ if combining < COMBINING_MAX => {
                out.push(ch);
                combining += 1;
            }
            _ => glyph::number(ch, |shown| out.push(shown)),
        }
    }
    out
}

/// [`plain`] in at most `max_cells` cells; what does not fit ends in `…`.
pub fn fit(text: &str, max_cells: usize) -> String {
    let safe = plain(text);
    let mut out = String::new();
    let mut cells = 0;
    // Where the text is cut if it proves too long: one cell is kept for the ellipsis.
    let mut keep = 0;
    for ch in safe.chars() {
        let width = ch.width().unwrap_or(0);
        if cells + width > max_cells {
            out.truncate(keep);
            if max_cells > 0 {
                out.push('…');
            }
            return out;
        }
        cells += width;
        out.push(ch);
        if cells < max_cells {
            keep = out.len();
        }
    }
    out
}

/// Puts a character behind the runs.
fn push(spans: &mut Vec<SafeSpan>, ch: char, style: TextStyle) {
    match spans.last_mut() {
        Some(span) if span.style == style => span.text.push(ch),
        _ => spans.push(SafeSpan { text: ch.to_string(), style }),
    }
}

/// Puts one line into a [`SafeLine`].
struct Painter<'w> {
    window: &'w Window<'w>,
    out: SafeLine,
    /// What the colour sequences so far ask for.
    style: TextStyle,
    /// Cells from the line's start to here.
    column: usize,
    /// Bytes from the line's start to here.
    offset: usize,
    /// Combining marks on the last character; the maximum where there is none to carry one.
    combining: usize,
    /// Whether the last character is in the window.
    carrier: bool,
    /// Ranges of the window that end behind `offset`.
    marks: &'w [Range<usize>],
}

impl<'w> Painter<'w> {
    fn new(window: &'w Window<'w>) -> Painter<'w> {
        Painter {
            window,
            out: SafeLine::default(),
            style: TextStyle::default(),
            column: 0,
            offset: 0,
            combining: COMBINING_MAX,
            carrier: false,
            marks: window.marks,
        }
    }

    /// Paints until the line or the window ends.
    fn line(&mut self, line: &[u8]) {
        let mut rest = line;
        while let Some(first) = rest.first().copied() {
            if self.out.cut {
                return;
            }
            let taken = match first {
                0x1b => self.escape(rest),
                b'\t' => {
                    for _ in 0..TAB_CELLS - self.column % TAB_CELLS {
                        self.put(' ', 1, false);
                    }
                    1
                }
                b' '..=b'~' => {
                    self.put(char::from(first), 1, false);
                    1
                }
                _ => self.unicode(rest),
            };
            self.offset += taken;
            rest = rest.get(taken..).unwrap_or_default();
        }
    }

    /// Paints one character or one byte that is none; returns the bytes taken.
    fn unicode(&mut self, rest: &[u8]) -> usize {
        let head = rest.get(..rest.len().min(4)).unwrap_or_default();
        let Some(chunk) = head.utf8_chunks().next() else { return head.len().max(1) };
        let Some(ch) = chunk.valid().chars().next() else {
            let byte = head.first().copied().unwrap_or_default();
            self.out.hidden += 1;
            glyph::byte(byte, |shown| self.put(shown, 1, true));
            return 1;
        };
        let width = ch.width().unwrap_or(0);
        if glyph::is_variation(ch) && self.combining < COMBINING_MAX {
            self.out.hidden += 1;
        } else if glyph::is_hidden(ch) {
            self.out.hidden += 1;
            glyph::visible(ch, |shown| self.put(shown, 1, true));
        } else if width > 0 {
            self.put(ch, width, false);
        } else if self.combining < COMBINING_MAX {
            self.combine(ch);
        } else {
            self.out.hidden += 1;
            glyph::number(ch, |shown| self.put(shown, 1, true));
        }
        ch.len_utf8()
    }

    /// Follows or shows one escape sequence; returns the bytes taken.
    fn escape(&mut self, rest: &[u8]) -> usize {
        let escape = escape::parse(rest);
        let (len, inside, end) = match escape {
            Escape::Colours { len, params } => {
                escape::apply_colours(&mut self.style, params);
                return len;
            }
            Escape::Nothing { len } => {
                self.out.hidden += 1;
                return len;
            }
            Escape::Sequence { len, inside } => (len, inside, ""),
            Escape::Text { len, inside } => (len, inside, "␛\\"),
            Escape::Lone => (1, [].as_slice(), ""),
        };
        self.out.hidden += 1;
        self.put('␛', 1, true);
        self.shown(inside);
        for ch in end.chars() {
            self.put(ch, 1, true);
        }
        len
    }

    /// Shows the beginning of a sequence's inside.
    fn shown(&mut self, inside: &[u8]) {
        let mut left = ESCAPE_CHARS;
        for chunk in inside.utf8_chunks() {
            for ch in chunk.valid().chars() {
                if left == 0 {
                    return self.put('…', 1, true);
                }
                left -= 1;
                match ch {
                    _ if glyph::is_hidden(ch) => glyph::visible(ch, |shown| self.put(shown, 1, true)),
                    _ if ch.width().unwrap_or(0) == 0 => glyph::number(ch, |shown| self.put(shown, 1, true)),
                    _ => self.put(ch, ch.width().unwrap_or(1), true),
                }
            }
            for byte in chunk.invalid() {
                if left == 0 {
                    return self.put('…', 1, true);
                }
                left -= 1;
                glyph::byte(*byte, |shown| self.put(shown, 1, true));
            }
        }
    }

    /// Puts a character of `width` cells where it falls: left of the window, into it, or right of it.
    fn put(&mut self, ch: char, width: usize, shown: bool) {
        let start = self.column;
        self.column += width;
        let left = self.window.skip_cells;
        // A character that is scrolled out carries its combining marks out with it.
        self.combining = if shown { COMBINING_MAX } else { 0 };
        self.carrier = start >= left;
        if self.column <= left || self.out.cut {
            return;
        }
        if self.column - left > self.window.max_cells {
            self.out.cut = true;
            return;
        }
        let style = self.style_here(shown);
        if start < left {
            for _ in left..self.column {
                push(&mut self.out.spans, ' ', style);
            }
            self.out.cells += self.column - left;
            return;
        }
        push(&mut self.out.spans, ch, style);
        self.out.cells += width;
    }

    /// Puts a combining mark on the last character, if that is in the window.
    fn combine(&mut self, ch: char) {
        self.combining += 1;
        if self.carrier
            && let Some(span) = self.out.spans.last_mut()
        {
            span.text.push(ch);
        }
    }

    /// The style of what stands at `offset`.
    fn style_here(&mut self, shown: bool) -> TextStyle {
        while let Some((first, later)) = self.marks.split_first()
            && first.end <= self.offset
        {
            self.marks = later;
        }
        let marked = self.marks.first().is_some_and(|range| range.contains(&self.offset));
        let mut style = if shown { TextStyle { shown, ..TextStyle::default() } } else { self.style };
        style.marked = marked;
        if style.fg.is_some() && style.fg == style.bg {
            style.bg = None;
        }
        style
    }
}

#[cfg(test)]
mod tests;
