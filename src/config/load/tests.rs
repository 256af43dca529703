use super::*;
use crate::config::freeze::{freeze, plan_hash, thaw};
use crate::domain::id::{EnvName, ItemId, Role};
use crate::domain::plan::{
    Check, CommandSpec, Danger, EffectClass, ItemKind, ProbeSource, Purpose, Step, Targets, UndoWhen,
};
use crate::domain::release_type::ReleaseType;

fn found() -> Found {
    Found { directory: "harbor".into(), changelog: true, version_files: vec!["Cargo.toml".into()] }
}

fn loaded(text: &str) -> Loaded {
    load(Some(Source { name: FILE_NAME, bytes: text.as_bytes() }), &found()).unwrap_or_else(|error| panic!("{error}"))
}

fn plan_of(text: &str) -> Plan {
    loaded(text).plan
}

fn ids(plan: &Plan, list: List) -> Vec<&str> {
    plan.list(list).map(|item| item.id.as_str()).collect()
}

fn kind<'a>(plan: &'a Plan, id: &str) -> &'a ItemKind {
    &plan.item(&ItemId::from(id)).unwrap_or_else(|| panic!("no item {id}")).kind
}

fn step<'a>(plan: &'a Plan, id: &str) -> &'a Step {
    match kind(plan, id) {
        ItemKind::Command(step) => step,
        other => panic!("{id} runs no command: {other:?}"),
    }
}

/// The whole checklist in its order, with what does not apply to a type left out.
fn titles(plan: &Plan, kind: ReleaseType, env: &str) -> String {
    let env = EnvName::from(env);
    let mut text = String::new();
    for list in List::ALL {
        text.push_str(&format!("# {}\n", list.title()));
        let mut group = "";
        for item in plan.list(list).filter(|item| item.when.excludes(kind, false, Some(&env)).is_none()) {
            if item.group != group {
                group = &item.group;
                text.push_str(&format!("## {group}\n"));
            }
            let how = match &item.kind {
                ItemKind::Manual => String::new(),
                ItemKind::Automatic(check) => format!(" <- {}", crate::config::freeze::fact(check)),
                ItemKind::Command(step) => format!(" $ {}", step.run.words()),
                ItemKind::Probe(probe) => format!(" ~ {probe}"),
                ItemKind::Notice(purpose) => format!(" @ {}", purpose.name()),
            };
            text.push_str(&format!("- {} [{}]{how}\n", item.title, item.role));
        }
    }
    text
}

#[test]
fn the_default_plan_is_whole() {
    let plan = load(None, &found()).unwrap().plan;
    insta::assert_snapshot!(titles(&plan, ReleaseType::Minor, "production"));
}

#[test]
fn a_hotfix_has_a_short_list() {
    let plan = load(None, &found()).unwrap().plan;
    insta::assert_snapshot!(titles(&plan, ReleaseType::Hotfix, "staging"));
    let applies = |kind| {
        let gates = plan.gates.iter().filter(move |gate| gate.when.excludes(kind, false, None).is_none());
        gates.map(|gate| gate.title.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(applies(ReleaseType::Hotfix), ["Gate 8: QA", "Gate 10: Security"]);
    assert_eq!(applies(ReleaseType::Patch), ["Gate 8: QA", "Gate 9: Business Acceptance", "Gate 10: Security"]);
}

#[test]
fn each_type_requires_its_own() {
    let plan = load(None, &found()).unwrap().plan;
    let special = ["bug-reference", "smoke-run", "regression", "full-tests", "migration-plan", "migration-guide"];
    let required = |kind, breaking| {
        let applies =
            |id: &&&str| plan.item(&ItemId::from(**id)).unwrap().when.excludes(kind, breaking, None).is_none();
        special.iter().filter(applies).copied().collect::<Vec<_>>()
    };
    assert_eq!(required(ReleaseType::Hotfix, false), ["bug-reference", "smoke-run"]);
    assert_eq!(required(ReleaseType::Patch, false), ["regression"]);
    assert_eq!(required(ReleaseType::Minor, false), ["full-tests"]);
    assert_eq!(required(ReleaseType::Minor, true), ["full-tests", "migration-guide"]);
    assert_eq!(required(ReleaseType::Major, false), ["full-tests", "migration-plan", "migration-guide"]);
}

#[test]
fn without_a_file_the_repository_tells() {
    let loaded = load(None, &found()).unwrap();
    let plan = loaded.plan;
    assert_eq!(loaded.allows, Vec::new());
    assert_eq!((plan.project.as_str(), plan.tag.as_str()), ("harbor", "v{version}"));
    assert_eq!(plan.changelog.as_deref(), Some("CHANGELOG.md"));
    assert_eq!(plan.version_files.len(), 1);
    assert_eq!(plan.version_files[0].name, "Cargo.toml");
    assert_eq!(plan.targets, Targets::default());
    assert_eq!(plan.production().unwrap().danger, Danger::Typed);
    let nothing = load(None, &Found { directory: "\u{1b}\n".into(), ..Found::default() }).unwrap().plan;
    assert_eq!((nothing.project.as_str(), nothing.changelog, nothing.version_files.len()), ("project", None, 0));
}

#[test]
fn a_plan_freezes_and_thaws() {
    let full = include_str!("../../../relco.toml.example");
    for text in ["", "plan.defaults = false\nenvironment.only = {}", full] {
        let plan = plan_of(text);
        let frozen = freeze(&plan);
        let thawed = thaw(&frozen).unwrap_or_else(|error| panic!("{error}\n{frozen}"));
        assert!(thawed == plan, "{frozen}");
        assert_eq!(freeze(&thawed), frozen);
        assert_eq!(plan_hash(&frozen).len(), 64);
        assert!(plan_of(&frozen) == plan, "a frozen plan is a project file that says everything itself:\n{frozen}");
    }
}

#[test]
fn a_damaged_frozen_plan_is_not_understood() {
    let frozen = freeze(&load(None, &found()).unwrap().plan);
    let error = thaw(&frozen.replace("list = ", "liste = ")).unwrap_err().to_string();
    assert!(error.starts_with("frozen plan:"), "{error}");
    assert!(error.contains("unknown key \"liste\" in [[item]]; did you mean \"list\"?"), "{error}");
}

#[test]
fn declared_steps_replace_default_ones_and_keep_their_order() {
    let step = |id: &str| format!("[[deploy.step]]\nid = \"{id}\"\ntitle = \"{id}\"\nrun = [\"x\"]\n");
    let order = |steps: &[&str]| {
        let plan = plan_of(&steps.iter().map(|id| step(id)).collect::<String>());
        ids(&plan, List::Deployment).join(" ")
    };
    assert_eq!(order(&[]), "migrate deploy-backend deploy-frontend clear-caches warm-up");
    assert_eq!(order(&["deploy-backend"]), "migrate deploy-backend deploy-frontend clear-caches warm-up");
    assert_eq!(
        order(&["migrate", "deploy-backend", "deploy-frontend", "switch"]),
        "migrate deploy-backend deploy-frontend switch clear-caches warm-up",
        "what only the default plan knows comes before its successor, else last"
    );
    assert_eq!(
        order(&["fetch", "deploy-backend"]),
        "fetch migrate deploy-backend deploy-frontend clear-caches warm-up"
    );
    assert_eq!(
        order(&["deploy-frontend", "deploy-backend"]),
        "deploy-frontend migrate deploy-backend clear-caches warm-up",
        "the order written wins"
    );
    let plan = plan_of(&step("migrate"));
    assert!(matches!(kind(&plan, "warm-up"), ItemKind::Manual));
    assert!(matches!(kind(&plan, "migrate"), ItemKind::Command(_)));
}

#[test]
fn a_step_replaces_only_what_it_names() {
    let plan =
        plan_of("[[deploy.step]]\nid = \"migrate\"\nrun = [\"./migrate\"]\nundo = [\"./migrate\", \"--down\"]\n");
    let item = plan.item(&"migrate".into()).unwrap();
    assert_eq!((item.title.as_str(), item.role.as_str()), ("Run database migrations", "devops"));
    let step = step(&plan, "migrate");
    assert_eq!(step.class, EffectClass::Reversible, "an undo says so");
    assert!(step.asks_safe, "a migration is undone only when somebody says that it is safe");
    assert_eq!(step.fulfils, Some("revert-migrations".into()));
    assert_eq!(step.undo_when, UndoWhen::Started);
}

#[test]
fn what_is_declared_wins_over_what_follows() {
    let plan = plan_of(
        r#"
        [[deploy.step]]
        id = "migrate"
        run = ["./migrate"]
        undo = ["./migrate", "--down"]
        asks_safe = false
        fulfils = "switch-traffic"
        undo_when = "done"
        timeout = "2m30s"
        on_timeout = "stop"
        rerun = "safe"

        [[deploy.step]]
        id = "clear-caches"
        shell = true
        run = "redis-cli flushall | tail -1"

        [plan]
        remove = ["revert-migrations"]
        "#,
    );
    let migrate = step(&plan, "migrate");
    assert!(!migrate.asks_safe && migrate.stop_on_timeout && migrate.rerun_safe);
    assert_eq!(migrate.fulfils, Some("switch-traffic".into()));
    assert_eq!(migrate.undo_when, UndoWhen::Done);
    assert_eq!(migrate.timeout.map(|timeout| timeout.as_secs()), Some(150));
    let clear = step(&plan, "clear-caches");
    assert_eq!(clear.run, CommandSpec { argv: vec!["redis-cli flushall | tail -1".into()], shell: true });
    assert_eq!(clear.class, EffectClass::Irreversible, "silence never promises a way back");
    assert_eq!(clear.fulfils, None, "it has no undo that could stand for the rollback's item");
    assert_eq!(ids(&plan, List::Rollback), ["switch-traffic", "rollback-clear-caches", "verify-previous"]);
}

#[test]
fn items_are_added_changed_moved_and_removed() {
    let plan = plan_of(
        r#"
        [[item]]
        id = "smoke"
        run = ["./smoke"]
        [[item]]
        id = "load-test"
        list = "pre-release"
        title = "Load test"
        role = "qa"
        before = "smoke-run"
        types = ["minor", "major"]
        [[item]]
        id = "dashboards"
        remove = true
        [[item]]
        id = "staging-smoke"
        manual = true
        [[item]]
        id = "key-flows"
        before = "smoke"
        [[item]]
        id = "licences"
        list = "pre-release"
        title = "Licences checked"
        "#,
    );
    assert_eq!(ids(&plan, List::Verification), ["health", "key-flows", "smoke", "logs"]);
    assert_eq!(step(&plan, "smoke").class, EffectClass::Check);
    assert_eq!(kind(&plan, "staging-smoke"), &ItemKind::Manual);
    let load = plan.item(&"load-test".into()).unwrap();
    assert_eq!(load.group, "Environment Readiness");
    assert_eq!(load.when.types, [ReleaseType::Minor, ReleaseType::Major]);
    let pre = ids(&plan, List::PreRelease);
    let at = |id: &str| pre.iter().position(|one| *one == id).unwrap();
    assert_eq!(at("load-test") + 1, at("smoke-run"));
    assert_eq!(at("licences"), at("migration-guide") + 1, "at the end of the group that its role has");
}

#[test]
fn a_measured_trigger_is_looked_at_in_verification() {
    let text = r#"
        [[probe]]
        id = "api"
        url = "${BASE}/health"
        samples = 9
        [[trigger]]
        id = "slow"
        probe = "api"
        [[item]]
        id = "health"
        probe = "api"
        "#;
    let plan = plan_of(text);
    let slow = plan.trigger(&"slow".into()).unwrap();
    assert_eq!((slow.ratio(), slow.title.as_str()), (Some(2.0), "Performance severely degraded (>2x response time)"));
    assert_eq!(kind(&plan, "trigger-slow"), &ItemKind::Automatic(Check::Trigger("slow".into())));
    assert_eq!(kind(&plan, "health"), &ItemKind::Probe("api".into()));
    let probe = plan.probe(&"api".into()).unwrap();
    assert_eq!(probe.source, ProbeSource::Http("${BASE}/health".into()));
    assert_eq!((probe.samples, probe.interval.as_secs(), probe.timeout.as_secs()), (9, 1, 5));
    let without = plan_of(&format!("plan.remove = [\"trigger-slow\"]\n{text}"));
    assert_eq!(without.item(&"trigger-slow".into()), None);
    assert_eq!(thaw(&freeze(&without)).unwrap(), without, "a removed item does not come back");
}

#[test]
fn environments_have_an_order_and_production_is_last() {
    let names = |text: &str| {
        let plan = plan_of(text);
        plan.environments.iter().map(|env| env.name.to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(""), "staging production");
    assert_eq!(names("[environment.production.vars]\nA = \"1\""), "staging production");
    assert_eq!(
        names("[environment.production]\n[environment.staging]\n[environment.canary]"),
        "staging canary production"
    );
    assert_eq!(names("[environment.test]"), "staging test production");
    let own = "[environment.stage]\n[environment.prod]\n[environment.staging]\nremove = true\n[environment.production]\nremove = true";
    assert_eq!(names(own), "stage prod");
    let plan = plan_of(own);
    assert_eq!(kind(&plan, "staging-deployed"), &ItemKind::Automatic(Check::Deployed("stage".into())));
    assert_eq!(plan.item(&"backup".into()).unwrap().when.environments, ["prod".into()]);
    assert_eq!(plan.production().unwrap().danger, Danger::Typed);
    assert_eq!(plan.environments[0].danger, Danger::Confirm);
    let alone = plan_of("[environment.staging]\nremove = true");
    for id in ["staging-deployed", "staging-smoke", "rollback-ready"] {
        assert_eq!(kind(&alone, id), &ItemKind::Manual, "{id}: nothing there to read it from");
    }
}

#[test]
fn roles_are_compared_in_one_form() {
    let plan = plan_of("[people]\nrelease-manager = [\"ana\"]\n\"Release Manager\" = [\"li\", \"ana\"]\nQA = [\"li\"]");
    assert_eq!(plan.people.len(), 2);
    assert_eq!(plan.people[&Role::from(Role::RELEASE_MANAGER)], ["li", "ana"]);
    assert!(plan.holds_role(&Role::from(Role::QA), "li"));
}

#[test]
fn version_files_are_called_by_their_part_of_the_project() {
    let names = |paths: &[&str]| {
        let entry = |path: &&str| format!("[[version.file]]\npath = \"{path}\"\npattern = '(?<version>.*)'\n");
        let plan = plan_of(&paths.iter().map(entry).collect::<String>());
        plan.version_files.into_iter().map(|file| file.name).collect::<Vec<_>>()
    };
    assert_eq!(names(&["backend/Cargo.toml", "./frontend/src/version.txt"]), ["backend", "frontend"]);
    assert_eq!(names(&["crates/a/Cargo.toml", "crates/b/Cargo.toml", "VERSION"]), ["a", "b", "VERSION"]);
    assert_eq!(names(&["web/package.json", "web/version.txt"]), ["web/package.json", "web/version.txt"]);
    let named = plan_of("[[version.file]]\npath = \"docs/Cargo.toml\"\nname = \"manual\"");
    assert_eq!((named.version_files[0].name.as_str(), named.version_files[0].pattern.as_deref()), ("manual", None));
}

#[test]
fn stakeholders_and_what_trust_allows() {
    let loaded = loaded(
        r#"
[environment.production]
vars = { TARGET = "prod" }
env_file = "../secrets.env"
[[gate]]
id = "qa"
check = ["./ci/qa report", "--passed"]
[[deploy.step]]
id = "migrate"
shell = true
run = "./migrate && echo ok"
undo = ["./migrate", "--down"]
[[probe]]
id = "api"
url = "https://harbor.example.com/health"
[[stakeholder]]
name = "status page"
notify = { webhook_env = "STATUS_HOOK" }
purposes = ["completion"]
[[stakeholder]]
name = "team"
notify = { command = ["./tell"] }
[[stakeholder]]
name = "support"
"#,
    );
    let list: Vec<String> = loaded
        .allows
        .iter()
        .map(|one| format!("{} {} {}: {}", one.line, one.place, one.key, one.act.words()))
        .collect();
    insta::assert_snapshot!(list.join("\n"), @r"
    3 [environment.production] vars: sets TARGET=prod
    4 [environment.production] env_file: reads variables from ../secrets.env
    7 [[gate]] qa check: runs './ci/qa report' --passed
    11 [[deploy.step]] migrate run: runs sh -c './migrate && echo ok'
    12 [[deploy.step]] migrate undo: runs ./migrate --down
    15 [[probe]] api url: asks https://harbor.example.com/health
    18 [[stakeholder]] status page webhook_env: posts to the address in $STATUS_HOOK
    22 [[stakeholder]] team command: runs ./tell
    ");
    let plan = loaded.plan;
    assert_eq!(plan.stakeholders[0].purposes, [Purpose::Completion]);
    assert_eq!(plan.gates[0].title, "Gate 8: QA");
    assert!(plan.gates[0].check.is_some());
}
