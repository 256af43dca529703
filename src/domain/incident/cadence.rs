//! When people want to hear something, and what a message begins with.
//!
//! Pure: the moment comes in. Enter at [`due`] for when the next message is due, at [`message`] for its text. A message
//! says what is known and when the next one comes, and never how long a repair will take.
//!
//! Source of the usual times: PagerDuty's incident response guide, which wants the first message within 5 minutes, then
//! one every 20 to 30, and calls every 5 minutes too often.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{Extent, Incident, Severity, Status};
use crate::domain::situation::Situation;

/// How often people hear about an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cadence {
    /// The first message, after it was declared.
    pub first: Duration,
    /// Then every, while it is critical.
    pub critical: Duration,
    /// While it is high.
    pub high: Duration,
    /// While it is medium.
    pub medium: Duration,
}

impl Default for Cadence {
    fn default() -> Self {
        let minutes = |count: u64| Duration::from_secs(count * 60);
        Self { first: minutes(5), critical: minutes(20), high: minutes(30), medium: minutes(60) }
    }
}

impl Cadence {
    /// How long after a message the next one is due.
    pub fn every(&self, severity: Severity) -> Duration {
        match severity {
            Severity::Critical => self.critical,
            Severity::High => self.high,
            Severity::Medium => self.medium,
        }
    }
}

fn after(at: Timestamp, wait: Duration) -> Timestamp {
    SignedDuration::try_from(wait).ok().and_then(|wait| at.checked_add(wait).ok()).unwrap_or(at)
}

/// When the next message is due; none once it is resolved or closed.
///
/// A message that promised a time is followed up by then, or sooner where the severity rose meanwhile. What was put
/// off is due when it was put off to.
pub fn due(incident: &Incident, cadence: &Cadence) -> Option<Timestamp> {
    if !incident.is_live() {
        return None;
    }
    let last = incident.updates.last();
    let by_severity = match last {
        Some(last) => after(last.at, cadence.every(incident.severity)),
        None => after(incident.opened, cadence.first),
    };
    let severity_moved = incident.severities.last().is_some_and(|(at, _)| last.is_some_and(|last| *at > last.at));
    let due = match last.and_then(|last| last.next) {
        Some(promised) if severity_moved => promised.min(by_severity),
        Some(promised) => promised,
        None => by_severity,
    };
    let since = last.map_or(incident.opened, |last| last.at);
    let snoozed = incident.snoozes.iter().rev().find(|one| one.at >= since).map(|one| one.until);
    Some(snoozed.map_or(due, |until| until))
}

/// When the message after one that goes out at `now` is due; none once it is resolved.
pub fn next(incident: &Incident, cadence: &Cadence, now: Timestamp) -> Option<Timestamp> {
    incident.is_live().then(|| after(now, cadence.every(incident.severity)))
}

/// What a message begins with: what, where, since when, what is being done, and when the next one comes.
pub fn message(incident: &Incident, what: &str, next: Option<Timestamp>, zone: &TimeZone) -> String {
    let place = incident.env.as_ref().map(|env| format!(" in {env}")).unwrap_or_default();
    let affected = incident.impact.affected.as_deref().unwrap_or(&incident.what);
    // Users feel nothing any more, also where the paperwork goes on.
    let over = incident.status == Status::Resolved || incident.impact.ended.is_some();
    let state = match (over, incident.impact.present_extent()) {
        (true, _) => "works again".to_owned(),
        (_, Some(Extent::Full)) => "is down".to_owned(),
        (_, Some(Extent::Degraded)) => "is degraded".to_owned(),
        (_, None) => String::new(),
    };
    let subject = if state.is_empty() { affected.to_owned() } else { format!("{affected} {state}") };
    let clock = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%H:%M %Z").to_string();
    let since = match (incident.impact.started, incident.impact.ended) {
        // What works again does so since the end; "works again, from … to …" would say that it stopped.
        (Some(from), Some(to)) => format!(" since {}; it was affected from {}", clock(to), clock(from)),
        (Some(from), None) => format!(" since {}", clock(from)),
        (None, Some(to)) => format!(" since {}", clock(to)),
        (None, None) => String::new(),
    };
    let doing = match incident.status {
        Status::Investigating => " We are looking for the cause.",
        Status::Identified => " The cause is known; we are working on it.",
        Status::Mitigating => " We are taking the change back or working around it.",
        Status::Resolved => " The incident is resolved.",
    };
    let next = match (incident.status, next) {
        (Status::Resolved, _) | (_, None) => String::new(),
        (_, Some(at)) => format!(" Next update by {}.", clock(at)),
    };
    format!("{what}{place}: {}{since}.{doing}{next}", subject.trim_end_matches('.'))
}

/// What a message about an incident begins with in this situation.
pub fn prefilled_update(sit: &Situation<'_>, incident: &Incident, next: Option<Timestamp>) -> String {
    let what = match sit.release {
        Some(release) => format!("{} {}", sit.plan.project, release.version),
        None => sit.plan.project.clone(),
    };
    message(incident, &what, next, sit.zone)
}
