//! Nine copies of one version, by the real binary: found, told apart, set together, and what still says the old one.

use std::fs;

use serde_json::{Value, json};

use crate::support::stage::Stage;

const CONFIG: &str = r#"
[project]
name = "harbor"

[[version.file]]
path = "backend/Cargo.toml"

[[version.file]]
path = "frontend/package.json"

[[version.file]]
path = "tools/pyproject.toml"

[[version.file]]
path = "VERSION"

[[version.file]]
path = "about.html"
pattern = 'Harbor (?<version>\d\S*)<'
matches = 2
"#;

/// Nine copies in eight files, at 1.2.4 and tagged so; and a badge that nobody listed.
fn nine() -> Stage {
    let at = Stage::plain();
    at.write("relco.toml", CONFIG);
    at.write("backend/Cargo.toml", "[package]\nname = \"backend\"\nversion = \"1.2.4\" # of all\n");
    at.write("backend/Cargo.lock", "version = 4\n\n[[package]]\nname = \"backend\"\nversion = \"1.2.4\"\n");
    at.write("frontend/package.json", "{\r\n\t\"name\": \"frontend\",\r\n\t\"version\": \"1.2.4\"\r\n}\r\n");
    at.write(
        "frontend/package-lock.json",
        "{\n  \"name\": \"frontend\",\n  \"version\": \"1.2.4\",\n  \"packages\": {\n    \"\": { \"version\": \"1.2.4\" },\n    \
         \"node_modules/x\": { \"version\": \"1.2.4\" }\n  }\n}\n",
    );
    at.write("tools/pyproject.toml", "[project]\nname = \"tools\"\nversion = '1.2.4'\n");
    at.write("VERSION", "v1.2.4\n");
    at.write("about.html", "<b>Harbor 1.2.4</b>\n<i>Harbor 1.2.4</i>\n");
    at.write("CHANGELOG.md", "# Changelog\n\n## 1.2.4\n\n- First\n");
    at.write("README.md", "![v](https://img.shields.io/badge/v-1.2.4-blue)\nIt floats as 1.2.4 did.\n");
    commit(&at, "first");
    at.git(&["tag", "v1.2.4"]);
    at
}

fn commit(at: &Stage, message: &str) {
    at.git(&["add", "--all"]);
    at.git(&["commit", "--quiet", "--message", message]);
}

fn said(at: &Stage, arguments: &[&str]) -> (Option<i32>, String) {
    let output = at.relco(arguments);
    (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

fn document(at: &Stage) -> Value {
    serde_json::from_slice(&at.relco(&["--json", "versions"]).stdout).unwrap()
}

#[test]
fn nine_copies_are_found_told_apart_and_set_together() {
    let at = nine();
    at.must(&["release", "start", "1.3.0"]);
    let (code, text) = said(&at, &["versions"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("backend, frontend, tools, VERSION and about.html say v1.2.4, the release is v1.3.0"),
        "{text}"
    );
    let places = document(&at)["places"].as_array().unwrap().clone();
    let files = places.iter().filter(|place| place["kind"] != "changelog").count();
    assert_eq!(files, 9, "{places:#?}");
    assert_eq!(
        places[1],
        json!({ "path": "backend/Cargo.lock", "line": 5, "kind": "cargo lock", "found": "1.2.4", "ok": false })
    );

    // One copy alone is forgotten: the words of the two that disagree.
    at.must(&["versions", "--set", "1.3.0"]);
    at.write("frontend/package.json", "{\n  \"version\": \"1.2.4\"\n}\n");
    let (_, text) = said(&at, &["versions"]);
    assert!(text.contains("frontend/package.json says v1.2.4"), "{text}");
    at.write("frontend/package.json", "{\r\n\t\"name\": \"frontend\",\r\n\t\"version\": \"1.3.0\"\r\n}\r\n");

    let (code, text) = said(&at, &["versions"]);
    assert!(text.contains("9 places say 1.3.0"), "{text}");
    assert_eq!(code, Some(1), "the changelog has no section yet: {text}");
    let read = |path: &str| fs::read_to_string(at.project().join(path)).unwrap();
    assert_eq!(read("backend/Cargo.toml"), "[package]\nname = \"backend\"\nversion = \"1.3.0\" # of all\n");
    assert!(read("frontend/package-lock.json").contains("\"node_modules/x\": { \"version\": \"1.2.4\" }"));
    at.write("CHANGELOG.md", "# Changelog\n\n## 1.3.0\n\n- Second\n\n## 1.2.4\n\n- First\n");
    let (code, text) = said(&at, &["versions"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("2 lines elsewhere still say 1.2.4"), "{text}");
}

#[test]
fn strays_are_accepted_or_made_places() {
    let at = nine();
    at.must(&["release", "start", "1.3.0"]);
    at.must(&["versions", "--set", "1.3.0"]);
    let strays = document(&at)["strays"].clone();
    assert_eq!(
        strays,
        json!([
            { "path": "README.md", "line": 1, "text": "![v](https://img.shields.io/badge/v-1.2.4-blue)" },
            { "path": "README.md", "line": 2, "text": "It floats as 1.2.4 did." },
        ])
    );
    let (code, text) = said(&at, &["versions", "--add", "README.md"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("README.md has several such lines"), "{text}");
    at.must(&["versions", "--accept", "README.md:2", "--reason", "it tells of the past"]);
    at.must(&["versions", "--add", "README.md:1"]);
    let (code, text) = said(&at, &["versions", "--accept", "README.md:2"]);
    assert_eq!(code, Some(1), "{text}");
    assert_eq!(document(&at)["strays"], json!([]));
    let (_, text) = said(&at, &["versions"]);
    assert!(text.contains("README.md says v1.2.4"), "{text}");
    at.must(&["versions", "--set", "1.3.0"]);
    let readme = fs::read_to_string(at.project().join("README.md")).unwrap();
    assert_eq!(readme, "![v](https://img.shields.io/badge/v-1.3.0-blue)\nIt floats as 1.2.4 did.\n");
    let config = fs::read_to_string(at.project().join("relco.toml")).unwrap();
    assert!(config.starts_with(CONFIG.trim_end()), "{config}");
    // The next release does not ask about the same line again.
    assert!(at.must(&["timeline"]).contains("1.3.0"));
}

#[test]
fn the_tag_and_the_heading_are_places() {
    let at = nine();
    let kinds = |at: &Stage| {
        let document = document(at);
        let places = document["places"].as_array().unwrap().clone();
        let ours = places.iter().filter(|place| place["kind"] == "tag" || place["kind"] == "changelog");
        ours.map(|place| format!("{} {} {} {}", place["kind"], place["path"], place["found"], place["ok"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(kinds(&at), [r#""tag" "v1.2.4" "1.2.4" true"#, r#""changelog" "CHANGELOG.md" "1.2.4" true"#]);
    // Tagged before the files said it.
    at.git(&["commit", "--quiet", "--allow-empty", "--message", "later"]);
    at.git(&["tag", "v1.3.0"]);
    assert_eq!(kinds(&at)[0], r#""tag" "v1.3.0" "1.3.0" false"#);
    let (code, text) = said(&at, &["versions"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("tag says v1.3.0"), "{text}");
}

#[test]
fn an_interrupted_set_is_named_and_comes_to_either_end() {
    let at = nine();
    at.must(&["release", "start", "1.3.0"]);
    let (code, text) = said(&at, &["versions", "--finish"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("no set of a version is half-done"), "{text}");
    let state = fs::read_dir(at.dir().join("state")).unwrap().next().unwrap().unwrap().path();
    for (option, version) in [("--revert", "v1.2.4\n"), ("--finish", "v1.3.0\n")] {
        // As a kill between two files leaves it.
        let under_way = state.join("versions-set");
        fs::create_dir(&under_way).unwrap();
        for (name, text) in [("0.before", "v1.2.4\n"), ("0.after", "v1.3.0\n")] {
            fs::write(under_way.join(name), text).unwrap();
        }
        let note = json!({ "schema": 1, "version": "1.3.0", "files": ["VERSION"] });
        fs::write(under_way.join("note.json"), note.to_string()).unwrap();
        let (code, text) = said(&at, &["versions"]);
        assert_eq!(code, Some(1));
        assert!(text.contains("setting 1.3.0 stopped half-way: VERSION has the old version"), "{text}");
        assert!(text.contains("--finish writes the rest, --revert takes it back"), "{text}");
        at.must(&["versions", option]);
        assert_eq!(fs::read_to_string(at.project().join("VERSION")).unwrap(), version);
        assert!(!under_way.exists());
    }
}

#[test]
fn what_stood_there_before_a_set_is_looked_for_and_not_only_the_last_release() {
    let at = Stage::plain();
    at.write(
        "pom.xml",
        "<project><version>4.0.0-SNAPSHOT</version><modules><module>api</module></modules></project>\n",
    );
    at.write("api/pom.xml", "<project><parent><version>4.0.0-SNAPSHOT</version></parent></project>\n");
    at.write("docs/try.md", "Try 4.0.0-SNAPSHOT, or 3.9.0.\n");
    commit(&at, "first");
    at.git(&["tag", "v3.9.0"]);
    let (code, text) = said(&at, &["versions", "--set", "4.0.0"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("2 places say 4.0.0"), "{text}");
    assert!(text.contains("1 line elsewhere still says 4.0.0-SNAPSHOT:\n  docs/try.md:1"), "{text}");
    // Also later, when the set is the commit at hand.
    at.write("docs/more.md", "Get 3.9.0.\n");
    commit(&at, "4.0.0");
    let strays = document(&at)["strays"].clone();
    let lines: Vec<String> = strays.as_array().unwrap().iter().map(|stray| stray["path"].to_string()).collect();
    assert_eq!(lines, [r#""docs/more.md""#, r#""docs/try.md""#], "{strays}");
}

#[test]
fn between_releases_the_heading_of_the_next_version_is_not_red_and_no_failure_is_without_words() {
    let at = Stage::plain();
    at.write("VERSION", "1.21.0-dev\n");
    at.write("CHANGELOG.md", "# Changelog\n\n## v1.21.0\n\n- First\n");
    commit(&at, "first");
    at.git(&["tag", "v1.20.0"]);
    at.git(&["commit", "--quiet", "--allow-empty", "--message", "later"]);
    let (code, text) = said(&at, &["versions"]);
    assert_eq!(code, Some(0), "{text}");
    at.write("VERSION", "1.20.0\n");
    let (code, text) = said(&at, &["versions"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("CHANGELOG.md:3 tells of v1.21.0, which is above what the files say"), "{text}");
}
