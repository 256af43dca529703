//! The session: the only writer. It reads the journals, observes what is outside, decides, appends, applies, and
//! then starts the effects.
//!
//! A front end asks [`Session::act`] to do something and [`Session::pump`] to let go on what is under way; it draws
//! a [`Snapshot`] and never touches a file itself. Nothing here holds a rule: rules are `domain`'s.

mod account;
mod artifacts;
mod by_git;
mod changes;
mod check_jobs;
mod check_log;
mod checks;
mod drafts;
mod effects;
mod entries;
mod elsewhere;
mod first;
mod front;
mod health;
mod incident;
mod late;
mod notes;
mod page;
mod planned;
mod plans;
mod question;
mod open;
mod observe;
mod reading;
mod record;
mod scripts;
mod snapshot;
mod spec;
mod stop;
mod trust;
mod truth;
mod typing;
mod verify;
mod versions;
mod walk;
mod watching;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use crate::system::editor::edit_text;
pub use crate::system::git_program::GitProgramError;
pub use by_git::{GitJob, GitStep, GitThen};
pub use changes::Changes;
pub use checks::{Checked, ChecksAsked};
pub use elsewhere::{Elsewhere, Place, WayBack};
pub use entries::{Added, EntryAsked};
pub use first::FirstFile;
pub use health::{Health, surroundings};
pub use open::{OpenError, Options, user_config};
pub use planned::Planned;
pub use plans::Plans;
pub use reading::log_tail;
pub use snapshot::{ReleaseSummary, Snapshot};
pub use trust::WantsTrust;
pub use truth::{LedgerAsked, TruthError};
pub use verify::{Verified, VerifyError, repair, verify};
pub use walk::{Stopped, Walked};
pub use watching::Waker;

use crate::config::load::Loaded;
use crate::config::places::{self, PlaceError};
use crate::domain::command::Command;
use crate::domain::decide::decide;
use crate::domain::effect::{Effect, Outcome};
use crate::domain::event::{Fact, Recorded};
use crate::domain::id::{AttemptId, RunId};
use crate::domain::plan::Plan;
use crate::domain::project::ProjectState;
use crate::domain::refusal::Refusal;
use crate::domain::release::ReleaseState;
use crate::domain::run::Run;
use crate::domain::situation::{Observed, Situation};
use crate::domain::usual::Usual;
use crate::domain::version_files::Strays;
use crate::journal::error::StoreError;
use crate::system::attempt::Launched;
use crate::system::git::Git;
use crate::system::identity::Actor;
use crate::system::presence::Presence;
use effects::JobDone;
use record::Record;

/// How often a command is decided again because somebody else was first.
const ROUNDS: u32 = 8;

/// An error with what caused it, in one line: `cannot append to …: no space left on device`.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let said = next.to_string();
        // Some errors say their cause themselves.
        if !words.contains(&said) {
            words = format!("{words}: {said}");
        }
        cause = next.source();
    }
    words
}

/// Why an act was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// A rule says no.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The record cannot be written: nothing was started.
    #[error("{}", with_causes(.0))]
    Journal(#[from] StoreError),
    /// The state directory cannot be used: nothing was recorded.
    #[error("{0}")]
    Place(#[from] PlaceError),
    /// The frozen plan that this goes by cannot be read: nothing was recorded.
    #[error("{why}")]
    Plan {
        /// Which, and why.
        why: String,
        /// What to do about it.
        hint: String,
    },
    /// Something outside failed before anything was recorded.
    #[error("{0}")]
    System(String),
}

/// What an act did.
#[derive(Debug, Clone, Default)]
pub struct Acted {
    /// What a person should know although it is done.
    pub warnings: Vec<String>,
    /// What was recorded, in both journals.
    pub recorded: Vec<Recorded>,
}

/// A session on one project.
#[derive(Debug)]
pub struct Session {
    /// Top of the work tree.
    root: PathBuf,
    git: Git,
    /// This project's directory of state.
    dir: PathBuf,
    /// The project's configuration.
    config: Configured,
    /// The project's file, when it is not `relco.toml` at the top.
    config_path: Option<PathBuf>,
    /// Who operates relco.
    actor: Actor,
    /// Who speaks, when somebody else is named.
    by: Option<String>,
    /// Only this release, when it is named.
    wanted: Option<String>,
    zone: TimeZone,
    /// Announced on the first write, so that a reader leaves no trace.
    presence: Option<Presence>,
    project: Record<ProjectState>,
    releases: Vec<Record<ReleaseState>>,
    /// The release that is meant.
    current: Option<usize>,
    /// The plans that are at hand.
    plans: Plans,
    /// Another release, whose run in production is the newest.
    elsewhere: Option<Arc<Elsewhere>>,
    observed: Observed,
    /// Runs that go on by themselves.
    advance: VecDeque<RunId>,
    jobs: (Sender<JobDone>, Receiver<JobDone>),
    /// How many jobs have not answered.
    jobs_open: usize,
    /// The project's checks that run.
    under_way: check_jobs::UnderWay,
    /// Why the walk stopped last.
    stopped: Option<Refusal>,
    /// Attempts that were asked to stop because they are over their time, and their plan says so.
    over_time: BTreeSet<AttemptId>,
    /// Attempts of which it was asked whether they are applied, because their end is unknown.
    asked_unknown: BTreeSet<AttemptId>,
    /// It stays until a person ends it, and is no command that merely looks.
    stays: bool,
    /// Supervisors that this session started, until they are reaped and what they did is on record.
    launched: BTreeMap<AttemptId, Launched>,
    /// Attempts of which it was said that nobody can look at them.
    unclear: BTreeSet<AttemptId>,
    /// Probes and triggers that are looked at.
    watching: watching::Watching,
    /// What earlier releases left out, read once for each range.
    learnt: Option<changes::Learnt>,
    /// The changelog's check, kept while nothing that it was made from moves.
    told: Option<checks::Told>,
    /// Lines that still say the version before, with what the search was made from.
    strays: Option<(String, Strays)>,
}

/// The configuration as it stands on disk.
#[derive(Debug)]
struct Configured {
    loaded: Loaded,
    plan: Arc<Plan>,
    /// The plan as it would be frozen.
    frozen_text: String,
    frozen_hash: String,
    /// Hash that trust is bound to; none without a project file.
    closure: Option<String>,
    /// Why the file cannot be used, when a frozen plan, or what was read before, stands in for it.
    broken: Option<String>,
}

impl Session {
    /// The plan that holds: that of the run that is under way, else the one frozen at the candidate, else the
    /// configuration's.
    fn plan(&self) -> &Arc<Plan> {
        self.plans.to_show(plans::holding(self.release()))
    }

    /// The plan that a run goes on, and back, with.
    fn plan_of(&self, run: &Run) -> &Arc<Plan> {
        self.plans.to_show(plans::of_run(run).or_else(|| plans::holding(self.release())))
    }

    /// The release that is meant.
    pub fn release(&self) -> Option<&ReleaseState> {
        self.current.and_then(|at| self.releases.get(at)).map(|record| &record.state)
    }

    /// Where the current release keeps its files.
    pub fn release_dir(&self) -> Option<&Path> {
        self.current.and_then(|at| self.releases.get(at)).map(Record::dir)
    }

    /// The project's directory of state.
    pub fn state_dir(&self) -> &Path {
        &self.dir
    }

    /// Top of the work tree.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The repository.
    pub fn git(&self) -> &Git {
        &self.git
    }

    /// Every release on record, for metrics and lists.
    pub fn all_releases(&self) -> impl Iterator<Item = &ReleaseState> {
        self.releases.iter().map(|record| &record.state)
    }

    /// What trusting the configuration allows.
    pub fn loaded(&self) -> &Loaded {
        &self.config.loaded
    }

    /// The hash that trust is bound to; none without a project file.
    pub fn closure(&self) -> Option<&str> {
        self.config.closure.as_deref()
    }

    /// Everything a front end draws, as it is now.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            project_name: self.plan().project.clone(),
            root: self.root.clone(),
            state_dir: self.dir.clone(),
            release_dir: self.release_dir().map(Path::to_owned),
            project: self.project.state.clone(),
            project_records: Arc::clone(&self.project.records),
            release: self.release().cloned(),
            records: self
                .current
                .and_then(|at| self.releases.get(at))
                .map(|record| Arc::clone(&record.records))
                .unwrap_or_default(),
            releases: self.releases.iter().map(|record| ReleaseSummary::of(&record.state)).collect(),
            plan: Arc::clone(self.plan()),
            plans: self.plans.clone(),
            elsewhere: self.elsewhere.clone(),
            observed: self.observed.clone(),
            actor: self.actor.name.clone(),
            by: self.by.clone().unwrap_or_else(|| self.actor.name.clone()),
            session: self.session_id(),
            zone: self.zone.clone(),
            read_only: self.read_only(),
            config_broken: self.config.broken.clone(),
            usual: Arc::new(self.usual()),
            busy: self.has_jobs() || !self.advance.is_empty(),
        }
    }

    /// How long steps usually take, as every release on record tells.
    pub(super) fn usual(&self) -> Usual {
        Usual::of(self.all_releases())
    }

    /// Why nothing can be recorded, if so.
    pub fn read_only(&self) -> Option<String> {
        let current = self.current.and_then(|at| self.releases.get(at)).and_then(Record::read_only);
        current.or_else(|| self.project.read_only()).or_else(|| {
            let open = self.release().filter(|release| release.is_open());
            self.plans.by_hash(plans::holding(open)).err().map(str::to_owned)
        })
    }

    /// The plan that a command is decided under, and whether it may run.
    fn plan_for(&self, command: &Command) -> Result<(&Arc<Plan>, bool), ActError> {
        let hash = plans::for_command(self.release(), command);
        let plan = self.plans.by_hash(hash).map_err(|why| {
            let candidate = self.release().and_then(ReleaseState::commit).unwrap_or("CANDIDATE");
            let short = candidate.get(..7).unwrap_or(candidate);
            let hint = format!("git show {short}:relco.toml > FILE, then relco --config FILE: it stands in for it");
            ActError::Plan { why: why.to_owned(), hint }
        })?;
        Ok((plan, self.plans.trusts(hash)))
    }

    fn session_id(&self) -> crate::domain::id::SessionId {
        match &self.presence {
            Some(presence) => presence.id().clone(),
            None => crate::domain::id::SessionId::new("reader"),
        }
    }

    /// Carries out a command: refresh, observe, decide, append, apply, and then the effects.
    ///
    /// # Errors
    /// [`ActError`]; nothing was started then, and nothing was recorded unless the disk failed between the two
    /// journals: then the project's knows of a release's act that the release does not, such as a lock.
    pub fn act(&mut self, command: &Command) -> Result<Acted, ActError> {
        let first = self.presence.is_none();
        self.announce()?;
        self.observe_for(command);
        for _ in 0..ROUNDS {
            match self.act_once(command) {
                // Somebody else recorded something between reading and writing: decide again on what is so now.
                Err(ActError::Journal(StoreError::Behind)) => {}
                Ok(mut acted) => {
                    acted.warnings.extend(self.doubt().filter(|_| first));
                    return Ok(acted);
                }
                Err(error) => return Err(error),
            }
        }
        Err(ActError::Journal(StoreError::Behind))
    }

    /// What to say when the record names somebody whom nobody vouched for.
    pub fn doubt(&self) -> Option<String> {
        self.actor.doubt()
    }

    fn announce(&mut self) -> Result<(), ActError> {
        if self.presence.is_some() {
            return Ok(());
        }
        places::make_private(&self.dir)?;
        let presence = Presence::announce(&self.dir.join("sessions"))
            .map_err(|source| PlaceError::Io { path: self.dir.clone(), source })?;
        self.presence = Some(presence);
        Ok(())
    }

    fn act_once(&mut self, command: &Command) -> Result<Acted, ActError> {
        let starts = matches!(command, Command::StartRelease { .. });
        // Held to the end: of two who start the same release at once the second one finds it.
        let project_lock = self.project.lock()?;
        self.project.refresh()?;
        if starts {
            self.discover_releases()?;
            self.observe_record();
        }
        let release_lock = match self.current_record() {
            Some(record) if !starts => {
                let lock = record.lock()?;
                record.refresh()?;
                Some(lock)
            }
            _ => None,
        };
        self.thaw_plan();
        let stamp = crate::system::clock::stamp();
        let outcome = self.decide(command, stamp.at, starts)?;
        let Outcome { project, release, effects, warnings } = outcome;
        if matches!(command, Command::SetCandidate { .. }) {
            self.freeze_plan()?;
            self.keep_trust()?;
        }
        let mut acted = Acted { warnings, recorded: Vec::new() };
        let actor = self.actor.clone();
        // The facts of one command stand in two files. What can refuse the second is asked before the first is written.
        if !project.is_empty() {
            self.project.would_take(&stamp, &actor, &project)?;
        }
        let mut new = None;
        match (&release_lock, self.current_record()) {
            _ if release.is_empty() => {}
            (Some(_), Some(record)) => record.would_take(&stamp, &actor, &release)?,
            _ => new = Some(self.new_release(&stamp, &release)?),
        }
        if !project.is_empty() {
            acted.recorded.extend(self.project.append(&project_lock, &stamp, &actor, &project)?);
        }
        let recorded = match (new, &release_lock, self.current_record()) {
            _ if release.is_empty() => Vec::new(),
            (Some(new), _, _) => self.start_release(new, &stamp, &release)?,
            (None, Some(lock), Some(record)) => record.append(lock, &stamp, &actor, &release)?,
            (None, _, _) => Vec::new(),
        };
        acted.recorded.extend(recorded);
        drop((project_lock, release_lock));
        acted.warnings.extend(self.project.rescued());
        acted.warnings.extend(self.current_record().map(Record::rescued).unwrap_or_default());
        self.thaw_plan();
        self.after_append(&acted.recorded);
        acted.warnings.extend(self.start(effects));
        Ok(acted)
    }

    fn decide(&self, command: &Command, now: Timestamp, starts: bool) -> Result<Outcome, ActError> {
        let by = self.by.as_deref().unwrap_or(&self.actor.name);
        let session = self.session_id();
        let (plan, trusted) = self.plan_for(command)?;
        let observed = self.observed.with_trust(trusted);
        let sit = Situation {
            project: &self.project.state,
            release: if starts { None } else { self.release() },
            plan,
            observed: &observed,
            now,
            zone: &self.zone,
            actor: &self.actor.name,
            by,
            session: &session,
        };
        Ok(decide(&sit, command)?)
    }

    fn current_record(&mut self) -> Option<&mut Record<ReleaseState>> {
        self.current.and_then(|at| self.releases.get_mut(at))
    }

    /// Folds on what others appended. Answers whether anything is new.
    ///
    /// # Errors
    /// When a journal cannot be read any more.
    pub fn refresh(&mut self) -> Result<bool, ActError> {
        let mut new = self.project.refresh()?;
        for record in &mut self.releases {
            new |= record.refresh()?;
        }
        new |= self.discover_releases()?;
        if new {
            self.thaw_plan();
            self.observe_record();
        }
        Ok(new)
    }

    fn after_append(&mut self, recorded: &[Recorded]) {
        self.observe_record();
        let moved = recorded.iter().any(|one| {
            matches!(
                one.fact,
                Fact::ReleaseStarted { .. }
                    | Fact::CandidateSet { .. }
                    | Fact::ChangeExcluded { .. }
                    | Fact::ChangeIncluded { .. }
            )
        });
        if moved {
            self.observe_outside();
        }
    }

    /// Whether this is a drill: a record of its own, nothing is run, nobody is told.
    pub fn is_drill(&self) -> bool {
        self.observed.drill
    }

    /// Refuses what would change the project's files in a drill.
    fn no_drill(&self, what: &str) -> Result<(), Refusal> {
        match self.observed.drill {
            true => Err(Refusal::new(format!("this is a drill: {what}"))),
            false => Ok(()),
        }
    }

    /// Whether a command could be carried out now; pure, nothing is read again.
    ///
    /// # Errors
    /// The refusal that [`Session::act`] would give.
    pub fn dry_run(&self, command: &Command) -> Result<Outcome, Refusal> {
        self.snapshot().dry_run(crate::system::clock::now(), command)
    }

    /// Why the walk of a run stopped last, taken once.
    pub fn take_stopped(&mut self) -> Option<Refusal> {
        self.stopped.take()
    }

    fn start(&mut self, effects: Vec<Effect>) -> Vec<String> {
        effects.into_iter().filter_map(|effect| self.start_effect(effect)).collect()
    }
}
