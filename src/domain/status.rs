//! What every gate and item stands at, as one row each: the checklist that a captain reads.
//!
//! Automatic items are derived here from facts and from what was just observed; they are never stored. Entry:
//! [`gates`], [`pre_release`], [`slots`].

use jiff::Timestamp;

use super::basis::Basis;
use super::duration;
use super::event::CheckVerdict;
use super::id::{EnvName, GateId, ItemId, Role, RunId};
use super::item::{GateVerdict, ItemState};
use super::plan::{Check, Gate, Item, ItemKind, List};
use super::release::{CheckResult, ReleaseState};
use super::run::{Act, Run, RunPurpose, Slot};
use super::situation::Situation;

/// A row of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The item; the slot's id in a run.
    pub id: ItemId,
    /// The run it belongs to.
    pub run: Option<RunId>,
    /// The list it stands in.
    pub list: List,
    /// The heading it stands under.
    pub group: String,
    /// As shown.
    pub title: String,
    /// Whose job it is.
    pub role: Role,
    /// `manual`, `automatic`, `probe`, `notice`, or a step's effect class.
    pub class: &'static str,
    /// The state.
    pub state: ItemState,
    /// Who said so.
    pub by: Option<String>,
    /// When.
    pub at: Option<Timestamp>,
    /// Evidence, reason, or the rule that says that it does not apply.
    pub evidence: String,
    /// What it waits for, when it is not settled: one line per finding.
    pub findings: Vec<(String, Role)>,
}

/// A row of the gates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateRow {
    /// Which.
    pub id: GateId,
    /// As shown.
    pub title: String,
    /// Whose word it needs.
    pub role: Role,
    /// Whether a command can decide it.
    pub checked: bool,
    /// The verdict that holds now.
    pub verdict: GateVerdict,
    /// Who spoke last.
    pub by: Option<String>,
    /// When.
    pub at: Option<Timestamp>,
    /// Evidence or reason.
    pub evidence: String,
    /// Why an earlier word does not hold any more.
    pub void: Option<String>,
    /// The rule that says that it does not apply.
    pub not_applicable: Option<String>,
    /// Its check is under way: since when, or that it waits for its turn.
    pub checking: Option<Option<Timestamp>>,
}

/// What stands beside a row whose check is under way.
fn checking_words(since: Option<Timestamp>, now: Timestamp) -> String {
    match since {
        Some(since) => format!("its check runs, {}", duration::clock(duration::between(since, now))),
        None => "its check waits for its turn".to_owned(),
    }
}

fn void_words(commit: Option<&str>, by: &str) -> String {
    let short = commit.map_or("no candidate", |commit| commit.get(..7).unwrap_or(commit));
    format!("{by} spoke about {short}; the candidate moved")
}

/// Why what a check said does not hold any more.
fn stale_words(basis: &Basis, moved: &str) -> String {
    let commit = basis.commit.as_deref().map_or("no commit", |commit| commit.get(..7).unwrap_or(commit));
    let files = if basis.files.is_some() { " with changed files" } else { "" };
    format!("its check looked at {commit}{files}; {moved}")
}

/// Every gate with the verdict that holds for the present candidate.
pub fn gates(sit: &Situation<'_>) -> Vec<GateRow> {
    sit.plan.gates.iter().map(|gate| gate_row(sit, gate)).collect()
}

fn gate_row(sit: &Situation<'_>, gate: &Gate) -> GateRow {
    let mut row = GateRow {
        id: gate.id.clone(),
        title: gate.title.clone(),
        role: gate.role.clone(),
        checked: gate.check.is_some(),
        verdict: GateVerdict::Open,
        by: None,
        at: None,
        evidence: String::new(),
        void: None,
        not_applicable: None,
        checking: sit.observed.checking.get(&format!("gate:{}", gate.id)).copied(),
    };
    let Some(release) = sit.release else { return row };
    row.not_applicable = gate.when.excludes(release.kind(), release.breaking(), None);
    let Some(record) = release.gates.get(&gate.id) else { return row };
    row.by = Some(record.by.clone());
    row.at = Some(record.at);
    let parts = [record.evidence.as_deref(), record.reason.as_deref()];
    row.evidence = parts.into_iter().flatten().collect::<Vec<_>>().join("; ");
    flag(sit, &gate.role, &record.by, &mut row.evidence);
    if let (Some(basis), Some(command)) = (&record.basis, &gate.check) {
        match basis.moved(sit.observed, release, command) {
            None => row.verdict = record.verdict,
            Some(what) => row.void = Some(stale_words(basis, what)),
        }
    } else if release.holds_for_candidate(record.commit.as_deref()) {
        row.verdict = record.verdict;
    } else if record.verdict != GateVerdict::Open {
        row.void = Some(void_words(record.commit.as_deref(), &record.by));
    }
    row
}

/// The pre-release checklist, in order. Without a release it shows what can be seen anyway.
pub fn pre_release(sit: &Situation<'_>) -> Vec<Row> {
    sit.plan.list(List::PreRelease).map(|item| pre_release_row(sit, item)).collect()
}

/// What incidents of earlier releases left to be done, until somebody did it or said why not. It blocks nothing: it is
/// only there again, in the list of every release.
pub fn followups(sit: &Situation<'_>) -> Vec<Row> {
    let own = sit.release.map(|release| release.version.as_str());
    let today = sit.now.to_zoned(sit.zone.clone()).date();
    let before = sit.project.followups.iter().filter(|one| one.is_open());
    before
        .filter(|one| own.is_none() || one.release.as_deref() != own)
        .map(|one| Row {
            id: ItemId::new(format!("followup:{}", one.id)),
            run: None,
            list: List::PreRelease,
            group: "Left by incidents".to_owned(),
            title: one.text.clone(),
            role: one.owner.as_deref().map_or_else(|| Role::RELEASE_MANAGER.into(), Role::from),
            class: "follow-up",
            state: ItemState::Open,
            by: None,
            at: Some(one.since),
            evidence: match one.overdue(today) {
                true => format!("overdue: {}", one.origin()),
                false => one.origin(),
            },
            findings: Vec::new(),
        })
        .collect()
}

fn blank(item: &Item, id: ItemId, run: Option<RunId>) -> Row {
    Row {
        id,
        run,
        list: item.list,
        group: item.group.clone(),
        title: item.title.clone(),
        role: item.role.clone(),
        class: class_name(&item.kind),
        state: ItemState::Open,
        by: None,
        at: None,
        evidence: item.expect.as_ref().map(|expect| format!("expected: {expect}")).unwrap_or_default(),
        findings: Vec::new(),
    }
}

fn class_name(kind: &ItemKind) -> &'static str {
    match kind {
        ItemKind::Manual => "manual",
        ItemKind::Automatic(_) => "automatic",
        ItemKind::Command(step) => step.class.name(),
        ItemKind::Probe(_) => "probe",
        ItemKind::Notice(_) => "notice",
    }
}

fn pre_release_row(sit: &Situation<'_>, item: &Item) -> Row {
    let mut row = blank(item, item.id.clone(), None);
    let Some(release) = sit.release else {
        if let ItemKind::Automatic(check) = &item.kind {
            judge_without_release(sit, check, &mut row);
        }
        return row;
    };
    if let Some(rule) = item.when.excludes(release.kind(), release.breaking(), None) {
        row.state = ItemState::NotApplicable;
        row.evidence = rule;
        return row;
    }
    if let Some(since) = sit.observed.checking.get(item.id.as_str()) {
        row.state = ItemState::Doing;
        row.at = *since;
        row.evidence = checking_words(*since, sit.now);
        return row;
    }
    if let Some(record) = release.items.get(&item.id) {
        let stale = match (&record.basis, &item.kind) {
            (Some(basis), ItemKind::Command(step)) => {
                basis.moved(sit.observed, release, &step.run).map(|moved| stale_words(basis, moved))
            }
            _ => None,
        };
        let bound = record.basis.is_none() && record.commit.is_some();
        let holds = stale.is_none() && (!bound || release.holds_for_candidate(record.commit.as_deref()));
        let waived = record.state == ItemState::Waived;
        if holds && (waived || !matches!(item.kind, ItemKind::Automatic(_))) {
            row.state = record.state;
            row.by = Some(record.by.clone());
            row.at = Some(record.at);
            row.evidence = record.evidence.line();
            flag(sit, &item.role, &record.by, &mut row.evidence);
            return row;
        }
        if !holds && record.state != ItemState::Open {
            let why = stale.unwrap_or_else(|| void_words(record.commit.as_deref(), &record.by));
            row.evidence = format!("void: {why}");
        }
    }
    if let ItemKind::Automatic(check) = &item.kind {
        judge(sit, release, check, &mut row);
    }
    row
}

fn judge_without_release(sit: &Situation<'_>, check: &Check, row: &mut Row) {
    let name = match check {
        Check::Git => "git",
        Check::Changelog => "changelog",
        Check::Versions => "versions",
        _ => return,
    };
    if let Some(result) = sit.observed.checks.get(name) {
        from_check(result, row);
    }
}

fn from_check(result: &CheckResult, row: &mut Row) {
    row.state = match result.verdict {
        CheckVerdict::Ok => ItemState::Done,
        CheckVerdict::Bad => ItemState::Failed,
        CheckVerdict::Unknown => ItemState::Open,
    };
    row.at = result.at;
    row.by = Some("relco".to_owned());
    row.evidence.clone_from(&result.summary);
    row.findings = result.findings.iter().map(|finding| (finding.text.clone(), finding.role.clone())).collect();
}

/// The last result of one of relco's own checks: made just now, else recorded.
pub fn check_result<'a>(sit: &Situation<'a>, name: &str) -> Option<&'a CheckResult> {
    sit.observed.checks.get(name).or_else(|| sit.release.and_then(|release| release.checks.get(name)))
}

/// An automatic item of a run, judged like one of the pre-release checklist.
pub fn judge_check(sit: &Situation<'_>, release: &ReleaseState, item: &Item, check: &Check) -> Row {
    let mut row = blank(item, item.id.clone(), None);
    judge(sit, release, check, &mut row);
    if let Some(waived) = release.waivers.get(item.id.as_str()) {
        row.state = ItemState::Waived;
        row.evidence.clone_from(&waived.reason);
    }
    row
}

fn judge(sit: &Situation<'_>, release: &ReleaseState, check: &Check, row: &mut Row) {
    match check {
        Check::Git => judge_candidate(sit, release, row),
        Check::Changelog | Check::Versions | Check::Upgrade => {
            let name = match check {
                Check::Changelog => "changelog",
                Check::Versions => "versions",
                _ => "upgrade",
            };
            if let Some(result) = check_result(sit, name) {
                from_check(result, row);
            }
            if *check == Check::Versions && row.state == ItemState::Done {
                row.evidence.extend(sit.observed.strays.words().map(|words| format!("; {words}")));
            }
        }
        Check::Notes => match &release.notes {
            None => row.evidence = "none written yet".to_owned(),
            Some(notes) if notes.draft => row.evidence = "a draft: placeholders are left".to_owned(),
            Some(notes) => done(row, &notes.by, notes.at, "written"),
        },
        Check::Deployed(env) => judge_deployed(sit, release, env, row),
        Check::Verified(env) => judge_verified(release, env, row),
        Check::Rehearsed => judge_rehearsed(sit, release, row),
        Check::Sheet => {
            let missing = release.sheet.missing_agreements(&release.version, sit.plan);
            if missing.is_empty() {
                let last = release.sheet.agreements.values().max_by_key(|agreement| agreement.at);
                if let Some(last) = last {
                    done(row, &last.by, last.at, "agreed by both");
                }
                for (role, agreement) in &release.sheet.agreements {
                    flag(sit, role, &agreement.by, &mut row.evidence);
                }
            } else {
                row.findings =
                    missing.into_iter().map(|role| (format!("alignment sheet not agreed by {role}"), role)).collect();
                row.evidence = "not agreed".to_owned();
            }
        }
        Check::SignOff(role) => judge_sign_off(sit, release, role, row),
        Check::Trigger(_) | Check::ReleaseLog => {}
    }
}

fn done(row: &mut Row, by: &str, at: Timestamp, evidence: &str) {
    row.state = ItemState::Done;
    row.by = Some(by.to_owned());
    row.at = Some(at);
    evidence.clone_into(&mut row.evidence);
}

/// Whether changes that are in no commit stand in the way: of a candidate that is to be set, and of the first run to
/// production. Afterwards they are the next release's.
pub fn changes_block(sit: &Situation<'_>) -> bool {
    let Some(release) = sit.release.filter(|release| release.is_open()) else { return false };
    let Some(candidate) = release.commit() else { return !sit.observed.dirty.is_empty() };
    let here = sit.observed.head.as_ref().is_some_and(|head| head.commit == candidate);
    let shipped = sit.production().is_some_and(|env| last_deployment(release, &env.name).is_some());
    !sit.observed.dirty.is_empty() && here && !shipped
}

/// The first few paths that have changes.
fn changed_words(dirty: &[String]) -> String {
    let named = dirty.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
    let more = if dirty.len() > 3 { " and more" } else { "" };
    format!("changes are in no commit: {named}{more}")
}

fn judge_candidate(sit: &Situation<'_>, release: &ReleaseState, row: &mut Row) {
    let changed = changes_block(sit).then(|| changed_words(&sit.observed.dirty));
    let Some(candidate) = &release.candidate else {
        row.evidence = match (&sit.observed.no_repository, changed) {
            (Some(why), _) => why.clone(),
            (None, Some(changed)) => format!("no candidate yet, and {changed}"),
            (None, None) => "no candidate yet".to_owned(),
        };
        return;
    };
    if let Some(changed) = changed {
        row.evidence = changed;
        return;
    }
    let short = candidate.commit.get(..7).unwrap_or(&candidate.commit);
    let at_head = sit.observed.head.as_ref().is_some_and(|head| head.commit == candidate.commit);
    let note = match sit.observed.ahead_of_candidate {
        _ if at_head && sit.observed.dirty.is_empty() => format!("{short} is checked out, clean"),
        _ if at_head => format!("{short} is checked out, with changes"),
        Some(count) => format!("{short}; HEAD is {count} past it"),
        None => format!("{short}; HEAD is elsewhere"),
    };
    done(row, &release.captain, candidate.at, &note);
}

fn judge_deployed(sit: &Situation<'_>, release: &ReleaseState, env: &EnvName, row: &mut Row) {
    let run = last_deployment(release, env);
    let taken_back = run.and_then(|run| {
        let after = release.runs.iter().skip_while(|one| one.id != run.id).skip(1);
        after.filter(|one| one.env == *env && one.purpose != RunPurpose::Deployment).last()
    });
    if let Some(later) = taken_back {
        row.evidence = format!("{} took it back from {env}: deploy again", later.id);
        return;
    }
    match run {
        // One that was given up because it did not verify is there all the same: that it does not is said elsewhere.
        Some(run)
            if run.settled(&[List::PreDeployment, List::Deployment])
                && (!ended_badly(run) || fails_verification(run).next().is_some()) =>
        {
            done(row, "relco", run.started, &format!("{} deployed {} to {env}", run.id, run.to));
        }
        Some(run) if run.is_open() => row.evidence = format!("{} is under way", run.id),
        Some(run) => row.evidence = format!("{} did not get through", run.id),
        None => {
            let earlier = |run: &Run| run.env == *env && run.purpose == RunPurpose::Deployment;
            row.evidence = if release.runs.iter().any(earlier) {
                "void: the candidate moved".to_owned()
            } else {
                format!("nothing deployed to {env} yet, {} live", sit.live_words(env))
            };
        }
    }
}

fn ended_badly(run: &Run) -> bool {
    run.ended.is_some_and(|(_, outcome)| outcome != super::run::RunOutcome::Succeeded)
}

/// The last deployment of the present candidate to an environment.
fn last_deployment<'a>(release: &'a ReleaseState, env: &EnvName) -> Option<&'a Run> {
    release
        .runs
        .iter()
        .rev()
        .find(|run| run.env == *env && run.purpose == RunPurpose::Deployment && release.commit() == Some(&run.commit))
}

/// What did not hold when a run was verified.
fn fails_verification(run: &Run) -> impl Iterator<Item = &str> {
    let verification = run.sequence.iter().filter(|slot| slot.list == List::Verification);
    let failed = verification.filter(|slot| matches!(run.state(&slot.id), ItemState::Failed | ItemState::Unknown));
    failed.map(|slot| slot.id.as_str())
}

fn judge_verified(release: &ReleaseState, env: &EnvName, row: &mut Row) {
    let Some(run) = last_deployment(release, env) else { return };
    let verification: Vec<&Slot> = run.sequence.iter().filter(|slot| slot.list == List::Verification).collect();
    let failed: Vec<&str> = fails_verification(run).collect();
    if !failed.is_empty() {
        row.state = ItemState::Failed;
        row.evidence = format!("{}: {} failed", run.id, failed.join(", "));
        row.findings = vec![("Smoke tests failing post-deploy".to_owned(), Role::from(Role::QA))];
    } else if run.settled(&[List::PreDeployment, List::Deployment, List::Verification]) && !ended_badly(run) {
        let at = verification.iter().filter_map(|slot| run.records.get(&slot.id)).map(|record| record.at).max();
        let states = verification.iter().map(|slot| run.state(&slot.id));
        let words = super::item::Tally::of(states).words();
        done(row, "relco", at.unwrap_or(run.started), &format!("{}: {words}", run.id));
    } else {
        row.evidence = format!("{} is not through its verification", run.id);
    }
}

fn judge_rehearsed(sit: &Situation<'_>, release: &ReleaseState, row: &mut Row) {
    let hash = release.candidate.as_ref().map_or(&sit.observed.plan_hash, |candidate| &candidate.plan_hash);
    let changed = |run: &Run| sit.observed.changed_since_rehearsal.get(&run.id).filter(|files| !files.is_empty());
    let mut rehearsals = release.runs.iter().rev().filter(|run| run.purpose == RunPurpose::Rehearsal);
    let of_this_plan = || rehearsals.clone().filter(|run| run.plan_hash == *hash && super::release::succeeded(run));
    match of_this_plan().find(|run| changed(run).is_none()).or_else(|| of_this_plan().next()) {
        Some(run) => {
            let at = run.ended.map_or(run.started, |(at, _)| at);
            let age = duration::between(at, sit.now);
            if let Some(files) = changed(run) {
                let more = if files.len() > 2 { format!(" and {} more", files.len() - 2) } else { String::new() };
                let named = files.iter().take(2).cloned().collect::<Vec<_>>().join(", ");
                row.evidence = format!("{named}{more} changed since the rehearsal {}", run.id);
                return;
            }
            if age > sit.plan.rehearsal_valid {
                let valid = duration::words(sit.plan.rehearsal_valid);
                row.evidence =
                    format!("rehearsed {} ago as {}, which counts for {valid}", duration::words(age), run.id);
                return;
            }
            done(row, "relco", at, &format!("rehearsed in {} as {}", run.env, run.id));
        }
        None => {
            row.evidence = match rehearsals.next() {
                Some(run) if run.is_open() => format!("rehearsal {} is under way", run.id),
                Some(run) if run.plan_hash != *hash => "the plan changed since the rehearsal".to_owned(),
                Some(run) => format!("rehearsal {} did not get through", run.id),
                None => "rollback was never rehearsed".to_owned(),
            };
        }
    }
}

/// Says beside the evidence that a person spoke for a role whose list they are not in: recorded and flagged, never
/// refused.
fn flag(sit: &Situation<'_>, role: &Role, by: &str, evidence: &mut String) {
    if by == "relco" || sit.plan.holds_role(role, by) {
        return;
    }
    let gap = if evidence.is_empty() { "" } else { "; " };
    evidence.push_str(&format!("{gap}{by} is not in the list of {role}"));
}

fn judge_sign_off(sit: &Situation<'_>, release: &ReleaseState, role: &Role, row: &mut Row) {
    let missing = if role.as_str() == Role::SECURITY {
        "Need security approval before release".to_owned()
    } else {
        format!("Need {role} sign-off before release")
    };
    match release.sign_offs.get(role) {
        Some(word) if !release.holds_for_candidate(word.commit.as_deref()) => {
            row.evidence = format!("void: {}", void_words(word.commit.as_deref(), &word.by));
            row.findings = vec![(missing, role.clone())];
        }
        Some(word) if word.yes => {
            done(row, &word.by, word.at, word.note.as_deref().unwrap_or("yes"));
            flag(sit, role, &word.by, &mut row.evidence);
        }
        Some(word) => {
            row.state = ItemState::Failed;
            row.by = Some(word.by.clone());
            row.at = Some(word.at);
            row.evidence = word.note.clone().unwrap_or_else(|| "no".to_owned());
            row.findings = vec![(format!("{role} said no: {}", row.evidence), role.clone())];
        }
        None => row.findings = vec![(missing, role.clone())],
    }
}

/// The rows of a run, in order.
pub fn slots(sit: &Situation<'_>, run: &Run) -> Vec<Row> {
    run.sequence.iter().map(|slot| slot_row(sit, run, slot)).collect()
}

fn slot_row(sit: &Situation<'_>, run: &Run, slot: &Slot) -> Row {
    let mut row = match sit.plan.item(&slot.item) {
        Some(item) => blank(item, slot.id.clone(), Some(run.id.clone())),
        None => Row {
            id: slot.id.clone(),
            run: Some(run.id.clone()),
            list: slot.list,
            group: String::new(),
            title: slot.id.to_string(),
            role: Role::from(Role::DEVOPS),
            class: "manual",
            state: ItemState::Open,
            by: None,
            at: None,
            evidence: "not in the plan any more".to_owned(),
            findings: Vec::new(),
        },
    };
    row.list = slot.list;
    match slot.act {
        Act::Do => {}
        Act::Undo => row.title = format!("Undo: {}", row.title),
        Act::Cancel => row.title = format!("Cancel: {}", row.title),
    }
    if let Some(record) = run.records.get(&slot.id) {
        row.state = record.state;
        row.by = Some(record.by.clone());
        row.at = Some(record.at);
        row.evidence = record.evidence.line();
    }
    let wants = sit.plan.item(&slot.item).and_then(|item| item.wants).filter(|_| run.is_open());
    if let (Some(release), Some(wants), ItemState::Open) = (sit.release, wants, row.state) {
        let missing = super::paperwork::missing(release, Some(run), wants).into_iter();
        row.findings = missing.map(|(what, _)| (format!("missing: {what}"), row.role.clone())).collect();
    }
    if let Some(release) = sit.release.filter(|_| row.state == ItemState::Doing) {
        let here = release.running().filter(|one| one.run == run.id && one.slot == slot.id);
        let asked = here.flat_map(super::overdue::questions);
        row.findings = asked.map(|one| (one.words(), row.role.clone())).collect();
    }
    row
}
