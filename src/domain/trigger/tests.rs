//! The rule on traffic that a person can count.

use proptest::prelude::*;

use super::baseline::Baseline;
use super::judge::Judge;
use super::rule::{Rule, Threshold};
use super::*;

fn well(value: f64) -> Reading {
    Reading { value: Some(value), health: Health::Well, control: None }
}

const BAD: Reading = Reading { value: None, health: Health::Bad, control: None };
const SILENT: Reading = Reading { value: None, health: Health::Unknown, control: None };

fn steady(count: usize) -> Vec<Reading> {
    vec![well(106.0); count]
}

fn judge_with(rule: Rule, before: &[Reading]) -> Judge {
    let baseline = Baseline::of(&rule, before.iter().copied());
    Judge::new(rule, baseline)
}

fn judge(before: &[Reading]) -> Judge {
    judge_with(Rule { skip: 0, ..Rule::default() }, before)
}

/// Feeds and gives the verdicts with the count of probes at which they came.
fn fed(judge: &mut Judge, readings: &[Reading]) -> Vec<(usize, Verdict)> {
    readings.iter().enumerate().filter_map(|(at, one)| Some((at + 1, judge.feed(one)?.verdict))).collect()
}

const SLOW: Verdict = Verdict::RollBack(Cause::Slow);
const FAILING: Verdict = Verdict::RollBack(Cause::Failing);

#[test]
fn six_slow_blocks_fire_and_nine_fast_ones_are_healthy() {
    assert_eq!(fed(&mut judge(&steady(300)), &[well(213.0); 100]), [(30, SLOW)]);
    let mut quiet = judge(&steady(300));
    assert_eq!(fed(&mut quiet, &[well(212.0); 100]), [(45, Verdict::Healthy), (90, Verdict::Healthy)]);
}

#[test]
fn the_cold_start_is_passed_over() {
    let mut judge = judge_with(Rule::default(), &steady(300));
    assert_eq!(fed(&mut judge, &[well(900.0); 29]), []);
    assert_eq!(judge.standing().words, "cold start: 29 of 30 probes passed over");
    assert_eq!(fed(&mut judge, &[well(100.0); 46]), [(46, Verdict::Healthy)]);
}

#[test]
fn what_is_missing_stands_in_words() {
    let mut judge = judge(&steady(300));
    fed(&mut judge, &[well(300.0); 25]);
    let standing = judge.standing();
    assert_eq!(standing.words, "5 of the last 5 blocks slower than 212 ms; one more fires");
    assert_eq!((standing.more_slow, standing.verdict), (1, None));
    assert_eq!(format!("{:.1} of {:.1}", standing.score, standing.fires_at), "6.0 of 6.9");
    fed(&mut judge, &[well(100.0); 5]);
    assert_eq!(judge.standing().words, "4 of the last 5 blocks slower than 212 ms; 2 more slow blocks fire");
    fed(&mut judge, &[well(300.0); 10]);
    assert!(judge.fired());
    let words = "4 of the last 5 blocks slower than 212 ms (2x usual 106 ms); score 7.9 of 6.9";
    assert_eq!(judge.standing().words, words);
}

#[test]
fn good_traffic_says_how_much_is_missing_to_healthy() {
    let mut judge = judge(&steady(300));
    fed(&mut judge, &[well(100.0); 3]);
    assert_eq!(judge.standing().words, "3 of 5 probes of the first block");
    fed(&mut judge, &[well(100.0); 37]);
    assert_eq!(judge.standing().words, "none of the last 5 blocks slower than 212 ms; one more says healthy");
}

#[test]
fn five_failures_in_a_row_fire_at_once_also_in_the_cold_start() {
    let mut judge = judge_with(Rule::default(), &steady(300));
    assert_eq!(fed(&mut judge, &[BAD; 4]), []);
    assert_eq!(judge.standing().words, "4 probes failed in a row; one more fires");
    assert_eq!(fed(&mut judge, &[BAD; 4]), [(1, FAILING)]);
}

#[test]
fn failures_that_do_not_come_in_a_row_count_as_slow() {
    let pattern = [BAD, BAD, BAD, well(100.0), well(100.0)].repeat(10);
    assert_eq!(fed(&mut judge(&steady(300)), &pattern), [(30, SLOW)]);
}

#[test]
fn without_a_baseline_only_failing_is_judged() {
    let mut judge = judge(&[]);
    assert_eq!(fed(&mut judge, &[well(900.0); 100]), [(1, Verdict::CannotJudge)]);
    assert_eq!(judge.standing().words, "nothing was measured before the deployment");
    assert_eq!(fed(&mut judge, &[BAD; 5]), [(5, FAILING)]);
    let mut short = self::judge(&steady(99));
    fed(&mut short, &[well(100.0)]);
    let words = "the baseline is too short: 99 good probes before the deployment, at least 100 are needed";
    assert_eq!(short.standing().words, words);
}

#[test]
fn what_was_red_before_does_not_count() {
    let mut before = steady(300);
    before.extend([BAD; 5]);
    let mut judge = judge(&before);
    assert_eq!(fed(&mut judge, &[BAD; 100]), [(1, Verdict::CannotJudge)]);
    // It recovered: from then on it can turn red.
    assert_eq!(fed(&mut judge, &[well(100.0); 5]), [(5, Verdict::CannotJudge)]);
    assert_eq!(fed(&mut judge, &[BAD; 5]), [(5, FAILING)]);
}

#[test]
fn a_control_that_fails_too_means_the_network() {
    let lost = Reading { control: Some(false), ..BAD };
    let mut judge = judge(&steady(300));
    assert_eq!(fed(&mut judge, &[lost; 100]), [(5, Verdict::CannotJudge)]);
    assert!(judge.standing().words.starts_with("the control does not answer well either"));
    let heard = Reading { control: Some(true), ..well(100.0) };
    assert_eq!(fed(&mut judge, &[heard; 45]), [(45, Verdict::Healthy)]);
    // Failures around a silence are not in a row.
    assert_eq!(fed(&mut judge, &[BAD, BAD, BAD, lost, BAD, BAD]), []);
}

#[test]
fn a_probe_that_says_nothing_is_never_healthy() {
    let mut judge = judge(&steady(300));
    assert_eq!(fed(&mut judge, &[SILENT; 700]), [(5, Verdict::CannotJudge)]);
    assert_eq!(judge.standing().words, "the probe says nothing about the service");
}

#[test]
fn a_test_that_does_not_decide_says_so() {
    // Three slow blocks of ten stay between the bounds.
    let block = |slow: bool| [well(if slow { 300.0 } else { 100.0 }); 5];
    let pattern: Vec<Reading> = (0..200).flat_map(|n| block(n % 10 == 0 || n % 10 == 3 || n % 10 == 6)).collect();
    let said = fed(&mut judge(&steady(300)), &pattern);
    assert_eq!(said.first(), Some(&(600, Verdict::CannotJudge)));
}

#[test]
fn a_fixed_limit_needs_no_multiple_of_what_was_usual() {
    let rule = Rule { threshold: Threshold::Above(0.5), unit: "errors/s".into(), skip: 0, ..Rule::default() };
    let mut judge = judge_with(rule, &[well(0.0); 100]);
    assert_eq!(fed(&mut judge, &[well(0.6); 30]), [(30, SLOW)]);
    assert_eq!(judge.standing().words, "5 of the last 5 blocks above 0.5 errors/s; score 7.2 of 6.9");
    let mut zero = self::judge(&[well(0.0); 100]);
    assert_eq!(fed(&mut zero, &[well(1.0); 30]), [(1, Verdict::CannotJudge)]);
}

#[test]
fn a_rule_for_failures_alone_does_not_mind_slowness() {
    let rule = Rule { threshold: Threshold::Failing, skip: 0, ..Rule::default() };
    let mut judge = judge_with(rule, &steady(100));
    assert_eq!(fed(&mut judge, &[well(9_000.0); 45]), [(45, Verdict::Healthy)]);
    let flapping = [BAD, BAD, BAD, well(100.0), well(100.0)].repeat(6);
    assert_eq!(fed(&mut judge, &flapping), [(30, SLOW)]);
    assert_eq!(judge.standing().words, "5 of the last 5 blocks failing; score 7.2 of 6.9");
}

#[test]
fn the_baseline_takes_the_newest_good_probes_and_leaves_out_what_says_nothing() {
    let rule = Rule::default();
    let mut before = vec![well(900.0); 100];
    before.extend(steady(298));
    before.extend([BAD, SILENT, Reading { control: Some(false), ..well(5.0) }, well(106.0), well(106.0)]);
    let baseline = Baseline::of(&rule, before.iter().copied());
    assert_eq!((baseline.good, baseline.asked, baseline.usual), (300, 301, Some(106.0)));
    assert_eq!(baseline.carries(&rule), Ok(()));
}

#[test]
fn noise_and_waves_before_the_deployment_cannot_be_judged_by() {
    let rule = Rule::default();
    let block = |slow: bool| [well(if slow { 300.0 } else { 100.0 }); 5];
    let noisy: Vec<Reading> = (0..60).flat_map(|n| block(n % 5 < 2)).collect();
    let words = Baseline::of(&rule, noisy.iter().copied()).carries(&rule).unwrap_err();
    assert!(words.starts_with("too noisy: 40 % of the blocks"), "{words}");
    let waves: Vec<Reading> = (0..60).flat_map(|n| block(n < 8)).collect();
    let words = Baseline::of(&rule, waves.iter().copied()).carries(&rule).unwrap_err();
    assert!(words.starts_with("the traffic before the deployment came in waves: 13 %"), "{words}");
}

fn any_reading() -> impl Strategy<Value = Reading> {
    let control = prop_oneof![Just(None), Just(Some(true)), Just(Some(false))];
    (prop_oneof![3 => (1.0f64..1_000.0).prop_map(Some), 1 => Just(None)], control, any::<bool>()).prop_map(
        |(value, control, known)| {
            let health = match (value, known) {
                (Some(_), _) => Health::Well,
                (None, true) => Health::Bad,
                (None, false) => Health::Unknown,
            };
            Reading { value, health, control }
        },
    )
}

proptest! {
    #[test]
    fn nothing_is_said_after_roll_back_and_healthy_only_of_enough_probes(
        before in prop::collection::vec(any_reading(), 0..320),
        after in prop::collection::vec(any_reading(), 0..200),
    ) {
        let rule = Rule { skip: 10, ..Rule::default() };
        let baseline = Baseline::of(&rule, before.iter().copied());
        let carries = baseline.carries(&rule).is_ok();
        let mut judge = Judge::new(rule, baseline);
        let said = fed(&mut judge, &after);
        for (at, verdict) in &said {
            prop_assert!(*verdict != Verdict::Healthy || (carries && *at >= 10 + 45));
        }
        let fired = said.iter().position(|(_, verdict)| matches!(verdict, Verdict::RollBack(_)));
        prop_assert!(fired.is_none_or(|at| at + 1 == said.len()));
        prop_assert!(!judge.standing().words.is_empty());
    }

    #[test]
    fn slower_answers_never_fire_later(
        times in prop::collection::vec(50.0f64..400.0, 0..200),
        slower in 0.0f64..300.0,
    ) {
        let fired_at = |extra: f64| {
            let after: Vec<Reading> = times.iter().map(|ms| well(ms + extra)).collect();
            fed(&mut judge(&steady(300)), &after).iter().find(|(_, verdict)| *verdict == SLOW).map(|(at, _)| *at)
        };
        // A restart after "healthy" may stand between the two, so only traffic without one is compared.
        let healthy = fed(&mut judge(&steady(300)), &times.iter().map(|ms| well(*ms)).collect::<Vec<_>>())
            .iter().any(|(_, verdict)| *verdict == Verdict::Healthy);
        if let Some(at) = fired_at(0.0).filter(|_| !healthy) {
            prop_assert!(fired_at(slower).is_some_and(|sooner| sooner <= at));
        }
    }
}
