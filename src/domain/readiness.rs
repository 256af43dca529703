//! Can we release now; if not, who must do what.
//!
//! `relco status`, the cockpit's "not ready" and "may production start" are this one function: [`blockers`].
//! Completing has its own: [`completion_blockers`]. Every blocker can be waived by name, with a reason.

use jiff::Timestamp;

use super::id::{EnvName, Role};
use super::item::{GateVerdict, ItemState};
use super::ledger::NO_CHANGELOG;
use super::notice::Notice;
use super::plan::{Check, ItemKind, List, Purpose, quote_word};
use super::release::ReleaseState;
use super::run::{Run, RunPurpose};
use super::sheet::SheetField;
use super::situation::Situation;
use super::status::{self, GateRow, Row};
use super::window::DeploymentWindow as Window;

/// One thing that stands in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocker {
    /// Its name: what a waiver says.
    pub id: String,
    /// What, in one line.
    pub what: String,
    /// Whose job it is.
    pub role: Role,
    /// What to do next: a command, or a short instruction.
    pub next: String,
}

impl Blocker {
    fn new(id: impl Into<String>, what: impl Into<String>, role: &str, next: impl Into<String>) -> Self {
        Self { id: id.into(), what: what.into(), role: Role::from(role), next: next.into() }
    }
}

/// What stands between this release and production, in the order in which to deal with it.
pub fn blockers(sit: &Situation<'_>) -> Vec<Blocker> {
    let Some(release) = sit.release.filter(|release| release.is_open()) else {
        return vec![Blocker::new("release", "no release is open", Role::RELEASE_MANAGER, "relco release start minor")];
    };
    let mut found = Vec::new();
    if let Some(why) = &sit.observed.no_repository {
        found.push(Blocker::new("repository", why, Role::RELEASE_MANAGER, "run relco in the project's repository"));
    }
    if !sit.observed.trusted {
        let what = "the project's commands are not trusted yet";
        found.push(Blocker::new("trust", what, Role::DEVOPS, "relco trust"));
    }
    for row in status::pre_release(sit) {
        found.extend(of_row(sit, &row));
    }
    for gate in status::gates(sit) {
        found.extend(of_gate(&gate));
    }
    if let Some(production) = sit.production() {
        found.extend(of_window(sit, release));
        found.extend(of_environment(sit, release, &production.name));
    }
    found.retain(|blocker| dated(&blocker.id) || !release.waivers.contains_key(&blocker.id));
    found
}

fn of_row(sit: &Situation<'_>, row: &Row) -> Vec<Blocker> {
    if row.state.settled() {
        return Vec::new();
    }
    if row.findings.is_empty() {
        let state = match row.state {
            ItemState::Open | ItemState::Doing => String::new(),
            state => format!(" {state}"),
        };
        let evidence = if row.evidence.is_empty() { String::new() } else { format!(": {}", row.evidence) };
        let what = format!("{}{state}{evidence}", row.title);
        let next = next_of_row(sit, row, &row.role);
        return vec![Blocker { id: row.id.to_string(), what, role: row.role.clone(), next }];
    }
    row.findings
        .iter()
        .map(|(text, role)| Blocker {
            id: row.id.to_string(),
            what: text.clone(),
            role: role.clone(),
            next: next_of_row(sit, row, role),
        })
        .collect()
}

/// What to do about a row of the pre-release checklist.
fn next_of_row(sit: &Situation<'_>, row: &Row, role: &Role) -> String {
    let id = &row.id;
    let Some(ItemKind::Automatic(check)) = sit.plan.item(id).map(|item| &item.kind) else {
        let done = matches!(sit.plan.item(id).map(|item| &item.kind), Some(ItemKind::Manual) | None);
        return if done { format!("relco item done {id}") } else { format!("relco check {id}") };
    };
    match check {
        Check::Git if status::changes_block(sit) => "commit or stash them, then relco release candidate".to_owned(),
        Check::Git => "relco release candidate".to_owned(),
        Check::Changelog if row.evidence == NO_CHANGELOG => {
            format!("write a CHANGELOG.md, or name it in relco.toml, or remove the item \"{id}\" there")
        }
        Check::Changelog => "add it to the changelog, commit, then relco check".to_owned(),
        Check::Versions if sit.plan.version_files.is_empty() => {
            format!("name the files in relco.toml, as [[version.file]], or remove the item \"{id}\" there")
        }
        Check::Versions => {
            let version = sit.release.map_or("VERSION", |release| release.version.as_str());
            format!("relco versions --set {version}, commit")
        }
        Check::Notes => "relco notes --write FILE".to_owned(),
        Check::Upgrade => match &sit.plan.upgrade_guide {
            Some(path) => format!("write it in {path}, commit, link it from the notes"),
            None => "write it in UPGRADING.md or in the notes, then relco check".to_owned(),
        },
        Check::Sheet => format!("relco sheet agree --role {}", quote_word(role.as_str())),
        Check::SignOff(role) => format!("relco signoff {} yes", quote_word(role.as_str())),
        Check::Deployed(env) | Check::Verified(env) => next_in(sit, env),
        Check::Rehearsed => "relco rollback rehearse".to_owned(),
        Check::Trigger(_) | Check::ReleaseLog => format!("relco check {id}"),
    }
}

/// What brings a deployment of this environment on: a look at the step that runs, the next one, or the first.
fn next_in(sit: &Situation<'_>, env: &EnvName) -> String {
    let open = sit.release.and_then(|release| Some((release, release.open_run(env)?)));
    match open {
        Some((release, run)) if release.running().any(|attempt| attempt.run == run.id) => {
            "wait for the step: relco log --follow".to_owned()
        }
        Some((_, run)) if run.purpose == RunPurpose::Rollback => format!("relco rollback next --env {env}"),
        Some(_) => format!("relco deploy next --env {env} --all"),
        None => format!("relco deploy start --env {env} --all"),
    }
}

fn of_gate(gate: &GateRow) -> Option<Blocker> {
    if gate.not_applicable.is_some() {
        return None;
    }
    let state = match gate.verdict {
        GateVerdict::Passed | GateVerdict::Waived => return None,
        GateVerdict::Failed => " failed",
        GateVerdict::Open => "",
    };
    let why = gate.void.as_ref().map(|void| format!(": void, {void}")).unwrap_or_default();
    let next = if gate.checked { format!("relco check {}", gate.id) } else { format!("relco gate pass {}", gate.id) };
    Some(Blocker {
        id: format!("gate:{}", gate.id),
        what: format!("{}{state}{why}", gate.title),
        role: gate.role.clone(),
        next,
    })
}

fn of_window(sit: &Situation<'_>, release: &ReleaseState) -> Option<Blocker> {
    let text = release.sheet.get(SheetField::DeployTime)?;
    let next = "relco sheet set deploy-time \"…\"";
    match Window::parse(text) {
        Ok(window) if window.contains(sit.now) => None,
        Ok(window) => {
            let what = format!("outside the deployment window {text}: {}", window.words(sit.now));
            Some(Blocker::new("window", what, Role::RELEASE_MANAGER, next))
        }
        Err(error) => {
            // Its own words name the text already.
            Some(Blocker::new("window", format!("deploy time: {error}"), Role::RELEASE_MANAGER, next))
        }
    }
}

fn of_environment(sit: &Situation<'_>, release: &ReleaseState, env: &EnvName) -> Vec<Blocker> {
    let mut found = Vec::new();
    if let Some(lock) = sit.project.locks.get(env)
        && lock.release != release.version
    {
        let what = format!("{env} is held by {} of release {}", lock.run, lock.release);
        found.push(Blocker::new(format!("lock:{env}"), what, Role::RELEASE_MANAGER, "finish or abort that run"));
    }
    found.extend(of_way_back(sit, release, env));
    found
}

/// What a rollback left in the way of the next deployment to an environment: a version that is known as bad there, and
/// a lock with its reason. A waiver holds for what was known when it was said, never for a later rollback.
pub fn of_way_back(sit: &Situation<'_>, release: &ReleaseState, env: &EnvName) -> Vec<Blocker> {
    let mut found = Vec::new();
    let accepted = |id: &str, since: Timestamp| release.waivers.get(id).is_some_and(|waiver| waiver.at >= since);
    let bad = sit
        .project
        .bad
        .iter()
        .rev()
        .find(|bad| bad.env == *env && bad.version == release.version && release.commit() == Some(&bad.commit));
    let id = format!("bad:{env}");
    if let Some(bad) = bad.filter(|bad| !accepted(&id, bad.at)) {
        let what = format!("{} was rolled back in {env}: {}", bad.version, bad.reason);
        let next = format!("set a fixed candidate, or relco item skip {id} --reason …");
        found.push(Blocker::new(id, what, Role::RELEASE_MANAGER, next));
    }
    let id = format!("held:{env}");
    if let Some(held) = sit.project.held.get(env).filter(|held| !accepted(&id, held.since)) {
        let what = format!("{env} is locked: {}", held.reason);
        let next = format!("relco deploy unlock --env {env} --reason …");
        found.push(Blocker::new(id, what, Role::RELEASE_MANAGER, next));
    }
    found
}

/// Whether a waiver of this name is looked at where the blocker is made, because it may be older than what it accepts.
fn dated(id: &str) -> bool {
    id.starts_with("bad:") || id.starts_with("held:")
}

/// What blocks nothing and somebody should look at before it ships.
pub fn warnings(sit: &Situation<'_>) -> Vec<Blocker> {
    if !sit.release.is_some_and(ReleaseState::is_open) {
        return Vec::new();
    }
    let strays = sit.observed.strays.words();
    strays.map(|what| Blocker::new("strays", what, Role::RELEASE_MANAGER, "relco versions")).into_iter().collect()
}

/// What relco's own checks find wrong in what this release ships: changes that are not told, versions that disagree, a
/// migration that is not written. They are made of the candidate, so that what merged after the section was written is
/// found, however late it is asked.
pub fn untrue(sit: &Situation<'_>) -> Vec<Blocker> {
    let Some(release) = sit.release else { return Vec::new() };
    let own = |row: &Row| {
        let kind = sit.plan.item(&row.id).map(|item| &item.kind);
        matches!(kind, Some(ItemKind::Automatic(Check::Changelog | Check::Versions | Check::Upgrade)))
    };
    let rows = status::pre_release(sit);
    let failed = rows.iter().filter(|row| row.state == ItemState::Failed && own(row));
    failed.flat_map(|row| of_row(sit, row)).filter(|blocker| !release.waivers.contains_key(&blocker.id)).collect()
}

/// What stands between this release and "complete".
pub fn completion_blockers(sit: &Situation<'_>) -> Vec<Blocker> {
    let Some(release) = sit.release else {
        return vec![Blocker::new("release", "no release is open", Role::RELEASE_MANAGER, "relco release start minor")];
    };
    let mut found = Vec::new();
    let production = sit.production().map(|env| env.name.clone());
    let deployed = production.as_ref().and_then(|env| last_run(release, env));
    match (&production, deployed) {
        (Some(env), None) => {
            let what = format!("nothing was deployed to {env}");
            found.push(Blocker::new("deployment", what, Role::DEVOPS, format!("relco deploy start --env {env}")));
        }
        (Some(env), Some(run)) if run.purpose == RunPurpose::Rollback => {
            let what = format!("{env} was rolled back to {}", run.to);
            found.push(Blocker::new("deployment", what, Role::RELEASE_MANAGER, "relco release abandon --reason …"));
        }
        (Some(env), Some(run)) if release.commit().is_some_and(|commit| commit != run.commit) => {
            let what =
                format!("the candidate was never deployed to {env}: {} runs there as {}", short(&run.commit), run.id);
            found.push(Blocker::new("deployment", what, Role::DEVOPS, format!("relco deploy start --env {env}")));
        }
        (_, Some(run)) => found.extend(of_open_slots(sit, run)),
        (None, None) => {}
    }
    found.extend(untrue(sit));
    found.extend(of_artifacts(sit, release));
    found.extend(release_end_blockers(release));
    found.retain(|blocker| !release.waivers.contains_key(&blocker.id));
    found
}

/// The artifacts that were not seen for this candidate.
pub fn missing_artifacts<'a>(sit: &Situation<'a>, release: &ReleaseState) -> Vec<&'a str> {
    let there = |id: &str| {
        release.artifacts.get(id).is_some_and(|seen| seen.there && release.holds_for_candidate(seen.commit.as_deref()))
    };
    let missing = sit.plan.artifacts.iter().filter(|one| !there(one.probe.id.as_str()));
    missing.map(|one| one.title.as_str()).collect()
}

fn of_artifacts(sit: &Situation<'_>, release: &ReleaseState) -> Option<Blocker> {
    let missing = missing_artifacts(sit, release);
    if missing.is_empty() {
        return None;
    }
    let all = sit.plan.artifacts.len();
    let what = format!("incomplete: {} of {all} missing: {}", missing.len(), missing.join(", "));
    Some(Blocker::new("artifacts", what, Role::DEVOPS, "relco release artifacts"))
}

/// What stands between a release that goes no further and its end: open runs, lists, incidents, untold people.
pub fn abandon_blockers(sit: &Situation<'_>) -> Vec<Blocker> {
    let Some(release) = sit.release else { return Vec::new() };
    let mut found = Vec::new();
    for run in release.runs.iter().filter(|run| run.is_open()) {
        found.extend(of_open_slots(sit, run));
    }
    found.extend(release_end_blockers(release));
    found.retain(|blocker| !release.waivers.contains_key(&blocker.id));
    found
}

fn short(commit: &str) -> &str {
    commit.get(..7).unwrap_or(commit)
}

fn last_run<'a>(release: &'a ReleaseState, env: &EnvName) -> Option<&'a Run> {
    release.runs.iter().rev().find(|run| run.env == *env && run.purpose != RunPurpose::Rehearsal)
}

fn of_open_slots(sit: &Situation<'_>, run: &Run) -> Vec<Blocker> {
    status::slots(sit, run)
        .into_iter()
        .filter(|row| !row.state.settled() && !is_release_log(sit, row))
        .map(|row| Blocker {
            id: format!("{}/{}", run.id, row.id),
            what: format!("{}: {} {}", run.id, row.title, row.state),
            role: row.role,
            next: if row.class == "manual" {
                format!("relco item done {}/{}", run.id, row.id)
            } else {
                format!("relco deploy next --env {}", run.env)
            },
        })
        .collect()
}

/// The release log's line is written by completing, so it cannot stand in its way.
fn is_release_log(sit: &Situation<'_>, row: &Row) -> bool {
    row.run.is_some() && sit.plan.item(&row.id).is_some_and(|item| item.kind == ItemKind::Automatic(Check::ReleaseLog))
}

fn release_end_blockers(release: &ReleaseState) -> Vec<Blocker> {
    let mut found = Vec::new();
    for notice in release.notices.iter().filter(|notice| !notice.state.told()) {
        if !superseded(release, notice) {
            let what = format!("{} not told of the {}: {}", notice.stakeholder, notice.purpose.name(), notice.state);
            let next = format!("relco notify told {}", notice.id);
            found.push(Blocker::new(format!("notice:{}", notice.id), what, Role::RELEASE_MANAGER, next));
        }
    }
    for incident in release.incidents.iter().filter(|incident| incident.is_open()) {
        let what = format!("{} is {}", incident.id, incident.status);
        let next = "relco incident status resolved, then relco incident close";
        found.push(Blocker::new(format!("incident:{}", incident.id), what, Role::RELEASE_MANAGER, next));
    }
    found
}

/// A later notice to the same stakeholder about the same thing replaces an earlier one that failed.
fn superseded(release: &ReleaseState, notice: &Notice) -> bool {
    release.notices.iter().any(|later| {
        later.id != notice.id
            && later.stakeholder == notice.stakeholder
            && later.purpose == notice.purpose
            && later.run == notice.run
            && later.state.told()
    })
}

/// The text of a notice, from what is known.
pub fn notice_text(sit: &Situation<'_>, release: &ReleaseState, purpose: Purpose, run: Option<&Run>) -> String {
    let what = format!("{} {}", sit.plan.project, release.version);
    let env = run.map(|run| run.env.to_string()).or_else(|| sit.production().map(|env| env.name.to_string()));
    let env = env.unwrap_or_else(|| "production".to_owned());
    match purpose {
        Purpose::Window => match release.sheet.get(SheetField::DeployTime) {
            Some(window) => format!("{what} will be deployed to {env} in the window {window}."),
            None => format!("{what} will be deployed to {env}; the time is announced when it starts."),
        },
        Purpose::Completion => {
            let from = run.and_then(|run| run.from.clone());
            let before = from.map(|from| format!(" It replaces {from}.")).unwrap_or_default();
            format!("{what} is live in {env} and verified.{before}")
        }
        Purpose::Rollback => {
            let to = run.map_or("the previous version", |run| run.to.as_str());
            format!("{what} was rolled back in {env}; {to} is live again.")
        }
        Purpose::Incident => match release.incidents.last() {
            Some(incident) => {
                let severity = if incident.judged { "" } else { " (not judged)" };
                let affected = incident.impact.affected.as_deref().unwrap_or(&incident.what);
                format!("{what}: {} {}{severity}, {}. {affected}", incident.id, incident.severity, incident.status)
            }
            None => format!("{what}: no incident is open."),
        },
    }
}

/// A finding, routed to the role that must act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    /// What kind of issue it is: `Missing changelog entries`.
    pub issue: &'static str,
    /// To whom.
    pub role: Role,
    /// The text.
    pub text: String,
    /// When it was found, if it is recorded.
    pub at: Option<Timestamp>,
}

/// Every finding that somebody upstream must act on, each with the role that it goes to.
pub fn feedback(sit: &Situation<'_>) -> Vec<Feedback> {
    let mut found = Vec::new();
    for (name, issue) in [("changelog", "Missing changelog entries"), ("versions", "Version mismatch")] {
        if let Some(result) = status::check_result(sit, name) {
            found.extend(result.findings.iter().map(|finding| Feedback {
                issue,
                role: finding.role.clone(),
                text: finding.text.clone(),
                at: result.at,
            }));
        }
    }
    found.extend(warnings(sit).into_iter().map(|warning| Feedback {
        issue: "Version mismatch",
        role: warning.role,
        text: warning.what,
        at: None,
    }));
    let Some(release) = sit.release else { return found };
    for row in status::pre_release(sit) {
        let kind = sit.plan.item(&row.id).map(|item| &item.kind);
        let sign_off =
            matches!(kind, Some(ItemKind::Automatic(Check::SignOff(role))) if role.as_str() == Role::SECURITY);
        if sign_off && !row.state.settled() {
            found.extend(row.findings.iter().map(|(text, role)| Feedback {
                issue: "Security not signed off",
                role: role.clone(),
                text: text.clone(),
                at: row.at,
            }));
        }
    }
    for run in &release.runs {
        for row in status::slots(sit, run) {
            if !matches!(row.state, ItemState::Failed | ItemState::Unknown) {
                continue;
            }
            let failing = row.evidence.as_str();
            let (issue, role, text) = match row.list {
                List::Verification => {
                    let text = format!("Smoke tests failing post-deploy: {} in {} ({failing})", row.title, run.env);
                    ("Tests failing in staging", Role::QA, text)
                }
                _ => {
                    let text = format!("Pipeline fails at step {}: {failing} in {}", row.id, run.env);
                    ("Deployment fails", Role::DEVOPS, text)
                }
            };
            found.push(Feedback { issue, role: Role::from(role), text, at: row.at });
        }
    }
    found
}
