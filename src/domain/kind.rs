//! The dotted name of each kind of fact, as the journal writes it and as machine output shows it.
//!
//! The journal's own page of kinds is the contract with the files; a test there holds both equal. Enter at
//! [`Fact::kind`].

use super::event::Fact;

impl Fact {
    /// The name of its kind: `gate.decided`.
    pub fn kind(&self) -> &'static str {
        match self {
            Fact::JournalOpened { .. } => "journal.opened",
            Fact::JournalRecovered { .. } => "journal.recovered",
            Fact::ReleaseStarted { .. } => "release.started",
            Fact::CandidateSet { .. } => "release.candidate",
            Fact::TagMade { .. } => "release.tagged",
            Fact::ReleaseCompleted { .. } => "release.completed",
            Fact::ReleaseAbandoned { .. } => "release.abandoned",
            Fact::GateDecided { .. } => "gate.decided",
            Fact::SignedOff { .. } => "signoff.given",
            Fact::ItemSet { .. } => "item.set",
            Fact::BlockerWaived { .. } => "blocker.waived",
            Fact::CheckRecorded { .. } => "check.recorded",
            Fact::RunStarted { .. } => "run.started",
            Fact::RunConductor { .. } => "run.conductor",
            Fact::RunPaused { .. } => "run.paused",
            Fact::RunResumed { .. } => "run.resumed",
            Fact::RunEnded { .. } => "run.ended",
            Fact::AttemptIntended { .. } => "attempt.intended",
            Fact::AttemptEnded { .. } => "attempt.ended",
            Fact::AttemptChecked { .. } => "attempt.checked",
            Fact::AttemptResolved { .. } => "attempt.resolved",
            Fact::AttemptOverdue { .. } => "attempt.overdue",
            Fact::AttemptAwaited { .. } => "attempt.awaited",
            Fact::BaselineMeasured { .. } => "baseline.measured",
            Fact::TriggerBaseline { .. } => "trigger.baseline",
            Fact::TriggerJudged { .. } => "trigger.judged",
            Fact::TriggerFired { .. } => "trigger.fired",
            Fact::IncidentOpened { .. } => "incident.opened",
            Fact::IncidentSeveritySet { .. } => "incident.severity",
            Fact::IncidentStatusSet { .. } => "incident.status",
            Fact::IncidentImpactSet { .. } => "incident.impact",
            Fact::DecisionTaken { .. } => "decision.taken",
            Fact::DecisionOver { .. } => "decision.over",
            Fact::IncidentRoleSet { .. } => "incident.role",
            Fact::IncidentUpdated { .. } => "incident.update",
            Fact::FollowUpSet { .. } => "followup.set",
            Fact::IncidentTextSet { .. } => "incident.text",
            Fact::IncidentClosed { .. } => "incident.closed",
            Fact::NoteAdded { .. } => "note.added",
            Fact::NoteCorrected { .. } => "note.corrected",
            Fact::NotesWritten { .. } => "notes.written",
            Fact::SheetSet { .. } => "sheet.set",
            Fact::SheetAgreed { .. } => "sheet.agreed",
            Fact::NoticeIntended { .. } => "notice.intended",
            Fact::NoticeSettled { .. } => "notice.settled",
            Fact::LiveSet { .. } => "live.set",
            Fact::EnvLocked { .. } => "env.locked",
            Fact::EnvUnlocked { .. } => "env.unlocked",
            Fact::EnvHeld { .. } => "env.held",
            Fact::EnvFreed { .. } => "env.freed",
            Fact::VersionMarkedBad { .. } => "version.bad",
            Fact::ChangeExcluded { .. } => "change.excluded",
            Fact::ChangeIncluded { .. } => "change.included",
            Fact::DebtAdded { .. } => "debt.added",
            Fact::DebtPaid { .. } => "debt.paid",
            Fact::ArtifactObserved { .. } => "artifact.observed",
            Fact::TagPushed { .. } => "release.pushed",
            Fact::StrayAccepted { .. } => "stray.accepted",
        }
    }
}
