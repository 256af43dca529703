//! What stands below the selected row: what it waits for, whose job it is, what it rests on, what Enter does.

use super::Pieces;
use super::act::{Enter, act};
use super::entry::last_attempt;
use crate::domain::item::ItemState;
use crate::domain::situation::Seen;
use crate::domain::time;
use crate::tui::listing::ListRow;
use crate::tui::screen::view::{View, Watcher};
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
        Some(Enter::Not(why)) => lines.push(vec![(why, Role::Warning)]),
        None => {}
    }
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
    // A step that worked says so by its glyph.
    if row.state == Some(ItemState::Done) && text == "exit 0" { String::new() } else { view.clean(&text) }
}

/// Who spoke and when, or whose word is awaited.
fn word(view: &View<'_>, row: &ListRow) -> Option<Pieces> {
    let settled = row.state.is_some_and(ItemState::settled);
    if let (true, Some(by), Some(at)) = (settled || row.state == Some(ItemState::Failed), &row.by, row.at) {
        let clock = time::clock(at, &view.shown.snapshot.zone);
        let age = time::age(at, view.shown.now);
        return Some(vec![(format!("{} {clock}, {age} ago", view.person(by)), Role::Dim)]);
    }
    if settled || row.state == Some(ItemState::Doing) {
        return None;
    }
    row.role.as_ref().map(|role| vec![(whose(view, role), Role::Dim)])
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
    let warning = match (seen, &view.watcher) {
        (Some(Seen::Unsupervised), _) => Some("it runs, but nobody can see how it ends"),
        (None, _) => Some("whether it still runs is not known"),
        (_, Watcher::Nobody) => Some("it runs on without a watcher"),
        _ => None,
    };
    lines.extend(warning.map(|warning| vec![(warning.to_owned(), Role::Warning)]));
    lines
}
