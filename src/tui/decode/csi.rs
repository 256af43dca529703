//! The sequences that terminals send for keys and mouse: xterm's, the Linux console's, rxvt's, and `CSI u`.
//!
//! Source: the control sequences document of xterm, console_codes(4). Enter at [`parse`].

use super::{Input, Mouse, MouseKind};
use crate::tui::keys::{Code, Key};

/// A whole `ESC [` sequence: what stands between, and its last byte. `None` if it is no key.
pub fn parse(between: &[u8], last: u8) -> Option<Input> {
    match (between, last) {
        (b"", b'I') => return Some(Input::Focus(true)),
        (b"", b'O') => return Some(Input::Focus(false)),
        (b"[", b'A'..=b'E') => return Some(Input::Key(Key::plain(Code::F(last - b'A' + 1)))),
        _ => {}
    }
    if let Some(rest) = between.strip_prefix(b"<") {
        return mouse(&numbers(rest)?, last).map(Input::Mouse);
    }
    let numbers = numbers(between)?;
    let number = |at: usize| numbers.get(at).copied().unwrap_or(0);
    let (code, modifiers) = match last {
        b'~' if number(0) == 27 => (character(number(2))?, number(1)),
        b'~' => (tilde(number(0))?, number(1)),
        b'u' => (character(number(0))?, number(1)),
        // rxvt marks shift by lower case.
        b'a'..=b'd' => (letter(last.to_ascii_uppercase())?, 2),
        b'Z' => (Code::BackTab, 0),
        // `ESC [ 12 ; 40 R` is an answer with the cursor's place, not F3.
        _ if number(0) <= 1 => (letter(last)?, number(1)),
        _ => return None,
    };
    Some(Input::Key(modified(code, modifiers)))
}

/// The byte after `ESC O`.
pub fn ss3(last: u8) -> Option<Key> {
    Some(Key::plain(match last {
        b'M' => Code::Enter,
        // The keypad's digits and signs in application mode.
        b'j'..=b'y' => Code::Char(char::from(last - 0x40)),
        _ => letter(last)?,
    }))
}

/// Numbers between semicolons; an empty one is 0, sub-parameters after a colon do not matter.
fn numbers(between: &[u8]) -> Option<Vec<u32>> {
    let text = std::str::from_utf8(between).ok()?;
    let number = |part: &str| {
        let part = part.split(':').next().unwrap_or("");
        if part.is_empty() { Some(0) } else { part.parse().ok() }
    };
    text.split(';').map(number).collect()
}

fn letter(last: u8) -> Option<Code> {
    Some(match last {
        b'A' => Code::Up,
        b'B' => Code::Down,
        b'C' => Code::Right,
        b'D' => Code::Left,
        b'H' => Code::Home,
        b'F' => Code::End,
        b'P'..=b'S' => Code::F(last - b'P' + 1),
        _ => return None,
    })
}

fn tilde(number: u32) -> Option<Code> {
    Some(match number {
        1 | 7 => Code::Home,
        2 => Code::Insert,
        3 => Code::Delete,
        4 | 8 => Code::End,
        5 => Code::PageUp,
        6 => Code::PageDown,
        // The numbers leave gaps after F5, F10, F14 and F16.
        11..=15 => Code::F(f_key(number, 10)?),
        17..=21 => Code::F(f_key(number, 11)?),
        23..=26 => Code::F(f_key(number, 12)?),
        28..=29 => Code::F(f_key(number, 13)?),
        31..=34 => Code::F(f_key(number, 14)?),
        _ => return None,
    })
}

fn f_key(number: u32, gap: u32) -> Option<u8> {
    u8::try_from(number.checked_sub(gap)?).ok()
}

fn character(number: u32) -> Option<Code> {
    Some(match number {
        9 => Code::Tab,
        13 => Code::Enter,
        27 => Code::Esc,
        8 | 127 => Code::Backspace,
        // Control codes have no other key; the range above is where kitty puts keys without text.
        0..=31 | 57344..=63743 => return None,
        _ => Code::Char(char::from_u32(number)?),
    })
}

fn modified(code: Code, modifiers: u32) -> Key {
    let bits = modifiers.saturating_sub(1);
    let (mut shift, alt, ctrl) = (bits & 1 != 0, bits & 2 != 0, bits & 4 != 0);
    let code = match code {
        Code::Char(c) => {
            let upper = shift && !ctrl;
            shift = false;
            Code::Char(if upper { c.to_uppercase().next().unwrap_or(c) } else { c })
        }
        Code::Tab if shift => {
            shift = false;
            Code::BackTab
        }
        code => code,
    };
    Key { code, ctrl, alt, shift }
}

fn mouse(numbers: &[u32], last: u8) -> Option<Mouse> {
    let [button, column, row] = numbers else { return None };
    // Shift, Alt and Ctrl are bits 2 to 4 and change nothing here.
    let kind = match (button & !0b1_1100, last) {
        (0, b'M') => MouseKind::Press,
        (64, b'M') => MouseKind::WheelUp,
        (65, b'M') => MouseKind::WheelDown,
        _ => return None,
    };
    let cell = |one_based: u32| u16::try_from(one_based.saturating_sub(1)).ok();
    Some(Mouse { kind, column: cell(*column)?, row: cell(*row)? })
}
