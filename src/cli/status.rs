//! `relco status`: can we release now; if not, who must do what. Runs no command of the project.

use serde_json::json;

use super::Context;
use super::exit::Exit;
use super::output::safe;
use crate::domain::incident::{Incident, Milestone, Status, cadence};
use crate::domain::readiness::{Blocker, abandon_blockers, warnings};
use crate::domain::release::{Phase, ReleaseState};
use crate::domain::situation::Situation;
use crate::domain::status::changes_block;
use crate::domain::time::clock;
use crate::domain::trouble::{beside_troubles, proposals, troubles};
use crate::session::Snapshot;

/// How many findings of one item are listed: a changelog that was never kept has thousands.
const LISTED_MAX: usize = 20;

/// Prints the status; done when nothing is missing before production.
pub fn run(context: &Context, short: bool) -> Exit {
    let snapshot = context.session.snapshot();
    let now = crate::system::clock::now();
    let sit = snapshot.situation(now);
    // What went wrong stands before what is still missing.
    let troubles = troubles(&sit);
    let missing = snapshot.blockers(now);
    let ready = snapshot.release.is_some() && troubles.is_empty() && missing.is_empty();
    let missing = beside_troubles(&sit, &troubles, missing);
    let exit = if ready { Exit::Done } else { Exit::Refused };
    if context.out.json {
        let blockers: Vec<Blocker> = troubles.into_iter().chain(missing).collect();
        context.out.document(&document(&snapshot, &sit, ready, &blockers));
        return exit;
    }
    let headline = headline(&snapshot, &sit, troubles.len(), missing.len());
    let blockers: Vec<Blocker> = troubles.into_iter().chain(missing).collect();
    if short {
        context.out.line(safe(&headline));
        return exit;
    }
    context.out.line(safe(&live_line(&sit)));
    context.out.line(context.out.bold(&safe(&headline)));
    // Without a release the headline says what is missing, and the last line what to do.
    let listed = if snapshot.release.is_some() { blockers.as_slice() } else { &[] };
    for of_one in listed.chunk_by(|one, next| one.id == next.id) {
        for blocker in of_one.iter().take(LISTED_MAX) {
            let line = format!("  {}  —  {}: {}", safe(&blocker.what), blocker.role, safe(&blocker.next));
            context.out.line(line);
        }
        if let Some(more) = more(of_one.len()) {
            context.out.line(more);
        }
    }
    for line in notes(&snapshot, &sit).into_iter().chain(context.session.doubt()) {
        context.out.line(safe(&line));
    }
    exit
}

/// The line that stands for the findings of an item that are not listed.
fn more(found: usize) -> Option<String> {
    found.checked_sub(LISTED_MAX).filter(|more| *more > 0).map(|more| format!("  … and {more} more of these"))
}

/// What is live where: the first line.
pub fn live_line(sit: &Situation<'_>) -> String {
    let parts: Vec<String> =
        sit.plan.environments.iter().rev().map(|env| format!("{} {}", env.name, sit.live_words(&env.name))).collect();
    format!("live: {}", parts.join(" · "))
}

fn headline(snapshot: &Snapshot, sit: &Situation<'_>, troubles: usize, missing: usize) -> String {
    let Some(release) = &snapshot.release else {
        return format!("{}: no release is open", snapshot.project_name);
    };
    let ready = troubles == 0 && missing == 0;
    let phase = release.phase(ready);
    let base = release.base.as_ref().map(|base| format!(" ← {base}")).unwrap_or_default();
    let was = if release.after_complete().is_some() { ", was complete" } else { "" };
    let what = format!("{} {}{base} {}  {phase}{was}", snapshot.project_name, release.version, release.kind());
    let run = release.any_open_run().map(|run| {
        let at = run.next().map(|slot| format!(" at {}", slot.id)).unwrap_or_default();
        format!("  {} in {}{at}", run.purpose, run.env)
    });
    let incident = release.open_incident().map(|one| format!("  ‖ {} {} {}", one.id, one.severity, one.status));
    // While a run is under way, what it waits for matters; what production would ask for was asked already.
    let under_way = release.any_open_run().is_some_and(|run| sit.plan.is_production(&run.env));
    let tail = if proposals(release).next().is_some() && release.is_open() {
        "  rollback proposed".to_owned()
    } else if troubles > 0 {
        "  needs a person".to_owned()
    } else if !release.is_open() || under_way {
        String::new()
    } else if ready {
        "  ready".to_owned()
    } else {
        format!("  not ready: {missing} {}", if missing == 1 { "blocker" } else { "blockers" })
    };
    format!("{what}{}{}{tail}", run.unwrap_or_default(), incident.unwrap_or_default())
}

fn notes(snapshot: &Snapshot, sit: &Situation<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(broken) = &snapshot.config_broken {
        notes.push(format!("the configuration is broken, the frozen plan holds: {broken}"));
    }
    if sit.observed.shallow {
        notes.push("the clone is shallow: what was merged may be incomplete (git fetch --unshallow --tags)".to_owned());
    }
    match &sit.observed.head {
        None => notes.push("the repository has no commits yet".to_owned()),
        Some(head) if head.branch.is_none() => {
            notes.push(format!("HEAD is at {}, on no branch", head.commit.get(..7).unwrap_or(&head.commit)));
        }
        Some(_) => {}
    }
    if sit.observed.tags.is_empty() {
        notes.push(format!("no tag looks like {}: this counts as the first release", sit.plan.tag));
    }
    // A blocker says it already where it stands in the way.
    if !sit.observed.dirty.is_empty() && !changes_block(sit) {
        notes.push(format!("tracked files have changes that are in no commit: {}", sit.observed.dirty.join(", ")));
    }
    notes.extend(warnings(sit).iter().map(|one| format!("{}  —  {}: {}", one.what, one.role, one.next)));
    if snapshot.release.is_none() {
        for row in crate::domain::status::pre_release(sit).into_iter().filter(|row| row.by.is_some()) {
            notes.push(format!("{}: {}", row.title, row.evidence));
            notes.extend(row.findings.iter().take(LISTED_MAX).map(|(text, role)| format!("  {text}  —  {role}")));
            notes.extend(more(row.findings.len()));
        }
        notes.push("start one: relco release start minor".to_owned());
    }
    for debt in snapshot.project.debts.iter().filter(|debt| debt.paid.is_none()) {
        notes.push(format!("debt {}: {}  —  {}", debt.id, debt.text, debt.role));
    }
    for one in snapshot.project.followups.iter().filter(|one| one.is_open()) {
        notes.push(format!("follow-up {}: {}", one.id, one.words()));
    }
    let taken_back = |release: &ReleaseState| release.is_open() && release.phase(false) == Phase::RolledBack;
    if snapshot.release.as_ref().is_some_and(taken_back) {
        let end = abandon_blockers(sit);
        notes.extend(end.iter().map(|one| format!("before it ends: {}  —  {}: {}", one.what, one.role, one.next)));
    }
    let of_release = snapshot.release.iter().flat_map(|release| &release.incidents);
    for incident in of_release.chain(&snapshot.project.incidents) {
        notes.extend(of_incident(incident, sit));
    }
    notes
}

/// What an incident wants of somebody: a message, another look at a decision, the end of its impact.
fn of_incident(incident: &Incident, sit: &Situation<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    if incident.overdue_decision(sit.now).is_some() {
        notes.push(format!("{}: the time of the decision is over  —  relco incident decide", incident.id));
    }
    match cadence::due(incident, &sit.plan.cadence) {
        Some(due) if due <= sit.now => {
            notes.push(format!("{}: people want to hear how it stands  —  relco incident update --send", incident.id));
        }
        Some(due) => notes.push(format!("{}: the next message is due at {}", incident.id, clock(due, sit.zone))),
        None => {}
    }
    let resolved = incident.status == Status::Resolved;
    if resolved && incident.impact.ended.is_none() && !incident.impact.unknown.contains(&Milestone::Ended) {
        notes.push(format!("{}: when the impact ended is unknown  —  relco incident impact --ended TIME", incident.id));
    }
    notes
}

fn document(snapshot: &Snapshot, sit: &Situation<'_>, ready: bool, blockers: &[Blocker]) -> serde_json::Value {
    let release = snapshot.release.as_ref().map(|release| {
        json!({
            "version": release.version,
            "type": release.kind().name(),
            "base": release.base,
            "candidate": release.commit(),
            "phase": release.phase(ready).name(),
            "environment": release.any_open_run().map(|run| run.env.to_string()),
        })
    });
    let blockers: Vec<_> = blockers
        .iter()
        .map(|one| json!({ "id": one.id, "what": one.what, "role": one.role.to_string(), "next": one.next }))
        .collect();
    let warnings: Vec<_> = warnings(sit)
        .iter()
        .map(|one| json!({ "what": one.what, "role": one.role.to_string(), "next": one.next }))
        .collect();
    let live: serde_json::Map<String, serde_json::Value> = sit
        .plan
        .environments
        .iter()
        .map(|env| (env.name.to_string(), json!(sit.project.live_version(&env.name))))
        .collect();
    let environments = sit.plan.environments.iter();
    let changing: serde_json::Map<String, serde_json::Value> =
        environments.filter_map(|env| Some((env.name.to_string(), json!(sit.changing(&env.name)?.to)))).collect();
    json!({
        "schema": 1,
        "project": snapshot.project_name,
        "release": release,
        "ready": ready,
        "blockers": blockers,
        "warnings": warnings,
        "live": live,
        "changing": changing,
        "followups": snapshot.project.followups.iter().filter(|one| one.is_open()).map(|one| one.id.clone()).collect::<Vec<_>>(),
    })
}
