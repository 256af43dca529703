//! Looking for what a release must bring into the world: packages, images, addresses.
//!
//! Each is asked on a thread, a few at a time, only trusted and only because a person asked; what was seen is recorded
//! where it is news. Enter at [`Session::look_for_artifacts`].

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::effects::{CheckOf, JobDone};
use super::{ActError, Session};
use crate::domain::command::Command;
use crate::domain::refusal::Refusal;
use crate::domain::trigger::Health;
use crate::system::probe::Prober;

/// How many are looked for at once.
const AT_ONCE: usize = 4;

impl Session {
    /// Looks for every declared artifact. [`Session::pump`] takes the answers in; while [`Session::has_jobs`] some are
    /// under way. Answers how many are looked for.
    ///
    /// # Errors
    /// A refusal without a release or an artifact, and where the project is not trusted.
    pub fn look_for_artifacts(&mut self) -> Result<usize, ActError> {
        self.refresh()?;
        self.observe_outside();
        let Some(release) = self.release().filter(|release| release.is_open()) else {
            return Err(Refusal::new("no release is open")
                .next("relco release start minor, or the version itself")
                .into());
        };
        if self.plan().artifacts.is_empty() {
            return Err(Refusal::new("no artifact is declared")
                .next("name them in relco.toml, as [[artifact]]")
                .into());
        }
        if !self.observed.trusted {
            return Err(Refusal::new("the project's commands are not trusted yet").next("relco trust").into());
        }
        let values = self.production_values(release);
        let about = CheckOf { commit: release.commit().map(str::to_owned) };
        let artifacts = self.plan().artifacts.iter();
        let jobs: VecDeque<(String, Prober)> = artifacts
            .map(|one| (one.probe.id.to_string(), Prober::new(&one.probe, values.clone(), self.root.clone())))
            .collect();
        let count = jobs.len();
        self.jobs_open += count;
        let queue = Arc::new(Mutex::new(jobs));
        for _ in 0..count.min(AT_ONCE) {
            let (queue, to, about) = (Arc::clone(&queue), self.jobs.0.clone(), about.clone());
            std::thread::spawn(move || {
                loop {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                    let Some((artifact, prober)) = next else { return };
                    let seen = prober.ask();
                    let there = seen.health == Health::Well;
                    let command = Command::RecordArtifact { artifact, there, observed: seen.why };
                    // A session that is gone does not want the answer any more.
                    if to
                        .send(JobDone { commands: vec![command], check_of: Some(about.clone()), ..JobDone::default() })
                        .is_err()
                    {
                        return;
                    }
                }
            });
        }
        Ok(count)
    }
}
