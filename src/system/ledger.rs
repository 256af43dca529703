//! Gathers a ledger from a repository: which range, which changelog, which section, and the verdict of each change.
//!
//! Reads only, through [`Git`], and decides nothing itself: the rules are in `domain::ledger`. Enter at [`Scope::find`]
//! for "the release before to here", then [`gather`].

use std::collections::HashSet;

use semver::Version;

use super::git::{Git, GitError, ReleaseTag};
use crate::domain::changelog::{Changelog, Own, usual_slug};
use crate::domain::commit::Commit;
use crate::domain::ledger::{Ledger, Request, SectionState, judge};
use crate::domain::repo_path::RepoPath;
use crate::domain::tag::TagPattern;

/// How many missing changes are looked into for the paths that they touch. A list that is longer is not one that a
/// path here and there makes short, and each look costs as much as reading a hundred commits.
const LOOKED_INTO_MAX: usize = 150;

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
}

impl Scope {
    /// The range from the release before to `to`.
    ///
    /// Without a `version`, a release tag on `to` tells it, and without one the range is what is not released yet. A
    /// `from` that is given is taken as it is.
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
        let tags = git.tags(pattern)?;
        let end = git.resolve(to)?;
        let tagged_here = tags.iter().find(|tag| tag.commit == end);
        let version = version.or_else(|| tagged_here.map(|tag| &tag.version)).cloned();
        let mut scope = Self { from: None, base: None, to: to.to_owned(), version, further: Vec::new() };
        if let Some(from) = from {
            let start = git.resolve(from)?;
            scope.from = Some(from.to_owned());
            scope.base = tags.iter().find(|tag| tag.commit == start).map(|tag| tag.version.clone());
            if let Some(base) = &scope.base {
                scope.further = released_between(&tags, base, scope.version.as_ref());
            }
        } else if let Some(base) = base(git, &tags, to, scope.version.as_ref())? {
            scope.from = Some(base.name);
            scope.base = Some(base.version);
        }
        Ok(scope)
    }
}

/// The release before, by the project's own pattern; where no tag of that pattern is below, by the usual patterns,
/// because a project that renames its tags still has a release before the first of the new name.
///
/// # Errors
/// What the revision gave.
pub fn base(git: &Git, tags: &[ReleaseTag], to: &str, below: Option<&Version>) -> Result<Option<ReleaseTag>, GitError> {
    if let Some(base) = git.base(tags, to, below)? {
        return Ok(Some(base.clone()));
    }
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

/// The changelog at the top of a commit, for a project that configured none.
///
/// # Errors
/// What the revision gave.
pub fn find_changelog(git: &Git, rev: &str) -> Result<Option<RepoPath>, GitError> {
    let files = git.top_level_files(rev)?;
    for stem in CHANGELOG_STEMS {
        for ending in CHANGELOG_ENDINGS {
            let wanted = format!("{stem}{ending}");
            if let Some(found) = files.iter().find(|file| file.eq_ignore_ascii_case(&wanted)) {
                return Ok(RepoPath::parse(found).ok());
            }
        }
    }
    Ok(None)
}

/// The changelog that a ledger compares with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangelogText<'a> {
    /// Its path, for messages.
    pub path: &'a str,
    /// Its text; what is not UTF-8 in it may be replaced.
    pub text: &'a str,
}

/// Judges every change of a scope. `excluded` is what a person set apart: a change's id (`#123`) and the reason.
///
/// # Errors
/// What the revisions gave.
pub fn gather(
    git: &Git,
    scope: &Scope,
    changelog: Option<ChangelogText<'_>>,
    excluded: &[(String, String)],
) -> Result<Ledger, GitError> {
    let mut range = git.commits(scope.from.as_deref(), &scope.to)?;
    let parsed = changelog.map(|changelog| Changelog::parse(changelog.text));
    let mut slugs = git.remote_slugs();
    // A clone from a mirror or a path has no telling address; the changelog's own links then say whose it is.
    slugs.extend(changelog.and_then(|changelog| usual_slug(changelog.text)));
    let own = Own::new(&slugs);
    let project = git.project_name();
    let verdicts = |commits: &[_]| {
        judge(&Request {
            from: scope.from.as_deref(),
            to: &scope.to,
            commits,
            cut_off: range.shallow,
            changelog: parsed.as_ref(),
            changelog_path: changelog.map_or("CHANGELOG.md", |changelog| changelog.path),
            version: scope.version.as_ref(),
            base: scope.base.as_ref(),
            further: &scope.further,
            own: &own,
            project: &project,
            excluded,
        })
    };
    let ledger = verdicts(&range.commits);
    let wanted: HashSet<String> = ledger.commits_to_look_into().into_iter().collect();
    let comparable = matches!(ledger.section.state, SectionState::Numbered | SectionState::NoNumbers);
    if !comparable || wanted.is_empty() || wanted.len() > LOOKED_INTO_MAX {
        return Ok(ledger);
    }
    for commit in range.commits.iter_mut().filter(|commit| wanted.contains(&commit.id)) {
        look_into(git, commit, changelog.map(|changelog| changelog.path));
    }
    Ok(verdicts(&range.commits))
}

/// Adds what a commit touched, and what it wrote into the changelog. Both only ever find a change told or set it apart:
/// where they cannot be read, it stays missing.
fn look_into(git: &Git, commit: &mut Commit, changelog_path: Option<&str>) {
    commit.paths = git.changed_paths(&commit.id).ok();
    let touched = |path: &&str| commit.paths.as_ref().is_some_and(|paths| paths.iter().any(|touched| touched == path));
    let Some(path) = changelog_path.filter(touched).and_then(|path| RepoPath::parse(path).ok()) else { return };
    let read = |rev: &str| git.read_at(rev, &path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let Ok(after) = read(&commit.id) else { return };
    let before = commit.parents.first().and_then(|parent| read(parent).ok()).unwrap_or_default();
    let before: HashSet<&str> = before.lines().collect();
    commit.changelog_lines = after.lines().filter(|line| !before.contains(line)).map(str::to_owned).collect();
}

#[cfg(test)]
mod tests {
    use super::super::git::testing::Sample;
    use super::*;

    fn run(sample: &Sample, from: Option<&str>, to: &str, version: Option<&str>) -> Ledger {
        let git = sample.git();
        let version = version.map(|version| Version::parse(version).unwrap());
        let scope = Scope::find(&git, &TagPattern::default(), from, to, version.as_ref()).unwrap();
        let path = find_changelog(&git, to).unwrap();
        let text = path.as_ref().map(|path| String::from_utf8(git.read_at(to, path).unwrap()).unwrap());
        let changelog = path.as_ref().zip(text.as_ref());
        let changelog = changelog.map(|(path, text)| ChangelogText { path: path.as_str(), text });
        gather(&git, &scope, changelog, &[]).unwrap()
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
