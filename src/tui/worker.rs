//! The session's thread: the cockpit asks, it answers with pictures. No lock, git, sync or search is ever on the
//! thread that owns the terminal.

mod stop;

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::event::Message;
pub use super::page::Page;
use crate::domain::command::Command;
use crate::domain::decide::rollback::target;
use crate::domain::id::{AttemptId, EnvName, RunId};
use crate::domain::refusal::Refusal;
use crate::domain::sequence;
use crate::domain::trigger::live::Shown as Signal;
use crate::session::{
    ActError, Changes, EntryAsked, GitJob, GitStep, GitThen, LedgerAsked, OpenError, Options, Place, Session, Snapshot,
};

/// How long the session waits for something to happen while something is under way.
const ROUND: Duration = Duration::from_millis(30);

/// The least time between two pictures of what the probes say.
const SIGNALS_PAUSE: Duration = Duration::from_millis(200);

/// What the cockpit asks of the session.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// Carry out a command.
    Act(Box<Command>),
    /// Stop what runs in the run, then carry out the command.
    StopThen(RunId, Box<Command>),
    /// Stop what runs in the run, for this reason; the run waits.
    StopStep(RunId, String),
    /// Stop what would be taken back, then roll back; with the scripts as the candidate has them, where asked for.
    RollBack(EnvName, Box<Command>, Scripts),
    /// Which scripts of a rollback there, maybe of another release, are not as the candidate has them?
    Scripts(EnvName, Option<Place>),
    /// Turn to another release: what is asked from now on is about it.
    Turn(Place),
    /// Type a line into a running step. It is kept nowhere.
    Type(AttemptId, Line),
    /// Run checks: all automatic ones, or these.
    Check(Vec<String>),
    /// Stop the checks that run.
    StopChecks,
    /// Pin this line of an attempt's log, counted from 1.
    Pin(AttemptId, u64),
    /// Keep this text as the release notes.
    WriteNotes(String),
    /// Set the candidate to HEAD.
    Candidate,
    /// Record the tag that stands on the candidate.
    Tag,
    /// Write this version to every configured place.
    SetVersion(String),
    /// Commit the changes of tracked files; then, where asked for, set the candidate.
    Commit(bool),
    /// Look for the artifacts.
    Artifacts,
    /// Push the release tag: asked about first.
    Push,
    /// Check out the branch of a hotfix: asked about first.
    Branch,
    /// The git program did it: record it.
    GitDone(GitThen),
    /// Add a line to the changelog for these changes; for each that is missing where none is named.
    AddEntries(Vec<String>, Option<String>),
    /// Read the changes; whether a person waits for the view.
    Changes(bool),
    /// Finish an interrupted set of the version, or take it back.
    SettleVersions(bool),
    /// A line may go on saying the old version.
    AcceptStray(String),
    /// A line is a place of the version.
    AddStray(String),
    /// Trust the configuration as it stands.
    Trust,
    /// Save a half-typed text.
    Draft(&'static str, String),
    /// Read something that takes time: a further view.
    Show(Page),
    /// Something changed on disk.
    Changed,
    /// A probe was asked.
    Probed,
    /// The cockpit closes.
    Quit,
}

/// Which scripts a rollback runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scripts {
    /// Those that lie in the project.
    AsTheyLie,
    /// Those of the candidate, in a work tree of its own.
    OfTheCandidate,
}

/// A line that a person types into a step. It is never shown, not even by a panic.
#[derive(Clone, PartialEq, Eq)]
pub struct Line(pub String);

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Line(…)")
    }
}

/// What the session tells the cockpit.
#[derive(Debug, Clone)]
pub enum Update {
    /// Everything that is known, as it is now.
    Snapshot(Arc<Snapshot>),
    /// An act was carried out, with what a person should know.
    Done(Vec<String>),
    /// An act was carried out; what came of it.
    Said(Vec<String>),
    /// An act was refused.
    Refused(Refusal),
    /// A run stopped by itself.
    Stopped(Refusal),
    /// Something failed; nothing was lost, but nothing was recorded either.
    Failed(String),
    /// Something that a person should know, while an act is still under way.
    Warned(String),
    /// Something to be read that went well, while an act is still under way.
    Noted(String),
    /// A rollback was not started, because what runs in this run does not stop.
    NotDead(RunId),
    /// The scripts of a rollback there that are not as the candidate has them, and the candidate.
    Scripts(EnvName, Vec<String>, String),
    /// What the probes say, and how their triggers stand.
    Watched(Vec<Signal>),
    /// The git program wants the terminal for this; with words, a person is asked first: title, verb, what to know.
    Git(GitJob, GitThen, Option<(String, String, Vec<String>)>),
    /// The changes; whether earlier releases are still being read, and whether a person asked for the view.
    Changes(Arc<Changes>, bool, bool),
    /// A page that was asked for: its text, in Markdown.
    Page(Page, String),
    /// Half-typed texts that were found.
    Drafts(Vec<(&'static str, String)>),
}

/// The names of drafts.
pub const DRAFTS: [&str; 4] = ["note", "notes", "root-cause", "prevention"];

/// Opens the session and starts it on its own thread. The first update is its picture, the next what relco's own checks
/// say: they read history, which may be long.
///
/// The second channel closes when the thread has ended: after [`Ask::Quit`], and whatever was asked before it.
///
/// # Errors
/// Where the project cannot be opened.
pub fn start(options: Options, to: Sender<Message<Update>>) -> Result<(Sender<Ask>, Receiver<()>), OpenError> {
    let (asks, inbox) = channel();
    let (ends, ended) = channel();
    let mut session = Session::open_unchecked(&options)?;
    let waker = asks.clone();
    stay(&mut session, &waker);
    let mut worker = Worker {
        options,
        session,
        to,
        watched: Vec::new(),
        waker,
        signals_told: None,
        told_signals: false,
        shown_to_trust: Vec::new(),
    };
    // Told here, the first frame has it without waiting for the thread.
    worker.tell_snapshot();
    std::thread::spawn(move || {
        worker.run(&inbox);
        // Whoever waits for the end waits for what the session runs too: a probe's command ends with it.
        drop(worker);
        drop(ends);
    });
    Ok((asks, ended))
}

/// Has a session stay and watch, and wake the worker after each probe.
fn stay(session: &mut Session, waker: &Sender<Ask>) {
    session.stay();
    let probed = Mutex::new(waker.clone());
    // A wake that is still in the inbox serves for the next one too, but a sender cannot tell: the worker drains them.
    session
        .watch_probes(None, Some(Arc::new(move || probed.lock().is_ok_and(|waker| waker.send(Ask::Probed).is_ok()))));
}

struct Worker {
    options: Options,
    session: Session,
    to: Sender<Message<Update>>,
    watched: Vec<std::path::PathBuf>,
    waker: Sender<Ask>,
    /// When the cockpit was told last what the probes say.
    signals_told: Option<Instant>,
    /// Whether it was told of any.
    told_signals: bool,
    /// The texts that the page about trust showed, by their hashes.
    shown_to_trust: Vec<String>,
}

impl Worker {
    fn run(&mut self, inbox: &Receiver<Ask>) {
        let drafts = DRAFTS.iter().filter_map(|name| Some((*name, self.session.draft(name)?))).collect::<Vec<_>>();
        if !drafts.is_empty() {
            self.tell(Update::Drafts(drafts));
        }
        self.session.observe_outside();
        self.tell_snapshot();
        self.pump(Duration::ZERO);
        loop {
            self.watch();
            let next = if self.session.is_busy() {
                match inbox.try_recv() {
                    Ok(ask) => Ok(ask),
                    Err(_) => {
                        self.pump(ROUND);
                        inbox.recv_timeout(Duration::ZERO)
                    }
                }
            } else {
                inbox.recv().map_err(|_| RecvTimeoutError::Disconnected)
            };
            match next {
                Ok(Ask::Quit) | Err(RecvTimeoutError::Disconnected) => {
                    // A check only looks: without anybody who waits for its answer it ends too.
                    let _ = self.session.end_checks();
                    return;
                }
                Ok(ask) => self.answer(ask),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    fn tell(&self, update: Update) {
        // A cockpit that is gone needs no news.
        let _ = self.to.send(Message::Session(update));
    }

    fn tell_snapshot(&self) {
        self.tell(Update::Snapshot(Arc::new(self.session.snapshot())));
    }

    /// Tells what the probes say, a few times a second at most: a person reads no faster.
    fn tell_signals(&mut self, now: bool) {
        if !now && self.signals_told.is_some_and(|told| told.elapsed() < SIGNALS_PAUSE) {
            return;
        }
        self.signals_told = Some(Instant::now());
        let signals = self.session.watched();
        if !signals.is_empty() || std::mem::replace(&mut self.told_signals, !signals.is_empty()) {
            self.told_signals = !signals.is_empty();
            self.tell(Update::Watched(signals));
        }
    }

    fn pump(&mut self, wait: Duration) {
        match self.session.pump(wait) {
            Ok(walked) => {
                if walked.changed {
                    self.tell_snapshot();
                }
                self.tell_signals(walked.changed);
                if !walked.warnings.is_empty() {
                    self.tell(Update::Done(walked.warnings));
                }
                if let Some(refusal) = self.session.take_stopped() {
                    self.tell(Update::Stopped(refusal));
                }
            }
            Err(error) => self.tell(Update::Failed(error.to_string())),
        }
    }

    fn answer(&mut self, ask: Ask) {
        super::run::panic_if_wanted("session");
        match ask {
            Ask::Act(command) => self.act(&command),
            Ask::StopThen(run, command) => {
                self.stop_for(&run, &command);
                self.act(&command);
            }
            Ask::StopStep(run, reason) => self.stop_step(&run, &reason),
            Ask::RollBack(env, command, scripts) => self.roll_back(&env, *command, scripts),
            Ask::Scripts(env, elsewhere) => self.tell_scripts(&env, elsewhere.as_ref()),
            Ask::Turn(place) => self.turn_to(&place),
            Ask::Type(id, line) => {
                if let Err(error) = self.session.type_line(&id, &line.0) {
                    self.tell(Update::Warned(error.to_string()));
                }
            }
            Ask::Check(ids) => {
                let result = self.session.run_checks(&ids);
                self.finish(result.map(|asked| asked.words(ids.len() == 1)));
            }
            Ask::StopChecks => {
                let count = self.session.checks_left();
                self.session.stop_checks();
                let checks = if count == 1 { "1 check" } else { &format!("{count} checks") };
                self.say(Ok(vec![format!("{checks} stopped; what they would have said is not on record")]));
            }
            Ask::Pin(attempt, line) => {
                let pinned = self.session.pinned(&attempt, line);
                let result = pinned.and_then(|command| self.session.act(&command));
                self.say(result.map(|_| vec!["pinned on the timeline".to_owned()]));
            }
            Ask::WriteNotes(text) => {
                let result = self.session.write_notes(&text);
                self.finish(result.map(|acted| acted.warnings));
            }
            Ask::Candidate => {
                let result = self.session.candidate_from("HEAD");
                self.finish(result.map(|acted| acted.warnings));
            }
            Ask::Tag => match self.session.tag_step() {
                Ok(GitStep::Run(job)) => self.tell(Update::Git(job, GitThen::Tag, None)),
                Ok(GitStep::Stands) => self.git_done(&GitThen::Tag),
                Err(error) => self.finish(Err(error)),
            },
            Ask::Push => match self.session.push_step(None, false) {
                Ok((GitStep::Run(job), remote)) => {
                    let words = vec!["others may have it a second later: it cannot be taken back".to_owned()];
                    let asks = (format!("Push the release tag to {remote}"), "push".to_owned(), words);
                    self.tell(Update::Git(job, GitThen::Push(remote), Some(asks)));
                }
                Ok((GitStep::Stands, remote)) => self.git_done(&GitThen::Push(remote)),
                Err(error) => self.finish(Err(error)),
            },
            Ask::Branch => match self.session.branch_job() {
                Ok(job) => {
                    let words = vec!["the work tree changes to it".to_owned()];
                    let asks = ("Check out the branch of the hotfix".to_owned(), "check out".to_owned(), words);
                    self.tell(Update::Git(job, GitThen::Branch, Some(asks)));
                }
                Err(error) => self.finish(Err(error)),
            },
            Ask::Artifacts => {
                let result = self.session.look_for_artifacts();
                self.say(result.map(|count| vec![format!("looking for {count}: the timeline says what is there")]));
            }
            Ask::GitDone(then) => self.git_done(&then),
            Ask::SetVersion(version) => {
                let result = self.session.write_versions(&version);
                self.say(result);
            }
            Ask::Commit(candidate) => match self.session.commit_job(None) {
                Ok(job) => self.tell(Update::Git(job, GitThen::Commit(candidate), None)),
                Err(error) => self.finish(Err(error)),
            },
            Ask::SettleVersions(finish) => {
                let result = self.session.end_half_done(finish);
                self.say(result);
            }
            Ask::AcceptStray(place) => {
                let result = self.session.accept_stray(&place, None);
                self.say(result.map(|_| vec![format!("{place} is accepted as it is")]));
            }
            Ask::AddStray(place) => {
                let result = self.session.add_stray(&place);
                self.say(result.map(|_| vec![format!("{place} stands in relco.toml now: look at it, commit it")]));
            }
            Ask::Changes(asked_for) => self.changes(asked_for),
            Ask::AddEntries(ids, kind) => {
                let result = self.session.add_entries(&ids, &EntryAsked::of_kind(kind.as_deref()));
                self.say(result.map(|added| added.words()));
            }
            Ask::Trust => {
                let result = self.session.grant_trust(&self.shown_to_trust);
                self.say(result.map(|()| vec!["this project's commands may run now".to_owned()]));
            }
            Ask::Draft(name, text) => {
                if let Err(error) = self.session.save_draft(name, &text) {
                    self.tell(Update::Failed(format!("the draft cannot be saved: {error}")));
                }
            }
            Ask::Show(page) => {
                if page == Page::Trust {
                    self.shown_to_trust = self.session.look_at_trust();
                }
                match self.session.open_page(page.name()) {
                    Ok(text) => {
                        self.tell_snapshot();
                        self.tell(Update::Page(page, text));
                    }
                    Err(error) => self.finish(Err(error)),
                }
            }
            Ask::Changed => self.changed(),
            Ask::Probed => self.pump(Duration::ZERO),
            Ask::Quit => {}
        }
    }

    fn roll_back(&mut self, env: &EnvName, mut command: Command, scripts: Scripts) {
        let old = self.rolled_back(env);
        let despite = matches!(command, Command::StartRollback { despite_running: true, .. });
        if let Some((old, _)) = &old
            && !despite
            && !self.stop_for(old, &command)
        {
            return self.tell(Update::NotDead(old.clone()));
        }
        if let (Scripts::OfTheCandidate, Some((_, commit))) = (scripts, &old) {
            match (self.session.candidate_worktree(commit), &mut command) {
                (Ok(path), Command::StartRollback { dir, .. }) => *dir = Some(path.to_string_lossy().into_owned()),
                (Ok(_), _) => {}
                // The way back is not given up for it: the scripts that lie here run, and that is said.
                (Err(error), _) => self.tell(Update::Warned(format!("no work tree of the candidate: {error}"))),
            }
        }
        let result = self.session.act(&command);
        let unwritable = matches!(result, Err(ActError::Journal(_) | ActError::Place(_) | ActError::Plan { .. }));
        if let Some(text) = unwritable.then(|| self.by_hand(env)).flatten() {
            self.tell(Update::Page(Page::ByHand, text));
            return self.tell(match result {
                Err(error) => Update::Warned(error.to_string()),
                Ok(_) => Update::Said(Vec::new()),
            });
        }
        self.finish(result.map(|acted| acted.warnings));
    }

    /// When nothing can be recorded nothing is started, but nobody is left without the way back: the exact commands.
    fn by_hand(&self, env: &EnvName) -> Option<String> {
        let snapshot = self.session.snapshot().for_rollback(env);
        let sit = snapshot.situation(crate::system::clock::now());
        let (release, run) = target(&sit, env).ok()?;
        let lines = self.session.commands_by_hand(run, &sequence::rollback(&snapshot.plan, release, run));
        let head =
            format!("The record cannot be written, so nothing was started. To roll {env} back by hand, in this order:");
        Some(format!("{head}\n\n```\n{}\n```\n", lines.join("\n")))
    }

    /// The run that a rollback there would take back, and its commit.
    fn rolled_back(&self, env: &EnvName) -> Option<(RunId, String)> {
        let snapshot = self.session.snapshot().for_rollback(env);
        let sit = snapshot.situation(crate::system::clock::now());
        target(&sit, env).ok().map(|(_, run)| (run.id.clone(), run.commit.clone()))
    }

    fn tell_scripts(&self, env: &EnvName, elsewhere: Option<&Place>) {
        let now = crate::system::clock::now();
        let ways = self.session.snapshot().ways_back(now);
        let Some(way) = ways.iter().find(|way| way.env == *env && way.elsewhere.as_ref() == elsewhere) else { return };
        let Ok((release, run)) = target(&way.snapshot.situation(now), env) else { return };
        let slots = sequence::rollback(&way.snapshot.plan, release, run);
        let changed = self.session.changed_scripts(&way.snapshot.plan, &run.commit, &slots);
        self.tell(Update::Scripts(env.clone(), changed, run.commit.clone()));
    }

    /// Opens a session on another release in the place of this one. What this one conducted goes no further by itself,
    /// as if its cockpit were closed: that is said.
    fn turn_to(&mut self, place: &Place) {
        let mut session = match Session::open_at(&self.options, place) {
            Ok(session) => session,
            Err(error) => return self.tell(Update::Failed(error.to_string())),
        };
        let left = self.session.release().and_then(|release| Some((release.version.clone(), release.any_open_run()?)));
        let left = left.map(|(version, run)| {
            format!("{version}: {} goes no further by itself; relco --release {version} shows it", run.id)
        });
        stay(&mut session, &self.waker);
        self.session = session;
        self.watched.clear();
        self.tell_snapshot();
        let words = format!("this cockpit shows {} from now on", place.version);
        for words in [Some(words), left].into_iter().flatten() {
            self.tell(Update::Noted(words));
        }
    }

    /// Records what the git program did, as far as git shows it.
    fn git_done(&mut self, then: &GitThen) {
        match then {
            GitThen::Tag => {
                let result = self.session.record_tag();
                self.finish(result.map(|acted| acted.warnings));
            }
            GitThen::Push(remote) => {
                let result = self.session.record_push(remote);
                self.finish(result.map(|acted| acted.warnings));
            }
            GitThen::Commit(true) => {
                let result = self.session.candidate_from("HEAD");
                self.finish(result.map(|acted| acted.warnings));
            }
            GitThen::Commit(false) => {
                let said = self.session.committed();
                self.say(Ok(vec![said]));
            }
            GitThen::Branch => {
                self.session.observe_outside();
                let words = self.session.branch_words();
                self.say(Ok(words));
            }
        }
    }

    /// Tells the changes at once, and again when the earlier releases were read; not while a step runs, which wants to
    /// be followed.
    fn changes(&mut self, asked_for: bool) {
        let asked = LedgerAsked::default();
        let failed = |error: &crate::session::TruthError| ActError::System(error.to_string());
        let first = match self.session.changes_at_once(&asked) {
            Ok(first) => first,
            Err(error) if asked_for => return self.finish(Err(failed(&error))),
            Err(error) => return self.tell(Update::Warned(error.to_string())),
        };
        let runs = self.session.release().is_some_and(|release| release.running().next().is_some());
        let more = first.could_say_more() && !runs;
        self.tell(Update::Changes(Arc::new(first), more, asked_for));
        if more {
            match self.session.changes(&asked) {
                Ok(changes) => self.tell(Update::Changes(Arc::new(changes), false, false)),
                Err(error) => self.tell(Update::Warned(error.to_string())),
            }
        }
    }

    fn act(&mut self, command: &Command) {
        let result = self.session.act(command);
        let started = result.is_ok() && matches!(command, Command::StartRelease { .. });
        self.finish(result.map(|acted| acted.warnings));
        // Whoever starts a hotfix here would otherwise work on what has gone on since.
        if started && self.session.hotfix_wants_branch() {
            self.answer(Ask::Branch);
        }
    }

    /// As [`Worker::finish`], where what came of it is the point and not a warning.
    fn say(&mut self, result: Result<Vec<String>, ActError>) {
        match result {
            Ok(said) => {
                self.tell_snapshot();
                self.tell(Update::Said(said));
            }
            Err(error) => self.finish(Err(error)),
        }
    }

    fn finish(&mut self, result: Result<Vec<String>, ActError>) {
        self.tell_snapshot();
        match result {
            Ok(warnings) => self.tell(Update::Done(warnings)),
            Err(ActError::Refused(refusal)) => self.tell(Update::Refused(refusal)),
            Err(error) => self.tell(Update::Failed(error.to_string())),
        }
    }

    /// Somebody else recorded something, or the repository moved.
    fn changed(&mut self) {
        let before = self.session.snapshot().observed;
        self.pump(Duration::ZERO);
        self.session.observe_outside();
        if self.session.snapshot().observed != before {
            self.tell_snapshot();
        }
    }

    /// Watches the directories of this moment; a new release has one more.
    fn watch(&mut self) {
        let mut dirs = vec![self.session.state_dir().to_owned()];
        dirs.extend(self.session.release_dir().map(ToOwned::to_owned));
        if let Ok(git) = self.session.git().common_dir() {
            dirs.push(git);
        }
        let new: Vec<_> = dirs.into_iter().filter(|dir| dir.is_dir() && !self.watched.contains(dir)).collect();
        if !new.is_empty() {
            let waker = self.waker.clone();
            self.session.watch(&new, move || waker.send(Ask::Changed).is_ok());
            self.watched.extend(new);
        }
    }
}
