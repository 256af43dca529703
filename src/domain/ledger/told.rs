//! What the section tells: which entry lists a change, and by what.
//!
//! Pure. A change is looked for by its own number, by other numbers that are its own and no other change's, by its
//! commits' hashes, by the entry that it wrote itself, and last by its words among the entries that nothing else claims. Enter at [`Told::read`] and
//! [`Told::find_all`].

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::units::Unit;
use super::{Request, SectionSeen, SectionState};
use crate::domain::changelog::{Entry, Reference, Section};
use crate::domain::commit::Commit;
use crate::domain::pattern::pattern;

/// What the section says, ready to be asked.
pub(super) struct Told<'a> {
    pub seen: SectionSeen,
    pub entries: Vec<&'a Entry>,
    /// Each number with the entry where it stands first.
    pub numbers: BTreeMap<Reference, usize>,
    /// Numbers elsewhere in the file, with the heading; read when the first change is missing.
    elsewhere: OnceCell<BTreeMap<Reference, String>>,
    /// What looks like commits' hashes, with the entry.
    hashes: Vec<(String, usize)>,
    /// The numbers of each entry.
    entry_numbers: Vec<Vec<Reference>>,
}

/// Where a change was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// The index of the entry.
    pub entry: usize,
    /// The name it is listed under, where that is not its own number.
    pub listed_as: Option<String>,
    /// What tells that it is this change.
    pub by: By,
}

/// What tells that an entry is about a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// A number or a hash of its own.
    Name,
    /// The change added the entry.
    OwnEntry,
    /// Words that both share.
    Words,
}

/// The sections that count: the version's own, else what is unreleased; and those of further versions.
///
/// Where no version is known, a section above the release before is the next one's, if the file has no other for what
/// is unreleased: projects write "2.5.0 - next".
pub(super) fn sections(request: &Request<'_>) -> Vec<Section> {
    let Some(changelog) = request.changelog else { return Vec::new() };
    let own = request.version.and_then(|version| changelog.section(version));
    let next = || {
        let versions = changelog.versions();
        let next = versions.iter().find(|version| request.base.is_some_and(|base| *version > base))?;
        request.version.is_none().then(|| changelog.section(next)).flatten()
    };
    let mut sections: Vec<Section> = own.or_else(|| changelog.unreleased()).or_else(next).into_iter().collect();
    for section in request.further.iter().filter_map(|version| changelog.section(version)) {
        if sections.iter().all(|known| known.line != section.line) {
            sections.push(section);
        }
    }
    sections
}

pattern!(HASH, r"\b[0-9a-f]{7,64}\b");

/// How many words both must share before words are believed at all.
const SHARED_MIN: usize = 3;
/// How many entries a change writes for itself at most.
const WRITTEN_MAX: usize = 3;
/// How long a line must be to tell an entry.
const WRITTEN_CHARS_MIN: usize = 12;

impl<'a> Told<'a> {
    pub(super) fn read(request: &Request<'_>, sections: &'a [Section]) -> Self {
        let entries: Vec<&Entry> = sections.iter().flat_map(|section| &section.entries).collect();
        let mut numbers = BTreeMap::new();
        let mut hashes = Vec::new();
        let mut entry_numbers = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            let found = entry.references(request.own);
            let texts = std::iter::once(&entry.text).chain(&entry.addresses);
            hashes.extend(texts.flat_map(|text| HASH.find_iter(text)).map(|found| (found.as_str().to_owned(), at)));
            for reference in &found {
                numbers.entry(*reference).or_insert(at);
            }
            entry_numbers.push(found);
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
            state,
            wanted: request.version.map_or_else(|| "Unreleased".to_owned(), ToString::to_string),
            heading: first.map(|section| section.heading.clone()),
            line: first.map(|section| section.line),
            unreleased: first.is_some_and(|section| section.unreleased),
            path: request.changelog_path.to_owned(),
        };
        Self { seen, entries, numbers, elsewhere: OnceCell::new(), hashes, entry_numbers }
    }

    /// The heading under which a number stands that is not in the section.
    pub(super) fn elsewhere(&self, request: &Request<'_>, number: Reference) -> Option<&String> {
        let read = || request.changelog.map(|changelog| changelog.places(request.own)).unwrap_or_default();
        self.elsewhere.get_or_init(read).get(&number)
    }

    /// Where each change was found, in the order of the changes.
    pub(super) fn find_all(&self, commits: &[Commit], units: &[Unit]) -> Vec<Option<Found>> {
        let ids: HashSet<Reference> = units.iter().filter_map(|unit| unit.id).collect();
        let mut all: Vec<Option<Found>> = units.iter().map(|unit| self.find(commits, unit, &ids)).collect();
        let mut claimed: HashSet<usize> = all.iter().flatten().map(|found| found.entry).collect();
        // A number of another change claims its entry too, found or not: that entry is not about this one.
        claimed.extend(self.numbers.iter().filter(|(number, _)| ids.contains(number)).map(|(_, entry)| *entry));
        for (unit, slot) in units.iter().zip(&mut all).filter(|(_, slot)| slot.is_none()) {
            *slot = self.written_by(commits, unit, &ids);
            claimed.extend(slot.iter().map(|found| found.entry));
        }
        self.by_words(units, &claimed, &mut all);
        all
    }

    /// The entry that a change wrote itself; none where it wrote many, as a release does for everybody.
    fn written_by(&self, commits: &[Commit], unit: &Unit, ids: &HashSet<Reference>) -> Option<Found> {
        let lines = &commits.get(unit.at)?.changelog_lines;
        let mut written: Vec<usize> = Vec::new();
        for line in lines.iter().map(|line| bare_line(line)).filter(|line| line.chars().count() >= WRITTEN_CHARS_MIN) {
            written.extend(self.entries.iter().position(|entry| entry.item && entry.text.starts_with(&line)));
        }
        written.dedup();
        let of_another = |entry: &usize| {
            let numbers = self.entry_numbers.get(*entry);
            numbers.is_some_and(|numbers| numbers.iter().any(|number| ids.contains(number)))
        };
        if written.len() > WRITTEN_MAX {
            return None;
        }
        let entry = written.into_iter().find(|entry| !of_another(entry))?;
        let number = self.entry_numbers.get(entry).and_then(|numbers| numbers.first());
        Some(Found { entry, listed_as: number.map(ToString::to_string), by: By::OwnEntry })
    }

    fn find(&self, commits: &[Commit], unit: &Unit, ids: &HashSet<Reference>) -> Option<Found> {
        let found = |entry: usize, listed_as| Some(Found { entry, listed_as, by: By::Name });
        if let Some(entry) = unit.id.and_then(|id| self.numbers.get(&id)) {
            return found(*entry, None);
        }
        // A number that another change of this range has is that change's, and lists no other.
        let others = unit.landed.also.iter().chain(&unit.landed.closes).filter(|other| !ids.contains(other));
        for other in others {
            if let Some(entry) = self.numbers.get(other) {
                return found(*entry, Some(other.to_string()));
            }
        }
        let own = unit.commits.iter().filter_map(|at| commits.get(*at)).map(|commit| commit.id.as_str());
        let own: Vec<&str> = own.chain(unit.landed.picked_from.iter().map(String::as_str)).collect();
        let is_own = |hash: &str| own.iter().any(|id| id.starts_with(hash));
        let (hash, entry) = self.hashes.iter().find(|(hash, _)| is_own(hash))?;
        found(*entry, Some(hash.chars().take(7).collect()))
    }

    /// Recognises what is left by its words: the best pairs first, and each entry for one change only.
    fn by_words(&self, units: &[Unit], claimed: &HashSet<usize>, all: &mut [Option<Found>]) {
        let free = self.entries.iter().enumerate().filter(|(at, entry)| entry.item && !claimed.contains(at));
        let entry_words: BTreeMap<usize, HashSet<String>> = free.map(|(at, entry)| (at, words(&entry.text))).collect();
        let mut index: HashMap<&str, BTreeSet<usize>> = HashMap::new();
        for (at, words) in &entry_words {
            for word in words {
                index.entry(word).or_default().insert(*at);
            }
        }
        if index.is_empty() {
            return;
        }
        let mut pairs: Vec<(usize, usize, usize)> = Vec::new();
        for (at, unit) in units.iter().enumerate().filter(|(at, _)| all.get(*at).is_some_and(Option::is_none)) {
            let title = words(&unit.landed.title);
            let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
            for entry in title.iter().filter_map(|word| index.get(word.as_str())).flatten() {
                *shared.entry(*entry).or_default() += 1;
            }
            for (entry, shared) in shared {
                let length = entry_words.get(&entry).map_or(0, HashSet::len);
                let shorter = title.len().min(length);
                // Two thirds of the shorter one, and half of the title whatever the entry's length.
                if shared >= SHARED_MIN && shared * 3 >= shorter * 2 && shared * 2 >= title.len() {
                    pairs.push((shared * 1000 / shorter.max(1) + shared, at, entry));
                }
            }
        }
        pairs.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let mut used: HashSet<usize> = HashSet::new();
        for (_, at, entry) in pairs {
            let Some(slot) = all.get_mut(at).filter(|slot| slot.is_none()) else { continue };
            if used.insert(entry) {
                let number = self.entry_numbers.get(entry).and_then(|numbers| numbers.first());
                *slot = Some(Found { entry, listed_as: number.map(ToString::to_string), by: By::Words });
            }
        }
    }
}

/// A line of a changelog without the mark of its list, its blanks tidied as in [`Entry::text`].
fn bare_line(line: &str) -> String {
    let bare = line.trim().trim_start_matches(['-', '*', '+', '•']).trim_start();
    bare.to_owned()
}

/// The words that tell one change from another, cut to their first letters so that forms of one word are the same.
fn words(text: &str) -> HashSet<String> {
    const COMMON: [&str; 44] = [
        "the", "and", "for", "with", "from", "that", "this", "when", "into", "are", "now", "was", "has", "have", "not",
        "feat", "chore", "docs", "perf", "style", "its", "can", "use", "uses", "using", "add", "adds", "added", "fix",
        "fixes", "fixed", "update", "updated", "updates", "support", "make", "allow", "see", "https", "com", "github",
        "pull", "issues", "issue",
    ];
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| word.chars().count() > 2);
    let telling = words.filter(|word| !COMMON.contains(word) && !word.chars().all(|c| c.is_ascii_digit()));
    telling.map(|word| word.chars().take(6).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_compared_by_their_beginnings() {
        let one = words("feat: Enable secret key rotation (#12)");
        assert_eq!(one, ["enable", "secret", "key", "rotati"].map(str::to_owned).into());
        assert!(words("Add a fix for the docs").is_empty());
    }
}
