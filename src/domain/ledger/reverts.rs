//! Reverts: a change and the one that takes it back cancel out, and a revert of a revert brings the change back.
//!
//! Pure. The newest revert is looked at first: it cancels its target with itself, so a revert that was itself taken
//! back no longer cancels anything.

use std::collections::HashMap;

use super::units::Unit;
use crate::domain::commit::Commit;

/// Why a change is out: the index of the unit it cancels with, and which of both took the other back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cancelled {
    /// It was taken back by this unit.
    By(usize),
    /// It takes this unit back.
    TakesBack(usize),
}

/// For each unit, with what it cancels out, if it does.
pub(super) fn cancelled(commits: &[Commit], units: &[Unit]) -> Vec<Option<Cancelled>> {
    let mut out: Vec<Option<Cancelled>> = vec![None; units.len()];
    let titles = titles(commits, units);
    for (at, unit) in units.iter().enumerate() {
        let Some(reverts) = &unit.landed.reverts else { continue };
        if out.get(at).is_some_and(Option::is_some) {
            continue;
        }
        let standing = |target: usize, out: &[Option<Cancelled>]| target > at && out.get(target) == Some(&None);
        let by_commit = |hash: &String| units.iter().position(|unit| holds(commits, unit, hash));
        let by_number = |number| units.iter().position(|unit| unit.id == Some(number));
        let mut targets: Vec<usize> = reverts.commits.iter().filter_map(by_commit).collect();
        targets.extend(reverts.numbers.iter().copied().filter_map(by_number));
        if targets.is_empty() {
            let same = reverts.title.as_ref().and_then(|title| titles.get(title.as_str()));
            targets.extend(same.into_iter().flatten().copied().find(|target| standing(*target, &out)));
        }
        targets.retain(|target| standing(*target, &out));
        for target in &targets {
            if let Some(slot) = out.get_mut(*target) {
                *slot = Some(Cancelled::By(at));
            }
        }
        if let (Some(first), Some(slot)) = (targets.first(), out.get_mut(at)) {
            *slot = Some(Cancelled::TakesBack(*first));
        }
    }
    out
}

/// A unit's own commit only: a branch may take back a commit of its own inside, which takes back no change.
fn holds(commits: &[Commit], unit: &Unit, hash: &str) -> bool {
    commits.get(unit.at).is_some_and(|commit| commit.id.starts_with(hash))
}

/// Every title that a unit goes by, to the units of that title, newest first.
fn titles<'a>(commits: &'a [Commit], units: &'a [Unit]) -> HashMap<&'a str, Vec<usize>> {
    let mut titles: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, unit) in units.iter().enumerate() {
        let whole = commits.get(unit.at).map_or("", |commit| commit.title.trim());
        titles.entry(whole).or_default().push(at);
        if unit.landed.title != whole {
            titles.entry(&unit.landed.title).or_default().push(at);
        }
    }
    titles
}

#[cfg(test)]
mod tests {
    use super::super::units::units;
    use super::*;
    use crate::domain::changelog::Own;

    /// `id title | body`, newest first, on one line of history. Gives the ids that stand.
    fn standing(lines: &[&str]) -> Vec<String> {
        let mut commits: Vec<Commit> = Vec::new();
        for (at, line) in lines.iter().enumerate() {
            let (head, body) = line.split_once('|').unwrap_or((line, ""));
            let (id, title) = head.trim().split_once(' ').unwrap();
            let parent = lines.get(at + 1).map_or("zzz", |next| next.split(' ').next().unwrap());
            commits.push(Commit {
                id: id.to_owned(),
                parents: vec![parent.to_owned()],
                title: title.to_owned(),
                body: body.trim().to_owned(),
                ..Commit::default()
            });
        }
        let units = units(&commits, &Own::default());
        let cancelled = cancelled(&commits, &units);
        let standing = units.iter().zip(cancelled).filter(|(_, cancelled)| cancelled.is_none());
        standing.map(|(unit, _)| commits[unit.at].id.clone()).collect()
    }

    #[test]
    fn a_pair_cancels_out() {
        assert_eq!(standing(&["c Revert \"Ropes (#1)\" (#2)", "b Other (#3)", "aaaaaaa Ropes (#1)"]), ["b"]);
        assert_eq!(standing(&["c Undo | x", "b Revert \"x\" | This reverts commit aaaaaaa.", "aaaaaaa y (#1)"]), ["c"]);
        assert_eq!(standing(&["b Revert ropes (#2) | Reverts team/harbor#1", "a Ropes (#1)"]), Vec::<String>::new());
    }

    #[test]
    fn a_revert_of_a_revert_brings_the_change_back() {
        let history = ["c Revert \"Revert \"Ropes (#1)\" (#2)\" (#3)", "b Revert \"Ropes (#1)\" (#2)", "a Ropes (#1)"];
        assert_eq!(standing(&history), ["a"]);
        assert_eq!(standing(&["c Reapply \"Ropes\"", "b Revert \"Ropes\"", "a Ropes"]), ["a"]);
        let thrice = ["d Revert \"Ropes\" (#4)", "c Reapply \"Ropes\" (#3)", "b Revert \"Ropes\" (#2)", "a Ropes (#1)"];
        assert_eq!(standing(&thrice), Vec::<String>::new());
    }

    #[test]
    fn a_revert_of_something_older_is_a_change_of_its_own() {
        assert_eq!(standing(&["b Revert \"Old\" (#2) | This reverts commit 0123456.", "a Ropes (#1)"]), ["b", "a"]);
    }
}
