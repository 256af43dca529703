//! Paper: the sheet that both sides agree on, who is told by hand, and closing the record.

use crate::domain::command::Command;
use crate::domain::decide::release::untagged;
use crate::domain::id::{Role, RunId};
use crate::domain::notice::NoticeState;
use crate::domain::sheet::{Sheet, SheetField};
use crate::tui::overlay::choice::Entry;
use crate::tui::overlay::{Choice, Overlay};

use super::Cockpit;
use super::acts::{entries, letter};
use super::dialogs::{About, Carried, Dialog};

impl Cockpit {
    /// The sheet's fields and agreements; the selection stands on what is missing first.
    pub(super) fn ask_sheet(&mut self) {
        let Some(snapshot) = self.snapshot_arc() else { return };
        let Some(release) = &snapshot.release else { return self.say("no release is open: N starts one") };
        let sheet = &release.sheet;
        let fields =
            SheetField::ALL.iter().map(|field| (field.name().to_owned(), sheet.get(*field).unwrap_or("–").to_owned()));
        let agrees = Sheet::ROLES.iter().map(|role| (format!("{role} agrees"), "to the sheet as it stands".to_owned()));
        let list =
            fields.chain(agrees).enumerate().map(|(at, (title, note))| Entry::new(letter(at), &title, &note)).collect();
        let missing = sheet.missing_agreements(&release.version, &snapshot.plan);
        let first_role = Sheet::ROLES.iter().position(|role| missing.contains(&Role::from(*role)));
        let wanted = [SheetField::DeployTime, SheetField::Communication];
        let empty = wanted.into_iter().find(|field| sheet.get(*field).is_none());
        let next = match empty {
            Some(empty) => SheetField::ALL.iter().position(|field| *field == empty),
            None => first_role.map(|at| SheetField::ALL.len() + at),
        };
        let overlay = Overlay::Choice(Choice::new("Release-DevOps alignment sheet", list, next.unwrap_or(0)));
        self.dialog = Some(Dialog { overlay, about: About::Sheet });
    }

    pub(super) fn sheet_chosen(&mut self, at: usize) {
        if let Some(field) = SheetField::ALL.get(at) {
            let words = match field {
                SheetField::DeployTime => "like 2026-11-23 14:00-16:00 Europe/Berlin",
                SheetField::Communication => "who notifies whom",
                _ => "in a few words",
            };
            let text = self.sheet_text(*field);
            return self.ask_line_with(About::SheetField(*field), field.name(), words, "record", None, &text);
        }
        if let Some(role) = Sheet::ROLES.get(at - SheetField::ALL.len()) {
            self.act(Command::AgreeSheet { role: Role::from(*role) });
        }
    }

    /// Records a field of the sheet; what stands there already is no news, and would void what was agreed.
    pub(super) fn sheet_given(&mut self, field: SheetField, text: &str) {
        if self.sheet_text(field) == text {
            self.dialog = None;
            return self.say(&format!("{} is as it was", field.name()));
        }
        let command = Command::SetSheet { field, value: text.to_owned() };
        // What cannot be meant is said where it can be mended: the text stays, and no key meets anything else.
        if let Some(refusal) = self.refusal_of(&command) {
            return self.refuse_line(&refusal.to_string());
        }
        self.dialog = None;
        self.act(command);
    }

    fn sheet_text(&self, field: SheetField) -> String {
        let release = self.snapshot().and_then(|one| one.release.as_ref());
        release.and_then(|release| release.sheet.get(field)).unwrap_or_default().to_owned()
    }

    /// Asks before the record is closed; who is not told yet is asked about first.
    pub(super) fn ask_complete(&mut self) {
        let untold = !self.untold().is_empty();
        if let Some(refusal) = self.refusal_of(&Command::CompleteRelease) {
            self.refused(&refusal);
            if untold {
                self.ask_told();
            }
            return;
        }
        let mut words = vec!["the record is closed: nothing of this release changes any more".to_owned()];
        if let Some(snapshot) = self.snapshot() {
            let sit = snapshot.situation(self.now.wall);
            words.extend(sit.release.and_then(|release| untagged(&sit, release)));
        }
        self.ask_confirm(Carried::Act(Command::CompleteRelease), "Complete the release", "complete", words, Vec::new());
    }

    fn untold(&self) -> Vec<(String, String)> {
        let release = self.snapshot().and_then(|one| one.release.as_ref());
        let notices = release.map(|release| release.notices.as_slice()).unwrap_or_default();
        let open = notices.iter().filter(|notice| !notice.state.told());
        open.map(|notice| (notice.id.clone(), format!("{}: {}", notice.stakeholder, notice.purpose.name()))).collect()
    }

    /// Whether a notice of this run may have gone out, or not.
    pub(super) fn has_lost_notice(&self, run: &RunId) -> bool {
        let release = self.snapshot().and_then(|one| one.release.as_ref());
        let mut notices = release.iter().flat_map(|release| &release.notices);
        notices.any(|notice| notice.run.as_ref() == Some(run) && notice.state == NoticeState::Unknown)
    }

    pub(super) fn ask_told(&mut self) {
        let open = self.untold();
        if open.is_empty() {
            return self.say("everybody was told");
        }
        let list = entries(open.iter().map(|(_, title)| (title.as_str(), "a person told them")));
        self.ask_choice(About::Told(open.iter().map(|(id, _)| id.clone()).collect()), "Told by hand", list);
    }
}
