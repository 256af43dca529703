//! What stands below the selected row: what it waits for, whose job it is, what it rests on, what Enter does.

use super::Pieces;
use super::act::{Enter, act};
use super::entry::last_attempt;
use crate::domain::duration;
use crate::domain::item::ItemState;
use crate::domain::run::{Attempt, AttemptOutcome, RunPurpose};
use crate::domain::situation::Seen;
use crate::domain::time;
use crate::tui::listing::ListRow;
use crate::tui::screen::view::View;
use crate::tui::theme::Role;

/// Findings that are told one by one.
const FINDINGS_MOST: usize = 6;

/// The lines below a selected row, not wrapped yet.
pub fn details(view: &View<'_>, row: &ListRow) -> Vec<Pieces> {
    let mut lines: Vec<Pieces> = Vec::new();
    for (text, role) in row.findings.iter().take(FINDINGS_MOST) {
        lines.push(vec![(view.clean(text), Role::Text)]);
        if Some(role) != row.role.as_ref() {
            lines.push(vec![(format!("  {}", whose(view, role)), Role::Dim)]);
        }
    }
    if row.findings.len() > FINDINGS_MOST {
        let more = row.findings.len() - FINDINGS_MOST;
        lines.push(vec![(format!("and {more} more"), Role::Dim)]);
    }
    let evidence = evidence(view, row);
    if row.findings.is_empty() && !evidence.is_empty() {
        let role = if row.state == Some(ItemState::Failed) { Role::Text } else { Role::Dim };
        lines.push(vec![(evidence, role)]);
    }
    lines.extend(word(view, row));
    lines.extend(running(view, row));
    match act(view, row) {
        Some(Enter::Does(what)) => lines.push(vec![("Enter".to_owned(), Role::Key), (format!(" {what}"), Role::Text)]),
        Some(Enter::Not(why)) => lines.push(vec![(why, Role::Text)]),
        None => {}
    }
    lines.extend(way_back(view, row));
    lines
}

/// What the state rests on, without the attempt's name, which says nothing beside its row.
fn evidence(view: &View<'_>, row: &ListRow) -> String {
    let text = match last_attempt(view, row) {
        Some(attempt) => {
            let parts = row.evidence.split("; ").filter(|part| *part != attempt.id.as_str());
            parts.collect::<Vec<_>>().join("; ")
        }
        None => row.evidence.clone(),
    };
    // How an attempt ended stands at the row's right edge, and that it worked in its glyph.
    let told = last_attempt(view, row).and_then(|attempt| attempt.outcome.as_ref()).map(|outcome| outcome.words());
    if told.is_some_and(|told| told == text) { String::new() } else { view.clean(&text) }
}

/// Who spoke and when, or whose word is awaited.
fn word(view: &View<'_>, row: &ListRow) -> Option<Pieces> {
    let zone = &view.shown.snapshot.zone;
    if let Some(ended) = last_attempt(view, row).filter(|attempt| attempt.outcome.is_some()) {
        return attempt_words(view, ended).map(|words| vec![(words, Role::Dim)]);
    }
    let settled = row.state.is_some_and(ItemState::settled);
    let said = row.at.map(|at| format!("{}, {} ago", time::clock(at, zone), time::age(at, view.shown.now)));
    let by_relco = row.by.as_deref() == Some("relco");
    match (&row.by, said) {
        (Some(by), Some(said)) if settled || row.state == Some(ItemState::Failed) && !by_relco => {
            Some(vec![(format!("{} {said}", view.person(by)), Role::Dim)])
        }
        _ if settled || row.state == Some(ItemState::Doing) => None,
        (_, said) => {
            let whose = whose(view, row.role.as_ref()?);
            let checked = said.filter(|_| by_relco).map(|said| format!("; checked {said}")).unwrap_or_default();
            Some(vec![(format!("{whose}{checked}"), Role::Dim)])
        }
    }
}

/// `13:54:43 after 0:51, 47 s ago`: when an attempt ended, as far as that is known.
fn attempt_words(view: &View<'_>, attempt: &Attempt) -> Option<String> {
    let outcome = attempt.outcome.as_ref()?;
    let number = if attempt.number > 1 { format!("attempt {} ", attempt.number) } else { String::new() };
    let zone = &view.shown.snapshot.zone;
    let word = match outcome {
        AttemptOutcome::Unknown => {
            let since = attempt.started.unwrap_or(attempt.intended);
            return Some(format!("{number}started {}; its end was not seen", time::clock(since, zone)));
        }
        AttemptOutcome::NotStarted => "not started ",
        // Whether it worked stands in the row itself.
        _ => "",
    };
    let ended = attempt.ended?;
    let took = attempt.started.map(|started| format!(" after {}", duration::clock(duration::between(started, ended))));
    let age = time::age(ended, view.shown.now);
    Some(format!("{number}{word}{}{}, {age} ago", time::clock(ended, zone), took.unwrap_or_default()))
}

/// The way back, where a step of a deployment went wrong and something was changed.
fn way_back(view: &View<'_>, row: &ListRow) -> Option<Pieces> {
    let run = view.open_run().filter(|run| run.purpose == RunPurpose::Deployment)?;
    let wrong = matches!(row.state, Some(ItemState::Failed | ItemState::Unknown));
    if !wrong || row.run.as_ref() != Some(&run.id) || !view.release?.started_changing(run, view.sit.plan) {
        return None;
    }
    let to = run.from.as_deref().map(|from| format!(" to {}", view.clean(from))).unwrap_or_default();
    Some(vec![(view.shown.keys.roll_back.clone(), Role::Key), (format!(" rolls back{to}"), Role::Text)])
}

/// A role with whoever holds it: `security: kim`.
fn whose(view: &View<'_>, role: &crate::domain::id::Role) -> String {
    let (name, holder) = (view.clean(role.as_str()), view.holder(role));
    if name == holder { name } else { format!("{name}: {holder}") }
}

/// What runs, exactly, and whether somebody watches it.
fn running(view: &View<'_>, row: &ListRow) -> Vec<Pieces> {
    let attempt = last_attempt(view, row).filter(|attempt| attempt.outcome.is_none());
    let Some(attempt) = attempt else { return Vec::new() };
    let words: Vec<String> = attempt.argv.iter().map(|word| crate::domain::plan::quote_word(word)).collect();
    let mut lines = vec![vec![(view.clean(&words.join(" ")), Role::Dim)]];
    if attempt.number > 1 {
        lines.push(vec![(format!("attempt {}", attempt.number), Role::Dim)]);
    }
    let seen = view.sit.observed.attempts.get(&attempt.id);
    let warning = match seen {
        Some(Seen::Unsupervised) => Some("it runs, but how it ends will not be seen"),
        None => Some("whether it still runs is not known"),
        Some(Seen::Starting | Seen::Running) => None,
    };
    lines.extend(warning.map(|warning| vec![(warning.to_owned(), Role::Warning)]));
    lines
}
