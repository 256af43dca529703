//! Incidents: severity, status, impact, decisions, texts.
//!
//! Nothing is required to open one, and nothing here blocks a rollback. The impact's clock is apart from the
//! paperwork's: when users felt it is not when somebody wrote it down.

use jiff::Timestamp;

use super::event::{Fact, Recorded};
use super::id::{AttemptId, EnvName, IncidentId, RunId};
use super::named::named;

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

/// What users felt. Unknown is allowed everywhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Impact {
    /// Since when.
    pub started: Option<Timestamp>,
    /// Until when.
    pub ended: Option<Timestamp>,
    /// How much.
    pub extent: Option<Extent>,
    /// What.
    pub affected: Option<String>,
}

/// A decision with its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRecord {
    /// When it was recorded.
    pub at: Timestamp,
    /// Which.
    pub decision: Decision,
    /// Why.
    pub reason: Option<String>,
    /// Who decided.
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

    /// Odd orders of the impact's times, in words: a warning, never a refusal.
    pub fn oddities(&self) -> Vec<String> {
        let mut odd = Vec::new();
        if let (Some(started), Some(ended)) = (self.impact.started, self.impact.ended)
            && ended < started
        {
            odd.push("impact ended before it started".to_owned());
        }
        if self.status == Status::Resolved && self.impact.ended.is_none() {
            odd.push("resolved, but when the impact ended is unknown".to_owned());
        }
        odd
    }
}

/// Folds a fact about incidents into a list of them.
pub fn apply(incidents: &mut Vec<Incident>, rec: &Recorded) {
    if let Fact::IncidentOpened { .. } = &rec.fact {
        incidents.extend(opened(rec));
        return;
    }
    let id = match &rec.fact {
        Fact::IncidentSeveritySet { incident, .. }
        | Fact::IncidentStatusSet { incident, .. }
        | Fact::IncidentImpactSet { incident, .. }
        | Fact::DecisionTaken { incident: Some(incident), .. }
        | Fact::IncidentTextSet { incident, .. }
        | Fact::IncidentClosed { incident, .. } => incident,
        _ => return,
    };
    if let Some(incident) = incidents.iter_mut().find(|incident| incident.id == *id) {
        change(incident, rec);
    }
}

fn opened(rec: &Recorded) -> Option<Incident> {
    let Fact::IncidentOpened { incident, severity, judged, what, env, run, attempt, log_tail, by } = &rec.fact else {
        return None;
    };
    Some(Incident {
        id: incident.clone(),
        opened: rec.at,
        by: by.clone(),
        severity: *severity,
        judged: *judged,
        status: Status::Investigating,
        what: what.clone(),
        env: env.clone(),
        run: run.clone(),
        attempt: attempt.clone(),
        log_tail: log_tail.clone(),
        impact: Impact::default(),
        decisions: Vec::new(),
        root_cause: None,
        prevention: None,
        resolved: None,
        closed: None,
    })
}

fn change(incident: &mut Incident, rec: &Recorded) {
    match &rec.fact {
        Fact::IncidentSeveritySet { severity, .. } => {
            incident.severity = *severity;
            incident.judged = true;
        }
        Fact::IncidentStatusSet { status, .. } => {
            incident.status = *status;
            incident.resolved = (*status == Status::Resolved).then_some(rec.at);
        }
        Fact::IncidentImpactSet { started, ended, extent, affected, .. } => {
            incident.impact.started = started.or(incident.impact.started);
            incident.impact.ended = ended.or(incident.impact.ended);
            incident.impact.extent = extent.or(incident.impact.extent);
            if affected.is_some() {
                incident.impact.affected.clone_from(affected);
            }
        }
        Fact::DecisionTaken { decision, reason, by, .. } => incident.decisions.push(DecisionRecord {
            at: rec.at,
            decision: *decision,
            reason: reason.clone(),
            by: by.clone(),
        }),
        Fact::IncidentTextSet { field: IncidentText::RootCause, text, .. } => incident.root_cause = Some(text.clone()),
        Fact::IncidentTextSet { field: IncidentText::Prevention, text, .. } => incident.prevention = Some(text.clone()),
        Fact::IncidentClosed { .. } => incident.closed = Some(rec.at),
        _ => {}
    }
}
