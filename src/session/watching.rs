//! Watching: probes are asked, triggers judged, verdicts recorded, as long as somebody looks.
//!
//! Who looks is a cockpit, `relco watch`, or the command that walks a run. Asking is done by threads of
//! `system::samples`; judging is `domain::trigger`'s; this only brings them together and carries their verdicts to
//! `decide`. It must never ask in a project that is not trusted, and never write a sample into a journal. Enter at
//! [`Session::watch_probes`], [`Session::watched`] and `watch_round`.

mod feed;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::walk::Walked;
use super::{ActError, Session};
use crate::domain::command::Command;
use crate::domain::decide::rollback::word;
use crate::domain::duration;
use crate::domain::id::{EnvName, ItemId, ProbeId, RunId, TriggerId};
use crate::domain::item::ItemState;
use crate::domain::plan::{Plan, Trigger};
use crate::domain::refusal::Refusal;
use crate::domain::release::{Answer, ReleaseState};
use crate::domain::run::Run;
use crate::domain::trigger::live::{Live, Marks, Shown, Stamped, began_by_hand, deployment, marks};
use crate::domain::trigger::recorded::Row;
use crate::domain::trigger::{Judgement, Verdict};
use crate::system::{clock, presence};
use feed::Feeds;

/// How long a step that runs may take to stop before a rollback that nobody asked for is left to a person.
const PATIENCE: Duration = Duration::from_secs(20);
/// A wait for the baseline shorter than this is not worth a word.
const WORTH_SAYING: Duration = Duration::from_secs(8);

/// Called after each probe; answers whether anybody still listens.
pub type Waker = Arc<dyn Fn() -> bool + Send + Sync>;

/// Everything that is watched.
#[derive(Debug, Default)]
pub(super) struct Watching {
    /// A front end wants it: in production, or in this environment.
    wanted: Option<Option<EnvName>>,
    feeds: Feeds,
    lives: BTreeMap<(EnvName, TriggerId), Live>,
    baseline: Option<BaselineWait>,
    /// Slots that wait for a verdict.
    slots: Vec<SlotWait>,
    /// Judgements that a person had begun anew.
    anew: BTreeMap<(RunId, TriggerId), Timestamp>,
    /// Runs whose trigger rolls back by itself.
    alone: Vec<RunId>,
}

/// A run that waits for what is usual.
#[derive(Debug)]
struct BaselineWait {
    run: RunId,
    triggers: Vec<TriggerId>,
    since: Timestamp,
}

/// A slot that waits for a verdict.
#[derive(Debug)]
struct SlotWait {
    run: RunId,
    slot: ItemId,
    trigger: TriggerId,
}

impl Watching {
    /// Whether somebody waits for it, so that it should be looked at again soon.
    pub(super) fn is_waited_for(&self) -> bool {
        self.baseline.is_some() || !self.slots.is_empty() || !self.alone.is_empty()
    }
}

impl Session {
    /// Asks the probes from now on: those of production and of the run under way, or those of one environment. `wake`
    /// is called after each answer; [`Session::pump`] takes it in.
    pub fn watch_probes(&mut self, env: Option<EnvName>, wake: Option<Waker>) {
        self.watching.wanted = Some(env);
        self.watching.feeds.wake_with(wake);
    }

    /// What is watched, as it stands; also what is only on file, when nobody asks.
    pub fn watched(&mut self) -> Vec<Shown> {
        let plan = Arc::clone(self.plan());
        let envs = match self.envs_to_watch() {
            envs if envs.is_empty() => plan.production().map(|env| env.name.clone()).into_iter().collect(),
            envs => envs,
        };
        for env in &envs {
            self.watching.feeds.look_at(&self.dir, env, &plan);
        }
        self.watching.feeds.read();
        self.judge(&plan, &envs);
        let mut shown = Vec::new();
        for env in &envs {
            for trigger in &plan.triggers {
                let Some(probe) = trigger.probe.as_ref().and_then(|probe| plan.probe(probe)) else { continue };
                let Some(live) = self.watching.lives.get(&(env.clone(), trigger.id.clone())) else { continue };
                let samples = self.watching.feeds.samples(env, &probe.id);
                let control = self.watching.feeds.control(env, trigger);
                let mut one = live.shown(env, probe, &plan, samples, control.as_ref());
                if let Some(why) = self.never_judged(env) {
                    one.words = why;
                }
                shown.push(one);
            }
        }
        shown
    }

    /// Why what is live in an environment is not judged although it is this release's: nobody saw when it came, so that
    /// nothing tells what was usual before it.
    fn never_judged(&self, env: &EnvName) -> Option<String> {
        let release = self.release()?;
        let live = self.project.state.live.get(env).filter(|live| live.version == release.version)?;
        let ran = release.runs.iter().any(|run| run.env == *env);
        (!ran).then(|| {
            format!("not judged: {} came to {env} without a run, so what was usual before is not known", live.version)
        })
    }

    /// What is kept of a trigger's probe in an environment, as a recording; none where it has no probe.
    pub fn recording(&mut self, env: &EnvName, trigger: &TriggerId) -> Option<Vec<Row>> {
        let plan = Arc::clone(self.plan());
        let trigger = plan.trigger(trigger)?;
        let probe = trigger.probe.as_ref()?;
        self.watching.feeds.look_at(&self.dir, env, &plan);
        self.watching.feeds.read();
        self.judge(&plan, &BTreeSet::from([env.clone()]));
        let live = self.watching.lives.get(&(env.clone(), trigger.id.clone()))?;
        let control = self.watching.feeds.control(env, trigger);
        Some(live.recording(self.watching.feeds.samples(env, probe), control.as_ref()))
    }

    /// What a probe said last.
    pub fn last_sample(&self, env: &EnvName, probe: &ProbeId) -> Option<Stamped> {
        self.watching.feeds.samples(env, probe).back().cloned()
    }

    pub(super) fn wait_for_baseline(&mut self, run: RunId, triggers: Vec<TriggerId>) -> Option<String> {
        let since = clock::now();
        self.watching.baseline = Some(BaselineWait { run, triggers: triggers.clone(), since });
        let plan = Arc::clone(self.plan());
        let longest = triggers
            .iter()
            .filter_map(|id| plan.trigger(id))
            .filter_map(|trigger| Some((trigger, plan.probe(trigger.probe.as_ref()?)?)))
            .max_by_key(|(trigger, probe)| probe.interval * u32::try_from(trigger.rule.least).unwrap_or(u32::MAX));
        let (trigger, probe) = longest?;
        let wait = probe.interval * u32::try_from(trigger.rule.least).unwrap_or(u32::MAX);
        (wait > WORTH_SAYING).then(|| {
            format!(
                "before the first change {} good probes of {} are wanted: up to {}",
                trigger.rule.least,
                probe.id,
                duration::words(wait)
            )
        })
    }

    pub(super) fn wait_for_verdict(&mut self, run: RunId, slot: ItemId, trigger: TriggerId, again: bool) {
        if again {
            self.watching.anew.insert((run.clone(), trigger.clone()), clock::now());
        }
        self.watching.slots.retain(|one| one.run != run || one.slot != slot);
        self.watching.slots.push(SlotWait { run, slot, trigger });
    }

    pub(super) fn roll_back_alone(&mut self, run: RunId) {
        self.watching.alone.push(run);
    }

    /// Takes in what the probes said, and what follows from it.
    pub(super) fn watch_round(&mut self, walked: &mut Walked) -> Result<(), ActError> {
        let envs = self.envs_to_watch();
        if envs.is_empty() && !self.watching.is_waited_for() {
            self.watching.feeds.stop();
            return Ok(());
        }
        self.ask_probes(&envs);
        self.watching.feeds.read();
        let plan = Arc::clone(self.plan());
        self.baselines_by_hand(&plan, &envs, walked)?;
        let said = self.judge(&plan, &envs);
        for (run, trigger, judged) in said {
            // What a slot waits for is recorded with the slot.
            let waits = self.watching.slots.iter().any(|one| one.run == run && one.trigger == trigger);
            if !waits && self.may_record(&run) {
                self.record_verdict(&run, &trigger, None, &judged, walked)?;
            }
        }
        self.settle_slots(walked)?;
        self.settle_baseline(walked)?;
        while let Some(run) = self.watching.alone.pop() {
            self.roll_back_now(&run, walked)?;
        }
        Ok(())
    }

    /// Where probes are asked: nowhere without trust and an open release.
    fn envs_to_watch(&self) -> BTreeSet<EnvName> {
        let mut envs = BTreeSet::new();
        if !self.observed.trusted {
            return envs;
        }
        if let Some(Some(env)) = &self.watching.wanted {
            envs.insert(env.clone());
            return envs;
        }
        if self.plan().triggers.iter().all(|trigger| trigger.probe.is_none()) {
            return envs;
        }
        let release = self.release().filter(|release| release.is_open());
        if self.watching.wanted.is_some() && release.is_some() {
            envs.extend(self.plan().production().map(|env| env.name.clone()));
        }
        let me = self.session_id();
        let walks =
            |run: &&Run| run.is_open() && (run.conductor.as_ref() == Some(&me) || self.watching.wanted == Some(None));
        envs.extend(
            release.into_iter().flat_map(|release| release.runs.iter().filter(walks).map(|run| run.env.clone())),
        );
        envs
    }

    fn ask_probes(&mut self, envs: &BTreeSet<EnvName>) {
        let missing: Vec<EnvName> = envs.iter().filter(|env| !self.watching.feeds.is_asked(env)).cloned().collect();
        let plan = Arc::clone(self.plan());
        for env in missing {
            let Ok(probers) = self.probers(&env) else { continue };
            let every = self.watching.wanted.as_ref().is_some_and(Option::is_some);
            let names: BTreeSet<ProbeId> = if every {
                plan.probes.iter().map(|probe| probe.id.clone()).collect()
            } else {
                feed::used(&plan).map(|probe| probe.id.clone()).collect()
            };
            let probers = probers.into_iter().filter(|(probe, _)| names.contains(&probe.id)).collect();
            self.watching.feeds.ask(&self.dir, &env, probers);
        }
        self.watching.feeds.keep_only(envs);
    }

    /// Brings every judgement up to date; gives what is new.
    fn judge(&mut self, plan: &Plan, envs: &BTreeSet<EnvName>) -> Vec<(RunId, TriggerId, Judgement)> {
        let mut said = Vec::new();
        let release = self.current.and_then(|at| self.releases.get(at)).map(|record| &record.state);
        for env in envs {
            let run = release.and_then(|release| deployment(release, env).map(|run| (release, run)));
            for trigger in plan.triggers.iter().filter(|trigger| trigger.probe.is_some()) {
                let key = (env.clone(), trigger.id.clone());
                let live = self.watching.lives.entry(key).or_insert_with(|| Live::new(trigger.clone()));
                if live.trigger() != trigger {
                    *live = Live::new(trigger.clone());
                }
                let Some(probe) = &trigger.probe else { continue };
                let samples = self.watching.feeds.samples(env, probe);
                let control = self.watching.feeds.control(env, trigger);
                let Some((release, run)) = run else {
                    live.update(Marks::default(), None, None, samples, control.as_ref());
                    continue;
                };
                let marks = marks(plan, release, run, trigger);
                let anew = self.watching.anew.get(&(run.id.clone(), trigger.id.clone())).copied();
                let from = marks.deployed.map(|deployed| begins(release, run, trigger, deployed, anew));
                let baseline = run.baselines.get(&trigger.id);
                let new = live.update(marks, from, baseline, samples, control.as_ref());
                said.extend(new.into_iter().map(|judged| (run.id.clone(), trigger.id.clone(), judged)));
            }
        }
        said
    }

    /// What was usual before a deployment that no step of relco's began: recorded as soon as a person says that something
    /// was done. It is made of the probes before the run, however long that took.
    fn baselines_by_hand(
        &mut self,
        plan: &Plan,
        envs: &BTreeSet<EnvName>,
        walked: &mut Walked,
    ) -> Result<(), ActError> {
        let mut commands = Vec::new();
        for env in envs {
            let Some(release) = self.release() else { continue };
            let Some(run) = deployment(release, env).filter(|run| run.is_open() && self.may_record(&run.id)) else {
                continue;
            };
            let Some(began) = began_by_hand(plan, release, run) else { continue };
            for trigger in plan.triggers.iter().filter(|one| !run.baselines.contains_key(&one.id)) {
                let Some(probe) = &trigger.probe else { continue };
                let samples = self.watching.feeds.samples(env, probe);
                let control = self.watching.feeds.control(env, trigger);
                let live = Live::new(trigger.clone());
                let baseline = live.baseline(samples, control.as_ref(), Some(began), began);
                commands.push(Command::RecordBaseline { run: run.id.clone(), trigger: trigger.id.clone(), baseline });
            }
        }
        commands.iter().try_for_each(|command| self.as_relco(command, walked))
    }

    /// Whether this session says what a trigger of the run comes to: who walks it does, and anybody once they are gone.
    fn may_record(&self, run: &RunId) -> bool {
        if self.read_only().is_some() {
            return false;
        }
        let conductor = self.release().and_then(|release| release.run(run)?.conductor.clone());
        conductor
            .is_none_or(|one| one == self.session_id() || !presence::alive(&self.dir.join("sessions")).contains(&one))
    }

    fn record_verdict(
        &mut self,
        run: &RunId,
        trigger: &TriggerId,
        slot: Option<ItemId>,
        judged: &Judgement,
        walked: &mut Walked,
    ) -> Result<(), ActError> {
        let known = self.release().and_then(|release| release.run(run)?.verdicts.get(trigger));
        let repeats = known.is_some_and(|known| known.verdict == judged.verdict) && judged.verdict == Verdict::Healthy;
        if slot.is_none() && repeats {
            return Ok(());
        }
        let (verdict, words) = (judged.verdict, judged.words.clone());
        let command = Command::RecordVerdict { run: run.clone(), trigger: trigger.clone(), slot, verdict, words };
        self.as_relco(&command, walked)
    }

    /// Carries out what no person asked for, in relco's own name.
    fn as_relco(&mut self, command: &Command, walked: &mut Walked) -> Result<(), ActError> {
        let person = self.by.replace("relco".to_owned());
        let taken = self.act_or_stop(command, walked);
        self.by = person;
        taken
    }

    fn settle_slots(&mut self, walked: &mut Walked) -> Result<(), ActError> {
        for wait in std::mem::take(&mut self.watching.slots) {
            let env = self.release().and_then(|release| {
                let run = release.run(&wait.run).filter(|run| run.is_open())?;
                (run.state(&wait.slot) == ItemState::Doing).then(|| run.env.clone())
            });
            let Some(env) = env else { continue };
            let live = self.watching.lives.get(&(env.clone(), wait.trigger.clone()));
            let judged = match live.and_then(Live::last) {
                Some(judged) => judged.clone(),
                None if self.watching.feeds.is_asked(&env) => {
                    self.watching.slots.push(wait);
                    continue;
                }
                None => Judgement {
                    verdict: Verdict::CannotJudge,
                    score: 0.0,
                    words: "its probe is not asked: the project is not trusted".to_owned(),
                },
            };
            self.record_verdict(&wait.run, &wait.trigger, Some(wait.slot), &judged, walked)?;
        }
        Ok(())
    }

    /// Lets the run go on once what is usual is known, or is not to be had.
    fn settle_baseline(&mut self, walked: &mut Walked) -> Result<(), ActError> {
        let Some(wait) = &self.watching.baseline else { return Ok(()) };
        let (run, now) = (wait.run.clone(), clock::now());
        let env = self.release().and_then(|release| release.run(&run)).filter(|run| run.is_open());
        let Some(env) = env.map(|run| run.env.clone()) else {
            self.watching.baseline = None;
            return Ok(());
        };
        let plan = Arc::clone(self.plan());
        let mut commands = Vec::new();
        for id in &wait.triggers {
            let Some(trigger) = plan.trigger(id) else { continue };
            let Some(probe) = trigger.probe.as_ref().and_then(|probe| plan.probe(probe)) else { continue };
            let samples = self.watching.feeds.samples(&env, &probe.id);
            let control = self.watching.feeds.control(&env, trigger);
            let baseline = Live::new(trigger.clone()).baseline(samples, control.as_ref(), None, now);
            let least = trigger.rule.least;
            // What was asked before the control answered at all says nothing yet, and is no reason to wait no longer.
            let heard = control.as_ref().map_or(Some(wait.since), |control| control.samples.front().map(|one| one.at));
            let since = heard.map(|heard| heard.max(wait.since));
            let asked = since.map_or(0, |since| samples.len() - samples.partition_point(|one| one.at <= since));
            // A probe that hangs is not waited for longer than one that answers.
            let patience = probe.interval * u32::try_from(least).unwrap_or(u32::MAX) * 3 / 2 + probe.timeout * 2;
            let over = asked >= least || duration::between(wait.since, now) > patience;
            let red = baseline.red && asked >= trigger.rule.down;
            if baseline.good as usize >= least || over || red || !self.watching.feeds.is_asked(&env) {
                commands.push(Command::RecordBaseline { run: run.clone(), trigger: id.clone(), baseline });
            } else {
                return Ok(());
            }
        }
        self.watching.baseline = None;
        for command in commands {
            self.as_relco(&command, walked)?;
        }
        match self.act(&Command::Next { run, all: false, safe: false }) {
            Ok(acted) => walked.take(acted),
            Err(ActError::Refused(refusal)) => {
                walked.changed = true;
                self.stopped = Some(refusal);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn roll_back_now(&mut self, run: &RunId, walked: &mut Walked) -> Result<(), ActError> {
        walked.changed = true;
        let Some(env) = self.release().and_then(|release| release.run(run)).map(|run| run.env.clone()) else {
            return Ok(());
        };
        let left = self.stop_run(run, "its trigger rolls back", PATIENCE)?;
        if !left.is_empty() {
            walked.warnings.push(format!("not rolled back by itself: {}", self.what_is_left(&left)));
            return Ok(());
        }
        let snapshot = self.snapshot();
        let confirm = match word(&snapshot.situation(clock::now()), &env) {
            Ok(word) => Some(word),
            Err(refusal) => return self.left_to_a_person(refusal),
        };
        self.as_relco(&Command::StartRollback { env, all: true, confirm, despite_running: false, dir: None }, walked)
    }

    fn left_to_a_person(&mut self, refusal: Refusal) -> Result<(), ActError> {
        self.stopped = Some(refusal);
        Ok(())
    }
}

/// From when a trigger judges a deployment: from its end, or later where somebody went on knowing of a proposal or
/// asked for a judgement anew.
fn begins(
    release: &ReleaseState,
    run: &Run,
    trigger: &Trigger,
    deployed: Timestamp,
    anew: Option<Timestamp>,
) -> Timestamp {
    let went_on = release
        .fired
        .iter()
        .filter(|fired| fired.run.as_ref() == Some(&run.id) && fired.trigger == trigger.id)
        .filter_map(|fired| fired.answered.as_ref())
        .filter(|answered| answered.answer == Answer::WentOn)
        .map(|answered| answered.at);
    went_on.chain(anew).chain([deployed]).max().unwrap_or(deployed)
}
