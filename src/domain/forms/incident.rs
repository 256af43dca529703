//! An incident's report as Markdown.
//!
//! Enter at [`IncidentForm::render`]. Root cause and prevention are what people wrote, or the placeholder that asks
//! for them; nothing is concluded from the timeline.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::line::{moment, said};
use super::markdown::{block, cell, inline};
use crate::domain::duration::{between, words};
use crate::domain::followup::{FollowUp, FollowUpState};
use crate::domain::incident::{
    Decision, DecisionRecord, Extent, Impact, Incident, Milestone, RoleAct, Severity, Status,
};
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
    /// The release in which it happened, and where: `harbor 1.3.0 in production, R3`.
    pub place: Option<String>,
    /// What it leaves to be done.
    pub followups: Vec<FollowUp>,
}

impl IncidentForm<'_> {
    /// The form as Markdown, times in `zone`. An impact that goes on is counted up to `now`.
    pub fn render(&self, zone: &TimeZone, now: Timestamp) -> String {
        let incident = self.incident;
        let mut text = format!("## Deployment Incident: {}\n\n### Incident Details\n", inline(incident.id.as_str()));
        let detected = incident.moment(Milestone::Detected).unwrap_or(incident.opened);
        text.push_str(&format!("- Time detected: {}\n", moment(detected, zone)));
        let judged = if incident.judged { "" } else { " (not judged)" };
        text.push_str(&format!("- Severity: {}{judged}\n", severity_title(incident.severity)));
        text.push_str(&format!("- Impact: {}\n", impact(&incident.impact, incident.resolved, zone, now)));
        if let Some(place) = &self.place {
            text.push_str(&format!("- Release: {}\n", inline(place)));
        }
        text.push_str(&format!("- What is known: {}\n", inline(&incident.what)));
        text.push_str(&format!("- Impact clock: {}\n", clock(incident, zone)));
        let times = incident.time_in_severity(now).into_iter();
        let times: Vec<String> = times.map(|(severity, length)| format!("{severity} {}", words(length))).collect();
        text.push_str(&format!("- Time in each severity: {}\n", times.join(", ")));
        if !incident.roles.is_empty() {
            text.push_str(&format!("- Roles: {}\n", roles(incident, zone)));
        }
        for oddity in incident.oddities() {
            text.push_str(&format!("- Unclear: {oddity}\n"));
        }
        self.statuses(&mut text, zone);
        self.decisions(&mut text, zone);
        self.timeline(&mut text, zone);
        self.messages(&mut text, zone);
        for (heading, written, placeholder) in [
            ("Root Cause", &incident.root_cause, "[To be determined]"),
            ("Prevention", &incident.prevention, "[What we'll do differently]"),
        ] {
            let written = written.as_deref().map(block).filter(|text| !text.is_empty());
            text.push_str(&format!("\n### {heading}\n{}\n", written.as_deref().unwrap_or(placeholder)));
        }
        self.follow_ups(&mut text, zone);
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
                .map(|record| said(Some(&record.by), Some(record.at), grounds(record, zone).as_deref(), zone))
                .collect();
            let ticked = if taken.is_empty() { ' ' } else { 'x' };
            text.push_str(&format!("- [{ticked}] {}{}\n", decision_title(decision), taken.concat()));
        }
    }

    fn messages(&self, text: &mut String, zone: &TimeZone) {
        if self.incident.updates.is_empty() && self.incident.snoozes.is_empty() {
            return;
        }
        text.push_str("\n### Messages\n| Time | Message | Owner |\n|------|--------|-------|\n");
        let sent = self.incident.updates.iter().map(|one| (one.at, cell(&one.text), &one.by));
        let put_off = self.incident.snoozes.iter().map(|one| {
            let why = one.reason.as_ref().map(|reason| format!(": {}", cell(reason))).unwrap_or_default();
            (one.at, format!("(put off to {}{why})", moment(one.until, zone)), &one.by)
        });
        let mut rows: Vec<_> = sent.chain(put_off).collect();
        rows.sort_by_key(|(at, ..)| *at);
        for (at, words, by) in rows {
            text.push_str(&format!("| {} | {words} | {} |\n", moment(at, zone), cell(by)));
        }
    }

    fn follow_ups(&self, text: &mut String, zone: &TimeZone) {
        if self.followups.is_empty() {
            return;
        }
        text.push_str("\n### Follow-ups\n");
        for one in &self.followups {
            let ticked = if one.state == FollowUpState::Done { 'x' } else { ' ' };
            let owner = one.owner.as_deref().unwrap_or("nobody yet");
            let due = one.due.as_ref().map(|due| format!(", by {due}")).unwrap_or_default();
            let settled = one.settled.as_ref().map(|(at, by, why)| {
                let said = said(Some(by), Some(*at), why.as_deref(), zone);
                format!(" - {}{said}", one.state)
            });
            let settled = settled.unwrap_or_default();
            let (id, what, owner) = (inline(&one.id), inline(&one.text), inline(owner));
            text.push_str(&format!("- [{ticked}] {id}: {what} ({owner}{}){settled}\n", inline(&due)));
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

/// Each moment of the impact's clock; what nobody said is unknown.
fn clock(incident: &Incident, zone: &TimeZone) -> String {
    let words = Milestone::ALL.iter().map(|milestone| match incident.moment(*milestone) {
        Some(at) => {
            let about = if incident.impact.rough.contains(milestone) { "~" } else { "" };
            format!("{milestone} {about}{}", moment(at, zone))
        }
        None => format!("{milestone} unknown"),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// Who wore which hat since when, in the order in which they took it.
fn roles(incident: &Incident, zone: &TimeZone) -> String {
    let words = incident.roles.iter().map(|one| {
        let what = match one.act {
            RoleAct::Held => "",
            RoleAct::Offered => ", offered",
            RoleAct::Left => ", put down",
        };
        format!("{} {}{what} ({})", one.role, inline(&one.person), moment(one.at, zone))
    });
    words.collect::<Vec<_>>().join("; ")
}

/// Why it was decided, until when it held, what was to be looked at then, and who objected.
fn grounds(record: &DecisionRecord, zone: &TimeZone) -> Option<String> {
    let until = record.until.map(|at| format!("look again at {}", moment(at, zone)));
    let next = record.next.as_ref().map(|next| format!("next check: {next}"));
    let objected = record.objected.as_ref().map(|who| format!("objection: {who}"));
    let over = record.over.map(|_| "its time ran out".to_owned());
    let parts: Vec<String> = [record.reason.clone(), until, next, objected, over].into_iter().flatten().collect();
    Some(parts.join("; ")).filter(|grounds| !grounds.is_empty())
}

/// What users felt: what, how much, from when to when. What nobody knows is said to be unknown; an impact whose end
/// nobody recorded was over when the incident was resolved.
fn impact(impact: &Impact, resolved: Option<Timestamp>, zone: &TimeZone, now: Timestamp) -> String {
    if !impact.is_told() {
        return "[What's affected]".to_owned();
    }
    let affected = impact.affected.as_deref().map_or_else(|| "[What's affected]".to_owned(), inline);
    let name = |extent: Option<Extent>| extent.map_or("extent unknown", Extent::name);
    let turns = impact.turns.iter().map(|(at, extent)| format!(", {extent} since {}", moment(*at, zone)));
    let extent = format!("{}{}", name(impact.extent), turns.collect::<String>());
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
mod tests;
