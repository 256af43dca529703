//! The two forms that are filled in before anything is deployed: the pre-release checklist and the alignment sheet.

use jiff::Timestamp;

use super::{fact, line_of};
use crate::domain::forms::{Agreed, Fact, Group, Line, Mark, PreReleaseForm, SheetForm};
use crate::domain::id::Role;
use crate::domain::item::ItemState;
use crate::domain::plan::{Check, ItemKind};
use crate::domain::release::ReleaseState;
use crate::domain::release_type::ReleaseType;
use crate::domain::sheet::{self, Sheet, SheetField};
use crate::domain::situation::Situation;
use crate::domain::status::{self, GateRow, Row};
use crate::domain::timeline::spoken;

/// The pre-release checklist as it stands. Without a release it shows what can be seen anyway.
pub fn checklist(sit: &Situation<'_>) -> PreReleaseForm {
    let mut groups: Vec<Group> = Vec::new();
    let left = if sit.release.is_some_and(|release| !release.is_open()) { Vec::new() } else { status::followups(sit) };
    for row in status::pre_release(sit).into_iter().chain(left) {
        let line = line_of(&row, actor_of(sit, &row), at_its_end(sit, &row));
        match groups.iter_mut().find(|group| group.heading == row.group) {
            Some(group) => group.lines.push(line),
            None => groups.push(Group { heading: row.group, lines: vec![line] }),
        }
    }
    PreReleaseForm {
        version: version(sit),
        facts: sit.release.map(checklist_facts).unwrap_or_default(),
        gates: status::gates(sit).iter().map(|gate| gate_line(sit, gate)).collect(),
        groups,
    }
}

fn version(sit: &Situation<'_>) -> String {
    sit.release.map_or_else(|| "X.Y.Z".to_owned(), |release| release.version.clone())
}

fn checklist_facts(release: &ReleaseState) -> Vec<Fact> {
    let mut facts = vec![fact("Release type", format!("{} ({})", release.kind(), requires(release.kind())))];
    let breaking = if release.breaking() { ", holds a breaking change" } else { "" };
    let candidate = release.commit().map(|commit| format!("{commit}{breaking}"));
    facts.push(fact("Candidate", candidate.unwrap_or_else(|| "none yet".to_owned())));
    facts
}

/// What a release of this type must bring along.
fn requires(kind: ReleaseType) -> &'static str {
    match kind {
        ReleaseType::Hotfix => "critical bug fix, minimal testing",
        ReleaseType::Patch => "bug fixes, regression testing",
        ReleaseType::Minor => "new features, full testing",
        ReleaseType::Major => "breaking changes, migration plan",
    }
}

/// Who operated relco when a row of the checklist got its state.
fn actor_of<'a>(sit: &Situation<'a>, row: &Row) -> Option<&'a str> {
    let release = sit.release?;
    if let Some(ItemKind::Automatic(Check::SignOff(role))) = sit.plan.item(&row.id).map(|item| &item.kind)
        && row.state != ItemState::Waived
    {
        return release.sign_offs.get(role).map(|word| word.actor.as_str());
    }
    release.items.get(&row.id).map(|record| record.actor.as_str())
}

/// Of a release that ended: which commit shipped. Where HEAD stands today is no part of its record.
fn at_its_end(sit: &Situation<'_>, row: &Row) -> Option<String> {
    let release = sit.release.filter(|release| !release.is_open())?;
    let is_candidate = sit.plan.item(&row.id).is_some_and(|item| item.kind == ItemKind::Automatic(Check::Git));
    let candidate = release.candidate.as_ref().filter(|_| is_candidate && row.state == ItemState::Done)?;
    let short = candidate.commit.get(..7).unwrap_or(&candidate.commit);
    let branch = candidate.branch.as_ref().map(|branch| format!(" on {branch}")).unwrap_or_default();
    Some(format!("{short}{branch}"))
}

fn gate_line(sit: &Situation<'_>, gate: &GateRow) -> Line {
    let actor = sit.release.and_then(|release| release.gates.get(&gate.id)).map(|record| record.actor.as_str());
    let rule = gate.not_applicable.clone();
    let void = gate.void.as_ref().map(|void| format!("void: {void}"));
    let evidence = Some(gate.evidence.clone()).filter(|evidence| !evidence.is_empty());
    Line {
        title: gate.title.clone(),
        mark: if rule.is_some() { Mark::Item(ItemState::NotApplicable) } else { Mark::Gate(gate.verdict) },
        by: gate.by.as_ref().map(|by| spoken(by, actor.unwrap_or(by))),
        at: gate.at,
        grounds: rule.or(void).or(evidence),
    }
}

/// The alignment sheet as it stands. Sequence and rollback trigger come from the plan.
pub fn sheet(sit: &Situation<'_>) -> SheetForm {
    let empty = Sheet::default();
    let filled = sit.release.map_or(&empty, |release| &release.sheet);
    let field = |field| filled.get(field).map(str::to_owned);
    let digest = sit.release.map(|release| filled.digest(&release.version, sit.plan));
    let agreed = Sheet::ROLES.into_iter().map(Role::from).map(|role| {
        let agreement = filled.agreements.get(&role).filter(|agreement| Some(&agreement.digest) == digest.as_ref());
        Agreed { role: role.to_string(), by: agreement.map(|agreement| (agreement.by.clone(), agreement.at)) }
    });
    SheetForm {
        version: sit.release.map(|release| release.version.clone()),
        changelog: status::check_result(sit, "changelog").map(|result| result.summary.clone()),
        notes: sit.release.and_then(|release| release.notes.as_ref()).map(|notes| {
            let state = if notes.draft { "a draft with placeholders left" } else { "written" };
            format!("{state}, by {}", notes.by)
        }),
        timing: field(SheetField::TimingPreference),
        availability: field(SheetField::WindowAvailability),
        infrastructure: field(SheetField::InfrastructureStatus),
        pipeline: field(SheetField::PipelineReadiness),
        monitoring: field(SheetField::MonitoringSetup),
        deploy_time: field(SheetField::DeployTime),
        sequence: Some(sheet::sequence(sit.plan)),
        trigger: Some(sheet::triggers(sit.plan)),
        communication: field(SheetField::Communication),
        agreed: agreed.collect(),
    }
}

/// An agreement to the sheet as it stood before it changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoidAgreement {
    /// For which role.
    pub role: Role,
    /// Who spoke.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// The agreements that a later change of the sheet made void.
pub fn void_agreements(sit: &Situation<'_>) -> Vec<VoidAgreement> {
    let Some(release) = sit.release else { return Vec::new() };
    let digest = release.sheet.digest(&release.version, sit.plan);
    let old = release.sheet.agreements.iter().filter(|(_, agreement)| agreement.digest != digest);
    old.map(|(role, agreement)| VoidAgreement { role: role.clone(), by: agreement.by.clone(), at: agreement.at })
        .collect()
}
