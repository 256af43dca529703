//! The git program: what must go through the user's own settings, hooks and signing.
//!
//! Only writes that a person asked for; reading goes through [`git`](super::git), which runs nothing. Enter at
//! [`GitJob`].

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use crate::domain::plan::quote_word;

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

/// One thing for the git program to do, with the user's identity, hooks and signing. It is a value, so that the exact
/// command can be shown before anybody says yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitJob {
    root: PathBuf,
    verb: &'static str,
    arguments: Vec<String>,
}

impl GitJob {
    fn new(root: &Path, verb: &'static str, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|one| (*one).to_owned()).collect();
        Self { root: root.to_owned(), verb, arguments }
    }

    /// `git tag --annotate` on a commit.
    #[must_use]
    pub fn tag(root: &Path, tag: &str, commit: &str, message: &str) -> Self {
        Self::new(root, "tag", &["--annotate", "--message", message, "--", tag, commit])
    }

    /// `git commit --all`: the changes of tracked files.
    #[must_use]
    pub fn commit_all(root: &Path, message: &str) -> Self {
        Self::new(root, "commit", &["--all", "--quiet", "--message", message])
    }

    /// `git push` of one tag, and of the candidate to its branch where that is wanted; all of it or nothing. A tag that
    /// stands elsewhere on the other side is refused there.
    #[must_use]
    pub fn push(root: &Path, remote: &str, tag: &str, branch: Option<(&str, &str)>) -> Self {
        let tag = format!("refs/tags/{tag}");
        let branch = branch.map(|(commit, branch)| format!("{commit}:refs/heads/{branch}"));
        let mut arguments = vec!["--atomic", "--", remote, tag.as_str()];
        arguments.extend(branch.as_deref());
        Self::new(root, "push", &arguments)
    }

    /// `git switch` to a branch, made at a revision where one is given.
    #[must_use]
    pub fn switch(root: &Path, branch: &str, made_at: Option<&str>) -> Self {
        match made_at {
            Some(rev) => Self::new(root, "switch", &["--quiet", "--create", branch, rev]),
            None => Self::new(root, "switch", &["--quiet", branch]),
        }
    }

    /// The command as a person would type it.
    #[must_use]
    pub fn words(&self) -> String {
        let words =
            ["git", self.verb].into_iter().map(str::to_owned).chain(self.arguments.iter().map(|word| quote_word(word)));
        words.collect::<Vec<_>>().join(" ")
    }

    fn command(&self) -> Command {
        let mut git = Command::new("git");
        for name in NOT_OURS {
            git.env_remove(name);
        }
        git.arg("-C").arg(&self.root).arg(self.verb).args(&self.arguments);
        git
    }

    /// Does it. Its questions go to the terminal, which must be free for them.
    ///
    /// # Errors
    /// [`GitProgramError`]; nothing is changed then.
    pub fn run(&self) -> Result<(), GitProgramError> {
        // Nothing of git's may stand between the lines of a document for machines.
        let status = self.command().stdout(Stdio::null()).status().map_err(not_run)?;
        if status.success() { Ok(()) } else { Err(GitProgramError::Ended { verb: self.verb, status }) }
    }

    /// Does it on a terminal that was given away for it, and waits for Enter where it failed, so that git's own words
    /// can be read.
    ///
    /// # Errors
    /// As [`GitJob::run`], in words.
    pub fn run_and_wait(&self) -> Result<(), String> {
        eprintln!("$ {}", self.words());
        let status = self.command().status().map_err(not_run);
        let why = match status {
            Ok(status) if status.success() => return Ok(()),
            Ok(status) => GitProgramError::Ended { verb: self.verb, status }.to_string(),
            Err(error) => error.to_string(),
        };
        eprint!("{why}: Enter goes back ");
        let mut line = String::new();
        let _ = io::stdin().read_line(&mut line);
        Err(why)
    }
}

/// The commit that a tag stands on at a remote, peeled; none where it is not there.
///
/// # Errors
/// [`GitProgramError`] where the remote does not answer.
pub fn remote_tag(root: &Path, remote: &str, tag: &str) -> Result<Option<String>, GitProgramError> {
    let (name, peeled) = (format!("refs/tags/{tag}"), format!("refs/tags/{tag}^{{}}"));
    let job = GitJob::new(root, "ls-remote", &["--", remote, &name, &peeled]);
    let output = job.command().stdin(Stdio::null()).env("GIT_TERMINAL_PROMPT", "0").output().map_err(not_run)?;
    if !output.status.success() {
        return Err(GitProgramError::Ended { verb: "ls-remote", status: output.status });
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let found = |wanted: &str| {
        let mut lines = text.lines().filter_map(|line| line.split_once('\t'));
        lines.find(|(_, name)| *name == wanted).map(|(commit, _)| commit.to_owned())
    };
    Ok(found(&peeled).or_else(|| found(&name)))
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
        let job = GitJob::tag(root, "v1.0.0", &first, "harbor 1.0.0");
        assert_eq!(job.words(), format!("git tag --annotate --message 'harbor 1.0.0' -- v1.0.0 {first}"));
        job.run().unwrap();
        assert_eq!(sample.git().tag_commit("v1.0.0").unwrap(), Some(first.clone()));
        let again = GitJob::tag(root, "v1.0.0", "HEAD", "again").run().unwrap_err();
        assert!(matches!(again, GitProgramError::Ended { verb: "tag", .. }), "{again}");
        assert_eq!(sample.git().tag_commit("v1.0.0").unwrap(), Some(first));
    }

    #[test]
    fn a_tag_is_pushed_and_found_on_the_other_side() {
        let (here, there) = (Sample::new(), Sample::new());
        here.write("a", "1").commit("first");
        let first = here.git().resolve("HEAD").unwrap();
        let git = here.git();
        let root = git.root().unwrap();
        let remote = there.path().to_str().unwrap();
        GitJob::tag(root, "v1.0.0", &first, "harbor 1.0.0").run().unwrap();
        assert_eq!(remote_tag(root, remote, "v1.0.0").unwrap(), None);
        GitJob::push(root, remote, "v1.0.0", Some((&first, "release"))).run().unwrap();
        assert_eq!(remote_tag(root, remote, "v1.0.0").unwrap(), Some(first.clone()));
        assert_eq!(there.git().resolve("refs/heads/release").unwrap(), first);
        assert!(remote_tag(root, "/nowhere/at/all", "v1.0.0").is_err());
    }
}
