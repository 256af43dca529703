//! A plan as text and back: what is frozen with the candidate, and what its hash is taken of.
//!
//! The text is a `relco.toml` that says everything itself and leaves nothing to the default plan. It is canonical:
//! one plan has one text, so that two plans are the same exactly when their hashes are. Reading it back gives the
//! plan it was written from. Enter at [`freeze`] and [`thaw`].

use std::collections::BTreeMap;

use super::build;
use super::duration;
use super::error::ConfigError;
use super::file::{
    Artifact, ChangelogTable, Command, Environment, Environments, File, Gate, IncidentTable, Item, Metrics, Notes,
    Notify, PathTable, PlanTable, Probe, Project, Rehearsal, Stakeholder, Trigger, TriggerRule, Version, VersionFile,
};
use super::merge;
use super::read::{self, Findings};
use super::trust::{self, Allowed};
use crate::domain::digest::sha256_hex;
use crate::domain::incident::cadence::Cadence;
use crate::domain::plan::{
    self, Channel, Check, CommandSpec, Danger, ItemKind, List, OnFailure, Plan, ProbeSource, Purpose, Step, UndoWhen,
    When,
};
use crate::domain::trigger::rule::{Rule, Threshold};

/// What messages call a frozen plan.
const FROZEN: &str = "frozen plan";

/// The canonical text of a plan.
pub fn freeze(plan: &Plan) -> String {
    // Writing to a string fails only for values that TOML cannot hold, and the shapes have none. An empty text would
    // not be taken for a plan by `thaw`.
    toml::to_string(&file(plan)).unwrap_or_default()
}

/// The hash of a frozen plan: SHA-256 of its text, in hex.
pub fn plan_hash(frozen: &str) -> String {
    sha256_hex(frozen.as_bytes())
}

/// Reads a frozen plan.
///
/// # Errors
/// When the text is not one that [`freeze`] wrote: damaged, or written by a later relco with keys of its own.
pub fn thaw(frozen: &str) -> Result<Plan, ConfigError> {
    let (file, positions) = read::read(FROZEN, frozen.as_bytes())?;
    let mut findings = Findings { positions, problems: Vec::new() };
    let merged = merge::merge(File::default(), file, &mut findings);
    let plan = build::plan(&merged, &mut findings);
    match ConfigError::of(findings.problems) {
        Some(error) => Err(error),
        None => Ok(plan),
    }
}

/// Everything that trusting this plan allows, with the lines of its frozen text.
pub fn allows(plan: &Plan) -> Vec<Allowed> {
    match read::read(FROZEN, freeze(plan).as_bytes()) {
        Ok((file, positions)) => trust::allows(&file, &Findings { positions, problems: Vec::new() }),
        // What cannot be read back is never run: there is nothing to allow.
        Err(_) => Vec::new(),
    }
}

fn file(plan: &Plan) -> File {
    File {
        plan: Some(PlanTable { defaults: Some(false), ..PlanTable::default() }),
        project: Some(Project { name: Some(plan.project.clone()), tag: Some(plan.tag.clone()), ..Project::default() }),
        people: plan.people.iter().map(|(role, people)| (role.to_string(), people.clone())).collect(),
        version: (!plan.version_files.is_empty())
            .then(|| Version { file: plan.version_files.iter().map(version_file).collect(), ..Version::default() }),
        changelog: changelog(plan),
        release_log: plan.release_log.clone().map(path_table),
        notes: (plan.notes_template.is_some() || plan.upgrade_guide.is_some()).then(|| Notes {
            template: plan.notes_template.clone(),
            upgrade: plan.upgrade_guide.clone(),
            ..Notes::default()
        }),
        environment: Environments(plan.environments.iter().map(environment).collect()),
        gate: plan.gates.iter().map(gate).collect(),
        item: plan.items.iter().map(item).collect(),
        deploy: None,
        probe: plan.probes.iter().map(probe).collect(),
        trigger: plan.triggers.iter().map(trigger).collect(),
        stakeholder: plan.stakeholders.iter().map(stakeholder).collect(),
        // Absent instead of the default, so that plans that do not name it keep their hash.
        rehearsal: (plan.rehearsal_valid != plan::REHEARSAL_VALID)
            .then(|| Rehearsal { valid_for: Some(duration::write(plan.rehearsal_valid)), ..Rehearsal::default() }),
        artifact: plan.artifacts.iter().map(artifact).collect(),
        metrics: Some(Metrics {
            success_above: Some(plan.targets.success_above),
            deploy_below: Some(duration::write(plan.targets.deploy_below)),
            rollback_below: Some(plan.targets.rollback_below),
            downtime_below: Some(duration::write(plan.targets.downtime_below)),
            ..Metrics::default()
        }),
        incident: incident(&plan.cadence),
        at: String::new(),
    }
}

/// Written only where it is not the usual one, so that plans frozen before it was known keep their hash.
fn incident(cadence: &Cadence) -> Option<IncidentTable> {
    (*cadence != Cadence::default()).then(|| IncidentTable {
        first_update: Some(duration::write(cadence.first)),
        critical_every: Some(duration::write(cadence.critical)),
        high_every: Some(duration::write(cadence.high)),
        medium_every: Some(duration::write(cadence.medium)),
        ..IncidentTable::default()
    })
}

fn changelog(plan: &Plan) -> Option<ChangelogTable> {
    if plan.changelog.is_none() && plan.fragments.is_none() && plan.exclusions.is_empty() {
        return None;
    }
    let exclude = plan.exclusions.iter().map(|one| one.rule.to_string()).collect();
    let (path, fragments) = (plan.changelog.clone(), plan.fragments.clone());
    Some(ChangelogTable { path, fragments, exclude, ..ChangelogTable::default() })
}

fn path_table(path: String) -> PathTable {
    PathTable { path, ..PathTable::default() }
}

fn version_file(file: &plan::VersionFile) -> VersionFile {
    VersionFile {
        path: file.path.clone(),
        name: Some(file.name.clone()),
        pattern: file.pattern.clone(),
        matches: file.matches,
        ..VersionFile::default()
    }
}

fn environment(environment: &plan::Environment) -> (String, Environment) {
    let danger = match environment.danger {
        Danger::Confirm => "confirm",
        Danger::Typed => "typed",
    };
    let written = Environment {
        vars: environment.vars.clone().into_iter().collect::<BTreeMap<_, _>>(),
        env_file: environment.env_file.clone(),
        danger: Some(danger.to_owned()),
        ..Environment::default()
    };
    (environment.name.to_string(), written)
}

/// Absent instead of empty, so that one plan has one text.
fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

fn types(when: &When) -> Option<Vec<String>> {
    some(when.types.iter().map(|kind| kind.name().to_owned()).collect())
}

fn gate(gate: &plan::Gate) -> Gate {
    Gate {
        id: gate.id.to_string(),
        title: Some(gate.title.clone()),
        role: Some(gate.role.to_string()),
        check: gate.check.as_ref().map(command),
        shell: shell([gate.check.as_ref()]),
        types: types(&gate.when),
        breaking: gate.when.breaking.then_some(true),
        ..Gate::default()
    }
}

fn command(spec: &CommandSpec) -> Command {
    if spec.shell { Command::Text(spec.argv.join(" ")) } else { Command::Argv(spec.argv.clone()) }
}

fn shell<'a>(specs: impl IntoIterator<Item = Option<&'a CommandSpec>>) -> Option<bool> {
    specs.into_iter().flatten().any(|spec| spec.shell).then_some(true)
}

fn item(item: &plan::Item) -> Item {
    let written = Item {
        id: item.id.to_string(),
        list: Some(item.list.name().to_owned()),
        group: (item.list == List::PreRelease).then(|| item.group.clone()),
        title: Some(item.title.clone()),
        role: Some(item.role.to_string()),
        expect: item.expect.clone(),
        wants: item.wants.map(|wants| wants.name().to_owned()),
        types: types(&item.when),
        environments: some(item.when.environments.iter().map(ToString::to_string).collect()),
        breaking: item.when.breaking.then_some(true),
        ..Item::default()
    };
    match &item.kind {
        ItemKind::Manual => written,
        ItemKind::Automatic(check) => Item { auto: Some(fact(check)), ..written },
        ItemKind::Probe(probe) => Item { probe: Some(probe.to_string()), ..written },
        ItemKind::Notice(purpose) => Item { notice: Some(purpose.name().to_owned()), ..written },
        ItemKind::Command(one) => step(one, written),
    }
}

/// The words of a fact, as `auto` takes them.
pub fn fact(check: &Check) -> String {
    match check {
        Check::Git => "git".to_owned(),
        Check::Changelog => "changelog".to_owned(),
        Check::Versions => "versions".to_owned(),
        Check::Notes => "notes".to_owned(),
        Check::Upgrade => "upgrade".to_owned(),
        Check::Deployed(environment) => format!("deployed {environment}"),
        Check::Verified(environment) => format!("verified {environment}"),
        Check::Rehearsed => "rehearsed".to_owned(),
        Check::Sheet => "sheet".to_owned(),
        Check::SignOff(role) => format!("sign-off {role}"),
        Check::Trigger(trigger) => format!("trigger {trigger}"),
        Check::ReleaseLog => "release-log".to_owned(),
    }
}

fn step(step: &Step, written: Item) -> Item {
    let undo_when = match step.undo_when {
        UndoWhen::Started => None,
        UndoWhen::Done => Some("done".to_owned()),
    };
    let specs = [Some(&step.run), step.undo.as_ref(), step.safe_if.as_ref(), step.check.as_ref(), step.cancel.as_ref()];
    Item {
        run: Some(command(&step.run)),
        shell: shell(specs),
        class: Some(step.class.name().to_owned()),
        undo: step.undo.as_ref().map(command),
        undo_when,
        safe_if: step.safe_if.as_ref().map(command),
        asks_safe: Some(step.asks_safe),
        check: step.check.as_ref().map(command),
        cancel: step.cancel.as_ref().map(command),
        // Absent instead of the default: what a plan does not use leaves its hash as it was.
        retries: (step.retries > 0).then_some(step.retries),
        backoff: (step.retries > 0).then(|| duration::write(step.backoff)),
        on_failure: (step.on_failure != OnFailure::Ask).then(|| step.on_failure.name().to_owned()),
        tty: step.tty.then_some(true),
        timeout: step.timeout.map(duration::write),
        on_timeout: step.stop_on_timeout.then(|| "stop".to_owned()),
        silence: step.silence.map(duration::write),
        rerun: step.rerun_safe.then(|| "safe".to_owned()),
        fulfils: step.fulfils.as_ref().map(ToString::to_string),
        roll_forward: step.roll_forward.clone(),
        ..written
    }
}

fn artifact(artifact: &plan::Artifact) -> Artifact {
    let Probe { id, url, command, shell, timeout, .. } = probe(&artifact.probe);
    Artifact { id, title: Some(artifact.title.clone()), url, command, shell, timeout, ..Artifact::default() }
}

fn probe(probe: &plan::Probe) -> Probe {
    let (url, spec) = match &probe.source {
        ProbeSource::Http(url) => (Some(url.clone()), None),
        ProbeSource::Command(spec) => (None, Some(spec)),
    };
    Probe {
        id: probe.id.to_string(),
        url,
        command: spec.map(command),
        shell: shell([spec]),
        interval: Some(duration::write(probe.interval)),
        timeout: Some(duration::write(probe.timeout)),
        samples: Some(probe.samples),
        status: probe.status.clone(),
        body: probe.body.clone(),
        ca_file: probe.ca_file.clone(),
        reuse: probe.reuse.then_some(true),
        number: probe.number.then_some(true),
        unit: probe.unit.clone(),
        ..Probe::default()
    }
}

fn trigger(trigger: &plan::Trigger) -> Trigger {
    Trigger {
        id: trigger.id.to_string(),
        title: Some(trigger.title.clone()),
        probe: trigger.probe.as_ref().map(ToString::to_string),
        ratio: trigger.ratio(),
        above: match trigger.rule.threshold {
            Threshold::Above(value) => Some(value),
            Threshold::Ratio(_) | Threshold::Failing => None,
        },
        control: trigger.control.as_ref().map(ToString::to_string),
        after: trigger.after.as_ref().map(ToString::to_string),
        auto: trigger.auto.then_some(true),
        dry_run: trigger.dry_run.then_some(true),
        rule: rule(&trigger.rule),
        ..Trigger::default()
    }
}

/// The parameters, where one differs from its default.
fn rule(rule: &Rule) -> Option<TriggerRule> {
    let plain = Rule { threshold: rule.threshold, unit: rule.unit.clone(), ..Rule::default() };
    (*rule != plain).then(|| TriggerRule {
        baseline: Some(rule.baseline),
        baseline_least: Some(rule.least),
        skip: Some(rule.skip),
        block: Some(rule.block),
        slow_share: Some(rule.slow_share),
        usual_least: Some(rule.usual_least),
        usual_most: Some(rule.usual_most),
        false_alarm: Some(rule.false_alarm),
        miss: Some(rule.miss),
        down: Some(rule.down),
        most: Some(rule.most),
        noise: Some(rule.noise),
        waves: Some(rule.waves),
        quiet: Some(rule.quiet),
        ..TriggerRule::default()
    })
}

fn stakeholder(stakeholder: &plan::Stakeholder) -> Stakeholder {
    let notify = match &stakeholder.channel {
        Channel::ByHand => None,
        Channel::Command(spec) => {
            Some(Notify { command: Some(command(spec)), shell: shell([Some(spec)]), ..Notify::default() })
        }
        Channel::Webhook { variable } => Some(Notify { webhook_env: Some(variable.clone()), ..Notify::default() }),
    };
    let purposes = stakeholder.purposes.iter().copied().map(Purpose::name).map(str::to_owned).collect();
    Stakeholder { name: stakeholder.name.clone(), notify, purposes: some(purposes), ..Stakeholder::default() }
}
