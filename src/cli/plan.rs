//! `relco deploy plan` and `relco rollback plan`: what would run, in its order, with nothing left out and nothing run.
//!
//! The commands are those that a run would start: both come from the same sequence and the same rules.

use std::time::Duration;

use serde_json::json;

use super::Context;
use super::output::safe;
use crate::domain::duration;
use crate::domain::event::Fact;
use crate::domain::id::{EnvName, ItemId, RunId};
use crate::domain::plan::{EffectClass, ItemKind, List};
use crate::domain::run::{Act, Slot};
use crate::domain::sequence;
use crate::session::{Planned, Snapshot};

/// One thing that a run would do.
#[derive(Debug)]
struct Deed {
    id: String,
    list: List,
    title: String,
    class: &'static str,
    /// The exact command; none is by hand.
    command: Option<String>,
    /// The rule by which it does not apply.
    rule: Option<String>,
    /// What takes it back.
    undo: Option<String>,
    roll_forward: Option<String>,
    usual: Option<Duration>,
    /// What is executed, word by word; none where nothing is.
    planned: Option<Planned>,
}

/// Prints what a sequence would do in an environment. A rollback names its run, and the items that it takes back.
pub fn print(
    context: &Context,
    snapshot: &Snapshot,
    title: &str,
    env: &EnvName,
    slots: &[Slot],
    taken_back: Option<(&RunId, &[ItemId])>,
) {
    let planned = context.session.would_run(env, slots, taken_back.map(|(run, _)| run));
    let mut deeds: Vec<Deed> = deeds(snapshot, env, slots, taken_back.map(|(_, started)| started));
    for deed in &mut deeds {
        deed.planned = planned.iter().find(|one| one.slot.as_str() == deed.id).cloned();
    }
    if context.out.json {
        let steps: Vec<_> = deeds
            .iter()
            .map(|one| {
                json!({
                    "id": one.id, "list": one.list.name(), "title": one.title, "class": one.class,
                    "command": one.command, "applies": one.rule.is_none(), "rule": one.rule, "undo": one.undo,
                    "roll_forward": one.roll_forward, "usual_s": one.usual.map(|usual| usual.as_secs()),
                    "argv": one.planned.as_ref().map(|planned| &planned.argv),
                    "directory": one.planned.as_ref().map(|planned| planned.dir.to_string_lossy()),
                    "variables": one.planned.as_ref().map(variables),
                })
            })
            .collect();
        context.out.document(&json!({ "schema": 1, "plan": title, "environment": env.as_str(), "steps": steps }));
        return;
    }
    context.out.line(context.out.bold(title));
    let mut list = None;
    let mut lasting = false;
    for deed in &deeds {
        if list != Some(deed.list) {
            context.out.line(deed.list.title());
            list = Some(deed.list);
        }
        // A rollback is the way back: what it cannot take back again is no warning.
        let back = matches!(deed.list, List::Rollback | List::PostRollback);
        let crosses = deed.class == EffectClass::Irreversible.name() && !back && deed.rule.is_none();
        if crosses && !lasting {
            context.out.line("  ┄┄┄┄ not undone by a rollback ┄┄┄┄");
        }
        lasting = crosses;
        let what = match (&deed.rule, &deed.command) {
            (Some(rule), _) => format!("does not apply: {rule}"),
            (None, Some(command)) => command.clone(),
            (None, None) => "by hand".to_owned(),
        };
        let usual = deed.usual.map(|usual| format!("  ~{}", duration::took(usual))).unwrap_or_default();
        context.out.line(safe(&format!("  {:<22} {:<12} {what}{usual}", deed.id, deed.class)));
        if crosses {
            let forward = deed.roll_forward.as_deref().unwrap_or("its plan does not say what to do instead");
            context.out.line(safe(&format!("  {:<22} cannot be taken back: {forward}", "")));
        }
    }
    print_surroundings(context, &deeds);
}

/// The variables that are set for a command; null stands for a value of the untracked file.
fn variables(planned: &Planned) -> serde_json::Value {
    let shown = |(name, value): (&String, &String)| {
        let hidden = planned.hidden.contains(name);
        (name.clone(), if hidden { serde_json::Value::Null } else { json!(value) })
    };
    serde_json::Value::Object(planned.env.iter().map(shown).collect())
}

/// Where the commands run and what each of them gets, once; what differs from step to step is only named.
fn print_surroundings(context: &Context, deeds: &[Deed]) {
    let mut applying = deeds.iter().filter(|deed| deed.rule.is_none()).filter_map(|deed| deed.planned.as_ref());
    let Some(first) = applying.next() else { return };
    context.out.line(safe(&format!("each command runs in {} with", first.dir.display())));
    let own = ["RELCO_STEP", "RELCO_ATTEMPT", "RELCO_IDEMPOTENCY_KEY"];
    for (name, value) in first.env.iter().filter(|(name, _)| !own.contains(&name.as_str())) {
        let value = if first.hidden.contains(name) { "(from the environment's file)" } else { value.as_str() };
        context.out.line(safe(&format!("  {name}={value}")));
    }
    context.out.line(format!("  {}: each its own", own.join(", ")));
}

fn deeds(snapshot: &Snapshot, env: &EnvName, slots: &[Slot], started: Option<&[ItemId]>) -> Vec<Deed> {
    let rules = snapshot
        .release
        .as_ref()
        .map(|release| sequence::not_applicable(&snapshot.plan, release, &RunId::from("next"), env, slots, started));
    let rule_of = |slot: &Slot| {
        rules.iter().flatten().find_map(|fact| match fact {
            Fact::ItemSet { item, reason, .. } if *item == slot.id => reason.clone(),
            _ => None,
        })
    };
    slots.iter().filter_map(|slot| deed(snapshot, env, slot, rule_of(slot))).collect()
}

fn deed(snapshot: &Snapshot, env: &EnvName, slot: &Slot, rule: Option<String>) -> Option<Deed> {
    let item = snapshot.plan.item(&slot.item)?;
    let mut deed = Deed {
        id: slot.id.to_string(),
        list: slot.list,
        title: item.title.clone(),
        class: "manual",
        command: None,
        rule,
        undo: None,
        roll_forward: None,
        usual: snapshot.usual.item(&slot.item, slot.act, env),
        planned: None,
    };
    match &item.kind {
        ItemKind::Command(step) => {
            deed.class = step.class.name();
            deed.command = sequence::command_of(step, slot.act).map(|command| command.words());
            if slot.act == Act::Do {
                deed.undo = step.undo.as_ref().map(|undo| undo.words());
                deed.roll_forward.clone_from(&step.roll_forward);
            }
        }
        ItemKind::Probe(probe) => {
            (deed.class, deed.command) = ("probe", Some(format!("ask probe {probe}")));
        }
        ItemKind::Notice(purpose) => {
            (deed.class, deed.command) = ("notice", Some(format!("tell stakeholders: {}", purpose.name())));
        }
        ItemKind::Automatic(_) => {
            (deed.class, deed.command) = ("automatic", Some("found out by relco".to_owned()));
        }
        ItemKind::Manual => {}
    }
    Some(deed)
}
