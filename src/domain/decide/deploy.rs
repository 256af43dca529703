//! Starting a run and walking it: what comes next, who may advance it, pausing, ending and taking over.

use super::super::command::Command;
use super::super::effect::{Effect, Outcome};
use super::super::event::Fact;
use super::super::id::{EnvName, ItemId, RunId};
use super::super::item::ItemState;
use super::super::plan::{Check, Danger, Environment, ItemKind};
use super::super::project::EnvLock;
use super::super::readiness::{self, blockers};
use super::super::refusal::Refusal;
use super::super::release::ReleaseState;
use super::super::run::{Act, Attempt, Run, RunPurpose, Slot};
use super::super::sequence;
use super::super::situation::Situation;
use super::after::{end_run, finish_slot};
use super::step::{Before, carry_out};
use super::{open_release, open_run_of, wanted};

pub(super) fn decide(sit: &Situation<'_>, command: &Command) -> Result<Outcome, Refusal> {
    match command {
        Command::StartDeployment { env, all, confirm } => start_deployment(sit, env, *all, confirm.as_deref()),
        Command::StartRehearsal { env, all } => start_rehearsal(sit, env, *all),
        Command::Next { run, all, safe } => next(sit, run, *all, *safe),
        Command::UndoIsSafe { run, slot } => undo_is_safe(sit, run, slot),
        Command::Retry { run } => retry(sit, run),
        Command::RetryDeclared { run, slot, number } => Ok(retry_declared(sit, run, slot, *number)),
        Command::FreeEnv { env, reason } => free(sit, env, reason),
        Command::Pause { run, reason } => pause(sit, run, reason),
        Command::Resume { run, all } => resume(sit, run, *all),
        Command::Abort { run, reason } => abort(sit, run, reason),
        Command::Take { run, reason } => take(sit, run, reason),
        Command::FinishSlot { run, slot, ok, observed } => finish_slot(sit, run, slot, *ok, observed),
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
    // A run that is over may have left a step running: two at once are never right.
    let of_env = |attempt: &&Attempt| release.run(&attempt.run).is_some_and(|run| run.env == *env);
    if let Some(attempt) = release.running().find(of_env) {
        return Err(Refusal::new(format!("{} of {} is still running in {env}", attempt.slot, attempt.run))
            .next("wait until it is gone"));
    }
    match sit.project.locks.get(env) {
        Some(lock) if lock.release != release.version => {
            let next = match sit.observed.open_releases.contains(&lock.release) {
                true => format!("relco --release {} status", lock.release),
                false => {
                    format!("relco deploy unlock --env {env} --reason TEXT, if nothing of it is left to take back")
                }
            };
            Err(Refusal::new(format!("{env} is held by {} of release {}", lock.run, lock.release)).next(next))
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
        dir: None,
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
    // Production says so among its blockers.
    if let Some(bad) = readiness::of_way_back(sit, release, env).into_iter().next() {
        return Err(Refusal::new(bad.what).role(bad.role).next(bad.next));
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
        ItemState::Unknown => return Err(unknown(sit, release, run, slot)),
        _ => {}
    }
    let mut outcome = Outcome { release: taken.into_iter().collect(), ..Outcome::default() };
    if all && !run.all {
        outcome.release.push(Fact::RunResumed { run: id.clone(), all: true, by: sit.by.to_owned() });
    }
    outcome.extend(carry_out(sit, release, run, slot, Before { safe, asked: false })?);
    Ok(outcome)
}

/// The question was about one undo. Asked twice, it is answered twice: a late answer starts nothing else.
fn undo_is_safe(sit: &Situation<'_>, id: &RunId, slot: &ItemId) -> Result<Outcome, Refusal> {
    let (release, run) = open_run_of(sit, id)?;
    let waits = run.next().is_some_and(|next| next.id == *slot) && run.state(slot) == ItemState::Doing;
    if !waits || release.running().any(|attempt| attempt.run == *id) {
        return Ok(Outcome::default());
    }
    next(sit, id, false, true)
}

fn failed(sit: &Situation<'_>, run: &Run, slot: &Slot) -> Refusal {
    let noun = if run.purpose == RunPurpose::Rollback { "rollback" } else { "deploy" };
    let refusal = Refusal::new(format!("{} failed in {}", slot.id, run.env));
    let undo = slot.act == Act::Undo;
    let next = if undo {
        format!("relco rollback next --env {0} --safe, relco rollback retry --env {0}, or relco rollback skip", run.env)
    } else if run.purpose == RunPurpose::Rollback || !sit.plan.is_production(&run.env) {
        format!("relco {noun} retry --env {}, or relco {noun} skip --reason TEXT", run.env)
    } else {
        format!("relco deploy retry --env {0}, or relco rollback start --env {0}", run.env)
    };
    refusal.next(next)
}

/// Whether the slot waits for the verdict of a measured trigger.
fn judges(sit: &Situation<'_>, slot: &Slot) -> bool {
    let kind = sit.plan.item(&slot.item).map(|item| &item.kind);
    matches!(kind, Some(ItemKind::Automatic(Check::Trigger(_))))
}

fn unknown(sit: &Situation<'_>, release: &ReleaseState, run: &Run, slot: &Slot) -> Refusal {
    if judges(sit, slot) {
        let why = run.records.get(&slot.id).and_then(|record| record.evidence.observed.clone());
        return Refusal::new(format!("{}: {}", slot.id, why.unwrap_or_else(|| "cannot judge".to_owned())))
            .next(format!("relco deploy retry --env {0}, or relco deploy skip --env {0} --reason TEXT", run.env));
    }
    let attempt = release.attempts_of(&run.id, &slot.id).last().map(|attempt| attempt.id.to_string());
    Refusal::new(format!("the outcome of {} is unknown", slot.id))
        .next(format!("relco attempt resolve {} done|failed --reason TEXT", attempt.unwrap_or_default()))
}

fn retry(sit: &Situation<'_>, id: &RunId) -> Result<Outcome, Refusal> {
    let (release, run) = open_run_of(sit, id)?;
    let taken = conduct(sit, run)?;
    if let Some(pause) = &run.paused {
        return Err(Refusal::new(format!("{id} is paused: {}", pause.reason))
            .next(format!("relco deploy resume --env {}, then try again", run.env)));
    }
    if release.running().any(|attempt| attempt.run == run.id) {
        return Err(Refusal::new("a step is running").next("wait for it, or relco deploy abort"));
    }
    let Some(slot) = run.next() else { return Err(Refusal::new(format!("nothing is left in {id}"))) };
    let step = match sit.plan.item(&slot.item).map(|item| &item.kind) {
        Some(ItemKind::Command(step)) => Some(step.as_ref()),
        _ => None,
    };
    // What nobody knows the end of is only run again where that is safe, or where the step itself can tell.
    let can_tell = step.is_some_and(|step| step.rerun_safe || step.check.is_some() && slot.act == Act::Do);
    match run.state(&slot.id) {
        ItemState::Failed => {}
        ItemState::Unknown if can_tell || judges(sit, slot) => {}
        ItemState::Unknown => return Err(unknown(sit, release, run, slot)),
        state => return Err(Refusal::new(format!("{} is {state}: there is nothing to retry", slot.id))),
    }
    let mut outcome = Outcome { release: taken.into_iter().collect(), ..Outcome::default() };
    outcome.extend(again(sit, release, run, slot)?);
    Ok(outcome)
}

/// Runs a slot again: where the step can say whether it is applied already, it is asked first.
fn again(sit: &Situation<'_>, release: &ReleaseState, run: &Run, slot: &Slot) -> Result<Outcome, Refusal> {
    let asks = matches!(
        sit.plan.item(&slot.item).map(|item| &item.kind),
        Some(ItemKind::Command(step)) if step.check.is_some() && slot.act == Act::Do
    );
    match release.attempts_of(&run.id, &slot.id).pop().filter(|_| asks) {
        Some(last) => {
            let (attempt, run, slot) = (last.id.clone(), run.id.clone(), slot.id.clone());
            let effects = vec![Effect::AskApplied { attempt, run, slot }];
            Ok(Outcome { effects, ..Outcome::default() })
        }
        None => carry_out(sit, release, run, slot, Before::default()),
    }
}

/// A retry that the plan declares. Whatever happened since it was decided comes first: then nothing is run again.
fn retry_declared(sit: &Situation<'_>, id: &RunId, slot: &ItemId, number: u32) -> Outcome {
    let due = || {
        let (release, run) = open_run_of(sit, id).ok()?;
        let slot = run.next().filter(|next| next.id == *slot)?;
        let mine = run.conductor.as_ref() == Some(sit.session) && run.paused.is_none();
        let last = release.attempts_of(id, &slot.id).pop()?;
        let failed = run.state(&slot.id) == ItemState::Failed && last.number == number && last.outcome.is_some();
        (mine && failed).then_some((release, run, slot))
    };
    let Some((release, run, slot)) = due() else { return Outcome::default() };
    again(sit, release, run, slot).unwrap_or_default()
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
    Ok(end_run(sit, release, run, reason))
}

/// Lets deployments into an environment again that is locked after a rollback, or held by a run that is over.
fn free(sit: &Situation<'_>, env: &EnvName, reason: &str) -> Result<Outcome, Refusal> {
    let lock = sit.project.locks.get(env);
    if let Some(lock) = lock.filter(|lock| goes_on(sit, lock)) {
        return Err(Refusal::new(format!("{env} is held by {} of release {}", lock.run, lock.release))
            .next(format!("relco --release {} status", lock.release)));
    }
    if lock.is_none() && !sit.project.held.contains_key(env) {
        return Err(Refusal::new(format!("{env} is not locked")));
    }
    let reason = wanted(Some(reason), "unlocking")?;
    let mut outcome = Outcome::project(Fact::EnvFreed { env: env.clone(), reason, by: sit.by.to_owned() });
    outcome.project.extend(lock.map(|lock| Fact::EnvUnlocked {
        env: env.clone(),
        release: lock.release.clone(),
        run: lock.run.clone(),
    }));
    Ok(outcome)
}

/// Whether the run that holds an environment may still act there. Of another release only this is known: whether it
/// is open.
fn goes_on(sit: &Situation<'_>, lock: &EnvLock) -> bool {
    match sit.release.filter(|release| release.version == lock.release) {
        Some(release) => release.run(&lock.run).is_some_and(Run::is_open),
        None => sit.observed.open_releases.contains(&lock.release),
    }
}

fn take(sit: &Situation<'_>, id: &RunId, reason: &str) -> Result<Outcome, Refusal> {
    let (_, run) = open_run_of(sit, id)?;
    if run.conductor.as_ref() == Some(sit.session) {
        return Err(Refusal::new(format!("{id} is yours already")));
    }
    let reason = Some(wanted(Some(reason), "taking over")?);
    Ok(Outcome::release(Fact::RunConductor { run: id.clone(), session: sit.session.clone(), reason }))
}
