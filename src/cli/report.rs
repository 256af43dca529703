//! `relco report`: the whole record of a release, for people in its forms, for machines as one document.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Context;
use super::args::ReportFormat;
use super::exit::{Ending, Exit};
use super::item::item_document;
use super::metrics;
use super::notify::notice_document;
use super::output::safe;
use super::timeline;
use crate::domain::incident::{DecisionRecord, Incident, Milestone, Severity};
use crate::domain::release::ReleaseState;
use crate::domain::run::Run;
use crate::domain::sheet::SheetField;
use crate::domain::situation::Situation;
use crate::domain::status;
use crate::domain::time::rfc3339;

/// Prints the report.
pub fn run(context: &Context, format: ReportFormat) -> Ending {
    if format == ReportFormat::Json || context.out.json {
        context.out.document(&document(context));
        return Ok(Exit::Done);
    }
    for line in context.session.report().lines() {
        context.out.line(safe(line));
    }
    Ok(Exit::Done)
}

fn document(context: &Context) -> Value {
    let snapshot = context.session.snapshot();
    let sit = snapshot.situation(crate::system::clock::now());
    let release = snapshot.release.as_ref();
    let items: Vec<Value> = super::item::rows(&snapshot).iter().map(item_document).collect();
    let of_release = release.map(|release| release.incidents.as_slice()).unwrap_or_default();
    let incidents: Vec<Value> = of_release.iter().chain(&snapshot.project.incidents).map(incident_document).collect();
    let notices: Vec<Value> =
        release.map(|release| release.notices.iter().map(notice_document).collect()).unwrap_or_default();
    let debts: Vec<Value> = snapshot
        .project
        .debts
        .iter()
        .map(|debt| {
            json!({
                "id": debt.id,
                "text": debt.text,
                "release": debt.release,
                "role": debt.role.as_str(),
                "since": rfc3339(debt.since),
                "paid": time(debt.paid),
            })
        })
        .collect();
    let entries: Vec<Value> = context.session.timeline().iter().map(timeline::document).collect();
    json!({
        "schema": 1,
        "project": snapshot.project_name,
        "release": release.map(|release| release_document(&sit, release)),
        "gates": gates(&sit),
        "items": items,
        "sheet": release.map(sheet_document),
        "runs": release.map(|release| release.runs.iter().map(|run| run_document(release, run)).collect::<Vec<_>>()),
        "incidents": incidents,
        "notices": notices,
        "notes": context.session.written_notes(),
        "metrics": metrics::documents(&context.session.metrics()),
        "debts": debts,
        "entries": entries,
    })
}

fn time(at: Option<Timestamp>) -> Option<String> {
    at.map(rfc3339)
}

fn release_document(sit: &Situation<'_>, release: &ReleaseState) -> Value {
    let ready = crate::domain::readiness::blockers(sit).is_empty();
    let waivers: Vec<Value> = release
        .waivers
        .iter()
        .map(|(id, waiver)| json!({ "id": id, "reason": waiver.reason, "by": waiver.by, "at": rfc3339(waiver.at) }))
        .collect();
    json!({
        "version": release.version,
        "type": release.kind().name(),
        "base": release.base,
        "reason": release.reason,
        "candidate": release.commit(),
        "plan": release.candidate.as_ref().map(|candidate| candidate.plan_hash.as_str()),
        "tag": release.tag.as_ref().map(|(tag, _)| tag),
        "captain": release.captain,
        "phase": release.phase(ready).name(),
        "started": time(release.started),
        "ended": time(release.ended.map(|(at, _)| at)),
        "waived": waivers,
    })
}

fn gates(sit: &Situation<'_>) -> Vec<Value> {
    let gate = |row: status::GateRow| {
        json!({
            "id": row.id.as_str(),
            "title": row.title,
            "role": row.role.as_str(),
            "verdict": if row.not_applicable.is_some() { "not applicable" } else { row.verdict.name() },
            "by": row.by,
            "at": time(row.at),
            "evidence": row.not_applicable.or(row.void).unwrap_or(row.evidence),
        })
    };
    status::gates(sit).into_iter().map(gate).collect()
}

fn sheet_document(release: &ReleaseState) -> Value {
    let fields: serde_json::Map<String, Value> =
        SheetField::ALL.iter().map(|field| (field.slug(), json!(release.sheet.get(*field)))).collect();
    let agreements: Vec<Value> = release
        .sheet
        .agreements
        .iter()
        .map(|(role, agreement)| {
            json!({
                "role": role.as_str(),
                "by": agreement.by,
                "at": rfc3339(agreement.at),
                "digest": agreement.digest,
            })
        })
        .collect();
    json!({ "fields": fields, "agreements": agreements })
}

fn run_document(release: &ReleaseState, run: &Run) -> Value {
    let attempts: Vec<Value> = run
        .sequence
        .iter()
        .flat_map(|slot| release.attempts_of(&run.id, &slot.id))
        .map(|attempt| {
            json!({
                "id": attempt.id.as_str(),
                "item": attempt.slot.as_str(),
                "number": attempt.number,
                "command": attempt.argv,
                "started": time(attempt.started),
                "ended": time(attempt.ended),
                "outcome": attempt.outcome.as_ref().map(|outcome| outcome.words()),
                "log_lines": attempt.log_lines,
            })
        })
        .collect();
    json!({
        "id": run.id.as_str(),
        "purpose": run.purpose.name(),
        "environment": run.env.as_str(),
        "of": run.of.as_ref().map(|of| of.as_str()),
        "from": run.from,
        "to": run.to,
        "candidate": run.commit,
        "started": rfc3339(run.started),
        "ended": time(run.ended.map(|(at, _)| at)),
        "outcome": run.ended.map(|(_, outcome)| outcome.name()),
        "attempts": attempts,
    })
}

/// An incident for machines.
pub fn incident_document(incident: &Incident) -> Value {
    let decision = |one: &DecisionRecord| {
        json!({
            "decision": one.decision.name(),
            "reason": one.reason,
            "by": one.by,
            "at": rfc3339(one.at),
            "until": time(one.until),
            "next": one.next,
            "objected": one.objected,
            "over": time(one.over),
        })
    };
    let severity =
        |(at, severity): &(jiff::Timestamp, Severity)| json!({ "severity": severity.name(), "at": rfc3339(*at) });
    json!({
        "id": incident.id.as_str(),
        "severity": incident.severity.name(),
        "judged": incident.judged,
        "severities": incident.severities.iter().map(severity).collect::<Vec<_>>(),
        "status": incident.status.name(),
        "what": incident.what,
        "environment": incident.env.as_ref().map(|env| env.as_str()),
        "run": incident.run.as_ref().map(|run| run.as_str()),
        "attempt": incident.attempt.as_ref().map(|attempt| attempt.as_str()),
        "opened": rfc3339(incident.opened),
        "resolved": time(incident.resolved),
        "closed": time(incident.closed),
        "impact": impact_document(incident),
        "decisions": incident.decisions.iter().map(decision).collect::<Vec<_>>(),
        "roles": incident.roles.iter().map(|one| json!({
            "role": one.role.name(),
            "person": one.person,
            "act": one.act.name(),
            "by": one.by,
            "at": rfc3339(one.at),
        })).collect::<Vec<_>>(),
        "updates": incident.updates.iter().map(|one| json!({
            "text": one.text,
            "next": time(one.next),
            "by": one.by,
            "at": rfc3339(one.at),
        })).collect::<Vec<_>>(),
        "snoozes": incident.snoozes.iter().map(|one| json!({
            "until": rfc3339(one.until),
            "reason": one.reason,
            "by": one.by,
            "at": rfc3339(one.at),
        })).collect::<Vec<_>>(),
        "unclear": incident.oddities(),
        "root_cause": incident.root_cause,
        "prevention": incident.prevention,
        "log_tail": incident.log_tail,
    })
}

fn impact_document(incident: &Incident) -> Value {
    let impact = &incident.impact;
    json!({
        "started": time(incident.moment(Milestone::Started)),
        "detected": time(incident.moment(Milestone::Detected)),
        "declared": time(incident.moment(Milestone::Declared)),
        "mitigated": time(incident.moment(Milestone::Mitigated)),
        "ended": time(incident.moment(Milestone::Ended)),
        "about": impact.rough.iter().map(|one| one.name()).collect::<Vec<_>>(),
        "extent": impact.present_extent().map(|extent| extent.name()),
        "spans": impact.spans().iter().map(|span| json!({
            "extent": span.extent.map(|extent| extent.name()),
            "from": time(span.from),
            "to": time(span.to),
        })).collect::<Vec<_>>(),
        "affected": impact.affected,
    })
}
