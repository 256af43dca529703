//! The ledger: is every change of this release told in its changelog?
//!
//! Pure: commits and the changelog's text are handed in. It never says that all is well when it could not tell: a
//! missing section, a section without numbers and a cut-off history are said as such. Enter at [`Request`] and
//! [`judge`]; [`Ledger::findings`] has what must be done, in words.

use std::collections::BTreeSet;

use semver::Version;

use super::changelog::{Changelog, Own, Reference};
use super::commit::Commit;
use super::event::Finding;
use super::id::Role;

pub mod fragments;
pub mod fragment_form;
mod judge;
mod exclusion;
mod habits;
mod landing;
mod reverts;
mod rules;
mod told;
mod units;
pub mod written;

pub use exclusion::{BadRule, Exclusion, Rule};
pub use fragments::Fragment;
pub use habits::{Habit, alike, habits};
pub use judge::judge;
pub use landing::Landing;
pub use rules::DEPENDENCY_BOT;

/// What the ledger is made from.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Where the range begins, as shown: a tag, a revision, or none for all of history.
    pub from: Option<&'a str>,
    /// Where it ends, as shown.
    pub to: &'a str,
    /// The commits of the range, newest first, children before parents.
    pub commits: &'a [Commit],
    /// History is cut off, so commits may be missing.
    pub cut_off: bool,
    /// The changelog; none where the project has none.
    pub changelog: Option<&'a Changelog<'a>>,
    /// Its path, for messages.
    pub changelog_path: &'a str,
    /// The version that the range leads to; none looks under `Unreleased`.
    pub version: Option<&'a Version>,
    /// The release before.
    pub base: Option<&'a Version>,
    /// Further versions whose sections count, for a range over several releases.
    pub further: &'a [Version],
    /// Whose numbers are this project's own.
    pub own: &'a Own,
    /// The project's name.
    pub project: &'a str,
    /// Versions between the release before and this one that were released on branches of their own: what stands in
    /// their sections went out with them.
    pub beside: &'a [Version],
    /// The numbers that the commits of those branches name: without a commit there, nothing went out with them.
    pub went_out: &'a BTreeSet<Reference>,
    /// The package that this changelog is about, as a directory; none where it is about the whole repository.
    pub package: Option<&'a str>,
    /// Entries that wait in files of their own.
    pub fragments: &'a [Fragment],
    /// Entries wait in such files here, whether there is one now or not.
    pub in_files: bool,
    /// What a person or the configuration sets apart.
    pub rules: &'a [Exclusion],
}

/// What became of a change in the changelog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It stands in this version's section.
    Listed,
    /// It does not, and nothing says why.
    Missing,
    /// It does not, and [`Change::reason`] says why that is right.
    Excluded,
    /// A commit without a number; shown apart, never counted as missing.
    Direct,
}

impl Verdict {
    /// The word for it, on screen and in machine output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Listed => "listed",
            Self::Missing => "missing",
            Self::Excluded => "excluded",
            Self::Direct => "direct",
        }
    }
}

/// One change of the range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its number, `#123` or `!123`, or the short name of its review in Gerrit; none for a direct commit.
    pub id: Option<String>,
    /// Its words.
    pub title: String,
    /// The commit that put it in place, in full.
    pub commit: String,
    /// Who wrote it: the name, or the address where there is no name.
    pub author: String,
    /// Who put it in place, which may be the author: whose job a missing entry is.
    pub merged_by: String,
    /// How it landed.
    pub kind: Landing,
    /// What became of it.
    pub verdict: Verdict,
    /// The number or commit under which it is listed, where that is not its own number.
    pub listed_as: Option<String>,
    /// Why it is set apart, or what is odd about it.
    pub reason: Option<String>,
    /// The issues that it says to close: `#120`.
    pub closes: Vec<String>,
    /// The words of a breaking change; empty where it is only marked as one.
    pub breaking: Option<String>,
    /// What it touches, where that had to be looked at.
    pub paths: Option<Vec<String>>,
    /// The changelog entry that lists it, with the heading above it (`Added`).
    pub entry: Option<ListedEntry>,
}

/// The entry of the changelog that lists a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedEntry {
    /// The heading above it, empty where there is none.
    pub subsection: String,
    /// Its words.
    pub text: String,
    /// Its line in the file, counted from 1.
    pub line: usize,
    /// Its own file, where it waits in one; else it stands in the changelog.
    pub file: Option<String>,
}

impl ListedEntry {
    /// Where it stands: `line 38`, `news/12.bugfix.rst`.
    #[must_use]
    pub fn place(&self) -> String {
        self.file.clone().unwrap_or_else(|| format!("line {}", self.line))
    }
}

/// What was found of the section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SectionState {
    /// There is no changelog.
    NoChangelog,
    /// The changelog has no section of this version, nor one of what is unreleased.
    NoSection,
    /// The section is there and holds nothing.
    Empty,
    /// The section has entries, and none with a number: changes were looked for by their words.
    NoNumbers,
    /// The section names numbers.
    Numbered,
}

/// The section that the changes were compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionSeen {
    /// What was found.
    pub state: SectionState,
    /// The version that was looked for, or `Unreleased`.
    pub wanted: String,
    /// The heading as it stands in the file.
    pub heading: Option<String>,
    /// Its line, counted from 1.
    pub line: Option<usize>,
    /// The entries stand under `Unreleased`, not yet under the version.
    pub unreleased: bool,
    /// The changelog's path.
    pub path: String,
    /// The revision at which it was read, where that is not the one that the range ends with.
    pub at: Option<String>,
    /// How many entries wait in files of their own.
    pub fragments: usize,
}

impl SectionSeen {
    /// `1 entry in a file of its own`, `12 entries in files of their own`.
    #[must_use]
    pub fn fragment_words(&self) -> String {
        match self.fragments {
            1 => "1 entry in a file of its own".to_owned(),
            count => format!("{count} entries in files of their own"),
        }
    }
}

/// Every change of a range, judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    /// Where the range begins; none for all of history.
    pub from: Option<String>,
    /// Where it ends.
    pub to: String,
    /// The section that they were compared with.
    pub section: SectionSeen,
    /// The changes, newest first.
    pub changes: Vec<Change>,
    /// Numbers of the section that nothing in the range names.
    pub extra: Vec<String>,
    /// History is cut off, so changes may be missing from this list.
    pub cut_off: bool,
    /// What a reader must know about what was read: another encoding, a history that was replaced.
    pub notes: Vec<String>,
}

/// How many changes have which verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// In the section.
    pub listed: usize,
    /// Not in it, without a reason.
    pub missing: usize,
    /// Set apart with a reason, dependency updates included.
    pub excluded: usize,
    /// Of these, updates of dependencies.
    pub dependencies: usize,
    /// Commits without a number.
    pub direct: usize,
}

/// What a commit says of numbers: which change it is, and which issues that closes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Says {
    /// Its own.
    pub own: Vec<Reference>,
    /// Those that it says to close.
    pub closes: Vec<Reference>,
}

/// Reads the numbers of one commit, whatever range it is in.
#[must_use]
pub fn says(commit: &Commit, own: &Own) -> Says {
    let landed = landing::landed(commit, own);
    Says { own: landed.own, closes: landed.closes }
}

/// What is said where nothing can be compared with.
pub const NO_CHANGELOG: &str = "there is no changelog";

/// How much of a title becomes an entry: one may be a megabyte long, and nobody reads that.
pub const TITLE_CELLS_MAX: usize = 300;

/// How many missing changes are named in one line.
const NAMED_MAX: usize = 6;

impl Ledger {
    /// Counts the verdicts.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for change in &self.changes {
            match change.verdict {
                Verdict::Listed => counts.listed += 1,
                Verdict::Missing => counts.missing += 1,
                Verdict::Excluded => counts.excluded += 1,
                Verdict::Direct => counts.direct += 1,
            }
            if change.verdict == Verdict::Excluded && change.reason.as_deref() == Some(DEPENDENCY_BOT) {
                counts.dependencies += 1;
            }
        }
        counts
    }

    /// The changes that are not told, without a reason.
    pub fn missing(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.verdict == Verdict::Missing)
    }

    /// Whether nothing is missing and everything could be judged.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.cut_off && self.findings().is_empty()
    }

    /// One line: `11 listed, 1 missing (#123), 2 excluded, 3 direct`.
    #[must_use]
    pub fn summary(&self) -> String {
        let counts = self.counts();
        let mut parts = vec![format!("{} listed", counts.listed)];
        if counts.missing > 0 {
            let names: Vec<&str> = self.missing().take(NAMED_MAX).filter_map(|change| change.id.as_deref()).collect();
            let more = counts.missing.saturating_sub(names.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            parts.push(format!("{} missing ({}{more})", counts.missing, names.join(", ")));
        }
        for (count, word) in [(counts.excluded, "excluded"), (counts.direct, "direct"), (self.extra.len(), "extra")] {
            if count > 0 {
                parts.push(format!("{count} {word}"));
            }
        }
        parts.join(", ")
    }

    /// What must be done, each with its role; empty when every change is told or has its reason.
    ///
    /// Where there is nothing to compare with, that is one finding and not one for each change.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let developer = || Role::from(Role::DEVELOPER);
        let manager = || Role::from(Role::RELEASE_MANAGER);
        let SectionSeen { state, wanted, path, .. } = &self.section;
        let counts = self.counts();
        let mut findings = Vec::new();
        match state {
            SectionState::NoChangelog => {
                findings.push(Finding { text: NO_CHANGELOG.to_owned(), role: manager() });
                return findings;
            }
            SectionState::NoSection => {
                let text = format!("{path} has no section {wanted}");
                findings.push(Finding { text, role: manager() });
                return findings;
            }
            SectionState::Empty if counts.missing > 0 => {
                let told = if counts.missing == 1 { "1 change is" } else { &format!("{} changes are", counts.missing) };
                let text = format!("section {wanted} in {path} is empty: {told} not told");
                findings.push(Finding { text, role: manager() });
            }
            // Without a number nothing can be called missing; but that nothing is told is plain.
            SectionState::Empty if counts.direct > 0 => {
                let told = if counts.direct == 1 { "1 commit is" } else { &format!("{} commits are", counts.direct) };
                let text = format!("section {wanted} in {path} is empty: {told} not told");
                findings.push(Finding { text, role: manager() });
            }
            SectionState::NoNumbers if counts.missing > 0 => {
                let all = counts.missing + counts.listed;
                let text = format!(
                    "section {wanted} in {path} names no pull requests: {} of {all} not recognised by their words",
                    counts.missing
                );
                findings.push(Finding { text, role: manager() });
            }
            SectionState::Empty | SectionState::NoNumbers | SectionState::Numbered => {
                findings.extend(self.missing().filter_map(|change| {
                    let text = format!("{} not in changelog", spoken(change.id.as_deref()?));
                    Some(Finding { text, role: developer() })
                }));
            }
        }
        findings.extend(self.told_though_taken_back().map(|text| Finding { text, role: developer() }));
        findings
    }

    fn told_though_taken_back(&self) -> impl Iterator<Item = String> {
        self.changes.iter().filter_map(|change| {
            let by =
                change.reason.as_deref().filter(|_| change.verdict == Verdict::Listed)?.strip_prefix(TAKEN_BACK)?;
            let by_listed = self.changes.iter().any(|other| {
                other.verdict == Verdict::Listed && other.id.as_deref().unwrap_or(&other.commit).starts_with(by)
            });
            let name = change.id.as_deref().map_or_else(|| change.title.clone(), spoken);
            (!by_listed).then(|| format!("{name} is in the changelog, but {by} took it back"))
        })
    }
}

/// How the reason of a change begins that a later one took back.
const TAKEN_BACK: &str = "taken back by ";

/// `PR #123`, `MR !123`, or `change I8473b959`.
fn spoken(id: &str) -> String {
    match id.chars().next() {
        Some('!') => format!("MR {id}"),
        Some('I') => format!("change {id}"),
        _ => format!("PR {id}"),
    }
}

#[cfg(test)]
mod tests;
