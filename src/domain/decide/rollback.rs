//! Rolling back, and what proposes it. No gate, pause, freeze, list or trust question stands in the way.

use super::super::command::Command;
use super::super::effect::{Effect, Outcome};
use super::super::event::Fact;
use super::super::id::{EnvName, ItemId, TriggerId};
use super::super::incident::Decision;
use super::super::plan::{ItemKind, List};
use super::super::refusal::Refusal;
use super::super::release::{ReleaseState, succeeded};
use super::super::run::{Act, Run, RunOutcome, RunPurpose, Slot};
use super::super::sequence;
use super::super::situation::Situation;
use super::any_release;
use super::deploy::{check_word, next_run_id, typed_word};
use super::incident::open_for;

pub(super) fn decide(sit: &Situation<'_>, command: &Command) -> Result<Outcome, Refusal> {
    match command {
        Command::StartRollback { env, all, confirm, despite_running, dir } => start(
            sit,
            env,
            &Asked { all: *all, confirm: confirm.as_deref(), despite_running: *despite_running, dir: dir.as_deref() },
        ),
        Command::FireTrigger { trigger, words } => fire(sit, trigger, words.as_deref()),
        _ => Ok(Outcome::default()),
    }
}

/// The run that a rollback in this environment would take back, or why there is none.
///
/// # Errors
/// A refusal that says why there is nothing to roll back.
pub fn target<'a>(sit: &Situation<'a>, env: &EnvName) -> Result<(&'a ReleaseState, &'a Run), Refusal> {
    let release = any_release(sit)?;
    let last = release.runs.iter().rev().find(|run| run.env == *env);
    let Some(last) = last else {
        let refusal = Refusal::new(format!("nothing was deployed to {env} in release {}", release.version));
        // What runs there may be another release's: its record has the way back.
        let by = sit.project.live.get(env).and_then(|live| live.release.as_ref());
        return Err(match by.filter(|by| **by != release.version) {
            Some(by) => refusal.next(format!("relco --release {by} rollback start --env {env}")),
            None => refusal,
        });
    };
    if let Some(refusal) = of_another_release(sit, release, last, env) {
        return Err(refusal);
    }
    let run = match last.purpose {
        RunPurpose::Rollback if last.is_open() => {
            return Err(Refusal::new(format!("rollback {} is under way", last.id))
                .next(format!("relco rollback next --env {env}")));
        }
        RunPurpose::Rollback if succeeded(last) => {
            return Err(Refusal::new(format!("{env} was rolled back by {}", last.id)));
        }
        // One that was given up: what it was to take back is there still, less what it undid.
        RunPurpose::Rollback => last.of.as_ref().and_then(|of| release.run(of)).unwrap_or(last),
        RunPurpose::Rehearsal if succeeded(last) => {
            return Err(Refusal::new(format!("the last run in {env} was a rehearsal, which rolled itself back")));
        }
        RunPurpose::Rehearsal | RunPurpose::Deployment => last,
    };
    if !release.started_changing(run, sit.plan) {
        return Err(Refusal::new(format!("{} changed nothing in {env} yet", run.id)));
    }
    Ok((release, run))
}

/// What runs in an environment since this release's last run there may be another release's. Taking back what lies
/// under it would pull the ground away from what is live.
fn of_another_release(sit: &Situation<'_>, release: &ReleaseState, last: &Run, env: &EnvName) -> Option<Refusal> {
    let other = |version: &String| *version != release.version;
    let holder = sit.project.locks.get(env).map(|lock| &lock.release).filter(|holder| other(holder));
    let live = sit.project.live.get(env).filter(|live| live.since > last.started);
    let owner = holder.or_else(|| live.and_then(|live| live.release.as_ref()).filter(|owner| other(owner)))?;
    let next = format!("relco --release {owner} rollback start --env {env}");
    Some(Refusal::new(format!("release {owner} was deployed to {env} after {}", release.version)).next(next))
}

/// The version that a rollback of this run goes back to.
pub fn goes_back_to(release: &ReleaseState, run: &Run) -> String {
    run.from
        .clone()
        .or_else(|| release.base.as_ref().map(|tag| tag.trim_start_matches('v').to_owned()))
        .unwrap_or_else(|| "previous".to_owned())
}

/// The word to type for a rollback in this environment.
///
/// # Errors
/// The refusal of [`target`].
pub fn word(sit: &Situation<'_>, env: &EnvName) -> Result<String, Refusal> {
    let (release, run) = target(sit, env)?;
    Ok(typed_word(&goes_back_to(release, run), env))
}

/// Why a run is rolled back, as far as it was said: by the decision, or by the trigger that proposed it.
pub(super) fn reason(release: &ReleaseState, run: &Run) -> Option<String> {
    let old = run.of.as_ref()?;
    let fired = release.fired.iter().rev().find(|fired| fired.run.as_ref() == Some(old));
    let incident = release.incidents.iter().rev().find(|incident| incident.run.as_ref() == Some(old));
    fired.map(|fired| fired.words.clone()).or_else(|| incident.map(|incident| incident.what.clone()))
}

struct Asked<'a> {
    all: bool,
    confirm: Option<&'a str>,
    despite_running: bool,
    dir: Option<&'a str>,
}

fn start(sit: &Situation<'_>, env: &EnvName, asked: &Asked<'_>) -> Result<Outcome, Refusal> {
    let (release, old) = target(sit, env)?;
    let to = goes_back_to(release, old);
    check_word(asked.confirm, &typed_word(&to, env), &format!("rolling back {env}"))?;
    let running: Vec<String> = release
        .running()
        .filter(|attempt| attempt.run == old.id)
        .map(|attempt| format!("{} ({})", attempt.slot, attempt.id))
        .collect();
    if !running.is_empty() && !asked.despite_running {
        return Err(Refusal::new("the old run is not dead yet")
            .details(running)
            .next("it is being stopped; go on despite it with --despite-running"));
    }
    let what = format!("rollback of {} in {env}", release.version);
    let opened = open_for(sit, release, old, what, None, Vec::new());
    let fired = release.fired.iter().rev().find(|fired| fired.run.as_ref() == Some(&old.id));
    let reason = fired.map(|fired| fired.words.clone());
    let sequence = sequence::rollback(sit.plan, release, old);
    if !sequence.iter().any(|slot| slot.list == List::Rollback) {
        let forward = sequence::irreversible(sit.plan).filter_map(|item| match &item.kind {
            ItemKind::Command(step) => Some(format!("{}: {}", item.title, step.roll_forward.as_deref()?)),
            _ => None,
        });
        return Err(Refusal::new(format!("nothing of {} can be taken back, and the rollback list is empty", old.id))
            .details(forward)
            .next("go forward: a fixed candidate; or say what runs there with relco live set"));
    }
    let dir = asked.dir.map(str::to_owned);
    let mut outcome = take_back(sit, release, old, Back { sequence, opened: &opened, reason, all: asked.all, dir });
    outcome.release.splice(0..0, opened);
    Ok(outcome)
}

/// The rollback that the plan of a run says for this failure; its incident is opened by what failed. A step that ended
/// by itself and left nothing running has nothing that `cancel` would have to end.
pub(super) fn by_plan(
    sit: &Situation<'_>,
    release: &ReleaseState,
    old: &Run,
    reason: String,
    ended: Option<&ItemId>,
) -> Outcome {
    let mut sequence = sequence::rollback(sit.plan, release, old);
    sequence.retain(|slot| slot.act != Act::Cancel || Some(&slot.item) != ended);
    let mut outcome = Outcome::default();
    outcome.warnings.push(reason.clone());
    if !sequence.iter().any(|slot| slot.list == List::Rollback) {
        outcome.warnings.push(format!("nothing of {} can be taken back: a person decides", old.id));
        return outcome;
    }
    outcome.extend(take_back(
        sit,
        release,
        old,
        Back { sequence, opened: &[], reason: Some(reason), all: true, dir: None },
    ));
    outcome
}

/// How a run is taken back.
struct Back<'a> {
    sequence: Vec<Slot>,
    /// Facts that open its incident, if they are new.
    opened: &'a [Fact],
    reason: Option<String>,
    all: bool,
    dir: Option<String>,
}

fn take_back(sit: &Situation<'_>, release: &ReleaseState, old: &Run, back: Back<'_>) -> Outcome {
    let Back { sequence, opened, reason, all, dir } = back;
    let env = &old.env;
    let run = next_run_id(release);
    let started = sequence::started_items(sit.plan, release, old);
    let rules = sequence::not_applicable(sit.plan, release, &run, env, &sequence, Some(&started));
    let mut outcome = Outcome::default();
    outcome.project.push(Fact::EnvLocked { env: env.clone(), release: release.version.clone(), run: run.clone() });
    let incident = opened
        .iter()
        .find_map(|fact| match fact {
            Fact::IncidentOpened { incident, .. } => Some(incident.clone()),
            _ => None,
        })
        .or_else(|| release.open_incident().map(|incident| incident.id.clone()));
    let decided = release.open_incident().and_then(|incident| incident.decision());
    let decided = decided.is_some_and(|one| one.decision == Decision::RollBack && one.at >= old.started);
    // Somebody decided it a moment ago, in the incident: this start is what they meant.
    let decision = (!decided).then(|| Fact::DecisionTaken {
        incident,
        run: Some(old.id.clone()),
        decision: Decision::RollBack,
        reason,
        by: sit.by.to_owned(),
        until: None,
        next: None,
        objected: None,
    });
    outcome.release.extend(decision);
    if old.is_open() {
        outcome.release.push(Fact::RunEnded {
            run: old.id.clone(),
            outcome: RunOutcome::RolledBack,
            reason: Some(format!("{run} takes it back")),
        });
    }
    outcome.release.push(Fact::RunStarted {
        run: run.clone(),
        env: env.clone(),
        purpose: RunPurpose::Rollback,
        of: Some(old.id.clone()),
        from: Some(old.to.clone()),
        to: goes_back_to(release, old),
        commit: old.commit.clone(),
        plan_hash: old.plan_hash.clone(),
        sequence,
        dir,
        all,
    });
    outcome.release.push(Fact::RunConductor { run: run.clone(), session: sit.session.clone(), reason: None });
    outcome.release.extend(rules);
    if all {
        outcome.effects.push(Effect::Advance(run));
    }
    outcome
}

fn fire(sit: &Situation<'_>, id: &TriggerId, words: Option<&str>) -> Result<Outcome, Refusal> {
    let release = any_release(sit)?;
    let Some(trigger) = sit.plan.trigger(id) else {
        let names: Vec<&str> = sit.plan.triggers.iter().map(|trigger| trigger.id.as_str()).collect();
        return Err(Refusal::new(format!("there is no trigger {id}")).next(format!("triggers: {}", names.join(", "))));
    };
    let production = sit.production().map(|env| &env.name);
    let run = release.any_open_run().or_else(|| release.runs.iter().rev().find(|run| Some(&run.env) == production));
    let said = words.map(str::trim).filter(|words| !words.is_empty()).unwrap_or(&trigger.title).to_owned();
    let mut outcome = Outcome::release(Fact::TriggerFired {
        trigger: id.clone(),
        run: run.map(|run| run.id.clone()),
        by: sit.by.to_owned(),
        words: said.clone(),
    });
    let Some(run) = run else {
        outcome.release.extend(super::incident::open_plain(sit, Some(release), &said, None));
        return Ok(outcome);
    };
    if run.is_open() && run.paused.is_none() && run.purpose != RunPurpose::Rollback {
        outcome.release.push(Fact::RunPaused {
            run: run.id.clone(),
            reason: format!("rollback proposed: {}", trigger.title),
            by: sit.by.to_owned(),
        });
    }
    outcome.release.extend(super::incident::open_if_none(sit, release, run, said, None, Vec::new()));
    if let Ok(word) = word(sit, &run.env) {
        outcome.warnings.push(format!("rollback proposed: relco rollback start --env {} --confirm {word}", run.env));
    }
    Ok(outcome)
}
