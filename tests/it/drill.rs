//! The drill, for each fault: the real binary makes the example, walks a whole release line by line, and production
//! itself answers at the end.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use relco::demo::Fault;
use relco::demo::lines::{Line, lines};
use relco::demo::place::Place;

const RELCO: &str = env!("CARGO_BIN_EXE_relco");

/// A place for one drill. Its services end with it, also when the test fails.
struct Drill {
    keep: tempfile::TempDir,
    fault: Fault,
}

impl Drill {
    fn new(fault: Fault) -> Self {
        Self { keep: tempfile::tempdir().unwrap(), fault }
    }

    fn dir(&self) -> PathBuf {
        self.keep.path().canonicalize().unwrap().join("drill")
    }

    fn command(&self, arguments: &[&str]) -> Output {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut command = Command::new(RELCO);
        command.args(arguments).env_clear().env("PATH", path).env("HOME", self.keep.path()).env("TZ", "UTC");
        command.current_dir(self.keep.path()).stdin(Stdio::null()).output().unwrap()
    }

    /// Runs it to its end; gives what it printed.
    fn run(&self) -> String {
        let dir = self.dir();
        let asked = ["demo", "--no-tui", "--fault", self.fault.word(), "--dir", dir.to_str().unwrap()];
        let output = self.command(&asked);
        let out = String::from_utf8(output.stdout).unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        let tail: Vec<&str> = out.lines().rev().take(40).collect();
        let tail: Vec<&str> = tail.into_iter().rev().collect();
        assert!(output.status.success(), "{:?}\n{}\n{err}", output.status, tail.join("\n"));
        out
    }

    /// Runs relco on what the drill left.
    fn relco(&self, arguments: &[&str]) -> String {
        let place = Place::new(self.dir());
        let (project, state) = (place.project(), place.state());
        let global = ["--project", project.to_str().unwrap(), "--state-dir", state.to_str().unwrap()];
        let output = self.command(&[&global[..], arguments].concat());
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Drill {
    fn drop(&mut self) {
        let _ = self.command(&["demo", "--stop", "--dir", &self.dir().to_string_lossy()]);
    }
}

/// The lines of the drill as they are printed, without the window, which depends on the clock.
fn told(dir: &Path, fault: Fault) -> Vec<String> {
    let demo = relco::demo::Demo { place: Place::new(dir), fault, fresh: true, temporary: false };
    let all = lines(&demo, jiff::Timestamp::now());
    all.iter().filter(|line| matches!(line, Line::Run { .. })).map(ToString::to_string).collect()
}

#[test]
fn without_a_fault_the_version_is_out_and_everybody_knows() {
    let drill = Drill::new(Fault::None);
    let out = drill.run();
    assert!(out.contains("production answers as 1.3.0: it is out, everybody knows, and here is the record."));
    for line in told(&drill.dir(), Fault::None).iter().filter(|line| !line.contains("deploy-time")) {
        assert!(out.contains(&format!("$ {line}\n")), "not printed: {line}");
    }
    let log = std::fs::read_to_string(Place::new(drill.dir()).project().join("docs/releases.md")).unwrap();
    assert!(log.lines().last().unwrap().contains("harbor 1.3.0 (minor)"), "{log}");
    assert!(drill.relco(&["release", "list"]).contains("complete"));
    assert!(drill.relco(&["status"]).starts_with("live: production 1.3.0 · staging 1.3.0\n"));
}

/// The report of the incident without what differs from run to run: days, times, lengths and measured numbers. Notices
/// arrive in any order, so those that follow each other are sorted.
fn normalised(report: &str) -> String {
    let mut text = report.to_owned();
    for (pattern, instead) in [
        (r"\d{4}-\d\d-\d\d", "DAY"),
        (r"\b\d\d:\d\d(:\d\d)?\b", "HH:MM"),
        (r"after (\d+ ms|[0-9:.]+)( s| min)?", "after TIME"),
        (r"(Time in each severity: high) .*", "$1 TIME"),
        (r"(UTC), (under )?\d+ (s|min)\n", "$1, TIME\n"),
        (r"(?m)^\| (~?)DAY HH:MM UTC \|", "| ${1}HH:MM |"),
    ] {
        text = regex::Regex::new(pattern).unwrap().replace_all(&text, instead).into_owned();
    }
    let numbers = regex::Regex::new(r"\d+(\.\d+)?").unwrap();
    let measured = |line: &str| {
        let told = ["2x response time): ", "trigger-slow failed ("].into_iter().find(|told| line.contains(told));
        told.and_then(|told| line.split_once(told)).zip(told).map_or_else(
            || line.to_owned(),
            |((head, words), told)| format!("{head}{told}{}", numbers.replace_all(words, "N")),
        )
    };
    let mut lines: Vec<String> = text.lines().map(measured).collect();
    // What ran in the seconds around the trigger, and in which order, is a matter of the machine: of it, only the trigger
    // itself is shown.
    assert!(lines.iter().any(|line| line.contains("proposes rollback") || line.contains("rollback proposed")));
    let fired = lines.iter().position(|line| line.contains("| INC-1 severity high |")).unwrap();
    let trigger = lines[..fired].iter().position(|line| line.contains("| trigger-slow failed ("));
    let mut at = 0;
    lines.retain(|line| {
        at += 1;
        at > fired || Some(at - 1) == trigger || !line.starts_with("| HH:MM |")
    });
    for block in lines.chunk_by_mut(|one, next| one.contains("| notice ") && next.contains("| notice ")) {
        block.sort();
    }
    lines.join("\n") + "\n"
}

/// The report that the documentation shows is the one that this drill leaves.
fn the_documented_report(report: &str) {
    const HEAD: &str = "<!-- What `relco demo --no-tui --fault slow` leaves behind, as `relco incident report` prints it; made by \
        `UPDATE_DOCS=1 cargo test --test it drill`. Days, times and \
        measured numbers are replaced, and what ran before the first word of a person is left out. -->\n\n";
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/incident-report.md");
    let now = format!("{HEAD}{}", normalised(report));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&page, &now).unwrap();
    }
    let documented = std::fs::read_to_string(&page).unwrap_or_default();
    assert_eq!(now, documented, "docs/incident-report.md is out of date: UPDATE_DOCS=1 writes it");
}

/// With a fault it comes back: production answers as before, the incident is told, and the version is known as bad.
fn comes_back(fault: Fault, seen: &[&str]) {
    let drill = Drill::new(fault);
    let out = drill.run();
    assert!(seen.iter().any(|words| out.contains(words)), "{fault:?} did not show as {seen:?}: {out}");
    assert!(out.contains("production answers as 1.2.4: it went wrong, it came back, and here is the record."));
    let status = drill.relco(&["status"]);
    assert!(status.starts_with("live: production 1.2.4 · staging 1.3.0\n"), "{status}");
    let report = drill.relco(&["incident", "report"]);
    for part in ["## Deployment Incident: INC-1", "### Timeline", "### Root Cause", "### Prevention", "[x] Rollback"] {
        assert!(report.contains(part), "{part} is missing in {report}");
    }
    assert!(drill.relco(&["followup", "list"]).contains("look for it in staging"));
    if fault == Fault::Slow {
        the_documented_report(&report);
    }
}

#[test]
fn a_failing_step_is_rolled_back() {
    comes_back(Fault::Fail, &["✖ deploy-frontend failed  exit 1; R3-deploy-frontend-1"]);
}

#[test]
fn a_slow_version_fires_the_trigger_and_is_rolled_back() {
    comes_back(Fault::Slow, &["\nR3 is paused: rollback proposed: Performance severely degraded"]);
}

#[test]
fn a_version_that_is_down_is_rolled_back() {
    // The trigger wants five probes, and the step that looks wants its turn: either may be first.
    let seen = ["\nR3 is paused: rollback proposed: api fails", "✖ health failed  exit 1; R3-health-1"];
    comes_back(Fault::Down, &seen);
}
