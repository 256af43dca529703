//! The verdict of each change: own number, another number, its commit's hash, its words; else the rules.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::landing::Landing;
use super::reverts::{Cancelled, cancelled};
use super::rules::{self, Release};
use super::units::{Unit, units};
use super::{Change, Ledger, ListedEntry, Request, SectionSeen, SectionState, TAKEN_BACK, Verdict};
use crate::domain::changelog::{Entry, Own, Reference, Section, references};
use crate::domain::commit::{Commit, Person};
use crate::domain::pattern::pattern;

/// A title is shown up to this many characters.
const TITLE_CHARS_MAX: usize = 300;

/// What the section says, ready to be asked.
struct Told<'a> {
    state: SectionState,
    seen: SectionSeen,
    entries: Vec<&'a Entry>,
    /// Each number with the entry where it stands first.
    numbers: BTreeMap<Reference, usize>,
    /// What looks like commits' hashes, with the entry.
    hashes: Vec<(String, usize)>,
    /// Entries without any number, by their words.
    words: Vec<(usize, HashSet<String>)>,
    /// Numbers elsewhere in the file, with the heading.
    elsewhere: BTreeMap<Reference, String>,
}

/// Judges every change of a range.
#[must_use]
pub fn judge(request: &Request<'_>) -> Ledger {
    let sections = sections(request);
    let told = told(request, &sections);
    let units = units(request.commits, request.own);
    let cancelled = cancelled(request.commits, &units);
    let ids: HashSet<Reference> = units.iter().filter_map(|unit| unit.id).collect();
    let mut changes: Vec<Change> = units.iter().map(|unit| change(request, &told, unit, &ids)).collect();
    for (at, cancelled) in cancelled.iter().enumerate() {
        if let Some(cancelled) = cancelled {
            take_back(&mut changes, at, *cancelled);
        }
    }
    settle_carried(&units, &mut changes);
    let extra = extra(request, &told, &ids);
    Ledger {
        from: request.from.map(str::to_owned),
        to: request.to.to_owned(),
        section: told.seen,
        changes,
        extra,
        cut_off: request.cut_off,
    }
}

fn sections(request: &Request<'_>) -> Vec<Section> {
    let Some(changelog) = request.changelog else { return Vec::new() };
    let own = request.version.and_then(|version| changelog.section(version));
    let mut sections: Vec<Section> = own.or_else(|| changelog.unreleased()).into_iter().collect();
    for section in request.further.iter().filter_map(|version| changelog.section(version)) {
        if sections.iter().all(|known| known.line != section.line) {
            sections.push(section);
        }
    }
    sections
}

pattern!(HASH, r"\b[0-9a-f]{7,64}\b");

fn told<'a>(request: &Request<'_>, sections: &'a [Section]) -> Told<'a> {
    let entries: Vec<&Entry> = sections.iter().flat_map(|section| &section.entries).collect();
    let mut numbers = BTreeMap::new();
    let mut hashes = Vec::new();
    let mut by_words = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let found = references(&entry.text, request.own);
        let hashes_before = hashes.len();
        hashes.extend(HASH.find_iter(&entry.text).map(|found| (found.as_str().to_owned(), at)));
        if found.is_empty() && hashes.len() == hashes_before {
            by_words.push((at, words(&entry.text)));
        }
        for reference in found {
            numbers.entry(reference).or_insert(at);
        }
    }
    let state = match (request.changelog, sections) {
        (None, _) => SectionState::NoChangelog,
        (Some(_), []) => SectionState::NoSection,
        _ if entries.is_empty() => SectionState::Empty,
        _ if numbers.is_empty() && hashes.is_empty() => SectionState::NoNumbers,
        _ => SectionState::Numbered,
    };
    let first = sections.first();
    let seen = SectionSeen {
        state: state.clone(),
        wanted: request.version.map_or_else(|| "Unreleased".to_owned(), ToString::to_string),
        heading: first.map(|section| section.heading.clone()),
        line: first.map(|section| section.line),
        unreleased: first.is_some_and(|section| section.unreleased),
        path: request.changelog_path.to_owned(),
    };
    let elsewhere = request.changelog.map(|changelog| changelog.places(request.own)).unwrap_or_default();
    Told { state, seen, entries, numbers, hashes, words: by_words, elsewhere }
}

fn change(request: &Request<'_>, told: &Told<'_>, unit: &Unit, ids: &HashSet<Reference>) -> Change {
    let none = Commit::default();
    let commit = request.commits.get(unit.at).unwrap_or(&none);
    let author = author(request.commits, unit);
    let found = find(request.commits, told, unit, ids);
    let own_commits: Vec<&Commit> = unit.commits.iter().filter_map(|at| request.commits.get(*at)).collect();
    let (verdict, reason) = match (&found, unit.id) {
        (Some(_), _) => (Verdict::Listed, None),
        (None, Some(id)) => judge_unlisted(request, told, unit, id, &author, commit, &own_commits),
        (None, None) => (Verdict::Direct, None),
    };
    let breaking = unit.landed.breaking.clone().or_else(|| {
        let inner = unit.commits.iter().skip(1).filter_map(|at| request.commits.get(*at));
        inner.filter_map(|commit| super::landing::landed(commit, request.own).breaking).next()
    });
    let entry = found.as_ref().and_then(|(at, _)| told.entries.get(*at));
    Change {
        id: unit.id.map(|id| id.to_string()),
        title: unit.landed.title.chars().take(TITLE_CHARS_MAX).collect(),
        commit: commit.id.clone(),
        author: called(&author),
        merged_by: called(if is_forge(&commit.committer) { &commit.author } else { &commit.committer }),
        kind: unit.landed.kind,
        verdict,
        listed_as: found.as_ref().and_then(|(_, name)| name.clone()),
        reason,
        closes: unit.landed.closes.iter().map(ToString::to_string).collect(),
        breaking,
        entry: entry.map(|entry| ListedEntry {
            subsection: entry.subsection.clone(),
            text: entry.text.clone(),
            line: entry.line,
        }),
    }
}

fn judge_unlisted(
    request: &Request<'_>,
    told: &Told<'_>,
    unit: &Unit,
    id: Reference,
    author: &Person,
    commit: &Commit,
    own_commits: &[&Commit],
) -> (Verdict, Option<String>) {
    let name = id.to_string();
    if let Some((_, reason)) = request.excluded.iter().find(|(excluded, _)| *excluded == name) {
        return (Verdict::Excluded, Some(reason.clone()));
    }
    if unit.landed.collects {
        return (Verdict::Excluded, Some("a rollup: what it carries counts".to_owned()));
    }
    let release = Release { version: request.version, base: request.base, project: request.project };
    if let Some(reason) = rules::set_apart(&unit.landed, author, own_commits, commit.paths.as_deref(), release) {
        return (Verdict::Excluded, Some(reason));
    }
    let elsewhere = told.elsewhere.get(&id).map(|heading| format!("stands under {heading}"));
    (Verdict::Missing, elsewhere)
}

/// The entry that lists a change, and under what name where that is not its own number.
fn find(commits: &[Commit], told: &Told<'_>, unit: &Unit, ids: &HashSet<Reference>) -> Option<(usize, Option<String>)> {
    if let Some(at) = unit.id.and_then(|id| told.numbers.get(&id)) {
        return Some((*at, None));
    }
    // A number that another change of this range has is that change's, and lists no other.
    let others = unit.landed.also.iter().chain(&unit.landed.closes).filter(|other| !ids.contains(other));
    for other in others {
        if let Some(at) = told.numbers.get(other) {
            return Some((*at, Some(other.to_string())));
        }
    }
    let is_own = |hash: &str| {
        let own = unit.commits.iter().filter_map(|at| commits.get(*at));
        own.map(|commit| commit.id.as_str())
            .chain(unit.landed.picked_from.iter().map(String::as_str))
            .any(|id| id.starts_with(hash))
    };
    if let Some((hash, at)) = told.hashes.iter().find(|(hash, _)| is_own(hash)) {
        return Some((*at, Some(hash.chars().take(7).collect())));
    }
    let title = words(&unit.landed.title);
    let (at, _) = told.words.iter().find(|(_, entry)| same_words(&title, entry))?;
    Some((*at, Some("its words".to_owned())))
}

/// How many words both must have before words are believed at all.
const WORDS_MIN: usize = 3;

/// Whether nearly all words of the shorter are in the longer.
fn same_words(one: &HashSet<String>, other: &HashSet<String>) -> bool {
    let shorter = one.len().min(other.len());
    let shared = one.intersection(other).count();
    shorter >= WORDS_MIN && shared * 5 >= shorter * 4 && shared * 2 >= one.len()
}

/// The words that tell one change from another, cut to their stem's first letters.
fn words(text: &str) -> HashSet<String> {
    const COMMON: [&str; 24] = [
        "the", "and", "for", "with", "from", "that", "this", "when", "into", "are", "now", "was", "has", "have", "not",
        "feat", "chore", "docs", "refactor", "perf", "style", "its", "can", "use",
    ];
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| word.chars().count() > 2);
    words.filter(|word| !COMMON.contains(word)).map(|word| word.chars().take(6).collect()).collect()
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

/// The section's numbers that no commit of the range names in any way.
fn extra(request: &Request<'_>, told: &Told<'_>, ids: &HashSet<Reference>) -> Vec<String> {
    let unknown: BTreeSet<Reference> = told.numbers.keys().filter(|number| !ids.contains(number)).copied().collect();
    if unknown.is_empty() || told.state == SectionState::NoNumbers {
        return Vec::new();
    }
    let named = named_anywhere(request.commits, request.own);
    unknown.difference(&named).map(ToString::to_string).collect()
}

fn named_anywhere(commits: &[Commit], own: &Own) -> BTreeSet<Reference> {
    let mut named = BTreeSet::new();
    for commit in commits {
        named.extend(references(&commit.title, own));
        named.extend(references(&commit.body, own));
    }
    named
}

/// The commits whose paths would help to judge: those of missing changes.
impl Ledger {
    /// The commits of the changes that nothing lists or sets apart; their paths may still set them apart.
    #[must_use]
    pub fn commits_to_look_into(&self) -> Vec<String> {
        let missing = self.changes.iter().filter(|change| change.verdict == Verdict::Missing);
        missing.filter(|change| change.kind != Landing::Direct).map(|change| change.commit.clone()).collect()
    }
}
