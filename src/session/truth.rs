//! Release truth: what is in this release, is it all told, do all places agree, and where the tag stands.
//!
//! Reads the repository, runs nothing and writes nothing. Enter at [`Session::ledger`].

use semver::Version;

use super::Session;
use crate::config::places::PlaceError;
use crate::domain::changelog::Changelog;
use crate::domain::ledger::fragment_form::FragmentForm;
use crate::domain::ledger::{Exclusion, Ledger};
use crate::domain::repo_path::{BadRepoPath, RepoPath};
use crate::domain::tag::{TagPattern, parse_lenient};
use crate::system::fragments::{self, Waiting};
use crate::system::git::{Git, GitError, ReleaseTag};
use crate::system::git_program::GitProgramError;
use crate::system::ledger::{self, Against, ChangelogText, Scope};
use crate::system::oddities::{Encoding, Replaced, text_of};
use crate::system::versions::{PlaceError as VersionPlaceError, SetError};

/// What a ledger is wanted of. What is not said follows from the release, else from the repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LedgerAsked {
    /// The revision that the range begins behind.
    pub from: Option<String>,
    /// The revision that it ends with.
    pub to: Option<String>,
    /// The changelog, inside the repository.
    pub changelog: Option<String>,
    /// The section: a version, or `Unreleased`.
    pub section: Option<String>,
}

/// A ledger with what it was made from.
#[derive(Debug)]
pub(super) struct Gathered {
    pub ledger: Ledger,
    pub scope: Scope,
    pub path: Option<RepoPath>,
    pub text: Option<String>,
    pub package: Option<String>,
    /// How entries in files of their own are written, where the project has such.
    pub form: Option<FragmentForm>,
}

impl Gathered {
    /// The changelog, ready to be read again.
    pub(super) fn changelog(&self) -> Option<ChangelogText<'_>> {
        let (path, text) = self.path.as_ref().zip(self.text.as_deref())?;
        Some(ChangelogText { path: path.as_str(), text })
    }
}

/// Why a question about the release could not be answered, or an answer not be written.
#[derive(Debug, thiserror::Error)]
pub enum TruthError {
    /// The repository does not give it.
    #[error("{0}")]
    Git(#[from] GitError),
    /// There is nothing to look at.
    #[error("the repository has no commits yet")]
    Empty,
    /// No path inside the repository.
    #[error("{0}")]
    Path(#[from] BadRepoPath),
    /// The template of the notes is not right.
    #[error("{0}")]
    Template(String),
    /// A section is named by a version.
    #[error("{0} names no section: give a version, or Unreleased")]
    Section(String),
    /// There is nowhere to set a version.
    #[error("no version file is known: there is nowhere to set it")]
    NoVersionFile,
    /// The version could not be set.
    #[error("{0}")]
    Set(#[from] SetError),
    /// The state directory cannot be used.
    #[error("{0}")]
    Place(#[from] PlaceError),
    /// The git program did not do it.
    #[error("{0}")]
    Program(#[from] GitProgramError),
}

impl TruthError {
    /// Whether what was asked for is wrong, rather than the machine.
    pub fn is_usage(&self) -> bool {
        match self {
            TruthError::Git(_)
            | TruthError::Empty
            | TruthError::Path(_)
            | TruthError::Section(_)
            | TruthError::Template(_)
            | TruthError::NoVersionFile => true,
            // A file that does not say its version as it should is the project's; one that cannot be read is not.
            TruthError::Set(SetError::Place(error)) => !matches!(error, VersionPlaceError::Unread(_)),
            TruthError::Set(_) | TruthError::Place(_) | TruthError::Program(_) => false,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            TruthError::Git(error) => error.hint(),
            TruthError::Empty => Some("commit something first".to_owned()),
            TruthError::NoVersionFile
            | TruthError::Set(SetError::Place(
                VersionPlaceError::NoVersion { .. } | VersionPlaceError::Elsewhere { .. },
            )) => Some("name the files in relco.toml, as [[version.file]]".to_owned()),
            TruthError::Program(error) => error.hint().map(str::to_owned),
            _ => None,
        }
    }
}

impl Session {
    /// How this project names its release tags: as configured; without a file of its own, as its newest tags do.
    pub(super) fn tag_pattern(&self) -> TagPattern {
        self.plan().tag.parse().unwrap_or_default()
    }

    /// The revision that checks read: the candidate; none is the work tree.
    pub fn checked_rev(&self) -> Option<String> {
        self.release()?.commit().map(str::to_owned)
    }

    /// Every change of a range with its verdict. Needs no release and no configuration.
    ///
    /// # Errors
    /// [`TruthError`]: a revision, path or section that does not exist.
    pub fn ledger(&self, asked: &LedgerAsked) -> Result<Ledger, TruthError> {
        Ok(self.gathered(asked)?.ledger)
    }

    /// As [`Session::ledger`], with what it was made from.
    pub(super) fn gathered(&self, asked: &LedgerAsked) -> Result<Gathered, TruthError> {
        if self.observed.head.is_none() && asked.to.is_none() {
            return Err(TruthError::Empty);
        }
        let section = asked.section.as_deref().map(section).transpose()?;
        let version = match section {
            Some(version) => version,
            None if asked.from.is_none() && asked.to.is_none() => self.version(),
            None => None,
        };
        let candidate = self.checked_rev().filter(|_| asked.to.is_none());
        let to = asked.to.clone().or_else(|| candidate.clone()).unwrap_or_else(|| "HEAD".to_owned());
        let scope = self.scope(asked, &to, version.as_ref())?;
        let package = scope.package.as_deref();
        let path = match &asked.changelog {
            Some(path) => Some(RepoPath::parse(path)?),
            None => self.changelog_path_of(&to, package)?,
        };
        let rev = asked.to.as_deref().or(candidate.as_deref());
        let read = match &path {
            None => Ok(None),
            Some(path) => read_bytes(&self.git, rev, path, asked.changelog.is_some()),
        };
        let encoding = match (&read, &path) {
            (Ok(Some(bytes)), Some(path)) => Encoding::of(bytes).words().map(|words| format!("{path} {words}")),
            _ => None,
        };
        let read = read.map(|bytes| bytes.map(|bytes| text_of(&bytes)));
        let here = read.as_ref().ok().and_then(Option::as_deref);
        // A section may be written weeks after the tag, on another branch: what is released can be read where it is.
        let later = later_section(&self.git, asked, &scope, path.as_ref(), here);
        let at = later.is_some().then(|| "HEAD".to_owned());
        let text = match later {
            Some(later) => Some(later),
            None => read?,
        };
        let mut scope = scope;
        if asked.section.is_none() && scope.version.is_none() {
            scope.version = text.as_deref().and_then(|text| prepared(text, scope.base.as_ref()));
        }
        let changelog = path.as_ref().zip(text.as_deref());
        let changelog = changelog.map(|(path, text)| ChangelogText { path: path.as_str(), text });
        let package = path.as_ref().map(|path| ledger::package_of(&self.git, &to, path)).transpose()?.flatten();
        let package = package.as_deref();
        let own_dir = self.plan().fragments.as_deref();
        let waiting = fragments::waiting(&self.git, rev, own_dir, package)?;
        let rules = self.exclusions();
        let (in_files, waits) = (waiting.form.is_some() || own_dir.is_some(), &waiting.fragments);
        let against = Against { changelog, fragments: waits, in_files, package, rules: &rules, ..Against::default() };
        let mut ledger = ledger::gather(&self.git, &scope, &against)?;
        ledger.section.at = at;
        ledger.notes.extend(encoding);
        if asked.to.is_none() {
            ledger.notes.extend(self.not_tracked(candidate.is_some(), &waiting, package));
        }
        let replaced = self.git.common_dir().map(|dir| Replaced::of(&dir)).unwrap_or_default();
        ledger.notes.extend(replaced.words());
        // What a graft cuts off may be missing as well.
        ledger.cut_off |= replaced.grafts;
        let package = package.map(str::to_owned);
        Ok(Gathered { ledger, scope, path, text, package, form: waiting.form })
    }

    /// What must be known of entries that git does not track: they count while nothing is frozen, and a candidate ships
    /// without them.
    fn not_tracked(&self, frozen: bool, waiting: &Waiting, package: Option<&str>) -> Vec<String> {
        if !frozen {
            let note = |path: &String| format!("{path} is not tracked by git yet: git add it, then commit");
            return waiting.untracked.iter().map(note).collect();
        }
        let lying = fragments::in_no_commit(&self.git, self.plan().fragments.as_deref(), package);
        lying.iter().map(|path| format!("{path} is in no commit: the candidate ships without it")).collect()
    }

    /// Everything that needs no entry: by the project's configuration, then by a person's word.
    pub fn exclusions(&self) -> Vec<Exclusion> {
        self.plan().exclusions.iter().chain(&self.project.state.exclusions).cloned().collect()
    }

    fn scope(&self, asked: &LedgerAsked, to: &str, version: Option<&Version>) -> Result<Scope, TruthError> {
        let pattern = self.tag_pattern();
        let of_release = self.release().filter(|_| asked.from.is_none() && asked.to.is_none());
        let Some(release) = of_release else {
            return Ok(Scope::find(&self.git, &pattern, asked.from.as_deref(), to, version)?);
        };
        // A release keeps the base that it was started with, whatever is tagged since.
        let base = release.base.as_deref().and_then(|tag| pattern.version(tag));
        Ok(Scope {
            from: release.base.clone(),
            base,
            to: to.to_owned(),
            version: version.cloned(),
            further: Vec::new(),
            beside: self.released_beside(&pattern, to, version)?,
            package: pattern.package().map(str::to_owned),
        })
    }

    /// Releases made on other branches since the last that this one reaches: what they told went out with them.
    fn released_beside(
        &self,
        pattern: &TagPattern,
        to: &str,
        version: Option<&Version>,
    ) -> Result<Vec<ReleaseTag>, TruthError> {
        let tags = self.git.tags(pattern)?;
        let reached = self.git.release_before(&tags, to, version)?.reached.map(|tag| tag.version.clone());
        let beside = tags.into_iter().filter(|tag| tag.version.pre.is_empty());
        let above = |tag: &ReleaseTag| reached.as_ref().is_none_or(|reached| tag.version > *reached);
        Ok(beside.filter(above).filter(|tag| version.is_none_or(|version| tag.version < *version)).collect())
    }

    /// The changelog's path: as configured, else what looks like one, in the package's directory or at the top.
    pub(super) fn changelog_path(&self, rev: &str) -> Result<Option<RepoPath>, TruthError> {
        self.changelog_path_of(rev, self.tag_pattern().package())
    }

    fn changelog_path_of(&self, rev: &str, package: Option<&str>) -> Result<Option<RepoPath>, TruthError> {
        match &self.plan().changelog {
            Some(path) => Ok(Some(RepoPath::parse(path)?)),
            None => Ok(match ledger::find_changelog(&self.git, rev, package)? {
                // One that was written a moment ago counts before it is committed, as its lines do.
                None if rev == "HEAD" => ledger::changelog_lying_here(&self.git),
                found => found,
            }),
        }
    }

    /// The commit that a revision names.
    ///
    /// # Errors
    /// When it names none.
    pub fn resolve(&self, rev: &str) -> Result<String, TruthError> {
        Ok(self.git.resolve(rev)?)
    }

    /// The tag that this release gets.
    pub fn release_tag(&self) -> Option<String> {
        Some(self.plan().tag_of(&self.version()?))
    }

    /// The commit that a tag stands on; none where there is no such tag.
    ///
    /// # Errors
    /// For a tag on something that is no commit.
    pub fn tag_commit(&self, tag: &str) -> Result<Option<String>, TruthError> {
        Ok(self.git.tag_commit(tag)?)
    }
}

/// The changelog's text at HEAD, where a range that somebody chose ends at an older release and only HEAD has its
/// section. What is not released yet is never read from elsewhere: it ships without.
fn later_section(
    git: &Git,
    asked: &LedgerAsked,
    scope: &Scope,
    path: Option<&RepoPath>,
    text: Option<&str>,
) -> Option<String> {
    let to = asked.to.as_deref()?;
    let version = scope.version.as_ref()?;
    let has = |text: &str| Changelog::parse(text).section(version).is_some();
    if git.tag_commit(to).ok().flatten().is_none() || text.is_some_and(has) {
        return None;
    }
    read_text(git, Some("HEAD"), path?, false).ok().flatten().filter(|later| has(later))
}

/// The version whose section is written already, where nothing stands under what is unreleased: a release that is
/// prepared in the changelog before anybody started it here.
fn prepared(text: &str, base: Option<&Version>) -> Option<Version> {
    let base = base?;
    let changelog = Changelog::parse(text);
    if changelog.unreleased().is_some_and(|section| !section.is_empty()) {
        return None;
    }
    changelog.versions().into_iter().filter(|version| version > base).max()
}

fn section(text: &str) -> Result<Option<Version>, TruthError> {
    if text.eq_ignore_ascii_case("unreleased") {
        return Ok(None);
    }
    parse_lenient(text).map(Some).ok_or_else(|| TruthError::Section(text.to_owned()))
}

/// A file's text at a revision, else in the work tree. Bytes that are no UTF-8 are replaced: numbers can still be found.
pub(super) fn read_text(
    git: &Git,
    rev: Option<&str>,
    path: &RepoPath,
    must: bool,
) -> Result<Option<String>, TruthError> {
    Ok(read_bytes(git, rev, path, must)?.map(|bytes| text_of(&bytes)))
}

fn read_bytes(git: &Git, rev: Option<&str>, path: &RepoPath, must: bool) -> Result<Option<Vec<u8>>, TruthError> {
    let bytes = match rev {
        Some(rev) => git.read_at(rev, path),
        None => git.read_worktree(path),
    };
    match bytes {
        Ok(bytes) => Ok(Some(bytes)),
        Err(GitError::NoSuchFile { .. }) if !must => Ok(None),
        Err(error) => Err(error.into()),
    }
}
