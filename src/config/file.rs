//! The shapes of `relco.toml`, of the default plan and of a frozen plan: one form for all three.
//!
//! They hold what was written and nothing more; an absent key is `None`. Keys and types were checked against the
//! schema before, so serde's own refusals are only the second line. Nothing here knows what a value means; the
//! meaning of each key stands in [`super::schema`].
#![expect(missing_docs, reason = "each key is explained once, in the schema")]

use std::collections::BTreeMap;

use serde::de::Deserializer;
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

use super::error::plain;
use super::read::Positions;

/// Declares a table: every key optional, unknown keys denied by name, absent keys not written.
macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $(#[serde(skip_serializing_if = "Absent::absent")] pub $field: $type,)*
            /// Where it stands in the project's file: `item.3`. Empty for what comes from the default plan.
            #[serde(skip)]
            pub at: String,
        }
    )*};
}

/// What is left out when written.
trait Absent {
    fn absent(&self) -> bool;
}

impl<T> Absent for Option<T> {
    fn absent(&self) -> bool {
        self.is_none()
    }
}

impl<T> Absent for Vec<T> {
    fn absent(&self) -> bool {
        self.is_empty()
    }
}

impl<K, V> Absent for BTreeMap<K, V> {
    fn absent(&self) -> bool {
        self.is_empty()
    }
}

impl Absent for Environments {
    fn absent(&self) -> bool {
        self.0.is_empty()
    }
}

/// A command as written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Command {
    /// Program and arguments.
    Argv(Vec<String>),
    /// One text for the shell.
    Text(String),
}

/// The environments in the order in which they are written; TOML's own tables have none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Environments(pub Vec<(String, Environment)>);

impl<'de> Deserialize<'de> for Environments {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Sorted by name here; `File::name_places` restores the order of the file.
        let map = BTreeMap::<String, Environment>::deserialize(deserializer)?;
        Ok(Self(map.into_iter().collect()))
    }
}

impl Serialize for Environments {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, environment) in &self.0 {
            map.serialize_entry(name, environment)?;
        }
        map.end()
    }
}

tables! {
    /// A file. The fields stand in the order in which a frozen plan is written.
    File {
        plan: Option<PlanTable>,
        project: Option<Project>,
        people: BTreeMap<String, Vec<String>>,
        version: Option<Version>,
        changelog: Option<ChangelogTable>,
        release_log: Option<PathTable>,
        notes: Option<Notes>,
        environment: Environments,
        gate: Vec<Gate>,
        item: Vec<Item>,
        deploy: Option<Deploy>,
        probe: Vec<Probe>,
        trigger: Vec<Trigger>,
        stakeholder: Vec<Stakeholder>,
        rehearsal: Option<Rehearsal>,
        artifact: Vec<Artifact>,
        metrics: Option<Metrics>,
        incident: Option<IncidentTable>,
    }

    /// `[rehearsal]`.
    Rehearsal {
        valid_for: Option<String>,
    }

    /// `[plan]`.
    PlanTable {
        defaults: Option<bool>,
        remove: Vec<String>,
    }

    /// `[project]`.
    Project {
        name: Option<String>,
        tag: Option<String>,
    }

    /// `[version]`.
    Version {
        file: Vec<VersionFile>,
    }

    /// `[[version.file]]`.
    VersionFile {
        path: String,
        name: Option<String>,
        pattern: Option<String>,
        matches: Option<u32>,
    }

    /// `[notes]`.
    Notes {
        template: Option<String>,
        upgrade: Option<String>,
    }

    /// `[changelog]`.
    ChangelogTable {
        path: Option<String>,
        fragments: Option<String>,
        exclude: Vec<String>,
    }

    /// `[release_log]`.
    PathTable {
        path: String,
    }

    /// `[environment.NAME]`.
    Environment {
        vars: BTreeMap<String, String>,
        env_file: Option<String>,
        danger: Option<String>,
        remove: Option<bool>,
    }

    /// `[[gate]]`.
    Gate {
        id: String,
        title: Option<String>,
        role: Option<String>,
        check: Option<Command>,
        shell: Option<bool>,
        types: Option<Vec<String>>,
        breaking: Option<bool>,
        remove: Option<bool>,
    }

    /// `[[item]]` and `[[deploy.step]]`.
    Item {
        id: String,
        list: Option<String>,
        group: Option<String>,
        title: Option<String>,
        role: Option<String>,
        expect: Option<String>,
        wants: Option<String>,
        types: Option<Vec<String>>,
        environments: Option<Vec<String>>,
        breaking: Option<bool>,
        manual: Option<bool>,
        auto: Option<String>,
        probe: Option<String>,
        notice: Option<String>,
        run: Option<Command>,
        shell: Option<bool>,
        class: Option<String>,
        undo: Option<Command>,
        undo_when: Option<String>,
        safe_if: Option<Command>,
        asks_safe: Option<bool>,
        check: Option<Command>,
        cancel: Option<Command>,
        retries: Option<u32>,
        backoff: Option<String>,
        on_failure: Option<String>,
        tty: Option<bool>,
        timeout: Option<String>,
        on_timeout: Option<String>,
        silence: Option<String>,
        rerun: Option<String>,
        fulfils: Option<String>,
        roll_forward: Option<String>,
        before: Option<String>,
        after: Option<String>,
        remove: Option<bool>,
    }

    /// `[deploy]`.
    Deploy {
        step: Vec<Item>,
    }

    /// `[[probe]]`.
    Probe {
        id: String,
        url: Option<String>,
        command: Option<Command>,
        shell: Option<bool>,
        interval: Option<String>,
        timeout: Option<String>,
        samples: Option<usize>,
        status: Vec<u16>,
        body: Option<String>,
        ca_file: Option<String>,
        reuse: Option<bool>,
        number: Option<bool>,
        unit: Option<String>,
    }

    /// `[[trigger]]`.
    Trigger {
        id: String,
        title: Option<String>,
        probe: Option<String>,
        ratio: Option<f64>,
        above: Option<f64>,
        control: Option<String>,
        after: Option<String>,
        auto: Option<bool>,
        dry_run: Option<bool>,
        rule: Option<TriggerRule>,
        remove: Option<bool>,
    }

    /// The `rule` table of a trigger.
    TriggerRule {
        baseline: Option<usize>,
        baseline_least: Option<usize>,
        skip: Option<usize>,
        block: Option<usize>,
        slow_share: Option<f64>,
        usual_least: Option<f64>,
        usual_most: Option<f64>,
        false_alarm: Option<f64>,
        miss: Option<f64>,
        down: Option<usize>,
        most: Option<usize>,
        noise: Option<f64>,
        waves: Option<f64>,
        quiet: Option<f64>,
    }

    /// `[[artifact]]`.
    Artifact {
        id: String,
        title: Option<String>,
        url: Option<String>,
        command: Option<Command>,
        shell: Option<bool>,
        timeout: Option<String>,
    }

    /// `[[stakeholder]]`.
    Stakeholder {
        name: String,
        notify: Option<Notify>,
        purposes: Option<Vec<String>>,
    }

    /// The `notify` table of a stakeholder.
    Notify {
        command: Option<Command>,
        shell: Option<bool>,
        webhook_env: Option<String>,
    }

    /// `[metrics]`.
    Metrics {
        success_above: Option<f64>,
        deploy_below: Option<String>,
        rollback_below: Option<f64>,
        downtime_below: Option<String>,
    }

    /// `[incident]`.
    IncidentTable {
        first_update: Option<String>,
        critical_every: Option<String>,
        high_every: Option<String>,
        medium_every: Option<String>,
    }
}

impl Absent for String {
    // A required text is always written.
    fn absent(&self) -> bool {
        false
    }
}

impl File {
    /// Gives every entry its place, and the environments the order in which they are written.
    pub fn name_places(&mut self, positions: &Positions) {
        if let Some(plan) = &mut self.plan {
            plan.at = "plan".to_owned();
        }
        if let Some(project) = &mut self.project {
            project.at = "project".to_owned();
        }
        if let Some(changelog) = &mut self.changelog {
            changelog.at = "changelog".to_owned();
        }
        if let Some(release_log) = &mut self.release_log {
            release_log.at = "release_log".to_owned();
        }
        if let Some(notes) = &mut self.notes {
            notes.at = "notes".to_owned();
        }
        if let Some(rehearsal) = &mut self.rehearsal {
            rehearsal.at = "rehearsal".to_owned();
        }
        if let Some(metrics) = &mut self.metrics {
            metrics.at = "metrics".to_owned();
        }
        if let Some(incident) = &mut self.incident {
            incident.at = "incident".to_owned();
        }
        for (name, environment) in &mut self.environment.0 {
            environment.at = format!("environment.{name}");
        }
        self.environment.0.sort_by_key(|(_, environment)| positions.at(&environment.at));
        number(self.version.iter_mut().flat_map(|version| &mut version.file).map(|one| &mut one.at), "version.file");
        number(self.gate.iter_mut().map(|one| &mut one.at), "gate");
        number(self.item.iter_mut().map(|one| &mut one.at), "item");
        number(self.deploy.iter_mut().flat_map(|deploy| &mut deploy.step).map(|one| &mut one.at), "deploy.step");
        number(self.probe.iter_mut().map(|one| &mut one.at), "probe");
        number(self.trigger.iter_mut().map(|one| &mut one.at), "trigger");
        number(self.stakeholder.iter_mut().map(|one| &mut one.at), "stakeholder");
        number(self.artifact.iter_mut().map(|one| &mut one.at), "artifact");
    }
}

impl File {
    /// Takes the places away, for a file that lies below the project's.
    pub fn forget_places(&mut self) {
        self.gate.iter_mut().for_each(|one| one.at.clear());
        self.item.iter_mut().for_each(|one| one.at.clear());
        self.trigger.iter_mut().for_each(|one| one.at.clear());
        self.environment.0.iter_mut().for_each(|(_, one)| one.at.clear());
        self.project.iter_mut().for_each(|one| one.at.clear());
        self.metrics.iter_mut().for_each(|one| one.at.clear());
        self.incident.iter_mut().for_each(|one| one.at.clear());
    }
}

impl Item {
    /// What messages call it: `[[deploy.step]] migrate`.
    pub fn place(&self) -> String {
        let table = if self.at.starts_with("deploy.") { "[[deploy.step]]" } else { "[[item]]" };
        format!("{table} {}", plain(&self.id))
    }
}

fn number<'a>(places: impl Iterator<Item = &'a mut String>, path: &str) {
    for (index, place) in places.enumerate() {
        *place = format!("{path}.{index}");
    }
}
