//! What both front ends ask for in one go: candidate, tag, versions, watching, a text in the person's editor.

use std::path::PathBuf;

use semver::Version;

use super::{ActError, Acted, Session};
use crate::config::load::FILE_NAME;
use crate::domain::command::Command;
use crate::domain::refusal::Refusal;
use crate::domain::repo_path::RepoPath;

impl Session {
    /// Sets the commit of a revision as the candidate.
    ///
    /// # Errors
    /// When the revision names no commit, or the rules refuse it.
    pub fn candidate_from(&mut self, rev: &str) -> Result<Acted, ActError> {
        let commit = self.resolve(rev).map_err(|error| ActError::System(error.to_string()))?;
        self.observe_outside();
        self.is_own_file(&commit)?;
        let head = self.observed.head.as_ref();
        let branch = head.filter(|head| head.commit == commit).and_then(|head| head.branch.clone());
        self.act(&Command::SetCandidate { commit, branch })
    }

    /// Whether the file that would be frozen is the one that this commit has: what a release goes by is what it ships.
    fn is_own_file(&self, commit: &str) -> Result<(), Refusal> {
        if let Some(broken) = &self.config.broken {
            return Err(Refusal::new(format!("{FILE_NAME} cannot be used: {broken}")).next("relco config check"));
        }
        let Ok(path) = RepoPath::parse(FILE_NAME) else { return Ok(()) };
        let of = |rev: &str| self.git.read_at(rev, &path).ok();
        // Another file was named, or one that is in no commit: the person says what holds.
        if self.config_path.is_some() || of(commit) == of("HEAD") {
            return Ok(());
        }
        let short = commit.get(..7).unwrap_or(commit);
        Err(Refusal::new(format!("{FILE_NAME} of {short} is not the one that lies here"))
            .next(format!("git switch --detach {short}, then relco release candidate")))
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
