//! What is still to be written about an incident before an item that wants it can be called done.
//!
//! Asked only where the plan says so (`wants`), and never in the way of anything that acts: whoever has no time for it
//! skips the item with a reason. Enter at [`missing`].

use super::incident::{Incident, Milestone};
use super::plan::Wants;
use super::release::ReleaseState;
use super::run::Run;

/// What is missing, each with the command that says it. Of several incidents each must be told.
pub fn missing(release: &ReleaseState, run: Option<&Run>, wants: Wants) -> Vec<(String, &'static str)> {
    let of_run = |one: &&Incident| {
        run.is_none_or(|run| one.run.as_ref().is_none_or(|of| *of == run.id || run.of.as_ref() == Some(of)))
    };
    let mut about: Vec<&Incident> = release.incidents.iter().filter(of_run).collect();
    if about.is_empty() {
        about.extend(release.incidents.last());
    }
    if about.is_empty() {
        return vec![("no incident is on record".to_owned(), "relco incident open TEXT")];
    }
    let several = about.len() > 1;
    about.into_iter().flat_map(|incident| of_incident(incident, wants, several)).collect()
}

fn of_incident(incident: &Incident, wants: Wants, named: bool) -> Vec<(String, &'static str)> {
    let impact = &incident.impact;
    let known = |milestone| impact.at(milestone).is_some() || impact.unknown.contains(&milestone);
    let written = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
    let wanted: Vec<(bool, &str, &'static str)> = match wants {
        Wants::Incident => vec![
            (incident.judged, "severity not judged", "relco incident severity critical|high|medium"),
            (written(&impact.affected), "what users felt", "relco incident impact --affected TEXT"),
            (known(Milestone::Started), "since when they felt it", "relco incident impact --started TIME|unknown"),
            (known(Milestone::Ended), "until when they felt it", "relco incident impact --ended TIME|unknown"),
        ],
        Wants::RootCause => {
            vec![(written(&incident.root_cause), "root cause", "relco incident write root-cause TEXT")]
        }
    };
    let missing = wanted.into_iter().filter(|(there, ..)| !there);
    let name = if named { format!("{}: ", incident.id) } else { String::new() };
    missing.map(|(_, what, next)| (format!("{name}{what}"), next)).collect()
}
