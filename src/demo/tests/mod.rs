//! The example as a whole: made, deployed by its own scripts as a person would run them, asked over HTTP, and stopped.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::place::{ENVIRONMENTS, Place};
use super::{Fault, build, probe, running, service};

mod project;
mod scripts;
mod services;

/// This test binary in the part of `relco`: it does what the arguments in a variable ask for. Without them it passes.
#[test]
fn as_relco() {
    let Some(words) = std::env::var_os("RELCO_TEST_ARGS") else { return };
    let words: Vec<OsString> = words.into_string().unwrap().lines().map(OsString::from).collect();
    let code = match words[0].to_str().unwrap() {
        running::SERVICE_COMMAND => service::run(&words[1..]),
        "demo-probe" => probe::run(&words[1..]),
        "build" => {
            build::build(&Place::new(&words[1]), Fault::None, "0", Path::new("/nowhere/relco")).unwrap();
            0
        }
        other => panic!("{other}"),
    };
    std::process::exit(i32::from(code));
}

/// An example in a temporary directory, whose services end with it.
struct Example {
    place: Place,
    exe: PathBuf,
    _keep: tempfile::TempDir,
}

impl Example {
    fn new(fault: Fault) -> Self {
        let keep = tempfile::tempdir().unwrap();
        let exe = stand_in(keep.path());
        let dir = keep.path().canonicalize().unwrap().join("demo");
        fs::create_dir(&dir).unwrap();
        let place = Place::new(dir);
        build::build(&place, fault, "0", &exe).unwrap();
        Example { place, exe, _keep: keep }
    }

    fn with_services(fault: Fault) -> Self {
        let example = Example::new(fault);
        running::start(&example.place, &example.exe).unwrap();
        example
    }

    /// Runs a script of the project as a step of a release from 1.2.4 to 1.3.0 would run.
    fn script(&self, environment: &str, line: &str) -> Output {
        self.script_in(&self.place.project(), environment, line).output().unwrap()
    }

    fn script_in(&self, dir: &Path, environment: &str, line: &str) -> Command {
        let mut words = line.split(' ');
        let mut command = Command::new(words.next().unwrap());
        command
            .args(words)
            .current_dir(dir)
            .env("HARBOR_HOME", self.place.dir())
            .env("PORT", running::port(&self.place, environment).unwrap_or(0).to_string())
            .env("TARGET", environment)
            .env("RELCO_ENV", environment)
            .env("RELCO_VERSION", "1.3.0")
            .env("RELCO_FROM_VERSION", "1.2.4")
            .env("RELCO_COMMIT", "c0ffee");
        command
    }

    /// Runs scripts that must all end well.
    fn all_well(&self, environment: &str, lines: &[&str]) {
        for line in lines {
            let output = self.script(environment, line);
            assert!(output.status.success(), "{environment}: {line}\n{}", both(&output));
        }
    }

    fn ask(&self, environment: &str, path: &str) -> probe::Heard {
        probe::ask(&format!("http://127.0.0.1:{}{path}", running::port(&self.place, environment).unwrap())).unwrap()
    }

    fn git(&self, args: &[&str]) -> String {
        git(&self.place.project(), args)
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        running::stop(&self.place).ok();
    }
}

/// A program that answers as `relco` does to the hidden subcommands.
fn stand_in(dir: &Path) -> PathBuf {
    let exe = dir.join("relco");
    let tests = std::env::current_exe().unwrap();
    let text = format!(
        "#!/bin/sh\nRELCO_TEST_ARGS=$(printf '%s\\n' \"$@\") exec '{}' --exact demo::tests::as_relco --nocapture --quiet\n",
        tests.display()
    );
    fs::write(&exe, text).unwrap();
    fs::set_permissions(&exe, fs::Permissions::from_mode(0o755)).unwrap();
    exe
}

fn git(dir: &Path, args: &[&str]) -> String {
    let output = Command::new("git").args(args).current_dir(dir).envs(build::GIT_ENVIRONMENT).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", both(&output));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn both(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Every file and link below a directory, with its content.
fn snapshot(dir: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut todo = vec![dir.to_owned()];
    while let Some(next) = todo.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(dir).unwrap().display().to_string();
            if path.is_symlink() {
                found.insert(name, fs::read_link(&path).unwrap().display().to_string());
            } else if path.is_dir() {
                todo.push(path);
            } else {
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}
