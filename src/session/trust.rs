//! Trust as the session asks for it: what a person would allow, and their word for it.
//!
//! Two texts can want it: the project's file as it lies there now, and a plan that was frozen from another text. Each
//! is allowed by its own hash, and only when it was shown. Enter at [`Session::wants_trust`] and
//! [`Session::grant_trust`].

use super::{ActError, Session, plans};
use crate::config::trust::{self, Allowed, Grant, Verdict};
use crate::config::{freeze, places};
use crate::system::clock;

/// A text that a person did not allow yet, and that would do something.
#[derive(Debug, Clone, PartialEq)]
pub struct WantsTrust {
    /// The frozen plan's candidate or run, in words; none for the project's file.
    pub frozen: Option<String>,
    /// The hash that a grant would name.
    pub hash: String,
    /// Everything that it would allow.
    pub allows: Vec<Allowed>,
}

impl Session {
    /// Finds out again what may run.
    pub(super) fn observe_trust(&mut self) {
        // What cannot be read grants nothing.
        let grants = trust::read_grants(&self.dir.join(trust::FILE_NAME)).unwrap_or_default();
        self.plans.learn_trust(self.config.closure.as_deref(), &grants);
        let holding = plans::holding(self.release());
        self.observed.trusted = self.plans.trusts(holding);
    }

    /// Whether what the project's file says now may run.
    pub fn trusts_file(&self) -> bool {
        self.plans.trusts(None)
    }

    /// The project's file has nothing that a person could allow.
    pub fn asks_for_nothing(&self) -> bool {
        self.config.broken.is_none() && trust::asks_for_nothing(&self.config.plan)
    }

    /// Every text that would be asked about: the project's file, and what was frozen from another text and is to run.
    pub fn wants_trust(&self) -> Vec<WantsTrust> {
        let mut all = Vec::new();
        if let Some(closure) = self.config.closure.as_ref().filter(|_| !self.trusts_file()) {
            all.push(WantsTrust { frozen: None, hash: closure.clone(), allows: self.config.loaded.allows.clone() });
        }
        let Some(release) = self.release().filter(|release| release.is_open()) else { return all };
        let candidate = release.candidate.as_ref().map(|candidate| {
            let short = candidate.commit.get(..7).unwrap_or(&candidate.commit);
            (plans::of_candidate(release), format!("the plan that was frozen with candidate {short}"))
        });
        let run = release.any_open_run().map(|run| (plans::of_run(run), format!("the plan that {} goes by", run.id)));
        for (hash, what) in candidate.into_iter().chain(run) {
            let Some(hash) = hash.filter(|hash| !self.plans.is_configured(hash)) else { continue };
            if self.plans.trusts(Some(hash)) || all.iter().any(|one| one.hash == hash) {
                continue;
            }
            // One that cannot be read cannot run either.
            let Ok(plan) = self.plans.by_hash(Some(hash)) else { continue };
            all.push(WantsTrust { frozen: Some(what), hash: hash.to_owned(), allows: freeze::allows(plan) });
        }
        all
    }

    /// Reads the file again for somebody who is about to be shown what trust would allow; gives the hashes of all that
    /// wants it. What is allowed afterwards is what was shown, whatever the file says by then.
    pub fn look_at_trust(&mut self) -> Vec<String> {
        self.read_again();
        self.wants_trust().into_iter().map(|one| one.hash).collect()
    }

    /// Records that these texts may run, each by its hash, of those that were shown. The file is read again first, so
    /// that what nobody saw is not let through.
    ///
    /// # Errors
    /// When none of them is asked about any more, or the grant cannot be written.
    pub fn grant_trust(&mut self, shown: &[String]) -> Result<(), ActError> {
        self.no_drill("nothing is trusted")?;
        self.read_again();
        self.observe_trust();
        let wanted = self.wants_trust();
        if wanted.is_empty() {
            return Ok(());
        }
        let granted: Vec<&WantsTrust> = wanted.iter().filter(|one| shown.contains(&one.hash)).collect();
        if granted.is_empty() {
            let now: Vec<&str> = wanted.iter().map(|one| one.hash.as_str()).collect();
            let what = format!("the configuration's hash is {} now: nothing was trusted", now.join(", "));
            return Err(ActError::System(what));
        }
        places::make_private(&self.dir)?;
        let (at, by) = (clock::now(), self.actor.name.clone());
        let mut hashes: Vec<&str> = granted.iter().map(|one| one.hash.as_str()).collect();
        // The file's plan by its own name too, so that it may go on once it is frozen and the file says something else.
        if granted.iter().any(|one| one.frozen.is_none()) {
            hashes.push(&self.config.frozen_hash);
        }
        for hash in hashes {
            self.add_grant(&Grant { hash: hash.to_owned(), verdict: Verdict::Allow, at, by: by.clone() })?;
        }
        self.observe_record();
        Ok(())
    }

    fn add_grant(&self, grant: &Grant) -> Result<(), ActError> {
        trust::add_grant(&self.dir.join(trust::FILE_NAME), grant).map_err(|error| ActError::System(error.to_string()))
    }

    /// What is frozen from a trusted file stays trusted by its own name. One file gives another plan when the repository
    /// around it changes: a changelog that is found, the names of tags.
    pub(super) fn keep_trust(&self) -> Result<(), ActError> {
        let Some(closure) = &self.config.closure else { return Ok(()) };
        let Ok(grants) = trust::read_grants(&self.dir.join(trust::FILE_NAME)) else { return Ok(()) };
        match grants.on(closure) {
            Some(said) if !grants.allow(&self.config.frozen_hash) => {
                self.add_grant(&Grant { hash: self.config.frozen_hash.clone(), ..said.clone() })
            }
            _ => Ok(()),
        }
    }
}
