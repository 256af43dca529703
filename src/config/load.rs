//! From a project's file, or none, to its plan.
//!
//! Reads nothing from disk and runs nothing: the caller brings the text and what stands in the repository. Enter at
//! [`load`].

use std::sync::OnceLock;

use super::build;
use super::error::ConfigError;
use super::file::{ChangelogTable, File, Item, Project, Version, VersionFile};
use super::merge;
use super::read::{self, Findings};
use super::trust::{self, Allowed};
use crate::domain::plan::{List, Plan};

/// The default plan, as it is built in.
pub const DEFAULT_PLAN: &str = include_str!("../../assets/plan.toml");

/// The project file's name at the top of a repository.
pub const FILE_NAME: &str = "relco.toml";

/// The changelog that is taken when a project names none.
pub const CHANGELOG: &str = "CHANGELOG.md";

/// What was found in the repository, for what the file leaves out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The project directory's name.
    pub directory: String,
    /// Whether [`CHANGELOG`] stands at the top.
    pub changelog: bool,
    /// The files at the top that say the version by their kind.
    pub version_files: Vec<String>,
}

/// A project's file.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// What messages call it: `relco.toml`.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// What a project's configuration says.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The plan.
    pub plan: Plan,
    /// Everything that trusting the file allows, in the order in which it stands there. Empty without a file.
    pub allows: Vec<Allowed>,
    /// The file says how release tags are named.
    pub names_tags: bool,
}

/// Builds the plan of a project: the defaults below, its file above.
///
/// # Errors
/// Everything in the file that is not understood, each with its position.
pub fn load(source: Option<Source<'_>>, found: &Found) -> Result<Loaded, ConfigError> {
    let (project, positions) = match source {
        Some(source) => read::read(source.name, source.bytes)?,
        None => Default::default(),
    };
    let mut findings = Findings { positions, problems: Vec::new() };
    let allows = trust::allows(&project, &findings);
    let names_tags = project.project.as_ref().is_some_and(|project| project.tag.is_some());
    let wants_defaults = project.plan.as_ref().and_then(|plan| plan.defaults) != Some(false);
    let mut defaults = if wants_defaults { default_file()? } else { File::default() };
    fill_found(&mut defaults, found);
    add_trigger_items(&mut defaults, &project);
    let merged = merge::merge(defaults, project, &mut findings);
    let plan = build::plan(&merged, &mut findings);
    match ConfigError::of(findings.problems) {
        Some(error) => Err(error),
        None => Ok(Loaded { plan, allows, names_tags }),
    }
}

/// The default plan as a file; parsed once, for a cockpit reads its configuration again with each candidate.
fn default_file() -> Result<File, ConfigError> {
    static PARSED: OnceLock<File> = OnceLock::new();
    if let Some(file) = PARSED.get() {
        return Ok(file.clone());
    }
    // Its entries get no places, which are for the project's file; the tests see to it that nothing is wrong here.
    let (mut file, _) = read::read("default plan", DEFAULT_PLAN.as_bytes())?;
    file.forget_places();
    Ok(PARSED.get_or_init(|| file).clone())
}

/// What the repository tells when the project does not.
fn fill_found(defaults: &mut File, found: &Found) {
    let name: String = found.directory.chars().filter(|c| !c.is_control()).collect();
    let name = if name.trim().is_empty() { "project".to_owned() } else { name };
    let project = defaults.project.get_or_insert_with(Project::default);
    project.name = Some(name);
    if found.changelog {
        defaults.changelog = Some(ChangelogTable { path: Some(CHANGELOG.to_owned()), ..ChangelogTable::default() });
    }
    if !found.version_files.is_empty() {
        let file = |path: &String| VersionFile { path: path.clone(), ..VersionFile::default() };
        defaults.version = Some(Version { file: found.version_files.iter().map(file).collect(), ..Version::default() });
    }
}

/// A measured trigger is looked at in verification: an item of its own for each.
fn add_trigger_items(defaults: &mut File, project: &File) {
    let title_below = |id: &str| defaults.trigger.iter().find(|one| one.id == id).and_then(|one| one.title.clone());
    // One that the project writes out in full keeps the place that it has there.
    let written = |id: &str| {
        let is_full = |item: &&Item| item.list.is_some() && item.auto.is_some();
        project.item.iter().filter(is_full).any(|item| item.id.strip_prefix("trigger-") == Some(id))
    };
    let measured = project.trigger.iter().filter(|trigger| trigger.probe.is_some() && trigger.remove != Some(true));
    let measured = measured.filter(|trigger| !written(&trigger.id));
    let items: Vec<Item> = measured
        .map(|trigger| {
            let title = trigger.title.clone().or_else(|| title_below(&trigger.id)).unwrap_or_default();
            Item {
                id: format!("trigger-{}", trigger.id),
                list: Some(List::Verification.name().to_owned()),
                title: Some(format!("Trigger: {title}")),
                role: Some(crate::domain::id::Role::DEVOPS.to_owned()),
                auto: Some(format!("trigger {}", trigger.id)),
                at: trigger.at.clone(),
                ..Item::default()
            }
        })
        .collect();
    defaults.item.extend(items);
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod refused;
