//! What Enter does on a row, in one line, with the exact command where one runs.

use crate::domain::item::ItemState;
use crate::domain::plan::{Check, CommandSpec, ItemKind};
use crate::domain::run::{Run, RunPurpose};
use crate::domain::sequence;
use crate::tui::listing::{ListRow, RowAct};
use crate::tui::screen::view::{View, Watcher};
use crate::tui::screen::words;

/// What Enter does, or why it does nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Enter {
    /// Enter does this.
    Does(String),
    /// Enter does nothing, for this reason.
    Not(String),
}

impl Enter {
    /// As one text.
    pub fn words(&self) -> String {
        match self {
            Enter::Does(what) => format!("Enter {what}"),
            Enter::Not(why) => why.clone(),
        }
    }
}

/// What Enter does on this row; `None` where there is nothing to say.
pub fn act(view: &View<'_>, row: &ListRow) -> Option<Enter> {
    let changes = !matches!(row.act, RowAct::None | RowAct::Changes | RowAct::Versions | RowAct::Notes | RowAct::Sheet);
    if changes && view.shown.snapshot.read_only.is_some() {
        return Some(Enter::Not("read-only: nothing can be recorded".to_owned()));
    }
    if let (true, Watcher::Elsewhere(who)) = (row.run.is_some() && changes, &view.watcher)
        && !matches!(row.act, RowAct::Item(..))
    {
        return Some(Enter::Not(format!("{who} runs this; {} takes it over", view.shown.keys.take)));
    }
    let does = |what: &str| Some(Enter::Does(what.to_owned()));
    match &row.act {
        RowAct::None => None,
        RowAct::StartRelease => does("starts a release"),
        RowAct::Trust => does("shows what would run, and asks"),
        RowAct::SetCandidate => does("sets the candidate to HEAD"),
        RowAct::Versions => does("compares the versions, and sets them"),
        RowAct::Changes => does("shows the changes beside the changelog"),
        RowAct::Notes => does("opens the release notes"),
        RowAct::Sheet => does("opens the alignment sheet"),
        RowAct::SignOff(role) => Some(Enter::Does(format!("records the word of {}", view.clean(role.as_str())))),
        RowAct::Gate(id) => match view.sit.plan.gate(id).and_then(|gate| gate.check.as_ref()) {
            Some(check) => Some(Enter::Does(format!("runs {}", command(view, check)))),
            None => does("records the verdict"),
        },
        RowAct::CheckItem(id) => match view.sit.plan.item(id).map(|item| &item.kind) {
            Some(ItemKind::Command(step)) => Some(Enter::Does(format!("runs {}", command(view, &step.run)))),
            _ => does("runs its check"),
        },
        RowAct::Item(_, _) if row.state.is_some_and(ItemState::settled) => does("records another word on it"),
        RowAct::Item(_, _) => does("records that it is done, with what you saw"),
        RowAct::Deploy(env) => Some(deploy(view, env)),
        RowAct::Rehearse(env) => Some(Enter::Does(format!("rehearses the rollback in {}", view.clean(env.as_str())))),
        RowAct::Next(run) => next(view, row, view.release.and_then(|release| release.run(run))),
        RowAct::Failed(run, _) => match view.release.and_then(|release| release.run(run)).map(|run| run.purpose) {
            Some(RunPurpose::Deployment) | None => does("asks: try again, skip, or roll back"),
            Some(RunPurpose::Rollback | RunPurpose::Rehearsal) => does("asks: try again, skip, or end it here"),
        },
        RowAct::Overdue(_, _) => does("asks: wait longer, stop it, or roll back"),
        RowAct::Unknown(_, _) => does("asks what became of it"),
        RowAct::Resume(_) => does("ends the pause"),
        RowAct::Proposal(_) => does("asks: roll back, or go on with a reason"),
        RowAct::Tag => does("makes the tag, and asks before"),
        RowAct::Told => does("records that a person told them"),
        RowAct::Incident => does("moves the incident on"),
        RowAct::Commit => does("commits what is changed, and asks before"),
        RowAct::Complete => does("completes the release"),
        RowAct::Abandon => does("ends the release's record"),
        RowAct::Unlock(_) => does("asks why it may be deployed to again"),
        RowAct::Waive(_) => does("asks why it may be deployed all the same"),
        RowAct::FollowUp(_) => does("settles it"),
    }
}

fn deploy(view: &View<'_>, env: &crate::domain::id::EnvName) -> Enter {
    let name = view.clean(env.as_str());
    if view.sit.plan.is_production(env) && !view.blockers.is_empty() {
        return Enter::Not(format!("not yet: {}", words::counted(view.blockers.len(), "blocker")));
    }
    Enter::Does(format!("deploys to {name}"))
}

/// What the next thing of a run is.
fn next(view: &View<'_>, row: &ListRow, run: Option<&Run>) -> Option<Enter> {
    let slot = run?.slot(row.item.as_ref()?)?;
    let item = view.sit.plan.item(&slot.item)?;
    let what = match &item.kind {
        ItemKind::Command(step) => {
            format!("runs {}", command(view, sequence::command_of(step, slot.act).unwrap_or(&step.run)))
        }
        ItemKind::Probe(probe) => format!("asks {}", view.clean(probe.as_str())),
        ItemKind::Notice(_) => "tells the stakeholders".to_owned(),
        ItemKind::Automatic(Check::Trigger(_)) => "measures, and compares with before".to_owned(),
        ItemKind::Automatic(_) => "looks at the record".to_owned(),
        ItemKind::Manual => "records that it is done, with what you saw".to_owned(),
    };
    Some(Enter::Does(what))
}

/// Whether Enter on this row starts a command whose output will be a log.
pub fn runs_command(view: &View<'_>, row: &ListRow) -> bool {
    matches!(act(view, row), Some(Enter::Does(what)) if what.starts_with("runs "))
}

fn command(view: &View<'_>, command: &CommandSpec) -> String {
    view.clean(&command.words())
}
