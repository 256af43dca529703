//! Arguments of `relco incident` and `relco followup`.

use std::path::PathBuf;

use clap::Subcommand;

/// Incidents.
#[derive(Debug, Subcommand)]
pub enum IncidentCommand {
    /// Open an incident; nothing is required.
    Open {
        /// What is known.
        what: Option<String>,
        /// critical, high, medium.
        #[arg(long)]
        severity: Option<String>,
    },
    /// Write a note; a leading `-7m`, `14:05` or `yesterday 23:58` says when it happened.
    #[command(allow_negative_numbers = true)]
    Note {
        /// The note. `-` reads lines from standard input: each with a time in front becomes an entry.
        #[arg(required = true, allow_hyphen_values = true, trailing_var_arg = true)]
        text: Vec<String>,
    },
    /// Correct a note; what it said stays in the record.
    Correct {
        /// The note's number; the last one when not said.
        note: Option<u64>,
        /// What it says now.
        #[arg(long)]
        text: Option<String>,
        /// When it happened after all.
        #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
        at: Option<String>,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Remove a note; what it said stays in the record.
    Remove {
        /// The note's number; the last one when not said.
        note: Option<u64>,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Pin a line of a step's log as evidence.
    Pin {
        /// The attempt: `R3-migrate-1`.
        attempt: String,
        /// The line's number, from 1.
        line: u64,
    },
    /// Judge the severity.
    Severity {
        /// critical, high, medium.
        severity: String,
    },
    /// Move the status.
    Status {
        /// investigating, identified, mitigating, resolved.
        status: String,
        /// In your words.
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// What users feel, and since when.
    Impact {
        /// Since when: `14:05`, `-7m`, `now`, `unknown`.
        #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
        started: Option<String>,
        /// When it was noticed.
        #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
        detected: Option<String>,
        /// When it was called an incident.
        #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
        declared: Option<String>,
        /// When it stopped getting worse.
        #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
        mitigated: Option<String>,
        /// Until when.
        #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
        ended: Option<String>,
        /// full or degraded.
        #[arg(long)]
        extent: Option<String>,
        /// Since when it is full or degraded, where that changed.
        #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
        since: Option<String>,
        /// What is affected.
        #[arg(long, value_name = "TEXT")]
        affected: Option<String>,
    },
    /// Take a decision.
    Decide {
        /// continue, pause, rollback.
        decision: String,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        /// Look again after this long: `10m`.
        #[arg(long, value_name = "DURATION")]
        within: Option<String>,
        /// What is looked at then.
        #[arg(long, value_name = "TEXT")]
        next: Option<String>,
        /// Who objected, and why.
        #[arg(long, value_name = "TEXT")]
        objected: Option<String>,
        /// Start the rollback that was decided: what will be live afterwards, and where.
        #[arg(long, value_name = "VERSION@ENV")]
        confirm: Option<String>,
    },
    /// Who commands, operates, communicates, writes.
    Role {
        /// commander, operations, communications, scribe.
        role: String,
        /// Who; nobody puts it down. A role that somebody has is offered, and moves when it is accepted.
        person: Option<String>,
    },
    /// Accept a role that was offered, and read the brief.
    Accept {
        /// commander, operations, communications, scribe.
        role: String,
    },
    /// What whoever takes over must know.
    Brief {
        /// Which incident; the open or latest one when not said.
        id: Option<String>,
    },
    /// Tell people how it stands.
    Update {
        /// What it says; without it what is known.
        text: Option<String>,
        /// When the next one comes: `20m` or `14:30`; by the severity when not said.
        #[arg(long, value_name = "TIME")]
        next: Option<String>,
        /// Send it to the stakeholders who hear about incidents.
        #[arg(long)]
        send: bool,
        /// Only show what it would say.
        #[arg(long, conflicts_with = "send")]
        draft: bool,
    },
    /// Put the next message off.
    Snooze {
        /// Until when: `15m` or `14:30`.
        until: String,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Write root cause or prevention.
    Write {
        /// root-cause or prevention.
        field: String,
        /// The text.
        text: String,
    },
    /// Close the paperwork.
    Close,
    /// The incident's report, in Markdown.
    Report {
        /// Which; the open or latest one when not said.
        id: Option<String>,
        /// Into this file; what people wrote there stays.
        #[arg(long, value_name = "FILE")]
        write: Option<PathBuf>,
    },
}

/// Follow-ups.
#[derive(Debug, Subcommand)]
pub enum FollowUpCommand {
    /// What incidents left to be done.
    List {
        /// Also what is settled.
        #[arg(long)]
        all: bool,
    },
    /// Say who does it, and until when.
    Assign {
        /// Which: `F-3`.
        id: String,
        /// Who.
        owner: Option<String>,
        /// Until which day: `2026-12-01`.
        #[arg(long, value_name = "DAY")]
        due: Option<String>,
    },
    /// It is done.
    Done {
        /// Which: `F-3`.
        id: String,
        /// How.
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Nobody will do it.
    Drop {
        /// Which: `F-3`.
        id: String,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}
