//! The forms of a release that went wrong and was rolled back, and of one that is hardly begun.

use super::story::{COMMIT, Story, at};
use crate::domain::account::{
    Papers, checklist, deployment, incident, report, rollback, sheet, void_agreements, windows,
};
use crate::domain::event::{CheckVerdict, Fact, Finding};
use crate::domain::forms::Mark;
use crate::domain::id::Role;
use crate::domain::incident::{Decision, Extent, IncidentText, Severity, Status};
use crate::domain::item::{GateVerdict, ItemState};
use crate::domain::notice::NoticeState;
use crate::domain::plan::Purpose;
use crate::domain::release_type::ReleaseType;
use crate::domain::run::RunOutcome;
use crate::domain::sheet::SheetField;
use crate::domain::time::Precision;

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// What was said and found before anything was deployed.
fn prepared() -> Story {
    let mut story = Story::of("1.3.0", ReleaseType::Minor);
    story.at("09:10").tell(Fact::CheckRecorded {
        check: "changelog".into(),
        verdict: CheckVerdict::Bad,
        summary: "11 listed, 1 missing (#123)".into(),
        findings: vec![Finding { text: "PR #123 not in changelog".into(), role: Role::DEVELOPER.into() }],
        commit: some(COMMIT),
    });
    story.tell(Fact::GateDecided {
        gate: "qa".into(),
        verdict: GateVerdict::Passed,
        by: "li".into(),
        reason: None,
        evidence: some("run 881, 214 passed"),
        commit: some(COMMIT),
        basis: None,
    });
    story.tell(Fact::SignedOff { role: "qa".into(), yes: true, by: "li".into(), note: None, commit: some(COMMIT) });
    story.tell(Fact::BlockerWaived { blocker: "window".into(), reason: "agreed by phone".into(), by: "ana".into() });
    story.tell_project(Fact::DebtAdded {
        debt: "1.3.0-window".into(),
        text: "1.3.0: outside the deployment window waived: agreed by phone".into(),
        release: "1.3.0".into(),
        role: Role::RELEASE_MANAGER.into(),
    });
    story.tell(Fact::SheetSet {
        field: SheetField::DeployTime,
        value: "2026-11-22 10:00-12:00 UTC".into(),
        by: "ana".into(),
    });
    for role in [Role::RELEASE_MANAGER, Role::DEVOPS] {
        let sit = story.situation();
        let digest = story.release().sheet.digest("1.3.0", sit.plan);
        story.tell(Fact::SheetAgreed { role: role.into(), by: "devin".into(), digest });
    }
    story
}

/// Production fails at the second step and is rolled back.
fn rolled_back() -> Story {
    let mut story = prepared();
    story.at("09:20").rehearse("R1").step("R1", "preflight", "09:20", "09:20", 0);
    story.step("R1", "migrate", "09:21", "09:22", 0).step("R1", "deploy-backend", "09:22", "09:23", 0);
    story.step("R1", "undo-deploy-backend", "09:24", "09:25", 0).step("R1", "undo-migrate", "09:25", "09:26", 0);
    story.set(Some("R1"), "verify-previous", ItemState::Done, "li", "1.2.4 answers").end("R1", RunOutcome::Succeeded);
    story.at("10:00").deploy("R2", "production").set(Some("R2"), "backup", ItemState::Skipped, "devin", "");
    story.step("R2", "preflight", "10:01", "10:01", 0).step("R2", "migrate", "10:02", "10:03", 1);
    story.step("R2", "migrate", "10:04", "10:05", 0).step("R2", "deploy-backend", "10:06", "10:09", 1);
    story.incident("INC-1", Some("R2"));
    story.tell(Fact::TriggerFired {
        trigger: "broken".into(),
        run: Some("R2".into()),
        by: "li".into(),
        words: "nobody can log in".into(),
    });
    story.at("10:12").tell(Fact::NoteAdded {
        incident: Some("INC-1".into()),
        text: "harbour office: login page | blank".into(),
        occurred: Some(at("10:07")),
        precision: Precision::About,
        by: "li".into(),
        evidence: None,
    });
    story.tell(Fact::IncidentSeveritySet { incident: "INC-1".into(), severity: Severity::Critical, by: "ana".into() });
    story.at("10:13").tell(Fact::DecisionTaken {
        incident: Some("INC-1".into()),
        run: Some("R2".into()),
        decision: Decision::RollBack,
        reason: some("no fix in sight"),
        by: "ana".into(),
        until: None,
        next: None,
        objected: None,
    });
    story.roll_back("R3", "R2").step("R3", "undo-deploy-backend", "10:14", "10:15", 0);
    story.step("R3", "undo-migrate", "10:15", "10:16", 0);
    story.at("10:18").set(Some("R3"), "verify-previous", ItemState::Done, "li", "1.2.4 answers");
    story.at("10:20").status("INC-1", Status::Resolved);
    story.tell(Fact::IncidentImpactSet {
        incident: "INC-1".into(),
        started: Some(at("10:06")),
        ended: Some(at("10:16")),
        extent: Some(Extent::Full),
        affected: some("login"),
        by: "ana".into(),
        detected: None,
        declared: None,
        mitigated: None,
        since: None,
        precision: None,
        unknown: None,
    });
    story.tell(Fact::NoticeIntended {
        notice: "rollback-1".into(),
        stakeholder: "harbour office".into(),
        purpose: Purpose::Rollback,
        run: Some("R3".into()),
        text: "harbor 1.3.0 was rolled back in production; 1.2.4 is live again.".into(),
    });
    story.tell(Fact::NoticeSettled {
        notice: "rollback-1".into(),
        state: NoticeState::ToldByHand,
        detail: some("by phone"),
        by: "ana".into(),
    });
    story.at("11:00").tell(Fact::IncidentClosed { incident: "INC-1".into(), by: "ana".into() });
    story.at("12:00").tell(Fact::IncidentTextSet {
        incident: "INC-1".into(),
        field: IncidentText::RootCause,
        text: "the asset list was cut off".into(),
        by: "devin".into(),
    });
    story.tell(Fact::NotesWritten { blob: "b".into(), draft: false, by: "ana".into() });
    story
}

#[test]
fn the_whole_record_of_a_release_that_was_rolled_back() {
    let story = rolled_back();
    let sit = story.situation();
    let papers = Papers {
        entries: story.entries(),
        project_entries: Vec::new(),
        notes: some("### Summary\nFaster berths."),
        windows: windows(&[story.release()], &story.plan, story.now),
        recorders: vec![("ana".into(), "git config".into())],
    };
    insta::assert_snapshot!(report(&sit, &papers));
}

#[test]
fn a_word_names_who_spoke_and_who_wrote_it_down() {
    let story = prepared();
    let form = checklist(&story.situation());
    assert_eq!(form.gates[0].by.as_deref(), Some("li, recorded by ana"));
    let lines: Vec<_> = form.groups.iter().flat_map(|group| &group.lines).collect();
    let line = |title: &str| lines.iter().find(|line| line.title == title).unwrap();
    assert_eq!(line("QA sign-off").by.as_deref(), Some("li, recorded by ana"));
    assert_eq!(line("Changelog updated").by.as_deref(), Some("relco"));
    assert_eq!(
        line("Changelog updated").grounds.as_deref(),
        Some("11 listed, 1 missing (#123); PR #123 not in changelog (developer)")
    );
    assert_eq!(line("CI/CD pipeline green").grounds, None, "a hint for the work is no evidence");
}

#[test]
fn the_record_of_a_release_that_ended_says_nothing_about_today() {
    let mut story = prepared();
    let candidate = |story: &Story| {
        let form = checklist(&story.situation());
        form.groups[0].lines.iter().find(|line| line.title == "Candidate set").unwrap().grounds.clone()
    };
    assert_eq!(candidate(&story).as_deref(), Some("5f3c1d0; HEAD is elsewhere"));
    story.tell(Fact::ReleaseAbandoned { reason: "superseded".into() });
    assert_eq!(candidate(&story).as_deref(), Some("5f3c1d0 on main"));
}

#[test]
fn what_does_not_apply_is_no_open_gate() {
    let story = prepared();
    let form = checklist(&story.situation());
    assert_eq!(form.gates[1].mark, Mark::Item(ItemState::NotApplicable));
    assert_eq!(form.gates[1].grounds.as_deref(), Some("minor: only for major"));
}

#[test]
fn a_new_candidate_shows_earlier_words_as_void() {
    let mut story = prepared();
    story.at("09:40").tell(Fact::CandidateSet {
        commit: "9".repeat(40),
        branch: None,
        plan_hash: "9f86d081".into(),
        breaking: false,
        voided: vec!["Gate 8: QA".into()],
    });
    let form = checklist(&story.situation());
    assert_eq!(form.gates[0].mark, Mark::Gate(GateVerdict::Open));
    assert_eq!(form.gates[0].grounds.as_deref(), Some("void: li spoke about 5f3c1d0; the candidate moved"));
}

#[test]
fn the_sheet_forgets_who_agreed_to_another_one_but_not_that_they_did() {
    let mut story = prepared();
    let agreed = |story: &Story| sheet(&story.situation()).agreed.iter().filter(|one| one.by.is_some()).count();
    assert_eq!((agreed(&story), void_agreements(&story.situation()).len()), (2, 0));
    story.tell(Fact::SheetSet { field: SheetField::Communication, value: "ana calls".into(), by: "ana".into() });
    assert_eq!(agreed(&story), 0);
    let void = void_agreements(&story.situation());
    assert_eq!(void.iter().map(|one| one.role.as_str()).collect::<Vec<_>>(), ["devops", "release manager"]);
    let form = sheet(&story.situation());
    assert_eq!(form.sequence.as_deref(), Some("Look around → Run database migrations → Deploy backend services"));
    assert_eq!(form.changelog.as_deref(), Some("11 listed, 1 missing (#123)"));
}

#[test]
fn every_attempt_of_a_step_leaves_its_trace() {
    let story = rolled_back();
    let sit = story.situation();
    let form = deployment(&sit, story.release().run(&"R2".into()).unwrap());
    let grounds: Vec<_> = form.steps.iter().map(|line| line.grounds.as_deref().unwrap_or_default()).collect();
    assert_eq!(
        grounds,
        [
            "exit 0 in 0 ms; log R2-preflight-1",
            "exit 0 in 1:00; log R2-migrate-2; before: exit 1 in 1:00",
            "exit 1 in 3:00; log R2-deploy-backend-1",
        ]
    );
    assert_eq!(form.verification[0].mark, Mark::Item(ItemState::Open));
}

#[test]
fn a_rollback_that_nobody_needed_shows_how_it_would_run() {
    let mut story = prepared();
    let titles = |story: &Story| {
        let form = rollback(&story.situation());
        form.steps.iter().map(|line| line.title.clone()).collect::<Vec<_>>()
    };
    let whole = ["Undo: Deploy backend services", "Undo: Run database migrations", "Verify previous version working"];
    assert_eq!(titles(&story), whole);
    let form = rollback(&story.situation());
    assert_eq!(form.steps[0].grounds.as_deref(), Some("./backend --undo"));
    assert!(form.triggers.iter().all(|line| line.mark == Mark::Trigger(false)));
    story.at("10:00").deploy("R1", "production").step("R1", "migrate", "10:01", "10:02", 1);
    assert_eq!(titles(&story), ["Undo: Run database migrations", "Verify previous version working"]);
}

#[test]
fn the_rollback_of_production_goes_before_a_later_one_of_staging() {
    let mut story = rolled_back();
    story.at("13:00").deploy("R4", "staging").step("R4", "migrate", "13:01", "13:02", 1).roll_back("R5", "R4");
    let form = rollback(&story.situation());
    assert_eq!(form.facts[0].value, "R3, rollback");
    assert_eq!(
        form.triggers.iter().map(|line| line.mark).collect::<Vec<_>>(),
        [Mark::Trigger(true), Mark::Trigger(false)]
    );
}

#[test]
fn an_incident_holds_what_is_its_own() {
    let mut story = rolled_back();
    story.at("12:30").incident("INC-10", Some("R3"));
    story.tell(Fact::IncidentSeveritySet { incident: "INC-10".into(), severity: Severity::Medium, by: "ana".into() });
    let entries = story.entries();
    let sit = story.situation();
    let of = |at: usize| incident(&sit, &story.release().incidents[at], &entries);
    let first: Vec<_> = of(0).timeline.iter().map(|row| row.text.clone()).collect();
    assert!(first.iter().all(|text| !text.contains("INC-10")), "{first:#?}");
    assert!(first.iter().any(|text| text.contains("login page")), "a note about what was before is part of it");
    assert!(first.iter().any(|text| text.contains("root cause")), "what was written after its end is part of it");
    assert_eq!(of(0).reached, [(Status::Investigating, at("10:09")), (Status::Resolved, at("10:20"))]);
    assert!(of(1).timeline.iter().all(|row| row.at >= at("12:30")));
}

#[test]
fn without_a_release_the_report_is_about_the_project() {
    let mut story = Story::of("1.3.0", ReleaseType::Minor);
    story.tell_project(Fact::NoteAdded {
        incident: None,
        text: "disk is full".into(),
        occurred: None,
        precision: Precision::Exact,
        by: "ana".into(),
        evidence: None,
    });
    let mut sit = story.situation();
    sit.release = None;
    let notes = &sit.project.notes_taken;
    let papers = Papers {
        project_entries: crate::domain::timeline::entries(&story.project_records, notes),
        windows: windows(&[], &story.plan, story.now),
        ..Papers::default()
    };
    let text = report(&sit, &papers);
    assert!(text.starts_with("# harbor: no release on record\n\n## Release Metrics\n"), "{text}");
    assert!(text.contains("\"disk is full\""), "{text}");
    assert_eq!(checklist(&sit).version, "X.Y.Z");
}
