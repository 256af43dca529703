//! A trigger as it stands now: which probes count for what, and what a captain reads.
//!
//! [`marks`] says where in a run the change began and where the new version was out; [`Live`] takes probes in as they
//! come and keeps the judgement up to date; [`Live::shown`] is the picture. Nothing here reads a clock or a file.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

use super::baseline::Baseline;
use super::judge::{Judge, Standing};
use super::recorded::Row;
use super::{Cause, Health, Judgement, Reading, Sample, Verdict};
use crate::domain::duration;
use crate::domain::id::{EnvName, ProbeId, TriggerId};
use crate::domain::item::ItemState;
use crate::domain::plan::{ItemKind, List, Plan, Probe, Trigger};
use crate::domain::release::ReleaseState;
use crate::domain::run::{Act, Run, RunOutcome, RunPurpose};

/// Probes older than this do not say what is usual now.
pub const BASELINE_AGE: Duration = Duration::from_secs(3_600);

/// A probe with when it was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Stamped {
    /// When.
    pub at: Timestamp,
    /// What it said.
    pub sample: Sample,
}

/// Where in a run the change began, and where the new version was out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Marks {
    /// When the first change began: what came before it is usual.
    pub changed: Option<Timestamp>,
    /// When the deploying step was over: what comes after it is judged.
    pub deployed: Option<Timestamp>,
}

/// The deployment that a trigger looks at in an environment: the last run there, unless it was aborted or taken back.
pub fn deployment<'a>(release: &'a ReleaseState, env: &EnvName) -> Option<&'a Run> {
    let last = release.runs.iter().rev().find(|run| run.env == *env)?;
    let counts = last.purpose == RunPurpose::Deployment
        && last.ended.is_none_or(|(_, outcome)| outcome == RunOutcome::Succeeded);
    counts.then_some(last)
}

/// The marks of a deployment for one trigger.
pub fn marks(plan: &Plan, release: &ReleaseState, run: &Run, trigger: &Trigger) -> Marks {
    let changes = |slot: &&crate::domain::run::Slot| {
        slot.list == List::Deployment
            && slot.act == Act::Do
            && matches!(plan.item(&slot.item).map(|item| &item.kind), Some(ItemKind::Command(step)) if step.class.changes())
    };
    let of_list = || run.sequence.iter().filter(|slot| slot.list == List::Deployment && slot.act == Act::Do);
    let changing: Vec<_> = run.sequence.iter().filter(changes).collect();
    let began = changing
        .iter()
        .filter_map(|slot| release.attempts_of(&run.id, &slot.id).first().map(|attempt| attempt.intended))
        .min();
    let changed = began_by_hand(plan, release, run).or(began);
    let named = trigger.after.as_ref().and_then(|after| run.sequence.iter().find(|slot| slot.item == *after));
    let last = named.or_else(|| changing.last().copied()).or_else(|| of_list().next_back());
    let over = last.and_then(|slot| run.records.get(&slot.id)).filter(|record| record.state.settled());
    Marks { changed, deployed: over.map(|record| record.at).filter(|_| changed.is_some()) }
}

/// When a deployment began that was not begun by a step of relco's: by hand, or by something else. Its first word only
/// tells that it had begun by then, so that what counts as usual is what came before the run.
pub fn began_by_hand(plan: &Plan, release: &ReleaseState, run: &Run) -> Option<Timestamp> {
    if run.purpose != RunPurpose::Deployment {
        return None;
    }
    let slots = run.sequence.iter().filter(|slot| slot.list == List::Deployment && slot.act == Act::Do);
    for slot in slots {
        match plan.item(&slot.item).map(|item| &item.kind) {
            Some(ItemKind::Command(step))
                if step.class.changes() && !release.attempts_of(&run.id, &slot.id).is_empty() =>
            {
                return None;
            }
            Some(ItemKind::Manual) => {
                let told = run.records.get(&slot.id).map(|record| record.state);
                if matches!(told, Some(ItemState::Done | ItemState::Failed)) {
                    return Some(run.started);
                }
            }
            _ => {}
        }
    }
    None
}

/// How far a trigger is.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// Before a deployment: gathering what is usual.
    Gathering,
    /// Between the first change and the end of the deploying step.
    Changing,
    /// After it.
    Judging(Standing),
}

/// One point of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// When.
    pub at: Timestamp,
    /// What it measured; none where it was not well.
    pub value: Option<f64>,
    /// It says nothing about the service.
    pub silent: bool,
}

/// A probe and its trigger as the screen and the command line show them.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// Where.
    pub env: EnvName,
    /// Which probe.
    pub probe: ProbeId,
    /// Which trigger measures with it.
    pub trigger: TriggerId,
    /// The trigger's title.
    pub title: String,
    /// It never proposes.
    pub dry_run: bool,
    /// The last probe.
    pub last: Option<Stamped>,
    /// When the last one stops to say anything about now.
    pub fresh_for: Duration,
    /// What was usual: before the deployment, or so far.
    pub usual: Option<f64>,
    /// Above this it is slow.
    pub limit: Option<f64>,
    /// Values in words.
    pub rule: super::rule::Rule,
    /// How far it is.
    pub stage: Stage,
    /// Where it stands, and what is missing to a verdict.
    pub words: String,
    /// The last verdict.
    pub verdict: Option<Verdict>,
    /// The last probes, oldest first.
    pub course: Vec<Point>,
    /// When the new version was out.
    pub deployed: Option<Timestamp>,
}

impl Shown {
    /// Whether the last probe says anything about now.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.last.as_ref().is_some_and(|last| duration::between(last.at, now) <= self.fresh_for)
    }
}

/// How many points a picture has.
const COURSE: usize = 120;

/// One trigger on one deployment, or before one.
#[derive(Debug, Clone)]
pub struct Live {
    trigger: Trigger,
    /// What the judge was begun with: its baseline and from when.
    begun: Option<(Baseline, Timestamp)>,
    judge: Option<Judge>,
    /// Up to here probes were judged.
    fed: Option<Timestamp>,
    marks: Marks,
}

impl Live {
    /// Begins to look at a trigger.
    pub fn new(trigger: Trigger) -> Self {
        Self { trigger, begun: None, judge: None, fed: None, marks: Marks::default() }
    }

    /// The trigger.
    pub fn trigger(&self) -> &Trigger {
        &self.trigger
    }

    /// Says how far the deployment is, and takes in what was asked since. `from` is where judging begins: the
    /// deployment, or later where a person's answer began it anew. Gives the verdicts that came of it.
    pub fn update(
        &mut self,
        marks: Marks,
        from: Option<Timestamp>,
        baseline: Option<&Baseline>,
        samples: &VecDeque<Stamped>,
        control: Option<&Control<'_>>,
    ) -> Vec<Judgement> {
        self.marks = marks;
        let Some(from) = from else {
            (self.begun, self.judge, self.fed) = (None, None, None);
            return Vec::new();
        };
        let baseline = baseline.cloned().unwrap_or_default();
        if self.begun.as_ref().is_none_or(|begun| *begun != (baseline.clone(), from)) {
            let mut rule = self.trigger.rule.clone();
            // What began anew later is warm already.
            if marks.deployed.is_some_and(|deployed| from > deployed) {
                rule.skip = 0;
            }
            self.judge = Some(Judge::new(rule, baseline.clone()));
            self.begun = Some((baseline, from));
            self.fed = Some(from);
        }
        let (Some(judge), Some(fed)) = (&mut self.judge, self.fed) else { return Vec::new() };
        let first = samples.partition_point(|one| one.at <= fed);
        let mut said = Vec::new();
        for one in samples.range(first..) {
            if let Some(mut judged) = judge.feed(&reading(one, control)) {
                if judged.verdict == Verdict::RollBack(Cause::Failing) && !one.sample.why.is_empty() {
                    judged.words.push_str(&format!(" ({})", one.sample.why));
                }
                said.push(judged);
            }
            self.fed = Some(one.at);
        }
        said
    }

    /// The judge's last word.
    pub fn last(&self) -> Option<&Judgement> {
        self.judge.as_ref().and_then(Judge::last)
    }

    /// The baseline as it would be now, of the probes before `until`.
    pub fn baseline(
        &self,
        samples: &VecDeque<Stamped>,
        control: Option<&Control<'_>>,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Baseline {
        let first = samples.partition_point(|one| duration::between(one.at, now) > BASELINE_AGE);
        let last = until.map_or(samples.len(), |until| samples.partition_point(|one| one.at < until));
        let recent = samples.range(first.min(last)..last).map(|one| reading(one, control));
        Baseline::of(&self.trigger.rule, recent)
    }

    /// The kept probes as a recording, counted from the first of them.
    pub fn recording(&self, samples: &VecDeque<Stamped>, control: Option<&Control<'_>>) -> Vec<Row> {
        let first = samples.front().map_or(Timestamp::UNIX_EPOCH, |first| first.at);
        let row = |one: &Stamped| Row {
            t_s: duration::between(first, one.at).as_secs_f64(),
            reading: reading(one, control),
            deployed: self.marks.deployed.is_some_and(|deployed| one.at > deployed),
        };
        // What came between the first change and the end of the deployment is neither before nor after it.
        let between = |one: &&Stamped| {
            let changed = self.marks.changed.is_some_and(|changed| one.at >= changed);
            changed && self.marks.deployed.is_none_or(|deployed| one.at <= deployed)
        };
        samples.iter().filter(|one| !between(one)).map(row).collect()
    }

    /// The picture.
    pub fn shown(
        &self,
        env: &EnvName,
        probe: &Probe,
        plan: &Plan,
        samples: &VecDeque<Stamped>,
        control: Option<&Control<'_>>,
    ) -> Shown {
        let last = samples.back().cloned();
        let now = last.as_ref().map_or(Timestamp::UNIX_EPOCH, |last| last.at);
        let baseline = match &self.begun {
            Some((baseline, _)) => baseline.clone(),
            None => self.baseline(samples, control, self.marks.changed, now),
        };
        let rule = &self.trigger.rule;
        let (stage, words) = match (&self.judge, self.marks.changed) {
            (Some(judge), _) => {
                let standing = judge.standing();
                let words = standing.words.clone();
                (Stage::Judging(standing), words)
            }
            (None, Some(_)) => (Stage::Changing, self.changing_words(plan)),
            (None, None) => (Stage::Gathering, gathering_words(rule, &baseline)),
        };
        let limit = rule.limit(baseline.usual).filter(|limit| *limit < f64::MAX);
        Shown {
            env: env.clone(),
            probe: probe.id.clone(),
            trigger: self.trigger.id.clone(),
            title: self.trigger.title.clone(),
            dry_run: self.trigger.dry_run,
            fresh_for: probe.interval * 2 + probe.timeout,
            usual: baseline.usual,
            limit,
            rule: rule.clone(),
            stage,
            words,
            verdict: self.last().map(|last| last.verdict),
            course: course(samples),
            deployed: self.marks.deployed,
            last,
        }
    }

    fn changing_words(&self, plan: &Plan) -> String {
        let step = self.trigger.after.as_ref().and_then(|after| plan.item(after)).map(|item| item.title.as_str());
        match step {
            Some(title) => format!("judged once \"{title}\" is done"),
            None => "judged once the last change is done".to_owned(),
        }
    }
}

fn gathering_words(rule: &super::rule::Rule, baseline: &Baseline) -> String {
    let (good, wanted) = (baseline.good as usize, rule.baseline);
    match baseline.carries(rule) {
        _ if baseline.asked == 0 => "nothing was measured yet".to_owned(),
        Ok(()) if good >= wanted => format!("baseline stands: {good} probes"),
        Ok(()) => format!("baseline stands, growing: {good} of {wanted} probes"),
        Err(_) if good < rule.least && !baseline.red => format!("baseline: {good} of at least {} probes", rule.least),
        Err(why) => format!("cannot judge as it is now: {why}"),
    }
}

fn course(samples: &VecDeque<Stamped>) -> Vec<Point> {
    let from = samples.len().saturating_sub(COURSE);
    let point =
        |one: &Stamped| Point { at: one.at, value: one.sample.value, silent: one.sample.health == Health::Unknown };
    samples.range(from..).map(point).collect()
}

/// The control's probes, to look up what it said at a time.
#[derive(Debug)]
pub struct Control<'a> {
    /// Its probes, oldest first.
    pub samples: &'a VecDeque<Stamped>,
    /// How long one of them speaks for.
    pub speaks_for: Duration,
}

impl Control<'_> {
    /// Whether it answered well then; what is too old or not there speaks for nothing.
    fn well_at(&self, at: Timestamp) -> bool {
        let next = self.samples.partition_point(|one| one.at <= at);
        let said = next.checked_sub(1).and_then(|last| self.samples.get(last));
        said.is_some_and(|one| one.sample.health == Health::Well && duration::between(one.at, at) <= self.speaks_for)
    }
}

/// A probe as the judgement needs it.
fn reading(one: &Stamped, control: Option<&Control<'_>>) -> Reading {
    Reading {
        value: one.sample.value,
        health: one.sample.health,
        control: control.map(|control| control.well_at(one.at)),
    }
}
