//! Which characters a terminal would not show, and what is shown for them.
//!
//! Sources: the Unicode property Default_Ignorable_Code_Point, the general categories Cc, Zl, Zp and the invisible
//! part of Cf; UAX 9 for the bidi controls. Must never let anything pass that moves, joins or hides text.

/// Whether `ch` is a control, a bidi control, or a character that shows nothing.
pub(super) fn is_hidden(ch: char) -> bool {
    ch.is_control()
        || matches!(ch,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{13430}'..='\u{1345f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
        || (u32::from(ch) & 0xfffe) == 0xfffe
}

/// Whether `ch` only chooses between the forms of the character before it.
pub(super) fn is_variation(ch: char) -> bool {
    matches!(ch, '\u{fe0e}' | '\u{fe0f}')
}

/// The short visible form of a hidden character.
pub(super) fn visible(ch: char, mut put: impl FnMut(char)) {
    match u32::from(ch) {
        code @ 0..0x20 => put(char::from_u32(0x2400 + code).unwrap_or('␀')),
        0x7f => put('␡'),
        _ => number(ch, put),
    }
}

/// `<U+202E>`.
pub(super) fn number(ch: char, put: impl FnMut(char)) {
    format!("<U+{:04X}>", u32::from(ch)).chars().for_each(put);
}

/// `\xff`.
pub(super) fn byte(byte: u8, put: impl FnMut(char)) {
    format!("\\x{byte:02x}").chars().for_each(put);
}
