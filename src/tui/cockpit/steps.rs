//! What a person does about a step: say what became of it, try it again, type into it while it runs, and let
//! deployments in again after a rollback.
//!
//! What is typed into a step goes to the session and nowhere else: it is no draft, and no line that is offered again.

use crate::domain::command::Command;
use crate::domain::id::{AttemptId, EnvName, ItemId, RunId};
use crate::domain::incident::Decision;
use crate::domain::item::ItemState;
use crate::domain::overdue;
use crate::domain::plan::ItemKind;
use crate::domain::run::{Act, Attempt, AttemptOutcome, Run, RunPurpose};
use crate::tui::overlay::choice::Entry;
use crate::tui::worker::{Ask, Line};

use super::Cockpit;
use super::acts::entries;
use super::dialogs::{About, Dialog};
use super::incident::Asked;

/// What can be done about a slot that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WayOn {
    /// Carry it out again.
    Again,
    /// Undo although the step's own question says that it is not safe.
    UndoAllTheSame,
    /// Wait for what takes too long.
    Wait,
    /// Stop what takes too long; the run waits.
    Stop,
    /// Leave it out.
    Skip,
    /// Decide, in the incident.
    Decide(Decision),
    /// End the run where it stands.
    End,
    /// Take the run back.
    RollBack,
}

impl Cockpit {
    /// What became of an attempt that nobody knows the end of; with what its step's own question says.
    pub(super) fn ask_resolve(&mut self) {
        let unknown = self.snapshot().and_then(|one| {
            let release = one.release.as_ref()?;
            let unsettled = |one: &&Attempt| one.outcome == Some(AttemptOutcome::Unknown) && one.resolved.is_none();
            let attempt = release.attempts.values().rev().find(unsettled)?;
            Some((attempt.id.clone(), attempt.run.clone(), attempt.checked.as_ref().map(|checked| checked.said)))
        });
        let Some((attempt, run, said)) = unknown else { return self.say("no outcome is unknown") };
        let words = said.map_or("and how you know", |said| said.words());
        let mut list = vec![Entry::new('d', "it was done", words), Entry::new('f', "it failed", words)];
        if self.refusal_of(&Command::Retry { run: run.clone() }).is_none() {
            list.push(Entry::new('r', "try again", "its own check is asked first"));
        }
        let title = format!("Outcome of {attempt} unknown");
        self.ask_choice(About::Resolve(attempt, run), &title, list);
    }

    pub(super) fn resolve_chosen(&mut self, at: usize, attempt: AttemptId, run: &RunId) {
        if at > 1 {
            return self.ask_retry(run);
        }
        let said = self.snapshot().and_then(|one| {
            let checked = one.release.as_ref()?.attempts.get(&attempt)?.checked.as_ref()?;
            Some(checked.said.words().to_owned())
        });
        let title = if at == 0 { "It was done" } else { "It failed" };
        let about = About::ResolveReason(attempt, at == 0);
        let text = said.unwrap_or_default();
        self.ask_line_with(about, title, "how you know", "record", Some("say how you know"), &text);
    }

    /// What to do about a slot that failed. A rollback cannot be rolled back, and nothing is fixed in the middle of one.
    pub(super) fn ask_failed(&mut self, run: RunId, slot: ItemId) {
        let Some(snapshot) = self.snapshot_arc() else { return };
        let Some(of) = snapshot.release.as_ref().and_then(|release| release.run(&run)) else { return };
        let unsafe_undo = self.was_not_safe(of, &slot);
        let again = match unsafe_undo {
            true => (WayOn::UndoAllTheSame, Entry::new('u', "undo it all the same", "you say that it is safe")),
            false => (WayOn::Again, Entry::new('r', "try again", "shows what runs")),
        };
        let mut ways = vec![again, (WayOn::Skip, Entry::new('s', "skip it", "with a reason"))];
        if of.purpose == RunPurpose::Deployment {
            let (fix, back) =
                (WayOn::Decide(Decision::ContinueWithFix), format!("{}, from everywhere", self.key_names().roll_back));
            ways.push((fix, Entry::new('c', "continue with a fix", "commit it, then set the candidate")));
            ways.push((WayOn::Decide(Decision::Pause), Entry::new('p', "pause", "")));
            ways.push((WayOn::RollBack, Entry::new('b', "roll back", &back)));
        } else {
            let title = format!("end the {} here", of.purpose);
            ways.push((WayOn::End, Entry::new('a', &title, "with a reason; what was changed stays changed")));
        }
        let title = format!("{slot} failed");
        let (ways, list) = ways.into_iter().unzip();
        self.ask_choice(About::Failed(run, slot, ways), &title, list);
    }

    /// What to do about a step that is over its time or silent.
    pub(super) fn ask_overdue(&mut self, run: RunId, slot: ItemId) {
        let Some(snapshot) = self.snapshot_arc() else { return };
        let Some(release) = &snapshot.release else { return };
        let Some(of) = release.run(&run) else { return };
        let asked = release.running().filter(|one| one.run == run && one.slot == slot).flat_map(overdue::questions);
        let words: Vec<String> = asked.map(overdue::Overdue::words).collect();
        if words.is_empty() {
            return self.say("it was answered meanwhile");
        }
        let mut ways = vec![
            (WayOn::Wait, Entry::new('w', "wait longer", "asks again when as much time has passed once more")),
            (WayOn::Stop, Entry::new('s', "stop it", "with a reason; it has failed then, and the run waits")),
        ];
        if of.purpose == RunPurpose::Deployment {
            let back = format!("{}, from everywhere", self.key_names().roll_back);
            ways.push((WayOn::RollBack, Entry::new('b', "roll back", &back)));
        } else {
            let title = format!("end the {} here", of.purpose);
            ways.push((WayOn::End, Entry::new('a', &title, "with a reason; what was changed stays changed")));
        }
        let title = format!("{slot}: {}", words.join("; "));
        let (ways, list) = ways.into_iter().unzip();
        self.ask_choice(About::Failed(run, slot, ways), &title, list);
    }

    /// Asks why the step that runs is stopped.
    pub(super) fn ask_stop(&mut self, run: RunId) {
        let release = self.snapshot().and_then(|one| one.release.as_ref());
        let runs = release.and_then(|release| release.running().find(|one| one.run == run));
        let Some(slot) = runs.map(|one| one.slot.clone()) else { return self.say("nothing is running") };
        let words = "why; the run stays where it is: try again, skip it, end it, or roll back";
        self.ask_line(About::StopStep(run), &format!("Stop {slot}"), words, "stop", Some("say why"));
    }

    /// Whether an undo was not tried because its own question says that it is not safe.
    fn was_not_safe(&self, run: &Run, slot: &ItemId) -> bool {
        let undo = run.slot(slot).is_some_and(|slot| slot.act == Act::Undo);
        let release = self.snapshot().and_then(|one| one.release.as_ref());
        undo && release.is_some_and(|release| release.attempts_of(&run.id, slot).is_empty())
    }

    pub(super) fn failed_chosen(&mut self, way: WayOn, run: RunId, slot: ItemId) {
        match way {
            WayOn::UndoAllTheSame => self.ask_undo_all_the_same(run, &slot),
            WayOn::Again => self.ask_retry(&run),
            WayOn::Wait => self.act(Command::WaitLonger { run, reason: None }),
            WayOn::Stop => self.ask_stop(run),
            WayOn::Skip => self.ask_item(Some(run), slot, ItemState::Skipped),
            WayOn::Decide(decision) => self.incident_line(Asked::DecisionReason(decision), ""),
            WayOn::End => self.ask_abort(run),
            WayOn::RollBack => self.ask_rollback(),
        }
    }

    /// Opens the line that goes to the step that runs, where it has a terminal.
    pub(super) fn ask_typing(&mut self) {
        let running = self.snapshot().and_then(|one| {
            let release = one.release.as_ref()?;
            let attempt = release.running().next()?;
            let slot = release.run(&attempt.run)?.slot(&attempt.slot)?;
            let tty = matches!(&one.plan.item(&slot.item)?.kind, ItemKind::Command(step) if step.tty);
            Some((attempt.id.clone(), attempt.slot.clone(), tty))
        });
        match running {
            None => self.say("nothing is running that could be typed into"),
            Some((_, slot, false)) => {
                self.say(&format!("{slot} has no terminal: tty = true in relco.toml gives it one"));
            }
            Some((id, slot, true)) => self.ask_line(
                About::Typing(id),
                &format!("Type into {slot}"),
                "Enter sends the line; Esc leaves, the step runs on",
                "send",
                None,
            ),
        }
    }

    /// Sends a line to the step and leaves the field open for the next one.
    pub(super) fn line_typed(&mut self, id: AttemptId, text: &str) {
        self.dialog = None;
        if !self.runs(&id) {
            return self.say("not sent: the step is over");
        }
        self.send(Ask::Type(id, Line(text.to_owned())));
        self.ask_typing();
    }

    fn runs(&self, id: &AttemptId) -> bool {
        let release = self.snapshot().and_then(|one| one.release.as_ref());
        release.is_some_and(|release| release.running().any(|attempt| attempt.id == *id))
    }

    /// Says that nothing more reaches a step that is over. The field stays: who types on, with their eyes on the keys,
    /// must not type a secret into whatever would come up instead.
    pub(super) fn typing_is_over(&mut self) {
        let over = matches!(&self.dialog, Some(Dialog { about: About::Typing(id), .. }) if !self.runs(id));
        if over {
            self.refuse_line("the step is over, nothing more goes to it: Esc goes back");
        }
    }

    /// Lets deployments in again where a rollback locked an environment.
    pub(super) fn ask_unlock(&mut self) {
        let held: Vec<(EnvName, String)> = self
            .snapshot()
            .map(|one| one.project.held.iter().map(|(env, held)| (env.clone(), held.reason.clone())).collect())
            .unwrap_or_default();
        match held.as_slice() {
            [] => self.say("no environment is locked"),
            [(env, reason)] => self.ask_unlock_reason(env.clone(), reason),
            several => {
                let list = entries(several.iter().map(|(env, reason)| (env.as_str(), reason.as_str())));
                self.ask_choice(About::UnlockEnv(several.to_vec()), "Unlock which environment", list);
            }
        }
    }

    pub(super) fn ask_unlock_of(&mut self, env: &EnvName) {
        let reason = self.snapshot().and_then(|one| Some(one.project.held.get(env)?.reason.clone()));
        match reason {
            Some(reason) => self.ask_unlock_reason(env.clone(), &reason),
            None => self.say(&format!("{env} is not locked")),
        }
    }

    pub(super) fn ask_unlock_reason(&mut self, env: EnvName, reason: &str) {
        let title = format!("Unlock {env}");
        let words = format!("locked: {reason}. Why may it be deployed to again?");
        self.ask_line(About::Unlock(env), &title, &words, "unlock", Some("say why"));
    }
}
