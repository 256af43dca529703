//! A release told fact by fact: each test writes down what happened and at what time, and gets the folded state.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::command::Command;
use crate::domain::decide::decide;
use crate::domain::event::{Fact, Recorded};
use crate::domain::id::{AttemptId, IncidentId, ItemId, RunId, SessionId};
use crate::domain::incident::{Severity, Status};
use crate::domain::item::ItemState;
use crate::domain::plan::{
    Channel, Check, CommandSpec, Danger, EffectClass, Environment, Gate, Item, ItemKind, List, OnFailure, Plan,
    Purpose, Stakeholder, Step, Targets, Trigger, UndoWhen, When,
};
use crate::domain::project::ProjectState;
use crate::domain::refusal::Refusal;
use crate::domain::release::ReleaseState;
use crate::domain::release_type::ReleaseType;
use crate::domain::run::{AttemptOutcome, RunOutcome, RunPurpose, Slot};
use crate::domain::sequence;
use crate::domain::situation::{Observed, Situation};
use crate::domain::timeline::{self, Entry};

pub const COMMIT: &str = "5f3c1d0e9a7b42c68d10f4e2b7a9c3d581e6f024";

/// A moment of the day on which every story plays.
pub fn at(clock: &str) -> Timestamp {
    format!("2026-11-22T{clock}:00Z").parse().unwrap()
}

/// A release and its project as they are told.
pub struct Story {
    pub records: Vec<Recorded>,
    pub project_records: Vec<Recorded>,
    pub plan: Plan,
    pub now: Timestamp,
    actor: &'static str,
    session: SessionId,
    observed: Observed,
    zone: TimeZone,
    release: ReleaseState,
    project: ProjectState,
}

impl Story {
    /// A release of this version, started at nine with a candidate.
    pub fn of(version: &str, kind: ReleaseType) -> Self {
        let mut story = Self {
            records: Vec::new(),
            project_records: Vec::new(),
            plan: plan(),
            now: at("09:00"),
            actor: "ana",
            session: SessionId::new("s1"),
            observed: Observed { trusted: true, plan_hash: "9f86d081".into(), ..Observed::default() },
            zone: TimeZone::UTC,
            release: ReleaseState::default(),
            project: ProjectState::default(),
        };
        story.tell(Fact::ReleaseStarted { version: version.into(), kind, base: Some("v1.2.4".into()), reason: None });
        story.tell(Fact::CandidateSet {
            commit: COMMIT.into(),
            branch: Some("main".into()),
            plan_hash: "9f86d081".into(),
            breaking: false,
            voided: Vec::new(),
        });
        story
    }

    /// From now on it is this time of the day.
    pub fn at(&mut self, clock: &str) -> &mut Self {
        self.now = at(clock);
        self
    }

    /// A fact of the release, recorded now.
    pub fn tell(&mut self, fact: Fact) -> &mut Self {
        let rec = recorded(self.records.len(), self.now, self.actor, fact);
        self.release.apply(&rec);
        self.records.push(rec);
        self
    }

    /// A fact of the project, recorded now.
    pub fn tell_project(&mut self, fact: Fact) -> &mut Self {
        let rec = recorded(self.project_records.len(), self.now, self.actor, fact);
        self.project.apply(&rec);
        self.project_records.push(rec);
        self
    }

    pub fn release(&self) -> &ReleaseState {
        &self.release
    }

    pub fn project(&self) -> &ProjectState {
        &self.project
    }

    /// Somebody else operates relco.
    pub fn by(&mut self, who: &'static str) -> &mut Self {
        self.actor = who;
        self
    }

    /// A command is decided, and what it makes is recorded. Gives its warnings.
    pub fn act(&mut self, command: &Command) -> Result<Vec<String>, Refusal> {
        let outcome = decide(&self.situation(), command)?;
        outcome.project.into_iter().for_each(|fact| {
            self.tell_project(fact);
        });
        outcome.release.into_iter().for_each(|fact| {
            self.tell(fact);
        });
        Ok(outcome.warnings)
    }

    pub fn situation(&self) -> Situation<'_> {
        Situation {
            project: &self.project,
            release: Some(&self.release),
            plan: &self.plan,
            observed: &self.observed,
            now: self.now,
            zone: &self.zone,
            actor: self.actor,
            by: self.actor,
            session: &self.session,
        }
    }

    pub fn entries(&self) -> Vec<Entry> {
        timeline::entries(&self.records, &self.release.notes_taken)
    }

    /// A deployment begins.
    pub fn deploy(&mut self, run: &str, env: &str) -> &mut Self {
        let sequence = sequence::deployment(&self.plan);
        let to = self.release.version.clone();
        self.start(run, env, RunPurpose::Deployment, None, to, sequence)
    }

    /// A rollback of `of` begins.
    pub fn roll_back(&mut self, run: &str, of: &str) -> &mut Self {
        let old = self.release.run(&of.into()).unwrap().clone();
        let sequence = sequence::rollback(&self.plan, &self.release, &old);
        if old.is_open() {
            self.end(of, RunOutcome::RolledBack);
        }
        let (env, to) = (old.env.to_string(), old.from.clone().unwrap());
        self.start(run, &env, RunPurpose::Rollback, Some(of.into()), to, sequence)
    }

    /// A rehearsal begins.
    pub fn rehearse(&mut self, run: &str) -> &mut Self {
        let sequence = sequence::rehearsal(&self.plan);
        self.start(run, "staging", RunPurpose::Rehearsal, None, "1.2.4".into(), sequence)
    }

    fn start(
        &mut self,
        run: &str,
        env: &str,
        purpose: RunPurpose,
        of: Option<RunId>,
        to: String,
        sequence: Vec<Slot>,
    ) -> &mut Self {
        let id = RunId::from(run);
        let rules = sequence::not_applicable(&self.plan, &self.release, &id, &env.into(), &sequence, None);
        self.tell(Fact::RunStarted {
            run: id,
            env: env.into(),
            purpose,
            from: Some(if of.is_some() { self.release.version.clone() } else { "1.2.4".into() }),
            of,
            to,
            commit: COMMIT.into(),
            plan_hash: "9f86d081".into(),
            sequence,
            dir: None,
            all: true,
        });
        for rule in rules {
            self.tell(rule);
        }
        self
    }

    /// A step runs from one time to another and ends with this exit status.
    pub fn step(&mut self, run: &str, slot: &str, from: &str, to: &str, exit: i32) -> &mut Self {
        self.begin(run, slot, from);
        self.finish(run, slot, from, to, AttemptOutcome::Exited(exit))
    }

    /// A step begins.
    pub fn begin(&mut self, run: &str, slot: &str, from: &str) -> &mut Self {
        let number = self.number(run, slot) + 1;
        let act = self.release.run(&run.into()).unwrap().slot(&slot.into()).unwrap().act;
        self.at(from).tell(Fact::AttemptIntended {
            attempt: AttemptId::new(format!("{run}-{slot}-{number}")),
            run: run.into(),
            item: slot.into(),
            act,
            number,
            argv: vec![format!("./{slot}")],
            session: "s1".into(),
        })
    }

    /// A step that began ends.
    pub fn finish(&mut self, run: &str, slot: &str, from: &str, to: &str, outcome: AttemptOutcome) -> &mut Self {
        let number = self.number(run, slot);
        self.at(to).tell(Fact::AttemptEnded {
            attempt: AttemptId::new(format!("{run}-{slot}-{number}")),
            outcome,
            started: Some(at(from)),
            ended: Some(at(to)),
            left_running: Vec::new(),
            log_lines: 12,
            log_bytes: 480,
            stopped: None,
            lost_bytes: None,
        })
    }

    fn number(&self, run: &str, slot: &str) -> u32 {
        u32::try_from(self.release.attempts_of(&run.into(), &slot.into()).len()).unwrap()
    }

    /// A person's word, or relco's, on a slot of a run.
    pub fn set(&mut self, run: Option<&str>, item: &str, state: ItemState, by: &str, observed: &str) -> &mut Self {
        self.tell(Fact::ItemSet {
            run: run.map(RunId::from),
            item: item.into(),
            state,
            by: by.into(),
            observed: Some(observed.to_owned()).filter(|text| !text.is_empty()),
            reason: matches!(state, ItemState::Skipped).then(|| "agreed".to_owned()),
            commit: None,
            basis: None,
        })
    }

    pub fn end(&mut self, run: &str, outcome: RunOutcome) -> &mut Self {
        self.tell(Fact::RunEnded { run: run.into(), outcome, reason: None })
    }

    /// A deployment goes through all of its lists but the last, from its first step to the end of its verification.
    pub fn gets_through(&mut self, run: &str, from: &str, to: &str) -> &mut Self {
        self.at(from).set(Some(run), "backup", ItemState::Done, "ana", "nightly-3");
        self.step(run, "preflight", from, from, 0).step(run, "migrate", from, from, 0);
        self.step(run, "deploy-backend", from, to, 0).set(Some(run), "smoke", ItemState::Done, "li", "12 of 12")
    }

    /// An incident is opened in a run.
    pub fn incident(&mut self, id: &str, run: Option<&str>) -> &mut Self {
        self.tell(Fact::IncidentOpened {
            incident: id.into(),
            severity: Severity::High,
            judged: false,
            what: "deploy-backend failed in production: exit 1".into(),
            env: Some("production".into()),
            run: run.map(RunId::from),
            attempt: None,
            log_tail: vec!["linking <assets>".into(), "ERROR manifest.json: unexpected end\u{1b}[2J".into()],
            by: "relco".into(),
        })
    }

    pub fn status(&mut self, id: &str, status: Status) -> &mut Self {
        self.tell(Fact::IncidentStatusSet { incident: IncidentId::from(id), status, by: "ana".into(), note: None })
    }
}

fn recorded(before: usize, at: Timestamp, actor: &str, fact: Fact) -> Recorded {
    Recorded {
        seq: before as u64 + 1,
        at,
        boot: "74685d3d".into(),
        mono_ms: 0,
        actor: actor.into(),
        via: "git config".into(),
        fact,
    }
}

fn item(list: List, id: &str, title: &str, role: &str, kind: ItemKind) -> Item {
    let group = if list == List::PreRelease { "Release Manager Tasks" } else { "" };
    Item {
        id: ItemId::from(id),
        list,
        group: group.into(),
        title: title.into(),
        role: role.into(),
        kind,
        when: When::default(),
        expect: None,
        wants: None,
    }
}

fn step(class: EffectClass, name: &str) -> ItemKind {
    let command = |words: &[&str]| CommandSpec { argv: words.iter().map(|&w| w.to_owned()).collect(), shell: false };
    ItemKind::Command(Box::new(Step {
        run: command(&[name]),
        class,
        undo: (class == EffectClass::Reversible).then(|| command(&[name, "--undo"])),
        undo_when: UndoWhen::Started,
        safe_if: None,
        asks_safe: false,
        check: None,
        cancel: None,
        retries: 0,
        backoff: Duration::ZERO,
        on_failure: OnFailure::Ask,
        tty: false,
        timeout: None,
        stop_on_timeout: false,
        silence: None,
        rerun_safe: false,
        fulfils: None,
        roll_forward: None,
    }))
}

/// A small plan with an item of every kind that matters here.
pub fn plan() -> Plan {
    let env = |name: &str, danger| Environment { name: name.into(), danger, vars: BTreeMap::new(), env_file: None };
    let gate = |id: &str, title: &str, types: Vec<ReleaseType>| Gate {
        id: id.into(),
        title: title.into(),
        role: id.into(),
        check: None,
        when: When { types, ..When::default() },
    };
    let mut only_production = When::default();
    only_production.environments.push("production".into());
    let items = vec![
        item(List::PreRelease, "candidate", "Candidate set", "release manager", ItemKind::Automatic(Check::Git)),
        item(
            List::PreRelease,
            "changelog",
            "Changelog updated",
            "release manager",
            ItemKind::Automatic(Check::Changelog),
        ),
        item(List::PreRelease, "notes", "Release notes drafted", "release manager", ItemKind::Automatic(Check::Notes)),
        Item {
            expect: Some("the pipeline of the candidate's commit".into()),
            wants: None,
            group: "DevOps Tasks".into(),
            ..item(List::PreRelease, "pipeline", "CI/CD pipeline green", "devops", ItemKind::Manual)
        },
        Item {
            group: "Sign-offs".into(),
            ..item(
                List::PreRelease,
                "sign-off-qa",
                "QA sign-off",
                "qa",
                ItemKind::Automatic(Check::SignOff("qa".into())),
            )
        },
        Item {
            when: only_production.clone(),
            ..item(List::PreDeployment, "backup", "Take database backup", "devops", ItemKind::Manual)
        },
        item(List::Deployment, "preflight", "Look around", "devops", step(EffectClass::Check, "./preflight")),
        item(
            List::Deployment,
            "migrate",
            "Run database migrations",
            "devops",
            step(EffectClass::Reversible, "./migrate"),
        ),
        item(
            List::Deployment,
            "deploy-backend",
            "Deploy backend services",
            "devops",
            step(EffectClass::Reversible, "./backend"),
        ),
        item(List::Verification, "smoke", "Smoke tests passing", "qa", ItemKind::Manual),
        Item {
            when: only_production,
            ..item(
                List::Communication,
                "tell",
                "Notify stakeholders of completion",
                "release manager",
                ItemKind::Notice(Purpose::Completion),
            )
        },
        item(List::Rollback, "verify-previous", "Verify previous version working", "qa", ItemKind::Manual),
        item(List::PostRollback, "root-cause", "Root cause analysis", "devops", ItemKind::Manual),
    ];
    Plan {
        project: "harbor".into(),
        tag: "v{version}".into(),
        people: BTreeMap::new(),
        version_files: Vec::new(),
        changelog: None,
        artifacts: Vec::new(),
        notes_template: None,
        upgrade_guide: None,
        fragments: None,
        exclusions: Vec::new(),
        release_log: None,
        environments: vec![env("staging", Danger::Confirm), env("production", Danger::Typed)],
        gates: vec![
            gate("qa", "Gate 8: QA", Vec::new()),
            gate("business", "Gate 9: Business Acceptance", vec![ReleaseType::Major]),
        ],
        items,
        probes: Vec::new(),
        triggers: vec![
            Trigger::new("broken", "Critical functionality broken", None),
            Trigger::new("slow", "Performance severely degraded (>2x response time)", None),
        ],
        stakeholders: vec![Stakeholder {
            name: "harbour office".into(),
            channel: Channel::ByHand,
            purposes: Vec::new(),
        }],
        rehearsal_valid: crate::domain::plan::REHEARSAL_VALID,
        targets: Targets { deploy_below: Duration::from_secs(30 * 60), ..Targets::default() },
        cadence: crate::domain::incident::cadence::Cadence::default(),
    }
}
