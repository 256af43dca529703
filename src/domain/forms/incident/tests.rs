//! The report of an incident, from its first minute to its end.

use super::*;
use crate::domain::incident::DecisionRecord;

fn at(text: &str) -> Timestamp {
    format!("{text}:00Z").parse().unwrap()
}

fn untouched() -> Incident {
    Incident {
        id: "INC-1".into(),
        opened: at("2026-11-22T23:41"),
        by: "relco".into(),
        severity: Severity::High,
        severities: vec![(at("2026-11-22T23:41"), Severity::High)],
        judged: false,
        status: Status::Investigating,
        what: "deploy-frontend failed: exit 1".into(),
        env: None,
        run: None,
        attempt: None,
        log_tail: Vec::new(),
        impact: Impact::default(),
        decisions: Vec::new(),
        roles: Vec::new(),
        updates: Vec::new(),
        snoozes: Vec::new(),
        root_cause: None,
        prevention: None,
        resolved: None,
        closed: None,
    }
}

#[test]
fn an_incident_that_was_just_opened() {
    let incident = untouched();
    let form = IncidentForm {
        incident: &incident,
        reached: Vec::new(),
        timeline: Vec::new(),
        place: None,
        followups: Vec::new(),
    };
    insta::assert_snapshot!(form.render(&TimeZone::UTC, at("2026-11-22T23:42")), @r"
    ## Deployment Incident: INC-1

    ### Incident Details
    - Time detected: 2026-11-22 23:41 UTC
    - Severity: High (not judged)
    - Impact: [What's affected]
    - What is known: deploy-frontend failed: exit 1
    - Impact clock: started unknown, detected 2026-11-22 23:41 UTC, declared 2026-11-22 23:41 UTC, mitigated unknown, ended unknown
    - Time in each severity: high 1 min

    ### Current Status
    - [x] Investigating (now)
    - [ ] Identified
    - [ ] Mitigating
    - [ ] Resolved

    ### Decision
    - [ ] Continue deployment with fix
    - [ ] Pause deployment
    - [ ] Rollback

    ### Timeline
    | Time | Action | Owner |
    |------|--------|-------|

    ### Root Cause
    [To be determined]

    ### Prevention
    [What we'll do differently]
    ");
}

#[test]
fn an_incident_over_midnight_with_everything() {
    let incident = Incident {
        severity: Severity::Critical,
        judged: true,
        status: Status::Resolved,
        resolved: Some(at("2026-11-23T00:05")),
        impact: Impact {
            started: Some(at("2026-11-22T23:38")),
            ended: Some(at("2026-11-23T00:04")),
            extent: Some(Extent::Degraded),
            affected: Some("checkout page blank\nfor 5 % of users".into()),
            ..Impact::default()
        },
        decisions: vec![
            DecisionRecord {
                at: at("2026-11-22T23:43"),
                decision: Decision::Pause,
                reason: None,
                by: "ana".into(),
                seq: 3,
                until: None,
                next: None,
                objected: None,
                over: None,
            },
            DecisionRecord {
                at: at("2026-11-22T23:50"),
                decision: Decision::RollBack,
                reason: Some("no fix in sight".into()),
                by: "ana".into(),
                seq: 3,
                until: None,
                next: None,
                objected: None,
                over: None,
            },
        ],
        root_cause: Some("# The asset list\nwas cut at byte 18423.\n".into()),
        prevention: Some("- check the list before the switch".into()),
        ..untouched()
    };
    let row = |time: &str, precision, text: &str, owner: &str| TimelineRow {
        at: at(time),
        precision,
        text: text.into(),
        owner: owner.into(),
    };
    let form = IncidentForm {
        incident: &incident,
        reached: vec![
            (Status::Investigating, at("2026-11-22T23:41")),
            (Status::Mitigating, at("2026-11-22T23:50")),
            (Status::Resolved, at("2026-11-23T00:05")),
        ],
        timeline: vec![
            row("2026-11-22T23:38", Precision::About, "\"page blank\" | from support", "ana"),
            row("2026-11-22T23:41", Precision::Exact, "deploy-frontend failed: exit 1", "relco"),
            row("2026-11-23T00:04", Precision::Minute, "page is back\n<b>all</b> users", "li"),
            row("2026-11-23T00:05", Precision::Exact, "status resolved", "ana"),
        ],
        place: Some("harbor 1.3.0 in production, R3".into()),
        followups: Vec::new(),
    };
    insta::assert_snapshot!(form.render(&TimeZone::UTC, at("2026-11-23T08:00")), @r#"
    ## Deployment Incident: INC-1

    ### Incident Details
    - Time detected: 2026-11-22 23:41 UTC
    - Severity: Critical
    - Impact: checkout page blank for 5 % of users; degraded, from 2026-11-22 23:38 UTC to 2026-11-23 00:04 UTC, 26 min
    - Release: harbor 1.3.0 in production, R3
    - What is known: deploy-frontend failed: exit 1
    - Impact clock: started 2026-11-22 23:38 UTC, detected 2026-11-22 23:41 UTC, declared 2026-11-22 23:41 UTC, mitigated unknown, ended 2026-11-23 00:04 UTC
    - Time in each severity: high 24 min

    ### Current Status
    - [x] Investigating (2026-11-22 23:41 UTC)
    - [ ] Identified
    - [x] Mitigating (2026-11-22 23:50 UTC)
    - [x] Resolved (2026-11-23 00:05 UTC; now)

    ### Decision
    - [ ] Continue deployment with fix
    - [x] Pause deployment (ana, 2026-11-22 23:43 UTC)
    - [x] Rollback (ana, 2026-11-22 23:50 UTC; no fix in sight)

    ### Timeline
    Times are of 2026-11-22 UTC unless a row says otherwise.

    | Time | Action | Owner |
    |------|--------|-------|
    | ~23:38 | "page blank" \| from support | ana |
    | 23:41 | deploy-frontend failed: exit 1 | relco |
    | 2026-11-23 00:04 UTC | page is back \<b>all\</b> users | li |
    | 00:05 | status resolved | ana |

    ### Root Cause
    \# The asset list
    was cut at byte 18423.

    ### Prevention
    - check the list before the switch
    "#);
}

#[test]
fn rows_name_the_zone_again_when_the_clocks_change() {
    let incident = untouched();
    let zone = jiff::tz::TimeZoneDatabase::bundled().get("Europe/Berlin").unwrap();
    let row =
        |time: &str| TimelineRow { at: at(time), precision: Precision::Exact, text: "x".into(), owner: "ana".into() };
    let timeline = vec![row("2026-10-25T00:30"), row("2026-10-25T01:30"), row("2026-10-25T01:31")];
    let text = IncidentForm { incident: &incident, reached: Vec::new(), timeline, place: None, followups: Vec::new() }
        .render(&zone, at("2026-10-25T02:00"));
    let rows: Vec<&str> = text.lines().filter(|line| line.ends_with("| x | ana |")).collect();
    assert_eq!(rows, ["| 02:30 | x | ana |", "| 2026-10-25 02:30 CET | x | ana |", "| 02:31 | x | ana |"]);
    assert!(text.contains("Times are of 2026-10-25 CEST unless"), "{text}");
}

#[test]
fn what_is_unknown_about_the_impact_is_said() {
    let started = Impact { started: Some(at("2026-11-22T23:38")), ..Impact::default() };
    assert_eq!(
        impact(&started, None, &TimeZone::UTC, at("2026-11-22T23:45")),
        "[What's affected]; extent unknown, from 2026-11-22 23:38 UTC to no known end, 7 min so far"
    );
    let resolved = Some(at("2026-11-22T23:48"));
    assert_eq!(
        impact(&started, resolved, &TimeZone::UTC, at("2026-11-24T00:00")),
        "[What's affected]; extent unknown, from 2026-11-22 23:38 UTC to no known end, at most 10 min",
        "the clock does not run on after the incident is over"
    );
    let ended = Impact { ended: Some(at("2026-11-22T23:45")), extent: Some(Extent::Full), ..Impact::default() };
    assert_eq!(
        impact(&ended, None, &TimeZone::UTC, at("2026-11-23T00:00")),
        "[What's affected]; full, from unknown start to 2026-11-22 23:45 UTC"
    );
}
