//! What a run walks through, in order.
//!
//! A rollback has one order: switch traffic to the previous version; undo what was started, newest first;
//! clear caches; verify the previous version; then the post-rollback list. A default list item that a step's undo
//! fulfils is replaced by it, never run beside it.

use super::event::Fact;
use super::id::{EnvName, ItemId, RunId};
use super::item::ItemState;
use super::plan::{Check, CommandSpec, EffectClass, Item, ItemKind, List, Plan, Step, UndoWhen};
use super::release::ReleaseState;
use super::run::{Act, AttemptOutcome, Run, Slot};

/// The slot id of a step's undo.
pub fn undo_id(step: &ItemId) -> ItemId {
    ItemId::new(format!("undo-{step}"))
}

/// What a slot's step runs for this act; none where the step has nothing for it.
pub fn command_of(step: &Step, act: Act) -> Option<&CommandSpec> {
    match act {
        Act::Do => Some(&step.run),
        Act::Undo => step.undo.as_ref(),
        Act::Cancel => step.cancel.as_ref(),
    }
}

/// How a slot is called beside the title of its item: `undo migrate`.
pub fn title(slot: &Slot, item: &Item) -> String {
    match slot.act {
        Act::Do => item.title.clone(),
        Act::Undo | Act::Cancel => format!("{} {}", slot.act, slot.item),
    }
}

fn slot(item: &Item) -> Slot {
    Slot { id: item.id.clone(), item: item.id.clone(), act: Act::Do, list: item.list }
}

fn slots_of(plan: &Plan, list: List) -> impl Iterator<Item = Slot> {
    plan.list(list).map(slot)
}

/// A deployment: pre-deployment, steps, verification, communication.
pub fn deployment(plan: &Plan) -> Vec<Slot> {
    let lists = [List::PreDeployment, List::Deployment, List::Verification, List::Communication];
    lists.into_iter().flat_map(|list| slots_of(plan, list)).collect()
}

/// A rehearsal: the steps, then their rollback, without telling anybody.
pub fn rehearsal(plan: &Plan) -> Vec<Slot> {
    let mut sequence: Vec<Slot> = slots_of(plan, List::Deployment).collect();
    let started: Vec<ItemId> = sequence.iter().map(|slot| slot.item.clone()).collect();
    sequence.extend(rollback_steps(plan, &started));
    sequence
}

/// The slot id of what ends a step's work elsewhere.
pub fn cancel_id(step: &ItemId) -> ItemId {
    ItemId::new(format!("cancel-{step}"))
}

/// A rollback of what this run started. What may still be at work elsewhere is cancelled before anything is undone.
pub fn rollback(plan: &Plan, release: &ReleaseState, run: &Run) -> Vec<Slot> {
    let mut started = started_items(plan, release, run);
    started.retain(|step| !undone(release, run, step));
    let mut sequence = cancels(plan, release, run, &started);
    sequence.extend(rollback_steps(plan, &started));
    sequence.extend(slots_of(plan, List::PostRollback));
    sequence
}

/// Whether an earlier rollback of this run, or the run itself, undid the step already.
fn undone(release: &ReleaseState, run: &Run, step: &ItemId) -> bool {
    let backs = release.runs.iter().filter(|back| back.id == run.id || back.of.as_ref() == Some(&run.id));
    backs
        .flat_map(|back| back.sequence.iter().map(move |slot| (back, slot)))
        .any(|(back, slot)| slot.act == Act::Undo && slot.item == *step && back.state(&slot.id) == ItemState::Done)
}

/// The steps of a run that count as started, in the order in which they stand. A step counts once its attempt
/// did, whether it is done, failed, stopped or unknown, unless it says `undo_when = "done"`.
pub fn started_items(plan: &Plan, release: &ReleaseState, run: &Run) -> Vec<ItemId> {
    run.sequence
        .iter()
        .filter(|slot| slot.act == Act::Do && slot.list == List::Deployment)
        .filter(|slot| {
            let Some(item) = plan.item(&slot.item) else { return false };
            match &item.kind {
                ItemKind::Command(step) if step.undo_when == UndoWhen::Done => run.state(&slot.id) == ItemState::Done,
                ItemKind::Command(_) => release.attempts.values().any(|attempt| {
                    attempt.run == run.id
                        && attempt.slot == slot.id
                        && attempt.outcome != Some(AttemptOutcome::NotStarted)
                }),
                ItemKind::Manual | ItemKind::Automatic(_) | ItemKind::Probe(_) | ItemKind::Notice(_) => {
                    matches!(run.state(&slot.id), ItemState::Done | ItemState::Doing | ItemState::Failed)
                }
            }
        })
        .map(|slot| slot.item.clone())
        .collect()
}

fn rollback_steps(plan: &Plan, started: &[ItemId]) -> Vec<Slot> {
    let undos: Vec<(&Item, &Step)> = started
        .iter()
        .rev()
        .filter_map(|id| plan.item(id))
        .filter_map(|item| match &item.kind {
            ItemKind::Command(step) if step.undo.is_some() => Some((item, step.as_ref())),
            _ => None,
        })
        .collect();
    let fulfilled: Vec<&ItemId> = undos.iter().filter_map(|(_, step)| step.fulfils.as_ref()).collect();
    let listed: Vec<&Item> = plan.list(List::Rollback).collect();
    let insert_at = listed
        .iter()
        .position(|item| item.id.as_str() == "revert-migrations")
        .or_else(|| listed.iter().position(|item| item.id.as_str() == "switch-traffic").map(|at| at + 1))
        .unwrap_or(0);
    let mut sequence = Vec::new();
    for (at, item) in listed.iter().enumerate() {
        if at == insert_at {
            sequence.extend(undos.iter().map(|(item, _)| undo_slot(item)));
        }
        if !fulfilled.contains(&&item.id) {
            sequence.push(slot(item));
        }
    }
    if insert_at >= listed.len() {
        sequence.extend(undos.iter().map(|(item, _)| undo_slot(item)));
    }
    sequence
}

fn cancels(plan: &Plan, release: &ReleaseState, run: &Run, started: &[ItemId]) -> Vec<Slot> {
    started
        .iter()
        .rev()
        .filter_map(|id| plan.item(id))
        .filter(|item| matches!(&item.kind, ItemKind::Command(step) if step.cancel.is_some()))
        .filter(|item| release.attempts_of(&run.id, &item.id).iter().any(|attempt| attempt.may_go_on_elsewhere()))
        .map(|item| Slot { id: cancel_id(&item.id), item: item.id.clone(), act: Act::Cancel, list: List::Rollback })
        .collect()
}

fn undo_slot(item: &Item) -> Slot {
    Slot { id: undo_id(&item.id), item: item.id.clone(), act: Act::Undo, list: List::Rollback }
}

/// Facts that say which slots of a new run do not apply, each with its rule.
pub fn not_applicable(
    plan: &Plan,
    release: &ReleaseState,
    run: &RunId,
    env: &EnvName,
    sequence: &[Slot],
    started: Option<&[ItemId]>,
) -> Vec<Fact> {
    sequence
        .iter()
        .filter_map(|slot| {
            let item = plan.item(&slot.item)?;
            let rule = rule_against(plan, release, env, slot, item, started)?;
            Some(Fact::ItemSet {
                run: Some(run.clone()),
                item: slot.id.clone(),
                state: ItemState::NotApplicable,
                by: "relco".to_owned(),
                observed: None,
                reason: Some(rule),
                commit: None,
                basis: None,
            })
        })
        .collect()
}

fn rule_against(
    plan: &Plan,
    release: &ReleaseState,
    env: &EnvName,
    slot: &Slot,
    item: &Item,
    started: Option<&[ItemId]>,
) -> Option<String> {
    if slot.act != Act::Do {
        return None;
    }
    if let Some(rule) = item.when.excludes(release.kind(), release.breaking(), Some(env)) {
        return Some(rule);
    }
    let tells = match &item.kind {
        ItemKind::Notice(_) => true,
        ItemKind::Command(step) => step.class == EffectClass::Notify,
        // The release log and the rehearsal are about the release, which only production ends.
        ItemKind::Automatic(check) => matches!(check, Check::ReleaseLog | Check::Rehearsed),
        ItemKind::Manual => item.list == List::Communication,
        ItemKind::Probe(_) => false,
    };
    if tells && !plan.is_production(env) && !item.when.environments.contains(env) {
        return Some(format!("{env}: nobody is told outside production"));
    }
    if let (Some(started), "revert-migrations") = (started, item.id.as_str()) {
        let migrated = started.iter().any(|id| id.as_str().contains("migrat"));
        if !migrated {
            return Some("no migration was started".to_owned());
        }
    }
    None
}

/// What cannot be taken back: the first such step of the sequence is the point of no return.
pub fn irreversible(plan: &Plan) -> impl Iterator<Item = &Item> {
    plan.list(List::Deployment).filter(|item| match &item.kind {
        ItemKind::Command(step) => step.class == EffectClass::Irreversible,
        _ => false,
    })
}
