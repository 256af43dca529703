//! The git program: what must go through the user's own settings, hooks and signing.
//!
//! Only writes that a person asked for; reading goes through [`git`](super::git), which runs nothing. Enter at
//! [`tag_annotated`].

use std::io::{self, ErrorKind};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

/// Variables that would make git work in another repository than the one that was opened.
const NOT_OURS: [&str; 5] = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY"];

/// Why git did not do it.
#[derive(Debug, thiserror::Error)]
pub enum GitProgramError {
    /// The program is not there.
    #[error("there is no git program on the search path")]
    Missing,
    /// It could not be started.
    #[error("cannot run git: {0}")]
    Io(io::Error),
    /// It said no; what it said stands on standard error already.
    #[error("git {verb} ended with {status}")]
    Ended {
        /// What was asked of it.
        verb: &'static str,
        /// How it ended.
        status: ExitStatus,
    },
}

impl GitProgramError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            GitProgramError::Missing => Some("install git, or make the tag elsewhere and run relco release tag"),
            GitProgramError::Io(_) => None,
            GitProgramError::Ended { .. } => Some("git's own words stand above"),
        }
    }
}

/// What `git --version` says.
///
/// # Errors
/// [`GitProgramError`] where there is none that runs.
pub fn version() -> Result<String, GitProgramError> {
    let output = Command::new("git").arg("--version").stdin(Stdio::null()).output().map_err(not_run)?;
    if !output.status.success() {
        return Err(GitProgramError::Ended { verb: "--version", status: output.status });
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn not_run(error: io::Error) -> GitProgramError {
    if error.kind() == ErrorKind::NotFound { GitProgramError::Missing } else { GitProgramError::Io(error) }
}

/// `git tag --annotate`: with the user's identity, hooks and signing. Its questions go to the terminal.
///
/// # Errors
/// [`GitProgramError`]; there is no tag then.
pub fn tag_annotated(root: &Path, tag: &str, commit: &str, message: &str) -> Result<(), GitProgramError> {
    let mut git = Command::new("git");
    for name in NOT_OURS {
        git.env_remove(name);
    }
    let status = git
        .arg("-C")
        .arg(root)
        .args(["tag", "--annotate", "--message", message, "--", tag, commit])
        // Nothing of git's may stand between the lines of a document for machines.
        .stdout(Stdio::null())
        .status()
        .map_err(not_run)?;
    if status.success() { Ok(()) } else { Err(GitProgramError::Ended { verb: "tag", status }) }
}

/// `git commit --all`: the changes of tracked files, with the user's identity, hooks and signing. What git says is
/// kept for the error, because a cockpit may own the terminal.
///
/// # Errors
/// In git's own words; nothing is committed then.
pub fn commit_all(root: &Path, message: &str) -> Result<(), String> {
    let mut git = Command::new("git");
    for name in NOT_OURS {
        git.env_remove(name);
    }
    let output = git
        .arg("-C")
        .arg(root)
        .args(["commit", "--all", "--quiet", "--message", message])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| not_run(error).to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("no reason given");
    Err(format!("git commit ended with {}: {last}", output.status))
}

/// `git worktree add --detach`: a work tree of a commit in a place of its own. No hook runs, and the work tree that a
/// person works in stays as it is.
///
/// # Errors
/// In git's own words; there is no such work tree then.
pub fn worktree(root: &Path, place: &Path, commit: &str) -> Result<(), String> {
    let mut git = Command::new("git");
    for name in NOT_OURS {
        git.env_remove(name);
    }
    let output = git
        .arg("-C")
        .arg(root)
        .args(["-c", "core.hooksPath=/dev/null", "worktree", "add", "--force", "--quiet", "--detach"])
        .arg(place)
        .arg(commit)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| not_run(error).to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("no reason given");
    Err(format!("git worktree ended with {}: {last}", output.status))
}

#[cfg(test)]
mod tests {
    use super::super::git::testing::Sample;
    use super::*;

    #[test]
    fn a_tag_is_made_on_the_commit_that_was_named_and_never_twice() {
        let sample = Sample::new();
        sample.write("a", "1").commit("first");
        let first = sample.git().resolve("HEAD").unwrap();
        sample.write("a", "2").commit("second");
        let git = sample.git();
        let root = git.root().unwrap();
        tag_annotated(root, "v1.0.0", &first, "harbor 1.0.0").unwrap();
        assert_eq!(sample.git().tag_commit("v1.0.0").unwrap(), Some(first.clone()));
        let again = tag_annotated(root, "v1.0.0", "HEAD", "again").unwrap_err();
        assert!(matches!(again, GitProgramError::Ended { verb: "tag", .. }), "{again}");
        assert_eq!(sample.git().tag_commit("v1.0.0").unwrap(), Some(first));
    }
}
