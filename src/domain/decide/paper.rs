//! Release notes, the alignment sheet, notices, and facts about the project.

use super::super::command::Command;
use super::super::effect::{Effect, Outcome};
use super::super::event::Fact;
use super::super::id::Role;
use super::super::item::ItemState;
use super::super::ledger::Rule;
use super::super::notice::NoticeState;
use super::super::plan::{Channel, ItemKind, Purpose};
use super::super::project::Debt;
use super::super::readiness::notice_text;
use super::super::refusal::Refusal;
use super::super::release::ReleaseState;
use super::super::run::Run;
use super::super::sheet::{Sheet, SheetField};
use super::super::situation::Situation;
use super::super::window::DeploymentWindow as Window;
use super::after::after_slot;
use super::{any_release, open_release, owned, wanted};

pub(super) fn decide(sit: &Situation<'_>, command: &Command) -> Result<Outcome, Refusal> {
    match command {
        Command::WriteNotes { blob, draft } => {
            open_release(sit)?;
            Ok(Outcome::release(Fact::NotesWritten { blob: blob.clone(), draft: *draft, by: sit.by.to_owned() }))
        }
        Command::SetSheet { field, value } => set_sheet(sit, *field, value),
        Command::AgreeSheet { role } => agree(sit, role),
        Command::SendNotices { purpose, stakeholder, again } => {
            let release = any_release(sit)?;
            let outcome = send(sit, release, *purpose, stakeholder.as_deref(), *again, None);
            if outcome.release.is_empty() {
                return Err(Refusal::new(format!("everybody was told about the {} already", purpose.name()))
                    .next("--again tells them once more"));
            }
            Ok(outcome)
        }
        Command::SettleNotice { notice, state, detail } => settle(sit, notice, *state, detail.as_ref()),
        Command::SetLive { env, version } => {
            if sit.plan.environment(env).is_none() {
                return Err(Refusal::new(format!("there is no environment {env}")));
            }
            Ok(Outcome::project(Fact::LiveSet {
                env: env.clone(),
                version: wanted(Some(version), "the live version")?,
                release: None,
                by: sit.by.to_owned(),
            }))
        }
        Command::AcceptStray { path, text, reason } => {
            let known = &sit.project.strays_accepted;
            if known.iter().any(|(at, line)| at == path && (line == text || line.is_empty())) {
                return Err(Refusal::new(format!("{path} is accepted already")));
            }
            Ok(Outcome::project(Fact::StrayAccepted {
                path: path.clone(),
                text: text.clone(),
                reason: owned(reason.as_ref()),
                by: sit.by.to_owned(),
            }))
        }
        Command::ExcludeChange { rule, reason } => exclude(sit, rule, reason.as_ref()),
        Command::IncludeChange { rule } => include(sit, rule),
        Command::PayDebt { debt, note, by_hand } => match sit.project.debts.iter().find(|one| one.id == *debt) {
            None => Err(Refusal::new(format!("there is no debt {debt}"))),
            Some(one) if one.paid.is_some() => Err(Refusal::new(format!("{debt} is paid already"))),
            Some(one) => pay(sit, one, note.as_ref(), *by_hand),
        },
        _ => Ok(Outcome::default()),
    }
}

/// A forward-port is paid by the same patch on the main branch, or by a person's word on how it was done instead.
fn pay(sit: &Situation<'_>, debt: &Debt, note: Option<&String>, by_hand: bool) -> Result<Outcome, Refusal> {
    let mut note = owned(note);
    if debt.is_forward_port() {
        let id = &debt.id;
        match (by_hand, &note, sit.observed.ports.get(id)) {
            (true, None, _) => {
                return Err(
                    Refusal::new("a forward-port by hand says how it was done").next("--note \"ported in #130\"")
                );
            }
            (true, Some(how), _) => note = Some(format!("by hand: {how}")),
            (false, _, Some(port)) if port.is_found() => {
                let found = format!("the same patch is on {}: {}", port.branch, port.found.join(", "));
                note = Some(note.map_or(found.clone(), |note| format!("{note}; {found}")));
            }
            (false, _, Some(port)) => {
                return Err(Refusal::new(format!("the fix of {} is not on {}", debt.release, port.branch))
                    .role(debt.role.clone())
                    .details(port.missing.iter().cloned())
                    .next(format!("git cherry-pick it there, or relco debt pay {id} --by-hand --note TEXT")));
            }
            (false, _, None) => {
                return Err(Refusal::new(format!(
                    "nothing is known of the fix of {}: no candidate, or no main branch",
                    debt.release
                ))
                .next(format!("relco debt pay {id} --by-hand --note TEXT")));
            }
        }
    }
    Ok(Outcome::project(Fact::DebtPaid { debt: debt.id.clone(), note, by: sit.by.to_owned() }))
}

/// Kept for the project, because a change is the same in every release, and told on the release's timeline.
fn exclude(sit: &Situation<'_>, rule: &Rule, reason: Option<&String>) -> Result<Outcome, Refusal> {
    if sit.project.exclusions.iter().chain(&sit.plan.exclusions).any(|one| one.rule == *rule) {
        return Err(Refusal::new(format!("{rule} needs no entry already")).next("relco changes rules"));
    }
    let reason = match rule {
        Rule::Change(_) => wanted(reason.map(String::as_str), "leaving a change out of the changelog")?,
        _ => owned(reason).unwrap_or_default(),
    };
    Ok(for_both(sit, Fact::ChangeExcluded { rule: rule.to_string(), reason, by: sit.by.to_owned() }))
}

fn include(sit: &Situation<'_>, rule: &Rule) -> Result<Outcome, Refusal> {
    if sit.project.exclusions.iter().any(|one| one.rule == *rule) {
        return Ok(for_both(sit, Fact::ChangeIncluded { rule: rule.to_string(), by: sit.by.to_owned() }));
    }
    let refusal = Refusal::new(format!("nobody said that {rule} needs no entry"));
    if sit.plan.exclusions.iter().any(|one| one.rule == *rule) {
        return Err(refusal.next("it stands in relco.toml, under [changelog] exclude"));
    }
    Err(refusal.next("relco changes rules"))
}

fn for_both(sit: &Situation<'_>, fact: Fact) -> Outcome {
    let mut outcome = Outcome::project(fact.clone());
    if sit.release.is_some_and(|release| release.ended.is_none()) {
        outcome.release.push(fact);
    }
    outcome
}

fn set_sheet(sit: &Situation<'_>, field: SheetField, value: &str) -> Result<Outcome, Refusal> {
    let release = open_release(sit)?;
    if field == SheetField::DeployTime
        && !value.trim().is_empty()
        && let Err(error) = Window::parse(value.trim())
    {
        // Its own words name the text already.
        return Err(Refusal::new(error.to_string()).next("like 2026-11-23 14:00-16:00 Europe/Berlin"));
    }
    let mut outcome = Outcome::release(Fact::SheetSet { field, value: value.trim().to_owned(), by: sit.by.to_owned() });
    let before = release.sheet.missing_agreements(&release.version, sit.plan).len();
    if before < Sheet::ROLES.len() && release.sheet.get(field) != Some(value.trim()) {
        outcome.warnings.push("the sheet changed: earlier agreements are void".to_owned());
    }
    Ok(outcome)
}

fn agree(sit: &Situation<'_>, role: &Role) -> Result<Outcome, Refusal> {
    let release = open_release(sit)?;
    if !Sheet::ROLES.contains(&role.as_str()) {
        return Err(Refusal::new(format!("the sheet is not {role}'s to agree to"))
            .next("--role \"release manager\" or --role devops"));
    }
    if release.sheet.get(SheetField::DeployTime).is_none() {
        return Err(Refusal::new("the sheet has no deploy time yet")
            .next("relco sheet set deploy-time \"2026-11-23 14:00-16:00 Europe/Berlin\""));
    }
    let digest = release.sheet.digest(&release.version, sit.plan);
    let mut outcome = Outcome::release(Fact::SheetAgreed { role: role.clone(), by: sit.by.to_owned(), digest });
    if !sit.plan.holds_role(role, sit.by) {
        outcome.warnings.push(format!("{} is not in the list of {role}: recorded as said", sit.by));
    }
    Ok(outcome)
}

fn slug(name: &str) -> String {
    let mapped: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    mapped.trim_matches('-').to_owned()
}

/// An id that no other notice has, neither on record nor among those that are about to be: names may be written in
/// other letters, or differ in what an id cannot hold.
fn notice_id(sit: &Situation<'_>, release: &ReleaseState, purpose: Purpose, name: &str, coming: &[Fact]) -> String {
    let place = sit.plan.stakeholders.iter().position(|one| one.name == name).unwrap_or_default();
    let slug = Some(slug(name)).filter(|slug| !slug.is_empty()).unwrap_or_else(|| format!("stakeholder-{}", place + 1));
    let taken = |id: &String| {
        release.notices.iter().any(|notice| notice.id == *id)
            || coming.iter().any(|fact| matches!(fact, Fact::NoticeIntended { notice, .. } if notice == id))
    };
    let ids = (1_usize..).map(|number| format!("{}-{slug}-{number}", purpose.name()));
    ids.into_iter().find(|id| !taken(id)).unwrap_or_default()
}

/// Intends a notice to everybody who must be told and was not, and who may not have been told already.
pub(super) fn send(
    sit: &Situation<'_>,
    release: &ReleaseState,
    purpose: Purpose,
    stakeholder: Option<&str>,
    again: bool,
    run: Option<&Run>,
) -> Outcome {
    let about = about(sit, release, purpose, run);
    let text = notice_text(sit, release, purpose, about.or(run));
    send_text(sit, release, purpose, stakeholder, again, run, &text)
}

/// The run that a notice is about.
fn about<'a>(
    sit: &Situation<'_>,
    release: &'a ReleaseState,
    purpose: Purpose,
    run: Option<&'a Run>,
) -> Option<&'a Run> {
    let production = sit.production().map(|env| &env.name);
    match purpose {
        Purpose::Window => None,
        Purpose::Completion | Purpose::Rollback | Purpose::Incident => {
            run.or_else(|| release.runs.iter().rev().find(|run| Some(&run.env) == production))
        }
    }
}

/// As [`send`], with a text of a person's own.
pub(super) fn send_text(
    sit: &Situation<'_>,
    release: &ReleaseState,
    purpose: Purpose,
    stakeholder: Option<&str>,
    again: bool,
    run: Option<&Run>,
    text: &str,
) -> Outcome {
    let about = about(sit, release, purpose, run);
    let mut outcome = Outcome::default();
    for one in &sit.plan.stakeholders {
        let wanted = one.purposes.is_empty() || one.purposes.contains(&purpose);
        if !wanted || stakeholder.is_some_and(|name| name != one.name) {
            continue;
        }
        let told_before = release.notices.iter().any(|notice| {
            notice.stakeholder == one.name
                && notice.purpose == purpose
                && notice.run.as_ref() == about.map(|run| &run.id)
                && (purpose != Purpose::Incident || notice.text == text)
                && notice.state != NoticeState::Failed
        });
        if told_before && !again {
            continue;
        }
        let id = notice_id(sit, release, purpose, &one.name, &outcome.release);
        outcome.release.push(Fact::NoticeIntended {
            notice: id.clone(),
            stakeholder: one.name.clone(),
            purpose,
            run: about.map(|run| run.id.clone()),
            text: text.to_owned(),
        });
        match one.channel {
            Channel::ByHand => outcome.release.push(Fact::NoticeSettled {
                notice: id,
                state: NoticeState::ToDoByHand,
                detail: None,
                by: "relco".to_owned(),
            }),
            Channel::Command(_) | Channel::Webhook { .. } => outcome.effects.push(Effect::SendNotice(id)),
        }
    }
    outcome
}

fn settle(sit: &Situation<'_>, id: &str, state: NoticeState, detail: Option<&String>) -> Result<Outcome, Refusal> {
    let release = any_release(sit)?;
    let Some(notice) = release.notices.iter().find(|notice| notice.id == id) else {
        return Err(Refusal::new(format!("there is no notice {id}")).next("relco notify list"));
    };
    let by = if state == NoticeState::ToldByHand { sit.by } else { "relco" };
    let mut outcome = Outcome::release(Fact::NoticeSettled {
        notice: id.to_owned(),
        state,
        detail: owned(detail),
        by: by.to_owned(),
    });
    outcome.extend(slot_done(sit, release, notice.purpose, id, state));
    Ok(outcome)
}

/// A notice slot is done when nothing of it is in flight any more. Who was not told shows when completing: a
/// failing channel never holds up a deployment.
fn slot_done(
    sit: &Situation<'_>,
    release: &ReleaseState,
    purpose: Purpose,
    settled: &str,
    state: NoticeState,
) -> Outcome {
    let doing = release.runs.iter().filter(|run| run.is_open()).find_map(|run| {
        let slot = run.sequence.iter().find(|slot| {
            run.state(&slot.id) == ItemState::Doing
                && sit.plan.item(&slot.item).is_some_and(|item| item.kind == ItemKind::Notice(purpose))
        })?;
        Some((run, slot))
    });
    let Some((run, slot)) = doing else { return Outcome::default() };
    let about = |notice: &&super::super::notice::Notice| {
        notice.purpose == purpose && (notice.run.is_none() || notice.run.as_ref() == Some(&run.id))
    };
    let states: Vec<NoticeState> = release
        .notices
        .iter()
        .filter(about)
        .map(|notice| if notice.id == settled { state } else { notice.state })
        .collect();
    if states.contains(&NoticeState::Unknown) {
        return Outcome::default();
    }
    let words: Vec<String> = NoticeState::ALL
        .iter()
        .map(|state| (state, states.iter().filter(|one| *one == state).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(state, count)| format!("{count} {state}"))
        .collect();
    let mut outcome = Outcome::release(Fact::ItemSet {
        run: Some(run.id.clone()),
        item: slot.id.clone(),
        state: ItemState::Done,
        by: "relco".to_owned(),
        observed: Some(words.join(", ")),
        reason: None,
        commit: None,
        basis: None,
    });
    outcome.extend(after_slot(sit, release, run, &slot.id, ItemState::Done));
    outcome
}
