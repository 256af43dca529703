//! The definitions of the metrics, case by case.

use super::attempt::tests::{at, succeeded};
use super::downtime::tests::impact;
use super::*;
use crate::domain::incident::Extent;

const NINETY: Window = Window::LastDays(90);

fn later() -> Timestamp {
    at("10:20") + Duration::from_secs(2 * 86_400)
}

fn many(count: usize, make: impl Fn(usize) -> DeploymentFact) -> Vec<DeploymentFact> {
    (0..count)
        .map(|i| {
            let mut fact = make(i);
            fact.release = format!("1.{i}.0");
            fact.started_at = at("09:00") - Duration::from_secs(60 * i as u64);
            fact
        })
        .collect()
}

fn with(outcome: Outcome) -> DeploymentFact {
    DeploymentFact { outcome, ..succeeded("1.0.0") }
}

fn measured(facts: &[DeploymentFact]) -> WindowMetrics {
    measure(NINETY, facts, &[], &Rules::default(), later())
}

fn counts(metrics: &WindowMetrics, id: &str) -> (u32, u32) {
    let row = metrics.rows.iter().find(|r| r.id == id).unwrap();
    (row.k, row.n)
}

#[test]
fn nothing_recorded_reads_not_available_in_every_row() {
    let metrics = measured(&[]);
    assert_eq!(metrics.rows.len(), 4);
    for row in &metrics.rows {
        assert_eq!((row.value_words().as_str(), row.verdict), ("n/a", Verdict::NotEnoughData), "{}", row.id);
    }
    assert_eq!(metrics.change_fail.percent(), None);
}

#[test]
fn nineteen_of_twenty_is_not_enough_data() {
    let metrics = measured(&many(20, |i| with(if i == 7 { Outcome::Failed } else { Outcome::Succeeded })));
    let row = &metrics.rows[0];
    assert_eq!((row.k, row.n, row.verdict), (19, 20, Verdict::NotEnoughData));
    assert_eq!(row.current_words(), "95.0 % (19/20; 95 % interval 76.4 to 99.1 %): not enough data");
    assert_eq!(counts(&metrics, ROLLBACK_FREQUENCY), (0, 20));
    assert_eq!(metrics.rows[2].verdict, Verdict::NotEnoughData);
}

#[test]
fn six_incidents_on_four_of_twenty_three_are_four_failures() {
    let facts = many(23, |i| with(if i < 4 { Outcome::FixedForward } else { Outcome::Succeeded }));
    let impacts: Vec<_> = ["1.0.0", "1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.3.0"]
        .into_iter()
        .enumerate()
        .map(|(i, release)| ImpactFact {
            release: release.into(),
            incident: format!("INC-{i}").into(),
            ..impact(Extent::Full, "10:00", "10:01")
        })
        .collect();
    let metrics = measure(NINETY, &facts, &impacts, &Rules::default(), later());
    assert_eq!(metrics.change_fail, Share { k: 4, n: 23 });
    assert_eq!(format!("{:.1}", metrics.change_fail.percent().unwrap()), "17.4");
    assert_eq!(counts(&metrics, SUCCESS_RATE), (19, 23));
}

#[test]
fn the_four_outcomes_split_and_change_fail_needs_users() {
    let mut facts =
        many(4, |i| with([Outcome::Succeeded, Outcome::FixedForward, Outcome::RolledBack, Outcome::Failed][i]));
    facts[3].users_met_it = false;
    let metrics = measured(&facts);
    assert_eq!(counts(&metrics, SUCCESS_RATE), (1, 4));
    assert_eq!(counts(&metrics, ROLLBACK_FREQUENCY), (1, 4));
    assert_eq!(metrics.change_fail, Share { k: 2, n: 4 });
}

#[test]
fn pending_and_cancelled_are_listed_not_counted() {
    let mut facts = many(5, |_| with(Outcome::Succeeded));
    facts[0].outcome = Outcome::Pending;
    facts[1].first_changing_step_at = None;
    facts[2].first_changing_step_at = None;
    let metrics = measured(&facts);
    assert_eq!(counts(&metrics, SUCCESS_RATE), (2, 2));
    assert_eq!((metrics.count(Standing::Pending), metrics.count(Standing::Cancelled)), (1, 2));
    assert_eq!(metrics.attempts.len(), 5);
    assert!(metrics.rows[0].current_words().contains("1 pending and 2 cancelled, not counted"));
}

#[test]
fn all_pending_is_no_data_not_a_hundred_percent() {
    let facts = many(3, |_| with(Outcome::Succeeded));
    let metrics = measure(NINETY, &facts, &[], &Rules::default(), at("10:30"));
    assert_eq!(metrics.rows[0].value_words(), "n/a");
    assert_eq!(metrics.rows[0].current_words(), "n/a (3 pending, not counted)");
    assert_eq!(metrics.rows[3].value_words(), "n/a");
    assert_eq!(metrics.count(Standing::Pending), 3);
}

#[test]
fn an_open_incident_counts_against_success_at_once() {
    let mut facts = many(2, |_| with(Outcome::Succeeded));
    facts[1].incident_open = true;
    let metrics = measure(NINETY, &facts, &[], &Rules::default(), at("10:30"));
    assert_eq!(counts(&metrics, SUCCESS_RATE), (0, 1));
    assert_eq!(metrics.change_fail, Share { k: 1, n: 1 });
}

#[test]
fn drills_and_other_environments_are_never_counted() {
    let mut facts = many(3, |_| with(Outcome::Failed));
    facts[0].drill = true;
    facts[1].env = "staging".into();
    let metrics = measured(&facts);
    assert_eq!((metrics.attempts.len(), counts(&metrics, SUCCESS_RATE)), (1, (0, 1)));
    let staging = Rules { env: "staging".into(), ..Rules::default() };
    assert_eq!(measure(NINETY, &facts, &[], &staging, later()).attempts.len(), 1);
}

#[test]
fn the_same_attempt_told_twice_counts_once_with_what_was_told_last() {
    let facts = [with(Outcome::Pending), with(Outcome::RolledBack)];
    let metrics = measured(&facts);
    assert_eq!(counts(&metrics, ROLLBACK_FREQUENCY), (1, 1));
    let second_run = DeploymentFact { run: "d2".into(), ..with(Outcome::Succeeded) };
    assert_eq!(counts(&measured(&[with(Outcome::Failed), second_run]), SUCCESS_RATE), (1, 2));
}

#[test]
fn a_hotfix_is_an_attempt_of_its_own_and_marked_as_rework() {
    let hotfix = DeploymentFact { repairs: Some("1.0.0".into()), ..succeeded("1.0.1") };
    let metrics = measured(&[with(Outcome::RolledBack), hotfix]);
    assert_eq!((counts(&metrics, SUCCESS_RATE), metrics.rework), ((1, 2), 1));
}

#[test]
fn fifty_minutes_with_a_pause_of_fifteen_miss_thirty() {
    let fact = DeploymentFact {
        pauses: vec![Held { from: at("10:10"), to: Some(at("10:25")) }],
        verification_ended_at: Some(at("10:50")),
        ..succeeded("1.0.0")
    };
    let row = measured(&[fact]).rows.remove(1);
    assert_eq!((row.value, row.k, row.n), (Some(50.0), 0, 1));
    assert!(!row.target.holds(50.0));
    assert_eq!(row.current_words(), "50 min (0/1 under 30 min; of which 15 min paused): not enough data");
}

#[test]
fn time_to_deploy_takes_only_attempts_that_reached_verification() {
    let mut facts = many(5, |_| with(Outcome::Succeeded));
    facts[0].verification_ended_at = None;
    facts[1].verification_ended_at = Some(at("11:00"));
    let row = measured(&facts).rows.remove(1);
    assert_eq!((row.value, row.worst, row.k, row.n), (Some(20.0), Some(60.0), 3, 4));
}

#[test]
fn a_clock_that_ran_backwards_is_named_and_not_counted() {
    let backwards = DeploymentFact { verification_ended_at: Some(at("09:59")), ..succeeded("1.0.0") };
    let row = measured(&[backwards]).rows.remove(1);
    assert_eq!((row.n, row.value), (0, None));
    assert_eq!(row.remarks, ["1 with a clock that ran backwards, not counted"]);
}

#[test]
fn ninety_days_end_at_the_hour() {
    let now = later();
    let edge = now - Duration::from_secs(90 * 86_400);
    let mut facts = many(2, |_| with(Outcome::Succeeded));
    facts[0].started_at = edge;
    facts[1].started_at = edge - Duration::from_millis(1);
    assert_eq!(measure(NINETY, &facts, &[], &Rules::default(), now).attempts.len(), 1);
}

#[test]
fn the_last_twenty_are_the_newest_and_a_cancelled_one_takes_no_place() {
    let mut facts = many(30, |i| with(if i < 20 { Outcome::Succeeded } else { Outcome::Failed }));
    let last_twenty = Window::LastAttempts(20);
    let metrics = measure(last_twenty, &facts, &[], &Rules::default(), later());
    assert_eq!(counts(&metrics, SUCCESS_RATE), (20, 20));
    facts[0].first_changing_step_at = None;
    let metrics = measure(last_twenty, &facts, &[], &Rules::default(), later());
    assert_eq!(counts(&metrics, SUCCESS_RATE), (19, 20));
    assert_eq!((metrics.attempts.len(), metrics.count(Standing::Cancelled)), (21, 1));
}

#[test]
fn the_order_of_the_facts_changes_nothing() {
    let facts = many(12, |i| with(if i % 3 == 0 { Outcome::RolledBack } else { Outcome::Succeeded }));
    let mut turned = facts.clone();
    turned.reverse();
    for window in Window::BOTH {
        let rules = Rules::default();
        assert_eq!(
            measure(window, &facts, &[], &rules, later()),
            measure(window, &turned, &[], &rules, later()),
            "{window:?}"
        );
    }
}

#[test]
fn downtime_is_per_release_and_a_release_without_impact_counts_with_none() {
    let facts = many(4, |_| with(Outcome::Succeeded));
    let impacts = [
        ImpactFact { release: "1.0.0".into(), ..impact(Extent::Full, "10:00", "10:20") },
        ImpactFact { release: "1.0.0".into(), ..impact(Extent::Degraded, "10:10", "10:30") },
        ImpactFact { release: "1.1.0".into(), drill: true, ..impact(Extent::Full, "10:00", "10:30") },
        ImpactFact { release: "1.1.0".into(), env: "staging".into(), ..impact(Extent::Full, "10:00", "10:30") },
        ImpactFact { release: "0.9.0".into(), ..impact(Extent::Full, "10:00", "10:30") },
    ];
    let metrics = measure(NINETY, &facts, &impacts, &Rules::default(), later());
    let row = &metrics.rows[3];
    assert_eq!((row.value, row.worst, row.k, row.n), (Some(0.0), Some(30.0), 3, 4));
    assert_eq!(metrics.releases.len(), 4);
    assert_eq!(metrics.releases[0].downtime.words(), "30 min (full 20 min, degraded 10 min)");
}

#[test]
fn a_range_across_the_limit_is_unknown_and_one_beyond_it_is_not() {
    let facts = many(2, |_| with(Outcome::RolledBack));
    let unknown = |release: &str, to: &str| ImpactFact {
        release: release.into(),
        start: ImpactStart::Between(at("10:00"), at("10:18")),
        ..impact(Extent::Full, "10:00", to)
    };
    let rules = Rules::default();
    let across = measure(NINETY, &facts, &[unknown("1.0.0", "10:20")], &rules, later());
    assert_eq!(across.rows[3].current_words(), "0 min (1/1 under 5 min; 1 unknown, not counted): not enough data");
    let beyond = measure(NINETY, &facts, &[unknown("1.0.0", "10:30")], &rules, later());
    assert_eq!((beyond.rows[3].worst, beyond.rows[3].k, beyond.rows[3].n), (Some(30.0), 1, 2));
}

#[test]
fn what_is_known_only_as_a_range_is_shown_as_one() {
    let facts = [with(Outcome::RolledBack)];
    let unknown =
        ImpactFact { start: ImpactStart::Between(at("10:00"), at("10:04")), ..impact(Extent::Full, "10:00", "10:04") };
    let metrics = measure(NINETY, &facts, &[unknown], &Rules::default(), later());
    let row = &metrics.rows[3];
    assert_eq!((row.low, row.high), (Some(0.0), Some(4.0)));
    assert_eq!(
        row.current_words(),
        "4 min (1/1 under 5 min; between 0.0 and 4.0 min; 1 known only as a range): not enough data"
    );
}

#[test]
fn an_impact_that_goes_on_counts_so_far() {
    let facts = [DeploymentFact { incident_open: true, ..with(Outcome::Pending) }];
    let open = ImpactFact { end: ImpactEnd::Open, ..impact(Extent::Full, "10:05", "10:05") };
    let metrics = measure(NINETY, &facts, &[open], &Rules::default(), at("10:12"));
    assert_eq!(metrics.rows[3].current_words(), "7 min (0/1 under 5 min; 1 so far): not enough data");
}

#[test]
fn targets_are_data() {
    let facts = many(4, |_| with(Outcome::Succeeded));
    let strict = Rules {
        targets: Targets { deploy_below: Duration::from_secs(20 * 60), ..Targets::default() },
        ..Rules::default()
    };
    assert_eq!(measured(&facts).rows[1].verdict, Verdict::Met);
    let row = measure(NINETY, &facts, &[], &strict, later()).rows.remove(1);
    assert_eq!((row.k, row.n, row.verdict), (0, 4, Verdict::Missed));
}
