//! Small words of the screen: names, numbers, and foreign text made safe.
//!
//! Every text that relco did not write passes [`clean`] before it is drawn. Enter there.

use std::time::Duration;

use crate::domain::duration;
use crate::domain::text;
use crate::tui::glyphs::Glyphs;

/// Foreign text made safe to draw in one line; with the ASCII glyphs, relco's own signs in it become ASCII too.
pub fn clean(foreign: &str, glyphs: &Glyphs) -> String {
    let safe = text::plain(foreign);
    if !glyphs.ascii || safe.is_ascii() {
        return safe;
    }
    let mut out = String::with_capacity(safe.len());
    for c in safe.chars() {
        match c {
            '…' => out.push_str(glyphs.ellipsis),
            '→' => out.push_str(glyphs.right),
            '←' => out.push_str(glyphs.left),
            '·' => out.push_str(glyphs.dot),
            '–' | '—' => out.push('-'),
            // The picture of a control character is written as terminals echo it: ^[.
            '\u{2400}'..='\u{241f}' => {
                let letter = u8::try_from(u32::from(c) - 0x2400 + 0x40).unwrap_or(b'?');
                out.push('^');
                out.push(char::from(letter));
            }
            '\u{2421}' => out.push_str("^?"),
            other => out.push(other),
        }
    }
    out
}

/// How the screen calls a person: `ana` for `ana@example.com`, `Ana Lima` for `Ana Lima <ana@example.com>`.
pub fn person(identity: &str, glyphs: &Glyphs) -> String {
    let name = identity.split('<').next().map(str::trim).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| identity.trim_matches(['<', '>', ' ']));
    let short = name.split('@').next().filter(|part| !part.is_empty());
    clean(short.unwrap_or(name), glyphs)
}

/// A number with commas between thousands: `12,480`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number with its noun: `1 blocker`, `3 blockers`.
pub fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// A running time beside its usual one: `0:42 ~1:05`.
pub fn clocks(took: Duration, usual: Option<Duration>) -> String {
    let usual = usual.map(|usual| format!(" ~{}", duration::clock(usual))).unwrap_or_default();
    format!("{}{usual}", duration::clock(took))
}

/// The first seven digits of a commit.
pub fn short_commit(commit: &str) -> &str {
    commit.get(..7).unwrap_or(commit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_called_by_their_name() {
        let person = |identity| person(identity, &Glyphs::UNICODE);
        assert_eq!(person("ana@example.com"), "ana");
        assert_eq!(person("Ana Lima <ana@example.com>"), "Ana Lima");
        assert_eq!(person("<ana@example.com>"), "ana");
        assert_eq!(person("relco"), "relco");
        assert_eq!(person("@home"), "@home");
        assert_eq!(person("\u{1b}[31mana"), "␛[31mana");
        assert_eq!(person(""), "");
    }

    #[test]
    fn numbers_read_in_thousands() {
        assert_eq!(
            [count(0), count(999), count(1000), count(12_480), count(1_234_567)].join(" "),
            "0 999 1,000 12,480 1,234,567"
        );
        assert_eq!([counted(1, "blocker"), counted(3, "blocker")].join(" "), "1 blocker 3 blockers");
    }

    #[test]
    fn ascii_stays_ascii_where_relco_wrote_it() {
        assert_eq!(clean("1.2.4 → 1.3.0 … a·b – \u{1b}[2J\n", &Glyphs::ASCII), "1.2.4 -> 1.3.0 .. a-b - ^[[2J^J");
        assert_eq!(clean("1.2.4 → 1.3.0", &Glyphs::UNICODE), "1.2.4 → 1.3.0");
    }
}
