//! The states that the screen's tests look at, built as a session would: facts folded in, one after the other.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::log::LogTitle;
use super::{KeyNames, Shown};
use crate::config::load::{Found, Source, load};
use crate::domain::event::{CheckVerdict, Fact, Finding, Recorded};
use crate::domain::id::{EnvName, ItemId, Role, RunId, SessionId};
use crate::domain::incident::{Severity, Status};
use crate::domain::item::{GateVerdict, ItemState};
use crate::domain::plan::{ItemKind, Plan};
use crate::domain::project::ProjectState;
use crate::domain::release::{CheckResult, ReleaseState};
use crate::domain::release_type::ReleaseType;
use crate::domain::run::{Act, AttemptOutcome, RunOutcome, RunPurpose, Slot};
use crate::domain::sequence;
use crate::domain::situation::{Head, Observed, Seen};
use crate::domain::time::Precision;
use crate::domain::timeline;
use crate::domain::trigger::baseline::Baseline;
use crate::domain::trigger::live::{Live, Marks, Shown as Signal, Stamped};
use crate::domain::trigger::{Health, Sample};
use crate::session::{Plans, Snapshot};
use crate::tui::glyphs::State;
use crate::tui::layout::Pane;
use crate::tui::listing::Listing;
use crate::tui::theme::Theme;

pub const COMMIT: &str = "9f2c1e7ab34c5d6e7f8091a2b3c4d5e6f7081920";
const ANA: &str = "ana@example.com";
const HERE: &str = "s-here";

/// A state with what else a picture needs.
pub struct World {
    pub snapshot: Snapshot,
    pub now: Timestamp,
    pub watches: Vec<Signal>,
    pub log: Option<LogTitle>,
    pub hints: Vec<(String, String)>,
    pub keys: KeyNames,
    pub focus: Pane,
    pub zoom: Option<Pane>,
    pub gate: usize,
    pub timeline_up: usize,
    pub recording: bool,
    /// The row to select; the next one where none is named.
    pub selected: Option<String>,
    actor: String,
}

impl World {
    /// What the probe said, once a second until now; from the sample of that number on the new version is out.
    fn watch(&mut self, samples_ms: &[Option<f64>], deployed: Option<usize>) {
        let plan = self.snapshot.plan.clone();
        let trigger = plan.trigger(&"slow".into()).unwrap();
        let probe = plan.probe(&"api".into()).unwrap();
        let at = |n: usize| self.now - SignedDuration::from_secs(i64::try_from(samples_ms.len() - 1 - n).unwrap());
        let sample = |value: Option<f64>| Sample {
            value,
            health: if value.is_some() { Health::Well } else { Health::Bad },
            why: if value.is_some() { "answered 200" } else { "answered 503" }.to_owned(),
        };
        let samples =
            samples_ms.iter().enumerate().map(|(n, value)| Stamped { at: at(n), sample: sample(*value) }).collect();
        let deployed = deployed.map(at);
        let changed = Some(deployed.unwrap_or(self.now) - SignedDuration::from_secs(1));
        let usual = Baseline { usual: Some(106.0), good: 300, asked: 300, ..Baseline::default() };
        let mut live = Live::new(trigger.clone());
        live.update(Marks { changed, deployed }, deployed, Some(&usual), &samples, None);
        self.watches = vec![live.shown(&"production".into(), probe, &plan, &samples, None)];
    }
}

/// The plan of a repository that says nothing.
pub fn default_plan() -> Plan {
    let found = Found { directory: "clone".to_owned(), ..Found::default() };
    load(None, &found).unwrap().plan
}

/// The plan of the example project.
pub fn harbor_plan() -> Plan {
    let source = Source { name: "relco.toml", bytes: crate::demo::configuration().as_bytes() };
    load(Some(source), &Found { directory: "harbor".to_owned(), ..Found::default() }).unwrap().plan
}

fn hints(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, word)| ((*key).to_owned(), (*word).to_owned())).collect()
}

impl World {
    pub fn new(plan: Plan) -> Self {
        let now: Timestamp = "2026-11-22T13:20:00Z".parse().unwrap();
        let observed = Observed {
            head: Some(Head { commit: COMMIT.to_owned(), branch: Some("main".to_owned()) }),
            ahead_of_candidate: Some(0),
            trusted: true,
            sessions: [SessionId::from(HERE)].into(),
            ..Observed::default()
        };
        let snapshot = Snapshot {
            project_name: plan.project.clone(),
            root: PathBuf::from("/srv/harbor"),
            state_dir: PathBuf::from("/srv/state"),
            release_dir: None,
            project: ProjectState::default(),
            project_records: Arc::default(),
            release: None,
            records: Arc::default(),
            releases: Vec::new(),
            plans: Plans::new(Arc::new(plan.clone()), String::new()),
            plan: Arc::new(plan),
            elsewhere: None,
            observed,
            actor: ANA.to_owned(),
            by: ANA.to_owned(),
            session: HERE.into(),
            zone: TimeZone::UTC,
            read_only: None,
            config_broken: None,
            usual: Arc::default(),
            busy: false,
        };
        Self {
            snapshot,
            now,
            watches: Vec::new(),
            log: None,
            hints: hints(&[("n", "note"), (":", "commands"), ("?", "help")]),
            keys: KeyNames::default(),
            focus: Pane::List,
            zoom: None,
            gate: 0,
            timeline_up: 0,
            recording: false,
            selected: None,
            actor: ANA.to_owned(),
        }
    }

    /// Moves the time on.
    pub fn wait(&mut self, seconds: i64) -> &mut Self {
        self.now += SignedDuration::from_secs(seconds);
        self
    }

    /// Whoever operates relco from here on.
    pub fn actor(&mut self, who: &str) -> &mut Self {
        self.actor = format!("{who}@example.com");
        self
    }

    fn record(&self, seq: usize, fact: Fact) -> Recorded {
        Recorded {
            seq: seq as u64 + 1,
            at: self.now,
            boot: "74685d3d".to_owned(),
            mono_ms: 0,
            actor: self.actor.clone(),
            via: "git config".to_owned(),
            fact,
        }
    }

    /// Folds a fact of the release in.
    pub fn fact(&mut self, fact: Fact) -> &mut Self {
        let record = self.record(self.snapshot.records.len(), fact);
        self.snapshot.release.get_or_insert_with(ReleaseState::default).apply(&record);
        Arc::make_mut(&mut self.snapshot.records).push(record);
        self.snapshot.usual = Arc::new(crate::domain::usual::Usual::of(&self.snapshot.release));
        self
    }

    /// Folds a fact of the project in.
    pub fn project(&mut self, fact: Fact) -> &mut Self {
        let record = self.record(self.snapshot.project_records.len(), fact);
        self.snapshot.project.apply(&record);
        Arc::make_mut(&mut self.snapshot.project_records).push(record);
        self
    }

    pub fn live(&mut self, env: &str, version: &str) -> &mut Self {
        let (env, version) = (EnvName::from(env), version.to_owned());
        self.project(Fact::LiveSet { env, version, release: None, by: ANA.to_owned() })
    }

    pub fn check(&mut self, name: &str, verdict: CheckVerdict, summary: &str, findings: &[(&str, &str)]) -> &mut Self {
        let findings =
            findings.iter().map(|(text, role)| Finding { text: (*text).to_owned(), role: Role::from(*role) }).collect();
        let result = CheckResult {
            verdict,
            summary: summary.to_owned(),
            findings,
            at: Some(self.now),
            commit: Some(COMMIT.into()),
        };
        self.snapshot.observed.checks.insert(name.to_owned(), result);
        self
    }

    pub fn gate_said(&mut self, gate: &str, verdict: GateVerdict, by: &str, evidence: Option<&str>) -> &mut Self {
        self.fact(Fact::GateDecided {
            gate: gate.into(),
            verdict,
            by: format!("{by}@example.com"),
            reason: None,
            evidence: evidence.map(str::to_owned),
            commit: Some(COMMIT.to_owned()),
            basis: None,
        })
    }

    pub fn item(&mut self, run: Option<&str>, item: &str, state: ItemState, reason: Option<&str>) -> &mut Self {
        self.fact(Fact::ItemSet {
            run: run.map(RunId::from),
            item: item.into(),
            state,
            by: ANA.to_owned(),
            observed: None,
            reason: reason.map(str::to_owned),
            commit: run.is_none().then(|| COMMIT.to_owned()),
            basis: None,
        })
    }

    pub fn sign_off(&mut self, role: &str, by: &str) -> &mut Self {
        let (role, by) = (Role::from(role), format!("{by}@example.com"));
        self.fact(Fact::SignedOff { role, yes: true, by, note: None, commit: Some(COMMIT.to_owned()) })
    }

    pub fn note(&mut self, text: &str, ago_s: i64) -> &mut Self {
        let occurred = (ago_s > 0).then(|| self.now - SignedDuration::from_secs(ago_s));
        let precision = if ago_s > 0 { Precision::Minute } else { Precision::Exact };
        let incident = self.snapshot.release.as_ref().and_then(|one| Some(one.open_incident()?.id.clone()));
        self.fact(Fact::NoteAdded {
            incident,
            text: text.to_owned(),
            occurred,
            precision,
            by: ANA.to_owned(),
            evidence: None,
        })
    }

    /// Starts a run and says what does not apply in it.
    pub fn start(&mut self, run: &str, env: &str, purpose: RunPurpose, of: Option<&str>) -> &mut Self {
        let plan = self.snapshot.plan.clone();
        let release = self.snapshot.release.clone().unwrap();
        let env = EnvName::from(env);
        let taken_back = of.and_then(|of| release.run(&of.into()));
        let sequence = match (purpose, taken_back) {
            (RunPurpose::Deployment, _) => sequence::deployment(&plan),
            (RunPurpose::Rehearsal, _) => sequence::rehearsal(&plan),
            (RunPurpose::Rollback, Some(run)) => sequence::rollback(&plan, &release, run),
            (RunPurpose::Rollback, None) => Vec::new(),
        };
        let live = self.snapshot.project.live_version(&env).map(str::to_owned);
        let back = taken_back.and_then(|run| run.from.clone());
        let run = RunId::from(run);
        let rules = sequence::not_applicable(&plan, &release, &run, &env, &sequence, None);
        self.fact(Fact::RunStarted {
            run: run.clone(),
            env,
            purpose,
            of: of.map(RunId::from),
            from: live,
            to: back.unwrap_or_else(|| release.version.clone()),
            commit: COMMIT.to_owned(),
            plan_hash: "plan".to_owned(),
            sequence,
            dir: None,
            all: true,
        });
        self.fact(Fact::RunConductor { run, session: HERE.into(), reason: None });
        for rule in rules {
            self.fact(rule);
        }
        self
    }

    /// Begins an attempt of a step.
    pub fn begin(&mut self, run: &str, slot: &str) -> &mut Self {
        let release = self.snapshot.release.clone().unwrap();
        let place: Slot = release.run(&run.into()).unwrap().slot(&slot.into()).unwrap().clone();
        let number = u32::try_from(release.attempts_of(&run.into(), &slot.into()).len()).unwrap() + 1;
        let argv = match &self.snapshot.plan.item(&place.item).unwrap().kind {
            ItemKind::Command(step) if place.act == Act::Undo => step.undo.as_ref().unwrap().exec_argv(),
            ItemKind::Command(step) => step.run.exec_argv(),
            _ => Vec::new(),
        };
        let attempt = format!("{run}-{slot}-{number}");
        self.snapshot.observed.attempts.insert(attempt.as_str().into(), Seen::Running);
        self.fact(Fact::AttemptIntended {
            attempt: attempt.into(),
            run: run.into(),
            item: slot.into(),
            act: place.act,
            number,
            argv,
            session: HERE.into(),
        })
    }

    /// Ends the latest attempt of a step.
    pub fn end(&mut self, run: &str, slot: &str, after_s: i64, outcome: AttemptOutcome) -> &mut Self {
        let release = self.snapshot.release.clone().unwrap();
        let attempt = release.attempts_of(&run.into(), &slot.into()).last().unwrap().id.clone();
        let started = Some(self.now);
        self.wait(after_s);
        self.snapshot.observed.attempts.remove(&attempt);
        let (ended, left_running) = (Some(self.now), Vec::new());
        self.fact(Fact::AttemptEnded {
            attempt,
            outcome,
            started,
            ended,
            left_running,
            log_lines: 412,
            log_bytes: 31_000,
            stopped: None,
            lost_bytes: None,
        })
    }

    /// Settles every open slot of a run up to, and without, the one named: steps by an attempt, the rest by a word.
    pub fn through(&mut self, run: &str, until: &str) -> &mut Self {
        let sequence = self.snapshot.release.as_ref().unwrap().run(&run.into()).unwrap().sequence.clone();
        for (slot, took) in sequence.iter().zip([9, 38, 72, 51, 12, 5, 40, 3, 8].into_iter().cycle()) {
            if slot.id.as_str() == until {
                break;
            }
            let now = self.snapshot.release.as_ref().unwrap().run(&run.into()).unwrap().state(&slot.id);
            if now.settled() {
                continue;
            }
            let kind = self.snapshot.plan.item(&slot.item).map(|item| item.kind.clone());
            if matches!(kind, Some(ItemKind::Command(_))) {
                self.begin(run, slot.id.as_str()).end(run, slot.id.as_str(), took, AttemptOutcome::Exited(0));
            } else {
                self.wait(took).item(Some(run), slot.id.as_str(), ItemState::Done, None);
            }
        }
        self
    }

    pub fn finish(&mut self, run: &str, outcome: RunOutcome) -> &mut Self {
        self.fact(Fact::RunEnded { run: run.into(), outcome, reason: None })
    }

    pub fn incident(&mut self, what: &str, run: &str) -> &mut Self {
        self.fact(Fact::IncidentOpened {
            incident: "INC-1".into(),
            severity: Severity::High,
            judged: false,
            what: what.to_owned(),
            env: Some("production".into()),
            run: Some(run.into()),
            attempt: None,
            log_tail: Vec::new(),
            by: "relco".to_owned(),
        })
    }

    pub fn listing(&self) -> Listing {
        Listing::of(&self.snapshot, self.now)
    }

    pub fn timeline(&self) -> Vec<timeline::Entry> {
        let none = BTreeMap::new();
        let notes = self.snapshot.release.as_ref().map_or(&none, |release| &release.notes_taken);
        timeline::entries(&self.snapshot.records, notes)
    }

    /// Hands the parts of a picture over.
    pub fn show<T>(&self, theme: &Theme, with: impl FnOnce(&Shown<'_>) -> T) -> T {
        let (listing, timeline) = (self.listing(), self.timeline());
        self.show_parts(theme, (&listing, &timeline), with)
    }

    /// As [`World::show`], with list and timeline built before.
    pub fn show_parts<T>(
        &self,
        theme: &Theme,
        (listing, timeline): (&Listing, &[timeline::Entry]),
        with: impl FnOnce(&Shown<'_>) -> T,
    ) -> T {
        let named = self.selected.as_ref().and_then(|id| listing.position(id));
        with(&Shown {
            snapshot: &self.snapshot,
            selected: named.or(listing.next).unwrap_or(0),
            listing,
            now: self.now,
            theme,
            focus: self.focus,
            zoom: self.zoom,
            gate: self.gate,
            timeline,
            timeline_up: self.timeline_up,
            of_incident: false,
            hints: &self.hints,
            keys: &self.keys,
            recording: self.recording,
            watches: &self.watches,
            log: self.log.as_ref(),
        })
    }
}

/// A clone of any repository: no configuration, no release.
pub fn plain_clone() -> World {
    let mut world = World::new(default_plan());
    world.check("changelog", CheckVerdict::Unknown, "no changelog is configured", &[]);
    world.check("versions", CheckVerdict::Unknown, "no version file is configured", &[]);
    world.hints =
        hints(&[("Enter", "start a release"), ("g", "changes"), (":", "commands"), ("?", "help"), ("q", "quit")]);
    world
}

fn started() -> World {
    let mut world = World::new(harbor_plan());
    world.live("staging", "1.2.4").live("production", "1.2.4");
    let (version, base) = ("1.3.0".to_owned(), Some("v1.2.4".to_owned()));
    world.fact(Fact::ReleaseStarted { version, kind: ReleaseType::Minor, base, reason: None });
    world.wait(149).fact(Fact::CandidateSet {
        commit: COMMIT.to_owned(),
        branch: Some("main".to_owned()),
        plan_hash: "plan".to_owned(),
        breaking: false,
        voided: Vec::new(),
    });
    world
}

/// Not ready in the ways of the example: a missing entry, versions that disagree, a gate without a word.
pub fn preparing() -> World {
    let mut world = started();
    world.wait(502).gate_said("qa", GateVerdict::Passed, "li", Some("run 881, 214 tests"));
    world.wait(1300).actor("sam").gate_said("business", GateVerdict::Passed, "sam", None).actor("ana");
    world.check(
        "changelog",
        CheckVerdict::Bad,
        "11 listed, 1 missing (#123)",
        &[("PR #123 not in changelog", "developer")],
    );
    let disagree = "Backend says v1.3.0, frontend says v1.2.9";
    world.check("versions", CheckVerdict::Bad, "2 places, 1 differs", &[(disagree, "release manager")]);
    for item in ["pipeline", "scripts-tested", "rollback-documented", "alerts", "credentials", "migrations-ready"] {
        world.wait(31).item(None, item, ItemState::Done, None);
    }
    world.wait(60).item(None, "full-tests", ItemState::Skipped, Some("the nightly run covers it"));
    world.sign_off("qa", "li");
    world.wait(5400);
    world.hints = hints(&[
        ("Enter", "show changes"),
        ("n", "note"),
        ("s", "skip"),
        ("v", "versions"),
        ("g", "changes"),
        (":", "commands"),
        ("?", "help"),
    ]);
    world
}

/// Everything holds.
pub fn ready() -> World {
    let mut world = started();
    for (gate, who) in [("qa", "li"), ("business", "sam"), ("security", "kim")] {
        world.wait(60).gate_said(gate, GateVerdict::Passed, who, None);
    }
    world.check("changelog", CheckVerdict::Ok, "12 listed", &[]);
    world.check("versions", CheckVerdict::Ok, "2 places say 1.3.0", &[]);
    world.fact(Fact::NotesWritten { blob: "b".repeat(64), draft: false, by: ANA.to_owned() });
    let done = [
        "pipeline",
        "scripts-tested",
        "rollback-documented",
        "alerts",
        "credentials",
        "migrations-ready",
        "full-tests",
    ];
    for item in done {
        world.wait(31).item(None, item, ItemState::Done, None);
    }
    world.wait(120).start("R1", "staging", RunPurpose::Rehearsal, None).through("R1", "");
    world.finish("R1", RunOutcome::Succeeded).wait(60).start("R2", "staging", RunPurpose::Deployment, None);
    world.through("R2", "").finish("R2", RunOutcome::Succeeded).live("staging", "1.3.0");
    let plan = world.snapshot.plan.clone();
    let digest = world.snapshot.release.as_ref().unwrap().sheet.digest("1.3.0", &plan);
    for (role, who) in [("release manager", "ana"), ("devops", "devin")] {
        let (role, by) = (Role::from(role), format!("{who}@example.com"));
        world.wait(20).fact(Fact::SheetAgreed { role, by, digest: digest.clone() });
    }
    for (role, who) in [("qa", "li"), ("security", "kim"), ("product owner", "sam")] {
        world.wait(15).sign_off(role, who);
    }
    world.wait(300);
    world.hints =
        hints(&[("Enter", "deploy to production"), ("n", "note"), ("g", "changes"), (":", "commands"), ("?", "help")]);
    world
}

fn production() -> World {
    let mut world = ready();
    world.project(Fact::EnvLocked { env: "production".into(), release: "1.3.0".to_owned(), run: "R3".into() });
    world.start("R3", "production", RunPurpose::Deployment, None).through("R3", "migrate");
    world.fact(Fact::TriggerBaseline {
        run: "R3".into(),
        trigger: "slow".into(),
        usual: Some(106.0),
        slow_share: 0.0,
        peak: 0.0,
        waves: 0.0,
        good: 300,
        asked: 300,
        red: false,
    });
    world.through("R3", "deploy-frontend");
    world.hints = hints(&[
        ("P", "pause"),
        ("A", "abort"),
        ("Ctrl-X r", "roll back"),
        ("Ctrl-X i", "incident"),
        ("n", "note"),
        ("/", "search"),
        ("e", "next error"),
        ("z", "zoom"),
        ("?", "help"),
    ]);
    world
}

/// Step 3 of production runs.
pub fn deploying() -> World {
    let mut world = production();
    world.begin("R3", "deploy-frontend").wait(42);
    let samples_ms = [103.0, 106.0, 104.0, 109.0, 131.0, 110.0, 104.0];
    world.watch(&samples_ms.map(Some), None);
    world.log = Some(LogTitle {
        what: "deploy-frontend".to_owned(),
        state: Some(State::Running),
        took: Some(std::time::Duration::from_secs(42)),
        usual: Some(std::time::Duration::from_secs(51)),
        lines: 12_480,
        right: "following".to_owned(),
        ..LogTitle::default()
    });
    world
}

/// Step 3 of production exited 1; the incident is open.
pub fn failed() -> World {
    let mut world = deploying();
    world.end("R3", "deploy-frontend", 51, AttemptOutcome::Exited(1));
    world.wait(1).incident("deploy-frontend failed in production: exit 1", "R3");
    world.wait(17).note("checkout page blank for 5 % of users", 80);
    world.wait(29);
    world.watches.clear();
    world.log = Some(LogTitle {
        what: "deploy-frontend".to_owned(),
        state: Some(State::Failed),
        outcome: Some("exit 1".to_owned()),
        took: Some(std::time::Duration::from_secs(51)),
        lines: 14_112,
        right: "error 1 of 2 · e next".to_owned(),
        ..LogTitle::default()
    });
    world.hints = hints(&[
        ("Enter", "decide"),
        ("Ctrl-X r", "roll back"),
        ("R", "try again"),
        ("n", "note"),
        ("S", "severity"),
        ("y", "copy status"),
        ("?", "help"),
    ]);
    world
}

/// The rollback of production is on its way.
pub fn rolling_back() -> World {
    let mut world = failed();
    world.wait(20).finish("R3", RunOutcome::RolledBack);
    world.start("R4", "production", RunPurpose::Rollback, Some("R3"));
    let second = world.snapshot.release.as_ref().unwrap().runs.last().unwrap().sequence[1].id.to_string();
    world.through("R4", &second).begin("R4", &second).wait(9);
    world.log = Some(LogTitle {
        what: second,
        state: Some(State::Running),
        took: Some(std::time::Duration::from_secs(9)),
        lines: 31,
        right: "following".to_owned(),
        ..LogTitle::default()
    });
    world
}

/// Production runs the old version again; what follows is not done yet.
pub fn rolled_back() -> World {
    let mut world = rolling_back();
    let slot = world.log.as_ref().unwrap().what.clone();
    world.end("R4", &slot, 9, AttemptOutcome::Exited(0)).through("R4", "document-incident").live("production", "1.2.4");
    let (incident, status) = ("INC-1".into(), Status::Resolved);
    world.fact(Fact::IncidentStatusSet { incident, status, by: ANA.to_owned(), note: None });
    world.through("R4", "").finish("R4", RunOutcome::Succeeded).wait(120);
    world.log = None;
    world.hints = hints(&[("Enter", "end the release"), ("I", "incident report"), ("n", "note"), ("?", "help")]);
    world
}

/// Out, told, closed.
pub fn complete() -> World {
    let mut world = production();
    world.through("R3", "").live("production", "1.3.0").finish("R3", RunOutcome::Succeeded);
    world.wait(30).fact(Fact::ReleaseCompleted { log_line: "1.3.0".to_owned() }).wait(600);
    world.hints = hints(&[("N", "start a release"), ("%", "metrics"), ("H", "history"), ("?", "help"), ("q", "quit")]);
    world
}

/// Another terminal walks the run.
pub fn observing() -> World {
    let mut world = deploying();
    world.actor("li").fact(Fact::RunConductor {
        run: "R3".into(),
        session: "s-li".into(),
        reason: Some("ana's train enters a tunnel".to_owned()),
    });
    world.actor("ana").snapshot.observed.sessions.insert("s-li".into());
    world.hints = hints(&[("n", "note"), ("P", "ask for a pause"), ("/", "search"), ("?", "help")]);
    world
}

/// The session that walked the run is gone, its step goes on.
pub fn unwatched() -> World {
    let mut world = deploying();
    world.snapshot.session = "s-new".into();
    world.snapshot.observed.sessions = [SessionId::from("s-new")].into();
    world
}

/// A measured trigger proposes rollback.
pub fn proposed() -> World {
    let mut world = production();
    world.through("R3", "trigger-slow");
    let words = "5 of the last 5 blocks slower than 212 ms; score 7.2 of 6.9";
    let (run, by) = (Some(RunId::from("R3")), "relco".to_owned());
    world.fact(Fact::TriggerFired {
        trigger: "slow".into(),
        run: run.clone(),
        by: by.clone(),
        words: words.to_owned(),
    });
    world.fact(Fact::RunPaused { run: "R3".into(), reason: "rollback is proposed".to_owned(), by });
    world.incident(words, "R3").wait(47);
    let mut samples_ms = vec![Some(104.0); 30];
    samples_ms.extend([Some(290.0), Some(311.0), None, Some(318.0), Some(306.0)].repeat(14));
    world.watch(&samples_ms, Some(30));
    world
}

/// A person paused.
pub fn paused() -> World {
    let mut world = production();
    world.fact(Fact::RunPaused {
        run: "R3".into(),
        reason: "waiting for the cache team".to_owned(),
        by: ANA.to_owned(),
    });
    world.wait(95);
    world
}

/// What became of the step is not known.
pub fn unknown() -> World {
    let mut world = deploying();
    world.end("R3", "deploy-frontend", 60, AttemptOutcome::Unknown).wait(10);
    world.log = None;
    world
}

/// Production waits for a person.
pub fn asking() -> World {
    let mut world = production();
    world.through("R3", "key-flows").wait(40);
    world.hints = hints(&[
        ("Enter", "done"),
        ("x", "failed"),
        ("s", "skip"),
        ("t", "trigger"),
        ("Ctrl-X r", "roll back"),
        ("?", "help"),
    ]);
    world
}

/// A hotfix beside another release, with everything that may be odd around it.
pub fn hotfix() -> World {
    let mut world = World::new(harbor_plan());
    world.live("staging", "1.3.0").live("production", "1.2.4");
    let (version, base) = ("1.2.5".to_owned(), Some("v1.2.4".to_owned()));
    let reason = Some("BUG-77: berths are lost on save".to_owned());
    world.fact(Fact::ReleaseStarted { version, kind: ReleaseType::Hotfix, base, reason });
    world.gate_said("qa", GateVerdict::Passed, "li", Some("run 881"));
    let (commit, branch) = ("1111111111111111111111111111111111111111".to_owned(), Some("hotfix".to_owned()));
    let voided = vec!["gate qa".to_owned()];
    world.wait(60).fact(Fact::CandidateSet { commit, branch, plan_hash: "plan".to_owned(), breaking: false, voided });
    let (gate, by, commit) = ("security".into(), "kim@example.com".to_owned(), None);
    let reason = Some("no input is parsed here".to_owned());
    world.fact(Fact::GateDecided {
        gate,
        verdict: GateVerdict::Waived,
        by,
        reason,
        evidence: None,
        commit,
        basis: None,
    });
    world.project(Fact::DebtAdded {
        debt: "D1".to_owned(),
        text: "forward-port 1.2.3".to_owned(),
        release: "1.2.3".to_owned(),
        role: "developer".into(),
    });
    world.project(Fact::EnvLocked { env: "production".into(), release: "1.3.0".to_owned(), run: "R3".into() });
    world.fact(Fact::SheetSet {
        field: crate::domain::sheet::SheetField::DeployTime,
        value: "2026-11-23 08:00-09:00 UTC".to_owned(),
        by: ANA.to_owned(),
    });
    let observed = &mut world.snapshot.observed;
    observed.ahead_of_candidate = Some(2);
    observed.open_releases = vec!["1.2.5".to_owned(), "1.3.0".to_owned()];
    observed.trusted = false;
    world.wait(86_400);
    world
}

/// Everything that somebody else wrote is hostile.
pub fn hostile() -> World {
    let bad = "\u{202e}\u{1b}[2J漢字\u{200b}👩‍👩‍👧‍👦\n\t\u{e0041}e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}x".repeat(9);
    let mut plan = harbor_plan();
    plan.project.clone_from(&bad);
    plan.gates.iter_mut().for_each(|gate| gate.title.clone_from(&bad));
    plan.items.iter_mut().for_each(|item| item.title.clone_from(&bad));
    plan.people.clear();
    let mut world = failed();
    world.snapshot.project_name.clone_from(&bad);
    world.snapshot.plan = Arc::new(plan);
    let release = world.snapshot.release.as_mut().unwrap();
    release.version.clone_from(&bad);
    release.captain.clone_from(&bad);
    release.base = Some(bad.clone());
    world.note(&bad, 7200);
    world.snapshot.read_only = Some(bad.clone());
    world.snapshot.config_broken = Some(bad.clone());
    world.snapshot.observed.open_releases = vec![bad.clone()];
    let run = world.snapshot.release.as_mut().unwrap().runs.last_mut().unwrap();
    let record = run.records.get_mut(&ItemId::from("deploy-frontend")).unwrap();
    record.evidence.observed = Some(bad.clone());
    world.log = Some(LogTitle { what: bad.clone(), right: bad.clone(), lines: u64::MAX, ..LogTitle::default() });
    world.hints = vec![(bad.clone(), bad)];
    world
}

/// Every state by name.
pub fn all() -> Vec<(&'static str, World)> {
    vec![
        ("plain clone", plain_clone()),
        ("preparing", preparing()),
        ("ready", ready()),
        ("deploying", deploying()),
        ("failed", failed()),
        ("rolling back", rolling_back()),
        ("rolled back", rolled_back()),
        ("complete", complete()),
        ("observing", observing()),
        ("unwatched", unwatched()),
        ("proposed", proposed()),
        ("paused", paused()),
        ("unknown", unknown()),
        ("asking", asking()),
        ("hotfix", hotfix()),
        ("hostile", hostile()),
    ]
}
