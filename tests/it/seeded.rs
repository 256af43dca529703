//! A release that is ready, and one defect put into it at a time: each gives exactly one line of `relco status`, with the
//! role whose job it is, and several stand in the order in which to solve them.

use crate::support::stage::Stage;

const CONFIG: &str = r#"
[project]
name = "harbor"

[plan]
defaults = false

[changelog]
path = "CHANGELOG.md"

[notes]
upgrade = "UPGRADING.md"

[[version.file]]
name = "backend"
path = "backend/Cargo.toml"

[[version.file]]
name = "frontend"
path = "frontend/package.json"

[environment.staging]
[environment.production]

[[gate]]
id = "qa"
title = "Gate 8: QA"
role = "qa"

[[gate]]
id = "security"
title = "Gate 10: Security"
role = "security"

[[item]]
id = "versions"
list = "pre-release"
title = "Version bumped in all files"
role = "release manager"
auto = "versions"

[[item]]
id = "changelog"
list = "pre-release"
title = "Changelog updated"
role = "release manager"
auto = "changelog"

[[item]]
id = "candidate"
list = "pre-release"
title = "Candidate set, tracked files clean"
role = "release manager"
auto = "git"

[[item]]
id = "notes"
list = "pre-release"
title = "Release notes drafted"
role = "release manager"
auto = "notes"

[[item]]
id = "migration-guide"
list = "pre-release"
title = "Migration guide"
role = "developer"
auto = "upgrade"
breaking = true

[[item]]
id = "pipeline"
list = "pre-release"
title = "CI/CD pipeline green"
role = "devops"
run = ["./pipeline"]

[[item]]
id = "staging-deployed"
list = "pre-release"
title = "Staging deployment successful"
role = "devops"
auto = "deployed staging"

[[item]]
id = "staging-smoke"
list = "pre-release"
title = "Staging smoke tests passed"
role = "qa"
auto = "verified staging"

[[item]]
id = "sign-off-security"
list = "pre-release"
title = "Security sign-off"
role = "security"
auto = "sign-off security"

[[deploy.step]]
id = "deploy-backend"
title = "Deploy backend services"
role = "devops"
run = ["./deploy"]
undo = ["true"]

[[item]]
id = "smoke"
list = "verification"
title = "Smoke tests passing"
role = "qa"
run = ["./smoke"]
"#;

const CHANGELOG: &str = "# Changelog\n\n## 1.1.0\n\n- Ropes (#2)\n- Anchor (#3)\n\n## 1.0.0\n\n- First (#1)\n";
const NOTES: &str =
    "## Release Notes: v1.1.0\n\n### Summary\n\nRopes hold.\n\n### Upgrade Instructions\n\nSee UPGRADING.md.\n";

fn script(at: &Stage, path: &str, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    at.write(path, &format!("#!/bin/sh\n{text}\n"));
    std::fs::set_permissions(at.project().join(path), std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn versions(at: &Stage, backend: &str, frontend: &str) {
    at.write("backend/Cargo.toml", &format!("[package]\nname = \"backend\"\nversion = \"{backend}\"\n"));
    at.write("frontend/package.json", &format!("{{\n  \"name\": \"frontend\",\n  \"version\": \"{frontend}\"\n}}\n"));
}

fn commit(at: &Stage, title: &str) {
    at.git(&["add", "--all"]);
    at.git(&["commit", "--quiet", "--allow-empty", "--message", title]);
}

/// What is put wrong: in the files before they are committed, or in what is said and done afterwards.
#[derive(Clone, Copy)]
enum Seed {
    Files(fn(&Stage)),
    /// Instead of this command, which the walk would give.
    Instead(&'static str, &'static [&'static str]),
    After(fn(&Stage)),
}

const WALK: [(&str, &[&str]); 7] = [
    ("start", &["release", "start", "1.1.0"]),
    ("candidate", &["release", "candidate"]),
    ("notes", &["notes", "--write", "../notes.md"]),
    ("gate qa", &["gate", "pass", "qa"]),
    ("gate security", &["gate", "pass", "security"]),
    ("sign-off", &["signoff", "security", "yes"]),
    ("check", &["check"]),
];

fn harbor(seeds: &[Seed]) -> Stage {
    let at = Stage::plain();
    at.write("relco.toml", CONFIG);
    for (path, text) in [("pipeline", "true"), ("deploy", "true"), ("smoke", "true")] {
        script(&at, path, text);
    }
    versions(&at, "1.0.0", "1.0.0");
    commit(&at, "Start (#1)");
    at.git(&["tag", "v1.0.0"]);
    at.write("ropes.txt", "long\n");
    commit(&at, "Ropes (#2)");
    at.write("anchor.txt", "heavy\n");
    commit(&at, "Anchor (#3)");
    versions(&at, "1.1.0", "1.1.0");
    at.write("CHANGELOG.md", CHANGELOG);
    std::fs::write(at.dir().join("notes.md"), NOTES).unwrap();
    for seed in seeds {
        if let Seed::Files(seed) = seed {
            seed(&at);
        }
    }
    commit(&at, "Release 1.1.0");
    at.must(&["trust", "--yes"]);
    for (name, words) in WALK {
        let instead = seeds.iter().find_map(|seed| match seed {
            Seed::Instead(of, words) if *of == name => Some(*words),
            _ => None,
        });
        let words = instead.unwrap_or(words);
        if !words.is_empty() {
            at.relco(words);
        }
    }
    let words = ["deploy", "start", "--env", "staging", "--all"];
    at.relco(&words);
    for seed in seeds {
        if let Seed::After(seed) = seed {
            seed(&at);
        }
    }
    at
}

/// Every line of the status that names somebody, and the same of its document.
fn status(at: &Stage) -> (Vec<String>, Vec<(String, String)>) {
    let text = at.relco(&["status"]);
    let text = String::from_utf8(text.stdout).unwrap();
    let lines = text.lines().filter(|line| line.contains("  —  ")).map(|line| line.trim().to_owned()).collect();
    let document = at.relco(&["--json", "status"]);
    let document: serde_json::Value = serde_json::from_slice(&document.stdout).unwrap();
    let all = ["blockers", "warnings"].iter().flat_map(|key| document[key].as_array().unwrap().clone());
    let told = all.map(|one| (one["what"].as_str().unwrap().to_owned(), one["role"].as_str().unwrap().to_owned()));
    (lines, told.collect())
}

#[track_caller]
fn one_line(name: &str, seed: Seed, what: &str, role: &str) {
    let at = harbor(&[seed]);
    let (lines, told) = status(&at);
    assert_eq!(lines.len(), 1, "{name}: {lines:#?}");
    assert!(lines[0].contains(what) && lines[0].contains(&format!("—  {role}")), "{name}: {}", lines[0]);
    assert_eq!(told.len(), 1, "{name}: {told:#?}");
    assert!(told[0].0.contains(what) && told[0].1 == role, "{name}: {told:?}");
}

#[test]
fn a_release_without_defects_is_ready() {
    let at = harbor(&[]);
    let output = at.relco(&["status"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && text.contains("  ready"), "{text}");
    assert_eq!(status(&at), (Vec::new(), Vec::new()));
}

#[test]
fn what_is_wrong_in_the_files_is_one_line_each() {
    let untold = |at: &Stage| at.write("CHANGELOG.md", &CHANGELOG.replace("- Anchor (#3)\n", ""));
    one_line("changelog", Seed::Files(untold), "PR #3 not in changelog", "developer");
    let no_section = |at: &Stage| at.write("CHANGELOG.md", "# Changelog\n\n## 1.0.0\n\n- First (#1)\n");
    one_line("section", Seed::Files(no_section), "CHANGELOG.md has no section 1.1.0", "release manager");
    let disagree = |at: &Stage| versions(at, "1.1.0", "1.0.9");
    one_line("versions", Seed::Files(disagree), "backend says v1.1.0, frontend says v1.0.9", "release manager");
    let unset = |at: &Stage| versions(at, "1.0.0", "1.0.0");
    one_line("unset", Seed::Files(unset), "backend and frontend say v1.0.0, the release is v1.1.0", "release manager");
    let broken = |at: &Stage| at.write("frontend/package.json", "{\n  \"version\": \"1.1.0\n}\n");
    one_line("broken", Seed::Files(broken), "frontend/package.json:", "release manager");
    let stray = |at: &Stage| at.write("README.md", "# Harbor\n\nInstall harbor 1.0.0\n");
    one_line("stray", Seed::Files(stray), "1 line still says v1.0.0: README.md:3", "release manager");
}

#[test]
fn what_breaks_wants_its_upgrade_section_once() {
    let breaks = |at: &Stage| commit(at, "feat!: knots have other names (#3)\n\nBREAKING CHANGE: bowline is gone");
    one_line("breaking", Seed::Files(breaks), "UPGRADING.md", "developer");
}

#[test]
fn what_nobody_said_or_somebody_refused_is_one_line_each() {
    one_line("gate", Seed::Instead("gate qa", &[]), "Gate 8: QA", "qa");
    let refused: &[&str] = &["gate", "fail", "security", "--reason", "a key in the image"];
    one_line("refused", Seed::Instead("gate security", refused), "Gate 10: Security failed", "security");
    one_line("sign-off", Seed::Instead("sign-off", &[]), "Need security approval before release", "security");
    let no: &[&str] = &["signoff", "security", "no", "--note", "two findings are open"];
    one_line("no", Seed::Instead("sign-off", no), "security said no: two findings are open", "security");
    one_line("notes", Seed::Instead("notes", &[]), "Release notes drafted: none written yet", "release manager");
}

#[test]
fn what_fails_in_staging_is_one_line_each() {
    let fails = |at: &Stage| script(at, "deploy", "echo no room; exit 1");
    one_line("deployment", Seed::Files(fails), "deployment of staging: deploy-backend failed", "devops");
    let fails = |at: &Stage| script(at, "smoke", "echo 2 of 9 failed; exit 1");
    one_line("smoke", Seed::Files(fails), "deployment of staging: smoke failed", "qa");
    let fails = |at: &Stage| script(at, "pipeline", "exit 1");
    one_line("pipeline", Seed::Files(fails), "CI/CD pipeline green failed", "devops");
    let given_up = |at: &Stage| {
        script(at, "smoke", "exit 1");
        commit(at, "fix: nothing (#2)");
        at.must(&["release", "candidate"]);
        for again in [&["gate", "pass", "qa"][..], &["gate", "pass", "security"], &["signoff", "security", "yes"]] {
            at.must(again);
        }
        at.relco(&["check"]);
        at.relco(&["deploy", "start", "--env", "staging", "--all"]);
        at.must(&["deploy", "abort", "--env", "staging", "--reason", "the smoke tests are red"]);
    };
    one_line("given up", Seed::After(given_up), "Smoke tests failing post-deploy", "qa");
}

#[test]
fn what_lies_about_uncommitted_is_one_line_before_the_candidate_and_after() {
    let changed = |at: &Stage| at.write("ropes.txt", "longer\n");
    one_line("dirty", Seed::After(changed), "changes are in no commit: ropes.txt", "release manager");
    let at = harbor(&[Seed::Instead("candidate", &[])]);
    changed(&at);
    let (lines, _) = status(&at);
    let about: Vec<&String> = lines.iter().filter(|line| line.contains("ropes.txt")).collect();
    assert_eq!(about.len(), 1, "{lines:#?}");
    assert!(about[0].contains("no candidate yet, and changes are in no commit: ropes.txt"), "{}", about[0]);
    assert!(about[0].ends_with("release manager: commit or stash them, then relco release candidate"), "{}", about[0]);
}

#[test]
fn a_submodule_that_is_not_as_committed_is_not_clean() {
    let with_submodule = |at: &Stage| {
        at.git(&["init", "--quiet", "../lines"]);
        let lines = at.dir().join("lines");
        let inside = |words: &[&str]| {
            let words: Vec<&str> = ["-C", lines.to_str().unwrap()].iter().chain(words).copied().collect();
            at.git(&words);
        };
        inside(&["commit", "--quiet", "--allow-empty", "--message", "one"]);
        at.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../lines", "vendor/lines"]);
    };
    let moved = |at: &Stage| {
        at.git(&["-C", "vendor/lines", "commit", "--quiet", "--allow-empty", "--message", "two"]);
    };
    let at = harbor(&[Seed::Files(with_submodule)]);
    assert_eq!(status(&at).0, Vec::<String>::new());
    moved(&at);
    let (lines, told) = status(&at);
    assert_eq!((lines.len(), told.len()), (1, 1), "{lines:#?}");
    assert!(lines[0].contains("vendor/lines (submodule at "), "{}", lines[0]);
    let output = at.relco(&["release", "candidate"]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && text.contains("vendor/lines (submodule at "), "{text}");
    at.git(&["-C", "vendor/lines", "reset", "--quiet", "--hard", "HEAD~1"]);
    at.write("vendor/lines/untracked.txt", "of nobody\n");
    assert_eq!(status(&at).0, Vec::<String>::new(), "what git does not track is not looked at there either");
}

#[test]
fn several_defects_stand_in_the_order_in_which_to_solve_them() {
    let at = harbor(&[
        Seed::Files(|at| versions(at, "1.1.0", "1.0.9")),
        Seed::Files(|at| at.write("CHANGELOG.md", &CHANGELOG.replace("- Anchor (#3)\n", ""))),
        Seed::Files(|at| script(at, "smoke", "exit 1")),
        Seed::Instead("notes", &[]),
        Seed::Instead("gate qa", &[]),
        Seed::Instead("sign-off", &[]),
    ]);
    let (_, told) = status(&at);
    let roles: Vec<&str> = told.iter().map(|(_, role)| role.as_str()).collect();
    // What went wrong first, then what ships, the words about it, the people who judge it.
    let wanted = ["qa", "release manager", "developer", "release manager", "security", "qa"];
    assert_eq!(roles, wanted, "{told:#?}");
}

#[test]
fn what_ships_is_judged_again_before_the_release_is_complete_and_a_missing_tag_is_said() {
    let untold = |at: &Stage| at.write("CHANGELOG.md", &CHANGELOG.replace("- Anchor (#3)\n", ""));
    let settled = |at: &Stage| {
        at.must(&["changes", "exclude", "#3", "--reason", "nobody sees it"]);
    };
    let at = harbor(&[Seed::Files(untold), Seed::After(settled)]);
    at.must(&["deploy", "start", "--env", "production", "--all", "--confirm", "1.1.0@production"]);
    at.must(&["changes", "include", "#3"]);
    let said = |words: &[&str]| {
        let output = at.relco(words);
        (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    let (code, text) = said(&["release", "complete"]);
    assert!(code == Some(1) && text.contains("PR #3 not in changelog  (developer: "), "{text}");
    settled(&at);
    let (code, text) = said(&["release", "complete"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("there is no tag v1.1.0 on ") && text.contains("would begin at v1.0.0"), "{text}");
    // It is tagged late, and the next release begins there.
    at.must(&["--release", "1.1.0", "release", "tag", "--make"]);
    assert!(at.must(&["release", "start", "minor"]).contains("release 1.2.0 started: minor, after v1.1.0"));
}
