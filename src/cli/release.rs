//! `relco release …`: starting, aiming, tagging and ending a release.

use std::str::FromStr;

use serde_json::json;

use super::Context;
use super::args::ReleaseCommand;
use super::deploy::confirmation;
use super::exit::{Ending, Exit, Failure};
use super::output::safe;
use crate::domain::command::Command as Act;
use crate::domain::event::CheckVerdict;
use crate::domain::item::ItemState;
use crate::domain::readiness::missing_artifacts;
use crate::domain::release::ReleaseState;
use crate::domain::release_type::ReleaseType;
use crate::domain::version::Asked;
use crate::session::{GitStep, ReleaseSummary, Snapshot};

/// How many characters of a commit's id are shown.
const SHORT: usize = 7;

/// Runs a release command.
pub fn run(context: &mut Context, command: ReleaseCommand) -> Ending {
    match command {
        ReleaseCommand::Start { version, kind, reason, base, branch, no_branch } => {
            let asked = asked(&version, kind.as_deref())?;
            start(context, asked, reason, base, (branch, no_branch))
        }
        ReleaseCommand::Artifacts => artifacts(context),
        ReleaseCommand::Branch => {
            let job = context.session.branch_job()?;
            job.run()?;
            context.done(&context.session.branch_words().join("; "));
            Ok(Exit::Done)
        }
        ReleaseCommand::Push { remote, with_branch, confirm } => push(context, remote.as_deref(), with_branch, confirm),
        ReleaseCommand::Candidate { rev } => candidate(context, &rev),
        ReleaseCommand::Commit { message } => {
            let job = context.session.commit_job(message.as_deref())?;
            job.run()?;
            let said = context.session.committed();
            context.done(&said);
            Ok(Exit::Done)
        }
        ReleaseCommand::Tag { make } => tag(context, make),
        ReleaseCommand::List => Ok(list(context)),
        ReleaseCommand::Show => Ok(show(context)),
        ReleaseCommand::Complete => {
            let said = named(context, "is complete");
            context.act(&Act::CompleteRelease, &said)
        }
        ReleaseCommand::Abandon { reason } => {
            let said = named(context, "is given up");
            context.act(&Act::AbandonRelease { reason }, &said)
        }
    }
}

fn named(context: &Context, what: &str) -> String {
    let version = context.session.release().map_or("", |release| release.version.as_str());
    format!("release {version} {what}")
}

fn short(commit: &str) -> &str {
    commit.get(..SHORT).unwrap_or(commit)
}

/// A version or a type, and the type where it is said too.
fn asked(version: &str, kind: Option<&str>) -> Result<Asked, Failure> {
    let asked = Asked::from_str(version).map_err(|refusal| Failure::usage(refusal.to_string()))?;
    let Some(kind) = kind else { return Ok(asked) };
    let named = ReleaseType::from_name(&kind.to_ascii_lowercase()).ok_or_else(|| {
        Failure::usage(format!("there is no release type {kind}")).hint("hotfix, patch, minor, major")
    })?;
    match asked {
        Asked::Version(version, _) => Ok(Asked::Version(version, Some(named))),
        Asked::Type(one) if one == named => Ok(asked),
        Asked::Type(one) => Err(Failure::usage(format!("{one} and {named} cannot both be meant"))),
    }
}

fn start(
    context: &mut Context,
    asked: Asked,
    reason: Option<String>,
    base: Option<String>,
    (branch, no_branch): (bool, bool),
) -> Ending {
    let hotfix = matches!(&asked, Asked::Type(ReleaseType::Hotfix) | Asked::Version(_, Some(ReleaseType::Hotfix)));
    let branches = hotfix && !no_branch && (branch || context.session.wants_branch(base.as_deref()));
    if branches {
        // Asked before there is a release that could not begin.
        context.session.may_switch()?;
    }
    let mut acted = context.session.act(&Act::StartRelease { asked, reason, base })?;
    let said = match context.session.release() {
        Some(release) => {
            let base = release.base.as_ref().map(|base| format!(", after {base}")).unwrap_or_default();
            format!("release {} started: {}{base}", release.version, release.kind())
        }
        None => String::new(),
    };
    if branches {
        let job = context.session.branch_job()?;
        match job.run() {
            Ok(()) => acted.warnings.extend(context.session.branch_words()),
            Err(error) => acted.warnings.push(format!("{error}: relco release branch tries again")),
        }
    }
    context.said(&acted, &said);
    Ok(Exit::Done)
}

fn candidate(context: &mut Context, rev: &str) -> Ending {
    let commit = context.session.resolve(rev)?;
    let acted = context.session.candidate_from(&commit)?;
    context.said(&acted, &format!("candidate {}", short(&commit)));
    Ok(Exit::Done)
}

fn tag(context: &mut Context, make: bool) -> Ending {
    if let GitStep::Run(job) = context.session.tag_step()? {
        if !make {
            let tag = context.session.release_tag().unwrap_or_default();
            let hint = format!("relco release tag --make, or {}", job.words());
            return Err(Failure { exit: Exit::Refused, what: format!("there is no tag {tag} yet"), hint: Some(hint) });
        }
        job.run()?;
    }
    let acted = context.session.record_tag()?;
    let tag = context.session.release().and_then(|release| release.tag.clone());
    let snapshot = context.session.snapshot();
    let told = snapshot.observed.checks.get("changelog").filter(|told| told.verdict == CheckVerdict::Ok);
    let told = told.map(|told| format!("; changelog: {}", told.summary)).unwrap_or_default();
    let said = tag.map(|(tag, on)| format!("tag {tag} on {}{told}", short(&on))).unwrap_or_default();
    context.said(&acted, &said);
    Ok(Exit::Done)
}

/// How long one look at what is under way may take before the next.
const LOOK: std::time::Duration = std::time::Duration::from_millis(250);

fn artifacts(context: &mut Context) -> Ending {
    context.session.look_for_artifacts()?;
    while context.session.has_jobs() {
        for warning in &context.session.pump(LOOK)?.warnings {
            context.out.warn(warning);
        }
    }
    let snapshot = context.session.snapshot();
    let sit = snapshot.situation(crate::system::clock::now());
    let Some(release) = &snapshot.release else { return Ok(Exit::Refused) };
    let missing = missing_artifacts(&sit, release);
    let exit = if missing.is_empty() { Exit::Done } else { Exit::Refused };
    let rows = snapshot.plan.artifacts.iter().map(|one| (one, release.artifacts.get(one.probe.id.as_str())));
    if context.out.json {
        let rows: Vec<_> = rows
            .map(|(one, seen)| {
                json!({
                    "id": one.probe.id.as_str(),
                    "title": one.title,
                    "there": seen.map(|seen| seen.there),
                    "observed": seen.map(|seen| seen.observed.clone()),
                    "at": seen.map(|seen| seen.at.to_string()),
                })
            })
            .collect();
        context.out.document(&json!({ "schema": 1, "complete": missing.is_empty(), "artifacts": rows }));
        return Ok(exit);
    }
    for (one, seen) in rows {
        let state = match seen {
            Some(seen) if seen.there => ItemState::Done,
            Some(_) => ItemState::Failed,
            None => ItemState::Open,
        };
        let words = seen.map_or("not looked for", |seen| seen.observed.as_str());
        context.out.line(format!("{} {}", context.out.state(state), safe(&format!("{:<28} {words}", one.title))));
    }
    let all = snapshot.plan.artifacts.len();
    match missing.len() {
        0 => context.out.line(format!("all {all} are there")),
        count => context.out.line(safe(&format!("incomplete: {count} of {all} missing: {}", missing.join(", ")))),
    }
    Ok(exit)
}

fn push(context: &mut Context, remote: Option<&str>, with_branch: bool, confirm: Option<String>) -> Ending {
    let (step, remote) = context.session.push_step(remote, with_branch)?;
    let tag = context.session.release().and_then(|release| release.tag.clone()).map(|(tag, _)| tag).unwrap_or_default();
    if let GitStep::Run(job) = step {
        let word = format!("{tag}@{remote}");
        let given = confirmation(confirm, &word, &format!("{}\nothers may have it a second later", job.words()));
        if given.as_deref() != Some(word.as_str()) {
            return Err(Failure { exit: Exit::Refused, what: "pushing cannot be taken back".to_owned(), hint: None }
                .hint(format!("{}: --confirm {word}", job.words())));
        }
        job.run()?;
    }
    let acted = context.session.record_push(&remote)?;
    context.said(&acted, &format!("tag {tag} is at {remote}"));
    Ok(Exit::Done)
}

fn list(context: &Context) -> Exit {
    let snapshot = context.session.snapshot();
    if context.out.json {
        let releases: Vec<_> = snapshot.releases.iter().map(summary_document).collect();
        context.out.document(&json!({ "schema": 1, "releases": releases }));
        return Exit::Done;
    }
    for one in snapshot.releases.iter().rev() {
        let started = one.started.map(|at| day(&snapshot, at)).unwrap_or_default();
        let ended = match one.ended {
            Some((at, phase)) => format!("{phase} {}", day(&snapshot, at)),
            None => "open".to_owned(),
        };
        let ended = ended + &one.after.map(|after| format!(", {after}")).unwrap_or_default();
        let incidents = match one.incidents {
            0 => String::new(),
            1 => "  1 incident".to_owned(),
            count => format!("  {count} incidents"),
        };
        let line =
            format!("{:<14} {:<7} started {started}  {ended}{incidents}  {}", one.version, one.kind, one.captain);
        context.out.line(safe(&line));
    }
    if snapshot.releases.is_empty() {
        context.out.line("no release is on record");
        context.out.hint("relco release start minor, or the version itself");
    }
    Exit::Done
}

fn day(snapshot: &Snapshot, at: jiff::Timestamp) -> String {
    at.to_zoned(snapshot.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

fn summary_document(one: &ReleaseSummary) -> serde_json::Value {
    json!({
        "version": one.version,
        "type": one.kind.name(),
        "started": one.started.map(|at| at.to_string()),
        "ended": one.ended.map(|(at, _)| at.to_string()),
        "outcome": one.ended.map(|(_, phase)| one.after.unwrap_or(phase).name()),
        "captain": one.captain,
        "incidents": one.incidents,
    })
}

fn show(context: &Context) -> Exit {
    let snapshot = context.session.snapshot();
    let now = crate::system::clock::now();
    let phase = snapshot.phase(now);
    let release = snapshot.release.as_ref();
    if context.out.json {
        let release = release.map(|release| release_document(release, phase.map(|phase| phase.name())));
        context.out.document(&json!({ "schema": 1, "project": snapshot.project_name, "release": release }));
        return Exit::Done;
    }
    let Some(release) = release else {
        context.out.line("no release is on record");
        return Exit::Done;
    };
    let phase = phase.map(|phase| phase.to_string()).unwrap_or_default();
    context.out.line(context.out.bold(&safe(&format!("{} {}  {phase}", snapshot.project_name, release.version))));
    let field = |name: &str, value: String| {
        if !value.is_empty() {
            context.out.line(safe(&format!("{name:<10} {value}")));
        }
    };
    field("type", release.kind().to_string());
    field("base", release.base.clone().unwrap_or_else(|| "none: the first release".to_owned()));
    field("reason", release.reason.clone().unwrap_or_default());
    field("captain", release.captain.clone());
    field("started", release.started.map(|at| day(&snapshot, at)).unwrap_or_default());
    let candidate = release.candidate.as_ref().map(|one| {
        let branch = one.branch.as_ref().map(|branch| format!(" on {branch}")).unwrap_or_default();
        format!("{}{branch}, plan {}", short(&one.commit), short(&one.plan_hash))
    });
    field("candidate", candidate.unwrap_or_else(|| "none yet".to_owned()));
    field("tag", release.tag.as_ref().map(|(tag, on)| format!("{tag} on {}", short(on))).unwrap_or_default());
    for run in &release.runs {
        let ended = run.ended.map_or_else(|| "open".to_owned(), |(_, outcome)| outcome.to_string());
        field("run", format!("{} {} in {}, {ended}", run.id, run.purpose, run.env));
    }
    for one in &release.incidents {
        field("incident", format!("{} {} {}: {}", one.id, one.severity, one.status, one.what));
    }
    Exit::Done
}

fn release_document(release: &ReleaseState, phase: Option<&str>) -> serde_json::Value {
    let runs: Vec<_> = release
        .runs
        .iter()
        .map(|run| {
            json!({
                "id": run.id.as_str(),
                "purpose": run.purpose.name(),
                "environment": run.env.as_str(),
                "from": run.from,
                "to": run.to,
                "outcome": run.ended.map(|(_, outcome)| outcome.name()),
            })
        })
        .collect();
    let incidents: Vec<_> = release.incidents.iter().map(|one| one.id.as_str()).collect();
    json!({
        "version": release.version,
        "type": release.kind().name(),
        "phase": phase,
        "base": release.base,
        "reason": release.reason,
        "captain": release.captain,
        "started": release.started.map(|at| at.to_string()),
        "candidate": release.commit(),
        "plan": release.candidate.as_ref().map(|one| one.plan_hash.clone()),
        "tag": release.tag.as_ref().map(|(tag, _)| tag.clone()),
        "runs": runs,
        "incidents": incidents,
    })
}
