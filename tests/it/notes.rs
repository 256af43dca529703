//! Release notes by the real binary: a project's own template, what came since somebody wrote, and what breaks.

use std::fs;

use crate::support::stage::Stage;

fn commit(at: &Stage, message: &str) {
    at.git(&["add", "--all"]);
    at.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
}

fn said(at: &Stage, arguments: &[&str]) -> (Option<i32>, String) {
    let output = at.relco(arguments);
    (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

/// A project at 1.2.4 with one feature since.
fn harbor() -> Stage {
    let at = Stage::plain();
    at.write("CHANGELOG.md", "# Changelog\n\n## 1.2.4\n\n- First\n");
    commit(&at, "first");
    at.git(&["tag", "v1.2.4"]);
    commit(&at, "feat: count the ropes (#12)");
    at
}

#[test]
fn a_template_of_the_project_replaces_the_form() {
    let at = harbor();
    at.write("relco.toml", "[project]\nname = \"harbor\"\n[notes]\ntemplate = \"docs/notes.md.j2\"\n");
    at.write(
        "docs/notes.md.j2",
        "# {{ project }} {{ version }} after {{ base }}\n{% for one in features %}\n* {{ one }}\n{% endfor %}\n",
    );
    at.must(&["release", "start", "1.3.0"]);
    assert_eq!(at.must(&["notes", "--draft"]), "# harbor 1.3.0 after 1.2.4\n* **Count the ropes** (#12)\n");
    at.write("docs/notes.md.j2", "# {{ project }}\n{{ nobody }}\n");
    let (code, text) = said(&at, &["notes", "--draft"]);
    assert_eq!(code, Some(2));
    assert!(text.contains("docs/notes.md.j2:2: undefined value"), "{text}");
    // Whoever wrote it does not hold anybody up.
    let all = "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}";
    at.write("docs/notes.md.j2", &format!("{all}{}", "{% endfor %}".repeat(3)));
    let (code, text) = said(&at, &["notes", "--draft"]);
    assert_eq!(code, Some(2));
    assert!(text.contains("out of fuel"), "{text}");
    at.write("relco.toml", "[notes]\ntemplate = \"../notes.md.j2\"\n");
    let (code, text) = said(&at, &["notes", "--draft"]);
    assert_eq!(code, Some(2));
    assert!(text.contains("relco.toml:2:12"), "{text}");
}

#[test]
fn what_came_since_is_merged_into_what_a_person_wrote() {
    let at = harbor();
    at.must(&["release", "start", "1.3.0"]);
    let notes = at.dir().join("notes.md");
    fs::write(&notes, "## 1.3.0\n\nOurs alone.\n\n### New Features\n\n- Ropes, at last (#12)\n").unwrap();
    at.must(&["notes", "--write", notes.to_str().unwrap()]);
    let (code, text) = said(&at, &["notes", "--merge"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("the notes tell of everything already"), "{text}");
    commit(&at, "fix: hold the anchor (#13)");
    let (_, text) = said(&at, &["notes"]);
    assert!(text.contains("1 line is new since these were written: relco notes --merge"), "{text}");
    assert!(at.must(&["notes", "--merge"]).contains("+ Hold the anchor (#13)"));
    assert_eq!(
        at.must(&["notes"]),
        "## 1.3.0\n\nOurs alone.\n\n### New Features\n\n- Ropes, at last (#12)\n\n### Bug Fixes\n\n- Hold the anchor (#13)\n"
    );
    // Taken out on purpose, it does not come back.
    fs::write(&notes, "## 1.3.0\n\nOurs alone.\n").unwrap();
    at.must(&["notes", "--write", notes.to_str().unwrap()]);
    assert_eq!(said(&at, &["notes", "--merge"]).0, Some(1));
}

#[test]
fn what_breaks_wants_an_upgrade_section_that_the_notes_lead_to() {
    let at = harbor();
    commit(&at, "feat!: drop the old port (#14)\n\nBREAKING CHANGE: it is 8080 now");
    at.must(&["release", "start", "2.0.0"]);
    let status = |at: &Stage| {
        let (_, text) = said(at, &["status"]);
        text.lines().filter(|line| line.contains("developer: write it in")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(status(&at).len(), 1, "{:?}", status(&at));
    assert!(status(&at)[0].contains("no upgrade instructions for 2.0.0: it must name #14"), "{:?}", status(&at));
    at.write("UPGRADING.md", "# Upgrading\n\n## 2.0.0\n\nNothing much.\n");
    assert!(
        status(&at)[0].contains("breaking change #14 (drop the old port) is not in UPGRADING.md"),
        "{:?}",
        status(&at)
    );
    at.write("UPGRADING.md", "# Upgrading\n\n## 2.0.0\n\nThe port is 8080 now (#14).\n");
    assert_eq!(status(&at), Vec::<String>::new());
    let notes = at.dir().join("notes.md");
    fs::write(&notes, "## 2.0.0\n\n- Old port (#14)\n").unwrap();
    at.must(&["notes", "--write", notes.to_str().unwrap()]);
    assert!(status(&at)[0].contains("the release notes do not link UPGRADING.md"), "{:?}", status(&at));
    fs::write(&notes, "## 2.0.0\n\n- Old port (#14): see [how](UPGRADING.md)\n").unwrap();
    at.must(&["notes", "--write", notes.to_str().unwrap()]);
    assert_eq!(status(&at), Vec::<String>::new());
}
