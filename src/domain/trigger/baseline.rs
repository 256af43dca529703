//! What was usual before the deployment, and whether a judgement can rest on it.
//!
//! Enter at [`Baseline::of`]. It is computed once, when the first change begins, and then stands as a fact: what is
//! measured afterwards never changes what was usual.

use super::rule::Rule;
use super::{Health, Reading, median};

/// What the probes before the deployment come to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Baseline {
    /// Median of the good answers; none without any.
    pub usual: Option<f64>,
    /// Share of the blocks that were slow by the trigger's own threshold, from 0 to 1.
    pub slow_share: f64,
    /// How far the same test came over these probes, as a share of what fires; 1 and above would have fired.
    pub peak: f64,
    /// How much each block is like the one before it, from -1 to 1: the rank correlation of neighbours.
    pub waves: f64,
    /// Good probes it is made of.
    pub good: u32,
    /// Probes that said something, good or bad.
    pub asked: u32,
    /// The last probes all failed: what is red already cannot turn red.
    pub red: bool,
}

impl Baseline {
    /// Sums up the readings before a deployment, oldest first: the newest `rule.baseline` good ones and the bad ones
    /// between them. Readings that say nothing of the service are left out.
    pub fn of(rule: &Rule, readings: impl DoubleEndedIterator<Item = Reading>) -> Self {
        let mut good = 0;
        let mut values: Vec<Option<f64>> = Vec::new();
        for reading in readings.rev().filter(|reading| reading.says_something()) {
            if good == rule.baseline {
                break;
            }
            good += usize::from(reading.health == Health::Well);
            values.push(reading.value.filter(|_| reading.health == Health::Well));
        }
        values.reverse();
        let usual = median(values.iter().flatten().copied().collect());
        let red = values.len() >= rule.down && values.iter().rev().take(rule.down).all(Option::is_none);
        let mut baseline = Self { usual, red, good: count(good), asked: count(values.len()), ..Self::default() };
        if let Some(limit) = rule.limit(usual) {
            baseline.try_out(rule, limit, &values);
        }
        baseline
    }

    /// Runs the test over the baseline itself.
    fn try_out(&mut self, rule: &Rule, limit: f64, values: &[Option<f64>]) {
        let blocks: Vec<f64> = values.chunks_exact(rule.block.max(1)).filter_map(block_median).collect();
        if blocks.is_empty() {
            return;
        }
        let slow: Vec<bool> = blocks.iter().map(|block| *block > limit).collect();
        self.slow_share = slow.iter().filter(|slow| **slow).count() as f64 / slow.len() as f64;
        self.waves = neighbours(&blocks);
        let weights = rule.weights(self.slow_share);
        let mut score: f64 = 0.0;
        for slow in slow {
            score = (score + if slow { weights.slow } else { weights.fast }).max(0.0);
            self.peak = self.peak.max(score / weights.fires);
        }
    }

    /// Whether slowness can be judged by it.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn carries(&self, rule: &Rule) -> Result<(), String> {
        if self.asked == 0 {
            return Err("nothing was measured before the deployment".to_owned());
        }
        if self.red {
            return Err(format!("it was failing before the deployment already: the last {} probes", rule.down));
        }
        if (self.good as usize) < rule.least {
            let noun = if self.good == 1 { "probe" } else { "probes" };
            return Err(format!(
                "the baseline is too short: {} good {noun} before the deployment, at least {} are needed",
                self.good, rule.least
            ));
        }
        if rule.limit(self.usual).is_none() {
            return Err("what was usual before the deployment is 0: there is no multiple of it".to_owned());
        }
        if self.slow_share > rule.usual_most {
            return Err(format!(
                "too noisy: {:.0} % of the blocks before the deployment were slow, at most {:.0} % can be",
                self.slow_share * 100.0,
                rule.usual_most * 100.0
            ));
        }
        if self.waves > rule.waves && self.slow_share > rule.quiet {
            return Err(format!(
                "the traffic before the deployment came in waves: {:.0} % of the blocks were slow, and together \
                 (correlation {:.2}, at most {:.2} can be)",
                self.slow_share * 100.0,
                self.waves,
                rule.waves
            ));
        }
        if self.peak > rule.noise {
            return Err(format!(
                "too noisy: the same test over the probes before the deployment came to {:.0} % of what fires, at \
                 most {:.0} % can be",
                self.peak * 100.0,
                rule.noise * 100.0
            ));
        }
        Ok(())
    }
}

/// The median of a block; a failed probe is slower than every answer.
pub(super) fn block_median(block: &[Option<f64>]) -> Option<f64> {
    median(block.iter().map(|value| value.unwrap_or(f64::INFINITY)).collect())
}

/// Spearman's rank correlation of each value with the one after it; 0 for fewer than three values.
fn neighbours(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    // Equal values share a rank: the middle of theirs.
    let rank = |value: &f64| {
        let (below, up_to) = (sorted.partition_point(|one| one < value), sorted.partition_point(|one| one <= value));
        (below + up_to) as f64 / 2.0
    };
    let middle = values.len() as f64 / 2.0;
    let ranks: Vec<f64> = values.iter().map(|value| rank(value) - middle).collect();
    let spread: f64 = ranks.iter().map(|rank| rank * rank).sum();
    let together: f64 = ranks.iter().zip(ranks.iter().skip(1)).map(|(one, next)| one * next).sum();
    if spread > 0.0 { together / spread } else { 0.0 }
}

fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
