//! One measurement after a deployment against one before it; what a verification item judges by.
//!
//! Enter at [`judge`].

use super::super::number::{beside, plain};
use super::super::run::Baseline;
use super::{Cause, Health, Sample, Verdict};

/// How many probes a judgement needs on each side; a median of fewer follows a single outlier.
pub const LEAST_SAMPLES: usize = 5;

/// A verdict with what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// What a captain reads: the numbers, and what they are held against.
    pub words: String,
}

/// Keeps of the probes before a deployment what [`judge`] needs later.
pub fn baseline(samples: &[Sample]) -> Baseline {
    Baseline {
        good_ms: good_ms(samples),
        asked: u32::try_from(samples.iter().filter(|s| s.health != Health::Unknown).count()).unwrap_or(u32::MAX),
    }
}

/// Judges the probes after a deployment against those before it.
///
/// More than half failed proposes rollback, unless more than half failed before it too. Then, with a `ratio`, a
/// median above `ratio` times the median before proposes it. Exactly `ratio` times does not. A failed probe counts as
/// slower than every answer, so that failing fast never makes a service look quick.
pub fn judge(after: &[Sample], before: Option<&Baseline>, ratio: Option<f64>) -> Judgement {
    let bad = count(after, Health::Bad);
    let told = bad + count(after, Health::Well);
    if told < LEAST_SAMPLES {
        return cannot(too_few(after, told));
    }
    if bad * 2 > told {
        return failing(after, bad, told, before);
    }
    let Some(ratio) = ratio else {
        let words = format!("{} of {told} probes well; more than half failing proposes rollback", told - bad);
        return Judgement { verdict: Verdict::Healthy, words };
    };
    let Some(base_ms) = before.filter(|b| b.good_ms.len() >= LEAST_SAMPLES).and_then(|b| median(b.good_ms.clone()))
    else {
        let good = before.map_or(0, |b| b.good_ms.len());
        return cannot(format!(
            "no baseline: {good} good {} before the deployment, at least {LEAST_SAMPLES} are needed",
            probes(good)
        ));
    };
    let mut times_ms = good_ms(after);
    times_ms.extend(std::iter::repeat_n(f64::INFINITY, bad));
    match median(times_ms) {
        Some(median_ms) if median_ms.is_finite() && base_ms > 0.0 => slow(median_ms, base_ms, ratio, bad, told),
        Some(median_ms) if median_ms.is_finite() => cannot("the baseline is 0 ms: nothing to compare with".to_owned()),
        _ => cannot(format!(
            "{bad} of {told} probes failed, too many for a median and not more than half{}",
            last_bad(after)
        )),
    }
}

fn failing(after: &[Sample], bad: usize, told: usize, before: Option<&Baseline>) -> Judgement {
    let why = last_bad(after);
    if let Some((bad_before, asked)) = before.map(|b| (bad_of(b), b.asked))
        && bad_before * 2 > asked
    {
        return cannot(format!(
            "{bad} of {told} probes failed{why}, but so did {bad_before} of {asked} before the deployment"
        ));
    }
    Judgement {
        verdict: Verdict::RollBack(Cause::Failing),
        words: format!("{bad} of {told} probes failed{why}; more than half proposes rollback"),
    }
}

fn slow(median_ms: f64, base_ms: f64, ratio: f64, bad: usize, told: usize) -> Judgement {
    let times = median_ms / base_ms;
    let verdict = if times > ratio { Verdict::RollBack(Cause::Slow) } else { Verdict::Healthy };
    let failed = if bad > 0 { format!(" ({bad} failed)") } else { String::new() };
    let words = format!(
        "median of {told} probes{failed} {}, {}x the {} before the deployment; more than {}x proposes rollback",
        millis(median_ms),
        beside(times, ratio, 1),
        millis(base_ms),
        plain(ratio)
    );
    Judgement { verdict, words }
}

fn cannot(words: String) -> Judgement {
    Judgement { verdict: Verdict::CannotJudge, words }
}

fn too_few(after: &[Sample], told: usize) -> String {
    let asked = after.len();
    let unknown = after.iter().rev().find(|s| s.health == Health::Unknown);
    let why = unknown.map_or_else(String::new, |s| format!(" ({})", s.why));
    if told == asked {
        format!("{asked} {}, at least {LEAST_SAMPLES} are needed", probes(asked))
    } else {
        format!("{told} of {asked} {} said something{why}, at least {LEAST_SAMPLES} are needed", probes(asked))
    }
}

fn last_bad(samples: &[Sample]) -> String {
    samples.iter().rev().find(|s| s.health == Health::Bad).map_or_else(String::new, |s| format!(" ({})", s.why))
}

fn bad_of(baseline: &Baseline) -> u32 {
    baseline.asked.saturating_sub(u32::try_from(baseline.good_ms.len()).unwrap_or(u32::MAX))
}

fn count(samples: &[Sample], health: Health) -> usize {
    samples.iter().filter(|s| s.health == health).count()
}

fn good_ms(samples: &[Sample]) -> Vec<f64> {
    samples.iter().filter(|s| s.health == Health::Well).filter_map(|s| s.value).collect()
}

pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    super::super::metrics::median(&values)
}

fn millis(ms: f64) -> String {
    if ms < 10.0 { format!("{ms:.1} ms") } else { format!("{ms:.0} ms") }
}

fn probes(count: usize) -> &'static str {
    if count == 1 { "probe" } else { "probes" }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn well(ms: f64) -> Sample {
        Sample { value: Some(ms), health: Health::Well, why: "answered 200".into() }
    }

    fn bad() -> Sample {
        Sample { value: None, health: Health::Bad, why: "answered 503".into() }
    }

    fn unknown() -> Sample {
        Sample { value: None, health: Health::Unknown, why: "exit 2".into() }
    }

    fn samples(good: &[f64], failed: usize) -> Vec<Sample> {
        good.iter().map(|&ms| well(ms)).chain(std::iter::repeat_n(bad(), failed)).collect()
    }

    fn before(ms: f64) -> Baseline {
        Baseline { good_ms: vec![ms; 9], asked: 9 }
    }

    fn judged(after: &[Sample], base_ms: f64) -> (Verdict, String) {
        let judgement = judge(after, Some(&before(base_ms)), Some(2.0));
        (judgement.verdict, judgement.words)
    }

    const SLOW: Verdict = Verdict::RollBack(Cause::Slow);
    const FAILING: Verdict = Verdict::RollBack(Cause::Failing);

    #[test]
    fn three_times_slower_proposes_rollback_in_words_with_numbers() {
        let (verdict, words) = judged(&samples(&[312.0; 9], 0), 101.0);
        assert_eq!(verdict, SLOW);
        assert_eq!(
            words,
            "median of 9 probes 312 ms, 3.1x the 101 ms before the deployment; more than 2x proposes rollback"
        );
    }

    #[test]
    fn the_threshold_itself_is_healthy() {
        for (ms, verdict, shown) in [
            (199.0, Verdict::Healthy, "1.99x"),
            (200.0, Verdict::Healthy, "2.0x"),
            (201.0, SLOW, "2.01x"),
            (104.0, Verdict::Healthy, "1.0x"),
        ] {
            let (got, words) = judged(&samples(&[ms; 9], 0), 100.0);
            assert_eq!(got, verdict, "{ms}");
            assert!(words.contains(shown), "{words}");
        }
    }

    #[test]
    fn the_ratio_is_data() {
        let after = samples(&[160.0; 5], 0);
        assert_eq!(judge(&after, Some(&before(100.0)), Some(1.5)).verdict, SLOW);
        assert_eq!(judge(&after, Some(&before(100.0)), Some(2.0)).verdict, Verdict::Healthy);
    }

    #[test]
    fn one_outlier_does_not_fire() {
        assert_eq!(judged(&samples(&[100.0, 101.0, 99.0, 102.0, 9_000.0], 0), 100.0).0, Verdict::Healthy);
    }

    #[test]
    fn a_majority_of_failed_probes_proposes_rollback_even_without_baseline() {
        for baseline in [Some(before(100.0)), None] {
            let judgement = judge(&samples(&[100.0; 4], 5), baseline.as_ref(), Some(2.0));
            assert_eq!(judgement.verdict, FAILING);
            assert_eq!(judgement.words, "5 of 9 probes failed (answered 503); more than half proposes rollback");
        }
    }

    #[test]
    fn a_service_that_was_down_before_is_not_judged() {
        let down = Baseline { good_ms: vec![100.0; 3], asked: 9 };
        let judgement = judge(&samples(&[], 9), Some(&down), Some(2.0));
        assert_eq!(judgement.verdict, Verdict::CannotJudge);
        assert_eq!(judgement.words, "9 of 9 probes failed (answered 503), but so did 6 of 9 before the deployment");
    }

    #[test]
    fn failed_probes_count_as_slower_than_any_answer() {
        let (verdict, words) = judged(&samples(&[100.0, 100.0, 100.0, 100.0, 250.0], 4), 100.0);
        assert_eq!(verdict, SLOW);
        assert!(words.starts_with("median of 9 probes (4 failed) 250 ms, 2.5x"), "{words}");
    }

    #[test]
    fn exactly_half_failed_is_neither() {
        let (verdict, words) = judged(&samples(&[100.0; 5], 5), 100.0);
        assert_eq!(verdict, Verdict::CannotJudge);
        assert!(words.starts_with("5 of 10 probes failed"), "{words}");
    }

    #[test]
    fn too_few_samples_cannot_be_judged() {
        let (verdict, words) = judged(&samples(&[500.0; 4], 0), 100.0);
        assert_eq!((verdict, words.as_str()), (Verdict::CannotJudge, "4 probes, at least 5 are needed"));
        assert_eq!(judge(&[], None, Some(2.0)).words, "0 probes, at least 5 are needed");
        let mut after = samples(&[100.0; 4], 0);
        after.extend([unknown(), unknown()]);
        assert_eq!(judged(&after, 100.0).1, "4 of 6 probes said something (exit 2), at least 5 are needed");
    }

    #[test]
    fn no_baseline_cannot_be_judged_but_a_health_only_trigger_needs_none() {
        let after = samples(&[100.0; 9], 0);
        let thin = Baseline { good_ms: vec![100.0; 4], asked: 4 };
        for (baseline, good) in [(None, 0), (Some(&thin), 4)] {
            let judgement = judge(&after, baseline, Some(2.0));
            assert_eq!(judgement.verdict, Verdict::CannotJudge);
            assert!(judgement.words.starts_with(&format!("no baseline: {good} good probes")), "{}", judgement.words);
        }
        assert_eq!(judge(&after, None, None).verdict, Verdict::Healthy);
        assert_eq!(judged(&after, 0.0).0, Verdict::CannotJudge);
    }

    #[test]
    fn the_baseline_keeps_good_answers_and_leaves_out_what_says_nothing() {
        let mut taken = samples(&[100.0, 120.0], 1);
        taken.push(unknown());
        assert_eq!(baseline(&taken), Baseline { good_ms: vec![100.0, 120.0], asked: 3 });
    }

    proptest! {
        #[test]
        fn slower_answers_never_turn_a_proposal_into_health(
            times in prop::collection::vec(1.0f64..1_000.0, 0..12),
            failed in 0usize..12,
            slower_ms in 0.0f64..1_000.0,
        ) {
            let slower: Vec<f64> = times.iter().map(|ms| ms + slower_ms).collect();
            let first = judged(&samples(&times, failed), 150.0).0;
            let second = judged(&samples(&slower, failed), 150.0).0;
            prop_assert!(first != SLOW || second == SLOW);
            prop_assert_eq!(first == FAILING, second == FAILING);
        }

        #[test]
        fn health_is_only_said_of_enough_probes(times in prop::collection::vec(1.0f64..1_000.0, 0..12), failed in 0usize..12) {
            if judged(&samples(&times, failed), 150.0).0 == Verdict::Healthy {
                prop_assert!(times.len() + failed >= LEAST_SAMPLES && failed * 2 < times.len() + failed);
            }
        }
    }
}
