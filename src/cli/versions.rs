//! `relco versions`: every place where the version is written, and setting it in all of them or in none.

use semver::Version;
use serde_json::json;

use super::Context;
use super::exit::{Ending, Exit, Failure};
use super::output::safe;
use crate::domain::item::ItemState;
use crate::domain::tag::parse_lenient;
use crate::domain::version_files::{Matrix, PlaceKind, Row, Strays};
use crate::session::TruthError;

impl From<TruthError> for Failure {
    fn from(error: TruthError) -> Self {
        let exit = if error.is_usage() { Exit::Usage } else { Exit::Environment };
        Self { exit, what: error.to_string(), hint: error.hint() }
    }
}

/// What is asked about versions.
pub enum Asked {
    /// Every place, and what still says the old version.
    Show,
    /// This version everywhere; or only what it would change.
    Set {
        /// The version.
        version: String,
        /// Nothing is written.
        dry_run: bool,
    },
    /// An interrupted set, to its end or taken back.
    Settle {
        /// To its end.
        finish: bool,
    },
    /// This line is right as it is.
    Accept {
        /// `PATH` or `PATH:LINE`.
        place: String,
        /// Why.
        reason: Option<String>,
    },
    /// This line is a place.
    Add(String),
}

/// Does what is asked.
pub fn run(context: &mut Context, asked: Asked) -> Ending {
    match asked {
        Asked::Show => {}
        Asked::Set { version, dry_run } => return self::set(context, &version, dry_run),
        Asked::Settle { finish } => return settle(context, finish),
        Asked::Accept { place, reason } => {
            let acted = context.session.accept_stray(&place, reason.as_deref())?;
            context.said(&acted, &format!("{place} is accepted as it is"));
            return Ok(Exit::Done);
        }
        Asked::Add(place) => {
            let pattern = context.session.add_stray(&place)?;
            context.done(&format!("{place} is a place of the version now: pattern {pattern}"));
            context.out.hint("relco.toml changed: look at it, commit it, then relco trust");
            return Ok(Exit::Done);
        }
    }
    if let Some(half_done) = context.session.half_done_versions()? {
        return Err(Failure { exit: Exit::Refused, what: half_done.to_string(), hint: None }
            .hint("relco versions --finish writes the rest, --revert takes it back"));
    }
    let matrix = context.session.version_places();
    let strays = context.session.version_strays(&matrix);
    Ok(show(context, &matrix, &strays))
}

fn settle(context: &Context, finish: bool) -> Ending {
    let Some(version) = context.session.settle_versions(finish)? else {
        return Err(Failure { exit: Exit::Refused, what: "no set of a version is half-done".to_owned(), hint: None });
    };
    context.done(&match finish {
        true => format!("finished: {}", context.session.version_matrix_of_work_tree().summary()),
        false => format!("setting {version} is taken back"),
    });
    Ok(Exit::Done)
}

/// The most strays that are printed; `--json` has all.
const STRAYS_SHOWN: usize = 20;

fn show(context: &Context, matrix: &Matrix, strays: &Strays) -> Exit {
    let exit = if matrix.is_ok() { Exit::Done } else { Exit::Refused };
    if context.out.json {
        context.out.document(&document(matrix, strays));
        return exit;
    }
    for row in &matrix.rows {
        context.out.line(format!("{} {}", mark(context, row), safe(&words(row, matrix.expected.as_ref()))));
    }
    let findings = matrix.findings();
    if findings.is_empty() {
        context.out.line(safe(&matrix.summary()));
    }
    if let Some(words) = matrix.heading_words() {
        context.out.line(safe(&words));
    }
    for finding in findings {
        context.out.line(format!("{}  —  {}", safe(&finding.text), finding.role));
    }
    if !matrix.rows.iter().any(|row| row.kind().is_none_or(PlaceKind::is_file)) {
        context.out.hint("name the files in relco.toml, as [[version.file]]");
    }
    show_strays(context, strays);
    exit
}

fn show_strays(context: &Context, strays: &Strays) {
    let Some(old) = strays.said() else { return };
    context.out.line("");
    let count = strays.lines.len() + strays.more;
    context.out.line(match count {
        1 => format!("1 line elsewhere still says {old}:"),
        _ => format!("{count} lines elsewhere still say {old}:"),
    });
    for stray in strays.lines.iter().take(STRAYS_SHOWN) {
        let text = crate::domain::text::fit(stray.text.trim(), 90);
        context.out.line(safe(&format!("  {}:{}  {text}", stray.path, stray.line)));
    }
    if count > STRAYS_SHOWN {
        context.out.line(format!("  {} more", count - STRAYS_SHOWN));
    }
    context.out.hint("relco versions --add PATH:LINE makes one a place, --accept PATH[:LINE] leaves it as it is");
}

fn mark(context: &Context, row: &Row) -> String {
    context.out.state(if row.ok { ItemState::Done } else { ItemState::Failed })
}

fn words(row: &Row, expected: Option<&Version>) -> String {
    match &row.place {
        Ok(place) => {
            let expected = expected.filter(|_| !row.ok).map(|version| format!("  expected {version}"));
            let at = if place.line == 0 { row.path.clone() } else { format!("{}:{}", row.path, place.line) };
            format!("{:<12} {at:<32} {}{}", row.name, place.found, expected.unwrap_or_default())
        }
        Err(why) => format!("{:<12} {:<32} {why}", row.name, row.path),
    }
}

/// The line at which a file does not parse: its reason begins with it.
fn line_of(row: &Row) -> Option<usize> {
    let why = row.place.as_ref().err()?;
    why.strip_prefix(row.path.as_str())?.strip_prefix(':')?.split(':').next()?.parse().ok()
}

fn document(matrix: &Matrix, strays: &Strays) -> serde_json::Value {
    let places: Vec<_> = matrix
        .rows
        .iter()
        .map(|row| {
            let place = row.place.as_ref().ok();
            let line = place.map(|place| place.line).or_else(|| line_of(row)).filter(|line| *line > 0);
            let mut told = json!({
                "path": row.path,
                "line": line,
                "kind": place.map(|place| place.kind.as_str()),
                "found": place.map(|place| place.found.clone()),
                "ok": row.ok,
            });
            if let (Err(why), Some(told)) = (&row.place, told.as_object_mut()) {
                told.insert("reason".to_owned(), json!(why));
            }
            told
        })
        .collect();
    let strays: Vec<_> = strays
        .lines
        .iter()
        .map(|stray| json!({ "path": stray.path, "line": stray.line, "text": stray.text }))
        .collect();
    json!({
        "schema": 1,
        "expected": matrix.expected.as_ref().map(Version::to_string),
        "places": places,
        "strays": strays,
    })
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
        let matrix = session.version_matrix_of_work_tree();
        context.out.line(safe(&matrix.summary()));
        // What the places said until now may stand where no place is known: now is when somebody can mend it.
        show_strays(context, &session.strays_of_set(&plan, &matrix));
    }
    Ok(Exit::Done)
}
