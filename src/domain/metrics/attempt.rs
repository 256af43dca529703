//! One deployment attempt as the metrics see it, and what it counts as at a given moment.
//!
//! Enter at [`DeploymentFact::standing`]. Nothing here guesses a cause: which release an incident belongs to was said
//! by a person and comes in as data.

use std::time::Duration;

use jiff::Timestamp;

use super::span::Spans;
use crate::domain::duration::between;
use crate::domain::id::{EnvName, RunId};

/// How a deployment attempt ended, as recorded. Exactly one; a rollback is part of its attempt, never a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Still going on.
    Pending,
    /// It went out and stayed.
    Succeeded,
    /// It went out with a fix made during the attempt or an incident.
    FixedForward,
    /// It was rolled back, even partly.
    RolledBack,
    /// It ended without success and without a rollback.
    Failed,
}

/// A time in which the captain held the attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// When it was paused.
    pub from: Timestamp,
    /// When it went on; none while it is still paused.
    pub to: Option<Timestamp>,
}

/// One deployment attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentFact {
    /// The release's record, the link to its impacts.
    pub release: String,
    /// The run; with `release` it names the attempt, which counts once however often it comes in.
    pub run: RunId,
    /// The version that was to be live afterwards.
    pub version: String,
    /// The environment.
    pub env: EnvName,
    /// A rehearsal or a drill: never counted.
    pub drill: bool,
    /// When the attempt was started: decides the window.
    pub started_at: Timestamp,
    /// When the first step that changes something started; none when it was stopped before.
    pub first_changing_step_at: Option<Timestamp>,
    /// When verification after the deployment ended; none when it was not reached.
    pub verification_ended_at: Option<Timestamp>,
    /// Every pause of the attempt.
    pub pauses: Vec<Held>,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether users met the new version.
    pub users_met_it: bool,
    /// Whether an incident that a person linked to this attempt is open now.
    pub incident_open: bool,
    /// Whether the release was completed: the people who watch it said that it is out and stays, so a success needs
    /// no further watching. A rollback or a fix afterwards still counts.
    pub closed: bool,
    /// The release that this one repairs, for a hotfix.
    pub repairs: Option<String>,
}

/// What an attempt counts as now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Stopped before anything was changed: listed, not counted.
    Cancelled,
    /// Not yet known: running, or still being watched. Listed, not counted.
    Pending,
    /// Counted as a success.
    Succeeded,
    /// Counted; needed a fix.
    FixedForward,
    /// Counted; was rolled back.
    RolledBack,
    /// Counted; failed, or has an open incident.
    Failed,
}

impl Standing {
    /// Whether the attempt stands in the denominator of the rates.
    pub fn counted(self) -> bool {
        !matches!(self, Self::Cancelled | Self::Pending)
    }

    /// The words of the screen.
    pub fn words(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::FixedForward => "fixed forward",
            Self::RolledBack => "rolled back",
            Self::Failed => "failed",
        }
    }
}

impl DeploymentFact {
    /// What the attempt counts as at `now`. A success is pending while the watch window after it is open, unless its
    /// release was closed; an open incident makes it a failure at once, so that a disaster under way never reads as a
    /// success.
    pub fn standing(&self, now: Timestamp, watch: Duration) -> Standing {
        let Some(first) = self.first_changing_step_at else {
            return Standing::Cancelled;
        };
        match self.outcome {
            Outcome::RolledBack => Standing::RolledBack,
            Outcome::FixedForward => Standing::FixedForward,
            Outcome::Failed => Standing::Failed,
            Outcome::Succeeded | Outcome::Pending if self.incident_open => Standing::Failed,
            Outcome::Pending => Standing::Pending,
            Outcome::Succeeded if self.closed => Standing::Succeeded,
            Outcome::Succeeded if between(self.verification_ended_at.unwrap_or(first), now) < watch => {
                Standing::Pending
            }
            Outcome::Succeeded => Standing::Succeeded,
        }
    }

    /// Wall clock from the first changing step to the end of verification; none when verification was not reached, or
    /// when the clock of the record ran backwards between the two.
    pub fn time_to_deploy(&self) -> Option<TimeToDeploy> {
        let (from, to) = (self.first_changing_step_at?, self.verification_ended_at?);
        if to < from {
            return None;
        }
        let pauses = self.pauses.iter().map(|p| (p.from.max(from), p.to.map_or(to, |end| end.min(to))));
        Some(TimeToDeploy { total: between(from, to), paused: Spans::union(pauses).total() })
    }
}

/// How long an attempt took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeToDeploy {
    /// First changing step to the end of verification, pauses included.
    pub total: Duration,
    /// How much of it was paused; overlapping pauses count once.
    pub paused: Duration,
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn at(text: &str) -> Timestamp {
        format!("2026-11-22T{text}:00Z").parse().unwrap()
    }

    pub(in super::super) fn succeeded(release: &str) -> DeploymentFact {
        DeploymentFact {
            release: release.into(),
            run: "d1".into(),
            version: release.into(),
            env: "production".into(),
            drill: false,
            started_at: at("09:55"),
            first_changing_step_at: Some(at("10:00")),
            verification_ended_at: Some(at("10:20")),
            pauses: Vec::new(),
            outcome: Outcome::Succeeded,
            users_met_it: true,
            incident_open: false,
            closed: false,
            repairs: None,
        }
    }

    const DAY: Duration = Duration::from_secs(86_400);

    #[test]
    fn a_success_is_pending_until_the_watch_window_closed() {
        let fact = succeeded("1.0.0");
        let end = fact.verification_ended_at.unwrap();
        assert_eq!(fact.standing(end, DAY), Standing::Pending);
        assert_eq!(fact.standing(end + DAY - Duration::from_millis(1), DAY), Standing::Pending);
        assert_eq!(fact.standing(end + DAY, DAY), Standing::Succeeded);
        assert_eq!(fact.standing(end, Duration::ZERO), Standing::Succeeded);
    }

    #[test]
    fn a_closed_release_needs_no_watching_but_hides_no_incident() {
        let closed = DeploymentFact { closed: true, ..succeeded("1.0.0") };
        assert_eq!(closed.standing(at("10:20"), DAY), Standing::Succeeded);
        let trouble = DeploymentFact { incident_open: true, ..closed.clone() };
        assert_eq!(trouble.standing(at("10:21"), DAY), Standing::Failed);
        let taken_back = DeploymentFact { outcome: Outcome::RolledBack, ..closed };
        assert_eq!(taken_back.standing(at("10:21"), DAY), Standing::RolledBack);
    }

    #[test]
    fn an_open_incident_is_a_failure_now() {
        for outcome in [Outcome::Pending, Outcome::Succeeded] {
            let fact = DeploymentFact { outcome, incident_open: true, ..succeeded("1.0.0") };
            assert_eq!(fact.standing(at("10:21"), DAY), Standing::Failed);
        }
        let fact = DeploymentFact { outcome: Outcome::RolledBack, incident_open: true, ..succeeded("1.0.0") };
        assert_eq!(fact.standing(at("10:21"), DAY), Standing::RolledBack);
    }

    #[test]
    fn stopped_before_the_first_change_is_cancelled_whatever_was_recorded() {
        for outcome in [Outcome::Pending, Outcome::Succeeded, Outcome::Failed, Outcome::RolledBack] {
            let fact = DeploymentFact { outcome, first_changing_step_at: None, ..succeeded("1.0.0") };
            assert_eq!(fact.standing(at("23:00"), Duration::ZERO), Standing::Cancelled);
        }
    }

    #[test]
    fn pauses_stand_apart_and_do_not_shorten_the_time() {
        let pauses =
            vec![Held { from: at("10:10"), to: Some(at("10:20")) }, Held { from: at("10:15"), to: Some(at("10:25")) }];
        let fact = DeploymentFact { pauses, verification_ended_at: Some(at("10:50")), ..succeeded("1.0.0") };
        let took = fact.time_to_deploy().unwrap();
        assert_eq!((took.total.as_secs() / 60, took.paused.as_secs() / 60), (50, 15));
    }

    #[test]
    fn pauses_are_cut_to_the_attempt() {
        let pauses = vec![Held { from: at("09:50"), to: Some(at("10:05")) }, Held { from: at("10:15"), to: None }];
        let took = DeploymentFact { pauses, ..succeeded("1.0.0") }.time_to_deploy().unwrap();
        assert_eq!(took.paused, Duration::from_secs(600));
    }

    #[test]
    fn no_time_without_verification_or_with_a_clock_that_ran_backwards() {
        let unverified = DeploymentFact { verification_ended_at: None, ..succeeded("1.0.0") };
        let backwards = DeploymentFact { verification_ended_at: Some(at("09:59")), ..succeeded("1.0.0") };
        assert_eq!((unverified.time_to_deploy(), backwards.time_to_deploy()), (None, None));
    }
}
