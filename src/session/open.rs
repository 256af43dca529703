//! Opening a project: where it is, what its configuration says, which releases are on record. Runs nothing of it.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::channel;

use super::plans::{self, BLOBS, Plans};
use super::record::{Opening, Record};
use super::{ActError, Configured, Session};
use crate::config::error::ConfigError;
use crate::config::freeze;
use crate::config::load::{self, CHANGELOG, FILE_NAME, Found, Loaded, Source};
use crate::config::places::{self, PlaceError, Surroundings};
use crate::config::read::MOST_BYTES;
use crate::config::trust;
use crate::domain::event::Fact;
use crate::domain::id::RunId;
use crate::domain::plan::Plan;
use crate::domain::project::ProjectState;
use crate::domain::release::ReleaseState;
use crate::domain::situation::Observed;
use crate::domain::time::Stamp;
use crate::journal::blobs;
use crate::journal::error::StoreError;
use crate::journal::lock::LockGuard;
use crate::system::git::{Git, GitError};
use crate::system::identity;
use crate::system::ordinary;
use crate::system::versions::{found_at_top, homes, names_version_files};

/// The journal's file name, in a release's directory.
pub(super) const JOURNAL: &str = "journal.toml";
/// The project's journal.
pub(super) const PROJECT: &str = "project.toml";
/// Where the record of drills lies, in the project's directory of state.
const DRILL: &str = "drill";

/// How to open a project.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The project; the working directory when not said.
    pub project: Option<PathBuf>,
    /// Where relco keeps its state.
    pub state_dir: Option<PathBuf>,
    /// Which release; implied when one is open.
    pub release: Option<String>,
    /// The project's file, when it is not `relco.toml` at the top.
    pub config: Option<PathBuf>,
    /// Who speaks, when it is not who operates.
    pub by: Option<String>,
    /// A drill: with a record of its own; nothing is run and nobody is told.
    pub drill: bool,
    /// What is wanted is about no release: several open ones are no question then.
    pub of_none: bool,
}

/// Why a project cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No repository, or one that cannot be read.
    #[error("{0}")]
    Git(#[from] GitError),
    /// Nothing can be deployed from it.
    #[error("the repository is bare: run relco in a clone with files")]
    Bare,
    /// The configuration is wrong.
    #[error("{0}")]
    Config(#[from] ConfigError),
    /// The configuration cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The state directory cannot be used.
    #[error("{0}")]
    Place(#[from] PlaceError),
    /// A journal cannot be read.
    #[error("{}", super::with_causes(.0))]
    Journal(#[from] StoreError),
    /// Several releases are open and none was named.
    #[error("several releases are open: {}", .0.join(", "))]
    Several(Vec<String>),
    /// There is no record of that release.
    #[error("there is no record of release {0}")]
    NoRelease(String),
}

impl OpenError {
    /// Whether it is about usage or configuration, rather than about the record or the machine.
    pub fn is_usage(&self) -> bool {
        match self {
            OpenError::Git(_)
            | OpenError::Bare
            | OpenError::Config(_)
            | OpenError::Several(_)
            | OpenError::NoRelease(_) => true,
            OpenError::Unreadable { .. } | OpenError::Place(_) | OpenError::Journal(_) => false,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            OpenError::Git(error) => error.hint(),
            OpenError::Several(versions) => {
                versions.first().map(|version| format!("relco --release {version} …, or RELCO_RELEASE={version}"))
            }
            OpenError::NoRelease(_) => Some("relco release list".to_owned()),
            OpenError::Place(error) => Some(error.hint().to_owned()),
            OpenError::Journal(error) => error.hint().map(str::to_owned),
            OpenError::Bare | OpenError::Config(_) | OpenError::Unreadable { .. } => None,
        }
    }
}

impl Session {
    /// Opens a project. Nothing is written, and nothing of the project is run.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(options: &Options) -> Result<Self, OpenError> {
        let mut session = Self::open_unchecked(options)?;
        session.make_own_checks();
        Ok(session)
    }

    /// Opens a project for whoever wants to show it at once: relco's own checks, which read history, are still to be
    /// made by [`Session::observe_outside`], and say so until then.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub fn open_unchecked(options: &Options) -> Result<Self, OpenError> {
        let start = options.project.clone().unwrap_or_else(|| PathBuf::from("."));
        let git = Git::discover(&start)?;
        // Without the slash that git leaves at its end: the path is shown.
        let root: PathBuf = git.root().ok_or(OpenError::Bare)?.components().collect();
        let common_dir = git.common_dir()?;
        let ((loaded, closure), broken) = match read_config(&root, options.config.as_deref(), &git) {
            Ok(read) => (read, None),
            // A release under way goes on with its frozen plan: a broken file must not hold up a rollback.
            Err(OpenError::Config(error)) => ((understood(None, &root, &git)?, None), Some(error)),
            Err(error) => return Err(error),
        };
        let config = configured(loaded, closure);
        let state_root = state_root(options)?;
        let dir = places::project_dir(&state_root, &config.plan.project, &common_dir)?;
        let dir = if options.drill { dir.join(DRILL) } else { dir };
        // Where nothing could ever be recorded, somebody should know before the first decision.
        places::can_be_made(&dir)?;
        let opening =
            Opening { project: config.plan.project.clone(), repository: common_dir.to_string_lossy().into_owned() };
        let project: Record<ProjectState> = Record::open(dir.join(PROJECT), opening)?;
        let actor = identity::actor(Some(&git));
        let plans = Plans::new(Arc::clone(&config.plan), config.frozen_hash.clone());
        let mut session = Session {
            root,
            git,
            dir,
            config,
            config_path: options.config.clone(),
            actor,
            by: options.by.clone().filter(|by| !by.trim().is_empty()),
            wanted: options.release.clone().filter(|version| !version.trim().is_empty()),
            zone: crate::system::clock::zone(),
            presence: None,
            project,
            releases: Vec::new(),
            current: None,
            plans,
            elsewhere: None,
            observed: Observed { drill: options.drill, ..Observed::default() },
            advance: VecDeque::<RunId>::new(),
            jobs: channel(),
            jobs_open: 0,
            under_way: super::check_jobs::UnderWay::default(),
            stopped: None,
            over_time: std::collections::BTreeSet::new(),
            asked_unknown: std::collections::BTreeSet::new(),
            stays: false,
            launched: std::collections::BTreeMap::new(),
            unclear: std::collections::BTreeSet::new(),
            watching: super::watching::Watching::default(),
            learnt: None,
            strays: None,
            told: None,
        };
        session.discover_releases().map_err(act_to_open)?;
        match session.pick_release() {
            Err(OpenError::Several(_)) if options.of_none => {}
            picked => picked?,
        }
        session.thaw_plan();
        if let Some(error) = broken {
            let holding = plans::holding(session.release());
            if holding.is_none() || session.plans.by_hash(holding).is_err() {
                return Err(OpenError::Config(error));
            }
            session.config.broken = Some(error.to_string());
        }
        session.observe_record();
        session.observe_repository();
        session.observed.checks = session.checks_to_come();
        Ok(session)
    }

    fn opening(&self) -> Opening {
        let repository = self.git.common_dir().map(|dir| dir.to_string_lossy().into_owned()).unwrap_or_default();
        Opening { project: self.config.plan.project.clone(), repository }
    }

    /// Finds releases that were started since. Answers whether there is a new one.
    pub(super) fn discover_releases(&mut self) -> Result<bool, ActError> {
        let Ok(entries) = std::fs::read_dir(&self.dir) else { return Ok(false) };
        let mut found: Vec<PathBuf> =
            entries.flatten().map(|entry| entry.path().join(JOURNAL)).filter(|path| path.is_file()).collect();
        found.retain(|path| !self.releases.iter().any(|record| Some(record.dir()) == path.parent()));
        if found.is_empty() {
            return Ok(false);
        }
        found.sort();
        for path in found {
            let record: Record<ReleaseState> = Record::open(path, self.opening())?;
            // A journal without its start was cut off while it was made: there is no release in it yet.
            if !record.state.version.is_empty() || record.read_only().is_some() {
                self.releases.push(record);
            }
        }
        let meant = self.current.and_then(|at| self.releases.get(at)).map(|record| record.dir().to_owned());
        self.releases.sort_by(|a, b| (a.state.started, a.dir()).cmp(&(b.state.started, b.dir())));
        self.current = meant.and_then(|dir| self.releases.iter().position(|record| record.dir() == dir));
        if self.current.is_none() {
            // A release that somebody else just started is the one that is meant, when it is the only one.
            let _ = self.pick_release();
        }
        Ok(true)
    }

    /// Which release is meant: the named one; else the only open one; else the last one, if it is the only thing
    /// there is to look at.
    pub(super) fn pick_release(&mut self) -> Result<(), OpenError> {
        if let Some(wanted) = &self.wanted {
            let wanted = wanted.trim_start_matches('v');
            let at = self.releases.iter().rposition(|record| record.state.version == wanted);
            self.current = Some(at.ok_or_else(|| OpenError::NoRelease(wanted.to_owned()))?);
            return Ok(());
        }
        let open: Vec<usize> =
            self.releases.iter().enumerate().filter(|(_, record)| record.state.is_open()).map(|(at, _)| at).collect();
        self.current = match open.as_slice() {
            [] => self.releases.len().checked_sub(1),
            [only] => Some(*only),
            several => {
                let versions = several.iter().filter_map(|at| self.releases.get(*at));
                return Err(OpenError::Several(versions.map(|record| record.state.version.clone()).collect()));
            }
        };
        Ok(())
    }

    /// Reads the plans that the current release names. One that cannot be read stands in the way of what wants it, and
    /// of nothing else.
    pub(super) fn thaw_plan(&mut self) {
        let record = self.current.and_then(|at| self.releases.get(at));
        self.plans.thaw(record.map(Record::dir), record.map(|record| &record.state));
        self.find_elsewhere();
    }

    /// Reads the project's file again: a session may stay while it is written. What cannot be understood changes nothing
    /// but that it is said.
    pub fn read_again(&mut self) {
        let read = read_config(&self.root, self.config_path.as_deref(), &self.git)
            .map(|(loaded, closure)| configured(loaded, closure));
        match read {
            Ok(config) => {
                self.config = config;
                self.plans.configure(Arc::clone(&self.config.plan), self.config.frozen_hash.clone());
                self.thaw_plan();
                self.observe_trust();
            }
            Err(error) => self.config.broken = Some(error.to_string()),
        }
    }

    /// Means this release from now on.
    pub(super) fn turn_to(&mut self, at: usize) -> Result<(), OpenError> {
        self.current = Some(at);
        self.thaw_plan();
        self.observe_record();
        Ok(())
    }

    /// Puts the present plan where the event that is about to name it can be read with it.
    pub(super) fn freeze_plan(&mut self) -> Result<(), ActError> {
        let text = self.config.frozen_text.clone();
        self.put_blob(text.as_bytes()).map(drop)
    }

    /// Keeps a text beside the current release's journal; durable when this returns.
    ///
    /// # Errors
    /// When it cannot be written, or there is no release.
    pub fn put_blob(&self, bytes: &[u8]) -> Result<String, ActError> {
        let dir = self.release_dir().ok_or_else(|| ActError::System("no release is open".to_owned()))?;
        blobs::put(&dir.join(BLOBS), bytes).map_err(|error| ActError::System(error.to_string()))
    }

    /// A text kept beside the current release's journal.
    pub fn blob(&self, name: &str) -> Option<String> {
        let bytes = blobs::get(&self.release_dir()?.join(BLOBS), name).ok()?;
        String::from_utf8(bytes).ok()
    }

    /// Makes the journal of a new release, with nothing in it yet that anybody takes for a release, and takes its lock;
    /// its directory is the version, or `version.2` when that is taken.
    pub(super) fn new_release(
        &self,
        stamp: &Stamp,
        facts: &[Fact],
    ) -> Result<(Record<ReleaseState>, LockGuard), ActError> {
        let version = started_version(facts)?;
        let mut number = 1;
        loop {
            let dir = match number {
                1 => self.dir.join(&version),
                _ => self.dir.join(format!("{version}.{number}")),
            };
            number += 1;
            places::make_private(&dir)?;
            let mut record: Record<ReleaseState> = Record::open(dir.join(JOURNAL), self.opening())?;
            // One that was cut off before its start holds no release, and is as good as a new one.
            if !record.state.version.is_empty() || record.read_only().is_some() {
                continue;
            }
            let lock = record.lock()?;
            record.make(&lock, stamp, &self.actor)?;
            record.would_take(stamp, &self.actor, facts)?;
            return Ok((record, lock));
        }
    }

    /// Records the start of a release in its new journal; it is the one that is meant from then on.
    pub(super) fn start_release(
        &mut self,
        (mut record, lock): (Record<ReleaseState>, LockGuard),
        stamp: &Stamp,
        facts: &[Fact],
    ) -> Result<Vec<crate::domain::event::Recorded>, ActError> {
        let recorded = record.append(&lock, stamp, &self.actor, facts)?;
        self.releases.push(record);
        self.current = Some(self.releases.len() - 1);
        self.wanted = Some(started_version(facts)?);
        Ok(recorded)
    }
}

/// The version of the release that these facts start.
fn started_version(facts: &[Fact]) -> Result<String, ActError> {
    let version = facts.iter().find_map(|fact| match fact {
        Fact::ReleaseStarted { version, .. } => Some(version.clone()),
        _ => None,
    });
    version.ok_or_else(|| ActError::System("no release is open".to_owned()))
}

fn act_to_open(error: ActError) -> OpenError {
    match error {
        ActError::Journal(error) => OpenError::Journal(error),
        ActError::Place(error) => OpenError::Place(error),
        ActError::Refused(refusal) => OpenError::NoRelease(refusal.what),
        ActError::System(why) | ActError::Plan { why, .. } => {
            OpenError::Unreadable { path: PathBuf::from(PROJECT), source: std::io::Error::other(why) }
        }
    }
}

pub(super) fn state_root(options: &Options) -> Result<PathBuf, PlaceError> {
    with_surroundings(options.state_dir.as_deref(), places::state_root)
}

/// Where the user's own settings stand; none without a home.
pub fn user_config() -> Option<PathBuf> {
    with_surroundings(None, places::user_config)
}

fn with_surroundings<T>(state_dir_flag: Option<&Path>, ask: impl FnOnce(&Surroundings<'_>) -> T) -> T {
    let working_dir = std::env::current_dir().ok();
    let variable = |name: &str| std::env::var_os(name);
    let (relco, state, config, home) =
        (variable("RELCO_STATE_DIR"), variable("XDG_STATE_HOME"), variable("XDG_CONFIG_HOME"), variable("HOME"));
    ask(&Surroundings {
        state_dir_flag,
        relco_state_dir: relco.as_deref(),
        xdg_state_home: state.as_deref(),
        xdg_config_home: config.as_deref(),
        home: home.as_deref(),
        working_dir: working_dir.as_deref(),
    })
}

fn found(root: &Path, directory: &str) -> Found {
    Found {
        directory: directory.to_owned(),
        changelog: root.join(CHANGELOG).is_file(),
        version_files: found_at_top(root),
    }
}

fn configured(loaded: Loaded, closure: Option<String>) -> Configured {
    let frozen_text = freeze::freeze(&loaded.plan);
    let frozen_hash = freeze::plan_hash(&frozen_text);
    let plan: Arc<Plan> = Arc::new(loaded.plan.clone());
    Configured { loaded, plan, frozen_text, frozen_hash, closure, broken: None }
}

/// What the project's file says, or the default without one. What it leaves out is asked of the repository: release tags
/// are named as the newest ones are, and the version stands where the newest of them says that it does.
fn understood(source: Option<Source<'_>>, root: &Path, git: &Git) -> Result<Loaded, OpenError> {
    let directory = git.project_name();
    let top = found(root, &directory);
    let mut loaded = load::load(source, &top)?;
    let guessed = if loaded.names_tags { None } else { git.guess_tag_pattern()? };
    let tags = guessed.clone().or_else(|| loaded.plan.tag.parse().ok()).unwrap_or_default();
    let text = source.and_then(|source| std::str::from_utf8(source.bytes).ok());
    if !text.is_some_and(names_version_files) {
        let version_files = homes(git, root, &directory, &tags);
        if version_files != top.version_files {
            loaded = load::load(source, &Found { version_files, ..top })?;
        }
    }
    if let Some(guessed) = guessed {
        loaded.plan.tag = guessed.to_string();
    }
    Ok(loaded)
}

/// What the project's file says, and the hash that trust in it is bound to.
fn read_config(root: &Path, given: Option<&Path>, git: &Git) -> Result<(Loaded, Option<String>), OpenError> {
    let path = given.map_or_else(|| root.join(FILE_NAME), Path::to_owned);
    let bytes = match ordinary::read(&path, MOST_BYTES) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && given.is_none() => None,
        Err(source) => return Err(OpenError::Unreadable { path, source }),
        Ok(bytes) => Some(bytes),
    };
    let name = given.map_or_else(|| FILE_NAME.to_owned(), |given| given.display().to_string());
    let source = bytes.as_deref().map(|bytes| Source { name: &name, bytes });
    let loaded = understood(source, root, git)?;
    let closure = bytes.as_deref().map(|bytes| trust::closure_hash(&[(FILE_NAME, bytes)]));
    Ok((loaded, closure))
}
