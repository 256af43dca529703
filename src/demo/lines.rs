//! The lines of the drill: what is done, in which order, and how each line must end.
//!
//! Data, made for one example and its fault. Must never run anything. Enter at [`lines`] and [`opening`].

use std::fmt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;

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
    let mut variables: Vec<_> = GIT_ENVIRONMENT.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    variables.push(("RELCO_STATE_DIR", demo.place.state().display().to_string()));
    vec![
        Line::Enter(demo.place.project()),
        Line::Path(demo.place.bin()),
        Line::Export(variables),
        because(
            "nothing of a project runs before somebody trusted its text",
            ok(format!("relco trust --hash {}", trust_hash())),
        ),
        because("what is live before we begin", ok(format!("relco live set staging {LAST_RELEASE}"))),
        ok(format!("relco live set production {LAST_RELEASE}")),
        ok(format!("relco release start {NEXT_RELEASE}")),
    ]
}

/// The whole drill for the example's fault, begun at this moment.
pub fn lines(demo: &Demo, now: Timestamp) -> Vec<Line> {
    let mut all = opening(demo);
    all.extend(preparing());
    all.extend(agreeing(now));
    all.extend(staging());
    all.extend(production(demo.fault));
    all.extend(if demo.fault == Fault::None { shipped() } else { came_back(demo.fault) });
    all.extend(record());
    all
}

/// What is not ready gets ready.
fn preparing() -> Vec<Line> {
    vec![
        because("can we release?", ends(1, "relco status")),
        because("one pull request is missing in the changelog", ends(1, "relco changes")),
        ok(format!("./tools/list-change {NEXT_RELEASE} Changed \"Part of a day is charged by the hour (#123)\"")),
        because("backend and frontend disagree about the version", ends(1, "relco versions")),
        ok(format!("relco versions --set {NEXT_RELEASE}")),
        ok(format!("git commit --quiet --all --message \"Finish the preparation of {NEXT_RELEASE}\"")),
        because("this commit is what we ship", ok("relco release candidate")),
        ok(format!("relco notes --write docs/notes-{NEXT_RELEASE}.md")),
        because("what a command can check is checked", ok("relco check")),
        ok("relco item done full-tests --by li@example.com --note \"run 881, 214 passed\""),
    ]
}

/// The words that only people can give.
fn agreeing(now: Timestamp) -> Vec<Line> {
    vec![
        because(
            "what only people know",
            ok("relco gate pass security --by kim@example.com --evidence \"review of 12 March\""),
        ),
        ok("relco signoff qa yes --by li@example.com"),
        ok("relco signoff security yes --by kim@example.com"),
        ok("relco signoff \"product owner\" yes --by sam@example.com"),
        ok(format!("relco sheet set deploy-time \"{}\"", window(now))),
        ok("relco sheet set communication \"Ana tells everybody, Devin the pilots\""),
        ok("relco sheet agree --role \"release manager\" --by ana@example.com"),
        ok("relco sheet agree --role devops --by devin@example.com"),
        ok("relco gate list"),
    ]
}

fn staging() -> Vec<Line> {
    vec![
        because("a way back that nobody went is no way back", ok("relco rollback rehearse --env staging")),
        because("staging first", ok("relco deploy start --env staging --all")),
        because("can we release now?", ok("relco status")),
    ]
}

fn production(fault: Fault) -> Vec<Line> {
    let start = format!("relco deploy start --env production --all --confirm {NEXT_RELEASE}@production");
    let plan = because("production", ok("relco deploy plan --env production"));
    match fault {
        Fault::None => vec![
            plan,
            because("it runs on until it needs a person", ok(start)),
            ok("relco item done key-flows --by li@example.com --note \"dragged Selkie to the Timber Quay and back\""),
            ok("relco deploy next --env production --all"),
        ],
        Fault::Fail => {
            vec![plan, ends(4, start), because("what happened?", ok("relco log deploy-frontend | grep -n -A 3 ERROR"))]
        }
        Fault::Slow | Fault::Down => {
            vec![plan, ends(4, start), because("what happened?", ok("relco trigger list")), ok("relco incident report")]
        }
    }
}

fn shipped() -> Vec<Line> {
    vec![
        because("everybody knows", ok("relco notify list")),
        ok("relco notify told completion-harbour-office-1 --by ana@example.com"),
        ok("relco release tag --make"),
        ok("relco release complete"),
    ]
}

fn came_back(fault: Fault) -> Vec<Line> {
    let (cause, extent) = match fault {
        Fault::Fail => ("the frontend's asset list arrived cut off", "degraded"),
        Fault::Slow => ("the berth index was not built in production", "degraded"),
        Fault::Down | Fault::None => ("the soundings were older than the berth index", "full"),
    };
    vec![
        because("relco opened the incident itself; how bad is it?", ok("relco incident severity high")),
        ok("relco incident role commander ana@example.com"),
        because(
            "what was before is written down as it comes",
            ok("relco incident note -1m \"the harbour office calls: what is going on?\""),
        ),
        ok(format!("relco incident impact --started -10s --extent {extent} --affected \"the berth plan\"")),
        because("everybody hears, and when they hear more", ok("relco incident update --send")),
        ok(format!("relco incident status identified --note \"{cause}\"")),
        because("back to the version before", ok("relco rollback plan --env production")),
        because(
            "the decision, and what it leads to",
            ok(format!(
                "relco incident decide rollback --reason \"no fix in sight\" --confirm {LAST_RELEASE}@production"
            )),
        ),
        because("what the incident needs to be over", ok("relco incident impact --mitigated now --ended now")),
        ok("relco incident status resolved"),
        ok("relco incident update --send"),
        ok("relco incident note \"TODO @devin@example.com look for it in staging\""),
        ok(format!("relco incident write root-cause \"{cause}\"")),
        ok("relco incident write prevention \"look for it in staging\""),
        ok("relco item done document-incident"),
        ok("relco item done root-cause --by devin@example.com"),
        ok("relco item done plan-fix --note \"1.3.1 next week\""),
        ok("relco notify told rollback-harbour-office-1 --by ana@example.com"),
        ok("relco incident close"),
        because("what is left to be done comes back in the next release", ok("relco followup list")),
        ok("relco release abandon --reason \"rolled back, the fix comes with 1.3.1\""),
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

/// A window that holds this moment and at least half an hour more, in a zone in which that is the same day.
fn window(now: Timestamp) -> String {
    let utc = now.to_zoned(TimeZone::UTC);
    let (zone, here) =
        if utc.hour() < 22 { ("UTC", utc) } else { ("+03:00", now.to_zoned(TimeZone::fixed(jiff::tz::offset(3)))) };
    format!("{} {:02}:00-23:59 {zone}", here.date(), here.hour())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::place::Place;
    use crate::domain::window::DeploymentWindow;
    use jiff::ToSpan;

    fn demo(dir: &str, fault: Fault) -> Demo {
        Demo { place: Place::new(dir), fault, fresh: true, temporary: false }
    }

    fn now() -> Timestamp {
        "2026-03-13T10:20:30Z".parse().unwrap()
    }

    #[test]
    fn the_window_holds_the_whole_drill() {
        for hour in 0..24 {
            let now: Timestamp = format!("2026-03-13T{hour:02}:59:59Z").parse().unwrap();
            let window = DeploymentWindow::parse(&window(now)).unwrap();
            assert!(window.contains(now) && window.contains(now + 30.minutes()), "{hour}");
        }
    }

    #[test]
    fn every_line_is_one_line_that_a_shell_can_read() {
        for fault in Fault::ALL {
            for line in lines(&demo("/tmp/it's a place/ärger", fault), now()) {
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
            let all = lines(&demo("/x", fault), now());
            let at = all.iter().position(|line| line.to_string().contains("--env production")).unwrap();
            all[..at].to_vec()
        };
        for fault in Fault::ALL {
            assert_eq!(until_production(fault), until_production(Fault::None));
        }
    }
}
