//! An incident's report as Markdown.
//!
//! Enter at [`IncidentForm::render`]. Root cause and prevention are what people wrote, or the placeholder that asks
//! for them; nothing is concluded from the timeline.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::line::{moment, said};
use super::markdown::{block, cell, inline};
use crate::domain::duration::{between, words};
use crate::domain::incident::{Decision, Extent, Impact, Incident, Severity, Status};
use crate::domain::time::Precision;

/// One row of the incident's timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineRow {
    /// When it happened.
    pub at: Timestamp,
    /// How exactly that is known.
    pub precision: Precision,
    /// What.
    pub text: String,
    /// Who did or saw it.
    pub owner: String,
}

/// An incident with the part of the timeline that belongs to it.
#[derive(Debug, Clone)]
pub struct IncidentForm<'a> {
    /// The incident.
    pub incident: &'a Incident,
    /// Each status that it reached, with the time; the present one need not be among them.
    pub reached: Vec<(Status, Timestamp)>,
    /// The rows, in the order in which they happened.
    pub timeline: Vec<TimelineRow>,
}

impl IncidentForm<'_> {
    /// The form as Markdown, times in `zone`. An impact that goes on is counted up to `now`.
    pub fn render(&self, zone: &TimeZone, now: Timestamp) -> String {
        let incident = self.incident;
        let mut text = format!("## Deployment Incident: {}\n\n### Incident Details\n", inline(incident.id.as_str()));
        text.push_str(&format!("- Time detected: {}\n", moment(incident.opened, zone)));
        let judged = if incident.judged { "" } else { " (not judged)" };
        text.push_str(&format!("- Severity: {}{judged}\n", severity_title(incident.severity)));
        text.push_str(&format!("- Impact: {}\n", impact(&incident.impact, incident.resolved, zone, now)));
        text.push_str(&format!("- What is known: {}\n", inline(&incident.what)));
        for oddity in incident.oddities() {
            text.push_str(&format!("- Unclear: {oddity}\n"));
        }
        self.statuses(&mut text, zone);
        self.decisions(&mut text, zone);
        self.timeline(&mut text, zone);
        for (heading, written, placeholder) in [
            ("Root Cause", &incident.root_cause, "[To be determined]"),
            ("Prevention", &incident.prevention, "[What we'll do differently]"),
        ] {
            let written = written.as_deref().map(block).filter(|text| !text.is_empty());
            text.push_str(&format!("\n### {heading}\n{}\n", written.as_deref().unwrap_or(placeholder)));
        }
        text
    }

    fn statuses(&self, text: &mut String, zone: &TimeZone) {
        text.push_str("\n### Current Status\n");
        for &status in Status::ALL {
            let reached = self.reached.iter().rev().find(|(one, _)| *one == status).map(|(_, at)| *at);
            let now = self.incident.status == status;
            let ticked = if now || reached.is_some() { 'x' } else { ' ' };
            let when = said(None, reached, now.then_some("now"), zone);
            text.push_str(&format!("- [{ticked}] {}{when}\n", status_title(status)));
        }
    }

    fn decisions(&self, text: &mut String, zone: &TimeZone) {
        text.push_str("\n### Decision\n");
        for &decision in Decision::ALL {
            let taken: Vec<String> = (self.incident.decisions.iter().filter(|record| record.decision == decision))
                .map(|record| said(Some(&record.by), Some(record.at), record.reason.as_deref(), zone))
                .collect();
            let ticked = if taken.is_empty() { ' ' } else { 'x' };
            text.push_str(&format!("- [{ticked}] {}{}\n", decision_title(decision), taken.concat()));
        }
    }

    fn timeline(&self, text: &mut String, zone: &TimeZone) {
        text.push_str("\n### Timeline\n");
        let day_and_offset = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%Y-%m-%d %Z").to_string();
        let mut current = self.timeline.first().map(|row| day_and_offset(row.at));
        if let Some(first) = &current {
            // The column holds hours and minutes; without the day and the zone they would mean nothing later.
            text.push_str(&format!("Times are of {first} unless a row says otherwise.\n\n"));
        }
        text.push_str("| Time | Action | Owner |\n|------|--------|-------|\n");
        for row in &self.timeline {
            let here = day_and_offset(row.at);
            let about = if row.precision == Precision::About { "~" } else { "" };
            let time = if current.as_ref() == Some(&here) {
                row.at.to_zoned(zone.clone()).strftime("%H:%M").to_string()
            } else {
                moment(row.at, zone)
            };
            current = Some(here);
            text.push_str(&format!("| {about}{time} | {} | {} |\n", cell(&row.text), cell(&row.owner)));
        }
    }
}

/// What users felt: what, how much, from when to when. What nobody knows is said to be unknown; an impact whose end
/// nobody recorded was over when the incident was resolved.
fn impact(impact: &Impact, resolved: Option<Timestamp>, zone: &TimeZone, now: Timestamp) -> String {
    if *impact == Impact::default() {
        return "[What's affected]".to_owned();
    }
    let affected = impact.affected.as_deref().map_or_else(|| "[What's affected]".to_owned(), inline);
    let extent = match impact.extent {
        Some(Extent::Full) => "full",
        Some(Extent::Degraded) => "degraded",
        None => "extent unknown",
    };
    let from = impact.started.map_or_else(|| "unknown start".to_owned(), |at| moment(at, zone));
    let to = match (impact.ended, impact.started) {
        (Some(ended), Some(started)) => format!("{}, {}", moment(ended, zone), words(between(started, ended))),
        (Some(ended), None) => moment(ended, zone),
        (None, Some(started)) => match resolved {
            Some(resolved) => format!("no known end, at most {}", words(between(started, resolved))),
            None => format!("no known end, {} so far", words(between(started, now))),
        },
        (None, None) => "no known end".to_owned(),
    };
    format!("{affected}; {extent}, from {from} to {to}")
}

fn severity_title(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "Critical",
        Severity::High => "High",
        Severity::Medium => "Medium",
    }
}

fn status_title(status: Status) -> &'static str {
    match status {
        Status::Investigating => "Investigating",
        Status::Identified => "Identified",
        Status::Mitigating => "Mitigating",
        Status::Resolved => "Resolved",
    }
}

fn decision_title(decision: Decision) -> &'static str {
    match decision {
        Decision::ContinueWithFix => "Continue deployment with fix",
        Decision::Pause => "Pause deployment",
        Decision::RollBack => "Rollback",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::incident::DecisionRecord;

    fn at(text: &str) -> Timestamp {
        format!("{text}:00Z").parse().unwrap()
    }

    fn untouched() -> Incident {
        Incident {
            id: "INC-1".into(),
            opened: at("2026-11-22T23:41"),
            by: "relco".into(),
            severity: Severity::High,
            judged: false,
            status: Status::Investigating,
            what: "deploy-frontend failed: exit 1".into(),
            env: None,
            run: None,
            attempt: None,
            log_tail: Vec::new(),
            impact: Impact::default(),
            decisions: Vec::new(),
            root_cause: None,
            prevention: None,
            resolved: None,
            closed: None,
        }
    }

    #[test]
    fn an_incident_that_was_just_opened() {
        let incident = untouched();
        let form = IncidentForm { incident: &incident, reached: Vec::new(), timeline: Vec::new() };
        insta::assert_snapshot!(form.render(&TimeZone::UTC, at("2026-11-22T23:42")), @r"
        ## Deployment Incident: INC-1

        ### Incident Details
        - Time detected: 2026-11-22 23:41 UTC
        - Severity: High (not judged)
        - Impact: [What's affected]
        - What is known: deploy-frontend failed: exit 1

        ### Current Status
        - [x] Investigating (now)
        - [ ] Identified
        - [ ] Mitigating
        - [ ] Resolved

        ### Decision
        - [ ] Continue deployment with fix
        - [ ] Pause deployment
        - [ ] Rollback

        ### Timeline
        | Time | Action | Owner |
        |------|--------|-------|

        ### Root Cause
        [To be determined]

        ### Prevention
        [What we'll do differently]
        ");
    }

    #[test]
    fn an_incident_over_midnight_with_everything() {
        let incident = Incident {
            severity: Severity::Critical,
            judged: true,
            status: Status::Resolved,
            impact: Impact {
                started: Some(at("2026-11-22T23:38")),
                ended: Some(at("2026-11-23T00:04")),
                extent: Some(Extent::Degraded),
                affected: Some("checkout page blank\nfor 5 % of users".into()),
            },
            decisions: vec![
                DecisionRecord {
                    at: at("2026-11-22T23:43"),
                    decision: Decision::Pause,
                    reason: None,
                    by: "ana".into(),
                },
                DecisionRecord {
                    at: at("2026-11-22T23:50"),
                    decision: Decision::RollBack,
                    reason: Some("no fix in sight".into()),
                    by: "ana".into(),
                },
            ],
            root_cause: Some("# The asset list\nwas cut at byte 18423.\n".into()),
            prevention: Some("- check the list before the switch".into()),
            ..untouched()
        };
        let row = |time: &str, precision, text: &str, owner: &str| TimelineRow {
            at: at(time),
            precision,
            text: text.into(),
            owner: owner.into(),
        };
        let form = IncidentForm {
            incident: &incident,
            reached: vec![
                (Status::Investigating, at("2026-11-22T23:41")),
                (Status::Mitigating, at("2026-11-22T23:50")),
                (Status::Resolved, at("2026-11-23T00:05")),
            ],
            timeline: vec![
                row("2026-11-22T23:38", Precision::About, "\"page blank\" | from support", "ana"),
                row("2026-11-22T23:41", Precision::Exact, "deploy-frontend failed: exit 1", "relco"),
                row("2026-11-23T00:04", Precision::Minute, "page is back\n<b>all</b> users", "li"),
                row("2026-11-23T00:05", Precision::Exact, "status resolved", "ana"),
            ],
        };
        insta::assert_snapshot!(form.render(&TimeZone::UTC, at("2026-11-23T08:00")), @r#"
        ## Deployment Incident: INC-1

        ### Incident Details
        - Time detected: 2026-11-22 23:41 UTC
        - Severity: Critical
        - Impact: checkout page blank for 5 % of users; degraded, from 2026-11-22 23:38 UTC to 2026-11-23 00:04 UTC, 26 min
        - What is known: deploy-frontend failed: exit 1

        ### Current Status
        - [x] Investigating (2026-11-22 23:41 UTC)
        - [ ] Identified
        - [x] Mitigating (2026-11-22 23:50 UTC)
        - [x] Resolved (2026-11-23 00:05 UTC; now)

        ### Decision
        - [ ] Continue deployment with fix
        - [x] Pause deployment (ana, 2026-11-22 23:43 UTC)
        - [x] Rollback (ana, 2026-11-22 23:50 UTC; no fix in sight)

        ### Timeline
        Times are of 2026-11-22 UTC unless a row says otherwise.

        | Time | Action | Owner |
        |------|--------|-------|
        | ~23:38 | "page blank" \| from support | ana |
        | 23:41 | deploy-frontend failed: exit 1 | relco |
        | 2026-11-23 00:04 UTC | page is back \<b>all\</b> users | li |
        | 00:05 | status resolved | ana |

        ### Root Cause
        \# The asset list
        was cut at byte 18423.

        ### Prevention
        - check the list before the switch
        "#);
    }

    #[test]
    fn rows_name_the_zone_again_when_the_clocks_change() {
        let incident = untouched();
        let zone = jiff::tz::TimeZoneDatabase::bundled().get("Europe/Berlin").unwrap();
        let row = |time: &str| TimelineRow {
            at: at(time),
            precision: Precision::Exact,
            text: "x".into(),
            owner: "ana".into(),
        };
        let timeline = vec![row("2026-10-25T00:30"), row("2026-10-25T01:30"), row("2026-10-25T01:31")];
        let text =
            IncidentForm { incident: &incident, reached: Vec::new(), timeline }.render(&zone, at("2026-10-25T02:00"));
        let rows: Vec<&str> = text.lines().filter(|line| line.ends_with("| x | ana |")).collect();
        assert_eq!(rows, ["| 02:30 | x | ana |", "| 2026-10-25 02:30 CET | x | ana |", "| 02:31 | x | ana |"]);
        assert!(text.contains("Times are of 2026-10-25 CEST unless"), "{text}");
    }

    #[test]
    fn what_is_unknown_about_the_impact_is_said() {
        let started = Impact { started: Some(at("2026-11-22T23:38")), ..Impact::default() };
        assert_eq!(
            impact(&started, None, &TimeZone::UTC, at("2026-11-22T23:45")),
            "[What's affected]; extent unknown, from 2026-11-22 23:38 UTC to no known end, 7 min so far"
        );
        let resolved = Some(at("2026-11-22T23:48"));
        assert_eq!(
            impact(&started, resolved, &TimeZone::UTC, at("2026-11-24T00:00")),
            "[What's affected]; extent unknown, from 2026-11-22 23:38 UTC to no known end, at most 10 min",
            "the clock does not run on after the incident is over"
        );
        let ended = Impact { ended: Some(at("2026-11-22T23:45")), extent: Some(Extent::Full), ..Impact::default() };
        assert_eq!(
            impact(&ended, None, &TimeZone::UTC, at("2026-11-23T00:00")),
            "[What's affected]; full, from unknown start to 2026-11-22 23:45 UTC"
        );
    }
}
