//! Typing into a running step that has a terminal. What is typed goes to the step and nowhere else: not into the
//! journal, not into the step's log, not into a message.

use super::{ActError, Session};
use crate::domain::id::AttemptId;
use crate::domain::refusal::Refusal;
use crate::system::attempt;

impl Session {
    /// The attempt that lines can be typed into: the named one, else the one that runs.
    ///
    /// # Errors
    /// A refusal where nothing runs, or where what runs has no terminal.
    pub fn typed_to(&self, id: Option<&AttemptId>) -> Result<AttemptId, ActError> {
        let release = self.release().ok_or_else(|| Refusal::new("no release is open"))?;
        let running = release.running().find(|one| id.is_none_or(|id| one.id == *id));
        let Some(running) = running else {
            let what = id.map_or_else(|| "nothing is running".to_owned(), |id| format!("{id} is not running"));
            return Err(Refusal::new(what).into());
        };
        let step = release.run(&running.run).and_then(|run| self.step_of(run, &running.slot));
        if !step.is_some_and(|step| step.tty) {
            let what = format!("{} has no terminal: it reads nothing", running.slot);
            return Err(Refusal::new(what).next("tty = true in relco.toml gives it one").into());
        }
        Ok(running.id.clone())
    }

    /// Types one line into it.
    ///
    /// # Errors
    /// As [`Session::typed_to`], or when nobody takes it any more.
    pub fn type_line(&self, id: &AttemptId, line: &str) -> Result<(), ActError> {
        let id = self.typed_to(Some(id))?;
        let dir = self.attempt_dir(&id).ok_or_else(|| ActError::System(format!("there is no attempt {id}")))?;
        attempt::send_input(&dir, format!("{line}\n").as_bytes())
            .map_err(|error| ActError::System(format!("cannot type into {id}: {error}")))
    }
}
