//! What both front ends ask for in one go: candidate, tag, versions, watching, a text in the person's editor.

use std::path::PathBuf;

use semver::Version;

use super::{ActError, Acted, Session};
use crate::domain::command::Command;

impl Session {
    /// Sets the commit of a revision as the candidate.
    ///
    /// # Errors
    /// When the revision names no commit, or the rules refuse it.
    pub fn candidate_from(&mut self, rev: &str) -> Result<Acted, ActError> {
        let commit = self.resolve(rev).map_err(|error| ActError::System(error.to_string()))?;
        self.observe_outside();
        let head = self.observed.head.as_ref();
        let branch = head.filter(|head| head.commit == commit).and_then(|head| head.branch.clone());
        self.act(&Command::SetCandidate { commit, branch })
    }

    /// Writes a version to every configured place, or to none, and looks again.
    ///
    /// # Errors
    /// When it is no version, or a place cannot be written; the files are as they were then.
    pub fn write_versions(&mut self, version: &str) -> Result<Vec<String>, ActError> {
        self.no_drill("no file is written")?;
        let system = |error: &dyn std::fmt::Display| ActError::System(error.to_string());
        let version = Version::parse(version).map_err(|error| system(&error))?;
        let plan = self.plan_versions(&version).map_err(|error| system(&error))?;
        self.set_versions(&plan).map_err(|error| system(&error))?;
        self.observe_outside();
        Ok(vec![format!("version {version} written: commit it, then set the candidate")])
    }

    /// Calls `on_change` whenever something changes in these directories, until it answers `false`.
    pub fn watch(&self, dirs: &[PathBuf], on_change: impl FnMut() -> bool + Send + 'static) {
        crate::system::watch::watch(dirs, on_change);
    }
}
