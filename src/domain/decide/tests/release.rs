//! Starting a release, aiming it, and ending it.

use super::*;
use crate::domain::item::GateVerdict;
use crate::domain::readiness::blockers;
use crate::domain::release_type::ReleaseType;

#[test]
fn a_type_names_the_next_version_of_its_kind() {
    for (asked, version, kind) in [
        ("patch", "1.2.5", ReleaseType::Patch),
        ("minor", "1.3.0", ReleaseType::Minor),
        ("major", "2.0.0", ReleaseType::Major),
        ("1.2.5", "1.2.5", ReleaseType::Patch),
    ] {
        let mut world = World::new();
        world.must(start(asked));
        assert_eq!((world.release().version.as_str(), world.release().kind()), (version, kind));
        assert_eq!(world.release().base.as_deref(), Some("v1.2.4"));
    }
}

#[test]
fn what_cannot_be_released_is_refused_with_the_right_one() {
    let mut world = World::new();
    assert!(world.refused(start("1.2.3")).contains("1.2.4"), "lower than what is released");
    assert!(world.refused(start("1.2.4")).contains("1.2.5"), "released already");
    world.observed.open_releases = vec!["1.3.0".into()];
    assert_eq!(world.refused(start("minor")), "release 1.3.0 is already open > relco --release 1.3.0");
    world.observed.head = None;
    assert_eq!(world.refused(start("2.0.0")), "the repository has no commits yet > commit something first");
}

#[test]
fn a_hotfix_names_its_bug_and_leaves_two_debts() {
    let mut world = World::new();
    let hotfix = |reason: Option<&str>| Command::StartRelease {
        asked: "hotfix".parse().unwrap(),
        reason: reason.map(str::to_owned),
        base: None,
    };
    assert!(world.refused(hotfix(None)).starts_with("a hotfix names the bug that it fixes"));
    assert!(world.refused(hotfix(Some("  "))).starts_with("a hotfix names the bug that it fixes"));
    world.must(hotfix(Some("#911: double booking")));
    let debts: Vec<&str> = world.project.debts.iter().map(|debt| debt.id.as_str()).collect();
    assert_eq!(debts, ["1.2.5-forward-port", "1.2.5-late-review"]);
}

#[test]
fn a_candidate_wants_clean_files_and_moves_only_to_another() {
    let mut world = World::new();
    world.must(start("1.3.0"));
    assert_eq!(world.refused(deploy("staging", None)), "there is no candidate yet > relco release candidate");
    world.observed.dirty = vec!["a.txt".into()];
    assert!(world.refused(candidate(COMMIT)).starts_with("tracked files have changes"));
    world.observed.dirty.clear();
    world.must(candidate(COMMIT));
    assert_eq!(world.refused(candidate(COMMIT)), "1111111 is the candidate already");
}

#[test]
fn a_new_candidate_voids_by_name_what_was_said_about_the_old_one() {
    let mut world = World::ready();
    world.must(Command::SignOff { role: "qa".into(), yes: true, note: None });
    assert_eq!(blockers(&world.sit()), []);
    let moved = world.must(candidate(FIXED));
    assert_eq!(moved.warnings, ["void now: QA, qa sign-off"]);
    let open: Vec<String> = blockers(&world.sit()).into_iter().map(|one| one.what).collect();
    assert_eq!(
        open,
        ["QA: void, ana@example.com spoke about 1111111; the candidate moved"],
        "what devops said is not about the code"
    );
}

#[test]
fn a_fix_ends_the_run_of_the_old_candidate_and_what_it_changed_stays_held() {
    let mut world = World::deploying();
    world.must(candidate(FIXED));
    assert!(!world.release().runs[0].is_open());
    assert_eq!(world.held_by("production"), None, "nothing was changed yet");

    let mut world = World::deploying();
    world.up_to("migrate");
    world.step(BAD);
    world.must(candidate(FIXED));
    assert!(!world.release().runs[0].is_open());
    assert_eq!(world.held_by("production"), Some("R1"), "half of the old candidate is there");
    // The next run of the same release goes on, and the way back stays open.
    world.must(roll_back(Some("1.2.4@production")));
}

#[test]
fn a_step_that_runs_holds_the_candidate() {
    let mut world = World::deploying();
    world.up_to("install");
    world.next().unwrap();
    assert_eq!(
        world.refused(candidate(FIXED)),
        "install of R1 is running > wait for it, or stop it with relco deploy abort"
    );
}

#[test]
fn completing_names_what_is_open_and_ends_with_a_line() {
    let mut world = World::ready();
    let refusal = world.refused(Command::CompleteRelease);
    assert!(refusal.starts_with("release 1.3.0 is not complete"), "{refusal}");
    world.must(deploy("production", Some("1.3.0@production")));
    world.up_to("told");
    let refused = world.act(Command::CompleteRelease).unwrap_err();
    assert_eq!(refused.details, ["R1: Everybody is told open  (release manager: relco item done R1/told)"]);
    world.must(item(Some(world.run()), "told", ItemState::Done));
    let complete = world.must(Command::CompleteRelease);
    let warned = "there is no tag v1.3.0 on 1111111: the next release would begin at v1.2.4";
    assert!(complete.warnings.iter().any(|words| words.starts_with(warned)), "{:?}", complete.warnings);
    let [Effect::AppendReleaseLog(line)] = complete.effects.as_slice() else { panic!("{:?}", complete.effects) };
    assert!(line.contains("small 1.3.0 (minor) 111111111111 by ana@example.com; 0 rollbacks, 0 incidents"), "{line}");
    assert!(world.refused(candidate(FIXED)).starts_with("release 1.3.0 is complete"));
}

#[test]
fn a_release_that_changed_production_is_not_given_up_before_it_is_rolled_back() {
    let abandon = |reason: &str| Command::AbandonRelease { reason: reason.into() };
    let mut world = World::deploying();
    assert!(world.refused(abandon(" ")).contains("wants a reason"));
    world.up_to("install");
    let refusal = world.refused(abandon("later"));
    assert_eq!(refusal, "R1 changed production and is not rolled back > relco rollback start --env production");
    let mut world = World::deploying();
    world.must(abandon("later"));
    assert_eq!(world.held_by("production"), None);
    assert!(world.refused(gate("qa", GateVerdict::Passed)).starts_with("release 1.3.0 is abandoned"));
}

#[test]
fn a_tag_stands_on_the_candidate_or_is_refused_with_both() {
    let mut world = World::begun();
    let tag = |commit: &str| Command::RecordTag { tag: "v1.3.0".into(), commit: commit.into() };
    let refusal = world.refused(tag(FIXED));
    assert!(refusal.starts_with("tag v1.3.0 stands on 2222222, the candidate is 1111111"), "{refusal}");
    world.must(tag(COMMIT));
    assert_eq!(world.refused(tag(COMMIT)), "tag v1.3.0 is recorded already");
}

#[test]
fn a_candidate_that_was_never_deployed_is_not_complete() {
    let mut world = World::deploying();
    world.up_to("told");
    world.must(item(Some(world.run()), "told", ItemState::Done));
    world.observed.head = Some(Head { commit: FIXED.into(), branch: None });
    world.must(candidate(FIXED));
    let refusal = world.act(Command::CompleteRelease).unwrap_err();
    assert!(refusal.to_string().contains("never deployed to production: 1111111 runs there as R1"), "{refusal}");
}

#[test]
fn what_is_out_is_tagged_late_and_never_started_again() {
    let mut world = World::deploying();
    world.up_to("told");
    world.must(item(Some(world.run()), "told", ItemState::Done));
    world.must(Command::CompleteRelease);
    world.must(Command::RecordTag { tag: "v1.3.0".into(), commit: COMMIT.into() });
    let mut next = World::new();
    next.observed.completed_releases = vec!["1.3.0".into()];
    let refused = next.refused(start("1.3.0"));
    assert!(refused.starts_with("release 1.3.0 is complete, and no tag says so > relco --release 1.3.0"), "{refused}");
    next.must(start("1.4.0"));
}
