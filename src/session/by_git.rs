//! What the git program does for a release: commit, tag, push, the branch of a hotfix.
//!
//! Each is checked first, handed out as a [`GitJob`] whose exact words a person can see, run where the terminal is free
//! for a signing prompt, and recorded only when git shows that it is so. Enter at [`Session::tag_step`].

use super::{ActError, Acted, Session};
use crate::config::load::FILE_NAME;
use crate::domain::command::Command;
use crate::domain::decide::release::may_be_tagged;
use crate::domain::refusal::Refusal;
use crate::domain::release::Phase;
use crate::domain::release_type::ReleaseType;
use crate::domain::repo_path::RepoPath;
use crate::domain::situation::Port;
pub use crate::system::git_program::GitJob;
use crate::system::git_program::remote_tag;

/// What is left to do about something that git knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GitStep {
    /// This, by the git program; then it is recorded.
    Run(GitJob),
    /// Git shows it already: it is only to be recorded.
    Stands,
}

/// What follows when git has done a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GitThen {
    /// The tag is recorded.
    Tag,
    /// The push is recorded.
    Push(String),
    /// The repository is looked at again; with `true`, HEAD becomes the candidate.
    Commit(bool),
    /// The branch is checked out.
    Branch,
}

fn short(commit: &str) -> &str {
    commit.get(..7).unwrap_or(commit)
}

fn system(error: &dyn std::fmt::Display) -> ActError {
    ActError::System(error.to_string())
}

impl Session {
    /// The release tag: to be made on the candidate, or there already. What the candidate ships is judged once more
    /// before one is made.
    ///
    /// # Errors
    /// A refusal without a release or a candidate, where the tag stands on another commit (both are named), and where
    /// a change is not told, versions disagree or a migration is not written.
    pub fn tag_step(&mut self) -> Result<GitStep, ActError> {
        self.no_drill("no tag is made")?;
        self.observe_outside();
        let tag = self.release_tag().ok_or_else(|| {
            Refusal::new("no release is open").next("relco release start minor, or the version itself")
        })?;
        let candidate = self.checked_rev();
        let found = self.tag_commit(&tag).map_err(|error| system(&error))?;
        // Without a candidate, or with the tag elsewhere, the rule says so in its own words.
        let commit = found.clone().or_else(|| candidate.clone()).unwrap_or_default();
        if !self.is_tagged(&tag, &commit) {
            self.dry_run(&Command::RecordTag { tag: tag.clone(), commit: commit.clone() })?;
        }
        match (found, candidate) {
            (None, Some(candidate)) => {
                let snapshot = self.snapshot();
                may_be_tagged(&snapshot.situation(crate::system::clock::now()))?;
                let version = self.release().map_or(tag.as_str(), |release| &release.version);
                let message = format!("{} {version}", self.plan().project);
                Ok(GitStep::Run(GitJob::tag(&self.root, &tag, &candidate, &message)))
            }
            _ => Ok(GitStep::Stands),
        }
    }

    fn is_tagged(&self, tag: &str, commit: &str) -> bool {
        let recorded = self.release().and_then(|release| release.tag.as_ref());
        recorded.is_some_and(|(name, on)| name == tag && on == commit)
    }

    /// Records the release tag that stands on the candidate.
    ///
    /// # Errors
    /// When there is no such tag, or it stands elsewhere.
    pub fn record_tag(&mut self) -> Result<Acted, ActError> {
        self.no_drill("no tag is made")?;
        let tag = self.release_tag().ok_or_else(|| Refusal::new("no release is open"))?;
        let commit = self.tag_commit(&tag).map_err(|error| system(&error))?;
        let commit = commit.ok_or_else(|| {
            Refusal::new(format!("there is no tag {tag}")).next("relco release tag --make, or git tag --annotate")
        })?;
        self.act(&Command::RecordTag { tag, commit })
    }

    /// The push of the release tag, and with `with_branch` of the candidate to its branch. Cannot be taken back: others
    /// may have it a second later. Answers the remote too.
    ///
    /// # Errors
    /// A refusal without a recorded tag or a remote, and where the tag stands on another commit there: both are named.
    pub fn push_step(&self, remote: Option<&str>, with_branch: bool) -> Result<(GitStep, String), ActError> {
        self.no_drill("nothing is pushed")?;
        let release = self.release().filter(|release| release.phase(false) != Phase::Abandoned);
        let release = release.ok_or_else(|| Refusal::new("no release is open"))?;
        let Some((tag, commit)) = release.tag.clone() else {
            return Err(Refusal::new("the release has no tag yet").next("relco release tag --make").into());
        };
        let branch = release.candidate.as_ref().and_then(|one| one.branch.clone());
        let remote = remote.map(str::to_owned).or_else(|| self.git.remote_of(branch.as_deref())).ok_or_else(|| {
            Refusal::new("there is no remote to push to, or several").next("relco release push --remote NAME")
        })?;
        let there = remote_tag(&self.root, &remote, &tag)
            .map_err(|error| ActError::System(format!("cannot look at {remote}: {error}")))?;
        match there {
            Some(on) if on == commit => Ok((GitStep::Stands, remote)),
            Some(on) => Err(Refusal::new(format!(
                "tag {tag} stands on {} at {remote}, and on {} here",
                short(&on),
                short(&commit)
            ))
            .next("a released tag never moves: start the next version")
            .into()),
            None => {
                let branch = branch.as_deref().filter(|_| with_branch).map(|branch| (commit.as_str(), branch));
                Ok((GitStep::Run(GitJob::push(&self.root, &remote, &tag, branch)), remote))
            }
        }
    }

    /// Records that the tag is at a remote, once it is seen there.
    ///
    /// # Errors
    /// When it is not there, or the record says it already.
    pub fn record_push(&mut self, remote: &str) -> Result<Acted, ActError> {
        let (step, remote) = self.push_step(Some(remote), false)?;
        let tag = self.release().and_then(|release| release.tag.clone());
        match (step, tag) {
            (GitStep::Stands, Some((tag, commit))) => self.act(&Command::RecordPush { tag, commit, remote }),
            _ => Err(Refusal::new(format!("the tag is not at {remote}")).into()),
        }
    }

    /// The commit of what was changed for the release.
    ///
    /// # Errors
    /// When nothing is changed.
    pub fn commit_job(&mut self, message: Option<&str>) -> Result<GitJob, ActError> {
        self.no_drill("nothing is committed")?;
        self.observe_outside();
        if self.observed.dirty.is_empty() {
            return Err(Refusal::new("no tracked file is changed: there is nothing to commit").into());
        }
        let message = message.map_or_else(|| self.commit_message(), str::to_owned);
        Ok(GitJob::commit_all(&self.root, &message))
    }

    fn commit_message(&self) -> String {
        match self.release() {
            Some(release) => format!("release {}", release.version),
            None => "prepare the release".to_owned(),
        }
    }

    /// Looks again after a commit; answers what HEAD is now.
    pub fn committed(&mut self) -> String {
        self.observe_outside();
        let head = self.observed.head.as_ref().map(|head| short(&head.commit).to_owned());
        format!("committed {}", head.unwrap_or_default())
    }

    /// The branch of a hotfix, at its base: to be made and checked out, or only checked out where it is there.
    ///
    /// # Errors
    /// A refusal without an open hotfix, with changes that are in no commit, and while something runs.
    pub fn branch_job(&mut self) -> Result<GitJob, ActError> {
        self.no_drill("no branch is made")?;
        self.observe_outside();
        let release = self.release().filter(|release| release.is_open() && release.kind() == ReleaseType::Hotfix);
        let Some(release) = release else {
            return Err(Refusal::new("no hotfix is open").next("relco release start hotfix --reason TEXT").into());
        };
        self.may_switch()?;
        let branch = format!("hotfix/{}", release.version);
        let base =
            release.base.clone().ok_or_else(|| Refusal::new("this hotfix has no base that it could start from"))?;
        let is_there = self.git.resolve(&format!("refs/heads/{branch}")).is_ok();
        Ok(GitJob::switch(&self.root, &branch, (!is_there).then_some(base.as_str())))
    }

    /// Whether another branch may be checked out.
    ///
    /// # Errors
    /// A refusal with changes that are in no commit, and while a step of any release runs.
    pub fn may_switch(&self) -> Result<(), Refusal> {
        if !self.observed.dirty.is_empty() {
            return Err(Refusal::new("tracked files have changes that are in no commit")
                .details(self.observed.dirty.iter().take(5).cloned())
                .next("commit or stash them, or --no-branch"));
        }
        if let Some(attempt) = self.all_releases().flat_map(|release| release.running()).next() {
            return Err(Refusal::new(format!("{} is running in this directory", attempt.slot)).next("wait for it"));
        }
        Ok(())
    }

    /// Whether a hotfix wants a branch of its own: its base is not the one that HEAD comes after, or the main branch is
    /// checked out and has gone on since the base, so that a release from there would carry all of that.
    pub fn wants_branch(&self, base: Option<&str>) -> bool {
        let of_head = self.observed.base.as_ref().map(|(tag, _)| tag.as_str());
        let Some(base) = base.or(of_head) else { return false };
        let Some(head) = &self.observed.head else { return false };
        let on_main = head.branch.is_some() && head.branch == self.git.main_branch();
        let gone_on = self.git.tag_commit(base).ok().flatten().is_some_and(|commit| commit != head.commit);
        of_head != Some(base) || on_main && gone_on
    }

    /// The same of the hotfix that is open here, where its branch can be made at all.
    pub fn hotfix_wants_branch(&self) -> bool {
        let hotfix = self.release().filter(|release| release.is_open() && release.kind() == ReleaseType::Hotfix);
        !self.observed.drill && hotfix.is_some_and(|release| self.wants_branch(release.base.as_deref()))
    }

    /// What a person should know about the branch that is checked out now.
    pub fn branch_words(&self) -> Vec<String> {
        let branch = self.git.head().ok().and_then(|head| head.branch).unwrap_or_else(|| "the branch".to_owned());
        let mut words = vec![format!("{branch} is checked out")];
        let main = self.git.main_branch().unwrap_or_else(|| "main".to_owned());
        let of_main = RepoPath::parse(FILE_NAME).is_ok_and(|path| self.git.read_at(&main, &path).is_ok());
        if !self.root.join(FILE_NAME).is_file() && of_main {
            words.push(format!(
                "it has no {FILE_NAME}: git show {main}:{FILE_NAME} > FILE, then relco --config FILE; it holds there too"
            ));
        }
        words
    }

    /// Looks for the fixes of hotfixes on the main branch, for every forward-port that is not paid.
    pub fn observe_ports(&mut self) {
        let open = self.project.state.debts.iter().filter(|debt| debt.paid.is_none() && debt.is_forward_port());
        let ports = open.filter_map(|debt| Some((debt.id.clone(), self.port(&debt.release)?))).collect();
        self.observed.ports = ports;
    }

    fn port(&self, version: &str) -> Option<Port> {
        let release = self.all_releases().find(|release| release.version == version)?;
        let (from, to) = (release.base.as_deref()?, release.commit()?);
        let branch = self.git.main_branch()?;
        let patches = self.git.same_patches(from, to, &branch).ok()?;
        // What only says the version belongs to the hotfix alone.
        let own: Vec<&str> = self
            .plan()
            .version_files
            .iter()
            .map(|file| file.path.as_str())
            .chain(self.plan().changelog.as_deref())
            .chain(["CHANGELOG.md", "Cargo.lock", "package-lock.json"])
            .collect();
        let fixes = patches.iter().filter(|patch| !patch.paths.iter().all(|path| own.contains(&path.as_str())));
        let mut port = Port { branch, ..Port::default() };
        for patch in fixes {
            match &patch.found {
                Some(commit) => port.found.push(short(commit).to_owned()),
                None => port.missing.push(format!("{} {}", short(&patch.commit), patch.title)),
            }
        }
        Some(port)
    }

    /// Pays every forward-port whose patch is on the main branch now.
    pub(super) fn pay_found_ports(&mut self) -> Result<(), ActError> {
        if self.read_only().is_some() {
            return Ok(());
        }
        self.observe_ports();
        let found: Vec<String> =
            self.observed.ports.iter().filter(|(_, port)| port.is_found()).map(|(debt, _)| debt.clone()).collect();
        for debt in found {
            self.act(&Command::PayDebt { debt, note: None, by_hand: false })?;
        }
        Ok(())
    }
}
