//! How long steps usually take: the median of the attempts that worked, over every release on record.
//!
//! Steps of the same item, act and environment are compared; where none worked in that environment, those of any
//! other. Enter at [`Usual::of`].

use std::collections::BTreeMap;
use std::time::Duration;

use super::duration;
use super::id::{EnvName, ItemId};
use super::release::ReleaseState;
use super::run::{Act, Run};

/// How long steps usually take.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usual {
    anywhere: BTreeMap<(ItemId, Act), Duration>,
    there: BTreeMap<(ItemId, Act, EnvName), Duration>,
}

impl Usual {
    /// What these releases tell.
    pub fn of<'a>(releases: impl IntoIterator<Item = &'a ReleaseState>) -> Self {
        let mut anywhere: BTreeMap<(ItemId, Act), Vec<Duration>> = BTreeMap::new();
        let mut there: BTreeMap<(ItemId, Act, EnvName), Vec<Duration>> = BTreeMap::new();
        for release in releases {
            for attempt in release.attempts.values() {
                let worked = attempt.outcome.as_ref().is_some_and(|outcome| outcome.ok());
                let (Some(started), Some(ended), true) = (attempt.started, attempt.ended, worked) else { continue };
                let Some(run) = release.run(&attempt.run) else { continue };
                let Some(slot) = run.slot(&attempt.slot) else { continue };
                let took = duration::between(started, ended);
                anywhere.entry((slot.item.clone(), slot.act)).or_default().push(took);
                there.entry((slot.item.clone(), slot.act, run.env.clone())).or_default().push(took);
            }
        }
        Self {
            anywhere: anywhere.into_iter().filter_map(|(key, took)| Some((key, median(took)?))).collect(),
            there: there.into_iter().filter_map(|(key, took)| Some((key, median(took)?))).collect(),
        }
    }

    /// How long a slot of a run usually takes; `None` where it never worked before.
    pub fn slot(&self, run: &Run, slot: &ItemId) -> Option<Duration> {
        let slot = run.slot(slot)?;
        self.item(&slot.item, slot.act, &run.env)
    }

    /// How long an item's act usually takes in an environment.
    pub fn item(&self, item: &ItemId, act: Act, env: &EnvName) -> Option<Duration> {
        let there = self.there.get(&(item.clone(), act, env.clone()));
        there.or_else(|| self.anywhere.get(&(item.clone(), act))).copied()
    }
}

/// The middle one; of an even number the later of the two, so that nobody waits for less than is usual.
fn median(mut took: Vec<Duration>) -> Option<Duration> {
    took.sort_unstable();
    took.get(took.len() / 2).copied()
}
