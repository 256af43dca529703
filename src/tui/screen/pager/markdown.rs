//! relco's own Markdown forms, styled for reading: headings, boxes, tables, bold, code.
//!
//! No general Markdown: what is not recognised stays as it is written. Enter at [`markdown`].

use super::PagerLine;
use crate::tui::glyphs::{Glyphs, State};
use crate::tui::paint;
use crate::tui::screen::words;
use crate::tui::theme::Role;

/// The text as lines of a pager.
pub fn markdown(text: &str, glyphs: &Glyphs) -> Vec<PagerLine> {
    let mut lines = Vec::new();
    let mut table: Vec<Vec<String>> = Vec::new();
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        let trimmed = line.trim_start();
        if let Some(mark) = fence {
            if trimmed.starts_with(mark) {
                fence = None;
            } else {
                lines.push(PagerLine::plain(format!("  {line}")).whole());
            }
            continue;
        }
        if trimmed.starts_with('|') {
            table.push(cells(trimmed));
            continue;
        }
        lines.extend(flush(&mut table, glyphs));
        fence = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark));
        if fence.is_none() {
            lines.push(of_line(line, glyphs));
        }
    }
    lines.extend(flush(&mut table, glyphs));
    lines
}

fn of_line(line: &str, glyphs: &Glyphs) -> PagerLine {
    let level = line.chars().take_while(|c| *c == '#').count();
    if level > 0
        && let Some(title) = line.get(level..).and_then(|rest| rest.strip_prefix(' '))
    {
        let role = if level <= 2 { Role::Focus } else { Role::Next };
        return PagerLine::new(unescape(title), role);
    }
    let indent = line.len() - line.trim_start().len();
    let (bullet, rest) = bullet(line.get(indent..).unwrap_or(""));
    let mut spans = vec![(format!("{}{bullet}", " ".repeat(indent)), Role::Dim)];
    let rest = match checkbox(rest) {
        Some((state, rest)) => {
            spans.push((format!("{} ", glyphs.state(state)), state.role()));
            rest
        }
        None => rest,
    };
    let hang = spans.iter().map(|(text, _)| paint::width(text)).sum();
    spans.extend(inline(rest));
    spans.retain(|(text, _)| !text.is_empty());
    PagerLine { spans, hang, ..PagerLine::default() }
}

/// A list's bullet or number, with its blank.
fn bullet(line: &str) -> (&str, &str) {
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    let length = match line.get(digits..) {
        Some(rest) if digits == 0 && (rest.starts_with("- ") || rest.starts_with("* ")) => 2,
        Some(rest) if digits > 0 && rest.starts_with(". ") => digits + 2,
        _ => 0,
    };
    line.split_at_checked(length).unwrap_or(("", line))
}

/// `[x]` and `[ ]`; what the words behind it say about the state wins over the empty box.
fn checkbox(line: &str) -> Option<(State, &str)> {
    if let Some(rest) = line.strip_prefix("[x] ") {
        return Some((State::Done, rest));
    }
    let rest = line.strip_prefix("[ ] ")?;
    let said = |word: &str| rest.split(" - ").skip(1).any(|part| part.starts_with(word));
    let states = [
        ("failed", State::Failed),
        ("FAILED", State::Failed),
        ("skipped", State::Skipped),
        ("waived", State::Waived),
        ("WAIVED", State::Waived),
        ("unknown", State::Unknown),
        ("not applicable", State::NotApplicable),
    ];
    let state = states.into_iter().find(|(word, _)| said(word)).map_or(State::Open, |(_, state)| state);
    Some((state, rest))
}

/// Bold and code, without their marks; backslashes before marks are taken off.
fn inline(text: &str) -> Vec<(String, Role)> {
    let mut spans = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['*', '`']) {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let escaped = before.ends_with('\\');
        let mark = if from.starts_with("**") { "**" } else { "`" };
        let inside = from.strip_prefix(mark).and_then(|inside| inside.split_once(mark));
        match inside {
            Some((inside, after)) if !escaped && !inside.is_empty() => {
                spans.push((unescape(before), Role::Text));
                spans.push((if mark == "**" { unescape(inside) } else { inside.to_owned() }, Role::Next));
                rest = after;
            }
            _ => {
                // A mark that means nothing is text like any other.
                let (text, after) = rest.split_at_checked(at + 1).unwrap_or((rest, ""));
                spans.push((unescape(text), Role::Text));
                rest = after;
            }
        }
    }
    spans.push((unescape(rest), Role::Text));
    spans
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        // Only what relco's own forms escape: a path with backslashes stays a path.
        let escapes = c == '\\' && chars.peek().is_some_and(|next| "<[]|#*`".contains(*next));
        if !escapes {
            out.push(c);
        }
    }
    out
}

fn cells(row: &str) -> Vec<String> {
    let inside = row.trim().trim_start_matches('|');
    let mut cells = vec![String::new()];
    let mut escaped = false;
    for c in inside.chars() {
        match c {
            '|' if !escaped => cells.push(String::new()),
            c => {
                if let Some(cell) = cells.last_mut() {
                    cell.push(c);
                }
            }
        }
        escaped = c == '\\' && !escaped;
    }
    // The bar at the end opens no further cell.
    if cells.last().is_some_and(|cell| cell.trim().is_empty()) {
        cells.pop();
    }
    cells.into_iter().map(|cell| cell.trim().to_owned()).collect()
}

fn is_rule(cells: &[String]) -> bool {
    !cells.is_empty() && cells.iter().all(|cell| cell.len() >= 3 && cell.chars().all(|c| c == '-' || c == ':'))
}

/// The table that ended here, its columns aligned.
fn flush(table: &mut Vec<Vec<String>>, glyphs: &Glyphs) -> Vec<PagerLine> {
    let rows = std::mem::take(table);
    let headed = rows.get(1).is_some_and(|second| is_rule(second));
    let shown: Vec<Vec<String>> = rows
        .iter()
        .filter(|row| !is_rule(row))
        .map(|row| row.iter().map(|cell| words::clean(&plain_cell(cell), glyphs)).collect())
        .collect();
    let columns = shown.iter().map(Vec::len).max().unwrap_or(0);
    let width_of = |column: usize| {
        let cells = shown.iter().filter_map(|row| row.get(column));
        cells.map(|cell| paint::width(cell)).max().unwrap_or(0)
    };
    let widths: Vec<u16> = (0..columns).map(width_of).collect();
    let mut lines = Vec::new();
    for (at, row) in shown.iter().enumerate() {
        let mut text = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let blanks = usize::from(width.saturating_sub(paint::width(cell))) + 2;
            text.push_str(cell);
            text.push_str(&" ".repeat(blanks));
        }
        let role = if headed && at == 0 { Role::Next } else { Role::Text };
        let cells = row.iter().cloned().zip(widths.iter().copied()).collect();
        lines.push(PagerLine { cells, ..PagerLine::new(text.trim_end(), role).whole() });
        if headed && at == 0 {
            let all: usize = widths.iter().map(|width| usize::from(*width) + 2).sum();
            lines.push(PagerLine::new(glyphs.horizontal.repeat(all.saturating_sub(2)), Role::Rule).whole());
        }
    }
    lines
}

fn plain_cell(cell: &str) -> String {
    inline(cell).into_iter().map(|(text, _)| text).collect()
}
