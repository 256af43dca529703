//! Release notes: drafted, kept as a person wrote them, and what came since merged into their words.
//!
//! Reads the repository and the record; writes only what a person asked to keep. What was written is never replaced by
//! drawing up again: [`Session::merged_notes`] adds to it. Enter at [`Session::notes_draft`].

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, context};
use semver::Version;

use super::truth::{LedgerAsked, TruthError};
use super::{ActError, Acted, Session};
use crate::domain::changelog::Changelog;
use crate::domain::command::Command;
use crate::domain::event::CheckVerdict;
use crate::domain::ledger::{Ledger, Verdict};
use crate::domain::notes::{self, Drafted, Merged};
use crate::domain::refusal::Refusal;
use crate::domain::release::{CheckResult, Phase, ReleaseState};
use crate::domain::release_type::ReleaseType;
use crate::domain::repo_path::RepoPath;
use crate::domain::upgrade::{self, Breaking, Guide};
use crate::domain::version::{bump, core};
use crate::system::git::GitError;

/// The draft that a person had before them when they wrote, kept beside half-typed texts.
const DRAFTED: &str = "notes-drafted";
/// How many instructions the project's template may take: far more than any notes, and over in a moment.
const TEMPLATE_FUEL: u64 = 2_000_000;
/// Where an upgrade guide usually stands.
const GUIDES: [&str; 10] = [
    "UPGRADING.md",
    "UPGRADE.md",
    "MIGRATION.md",
    "MIGRATING.md",
    "MIGRATION_GUIDE.md",
    "docs/UPGRADING.md",
    "docs/upgrading.md",
    "docs/upgrade.md",
    "docs/migration.md",
    "docs/MIGRATION.md",
];

impl Session {
    /// The release notes as they were last written.
    pub fn written_notes(&self) -> Option<String> {
        self.blob(&self.release()?.notes.as_ref()?.blob)
    }

    /// A draft of the release notes, from the changelog and the changes: of the open release, else of what is not
    /// released yet, under the next minor version. Nothing is recorded.
    ///
    /// # Errors
    /// When the repository cannot be read.
    pub fn notes_draft(&self) -> Result<String, TruthError> {
        let open = self.release().filter(|release| release.is_open());
        // Of a release that ended the range is history; what comes after it is what is to be told now.
        let unreleased = open.is_none() && self.release().is_some();
        let asked = LedgerAsked { to: unreleased.then(|| "HEAD".to_owned()), ..LedgerAsked::default() };
        let ledger = self.ledger(&asked)?;
        let base = ledger.from.as_deref().and_then(|tag| self.tag_pattern().version(tag));
        let version = open.and_then(|_| self.version()).unwrap_or_else(|| {
            // What was released may have no tag yet.
            let complete = |release: &ReleaseState| matches!(release.ended, Some((_, Phase::Complete)));
            let released = self.all_releases().filter(|release| complete(release));
            let released = released.filter_map(|release| Version::parse(&release.version).ok());
            match base.iter().cloned().chain(released).max() {
                Some(last) => bump(&last, ReleaseType::Minor),
                None => Version::new(0, 1, 0),
            }
        });
        let text = self.changelog_text()?;
        let changelog = text.as_deref().map(Changelog::parse);
        let section = changelog.as_ref().and_then(|changelog| {
            let own = changelog.section(&version).or_else(|| changelog.section(&core(&version)));
            own.or_else(|| changelog.unreleased())
        });
        match &self.plan().notes_template {
            None => Ok(notes::draft(&version, base.as_ref(), &ledger, section.as_ref())),
            Some(path) => {
                let drafted = notes::drafted(&ledger, section.as_ref());
                self.by_template(path, &version, base.as_ref(), &drafted)
            }
        }
    }

    /// The changelog at the candidate of an open release, else in the work tree.
    fn changelog_text(&self) -> Result<Option<String>, TruthError> {
        let rev = self.checked_rev().filter(|_| self.release().is_some_and(ReleaseState::is_open));
        let path: Option<RepoPath> = self.changelog_path(rev.as_deref().unwrap_or("HEAD"))?;
        let Some(path) = path else { return Ok(None) };
        let bytes = match &rev {
            Some(rev) => self.git().read_at(rev, &path),
            None => self.git().read_worktree(&path),
        };
        match bytes {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(GitError::NoSuchFile { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps a text as the release notes of the open release. What was written before stays in the record.
    ///
    /// # Errors
    /// A refusal without an open release, for an empty text, and when a text with placeholders would take the place of
    /// notes that have none: a draft never stands over what a person finished.
    pub fn write_notes(&mut self, text: &str) -> Result<Acted, ActError> {
        let Some(release) = self.release() else {
            return Err(Refusal::new("no release is open").next("relco release start minor").into());
        };
        if text.trim().is_empty() {
            return Err(Refusal::new("the notes are empty: nothing was kept").into());
        }
        let left = notes::placeholders(text);
        let finished = release.notes.as_ref().is_some_and(|notes| !notes.draft);
        if finished && !left.is_empty() {
            return Err(Refusal::new("the notes are written, and this text still has placeholders")
                .details(left)
                .next("fill them in, or take them out")
                .into());
        }
        self.keep_notes(text, !left.is_empty())
    }

    fn keep_notes(&mut self, text: &str, draft: bool) -> Result<Acted, ActError> {
        // Decided first, so that a refusal leaves no text behind.
        self.dry_run(&Command::WriteNotes { blob: String::new(), draft })?;
        let blob = self.put_blob(text.as_bytes())?;
        let acted = self.act(&Command::WriteNotes { blob, draft })?;
        // What is drafted now is what the person had before them: only what comes later is new to them.
        if let Ok(drafted) = self.notes_draft() {
            let _ = self.save_draft(DRAFTED, &drafted);
        }
        Ok(acted)
    }

    /// The notes by the project's own template.
    fn by_template(
        &self,
        path: &str,
        version: &Version,
        base: Option<&Version>,
        drafted: &Drafted,
    ) -> Result<String, TruthError> {
        let inside = RepoPath::parse(path)?;
        let rev = self.checked_rev().filter(|_| self.release().is_some_and(ReleaseState::is_open));
        let text = super::truth::read_text(&self.git, rev.as_deref(), &inside, true)?.unwrap_or_default();
        let wrong = |error: &minijinja::Error| {
            let line = error.line().map(|line| format!(":{line}")).unwrap_or_default();
            let detail = error.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
            TruthError::Template(format!("{path}{line}: {}{detail}", error.kind()))
        };
        let mut environment = Environment::new();
        environment.set_fuel(Some(TEMPLATE_FUEL));
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let mut syntax = SyntaxConfig::builder();
        syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
        environment.set_syntax(syntax.build().map_err(|error| wrong(&error))?);
        let template = environment.template_from_str(&text).map_err(|error| wrong(&error))?;
        let date = crate::system::clock::now().to_zoned(self.zone.clone()).strftime("%Y-%m-%d").to_string();
        let values = context! {
            project => self.plan().project.as_str(),
            version => version.to_string(),
            tag => self.plan().tag_of(version),
            base => base.map(Version::to_string),
            date,
            summary => &drafted.summary,
            features => &drafted.features,
            improvements => &drafted.improvements,
            fixes => &drafted.fixes,
            breaking => &drafted.breaking,
            known => &drafted.known,
            upgrade => &drafted.upgrade,
        };
        template.render(values).map_err(|error| wrong(&error))
    }

    /// The notes as written with what came since; none where nothing is written.
    ///
    /// # Errors
    /// When the repository cannot be read.
    pub fn merged_notes(&self) -> Result<Option<Merged>, TruthError> {
        let Some(written) = self.written_notes() else { return Ok(None) };
        let before = self.draft(DRAFTED);
        Ok(Some(notes::merged(&written, &self.notes_draft()?, before.as_deref())))
    }

    /// Keeps the notes with what came since. A breaking change without words brings its placeholder with it, so that
    /// finished notes may be a draft again: the answer says what is left to write.
    ///
    /// # Errors
    /// A refusal where nothing is written, or nothing came since.
    pub fn merge_notes(&mut self) -> Result<(Acted, Merged), ActError> {
        let merged = self.merged_notes().map_err(|error| ActError::System(error.to_string()))?;
        let merged = merged.ok_or_else(|| {
            Refusal::new("no notes are written that anything could be merged into").next("relco notes --write FILE")
        })?;
        if merged.added.is_empty() {
            return Err(Refusal::new("the notes tell of everything already").into());
        }
        let draft = notes::is_bare_draft(&merged.text);
        Ok((self.keep_notes(&merged.text, draft)?, merged))
    }

    /// Whether what breaks is told to those who upgrade; none where nothing breaks.
    pub(super) fn upgrade_check(&self, breaking: &[Breaking], commit: &str) -> Option<CheckResult> {
        let version = self.version()?;
        let major = self.release().is_some_and(|release| release.kind() == ReleaseType::Major);
        if breaking.is_empty() && !major {
            return None;
        }
        let rev = self.checked_rev();
        let read = |path: &str| {
            let path = RepoPath::parse(path).ok()?;
            super::truth::read_text(&self.git, rev.as_deref(), &path, false).ok().flatten()
        };
        let configured = self.plan().upgrade_guide.clone();
        let found = match &configured {
            Some(path) => Some((path.clone(), read(path).unwrap_or_default())),
            None => GUIDES.iter().find_map(|path| Some(((*path).to_owned(), read(path)?))),
        };
        let section = found.as_ref().and_then(|(_, text)| upgrade::section(text, &version));
        let guide = match &found {
            // A guide that nobody named and that knows nothing of this version is not what was meant.
            Some((path, _)) if configured.is_some() || section.is_some() => Guide::File { path, section },
            _ => Guide::None,
        };
        let notes = self.written_notes();
        let judged = upgrade::judge(&version, breaking, &guide, notes.as_deref());
        let (verdict, findings) = match judged.verdict {
            CheckVerdict::Ok => (CheckVerdict::Ok, Vec::new()),
            verdict => (verdict, judged.findings),
        };
        Some(CheckResult { verdict, summary: judged.summary, findings, at: None, commit: Some(commit.to_owned()) })
    }
}

/// The breaking changes of a range that a reader of the notes meets.
pub(super) fn breaking_of(ledger: &Ledger) -> Vec<Breaking> {
    let changes = ledger.changes.iter().filter(|one| one.breaking.is_some() && one.verdict != Verdict::Excluded);
    changes
        .map(|one| Breaking {
            name: one.id.clone().unwrap_or_else(|| one.commit.get(..7).unwrap_or(&one.commit).to_owned()),
            title: notes::words_of_title(&one.title),
        })
        .collect()
}
