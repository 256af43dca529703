//! `relco incident …`: opening one, writing down what happened, and its report. Works without a release too: then the
//! project's own record keeps it.

use jiff::Timestamp;
use serde_json::json;

use super::Context;
use super::args::IncidentCommand;
use super::exit::{Ending, Exit, Failure};
use super::output::safe;
use super::report::incident_document;
use crate::domain::command::Command as Act;
use crate::domain::event::Fact;
use crate::domain::id::IncidentId;
use crate::domain::incident::{Decision, Extent, IncidentText, Severity, Status};
use crate::domain::occurred::{self, Occurred};
use crate::domain::time::{Precision, date_and_time};

/// Runs an incident command.
pub fn run(context: &mut Context, command: IncidentCommand) -> Ending {
    match command {
        IncidentCommand::Open { what, severity } => open(context, what, severity.as_deref()),
        IncidentCommand::Note { text } => note(context, &text.join(" ")),
        IncidentCommand::Severity { severity } => {
            let severity = named(&severity, "severity", Severity::from_name, Severity::ALL, Severity::name)?;
            context.act(&Act::SetSeverity { incident: None, severity }, &format!("severity {severity}"))
        }
        IncidentCommand::Status { status, note } => {
            let status = named(&status, "status", Status::from_name, Status::ALL, Status::name)?;
            context.act(&Act::SetStatus { incident: None, status, note }, &format!("status {status}"))
        }
        IncidentCommand::Impact { started, ended, extent, affected } => {
            impact(context, started.as_deref(), ended.as_deref(), extent.as_deref(), affected)
        }
        IncidentCommand::Decide { decision, reason } => {
            let decision = named(&decision, "decision", Decision::from_name, Decision::ALL, Decision::name)?;
            context.act(&Act::Decide { decision, reason }, &format!("decided: {decision}"))
        }
        IncidentCommand::Write { field, text } => {
            let field = field.replace('-', " ");
            let field = named(&field, "text", IncidentText::from_name, IncidentText::ALL, IncidentText::name)?;
            context.act(&Act::SetIncidentText { incident: None, field, text }, &format!("{field} written"))
        }
        IncidentCommand::Close => context.act(&Act::CloseIncident { incident: None }, "incident closed"),
        IncidentCommand::Report { id } => report(context, id.as_deref()),
    }
}

/// A word of a closed list, or the list.
fn named<T: Copy>(
    text: &str,
    what: &str,
    from_name: impl Fn(&str) -> Option<T>,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<T, Failure> {
    from_name(&text.trim().to_lowercase()).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|one| name(*one)).collect();
        Failure::usage(format!("{text} is no {what}")).hint(names.join(", "))
    })
}

fn open(context: &mut Context, what: Option<String>, severity: Option<&str>) -> Ending {
    let severity = match severity {
        None => None,
        Some(text) => Some(named(text, "severity", Severity::from_name, Severity::ALL, Severity::name)?),
    };
    let log_tail = context.session.latest_log_tail();
    let acted = context.session.act(&Act::OpenIncident { what, severity, log_tail })?;
    let opened = acted.recorded.iter().find_map(|rec| match &rec.fact {
        Fact::IncidentOpened { incident, severity, judged, .. } => {
            let judged = if *judged { "" } else { " (not judged)" };
            Some(format!("{incident} opened, severity {severity}{judged}"))
        }
        _ => None,
    });
    context.said(&acted, &opened.unwrap_or_else(|| "incident opened".to_owned()));
    context.settle()?;
    Ok(Exit::Done)
}

fn note(context: &mut Context, text: &str) -> Ending {
    let snapshot = context.session.snapshot();
    let (occurred, rest) = occurred::leading(text, crate::system::clock::now(), &snapshot.zone).map_err(not_a_time)?;
    let when = occurred.map(|one| format!(" at {}", date_and_time(one.at, &snapshot.zone))).unwrap_or_default();
    let act = Act::Note {
        text: rest.to_owned(),
        occurred: occurred.map(|one| one.at),
        precision: occurred.map_or(Precision::Exact, |one| one.precision),
    };
    context.act(&act, &format!("noted{when}: {}", rest.trim()))
}

fn not_a_time(error: occurred::OccurredError) -> Failure {
    Failure::usage(error.to_string()).hint("times are written -7m, 14:05, yesterday 23:58 or 2026-11-22 14:05")
}

fn impact(
    context: &mut Context,
    started: Option<&str>,
    ended: Option<&str>,
    extent: Option<&str>,
    affected: Option<String>,
) -> Ending {
    if started.is_none() && ended.is_none() && extent.is_none() && affected.is_none() {
        return Err(Failure::usage("nothing is said about the impact")
            .hint("--started TIME, --ended TIME, --extent full|degraded, --affected TEXT"));
    }
    let snapshot = context.session.snapshot();
    let now = crate::system::clock::now();
    let time = |text: Option<&str>| text.map(|text| moment(text, now, &snapshot.zone)).transpose();
    let (started, ended) = (time(started)?, time(ended)?);
    let extent = match extent {
        None => None,
        Some(text) => Some(named(text, "extent", Extent::from_name, Extent::ALL, Extent::name)?),
    };
    let mut said = Vec::new();
    said.extend(started.map(|at| format!("since {}", date_and_time(at, &snapshot.zone))));
    said.extend(ended.map(|at| format!("until {}", date_and_time(at, &snapshot.zone))));
    said.extend(extent.map(|extent| extent.to_string()));
    said.extend(affected.clone());
    let act = Act::SetImpact { incident: None, started, ended, extent, affected };
    context.act(&act, &format!("impact: {}", said.join(", ")))
}

/// `now`, or a time as at the beginning of a note, and nothing behind it.
fn moment(text: &str, now: Timestamp, zone: &jiff::tz::TimeZone) -> Result<Timestamp, Failure> {
    if text.trim().eq_ignore_ascii_case("now") {
        return Ok(now);
    }
    match occurred::leading(text, now, zone).map_err(not_a_time)? {
        (Some(Occurred { at, .. }), "") => Ok(at),
        _ => {
            Err(Failure::usage(format!("{text} is no time")).hint("now, -7m, 14:05, yesterday 23:58, 2026-11-22 14:05"))
        }
    }
}

fn report(context: &Context, id: Option<&str>) -> Ending {
    let id = id.map(IncidentId::new);
    if context.out.json {
        let (incident, _) = context.session.incident(id.as_ref())?;
        context.out.document(&json!({ "schema": 1, "incident": incident_document(incident) }));
        return Ok(Exit::Done);
    }
    for line in context.session.incident_report(id.as_ref())?.lines() {
        context.out.line(safe(line));
    }
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-11-22T{text}:00Z").parse().unwrap()
    }

    #[test]
    fn a_time_is_now_or_what_a_note_may_begin_with() {
        let read = |text: &str| moment(text, at("14:12"), &TimeZone::UTC);
        assert_eq!(read("now").unwrap(), at("14:12"));
        assert_eq!(read("-7m").unwrap(), at("14:05"));
        assert_eq!(read("14:05").unwrap(), at("14:05"));
        for wrong in ["14:05 about", "later", "15:00", ""] {
            assert_eq!(read(wrong).unwrap_err().exit, Exit::Usage, "{wrong}");
        }
    }

    #[test]
    fn an_unknown_word_is_answered_with_the_list() {
        let failure = named("sev1", "severity", Severity::from_name, Severity::ALL, Severity::name).unwrap_err();
        assert_eq!(
            (failure.what.as_str(), failure.hint.as_deref()),
            ("sev1 is no severity", Some("critical, high, medium"))
        );
    }
}
