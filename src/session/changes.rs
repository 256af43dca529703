//! The changes of a release as a person works through them: judged, with what the project's habits propose.
//!
//! Reads the repository and writes nothing; what settles a change is written in `entries`. Enter at
//! [`Session::changes`].

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Session;
use super::truth::{Gathered, LedgerAsked, TruthError};
use crate::domain::ledger::fragment_form::FragmentForm;
use crate::domain::ledger::{Change, Habit, Ledger, alike, habits};
use crate::system::ledger_past::{earlier, explain};

/// The changes of a range with everything that helps to settle them.
#[derive(Debug, Clone)]
pub struct Changes {
    /// Every change, judged.
    pub ledger: Ledger,
    /// What the numbers are that the section names and the range does not, where the repository tells.
    pub extra: BTreeMap<String, String>,
    /// Rules that the earlier releases kept and that would settle something now.
    pub habits: Vec<Habit>,
    /// How an entry is written where each has a file of its own.
    pub form: Option<FragmentForm>,
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
        use crate::domain::changelog::{Changelog, Own};
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
            in_files: false,
            rules: &[],
        });
        let rule = crate::domain::ledger::Rule::Type(vec!["docs".to_owned()]);
        let habit = Habit { rule, now: vec!["#124".to_owned()], left_out: 12, told: 0, releases: 5, read: 8 };
        let extra = BTreeMap::from([("#99".to_owned(), "merged before v1.2.4".to_owned())]);
        Self { ledger, extra, habits: vec![habit], form: None, past: Arc::default() }
    }
}

pub(super) fn is_named(change: &Change, name: &str) -> bool {
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
        let form = gathered.form_of_entries();
        Ok(Changes { ledger: gathered.ledger, extra, habits, form, past })
    }

    /// The same at once: judged, and nothing learnt or explained yet.
    ///
    /// # Errors
    /// [`TruthError`], as [`Session::ledger`].
    pub fn changes_at_once(&self, asked: &LedgerAsked) -> Result<Changes, TruthError> {
        let gathered = self.gathered(asked)?;
        let form = gathered.form_of_entries();
        let ledger = gathered.ledger;
        // What was learnt for the same range a moment ago still holds.
        let past = self.learnt.as_ref().filter(|learnt| Some(&learnt.from) == ledger.from.as_ref());
        let past = past.map(|learnt| Arc::clone(&learnt.past)).unwrap_or_default();
        let habits = habits(&past, &ledger);
        Ok(Changes { ledger, extra: BTreeMap::new(), habits, form, past })
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
}
