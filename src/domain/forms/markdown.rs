//! Foreign text in Markdown: what relco did not write stays in its place, visible, and means nothing more.
//!
//! Enter at [`inline`] for a line, [`cell`] for a table, [`block`] for a text of several lines.

use crate::domain::text::plain;

/// One line of foreign text: line ends become blanks, what is invisible is shown, and nothing opens a tag, a link or
/// an image. Emphasis and code stay, as people write them.
pub fn inline(text: &str) -> String {
    escape(text, |c| matches!(c, '<' | '['))
}

/// As [`inline`], in a cell of a table: a bar does not end the cell.
pub fn cell(text: &str) -> String {
    escape(text, |c| matches!(c, '<' | '[' | '|'))
}

/// A text of several lines, as a person wrote it for this form. Its lines and code blocks stay; a heading in it does
/// not become one of the form's, a code block that is left open is closed, no tag or comment begins, and what is
/// invisible is shown: nothing in it can hide what follows.
pub fn block(text: &str) -> String {
    let mut lines = Vec::new();
    let mut open: Option<Fence> = None;
    for line in text.lines() {
        let line = plain(line.trim_end());
        match (&open, Fence::of(&line)) {
            (Some(fence), Some(other)) if other.closes(fence) => {
                open = None;
                lines.push(line);
            }
            (Some(_), _) => lines.push(line),
            (None, Some(fence)) => {
                open = Some(fence);
                lines.push(line);
            }
            (None, None) => lines.push(heading_off(&line.replace('<', "\\<"))),
        }
    }
    lines.extend(open.map(|fence| fence.mark.to_string().repeat(fence.length)));
    let keep = lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
    lines.truncate(keep);
    lines.join("\n")
}

/// A line that opens or closes a code block.
struct Fence {
    mark: char,
    length: usize,
    bare: bool,
}

impl Fence {
    fn of(line: &str) -> Option<Self> {
        let line = line.trim_start();
        let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let after = line.trim_start_matches(mark);
        let length = line.len() - after.len();
        // Backticks after the opening ones make it a piece of code within a line.
        let inline_code = mark == '`' && after.contains('`');
        (length >= 3 && !inline_code).then(|| Self { mark, length, bare: after.trim().is_empty() })
    }

    fn closes(&self, opening: &Self) -> bool {
        self.bare && self.mark == opening.mark && self.length >= opening.length
    }
}

fn escape(text: &str, special: impl Fn(char) -> bool) -> String {
    let one_line = text.split(['\n', '\r', '\t']).map(str::trim).filter(|part| !part.is_empty());
    let shown = plain(&one_line.collect::<Vec<_>>().join(" "));
    let mut escaped = String::with_capacity(shown.len());
    let mut chars = shown.chars().peekable();
    while let Some(c) = chars.next() {
        // A backslash that would take the meaning of what follows, or of an escape put there, is escaped itself.
        let hides_next = c == '\\' && chars.peek().is_none_or(char::is_ascii_punctuation);
        if special(c) || hides_next {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// Takes the meaning of a heading from a line: `# x`, and the `===` or `---` that makes one of the line above.
fn heading_off(line: &str) -> String {
    let bare = line.trim_start();
    let underline = |mark: char| !bare.is_empty() && bare.chars().all(|c| c == mark);
    if bare.starts_with('#') || underline('=') || underline('-') {
        let indent = line.len() - bare.len();
        return format!("{}\\{bare}", " ".repeat(indent));
    }
    line.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_one_line_and_opens_nothing() {
        assert_eq!(inline("a\n## b\r\n\tc"), "a ## b c");
        assert_eq!(inline("<script> [x](http://y) ![i](z)"), "\\<script> \\[x](http://y) !\\[i](z)");
        assert_eq!(
            inline("**bold** `code` (>2x response time) 5 % a|b #12"),
            "**bold** `code` (>2x response time) 5 % a|b #12"
        );
        assert_eq!(inline("\u{1b}[2J\u{202e}"), "␛\\[2J\\<U+202E>");
    }

    #[test]
    fn a_cell_keeps_its_bars() {
        assert_eq!(cell("a|b"), "a\\|b");
        assert_eq!(cell("a\\|b"), "a\\\\\\|b");
        assert_eq!(cell("one\ntwo"), "one two");
    }

    #[test]
    fn backslashes_mean_themselves() {
        assert_eq!(inline("C:\\temp\\"), "C:\\temp\\\\");
        assert_eq!(inline("\\[x]"), "\\\\\\[x]");
    }

    #[test]
    fn a_block_keeps_its_lines_but_makes_no_heading() {
        assert_eq!(block("one\n\n- two\n  - three\n\n\n"), "one\n\n- two\n  - three");
        assert_eq!(block("# a\n  ## b\ntitle\n===\n---\nc # d"), "\\# a\n  \\## b\ntitle\n\\===\n\\---\nc # d");
        assert_eq!(block("a\u{1b}[1m"), "a␛[1m");
        assert_eq!(block("\n"), "");
    }

    #[test]
    fn a_block_cannot_hide_what_follows() {
        assert_eq!(block("<!-- gone"), "\\<!-- gone");
        assert_eq!(block("```sh\n# a <b>"), "```sh\n# a <b>\n```");
        assert_eq!(block("````\n```\nx"), "````\n```\nx\n````");
        assert_eq!(block("~~~\nx\n~~~\n# y"), "~~~\nx\n~~~\n\\# y");
        assert_eq!(block("```one``` line\n# y"), "```one``` line\n\\# y");
    }
}
