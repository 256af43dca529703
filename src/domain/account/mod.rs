//! The account of a release: what its recorded state says, as the forms that people read and as facts for the
//! metrics.
//!
//! Enter at [`checklist`], [`sheet`], [`deployment`], [`rollback`] and [`incident`] for one form, at [`report`] for
//! the whole record, at [`deployments`] and [`impacts`] for what the metrics are counted from. It decides nothing and
//! fills nothing in: what was not recorded stays open, and who wrote a word down stands beside who spoke it.

mod brief;
mod counted;
mod paper;
mod report;
mod runs;
mod trouble;

use jiff::tz::TimeZone;

pub use brief::brief;
pub use counted::{deployments, impacts, rules, windows};
pub use paper::{VoidAgreement, checklist, sheet, void_agreements};
pub use report::{Papers, report};
pub use runs::{deployment, procedure, rollback, rollback_run};
pub use trouble::{incident, incident_report};

use super::forms::{Fact, Line, Mark, moment};
use super::item::ItemState;
use super::status::Row;
use super::timeline::spoken;

/// A named fact below a heading.
fn fact(name: &str, value: impl Into<String>) -> Fact {
    Fact { name: name.to_owned(), value: value.into() }
}

/// A moment below a heading.
fn fact_at(name: &str, at: jiff::Timestamp, zone: &TimeZone) -> Fact {
    fact(name, moment(at, zone))
}

/// A row of a list as a line of a form. `actor` is who operated relco when it was said, `grounds` takes the place of
/// the row's own evidence.
fn line_of(row: &Row, actor: Option<&str>, grounds: Option<String>) -> Line {
    let own = match row.state {
        // What a person should look for is a hint for the work, not a part of the record.
        ItemState::Open if row.evidence.starts_with("expected: ") => String::new(),
        _ => row.evidence.clone(),
    };
    let mut parts: Vec<String> = Some(grounds.unwrap_or(own)).into_iter().filter(|part| !part.is_empty()).collect();
    if !row.state.settled() {
        parts.extend(row.findings.iter().map(|(text, role)| format!("{text} ({role})")));
    }
    Line {
        title: row.title.clone(),
        mark: Mark::Item(row.state),
        by: row.by.as_ref().map(|by| spoken(by, actor.unwrap_or(by))),
        at: row.at,
        grounds: Some(parts.join("; ")).filter(|grounds| !grounds.is_empty()),
    }
}

#[cfg(test)]
pub(in crate::domain) mod tests;
