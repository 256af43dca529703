//! The deploy scripts, run by hand with the variables of a step.

use super::*;
use crate::demo::answer::Deployed;

const DEPLOY: [&str; 6] = [
    "./deploy/migrate",
    "./deploy/backend",
    "./deploy/frontend",
    "./deploy/switch",
    "./deploy/clear-caches",
    "./deploy/warm-up",
];
const BACK: [&str; 6] = [
    "./deploy/switch --back",
    "./deploy/frontend --remove",
    "./deploy/backend --remove",
    "./deploy/migrate --can-go-down",
    "./deploy/migrate --down",
    "./deploy/clear-caches",
];

#[test]
fn every_script_is_plain_shell() {
    let example = Example::new(Fault::None);
    let mut seen = 0;
    for file in crate::demo::files::FILES.iter().filter(|file| file.program) {
        assert!(file.text.starts_with("#!/bin/sh\n"), "{}", file.path);
        let path = example.place.project().join(file.path);
        assert!(fs::metadata(&path).unwrap().permissions().mode() & 0o111 != 0, "{}", file.path);
        let output = Command::new("sh").arg("-n").arg(&path).output().unwrap();
        assert!(output.status.success(), "{}: {}", file.path, both(&output));
        seen += 1;
    }
    assert!(seen > 15);
}

#[test]
fn what_is_there_at_first_is_what_the_scripts_install() {
    let example = Example::new(Fault::None);
    let old = example.place.dir().join("old");
    example.git(&["clone", "--quiet", "--branch", "v1.2.4", ".", old.to_str().unwrap()]);
    let commit = example.git(&["rev-parse", "v1.2.4^{commit}"]);
    for line in &DEPLOY[..4] {
        let mut command = example.script_in(&old, "third", line);
        let output = command
            .env("RELCO_VERSION", "1.2.4")
            .env("RELCO_FROM_VERSION", "")
            .env("RELCO_COMMIT", &commit)
            .output()
            .unwrap();
        assert!(output.status.success(), "{line}: {}", both(&output));
    }
    let [third, staging] = ["third", "staging"].map(|name| snapshot(&example.place.environment(name)));
    for part in ["releases/", "current"] {
        let only = |all: &BTreeMap<String, String>| -> BTreeMap<String, String> {
            all.iter().filter(|(name, _)| name.starts_with(part)).map(|(a, b)| (a.clone(), b.clone())).collect()
        };
        assert_eq!(only(&third), only(&staging));
        assert!(!only(&third).is_empty());
    }
    let names =
        |schema: &str| schema.lines().map(|line| line.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(&third["db/schema"]), names(&staging["db/schema"]));
}

#[test]
fn a_version_goes_out_and_comes_back_in_both_environments() {
    let example = Example::with_services(Fault::None);
    for environment in ENVIRONMENTS {
        let site = example.place.environment(environment);
        assert!(site.join("cache/index.html").exists());
        example.all_well(environment, &["./deploy/clear-caches"]);
        let before = snapshot(&site);
        let ready = format!("./deploy/credentials {environment}");
        example.all_well(environment, &[&ready, "./deploy/same-config", "./deploy/switch --can-back"]);
        for check in [
            "./deploy/migrate --status",
            "./deploy/backend --check",
            "./deploy/frontend --check",
            "./deploy/switch --check",
        ] {
            assert_eq!(example.script(environment, check).status.code(), Some(1), "{check}");
        }
        assert_eq!(snapshot(&site), before, "a check changes nothing");

        example.all_well(environment, &DEPLOY);
        let after = snapshot(&site);
        let checks = [
            "./deploy/migrate --status",
            "./deploy/backend --check",
            "./deploy/frontend --check",
            "./deploy/switch --check",
        ];
        example.all_well(environment, &checks);
        example.all_well(environment, &["./ci/smoke", "./ops/health", "./ops/logs", "./ops/dashboard"]);
        // Once more changes nothing but the pages, which are drawn anew.
        example.all_well(environment, &DEPLOY);
        assert_eq!(snapshot(&site), after);
        assert_eq!(Deployed::find(&site).unwrap().backend, "1.3.0");

        // What is live is never taken away.
        for line in ["./deploy/frontend --remove", "./deploy/backend --remove", "./deploy/migrate --down"] {
            assert_eq!(example.script(environment, line).status.code(), Some(1), "{line}");
        }
        assert_eq!(snapshot(&site), after);

        for _ in 0..2 {
            example.all_well(environment, &BACK);
        }
        let mut back = snapshot(&site);
        assert_eq!(back.remove("previous").as_deref(), Some("1.2.4\n"));
        assert_eq!(back, before);
        example.all_well(environment, &["./ci/smoke --previous", "./ops/logs"]);
        assert_eq!(example.script(environment, "./ci/smoke").status.code(), Some(1));
    }
}

#[test]
fn a_backup_keeps_what_was_there_first() {
    let example = Example::new(Fault::None);
    let site = example.place.environment("production");
    let schema = fs::read_to_string(site.join("db/schema")).unwrap();
    example.all_well("production", &["./deploy/backup", "./deploy/migrate", "./deploy/backup"]);
    assert_eq!(fs::read_to_string(site.join("backups/before-1.3.0/schema")).unwrap(), schema);
    assert_ne!(fs::read_to_string(site.join("db/schema")).unwrap(), schema);
}

#[test]
fn rows_that_would_be_lost_forbid_the_way_down() {
    let example = Example::new(Fault::None);
    example.all_well("production", &["./deploy/migrate"]);
    fs::write(example.place.environment("production").join("db/soundings.tsv"), "1\t92\t2026-03-13\n").unwrap();
    let output = example.script("production", "./deploy/migrate --can-go-down");
    assert_eq!(output.status.code(), Some(1));
    assert!(both(&output).contains("soundings.tsv has 1 rows"), "{}", both(&output));
}

#[test]
fn fail_gives_up_half_way_and_only_in_production() {
    let example = Example::new(Fault::Fail);
    example.all_well("staging", &DEPLOY[..4]);
    example.all_well("production", &DEPLOY[..2]);
    let output = example.script("production", DEPLOY[2]);
    assert_eq!(output.status.code(), Some(1));
    let lines = String::from_utf8(output.stdout).unwrap().lines().count();
    assert!(lines > 3000, "{lines}");
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(errors.lines().filter(|line| line.starts_with("ERROR manifest")).count(), 1, "{errors}");

    // The error stands among the lines, far from both ends.
    let output = example.script("production", "sh -c ./deploy/frontend\t2>&1");
    let text = String::from_utf8(output.stdout).unwrap();
    let at = text.lines().position(|line| line.starts_with("ERROR")).unwrap();
    assert!(at > 1000 && text.lines().count() - at > 300, "{at}");

    let release = example.place.environment("production").join("releases/1.3.0");
    assert!(release.join(".frontend.part/manifest").exists() && !release.join("frontend").exists());
    assert_eq!(example.script("production", "./deploy/frontend --check").status.code(), Some(1));
    assert_eq!(example.script("production", "./deploy/switch").status.code(), Some(1));
    example.all_well("production", &BACK);
    assert!(!release.exists());
    // With the trouble gone the same version goes out.
    build::set(&example.place, Fault::None, "0").unwrap();
    example.all_well("production", &DEPLOY[..4]);
}

#[test]
fn slow_takes_three_times_as_long_and_only_in_production() {
    let example = Example::with_services(Fault::Slow);
    let latency = |environment| Deployed::find(&example.place.environment(environment)).unwrap().latency.as_millis();
    let before = latency("production");
    for environment in ENVIRONMENTS {
        example.all_well(environment, &DEPLOY);
    }
    assert_eq!(latency("staging"), before);
    assert_eq!(latency("production"), before * 3);
    assert!(u128::from(example.ask("production", "/health").took_ms) >= before * 3);
    example.all_well("production", &["./ci/smoke", "./ops/health"]);
    example.all_well("production", &BACK);
    assert_eq!(latency("production"), before);
}

#[test]
fn down_fails_after_the_switch_and_only_in_production() {
    let example = Example::with_services(Fault::Down);
    example.all_well("staging", &DEPLOY);
    example.all_well("staging", &["./ci/smoke", "./ops/logs"]);
    example.all_well("production", &DEPLOY[..3]);
    assert_eq!(example.ask("production", "/health").status, 200);
    example.all_well("production", &DEPLOY[3..]);
    let health = example.ask("production", "/health");
    assert_eq!(health.status, 503);
    assert!(health.body.contains("soundings are older than the index"), "{}", health.body);
    for line in ["./ops/health", "./ci/smoke", "./ops/logs", "./ops/dashboard"] {
        assert_eq!(example.script("production", line).status.code(), Some(1), "{line}");
    }
    example.all_well("production", &BACK);
    example.all_well("production", &["./ci/smoke --previous", "./ops/health", "./ops/logs"]);
}

#[test]
fn what_must_hold_before_is_really_looked_at() {
    let example = Example::new(Fault::None);
    let project = example.place.project();
    let checks =
        ["./ci/qa-report", "./ci/acceptance", "./ci/pipeline", "./ops/alerts", "./ci/migrations", "./ci/scripts"];
    example.all_well("production", &checks);
    let break_and_mend = |path: &str, from: &str, to: &str, check: &str| {
        let text = fs::read_to_string(project.join(path)).unwrap();
        assert!(text.contains(from), "{path}");
        fs::write(project.join(path), text.replace(from, to)).unwrap();
        assert_eq!(example.script("production", check).status.code(), Some(1), "{check}");
        fs::write(project.join(path), text).unwrap();
    };
    break_and_mend("ci/reports/qa-1.3.0.txt", "result: passed", "result: failed", checks[0]);
    break_and_mend("docs/stories-1.3.0.txt", "accepted read", "waiting read", checks[1]);
    break_and_mend("backend/migrations/0007_berth_depth.sql", "-- down\n", "", checks[2]);
    break_and_mend("ops/alerts.txt", "dev@example.com", "", checks[3]);
    break_and_mend("backend/migrations/0007_berth_depth.sql", "-- down\n", "", checks[4]);
    fs::write(example.place.environment("staging").join("settings"), "name=staging\nworkers=1\n").unwrap();
    assert_eq!(example.script("production", "./deploy/same-config").status.code(), Some(1));
}

#[test]
fn a_version_that_leads_elsewhere_is_refused() {
    let example = Example::new(Fault::None);
    let before = snapshot(&example.place.environment("staging"));
    for bad in ["../../x", "", "a b", ".hidden", "1.3.0;rm"] {
        for line in ["./deploy/backend", "./deploy/backend --remove", "./deploy/switch"] {
            let output = example
                .script_in(&example.place.project(), "staging", line)
                .env("RELCO_VERSION", bad)
                .output()
                .unwrap();
            assert_eq!(output.status.code(), Some(2), "{bad} {line}");
        }
    }
    assert_eq!(snapshot(&example.place.environment("staging")), before);
}

#[test]
fn what_is_deployed_again_where_it_is_live_goes_back_to_what_was_there_before() {
    let example = Example::with_services(Fault::None);
    example.all_well("staging", &DEPLOY);
    let again = |line: &str| {
        let mut command = example.script_in(&example.place.project(), "staging", line);
        command.env("RELCO_FROM_VERSION", "1.3.0").output().unwrap()
    };
    for line in DEPLOY.iter().chain(&BACK).chain(&["./ci/smoke --previous"]) {
        let output = again(line);
        assert!(output.status.success(), "{line}: {}", both(&output));
    }
    assert_eq!(Deployed::find(&example.place.environment("staging")).unwrap().backend, "1.2.4");
}
