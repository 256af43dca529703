//! The four release metrics over the recorded attempts: success rate, time to deploy, rollback frequency, downtime.
//!
//! Enter at [`measure`]. The input is plain facts and a moment; the same facts give the same numbers, on every screen
//! and in every export. None of the four is a DORA metric word for word, so each row carries its own definition.
//! It never counts a drill, an attempt that changed nothing, or one whose outcome is not known yet.

mod attempt;
mod downtime;
mod row;
mod span;
mod wilson;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

pub use attempt::{DeploymentFact, Held, Outcome, Standing, TimeToDeploy};
pub use downtime::{Downtime, ImpactEnd, ImpactFact, ImpactStart, Length};
pub use row::{MetricRow, Side, Target, Unit, Verdict};
pub use wilson::{Interval, Share, median};

use crate::domain::duration::words;
use crate::domain::id::{EnvName, RunId};
use crate::domain::plan::Targets;

/// The identifier of the success rate in machine output.
pub const SUCCESS_RATE: &str = "deployment-success-rate";
/// The identifier of the time to deploy in machine output.
pub const TIME_TO_DEPLOY: &str = "time-to-deploy";
/// The identifier of the rollback frequency in machine output.
pub const ROLLBACK_FREQUENCY: &str = "rollback-frequency";
/// The identifier of the downtime per release in machine output.
pub const DOWNTIME: &str = "downtime-per-release";

/// What is counted and what it should be; a project may set each of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// The environment whose attempts count: the one that users meet.
    pub env: EnvName,
    /// How long a success is watched before it counts, where its release was not closed before.
    pub watch: Duration,
    /// What the four are held against.
    pub targets: Targets,
}

impl Default for Rules {
    fn default() -> Self {
        Self { env: "production".into(), watch: Duration::from_secs(24 * 3_600), targets: Targets::default() }
    }
}

/// Which attempts are looked at, by the start of the attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Attempts of the last so many days.
    LastDays(u32),
    /// The last so many attempts that changed something.
    LastAttempts(u32),
}

impl Window {
    /// The two windows that the table shows: long enough to judge, and recent enough to see a change.
    pub const BOTH: [Self; 2] = [Self::LastDays(90), Self::LastAttempts(20)];

    /// "last 90 days".
    pub fn words(self) -> String {
        match self {
            Self::LastDays(days) => format!("last {days} days"),
            Self::LastAttempts(count) => format!("last {count} attempts"),
        }
    }
}

/// One attempt of the window, for the list below the numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptLine {
    /// The release's record.
    pub release: String,
    /// The run.
    pub run: RunId,
    /// The version.
    pub version: String,
    /// When it was started.
    pub started_at: Timestamp,
    /// What it counts as.
    pub standing: Standing,
    /// How long it took; none when verification was not reached.
    pub took: Option<TimeToDeploy>,
    /// The release that it repairs.
    pub repairs: Option<String>,
}

/// Downtime of one release of the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseLine {
    /// The release's record.
    pub release: String,
    /// Its downtime.
    pub downtime: Downtime,
}

/// Everything about one window.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowMetrics {
    /// The window.
    pub window: Window,
    /// The four metrics, in the order of the table.
    pub rows: Vec<MetricRow>,
    /// Attempts that users met and that needed a fix, a rollback or failed, of all that are settled. It has no target
    /// and is not simply 100 % minus the success rate.
    pub change_fail: Share,
    /// Settled or pending attempts that repair an earlier release.
    pub rework: u32,
    /// Every attempt of the window, the newest first, cancelled ones included.
    pub attempts: Vec<AttemptLine>,
    /// Downtime per release of the window, by name.
    pub releases: Vec<ReleaseLine>,
}

impl WindowMetrics {
    /// How many attempts of the window have this standing.
    pub fn count(&self, standing: Standing) -> usize {
        self.attempts.iter().filter(|a| a.standing == standing).count()
    }
}

/// The four metrics over one window at `now`.
pub fn measure(
    window: Window,
    deployments: &[DeploymentFact],
    impacts: &[ImpactFact],
    rules: &Rules,
    now: Timestamp,
) -> WindowMetrics {
    let chosen = choose(window, deployments, rules, now);
    let standing = |fact: &DeploymentFact| fact.standing(now, rules.watch);
    let settled: Vec<&DeploymentFact> = chosen.iter().copied().filter(|f| standing(f).counted()).collect();
    let left_out = left_out_words(chosen.iter().map(|f| standing(f)));

    let mut success = MetricRow::of_share(
        SUCCESS_RATE,
        "Deployment success rate",
        Share::of(&settled, |f| standing(f) == Standing::Succeeded),
        Target::above_percent(rules.targets.success_above),
        success_definition(rules),
    );
    success.remarks.extend(left_out.clone());
    let mut rollback = MetricRow::of_share(
        ROLLBACK_FREQUENCY,
        "Rollback frequency",
        Share::of(&settled, |f| standing(f) == Standing::RolledBack),
        Target::below_percent(rules.targets.rollback_below),
        rollback_definition(rules),
    );
    rollback.remarks.extend(left_out);
    let releases = releases_of(&chosen, impacts, rules, now);
    WindowMetrics {
        window,
        rows: vec![success, time_row(&chosen, rules), rollback, downtime_row(&releases, &settled, rules)],
        change_fail: Share::of(&settled, |f| f.users_met_it && standing(f) != Standing::Succeeded),
        rework: count_u32(chosen.iter().filter(|f| f.repairs.is_some() && standing(f) != Standing::Cancelled).count()),
        attempts: chosen.iter().map(|f| line(f, standing(f))).collect(),
        releases,
    }
}

/// The attempts of the window, the newest first, each once. Other environments and drills are not in it.
fn choose<'a>(
    window: Window,
    deployments: &'a [DeploymentFact],
    rules: &Rules,
    now: Timestamp,
) -> Vec<&'a DeploymentFact> {
    // A fact that comes in twice is the same attempt; the later one in the input knows more.
    let each_once: BTreeMap<(&str, &str), &DeploymentFact> = deployments
        .iter()
        .filter(|f| f.env == rules.env && !f.drill)
        .map(|f| ((f.release.as_str(), f.run.as_str()), f))
        .collect();
    let mut chosen: Vec<&DeploymentFact> = each_once.into_values().collect();
    chosen.sort_by(|a, b| b.started_at.cmp(&a.started_at).then_with(|| a.run.cmp(&b.run)));
    match window {
        Window::LastDays(days) => {
            // Hours, not calendar days: the window must not depend on the reader's time zone.
            let reach = SignedDuration::from_hours(24 * i64::from(days));
            chosen.retain(|f| now.duration_since(f.started_at) <= reach);
        }
        Window::LastAttempts(count) => {
            let mut changed = 0;
            chosen.retain(|f| {
                // A cancelled attempt is listed where it happened but takes no place.
                let fits = changed < count;
                changed += u32::from(f.first_changing_step_at.is_some());
                fits
            });
        }
    }
    chosen
}

fn time_row(chosen: &[&DeploymentFact], rules: &Rules) -> MetricRow {
    let times: Vec<TimeToDeploy> = chosen.iter().filter_map(|f| f.time_to_deploy()).collect();
    let minutes = times.iter().map(|t| in_minutes(t.total)).collect();
    let definition =
        "first changing step to the end of verification, wall clock, pauses included and shown apart; only \
                      attempts that reached verification; the median is judged"
            .to_owned();
    let target = Target::below_minutes(in_minutes(rules.targets.deploy_below));
    let mut row = MetricRow::of_durations(TIME_TO_DEPLOY, "Time to deploy", minutes, target, definition);
    if let [only] = times.as_slice() {
        if only.paused > Duration::ZERO {
            row.remarks.push(format!("of which {} paused", words(only.paused)));
        }
    } else if let Some(paused) = times.iter().map(|t| t.paused).max().filter(|p| *p > Duration::ZERO) {
        row.remarks.push(format!("longest pause of one attempt {}", words(paused)));
    }
    let verified = |f: &&&DeploymentFact| f.first_changing_step_at.is_some() && f.verification_ended_at.is_some();
    let backwards = chosen.iter().filter(verified).count().saturating_sub(times.len());
    if backwards > 0 {
        row.remarks.push(format!("{backwards} with a clock that ran backwards, not counted"));
    }
    row
}

/// The downtime row: releases with at least one settled attempt. One whose range holds the limit is not judged.
fn downtime_row(releases: &[ReleaseLine], settled: &[&DeploymentFact], rules: &Rules) -> MetricRow {
    let settled: BTreeSet<&str> = settled.iter().map(|f| f.release.as_str()).collect();
    let target = Target::below_minutes(in_minutes(rules.targets.downtime_below));
    let mut minutes = Vec::new();
    let mut least_minutes = Vec::new();
    let mut unknown = 0;
    let mut so_far = 0;
    for line in releases.iter().filter(|l| settled.contains(l.release.as_str())) {
        let any = line.downtime.any;
        let (least, most) = (in_minutes(any.least), in_minutes(any.most));
        if target.holds(least) != target.holds(most) {
            unknown += 1;
            continue;
        }
        // The longer end of a range that is decided: a metric never flatters.
        minutes.push(most);
        least_minutes.push(least);
        so_far += u32::from(line.downtime.so_far);
    }
    let definition = "per release, the time that at least one impact linked to it lasted, full or degraded, from the \
                      start of the impact and through a rollback; planned maintenance apart; the median is judged"
        .to_owned();
    let ranges = minutes.iter().zip(&least_minutes).filter(|(most, least)| most > least).count();
    let mut row = MetricRow::of_durations(DOWNTIME, "Downtime per release", minutes, target, definition);
    if ranges > 0 {
        // The value is its longer end; what it may be instead is said beside it, never left out.
        row.reach_down_to(least_minutes);
        row.remarks.push(format!("{ranges} known only as a range"));
    }
    if unknown > 0 {
        row.remarks.push(format!("{unknown} unknown, not counted"));
    }
    if so_far > 0 {
        row.remarks.push(format!("{so_far} so far"));
    }
    row
}

fn releases_of(chosen: &[&DeploymentFact], impacts: &[ImpactFact], rules: &Rules, now: Timestamp) -> Vec<ReleaseLine> {
    // A cancelled attempt changed nothing, so nothing that users felt came from it.
    let names: BTreeSet<&str> =
        chosen.iter().filter(|f| f.first_changing_step_at.is_some()).map(|f| f.release.as_str()).collect();
    let of_release = |name: &str| {
        let linked = impacts.iter().filter(|i| i.release == name && i.env == rules.env && !i.drill);
        Downtime::of(linked, now)
    };
    names.into_iter().map(|name| ReleaseLine { release: name.to_owned(), downtime: of_release(name) }).collect()
}

fn line(fact: &DeploymentFact, standing: Standing) -> AttemptLine {
    AttemptLine {
        release: fact.release.clone(),
        run: fact.run.clone(),
        version: fact.version.clone(),
        started_at: fact.started_at,
        standing,
        took: fact.time_to_deploy(),
        repairs: fact.repairs.clone(),
    }
}

fn left_out_words(standings: impl Iterator<Item = Standing>) -> Option<String> {
    let (mut pending, mut cancelled) = (0, 0);
    for standing in standings {
        pending += u32::from(standing == Standing::Pending);
        cancelled += u32::from(standing == Standing::Cancelled);
    }
    match (pending, cancelled) {
        (0, 0) => None,
        (_, 0) => Some(format!("{pending} pending, not counted")),
        (0, _) => Some(format!("{cancelled} cancelled, not counted")),
        _ => Some(format!("{pending} pending and {cancelled} cancelled, not counted")),
    }
}

fn success_definition(rules: &Rules) -> String {
    format!(
        "attempts on {} that succeeded, of all that changed something and are settled; one counts as a success once \
         its release is complete, or after {} without a rollback or a fix, and as a failure while an incident of it is \
         open",
        rules.env,
        words(rules.watch)
    )
}

fn rollback_definition(rules: &Rules) -> String {
    format!(
        "attempts on {} that were rolled back, even partly, of all that changed something and are settled",
        rules.env
    )
}

fn in_minutes(length: Duration) -> f64 {
    length.as_secs_f64() / 60.0
}

fn count_u32(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
