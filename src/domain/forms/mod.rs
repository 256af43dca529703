//! The forms of a release as Markdown: checklist, deployment, rollback, sheet, incident, notes, metrics.
//!
//! Enter at the `render` of a form's input struct. Headings and their order are fixed, so that a reader and a script
//! find every section in every release; what is not known stands as a placeholder in brackets, never as a guess. Text
//! that relco did not write passes [`inline`], [`cell`] or [`block`] and cannot leave its place.

mod checklist;
mod incident;
mod line;
mod markdown;
mod metrics;
mod notes;
mod sheet;

pub use checklist::{DeploymentForm, Fact, Group, PreReleaseForm, RollbackForm};
pub use incident::{IncidentForm, TimelineRow};
pub use line::{Line, Mark, moment};
pub use markdown::{block, cell, inline};
pub use metrics::render as render_metrics;
pub use notes::with_heading as notes_with_heading;
pub use sheet::{Agreed, SheetForm};
