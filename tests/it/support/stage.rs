//! A stage for the real binary: a place with a project in it, a shell in which only the search path is
//! the machine's, and transcripts that read the same on every machine.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use regex::Regex;
use relco::demo::place::Place;
use relco::demo::{Fault, build};

/// The real binary.
pub const RELCO: &str = env!("CARGO_BIN_EXE_relco");
/// When commits of the tests are made: a commit's id depends on it.
const COMMITTED: &str = "2026-03-13T10:00:00Z";

/// A temporary directory with a home, a state directory and a project, and what was said there.
pub struct Stage {
    keep: tempfile::TempDir,
    dir: PathBuf,
    project: PathBuf,
    told: String,
}

impl Stage {
    fn new(project: &str) -> Self {
        let keep = tempfile::tempdir().unwrap();
        let dir = keep.path().canonicalize().unwrap();
        fs::create_dir(dir.join("home")).unwrap();
        Self { project: dir.join(project), dir, keep, told: String::new() }
    }

    /// The example as it starts out, not ready and not trusted. Its services do not run.
    pub fn harbor() -> Self {
        let stage = Self::new("harbor");
        build::build(&Place::new(&stage.dir), Fault::None, "0", Path::new(RELCO)).unwrap();
        stage
    }

    /// A repository with one commit and nothing that relco knows.
    pub fn plain() -> Self {
        let stage = Self::empty();
        stage.write("README.md", "plain\n");
        stage.git(&["add", "--all"]);
        stage.git(&["commit", "--quiet", "--message", "Begin"]);
        stage
    }

    /// A repository without commits.
    pub fn empty() -> Self {
        let stage = Self::bare_directory();
        stage.git(&["init", "--quiet", "--template=", "."]);
        stage.git(&["symbolic-ref", "HEAD", "refs/heads/main"]);
        stage
    }

    /// A directory that is no repository.
    pub fn bare_directory() -> Self {
        let stage = Self::new("plain");
        fs::create_dir(&stage.project).unwrap();
        stage
    }

    /// Where everything lies.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The project.
    pub fn project(&self) -> &Path {
        &self.project
    }

    /// Writes a file of the project.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.project.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A program in this place: nothing of the machine's surroundings but the search path.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.project)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.dir.join("home"))
            .env("RELCO_STATE_DIR", self.dir.join("state"))
            .env("RELCO_ACTOR", "ana@example.com")
            .env("TZ", "UTC")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_DATE", COMMITTED)
            .env("GIT_COMMITTER_DATE", COMMITTED)
            .env("GIT_AUTHOR_NAME", "Ana")
            .env("GIT_AUTHOR_EMAIL", "ana@example.com")
            .env("GIT_COMMITTER_NAME", "Ana")
            .env("GIT_COMMITTER_EMAIL", "ana@example.com")
            .stdin(Stdio::null());
        command
    }

    /// Runs git, which must succeed.
    pub fn git(&self, arguments: &[&str]) {
        let output = self.command("git").args(arguments).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Runs relco.
    pub fn relco(&self, arguments: &[&str]) -> Output {
        self.command(RELCO).args(arguments).output().unwrap()
    }

    /// Runs relco, which must succeed, for what comes after it.
    pub fn must(&self, arguments: &[&str]) -> String {
        let output = self.relco(arguments);
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "relco {arguments:?}: {:?} {err}", output.status);
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a line of a shell in which `relco` is the real binary, and keeps what it said.
    pub fn tell(&mut self, line: &str) -> i32 {
        let bin = self.dir.join("shell");
        if !bin.exists() {
            fs::create_dir(&bin).unwrap();
            std::os::unix::fs::symlink(RELCO, bin.join("relco")).unwrap();
        }
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
        let output = self.command("sh").args(["-c", line]).env("PATH", path).output().unwrap();
        let code = output.status.code().unwrap_or(-1);
        self.told.push_str(&format!("$ {line}\n"));
        self.told.push_str(&String::from_utf8_lossy(&output.stdout));
        for said in String::from_utf8_lossy(&output.stderr).lines() {
            self.told.push_str(&format!("! {said}\n"));
        }
        self.told.push_str(&format!("exit {code}\n\n"));
        code
    }

    /// What was said so far, with what differs from run to run left out.
    pub fn transcript(&self) -> String {
        let mut text = self.told.replace(&*self.dir.to_string_lossy(), "DIR");
        for (pattern, instead) in [
            (r"\b\d+ (s|min|h) ago\b", "N s ago"),
            (r"\b[0-9a-f]{64}\b", "HASH"),
            (r"-[0-9a-f]{8}\b", "-ID"),
            (r"plan [0-9a-f]{7}\b", "plan HASH"),
            (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
            (r"started \d{4}-\d\d-\d\d \d\d:\d\d", "started TIME"),
            (r"(?m)^started    .*$", "started    TIME"),
            (r"byte \d+", "byte N"),
            (r"\d+ bytes", "N bytes"),
            (r"git version \S+.*", "git version N"),
        ] {
            text = Regex::new(pattern).unwrap().replace_all(&text, instead).into_owned();
        }
        text
    }
}

/// Waits until something holds.
#[track_caller]
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let limit = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < limit, "{what} did not come");
        std::thread::sleep(Duration::from_millis(5));
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // Kept until here so that the directory outlives whatever a test left in it.
        let _ = self.keep.path();
    }
}
