//! `relco notify …`: who must be told, what they were told, and telling them.

use serde_json::json;

use super::Context;
use super::args::NotifyCommand;
use super::exit::{Ending, Exit, Failure};
use super::output::{Output, safe};
use crate::domain::command::Command as Act;
use crate::domain::event::Fact;
use crate::domain::item::ItemState;
use crate::domain::notice::{Notice, NoticeState};
use crate::domain::plan::{Channel, Purpose, Stakeholder};
use crate::domain::refusal::Refusal;
use crate::domain::time::{age, rfc3339};
use crate::session::Snapshot;

/// Runs a notify command.
pub fn run(context: &mut Context, command: NotifyCommand) -> Ending {
    match command {
        NotifyCommand::List => Ok(list(context)),
        NotifyCommand::Send { purpose, to, again } => send(context, &purpose, to, again),
        NotifyCommand::Told { id, note } => told(context, &id, note),
    }
}

fn notices(snapshot: &Snapshot) -> &[Notice] {
    snapshot.release.as_ref().map(|release| release.notices.as_slice()).unwrap_or_default()
}

fn list(context: &Context) -> Exit {
    let snapshot = context.session.snapshot();
    if context.out.json {
        context.out.document(&document(&snapshot));
        return Exit::Done;
    }
    if snapshot.plan.stakeholders.is_empty() {
        context.out.line("no stakeholders are configured");
    }
    for stakeholder in &snapshot.plan.stakeholders {
        let about: Vec<&str> = stakeholder.purposes.iter().map(|purpose| purpose.name()).collect();
        let about = if about.is_empty() { "everything".to_owned() } else { about.join(", ") };
        let line = safe(&format!("{}  {}, about {about}", stakeholder.name, channel_words(stakeholder)));
        context.out.line(context.out.bold(&line));
        for notice in notices(&snapshot).iter().filter(|notice| notice.stakeholder == stakeholder.name) {
            context.out.line(notice_line(&context.out, notice));
        }
    }
    let known = |notice: &&Notice| snapshot.plan.stakeholders.iter().all(|one| one.name != notice.stakeholder);
    for notice in notices(&snapshot).iter().filter(known) {
        context.out.line(format!("{}  not in the plan any more", safe(&notice.stakeholder)));
        context.out.line(notice_line(&context.out, notice));
    }
    Exit::Done
}

fn channel_words(stakeholder: &Stakeholder) -> String {
    match &stakeholder.channel {
        Channel::Command(command) => format!("by {}", command.words()),
        Channel::Webhook { variable } => format!("by the webhook in {variable}"),
        Channel::ByHand => "by a person".to_owned(),
    }
}

fn notice_line(out: &Output, notice: &Notice) -> String {
    let state = match notice.state {
        NoticeState::Sent | NoticeState::ToldByHand | NoticeState::Drill => ItemState::Done,
        NoticeState::Failed => ItemState::Failed,
        NoticeState::ToDoByHand => ItemState::Open,
        NoticeState::Unknown => ItemState::Unknown,
    };
    let detail = notice.detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
    let ago = age(notice.at, crate::system::clock::now());
    let line = format!("{}  {}{detail}  {ago}  {}", notice.id, notice.state, notice.by);
    format!("  {} {}", out.state(state), safe(&line))
}

fn send(context: &mut Context, purpose: &str, to: Option<String>, again: bool) -> Ending {
    let Some(purpose) = Purpose::from_name(purpose.trim()) else {
        let names: Vec<&str> = Purpose::ALL.iter().map(|purpose| purpose.name()).collect();
        return Err(
            Failure::usage(format!("there is no purpose {purpose}")).hint(format!("purposes: {}", names.join(", ")))
        );
    };
    if let Some(name) = &to {
        known(&context.session.snapshot(), name)?;
    }
    let acted = context.session.act(&Act::SendNotices { purpose, stakeholder: to, again })?;
    for warning in &acted.warnings {
        context.out.warn(warning);
    }
    context.settle()?;
    let sent: Vec<&String> = acted
        .recorded
        .iter()
        .filter_map(|rec| match &rec.fact {
            Fact::NoticeIntended { notice, .. } => Some(notice),
            _ => None,
        })
        .collect();
    let snapshot = context.session.snapshot();
    let mine: Vec<&Notice> = notices(&snapshot).iter().filter(|notice| sent.contains(&&notice.id)).collect();
    if context.out.json {
        let mine: Vec<_> = mine.iter().map(|notice| notice_document(notice)).collect();
        context.out.document(&json!({ "schema": 1, "notices": mine }));
    } else {
        for notice in &mine {
            context.out.line(safe(&notice.stakeholder));
            context.out.line(notice_line(&context.out, notice));
        }
    }
    let failed = mine.iter().any(|notice| matches!(notice.state, NoticeState::Failed | NoticeState::Unknown));
    Ok(if failed { Exit::StepFailed } else { Exit::Done })
}

fn known(snapshot: &Snapshot, name: &str) -> Result<(), Failure> {
    if snapshot.plan.stakeholders.iter().any(|one| one.name == name) {
        return Ok(());
    }
    let names: Vec<&str> = snapshot.plan.stakeholders.iter().map(|one| one.name.as_str()).collect();
    Err(Failure::usage(format!("there is no stakeholder {name}")).hint(format!("stakeholders: {}", names.join(", "))))
}

fn told(context: &mut Context, name: &str, note: Option<String>) -> Ending {
    let snapshot = context.session.snapshot();
    let notice = meant(notices(&snapshot), name)?;
    let said = format!("{} told by hand: {}", notice.stakeholder, notice.id);
    let act = Act::SettleNotice { notice: notice.id.clone(), state: NoticeState::ToldByHand, detail: note };
    context.act(&act, &said)
}

/// The notice that is meant: by its id, or the only one that a stakeholder of that name still has to be told.
fn meant<'a>(notices: &'a [Notice], name: &str) -> Result<&'a Notice, Refusal> {
    if let Some(notice) = notices.iter().find(|notice| notice.id == name) {
        return Ok(notice);
    }
    let of_name = || notices.iter().filter(|notice| notice.stakeholder == name);
    // What somebody was told at the second try needs no telling of the first.
    let told =
        |about: &Notice| of_name().any(|one| one.state.told() && one.purpose == about.purpose && one.run == about.run);
    let open: Vec<&Notice> = of_name().filter(|notice| !told(notice)).collect();
    match open.as_slice() {
        [only] => Ok(only),
        [] if of_name().next().is_some() => Err(Refusal::new(format!("{name} was told everything already"))),
        [] => Err(Refusal::new(format!("there is no notice for {name}")).next("relco notify list")),
        several => {
            let ids = several.iter().map(|notice| notice.id.clone());
            Err(Refusal::new(format!("{name} is to be told {} things", several.len()))
                .details(ids)
                .next("relco notify told ID"))
        }
    }
}

fn document(snapshot: &Snapshot) -> serde_json::Value {
    let stakeholders: Vec<_> = snapshot
        .plan
        .stakeholders
        .iter()
        .map(|one| {
            let about: Vec<&str> = one.purposes.iter().map(|purpose| purpose.name()).collect();
            json!({ "name": one.name, "by": channel_words(one), "purposes": about })
        })
        .collect();
    let notices: Vec<_> = notices(snapshot).iter().map(notice_document).collect();
    json!({ "schema": 1, "stakeholders": stakeholders, "notices": notices })
}

/// A notice for machines.
pub fn notice_document(notice: &Notice) -> serde_json::Value {
    json!({
        "id": notice.id,
        "stakeholder": notice.stakeholder,
        "purpose": notice.purpose.name(),
        "run": notice.run.as_ref().map(|run| run.as_str()),
        "state": notice.state.name(),
        "detail": notice.detail,
        "at": rfc3339(notice.at),
        "by": notice.by,
        "text": notice.text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(id: &str, stakeholder: &str, state: NoticeState) -> Notice {
        Notice {
            id: id.into(),
            stakeholder: stakeholder.into(),
            purpose: Purpose::Completion,
            run: None,
            text: String::new(),
            state,
            detail: None,
            at: jiff::Timestamp::UNIX_EPOCH,
            by: "ana".into(),
        }
    }

    #[test]
    fn a_stakeholder_names_the_notice_that_is_still_open() {
        let all = [
            Notice { purpose: Purpose::Window, ..notice("window-office-1", "office", NoticeState::ToldByHand) },
            notice("completion-office-1", "office", NoticeState::ToDoByHand),
            notice("completion-page-1", "page", NoticeState::Sent),
        ];
        assert_eq!(meant(&all, "office").unwrap().id, "completion-office-1");
        assert_eq!(meant(&all, "window-office-1").unwrap().id, "window-office-1");
        assert_eq!(meant(&all, "page").unwrap_err().what, "page was told everything already");
        assert_eq!(meant(&all, "nobody").unwrap_err().what, "there is no notice for nobody");
    }

    #[test]
    fn a_notice_that_came_through_at_the_second_try_is_told() {
        let all = [
            notice("completion-page-1", "page", NoticeState::Failed),
            notice("completion-page-2", "page", NoticeState::Sent),
        ];
        assert_eq!(meant(&all, "page").unwrap_err().what, "page was told everything already");
    }

    #[test]
    fn two_open_notices_are_told_one_by_one() {
        let all = [
            notice("window-office-1", "office", NoticeState::Failed),
            notice("completion-office-1", "office", NoticeState::Unknown),
        ];
        let refusal = meant(&all, "office").unwrap_err();
        assert_eq!(refusal.details, ["window-office-1", "completion-office-1"]);
    }
}
