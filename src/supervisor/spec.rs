//! What an attempt shall execute, and the names of the files in its directory.
//!
//! `spec.toml` is written once, before the intent is recorded, and never changed. It holds only what is set for the
//! step on top of the environment that the supervisor inherits from its conductor, so inherited secrets never
//! reach the disk.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What shall be executed ([`Spec`]).
pub const SPEC_NAME: &str = "spec.toml";
/// What happened ([`record`](super::record)).
pub const RECORD_NAME: &str = "record.toml";
/// Held by the supervisor as long as it lives.
pub const LOCK_NAME: &str = "lock";
/// Takes requests for the supervisor ([`ctl`](super::ctl)).
pub const CTL_NAME: &str = "ctl";

/// The format number of `spec.toml` that this code writes and reads.
pub const SPEC_FORMAT: u32 = 1;

/// One command with everything that its execution depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Always [`SPEC_FORMAT`].
    pub format: u32,
    /// Name of the attempt, as in the journal.
    pub attempt: String,
    /// Program and arguments. A command meant for a shell has the shell as its program.
    pub argv: Vec<String>,
    /// Absolute directory in which it runs.
    pub cwd: PathBuf,
    /// How long a step that was asked to stop may take before it is killed, in milliseconds.
    pub grace_ms: u64,
    /// The signal that asks it to stop.
    #[serde(default)]
    pub stop_signal: StopSignal,
    /// Whether it gets a pseudo-terminal instead of a pipe and `/dev/null`.
    #[serde(default)]
    pub tty: bool,
    /// How long to wait for output that outlives the step.
    #[serde(default)]
    pub drain: DrainLimits,
    /// Variables that are not passed on from the conductor's environment.
    #[serde(default)]
    pub env_remove: Vec<String>,
    /// Variables set on top of the conductor's environment.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
}

impl Spec {
    /// A command in a directory with the usual limits: 10 s grace, TERM, a pipe, nothing set.
    pub fn new(attempt: impl Into<String>, argv: Vec<String>, cwd: impl Into<PathBuf>) -> Spec {
        Spec {
            format: SPEC_FORMAT,
            attempt: attempt.into(),
            argv,
            cwd: cwd.into(),
            grace_ms: 10_000,
            stop_signal: StopSignal::Term,
            tty: false,
            drain: DrainLimits::default(),
            env_remove: Vec::new(),
            env: BTreeMap::new(),
        }
    }

    /// What makes this impossible to execute, in words; `None` if nothing does.
    pub fn defect(&self) -> Option<String> {
        if self.format != SPEC_FORMAT {
            return Some(format!("the specification has format {}, this relco knows {SPEC_FORMAT}", self.format));
        }
        if self.argv.first().is_none_or(String::is_empty) {
            return Some("the command has no program".to_owned());
        }
        if self.argv.iter().any(|argument| argument.contains('\0')) {
            return Some("an argument of the command holds a NUL character".to_owned());
        }
        if !self.cwd.is_absolute() {
            return Some(format!("the directory {} is not absolute", self.cwd.display()));
        }
        let misnamed = |name: &str| name.is_empty() || name.contains(['=', '\0']);
        if let Some(name) = self.env.keys().chain(&self.env_remove).find(|name| misnamed(name)) {
            return Some(format!("`{name}` is not a name of a variable"));
        }
        let nul = self.env.iter().find(|(_, value)| value.contains('\0'));
        nul.map(|(name, _)| format!("the value of the variable `{name}` holds a NUL character"))
    }
}

/// The signal that asks a step to stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum StopSignal {
    /// Asks to terminate.
    #[default]
    #[serde(rename = "TERM")]
    Term,
    /// As Ctrl-C does.
    #[serde(rename = "INT")]
    Int,
}

/// How long a supervisor reads on, after the step ended, before it records the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DrainLimits {
    /// Silence that ends the wait, in milliseconds.
    pub quiet_ms: u64,
    /// The longest wait, in milliseconds.
    pub limit_ms: u64,
}

impl Default for DrainLimits {
    fn default() -> DrainLimits {
        DrainLimits { quiet_ms: 2000, limit_ms: 10_000 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spec_survives_its_file() {
        let mut spec = Spec::new("a1", vec!["sh".into(), "-c".into(), "echo \"\n'''\u{1b}".into()], "/");
        spec.env.insert("RELCO_STEP".into(), "migrate".into());
        spec.env_remove.push("SECRET".into());
        spec.stop_signal = StopSignal::Int;
        let text = toml::to_string(&spec).unwrap();
        assert_eq!(toml::from_str::<Spec>(&text).unwrap(), spec);
        assert_eq!(spec.defect(), None);
    }

    #[test]
    fn what_cannot_be_executed_is_named() {
        let spec = Spec::new("a1", vec!["true".into()], "/");
        let defect = |change: &dyn Fn(&mut Spec)| {
            let mut spec = spec.clone();
            change(&mut spec);
            spec.defect().unwrap()
        };
        assert!(defect(&|spec| spec.format = 2).contains("format 2"));
        assert!(defect(&|spec| spec.argv.clear()).contains("no program"));
        assert!(defect(&|spec| spec.argv.push("a\0b".into())).contains("NUL"));
        assert!(defect(&|spec| spec.cwd = "here".into()).contains("not absolute"));
        assert!(defect(&|spec| spec.env_remove.push("A=B".into())).contains("`A=B`"));
        assert!(defect(&|spec| drop(spec.env.insert("A".into(), "\0".into()))).contains("`A`"));
    }
}
