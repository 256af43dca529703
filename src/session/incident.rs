//! What an incident needs from outside: the line of a log that is pinned, the report in a file, the clock of a decision.
//!
//! Enter at [`Session::pinned`], [`Session::write_incident_report`] and [`Session::look_at_decisions`].

use std::path::Path;

use jiff::Timestamp;

use super::{ActError, Session, Walked};
use crate::domain::command::Command;
use crate::domain::id::{AttemptId, IncidentId};
use crate::domain::incident::{Incident, cadence};
use crate::domain::merge;
use crate::domain::refusal::Refusal;
use crate::domain::text;
use crate::domain::time::Precision;
use crate::steplog::Reader;

/// How many bytes of a pinned line are looked at.
const LINE_BYTES: usize = 4096;
/// How many cells of a pinned line are kept.
const LINE_CELLS: usize = 300;
/// The most bytes that a report in a file may have to be written anew.
const REPORT_MAX_BYTES: u64 = 4 * 1024 * 1024;

impl Session {
    /// The note that pins a line of an attempt's log, counted from 1.
    ///
    /// # Errors
    /// When there is no such attempt or line.
    pub fn pinned(&self, attempt: &AttemptId, line: u64) -> Result<Command, ActError> {
        let release = self.release().ok_or_else(|| Refusal::new("no release is open"))?;
        let known = release.attempts.contains_key(attempt);
        let dir = self.attempt_dir(attempt).filter(|_| known);
        let dir = dir.ok_or_else(|| Refusal::new(format!("there is no {attempt}")).next("relco log lists them"))?;
        let reader = Reader::open(&dir).map_err(|error| ActError::System(error.to_string()))?;
        let at = line.checked_sub(1).ok_or_else(|| Refusal::new("lines count from 1"))?;
        let found = reader.read_lines(at, 1, LINE_BYTES).map_err(|error| ActError::System(error.to_string()))?;
        let found = found.first().ok_or_else(|| Refusal::new(format!("the log of {attempt} has no line {line}")))?;
        // A line happened when it was printed, not when somebody saw it.
        let printed = found.at_ms.and_then(|at| Timestamp::from_millisecond(at).ok());
        Ok(Command::Note {
            text: text::sanitize_line(&found.bytes, LINE_CELLS).text(),
            occurred: printed.map(|at| at.min(crate::system::clock::now())),
            precision: Precision::Exact,
            evidence: Some(format!("{attempt}:{line}")),
        })
    }

    /// What the next message about the open incident would say; the one after it comes at `next`.
    ///
    /// # Errors
    /// When there is no incident.
    pub fn update_draft(&self, next: Option<Timestamp>) -> Result<String, Refusal> {
        let snapshot = self.snapshot();
        let sit = snapshot.situation(crate::system::clock::now());
        let (incident, _) = self.incident(None)?;
        let next = next.or_else(|| cadence::next(incident, &sit.plan.cadence, sit.now));
        Ok(cadence::prefilled_update(&sit, incident, next))
    }

    /// Writes the report of an incident to a file. What a person changed in the file since relco wrote it last stays.
    /// Answers with what a person should know.
    ///
    /// # Errors
    /// When there is no such incident, or the file cannot be read or written; it is as it was then.
    pub fn write_incident_report(&self, id: Option<&IncidentId>, path: &Path) -> Result<Vec<String>, ActError> {
        let fresh = self.incident_report(id)?;
        let (incident, _) = self.incident(id)?;
        let failed = |what: &str, error: &dyn std::fmt::Display| {
            ActError::System(format!("cannot {what} {}: {error}", path.display()))
        };
        let base_name = format!("report-{}", incident.id);
        let mut said = Vec::new();
        let merged = match std::fs::metadata(path) {
            Ok(meta) if meta.len() > REPORT_MAX_BYTES => return Err(failed("read", &"it is larger than 4 MiB")),
            Ok(_) => {
                let mine = std::fs::read_to_string(path).map_err(|error| failed("read", &error))?;
                let base = self.draft(&base_name);
                if base.is_none() && !mine.trim().is_empty() {
                    said.push("what relco wrote there last is not known: every line of the file is kept".to_owned());
                }
                merge::keep(&base.unwrap_or_default(), &mine, &fresh)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => fresh.clone(),
            Err(error) => return Err(failed("read", &error)),
        };
        if merged != fresh {
            said.push("what people wrote in the file is kept".to_owned());
        }
        let aside = path.with_extension("relco-new");
        std::fs::write(&aside, &merged).map_err(|error| failed("write", &error))?;
        std::fs::rename(&aside, path).map_err(|error| failed("write", &error))?;
        self.save_draft(&base_name, &fresh).map_err(|error| failed("write", &error))?;
        Ok(said)
    }

    /// Records, once, that the time of a decision is over and nobody has looked again. It is noticed whenever relco
    /// lives, and stands on the timeline at the moment when it was over.
    pub(super) fn look_at_decisions(&mut self, walked: &mut Walked) -> Result<(), ActError> {
        let now = crate::system::clock::now();
        let of_release = self.release().filter(|release| release.is_open()).map(|release| release.incidents.as_slice());
        let all = of_release.unwrap_or_default().iter().chain(&self.project.state.incidents);
        let over = |incident: &&Incident| incident.overdue_decision(now).is_some_and(|one| one.over.is_none());
        let due: Vec<IncidentId> = all.filter(over).map(|incident| incident.id.clone()).collect();
        if due.is_empty() || self.read_only().is_some() {
            return Ok(());
        }
        for incident in due {
            match self.act(&Command::LookAtDecision { incident: incident.clone() }) {
                Ok(_) => {
                    walked.changed = true;
                    walked.warnings.push(format!("{incident}: the time of the decision is over: look again"));
                }
                // Somebody else's relco was first.
                Err(ActError::Refused(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
