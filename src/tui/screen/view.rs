//! What every pane asks for, found out once per picture: blockers, gates, the run in question, who watches it.
//!
//! Enter at [`View::new`].

use std::time::Duration;

use ratatui::style::Style;

use super::Shown;
use super::words;
use crate::domain::event::Fact;
use crate::domain::id::{EnvName, Role as Job};
use crate::domain::incident::Incident;
use crate::domain::plan::Danger;
use crate::domain::readiness::{Blocker, blockers};
use crate::domain::release::ReleaseState;
use crate::domain::run::{Attempt, Run, RunPurpose};
use crate::domain::situation::Situation;
use crate::domain::status::{self, GateRow};
use crate::tui::theme::{Role, Theme};

/// Who advances the open run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Watcher {
    /// No run is open.
    NoRun,
    /// This session.
    Here,
    /// Another session that lives, and whose it is.
    Elsewhere(String),
    /// Nobody: the session that did is gone.
    Nobody,
}

/// The picture's facts.
pub struct View<'a> {
    /// What is shown.
    pub shown: &'a Shown<'a>,
    /// Colours and glyphs.
    pub theme: &'a Theme,
    /// The situation in which rules judge it.
    pub sit: Situation<'a>,
    /// The release, if there is one.
    pub release: Option<&'a ReleaseState>,
    /// What stands between the release and production.
    pub blockers: Vec<Blocker>,
    /// The gates.
    pub gates: Vec<GateRow>,
    /// The run that the list shows.
    pub run: Option<&'a Run>,
    /// Who advances it.
    pub watcher: Watcher,
    /// The open incident, of the release or of the project.
    pub incident: Option<&'a Incident>,
}

impl<'a> View<'a> {
    /// Finds everything out.
    pub fn new(shown: &'a Shown<'a>) -> Self {
        let sit = shown.snapshot.situation(shown.now);
        let release = shown.snapshot.release.as_ref();
        let listed = shown.listing.rows.iter().find_map(|row| row.run.as_ref());
        let run = release.and_then(|release| listed.and_then(|id| release.run(id)).or_else(|| release.any_open_run()));
        let of_release = release.and_then(ReleaseState::open_incident);
        let mut view = Self {
            shown,
            theme: shown.theme,
            sit,
            release,
            blockers: blockers(&sit),
            gates: status::gates(&sit),
            run,
            watcher: Watcher::NoRun,
            incident: of_release.or_else(|| shown.snapshot.project.open_incident()),
        };
        view.watcher = view.watcher_of_run();
        view
    }

    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// Foreign text made safe.
    pub fn clean(&self, foreign: &str) -> String {
        words::clean(foreign, self.theme.glyphs)
    }

    /// How the screen calls a person.
    pub fn person(&self, identity: &str) -> String {
        words::person(identity, self.theme.glyphs)
    }

    /// The run that is under way.
    pub fn open_run(&self) -> Option<&'a Run> {
        self.run.filter(|run| run.is_open())
    }

    /// The open run's environment as the screen names it: upper case where people depend on it.
    pub fn environment(&self) -> Option<(String, Role)> {
        self.open_run().map(|run| self.environment_words(&run.env))
    }

    /// An environment's name and the role of its colour.
    pub fn environment_words(&self, env: &EnvName) -> (String, Role) {
        let name = self.clean(env.as_str());
        if self.is_danger(env) {
            (name.to_uppercase(), Role::EnvironmentDanger)
        } else {
            (name, Role::EnvironmentNormal)
        }
    }

    /// Whether a run is open where people depend on it.
    pub fn in_danger(&self) -> bool {
        self.open_run().is_some_and(|run| self.is_danger(&run.env))
    }

    fn is_danger(&self, env: &EnvName) -> bool {
        let plan = self.sit.plan;
        plan.is_production(env) || plan.environment(env).is_some_and(|env| env.danger == Danger::Typed)
    }

    /// The attempt that runs in the open run.
    pub fn running(&self) -> Option<&'a Attempt> {
        let run = self.open_run()?;
        self.release?.running().find(|attempt| attempt.run == run.id)
    }

    /// How long a slot usually takes, as the releases on record tell.
    pub fn usual(&self, run: &Run, slot: &crate::domain::id::ItemId) -> Option<Duration> {
        self.shown.snapshot.usual.slot(run, slot)
    }

    /// How the screen calls whoever holds a role: names where the project says them, else the role.
    pub fn holder(&self, job: &Job) -> String {
        let people = self.sit.plan.people.get(job).map(Vec::as_slice).unwrap_or_default();
        match people.first() {
            Some(first) => self.person(first),
            None => self.clean(job.as_str()),
        }
    }

    /// The rollback that is proposed for the deployment that the list shows, and was not answered yet.
    pub fn proposed(&self) -> Option<&'a crate::domain::release::Fired> {
        // Also of one that is over: what is out can turn bad at any time.
        let run = self.run.filter(|run| run.purpose == RunPurpose::Deployment)?;
        self.release?.fired.iter().rev().find(|one| one.run.as_ref() == Some(&run.id) && one.answered.is_none())
    }

    fn watcher_of_run(&self) -> Watcher {
        let Some(run) = self.open_run() else { return Watcher::NoRun };
        match &run.conductor {
            Some(session) if *session == self.shown.snapshot.session => Watcher::Here,
            Some(session) if self.sit.observed.sessions.contains(session) => {
                let given = self.shown.snapshot.records.iter().rev().find(|record| {
                    matches!(&record.fact, Fact::RunConductor { run: of, session: to, .. } if *of == run.id && to == session)
                });
                Watcher::Elsewhere(given.map_or_else(|| "another terminal".to_owned(), |rec| self.person(&rec.actor)))
            }
            _ => Watcher::Nobody,
        }
    }
}
