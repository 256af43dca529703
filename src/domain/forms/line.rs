//! One line of a form with its box: what it is about, what became of it, who said so, when, and on what grounds.
//!
//! A box is ticked only for what was done, passed or fired. Skipped, waived and not applicable stay empty and say so
//! in words: a reader who only counts ticks must not count them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::markdown::inline;
use crate::domain::item::{GateVerdict, ItemState};

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// An item of a list.
    Item(ItemState),
    /// A gate; its verdict is always written out.
    Gate(GateVerdict),
    /// A rollback trigger, and whether it fired.
    Trigger(bool),
}

/// One line of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// As the list has it.
    pub title: String,
    /// What became of it.
    pub mark: Mark,
    /// Who said so.
    pub by: Option<String>,
    /// When.
    pub at: Option<Timestamp>,
    /// On what grounds: evidence, reason, rule, exit status.
    pub grounds: Option<String>,
}

impl Line {
    /// A line that nobody has touched.
    pub fn open(title: impl Into<String>) -> Self {
        Self { title: title.into(), mark: Mark::Item(ItemState::Open), by: None, at: None, grounds: None }
    }

    /// `[x] Title - PASSED (li, 2026-11-22 14:05 UTC; run 881)`, without a bullet.
    pub fn render(&self, zone: &TimeZone) -> String {
        let (ticked, word) = match self.mark {
            Mark::Item(ItemState::Done) => (true, String::new()),
            Mark::Item(ItemState::Open) => (false, String::new()),
            Mark::Item(state) => (false, format!(" - {}", state.name())),
            Mark::Gate(verdict) => (verdict == GateVerdict::Passed, format!(" - {}", verdict.name().to_uppercase())),
            Mark::Trigger(fired) => (fired, if fired { " - fired".to_owned() } else { String::new() }),
        };
        let said = said(self.by.as_deref(), self.at, self.grounds.as_deref(), zone);
        format!("[{}] {}{word}{said}", if ticked { 'x' } else { ' ' }, inline(&self.title))
    }
}

/// ` (ana, 2026-11-22 14:05 UTC; grounds)`, of which any part may be missing; empty without any.
pub(super) fn said(by: Option<&str>, at: Option<Timestamp>, grounds: Option<&str>, zone: &TimeZone) -> String {
    let who_and_when: Vec<String> = by.map(inline).into_iter().chain(at.map(|at| moment(at, zone))).collect();
    let grounds = grounds.map(inline).filter(|grounds| !grounds.is_empty());
    let parts: Vec<String> =
        Some(who_and_when.join(", ")).filter(|s| !s.is_empty()).into_iter().chain(grounds).collect();
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join("; ")) }
}

/// `2026-11-22 14:05 UTC`: a form is read far from where and when it was written, so the zone always stands there.
pub fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(mark: Mark) -> String {
        let at = Some("2026-11-22T14:05:59Z".parse().unwrap());
        let line = Line { mark, by: Some("li".into()), at, grounds: Some("run 881".into()), ..Line::open("QA") };
        line.render(&TimeZone::UTC)
    }

    #[test]
    fn only_what_was_done_is_ticked() {
        let ticked: Vec<ItemState> =
            ItemState::ALL.into_iter().filter(|state| line(Mark::Item(*state)).starts_with("[x]")).collect();
        assert_eq!(ticked, [ItemState::Done]);
        assert_eq!(line(Mark::Item(ItemState::Done)), "[x] QA (li, 2026-11-22 14:05 UTC; run 881)");
        assert_eq!(line(Mark::Item(ItemState::Skipped)), "[ ] QA - skipped (li, 2026-11-22 14:05 UTC; run 881)");
    }

    #[test]
    fn a_gate_spells_its_verdict() {
        use GateVerdict::{Failed, Open, Passed, Waived};
        let words = [Passed, Open, Failed, Waived].map(|verdict| line(Mark::Gate(verdict)));
        assert_eq!(
            words.map(|w| w.split(" (").next().unwrap().to_owned()),
            ["[x] QA - PASSED", "[ ] QA - OPEN", "[ ] QA - FAILED", "[ ] QA - WAIVED"]
        );
    }

    #[test]
    fn missing_parts_leave_no_trace() {
        assert_eq!(Line::open("A <b>\nc").render(&TimeZone::UTC), "[ ] A \\<b> c");
        assert_eq!(said(None, None, Some("why"), &TimeZone::UTC), " (why)");
        assert_eq!(said(Some("ana"), None, Some(""), &TimeZone::UTC), " (ana)");
    }

    #[test]
    fn times_name_their_zone() {
        let zone = jiff::tz::TimeZoneDatabase::bundled().get("Europe/Berlin").unwrap();
        assert_eq!(moment("2026-11-22T23:30:00Z".parse().unwrap(), &zone), "2026-11-23 00:30 CET");
    }
}
