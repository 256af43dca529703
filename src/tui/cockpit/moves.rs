//! Moving about: focus, selection, scrolling, the mouse, help and palette, the hint line.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::action::{ActionId as Id, Danger, action};
use crate::domain::item::ItemState;
use crate::domain::plan::ItemKind;
use crate::domain::run::RunPurpose;
use crate::tui::app::Out;
use crate::tui::decode::{Mouse, MouseKind};
use crate::tui::keys::map::Bound;
use crate::tui::keys::{Code, Key, which};
use crate::tui::layout::Pane;
use crate::tui::listing::{RowAct, RowKind};
use crate::tui::logview::LogCommand;
use crate::tui::overlay::help::{Help, HelpRow};
use crate::tui::overlay::palette::{Palette, PaletteRow};
use crate::tui::overlay::{History, Overlay};
use crate::tui::worker::Ask;

use super::Cockpit;
use super::dialogs::{About, Dialog};
use super::keys::{Do, Move, Scope};

/// Rows that a page moves the selection by.
const PAGE: usize = 10;
/// Rows that a turn of the wheel moves the log by.
const WHEEL: u16 = 3;

impl Cockpit {
    /// Moves the eye.
    pub(super) fn go(&mut self, to: Move) {
        match to {
            Move::Up | Move::Down | Move::PageUp | Move::PageDown | Move::Home | Move::End => self.scroll(to),
            Move::Left => self.log_do(Some(LogCommand::Left)),
            Move::Right => self.log_do(Some(LogCommand::Right)),
            Move::Focus(pane) => self.focus_on(pane),
            Move::NextPane => self.focus_on(self.focus.next()),
            Move::PreviousPane => self.focus_on(self.focus.previous()),
            Move::Enter => match self.focus {
                Pane::Gates => self.enter_gate(),
                Pane::List => self.enter(),
                Pane::Log | Pane::Timeline => self.go(Move::Zoom),
            },
            Move::NextThing => self.next_thing(),
            Move::Back => self.back(),
            Move::Zoom => self.zoom = if self.zoom.is_some() { None } else { Some(self.focus) },
            Move::Help => self.open_help(),
            Move::Palette => self.open_palette(),
            Move::Messages => {
                let overlay = Overlay::History(History::new(&self.toasts));
                self.dialog = Some(Dialog { overlay, about: About::Messages });
            }
            Move::Copy => self.copy(),
            Move::Quit => self.quit(),
            Move::Mouse => {
                self.mouse = !self.mouse;
                self.outs.push(Out::Mouse(self.mouse));
                let words =
                    if self.mouse { "the mouse is relco's" } else { "the mouse is the terminal's: select text" };
                self.say(words);
            }
            Move::Search => self.ask_line(
                About::Search,
                "Search the log",
                "text, or /expression/; empty ends the search",
                "search",
                None,
            ),
            Move::Filter if self.focus == Pane::Timeline => self.filter_timeline(),
            Move::Filter => self.ask_line(
                About::Filter,
                "Show only lines that match",
                "text, or /expression/; empty shows all",
                "filter",
                None,
            ),
            Move::Follow => self.log_do(Some(LogCommand::Follow)),
            Move::NextMatch => self.log_do(Some(LogCommand::NextMatch)),
            Move::PreviousMatch => self.log_do(Some(LogCommand::PreviousMatch)),
            Move::NextError => self.log_do(Some(LogCommand::NextError)),
            Move::PreviousError => self.log_do(Some(LogCommand::PreviousError)),
            Move::Wrap => self.log_do(Some(LogCommand::Wrap)),
            Move::Times => self.log_do(Some(LogCommand::Times)),
            Move::PinLine => self.pin_line(),
        }
    }

    fn log_do(&mut self, command: Option<LogCommand>) {
        if let Some(command) = command {
            self.log.handle(command);
            self.look_at_log();
        }
    }

    fn focus_on(&mut self, pane: Pane) {
        self.focus = pane;
        if self.zoom.is_some() {
            self.zoom = Some(pane);
        }
    }

    fn back(&mut self) {
        if self.zoom.is_some() {
            self.zoom = None;
        } else if self.focus != Pane::List {
            self.focus = Pane::List;
        } else {
            self.next_thing();
        }
    }

    fn next_thing(&mut self) {
        self.focus_on(Pane::List);
        self.selection_by_hand = false;
        if let Some(next) = self.listing.next {
            self.selected = next;
        }
    }

    fn enter_gate(&mut self) {
        let Some(gate) = self.selected_gate() else { return };
        if let Some(at) = self.listing.position(&format!("gate:{gate}")) {
            self.selected = at;
            self.enter();
        } else {
            self.say("gates are decided before the deployment starts");
        }
    }

    fn scroll(&mut self, to: Move) {
        match self.focus {
            Pane::Log => {
                let command = match to {
                    Move::Up => LogCommand::Up,
                    Move::Down => LogCommand::Down,
                    Move::PageUp => LogCommand::PageUp,
                    Move::PageDown => LogCommand::PageDown,
                    Move::Home => LogCommand::Home,
                    _ => LogCommand::End,
                };
                self.log_do(Some(command));
            }
            Pane::Timeline => {
                let max = self.drawn.as_ref().map_or(0, |drawn| drawn.timeline_up_max);
                self.timeline_up = match to {
                    Move::Up => self.timeline_up + 1,
                    Move::Down => self.timeline_up.saturating_sub(1),
                    Move::PageUp => self.timeline_up + PAGE,
                    Move::PageDown => self.timeline_up.saturating_sub(PAGE),
                    Move::Home => max,
                    _ => 0,
                }
                .min(max);
            }
            Pane::Gates => {
                let count = self.snapshot().map_or(0, |one| one.plan.gates.len());
                self.gate = match to {
                    Move::Up | Move::PageUp => self.gate.saturating_sub(1),
                    Move::Down | Move::PageDown => self.gate + 1,
                    Move::Home => 0,
                    _ => count,
                }
                .min(count.saturating_sub(1));
            }
            Pane::List => self.move_selection(to),
        }
    }

    fn move_selection(&mut self, to: Move) {
        let steps = if matches!(to, Move::PageUp | Move::PageDown) { PAGE } else { 1 };
        let down = matches!(to, Move::Down | Move::PageDown);
        let mut at = self.selected;
        match to {
            Move::Home => at = self.listing.step(0, true).unwrap_or(0),
            Move::End => at = self.listing.step(self.listing.rows.len(), false).unwrap_or(0),
            _ => {
                for _ in 0..steps {
                    match self.listing.step(at, down) {
                        Some(next) => at = next,
                        None => break,
                    }
                }
            }
        }
        self.selected = at;
        self.selection_by_hand = self.listing.next != Some(at);
    }

    pub(super) fn mouse(&mut self, mouse: Mouse) -> bool {
        let wheel = match mouse.kind {
            MouseKind::WheelUp => Some(false),
            MouseKind::WheelDown => Some(true),
            _ => None,
        };
        if let Some(dialog) = &mut self.dialog {
            if let Some(down) = wheel {
                let outcome = dialog.overlay.wheel(down, self.now.mono);
                self.dialog_outcome(outcome);
            }
            return wheel.is_some();
        }
        if let Some((_, pager)) = &mut self.page {
            // What lies below a page is not to be seen, so it is not to be clicked either.
            let code = wheel.map(|down| if down { Code::Down } else { Code::Up });
            for code in code.into_iter().cycle().take(usize::from(WHEEL)) {
                pager.key(Key::plain(code));
            }
            return wheel.is_some();
        }
        if let Some(view) = &mut self.changes {
            let code = wheel.map(|down| if down { Code::Down } else { Code::Up });
            for code in code.into_iter().cycle().take(usize::from(WHEEL)) {
                view.key(Key::plain(code));
            }
            return wheel.is_some();
        }
        let Some(drawn) = self.drawn.clone() else { return false };
        let Some(pane) = drawn.layout.pane_at(mouse.column, mouse.row) else { return false };
        if let Some(down) = wheel {
            match pane {
                Pane::Log => {
                    let by = if down { LogCommand::ScrollDown(WHEEL) } else { LogCommand::ScrollUp(WHEEL) };
                    self.log_do(Some(by));
                }
                _ => {
                    let before = self.focus;
                    self.focus = pane;
                    self.scroll(if down { Move::Down } else { Move::Up });
                    self.focus = before;
                }
            }
            return true;
        }
        if mouse.kind != MouseKind::Press {
            return false;
        }
        self.focus_on(pane);
        if let Some((_, at)) = drawn.list_rows.iter().find(|(row, _)| pane == Pane::List && *row == mouse.row)
            && self.listing.rows.get(*at).is_some_and(|row| row.selectable())
        {
            self.selected = *at;
            self.selection_by_hand = self.listing.next != Some(*at);
        }
        if let Some((_, at)) = drawn.gate_rows.iter().find(|(row, _)| pane == Pane::Gates && *row == mouse.row) {
            self.gate = *at;
        }
        if pane == Pane::Log {
            let top = drawn.layout.pane(Pane::Log).y;
            self.log_do(Some(LogCommand::Select(mouse.row.saturating_sub(top))));
        }
        true
    }

    fn open_help(&mut self) {
        // What is live where the eye is comes first, and each place has one heading. In the view of changes only its own
        // keys and the chords mean what they say.
        let here = if self.changes.is_some() { vec![Scope::Change] } else { self.scopes() };
        let elsewhere = |scope: Scope| here.iter().position(|one| *one == scope).unwrap_or(here.len());
        let means_that = |row: &&Bound<Do, Scope>| {
            let chords = || row.chords.iter().any(|chord| chord.keys().len() > 1);
            !row.chords.is_empty() && (self.changes.is_none() || row.scope == Scope::Change || chords())
        };
        let mut live: Vec<_> = self.keymap.rows().iter().filter(means_that).collect();
        // What is wanted in a hurry stands at the top of its place.
        let urgent = |what: Do| !matches!(what, Do::Act(Id::RollbackStart | Id::IncidentOpen));
        live.sort_by_key(|row| (elsewhere(row.scope), row.scope.name(), urgent(row.action)));
        let rows = live.into_iter().map(|row| HelpRow {
            group: row.scope.name().to_owned(),
            keys: row.chords.iter().map(|chord| chord.to_string()).collect::<Vec<_>>().join("  "),
            title: row.title.to_owned(),
        });
        let overlay = Overlay::Help(Help::new(rows.collect()));
        self.dialog = Some(Dialog { overlay, about: About::Help });
    }

    fn open_palette(&mut self) {
        let acts: Vec<_> = self.keymap.rows().iter().filter(|row| matches!(row.action, Do::Act(_))).cloned().collect();
        let rows = acts.iter().map(|row| {
            let Do::Act(id) = row.action else { return palette_row(row.title, "", String::new(), Danger::Reads, None) };
            let danger = action(id).map_or(Danger::Reads, |one| one.danger);
            let keys = row.chords.first().map(|chord| chord.to_string()).unwrap_or_default();
            palette_row(row.title, &row.id, keys, danger, self.why_not(id))
        });
        let overlay = Overlay::Palette(Box::new(Palette::new(rows.collect())));
        self.dialog = Some(Dialog { overlay, about: About::Palette(acts.iter().map(|row| row.action).collect()) });
    }

    /// Why an action cannot be done now, by a dry run of what it would ask for.
    fn why_not(&self, id: Id) -> Option<String> {
        use crate::domain::command::Command as C;
        let snapshot = self.snapshot()?;
        let run = snapshot.release.as_ref().and_then(|release| release.any_open_run());
        let no_run = || "no run is under way".to_owned();
        let command = match id {
            Id::ReleaseComplete => C::CompleteRelease,
            Id::ReleaseAbandon => C::AbandonRelease { reason: "-".to_owned() },
            Id::DeployNext | Id::RollbackNext => match run {
                Some(run) => C::Next { run: run.id.clone(), all: false, safe: false },
                None => return Some(no_run()),
            },
            Id::DeployRetry => match run {
                Some(run) => C::Retry { run: run.id.clone() },
                None => return Some(no_run()),
            },
            Id::DeployPause => match run {
                Some(run) => C::Pause { run: run.id.clone(), reason: "-".to_owned() },
                None => return Some(no_run()),
            },
            Id::DeployResume => match run {
                Some(run) => C::Resume { run: run.id.clone(), all: true },
                None => return Some(no_run()),
            },
            Id::DeployTake => match run {
                Some(run) => C::Take { run: run.id.clone(), reason: "-".to_owned() },
                None => return Some(no_run()),
            },
            Id::DeployAbort | Id::RollbackAbort | Id::DeploySkip | Id::RollbackSkip if run.is_none() => {
                return Some(no_run());
            }
            Id::DeployStart => {
                let release = snapshot.release.as_ref()?;
                let env = snapshot.plan.production()?.name.clone();
                let word = crate::domain::decide::deploy::typed_word(&release.version, &env);
                C::StartDeployment { env, all: true, confirm: Some(word) }
            }
            Id::RollbackStart => {
                let env = run.map_or_else(
                    || snapshot.plan.production().map(|env| env.name.clone()),
                    |run| Some(run.env.clone()),
                )?;
                let sit = snapshot.situation(self.now.wall);
                return crate::domain::decide::rollback::target(&sit, &env).err().map(|refusal| refusal.what);
            }
            Id::IncidentClose => C::CloseIncident { incident: None },
            Id::IncidentSeverity
            | Id::IncidentStatus
            | Id::IncidentImpact
            | Id::IncidentWrite
            | Id::IncidentRole
            | Id::IncidentAccept
            | Id::IncidentBrief
            | Id::IncidentUpdate
            | Id::IncidentSnooze => {
                let any = snapshot.release.as_ref().is_some_and(|release| !release.incidents.is_empty());
                let none = !any && snapshot.project.incidents.is_empty();
                return none.then(|| "there is no incident".to_owned());
            }
            _ => return None,
        };
        // With what is missing first: "1 missing" alone names nothing.
        snapshot.dry_run(self.now.wall, &command).err().map(|refusal| match refusal.details.first() {
            Some(first) => format!("{}: {}", refusal.what, first.trim()),
            None => refusal.what,
        })
    }

    fn copy(&mut self) {
        if self.focus == Pane::Log
            && let Some(text) = self.log.current_line_text()
        {
            self.say(&format!("copied {} bytes", text.len()));
            self.outs.push(Out::Copy(text));
            return;
        }
        let text = match (self.focus, self.snapshot()) {
            (Pane::Timeline, Some(_)) => {
                let at = self.timeline.len().checked_sub(self.timeline_up + 1);
                at.and_then(|at| self.timeline.get(at)).map(|entry| {
                    format!("{}  {}  {}", crate::domain::time::rfc3339(entry.occurred), entry.text, entry.by)
                })
            }
            (_, Some(snapshot)) => Some(status_line(snapshot, self.now.wall)),
            (_, None) => None,
        };
        if let Some(text) = text {
            self.say(&format!("copied: {text}"));
            self.outs.push(Out::Copy(text));
        }
    }

    fn quit(&mut self) {
        let running = self.snapshot().and_then(|one| {
            let release = one.release.as_ref()?;
            release.running().next().map(|attempt| attempt.slot.to_string())
        });
        match running {
            Some(slot) => self.ask_quit(&slot),
            None => self.quitting = true,
        }
    }

    /// Stops what runs, and ends its run.
    pub(super) fn stop_everything(&mut self) {
        let run = self.snapshot().and_then(|one| one.release.as_ref()?.any_open_run().map(|run| run.id.clone()));
        if let Some(run) = run {
            let reason = "stopped when quitting".to_owned();
            let command = crate::domain::command::Command::Pause { run: run.clone(), reason };
            self.carry(Ask::StopThen(run, Box::new(command)));
        }
    }

    pub(super) fn draw_which_key(&self, frame: &mut Frame<'_>, area: Rect) {
        let pending = self.chords.pending();
        let begun: Vec<String> = pending.iter().map(ToString::to_string).collect();
        let rows: Vec<(String, String)> =
            self.keymap.after(pending, &[Scope::Everywhere]).map(|(rest, row)| (rest, row.title.to_owned())).collect();
        which::draw(frame.buffer_mut(), area, &self.theme, &begun.join(" "), &rows);
    }

    pub(super) fn shows_a_clock(&self) -> bool {
        self.snapshot.is_some()
    }

    /// The keys that matter here, the most important first.
    pub(super) fn hints(&self) -> Vec<(String, String)> {
        let mut hints: Vec<(String, String)> = Vec::new();
        let mut put = |what: Do, word: &str| {
            if let Some(chord) = self.keymap.chord(what) {
                hints.push((chord.to_string(), word.to_owned()));
            }
        };
        let open_run = self.snapshot().and_then(|one| one.release.as_ref()?.any_open_run());
        let runs = self.something_runs();
        let failed = self
            .selected_row()
            .is_some_and(|row| matches!(row.act, RowAct::Failed(..) | RowAct::Unknown(..) | RowAct::Proposal(_)));
        match self.focus {
            Pane::Log => {
                for (to, word) in [
                    (Move::Search, "search"),
                    (Move::Filter, "filter"),
                    (Move::NextError, "next error"),
                    (Move::Follow, "follow"),
                    (Move::PinLine, "pin"),
                    (Move::Copy, "copy"),
                ] {
                    put(Do::Move(to), word);
                }
            }
            Pane::Timeline => put(Do::Act(Id::IncidentNote), "note"),
            Pane::Gates | Pane::List => {
                if let Some(word) = self.enter_word() {
                    put(Do::Move(Move::Enter), word);
                }
            }
        }
        if self.reads_lines() {
            // It may wait for one.
            put(Do::Act(Id::AttemptType), "type into it");
        }
        if failed || runs {
            // What is on its way back is not rolled back once more.
            if open_run.is_none_or(|run| run.purpose != RunPurpose::Rollback) {
                put(Do::Act(Id::RollbackStart), "roll back");
            }
            put(Do::Act(Id::IncidentOpen), "incident");
        }
        if runs {
            put(Do::Act(Id::DeployPause), "pause");
            put(Do::Act(Id::DeployAbort), "abort");
        } else if !failed && open_run.is_some_and(|run| run.purpose != RunPurpose::Rollback) {
            put(Do::Act(Id::RollbackStart), "roll back");
        }
        put(Do::Act(Id::IncidentNote), "note");
        if open_run.is_none() && matches!(self.focus, Pane::Gates | Pane::List) {
            put(Do::Act(Id::Check), if self.checks_run() { "stop checks" } else { "check again" });
            put(Do::Act(Id::ItemSkip), "skip");
        }
        if failed {
            put(Do::Move(Move::NextError), "next error");
        }
        put(Do::Move(Move::Zoom), "zoom");
        put(Do::Move(Move::Palette), "commands");
        put(Do::Move(Move::Help), "help");
        let mut seen = std::collections::BTreeSet::new();
        hints.retain(|(key, _)| seen.insert(key.clone()));
        hints
    }

    /// Whether a step runs that has a terminal.
    fn reads_lines(&self) -> bool {
        self.snapshot().is_some_and(|one| {
            let Some(release) = &one.release else { return false };
            release.running().any(|attempt| {
                let slot = release.run(&attempt.run).and_then(|run| run.slot(&attempt.slot));
                let item = slot.and_then(|slot| one.plan.item(&slot.item));
                matches!(item.map(|item| &item.kind), Some(ItemKind::Command(step)) if step.tty)
            })
        })
    }

    /// What Enter does on the selected row, in a word.
    fn enter_word(&self) -> Option<&'static str> {
        let row = self.selected_row()?;
        if row.kind == RowKind::Heading {
            return None;
        }
        Some(match &row.act {
            RowAct::None => return None,
            RowAct::StartRelease => "start a release",
            RowAct::Trust => "look and allow",
            RowAct::SetCandidate => "set the candidate",
            RowAct::Versions => "versions",
            RowAct::Changes => "changes",
            RowAct::Notes => "write notes",
            RowAct::Sheet => "fill in the sheet",
            RowAct::SignOff(_) => "sign off",
            RowAct::Gate(gate) if row.state == Some(ItemState::Open) => {
                let plan = &self.snapshot()?.plan;
                if plan.gate(gate).is_some_and(|gate| gate.check.is_some()) { "run its check" } else { "decide" }
            }
            RowAct::Gate(_) => "decide again",
            RowAct::CheckItem(_) => "run its check",
            RowAct::Item(..) => "done, failed, skipped",
            RowAct::Deploy(_) => "deploy",
            RowAct::Rehearse(_) => "rehearse",
            RowAct::Next(_) => "start it",
            RowAct::Failed(..) => "what now",
            RowAct::Overdue(..) => "wait, stop, roll back",
            RowAct::Unknown(..) => "say what became of it",
            RowAct::Resume(_) => "end the pause",
            RowAct::Proposal(_) => "decide",
            RowAct::Tag => "tag",
            RowAct::Told => "told by hand",
            RowAct::Incident => "the incident",
            RowAct::Commit => "commit",
            RowAct::Complete => "complete",
            RowAct::Abandon => "end the release",
            RowAct::Unlock(_) => "unlock",
            RowAct::Waive(_) => "waive",
            RowAct::FollowUp(_) => "settle",
        })
    }
}

fn palette_row(title: &str, also: &str, keys: String, danger: Danger, disabled: Option<String>) -> PaletteRow {
    PaletteRow { title: title.to_owned(), also: also.to_owned(), keys, danger, disabled }
}

/// One pasteable line about where the release stands.
fn status_line(snapshot: &crate::session::Snapshot, now: jiff::Timestamp) -> String {
    let Some(release) = &snapshot.release else { return format!("{}: no release is open", snapshot.project_name) };
    let phase = snapshot.phase(now).map(|phase| phase.to_string()).unwrap_or_default();
    let run = release.any_open_run().map(|run| {
        let since =
            crate::domain::duration::clock(Duration::from_secs(crate::domain::time::seconds_between(run.started, now)));
        let at = run.next().map(|slot| format!(" at {}", slot.id)).unwrap_or_default();
        format!(", {} in {}{at} for {since}", run.purpose, run.env)
    });
    let incident = release.open_incident().map(|one| format!(", {} {} {}", one.id, one.severity, one.status));
    let proposed = crate::domain::trouble::proposals(release).next().map(|_| ", rollback proposed");
    format!(
        "{} {} {phase}{}{}{}",
        snapshot.project_name,
        release.version,
        run.unwrap_or_default(),
        proposed.unwrap_or_default(),
        incident.unwrap_or_default()
    )
}
