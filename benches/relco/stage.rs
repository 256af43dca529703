//! The projects that are measured: the example as its captain first sees it, and one whose steps flood.

use std::fs;
use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use relco::demo::place::Place;
use relco::demo::{Fault, build};
use relco::supervisor::record::{Ended, Fact, History};

use super::process;

/// The program that is measured.
pub const RELCO: &str = env!("CARGO_BIN_EXE_relco");
/// A line of the flood; with its end it has 62 bytes.
pub const LINE: &str = "0123456789012345678901234567890123456789012345678901234567890";
/// Lines of a flood.
pub const LINES: u64 = 2_000_000;
/// Bytes of the one long line.
pub const LONG_LINE_BYTES: u64 = 100_000_000;

/// A step of a deployment.
pub struct Step {
    /// Its id.
    pub name: String,
    /// What the shell does.
    pub script: String,
    /// It wants a terminal.
    pub tty: bool,
}

/// A program that shows the same kind of thing, if it is installed here.
pub fn peer(name: &str) -> bool {
    let asked = Command::new(name).arg("--version").stdin(Stdio::null()).output();
    asked.is_ok_and(|output| output.status.success())
}

/// A project in a directory of its own, with a release that was started.
pub struct Stage {
    dir: PathBuf,
    project: PathBuf,
}

impl Stage {
    /// The example, with its next release just begun.
    pub fn harbor(dir: &Path) -> Result<Self> {
        fs::create_dir_all(dir)?;
        build::build(&Place::new(dir), Fault::None, "0", Path::new(RELCO)).map_err(Error::other)?;
        let stage = Self { dir: dir.to_owned(), project: dir.join("harbor") };
        stage.relco(&["trust", "--yes"])?;
        stage.relco(&["release", "start", "minor"])?;
        Ok(stage)
    }

    /// A project whose deployment has these steps. A deployment to staging is begun, and waits for a word before each
    /// step.
    pub fn of_steps(dir: &Path, steps: &[Step]) -> Result<Self> {
        let project = dir.join("flood");
        fs::create_dir_all(&project)?;
        let mut text = "[project]\nname = \"flood\"\ntag = \"v{version}\"\n\n[plan]\ndefaults = false\n\n\
                        [environment.staging]\n[environment.production]\n"
            .to_owned();
        for Step { name, script, tty } in steps {
            let run = ["sh", "-c", script];
            let step = format!("id = \"{name}\"\ntitle = \"Step {name}\"\nclass = \"check\"\nrun = {run:?}\n");
            text.push_str(&format!("\n[[deploy.step]]\n{step}"));
            if *tty {
                text.push_str("tty = true\n");
            }
        }
        fs::write(project.join("relco.toml"), text)?;
        let stage = Self { dir: dir.to_owned(), project };
        for arguments in
            [&["init", "--quiet", "--template="][..], &["add", "--all"], &["commit", "--quiet", "--message", "Begin"]]
        {
            stage.run(stage.command("git").args(arguments))?;
        }
        for line in ["trust --yes", "release start 1.0.0", "release candidate", "deploy start --env staging"] {
            stage.relco(&line.split(' ').collect::<Vec<_>>())?;
        }
        Ok(stage)
    }

    /// A program in this project: nothing of the machine's surroundings but the search path.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.project)
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("HOME", &self.dir)
            .env("LANG", "C.UTF-8")
            .env("RELCO_STATE_DIR", self.dir.join("state"))
            .env("RELCO_ACTOR", "ana@example.com")
            .env("GIT_CONFIG_NOSYSTEM", "1");
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "Ana").env(format!("GIT_{who}_EMAIL"), "ana@example.com");
        }
        command
    }

    /// The program that is measured, in this project.
    pub fn cockpit(&self) -> Command {
        self.command(RELCO)
    }

    fn relco(&self, arguments: &[&str]) -> Result<()> {
        self.run(self.command(RELCO).args(arguments))
    }

    fn run(&self, command: &mut Command) -> Result<()> {
        let output = command.stdin(Stdio::null()).output()?;
        if output.status.success() {
            return Ok(());
        }
        Err(Error::other(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr))))
    }

    /// Lets the run take its next step, this one, without waiting for it.
    pub fn begin(&self, step: &str) -> Result<Attempt> {
        let arguments = ["deploy", "next", "--env", "staging", "--json"];
        let command = self.command(RELCO).args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
        Ok(Attempt { dir: self.attempt(step)?, command })
    }

    /// Where a step's log is.
    pub fn attempt_log(&self, step: &str) -> Result<PathBuf> {
        Ok(self.attempt(step)?.join(relco::steplog::LOG_NAME))
    }

    fn attempt(&self, step: &str) -> Result<PathBuf> {
        let states = fs::read_dir(self.dir.join("state"))?.flatten().map(|entry| entry.path().join("1.0.0"));
        let release =
            states.into_iter().find(|dir| dir.is_dir()).ok_or_else(|| Error::other("no release is on record"))?;
        Ok(release.join("attempts").join(format!("R1-{step}-1")))
    }
}

/// A step on its way.
pub struct Attempt {
    /// Where its record and its log are.
    pub dir: PathBuf,
    command: std::process::Child,
}

/// How an attempt went.
pub struct Went {
    /// From the step's start on record to its end on record, the log synced.
    pub took: Duration,
    /// What the end says.
    pub ended: Ended,
    /// The most memory that the supervisor ever had.
    pub supervisor_kib: u64,
}

impl Attempt {
    /// Whether its end is on record.
    pub fn is_over(&self) -> bool {
        History::read(&self.dir).is_ok_and(|history| history.is_some_and(|history| history.ended().is_some()))
    }

    /// Waits for the step's first byte of output.
    pub fn wait_for_output(&self) -> Result<()> {
        let limit = Instant::now() + Duration::from_secs(60);
        while std::fs::metadata(self.dir.join(relco::steplog::LOG_NAME)).map_or(0, |about| about.len()) == 0 {
            if Instant::now() > limit {
                return Err(Error::other("the step prints nothing"));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    /// Waits for the end, and for the command that conducts the run. Looks at the supervisor's memory on the way.
    pub fn wait(mut self) -> Result<Went> {
        let mut supervisor_kib = 0;
        let mut supervisor = None;
        while self.command.try_wait()?.is_none() {
            if supervisor.is_none() {
                let history = History::read(&self.dir)?;
                supervisor = history.and_then(|history| {
                    history.facts.iter().find_map(|at| match at.fact {
                        Fact::Accepted { supervisor, .. } => u32::try_from(supervisor).ok(),
                        _ => None,
                    })
                });
            }
            if let Some(pid) = supervisor {
                supervisor_kib = supervisor_kib.max(process::peak_kib(pid).unwrap_or(0));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        let history = History::read(&self.dir)?.ok_or_else(|| Error::other("the attempt has no record"))?;
        let (started, ended) = (history.started(), history.ended());
        let (started, ended) = started.zip(ended).ok_or_else(|| Error::other("the attempt did not end"))?;
        let time = |at: &str| at.parse::<jiff::Timestamp>().map_err(Error::other);
        let took = time(&ended.at)?.duration_since(time(&started.at)?);
        Ok(Went { took: Duration::try_from(took).map_err(Error::other)?, ended: ended.fact.clone(), supervisor_kib })
    }
}
