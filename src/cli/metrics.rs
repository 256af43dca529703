//! `relco metrics`: the four release metrics, each with its counts, its interval and how it is counted.

use serde_json::json;

use super::Context;
use super::exit::Exit;
use super::output::safe;
use crate::domain::duration::clock;
use crate::domain::metrics::{AttemptLine, MetricRow, WindowMetrics};
use crate::domain::time::date_and_time;

/// Prints the metrics of both windows; for machines those of the first.
pub fn run(context: &Context) -> Exit {
    let windows = context.session.metrics();
    if context.out.json {
        context.out.document(&json!({ "schema": 1, "metrics": documents(&windows) }));
        return Exit::Done;
    }
    for window in &windows {
        context.out.line(context.out.bold(&window.window.words()));
        for line in table(&window.rows) {
            context.out.line(safe(&line));
        }
    }
    let Some(first) = windows.first() else { return Exit::Done };
    let zone = context.session.snapshot().zone;
    context.out.line(context.out.bold("attempts"));
    if first.attempts.is_empty() {
        context.out.line("  none yet");
    }
    for attempt in &first.attempts {
        let started = date_and_time(attempt.started_at, &zone);
        context.out.line(safe(&format!("  {started}  {}", attempt_words(attempt))));
    }
    context.out.line(context.out.bold("how they are counted"));
    for row in &first.rows {
        context.out.line(safe(&format!("  {}: {}", row.title, row.definition)));
    }
    context.out.line(
        "  intervals are 95 % Wilson score intervals; met and missed are said only when the whole interval is on one side",
    );
    Exit::Done
}

/// The rows of a window for machines: the first one is the one that a script is told about.
pub fn documents(windows: &[WindowMetrics]) -> Vec<serde_json::Value> {
    let rows = windows.first().map(|window| window.rows.as_slice()).unwrap_or_default();
    let document = |row: &MetricRow| {
        json!({
            "id": row.id,
            "value": row.value,
            "k": row.k,
            "n": row.n,
            "low": row.low,
            "high": row.high,
            "target": row.target.words(),
            "verdict": row.verdict.words(),
        })
    };
    rows.iter().map(document).collect()
}

/// The rows as aligned columns: title, value, counts, interval, target, verdict; what was left out below.
fn table(rows: &[MetricRow]) -> Vec<String> {
    let cells: Vec<[String; 6]> = rows
        .iter()
        .map(|row| {
            [
                row.title.to_owned(),
                row.value_words(),
                row.counts_words(),
                row.interval_words().unwrap_or_else(|| "–".to_owned()),
                row.target.words(),
                row.verdict.words().to_owned(),
            ]
        })
        .collect();
    let widths: Vec<usize> = (0..6)
        .map(|column| {
            cells.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let mut lines = Vec::new();
    for (row, cells) in rows.iter().zip(&cells) {
        let columns: Vec<String> = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        lines.push(format!("  {}", columns.join("  ").trim_end()));
        lines.extend(row.remarks.iter().map(|remark| format!("      {remark}")));
    }
    lines
}

fn attempt_words(attempt: &AttemptLine) -> String {
    let took = attempt.took.map(|took| format!("  {}", clock(took.total))).unwrap_or_default();
    let repairs = attempt.repairs.as_ref().map(|repaired| format!(", repairs {repaired}")).unwrap_or_default();
    format!("{} {}  {}{repairs}{took}", attempt.version, attempt.run, attempt.standing.words())
}
