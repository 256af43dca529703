//! Nine ways to write a version twice: what follows from one configured file.

use super::super::super::git::testing::Sample;
use super::super::{matrix, plan_set};
use super::members::matches;
use super::*;

fn file(path: &str) -> VersionFile {
    VersionFile { name: path.to_owned(), path: path.to_owned(), pattern: None, matches: None }
}

/// `path:line found`, for every place.
fn rows(sample: &Sample, path: &str, known: &[Version]) -> Vec<String> {
    let matrix = matrix(&sample.git(), None, &[file(path)], None, known);
    let said = matrix.rows.iter().map(|row| match &row.place {
        Ok(place) => format!("{}:{} {}", row.path, place.line, place.found),
        Err(why) => why.clone(),
    });
    said.collect()
}

fn set(sample: &Sample, path: &str) {
    let git = sample.git();
    let list = || git.paths(None).unwrap();
    let plan = plan_set(sample.path(), &[file(path)], &Version::new(1, 3, 0), &[], &list).unwrap();
    for change in plan.files {
        sample.write(change.path.as_str(), &change.after);
    }
}

#[test]
fn a_workspace_of_cargo_has_members_a_lock_and_what_they_ask_of_each_other() {
    let sample = Sample::new();
    sample
        .write(
            "Cargo.toml",
            "[workspace]\nmembers = [\"crates/*\", \"tool\"]\n[workspace.package]\nversion = \"1.2.4\"\n\
             [workspace.dependencies]\ncore = { path = \"crates/core\", version = \"=1.2.4\" }\nserde = \"1.2.4\"\n",
        )
        .write("crates/core/Cargo.toml", "[package]\nname = \"core\"\nversion.workspace = true\n")
        .write("crates/own/Cargo.toml", "[package]\nname = \"own\"\nversion = \"1.2.4\"\n")
        .write("tool/Cargo.toml", "[package]\nname = \"tool\"\nversion = \"0.3.0\"\n")
        .write(
            "Cargo.lock",
            "version = 4\n[[package]]\nname = \"core\"\nversion = \"1.2.4\"\n\n[[package]]\nname = \"own\"\nversion = \
             \"1.2.3\"\n\n[[package]]\nname = \"serde\"\nversion = \"1.2.4\"\nsource = \"registry\"\n\n[[package]]\n\
             name = \"tool\"\nversion = \"0.3.0\"\n",
        )
        .commit("first");
    let expected = [
        "Cargo.toml:4 1.2.4",
        "Cargo.toml:6 1.2.4",
        "crates/own/Cargo.toml:3 1.2.4",
        "Cargo.lock:4 1.2.4",
        "Cargo.lock:8 1.2.3",
    ];
    assert_eq!(rows(&sample, "Cargo.toml", &[]), expected);
    set(&sample, "Cargo.toml");
    let after: Vec<String> = rows(&sample, "Cargo.toml", &[]).iter().map(|row| row.replace("1.3.0", "new")).collect();
    assert!(after.len() == 5 && after.iter().all(|row| row.ends_with(" new")), "{after:?}");
    assert!(rows(&sample, "crates/core/Cargo.toml", &[]).contains(&"Cargo.toml:4 1.3.0".to_owned()));
}

#[test]
fn a_workspace_of_npm_has_members_and_entries_in_its_lock() {
    let sample = Sample::new();
    sample
        .write("package.json", "{\"version\": \"1.2.4\", \"workspaces\": [\"packages/*\"]}\n")
        .write("packages/a/package.json", "{\"version\": \"1.2.4\"}\n")
        .write("packages/b/package.json", "{\"version\": \"7.0.0\"}\n")
        .write(
            "package-lock.json",
            "{\n\"version\": \"1.2.4\",\n\"packages\": {\n\"\": {\n\"version\": \"1.2.4\"},\n\"packages/a\": \
             {\n\"version\": \"1.2.4\"},\n\"packages/b\": {\"version\": \"7.0.0\"},\n\"node_modules/x\": {\"version\": \
             \"1.2.4\"}}}\n",
        )
        .commit("first");
    assert_eq!(
        rows(&sample, "package.json", &[]),
        [
            "package.json:1 1.2.4",
            "packages/a/package.json:1 1.2.4",
            "package-lock.json:2 1.2.4",
            "package-lock.json:5 1.2.4",
            "package-lock.json:7 1.2.4",
        ]
    );
    sample.write("pnpm-workspace.yaml", "packages:\n  - 'packages/*'\n  - \"!packages/a\"\ncatalog:\n  x: 1\n");
    sample.write("package.json", "{\"version\": \"1.2.4\"}\n");
    assert_eq!(rows(&sample, "package.json", &[])[1..2], ["package-lock.json:2 1.2.4"]);
}

#[test]
fn a_member_that_was_left_behind_is_told_from_one_that_goes_its_own_way() {
    let sample = Sample::new();
    sample
        .write("package.json", "{\"version\": \"1.3.0\", \"workspaces\": [\"packages/*\"]}\n")
        .write("packages/a/package.json", "{\"version\": \"1.2.4\"}\n")
        .write("packages/b/package.json", "{\"version\": \"7.0.0\"}\n")
        .commit("first");
    let before = [Version::new(1, 2, 4)];
    assert_eq!(rows(&sample, "package.json", &before), ["package.json:1 1.3.0", "packages/a/package.json:1 1.2.4"]);
    assert_eq!(rows(&sample, "package.json", &[]), ["package.json:1 1.3.0"]);
}

#[test]
fn python_leads_to_the_module_that_has_it_and_to_its_lock() {
    let sample = Sample::new();
    sample
        .write(
            "pyproject.toml",
            "[project]\nname = \"Harbor_Cli\"\ndynamic = [\"version\"]\n[tool.setuptools.dynamic]\nversion = { attr = \
             \"harbor.__version__\" }\n",
        )
        .write("src/harbor/__init__.py", "\"\"\"harbor\"\"\"\n__version__: str = \"1.2.4\"\n")
        .write(
            "uv.lock",
            "version = 1\n[[package]]\nname = \"harbor-cli\"\nversion = \"1.2.3\"\nsource = { editable = \".\" \
             }\n[[package]]\nname = \"x\"\nversion = \"1.2.4\"\nsource = { registry = \"y\" }\n",
        )
        .commit("first");
    assert_eq!(rows(&sample, "pyproject.toml", &[]), ["src/harbor/__init__.py:2 1.2.4", "uv.lock:4 1.2.3"]);
    sample.write("pyproject.toml", "[project]\nname = \"x\"\ndynamic = [\"version\"]\n[tool.setuptools_scm]\n");
    assert!(rows(&sample, "pyproject.toml", &[]).is_empty(), "the tag alone says it");
}

#[test]
fn modules_of_maven_name_their_parents_version() {
    let sample = Sample::new();
    sample
        .write("pom.xml", "<project>\n<version>1.2.4</version><modules><module>api</module><module>gone</module></modules></project>\n")
        .write("api/pom.xml", "<project><parent>\n<version>1.2.4</version></parent></project>\n")
        .commit("first");
    assert_eq!(rows(&sample, "pom.xml", &[]), ["pom.xml:2 1.2.4", "api/pom.xml:2 1.2.4"]);
}

#[test]
fn patterns_of_directories() {
    for (pattern, path, expected) in [
        ("crates/*", "crates/a", true),
        ("crates/*", "crates/a/b", false),
        ("crates/**", "crates/a/b", true),
        ("**", "a/b", true),
        ("a/x-*", "a/x-1", true),
        ("a/x-*", "a/y-1", false),
        ("a", "a", true),
    ] {
        assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
    }
}

#[test]
fn modules_of_modules_and_of_profiles_are_set_with_the_rest() {
    let parent = "<parent><groupId>org.harbor</groupId><version>4.0.0-SNAPSHOT</version></parent>";
    let sample = Sample::new();
    sample
        .write(
            "pom.xml",
            "<project><parent><version>9.0.0</version></parent><version>4.0.0-SNAPSHOT</version><modules>\
             <module>tests</module></modules></project>\n",
        )
        .write(
            "tests/pom.xml",
            &format!(
                "<project>{parent}<modules><module>osgi/</module></modules><profiles><profile><modules>\
                 <module>groovy</module><module>../beside/other.xml</module></modules></profile></profiles></project>"
            ),
        )
        .write("tests/osgi/pom.xml", &format!("<project>{parent}</project>"))
        .write("tests/groovy/pom.xml", &format!("<project>{parent}<version>4.0.0-SNAPSHOT</version></project>"))
        .write("beside/other.xml", &format!("<project>{parent}</project>"))
        .commit("first");
    let expected = [
        "pom.xml:1 4.0.0-SNAPSHOT",
        "beside/other.xml:1 4.0.0-SNAPSHOT",
        "tests/groovy/pom.xml:1 4.0.0-SNAPSHOT",
        "tests/groovy/pom.xml:1 4.0.0-SNAPSHOT",
        "tests/osgi/pom.xml:1 4.0.0-SNAPSHOT",
        "tests/pom.xml:1 4.0.0-SNAPSHOT",
    ];
    assert_eq!(rows(&sample, "pom.xml", &[]), expected);
    set(&sample, "pom.xml");
    for path in ["tests/pom.xml", "tests/groovy/pom.xml", "tests/osgi/pom.xml", "beside/other.xml"] {
        let text = std::fs::read_to_string(sample.path().join(path)).unwrap();
        assert!(!text.contains("SNAPSHOT") && text.contains("<version>1.3.0</version>"), "{path}: {text}");
    }
    let top = std::fs::read_to_string(sample.path().join("pom.xml")).unwrap();
    assert!(top.contains("<version>9.0.0</version>"), "somebody else's parent stays: {top}");
}

#[test]
fn a_lock_of_python_may_write_the_same_version_otherwise() {
    let sample = Sample::new();
    sample
        .write(
            "pyproject.toml",
            "[project]\nname = \"harbor\"\nversion = \"3.2.0.dev\"\n[build-system]\nbuild-backend = \
             \"flit_core.buildapi\"\n[tool.flit.module]\nname = \"harbor\"\n",
        )
        .write("src/harbor/__init__.py", "import x\n")
        .write("uv.lock", "[[package]]\nname = \"harbor\"\nversion = \"3.2.0.dev0\"\nsource = { editable = \".\" }\n")
        .commit("first");
    let matrix = matrix(&sample.git(), None, &[file("pyproject.toml")], None, &[]);
    assert!(
        matrix.is_ok() && matrix.rows.len() == 2,
        "flit's module is not asked where the version is static: {matrix:?}"
    );
    sample.write("src/harbor/__init__.py", "__version__ = \"3.2.0.dev\"\n").write(
        "pyproject.toml",
        "[project]\nname = \"harbor\"\ndynamic = [\"version\"]\n[build-system]\nbuild-backend = \
         \"flit_core.buildapi\"\n",
    );
    assert_eq!(rows(&sample, "pyproject.toml", &[]), ["src/harbor/__init__.py:1 3.2.0.dev", "uv.lock:3 3.2.0.dev0"]);
}

#[test]
fn an_attribute_is_followed_to_the_literal() {
    let sample = Sample::new();
    sample
        .write("setup.cfg", "[metadata]\nname = harbor\nversion = attr: harbor.coredata.version\n")
        .write("harbor/coredata.py", "import os\nversion = '1.2.4'\nother_version = '9'\n")
        .commit("first");
    assert_eq!(rows(&sample, "setup.cfg", &[]), ["harbor/coredata.py:2 1.2.4"]);
    set(&sample, "setup.cfg");
    assert_eq!(rows(&sample, "setup.cfg", &[]), ["harbor/coredata.py:2 1.3.0"]);
    // Handed on by the package, and by setup.cfg to pyproject.toml.
    sample
        .write("pyproject.toml", "[project]\nname = \"harbor\"\ndynamic = [\"version\"]\n")
        .write("setup.cfg", "[metadata]\nversion = attr: harbor.__version__\n[options]\npackage_dir =\n    = lib\n")
        .write("lib/harbor/__init__.py", "from .release import (version as __version__)\n")
        .write("lib/harbor/release.py", "version = \"1.4.0\"\n");
    assert_eq!(rows(&sample, "pyproject.toml", &[]), ["lib/harbor/release.py:1 1.4.0"]);
    // What is worked out when it runs cannot be read, and is said.
    sample.write("lib/harbor/release.py", "version = make()\n");
    assert_eq!(
        rows(&sample, "setup.cfg", &[]),
        ["setup.cfg takes its version from elsewhere (attr); name that file instead"]
    );
}

#[test]
fn a_gemspec_leads_to_the_module_that_has_the_constant() {
    let sample = Sample::new();
    sample
        .write(
            "harbor.gemspec",
            "require_relative 'lib/harbor/version'\nGem::Specification.new do |s|\n  s.version = \
             Harbor::Version::STRING\nend\n",
        )
        .write("lib/harbor/version.rb", "module Harbor\n  MIN_VERSION = '0.1.0'\n  STRING = '1.2.4'\nend\n")
        .write("lib/harbor/other/version.rb", "STRING = '9.0.0'\n")
        .commit("first");
    assert_eq!(rows(&sample, "harbor.gemspec", &[]), ["lib/harbor/version.rb:3 1.2.4"]);
    set(&sample, "harbor.gemspec");
    assert_eq!(rows(&sample, "harbor.gemspec", &[]), ["lib/harbor/version.rb:3 1.3.0"]);
    sample
        .write("harbor.gemspec", "spec.version = Harbor::VERSION\n")
        .write("lib/harbor/version.rb", "VERSION = '1.4.0'\n");
    assert_eq!(rows(&sample, "harbor.gemspec", &[]), ["lib/harbor/version.rb:1 1.4.0"], "without a require");
    sample.write("HARBOR_VERSION", "1.5.0\n").write(
        "harbor.gemspec",
        "version = File.read(File.expand_path(\"../HARBOR_VERSION\", __FILE__)).strip\n  s.version     = version\n",
    );
    assert_eq!(rows(&sample, "harbor.gemspec", &[]), ["HARBOR_VERSION:1 1.5.0"]);
    sample.write("harbor.gemspec", "s.version = Harbor::VERSION\n").write("lib/harbor/version.rb", "VERSION = make\n");
    assert_eq!(
        rows(&sample, "harbor.gemspec", &[]),
        ["harbor.gemspec takes its version from elsewhere (a constant); name that file instead"]
    );
}

#[test]
fn a_chart_and_the_application_in_it_may_go_their_own_ways() {
    let sample = Sample::new();
    sample.write("Chart.yaml", "appVersion: v3.4.4\nversion: 10.1.1\n").commit("first");
    assert_eq!(
        rows(&sample, "Chart.yaml", &[Version::new(10, 1, 0)]),
        ["Chart.yaml:2 10.1.1"],
        "none is near: the chart's"
    );
    assert_eq!(rows(&sample, "Chart.yaml", &[Version::new(3, 4, 4)]), ["Chart.yaml:1 v3.4.4"]);
    sample.write("Chart.yaml", "version: 1.3.0\nappVersion: 1.2.4\n");
    let known = [Version::new(1, 2, 4), Version::new(1, 3, 0)];
    assert_eq!(rows(&sample, "Chart.yaml", &known), ["Chart.yaml:1 1.3.0", "Chart.yaml:2 1.2.4"], "left behind");
}
