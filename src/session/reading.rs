//! Small readings for front ends that are about more than the state: the last lines of what ran last.

use super::Session;
use super::walk::log_tail;

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
