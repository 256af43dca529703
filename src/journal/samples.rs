//! One meaningful fact of each kind, in the order in which a release might see them.

use jiff::Timestamp;

use crate::domain::event::{CheckVerdict, Fact, Finding};
use crate::domain::followup::FollowUpState;
use crate::domain::id::Role;
use crate::domain::incident::{Decision, Extent, IncidentRole, IncidentText, RoleAct, Severity, Status};
use crate::domain::item::{GateVerdict, ItemState};
use crate::domain::notice::NoticeState;
use crate::domain::overdue::Limit;
use crate::domain::plan::{List, Purpose};
use crate::domain::release_type::ReleaseType;
use crate::domain::run::{Act, AttemptOutcome, CheckSaid, RunOutcome, RunPurpose, Slot};
use crate::domain::sheet::SheetField;
use crate::domain::time::{Precision, Stamp};
use crate::domain::trigger::{Cause, Verdict};

const COMMIT: &str = "5f3c1d0e9a7b42c68d10f4e2b7a9c3d581e6f024";
const PLAN: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

pub fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The moment of the record with this number.
pub fn stamp(seq: u64) -> Stamp {
    let at = Timestamp::from_second(1_795_348_800 + 60 * i64::try_from(seq).unwrap()).unwrap();
    Stamp { at, boot: "74685d3d".to_owned(), mono_ms: 101_334_301 + 60_000 * seq }
}

pub fn opened() -> Fact {
    Fact::JournalOpened {
        format: 1,
        uuid: "0d6bb8a4-5b1b-4a7f-9d0e-0a5f0a4f8c11".to_owned(),
        project: "harbor".to_owned(),
        repository: "/srv/git/harbor/.git".to_owned(),
        relco: "0.1.0".to_owned(),
    }
}

pub fn note(words: &str) -> Fact {
    Fact::NoteAdded {
        incident: None,
        text: words.to_owned(),
        occurred: None,
        precision: Precision::Exact,
        by: "ana@example.com".to_owned(),
        evidence: None,
    }
}

/// One of each kind.
pub fn all() -> Vec<Fact> {
    let mut facts = vec![opened(), Fact::JournalRecovered { bytes: 213, aside: "journal.toml.torn-4711".to_owned() }];
    facts.extend(release());
    facts.extend(run());
    facts.extend(incident());
    facts.extend(telling());
    facts.extend(project());
    facts.extend(way_back());
    facts.extend(judged());
    facts.extend(aftermath());
    facts.extend(brought());
    facts.extend(untold());
    facts.extend(overdue());
    facts
}

fn release() -> Vec<Fact> {
    let by = "li@example.com".to_owned();
    vec![
        Fact::ReleaseStarted {
            version: "1.3.0".to_owned(),
            kind: ReleaseType::Minor,
            base: text("v1.2.4"),
            reason: None,
        },
        Fact::CandidateSet {
            commit: COMMIT.to_owned(),
            branch: text("main"),
            plan_hash: PLAN.to_owned(),
            breaking: false,
            voided: vec!["gate qa".to_owned(), "sign-off security".to_owned()],
        },
        Fact::TagMade { tag: "v1.3.0".to_owned(), commit: COMMIT.to_owned() },
        Fact::ReleaseCompleted { log_line: "2026-11-22 harbor 1.3.0 minor ana@example.com".to_owned() },
        Fact::ReleaseAbandoned { reason: "superseded by 1.3.1".to_owned() },
        Fact::GateDecided {
            gate: "qa".into(),
            verdict: GateVerdict::Passed,
            by: by.clone(),
            reason: None,
            evidence: text("run 881"),
            commit: text(COMMIT),
            basis: None,
        },
        Fact::SignedOff {
            role: Role::PRODUCT_OWNER.into(),
            yes: false,
            by: by.clone(),
            note: text("the \"new\" export is empty\nsee #12"),
            commit: text(COMMIT),
        },
        Fact::ItemSet {
            run: Some("R1".into()),
            item: "smoke".into(),
            state: ItemState::NotApplicable,
            by: by.clone(),
            observed: text("3 of 3 answered"),
            reason: text("hotfix"),
            commit: text(COMMIT),
            basis: None,
        },
        Fact::BlockerWaived { blocker: "rehearsal".to_owned(), reason: "same scripts as 1.2.4".to_owned(), by },
        Fact::CheckRecorded {
            check: "changelog".to_owned(),
            verdict: CheckVerdict::Bad,
            summary: "1 of 7 pull requests is missing".to_owned(),
            findings: vec![Finding { text: "PR #123 not in changelog".to_owned(), role: Role::DEVELOPER.into() }],
            commit: None,
        },
    ]
}

fn run() -> Vec<Fact> {
    let by = "ana@example.com".to_owned();
    let slot = |id: &str, item: &str, act, list| Slot { id: id.into(), item: item.into(), act, list };
    vec![
        Fact::RunStarted {
            run: "R2".into(),
            env: "production".into(),
            purpose: RunPurpose::Rollback,
            of: Some("R1".into()),
            from: text("1.3.0"),
            to: "1.2.4".to_owned(),
            commit: COMMIT.to_owned(),
            plan_hash: PLAN.to_owned(),
            sequence: vec![
                slot("switch-back", "switch-back", Act::Do, List::Rollback),
                slot("undo-migrate", "migrate", Act::Undo, List::Deployment),
            ],
            dir: None,
            all: true,
        },
        Fact::RunConductor { run: "R2".into(), session: "4242-7f".into(), reason: text("ana's laptop is gone") },
        Fact::RunPaused { run: "R2".into(), reason: "waiting for the database".to_owned(), by: by.clone() },
        Fact::RunResumed { run: "R2".into(), all: false, by: by.clone() },
        Fact::RunEnded { run: "R1".into(), outcome: RunOutcome::RolledBack, reason: None },
        Fact::AttemptIntended {
            attempt: "R1-migrate-1".into(),
            run: "R1".into(),
            item: "migrate".into(),
            act: Act::Do,
            number: 1,
            argv: vec!["./deploy/migrate".to_owned(), "--to".to_owned(), "it's \"new\"".to_owned()],
            session: "4242-7f".into(),
        },
        Fact::AttemptEnded {
            attempt: "R1-migrate-1".into(),
            outcome: AttemptOutcome::Exited(1),
            started: Some(time("2026-11-22T12:00:01.123Z")),
            ended: Some(time("2026-11-22T12:00:09.5Z")),
            left_running: vec!["1234 sleep 30".to_owned()],
            log_lines: 4711,
            log_bytes: 301_002,
            stopped: None,
            lost_bytes: None,
        },
        Fact::AttemptResolved {
            attempt: "R1-frontend-1".into(),
            done: false,
            reason: "the host was rebooted".to_owned(),
            by: by.clone(),
        },
        Fact::BaselineMeasured { run: "R1".into(), probe: "api".into(), good_ms: vec![12.5, 13.0, 11.25], asked: 5 },
        Fact::TriggerFired { trigger: "slow".into(), run: Some("R1".into()), by, words: "3.1x slower".to_owned() },
    ]
}

fn incident() -> Vec<Fact> {
    let by = "ana@example.com".to_owned();
    vec![
        Fact::IncidentOpened {
            incident: "INC-1".into(),
            severity: Severity::High,
            judged: false,
            what: "frontend exited 1 in production".to_owned(),
            env: Some("production".into()),
            run: Some("R1".into()),
            attempt: Some("R1-frontend-1".into()),
            log_tail: vec!["error: no space left".to_owned(), "\u{1b}[2J\u{202e}hidden".to_owned()],
            by: "relco".to_owned(),
        },
        Fact::IncidentSeveritySet { incident: "INC-1".into(), severity: Severity::Critical, by: by.clone() },
        Fact::IncidentStatusSet {
            incident: "INC-1".into(),
            status: Status::Identified,
            by: by.clone(),
            note: text("disk full"),
        },
        Fact::IncidentImpactSet {
            incident: "INC-1".into(),
            started: Some(time("2026-11-22T12:00:00Z")),
            ended: None,
            extent: Some(Extent::Degraded),
            affected: text("checkout"),
            by: by.clone(),
            detected: None,
            declared: None,
            mitigated: None,
            since: None,
            precision: None,
            unknown: None,
        },
        Fact::DecisionTaken {
            incident: Some("INC-1".into()),
            run: Some("R1".into()),
            decision: Decision::RollBack,
            reason: text("faster than a fix"),
            by: by.clone(),
            until: None,
            next: None,
            objected: None,
        },
        Fact::IncidentTextSet {
            incident: "INC-1".into(),
            field: IncidentText::RootCause,
            text: "logs filled the disk".to_owned(),
            by: by.clone(),
        },
        Fact::IncidentClosed { incident: "INC-1".into(), by: by.clone() },
        Fact::NoteAdded {
            incident: Some("INC-1".into()),
            text: "called the host".to_owned(),
            occurred: Some(time("2026-11-22T11:58:00Z")),
            precision: Precision::Minute,
            by: by.clone(),
            evidence: None,
        },
        Fact::NoteCorrected {
            note: 30,
            text: None,
            reason: "wrong host".to_owned(),
            by,
            occurred: None,
            precision: None,
        },
    ]
}

fn telling() -> Vec<Fact> {
    let by = "ana@example.com".to_owned();
    vec![
        Fact::NotesWritten { blob: PLAN.to_owned(), draft: true, by: by.clone() },
        Fact::SheetSet {
            field: SheetField::DeployTime,
            value: "2026-11-22 14:00-15:00 Europe/Berlin".to_owned(),
            by: by.clone(),
        },
        Fact::SheetAgreed { role: Role::DEVOPS.into(), by: by.clone(), digest: PLAN.to_owned() },
        Fact::NoticeIntended {
            notice: "N1".to_owned(),
            stakeholder: "status page".to_owned(),
            purpose: Purpose::Completion,
            run: Some("R1".into()),
            text: "harbor 1.3.0 is live 🚢".to_owned(),
        },
        Fact::NoticeSettled { notice: "N1".to_owned(), state: NoticeState::Failed, detail: text("HTTP 503"), by },
    ]
}

/// What was added for asking a step's own question, and for an environment that is held after a rollback.
fn way_back() -> Vec<Fact> {
    vec![
        Fact::AttemptChecked {
            attempt: "R1-migrate-1".into(),
            said: CheckSaid::Applied,
            words: "./deploy/migrate --status: exit 0".to_owned(),
        },
        Fact::EnvHeld {
            env: "production".into(),
            release: "1.3.0".to_owned(),
            run: "R2".into(),
            reason: "R2 rolled 1.3.0 back: checkout is blank".to_owned(),
            by: "relco".to_owned(),
        },
        Fact::EnvFreed {
            env: "production".into(),
            reason: "the fix is in 1.3.1".to_owned(),
            by: "ana@example.com".to_owned(),
        },
    ]
}

/// What was added for the push of the tag, and for what a release must bring.
fn brought() -> Vec<Fact> {
    let by = "relco".to_owned();
    vec![
        Fact::TagPushed { tag: "v1.3.0".to_owned(), commit: COMMIT.to_owned(), remote: "origin".to_owned(), by },
        Fact::ArtifactObserved {
            artifact: "image".to_owned(),
            there: false,
            observed: "answered 404".to_owned(),
            commit: text(COMMIT),
        },
    ]
}

fn project() -> Vec<Fact> {
    let by = "relco".to_owned();
    vec![
        Fact::LiveSet { env: "production".into(), version: "1.2.4".to_owned(), release: text("1.3.0"), by: by.clone() },
        Fact::EnvLocked { env: "production".into(), release: "1.3.0".to_owned(), run: "R1".into() },
        Fact::EnvUnlocked { env: "production".into(), release: "1.3.0".to_owned(), run: "R1".into() },
        Fact::VersionMarkedBad {
            env: "production".into(),
            version: "1.3.0".to_owned(),
            commit: COMMIT.to_owned(),
            reason: "rolled back in R2".to_owned(),
        },
        Fact::DebtAdded {
            debt: "forward-port".to_owned(),
            text: "port the fix to main".to_owned(),
            release: "1.2.5".to_owned(),
            role: Role::DEVELOPER.into(),
        },
        Fact::DebtPaid { debt: "forward-port".to_owned(), note: text("merged as #130"), by: by.clone() },
        Fact::StrayAccepted {
            path: "docs/history.md".to_owned(),
            text: "since {version}".to_owned(),
            reason: text("tells of the past"),
            by,
        },
    ]
}

fn judged() -> Vec<Fact> {
    vec![
        Fact::TriggerBaseline {
            run: "R1".into(),
            trigger: "slow".into(),
            usual: Some(106.5),
            slow_share: 0.05,
            peak: 0.175,
            waves: -0.125,
            good: 300,
            asked: 302,
            red: false,
        },
        Fact::TriggerJudged {
            run: "R1".into(),
            trigger: "slow".into(),
            verdict: Verdict::RollBack(Cause::Slow),
            dry_run: true,
            words: "5 of the last 5 blocks slower than 213 ms".to_owned(),
        },
    ]
}

fn aftermath() -> Vec<Fact> {
    let by = "ana@example.com".to_owned();
    vec![
        Fact::DecisionOver { incident: "INC-1".into(), decision: 27, since: time("2026-11-22T12:35:00Z") },
        Fact::IncidentRoleSet {
            incident: "INC-1".into(),
            role: IncidentRole::Commander,
            person: "li@example.com".to_owned(),
            act: RoleAct::Offered,
            by: by.clone(),
        },
        Fact::IncidentUpdated {
            incident: "INC-1".into(),
            text: text("harbor 1.3.0 in production: the berth plan is degraded. Next update by 13:05 UTC."),
            next: Some(time("2026-11-22T13:05:00Z")),
            reason: None,
            by: by.clone(),
        },
        Fact::FollowUpSet {
            followup: "F-1".to_owned(),
            text: text("build the index in staging"),
            owner: text("li"),
            due: text("2026-12-01"),
            incident: Some("INC-1".into()),
            release: text("1.3.0"),
            note: Some(30),
            state: Some(FollowUpState::Open),
            reason: None,
            by,
        },
    ]
}

/// What was added for changes that need no entry in the changelog.
fn untold() -> Vec<Fact> {
    let (rule, by) = ("paths docs/ *.md".to_owned(), "relco".to_owned());
    vec![
        Fact::ChangeExcluded { rule: rule.clone(), reason: "nobody reads of it".to_owned(), by: by.clone() },
        Fact::ChangeIncluded { rule, by },
    ]
}

/// What was added for steps that take longer than their plan allows.
fn overdue() -> Vec<Fact> {
    vec![
        Fact::AttemptOverdue {
            attempt: "R3-migrate-1".into(),
            limit: Limit::Silence,
            after_ms: 250_000,
            allowed_ms: 120_000,
            usual_ms: Some(35_000),
            stops: false,
        },
        Fact::AttemptAwaited {
            attempt: "R3-migrate-1".into(),
            limit: Limit::Silence,
            reason: text("the table is ten times as large as before"),
            by: "ana@example.com".to_owned(),
        },
    ]
}
