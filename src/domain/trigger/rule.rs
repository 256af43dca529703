//! The parameters of a measured trigger, each with where its default comes from.
//!
//! Enter at [`Rule`]. A project may set every one; the defaults are those that the simulation in `tests/it/simulation.rs`
//! was made with, and `docs/triggers.md` holds its table. Nothing here judges: that is [`super::judge`]'s.

use super::super::number::plain;

/// What a value is held against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Threshold {
    /// This multiple of the usual value: the median before the deployment.
    Ratio(f64),
    /// This value, whatever was usual.
    Above(f64),
    /// Nothing but failing: an answer that came is fast enough.
    Failing,
}

/// How one trigger judges. Counts are probes or blocks, never seconds: the interval is the probe's.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// When a block of probes counts as slow.
    pub threshold: Threshold,
    /// Good probes that make the baseline; the newest count. 300 is five minutes at one a second.
    pub baseline: usize,
    /// With fewer good probes than this there is no judging slowness. 100 keeps the share of false alarms of the
    /// simulation below its bar; see the table of baselines in `docs/triggers.md`.
    pub least: usize,
    /// Probes after the deployment that are not judged for slowness: a cold start. 30 covers twenty slow ones.
    pub skip: usize,
    /// Probes of one block; its median is what is judged, so that two outliers in five change nothing.
    pub block: usize,
    /// The share of slow blocks that means trouble (Wald's p1). A half: a service exactly at the threshold.
    pub slow_share: f64,
    /// The least share of slow blocks that is taken for usual (Wald's p0), however quiet the baseline was.
    pub usual_least: f64,
    /// The most; a baseline with more slow blocks is too noisy to judge by.
    pub usual_most: f64,
    /// Wald's alpha: how often a healthy release may be called slow, before what blocks and baseline add to it.
    pub false_alarm: f64,
    /// Wald's beta: how often a slow one may be called healthy.
    pub miss: f64,
    /// Failed probes in a row, with the control well, that propose rollback at once.
    pub down: usize,
    /// Probes without a verdict after which the answer is "cannot judge". 600 is ten minutes at one a second.
    pub most: usize,
    /// The same test, run over the baseline itself, may reach this share of what fires; beyond it the traffic is too
    /// noisy or too much in waves to judge by. Measured in the simulation.
    pub noise: f64,
    /// How much a block of the baseline may be like the one before it (rank correlation) where it has slow blocks:
    /// Wald's test takes blocks for independent, and slow ones that come in waves fire it. Measured in the simulation.
    pub waves: f64,
    /// Up to this share of slow blocks waves do no harm. Measured in the simulation.
    pub quiet: f64,
    /// What values are counted in, for words: `ms`.
    pub unit: String,
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            threshold: Threshold::Ratio(2.0),
            baseline: 300,
            least: 100,
            skip: 30,
            block: 5,
            slow_share: 0.5,
            usual_least: 0.15,
            usual_most: 0.35,
            false_alarm: 0.001,
            miss: 0.01,
            down: 5,
            most: 600,
            noise: 0.75,
            waves: 0.4,
            quiet: 0.05,
            unit: "ms".to_owned(),
        }
    }
}

/// The weights of Wald's sequential probability ratio test (A. Wald, Sequential Analysis, 1947): what a slow and a
/// fast block add to the score, and the bounds at which it says something.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// Added by a slow block; positive.
    pub slow: f64,
    /// Added by a fast block; negative.
    pub fast: f64,
    /// At this score or above, roll back.
    pub fires: f64,
    /// At this score or below, healthy.
    pub healthy: f64,
}

impl Rule {
    /// The weights of the test, given the share of slow blocks before the deployment.
    pub fn weights(&self, share_before: f64) -> Weights {
        let usual = self.usual(share_before);
        Weights {
            slow: (self.slow_share / usual).ln(),
            fast: ((1.0 - self.slow_share) / (1.0 - usual)).ln(),
            fires: ((1.0 - self.miss) / self.false_alarm).ln(),
            healthy: (self.miss / (1.0 - self.false_alarm)).ln(),
        }
    }

    /// The share of slow blocks that is taken for usual.
    pub fn usual(&self, share_before: f64) -> f64 {
        share_before.max(self.usual_least).min(self.usual_most)
    }

    /// The value above which a block is slow; none where it needs a usual value that is not there.
    pub fn limit(&self, usual: Option<f64>) -> Option<f64> {
        match self.threshold {
            Threshold::Ratio(ratio) => usual.filter(|usual| *usual > 0.0).map(|usual| usual * ratio),
            Threshold::Above(value) => Some(value),
            Threshold::Failing => Some(f64::MAX),
        }
    }

    /// A value with its unit: `212 ms`, `8.4 ms`, `0.12`.
    pub fn value(&self, value: f64) -> String {
        let number = match value.abs() {
            100.0.. => format!("{value:.0}"),
            10.0.. if self.unit == "ms" => format!("{value:.0}"),
            1.0.. => plain((value * 10.0).round() / 10.0),
            _ => plain(value),
        };
        if self.unit.is_empty() { number } else { format!("{number} {}", self.unit) }
    }

    /// What a value is held against, in words: `2x usual 106 ms`, `0.5 errors/s`; empty for failing alone.
    pub fn held_against(&self, usual: Option<f64>) -> String {
        match (self.threshold, usual) {
            (Threshold::Ratio(ratio), Some(usual)) => format!("{}x usual {}", plain(ratio), self.value(usual)),
            (Threshold::Ratio(ratio), None) => format!("{}x usual", plain(ratio)),
            (Threshold::Above(value), _) => self.value(value),
            (Threshold::Failing, _) => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_are_those_of_the_source() {
        let rule = Rule::default();
        let weights = rule.weights(0.0);
        let near = |value: f64, wanted: f64| (value - wanted).abs() < 0.001;
        assert!(near(weights.slow, 1.204) && near(weights.fast, -0.531), "{weights:?}");
        assert!(near(weights.fires, 6.898) && near(weights.healthy, -4.604), "{weights:?}");
        assert_eq!((weights.fires / weights.slow).ceil(), 6.0, "six slow blocks in a row fire");
        assert_eq!((weights.healthy / weights.fast).ceil(), 9.0, "nine fast ones say healthy");
        assert_eq!(rule.weights(0.9), rule.weights(0.35));
    }

    #[test]
    fn values_have_the_digits_that_say_something() {
        let mut rule = Rule::default();
        let shown = [1_234.6, 212.4, 83.4, 8.44, 0.5].map(|value| rule.value(value));
        assert_eq!(shown, ["1235 ms", "212 ms", "83 ms", "8.4 ms", "0.5 ms"]);
        rule.unit = String::new();
        assert_eq!([rule.value(0.125), rule.value(12.25)], ["0.125", "12.3"]);
    }
}
