//! Runs as forms: a deployment or rehearsal, a rollback, and the rollback procedure as it would run.

use std::time::Duration;

use super::{fact, fact_at, line_of};
use crate::domain::duration::{between, took, words};
use crate::domain::forms::{DeploymentForm, Fact, Line, Mark, RollbackForm};
use crate::domain::plan::{Item, ItemKind, List};
use crate::domain::release::ReleaseState;
use crate::domain::run::{Act, Attempt, Run, RunPurpose, Slot};
use crate::domain::sequence;
use crate::domain::situation::Situation;
use crate::domain::status::{self, Row};

/// One run that goes forward, with all four of its lists.
pub fn deployment(sit: &Situation<'_>, run: &Run) -> DeploymentForm {
    let lines = lines(sit, run);
    DeploymentForm {
        version: sit.release.map_or_else(|| run.to.clone(), |release| release.version.clone()),
        facts: run_facts(sit, run),
        pre_deployment: of_list(&lines, List::PreDeployment),
        steps: of_list(&lines, List::Deployment),
        verification: of_list(&lines, List::Verification),
        communication: of_list(&lines, List::Communication),
    }
}

/// The last rollback, of production where there was one; else the procedure as it would run.
pub fn rollback(sit: &Situation<'_>) -> RollbackForm {
    let runs = sit.release.map(|release| release.runs.as_slice()).unwrap_or_default();
    let rollbacks = || runs.iter().rev().filter(|run| run.purpose == RunPurpose::Rollback);
    let in_production = rollbacks().find(|run| sit.plan.is_production(&run.env));
    match in_production.or_else(|| rollbacks().next()) {
        Some(run) => rollback_run(sit, run),
        None => procedure(sit),
    }
}

/// One rollback, with the triggers that proposed it. Of a rehearsal: the part that rolls back.
pub fn rollback_run(sit: &Situation<'_>, run: &Run) -> RollbackForm {
    let lines = lines(sit, run);
    // A rehearsal was proposed by nothing.
    let triggers = run.of.as_ref().map(|of| triggers(sit, std::iter::once(of))).unwrap_or_default();
    RollbackForm {
        version: version(sit),
        facts: run_facts(sit, run),
        triggers,
        steps: of_list(&lines, List::Rollback),
        post_rollback: of_list(&lines, List::PostRollback),
    }
}

/// The rollback as it would run: after the last deployment to production, else after a whole one.
pub fn procedure(sit: &Situation<'_>) -> RollbackForm {
    let deployed = sit.release.and_then(|release| {
        let run = release.runs.iter().rev().find(|run| sit.plan.is_production(&run.env))?;
        (run.purpose == RunPurpose::Deployment && release.started_changing(run, sit.plan)).then_some((release, run))
    });
    let slots = match deployed {
        Some((release, run)) => sequence::rollback(sit.plan, release, run),
        None => {
            let steps = sequence::rehearsal(sit.plan).into_iter().filter(|slot| slot.list == List::Rollback);
            let after = sit.plan.list(List::PostRollback).map(|item| Slot {
                id: item.id.clone(),
                item: item.id.clone(),
                act: Act::Do,
                list: item.list,
            });
            steps.chain(after).collect()
        }
    };
    let of_list = |list| slots.iter().filter(|slot| slot.list == list).filter_map(|slot| planned(sit, slot)).collect();
    let rehearsal = sit.release.and_then(|release| {
        release
            .runs
            .iter()
            .rev()
            .find(|run| run.purpose == RunPurpose::Rehearsal && crate::domain::release::succeeded(run))
    });
    let rehearsed = rehearsal.map_or_else(|| "never".to_owned(), |run| format!("{} in {}", run.id, run.env));
    let fired = sit.release.into_iter().flat_map(|release| release.runs.iter().map(|run| &run.id));
    RollbackForm {
        version: version(sit),
        facts: vec![fact("State", "not run; the steps as they would run"), fact("Rehearsed", rehearsed)],
        triggers: triggers(sit, fired),
        steps: of_list(List::Rollback),
        post_rollback: of_list(List::PostRollback),
    }
}

fn version(sit: &Situation<'_>) -> String {
    sit.release.map_or_else(|| "X.Y.Z".to_owned(), |release| release.version.clone())
}

fn planned(sit: &Situation<'_>, slot: &Slot) -> Option<Line> {
    let item = sit.plan.item(&slot.item)?;
    let title = match slot.act {
        Act::Do => item.title.clone(),
        Act::Undo => format!("Undo: {}", item.title),
        Act::Cancel => format!("Cancel: {}", item.title),
    };
    Some(Line { grounds: command(item, slot.act), ..Line::open(title) })
}

fn command(item: &Item, act: Act) -> Option<String> {
    let ItemKind::Command(step) = &item.kind else { return None };
    sequence::command_of(step, act).map(|command| command.words())
}

/// The plan's triggers, ticked where they fired in one of these runs or before any; then fired ones that the plan
/// does not have any more.
fn triggers<'a>(sit: &Situation<'_>, runs: impl Iterator<Item = &'a crate::domain::id::RunId>) -> Vec<Line> {
    let runs: Vec<_> = runs.collect();
    let fired: Vec<_> = sit
        .release
        .into_iter()
        .flat_map(|release| &release.fired)
        .filter(|fired| fired.run.as_ref().is_none_or(|run| runs.contains(&run)))
        .collect();
    let of_plan = sit.plan.triggers.iter().map(|trigger| (&trigger.id, trigger.title.clone()));
    let gone = fired.iter().filter(|fired| sit.plan.trigger(&fired.trigger).is_none());
    let mut lines = Vec::new();
    let mut seen = Vec::new();
    for (id, title) in of_plan.chain(gone.map(|fired| (&fired.trigger, fired.trigger.to_string()))) {
        if seen.contains(&id) {
            continue;
        }
        seen.push(id);
        // The first time is what proposed the rollback.
        lines.push(match fired.iter().find(|fired| fired.trigger == *id) {
            Some(first) => Line {
                title,
                mark: Mark::Trigger(true),
                by: Some(first.by.clone()),
                at: Some(first.at),
                grounds: Some(first.words.clone()),
            },
            None => Line { mark: Mark::Trigger(false), ..Line::open(title) },
        });
    }
    lines
}

fn of_list(lines: &[(List, Line)], list: List) -> Vec<Line> {
    lines.iter().filter(|(of, _)| *of == list).map(|(_, line)| line.clone()).collect()
}

fn lines(sit: &Situation<'_>, run: &Run) -> Vec<(List, Line)> {
    let rows = status::slots(sit, run);
    rows.iter()
        .map(|row| {
            let actor = run.records.get(&row.id).map(|record| record.actor.as_str());
            let grounds = sit.release.and_then(|release| attempt_grounds(release, run, row));
            (row.list, line_of(row, actor, grounds))
        })
        .collect()
}

/// What an attempt leaves as evidence: how it ended and in what time, what a person made of it, which log holds its
/// output, and how the attempts before it ended.
fn attempt_grounds(release: &ReleaseState, run: &Run, row: &Row) -> Option<String> {
    let record = run.records.get(&row.id)?;
    let attempts = release.attempts_of(&run.id, &row.id);
    let last = attempts.iter().find(|attempt| Some(&attempt.id) == record.evidence.attempt.as_ref())?;
    let mut parts = vec![ended(last)];
    parts.extend(record.evidence.reason.clone());
    parts.push(format!("log {}", last.id));
    let before = attempts.iter().filter(|attempt| attempt.number < last.number);
    parts.extend(before.map(|attempt| format!("before: {}", ended(attempt))));
    Some(parts.join("; "))
}

fn ended(attempt: &Attempt) -> String {
    let outcome = attempt.outcome.as_ref().map_or_else(|| "running".to_owned(), |outcome| outcome.words());
    match (attempt.started, attempt.ended) {
        (Some(started), Some(ended)) => format!("{outcome} in {}", took(between(started, ended))),
        _ => outcome,
    }
}

fn run_facts(sit: &Situation<'_>, run: &Run) -> Vec<Fact> {
    let mut facts = vec![fact("Run", format!("{}, {}", run.id, run.purpose)), fact("Environment", run.env.as_str())];
    facts.extend(run.of.as_ref().map(|of| fact("Takes back", of.as_str())));
    facts.push(fact("From", run.from.as_deref().unwrap_or("unknown")));
    facts.push(fact("To", run.to.as_str()));
    facts.push(fact("Candidate", run.commit.as_str()));
    facts.push(fact_at("Started", run.started, sit.zone));
    facts.extend(run.ended.map(|(at, _)| fact_at("Ended", at, sit.zone)));
    let paused_s = run.paused_seconds(sit.now);
    if paused_s > 0 {
        facts.push(fact("Paused", words(Duration::from_secs(paused_s))));
    }
    let outcome = match (&run.ended, &run.paused) {
        (Some((_, outcome)), _) => outcome.to_string(),
        (None, Some(pause)) => format!("not over; paused by {}: {}", pause.by, pause.reason),
        (None, None) => "not over".to_owned(),
    };
    facts.push(fact("Outcome", outcome));
    facts
}
