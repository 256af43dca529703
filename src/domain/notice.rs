//! Notices: what stakeholders were told, with the state of each delivery.
//!
//! A notice is intended (durably) before it is sent, so a crash between the two leaves "unknown", and nothing is
//! sent twice unless a person says so.

use jiff::Timestamp;

use super::event::{Fact, Recorded};
use super::id::RunId;
use super::named::named;
use super::plan::Purpose;

named! {
    /// What became of a notice.
    NoticeState {
        /// Intended; whether it went out is not known until it is settled.
        Unknown = "unknown",
        /// The channel took it.
        Sent = "sent",
        /// The channel did not.
        Failed = "failed",
        /// Nobody is wired to it: a person must tell them.
        ToDoByHand = "to do by hand",
        /// A person told them.
        ToldByHand = "told by hand",
        /// Nobody was told, because it was a drill.
        Drill = "not sent: a drill",
    }
}

impl NoticeState {
    /// Whether the stakeholder knows.
    pub fn told(self) -> bool {
        matches!(self, NoticeState::Sent | NoticeState::ToldByHand | NoticeState::Drill)
    }
}

/// A notice as its events left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its id.
    pub id: String,
    /// Whom.
    pub stakeholder: String,
    /// About what.
    pub purpose: Purpose,
    /// The run it is about.
    pub run: Option<RunId>,
    /// What it says.
    pub text: String,
    /// What became of it.
    pub state: NoticeState,
    /// Why it failed, or how it was told.
    pub detail: Option<String>,
    /// When that was recorded.
    pub at: Timestamp,
    /// Who spoke.
    pub by: String,
}

/// Folds a fact about notices into a list of them.
pub fn apply(notices: &mut Vec<Notice>, rec: &Recorded) {
    match &rec.fact {
        Fact::NoticeIntended { notice, stakeholder, purpose, run, text } => notices.push(Notice {
            id: notice.clone(),
            stakeholder: stakeholder.clone(),
            purpose: *purpose,
            run: run.clone(),
            text: text.clone(),
            state: NoticeState::Unknown,
            detail: None,
            at: rec.at,
            by: rec.actor.clone(),
        }),
        Fact::NoticeSettled { notice, state, detail, by } => {
            if let Some(notice) = notices.iter_mut().find(|one| one.id == *notice) {
                notice.state = *state;
                notice.detail.clone_from(detail);
                notice.at = rec.at;
                notice.by.clone_from(by);
            }
        }
        _ => {}
    }
}
