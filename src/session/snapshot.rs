//! What a front end draws: an unchanging picture of everything that is known.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::plans::{self, Plans};
use crate::domain::command::Command;
use crate::domain::decide::decide;
use crate::domain::effect::Outcome;
use crate::domain::event::Recorded;
use crate::domain::id::{AttemptId, EnvName, SessionId};
use crate::domain::plan::Plan;
use crate::domain::project::ProjectState;
use crate::domain::readiness::{Blocker, blockers};
use crate::domain::refusal::Refusal;
use crate::domain::release::{Phase, ReleaseState};
use crate::domain::release_type::ReleaseType;
use crate::domain::situation::{Observed, Situation};
use crate::domain::usual::Usual;

/// A release in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseSummary {
    /// Its version.
    pub version: String,
    /// Its type.
    pub kind: ReleaseType,
    /// When it was started.
    pub started: Option<Timestamp>,
    /// When and how it ended.
    pub ended: Option<(Timestamp, Phase)>,
    /// What became of it since, where it was complete and its deployment was taken back.
    pub after: Option<Phase>,
    /// Who started it.
    pub captain: String,
    /// How many incidents it had.
    pub incidents: usize,
}

impl ReleaseSummary {
    pub(super) fn of(release: &ReleaseState) -> Self {
        Self {
            version: release.version.clone(),
            kind: release.kind(),
            started: release.started,
            ended: release.ended,
            after: release.after_complete(),
            captain: release.captain.clone(),
            incidents: release.incidents.len(),
        }
    }
}

/// Everything that is known, at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The project's name.
    pub project_name: String,
    /// Top of the work tree.
    pub root: PathBuf,
    /// The project's directory of state.
    pub state_dir: PathBuf,
    /// The current release's directory.
    pub release_dir: Option<PathBuf>,
    /// The project.
    pub project: ProjectState,
    /// The project's journal.
    pub project_records: Arc<Vec<Recorded>>,
    /// The release that is meant.
    pub release: Option<ReleaseState>,
    /// Its journal.
    pub records: Arc<Vec<Recorded>>,
    /// Every release on record, oldest first.
    pub releases: Vec<ReleaseSummary>,
    /// The plan that holds.
    pub plan: Arc<Plan>,
    /// Every plan that is at hand: a run may go by another one.
    pub plans: Plans,
    /// Another release, whose run in production is the newest.
    pub elsewhere: Option<Arc<super::Elsewhere>>,
    /// What was seen outside.
    pub observed: Observed,
    /// Who operates relco.
    pub actor: String,
    /// Who speaks.
    pub by: String,
    /// This session.
    pub session: SessionId,
    /// The person's zone.
    pub zone: TimeZone,
    /// Why nothing can be recorded.
    pub read_only: Option<String>,
    /// Why the configuration cannot be used, when a frozen plan stands in for it.
    pub config_broken: Option<String>,
    /// How long steps usually take, as far as the record tells.
    pub usual: Arc<Usual>,
    /// Something is under way in this session.
    pub busy: bool,
}

impl Snapshot {
    /// The situation in which rules judge this picture.
    pub fn situation(&self, now: Timestamp) -> Situation<'_> {
        Situation {
            project: &self.project,
            release: self.release.as_ref(),
            plan: &self.plan,
            observed: &self.observed,
            now,
            zone: &self.zone,
            actor: &self.actor,
            by: &self.by,
            session: &self.session,
        }
    }

    /// The same picture under the plan of the run that a rollback there would take back.
    pub fn for_rollback(&self, env: &EnvName) -> Snapshot {
        let (release, mut back) = (self.release.as_ref(), self.clone());
        let hash = plans::to_go_back(release, env);
        if hash != plans::holding(release) {
            back.plan = Arc::clone(self.plans.to_show(hash));
        }
        back
    }

    /// Whether a command could be carried out, in the words that carrying it out would give.
    ///
    /// # Errors
    /// The refusal.
    pub fn dry_run(&self, now: Timestamp, command: &Command) -> Result<Outcome, Refusal> {
        let release = self.release.as_ref();
        let hash = plans::for_command(release, command);
        if hash == plans::holding(release) {
            return decide(&self.situation(now), command);
        }
        let plan = self.plans.by_hash(hash).map_err(Refusal::new)?;
        let observed = self.observed.with_trust(self.plans.trusts(hash));
        decide(&Situation { plan, observed: &observed, ..self.situation(now) }, command)
    }

    /// What stands between the release and production.
    pub fn blockers(&self, now: Timestamp) -> Vec<Blocker> {
        blockers(&self.situation(now))
    }

    /// Where the release stands.
    pub fn phase(&self, now: Timestamp) -> Option<Phase> {
        let ready = self.blockers(now).is_empty();
        self.release.as_ref().map(|release| release.phase(ready))
    }

    /// Where an attempt keeps its log.
    pub fn attempt_dir(&self, attempt: &AttemptId) -> Option<PathBuf> {
        Some(self.release_dir.as_ref()?.join("attempts").join(attempt.as_str()))
    }
}
