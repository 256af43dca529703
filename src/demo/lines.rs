//! The lines of the drill: what is done, in which order, and how each line must end.
//!
//! Data, made for one example and its fault. Must never run anything. Enter at [`lines`] and [`opening`].

use std::fmt;
use std::path::{Path, PathBuf};

use super::build::GIT_ENVIRONMENT;
use super::history::{LAST_RELEASE, NEXT_RELEASE};
use super::{Demo, Fault, trust_hash};

/// One line for a shell. Its `Display` is what is printed and what can be pasted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Go to this directory.
    Enter(PathBuf),
    /// Set these variables for what follows.
    Export(Vec<(&'static str, String)>),
    /// Look for programs in this directory first.
    Path(PathBuf),
    /// A command.
    Run {
        /// Why, in a few words, where a person would wonder.
        because: Option<&'static str>,
        /// The command, as a shell reads it.
        command: String,
        /// The exit code that it must end with.
        exit: i32,
    },
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Line::Enter(dir) => write!(f, "cd {}", quoted(dir)),
            Line::Path(bin) => write!(f, "export PATH={}:\"$PATH\"", quoted(bin)),
            Line::Export(variables) => {
                f.write_str("export")?;
                variables.iter().try_for_each(|(name, value)| write!(f, " {name}={}", quoted(Path::new(value))))
            }
            Line::Run { command, .. } => f.write_str(command),
        }
    }
}

/// A word that a shell reads back as this path.
fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+:@".contains(letter);
    if !text.is_empty() && text.chars().all(plain) {
        text.into_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn ok(command: impl Into<String>) -> Line {
    Line::Run { because: None, command: command.into(), exit: 0 }
}

fn ends(exit: i32, command: impl Into<String>) -> Line {
    Line::Run { because: None, command: command.into(), exit }
}

fn because(why: &'static str, line: Line) -> Line {
    match line {
        Line::Run { command, exit, .. } => Line::Run { because: Some(why), command, exit },
        other => other,
    }
}

/// What stands before the cockpit opens: the shell of the drill, trust, and the release itself.
pub fn opening(demo: &Demo) -> Vec<Line> {
    let mut git: Vec<_> = GIT_ENVIRONMENT.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    git.push(("RELCO_STATE_DIR", demo.place.state().display().to_string()));
    vec![
        Line::Enter(demo.place.project()),
        Line::Path(demo.place.bin()),
        Line::Export(git),
        because(
            "nothing of a project runs before somebody trusted its text",
            ok(format!("relco trust --hash {}", trust_hash())),
        ),
        ok(format!("relco release start {NEXT_RELEASE}")),
    ]
}

/// The whole drill for the example's fault.
pub fn lines(demo: &Demo) -> Vec<Line> {
    let mut all = opening(demo);
    all.extend(preparing());
    all.extend(staging());
    all.extend(production(demo.fault));
    all.extend(if demo.fault == Fault::None { shipped() } else { came_back(demo.fault) });
    all.extend(record());
    all
}

fn preparing() -> Vec<Line> {
    vec![
        because("can we release?", ends(1, "relco status")),
        because("one pull request is missing in the changelog", ends(1, "relco changes")),
        ok(format!("./tools/list-change {NEXT_RELEASE} Changed \"Part of a day is charged by the hour (#123)\"")),
        because("backend and frontend disagree about the version", ends(1, "relco versions")),
        ok(format!("relco versions --set {NEXT_RELEASE}")),
        ok("git commit --quiet --all --message \"Finish the preparation of 1.3.0\""),
        because("this commit is what we ship", ok("relco release candidate")),
        because("what can be checked is checked", ok("relco check")),
        ok("relco notes --write docs/notes.md"),
        ok("relco gate list"),
        ok("relco gate pass security --by kim@example.com --evidence \"review 2026-03\""),
        ok("relco signoff qa yes --by li@example.com"),
        ok("relco signoff security yes --by kim@example.com"),
        ok("relco signoff \"product owner\" yes --by sam@example.com"),
        ok("relco sheet agree --by ana@example.com"),
        ok("relco sheet agree --by devin@example.com"),
    ]
}

fn staging() -> Vec<Line> {
    vec![
        because("staging first", ok("relco deploy plan --env staging")),
        ok(format!("relco deploy start --env staging --all --confirm {NEXT_RELEASE}@staging")),
        because("a way back that nobody went is no way back", ok("relco rollback rehearse --env staging")),
        because("can we release now?", ok("relco status")),
    ]
}

fn production(fault: Fault) -> Vec<Line> {
    let start = format!("relco deploy start --env production --all --confirm {NEXT_RELEASE}@production");
    match fault {
        Fault::None => vec![because("production", ok(start))],
        Fault::Fail | Fault::Slow | Fault::Down => vec![because("production", ends(4, start)), ends(1, "relco status")],
    }
}

fn shipped() -> Vec<Line> {
    vec![because("everybody knows", ok("relco notify send")), ok("relco notify list"), ok("relco release complete")]
}

fn came_back(fault: Fault) -> Vec<Line> {
    let (cause, impact) = match fault {
        Fault::Fail => ("the frontend's asset list arrived cut off", "none"),
        Fault::Slow => ("the berth index was not built in production", "degraded"),
        Fault::Down | Fault::None => ("the soundings were older than the berth index", "full"),
    };
    vec![
        because("what happened?", ok("relco log deploy-frontend | tail -n 20")),
        ok("relco incident open"),
        ok("relco incident severity high"),
        ok("relco incident note \"the harbour office calls: the berth plan is wrong\""),
        ok("relco incident decide rollback --reason \"the version before is well\""),
        because("back to the version before", ok("relco rollback plan --env production")),
        ok(format!("relco rollback start --env production --all --confirm {LAST_RELEASE}@production")),
        ok(format!("relco incident impact {impact}")),
        ok("relco incident status resolved"),
        ok(format!("relco incident close --cause \"{cause}\" --prevention \"ask for it before the window\"")),
        because("everybody knows", ok("relco notify send")),
        ok("relco release abandon --reason \"rolled back\""),
    ]
}

fn record() -> Vec<Line> {
    vec![
        because("the record", ok("relco timeline")),
        ok("relco report"),
        ok("relco metrics"),
        ok("relco journal verify"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::place::Place;

    fn demo(dir: &str, fault: Fault) -> Demo {
        Demo { place: Place::new(dir), fault, fresh: true, temporary: false }
    }

    #[test]
    fn every_line_is_one_line_that_a_shell_can_read() {
        for fault in Fault::ALL {
            for line in lines(&demo("/tmp/it's a place/ärger", fault)) {
                let text = line.to_string();
                assert!(!text.contains('\n'), "{text}");
                let status = std::process::Command::new("sh").args(["-n", "-c", &text]).status().unwrap();
                assert!(status.success(), "{text}");
            }
        }
    }

    #[test]
    fn a_path_reads_back_as_it_was() {
        for path in ["/tmp/plain-1.0", "/tmp/it's $HOME and `id`", "/tmp/ä \"b\""] {
            let out = std::process::Command::new("sh")
                .args(["-c", &format!("printf %s {}", quoted(Path::new(path)))])
                .output()
                .unwrap();
            assert_eq!(String::from_utf8(out.stdout).unwrap(), path);
        }
    }

    #[test]
    fn only_production_tells_the_faults_apart() {
        let until_production = |fault| {
            let all = lines(&demo("/x", fault));
            let at = all.iter().position(|line| line.to_string().contains("--env production")).unwrap();
            all[..at].to_vec()
        };
        for fault in Fault::ALL {
            assert_eq!(until_production(fault), until_production(Fault::None));
        }
    }
}
