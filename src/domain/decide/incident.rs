//! Incidents and notes. Opening one requires nothing; nothing here blocks anything else.

use super::super::command::Command;
use super::super::effect::Outcome;
use super::super::event::Fact;
use super::super::id::{AttemptId, IncidentId};
use super::super::incident::{Decision, Incident, Severity, Status};
use super::super::refusal::Refusal;
use super::super::release::ReleaseState;
use super::super::run::{Run, RunPurpose};
use super::super::situation::Situation;
use super::{owned, wanted};

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
        Command::SetStatus { incident, status, note } => {
            let (incident, home) = find(sit, incident.as_ref())?;
            let mut outcome = home.fact(Fact::IncidentStatusSet {
                incident: incident.id.clone(),
                status: *status,
                by: sit.by.to_owned(),
                note: owned(note.as_ref()),
            });
            if *status == Status::Resolved && incident.impact.ended.is_none() {
                outcome
                    .warnings
                    .push("when the impact ended is unknown: relco incident impact --ended TIME".to_owned());
            }
            Ok(outcome)
        }
        Command::SetImpact { incident, started, ended, extent, affected } => {
            let (incident, home) = find(sit, incident.as_ref())?;
            if [started, ended].into_iter().flatten().any(|at| *at > sit.now) {
                return Err(Refusal::new("that is in the future"));
            }
            let mut outcome = home.fact(Fact::IncidentImpactSet {
                incident: incident.id.clone(),
                started: *started,
                ended: *ended,
                extent: *extent,
                affected: owned(affected.as_ref()),
                by: sit.by.to_owned(),
            });
            let from = started.or(incident.impact.started);
            let until = ended.or(incident.impact.ended);
            if let (Some(from), Some(until)) = (from, until)
                && until < from
            {
                outcome.warnings.push("impact ended before it started: recorded as said".to_owned());
            }
            Ok(outcome)
        }
        Command::Decide { decision, reason } => take_decision(sit, *decision, reason.as_ref()),
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
        Command::Note { text, occurred, precision } => {
            let text = wanted(Some(text), "a note")?;
            if occurred.is_some_and(|at| at > sit.now) {
                return Err(Refusal::new("that is in the future"));
            }
            let open = sit.release.and_then(ReleaseState::open_incident).or_else(|| sit.project.open_incident());
            let fact = Fact::NoteAdded {
                incident: open.map(|incident| incident.id.clone()),
                text,
                occurred: *occurred,
                precision: *precision,
                by: sit.by.to_owned(),
            };
            Ok(home_of_new(sit).fact(fact))
        }
        Command::CorrectNote { note, text, reason } => {
            let notes = match sit.release {
                Some(release) => &release.notes_taken,
                None => &sit.project.notes_taken,
            };
            if !notes.contains_key(note) {
                return Err(Refusal::new(format!("record {note} is not a note")).next("relco timeline"));
            }
            let reason = wanted(Some(reason), "correcting a note")?;
            Ok(home_of_new(sit).fact(Fact::NoteCorrected {
                note: *note,
                text: owned(text.as_ref()),
                reason,
                by: sit.by.to_owned(),
            }))
        }
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

fn take_decision(sit: &Situation<'_>, decision: Decision, reason: Option<&String>) -> Result<Outcome, Refusal> {
    let found = find(sit, None).ok();
    let run = sit.release.and_then(|release| release.any_open_run());
    let home = found.as_ref().map_or_else(|| home_of_new(sit), |(_, home)| *home);
    let mut outcome = home.fact(Fact::DecisionTaken {
        incident: found.map(|(incident, _)| incident.id.clone()),
        run: run.map(|run| run.id.clone()),
        decision,
        reason: owned(reason),
        by: sit.by.to_owned(),
    });
    match (decision, run) {
        (Decision::Pause, Some(run)) if run.paused.is_none() => outcome.release.push(Fact::RunPaused {
            run: run.id.clone(),
            reason: owned(reason).unwrap_or_else(|| "decided in the incident".to_owned()),
            by: sit.by.to_owned(),
        }),
        (Decision::RollBack, _) => {
            let env = run.map(|run| run.env.clone()).or_else(|| sit.production().map(|env| env.name.clone()));
            if let Some(env) = env
                && let Ok(word) = super::rollback::word(sit, &env)
            {
                outcome.warnings.push(format!("start it: relco rollback start --env {env} --confirm {word}"));
            }
        }
        (Decision::ContinueWithFix, _) => {
            outcome.warnings.push("commit the fix, then relco release candidate".to_owned());
        }
        (Decision::Pause, _) => {}
    }
    Ok(outcome)
}
