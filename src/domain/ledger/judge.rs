//! The verdict of each change: listed where the section tells it, else what the rules say, else missing.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::exclusion::Held;
use super::reverts::{Cancelled, cancelled};
use super::rules::{self, Release};
use super::told::{self, By, Found, Told};
use super::units::{Unit, units};
use super::{Change, DEPENDENCY_BOT, Exclusion, Ledger, ListedEntry, Request, Rule, SectionState, TAKEN_BACK, Verdict};
use crate::domain::changelog::{Own, Reference, references};
use crate::domain::commit::{Commit, Person};

/// Up to so many numbers that no commit names are looked for in what commits without a number wrote; where there are
/// more, the section is about something else.
const EXTRAS_LOOKED_FOR_MAX: usize = 50;

/// A title is shown up to this many characters.
const TITLE_CHARS_MAX: usize = 300;

/// Judges every change of a range.
#[must_use]
pub fn judge(request: &Request<'_>) -> Ledger {
    let sections = told::sections(request);
    let told = Told::read(request, &sections);
    let units = units(request.commits, request.own);
    let cancelled = cancelled(request.commits, &units);
    let release = release(request);
    let worded =
        |unit: &Unit| rules::own_release(&unit.landed.title, &author(request.commits, unit), release).is_none();
    let found = told.find_all(request.commits, &units, &worded);
    let mut changes: Vec<Change> =
        units.iter().zip(&found).map(|(unit, found)| change(request, &told, unit, found.as_ref())).collect();
    for (at, cancelled) in cancelled.iter().enumerate() {
        if let Some(cancelled) = cancelled {
            take_back(&mut changes, at, *cancelled);
        }
    }
    settle_carried(&units, &mut changes);
    let extra = extra(request, &told, &found);
    Ledger {
        from: request.from.map(str::to_owned),
        to: request.to.to_owned(),
        section: told.seen,
        changes,
        extra,
        cut_off: request.cut_off,
        notes: Vec::new(),
    }
}

fn change(request: &Request<'_>, told: &Told<'_>, unit: &Unit, found: Option<&Found>) -> Change {
    let none = Commit::default();
    let commit = request.commits.get(unit.at).unwrap_or(&none);
    let author = author(request.commits, unit);
    let (verdict, reason) = match found {
        Some(found) => (Verdict::Listed, how_recognised(found.by).map(str::to_owned)),
        None => judge_unlisted(request, told, unit, &author, commit),
    };
    let breaking = unit.landed.breaking.clone().or_else(|| {
        let inner = unit.commits.iter().skip(1).filter_map(|at| request.commits.get(*at));
        inner.filter_map(|commit| super::landing::landed(commit, request.own).breaking).next()
    });
    let entry = found.and_then(|found| told.entries.get(found.entry));
    Change {
        id: unit.name(),
        title: unit.landed.title.chars().take(TITLE_CHARS_MAX).collect(),
        commit: commit.id.clone(),
        author: called(&author),
        merged_by: called(if is_forge(&commit.committer) { &commit.author } else { &commit.committer }),
        kind: unit.landed.kind,
        verdict,
        listed_as: found.and_then(|found| found.listed_as.clone()),
        reason,
        closes: unit.landed.closes.iter().map(ToString::to_string).collect(),
        breaking,
        paths: commit.paths.clone(),
        entry: entry.map(|entry| ListedEntry {
            subsection: entry.subsection.clone(),
            text: entry.text.clone(),
            line: entry.line,
            file: found.and_then(|found| told.file(found.entry)).map(str::to_owned),
        }),
    }
}

/// How a change was recognised, where that is not plain from its numbers.
fn how_recognised(by: By) -> Option<&'static str> {
    match by {
        By::Name => None,
        By::OwnEntry => Some("it wrote the entry"),
        By::Words => Some("recognised by its words"),
    }
}

fn release<'a>(request: &Request<'a>) -> Release<'a> {
    Release {
        version: request.version,
        base: request.base,
        beside: request.beside,
        project: request.project,
        changelog_path: request.changelog_path,
    }
}

fn judge_unlisted(
    request: &Request<'_>,
    told: &Told<'_>,
    unit: &Unit,
    author: &Person,
    commit: &Commit,
) -> (Verdict, Option<String>) {
    let own_commits: Vec<&Commit> = unit.commits.iter().filter_map(|at| request.commits.get(*at)).collect();
    let id = unit.name();
    let paths = commit.paths.as_deref();
    let held = Held { id: id.as_deref(), landed: &unit.landed, author, commits: &own_commits, paths };
    // A person's word on this very change goes before every rule.
    let by_rule = |very: bool| {
        let rules = request.rules.iter().filter(|one| matches!(one.rule, Rule::Change(_)) == very);
        rules.into_iter().find(|one| one.rule.means(held)).map(Exclusion::words)
    };
    if let Some(reason) = by_rule(true) {
        return (Verdict::Excluded, Some(reason));
    }
    if unit.landed.collects {
        return (Verdict::Excluded, Some("a rollup: what it carries counts".to_owned()));
    }
    let release = release(request);
    let default = || rules::set_apart(&unit.landed, author, &own_commits, paths, release);
    let other_package = || {
        let package = request.package?;
        let within = |path: &String| path.strip_prefix(package).is_some_and(|rest| rest.starts_with('/'));
        let outside = paths.is_some_and(|paths| !paths.is_empty() && !paths.iter().any(within));
        outside.then(|| format!("touches nothing in {package}/"))
    };
    if let Some(reason) = default().or_else(other_package).or_else(|| by_rule(false)) {
        return (Verdict::Excluded, Some(reason));
    }
    if id.is_none() {
        return (Verdict::Direct, None);
    }
    if let Some(version) = told.beside(request, unit, paths.unwrap_or_default()) {
        return (Verdict::Excluded, Some(format!("went out with {version}, released beside")));
    }
    if told.seen.state == SectionState::NoNumbers {
        return (Verdict::Missing, Some("the section names no numbers; not recognised by its words".to_owned()));
    }
    let elsewhere = unit.id.and_then(|id| told.elsewhere(request, id)).map(|heading| format!("stands under {heading}"));
    (Verdict::Missing, elsewhere)
}

/// Who wrote a change: for a merge, who wrote the newest commit that it brought in.
fn author(commits: &[Commit], unit: &Unit) -> Person {
    let merged = commits.get(unit.at).filter(|commit| commit.parents.len() > 1);
    let inner = merged.and_then(|commit| {
        let brought_in = commit.parents.get(1)?;
        let tip = unit.commits.iter().filter_map(|at| commits.get(*at)).find(|inner| inner.id == *brought_in);
        tip.filter(|tip| tip.parents.len() == 1).or_else(|| {
            unit.commits.iter().skip(1).filter_map(|at| commits.get(*at)).find(|inner| inner.parents.len() == 1)
        })
    });
    inner.or_else(|| commits.get(unit.at)).map(|commit| commit.author.clone()).unwrap_or_default()
}

fn called(person: &Person) -> String {
    let name = if person.name.trim().is_empty() { &person.email } else { &person.name };
    name.trim().to_owned()
}

fn is_forge(person: &Person) -> bool {
    person.email == "noreply@github.com" || person.name == "GitHub" || person.name == "GitLab"
}

fn take_back(changes: &mut [Change], at: usize, cancelled: Cancelled) {
    let name = |changes: &[Change], at: usize| {
        let change = changes.get(at);
        change.map(|change| change.id.clone().unwrap_or_else(|| change.commit.chars().take(7).collect()))
    };
    let reason = match cancelled {
        Cancelled::By(other) => name(changes, other).map(|name| format!("{TAKEN_BACK}{name}")),
        Cancelled::TakesBack(other) => name(changes, other).map(|name| format!("takes back {name}")),
    };
    if let Some(change) = changes.get_mut(at) {
        if change.verdict != Verdict::Listed {
            change.verdict = Verdict::Excluded;
        }
        change.reason = reason;
    }
}

/// A merge that carries changes with numbers of their own is told once: by what it carries, where any of that stands
/// in the section, else by itself.
fn settle_carried(units: &[Unit], changes: &mut [Change]) {
    let mut carried: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, unit) in units.iter().enumerate() {
        if let Some(carrier) = unit.carried_by {
            carried.entry(carrier).or_default().push(at);
        }
    }
    let at_commit: HashMap<usize, Vec<usize>> = units.iter().enumerate().fold(HashMap::new(), |mut map, (at, unit)| {
        map.entry(unit.at).or_insert_with(Vec::new).push(at);
        map
    });
    for (carrier, inner) in carried {
        let outer = at_commit.get(&carrier).cloned().unwrap_or_default();
        let collects = outer.iter().any(|at| units.get(*at).is_some_and(|unit| unit.landed.collects));
        let listed = |at: &usize| changes.get(*at).is_some_and(|change| change.verdict == Verdict::Listed);
        let told_by_parts = collects || inner.iter().any(listed);
        let name = |at: &usize| changes.get(*at).and_then(|change| change.id.clone());
        let names = |at: &[usize]| at.iter().filter_map(name).take(6).collect::<Vec<_>>().join(", ");
        let (silent, reason) = if told_by_parts {
            let reason = format!("carries {}", names(&inner));
            (outer, reason)
        } else {
            let reason = format!("came in with {}", names(&outer));
            (inner, reason)
        };
        for at in silent {
            if let Some(change) = changes.get_mut(at).filter(|change| change.verdict == Verdict::Missing) {
                change.verdict = Verdict::Excluded;
                change.reason = Some(reason.clone());
            }
        }
    }
}

/// The section's numbers that no commit of the range names in any way, and whose entry no change was recognised by.
fn extra(request: &Request<'_>, told: &Told<'_>, found: &[Option<Found>]) -> Vec<String> {
    let used: HashSet<usize> = found.iter().flatten().map(|found| found.entry).collect();
    // A number that an introduction mentions is no entry, where there are entries.
    let items = told.entries.iter().any(|entry| entry.item);
    let is_entry = |entry: &usize| !items || told.entries.get(*entry).is_some_and(|entry| entry.item);
    let unused = told.numbers.iter().filter(|(_, entry)| !used.contains(entry) && is_entry(entry));
    let unknown: BTreeSet<Reference> = unused.map(|(number, _)| *number).collect();
    if unknown.is_empty() {
        return Vec::new();
    }
    let named = named_anywhere(request.commits, request.own, &unknown);
    unknown.difference(&named).map(ToString::to_string).collect()
}

/// Those of the wanted numbers that a commit names in any way. Only texts that hold one of them as plain digits are
/// read closely, which is most of the cost.
fn named_anywhere(commits: &[Commit], own: &Own, wanted: &BTreeSet<Reference>) -> BTreeSet<Reference> {
    let numbers: HashSet<u64> = wanted.iter().map(|reference| reference.number).collect();
    let holds_one = |text: &&str| {
        let digits = text.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
        digits.filter_map(|digits| digits.parse().ok()).any(|number: u64| numbers.contains(&number))
    };
    let texts = commits.iter().flat_map(|commit| [commit.title.as_str(), commit.body.as_str()]);
    texts.filter(holds_one).flat_map(|text| references(text, own)).collect()
}

impl Ledger {
    /// The commits of the changes whose paths help to judge them: what nothing lists or sets apart, a person's change
    /// that is called an update of dependencies; and, where the section tells more than the range holds, commits without
    /// a number, which may have written an entry.
    #[must_use]
    pub fn commits_to_look_into(&self) -> Vec<String> {
        let helps = |change: &&Change| match change.verdict {
            Verdict::Missing => true,
            Verdict::Direct => {
                (1..=EXTRAS_LOOKED_FOR_MAX).contains(&self.extra.len()) || self.section.state == SectionState::Empty
            }
            Verdict::Excluded => {
                let by = Person { name: change.author.clone(), email: String::new() };
                change.reason.as_deref() == Some(DEPENDENCY_BOT) && !rules::is_dependency_bot(&by)
            }
            Verdict::Listed => false,
        };
        let mut helps: Vec<&Change> = self.changes.iter().filter(helps).collect();
        // The ones that matter most first.
        helps.sort_by_key(|change| match change.verdict {
            Verdict::Missing => 0,
            Verdict::Excluded => 1,
            Verdict::Direct | Verdict::Listed => 2,
        });
        helps.into_iter().map(|change| change.commit.clone()).collect()
    }
}
