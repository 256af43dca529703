//! Who wears which hat, and wore it when.
//!
//! A hat that somebody wears is handed over: it moves when the other one accepts. Nothing here refuses; enter at
//! [`Incident::holder`].

use jiff::Timestamp;

use super::{Incident, IncidentRole, RoleAct};

/// What became of a hat, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleRecord {
    /// When it was recorded.
    pub at: Timestamp,
    /// Which hat.
    pub role: IncidentRole,
    /// Whose head.
    pub person: String,
    /// What became of it.
    pub act: RoleAct,
    /// Who spoke.
    pub by: String,
}

impl Incident {
    /// Who wears a hat now.
    pub fn holder(&self, role: IncidentRole) -> Option<&str> {
        holder_of(self.roles.iter(), role)
    }

    /// Who wore a hat at that time.
    pub fn holder_at(&self, role: IncidentRole, at: Timestamp) -> Option<&str> {
        holder_of(self.roles.iter().filter(|one| one.at <= at), role)
    }

    /// To whom a hat is offered that was not accepted yet.
    pub fn offered(&self, role: IncidentRole) -> Option<&str> {
        let last = self.roles.iter().rev().find(|one| one.role == role)?;
        (last.act == RoleAct::Offered).then_some(last.person.as_str())
    }

    /// The hats that are worn, with who wears them.
    pub fn holders(&self) -> Vec<(IncidentRole, &str)> {
        IncidentRole::ALL.iter().filter_map(|role| Some((*role, self.holder(*role)?))).collect()
    }
}

fn holder_of<'a>(records: impl DoubleEndedIterator<Item = &'a RoleRecord>, role: IncidentRole) -> Option<&'a str> {
    let last = records.rev().filter(|one| one.role == role).find(|one| one.act != RoleAct::Offered)?;
    (last.act == RoleAct::Held).then_some(last.person.as_str())
}

/// What is unwise about who would wear which hats, in words. Source: whoever commands must not also fix (PagerDuty,
/// incident response, anti-patterns).
pub fn role_warnings(incident: &Incident, role: IncidentRole, person: &str) -> Vec<String> {
    let other = match role {
        IncidentRole::Commander => IncidentRole::Operations,
        IncidentRole::Operations => IncidentRole::Commander,
        IncidentRole::Communications | IncidentRole::Scribe => return Vec::new(),
    };
    if incident.holder(other) == Some(person) {
        return vec![format!("{person} is {other} too: whoever commands should not also fix")];
    }
    Vec::new()
}
