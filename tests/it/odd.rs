//! Repositories and files as nobody wishes for them: each gets words, none a panic or a wrong "all fine".

use std::process::Command;

use crate::support::stage::Stage;

const CHANGELOG: &str = "# Changelog\n\n## 1.1.0\n\n- Ropes (#2)\n\n## 1.0.0\n\n- First (#1)\n";

fn merged(at: &Stage, title: &str) {
    at.git(&["add", "--all"]);
    at.git(&["commit", "--quiet", "--allow-empty", "--message", title]);
}

/// A release, two changes behind it, and one of them told.
fn harbor() -> Stage {
    let at = Stage::plain();
    at.write("CHANGELOG.md", CHANGELOG);
    at.write("VERSION", "1.0.0\n");
    merged(&at, "Start (#1)");
    at.git(&["tag", "v1.0.0"]);
    at.write("ropes.txt", "long\n");
    merged(&at, "Ropes (#2)");
    at.write("anchor.txt", "heavy\n");
    merged(&at, "Anchor (#3)");
    at
}

fn run(command: &mut Command) -> (i32, String) {
    let output = command.output().unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(!text.contains("panicked"), "{text}");
    (output.status.code().unwrap(), text)
}

fn said(at: &Stage, arguments: &[&str]) -> (i32, String) {
    run(at.command(crate::support::stage::RELCO).args(arguments))
}

fn bytes(at: &Stage, path: &str, bytes: &[u8]) {
    std::fs::write(at.project().join(path), bytes).unwrap();
}

#[test]
fn a_changelog_that_is_not_utf_8_is_read_and_said() {
    let at = harbor();
    bytes(&at, "CHANGELOG.md", b"## 1.1.0\n\n- R\xf6pes (#2)\n- Anch\xf6r (#3)\n\n## 1.0.0\n");
    merged(&at, "Latin");
    let (code, text) = said(&at, &["changes"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("CHANGELOG.md is not UTF-8: what cannot be read in it is replaced"), "{text}");
    let utf16: Vec<u8> = "\u{feff}## 1.1.0\n\n- Ropes (#2)\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes(&at, "CHANGELOG.md", &utf16);
    merged(&at, "Wide");
    let (code, text) = said(&at, &["changes"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("1 listed, 1 missing (#3)") && text.contains("CHANGELOG.md is UTF-16"), "{text}");
    let (code, text) = said(&at, &["changes", "add", "#3"]);
    assert!(code == 1 && text.contains("is not UTF-8: a line must be added by hand"), "{text}");
    let (_, text) = said(&at, &["status"]);
    assert!(text.contains("is UTF-16"), "{text}");
}

#[test]
fn a_changelog_of_eight_megabytes_is_one_like_any_other() {
    let at = harbor();
    let line = format!("- {} (#7)\n", "word ".repeat(60));
    let mut text = CHANGELOG.to_owned();
    for minor in 0..2000 {
        text.push_str(&format!("\n## 0.{minor}.0\n\n{}", line.repeat(14)));
    }
    assert!(text.len() > 8 * 1024 * 1024);
    at.write("CHANGELOG.md", &text);
    let (code, text) = said(&at, &["changes"]);
    assert!(code == 1 && text.contains("1 listed, 1 missing (#3)"), "{text}");
}

#[test]
fn a_section_that_is_not_there_is_said_once() {
    let at = harbor();
    let (code, text) = said(&at, &["changes", "--section", "9.9.9"]);
    assert!(code == 1 && text.contains("CHANGELOG.md has no section 9.9.9  —  release manager"), "{text}");
    let (code, text) = said(&at, &["changes", "--section", "banana"]);
    assert!(code == 2 && text.contains("banana names no section"), "{text}");
}

#[test]
fn tags_that_are_no_versions_are_none() {
    let at = harbor();
    for tag in ["latest", "vNext", "nightly-2024", "v1.0.0.0.1", "v99999999999999999999.0.0"] {
        at.git(&["tag", tag]);
    }
    let (code, text) = said(&at, &["changes"]);
    assert!(code == 1 && text.starts_with("v1.0.0 to HEAD"), "{text}");
    at.git(&["tag", "--annotate", "--message", "a tree", "v1.0.5", "HEAD^{tree}"]);
    let (code, text) = said(&at, &["changes", "--to", "v1.0.5"]);
    assert!(code == 2 && text.contains("\"v1.0.5\" is no commit"), "{text}");
}

#[test]
fn cut_off_history_is_said_with_how_to_deepen_it() {
    let at = harbor();
    let clone = at.dir().join("shallow");
    let from = format!("file://{}", at.project().display());
    at.git(&["clone", "--quiet", "--depth", "2", &from, clone.to_str().unwrap()]);
    let (code, text) = said(&at, &["--project", clone.to_str().unwrap(), "changes"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("history is cut off") && text.contains("git fetch --unshallow --tags"), "{text}");
}

#[test]
fn a_history_that_was_changed_here_is_no_complete_one() {
    let at = harbor();
    at.write("CHANGELOG.md", &CHANGELOG.replace("- Ropes (#2)\n", "- Ropes (#2)\n- Anchor (#3)\n"));
    merged(&at, "changelog: anchor");
    assert_eq!(said(&at, &["changes"]).0, 0);
    at.git(&["replace", "--graft", "HEAD~2"]);
    let (code, text) = said(&at, &["changes"]);
    assert!(code == 0 && text.contains("git replace is in use here"), "{text}");
    at.git(&["pack-refs", "--all"]);
    assert!(said(&at, &["changes"]).1.contains("git replace is in use here"));
    let (_, commit) = run(at.command("git").args(["--no-replace-objects", "rev-parse", "HEAD~1"]));
    std::fs::create_dir_all(at.project().join(".git/info")).unwrap();
    std::fs::write(at.project().join(".git/info/grafts"), commit).unwrap();
    let (code, text) = said(&at, &["changes"]);
    assert!(code == 1 && text.contains("changed by .git/info/grafts"), "{text}");
}

#[test]
fn other_forms_of_repositories_are_read_or_named() {
    let at = harbor();
    at.git(&["worktree", "add", "--quiet", "../beside"]);
    let beside = at.dir().join("beside");
    let (_, text) = said(&at, &["--project", beside.to_str().unwrap(), "changes"]);
    assert!(text.contains("1 listed, 1 missing (#3)"), "{text}");
    at.git(&["clone", "--quiet", "--bare", ".", "../bare.git"]);
    let bare = at.dir().join("bare.git");
    let (code, text) = said(&at, &["--project", bare.to_str().unwrap(), "changes"]);
    assert!(code == 2 && text.contains("the repository is bare: run relco in a clone with files"), "{text}");
    at.git(&["init", "--quiet", "--object-format=sha256", "../long"]);
    let long = at.dir().join("long");
    let (code, text) = said(&at, &["--project", long.to_str().unwrap(), "status"]);
    assert!(code == 2 && text.contains("a format that relco cannot read") && text.contains("sha256"), "{text}");
    at.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../bare.git", "vendor"]);
    merged(&at, "Vendor (#4)");
    let (code, text) = said(&at, &["changes"]);
    assert!(code == 1 && text.contains("#4       Vendor  missing"), "{text}");
}

#[test]
fn a_version_file_that_cannot_be_read_is_named_with_its_line() {
    let at = harbor();
    at.write("Cargo.toml", "[package]\nname = \"x\"\nversion = \"1.0.0\n");
    at.write("dup.txt", "v1.0.0\nv1.0.1\n");
    at.write(
        "relco.toml",
        "[[version.file]]\npath = \"Cargo.toml\"\n\n[[version.file]]\npath = \"dup.txt\"\npattern = 'v(?<version>\\S+)'\n",
    );
    merged(&at, "Versions");
    let (code, text) = said(&at, &["versions"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("Cargo.toml:3: invalid basic string"), "{text}");
    assert!(text.contains("dup.txt says v1.0.0, dup.txt says v1.0.1"), "{text}");
    let (_, text) = said(&at, &["--json", "versions"]);
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let broken = &document["places"][0];
    assert!(broken["found"].is_null() && broken["line"] == 3, "{broken}");
    assert!(broken["reason"].as_str().unwrap().starts_with("Cargo.toml:3: invalid basic string"), "{broken}");
    assert!(document["places"][1].get("reason").is_none(), "{document}");
    let (code, text) = said(&at, &["versions", "--set", "1.1.0"]);
    assert!(code == 2 && text.contains("Cargo.toml:3:"), "{text}");
}

#[test]
fn hostile_titles_are_shown_for_what_they_are_and_cut() {
    let at = harbor();
    for title in ["\u{1b}[31mRed\u{1b}]0;owned\u{7} (#4)".to_owned(), "Left \u{202e}thgir (#5)".to_owned()] {
        at.git(&["commit", "--quiet", "--allow-empty", "--cleanup=verbatim", "--message", &title]);
    }
    std::fs::write(at.dir().join("long"), format!("{} (#6)\n", "A".repeat(1024 * 1024))).unwrap();
    at.git(&["commit", "--quiet", "--allow-empty", "--cleanup=verbatim", "--file", "../long"]);
    let (code, text) = said(&at, &["changes"]);
    assert_eq!(code, 1);
    assert!(text.len() < 10_000 && text.contains("#6 "), "{} bytes", text.len());
    assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{text}");
    assert!(text.contains("<U+202E>"), "{text}");
    let (code, text) = said(&at, &["changes", "add"]);
    assert!(code == 0 && text.len() < 5_000, "{text}");
    let written = std::fs::read_to_string(at.project().join("CHANGELOG.md")).unwrap();
    assert!(!written.contains(['\u{1b}', '\u{7}', '\u{202e}']) && written.len() < 5_000, "{written}");
}
