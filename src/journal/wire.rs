//! The journal's page of kinds: for each fact its name on disk, its version, and the name of each of its fields.
//!
//! This is the contract with every file that was ever written. A line may gain a successor (a higher version, with
//! the older shape converted when it is read); it never changes its meaning, and the names here do not follow when
//! the domain renames a field. The golden file in `tests/golden` holds one record of each kind, for ever.
//!
//! Must never guess: a field that is missing, unknown or of another type is an error that names it. Enter at
//! [`kind_of`] and [`KINDS`]; how single values are written stands in `wire/field.rs`, nested ones in `wire/parts.rs`.

mod body;
mod field;
mod parts;

use body::Body;
pub(super) use body::Fields;
pub use body::Problem;
#[cfg(test)]
pub(super) use field::Source;

use crate::domain::event::Fact;
use crate::frame::Table;

/// Makes the three functions over all facts from one table. A fact without a line, or a field without a name, does
/// not compile.
macro_rules! kinds {
    ($($kind:literal $version:literal $fact:ident { $($key:literal = $field:ident),* })*) => {
        /// Every kind that this code knows, with the version that it writes and reads.
        pub const KINDS: &[(&str, u32)] = &[$(($kind, $version)),*];

        /// The dotted name of a fact's kind and its version.
        pub fn kind_of(fact: &Fact) -> (&'static str, u32) {
            match fact { $(Fact::$fact { .. } => ($kind, $version),)* }
        }

        /// The `data` table of a fact.
        pub(super) fn write(fact: &Fact) -> Result<Table, Problem> {
            let mut body = Body::default();
            match fact { $(Fact::$fact { $($field),* } => { $(body.put($key, $field)?;)* })* }
            Ok(body.into_table())
        }

        /// The fact in the fields of a `data` table; `None` for a kind that is not known.
        pub(super) fn read(kind: &str, fields: &mut Fields) -> Result<Option<Fact>, Problem> {
            Ok(Some(match kind {
                $($kind => Fact::$fact { $($field: fields.take($key)?),* },)*
                _ => return Ok(None),
            }))
        }

        /// One fact of each kind, filled from `source`.
        #[cfg(test)]
        pub(super) fn any_facts(source: &mut field::Source) -> Vec<Fact> {
            vec![$(Fact::$fact { $($field: field::Field::any(source)),* }),*]
        }
    };
}

kinds! {
    "journal.opened" 1 JournalOpened {
        "format" = format, "uuid" = uuid, "project" = project, "repository" = repository, "relco" = relco
    }
    "journal.recovered" 1 JournalRecovered { "bytes" = bytes, "aside" = aside }

    "release.started" 1 ReleaseStarted { "version" = version, "type" = kind, "base" = base, "reason" = reason }
    "release.candidate" 1 CandidateSet {
        "commit" = commit, "branch" = branch, "plan" = plan_hash, "breaking" = breaking, "voided" = voided
    }
    "release.tagged" 1 TagMade { "tag" = tag, "commit" = commit }
    "release.completed" 1 ReleaseCompleted { "log_line" = log_line }
    "release.abandoned" 1 ReleaseAbandoned { "reason" = reason }

    "gate.decided" 1 GateDecided {
        "gate" = gate, "verdict" = verdict, "by" = by, "reason" = reason, "evidence" = evidence, "commit" = commit,
        "basis" = basis
    }
    "signoff.given" 1 SignedOff { "role" = role, "yes" = yes, "by" = by, "note" = note, "commit" = commit }
    "item.set" 1 ItemSet {
        "run" = run, "item" = item, "state" = state, "by" = by, "observed" = observed, "reason" = reason,
        "commit" = commit, "basis" = basis
    }
    "blocker.waived" 1 BlockerWaived { "blocker" = blocker, "reason" = reason, "by" = by }
    "check.recorded" 1 CheckRecorded {
        "check" = check, "verdict" = verdict, "summary" = summary, "findings" = findings, "commit" = commit
    }

    "run.started" 1 RunStarted {
        "run" = run, "env" = env, "purpose" = purpose, "of" = of, "from" = from, "to" = to, "commit" = commit,
        "plan" = plan_hash, "sequence" = sequence, "dir" = dir, "all" = all
    }
    "run.conductor" 1 RunConductor { "run" = run, "session" = session, "reason" = reason }
    "run.paused" 1 RunPaused { "run" = run, "reason" = reason, "by" = by }
    "run.resumed" 1 RunResumed { "run" = run, "all" = all, "by" = by }
    "run.ended" 1 RunEnded { "run" = run, "outcome" = outcome, "reason" = reason }
    "attempt.intended" 1 AttemptIntended {
        "attempt" = attempt, "run" = run, "item" = item, "act" = act, "number" = number, "argv" = argv,
        "session" = session
    }
    "attempt.ended" 1 AttemptEnded {
        "attempt" = attempt, "outcome" = outcome, "started" = started, "ended" = ended,
        "left_running" = left_running, "log_lines" = log_lines, "log_bytes" = log_bytes, "stopped" = stopped,
        "lost_bytes" = lost_bytes
    }
    "attempt.checked" 1 AttemptChecked { "attempt" = attempt, "said" = said, "words" = words }
    "attempt.resolved" 1 AttemptResolved { "attempt" = attempt, "done" = done, "reason" = reason, "by" = by }
    "attempt.overdue" 1 AttemptOverdue {
        "attempt" = attempt, "limit" = limit, "after_ms" = after_ms, "allowed_ms" = allowed_ms, "usual_ms" = usual_ms,
        "stops" = stops
    }
    "attempt.awaited" 1 AttemptAwaited { "attempt" = attempt, "limit" = limit, "reason" = reason, "by" = by }
    "baseline.measured" 1 BaselineMeasured { "run" = run, "probe" = probe, "good_ms" = good_ms, "asked" = asked }
    "trigger.baseline" 1 TriggerBaseline {
        "run" = run, "trigger" = trigger, "usual" = usual, "slow_share" = slow_share, "peak" = peak, "waves" = waves,
        "good" = good, "asked" = asked, "red" = red
    }
    "trigger.judged" 1 TriggerJudged {
        "run" = run, "trigger" = trigger, "verdict" = verdict, "dry_run" = dry_run, "words" = words
    }
    "trigger.fired" 1 TriggerFired { "trigger" = trigger, "run" = run, "by" = by, "words" = words }

    "incident.opened" 1 IncidentOpened {
        "incident" = incident, "severity" = severity, "judged" = judged, "what" = what, "env" = env, "run" = run,
        "attempt" = attempt, "log_tail" = log_tail, "by" = by
    }
    "incident.severity" 1 IncidentSeveritySet { "incident" = incident, "severity" = severity, "by" = by }
    "incident.status" 1 IncidentStatusSet { "incident" = incident, "status" = status, "by" = by, "note" = note }
    "incident.impact" 1 IncidentImpactSet {
        "incident" = incident, "started" = started, "ended" = ended, "extent" = extent, "affected" = affected,
        "by" = by, "detected" = detected, "declared" = declared, "mitigated" = mitigated, "since" = since,
        "precision" = precision, "unknown" = unknown
    }
    "decision.taken" 1 DecisionTaken {
        "incident" = incident, "run" = run, "decision" = decision, "reason" = reason, "by" = by, "until" = until,
        "next" = next, "objected" = objected
    }
    "incident.text" 1 IncidentTextSet { "incident" = incident, "field" = field, "text" = text, "by" = by }
    "incident.closed" 1 IncidentClosed { "incident" = incident, "by" = by }
    "note.added" 1 NoteAdded {
        "incident" = incident, "text" = text, "occurred" = occurred, "precision" = precision, "by" = by,
        "evidence" = evidence
    }
    "note.corrected" 1 NoteCorrected {
        "note" = note, "text" = text, "reason" = reason, "by" = by, "occurred" = occurred, "precision" = precision
    }

    "notes.written" 1 NotesWritten { "blob" = blob, "draft" = draft, "by" = by }
    "sheet.set" 1 SheetSet { "field" = field, "value" = value, "by" = by }
    "sheet.agreed" 1 SheetAgreed { "role" = role, "by" = by, "digest" = digest }
    "notice.intended" 1 NoticeIntended {
        "notice" = notice, "stakeholder" = stakeholder, "purpose" = purpose, "run" = run, "text" = text
    }
    "notice.settled" 1 NoticeSettled { "notice" = notice, "state" = state, "detail" = detail, "by" = by }

    "live.set" 1 LiveSet { "env" = env, "version" = version, "release" = release, "by" = by }
    "env.locked" 1 EnvLocked { "env" = env, "release" = release, "run" = run }
    "env.unlocked" 1 EnvUnlocked { "env" = env, "release" = release, "run" = run }
    "env.held" 1 EnvHeld { "env" = env, "release" = release, "run" = run, "reason" = reason, "by" = by }
    "env.freed" 1 EnvFreed { "env" = env, "reason" = reason, "by" = by }
    "version.bad" 1 VersionMarkedBad { "env" = env, "version" = version, "commit" = commit, "reason" = reason }
    "debt.added" 1 DebtAdded { "debt" = debt, "text" = text, "release" = release, "role" = role }
    "debt.paid" 1 DebtPaid { "debt" = debt, "note" = note, "by" = by }
    "artifact.observed" 1 ArtifactObserved {
        "artifact" = artifact, "there" = there, "observed" = observed, "commit" = commit
    }
    "release.pushed" 1 TagPushed { "tag" = tag, "commit" = commit, "remote" = remote, "by" = by }
    "stray.accepted" 1 StrayAccepted { "path" = path, "text" = text, "reason" = reason, "by" = by }

    "decision.over" 1 DecisionOver { "incident" = incident, "decision" = decision, "since" = since }
    "incident.role" 1 IncidentRoleSet {
        "incident" = incident, "role" = role, "person" = person, "act" = act, "by" = by
    }
    "incident.update" 1 IncidentUpdated {
        "incident" = incident, "text" = text, "next" = next, "reason" = reason, "by" = by
    }
    "followup.set" 1 FollowUpSet {
        "followup" = followup, "text" = text, "owner" = owner, "due" = due, "incident" = incident,
        "release" = release, "note" = note, "state" = state, "reason" = reason, "by" = by
    }
    "change.excluded" 1 ChangeExcluded { "rule" = rule, "reason" = reason, "by" = by }
    "change.included" 1 ChangeIncluded { "rule" = rule, "by" = by }
}
