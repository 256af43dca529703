//! `relco item …`: the lists, and a person's word on an item.

use serde_json::json;

use super::Context;
use super::args::ItemCommand;
use super::exit::{Ending, Exit, Failure};
use super::output::safe;
use crate::domain::command::Command as Act;
use crate::domain::id::ItemRef;
use crate::domain::item::{ItemState, Tally};
use crate::domain::plan::List;
use crate::domain::status::{self, Row};
use crate::session::Snapshot;

/// Runs an item command.
pub fn run(context: &mut Context, command: ItemCommand) -> Ending {
    let (id, state, observed, reason) = match command {
        ItemCommand::List { list } => return show(context, list.as_deref()),
        ItemCommand::Done { id, note } => (id, ItemState::Done, note, None),
        ItemCommand::Fail { id, reason } => (id, ItemState::Failed, None, Some(reason)),
        ItemCommand::Skip { id, reason } => (id, ItemState::Skipped, None, Some(reason)),
        ItemCommand::Na { id, reason } => (id, ItemState::NotApplicable, None, Some(reason)),
        ItemCommand::Undo { id } => (id, ItemState::Open, None, None),
    };
    set(context, &id, state, observed, reason)
}

/// Sets an item, wherever it lives: the pre-release checklist, a run, or a blocker that is no item.
pub fn set(
    context: &mut Context,
    id: &str,
    state: ItemState,
    observed: Option<String>,
    reason: Option<String>,
) -> Ending {
    let snapshot = context.session.snapshot();
    let said = format!("{id} {state}");
    let act = match locate(&snapshot, id) {
        Some(found) => Act::SetItem { run: found.run, item: found.item, state, observed, reason },
        None if state == ItemState::Skipped => {
            Act::Waive { blocker: id.to_owned(), reason: reason.unwrap_or_default() }
        }
        None => {
            let found = ItemRef::parse(id);
            Act::SetItem { run: found.run, item: found.item, state, observed, reason }
        }
    };
    context.act(&act, &said)
}

/// Where an item lives: as named, else in the pre-release checklist, else in the latest run that has it.
fn locate(snapshot: &Snapshot, id: &str) -> Option<ItemRef> {
    let named = ItemRef::parse(id);
    if named.run.is_some() {
        return Some(named);
    }
    let pre_release = snapshot.plan.item(&named.item).is_some_and(|item| item.list == List::PreRelease);
    if pre_release {
        return Some(named);
    }
    let run = snapshot.release.as_ref()?.runs.iter().rev().find(|run| run.slot(&named.item).is_some())?;
    Some(ItemRef { run: Some(run.id.clone()), item: named.item })
}

/// All rows of a release: the pre-release checklist, then every run.
pub fn rows(snapshot: &Snapshot) -> Vec<Row> {
    let sit = snapshot.situation(crate::system::clock::now());
    let mut rows = status::pre_release(&sit);
    rows.extend(status::followups(&sit));
    if let Some(release) = &snapshot.release {
        rows.extend(release.runs.iter().flat_map(|run| status::slots(&sit, run)));
    }
    rows
}

fn show(context: &Context, list: Option<&str>) -> Ending {
    let list = match list {
        None => None,
        Some(name) => Some(List::from_name(name).ok_or_else(|| {
            let names: Vec<&str> = List::ALL.iter().map(|list| list.name()).collect();
            Failure::usage(format!("there is no list {name}")).hint(format!("lists: {}", names.join(", ")))
        })?),
    };
    let snapshot = context.session.snapshot();
    let rows: Vec<Row> = rows(&snapshot).into_iter().filter(|row| list.is_none_or(|list| row.list == list)).collect();
    if context.out.json {
        let items: Vec<_> = rows.iter().map(item_document).collect();
        context.out.document(&json!({ "schema": 1, "items": items }));
        return Ok(Exit::Done);
    }
    let mut heading = String::new();
    for row in &rows {
        let run = row.run.as_ref().map(|run| format!("{run}  ")).unwrap_or_default();
        let group = if row.group.is_empty() { row.list.title() } else { &row.group };
        let this = format!("{run}{group}");
        if this != heading {
            let of_heading =
                rows.iter().filter(|one| one.run == row.run && one.list == row.list && one.group == row.group);
            let tally = Tally::of(of_heading.map(|one| one.state));
            context.out.line(context.out.bold(&format!("{this}  ({})", tally.words())));
            heading = this;
        }
        let by = row.by.as_ref().map(|by| format!("  {by}")).unwrap_or_else(|| format!("  {}", row.role));
        let evidence = if row.evidence.is_empty() { String::new() } else { format!("  {}", row.evidence) };
        let line = safe(&format!("{:<20} {}  {}{by}{evidence}", row.id, row.title, row.state));
        context.out.line(format!("  {} {line}", context.out.state(row.state)));
        for (finding, role) in row.findings.iter().filter(|_| !row.state.settled()) {
            context.out.line(format!("      {}  —  {role}", safe(finding)));
        }
    }
    Ok(Exit::Done)
}

/// A row for machines.
pub fn item_document(row: &Row) -> serde_json::Value {
    json!({
        "id": row.run.as_ref().map_or_else(|| row.id.to_string(), |run| format!("{run}/{}", row.id)),
        "list": row.list.name(),
        "title": row.title,
        "role": row.role.as_str(),
        "state": row.state.name(),
        "class": row.class,
        "evidence": row.evidence,
    })
}
