//! Looking outside before a decision: the repository, relco's own checks, trust, living sessions.

use std::collections::BTreeMap;

use semver::Version;

use super::Session;
use crate::domain::basis::files_hash;
use crate::domain::command::Command;
use crate::domain::id::AttemptId;
use crate::domain::release::{Phase, ReleaseState};
use crate::domain::situation::{Head, Observed, Seen};
use crate::domain::tag::TagPattern;
use crate::system::attempt::{self, Found};
use crate::system::git::{Dirty, GitError};
use crate::system::presence;

/// How many changed files are named.
const DIRTY_NAMED: usize = 8;

impl Session {
    /// Looks again at what the command's rules depend on.
    pub(super) fn observe_for(&mut self, command: &Command) {
        match command {
            Command::SetCandidate { commit, .. } => {
                self.observe_record();
                self.observe_outside();
                self.observed.breaking = self.breaks_at(commit);
            }
            Command::StartRelease { .. }
            | Command::StartDeployment { .. }
            | Command::StartRehearsal { .. }
            | Command::RecordTag { .. }
            | Command::CompleteRelease => {
                self.observe_record();
                self.observe_outside();
            }
            Command::PayDebt { .. } => {
                self.observe_record();
                self.observe_ports();
            }
            _ => self.observe_record(),
        }
    }

    /// What stands in relco's own files: trust, sessions, attempts, other releases. Cheap.
    pub(super) fn observe_record(&mut self) {
        self.observe_trust();
        self.observed.plan_hash.clone_from(&self.config.frozen_hash);
        self.observed.sessions = presence::alive(&self.dir.join("sessions"));
        self.observed.attempts = self.seen_attempts();
        let of_releases: usize = self.releases.iter().map(|record| record.state.incidents.len()).sum();
        self.observed.incidents = of_releases + self.project.state.incidents.len();
        let versions = |wanted: fn(&ReleaseState) -> bool| {
            let states = self.releases.iter().map(|record| &record.state).filter(|state| wanted(state));
            states.map(|state| state.version.clone()).collect()
        };
        let open = versions(ReleaseState::is_open);
        let completed = versions(|state| state.ended.is_some_and(|(_, phase)| phase == Phase::Complete));
        self.observed.open_releases = open;
        self.observed.completed_releases = completed;
    }

    fn seen_attempts(&self) -> BTreeMap<AttemptId, Seen> {
        let Some(release) = self.release() else { return BTreeMap::new() };
        release
            .running()
            .filter_map(|one| {
                let seen = match attempt::find(&self.attempt_dir(&one.id)?).ok()? {
                    Found::NotStarted | Found::Starting => Seen::Starting,
                    Found::Running(_) => Seen::Running,
                    Found::Unsupervised(_) => Seen::Unsupervised,
                    Found::Void(_) | Found::Ended(_) | Found::Unknown { .. } | Found::Unreadable(_) => return None,
                };
                Some((one.id.clone(), seen))
            })
            .collect()
    }

    /// Looks at the project's file and the repository and makes relco's own checks. Runs nothing of the project.
    pub fn observe_outside(&mut self) {
        // The file before the repository: what is written in between is seen as a change that is in no commit.
        self.read_again();
        self.observe_repository();
        self.make_own_checks();
    }

    /// Makes relco's own checks of the repository as it was seen last.
    pub(super) fn make_own_checks(&mut self) {
        let (checks, breaking) = self.own_checks();
        self.observed.checks = checks;
        self.observed.breaking = breaking;
        self.observed.strays = self.strays_seen(false);
    }

    /// Looks at the repository.
    pub(super) fn observe_repository(&mut self) {
        let kept = std::mem::take(&mut self.observed);
        let mut seen = Observed {
            trusted: kept.trusted,
            plan_hash: kept.plan_hash,
            sessions: kept.sessions,
            attempts: kept.attempts,
            incidents: kept.incidents,
            open_releases: kept.open_releases,
            completed_releases: kept.completed_releases,
            drill: kept.drill,
            ports: kept.ports,
            checking: kept.checking,
            ..Observed::default()
        };
        match self.git.head() {
            Ok(head) => seen.head = Some(Head { commit: head.commit, branch: head.branch }),
            // A repository that is still empty is one all the same; that HEAD is nowhere says it.
            Err(GitError::NoCommits) => {}
            Err(error) => seen.no_repository = Some(error.to_string()),
        }
        seen.shallow = self.git.is_shallow();
        match self.git.dirty() {
            Ok(dirty) => {
                seen.files = self.files_hash(&dirty);
                seen.dirty = dirty.paths.into_iter().take(DIRTY_NAMED).collect();
            }
            Err(error) => seen.no_repository = Some(error.to_string()),
        }
        if let Ok(pattern) = self.plan().tag.parse::<TagPattern>()
            && let Ok(tags) = self.git.tags(&pattern)
        {
            if seen.head.is_some() {
                let base = self.git.base(&tags, "HEAD", None).ok().flatten();
                seen.base = base.map(|tag| (tag.name.clone(), tag.version.clone()));
            }
            seen.tags = tags.into_iter().map(|tag| (tag.name, tag.version, tag.commit)).collect();
        }
        let candidate = self.release().and_then(|release| release.commit().map(str::to_owned));
        if let Some(candidate) = candidate
            && let Ok(true) = self.git.contains("HEAD", &candidate)
        {
            seen.ahead_of_candidate = self.git.commits(Some(&candidate), "HEAD").ok().map(|range| range.commits.len());
        }
        seen.changed_since_rehearsal = self.scripts_since_rehearsals();
        self.observed = seen;
    }

    /// What tells one content of the changed files from another, without reading them: each one's length and time. Of
    /// more files than are named, nobody can say that they are the same as before.
    fn files_hash(&self, dirty: &Dirty) -> Option<String> {
        let content = |path: &String| {
            let meta = std::fs::symlink_metadata(self.root.join(path));
            let written = |meta: &std::fs::Metadata| meta.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok();
            meta.map_or_else(|_| "gone".to_owned(), |meta| format!("{} {:?}", meta.len(), written(&meta)))
        };
        let more = (dirty.total > dirty.paths.len()).then(|| ("", crate::system::clock::now().to_string()));
        files_hash(dirty.paths.iter().map(|path| (path.as_str(), content(path))).chain(more))
    }

    /// The version that is being prepared, where one is.
    pub(super) fn version(&self) -> Option<Version> {
        Version::parse(&self.release()?.version).ok()
    }
}
