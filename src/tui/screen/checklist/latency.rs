//! What the probes say beside what they said before the deployment, while a run is on.

use super::Pieces;
use crate::domain::plan::Trigger;
use crate::domain::run::Baseline;
use crate::tui::paint;
use crate::tui::screen::view::View;
use crate::tui::theme::Role;

/// One probe in two lines: the figures, then its course. `None` when nothing was measured before.
pub fn lines(view: &View<'_>, width: u16) -> Option<Vec<Pieces>> {
    let run = view.open_run()?;
    let mut lines = Vec::new();
    for measured in &view.sit.plan.triggers {
        let Some(probe) = &measured.probe else { continue };
        let Some(baseline) = run.baselines.get(probe) else { continue };
        let name = view.clean(probe.as_str());
        let samples = view.shown.watches.iter().find(|watch| watch.probe == *probe);
        let samples = samples.map(|watch| watch.samples_ms.as_slice()).unwrap_or_default();
        lines.extend(of_probe(view, &name, measured, baseline, samples, width));
    }
    (!lines.is_empty()).then_some(lines)
}

fn of_probe(
    view: &View<'_>,
    name: &str,
    measured: &Trigger,
    baseline: &Baseline,
    samples_ms: &[Option<f64>],
    width: u16,
) -> Vec<Pieces> {
    let Some(base_ms) = median(&baseline.good_ms) else {
        return vec![vec![(format!("{name} latency: no baseline, cannot judge"), Role::Dim)]];
    };
    let limit_ms = measured.ratio().map(|ratio| ratio * base_ms);
    let limit = measured.ratio().zip(limit_ms).map(|(ratio, ms)| format!("{ratio}x at {ms:.0} ms")).unwrap_or_default();
    let Some(last) = samples_ms.last() else {
        let figures = vec![(format!("{name} latency before {base_ms:.0} ms"), Role::Dim)];
        return if limit.is_empty() { vec![figures] } else { vec![figures, vec![(limit, Role::Dim)]] };
    };
    let over = |ms: f64| limit_ms.is_some_and(|limit| ms > limit);
    let now = match last {
        Some(ms) => (format!("{ms:.0} ms"), if over(*ms) { Role::Error } else { Role::Text }),
        None => ("no answer".to_owned(), Role::Error),
    };
    let figures = vec![(format!("{name} latency "), Role::Dim), now, (format!("  before {base_ms:.0}"), Role::Dim)];
    let room = usize::from(width.saturating_sub(3 + paint::width(&limit) + 2)).min(40);
    let course = samples_ms.iter().skip(samples_ms.len().saturating_sub(room));
    let top_ms = limit_ms.unwrap_or(base_ms * 2.0).max(1.0);
    let mut line: Pieces = course
        .map(|sample| match sample {
            Some(ms) => (level(view, *ms / top_ms).to_owned(), if over(*ms) { Role::Error } else { Role::Dim }),
            None => (view.theme.glyphs.state(crate::tui::glyphs::State::Failed).to_owned(), Role::Error),
        })
        .collect();
    line.push((format!("  {limit}"), Role::Dim));
    vec![figures, line]
}

/// The bar of a share: the highest stands for the limit and above.
fn level(view: &View<'_>, share: f64) -> &'static str {
    let levels = view.theme.glyphs.levels;
    let steps = [0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 1.0];
    let at = steps.iter().take_while(|step| share > **step).count();
    levels.get(at).copied().unwrap_or("?")
}

fn median(of_ms: &[f64]) -> Option<f64> {
    let mut sorted = of_ms.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = if sorted.len().is_multiple_of(2) { *sorted.get(sorted.len() / 2 - 1)? } else { upper };
    Some(f64::midpoint(lower, upper))
}
