//! Trust: whether this user allowed exactly this text of a project's file to run commands.
//!
//! A grant names a hash, lives outside of the repository and cannot be made from inside it: the shapes of
//! `relco.toml` have no key for it. Trust covers the file's own text; scripts that its commands run by path are not
//! part of the hash, so a changed script runs without a new question. Enter at [`closure_hash`], [`allows`] and
//! [`Grants`].

use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::error::plain;
use super::file::{Command, File, Item};
use super::read::{Findings, MOST_BYTES};
use crate::domain::plan::{Channel, CommandSpec, ItemKind, Plan, quote_word};
use crate::domain::repo_path::RepoPath;

/// The name of the file of grants in a project's state directory.
pub const FILE_NAME: &str = "trust.toml";

/// The hash that trust is bound to: SHA-256 over path, length and content of each file, in the order given, in hex.
/// Paths are those inside the project, so that the same text has the same hash wherever the project stands.
pub fn closure_hash(files: &[(&str, &[u8])]) -> String {
    let mut digest = Sha256::new();
    for (path, content) in files {
        // Lengths before contents, so that no two different sets of files give the same bytes.
        digest.update(format!("{}\n{path}\n{}\n", path.len(), content.len()));
        digest.update(content);
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One thing that trusting a file allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// The line in which it stands.
    pub line: usize,
    /// The table and its id: `[[deploy.step]] migrate`.
    pub place: String,
    /// The key: `undo`.
    pub key: &'static str,
    /// What it allows.
    pub act: Act,
}

/// What a file can have relco do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Run a command.
    Run(CommandSpec),
    /// Ask an address.
    Ask(String),
    /// Post to the address in a variable.
    Post(String),
    /// Read a file and give its lines to steps as variables.
    Read(String),
    /// Give steps a variable.
    Set(String, String),
    /// Append a line to a file.
    Write(String),
}

impl Act {
    /// In words, for the list that a person reads before trusting. Holds foreign text: it still wants the sanitiser.
    pub fn words(&self) -> String {
        match self {
            Act::Run(spec) if spec.shell => format!("runs sh -c {}", quote_word(&spec.words())),
            Act::Run(spec) => format!("runs {}", spec.words()),
            Act::Ask(url) => format!("asks {url}"),
            Act::Post(variable) => format!("posts to the address in ${variable}"),
            Act::Read(path) => format!("reads variables from {path}"),
            Act::Set(name, value) => format!("sets {name}={value}"),
            Act::Write(path) => format!("writes a line to {path}"),
        }
    }
}

/// Whether nothing of a project could come to run, be asked, be passed on or be written outside of it by this plan,
/// wherever its text is now.
pub fn asks_for_nothing(plan: &Plan) -> bool {
    plan.gates.iter().all(|gate| gate.check.is_none())
        && plan.items.iter().all(|item| !matches!(item.kind, ItemKind::Command(_)))
        && plan.probes.is_empty()
        && plan.artifacts.is_empty()
        && plan.environments.iter().all(|env| env.vars.is_empty() && env.env_file.is_none())
        && plan.stakeholders.iter().all(|one| one.channel == Channel::ByHand)
        && plan.release_log.as_ref().is_none_or(|path| RepoPath::parse(path).is_ok())
}

/// Everything that trusting this file allows, in the order of its lines.
pub fn allows(file: &File, findings: &Findings) -> Vec<Allowed> {
    let mut all = Vec::new();
    let mut add = |at: &str, key: &'static str, place: &str, act: Option<Act>| {
        if let Some(act) = act {
            all.push(Allowed { line: findings.line(&format!("{at}.{key}")), place: place.to_owned(), key, act });
        }
    };
    let run = |command: &Option<Command>| command.as_ref().map(|command| Act::Run(spec(command)));
    for (name, environment) in &file.environment.0 {
        let place = format!("[environment.{}]", plain(name));
        add(&environment.at, "env_file", &place, environment.env_file.clone().map(Act::Read));
        for (variable, value) in &environment.vars {
            add(&environment.at, "vars", &place, Some(Act::Set(variable.clone(), value.clone())));
        }
    }
    for gate in &file.gate {
        add(&gate.at, "check", &format!("[[gate]] {}", plain(&gate.id)), run(&gate.check));
    }
    let mut add_item = |table: &str, item: &Item| {
        let place = format!("{table} {}", plain(&item.id));
        let commands = [
            ("run", &item.run),
            ("undo", &item.undo),
            ("safe_if", &item.safe_if),
            ("check", &item.check),
            ("cancel", &item.cancel),
        ];
        for (key, command) in commands {
            add(&item.at, key, &place, run(command));
        }
    };
    file.item.iter().for_each(|item| add_item("[[item]]", item));
    file.deploy.iter().flat_map(|deploy| &deploy.step).for_each(|step| add_item("[[deploy.step]]", step));
    for probe in &file.probe {
        let place = format!("[[probe]] {}", plain(&probe.id));
        add(&probe.at, "url", &place, probe.url.clone().map(Act::Ask));
        add(&probe.at, "command", &place, run(&probe.command));
        add(&probe.at, "ca_file", &place, probe.ca_file.clone().map(Act::Read));
    }
    for artifact in &file.artifact {
        let place = format!("[[artifact]] {}", plain(&artifact.id));
        add(&artifact.at, "url", &place, artifact.url.clone().map(Act::Ask));
        add(&artifact.at, "command", &place, run(&artifact.command));
    }
    for stakeholder in &file.stakeholder {
        let Some(notify) = &stakeholder.notify else { continue };
        let place = format!("[[stakeholder]] {}", plain(&stakeholder.name));
        let at = format!("{}.notify", stakeholder.at);
        add(&at, "command", &place, run(&notify.command));
        add(&at, "webhook_env", &place, notify.webhook_env.clone().map(Act::Post));
    }
    if let Some(log) = &file.release_log {
        add(&log.at, "path", "[release_log]", Some(Act::Write(log.path.clone())));
    }
    all.sort_by_key(|allowed| allowed.line);
    all
}

fn spec(command: &Command) -> CommandSpec {
    match command {
        Command::Argv(argv) => CommandSpec { argv: argv.clone(), shell: false },
        Command::Text(text) => CommandSpec { argv: vec![text.clone()], shell: true },
    }
}

/// What a user said about a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Its commands may run.
    Allow,
}

/// One word of a user about one hash.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Of [`closure_hash`].
    pub hash: String,
    /// What was said.
    pub verdict: Verdict,
    /// When.
    #[serde(with = "instant")]
    pub at: Timestamp,
    /// By whom, as git or `RELCO_ACTOR` knows them.
    pub by: String,
}

/// An instant as text; the time crate is taken without its serde support.
mod instant {
    use jiff::Timestamp;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(at)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// All that was said in one project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Grants {
    #[serde(default)]
    grant: Vec<Grant>,
}

impl Grants {
    /// The latest permission for a hash; `None` is a no.
    pub fn on(&self, hash: &str) -> Option<&Grant> {
        self.grant.iter().rfind(|grant| grant.hash == hash)
    }

    /// Whether this exact text may run commands.
    pub fn allow(&self, hash: &str) -> bool {
        self.on(hash).is_some()
    }

    /// Every word, in the order in which it was said.
    pub fn all(&self) -> &[Grant] {
        &self.grant
    }
}

/// Why grants cannot be read or written. Nothing is trusted then.
#[derive(Debug, Error)]
pub enum TrustError {
    /// The file cannot be read or written.
    #[error("cannot use {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Somebody else could have written it.
    #[error("{} {why}; nothing is trusted until that is mended", path.display())]
    NotPrivate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// It does not hold grants.
    #[error("{} cannot be understood: {why}; nothing is trusted until it is mended or removed", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// In the parser's words.
        why: String,
    },
}

/// Reads the grants; a file that does not exist holds none.
///
/// # Errors
/// When it cannot be read or understood, belongs to another user, or others may write it.
pub fn read_grants(path: &Path) -> Result<Grants, TrustError> {
    let io_error = |source| TrustError::Io { path: path.to_owned(), source };
    let mut file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Grants::default()),
        Err(error) => return Err(io_error(error)),
    };
    let metadata = file.metadata().map_err(io_error)?;
    let not_private = |why| TrustError::NotPrivate { path: path.to_owned(), why };
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(not_private("belongs to another user"));
    }
    if metadata.mode() & 0o022 != 0 {
        return Err(not_private("may be written by others"));
    }
    let damaged = |why: String| TrustError::Damaged { path: path.to_owned(), why };
    if metadata.len() > MOST_BYTES as u64 {
        return Err(damaged("too large".to_owned()));
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(io_error)?;
    toml::from_str(&text).map_err(|error| damaged(error.message().replace('\n', ", ")))
}

/// Adds a word about a hash, durably. The directory must exist; the file is created for its user alone.
///
/// # Errors
/// When what stands there cannot be read, or the file cannot be written.
pub fn add_grant(path: &Path, grant: &Grant) -> Result<(), TrustError> {
    let io_error = |source| TrustError::Io { path: path.to_owned(), source };
    read_grants(path)?;
    let by = grant.by.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let grants = Grants { grant: vec![Grant { by, ..grant.clone() }] };
    let text = toml::to_string(&grants).map_err(|error| io_error(io::Error::other(error)))?;
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path).map_err(io_error)?;
    // One write of a whole table, so that two of them at once do not mix.
    file.write_all(format!("{text}\n").as_bytes()).and_then(|()| file.sync_all()).map_err(io_error)?;
    let directory = path.parent().unwrap_or(Path::new("."));
    std::fs::File::open(directory).and_then(|directory| directory.sync_all()).map_err(io_error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn grant(hash: &str) -> Grant {
        Grant {
            hash: hash.into(),
            verdict: Verdict::Allow,
            at: "2026-11-22T12:00:01Z".parse().unwrap(),
            by: "ana\n[[grant]]".into(),
        }
    }

    #[test]
    fn the_hash_is_of_the_exact_text_and_its_path() {
        let one = closure_hash(&[("relco.toml", b"a = 1")]);
        assert_eq!(one.len(), 64);
        assert_eq!(one, closure_hash(&[("relco.toml", b"a = 1")]));
        assert_ne!(one, closure_hash(&[("relco.toml", b"a = 1\n")]), "one more byte");
        assert_ne!(one, closure_hash(&[("other.toml", b"a = 1")]), "another path");
        let split = closure_hash(&[("a", b"b"), ("c", b"d")]);
        assert_ne!(split, closure_hash(&[("a", b"b1\nc\n1\nd")]), "contents cannot pretend to be further files");
    }

    #[test]
    fn grants_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE_NAME);
        assert_eq!(read_grants(&path).unwrap(), Grants::default());
        add_grant(&path, &grant("aa")).unwrap();
        add_grant(&path, &grant("bb")).unwrap();
        let grants = read_grants(&path).unwrap();
        assert_eq!(grants.all().len(), 2);
        assert!(grants.allow("aa") && grants.allow("bb"));
        assert!(!grants.allow("cc"));
        assert_eq!(grants.on("aa").unwrap().by, "ana [[grant]]");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn what_others_may_write_is_not_believed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE_NAME);
        add_grant(&path, &grant("aa")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
        assert!(matches!(read_grants(&path), Err(TrustError::NotPrivate { .. })));
    }

    #[test]
    fn a_torn_file_grants_nothing_and_is_not_written_on() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE_NAME);
        add_grant(&path, &grant("aa")).unwrap();
        let whole = std::fs::read(&path).unwrap();
        // A cut at the end of the table is whole again, and one inside `by` may be too: every other cut must be seen.
        for cut in 1..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            match read_grants(&path) {
                Ok(grants) => assert!(grants.all().is_empty() || grants.allow("aa"), "cut at {cut}"),
                Err(TrustError::Damaged { .. }) => {
                    assert!(add_grant(&path, &grant("bb")).is_err(), "cut at {cut}");
                    assert_eq!(std::fs::read(&path).unwrap(), &whole[..cut]);
                }
                Err(other) => panic!("cut at {cut}: {other}"),
            }
        }
    }
}
