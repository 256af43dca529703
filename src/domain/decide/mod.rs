//! Rules: whether a command can be carried out, and which facts it makes.
//!
//! `decide` is pure: a dry run of it greys out a key in the cockpit with the same words that the command line
//! prints. One file per noun; this file routes. Entry: [`decide`].

mod after;
mod attempt;
pub mod deploy;
mod incident;
mod overdue;
mod paper;
pub mod release;
pub mod rollback;
mod step;
#[cfg(test)]
mod tests;
mod trigger;
mod word;

use super::command::Command;
use super::effect::Outcome;
use super::refusal::Refusal;
use super::release::ReleaseState;
use super::run::Run;
use super::situation::Situation;

/// What a command gives, or why it cannot be carried out.
///
/// # Errors
/// A [`Refusal`] that says why, whose job it is and what to do next.
pub fn decide(sit: &Situation<'_>, command: &Command) -> Result<Outcome, Refusal> {
    if sit.observed.drill && runs_something(command) {
        return Err(
            Refusal::new("this is a drill: nothing is run").next("relco rollback rehearse, outside of the drill")
        );
    }
    match command {
        Command::StartRelease { .. }
        | Command::SetCandidate { .. }
        | Command::RecordTag { .. }
        | Command::RecordPush { .. }
        | Command::RecordArtifact { .. }
        | Command::CompleteRelease
        | Command::AbandonRelease { .. } => release::decide(sit, command),
        Command::DecideGate { .. }
        | Command::SignOff { .. }
        | Command::SetItem { .. }
        | Command::RecordItemCheck { .. }
        | Command::RecordGateCheck { .. }
        | Command::Waive { .. }
        | Command::RecordCheck { .. } => word::decide(sit, command),
        Command::StartDeployment { .. }
        | Command::StartRehearsal { .. }
        | Command::Next { .. }
        | Command::UndoIsSafe { .. }
        | Command::Retry { .. }
        | Command::RetryDeclared { .. }
        | Command::FreeEnv { .. }
        | Command::Pause { .. }
        | Command::Resume { .. }
        | Command::Abort { .. }
        | Command::Take { .. }
        | Command::FinishSlot { .. } => deploy::decide(sit, command),
        Command::ImportAttempt { .. } | Command::RecordAttemptCheck { .. } | Command::ResolveAttempt { .. } => {
            attempt::decide(sit, command)
        }
        Command::RecordOverdue { .. } | Command::RecordOutput { .. } | Command::WaitLonger { .. } => {
            overdue::decide(sit, command)
        }
        Command::RecordBaseline { .. } | Command::RecordVerdict { .. } => trigger::decide(sit, command),
        Command::StartRollback { .. } | Command::FireTrigger { .. } => rollback::decide(sit, command),
        Command::OpenIncident { .. }
        | Command::SetSeverity { .. }
        | Command::SetStatus { .. }
        | Command::SetImpact { .. }
        | Command::Decide { .. }
        | Command::LookAtDecision { .. }
        | Command::SetIncidentRole { .. }
        | Command::AcceptRole { .. }
        | Command::TellUpdate { .. }
        | Command::SnoozeUpdate { .. }
        | Command::NoteLines { .. }
        | Command::SetFollowUp { .. }
        | Command::SetIncidentText { .. }
        | Command::CloseIncident { .. }
        | Command::Note { .. }
        | Command::CorrectNote { .. } => incident::decide(sit, command),
        Command::WriteNotes { .. }
        | Command::SetSheet { .. }
        | Command::AgreeSheet { .. }
        | Command::SendNotices { .. }
        | Command::SettleNotice { .. }
        | Command::SetLive { .. }
        | Command::AcceptStray { .. }
        | Command::ExcludeChange { .. }
        | Command::IncludeChange { .. }
        | Command::PayDebt { .. } => paper::decide(sit, command),
    }
}

/// Whether a command leads to something that is run, or says what is live.
fn runs_something(command: &Command) -> bool {
    matches!(
        command,
        Command::StartDeployment { .. }
            | Command::StartRehearsal { .. }
            | Command::StartRollback { .. }
            | Command::RecordTag { .. }
    )
}

/// The release, open.
fn open_release<'a>(sit: &Situation<'a>) -> Result<&'a ReleaseState, Refusal> {
    let release = any_release(sit)?;
    match release.ended {
        None => Ok(release),
        Some((_, phase)) => Err(Refusal::new(format!("release {} is {phase}", release.version))
            .next("relco release start VERSION opens the next one")),
    }
}

/// The release, open or ended.
fn any_release<'a>(sit: &Situation<'a>) -> Result<&'a ReleaseState, Refusal> {
    sit.release
        .ok_or_else(|| Refusal::new("no release is open").next("relco release start minor, or the version itself"))
}

/// A run of the release.
fn run_of<'a>(sit: &Situation<'a>, id: &super::id::RunId) -> Result<(&'a ReleaseState, &'a Run), Refusal> {
    let release = any_release(sit)?;
    let run = release.run(id).ok_or_else(|| Refusal::new(format!("there is no run {id}")))?;
    Ok((release, run))
}

/// A run that is not over.
fn open_run_of<'a>(sit: &Situation<'a>, id: &super::id::RunId) -> Result<(&'a ReleaseState, &'a Run), Refusal> {
    let (release, run) = run_of(sit, id)?;
    match run.ended {
        None => Ok((release, run)),
        Some((_, outcome)) => Err(Refusal::new(format!("{id} is over: {outcome}"))),
    }
}

/// A text that a person must give.
fn wanted(text: Option<&str>, what: &str) -> Result<String, Refusal> {
    match text.map(str::trim) {
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        _ => Err(Refusal::new(format!("{what} wants a reason")).next("--reason TEXT")),
    }
}

fn owned(text: Option<&String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}
