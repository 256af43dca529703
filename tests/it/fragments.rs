//! Entries that wait in files of their own: read in the form of each tool, and written in it.

use crate::support::stage::Stage;

const CHANGELOG: &str = "# Changelog\n\n## 1.0.0\n\n- First (#1)\n";

fn merged(at: &Stage, title: &str) {
    at.git(&["add", "--all"]);
    at.git(&["commit", "--quiet", "--allow-empty", "--message", title]);
}

/// A release with these settings, and behind it a feature (#2), a fix (#3) and a change whose title says nothing (#4).
fn project(settings: &[(&str, &str)]) -> Stage {
    let at = Stage::plain();
    at.write("CHANGELOG.md", CHANGELOG);
    for (path, text) in settings {
        at.write(path, text);
    }
    merged(&at, "Start (#1)");
    at.git(&["tag", "v1.0.0"]);
    at.write("packages/cli/ropes.ts", "long\n");
    merged(&at, "feat: count ropes (#2)");
    at.write("packages/core/anchor.ts", "heavy\n");
    merged(&at, "Fix the anchor (#3)");
    at.write("packages/cli/masts.ts", "tall\n");
    merged(&at, "Masts (#4)");
    at
}

fn said(at: &Stage, arguments: &[&str]) -> (i32, String) {
    let output = at.relco(arguments);
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.code().unwrap(), text)
}

/// What is missing, by number.
fn missing(at: &Stage) -> String {
    let (_, text) = said(at, &["--json", "changes"]);
    let document: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap_or_else(|_| {
        // Notes stand behind the document.
        serde_json::Deserializer::from_str(&text).into_iter().next().unwrap().unwrap()
    });
    let changes = document["changes"].as_array().unwrap().iter();
    let missing = changes.filter(|one| one["verdict"] == "missing");
    missing.map(|one| one["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
}

fn read(at: &Stage, path: &str) -> String {
    std::fs::read_to_string(at.project().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn towncrier_gets_a_file_of_its_number_and_type() {
    let settings = "[tool.towncrier]\ndirectory = \"docs/news\"\nfilename = \"CHANGELOG.md\"\n\
                    [[tool.towncrier.type]]\ndirectory = \"feature\"\nname = \"Features\"\n\
                    [[tool.towncrier.type]]\ndirectory = \"bugfix\"\nname = \"Fixes\"\n\
                    [[tool.towncrier.type]]\ndirectory = \"rope-work\"\nname = \"Rope work\"\n";
    let at = project(&[("pyproject.toml", settings)]);
    let (code, text) = said(&at, &["changes"]);
    assert!(code == 1 && text.contains("no entry waits in a file of its own yet"), "{text}");
    assert!(text.contains("PR #2 not in changelog  —  developer"), "each is missing its own: {text}");
    let (code, text) = said(&at, &["changes", "add", "#3"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("docs/news/3.bugfix.md: Fix the anchor"), "{text}");
    assert!(text.contains("git add docs/news/3.bugfix.md, then commit"), "{text}");
    assert_eq!(read(&at, "docs/news/3.bugfix.md"), "Fix the anchor\n");
    // It counts from now on, and is said until git has it.
    assert_eq!(missing(&at), "#4 #2");
    let (_, text) = said(&at, &["changes"]);
    assert!(text.contains("docs/news/3.bugfix.md is not tracked by git yet: git add it, then commit"), "{text}");
    let (code, text) = said(&at, &["changes", "add", "#3"]);
    assert!(code == 1 && text.contains("already"), "{text}");
    // Nobody guesses a kind: neither one of them is written.
    let (code, text) = said(&at, &["changes", "add"]);
    assert!(code == 1 && text.contains("the title of #4 does not say what kind of change it is"), "{text}");
    assert!(!at.project().join("docs/news/2.feature.md").exists());
    let (code, text) = said(&at, &["changes", "add", "#4", "--kind", "rigging"]);
    assert!(code == 1 && text.contains("feature, bugfix, rope-work"), "{text}");
    at.must(&["changes", "add", "#4", "--kind", "rope-work", "--text", "Masts are taller"]);
    assert_eq!(read(&at, "docs/news/4.rope-work.md"), "Masts are taller\n");
    at.must(&["changes", "add"]);
    assert_eq!(missing(&at), "", "a type of the project's own counts like any other");
    at.git(&["add", "--all"]);
    at.git(&["commit", "--quiet", "--message", "News"]);
    let (code, text) = said(&at, &["changes", "--to", "HEAD"]);
    assert!(code == 0 && !text.contains("not tracked"), "{text}");
    // Once the release has collected them, an entry is a line like the others there.
    at.git(&["rm", "--quiet", "-r", "docs/news"]);
    at.write("CHANGELOG.md", "# Changelog\n\n## 1.1.0\n\n- Ropes (#2)\n- Masts (#4)\n\n## 1.0.0\n\n- First (#1)\n");
    merged(&at, "Release 1.1.0");
    at.must(&["release", "start", "1.1.0"]);
    at.must(&["changes", "add", "#3"]);
    assert!(read(&at, "CHANGELOG.md").contains("- Masts (#4)\n- Fix the anchor (#3)\n"));
}

#[test]
fn a_changeset_names_the_packages_that_were_touched() {
    let at = project(&[
        (".changeset/config.json", "{ \"changelog\": false }\n"),
        ("package.json", "{ \"name\": \"root\", \"private\": true, \"workspaces\": [\"packages/*\"] }\n"),
        ("packages/cli/package.json", "{ \"name\": \"@harbor/cli\", \"version\": \"1.0.0\" }\n"),
        ("packages/core/package.json", "{ \"name\": \"@harbor/core\", \"version\": \"1.0.0\" }\n"),
    ]);
    at.must(&["changes", "add", "#2"]);
    let wanted = "---\n\"@harbor/cli\": minor\n---\n\ncount ropes (#2)\n";
    assert_eq!(read(&at, ".changeset/count-ropes-2.md"), wanted);
    at.must(&["changes", "add", "#4", "--kind", "patch", "--into", "@harbor/core"]);
    assert_eq!(read(&at, ".changeset/masts-4.md"), "---\n\"@harbor/core\": patch\n---\n\nMasts (#4)\n");
    assert_eq!(missing(&at), "#3");
    let (code, text) = said(&at, &["changes", "add", "#3", "--into", "@harbor/sail"]);
    assert!(code == 1 && text.contains("@harbor/cli, @harbor/core"), "{text}");
}

#[test]
fn changie_gets_its_yaml_with_the_number_where_it_asks_for_one() {
    let settings = "changesDir: .changes\nunreleasedDir: unreleased\nkinds:\n  - label: Added\n  - label: Fixed\n\
                    custom:\n  - key: PR\n    type: int\n    minInt: 1\n";
    let at = project(&[(".changie.yaml", settings), (".changes/unreleased/.gitkeep", "")]);
    let (_, text) = said(&at, &["changes", "add", "#3", "--text", "The anchor: it holds"]);
    let path = text.lines().find_map(|line| line.split_once(": ")).unwrap().0;
    assert!(path.starts_with(".changes/unreleased/Fixed-2") && path.ends_with(".yaml"), "{text}");
    let written = read(&at, path);
    assert!(written.starts_with("kind: Fixed\nbody: |-\n    The anchor: it holds\ntime: 2"), "{written}");
    assert!(written.ends_with("custom:\n    PR: \"3\"\n"), "{written}");
    assert_eq!(missing(&at), "#4 #2");
}

#[test]
fn files_that_are_named_by_number_are_followed_without_settings() {
    let at = project(&[("changelog.d/1.feature", "First\n")]);
    at.must(&["changes", "add", "#3"]);
    assert_eq!(read(&at, "changelog.d/3.bugfix"), "Fix the anchor\n");
    assert_eq!(missing(&at), "#4 #2");
}

#[test]
fn a_candidate_ships_without_an_entry_that_lies_in_no_commit() {
    let at = project(&[("towncrier.toml", "[tool.towncrier]\n"), ("relco.toml", "[project]\nname = \"harbor\"\n")]);
    at.must(&["release", "start", "1.1.0"]);
    at.must(&["changes", "add", "#3"]);
    assert_eq!(missing(&at), "#4 #2");
    at.must(&["release", "candidate"]);
    assert_eq!(missing(&at), "#4 #3 #2", "the candidate has no such file");
    let (_, text) = said(&at, &["changes"]);
    assert!(text.contains("newsfragments/3.bugfix.rst is in no commit: the candidate ships without it"), "{text}");
}

#[test]
fn nothing_is_written_where_a_link_leads_out() {
    let at = project(&[("towncrier.toml", "[tool.towncrier]\ndirectory = \"news\"\n")]);
    let out = at.dir().join("out");
    std::fs::create_dir(&out).unwrap();
    std::os::unix::fs::symlink(&out, at.project().join("news")).unwrap();
    let (code, text) = said(&at, &["changes", "add", "#3"]);
    assert!(code == 3 && text.contains("it leads out of the repository"), "{code} {text}");
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 0);
}
