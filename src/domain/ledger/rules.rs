//! What is set apart by default, and why: bots, the release's own pull request, changes to CI or tests alone.
//!
//! Pure. Everything set apart is counted and shown with its reason; nothing is hidden. A change that stands in the
//! section is listed, whatever the rules say. Enter at [`set_apart`].

use semver::Version;

use super::fragments;
use super::landing::Landed;
use crate::domain::commit::{Commit, Person};
use crate::domain::pattern::pattern;
use crate::domain::tag::parse_lenient;

/// What the rules compare with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Release<'a> {
    /// The version that the range leads to.
    pub version: Option<&'a Version>,
    /// The release before: its own pull request may have been merged after its tag.
    pub base: Option<&'a Version>,
    /// Releases made on branches beside: what is merged of them says nothing new.
    pub beside: &'a [Version],
    /// The project's name.
    pub project: &'a str,
    /// The changelog's path.
    pub changelog_path: &'a str,
}

/// The reason that a bot's dependency update is set apart with; also how such changes are counted.
pub const DEPENDENCY_BOT: &str = "dependency update";

pattern!(
    DEPENDENCY_AUTHOR,
    r"(?i)\b(?:dependabot|renovate|greenkeeper|snyk|pyup|scala-steward|depfu|whitesource|mend-bolt|pre-commit-ci)\b"
);
pattern!(
    DEPENDENCY_BRANCH,
    r"(?i)(?:^|/)(?:dependabot|renovate|snyk-|pyup-|greenkeeper|depfu)[/-]|(?i)/pre-commit-ci-"
);
// Titles that only a bot writes, or that say it themselves.
pattern!(
    DEPENDENCIES_SAID,
    r"(?i)^(?:(?:\w+: )?bump the \S+ group(?: across| in| with)|\[pre-commit\.ci\]|(?:\w+(?:\([^)]*\))?: )?(?:update|upgrade|bump) (?:all |dev |development )*(?:dependencies|deps)$)"
);
pattern!(
    DEPENDENCY_TITLE,
    r"(?i)^(?:\w+\(deps(?:-dev)?\)!?:|(?:\w+: )?bump (?:the )?\S+(?: group)?(?: in \S+)? from \S+ (?:to )?\S+|(?:\w+: )?bump \S+ `\S+` `\S+`)"
);
pattern!(HELPER_BOT, r"(?i)\b(?:allcontributors|imgbot|weblate|crowdin|transifex)\b");
pattern!(CONVENTIONAL, r"^\w+(?:\([^)]*\))?!?:\s*");
pattern!(
    OWN_WORDS,
    r"(?i)^(?:(?:prepare|preparing|before|after|cleanup|clean|up|reopen|further|ci|cut|tag|publish|start|finish|draft|make|cherry|pick|cherry-pick|forward-port|forwardport|backport|sync|back-merge|do|new|final|the|for|to|release|releases|releasing|released|version|versions|bump|bumped|bumping|set|update|updated|updating|increment|upgrade|change|changes|changelog|changelogs|release-notes|notes|crate|crates|package|packages|cargo|workspace|project|number|numbers|all|and|with|of|in|date|next|dev|development|iteration|cycle|open|back|post|pre|future|steps|step|process|preparation|candidate|rc|stable|patch|minor|major|hotfix|docs|doc|merge|branch|main|master|into|from)\b[\s:,/.!-]*)*$"
);
pattern!(RELEASE_WORD, r"(?i)\b(?:release|releases|releasing|changelog)\b|^version packages\b");
pattern!(VERSION_ALONE, r"(?i)^(?:bump|bumped|bumping|update|set|increment) (?:the )?versions?(?: numbers?)?$");
pattern!(TO_DEVELOPMENT, r"(?i)^(?:prepare|reopen|open|start|back)\b.*\bdevelopment$");
pattern!(PORTED, r"(?i)\b(?:back-?port\w*|forward-?port\w*|cherry[- ]?pick\w*|into v?\d+\.\d+)\b|\]\[\d+\.\d+\]");
pattern!(
    RUNTIME,
    r"(?i)\b(?:bump|raise|upgrade|update|requires?|drop)\s+(?:(?:the|our|minimum|minimal|min|oldest|lowest|supported|required)\s+)*(?:msrv|rustc?|python|node(?:\.?js)?|go|ruby|java|jdk|php|\.net|elixir|erlang)(?:\s+versions?)?\s+(?:from|to|below|>=|\d)"
);
pattern!(FEATURE, r"(?i)^feat(?:ure)?(?:\([^)]*\))?!?:");
pattern!(CHANGELOG_WORD, r"(?i)\bchangelog\b");
pattern!(SKIP_TRAILER, r"(?mi)^changelog:\s*(?:none|skip|skipped|no|n/a|not needed)\s*$|\[(?:skip|no) changelog\]");

/// Why a change is set apart by default, if it is. `commits` are the change's own, `paths` those that it touches where
/// they are known.
pub(super) fn set_apart(
    landed: &Landed,
    author: &Person,
    commits: &[&Commit],
    paths: Option<&[String]>,
    release: Release<'_>,
) -> Option<String> {
    let branch = landed.branch.as_deref().unwrap_or_default();
    if is_dependency_bot(author)
        || DEPENDENCY_BRANCH.is_match(branch)
        || is_dependency_update(landed, paths, release.changelog_path)
    {
        return Some(DEPENDENCY_BOT.to_owned());
    }
    if HELPER_BOT.is_match(branch) {
        return Some(format!("by way of {branch}"));
    }
    if HELPER_BOT.is_match(&author.name) || HELPER_BOT.is_match(&author.email) {
        return Some(format!("by the bot {}", author.name));
    }
    if let Some(reason) = own_release(&landed.title, author, release) {
        return Some(reason);
    }
    if commits.iter().any(|commit| SKIP_TRAILER.is_match(&commit.body) || SKIP_TRAILER.is_match(&commit.title)) {
        return Some("its commit says that it needs no entry".to_owned());
    }
    let paths = paths.filter(|paths| !paths.is_empty())?;
    let told = |path: &String| {
        path == release.changelog_path || CHANGELOG_TOOLS.contains(&path.as_str()) || fragments::in_usual_dir(path)
    };
    match () {
        () if paths.iter().all(told) => Some("touches the changelog only".to_owned()),
        () if paths.iter().all(|path| is_ci(path)) => Some("touches CI only".to_owned()),
        () if paths.iter().all(|path| is_test(path)) => Some("touches tests only".to_owned()),
        () if paths.iter().all(|path| is_ci(path) || is_test(path)) => Some("touches CI and tests only".to_owned()),
        () => None,
    }
}

/// Whether a person's change updates dependencies and does nothing else: "Bump timeout from 5s to 30s" begins like one,
/// and so does what raises the oldest compiler that users may have. Where it is not known what it touches, its title
/// is believed until somebody looked.
fn is_dependency_update(landed: &Landed, paths: Option<&[String]>, changelog: &str) -> bool {
    let title = landed.title.trim();
    let told = landed.breaking.is_some() || FEATURE.is_match(title) || RUNTIME.is_match(title);
    let only = |path: &String| is_manifest(path) || is_ci(path) || path == changelog || fragments::in_usual_dir(path);
    let manifests_only = || paths.is_none_or(|paths| paths.iter().all(only));
    !told && (DEPENDENCIES_SAID.is_match(title) || DEPENDENCY_TITLE.is_match(title) && manifests_only())
}

/// Whether a file only says which versions of others are wanted, or was fetched from them.
fn is_manifest(path: &str) -> bool {
    const NAMES: [&str; 34] = [
        "cargo.toml",
        "cargo.lock",
        "package.json",
        "package-lock.json",
        "npm-shrinkwrap.json",
        "pnpm-lock.yaml",
        "pnpm-workspace.yaml",
        "yarn.lock",
        "bun.lock",
        "bun.lockb",
        "deno.json",
        "deno.lock",
        "pyproject.toml",
        "poetry.lock",
        "uv.lock",
        "pipfile",
        "pipfile.lock",
        "setup.cfg",
        "setup.py",
        "go.mod",
        "go.sum",
        "gemfile",
        "gemfile.lock",
        "pom.xml",
        "build.gradle",
        "build.gradle.kts",
        "composer.json",
        "composer.lock",
        "mix.exs",
        "mix.lock",
        "pubspec.yaml",
        "pubspec.lock",
        "dockerfile",
        "flake.lock",
    ];
    const ENDINGS: [&str; 8] =
        [".gemspec", ".csproj", ".props", ".versions.toml", ".lockfile", ".lock", ".nuspec", "wrapper.properties"];
    let lower = path.to_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    NAMES.contains(&name)
        || ENDINGS.iter().any(|ending| name.ends_with(ending))
        || name.contains("requirements") && name.ends_with(".txt")
        || lower.split('/').any(|part| matches!(part, "vendor" | "third_party" | "requirements"))
}

/// Whether this author is a bot that updates dependencies.
pub(super) fn is_dependency_bot(author: &Person) -> bool {
    DEPENDENCY_AUTHOR.is_match(&author.name) || DEPENDENCY_AUTHOR.is_match(&author.email)
}

/// Whose release this change is, if it is one: its title names a version of this release and has nothing else to say
/// ("Release 1.3.0", "chore: bump version to 1.3.0", "Update changelog for v1.3.0"), or it names none and speaks of
/// releasing alone ("Prepare for the next release"). "Bump serde to 1.3.0" says something else; a bot that names the
/// whole version may say what it likes, unless it ports a change.
pub(super) fn own_release(title: &str, author: &Person, release: Release<'_>) -> Option<String> {
    let words = CONVENTIONAL.replace(title.trim(), "");
    let mut named: Option<Version> = None;
    let mut whole = false;
    let mut other = false;
    let mut rest = String::new();
    let separators = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '"' | '`' | '→' | '[' | ']');
    for word in words.split(separators).filter(|word| !word.is_empty()) {
        let bare = word.trim_matches(|c: char| matches!(c, ':' | ';' | '.' | '\'' | '!' | '#'));
        // A branch's name may stand for the title: `ana/release-1.3.0`.
        let bare = bare.rsplit('/').next().unwrap_or(bare);
        let bare = bare.strip_prefix("release-").unwrap_or(bare);
        let bare = bare.split_once(".post").map_or(bare, |(version, _)| version);
        if let Some(version) = parse_lenient(bare).or_else(|| named_version(bare, release.project)) {
            let line = bare.matches('.').count() == 1;
            let ours = [release.version, release.base]
                .into_iter()
                .flatten()
                .chain(release.beside)
                .find(|own| same_release(own, &version, line));
            let found = ours.cloned().or_else(|| next_line(&version, release));
            other |= found.is_none();
            whole |= found.is_some() && !line;
            named = named.or(found);
        } else if !is_line(bare)
            && !bare.eq_ignore_ascii_case(release.project)
            && !bare.chars().all(|c| c.is_ascii_digit())
        {
            rest.push_str(bare);
            rest.push(' ');
        }
    }
    let bot = author.name.ends_with("[bot]") && !is_dependency_bot(author);
    let rest = rest.trim();
    match named {
        Some(version) if bot && whole && !PORTED.is_match(&words) || OWN_WORDS.is_match(rest) => {
            Some(format!("the release of {version} itself"))
        }
        None if (bot || !other || CHANGELOG_WORD.is_match(rest))
            && RELEASE_WORD.is_match(rest)
            && OWN_WORDS.is_match(rest) =>
        {
            Some("the work of releasing itself".to_owned())
        }
        None if !other
            && (VERSION_ALONE.is_match(rest) || TO_DEVELOPMENT.is_match(rest) && OWN_WORDS.is_match(rest)) =>
        {
            Some("the work of releasing itself".to_owned())
        }
        _ => None,
    }
}

/// `2.5.x`, as a branch is called.
fn is_line(word: &str) -> bool {
    let numbers = word.strip_suffix(".x").map(|line| line.trim_start_matches(['v', 'V']));
    numbers.is_some_and(|line| line.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit())))
}

/// `harbor-1.3.0` and `harbor-v1.3.0` for the project harbor.
fn named_version(word: &str, project: &str) -> Option<Version> {
    let rest = word.get(..project.len()).filter(|name| name.eq_ignore_ascii_case(project) && !name.is_empty());
    parse_lenient(word.get(rest?.len()..)?.trim_start_matches(['-', '@', '_', '/']))
}

/// `line` compares the first two numbers alone, for a title that has no more.
fn same_release(own: &Version, version: &Version, line: bool) -> bool {
    (own.major, own.minor) == (version.major, version.minor) && (line || own.patch == version.patch)
}

/// A bump to the next development version after this release, such as `1.4.0-dev`.
fn next_line(version: &Version, release: Release<'_>) -> Option<Version> {
    let development = ["dev", "alpha", "pre", "SNAPSHOT"].iter().any(|word| version.pre.as_str().starts_with(word));
    let latest = release.version.or(release.base)?;
    (development && version > latest).then(|| version.clone())
}

/// What makes a changelog, beside the changelog itself.
const CHANGELOG_TOOLS: [&str; 4] =
    ["cliff.toml", ".git-cliff.toml", "release-plz.toml", ".release-please-manifest.json"];

fn is_ci(path: &str) -> bool {
    const DIRS: [&str; 8] =
        [".github/", ".gitlab/", ".circleci/", ".ci/", "ci/", ".buildkite/", ".azure-pipelines/", ".builds/"];
    const FILES: [&str; 12] = [
        ".gitlab-ci.yml",
        ".travis.yml",
        "appveyor.yml",
        ".appveyor.yml",
        "azure-pipelines.yml",
        ".cirrus.yml",
        "Jenkinsfile",
        "codecov.yml",
        ".codecov.yml",
        ".pre-commit-config.yaml",
        "bors.toml",
        "renovate.json",
    ];
    DIRS.iter().any(|dir| path.starts_with(dir)) || FILES.contains(&path)
}

/// Whether a file tests the product and is no part of it. Below `lib/`, directories called `test` or `testing` are
/// mostly what a product gives its users to test with; what becomes their file is a template; and a directory `spec`
/// holds descriptions of interfaces as well.
fn is_test(path: &str) -> bool {
    const DIRS: [&str; 3] = ["test", "tests", "testdata"];
    let (dirs, file) = path.rsplit_once('/').unwrap_or(("", path));
    let (stem, ending) = file.split_once('.').unwrap_or((file, ""));
    let parts = || dirs.split('/');
    if parts().any(|dir| matches!(dir, "templates" | "template")) {
        return false;
    }
    let named = stem.ends_with("_test") || file.contains(".test.") || file.contains(".spec.");
    if named || parts().any(|dir| dir == "__tests__") {
        return true;
    }
    if parts().any(|dir| dir == "lib") {
        return false;
    }
    let words = matches!(ending, "md" | "rst" | "adoc" | "txt" | "yaml" | "yml" | "json" | "proto");
    let in_spec = || !words && parts().any(|dir| matches!(dir, "spec" | "specs"));
    parts().any(|dir| DIRS.contains(&dir))
        || parts().next() == Some("testing")
        || in_spec()
        || stem == "tests"
        || stem.starts_with("test_")
}

#[cfg(test)]
mod tests {
    use super::super::landing::landed;
    use super::*;
    use crate::domain::changelog::Own;

    fn why(title: &str, author: &str, paths: &[&str]) -> Option<String> {
        let commit = Commit {
            title: title.to_owned(),
            author: Person { name: author.to_owned(), email: String::new() },
            ..Commit::default()
        };
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        let (version, base) = (Version::new(1, 3, 0), Version::new(1, 2, 4));
        let beside = [Version::new(1, 2, 7)];
        let release = Release {
            version: Some(&version),
            base: Some(&base),
            beside: &beside,
            project: "harbor",
            changelog_path: "CHANGELOG.md",
        };
        let paths = (!paths.is_empty()).then_some(paths.as_slice());
        set_apart(&landed(&commit, &Own::default()), &commit.author, &[&commit], paths, release)
    }

    #[test]
    fn dependency_updates() {
        for (title, author) in [
            ("Bump serde from 1.0.1 to 1.0.2 (#12)", "dependabot[bot]"),
            ("Update all the things (#12)", "renovate[bot]"),
            ("Merge pull request #12 from team/dependabot/cargo/serde-1.0.2", "Ana"),
            ("build(deps): bump serde from 1.0.1 to 1.0.2 (#12)", "Ana"),
            ("[pre-commit.ci] pre-commit autoupdate (#12)", "Ana"),
            ("Bump the cargo group in /x from 1 to 2 (#12)", "Ana"),
            ("Bump themes/snazzy from `7034320` `48f43a7` (#12)", "Ana"),
            ("Bump the python group across 1 directory with 6 updates (#12)", "Ana"),
        ] {
            assert_eq!(why(title, author, &[]).as_deref(), Some(DEPENDENCY_BOT), "{title}");
        }
        assert_eq!(why("chore: update dev dependencies (#12)", "Ana", &[]).as_deref(), Some(DEPENDENCY_BOT));
        assert_eq!(why("Bump the limit of ropes (#12)", "Ana", &[]), None);
        // What begins like one, by a person.
        for (title, paths) in [
            ("Bump MSRV from 1.70 to 1.85 (#12)", ["Cargo.toml"]),
            ("go: bump go from 1.20 to 1.21 (#12)", ["go.mod"]),
            ("feat(deps)!: drop node 18 (#12)", ["package.json"]),
            ("feat(deps): widen the peer range (#12)", ["package.json"]),
            ("Bump timeout from 5s to 30s (#12)", ["src/net.rs"]),
        ] {
            assert_eq!(why(title, "Ana", &paths), None, "{title}");
        }
        let manifests = ["web/package.json", "web/pnpm-lock.yaml", ".github/workflows/ci.yml"];
        assert_eq!(why("Bump left-pad from 1.0 to 1.1 (#12)", "Ana", &manifests).as_deref(), Some(DEPENDENCY_BOT));
        assert_eq!(why("Update dependencies of the crane (#12)", "Ana", &[]), None);
    }

    #[test]
    fn the_releases_own_change() {
        for title in [
            "Release 1.3.0 (#12)",
            "v1.3.0 (#12)",
            "harbor 1.3.0",
            "harbor-v1.3.0 (#12)",
            "chore: release v1.3.0 (#12)",
            "chore(release): prepare for 1.3.0",
            "Bump version to 1.3.0 (#12)",
            "Prepare 1.3.0-rc.1 release (#12)",
            "Update changelog for v1.3.0 (#12)",
            "Merge pull request #12 from ana/release-1.3.0",
            "Release 1.2.4 (#12)",
            "Bump version to 1.4.0-dev (#12)",
            "Bump harbor from 1.2.4 to 1.3.0 (#12)",
            "Merge 'harbor-1.2.4' into 'main' (#12)",
            "Cherry pick 1.2.7 release notes (#12)",
            "Release 1.2.4 11 (#12)",
            "chore: bump to 1.3.0; update changelog (#12)",
        ] {
            let reason = why(title, "Ana", &[]).unwrap_or_default();
            assert!(reason.starts_with("the release of 1.") || reason == DEPENDENCY_BOT, "{title}: {reason:?}");
        }
        for title in [
            "Bump serde to 1.3.0 (#12)",
            "Fix the bug of 1.3.0 (#12)",
            "Release ropes (#12)",
            "Prepare the next ropes (#12)",
            "Update all versions (#12)",
            "Support protocol version 1.3.0 (#12)",
            "Release 1.1.0 (#12)",
        ] {
            assert_eq!(why(title, "Ana", &[]), None, "{title}");
        }
    }

    #[test]
    fn the_work_of_releasing() {
        for title in [
            "Prepare for the next release (#12)",
            "Version Packages (next) (#12)",
            "Update changelog for 1.1.7 (#12)",
            "chore: release (#12)",
            "Post release steps (#12)",
        ] {
            assert_eq!(why(title, "Ana", &[]).as_deref(), Some("the work of releasing itself"), "{title}");
        }
        let line = "v1.3: Prepare for the next release (#12)";
        assert_eq!(why(line, "Ana", &[]).as_deref(), Some("the release of 1.3.0 itself"));
        let bot = why("chore: unleash the rats v1.3.0 (#12)", "github-actions[bot]", &[]);
        assert_eq!(bot.as_deref(), Some("the release of 1.3.0 itself"));
        assert_eq!(why("chore: unleash the rats v1.3.0 (#12)", "Ana", &[]), None);
        for title in [
            "[PR #8/abcdef0 backport][1.3] Block absolute paths (#12)",
            "Backport of Fix the crash into v1.3 (#12)",
            "Cherry-pick the crash's fix into 1.3.0 (#12)",
        ] {
            assert_eq!(why(title, "patchback[bot]", &[]), None, "{title}");
        }
    }

    #[test]
    fn work_around_a_release_in_the_words_of_several_projects() {
        for title in [
            "Prepare before 1.3.0 release (#12)",
            "Cleanup after 1.3.0-rc4 release (#12)",
            "Bump version (#12)",
            "[ci] release (#12)",
            "Update harbor release version to v1.3.0.post0. (#12)",
            "REL: Prepare for the harbor 1.3.0 release (#12)",
            "MAINT: Prepare 1.3.x for further development (#12)",
            "reopen main for development (#12)",
        ] {
            assert!(why(title, "Ana", &[]).is_some(), "{title}");
        }
        for title in ["Bump version of the protocol (#12)", "Prepare ropes for further development (#12)"] {
            assert_eq!(why(title, "Ana", &[]), None, "{title}");
        }
    }

    #[test]
    fn ci_and_tests_alone() {
        let why = |paths: &[&str]| why("Change (#12)", "Ana", paths);
        assert_eq!(why(&[".github/workflows/ci.yml", "codecov.yml"]).as_deref(), Some("touches CI only"));
        assert_eq!(why(&["tests/it.rs", "src/a/tests.rs", "web/a.test.ts"]).as_deref(), Some("touches tests only"));
        assert_eq!(why(&["tests/it.rs", ".gitlab-ci.yml"]).as_deref(), Some("touches CI and tests only"));
        assert_eq!(why(&["CHANGELOG.md", "cliff.toml"]).as_deref(), Some("touches the changelog only"));
        assert_eq!(why(&["news/12.bugfix.rst"]).as_deref(), Some("touches the changelog only"));
        assert_eq!(why(&["tests/it.rs", "src/lib.rs"]), None);
        assert_eq!(why(&["src/latest.rs", "contest/a.rs"]), None);
        for path in [
            "test/a.rb",
            "spec/a_spec.rb",
            "src/test/java/A.java",
            "testing/test_a.py",
            "lib/a/__tests__/b.js",
            "a/b_test.go",
        ] {
            assert_eq!(why(&[path]).as_deref(), Some("touches tests only"), "{path}");
        }
        // What users get: the product's own means to test, templates, descriptions of interfaces.
        for path in [
            "actionpack/lib/action_dispatch/testing/assertions.rb",
            "activesupport/lib/active_support/test_case.rb",
            "numpy/testing/utils.py",
            "lib/phoenix/test/conn_test_helpers.ex",
            "installer/templates/phx_test/test/support.ex",
            "lib/spec/openapi.yaml",
            "spec/openapi.yaml",
            "guides/testing/contexts.md",
        ] {
            assert_eq!(why(&[path]), None, "{path}");
        }
    }

    #[test]
    fn a_commit_may_say_that_it_needs_no_entry() {
        assert_eq!(
            why("Tidy [skip changelog] (#12)", "Ana", &[]).as_deref(),
            Some("its commit says that it needs no entry")
        );
        assert_eq!(why("Logo (#12)", "allcontributors[bot]", &[]).as_deref(), Some("by the bot allcontributors[bot]"));
        let branch = "Merge pull request #12 from ana/weblate-fr";
        assert_eq!(why(branch, "Ana", &[]).as_deref(), Some("by way of ana/weblate-fr"));
    }
}
