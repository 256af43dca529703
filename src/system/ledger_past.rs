//! What a repository tells beside one range: what its earlier releases left out, and what a number is that the section
//! names and the range does not.
//!
//! Reads only, bounded in how far it looks, and only when somebody asks. Enter at [`earlier`] and [`explain`].

use std::collections::BTreeMap;

use super::git::{Git, GitError};
use super::ledger::{Against, ChangelogText, Look, Scope, gather, own_numbers};
use crate::domain::changelog::{Own, Reference};
use crate::domain::commit::Commit;
use crate::domain::ledger::{Ledger, says};
use crate::domain::tag::TagPattern;

/// How many earlier releases are read.
const RELEASES_READ: usize = 8;
/// How many changes of them, over all: each costs a comparison of two trees.
const CHANGES_READ_MAX: usize = 1_200;
/// How many commits are searched for a number.
const SEARCHED_MAX: usize = 30_000;

/// The ledgers of the releases before this one, the newest first, each against its own section. Rules of a person are
/// not applied: what they set apart was left out too.
///
/// # Errors
/// What the revisions gave.
pub fn earlier(
    git: &Git,
    pattern: &TagPattern,
    scope: &Scope,
    changelog: ChangelogText<'_>,
    package: Option<&str>,
) -> Result<Vec<Ledger>, GitError> {
    let mut found = Vec::new();
    let mut read = 0;
    let mut tag = scope.from.clone().filter(|_| scope.base.is_some());
    while let Some(to) = tag.filter(|_| found.len() < RELEASES_READ && read < CHANGES_READ_MAX) {
        let before = Scope::find(git, pattern, None, &to, None)?;
        let against = Against { changelog: Some(changelog), package, look: Look::All, ..Against::default() };
        // Without a release before it, everything would count: no habit of a release.
        if before.from.is_none() {
            break;
        }
        let ledger = gather(git, &before, &against)?;
        read += ledger.changes.len();
        tag = before.from.clone().filter(|from| *from != to);
        found.push(ledger);
    }
    Ok(found)
}

/// What each number is that the section names and no commit of the range does: an older pull request, one of another
/// branch, an issue that such a one closed; nothing where the repository does not tell.
///
/// # Errors
/// What the revisions gave.
pub fn explain(
    git: &Git,
    scope: &Scope,
    changelog: Option<ChangelogText<'_>>,
    extra: &[String],
) -> Result<BTreeMap<String, String>, GitError> {
    let mut known = BTreeMap::new();
    if extra.is_empty() {
        return Ok(known);
    }
    let own = own_numbers(git, changelog);
    if let Some(from) = &scope.from {
        let older = git.commits_beside(&[from], &[], SEARCHED_MAX)?;
        look_for(&older, &own, extra, &format!("before {from}"), &mut known);
    }
    let tips = git.tips()?;
    let tips: Vec<&str> = tips.iter().map(String::as_str).collect();
    let elsewhere = git.commits_beside(&tips, &[&scope.to], SEARCHED_MAX)?;
    look_for(&elsewhere, &own, extra, "on another branch, or later", &mut known);
    Ok(known)
}

fn look_for(commits: &[Commit], own: &Own, extra: &[String], place: &str, known: &mut BTreeMap<String, String>) {
    let wanted = |number: &Reference| {
        let name = number.to_string();
        extra.contains(&name).then_some(name)
    };
    let mut closed: BTreeMap<String, String> = BTreeMap::new();
    for commit in commits {
        // Reading a whole message costs a hundred times as much as seeing that the digits are not in it.
        let digits = |name: &String| {
            name.get(1..).is_some_and(|digits| commit.title.contains(digits) || commit.body.contains(digits))
        };
        if !extra.iter().any(digits) {
            continue;
        }
        let says = says(commit, own);
        for name in says.own.iter().filter_map(wanted) {
            known.entry(name).or_insert_with(|| format!("merged {place}"));
        }
        let by = says.own.first().map_or_else(|| commit.short().to_owned(), ToString::to_string);
        for name in says.closes.iter().filter_map(wanted) {
            closed.entry(name).or_insert_with(|| format!("an issue, closed by {by} {place}"));
        }
    }
    for (name, words) in closed {
        known.entry(name).or_insert(words);
    }
}

#[cfg(test)]
mod tests {
    use super::super::git::testing::Sample;
    use super::*;
    use crate::domain::ledger::habits;

    const TEXT: &str = "\
## 1.3.0
- Ropes (#31), an old one (#12), of the other line (#40), an issue (#99), nobody's (#77)
## 1.2.0
- Hooks (#21)
## 1.1.0
- Sails (#11)
";

    fn harbor() -> Sample {
        let sample = Sample::new();
        sample.write("a", "0").commit("Start");
        sample.tag("v1.0.0");
        for (release, number) in [("v1.1.0", 10), ("v1.2.0", 20), ("", 30)] {
            sample.write("src/a.rs", &number.to_string()).commit(&format!("Told (#{})", number + 1));
            for more in 2..5 {
                let title = format!("Words (#{})\n\nFixes #{}", number + more, 97 + more);
                sample.write("docs/a.txt", &format!("{number}{more}")).commit(&title);
            }
            if !release.is_empty() {
                sample.tag(release);
            }
        }
        sample
    }

    fn scope(sample: &Sample) -> Scope {
        let version = semver::Version::new(1, 3, 0);
        Scope::find(&sample.git(), &TagPattern::default(), None, "HEAD", Some(&version)).unwrap()
    }

    #[test]
    fn the_projects_own_releases_teach_what_is_left_out() {
        let sample = harbor();
        let git = sample.git();
        let changelog = ChangelogText { path: "CHANGELOG.md", text: TEXT };
        let scope = scope(&sample);
        let past = earlier(&git, &TagPattern::default(), &scope, changelog, None).unwrap();
        let summaries: Vec<String> = past.iter().map(Ledger::summary).collect();
        assert_eq!(summaries, ["1 listed, 3 missing (#24, #23, #22)", "1 listed, 3 missing (#14, #13, #12)"]);
        let now = gather(&git, &scope, &Against { changelog: Some(changelog), ..Against::default() }).unwrap();
        let habit = &habits(&past, &now)[0];
        assert_eq!((habit.rule.to_string().as_str(), habit.now.len(), habit.left_out), ("paths *.txt", 2, 6));
    }

    #[test]
    fn what_is_listed_and_not_in_the_range_is_named() {
        let sample = harbor();
        let fork = sample.git().resolve("HEAD").unwrap();
        sample.switch("other", &fork);
        sample.write("b", "x").commit("Other line (#40)");
        sample.switch("main", &fork);
        let git = sample.git();
        let changelog = ChangelogText { path: "CHANGELOG.md", text: TEXT };
        let scope = scope(&sample);
        let extra = ["#12", "#40", "#77", "#99"].map(str::to_owned);
        let known = explain(&git, &scope, Some(changelog), &extra).unwrap();
        let known: Vec<String> = known.into_iter().map(|(name, words)| format!("{name} {words}")).collect();
        assert_eq!(
            known,
            [
                "#12 merged before v1.2.0",
                "#40 merged on another branch, or later",
                "#99 an issue, closed by #22 before v1.2.0",
            ]
        );
    }
}
