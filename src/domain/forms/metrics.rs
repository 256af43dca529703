//! The metrics as Markdown: the table, and below it how each value is counted and which attempts are behind it.
//!
//! Enter at [`render`]. The numbers and verdicts are those of the rows; nothing is computed here.

use jiff::tz::TimeZone;

use super::line::moment;
use super::markdown::cell;
use crate::domain::duration::{clock, words};
use crate::domain::metrics::{AttemptLine, WindowMetrics};

/// The metrics of one or more windows, times in `zone`.
pub fn render(windows: &[WindowMetrics], zone: &TimeZone) -> String {
    let mut text = "## Release Metrics\n".to_owned();
    for window in windows {
        text.push_str(&format!("\n### {}\n\n", capital(&window.window.words())));
        text.push_str("| Metric | Target | Current |\n|--------|--------|---------|\n");
        for row in &window.rows {
            text.push_str(&format!("| {} | {} | {} |\n", row.title, row.target.words(), cell(&row.current_words())));
        }
        text.push_str(&change_fail_words(window));
    }
    if let Some(window) = windows.first() {
        text.push_str("\n### How they are counted\n\n");
        for row in &window.rows {
            text.push_str(&format!("- {}: {}.\n", row.title, row.definition));
        }
        text.push_str(
            "- Intervals are 95 % Wilson score intervals; \"met\" and \"missed\" are said only when the whole interval \
             is on one side of the target.\n",
        );
        text.push_str("\n### Attempts\n\n| Started | Version | Run | Outcome | Time to deploy | Downtime |\n");
        text.push_str("|---------|---------|-----|---------|----------------|----------|\n");
        for attempt in &window.attempts {
            text.push_str(&attempt_row(attempt, window, zone));
        }
    }
    text
}

fn change_fail_words(window: &WindowMetrics) -> String {
    let share = window.change_fail;
    let percent = share.percent().map_or_else(|| "n/a".to_owned(), |p| format!("{p:.1} % ({}/{})", share.k, share.n));
    let rework =
        if window.rework > 0 { format!(" Repairs of an earlier release: {}.", window.rework) } else { String::new() };
    format!("\nChanges that users met and that needed a fix, a rollback or failed: {percent}.{rework}\n")
}

fn attempt_row(attempt: &AttemptLine, window: &WindowMetrics, zone: &TimeZone) -> String {
    let took = attempt.took.map_or_else(
        || "–".to_owned(),
        |took| match took.paused.as_secs() {
            0 => clock(took.total),
            _ => format!("{}, of which {} paused", clock(took.total), words(took.paused)),
        },
    );
    let of_release = window.releases.iter().find(|line| line.release == attempt.release);
    let downtime = of_release.map_or_else(|| "–".to_owned(), |line| line.downtime.words());
    let repairs = attempt.repairs.as_ref().map_or_else(String::new, |repaired| format!(", repairs {repaired}"));
    format!(
        "| {} | {} | {} | {}{} | {took} | {} |\n",
        moment(attempt.started_at, zone),
        cell(&attempt.version),
        cell(attempt.run.as_str()),
        attempt.standing.words(),
        cell(&repairs),
        cell(&downtime),
    )
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::incident::Extent;
    use crate::domain::metrics::{
        DeploymentFact, Held, ImpactEnd, ImpactFact, ImpactStart, Outcome, Rules, Window, measure,
    };

    fn at(text: &str) -> Timestamp {
        format!("2026-11-{text}:00Z").parse().unwrap()
    }

    fn fact(version: &str, day: &str, outcome: Outcome) -> DeploymentFact {
        DeploymentFact {
            release: version.into(),
            run: "R2".into(),
            version: version.into(),
            env: "production".into(),
            drill: false,
            started_at: at(&format!("{day}T09:55")),
            first_changing_step_at: Some(at(&format!("{day}T10:00"))),
            verification_ended_at: Some(at(&format!("{day}T10:50"))),
            pauses: vec![Held { from: at(&format!("{day}T10:10")), to: Some(at(&format!("{day}T10:25"))) }],
            outcome,
            users_met_it: true,
            incident_open: false,
            closed: false,
            repairs: None,
        }
    }

    #[test]
    fn without_attempts_every_value_is_not_available() {
        let windows = Window::BOTH.map(|window| measure(window, &[], &[], &Rules::default(), at("22T12:00")));
        let text = render(&windows, &TimeZone::UTC);
        assert_eq!(text.matches("| n/a |").count(), 8, "{text}");
    }

    #[test]
    fn a_table_with_definitions_and_attempts() {
        let hotfix = DeploymentFact { repairs: Some("1.2.0".into()), ..fact("1.2.1", "12", Outcome::Succeeded) };
        let cancelled = DeploymentFact {
            first_changing_step_at: None,
            verification_ended_at: None,
            pauses: Vec::new(),
            ..fact("1.1.9", "09", Outcome::Failed)
        };
        let facts =
            [fact("1.2.0", "10", Outcome::RolledBack), hotfix, fact("1.3.0", "22", Outcome::Succeeded), cancelled];
        let impact = ImpactFact {
            release: "1.2.0".into(),
            incident: "INC-1".into(),
            env: "production".into(),
            drill: false,
            planned: false,
            extent: Extent::Full,
            start: ImpactStart::At(at("10T10:30")),
            end: ImpactEnd::At(at("10T10:50")),
        };
        let window = measure(Window::LastDays(90), &facts, &[impact], &Rules::default(), at("22T12:00"));
        insta::assert_snapshot!(render(&[window], &TimeZone::UTC), @r#"
        ## Release Metrics

        ### Last 90 days

        | Metric | Target | Current |
        |--------|--------|---------|
        | Deployment success rate | >95% | 50.0 % (1/2; 95 % interval 9.5 to 90.5 %; 1 pending and 1 cancelled, not counted): missed |
        | Time to deploy | <30 min | median 50 min (0/3 under 30 min; longest 50 min; longest pause of one attempt 15 min): not enough data |
        | Rollback frequency | <5% | 50.0 % (1/2; 95 % interval 9.5 to 90.5 %; 1 pending and 1 cancelled, not counted): missed |
        | Downtime per release | <5 min | median 10 min (1/2 under 5 min; longest 20 min): not enough data |

        Changes that users met and that needed a fix, a rollback or failed: 50.0 % (1/2). Repairs of an earlier release: 1.

        ### How they are counted

        - Deployment success rate: attempts on production that succeeded, of all that changed something and are settled; one counts as a success once its release is complete, or after 1 d without a rollback or a fix, and as a failure while an incident of it is open.
        - Time to deploy: first changing step to the end of verification, wall clock, pauses included and shown apart; only attempts that reached verification; the median is judged.
        - Rollback frequency: attempts on production that were rolled back, even partly, of all that changed something and are settled.
        - Downtime per release: per release, the time that at least one impact linked to it lasted, full or degraded, from the start of the impact and through a rollback; planned maintenance apart; the median is judged.
        - Intervals are 95 % Wilson score intervals; "met" and "missed" are said only when the whole interval is on one side of the target.

        ### Attempts

        | Started | Version | Run | Outcome | Time to deploy | Downtime |
        |---------|---------|-----|---------|----------------|----------|
        | 2026-11-22 09:55 UTC | 1.3.0 | R2 | pending | 50:00, of which 15 min paused | none |
        | 2026-11-12 09:55 UTC | 1.2.1 | R2 | succeeded, repairs 1.2.0 | 50:00, of which 15 min paused | none |
        | 2026-11-10 09:55 UTC | 1.2.0 | R2 | rolled back | 50:00, of which 15 min paused | 20 min (full 20 min, degraded 0 s) |
        | 2026-11-09 09:55 UTC | 1.1.9 | R2 | cancelled | – | – |
        "#);
    }
}
