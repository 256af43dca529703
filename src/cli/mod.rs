//! The command line: arguments in, one act or one picture out. One small file per noun.
//!
//! Nothing here holds a rule: a command asks the session, and what it refuses stands in the refusal's words.

pub mod args;
pub mod exit;
pub mod output;

mod check;
mod config;
mod deploy;
mod doctor;
mod feedback;
mod followup;
mod gate;
mod incident;
mod item;
mod journal;
mod ledger;
mod log;
mod metrics;
mod notes;
mod notify;
mod plan;
mod project;
mod release;
mod report;
mod rollback;
mod sheet;
mod shell;
mod status;
mod timeline;
mod trigger;
mod versions;

use std::io::Write;

use args::{ChangesCommand, Command, DebtCommand, Global, ReleaseCommand, TriggerCommand};
use exit::{Ending, Exit, Failure};
use output::Output;

use crate::domain::command::Command as Act;
use crate::session::{ActError, Acted, LedgerAsked, Options, Session};

/// A command's surroundings: the session on the project, and where output goes.
#[derive(Debug)]
pub struct Context {
    /// The session.
    pub session: Session,
    /// Where output goes.
    pub out: Output,
}

/// How a session is opened for these options.
pub fn options(global: &Global) -> Options {
    Options {
        project: global.project.clone(),
        state_dir: global.state_dir.clone(),
        release: global.release.clone(),
        config: global.config.clone(),
        by: global.by.clone(),
        drill: global.drill,
        of_none: false,
    }
}

/// Whether a command is about the project, or names its release itself, so that several open ones are no question.
fn is_of_none(command: &Command) -> bool {
    match command {
        Command::Release(ReleaseCommand::List | ReleaseCommand::Start { .. })
        | Command::Trust { .. }
        | Command::Debt(DebtCommand::List)
        | Command::Metrics => true,
        Command::Changes { from, to, act: None, .. } => from.is_some() || to.is_some(),
        _ => false,
    }
}

impl Context {
    fn open(global: &Global, checked: bool, of_none: bool) -> Result<Self, Failure> {
        let options = Options { of_none, ..options(global) };
        let mut session = if checked { Session::open(&options)? } else { Session::open_unchecked(&options)? };
        // What ended while nobody looked is part of the picture.
        let walked = session.pump(std::time::Duration::ZERO);
        let context = Self { session, out: Output::new(global.json) };
        match walked {
            Ok(walked) => walked.warnings.iter().for_each(|warning| context.out.warn(warning)),
            // Whoever only looks can do so on a full disk; whoever acts is told the same again, and that it failed.
            Err(ActError::Journal(error)) => context.out.warn(&error.to_string()),
            Err(error) => return Err(error.into()),
        }
        if context.session.is_drill() {
            context.out.warn("this is a drill: its record is its own, nothing is run, nobody is told");
        }
        if let Some(why) = context.session.read_only() {
            context.out.warn(&format!("the record is read-only: {why}"));
        }
        Ok(context)
    }

    /// Carries out one act, says its warnings, and prints what was done.
    fn act(&mut self, command: &Act, said: &str) -> Ending {
        let acted = self.session.act(command)?;
        self.said(&acted, said);
        self.settle()?;
        Ok(Exit::Done)
    }

    /// Says what was done where nothing was recorded.
    fn done(&self, said: &str) {
        if self.out.json {
            self.out.document(&serde_json::json!({ "schema": 1, "done": said, "recorded": [] }));
        } else {
            said.lines().for_each(|line| self.out.line(output::safe(line)));
        }
    }

    fn said(&self, acted: &Acted, said: &str) {
        for warning in &acted.warnings {
            self.out.warn(warning);
        }
        if self.out.json {
            let recorded: Vec<u64> = acted.recorded.iter().map(|one| one.seq).collect();
            self.out.document(&serde_json::json!({ "schema": 1, "done": said, "recorded": recorded }));
        } else if !said.is_empty() {
            self.out.line(output::safe(said));
        }
    }

    /// Waits for short effects of an act: notices, questions. Steps are not waited for.
    fn settle(&mut self) -> Result<(), Failure> {
        while self.session.has_jobs() {
            let walked = self.session.pump(std::time::Duration::from_millis(250))?;
            for warning in &walked.warnings {
                self.out.warn(warning);
            }
        }
        Ok(())
    }
}

/// Runs a command that needs no terminal.
pub fn run(global: &Global, command: Command) -> Exit {
    let ending = dispatch(global, command);
    match ending {
        Ok(exit) => exit,
        Err(failure) => {
            let out = Output::new(false);
            let what: Vec<String> = failure.what.lines().map(output::safe).collect();
            // A closed standard error is no reason to panic: the exit code says it too.
            let _ = writeln!(std::io::stderr(), "{} {}", out.red("error:"), what.join("\n"));
            if let Some(hint) = &failure.hint {
                out.hint(hint);
            }
            failure.exit
        }
    }
}

fn dispatch(global: &Global, command: Command) -> Ending {
    match command {
        Command::Completions { shell } => return shell::completions(shell),
        Command::Man => return shell::man(),
        Command::Config(command) => return config::run(global, &command),
        Command::Journal(command) => return journal::run(global, &command),
        Command::Init { print } => return config::init(global, print),
        Command::Doctor => return doctor::run(global),
        Command::Trigger(TriggerCommand::Replay { ref file, ratio, trigger: None }) => {
            return trigger::replay(global, file, ratio);
        }
        _ => {}
    }
    // What shows no check need not wait for them: they read history, and `relco changes` reads it itself.
    let unchecked = matches!(
        command,
        Command::Changes { act: None | Some(ChangesCommand::Alike { .. } | ChangesCommand::Rules), .. }
            | Command::Versions { .. }
            | Command::Log { .. }
            | Command::Timeline { .. }
            | Command::Metrics
    );
    let mut context = Context::open(global, !unchecked, is_of_none(&command))?;
    let context = &mut context;
    match command {
        Command::Status { short } => Ok(status::run(context, short)),
        Command::Check { ids, again } => check::run(context, &ids, again),
        Command::Feedback => Ok(feedback::run(context)),
        Command::Release(command) => release::run(context, command),
        Command::Gate(command) => gate::run(context, command),
        Command::SignOff { role, word, note } => gate::sign_off(context, &role, word, note),
        Command::Item(command) => item::run(context, command),
        Command::Versions { set, dry_run, finish, revert, accept, reason, add } => {
            let asked = match (set, accept, add) {
                (Some(version), ..) => versions::Asked::Set { version, dry_run },
                (_, Some(place), _) => versions::Asked::Accept { place, reason },
                (_, _, Some(place)) => versions::Asked::Add(place),
                _ if finish || revert => versions::Asked::Settle { finish },
                _ => versions::Asked::Show,
            };
            versions::run(context, asked)
        }
        Command::Changes { act: Some(act), .. } => ledger::settle(context, act),
        Command::Changes { from, to, changelog, section, act: None } => {
            ledger::run(context, &LedgerAsked { from, to, changelog, section })
        }
        Command::Notes { write, draft, merge } => notes::run(context, write.as_deref(), draft, merge),
        Command::Sheet(command) => sheet::run(context, command),
        Command::Deploy(command) => deploy::run(context, command),
        Command::Attempt(command) => deploy::attempt(context, &command),
        Command::Rollback(command) => rollback::run(context, command),
        Command::Trigger(command) => trigger::run(context, command),
        Command::Watch { env, count } => trigger::watch(context, &env, count),
        Command::Incident(command) => incident::run(context, command),
        Command::Notify(command) => notify::run(context, command),
        Command::Log { step, follow } => log::run(context, step.as_deref(), follow),
        Command::Timeline { incident } => timeline::run(context, incident.as_deref()),
        Command::Metrics => Ok(metrics::run(context)),
        Command::Report { format } => report::run(context, format),
        Command::Live(command) => project::live(context, command),
        Command::Debt(command) => project::debt(context, command),
        Command::FollowUp(command) => followup::run(context, command),
        Command::Trust { hash, yes } => project::trust(context, hash.as_deref(), yes),
        _ => Ok(Exit::Usage),
    }
}
