//! What is judged again when the tag is made, and what is asked while several releases are open.

use crate::support::stage::Stage;

/// A project whose next release is told and written everywhere.
fn told() -> Stage {
    let at = Stage::plain();
    at.write("VERSION", "1.0.0\n");
    at.write("CHANGELOG.md", "# Changelog\n\n## 1.0.0\n\n- First (#1)\n");
    merged(&at, "Start (#1)");
    at.git(&["tag", "v1.0.0"]);
    at.write("ropes.txt", "long\n");
    merged(&at, "Ropes (#2)");
    at.write("VERSION", "1.1.0\n");
    at.write("CHANGELOG.md", "# Changelog\n\n## 1.1.0\n\n- Ropes (#2)\n\n## 1.0.0\n\n- First (#1)\n");
    merged(&at, "release 1.1.0");
    at
}

fn merged(at: &Stage, title: &str) {
    at.git(&["add", "--all"]);
    at.git(&["commit", "--quiet", "--message", title]);
}

fn said(at: &Stage, arguments: &[&str]) -> (Option<i32>, String) {
    let output = at.relco(arguments);
    (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

#[test]
fn a_tag_says_what_its_changelog_holds() {
    let at = told();
    at.must(&["release", "start", "1.1.0"]);
    at.must(&["release", "candidate"]);
    let (code, text) = said(&at, &["release", "tag", "--make"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("; changelog: 1 listed"), "{text}");
}

#[test]
fn what_merged_after_the_section_was_written_is_found_when_the_tag_is_made() {
    let at = told();
    at.must(&["release", "start", "1.1.0"]);
    at.must(&["release", "candidate"]);
    at.write("late.txt", "late\n");
    merged(&at, "Late (#3)");
    at.must(&["release", "candidate"]);
    let (code, text) = said(&at, &["release", "tag", "--make"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("not to be tagged like this: PR #3 not in changelog"), "{text}");
    assert!(text.contains("(developer: "), "{text}");
    // Nothing was made, and a word that accepts it lets it pass.
    at.must(&["item", "skip", "changelog", "--reason", "told with the next one"]);
    let (code, text) = said(&at, &["release", "tag", "--make"]);
    assert_eq!(code, Some(0), "{text}");
}

#[test]
fn a_tag_that_stands_is_recorded_with_what_is_wrong_about_it() {
    let at = told();
    at.must(&["release", "start", "1.1.0"]);
    at.write("late.txt", "late\n");
    merged(&at, "Late (#3)");
    at.must(&["release", "candidate"]);
    at.git(&["tag", "v1.1.0"]);
    at.write("later.txt", "later\n");
    merged(&at, "Later (#4)");
    let (code, text) = said(&at, &["release", "tag"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("PR #3 not in changelog"), "{text}");
    assert!(text.contains("1 commit came after the candidate: not in this release"), "{text}");
}

#[test]
fn several_open_releases_are_listed_and_no_question_for_what_is_about_none() {
    let at = told();
    at.must(&["release", "start", "1.1.0"]);
    at.must(&["release", "start", "2.0.0"]);
    let (code, text) = said(&at, &["status"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("several releases are open: 1.1.0, 2.0.0"), "{text}");
    let (code, text) = said(&at, &["release", "list"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("1.1.0 ") && text.contains("2.0.0 "), "{text}");
    for arguments in [&["metrics"][..], &["debt", "list"], &["release", "start", "3.0.0"]] {
        let (code, text) = said(&at, arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {text}");
    }
    let (code, text) = said(&at, &["changes", "--from", "v1.0.0"]);
    assert!(!text.contains("several") && code != Some(2), "{text}");
}
