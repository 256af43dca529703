//! Incidents, notes, triggers: what opens by itself, and what acts on the run.

use super::*;
use crate::domain::incident::{Decision, Severity, Status};
use crate::domain::time::Precision;

fn note(text: &str) -> Command {
    Command::Note { text: text.into(), occurred: None, precision: Precision::Exact, evidence: None }
}

fn open() -> Command {
    Command::OpenIncident { what: None, severity: None, log_tail: Vec::new() }
}

#[test]
fn it_opens_with_nothing_and_with_no_release() {
    let mut world = World::new();
    world.must(open());
    let incident = &world.project.incidents[0];
    assert_eq!((incident.severity, incident.judged), (Severity::High, false));
    assert_eq!(incident.what, "not described yet");
    assert!(world.refused(open()).starts_with("INC-1 is open already"));
    world.must(note("the harbour office calls"));
    assert_eq!(world.project.notes_taken.len(), 1);
}

#[test]
fn a_failing_step_opens_it_in_production_and_only_there() {
    let mut world = World::ready();
    world.must(deploy("staging", None));
    world.up_to("install");
    world.step(BAD);
    assert!(world.release().open_incident().is_none());

    let mut world = World::deploying();
    world.step(BAD);
    assert!(world.release().open_incident().is_none(), "before the first step nothing is changed");
    world.must(Command::Retry { run: world.run() });
    world.ends("R1-backup-2".into(), GOOD);
    world.up_to("install");
    world.step(BAD);
    let incident = world.release().open_incident().unwrap();
    assert_eq!(incident.what, "install failed in production: exit 1");
    assert_eq!(incident.log_tail, ["ERROR: no room"]);
    assert_eq!(incident.attempt.as_ref().unwrap().as_str(), "R1-install-1");
}

#[test]
fn a_declared_trigger_pauses_opens_and_proposes_the_word() {
    let mut world = World::deploying();
    let fire = |id: &str| Command::FireTrigger { trigger: id.into(), words: None };
    assert_eq!(world.refused(fire("quake")), "there is no trigger quake > triggers: broken");
    world.up_to("link");
    let fired = world.must(fire("broken"));
    assert_eq!(fired.warnings, ["rollback proposed: relco rollback start --env production --confirm 1.2.4@production"]);
    assert!(world.release().open_incident().is_some());
    let refused = world.next().unwrap_err();
    assert_eq!(refused.what, "R1 is paused: rollback proposed: Critical functionality broken");
    assert!(refused.next.unwrap().starts_with("relco rollback start --env production"));
}

#[test]
fn a_decision_to_pause_pauses_and_one_to_roll_back_says_how() {
    let decision = |decision| Command::Decide {
        decision,
        reason: Some("customers call".into()),
        until: None,
        next: None,
        objected: None,
    };
    let mut world = World::deploying();
    world.up_to("install");
    world.must(decision(Decision::Pause));
    assert_eq!(world.next().unwrap_err().what, "R1 is paused: customers call");
    let told = world.must(decision(Decision::RollBack));
    assert!(told.warnings.iter().any(|line| line.contains("--confirm 1.2.4@production")), "{:?}", told.warnings);
}

#[test]
fn it_closes_when_it_is_resolved_and_not_before() {
    let mut world = World::begun();
    world.must(open());
    let close = || Command::CloseIncident { incident: None };
    assert_eq!(world.refused(close()), "INC-1 is investigating > relco incident status resolved");
    let resolved = world.must(Command::SetStatus { incident: None, status: Status::Resolved, note: None });
    assert!(resolved.warnings[0].starts_with("when the impact ended is unknown"), "{:?}", resolved.warnings);
    world.must(close());
    assert_eq!(world.refused(close()), "INC-1 is closed already");
    assert_eq!(world.refused(Command::CloseIncident { incident: Some("INC-7".into()) }), "there is no incident INC-7");
}

#[test]
fn an_odd_impact_warns_and_is_recorded_and_the_future_is_refused() {
    let mut world = World::begun();
    world.must(open());
    let impact = |started: Option<&str>, ended: Option<&str>| Command::SetImpact {
        incident: None,
        said: Box::new(crate::domain::command::ToldImpact {
            started: started.map(|at| at.parse().unwrap()),
            ended: ended.map(|at| at.parse().unwrap()),
            ..crate::domain::command::ToldImpact::default()
        }),
    };
    let future = world.refused(impact(Some("2026-11-22T18:00:00Z"), None));
    assert_eq!(future, "that is in the future");
    world.must(impact(Some("2026-11-22T11:50:00Z"), None));
    let odd = world.must(impact(None, Some("2026-11-22T11:40:00Z")));
    assert_eq!(odd.warnings, ["impact ended before it started: recorded as said"]);
}

#[test]
fn a_note_is_corrected_with_a_reason_and_only_a_note_is() {
    let mut world = World::begun();
    assert!(world.refused(note("  ")).contains("wants a reason"));
    world.must(note("checkout is blanc"));
    let seq = *world.release().notes_taken.keys().next().unwrap();
    let correct = |note: u64, reason: &str| Command::CorrectNote {
        note,
        text: Some("checkout is blank".into()),
        occurred: None,
        precision: None,
        remove: false,
        reason: reason.into(),
    };
    assert!(world.refused(correct(1, "typo")).contains("is not a note"));
    assert!(world.refused(correct(seq, "")).contains("wants a reason"));
    world.must(correct(seq, "typo"));
}

#[test]
fn what_nobody_knows_is_never_told_as_a_failure() {
    let mut world = World::deploying();
    world.up_to("install");
    world.step(AttemptOutcome::Unknown);
    let incident = world.release().open_incident().unwrap();
    assert_eq!(incident.what, "what became of install in production is not known");
}
