//! From the merged shapes to the domain's plan: every value gets its meaning, and what has none is reported where it
//! stands.
//!
//! Enter at [`plan()`]. Items have a file of their own. The plan that comes back is only good when nothing
//! was reported; the caller looks.

mod item;
mod signal;

use std::collections::BTreeMap;
use std::time::Duration;

use super::check;
use super::error::Fault;
use super::file::{
    ChangelogTable, Command, Environments, File, Gate, IncidentTable, Metrics, Notes, Project, Stakeholder, Trigger,
    VersionFile,
};
use super::read::Findings;
use crate::domain::id::{EnvName, Role};
use crate::domain::incident::cadence::Cadence;
use crate::domain::ledger::{Exclusion, Rule};
use crate::domain::plan::{self, CommandSpec, Danger, Plan, Purpose, Targets, When};
use crate::domain::release_type::ReleaseType;
use crate::domain::repo_path::RepoPath;
use crate::domain::version_files::PlaceKind;

/// The names that others may refer to.
struct Names<'a> {
    environments: Vec<&'a str>,
    probes: Vec<&'a str>,
    triggers: &'a [Trigger],
    items: &'a [super::file::Item],
}

/// Builds the plan.
pub fn plan(file: &File, findings: &mut Findings) -> Plan {
    let names = Names {
        environments: file.environment.0.iter().map(|(name, _)| name.as_str()).collect(),
        probes: file.probe.iter().map(|probe| probe.id.as_str()).collect(),
        triggers: &file.trigger,
        items: &file.item,
    };
    let (project, tag) = project(file.project.as_ref(), findings);
    let gates: Vec<plan::Gate> = file.gate.iter().map(|one| gate(one, findings)).collect();
    let items: Vec<plan::Item> = file.item.iter().filter_map(|one| item::item(one, &names, findings)).collect();
    let people = people(&file.people, &gates, &items, findings);
    let (changelog, fragments, exclusions) = changelog(file.changelog.as_ref(), findings);
    let release_log = file.release_log.as_ref().map(|table| {
        report("path", &table.path, &table.at, check::inside_or_absolute(&table.path), findings);
        table.path.clone()
    });
    let mut path_of_notes = |key: &'static str, pick: fn(&Notes) -> Option<&String>| {
        let table = file.notes.as_ref()?;
        let path = pick(table)?;
        report(key, path, &table.at, check::inside(path), findings);
        Some(path.clone())
    };
    let notes_template = path_of_notes("template", |notes| notes.template.as_ref());
    let upgrade_guide = path_of_notes("upgrade", |notes| notes.upgrade.as_ref());
    Plan {
        project,
        tag,
        people,
        version_files: version_files(file, findings),
        changelog,
        fragments,
        exclusions,
        release_log,
        notes_template,
        upgrade_guide,
        environments: environments(&file.environment, findings),
        gates,
        items,
        probes: file.probe.iter().filter_map(|one| signal::probe(one, findings)).collect(),
        triggers: file.trigger.iter().map(|one| signal::trigger(one, file, &names, findings)).collect(),
        stakeholders: file.stakeholder.iter().map(|one| stakeholder(one, findings)).collect(),
        rehearsal_valid: duration(file.rehearsal.as_ref().and_then(|table| table.valid_for.as_ref()))
            .unwrap_or(plan::REHEARSAL_VALID),
        artifacts: file.artifact.iter().filter_map(|one| signal::artifact(one, findings)).collect(),
        targets: targets(file.metrics.as_ref(), findings),
        cadence: cadence(file.incident.as_ref()),
    }
}

/// The changelog's path, the directory of its fragments, and which changes need no entry.
fn changelog(
    table: Option<&ChangelogTable>,
    findings: &mut Findings,
) -> (Option<String>, Option<String>, Vec<Exclusion>) {
    let Some(table) = table else { return (None, None, Vec::new()) };
    for (key, path) in [("path", &table.path), ("fragments", &table.fragments)] {
        if let Some(path) = path {
            report(key, path, &table.at, check::inside(path), findings);
        }
    }
    let mut exclusions = Vec::new();
    for text in &table.exclude {
        match text.parse::<Rule>() {
            Ok(rule) => exclusions.push(Exclusion { rule, reason: String::new() }),
            Err(_) => report(
                "exclude",
                text,
                &table.at,
                Err(
                    "is no rule; allowed: #123, or paths, author, title, type or trailer and what it must look like, as in \"paths docs/ *.md\"",
                ),
                findings,
            ),
        }
    }
    (table.path.clone(), table.fragments.clone(), exclusions)
}

/// A role as it is compared: lower case, words separated by one space, so that `release-manager` is a bare key.
pub fn role_name(text: &str) -> String {
    let spaced = text.to_lowercase().replace(['-', '_'], " ");
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Reports a value that a rule refuses.
fn report(key: &str, value: &str, at: &str, verdict: Result<(), impl Into<String>>, findings: &mut Findings) {
    if let Err(why) = verdict {
        findings.report_key(at, key, Fault::bad_value(key, value, why));
    }
}

fn project(project: Option<&Project>, findings: &mut Findings) -> (String, String) {
    let named = project.and_then(|project| project.name.clone()).unwrap_or_default();
    let tag = project.and_then(|project| project.tag.clone()).unwrap_or_else(|| "v{version}".to_owned());
    let at = project.map_or("", |project| project.at.as_str());
    report("name", &named, at, check::line(&named), findings);
    report("tag", &tag, at, check::tag(&tag), findings);
    (named, tag)
}

/// A role that a gate or item names.
fn role(text: &str, at: &str, findings: &mut Findings) -> Role {
    report("role", text, at, check::line(text), findings);
    Role::new(role_name(text))
}

fn people(
    table: &BTreeMap<String, Vec<String>>,
    gates: &[plan::Gate],
    items: &[plan::Item],
    findings: &mut Findings,
) -> BTreeMap<Role, Vec<String>> {
    let mut roles: Vec<&str> =
        vec![Role::RELEASE_MANAGER, Role::DEVOPS, Role::DEVELOPER, Role::QA, Role::SECURITY, Role::PRODUCT_OWNER];
    let used = gates.iter().map(|gate| &gate.role).chain(items.iter().map(|item| &item.role));
    for role in used.map(Role::as_str) {
        if !roles.contains(&role) {
            roles.push(role);
        }
    }
    let mut people: BTreeMap<Role, Vec<String>> = BTreeMap::new();
    for (written, listed) in table {
        let name = role_name(written);
        let path = format!("people.{written}");
        if !roles.contains(&name.as_str()) {
            findings.report(&path, Fault::unknown_name("role", written, roles.iter().copied()));
        }
        for person in listed {
            if let Err(why) = check::line(person) {
                findings.report(&path, Fault::bad_value(written, person, why));
            }
        }
        let all = people.entry(Role::new(name)).or_default();
        for person in listed {
            if !all.contains(person) {
                all.push(person.clone());
            }
        }
    }
    people
}

fn version_files(file: &File, findings: &mut Findings) -> Vec<plan::VersionFile> {
    let written: Vec<&VersionFile> = file.version.iter().flat_map(|version| &version.file).collect();
    let mut files: Vec<plan::VersionFile> = Vec::new();
    for one in &written {
        report("path", &one.path, &one.at, check::inside(&one.path), findings);
        let base = one.path.rsplit('/').next().unwrap_or_default();
        match &one.pattern {
            Some(pattern) => report("pattern", pattern, &one.at, check::pattern(pattern), findings),
            None if PlaceKind::of_name(base).is_some() => {}
            None => {
                let place = format!("[[version.file]] {}", super::error::plain(&one.path));
                let why = ": relco does not know by this name where the version stands";
                findings.report(&one.at, Fault::Missing { key: "pattern", place, why });
            }
        }
        if let Some(name) = &one.name {
            report("name", name, &one.at, check::line(name), findings);
        }
        let name = one.name.clone().unwrap_or_else(|| version_file_name(one, &written));
        if files.iter().any(|file| file.name == name) {
            let why = "names another version file already";
            findings.report_key(&one.at, "name", Fault::bad_value("name", &name, why));
        }
        files.push(plan::VersionFile {
            name,
            path: one.path.clone(),
            pattern: one.pattern.clone(),
            matches: one.matches,
        });
    }
    files
}

/// What a mismatch calls a file that has no name of its own: the part of the project that it stands in, `backend`;
/// where several files share a part, the directory they stand in; where they share that, the path.
fn version_file_name(file: &VersionFile, all: &[&VersionFile]) -> String {
    let path =
        |file: &VersionFile| RepoPath::parse(&file.path).map_or_else(|_| file.path.clone(), |path| path.to_string());
    let part = |file: &VersionFile| path(file).split_once('/').map(|(part, _)| part.to_owned());
    let directory = |file: &VersionFile| {
        path(file).rsplit_once('/').map(|(above, _)| above.rsplit('/').next().unwrap_or(above).to_owned())
    };
    let alone = |name: &String, of: &dyn Fn(&VersionFile) -> Option<String>| {
        all.iter().filter(|one| one.name.clone().or_else(|| of(one)).as_ref() == Some(name)).count() == 1
    };
    part(file)
        .filter(|name| alone(name, &part))
        .or_else(|| directory(file).filter(|name| alone(name, &directory)))
        .unwrap_or_else(|| path(file))
}

fn environments(environments: &Environments, findings: &mut Findings) -> Vec<plan::Environment> {
    let last = environments.0.len().saturating_sub(1);
    let mut built = Vec::new();
    for (index, (name, environment)) in environments.0.iter().enumerate() {
        if let Err(why) = check::id(name) {
            findings.report(&environment.at, Fault::bad_value("environment", name, why));
        }
        for (variable, value) in &environment.vars {
            let path = format!("{}.vars.{variable}", environment.at);
            if let Err(why) = check::variable(variable) {
                findings.report(&path, Fault::bad_value("vars", variable, why));
            }
            if value.contains('\0') {
                findings.report(&path, Fault::bad_value(variable, value, "holds a zero byte, which no variable can"));
            }
        }
        if let Some(env_file) = &environment.env_file {
            report("env_file", env_file, &environment.at, check::line(env_file), findings);
        }
        let danger = match environment.danger.as_deref() {
            Some("confirm") if index == last => {
                let why =
                    "is not enough here: the last environment is what users meet, and always wants the typed word";
                findings.report_key(&environment.at, "danger", Fault::bad_value("danger", "confirm", why));
                Danger::Typed
            }
            Some("typed") => Danger::Typed,
            None if index == last => Danger::Typed,
            Some(_) | None => Danger::Confirm,
        };
        built.push(plan::Environment {
            name: EnvName::new(name.clone()),
            danger,
            vars: environment.vars.clone(),
            env_file: environment.env_file.clone(),
        });
    }
    built
}

fn types(words: Option<&Vec<String>>) -> Vec<ReleaseType> {
    words.into_iter().flatten().filter_map(|word| ReleaseType::from_name(word)).collect()
}

fn gate(gate: &Gate, findings: &mut Findings) -> plan::Gate {
    report("id", &gate.id, &gate.at, check::id(&gate.id), findings);
    let place = || format!("[[gate]] {}", super::error::plain(&gate.id));
    let title = required("title", gate.title.as_deref(), &gate.at, place, findings);
    let role_text = required("role", gate.role.as_deref(), &gate.at, place, findings);
    plan::Gate {
        id: gate.id.as_str().into(),
        title,
        role: role(&role_text, &gate.at, findings),
        check: gate.check.as_ref().and_then(|written| command(written, gate.shell, "check", &gate.at, findings)),
        when: When {
            types: types(gate.types.as_ref()),
            environments: Vec::new(),
            breaking: gate.breaking.unwrap_or_default(),
        },
    }
}

/// A text that a new entry needs; what is missing is reported, and a word stands in for it so that no second
/// problem follows from the first.
fn required(
    key: &'static str,
    text: Option<&str>,
    at: &str,
    place: impl Fn() -> String,
    findings: &mut Findings,
) -> String {
    match text {
        Some(text) => {
            report(key, text, at, check::line(text), findings);
            text.to_owned()
        }
        None => {
            findings.report(at, Fault::Missing { key, place: place(), why: "" });
            "missing".to_owned()
        }
    }
}

/// A command as written; one text only where the shell is asked for by name.
fn command(
    written: &Command,
    shell: Option<bool>,
    key: &'static str,
    at: &str,
    findings: &mut Findings,
) -> Option<CommandSpec> {
    let spec = match written {
        Command::Argv(argv) => CommandSpec { argv: argv.clone(), shell: false },
        Command::Text(text) => {
            if shell != Some(true) {
                let why = "is one text; allowed: an array of program and arguments, or `shell = true` beside it";
                findings.report_key(at, key, Fault::bad_value(key, text, why));
                return None;
            }
            CommandSpec { argv: vec![text.clone()], shell: true }
        }
    };
    if let Err(why) = check::words(&spec.argv) {
        findings.report_key(at, key, Fault::bad_value(key, &spec.argv.join(" "), why));
        return None;
    }
    Some(spec)
}

/// A duration whose form was checked when it was read.
fn duration(text: Option<&String>) -> Option<Duration> {
    text.and_then(|text| super::duration::parse(text))
}

fn stakeholder(stakeholder: &Stakeholder, findings: &mut Findings) -> plan::Stakeholder {
    report("name", &stakeholder.name, &stakeholder.at, check::line(&stakeholder.name), findings);
    let purposes = stakeholder.purposes.iter().flatten().filter_map(|word| Purpose::from_name(word)).collect();
    plan::Stakeholder { name: stakeholder.name.clone(), channel: channel(stakeholder, findings), purposes }
}

fn channel(stakeholder: &Stakeholder, findings: &mut Findings) -> plan::Channel {
    let Some(notify) = &stakeholder.notify else { return plan::Channel::ByHand };
    let at = format!("{}.notify", stakeholder.at);
    let place = format!("[[stakeholder]] {}", super::error::plain(&stakeholder.name));
    match (&notify.command, &notify.webhook_env) {
        (Some(written), None) => command(written, notify.shell, "command", &at, findings)
            .map_or(plan::Channel::ByHand, plan::Channel::Command),
        (None, Some(variable)) => {
            report("webhook_env", variable, &at, check::variable(variable), findings);
            plan::Channel::Webhook { variable: variable.clone() }
        }
        (Some(_), Some(_)) => {
            let why = "`command` and `webhook_env` cannot both be used; name one".to_owned();
            findings.report(&at, Fault::Contradiction { place, why });
            plan::Channel::ByHand
        }
        (None, None) => {
            findings.report(&at, Fault::Missing { key: "command", place, why: " or \"webhook_env\" in `notify`" });
            plan::Channel::ByHand
        }
    }
}

fn cadence(incident: Option<&IncidentTable>) -> Cadence {
    let usual = Cadence::default();
    let Some(incident) = incident else { return usual };
    Cadence {
        first: duration(incident.first_update.as_ref()).unwrap_or(usual.first),
        critical: duration(incident.critical_every.as_ref()).unwrap_or(usual.critical),
        high: duration(incident.high_every.as_ref()).unwrap_or(usual.high),
        medium: duration(incident.medium_every.as_ref()).unwrap_or(usual.medium),
    }
}

fn targets(metrics: Option<&Metrics>, findings: &mut Findings) -> Targets {
    let usual = Targets::default();
    let Some(metrics) = metrics else { return usual };
    for (key, rate) in [("success_above", metrics.success_above), ("rollback_below", metrics.rollback_below)] {
        if let Some(rate) = rate {
            report(key, &rate.to_string(), &metrics.at, check::percent(rate), findings);
        }
    }
    Targets {
        success_above: metrics.success_above.unwrap_or(usual.success_above),
        deploy_below: duration(metrics.deploy_below.as_ref()).unwrap_or(usual.deploy_below),
        rollback_below: metrics.rollback_below.unwrap_or(usual.rollback_below),
        downtime_below: duration(metrics.downtime_below.as_ref()).unwrap_or(usual.downtime_below),
    }
}
