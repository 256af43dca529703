//! ACTIONS: one table of everything that a user can do.
//!
//! Keys, help, hints, palette and the list in the documentation come from here; the command line is written with
//! clap, and a test holds the two against each other in both directions. An action carries no rule: whether it is
//! possible now is `decide`'s to say.

/// Everything that a user can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "every variant's meaning stands in its row of ACTIONS")]
pub enum ActionId {
    Demo,
    Init,
    Trust,
    ConfigCheck,
    ConfigSchema,
    ConfigPaths,
    ReleaseStart,
    ReleaseCandidate,
    ReleaseCommit,
    ReleaseTag,
    ReleaseArtifacts,
    ReleasePush,
    ReleaseBranch,
    ReleaseList,
    ReleaseShow,
    ReleaseComplete,
    ReleaseAbandon,
    Status,
    Check,
    Feedback,
    GateList,
    GatePass,
    GateFail,
    GateWaive,
    SignOff,
    ItemList,
    ItemDone,
    ItemFail,
    ItemSkip,
    ItemNa,
    ItemUndo,
    Versions,
    Changes,
    ChangesAdd,
    ChangesExclude,
    ChangesAlike,
    ChangesInclude,
    ChangesRules,
    Notes,
    SheetShow,
    SheetSet,
    SheetAgree,
    DeployPlan,
    DeployStart,
    DeployNext,
    DeployRetry,
    DeploySkip,
    DeployPause,
    DeployResume,
    DeployWait,
    DeployStop,
    DeployAbort,
    DeployTake,
    AttemptResolve,
    AttemptType,
    DeployUnlock,
    RollbackPlan,
    RollbackStart,
    RollbackNext,
    RollbackSkip,
    RollbackAbort,
    RollbackRehearse,
    RollbackRetry,
    TriggerList,
    TriggerFire,
    TriggerSamples,
    TriggerReplay,
    Watch,
    IncidentOpen,
    IncidentNote,
    IncidentCorrect,
    IncidentRemove,
    IncidentPin,
    IncidentSeverity,
    IncidentStatus,
    IncidentImpact,
    IncidentDecide,
    IncidentRole,
    IncidentAccept,
    IncidentBrief,
    IncidentUpdate,
    IncidentSnooze,
    IncidentWrite,
    IncidentClose,
    IncidentReport,
    NotifyList,
    NotifySend,
    NotifyTold,
    Log,
    Timeline,
    Metrics,
    Report,
    LiveSet,
    DebtList,
    DebtPay,
    FollowUpList,
    FollowUpAssign,
    FollowUpDone,
    FollowUpDrop,
    JournalVerify,
    JournalRepair,
    Doctor,
    Completions,
    Man,
}

/// Where an action can be reached from in the cockpit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Everywhere, by key and palette.
    Everywhere,
    /// On a gate.
    Gate,
    /// On a row of the checklist.
    Item,
    /// On a change, in the view of changes.
    Change,
    /// Only as a command: it makes no sense inside the cockpit.
    CommandLine,
}

/// How much an action asks before it acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Danger {
    /// Reads only.
    Reads,
    /// Changes the record; undone by another word, not asked about.
    Records,
    /// Changes a system or tells people; asks once and shows exactly what.
    Asks,
    /// Wants the word `VERSION@ENV` where the environment says so.
    Typed,
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Action {
    /// Which.
    pub id: ActionId,
    /// The command: `deploy start`.
    pub command: &'static str,
    /// What it does, in a few words.
    pub title: &'static str,
    /// Default keys in the cockpit; empty means palette only.
    pub keys: &'static [&'static str],
    /// Where.
    pub scope: Scope,
    /// How dangerous.
    pub danger: Danger,
}

impl Action {
    /// Its name in the user's key configuration: the command with dots.
    pub fn name(&self) -> String {
        self.command.replace(' ', ".")
    }
}

const fn row(
    id: ActionId,
    command: &'static str,
    title: &'static str,
    keys: &'static [&'static str],
    scope: Scope,
    danger: Danger,
) -> Action {
    Action { id, command, title, keys, scope, danger }
}

use ActionId as Id;
use Danger::{Asks, Reads, Records, Typed};
use Scope::{Change, CommandLine, Everywhere, Gate, Item};

/// Everything that a user can do, in the order in which help and palette show it.
pub static ACTIONS: &[Action] = &[
    row(Id::Status, "status", "Can we release now; if not, who must do what", &[], Everywhere, Reads),
    row(Id::Check, "check", "Run automatic checks again", &["c"], Everywhere, Records),
    row(Id::Feedback, "feedback", "Findings, each with the role that must act", &["F"], Everywhere, Reads),
    row(Id::ReleaseStart, "release start", "Start a release", &["N"], Everywhere, Records),
    row(Id::ReleaseCandidate, "release candidate", "Set the commit that ships", &["C"], Everywhere, Records),
    row(Id::ReleaseCommit, "release commit", "Commit what was changed for the release", &[], Everywhere, Asks),
    row(Id::ReleaseArtifacts, "release artifacts", "Look for what the release must bring", &[], Everywhere, Reads),
    row(Id::ReleasePush, "release push", "Push the release tag", &[], Everywhere, Asks),
    row(Id::ReleaseBranch, "release branch", "Check out the branch of a hotfix", &[], Everywhere, Asks),
    row(Id::ReleaseTag, "release tag", "Record or make the release tag on the candidate", &["T"], Everywhere, Asks),
    row(Id::ReleaseList, "release list", "Releases on record", &["H"], Everywhere, Reads),
    row(Id::ReleaseShow, "release show", "One release in short", &[], Everywhere, Reads),
    row(Id::ReleaseComplete, "release complete", "Close the record: out, and everybody knows", &[], Everywhere, Asks),
    row(Id::ReleaseAbandon, "release abandon", "Give this release up", &[], Everywhere, Asks),
    row(Id::GateList, "gate list", "Gates with their verdicts", &[], Everywhere, Reads),
    row(Id::GatePass, "gate pass", "Gate passed", &["p"], Gate, Records),
    row(Id::GateFail, "gate fail", "Gate failed, with a reason", &["x"], Gate, Records),
    row(Id::GateWaive, "gate waive", "Waive a gate, with a reason", &["w"], Gate, Records),
    row(Id::SignOff, "signoff", "Sign off for a role", &["o"], Everywhere, Records),
    row(Id::ItemList, "item list", "Items of all lists", &[], Everywhere, Reads),
    row(Id::ItemDone, "item done", "Item done, with what was observed", &["d"], Item, Records),
    row(Id::ItemFail, "item fail", "Item failed, with a reason", &["x"], Item, Records),
    row(Id::ItemSkip, "item skip", "Skip or waive an item, with a reason", &["s"], Item, Records),
    row(Id::ItemNa, "item na", "Item does not apply, with a reason", &[], Item, Records),
    row(Id::ItemUndo, "item undo", "Take the word on an item back", &["u"], Item, Records),
    row(Id::Versions, "versions", "Version matrix, and setting the version", &["v"], Everywhere, Reads),
    row(Id::Changes, "changes", "Changes against the changelog", &["g"], Everywhere, Reads),
    row(Id::ChangesAdd, "changes add", "Add a line for it to the changelog", &["a"], Change, Records),
    row(Id::ChangesExclude, "changes exclude", "It needs no entry, with a reason", &["x"], Change, Records),
    row(Id::ChangesAlike, "changes alike", "None like it needs an entry: choose the rule", &["X"], Change, Records),
    row(Id::ChangesInclude, "changes include", "Take back that it needs no entry", &["u"], Change, Records),
    row(Id::ChangesRules, "changes rules", "Rules in force, and those that are proposed", &["r"], Change, Reads),
    row(Id::Notes, "notes", "Release notes: draft and edit", &["r"], Everywhere, Records),
    row(Id::SheetShow, "sheet show", "Release-DevOps alignment sheet", &["a"], Everywhere, Reads),
    row(Id::SheetSet, "sheet set", "Fill in a field of the sheet", &[], Everywhere, Records),
    row(Id::SheetAgree, "sheet agree", "Agree to the sheet for a role", &[], Everywhere, Records),
    row(Id::DeployPlan, "deploy plan", "What a deployment would run", &["L"], Everywhere, Reads),
    row(Id::DeployStart, "deploy start", "Start a deployment", &["D"], Everywhere, Typed),
    row(Id::DeployNext, "deploy next", "Do the next thing of the run", &["space"], Everywhere, Asks),
    row(Id::DeployRetry, "deploy retry", "Try the failed step again", &["R"], Everywhere, Asks),
    row(Id::DeploySkip, "deploy skip", "Skip the next step, with a reason", &[], Everywhere, Records),
    row(Id::DeployPause, "deploy pause", "Pause the run: nothing new starts", &["P"], Everywhere, Records),
    row(Id::DeployResume, "deploy resume", "End the pause", &["U"], Everywhere, Asks),
    row(Id::DeployWait, "deploy wait", "Wait for a step that is over its time", &["ctrl-x w"], Everywhere, Records),
    row(Id::DeployStop, "deploy stop", "Stop the step that runs; the run waits", &["ctrl-x s"], Everywhere, Asks),
    row(Id::DeployAbort, "deploy abort", "Stop what runs and end the run", &["A"], Everywhere, Asks),
    row(Id::DeployTake, "deploy take", "Take the run over from another terminal", &[], Everywhere, Asks),
    row(Id::DeployUnlock, "deploy unlock", "Unlock an environment after a rollback", &[], Everywhere, Records),
    row(Id::AttemptType, "attempt type", "Type lines into the running step", &["Y"], Everywhere, Asks),
    row(Id::AttemptResolve, "attempt resolve", "Say what became of an unknown outcome", &["K"], Everywhere, Records),
    row(Id::RollbackPlan, "rollback plan", "What a rollback would run", &[], Everywhere, Reads),
    row(Id::RollbackStart, "rollback start", "Roll back", &["ctrl-x r"], Everywhere, Typed),
    row(Id::RollbackNext, "rollback next", "Do the next thing of the rollback", &[], Everywhere, Asks),
    row(Id::RollbackRetry, "rollback retry", "Try what failed in the rollback again", &[], Everywhere, Asks),
    row(Id::RollbackSkip, "rollback skip", "Skip the next undo, with a reason", &[], Everywhere, Records),
    row(Id::RollbackAbort, "rollback abort", "Stop the rollback where it is", &[], Everywhere, Asks),
    row(Id::RollbackRehearse, "rollback rehearse", "Rehearse deployment and rollback", &["B"], Everywhere, Asks),
    row(Id::TriggerList, "trigger list", "Rollback triggers with their verdicts", &[], Everywhere, Reads),
    row(Id::TriggerFire, "trigger fire", "Declare that a rollback trigger holds", &["t"], Everywhere, Records),
    row(Id::TriggerSamples, "trigger samples", "Print what is kept of a trigger's probe", &[], CommandLine, Reads),
    row(Id::TriggerReplay, "trigger replay", "Judge recorded probes as if they came in now", &[], CommandLine, Reads),
    row(Id::Watch, "watch", "Ask the probes and print what they say", &[], CommandLine, Reads),
    row(
        Id::IncidentOpen,
        "incident open",
        "Open an incident, or show the open one",
        &["ctrl-x i"],
        Everywhere,
        Records,
    ),
    row(Id::IncidentNote, "incident note", "Write a note on the timeline", &["n"], Everywhere, Records),
    row(Id::IncidentCorrect, "incident correct", "Correct a note, with a reason", &["ctrl-x e"], Everywhere, Records),
    row(Id::IncidentRemove, "incident remove", "Remove a note, with a reason", &[], Everywhere, Records),
    row(Id::IncidentPin, "incident pin", "Pin the log line as evidence", &[], Everywhere, Records),
    row(Id::IncidentSeverity, "incident severity", "Judge the severity", &["S"], Everywhere, Records),
    row(Id::IncidentStatus, "incident status", "Move the incident's status", &["Z"], Everywhere, Records),
    row(
        Id::IncidentImpact,
        "incident impact",
        "What users feel: since when, until when, how much",
        &["i"],
        Everywhere,
        Records,
    ),
    row(Id::IncidentDecide, "incident decide", "Continue with a fix, pause, or roll back", &["X"], Everywhere, Records),
    row(
        Id::IncidentRole,
        "incident role",
        "Who commands, operates, communicates, writes",
        &["ctrl-x o"],
        Everywhere,
        Records,
    ),
    row(Id::IncidentAccept, "incident accept", "Accept a role that was offered", &[], Everywhere, Records),
    row(Id::IncidentBrief, "incident brief", "What whoever takes over must know", &["ctrl-x b"], Everywhere, Reads),
    row(Id::IncidentUpdate, "incident update", "Tell people how it stands", &["ctrl-x u"], Everywhere, Asks),
    row(Id::IncidentSnooze, "incident snooze", "Put the next message off", &["ctrl-x z"], Everywhere, Records),
    row(Id::IncidentWrite, "incident write", "Write root cause or prevention", &["W"], Everywhere, Records),
    row(Id::IncidentClose, "incident close", "Close the incident's paperwork", &["O"], Everywhere, Records),
    row(Id::IncidentReport, "incident report", "The incident's report", &["I"], Everywhere, Reads),
    row(Id::NotifyList, "notify list", "Stakeholders and what they were told", &["m"], Everywhere, Reads),
    row(Id::NotifySend, "notify send", "Tell the stakeholders", &["M"], Everywhere, Asks),
    row(Id::NotifyTold, "notify told", "A person told them", &[], Everywhere, Records),
    row(Id::Log, "log", "Output of a step", &[], Everywhere, Reads),
    row(Id::Timeline, "timeline", "Everything that happened, in order", &[], Everywhere, Reads),
    row(Id::Metrics, "metrics", "The four release metrics", &["%"], Everywhere, Reads),
    row(Id::Report, "report", "The whole record of the release", &[], Everywhere, Reads),
    row(Id::LiveSet, "live set", "Say what an environment runs", &[], Everywhere, Records),
    row(Id::DebtList, "debt list", "What is left to be paid", &[], Everywhere, Reads),
    row(Id::DebtPay, "debt pay", "Pay a debt", &[], Everywhere, Records),
    row(Id::FollowUpList, "followup list", "What incidents left to be done", &["ctrl-x f"], Everywhere, Reads),
    row(Id::FollowUpAssign, "followup assign", "Who does a follow-up, and until when", &[], Everywhere, Records),
    row(Id::FollowUpDone, "followup done", "A follow-up is done", &[], Everywhere, Records),
    row(Id::FollowUpDrop, "followup drop", "Nobody will do a follow-up, with a reason", &[], Everywhere, Records),
    row(Id::Trust, "trust", "Allow this project's commands to run", &["!"], Everywhere, Asks),
    row(Id::Init, "init", "Write a relco.toml for this repository", &[], CommandLine, Records),
    row(Id::ConfigCheck, "config check", "Check the configuration", &[], CommandLine, Reads),
    row(Id::ConfigSchema, "config schema", "Every configuration key, as JSON Schema", &[], CommandLine, Reads),
    row(Id::ConfigPaths, "config paths", "Where relco keeps and reads its files", &[], CommandLine, Reads),
    row(Id::JournalVerify, "journal verify", "Verify the record", &[], CommandLine, Reads),
    row(Id::JournalRepair, "journal repair", "Write a new record from a damaged one", &[], CommandLine, Records),
    row(Id::Doctor, "doctor", "What relco can and cannot do here", &[], CommandLine, Reads),
    row(Id::Demo, "demo", "The example project", &[], CommandLine, Records),
    row(Id::Completions, "completions", "Shell completions", &[], CommandLine, Reads),
    row(Id::Man, "man", "The manual page", &[], CommandLine, Reads),
];

/// The row of an action.
pub fn action(id: ActionId) -> Option<&'static Action> {
    ACTIONS.iter().find(|action| action.id == id)
}

/// The action of a command line: `deploy start`.
pub fn by_command(command: &str) -> Option<&'static Action> {
    ACTIONS.iter().find(|action| action.command == command)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_action_and_command_occurs_once() {
        let ids: BTreeSet<ActionId> = ACTIONS.iter().map(|action| action.id).collect();
        let commands: BTreeSet<&str> = ACTIONS.iter().map(|action| action.command).collect();
        assert_eq!(ids.len(), ACTIONS.len());
        assert_eq!(commands.len(), ACTIONS.len());
    }

    #[test]
    fn a_key_means_one_thing_in_one_place() {
        for one in ACTIONS {
            for other in ACTIONS {
                // The view of changes has the screen to itself: the keys behind it do not reach it.
                let reaches = one.scope == Everywhere && other.scope != Change;
                let meet = one.id != other.id && (one.scope == other.scope || reaches);
                let both: Vec<_> = one.keys.iter().filter(|key| other.keys.contains(key)).collect();
                assert!(!meet || both.is_empty(), "{} and {} share {both:?}", one.command, other.command);
            }
        }
    }

    #[test]
    fn no_single_key_changes_a_system() {
        // Dangerous rows open a dialog; this only pins that they say so.
        for one in ACTIONS.iter().filter(|one| ["deploy start", "rollback start"].contains(&one.command)) {
            assert_eq!(one.danger, Typed);
        }
    }
}
