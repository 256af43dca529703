//! The view of changes: what a key on a change asks of the session.
//!
//! A line in the changelog is added at once, because it is a file that a person sees and commits; leaving out wants a
//! reason, or the choice of a rule. Nothing here judges. Enter at [`Cockpit::changes_key`].

use std::sync::Arc;

use crate::action::ActionId as Id;
use crate::domain::command::Command;
use crate::domain::ledger::{Change, Rule, Verdict};
use crate::session::Changes;
use crate::tui::keys::map::Found;
use crate::tui::keys::{Code, Key};
use crate::tui::overlay::choice::Entry;
use crate::tui::overlay::{Choice, Outcome, Overlay};
use crate::tui::screen::changes::{ChangesView, Selected};
use crate::tui::toast::Kind;
use crate::tui::worker::{Ask, Page};

use super::Cockpit;
use super::acts::letter;
use super::dialogs::{About, Carried, Dialog};
use super::keys::{Do, Move, Scope};

impl Cockpit {
    /// Asks for the view.
    pub(super) fn show_changes(&mut self) {
        self.carry(Ask::Changes(true));
    }

    /// Takes the changes in: opens the view, or puts newer ones into the open one.
    pub(super) fn changes_came(&mut self, changes: Arc<Changes>, reading: bool, asked_for: bool) {
        let settled = changes.ledger.missing().next().is_none();
        match &mut self.changes {
            // Whoever settled the last one goes on with what is next.
            Some(view) if settled && view.changes().ledger.missing().next().is_some() => {
                self.changes = None;
                // What was written a moment ago is not talked over: it says what stands in the changelog now.
                if self.toasts.standing(self.now.mono).is_none_or(|toast| toast.kind != Kind::Done) {
                    self.say("every change is told, or has its reason");
                }
            }
            Some(view) => view.replace(changes, reading),
            None if asked_for => self.changes = Some(ChangesView::new(changes, reading)),
            // Closed while they were read.
            None => {}
        }
    }

    /// After an act the list is read again, where it is on the screen.
    pub(super) fn changes_moved(&self) {
        if self.changes.is_some() {
            self.send(Ask::Changes(false));
        }
    }

    /// Takes one press while the view is on the screen.
    pub(super) fn changes_key(&mut self, key: Key) {
        let Some(view) = &mut self.changes else { return };
        match view.key(key) {
            Outcome::Back => self.changes = None,
            Outcome::Ignored if key.code == Code::Enter => self.settle(),
            Outcome::Ignored => match self.keymap.find(&[key], &[Scope::Change]) {
                Found::Action(Do::Act(id)) => self.changes_act(id),
                // What does not move about the panes below is live here too.
                _ => match self.keymap.find(&[key], &[Scope::Everywhere]) {
                    Found::Action(Do::Act(Id::Check)) => self.carry(Ask::Check(vec!["changelog".to_owned()])),
                    Found::Action(Do::Move(to @ (Move::Help | Move::Palette | Move::Messages))) => self.go(to),
                    _ => self.say(&format!("{key} does nothing here: Esc goes back")),
                },
            },
            _ => {}
        }
    }

    /// Does what a key of the view means.
    pub(super) fn changes_act(&mut self, id: Id) {
        if id == Id::ChangesRules {
            return self.show(Page::Rules);
        }
        let Some(view) = &self.changes else { return self.say("select a change first: g shows them") };
        match view.selected() {
            Some(Selected::Change(change)) => {
                let change = change.clone();
                self.change_act(id, &change);
            }
            Some(Selected::Habit(habit)) if matches!(id, Id::ChangesExclude | Id::ChangesAlike) => {
                let rule = habit.rule.clone();
                self.act(Command::ExcludeChange { rule, reason: None });
            }
            Some(Selected::Habit(_)) => self.say("a rule is accepted by Enter"),
            None => self.say("there is no change here"),
        }
    }

    fn change_act(&mut self, id: Id, change: &Change) {
        let listed = change.verdict == Verdict::Listed;
        match id {
            Id::ChangesAdd | Id::ChangesExclude | Id::ChangesAlike if listed => {
                let line = change.entry.as_ref().map(|entry| format!(" in line {}", entry.line)).unwrap_or_default();
                self.say(&format!("it stands in the changelog already{line}"));
            }
            Id::ChangesAdd => self.add_entry(change),
            Id::ChangesExclude => self.ask_line(
                About::ExcludeReason(name(change)),
                &format!("{} needs no entry", name(change)),
                "why",
                "leave out",
                Some("leaving a change out wants a reason"),
            ),
            Id::ChangesAlike => self.ask_alike(change),
            _ => self.take_back_exclusion(change),
        }
    }

    /// Enter on the selected row.
    fn settle(&mut self) {
        let Some(view) = &self.changes else { return };
        match view.selected() {
            Some(Selected::Habit(habit)) => {
                let words =
                    vec![habit.words(), format!("sets {} apart now: {}", habit.now.len(), habit.now.join(", "))];
                let title = format!("Leave out: {}", habit.rule);
                let command = Command::ExcludeChange { rule: habit.rule.clone(), reason: None };
                self.ask_confirm(Carried::Act(command), &title, "leave out", words, Vec::new());
            }
            Some(Selected::Change(change)) => match change.verdict {
                Verdict::Missing => {
                    let form = view.changes().form.as_ref();
                    let entry = if form.is_some() { "add a file" } else { "add a line" };
                    let place = form.map(|form| format!("in {}/, to be committed", form.dir));
                    let place = place.unwrap_or_else(|| "behind the last entry of this version".to_owned());
                    let entries = vec![
                        Entry::new('a', &format!("{entry} for it"), &place),
                        Entry::new('x', "it needs no entry", "with a reason"),
                        Entry::new('X', "none like it needs one", "choose the rule"),
                        Entry::new('A', &format!("{entry} for each that is missing"), ""),
                    ];
                    let title = format!("{} is not in the changelog", name(change));
                    self.ask_choice(About::Settle, &title, entries);
                }
                Verdict::Excluded => self.changes_act(Id::ChangesInclude),
                Verdict::Listed => self.changes_act(Id::ChangesAdd),
                Verdict::Direct => self.say("a commit without a pull request: a adds a line for it all the same"),
            },
            None => {}
        }
    }

    /// What was chosen for the selected change.
    pub(super) fn settle_chosen(&mut self, at: usize) {
        match at {
            0 => self.changes_act(Id::ChangesAdd),
            1 => self.changes_act(Id::ChangesExclude),
            2 => self.changes_act(Id::ChangesAlike),
            _ => {
                if self.ask_kind_of_all() {
                    return;
                }
                let words = vec!["behind the last entry of this version's section; commit it afterwards".to_owned()];
                let title = "Add a line for each that is missing";
                self.ask_confirm(Carried::AddEntries, title, "add", words, Vec::new());
            }
        }
    }

    /// A line at once; where each entry has a file of its own, the kind is asked for first.
    fn add_entry(&mut self, change: &Change) {
        let Some(form) = self.changes.as_ref().and_then(|view| view.changes().form.as_ref()) else {
            return self.carry(Ask::AddEntries(vec![name(change)], None));
        };
        if form.kinds.len() < 2 {
            return self.carry(Ask::AddEntries(vec![name(change)], None));
        }
        let says = form.kind_of(change);
        let selected = form.kinds.iter().position(|kind| Some(kind.as_str()) == says).unwrap_or(0);
        let note = |kind: &String| if Some(kind.as_str()) == says { change.title.as_str() } else { "" };
        let entry = |(at, kind): (usize, &String)| Entry::new(letter(at), kind, note(kind));
        let entries = form.kinds.iter().enumerate().map(entry).collect();
        let words = format!("its file goes to {}/ and is yours to commit", form.dir);
        let title = format!("Of which kind is {}?", name(change));
        let kinds = form.kinds.iter().cloned().map(Some).collect();
        let choice = Choice::new(&title, entries, selected).said(&words);
        let about = About::EntryKind(vec![name(change)], kinds);
        self.dialog = Some(Dialog { overlay: Overlay::Choice(choice), about });
    }

    /// Asks of which kind all are that are missing; answers no where entries are lines, which have none.
    fn ask_kind_of_all(&mut self) -> bool {
        let Some(changes) = self.changes.as_ref().map(ChangesView::changes) else { return false };
        let Some(form) = changes.form.as_ref().filter(|form| form.kinds.len() > 1) else { return false };
        let silent = changes.ledger.missing().find(|change| form.kind_of(change).is_none());
        let mut by_title = Entry::new(letter(0), "as each title says", "");
        if let Some(silent) = silent {
            by_title = by_title.disabled(&format!("the title of {} does not say", name(silent)));
        }
        let mut entries = vec![by_title];
        entries.extend(form.kinds.iter().enumerate().map(|(at, kind)| Entry::new(letter(at + 1), kind, "all of them")));
        let kinds = std::iter::once(None).chain(form.kinds.iter().cloned().map(Some)).collect();
        self.ask_choice(About::EntryKind(Vec::new(), kinds), "Of which kind is each that is missing?", entries);
        true
    }

    fn ask_alike(&mut self, change: &Change) {
        let Some(view) = &self.changes else { return };
        let found = view.changes().alike(change);
        if found.is_empty() {
            return self.say("it is like no other: x leaves it out by itself");
        }
        let entry = |(at, habit): (usize, &crate::domain::ledger::Habit)| {
            Entry::new(
                letter(at),
                &habit.rule.to_string(),
                &format!("sets {} apart; {}", habit.now.len(), habit.words()),
            )
        };
        let entries = found.iter().enumerate().map(entry).collect();
        let rules = found.iter().map(|habit| habit.rule.clone()).collect();
        self.ask_choice(About::Alike(rules), &format!("None like {} needs an entry", name(change)), entries);
    }

    fn take_back_exclusion(&mut self, change: &Change) {
        let Some(snapshot) = self.snapshot_arc() else { return };
        let reason = change.reason.as_deref().unwrap_or_default();
        let by_name = |rule: &Rule| match rule {
            Rule::Change(id) => change.id.as_deref() == Some(id) || change.commit.starts_with(id.as_str()),
            rule => reason.ends_with(&format!("rule: {rule}")) || reason.ends_with(&format!("rule: {rule})")),
        };
        if change.verdict != Verdict::Excluded {
            return self.say("nobody said that it needs no entry");
        }
        if let Some(found) = snapshot.project.exclusions.iter().find(|one| by_name(&one.rule)) {
            return self.act(Command::IncludeChange { rule: found.rule.clone() });
        }
        if snapshot.plan.exclusions.iter().any(|one| by_name(&one.rule)) {
            return self.say("the rule stands in relco.toml, under [changelog] exclude");
        }
        self.say(&format!("set apart by itself: {reason}; a adds a line all the same"));
    }

    /// The live keys of the view with their words.
    pub(super) fn changes_keys(&self) -> Vec<(String, String)> {
        let selected = self.changes.as_ref().and_then(ChangesView::selected);
        let wanted: &[(Id, &str)] = match selected {
            Some(Selected::Change(change)) => match change.verdict {
                Verdict::Missing => &[
                    (Id::ChangesAdd, "add a line"),
                    (Id::ChangesExclude, "needs none"),
                    (Id::ChangesAlike, "none like it"),
                    (Id::ChangesRules, "rules"),
                ],
                Verdict::Excluded => {
                    &[(Id::ChangesInclude, "take back"), (Id::ChangesAdd, "add a line"), (Id::ChangesRules, "rules")]
                }
                Verdict::Direct => &[(Id::ChangesAdd, "add a line"), (Id::ChangesRules, "rules")],
                Verdict::Listed => &[(Id::ChangesRules, "rules")],
            },
            Some(Selected::Habit(_)) => &[(Id::ChangesExclude, "accept"), (Id::ChangesRules, "rules")],
            None => &[],
        };
        let key = |id: Id| self.keymap.chord(Do::Act(id)).map(ToString::to_string);
        let in_files = self.changes.as_ref().is_some_and(|view| view.changes().form.is_some());
        let word = |id: Id, word: &str| if in_files && id == Id::ChangesAdd { "add a file" } else { word }.to_owned();
        let mut keys: Vec<(String, String)> =
            wanted.iter().filter_map(|(id, words)| Some((key(*id)?, word(*id, words)))).collect();
        keys.extend(key(Id::Check).map(|key| (key, "check again".to_owned())));
        keys.push(("Esc".to_owned(), "goes back".to_owned()));
        keys
    }
}

/// What a change is called: its number, else its commit in short.
fn name(change: &Change) -> String {
    change.id.clone().unwrap_or_else(|| change.commit.chars().take(7).collect())
}
