//! Follow-ups: what an incident leaves to be done, until somebody did it or said why not.
//!
//! They come from `TODO` in a note, belong to the project, and so come back in the list of every later release. Enter
//! at [`todos`] for what a note asks for, at [`apply`] for what became of them.

use jiff::Timestamp;
use jiff::civil::Date;

use super::event::{Fact, Recorded};
use super::id::IncidentId;
use super::named::named;

named! {
    /// What became of a follow-up.
    FollowUpState {
        /// To be done.
        Open = "open",
        /// Done.
        Done = "done",
        /// Nobody will do it, for a reason.
        WontDo = "won't do",
    }
}

/// Something that an incident leaves to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUp {
    /// Its id: `F-3`.
    pub id: String,
    /// What.
    pub text: String,
    /// Who does it.
    pub owner: Option<String>,
    /// Until which day, as `2026-12-01`.
    pub due: Option<String>,
    /// The incident that it comes from.
    pub incident: Option<IncidentId>,
    /// The release that it comes from.
    pub release: Option<String>,
    /// The record of the note that it comes from, in the journal of that release, else of the project.
    pub note: Option<u64>,
    /// Since when.
    pub since: Timestamp,
    /// Who asked for it.
    pub by: String,
    /// What became of it.
    pub state: FollowUpState,
    /// When it was settled, by whom, and why.
    pub settled: Option<(Timestamp, String, Option<String>)>,
}

impl FollowUp {
    /// Whether it is still to be done.
    pub fn is_open(&self) -> bool {
        self.state == FollowUpState::Open
    }

    /// Whether its day is over.
    pub fn overdue(&self, today: Date) -> bool {
        let due = self.due.as_deref().and_then(|due| due.parse::<Date>().ok());
        self.is_open() && due.is_some_and(|due| due < today)
    }

    /// Until when and from where: `by 2026-12-01, INC-1 of 1.3.0`.
    pub fn origin(&self) -> String {
        let from = match (&self.incident, &self.release) {
            (Some(incident), Some(release)) => Some(format!("{incident} of {release}")),
            (Some(incident), None) => Some(incident.to_string()),
            (None, release) => release.clone(),
        };
        let due = self.due.as_ref().map(|due| format!("by {due}"));
        [due, from].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// `build the index in staging (li, by 2026-12-01, INC-1 of 1.3.0)`.
    pub fn words(&self) -> String {
        let owner = self.owner.as_deref().unwrap_or("nobody yet");
        let origin = self.origin();
        let comma = if origin.is_empty() { "" } else { ", " };
        format!("{} ({owner}{comma}{origin})", self.text)
    }
}

/// What a note asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Todo {
    /// What.
    pub text: String,
    /// Who does it: the word behind `@`.
    pub owner: Option<String>,
    /// Until which day: behind `by` or `due`.
    pub due: Option<String>,
}

/// What a note asks for: each `TODO` up to the next one or the end of its line.
///
/// `TODO @li build the index in staging by 2026-12-01`. A TODO without words is none.
pub fn todos(note: &str) -> Vec<Todo> {
    let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let mut found = Vec::new();
    for line in note.lines() {
        let mut parts = line.split("TODO");
        let mut before = parts.next().and_then(|part| part.chars().next_back());
        for part in parts {
            // TODOS and MY_TODO are other words.
            if !word(before) && !word(part.chars().next()) {
                found.extend(todo(part.trim_start_matches([':', '-', ' '])));
            }
            before = part.chars().next_back().or(before);
        }
    }
    found
}

fn todo(text: &str) -> Option<Todo> {
    let (mut owner, mut due) = (None, None);
    let mut kept: Vec<&str> = Vec::new();
    for word in text.split_whitespace() {
        let bare = word.trim_end_matches([',', '.', ';', ')']);
        let introduced = kept.last().is_some_and(|last| matches!(last.trim_end_matches(':'), "by" | "due"));
        if introduced && due.is_none() && bare.len() == 10 && bare.parse::<Date>().is_ok() {
            due = Some(bare.to_owned());
            kept.pop();
        } else if let Some(name) = bare.strip_prefix('@').filter(|name| !name.is_empty() && owner.is_none()) {
            owner = Some(name.trim_end_matches(':').to_owned());
        } else {
            kept.push(word);
        }
    }
    let text = kept.join(" ").trim_end_matches([',', ';', ' ']).to_owned();
    (!text.is_empty()).then_some(Todo { text, owner, due })
}

/// Folds a fact about follow-ups into a list of them.
pub fn apply(followups: &mut Vec<FollowUp>, rec: &Recorded) {
    let Fact::FollowUpSet { followup, text, owner, due, incident, release, note, state, reason, by } = &rec.fact else {
        return;
    };
    if !followups.iter().any(|one| one.id == *followup) {
        followups.push(FollowUp {
            id: followup.clone(),
            text: String::new(),
            owner: None,
            due: None,
            incident: incident.clone(),
            release: release.clone(),
            note: *note,
            since: rec.at,
            by: by.clone(),
            state: FollowUpState::Open,
            settled: None,
        });
    }
    let Some(one) = followups.iter_mut().find(|one| one.id == *followup) else { return };
    if let Some(text) = text {
        one.text.clone_from(text);
    }
    if owner.is_some() {
        one.owner.clone_from(owner);
    }
    if due.is_some() {
        one.due.clone_from(due);
    }
    if let Some(state) = state {
        one.state = *state;
        let settled = *state != FollowUpState::Open;
        one.settled = settled.then(|| (rec.at, by.clone(), reason.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(note: &str) -> (String, Option<String>, Option<String>) {
        let mut all = todos(note);
        assert_eq!(all.len(), 1, "{note}: {all:?}");
        let todo = all.remove(0);
        (todo.text, todo.owner, todo.due)
    }

    #[test]
    fn a_todo_names_what_who_and_until_when() {
        let own = |text: &str| Some(text.to_owned());
        assert_eq!(one("TODO build the index in staging"), ("build the index in staging".into(), None, None));
        assert_eq!(
            one("index missing. TODO: @li@example.com build it in staging by 2026-12-01."),
            ("build it in staging".into(), own("li@example.com"), own("2026-12-01"))
        );
        assert_eq!(
            one("TODO - alert on it, due: 2026-12-01, @kim"),
            ("alert on it".into(), own("kim"), own("2026-12-01"))
        );
        assert_eq!(one("TODO stand by the phone"), ("stand by the phone".into(), None, None), "by is a word too");
        assert_eq!(one("TODO stand by 2026-13-40"), ("stand by 2026-13-40".into(), None, None));
    }

    #[test]
    fn only_the_word_counts() {
        assert_eq!(todos("TODO"), []);
        assert_eq!(todos("TODO: @li"), []);
        assert_eq!(todos("nothing todo here, TODOS, MY_TODO x"), []);
        let two: Vec<String> = todos("TODO one TODO two\nTODO three").into_iter().map(|todo| todo.text).collect();
        assert_eq!(two, ["one", "two", "three"]);
    }
}
