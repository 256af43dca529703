//! Incidents: severity, status, impact, decisions, texts.
//!
//! Nothing is required to open one, and nothing here blocks a rollback. The impact's clock is apart from the
//! paperwork's: when users felt it is not when somebody wrote it down.

use std::time::Duration;

use jiff::Timestamp;

use super::duration::between;
use super::id::{AttemptId, EnvName, IncidentId, RunId};
use super::named::named;

pub mod cadence;
mod fold;
mod impact;
mod roles;

pub use fold::apply;
pub use impact::{Impact, Span};
pub use roles::{RoleRecord, role_warnings};

named! {
    /// How bad it is.
    Severity {
        /// Users cannot work, or data is at risk.
        Critical = "critical",
        /// Users are hindered.
        High = "high",
        /// It can wait for the day.
        Medium = "medium",
    }
}

named! {
    /// Where the work on it stands.
    Status {
        /// Nobody knows why yet.
        Investigating = "investigating",
        /// The cause is known.
        Identified = "identified",
        /// It is being stopped.
        Mitigating = "mitigating",
        /// Users do not feel it any more.
        Resolved = "resolved",
    }
}

named! {
    /// How much of the service is affected.
    Extent {
        /// It does not work.
        Full = "full",
        /// It works badly, or for some.
        Degraded = "degraded",
    }
}

named! {
    /// What was decided about a deployment in trouble.
    Decision {
        /// Continue deployment with a fix.
        ContinueWithFix = "continue",
        /// Pause deployment.
        Pause = "pause",
        /// Roll back.
        RollBack = "rollback",
    }
}

named! {
    /// The texts that people write after the fact.
    IncidentText {
        /// Why it happened.
        RootCause = "root cause",
        /// What will be done differently.
        Prevention = "prevention",
    }
}

named! {
    /// A moment of the impact's clock.
    Milestone {
        /// Users began to feel it.
        Started = "started",
        /// Somebody or something noticed.
        Detected = "detected",
        /// It was called an incident.
        Declared = "declared",
        /// It stopped getting worse, or a way around was found.
        Mitigated = "mitigated",
        /// Users did not feel it any more.
        Ended = "ended",
    }
}

named! {
    /// A hat that somebody wears while it lasts. One person may wear several.
    IncidentRole {
        /// Decides, and does not fix.
        Commander = "commander",
        /// Changes systems.
        Operations = "operations",
        /// Tells people.
        Communications = "communications",
        /// Writes down what happens.
        Scribe = "scribe",
    }
}

named! {
    /// What became of a hat.
    RoleAct {
        /// Handed over; it moves when it is accepted.
        Offered = "offered",
        /// Worn from now on.
        Held = "held",
        /// Put down.
        Left = "left",
    }
}

/// A decision with its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRecord {
    /// The record that holds it.
    pub seq: u64,
    /// When it was recorded.
    pub at: Timestamp,
    /// Which.
    pub decision: Decision,
    /// Why.
    pub reason: Option<String>,
    /// Who decided.
    pub by: String,
    /// Until when it holds: then somebody looks again.
    pub until: Option<Timestamp>,
    /// What is looked at then.
    pub next: Option<String>,
    /// Who objected, and why.
    pub objected: Option<String>,
    /// When it was recorded that its time is over.
    pub over: Option<Timestamp>,
}

/// A message about an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateRecord {
    /// When it was recorded.
    pub at: Timestamp,
    /// What it says.
    pub text: String,
    /// When it promises the next one.
    pub next: Option<Timestamp>,
    /// Who wrote it.
    pub by: String,
}

/// A message that was put off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnoozeRecord {
    /// When it was recorded.
    pub at: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Why.
    pub reason: Option<String>,
    /// Who spoke.
    pub by: String,
}

/// An incident as its events left it.
#[derive(Debug, Clone, PartialEq)]
pub struct Incident {
    /// Its id.
    pub id: IncidentId,
    /// When it was recorded.
    pub opened: Timestamp,
    /// Who opened it; `relco` when a failing step did.
    pub by: String,
    /// How bad.
    pub severity: Severity,
    /// Each severity that it had, with the time since when.
    pub severities: Vec<(Timestamp, Severity)>,
    /// Whether a person judged that.
    pub judged: bool,
    /// Where it stands.
    pub status: Status,
    /// What is known, in one line.
    pub what: String,
    /// Where.
    pub env: Option<EnvName>,
    /// The run in which it happened.
    pub run: Option<RunId>,
    /// The attempt that failed.
    pub attempt: Option<AttemptId>,
    /// The last lines of that attempt's log.
    pub log_tail: Vec<String>,
    /// What users felt.
    pub impact: Impact,
    /// What was decided, oldest first.
    pub decisions: Vec<DecisionRecord>,
    /// Who wore which hat, oldest first.
    pub roles: Vec<RoleRecord>,
    /// What was told, oldest first.
    pub updates: Vec<UpdateRecord>,
    /// Messages that were put off, oldest first.
    pub snoozes: Vec<SnoozeRecord>,
    /// Why it happened, as people wrote it.
    pub root_cause: Option<String>,
    /// What will be done differently.
    pub prevention: Option<String>,
    /// When the status became resolved.
    pub resolved: Option<Timestamp>,
    /// When the paperwork ended.
    pub closed: Option<Timestamp>,
}

impl Incident {
    /// Whether it still needs somebody.
    pub fn is_open(&self) -> bool {
        self.closed.is_none()
    }

    /// Whether users may still feel it: neither resolved nor closed.
    pub fn is_live(&self) -> bool {
        self.is_open() && self.status != Status::Resolved
    }

    /// When a moment of the impact's clock was. It was declared when it was opened, unless somebody said otherwise; and
    /// what relco opened by itself was detected then. Anything else that nobody said is unknown.
    pub fn moment(&self, milestone: Milestone) -> Option<Timestamp> {
        let said = self.impact.at(milestone);
        match milestone {
            Milestone::Declared => said.or(Some(self.opened)),
            Milestone::Detected if self.by == "relco" && !self.impact.unknown.contains(&milestone) => {
                said.or(Some(self.opened))
            }
            _ => said,
        }
    }

    /// Odd orders of the impact's times, in words: a warning, never a refusal.
    pub fn oddities(&self) -> Vec<String> {
        let mut odd = Vec::new();
        // Declared after it ended is no error: many are found out about later.
        for (earlier, later) in [
            (Milestone::Started, Milestone::Detected),
            (Milestone::Started, Milestone::Mitigated),
            (Milestone::Started, Milestone::Ended),
            (Milestone::Mitigated, Milestone::Ended),
            (Milestone::Detected, Milestone::Declared),
        ] {
            if let (Some(from), Some(to)) = (self.moment(earlier), self.moment(later))
                && to < from
            {
                let was = if earlier == Milestone::Started { "" } else { "was " };
                odd.push(format!("impact {later} before it {was}{earlier}"));
            }
        }
        if self.status == Status::Resolved && self.impact.ended.is_none() {
            odd.push("resolved, but when the impact ended is unknown".to_owned());
        }
        odd
    }

    /// How long it had each severity, the worst first: from when it was declared until it was resolved, or `now`.
    pub fn time_in_severity(&self, now: Timestamp) -> Vec<(Severity, Duration)> {
        let end = self.resolved.or(self.closed).unwrap_or(now);
        let mut times: Vec<(Severity, Duration)> = Vec::new();
        let ends = self.severities.iter().skip(1).map(|(at, _)| *at).chain([end]);
        for ((from, severity), to) in self.severities.iter().zip(ends) {
            let length = between((*from).min(end), to.min(end));
            match times.iter_mut().find(|(one, _)| one == severity) {
                Some((_, sum)) => *sum += length,
                None => times.push((*severity, length)),
            }
        }
        times.sort_by_key(|(severity, _)| Severity::ALL.iter().position(|one| one == severity));
        times
    }

    /// The decision that holds: the last one.
    pub fn decision(&self) -> Option<&DecisionRecord> {
        self.decisions.last()
    }

    /// The decision whose time is over at `now` while nobody looked again.
    pub fn overdue_decision(&self, now: Timestamp) -> Option<&DecisionRecord> {
        let last = self.decision().filter(|_| self.is_live())?;
        (last.until? <= now).then_some(last)
    }
}
