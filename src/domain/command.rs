//! Commands: what somebody wants. A command carries no rule; `decide` says whether it can be carried out.

use std::time::Duration;

use jiff::Timestamp;

use super::basis::Basis;
use super::event::CheckVerdict;
use super::event::Finding;
use super::followup::FollowUpState;
use super::id::{AttemptId, EnvName, GateId, IncidentId, ItemId, Role, RunId, TriggerId};
use super::incident::{Decision, IncidentRole, IncidentText, Severity, Status};
use super::item::{GateVerdict, ItemState};
use super::ledger::Rule;
use super::notice::NoticeState;
use super::overdue::Limit;
use super::plan::Purpose;
use super::run::{AttemptOutcome, CheckSaid};
use super::sheet::SheetField;
use super::time::Precision;
use super::trigger::Verdict;
use super::trigger::baseline::Baseline;
use super::version::Asked;

mod told;

pub use told::{ToldImpact, ToldNote};

/// An intent.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Start a release.
    StartRelease {
        /// The version or type.
        asked: Asked,
        /// What it is for; a hotfix names its bug.
        reason: Option<String>,
        /// Compare with this release tag instead of the nearest one.
        base: Option<String>,
    },
    /// Ship this commit.
    SetCandidate {
        /// Full commit id.
        commit: String,
        /// Branch it was taken from.
        branch: Option<String>,
    },
    /// The tag was found on, or put on, this commit.
    RecordTag {
        /// The tag.
        tag: String,
        /// Its commit.
        commit: String,
    },
    /// Close the record: out, and everybody knows.
    CompleteRelease,
    /// Give the release up.
    AbandonRelease {
        /// Why.
        reason: String,
    },
    /// Decide a gate.
    DecideGate {
        /// Which.
        gate: GateId,
        /// How; `Open` takes the word back.
        verdict: GateVerdict,
        /// Why; wanted for failed and waived.
        reason: Option<String>,
        /// What it rests on.
        evidence: Option<String>,
    },
    /// Say yes or no for a role.
    SignOff {
        /// Which role.
        role: Role,
        /// Yes or no.
        yes: bool,
        /// In their words.
        note: Option<String>,
    },
    /// Change an item by a person's word.
    SetItem {
        /// The run; none for the pre-release checklist.
        run: Option<RunId>,
        /// Which.
        item: ItemId,
        /// The new state; `Open` takes the word back.
        state: ItemState,
        /// What was observed.
        observed: Option<String>,
        /// Why; wanted for skipped, not applicable and failed.
        reason: Option<String>,
    },
    /// Record what a command of the checklist gave.
    RecordItemCheck {
        /// Which.
        item: ItemId,
        /// Whether it holds.
        ok: bool,
        /// What was observed.
        observed: String,
        /// What it looked at.
        basis: Basis,
    },
    /// Record what a gate's command gave.
    RecordGateCheck {
        /// Which.
        gate: GateId,
        /// Whether it holds.
        ok: bool,
        /// What was observed.
        observed: String,
        /// What it looked at.
        basis: Basis,
    },
    /// Accept a blocker of any kind.
    Waive {
        /// Its id.
        blocker: String,
        /// Why.
        reason: String,
    },
    /// Record the result of one of relco's own checks.
    RecordCheck {
        /// Which.
        check: String,
        /// The verdict.
        verdict: CheckVerdict,
        /// One line about it.
        summary: String,
        /// What is wrong.
        findings: Vec<Finding>,
    },
    /// Start a deployment.
    StartDeployment {
        /// Where.
        env: EnvName,
        /// Run on until something fails or needs a person.
        all: bool,
        /// The typed word.
        confirm: Option<String>,
    },
    /// Deploy, roll back and verify outside production, as one recorded act.
    StartRehearsal {
        /// Where.
        env: EnvName,
        /// Run on.
        all: bool,
    },
    /// Take back what was started.
    StartRollback {
        /// Where.
        env: EnvName,
        /// Run on.
        all: bool,
        /// The typed word.
        confirm: Option<String>,
        /// Go on although something of the old run cannot be stopped.
        despite_running: bool,
        /// Run its commands in this directory instead of the project's: a work tree of the candidate.
        dir: Option<String>,
    },
    /// Do the next thing of a run.
    Next {
        /// Which run.
        run: RunId,
        /// Run on from here.
        all: bool,
        /// A person says that undoing is safe.
        safe: bool,
    },
    /// The step's own question said that undoing it is safe.
    UndoIsSafe {
        /// Which run.
        run: RunId,
        /// The slot that waits for it.
        slot: ItemId,
    },
    /// Try the failed slot of a run again.
    Retry {
        /// Which run.
        run: RunId,
    },
    /// Try a failed slot again because its plan says so; nothing when the world has moved on.
    RetryDeclared {
        /// Which run.
        run: RunId,
        /// Which slot.
        slot: ItemId,
        /// The attempt that failed, counted from 1.
        number: u32,
    },
    /// Start nothing new.
    Pause {
        /// Which run.
        run: RunId,
        /// Why.
        reason: String,
    },
    /// End a pause.
    Resume {
        /// Which run.
        run: RunId,
        /// Run on from here.
        all: bool,
    },
    /// End a run before its end; stops what runs.
    Abort {
        /// Which run.
        run: RunId,
        /// Why.
        reason: String,
    },
    /// Move the right to advance a run to this session.
    Take {
        /// Which run.
        run: RunId,
        /// Why.
        reason: String,
    },
    /// Record how an attempt ended.
    ImportAttempt {
        /// Which.
        attempt: AttemptId,
        /// How.
        outcome: AttemptOutcome,
        /// When its command started.
        started: Option<Timestamp>,
        /// When it ended.
        ended: Option<Timestamp>,
        /// What it left running.
        left_running: Vec<String>,
        /// Lines in its log.
        log_lines: u64,
        /// Bytes in its log.
        log_bytes: u64,
        /// Bytes of its output that could not be written, when there were any.
        lost_bytes: Option<u64>,
        /// The last lines of its log, for an incident.
        log_tail: Vec<String>,
        /// Who asked it to stop, and why, where somebody did.
        stopped: Option<String>,
    },
    /// Record what a step's own question said about an attempt, and go on with the slot that waited for it.
    RecordAttemptCheck {
        /// About which.
        attempt: AttemptId,
        /// What it says.
        said: CheckSaid,
        /// The command, and how it ended.
        words: String,
        /// The slot that waited for the answer.
        for_slot: Option<(RunId, ItemId)>,
    },
    /// Record that a running attempt is over a limit of its plan.
    RecordOverdue {
        /// Which.
        attempt: AttemptId,
        /// What it is over.
        limit: Limit,
        /// How long it ran, or printed nothing.
        after: Duration,
        /// How long the step usually takes.
        usual: Option<Duration>,
    },
    /// Record that an attempt prints again, so that nobody needs to decide about its silence.
    RecordOutput {
        /// Which.
        attempt: AttemptId,
    },
    /// Wait for a step that is over a limit; asks again when as much time has passed once more.
    WaitLonger {
        /// In which run.
        run: RunId,
        /// Why.
        reason: Option<String>,
    },
    /// Say what became of an attempt whose outcome is unknown.
    ResolveAttempt {
        /// Which.
        attempt: AttemptId,
        /// Done, or failed.
        done: bool,
        /// How they know.
        reason: String,
    },
    /// Record what was usual before the first changing step.
    RecordBaseline {
        /// In which run.
        run: RunId,
        /// The trigger.
        trigger: TriggerId,
        /// What was usual.
        baseline: Baseline,
    },
    /// Record what a measured trigger says.
    RecordVerdict {
        /// In which run.
        run: RunId,
        /// The trigger.
        trigger: TriggerId,
        /// The slot of the run that waits for it.
        slot: Option<ItemId>,
        /// The verdict.
        verdict: Verdict,
        /// What it rests on.
        words: String,
    },
    /// Record what became of a slot that relco carries out itself: a probe, a notice, a question.
    FinishSlot {
        /// Which run.
        run: RunId,
        /// Which slot.
        slot: ItemId,
        /// Whether it worked.
        ok: bool,
        /// What was observed.
        observed: String,
    },
    /// Declare that a trigger holds.
    FireTrigger {
        /// Which.
        trigger: TriggerId,
        /// What was seen.
        words: Option<String>,
    },
    /// Open an incident; nothing is required.
    OpenIncident {
        /// What is known.
        what: Option<String>,
        /// How bad; high and not judged when not said.
        severity: Option<Severity>,
        /// The last lines of the log, where one is at hand.
        log_tail: Vec<String>,
    },
    /// Judge the severity.
    SetSeverity {
        /// Which incident; the open one when not said.
        incident: Option<IncidentId>,
        /// How bad.
        severity: Severity,
    },
    /// Move the status.
    SetStatus {
        /// Which incident; the open one when not said.
        incident: Option<IncidentId>,
        /// Where it stands.
        status: Status,
        /// In their words.
        note: Option<String>,
    },
    /// Say something about the impact.
    SetImpact {
        /// Which incident; the open one when not said.
        incident: Option<IncidentId>,
        /// What is said; only what is named changes.
        said: Box<ToldImpact>,
    },
    /// Take a decision about the deployment in trouble.
    Decide {
        /// Which.
        decision: Decision,
        /// Why.
        reason: Option<String>,
        /// Until when it holds: then somebody looks again.
        until: Option<Timestamp>,
        /// What is looked at then.
        next: Option<String>,
        /// Who objected, and why.
        objected: Option<String>,
    },
    /// Record that the time of the decision is over.
    LookAtDecision {
        /// Which incident.
        incident: IncidentId,
    },
    /// Give a hat to somebody, or put it down.
    SetIncidentRole {
        /// Which hat.
        role: IncidentRole,
        /// Whose head; none puts it down.
        person: Option<String>,
    },
    /// Accept a hat that was offered.
    AcceptRole {
        /// Which hat.
        role: IncidentRole,
    },
    /// Tell people how it stands.
    TellUpdate {
        /// What it says; none says what is known.
        text: Option<String>,
        /// When the next one comes; by the severity when not said.
        next: Option<Timestamp>,
        /// Whether the stakeholders get it.
        send: bool,
    },
    /// Put the next message off.
    SnoozeUpdate {
        /// Until when.
        until: Timestamp,
        /// Why.
        reason: Option<String>,
    },
    /// Write root cause or prevention.
    SetIncidentText {
        /// Which incident; the open one when not said.
        incident: Option<IncidentId>,
        /// Which text.
        field: IncidentText,
        /// The text.
        text: String,
    },
    /// End the paperwork.
    CloseIncident {
        /// Which incident; the open one when not said.
        incident: Option<IncidentId>,
    },
    /// Write down what happened.
    Note {
        /// The note.
        text: String,
        /// When it happened.
        occurred: Option<Timestamp>,
        /// How exactly that is known.
        precision: Precision,
        /// The line of a log that it shows: `R3-migrate-1:42`.
        evidence: Option<String>,
    },
    /// Write down several things at once, all or none.
    NoteLines {
        /// What, in any order.
        notes: Vec<ToldNote>,
    },
    /// Correct or withdraw a note.
    CorrectNote {
        /// The record that holds it.
        note: u64,
        /// The new text; none leaves it.
        text: Option<String>,
        /// When it happened after all.
        occurred: Option<Timestamp>,
        /// How exactly that is known.
        precision: Option<Precision>,
        /// Withdraw it.
        remove: bool,
        /// Why.
        reason: String,
    },
    /// Change or settle a follow-up.
    SetFollowUp {
        /// Which.
        followup: String,
        /// Who does it.
        owner: Option<String>,
        /// Until which day: `2026-12-01`.
        due: Option<String>,
        /// What became of it.
        state: Option<FollowUpState>,
        /// Why.
        reason: Option<String>,
    },
    /// Keep this text as the release notes.
    WriteNotes {
        /// Name of the blob that holds it.
        blob: String,
        /// Whether a placeholder is left.
        draft: bool,
    },
    /// Fill in a field of the alignment sheet.
    SetSheet {
        /// Which.
        field: SheetField,
        /// Its text.
        value: String,
    },
    /// Agree to the sheet as it stands, for a role.
    AgreeSheet {
        /// Which role.
        role: Role,
    },
    /// Tell the stakeholders.
    SendNotices {
        /// About what.
        purpose: Purpose,
        /// Only this one.
        stakeholder: Option<String>,
        /// Also those who were told before, or may have been.
        again: bool,
    },
    /// Record what became of a notice.
    SettleNotice {
        /// Which.
        notice: String,
        /// Sent, failed, told by hand.
        state: NoticeState,
        /// Why it failed, or how it was told.
        detail: Option<String>,
    },
    /// Say what an environment runs.
    SetLive {
        /// Where.
        env: EnvName,
        /// The version.
        version: String,
    },
    /// Record what was seen of an artifact.
    RecordArtifact {
        /// Which.
        artifact: String,
        /// It is there.
        there: bool,
        /// What was seen.
        observed: String,
    },
    /// Record that the release tag was pushed.
    RecordPush {
        /// The tag.
        tag: String,
        /// The commit that it stands on there.
        commit: String,
        /// Where to.
        remote: String,
    },
    /// Say that a line may go on saying an older version.
    AcceptStray {
        /// The file.
        path: String,
        /// The line, with `{version}` in place of the version; empty for the whole file.
        text: String,
        /// Why.
        reason: Option<String>,
    },
    /// Let deployments into an environment again that is locked after a rollback.
    FreeEnv {
        /// Where.
        env: EnvName,
        /// Why.
        reason: String,
    },
    /// Say that a change, or all that a rule means, need no entry in the changelog.
    ExcludeChange {
        /// Which.
        rule: Rule,
        /// Why; a single change wants it.
        reason: Option<String>,
    },
    /// Take that word back.
    IncludeChange {
        /// Which.
        rule: Rule,
    },
    /// Pay a debt.
    PayDebt {
        /// Which.
        debt: String,
        /// How.
        note: Option<String>,
        /// A forward-port counts as paid although the same patch was not found: the note says how it was done.
        by_hand: bool,
    },
}
