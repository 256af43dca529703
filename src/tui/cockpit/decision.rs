//! Deciding what becomes of a deployment in trouble, and what somebody says against it.
//!
//! The reason is one line, and may be empty; an objection is asked for by nobody and may come at any time, so that it
//! holds no decision up. Nothing here judges.

use jiff::Timestamp;

use super::Cockpit;
use super::dialogs::About;
use super::incident::Asked;
use crate::domain::command::Command;
use crate::domain::incident::Decision;
use crate::domain::time::Precision;
use crate::tui::overlay::choice::Entry;

impl Cockpit {
    /// Which decision, or an objection to the last one.
    pub(super) fn ask_decision(&mut self) {
        let key = |one: &Decision| match one {
            Decision::ContinueWithFix => 'c',
            Decision::Pause => 'p',
            // As in what is asked about a failed step.
            Decision::RollBack => 'b',
        };
        let mut list: Vec<Entry> =
            Decision::ALL.iter().map(|one| Entry::new(key(one), one.name(), decision_note(*one))).collect();
        list.push(Entry::new('o', "an objection", &format!("somebody is against it: {}", self.decided_last())));
        self.ask_choice(About::Incident(Asked::Decision), "Decision", list);
    }

    pub(super) fn decision_chosen(&mut self, at: usize) {
        match Decision::ALL.get(at) {
            Some(decision) => {
                let words = "why (may be empty); 10m in front says when somebody looks again";
                let about = About::Incident(Asked::DecisionReason(*decision));
                self.ask_line(about, "Decision", words, "decide", None);
            }
            None => {
                let title = format!("Objection to: {}", self.decided_last());
                let words = "who objects, and why; it stands on the timeline";
                let about = About::Incident(Asked::Objection);
                self.ask_line(about, &title, words, "record", Some("who objects, and why"));
            }
        }
    }

    /// The last decision in its words; how it stands where there was none.
    fn decided_last(&self) -> &'static str {
        let last = self.incident().and_then(|one| one.decisions.last().map(|one| one.decision));
        last.map_or("what is done now", decision_words)
    }

    /// An objection to the last decision, on the timeline.
    pub(super) fn objection(&self, text: &str) -> Command {
        let text = format!("objection to \"{}\": {text}", self.decided_last());
        Command::Note { text, occurred: None, precision: Precision::Exact, evidence: None }
    }
}

/// A decision as it is recorded.
pub(super) fn decided(
    decision: Decision,
    reason: Option<String>,
    until: Option<Timestamp>,
    next: Option<String>,
) -> Command {
    Command::Decide { decision, reason, until, next, objected: None }
}

fn decision_words(decision: Decision) -> &'static str {
    match decision {
        Decision::ContinueWithFix => "continue with a fix",
        Decision::Pause => "pause",
        Decision::RollBack => "roll back",
    }
}

fn decision_note(decision: Decision) -> &'static str {
    match decision {
        Decision::ContinueWithFix => "continue with a fix",
        Decision::Pause => "nothing new starts",
        Decision::RollBack => "asks for the word at once",
    }
}
