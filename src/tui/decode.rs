//! Bytes of the terminal to keys, pastes and mouse: a pure state machine, no terminal in sight.
//!
//! Own code instead of the terminal library's reader, because that one stops reading when a burst is larger than its
//! buffer, spins when the terminal hangs up, and cannot be paused for an editor. A sequence that is not known is
//! swallowed whole: no tail of a terminal's late answer may ever be taken for a key press. Enter at
//! [`Decoder::feed`]; after a silence of [`SILENCE`] call [`Decoder::silence`].

use std::time::Duration;

use super::keys::{Code, Key};

mod csi;

/// A begun sequence that does not go on for this long was a lone Esc (or is broken).
pub const SILENCE: Duration = Duration::from_millis(40);
/// A begun paste that does not go on for this long is taken as it is.
pub const PASTE_SILENCE: Duration = Duration::from_secs(5);
/// More of one paste is dropped: nobody pastes a megabyte into a release note.
const PASTE_BYTES_MAX: usize = 1 << 20;
/// A longer sequence is no key; it is swallowed up to its end.
const SEQUENCE_BYTES_MAX: usize = 256;

/// What the mouse did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MouseKind {
    /// The left button went down.
    Press,
    /// The wheel turned away from the person.
    WheelUp,
    /// The wheel turned towards the person.
    WheelDown,
}

/// A mouse event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mouse {
    /// What it did.
    pub kind: MouseKind,
    /// Column, the leftmost is 0.
    pub column: u16,
    /// Row, the topmost is 0.
    pub row: u16,
}

/// One thing that a person did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Input {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted; not checked, not cleaned.
    Paste(String),
    /// The mouse was used.
    Mouse(Mouse),
    /// The terminal's window got or lost the focus.
    Focus(bool),
}

#[derive(Debug, Default)]
enum Place {
    #[default]
    Ground,
    /// After Esc.
    Escape,
    /// Inside `ESC [`; the bytes after it.
    Csi(Vec<u8>),
    /// After `ESC O`.
    Ss3,
    /// Inside a string answer (`ESC ]`, `ESC P`, `ESC _`, `ESC ^`, `ESC X`) up to BEL or `ESC \`.
    Answer {
        /// The byte before was an Esc.
        escape: bool,
        /// The byte that began it, for when nothing follows: it was Alt with that key.
        begun_by: u8,
        /// Nothing has followed yet.
        empty: bool,
    },
    /// Inside a bracketed paste.
    Paste(Vec<u8>),
    /// Inside a character of several bytes.
    Utf8 { bytes: Vec<u8>, wanted: usize, alt: bool },
}

/// The bytes that are not yet decided.
#[derive(Debug, Default)]
pub struct Decoder {
    place: Place,
}

impl Decoder {
    /// Takes what was read and appends what it means.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<Input>) {
        for byte in bytes {
            self.byte(*byte, out);
        }
    }

    /// How long to wait for more before [`Self::silence`] is due; `None` if nothing is undecided.
    pub fn undecided(&self) -> Option<Duration> {
        match &self.place {
            Place::Ground => None,
            Place::Paste(_) => Some(PASTE_SILENCE),
            _ => Some(SILENCE),
        }
    }

    /// Nothing more came: decides what is undecided.
    pub fn silence(&mut self, out: &mut Vec<Input>) {
        match std::mem::take(&mut self.place) {
            Place::Ground | Place::Utf8 { .. } => {}
            Place::Escape => out.push(Input::Key(Key::plain(Code::Esc))),
            Place::Csi(bytes) if bytes.is_empty() => out.push(alt('[')),
            Place::Csi(_) => {}
            Place::Ss3 => out.push(alt('O')),
            Place::Answer { begun_by, empty: true, .. } => out.push(alt(char::from(begun_by))),
            Place::Answer { .. } => {}
            Place::Paste(bytes) => out.push(paste(&bytes)),
        }
    }

    fn byte(&mut self, byte: u8, out: &mut Vec<Input>) {
        self.place = match std::mem::take(&mut self.place) {
            Place::Ground => ground(byte, false, out),
            Place::Escape => escape(byte, out),
            Place::Csi(bytes) => csi(bytes, byte, out),
            Place::Ss3 => {
                out.extend(csi::ss3(byte).map(Input::Key));
                Place::Ground
            }
            Place::Answer { escape, begun_by, .. } => match byte {
                0x07 => Place::Ground,
                b'\\' if escape => Place::Ground,
                _ => Place::Answer { escape: byte == 0x1b, begun_by, empty: false },
            },
            Place::Paste(bytes) => pasting(bytes, byte, out),
            Place::Utf8 { bytes, wanted, alt } => utf8(bytes, wanted, alt, byte, out),
        };
    }
}

fn ground(byte: u8, alt: bool, out: &mut Vec<Input>) -> Place {
    let code = match byte {
        0x1b => return Place::Escape,
        b'\r' | b'\n' => Code::Enter,
        b'\t' => Code::Tab,
        0x08 | 0x7f => Code::Backspace,
        0x00 => return push(out, Key { alt, ..Key::ctrl(' ') }),
        0x01..=0x1a => return push(out, Key { alt, ..Key::ctrl(char::from(byte - 1 + b'a')) }),
        0x1c..=0x1f => return push(out, Key { alt, ..Key::ctrl(char::from(byte - 0x1c + b'4')) }),
        0x20..=0x7e => Code::Char(char::from(byte)),
        0xc2..=0xdf => return Place::Utf8 { bytes: vec![byte], wanted: 2, alt },
        0xe0..=0xef => return Place::Utf8 { bytes: vec![byte], wanted: 3, alt },
        0xf0..=0xf4 => return Place::Utf8 { bytes: vec![byte], wanted: 4, alt },
        // A stray continuation byte or one that UTF-8 never uses.
        0x80..=0xc1 | 0xf5..=0xff => return Place::Ground,
    };
    push(out, Key { alt, ..Key::plain(code) })
}

fn push(out: &mut Vec<Input>, key: Key) -> Place {
    out.push(Input::Key(key));
    Place::Ground
}

fn alt(c: char) -> Input {
    Input::Key(Key { alt: true, ..Key::char(c) })
}

fn escape(byte: u8, out: &mut Vec<Input>) -> Place {
    match byte {
        b'[' => Place::Csi(Vec::new()),
        b'O' => Place::Ss3,
        b']' | b'P' | b'_' | b'^' | b'X' => Place::Answer { escape: false, begun_by: byte, empty: true },
        0x1b => {
            out.push(Input::Key(Key::plain(Code::Esc)));
            Place::Escape
        }
        byte => ground(byte, true, out),
    }
}

fn csi(mut bytes: Vec<u8>, byte: u8, out: &mut Vec<Input>) -> Place {
    match byte {
        0x20..=0x3f => {
            // Beyond the limit only the end is looked for.
            if bytes.len() < SEQUENCE_BYTES_MAX {
                bytes.push(byte);
            }
            Place::Csi(bytes)
        }
        // The Linux console sends F1 to F5 as `ESC [ [ A` and so on.
        b'[' if bytes.is_empty() => {
            bytes.push(byte);
            Place::Csi(bytes)
        }
        0x40..=0x7e if bytes == b"200" && byte == b'~' => Place::Paste(Vec::new()),
        0x40..=0x7e => {
            out.extend(csi::parse(&bytes, byte));
            Place::Ground
        }
        0x1b => Place::Escape,
        // A control character inside a sequence breaks it off.
        _ => ground(byte, false, out),
    }
}

fn pasting(mut bytes: Vec<u8>, byte: u8, out: &mut Vec<Input>) -> Place {
    const END: &[u8] = b"\x1b[201~";
    bytes.push(byte);
    if byte == b'~' && bytes.ends_with(END) {
        bytes.truncate((bytes.len() - END.len()).min(PASTE_BYTES_MAX));
        out.push(paste(&bytes));
        return Place::Ground;
    }
    if bytes.len() > PASTE_BYTES_MAX + END.len() {
        // Keeps the tail, in which the end may have begun.
        bytes.remove(PASTE_BYTES_MAX);
    }
    Place::Paste(bytes)
}

fn paste(bytes: &[u8]) -> Input {
    Input::Paste(String::from_utf8_lossy(bytes).into_owned())
}

fn utf8(mut bytes: Vec<u8>, wanted: usize, alt: bool, byte: u8, out: &mut Vec<Input>) -> Place {
    if !(0x80..=0xbf).contains(&byte) {
        // The character was cut off; what follows stands for itself.
        return ground(byte, false, out);
    }
    bytes.push(byte);
    if bytes.len() < wanted {
        return Place::Utf8 { bytes, wanted, alt };
    }
    if let Some(c) = std::str::from_utf8(&bytes).ok().and_then(|text| text.chars().next()) {
        out.push(Input::Key(Key { alt, ..Key::char(c) }));
    }
    Place::Ground
}

#[cfg(test)]
mod tests;
