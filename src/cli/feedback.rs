//! `relco feedback`: every finding, with the role upstream that must act on it.

use serde_json::json;

use super::Context;
use super::exit::Exit;
use super::output::safe;
use crate::domain::readiness;

/// Prints the findings, one line each.
pub fn run(context: &Context) -> Exit {
    let snapshot = context.session.snapshot();
    let found = readiness::feedback(&snapshot.situation(crate::system::clock::now()));
    if context.out.json {
        let feedback: Vec<_> = found
            .iter()
            .map(|one| json!({ "issue": one.issue, "role": one.role.as_str(), "text": one.text }))
            .collect();
        context.out.document(&json!({ "schema": 1, "feedback": feedback }));
        return Exit::Done;
    }
    if found.is_empty() {
        context.out.line("nothing to hand back");
    }
    for one in &found {
        let role = context.out.bold(&safe(one.role.as_str()));
        context.out.line(format!("{role}  {}: {}", one.issue, safe(&one.text)));
    }
    Exit::Done
}
