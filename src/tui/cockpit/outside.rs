//! A text in the person's own editor: the terminal is given away and taken back around it.

use crate::tui::overlay::{Editor, Overlay};

use super::Cockpit;
use super::dialogs::Dialog;

impl Cockpit {
    /// Notes that the text on the screen is to be edited outside, after this step.
    pub(super) fn edit_outside(&mut self, text: String) {
        self.outside_text = Some(text);
        self.wants_outside = true;
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
