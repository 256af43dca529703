//! The brief: what whoever takes over an incident must know, on one page.
//!
//! Only what is recorded, in the order in which it is asked for: how bad, since when, who does what, what was decided
//! and must be looked at again, what people were told and when they hear more. Enter at [`brief`].

use crate::domain::duration::{between, words};
use crate::domain::followup::FollowUp;
use crate::domain::forms::{inline, moment};
use crate::domain::incident::{Decision, Incident, IncidentRole, Milestone, cadence};
use crate::domain::situation::Situation;
use crate::domain::timeline::{Entry, of_incident};

/// How many of the last entries of the timeline are told.
const LAST: usize = 6;

/// The brief about an incident, in Markdown. `entries` is the timeline of the journal that it stands in.
pub fn brief(sit: &Situation<'_>, incident: &Incident, entries: &[Entry]) -> String {
    let judged = if incident.judged { "" } else { " (not judged)" };
    let mut text = format!("## {}: {}\n\n", inline(incident.id.as_str()), inline(&incident.what));
    let mut bullet = |name: &str, value: String| text.push_str(&format!("- {name}: {value}\n"));
    bullet("State", format!("{}{judged}, {}", incident.severity, incident.status));
    bullet("Users", users(sit, incident));
    let worn = IncidentRole::ALL.iter().map(|role| {
        let offered = incident.offered(*role).map(|who| format!(", offered to {}", inline(who))).unwrap_or_default();
        format!("{role} {}{offered}", incident.holder(*role).map_or_else(|| "nobody".to_owned(), inline))
    });
    bullet("Roles", worn.collect::<Vec<_>>().join("; "));
    if let Some(run) = sit.release.and_then(|release| release.any_open_run()) {
        let paused =
            run.paused.as_ref().map(|pause| format!(", paused: {}", inline(&pause.reason))).unwrap_or_default();
        let next = run.next().map(|slot| format!(", next {}", slot.id)).unwrap_or_default();
        bullet("Under way", format!("{} {} in {}{paused}{next}", run.id, run.purpose, run.env));
    }
    bullet("Decision", decision(sit, incident));
    let told = incident.updates.last().map_or_else(
        || "nothing yet".to_owned(),
        |one| format!("{} ({})", inline(&one.text), moment(one.at, sit.zone)),
    );
    bullet("Told last", told);
    if let Some(due) = cadence::due(incident, &sit.plan.cadence) {
        bullet("Next message", cadence_words(sit, due));
    }
    let open = |one: &&FollowUp| one.is_open() && one.incident.as_ref() == Some(&incident.id);
    for one in sit.project.followups.iter().filter(open) {
        bullet("To do afterwards", inline(&one.words()));
    }
    for odd in incident.oddities() {
        bullet("Unclear", odd);
    }
    text.push_str("\n### Last\n");
    let own = of_incident(entries, incident);
    for entry in own.iter().skip(own.len().saturating_sub(LAST)) {
        let at = moment(entry.occurred, sit.zone);
        text.push_str(&format!("- {at} {} ({})\n", inline(&entry.text), inline(&entry.who())));
    }
    text
}

fn users(sit: &Situation<'_>, incident: &Incident) -> String {
    let impact = &incident.impact;
    let what = impact.affected.as_deref().map_or_else(|| "what is affected is unknown".to_owned(), inline);
    let extent = impact.present_extent().map(|extent| format!(", {extent}")).unwrap_or_default();
    let since = match (incident.moment(Milestone::Started), incident.moment(Milestone::Ended)) {
        (Some(from), Some(to)) => format!(", for {}, over", words(between(from, to))),
        (Some(from), None) => format!(", since {}, {}", moment(from, sit.zone), words(between(from, sit.now))),
        (None, Some(to)) => format!(", over since {}", moment(to, sit.zone)),
        (None, None) => ", since when is unknown".to_owned(),
    };
    format!("{what}{extent}{since}")
}

fn decision(sit: &Situation<'_>, incident: &Incident) -> String {
    let Some(last) = incident.decision() else { return "none yet".to_owned() };
    let what = match last.decision {
        Decision::ContinueWithFix => "continue with a fix",
        Decision::Pause => "pause",
        Decision::RollBack => "roll back",
    };
    let why = last.reason.as_ref().map(|reason| format!(": {}", inline(reason))).unwrap_or_default();
    let until = last.until.map(|at| match at <= sit.now {
        true => format!("; look again, since {} ago", words(between(at, sit.now))),
        false => format!("; look again in {}", words(between(sit.now, at))),
    });
    let next = last.next.as_ref().map(|next| format!("; next check: {}", inline(next))).unwrap_or_default();
    let objected = last.objected.as_ref().map(|who| format!("; objection: {}", inline(who))).unwrap_or_default();
    format!("{what}, {}{why}{}{next}{objected}", inline(&last.by), until.unwrap_or_default())
}

/// When a message is due: `in 4 min`, or `late by 2 min`.
fn cadence_words(sit: &Situation<'_>, due: jiff::Timestamp) -> String {
    match due <= sit.now {
        true => format!("late by {}", words(between(due, sit.now))),
        false => format!("in {}, at {}", words(between(sit.now, due)), moment(due, sit.zone)),
    }
}
