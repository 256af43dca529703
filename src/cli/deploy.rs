//! `relco deploy …` and `relco attempt …`: starting and walking a run.
//!
//! A command waits for the step that it started and prints its output as it comes. Ctrl-C detaches: the step goes
//! on without it, and the record tells how it ended.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use super::Context;
use super::args::{AttemptCommand, DeployCommand, DoneFailed, Env};
use super::exit::{Ending, Exit, Failure};
use super::log::Follower;
use super::output::safe;
use crate::domain::command::Command as Act;
use crate::domain::decide::deploy::typed_word;
use crate::domain::id::{AttemptId, EnvName, RunId};
use crate::domain::item::ItemState;
use crate::domain::plan::Danger;
use crate::domain::run::{Run, RunOutcome};
use crate::domain::sequence;
use crate::session::{Snapshot, Stopped};

/// How long a stopped step may take to be gone before the command says that it is not.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

/// Runs a deploy command.
pub fn run(context: &mut Context, command: DeployCommand) -> Ending {
    match command {
        DeployCommand::Plan { env } => plan(context, &env),
        DeployCommand::Start { env, all, confirm } => start(context, &env, all, confirm),
        DeployCommand::Next { env, all } => {
            let run = open_run(context, &env)?;
            walk(context, &run, &Act::Next { run: run.clone(), all, safe: false })
        }
        DeployCommand::Retry { env } => {
            let run = open_run(context, &env)?;
            walk(context, &run, &Act::Retry { run: run.clone() })
        }
        DeployCommand::Skip { env, reason } => skip(context, &env, reason),
        DeployCommand::Pause { env, reason } => {
            let run = open_run(context, &env)?;
            context.act(&Act::Pause { run: run.clone(), reason }, &format!("{run} paused"))
        }
        DeployCommand::Resume { env, all } => {
            let run = open_run(context, &env)?;
            let act = Act::Resume { run: run.clone(), all };
            if all { walk(context, &run, &act) } else { context.act(&act, &format!("{run} goes on")) }
        }
        DeployCommand::Wait { env, reason } => {
            let run = open_run(context, &env)?;
            context.act(&Act::WaitLonger { run: run.clone(), reason }, &format!("{run} is waited for"))
        }
        DeployCommand::Stop { env, reason } => stop(context, &env, &reason),
        DeployCommand::Abort { env, reason } => abort(context, &env, reason),
        DeployCommand::Unlock { env, reason } => {
            let env = match &env.env {
                Some(name) => EnvName::new(name.as_str()),
                None => only_held(context)?,
            };
            context.act(&Act::FreeEnv { env: env.clone(), reason }, &format!("{env} is open again"))
        }
        DeployCommand::Take { env, reason } => {
            let run = open_run(context, &env)?;
            context.act(&Act::Take { run: run.clone(), reason }, &format!("{run} is yours"))
        }
    }
}

/// Says what became of an attempt.
pub fn attempt(context: &mut Context, command: &AttemptCommand) -> Ending {
    match command {
        AttemptCommand::Resolve { id, outcome, reason } => {
            let done = *outcome == DoneFailed::Done;
            let act = Act::ResolveAttempt { attempt: AttemptId::new(id.as_str()), done, reason: reason.clone() };
            context.act(&act, &format!("{id} counts as {}", if done { "done" } else { "failed" }))
        }
        AttemptCommand::Type { id } => type_lines(context, id.as_deref()),
    }
}

/// Types standard input into the running step, line by line as they come. Nothing of it is recorded or printed.
fn type_lines(context: &mut Context, id: Option<&str>) -> Ending {
    let id = context.session.typed_to(id.map(AttemptId::new).as_ref())?;
    if std::io::stdin().is_terminal() {
        context.out.hint(&format!("what you type goes to {id}; Ctrl-D leaves it"));
    }
    let mut lines = 0u64;
    for line in std::io::stdin().lines() {
        let Ok(line) = line else { break };
        context.session.type_line(&id, &line)?;
        lines += 1;
    }
    context.done(&format!("{lines} {} typed into {id}", if lines == 1 { "line" } else { "lines" }));
    Ok(Exit::Done)
}

/// The environment that is locked, where there is only one.
fn only_held(context: &Context) -> Result<EnvName, Failure> {
    let snapshot = context.session.snapshot();
    let held: Vec<&EnvName> = snapshot.project.held.keys().collect();
    match held.as_slice() {
        [only] => Ok((*only).clone()),
        [] => Err(Failure { exit: Exit::Refused, what: "no environment is locked".to_owned(), hint: None }),
        several => {
            let names: Vec<&str> = several.iter().map(|env| env.as_str()).collect();
            Err(Failure::usage("which environment?").hint(format!("--env {}", names.join("|"))))
        }
    }
}

/// The environment that is meant: the named one, else that of the only open run, else none.
pub fn environment(snapshot: &Snapshot, env: &Env) -> Result<EnvName, Failure> {
    if let Some(name) = &env.env {
        return Ok(EnvName::new(name.as_str()));
    }
    let open: Vec<&Run> =
        snapshot.release.iter().flat_map(|release| release.runs.iter().filter(|run| run.is_open())).collect();
    match open.as_slice() {
        [only] => Ok(only.env.clone()),
        _ => {
            let names: Vec<&str> = snapshot.plan.environments.iter().map(|env| env.name.as_str()).collect();
            Err(Failure::usage("which environment?").hint(format!("--env {}", names.join("|"))))
        }
    }
}

/// The run that is open there.
pub fn open_run(context: &Context, env: &Env) -> Result<RunId, Failure> {
    let snapshot = context.session.snapshot();
    let env = environment(&snapshot, env)?;
    let run = snapshot.release.as_ref().and_then(|release| release.open_run(&env)).map(|run| run.id.clone());
    run.ok_or_else(|| Failure {
        exit: Exit::Refused,
        what: format!("nothing is under way in {env}"),
        hint: Some(format!("relco deploy start --env {env}")),
    })
}

/// The word for a typed act: as given, asked for on a terminal, refused without one.
pub fn confirmation(given: Option<String>, word: &str, what: &str) -> Option<String> {
    if given.is_some() || !std::io::stdin().is_terminal() {
        return given;
    }
    eprint!("{what}\ntype {word} to go on: ");
    let mut typed = String::new();
    std::io::stdin().read_line(&mut typed).ok()?;
    Some(typed.trim().to_owned())
}

fn start(context: &mut Context, env: &Env, all: bool, confirm: Option<String>) -> Ending {
    let snapshot = context.session.snapshot();
    let env = environment(&snapshot, env)?;
    let typed = snapshot.plan.environment(&env).is_some_and(|env| env.danger == Danger::Typed);
    let probe = Act::StartDeployment { env: env.clone(), all, confirm: None };
    let confirm = match (&snapshot.release, typed) {
        (Some(release), true) => {
            let word = typed_word(&release.version, &env);
            let asked = Act::StartDeployment { env: env.clone(), all, confirm: Some(word.clone()) };
            // What stands in the way is said before anybody types a word.
            context.session.dry_run(&asked)?;
            confirmation(confirm, &word, &format!("deploying {} to {env}", release.version))
        }
        _ => confirm,
    };
    let act = match probe {
        Act::StartDeployment { env, all, .. } => Act::StartDeployment { env, all, confirm },
        other => other,
    };
    begin(context, &env, &act)
}

/// Starts a run and, when it runs on, walks it.
pub fn begin(context: &mut Context, env: &EnvName, act: &Act) -> Ending {
    let acted = context.session.act(act)?;
    for warning in &acted.warnings {
        context.out.warn(warning);
    }
    let run = context.session.release().and_then(|release| release.open_run(env)).map(|run| run.id.clone());
    let Some(run) = run else { return Ok(Exit::Done) };
    let follower = Follower::new(run.clone(), context.out.json, &context.session);
    if !context.out.json {
        let snapshot = context.session.snapshot();
        if let Some(run) = snapshot.release.as_ref().and_then(|release| release.run(&run)) {
            let from = run.from.as_ref().map(|from| format!("{from} → ")).unwrap_or_default();
            context.out.line(safe(&format!("{}: {} in {}, {from}{}", run.id, run.purpose, run.env, run.to)));
        }
    }
    follow(context, &run, follower)
}

/// Carries out an act on a run and follows what it started.
pub fn walk(context: &mut Context, run: &RunId, act: &Act) -> Ending {
    let follower = Follower::new(run.clone(), context.out.json, &context.session);
    let acted = context.session.act(act)?;
    for warning in &acted.warnings {
        context.out.warn(warning);
    }
    follow(context, run, follower)
}

fn follow(context: &mut Context, run: &RunId, mut follower: Follower) -> Ending {
    let detached = Arc::new(AtomicBool::new(false));
    let hook = signal_hook::flag::register(signal_hook::consts::SIGINT, Arc::clone(&detached)).ok();
    let Context { session, out } = context;
    let stopped = session.follow(run, |session, walked| {
        for warning in &walked.warnings {
            out.warn(warning);
        }
        if walked.asks {
            out.hint(
                "relco deploy wait, relco deploy stop --reason TEXT, or relco rollback start, in another terminal",
            );
        }
        follower.show(session, out);
        // A rollback that the plan declares goes on in a run of its own.
        let release = session.release();
        if let Some(next) =
            release.and_then(|release| release.runs.iter().find(|one| one.of.as_ref() == follower.run()))
        {
            follower = Follower::begin(next.id.clone(), out.json);
        }
        !detached.load(Ordering::Relaxed)
    })?;
    if let Some(hook) = hook {
        signal_hook::low_level::unregister(hook);
    }
    follower.show(session, out);
    finish(context, run, stopped)
}

fn finish(context: &Context, run: &RunId, stopped: Option<Stopped>) -> Ending {
    let snapshot = context.session.snapshot();
    let state = snapshot.release.as_ref().and_then(|release| release.run(run));
    let Some(state) = state else { return Ok(Exit::Done) };
    let next = state.next().map(|slot| (slot.id.clone(), state.state(&slot.id)));
    let exit = match (&stopped, &next) {
        (None, _) => Exit::Unknown,
        (_, Some((_, ItemState::Failed))) => Exit::StepFailed,
        (_, Some((_, ItemState::Unknown))) => Exit::Unknown,
        _ if is_proposed(&snapshot, run) => Exit::StepFailed,
        _ => Exit::Done,
    };
    if context.out.json {
        context.out.document(&json!({
            "schema": 1,
            "run": run.as_str(),
            "environment": state.env.as_str(),
            "ended": state.ended.map(|(_, outcome)| outcome.name()),
            "next": next.as_ref().map(|(slot, state)| json!({ "id": slot.as_str(), "state": state.name() })),
        }));
        return Ok(exit);
    }
    match stopped {
        None => {
            context.out.line("detached: the step runs on");
            context.out.hint("relco log --follow, relco status");
        }
        Some(Stopped::Ended) => context.out.line(match state.ended {
            Some((_, outcome)) if outcome != RunOutcome::Succeeded => format!("{run} {outcome}"),
            _ => format!("{run} is through"),
        }),
        Some(Stopped::Waits(refusal)) => {
            context.out.line(safe(&refusal.what));
            if let Some(next) = &refusal.next {
                let role = refusal.role.as_ref().map(|role| format!("{role}: ")).unwrap_or_default();
                context.out.hint(&format!("{role}{next}"));
            }
        }
    }
    Ok(exit)
}

/// Whether a trigger proposes to take the run back, and nobody decided yet.
fn is_proposed(snapshot: &Snapshot, run: &RunId) -> bool {
    snapshot.release.as_ref().is_some_and(|release| {
        release.fired.iter().any(|fired| fired.run.as_ref() == Some(run) && fired.answered.is_none())
    })
}

/// Skips the next slot of the run that is open there.
pub fn skip(context: &mut Context, env: &Env, reason: String) -> Ending {
    let run = open_run(context, env)?;
    let slot = context
        .session
        .release()
        .and_then(|release| release.run(&run)?.next().map(|slot| slot.id.clone()))
        .ok_or_else(|| Failure { exit: Exit::Refused, what: format!("nothing is left in {run}"), hint: None })?;
    let said = format!("{run}/{slot} skipped");
    let act =
        Act::SetItem { run: Some(run), item: slot, state: ItemState::Skipped, observed: None, reason: Some(reason) };
    context.act(&act, &said)
}

/// Stops what runs and ends the run.
pub fn abort(context: &mut Context, env: &Env, reason: String) -> Ending {
    let run = open_run(context, env)?;
    let left = context.session.stop_run(&run, &reason, PATIENCE)?;
    if !left.is_empty() {
        return Err(Failure {
            exit: Exit::Unknown,
            what: format!("{run} does not end: {}", context.session.what_is_left(&left)),
            hint: Some("abort again when it is gone, or end its processes by hand".to_owned()),
        });
    }
    context.act(&Act::Abort { run: run.clone(), reason }, &format!("{run} aborted"))
}

/// Stops the step that runs; the run stays where it is.
fn stop(context: &mut Context, env: &Env, reason: &str) -> Ending {
    let run = open_run(context, env)?;
    let left = context.session.stop_step(&run, reason, PATIENCE)?;
    if !left.is_empty() {
        return Err(Failure {
            exit: Exit::Unknown,
            what: format!("it does not end: {}", context.session.what_is_left(&left)),
            hint: Some("stop again, or end its processes by hand".to_owned()),
        });
    }
    let env = context.session.release().and_then(|release| release.run(&run)).map(|run| run.env.clone());
    context.done(&format!("stopped; {run} waits"));
    if let Some(env) = env {
        context.out.hint(&format!("relco deploy retry --env {env}, or relco rollback start --env {env}"));
    }
    Ok(Exit::Done)
}

fn plan(context: &Context, env: &Env) -> Ending {
    let snapshot = context.session.snapshot();
    let env = match &env.env {
        Some(name) => EnvName::new(name.as_str()),
        None => match snapshot.plan.production() {
            Some(env) => env.name.clone(),
            None => return Err(Failure::usage("the plan has no environment")),
        },
    };
    let slots = sequence::deployment(&snapshot.plan);
    super::plan::print(context, &snapshot, &format!("deployment to {env}"), &env, &slots, None);
    Ok(Exit::Done)
}
