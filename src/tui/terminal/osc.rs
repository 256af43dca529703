//! Commands to the terminal that carry text: its window's title, the clipboard.
//!
//! Text can never end the command and begin another one. Enter at [`title`] and [`copy`].

use crate::domain::text::plain;

/// Some terminals drop a longer command as a whole, so it is not sent: tmux's limit, as k9s found it.
const COPY_BYTES_MAX: usize = 74_994;

/// Sets the window's title.
pub fn title(text: &str) -> String {
    let text: String = plain(text).chars().take(120).collect();
    format!("\x1b]2;{text}\x07")
}

/// Puts text into the clipboard (OSC 52); `None` if it is too long.
pub fn copy(text: &str) -> Option<String> {
    (text.len() <= COPY_BYTES_MAX).then(|| format!("\x1b]52;c;{}\x07", base64(text.as_bytes())))
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4u32 {
            let letter = LETTERS.get((bits >> (18 - 6 * at) & 63) as usize).copied().unwrap_or(b'A');
            out.push(if at as usize <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_as_in_the_standard() {
        let vectors = ["", "f", "fo", "foo", "foob", "fooba", "foobar"];
        let expected = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"];
        assert_eq!(vectors.map(|text| base64(text.as_bytes())), expected);
    }

    #[test]
    fn text_cannot_end_the_command() {
        let title = title("harbor\x07\x1b]52;c;x\x07");
        assert_eq!(title.matches(['\x07', '\x1b']).count(), 2, "{title:?}");
        assert_eq!(copy("a\x07b").unwrap(), "\x1b]52;c;YQdi\x07");
        assert_eq!(copy(&"x".repeat(COPY_BYTES_MAX + 1)), None);
    }
}
