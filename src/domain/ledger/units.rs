//! From commits to changes: which commits are changes of their own, and which came in with another.
//!
//! Pure. The mainline is walked along first parents; a merge that names a pull request stands for everything it
//! brought in, a merge that names none (a pulled branch, a synchronisation) stands for nothing, and what it brought in
//! is looked at as if it lay on the mainline. So a commit is counted once, however it came.

use std::collections::HashMap;

use super::landing::{Landed, Landing, landed, title_among};
use crate::domain::changelog::{Own, Reference};
use crate::domain::commit::Commit;

/// One change, with where it stands in the commits.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    /// The index of its commit: a lower one is newer.
    pub at: usize,
    /// Its own number; none for a direct commit.
    pub id: Option<Reference>,
    pub landed: Landed,
    /// The index of the commit of the change that brought it in, where that has a number of its own.
    pub carried_by: Option<usize>,
    /// The indices of all its commits, its own first.
    pub commits: Vec<usize>,
}

/// How many characters of a review's name in Gerrit are shown: as Gerrit shows them.
const CHANGE_ID_CHARS: usize = 9;

impl Unit {
    /// What it is called: its number, else the short name of its review in Gerrit; none for a direct commit.
    pub(super) fn name(&self) -> Option<String> {
        let review = || self.landed.change_id.as_ref().map(|id| id.chars().take(CHANGE_ID_CHARS).collect());
        self.id.map(|id| id.to_string()).or_else(review)
    }
}

/// GitHub commits under this address when it merges or squashes itself.
const FORGE_ADDRESSES: [&str; 1] = ["noreply@github.com"];

/// The changes among the commits of a range, newest first.
pub(super) fn units(commits: &[Commit], own: &Own) -> Vec<Unit> {
    let index: HashMap<&str, usize> = commits.iter().enumerate().map(|(at, commit)| (commit.id.as_str(), at)).collect();
    let parents: Vec<Vec<usize>> = commits
        .iter()
        .map(|commit| commit.parents.iter().filter_map(|parent| index.get(parent.as_str()).copied()).collect())
        .collect();
    let read: Vec<Landed> = commits.iter().map(|commit| landed(commit, own)).collect();
    let mainline = mainline(commits, &index, &parents, &read);
    let carriers = carriers(commits, &parents, &read, &mainline);

    let mut inner: HashMap<usize, Vec<usize>> = HashMap::new();
    for (at, carrier) in carriers.iter().enumerate() {
        if let Some(carrier) = carrier {
            inner.entry(*carrier).or_default().push(at);
        }
    }
    // What the commits of a merged branch say to close, its merge closes.
    let inner_closes: HashMap<usize, Vec<Reference>> =
        inner.values().flatten().filter_map(|at| Some((*at, read.get(*at)?.closes.clone()))).collect();
    let mut units: Vec<Unit> = Vec::new();
    for (at, (commit, landed)) in commits.iter().zip(read).enumerate() {
        let on_mainline = mainline.get(at).copied().unwrap_or(false);
        let carried_by = carriers.get(at).copied().flatten();
        if !(on_mainline || carried_by.is_some() && lands_by_itself(commit, &landed)) {
            continue;
        }
        let merge = commit.parents.len() > 1;
        if landed.own.is_empty() {
            if !merge && on_mainline {
                units.push(Unit { at, id: None, landed, carried_by: None, commits: vec![at] });
            }
            continue;
        }
        let mut own_commits = vec![at];
        own_commits.extend(inner.get(&at).into_iter().flatten());
        let several = landed.own.len() > 1;
        for (id, mut landed) in each_of_its_own(landed) {
            if several {
                landed.title = title_among(&commit.body, id).unwrap_or(landed.title);
            }
            if merge && landed.kind == Landing::Squash {
                landed.kind = Landing::Merge;
            }
            let closed = own_commits.iter().skip(1).flat_map(|at| inner_closes.get(at).into_iter().flatten());
            landed.closes.extend(closed.filter(|number| **number != id));
            units.push(Unit { at, id: Some(id), landed, carried_by, commits: own_commits.clone() });
        }
    }
    one_per_number(units)
}

/// What a commit says, once for each number of its own; mostly it has one, and nothing is copied.
fn each_of_its_own(landed: Landed) -> Vec<(Reference, Landed)> {
    match landed.own.as_slice() {
        [only] => vec![(*only, landed)],
        several => several.iter().map(|id| (*id, landed.clone())).collect(),
    }
}

/// Whether a commit inside a merged branch was merged there as a change of its own. A bracket in a branch's own
/// commits may be an issue's number, so there only a forge's own commits count.
fn lands_by_itself(commit: &Commit, landed: &Landed) -> bool {
    match landed.kind {
        Landing::Merge => true,
        Landing::Squash => FORGE_ADDRESSES.contains(&commit.committer.email.as_str()),
        Landing::Trailer | Landing::Direct => false,
    }
}

fn mainline(commits: &[Commit], index: &HashMap<&str, usize>, parents: &[Vec<usize>], read: &[Landed]) -> Vec<bool> {
    let mut mainline = vec![false; commits.len()];
    let mut open: Vec<usize> = if commits.is_empty() { Vec::new() } else { vec![0] };
    while let Some(at) = open.pop() {
        let Some(seen) = mainline.get_mut(at).filter(|seen| !**seen) else { continue };
        *seen = true;
        let named = read.get(at).is_some_and(|landed| !landed.own.is_empty());
        let merge = commits.get(at).is_some_and(|commit| commit.parents.len() > 1);
        if named && merge {
            let first = commits.get(at).and_then(|commit| commit.parents.first());
            open.extend(first.and_then(|first| index.get(first.as_str())));
        } else {
            open.extend(parents.get(at).into_iter().flatten());
        }
    }
    mainline
}

/// For each commit off the mainline, the merge on it that brought it in; the earliest, where several could have.
fn carriers(commits: &[Commit], parents: &[Vec<usize>], read: &[Landed], mainline: &[bool]) -> Vec<Option<usize>> {
    let mut carriers: Vec<Option<usize>> = vec![None; commits.len()];
    let on_mainline = |at: usize| mainline.get(at).copied().unwrap_or(false);
    for carrier in (0..commits.len()).rev() {
        let named = read.get(carrier).is_some_and(|landed| !landed.own.is_empty());
        if !on_mainline(carrier) || !named {
            continue;
        }
        let mut open: Vec<usize> = parents.get(carrier).cloned().unwrap_or_default();
        while let Some(at) = open.pop() {
            if on_mainline(at) {
                continue;
            }
            let Some(slot) = carriers.get_mut(at).filter(|slot| slot.is_none()) else { continue };
            *slot = Some(carrier);
            open.extend(parents.get(at).into_iter().flatten());
        }
    }
    carriers
}

/// Several commits of one pull request (a rebase merge with trailers) are one change, told by its newest commit.
fn one_per_number(units: Vec<Unit>) -> Vec<Unit> {
    let mut known: HashMap<Reference, usize> = HashMap::new();
    let mut kept: Vec<Unit> = Vec::new();
    for unit in units {
        let first = unit.id.and_then(|id| known.get(&id).copied()).and_then(|first| kept.get_mut(first));
        let Some(first) = first else {
            if let Some(id) = unit.id {
                known.insert(id, kept.len());
            }
            kept.push(unit);
            continue;
        };
        first.commits.extend(unit.commits);
        first.landed.also.extend(unit.landed.also);
        first.landed.closes.extend(unit.landed.closes);
        first.landed.picked_from.extend(unit.landed.picked_from);
        first.landed.breaking = first.landed.breaking.take().or(unit.landed.breaking);
        // A number that also stands on the mainline is a change of its own there.
        first.carried_by = first.carried_by.and(unit.carried_by);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `id title < parents`, newest first.
    fn read(lines: &[&str]) -> Vec<String> {
        let commits: Vec<Commit> = lines
            .iter()
            .map(|line| {
                let (head, parents) = line.split_once('<').unwrap_or((line, ""));
                let (id, title) = head.trim().split_once(' ').unwrap();
                let mut commit = Commit { id: id.to_owned(), title: title.to_owned(), ..Commit::default() };
                commit.parents = parents.split_whitespace().map(str::to_owned).collect();
                if title.starts_with("forge ") {
                    commit.committer.email = FORGE_ADDRESSES[0].to_owned();
                }
                commit
            })
            .collect();
        units(&commits, &Own::default())
            .iter()
            .map(|unit| {
                let id = unit.id.map_or_else(|| "direct".to_owned(), |id| id.to_string());
                let carrier = unit.carried_by.map(|at| format!(" in {}", commits[at].id)).unwrap_or_default();
                let commits: Vec<&str> = unit.commits.iter().map(|at| commits[*at].id.as_str()).collect();
                format!("{id}: {}{carrier}", commits.join(" "))
            })
            .collect()
    }

    #[test]
    fn a_merge_stands_for_what_it_brought_in() {
        let got = read(&[
            "m Merge pull request #1 from x < b i2",
            "i2 inner (#7) < i1",
            "i1 inner < a",
            "b direct < a",
            "a Squash (#2) < z",
        ]);
        assert_eq!(got, ["#1: m i2 i1", "direct: b", "#2: a"]);
    }

    #[test]
    fn a_pull_turned_round_hides_nothing() {
        let got = read(&[
            "p Merge branch 'main' of host < l r",
            "l local < a",
            "r Merge pull request #1 from x < a i",
            "i inner < a",
            "a first < z",
        ]);
        assert_eq!(got, ["direct: l", "#1: r i", "direct: a"]);
    }

    #[test]
    fn a_branch_that_was_kept_up_to_date_carries_only_its_own() {
        let got = read(&[
            "m Merge pull request #1 from x < b s",
            "s Merge branch 'main' into x < i b",
            "i inner < a",
            "b Other (#2) < a",
            "a first < z",
        ]);
        assert_eq!(got, ["#1: m s i", "#2: b", "direct: a"]);
    }

    #[test]
    fn changes_inside_a_collecting_merge_are_seen() {
        let got = read(&[
            "m Merge pull request #9 from develop < a n",
            "n Merge pull request #8 from y < k j",
            "j inner < k",
            "k forge squash (#7) < h",
            "h issue (#6) < a",
            "a first < z",
        ]);
        assert_eq!(got, ["#9: m n j k h", "#8: n in m", "#7: k in m", "direct: a"]);
    }

    #[test]
    fn an_octopus_and_several_numbers() {
        let got = read(&["m Merge #1 #2 < a b c", "b one < a", "c two < a", "a first < z"]);
        assert_eq!(got, ["#1: m b c", "#2: m b c", "direct: a"]);
    }

    #[test]
    fn commits_of_one_number_are_one_change() {
        assert_eq!(read(&["b More (#1) < a", "a First (#1) < z"]), ["#1: b a"]);
        assert_eq!(read(&[]), Vec::<String>::new());
    }
}
