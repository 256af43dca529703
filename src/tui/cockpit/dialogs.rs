//! Dialogs: which question is on the screen, and what its answer asks of the session.
//!
//! A dialog starts nothing by itself. Its answer becomes a command, and the command is decided like any other.

use std::time::Instant;

use crate::domain::command::Command;
use crate::domain::id::{AttemptId, EnvName, GateId, ItemId, Role, RunId, TriggerId};
use crate::domain::incident::IncidentText;
use crate::domain::item::{GateVerdict, ItemState};
use crate::domain::ledger::Rule;
use crate::domain::occurred;
use crate::domain::sheet::SheetField;
use crate::domain::time::Precision;
use crate::session::{GitJob, GitThen};
use crate::tui::keys::Key;
use crate::tui::overlay::choice::Entry;
use crate::tui::overlay::{Choice, Confirm, Editor, Outcome, Overlay, Prompt, Quit, QuitChoice};
use crate::tui::worker::{Ask, Scripts};

use super::Cockpit;
use super::danger::Way;
use super::incident::Asked;
use super::keys::Do;
use super::steps::WayOn;

/// What a dialog's answer is for.
#[derive(Debug, Clone, PartialEq)]
pub enum About {
    /// A note on the timeline.
    Note,
    /// A search in the log.
    Search,
    /// A filter on the log.
    Filter,
    /// Carry this out.
    Carry(Box<Carried>),
    /// A version or type to start.
    StartRelease,
    /// Which tag a hotfix starts from.
    HotfixBase(Vec<String>),
    /// The bug that a hotfix of this tag is for; without one, of the release before HEAD.
    HotfixReason(Option<String>),
    /// What was observed for an item.
    ItemDone(Option<RunId>, ItemId),
    /// Why an item gets this state.
    ItemReason(Option<RunId>, ItemId, ItemState),
    /// What to do with a manual item.
    ItemChoice(Option<RunId>, ItemId),
    /// What a gate rests on.
    GateEvidence(GateId),
    /// Why a gate gets this verdict.
    GateReason(GateId, GateVerdict),
    /// Pass, fail or waive.
    GateChoice(GateId),
    /// Whether the checks that run go on.
    StopChecks,
    /// Yes or no for a role.
    SignOff(Role),
    /// Why no.
    SignOffNo(Role),
    /// Which role signs off.
    SignOffRole(Vec<Role>),
    /// Something about an incident.
    Incident(Asked),
    /// The text of root cause or prevention.
    WriteText(IncidentText),
    /// Which trigger.
    Trigger(Vec<TriggerId>),
    /// What was seen.
    TriggerWords(TriggerId),
    /// What about the sheet.
    Sheet,
    /// The text of a field.
    SheetField(SheetField),
    /// The release notes.
    Notes,
    /// About what stakeholders are told.
    Notify,
    /// Why the release is given up.
    Abandon,
    /// Why the run is paused.
    Pause(RunId),
    /// Why the run is aborted.
    Abort(RunId),
    /// Why the step that runs is stopped.
    StopStep(RunId),
    /// Why the run is taken over.
    Take(RunId),
    /// What to do about a failed slot, in the order of the entries.
    Failed(RunId, ItemId, Vec<WayOn>),
    /// Roll back or go on, where a rollback is proposed.
    Proposal(RunId),
    /// Why a run goes on although its rollback is proposed.
    GoOn(RunId),
    /// What became of an attempt, and its run.
    Resolve(AttemptId, RunId),
    /// How that is known.
    ResolveReason(AttemptId, bool),
    /// A line for the step that runs.
    Typing(AttemptId),
    /// Which environment is unlocked: each with why it is locked.
    UnlockEnv(Vec<(EnvName, String)>),
    /// Why an environment is unlocked.
    Unlock(EnvName),
    /// Why a blocker is accepted.
    Waive(String),
    /// What an environment runs: which.
    LiveEnv(Vec<EnvName>),
    /// What an environment runs.
    Live(EnvName),
    /// What to do about the selected change.
    Settle,
    /// Of which kind the entries of these changes are, which get files of their own; of all that are missing without
    /// any. A kind that is none follows from each title.
    EntryKind(Vec<String>, Vec<Option<String>>),
    /// Why this change needs no entry.
    ExcludeReason(String),
    /// Which rule sets it apart with all that are like it.
    Alike(Vec<Rule>),
    /// Which debt is paid.
    Debt(Vec<String>),
    /// Which of these lines is a place of the version, or may go on saying the old one.
    Stray(bool, Vec<String>),
    /// Which line may go on saying the old version.
    StrayAccept,
    /// Which line is a place of the version.
    StrayAdd,
    /// Which notice was told by hand.
    Told(Vec<String>),
    /// The keys that are live.
    Help,
    /// Every action.
    Palette(Vec<Do>),
    /// Messages so far.
    Messages,
    /// How to quit.
    Quit,
}

/// What a confirmed dialog carries out.
#[derive(Debug, Clone, PartialEq)]
pub enum Carried {
    /// A command.
    Act(Command),
    /// Stop what would be taken back first, then roll back.
    RollBack(Way, Command, Scripts),
    /// Go on with a run whose rollback is proposed, for this reason.
    GoOn(RunId, String),
    /// Trust the configuration.
    Trust,
    /// Write the version everywhere.
    SetVersion(String),
    /// Record the tag.
    Tag,
    /// Commit the changes of tracked files; then, where asked for, set the candidate.
    Commit(bool),
    /// Add what is missing to the changelog.
    AddEntries,
    /// Finish an interrupted set of the version, or take it back.
    SettleVersions(bool),
    /// Give the terminal to the git program, and go on with what it did.
    Git(GitJob, GitThen),
}

impl Carried {
    fn ask(self) -> Ask {
        match self {
            Carried::Act(command) => Ask::Act(Box::new(command)),
            // Its reason goes on record as an act of its own, before.
            Carried::GoOn(run, _) => Ask::Act(Box::new(Command::Resume { run, all: true })),
            Carried::RollBack(way, command, scripts) => Ask::RollBack(way.env, Box::new(command), scripts),
            Carried::Trust => Ask::Trust,
            Carried::SetVersion(version) => Ask::SetVersion(version),
            Carried::Tag => Ask::Tag,
            Carried::Commit(candidate) => Ask::Commit(candidate),
            Carried::AddEntries => Ask::AddEntries(Vec::new(), None),
            Carried::SettleVersions(finish) => Ask::SettleVersions(finish),
            Carried::Git(_, then) => Ask::GitDone(then),
        }
    }
}

/// A dialog on the screen.
#[derive(Debug)]
pub struct Dialog {
    /// The question.
    pub overlay: Overlay,
    /// What its answer is for.
    pub about: About,
}

impl Cockpit {
    pub(super) fn ask_line(&mut self, about: About, title: &str, words: &str, verb: &str, required: Option<&str>) {
        let draft = if about == About::Note { self.drafts.get("note").cloned() } else { None };
        self.ask_line_with(about, title, words, verb, required, &draft.unwrap_or_default());
    }

    /// Asks for a line that begins with this text, or with what was typed when the same was asked before.
    pub(super) fn ask_line_with(
        &mut self,
        about: About,
        title: &str,
        words: &str,
        verb: &str,
        required: Option<&str>,
        text: &str,
    ) {
        let kept = self.half_typed.take_if(|(of, _)| *of == about).map(|(_, text)| text);
        let mut prompt = Prompt::new(title, words, verb, kept.as_deref().unwrap_or(text));
        if let Some(reason) = required {
            prompt = prompt.required(reason);
        }
        if matches!(about, About::Typing(_)) {
            prompt = prompt.forgetting();
        }
        self.dialog = Some(Dialog { overlay: Overlay::Prompt(prompt), about });
    }

    pub(super) fn ask_choice(&mut self, about: About, title: &str, entries: Vec<Entry>) {
        self.ask_choice_at(about, title, entries, 0);
    }

    /// Asks for one of a few; the selection begins on this one.
    pub(super) fn ask_choice_at(&mut self, about: About, title: &str, entries: Vec<Entry>, selected: usize) {
        self.dialog = Some(Dialog { overlay: Overlay::Choice(Choice::new(title, entries, selected)), about });
    }

    pub(super) fn ask_text(&mut self, about: About, title: &str, verb: &str, text: &str) {
        let editor = Editor::new(title, verb, text);
        self.dialog = Some(Dialog { overlay: Overlay::Editor(Box::new(editor)), about });
    }

    pub(super) fn ask_confirm(
        &mut self,
        carried: Carried,
        title: &str,
        verb: &str,
        words: Vec<String>,
        commands: Vec<String>,
    ) {
        let confirm = Confirm::new(title, verb, self.pressed, self.now.mono).words(words).commands(commands);
        let about = About::Carry(Box::new(carried));
        self.dialog = Some(Dialog { overlay: Overlay::Confirm(confirm), about });
    }

    pub(super) fn ask_quit(&mut self, running: &str) {
        let overlay = Overlay::Quit(Quit::new(running, self.now.mono));
        self.dialog = Some(Dialog { overlay, about: About::Quit });
    }

    /// Gives a key to the dialog on the screen.
    pub(super) fn dialog_key(&mut self, key: Key, now: Instant) {
        let Some(dialog) = &mut self.dialog else { return };
        let outcome = dialog.overlay.key(key, now);
        self.dialog_outcome(outcome);
        self.keep_note_draft();
    }

    /// Gives pasted text to the dialog on the screen.
    pub(super) fn dialog_paste(&mut self, text: &str) {
        let Some(dialog) = &mut self.dialog else { return };
        if dialog.about == About::Note && text.trim_end().contains(['\n', '\r']) {
            return self.ask_lines(text);
        }
        let outcome = dialog.overlay.paste(text);
        self.dialog_outcome(outcome);
        self.keep_note_draft();
    }

    /// What is typed into a note is saved as it is typed.
    fn keep_note_draft(&mut self) {
        let Some(Dialog { overlay: Overlay::Prompt(prompt), about: About::Note }) = &self.dialog else { return };
        let text = prompt.text().to_owned();
        self.keep_draft("note", text);
    }

    pub(super) fn keep_draft(&mut self, name: &'static str, text: String) {
        if self.drafts.get(name).map_or("", String::as_str) == text {
            return;
        }
        // An empty draft is none: it must not stand in the way of what is written already.
        if text.is_empty() {
            self.drafts.remove(name);
        } else {
            self.drafts.insert(name, text.clone());
        }
        self.send(Ask::Draft(name, text));
    }

    pub(super) fn dialog_outcome(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Ignored | Outcome::Stay => {}
            Outcome::Back => self.close_dialog(),
            Outcome::Accepted => self.accepted(),
            Outcome::Text(text) => self.line_given(&text),
            Outcome::Changed(text) => self.text_changed(text),
            Outcome::Saved(text) => self.text_saved(&text),
            Outcome::Outside(text) => self.edit_outside(text),
            Outcome::Chosen(at) => self.chosen(at),
            Outcome::Quit(choice) => self.quit_chosen(choice),
        }
    }

    /// Closes the dialog without an answer; a line that stands in it is offered when the same is asked again.
    pub(super) fn close_dialog(&mut self) {
        match self.dialog.take() {
            Some(Dialog { overlay: Overlay::Prompt(prompt), about })
                if !matches!(about, About::Note | About::Typing(_)) && !prompt.text().trim().is_empty() =>
            {
                self.half_typed = Some((about, prompt.text().to_owned()));
            }
            Some(Dialog { about: About::Carry(carried), .. }) => {
                if let Carried::RollBack(way, ..) = *carried {
                    self.way_asked = Some(way);
                }
            }
            _ => {}
        }
    }

    pub(super) fn take_about(&mut self) -> Option<About> {
        self.dialog.take().map(|dialog| dialog.about)
    }

    fn accepted(&mut self) {
        let Some(Dialog { overlay, about: About::Carry(carried) }) = self.dialog.take() else { return };
        let carried = match (*carried, overlay) {
            (Carried::RollBack(way, command, _), Overlay::Typed(typed)) if typed.other_way() => {
                Carried::RollBack(way, command, Scripts::OfTheCandidate)
            }
            (carried, _) => carried,
        };
        if let Carried::RollBack(Way { elsewhere: Some(place), .. }, ..) = &carried {
            self.not_dead = None;
            self.send(Ask::Turn(place.clone()));
        }
        match carried {
            Carried::Git(job, then) => self.git_outside(job, then),
            Carried::GoOn(run, reason) => self.go_on(run, &reason),
            carried => self.carry(carried.ask()),
        }
    }

    /// Carries out what a person asked for; until it is acknowledged the screen says "recording…".
    pub(super) fn carry(&mut self, ask: Ask) {
        self.recording += 1;
        self.send(ask);
    }

    pub(super) fn act(&mut self, command: Command) {
        self.carry(Ask::Act(Box::new(command)));
    }

    pub(super) fn refuse_line(&mut self, reason: &str) {
        match self.dialog.as_mut().map(|dialog| &mut dialog.overlay) {
            Some(Overlay::Prompt(prompt)) => prompt.refuse(reason),
            Some(Overlay::Editor(editor)) => editor.refuse(reason),
            _ => {}
        }
    }

    fn line_given(&mut self, text: &str) {
        let Some(about) = self.dialog.as_ref().map(|dialog| dialog.about.clone()) else { return };
        let said = Some(text.to_owned()).filter(|text| !text.trim().is_empty());
        let command = match about {
            About::Search | About::Filter => {
                self.dialog = None;
                self.look_for(about == About::Filter, text);
                return;
            }
            About::Note => match self.note(text) {
                Ok(command) => command,
                Err(why) => return self.refuse_line(&why),
            },
            About::StartRelease => match text.parse() {
                Ok(crate::domain::version::Asked::Type(crate::domain::release_type::ReleaseType::Hotfix)) => {
                    return self.ask_hotfix();
                }
                Ok(asked) => Command::StartRelease { asked, reason: None, base: None },
                Err(refusal) => return self.refuse_line(&refusal.to_string()),
            },
            About::HotfixReason(base) => Self::hotfix_command(base, said),
            About::ItemDone(run, item) => {
                Command::SetItem { run, item, state: ItemState::Done, observed: said, reason: None }
            }
            About::ItemReason(run, item, state) => Command::SetItem { run, item, state, observed: None, reason: said },
            About::GateEvidence(gate) => {
                Command::DecideGate { gate, verdict: GateVerdict::Passed, reason: None, evidence: said }
            }
            About::GateReason(gate, verdict) => Command::DecideGate { gate, verdict, reason: said, evidence: None },
            About::SignOffNo(role) => Command::SignOff { role, yes: false, note: said },
            About::Incident(asked) => return self.incident_line(asked, text),
            About::TriggerWords(trigger) => Command::FireTrigger { trigger, words: said },
            About::SheetField(field) => return self.sheet_given(field, text),
            About::GoOn(run) => return self.ask_go_on(run, text),
            About::StrayAccept => {
                self.dialog = None;
                return self.carry(Ask::AcceptStray(text.to_owned()));
            }
            About::StrayAdd => {
                self.dialog = None;
                return self.carry(Ask::AddStray(text.to_owned()));
            }
            About::Abandon => Command::AbandonRelease { reason: text.to_owned() },
            About::Pause(run) => Command::Pause { run, reason: text.to_owned() },
            About::Take(run) => Command::Take { run, reason: text.to_owned() },
            About::Abort(run) => {
                self.dialog = None;
                let command = Box::new(Command::Abort { run: run.clone(), reason: text.to_owned() });
                return self.carry(Ask::StopThen(run, command));
            }
            About::StopStep(run) => {
                self.dialog = None;
                return self.carry(Ask::StopStep(run, text.to_owned()));
            }
            About::ResolveReason(attempt, done) => Command::ResolveAttempt { attempt, done, reason: text.to_owned() },
            About::Typing(id) => return self.line_typed(id, text),
            About::Waive(blocker) => Command::Waive { blocker, reason: text.to_owned() },
            About::Unlock(env) => Command::FreeEnv { env, reason: text.to_owned() },
            About::ExcludeReason(change) => Command::ExcludeChange { rule: Rule::Change(change), reason: said },
            About::Live(env) => Command::SetLive { env, version: text.to_owned() },
            _ => return,
        };
        self.dialog = None;
        self.act(command);
    }

    /// A note with the time that leads it.
    fn note(&mut self, text: &str) -> Result<Command, String> {
        let zone = self.zone();
        let (occurred, rest) = occurred::leading(text, self.now.wall, &zone).map_err(|error| error.to_string())?;
        let rest = rest.trim();
        if rest.is_empty() {
            return Err("write what happened".to_owned());
        }
        let precision = occurred.as_ref().map_or(Precision::Exact, |one| one.precision);
        let occurred = occurred.map(|one| one.at);
        let command = Command::Note { text: rest.to_owned(), occurred, precision, evidence: None };
        self.keep_draft("note", String::new());
        Ok(command)
    }

    fn text_changed(&mut self, text: String) {
        let name = match self.dialog.as_ref().map(|dialog| &dialog.about) {
            Some(About::Notes) => "notes",
            Some(About::WriteText(IncidentText::RootCause)) => "root-cause",
            Some(About::WriteText(IncidentText::Prevention)) => "prevention",
            _ => return,
        };
        self.keep_draft(name, text);
    }

    fn text_saved(&mut self, text: &str) {
        if self.dialog.as_ref().is_some_and(|dialog| dialog.about == About::Incident(Asked::Lines)) {
            return self.lines_given(text);
        }
        match self.take_about() {
            Some(About::Notes) => {
                self.carry(Ask::WriteNotes(text.to_owned()));
                self.keep_draft("notes", String::new());
            }
            Some(About::WriteText(field)) => {
                self.act(Command::SetIncidentText { incident: None, field, text: text.to_owned() });
                let name = if field == IncidentText::RootCause { "root-cause" } else { "prevention" };
                self.keep_draft(name, String::new());
            }
            _ => {}
        }
    }

    fn quit_chosen(&mut self, choice: QuitChoice) {
        self.dialog = None;
        match choice {
            QuitChoice::Leave => self.quitting = true,
            QuitChoice::Wait => self.quit_when_idle = true,
            QuitChoice::Stop => {
                self.quit_when_idle = true;
                self.stop_everything();
            }
        }
    }
}
