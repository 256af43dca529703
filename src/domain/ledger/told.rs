//! What the section tells: which entry lists a change, and by what.
//!
//! Pure. A change is looked for by its own number, by other numbers that are its own and no other change's, by its
//! commits' hashes, by the entry that it wrote itself, and last by its words among the entries that nothing else claims. Enter at [`Told::read`] and
//! [`Told::find_all`].

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap, HashSet};

use semver::Version;

use super::fragments;
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
    /// Numbers in the sections of releases made beside this one; read when the first change is missing.
    beside: OnceCell<BTreeMap<Reference, Version>>,
    /// The entries without marks, in lower case; made when the first line is compared.
    bare: OnceCell<Vec<String>>,
    /// The file that an entry stands in, where each has its own.
    files: Vec<Option<&'a str>>,
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

pattern!(HASH, r"\bI?[0-9a-f]{7,64}\b");

/// How many words both must share before words are believed at all.
const SHARED_MIN: usize = 3;
/// How many entries a change writes for itself at most.
const WRITTEN_MAX: usize = 3;
/// How long a title must be to tell an entry by itself.
const TITLE_CHARS_MIN: usize = 12;
/// How long a line must be to tell an entry in the middle of its text.
const INSIDE_CHARS_MIN: usize = 24;
/// How long a line must be to tell an entry.
const WRITTEN_CHARS_MIN: usize = 12;

impl<'a> Told<'a> {
    pub(super) fn read(request: &Request<'a>, sections: &'a [Section]) -> Self {
        let mut entries: Vec<&Entry> = sections.iter().flat_map(|section| &section.entries).collect();
        let mut files = vec![None; entries.len()];
        // Once the release has collected them, what waits is the next one's.
        let waiting = sections.first().is_none_or(|section| section.unreleased);
        let fragments = if waiting { request.fragments } else { &[] };
        entries.extend(fragments.iter().map(|fragment| &fragment.entry));
        files.extend(fragments.iter().map(|fragment| Some(fragment.path.as_str())));
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
            _ if !fragments.is_empty() => SectionState::Numbered,
            // Nobody wrote one yet, and each change is missing its own.
            (_, []) if request.in_files => SectionState::Numbered,
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
            unreleased: first.is_some_and(|section| section.unreleased) || !fragments.is_empty(),
            path: request.changelog_path.to_owned(),
            at: None,
            fragments: fragments.len(),
        };
        let (elsewhere, beside) = (OnceCell::new(), OnceCell::new());
        Self { seen, entries, numbers, elsewhere, beside, bare: OnceCell::new(), files, hashes, entry_numbers }
    }

    /// The heading under which a number stands that is not in the section.
    pub(super) fn elsewhere(&self, request: &Request<'_>, number: Reference) -> Option<&String> {
        let read = || request.changelog.map(|changelog| changelog.places(request.own)).unwrap_or_default();
        self.elsewhere.get_or_init(read).get(&number)
    }

    /// The release made beside this one whose section tells a change: it went out there.
    pub(super) fn beside(&self, request: &Request<'_>, unit: &Unit, paths: &[String]) -> Option<&Version> {
        let changelog = request.changelog.filter(|_| !request.beside.is_empty())?;
        let read = || {
            let sections = request.beside.iter().filter_map(|version| Some((version, changelog.section(version)?)));
            let numbers = |(version, section): (&Version, Section)| {
                section.references(request.own).into_iter().map(|number| (number, version.clone())).collect::<Vec<_>>()
            };
            sections.flat_map(numbers).collect()
        };
        let told: &BTreeMap<Reference, Version> = self.beside.get_or_init(read);
        let landed = &unit.landed;
        let fragments = fragments::numbers(paths);
        let names = unit.id.iter().chain(&landed.also).chain(&landed.closes).chain(&landed.ticket).chain(&fragments);
        let names: Vec<&Reference> = names.collect();
        // Words in a section are not enough: the other line must hold a commit that is about the same.
        names.iter().find(|number| request.went_out.contains(number))?;
        names.iter().find_map(|number| told.get(number))
    }

    /// Where each change was found, in the order of the changes.
    /// What `worded` says no to is found by numbers alone: words of a release's own change are everybody's.
    pub(super) fn find_all(
        &self,
        commits: &[Commit],
        units: &[Unit],
        worded: &dyn Fn(&Unit) -> bool,
    ) -> Vec<Option<Found>> {
        let ids: HashSet<Reference> = units.iter().filter_map(|unit| unit.id).collect();
        let mut all: Vec<Option<Found>> = units.iter().map(|unit| self.find(commits, unit, &ids)).collect();
        let mut claimed: HashSet<usize> = all.iter().flatten().map(|found| found.entry).collect();
        // A number of another change claims its entries too, found or not, wherever they stand again: those entries are
        // not about this one.
        let owned = |numbers: &Vec<Reference>| numbers.iter().any(|number| ids.contains(number));
        let owned = self.entry_numbers.iter().enumerate().filter(|(_, numbers)| owned(numbers)).map(|(entry, _)| entry);
        claimed.extend(owned);
        self.by_tickets(commits, units, &ids, &mut all);
        claimed.extend(all.iter().flatten().map(|found| found.entry));
        // Only of what is left: most changes are found by their numbers.
        let by_words: Vec<bool> = units.iter().zip(&all).map(|(unit, slot)| slot.is_none() && worded(unit)).collect();
        let asked = units.iter().zip(&mut all).zip(&by_words).filter(|((_, slot), asked)| slot.is_none() && **asked);
        for ((unit, slot), _) in asked {
            *slot = self.written_by(commits, unit, &ids);
            claimed.extend(slot.iter().map(|found| found.entry));
        }
        self.by_title(units, &by_words, &mut claimed, &mut all);
        self.by_words(units, &by_words, &claimed, &mut all);
        all
    }

    /// What is left, by the ticket that a title, a branch or a fragment of its own names; and last by a number that its
    /// title only mentions, where nothing else is told under it. A number that another change of the range has is that
    /// change's.
    fn by_tickets(&self, commits: &[Commit], units: &[Unit], ids: &HashSet<Reference>, all: &mut [Option<Found>]) {
        let found = |number: &Reference| {
            let entry = self.numbers.get(number).filter(|_| !ids.contains(number))?;
            Some(Found { entry: *entry, listed_as: Some(number.to_string()), by: By::Name })
        };
        for (unit, slot) in units.iter().zip(all.iter_mut()).filter(|(_, slot)| slot.is_none()) {
            let paths = commits.get(unit.at).and_then(|commit| commit.paths.as_deref()).unwrap_or_default();
            let fragments = fragments::numbers(paths);
            *slot = unit.landed.ticket.iter().chain(&fragments).find_map(found);
        }
        let mut told: HashSet<String> = all.iter().flatten().filter_map(|found| found.listed_as.clone()).collect();
        for (unit, slot) in units.iter().zip(all.iter_mut()).filter(|(_, slot)| slot.is_none()) {
            let free = unit.landed.mentions.iter().filter(|number| !told.contains(&number.to_string()));
            // What a revert quotes is the other change's.
            *slot = free.filter(|_| unit.landed.reverts.is_none()).find_map(found);
            told.extend(slot.iter().filter_map(|found| found.listed_as.clone()));
        }
    }

    /// The entry that a change wrote itself; none where it wrote many, as a release does for everybody.
    fn written_by(&self, commits: &[Commit], unit: &Unit, ids: &HashSet<Reference>) -> Option<Found> {
        let commit = commits.get(unit.at)?;
        let mut written: Vec<usize> = Vec::new();
        // A file of its own says whose it is, whatever numbers stand in it.
        let touched =
            |file: &Option<&str>| file.is_some_and(|file| commit.paths.iter().flatten().any(|path| path == file));
        let files: Vec<usize> = match &commit.paths {
            Some(_) => self.files.iter().enumerate().filter(|(_, file)| touched(file)).map(|(at, _)| at).collect(),
            None => Vec::new(),
        };
        if (1..=WRITTEN_MAX).contains(&files.len()) {
            return files.first().map(|entry| self.own_entry(*entry));
        }
        // The words of a fragment that it wrote, whoever wrote in it before: the tool names the first one only.
        if let Some(entry) = commit.fragment_words.iter().find_map(|words| self.entry_with(words)) {
            return Some(self.own_entry(entry));
        }
        written.extend(commit.changelog_lines.iter().filter_map(|line| self.entry_with(&bare_line(line))));
        written.dedup();
        let of_another = |entry: &usize| {
            let numbers = self.entry_numbers.get(*entry);
            numbers.is_some_and(|numbers| numbers.iter().any(|number| ids.contains(number)))
        };
        if written.len() > WRITTEN_MAX {
            return None;
        }
        written.into_iter().find(|entry| !of_another(entry)).map(|entry| self.own_entry(entry))
    }

    /// The entry that begins with these words, or holds them where they are long: a tool that collects entries puts a
    /// number or a link in front.
    fn entry_with(&self, words: &str) -> Option<usize> {
        let words = bare_title(words);
        let length = words.chars().count();
        if length < WRITTEN_CHARS_MIN {
            return None;
        }
        let bare = self.bare.get_or_init(|| self.entries.iter().map(|entry| bare_title(&entry.text)).collect());
        let tells = |text: &String| text.starts_with(&words) || length >= INSIDE_CHARS_MIN && text.contains(&words);
        self.entries.iter().zip(bare).position(|(entry, text)| entry.item && tells(text))
    }

    /// The file of its own in which an entry waits.
    pub(super) fn file(&self, entry: usize) -> Option<&'a str> {
        self.files.get(entry).copied().flatten()
    }

    fn own_entry(&self, entry: usize) -> Found {
        let number = self.entry_numbers.get(entry).and_then(|numbers| numbers.first());
        Found { entry, listed_as: number.map(ToString::to_string), by: By::OwnEntry }
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
        let names = unit.landed.picked_from.iter().chain(&unit.landed.change_id);
        let own: Vec<&str> = own.chain(names.map(String::as_str)).collect();
        let is_own = |hash: &str| own.iter().any(|id| id.starts_with(hash));
        let (hash, entry) = self.hashes.iter().find(|(hash, _)| is_own(hash))?;
        // Its review's name is its own.
        let short = (!hash.starts_with('I')).then(|| hash.chars().take(7).collect());
        found(*entry, short)
    }

    /// What is left, where an entry is the very title: a changelog that is the log of the commits.
    fn by_title(&self, units: &[Unit], asked: &[bool], claimed: &mut HashSet<usize>, all: &mut [Option<Found>]) {
        let free = self.entries.iter().enumerate().filter(|(at, entry)| entry.item && !claimed.contains(at));
        let mut by_start: HashMap<String, Vec<(usize, String)>> = HashMap::new();
        for (at, entry) in free {
            let text = bare_title(&entry.text);
            let start: String = text.chars().take(TITLE_CHARS_MIN).collect();
            by_start.entry(start).or_default().push((at, text));
        }
        let open = units.iter().zip(all).zip(asked).filter(|((_, slot), asked)| slot.is_none() && **asked);
        for ((unit, slot), _) in open {
            let title = bare_title(&unit.landed.title);
            let start: String = title.chars().take(TITLE_CHARS_MIN).collect();
            if start.chars().count() < TITLE_CHARS_MIN {
                continue;
            }
            let same = by_start.get(&start).into_iter().flatten();
            let mut same = same.filter(|(at, text)| text.starts_with(&title) && !claimed.contains(at));
            if let Some((entry, _)) = same.next() {
                claimed.insert(*entry);
                *slot = Some(Found { entry: *entry, listed_as: None, by: By::Words });
            }
        }
    }

    /// Recognises what is left by its words: the best pairs first, and each entry for one change only.
    fn by_words(&self, units: &[Unit], asked: &[bool], claimed: &HashSet<usize>, all: &mut [Option<Found>]) {
        let free = self.entries.iter().enumerate().filter(|(at, entry)| entry.item && !claimed.contains(at));
        let entry_words: HashMap<usize, HashSet<String>> = free.map(|(at, entry)| (at, words(&entry.text))).collect();
        let mut index: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, words) in &entry_words {
            for word in words {
                index.entry(word).or_default().push(*at);
            }
        }
        let mut pairs: Vec<(usize, usize, usize)> = Vec::new();
        // How many words each entry shares with the title at hand; all 0 between titles.
        let mut counts: Vec<usize> = vec![0; self.entries.len()];
        let open = |at: &usize| all.get(*at).is_some_and(Option::is_none) && asked.get(*at).is_some_and(|asked| *asked);
        for (at, unit) in units.iter().enumerate().filter(|(at, _)| open(at)) {
            let title = words(&unit.landed.title);
            let known: Vec<&Vec<usize>> = title.iter().filter_map(|word| index.get(word.as_str())).collect();
            // Where no entry can share enough, none is counted: a word that all share costs a look at each.
            if known.len() < SHARED_MIN || known.len() * 2 < title.len() {
                continue;
            }
            let mut met: Vec<usize> = Vec::new();
            for entry in known.into_iter().flatten() {
                let Some(count) = counts.get_mut(*entry) else { continue };
                if *count == 0 {
                    met.push(*entry);
                }
                *count += 1;
            }
            for entry in met {
                let shared = counts.get_mut(entry).map(std::mem::take).unwrap_or_default();
                let length = entry_words.get(&entry).map_or(0, HashSet::len);
                let shorter = title.len().min(length);
                // Two thirds of the shorter one, and half of the title whatever the entry's length.
                if shared >= SHARED_MIN && shared * 3 >= shorter * 2 && shared * 2 >= title.len() {
                    pairs.push((shared * 1000 / shorter.max(1) + shared, at, entry));
                }
            }
        }
        pairs.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| (a.1, a.2).cmp(&(b.1, b.2))));
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

/// A title without marks and in lower case, so that both writings of it are the same.
fn bare_title(text: &str) -> String {
    let kept = text.chars().filter(|c| !matches!(c, '`' | '*' | '\\' | '_')).collect::<String>().to_lowercase();
    kept.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches('.').to_owned()
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
