//! Items and steps: how each gets done, what it does to the world, and what goes with what.

use super::{Names, command, duration, report, required, role, role_name, types};
use crate::config::check;
use crate::config::error::Fault;
use crate::config::file::Item;
use crate::config::read::Findings;
use crate::config::schema::FACTS;
use crate::domain::id::{EnvName, ItemId, Role};
use crate::domain::plan::{self, Check, EffectClass, ItemKind, List, OnFailure, Purpose, Step, UndoWhen, Wants, When};

/// The rollback items that a default step's undo stands for, by the step's id.
const FULFILLED: [(&str, &str); 2] = [("migrate", "revert-migrations"), ("clear-caches", "rollback-clear-caches")];

/// Builds an item; `None` when it cannot be placed at all, which is reported.
pub fn item(item: &Item, names: &Names<'_>, findings: &mut Findings) -> Option<plan::Item> {
    report("id", &item.id, &item.at, check::item_id(&item.id), findings);
    let place = || item.place();
    let Some(list) = item.list.as_deref().and_then(List::from_name) else {
        let why = ": no default item has this id, so it is a new one";
        findings.report(&item.at, Fault::Missing { key: "list", place: place(), why });
        return None;
    };
    if list != List::PreRelease && item.group.is_some() {
        let why = "`group` belongs to the pre-release list only".to_owned();
        findings.report_key(&item.at, "group", Fault::Contradiction { place: place(), why });
    }
    let title = required("title", item.title.as_deref(), &item.at, place, findings);
    let role_text = item.role.clone().unwrap_or_default();
    for name in item.environments.iter().flatten() {
        if !names.environments.contains(&name.as_str()) {
            let fault = Fault::unknown_name("environment", name, names.environments.iter().copied());
            findings.report_key(&item.at, "environments", fault);
        }
    }
    if let Some(expect) = &item.expect {
        report("expect", expect, &item.at, check::line(expect), findings);
    }
    if item.wants.is_some() && (item.run.is_some() || item.auto.is_some() || item.probe.is_some()) {
        let why = "`wants` speaks of what a person calls done, and nobody does here".to_owned();
        findings.report_key(&item.at, "wants", Fault::Contradiction { place: place(), why });
    }
    Some(plan::Item {
        id: item.id.as_str().into(),
        list,
        group: item.group.clone().unwrap_or_default(),
        title,
        role: role(&role_text, &item.at, findings),
        kind: kind(item, list, names, findings),
        when: When {
            types: types(item.types.as_ref()),
            environments: item.environments.iter().flatten().map(|name| EnvName::new(name.clone())).collect(),
            breaking: item.breaking.unwrap_or_default(),
        },
        expect: item.expect.clone(),
        wants: item.wants.as_deref().and_then(Wants::from_name),
    })
}

fn kind(item: &Item, list: List, names: &Names<'_>, findings: &mut Findings) -> ItemKind {
    let said = [
        ("run", item.run.is_some()),
        ("auto", item.auto.is_some()),
        ("probe", item.probe.is_some()),
        ("notice", item.notice.is_some()),
        ("manual", item.manual == Some(true)),
    ];
    let said: Vec<&str> = said.into_iter().filter(|(_, said)| *said).map(|(name, _)| name).collect();
    if said.len() > 1 {
        let why = format!("{} say different things about how it gets done; name one", said.join(" and "));
        findings.report(&item.at, Fault::Contradiction { place: item.place(), why });
        return ItemKind::Manual;
    }
    if item.run.is_none() {
        if let Some(key) = step_key(item) {
            let why = format!("`{key}` goes with `run`, and there is none");
            findings.report_key(&item.at, key, Fault::Contradiction { place: item.place(), why });
        }
        if item.at.starts_with("deploy.") && said.is_empty() {
            let why = ": what it runs; an item that a person does says `manual = true`";
            findings.report(&item.at, Fault::Missing { key: "run", place: item.place(), why });
        }
    }
    if let Some(text) = &item.auto {
        return fact(item, text, names, findings).map_or(ItemKind::Manual, ItemKind::Automatic);
    }
    if let Some(probe) = &item.probe {
        if !names.probes.contains(&probe.as_str()) {
            let fault = Fault::unknown_name("probe", probe, names.probes.iter().copied());
            findings.report_key(&item.at, "probe", fault);
        }
        return ItemKind::Probe(probe.as_str().into());
    }
    if let Some(purpose) = item.notice.as_deref().and_then(Purpose::from_name) {
        return ItemKind::Notice(purpose);
    }
    step(item, list, names, findings).map_or(ItemKind::Manual, |step| ItemKind::Command(Box::new(step)))
}

/// A key that says something about a command.
fn step_key(item: &Item) -> Option<&'static str> {
    [
        ("class", item.class.is_some()),
        ("undo", item.undo.is_some()),
        ("undo_when", item.undo_when.is_some()),
        ("safe_if", item.safe_if.is_some()),
        ("asks_safe", item.asks_safe.is_some()),
        ("check", item.check.is_some()),
        ("cancel", item.cancel.is_some()),
        ("retries", item.retries.is_some()),
        ("backoff", item.backoff.is_some()),
        ("on_failure", item.on_failure.is_some()),
        ("tty", item.tty.is_some()),
        ("timeout", item.timeout.is_some()),
        ("on_timeout", item.on_timeout.is_some()),
        ("silence", item.silence.is_some()),
        ("rerun", item.rerun.is_some()),
        ("fulfils", item.fulfils.is_some()),
        ("roll_forward", item.roll_forward.is_some()),
    ]
    .into_iter()
    .find(|(_, said)| *said)
    .map(|(key, _)| key)
}

/// The fact that an automatic item looks at.
fn fact(item: &Item, text: &str, names: &Names<'_>, findings: &mut Findings) -> Option<Check> {
    let (word, name) = text.split_once(' ').map_or((text, None), |(word, name)| (word, Some(name.trim())));
    let mut unknown = |what: &str, name: &str, allowed: Vec<&str>| {
        findings.report_key(&item.at, "auto", Fault::unknown_name(what, name, allowed));
        None
    };
    match (word, name) {
        ("git", None) => Some(Check::Git),
        ("changelog", None) => Some(Check::Changelog),
        ("versions", None) => Some(Check::Versions),
        ("notes", None) => Some(Check::Notes),
        ("upgrade", None) => Some(Check::Upgrade),
        ("rehearsed", None) => Some(Check::Rehearsed),
        ("sheet", None) => Some(Check::Sheet),
        ("release-log", None) => Some(Check::ReleaseLog),
        ("deployed" | "verified", Some(name)) if !names.environments.contains(&name) => {
            unknown("environment", name, names.environments.clone())
        }
        ("deployed", Some(name)) => Some(Check::Deployed(name.into())),
        ("verified", Some(name)) => Some(Check::Verified(name.into())),
        ("sign-off", Some(name)) if !name.is_empty() => Some(Check::SignOff(Role::new(role_name(name)))),
        ("trigger", Some(name)) => {
            let measured = || names.triggers.iter().filter(|trigger| trigger.probe.is_some());
            if measured().any(|trigger| trigger.id == name) {
                return Some(Check::Trigger(name.into()));
            }
            unknown("trigger with a probe", name, measured().map(|trigger| trigger.id.as_str()).collect())
        }
        _ => unknown("fact", text, FACTS.to_vec()),
    }
}

fn step(item: &Item, list: List, names: &Names<'_>, findings: &mut Findings) -> Option<Step> {
    let written = item.run.as_ref()?;
    let mut spec = |written: &Option<_>, key| {
        written.as_ref().and_then(|written| command(written, item.shell, key, &item.at, findings))
    };
    let (undo, safe_if, check) = (spec(&item.undo, "undo"), spec(&item.safe_if, "safe_if"), spec(&item.check, "check"));
    let cancel = spec(&item.cancel, "cancel");
    let run = command(written, item.shell, "run", &item.at, findings)?;
    let class = class(item, list, findings);
    let needs_undo = [
        ("safe_if", item.safe_if.is_some()),
        ("asks_safe", item.asks_safe == Some(true)),
        ("undo_when", item.undo_when.is_some()),
        ("fulfils", item.fulfils.is_some()),
    ];
    if let Some((key, _)) = needs_undo.into_iter().find(|(_, said)| *said && item.undo.is_none()) {
        let why = format!("`{key}` speaks of undoing, and there is no `undo`");
        findings.report_key(&item.at, key, Fault::Contradiction { place: item.place(), why });
    }
    if item.on_timeout.as_deref() == Some("stop") && item.timeout.is_none() {
        let why = "`on_timeout` goes with `timeout`, and there is none".to_owned();
        findings.report_key(&item.at, "on_timeout", Fault::Contradiction { place: item.place(), why });
    }
    report_failing(item, list, findings);
    let asks_by_itself = class == EffectClass::Reversible && item.id.contains("migrat");
    Some(Step {
        run,
        class,
        undo,
        undo_when: if item.undo_when.as_deref() == Some("done") { UndoWhen::Done } else { UndoWhen::Started },
        safe_if,
        asks_safe: item.asks_safe.unwrap_or(asks_by_itself),
        check,
        cancel,
        retries: item.retries.unwrap_or_default(),
        backoff: duration(item.backoff.as_ref()).unwrap_or(plan::BACKOFF),
        on_failure: item.on_failure.as_deref().and_then(OnFailure::from_name).unwrap_or_default(),
        tty: item.tty.unwrap_or_default(),
        timeout: duration(item.timeout.as_ref()),
        stop_on_timeout: item.on_timeout.as_deref() == Some("stop"),
        silence: duration(item.silence.as_ref()),
        rerun_safe: item.rerun.as_deref() == Some("safe"),
        fulfils: fulfils(item, list, names, findings),
        roll_forward: item.roll_forward.clone(),
    })
}

/// What is said about its failing has to fit where it stands.
fn report_failing(item: &Item, list: List, findings: &mut Findings) {
    if item.backoff.is_some() && item.retries.is_none() {
        let why = "`backoff` goes with `retries`, and there is none".to_owned();
        findings.report_key(&item.at, "backoff", Fault::Contradiction { place: item.place(), why });
    }
    let deploys = matches!(list, List::Deployment | List::Verification);
    if item.on_failure.as_deref() == Some(OnFailure::Rollback.name()) && !deploys {
        let why = "only a step of the deployment or of its verification can be answered by a rollback".to_owned();
        findings.report_key(&item.at, "on_failure", Fault::Contradiction { place: item.place(), why });
    }
    if item.cancel.is_some() && list != List::Deployment {
        let why = "`cancel` speaks of a step that a rollback takes back, and those stand in the deployment".to_owned();
        findings.report_key(&item.at, "cancel", Fault::Contradiction { place: item.place(), why });
    }
}

/// What it does to the world, declared or by what it has and where it stands. A deployment step that says nothing
/// counts as changing something for good, because the other guess could hide that there is no way back.
fn class(item: &Item, list: List, findings: &mut Findings) -> EffectClass {
    let class = match (item.class.as_deref(), list) {
        (Some("check"), _) => EffectClass::Check,
        (Some("reversible"), _) => EffectClass::Reversible,
        (Some("irreversible"), _) => EffectClass::Irreversible,
        (Some("notify"), _) => EffectClass::Notify,
        (_, _) if item.undo.is_some() => EffectClass::Reversible,
        (_, List::Deployment | List::Rollback) => EffectClass::Irreversible,
        (_, List::Communication | List::PostRollback) => EffectClass::Notify,
        (_, List::PreRelease | List::PreDeployment | List::Verification) => EffectClass::Check,
    };
    if class == EffectClass::Reversible && item.undo.is_none() {
        let why = ": a reversible step says what takes it back";
        findings.report(&item.at, Fault::Missing { key: "undo", place: item.place(), why });
    }
    if class != EffectClass::Reversible && item.undo.is_some() {
        let why = format!("it has an `undo`, so its class is reversible, not {}", class.name());
        findings.report_key(&item.at, "class", Fault::Contradiction { place: item.place(), why });
    }
    class
}

/// The rollback item that this step's undo replaces: as declared, or the default one of a default step.
fn fulfils(item: &Item, list: List, names: &Names<'_>, findings: &mut Findings) -> Option<ItemId> {
    let rollback = || {
        names.items.iter().filter(|one| one.list.as_deref() == Some(List::Rollback.name())).map(|one| one.id.as_str())
    };
    if let Some(declared) = &item.fulfils {
        if !rollback().any(|id| id == declared) {
            let fault = Fault::unknown_name("item of the rollback list", declared, rollback());
            findings.report_key(&item.at, "fulfils", fault);
        }
        return Some(declared.as_str().into());
    }
    if list != List::Deployment || item.undo.is_none() {
        return None;
    }
    let (_, fulfilled) = FULFILLED.into_iter().find(|(id, _)| *id == item.id)?;
    rollback().any(|id| id == fulfilled).then(|| fulfilled.into())
}
