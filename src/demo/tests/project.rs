//! The repository: its history, that it is the same everywhere, and that it starts out not ready.

use super::*;
use crate::config::load::{Found, Source, load};
use crate::demo::{Options, configuration, named, prepare};
use crate::domain::plan::{Item, ItemKind, List};

#[test]
fn the_history_is_what_the_release_needs() {
    let example = Example::new(Fault::None);
    example.git(&["fsck", "--strict"]);
    assert_eq!(example.git(&["status", "--porcelain"]), "");
    assert_eq!(example.git(&["symbolic-ref", "HEAD"]), "refs/heads/main");
    assert_eq!(example.git(&["for-each-ref", "--format=%(refname)"]).lines().count(), 5);
    assert_eq!(example.git(&["tag", "--merged", "main"]), "v1.2.1\nv1.2.2\nv1.2.3\nv1.2.4");
    assert_eq!(example.git(&["config", "user.email"]), "ana@example.com");

    let merged = example.git(&["log", "--first-parent", "--format=%s %b", "v1.2.4..main"]);
    assert!(
        merged.contains(
            "Merge pull request #118 from dev/berth-depth Warn when a ship draws more than the berth is deep"
        )
    );
    assert!(merged.contains("Charge part of a day by the hour (#123)"));
    assert_eq!(merged.lines().filter(|line| line.contains("Merge pull request") || line.contains("(#1")).count(), 12);
    assert_eq!(example.git(&["log", "--merges", "--format=%p", "-1"]).split(' ').count(), 2);
    // No commit says more than it does: every one of them changes something.
    for id in example.git(&["rev-list", "--no-merges", "main"]).lines() {
        assert_ne!(example.git(&["show", "--format=", "--name-only", id]), "", "{id}");
    }
}

#[test]
fn it_starts_out_not_ready() {
    let example = Example::new(Fault::None);
    let read = |path: &str| fs::read_to_string(example.place.project().join(path)).unwrap();
    assert!(read("backend/Cargo.toml").contains("version = \"1.3.0\""));
    assert!(read("frontend/package.json").contains("\"version\": \"1.2.9\""));
    assert!(!read("CHANGELOG.md").contains("#123"));
    assert!(configuration().parse::<toml::Table>().is_ok());

    let tool = "./tools/list-change";
    let mut command = Command::new(tool);
    command.current_dir(example.place.project()).args([
        "1.3.0",
        "Changed",
        "Part of a day is charged by the hour (#123)",
    ]);
    assert!(command.output().unwrap().status.success());
    let after = read("CHANGELOG.md");
    assert!(after.contains("fails (#122)\n- Part of a day is charged by the hour (#123)\n\n### Fixed\n"), "{after}");
    command = Command::new(tool);
    command.current_dir(example.place.project()).args(["1.3.0", "Removed", "nothing"]);
    assert_eq!(command.output().unwrap().status.code(), Some(1));
    assert_eq!(read("CHANGELOG.md"), after);
}

#[test]
fn it_is_the_same_whatever_the_person_set_up() {
    let example = Example::new(Fault::None);
    let keep = tempfile::tempdir().unwrap();
    let other = keep.path().join("other");
    let home = keep.path().join("home");
    let template = home.join("template/hooks");
    fs::create_dir_all(&template).unwrap();
    fs::create_dir(&other).unwrap();
    fs::write(template.join("post-checkout"), "#!/bin/sh\nexit 1\n").unwrap();
    let hostile = "[user]\nname = Somebody\n[init]\ntemplateDir = ~/template\ndefaultBranch = trunk\ndefaultObjectFormat = sha256\n\
                   [core]\nautocrlf = true\nfileMode = false\n[commit]\ngpgSign = true\n[transfer]\nfsckObjects = true\n";
    fs::write(home.join(".gitconfig"), hostile).unwrap();
    let status = Command::new(stand_in(keep.path()))
        .args(["build", other.to_str().unwrap()])
        .env("HOME", &home)
        .env("XDG_CONFIG_HOME", &home)
        .env("GIT_DIR", keep.path().join("elsewhere"))
        .env("GIT_AUTHOR_DATE", "2001-01-01T00:00:00Z")
        .env("GIT_COMMITTER_NAME", "Somebody")
        .env("TZ", "Pacific/Kiritimati")
        .env("LANG", "de_DE.UTF-8")
        .status()
        .unwrap();
    assert!(status.success());
    assert!(!keep.path().join("elsewhere").exists());
    let other = Place::new(other);
    assert_eq!(git(&other.project(), &["rev-parse", "main"]), example.git(&["rev-parse", "main"]));
    assert_eq!(git(&other.project(), &["show-ref"]), example.git(&["show-ref"]));
    let without_git = |place: &Place| -> BTreeMap<String, String> {
        let mut files = snapshot(&place.project());
        files.retain(|name, _| !name.starts_with(".git/"));
        for name in ENVIRONMENTS {
            files.extend(
                snapshot(&place.environment(name)).into_iter().map(|(file, text)| (format!("{name}/{file}"), text)),
            );
        }
        files
    };
    // .git holds binary files; the work tree is read without it.
    for place in [&other, &example.place] {
        fs::rename(place.project().join(".git"), place.dir().join("git")).unwrap();
    }
    assert_eq!(without_git(&other), without_git(&example.place));
}

#[test]
fn only_an_empty_directory_or_an_example_is_taken() {
    let keep = tempfile::tempdir().unwrap();
    let full = keep.path().join("full");
    fs::create_dir(&full).unwrap();
    fs::write(full.join("letter"), "dear").unwrap();
    assert_eq!(named(&full).unwrap_err().exit_code(), 2);
    assert_eq!(named(&keep.path().join("a:b")).unwrap_err().exit_code(), 2);
    assert_eq!(named(&full.join("letter")).unwrap_err().exit_code(), 3);
    let deep = keep.path().join("not/yet");
    assert_eq!(named(&deep).unwrap(), deep.canonicalize().unwrap());
}

#[test]
fn an_example_is_found_again_and_keeps_its_fault() {
    let keep = tempfile::tempdir().unwrap();
    let exe = stand_in(keep.path());
    let dir = keep.path().join("demo");
    let mut options = Options { dir: Some(dir.clone()), fault: Some(Fault::Slow), ..Options::default() };
    let first = prepare(&options, &exe).unwrap();
    assert!(first.fresh && first.fault == Fault::Slow);
    let port = running::port(&first.place, "production");
    options.fault = None;
    let second = prepare(&options, &exe).unwrap();
    assert!(!second.fresh && second.fault == Fault::Slow);
    assert_eq!(running::port(&second.place, "production"), port);
    options.no_tui = true;
    assert_eq!(prepare(&options, &exe).unwrap_err().exit_code(), 2);
    assert_eq!(running::stop(&first.place).unwrap(), ["staging", "production"]);
    assert!(running::stop(&first.place).unwrap().is_empty());
}

#[test]
fn its_configuration_is_the_default_plan_with_commands() {
    let found = Found { directory: "elsewhere".into(), changelog: true, version_files: Vec::new() };
    let source = Source { name: "relco.toml", bytes: configuration().as_bytes() };
    let plan = load(Some(source), &found).map(|loaded| loaded.plan).unwrap_or_else(|error| panic!("{error}"));
    let told: Vec<String> = List::ALL
        .into_iter()
        .flat_map(|list| plan.list(list).map(move |item| format!("{:15} {:22} {}", list.name(), item.id, kind(item))))
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

fn kind(item: &Item) -> String {
    match &item.kind {
        ItemKind::Manual => "a person".to_owned(),
        ItemKind::Automatic(check) => format!("fact {check:?}"),
        ItemKind::Command(step) => format!("{:?} {}", step.class, step.run.words()),
        ItemKind::Probe(probe) => format!("probe {probe}"),
        ItemKind::Notice(purpose) => format!("notice {purpose:?}"),
    }
}
