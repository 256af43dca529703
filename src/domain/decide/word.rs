//! What people say: gates, sign-offs, items, waivers; and what checks found.

use super::super::command::Command;
use super::super::effect::Outcome;
use super::super::event::Fact;
use super::super::id::{GateId, ItemId, Role, RunId};
use super::super::item::{GateVerdict, ItemState};
use super::super::paperwork;
use super::super::plan::{Item, ItemKind, Wants, quote_word};
use super::super::readiness;
use super::super::refusal::Refusal;
use super::super::release::ReleaseState;
use super::super::run::Run;
use super::super::situation::Situation;
use super::super::status;
use super::after::after_slot;
use super::{any_release, open_release, open_run_of, owned, wanted};

pub(super) fn decide(sit: &Situation<'_>, command: &Command) -> Result<Outcome, Refusal> {
    match command {
        Command::DecideGate { gate, verdict, reason, evidence } => {
            decide_gate(sit, gate, *verdict, reason.as_ref(), evidence.as_ref())
        }
        Command::RecordGateCheck { gate, ok, observed, basis } => {
            let (verdict, reason, evidence) = match ok {
                true => (GateVerdict::Passed, None, Some(observed)),
                false => (GateVerdict::Failed, Some(observed), None),
            };
            let mut outcome = decide_gate(sit, gate, verdict, reason, evidence)?;
            for fact in &mut outcome.release {
                if let Fact::GateDecided { basis: looked_at, .. } = fact {
                    *looked_at = Some(basis.clone());
                }
            }
            outcome.warnings.clear();
            Ok(outcome)
        }
        Command::SignOff { role, yes, note } => sign_off(sit, role, *yes, note.as_ref()),
        Command::SetItem { run: None, item, state, observed, reason } => {
            let release = open_release(sit)?;
            set_pre_release(sit, release, item, *state, observed.as_ref(), reason.as_ref())
        }
        Command::SetItem { run: Some(run), item, state, observed, reason } => {
            set_slot(sit, run, item, *state, observed.as_ref(), reason.as_ref())
        }
        Command::RecordItemCheck { item, ok, observed, basis } => {
            let release = open_release(sit)?;
            let state = if *ok { ItemState::Done } else { ItemState::Failed };
            Ok(Outcome::release(Fact::ItemSet {
                run: None,
                item: item.clone(),
                state,
                by: "relco".to_owned(),
                observed: Some(observed.clone()),
                reason: None,
                commit: release.commit().map(str::to_owned),
                basis: Some(basis.clone()),
            }))
        }
        Command::Waive { blocker, reason } => waive(sit, blocker, reason),
        Command::RecordCheck { check, verdict, summary, findings } => {
            let release = open_release(sit)?;
            let commit = release.commit().map(str::to_owned);
            let commit = commit.or_else(|| sit.observed.head.as_ref().map(|head| head.commit.clone()));
            Ok(Outcome::release(Fact::CheckRecorded {
                check: check.clone(),
                verdict: *verdict,
                summary: summary.clone(),
                findings: findings.clone(),
                commit,
            }))
        }
        _ => Ok(Outcome::default()),
    }
}

/// A warning when the person is not in the role's list: recorded and flagged, never refused.
fn role_warning(sit: &Situation<'_>, role: &Role) -> Option<String> {
    (!sit.plan.holds_role(role, sit.by)).then(|| format!("{} is not in the list of {role}: recorded as said", sit.by))
}

fn decide_gate(
    sit: &Situation<'_>,
    id: &GateId,
    verdict: GateVerdict,
    reason: Option<&String>,
    evidence: Option<&String>,
) -> Result<Outcome, Refusal> {
    let release = open_release(sit)?;
    let Some(row) = status::gates(sit).into_iter().find(|row| row.id == *id) else {
        let names: Vec<String> = sit.plan.gates.iter().map(|gate| gate.id.to_string()).collect();
        return Err(Refusal::new(format!("there is no gate {id}")).next(format!("gates: {}", names.join(", "))));
    };
    if let Some(rule) = row.not_applicable {
        return Err(Refusal::new(format!("{} does not apply: {rule}", row.title)));
    }
    let reason = match verdict {
        GateVerdict::Waived | GateVerdict::Failed => Some(wanted(reason.map(String::as_str), verdict.name())?),
        GateVerdict::Open | GateVerdict::Passed => owned(reason),
    };
    let mut outcome = Outcome::release(Fact::GateDecided {
        gate: id.clone(),
        verdict,
        by: sit.by.to_owned(),
        reason: reason.clone(),
        evidence: owned(evidence),
        commit: release.commit().map(str::to_owned),
        basis: None,
    });
    if sit.by != "relco" {
        outcome.warnings.extend(role_warning(sit, &row.role));
    }
    if release.candidate.is_none() {
        outcome.warnings.push("there is no candidate yet: setting one voids this".to_owned());
    }
    if verdict == GateVerdict::Waived {
        outcome.project.push(debt(release, id.as_str(), &row.title, reason.as_deref(), &row.role));
    }
    Ok(outcome)
}

/// A waiver leaves a debt.
fn debt(release: &ReleaseState, id: &str, title: &str, reason: Option<&str>, role: &Role) -> Fact {
    Fact::DebtAdded {
        debt: format!("{}-{id}", release.version),
        text: format!("{}: {title} waived: {}", release.version, reason.unwrap_or("no reason")),
        release: release.version.clone(),
        role: role.clone(),
    }
}

fn sign_off(sit: &Situation<'_>, role: &Role, yes: bool, note: Option<&String>) -> Result<Outcome, Refusal> {
    let release = open_release(sit)?;
    let known = sit.plan.roles();
    if !known.contains(role) {
        let names: Vec<&str> = known.iter().map(Role::as_str).collect();
        return Err(Refusal::new(format!("there is no role {role}")).next(format!("roles: {}", names.join(", "))));
    }
    let mut outcome = Outcome::release(Fact::SignedOff {
        role: role.clone(),
        yes,
        by: sit.by.to_owned(),
        note: owned(note),
        commit: release.commit().map(str::to_owned),
    });
    outcome.warnings.extend(role_warning(sit, role));
    if release.candidate.is_none() {
        outcome.warnings.push("there is no candidate yet: setting one voids this".to_owned());
    }
    Ok(outcome)
}

/// Whether a person's word about this item is about the candidate, so that a new one voids it. What QA, security
/// and the product owner say is about the code; credentials and alerts are not.
fn bound_to_candidate(item: &Item) -> bool {
    matches!(item.role.as_str(), Role::QA | Role::SECURITY | Role::PRODUCT_OWNER)
        || matches!(item.kind, ItemKind::Command(_))
}

fn set_pre_release(
    sit: &Situation<'_>,
    release: &ReleaseState,
    id: &ItemId,
    state: ItemState,
    observed: Option<&String>,
    reason: Option<&String>,
) -> Result<Outcome, Refusal> {
    let Some(item) = sit.plan.item(id) else { return Err(unknown_item(sit, id)) };
    if let Some(rule) = item.when.excludes(release.kind(), release.breaking(), None) {
        return Err(Refusal::new(format!("{} does not apply: {rule}", item.title)));
    }
    if let Some(wants) = item.wants.filter(|_| state == ItemState::Done) {
        written(release, None, wants, &item.title, id.as_str())?;
    }
    let automatic = matches!(item.kind, ItemKind::Automatic(_));
    let state = match state {
        ItemState::Done | ItemState::Doing | ItemState::Failed if automatic => {
            return Err(Refusal::new(format!("{} is found out by relco, not ticked by hand", item.title))
                .next(format!("relco item skip {id} --reason TEXT waives it")));
        }
        ItemState::Skipped if automatic => ItemState::Waived,
        state => state,
    };
    let reason = match state {
        ItemState::Skipped | ItemState::Waived | ItemState::NotApplicable | ItemState::Failed => {
            Some(wanted(reason.map(String::as_str), state.name())?)
        }
        _ => owned(reason),
    };
    let commit = bound_to_candidate(item).then(|| release.commit().map(str::to_owned)).flatten();
    let mut outcome = Outcome::release(Fact::ItemSet {
        run: None,
        item: id.clone(),
        state,
        by: sit.by.to_owned(),
        observed: seen(state, observed, Some(item)),
        reason: reason.clone(),
        commit,
        basis: None,
    });
    outcome.warnings.extend(role_warning(sit, &item.role));
    if state == ItemState::Waived {
        outcome.project.push(debt(release, id.as_str(), &item.title, reason.as_deref(), &item.role));
    }
    Ok(outcome)
}

/// Refuses a word on an item whose text nobody wrote: it says what is missing, and leaving it out stays possible.
fn written(release: &ReleaseState, run: Option<&Run>, wants: Wants, title: &str, id: &str) -> Result<(), Refusal> {
    let missing = paperwork::missing(release, run, wants);
    let Some((_, next)) = missing.first() else { return Ok(()) };
    let what: Vec<&str> = missing.iter().map(|(what, _)| what.as_str()).collect();
    let next = format!("{next}, or relco item skip {id} --reason TEXT");
    Err(Refusal::new(format!("{title}: missing: {}", what.join(", "))).next(next))
}

/// What a person observed. Who calls an item done and says no more says that it is as the plan expects it, where the
/// plan says what that is.
fn seen(state: ItemState, observed: Option<&String>, item: Option<&Item>) -> Option<String> {
    let expect = item.filter(|_| state == ItemState::Done).and_then(|item| item.expect.as_ref());
    owned(observed).or_else(|| expect.map(|expect| format!("as expected: {expect}")))
}

fn unknown_item(sit: &Situation<'_>, id: &ItemId) -> Refusal {
    let close = sit
        .plan
        .items
        .iter()
        .map(|item| item.id.as_str())
        .filter(|name| name.contains(id.as_str()) || id.as_str().contains(name))
        .take(4)
        .collect::<Vec<_>>();
    let refusal = Refusal::new(format!("there is no item {id}"));
    if close.is_empty() { refusal.next("relco item list") } else { refusal.next(format!("like {}", close.join(", "))) }
}

fn set_slot(
    sit: &Situation<'_>,
    run: &RunId,
    id: &ItemId,
    state: ItemState,
    observed: Option<&String>,
    reason: Option<&String>,
) -> Result<Outcome, Refusal> {
    let (release, run) = open_run_of(sit, run)?;
    let Some(slot) = run.slot(id) else {
        return Err(Refusal::new(format!("{} has no item {id}", run.id)).next("relco item list"));
    };
    let item = sit.plan.item(&slot.item);
    let by_hand = item.is_none_or(|item| item.kind == ItemKind::Manual);
    let now = run.state(id);
    if now == ItemState::Doing && release.running().any(|attempt| attempt.slot == *id && attempt.run == run.id) {
        return Err(Refusal::new(format!("{id} is running")).next("wait for it, or relco deploy abort"));
    }
    if now == ItemState::Unknown {
        let attempt = release.attempts_of(&run.id, id).last().map(|attempt| attempt.id.to_string());
        return Err(Refusal::new(format!("the outcome of {id} is unknown"))
            .next(format!("relco attempt resolve {} done|failed --reason TEXT", attempt.unwrap_or_default())));
    }
    let last = release.attempts_of(&run.id, id).pop();
    let state = match (state, now, last.and_then(|last| last.outcome.as_ref())) {
        // A skip that is taken back leaves what the step itself came to.
        (ItemState::Open, ItemState::Skipped | ItemState::NotApplicable, Some(ended)) if !by_hand && !ended.ok() => {
            return Ok(taken_back(sit, run, id));
        }
        (ItemState::Open, _, Some(_)) if !by_hand => {
            return Err(Refusal::new(format!("{id} was carried out: what it came to is on record"))
                .next(format!("relco deploy retry --env {} runs a failed one again", run.env)));
        }
        (state, _, _) => state,
    };
    if !by_hand && matches!(state, ItemState::Done | ItemState::Doing | ItemState::Failed) {
        return Err(Refusal::new(format!("{id} is carried out by relco, not ticked by hand"))
            .next(format!("relco deploy next --env {}, or skip it with a reason", run.env)));
    }
    let title = item.map_or_else(|| id.to_string(), |item| item.title.clone());
    if let Some(wants) = item.and_then(|item| item.wants).filter(|_| state == ItemState::Done) {
        written(release, Some(run), wants, &title, &format!("{}/{id}", run.id))?;
    }
    let reason = match state {
        ItemState::Skipped | ItemState::NotApplicable | ItemState::Failed => {
            Some(wanted(reason.map(String::as_str), state.name())?)
        }
        ItemState::Unknown | ItemState::Waived => {
            return Err(Refusal::new(format!("{title} cannot be set to {state} by hand")));
        }
        _ => owned(reason),
    };
    let mut outcome = Outcome::release(Fact::ItemSet {
        run: Some(run.id.clone()),
        item: id.clone(),
        state,
        by: sit.by.to_owned(),
        observed: seen(state, observed, item),
        reason,
        commit: None,
        basis: None,
    });
    if let Some(item) = item {
        outcome.warnings.extend(role_warning(sit, &item.role));
    }
    outcome.extend(after_slot(sit, release, run, id, state));
    Ok(outcome)
}

fn taken_back(sit: &Situation<'_>, run: &Run, id: &ItemId) -> Outcome {
    Outcome::release(Fact::ItemSet {
        run: Some(run.id.clone()),
        item: id.clone(),
        state: ItemState::Failed,
        by: sit.by.to_owned(),
        observed: None,
        reason: Some("the skip was taken back".to_owned()),
        commit: None,
        basis: None,
    })
}

fn waive(sit: &Situation<'_>, blocker: &str, reason: &str) -> Result<Outcome, Refusal> {
    let release = any_release(sit)?;
    let reason = wanted(Some(reason), "waiving")?;
    if let Some(gate) = blocker.strip_prefix("gate:") {
        return decide_gate(sit, &gate.into(), GateVerdict::Waived, Some(&reason), None);
    }
    let known = readiness::blockers(sit)
        .into_iter()
        .chain(readiness::completion_blockers(sit))
        .chain(sit.plan.environments.iter().flat_map(|env| readiness::of_way_back(sit, release, &env.name)))
        .find(|one| one.id == blocker);
    let Some(known) = known else {
        return Err(Refusal::new(format!("nothing is blocked by {blocker}")).next("relco status"));
    };
    if known.id == "trust" || known.id == "candidate" || known.id == "repository" {
        return Err(Refusal::new(format!("{} cannot be waived", known.what)).next(known.next));
    }
    if sit.plan.item(&blocker.into()).is_some() {
        return set_pre_release(sit, release, &blocker.into(), ItemState::Skipped, None, Some(&reason));
    }
    let mut outcome = Outcome::release(Fact::BlockerWaived {
        blocker: blocker.to_owned(),
        reason: reason.clone(),
        by: sit.by.to_owned(),
    });
    outcome.project.push(debt(release, &quote_word(blocker), &known.what, Some(&reason), &known.role));
    Ok(outcome)
}
