//! Starting a run and walking it: what comes next, what follows from a settled slot, who may advance it.

use super::super::command::Command;
use super::super::effect::{Effect, Outcome};
use super::super::event::Fact;
use super::super::id::{AttemptId, EnvName, ItemId, ProbeId, RunId, TriggerId};
use super::super::item::ItemState;
use super::super::plan::{Check, Danger, Environment, Item, ItemKind, List, Plan, Purpose, Step};
use super::super::readiness::blockers;
use super::super::refusal::Refusal;
use super::super::release::ReleaseState;
use super::super::run::{Act, Run, RunOutcome, RunPurpose, Slot};
use super::super::sequence;
use super::super::situation::Situation;
use super::super::status;
use super::incident::open_for;
use super::{open_release, open_run_of, paper, wanted};

pub(super) fn decide(sit: &Situation<'_>, command: &Command) -> Result<Outcome, Refusal> {
    match command {
        Command::StartDeployment { env, all, confirm } => start_deployment(sit, env, *all, confirm.as_deref()),
        Command::StartRehearsal { env, all } => start_rehearsal(sit, env, *all),
        Command::Next { run, all, safe } => next(sit, run, *all, *safe),
        Command::Retry { run } => retry(sit, run),
        Command::Pause { run, reason } => pause(sit, run, reason),
        Command::Resume { run, all } => resume(sit, run, *all),
        Command::Abort { run, reason } => abort(sit, run, reason),
        Command::Take { run, reason } => take(sit, run, reason),
        Command::RecordBaseline { run, probe, good_ms, asked } => Ok(Outcome::release(Fact::BaselineMeasured {
            run: run.clone(),
            probe: probe.clone(),
            good_ms: good_ms.clone(),
            asked: *asked,
        })),
        Command::FinishSlot { run, slot, ok, observed, fired } => {
            finish_slot(sit, run, slot, *ok, observed, fired.as_ref())
        }
        _ => Ok(Outcome::default()),
    }
}

/// The word that a person types: what will be live afterwards, and where.
pub fn typed_word(version: &str, env: &EnvName) -> String {
    format!("{version}@{env}")
}

pub(super) fn check_word(confirm: Option<&str>, word: &str, what: &str) -> Result<(), Refusal> {
    match confirm {
        Some(typed) if typed == word => Ok(()),
        Some(typed) => {
            Err(Refusal::new(format!("{typed} is not {word}: nothing was started")).next(format!("--confirm {word}")))
        }
        None => Err(Refusal::new(format!("{what} wants the word {word}")).next(format!("--confirm {word}"))),
    }
}

fn environment<'a>(sit: &Situation<'a>, env: &EnvName) -> Result<&'a Environment, Refusal> {
    sit.plan.environment(env).ok_or_else(|| {
        let names: Vec<&str> = sit.plan.environments.iter().map(|env| env.name.as_str()).collect();
        Refusal::new(format!("there is no environment {env}")).next(format!("environments: {}", names.join(", ")))
    })
}

pub(super) fn next_run_id(release: &ReleaseState) -> RunId {
    RunId::new(format!("R{}", release.runs.len() + 1))
}

/// What every run that goes forward needs: a candidate that is checked out clean, trust, a free environment.
fn may_start<'a>(sit: &Situation<'a>, env: &EnvName) -> Result<(&'a ReleaseState, &'a Environment), Refusal> {
    let release = open_release(sit)?;
    let environment = environment(sit, env)?;
    let Some(candidate) = &release.candidate else {
        return Err(Refusal::new("there is no candidate yet").next("relco release candidate"));
    };
    if !sit.observed.trusted {
        return Err(Refusal::new("the project's commands are not trusted yet").next("relco trust"));
    }
    let at_candidate = sit.observed.head.as_ref().is_some_and(|head| head.commit == candidate.commit);
    if !at_candidate {
        let short = candidate.commit.get(..7).unwrap_or(&candidate.commit);
        return Err(Refusal::new(format!("HEAD is not at the candidate {short}"))
            .next(format!("git switch --detach {short}, or relco release candidate")));
    }
    if !sit.observed.dirty.is_empty() {
        return Err(Refusal::new("tracked files have changes that are in no commit")
            .details(sit.observed.dirty.iter().take(5).cloned())
            .next("commit or stash them"));
    }
    if let Some(run) = release.open_run(env) {
        return Err(Refusal::new(format!("{} is open in {env}", run.id))
            .next(format!("relco deploy next --env {env}, or relco deploy abort --env {env}")));
    }
    match sit.project.locks.get(env) {
        Some(lock) if lock.release != release.version => {
            Err(Refusal::new(format!("{env} is held by {} of release {}", lock.run, lock.release))
                .next(format!("relco --release {} status", lock.release)))
        }
        _ => Ok((release, environment)),
    }
}

struct NewRun<'a> {
    env: &'a EnvName,
    purpose: RunPurpose,
    sequence: Vec<Slot>,
    from: Option<String>,
    to: String,
    all: bool,
}

fn run_started(sit: &Situation<'_>, release: &ReleaseState, new: NewRun<'_>) -> Outcome {
    let run = next_run_id(release);
    let (commit, plan_hash) = release
        .candidate
        .as_ref()
        .map(|candidate| (candidate.commit.clone(), candidate.plan_hash.clone()))
        .unwrap_or_default();
    let rules = sequence::not_applicable(sit.plan, release, &run, new.env, &new.sequence, None);
    let mut outcome = Outcome::default();
    outcome.project.push(Fact::EnvLocked { env: new.env.clone(), release: release.version.clone(), run: run.clone() });
    outcome.release.push(Fact::RunStarted {
        run: run.clone(),
        env: new.env.clone(),
        purpose: new.purpose,
        of: None,
        from: new.from,
        to: new.to,
        commit,
        plan_hash,
        sequence: new.sequence,
        all: new.all,
    });
    outcome.release.push(Fact::RunConductor { run: run.clone(), session: sit.session.clone(), reason: None });
    outcome.release.extend(rules);
    if new.all {
        outcome.effects.push(Effect::Advance(run));
    }
    outcome
}

fn start_deployment(sit: &Situation<'_>, env: &EnvName, all: bool, confirm: Option<&str>) -> Result<Outcome, Refusal> {
    let (release, environment) = may_start(sit, env)?;
    if sit.plan.is_production(env) {
        let missing = blockers(sit);
        if let Some(first) = missing.first() {
            let lines = missing.iter().map(|one| format!("{}  ({}: {})", one.what, one.role, one.next));
            let count = missing.len();
            let plural = if count == 1 { "blocker" } else { "blockers" };
            return Err(Refusal::new(format!("{env} cannot start: {count} {plural}"))
                .role(first.role.clone())
                .details(lines)
                .next(first.next.clone()));
        }
    }
    if environment.danger == Danger::Typed {
        check_word(confirm, &typed_word(&release.version, env), &format!("deploying to {env}"))?;
    }
    let new = NewRun {
        env,
        purpose: RunPurpose::Deployment,
        sequence: sequence::deployment(sit.plan),
        from: sit.project.live_version(env).map(str::to_owned),
        to: release.version.clone(),
        all,
    };
    let mut outcome = run_started(sit, release, new);
    if sit.project.live_version(env).is_none() {
        outcome.warnings.push(format!("what is live in {env} is not known: relco cannot name what it goes back to"));
    }
    Ok(outcome)
}

fn start_rehearsal(sit: &Situation<'_>, env: &EnvName, all: bool) -> Result<Outcome, Refusal> {
    let (release, _) = may_start(sit, env)?;
    if sit.plan.is_production(env) {
        return Err(
            Refusal::new(format!("{env} is not a place to rehearse")).next("relco rollback rehearse --env staging")
        );
    }
    // Where this version runs already, the rehearsal really goes back to what ran before it.
    let live = sit.project.live.get(env);
    let before =
        live.and_then(
            |live| {
                if live.version == release.version { live.before.clone() } else { Some(live.version.clone()) }
            },
        );
    let new = NewRun {
        env,
        purpose: RunPurpose::Rehearsal,
        sequence: sequence::rehearsal(sit.plan),
        from: before.clone(),
        to: before.unwrap_or_else(|| release.version.clone()),
        all,
    };
    Ok(run_started(sit, release, new))
}

/// The right to advance: this session has it, or takes it from one that is dead.
fn conduct(sit: &Situation<'_>, run: &Run) -> Result<Option<Fact>, Refusal> {
    match &run.conductor {
        Some(session) if session == sit.session => Ok(None),
        Some(session) if sit.observed.sessions.contains(session) => {
            Err(Refusal::new(format!("{} is being walked in another terminal ({session})", run.id))
                .next(format!("relco deploy take --env {} --reason TEXT", run.env)))
        }
        _ => Ok(Some(Fact::RunConductor { run: run.id.clone(), session: sit.session.clone(), reason: None })),
    }
}

fn next(sit: &Situation<'_>, id: &RunId, all: bool, safe: bool) -> Result<Outcome, Refusal> {
    let (release, run) = open_run_of(sit, id)?;
    let taken = conduct(sit, run)?;
    if let Some(pause) = &run.paused {
        // Where a trigger proposes a rollback, that is what comes first to mind; resuming stays possible.
        let fired = release.fired.iter().any(|fired| fired.run.as_ref() == Some(id));
        let next = match fired {
            true => format!("relco rollback start --env {0}, or relco deploy resume --env {0}", run.env),
            false => format!("relco deploy resume --env {}", run.env),
        };
        return Err(Refusal::new(format!("{id} is paused: {}", pause.reason)).next(next));
    }
    if let Some(attempt) = release.running().find(|attempt| attempt.run == run.id) {
        return Err(Refusal::new(format!("{} is running", attempt.slot)).next("wait for it, or relco deploy abort"));
    }
    let Some(slot) = run.next() else { return Err(Refusal::new(format!("nothing is left in {id}"))) };
    match run.state(&slot.id) {
        ItemState::Failed if !(safe && slot.act == Act::Undo) => return Err(failed(sit, run, slot)),
        ItemState::Unknown => return Err(unknown(release, run, slot)),
        _ => {}
    }
    let mut outcome = Outcome { release: taken.into_iter().collect(), ..Outcome::default() };
    if all && !run.all {
        outcome.release.push(Fact::RunResumed { run: id.clone(), all: true, by: sit.by.to_owned() });
    }
    outcome.extend(carry_out(sit, release, run, slot, safe)?);
    Ok(outcome)
}

fn failed(sit: &Situation<'_>, run: &Run, slot: &Slot) -> Refusal {
    let noun = if run.purpose == RunPurpose::Rollback { "rollback" } else { "deploy" };
    let refusal = Refusal::new(format!("{} failed in {}", slot.id, run.env));
    let undo = slot.act == Act::Undo;
    let next = if undo {
        format!("relco rollback next --env {} --safe, or relco rollback skip", run.env)
    } else if run.purpose == RunPurpose::Rollback || !sit.plan.is_production(&run.env) {
        format!("relco {noun} retry --env {}, or relco {noun} skip --reason TEXT", run.env)
    } else {
        format!("relco deploy retry --env {0}, or relco rollback start --env {0}", run.env)
    };
    refusal.next(next)
}

fn unknown(release: &ReleaseState, run: &Run, slot: &Slot) -> Refusal {
    let attempt = release.attempts_of(&run.id, &slot.id).last().map(|attempt| attempt.id.to_string());
    Refusal::new(format!("the outcome of {} is unknown", slot.id))
        .next(format!("relco attempt resolve {} done|failed --reason TEXT", attempt.unwrap_or_default()))
}

fn retry(sit: &Situation<'_>, id: &RunId) -> Result<Outcome, Refusal> {
    let (release, run) = open_run_of(sit, id)?;
    let taken = conduct(sit, run)?;
    if release.running().any(|attempt| attempt.run == run.id) {
        return Err(Refusal::new("a step is running").next("wait for it, or relco deploy abort"));
    }
    let Some(slot) = run.next() else { return Err(Refusal::new(format!("nothing is left in {id}"))) };
    let safe_again = matches!(
        sit.plan.item(&slot.item).map(|item| &item.kind),
        Some(ItemKind::Command(step)) if step.rerun_safe
    );
    match run.state(&slot.id) {
        ItemState::Failed => {}
        ItemState::Unknown if safe_again => {}
        ItemState::Unknown => return Err(unknown(release, run, slot)),
        state => return Err(Refusal::new(format!("{} is {state}: there is nothing to retry", slot.id))),
    }
    let mut outcome = Outcome { release: taken.into_iter().collect(), ..Outcome::default() };
    if run.paused.is_some() {
        outcome.release.push(Fact::RunResumed { run: id.clone(), all: run.all, by: sit.by.to_owned() });
    }
    outcome.extend(carry_out(sit, release, run, slot, false)?);
    Ok(outcome)
}

/// What carrying out a slot means, by its kind.
fn carry_out(
    sit: &Situation<'_>,
    release: &ReleaseState,
    run: &Run,
    slot: &Slot,
    safe: bool,
) -> Result<Outcome, Refusal> {
    let Some(item) = sit.plan.item(&slot.item) else {
        return Err(Refusal::new(format!("{} is not in the plan any more", slot.item)).next("skip it with a reason"));
    };
    match &item.kind {
        ItemKind::Manual => Err(Refusal::new(format!("needs a person: {}", item.title))
            .role(item.role.clone())
            .next(format!("relco item done {}/{}", run.id, slot.id))),
        ItemKind::Automatic(Check::Trigger(trigger)) => Ok(doing(
            run,
            slot,
            Effect::JudgeTrigger { run: run.id.clone(), slot: slot.id.clone(), trigger: trigger.clone() },
        )),
        ItemKind::Automatic(check) => automatic(sit, release, run, slot, item, check),
        ItemKind::Probe(probe) => {
            Ok(doing(run, slot, Effect::AskProbe { run: run.id.clone(), slot: slot.id.clone(), probe: probe.clone() }))
        }
        ItemKind::Notice(purpose) => notice_slot(sit, release, run, slot, *purpose),
        ItemKind::Command(step) => start_step(sit, release, run, slot, step, safe),
    }
}

fn set(run: &Run, slot: &ItemId, state: ItemState, observed: Option<String>) -> Fact {
    Fact::ItemSet {
        run: Some(run.id.clone()),
        item: slot.clone(),
        state,
        by: "relco".to_owned(),
        observed,
        reason: None,
        commit: None,
    }
}

fn doing(run: &Run, slot: &Slot, effect: Effect) -> Outcome {
    Outcome { release: vec![set(run, &slot.id, ItemState::Doing, None)], effects: vec![effect], ..Outcome::default() }
}

fn automatic(
    sit: &Situation<'_>,
    release: &ReleaseState,
    run: &Run,
    slot: &Slot,
    item: &Item,
    check: &Check,
) -> Result<Outcome, Refusal> {
    if *check == Check::ReleaseLog {
        return Err(Refusal::new("completing the release writes its line in the release log")
            .role(item.role.clone())
            .next("relco release complete"));
    }
    let row = status::judge_check(sit, release, item, check);
    if !row.state.settled() {
        let why = if row.evidence.is_empty() { row.state.name().to_owned() } else { row.evidence };
        return Err(Refusal::new(format!("{}: {why}", item.title)).role(item.role.clone()).next("relco status"));
    }
    let mut outcome = Outcome::release(set(run, &slot.id, ItemState::Done, Some(row.evidence)));
    outcome.extend(after_slot(sit, release, run, &slot.id, ItemState::Done));
    Ok(outcome)
}

fn notice_slot(
    sit: &Situation<'_>,
    release: &ReleaseState,
    run: &Run,
    slot: &Slot,
    purpose: Purpose,
) -> Result<Outcome, Refusal> {
    let mut outcome = Outcome::release(set(run, &slot.id, ItemState::Doing, None));
    let sent = paper::send(sit, release, purpose, None, false, Some(run));
    let waits = !sent.effects.is_empty();
    let by_hand = sent.release.iter().filter(|fact| matches!(fact, Fact::NoticeSettled { .. })).count();
    outcome.extend(sent);
    if !waits {
        let words = match by_hand {
            0 => "everybody was told before, or nobody is to be told".to_owned(),
            count => format!("{count} to do by hand"),
        };
        outcome.release.push(set(run, &slot.id, ItemState::Done, Some(words)));
        outcome.extend(after_slot(sit, release, run, &slot.id, ItemState::Done));
    }
    Ok(outcome)
}

fn start_step(
    sit: &Situation<'_>,
    release: &ReleaseState,
    run: &Run,
    slot: &Slot,
    step: &Step,
    safe: bool,
) -> Result<Outcome, Refusal> {
    // A rollback is never held up by trust: its text was trusted when the deployment started.
    if !sit.observed.trusted && run.purpose != RunPurpose::Rollback {
        return Err(Refusal::new("the project's commands are not trusted any more").next("relco trust"));
    }
    let argv = match (slot.act, &step.undo) {
        (Act::Do, _) => step.run.exec_argv(),
        (Act::Undo, Some(undo)) => undo.exec_argv(),
        (Act::Undo, None) => {
            return Err(Refusal::new(format!("{} has no undo", slot.item)).next("relco rollback skip --reason TEXT"));
        }
    };
    if slot.act == Act::Undo && !safe {
        if step.safe_if.is_some() {
            return Ok(doing(run, slot, Effect::AskSafe { run: run.id.clone(), slot: slot.id.clone() }));
        }
        if step.asks_safe {
            return Err(Refusal::new(format!("a person must say that undoing {} is safe", slot.item))
                .next(format!("relco rollback next --env {} --safe, or relco rollback skip", run.env)));
        }
    }
    let probes = missing_baselines(sit.plan, run, slot, step);
    if !probes.is_empty() {
        let effects = vec![Effect::MeasureBaseline { run: run.id.clone(), probes }];
        return Ok(Outcome { effects, ..Outcome::default() });
    }
    let number = u32::try_from(release.attempts_of(&run.id, &slot.id).len()).unwrap_or(u32::MAX).saturating_add(1);
    let attempt = AttemptId::new(format!("{}-{}-{number}", run.id, slot.id));
    let intended = Fact::AttemptIntended {
        attempt: attempt.clone(),
        run: run.id.clone(),
        item: slot.id.clone(),
        act: slot.act,
        number,
        argv,
        session: sit.session.clone(),
    };
    Ok(Outcome { release: vec![intended], effects: vec![Effect::Launch(attempt)], ..Outcome::default() })
}

/// Probes that a measured trigger of this run compares with, and that were not measured yet. Only asked before
/// a step that changes something: afterwards it would measure the new version.
fn missing_baselines(plan: &Plan, run: &Run, slot: &Slot, step: &Step) -> Vec<ProbeId> {
    if run.purpose != RunPurpose::Deployment || slot.act != Act::Do || !step.class.changes() {
        return Vec::new();
    }
    let mut probes: Vec<ProbeId> = run
        .sequence
        .iter()
        .filter(|slot| !run.state(&slot.id).settled())
        .filter_map(|slot| match plan.item(&slot.item).map(|item| &item.kind) {
            Some(ItemKind::Automatic(Check::Trigger(trigger))) => plan.trigger(trigger),
            _ => None,
        })
        .filter(|trigger| trigger.ratio().is_some())
        .filter_map(|trigger| trigger.probe.clone())
        .filter(|probe| !run.baselines.contains_key(probe))
        .collect();
    probes.sort();
    probes.dedup();
    probes
}

fn finish_slot(
    sit: &Situation<'_>,
    id: &RunId,
    slot: &ItemId,
    ok: bool,
    observed: &str,
    fired: Option<&TriggerId>,
) -> Result<Outcome, Refusal> {
    let (release, run) = open_run_of(sit, id)?;
    if run.slot(slot).is_none() {
        return Err(Refusal::new(format!("{id} has no item {slot}")));
    }
    let state = if ok { ItemState::Done } else { ItemState::Failed };
    let mut outcome = Outcome::release(set(run, slot, state, Some(observed.to_owned())));
    if let Some(trigger) = fired {
        outcome.release.push(Fact::TriggerFired {
            trigger: trigger.clone(),
            run: Some(id.clone()),
            by: "relco".to_owned(),
            words: observed.to_owned(),
        });
        let title = sit.plan.trigger(trigger).map_or_else(|| trigger.to_string(), |trigger| trigger.title.clone());
        if run.paused.is_none() {
            let reason = format!("rollback proposed: {title}");
            outcome.release.push(Fact::RunPaused { run: id.clone(), reason, by: "relco".to_owned() });
        }
    }
    if !ok {
        let what = format!("{slot} failed in {}: {observed}", run.env);
        outcome.release.extend(open_for(sit, release, run, what, None, Vec::new()));
    }
    outcome.extend(after_slot(sit, release, run, slot, state));
    Ok(outcome)
}

/// What follows when a slot gets a new state: what is live, whether the run is over, whether it goes on.
pub(super) fn after_slot(
    sit: &Situation<'_>,
    release: &ReleaseState,
    run: &Run,
    slot: &ItemId,
    state: ItemState,
) -> Outcome {
    let mut outcome = Outcome::default();
    if !state.settled() {
        return outcome;
    }
    let settled = |lists: &[List]| {
        run.sequence
            .iter()
            .filter(|one| lists.contains(&one.list) && one.id != *slot)
            .all(|one| run.state(&one.id).settled())
    };
    let list = run.slot(slot).map(|slot| slot.list);
    let live = |version: &str| Fact::LiveSet {
        env: run.env.clone(),
        version: version.to_owned(),
        release: Some(release.version.clone()),
        by: "relco".to_owned(),
    };
    match (run.purpose, list) {
        (RunPurpose::Deployment, Some(List::Deployment)) if settled(&[List::Deployment]) => {
            outcome.project.push(live(&run.to));
        }
        (RunPurpose::Rehearsal, Some(List::Rollback)) if settled(&[List::Rollback]) && run.from.is_some() => {
            outcome.project.push(live(&run.to));
        }
        (RunPurpose::Rollback, Some(List::Rollback)) if settled(&[List::Rollback]) => {
            outcome.project.push(live(&run.to));
            outcome.project.push(Fact::VersionMarkedBad {
                env: run.env.clone(),
                version: release.version.clone(),
                commit: run.commit.clone(),
                reason: format!("rolled back by {}", run.id),
            });
        }
        _ => {}
    }
    if settled(&List::ALL) {
        outcome.release.push(Fact::RunEnded { run: run.id.clone(), outcome: RunOutcome::Succeeded, reason: None });
        outcome.project.push(Fact::EnvUnlocked {
            env: run.env.clone(),
            release: release.version.clone(),
            run: run.id.clone(),
        });
    } else if run.all && run.paused.is_none() && run.conductor.as_ref() == Some(sit.session) {
        outcome.effects.push(Effect::Advance(run.id.clone()));
    }
    outcome
}

fn pause(sit: &Situation<'_>, id: &RunId, reason: &str) -> Result<Outcome, Refusal> {
    let (_, run) = open_run_of(sit, id)?;
    if let Some(pause) = &run.paused {
        return Err(Refusal::new(format!("{id} is paused already: {}", pause.reason)));
    }
    let reason = if reason.trim().is_empty() { "paused by hand".to_owned() } else { reason.trim().to_owned() };
    Ok(Outcome::release(Fact::RunPaused { run: id.clone(), reason, by: sit.by.to_owned() }))
}

fn resume(sit: &Situation<'_>, id: &RunId, all: bool) -> Result<Outcome, Refusal> {
    let (_, run) = open_run_of(sit, id)?;
    if run.paused.is_none() {
        return Err(Refusal::new(format!("{id} is not paused")));
    }
    let mut outcome = Outcome { release: conduct(sit, run)?.into_iter().collect(), ..Outcome::default() };
    outcome.release.push(Fact::RunResumed { run: id.clone(), all, by: sit.by.to_owned() });
    if all {
        outcome.effects.push(Effect::Advance(id.clone()));
    }
    Ok(outcome)
}

fn abort(sit: &Situation<'_>, id: &RunId, reason: &str) -> Result<Outcome, Refusal> {
    let (release, run) = open_run_of(sit, id)?;
    let reason = wanted(Some(reason), "aborting")?;
    if let Some(attempt) = release.running().find(|attempt| attempt.run == run.id) {
        return Err(Refusal::new(format!("{} is still running", attempt.slot))
            .next("it is being stopped; abort again when it is gone"));
    }
    let mut outcome =
        Outcome::release(Fact::RunEnded { run: id.clone(), outcome: RunOutcome::Aborted, reason: Some(reason) });
    if release.started_changing(run, sit.plan) {
        // What was changed stays changed, so the environment stays held until it is taken back or deployed again.
        outcome.warnings.push(format!(
            "{} was changed and stays held: relco rollback start --env {}, or deploy again",
            run.env, run.env
        ));
    } else {
        outcome.project.push(Fact::EnvUnlocked {
            env: run.env.clone(),
            release: release.version.clone(),
            run: id.clone(),
        });
    }
    Ok(outcome)
}

fn take(sit: &Situation<'_>, id: &RunId, reason: &str) -> Result<Outcome, Refusal> {
    let (_, run) = open_run_of(sit, id)?;
    if run.conductor.as_ref() == Some(sit.session) {
        return Err(Refusal::new(format!("{id} is yours already")));
    }
    let reason = Some(wanted(Some(reason), "taking over")?);
    Ok(Outcome::release(Fact::RunConductor { run: id.clone(), session: sit.session.clone(), reason }))
}
