//! The default plan below, the project's file above: what is named there replaces, adds, removes or moves.
//!
//! Works on what was written, before anything gets its meaning; what it cannot put together it reports and leaves
//! out. Enter at [`merge`]; the order of items is made in [`super::order`].

use super::error::Fault;
use super::file::{
    ChangelogTable, Deploy, Environment, Environments, File, Gate, Item, Metrics, PlanTable, Project, Trigger,
};
use super::order;
use super::read::Findings;

/// Fills what is absent above with what stands below.
macro_rules! fill {
    ($above:expr, $below:expr; $($field:ident)*) => {$(
        if $above.$field.is_none() {
            $above.$field = $below.$field;
        }
    )*};
}

/// The name that the default plan gives the environment that users meet.
const PRODUCTION: &str = "production";
/// The name that it gives the one before.
const STAGING: &str = "staging";

/// Puts the project's file over the default plan.
pub fn merge(mut defaults: File, project: File, findings: &mut Findings) -> File {
    report_duplicates(&project, findings);
    let environment = environments(defaults.environment, project.environment, findings);
    for item in &mut defaults.item {
        follow_environments(item, &environment);
    }
    let plan = project.plan.unwrap_or_default();
    report_unknown_removals(&plan, &defaults.gate, &defaults.item, &defaults.trigger, findings);
    let gone = |id: &str| plan.remove.iter().any(|one| one == id);
    defaults.gate.retain(|gate| !gone(&gate.id));
    defaults.item.retain(|item| !gone(&item.id));
    defaults.trigger.retain(|trigger| !gone(&trigger.id));
    let steps = project.deploy.unwrap_or_default().step;
    File {
        plan: Some(PlanTable { defaults: Some(false), ..PlanTable::default() }),
        project: Some(project_table(defaults.project, project.project)),
        people: if project.people.is_empty() { defaults.people } else { project.people },
        version: project.version.or(defaults.version),
        changelog: changelog(defaults.changelog, project.changelog),
        release_log: project.release_log.or(defaults.release_log),
        notes: project.notes.or(defaults.notes),
        environment,
        gate: gates(defaults.gate, project.gate, findings),
        item: items(defaults.item, project.item, steps, findings),
        deploy: None::<Deploy>,
        probe: defaults.probe.into_iter().chain(project.probe).collect(),
        trigger: triggers(defaults.trigger, project.trigger, findings),
        stakeholder: defaults.stakeholder.into_iter().chain(project.stakeholder).collect(),
        rehearsal: project.rehearsal.or(defaults.rehearsal),
        artifact: defaults.artifact.into_iter().chain(project.artifact).collect(),
        metrics: Some(metrics(defaults.metrics, project.metrics)),
        incident: project.incident.or(defaults.incident),
        at: String::new(),
    }
}

/// A table that says only which changes need no entry leaves the path that was found.
fn changelog(below: Option<ChangelogTable>, above: Option<ChangelogTable>) -> Option<ChangelogTable> {
    let (Some(mut above), below) = (above, below.clone()) else { return below };
    above.path = above.path.or_else(|| below.and_then(|below| below.path));
    Some(above)
}

fn project_table(below: Option<Project>, above: Option<Project>) -> Project {
    let (mut above, below) = (above.unwrap_or_default(), below.unwrap_or_default());
    fill!(above, below; name tag);
    above
}

fn metrics(below: Option<Metrics>, above: Option<Metrics>) -> Metrics {
    let (mut above, below) = (above.unwrap_or_default(), below.unwrap_or_default());
    fill!(above, below; success_above deploy_below rollback_below downtime_below);
    above
}

/// The environments in the order in which a release passes through them: those of the file as written, behind
/// `staging` when only the default plan knows it, and before the one called `production`.
fn environments(below: Environments, above: Environments, findings: &mut Findings) -> Environments {
    let known: Vec<String> = below.0.iter().map(|(name, _)| name.clone()).collect();
    let named: Vec<String> = above.0.iter().map(|(name, _)| name.clone()).collect();
    let mut all: Vec<(String, Environment)> = Vec::new();
    let mut last: Vec<(String, Environment)> = Vec::new();
    for (name, environment) in below.0.into_iter().filter(|(name, _)| !named.contains(name)).chain(above.0) {
        if environment.remove == Some(true) {
            if !known.contains(&name) {
                let fault = Fault::unknown_name("default environment", &name, known.iter().map(String::as_str));
                findings.report(&environment.at, fault);
            }
            continue;
        }
        if name == PRODUCTION { last.push((name, environment)) } else { all.push((name, environment)) }
    }
    all.append(&mut last);
    if all.is_empty() {
        let why = "no environment is left; a release needs one to go to".to_owned();
        findings.report("environment", Fault::Contradiction { place: "[environment]".to_owned(), why });
    }
    Environments(all)
}

/// Lets a default item speak of this project's environments: its last one is what users meet, and the one before is
/// what the plan calls staging unless one has that name. What nothing is left for is done by a person.
fn follow_environments(item: &mut Item, environments: &Environments) {
    let names: Vec<&str> = environments.0.iter().map(|(name, _)| name.as_str()).collect();
    let before_last = || names.iter().rev().nth(1).copied();
    let follow = |name: &str| match name {
        PRODUCTION => names.last().copied(),
        STAGING if names.contains(&STAGING) => Some(STAGING),
        STAGING => before_last(),
        other => names.iter().copied().find(|name| *name == other),
    };
    if let Some(listed) = &mut item.environments {
        *listed = listed.iter().filter_map(|name| follow(name)).map(str::to_owned).collect();
    }
    let Some(auto) = item.auto.clone() else { return };
    match auto.split_once(' ') {
        Some((fact @ ("deployed" | "verified"), name)) => {
            item.auto = follow(name).map(|name| format!("{fact} {name}"));
        }
        None if auto == "rehearsed" && names.len() < 2 => item.auto = None,
        _ => {}
    }
    item.manual = item.auto.is_none().then_some(true);
}

fn report_duplicates(project: &File, findings: &mut Findings) {
    let steps = project.deploy.iter().flat_map(|deploy| &deploy.step);
    duplicates("gate", "id", project.gate.iter().map(|one| (&one.id, &one.at)), findings);
    duplicates("item", "id", project.item.iter().chain(steps).map(|one| (&one.id, &one.at)), findings);
    duplicates("probe", "id", project.probe.iter().map(|one| (&one.id, &one.at)), findings);
    duplicates("trigger", "id", project.trigger.iter().map(|one| (&one.id, &one.at)), findings);
    duplicates("artifact", "id", project.artifact.iter().map(|one| (&one.id, &one.at)), findings);
    duplicates("stakeholder", "name", project.stakeholder.iter().map(|one| (&one.name, &one.at)), findings);
    let files = project.version.iter().flat_map(|version| &version.file);
    duplicates("version file", "path", files.map(|one| (&one.path, &one.at)), findings);
}

fn duplicates<'a>(
    what: &'static str,
    key: &str,
    entries: impl Iterator<Item = (&'a String, &'a String)>,
    findings: &mut Findings,
) {
    let mut seen: Vec<(&String, &String)> = Vec::new();
    for (id, at) in entries {
        match seen.iter().find(|(one, _)| *one == id) {
            Some((_, first)) => {
                let first_line = findings.line(first);
                findings.report_key(at, key, Fault::Duplicate { what, id: id.clone(), first_line });
            }
            None => seen.push((id, at)),
        }
    }
}

fn report_unknown_removals(
    plan: &PlanTable,
    gates: &[Gate],
    items: &[Item],
    triggers: &[Trigger],
    findings: &mut Findings,
) {
    let known = || {
        let ids = gates.iter().map(|one| one.id.as_str()).chain(items.iter().map(|one| one.id.as_str()));
        ids.chain(triggers.iter().map(|one| one.id.as_str()))
    };
    for id in &plan.remove {
        if !known().any(|one| one == id) {
            findings.report("plan.remove", Fault::unknown_name("default gate, item or trigger", id, known()));
        }
    }
}

fn gates(mut gates: Vec<Gate>, above: Vec<Gate>, findings: &mut Findings) -> Vec<Gate> {
    for mut gate in above {
        let index = gates.iter().position(|one| one.id == gate.id);
        if gate.remove == Some(true) {
            remove("gate", &gate.id, &gate.at, index, &mut gates, |one| one.id.as_str(), findings);
        } else if let Some(below) = index.and_then(|index| gates.get_mut(index)) {
            fill!(gate, below.clone(); title role check shell types breaking);
            *below = gate;
        } else {
            gates.push(gate);
        }
    }
    gates
}

fn triggers(mut triggers: Vec<Trigger>, above: Vec<Trigger>, findings: &mut Findings) -> Vec<Trigger> {
    for mut trigger in above {
        let index = triggers.iter().position(|one| one.id == trigger.id);
        if trigger.remove == Some(true) {
            remove("trigger", &trigger.id, &trigger.at, index, &mut triggers, |one| one.id.as_str(), findings);
        } else if let Some(below) = index.and_then(|index| triggers.get_mut(index)) {
            // A value to be above replaces the multiple of the default, and the other way round.
            if trigger.ratio.is_none() && trigger.above.is_none() {
                (trigger.ratio, trigger.above) = (below.ratio, below.above);
            }
            fill!(trigger, below.clone(); title probe control after auto dry_run rule);
            *below = trigger;
        } else {
            triggers.push(trigger);
        }
    }
    triggers
}

/// Takes a default entry out, or reports that there is none of this id.
fn remove<T>(
    what: &str,
    id: &str,
    at: &str,
    index: Option<usize>,
    entries: &mut Vec<T>,
    id_of: impl Fn(&T) -> &str,
    findings: &mut Findings,
) {
    match index {
        Some(index) => {
            entries.remove(index);
        }
        None => {
            let fault = Fault::unknown_name(&format!("default {what}"), id, entries.iter().map(id_of));
            findings.report_key(at, "id", fault);
        }
    }
}

fn items(mut items: Vec<Item>, above: Vec<Item>, steps: Vec<Item>, findings: &mut Findings) -> Vec<Item> {
    for item in &mut items {
        order::settle(item, None);
    }
    let mut moved = Vec::new();
    for item in above {
        let index = items.iter().position(|one| one.id == item.id);
        if item.remove == Some(true) {
            remove("item", &item.id, &item.at, index, &mut items, |one| one.id.as_str(), findings);
            continue;
        }
        if item.before.is_some() || item.after.is_some() {
            moved.push(item.id.clone());
        }
        let stays = index
            .and_then(|index| items.get(index))
            .is_some_and(|below| item.list.is_none() || item.list == below.list);
        let below = index.map(|index| items.remove(index));
        let mut item = over(item, below);
        let neighbour = item.before.as_ref().or(item.after.as_ref());
        let group = neighbour.and_then(|id| items.iter().find(|one| one.id == *id)).and_then(|one| one.group.clone());
        order::settle(&mut item, group);
        let at = index.filter(|_| stays).unwrap_or(items.len());
        items.insert(at, item);
    }
    let mut declared = Vec::new();
    for step in steps {
        let index = items.iter().position(|one| one.id == step.id);
        let elsewhere =
            index.and_then(|index| items.get(index)).filter(|one| one.list.as_deref() != Some("deployment"));
        if let Some(taken) = elsewhere {
            let list = taken.list.clone().unwrap_or_default();
            let why = format!("is an item of the {list} list already; change it by [[item]], or take another id");
            findings.report_key(&step.at, "id", Fault::bad_value("id", &step.id, why));
            continue;
        }
        if step.remove == Some(true) {
            remove("item", &step.id, &step.at, index, &mut items, |one| one.id.as_str(), findings);
            continue;
        }
        if step.before.is_some() || step.after.is_some() {
            moved.push(step.id.clone());
        }
        // The default stays where it is for now: it tells where those around it belong.
        let below = index.and_then(|index| items.get(index)).cloned();
        let mut step = over(step, below);
        step.list = Some("deployment".to_owned());
        order::settle(&mut step, None);
        declared.push(step);
    }
    let mut items = order::weave(items, declared);
    for id in moved {
        order::place(&mut items, &id, findings);
    }
    order::by_list(items)
}

/// The project's item over the default one of the same id. Saying how it gets done replaces how the default plan
/// does it.
fn over(mut item: Item, below: Option<Item>) -> Item {
    let Some(mut below) = below else { return item };
    let says_how = item.run.is_some() || item.auto.is_some() || item.probe.is_some() || item.notice.is_some();
    if says_how || item.manual == Some(true) {
        (below.run, below.auto, below.probe, below.notice, below.manual) = (None, None, None, None, None);
    }
    fill!(item, below; list group title role expect wants types environments breaking);
    fill!(item, below; manual auto probe notice run shell class undo undo_when safe_if asks_safe check);
    fill!(item, below; cancel retries backoff on_failure tty);
    fill!(item, below; timeout on_timeout silence rerun fulfils roll_forward);
    item
}
