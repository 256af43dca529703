//! What an incident's commands make of a release, told step by step.

use crate::domain::account::tests::story::{Story, at};
use crate::domain::command::{Command, ToldImpact, ToldNote};
use crate::domain::event::Fact;
use crate::domain::followup::FollowUpState;
use crate::domain::incident::{Decision, Extent, Incident, IncidentRole, Milestone, Severity, Status, cadence};
use crate::domain::release_type::ReleaseType;
use crate::domain::time::Precision;
use crate::domain::timeline::of_incident;

fn story() -> Story {
    let mut story = Story::of("1.3.0", ReleaseType::Minor);
    story.at("10:00").deploy("R1", "production").step("R1", "migrate", "10:01", "10:02", 0);
    story.at("10:05");
    story.act(&Command::OpenIncident { what: None, severity: None, log_tail: Vec::new() }).unwrap();
    story
}

fn incident(story: &Story) -> &Incident {
    story.release().incidents.last().unwrap()
}

fn note(text: &str) -> Command {
    Command::Note { text: text.into(), occurred: None, precision: Precision::Exact, evidence: None }
}

fn correct(note: u64, text: Option<&str>, occurred: Option<&str>) -> Command {
    Command::CorrectNote {
        note,
        text: text.map(str::to_owned),
        occurred: occurred.map(at),
        precision: Some(Precision::Minute),
        remove: false,
        reason: "wrong".into(),
    }
}

fn texts(story: &Story) -> Vec<String> {
    let own = of_incident(&story.entries(), incident(story));
    own.into_iter().filter(|entry| entry.note).map(|entry| entry.text).collect()
}

fn decide(decision: Decision, within: Option<&str>) -> Command {
    Command::Decide {
        decision,
        reason: Some("caches are cold".into()),
        until: within.map(at),
        next: Some("p95 below 100 ms".into()),
        objected: None,
    }
}

#[test]
fn nothing_is_required_to_open_one() {
    let story = story();
    let one = incident(&story);
    assert_eq!((one.severity, one.judged, one.opened), (Severity::High, false, at("10:05")));
    assert_eq!(one.run.as_ref().map(|run| run.as_str()), Some("R1"));
    assert!(one.attempt.is_some(), "the step that ran last is attached");
}

#[test]
fn order_is_by_when_it_happened_and_a_time_is_corrected_twice() {
    let mut story = story();
    story.at("10:10").act(&note("second")).unwrap();
    let seq = story.release().seq;
    story.at("10:11").act(&note("third")).unwrap();
    story.act(&correct(seq, None, Some("10:20"))).unwrap_err();
    story.at("10:30");
    story.act(&correct(seq, None, Some("10:20"))).unwrap();
    assert_eq!(texts(&story), ["\"third\"", "\"second\""]);
    story.act(&correct(seq, None, Some("10:06"))).unwrap();
    assert_eq!(texts(&story), ["\"second\"", "\"third\""]);
    let told = |rec: &crate::domain::event::Recorded| match &rec.fact {
        Fact::NoteAdded { text, .. } if text == "second" => Some(rec.at),
        Fact::NoteCorrected { occurred, .. } => *occurred,
        _ => None,
    };
    let kept: Vec<_> = story.records.iter().filter_map(told).collect();
    assert_eq!(kept, [at("10:10"), at("10:20"), at("10:06")], "every time that was said is in the record");
    assert_eq!(story.release().notes_taken[&seq].at, at("10:10"), "when it was recorded never changes");
}

#[test]
fn a_note_is_corrected_and_removed_with_a_reason() {
    let mut story = story();
    story.act(&note("host a is down")).unwrap();
    let seq = story.release().seq;
    assert!(story.act(&correct(seq, Some("host a is down"), None)).is_err(), "nothing changes");
    assert!(story.act(&correct(99, Some("x"), None)).is_err());
    story.act(&correct(seq, Some("host b is down"), None)).unwrap();
    assert_eq!(texts(&story), ["\"host b is down\""]);
    let remove = |reason: &str| Command::CorrectNote {
        note: seq,
        text: None,
        occurred: None,
        precision: None,
        remove: true,
        reason: reason.into(),
    };
    assert!(story.act(&remove(" ")).is_err(), "a reason is wanted");
    story.act(&remove("neither")).unwrap();
    assert_eq!(texts(&story), ["(note withdrawn)"]);
    assert!(story.act(&remove("again")).is_err());
}

#[test]
fn pasted_lines_are_entries_all_or_none() {
    let mut story = story();
    let line =
        |text: &str, when: &str| ToldNote { text: text.into(), occurred: Some(at(when)), precision: Precision::Minute };
    let before = story.records.len();
    let ahead = Command::NoteLines { notes: vec![line("a", "10:01"), line("b", "10:06")] };
    assert!(story.act(&ahead).is_err(), "one line lies in the future");
    assert_eq!(story.records.len(), before);
    story.act(&Command::NoteLines { notes: vec![line("a", "10:04"), line("b", "10:02")] }).unwrap();
    assert_eq!(texts(&story), ["\"b\"", "\"a\""]);
}

#[test]
fn a_todo_becomes_a_follow_up_and_follows_its_note() {
    let mut story = story();
    story.act(&note("index missing. TODO @li build it in staging by 2026-12-01")).unwrap();
    let seq = story.release().seq;
    let one = &story.project().followups[0];
    assert_eq!((one.id.as_str(), one.text.as_str(), one.note), ("F-1", "build it in staging", Some(seq)));
    assert_eq!((one.owner.as_deref(), one.due.as_deref()), (Some("li"), Some("2026-12-01")));
    assert_eq!(one.words(), "build it in staging (li, by 2026-12-01, INC-1 of 1.3.0)");
    story.act(&correct(seq, Some("TODO build both TODO and alert"), None)).unwrap();
    let all = &story.project().followups;
    assert_eq!(all.iter().map(|one| one.text.as_str()).collect::<Vec<_>>(), ["build both", "and alert"]);
    story.act(&correct(seq, Some("nothing to do"), None)).unwrap();
    assert!(story.project().followups.iter().all(|one| one.state == FollowUpState::WontDo));
    let settle = |state, reason: Option<&str>| Command::SetFollowUp {
        followup: "F-3".into(),
        owner: None,
        due: None,
        state: Some(state),
        reason: reason.map(str::to_owned),
    };
    assert!(story.act(&settle(FollowUpState::Done, None)).is_err(), "there is no such");
    story.act(&note("TODO alert")).unwrap();
    assert!(story.act(&settle(FollowUpState::WontDo, None)).is_err(), "leaving it undone wants a reason");
    story.act(&settle(FollowUpState::Done, None)).unwrap();
    assert!(story.act(&settle(FollowUpState::Done, None)).is_err(), "done already");
}

#[test]
fn an_impact_is_told_in_any_order_and_warned_about() {
    let mut story = story();
    let told = |said: ToldImpact| Command::SetImpact { incident: None, said: Box::new(said) };
    let ended = ToldImpact { ended: Some(at("10:02")), ..ToldImpact::default() };
    assert!(story.act(&told(ended)).unwrap().is_empty(), "it may be over before anybody calls it an incident");
    let started = ToldImpact { started: Some(at("10:03")), precision: Some(Precision::About), ..ToldImpact::default() };
    assert_eq!(story.act(&told(started)).unwrap(), ["impact ended before it started: recorded as said"]);
    assert!(incident(&story).impact.rough.contains(&Milestone::Started));
    let unknown = ToldImpact { unknown: vec![Milestone::Ended], ..ToldImpact::default() };
    story.act(&told(unknown)).unwrap();
    assert_eq!(incident(&story).impact.ended, None);
    let future = ToldImpact { detected: Some(at("10:06")), ..ToldImpact::default() };
    assert!(story.act(&told(future)).is_err());
    let since_without_extent = ToldImpact { since: Some(at("10:04")), ..ToldImpact::default() };
    assert!(story.act(&told(since_without_extent)).is_err());
}

#[test]
fn an_extent_that_changes_makes_parts() {
    let mut story = story();
    story.at("11:00");
    let told = |said: ToldImpact| Command::SetImpact { incident: None, said: Box::new(said) };
    let full = ToldImpact { started: Some(at("10:00")), extent: Some(Extent::Full), ..ToldImpact::default() };
    story.act(&told(full)).unwrap();
    let degraded = ToldImpact { extent: Some(Extent::Degraded), since: Some(at("10:20")), ..ToldImpact::default() };
    story.act(&told(degraded)).unwrap();
    story.act(&told(ToldImpact { ended: Some(at("10:30")), ..ToldImpact::default() })).unwrap();
    let spans: Vec<_> = incident(&story).impact.spans().iter().map(|span| (span.extent, span.from, span.to)).collect();
    assert_eq!(
        spans,
        [
            (Some(Extent::Full), Some(at("10:00")), Some(at("10:20"))),
            (Some(Extent::Degraded), Some(at("10:20")), Some(at("10:30"))),
        ]
    );
    let facts =
        crate::domain::account::impacts(&[story.release()], &story.plan, &crate::domain::account::rules(&story.plan));
    let downtime = crate::domain::metrics::Downtime::of(&facts, at("12:00"));
    assert_eq!(downtime.words(), "30 min (full 20 min, degraded 10 min)");
}

#[test]
fn a_pause_holds_the_run_and_its_time_runs_out_once() {
    let mut story = story();
    story.act(&decide(Decision::Pause, Some("10:05"))).unwrap_err();
    story.act(&decide(Decision::Pause, Some("10:15"))).unwrap();
    assert!(story.release().open_run(&"production".into()).unwrap().paused.is_some());
    let look = Command::LookAtDecision { incident: "INC-1".into() };
    assert!(story.at("10:14").act(&look).is_err());
    story.at("10:20").act(&look).unwrap();
    assert!(story.act(&look).is_err(), "it is recorded once");
    let entries = of_incident(&story.entries(), incident(&story));
    let over = entries.iter().find(|entry| entry.text.contains("is over")).unwrap();
    assert_eq!((over.occurred, over.at), (at("10:15"), at("10:20")), "it stands where the time was over");
    story.act(&decide(Decision::ContinueWithFix, None)).unwrap();
    assert!(incident(&story).overdue_decision(at("11:00")).is_none(), "a new decision looked again");
}

#[test]
fn a_rollback_that_was_decided_is_not_decided_again() {
    let mut story = story();
    let word = story.act(&decide(Decision::RollBack, None)).unwrap();
    assert!(word[0].contains("--confirm 1.2.4@production"), "{word:?}");
    let start = Command::StartRollback {
        env: "production".into(),
        all: false,
        confirm: Some("1.2.4@production".into()),
        despite_running: false,
        dir: None,
    };
    story.at("10:06").act(&start).unwrap();
    assert_eq!(incident(&story).decisions.len(), 1);
}

#[test]
fn a_hat_moves_when_it_is_accepted() {
    let mut story = story();
    let role = |role, person: Option<&str>| Command::SetIncidentRole { role, person: person.map(str::to_owned) };
    let commander = IncidentRole::Commander;
    assert!(story.act(&role(commander, None)).is_err());
    story.act(&role(commander, Some("ana"))).unwrap();
    assert!(story.act(&role(commander, Some("ana"))).is_err());
    story.at("10:20").act(&role(commander, Some("li"))).unwrap();
    assert_eq!((incident(&story).holder(commander), incident(&story).offered(commander)), (Some("ana"), Some("li")));
    story.at("10:21").by("li").act(&Command::AcceptRole { role: commander }).unwrap();
    assert_eq!((incident(&story).holder(commander), incident(&story).offered(commander)), (Some("li"), None));
    assert_eq!(incident(&story).holder_at(commander, at("10:20")), Some("ana"));
    assert!(story.act(&Command::AcceptRole { role: commander }).is_err());
    let both = story.act(&role(IncidentRole::Operations, Some("li"))).unwrap();
    assert!(both[0].contains("should not also fix"), "{both:?}");
    story.act(&role(commander, None)).unwrap();
    assert_eq!(incident(&story).holder(commander), None);
}

#[test]
fn people_hear_by_the_severity_and_nothing_is_due_after_the_end() {
    let mut story = story();
    let rules = cadence::Cadence::default();
    let due = |story: &Story| cadence::due(incident(story), &rules);
    assert_eq!(due(&story), Some(at("10:10")), "the first within five minutes");
    let update = Command::TellUpdate { text: None, next: None, send: true };
    story.at("10:08").act(&update).unwrap();
    assert_eq!(due(&story), Some(at("10:38")), "high: every half hour");
    let told = &incident(&story).updates[0].text;
    assert!(told.contains("harbor 1.3.0 in production") && told.contains("Next update by 10:38 UTC"), "{told}");
    let notice = story.release().notices.last().unwrap();
    assert_eq!((notice.stakeholder.as_str(), &notice.text), ("harbour office", told));
    story.at("10:10").act(&Command::SetSeverity { incident: None, severity: Severity::Critical }).unwrap();
    assert_eq!(due(&story), Some(at("10:28")), "what got worse is told sooner");
    let snooze = Command::SnoozeUpdate { until: at("10:50"), reason: Some("nothing new".into()) };
    story.at("10:27").act(&snooze).unwrap();
    assert_eq!(due(&story), Some(at("10:50")));
    assert_eq!(incident(&story).snoozes.len(), 1);
    // Users feel nothing any more, and the incident goes on: the message says so.
    let said = Box::new(ToldImpact { started: Some(at("10:01")), ended: Some(at("10:30")), ..ToldImpact::default() });
    story.at("10:31").act(&Command::SetImpact { incident: None, said }).unwrap();
    let message = cadence::message(incident(&story), "harbor 1.3.0", None, &jiff::tz::TimeZone::UTC);
    assert!(message.contains("works again since 10:30 UTC; it was affected from 10:01 UTC"), "{message}");
    story.at("10:40").act(&Command::SetStatus { incident: None, status: Status::Resolved, note: None }).unwrap();
    assert_eq!(due(&story), None);
    assert!(story.act(&Command::SnoozeUpdate { until: at("11:00"), reason: None }).is_err());
    story.at("10:41").act(&update).unwrap();
    let last = incident(&story).updates.last().unwrap();
    assert!(last.next.is_none() && last.text.contains("resolved") && !last.text.contains("Next"), "{}", last.text);
}

#[test]
fn what_is_closed_is_opened_again_with_a_reason() {
    let mut story = story();
    let status =
        |status, note: Option<&str>| Command::SetStatus { incident: None, status, note: note.map(str::to_owned) };
    story.act(&status(Status::Resolved, None)).unwrap();
    story.at("10:30").act(&Command::CloseIncident { incident: None }).unwrap();
    assert!(story.act(&status(Status::Investigating, None)).is_err());
    story.act(&status(Status::Investigating, Some("it came back"))).unwrap();
    assert!(incident(&story).is_live() && incident(&story).resolved.is_none());
}

#[test]
fn time_in_each_severity_stops_when_it_is_resolved() {
    let mut story = story();
    story.at("10:15").act(&Command::SetSeverity { incident: None, severity: Severity::Critical }).unwrap();
    story.at("10:25").act(&Command::SetSeverity { incident: None, severity: Severity::High }).unwrap();
    story.at("10:35").act(&Command::SetStatus { incident: None, status: Status::Resolved, note: None }).unwrap();
    let times = incident(&story).time_in_severity(at("18:00"));
    let minutes: Vec<_> = times.iter().map(|(severity, length)| (*severity, length.as_secs() / 60)).collect();
    assert_eq!(minutes, [(Severity::Critical, 10), (Severity::High, 20)]);
}
