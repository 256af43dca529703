//! An incident as its form, with the part of the timeline that belongs to it and the log lines that were kept.

use jiff::Timestamp;

use crate::domain::forms::{IncidentForm, TimelineRow, inline};
use crate::domain::incident::{Incident, Status};
use crate::domain::situation::Situation;
use crate::domain::text;
use crate::domain::timeline::{Entry, of_incident};

/// The form of an incident. `entries` is the timeline of the journal that it stands in.
pub fn incident<'a>(incident: &'a Incident, entries: &[Entry]) -> IncidentForm<'a> {
    let own = of_incident(entries, &incident.id, incident.opened, incident.closed);
    let reached: Vec<(Status, Timestamp)> = own
        .iter()
        .filter(|entry| entry.incident.as_ref() == Some(&incident.id))
        .filter_map(|entry| Some((entry.reached?, entry.occurred)))
        .collect();
    let timeline = own
        .iter()
        .map(|entry| TimelineRow {
            at: entry.occurred,
            precision: entry.precision,
            text: entry.text.clone(),
            owner: entry.who(),
        })
        .collect();
    IncidentForm { incident, reached, timeline }
}

/// The incident's report in Markdown: its form, and the log lines that were kept when it was opened.
pub fn incident_report(sit: &Situation<'_>, one: &Incident, entries: &[Entry]) -> String {
    let mut report = incident(one, entries).render(sit.zone, sit.now);
    if one.log_tail.is_empty() {
        return report;
    }
    let of = one.attempt.as_ref().map(|attempt| format!(" of {}", inline(attempt.as_str()))).unwrap_or_default();
    report.push_str(&format!("\n### Last lines of the log{of}\n"));
    // Indented code: nothing in a line can end the block.
    report.push('\n');
    for line in &one.log_tail {
        report.push_str(&format!("    {}\n", text::plain(line)));
    }
    report
}
