//! What went wrong in a release and waits for a person: a rollback that is proposed, a step that failed, an outcome
//! that nobody knows, a run that stands still.
//!
//! [`readiness`](super::readiness) says what production needs before it starts; this says what became of what was
//! started. No waiver hides it. Entry: [`troubles`].

use super::id::Role;
use super::item::ItemState;
use super::overdue::{self, Overdue};
use super::plan::{Check, ItemKind};
use super::readiness::Blocker;
use super::release::{Fired, ReleaseState};
use super::run::{Attempt, AttemptOutcome, Run, RunPurpose, Slot};
use super::situation::Situation;
use super::time::clock;

/// What waits for a person, the most urgent first.
pub fn troubles(sit: &Situation<'_>) -> Vec<Blocker> {
    // One that is complete can be on its way back.
    let of_interest = |release: &&ReleaseState| release.is_open() || release.any_open_run().is_some();
    let Some(release) = sit.release.filter(of_interest) else { return Vec::new() };
    let mut found: Vec<Blocker> = proposals(release).map(|(run, fired)| of_proposal(sit, run, fired)).collect();
    for run in release.runs.iter().filter(|run| run.is_open()) {
        let before = found.len();
        found.extend(run.sequence.iter().filter_map(|slot| of_slot(sit, release, run, slot)));
        found.extend(release.running().filter(|one| one.run == run.id).filter_map(|one| of_overdue(sit, run, one)));
        let proposed = proposals(release).any(|(of, _)| of.id == run.id);
        if before == found.len() && !proposed {
            found.extend(of_pause(run));
        }
    }
    found
}

/// What production still asks for beside what went wrong: that a deployment is not through, or not verified, because of
/// a trouble in its run is not said a second time.
pub fn beside_troubles(sit: &Situation<'_>, troubles: &[Blocker], missing: Vec<Blocker>) -> Vec<Blocker> {
    let Some(release) = sit.release else { return missing };
    let of_run = |id: &str| troubles.iter().any(|one| one.id.split('/').next() == Some(id));
    let waits = |blocker: &Blocker| {
        let kind = sit.plan.item(&blocker.id.as_str().into()).map(|item| &item.kind);
        let Some(ItemKind::Automatic(Check::Deployed(env) | Check::Verified(env))) = kind else { return false };
        release.open_run(env).is_some_and(|run| of_run(run.id.as_str()))
    };
    missing.into_iter().filter(|blocker| !waits(blocker)).collect()
}

/// The rollbacks that are proposed and not answered, each with the deployment that it would take back; the last first.
pub fn proposals(release: &ReleaseState) -> impl Iterator<Item = (&Run, &Fired)> {
    release.fired.iter().rev().filter(|fired| fired.answered.is_none()).filter_map(|fired| {
        let run = release.run(fired.run.as_ref()?)?;
        (run.purpose == RunPurpose::Deployment).then_some((run, fired))
    })
}

fn of_proposal(sit: &Situation<'_>, run: &Run, fired: &Fired) -> Blocker {
    let title = sit.plan.trigger(&fired.trigger).map_or(fired.trigger.as_str(), |trigger| trigger.title.as_str());
    let seen = if fired.words.is_empty() { String::new() } else { format!(": {}", fired.words) };
    let env = &run.env;
    let on = if run.is_open() { format!(", or relco deploy resume --env {env}") } else { String::new() };
    Blocker {
        id: format!("proposal:{}", fired.trigger),
        what: format!("rollback of {env} proposed: {title}{seen}"),
        role: Role::from(Role::RELEASE_MANAGER),
        next: format!("relco rollback start --env {env}{on}"),
    }
}

fn of_slot(sit: &Situation<'_>, release: &ReleaseState, run: &Run, slot: &Slot) -> Option<Blocker> {
    let state = run.state(&slot.id);
    let item = sit.plan.item(&slot.item);
    let kind = item.map(|item| &item.kind);
    let judged = matches!(kind, Some(ItemKind::Automatic(Check::Trigger(_))));
    let lost = release.attempts_of(&run.id, &slot.id).pop().filter(|one| one.outcome == Some(AttemptOutcome::Unknown));
    let lost = lost.filter(|attempt| attempt.resolved.is_none());
    let env = &run.env;
    let (word, next) = match (state, lost, run.purpose) {
        (ItemState::Unknown, Some(attempt), _) => {
            ("outcome unknown", format!("relco attempt resolve {} done|failed --reason …", attempt.id))
        }
        (ItemState::Failed | ItemState::Unknown, _, RunPurpose::Rollback) => {
            ("failed", format!("relco rollback next --env {env}, or relco rollback skip --env {env} --reason …"))
        }
        (ItemState::Failed | ItemState::Unknown, _, purpose) => {
            let word = if state == ItemState::Failed { "failed" } else { "unknown" };
            let back = match purpose {
                RunPurpose::Rehearsal => format!("relco deploy abort --env {env}"),
                RunPurpose::Deployment | RunPurpose::Rollback => format!("relco rollback start --env {env}"),
            };
            (word, format!("relco deploy retry --env {env}, or {back}"))
        }
        _ => return None,
    };
    let seen = run.records.get(&slot.id).map(|record| record.evidence.line()).filter(|seen| !seen.is_empty());
    let seen = seen.map(|seen| format!(": {seen}")).unwrap_or_default();
    let title = if judged { format!("{} ({word})", slot.id) } else { format!("{} {word}", slot.id) };
    Some(Blocker {
        id: format!("{}/{}", run.id, slot.id),
        what: format!("{} of {env}: {title}{seen}", run.purpose),
        role: item.map_or_else(|| Role::from(Role::DEVOPS), |item| item.role.clone()),
        next,
    })
}

/// A step that is over a limit of its plan, and about which nobody decided. It may have printed since: only what was
/// seen then is said.
fn of_overdue(sit: &Situation<'_>, run: &Run, attempt: &Attempt) -> Option<Blocker> {
    let seen: Vec<String> = overdue::questions(attempt).map(Overdue::words).collect();
    let at = overdue::questions(attempt).map(|one| one.at).max()?;
    let item = run.slot(&attempt.slot).and_then(|slot| sit.plan.item(&slot.item));
    let env = &run.env;
    let back = match run.purpose {
        RunPurpose::Deployment => format!("relco rollback start --env {env}"),
        RunPurpose::Rollback => format!("relco rollback abort --env {env} --reason …"),
        RunPurpose::Rehearsal => format!("relco deploy abort --env {env} --reason …"),
    };
    Some(Blocker {
        id: format!("overdue:{}/{}", run.id, attempt.slot),
        what: format!("{} of {env}: {} {} ({})", run.purpose, attempt.slot, seen.join("; "), clock(at, sit.zone)),
        role: item.map_or_else(|| Role::from(Role::DEVOPS), |item| item.role.clone()),
        next: format!("relco deploy wait --env {env}, relco deploy stop --env {env} --reason …, or {back}"),
    })
}

fn of_pause(run: &Run) -> Option<Blocker> {
    let pause = run.paused.as_ref()?;
    let noun = if run.purpose == RunPurpose::Rollback { "rollback next" } else { "deploy resume" };
    Some(Blocker {
        id: format!("pause:{}", run.id),
        what: format!("{} of {} is paused: {}", run.purpose, run.env, pause.reason),
        role: Role::from(Role::RELEASE_MANAGER),
        next: format!("relco {noun} --env {}", run.env),
    })
}
