//! Facts: everything that a journal can say.
//!
//! A fact happened, and holds all that replay needs. It carries no rule: `decide` made it, `apply` takes it as it is.

use jiff::Timestamp;

use super::basis::Basis;
use super::followup::FollowUpState;
use super::id::{AttemptId, EnvName, GateId, IncidentId, ItemId, ProbeId, Role, RunId, SessionId, TriggerId};
use super::incident::{Decision, Extent, IncidentRole, IncidentText, Milestone, RoleAct, Severity, Status};
use super::item::{GateVerdict, ItemState};
use super::notice::NoticeState;
use super::overdue::Limit;
use super::plan::Purpose;
use super::release_type::ReleaseType;
use super::run::{Act, AttemptOutcome, CheckSaid, RunOutcome, RunPurpose, Slot};
use super::sheet::SheetField;
use super::time::Precision;
use super::trigger::Verdict;

mod record;

pub use record::{CheckVerdict, Finding, Recorded};

/// Everything that can happen.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// First record of every journal.
    JournalOpened {
        /// Format number of the file.
        format: u32,
        /// Random name of this journal.
        uuid: String,
        /// The project's name.
        project: String,
        /// Canonical path of the repository's common directory.
        repository: String,
        /// Version of relco that made it.
        relco: String,
    },
    /// A torn tail was moved aside.
    JournalRecovered {
        /// How many bytes.
        bytes: u64,
        /// The file they are in now.
        aside: String,
    },

    /// A release began.
    ReleaseStarted {
        /// The version on its way out.
        version: String,
        /// Its type.
        kind: ReleaseType,
        /// The release tag it is compared with.
        base: Option<String>,
        /// What it is for; a hotfix names its bug.
        reason: Option<String>,
    },
    /// This commit ships, under this plan.
    CandidateSet {
        /// Full commit id.
        commit: String,
        /// Branch it was taken from.
        branch: Option<String>,
        /// Hash of the frozen plan, which is also the name of its blob.
        plan_hash: String,
        /// Whether the range holds a breaking change.
        breaking: bool,
        /// What was bound to the candidate before, by name.
        voided: Vec<String>,
    },
    /// The release tag was seen on the candidate or made there.
    TagMade {
        /// The tag.
        tag: String,
        /// The commit it stands on.
        commit: String,
    },
    /// The release is out, told and closed.
    ReleaseCompleted {
        /// The line for the release log.
        log_line: String,
    },
    /// The release was given up.
    ReleaseAbandoned {
        /// Why.
        reason: String,
    },

    /// Somebody or a check decided a gate.
    GateDecided {
        /// Which.
        gate: GateId,
        /// How.
        verdict: GateVerdict,
        /// Who spoke.
        by: String,
        /// Why, for failed and waived.
        reason: Option<String>,
        /// What it rests on.
        evidence: Option<String>,
        /// The candidate it holds for.
        commit: Option<String>,
        /// What the check that decided it looked at; none for a person's word.
        basis: Option<Basis>,
    },
    /// A role said yes or no to this candidate.
    SignedOff {
        /// Which role.
        role: Role,
        /// Yes or no.
        yes: bool,
        /// Who spoke.
        by: String,
        /// In their words.
        note: Option<String>,
        /// The candidate it holds for.
        commit: Option<String>,
    },
    /// An item changed by a person's word, or by a probe, notice or measured trigger.
    ItemSet {
        /// The run it belongs to; none for the pre-release checklist.
        run: Option<RunId>,
        /// Which.
        item: ItemId,
        /// The new state.
        state: ItemState,
        /// Who spoke.
        by: String,
        /// What was observed.
        observed: Option<String>,
        /// Why, for skipped, failed, waived, not applicable.
        reason: Option<String>,
        /// The candidate it was said about.
        commit: Option<String>,
        /// What the check that said it looked at; none for a person's word.
        basis: Option<Basis>,
    },
    /// A blocker that is neither a gate nor an item was accepted.
    BlockerWaived {
        /// Its id.
        blocker: String,
        /// Why.
        reason: String,
        /// Who spoke.
        by: String,
    },
    /// A check that relco makes itself gave a new result.
    CheckRecorded {
        /// Which: `changelog`, `versions`, `git`.
        check: String,
        /// The verdict.
        verdict: CheckVerdict,
        /// One line about it.
        summary: String,
        /// What is wrong, each with its role.
        findings: Vec<Finding>,
        /// The candidate, or HEAD before there is one.
        commit: Option<String>,
    },

    /// A run began.
    RunStarted {
        /// Its id.
        run: RunId,
        /// Where.
        env: EnvName,
        /// What for.
        purpose: RunPurpose,
        /// The run that a rollback takes back.
        of: Option<RunId>,
        /// The version that was live there before.
        from: Option<String>,
        /// The version that is live there afterwards.
        to: String,
        /// The candidate.
        commit: String,
        /// Hash of the frozen plan.
        plan_hash: String,
        /// What it walks through, in order.
        sequence: Vec<Slot>,
        /// Where its commands run, when that is not the project's directory.
        dir: Option<String>,
        /// Runs on until something fails or needs a person.
        all: bool,
    },
    /// The right to advance a run moved to a session.
    RunConductor {
        /// Which run.
        run: RunId,
        /// The session.
        session: SessionId,
        /// Why it was taken from a living one.
        reason: Option<String>,
    },
    /// Nothing new starts in this run.
    RunPaused {
        /// Which run.
        run: RunId,
        /// Why.
        reason: String,
        /// Who spoke.
        by: String,
    },
    /// A pause ended.
    RunResumed {
        /// Which run.
        run: RunId,
        /// Whether it runs on by itself.
        all: bool,
        /// Who spoke.
        by: String,
    },
    /// A run is over.
    RunEnded {
        /// Which run.
        run: RunId,
        /// How.
        outcome: RunOutcome,
        /// Why, where a person ended it.
        reason: Option<String>,
    },
    /// An attempt may start from now on.
    AttemptIntended {
        /// Its id.
        attempt: AttemptId,
        /// The run.
        run: RunId,
        /// The item of the run.
        item: ItemId,
        /// Its step or the step's undo.
        act: Act,
        /// Counted from 1 within the item of the run.
        number: u32,
        /// The exact command.
        argv: Vec<String>,
        /// The session that starts it.
        session: SessionId,
    },
    /// An attempt is over, as far as it can be known.
    AttemptEnded {
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
        /// Who asked it to stop, and why, where somebody did.
        stopped: Option<String>,
        /// Bytes of its output that could not be written, when there were any.
        lost_bytes: Option<u64>,
    },
    /// The step's own question was asked: is it applied?
    AttemptChecked {
        /// About which attempt.
        attempt: AttemptId,
        /// What it says.
        said: CheckSaid,
        /// The command, and how it ended.
        words: String,
    },
    /// A person said what became of an attempt whose outcome is unknown.
    AttemptResolved {
        /// Which.
        attempt: AttemptId,
        /// Done, or failed.
        done: bool,
        /// How they know.
        reason: String,
        /// Who spoke.
        by: String,
    },
    /// A running attempt was found to be over a limit of its plan: somebody is asked, or it is stopped.
    AttemptOverdue {
        /// Which.
        attempt: AttemptId,
        /// What it is over.
        limit: Limit,
        /// How long it had run, or printed nothing, in milliseconds.
        after_ms: u64,
        /// How long its plan allows, in milliseconds.
        allowed_ms: u64,
        /// How long the step usually takes, in milliseconds.
        usual_ms: Option<u64>,
        /// Its plan says that it is stopped.
        stops: bool,
    },
    /// Nobody needs to decide about an attempt that is over a limit: a person waits for it, or it prints again.
    AttemptAwaited {
        /// Which.
        attempt: AttemptId,
        /// What it is over.
        limit: Limit,
        /// Why.
        reason: Option<String>,
        /// Who spoke; `relco` where it prints again.
        by: String,
    },
    /// A probe was measured before the first changing step.
    BaselineMeasured {
        /// In which run.
        run: RunId,
        /// The probe.
        probe: ProbeId,
        /// Latency of each good answer, in milliseconds.
        good_ms: Vec<f64>,
        /// How many were asked.
        asked: u32,
    },
    /// What was usual before the first change, for one trigger.
    TriggerBaseline {
        /// In which run.
        run: RunId,
        /// Which trigger.
        trigger: TriggerId,
        /// Median of the good probes.
        usual: Option<f64>,
        /// Share of slow blocks, from 0 to 1.
        slow_share: f64,
        /// How near the test came to firing on these probes, as a share.
        peak: f64,
        /// Rank correlation of neighbouring blocks.
        waves: f64,
        /// Good probes.
        good: u32,
        /// Probes that said something.
        asked: u32,
        /// The last ones all failed.
        red: bool,
    },
    /// A measured trigger came to another verdict than before.
    TriggerJudged {
        /// In which run.
        run: RunId,
        /// Which trigger.
        trigger: TriggerId,
        /// The verdict.
        verdict: Verdict,
        /// It only judges, and proposes nothing.
        dry_run: bool,
        /// What it rests on.
        words: String,
    },
    /// A trigger proposes rollback.
    TriggerFired {
        /// Which.
        trigger: TriggerId,
        /// The run it stops.
        run: Option<RunId>,
        /// Who declared it, or `relco` for a measured one.
        by: String,
        /// What was seen.
        words: String,
    },

    /// An incident is open.
    IncidentOpened {
        /// Its id.
        incident: IncidentId,
        /// How bad.
        severity: Severity,
        /// Whether a person judged that.
        judged: bool,
        /// What is known, in one line.
        what: String,
        /// The environment, where it is known.
        env: Option<EnvName>,
        /// The run in which it happened.
        run: Option<RunId>,
        /// The attempt that failed.
        attempt: Option<AttemptId>,
        /// The last lines of that attempt's log.
        log_tail: Vec<String>,
        /// Whether a person opened it.
        by: String,
    },
    /// Severity was judged.
    IncidentSeveritySet {
        /// Which incident.
        incident: IncidentId,
        /// How bad.
        severity: Severity,
        /// Who spoke.
        by: String,
    },
    /// Status moved.
    IncidentStatusSet {
        /// Which incident.
        incident: IncidentId,
        /// Where it stands.
        status: Status,
        /// Who spoke.
        by: String,
        /// In their words.
        note: Option<String>,
    },
    /// Something about the impact became known. Only the named fields change.
    IncidentImpactSet {
        /// Which incident.
        incident: IncidentId,
        /// When users began to feel it.
        started: Option<Timestamp>,
        /// When it was noticed.
        detected: Option<Timestamp>,
        /// When it was called an incident.
        declared: Option<Timestamp>,
        /// When it stopped getting worse.
        mitigated: Option<Timestamp>,
        /// When they stopped.
        ended: Option<Timestamp>,
        /// How much of the service.
        extent: Option<Extent>,
        /// Since when it is that much; none says it about the whole impact.
        since: Option<Timestamp>,
        /// What is affected.
        affected: Option<String>,
        /// How exactly the named times are known.
        precision: Option<Precision>,
        /// The moments that nobody knows after all.
        unknown: Option<Vec<Milestone>>,
        /// Who spoke.
        by: String,
    },
    /// A decision was taken.
    DecisionTaken {
        /// The incident, if one is open.
        incident: Option<IncidentId>,
        /// The run it is about.
        run: Option<RunId>,
        /// Which.
        decision: Decision,
        /// Why.
        reason: Option<String>,
        /// Who decided.
        by: String,
        /// Until when it holds: then somebody looks again.
        until: Option<Timestamp>,
        /// What is looked at then.
        next: Option<String>,
        /// Who objected, and why.
        objected: Option<String>,
    },
    /// The time of a decision is over, and nobody has looked again.
    DecisionOver {
        /// The incident.
        incident: IncidentId,
        /// The record that holds the decision.
        decision: u64,
        /// When its time was over.
        since: Timestamp,
    },
    /// A hat was offered, taken or put down.
    IncidentRoleSet {
        /// Which incident.
        incident: IncidentId,
        /// Which hat.
        role: IncidentRole,
        /// Whose head.
        person: String,
        /// What became of it.
        act: RoleAct,
        /// Who spoke.
        by: String,
    },
    /// People were told how it stands, or the message was put off.
    IncidentUpdated {
        /// Which incident.
        incident: IncidentId,
        /// What the message says; none puts it off.
        text: Option<String>,
        /// When the next one comes.
        next: Option<Timestamp>,
        /// Why it was put off.
        reason: Option<String>,
        /// Who spoke.
        by: String,
    },
    /// Root cause or prevention was written.
    IncidentTextSet {
        /// Which incident.
        incident: IncidentId,
        /// Which text.
        field: IncidentText,
        /// The text.
        text: String,
        /// Who spoke.
        by: String,
    },
    /// The incident's paperwork is done.
    IncidentClosed {
        /// Which incident.
        incident: IncidentId,
        /// Who closed it.
        by: String,
    },
    /// Somebody wrote down what happened.
    NoteAdded {
        /// The incident it belongs to, if one was open.
        incident: Option<IncidentId>,
        /// The note.
        text: String,
        /// When it happened, where that differs from now.
        occurred: Option<Timestamp>,
        /// How exactly that is known.
        precision: Precision,
        /// Who spoke.
        by: String,
        /// The line of a log that it shows: `R3-migrate-1:42`.
        evidence: Option<String>,
    },
    /// A note was corrected or withdrawn; what it said stays in the record.
    NoteCorrected {
        /// The record that holds the note.
        note: u64,
        /// The new text; none withdraws it.
        text: Option<String>,
        /// Why.
        reason: String,
        /// Who spoke.
        by: String,
        /// When it happened, where that was corrected.
        occurred: Option<Timestamp>,
        /// How exactly that is known.
        precision: Option<Precision>,
    },
    /// Something is to be done after an incident: the first of an id makes it, later ones change what they name.
    FollowUpSet {
        /// Its id.
        followup: String,
        /// What.
        text: Option<String>,
        /// Who does it.
        owner: Option<String>,
        /// Until which day: `2026-12-01`.
        due: Option<String>,
        /// The incident that it comes from.
        incident: Option<IncidentId>,
        /// The release that it comes from.
        release: Option<String>,
        /// The record of the note that asks for it.
        note: Option<u64>,
        /// What became of it.
        state: Option<FollowUpState>,
        /// Why.
        reason: Option<String>,
        /// Who spoke.
        by: String,
    },

    /// Release notes were written.
    NotesWritten {
        /// Hash and name of the blob.
        blob: String,
        /// Whether a placeholder of the draft is left.
        draft: bool,
        /// Who wrote.
        by: String,
    },
    /// A field of the alignment sheet was set.
    SheetSet {
        /// Which.
        field: SheetField,
        /// Its text.
        value: String,
        /// Who spoke.
        by: String,
    },
    /// A role agreed to the sheet as it stood.
    SheetAgreed {
        /// Which role.
        role: Role,
        /// Who spoke.
        by: String,
        /// Digest of the sheet's content.
        digest: String,
    },
    /// A notice may be sent from now on.
    NoticeIntended {
        /// Its id.
        notice: String,
        /// Whom.
        stakeholder: String,
        /// About what.
        purpose: Purpose,
        /// The run it is about.
        run: Option<RunId>,
        /// What it says.
        text: String,
    },
    /// What became of a notice.
    NoticeSettled {
        /// Its id.
        notice: String,
        /// Sent, failed, told by hand.
        state: NoticeState,
        /// Why it failed, or how it was told.
        detail: Option<String>,
        /// Who spoke.
        by: String,
    },

    /// What an environment runs.
    LiveSet {
        /// Where.
        env: EnvName,
        /// The version.
        version: String,
        /// The release whose run put it there; none when a person said so.
        release: Option<String>,
        /// Who spoke, or `relco`.
        by: String,
    },
    /// A run holds an environment.
    EnvLocked {
        /// Where.
        env: EnvName,
        /// The release.
        release: String,
        /// Its run.
        run: RunId,
    },
    /// A run let go of an environment.
    EnvUnlocked {
        /// Where.
        env: EnvName,
        /// The release.
        release: String,
        /// Its run.
        run: RunId,
    },
    /// An environment takes no new deployment until a person says so.
    EnvHeld {
        /// Where.
        env: EnvName,
        /// The release that was rolled back there.
        release: String,
        /// The rollback.
        run: RunId,
        /// Why.
        reason: String,
        /// Who spoke, or `relco`.
        by: String,
    },
    /// A person lets deployments in again.
    EnvFreed {
        /// Where.
        env: EnvName,
        /// Why.
        reason: String,
        /// Who spoke.
        by: String,
    },
    /// A version was rolled back and must not go there again without a word.
    VersionMarkedBad {
        /// Where.
        env: EnvName,
        /// The version.
        version: String,
        /// The commit that was bad.
        commit: String,
        /// Why.
        reason: String,
    },
    /// A change, or all changes that a rule means, need no entry in the changelog.
    ChangeExcluded {
        /// The rule as a text: `#123`, `paths docs/`.
        rule: String,
        /// Why, in the person's words.
        reason: String,
        /// Who spoke.
        by: String,
    },
    /// That word was taken back.
    ChangeIncluded {
        /// The rule as a text.
        rule: String,
        /// Who spoke.
        by: String,
    },
    /// Something is left to be paid.
    DebtAdded {
        /// Its id.
        debt: String,
        /// What.
        text: String,
        /// The release that left it.
        release: String,
        /// Whose job it is.
        role: Role,
    },
    /// An artifact was looked for.
    ArtifactObserved {
        /// Which.
        artifact: String,
        /// It is there.
        there: bool,
        /// What was seen.
        observed: String,
        /// The candidate then.
        commit: Option<String>,
    },
    /// The release tag was pushed.
    TagPushed {
        /// The tag.
        tag: String,
        /// The commit that it stands on.
        commit: String,
        /// Where to.
        remote: String,
        /// Who spoke.
        by: String,
    },
    /// A line that says an older version is right as it is.
    StrayAccepted {
        /// The file.
        path: String,
        /// The line, with `{version}` in place of the version; empty for the whole file.
        text: String,
        /// Why.
        reason: Option<String>,
        /// Who spoke.
        by: String,
    },
    /// A debt was paid.
    DebtPaid {
        /// Which.
        debt: String,
        /// How.
        note: Option<String>,
        /// Who spoke.
        by: String,
    },
}
