//! The characters that relco draws with, in Unicode and in plain ASCII.
//!
//! None is an emoji and each state's glyph is one cell wide, so columns hold. Enter at [`Glyphs::state`].

use super::theme::Role;

/// How an item, a gate or a step stands, as the screen shows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Done or passed.
    Done,
    /// At work.
    Running,
    /// Not done yet.
    Open,
    /// Failed.
    Failed,
    /// Skipped with a reason.
    Skipped,
    /// Does not apply.
    NotApplicable,
    /// The outcome is not known.
    Unknown,
    /// Waived with a reason.
    Waived,
}

impl State {
    /// Every state, in the order of the legend.
    pub const ALL: [State; 8] = [
        State::Done,
        State::Running,
        State::Open,
        State::Failed,
        State::Skipped,
        State::NotApplicable,
        State::Unknown,
        State::Waived,
    ];

    /// The word on the screen.
    pub fn word(self) -> &'static str {
        match self {
            State::Done => "done",
            State::Running => "running",
            State::Open => "open",
            State::Failed => "failed",
            State::Skipped => "skipped",
            State::NotApplicable => "not applicable",
            State::Unknown => "unknown",
            State::Waived => "waived",
        }
    }

    /// The role whose colour the glyph takes.
    pub fn role(self) -> Role {
        match self {
            State::Done => Role::Ok,
            State::Running => Role::Running,
            State::Open => Role::Open,
            State::Failed => Role::Failed,
            State::Skipped => Role::Skipped,
            State::NotApplicable => Role::NotApplicable,
            State::Unknown => Role::Unknown,
            State::Waived => Role::Waived,
        }
    }
}

/// One set of glyphs.
#[derive(PartialEq, Eq, Debug)]
pub struct Glyphs {
    /// True for the set that uses nothing beyond ASCII.
    pub ascii: bool,
    /// Stands at the left edge of the selected row.
    pub marker: &'static str,
    /// Text goes on where it was cut.
    pub ellipsis: &'static str,
    /// From the older to the newer, or "leads to".
    pub right: &'static str,
    /// "was before".
    pub left: &'static str,
    /// Between facts of one line.
    pub dot: &'static str,
    /// Marks something that stands still: a pause, an open incident.
    pub halt: &'static str,
    /// A line above what a rollback leaves as it is.
    pub dashes: &'static str,
    /// Horizontal rule.
    pub horizontal: &'static str,
    /// Vertical rule.
    pub vertical: &'static str,
    /// Levels of a sparkline, lowest first.
    pub levels: [&'static str; 8],
    states: [&'static str; 8],
    joints: [&'static str; 16],
}

impl Glyphs {
    /// The set for terminals that show Unicode.
    pub const UNICODE: Glyphs = Glyphs {
        ascii: false,
        marker: "▌",
        ellipsis: "…",
        right: "→",
        left: "←",
        dot: "·",
        halt: "‖",
        dashes: "┄",
        horizontal: "─",
        vertical: "│",
        levels: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
        states: ["✔", "●", "○", "✖", "↷", "–", "?", "⊘"],
        joints: [" ", "│", "─", "┘", "│", "│", "┐", "┤", "─", "└", "─", "┴", "┌", "├", "┬", "┼"],
    };

    /// The set for the Linux console, serial lines and locales that are not UTF-8.
    pub const ASCII: Glyphs = Glyphs {
        ascii: true,
        marker: "|",
        ellipsis: "..",
        right: "->",
        left: "<-",
        dot: "-",
        halt: "!!",
        dashes: "-",
        horizontal: "-",
        vertical: "|",
        levels: ["_", "_", ".", "-", "=", "+", "*", "#"],
        states: ["+", "*", "o", "x", ">", "-", "?", "w"],
        joints: [" ", "|", "-", "+", "|", "|", "+", "+", "-", "+", "-", "+", "+", "+", "+", "+"],
    };

    /// The glyph of a state.
    pub fn state(&self, state: State) -> &'static str {
        // The position in ALL is the position in the table; a test holds the two together.
        State::ALL.iter().zip(self.states).find(|(each, _)| **each == state).map_or("?", |(_, glyph)| glyph)
    }

    /// The piece of a rule that joins the given arms.
    pub fn joint(&self, up: bool, left: bool, down: bool, right: bool) -> &'static str {
        let bits = usize::from(up) | usize::from(left) << 1 | usize::from(down) << 2 | usize::from(right) << 3;
        self.joints.get(bits).copied().unwrap_or(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthStr;

    #[test]
    fn states_look_as_the_legend_says() {
        let legend = |glyphs: &Glyphs| State::ALL.map(|s| format!("{} {}", glyphs.state(s), s.word())).join(", ");
        assert_eq!(
            legend(&Glyphs::UNICODE),
            "✔ done, ● running, ○ open, ✖ failed, ↷ skipped, – not applicable, ? unknown, ⊘ waived"
        );
        assert_eq!(
            legend(&Glyphs::ASCII),
            "+ done, * running, o open, x failed, > skipped, - not applicable, ? unknown, w waived"
        );
    }

    #[test]
    fn glyphs_keep_columns_and_ascii_is_ascii() {
        for glyphs in [&Glyphs::UNICODE, &Glyphs::ASCII] {
            let cells = glyphs.states.iter().chain(&glyphs.joints).chain(&glyphs.levels);
            for glyph in cells.chain([&glyphs.marker, &glyphs.dashes, &glyphs.horizontal, &glyphs.vertical]) {
                assert_eq!(glyph.width(), 1, "{glyph:?} must be one cell wide");
            }
        }
        let ascii = &Glyphs::ASCII;
        let words = [ascii.ellipsis, ascii.right, ascii.left, ascii.dot, ascii.halt, ascii.marker, ascii.dashes];
        for glyph in ascii.states.iter().chain(&ascii.joints).chain(&ascii.levels).chain(&words) {
            assert!(glyph.is_ascii(), "{glyph:?} must be ASCII");
        }
    }

    #[test]
    fn joints_join() {
        let joint = |arms: &str| {
            let has = |arm| arms.contains(arm);
            Glyphs::UNICODE.joint(has('u'), has('l'), has('d'), has('r'))
        };
        assert_eq!([joint("lr"), joint("ud"), joint("ldr"), joint("ulr")], ["─", "│", "┬", "┴"]);
        assert_eq!([joint("uld"), joint("udr"), joint("uldr"), joint("dr")], ["┤", "├", "┼", "┌"]);
        assert_eq!([joint("ld"), joint("ur"), joint("ul"), joint("")], ["┐", "└", "┘", " "]);
    }
}
