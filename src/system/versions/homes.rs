//! The files that say the version in a project that names none.
//!
//! The newest release tag decides: a file counts where it says that version or the next above it. Those at the top are
//! asked first, then the package that the tag or the project is named after, then a few usual places. Reads only, and
//! proposes nothing below examples, tests or documents. Enter at [`homes`].

use std::path::Path;

use semver::Version;

use super::{found_at_top, is_home, known_by_name, matrix};
use crate::domain::pattern::pattern;
use crate::domain::tag::TagPattern;
use crate::domain::version_files::PlaceKind;
use crate::system::git::Git;

/// How deep a package's own file may lie: `packages/node/cli/package.json`.
const PACKAGE_DEPTH: usize = 3;
/// How many files in usual places are read.
const USUAL_READ_MAX: usize = 40;

/// Directories that are about the product and not the product: a version in them is nobody's.
const ASIDE: [&str; 33] = [
    "example",
    "examples",
    "test",
    "tests",
    "testing",
    "testdata",
    "spec",
    "doc",
    "docs",
    "playground",
    "playgrounds",
    "fixture",
    "fixtures",
    "sample",
    "samples",
    "bench",
    "benches",
    "benchmark",
    "benchmarks",
    "demo",
    "demos",
    "e2e",
    "template",
    "templates",
    "vendor",
    "third_party",
    "node_modules",
    "target",
    "sandbox",
    "website",
    "stress",
    "mock",
    "mocks",
];

pattern!(CORE, r"^[vV]?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?");

/// Whether a file lies in a directory that is aside: `examples`, `maven-tests`, `.github`.
#[must_use]
pub fn is_aside(path: &str) -> bool {
    let Some((dirs, _)) = path.rsplit_once('/') else { return false };
    dirs.split('/').any(|dir| {
        dir.starts_with('.')
            || dir.split(['-', '_']).chain([dir]).any(|word| ASIDE.iter().any(|aside| word.eq_ignore_ascii_case(aside)))
    })
}

/// Whether a text may be what the project says after this release: its version or one above it, finished or not, of the
/// same major line, or the first of the next one. A release that was never tagged may lie between.
#[must_use]
pub fn is_of_release(found: &str, newest: &Version) -> bool {
    let Some(core) = CORE.captures(found) else { return false };
    let number = |at: usize| core.get(at).map_or(Some(0), |part| part.as_str().parse::<u64>().ok());
    let (Some(major), Some(minor), Some(patch)) = (number(1), number(2), number(3)) else { return false };
    let same_line = major == newest.major && (minor, patch) >= (newest.minor, newest.patch);
    same_line || (major, minor, patch) == (newest.major + 1, 0, 0)
}

/// A release's version without what makes it an early one, and those that may come next.
fn or_next(newest: &Version) -> [Version; 4] {
    let (one, two, three) = (newest.major, newest.minor, newest.patch);
    [(one, two, three), (one, two, three + 1), (one, two + 1, 0), (one + 1, 0, 0)]
        .map(|(major, minor, patch)| Version::new(major, minor, patch))
}

/// The version files of a project that names none, as paths. `project` is what it is called, `tags` how its releases are.
///
/// Without a release tag there is nothing to ask, and the files at the top are taken as they are.
#[must_use]
pub fn homes(git: &Git, root: &Path, project: &str, tags: &TagPattern) -> Vec<String> {
    let top = found_at_top(root);
    let Some(newest) = newest(git, tags) else { return top };
    let says = |paths: &[String]| {
        let files: Vec<_> = paths.iter().map(|path| known_by_name(path)).collect();
        // The next version counts as the project's, so that setting it moves no home.
        let matrix = matrix(git, None, &files, None, &or_next(&newest));
        let places = || matrix.rows.iter().filter_map(|row| Some((&row.path, &row.place.as_ref().ok()?.found)));
        // What a file says itself goes before what others say that follow from it.
        let own: Vec<&String> = places().filter(|(path, _)| paths.contains(path)).map(|(_, found)| found).collect();
        match own.is_empty() {
            true => places().any(|(_, found)| is_of_release(found, &newest)),
            false => own.iter().any(|found| is_of_release(found, &newest)),
        }
    };
    if says(&top) {
        return top;
    }
    let all = git.paths(None).unwrap_or_default();
    // A scope (`@team/cli`) is no part of the directory's name.
    let package = tags.package().map(|package| package.rsplit('/').next().unwrap_or(package));
    let in_package = [package, Some(project)].into_iter().flatten().find_map(|name| {
        let mut found: Vec<&String> = all.iter().filter(|path| is_in_package(path, name)).collect();
        found.sort_by_key(|path| path.matches('/').count());
        let first = found.into_iter().find(|path| is_home(root, path) && says(std::slice::from_ref(*path)))?;
        Some(vec![first.clone()])
    });
    let usual = || {
        let found = all.iter().filter(|path| is_usual(path)).take(USUAL_READ_MAX);
        found
            .into_iter()
            .find(|path| is_home(root, path) && says(std::slice::from_ref(*path)))
            .map(|path| vec![path.clone()])
    };
    in_package.or_else(usual).unwrap_or(top)
}

/// The newest release that the tags of this form name.
#[must_use]
pub fn newest(git: &Git, tags: &TagPattern) -> Option<Version> {
    let tags = git.tags(tags).ok()?;
    tags.into_iter().map(|tag| tag.version).find(|version| version.pre.is_empty())
}

/// The package's own file: directly in a directory of its name.
fn is_in_package(path: &str, package: &str) -> bool {
    let mut parts = path.rsplit('/');
    let (Some(name), Some(dir)) = (parts.next(), parts.next()) else { return false };
    dir == package
        && parts.count() < PACKAGE_DEPTH
        && PlaceKind::of_name(name).is_some_and(|kind| kind != PlaceKind::PythonModule && !kind.is_lock())
        && !is_aside(path)
}

/// Places that are not at the top and hold the version of everything: `version/VERSION`, a convention of Gradle's builds.
fn is_usual(path: &str) -> bool {
    let Some((dirs, name)) = path.rsplit_once('/') else { return false };
    let is_whole = !dirs.contains('/') && PlaceKind::of_name(name) == Some(PlaceKind::Whole);
    let top = dirs.split('/').next().unwrap_or_default();
    let is_convention = ["build-logic", "buildSrc", "gradle"].contains(&top)
        && [".gradle", ".gradle.kts"].iter().any(|ending| name.ends_with(ending));
    (is_whole || is_convention) && !is_aside(path)
}

#[cfg(test)]
mod tests {
    use super::super::super::git::testing::Sample;
    use super::*;

    fn found(sample: &Sample, project: &str) -> Vec<String> {
        let git = sample.git();
        let tags = git.guess_tag_pattern().unwrap().unwrap_or_default();
        homes(&git, sample.path(), project, &tags)
    }

    #[test]
    fn a_release_and_the_next_one() {
        let newest = Version::new(1, 2, 4);
        for near in ["1.2.4", "v1.2.5-dev", "1.3.0.dev", "1.3", "1.4.0", "2.0.0-SNAPSHOT", "1.2.4.post1"] {
            assert!(is_of_release(near, &newest), "{near}");
        }
        for far in ["1.2.3", "3.0.0", "2.1.0", "0.9.0", "next", "12"] {
            assert!(!is_of_release(far, &newest), "{far}");
        }
    }

    #[test]
    fn directories_that_are_aside() {
        for aside in ["examples/a/package.json", "maven-tests/pom.xml", "Tests/x/CMakeLists.txt", ".github/x/VERSION"] {
            assert!(is_aside(aside), "{aside}");
        }
        for own in ["VERSION", "packages/latest/package.json", "contest/Cargo.toml", "tests.toml"] {
            assert!(!is_aside(own), "{own}");
        }
    }

    #[test]
    fn the_package_that_the_tag_names_has_the_version() {
        let sample = Sample::new();
        sample
            .write("package.json", "{ \"version\": \"1.0.0\", \"workspaces\": [\"packages/*\"] }\n")
            .write("packages/cli/package.json", "{ \"version\": \"3.0.1\" }\n")
            .write("packages/cli/fixtures/cli/package.json", "{ \"version\": \"3.0.1\" }\n")
            .write("examples/cli/package.json", "{ \"version\": \"3.0.1\" }\n")
            .commit("first");
        sample.tag("@harbor/cli@3.0.0").tag("@harbor/cli@3.0.1").tag("@harbor/git@9.0.0");
        assert_eq!(found(&sample, "harbor"), ["packages/cli/package.json"]);
        let sample = Sample::new();
        sample
            .write("package.json", "{ \"private\": true }\n")
            .write("packages/create-harbor/package.json", "{ \"version\": \"9.1.2\" }\n")
            .write("packages/harbor/package.json", "{ \"version\": \"8.2.2\" }\n")
            .commit("first");
        sample.tag("v8.2.2").tag("create-harbor@9.1.2");
        assert_eq!(found(&sample, "harbor"), ["packages/harbor/package.json"], "the one called like the repository");
    }

    #[test]
    fn the_top_goes_before_and_usual_places_come_last() {
        let sample = Sample::new();
        sample
            .write("Cargo.toml", "[workspace]\nmembers = [\"harbor\", \"harbor-x\"]\n")
            .write("harbor/Cargo.toml", "[package]\nname = \"harbor\"\nversion = \"1.53.1\"\n")
            .write("harbor-x/Cargo.toml", "[package]\nname = \"harbor-x\"\nversion = \"0.1.0\"\n")
            .commit("first");
        sample.tag("harbor-1.53.0");
        assert_eq!(found(&sample, "harbor"), ["Cargo.toml"]);
        sample.write("harbor/Cargo.toml", "[package]\nname = \"harbor\"\nversion = \"1.54.0\"\n");
        assert_eq!(found(&sample, "harbor"), ["Cargo.toml"], "setting the version moves no home");
        let sample = Sample::new();
        sample
            .write("go.mod", "module harbor\n")
            .write("docs/VERSION", "1.17.0\n")
            .write("version/VERSION", "1.17.0-dev\n")
            .commit("first");
        sample.tag("v1.16.3");
        assert_eq!(found(&sample, "harbor"), ["version/VERSION"]);
        let sample = Sample::new();
        sample
            .write("build.gradle.kts", "plugins { id(\"x\") version \"9\" }\n")
            .write("maven-tests/pom.xml", "<project><version>5.4.0</version></project>\n")
            .write("build-logic/src/main/kotlin/harbor.base-conventions.gradle.kts", "version = \"5.4.0-SNAPSHOT\"\n")
            .commit("first");
        sample.tag("parent-5.3.0").tag("parent-5.2.0");
        assert_eq!(found(&sample, "harbor"), ["build-logic/src/main/kotlin/harbor.base-conventions.gradle.kts"]);
    }
}
