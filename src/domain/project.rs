//! The project: what outlives a release. What is live where, environment locks, bad versions, debts, and
//! incidents that belong to no release.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::event::{Fact, Recorded};
use super::followup::{self, FollowUp};
use super::id::{EnvName, IncidentId, Role, RunId};
use super::incident::Incident;
use super::ledger::{Exclusion, Rule};
use super::release::{Note, apply_note};

/// What an environment runs, as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    /// The version.
    pub version: String,
    /// The version that was live before it, as far as relco knows.
    pub before: Option<String>,
    /// The release whose run put it there.
    pub release: Option<String>,
    /// Since when relco knows.
    pub since: Timestamp,
}

/// A run that holds an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvLock {
    /// The release.
    pub release: String,
    /// Its run.
    pub run: RunId,
    /// Since when.
    pub since: Timestamp,
}

/// An environment that takes no new deployment until a person says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The release that was rolled back there.
    pub release: String,
    /// The rollback.
    pub run: RunId,
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}

/// A version that was rolled back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadVersion {
    /// Where.
    pub env: EnvName,
    /// The version.
    pub version: String,
    /// The commit that was bad.
    pub commit: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// Something left to be paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debt {
    /// Its id.
    pub id: String,
    /// What.
    pub text: String,
    /// The release that left it.
    pub release: String,
    /// Whose job it is.
    pub role: Role,
    /// Since when.
    pub since: Timestamp,
    /// When it was paid.
    pub paid: Option<Timestamp>,
}

impl Debt {
    /// Whether it is paid by the same patch on the main branch.
    pub fn is_forward_port(&self) -> bool {
        self.id == format!("{}-forward-port", self.release)
    }
}

/// The project as its events left it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProjectState {
    /// What is live where.
    pub live: BTreeMap<EnvName, Live>,
    /// Who holds which environment.
    pub locks: BTreeMap<EnvName, EnvLock>,
    /// Environments that are locked after a rollback.
    pub held: BTreeMap<EnvName, Held>,
    /// Versions that must not go back without a word.
    pub bad: Vec<BadVersion>,
    /// Debts, oldest first.
    pub debts: Vec<Debt>,
    /// Lines that may go on saying an older version: path and words, empty words for a whole file.
    pub strays_accepted: Vec<(String, String)>,
    /// What incidents leave to be done, oldest first.
    pub followups: Vec<FollowUp>,
    /// What a person said needs no entry in the changelog, oldest first.
    pub exclusions: Vec<Exclusion>,
    /// Incidents without a release.
    pub incidents: Vec<Incident>,
    /// Notes without a release.
    pub notes_taken: BTreeMap<u64, Note>,
    /// The last record that was applied.
    pub seq: u64,
}

impl ProjectState {
    /// The version that runs in an environment, as far as it is known.
    pub fn live_version(&self, env: &EnvName) -> Option<&str> {
        self.live.get(env).map(|live| live.version.as_str())
    }

    /// The open incident without a release that was opened last.
    pub fn open_incident(&self) -> Option<&Incident> {
        self.incidents.iter().rev().find(|incident| incident.is_open())
    }

    /// The incident of that id.
    pub fn incident(&self, id: &IncidentId) -> Option<&Incident> {
        self.incidents.iter().find(|incident| incident.id == *id)
    }

    /// Folds one record in.
    pub fn apply(&mut self, rec: &Recorded) {
        self.seq = rec.seq;
        match &rec.fact {
            Fact::LiveSet { env, version, release, by: _ } => {
                let before = match self.live.get(env) {
                    Some(live) if live.version == *version => live.before.clone(),
                    Some(live) => Some(live.version.clone()),
                    None => None,
                };
                let live = Live { version: version.clone(), before, release: release.clone(), since: rec.at };
                self.live.insert(env.clone(), live);
            }
            Fact::EnvLocked { env, release, run } => {
                let lock = EnvLock { release: release.clone(), run: run.clone(), since: rec.at };
                self.locks.insert(env.clone(), lock);
            }
            Fact::EnvUnlocked { env, release, run } => {
                // Only the holder lets go: a late unlock of an earlier run must not free a later one's environment.
                if self.locks.get(env).is_some_and(|lock| lock.release == *release && lock.run == *run) {
                    self.locks.remove(env);
                }
            }
            Fact::EnvHeld { env, release, run, reason, by: _ } => {
                let held = Held { release: release.clone(), run: run.clone(), reason: reason.clone(), since: rec.at };
                self.held.insert(env.clone(), held);
            }
            Fact::EnvFreed { env, .. } => {
                self.held.remove(env);
            }
            Fact::VersionMarkedBad { env, version, commit, reason } => self.bad.push(BadVersion {
                env: env.clone(),
                version: version.clone(),
                commit: commit.clone(),
                reason: reason.clone(),
                at: rec.at,
            }),
            Fact::DebtAdded { debt, text, release, role } => self.debts.push(Debt {
                id: debt.clone(),
                text: text.clone(),
                release: release.clone(),
                role: role.clone(),
                since: rec.at,
                paid: None,
            }),
            Fact::DebtPaid { debt, .. } => {
                if let Some(debt) = self.debts.iter_mut().find(|one| one.id == *debt) {
                    debt.paid = Some(rec.at);
                }
            }
            Fact::StrayAccepted { path, text, .. } => self.strays_accepted.push((path.clone(), text.clone())),
            Fact::ChangeExcluded { rule, reason, .. } => {
                // A rule that a later relco knows and this one does not sets nothing apart.
                if let Ok(rule) = rule.parse::<Rule>() {
                    self.exclusions.retain(|one| one.rule != rule);
                    self.exclusions.push(Exclusion { rule, reason: reason.clone() });
                }
            }
            Fact::ChangeIncluded { rule, .. } => self.exclusions.retain(|one| one.rule.to_string() != *rule),
            Fact::NoteAdded { .. } | Fact::NoteCorrected { .. } => apply_note(&mut self.notes_taken, rec),
            Fact::FollowUpSet { .. } => followup::apply(&mut self.followups, rec),
            _ => super::incident::apply(&mut self.incidents, rec),
        }
    }
}
