//! The truth of a release, from a repository made on the spot: what is in it, is it told, do all places agree?
//!
//! Uses the library as the commands do, on real git objects, from the base tag to the drafted notes.

use std::fs;
use std::path::Path;
use std::process::Command;

use git2::{Oid, Repository, RepositoryInitOptions, Signature, Time};
use relco::domain::changelog::Changelog;
use relco::domain::notes;
use relco::domain::plan::VersionFile;
use relco::domain::repo_path::RepoPath;
use relco::domain::tag::TagPattern;
use relco::domain::version::{Asked, plan};
use relco::system::git::Git;
use relco::system::ledger::{Against, ChangelogText, Scope, find_changelog, gather};
use relco::system::versions::{apply_set, matrix, plan_set};
use semver::Version;
use tempfile::TempDir;

const CHANGELOG: &str = "\
# Changelog

## [1.3.0] - 2026-03-12

### Added

- Ropes are counted (#12)

### Fixed

- The anchor holds (#13)

## [1.2.4] - 2026-02-05

- Paint (#11)
";

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Commits the work tree on HEAD; with `merged`, as a merge of one commit of that title.
fn commit(repo: &Repository, minute: i64, message: &str, merged: Option<&str>) -> Oid {
    let signature = Signature::new("Ana", "ana@example.com", &Time::new(1_770_000_000 + minute * 60, 0)).unwrap();
    let mut index = repo.index().unwrap();
    index.add_all(["*"], git2::IndexAddOption::DEFAULT, None).unwrap();
    index.write().unwrap();
    let tree = repo.find_tree(index.write_tree().unwrap()).unwrap();
    let head = repo.head().ok().map(|head| head.peel_to_commit().unwrap());
    let mut parents: Vec<&git2::Commit<'_>> = head.iter().collect();
    let inner = merged.map(|title| {
        let id = repo.commit(None, &signature, &signature, title, &tree, &parents).unwrap();
        repo.find_commit(id).unwrap()
    });
    parents.extend(inner.iter());
    repo.commit(Some("HEAD"), &signature, &signature, message, &tree, &parents).unwrap()
}

/// A project with a release, and changes on the way to the next.
fn harbor(root: &Path) -> Repository {
    let mut options = RepositoryInitOptions::new();
    options.initial_head("main");
    let repo = Repository::init_opts(root, &options).unwrap();
    repo.remote("origin", "https://example.com/team/harbor.git").unwrap();
    write(root, "backend/Cargo.toml", "[package]\nname = \"backend\"\nversion = \"1.2.4\" # of the backend\n");
    write(root, "frontend/package.json", "{\n  \"name\": \"frontend\",\n  \"version\": \"1.2.3\"\n}\n");
    let base = commit(&repo, 0, "Paint (#11)", None);
    repo.tag_lightweight("v1.2.4", &repo.find_object(base, None).unwrap(), false).unwrap();
    write(root, "backend/src.rs", "ropes");
    commit(&repo, 1, "Merge pull request #12 from li/ropes\n\nCount the ropes", Some("count"));
    write(root, "backend/src.rs", "anchor");
    commit(&repo, 2, "Hold the anchor (#13)\n\nFixes #9", None);
    write(root, "backend/src.rs", "hooks");
    commit(&repo, 3, "Bend no hooks (#14)", None);
    write(root, "backend/src.rs", "crane");
    commit(&repo, 4, "Paint the crane pink (#15)", None);
    write(root, "backend/src.rs", "hooks");
    commit(&repo, 5, "Revert \"Paint the crane pink (#15)\" (#16)", None);
    write(root, "CHANGELOG.md", CHANGELOG);
    commit(&repo, 6, "Release 1.3.0 (#17)", None);
    repo
}

fn file(name: &str, path: &str) -> VersionFile {
    VersionFile { name: name.to_owned(), path: path.to_owned(), pattern: None, matches: None }
}

#[test]
fn what_is_in_a_release_is_compared_with_what_is_told() {
    let dir = TempDir::new().unwrap();
    let _repo = harbor(dir.path());
    let git = Git::discover(dir.path()).unwrap();
    let tags = git.tags(&TagPattern::default()).unwrap();
    let tagged: Vec<Version> = tags.iter().map(|tag| tag.version.clone()).collect();
    let base = git.base(&tags, "HEAD", None).unwrap().unwrap();
    let asked: Asked = "minor".parse().unwrap();
    let version = plan(&asked, Some(&base.version), &tagged).unwrap().version;
    assert_eq!(version, Version::new(1, 3, 0));

    let scope = Scope::find(&git, &TagPattern::default(), None, "HEAD", Some(&version)).unwrap();
    let path = find_changelog(&git, "HEAD", None).unwrap().unwrap();
    let text = String::from_utf8(git.read_at("HEAD", &path).unwrap()).unwrap();
    let changelog = Some(ChangelogText { path: path.as_str(), text: &text });
    let ledger = gather(&git, &scope, &Against { changelog, ..Against::default() }).unwrap();
    let verdicts: Vec<String> = ledger
        .changes
        .iter()
        .map(|change| format!("{} {}", change.id.as_deref().unwrap_or("-"), change.verdict.as_str()))
        .collect();
    assert_eq!(verdicts, ["#17 excluded", "#16 excluded", "#15 excluded", "#14 missing", "#13 listed", "#12 listed"]);
    let findings: Vec<String> = ledger.findings().into_iter().map(|finding| finding.text).collect();
    assert_eq!(findings, ["PR #14 not in changelog"]);

    let changelog = Changelog::parse(&text);
    let section = changelog.section(&version);
    let drafted = notes::draft(&version, Some(&base.version), &ledger, section.as_ref());
    assert!(notes::is_bare_draft(&drafted), "the summary is for a person to write");
    for line in ["- **Ropes are counted** (#12)", "- The anchor holds (fixes #9)", "- Bend no hooks (#14)"] {
        assert!(drafted.contains(line), "{line} is not in\n{drafted}");
    }
}

#[test]
fn a_change_is_settled_by_one_command_and_the_word_on_it_is_taken_back() {
    let dir = TempDir::new().unwrap();
    let state = TempDir::new().unwrap();
    let repo = harbor(dir.path());
    write(dir.path(), "docs/a.md", "words");
    commit(&repo, 7, "docs: Words (#18)", None);
    write(dir.path(), "backend/src.rs", "masts");
    commit(&repo, 8, "Taller masts (#19)", None);
    let relco = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_relco"))
            .args(["--project", dir.path().to_str().unwrap(), "--state-dir", state.path().to_str().unwrap()])
            .args(arguments)
            .env("RELCO_ACTOR", "ana@example.com")
            .env("NO_COLOR", "1")
            .output()
            .unwrap();
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code().unwrap(), format!("{}{err}", String::from_utf8_lossy(&output.stdout)))
    };
    let missing = || {
        let (code, text) = relco(&["--json", "changes"]);
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        let changes = document["changes"].as_array().unwrap().clone();
        let missing = changes.iter().filter(|one| one["verdict"] == "missing");
        (code, missing.map(|one| one["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(missing(), (1, "#19 #18 #14".to_owned()));
    let (code, text) = relco(&["changes", "exclude", "#14"]);
    assert!(code == 1 && text.contains("wants a reason"), "{text}");
    assert_eq!(relco(&["changes", "exclude", "#14", "--reason", "nobody sees it"]).0, 0);
    assert_eq!(missing(), (1, "#19 #18".to_owned()));
    let (code, text) = relco(&["changes", "exclude", "paths *"]);
    assert!(code == 2 && text.contains("is no rule"), "{text}");
    let (code, text) = relco(&["changes", "alike", "#18"]);
    assert!(code == 0 && text.contains("type docs") && text.contains("paths *.md"), "{text}");
    let (code, text) = relco(&["changes", "exclude", "type docs"]);
    assert!(code == 0 && text.contains("exclude = [\"type docs\"]"), "{text}");
    let (code, text) = relco(&["changes", "add", "#19"]);
    assert_eq!((code, text.trim()), (0, "- Taller masts (#19)"));
    let written = fs::read_to_string(dir.path().join("CHANGELOG.md")).unwrap();
    assert_eq!(written, CHANGELOG.replace("holds (#13)\n", "holds (#13)\n- Taller masts (#19)\n"));
    assert_eq!(missing(), (0, String::new()));
    let (code, text) = relco(&["changes", "add", "#19"]);
    assert!(code == 1 && text.contains("already"), "{text}");
    // What was said can be taken back, and what nobody said cannot.
    assert_eq!(relco(&["changes", "include", "#14"]).0, 0);
    assert_eq!(relco(&["changes", "include", "#14"]).0, 1);
    assert_eq!(missing(), (1, "#14".to_owned()));
    let (_, text) = relco(&["changes"]);
    assert!(text.contains("docs: Words  excluded: rule: type docs"), "{text}");
    let (_, text) = relco(&["changes", "rules"]);
    assert!(text.contains("type docs") && text.contains("recorded"), "{text}");
}

#[test]
fn versions_that_disagree_are_named_and_set_together() {
    let dir = TempDir::new().unwrap();
    let state = TempDir::new().unwrap();
    let _repo = harbor(dir.path());
    let git = Git::discover(dir.path()).unwrap();
    let files = [file("backend", "backend/Cargo.toml"), file("frontend", "frontend/package.json")];
    let version = Version::new(1, 3, 0);
    let words = |expected: &Version| matrix(&git, None, &files, Some(expected), &[]).summary();
    assert_eq!(words(&Version::new(1, 2, 4)), "backend says v1.2.4, frontend says v1.2.3");
    let set = plan_set(dir.path(), &files, &version, &[], &Vec::new).unwrap();
    assert_eq!(set.diff().len(), 6);
    apply_set(dir.path(), state.path(), &set).unwrap();
    assert_eq!(words(&version), "2 places say 1.3.0");
    let backend = git.read_worktree(&RepoPath::parse("backend/Cargo.toml").unwrap()).unwrap();
    let expected = "[package]\nname = \"backend\"\nversion = \"1.3.0\" # of the backend\n";
    assert_eq!(String::from_utf8(backend).unwrap(), expected);
    assert_eq!(git.dirty().unwrap().paths, ["backend/Cargo.toml", "frontend/package.json"]);
}
