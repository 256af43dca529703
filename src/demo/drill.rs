//! The drill: a whole release of the example, told as lines for a shell, each run exactly as it is printed.
//!
//! A line is handed to `sh`, with `DIR/bin` first on the search path, where this very binary is called `relco`: what
//! works here works when it is pasted. Nothing is simulated, and no line knows the outcome of another: a line that
//! ends otherwise than expected ends the drill. Enter at [`run`]; the lines themselves stand in [`super::lines`].

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::history::{LAST_RELEASE, NEXT_RELEASE};
use super::lines::{Line, lines, opening};
use super::{Demo, DemoError, Fault, probe, running};

/// Variables of the caller that would make a line mean something else than it does in a fresh shell.
const NOT_OURS: [&str; 8] = [
    "RELCO_RELEASE",
    "RELCO_ACTOR",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_OBJECT_DIRECTORY",
    "CDPATH",
];

/// Prints and runs the whole drill for the example's fault.
///
/// # Errors
/// [`DemoError::Line`] at the first line that ends otherwise than it should, [`DemoError::End`] when production does
/// not answer as it should at the end.
pub fn run(demo: &Demo) -> Result<(), DemoError> {
    let mut shell = Shell::default();
    for line in lines(demo, jiff::Timestamp::now()) {
        shell.say(&line)?;
        let ended = shell.run(&line, Stdio::inherit(), Stdio::inherit())?;
        expect(&line, ended)?;
    }
    let live = reached(demo)?;
    let what = if demo.fault == Fault::None {
        "it is out, everybody knows, and here is the record"
    } else {
        "it went wrong, it came back, and here is the record"
    };
    say(&format!("\nproduction answers as {live}: {what}.\n"))
}

/// Runs only the lines that the cockpit needs to open on: they say little, and what they say goes to `DIR/opening.log`.
///
/// # Errors
/// As [`run`], with the log as the place to look.
pub fn open(demo: &Demo) -> Result<(), DemoError> {
    let path = demo.place.dir().join("opening.log");
    let log = std::fs::File::create(&path).map_err(|source| DemoError::File { path: path.clone(), source })?;
    let mut shell = Shell::default();
    for line in opening(demo) {
        let copies = log.try_clone().and_then(|out| Ok((out, log.try_clone()?)));
        let (out, err) = copies.map_err(|source| DemoError::File { path: path.clone(), source })?;
        let ended = shell.run(&line, out.into(), err.into())?;
        expect(&line, ended)?;
    }
    Ok(())
}

/// Asks production itself whether the drill came to the end that its fault leads to.
fn reached(demo: &Demo) -> Result<&'static str, DemoError> {
    let wanted = if demo.fault == Fault::None { NEXT_RELEASE } else { LAST_RELEASE };
    let port = running::port(&demo.place, "production").unwrap_or(0);
    let heard = probe::ask(&format!("http://127.0.0.1:{port}/health"));
    let found = heard.map_or_else(|error| error.to_string(), |heard| format!("{} {}", heard.status, heard.body.trim()));
    let well = found.starts_with("200 ") && found.contains(&format!("\"version\":\"{wanted}\""));
    if well { Ok(wanted) } else { Err(DemoError::End { wanted, found }) }
}

fn expect(line: &Line, ended: Option<i32>) -> Result<(), DemoError> {
    match line {
        Line::Run { command, exit, .. } if ended != Some(*exit) => {
            Err(DemoError::Line { line: command.clone(), wanted: *exit, ended })
        }
        _ => Ok(()),
    }
}

/// What a person's shell would have become after the lines so far.
#[derive(Debug, Default)]
struct Shell {
    dir: Option<PathBuf>,
    variables: BTreeMap<&'static str, String>,
}

impl Shell {
    fn say(&self, line: &Line) -> Result<(), DemoError> {
        match line {
            Line::Run { because: Some(why), .. } => say(&format!("\n# {why}\n$ {line}\n")),
            _ => say(&format!("$ {line}\n")),
        }
    }

    /// Runs a line; the exit code of a command, `None` when a signal ended it.
    fn run(&mut self, line: &Line, out: Stdio, err: Stdio) -> Result<Option<i32>, DemoError> {
        let command = match line {
            Line::Enter(dir) => {
                self.dir = Some(dir.clone());
                return Ok(Some(0));
            }
            Line::Export(variables) => {
                self.variables.extend(variables.iter().cloned());
                return Ok(Some(0));
            }
            Line::Path(bin) => {
                let path = std::env::var("PATH").unwrap_or_default();
                self.variables.insert("PATH", format!("{}:{path}", bin.display()));
                return Ok(Some(0));
            }
            Line::Run { command, .. } => command,
        };
        let mut shell = Command::new("sh");
        for name in NOT_OURS {
            shell.env_remove(name);
        }
        if let Some(dir) = &self.dir {
            shell.current_dir(dir);
        }
        let status = shell
            .args(["-c", command])
            .envs(&self.variables)
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .status()
            .map_err(|source| DemoError::File { path: PathBuf::from("sh"), source })?;
        Ok(status.code())
    }
}

/// Prints at once: the next line's own output goes to the same place, past our buffer.
fn say(text: &str) -> Result<(), DemoError> {
    let mut out = io::stdout();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|source| DemoError::File { path: PathBuf::from("standard output"), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn command(command: &str, exit: i32) -> Line {
        Line::Run { because: None, command: command.to_owned(), exit }
    }

    #[test]
    fn a_line_finds_what_the_lines_before_it_set() {
        let keep = tempfile::tempdir().unwrap();
        let dir = keep.path().canonicalize().unwrap();
        let relco = dir.join("relco");
        fs::write(&relco, "#!/bin/sh\ntest \"$1\" = \"two words\" && exit 7\n").unwrap();
        fs::set_permissions(&relco, fs::Permissions::from_mode(0o755)).unwrap();
        let mut shell = Shell::default();
        let mut ends = |line: Line| shell.run(&line, Stdio::null(), Stdio::null()).unwrap();
        ends(Line::Path(dir.clone()));
        ends(Line::Export(vec![("RELCO_STATE_DIR", "/a b/state".to_owned())]));
        ends(Line::Enter(dir.clone()));
        assert_eq!(ends(command("relco 'two words'", 7)), Some(7));
        assert_eq!(ends(command("test \"$RELCO_STATE_DIR\" = '/a b/state' && test -x ./relco", 0)), Some(0));
        assert_eq!(ends(command("kill -9 $$", 0)), None);
    }

    #[test]
    fn a_line_that_ends_otherwise_stops_the_drill() {
        assert!(expect(&command("relco status", 1), Some(1)).is_ok());
        let error = expect(&command("relco status", 1), Some(0)).unwrap_err();
        assert_eq!(error.to_string(), "the drill stopped: `relco status` ended with exit 0, expected exit 1");
        assert_eq!(error.exit_code(), 1);
        assert!(expect(&command("relco status", 0), None).is_err());
    }
}
