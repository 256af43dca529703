//! Starting, aiming and ending a release.

use semver::Version;

use super::super::basis::Basis;
use super::super::command::Command;
use super::super::effect::{Effect, Outcome};
use super::super::event::Fact;
use super::super::id::{ItemId, Role, RunId};
use super::super::item::ItemState;
use super::super::plan::{Check, ItemKind, List};
use super::super::readiness::{Blocker, abandon_blockers, completion_blockers, untrue};
use super::super::refusal::Refusal;
use super::super::release::{Phase, ReleaseState};
use super::super::release_type::ReleaseType;
use super::super::run::{RunOutcome, RunPurpose};
use super::super::situation::Situation;
use super::super::status;
use super::super::version;
use super::{any_release, open_release, owned, wanted};

pub(super) fn decide(sit: &Situation<'_>, command: &Command) -> Result<Outcome, Refusal> {
    match command {
        Command::StartRelease { asked, reason, base } => start(sit, asked, reason.as_ref(), base.as_ref()),
        Command::SetCandidate { commit, branch } => candidate(sit, commit, branch.as_ref()),
        Command::RecordTag { tag, commit } => tag_made(sit, tag, commit),
        Command::RecordArtifact { artifact, there, observed } => {
            let release = open_release(sit)?;
            if !sit.plan.artifacts.iter().any(|one| one.probe.id.as_str() == artifact) {
                return Err(Refusal::new(format!("there is no artifact {artifact}")));
            }
            Ok(Outcome::release(Fact::ArtifactObserved {
                artifact: artifact.clone(),
                there: *there,
                observed: observed.clone(),
                commit: release.commit().map(str::to_owned),
            }))
        }
        Command::RecordPush { tag, commit, remote } => pushed(sit, tag, commit, remote),
        Command::CompleteRelease => complete(sit),
        Command::AbandonRelease { reason } => abandon(sit, reason),
        _ => Ok(Outcome::default()),
    }
}

fn start(
    sit: &Situation<'_>,
    asked: &version::Asked,
    reason: Option<&String>,
    base: Option<&String>,
) -> Result<Outcome, Refusal> {
    if let Some(why) = &sit.observed.no_repository {
        return Err(Refusal::new(why.clone()).next("run relco in the project's repository, or give --project DIR"));
    }
    if sit.observed.head.is_none() {
        return Err(Refusal::new("the repository has no commits yet").next("commit something first"));
    }
    let base = match base {
        None => sit.observed.base.clone(),
        Some(tag) => Some(
            sit.observed
                .tags
                .iter()
                .find(|(name, _, _)| name == tag)
                .map(|(name, version, _)| (name.clone(), version.clone()))
                .ok_or_else(|| {
                    Refusal::new(format!("{tag} is not a release tag here"))
                        .next(format!("tags look like {}", sit.plan.tag))
                })?,
        ),
    };
    let tagged: Vec<Version> = sit.observed.tags.iter().map(|(_, version, _)| version.clone()).collect();
    let planned = version::plan(asked, base.as_ref().map(|(_, version)| version), &tagged)
        .map_err(|refusal| Refusal::new(refusal.to_string()).role(Role::RELEASE_MANAGER))?;
    let text = planned.version.to_string();
    if sit.observed.open_releases.contains(&text) {
        return Err(Refusal::new(format!("release {text} is already open")).next(format!("relco --release {text}")));
    }
    if sit.observed.completed_releases.contains(&text) {
        return Err(Refusal::new(format!("release {text} is complete, and no tag says so"))
            .next(format!("relco --release {text} release tag, then start the next version")));
    }
    if planned.kind == ReleaseType::Hotfix && owned(reason).is_none() {
        return Err(Refusal::new("a hotfix names the bug that it fixes").next("--reason \"critical bug: …\""));
    }
    let mut outcome = Outcome::release(Fact::ReleaseStarted {
        version: text.clone(),
        kind: planned.kind,
        base: base.map(|(tag, _)| tag),
        reason: owned(reason),
    });
    if sit.observed.tags.is_empty() {
        // A clone without its tags looks the same as a project that was never released.
        let fetch = if sit.observed.shallow { "the clone is shallow; " } else { "" };
        let tag = &sit.plan.tag;
        let words = format!("no tag looks like {tag}: this counts as the first release ({fetch}git fetch --tags)");
        outcome.warnings.push(words.replace("; git fetch", "; git fetch --unshallow"));
    }
    outcome.warnings.extend(planned.note);
    if planned.kind == ReleaseType::Hotfix {
        // The reason names the bug: nobody is asked for it twice.
        let names_bug = sit.plan.item(&ItemId::from("bug-reference")).map(|item| item.id.clone());
        outcome.release.extend(names_bug.map(|item| Fact::ItemSet {
            run: None,
            item,
            state: ItemState::Done,
            by: sit.by.to_owned(),
            observed: owned(reason),
            reason: None,
            commit: None,
            basis: None,
        }));
        for (id, what, role) in [
            ("forward-port", "forward-port the fix to the main line", Role::DEVELOPER),
            ("late-review", "review after the fact: minimal testing only", Role::QA),
        ] {
            outcome.project.push(Fact::DebtAdded {
                debt: format!("{text}-{id}"),
                text: format!("{text}: {what}"),
                release: text.clone(),
                role: Role::from(role),
            });
        }
    }
    Ok(outcome)
}

fn candidate(sit: &Situation<'_>, commit: &str, branch: Option<&String>) -> Result<Outcome, Refusal> {
    let release = open_release(sit)?;
    if !sit.observed.dirty.is_empty() {
        return Err(Refusal::new("tracked files have changes that are in no commit")
            .details(sit.observed.dirty.iter().take(5).cloned())
            .next("commit or stash them"));
    }
    // A pause holds the run, not the step: what still runs would go on beside the new candidate's.
    if let Some(attempt) = release.running().next() {
        return Err(Refusal::new(format!("{} of {} is running", attempt.slot, attempt.run))
            .next("wait for it, or stop it with relco deploy abort"));
    }
    let unchanged =
        release.candidate.as_ref().is_some_and(|old| old.commit == commit && old.plan_hash == sit.observed.plan_hash);
    if unchanged {
        let short = commit.get(..7).unwrap_or(commit);
        return Err(Refusal::new(format!("{short} is the candidate already")));
    }
    let moved = release.candidate.as_ref().is_some_and(|old| old.commit != commit);
    let voided = if moved { bound_to_candidate(sit, release, commit) } else { Vec::new() };
    let mut outcome = Outcome::default();
    // A run of the old candidate cannot go on with the new one: "continue with a fix" starts a new run.
    if moved {
        for run in release.runs.iter().filter(|run| run.is_open() && run.purpose == RunPurpose::Deployment) {
            let reason = Some("the candidate moved".to_owned());
            outcome.release.push(Fact::RunEnded { run: run.id.clone(), outcome: RunOutcome::Aborted, reason });
            // What was changed stays changed, so the environment stays held until it is deployed again or taken back.
            if release.started_changing(run, sit.plan) {
                continue;
            }
            outcome.project.push(Fact::EnvUnlocked {
                env: run.env.clone(),
                release: release.version.clone(),
                run: run.id.clone(),
            });
        }
    }
    outcome.release.push(Fact::CandidateSet {
        commit: commit.to_owned(),
        branch: branch.cloned(),
        plan_hash: sit.observed.plan_hash.clone(),
        breaking: sit.observed.breaking,
        voided: voided.clone(),
    });
    if !voided.is_empty() {
        outcome.warnings.push(format!("void now: {}", voided.join(", ")));
    }
    if sit.observed.shallow {
        outcome.warnings.push("the clone is shallow: what was merged may be incomplete".to_owned());
    }
    Ok(outcome)
}

/// Everything that was said about the old candidate, by name. What a check said of the very commit that is set now
/// goes on to hold.
fn bound_to_candidate(sit: &Situation<'_>, release: &ReleaseState, new: &str) -> Vec<String> {
    let goes_on = |basis: Option<&Basis>| {
        basis.is_some_and(|basis| basis.commit.as_deref() == Some(new) && basis.files.is_none())
    };
    let mut names: Vec<String> = status::gates(sit)
        .into_iter()
        .filter(|gate| gate.verdict != super::super::item::GateVerdict::Open)
        .filter(|gate| !goes_on(release.gates.get(&gate.id).and_then(|record| record.basis.as_ref())))
        .map(|gate| gate.title)
        .collect();
    names.extend(
        release
            .sign_offs
            .iter()
            .filter(|(_, word)| release.holds_for_candidate(word.commit.as_deref()))
            .map(|(role, _)| format!("{role} sign-off")),
    );
    for row in status::pre_release(sit) {
        let bound = release.items.get(&row.id).is_some_and(|record| {
            (record.commit.is_some() || record.basis.is_some()) && !goes_on(record.basis.as_ref())
        });
        let staged = matches!(
            sit.plan.item(&row.id).map(|item| &item.kind),
            Some(ItemKind::Automatic(Check::Deployed(_) | Check::Verified(_)))
        );
        if (bound || staged) && row.state == ItemState::Done {
            names.push(row.title);
        }
    }
    names
}

fn tag_made(sit: &Situation<'_>, tag: &str, commit: &str) -> Result<Outcome, Refusal> {
    let release = not_abandoned(sit)?;
    let Some(candidate) = release.commit() else {
        return Err(Refusal::new("there is no candidate to tag").next("relco release candidate"));
    };
    if candidate != commit {
        let short = |commit: &str| commit.get(..7).unwrap_or(commit).to_owned();
        return Err(Refusal::new(format!(
            "tag {tag} stands on {}, the candidate is {}",
            short(commit),
            short(candidate)
        ))
        .role(Role::RELEASE_MANAGER)
        .next("a released tag never moves: start the next version"));
    }
    if release.tag.as_ref().is_some_and(|(name, on)| name == tag && on == commit) {
        return Err(Refusal::new(format!("tag {tag} is recorded already")));
    }
    let mut outcome = Outcome::release(Fact::TagMade { tag: tag.to_owned(), commit: commit.to_owned() });
    // A tag that stands is a fact, whatever it says: what is wrong with it is told, not refused.
    outcome.warnings = untrue(sit).into_iter().map(|blocker| blocker.what).collect();
    outcome.warnings.extend(merged_after(sit));
    Ok(outcome)
}

/// Whether the release may be tagged as it is told: everything judged once more, of the candidate, because what merged
/// after the section was written is in it too.
///
/// # Errors
/// The refusal, with what is wrong; a waiver of the item lets it pass.
pub fn may_be_tagged(sit: &Situation<'_>) -> Result<(), Refusal> {
    let wrong = untrue(sit);
    let Some(first) = wrong.first() else { return Ok(()) };
    let what = match wrong.len() {
        1 => first.what.clone(),
        count => format!("{}, and {} more", first.what, count - 1),
    };
    Err(Refusal::new(format!("not to be tagged like this: {what}"))
        .role(first.role.clone())
        .details(lines(&wrong))
        .next(format!("{}, then a new candidate; or relco item skip {} --reason …", first.next, first.id)))
}

/// What is on the branch already and not in what is tagged.
fn merged_after(sit: &Situation<'_>) -> Option<String> {
    let commits = match sit.observed.ahead_of_candidate.filter(|count| *count > 0)? {
        1 => "1 commit".to_owned(),
        count => format!("{count} commits"),
    };
    Some(format!("{commits} came after the candidate: not in this release"))
}

/// A release that is out may be tagged late; one that was abandoned is never tagged.
fn not_abandoned<'a>(sit: &Situation<'a>) -> Result<&'a ReleaseState, Refusal> {
    let release = any_release(sit)?;
    if release.ended.is_some_and(|(_, phase)| phase == Phase::Complete) { Ok(release) } else { open_release(sit) }
}

fn pushed(sit: &Situation<'_>, tag: &str, commit: &str, remote: &str) -> Result<Outcome, Refusal> {
    let release = not_abandoned(sit)?;
    match &release.tag {
        Some((name, on)) if name == tag && on == commit => {}
        _ => return Err(Refusal::new(format!("tag {tag} is not recorded")).next("relco release tag")),
    }
    if release.pushed.as_deref() == Some(remote) {
        return Err(Refusal::new(format!("tag {tag} is pushed to {remote} already")));
    }
    Ok(Outcome::release(Fact::TagPushed {
        tag: tag.to_owned(),
        commit: commit.to_owned(),
        remote: remote.to_owned(),
        by: sit.by.to_owned(),
    }))
}

fn lines(blockers: &[Blocker]) -> Vec<String> {
    blockers.iter().map(|blocker| format!("{}  ({}: {})", blocker.what, blocker.role, blocker.next)).collect()
}

/// What must be known of a release that is complete and has no tag: it may be tagged late, and until then the next one
/// is compared with the release before.
pub fn untagged(sit: &Situation<'_>, release: &ReleaseState) -> Option<String> {
    let candidate = release.commit()?;
    let version = semver::Version::parse(&release.version).ok()?;
    let tag = sit.plan.tag_of(&version);
    let stands = sit.observed.tags.iter().any(|(name, _, commit)| *name == tag && commit == candidate);
    if release.tag.is_some() || stands || sit.observed.drill || release.waivers.contains_key("tag") {
        return None;
    }
    let base = release.base.as_deref().map_or("the first commit".to_owned(), ToOwned::to_owned);
    Some(format!(
        "there is no tag {tag} on {}: the next release would begin at {base} (relco --release {} release tag --make)",
        candidate.get(..7).unwrap_or(candidate),
        release.version
    ))
}

fn complete(sit: &Situation<'_>) -> Result<Outcome, Refusal> {
    let release = open_release(sit)?;
    let blockers = completion_blockers(sit);
    if let Some(first) = blockers.first() {
        let what = format!("release {} is not complete: {} missing", release.version, blockers.len());
        return Err(Refusal::new(what).role(first.role.clone()).details(lines(&blockers)).next(first.next.clone()));
    }
    let log_line = log_line(sit, release);
    let mut outcome = Outcome::default();
    let production = sit.production().map(|env| &env.name);
    let run = release.runs.iter().rev().find(|run| Some(&run.env) == production && run.is_open());
    if let Some(run) = run {
        for slot in run.sequence.iter().filter(|slot| slot.list == List::Communication) {
            let is_log =
                sit.plan.item(&slot.item).is_some_and(|item| item.kind == ItemKind::Automatic(Check::ReleaseLog));
            if is_log && !run.state(&slot.id).settled() {
                outcome.release.push(Fact::ItemSet {
                    run: Some(run.id.clone()),
                    item: slot.id.clone(),
                    state: ItemState::Done,
                    by: "relco".to_owned(),
                    observed: Some(log_line.clone()),
                    reason: None,
                    commit: None,
                    basis: None,
                });
            }
        }
        outcome.release.push(Fact::RunEnded { run: run.id.clone(), outcome: RunOutcome::Succeeded, reason: None });
        outcome.project.push(Fact::EnvUnlocked {
            env: run.env.clone(),
            release: release.version.clone(),
            run: run.id.clone(),
        });
    }
    outcome.warnings.extend(untagged(sit, release));
    outcome.release.push(Fact::ReleaseCompleted { log_line: log_line.clone() });
    outcome.effects.push(Effect::AppendReleaseLog(log_line));
    Ok(outcome)
}

/// The line of the release log: date, project, version, type, commit, captain, how it went.
fn log_line(sit: &Situation<'_>, release: &ReleaseState) -> String {
    let date = sit.now.to_zoned(sit.zone.clone()).strftime("%Y-%m-%d %H:%M %:z").to_string();
    let commit = release.commit().and_then(|commit| commit.get(..12)).unwrap_or("-");
    let rollbacks = release.runs.iter().filter(|run| run.purpose == RunPurpose::Rollback).count();
    format!(
        "{date}  {} {} ({}) {commit} by {}; {} rollbacks, {} incidents",
        sit.plan.project,
        release.version,
        release.kind(),
        release.captain,
        rollbacks,
        release.incidents.len()
    )
}

fn abandon(sit: &Situation<'_>, reason: &str) -> Result<Outcome, Refusal> {
    let release = open_release(sit)?;
    let reason = wanted(Some(reason), "abandoning a release")?;
    if let Some(attempt) = release.running().next() {
        return Err(Refusal::new(format!("{} is running", attempt.slot)).next("wait for it, or relco deploy abort"));
    }
    let production = sit.production().map(|env| &env.name);
    let half = release.runs.iter().find(|run| {
        run.is_open()
            && run.purpose == RunPurpose::Deployment
            && Some(&run.env) == production
            && release.started_changing(run, sit.plan)
    });
    if let Some(run) = half {
        return Err(Refusal::new(format!("{} changed {} and is not rolled back", run.id, run.env))
            .next(format!("relco rollback start --env {}", run.env)));
    }
    // The same where the run is over already: given up, or ended by a new candidate.
    let left = sit.project.locks.iter().find(|(env, lock)| {
        // A lock whose run never came to be changed nothing.
        let over = release.run(&lock.run).is_some_and(|run| !run.is_open());
        Some(*env) == production && lock.release == release.version && over
    });
    if let Some((env, lock)) = left {
        return Err(Refusal::new(format!("{} changed {env} and is not taken back", lock.run)).next(format!(
            "relco rollback start --env {env}, or relco deploy unlock --env {env} --reason TEXT leaves it as it is"
        )));
    }
    let blockers: Vec<Blocker> = abandon_blockers(sit)
        .into_iter()
        .filter(|blocker| {
            // A run that changed nothing may be left where it stands; a rollback's own lists may not.
            let run = blocker.id.split_once('/').and_then(|(run, _)| release.run(&run.into()));
            run.is_none_or(|run| run.purpose == RunPurpose::Rollback)
        })
        .collect();
    if let Some(first) = blockers.first() {
        let what = format!("release {} cannot end yet: {} missing", release.version, blockers.len());
        return Err(Refusal::new(what).role(first.role.clone()).details(lines(&blockers)).next(first.next.clone()));
    }
    let mut outcome = Outcome::default();
    for run in release.runs.iter().filter(|run| run.is_open()) {
        let ended = if run.purpose == RunPurpose::Rollback { RunOutcome::Succeeded } else { RunOutcome::Aborted };
        outcome.release.push(Fact::RunEnded { run: run.id.clone(), outcome: ended, reason: Some(reason.clone()) });
        outcome.project.push(Fact::EnvUnlocked {
            env: run.env.clone(),
            release: release.version.clone(),
            run: run.id.clone(),
        });
    }
    let open = |run: &RunId| release.run(run).is_some_and(super::super::run::Run::is_open);
    let locks = sit.project.locks.iter().filter(|(_, lock)| lock.release == release.version);
    for (env, lock) in locks.filter(|(_, lock)| !open(&lock.run)) {
        outcome.warnings.push(format!("{env} is free again, and may still run some of {}", release.version));
        outcome.project.push(Fact::EnvUnlocked {
            env: env.clone(),
            release: release.version.clone(),
            run: lock.run.clone(),
        });
    }
    outcome.release.push(Fact::ReleaseAbandoned { reason });
    Ok(outcome)
}
