//! Every style that real repositories use, each in a repository made here and read by the real binary: how changes
//! land, how changelogs are written, where versions stand.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::stage::Stage;

fn commit(at: &Stage, message: &str) {
    at.git(&["add", "--all"]);
    at.git(&["commit", "--quiet", "--allow-empty", "--cleanup=verbatim", "--message", message]);
}

/// A merge commit of a branch with one commit, written as a forge writes it.
fn merge(at: &Stage, message: &str) {
    at.git(&["switch", "--quiet", "--create", "side"]);
    commit(at, "work in progress");
    at.git(&["switch", "--quiet", "main"]);
    at.git(&["merge", "--quiet", "--no-ff", "--cleanup=verbatim", "--message", message, "side"]);
    at.git(&["branch", "--quiet", "--delete", "side"]);
}

fn released(changelog: &str) -> Stage {
    let at = Stage::plain();
    at.write("CHANGELOG.md", changelog);
    at.git(&["remote", "add", "origin", "https://git.example.com/team/harbor.git"]);
    commit(&at, "Start (#1)");
    at.git(&["tag", "v1.0.0"]);
    at
}

fn document(at: &Stage, arguments: &[&str]) -> Value {
    let words: Vec<&str> = ["--json"].iter().chain(arguments).copied().collect();
    let output = at.relco(&words);
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// `id kind verdict` of every change, oldest first; what is listed under another name has it behind, what is set apart
/// its reason.
fn changes(at: &Stage) -> Vec<String> {
    let document = document(at, &["changes"]);
    let word = |one: &Value, key: &str| one[key].as_str().unwrap_or("-").to_owned();
    let line = |one: &Value| {
        let more = match (one["as"].as_str(), one["verdict"].as_str()) {
            (Some(other), _) => format!(" as {other}"),
            (None, Some("excluded")) => format!(": {}", word(one, "reason")),
            _ => String::new(),
        };
        format!("{} {} {}{more}", word(one, "id"), word(one, "kind"), word(one, "verdict"))
    };
    document["changes"].as_array().unwrap().iter().rev().map(line).collect()
}

const REVIEW: &str = "I8473b95934b5732ac55d26311a706c9c2bde9940";

#[test]
fn changes_are_found_however_they_landed() {
    let at = released("# Changelog\n\n## Unreleased\n\n- Ropes (#20)\n- Slim masts (#29)\n- Knots, I8473b959\n");
    merge(&at, "Merge pull request #10 from li/ropes\n\nCount the ropes");
    commit(&at, "Hold the anchor (#11)");
    commit(&at, "175 (#176)");
    commit(&at, "Bend #7 and #8 no more (#12)");
    commit(&at, "lib: paint\n\nPR-URL: https://git.example.com/team/harbor/pull/13\nReviewed-By: Li");
    commit(&at, "lib: hull\n\nPull-Request: #14");
    merge(&at, "Merge #15 #16\n\n15: Tall masts r=li a=ana\n\n16: Thin masts r=li a=ana");
    merge(&at, "Auto merge of #17 - li:sails, r=ana\n\nWhite sails");
    merge(&at, "Merge branch 'keel' into 'main'\n\nDeep keel\n\nSee merge request team/harbor!18");
    merge(&at, "Merged in feature/oars (pull request #19)\n\nLong oars");
    commit(&at, "Merged PR 21: Low rails");
    commit(&at, &format!("Strong knots\n\nChange-Id: {REVIEW}\nReviewed-on: https://review.example.com/c/harbor/+/77"));
    commit(&at, "[1.0] Ropes (#22)\n\nBackport of #20");
    commit(&at, "Slim masts (#23)\n\nCloses #29");
    commit(&at, "Pink crane (#24)");
    commit(&at, "Revert \"Pink crane (#24)\" (#25)");
    commit(&at, "Blue crane (#26)");
    commit(&at, "Revert \"Blue crane (#26)\" (#27)");
    commit(&at, "Revert \"Revert \"Blue crane (#26)\" (#27)\" (#28)");
    commit(&at, "tidy the deck");
    at.git(&[
        "-c",
        "user.name=dependabot[bot]",
        "commit",
        "--quiet",
        "--allow-empty",
        "--author",
        "dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>",
        "--message",
        "Bump rope from 1 to 2 (#30)",
    ]);
    let tail = "takes back";
    assert_eq!(
        changes(&at),
        [
            "#10 merge missing",
            "#11 squash missing",
            "#176 squash missing",
            "#12 squash missing",
            "#13 trailer missing",
            "#14 trailer missing",
            "#16 merge missing",
            "#15 merge missing",
            "#17 merge missing",
            "!18 merge missing",
            "#19 merge missing",
            "!21 merge missing",
            "I8473b959 trailer listed",
            "#22 squash listed as #20",
            "#23 squash listed as #29",
            "#24 squash excluded: taken back by #25",
            &format!("#25 squash excluded: {tail} #24"),
            "#26 squash missing",
            "#27 squash excluded: taken back by #28",
            &format!("#28 squash excluded: {tail} #27"),
            "- direct direct",
            "#30 squash excluded: dependency update",
        ]
    );
    let text = String::from_utf8(at.relco(&["status"]).stdout).unwrap();
    assert!(text.contains("MR !18 not in changelog"), "{text}");
}

#[test]
fn an_octopus_is_what_it_says_and_carries_the_rest() {
    let at = released("# Changelog\n\n## Unreleased\n\n- Masts (#15)\n");
    for side in ["one", "two"] {
        at.git(&["switch", "--quiet", "--create", side, "v1.0.0"]);
        at.write(&format!("{side}.txt"), side);
        commit(&at, side);
    }
    at.git(&["switch", "--quiet", "main"]);
    at.git(&["merge", "--quiet", "--no-ff", "--message", "Merge #15 #16", "one", "two"]);
    assert_eq!(changes(&at), ["#16 merge missing", "#15 merge listed"]);
}

#[test]
fn a_review_without_a_number_is_missing_until_it_is_told_or_left_out() {
    let at = released("# Changelog\n\n## Unreleased\n\n- Ropes (#2)\n");
    commit(&at, "Ropes (#2)");
    commit(&at, &format!("Strong knots\n\nChange-Id: {REVIEW}"));
    let text = String::from_utf8(at.relco(&["changes"]).stdout).unwrap();
    assert!(text.contains("change I8473b959 not in changelog  —  developer"), "{text}");
    at.must(&["changes", "exclude", "I8473b959", "--reason", "nobody sees it"]);
    assert_eq!(changes(&at)[1], "I8473b959 trailer excluded: nobody sees it");
    at.must(&["changes", "include", "I8473b959"]);
    at.must(&["changes", "add", "I8473b959"]);
    let changelog = std::fs::read_to_string(at.project().join("CHANGELOG.md")).unwrap();
    assert!(changelog.ends_with("- Ropes (#2)\n- Strong knots (I8473b959)\n"), "{changelog}");
    assert_eq!(changes(&at)[1], "I8473b959 trailer listed");
}

/// Each changelog tells #2 and #3 of three changes for 1.1.0, in its own way, and #4 only for another version.
const CHANGELOGS: [(&str, &str, &str); 12] = [
    (
        "keep a changelog",
        "CHANGELOG.md",
        "# Changelog\n\n## [Unreleased]\n\n## [1.1.0] - 2026-03-12\n\n### Added\n\n- Ropes (#2)\n- Anchor (#3)\n\n## [1.0.0]\n\n- Masts (#4)\n\n[1.1.0]: https://x/compare/a...b\n",
    ),
    (
        "any heading",
        "HISTORY.md",
        "# Harbor 1.1.0, the long one\n\nRopes #2 and anchor #3.\n\n# Harbor 1.0.0\n\nMasts #4\n",
    ),
    (
        "restructured text",
        "CHANGES.rst",
        "Changes\n=======\n\nVersion 1.1.0\n-------------\n\nReleased 2026-03-12\n\n-   Ropes. :pr:`2`\n-   Anchor. :issue:`3`\n\nVersion 1.0.0\n-------------\n\n-   Masts. :pr:`4`\n",
    ),
    ("unreleased", "CHANGELOG.md", "## Unreleased\n\n* Ropes (#2)\n* Anchor (#3)\n\n## v1.0.0\n\n* Masts (#4)\n"),
    ("next", "CHANGES.md", "## 1.1.0 - next\n\n* Ropes (#2)\n* Anchor (#3)\n\n## 1.0.0\n\n* Masts (#4)\n"),
    ("plain text", "NEWS", "1.1.0\n=====\n\n  * Ropes (GH-2)\n  * Anchor (gh-3)\n\n1.0.0\n=====\n\n  * Masts (GH-4)\n"),
    (
        "asciidoc",
        "CHANGELOG.adoc",
        "= Changelog\n\n== 1.1.0\n\n* Ropes (#2)\n* Anchor (#3)\n\n== 1.0.0\n\n* Masts (#4)\n",
    ),
    (
        "full links",
        "CHANGELOG.md",
        "## 1.1.0\n\n- Ropes https://git.example.com/team/harbor/pull/2\n- Anchor ([#3](https://git.example.com/team/harbor/pull/3))\n\n## 1.0.0\n\n- Masts https://git.example.com/team/harbor/pull/4\n",
    ),
    (
        "link references",
        "CHANGELOG.md",
        "## 1.1.0\n\n- Ropes [#2]\n- Anchor [the pull request][3]\n\n## 1.0.0\n\n- Masts [#4]\n\n[#2]: https://git.example.com/team/harbor/pull/2\n[3]: https://git.example.com/team/harbor/pull/3\n[#4]: https://git.example.com/team/harbor/pull/4\n",
    ),
    ("several in a line", "CHANGELOG.md", "## 1.1.0\n\n- Ropes and anchor (#2, #3)\n\n## 1.0.0\n\n- Masts (#4)\n"),
    (
        "windows",
        "CHANGELOG.md",
        "\u{feff}## 1.1.0\r\n\r\n- Ropes (#2)\r\n- Anchor (#3)\r\n\r\n## 1.0.0\r\n\r\n- Masts (#4)\r\n",
    ),
    ("in documents", "docs/changelog.md", "## 1.1.0\n\n- Ropes (#2)\n- Anchor (#3)\n\n## 1.0.0\n\n- Masts (#4)\n"),
];

#[test]
fn a_number_counts_under_its_own_version_in_every_style_of_changelog() {
    for (style, path, text) in CHANGELOGS {
        let at = Stage::plain();
        at.git(&["remote", "add", "origin", "https://git.example.com/team/harbor.git"]);
        commit(&at, "Start (#1)");
        at.git(&["tag", "v1.0.0"]);
        commit(&at, "Ropes (#2)");
        commit(&at, "Anchor (#3)");
        commit(&at, "Masts (#4)");
        at.write(path, text);
        let words = ["changes", "--changelog", path];
        let given = document(&at, &words);
        let found = if path.contains('/') { given.clone() } else { document(&at, &["changes"]) };
        for document in [given, found] {
            let verdicts: BTreeMap<&str, &str> = document["changes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| (one["id"].as_str().unwrap(), one["verdict"].as_str().unwrap()))
                .collect();
            let wanted = BTreeMap::from([("#2", "listed"), ("#3", "listed"), ("#4", "missing")]);
            assert_eq!(verdicts, wanted, "{style}: {document:#}");
        }
    }
}

/// Each project with every file in which it says 1.2.4, the line's version marked by `{}`.
const KINDS: [(&str, &[(&str, &str)]); 17] = [
    (
        "cargo",
        &[
            ("Cargo.toml", "[workspace]\nmembers = [\"a\", \"b\"]\n\n[workspace.package]\nversion = \"{}\"\n"),
            ("a/Cargo.toml", "[package]\nname = \"a\"\nversion.workspace = true\n"),
            ("b/Cargo.toml", "[package]\nname = \"b\"\nversion = \"{}\" # beside\n"),
            (
                "Cargo.lock",
                "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"{}\"\n\n[[package]]\nname = \"b\"\nversion = \"{}\"\n",
            ),
        ],
    ),
    (
        "npm",
        &[
            ("package.json", "{\n\t\"name\": \"h\",\n\t\"version\": \"{}\",\n\t\"workspaces\": [\"p/*\"]\n}\n"),
            ("p/a/package.json", "{ \"name\": \"a\", \"version\": \"{}\" }\n"),
            (
                "package-lock.json",
                "{\n  \"name\": \"h\",\n  \"version\": \"{}\",\n  \"packages\": {\n    \"\": { \"version\": \"{}\" }\n  }\n}\n",
            ),
        ],
    ),
    (
        "python",
        &[
            ("pyproject.toml", "[project]\nname = 'h'\nversion = '{}'\n"),
            ("uv.lock", "version = 1\n\n[[package]]\nname = \"h\"\nversion = \"{}\"\nsource = { editable = \".\" }\n"),
        ],
    ),
    ("poetry", &[("pyproject.toml", "[tool.poetry]\nname = \"h\"\nversion = \"{}\"\n")]),
    (
        "dynamic",
        &[
            (
                "pyproject.toml",
                "[project]\nname = \"h\"\ndynamic = [\"version\"]\n\n[tool.hatch.version]\npath = \"h/__about__.py\"\n",
            ),
            ("h/__about__.py", "__version__ = \"{}\"\n"),
        ],
    ),
    ("setup.cfg", &[("setup.cfg", "[metadata]\nname = h\nversion = {}\n")]),
    ("maven", &[("pom.xml", "<project>\n  <artifactId>h</artifactId>\n  <version>{}</version>\n</project>\n")]),
    ("gradle", &[("build.gradle", "group = 'x'\nversion = '{}'\n")]),
    ("gradle properties", &[("gradle.properties", "version={}\n")]),
    (
        "dotnet",
        &[(
            "Harbor.csproj",
            "<Project>\n  <PropertyGroup>\n    <Version>{}</Version>\n  </PropertyGroup>\n</Project>\n",
        )],
    ),
    ("helm", &[("Chart.yaml", "apiVersion: v2\nname: h\nversion: {}\nappVersion: \"{}\"\n")]),
    ("composer", &[("composer.json", "{\n    \"name\": \"x/h\",\n    \"version\": \"{}\"\n}\n")]),
    ("mix", &[("mix.exs", "defmodule H do\n  def project do\n    [app: :h, version: \"{}\"]\n  end\nend\n")]),
    ("pub", &[("pubspec.yaml", "name: h\nversion: {}\n")]),
    ("ruby", &[("h.gemspec", "Gem::Specification.new do |s|\n  s.version = \"{}\"\nend\n")]),
    ("cmake", &[("CMakeLists.txt", "cmake_minimum_required(VERSION 3.20)\nproject(h VERSION {} LANGUAGES C)\n")]),
    ("meson", &[("meson.build", "project('h', 'c', version: '{}')\n"), ("VERSION", "{}\n")]),
];

#[test]
fn every_kind_of_version_file_is_found_without_a_word_proposed_and_set_to_the_byte() {
    for (kind, files) in KINDS {
        let at = Stage::plain();
        for (path, text) in files {
            at.write(path, &text.replace("{}", "1.2.4"));
        }
        commit(&at, "first");
        at.git(&["tag", "v1.2.4"]);
        let expected: usize = files.iter().map(|(_, text)| text.matches("{}").count()).sum();
        let places = |version: &str| {
            let document = document(&at, &["versions"]);
            let all = document["places"].as_array().unwrap().clone();
            all.iter().filter(|one| one["kind"] != "tag" && one["found"] == version).count()
        };
        assert_eq!(places("1.2.4"), expected, "{kind}: {:#}", document(&at, &["versions"]));
        let proposed = at.must(&["init", "--print"]);
        let (first, _) = files[0];
        assert!(proposed.contains(&format!("path = \"{first}\"")), "{kind}: {proposed}");
        at.must(&["versions", "--set", "1.3.0"]);
        for (path, text) in files {
            let now = std::fs::read_to_string(at.project().join(path)).unwrap();
            assert_eq!(now, text.replace("{}", "1.3.0"), "{kind}: {path}");
        }
        assert_eq!(places("1.3.0"), expected, "{kind}");
    }
}
