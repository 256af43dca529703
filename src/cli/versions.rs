//! `relco versions`: every place where the version is written, and setting it in all of them or in none.

use semver::Version;
use serde_json::json;

use super::Context;
use super::exit::{Ending, Exit, Failure};
use super::output::safe;
use crate::domain::item::ItemState;
use crate::domain::tag::parse_lenient;
use crate::domain::version_files::{Matrix, Row};
use crate::session::TruthError;

impl From<TruthError> for Failure {
    fn from(error: TruthError) -> Self {
        let exit = if error.is_usage() { Exit::Usage } else { Exit::Environment };
        Self { exit, what: error.to_string(), hint: error.hint() }
    }
}

/// Shows the matrix, or sets the version.
pub fn run(context: &Context, set: Option<&str>, dry_run: bool) -> Ending {
    if let Some(version) = set {
        return self::set(context, version, dry_run);
    }
    if let Some(half_done) = context.session.half_done_versions()? {
        let version = half_done.version.clone();
        return Err(Failure { exit: Exit::Refused, what: half_done.to_string(), hint: None }
            .hint(format!("relco versions --set {version} finishes it; another version takes it back first")));
    }
    Ok(show(context, &context.session.version_matrix()))
}

fn show(context: &Context, matrix: &Matrix) -> Exit {
    let exit = if matrix.is_ok() { Exit::Done } else { Exit::Refused };
    if context.out.json {
        context.out.document(&document(matrix));
        return exit;
    }
    for row in &matrix.rows {
        context.out.line(format!("{} {}", mark(context, row), safe(&words(row, matrix.expected.as_ref()))));
    }
    let findings = matrix.findings();
    if findings.is_empty() {
        context.out.line(safe(&matrix.summary()));
    }
    for finding in findings {
        context.out.line(format!("{}  —  {}", safe(&finding.text), finding.role));
    }
    if matrix.rows.is_empty() {
        context.out.hint("name the files in relco.toml, as [[version.file]]");
    }
    exit
}

fn mark(context: &Context, row: &Row) -> String {
    context.out.state(if row.ok { ItemState::Done } else { ItemState::Failed })
}

fn words(row: &Row, expected: Option<&Version>) -> String {
    match &row.place {
        Ok(place) => {
            let expected = expected.filter(|_| !row.ok).map(|version| format!("  expected {version}"));
            let at = format!("{}:{}", row.path, place.line);
            format!("{:<12} {at:<32} {}{}", row.name, place.found, expected.unwrap_or_default())
        }
        Err(why) => format!("{:<12} {:<32} {why}", row.name, row.path),
    }
}

fn document(matrix: &Matrix) -> serde_json::Value {
    let places: Vec<_> = matrix
        .rows
        .iter()
        .map(|row| {
            let place = row.place.as_ref().ok();
            json!({
                "path": row.path,
                "line": place.map(|place| place.line),
                "kind": place.map(|place| place.kind.as_str()),
                "found": place.map(|place| place.found.clone()),
                "ok": row.ok,
            })
        })
        .collect();
    json!({ "schema": 1, "expected": matrix.expected.as_ref().map(Version::to_string), "places": places })
}

fn set(context: &Context, text: &str, dry_run: bool) -> Ending {
    let version =
        parse_lenient(text).ok_or_else(|| Failure::usage(format!("{text} is not a version")).hint("like 1.3.0"))?;
    let session = &context.session;
    if let Some(half_done) = session.half_done_versions()?
        && !dry_run
    {
        // What was begun is ended in one of two ways before anything else is written.
        let finish = half_done.version == version.to_string();
        session.settle_versions(finish)?;
        let how = if finish { "finished" } else { "taken back first" };
        context.out.warn(&format!("{half_done}: {how}"));
    }
    let plan = session.plan_versions(&version)?;
    let changes = plan.diff();
    if !context.out.json {
        for line in &changes {
            context.out.line(safe(line));
        }
        if changes.is_empty() {
            context.out.line(format!("every place says {version} already"));
        }
    }
    if !dry_run {
        session.set_versions(&plan)?;
    }
    if context.out.json {
        let files: Vec<_> = plan
            .files
            .iter()
            .map(|file| {
                let lines: Vec<_> = file
                    .lines
                    .iter()
                    .map(|line| json!({ "line": line.line, "before": line.before, "after": line.after }))
                    .collect();
                json!({ "path": file.path.as_str(), "lines": lines })
            })
            .collect();
        context.out.document(&json!({
            "schema": 1,
            "version": version.to_string(),
            "written": !dry_run && !plan.files.is_empty(),
            "files": files,
        }));
    } else if dry_run {
        context.out.line("nothing was written");
    } else if !changes.is_empty() {
        context.out.line(safe(&session.version_matrix_of_work_tree().summary()));
    }
    Ok(Exit::Done)
}
