//! The cockpit's state: one picture of what is known, where the eye stands, and the dialog on the screen.
//!
//! It changes only in `handle`, draws only from its state, and reaches the session only by asking its thread. Keys
//! become acts in `acts`, questions are `dialogs`, what asks first is in `danger`, the log pane's content in `logs`,
//! moving about in `moves`.

mod acts;
mod changes;
mod choices;
mod danger;
mod decision;
mod dialogs;
mod incident;
pub mod keys;
mod lists;
mod logs;
mod moves;
mod news;
mod outside;
mod paper;
mod steps;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use ratatui::Frame;

use crate::domain::id::{GateId, RunId};
use crate::domain::refusal::Refusal;
use crate::domain::retry::due;
use crate::domain::timeline::{self, Entry};
use crate::domain::trigger::live::Shown as Signal;
use crate::session::Snapshot;

use super::app::{App, Now, Out, Step, Then};
use super::event::Message;
use super::keys::chord::{Chords, Pressed};
use super::keys::map::Keymap;
use super::keys::{Code, Key};
use super::layout::Pane;
use super::listing::{ListRow, Listing};
use super::logview::{LogLook, LogView};
use super::screen::changes::ChangesView;
use super::screen::{self, Drawn, KeyNames, Pager, Shown};
use super::theme::Theme;
use super::toast::{Kind, Toasts};
use super::worker::{Ask, Page, Update};
use dialogs::{About, Dialog};
use keys::{Do, Move, Scope};
use logs::LogOf;

/// How often a growing log is looked at.
const LOG_LOOK: Duration = Duration::from_millis(50);
/// How often clocks of seconds tick.
const SECOND: Duration = Duration::from_secs(1);

/// The cockpit.
pub struct Cockpit {
    asks: Sender<Ask>,
    theme: Theme,
    keymap: Keymap<Do, Scope>,
    chords: Chords,
    snapshot: Option<Arc<Snapshot>>,
    listing: Listing,
    timeline: Vec<Entry>,
    timeline_up: usize,
    /// Only what belongs to the incident stands in the timeline.
    of_incident: bool,
    focus: Pane,
    zoom: Option<Pane>,
    selected: usize,
    gate: usize,
    /// The selection was moved by hand, so it does not follow what is next.
    selection_by_hand: bool,
    dialog: Option<Dialog>,
    page: Option<(Page, Pager)>,
    /// The view of changes; a page and dialogs lie over it.
    changes: Option<ChangesView>,
    drafts: BTreeMap<&'static str, String>,
    /// A line that was left half typed, and what it was for.
    half_typed: Option<(About, String)>,
    /// A run whose step was asked to stop and still runs: the next rollback goes on despite it.
    not_dead: Option<RunId>,
    /// The way back that was asked about when its dialog was left, for the same keys pressed again.
    way_asked: Option<danger::Way>,
    toasts: Toasts,
    log: LogView,
    log_of: Option<LogOf>,
    log_failure_shown: Option<LogOf>,
    /// The one that was looked at once more after its end.
    log_end_seen: Option<LogOf>,
    log_grew_at: Option<Instant>,
    log_looked: Option<Instant>,
    /// When the clocks ticked last.
    ticked: Option<Instant>,
    /// Acts that are not acknowledged yet.
    recording: usize,
    /// The key that is being handled: it never accepts the dialog that it opens.
    pressed: Option<Key>,
    now: Now,
    drawn: Option<Drawn>,
    quitting: bool,
    quit_when_idle: bool,
    mouse: bool,
    outs: Vec<Out>,
    outside_text: Option<String>,
    wants_outside: bool,
    outside_job: Option<(crate::session::GitJob, crate::session::GitThen)>,
    told: news::Told,
    /// What the probes say.
    watches: Vec<Signal>,
}

impl Cockpit {
    /// A cockpit that asks this session. `changes` are the person's own keys.
    pub fn new(asks: Sender<Ask>, theme: Theme, keymap: Keymap<Do, Scope>, zone: TimeZone, now: Now) -> Self {
        Self {
            asks,
            theme,
            keymap,
            chords: Chords::default(),
            snapshot: None,
            listing: Listing::default(),
            timeline: Vec::new(),
            timeline_up: 0,
            of_incident: false,
            focus: Pane::List,
            zoom: None,
            selected: 0,
            gate: 0,
            selection_by_hand: false,
            dialog: None,
            page: None,
            changes: None,
            drafts: BTreeMap::new(),
            half_typed: None,
            not_dead: None,
            way_asked: None,
            toasts: Toasts::default(),
            log: LogView::in_zone(zone),
            log_of: None,
            log_failure_shown: None,
            log_end_seen: None,
            log_grew_at: None,
            log_looked: None,
            ticked: None,
            recording: 0,
            pressed: None,
            now,
            drawn: None,
            quitting: false,
            quit_when_idle: false,
            mouse: true,
            outs: Vec::new(),
            outside_text: None,
            wants_outside: false,
            outside_job: None,
            told: news::Told::default(),
            watches: Vec::new(),
        }
    }

    /// Has the log's search thread wake the loop.
    pub fn wake_log_with(&mut self, waker: crate::steplog::Waker) {
        self.log.wake_with(waker);
    }

    /// Says something that a person should know from the start.
    pub fn warn(&mut self, text: &str) {
        self.toast(Kind::Warning, text);
    }

    fn send(&self, ask: Ask) {
        // A session that is gone said so before; there is nobody to ask.
        let _ = self.asks.send(ask);
    }

    fn snapshot(&self) -> Option<&Snapshot> {
        self.snapshot.as_deref()
    }

    fn snapshot_arc(&self) -> Option<Arc<Snapshot>> {
        self.snapshot.clone()
    }

    fn zone(&self) -> TimeZone {
        self.snapshot().map_or_else(|| TimeZone::UTC, |one| one.zone.clone())
    }

    fn selected_row(&self) -> Option<&ListRow> {
        self.listing.rows.get(self.selected)
    }

    fn selected_gate(&self) -> Option<GateId> {
        if self.focus == Pane::Gates {
            return self.snapshot()?.plan.gates.get(self.gate).map(|gate| gate.id.clone());
        }
        self.selected_row()?.gate.clone()
    }

    fn toast(&mut self, kind: Kind, text: &str) {
        let clock = crate::domain::time::clock(self.now.wall, &self.zone());
        self.toasts.push(kind, text, &clock, self.now.mono);
    }

    fn say(&mut self, text: &str) {
        self.toast(Kind::Info, text);
    }

    fn refused(&mut self, refusal: &Refusal) {
        let mut words = refusal.what.clone();
        if let Some(first) = refusal.details.first() {
            words.push_str(&format!(": {}", first.trim()));
        }
        let whose = refusal.role.as_ref().map(|role| format!("{role}: ")).unwrap_or_default();
        if let Some(next) = &refusal.next {
            words.push_str(&format!("  —  {whose}{}", self.by_key(next)));
        }
        self.toast(Kind::Refused, &words);
    }

    /// What comes next, by its key where a command has one: whoever reads this has a hand on the keys.
    fn by_key(&self, next: &str) -> String {
        let one = |part: &str| {
            let rest = part.strip_prefix("relco ")?;
            let named = |action: &&crate::action::Action| {
                rest.strip_prefix(action.command).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
            };
            let action = crate::action::ACTIONS.iter().filter(named).max_by_key(|action| action.command.len())?;
            let chord = self.keymap.chord(Do::Act(action.id))?;
            let plain = rest.split(" --").next().unwrap_or(rest);
            Some(format!("{chord} ({plain})"))
        };
        let parts = next.split(", ").map(|part| {
            let (or, command) = part.strip_prefix("or ").map_or(("", part), |command| ("or ", command));
            let (then, command) = command.strip_prefix("then ").map_or(("", command), |command| ("then ", command));
            one(command).map_or_else(|| part.to_owned(), |key| format!("{or}{then}{key}"))
        });
        parts.collect::<Vec<_>>().join(", ")
    }

    fn scopes(&self) -> Vec<Scope> {
        match self.focus {
            Pane::Gates => vec![Scope::Gate, Scope::Everywhere],
            Pane::List if self.selected_row().is_some_and(|row| row.gate.is_some()) => {
                vec![Scope::Gate, Scope::Everywhere]
            }
            Pane::List => vec![Scope::Item, Scope::Everywhere],
            Pane::Log => vec![Scope::Log, Scope::Everywhere],
            Pane::Timeline => vec![Scope::Everywhere],
        }
    }

    fn key(&mut self, key: Key) {
        self.pressed = Some(key);
        self.toasts.pressed(self.now.mono);
        // Rollback and incident are reachable from every dialog and page: their chords are asked first.
        let covered = self.dialog.is_some() || self.page.is_some() || self.changes.is_some();
        let chord = !self.chords.pending().is_empty() || key == Key::ctrl('x');
        if covered && !chord {
            if self.dialog.is_some() {
                self.dialog_key(key, self.now.mono);
                self.way_asked = None;
            } else if self.page.is_some() {
                self.page_key(key);
            } else {
                self.changes_key(key);
            }
            return;
        }
        let scopes = if covered { vec![Scope::Everywhere] } else { self.scopes() };
        match self.chords.press(key, &self.keymap, &scopes, self.now.mono) {
            Pressed::Action(what) => {
                if covered {
                    self.close_dialog();
                    self.page = None;
                    self.changes = None;
                }
                self.perform(what);
            }
            Pressed::NoSuchChord(keys) => self.say(&format!("{keys} does nothing")),
            Pressed::Waiting | Pressed::GivenUp => {}
            Pressed::Free(key) if key.code == Code::Esc => self.go(Move::Back),
            Pressed::Free(key) => self.say(&format!("{key} does nothing here: ? shows the keys")),
        }
    }

    fn take_step(&mut self, redraw: bool) -> Step {
        let mut step = Step { redraw, out: std::mem::take(&mut self.outs), then: Then::GoOn };
        if self.quitting {
            self.send(Ask::Quit);
            step.then = Then::Quit;
        } else if std::mem::take(&mut self.wants_outside) {
            step.then = Then::Outside;
        }
        step
    }

    /// The names of keys that texts on the screen mention.
    fn key_names(&self) -> KeyNames {
        use crate::action::ActionId as Id;
        let name = |id: Id| self.keymap.chord(Do::Act(id)).map(|chord| chord.to_string());
        let defaults = KeyNames::default();
        KeyNames {
            roll_back: name(Id::RollbackStart).unwrap_or(defaults.roll_back),
            note: name(Id::IncidentNote).unwrap_or(defaults.note),
            check: name(Id::Check).unwrap_or(defaults.check),
            take: name(Id::DeployTake).unwrap_or(defaults.take),
        }
    }

    fn look_at_log(&mut self) -> bool {
        let before = self.log.title().bytes;
        let changed = self.log.tick();
        if self.log.title().bytes != before {
            self.log_grew_at = Some(self.now.mono);
        }
        if let Some(said) = self.log.take_said() {
            self.say(&said);
        }
        self.log_looked = Some(self.now.mono);
        changed
    }

    fn something_runs(&self) -> bool {
        self.snapshot()
            .is_some_and(|one| one.release.as_ref().is_some_and(|release| release.running().next().is_some()))
    }

    /// Whether checks of the project run, or wait for their turn.
    fn checks_run(&self) -> bool {
        self.snapshot().is_some_and(|one| !one.observed.checking.is_empty())
    }

    /// Whether a reading grows old on the screen, a proposal waits, or a check runs.
    fn shows_seconds(&self) -> bool {
        let fresh = self.watches.iter().any(|one| one.is_fresh(self.now.wall));
        let waits = self.snapshot().and_then(|one| one.release.as_ref()).is_some_and(|release| {
            release.any_open_run().is_some_and(|run| {
                release.fired.iter().any(|fired| fired.run.as_ref() == Some(&run.id) && fired.answered.is_none())
            })
        });
        fresh || waits || self.checks_run() || self.waits_for_retry()
    }

    /// Whether a step is run again by itself in a while: the time to it is counted down.
    fn waits_for_retry(&self) -> bool {
        self.snapshot().is_some_and(|one| {
            let release = one.release.as_ref();
            let run = release.and_then(|release| Some((release, release.any_open_run()?)));
            let due = run.and_then(|(release, run)| due(&one.plan, release, run, &one.observed.sessions));
            due.is_some_and(|due| due.at > self.now.wall)
        })
    }

    /// Shows only what belongs to the incident in the timeline, or everything again.
    pub(super) fn filter_timeline(&mut self) {
        if self.incident().is_none() {
            return self.say("there is no incident: all of the timeline is shown");
        }
        self.of_incident = !self.of_incident;
        self.timeline_up = 0;
        self.refresh_timeline();
    }

    fn refresh_timeline(&mut self) {
        let Some(snapshot) = self.snapshot_arc() else { return };
        let of_release =
            snapshot.release.as_ref().map(|release| timeline::entries(&snapshot.records, &release.notes_taken));
        self.timeline = match of_release {
            Some(entries) => entries,
            None => timeline::entries(&snapshot.project_records, &snapshot.project.notes_taken),
        };
        match self.incident().filter(|_| self.of_incident) {
            Some(incident) => self.timeline = timeline::of_incident(&self.timeline, incident),
            None => self.of_incident = false,
        }
    }
}

impl App for Cockpit {
    type Update = Update;

    fn handle(&mut self, message: Message<Update>, now: Now) -> Step {
        self.now = now;
        let redraw = match message {
            Message::Key(key) => {
                self.key(key);
                true
            }
            Message::Paste(text) => {
                if self.dialog.is_some() {
                    self.dialog_paste(&text);
                } else if let Some((_, pager)) = &mut self.page {
                    pager.paste(&text);
                } else {
                    self.say("pasted text does nothing here");
                }
                true
            }
            Message::Mouse(mouse) => self.mouse(mouse),
            Message::Resize => true,
            Message::Focus(_) => false,
            Message::Signal(_) => {
                self.chords.forget();
                false
            }
            Message::Session(update) => {
                self.news(update);
                true
            }
            Message::Tick => {
                // A clock, an armed dialog, the end of a message, or a growing log.
                self.ticked = Some(self.now.mono);
                self.look_at_log();
                self.call_for_incident();
                true
            }
        };
        self.show_wanted_log();
        self.take_step(redraw)
    }

    fn draw(&mut self, frame: &mut Frame<'_>, now: Now) {
        self.now = now;
        let area = frame.area();
        let Some(snapshot) = self.snapshot_arc() else {
            super::paint::put(
                frame.buffer_mut(),
                area,
                1,
                0,
                "relco: reading the record…",
                ratatui::style::Style::new(),
            );
            return;
        };
        if self.page.is_some() {
            crate::tui::run::panic_if_wanted("draw");
        }
        let hints = self.hints();
        let names = self.key_names();
        let title = self.log_title();
        let look = LogLook::of(&self.theme);
        let shown = Shown {
            snapshot: &snapshot,
            listing: &self.listing,
            now: now.wall,
            theme: &self.theme,
            focus: self.focus,
            zoom: self.zoom,
            selected: self.selected,
            gate: self.gate,
            timeline: &self.timeline,
            timeline_up: self.timeline_up,
            of_incident: self.of_incident,
            hints: &hints,
            keys: &names,
            recording: self.recording > 0,
            watches: &self.watches,
            log: title.as_ref(),
        };
        let log = &mut self.log;
        let drawn = screen::draw(&shown, frame.buffer_mut(), area, |buf, place| log.render(place, buf, &look));
        self.timeline_up = self.timeline_up.min(drawn.timeline_up_max);
        let bottom = drawn.layout.hints;
        self.drawn = Some(drawn);
        let mut cursor = None;
        let keys = if self.changes.is_some() { self.changes_keys() } else { Vec::new() };
        if let Some(view) = &mut self.changes {
            view.draw(frame.buffer_mut(), area, &self.theme, &keys);
        }
        if let Some((_, pager)) = &mut self.page {
            cursor = pager.draw(frame.buffer_mut(), area, &self.theme);
        }
        if let Some(dialog) = &mut self.dialog {
            cursor = dialog.overlay.draw(frame.buffer_mut(), area, &self.theme, now.mono);
        }
        if self.chords.popup_due(now.mono) {
            self.draw_which_key(frame, area);
        }
        if self.toasts.standing(now.mono).is_some() {
            self.toasts.draw(frame.buffer_mut(), bottom, &self.theme, now.mono);
        }
        if let Some(cursor) = cursor {
            frame.set_cursor_position(cursor);
        }
    }

    fn wake_at(&self, now: Now) -> Option<Instant> {
        let mut wakes: Vec<Instant> = Vec::new();
        wakes.extend(self.dialog.as_ref().and_then(|dialog| dialog.overlay.wake_at(now.mono)));
        wakes.extend(self.toasts.wake_at(now.mono));
        wakes.extend(self.chords.popup_at());
        if self.something_runs() || self.log.is_busy() {
            wakes.push(self.log_looked.map_or(now.mono, |at| at + LOG_LOOK));
        } else if self.shows_seconds() {
            // The age of a reading, and the time since a trigger fired.
            // Counted from the last tick: messages that come more often must not put it off for ever.
            wakes.push(self.ticked.map_or(now.mono, |at| at + SECOND));
        } else if self.shows_a_clock() {
            // Clocks of seconds tick only while something goes on; otherwise they stand on the minute.
            let past = u64::try_from(now.wall.as_millisecond().rem_euclid(60_000)).unwrap_or(0);
            wakes.push(now.mono + Duration::from_millis(60_000 - past));
        }
        wakes.into_iter().min()
    }

    fn outside(&mut self) {
        self.run_git();
        self.edit();
    }
}
