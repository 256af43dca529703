//! A changelog: its sections, their entries, and the numbers that stand in them.
//!
//! Pure: the text is handed in. A number counts for the version under whose heading it stands and for no other. Enter
//! at [`Changelog::parse`] and [`Changelog::section`].

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use semver::Version;

use crate::domain::pattern::pattern;
use crate::domain::version::core;

mod headings;
mod references;

pub use references::{Own, Reference, Sigil, references, usual_slug};

use headings::Heading;

/// A changelog, read once.
#[derive(Debug, Clone)]
pub struct Changelog<'a> {
    lines: Vec<Cow<'a, str>>,
    headings: Vec<Heading>,
    /// Link definitions (`[label]: address`), wherever they stand; by label in lower case.
    links: BTreeMap<String, String>,
}

/// What one version's headings hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The heading's words, as shown: `1.3.0 - 2026-11-22` or `Unreleased`.
    pub heading: String,
    /// The line of the heading, counted from 1.
    pub line: usize,
    /// It is the section of what is not released yet.
    pub unreleased: bool,
    /// Its entries, in order.
    pub entries: Vec<Entry>,
}

/// One entry: a list item with its further lines, or a paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The heading below the version's, such as `Added`; empty where there is none.
    pub subsection: String,
    /// Its line, counted from 1.
    pub line: usize,
    /// Whether it is a list item; a paragraph is mostly an introduction.
    pub item: bool,
    /// Its text in one line.
    pub text: String,
    /// The addresses that its link labels (`[1]`, `[#12]`) are defined to have elsewhere in the file.
    pub addresses: Vec<String>,
}

impl Entry {
    /// This project's numbers in it, in order, each once.
    #[must_use]
    pub fn references(&self, own: &Own) -> Vec<Reference> {
        let mut found: Vec<Reference> = Vec::new();
        // `[#5]` with an address of another project is that project's number.
        let labelled = |number: &Reference| self.text.contains(&format!("[{number}]"));
        let foreign = self.addresses.iter().filter_map(|address| references::foreign(address, own)).filter(labelled);
        let foreign: Vec<Reference> = foreign.collect();
        for text in std::iter::once(&self.text).chain(&self.addresses) {
            for reference in references(text, own) {
                if !found.contains(&reference) && !foreign.contains(&reference) {
                    found.push(reference);
                }
            }
        }
        found
    }
}

impl Section {
    /// Whether nothing stands below the heading.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// This project's numbers in it, in order, without repetition.
    #[must_use]
    pub fn references(&self, own: &Own) -> Vec<Reference> {
        let mut found: Vec<Reference> = Vec::new();
        for reference in self.entries.iter().flat_map(|entry| entry.references(own)) {
            if !found.contains(&reference) {
                found.push(reference);
            }
        }
        found
    }
}

pattern!(DEFINITION, r"^ {0,3}\[([^\]]+)\]:\s*(\S+)");
pattern!(ITEM, r"^\s*(?:[-*+•]|\d{1,3}[.)]|#\.)\s+");
pattern!(SUBTITLE, r"^(?:\*\*|__)?([A-Z][^.!?]{1,60}?):?(?:\*\*|__)?:?$");

impl<'a> Changelog<'a> {
    /// Reads a changelog of any of the usual forms. Never fails: a text without headings has no sections.
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        let mut lines = headings::readable_lines(text.strip_prefix('\u{feff}').unwrap_or(text));
        let mut links = BTreeMap::new();
        for line in &mut lines {
            let definition = DEFINITION.captures(line);
            if let Some((label, target)) = definition.as_ref().and_then(|found| Some((found.get(1)?, found.get(2)?))) {
                links.insert(label.as_str().to_lowercase(), target.as_str().to_owned());
                *line = Cow::Borrowed("");
            }
        }
        let headings = headings::headings(&lines);
        Self { lines, headings, links }
    }

    /// The versions that have a section, in the order of the file.
    #[must_use]
    pub fn versions(&self) -> Vec<Version> {
        let mut seen = BTreeSet::new();
        let versions = self.headings.iter().filter_map(|heading| heading.versions.first());
        versions.filter(|version| seen.insert(*version)).cloned().collect()
    }

    /// What stands under this version's headings. The sections of its own pre-releases belong to it, because the
    /// release before is the last final one; so does a second heading of the same version.
    #[must_use]
    pub fn section(&self, version: &Version) -> Option<Section> {
        let own = |heading: &&Heading| {
            let prerelease_of = |named: &Version| version.pre.is_empty() && core(named) == *version;
            heading.versions.contains(version) || heading.versions.first().is_some_and(prerelease_of)
        };
        let mut headings: Vec<&Heading> = self.headings.iter().filter(own).collect();
        // The section is called by the version itself, wherever its pre-releases stand.
        headings.sort_by_key(|heading| !heading.versions.contains(version));
        let unreleased = headings.first().is_some_and(|heading| heading.unreleased);
        self.joined(&headings, unreleased)
    }

    /// What stands under the heading of what is not released yet.
    #[must_use]
    pub fn unreleased(&self) -> Option<Section> {
        // A version that never came out may stand further down as unreleased for ever.
        let newest = self.headings.iter().find(|heading| !heading.versions.is_empty()).map(|heading| heading.line);
        let own =
            |heading: &&Heading| heading.unreleased && (heading.versions.is_empty() || Some(heading.line) == newest);
        self.joined(&self.headings.iter().filter(own).collect::<Vec<_>>(), true)
    }

    /// Every number of the file with the heading under which it stands first: where a missing one is told instead.
    #[must_use]
    pub fn places(&self, own: &Own) -> BTreeMap<Reference, String> {
        let mut places = BTreeMap::new();
        for (index, heading) in self.headings.iter().enumerate() {
            if heading.versions.is_empty() && !heading.unreleased {
                continue;
            }
            for entry in self.entries(heading, self.end(index)) {
                for reference in entry.references(own) {
                    places.entry(reference).or_insert_with(|| heading.text.clone());
                }
            }
        }
        places
    }

    fn joined(&self, headings: &[&Heading], unreleased: bool) -> Option<Section> {
        let first = headings.first()?;
        let mut entries = Vec::new();
        let mut read: Vec<std::ops::Range<usize>> = Vec::new();
        for heading in headings {
            // A heading inside a section that was read already was read with it.
            if read.iter().any(|lines| lines.contains(&heading.line)) {
                continue;
            }
            let index = self.headings.iter().position(|one| one.line == heading.line).unwrap_or_default();
            let end = self.end(index);
            read.push(heading.line..end);
            entries.extend(self.entries(heading, end));
        }
        Some(Section { heading: first.text.clone(), line: first.line + 1, unreleased, entries })
    }

    /// The index of the line behind a heading's section: the next heading that is as high, or that begins another
    /// version's section however deep it stands.
    fn end(&self, index: usize) -> usize {
        let Some(heading) = self.headings.get(index) else { return self.lines.len() };
        let ends = |next: &&Heading| {
            let other_version = next.versions.first().is_some_and(|first| !heading.versions.contains(first));
            next.level <= heading.level || other_version || next.unreleased
        };
        let after = self.headings.iter().skip(index + 1);
        after.into_iter().find(ends).map_or(self.lines.len(), |next| next.line)
    }

    fn heading_at(&self, line: usize) -> Option<&Heading> {
        let at = self.headings.binary_search_by_key(&line, |heading| heading.line).ok()?;
        self.headings.get(at)
    }

    fn entries(&self, heading: &Heading, end: usize) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut subsection = String::new();
        // Whether the next plain line goes on with the entry before.
        let mut open = false;
        let mut skip_to = heading.body;
        for (at, line) in self.lines.iter().enumerate().take(end).skip(heading.body) {
            if at < skip_to {
                continue;
            }
            if let Some(inner) = self.heading_at(at) {
                subsection.clone_from(&inner.text);
                skip_to = inner.body;
                open = false;
                continue;
            }
            let words = line.trim();
            if words.is_empty() {
                // An item goes on behind blank lines, however many, where the text is indented.
                let next = self.lines.iter().take(end).skip(at + 1).find(|next| !next.trim().is_empty());
                let goes_on = next.is_some_and(|next| next.starts_with([' ', '\t']));
                open &= goes_on && entries.last().is_some_and(|entry| entry.item);
                continue;
            }
            let item = ITEM.find(line);
            if item.is_none() && !open && self.is_subtitle(at) {
                let named = SUBTITLE.captures(words).and_then(|found| found.get(1)).map(|found| found.as_str());
                named.unwrap_or(words).clone_into(&mut subsection);
                continue;
            }
            if let (None, true, Some(last)) = (item, open, entries.last_mut()) {
                last.text.push(' ');
                last.text.push_str(words);
                last.addresses.extend(self.addresses(words));
                continue;
            }
            let text = item.map_or(words, |mark| line.get(mark.end()..).unwrap_or(words).trim());
            entries.push(Entry {
                subsection: subsection.clone(),
                line: at + 1,
                item: item.is_some(),
                text: text.to_owned(),
                addresses: self.addresses(text),
            });
            open = true;
        }
        entries
    }

    /// A line of its own that names what follows: `Bug fixes:` or `**Added**`, with a list below.
    fn is_subtitle(&self, at: usize) -> bool {
        let Some(words) = self.lines.get(at).map(|line| line.trim()) else { return false };
        let marked = words.ends_with(':') || words.starts_with("**") && words.trim_end_matches(':').ends_with("**");
        let next = self.lines.iter().skip(at + 1).find(|line| !line.trim().is_empty());
        marked && SUBTITLE.is_match(words) && next.is_some_and(|next| ITEM.is_match(next))
    }

    /// What the link labels of a text are defined to mean: `[1]`, `[text][1]`.
    fn addresses(&self, text: &str) -> Vec<String> {
        if self.links.is_empty() {
            return Vec::new();
        }
        let labels = text.split('[').skip(1).filter_map(|part| part.split_once(']'));
        // `[label](address)` has its own address.
        let labels = labels.filter(|(_, after)| !after.starts_with('(')).map(|(label, _)| label.to_lowercase());
        labels.filter_map(|label| self.links.get(&label).cloned()).collect()
    }
}

#[cfg(test)]
mod tests;
