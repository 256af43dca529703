//! The questions for words behind a verdict on a gate or the state of an item: the same ones whether a key or a choice
//! led to them.

use crate::action::ActionId as Id;
use crate::domain::command::Command;
use crate::domain::id::{GateId, ItemId, RunId};
use crate::domain::item::{GateVerdict, ItemState};

use super::Cockpit;
use super::dialogs::About;

impl Cockpit {
    pub(super) fn gate_key(&mut self, id: Id) {
        let Some(gate) = self.selected_gate() else { return self.say("select a gate first") };
        let verdict = match id {
            Id::GatePass => GateVerdict::Passed,
            Id::GateFail => GateVerdict::Failed,
            _ => GateVerdict::Waived,
        };
        self.ask_gate(gate, verdict);
    }

    /// A gate passes on evidence, and does anything else for a reason.
    pub(super) fn ask_gate(&mut self, gate: GateId, verdict: GateVerdict) {
        let (title, words, verb, need) = match verdict {
            GateVerdict::Passed => {
                let words = "what it rests on: a run, a link (may be empty)";
                return self.ask_line(About::GateEvidence(gate), "Gate passed", words, "pass", None);
            }
            GateVerdict::Failed => ("Gate failed", "why", "fail", "a failed gate wants a reason"),
            GateVerdict::Open | GateVerdict::Waived => {
                ("Waive the gate", "why it may be released without", "waive", "a waiver wants a reason")
            }
        };
        self.ask_line(About::GateReason(gate, verdict), title, words, verb, Some(need));
    }

    pub(super) fn item_key(&mut self, id: Id) {
        let Some(row) = self.selected_row().cloned() else { return };
        let Some(item) = row.item.clone() else { return self.say("select an item first") };
        let run = row.run.clone();
        match id {
            Id::ItemDone => self.ask_item(run, item, ItemState::Done),
            Id::ItemFail => self.ask_item(run, item, ItemState::Failed),
            Id::ItemSkip => self.ask_item(run, item, ItemState::Skipped),
            Id::ItemNa => self.ask_item(run, item, ItemState::NotApplicable),
            _ => self.act(Command::SetItem { run, item, state: ItemState::Open, observed: None, reason: None }),
        }
    }

    /// An item is done with what was seen, and in any other state for a reason.
    pub(super) fn ask_item(&mut self, run: Option<RunId>, item: ItemId, state: ItemState) {
        let row = self.listing.rows.iter().find(|row| row.item.as_ref() == Some(&item));
        let title = row.map_or_else(|| item.to_string(), |row| row.title.clone());
        let (words, verb) = match state {
            ItemState::Failed => ("why it failed", "fail"),
            ItemState::Skipped => ("why it is left out", "skip"),
            ItemState::NotApplicable => ("why it does not apply", "set"),
            _ => {
                // What is not written down yet is said before anybody types what they saw.
                let (run_of, id) = (run.clone(), item.clone());
                let done = Command::SetItem { run: run_of, item: id, state, observed: None, reason: None };
                if let Some(refusal) = self.refusal_of(&done) {
                    return self.refused(&refusal);
                }
                let words = match self.expected(run.as_ref(), &item) {
                    Some(expect) => format!("what was observed; empty says, as expected: {expect}"),
                    None => "what was observed (may be empty)".to_owned(),
                };
                return self.ask_line(About::ItemDone(run, item), &title, &words, "done", None);
            }
        };
        self.ask_line(About::ItemReason(run, item, state), &title, words, verb, Some("say why"));
    }

    /// What a person should observe, where the plan says it.
    fn expected(&self, run: Option<&RunId>, id: &ItemId) -> Option<String> {
        let snapshot = self.snapshot()?;
        let of_run = run.and_then(|run| snapshot.release.as_ref()?.run(run)?.slot(id));
        snapshot.plan.item(of_run.map_or(id, |slot| &slot.item))?.expect.clone()
    }

    pub(super) fn skip_next(&mut self) {
        let next = self.snapshot().and_then(|one| {
            let run = one.release.as_ref()?.any_open_run()?;
            Some((run.id.clone(), run.next()?.id.clone()))
        });
        match next {
            Some((run, slot)) => self.ask_item(Some(run), slot, ItemState::Skipped),
            None => self.say("no run is under way"),
        }
    }
}
