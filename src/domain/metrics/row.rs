//! One row of the metrics table: a value with its counts, interval, target and verdict.
//!
//! Enter at [`MetricRow::of_share`] and [`MetricRow::of_durations`]. A row never shows 0 % or 100 % for no data, and
//! never says "met" or "missed" while the interval holds both.

use super::wilson::{Interval, Share, median, median_interval};
use crate::domain::number::{beside, plain};

/// What a value is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Percent of attempts.
    Percent,
    /// Minutes.
    Minutes,
}

/// On which side of its limit a target wants the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// More than the limit.
    Above,
    /// Less than the limit.
    Below,
}

/// What a metric should be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// The limit itself, which does not meet the target: ">95 %" is not met by 95 %.
    pub limit: f64,
    /// The wanted side.
    pub side: Side,
    /// The unit of the limit.
    pub unit: Unit,
}

impl Target {
    /// More than `limit` percent.
    pub fn above_percent(limit: f64) -> Self {
        Self { limit, side: Side::Above, unit: Unit::Percent }
    }

    /// Less than `limit` percent.
    pub fn below_percent(limit: f64) -> Self {
        Self { limit, side: Side::Below, unit: Unit::Percent }
    }

    /// Less than `limit` minutes.
    pub fn below_minutes(limit: f64) -> Self {
        Self { limit, side: Side::Below, unit: Unit::Minutes }
    }

    /// Whether one value is on the wanted side.
    pub fn holds(self, value: f64) -> bool {
        match self.side {
            Side::Above => value > self.limit,
            Side::Below => value < self.limit,
        }
    }

    /// As the table prints it: ">95%", "<30 min".
    pub fn words(self) -> String {
        let sign = match self.side {
            Side::Above => '>',
            Side::Below => '<',
        };
        let unit = match self.unit {
            Unit::Percent => "%",
            Unit::Minutes => " min",
        };
        format!("{sign}{}{unit}", plain(self.limit))
    }

    /// Judges an interval: only one that lies wholly on one side of the limit says something.
    fn judge(self, interval: Option<Interval>) -> Verdict {
        match interval {
            Some(Interval { low, high }) if self.holds(low) && self.holds(high) => Verdict::Met,
            Some(Interval { low, high }) if !self.holds(low) && !self.holds(high) => Verdict::Missed,
            _ => Verdict::NotEnoughData,
        }
    }
}

/// What the data says about a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The whole 95 % interval is on the wanted side.
    Met,
    /// The whole 95 % interval is on the other side.
    Missed,
    /// The interval holds the limit, or there is no data.
    NotEnoughData,
}

impl Verdict {
    /// The words of the screen.
    pub fn words(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Missed => "missed",
            Self::NotEnoughData => "not enough data",
        }
    }
}

/// One metric over one window.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricRow {
    /// A stable name for machines.
    pub id: &'static str,
    /// The title of the table.
    pub title: &'static str,
    /// The value in the unit of the target; none without data. For durations it is the median.
    pub value: Option<f64>,
    /// For a rate: how many of `n`. For a duration: how many of `n` meet the target.
    pub k: u32,
    /// How many attempts or releases are judged.
    pub n: u32,
    /// The lower end of the 95 % interval of `value`, in its unit, or of what it may be where a duration is known only as
    /// a range; none when the data bounds nothing.
    pub low: Option<f64>,
    /// The upper end likewise.
    pub high: Option<f64>,
    /// Whether the interval also holds what durations may be that are known only as a range.
    pub ranged: bool,
    /// The largest single value, for durations.
    pub worst: Option<f64>,
    /// What the value should be.
    pub target: Target,
    /// What the data says about that.
    pub verdict: Verdict,
    /// What was left out or must be said beside the value; empty when there is nothing.
    pub remarks: Vec<String>,
    /// How the value is counted, in full.
    pub definition: String,
}

impl MetricRow {
    /// A rate over attempts, judged by its Wilson interval.
    pub fn of_share(id: &'static str, title: &'static str, share: Share, target: Target, definition: String) -> Self {
        let interval = share.wilson();
        Self {
            id,
            title,
            value: share.percent(),
            k: share.k,
            n: share.n,
            low: interval.map(|i| i.low),
            high: interval.map(|i| i.high),
            ranged: false,
            worst: None,
            target,
            verdict: target.judge(interval),
            remarks: Vec::new(),
            definition,
        }
    }

    /// Durations in minutes, judged by the 95 % interval of their median. Means are not used: one long attempt moves
    /// them more than all others together.
    pub fn of_durations(
        id: &'static str,
        title: &'static str,
        mut minutes: Vec<f64>,
        target: Target,
        definition: String,
    ) -> Self {
        minutes.sort_by(f64::total_cmp);
        let within = Share::of(&minutes, |m| target.holds(**m));
        let interval = median_interval(&minutes);
        Self {
            id,
            title,
            value: median(&minutes),
            k: within.k,
            n: within.n,
            low: interval.map(|i| i.low),
            high: interval.map(|i| i.high),
            ranged: false,
            worst: minutes.last().copied(),
            target,
            verdict: target.judge(interval),
            remarks: Vec::new(),
            definition,
        }
    }

    /// Widens the interval down to the median that the shorter ends of the durations give, where some are known only as
    /// a range.
    pub fn reach_down_to(&mut self, mut least_minutes: Vec<f64>) {
        least_minutes.sort_by(f64::total_cmp);
        let Some((least, value)) = median(&least_minutes).zip(self.value) else { return };
        self.low = Some(self.low.map_or(least, |low| low.min(least)));
        self.high = Some(self.high.unwrap_or(value));
        self.ranged = true;
    }

    /// The value as people read it: "95.0 %", "29.96 min", "n/a" without data.
    pub fn value_words(&self) -> String {
        self.value.map_or_else(|| "n/a".to_owned(), |value| self.amount(value))
    }

    /// The counts beside the value: "19/20", for durations "3/4 under 30 min".
    pub fn counts_words(&self) -> String {
        match self.target.unit {
            Unit::Percent => format!("{}/{}", self.k, self.n),
            Unit::Minutes => format!("{}/{} under {} min", self.k, self.n, plain(self.target.limit)),
        }
    }

    /// The interval: "76.4 to 99.1 %"; none when the data bounds nothing.
    pub fn interval_words(&self) -> Option<String> {
        let (low, high) = (self.low?, self.high?);
        let unit = match self.target.unit {
            Unit::Percent => "%",
            Unit::Minutes => "min",
        };
        let end = |value| beside(value, self.target.limit, 1);
        Some(format!("{} to {} {unit}", end(low), end(high)))
    }

    /// Value, counts, interval and verdict in one line, as the table's last column prints them.
    pub fn current_words(&self) -> String {
        let Some(_) = self.value else {
            let why = if self.remarks.is_empty() { String::new() } else { format!(" ({})", self.remarks.join("; ")) };
            return format!("n/a{why}");
        };
        let mut inside = vec![self.counts_words()];
        let what = if self.ranged { "between" } else { "95 % interval" };
        inside.extend(
            self.interval_words()
                .map(|i| format!("{what} {}", if self.ranged { i.replace(" to ", " and ") } else { i })),
        );
        if let (Some(worst), true) = (self.worst, self.n > 1) {
            inside.push(format!("longest {}", self.amount(worst)));
        }
        inside.extend(self.remarks.iter().cloned());
        let median = if self.target.unit == Unit::Minutes && self.n > 1 { "median " } else { "" };
        format!("{median}{} ({}): {}", self.value_words(), inside.join("; "), self.verdict.words())
    }

    fn amount(&self, value: f64) -> String {
        let number = beside(value, self.target.limit, 1);
        match self.target.unit {
            Unit::Percent => format!("{number} %"),
            Unit::Minutes if value == value.trunc() => format!("{} min", plain(value)),
            Unit::Minutes => format!("{number} min"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn success(k: u32, n: u32) -> MetricRow {
        MetricRow::of_share("s", "S", Share { k, n }, Target::above_percent(95.0), String::new())
    }

    fn rollback(k: u32, n: u32) -> MetricRow {
        MetricRow::of_share("r", "R", Share { k, n }, Target::below_percent(5.0), String::new())
    }

    fn minutes(values: &[f64]) -> MetricRow {
        MetricRow::of_durations("t", "T", values.to_vec(), Target::below_minutes(30.0), String::new())
    }

    #[test]
    fn success_verdicts_of_the_reference_samples() {
        for (k, n) in [(19, 20), (10, 10), (57, 60), (95, 100), (72, 72)] {
            assert_eq!(success(k, n).verdict, Verdict::NotEnoughData, "{k}/{n}");
        }
        assert_eq!(success(73, 73).verdict, Verdict::Met);
        assert_eq!(success(5, 20).verdict, Verdict::Missed);
    }

    #[test]
    fn no_rollback_in_twenty_cannot_claim_less_than_five_percent() {
        assert_eq!(rollback(0, 20).verdict, Verdict::NotEnoughData);
        assert_eq!(rollback(0, 73).verdict, Verdict::Met);
        assert_eq!(rollback(4, 20).verdict, Verdict::Missed);
    }

    #[test]
    fn without_data_there_is_no_value_and_no_verdict() {
        for row in [success(0, 0), rollback(0, 0), minutes(&[])] {
            assert_eq!((row.value, row.low, row.high, row.worst), (None, None, None, None));
            assert_eq!(row.verdict, Verdict::NotEnoughData);
            assert_eq!(row.current_words(), "n/a");
        }
    }

    #[test]
    fn few_durations_are_shown_but_not_judged() {
        let row = minutes(&[50.0]);
        assert_eq!(row.current_words(), "50 min (0/1 under 30 min): not enough data");
        assert_eq!(minutes(&[10.0, 11.0, 12.0]).verdict, Verdict::NotEnoughData);
        assert_eq!(minutes(&[10.0, 11.0, 12.0, 29.0]).verdict, Verdict::Met);
        assert_eq!(minutes(&[30.0, 31.0, 32.0, 90.0]).verdict, Verdict::Missed);
    }

    #[test]
    fn one_slow_attempt_does_not_move_the_median() {
        let row = minutes(&[10.0, 12.0, 11.0, 12.0, 600.0]);
        assert_eq!((row.value, row.worst, row.k, row.n), (Some(12.0), Some(600.0), 4, 5));
        assert_eq!(
            row.current_words(),
            "median 12 min (4/5 under 30 min; 95 % interval 10.0 to 600.0 min; longest 600 min): not enough data"
        );
    }

    #[test]
    fn the_limit_itself_does_not_meet_a_target() {
        assert!(!Target::above_percent(95.0).holds(95.0));
        assert!(!Target::below_minutes(30.0).holds(30.0));
        assert_eq!(minutes(&[29.96]).value_words(), "29.96 min");
    }

    #[test]
    fn targets_read_like_the_table() {
        assert_eq!(
            [Target::above_percent(95.0), Target::below_minutes(30.0), Target::below_percent(2.5)].map(Target::words),
            [">95%", "<30 min", "<2.5%"]
        );
    }

    #[test]
    fn rates_read_with_counts_and_interval() {
        assert_eq!(success(19, 20).current_words(), "95.0 % (19/20; 95 % interval 76.4 to 99.1 %): not enough data");
        assert_eq!(success(73, 73).interval_words().unwrap(), "95.001 to 100.0 %");
    }
}
