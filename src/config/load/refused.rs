//! What a wrong `relco.toml` is told: the message for each mistake, whole, with its position.

use super::*;

/// Holds a table of files and messages against what loading says.
fn hold(table: &[(&str, &str)]) {
    for (text, expected) in table {
        let source = Source { name: FILE_NAME, bytes: text.as_bytes() };
        match load(Some(source), &Found { directory: "harbor".into(), ..Found::default() }) {
            Ok(_) => panic!("taken as good:\n{text}"),
            Err(error) => assert_eq!(error.to_string(), *expected, "for\n{text}\n"),
        }
    }
}

#[test]
fn unknown_keys() {
    hold(&[
        (
            r#"[[gate]]
id = "qa"
titel = "QA""#,
            r#"relco.toml:3:1: unknown key "titel" in [[gate]]; did you mean "title"? allowed: id, title, role, check, shell, types, breaking, remove"#,
        ),
        (
            r#"[project]
name = "x"
[projekt]
name = "y""#,
            r#"relco.toml:3:2: unknown key "projekt" in the file; did you mean "project"? allowed: project, people, version, changelog, release_log, notes, environment, gate, item, deploy, probe, trigger, stakeholder, rehearsal, artifact, metrics, incident, plan"#,
        ),
        (
            r#"[[deploy.step]]
id = "migrate"
run = ["x"]
list = "deployment""#,
            r#"relco.toml:4:1: unknown key "list" in [[deploy.step]]; allowed: id, title, role, expect, wants, types, environments, breaking, manual, before, after, remove, run, shell, class, undo, undo_when, safe_if, asks_safe, check, cancel, retries, backoff, on_failure, tty, timeout, on_timeout, silence, rerun, fulfils, roll_forward"#,
        ),
        (
            r#"[environment.staging]
var = { A = "1" }"#,
            r#"relco.toml:2:1: unknown key "var" in [environment.staging]; did you mean "vars"? allowed: vars, env_file, danger, remove"#,
        ),
        (
            r#"[[stakeholder]]
name = "team"
notify = { webhook = "https://example.com/secret" }"#,
            r#"relco.toml:3:12: unknown key "webhook" in [stakeholder.notify]; allowed: command, shell, webhook_env"#,
        ),
        (
            "[deploy]
steps = []",
            r#"relco.toml:2:1: unknown key "steps" in [deploy]; did you mean "step"? allowed: step"#,
        ),
        (
            r#""tit\u001Ble" = 1"#,
            r#"relco.toml:1:1: unknown key "tit\u{1b}le" in the file; allowed: project, people, version, changelog, release_log, notes, environment, gate, item, deploy, probe, trigger, stakeholder, rehearsal, artifact, metrics, incident, plan"#,
        ),
        (
            r#"[[gate]]
id = "qa"
rol = "qa"
[[item]]
idd = "x"
"#,
            r#"relco.toml:3:1: unknown key "rol" in [[gate]]; did you mean "role"? allowed: id, title, role, check, shell, types, breaking, remove
relco.toml:4:1: [[item]] needs "id"
relco.toml:5:1: unknown key "idd" in [[item]]; did you mean "id"? allowed: id, list, group, auto, probe, notice, title, role, expect, wants, types, environments, breaking, manual, before, after, remove, run, shell, class, undo, undo_when, safe_if, asks_safe, check, cancel, retries, backoff, on_failure, tty, timeout, on_timeout and 4 more"#,
        ),
    ]);
}

#[test]
fn wrong_types_and_words() {
    hold(&[
        (
            "[project]
name = 3",
            r#"relco.toml:2:8: "name" in [project] is a whole number; allowed: text in quotes"#,
        ),
        (
            r#"[[gate]]
id = "qa"
check = "./ci/qa --passed""#,
            r#"relco.toml:3:9: check "./ci/qa --passed" is one text; allowed: an array of program and arguments, or `shell = true` beside it"#,
        ),
        (
            r#"[[gate]]
id = "qa"
check = ["./ci/qa", 3]"#,
            r#"relco.toml:3:21: "check" in [[gate]] is a whole number; allowed: an array of program and arguments, or with `shell = true` one text for the shell"#,
        ),
        (
            r#"[[item]]
id = "smoke"
types = "minor""#,
            r#"relco.toml:3:9: "types" in [[item]] is a text; allowed: an array of hotfix, patch, minor, major"#,
        ),
        (
            r#"[[item]]
id = "smoke"
types = ["minor", "mayor"]"#,
            r#"relco.toml:3:19: unknown release type "mayor"; did you mean "major"? allowed: hotfix, patch, minor, major"#,
        ),
        (
            r#"[[item]]
id = "smoke"
list = "verificaton""#,
            r#"relco.toml:3:8: unknown list "verificaton"; did you mean "verification"? allowed: pre-release, pre-deployment, deployment, verification, communication, rollback, post-rollback"#,
        ),
        (
            r#"[[deploy.step]]
id = "migrate"
run = ["x"]
timeout = "10 min""#,
            r#"relco.toml:4:11: timeout "10 min" is not a duration; allowed: a duration such as "90s", "10m", "2m30s", "500ms""#,
        ),
        (
            r#"[[deploy.step]]
id = "migrate"
run = ["x"]
timeout = 600"#,
            r#"relco.toml:4:11: "timeout" in [[deploy.step]] is a whole number; allowed: a duration such as "90s", "10m", "2m30s", "500ms""#,
        ),
        (
            r#"[[deploy.step]]
id = "migrate"
run = ["x"]
silence = "0s""#,
            r#"relco.toml:4:11: silence "0s" is not a duration; allowed: a duration such as "90s", "10m", "2m30s", "500ms""#,
        ),
        (
            r#"[environment]
production = "typed""#,
            r#"relco.toml:2:14: "production" in [environment] is a text; allowed: a table"#,
        ),
        (
            "[environment.production]
vars = { A = 1 }",
            r#"relco.toml:2:14: "A" in [environment.production.vars] is a whole number; allowed: text in quotes"#,
        ),
        (
            r#"[people]
qa = "li""#,
            r#"relco.toml:2:6: "qa" in [people] is a text; allowed: an array of texts"#,
        ),
        (
            r#"[[probe]]
id = "api"
url = "http://x"
samples = 0"#,
            r#"relco.toml:4:11: samples "0" is out of range; allowed: a whole number from 1 to 1000"#,
        ),
        (r#"gate = { id = "qa" }"#, r#"relco.toml:1:8: "gate" in the file is a table; allowed: an array of tables"#),
        (
            "[metrics]
deploy_below = 1979-05-27",
            r#"relco.toml:2:16: "deploy_below" in [metrics] is a date; allowed: a duration such as "90s", "10m", "2m30s", "500ms""#,
        ),
    ]);
}

#[test]
fn not_toml() {
    hold(&[
        (
            r#"[project
name = "x""#,
            "relco.toml:1:9: not TOML: unclosed table, expected `]`",
        ),
        (
            r#"[project]
name = "x"
name = "y""#,
            "relco.toml:3:1: not TOML: duplicate key",
        ),
        (
            r#"[project]
name = "x"#,
            r#"relco.toml:2:10: not TOML: invalid basic string, expected `"`"#,
        ),
        ("name = ä", "relco.toml:1:8: not TOML: string values must be quoted, expected literal string"),
    ]);
}

#[test]
fn names_of_nothing() {
    hold(&[
        (
            r#"[[trigger]]
id = "slow"
probe = "ap""#,
            r#"relco.toml:3:9: unknown probe "ap"; allowed: none, there are none"#,
        ),
        (
            r#"[[probe]]
id = "api"
url = "http://x"
[[trigger]]
id = "slow"
probe = "ap""#,
            r#"relco.toml:6:9: unknown probe "ap"; did you mean "api"? allowed: api"#,
        ),
        (
            r#"[[item]]
id = "smoke"
environments = ["prodution"]"#,
            r#"relco.toml:3:16: unknown environment "prodution"; did you mean "production"? allowed: staging, production"#,
        ),
        (
            r#"[[item]]
id = "smoke"
auto = "deployed stagging""#,
            r#"relco.toml:3:8: unknown environment "stagging"; did you mean "staging"? allowed: staging, production"#,
        ),
        (
            r#"[[item]]
id = "smoke"
auto = "change-log""#,
            r#"relco.toml:3:8: unknown fact "change-log"; did you mean "changelog"? allowed: git, changelog, versions, notes, upgrade, deployed ENVIRONMENT, verified ENVIRONMENT, rehearsed, sheet, sign-off ROLE, trigger ID, release-log"#,
        ),
        (
            r#"[[item]]
id = "smoke"
auto = "trigger slow""#,
            r#"relco.toml:3:8: unknown trigger with a probe "slow"; allowed: none, there are none"#,
        ),
        (
            r#"[[item]]
id = "smoke"
probe = "api""#,
            r#"relco.toml:3:9: unknown probe "api"; allowed: none, there are none"#,
        ),
        (
            r#"[[item]]
id = "smoke"
after = "backup""#,
            r#"relco.toml:3:9: unknown item of the verification list "backup"; allowed: health, logs, dashboards, key-flows"#,
        ),
        (
            r#"[[item]]
id = "smok"
remove = true"#,
            r#"relco.toml:2:6: unknown default item "smok"; did you mean "smoke"? allowed: bug-reference, versions, changelog, candidate, notes, migration-plan, migration-guide, pipeline, scripts-tested, rollback-documented, alerts, rollback-rehearsed, staging-deployed, staging-smoke, smoke-run, regression, full-tests, credentials, migrations-ready, sheet, sign-off-qa, sign-off-security, product-owner-approval, notify-window, same-config, backup, rollback-ready, migrate, deploy-backend, deploy-frontend, clear-caches, warm-up and 16 more"#,
        ),
        (
            r#"[[gate]]
id = "busines"
remove = true"#,
            r#"relco.toml:2:6: unknown default gate "busines"; did you mean "business"? allowed: qa, business, security"#,
        ),
        (
            "[environment.test]
remove = true",
            r#"relco.toml:1:14: unknown default environment "test"; allowed: staging, production"#,
        ),
        (
            r#"[plan]
remove = ["key-flow"]"#,
            r#"relco.toml:2:10: unknown default gate, item or trigger "key-flow"; did you mean "key-flows"? allowed: qa, business, security, bug-reference, versions, changelog, candidate, notes, migration-plan, migration-guide, pipeline, scripts-tested, rollback-documented, alerts, rollback-rehearsed, staging-deployed, staging-smoke, smoke-run, regression, full-tests, credentials, migrations-ready, sheet, sign-off-qa, sign-off-security, product-owner-approval, notify-window, same-config, backup, rollback-ready, migrate, deploy-backend and 23 more"#,
        ),
        (
            r#"[people]
qualtiy = ["li"]"#,
            r#"relco.toml:2:1: unknown role "qualtiy"; allowed: release manager, devops, developer, qa, security, product owner"#,
        ),
        (
            r#"[[deploy.step]]
id = "switch"
title = "Switch"
run = ["x"]
undo = ["y"]
fulfils = "switch-trafic""#,
            r#"relco.toml:6:11: unknown item of the rollback list "switch-trafic"; did you mean "switch-traffic"? allowed: switch-traffic, revert-migrations, rollback-clear-caches, verify-previous"#,
        ),
    ]);
}

#[test]
fn what_cannot_be_meant() {
    hold(&[
        (
            r#"[[gate]]
id = "qa"
[[gate]]
id = "qa""#,
            r#"relco.toml:4:6: gate "qa" stands already in line 1"#,
        ),
        (
            r#"[[item]]
id = "clear-caches"
expect = "empty"
[[deploy.step]]
id = "clear-caches"
run = ["x"]"#,
            r#"relco.toml:5:6: item "clear-caches" stands already in line 1"#,
        ),
        (
            r#"[[gate]]
id = "load""#,
            r#"relco.toml:1:1: [[gate]] load needs "title"
relco.toml:1:1: [[gate]] load needs "role""#,
        ),
        (
            r#"[[item]]
id = "load"
title = "Load""#,
            r#"relco.toml:1:1: [[item]] load needs "list": no default item has this id, so it is a new one"#,
        ),
        (
            r#"[[item]]
id = "load"
list = "verification""#,
            r#"relco.toml:1:1: [[item]] load needs "title""#,
        ),
        (
            r#"[[gate]]
title = "QA""#,
            r#"relco.toml:1:1: [[gate]] needs "id""#,
        ),
        (
            r#"[[item]]
id = "Load Test"
list = "verification"
title = "Load""#,
            r#"relco.toml:2:6: id "Load Test" is not a name here; allowed: lower case letters, digits, `-`, `_` and `.`, a letter or digit first, at most 48"#,
        ),
        (
            r#"[[deploy.step]]
id = "undo-x"
title = "X"
run = ["x"]"#,
            r#"relco.toml:2:6: id "undo-x" is taken: ids that begin with `undo-` name what takes a step back"#,
        ),
        (
            r#"[[deploy.step]]
id = "backup"
run = ["x"]"#,
            r#"relco.toml:2:6: id "backup" is an item of the pre-deployment list already; change it by [[item]], or take another id"#,
        ),
        (
            r#"[[deploy.step]]
id = "migrate""#,
            r#"relco.toml:1:1: [[deploy.step]] migrate needs "run": what it runs; an item that a person does says `manual = true`"#,
        ),
        (
            r#"[[deploy.step]]
id = "migrate"
run = ["x"]
class = "reversible""#,
            r#"relco.toml:1:1: [[deploy.step]] migrate needs "undo": a reversible step says what takes it back"#,
        ),
        (
            r#"[[deploy.step]]
id = "migrate"
run = ["x"]
class = "irreversible"
undo = ["y"]"#,
            "relco.toml:4:9: [[deploy.step]] migrate: it has an `undo`, so its class is reversible, not irreversible",
        ),
        (
            r#"[[deploy.step]]
id = "migrate"
run = ["x"]
safe_if = ["y"]"#,
            "relco.toml:4:11: [[deploy.step]] migrate: `safe_if` speaks of undoing, and there is no `undo`",
        ),
        (
            r#"[[deploy.step]]
id = "migrate"
run = ["x"]
on_timeout = "stop""#,
            "relco.toml:4:14: [[deploy.step]] migrate: `on_timeout` goes with `timeout`, and there is none",
        ),
        (
            r#"[[deploy.step]]
id = "migrate"
run = []"#,
            r#"relco.toml:3:7: run "" is empty; allowed: a program and its arguments"#,
        ),
        (
            r#"[[deploy.step]]
id = "migrate"
run = [""]"#,
            r#"relco.toml:3:7: run "" names no program"#,
        ),
        (
            r#"[[item]]
id = "smoke"
timeout = "1m""#,
            "relco.toml:3:11: [[item]] smoke: `timeout` goes with `run`, and there is none",
        ),
        (
            r#"[[item]]
id = "smoke"
run = ["x"]
auto = "git""#,
            "relco.toml:1:1: [[item]] smoke: run and auto say different things about how it gets done; name one",
        ),
        (
            r#"[[item]]
id = "smoke"
group = "Sign-offs""#,
            "relco.toml:3:9: [[item]] smoke: `group` belongs to the pre-release list only",
        ),
        (
            r#"[[item]]
id = "smoke"
before = "health"
after = "logs""#,
            "relco.toml:1:1: [[item]] smoke: `before` and `after` cannot both hold; name one",
        ),
        (
            r#"[[item]]
id = "smoke"
title = " ""#,
            r#"relco.toml:3:9: title " " is empty"#,
        ),
        (
            r#"[[version.file]]
path = "../VERSION"
pattern = "(?<version>.*)""#,
            r#"relco.toml:2:8: path "../VERSION" leaves the repository; allowed: a path below its top, without `..`"#,
        ),
        (
            r#"[[version.file]]
path = "about.html""#,
            r#"relco.toml:1:1: [[version.file]] about.html needs "pattern": relco does not know by this name where the version stands"#,
        ),
        (
            r#"[[version.file]]
path = "VERSION"
pattern = "(.*)""#,
            r#"relco.toml:3:11: pattern "(.*)" has no group `version`; allowed: a regular expression such as 'v(?<version>\S+)'"#,
        ),
        (
            r#"[[version.file]]
path = "VERSION"
pattern = "(?<version>.*""#,
            r#"relco.toml:3:11: pattern "(?<version>.*" is not a regular expression: unclosed group"#,
        ),
        (
            r#"[changelog]
path = "/etc/passwd""#,
            r#"relco.toml:2:8: path "/etc/passwd" is absolute; allowed: a path from the top of the repository"#,
        ),
        (
            r#"[release_log]
path = "../log""#,
            r#"relco.toml:2:8: path "../log" leaves the repository; allowed: a path below its top, without `..`"#,
        ),
        (
            r#"[project]
tag = "v""#,
            r#"relco.toml:2:7: tag "v" does not hold `{version}` once; allowed: a text such as "v{version}""#,
        ),
        (
            r#"[environment."Prod EU"]"#,
            r#"relco.toml:1:14: environment "Prod EU" is not a name here; allowed: lower case letters, digits, `-`, `_` and `.`, a letter or digit first, at most 48"#,
        ),
        (
            r#"[environment.production]
danger = "confirm""#,
            r#"relco.toml:2:10: danger "confirm" is not enough here: the last environment is what users meet, and always wants the typed word"#,
        ),
        (
            r#"[environment.production]
vars = { RELCO_ENV = "x" }"#,
            r#"relco.toml:2:10: vars "RELCO_ENV" is taken: names that begin with RELCO_ are relco's own"#,
        ),
        (
            "[environment.staging]
remove = true
[environment.production]
remove = true",
            "relco.toml:1:2: [environment]: no environment is left; a release needs one to go to",
        ),
        (
            r#"[[probe]]
id = "api""#,
            r#"relco.toml:1:1: [[probe]] api needs "url" or "command""#,
        ),
        (
            r#"[[probe]]
id = "api"
url = "ftp://x""#,
            r#"relco.toml:3:7: url "ftp://x" is not an address; allowed: http://…, https://…, or ${NAME} of a variable that holds one"#,
        ),
        (
            r#"[[probe]]
id = "api"
url = "http://x"
command = ["x"]"#,
            "relco.toml:1:1: [[probe]] api: `url` and `command` cannot both be asked; name one",
        ),
        (
            r#"[[trigger]]
id = "slow"
ratio = 1.0"#,
            r#"relco.toml:3:9: ratio "1" is not a multiple; allowed: a number above 1"#,
        ),
        (
            r#"[[stakeholder]]
name = "team"
notify = {}"#,
            r#"relco.toml:3:10: [[stakeholder]] team needs "command" or "webhook_env" in `notify`"#,
        ),
        (
            r#"[[stakeholder]]
name = "team"
notify = { webhook_env = "https://example.com" }"#,
            r#"relco.toml:3:26: webhook_env "https://example.com" is not the name of a variable; allowed: letters, digits and `_`, no digit first"#,
        ),
        (
            "[metrics]
success_above = 950",
            r#"relco.toml:2:17: success_above "950" is not a rate; allowed: a number from 0 to 100"#,
        ),
    ]);
}

#[test]
fn size_and_encoding_come_before_parsing() {
    let found = Found { directory: "harbor".into(), ..Found::default() };
    let refused = |bytes: &[u8]| load(Some(Source { name: FILE_NAME, bytes }), &found).unwrap_err().to_string();
    let large = vec![b'#'; read::MOST_BYTES + 1];
    assert_eq!(refused(&large), "relco.toml: 1048577 bytes long; allowed: at most 1048576");
    assert!(load(Some(Source { name: FILE_NAME, bytes: &large[1..] }), &found).is_ok());
    assert_eq!(refused(b"[project]\nname = \"\xff\""), "relco.toml:2:9: not UTF-8 text");
}

#[test]
fn hostile_files_end_in_a_message() {
    let found = Found { directory: "harbor".into(), ..Found::default() };
    let refused =
        |text: String| load(Some(Source { name: FILE_NAME, bytes: text.as_bytes() }), &found).unwrap_err().to_string();
    let deep = refused(format!("x = {}{}", "[".repeat(100_000), "]".repeat(100_000)));
    assert!(deep.starts_with("relco.toml:1:"), "{deep}");
    let many = refused((0..50_000).map(|n| format!("k{n} = 1\n")).collect());
    assert!(many.ends_with("\nand at least 980 more"), "{}", many.len());
    let long = refused(format!("{} = 1", "k".repeat(900_000)));
    assert!(long.len() < 400, "{}", long.len());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]

    /// Whatever is cut out of a good file or doubled in it: a plan or a message, never a panic.
    #[test]
    fn no_damage_panics(start in 0usize..12_000, len in 0usize..200, doubled: bool) {
        let whole = include_bytes!("../../../relco.toml.example");
        let (start, end) = (start.min(whole.len()), (start + len).min(whole.len()));
        let again = if doubled { &whole[start..end] } else { &[] };
        let bytes = [&whole[..start], again, again, &whole[end..]].concat();
        if let Err(error) = load(Some(Source { name: FILE_NAME, bytes: &bytes }), &Found::default()) {
            proptest::prop_assert!(error.to_string().starts_with("relco.toml"));
        }
    }
}
