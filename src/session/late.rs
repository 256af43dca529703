//! Steps that take too long, or print nothing: said once, with how long they usually take. Nothing is stopped but by
//! the plan's own word.
//!
//! Enter at [`Session::watch_times`].

use std::time::Duration;

use super::Session;
use super::walk::Walked;
use crate::domain::duration;
use crate::domain::id::AttemptId;
use crate::domain::release::ReleaseState;
use crate::domain::run::Attempt;
use crate::steplog::LOG_NAME;

impl Session {
    /// Says once when a step is over its time, and stops it where its plan says so; says once, until it prints again,
    /// when it is silent. It is never stopped otherwise.
    pub(super) fn watch_times(&mut self, walked: &mut Walked) {
        let now = crate::system::clock::now();
        let Some(release) = self.release() else { return };
        let mut late: Vec<(AttemptId, String, bool)> = Vec::new();
        let mut silent: Vec<(AttemptId, Option<String>)> = Vec::new();
        for attempt in release.running() {
            let Some(step) = release.run(&attempt.run).and_then(|run| self.step_of(run, &attempt.slot)) else {
                continue;
            };
            let ran = duration::between(attempt.intended, now);
            if let Some(limit) = step.timeout.filter(|limit| ran > *limit && !self.over_time.contains(&attempt.id)) {
                let usual = self.usual_words(release, attempt);
                let what =
                    if step.stop_on_timeout { "it is stopped, as its plan says" } else { "wait, or abort the run" };
                let words = format!("{} runs longer than {}{usual}: {what}", attempt.id, duration::limit(limit));
                late.push((attempt.id.clone(), words, step.stop_on_timeout));
            }
            if let Some(limit) = step.silence {
                let quiet = self.quiet_for(attempt).filter(|quiet| *quiet >= limit);
                let said = self.silent.contains(&attempt.id);
                let words = quiet.map(|quiet| {
                    let usual = self.usual_words(release, attempt);
                    format!("{}: no output for {}{usual}", attempt.slot, duration::clock(quiet))
                });
                if words.is_some() != said {
                    silent.push((attempt.id.clone(), words));
                }
            }
        }
        for (id, words, stops) in late {
            walked.changed = true;
            walked.warnings.push(words);
            if stops && let Err(error) = self.stop_attempt(&id, "relco", "over its time") {
                walked.warnings.push(error.to_string());
            }
            self.over_time.insert(id);
        }
        for (id, words) in silent {
            match words {
                Some(words) => {
                    walked.changed = true;
                    walked.warnings.push(words);
                    self.silent.insert(id);
                }
                None => {
                    self.silent.remove(&id);
                }
            }
        }
    }

    /// `, usually 0:35`, where earlier attempts tell.
    fn usual_words(&self, release: &ReleaseState, attempt: &Attempt) -> String {
        let usual = release.run(&attempt.run).and_then(|run| self.usual().slot(run, &attempt.slot));
        usual.map(|usual| format!(", usually {}", duration::clock(usual))).unwrap_or_default()
    }

    /// How long an attempt printed nothing, by its log; since its intent where it printed nothing at all.
    fn quiet_for(&self, attempt: &Attempt) -> Option<Duration> {
        let log = self.attempt_dir(&attempt.id)?.join(LOG_NAME);
        crate::system::clock::unchanged_for(&log)
    }
}
