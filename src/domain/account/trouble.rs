//! An incident as its form, with the part of the timeline that belongs to it and the log lines that were kept.

use jiff::Timestamp;

use crate::domain::forms::{IncidentForm, TimelineRow, inline};
use crate::domain::incident::{Incident, Status};
use crate::domain::situation::Situation;
use crate::domain::text;
use crate::domain::timeline::{Entry, of_incident};

/// What stands above everything that is written about a drill.
pub(super) const DRILL: &str = "> **This was a drill.** Nothing was run, and nobody was told.\n\n";

/// The form of an incident. `entries` is the timeline of the journal that it stands in.
pub fn incident<'a>(sit: &Situation<'_>, incident: &'a Incident, entries: &[Entry]) -> IncidentForm<'a> {
    let own = of_incident(entries, incident);
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
    let of_release = sit.release.filter(|release| release.incidents.iter().any(|one| one.id == incident.id));
    let place = of_release.map(|release| {
        let env = incident.env.as_ref().map(|env| format!(" in {env}")).unwrap_or_default();
        let run = incident.run.as_ref().map(|run| format!(", {run}")).unwrap_or_default();
        let step = incident.attempt.as_ref().and_then(|id| release.attempts.get(id));
        let step = step.map(|attempt| format!(", step {}", attempt.slot)).unwrap_or_default();
        format!("{} {}{env}{run}{step}", sit.plan.project, release.version)
    });
    let followups = sit.project.followups.iter().filter(|one| one.incident.as_ref() == Some(&incident.id));
    IncidentForm { incident, reached, timeline, place, followups: followups.cloned().collect() }
}

/// The incident's report in Markdown: its form, and the log lines that were kept when it was opened.
pub fn incident_report(sit: &Situation<'_>, one: &Incident, entries: &[Entry]) -> String {
    let mut report = incident(sit, one, entries).render(sit.zone, sit.now);
    if sit.observed.drill {
        report.insert_str(0, DRILL);
    }
    if one.log_tail.is_empty() {
        return report;
    }
    let of = one.attempt.as_ref().map(|attempt| format!(" of {}", inline(attempt.as_str()))).unwrap_or_default();
    report.push_str(&format!("\n### Errors and last lines of the log{of}\n"));
    // Indented code: nothing in a line can end the block.
    report.push('\n');
    for line in &one.log_tail {
        report.push_str(&format!("    {}\n", text::plain(line)));
    }
    report
}
