//! Small readings for front ends that are about more than the state: what the log of an attempt says at its end.

use std::path::Path;

use super::Session;
use crate::domain::text;
use crate::steplog::{Reader, last_lines};

/// How many lines of a log an incident keeps.
const LINES: usize = 20;
/// How many bytes of each are looked at.
const LINE_BYTES: usize = 1024;
/// How many cells of each are kept.
const LINE_CELLS: usize = 200;

/// What an incident keeps of an attempt's log: its last errors and its last lines, made safe to show. Empty where
/// there is no log, or it cannot be read.
pub fn log_tail(dir: &Path) -> Vec<String> {
    let lines = Reader::open(dir).and_then(|reader| last_lines(&reader, LINES, LINE_BYTES)).unwrap_or_default();
    lines.iter().map(|line| text::sanitize_line(&line.bytes, LINE_CELLS).text()).collect()
}

impl Session {
    /// The last lines of the attempt that was started last, in the last run of the release: what stands in front of
    /// whoever opens an incident. Empty where nothing ran.
    pub fn latest_log_tail(&self) -> Vec<String> {
        let latest = self.release().and_then(|release| {
            let run = release.any_open_run().or(release.runs.last())?;
            release.attempts.values().filter(|attempt| attempt.run == run.id).max_by_key(|attempt| attempt.intended)
        });
        latest.and_then(|attempt| self.attempt_dir(&attempt.id)).map(|dir| log_tail(&dir)).unwrap_or_default()
    }
}
