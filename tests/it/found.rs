//! Repositories as they are found in the world, which nobody prepared for relco: what is not there is said in words,
//! with the next thing to do, and nothing is claimed about it.

use relco::domain::event::CheckVerdict;
use relco::session::{Options, Session};

use crate::support::stage::Stage;

/// Runs relco, and gives its exit code and everything it said.
fn said(at: &Stage, line: &str) -> (Option<i32>, String) {
    let output = at.relco(&line.split(' ').collect::<Vec<_>>());
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

#[test]
fn a_version_cannot_be_set_where_no_file_is_known() {
    let at = Stage::plain();
    let (code, text) = said(&at, "versions --set 1.0.0");
    assert_eq!(code, Some(2));
    assert!(text.contains("no version file is known") && text.contains("[[version.file]]"), "{text}");
    at.must(&["release", "start", "1.0.0"]);
    let (_, text) = said(&at, "status");
    assert!(text.contains("release manager: name the files in relco.toml, as [[version.file]]"), "{text}");
    assert!(text.contains("there is no changelog  —  release manager: write a CHANGELOG.md"), "{text}");
}

#[test]
fn a_file_without_a_version_is_the_projects_matter() {
    let at = Stage::plain();
    at.write("pyproject.toml", "[project]\nname = \"plain\"\ndynamic = [\"version\"]\n");
    let (code, text) = said(&at, "versions --set 1.0.0");
    assert_eq!(code, Some(2));
    assert!(text.contains("takes its version from elsewhere") && text.contains("hint: name the files"), "{text}");
}

#[test]
fn a_changelog_that_is_not_there_is_not_named() {
    let at = Stage::plain();
    let (code, text) = said(&at, "changes");
    assert_eq!(code, Some(1));
    assert!(text.starts_with("the first commit to HEAD\n") && !text.contains("CHANGELOG.md"), "{text}");
}

#[test]
fn tags_are_named_as_the_newest_ones_where_the_file_does_not_say_it() {
    let at = Stage::plain();
    at.git(&["tag", "v0.9.4"]);
    at.write("relco.toml", "");
    at.git(&["add", "--all"]);
    let later = ["-c", "user.name=Ana", "commit", "--quiet", "--message", "Be found", "--date", "2026-03-14T10:00:00Z"];
    let mut commit = at.command("git");
    assert!(commit.args(later).env("GIT_COMMITTER_DATE", "2026-03-14T10:00:00Z").status().unwrap().success());
    at.git(&["tag", "1.58.0"]);
    let (code, text) = said(&at, "release start minor");
    assert_eq!((code, text.trim()), (Some(0), "release 1.59.0 started: minor, after 1.58.0"));
}

#[test]
fn a_changelog_that_nobody_kept_does_not_fill_the_screen() {
    let at = Stage::plain();
    at.write("CHANGELOG.md", "# Changelog\n\n## Unreleased\n\n- The first rope (#1)\n");
    at.git(&["add", "--all"]);
    for number in 1..=31 {
        let title = format!("Splice rope {number} (#{number})");
        at.git(&["commit", "--quiet", "--allow-empty", "--message", &title]);
    }
    let (_, text) = said(&at, "status");
    assert_eq!(text.matches("not in changelog").count(), 20, "{text}");
    assert!(text.contains("… and 10 more of these"), "{text}");
    assert_eq!(text.matches("no release is open").count(), 1, "{text}");
}

#[test]
fn an_empty_repository_is_one_that_wants_its_first_commit() {
    let at = Stage::empty();
    let (code, text) = said(&at, "release start minor");
    assert_eq!(code, Some(1));
    assert!(text.contains("no commits yet") && text.contains("hint: commit something first"), "{text}");
}

#[test]
fn every_problem_of_the_configuration_has_its_line() {
    let at = Stage::plain();
    at.write("relco.toml", "[project]\nnam = \"x\"\n[[gate]]\nid = \"qa\"\nchek = [\"x\"]\n");
    let (code, text) = said(&at, "doctor");
    assert_eq!(code, Some(3));
    let problems: Vec<&str> = text.lines().filter(|line| line.contains("did you mean")).collect();
    assert_eq!(problems.len(), 2, "{text}");
}

#[test]
fn a_state_directory_that_cannot_be_made_is_said_once_and_with_a_way_out() {
    let at = Stage::plain();
    // Nobody makes directories there, whoever they are.
    let (code, text) = said(&at, "--state-dir /proc/relco release start minor");
    assert_eq!(code, Some(3));
    assert_eq!(text.matches("/proc/relco").count(), 1, "{text}");
    assert!(text.contains("hint: --state-dir DIR"), "{text}");
}

#[test]
fn a_project_file_may_be_anything_and_is_read_only_when_it_is_a_file() {
    let at = Stage::plain();
    let file = at.project().join("relco.toml");
    let fifo = at.command("mkfifo").arg(&file).status().unwrap();
    assert!(fifo.success());
    let (code, text) = said(&at, "status");
    assert_eq!(code, Some(3));
    assert!(text.contains("it is no ordinary file"), "{text}");
    std::fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &file).unwrap();
    assert!(said(&at, "status").1.contains("it is no ordinary file"));
}

#[test]
fn a_file_that_runs_nothing_needs_no_trust_and_one_that_does_is_not_let_through_by_it() {
    let at = Stage::plain();
    at.write("relco.toml", "[environment.staging]\n[environment.production]\n");
    at.must(&["release", "start", "1.0.0"]);
    assert!(!said(&at, "status").1.contains("not trusted"));
    at.write("relco.toml", "[[gate]]\nid = \"qa\"\ncheck = [\"true\"]\n");
    at.git(&["add", "--all"]);
    at.git(&["commit", "--quiet", "--message", "Ask a command"]);
    assert!(said(&at, "status").1.contains("not trusted yet"));
    at.must(&["release", "candidate"]);
    // The plan that was frozen asks for something, whatever the file says now.
    at.write("relco.toml", "");
    assert!(said(&at, "status").1.contains("not trusted yet"));
    // Nor is it let through by a file that cannot be read, or by none.
    at.write("relco.toml", "[[[");
    assert!(said(&at, "status").1.contains("not trusted yet"));
    std::fs::remove_file(at.project().join("relco.toml")).unwrap();
    assert!(said(&at, "status").1.contains("not trusted yet"));
}

#[test]
fn who_is_not_known_is_told_what_goes_on_record() {
    let at = Stage::plain();
    let as_nobody = |arguments: &[&str]| {
        let mut command = at.command(env!("CARGO_BIN_EXE_relco"));
        let output = command.env_remove("RELCO_ACTOR").args(arguments).output().unwrap();
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    for text in [as_nobody(&["status"]), as_nobody(&["release", "start", "1.0.0"])] {
        assert!(text.contains("git does not know who you are, on record you are \"unknown\""), "{text}");
    }
    assert!(!said(&at, "status").1.contains("who you are"));
}

#[test]
fn a_first_release_and_a_project_that_is_not_there_are_said() {
    let at = Stage::plain();
    let (code, text) = said(&at, "--project nowhere status");
    assert_eq!(code, Some(2));
    assert!(text.contains("nowhere: No such file or directory"), "{text}");
    let (_, text) = said(&at, "release start minor");
    let first = "warning: no tag looks like v{version}: this counts as the first release (git fetch --tags)";
    assert!(text.contains(first), "{text}");
}

#[test]
fn what_is_shown_at_once_does_not_claim_checks_that_were_not_made() {
    let at = Stage::harbor();
    let options = Options {
        project: Some(at.project().to_owned()),
        state_dir: Some(at.dir().join("state")),
        ..Options::default()
    };
    let mut session = Session::open_unchecked(&options).unwrap();
    let at_once = session.snapshot().observed;
    assert!(at_once.head.is_some() && at_once.base.is_some());
    for name in ["changelog", "versions"] {
        let result = &at_once.checks[name];
        assert_eq!((result.verdict, result.summary.as_str()), (CheckVerdict::Unknown, "still looking…"), "{name}");
    }
    session.observe_outside();
    let later = session.snapshot().observed;
    assert_eq!(later, Session::open(&options).unwrap().snapshot().observed);
    assert_eq!(later.checks["changelog"].verdict, CheckVerdict::Bad);
}
