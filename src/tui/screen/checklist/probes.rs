//! What the probes say, what is usual, and how much is missing to a verdict: in figures, as a course, in words.
//!
//! A reading that is old is unknown, never good. Enter at [`lines`].

use super::Pieces;
use crate::domain::duration;
use crate::domain::number::plain;
use crate::domain::time;
use crate::domain::trigger::live::{Point, Shown, Stage};
use crate::domain::trigger::rule::Threshold;
use crate::domain::trigger::{Health, Verdict, median};
use crate::tui::glyphs::State;
use crate::tui::paint;
use crate::tui::screen::view::View;
use crate::tui::theme::Role;

/// The block below the list: the most urgent trigger first, as many as there is room for. `None` without any.
pub fn lines(view: &View<'_>, width: u16, room: usize) -> Option<Vec<Pieces>> {
    let env = view.run.map(|run| &run.env).or_else(|| view.sit.production().map(|env| &env.name));
    let here = |one: &&Shown| one.last.is_some() && Some(&one.env) == env;
    let mut shown: Vec<&Shown> = view.shown.watches.iter().filter(here).collect();
    shown.sort_by(|one, other| urgency(other).total_cmp(&urgency(one)));
    let mut lines: Vec<Pieces> = Vec::new();
    for one in shown {
        let block = of_trigger(view, one, width);
        if !lines.is_empty() && lines.len() + block.len() > room {
            break;
        }
        lines.extend(block);
    }
    (!lines.is_empty() && lines.len() <= room).then_some(lines)
}

/// How near to a proposal it is.
fn urgency(one: &Shown) -> f64 {
    match (&one.stage, one.verdict) {
        (_, Some(Verdict::RollBack(_))) => f64::INFINITY,
        (Stage::Judging(standing), _) => standing.score,
        (Stage::Gathering | Stage::Changing, _) => f64::NEG_INFINITY,
    }
}

fn of_trigger(view: &View<'_>, one: &Shown, width: u16) -> Vec<Pieces> {
    let fresh = one.is_fresh(view.shown.now);
    let mut lines = super::wrap(&figures(view, one, fresh), width.saturating_sub(1));
    lines.push(course(view, one, usize::from(width.saturating_sub(3))));
    // What was judged before nobody looked says nothing about now.
    if fresh || matches!(one.stage, Stage::Gathering) {
        let (words, role) = words(one);
        let limit = limit_words(one);
        let words = if limit.is_empty() { words } else { format!("{limit} {} {words}", view.theme.glyphs.dot) };
        lines.extend(
            paint::wrap(&view.clean(&words), width.saturating_sub(2)).into_iter().map(|line| vec![(line, role)]),
        );
    }
    lines
}

/// `api 104 ms, 1 s ago · usual 106 ms`.
fn figures(view: &View<'_>, one: &Shown, fresh: bool) -> Pieces {
    let name = view.clean(one.probe.as_str());
    let Some(last) = &one.last else { return vec![(format!("{name}: nothing was measured"), Role::Unknown)] };
    let age = duration::between(last.at, view.shown.now);
    if !fresh {
        let clock = time::clock(last.at, &view.shown.snapshot.zone);
        let clock = clock.get(..5).unwrap_or(&clock);
        // Nobody has to watch what is out and on record.
        let role = if view.open_run().is_some() { Role::Unknown } else { Role::Dim };
        return vec![(format!("{name} unknown: not watched since {clock}"), role)];
    }
    let (value, role) = match (last.sample.health, last.sample.value) {
        (Health::Well, Some(value)) if one.limit.is_some_and(|limit| value > limit) => {
            (one.rule.value(value), Role::Error)
        }
        (Health::Well, Some(value)) => (one.rule.value(value), Role::Text),
        (Health::Unknown, _) => (format!("says nothing: {}", last.sample.why), Role::Unknown),
        _ => (last.sample.why.clone(), Role::Error),
    };
    let ago = if age.as_secs() == 0 { "now".to_owned() } else { format!("{} ago", duration::words(age)) };
    let times = last.sample.value.zip(one.usual).filter(|(_, usual)| *usual > 0.0);
    let times = times.map(|(value, usual)| format!("{:.1}x ", value / usual)).unwrap_or_default();
    let usual = one.usual.map(|usual| format!(" {} {times}usual {}", view.theme.glyphs.dot, one.rule.value(usual)));
    vec![
        (format!("{name} "), Role::Dim),
        (view.clean(&value), role),
        (format!(", {ago}{}", usual.unwrap_or_default()), Role::Dim),
    ]
}

/// `2x at 212 ms`.
fn limit_words(one: &Shown) -> String {
    match (one.rule.threshold, one.limit) {
        (Threshold::Ratio(ratio), Some(limit)) => format!("{}x at {}", plain(ratio), one.rule.value(limit)),
        (Threshold::Above(_), Some(limit)) => format!("limit {}", one.rule.value(limit)),
        (_, _) => String::new(),
    }
}

fn words(one: &Shown) -> (String, Role) {
    let dry = if one.dry_run { "dry run: " } else { "" };
    match (&one.stage, one.verdict) {
        (Stage::Gathering | Stage::Changing, _) => (one.words.clone(), Role::Dim),
        // What it rests on stands in the proposal above the list.
        (Stage::Judging(_), Some(Verdict::RollBack(_))) if !one.dry_run => {
            ("rollback proposed".to_owned(), Role::Error)
        }
        (Stage::Judging(_), Some(Verdict::RollBack(_))) => (format!("{dry}roll back: {}", one.words), Role::Error),
        (Stage::Judging(_), Some(Verdict::CannotJudge)) => (format!("{dry}cannot judge: {}", one.words), Role::Unknown),
        (Stage::Judging(standing), verdict) => {
            let role = if standing.score > 0.0 { Role::Warning } else { Role::Dim };
            let healthy = if verdict == Some(Verdict::Healthy) { "healthy so far: " } else { "" };
            (format!("{dry}{healthy}{}", one.words), role)
        }
    }
}

/// The last probes as bars, the highest at the limit and above; a mark stands where the new version was out.
fn course(view: &View<'_>, one: &Shown, room: usize) -> Pieces {
    let room = room.min(60);
    if room < 4 {
        return Vec::new();
    }
    // One cell is for the mark, and one more where a group ends early at it.
    let each = one.course.len().div_ceil(room - 2).max(1);
    let top = one.limit.or(one.usual.map(|usual| usual * 2.0)).unwrap_or(1.0).max(f64::MIN_POSITIVE);
    let over = |value: f64| one.limit.is_some_and(|limit| value > limit);
    let out_at = one.course.partition_point(|point| one.deployed.is_none_or(|deployed| point.at <= deployed));
    let (before, after) = one.course.split_at_checked(out_at).unwrap_or((&one.course, &[]));
    let piece = |points: &[Point]| match bar(points) {
        Bar::Value(value) => (level(view, value / top).to_owned(), if over(value) { Role::Error } else { Role::Dim }),
        Bar::Failed => (view.theme.glyphs.state(State::Failed).to_owned(), Role::Error),
        Bar::Silent => (view.theme.glyphs.state(State::Unknown).to_owned(), Role::Unknown),
    };
    let mut pieces: Pieces = before.chunks(each).map(piece).collect();
    if !before.is_empty() && !after.is_empty() {
        pieces.push((view.theme.glyphs.vertical.to_owned(), Role::Text));
    }
    pieces.extend(after.chunks(each).map(piece));
    pieces
}

/// What a few probes come to: their median, failed ones being slower than every answer.
enum Bar {
    Value(f64),
    Failed,
    Silent,
}

fn bar(points: &[Point]) -> Bar {
    let told = points.iter().filter(|point| !point.silent);
    match median(told.map(|point| point.value.unwrap_or(f64::INFINITY)).collect()) {
        None => Bar::Silent,
        Some(value) if value.is_finite() => Bar::Value(value),
        Some(_) => Bar::Failed,
    }
}

/// The bar of a share: the highest stands for the limit and above.
fn level(view: &View<'_>, share: f64) -> &'static str {
    let levels = view.theme.glyphs.levels;
    let steps = [0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 1.0];
    let at = steps.iter().take_while(|step| share > **step).count();
    levels.get(at).copied().unwrap_or("?")
}
