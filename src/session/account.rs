//! The record as people and front ends read it: the report, an incident's report, the timeline, the metrics, the
//! release notes.
//!
//! Reads only what is recorded, and for a draft of the notes the repository; the forms and definitions are the
//! domain's. Nothing here writes but [`Session::write_notes`]. Enter at [`Session::report`].

use jiff::Timestamp;
use semver::Version;

use super::truth::{LedgerAsked, TruthError};
use super::{ActError, Acted, Session};
use crate::domain::account::{self, Papers};
use crate::domain::changelog::Changelog;
use crate::domain::command::Command;
use crate::domain::event::Recorded;
use crate::domain::id::IncidentId;
use crate::domain::incident::Incident;
use crate::domain::metrics::WindowMetrics;
use crate::domain::notes;
use crate::domain::refusal::Refusal;
use crate::domain::release::{Phase, ReleaseState};
use crate::domain::release_type::ReleaseType;
use crate::domain::repo_path::RepoPath;
use crate::domain::timeline::{self, Entry};
use crate::domain::version::{bump, core};
use crate::system::git::GitError;

impl Session {
    /// The whole record of the release in Markdown; without a release that of the project.
    pub fn report(&self) -> String {
        self.report_at(crate::system::clock::now())
    }

    fn report_at(&self, now: Timestamp) -> String {
        let papers = Papers {
            entries: self.release_timeline(),
            project_entries: self.project_timeline(),
            notes: self.written_notes(),
            windows: self.metrics_at(now),
            recorders: self.recorders(),
        };
        let mut snapshot = self.snapshot();
        if snapshot.release.as_ref().is_some_and(|release| !release.is_open()) {
            // What relco would find out today is no part of the record of a release that ended.
            snapshot.observed.checks.clear();
        }
        account::report(&snapshot.situation(now), &papers)
    }

    /// An incident's report in Markdown, of the release or of the project: the named one, else the open one, else the
    /// last one.
    ///
    /// # Errors
    /// When there is no such incident.
    pub fn incident_report(&self, id: Option<&IncidentId>) -> Result<String, Refusal> {
        let snapshot = self.snapshot();
        let sit = snapshot.situation(crate::system::clock::now());
        let (incident, entries) = self.incident(id)?;
        Ok(account::incident_report(&sit, incident, &entries))
    }

    /// An incident with the timeline of the journal that it stands in, and what names it in the other one: the named
    /// one, else the open one, else the last one.
    ///
    /// # Errors
    /// When there is no such incident.
    pub fn incident(&self, id: Option<&IncidentId>) -> Result<(&Incident, Vec<Entry>), Refusal> {
        let homes = [
            (self.release().map(|release| release.incidents.as_slice()).unwrap_or_default(), true),
            (self.project.state.incidents.as_slice(), false),
        ];
        let wanted = |one: &&Incident| match id {
            Some(id) => one.id == *id,
            None => one.is_open(),
        };
        let found = homes.iter().find_map(|(list, home)| Some((list.iter().rev().find(wanted)?, *home)));
        let last = || homes.iter().find_map(|(list, home)| Some((list.last()?, *home))).filter(|_| id.is_none());
        let (incident, of_release) = found.or_else(last).ok_or_else(|| match id {
            Some(id) => Refusal::new(format!("there is no incident {id}")),
            None => Refusal::new("there is no incident").next("relco incident open"),
        })?;
        let (mut entries, elsewhere) = match of_release {
            true => (self.release_timeline(), self.project_timeline()),
            false => (self.project_timeline(), self.release_timeline()),
        };
        // A note about an incident of the project is kept in the release that was open when it was written.
        entries.extend(elsewhere.into_iter().filter(|entry| entry.incident.as_ref() == Some(&incident.id)));
        entries.sort_by_key(|entry| (entry.occurred, entry.at, entry.seq));
        Ok((incident, entries))
    }

    /// The timeline of the release; without a release that of the project.
    pub fn timeline(&self) -> Vec<Entry> {
        if self.release().is_some() { self.release_timeline() } else { self.project_timeline() }
    }

    fn release_timeline(&self) -> Vec<Entry> {
        let record = self.current.and_then(|at| self.releases.get(at));
        record.map(|record| timeline::entries(&record.records, &record.state.notes_taken)).unwrap_or_default()
    }

    fn project_timeline(&self) -> Vec<Entry> {
        timeline::entries(&self.project.records, &self.project.state.notes_taken)
    }

    /// The four metrics over all releases on record: the last 90 days, then the last 20 attempts.
    pub fn metrics(&self) -> Vec<WindowMetrics> {
        self.metrics_at(crate::system::clock::now())
    }

    fn metrics_at(&self, now: Timestamp) -> Vec<WindowMetrics> {
        let releases: Vec<&ReleaseState> = self.all_releases().collect();
        account::windows(&releases, self.plan(), now)
    }

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
        Ok(notes::draft(&version, base.as_ref(), &ledger, section.as_ref()))
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
        let draft = !left.is_empty();
        // Decided first, so that a refusal leaves no text behind.
        self.dry_run(&Command::WriteNotes { blob: String::new(), draft })?;
        let blob = self.put_blob(text.as_bytes())?;
        self.act(&Command::WriteNotes { blob, draft })
    }

    /// Who wrote in the record of the release, each once with how that is known, in the order of the first word.
    fn recorders(&self) -> Vec<(String, String)> {
        let records: &[Recorded] = match self.current.and_then(|at| self.releases.get(at)) {
            Some(record) => &record.records,
            None => &self.project.records,
        };
        let mut seen: Vec<(String, String)> = Vec::new();
        for rec in records {
            let who = (rec.actor.clone(), rec.via.clone());
            if !seen.contains(&who) {
                seen.push(who);
            }
        }
        seen
    }
}
