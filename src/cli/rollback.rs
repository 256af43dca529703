//! `relco rollback …`: taking back what was started, and rehearsing it.

use std::time::Duration;

use super::Context;
use super::args::{Env, RollbackCommand};
use super::deploy::{self, begin, confirmation, environment, open_run, print_plan, walk};
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
        RollbackCommand::Start { env, step, confirm, despite_running } => {
            start(context, &env, !step, confirm, despite_running)
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
    let snapshot = context.session.snapshot();
    let sit = snapshot.situation(crate::system::clock::now());
    let (release, run) = target(&sit, &env)?;
    let slots = sequence::rollback(&snapshot.plan, release, run);
    let title = format!("rollback of {} in {env}: {}", run.id, word(&sit, &env)?);
    print_plan(context, &snapshot, &title, &slots);
    Ok(Exit::Done)
}

fn start(context: &mut Context, env: &Env, all: bool, confirm: Option<String>, despite_running: bool) -> Ending {
    let env = place(context, env)?;
    let snapshot = context.session.snapshot();
    let sit = snapshot.situation(crate::system::clock::now());
    let word = word(&sit, &env)?;
    let old = target(&sit, &env).map(|(_, run)| run.id.clone())?;
    let confirm = confirmation(confirm, &word, &format!("rolling back {env}"));
    if confirm.as_deref() == Some(word.as_str()) {
        // What must be dead first is stopped first; what does not end is listed by the refusal.
        context.session.stop_run(&old, "rollback", if despite_running { Duration::ZERO } else { PATIENCE })?;
    }
    let begun = begin(context, &env, &Act::StartRollback { env: env.clone(), all, confirm, despite_running });
    if let Err(failure) = &begun
        && failure.exit == Exit::Environment
    {
        by_hand(context, &env);
    }
    begun
}

/// When nothing can be recorded nothing is started, but nobody is left without the way back: the exact commands.
fn by_hand(context: &Context, env: &EnvName) {
    let snapshot = context.session.snapshot();
    let sit = snapshot.situation(crate::system::clock::now());
    let Ok((release, run)) = target(&sit, env) else { return };
    context.out.line(format!("the record cannot be written; to roll {env} back by hand, run in this order:"));
    for line in context.session.commands_by_hand(run, &sequence::rollback(&snapshot.plan, release, run)) {
        context.out.line(line);
    }
}
