//! The way back in another release: what runs in production may be another release's than the one that is meant.
//!
//! It only looks, and never writes into the other record: to roll back there, a session is opened on it. Enter at
//! [`Session::open_at`] and [`Snapshot::ways_back`].

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use super::open::{OpenError, Options};
use super::{Session, Snapshot};
use crate::domain::decide::rollback::target;
use crate::domain::id::{EnvName, RunId};
use crate::domain::plan::Plan;
use crate::domain::release::ReleaseState;

/// Another release, whose run in production is the newest of all.
#[derive(Debug, Clone)]
pub struct Elsewhere {
    /// Where its record lies.
    pub dir: PathBuf,
    /// What its record says.
    pub release: ReleaseState,
    /// The plan under which that run was started.
    pub plan: Arc<Plan>,
    /// Its name.
    pub plan_hash: String,
}

/// Which release is meant, and where its record lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its version.
    pub version: String,
    /// The directory of its record.
    pub dir: PathBuf,
}

/// A run that can be rolled back.
#[derive(Debug, Clone)]
pub struct WayBack {
    /// What is known, with the release and the plan of that run.
    pub snapshot: Snapshot,
    /// Where.
    pub env: EnvName,
    /// The run that would be taken back.
    pub run: RunId,
    /// Its release, when it is another one than the one that is meant.
    pub elsewhere: Option<Place>,
}

impl Session {
    /// Opens a project on a release, also one that is over: that of this version whose record lies there.
    ///
    /// # Errors
    /// As [`Session::open_unchecked`].
    pub fn open_at(options: &Options, place: &Place) -> Result<Self, OpenError> {
        let mut session = Self::open_unchecked(&Options { release: Some(place.version.clone()), ..options.clone() })?;
        if let Some(at) = session.releases.iter().position(|record| record.dir() == place.dir) {
            session.turn_to(at)?;
        }
        Ok(session)
    }

    /// Finds the release whose run in production is the newest, and reads the plan of that run.
    pub(super) fn find_elsewhere(&mut self) {
        self.elsewhere = self.newest_elsewhere();
    }

    fn newest_elsewhere(&mut self) -> Option<Arc<Elsewhere>> {
        let production = self.plan().production()?.name.clone();
        let newest = |at: &usize| {
            let release = &self.releases.get(*at)?.state;
            release.runs.iter().rev().find(|run| run.env == production).map(|run| run.started)
        };
        let at = (0..self.releases.len()).filter(|at| newest(at).is_some()).max_by_key(newest)?;
        if self.current.is_none_or(|current| current == at) {
            return None;
        }
        let record = self.releases.get(at)?;
        if let Some(kept) = &self.elsewhere
            && kept.dir == record.dir()
            && kept.release.seq == record.state.seq
        {
            return Some(Arc::clone(kept));
        }
        let run = record.state.runs.iter().rev().find(|run| run.env == production)?;
        // One that cannot be read does not hide that there is a way back: a session on that release says what is wrong.
        let plan = self.plans.elsewhere(record.dir(), &run.plan_hash);
        let plan_hash = run.plan_hash.clone();
        Some(Arc::new(Elsewhere { dir: record.dir().to_owned(), release: record.state.clone(), plan, plan_hash }))
    }
}

impl Snapshot {
    /// Every run that can be rolled back now, the likeliest first: the run that is under way, what runs in production,
    /// also when that is another release's.
    pub fn ways_back(&self, now: Timestamp) -> Vec<WayBack> {
        let production = self.plan.production().map(|env| env.name.clone());
        let open = self.release.as_ref().and_then(|release| release.any_open_run()).map(|run| run.env.clone());
        let mut ways: Vec<WayBack> = Vec::new();
        for env in open.into_iter().chain(production.clone()) {
            let snapshot = self.for_rollback(&env);
            let run = target(&snapshot.situation(now), &env).map(|(_, run)| run.id.clone());
            if let Ok(run) = run
                && !ways.iter().any(|way| way.env == env)
            {
                ways.push(WayBack { snapshot, env, run, elsewhere: None });
            }
        }
        if let (Some(other), Some(env)) = (&self.elsewhere, production) {
            let snapshot = Snapshot {
                release: Some(other.release.clone()),
                release_dir: Some(other.dir.clone()),
                plan: Arc::clone(&other.plan),
                plans: self.plans.with(&other.plan_hash, &other.plan),
                ..self.clone()
            };
            let run = target(&snapshot.situation(now), &env).map(|(_, run)| run.id.clone());
            if let Ok(run) = run {
                // What this release changed there was run before, and the other one's run changed it since.
                ways.retain(|way| way.env != env);
                let place = Place { version: other.release.version.clone(), dir: other.dir.clone() };
                ways.push(WayBack { snapshot, env, run, elsewhere: Some(place) });
            }
        }
        ways
    }
}
