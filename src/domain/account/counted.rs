//! Runs and incidents as facts for the metrics.
//!
//! The unit is one deployment run. It counts from its first changing step on; a rollback is part of the run that it
//! takes back and never a run of its own; a rehearsal is marked as a drill. Nothing is guessed: an incident belongs to
//! the run that it was opened in, and where it names none, to the release's last deployment before it. Enter at
//! [`deployments`], [`impacts`] and [`windows`].

use jiff::Timestamp;

use crate::domain::duration::between;
use crate::domain::id::{EnvName, RunId};
use crate::domain::incident::{Decision, Extent, Incident, Span, Status};
use crate::domain::item::ItemState;
use crate::domain::metrics::{
    DeploymentFact, Held, ImpactEnd, ImpactFact, ImpactStart, Outcome, Rules, Window, WindowMetrics, measure,
};
use crate::domain::plan::{ItemKind, List, Plan};
use crate::domain::release::{Phase, ReleaseState};
use crate::domain::release_type::ReleaseType;
use crate::domain::run::{Act, Attempt, AttemptOutcome, Run, RunOutcome, RunPurpose, Slot};
use crate::domain::tag::TagPattern;

/// What is counted in this project, and what it is held against.
pub fn rules(plan: &Plan) -> Rules {
    let defaults = Rules::default();
    Rules {
        env: plan.production().map_or(defaults.env, |env| env.name.clone()),
        watch: defaults.watch,
        targets: plan.targets,
    }
}

/// The metrics over both windows, from every release on record, oldest first.
pub fn windows(releases: &[&ReleaseState], plan: &Plan, now: Timestamp) -> Vec<WindowMetrics> {
    let rules = rules(plan);
    let deployments = deployments(releases, plan, &rules);
    let impacts = impacts(releases, plan, &rules);
    Window::BOTH.map(|window| measure(window, &deployments, &impacts, &rules, now)).to_vec()
}

/// Every run that goes forward, rehearsals marked as drills.
///
/// A success is closed, and so needs no further watching, once its release is complete: then the people whose word
/// counts said that it is out. Otherwise it is pending for the watch window.
pub fn deployments(releases: &[&ReleaseState], plan: &Plan, rules: &Rules) -> Vec<DeploymentFact> {
    let named = named(releases);
    let mut facts = Vec::new();
    for (name, release) in &named {
        for run in release.runs.iter().filter(|run| run.purpose != RunPurpose::Rollback) {
            let seen = Seen { releases: &named, release, run, plan, rules };
            facts.push(seen.fact(name));
        }
    }
    facts
}

/// What users felt, one fact for each incident of a release. An incident about whose impact nobody said anything is
/// one of unknown length, never of none.
pub fn impacts(releases: &[&ReleaseState], plan: &Plan, rules: &Rules) -> Vec<ImpactFact> {
    let of_release = |(name, release): &(String, &ReleaseState)| {
        release.incidents.iter().flat_map(|incident| impact(name, release, incident, plan, rules)).collect::<Vec<_>>()
    };
    named(releases).iter().flat_map(of_release).collect()
}

/// An incident's impact: a fact for each part of it during which its extent did not change.
fn impact(name: &str, release: &ReleaseState, incident: &Incident, plan: &Plan, rules: &Rules) -> Vec<ImpactFact> {
    let run = run_of(release, incident, &rules.env);
    let earliest = run.and_then(|run| first_change(release, run, plan)).filter(|at| *at < incident.opened);
    let spans = incident.impact.spans();
    let last = spans.len().saturating_sub(1);
    let of_span = |(at, span): (usize, Span)| ImpactFact {
        release: name.to_owned(),
        incident: incident.id.clone(),
        env: incident.env.clone().unwrap_or_else(|| rules.env.clone()),
        drill: run.is_some_and(|run| run.purpose == RunPurpose::Rehearsal),
        planned: false,
        // Where nobody said how much, the worse is assumed: a metric never flatters.
        extent: span.extent.unwrap_or(Extent::Full),
        start: match span.from {
            Some(at) => ImpactStart::At(at),
            None => ImpactStart::Between(earliest.unwrap_or(incident.opened), incident.opened),
        },
        end: match (span.to, incident.resolved) {
            (Some(at), _) => ImpactEnd::At(at),
            (None, Some(resolved)) if at == last => ImpactEnd::UnknownUntil(resolved),
            (None, _) => ImpactEnd::Open,
        },
    };
    spans.into_iter().enumerate().map(of_span).collect()
}

/// Each release with the name of its record: a version that was started again is `1.3.0.2`, as its directory is.
fn named<'a>(releases: &[&'a ReleaseState]) -> Vec<(String, &'a ReleaseState)> {
    let mut named: Vec<(String, &ReleaseState)> = Vec::with_capacity(releases.len());
    for release in releases {
        let before = named.iter().filter(|(_, other)| other.version == release.version).count();
        let name = match before {
            0 => release.version.clone(),
            before => format!("{}.{}", release.version, before + 1),
        };
        named.push((name, release));
    }
    named
}

/// The run that goes forward and that an incident is about. An incident that was opened in a rollback is about the
/// run that is taken back.
fn run_of<'a>(release: &'a ReleaseState, incident: &Incident, production: &EnvName) -> Option<&'a Run> {
    let forward = |id: &RunId| {
        let run = release.run(id)?;
        run.of.as_ref().map_or(Some(run), |of| release.run(of))
    };
    match &incident.run {
        Some(id) => forward(id),
        None => release.runs.iter().rev().find(|run| {
            run.purpose == RunPurpose::Deployment && run.env == *production && run.started <= incident.opened
        }),
    }
}

/// When the first step of a run that changes something started.
fn first_change(release: &ReleaseState, run: &Run, plan: &Plan) -> Option<Timestamp> {
    let steps = run.sequence.iter().filter(|slot| slot.act == Act::Do && slot.list == List::Deployment);
    steps.filter_map(|slot| change_of(release, run, plan, slot)).min()
}

/// When a slot began to change something, if it does and did.
fn change_of(release: &ReleaseState, run: &Run, plan: &Plan, slot: &Slot) -> Option<Timestamp> {
    match plan.item(&slot.item).map(|item| &item.kind) {
        Some(ItemKind::Command(step)) if !step.class.changes() => None,
        Some(ItemKind::Command(_)) | None => {
            let attempts = release.attempts_of(&run.id, &slot.id);
            attempts.iter().filter_map(|attempt| started(attempt)).min()
        }
        // What a person does has no start of its own; the word about it is the nearest that is known.
        Some(_) => run
            .records
            .get(&slot.id)
            .filter(|record| matches!(record.state, ItemState::Doing | ItemState::Done | ItemState::Failed))
            .map(|record| record.at),
    }
}

/// When the command of an attempt started; none for one that never did.
fn started(attempt: &Attempt) -> Option<Timestamp> {
    match &attempt.outcome {
        Some(AttemptOutcome::NotStarted | AttemptOutcome::NotExecuted(_)) => None,
        _ => Some(attempt.started.unwrap_or(attempt.intended)),
    }
}

/// One run, with all that its outcome depends on.
struct Seen<'a> {
    releases: &'a [(String, &'a ReleaseState)],
    release: &'a ReleaseState,
    run: &'a Run,
    plan: &'a Plan,
    rules: &'a Rules,
}

impl Seen<'_> {
    fn fact(&self, name: &str) -> DeploymentFact {
        let run = self.run;
        let over = run.pauses.iter().map(|(from, to)| Held { from: *from, to: Some(*to) });
        let held = run.paused.iter().map(|pause| Held { from: pause.at, to: None });
        DeploymentFact {
            release: name.to_owned(),
            run: run.id.clone(),
            version: run.to.clone(),
            env: run.env.clone(),
            drill: run.purpose == RunPurpose::Rehearsal,
            started_at: run.started,
            first_changing_step_at: first_change(self.release, run, self.plan),
            verification_ended_at: self.verified_at(run),
            pauses: over.chain(held).collect(),
            outcome: self.outcome(),
            users_met_it: self.users_met_it(),
            incident_open: self.incidents().any(|one| one.is_open() && one.status != Status::Resolved),
            closed: matches!(self.release.ended, Some((_, Phase::Complete))),
            repairs: (self.release.kind() == ReleaseType::Hotfix).then(|| based_on(self.release, self.plan)).flatten(),
        }
    }

    fn incidents(&self) -> impl Iterator<Item = &Incident> {
        let incidents = self.release.incidents.iter();
        incidents.filter(|one| run_of(self.release, one, &self.rules.env).is_some_and(|run| run.id == self.run.id))
    }

    /// When the last slot of a run's verification was settled; none before all of it is.
    fn verified_at(&self, run: &Run) -> Option<Timestamp> {
        if !run.settled(&[List::PreDeployment, List::Deployment, List::Verification]) {
            return None;
        }
        let counted = run.sequence.iter().filter(|slot| matches!(slot.list, List::Deployment | List::Verification));
        counted
            .filter_map(|slot| run.records.get(&slot.id))
            .filter(|record| record.state != ItemState::NotApplicable)
            .map(|record| {
                let attempt = record.evidence.attempt.as_ref().and_then(|id| self.release.attempts.get(id));
                attempt.and_then(|attempt| attempt.ended).unwrap_or(record.at)
            })
            .max()
    }

    /// How the run ended. A run that was ended and followed by one that got through, of the same release in the same
    /// place, was fixed forward; so was one that got through with a decision to continue with a fix, or that a hotfix
    /// had to follow within the watch window.
    fn outcome(&self) -> Outcome {
        let run = self.run;
        let taken_back =
            self.release.runs.iter().any(|other| other.of.as_ref() == Some(&run.id) && did_something(other));
        if taken_back {
            return Outcome::RolledBack;
        }
        let fixed = self
            .incidents()
            .any(|one| one.decisions.iter().any(|decision| decision.decision == Decision::ContinueWithFix));
        let cut_short = run.ended.is_some_and(|(_, outcome)| outcome != RunOutcome::Succeeded);
        let replaced = cut_short && self.another_got_through();
        match self.verified_at(run) {
            Some(at) if fixed || replaced || self.hotfix_followed(at) => Outcome::FixedForward,
            Some(_) => Outcome::Succeeded,
            None if run.is_open() => Outcome::Pending,
            None if replaced => Outcome::FixedForward,
            None => Outcome::Failed,
        }
    }

    /// Whether a later deployment of this release in the same place got through its verification.
    fn another_got_through(&self) -> bool {
        let later = self.release.runs.iter().skip_while(|other| other.id != self.run.id).skip(1);
        later
            .filter(|other| other.purpose == RunPurpose::Deployment && other.env == self.run.env)
            .any(|other| self.verified_at(other).is_some())
    }

    fn hotfix_followed(&self, verified: Timestamp) -> bool {
        self.releases.iter().any(|(_, other)| {
            other.kind() == ReleaseType::Hotfix
                && based_on(other, self.plan).as_ref() == Some(&self.run.to)
                && other.started.is_some_and(|at| at >= self.run.started && between(verified, at) < self.rules.watch)
                && other.runs.iter().any(|run| {
                    run.env == self.run.env
                        && run.purpose == RunPurpose::Deployment
                        && first_change(other, run, self.plan).is_some()
                })
        })
    }

    /// Users met the new version when all of its steps were through, or when somebody said that they felt it.
    fn users_met_it(&self) -> bool {
        let through = self.run.settled(&[List::PreDeployment, List::Deployment]);
        through || self.incidents().any(|one| one.impact.is_told())
    }
}

/// Whether a rollback did anything: one that was ended before its first act took nothing back.
fn did_something(rollback: &Run) -> bool {
    let untouched = |state| matches!(state, ItemState::Open | ItemState::NotApplicable);
    let aborted = rollback.ended.is_some_and(|(_, outcome)| outcome == RunOutcome::Aborted);
    !aborted || rollback.sequence.iter().any(|slot| !untouched(rollback.state(&slot.id)))
}

/// The version of the release tag that a release is compared with.
fn based_on(release: &ReleaseState, plan: &Plan) -> Option<String> {
    let pattern = plan.tag.parse::<TagPattern>().ok()?;
    pattern.version(release.base.as_deref()?).map(|version| version.to_string())
}
