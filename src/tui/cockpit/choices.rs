//! What follows when one of a few was chosen: mostly the next question, else a command.

use crate::domain::command::Command;
use crate::domain::item::{GateVerdict, ItemState};
use crate::domain::plan::Purpose;

use super::Cockpit;
use super::dialogs::About;
use crate::tui::worker::Ask;

impl Cockpit {
    pub(super) fn chosen(&mut self, at: usize) {
        let Some(about) = self.take_about() else { return };
        match about {
            About::Palette(rows) => {
                if let Some(what) = rows.get(at) {
                    self.perform(*what);
                }
            }
            About::StopChecks if at == 0 => self.carry(Ask::StopChecks),
            About::GateChoice(gate) => {
                let verdict = [GateVerdict::Passed, GateVerdict::Failed].get(at).copied();
                self.ask_gate(gate, verdict.unwrap_or(GateVerdict::Waived));
            }
            About::ItemChoice(run, item) => {
                let state = [ItemState::Done, ItemState::Failed, ItemState::Skipped].get(at).copied();
                self.ask_item(run, item, state.unwrap_or(ItemState::NotApplicable));
            }
            About::SignOff(role) if at == 0 => self.act(Command::SignOff { role, yes: true, note: None }),
            About::SignOff(role) => {
                self.ask_line(About::SignOffNo(role), "Sign-off refused", "why", "record no", Some("say why"))
            }
            About::SignOffRole(roles) => {
                if let Some(role) = roles.get(at) {
                    self.ask_sign_off(role.clone());
                }
            }
            About::Incident(asked) => self.incident_chosen(asked, at),
            About::Trigger(triggers) => {
                if let Some(trigger) = triggers.get(at) {
                    self.ask_line(
                        About::TriggerWords(trigger.clone()),
                        "Rollback trigger",
                        "what was seen (may be empty)",
                        "declare",
                        None,
                    );
                }
            }
            About::Sheet => self.sheet_chosen(at),
            About::Notify => {
                if let Some(purpose) = Purpose::ALL.get(at) {
                    self.ask_notices(*purpose);
                }
            }
            About::Failed(run, slot, ways) => {
                if let Some(way) = ways.get(at) {
                    self.failed_chosen(*way, run, slot);
                }
            }
            About::Proposal(run) => self.proposal_chosen(at, run),
            About::Resolve(attempt, run) => self.resolve_chosen(at, attempt, &run),
            About::UnlockEnv(envs) => {
                if let Some((env, reason)) = envs.get(at) {
                    self.ask_unlock_reason(env.clone(), reason);
                }
            }
            About::LiveEnv(envs) => {
                if let Some(env) = envs.get(at) {
                    let title = format!("What runs in {env}");
                    self.ask_line(About::Live(env.clone()), &title, "the version", "record", Some("the version"));
                }
            }
            About::Settle => self.settle_chosen(at),
            About::Stray(add, places) => {
                if let Some(place) = places.get(at) {
                    self.stray_chosen(add, place);
                }
            }
            About::HotfixBase(tags) => self.ask_hotfix_reason(tags.get(at).cloned()),
            About::EntryKind(changes, kinds) => {
                if let Some(kind) = kinds.get(at) {
                    self.carry(Ask::AddEntries(changes, kind.clone()));
                }
            }
            About::Alike(rules) => {
                if let Some(rule) = rules.get(at) {
                    self.act(Command::ExcludeChange { rule: rule.clone(), reason: None });
                }
            }
            About::Debt(debts) => {
                if let Some(debt) = debts.get(at) {
                    self.act(Command::PayDebt { debt: debt.clone(), note: None, by_hand: false });
                }
            }
            About::Told(notices) => {
                if let Some(notice) = notices.get(at) {
                    let state = crate::domain::notice::NoticeState::ToldByHand;
                    self.act(Command::SettleNotice { notice: notice.clone(), state, detail: None });
                }
            }
            _ => {}
        }
    }
}
