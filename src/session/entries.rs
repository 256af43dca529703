//! An entry for a change: a line in the release's section, or a file of its own where entries wait in such files.
//!
//! What is written here is written because a person asked for exactly that entry; nothing is committed, and git's index
//! is left alone. Enter at [`Session::add_entries`].

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::changes::is_named;
use super::truth::{Gathered, LedgerAsked};
use super::{ActError, Session};
use crate::domain::changelog::{Changelog, Own};
use crate::domain::ledger::fragment_form::{FragmentForm, NewFragment, Telling};
use crate::domain::ledger::{Change, Ledger, SectionState, TITLE_CELLS_MAX, Verdict};
use crate::domain::refusal::Refusal;
use crate::domain::repo_path::RepoPath;
use crate::domain::text::{fit, plain};
use crate::system::fragments;

/// How an entry is wanted; what is not said follows from the change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EntryAsked<'a> {
    /// Its words.
    pub words: Option<&'a str>,
    /// The kind of change, where entries have files of their own.
    pub kind: Option<&'a str>,
    /// The package, project or section that it is about, where entries name one.
    pub into: Option<&'a str>,
}

impl<'a> EntryAsked<'a> {
    /// Of this kind, and nothing else said.
    #[must_use]
    pub fn of_kind(kind: Option<&'a str>) -> Self {
        Self { kind, ..Self::default() }
    }
}

/// What was added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Added {
    /// The entries: lines of the changelog, else each file with its words.
    pub lines: Vec<String>,
    /// Files that are new and that git does not track yet.
    pub files: Vec<String>,
    /// What a person must still write in them.
    pub left: Vec<String>,
}

impl Added {
    /// What was done, in a sentence or two.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let said = match self.next() {
            None => format!("added to the changelog: {}", self.lines.join("; ")),
            Some(next) => format!("wrote {}; {next}", self.files.join(", ")),
        };
        self.left.iter().cloned().chain([said]).collect()
    }

    /// What to do next with the files; none where a line was added to one that git knows.
    #[must_use]
    pub fn next(&self) -> Option<String> {
        (!self.files.is_empty()).then(|| format!("git add {}, then commit", self.files.join(" ")))
    }
}

impl Gathered {
    /// The form of a new entry where it gets a file of its own: once the release has collected them, or where people
    /// write lines under what is unreleased, it is a line like theirs.
    pub(super) fn form_of_entries(&self) -> Option<FragmentForm> {
        let section = &self.ledger.section;
        let collected = section.heading.is_some() && !section.unreleased;
        let lines = section.heading.is_some() && section.fragments == 0 && section.state != SectionState::Empty;
        self.form.clone().filter(|_| !collected && !lines)
    }
}

impl Session {
    /// Adds an entry for each of these changes, or for every one that is missing: a file of its own where entries wait
    /// in such files, else a line behind the last one of the release's section, in the form of the entries there.
    ///
    /// # Errors
    /// When there is nothing to add, a change is not in the range or told already, nobody says of which kind it is, the
    /// section has no heading yet, or a file cannot be written; nothing was written then.
    pub fn add_entries(&mut self, ids: &[String], wanted_as: &EntryAsked<'_>) -> Result<Added, ActError> {
        self.no_drill("no file is written")?;
        let system = |error: &dyn std::fmt::Display| ActError::System(error.to_string());
        let asked = LedgerAsked {
            to: Some("HEAD".to_owned()),
            from: self.release().and_then(|one| one.base.clone()),
            section: self.release().map(|one| one.version.clone()),
            ..LedgerAsked::default()
        };
        let gathered = self.gathered(&asked).map_err(|error| system(&error))?;
        let changes = wanted(&gathered.ledger, ids)?;
        let section = &gathered.ledger.section;
        if let Some(form) = gathered.form_of_entries() {
            let added = self.add_files(&form, &changes, wanted_as, gathered.package.as_deref())?;
            self.observe_outside();
            return Ok(added);
        }
        if section.fragments > 0 || self.plan().fragments.is_some() && section.heading.is_none() {
            let refusal = Refusal::new("entries stand in files of their own here, in a form that relco does not know");
            return Err(refusal.next("write the change's own file").into());
        }
        if wanted_as.kind.or(wanted_as.into).is_some() {
            let refusal = Refusal::new("entries are lines of the changelog here: they have no kind and no package");
            return Err(refusal.next("relco changes add, without --kind and --into").into());
        }
        let Some(path) = &gathered.path else {
            return Err(Refusal::new("there is no changelog")
                .next("write CHANGELOG.md with the version's heading")
                .into());
        };
        // HEAD's text may be older than the file: what was added a moment ago is not committed yet.
        let bytes = self.git.read_worktree(path).map_err(|error| system(&error))?;
        let Ok(text) = String::from_utf8(bytes) else {
            return Err(Refusal::new(format!("{path} is not UTF-8: a line must be added by hand")).into());
        };
        let changelog = Changelog::parse(&text);
        let version = section.wanted.parse().ok();
        let found = version.as_ref().and_then(|version| changelog.section(version)).or_else(|| changelog.unreleased());
        let found = found.ok_or_else(|| {
            Refusal::new(format!("{path} has no section {}", section.wanted)).next("write its heading first")
        })?;
        let own = Own::new(&self.git.remote_slugs());
        let told = found.references(&own);
        let new = |change: &&&Change| told.iter().all(|number| Some(number.to_string()) != change.id);
        let form = Form::of(&text, found.line, &own);
        let lines: Vec<String> = changes.iter().filter(new).map(|change| form.line(change, wanted_as.words)).collect();
        if lines.is_empty() {
            return Err(Refusal::new("it stands in the changelog already").next("commit the file").into());
        }
        let place = self.git.locate(path).map_err(|error| system(&error))?;
        let after = end_of_section(&text, found.line);
        write_behind(&place, &text, after, &lines).map_err(|error| system(&format!("cannot write {path}: {error}")))?;
        self.observe_outside();
        Ok(Added { lines, files: Vec::new(), left: Vec::new() })
    }

    /// Writes a file for each change, all or none.
    fn add_files(
        &self,
        form: &FragmentForm,
        changes: &[&Change],
        asked: &EntryAsked<'_>,
        package: Option<&str>,
    ) -> Result<Added, ActError> {
        let Some(root) = self.git.root() else { return Err(Refusal::new("there is no work tree to write in").into()) };
        let form = fragments::with_packages(&self.git, form);
        let lying = fragments::waiting(&self.git, None, self.plan().fragments.as_deref(), package).unwrap_or_default();
        let own = Own::new(&self.git.remote_slugs());
        let told: Vec<String> = lying
            .fragments
            .iter()
            .flat_map(|fragment| fragment.entry.references(&own))
            .map(|number| number.to_string())
            .collect();
        let mut new: Vec<NewFragment> = Vec::new();
        for change in changes.iter().filter(|change| change.id.as_ref().is_none_or(|id| !told.contains(id))) {
            let paths = self.git.changed_paths(&change.commit).unwrap_or_default();
            let now = crate::system::clock::now();
            let telling =
                Telling { change, words: asked.words, kind: asked.kind, into: asked.into, paths: &paths, now };
            let taken = |path: &str| root.join(path).exists() || new.iter().any(|other| other.path == path);
            new.push(form.fragment(&telling, &taken)?);
        }
        if new.is_empty() {
            let refusal = Refusal::new("it has a file of its own already");
            return Err(refusal.next("git add it, and commit").into());
        }
        write_all(root, &new).map_err(|error| ActError::System(error.to_string()))?;
        let mut left: Vec<String> = new.iter().filter_map(|one| one.left.clone()).collect();
        left.dedup();
        Ok(Added {
            lines: new.iter().map(|one| format!("{}: {}", one.path, one.words)).collect(),
            files: new.into_iter().map(|one| one.path).collect(),
            left,
        })
    }
}

/// Writes new files inside the root, all or none; never over one that is there, never through a link that leads out.
fn write_all(root: &Path, new: &[NewFragment]) -> std::io::Result<()> {
    let mut written: Vec<PathBuf> = Vec::new();
    for one in new {
        if let Err(error) = write_new(root, one) {
            for path in written {
                let _ = std::fs::remove_file(path);
            }
            return Err(std::io::Error::new(error.kind(), format!("cannot write {}: {error}", one.path)));
        }
        written.push(root.join(&one.path));
    }
    Ok(())
}

fn write_new(root: &Path, one: &NewFragment) -> std::io::Result<()> {
    let path = root.join(&one.path);
    let Some(dir) = path.parent() else { return Err(std::io::ErrorKind::InvalidInput.into()) };
    let known = dir.ancestors().find(|dir| dir.exists()).unwrap_or(root).canonicalize()?;
    if RepoPath::parse(&one.path).is_err() || !known.starts_with(root.canonicalize()?) {
        return Err(std::io::Error::other("it leads out of the repository"));
    }
    std::fs::create_dir_all(dir)?;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&path)?;
    file.write_all(one.text.as_bytes())
}

/// The changes that are meant: those named, or all that are missing.
fn wanted<'a>(ledger: &'a Ledger, ids: &[String]) -> Result<Vec<&'a Change>, Refusal> {
    if ids.is_empty() {
        let missing: Vec<&Change> = ledger.missing().collect();
        return if missing.is_empty() { Err(Refusal::new("nothing is missing in the changelog")) } else { Ok(missing) };
    }
    let mut found = Vec::new();
    for id in ids {
        let Some(change) = ledger.changes.iter().find(|one| is_named(one, id)) else {
            return Err(Refusal::new(format!("{id} is no change of this release")).next("relco changes"));
        };
        if change.verdict == Verdict::Listed {
            return Err(Refusal::new(format!("{id} stands in the changelog already")));
        }
        found.push(change);
    }
    Ok(found)
}

/// Writes the lines behind a line of the text, with the text's own line ends, and puts the file in place as a whole.
fn write_behind(place: &std::path::Path, text: &str, after: usize, lines: &[String]) -> std::io::Result<()> {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut all: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    if let Some(last) = all.last_mut().filter(|last| !last.ends_with('\n')) {
        last.push_str(end);
    }
    let at = after.min(all.len());
    // An entry right below its heading wants an empty line, as Markdown and reStructuredText both do.
    let below_heading = at.checked_sub(1).and_then(|above| all.get(above)).is_some_and(|above| above.starts_with('#'));
    let gap = if below_heading { vec![end.to_owned()] } else { Vec::new() };
    all.splice(at..at, gap.into_iter().chain(lines.iter().map(|line| format!("{line}{end}"))));
    let aside = place.with_extension("relco-new");
    std::fs::write(&aside, all.concat())?;
    // The file keeps its mode: a new one would have the process's.
    std::fs::set_permissions(&aside, std::fs::metadata(place)?.permissions())?;
    std::fs::rename(&aside, place)
}

/// How entries of a changelog look: the mark of their list, and how they name a number.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Form {
    mark: String,
    number: Number,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Number {
    /// `(#12)`.
    Brackets,
    /// `([#12](address/12))`: the address up to the number.
    Link(String),
    /// `:pr:`12``: the role.
    Role(String),
}

impl Form {
    /// The form of the last entry of the section that names a number, else of any before it in the file.
    fn of(text: &str, heading: usize, own: &Own) -> Self {
        let mut form = Self { mark: "- ".to_owned(), number: Number::Brackets };
        let lines: Vec<&str> = text.lines().skip(heading).take(400).collect();
        let item = |line: &&&str| line.starts_with(['-', '*', '+']) && line.get(1..2) == Some(" ");
        if let Some(line) = lines.iter().find(item) {
            let words = line.trim_start_matches(['-', '*', '+']);
            form.mark = line.get(..line.len() - words.trim_start().len()).unwrap_or("- ").to_owned();
        }
        let numbered = lines.iter().find(|line| !crate::domain::changelog::references(line, own).is_empty());
        if let Some(line) = numbered {
            form.number = number_form(line);
        }
        form
    }

    fn line(&self, change: &Change, words: Option<&str>) -> String {
        let words = words.map_or_else(|| fit(&plain(&change.title), TITLE_CELLS_MAX), plain);
        let Some(id) = &change.id else { return format!("{}{words}", self.mark) };
        let number = id.get(1..).unwrap_or_default();
        let named = match &self.number {
            _ if words.contains(id.as_str()) => String::new(),
            // A review of Gerrit has a name and no number.
            _ if id.starts_with('I') => format!(" ({id})"),
            Number::Link(address) if !id.starts_with('!') || address.contains("merge_requests") => {
                format!(" ([{id}]({address}{number}))")
            }
            Number::Role(role) => format!(" :{role}:`{number}`"),
            Number::Link(_) | Number::Brackets => format!(" ({id})"),
        };
        format!("{}{words}{named}", self.mark)
    }
}

fn number_form(line: &str) -> Number {
    if let Some(role) = ["pr", "pull", "issue", "gh"].into_iter().find(|role| line.contains(&format!(":{role}:`"))) {
        return Number::Role(role.to_owned());
    }
    let link = line.split("](").skip(1).find_map(|rest| {
        let address = rest.split(')').next()?;
        let (before, number) = address.rsplit_once('/')?;
        let number: u64 = number.parse().ok()?;
        (number > 0 && (before.ends_with("/pull") || before.ends_with("/merge_requests"))).then(|| format!("{before}/"))
    });
    link.map_or(Number::Brackets, Number::Link)
}

/// The line behind which a new entry belongs, counted from 1: the section's last list item with its further lines,
/// else the heading with its underline.
fn end_of_section(text: &str, heading: usize) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let level = |line: &str| line.chars().take_while(|c| *c == '#').count();
    let underline = |at: usize| {
        lines.get(at).is_some_and(|line| {
            line.len() >= 3 && ["=", "-", "~", "^"].iter().any(|mark| line.trim_end().chars().all(|c| mark.contains(c)))
        })
    };
    let own = lines.get(heading.saturating_sub(1)).map_or(0, |line| level(line));
    let mut last = if own == 0 && underline(heading) { heading + 1 } else { heading };
    let mut in_item = false;
    for (at, line) in lines.iter().enumerate().skip(last) {
        let depth = level(line);
        // The next version's heading ends the section, marked or underlined.
        if depth > 0 && depth <= own.max(1)
            || own == 0 && !line.trim().is_empty() && underline(at + 1) && is_version(line)
        {
            break;
        }
        let item = line.trim_start().starts_with(['-', '*', '+']) && !underline(at);
        in_item = item || (in_item && line.starts_with([' ', '\t']) && !line.trim().is_empty());
        if in_item {
            last = at + 1;
        }
    }
    last
}

fn is_version(line: &str) -> bool {
    !Changelog::parse(&format!("## {line}")).versions().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_entry_stands_behind_the_last_one_of_its_section() {
        let text =
            "# Changelog\n\n## 1.3.0\n\n### Added\n\n- one\n  more of it\n\n### Fixed\n\n- two\n\n## 1.2.0\n\n- old\n";
        assert_eq!(end_of_section(text, 3), 12);
        assert_eq!(end_of_section("## 1.3.0\n\n## 1.2.0\n- old\n", 1), 1);
        assert_eq!(end_of_section("## 1.3.0\n- last\n  of it", 1), 3);
        let underlined = "Version 1.3.0\n-------------\n\nReleased\n\n-   one\n-   two\n    more\n\n\nVersion 1.2.0\n-------------\n\n- old\n";
        assert_eq!(end_of_section(underlined, 1), 8);
        assert_eq!(end_of_section("1.3.0\n=====\n\n1.2.0\n=====\n\n- old\n", 1), 2);
    }

    #[test]
    fn a_new_entry_looks_like_those_beside_it() {
        let change = Change {
            id: Some("#12".to_owned()),
            title: "Ropes hold".to_owned(),
            commit: "c".repeat(40),
            author: String::new(),
            merged_by: String::new(),
            kind: crate::domain::ledger::Landing::Squash,
            verdict: Verdict::Missing,
            listed_as: None,
            reason: None,
            closes: Vec::new(),
            breaking: None,
            paths: None,
            entry: None,
        };
        let line = |text: &str| Form::of(text, 1, &Own::default()).line(&change, None);
        assert_eq!(line("## 1.3.0\n"), "- Ropes hold (#12)");
        assert_eq!(line("## 1.3.0\n* Hooks (#11)\n"), "* Ropes hold (#12)");
        let link = "## 1.3.0\n- Hooks [#11](https://github.com/a/b/pull/11)\n";
        assert_eq!(line(link), "- Ropes hold ([#12](https://github.com/a/b/pull/12))");
        assert_eq!(line("1.3.0\n-----\n-   Hooks :pr:`11`\n"), "-   Ropes hold :pr:`12`");
        let form = Form::of("## 1.3.0\n", 1, &Own::default());
        assert_eq!(form.line(&change, Some("Better ropes, see #12")), "- Better ropes, see #12");
        assert_eq!(form.line(&Change { id: None, ..change }, None), "- Ropes hold");
    }
}
