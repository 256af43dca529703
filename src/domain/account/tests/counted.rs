//! What a run counts as, case by case.

use std::time::Duration;

use jiff::Timestamp;

use super::story::{Story, at, plan};
use crate::domain::account::{deployments, impacts, rules, windows};
use crate::domain::event::Fact;
use crate::domain::incident::{Decision, Extent, Status};
use crate::domain::item::ItemState;
use crate::domain::metrics::{DeploymentFact, ImpactEnd, ImpactFact, ImpactStart, Outcome, Standing, WindowMetrics};
use crate::domain::release::ReleaseState;
use crate::domain::release_type::ReleaseType;
use crate::domain::run::{AttemptOutcome, RunOutcome};

fn facts(releases: &[&ReleaseState]) -> Vec<DeploymentFact> {
    deployments(releases, &plan(), &rules(&plan()))
}

fn only(story: &Story) -> DeploymentFact {
    let mut all = facts(&[story.release()]);
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0)
}

fn felt(story: &Story) -> ImpactFact {
    let mut all = impacts(&[story.release()], &plan(), &rules(&plan()));
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn window(releases: &[&ReleaseState], now: &str) -> WindowMetrics {
    windows(releases, &plan(), at(now)).remove(0)
}

fn minor() -> Story {
    Story::of("1.3.0", ReleaseType::Minor)
}

fn impact(started: Option<&str>, ended: Option<&str>, extent: Option<Extent>) -> Fact {
    let at = |clock: &str| -> Timestamp { at(clock) };
    Fact::IncidentImpactSet {
        incident: "INC-1".into(),
        started: started.map(at),
        ended: ended.map(at),
        extent,
        affected: None,
        by: "ana".into(),
        detected: None,
        declared: None,
        mitigated: None,
        since: None,
        precision: None,
        unknown: None,
    }
}

fn decided(decision: Decision) -> Fact {
    Fact::DecisionTaken {
        incident: Some("INC-1".into()),
        run: Some("R1".into()),
        decision,
        reason: None,
        by: "ana".into(),
        until: None,
        next: None,
        objected: None,
    }
}

#[test]
fn a_completed_release_is_a_success_at_once() {
    let mut story = minor();
    story.at("10:00").deploy("R1", "production").gets_through("R1", "10:05", "10:20");
    let fact = only(&story);
    assert_eq!((fact.outcome, fact.closed, fact.users_met_it), (Outcome::Succeeded, false, true));
    assert_eq!((fact.first_changing_step_at, fact.verification_ended_at), (Some(at("10:05")), Some(at("10:20"))));
    assert_eq!(window(&[story.release()], "10:30").rows[0].current_words(), "n/a (1 pending, not counted)");
    story.at("10:25").end("R1", RunOutcome::Succeeded).tell(Fact::ReleaseCompleted { log_line: "x".into() });
    let metrics = window(&[story.release()], "10:30");
    assert_eq!((metrics.rows[0].k, metrics.rows[0].n, metrics.rows[0].value), (1, 1, Some(100.0)));
    assert_eq!((metrics.rows[1].value, metrics.rows[3].value), (Some(15.0), Some(0.0)));
}

#[test]
fn a_rollback_is_part_of_the_run_that_it_takes_back() {
    let mut story = minor();
    story.at("10:00").deploy("R1", "production").step("R1", "migrate", "10:05", "10:06", 0);
    story.step("R1", "deploy-backend", "10:07", "10:09", 1).at("10:12").roll_back("R2", "R1");
    story.step("R2", "undo-deploy-backend", "10:13", "10:14", 0);
    let fact = only(&story);
    assert_eq!((fact.run.as_str(), fact.outcome), ("R1", Outcome::RolledBack));
    assert_eq!(fact.verification_ended_at, None);
    assert!(!fact.users_met_it, "nobody said that users felt it, and it never got through its steps");
    let metrics = window(&[story.release()], "10:30");
    assert_eq!((metrics.rows[0].k, metrics.rows[2].k, metrics.rows[2].n), (0, 1, 1));
}

#[test]
fn a_rollback_after_completion_still_counts_and_one_that_did_nothing_does_not() {
    let mut story = minor();
    story.at("10:00").deploy("R1", "production").gets_through("R1", "10:05", "10:20").end("R1", RunOutcome::Succeeded);
    story.tell(Fact::ReleaseCompleted { log_line: "x".into() });
    story.at("11:00").roll_back("R2", "R1");
    assert_eq!(only(&story).outcome, Outcome::RolledBack);
    story.end("R2", RunOutcome::Aborted);
    assert_eq!(only(&story).outcome, Outcome::Succeeded);
}

#[test]
fn stopped_before_the_first_changing_step_is_cancelled() {
    let mut story = minor();
    story.at("10:00").deploy("R1", "production").step("R1", "preflight", "10:01", "10:02", 1);
    story.begin("R1", "migrate", "10:03");
    story.finish("R1", "migrate", "10:03", "10:03", AttemptOutcome::NotExecuted("no such file".into()));
    story.end("R1", RunOutcome::Aborted);
    assert_eq!(only(&story).first_changing_step_at, None);
    let metrics = window(&[story.release()], "10:30");
    assert_eq!((metrics.count(Standing::Cancelled), metrics.rows[0].n), (1, 0));
}

#[test]
fn a_running_or_unknown_attempt_has_changed_something() {
    let mut story = minor();
    story.at("10:00").deploy("R1", "production").begin("R1", "migrate", "10:05");
    assert_eq!(only(&story).first_changing_step_at, Some(at("10:05")), "from its intent, until its start is known");
    story.finish("R1", "migrate", "10:06", "10:07", AttemptOutcome::Unknown);
    let fact = only(&story);
    assert_eq!((fact.first_changing_step_at, fact.outcome), (Some(at("10:06")), Outcome::Pending));
}

#[test]
fn what_a_person_does_by_hand_counts_from_their_word() {
    let mut story = minor();
    for item in &mut story.plan.items {
        item.kind = crate::domain::plan::ItemKind::Manual;
    }
    let by_hand = story.plan.clone();
    story.at("10:00").deploy("R1", "production").set(Some("R1"), "preflight", ItemState::Skipped, "ana", "");
    let fact = |story: &Story| deployments(&[story.release()], &by_hand, &rules(&by_hand)).remove(0);
    assert_eq!(fact(&story).first_changing_step_at, None);
    story.at("10:08").set(Some("R1"), "migrate", ItemState::Done, "ana", "");
    assert_eq!(fact(&story).first_changing_step_at, Some(at("10:08")));
}

#[test]
fn rehearsals_and_staging_are_told_and_never_counted() {
    let mut story = minor();
    story.at("10:00").rehearse("R1").step("R1", "migrate", "10:01", "10:02", 0).end("R1", RunOutcome::Succeeded);
    story.at("10:10").deploy("R2", "staging").gets_through("R2", "10:11", "10:12").end("R2", RunOutcome::Succeeded);
    let all = facts(&[story.release()]);
    assert_eq!(
        all.iter().map(|fact| (fact.run.as_str(), fact.drill)).collect::<Vec<_>>(),
        [("R1", true), ("R2", false)]
    );
    let metrics = window(&[story.release()], "10:30");
    assert_eq!((metrics.attempts.len(), metrics.rows[0].n), (0, 0));
}

#[test]
fn an_open_incident_is_a_failure_until_it_is_resolved() {
    let mut story = minor();
    story.at("10:00").deploy("R1", "production").gets_through("R1", "10:05", "10:20").end("R1", RunOutcome::Succeeded);
    story.tell(Fact::ReleaseCompleted { log_line: "x".into() });
    story.at("10:40").incident("INC-1", Some("R1"));
    assert!(only(&story).incident_open);
    assert_eq!(window(&[story.release()], "10:41").count(Standing::Failed), 1);
    story.at("10:50").status("INC-1", Status::Resolved);
    assert!(!only(&story).incident_open, "the paperwork that is left says nothing about users");
    assert_eq!(window(&[story.release()], "10:51").count(Standing::Succeeded), 1);
}

#[test]
fn an_incident_of_a_rollback_belongs_to_the_run_that_it_takes_back() {
    let mut story = minor();
    story.at("10:00").deploy("R1", "production").step("R1", "migrate", "10:05", "10:06", 1).roll_back("R2", "R1");
    story.at("10:10").incident("INC-1", Some("R2"));
    assert!(only(&story).incident_open);
    let impact = felt(&story);
    assert_eq!(impact.start, ImpactStart::Between(at("10:05"), at("10:10")));
}

#[test]
fn an_incident_without_a_run_belongs_to_the_last_deployment_before_it() {
    let mut story = minor();
    story.at("10:00").deploy("R1", "production").step("R1", "migrate", "10:05", "10:06", 1);
    story.end("R1", RunOutcome::Aborted).at("10:20").incident("INC-1", None);
    story.at("10:30").deploy("R2", "production").gets_through("R2", "10:31", "10:40");
    let open: Vec<bool> = facts(&[story.release()]).iter().map(|fact| fact.incident_open).collect();
    assert_eq!(open, [true, false]);
}

#[test]
fn a_fix_forward_is_one() {
    let mut story = minor();
    story.at("10:00").deploy("R1", "production").step("R1", "migrate", "10:05", "10:06", 1);
    story.incident("INC-1", Some("R1")).tell(decided(Decision::ContinueWithFix));
    story.at("10:20").end("R1", RunOutcome::Aborted);
    assert_eq!(only(&story).outcome, Outcome::Failed, "the fix has not got through yet");
    story.at("10:30").deploy("R2", "production").gets_through("R2", "10:31", "10:40");
    let outcomes: Vec<Outcome> = facts(&[story.release()]).iter().map(|fact| fact.outcome).collect();
    assert_eq!(outcomes, [Outcome::FixedForward, Outcome::Succeeded]);
}

#[test]
fn a_decision_to_fix_within_the_run_is_a_fix_forward_too() {
    let mut story = minor();
    story.at("10:00").deploy("R1", "production").step("R1", "migrate", "10:05", "10:06", 1);
    story.incident("INC-1", Some("R1")).tell(decided(Decision::ContinueWithFix));
    story.gets_through("R1", "10:10", "10:20").status("INC-1", Status::Resolved);
    assert_eq!(only(&story).outcome, Outcome::FixedForward);
}

#[test]
fn a_hotfix_is_rework_and_makes_what_it_repairs_a_fix_forward_only_soon_after() {
    let mut story = minor();
    story.at("10:00").deploy("R1", "production").gets_through("R1", "10:05", "10:20").end("R1", RunOutcome::Succeeded);
    let mut hotfix = Story::of("1.3.1", ReleaseType::Hotfix);
    hotfix.at("12:00").tell(Fact::ReleaseStarted {
        version: "1.3.1".into(),
        kind: ReleaseType::Hotfix,
        base: Some("v1.3.0".into()),
        reason: None,
    });
    let outcome = |hotfix: &Story| facts(&[story.release(), hotfix.release()])[0].outcome;
    assert_eq!(outcome(&hotfix), Outcome::Succeeded, "nothing of it is out yet");
    hotfix.deploy("R1", "production").gets_through("R1", "12:10", "12:20");
    assert_eq!(outcome(&hotfix), Outcome::FixedForward);
    assert_eq!(facts(&[hotfix.release()])[0].repairs.as_deref(), Some("1.3.0"));
    hotfix.now = at("12:00") + Duration::from_secs(3 * 86_400);
    hotfix.tell(Fact::ReleaseStarted {
        version: "1.3.1".into(),
        kind: ReleaseType::Hotfix,
        base: Some("v1.3.0".into()),
        reason: None,
    });
    assert_eq!(outcome(&hotfix), Outcome::Succeeded);
}

#[test]
fn a_version_that_was_started_again_is_a_record_of_its_own() {
    let mut first = minor();
    first.at("10:00").deploy("R1", "production").step("R1", "migrate", "10:05", "10:06", 1);
    first.end("R1", RunOutcome::Aborted);
    let mut second = minor();
    second.at("11:00").deploy("R1", "production").gets_through("R1", "11:05", "11:20");
    let names: Vec<String> = facts(&[first.release(), second.release()]).into_iter().map(|fact| fact.release).collect();
    assert_eq!(names, ["1.3.0", "1.3.0.2"]);
    assert_eq!(window(&[first.release(), second.release()], "11:30").attempts.len(), 2);
}

#[test]
fn pauses_stand_beside_the_time() {
    let mut story = minor();
    story.at("10:00").deploy("R1", "production").step("R1", "migrate", "10:05", "10:06", 0).at("10:10");
    story.tell(Fact::RunPaused { run: "R1".into(), reason: "lunch".into(), by: "ana".into() });
    story.at("10:25").tell(Fact::RunResumed { run: "R1".into(), all: true, by: "ana".into() });
    story.step("R1", "deploy-backend", "10:26", "10:50", 0).at("10:55");
    story.set(Some("R1"), "preflight", ItemState::Skipped, "ana", "");
    story.set(Some("R1"), "backup", ItemState::Done, "ana", "");
    story.set(Some("R1"), "smoke", ItemState::Done, "li", "");
    let took = only(&story).time_to_deploy().unwrap();
    assert_eq!((took.total.as_secs() / 60, took.paused.as_secs() / 60), (50, 15));
}

#[test]
fn impact_is_what_people_said_and_a_range_where_they_did_not() {
    let mut story = minor();
    story.at("10:00").deploy("R1", "production").step("R1", "migrate", "10:05", "10:06", 1);
    story.at("10:15").incident("INC-1", Some("R1"));
    let unsaid = felt(&story);
    assert_eq!((unsaid.start, unsaid.end), (ImpactStart::Between(at("10:05"), at("10:15")), ImpactEnd::Open));
    story.at("10:40").status("INC-1", Status::Resolved);
    assert_eq!(felt(&story).end, ImpactEnd::UnknownUntil(at("10:40")));
    story.tell(impact(Some("10:12"), None, Some(Extent::Degraded)));
    story.tell(impact(None, Some("10:20"), None));
    let said = felt(&story);
    assert_eq!((said.start, said.end), (ImpactStart::At(at("10:12")), ImpactEnd::At(at("10:20"))));
    assert_eq!((said.extent, said.env.as_str(), said.release.as_str()), (Extent::Degraded, "production", "1.3.0"));
    assert!(only(&story).users_met_it);
    let metrics = window(&[story.release()], "11:00");
    assert_eq!(metrics.rows[3].value, None, "the run is pending: it is judged once it is settled");
    assert_eq!(metrics.releases[0].downtime.words(), "8 min (full 0 s, degraded 8 min)");
}
