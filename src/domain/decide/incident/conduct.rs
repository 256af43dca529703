//! How an incident is led: decisions with their time, who does what, and who is told when.
//!
//! None of it blocks anything. Enter at [`decide`].

use jiff::Timestamp;

use super::super::super::command::Command;
use super::super::super::effect::Outcome;
use super::super::super::event::Fact;
use super::super::super::id::IncidentId;
use super::super::super::incident::{Decision, IncidentRole, RoleAct, cadence, role_warnings};
use super::super::super::plan::Purpose;
use super::super::super::refusal::Refusal;
use super::super::super::run::RunPurpose;
use super::super::super::situation::Situation;
use super::super::super::time::date_and_time;
use super::super::{owned, paper};
use super::{find, home_of_new};

pub(super) fn decide(sit: &Situation<'_>, command: &Command) -> Result<Outcome, Refusal> {
    match command {
        Command::Decide { .. } => take(sit, command),
        Command::LookAtDecision { incident } => time_is_over(sit, incident),
        Command::SetIncidentRole { role, person } => set_role(sit, *role, person.as_ref()),
        Command::AcceptRole { role } => accept(sit, *role),
        Command::TellUpdate { text, next, send } => tell(sit, text.as_ref(), *next, *send),
        Command::SnoozeUpdate { until, reason } => {
            let (incident, home) = find(sit, None)?;
            if !incident.is_live() {
                return Err(Refusal::new(format!("{} is over: no message is due", incident.id)));
            }
            if *until <= sit.now {
                return Err(Refusal::new("that is not in the future").next("relco incident snooze 15m"));
            }
            Ok(home.fact(Fact::IncidentUpdated {
                incident: incident.id.clone(),
                text: None,
                next: Some(*until),
                reason: owned(reason.as_ref()),
                by: sit.by.to_owned(),
            }))
        }
        _ => Ok(Outcome::default()),
    }
}

fn take(sit: &Situation<'_>, command: &Command) -> Result<Outcome, Refusal> {
    let Command::Decide { decision, reason, until, next, objected } = command else { return Ok(Outcome::default()) };
    if until.is_some_and(|at| at <= sit.now) {
        return Err(Refusal::new("the time to look again is over already").next("--within 10m"));
    }
    let found = find(sit, None).ok().filter(|(incident, _)| incident.is_open());
    let run = sit.release.and_then(|release| release.any_open_run());
    let home = found.as_ref().map_or_else(|| home_of_new(sit), |(_, home)| *home);
    let mut outcome = home.fact(Fact::DecisionTaken {
        incident: found.map(|(incident, _)| incident.id.clone()),
        run: run.map(|run| run.id.clone()),
        decision: *decision,
        reason: owned(reason.as_ref()),
        by: sit.by.to_owned(),
        until: *until,
        next: owned(next.as_ref()),
        objected: owned(objected.as_ref()),
    });
    match (decision, run) {
        // What takes a change back is never held up.
        (Decision::Pause, Some(run)) if run.paused.is_none() && run.purpose != RunPurpose::Rollback => {
            outcome.release.push(Fact::RunPaused {
                run: run.id.clone(),
                reason: owned(reason.as_ref()).unwrap_or_else(|| "decided in the incident".to_owned()),
                by: sit.by.to_owned(),
            });
        }
        (Decision::RollBack, _) => {
            let env = run.map(|run| run.env.clone()).or_else(|| sit.production().map(|env| env.name.clone()));
            if let Some(env) = env
                && let Ok(word) = super::super::rollback::word(sit, &env)
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

/// Records, once, that the time of a decision is over.
fn time_is_over(sit: &Situation<'_>, incident: &IncidentId) -> Result<Outcome, Refusal> {
    let (incident, home) = find(sit, Some(incident))?;
    match incident.overdue_decision(sit.now) {
        Some(one) if one.over.is_none() => Ok(home.fact(Fact::DecisionOver {
            incident: incident.id.clone(),
            decision: one.seq,
            since: one.until.unwrap_or(sit.now),
        })),
        _ => Err(Refusal::new("no decision waits to be looked at again")),
    }
}

/// Gives a hat to somebody. A hat that somebody else wears moves when the other one accepts it; nobody's is put down.
fn set_role(sit: &Situation<'_>, role: IncidentRole, person: Option<&String>) -> Result<Outcome, Refusal> {
    let (incident, home) = find(sit, None)?;
    let fact = |person: &str, act| Fact::IncidentRoleSet {
        incident: incident.id.clone(),
        role,
        person: person.to_owned(),
        act,
        by: sit.by.to_owned(),
    };
    let holder = incident.holder(role);
    let Some(person) = owned(person) else {
        return match holder {
            Some(holder) => Ok(home.fact(fact(holder, RoleAct::Left))),
            None => Err(Refusal::new(format!("nobody is {role}")).next(format!("relco incident role {role} WHO"))),
        };
    };
    if holder == Some(person.as_str()) {
        return Err(Refusal::new(format!("{person} is {role} already")));
    }
    // Whoever takes a free hat, or takes one by their own word, wears it; a hat is not pushed on a head.
    let act = if holder.is_none() || person == sit.by { RoleAct::Held } else { RoleAct::Offered };
    let mut outcome = home.fact(fact(&person, act));
    outcome.warnings.extend(role_warnings(incident, role, &person));
    match (act, holder) {
        (RoleAct::Offered, Some(holder)) => outcome
            .warnings
            .push(format!("{holder} is {role} until {person} accepts: relco incident accept {role} --by {person}")),
        (_, Some(holder)) => {
            outcome.warnings.push(format!("taken from {holder}: relco incident brief tells the state"))
        }
        _ => {}
    }
    Ok(outcome)
}

fn accept(sit: &Situation<'_>, role: IncidentRole) -> Result<Outcome, Refusal> {
    let (incident, home) = find(sit, None)?;
    let Some(person) = incident.offered(role) else {
        return Err(
            Refusal::new(format!("{role} is offered to nobody")).next(format!("relco incident role {role} WHO"))
        );
    };
    let mut outcome = home.fact(Fact::IncidentRoleSet {
        incident: incident.id.clone(),
        role,
        person: person.to_owned(),
        act: RoleAct::Held,
        by: sit.by.to_owned(),
    });
    outcome.warnings.extend(role_warnings(incident, role, person));
    Ok(outcome)
}

/// Records a message and, where asked for, sends it to everybody who wants to hear about incidents.
fn tell(sit: &Situation<'_>, text: Option<&String>, next: Option<Timestamp>, send: bool) -> Result<Outcome, Refusal> {
    let (incident, home) = find(sit, None)?;
    if next.is_some_and(|at| at <= sit.now) {
        return Err(Refusal::new("the time of the next message is over already").next("--next 20m"));
    }
    let rules = &sit.plan.cadence;
    let next = if incident.is_live() { next.or_else(|| cadence::next(incident, rules, sit.now)) } else { None };
    let text = owned(text).unwrap_or_else(|| cadence::prefilled_update(sit, incident, next));
    let mut outcome = home.fact(Fact::IncidentUpdated {
        incident: incident.id.clone(),
        text: Some(text.clone()),
        next,
        reason: None,
        by: sit.by.to_owned(),
    });
    if send {
        match sit.release {
            Some(release) => outcome.extend(paper::send_text(sit, release, Purpose::Incident, None, true, None, &text)),
            None => outcome.warnings.push("without a release nobody is told by relco: tell them yourself".to_owned()),
        }
    }
    outcome.warnings.extend(next.map(|at| format!("the next one is due at {}", date_and_time(at, sit.zone))));
    Ok(outcome)
}
