//! What each fact changes in an incident. It never fails and never refuses.
//!
//! Enter at [`apply`].

use super::{DecisionRecord, Impact, Incident, IncidentText, RoleRecord, SnoozeRecord, Status, UpdateRecord};
use crate::domain::event::{Fact, Recorded};

/// Folds a fact about incidents into a list of them.
pub fn apply(incidents: &mut Vec<Incident>, rec: &Recorded) {
    if let Fact::IncidentOpened { .. } = &rec.fact {
        incidents.extend(opened(rec));
        return;
    }
    let id = match &rec.fact {
        Fact::IncidentSeveritySet { incident, .. }
        | Fact::IncidentStatusSet { incident, .. }
        | Fact::IncidentImpactSet { incident, .. }
        | Fact::DecisionTaken { incident: Some(incident), .. }
        | Fact::DecisionOver { incident, .. }
        | Fact::IncidentRoleSet { incident, .. }
        | Fact::IncidentUpdated { incident, .. }
        | Fact::IncidentTextSet { incident, .. }
        | Fact::IncidentClosed { incident, .. } => incident,
        _ => return,
    };
    if let Some(incident) = incidents.iter_mut().find(|incident| incident.id == *id) {
        change(incident, rec);
    }
}

fn opened(rec: &Recorded) -> Option<Incident> {
    let Fact::IncidentOpened { incident, severity, judged, what, env, run, attempt, log_tail, by } = &rec.fact else {
        return None;
    };
    Some(Incident {
        id: incident.clone(),
        opened: rec.at,
        by: by.clone(),
        severity: *severity,
        severities: vec![(rec.at, *severity)],
        judged: *judged,
        status: Status::Investigating,
        what: what.clone(),
        env: env.clone(),
        run: run.clone(),
        attempt: attempt.clone(),
        log_tail: log_tail.clone(),
        impact: Impact::default(),
        decisions: Vec::new(),
        roles: Vec::new(),
        updates: Vec::new(),
        snoozes: Vec::new(),
        root_cause: None,
        prevention: None,
        resolved: None,
        closed: None,
    })
}

fn change(incident: &mut Incident, rec: &Recorded) {
    match &rec.fact {
        Fact::IncidentSeveritySet { severity, .. } => {
            incident.severity = *severity;
            incident.severities.push((rec.at, *severity));
            incident.judged = true;
        }
        Fact::IncidentStatusSet { status, .. } => {
            incident.status = *status;
            incident.resolved = (*status == Status::Resolved).then_some(rec.at);
            if *status != Status::Resolved {
                // It came back: what was closed needs somebody again.
                incident.closed = None;
            }
        }
        Fact::IncidentImpactSet { .. } => incident.impact.apply(&rec.fact),
        Fact::DecisionTaken { decision, reason, by, until, next, objected, .. } => {
            incident.decisions.push(DecisionRecord {
                seq: rec.seq,
                at: rec.at,
                decision: *decision,
                reason: reason.clone(),
                by: by.clone(),
                until: *until,
                next: next.clone(),
                objected: objected.clone(),
                over: None,
            });
        }
        Fact::DecisionOver { decision, .. } => {
            if let Some(one) = incident.decisions.iter_mut().find(|one| one.seq == *decision) {
                one.over = Some(rec.at);
            }
        }
        Fact::IncidentRoleSet { role, person, act, by, .. } => incident.roles.push(RoleRecord {
            at: rec.at,
            role: *role,
            person: person.clone(),
            act: *act,
            by: by.clone(),
        }),
        Fact::IncidentUpdated { text: Some(text), next, by, .. } => {
            incident.updates.push(UpdateRecord { at: rec.at, text: text.clone(), next: *next, by: by.clone() })
        }
        Fact::IncidentUpdated { text: None, next: Some(until), reason, by, .. } => {
            incident.snoozes.push(SnoozeRecord { at: rec.at, until: *until, reason: reason.clone(), by: by.clone() })
        }
        Fact::IncidentTextSet { field: IncidentText::RootCause, text, .. } => incident.root_cause = Some(text.clone()),
        Fact::IncidentTextSet { field: IncidentText::Prevention, text, .. } => incident.prevention = Some(text.clone()),
        Fact::IncidentClosed { .. } => incident.closed = Some(rec.at),
        _ => {}
    }
}
