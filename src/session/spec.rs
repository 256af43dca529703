//! What a step gets: its command, its directory, its variables. Values reach a shell only as variables.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::Session;
use crate::config::check;
use crate::config::read::MOST_BYTES;
use crate::domain::id::EnvName;
use crate::domain::plan::{ItemKind, Plan, Step};
use crate::domain::release::ReleaseState;
use crate::domain::run::{Act, Attempt, Run};
use crate::supervisor::spec::Spec;
use crate::system::ordinary;

impl Session {
    /// What a command is told that is about a release and an environment, under this plan: the variables of the
    /// environment, those of its untracked file, and relco's own, which nothing can say otherwise.
    pub(super) fn values(
        &self,
        plan: &Plan,
        release: Option<&ReleaseState>,
        env: Option<&EnvName>,
    ) -> BTreeMap<String, String> {
        let mut values = BTreeMap::new();
        if let Some(environment) = env.and_then(|env| plan.environment(env)) {
            values.extend(environment.vars.clone());
            if let Some(file) = &environment.env_file {
                values.extend(read_env_file(&self.root.join(file)));
            }
        }
        let Some(release) = release else { return values };
        let mut set = |name: &str, value: String| {
            values.insert(format!("RELCO_{name}"), value);
        };
        set("PROJECT", plan.project.clone());
        set("VERSION", release.version.clone());
        set("TYPE", release.kind().to_string());
        set("COMMIT", release.commit().unwrap_or_default().to_owned());
        if let Ok(version) = semver::Version::parse(&release.version) {
            set("TAG", plan.tag_of(&version));
        }
        if let Some(env) = env {
            set("ENV", env.to_string());
        }
        values
    }

    /// What a command is told that belongs to no run: it is about production.
    pub(super) fn production_values(&self, release: &ReleaseState) -> BTreeMap<String, String> {
        let plan = self.plan();
        self.values(plan, Some(release), plan.production().map(|env| &env.name))
    }

    /// The variables of a command that runs within a run.
    pub(super) fn run_values(&self, release: &ReleaseState, run: &Run) -> BTreeMap<String, String> {
        let mut values = self.values(self.plan_of(run), Some(release), Some(&run.env));
        let mut set = |name: &str, value: &str| {
            values.insert(format!("RELCO_{name}"), value.to_owned());
        };
        // The candidate may have moved since the run started; what it deploys, or takes back, has not.
        if !run.commit.is_empty() {
            set("COMMIT", &run.commit);
        }
        set("RUN", run.id.as_str());
        // In a rollback a step is told the versions of the run that it takes back, so that its undo finds them.
        let of = run.of.as_ref().and_then(|id| release.run(id));
        let from = of.map_or(&run.from, |of| &of.from);
        set("FROM_VERSION", from.as_deref().unwrap_or_default());
        values
    }

    /// The names of a run's variables whose values come from the environment's untracked file.
    pub(super) fn hidden_values(&self, run: &Run) -> BTreeSet<String> {
        let file = self.plan_of(run).environment(&run.env).and_then(|environment| environment.env_file.clone());
        file.map(|file| read_env_file(&self.root.join(file)).into_keys().collect()).unwrap_or_default()
    }

    /// Where a run's commands run: the project's directory, or the work tree that was chosen for it.
    pub(super) fn run_dir(&self, run: &Run) -> PathBuf {
        run.dir.as_ref().map_or_else(|| self.root.clone(), PathBuf::from)
    }

    /// The specification of an attempt.
    pub(super) fn spec(&self, release: &ReleaseState, run: &Run, attempt: &Attempt) -> Spec {
        let mut spec = Spec::new(attempt.id.as_str(), attempt.argv.clone(), self.run_dir(run));
        spec.tty = attempt.act == Act::Do && self.step_of(run, &attempt.slot).is_some_and(|step| step.tty);
        spec.env = self.run_values(release, run);
        spec.env.insert("RELCO_STEP".to_owned(), attempt.slot.to_string());
        spec.env.insert("RELCO_ATTEMPT".to_owned(), attempt.number.to_string());
        let key = format!("{}/{}/{}/{}", release.version, run.commit, run.id, attempt.slot);
        spec.env.insert("RELCO_IDEMPOTENCY_KEY".to_owned(), crate::domain::digest::sha256_hex(key.as_bytes()));
        spec
    }

    /// The step of a slot, where it is one.
    pub(super) fn step_of(&self, run: &Run, slot: &crate::domain::id::ItemId) -> Option<Step> {
        let item = self.plan_of(run).item(&run.slot(slot)?.item)?;
        match &item.kind {
            ItemKind::Command(step) => Some(step.as_ref().clone()),
            _ => None,
        }
    }
}

/// Reads `NAME=VALUE` lines; blank lines and `#` comments are passed over, quotes around a value are taken off.
/// A file that is not there, or no ordinary one, holds nothing: the step that needs it says so better than relco could.
/// What is no name of a variable, or one of relco's own, is passed over.
fn read_env_file(path: &Path) -> BTreeMap<String, String> {
    let bytes = ordinary::read(path, MOST_BYTES).unwrap_or_default();
    let text = String::from_utf8(bytes).unwrap_or_default();
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter_map(|line| line.strip_prefix("export ").unwrap_or(line).split_once('='))
        .map(|(name, value)| (name.trim().to_owned(), unquoted(value.trim()).to_owned()))
        .filter(|(name, value)| check::variable(name).is_ok() && !value.contains('\0'))
        .collect()
}

fn unquoted(value: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return inner;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_env_file_is_lines_of_names_and_values() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("one.env");
        std::fs::write(
            &path,
            "# where\nA B=1\n=2\nRELCO_VERSION=3\nPORT=8080\nexport HOME_DIR=\"/a b\"\n\nODD\nEMPTY=\n",
        )
        .unwrap();
        let values = read_env_file(&path);
        let pairs: Vec<(&str, &str)> = values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("EMPTY", ""), ("HOME_DIR", "/a b"), ("PORT", "8080")]);
        assert!(read_env_file(&dir.path().join("none")).is_empty());
    }
}
