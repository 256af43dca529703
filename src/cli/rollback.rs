//! `relco rollback …`: taking back what was started, and rehearsing it.

use std::time::Duration;

use super::Context;
use super::args::{Env, RollbackCommand};
use super::deploy::{self, begin, confirmation, environment, open_run, walk};
use super::exit::{Ending, Exit, Failure};
use crate::domain::command::Command as Act;
use crate::domain::decide::rollback::{target, word};
use crate::domain::id::EnvName;
use crate::domain::sequence;

/// How long the old run may take to be dead before the command says that it is not.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs a rollback command.
pub fn run(context: &mut Context, command: RollbackCommand) -> Ending {
    match command {
        RollbackCommand::Plan { env } => plan(context, &env),
        RollbackCommand::Start { env, step, confirm, despite_running, worktree } => {
            start(context, &env, Asked { all: !step, confirm, despite_running, worktree })
        }
        RollbackCommand::Retry { env } => {
            let run = open_run(context, &env)?;
            walk(context, &run, &Act::Retry { run: run.clone() })
        }
        RollbackCommand::Next { env, all, safe } => {
            let run = open_run(context, &env)?;
            walk(context, &run, &Act::Next { run: run.clone(), all, safe })
        }
        RollbackCommand::Skip { env, reason } => deploy::skip(context, &env, reason),
        RollbackCommand::Abort { env, reason } => deploy::abort(context, &env, reason),
        RollbackCommand::Rehearse { env, step } => {
            let snapshot = context.session.snapshot();
            let env = match &env.env {
                Some(name) => EnvName::new(name.as_str()),
                None => match snapshot.plan.environments.iter().find(|env| !snapshot.plan.is_production(&env.name)) {
                    Some(env) => env.name.clone(),
                    None => return Err(Failure::usage("there is no environment but production to rehearse in")),
                },
            };
            begin(context, &env, &Act::StartRehearsal { env: env.clone(), all: !step })
        }
    }
}

/// Where a rollback is meant: as named, that of the open run, else production.
fn place(context: &Context, env: &Env) -> Result<EnvName, Failure> {
    let snapshot = context.session.snapshot();
    match environment(&snapshot, env) {
        Ok(env) => Ok(env),
        Err(failure) => snapshot.plan.production().map(|env| env.name.clone()).ok_or(failure),
    }
}

fn plan(context: &Context, env: &Env) -> Ending {
    let env = place(context, env)?;
    let snapshot = context.session.snapshot().for_rollback(&env);
    let sit = snapshot.situation(crate::system::clock::now());
    let (release, run) = target(&sit, &env)?;
    let slots = sequence::rollback(&snapshot.plan, release, run);
    let title = format!("rollback of {} in {env}: {}", run.id, word(&sit, &env)?);
    let started = sequence::started_items(&snapshot.plan, release, run);
    super::plan::print(context, &snapshot, &title, &env, &slots, Some((&run.id, &started)));
    for changed in context.session.changed_scripts(&snapshot.plan, &run.commit, &slots) {
        context.out.warn(&format!("{changed} is not as {} has it: --worktree runs it as it was", short(&run.commit)));
    }
    Ok(Exit::Done)
}

fn short(commit: &str) -> &str {
    commit.get(..7).unwrap_or(commit)
}

/// How a rollback was asked for.
struct Asked {
    all: bool,
    confirm: Option<String>,
    despite_running: bool,
    worktree: bool,
}

fn start(context: &mut Context, env: &Env, asked: Asked) -> Ending {
    let Asked { all, confirm, despite_running, worktree } = asked;
    let env = place(context, env)?;
    let snapshot = context.session.snapshot().for_rollback(&env);
    let sit = snapshot.situation(crate::system::clock::now());
    let word = word(&sit, &env)?;
    let old = target(&sit, &env).map(|(_, run)| run.id.clone())?;
    let confirm = confirmation(confirm, &word, &format!("rolling back {env}"));
    if confirm.as_deref() == Some(word.as_str()) {
        // What must be dead first is stopped first; what does not end is listed by the refusal.
        let patience = if despite_running { Duration::ZERO } else { PATIENCE };
        let left = context.session.stop_run(&old, "rollback", patience)?;
        if !left.is_empty() {
            context.out.warn(&context.session.what_is_left(&left));
        }
    }
    let dir = if worktree { Some(worktree_of(context, &env)?) } else { None };
    let act = Act::StartRollback { env: env.clone(), all, confirm, despite_running, dir };
    let begun = begin(context, &env, &act);
    if let Err(failure) = &begun
        && failure.exit == Exit::Environment
    {
        by_hand(context, &env);
    }
    begun
}

/// A work tree of the commit that the run deployed.
fn worktree_of(context: &Context, env: &EnvName) -> Result<String, Failure> {
    let snapshot = context.session.snapshot().for_rollback(env);
    let sit = snapshot.situation(crate::system::clock::now());
    let (_, run) = target(&sit, env)?;
    let path = context.session.candidate_worktree(&run.commit)?;
    Ok(path.to_string_lossy().into_owned())
}

/// Starts the rollback that was decided in an incident, where a run is under way or in production.
pub fn decided(context: &mut Context, word: String) -> Ending {
    let open = context.session.release().and_then(|release| release.any_open_run()).map(|run| run.env.to_string());
    let asked = Asked { all: true, confirm: Some(word), despite_running: false, worktree: false };
    start(context, &Env { env: open }, asked)
}

/// When nothing can be recorded nothing is started, but nobody is left without the way back: the exact commands.
fn by_hand(context: &Context, env: &EnvName) {
    let snapshot = context.session.snapshot().for_rollback(env);
    let sit = snapshot.situation(crate::system::clock::now());
    let Ok((release, run)) = target(&sit, env) else { return };
    context.out.line(format!("the record cannot be written; to roll {env} back by hand, run in this order:"));
    for line in context.session.commands_by_hand(run, &sequence::rollback(&snapshot.plan, release, run)) {
        context.out.line(line);
    }
}
