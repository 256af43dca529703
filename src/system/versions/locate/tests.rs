//! Every kind, in the forms that real files have.

use super::*;

fn find(path: &str, pattern: Option<&str>, text: &str) -> Result<Vec<String>, String> {
    let file =
        VersionFile { name: "x".to_owned(), path: path.to_owned(), pattern: pattern.map(str::to_owned), matches: None };
    let places = locate(&file, text.as_bytes()).map_err(|error| error.to_string())?;
    for place in &places {
        assert_eq!(text[place.at.clone()], place.found);
    }
    Ok(places.iter().map(|place| format!("{}:{}", place.line, place.found)).collect())
}

#[track_caller]
fn check(path: &str, text: &str, expected: &[&str]) {
    assert_eq!(find(path, None, text).unwrap(), expected, "{text}");
}

#[track_caller]
fn refuse(path: &str, pattern: Option<&str>, text: &str, expected: &str) {
    assert_eq!(find(path, pattern, text).unwrap_err(), expected);
}

#[test]
fn cargo_in_every_form() {
    check("Cargo.toml", "# v1\n[package]\nname = \"x\"\nversion = \"1.2.4\" # here\n", &["4:1.2.4"]);
    check("a/Cargo.toml", "[dependencies]\nx = { version = \"9.0.0\" }\n[package]\nversion='1.2.4'\n", &["4:1.2.4"]);
    check("Cargo.toml", "package = { name = \"x\", version = \"1.2.4\" }\n", &["1:1.2.4"]);
    check("Cargo.toml", "package.version = \"1.2.4\"\n", &["1:1.2.4"]);
    check(
        "Cargo.toml",
        "[workspace.package]\nversion = \"1.2.4\"\n[package]\nversion.workspace = true\n",
        &["2:1.2.4"],
    );
    check("Cargo.toml", "[package]\r\nversion = \"\"\"1.2.4\"\"\"\r\n", &["2:1.2.4"]);
    // The workspace says it: a file that follows.
    check("Cargo.toml", "[package]\nversion.workspace = true\n", &[]);
    check("Cargo.toml", "[workspace]\n", &[]);
    refuse("Cargo.toml", None, "[package]\nname = \"x\"\n", "Cargo.toml has no [package] version");
    let error = find("Cargo.toml", None, "[package]\nversion = 1.2.4\n").unwrap_err();
    assert!(error.starts_with("Cargo.toml:2: "), "{error}");
}

#[test]
fn npm_at_the_top_only() {
    let text = "{\n  \"dependencies\": {\"version\": \"9.0.0\"},\n  \"x\": [\"version\", \"8\"],\n  \"version\": \"1.2.4\"\n}\n";
    check("web/package.json", text, &["4:1.2.4"]);
    check("package.json", r#"{"name":"version","a\"b":"version","version" : "1.2.4"}"#, &["1:1.2.4"]);
    check("package.json", r#"{"version":"1.2.3","version":"1.2.4"}"#, &["1:1.2.3", "1:1.2.4"]);
    refuse("package.json", None, "{}", "package.json has no \"version\" at the top");
    refuse("package.json", None, "{\n\"a\": }", "package.json:2: expected value");
}

#[test]
fn python_in_both_forms() {
    check("pyproject.toml", "[project]\nversion = \"1.2.4\"\n", &["2:1.2.4"]);
    check("pyproject.toml", "[tool.poetry]\nname = 'x'\nversion = '1.2.4'\n", &["3:1.2.4"]);
    refuse(
        "pyproject.toml",
        None,
        "[project]\ndynamic = [\"version\"]\n",
        "pyproject.toml takes its version from elsewhere (dynamic); name that file instead",
    );
}

#[test]
fn plain_files_and_patterns() {
    check("VERSION", "1.2.4\n", &["1:1.2.4"]);
    check("web/version.txt", "\n  v1.2.4\r\n", &["2:1.2.4"]);
    refuse("VERSION", None, "one two\n", "VERSION has no single version in it");
    refuse("VERSION", None, "", "VERSION has no single version in it");
    let found = find("web/about.html", Some(r"v(?<version>\d[^<\s]*)"), "<b>v1.2.4</b>\n<i>v1.2.3</i>\n");
    assert_eq!(found.unwrap(), ["1:1.2.4", "2:1.2.3"]);
    let found = find("x.c", Some(r#"^#define VERSION "(?<version>.*)"$"#), "// VERSION\n#define VERSION \"1.2.4\"\n");
    assert_eq!(found.unwrap(), ["2:1.2.4"]);
    refuse("x.c", Some(r"v(?<version>\d+)"), "none", "x.c has no text that the pattern finds");
    refuse("x.c", Some(r"v(\d+)"), "v1", "x.c: the pattern has no group (?<version>…)");
    refuse("x.c", Some("("), "v1", "x.c: the pattern is not right: error: unclosed group");
    refuse("x.c", None, "v1", "x.c: relco does not know where the version stands in such a file; give it a pattern");
}

#[test]
fn bytes_that_are_no_text_and_paths_that_lead_out() {
    let file = |path: &str| VersionFile { name: "x".to_owned(), path: path.to_owned(), pattern: None, matches: None };
    let words = |path: &str, bytes: &[u8]| locate(&file(path), bytes).unwrap_err().to_string();
    assert_eq!(words("VERSION", &[0xff, 0xfe]), "VERSION is not UTF-8");
    assert_eq!(words("../VERSION", b"1.2.4"), "\"../VERSION\" leads out of the repository");
}

#[test]
fn java_and_dotnet() {
    check(
        "pom.xml",
        "<?xml version=\"1.0\"?>\n<!-- <version>9</version> -->\n<project a=\"x>y\">\n<parent><version>3.1.0</version>\
         </parent>\n<version>1.2.4</version>\n<dependencies><dependency><version>9.0.0</version></dependency>\
         </dependencies>\n</project>\n",
        &["5:1.2.4"],
    );
    check(
        "pom.xml",
        "<project><version>${revision}</version>\n<properties>\n<revision> 1.2.4 </revision></properties></project>",
        &["3:1.2.4"],
    );
    refuse("pom.xml", None, "<project>\n<version>1</project>", "pom.xml:2: </project> closes nothing that is open");
    refuse("pom.xml", None, "<project/>", "pom.xml has no <version> of the project");
    check(
        "src/Harbor.csproj",
        "<Project Sdk=\"x\">\n <PropertyGroup>\n  <Version>1.2.4</Version>\n  <VersionPrefix>$(X)</VersionPrefix>\n \
         </PropertyGroup>\n <ItemGroup><PackageReference Include=\"y\"><Version>9.0.0</Version></PackageReference>\
         </ItemGroup>\n</Project>",
        &["3:1.2.4"],
    );
    check("x.nuspec", "<package><metadata><version>1.2.4</version></metadata></package>", &["1:1.2.4"]);
    check(
        "build.gradle",
        "plugins {\n  id 'x' version '9.0.0'\n}\nversion = '1.2.4' // ours\nallprojects {\n  version '1.2.4'\n}\ntasks {\n  \
         version = '8.0.0'\n}\n",
        &["4:1.2.4", "6:1.2.4"],
    );
    check("build.gradle.kts", "plugins { id(\"x\") version \"9\" }\nversion = \"1.2.4\"\n", &["2:1.2.4"]);
    check("gradle.properties", "# version=9\nkotlin.version=9.0\nversion = 1.2.4\n", &["3:1.2.4"]);
}

#[test]
fn charts_packages_and_build_files_of_other_languages() {
    check(
        "chart/Chart.yaml",
        "apiVersion: v2\nversion: 1.2.4\nappVersion: \"v1.2.4\"\ndependencies:\n  - version: 9.0.0\n",
        &["2:1.2.4", "3:v1.2.4"],
    );
    check("pubspec.yaml", "name: x\nversion: 1.2.4+17\ndependencies:\n  y: ^9.0.0\n", &["2:1.2.4"]);
    check("composer.json", "{\"require\": {\"version\": \"9\"}, \"version\": \"1.2.4\"}", &["1:1.2.4"]);
    check("mix.exs", "def project do\n  [app: :x,\n   version: \"1.2.4\"]\n", &["3:1.2.4"]);
    check("mix.exs", "  @version \"1.2.4\"\n  [version: @version]\n", &["1:1.2.4"]);
    check("x.gemspec", "Gem::Specification.new do |s|\n  s.version = '1.2.4'\nend\n", &["2:1.2.4"]);
    check("lib/x/version.rb", "module X\n  VERSION = \"1.2.4\".freeze\nend\n", &["2:1.2.4"]);
    refuse(
        "x.gemspec",
        None,
        "s.version = X::VERSION\n",
        "x.gemspec takes its version from elsewhere (a constant); name that file instead",
    );
    check(
        "CMakeLists.txt",
        "cmake_minimum_required(VERSION 3.20)\nproject(\n  harbor\n  VERSION 1.2.4\n  LANGUAGES C)\n",
        &["4:1.2.4"],
    );
    check("meson.build", "project('x', 'c',\n  version : '1.2.4',\n  meson_version: '>= 9.0.0')\n", &["2:1.2.4"]);
    refuse("CMakeLists.txt", None, "project(x)\n", "CMakeLists.txt has no project(… VERSION …)");
    check("setup.cfg", "[bumpversion]\nversion = 9\n[metadata]\nversion = 1.2.4\n", &["4:1.2.4"]);
    check("setup.py", "setup(name='x',\n      version='1.2.4')\n", &["2:1.2.4"]);
    check("x/__init__.py", "import y\n__version__ = '1.2.4'\n", &["2:1.2.4"]);
}

#[test]
fn a_pattern_may_say_how_often_it_finds_something() {
    let file = |matches| VersionFile {
        name: "x".to_owned(),
        path: "x.c".to_owned(),
        pattern: Some(r"v(?<version>\d\S*)".to_owned()),
        matches: Some(matches),
    };
    let words =
        |matches| locate(&file(matches), b"v1.2.4 v1.2.4").map(|all| all.len()).map_err(|error| error.to_string());
    assert_eq!(words(2), Ok(2));
    assert_eq!(words(1), Err("x.c: the pattern finds 2 places, and 1 is expected".to_owned()));
    assert_eq!(words(3), Err("x.c: the pattern finds 2 places, and 3 are expected".to_owned()));
}
