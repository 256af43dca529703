//! Gathers a ledger from a repository: which range, which changelog, which section, and the verdict of each change.
//!
//! Reads only, through [`Git`], and decides nothing itself: the rules are in `domain::ledger`. Enter at [`Scope::find`]
//! for "the release before to here", then [`gather`].

use std::collections::{BTreeSet, HashMap, HashSet};

use semver::Version;

use super::git::{Git, GitError, Range, ReleaseTag};
use crate::domain::changelog::{Changelog, Own, Reference, references, usual_slug};
use crate::domain::commit::Commit;
use crate::domain::ledger::written::new_lines;
use crate::domain::ledger::{Exclusion, Fragment, Ledger, Request, SectionState, fragments, judge};
use crate::domain::repo_path::RepoPath;
use crate::domain::tag::TagPattern;

/// How many missing changes are looked into for the paths that they touch. A list that is longer is not one that a
/// path here and there makes short, and each look costs as much as reading a hundred commits.
const LOOKED_INTO_MAX: usize = 300;
/// The same where one package of many is looked at: most of what is missing touches others.
const LOOKED_INTO_OF_PACKAGE_MAX: usize = 2_000;

/// How many fragments of one change are read.
const FRAGMENTS_READ_MAX: usize = 4;

/// What a ledger is about: a range and the version that it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The tag or revision that the range begins behind; none takes all of history.
    pub from: Option<String>,
    /// The version of that tag.
    pub base: Option<Version>,
    /// The revision that it ends with.
    pub to: String,
    /// The version that it leads to; none is what is not released yet.
    pub version: Option<Version>,
    /// The releases between both ends of a range that someone chose: their sections count too.
    pub further: Vec<Version>,
    /// Releases made on branches beside this one since the last that it reaches.
    pub beside: Vec<ReleaseTag>,
    /// The package that the tags are about, where each package has its own.
    pub package: Option<String>,
}

impl Scope {
    /// The range from the release before to `to`.
    ///
    /// Without a `version`, a release tag on `to` tells it, and without one the range is what is not released yet. A
    /// `from` that is given is taken as it is. Where `to` is itself a release tag of another form (`tokio-1.2.3`), that
    /// form is the pattern.
    ///
    /// # Errors
    /// What the revisions gave.
    pub fn find(
        git: &Git,
        pattern: &TagPattern,
        from: Option<&str>,
        to: &str,
        version: Option<&Version>,
    ) -> Result<Self, GitError> {
        let end = git.resolve(to)?;
        let named = to.strip_prefix("refs/tags/").unwrap_or(to);
        let is_tag = pattern.version(named).is_none() && git.tag_commit(named).ok().flatten().is_some();
        let pattern = match TagPattern::of_tag(named).filter(|_| is_tag) {
            Some((own, _)) => own,
            None => pattern.clone(),
        };
        let tags = git.tags(&pattern)?;
        let on_end = |tag: &&ReleaseTag| tag.commit == end;
        let tagged_here = tags.iter().find(|tag| tag.name == named).or_else(|| tags.iter().find(on_end));
        let version = version.or_else(|| tagged_here.map(|tag| &tag.version)).cloned();
        let package = pattern.package().map(str::to_owned);
        let mut scope = Self {
            from: None,
            base: None,
            to: to.to_owned(),
            version,
            further: Vec::new(),
            beside: Vec::new(),
            package,
        };
        if let Some(from) = from {
            let start = git.resolve(from)?;
            scope.from = Some(from.to_owned());
            scope.base = tags.iter().find(|tag| tag.commit == start).map(|tag| tag.version.clone());
            if let Some(base) = &scope.base {
                scope.further = released_between(&tags, base, scope.version.as_ref());
            }
            return Ok(scope);
        }
        // A changelog may count in other numbers than the tags; the release before is one of tags.
        let below = tagged_here.map(|tag| &tag.version).or(scope.version.as_ref());
        let before = git.release_before(&tags, to, below)?;
        if let (Some(base), reached) = (before.base, before.reached) {
            let above = |version: &&Version| reached.is_none_or(|reached| **version > reached.version);
            let below = |version: &&Version| below.is_none_or(|own| *version < own);
            let finals = tags.iter().filter(|tag| tag.version.pre.is_empty());
            let beside = finals.filter(|tag| above(&&tag.version)).filter(|tag| below(&&tag.version));
            scope.beside = beside.cloned().collect();
            scope.from = Some(base.name.clone());
            scope.base = Some(base.version.clone());
        } else if let Some(base) = older_form(git, to, scope.version.as_ref())? {
            scope.from = Some(base.name);
            scope.base = Some(base.version);
        }
        Ok(scope)
    }

    /// The versions whose sections tell what went out beside: of the releases beside, and of the line of the release
    /// before, which may have been merged back since.
    fn versions_beside(&self) -> Vec<Version> {
        let mut versions: Vec<Version> = self.beside.iter().map(|tag| tag.version.clone()).collect();
        if let Some(base) = &self.base {
            let patches = base.patch.saturating_sub(LINE_MAX)..=base.patch;
            versions.extend(patches.rev().map(|patch| Version::new(base.major, base.minor, patch)));
        }
        versions
    }
}

/// The release before by the usual patterns: a project that renames its tags still has a release before the first of
/// the new name.
fn older_form(git: &Git, to: &str, below: Option<&Version>) -> Result<Option<ReleaseTag>, GitError> {
    let mut found: Option<ReleaseTag> = None;
    for pattern in TagPattern::usual(&git.project_name()) {
        let older = git.tags(&pattern)?;
        let base = git.base(&older, to, below)?;
        if let Some(base) = base.filter(|base| found.as_ref().is_none_or(|found| base.version > found.version)) {
            found = Some(base.clone());
        }
    }
    Ok(found)
}

/// The releases above `base` and below `version`, whichever branch they were made on: what one of them tells about a
/// change of the range is told.
fn released_between(tags: &[ReleaseTag], base: &Version, version: Option<&Version>) -> Vec<Version> {
    let above = tags.iter().map(|tag| &tag.version).filter(|tag| *tag > base);
    above.filter(|tag| version.is_none_or(|version| *tag < version)).cloned().collect()
}

/// The names under which changelogs are looked for, the most common first, without their ending.
const CHANGELOG_STEMS: [&str; 9] = [
    "changelog",
    "changes",
    "history",
    "news",
    "releases",
    "release_notes",
    "release-notes",
    "releasenotes",
    "release",
];
/// Their endings, the preferred first.
const CHANGELOG_ENDINGS: [&str; 6] = [".md", ".rst", ".markdown", ".adoc", ".txt", ""];

/// The files that say that a directory is a package of its own.
const MANIFESTS: [&str; 16] = [
    "cargo.toml",
    "package.json",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "go.mod",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "composer.json",
    "mix.exs",
    "pubspec.yaml",
    "chart.yaml",
    "cmakelists.txt",
    "gemfile",
    "deno.json",
];
/// How deep a package's directory may stand.
const PACKAGE_DEPTH: usize = 3;

/// The changelog of a commit, for a project that configured none: the package's own, where tags are about one package
/// and it has one, else what looks like one at the top.
///
/// # Errors
/// What the revision gave.
pub fn find_changelog(git: &Git, rev: &str, package: Option<&str>) -> Result<Option<RepoPath>, GitError> {
    if let Some(package) = package {
        // A scope (`@team/cli`) is no part of the directory's name.
        let name = package.rsplit('/').next().unwrap_or(package);
        for dir in git.directories_called(rev, name, PACKAGE_DEPTH)? {
            let files = git.files_in(rev, &dir)?;
            if let Some(found) = changelog_among(&files) {
                return Ok(RepoPath::parse(&format!("{dir}/{found}")).ok());
            }
        }
    }
    let files = git.top_level_files(rev)?;
    Ok(changelog_among(&files).and_then(|found| RepoPath::parse(found).ok()))
}

/// What looks like a changelog at the top of the work tree, committed or not.
pub fn changelog_lying_here(git: &Git) -> Option<RepoPath> {
    let entries = std::fs::read_dir(git.root()?).ok()?;
    let files: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    changelog_among(&files).and_then(|found| RepoPath::parse(found).ok())
}

/// The directory of the package that a changelog is about; none for one at the top, or in a directory of documents.
///
/// # Errors
/// What the revision gave.
pub fn package_of(git: &Git, rev: &str, changelog: &RepoPath) -> Result<Option<String>, GitError> {
    let Some((dir, _)) = changelog.as_str().rsplit_once('/') else { return Ok(None) };
    let files = git.files_in(rev, dir)?;
    let manifest = |file: &String| {
        let lower = file.to_lowercase();
        MANIFESTS.contains(&lower.as_str()) || lower.ends_with(".gemspec") || lower.ends_with(".csproj")
    };
    Ok(files.iter().any(manifest).then(|| dir.to_owned()))
}

fn changelog_among(files: &[String]) -> Option<&str> {
    for stem in CHANGELOG_STEMS {
        for ending in CHANGELOG_ENDINGS {
            let wanted = format!("{stem}{ending}");
            if let Some(found) = files.iter().find(|file| file.eq_ignore_ascii_case(&wanted)) {
                return Some(found);
            }
        }
    }
    None
}

/// The changelog that a ledger compares with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangelogText<'a> {
    /// Its path, for messages.
    pub path: &'a str,
    /// Its text; what is not UTF-8 in it may be replaced.
    pub text: &'a str,
}

/// What the changes of a range are held against.
#[derive(Debug, Clone, Copy, Default)]
pub struct Against<'a> {
    /// The changelog, if there is one.
    pub changelog: Option<ChangelogText<'a>>,
    /// Entries that wait in files of their own.
    pub fragments: &'a [Fragment],
    /// Entries wait in such files here, whether there is one now or not.
    pub in_files: bool,
    /// The directory of the package that the changelog is about.
    pub package: Option<&'a str>,
    /// What is set apart by a person or the configuration.
    pub rules: &'a [Exclusion],
    /// Which changes are looked into.
    pub look: Look,
}

/// Which changes are looked into for what they touch: a comparison of two trees each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Look {
    /// Those that nothing else tells or sets apart.
    #[default]
    Missing,
    /// All, to learn from them.
    All,
}

/// Judges every change of a scope.
///
/// # Errors
/// What the revisions gave.
pub fn gather(git: &Git, scope: &Scope, against: &Against<'_>) -> Result<Ledger, GitError> {
    let changelog = against.changelog;
    let mut range = git.commits(scope.from.as_deref(), &scope.to)?;
    let parsed = changelog.map(|changelog| Changelog::parse(changelog.text));
    let own = own_numbers(git, changelog);
    let mut further = scope.further.clone();
    further.extend(parsed.iter().flat_map(|parsed| never_tagged(scope, parsed)));
    let project = scope.package.clone().unwrap_or_else(|| git.project_name());
    let beside = scope.versions_beside();
    let verdicts = |commits: &[_], went_out: &BTreeSet<Reference>| {
        judge(&Request {
            from: scope.from.as_deref(),
            to: &scope.to,
            commits,
            cut_off: range.shallow,
            changelog: parsed.as_ref(),
            changelog_path: changelog.map_or("CHANGELOG.md", |changelog| changelog.path),
            version: scope.version.as_ref(),
            base: scope.base.as_ref(),
            further: &further,
            beside: &beside,
            went_out,
            own: &own,
            project: &project,
            package: against.package,
            fragments: against.fragments,
            in_files: against.in_files,
            rules: against.rules,
        })
    };
    let ledger = verdicts(&range.commits, &BTreeSet::new());
    let went_out = match ledger.missing().next() {
        Some(_) => went_out(git, scope, &range, &own),
        None => BTreeSet::new(),
    };
    let most = if against.package.is_some() { LOOKED_INTO_OF_PACKAGE_MAX } else { LOOKED_INTO_MAX };
    let wanted: HashSet<String> = match against.look {
        Look::Missing if ledger.missing().count() > most => HashSet::new(),
        Look::Missing => ledger.commits_to_look_into().into_iter().take(most).collect(),
        Look::All => ledger.changes.iter().filter(|one| one.id.is_some()).map(|one| one.commit.clone()).collect(),
    };
    // Where there is no changelog at all, that is the one thing to be said.
    let comparable = ledger.section.state != SectionState::NoChangelog;
    if !comparable || wanted.is_empty() || wanted.len() > most {
        return Ok(if went_out.is_empty() { ledger } else { verdicts(&range.commits, &went_out) });
    }
    for commit in range.commits.iter_mut().filter(|commit| wanted.contains(&commit.id)) {
        look_into(git, commit, changelog.map(|changelog| changelog.path));
    }
    Ok(verdicts(&range.commits, &went_out))
}

/// Versions between the release before and this one that have a section and no tag: what was written for a release that
/// never came out goes out with the next.
fn never_tagged(scope: &Scope, changelog: &Changelog<'_>) -> Vec<Version> {
    let Some((base, version)) = scope.base.as_ref().zip(scope.version.as_ref()) else { return Vec::new() };
    // A changelog may count in other numbers than the tags; and a section that is missing is not made up for by others.
    let versions = changelog.versions();
    if !versions.contains(base) || !versions.contains(version) {
        return Vec::new();
    }
    let between = |one: &Version| one > base && one < version && one.pre.is_empty();
    let tagged = |one: &Version| scope.beside.iter().any(|tag| tag.version == *one);
    let versions = versions.into_iter();
    versions.filter(|one| between(one) && !tagged(one) && !scope.further.contains(one)).collect()
}

/// How many releases of one line are looked at at most.
const LINE_MAX: u64 = 50;
/// How many commits of other lines are read at most.
const OTHER_LINES_MAX: usize = 5_000;

/// The numbers that commits of releases beside this one name: on branches that `to` does not reach, and on the line of
/// the release before, where that was merged into this one later.
fn went_out(git: &Git, scope: &Scope, range: &Range, own: &Own) -> BTreeSet<Reference> {
    let tips: Vec<&str> = scope.beside.iter().map(|tag| tag.commit.as_str()).collect();
    let mut commits = git.commits_beside(&tips, &[&scope.to], OTHER_LINES_MAX).unwrap_or_default();
    if let Some((base, fork)) = side_line(git, scope, range) {
        commits.extend(git.commits_beside(&[&base], &[&fork], OTHER_LINES_MAX).unwrap_or_default());
    }
    let named = |commit: &Commit| {
        let mut named = references(&commit.title, own);
        named.extend(references(&commit.body, own));
        named
    };
    commits.iter().flat_map(named).collect()
}

/// The commit of the release before and the one at which its line left, where the mainline of the range does not lead
/// to it: a maintenance branch that was merged back.
fn side_line(git: &Git, scope: &Scope, range: &Range) -> Option<(String, String)> {
    let base = git.resolve(scope.from.as_deref()?).ok()?;
    let parents: HashMap<&str, &String> =
        range.commits.iter().filter_map(|commit| Some((commit.id.as_str(), commit.parents.first()?))).collect();
    let mut at = range.commits.first()?.id.as_str();
    while let Some(parent) = parents.get(at) {
        at = parent;
    }
    (at != base).then(|| (base, at.to_owned()))
}

/// Whose numbers are this project's own.
pub(super) fn own_numbers(git: &Git, changelog: Option<ChangelogText<'_>>) -> Own {
    let mut slugs = git.remote_slugs();
    // A clone from a mirror or a path has no telling address; the changelog's own links then say whose it is.
    slugs.extend(changelog.and_then(|changelog| usual_slug(changelog.text)));
    Own::new(&slugs)
}

/// Adds what a commit touched, and what it wrote into the changelog. Both only ever find a change told or set it apart:
/// where they cannot be read, it stays missing.
fn look_into(git: &Git, commit: &mut Commit, changelog_path: Option<&str>) {
    commit.paths = git.changed_paths(&commit.id).ok();
    let touched = commit.paths.iter().flatten();
    let written: Vec<String> =
        touched.filter(|path| fragments::in_usual_dir(path)).take(FRAGMENTS_READ_MAX + 1).cloned().collect();
    let parent = commit.parents.first().cloned();
    let text = |rev: &str, path: &str| {
        let bytes = git.read_at(rev, &RepoPath::parse(path).ok()?).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    };
    let before = |path: &str| parent.as_ref().and_then(|parent| text(parent, path)).unwrap_or_default();
    let after: Vec<(String, Option<String>)> =
        written.into_iter().map(|path| (path.clone(), text(&commit.id, &path))).collect();
    // One that touches many collects them for a release, and so does one that takes some away.
    let collects = after.len() > FRAGMENTS_READ_MAX || after.iter().any(|(_, text)| text.is_none());
    if collects {
        return;
    }
    let words = |(path, after): &(String, Option<String>)| {
        let after = after.as_ref()?;
        let wrote = !new_lines(&before(path), after).is_empty();
        wrote.then(|| Fragment::read(path, after)).flatten().map(|fragment| fragment.words)
    };
    commit.fragment_words = after.iter().filter_map(words).collect();
    let touched = |path: &&str| commit.paths.as_ref().is_some_and(|paths| paths.iter().any(|touched| touched == path));
    let Some(path) = changelog_path.filter(touched) else { return };
    let Some(after) = text(&commit.id, path) else { return };
    commit.changelog_lines = new_lines(&before(path), &after);
}

#[cfg(test)]
mod tests {
    use super::super::git::testing::Sample;
    use super::*;

    fn run(sample: &Sample, from: Option<&str>, to: &str, version: Option<&str>) -> Ledger {
        let git = sample.git();
        let version = version.map(|version| Version::parse(version).unwrap());
        let scope = Scope::find(&git, &TagPattern::default(), from, to, version.as_ref()).unwrap();
        let path = find_changelog(&git, to, scope.package.as_deref()).unwrap();
        let text = path.as_ref().map(|path| String::from_utf8(git.read_at(to, path).unwrap()).unwrap());
        let changelog = path.as_ref().zip(text.as_ref());
        let changelog = changelog.map(|(path, text)| ChangelogText { path: path.as_str(), text });
        let waiting = super::super::fragments::waiting(&git, Some(to), None, None).unwrap();
        let against = Against { changelog, fragments: &waiting.fragments, ..Against::default() };
        gather(&git, &scope, &against).unwrap()
    }

    fn harbor() -> Sample {
        let sample = Sample::new();
        sample.repo.remote("origin", "https://example.com/team/harbor.git").unwrap();
        sample.write("CHANGELOG.md", "## 1.0.0\n\n- First (#1)\n").commit("Start (#1)");
        sample.tag("v1.0.0");
        sample.write("src.rs", "a").commit("Ropes (#2)");
        sample.write("src.rs", "b");
        sample.merge("Merge pull request #3 from ana/anchor\n\nAnchor", &["drop it"]);
        sample.write(".github/workflows/ci.yml", "x").commit("Faster CI (#4)");
        sample
    }

    #[test]
    fn the_range_is_from_the_release_before_to_here() {
        let sample = harbor();
        sample.write("CHANGELOG.md", "## 1.1.0\n\n- Ropes (#2)\n\n## 1.0.0\n\n- First (#1)\n").commit("Release 1.1.0");
        let ledger = run(&sample, None, "HEAD", Some("1.1.0"));
        assert_eq!(ledger.from.as_deref(), Some("v1.0.0"));
        assert_eq!(ledger.summary(), "1 listed, 1 missing (#3), 2 excluded");
        let reasons: Vec<&str> = ledger.changes.iter().filter_map(|change| change.reason.as_deref()).collect();
        assert_eq!(reasons, ["the release of 1.1.0 itself", "touches CI only"]);
    }

    #[test]
    fn a_tag_at_the_end_tells_the_version_and_is_not_its_own_base() {
        let sample = harbor();
        sample.write("CHANGELOG.md", "## 1.1.0\n\n- Ropes (#2), anchor (#3)\n").commit("Release 1.1.0");
        sample.tag("v1.1.0");
        let ledger = run(&sample, None, "v1.1.0", None);
        assert_eq!((ledger.from.as_deref(), ledger.section.wanted.as_str()), (Some("v1.0.0"), "1.1.0"));
        assert!(ledger.is_complete());
    }

    #[test]
    fn without_a_version_the_unreleased_section_counts() {
        let sample = harbor();
        sample.write("CHANGELOG.md", "## Unreleased\n\n- Ropes (#2), anchor (#3)\n").commit("Words");
        let ledger = run(&sample, None, "HEAD", None);
        assert!(ledger.is_complete() && ledger.section.unreleased);
    }

    #[test]
    fn a_chosen_range_over_several_releases_counts_their_sections() {
        let sample = harbor();
        sample.write("CHANGELOG.md", "## 1.1.0\n- Ropes (#2)\n- anchor (#3)\n").commit("Words");
        sample.tag("v1.1.0");
        let text = "## 1.2.0\n- Paint (#5)\n## 1.1.0\n- Ropes (#2)\n- anchor (#3)\n";
        sample.write("CHANGELOG.md", text).commit("Paint (#5)");
        let ledger = run(&sample, Some("v1.0.0"), "HEAD", Some("1.2.0"));
        assert_eq!(ledger.summary(), "3 listed, 1 excluded, 1 direct");
        let ledger = run(&sample, None, "HEAD", Some("1.2.0"));
        assert_eq!((ledger.from.as_deref(), ledger.summary().as_str()), (Some("v1.1.0"), "1 listed"));
    }

    #[test]
    fn the_first_release_takes_all_of_history() {
        let sample = Sample::new();
        sample.write("NEWS", "1.0.0\n=====\n\n* First (#1)\n").commit("Start (#1)");
        let ledger = run(&sample, None, "HEAD", Some("1.0.0"));
        assert_eq!((ledger.from.as_deref(), ledger.summary().as_str()), (None, "1 listed"));
    }

    #[test]
    fn a_renamed_tag_still_has_a_release_before_it() {
        let sample = harbor();
        sample.write("CHANGELOG.md", "## 1.1.0\n- Ropes (#2)\n- anchor (#3)\n").commit("Words");
        sample.tag("harbor-v1.1.0");
        let git = sample.git();
        let pattern: TagPattern = "harbor-v{version}".parse().unwrap();
        let scope = Scope::find(&git, &pattern, None, "HEAD", None).unwrap();
        assert_eq!((scope.from.as_deref(), scope.version), (Some("v1.0.0"), Some(Version::new(1, 1, 0))));
    }

    #[test]
    fn the_entry_that_a_change_wrote_itself_lists_it() {
        let sample = harbor();
        let text = "## 1.1.0\n- Ropes (#2)\n- anchor (#3)\n";
        sample.write("CHANGELOG.md", text).commit("Words");
        sample
            .write("CHANGELOG.md", &format!("{text}- Hooks no longer bend. See #41\n"))
            .commit("Stronger steel (#42)");
        let ledger = run(&sample, None, "HEAD", Some("1.1.0"));
        let steel = ledger.changes.iter().find(|change| change.id.as_deref() == Some("#42")).unwrap();
        assert_eq!((steel.listed_as.as_deref(), steel.reason.as_deref()), (Some("#41"), Some("it wrote the entry")));
    }

    fn said(ledger: &Ledger) -> Vec<String> {
        let words = |change: &crate::domain::ledger::Change| {
            let name = change.id.clone().unwrap_or_else(|| change.title.clone());
            let reason = change.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            format!("{name} {}{reason}", change.verdict.as_str())
        };
        ledger.changes.iter().map(words).collect()
    }

    #[test]
    fn who_mends_somebody_elses_entry_has_not_told_a_change_with_it() {
        let sample = harbor();
        let text = "## 1.1.0\n- Ropes hold fast in storms (#2)\n- anchor (#3)\n";
        sample.write("CHANGELOG.md", text).commit("Words");
        sample.write("crane.rs", "gone").write("CHANGELOG.md", &text.replace("in storms", "in every storm"));
        sample.commit("Remove the crane (#5)");
        let ledger = run(&sample, None, "HEAD", Some("1.1.0"));
        assert_eq!(said(&ledger).first().map(String::as_str), Some("#5 missing"));
    }

    #[test]
    fn an_empty_section_does_not_ask_for_what_needs_no_entry() {
        let sample = harbor();
        sample
            .write("CHANGELOG.md", "## Unreleased\n\n## 1.1.0\n- Ropes (#2)\n- anchor (#3)\n")
            .commit("Release 1.1.0");
        sample.tag("v1.1.0");
        sample.write(".github/workflows/ci.yml", "y").commit("Faster CI again (#6)");
        let ledger = run(&sample, None, "HEAD", None);
        assert_eq!(said(&ledger), ["#6 excluded: touches CI only"]);
        assert!(ledger.is_complete());
        sample.write("src.rs", "c").commit("Grease the winch");
        let ledger = run(&sample, None, "HEAD", None);
        assert!(!ledger.is_complete(), "{:?}", said(&ledger));
    }

    #[test]
    fn a_persons_update_of_dependencies_is_looked_into() {
        let sample = harbor();
        sample.write("CHANGELOG.md", "## 1.1.0\n- Ropes (#2)\n- anchor (#3)\n").commit("Words");
        sample.write("src.rs", "5 to 30").commit("Bump timeout from 5s to 30s (#7)");
        sample.write("Cargo.lock", "x").commit("Bump serde from 1.0 to 1.1 (#8)");
        let ledger = run(&sample, None, "HEAD", Some("1.1.0"));
        assert_eq!(said(&ledger).get(..2).unwrap(), ["#8 excluded: dependency update", "#7 missing"]);
    }

    #[test]
    fn a_commit_without_a_number_lists_the_entry_that_it_wrote() {
        let sample = harbor();
        let text = "## 1.1.0\n- Ropes (#2)\n- anchor (#3)\n";
        sample.write("CHANGELOG.md", text).commit("Words");
        sample.write("src.rs", "z").write("CHANGELOG.md", &format!("{text}- Hooks no longer bend. See #41\n"));
        sample.commit("Stronger steel");
        let ledger = run(&sample, None, "HEAD", Some("1.1.0"));
        assert!(ledger.extra.is_empty(), "{:?}", ledger.extra);
        assert_eq!(said(&ledger).first().map(String::as_str), Some("Stronger steel listed: it wrote the entry"));
    }

    #[test]
    fn what_was_written_for_a_release_that_never_came_out_counts_for_the_next() {
        let sample = harbor();
        sample.write("CHANGELOG.md", "## 1.2.0\n- anchor (#3)\n\n## 1.1.0\n- Ropes (#2)\n\n## 1.0.0\n").commit("Words");
        let ledger = run(&sample, None, "HEAD", Some("1.2.0"));
        assert_eq!(ledger.missing().count(), 0, "{:?}", said(&ledger));
        // Where it did come out, it is the other release's.
        sample.tag("v1.1.0");
        sample.write("src.rs", "q").commit("Sails (#9)");
        let ledger = run(&sample, None, "HEAD", Some("1.2.0"));
        assert!(said(&ledger).contains(&"#9 missing".to_owned()), "{:?}", said(&ledger));
    }

    #[test]
    fn the_release_before_may_stand_on_a_branch_of_its_own() {
        let sample = harbor();
        sample.write("src.rs", "c").commit("Hull (#10)");
        let fork = sample.git().resolve("HEAD").unwrap();
        sample.switch("release-1.1", &fork);
        sample.write("src.rs", "d").commit("[1.1] Rust (#12)\n\nBackport of #11");
        sample.tag("v1.1.0");
        sample.switch("main", &fork);
        sample.write("src.rs", "e").commit("Rust (#11)");
        sample.write("src.rs", "f").commit("Sails (#13)");
        sample.write("src.rs", "g").commit("Masts (#14)");
        let text = "## 1.2.0\n- Sails (#13)\n## 1.1.0\n- Rust (#11), not yet masts (#14)\n";
        sample.write("CHANGELOG.md", text).commit("Words");
        let ledger = run(&sample, None, "HEAD", Some("1.2.0"));
        assert_eq!(ledger.from.as_deref(), Some("v1.1.0"));
        let shown: Vec<String> = ledger
            .changes
            .iter()
            .map(|one| {
                let reason = one.reason.as_deref().unwrap_or("-");
                format!("{} {} {reason}", one.id.as_deref().unwrap_or("-"), one.verdict.as_str())
            })
            .collect();
        assert_eq!(
            shown,
            [
                "- direct -",
                // Nothing of it went out with 1.1.0, whatever stands there.
                "#14 missing stands under 1.1.0",
                "#13 listed -",
                "#11 excluded went out with 1.1.0, released beside",
            ]
        );
    }

    #[test]
    fn a_tag_of_a_package_means_that_package_and_its_changelog() {
        let sample = Sample::new();
        sample.write("crates/mast/Cargo.toml", "[package]").write("crates/sail/Cargo.toml", "[package]");
        sample.write("crates/mast/src.rs", "a").commit("Start");
        sample.tag("mast-0.1.0").tag("sail-v3.0.0");
        sample.write("crates/mast/src.rs", "b").commit("Taller (#2)");
        sample.write("crates/sail/src.rs", "c").commit("Whiter (#3)");
        sample.write("crates/mast/src.rs", "d").commit("Thinner (#4)");
        sample.write("crates/mast/CHANGELOG.md", "## 0.2.0\n- Taller (#2)\n").commit("mast: release 0.2.0");
        sample.tag("mast-0.2.0");
        let git = sample.git();
        let scope = Scope::find(&git, &TagPattern::default(), None, "mast-0.2.0", None).unwrap();
        assert_eq!((scope.from.as_deref(), scope.package.as_deref()), (Some("mast-0.1.0"), Some("mast")));
        let path = find_changelog(&git, "HEAD", scope.package.as_deref()).unwrap().unwrap();
        let package = package_of(&git, "HEAD", &path).unwrap();
        assert_eq!((path.as_str(), package.as_deref()), ("crates/mast/CHANGELOG.md", Some("crates/mast")));
        let text = String::from_utf8(git.read_at("HEAD", &path).unwrap()).unwrap();
        let changelog = Some(ChangelogText { path: path.as_str(), text: &text });
        let against = Against { changelog, package: package.as_deref(), ..Against::default() };
        let ledger = gather(&git, &scope, &against).unwrap();
        assert_eq!(ledger.summary(), "1 listed, 1 missing (#4), 2 excluded");
        let other = ledger.changes.iter().find(|one| one.id.as_deref() == Some("#3")).unwrap();
        assert_eq!(other.reason.as_deref(), Some("touches nothing in crates/mast/"));
    }

    #[test]
    fn fragments_are_the_section_of_what_is_not_released() {
        let sample = harbor();
        sample.write("CHANGELOG.md", "## 1.0.0\n\n- First (#1)\n").write("newsfragments/README.md", "How to");
        sample.write("newsfragments/2.feature.md", "Ropes\n").commit("Words for #2");
        sample.write("src.rs", "z").write("newsfragments/+oars.misc.md", "Oars are longer\n").commit("Oars (#41)");
        sample.write("src.rs", "y").commit("Rudder (#42)");
        let ledger = run(&sample, None, "HEAD", None);
        assert_eq!(ledger.section.fragments, 2);
        let shown: Vec<String> = ledger
            .changes
            .iter()
            .filter(|one| one.id.is_some())
            .map(|one| format!("{} {}", one.id.as_deref().unwrap_or("-"), one.verdict.as_str()))
            .collect();
        assert_eq!(shown, ["#42 missing", "#41 listed", "#4 excluded", "#3 missing", "#2 listed"]);
        // The release collects them: what it collected is told by the words that the change wrote.
        std::fs::remove_dir_all(sample.path().join("newsfragments")).unwrap();
        let text = "## 1.1.0\n\n- Ropes (#2)\n- Oars are longer (by li), and taller\n\n## 1.0.0\n";
        sample.write("CHANGELOG.md", text).commit("Release 1.1.0");
        let ledger = run(&sample, None, "HEAD", Some("1.1.0"));
        assert_eq!(ledger.summary(), "2 listed, 2 missing (#42, #3), 2 excluded, 1 direct");
    }

    #[test]
    fn a_project_without_a_changelog_is_told_so() {
        let sample = Sample::new();
        sample.write("a.txt", "x").commit("Start (#1)");
        let ledger = run(&sample, None, "HEAD", Some("1.0.0"));
        assert_eq!(ledger.findings()[0].text, "there is no changelog");
    }

    #[test]
    fn what_merged_after_the_section_was_written_is_found() {
        let sample = harbor();
        sample.write("CHANGELOG.md", "## 1.1.0\n- Ropes (#2)\n- anchor (#3)\n").commit("Release 1.1.0");
        assert!(run(&sample, None, "HEAD", Some("1.1.0")).is_complete());
        sample.write("src.rs", "late").commit("Late (#9)");
        let findings = run(&sample, None, "HEAD", Some("1.1.0")).findings();
        assert_eq!(findings[0].text, "PR #9 not in changelog");
    }
}
