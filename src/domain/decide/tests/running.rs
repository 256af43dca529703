//! Starting a run and walking it.

use super::*;
use crate::domain::run::RunOutcome;

#[test]
fn production_wants_its_word_and_staging_none() {
    let mut world = World::ready();
    let wanted = "deploying to production wants the word 1.3.0@production > --confirm 1.3.0@production";
    assert_eq!(world.refused(deploy("production", None)), wanted);
    let wrong = world.refused(deploy("production", Some("1.2.4@production")));
    assert!(wrong.starts_with("1.2.4@production is not 1.3.0@production: nothing was started"), "{wrong}");
    world.must(deploy("staging", None));
    assert!(world.refused(deploy("mars", None)).contains("environments: staging, production"));
}

#[test]
fn a_run_starts_only_trusted_clean_and_at_the_candidate() {
    let mut world = World::ready();
    world.observed.trusted = false;
    assert!(world.refused(deploy("staging", None)).contains("not trusted yet > relco trust"));
    world.observed.trusted = true;
    world.observed.head = Some(Head { commit: FIXED.into(), branch: None });
    assert!(world.refused(deploy("staging", None)).starts_with("HEAD is not at the candidate 1111111"));
    world.observed.head = Some(Head { commit: COMMIT.into(), branch: None });
    world.observed.dirty = vec!["deploy.sh".into()];
    assert!(world.refused(deploy("staging", None)).starts_with("tracked files have changes"));
    world.observed.dirty.clear();
    world.must(deploy("staging", None));
    assert!(world.refused(deploy("staging", None)).starts_with("R1 is open in staging"));
}

#[test]
fn one_step_at_a_time_in_the_order_of_the_plan() {
    let mut world = World::deploying();
    for step in ["backup", "migrate", "install", "link", "caches"] {
        let started = world.next().unwrap();
        let [Effect::Launch(attempt)] = started.effects.as_slice() else { panic!("{:?}", started.effects) };
        assert_eq!(attempt.as_str(), format!("R1-{step}-1"));
        assert!(world.next().unwrap_err().what.ends_with("is running"));
        world.ends(attempt.clone(), GOOD);
        assert_eq!(world.state(step), ItemState::Done);
    }
    assert_eq!(world.next().unwrap_err().what, "needs a person: Somebody looks");
}

#[test]
fn what_is_live_is_known_once_all_steps_are_through_and_the_run_ends_with_its_last_item() {
    let mut world = World::deploying();
    world.up_to("caches");
    assert_eq!(world.project.live_version(&"production".into()), Some("1.2.4"));
    assert_eq!(world.sit().live_words(&"production".into()), "1.2.4→1.3.0");
    world.up_to("look");
    assert_eq!(world.project.live_version(&"production".into()), Some("1.3.0"));
    world.up_to("told");
    assert_eq!(world.held_by("production"), Some("R1"));
    world.must(item(Some(world.run()), "told", ItemState::Done));
    assert_eq!(world.release().runs[0].ended.unwrap().1, RunOutcome::Succeeded);
    assert_eq!(world.held_by("production"), None);
}

#[test]
fn a_failed_step_holds_the_run_until_a_person_speaks() {
    let mut world = World::deploying();
    world.up_to("install");
    world.step(BAD);
    let refused = world.next().unwrap_err();
    assert_eq!(refused.what, "install failed in production");
    let next = "relco deploy retry --env production, or relco rollback start --env production";
    assert_eq!(refused.next.as_deref(), Some(next));
    let retried = world.must(Command::Retry { run: world.run() });
    assert_eq!(retried.effects, [Effect::Launch("R1-install-2".into())]);
    world.ends("R1-install-2".into(), GOOD);
    assert_eq!(world.state("install"), ItemState::Done);
    assert!(world.refused(Command::Retry { run: world.run() }).contains("there is nothing to retry"));
}

#[test]
fn after_an_unknown_outcome_a_person_says_what_became_of_it() {
    let mut world = World::deploying();
    world.up_to("install");
    world.step(AttemptOutcome::Unknown);
    assert_eq!(world.state("install"), ItemState::Unknown);
    let refusal = world.refused(Command::Retry { run: world.run() });
    let next = "relco attempt resolve R1-install-1 done|failed --reason TEXT";
    assert_eq!(refusal, format!("the outcome of install is unknown > {next}"));
    let resolve =
        |reason: &str| Command::ResolveAttempt { attempt: "R1-install-1".into(), done: true, reason: reason.into() };
    assert!(world.refused(resolve("")).contains("wants a reason"));
    let resolved = world.must(resolve("the files are there"));
    assert_eq!(resolved.effects, [], "going on is a word of its own");
    assert_eq!(world.state("install"), ItemState::Done);
    assert!(world.refused(resolve("again")).contains("resolved already"));
}

#[test]
fn what_may_run_twice_may_be_tried_again_after_an_unknown_outcome() {
    let mut world = World::deploying();
    world.up_to("caches");
    world.step(AttemptOutcome::Unknown);
    assert!(world.next().is_err(), "but not by itself");
    let retried = world.must(Command::Retry { run: world.run() });
    assert_eq!(retried.effects, [Effect::Launch("R1-caches-2".into())]);
}

#[test]
fn an_attempt_is_imported_once() {
    let mut world = World::deploying();
    world.up_to("install");
    world.step(GOOD);
    assert_eq!(world.refused(ended("R1-install-1".into(), BAD)), "R1-install-1 is recorded already");
    assert_eq!(world.refused(ended("R9-x-1".into(), BAD)), "there is no attempt R9-x-1");
}

#[test]
fn a_pause_holds_until_it_is_taken_back() {
    let mut world = World::deploying();
    let run = world.run();
    world.must(Command::Pause { run: run.clone(), reason: "lunch".into() });
    assert_eq!(world.next().unwrap_err().what, "R1 is paused: lunch");
    assert!(world.refused(Command::Pause { run: run.clone(), reason: "tea".into() }).contains("paused already: lunch"));
    let resumed = world.must(Command::Resume { run: run.clone(), all: true });
    assert_eq!(resumed.effects, [Effect::Advance(run.clone())]);
    assert_eq!(world.refused(Command::Resume { run, all: false }), "R1 is not paused");
}

#[test]
fn aborting_names_why_and_keeps_what_was_changed_held() {
    let abort = |run: RunId, reason: &str| Command::Abort { run, reason: reason.into() };
    let mut world = World::deploying();
    assert!(world.refused(abort(world.run(), "")).contains("wants a reason"));
    world.must(abort(world.run(), "wrong day"));
    assert_eq!(world.held_by("production"), None);

    let mut world = World::deploying();
    world.up_to("install");
    let aborted = world.must(abort(world.run(), "wrong day"));
    assert_eq!(world.held_by("production"), Some("R1"));
    assert!(aborted.warnings[0].starts_with("production was changed and stays held"), "{:?}", aborted.warnings);

    let mut world = World::deploying();
    world.up_to("install");
    world.next().unwrap();
    assert!(world.refused(abort(world.run(), "wrong day")).starts_with("install is still running"));
}

#[test]
fn another_session_observes_until_it_takes_over_or_the_other_is_gone() {
    let mut world = World::deploying();
    let run = world.run();
    let take = |reason: &str| Command::Take { run: "R1".into(), reason: reason.into() };
    assert_eq!(world.refused(take("mine")), "R1 is yours already");
    world.session = SessionId::from("s-2");
    world.observed.sessions.insert(world.session.clone());
    let refused = world.next().unwrap_err();
    assert_eq!(refused.what, "R1 is being walked in another terminal (s-1)");
    assert!(world.refused(take("")).contains("wants a reason"));
    world.must(take("ana is on a train"));
    world.next().unwrap();

    let mut world = World::deploying();
    world.session = SessionId::from("s-2");
    world.observed.sessions = BTreeSet::from([world.session.clone()]);
    world.next().unwrap();
    assert_eq!(world.release().run(&run).unwrap().conductor, Some(SessionId::from("s-2")), "the first is dead");
}

#[test]
fn two_releases_do_not_meet_in_one_environment() {
    let mut world = World::deploying();
    let first = world.release.take();
    world.must(start("2.0.0"));
    world.must(candidate(COMMIT));
    for blocker in crate::domain::readiness::blockers(&world.sit()) {
        let _ = world.act(waive(&blocker.id, "tried"));
    }
    let refused = world.act(deploy("production", Some("2.0.0@production"))).unwrap_err();
    assert!(refused.to_string().contains("production is held by R1 of release 1.3.0"), "{refused}");
    world.must(deploy("staging", None));
    assert!(first.is_some());
}

#[test]
fn status_names_what_brings_a_deployment_on() {
    let mut world = World::new();
    world.plan = load(None, &Found { directory: "small".into(), ..Found::default() }).unwrap().plan;
    world.must(start("1.3.0"));
    world.must(candidate(COMMIT));
    let next = |world: &World| {
        let found = crate::domain::readiness::blockers(&world.sit());
        let staged = found.into_iter().filter(|one| one.id.starts_with("staging-"));
        staged.map(|one| one.next).collect::<BTreeSet<String>>().into_iter().collect::<Vec<String>>()
    };
    assert_eq!(next(&world), ["relco deploy start --env staging --all"]);
    world.must(deploy("staging", None));
    assert_eq!(next(&world), ["relco deploy next --env staging --all"]);
}

#[test]
fn two_steps_never_run_at_once_in_one_environment() {
    let mut world = World::deploying();
    world.up_to("install");
    world.next().unwrap();
    world.must(Command::Pause { run: world.run(), reason: "wait".into() });
    let refused = world.refused(candidate(FIXED));
    assert!(refused.starts_with("install of R1 is running"), "a pause holds the run, not its step: {refused}");
    world.must(Command::StartRollback {
        env: "production".into(),
        all: false,
        confirm: Some("1.2.4@production".into()),
        despite_running: true,
        dir: None,
    });
    world.must(Command::Abort { run: world.run(), reason: "a look at it first".into() });
    let refused = world.refused(deploy("production", Some("1.3.0@production")));
    assert!(refused.starts_with("install of R1 is still running in production"), "{refused}");
}

#[test]
fn who_lost_the_run_while_a_step_was_asked_starts_nothing() {
    let mut world = World::deploying();
    world.up_to("install");
    world.step(BAD);
    let other = SessionId::from("s-2");
    world.observed.sessions.insert(other.clone());
    let mine = std::mem::replace(&mut world.session, other);
    world.must(Command::Take { run: world.run(), reason: "ana is away".into() });
    world.session = mine;
    let said = world.must(Command::RecordAttemptCheck {
        attempt: "R1-install-1".into(),
        said: crate::domain::run::CheckSaid::NotApplied,
        words: "exit 1".into(),
        for_slot: Some(("R1".into(), "install".into())),
    });
    assert!(said.effects.is_empty(), "{:?}", said.effects);
    assert!(said.warnings.iter().any(|words| words.contains("in another terminal")), "{:?}", said.warnings);
    assert!(world.release().attempts.values().all(|attempt| attempt.number == 1));
}

#[test]
fn a_persons_word_stands_against_what_is_found_out_later() {
    let mut world = World::deploying();
    world.must(item(Some(world.run()), "backup", ItemState::Open));
    let late = Command::FinishSlot { run: world.run(), slot: "backup".into(), ok: false, observed: "503".into() };
    assert_eq!(world.refused(late), "backup is open: what came of it is not recorded");
    assert!(world.release().incidents.is_empty());
}

#[test]
fn a_step_that_ran_is_not_opened_again_by_hand() {
    let mut world = World::deploying();
    world.up_to("install");
    let refused = world.refused(item(Some(world.run()), "migrate", ItemState::Open));
    assert!(refused.starts_with("migrate was carried out"), "{refused}");
    world.step(BAD);
    let skip = Command::SetItem {
        run: Some(world.run()),
        item: "install".into(),
        state: ItemState::Skipped,
        observed: None,
        reason: Some("by hand".into()),
    };
    world.must(skip);
    world.must(item(Some(world.run()), "install", ItemState::Open));
    assert_eq!(world.state("install"), ItemState::Failed, "what it came to is there again");
}

/// What the screen counts down: it is derived, and says nothing where nobody is there to try again.
#[test]
fn a_declared_retry_is_due_only_while_somebody_waits_for_it() {
    use crate::domain::plan::ItemKind;
    use crate::domain::retry::{Due, due};

    let mut world = World::deploying();
    world.up_to("install");
    world.plan.items.iter_mut().filter(|item| item.id.as_str() == "install").for_each(|item| {
        let ItemKind::Command(step) = &mut item.kind else { panic!("no step") };
        (step.retries, step.backoff) = (2, std::time::Duration::from_secs(10));
    });
    let waits = |world: &World| {
        let release = world.release();
        due(&world.plan, release, release.runs.last().unwrap(), &world.observed.sessions)
    };
    for (number, wait_s) in [(1, 10), (2, 20)] {
        match number {
            1 => drop(world.next().unwrap()),
            _ => drop(world.must(Command::RetryDeclared { run: "R1".into(), slot: "install".into(), number: 1 })),
        }
        assert_eq!(waits(&world), None, "it runs");
        let now = world.now;
        let mut end = ended(AttemptId::new(format!("R1-install-{number}")), BAD);
        let Command::ImportAttempt { ended, .. } = &mut end else { unreachable!() };
        *ended = Some(now);
        world.must(end);
        let at = now.checked_add(jiff::SignedDuration::from_secs(wait_s)).unwrap();
        assert_eq!(waits(&world), Some(Due { at, number: number + 1, of: 3 }));
    }
    let alive = std::mem::take(&mut world.observed.sessions);
    assert_eq!(waits(&world), None, "whoever would try again is gone");
    world.observed.sessions = alive;
    world.must(Command::Pause { run: "R1".into(), reason: "wait".into() });
    assert_eq!(waits(&world), None, "nothing starts in a pause");
}
