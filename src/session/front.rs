//! What both front ends ask for in one go: notes, candidate, tag, versions, watching, a text in the person's editor.

use std::io::Write;
use std::path::PathBuf;
use std::process::Command as Process;

use semver::Version;

use super::{ActError, Acted, Session};
use crate::domain::command::Command;
use crate::domain::notes;
use crate::domain::refusal::Refusal;

impl Session {
    /// Keeps a text as the release notes.
    ///
    /// # Errors
    /// When there is no open release, or the text cannot be kept.
    pub fn write_notes(&mut self, text: &str) -> Result<Acted, ActError> {
        let draft = !notes::placeholders(text).is_empty();
        // Asked first, so that no blob is left behind by a refusal.
        self.dry_run(&Command::WriteNotes { blob: String::new(), draft })?;
        let blob = self.put_blob(text.as_bytes())?;
        self.act(&Command::WriteNotes { blob, draft })
    }

    /// Sets the commit of a revision as the candidate.
    ///
    /// # Errors
    /// When the revision names no commit, or the rules refuse it.
    pub fn candidate_from(&mut self, rev: &str) -> Result<Acted, ActError> {
        let commit = self.resolve(rev).map_err(|error| ActError::System(error.to_string()))?;
        self.observe_outside();
        let head = self.observed.head.as_ref();
        let branch = head.filter(|head| head.commit == commit).and_then(|head| head.branch.clone());
        self.act(&Command::SetCandidate { commit, branch })
    }

    /// Records the release tag that stands on the candidate.
    ///
    /// # Errors
    /// When there is no such tag, or it stands elsewhere.
    pub fn record_tag(&mut self) -> Result<Acted, ActError> {
        let tag = self.release_tag().ok_or_else(|| Refusal::new("no release is open"))?;
        let commit = self.tag_commit(&tag).map_err(|error| ActError::System(error.to_string()))?;
        let commit = commit.ok_or_else(|| {
            Refusal::new(format!("there is no tag {tag}")).next("relco release tag --make, or git tag --annotate")
        })?;
        self.act(&Command::RecordTag { tag, commit })
    }

    /// Writes a version to every configured place, or to none, and looks again.
    ///
    /// # Errors
    /// When it is no version, or a place cannot be written; the files are as they were then.
    pub fn write_versions(&mut self, version: &str) -> Result<Vec<String>, ActError> {
        let system = |error: &dyn std::fmt::Display| ActError::System(error.to_string());
        let version = Version::parse(version).map_err(|error| system(&error))?;
        let plan = self.plan_versions(&version).map_err(|error| system(&error))?;
        self.set_versions(&plan).map_err(|error| system(&error))?;
        self.observe_outside();
        Ok(vec![format!("version {version} written: commit it, then set the candidate")])
    }

    /// Calls `on_change` whenever something changes in these directories, until it answers `false`.
    pub fn watch(&self, dirs: &[PathBuf], on_change: impl FnMut() -> bool + Send + 'static) {
        crate::system::watch::watch(dirs, on_change);
    }
}

/// Lets the person edit a text with VISUAL, else EDITOR.
///
/// # Errors
/// In words: when neither is set, or the editor failed.
pub fn edit_text(text: &str) -> Result<String, String> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let editor = set("VISUAL").or_else(|| set("EDITOR")).ok_or("neither VISUAL nor EDITOR is set")?;
    let path = std::env::temp_dir().join(format!("relco-{}-text.md", std::process::id()));
    let written = std::fs::OpenOptions::new().write(true).create_new(true).open(&path);
    written.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| error.to_string())?;
    // By a shell, because an editor is often set with its options: `code --wait`.
    let status = Process::new("sh").arg("-c").arg(format!("{editor} \"$1\"")).arg("sh").arg(&path).status();
    let edited = std::fs::read_to_string(&path);
    let removed = std::fs::remove_file(&path);
    match status {
        Ok(status) if status.success() => {
            removed.map_err(|error| error.to_string())?;
            edited.map_err(|error| error.to_string())
        }
        Ok(status) => Err(format!("{editor} ended with {status}: the text is as it was")),
        Err(error) => Err(format!("{editor} could not be started: {error}")),
    }
}
