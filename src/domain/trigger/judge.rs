//! The rule: probes after a deployment go in one by one, verdicts come out.
//!
//! Skip the cold start; take medians of five; let Wald's sequential test say healthy or roll back, and start over
//! after each healthy. Beside it: failing several times in a row fires at once. Where the probes carry no verdict, the
//! answer is "cannot judge", never "healthy". A pure state machine: the same readings give the same verdicts, live and
//! in `relco trigger replay`. Enter at [`Judge::feed`] and [`Judge::standing`].

use std::collections::VecDeque;

use super::baseline::{Baseline, block_median};
use super::rule::{Rule, Weights};
use super::{Cause, Health, Judgement, Reading, Verdict};

/// How many blocks are shown and spoken of.
const RECENT_BLOCKS: usize = 5;

/// A trigger at work on one deployment.
#[derive(Debug, Clone, PartialEq)]
pub struct Judge {
    rule: Rule,
    baseline: Baseline,
    weights: Weights,
    /// The value above which a block is slow; why there is none, where there is none.
    limit: Result<f64, String>,
    /// It was failing before and did not recover since.
    red: bool,
    /// Probes since the deployment, silent ones included.
    seen: usize,
    /// Probes since the last verdict of the test.
    unsettled: usize,
    /// Failed probes in a row.
    failed: usize,
    /// Good probes in a row.
    well: usize,
    /// Probes in a row that said nothing, and why the last one did.
    silent: (usize, Silence),
    /// The block that is being filled; none for a failed probe.
    block: Vec<Option<f64>>,
    /// The last blocks: slow or not.
    recent: VecDeque<bool>,
    score: f64,
    /// The last verdict.
    last: Option<Judgement>,
}

/// Why a probe says nothing about the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Silence {
    Probe,
    Control,
}

/// How a judgement stands between two verdicts.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// The last verdict; none before the first.
    pub verdict: Option<Verdict>,
    /// The test's score.
    pub score: f64,
    /// The score that fires.
    pub fires_at: f64,
    /// Slow blocks that are still missing to a proposal.
    pub more_slow: usize,
    /// What a captain reads: where it stands and what is missing to a verdict.
    pub words: String,
}

impl Judge {
    /// Begins to judge a deployment by what was usual before it.
    pub fn new(rule: Rule, baseline: Baseline) -> Self {
        let weights = rule.weights(baseline.slow_share);
        let limit = baseline
            .carries(&rule)
            .and_then(|()| rule.limit(baseline.usual).ok_or_else(|| "there is nothing to compare with".to_owned()));
        Self {
            weights,
            limit,
            red: baseline.red,
            rule,
            baseline,
            seen: 0,
            unsettled: 0,
            failed: 0,
            well: 0,
            silent: (0, Silence::Probe),
            block: Vec::new(),
            recent: VecDeque::new(),
            score: 0.0,
            last: None,
        }
    }

    /// Takes one probe in. Answers with a verdict where this probe led to one; after "roll back" nothing more is said.
    pub fn feed(&mut self, reading: &Reading) -> Option<Judgement> {
        if self.fired() {
            return None;
        }
        self.seen += 1;
        if !reading.says_something() {
            return self.heard_nothing(reading);
        }
        self.silent.0 = 0;
        let bad = reading.health == Health::Bad;
        (self.failed, self.well) = if bad { (self.failed + 1, 0) } else { (0, self.well + 1) };
        if self.well >= self.rule.down {
            self.red = false;
        }
        if self.failed >= self.rule.down && !self.red {
            let words = format!("{} probes failed in a row, at most {} may", self.failed, self.rule.down - 1);
            return self.say(Verdict::RollBack(Cause::Failing), self.weights.fires, words);
        }
        if self.red {
            return self.cannot("it was failing before the deployment already, and has not recovered".to_owned());
        }
        let limit = match &self.limit {
            Ok(limit) => *limit,
            Err(why) => return self.cannot(why.clone()),
        };
        if self.seen <= self.rule.skip {
            return None;
        }
        self.unsettled += 1;
        self.block.push(reading.value.filter(|_| !bad));
        if self.block.len() < self.rule.block.max(1) {
            return None;
        }
        let block = std::mem::take(&mut self.block);
        self.take_block(block_median(&block).is_some_and(|median| median > limit), limit)
    }

    fn take_block(&mut self, slow: bool, limit: f64) -> Option<Judgement> {
        if self.recent.len() == RECENT_BLOCKS {
            self.recent.pop_front();
        }
        self.recent.push_back(slow);
        self.score += if slow { self.weights.slow } else { self.weights.fast };
        let score = self.score;
        if score >= self.weights.fires {
            let cause = if self.failed > 0 { Cause::Failing } else { Cause::Slow };
            return self.say(
                Verdict::RollBack(cause),
                score,
                format!("{}; {}", self.blocks_of_usual(limit), self.scored(score)),
            );
        }
        if score <= self.weights.healthy {
            self.score = 0.0;
            self.unsettled = 0;
            return self.say(Verdict::Healthy, score, self.blocks_of_usual(limit));
        }
        if self.unsettled >= self.rule.most {
            let words = format!("no verdict in {} probes: {}", self.unsettled, self.scored(score));
            self.unsettled = 0;
            return self.say(Verdict::CannotJudge, score, words);
        }
        None
    }

    fn heard_nothing(&mut self, reading: &Reading) -> Option<Judgement> {
        let why = if reading.control == Some(false) { Silence::Control } else { Silence::Probe };
        self.silent = (self.silent.0 + 1, why);
        (self.failed, self.well) = (0, 0);
        if self.silent.0 < self.rule.down { None } else { self.cannot(self.silence()) }
    }

    fn silence(&self) -> String {
        match self.silent.1 {
            Silence::Control => "the control does not answer well either: it may be the network here".to_owned(),
            Silence::Probe => "the probe says nothing about the service".to_owned(),
        }
    }

    fn say(&mut self, verdict: Verdict, score: f64, words: String) -> Option<Judgement> {
        let judgement = Judgement { verdict, score, words };
        self.last = Some(judgement.clone());
        Some(judgement)
    }

    /// Says once that it cannot judge, until something else is said.
    fn cannot(&mut self, why: String) -> Option<Judgement> {
        if self.last.as_ref().is_some_and(|last| last.verdict == Verdict::CannotJudge && last.words == why) {
            return None;
        }
        self.say(Verdict::CannotJudge, self.score, why)
    }

    /// Whether it proposed rollback.
    pub fn fired(&self) -> bool {
        self.last.as_ref().is_some_and(|last| matches!(last.verdict, Verdict::RollBack(_)))
    }

    /// The last verdict.
    pub fn last(&self) -> Option<&Judgement> {
        self.last.as_ref()
    }

    /// What was usual before the deployment.
    pub fn baseline(&self) -> &Baseline {
        &self.baseline
    }

    /// The parameters.
    pub fn rule(&self) -> &Rule {
        &self.rule
    }

    /// Where it stands.
    pub fn standing(&self) -> Standing {
        let more_slow = ((self.weights.fires - self.score) / self.weights.slow).ceil().max(0.0) as usize;
        Standing {
            verdict: self.last.as_ref().map(|last| last.verdict),
            score: self.score,
            fires_at: self.weights.fires,
            more_slow,
            words: self.words(more_slow),
        }
    }

    fn words(&self, more_slow: usize) -> String {
        if let Some(last) = self.last.as_ref().filter(|_| self.fired()) {
            return last.words.clone();
        }
        if self.silent.0 >= self.rule.down {
            return self.silence();
        }
        if self.failed > 1 {
            let missing = self.rule.down.saturating_sub(self.failed);
            let note =
                if self.red { "; it was failing before the deployment".to_owned() } else { fires(missing, "probe") };
            return format!("{} probes failed in a row{note}", self.failed);
        }
        if self.red {
            return "it was failing before the deployment already, and has not recovered".to_owned();
        }
        let limit = match &self.limit {
            Ok(limit) => *limit,
            Err(why) => return why.clone(),
        };
        if self.seen < self.rule.skip {
            return format!("cold start: {} of {} probes passed over", self.seen, self.rule.skip);
        }
        if self.recent.is_empty() {
            return format!("{} of {} probes of the first block", self.block.len(), self.rule.block);
        }
        let more_fast = ((self.weights.healthy - self.score) / self.weights.fast).ceil().max(0.0) as usize;
        let missing = if self.score > 0.0 || self.recent.back() == Some(&true) {
            fires(more_slow, "slow block")
        } else {
            match more_fast {
                1 => "; one more says healthy".to_owned(),
                _ => format!("; {more_fast} more say healthy"),
            }
        };
        format!("{}{missing}", self.blocks(limit))
    }

    /// `5 of the last 5 blocks slower than 212 ms`.
    fn blocks(&self, limit: f64) -> String {
        let (slow, all) = (self.recent.iter().filter(|slow| **slow).count(), self.recent.len());
        let what = match self.rule.threshold {
            super::rule::Threshold::Failing => "failing".to_owned(),
            super::rule::Threshold::Above(value) => format!("above {}", self.rule.value(value)),
            super::rule::Threshold::Ratio(_) => format!("slower than {}", self.rule.value(limit)),
        };
        match slow {
            0 => format!("none of the last {all} blocks {what}"),
            _ => format!("{slow} of the last {all} blocks {what}"),
        }
    }

    /// As [`Judge::blocks`], with what the limit is made of: `slower than 212 ms (2x usual 106 ms)`.
    fn blocks_of_usual(&self, limit: f64) -> String {
        match self.rule.threshold {
            super::rule::Threshold::Ratio(_) => {
                format!("{} ({})", self.blocks(limit), self.rule.held_against(self.baseline.usual))
            }
            super::rule::Threshold::Above(_) | super::rule::Threshold::Failing => self.blocks(limit),
        }
    }

    fn scored(&self, score: f64) -> String {
        format!("score {score:.1} of {:.1}", self.weights.fires)
    }
}

fn fires(missing: usize, noun: &str) -> String {
    match missing {
        1 => "; one more fires".to_owned(),
        _ => format!("; {missing} more {noun}s fire"),
    }
}
