//! The record as people and front ends read it: the report, an incident's report, the timeline, the metrics, the
//! release notes.
//!
//! Reads only what is recorded, and writes nothing; the forms and definitions are the domain's. Enter at
//! [`Session::report`].

use jiff::Timestamp;

use super::Session;
use crate::domain::account::{self, Papers};
use crate::domain::event::Recorded;
use crate::domain::id::IncidentId;
use crate::domain::incident::Incident;
use crate::domain::metrics::WindowMetrics;
use crate::domain::refusal::Refusal;
use crate::domain::release::ReleaseState;
use crate::domain::timeline::{self, Entry};

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

    /// What whoever takes over an incident must know.
    ///
    /// # Errors
    /// When there is no such incident.
    pub fn incident_brief(&self, id: Option<&IncidentId>) -> Result<String, Refusal> {
        let snapshot = self.snapshot();
        let sit = snapshot.situation(crate::system::clock::now());
        let (incident, entries) = self.incident(id)?;
        Ok(account::brief(&sit, incident, &entries))
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
