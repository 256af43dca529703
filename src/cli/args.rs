//! Arguments: what can be typed, declared once. Help, completions and the manual page come from here.
//!
//! Every leaf is an action of the ACTIONS table; a test holds the two against each other.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

mod incident;
mod nouns;

pub use incident::*;
pub use nouns::*;

/// The release captain's cockpit: from "can we ship?" to "it is out, everybody knows, and here is the record".
#[derive(Debug, Parser)]
#[command(name = "relco", version, about, disable_help_subcommand = true)]
pub struct Cli {
    /// Options for every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do; without it the cockpit opens.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options for every command.
#[derive(Debug, Clone, Default, Args)]
pub struct Global {
    /// The project's directory.
    #[arg(long, global = true, value_name = "DIR")]
    pub project: Option<PathBuf>,
    /// Where relco keeps its record [default: the XDG state directory].
    #[arg(long, global = true, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,
    /// Which release, when several are open.
    #[arg(long, global = true, value_name = "VERSION", env = "RELCO_RELEASE")]
    pub release: Option<String>,
    /// The project's file [default: relco.toml].
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Who speaks, when it is not who operates relco.
    #[arg(long, global = true, value_name = "WHO")]
    pub by: Option<String>,
    /// A drill: with a record of its own; nothing is run, and nobody is told.
    #[arg(long, global = true)]
    pub drill: bool,
    /// One JSON document on standard output.
    #[arg(long, global = true)]
    pub json: bool,
    /// Colours that read on a light background.
    #[arg(long, global = true)]
    pub light: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Can we release now; if not, who must do what.
    Status {
        /// One line.
        #[arg(long)]
        short: bool,
    },
    /// Run automatic checks again.
    Check {
        /// Only these gates, items or checks.
        ids: Vec<String>,
        /// Also those that passed for this candidate already.
        #[arg(long)]
        again: bool,
    },
    /// Findings, each with the role that must act.
    Feedback,
    /// Releases.
    #[command(subcommand)]
    Release(ReleaseCommand),
    /// Gates.
    #[command(subcommand)]
    Gate(GateCommand),
    /// Sign off for a role.
    #[command(name = "signoff")]
    SignOff {
        /// The role: qa, security, "product owner", …
        role: String,
        /// Yes or no.
        word: YesNo,
        /// In their words.
        #[arg(long)]
        note: Option<String>,
    },
    /// Items of the lists.
    #[command(subcommand)]
    Item(ItemCommand),
    /// Version matrix, and setting the version.
    Versions {
        /// Write this version to every configured place.
        #[arg(long, value_name = "VERSION")]
        set: Option<String>,
        /// Only show what would change.
        #[arg(long, requires = "set")]
        dry_run: bool,
        /// Finish a set that was interrupted half-way.
        #[arg(long, conflicts_with_all = ["set", "revert", "accept", "add"])]
        finish: bool,
        /// Take back a set that was interrupted half-way.
        #[arg(long, conflicts_with_all = ["set", "accept", "add"])]
        revert: bool,
        /// This line, or all of this file, may go on saying the old version.
        #[arg(long, value_name = "PATH[:LINE]", conflicts_with_all = ["set", "add"])]
        accept: Option<String>,
        /// Why.
        #[arg(long, requires = "accept")]
        reason: Option<String>,
        /// Make this line a place of the version, in relco.toml.
        #[arg(long, value_name = "PATH[:LINE]", conflicts_with = "set")]
        add: Option<String>,
    },
    /// Changes against the changelog.
    #[command(args_conflicts_with_subcommands = true)]
    Changes {
        /// What to do about them.
        #[command(subcommand)]
        act: Option<ChangesCommand>,
        /// From this revision [default: the release before].
        #[arg(long, value_name = "REV")]
        from: Option<String>,
        /// To this revision [default: the candidate, else HEAD].
        #[arg(long, value_name = "REV")]
        to: Option<String>,
        /// Another changelog.
        #[arg(long, value_name = "PATH")]
        changelog: Option<String>,
        /// Another section of it.
        #[arg(long, value_name = "VERSION")]
        section: Option<String>,
    },
    /// Release notes: show them, or a draft.
    Notes {
        /// Keep this file's text as the release notes; `-` reads standard input.
        #[arg(long, value_name = "FILE")]
        write: Option<PathBuf>,
        /// Draw up a draft from commits and changelog, whatever is written already.
        #[arg(long, conflicts_with = "write")]
        draft: bool,
        /// Add what came since to the notes as they are written.
        #[arg(long, conflicts_with_all = ["write", "draft"])]
        merge: bool,
    },
    /// The release-devops alignment sheet.
    #[command(subcommand)]
    Sheet(SheetCommand),
    /// Deployments.
    #[command(subcommand)]
    Deploy(DeployCommand),
    /// Attempts of steps.
    #[command(subcommand)]
    Attempt(AttemptCommand),
    /// Rollbacks.
    #[command(subcommand)]
    Rollback(RollbackCommand),
    /// Rollback triggers.
    #[command(subcommand)]
    Trigger(TriggerCommand),
    /// Ask the probes and print what they say.
    Watch {
        /// In this environment.
        #[arg(long, value_name = "NAME", default_value = "production")]
        env: String,
        /// Stop after this many rounds.
        #[arg(long, value_name = "N")]
        count: Option<u64>,
    },
    /// Incidents.
    #[command(subcommand)]
    Incident(IncidentCommand),
    /// Notices to stakeholders.
    #[command(subcommand)]
    Notify(NotifyCommand),
    /// Output of a step's latest attempt.
    Log {
        /// The step, `RUN/STEP`, or an attempt; the latest attempt when not said.
        step: Option<String>,
        /// Go on while it runs.
        #[arg(long, short)]
        follow: bool,
    },
    /// Everything that happened, in order.
    Timeline {
        /// Only what belongs to this incident.
        #[arg(long, value_name = "ID")]
        incident: Option<String>,
    },
    /// The four release metrics, over the recorded releases.
    Metrics,
    /// The whole record of the release.
    Report {
        /// Its form.
        #[arg(long, value_enum, default_value_t = ReportFormat::Md)]
        format: ReportFormat,
    },
    /// What environments run.
    #[command(subcommand)]
    Live(LiveCommand),
    /// What is left to be paid.
    #[command(subcommand)]
    Debt(DebtCommand),
    /// What incidents left to be done.
    #[command(name = "followup", subcommand)]
    FollowUp(FollowUpCommand),
    /// Allow this project's commands to run.
    Trust {
        /// Only if the configuration's hash is this one.
        #[arg(long, value_name = "HASH")]
        hash: Option<String>,
        /// Without asking.
        #[arg(long)]
        yes: bool,
    },
    /// Write a relco.toml for this repository.
    Init {
        /// Print it instead.
        #[arg(long)]
        print: bool,
    },
    /// The configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// The record on disk.
    #[command(subcommand)]
    Journal(JournalCommand),
    /// What relco can and cannot do here.
    Doctor,
    /// The example project.
    Demo(DemoArgs),
    /// Shell completions.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    /// The manual page.
    Man,
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum YesNo {
    /// Yes.
    Yes,
    /// No.
    No,
}

/// A report's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// Markdown.
    Md,
    /// JSON.
    Json,
}

/// What became of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DoneFailed {
    /// It was done.
    Done,
    /// It failed.
    Failed,
}
