//! The whole record of a release in one Markdown text: every form in its present state, notices, notes, metrics,
//! debts and the timeline.
//!
//! Enter at [`report`]. Without a release it is the project's own record: its incidents, metrics, debts and timeline.

use super::{checklist, deployment, fact, fact_at, incident_report, procedure, rollback_run, sheet};
use crate::domain::forms::{Fact, cell, inline, moment, notes_with_heading, render_metrics};
use crate::domain::metrics::WindowMetrics;
use crate::domain::plan::List;
use crate::domain::project::Debt;
use crate::domain::release::{Phase, ReleaseState};
use crate::domain::run::{Run, RunPurpose};
use crate::domain::situation::Situation;
use crate::domain::timeline::Entry;

/// What a report needs beside the state.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Papers {
    /// The timeline of the journal that the report is about.
    pub entries: Vec<Entry>,
    /// The timeline of the project's journal, for the incidents that stand in it.
    pub project_entries: Vec<Entry>,
    /// The release notes as they were written.
    pub notes: Option<String>,
    /// The metrics over all releases on record.
    pub windows: Vec<WindowMetrics>,
    /// Who wrote in the record, and how each identity was known.
    pub recorders: Vec<(String, String)>,
}

/// The whole record in Markdown, times in the situation's zone.
pub fn report(sit: &Situation<'_>, papers: &Papers) -> String {
    let mut sections = Vec::new();
    if sit.observed.drill {
        sections.push(super::trouble::DRILL.to_owned());
    }
    match sit.release {
        Some(release) => {
            sections.push(header(sit, release, papers));
            sections.push(checklist(sit).render(sit.zone));
            sections.push(sheet(sit).render(sit.zone));
            sections.extend(runs(sit, release));
            let incidents = release.incidents.iter().map(|one| incident_report(sit, one, &papers.entries));
            sections.extend(incidents);
            sections.push(notices(sit, release));
            sections.push(notes_with_heading(&release.version, papers.notes.as_deref().unwrap_or_default()));
        }
        None => {
            sections.push(format!("# {}: no release on record\n", inline(&sit.plan.project)));
            let incidents = sit.project.incidents.iter();
            sections.extend(incidents.map(|one| incident_report(sit, one, &papers.project_entries)));
        }
    }
    sections.push(render_metrics(&papers.windows, sit.zone));
    sections.push(debts(sit));
    sections.push(timeline(sit, if sit.release.is_some() { &papers.entries } else { &papers.project_entries }));
    sections.join("\n")
}

fn bullets(facts: &[Fact]) -> String {
    facts.iter().map(|fact| format!("- {}: {}\n", inline(&fact.name), inline(&fact.value))).collect()
}

/// The state, and that a release that was complete is so no more.
fn state_words(release: &ReleaseState, phase: Phase) -> String {
    let was = if release.after_complete().is_some() { "; it was complete" } else { "" };
    format!("{phase}{was}")
}

fn header(sit: &Situation<'_>, release: &ReleaseState, papers: &Papers) -> String {
    let phase = release.phase(crate::domain::readiness::blockers(sit).is_empty());
    let mut facts = vec![fact("Type", release.kind().name()), fact("State", state_words(release, phase))];
    facts.push(fact("Compared with", release.base.as_deref().unwrap_or("nothing: the first release")));
    facts.extend(release.reason.as_ref().map(|reason| fact("What it is for", reason.as_str())));
    let branch = release.candidate.as_ref().and_then(|candidate| candidate.branch.as_ref());
    let branch = branch.map(|branch| format!(" on {branch}")).unwrap_or_default();
    facts.extend(release.commit().map(|commit| fact("Candidate", format!("{commit}{branch}"))));
    facts.extend(release.candidate.as_ref().map(|candidate| fact("Plan", candidate.plan_hash.as_str())));
    facts.extend(release.tag.as_ref().map(|(tag, commit)| fact("Tag", format!("{tag} on {commit}"))));
    facts.push(fact("Captain", release.captain.as_str()));
    facts.extend(release.started.map(|at| fact_at("Started", at, sit.zone)));
    facts.extend(
        release
            .ended
            .map(|(at, phase)| fact_at(if phase.name() == "complete" { "Completed" } else { "Ended" }, at, sit.zone)),
    );
    for env in sit.plan.environments.iter().rev() {
        facts.push(fact(&format!("Live in {}", env.name), sit.live_words(&env.name)));
    }
    let recorders: Vec<String> =
        papers.recorders.iter().map(|(actor, via)| format!("{actor} (known by {via})")).collect();
    if !recorders.is_empty() {
        facts.push(fact("Recorded by", recorders.join(", ")));
    }
    let mut text = format!("# {} {}\n\n{}", inline(&sit.plan.project), inline(&release.version), bullets(&facts));
    if !release.waivers.is_empty() {
        text.push_str("\n### Accepted without holding\n");
        for (blocker, waiver) in &release.waivers {
            let when = moment(waiver.at, sit.zone);
            let (blocker, by, reason) = (inline(blocker), inline(&waiver.by), inline(&waiver.reason));
            text.push_str(&format!("- {blocker} ({by}, {when}; {reason})\n"));
        }
    }
    text
}

/// Every run in the order in which they began; the procedure stands for a rollback that nobody needed.
fn runs(sit: &Situation<'_>, release: &ReleaseState) -> Vec<String> {
    let mut sections: Vec<String> = release.runs.iter().flat_map(|run| of_run(sit, run)).collect();
    if !release.runs.iter().any(|run| run.purpose == RunPurpose::Rollback) {
        sections.push(procedure(sit).render(sit.zone));
    }
    sections
}

fn of_run(sit: &Situation<'_>, run: &Run) -> Vec<String> {
    let rolls_back = run.sequence.iter().any(|slot| slot.list == List::Rollback);
    match run.purpose {
        RunPurpose::Rollback => vec![rollback_run(sit, run).render(sit.zone)],
        RunPurpose::Rehearsal if rolls_back => {
            vec![deployment(sit, run).render(sit.zone), rollback_run(sit, run).render(sit.zone)]
        }
        RunPurpose::Deployment | RunPurpose::Rehearsal => vec![deployment(sit, run).render(sit.zone)],
    }
}

fn notices(sit: &Situation<'_>, release: &ReleaseState) -> String {
    let mut text = "## Notices\n\n".to_owned();
    if release.notices.is_empty() {
        text.push_str("None.\n");
        return text;
    }
    text.push_str("| Stakeholder | About | State | When | Text |\n|---|---|---|---|---|\n");
    for notice in &release.notices {
        let detail = notice.detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
        let about = notice.run.as_ref().map(|run| format!(" ({run})")).unwrap_or_default();
        text.push_str(&format!(
            "| {} | {} | {} | {} | {} |\n",
            cell(&notice.stakeholder),
            cell(&format!("{}{about}", notice.purpose.name())),
            cell(&format!("{} by {}{detail}", notice.state, notice.by)),
            moment(notice.at, sit.zone),
            cell(&notice.text),
        ));
    }
    text
}

fn debts(sit: &Situation<'_>) -> String {
    let own = |debt: &&Debt| sit.release.is_none_or(|release| release.version == debt.release);
    let lines: Vec<String> = sit
        .project
        .debts
        .iter()
        .filter(own)
        .map(|debt| {
            let (ticked, paid) = match debt.paid {
                Some(at) => ('x', format!("paid {}", moment(at, sit.zone))),
                None => (' ', format!("since {}", moment(debt.since, sit.zone))),
            };
            format!("- [{ticked}] {} ({}, {paid})\n", inline(&debt.text), inline(debt.role.as_str()))
        })
        .collect();
    let body = if lines.is_empty() { "None.\n".to_owned() } else { lines.concat() };
    format!("## Debts\n\n{body}")
}

fn timeline(sit: &Situation<'_>, entries: &[Entry]) -> String {
    let mut text = "## Timeline\n\n| Time | Action | Owner |\n|------|--------|-------|\n".to_owned();
    for entry in entries {
        let precise = |at: jiff::Timestamp| at.to_zoned(sit.zone.clone()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string();
        let late = if entry.late() { format!(" (recorded {})", precise(entry.at)) } else { String::new() };
        let about = if entry.precision == crate::domain::time::Precision::About { "~" } else { "" };
        let action = cell(&format!("{}{late}", entry.text));
        text.push_str(&format!("| {about}{} | {action} | {} |\n", precise(entry.occurred), cell(&entry.who())));
    }
    text
}
