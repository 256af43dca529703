//! What stands on the rule above the log: facts and state, as data and in words.

use super::rows::bytes_in_words;

/// Facts about the log and the view on it. Numbers of lines count from 1 where a person reads them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogTitle {
    /// The step's name; already safe to show.
    pub name: String,
    /// Lines of the log.
    pub lines: u64,
    /// Bytes of the log.
    pub bytes: u64,
    /// The view follows the end.
    pub following: bool,
    /// Lines that came since the view stopped following and were not on the screen yet.
    pub new_lines: u64,
    /// Lines that look like errors, as far as looked for.
    pub errors: u64,
    /// The current line is this one of them, from 1.
    pub error: Option<u64>,
    /// What is searched for.
    pub search: Option<Looking>,
    /// What alone is shown.
    pub filter: Option<Looking>,
    /// How much of the log is counted, in percent, while it is not yet.
    pub counting_percent: Option<u8>,
    /// Cells left out at the left.
    pub shift: usize,
}

/// A search in words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Looking {
    /// What was typed; already safe to show.
    pub text: String,
    /// Lines that match, as far as looked at.
    pub count: u64,
    /// The current line is this one of them, from 1.
    pub position: Option<u64>,
    /// How much of the log was looked at, in percent, while it is not all.
    pub percent: Option<u8>,
}

impl LogTitle {
    /// How much there is: `12,480 lines`, with the size where it is worth a word.
    pub fn facts(&self) -> String {
        let lines = format!("{} line{}", grouped(self.lines), if self.lines == 1 { "" } else { "s" });
        if self.bytes >= 1_000_000 { format!("{lines} · {}", bytes_in_words(self.bytes)) } else { lines }
    }

    /// How the view stands, what matters most first: `error 1 of 2`, `3 of 17 "timeout"`, `412 new lines`,
    /// `following`. To be joined as far as there is room.
    pub fn states(&self) -> Vec<String> {
        let mut out = Vec::new();
        if let Some(percent) = self.counting_percent {
            out.push(format!("counted {percent} %"));
        }
        if let Some(filter) = &self.filter {
            let hidden = self.lines.saturating_sub(filter.count);
            let count = grouped(filter.count);
            out.push(filter.with_progress(format!(
                "only \"{}\": {count} lines, {} hidden",
                filter.text,
                grouped(hidden)
            )));
        }
        if let Some(search) = &self.search {
            let count = grouped(search.count);
            let words = match search.position {
                Some(position) => format!("{} of {count} \"{}\"", grouped(position), search.text),
                None => format!("{count} × \"{}\"", search.text),
            };
            out.push(search.with_progress(words));
        }
        match self.error {
            Some(error) => out.push(format!("error {} of {}", grouped(error), grouped(self.errors))),
            None if self.errors == 1 => out.push("1 error".to_owned()),
            None if self.errors > 1 => out.push(format!("{} errors", grouped(self.errors))),
            None => {}
        }
        if self.new_lines > 0 {
            out.push(format!("{} new line{}", grouped(self.new_lines), if self.new_lines == 1 { "" } else { "s" }));
        }
        if self.shift > 0 {
            out.push(format!("from column {}", grouped(self.shift as u64 + 1)));
        }
        if self.following {
            out.push("following".to_owned());
        }
        out
    }
}

impl Looking {
    fn with_progress(&self, words: String) -> String {
        match self.percent {
            Some(percent) => format!("{words}, {percent} % looked at"),
            None => words,
        }
    }
}

/// A number with its thousands apart: `12,480`.
pub fn grouped(number: u64) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_sizes_are_for_people() {
        assert_eq!([0, 999, 1_000, 12_480, 17_000_000].map(grouped), ["0", "999", "1,000", "12,480", "17,000,000"]);
        let size = [1, 999, 1_000, 18_423_000, 1_073_000_000].map(bytes_in_words);
        assert_eq!(size, ["1 byte", "999 bytes", "1.0 kB", "18.4 MB", "1.0 GB"]);
    }

    #[test]
    fn states_say_what_matters_first() {
        let looking =
            |text: &str, count, position, percent| Some(Looking { text: text.into(), count, position, percent });
        let title = LogTitle {
            lines: 14_112,
            bytes: 2_000_000,
            errors: 2,
            error: Some(1),
            new_lines: 412,
            search: looking("timeout", 17, Some(3), Some(40)),
            filter: looking("api", 100, None, None),
            ..LogTitle::default()
        };
        assert_eq!(title.facts(), "14,112 lines · 2.0 MB");
        assert_eq!(
            title.states(),
            [
                "only \"api\": 100 lines, 14,012 hidden",
                "3 of 17 \"timeout\", 40 % looked at",
                "error 1 of 2",
                "412 new lines"
            ]
        );
        let calm = LogTitle { lines: 1, errors: 1, following: true, ..LogTitle::default() };
        assert_eq!((calm.facts().as_str(), calm.states()), ("1 line", vec!["1 error".into(), "following".into()]));
    }
}
