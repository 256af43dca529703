//! `relco release …`: starting, aiming, tagging and ending a release.

use std::str::FromStr;

use serde_json::json;

use super::Context;
use super::args::ReleaseCommand;
use super::exit::{Ending, Exit, Failure};
use super::output::safe;
use crate::domain::command::Command as Act;
use crate::domain::release::ReleaseState;
use crate::domain::release_type::ReleaseType;
use crate::domain::version::Asked;
use crate::session::{ReleaseSummary, Snapshot};

/// How many characters of a commit's id are shown.
const SHORT: usize = 7;

/// Runs a release command.
pub fn run(context: &mut Context, command: ReleaseCommand) -> Ending {
    match command {
        ReleaseCommand::Start { version, kind, reason, base } => {
            let asked = asked(&version, kind.as_deref())?;
            start(context, asked, reason, base)
        }
        ReleaseCommand::Candidate { rev } => candidate(context, &rev),
        ReleaseCommand::Commit { message } => {
            let said = context.session.commit_release(message.as_deref())?;
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

fn start(context: &mut Context, asked: Asked, reason: Option<String>, base: Option<String>) -> Ending {
    let acted = context.session.act(&Act::StartRelease { asked, reason, base })?;
    let said = match context.session.release() {
        Some(release) => {
            let base = release.base.as_ref().map(|base| format!(", after {base}")).unwrap_or_default();
            format!("release {} started: {}{base}", release.version, release.kind())
        }
        None => String::new(),
    };
    context.said(&acted, &said);
    Ok(Exit::Done)
}

fn candidate(context: &mut Context, rev: &str) -> Ending {
    let commit = context.session.resolve(rev)?;
    let head = context.session.snapshot().observed.head;
    let branch = head.filter(|head| head.commit == commit).and_then(|head| head.branch);
    let said = format!("candidate {}", short(&commit));
    context.act(&Act::SetCandidate { commit, branch }, &said)
}

fn tag(context: &mut Context, make: bool) -> Ending {
    let refused = |what: String| Failure { exit: Exit::Refused, what, hint: None };
    let tag = context.session.release_tag().ok_or_else(|| {
        refused("no release is open".to_owned()).hint("relco release start minor, or the version itself")
    })?;
    let candidate = context.session.checked_rev();
    let mut found = context.session.tag_commit(&tag)?;
    if let (None, Some(candidate)) = (&found, &candidate) {
        if !make {
            return Err(refused(format!("there is no tag {tag} yet"))
                .hint(format!("relco release tag --make, or git tag --annotate {tag} {}", short(candidate))));
        }
        // What would refuse the record of it is asked before there is a tag that nobody wanted.
        context.session.dry_run(&Act::RecordTag { tag: tag.clone(), commit: candidate.clone() })?;
        context.session.make_tag(&tag, candidate)?;
        found = context.session.tag_commit(&tag)?;
    }
    // Without a candidate the rule says so in its own words.
    let commit = found.or(candidate).unwrap_or_default();
    let said = format!("tag {tag} on {}", short(&commit));
    context.act(&Act::RecordTag { tag, commit }, &said)
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
        "outcome": one.ended.map(|(_, phase)| phase.name()),
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
