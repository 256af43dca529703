//! `relco timeline`: everything that happened, in the order in which it happened.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;

use super::Context;
use super::exit::{Ending, Exit};
use super::output::safe;
use crate::domain::id::IncidentId;
use crate::domain::time::{Precision, clock, date_and_time, rfc3339};
use crate::domain::timeline::{Entry, of_incident};

/// Prints the timeline of the release, or of the project where there is none; or an incident's own part.
pub fn run(context: &Context, incident: Option<&str>) -> Ending {
    let entries = match incident {
        None => context.session.timeline(),
        Some(id) => {
            let (incident, entries) = context.session.incident(Some(&IncidentId::new(id)))?;
            of_incident(&entries, incident)
        }
    };
    if context.out.json {
        let entries: Vec<_> = entries.iter().map(document).collect();
        context.out.document(&json!({ "schema": 1, "entries": entries }));
        return Ok(Exit::Done);
    }
    if entries.is_empty() {
        context.out.line("nothing has happened yet");
    }
    let zone = context.session.snapshot().zone;
    let mut day = String::new();
    for entry in &entries {
        let this = entry.occurred.to_zoned(zone.clone()).strftime("%Y-%m-%d %Z").to_string();
        if this != day {
            context.out.line(context.out.bold(&this));
            day = this;
        }
        let line = safe(&words(entry, &zone));
        context.out.line(if entry.alarming { context.out.red(&line) } else { line });
    }
    Ok(Exit::Done)
}

/// `14:05:09  what happened  who`; `~` before a time that is about right, and when it was written down where that was
/// later.
fn words(entry: &Entry, zone: &TimeZone) -> String {
    let about = if entry.precision == Precision::About { '~' } else { ' ' };
    let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
    let recorded = match day(entry.at) == day(entry.occurred) {
        true => clock(entry.at, zone),
        false => date_and_time(entry.at, zone),
    };
    let late = if entry.late() { format!("  (recorded {recorded})") } else { String::new() };
    format!("{about}{}  {}  {}{late}", clock(entry.occurred, zone), entry.text, entry.who())
}

/// An entry for machines.
pub fn document(entry: &Entry) -> serde_json::Value {
    json!({
        "seq": entry.seq,
        "kind": entry.kind,
        "occurred": rfc3339(entry.occurred),
        "at": rfc3339(entry.at),
        "actor": entry.actor,
        "text": entry.text,
        "precision": entry.precision.name(),
        "by": entry.by,
        "run": entry.run.as_ref().map(|run| run.as_str()),
        "attempt": entry.attempt.as_ref().map(|attempt| attempt.as_str()),
        "incident": entry.incident.as_ref().map(|incident| incident.as_str()),
        "evidence": entry.evidence,
    })
}
