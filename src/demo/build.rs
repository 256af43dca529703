//! Makes an example: the repository with its history, the environments with the last release in them, and the files
//! beside them that must never come into the repository.
//!
//! The repository is the same to the last bit on every machine: no clock, no identity and no configuration of the
//! person enters it. Enter at [`build`].

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Fault;
use super::answer::{Deployed, PAGES, answer};
use super::history::{self, LAST_RELEASE, Unfit};
use super::place::{ENVIRONMENTS, Place};

/// Why an example could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A file or directory could not be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// What was to be written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The `git` program could not be started.
    #[error("cannot start git: {0}")]
    NoGit(io::Error),
    /// git said no.
    #[error("git {verb} failed: {said}")]
    Git {
        /// What it was asked to do.
        verb: &'static str,
        /// Its last words.
        said: String,
    },
    /// The embedded history contradicts the embedded files.
    #[error(transparent)]
    History(#[from] Unfit),
}

/// What git is told in the example's own configuration, so that neither a person's habits nor a newer default of git
/// change what the example shows: signing, line ends, hooks and background work are off.
const GIT_CONFIG: &str = "\
[user]
\tname = Ana Ferreira
\temail = ana@example.com
[commit]
\tgpgSign = false
[tag]
\tgpgSign = false
[core]
\tautocrlf = false
\teol = lf
\thooksPath = /dev/null
\texcludesFile = /dev/null
\tattributesFile = /dev/null
\tfsmonitor = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
";

/// The settings that every git call of the example runs under, for this process and for a shell.
pub const GIT_ENVIRONMENT: [(&str, &str); 3] =
    [("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")];

/// Makes everything in the place's directory, which must exist and be empty. The marker is written last, so a
/// half-made example is never taken for a whole one.
///
/// # Errors
/// [`BuildError`]; what was made until then stays for whoever wants to look.
pub fn build(place: &Place, fault: Fault, pace: &str, exe: &Path) -> Result<(), BuildError> {
    repository(&place.project())?;
    let commit = git(&place.project(), "rev-parse", &[&format!("v{LAST_RELEASE}^{{commit}}")], None)?;
    let tree = history::tree_at(&format!("v{LAST_RELEASE}"))?;
    for name in ENVIRONMENTS {
        environment(&place.environment(name), name, commit.trim(), &tree)?;
    }
    directory(&place.services())?;
    directory(&place.bin())?;
    name_binary(place, exe)?;
    set(place, fault, pace)?;
    write(
        &place.marker(),
        "An example project of relco. `relco demo --stop` ends its services; then it may be removed.\n",
    )
}

/// Chooses the trouble that production gets, and how long scripts rest; both count from the next step on.
///
/// # Errors
/// [`BuildError::Write`].
pub fn set(place: &Place, fault: Fault, pace: &str) -> Result<(), BuildError> {
    write(&place.fault(), &format!("{}\n", fault.word()))?;
    write(&place.pace(), &format!("{pace}\n"))
}

/// Lets `DIR/bin/relco` be this binary, also when it moved since the example was made.
///
/// # Errors
/// [`BuildError::Write`].
pub fn name_binary(place: &Place, exe: &Path) -> Result<(), BuildError> {
    let (name, new) = (place.bin().join("relco"), place.bin().join("relco.new"));
    let placed = match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => symlink(exe, &new).and_then(|()| fs::rename(&new, &name)),
    };
    placed.map_err(|source| BuildError::Write { path: name, source })
}

fn repository(project: &Path) -> Result<(), BuildError> {
    directory(project)?;
    // The head is named afterwards instead of by an option, which older gits do not know.
    git(project, "init", &["--quiet", "--template="], None)?;
    git(project, "symbolic-ref", &["HEAD", "refs/heads/main"], None)?;
    let config = project.join(".git/config");
    let own = fs::read_to_string(&config).map_err(|source| BuildError::Write { path: config.clone(), source })?;
    write(&config, &format!("{own}{GIT_CONFIG}"))?;
    let stream = history::stream()?;
    git(project, "fast-import", &["--quiet", "--done", "--date-format=raw"], Some(stream))?;
    git(project, "reset", &["--quiet", "--hard", "main"], None)?;
    Ok(())
}

/// A call of git in which nothing of the person's own set-up counts.
fn git(project: &Path, verb: &'static str, args: &[&str], input: Option<Vec<u8>>) -> Result<String, BuildError> {
    let mut command = Command::new("git");
    // A caller may itself run inside of a git hook, whose variables point at another repository.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_")) {
        command.env_remove(name);
    }
    command
        .arg(verb)
        .args(args)
        .current_dir(project)
        .envs(GIT_ENVIRONMENT)
        // Newer gits may default to another hash or another way to keep references.
        .env("GIT_DEFAULT_HASH", "sha1")
        .env("GIT_DEFAULT_REF_FORMAT", "files")
        .env("LC_ALL", "C")
        .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(BuildError::NoGit)?;
    // git reads to the end before it says much, so writing first cannot block both sides.
    let fed = match (child.stdin.take(), input) {
        (Some(mut pipe), Some(bytes)) => pipe.write_all(&bytes),
        _ => Ok(()),
    };
    let output = child.wait_with_output().map_err(BuildError::NoGit)?;
    if !output.status.success() || fed.is_err() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().last().unwrap_or("it said nothing").to_owned();
        return Err(BuildError::Git { verb, said });
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// An environment in which the last release is installed, exactly as the deploy scripts install it.
fn environment(site: &Path, name: &str, commit: &str, tree: &BTreeMap<&str, String>) -> Result<(), BuildError> {
    let release = site.join("releases").join(LAST_RELEASE);
    install_backend(&release.join("backend"), commit, tree)?;
    install_frontend(&release.join("frontend"), commit, tree)?;
    let current = site.join("current");
    symlink(Path::new("releases").join(LAST_RELEASE), &current)
        .map_err(|source| BuildError::Write { path: current, source })?;

    let mut schema = String::new();
    for path in tree.keys().filter(|path| path.starts_with("backend/migrations/")) {
        let migration = path.trim_start_matches("backend/migrations/").trim_end_matches(".sql");
        schema.push_str(&format!("{migration} 1.2.1\n"));
    }
    let db = site.join("db");
    write(&db.join("schema"), &schema)?;
    for (table, rows) in TABLES {
        write(&db.join(table), rows)?;
    }
    for empty in ["cache", "backups"] {
        directory(&site.join(empty))?;
    }
    asked_before(site);
    write(
        &site.join("settings"),
        &format!("name={name}\naddress={name}.harbor.example.com\nregion=north\nworkers=4\nlog=errors\n"),
    )
}

fn install_backend(home: &Path, commit: &str, tree: &BTreeMap<&str, String>) -> Result<(), BuildError> {
    for (path, text) in tree {
        let Some(inner) = path.strip_prefix("backend/") else { continue };
        if !inner.starts_with("migrations/") {
            write(&home.join(inner), text)?;
        }
    }
    let settings = tree.get("backend/service.conf").map(String::as_str).unwrap_or_default();
    let setting =
        |name: &str| settings.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')).unwrap_or("");
    write(&home.join("version"), &format!("{LAST_RELEASE}\n"))?;
    write(&home.join("latency_ms"), &format!("{}\n", setting("latency_ms")))?;
    write(&home.join("health"), "ok\n")?;
    write(&home.join("schema"), &format!("{}\n", setting("schema")))?;
    write(&home.join("commit"), &format!("{commit}\n"))
}

fn install_frontend(home: &Path, commit: &str, tree: &BTreeMap<&str, String>) -> Result<(), BuildError> {
    let mut manifest = String::new();
    for (path, text) in tree {
        let Some(name) = path.strip_prefix("frontend/") else { continue };
        write(&home.join(name), &text.replace("@VERSION@", LAST_RELEASE))?;
        manifest.push_str(&format!("{name}\n"));
    }
    for berth in 1..=48 {
        let width = 20 + berth % 9 * 4;
        let name = format!("assets/berth-{berth:02}.svg");
        let drawing = format!(
            "<svg viewBox=\"0 0 60 20\"><rect width=\"{width}\" height=\"12\"/><text y=\"18\">berth {berth:02}</text></svg>\n"
        );
        write(&home.join(&name), &drawing)?;
        manifest.push_str(&format!("{name}\n"));
    }
    manifest.push_str("end\n");
    write(&home.join("manifest"), &manifest)?;
    write(&home.join("version"), &format!("{LAST_RELEASE}\n"))?;
    write(&home.join("commit"), &format!("{commit}\n"))
}

/// Draws the pages of the last release into the cache, as if people had asked for them all along.
fn asked_before(site: &Path) {
    let live = Deployed::find(site);
    for page in PAGES {
        answer(site, live.as_ref(), page);
    }
}

/// The rows that both environments begin with.
const TABLES: [(&str, &str); 5] = [
    ("berths.tsv", "1\tNorth Mole\t180\n2\tFish Quay\t60\n3\tTimber Quay\t120\n4\tPilot Steps\t25\n"),
    ("arrivals.tsv", "Ångermanland\t1\t8\t20\nSelkie\t2\t5\t9\nMarten\t3\t14\t38\n"),
    ("tides.tsv", "2026-03-13 03:12\t38\n2026-03-13 09:31\t6\n2026-03-13 15:40\t36\n2026-03-13 21:52\t8\n"),
    ("fees.tsv", "1\t140\n2\t95\n3\t120\n4\t60\n"),
    ("pilots.tsv", "Ångermanland\t2026-03-13 07:00\n"),
];

fn directory(path: &Path) -> Result<(), BuildError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(path)
        .map_err(|source| BuildError::Write { path: path.to_owned(), source })
}

fn write(path: &Path, text: &str) -> Result<(), BuildError> {
    if let Some(parent) = path.parent() {
        directory(parent)?;
    }
    fs::write(path, text).map_err(|source| BuildError::Write { path: path.to_owned(), source })
}
