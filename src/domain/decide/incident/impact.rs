//! What users felt. Any moment may be unknown, in any order: an odd order is warned about and recorded as said.

use super::super::super::command::Command;
use super::super::super::effect::Outcome;
use super::super::super::event::{Fact, Recorded};
use super::super::super::incident::apply;
use super::super::super::refusal::Refusal;
use super::super::super::situation::Situation;
use super::super::owned;
use super::find;

pub(super) fn decide(sit: &Situation<'_>, command: &Command) -> Result<Outcome, Refusal> {
    let Command::SetImpact { incident, said } = command else { return Ok(Outcome::default()) };
    let (incident, home) = find(sit, incident.as_ref())?;
    let times = [said.started, said.detected, said.declared, said.mitigated, said.ended, said.since];
    if times.into_iter().flatten().any(|at| at > sit.now) {
        return Err(Refusal::new("that is in the future"));
    }
    if said.since.is_some() && said.extent.is_none() {
        return Err(Refusal::new("since when it is how much?").next("--extent full|degraded --since TIME"));
    }
    let fact = Fact::IncidentImpactSet {
        incident: incident.id.clone(),
        started: said.started,
        detected: said.detected,
        declared: said.declared,
        mitigated: said.mitigated,
        ended: said.ended,
        extent: said.extent,
        since: said.since,
        affected: owned(said.affected.as_ref()),
        precision: said.precision,
        unknown: Some(said.unknown.clone()).filter(|unknown| !unknown.is_empty()),
        by: sit.by.to_owned(),
    };
    let mut after = vec![incident.clone()];
    let record = Recorded {
        seq: 0,
        at: sit.now,
        boot: String::new(),
        mono_ms: 0,
        actor: sit.actor.to_owned(),
        via: String::new(),
        fact: fact.clone(),
    };
    apply(&mut after, &record);
    let mut outcome = home.fact(fact);
    let before = incident.oddities();
    let odd = after.iter().flat_map(|one| one.oddities());
    outcome.warnings.extend(odd.filter(|odd| !before.contains(odd)).map(|odd| format!("{odd}: recorded as said")));
    Ok(outcome)
}
