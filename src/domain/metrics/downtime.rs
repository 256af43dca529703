//! Downtime of one release: the union of the impacts that people linked to it.
//!
//! Enter at [`Downtime::of`]. It counts from the start of the impact, not from its declaration; an unknown end or
//! start never becomes a number that nobody knows, it becomes a range.

use std::time::Duration;

use jiff::Timestamp;

use super::span::Spans;
use crate::domain::duration::words;
use crate::domain::id::{EnvName, IncidentId};
use crate::domain::incident::Extent;

/// When an impact started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImpactStart {
    /// Known.
    At(Timestamp),
    /// Nobody knows; it lies between the two (usually the first changing step and the detection).
    Between(Timestamp, Timestamp),
}

/// When an impact ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImpactEnd {
    /// Known.
    At(Timestamp),
    /// It goes on.
    Open,
    /// It ended, but nobody recorded when; at the latest at this time (usually when the incident was resolved).
    UnknownUntil(Timestamp),
}

/// One impact on the users of one release. A planned maintenance is an impact too, shown apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImpactFact {
    /// The release's record that a person linked it to.
    pub release: String,
    /// The incident that it belongs to.
    pub incident: IncidentId,
    /// The environment.
    pub env: EnvName,
    /// A drill: never counted.
    pub drill: bool,
    /// Announced beforehand.
    pub planned: bool,
    /// How bad.
    pub extent: Extent,
    /// Since when.
    pub start: ImpactStart,
    /// Until when.
    pub end: ImpactEnd,
}

impl ImpactFact {
    /// The shortest span that the facts allow.
    fn surely(&self, now: Timestamp) -> (Timestamp, Timestamp) {
        let from = match self.start {
            ImpactStart::At(at) | ImpactStart::Between(_, at) => at,
        };
        let to = match self.end {
            ImpactEnd::At(at) => at,
            ImpactEnd::Open => now,
            ImpactEnd::UnknownUntil(_) => from,
        };
        (from, to)
    }

    /// The longest span that the facts allow.
    fn possibly(&self, now: Timestamp) -> (Timestamp, Timestamp) {
        let from = match self.start {
            ImpactStart::At(at) | ImpactStart::Between(at, _) => at,
        };
        let to = match self.end {
            ImpactEnd::At(at) | ImpactEnd::UnknownUntil(at) => at,
            ImpactEnd::Open => now,
        };
        (from, to)
    }
}

/// A length of time, known or between two bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Length {
    /// At least this long.
    pub least: Duration,
    /// At most this long.
    pub most: Duration,
}

impl Length {
    /// Whether both bounds are the same.
    pub fn known(self) -> bool {
        self.least == self.most
    }

    /// "22 min", or "between 4 min and 22 min".
    pub fn words(self) -> String {
        if self.known() { words(self.most) } else { format!("between {} and {}", words(self.least), words(self.most)) }
    }
}

/// The downtime of one release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Downtime {
    /// Fully down.
    pub full: Length,
    /// Degraded and not at the same time fully down.
    pub degraded: Length,
    /// Fully down or degraded, planned maintenance left out: the value that is judged.
    pub any: Length,
    /// Planned maintenance.
    pub planned: Length,
    /// An impact that counts still goes on: the value is "so far".
    pub so_far: bool,
}

impl Downtime {
    /// The downtime that `impacts` of one release make together, at `now`. Overlaps count once.
    pub fn of<'a>(impacts: impl IntoIterator<Item = &'a ImpactFact>, now: Timestamp) -> Self {
        let impacts: Vec<_> = impacts.into_iter().collect();
        let collect = |wanted: &dyn Fn(&ImpactFact) -> bool| {
            let of_kind = || impacts.iter().filter(|i| wanted(i));
            (Spans::union(of_kind().map(|i| i.surely(now))), Spans::union(of_kind().map(|i| i.possibly(now))))
        };
        let (full_least, full_most) = collect(&|i| !i.planned && i.extent == Extent::Full);
        let (degraded_least, degraded_most) = collect(&|i| !i.planned && i.extent == Extent::Degraded);
        let (any_least, any_most) = collect(&|i| !i.planned);
        let (planned_least, planned_most) = collect(&|i| i.planned);
        let length = |least: &Spans, most: &Spans| Length { least: least.total(), most: most.total() };
        Self {
            full: length(&full_least, &full_most),
            degraded: length(&degraded_least.without(&full_most), &degraded_most.without(&full_least)),
            any: length(&any_least, &any_most),
            planned: length(&planned_least, &planned_most),
            so_far: impacts.iter().any(|i| !i.planned && i.end == ImpactEnd::Open),
        }
    }

    /// "30 min (full 20 min, degraded 10 min) so far; planned maintenance 15 min apart"; "none" without impact.
    pub fn words(&self) -> String {
        let mut text = if self.any == Length::default() && !self.so_far {
            "none".to_owned()
        } else {
            format!("{} (full {}, degraded {})", self.any.words(), self.full.words(), self.degraded.words())
        };
        if self.so_far {
            text.push_str(" so far");
        }
        if self.planned != Length::default() {
            text.push_str("; planned maintenance ");
            text.push_str(&self.planned.words());
            text.push_str(" apart");
        }
        text
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::attempt::tests::at;
    use super::*;

    pub(in super::super) fn impact(extent: Extent, from: &str, to: &str) -> ImpactFact {
        ImpactFact {
            release: "1.0.0".into(),
            incident: "INC-1".into(),
            env: "production".into(),
            drill: false,
            planned: false,
            extent,
            start: ImpactStart::At(at(from)),
            end: ImpactEnd::At(at(to)),
        }
    }

    fn minutes(length: Length) -> (u64, u64) {
        (length.least.as_secs() / 60, length.most.as_secs() / 60)
    }

    #[test]
    fn full_and_degraded_overlap_once() {
        let impacts = [impact(Extent::Full, "10:00", "10:20"), impact(Extent::Degraded, "10:10", "10:30")];
        let downtime = Downtime::of(&impacts, at("12:00"));
        assert_eq!(
            (minutes(downtime.full), minutes(downtime.degraded), minutes(downtime.any)),
            ((20, 20), (10, 10), (30, 30))
        );
        assert_eq!(downtime.words(), "30 min (full 20 min, degraded 10 min)");
    }

    #[test]
    fn the_same_impact_told_twice_counts_once() {
        let impacts = [impact(Extent::Full, "10:00", "10:20"), impact(Extent::Full, "10:00", "10:20")];
        assert_eq!(minutes(Downtime::of(&impacts, at("12:00")).any), (20, 20));
    }

    #[test]
    fn an_open_end_counts_to_now_and_says_so() {
        let open = ImpactFact { end: ImpactEnd::Open, ..impact(Extent::Full, "10:00", "10:00") };
        let downtime = Downtime::of([&open], at("10:07"));
        assert_eq!(minutes(downtime.any), (7, 7));
        assert_eq!(downtime.words(), "7 min (full 7 min, degraded 0 s) so far");
        assert_eq!(Downtime::of([&open], at("10:00")).words(), "0 s (full 0 s, degraded 0 s) so far");
    }

    #[test]
    fn an_unknown_start_is_a_range() {
        let unknown = ImpactFact {
            start: ImpactStart::Between(at("10:00"), at("10:18")),
            ..impact(Extent::Full, "10:00", "10:22")
        };
        let downtime = Downtime::of([&unknown], at("12:00"));
        assert_eq!(minutes(downtime.any), (4, 22));
        assert_eq!(downtime.any.words(), "between 4 min and 22 min");
    }

    #[test]
    fn an_end_that_nobody_recorded_is_a_range_from_nothing() {
        let unknown =
            ImpactFact { end: ImpactEnd::UnknownUntil(at("11:00")), ..impact(Extent::Full, "10:00", "10:00") };
        assert_eq!(minutes(Downtime::of([&unknown], at("12:00")).any), (0, 60));
    }

    #[test]
    fn a_range_of_one_kind_widens_the_other() {
        let full = ImpactFact {
            start: ImpactStart::Between(at("10:00"), at("10:10")),
            ..impact(Extent::Full, "10:00", "10:20")
        };
        let impacts = [full, impact(Extent::Degraded, "10:00", "10:30")];
        let downtime = Downtime::of(&impacts, at("12:00"));
        assert_eq!(
            (minutes(downtime.full), minutes(downtime.degraded), minutes(downtime.any)),
            ((10, 20), (10, 20), (30, 30))
        );
    }

    #[test]
    fn planned_maintenance_stands_apart() {
        let planned = ImpactFact { planned: true, ..impact(Extent::Full, "10:00", "10:15") };
        let downtime = Downtime::of([&planned], at("12:00"));
        assert_eq!(minutes(downtime.any), (0, 0));
        assert_eq!(downtime.words(), "none; planned maintenance 15 min apart");
    }
}
