//! What the session tells, and what the cockpit makes of it: the picture, the selection, bell and title.

use crate::action::ActionId as Id;
use crate::domain::item::ItemState;
use crate::domain::overdue;
use crate::domain::release::Phase;
use crate::session::Snapshot;
use crate::tui::app::Out;
use crate::tui::keys::map::Found;
use crate::tui::overlay::Outcome;
use crate::tui::screen::Pager;
use crate::tui::screen::pager::markdown;
use crate::tui::toast::Kind;
use crate::tui::worker::{Page, Update};

use super::Cockpit;
use super::dialogs::{About, Carried};
use super::keys::{Do, Scope};

/// What is done about an incident from its page, the most wanted first.
const INCIDENT_ACTS: [(Id, &str); 7] = [
    (Id::IncidentNote, "note"),
    (Id::IncidentSeverity, "severity"),
    (Id::IncidentStatus, "status"),
    (Id::IncidentImpact, "impact"),
    (Id::IncidentDecide, "decide"),
    (Id::IncidentWrite, "cause, prevention"),
    (Id::IncidentClose, "close"),
];

/// What was last told by bell and title, so that each is told once.
#[derive(Debug, Default)]
pub struct Told {
    title: String,
    alarm: String,
    call: Option<String>,
}

impl Cockpit {
    /// Takes in what the session tells.
    pub(super) fn news(&mut self, update: Update) {
        match update {
            Update::Snapshot(snapshot) => self.picture(snapshot),
            Update::Changes(changes, reading, asked_for) => {
                if asked_for {
                    self.recording = self.recording.saturating_sub(1);
                }
                self.changes_came(changes, reading, asked_for);
            }
            Update::Done(warnings) => {
                self.recording = self.recording.saturating_sub(1);
                self.changes_moved();
                for warning in warnings {
                    self.toast(Kind::Warning, &warning);
                }
            }
            Update::Said(said) => {
                self.recording = self.recording.saturating_sub(1);
                self.changes_moved();
                for words in said {
                    self.toast(Kind::Done, &words);
                }
            }
            Update::Refused(refusal) => {
                self.recording = self.recording.saturating_sub(1);
                self.refused(&refusal);
            }
            Update::Stopped(refusal) => self.refused(&refusal),
            Update::Failed(why) => {
                self.recording = self.recording.saturating_sub(1);
                self.toast(Kind::Error, &why);
            }
            Update::Noted(words) => self.say(&words),
            Update::Warned(why) => self.toast(Kind::Error, &why),
            Update::NotDead(run) => {
                self.recording = self.recording.saturating_sub(1);
                self.toast(
                    Kind::Error,
                    &format!("not rolled back: {run} does not stop; the same keys go on despite it"),
                );
                self.not_dead = Some(run);
            }
            Update::Scripts(env, changed, commit) => self.scripts_found(&env, &changed, &commit),
            Update::Watched(signals) => self.watches = signals,
            Update::Page(page, text) => {
                self.recording = self.recording.saturating_sub(1);
                self.open_page(page, &text);
            }
            Update::Git(job, then, asks) => {
                self.recording = self.recording.saturating_sub(1);
                match asks {
                    None => self.git_outside(job, then),
                    Some((title, verb, words)) => {
                        let commands = vec![job.words()];
                        self.ask_confirm(Carried::Git(job, then), &title, &verb, words, commands);
                    }
                }
            }
            Update::Drafts(drafts) => {
                let names: Vec<&str> = drafts.iter().map(|(name, _)| *name).collect();
                self.toast(Kind::Info, &format!("half-written and kept: {}", names.join(", ")));
                self.drafts.extend(drafts);
            }
        }
        if self.quit_when_idle && !self.something_runs() && self.recording == 0 {
            self.quitting = true;
        }
    }

    fn picture(&mut self, snapshot: std::sync::Arc<Snapshot>) {
        let before = self.selected_row().map(|row| row.id.clone());
        let was_next = self.listing.next == Some(self.selected);
        self.listing = crate::tui::listing::Listing::of(&snapshot, self.now.wall);
        self.snapshot = Some(snapshot);
        self.refresh_timeline();
        let kept = before.and_then(|id| self.listing.position(&id));
        // After each act the selection stands on the next thing to do, unless a person moved it elsewhere.
        self.selected = match kept {
            Some(at) if self.selection_by_hand && !was_next => at,
            _ => {
                self.selection_by_hand = false;
                self.listing.next.or(kept).unwrap_or(0)
            }
        };
        self.typing_is_over();
        self.tell();
        self.call_for_incident();
    }

    /// Bell and title: needs you, failed, done.
    fn tell(&mut self) {
        let Some(snapshot) = self.snapshot() else { return };
        let (title, alarm) = headline(snapshot, self.now.wall);
        if title != self.told.title {
            self.told.title.clone_from(&title);
            self.outs.push(Out::Title(title));
        }
        if alarm != self.told.alarm {
            let rings = !alarm.is_empty() && !self.told.alarm.is_empty() || alarm == "failed" || alarm == "needs you";
            self.told.alarm = alarm;
            if rings {
                self.outs.push(Out::Bell);
            }
        }
    }

    /// Bell and words, once each, when an incident wants somebody: a message is due, the time of a decision is over.
    pub(super) fn call_for_incident(&mut self) {
        let call = self.incident_calls();
        if call == self.told.call {
            return;
        }
        self.told.call.clone_from(&call);
        if let Some(words) = call {
            self.toast(Kind::Warning, &words);
            self.outs.push(Out::Bell);
            // The session records that the time of a decision is over.
            self.send(crate::tui::worker::Ask::Changed);
        }
    }

    fn open_page(&mut self, page: Page, text: &str) {
        if page == Page::Notes {
            let text = self.drafts.get("notes").cloned().unwrap_or_else(|| text.to_owned());
            return self.ask_text(About::Notes, "Release notes", "write", &text);
        }
        let (title, keys) = page_words(page);
        let keys = match page {
            Page::Incident => INCIDENT_ACTS
                .iter()
                .filter_map(|(id, word)| Some((self.keymap.chord(Do::Act(*id))?.to_string(), (*word).to_owned())))
                .collect(),
            _ => keys.iter().map(|(key, word)| ((*key).to_owned(), (*word).to_owned())).collect(),
        };
        self.page = Some((page, Pager::new(title, markdown(text, self.theme.glyphs), keys)));
    }

    /// Keys on a page: some pages have an act of their own; the rest is reading.
    pub(super) fn page_key(&mut self, key: crate::tui::keys::Key) {
        let Some((page, pager)) = &mut self.page else { return };
        let page = *page;
        match pager.key(key) {
            Outcome::Back => self.page = None,
            Outcome::Ignored => self.page_act(page, key),
            _ => {}
        }
    }

    fn page_act(&mut self, page: Page, key: crate::tui::keys::Key) {
        match (page, key.text()) {
            (Page::Trust, Some('T')) => {
                self.page = None;
                let words = vec!["bound to exactly this text: any change asks again".to_owned()];
                self.ask_confirm(Carried::Trust, "Allow this project's commands", "allow", words, Vec::new());
            }
            (Page::Versions, Some('s')) => {
                let version = self.snapshot().and_then(|one| one.release.as_ref().map(|one| one.version.clone()));
                let Some(version) = version else { return self.say("no release is open") };
                self.page = None;
                let title = format!("Write {version} to every configured place");
                let words = vec!["all of them or none; commit it afterwards".to_owned()];
                let files = self.snapshot().map(|one| one.plan.version_files.as_slice()).unwrap_or_default();
                let files = files.iter().map(|file| format!("{}  ({})", file.path, file.name)).collect();
                self.ask_confirm(Carried::SetVersion(version), &title, "write", words, files);
            }
            (Page::Versions, Some(key @ ('a' | 'p'))) => {
                self.page = None;
                self.ask_stray(key == 'p');
            }
            (Page::Versions, Some(key @ ('f' | 'r'))) => {
                self.page = None;
                let (title, yes) = match key {
                    'f' => ("Write the rest of the interrupted set", "write"),
                    _ => ("Take the interrupted set back", "take back"),
                };
                self.ask_confirm(Carried::SettleVersions(key == 'f'), title, yes, Vec::new(), Vec::new());
            }
            (Page::Sheet, Some('s')) => {
                self.page = None;
                self.ask_sheet();
            }
            (Page::Versions, Some('c')) => {
                self.page = None;
                self.carry(crate::tui::worker::Ask::Check(Vec::new()));
            }
            (Page::Notices, Some('t')) => {
                self.page = None;
                self.perform(super::keys::Do::Act(crate::action::ActionId::NotifyTold));
            }
            // Whoever reads the incident acts on it: the same keys as everywhere, and the page gives way.
            (Page::Incident, Some(_)) => match self.keymap.find(&[key], &[Scope::Everywhere]) {
                Found::Action(Do::Act(id)) if INCIDENT_ACTS.iter().any(|(act, _)| *act == id) => {
                    self.page = None;
                    self.perform(Do::Act(id));
                }
                _ => self.say(&format!("{key} does nothing here: Esc goes back")),
            },
            _ => {}
        }
    }
}

fn page_words(page: Page) -> (&'static str, &'static [(&'static str, &'static str)]) {
    match page {
        Page::Rules => ("Which changes need no entry", &[]),
        Page::Versions => {
            ("Versions", &[("s", "set the version"), ("a", "accept"), ("p", "make a place"), ("c", "check again")])
        }
        Page::Feedback => ("Feedback", &[]),
        Page::Metrics => ("Metrics", &[]),
        Page::Sheet => ("Alignment sheet", &[("s", "fill in, agree")]),
        Page::Brief => ("Brief", &[]),
        Page::Incident => ("Incident", &[]),
        Page::History => ("Releases and debts", &[]),
        Page::Notices => ("Stakeholders", &[("t", "told by hand")]),
        Page::Report => ("The record", &[]),
        Page::Plan => ("Plan", &[]),
        Page::ByHand => ("Roll back by hand", &[]),
        Page::Trust => ("What trusting this project allows", &[("T", "allow")]),
        Page::Notes => ("Release notes", &[]),
    }
}

/// The window's title, and what needs somebody.
fn headline(snapshot: &Snapshot, now: jiff::Timestamp) -> (String, String) {
    let Some(release) = &snapshot.release else { return (format!("relco {}", snapshot.project_name), String::new()) };
    let phase = snapshot.phase(now).unwrap_or(Phase::Planned);
    let failed = release.any_open_run().is_some_and(|run| {
        run.next().is_some_and(|slot| matches!(run.state(&slot.id), ItemState::Failed | ItemState::Unknown))
    });
    let waits = release.any_open_run().is_some_and(|run| {
        run.next().is_some_and(|slot| run.state(&slot.id) == ItemState::Open) && release.running().next().is_none()
    });
    let waits = waits || release.running().flat_map(overdue::questions).next().is_some();
    let alarm = match (failed, waits, phase) {
        (true, _, _) => "failed",
        (_, _, Phase::Complete) => "done",
        (_, true, _) => "needs you",
        _ => "",
    };
    let mark = if alarm.is_empty() { String::new() } else { format!(" {}", alarm.to_uppercase()) };
    (format!("relco {} {} {phase}{mark}", snapshot.project_name, release.version), alarm.to_owned())
}
