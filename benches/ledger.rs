//! What the ledger costs, as a ratio to `git log` with bodies over the same range, nothing cached; and how long
//! `relco status` takes in a repository with a long history.
//!
//! Run with `cargo bench --bench ledger`. The repositories are made by `git fast-import` and hold merges, squash titles,
//! trailers and direct commits. `LEDGER_REPO=DIR LEDGER_FROM=REV LEDGER_TO=REV` measures a repository of your own
//! beside them.

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RANGE: usize = 5_000;
const LONG: usize = 100_000;
const TAGS: usize = 2_000;
const ROUNDS: usize = 7;

fn main() -> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let range = dir.path().join("range");
    make(&range, RANGE, 1)?;
    compare("5,000 commits", &range, "v0.1.0", "HEAD")?;
    if let (Some(repo), Some(from), Some(to)) =
        (std::env::var_os("LEDGER_REPO"), std::env::var_os("LEDGER_FROM"), std::env::var_os("LEDGER_TO"))
    {
        compare("the repository given", &PathBuf::from(repo), &from.to_string_lossy(), &to.to_string_lossy())?;
    }
    let long = dir.path().join("long");
    make(&long, LONG, TAGS)?;
    status(&long, &dir.path().join("state"))
}

/// A repository with so many commits behind the first, tagged at even distances, and a changelog at its end that tells
/// what the commits since the last tag did, but for one in fifty.
fn make(dir: &Path, commits: usize, tags: usize) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(dir)?;
    git(dir, &["init", "--quiet", "--initial-branch=main"])?;
    let mut child =
        Command::new("git").current_dir(dir).args(["fast-import", "--quiet"]).stdin(Stdio::piped()).spawn()?;
    let mut stream = child.stdin.take().ok_or("no input")?;
    let every = commits / tags;
    let mut changelog = String::from("# Changelog\n\n## Unreleased\n\n");
    let mut mark = 0_usize;
    let mut tagged = 0_usize;
    let mut out = String::new();
    for number in 0..=commits {
        mark += 1;
        let message = message(number);
        let _ = write!(
            out,
            "commit refs/heads/main\nmark :{mark}\ncommitter Ana <ana@example.com> {} +0000\ndata {}\n{message}\n",
            1_600_000_000 + number * 60,
            message.len()
        );
        let source = format!("pub const N: usize = {number};\n");
        let _ = write!(out, "M 100644 inline src/f{}.rs\ndata {}\n{source}\n", number % 200, source.len());
        // The last tag stands well before the end, so that there is something to tell.
        if number % every == 0 && number < commits && tagged < tags {
            tagged += 1;
            let _ = write!(
                out,
                "tag v0.{tagged}.0\nfrom :{mark}\ntagger Ana <ana@example.com> 1600000000 +0000\ndata 1\nx\n"
            );
        }
        if number + every > commits && number % 50 != 7 {
            let _ = writeln!(changelog, "- Change {number} (#{number})");
        }
        if out.len() > 1 << 20 {
            stream.write_all(out.as_bytes())?;
            out.clear();
        }
    }
    let text = "docs: changelog";
    let _ = write!(
        out,
        "commit refs/heads/main\ncommitter Ana <ana@example.com> 1700000000 +0000\ndata {}\n{text}\nM 100644 inline CHANGELOG.md\ndata {}\n{changelog}\n",
        text.len(),
        changelog.len()
    );
    stream.write_all(out.as_bytes())?;
    drop(stream);
    if !child.wait()?.success() {
        return Err("git fast-import failed".into());
    }
    git(dir, &["reset", "--quiet", "--hard"])
}

/// Messages as they are: a title, some words, trailers.
fn message(number: usize) -> String {
    let words =
        "What was wrong stands here, in the words of whoever found it, over a line or two.\n".repeat(number % 7);
    match number % 5 {
        0 => format!("Merge pull request #{number} from ana/change-{number}\n\nChange {number}\n\n{words}"),
        1 => format!(
            "lib: change {number}\n\n{words}\nPR-URL: https://example.com/team/long/pull/{number}\nReviewed-By: Li\n"
        ),
        2 => format!("Tidy change {number}\n\n{words}"),
        _ => format!("Change {number} of the hull (#{number})\n\n{words}\nCo-authored-by: Li <li@example.com>\n"),
    }
}

fn git(dir: &Path, arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let status = Command::new("git").current_dir(dir).args(arguments).status()?;
    if status.success() { Ok(()) } else { Err(format!("git {arguments:?} failed").into()) }
}

/// Both programs in turns, their output thrown away.
fn compare(what: &str, repo: &Path, from: &str, to: &str) -> Result<(), Box<dyn Error>> {
    let state = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let (mut log, mut ledger, mut text) = (Vec::new(), Vec::new(), Vec::new());
    let relco = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relco"));
        command.arg("--project").arg(repo).arg("--state-dir").arg(state.path()).args(arguments);
        command
    };
    for _ in 0..ROUNDS {
        let mut git = Command::new("git");
        git.current_dir(repo).args(["log", "--format=%H%n%an%n%ae%n%B", &format!("{from}..{to}")]);
        log.push(run(&mut git)?);
        ledger.push(run(&mut relco(&["--json", "changes", "--from", from, "--to", to]))?);
        text.push(run(&mut relco(&["changes", "--from", from, "--to", to]))?);
    }
    let (log, ledger, text) = (median_ms(log), median_ms(ledger), median_ms(text));
    println!(
        "{what}: git log with bodies {log:.0} ms; relco changes --json {ledger:.0} ms, with what it learns {text:.0} ms"
    );
    println!("ratio {:.2} (bar: 3)", ledger / log);
    Ok(())
}

fn status(repo: &Path, state: &Path) -> Result<(), Box<dyn Error>> {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let mut relco = Command::new(env!("CARGO_BIN_EXE_relco"));
        relco.arg("--project").arg(repo).arg("--state-dir").arg(state).arg("status");
        times.push(run(&mut relco)?);
    }
    println!("status over {LONG} commits and {TAGS} tags: {:.0} ms (bar: 1000)", median_ms(times));
    Ok(())
}

/// How long a command takes; what it says and how it ends does not matter here.
fn run(command: &mut Command) -> Result<Duration, Box<dyn Error>> {
    let began = Instant::now();
    command.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    Ok(began.elapsed())
}

fn median_ms(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
}
