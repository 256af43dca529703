//! Habits: what a project's own earlier releases never told, as rules that a person may accept.
//!
//! Pure: judged ledgers are handed in. A rule is proposed only where the earlier releases are unanimous: several
//! changes that it means were left out, over several releases, and none was told. Nothing is set apart by a proposal.
//! Enter at [`habits`] and, for one change, at [`alike`].

use std::collections::{BTreeMap, BTreeSet};

use super::exclusion::{of_paths, type_of};
use super::{Change, Ledger, Rule, SectionState, Verdict};

/// How many changes must have been left out before that is a habit.
const LEFT_OUT_MIN: usize = 3;
/// Over how many releases.
const RELEASES_MIN: usize = 2;
/// How many kinds of paths one rule names.
const KINDS_MAX: usize = 3;
/// Endings of texts that are written for people: such files are alike wherever they stand.
const TEXTS: [&str; 5] = ["md", "rst", "txt", "adoc", "png"];

/// What the earlier releases say about a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Habit {
    /// The rule.
    pub rule: Rule,
    /// The changes of this release that it would set apart now.
    pub now: Vec<String>,
    /// How many changes that it means the earlier releases left out.
    pub left_out: usize,
    /// How many of them they told.
    pub told: usize,
    /// In how many releases it was left out.
    pub releases: usize,
    /// How many earlier releases were read.
    pub read: usize,
}

impl Habit {
    /// The proposal in words: `the last 8 releases never listed changes like these (41 left out in 7 of them)`.
    #[must_use]
    pub fn words(&self) -> String {
        let last =
            if self.read == 1 { "the last release".to_owned() } else { format!("the last {} releases", self.read) };
        match (self.left_out, self.told) {
            (0, 0) => format!("{last} had none like it"),
            (left_out, 0) => format!("{last} never told one like it ({left_out} left out)"),
            (left_out, told) => format!("{last} told {told} like it and left out {left_out}"),
        }
    }

    /// Whether the earlier releases are unanimous.
    #[must_use]
    pub fn is_habit(&self) -> bool {
        self.told == 0 && self.left_out >= LEFT_OUT_MIN && self.releases >= RELEASES_MIN
    }
}

/// The rules that the earlier releases kept without saying so, as far as they settle something that is missing now; the
/// most telling first, and none that adds nothing to those before it.
#[must_use]
pub fn habits(past: &[Ledger], now: &Ledger) -> Vec<Habit> {
    let past = Past::read(past);
    let source = past.source();
    let candidates: BTreeSet<Rule> = now.missing().flat_map(features).collect();
    let candidates = candidates.into_iter().filter(|rule| !names_any(rule, &source));
    let mut found: Vec<Habit> = candidates.map(|rule| past.asked(rule, now)).filter(Habit::is_habit).collect();
    let kinds = |rule: &Rule| if let Rule::Paths(paths) = rule { paths.len() } else { 1 };
    found.sort_by(|a, b| {
        let most = b.now.len().cmp(&a.now.len()).then(kinds(&a.rule).cmp(&kinds(&b.rule)));
        most.then(b.left_out.cmp(&a.left_out)).then(a.rule.cmp(&b.rule))
    });
    let mut settled: BTreeSet<String> = BTreeSet::new();
    found.retain(|habit| {
        let new = habit.now.iter().any(|id| !settled.contains(id));
        settled.extend(habit.now.iter().cloned());
        new
    });
    found
}

/// The rules that would set one change apart, with what each would set apart beside it and what the earlier releases
/// did; habits first.
#[must_use]
pub fn alike(past: &[Ledger], now: &Ledger, change: &Change) -> Vec<Habit> {
    let past = Past::read(past);
    let rules: BTreeSet<Rule> = features(change).into_iter().collect();
    let mut found: Vec<Habit> = rules.into_iter().map(|rule| past.asked(rule, now)).collect();
    found.sort_by_key(|habit| (!habit.is_habit(), habit.told, std::cmp::Reverse(habit.now.len())));
    found
}

struct Past<'a> {
    /// The changes of each release that could be judged.
    releases: Vec<Vec<&'a Change>>,
}

impl<'a> Past<'a> {
    fn read(past: &'a [Ledger]) -> Self {
        // A section without numbers tells nothing about what was left out.
        let comparable = past.iter().filter(|ledger| {
            ledger.section.state == SectionState::Numbered
                && ledger.changes.iter().any(|one| one.verdict == Verdict::Listed)
        });
        let of = |ledger: &'a Ledger| {
            ledger.changes.iter().filter(|one| matches!(one.verdict, Verdict::Listed | Verdict::Missing)).collect()
        };
        Self { releases: comparable.map(of).collect() }
    }

    /// The kinds of paths that most of what was told touches: where the product is. Where each told change writes a
    /// fragment, no change to the product alone was ever told, and that is no habit to keep.
    fn source(&self) -> BTreeSet<String> {
        let told: Vec<BTreeSet<String>> = self
            .releases
            .iter()
            .flatten()
            .filter(|change| change.verdict == Verdict::Listed)
            .filter_map(|change| change.paths.as_ref())
            .map(|paths| paths.iter().map(|path| kind(path)).collect())
            .collect();
        let mut counted: BTreeMap<&String, usize> = BTreeMap::new();
        for kind in told.iter().flatten() {
            *counted.entry(kind).or_default() += 1;
        }
        let most = counted.into_iter().filter(|(_, count)| count * 2 > told.len());
        most.map(|(kind, _)| kind.clone()).collect()
    }

    fn asked(&self, rule: Rule, now: &Ledger) -> Habit {
        let (mut left_out, mut told, mut releases) = (0, 0, 0);
        for release in &self.releases {
            let meant = release.iter().filter(|change| means(&rule, change));
            let (listed, missing): (Vec<&&Change>, Vec<&&Change>) =
                meant.partition(|change| change.verdict == Verdict::Listed);
            told += listed.len();
            left_out += missing.len();
            releases += usize::from(!missing.is_empty());
        }
        let now = now.missing().filter(|change| means(&rule, change)).filter_map(|change| change.id.clone()).collect();
        Habit { rule, now, left_out, told, releases, read: self.releases.len() }
    }
}

fn names_any(rule: &Rule, kinds: &BTreeSet<String>) -> bool {
    let Rule::Paths(paths) = rule else { return false };
    paths.iter().any(|path| kinds.iter().any(|kind| path == kind || kind.ends_with('/') && path.starts_with(kind)))
}

/// As [`Rule::means`], of a change that was judged.
fn means(rule: &Rule, change: &Change) -> bool {
    match rule {
        Rule::Paths(globs) => change.paths.as_ref().is_some_and(|paths| of_paths(globs, paths)),
        Rule::Type(types) => type_of(&change.title).is_some_and(|found| types.contains(&found)),
        Rule::Title(title) => *title == change.title,
        Rule::Author(author) => *author == change.author,
        Rule::Change(_) | Rule::Trailer(_) => false,
    }
}

/// What a change has in common with others, as rules.
fn features(change: &Change) -> Vec<Rule> {
    let mut rules: Vec<Rule> = type_of(&change.title).map(|found| Rule::Type(vec![found])).into_iter().collect();
    // The same title again and again is a machine's, or a chore's.
    if !change.title.contains('*') && !change.title.is_empty() {
        rules.push(Rule::Title(change.title.clone()));
    }
    if change.author.to_lowercase().contains("bot") && !change.author.contains('*') {
        rules.push(Rule::Author(change.author.clone()));
    }
    let kinds: BTreeSet<String> = change.paths.iter().flatten().map(|path| kind(path)).collect();
    if (1..=KINDS_MAX).contains(&kinds.len()) {
        rules.push(Rule::Paths(kinds.into_iter().collect()));
    }
    // Deeper directories say more where the upper one holds everything.
    let deep: BTreeMap<String, usize> = change.paths.iter().flatten().fold(BTreeMap::new(), |mut dirs, path| {
        *dirs.entry(two_deep(path)).or_default() += 1;
        dirs
    });
    if let (1, Some((dir, _))) = (deep.len(), deep.first_key_value())
        && !dir.is_empty()
    {
        rules.push(Rule::Paths(vec![dir.clone()]));
    }
    rules
}

/// What kind of file a path is: a text by its ending, else its directory at the top, else itself.
fn kind(path: &str) -> String {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    match path.split_once('/') {
        _ if TEXTS.contains(&ending) => format!("*.{ending}"),
        Some((top, _)) => format!("{top}/"),
        None => path.to_owned(),
    }
}

/// The directory two below the top, with a stroke behind it; empty where the path is not that deep.
fn two_deep(path: &str) -> String {
    let mut parts = path.splitn(3, '/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(top), Some(next), Some(_)) => format!("{top}/{next}/"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Landing, SectionSeen};
    use super::*;

    /// `+#1 title < path path` is told, `-#1 …` is not.
    fn ledger(lines: &[&str]) -> Ledger {
        let changes = lines.iter().map(|line| {
            let (listed, rest) = (line.starts_with('+'), line.get(1..).unwrap());
            let (head, paths) = rest.split_once(" < ").unwrap_or((rest, ""));
            let (id, title) = head.split_once(' ').unwrap();
            Change {
                id: Some(id.to_owned()),
                title: title.to_owned(),
                commit: "c".repeat(40),
                author: "Ana".to_owned(),
                merged_by: "Ana".to_owned(),
                kind: Landing::Squash,
                verdict: if listed { Verdict::Listed } else { Verdict::Missing },
                listed_as: None,
                reason: None,
                closes: Vec::new(),
                breaking: None,
                paths: Some(paths.split_whitespace().map(str::to_owned).collect()),
                entry: None,
            }
        });
        Ledger {
            from: None,
            to: "HEAD".to_owned(),
            section: SectionSeen {
                state: SectionState::Numbered,
                wanted: "1.3.0".to_owned(),
                heading: None,
                line: None,
                unreleased: false,
                path: "CHANGELOG.md".to_owned(),
                at: None,
                fragments: 0,
            },
            changes: changes.collect(),
            extra: Vec::new(),
            cut_off: false,
            notes: Vec::new(),
        }
    }

    fn shown(found: &[Habit]) -> Vec<String> {
        found.iter().map(|one| format!("{} | {} | {}", one.rule, one.now.join(" "), one.words())).collect()
    }

    #[test]
    fn what_was_never_told_is_proposed() {
        let past = [
            ledger(&["+#1 Ropes < src/a.rs", "-#2 Words < docs/a.md", "-#3 docs: more < docs/b.md README.md"]),
            ledger(&["+#4 fix: Hooks < src/b.rs", "-#5 docs: x < docs/c.md", "-#6 refactor: y < src/c.rs"]),
            ledger(&[
                "+#7 Sails < src/d.rs",
                "-#8 docs: z < guide/d.txt",
                "-#9 Update list < data/list",
                "-#10 Update list < data/list",
            ]),
        ];
        let now = ledger(&["-#20 Better words < docs/x.md", "-#21 docs: y < src/y.rs", "-#22 Masts < src/z.rs"]);
        assert_eq!(
            shown(&habits(&past, &now)),
            [
                "paths *.md | #20 | the last 3 releases never told one like it (3 left out)",
                "type docs | #21 | the last 3 releases never told one like it (3 left out)",
            ]
        );
        // In one release alone it is no habit, and what was told once is none either.
        let once = ledger(&["-#23 Update list < data/list", "-#24 More < src/a.rs"]);
        assert_eq!(shown(&habits(&past, &once)), Vec::<String>::new());
    }

    #[test]
    fn the_rules_that_fit_one_change_say_what_they_would_do() {
        let past = [ledger(&["+#1 docs: told < docs/a.md", "-#2 docs: x < docs/b.md"]), ledger(&["+#3 a < src/a.rs"])];
        let now = ledger(&["-#20 docs: words < docs/guide/x.rst", "-#21 docs: y < src/y.rs"]);
        let found = alike(&past, &now, &now.changes[0]);
        assert_eq!(
            shown(&found),
            [
                "paths *.rst | #20 | the last 2 releases had none like it",
                "paths docs/guide/ | #20 | the last 2 releases had none like it",
                "title docs: words | #20 | the last 2 releases had none like it",
                "type docs | #20 #21 | the last 2 releases told 1 like it and left out 1",
            ]
        );
    }

    #[test]
    fn releases_that_cannot_be_judged_teach_nothing() {
        let mut silent = ledger(&["-#1 docs: x < docs/a.md", "-#2 docs: y < docs/b.md", "-#3 docs: z < docs/c.md"]);
        let now = ledger(&["-#20 docs: words < docs/x.md"]);
        assert!(habits(&[silent.clone(), silent.clone()], &now).is_empty(), "nothing was told there at all");
        silent.section.state = SectionState::NoNumbers;
        assert!(habits(&[silent.clone(), silent], &now).is_empty());
    }
}
