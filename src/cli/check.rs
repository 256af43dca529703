//! `relco check`: the automatic checks again. The only command beside a run that runs commands of the project.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;

use super::Context;
use super::exit::{Ending, Exit, Failure};
use super::output::safe;
use crate::domain::id::Role;
use crate::domain::item::ItemState;
use crate::domain::status;
use crate::session::{Checked, ChecksAsked};

/// How long one look at checks that run may take before the next.
const LOOK: Duration = Duration::from_millis(250);

/// What a check came to.
struct Line {
    id: String,
    title: String,
    role: Role,
    state: ItemState,
    evidence: String,
    findings: Vec<(String, Role)>,
}

/// Checks again and says what was found; done when all of it holds.
pub fn run(context: &mut Context, ids: &[String], again: bool) -> Ending {
    // Heard before the first check starts: one that relco left behind could not be stopped any more.
    let stop = Arc::new(AtomicBool::new(false));
    let hook = signal_hook::flag::register(signal_hook::consts::SIGINT, Arc::clone(&stop)).ok();
    let asked = context.session.checks_again(ids, again)?;
    let unfinished = finish(context, &stop)?;
    if let Some(hook) = hook {
        signal_hook::low_level::unregister(hook);
    }
    if unfinished > 0 {
        let what = if unfinished == 1 { "1 check".to_owned() } else { format!("{unfinished} checks") };
        context.out.warn(&format!("stopped: {what} said nothing"));
    }
    let lines = lines(context, &asked);
    let all_hold = lines.iter().all(|line| line.state == ItemState::Done);
    let exit = if all_hold && asked.held_back.is_none() && unfinished == 0 { Exit::Done } else { Exit::Refused };
    if context.out.json {
        context.out.document(&document(&lines, &asked, exit == Exit::Done));
        return Ok(exit);
    }
    for line in &lines {
        let evidence = if line.evidence.is_empty() { String::new() } else { format!("  {}", line.evidence) };
        let text = safe(&format!("{:<20} {}  {}{evidence}", line.id, line.title, line.state));
        context.out.line(format!("{} {text}", context.out.state(line.state)));
        for (finding, role) in &line.findings {
            context.out.line(format!("    {}  —  {role}", safe(finding)));
        }
    }
    for (id, why) in &asked.left_out {
        context.out.line(safe(&format!("  {id}  not run: {why}")));
    }
    if let Some(refusal) = &asked.held_back {
        context.out.warn(&format!("the project's checks were not run: {refusal}"));
        if let Some(next) = &refusal.next {
            context.out.hint(next);
        }
    }
    Ok(exit)
}

/// Waits for the checks that run, and says how far they are where somebody looks on. Ctrl-C stops them all; answers
/// how many said nothing then.
fn finish(context: &mut Context, stop: &AtomicBool) -> Result<usize, Failure> {
    let shows = std::io::stderr().is_terminal() && !context.out.json;
    let all = context.session.checks_left();
    let (mut said, mut unfinished) = (None, 0);
    while context.session.has_jobs() {
        if stop.swap(false, Ordering::Relaxed) {
            unfinished = context.session.jobs_left();
            context.session.stop_checks();
        }
        for warning in &context.session.pump(LOOK)?.warnings {
            context.out.warn(warning);
        }
        let snapshot = context.session.snapshot();
        let running = snapshot.observed.checking.iter().filter(|(_, since)| since.is_some());
        let running: Vec<&str> = running.map(|(id, _)| id.as_str()).collect();
        let done = all - snapshot.observed.checking.len().min(all);
        let words = format!("  {done} of {all} checks done; running: {}", running.join(", "));
        if shows && !running.is_empty() && said.as_ref() != Some(&words) {
            eprintln!("{}", safe(&words));
            said = Some(words);
        }
    }
    Ok(unfinished)
}

fn lines(context: &Context, asked: &ChecksAsked) -> Vec<Line> {
    let snapshot = context.session.snapshot();
    let sit = snapshot.situation(crate::system::clock::now());
    let (items, gates) = (status::pre_release(&sit), status::gates(&sit));
    asked
        .asked
        .iter()
        .filter_map(|one| match one {
            Checked::Own(id) | Checked::Item(id) => {
                let Some(row) = items.iter().find(|row| row.id == *id) else {
                    return bare(&sit, id.as_str());
                };
                Some(Line {
                    id: row.id.to_string(),
                    title: row.title.clone(),
                    role: row.role.clone(),
                    state: row.state,
                    evidence: row.evidence.clone(),
                    findings: row.findings.clone(),
                })
            }
            Checked::Gate(id) => gates.iter().find(|row| row.id == *id).map(|row| Line {
                id: format!("gate:{}", row.id),
                title: row.title.clone(),
                role: row.role.clone(),
                state: row.verdict.as_item_state(),
                evidence: row.void.clone().unwrap_or_else(|| row.evidence.clone()),
                findings: Vec::new(),
            }),
        })
        .collect()
}

/// One of relco's own checks, in a plan that has no item for it.
fn bare(sit: &crate::domain::situation::Situation<'_>, name: &str) -> Option<Line> {
    use crate::domain::event::CheckVerdict;
    let result = status::check_result(sit, name)?;
    Some(Line {
        id: name.to_owned(),
        title: name.to_owned(),
        role: Role::from(Role::RELEASE_MANAGER),
        state: match result.verdict {
            CheckVerdict::Ok => ItemState::Done,
            CheckVerdict::Bad => ItemState::Failed,
            CheckVerdict::Unknown => ItemState::Open,
        },
        evidence: result.summary.clone(),
        findings: result.findings.iter().map(|one| (one.text.clone(), one.role.clone())).collect(),
    })
}

fn document(lines: &[Line], asked: &ChecksAsked, ok: bool) -> serde_json::Value {
    let checks: Vec<_> = lines
        .iter()
        .map(|line| {
            let findings: Vec<_> =
                line.findings.iter().map(|(text, role)| json!({ "text": text, "role": role.as_str() })).collect();
            json!({
                "id": line.id,
                "title": line.title,
                "role": line.role.as_str(),
                "state": line.state.name(),
                "evidence": line.evidence,
                "findings": findings,
            })
        })
        .collect();
    let left_out: Vec<_> = asked.left_out.iter().map(|(id, why)| json!({ "id": id, "why": why })).collect();
    json!({
        "schema": 1,
        "ok": ok,
        "checks": checks,
        "left_out": left_out,
        "held_back": asked.held_back.as_ref().map(|refusal| refusal.what.clone()),
    })
}
