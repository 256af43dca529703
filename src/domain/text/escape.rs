//! Finds where an escape sequence of ECMA-48 ends, and follows the one kind that relco keeps: colours.
//!
//! A sequence that does not end within its bound is no sequence: only its `ESC` is taken, and what follows is
//! ordinary text. So nothing unterminated can swallow the rest of a line.

use super::{Colour, TextStyle};

/// Bytes that a control sequence may have.
const SEQUENCE_MAX: usize = 256;

/// Bytes that a string sequence (a title, a link) may have.
const TEXT_MAX: usize = 4096;

/// What begins with an `ESC`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Escape<'a> {
    /// Select graphic rendition.
    Colours {
        /// Bytes of the whole sequence.
        len: usize,
        /// What stands between `[` and `m`.
        params: &'a [u8],
    },
    /// A sequence without effect on a line that only grows to the right.
    Nothing {
        /// Bytes of the whole sequence.
        len: usize,
    },
    /// Any other sequence.
    Sequence {
        /// Bytes of the whole sequence.
        len: usize,
        /// Everything behind the `ESC`.
        inside: &'a [u8],
    },
    /// A string sequence with its terminator.
    Text {
        /// Bytes of the whole sequence.
        len: usize,
        /// Everything between the `ESC` and the terminator.
        inside: &'a [u8],
    },
    /// An `ESC` that begins nothing.
    Lone,
}

/// Reads the sequence at the start of `bytes`, which begin with `ESC`.
pub(super) fn parse(bytes: &[u8]) -> Escape<'_> {
    let after = bytes.get(1..).unwrap_or_default();
    match after.first() {
        Some(b'[') => control(after),
        Some(b']' | b'P' | b'X' | b'^' | b'_') => text(after),
        Some(b' '..=b'~') => short(after),
        _ => Escape::Lone,
    }
}

/// `ESC [ parameters intermediates final`.
fn control(after: &[u8]) -> Escape<'_> {
    let body = after.get(1..after.len().min(SEQUENCE_MAX)).unwrap_or_default();
    let params_len = body.iter().take_while(|byte| (0x30..=0x3f).contains(*byte)).count();
    let (params, rest) = body.split_at(params_len);
    let between = rest.iter().take_while(|byte| (0x20..=0x2f).contains(*byte)).count();
    let Some(last @ 0x40..=0x7e) = rest.get(between) else { return Escape::Lone };
    let inside_len = 1 + params_len + between + 1;
    let len = 1 + inside_len;
    match last {
        b'm' if between == 0 && params.iter().all(|byte| matches!(byte, b'0'..=b'9' | b';' | b':')) => {
            Escape::Colours { len, params }
        }
        b'K' if between == 0 && matches!(params, b"" | b"0") => Escape::Nothing { len },
        _ => Escape::Sequence { len, inside: after.get(..inside_len).unwrap_or_default() },
    }
}

/// `ESC ] … BEL` and its kin, which also end with `ESC \`.
fn text(after: &[u8]) -> Escape<'_> {
    let body = after.get(..after.len().min(TEXT_MAX)).unwrap_or_default();
    let Some(end) = body.iter().position(|byte| matches!(byte, 0x07 | 0x1b | 0x18 | 0x1a)) else {
        return Escape::Lone;
    };
    let inside = body.get(..end).unwrap_or_default();
    match (body.get(end), after.get(end + 1)) {
        (Some(0x07), _) => Escape::Text { len: end + 2, inside },
        (Some(0x1b), Some(b'\\')) => Escape::Text { len: end + 3, inside },
        _ => Escape::Lone,
    }
}

/// `ESC intermediates final`.
fn short(after: &[u8]) -> Escape<'_> {
    let body = after.get(..after.len().min(SEQUENCE_MAX)).unwrap_or_default();
    let between = body.iter().take_while(|byte| (0x20..=0x2f).contains(*byte)).count();
    if !matches!(body.get(between), Some(0x30..=0x7e)) {
        return Escape::Lone;
    }
    let inside = body.get(..=between).unwrap_or_default();
    match inside {
        b"(B" => Escape::Nothing { len: 3 },
        _ => Escape::Sequence { len: 1 + inside.len(), inside },
    }
}

/// Applies the parameters of a colour sequence to `style`. What is not a colour, bold, dim, underline or reverse
/// (blinking, concealed, fonts) is ignored, so that no text becomes invisible.
pub(super) fn apply_colours(style: &mut TextStyle, params: &[u8]) {
    let mut groups = params.split(|byte| *byte == b';');
    while let Some(group) = groups.next() {
        let mut parts = group.split(|byte| *byte == b':').map(number);
        let code = parts.next().unwrap_or(0);
        match code {
            0 => *style = TextStyle::default(),
            1 => style.bold = true,
            2 => style.dim = true,
            4 => style.underline = parts.next() != Some(0),
            21 => style.underline = true,
            7 => style.reverse = true,
            22 => (style.bold, style.dim) = (false, false),
            24 => style.underline = false,
            27 => style.reverse = false,
            30..=37 => style.fg = named(code - 30),
            40..=47 => style.bg = named(code - 40),
            90..=97 => style.fg = named(code - 90 + 8),
            100..=107 => style.bg = named(code - 100 + 8),
            39 => style.fg = None,
            49 => style.bg = None,
            38 | 48 => {
                // Written with colons the parts are in this group, with semicolons in the next ones.
                let colour = if group.contains(&b':') {
                    let parts: Vec<u16> = parts.collect();
                    match parts.as_slice() {
                        [5, index, ..] => indexed(*index),
                        [2, red, green, blue] | [2, _, red, green, blue, ..] => Some(nearest([*red, *green, *blue])),
                        _ => None,
                    }
                } else {
                    let mut next = || groups.next().map_or(0, number);
                    match next() {
                        5 => indexed(next()),
                        2 => Some(nearest([next(), next(), next()])),
                        _ => None,
                    }
                };
                match code {
                    38 => style.fg = colour.or(style.fg),
                    _ => style.bg = colour.or(style.bg),
                }
            }
            _ => {}
        }
    }
}

/// A decimal number; empty is 0, too large is the largest.
fn number(digits: &[u8]) -> u16 {
    digits.iter().fold(0, |sum: u16, digit| sum.saturating_mul(10).saturating_add(u16::from(digit.wrapping_sub(b'0'))))
}

/// The sixteen colours in the order of their numbers, with the red, green and blue that xterm gives them.
const PALETTE: [(Colour, [u16; 3]); 16] = [
    (Colour::Black, [0, 0, 0]),
    (Colour::Red, [205, 0, 0]),
    (Colour::Green, [0, 205, 0]),
    (Colour::Yellow, [205, 205, 0]),
    (Colour::Blue, [0, 0, 238]),
    (Colour::Magenta, [205, 0, 205]),
    (Colour::Cyan, [0, 205, 205]),
    (Colour::White, [229, 229, 229]),
    (Colour::BrightBlack, [127, 127, 127]),
    (Colour::BrightRed, [255, 0, 0]),
    (Colour::BrightGreen, [0, 255, 0]),
    (Colour::BrightYellow, [255, 255, 0]),
    (Colour::BrightBlue, [92, 92, 255]),
    (Colour::BrightMagenta, [255, 0, 255]),
    (Colour::BrightCyan, [0, 255, 255]),
    (Colour::BrightWhite, [255, 255, 255]),
];

fn named(number: u16) -> Option<Colour> {
    PALETTE.get(usize::from(number)).map(|(colour, _)| *colour)
}

/// A colour of the 256-colour palette: 16 named ones, a cube of 6x6x6, 24 greys.
fn indexed(index: u16) -> Option<Colour> {
    match index {
        0..=15 => named(index),
        16..=231 => {
            let level = |step: u16| if step == 0 { 0 } else { 55 + 40 * step };
            let cube = index - 16;
            Some(nearest([level(cube / 36), level(cube / 6 % 6), level(cube % 6)]))
        }
        232..=255 => Some(nearest([8 + 10 * (index - 232); 3])),
        _ => None,
    }
}

/// The named colour with the smallest distance.
fn nearest(rgb: [u16; 3]) -> Colour {
    let distance = |other: &[u16; 3]| -> u32 {
        rgb.iter().zip(other).map(|(one, two)| u32::from(one.min(&255).abs_diff(*two)).pow(2)).sum()
    };
    PALETTE.iter().min_by_key(|(_, other)| distance(other)).map_or(Colour::White, |(colour, _)| *colour)
}
