//! Incidents and notes. Opening one requires nothing; nothing here blocks anything else.
//!
//! Notes and follow-ups are in `notes`, who does what and who is told in `conduct`, what users felt in `impact`.

mod conduct;
mod impact;
mod notes;
#[cfg(test)]
mod tests;

use super::super::command::Command;
use super::super::effect::Outcome;
use super::super::event::Fact;
use super::super::id::{AttemptId, IncidentId};
use super::super::incident::{Incident, Severity, Status};
use super::super::refusal::Refusal;
use super::super::release::ReleaseState;
use super::super::run::{Run, RunPurpose};
use super::super::situation::Situation;
use super::owned;

pub(super) fn decide(sit: &Situation<'_>, command: &Command) -> Result<Outcome, Refusal> {
    match command {
        Command::OpenIncident { what, severity, log_tail } => open(sit, what.as_ref(), *severity, log_tail),
        Command::SetSeverity { incident, severity } => {
            let (incident, home) = find(sit, incident.as_ref())?;
            Ok(home.fact(Fact::IncidentSeveritySet {
                incident: incident.id.clone(),
                severity: *severity,
                by: sit.by.to_owned(),
            }))
        }
        Command::SetStatus { incident, status, note } => set_status(sit, incident.as_ref(), *status, note.as_ref()),
        Command::SetImpact { .. } => impact::decide(sit, command),
        Command::Decide { .. }
        | Command::LookAtDecision { .. }
        | Command::SetIncidentRole { .. }
        | Command::AcceptRole { .. }
        | Command::TellUpdate { .. }
        | Command::SnoozeUpdate { .. } => conduct::decide(sit, command),
        Command::SetIncidentText { incident, field, text } => {
            let (incident, home) = find(sit, incident.as_ref())?;
            Ok(home.fact(Fact::IncidentTextSet {
                incident: incident.id.clone(),
                field: *field,
                text: text.trim().to_owned(),
                by: sit.by.to_owned(),
            }))
        }
        Command::CloseIncident { incident } => {
            let (incident, home) = find(sit, incident.as_ref())?;
            if !incident.is_open() {
                return Err(Refusal::new(format!("{} is closed already", incident.id)));
            }
            if incident.status != Status::Resolved {
                return Err(Refusal::new(format!("{} is {}", incident.id, incident.status))
                    .next("relco incident status resolved"));
            }
            Ok(home.fact(Fact::IncidentClosed { incident: incident.id.clone(), by: sit.by.to_owned() }))
        }
        Command::Note { .. }
        | Command::NoteLines { .. }
        | Command::CorrectNote { .. }
        | Command::SetFollowUp { .. } => notes::decide(sit, command),
        _ => Ok(Outcome::default()),
    }
}

/// The journal that an incident lives in.
#[derive(Clone, Copy)]
enum Home {
    Release,
    Project,
}

impl Home {
    fn fact(self, fact: Fact) -> Outcome {
        match self {
            Home::Release => Outcome::release(fact),
            Home::Project => Outcome::project(fact),
        }
    }
}

fn home_of_new(sit: &Situation<'_>) -> Home {
    if sit.release.is_some() { Home::Release } else { Home::Project }
}

/// The named incident, or the open one, else the latest: texts and impact are often written after the end.
fn find<'a>(sit: &Situation<'a>, id: Option<&IncidentId>) -> Result<(&'a Incident, Home), Refusal> {
    let of_release = sit.release.map(|release| release.incidents.as_slice()).unwrap_or_default();
    let of_project = sit.project.incidents.as_slice();
    let homes = [(of_release, Home::Release), (of_project, Home::Project)];
    if let Some(id) = id {
        return homes
            .iter()
            .find_map(|(list, home)| list.iter().find(|one| one.id == *id).map(|one| (one, *home)))
            .ok_or_else(|| Refusal::new(format!("there is no incident {id}")));
    }
    homes
        .iter()
        .find_map(|(list, home)| list.iter().rev().find(|one| one.is_open()).map(|one| (one, *home)))
        .or_else(|| homes.iter().find_map(|(list, home)| list.last().map(|one| (one, *home))))
        .ok_or_else(|| Refusal::new("there is no incident").next("relco incident open"))
}

fn next_id(sit: &Situation<'_>) -> IncidentId {
    IncidentId::new(format!("INC-{}", sit.observed.incidents + 1))
}

fn open(
    sit: &Situation<'_>,
    what: Option<&String>,
    severity: Option<Severity>,
    log_tail: &[String],
) -> Result<Outcome, Refusal> {
    let existing = sit.release.and_then(ReleaseState::open_incident).or_else(|| sit.project.open_incident());
    if let Some(existing) = existing {
        return Err(Refusal::new(format!("{} is open already: {}", existing.id, existing.what))
            .next("relco incident note TEXT"));
    }
    let run = sit.release.and_then(|release| release.any_open_run().or(release.runs.last()));
    let attempt = sit.release.and_then(|release| {
        let run = run?;
        release.attempts.values().filter(|attempt| attempt.run == run.id).max_by_key(|attempt| attempt.intended)
    });
    let env = run.map(|run| run.env.clone()).or_else(|| sit.production().map(|env| env.name.clone()));
    let fact = Fact::IncidentOpened {
        incident: next_id(sit),
        severity: severity.unwrap_or(Severity::High),
        judged: severity.is_some(),
        what: owned(what).unwrap_or_else(|| "not described yet".to_owned()),
        env,
        run: run.map(|run| run.id.clone()),
        attempt: attempt.map(|attempt| attempt.id.clone()),
        log_tail: log_tail.to_vec(),
        by: sit.by.to_owned(),
    };
    Ok(home_of_new(sit).fact(fact))
}

/// Opens an incident for trouble in production, if none is open. Elsewhere trouble is what the place is for.
pub(super) fn open_for(
    sit: &Situation<'_>,
    release: &ReleaseState,
    run: &Run,
    what: String,
    attempt: Option<&AttemptId>,
    log_tail: Vec<String>,
) -> Vec<Fact> {
    if !sit.plan.is_production(&run.env) || run.purpose == RunPurpose::Rehearsal {
        return Vec::new();
    }
    open_if_none(sit, release, run, what, attempt, log_tail)
}

/// Opens an incident about a run, if none is open.
pub(super) fn open_if_none(
    sit: &Situation<'_>,
    release: &ReleaseState,
    run: &Run,
    what: String,
    attempt: Option<&AttemptId>,
    log_tail: Vec<String>,
) -> Vec<Fact> {
    if release.open_incident().is_some() {
        return Vec::new();
    }
    vec![Fact::IncidentOpened {
        incident: next_id(sit),
        severity: Severity::High,
        judged: false,
        what,
        env: Some(run.env.clone()),
        run: Some(run.id.clone()),
        attempt: attempt.cloned(),
        log_tail,
        by: "relco".to_owned(),
    }]
}

/// Opens an incident that is about no run, if none is open.
pub(super) fn open_plain(
    sit: &Situation<'_>,
    release: Option<&ReleaseState>,
    what: &str,
    severity: Option<Severity>,
) -> Vec<Fact> {
    if release.and_then(ReleaseState::open_incident).is_some() {
        return Vec::new();
    }
    vec![Fact::IncidentOpened {
        incident: next_id(sit),
        severity: severity.unwrap_or(Severity::High),
        judged: severity.is_some(),
        what: what.to_owned(),
        env: sit.production().map(|env| env.name.clone()),
        run: None,
        attempt: None,
        log_tail: Vec::new(),
        by: sit.by.to_owned(),
    }]
}

fn set_status(
    sit: &Situation<'_>,
    id: Option<&IncidentId>,
    status: Status,
    note: Option<&String>,
) -> Result<Outcome, Refusal> {
    let (incident, home) = find(sit, id)?;
    let note = owned(note);
    if !incident.is_open() && status != Status::Resolved && note.is_none() {
        return Err(Refusal::new(format!("{} is closed: opening it again wants a reason", incident.id))
            .next(format!("relco incident status {status} --note TEXT")));
    }
    let mut outcome =
        home.fact(Fact::IncidentStatusSet { incident: incident.id.clone(), status, by: sit.by.to_owned(), note });
    if status == Status::Resolved && incident.impact.ended.is_none() {
        outcome.warnings.push("when the impact ended is unknown: relco incident impact --ended TIME".to_owned());
    }
    Ok(outcome)
}
