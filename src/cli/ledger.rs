//! `relco changes`: every change of a range against the changelog. Needs no release and no configuration.

use serde_json::json;

use super::Context;
use super::exit::{Ending, Exit};
use super::output::safe;
use crate::domain::item::ItemState;
use crate::domain::ledger::{Change, Ledger, SectionState, Verdict};
use crate::session::LedgerAsked;

/// How many characters of a commit's id are shown.
const SHORT: usize = 7;

/// Prints the ledger; done when nothing is missing and all could be judged.
pub fn run(
    context: &Context,
    from: Option<&str>,
    to: Option<&str>,
    changelog: Option<&str>,
    section: Option<&str>,
) -> Ending {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let asked = LedgerAsked { from: owned(from), to: owned(to), changelog: owned(changelog), section: owned(section) };
    let ledger = context.session.ledger(&asked)?;
    let exit = if ledger.is_complete() { Exit::Done } else { Exit::Refused };
    if context.out.json {
        context.out.document(&document(&ledger));
    } else {
        print(context, &ledger);
    }
    if ledger.cut_off {
        context.out.warn("history is cut off: changes may be missing from this list");
        context.out.hint("git fetch --unshallow --tags");
    }
    Ok(exit)
}

fn print(context: &Context, ledger: &Ledger) {
    let from = ledger.from.as_deref().unwrap_or("the first commit");
    let against = match (&ledger.section.heading, ledger.section.line) {
        _ if ledger.section.state == SectionState::NoChangelog => String::new(),
        (Some(heading), Some(line)) => format!(", against \"{heading}\" in {}:{line}", ledger.section.path),
        _ => format!(", against {} in {}", ledger.section.wanted, ledger.section.path),
    };
    context.out.line(context.out.bold(&safe(&format!("{from} to {}{against}", ledger.to))));
    // What somebody must act on stands first.
    for verdict in [Verdict::Missing, Verdict::Listed, Verdict::Excluded, Verdict::Direct] {
        for change in ledger.changes.iter().filter(|change| change.verdict == verdict) {
            let line = safe(&words(change));
            context.out.line(format!("{} {line}", context.out.state(state(verdict))));
        }
    }
    if !ledger.extra.is_empty() {
        context.out.line(safe(&format!("listed, and not in the range: {}", ledger.extra.join(", "))));
    }
    for finding in ledger.findings() {
        context.out.line(format!("{}  —  {}", safe(&finding.text), finding.role));
    }
    context.out.line(safe(&ledger.summary()));
}

fn state(verdict: Verdict) -> ItemState {
    match verdict {
        Verdict::Listed => ItemState::Done,
        Verdict::Missing => ItemState::Failed,
        Verdict::Excluded => ItemState::NotApplicable,
        Verdict::Direct => ItemState::Open,
    }
}

fn words(change: &Change) -> String {
    let id = change.id.as_deref().unwrap_or_else(|| change.commit.get(..SHORT).unwrap_or(&change.commit));
    let listed_as = change.listed_as.as_ref().map(|other| format!(" as {other}")).unwrap_or_default();
    let reason = change.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let who =
        if change.verdict == Verdict::Missing { format!("  merged by {}", change.merged_by) } else { String::new() };
    format!("{id:<8} {}  {}{listed_as}{reason}{who}", change.title, change.verdict.as_str())
}

fn document(ledger: &Ledger) -> serde_json::Value {
    let changes: Vec<_> = ledger
        .changes
        .iter()
        .map(|change| {
            json!({
                "id": change.id,
                "title": change.title,
                "commit": change.commit,
                "author": change.author,
                "kind": change.kind.as_str(),
                "verdict": change.verdict.as_str(),
                "as": change.listed_as,
                "reason": change.reason,
            })
        })
        .collect();
    json!({
        "schema": 1,
        "from": ledger.from,
        "to": ledger.to,
        "section": ledger.section.wanted,
        "changes": changes,
        "extra": ledger.extra,
    })
}
