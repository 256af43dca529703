//! `relco incident …`: opening one, writing down what happened, and its report. Works without a release too: then the
//! project's own record keeps it. Notes are in `notes`.

mod notes;

use std::path::Path;

use jiff::Timestamp;
use serde_json::json;

use super::args::IncidentCommand;
use super::exit::{Ending, Exit, Failure};
use super::output::safe;
use super::report::incident_document;
use super::{Context, rollback};
use crate::domain::command::{Command as Act, ToldImpact};
use crate::domain::event::Fact;
use crate::domain::id::IncidentId;
use crate::domain::incident::{Decision, Extent, IncidentRole, IncidentText, Milestone, Severity, Status};
use crate::domain::occurred::{self, Occurred};
use crate::domain::time::{Precision, date_and_time};

/// Runs an incident command.
pub fn run(context: &mut Context, command: IncidentCommand) -> Ending {
    match command {
        IncidentCommand::Open { what, severity } => open(context, what, severity.as_deref()),
        IncidentCommand::Note { text } => notes::add(context, &text),
        IncidentCommand::Correct { note, text, at, reason } => {
            notes::correct(context, note, text, at.as_deref(), reason)
        }
        IncidentCommand::Remove { note, reason } => notes::remove(context, note, reason),
        IncidentCommand::Pin { attempt, line } => notes::pin(context, &attempt, line),
        IncidentCommand::Severity { severity } => {
            let severity = named(&severity, "severity", Severity::from_name, Severity::ALL, Severity::name)?;
            context.act(&Act::SetSeverity { incident: None, severity }, &format!("severity {severity}"))
        }
        IncidentCommand::Status { status, note } => {
            let status = named(&status, "status", Status::from_name, Status::ALL, Status::name)?;
            context.act(&Act::SetStatus { incident: None, status, note }, &format!("status {status}"))
        }
        IncidentCommand::Impact { started, detected, declared, mitigated, ended, extent, since, affected } => {
            let times = [started, detected, declared, mitigated, ended];
            impact(context, &times, extent.as_deref(), since.as_deref(), affected)
        }
        IncidentCommand::Decide { .. } => decide(context, command),
        IncidentCommand::Role { role, person } => {
            let role = role_of(&role)?;
            let said = match &person {
                Some(person) => format!("{role}: {person}"),
                None => format!("{role} put down"),
            };
            context.act(&Act::SetIncidentRole { role, person }, &said)
        }
        IncidentCommand::Accept { role } => {
            let role = role_of(&role)?;
            let acted = context.session.act(&Act::AcceptRole { role })?;
            context.said(&acted, &format!("{role} accepted"));
            if context.out.json { Ok(Exit::Done) } else { brief(context, None) }
        }
        IncidentCommand::Brief { id } => brief(context, id.as_deref()),
        IncidentCommand::Update { text, next, send, draft } => update(context, text, next.as_deref(), send, draft),
        IncidentCommand::Snooze { until, reason } => {
            let until = later(context, &until)?;
            let zone = context.session.snapshot().zone;
            let said = format!("put off to {}", date_and_time(until, &zone));
            context.act(&Act::SnoozeUpdate { until, reason }, &said)
        }
        IncidentCommand::Write { field, text } => {
            let field = field.replace('-', " ");
            let field = named(&field, "text", IncidentText::from_name, IncidentText::ALL, IncidentText::name)?;
            context.act(&Act::SetIncidentText { incident: None, field, text }, &format!("{field} written"))
        }
        IncidentCommand::Close => context.act(&Act::CloseIncident { incident: None }, "incident closed"),
        IncidentCommand::Report { id, write } => report(context, id.as_deref(), write.as_deref()),
    }
}

fn role_of(name: &str) -> Result<IncidentRole, Failure> {
    named(name, "role", IncidentRole::from_name, IncidentRole::ALL, IncidentRole::name)
}

fn decide(context: &mut Context, command: IncidentCommand) -> Ending {
    let IncidentCommand::Decide { decision, reason, within, next, objected, confirm } = command else {
        return Ok(Exit::Usage);
    };
    let decision = named(&decision, "decision", Decision::from_name, Decision::ALL, Decision::name)?;
    if confirm.is_some() && decision != Decision::RollBack {
        return Err(Failure::usage("only a rollback wants a word").hint("leave --confirm out"));
    }
    let until = within.map(|within| later(context, &within)).transpose()?;
    let act = Act::Decide { decision, reason, until, next, objected };
    let Some(word) = confirm else {
        return context.act(&act, &format!("decided: {decision}"));
    };
    // The decision first: it stands in the record whatever comes of the rollback.
    context.session.act(&act)?;
    rollback::decided(context, word)
}

fn brief(context: &Context, id: Option<&str>) -> Ending {
    let id = id.map(IncidentId::new);
    let text = context.session.incident_brief(id.as_ref())?;
    if context.out.json {
        let (incident, _) = context.session.incident(id.as_ref())?;
        context.out.document(&json!({ "schema": 1, "incident": incident.id.as_str(), "brief": text }));
        return Ok(Exit::Done);
    }
    text.lines().for_each(|line| context.out.line(safe(line)));
    Ok(Exit::Done)
}

fn update(context: &mut Context, text: Option<String>, next: Option<&str>, send: bool, draft: bool) -> Ending {
    let next = next.map(|next| later(context, next)).transpose()?;
    if draft {
        let text = context.session.update_draft(next)?;
        if context.out.json {
            context.out.document(&json!({ "schema": 1, "draft": text }));
        } else {
            context.out.line(safe(&text));
        }
        return Ok(Exit::Done);
    }
    let acted = context.session.act(&Act::TellUpdate { text, next, send })?;
    let told = acted.recorded.iter().find_map(|rec| match &rec.fact {
        Fact::IncidentUpdated { text, .. } => text.clone(),
        _ => None,
    });
    context.said(&acted, &told.unwrap_or_default());
    context.settle()?;
    Ok(Exit::Done)
}

/// A moment to come: `20m`, or a time of the clock; of two days the next one.
fn later(context: &Context, text: &str) -> Result<Timestamp, Failure> {
    let now = crate::system::clock::now();
    let zone = context.session.snapshot().zone;
    occurred::coming(text, now, &zone)
        .map_err(|error| Failure::usage(error.to_string()).hint("times to come are written 20m or 14:30"))
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

fn not_a_time(error: occurred::OccurredError) -> Failure {
    Failure::usage(error.to_string()).hint("times are written -7m, 14:05, yesterday 23:58 or 2026-11-22 14:05")
}

fn impact(
    context: &mut Context,
    times: &[Option<String>; 5],
    extent: Option<&str>,
    since: Option<&str>,
    affected: Option<String>,
) -> Ending {
    let snapshot = context.session.snapshot();
    let now = crate::system::clock::now();
    let mut said = ToldImpact { affected, ..ToldImpact::default() };
    let mut words = Vec::new();
    for (milestone, text) in Milestone::ALL.iter().zip(times) {
        let Some(text) = text else { continue };
        if text.trim().eq_ignore_ascii_case("unknown") {
            said.unknown.push(*milestone);
            words.push(format!("when it {milestone} is unknown"));
            continue;
        }
        let told = moment(text, now, &snapshot.zone)?;
        words.push(format!("{milestone} {}", date_and_time(told.at, &snapshot.zone)));
        if told.precision == Precision::About {
            said.precision = Some(Precision::About);
        }
        *said.time(*milestone) = Some(told.at);
    }
    said.since = since.map(|text| moment(text, now, &snapshot.zone).map(|told| told.at)).transpose()?;
    said.extent = match extent {
        None => None,
        Some(text) => Some(named(text, "extent", Extent::from_name, Extent::ALL, Extent::name)?),
    };
    words.extend(said.extent.map(|extent| extent.to_string()));
    words.extend(said.affected.clone());
    if said == ToldImpact::default() {
        return Err(Failure::usage("nothing is said about the impact").hint(
            "--started TIME, --ended TIME, --extent full|degraded, --affected TEXT; relco help incident impact",
        ));
    }
    let act = Act::SetImpact { incident: None, said: Box::new(said) };
    context.act(&act, &format!("impact: {}", words.join(", ")))
}

/// `now`, or a time as at the beginning of a note, and nothing behind it.
fn moment(text: &str, now: Timestamp, zone: &jiff::tz::TimeZone) -> Result<Occurred, Failure> {
    if text.trim().eq_ignore_ascii_case("now") {
        return Ok(Occurred { at: now, precision: Precision::Exact });
    }
    match occurred::leading(text, now, zone).map_err(not_a_time)? {
        (Some(told), "") => Ok(told),
        _ => {
            Err(Failure::usage(format!("{text} is no time")).hint("now, -7m, 14:05, yesterday 23:58, 2026-11-22 14:05"))
        }
    }
}

fn report(context: &Context, id: Option<&str>, write: Option<&Path>) -> Ending {
    let id = id.map(IncidentId::new);
    if let Some(path) = write {
        let said = context.session.write_incident_report(id.as_ref(), path)?;
        said.iter().for_each(|one| context.out.warn(one));
        context.done(&format!("report written to {}", path.display()));
        return Ok(Exit::Done);
    }
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
        let read = |text: &str| moment(text, at("14:12"), &TimeZone::UTC).map(|told| told.at);
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
