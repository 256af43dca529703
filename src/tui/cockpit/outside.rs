//! A text in the person's own editor, and what the git program does with its own prompts: the terminal is given away
//! and taken back around it.

use crate::tui::overlay::{Editor, Overlay};

use super::Cockpit;
use super::dialogs::Dialog;

impl Cockpit {
    /// Notes that the text on the screen is to be edited outside, after this step.
    pub(super) fn edit_outside(&mut self, text: String) {
        self.outside_text = Some(text);
        self.wants_outside = true;
    }

    /// Gives the terminal to the git program, after this step: it may ask for a passphrase.
    pub(super) fn git_outside(&mut self, job: crate::session::GitJob, then: crate::session::GitThen) {
        self.outside_job = Some((job, then));
        self.wants_outside = true;
    }

    /// Runs git; what it did is recorded by the session, which looks for itself.
    pub(super) fn run_git(&mut self) {
        let Some((job, then)) = self.outside_job.take() else { return };
        match job.run_and_wait() {
            Ok(()) => self.carry(crate::tui::worker::Ask::GitDone(then)),
            Err(why) => self.toast(crate::tui::toast::Kind::Error, &why),
        }
    }

    /// Edits the text with VISUAL or EDITOR; what comes back stands in the dialog again.
    pub(super) fn edit(&mut self) {
        let Some(text) = self.outside_text.take() else { return };
        match crate::session::edit_text(&text) {
            Ok(edited) => {
                if let Some(Dialog { overlay: Overlay::Editor(editor), .. }) = &mut self.dialog {
                    let editor: &mut Editor = editor;
                    editor.replace(&edited);
                }
                self.dialog_outcome(crate::tui::overlay::Outcome::Changed(edited));
            }
            Err(why) => self.say(&why),
        }
    }
}
