//! The changes of a release as a person works through them: judged, with what the project's habits propose, and each
//! settled by one act: a line in the changelog, or a word that none is wanted.
//!
//! Writing a line is the only thing here that touches a file, and only because a person asked for exactly that line.
//! Enter at [`Session::changes`] and [`Session::add_entries`].

use std::collections::BTreeMap;
use std::sync::Arc;

use super::truth::{Gathered, LedgerAsked, TruthError};
use super::{ActError, Session};
use crate::domain::changelog::{Changelog, Own};
use crate::domain::ledger::{Change, Habit, Ledger, Verdict, alike, habits};
use crate::domain::refusal::Refusal;
use crate::domain::text::{fit, plain};
use crate::system::ledger_past::{earlier, explain};

/// How much of a title becomes an entry: one may be a megabyte long, and nobody reads that.
const WORDS_CELLS: usize = 300;

/// The changes of a range with everything that helps to settle them.
#[derive(Debug, Clone)]
pub struct Changes {
    /// Every change, judged.
    pub ledger: Ledger,
    /// What the numbers are that the section names and the range does not, where the repository tells.
    pub extra: BTreeMap<String, String>,
    /// Rules that the earlier releases kept and that would settle something now.
    pub habits: Vec<Habit>,
    /// The earlier releases that were read.
    past: Arc<Vec<Ledger>>,
}

/// What was learnt from earlier releases, and for which range.
#[derive(Debug)]
pub(super) struct Learnt {
    from: String,
    /// The changelog's path and the package.
    about: (String, Option<String>),
    past: Arc<Vec<Ledger>>,
}

impl Changes {
    /// The rules that would set one change apart, those that the project kept so far first.
    #[must_use]
    pub fn alike(&self, change: &Change) -> Vec<Habit> {
        alike(&self.past, &self.ledger, change)
    }

    /// Whether reading earlier releases and other branches could add something.
    #[must_use]
    pub fn could_say_more(&self) -> bool {
        let unread = self.past.is_empty() && self.ledger.missing().next().is_some();
        unread || self.extra.len() < self.ledger.extra.len()
    }

    /// The change of this number or commit.
    #[must_use]
    pub fn change(&self, name: &str) -> Option<&Change> {
        self.ledger.changes.iter().find(|one| is_named(one, name))
    }
}

#[cfg(test)]
impl Changes {
    /// A few of everything, for tests of what shows them: `#123` and `#124` are missing.
    pub(crate) fn sample() -> Self {
        use crate::domain::commit::{Commit, Person};
        use crate::domain::ledger::{Request, judge};
        let titles =
            ["Ropes hold (#123)", "docs: words (#124)", "Hooks (#121)", "Bump x from 1 to 2 (#122)", "tidy the deck"];
        let hash = |at: usize| format!("{at:07x}{}", "c".repeat(33));
        let commits: Vec<Commit> = titles
            .iter()
            .enumerate()
            .map(|(at, title)| Commit {
                id: hash(at + 1),
                parents: vec![hash(at + 2)],
                author: Person { name: "Ana".to_owned(), email: String::new() },
                committer: Person { name: "Li".to_owned(), email: String::new() },
                title: (*title).to_owned(),
                ..Commit::default()
            })
            .collect();
        let changelog = Changelog::parse("## 1.3.0\n\n### Added\n\n- Hooks bend no more (#121)\n- Old (#99)\n");
        let version = semver::Version::new(1, 3, 0);
        let ledger = judge(&Request {
            from: Some("v1.2.4"),
            to: "HEAD",
            commits: &commits,
            cut_off: false,
            changelog: Some(&changelog),
            changelog_path: "CHANGELOG.md",
            version: Some(&version),
            base: None,
            further: &[],
            beside: &[],
            went_out: &std::collections::BTreeSet::new(),
            own: &Own::default(),
            project: "harbor",
            package: None,
            fragments: &[],
            rules: &[],
        });
        let rule = crate::domain::ledger::Rule::Type(vec!["docs".to_owned()]);
        let habit = Habit { rule, now: vec!["#124".to_owned()], left_out: 12, told: 0, releases: 5, read: 8 };
        let extra = BTreeMap::from([("#99".to_owned(), "merged before v1.2.4".to_owned())]);
        Self { ledger, extra, habits: vec![habit], past: Arc::default() }
    }
}

fn is_named(change: &Change, name: &str) -> bool {
    change.id.as_deref() == Some(name) || name.len() >= 7 && change.commit.starts_with(name)
}

impl Session {
    /// The ledger with habits and explanations: reads up to eight earlier releases where something is missing, which
    /// takes up to a second or two in a large repository.
    ///
    /// # Errors
    /// [`TruthError`], as [`Session::ledger`].
    pub fn changes(&mut self, asked: &LedgerAsked) -> Result<Changes, TruthError> {
        let gathered = self.gathered(asked)?;
        let past = match gathered.ledger.missing().next() {
            Some(_) => self.past(&gathered)?,
            None => Arc::default(),
        };
        let extra = explain(&self.git, &gathered.scope, gathered.changelog(), &gathered.ledger.extra)?;
        let habits = habits(&past, &gathered.ledger);
        Ok(Changes { ledger: gathered.ledger, extra, habits, past })
    }

    /// The same at once: judged, and nothing learnt or explained yet.
    ///
    /// # Errors
    /// [`TruthError`], as [`Session::ledger`].
    pub fn changes_at_once(&self, asked: &LedgerAsked) -> Result<Changes, TruthError> {
        let ledger = self.ledger(asked)?;
        // What was learnt for the same range a moment ago still holds.
        let past = self.learnt.as_ref().filter(|learnt| Some(&learnt.from) == ledger.from.as_ref());
        let past = past.map(|learnt| Arc::clone(&learnt.past)).unwrap_or_default();
        let habits = habits(&past, &ledger);
        Ok(Changes { ledger, extra: BTreeMap::new(), habits, past })
    }

    /// The releases before, read once for each range: what they told does not move.
    fn past(&mut self, gathered: &Gathered) -> Result<Arc<Vec<Ledger>>, TruthError> {
        let (Some(changelog), Some(from)) = (gathered.changelog(), &gathered.scope.from) else {
            return Ok(Arc::default());
        };
        let package = gathered.package.as_deref();
        let about = (changelog.path.to_owned(), package.map(str::to_owned));
        if let Some(learnt) = self.learnt.as_ref().filter(|learnt| learnt.from == *from && learnt.about == about) {
            return Ok(Arc::clone(&learnt.past));
        }
        let past = Arc::new(earlier(&self.git, &self.tag_pattern(), &gathered.scope, changelog, package)?);
        self.learnt = Some(Learnt { from: from.clone(), about, past: Arc::clone(&past) });
        Ok(past)
    }

    /// Adds a line to the release's section for each of these changes, or for every one that is missing, behind the
    /// section's last entry and in the form of the entries there. Answers the lines.
    ///
    /// # Errors
    /// When there is nothing to add, a change is not in the range or told already, the section has no heading yet, or
    /// the file cannot be written; nothing was written then.
    pub fn add_entries(&mut self, ids: &[String], words: Option<&str>) -> Result<Vec<String>, ActError> {
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
        if section.fragments > 0 || self.plan().fragments.is_some() {
            let refusal = Refusal::new("entries stand in files of their own here, one for each change");
            return Err(refusal.next("write the change's own file").into());
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
        let lines: Vec<String> = changes.iter().filter(new).map(|change| form.line(change, words)).collect();
        if lines.is_empty() {
            return Err(Refusal::new("it stands in the changelog already").next("commit the file").into());
        }
        let place = self.git.locate(path).map_err(|error| system(&error))?;
        let after = end_of_section(&text, found.line);
        write_behind(&place, &text, after, &lines).map_err(|error| system(&format!("cannot write {path}: {error}")))?;
        self.observe_outside();
        Ok(lines)
    }
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
        let words = words.map_or_else(|| fit(&plain(&change.title), WORDS_CELLS), plain);
        let Some(id) = &change.id else { return format!("{}{words}", self.mark) };
        let number = id.get(1..).unwrap_or_default();
        let named = match &self.number {
            _ if words.contains(id.as_str()) => String::new(),
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
