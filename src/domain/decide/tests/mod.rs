//! The rules, one case at a time, on a project that is small enough to know by heart.
//!
//! [`World`] holds what a session holds, without a session: it folds the facts that `decide` gives. What must hold
//! whatever comes is played with random commands elsewhere; here stands what each rule says, and in which words.

mod people;
mod release;
mod rollback;
mod running;
mod trigger;
mod trouble;

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::decide;
use crate::config::load::{Found, Source, load};
use crate::domain::command::Command;
use crate::domain::effect::{Effect, Outcome};
use crate::domain::event::{Fact, Recorded};
use crate::domain::id::{AttemptId, ItemId, RunId, SessionId};
use crate::domain::item::ItemState;
use crate::domain::plan::Plan;
use crate::domain::project::ProjectState;
use crate::domain::refusal::Refusal;
use crate::domain::release::ReleaseState;
use crate::domain::run::AttemptOutcome;
use crate::domain::situation::{Head, Observed, Situation};

const PLAN: &str = r#"
[project]
name = "small"
[plan]
defaults = false
[people]
qa = ["li@example.com"]
[environment.staging]
[environment.production]
danger = "typed"

[[gate]]
id = "qa"
title = "QA"
role = "qa"

[[item]]
id = "alerts"
list = "pre-release"
title = "Alerts are set"
role = "devops"

[[item]]
id = "backup"
list = "pre-deployment"
title = "Backup taken"
role = "devops"
run = ["./backup"]

[[deploy.step]]
id = "migrate"
title = "Migrate"
run = ["./migrate"]
class = "reversible"
undo = ["./migrate", "--down"]
safe_if = ["./migrate", "--can-go-down"]

[[deploy.step]]
id = "install"
title = "Install"
run = ["./install"]
class = "reversible"
undo = ["./install", "--remove"]

[[deploy.step]]
id = "link"
title = "Link"
run = ["./link"]
class = "reversible"
undo = ["./link", "--back"]
undo_when = "done"

[[deploy.step]]
id = "caches"
title = "Clear caches"
run = ["./caches"]
class = "irreversible"
roll_forward = "they fill by themselves"
rerun = "safe"

[[item]]
id = "look"
list = "verification"
title = "Somebody looks"
role = "qa"

[[item]]
id = "told"
list = "communication"
title = "Everybody is told"
role = "release manager"

[[item]]
id = "previous"
list = "rollback"
title = "Verify the previous version"
role = "qa"

[[item]]
id = "why"
list = "post-rollback"
title = "Find out why"
role = "devops"

[[trigger]]
id = "broken"
title = "Critical functionality broken"
"#;

const COMMIT: &str = "1111111111111111111111111111111111111111";
const FIXED: &str = "2222222222222222222222222222222222222222";

struct World {
    plan: Plan,
    project: ProjectState,
    release: Option<ReleaseState>,
    observed: Observed,
    session: SessionId,
    zone: TimeZone,
    by: &'static str,
    now: Timestamp,
}

impl World {
    /// 1.2.4 is live everywhere, and nothing was begun.
    fn new() -> Self {
        let source = Source { name: "relco.toml", bytes: PLAN.as_bytes() };
        let plan = load(Some(source), &Found { directory: "small".into(), ..Found::default() }).unwrap().plan;
        let session = SessionId::from("s-1");
        let observed = Observed {
            head: Some(Head { commit: COMMIT.into(), branch: Some("main".into()) }),
            tags: vec![("v1.2.4".into(), semver::Version::new(1, 2, 4), "0".repeat(40))],
            base: Some(("v1.2.4".into(), semver::Version::new(1, 2, 4))),
            trusted: true,
            plan_hash: "p".repeat(64),
            sessions: BTreeSet::from([session.clone()]),
            ..Observed::default()
        };
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        let mut world = World {
            plan,
            project: ProjectState::default(),
            release: None,
            observed,
            session,
            zone: TimeZone::UTC,
            by: "ana@example.com",
            now,
        };
        for env in ["staging", "production"] {
            world.must(Command::SetLive { env: env.into(), version: "1.2.4".into() });
        }
        world
    }

    /// Release 1.3.0 has a candidate, and nothing stands in the way of production.
    fn ready() -> Self {
        let mut world = World::begun();
        world.must(gate("qa", crate::domain::item::GateVerdict::Passed));
        world.must(item(None, "alerts", ItemState::Done));
        world
    }

    /// Release 1.3.0 has a candidate.
    fn begun() -> Self {
        let mut world = World::new();
        world.must(start("1.3.0"));
        world.must(candidate(COMMIT));
        world
    }

    /// A deployment of 1.3.0 to production is under way; nothing of it is carried out.
    fn deploying() -> Self {
        let mut world = World::ready();
        world.must(deploy("production", Some("1.3.0@production")));
        world
    }

    fn sit(&self) -> Situation<'_> {
        Situation {
            project: &self.project,
            release: self.release.as_ref(),
            plan: &self.plan,
            observed: &self.observed,
            now: self.now,
            zone: &self.zone,
            actor: "ana@example.com",
            by: self.by,
            session: &self.session,
        }
    }

    fn act(&mut self, command: Command) -> Result<Outcome, Refusal> {
        let outcome = decide(&self.sit(), &command)?;
        self.now = self.now.checked_add(jiff::SignedDuration::from_secs(1)).unwrap();
        for fact in &outcome.project {
            let recorded = self.recorded(self.project.seq, fact);
            self.project.apply(&recorded);
        }
        for fact in &outcome.release {
            let release = self.release.take().unwrap_or_default();
            let recorded = self.recorded(release.seq, fact);
            self.release.insert(release).apply(&recorded);
        }
        self.observed.incidents =
            self.release.as_ref().map_or(0, |release| release.incidents.len()) + self.project.incidents.len();
        Ok(outcome)
    }

    fn recorded(&self, last: u64, fact: &Fact) -> Recorded {
        Recorded {
            seq: last + 1,
            at: self.now,
            boot: "0".repeat(8),
            mono_ms: last + 1,
            actor: "ana@example.com".into(),
            via: "git config".into(),
            fact: fact.clone(),
        }
    }

    #[track_caller]
    fn must(&mut self, command: Command) -> Outcome {
        match self.act(command.clone()) {
            Ok(outcome) => outcome,
            Err(refusal) => panic!("{command:?} was refused: {refusal}, next: {:?}", refusal.next),
        }
    }

    /// What a command is refused with: its words, and what to do next.
    #[track_caller]
    fn refused(&mut self, command: Command) -> String {
        match self.act(command.clone()) {
            Ok(outcome) => panic!("{command:?} was carried out: {:?}", outcome.release),
            Err(refusal) => match &refusal.next {
                Some(next) => format!("{} > {next}", refusal.what),
                None => refusal.what,
            },
        }
    }

    fn release(&self) -> &ReleaseState {
        self.release.as_ref().unwrap()
    }

    fn run(&self) -> RunId {
        self.release().runs.last().unwrap().id.clone()
    }

    fn state(&self, slot: &str) -> ItemState {
        self.release().runs.last().unwrap().state(&slot.into())
    }

    fn next(&mut self) -> Result<Outcome, Refusal> {
        let run = self.run();
        self.act(Command::Next { run, all: false, safe: false })
    }

    /// Carries the next slot out; a step ends so.
    #[track_caller]
    fn step(&mut self, outcome: AttemptOutcome) -> Outcome {
        let started = self.next().unwrap();
        match started.effects.as_slice() {
            [Effect::Launch(attempt)] => self.ends(attempt.clone(), outcome),
            [Effect::AskSafe { run, slot }] => {
                let safe = self.must(Command::UndoIsSafe { run: run.clone(), slot: slot.clone() });
                let [Effect::Launch(attempt)] = safe.effects.as_slice() else { panic!("{:?}", safe.effects) };
                self.ends(attempt.clone(), outcome)
            }
            other => panic!("the next thing is no step: {other:?}"),
        }
    }

    #[track_caller]
    fn ends(&mut self, attempt: AttemptId, outcome: AttemptOutcome) -> Outcome {
        self.must(ended(attempt, outcome))
    }

    /// Everything up to this slot goes well.
    #[track_caller]
    fn up_to(&mut self, slot: &str) {
        loop {
            let release = self.release();
            let run = release.runs.last().unwrap();
            let next = run.next().unwrap_or_else(|| panic!("{slot} never came")).clone();
            if next.id.as_str() == slot {
                return;
            }
            let by_hand = self.plan.item(&next.item).unwrap().kind == crate::domain::plan::ItemKind::Manual;
            match by_hand {
                true => drop(self.must(item(Some(self.run()), next.id.as_str(), ItemState::Done))),
                false => drop(self.step(AttemptOutcome::Exited(0))),
            }
        }
    }

    /// The environment's lock, by the run that holds it.
    fn held_by(&self, env: &str) -> Option<&str> {
        self.project.locks.get(&env.into()).map(|lock| lock.run.as_str())
    }
}

fn start(version: &str) -> Command {
    Command::StartRelease { asked: version.parse().unwrap(), reason: None, base: None }
}

fn candidate(commit: &str) -> Command {
    Command::SetCandidate { commit: commit.into(), branch: Some("main".into()) }
}

fn deploy(env: &str, word: Option<&str>) -> Command {
    Command::StartDeployment { env: env.into(), all: false, confirm: word.map(str::to_owned) }
}

fn roll_back(word: Option<&str>) -> Command {
    let confirm = word.map(str::to_owned);
    Command::StartRollback { env: "production".into(), all: false, confirm, despite_running: false, dir: None }
}

fn gate(id: &str, verdict: crate::domain::item::GateVerdict) -> Command {
    Command::DecideGate { gate: id.into(), verdict, reason: None, evidence: None }
}

fn item(run: Option<RunId>, id: &str, state: ItemState) -> Command {
    Command::SetItem { run, item: ItemId::from(id), state, observed: None, reason: None }
}

fn waive(blocker: &str, reason: &str) -> Command {
    Command::Waive { blocker: blocker.into(), reason: reason.into() }
}

fn ended(attempt: AttemptId, outcome: AttemptOutcome) -> Command {
    Command::ImportAttempt {
        attempt,
        outcome,
        started: None,
        ended: None,
        left_running: Vec::new(),
        log_lines: 2,
        log_bytes: 20,
        lost_bytes: None,
        log_tail: vec!["ERROR: no room".into()],
        stopped: None,
    }
}

const GOOD: AttemptOutcome = AttemptOutcome::Exited(0);
const BAD: AttemptOutcome = AttemptOutcome::Exited(1);
