//! The command line as a person meets it, by transcripts of the real binary in a place of its own. A line that begins
//! with `!` came on standard error.

use std::fs;

use crate::support::stage::Stage;

#[test]
fn before_a_release_is_started() {
    let mut at = Stage::harbor();
    at.tell("relco status");
    at.tell("relco status --short");
    at.tell("relco changes");
    at.tell("relco versions");
    at.tell("relco gate list");
    at.tell("relco release list");
    at.tell("relco release show");
    at.tell("relco debt list");
    at.tell("relco config check");
    at.tell("relco config paths");
    at.tell("relco deploy plan");
    assert!(!at.dir().join("state").exists(), "looking left a trace");
    at.tell("relco deploy start --env staging");
    at.tell("relco gate pass security");
    insta::assert_snapshot!(at.transcript());
}

#[test]
fn trust_is_said_in_full_or_not_at_all() {
    let mut at = Stage::harbor();
    at.tell("relco trust | head -3");
    at.tell("relco trust > /dev/null");
    at.tell("relco trust --hash 0123");
    at.tell("relco trust --yes | tail -2");
    at.tell("relco trust --yes");
    fs::write(at.project().join("relco.toml"), "[project]\nname = \"harbor\"\n").unwrap();
    at.tell("relco config check");
    at.tell("relco trust --yes");
    insta::assert_snapshot!(at.transcript());
}

#[test]
fn a_release_gets_ready() {
    let mut at = Stage::harbor();
    at.tell("relco release start 1.3.0");
    at.tell("relco status");
    at.tell("relco status --json");
    at.tell("relco check");
    at.tell("relco trust --yes > /dev/null");
    at.tell("relco versions --set 1.3.0 --dry-run");
    at.tell("relco versions --set 1.3.0");
    at.tell("relco release candidate");
    at.tell("./tools/list-change 1.3.0 Changed 'Part of a day is charged by the hour (#123)'");
    at.tell("git commit --quiet --all --message 'Finish the preparation of 1.3.0'");
    at.tell("relco release candidate");
    at.tell("relco release candidate");
    at.tell("relco check pipeline scripts-tested qa changelog versions");
    at.tell("relco check security");
    at.tell("relco check full-tests");
    at.tell("relco check nonsense");
    at.tell("relco item done full-tests --by li@example.com --note 'run 881'");
    at.tell("relco item done pipeline");
    at.tell("relco item skip migrations-ready");
    at.tell("relco gate pass security --by kim@example.com --evidence 'review of 12 March'");
    at.tell("relco signoff qa yes --by somebody@example.com");
    at.tell("relco gate list");
    at.tell("relco gate list --json");
    at.tell("relco item list --list pre-release");
    at.tell("relco release show");
    at.tell("relco release list");
    at.tell("relco deploy start --env production --confirm 1.3.0@production");
    at.tell("relco release tag");
    at.tell("relco release tag --make");
    at.tell("relco release tag");
    at.tell("relco release complete");
    at.tell("relco release abandon --reason 'not today'");
    at.tell("relco status --short");
    at.tell("relco journal verify");
    insta::assert_snapshot!(at.transcript());
}

#[test]
fn a_new_candidate_voids_what_was_said_about_the_old_one() {
    let mut at = Stage::harbor();
    at.must(&["trust", "--yes"]);
    at.must(&["release", "start", "minor"]);
    at.must(&["release", "candidate"]);
    at.must(&["check", "qa", "pipeline"]);
    at.must(&["signoff", "security", "yes", "--by", "kim@example.com"]);
    at.write("CHANGELOG.md", "# Changelog\n");
    at.git(&["commit", "--quiet", "--all", "--message", "Another one"]);
    at.tell("relco check qa");
    at.tell("relco release candidate");
    at.tell("relco gate list");
    at.tell("relco check qa");
    insta::assert_snapshot!(at.transcript());
}

#[test]
fn what_cannot_be_meant_is_refused_with_the_right_thing() {
    let mut at = Stage::harbor();
    at.tell("relco release start 1.2.0");
    at.tell("relco release start 1.2.4");
    at.tell("relco release start 1.3");
    at.tell("relco release start sideways");
    at.tell("relco release start minor --type hotfix");
    at.tell("relco release start hotfix");
    at.tell("relco release start hotfix --reason 'bookings are lost' --base v1.2.4");
    at.tell("relco release start minor --type tiny");
    at.tell("relco versions --set soon");
    at.tell("relco changes --from nowhere");
    at.tell("relco changes --section later");
    at.tell("relco changes --changelog ../CHANGELOG.md");
    at.tell("relco release candidate nowhere");
    at.tell("relco item list --list tasks");
    at.tell("relco --release 9.9.9 status");
    at.tell("relco trigger fire nothing");
    at.tell("relco watch --env moon");
    at.tell("relco live set moon 1.0.0");
    at.tell("relco debt pay nothing");
    at.tell("relco journal verify nothing.toml");
    at.tell("relco statsu");
    at.tell("relco release start");
    at.tell("relco");
    at.tell("relco demo");
    insta::assert_snapshot!(at.transcript());
}

#[test]
fn a_repository_without_configuration_is_enough() {
    let mut at = Stage::plain();
    at.tell("relco status");
    at.tell("relco changes");
    at.tell("relco versions");
    at.tell("relco trust");
    at.write("CHANGELOG.md", "# Changelog\n\n## Unreleased\n\n- Ropes (#2)\n");
    at.write("package.json", "{ \"name\": \"plain\", \"version\": \"0.3.0\" }\n");
    at.git(&["add", "--all"]);
    at.git(&["commit", "--quiet", "--message", "Write things down"]);
    at.git(&["tag", "release-0.3.0"]);
    at.write("ropes", "strong\n");
    at.git(&["add", "--all"]);
    at.git(&["commit", "--quiet", "--message", "Ropes (#2)"]);
    at.write("anchor", "heavy\n");
    at.git(&["add", "--all"]);
    at.git(&["commit", "--quiet", "--message", "Anchor (#3)"]);
    at.tell("relco changes");
    at.tell("relco changes --json");
    at.tell("relco versions");
    at.tell("relco status");
    at.tell("relco release start minor");
    at.tell("relco check");
    at.tell("relco init");
    at.tell("relco init");
    at.tell("cat relco.toml | head -12");
    at.tell("relco config check");
    insta::assert_snapshot!(at.transcript());
}

#[test]
fn surroundings_that_do_not_fit_are_said_in_words() {
    let mut at = Stage::bare_directory();
    at.tell("relco status");
    at.tell("relco doctor");
    at.tell("relco completions nosh");
    insta::assert_snapshot!("no_repository", at.transcript());

    let mut at = Stage::empty();
    at.tell("relco status");
    at.tell("relco changes");
    at.tell("relco release start minor");
    insta::assert_snapshot!("no_commits", at.transcript());

    let mut at = Stage::plain();
    fs::write(at.dir().join("state"), "not a directory\n").unwrap();
    at.tell("relco release start minor");
    at.tell("relco doctor");
    insta::assert_snapshot!("no_state", at.transcript());

    let mut at = Stage::harbor();
    let config = fs::read_to_string(at.project().join("relco.toml")).unwrap();
    at.write("relco.toml", &config.replace("[[gate]]\nid = \"qa\"", "[[gate]]\nid = \"qa\"\nchek = [\"x\"]"));
    at.tell("relco status");
    at.tell("relco config check");
    insta::assert_snapshot!("broken_config", at.transcript());

    let mut at = Stage::harbor();
    at.git(&["checkout", "--quiet", "--detach", "HEAD~2"]);
    at.write("CHANGELOG.md", "changed\n");
    at.tell("relco status");
    at.tell("relco doctor");
    insta::assert_snapshot!("detached_and_dirty", at.transcript());
}

#[test]
fn a_damaged_record_is_read_only_and_repaired_beside_itself() {
    let mut at = Stage::harbor();
    at.must(&["release", "start", "minor"]);
    at.must(&["signoff", "qa", "yes"]);
    at.must(&["signoff", "security", "yes"]);
    let paths: serde_json::Value = serde_json::from_str(&at.must(&["config", "paths", "--json"])).unwrap();
    let journal = std::path::Path::new(paths["release"].as_str().unwrap()).join("journal.toml");
    let bytes = fs::read(&journal).unwrap();
    fs::write(&journal, &bytes[..bytes.len() - 20]).unwrap();
    at.tell("relco journal verify");
    at.tell("relco signoff qa no --note 'looked again'");
    at.tell("relco journal verify");
    let mut bytes = fs::read(&journal).unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    bytes[text.find("seq = 4").unwrap()] ^= 1;
    fs::write(&journal, bytes).unwrap();
    at.tell("relco journal verify");
    at.tell("relco signoff qa yes");
    at.tell("relco journal repair");
    at.tell("relco journal repair");
    at.tell("relco journal verify");
    insta::assert_snapshot!(at.transcript());
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let mut at = Stage::harbor();
    for line in ["relco man | head -1", "relco changes | head -1", "relco config schema | head -1"] {
        at.tell(line);
    }
    at.tell("relco status 2>&- >&-");
    assert!(!at.transcript().contains("panic"), "{}", at.transcript());
}
