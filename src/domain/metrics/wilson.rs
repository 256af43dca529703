//! How far a share of few attempts can be trusted: the Wilson score interval.
//!
//! Enter at [`Share`]. It never invents a number for an empty sample: without attempts there is no rate and no
//! interval.

/// Standard normal quantile of a two-sided 95 % interval.
const Z: f64 = 1.959_963_984_540_054;

/// `k` of `n`, kept as counts because a rate without its counts cannot be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    /// How many of them.
    pub k: u32,
    /// Of how many.
    pub n: u32,
}

/// Both ends of an interval, in the unit of the value that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Share {
    /// Counts those of `all` that `counts` says yes to.
    pub fn of<T>(all: impl IntoIterator<Item = T>, counts: impl Fn(&T) -> bool) -> Self {
        let mut share = Self::default();
        for one in all {
            share.n += 1;
            share.k += u32::from(counts(&one));
        }
        share
    }

    /// The share in percent; none without attempts.
    pub fn percent(self) -> Option<f64> {
        (self.n > 0).then(|| 100.0 * f64::from(self.k) / f64::from(self.n))
    }

    /// The Wilson 95 % interval in percent; none without attempts. Wilson, E. B. (1927), "Probable inference, the
    /// law of succession, and statistical inference": it stays inside 0 to 100 and does not collapse at k = 0 or n.
    pub fn wilson(self) -> Option<Interval> {
        if self.n == 0 {
            return None;
        }
        let (k, n) = (f64::from(self.k), f64::from(self.n));
        let share = k / n;
        let stretch = 1.0 + Z * Z / n;
        let centre = (share + Z * Z / (2.0 * n)) / stretch;
        let half = Z / stretch * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
        // At k = 0 and k = n the ends are exactly 0 and 100; rounding must not leave 99.99999999999999 there.
        let low = if self.k == 0 { 0.0 } else { 100.0 * (centre - half) };
        let high = if self.k == self.n { 100.0 } else { 100.0 * (centre + half) };
        Some(Interval { low, high })
    }
}

/// The 95 % interval of the median of `sorted` (ascending): the values between the two ranks at which the Wilson
/// interval of the share below them still holds one half. None for fewer than four values: they bound nothing.
///
/// It agrees with the share by construction: the median is below a limit with 95 % confidence exactly when the
/// Wilson interval of "share below the limit" lies above one half.
pub fn median_interval(sorted: &[f64]) -> Option<Interval> {
    let n = u32::try_from(sorted.len()).ok()?;
    let first = (0..=n).find(|&k| Share { k, n }.wilson().is_some_and(|i| i.high >= 50.0))?;
    let low_at = usize::try_from(first).ok()?.checked_sub(1)?;
    let high_at = sorted.len().checked_sub(1 + low_at)?;
    Some(Interval { low: *sorted.get(low_at)?, high: *sorted.get(high_at)? })
}

/// The middle value of `sorted` (ascending), or the mean of the two middle ones; none of nothing.
pub fn median(sorted: &[f64]) -> Option<f64> {
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *sorted.get((sorted.len() / 2).checked_sub(1)?)?;
    Some(f64::midpoint(lower, upper))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rounded(k: u32, n: u32) -> (f64, f64) {
        let Interval { low, high } = Share { k, n }.wilson().unwrap();
        ((low * 10.0).round() / 10.0, (high * 10.0).round() / 10.0)
    }

    #[test]
    fn intervals_of_the_reference_samples() {
        assert_eq!(rounded(19, 20), (76.4, 99.1));
        assert_eq!(rounded(10, 10), (72.2, 100.0));
        assert_eq!(rounded(57, 60), (86.3, 98.3));
        // The upper end is 97.846: a table that prints 97.9 rounded 97.85 a second time.
        assert_eq!(rounded(95, 100), (88.8, 97.8));
        assert_eq!(rounded(73, 73), (95.0, 100.0));
        assert_eq!(rounded(0, 20), (0.0, 16.1));
    }

    #[test]
    fn seventy_three_clean_attempts_are_the_first_that_reach_95_percent() {
        let low = |n| Share { k: n, n }.wilson().unwrap().low;
        assert!(low(72) < 95.0);
        assert!(low(73) >= 95.0);
    }

    #[test]
    fn the_exact_one_sided_test_would_need_59_clean_attempts() {
        // Clopper-Pearson for k = n: the lower bound is alpha^(1/n). Stated in the definitions for comparison, and it
        // shows that the two-sided interval is the stricter of the two.
        let exact_low = |n: u32| 0.05_f64.powf(1.0 / f64::from(n));
        assert!(exact_low(58) < 0.95);
        assert!(exact_low(59) >= 0.95);
    }

    #[test]
    fn nothing_has_no_share_and_no_interval() {
        assert_eq!(Share { k: 0, n: 0 }.percent(), None);
        assert_eq!(Share { k: 0, n: 0 }.wilson(), None);
        assert_eq!(median(&[]), None);
        assert_eq!(median_interval(&[]), None);
    }

    #[test]
    fn medians() {
        assert_eq!(median(&[3.0]), Some(3.0));
        assert_eq!(median(&[3.0, 5.0]), Some(4.0));
        assert_eq!(median(&[1.0, 3.0, 50.0]), Some(3.0));
    }

    #[test]
    fn three_values_bound_no_median_and_four_do() {
        assert_eq!(median_interval(&[1.0, 2.0, 3.0]), None);
        assert_eq!(median_interval(&[1.0, 2.0, 3.0, 9.0]), Some(Interval { low: 1.0, high: 9.0 }));
    }

    proptest! {
        #[test]
        fn the_interval_holds_the_share_and_stays_in_range(n in 1u32..2_000, part in 0.0f64..=1.0) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "part of n is at most n")]
            let k = (part * f64::from(n)).round() as u32;
            let share = Share { k, n };
            let (interval, percent) = (share.wilson().unwrap(), share.percent().unwrap());
            prop_assert!(0.0 <= interval.low && interval.low <= percent);
            prop_assert!(percent <= interval.high && interval.high <= 100.0);
        }

        #[test]
        fn the_median_interval_and_the_share_below_a_limit_agree(
            mut values in prop::collection::vec(0u16..60, 1..60),
            limit in 0u16..60,
        ) {
            values.sort_unstable();
            let sorted: Vec<f64> = values.iter().map(|&v| f64::from(v)).collect();
            let below = Share::of(&values, |v| **v < limit).wilson().unwrap();
            let interval = median_interval(&sorted);
            prop_assert_eq!(below.low > 50.0, interval.is_some_and(|i| i.high < f64::from(limit)));
            prop_assert_eq!(below.high < 50.0, interval.is_some_and(|i| i.low >= f64::from(limit)));
        }
    }
}
