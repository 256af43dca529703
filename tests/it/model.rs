//! The rules as a machine: random commands, random ends of attempts, and what must hold whatever comes.
//!
//! Pure: no file, no process. The world folds the facts that `decide` gives, exactly as a session does.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use relco::config::load::{Found, Source, load};
use relco::domain::command::Command;
use relco::domain::decide::decide;
use relco::domain::decide::rollback::{target, word};
use relco::domain::effect::Effect;
use relco::domain::event::{Fact, Recorded};
use relco::domain::id::{AttemptId, EnvName, ItemId, RunId, SessionId};
use relco::domain::incident::Decision;
use relco::domain::item::{GateVerdict, ItemState};
use relco::domain::notice::NoticeState;
use relco::domain::overdue::Limit;
use relco::domain::plan::{List, Plan};
use relco::domain::project::ProjectState;
use relco::domain::readiness::blockers;
use relco::domain::refusal::Refusal;
use relco::domain::release::{Phase, ReleaseState};
use relco::domain::run::{Act, AttemptOutcome, CheckSaid, RunPurpose};
use relco::domain::sequence;
use relco::domain::situation::{Head, Observed, Situation};
use relco::domain::status;
use relco::domain::trigger::baseline::Baseline;
use relco::domain::trigger::{Cause, Verdict};
use relco::session::{Plans, Snapshot};
use relco::tui::app::Now;
use relco::tui::cockpit::{Cockpit, keys};
use relco::tui::driver::Driver;
use relco::tui::theme::{Palette, Theme};
use relco::tui::worker::{Ask, Update};

const VERSION: &str = "1.3.0";
const COMMIT: &str = "1111111111111111111111111111111111111111";

/// Everything that a session holds, without a session.
struct World {
    plan: Plan,
    project: ProjectState,
    release: ReleaseState,
    started: bool,
    records: Vec<(bool, Recorded)>,
    observed: Observed,
    session: SessionId,
    now: Timestamp,
    zone: TimeZone,
    pending: Vec<Effect>,
}

impl World {
    fn new() -> Self {
        let text = relco::demo::configuration();
        let source = Source { name: "relco.toml", bytes: text.as_bytes() };
        let plan = load(Some(source), &Found { directory: "harbor".into(), changelog: true, ..Found::default() })
            .unwrap()
            .plan;
        let mut plan = plan;
        for item in &mut plan.items {
            if let relco::domain::plan::ItemKind::Command(step) = &mut item.kind {
                step.timeout = Some(std::time::Duration::from_secs(600));
            }
        }
        let session = SessionId::from("s-1");
        let observed = Observed {
            head: Some(Head { commit: COMMIT.into(), branch: Some("main".into()) }),
            trusted: true,
            plan_hash: "p".repeat(64),
            sessions: BTreeSet::from([session.clone()]),
            ..Observed::default()
        };
        let mut world = World {
            plan,
            project: ProjectState::default(),
            release: ReleaseState::default(),
            started: false,
            records: Vec::new(),
            observed,
            session,
            now: "2026-11-22T12:00:00Z".parse().unwrap(),
            zone: TimeZone::UTC,
            pending: Vec::new(),
        };
        for env in ["staging", "production"] {
            world.act(&Command::SetLive { env: env.into(), version: "1.2.4".into() }).unwrap();
        }
        world
    }

    fn sit(&self) -> Situation<'_> {
        Situation {
            project: &self.project,
            release: self.started.then_some(&self.release),
            plan: &self.plan,
            observed: &self.observed,
            now: self.now,
            zone: &self.zone,
            actor: "ana@example.com",
            by: "ana@example.com",
            session: &self.session,
        }
    }

    fn act(&mut self, command: &Command) -> Result<(), Refusal> {
        let outcome = decide(&self.sit(), command)?;
        self.check_before(command, &outcome.release);
        self.now = self.now.checked_add(jiff::SignedDuration::from_secs(1)).unwrap();
        for (of_project, fact) in outcome
            .project
            .into_iter()
            .map(|fact| (true, fact))
            .chain(outcome.release.into_iter().map(|fact| (false, fact)))
        {
            let seq = if of_project { self.project.seq } else { self.release.seq } + 1;
            let recorded = Recorded {
                seq,
                at: self.now,
                boot: "0".repeat(8),
                mono_ms: seq,
                actor: "ana@example.com".into(),
                via: "git config".into(),
                fact,
            };
            if of_project {
                self.project.apply(&recorded);
            } else {
                self.started |= matches!(recorded.fact, Fact::ReleaseStarted { .. });
                self.release.apply(&recorded);
            }
            self.records.push((of_project, recorded));
        }
        self.observed.incidents = self.release.incidents.len() + self.project.incidents.len();
        self.pending.extend(outcome.effects);
        self.check_after();
        Ok(())
    }

    /// What must hold of facts before they are applied.
    fn check_before(&self, command: &Command, facts: &[Fact]) {
        for fact in facts {
            match fact {
                Fact::RunStarted { env, purpose: RunPurpose::Deployment, .. } if self.plan.is_production(env) => {
                    assert_eq!(blockers(&self.sit()), [], "production started while something was missing");
                }
                Fact::RunStarted { of: Some(of), sequence, .. } => {
                    let old = self.release.run(of).unwrap();
                    let mut wanted = sequence::started_items(&self.plan, &self.release, old);
                    wanted.retain(|id| self.has_undo(id));
                    wanted.reverse();
                    let undone: Vec<ItemId> =
                        sequence.iter().filter(|slot| slot.act == Act::Undo).map(|slot| slot.item.clone()).collect();
                    assert_eq!(undone, wanted, "what is undone is what was started, newest first");
                }
                Fact::AttemptIntended { attempt, run, item, .. } => {
                    assert!(!self.release.attempts.contains_key(attempt), "an attempt starts at most once");
                    let run = self.release.run(run).expect("an attempt belongs to a run");
                    assert!(run.is_open(), "nothing starts in a run that is over");
                    let resumed = facts.iter().any(|fact| matches!(fact, Fact::RunResumed { .. }));
                    assert!(run.paused.is_none() || resumed, "nothing starts while paused");
                    let last = self.release.attempts_of(&run.id, item).pop();
                    let unknown = last
                        .is_some_and(|last| last.outcome == Some(AttemptOutcome::Unknown) && last.resolved.is_none());
                    // To try a step again that may run twice is such a word; nothing else starts one.
                    let retried = matches!(command, Command::Retry { .. }) && self.may_run_twice(item);
                    // So is the step's own word that it was not applied, after a person asked to try again.
                    let told = matches!(
                        command,
                        Command::RecordAttemptCheck { said: CheckSaid::NotApplied, for_slot: Some(_), .. }
                    );
                    assert!(!unknown || retried || told, "after an unknown outcome a person speaks first");
                }
                _ => {}
            }
        }
    }

    fn may_run_twice(&self, id: &ItemId) -> bool {
        use relco::domain::plan::ItemKind;
        matches!(self.plan.item(id).map(|item| &item.kind), Some(ItemKind::Command(step)) if step.rerun_safe)
    }

    fn has_undo(&self, id: &ItemId) -> bool {
        use relco::domain::plan::ItemKind;
        matches!(self.plan.item(id).map(|item| &item.kind), Some(ItemKind::Command(step)) if step.undo.is_some())
    }

    /// What must hold of every state.
    fn check_after(&self) {
        for env in &self.plan.environments {
            let open = self.release.runs.iter().filter(|run| run.env == env.name && run.is_open()).count();
            assert!(open <= 1, "one run at a time in {}", env.name);
        }
        for run in &self.release.runs {
            let running = self.release.running().filter(|attempt| attempt.run == run.id).count();
            assert!(running <= 1, "one step at a time in {}", run.id);
        }
        self.rollback_is_within_reach();
    }

    /// Rollback is one typed word away from every state in which a changing step of the last run was started.
    fn rollback_is_within_reach(&self) {
        let production: EnvName = "production".into();
        let Some(last) = self.release.runs.iter().rev().find(|run| run.env == production) else { return };
        if last.purpose == RunPurpose::Rollback || !self.release.started_changing(last, &self.plan) {
            return;
        }
        let sit = self.sit();
        target(&sit, &production).expect("a started change can be rolled back");
        let confirm = Some(word(&sit, &production).unwrap());
        let command = Command::StartRollback { env: production, all: false, confirm, despite_running: true, dir: None };
        if let Err(refusal) = decide(&sit, &command) {
            panic!("rollback refused: {refusal}");
        }
    }

    /// As a session would show it.
    fn snapshot(&self) -> Snapshot {
        Snapshot {
            project_name: "harbor".into(),
            root: "/srv/harbor".into(),
            state_dir: "/srv/state".into(),
            release_dir: None,
            project: self.project.clone(),
            project_records: Arc::default(),
            release: self.started.then(|| self.release.clone()),
            records: Arc::default(),
            releases: Vec::new(),
            plan: Arc::new(self.plan.clone()),
            plans: Plans::new(Arc::new(self.plan.clone()), String::new()),
            elsewhere: None,
            observed: self.observed.clone(),
            actor: "ana@example.com".into(),
            by: "ana@example.com".into(),
            session: self.session.clone(),
            zone: TimeZone::UTC,
            read_only: None,
            config_broken: None,
            usual: Arc::default(),
            busy: false,
        }
    }

    /// Two keys and the word, whatever lies over the panes, from every state in which a changing step of production's
    /// last run was started.
    fn keys_reach_the_way_back(&self, cover: &str) {
        let sit = self.sit();
        let production: EnvName = "production".into();
        if target(&sit, &production).is_err() {
            return;
        }
        // A run that is under way elsewhere comes first, where it can be rolled back.
        let open = self.release.any_open_run().map(|run| run.env.clone());
        let env = open.filter(|env| target(&sit, env).is_ok()).unwrap_or(production);
        let word = word(&sit, &env).unwrap();
        let (send, asks) = std::sync::mpsc::channel();
        let (keymap, _) = keys::keymap(&[]);
        let theme = Theme::with(Palette::Either);
        let mut driver = Driver::new(Cockpit::new(send, theme, keymap, TimeZone::UTC, Now::read()), 100, 30);
        driver.now.wall = self.now;
        driver.update(Update::Snapshot(Arc::new(self.snapshot())));
        if !cover.is_empty() {
            driver.press(cover);
        }
        driver.press("ctrl-x r");
        driver.type_text(&format!("{word}\n"));
        let asked = asks.try_iter().find_map(|ask| match ask {
            Ask::RollBack(of, command, _) => Some((of, *command)),
            _ => None,
        });
        let Some((of, mut command)) = asked else {
            panic!("{cover:?}, ctrl-x r and {word} start no rollback:\n{}", driver.screen())
        };
        assert_eq!(of, env);
        // What still runs is stopped first, or gone on despite by the second word.
        if let Command::StartRollback { despite_running, .. } = &mut command {
            *despite_running = true;
        }
        decide(&sit, &command).unwrap();
    }

    fn replayed(&self) -> (ProjectState, ReleaseState) {
        let (mut project, mut release) = (ProjectState::default(), ReleaseState::default());
        for (of_project, recorded) in &self.records {
            if *of_project { project.apply(recorded) } else { release.apply(recorded) }
        }
        (project, release)
    }

    fn open_run(&self) -> Option<RunId> {
        self.release.any_open_run().map(|run| run.id.clone())
    }

    /// Says yes to everything that stands before production.
    fn make_ready(&mut self) {
        for _ in 0..200 {
            let found = blockers(&self.sit());
            let Some(first) = found.into_iter().find(|one| one.id != "candidate" && one.id != "release") else {
                return;
            };
            let reason = "said in the test".to_owned();
            if self.act(&Command::Waive { blocker: first.id.clone(), reason: reason.clone() }).is_err() {
                return;
            }
        }
    }

    fn finish_effects(&mut self, good: bool) {
        for effect in std::mem::take(&mut self.pending) {
            let _ = match effect {
                Effect::Launch(_) | Effect::AppendReleaseLog(_) => Ok(()),
                Effect::MeasureBaseline { run, triggers } => {
                    for trigger in triggers {
                        let baseline = Baseline { usual: Some(40.0), good: 300, asked: 300, ..Baseline::default() };
                        let _ = self.act(&Command::RecordBaseline { run: run.clone(), trigger, baseline });
                    }
                    self.act(&Command::Next { run, all: false, safe: false })
                }
                Effect::AskProbe { run, slot, .. } => {
                    self.act(&Command::FinishSlot { run, slot, ok: good, observed: "asked".into() })
                }
                Effect::JudgeTrigger { run, slot, trigger, again: _ } => {
                    let verdict = if good { Verdict::Healthy } else { Verdict::RollBack(Cause::Slow) };
                    let words = "judged".to_owned();
                    self.act(&Command::RecordVerdict { run, trigger, slot: Some(slot), verdict, words })
                }
                Effect::RollBackAlone(_) => Ok(()),
                Effect::SendNotice(notice) => {
                    let state = if good { NoticeState::Sent } else { NoticeState::Failed };
                    self.act(&Command::SettleNotice { notice, state, detail: None })
                }
                Effect::AskApplied { attempt, run, slot } => {
                    let said = if good { CheckSaid::CannotTell } else { CheckSaid::NotApplied };
                    let words = "asked".to_owned();
                    self.act(&Command::RecordAttemptCheck { attempt, said, words, for_slot: Some((run, slot)) })
                }
                Effect::RetryLater { run, slot, number, .. } => self.act(&Command::RetryDeclared { run, slot, number }),
                Effect::AskSafe { run, slot } => self.act(&Command::UndoIsSafe { run, slot }),
                Effect::Advance(run) => self.act(&Command::Next { run, all: false, safe: false }),
            };
        }
    }

    fn end_attempt(&mut self, outcome: AttemptOutcome) {
        let Some(id) = self.release.running().next().map(|attempt| attempt.id.clone()) else { return };
        let _ = self.act(&ended(&id, outcome));
    }
}

fn ended(attempt: &AttemptId, outcome: AttemptOutcome) -> Command {
    Command::ImportAttempt {
        attempt: attempt.clone(),
        outcome,
        started: None,
        ended: None,
        left_running: Vec::new(),
        log_lines: 1,
        log_bytes: 10,
        lost_bytes: None,
        log_tail: Vec::new(),
        stopped: None,
    }
}

/// A move of the random walk.
#[derive(Debug, Clone)]
enum Move {
    Ready,
    Deploy(&'static str, bool),
    Rehearse,
    Next,
    Retry,
    Effects(bool),
    Ends(i32),
    Lost,
    Overdue,
    Wait,
    Resolve(bool),
    Manual(ItemState),
    Pause,
    Resume,
    Abort,
    RollBack(bool),
    Fire,
    Candidate,
    Take,
    Gate(GateVerdict),
    Incident,
    Complete,
    Abandon,
    DecidePause,
    Trust(bool),
    Dirty(bool),
    /// Two keys and the word are tried from here, with this over the panes; nothing comes of it.
    Look(&'static str),
}

/// What can lie over the panes, by its keys.
const COVERS: [&str; 10] = ["", "?", ":", "n", "/", "enter", "S", "3", "1 z", "f2"];

fn moves() -> impl Strategy<Value = Move> {
    prop_oneof![
        2 => Just(Move::Ready),
        4 => (prop_oneof![Just("staging"), Just("production")], any::<bool>()).prop_map(|(env, all)| Move::Deploy(env, all)),
        1 => Just(Move::Rehearse),
        8 => Just(Move::Next),
        2 => Just(Move::Retry),
        8 => prop_oneof![4 => Just(true), 1 => Just(false)].prop_map(Move::Effects),
        10 => prop_oneof![6 => Just(0), 1 => Just(1)].prop_map(Move::Ends),
        1 => Just(Move::Lost),
        1 => Just(Move::Overdue),
        1 => Just(Move::Wait),
        1 => any::<bool>().prop_map(Move::Resolve),
        4 => prop_oneof![Just(ItemState::Done), Just(ItemState::Skipped), Just(ItemState::Failed)].prop_map(Move::Manual),
        1 => Just(Move::Pause),
        1 => Just(Move::Resume),
        1 => Just(Move::Abort),
        1 => any::<bool>().prop_map(Move::RollBack),
        1 => Just(Move::Fire),
        1 => Just(Move::Candidate),
        1 => Just(Move::Take),
        1 => prop_oneof![Just(GateVerdict::Passed), Just(GateVerdict::Failed), Just(GateVerdict::Open)].prop_map(Move::Gate),
        1 => Just(Move::Incident),
        1 => Just(Move::Complete),
        1 => Just(Move::Abandon),
        1 => Just(Move::DecidePause),
        1 => any::<bool>().prop_map(Move::Trust),
        1 => any::<bool>().prop_map(Move::Dirty),
        3 => prop::sample::select(COVERS.to_vec()).prop_map(Move::Look),
    ]
}

fn play(world: &mut World, step: &Move) {
    let run = world.open_run();
    let reason = "because".to_owned();
    let command = match (step, run) {
        (Move::Ready, _) => return world.make_ready(),
        (Move::Effects(good), _) => return world.finish_effects(*good),
        (Move::Ends(code), _) => return world.end_attempt(AttemptOutcome::Exited(*code)),
        (Move::Lost, _) => return world.end_attempt(AttemptOutcome::Unknown),
        (Move::Deploy(env, all), _) => {
            Command::StartDeployment { env: (*env).into(), all: *all, confirm: Some(format!("{VERSION}@{env}")) }
        }
        (Move::Rehearse, _) => Command::StartRehearsal { env: "staging".into(), all: true },
        (Move::Candidate, _) => {
            world.observed.plan_hash = format!("{:064}", world.release.seq);
            Command::SetCandidate { commit: COMMIT.into(), branch: None }
        }
        (Move::Gate(verdict), _) => {
            Command::DecideGate { gate: "qa".into(), verdict: *verdict, reason: Some(reason), evidence: None }
        }
        (Move::Fire, _) => Command::FireTrigger { trigger: "slow".into(), words: None },
        (Move::Incident, _) => Command::OpenIncident { what: None, severity: None, log_tail: Vec::new() },
        (Move::Complete, _) => Command::CompleteRelease,
        (Move::Abandon, _) => Command::AbandonRelease { reason },
        (Move::DecidePause, _) => {
            Command::Decide { decision: Decision::Pause, reason: Some(reason), objected: None, until: None, next: None }
        }
        (Move::Trust(trusted), _) => {
            world.observed.trusted = *trusted;
            return world.check_after();
        }
        (Move::Dirty(dirty), _) => {
            world.observed.dirty = if *dirty { vec!["deploy/migrate".to_owned()] } else { Vec::new() };
            let commit = if *dirty { "9".repeat(40) } else { COMMIT.to_owned() };
            world.observed.head = Some(Head { commit, branch: None });
            return world.check_after();
        }
        (Move::Look(cover), _) => return world.keys_reach_the_way_back(cover),
        (Move::RollBack(despite_running), _) => {
            let Ok(word) = word(&world.sit(), &"production".into()) else { return };
            Command::StartRollback {
                env: "production".into(),
                all: true,
                confirm: Some(word),
                despite_running: *despite_running,
                dir: None,
            }
        }
        (_, None) => return,
        (Move::Next, Some(run)) => Command::Next { run, all: false, safe: false },
        (Move::Retry, Some(run)) => Command::Retry { run },
        (Move::Pause, Some(run)) => Command::Pause { run, reason },
        (Move::Resume, Some(run)) => Command::Resume { run, all: true },
        (Move::Abort, Some(run)) => Command::Abort { run, reason },
        (Move::Wait, Some(run)) => Command::WaitLonger { run, reason: None },
        (Move::Overdue, Some(_)) => {
            let Some(attempt) = world.release.running().next().map(|one| one.id.clone()) else { return };
            let after = std::time::Duration::from_secs(601);
            Command::RecordOverdue { attempt, limit: Limit::Timeout, after, usual: None }
        }
        (Move::Take, Some(run)) => Command::Take { run, reason },
        (Move::Resolve(done), Some(_)) => {
            let unknown = world.release.attempts.values().find(|one| one.outcome == Some(AttemptOutcome::Unknown));
            let Some(attempt) = unknown.map(|one| one.id.clone()) else { return };
            Command::ResolveAttempt { attempt, done: *done, reason }
        }
        (Move::Manual(state), Some(run)) => {
            let Some(item) = world.release.run(&run).and_then(|run| run.next().map(|slot| slot.id.clone())) else {
                return;
            };
            Command::SetItem { run: Some(run), item, state: *state, observed: None, reason: Some(reason) }
        }
    };
    // A refusal is an answer; what was decided is checked where it is applied.
    let _ = world.act(&command);
}

fn begun() -> World {
    let mut world = World::new();
    let asked = VERSION.parse().unwrap();
    world.act(&Command::StartRelease { asked, reason: None, base: None }).unwrap();
    world.act(&Command::SetCandidate { commit: COMMIT.into(), branch: Some("main".into()) }).unwrap();
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, max_shrink_iters: 400, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_the_promises_hold(
        steps in prop::collection::vec(moves(), 1..120),
        cover in prop::sample::select(COVERS.to_vec()),
    ) {
        let mut world = begun();
        for step in &steps {
            play(&mut world, step);
        }
        prop_assert_eq!(world.replayed(), (world.project.clone(), world.release.clone()));
        world.keys_reach_the_way_back(cover);
    }
}

/// Walks production until a slot of the deployment list stands at `k`, with everything before it done.
fn walk_to_step(world: &mut World, k: usize) -> RunId {
    world.make_ready();
    let confirm = Some(format!("{VERSION}@production"));
    world.act(&Command::StartDeployment { env: "production".into(), all: false, confirm }).unwrap();
    let run = world.open_run().unwrap();
    for _ in 0..200 {
        let slot = world.release.run(&run).unwrap().next().unwrap().clone();
        let steps: Vec<ItemId> = world.plan.list(List::Deployment).map(|item| item.id.clone()).collect();
        if slot.list == List::Deployment && steps.iter().position(|id| *id == slot.item) == Some(k) {
            return run;
        }
        step_once(world, &run, &slot.id);
    }
    panic!("step {k} was never reached");
}

fn step_once(world: &mut World, run: &RunId, slot: &ItemId) {
    if world.act(&Command::Next { run: run.clone(), all: false, safe: false }).is_err() {
        let item = Command::SetItem {
            run: Some(run.clone()),
            item: slot.clone(),
            state: ItemState::Skipped,
            observed: None,
            reason: Some("in the test".into()),
        };
        world.act(&item).unwrap();
    }
    for _ in 0..10 {
        world.finish_effects(true);
        world.end_attempt(AttemptOutcome::Exited(0));
    }
}

#[test]
fn a_failure_at_any_step_undoes_exactly_what_was_started() {
    let steps = begun().plan.list(List::Deployment).count();
    for k in 0..steps {
        let mut world = begun();
        let run = walk_to_step(&mut world, k);
        world.act(&Command::Next { run: run.clone(), all: false, safe: false }).unwrap();
        for _ in 0..4 {
            world.finish_effects(true);
        }
        world.end_attempt(AttemptOutcome::Exited(1));
        assert!(world.release.open_incident().is_some(), "step {k}: an incident is open");
        let word = word(&world.sit(), &"production".into()).unwrap();
        assert_eq!(word, "1.2.4@production");
        let command = Command::StartRollback {
            env: "production".into(),
            all: false,
            confirm: Some(word),
            despite_running: false,
            dir: None,
        };
        // `check_before` holds the sequence against what was started.
        world.act(&command).unwrap();
    }
}

/// A state in which a changing step of production's run was started: what it is called, and what leads there from the
/// moment at which the step is started.
type State = (&'static str, fn(&mut World, &RunId));

const STATES: [State; 12] = [
    ("running", |_, _| {}),
    ("hanging, and asked to pause", |world, run| {
        world.act(&Command::Pause { run: run.clone(), reason: "it hangs".into() }).unwrap();
    }),
    ("failed", |world, _| world.end_attempt(AttemptOutcome::Exited(1))),
    ("unknown", |world, _| world.end_attempt(AttemptOutcome::Unknown)),
    ("asked whether it is applied", |world, run| {
        world.end_attempt(AttemptOutcome::Exited(1));
        world.act(&Command::Retry { run: run.clone() }).unwrap();
        let asks = |effect: &Effect| matches!(effect, Effect::AskApplied { .. } | Effect::Launch(_));
        assert!(world.pending.iter().any(asks), "{:?}", world.pending);
    }),
    ("proposed by a trigger", |world, _| {
        world.act(&Command::FireTrigger { trigger: "slow".into(), words: None }).unwrap();
    }),
    ("decided to pause", |world, run| {
        world.act(&Command::OpenIncident { what: None, severity: None, log_tail: Vec::new() }).unwrap();
        play(world, &Move::DecidePause);
        assert!(world.release.run(run).unwrap().paused.is_some());
    }),
    ("a gate is taken back", |world, _| play(world, &Move::Gate(GateVerdict::Failed))),
    ("nothing is trusted, other files lie there", |world, _| {
        play(world, &Move::Trust(false));
        play(world, &Move::Dirty(true));
    }),
    ("conducted from another terminal", |world, run| {
        world.session = "s-2".into();
        world.observed.sessions.insert("s-2".into());
        world.act(&Command::Take { run: run.clone(), reason: "the train".into() }).unwrap();
        world.session = "s-1".into();
    }),
    ("aborted", |world, run| {
        world.end_attempt(AttemptOutcome::Signalled(15));
        world.act(&Command::Abort { run: run.clone(), reason: "enough".into() }).unwrap();
    }),
    ("complete", |world, run| {
        walk_to_the_end(world, run);
        let told = Command::SettleNotice {
            notice: "completion-harbour-office-1".into(),
            state: NoticeState::Sent,
            detail: None,
        };
        world.act(&told).unwrap();
        world.act(&Command::CompleteRelease).unwrap();
        assert_eq!(world.release.phase(true), Phase::Complete);
    }),
];

/// Everything that is left goes well; what a person does is skipped.
fn walk_to_the_end(world: &mut World, run: &RunId) {
    for _ in 0..10 {
        world.finish_effects(true);
        world.end_attempt(AttemptOutcome::Exited(0));
    }
    while let Some(slot) = world.release.run(run).filter(|run| run.is_open()).and_then(|run| run.next()).cloned() {
        let end = Command::CompleteRelease;
        if slot.item.as_str() == "release-log" && decide(&world.sit(), &end).is_ok() {
            return;
        }
        step_once(world, run, &slot.id);
    }
}

#[test]
fn each_state_of_a_started_change_has_its_way_back_under_every_cover() {
    // Random walks try the other pairs.
    let mut covers = COVERS.iter().cycle();
    for (name, lead_there) in STATES {
        let mut world = begun();
        let run = walk_to_step(&mut world, 1);
        world.act(&Command::Next { run: run.clone(), all: false, safe: false }).unwrap();
        for _ in 0..4 {
            world.finish_effects(true);
        }
        assert!(world.release.running().next().is_some(), "{name}: nothing runs");
        lead_there(&mut world, &run);
        assert!(target(&world.sit(), &"production".into()).is_ok(), "{name}");
        for cover in covers.by_ref().take(3) {
            world.keys_reach_the_way_back(cover);
        }
    }
}

#[test]
fn a_rehearsal_counts_until_the_plan_changes_or_it_is_too_old() {
    let mut world = begun();
    world.act(&Command::StartRehearsal { env: "staging".into(), all: true }).unwrap();
    let run = world.open_run().unwrap();
    while let Some(slot) = world.release.run(&run).filter(|run| run.is_open()).and_then(|run| run.next()).cloned() {
        step_once(&mut world, &run, &slot.id);
    }
    let judged = |world: &World| {
        let item = world.plan.item(&"rollback-rehearsed".into()).unwrap();
        let row = status::judge_check(&world.sit(), &world.release, item, &relco::domain::plan::Check::Rehearsed);
        (row.state, row.evidence)
    };
    assert_eq!(judged(&world), (ItemState::Done, "rehearsed in staging as R1".to_owned()));
    world.now = world.now.checked_add(jiff::SignedDuration::from_hours(31 * 24)).unwrap();
    let (state, evidence) = judged(&world);
    assert_eq!(state, ItemState::Open);
    assert!(evidence.contains("ago as R1, which counts for 30 d"), "{evidence}");
    world.plan.rehearsal_valid = std::time::Duration::from_secs(60 * 24 * 60 * 60);
    assert_eq!(judged(&world).0, ItemState::Done);
    world.observed.plan_hash = "q".repeat(64);
    world.act(&Command::SetCandidate { commit: COMMIT.into(), branch: None }).unwrap();
    assert_eq!(judged(&world), (ItemState::Open, "the plan changed since the rehearsal".to_owned()));
}

#[test]
fn a_wrong_word_starts_nothing() {
    let mut world = begun();
    world.make_ready();
    for confirm in [None, Some("1.2.4@production"), Some("1.3.0@staging"), Some("")] {
        let command =
            Command::StartDeployment { env: "production".into(), all: true, confirm: confirm.map(str::to_owned) };
        let refusal = world.act(&command).unwrap_err();
        assert!(refusal.what.contains("1.3.0@production"), "{refusal}");
        assert_eq!(world.release.runs, []);
    }
}

#[test]
fn a_new_candidate_voids_what_was_said_about_the_old_one() {
    let mut world = begun();
    world
        .act(&Command::DecideGate { gate: "qa".into(), verdict: GateVerdict::Passed, reason: None, evidence: None })
        .unwrap();
    world.act(&Command::SignOff { role: "qa".into(), yes: true, note: None }).unwrap();
    let next = "2".repeat(40);
    world.observed.head = Some(Head { commit: next.clone(), branch: Some("main".into()) });
    world.act(&Command::SetCandidate { commit: next, branch: Some("main".into()) }).unwrap();
    let voided = world.records.iter().rev().find_map(|(_, recorded)| match &recorded.fact {
        Fact::CandidateSet { voided, .. } => Some(voided.clone()),
        _ => None,
    });
    assert_eq!(voided, Some(vec!["Gate 8: QA".to_owned(), "qa sign-off".to_owned()]));
    let missing: Vec<String> = blockers(&world.sit()).into_iter().map(|one| one.id).collect();
    assert!(missing.contains(&"gate:qa".to_owned()) && missing.contains(&"sign-off-qa".to_owned()), "{missing:?}");
}
