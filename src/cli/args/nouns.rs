//! The verbs of each noun: `relco NOUN VERB`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::DoneFailed;

/// Releases.
#[derive(Debug, Subcommand)]
pub enum ReleaseCommand {
    /// Start a release.
    Start {
        /// `1.3.0`, or major, minor, patch, hotfix.
        version: String,
        /// Its type, when the version alone does not say: hotfix.
        #[arg(long = "type", value_name = "TYPE")]
        kind: Option<String>,
        /// What it is for; a hotfix names its bug.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        /// Compare with this release tag; a hotfix starts from it, however old it is.
        #[arg(long, value_name = "TAG")]
        base: Option<String>,
        /// Check out hotfix/VERSION at the base; done without asking where the base is not the newest.
        #[arg(long)]
        branch: bool,
        /// Stay on this branch.
        #[arg(long, conflicts_with = "branch")]
        no_branch: bool,
    },
    /// Check out the branch of an open hotfix, and make it at its base where it is not there.
    Branch,
    /// Set the commit that ships.
    Candidate {
        /// The revision.
        #[arg(default_value = "HEAD")]
        rev: String,
    },
    /// Commit the changes of tracked files, with git's own settings.
    Commit {
        /// The message [default: release VERSION].
        #[arg(long, short, value_name = "TEXT")]
        message: Option<String>,
    },
    /// Record the release tag on the candidate, or make it.
    Tag {
        /// Make it with `git tag --annotate`.
        #[arg(long)]
        make: bool,
    },
    /// Look for what the release must bring into the world: packages, images, addresses.
    Artifacts,
    /// Push the release tag, with git's own settings; it cannot be taken back.
    Push {
        /// Where to [default: the branch's own remote, else origin].
        #[arg(long, value_name = "NAME")]
        remote: Option<String>,
        /// The candidate to its branch too.
        #[arg(long)]
        with_branch: bool,
        /// The word: TAG@REMOTE.
        #[arg(long, value_name = "TAG@REMOTE")]
        confirm: Option<String>,
    },
    /// Releases on record.
    List,
    /// One release in short.
    Show,
    /// Close the record: out, and everybody knows.
    Complete,
    /// Give this release up.
    Abandon {
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// Gates.
#[derive(Debug, Subcommand)]
pub enum GateCommand {
    /// Gates with their verdicts.
    List,
    /// Passed.
    Pass {
        /// Which gate.
        id: String,
        /// What it rests on.
        #[arg(long, value_name = "TEXT")]
        evidence: Option<String>,
    },
    /// Failed.
    Fail {
        /// Which gate.
        id: String,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Accepted without holding.
    Waive {
        /// Which gate.
        id: String,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// Items of the lists.
#[derive(Debug, Subcommand)]
pub enum ItemCommand {
    /// Items of all lists with their states.
    List {
        /// Only this list.
        #[arg(long, value_name = "NAME")]
        list: Option<String>,
    },
    /// Done.
    Done {
        /// `ID`, or `RUN/ID`.
        id: String,
        /// What was observed.
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Failed.
    Fail {
        /// `ID`, or `RUN/ID`.
        id: String,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Left out; for what relco finds out itself: waived. Any blocker can be named.
    Skip {
        /// `ID`, `RUN/ID`, or a blocker of `relco status`.
        id: String,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Does not apply.
    Na {
        /// `ID`, or `RUN/ID`.
        id: String,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Take the word back.
    Undo {
        /// `ID`, or `RUN/ID`.
        id: String,
    },
}

/// The alignment sheet.
#[derive(Debug, Subcommand)]
pub enum SheetCommand {
    /// The sheet.
    Show,
    /// Fill in a field.
    Set {
        /// deploy-time, communication, timing-preference, window-availability, infrastructure-status,
        /// pipeline-readiness, monitoring-setup.
        field: String,
        /// Its text.
        value: String,
    },
    /// Agree to the sheet as it stands.
    Agree {
        /// `release manager` or `devops`.
        #[arg(long, value_name = "ROLE")]
        role: String,
    },
}

/// Where, for a run.
#[derive(Debug, Clone, Args)]
pub struct Env {
    /// The environment.
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
}

/// Deployments.
#[derive(Debug, Subcommand)]
pub enum DeployCommand {
    /// What a deployment would run, and what cannot be taken back.
    Plan {
        /// Where.
        #[command(flatten)]
        env: Env,
    },
    /// Start a deployment.
    Start {
        /// Where.
        #[command(flatten)]
        env: Env,
        /// Run on until something fails or needs a person.
        #[arg(long)]
        all: bool,
        /// The word, where the environment wants it.
        #[arg(long, value_name = "VERSION@ENV")]
        confirm: Option<String>,
    },
    /// Do the next thing and wait for it.
    Next {
        /// Where.
        #[command(flatten)]
        env: Env,
        /// Run on until something fails or needs a person.
        #[arg(long)]
        all: bool,
    },
    /// Try the failed step again.
    Retry {
        /// Where.
        #[command(flatten)]
        env: Env,
    },
    /// Skip the next step.
    Skip {
        /// Where.
        #[command(flatten)]
        env: Env,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Start nothing new.
    Pause {
        /// Where.
        #[command(flatten)]
        env: Env,
        /// Why.
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
    /// End the pause.
    Resume {
        /// Where.
        #[command(flatten)]
        env: Env,
        /// Run on from here.
        #[arg(long)]
        all: bool,
    },
    /// Wait for a step that is over its time or silent: asks again when as much time has passed once more.
    Wait {
        /// Where.
        #[command(flatten)]
        env: Env,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Stop the step that runs. It has failed then, and the run waits: retry, skip, abort or roll back.
    Stop {
        /// Where.
        #[command(flatten)]
        env: Env,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Stop what runs and end the run.
    Abort {
        /// Where.
        #[command(flatten)]
        env: Env,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Let deployments in again where a rollback locked the environment.
    Unlock {
        /// Where.
        #[command(flatten)]
        env: Env,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Take the run over from another terminal.
    Take {
        /// Where.
        #[command(flatten)]
        env: Env,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// Attempts.
#[derive(Debug, Subcommand)]
pub enum AttemptCommand {
    /// Say what became of an attempt whose outcome is unknown.
    Resolve {
        /// The attempt.
        id: String,
        /// Done, or failed.
        outcome: DoneFailed,
        /// How you know.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Type the lines of standard input into a running step that has a terminal. They are not recorded.
    Type {
        /// The attempt [default: the one that runs].
        id: Option<String>,
    },
}

/// Rollbacks.
#[derive(Debug, Subcommand)]
pub enum RollbackCommand {
    /// What a rollback would run.
    Plan {
        /// Where.
        #[command(flatten)]
        env: Env,
    },
    /// Roll back.
    Start {
        /// Where.
        #[command(flatten)]
        env: Env,
        /// Start it step by step instead of running on.
        #[arg(long)]
        step: bool,
        /// The word: what will be live afterwards, and where.
        #[arg(long, value_name = "VERSION@ENV")]
        confirm: Option<String>,
        /// Go on although something of the old run cannot be stopped.
        #[arg(long)]
        despite_running: bool,
        /// Run the scripts as the candidate has them, in a work tree beside relco's record.
        #[arg(long)]
        worktree: bool,
    },
    /// Do the next thing of the rollback and wait for it.
    Next {
        /// Where.
        #[command(flatten)]
        env: Env,
        /// Run on until something fails or needs a person.
        #[arg(long)]
        all: bool,
        /// A person says that undoing is safe.
        #[arg(long)]
        safe: bool,
    },
    /// Try what failed again.
    Retry {
        /// Where.
        #[command(flatten)]
        env: Env,
    },
    /// Skip the next undo.
    Skip {
        /// Where.
        #[command(flatten)]
        env: Env,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Stop the rollback where it is.
    Abort {
        /// Where.
        #[command(flatten)]
        env: Env,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Deploy, roll back and verify outside production, as one recorded act.
    Rehearse {
        /// Where.
        #[command(flatten)]
        env: Env,
        /// Step by step instead of running on.
        #[arg(long)]
        step: bool,
    },
}

/// Triggers.
#[derive(Debug, Subcommand)]
pub enum TriggerCommand {
    /// Triggers with what they last said.
    List,
    /// Declare that a trigger holds.
    Fire {
        /// Which.
        id: String,
        /// What was seen.
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Print the kept probes of a measured trigger, in the form that `trigger replay` reads.
    Samples {
        /// Which trigger.
        id: String,
        /// In this environment.
        #[arg(long, value_name = "NAME", default_value = "production")]
        env: String,
    },
    /// Judge recorded probes as if they came in now, to tune a trigger on traffic of your own.
    Replay {
        /// CSV with the columns t_s, latency_ms, ok, control_ok, deployed; `-` reads standard input.
        file: PathBuf,
        /// Slow is above this multiple of the median before the deployment.
        #[arg(long, value_name = "X")]
        ratio: Option<f64>,
        /// With the parameters of this trigger of the project, instead of the defaults.
        #[arg(long, value_name = "ID")]
        trigger: Option<String>,
    },
}

/// Notices.
#[derive(Debug, Subcommand)]
pub enum NotifyCommand {
    /// Stakeholders and what they were told.
    List,
    /// Tell them.
    Send {
        /// window, completion, rollback, incident.
        purpose: String,
        /// Only this stakeholder.
        #[arg(long, value_name = "NAME")]
        to: Option<String>,
        /// Also those who were told before.
        #[arg(long)]
        again: bool,
    },
    /// A person told them.
    Told {
        /// The notice.
        id: String,
        /// How.
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
}

/// Live versions.
#[derive(Debug, Subcommand)]
pub enum LiveCommand {
    /// Say what an environment runs.
    Set {
        /// The environment.
        env: String,
        /// The version.
        version: String,
    },
}

/// What to do about changes that the changelog does not tell.
#[derive(Debug, Subcommand)]
pub enum ChangesCommand {
    /// Add an entry for a change, or for each that is missing: a line in the release's section, or a file of its own.
    Add {
        /// Which: #123, or the beginning of a commit's id. Without any, all that are missing.
        #[arg(value_name = "CHANGE")]
        changes: Vec<String>,
        /// The words of the entry, for one change [default: its title].
        #[arg(long, value_name = "WORDS", requires = "changes")]
        text: Option<String>,
        /// The kind of change, where entries wait in files of their own [default: what the title says].
        #[arg(long, value_name = "KIND")]
        kind: Option<String>,
        /// The package, project or section that it is about, where an entry names one [default: by what it touched].
        #[arg(long, value_name = "NAME")]
        into: Option<String>,
    },
    /// Say that a change, or all that a rule means, need no entry.
    Exclude {
        /// #123, the beginning of a commit's id, or a rule: "paths docs/ *.md", "type ci", "author NAME", "title WORDS", "trailer LINE".
        #[arg(value_name = "CHANGE|RULE", required = true)]
        rules: Vec<String>,
        /// Why; a single change wants it.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Rules that would set a change apart with all that are like it, and what earlier releases did.
    Alike {
        /// Which: #123, or the beginning of a commit's id.
        change: String,
    },
    /// Take the word back that a change or a rule needs no entry.
    Include {
        /// As it was said.
        #[arg(value_name = "CHANGE|RULE")]
        rule: String,
    },
    /// Rules in force, and those that the project's earlier releases propose.
    Rules,
}

/// Debts.
#[derive(Debug, Subcommand)]
pub enum DebtCommand {
    /// What is left to be paid.
    List,
    /// Pay a debt.
    Pay {
        /// Which.
        id: String,
        /// How.
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
        /// The fix was ported in another way than by the same patch; the note says how.
        #[arg(long)]
        by_hand: bool,
    },
}

/// The configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Check it.
    Check,
    /// Every key, as JSON Schema.
    Schema,
    /// Where relco keeps and reads its files.
    Paths,
}

/// The record on disk.
#[derive(Debug, Subcommand)]
pub enum JournalCommand {
    /// Verify a journal.
    Verify {
        /// The file; the current release's journal when not said.
        file: Option<PathBuf>,
    },
    /// Write a new journal from a damaged one; the old one is kept.
    Repair {
        /// The file; the current release's journal when not said.
        file: Option<PathBuf>,
    },
}

/// The example project.
#[derive(Debug, Clone, Args)]
pub struct DemoArgs {
    /// Where [default: a temporary directory, named on exit].
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// What goes wrong in production [default: none, or what the example in DIR has].
    #[arg(long, value_enum)]
    pub fault: Option<Fault>,
    /// Drive the whole drill by commands.
    #[arg(long)]
    pub no_tui: bool,
    /// Stop the example's services.
    #[arg(long)]
    pub stop: bool,
}

/// What goes wrong in the example's production.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Fault {
    /// Nothing.
    None,
    /// The frontend step fails.
    Fail,
    /// The new version is slow.
    Slow,
    /// The new version does not answer well.
    Down,
}
