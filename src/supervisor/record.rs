//! What can happen to an attempt: the kinds of `record.toml`, with their data.
//!
//! Each kind has a version of its own in the record's envelope; a kind or version that this code does not know was
//! written by a newer relco and is never guessed at. Written by [`Recorder`], read by [`History`].

use crate::frame::{self, Hash, Record, Table, Value};

mod history;
mod recorder;

pub use history::{At, History};
pub use recorder::{RecordError, Recorder};

#[cfg(test)]
mod tests;

/// One fact of an attempt, in the order in which they can come.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// A supervisor took the attempt.
    Accepted {
        /// Name of the attempt.
        attempt: String,
        /// Pid of the supervisor, which is also its session.
        supervisor: i32,
        /// Hash of `spec.toml`.
        spec: Hash,
    },
    /// It was declared that this attempt did not start; no supervisor may take it any more.
    Void {
        /// Who declared it.
        sender: String,
        /// Why.
        reason: String,
    },
    /// The step stands behind its gate and is let through right after this.
    Started(Started),
    /// A signal was sent to the step.
    StopRequested(StopRequested),
    /// Output was lost because the log could not be written.
    Gap(Gap),
    /// The step ended.
    Ended(Ended),
}

/// Who the step is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    /// Pid of the step, which is also its process group.
    pub pid: i32,
    /// Session of that group.
    pub session: i32,
    /// When the process started, in clock ticks since boot; 0 where the system does not tell.
    pub start_ticks: u64,
    /// The whole boot id.
    pub boot_id: String,
}

/// A signal and whose wish it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopRequested {
    /// `TERM`, `INT` or `KILL`.
    pub signal: String,
    /// Who asked.
    pub sender: String,
    /// Why.
    pub reason: String,
}

/// Output that reached no disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Where in the log it is missing.
    pub at_byte: u64,
    /// How much is missing.
    pub lost_bytes: u64,
    /// What the system said.
    pub error: String,
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It exited with this code; the kernel said so.
    Code(i32),
    /// This signal ended it.
    Signal(i32),
    /// Its program could not be executed; nothing of it ran.
    ExecFailed(String),
    /// The kernel did not say.
    Unknown,
}

/// A process that outlived its step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftRunning {
    /// Its pid.
    pub pid: i32,
    /// Its command line; foreign text.
    pub command: String,
    /// Whether it still belongs to the step's process group.
    pub in_group: bool,
}

/// The end of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How.
    pub outcome: Outcome,
    /// From the opened gate to the step's own exit, without the wait for its last output.
    pub took_ms: u64,
    /// What outlived it, at most 32 of them.
    pub left_running: Vec<LeftRunning>,
    /// Bytes in the log at the end.
    pub log_bytes: u64,
    /// Lines in the log at the end.
    pub log_lines: u64,
    /// Bytes of output that reached no disk.
    pub lost_bytes: u64,
}

impl Fact {
    /// Kind and data, as they are written.
    fn encode(&self) -> (&'static str, Table) {
        match self {
            Fact::Accepted { attempt, supervisor, spec } => (
                "attempt.accepted",
                Table::new()
                    .with("format", frame::FORMAT)
                    .with("attempt", attempt.as_str())
                    .with("relco", env!("CARGO_PKG_VERSION"))
                    .with("supervisor", *supervisor)
                    .with("spec", spec.to_hex()),
            ),
            Fact::Void { sender, reason } => (
                "attempt.void",
                Table::new()
                    .with("format", frame::FORMAT)
                    .with("sender", sender.as_str())
                    .with("reason", reason.as_str()),
            ),
            Fact::Started(started) => (
                "attempt.started",
                Table::new()
                    .with("pid", started.pid)
                    .with("session", started.session)
                    .with("start_ticks", signed(started.start_ticks))
                    .with("boot_id", started.boot_id.as_str()),
            ),
            Fact::StopRequested(stop) => (
                "attempt.stop_requested",
                Table::new()
                    .with("signal", stop.signal.as_str())
                    .with("sender", stop.sender.as_str())
                    .with("reason", stop.reason.as_str()),
            ),
            Fact::Gap(gap) => (
                "attempt.gap",
                Table::new()
                    .with("at_byte", signed(gap.at_byte))
                    .with("lost_bytes", signed(gap.lost_bytes))
                    .with("error", gap.error.as_str()),
            ),
            Fact::Ended(ended) => ("attempt.ended", encode_ended(ended)),
        }
    }

    /// Reads kind and data; `None` if a newer relco wrote them.
    fn decode(record: &Record) -> Option<Fact> {
        let data = &record.data;
        let text = |key: &str| Some(data.str(key)?.to_owned());
        let fact = match (record.kind.as_str(), record.v) {
            ("attempt.accepted", 1) => Fact::Accepted {
                attempt: text("attempt")?,
                supervisor: small(data, "supervisor")?,
                spec: Hash::from_hex(data.str("spec")?.as_bytes())?,
            },
            ("attempt.void", 1) => Fact::Void { sender: text("sender")?, reason: text("reason")? },
            ("attempt.started", 1) => Fact::Started(Started {
                pid: small(data, "pid")?,
                session: small(data, "session")?,
                start_ticks: unsigned(data, "start_ticks")?,
                boot_id: text("boot_id")?,
            }),
            ("attempt.stop_requested", 1) => Fact::StopRequested(StopRequested {
                signal: text("signal")?,
                sender: text("sender")?,
                reason: text("reason")?,
            }),
            ("attempt.gap", 1) => Fact::Gap(Gap {
                at_byte: unsigned(data, "at_byte")?,
                lost_bytes: unsigned(data, "lost_bytes")?,
                error: text("error")?,
            }),
            ("attempt.ended", 1) => Fact::Ended(decode_ended(data)?),
            _ => return None,
        };
        Some(fact)
    }

    /// Whose act it is: the actor of the record and how that is known.
    fn actor(&self) -> (&str, &'static str) {
        match self {
            Fact::StopRequested(StopRequested { sender, .. }) | Fact::Void { sender, .. } => (sender, "request"),
            _ => ("supervisor", "attempt"),
        }
    }
}

fn encode_ended(ended: &Ended) -> Table {
    let data = match &ended.outcome {
        Outcome::Code(code) => Table::new().with("code", *code),
        Outcome::Signal(signal) => Table::new().with("signal", *signal),
        Outcome::ExecFailed(error) => Table::new().with("exec_error", error.as_str()),
        Outcome::Unknown => Table::new().with("unknown", true),
    };
    let left = |left: &LeftRunning| {
        Table::new().with("pid", left.pid).with("command", left.command.as_str()).with("in_group", left.in_group)
    };
    data.with("took_ms", signed(ended.took_ms))
        .with("left_running", ended.left_running.iter().map(left).collect::<Vec<Table>>())
        .with("log_bytes", signed(ended.log_bytes))
        .with("log_lines", signed(ended.log_lines))
        .with("lost_bytes", signed(ended.lost_bytes))
}

fn decode_ended(data: &Table) -> Option<Ended> {
    let outcome = if data.get("code").is_some() {
        Outcome::Code(small(data, "code")?)
    } else if data.get("signal").is_some() {
        Outcome::Signal(small(data, "signal")?)
    } else if let Some(error) = data.str("exec_error") {
        Outcome::ExecFailed(error.to_owned())
    } else {
        data.bool("unknown")?.then_some(Outcome::Unknown)?
    };
    let left = |value: &Value| {
        let table = value.as_table()?;
        Some(LeftRunning {
            pid: small(table, "pid")?,
            command: table.str("command")?.to_owned(),
            in_group: table.bool("in_group")?,
        })
    };
    Some(Ended {
        outcome,
        took_ms: unsigned(data, "took_ms")?,
        left_running: data.get("left_running")?.as_array()?.iter().map(left).collect::<Option<_>>()?,
        log_bytes: unsigned(data, "log_bytes")?,
        log_lines: unsigned(data, "log_lines")?,
        lost_bytes: unsigned(data, "lost_bytes")?,
    })
}

/// Counts are far below the limit of TOML's integers; one that is not is written as that limit.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(data: &Table, key: &str) -> Option<u64> {
    u64::try_from(data.int(key)?).ok()
}

fn small(data: &Table, key: &str) -> Option<i32> {
    i32::try_from(data.int(key)?).ok()
}
