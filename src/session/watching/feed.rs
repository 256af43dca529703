//! What each probe said, in each environment: asked by a thread of this session, or read from the file of another.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Waker;
use crate::config::places;
use crate::domain::id::{EnvName, ProbeId};
use crate::domain::plan::{Plan, Probe, Trigger};
use crate::domain::trigger::live::{Control, Stamped};
use crate::system::probe::Prober;
use crate::system::samples::{SampleReader, Sampler};

/// How many samples of a probe are held; far more than a baseline and a judgement need.
const MOST_HELD: usize = 20_000;

static NONE: VecDeque<Stamped> = VecDeque::new();

/// The probes of all environments that are looked at.
#[derive(Default)]
pub(super) struct Feeds {
    feeds: BTreeMap<(EnvName, ProbeId), Feed>,
    wake: Option<Waker>,
}

impl Drop for Feeds {
    fn drop(&mut self) {
        // All at once: each of them waits a moment for its command to end.
        self.cut_off();
    }
}

impl std::fmt::Debug for Feeds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Feeds").field("feeds", &self.feeds).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Feed {
    /// Asks; none where only the file is read.
    sampler: Option<Sampler>,
    reader: SampleReader,
    samples: VecDeque<Stamped>,
    /// How long one answer speaks for now.
    speaks_for: Duration,
}

impl Feed {
    fn new(path: PathBuf, probe: &Probe) -> Self {
        let speaks_for = probe.interval * 2 + probe.timeout;
        Self { sampler: None, reader: SampleReader::new(path), samples: VecDeque::new(), speaks_for }
    }
}

/// Where the samples of a probe are kept.
fn path(dir: &Path, env: &EnvName, probe: &ProbeId) -> PathBuf {
    dir.join("samples").join(env.as_str()).join(format!("{probe}.samples"))
}

/// The probes that triggers measure with, or hold against.
pub(super) fn used(plan: &Plan) -> impl Iterator<Item = &Probe> {
    let names = |probe: &Probe, trigger: &Trigger| {
        trigger.probe.as_ref() == Some(&probe.id)
            || (trigger.probe.is_some() && trigger.control.as_ref() == Some(&probe.id))
    };
    plan.probes.iter().filter(move |probe| plan.triggers.iter().any(|trigger| names(probe, trigger)))
}

impl Feeds {
    pub(super) fn wake_with(&mut self, wake: Option<Waker>) {
        self.wake = wake;
    }

    /// Looks at what is on file, without asking.
    pub(super) fn look_at(&mut self, dir: &Path, env: &EnvName, plan: &Plan) {
        for probe in used(plan) {
            self.feeds
                .entry((env.clone(), probe.id.clone()))
                .or_insert_with(|| Feed::new(path(dir, env, &probe.id), probe));
        }
    }

    /// Asks the probes of an environment from now on.
    pub(super) fn ask(&mut self, dir: &Path, env: &EnvName, probers: Vec<(Probe, Prober)>) {
        for (probe, prober) in probers {
            let path = path(dir, env, &probe.id);
            if path.parent().is_none_or(|parent| places::make_private(parent).is_err()) {
                continue;
            }
            let wake = self.wake.clone();
            let sampler =
                Sampler::start(path.clone(), prober, probe.interval, move || wake.as_ref().is_none_or(|wake| wake()));
            let feed = self.feeds.entry((env.clone(), probe.id.clone())).or_insert_with(|| Feed::new(path, &probe));
            feed.sampler = Some(sampler);
        }
    }

    pub(super) fn is_asked(&self, env: &EnvName) -> bool {
        self.feeds.iter().any(|((of, _), feed)| of == env && feed.sampler.is_some())
    }

    /// Stops asking in other environments; what was read stays.
    pub(super) fn keep_only(&mut self, envs: &BTreeSet<EnvName>) {
        for ((env, _), feed) in &mut self.feeds {
            if !envs.contains(env) {
                feed.sampler = None;
            }
        }
    }

    pub(super) fn stop(&mut self) {
        self.cut_off();
        self.feeds.values_mut().for_each(|feed| feed.sampler = None);
    }

    fn cut_off(&self) {
        self.feeds.values().filter_map(|feed| feed.sampler.as_ref()).for_each(Sampler::cut_off);
    }

    /// Reads what is new.
    pub(super) fn read(&mut self) {
        for feed in self.feeds.values_mut() {
            feed.samples.extend(feed.reader.read());
            let over = feed.samples.len().saturating_sub(MOST_HELD);
            feed.samples.drain(..over);
        }
    }

    pub(super) fn samples(&self, env: &EnvName, probe: &ProbeId) -> &VecDeque<Stamped> {
        self.feeds.get(&(env.clone(), probe.clone())).map_or(&NONE, |feed| &feed.samples)
    }

    /// The control of a trigger; none where it has none.
    pub(super) fn control(&self, env: &EnvName, trigger: &Trigger) -> Option<Control<'_>> {
        let probe = trigger.control.as_ref()?;
        let feed = self.feeds.get(&(env.clone(), probe.clone()));
        let speaks_for = feed.map_or(Duration::ZERO, |feed| feed.speaks_for);
        Some(Control { samples: feed.map_or(&NONE, |feed| &feed.samples), speaks_for })
    }
}
