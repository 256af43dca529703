//! What a decision is taken in: the recorded state, the plan, and what was observed outside just before.
//!
//! Everything impure is already in here as a value, so that `decide`, the greyed-out key and `relco status` are
//! one pure function each.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use semver::Version;

use super::id::{AttemptId, EnvName, RunId, SessionId};
use super::plan::{Environment, List, Plan};
use super::project::ProjectState;
use super::release::{CheckResult, ReleaseState};
use super::run::{RunOutcome, RunPurpose};
use super::version_files::Strays;

/// The commit that is checked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Full commit id.
    pub commit: String,
    /// The branch; `None` when detached.
    pub branch: Option<String>,
}

/// What an open attempt looks like from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Its supervisor is about to start it.
    Starting,
    /// Its supervisor holds it.
    Running,
    /// Its supervisor is gone, its processes live.
    Unsupervised,
}

/// Where the commits of a hotfix are on the main branch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Port {
    /// The main branch.
    pub branch: String,
    /// The commits there that are the same patches.
    pub found: Vec<String>,
    /// What is not there: short commit and title.
    pub missing: Vec<String>,
}

impl Port {
    /// Whether all of the fix is there.
    pub fn is_found(&self) -> bool {
        !self.found.is_empty() && self.missing.is_empty()
    }
}

/// What was seen outside, just before a decision.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observed {
    /// Why the repository cannot be read at all, in words.
    pub no_repository: Option<String>,
    /// The commit that is checked out; `None` without commits.
    pub head: Option<Head>,
    /// Tracked files that differ from HEAD, the first few.
    pub dirty: Vec<String>,
    /// A hash of what the changed files hold; none where tracked files are clean.
    pub files: Option<String>,
    /// Checks of the project that are under way, by the id that a person asks for, with when each began; one that
    /// waits for its turn did not begin yet.
    pub checking: BTreeMap<String, Option<Timestamp>>,
    /// History is cut off: what is compared may be incomplete.
    pub shallow: bool,
    /// Release tags: tag, version, commit.
    pub tags: Vec<(String, Version, String)>,
    /// The base that the next release would be compared with.
    pub base: Option<(String, Version)>,
    /// How many commits HEAD is past the candidate; `None` when it is not a descendant.
    pub ahead_of_candidate: Option<usize>,
    /// Results of relco's own checks, made just now.
    pub checks: BTreeMap<String, CheckResult>,
    /// Lines of tracked files that still say the version before; nothing where nobody looked.
    pub strays: Strays,
    /// Whether the range holds a breaking change.
    pub breaking: bool,
    /// Whether the project's commands may run.
    pub trusted: bool,
    /// By rehearsal of the candidate's plan, the files of its steps that changed since; absent where it was rehearsed
    /// with this very commit.
    pub changed_since_rehearsal: BTreeMap<RunId, Vec<String>>,
    /// Hash of the plan as the configuration gives it now.
    pub plan_hash: String,
    /// Sessions that live.
    pub sessions: BTreeSet<SessionId>,
    /// Open attempts as they look from outside.
    pub attempts: BTreeMap<AttemptId, Seen>,
    /// How many incidents the project has had, over all releases.
    pub incidents: usize,
    /// By debt, where the fix that is to be ported forward is on the main branch; looked for only where it is asked.
    pub ports: BTreeMap<String, Port>,
    /// Versions of releases that are open.
    pub open_releases: Vec<String>,
    /// Versions of releases that are complete.
    pub completed_releases: Vec<String>,
    /// A drill: nothing is run, and nobody is told.
    pub drill: bool,
}

impl Observed {
    /// The same, where the plan at hand may run or may not.
    pub fn with_trust(&self, trusted: bool) -> Cow<'_, Self> {
        match trusted == self.trusted {
            true => Cow::Borrowed(self),
            false => Cow::Owned(Self { trusted, ..self.clone() }),
        }
    }
}

/// Where a decision is taken.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// The project.
    pub project: &'a ProjectState,
    /// The release that was named or is implied.
    pub release: Option<&'a ReleaseState>,
    /// The plan that holds: frozen at the candidate, the configuration's before.
    pub plan: &'a Plan,
    /// What was seen outside.
    pub observed: &'a Observed,
    /// The time.
    pub now: Timestamp,
    /// The person's zone.
    pub zone: &'a TimeZone,
    /// Who operates relco.
    pub actor: &'a str,
    /// Who speaks; the actor where nobody else was named.
    pub by: &'a str,
    /// This session.
    pub session: &'a SessionId,
}

impl<'a> Situation<'a> {
    /// The environment that users meet.
    pub fn production(&self) -> Option<&'a Environment> {
        self.plan.production()
    }

    /// The versions between which an environment stands: while a run changes it, and after one that ended half-way.
    pub fn changing(&self, env: &EnvName) -> Option<Changing<'a>> {
        let release = self.release?;
        let run = release.runs.iter().rev().find(|run| run.env == *env)?;
        let recorded = self.project.live_version(env);
        let from = match (run.purpose, run.ended) {
            (RunPurpose::Rollback, None) => {
                if run.settled(&[List::Rollback]) {
                    return None;
                }
                run.from.as_deref().or(recorded)
            }
            (_, None | Some((_, RunOutcome::Aborted))) => {
                if recorded == Some(run.to.as_str()) || !release.started_changing(run, self.plan) {
                    return None;
                }
                recorded
            }
            (_, Some(_)) => return None,
        };
        Some(Changing { from: from.unwrap_or("unknown"), to: &run.to, under_way: run.is_open() })
    }

    /// What an environment runs, in words: `1.2.4`, `1.2.4→1.3.0` while a run changes it, `1.2.4 or 1.3.0` where one ended
    /// half-way, `unknown`.
    pub fn live_words(&self, env: &EnvName) -> String {
        match self.changing(env) {
            Some(Changing { from, to, under_way: true }) => format!("{from}→{to}"),
            Some(Changing { from, to, under_way: false }) => format!("{from} or {to}"),
            None => self.project.live_version(env).unwrap_or("unknown").to_owned(),
        }
    }
}

/// Two versions of which either may answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changing<'a> {
    /// What answered before.
    pub from: &'a str,
    /// What the run brings, or brings back.
    pub to: &'a str,
    /// The run is not over.
    pub under_way: bool,
}
