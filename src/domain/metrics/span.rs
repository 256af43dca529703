//! Sets of time as ordered, disjoint spans: the arithmetic below downtime and pauses.
//!
//! Enter at [`Spans::union`]. A span that ends before it starts holds no time and is dropped.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::duration::between;

/// Disjoint spans of time in ascending order, each from its start up to, not including, its end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spans(Vec<(Timestamp, Timestamp)>);

impl Spans {
    /// The time that at least one of the spans covers; overlaps count once.
    pub fn union(spans: impl IntoIterator<Item = (Timestamp, Timestamp)>) -> Self {
        let mut sorted: Vec<_> = spans.into_iter().filter(|(from, to)| from < to).collect();
        sorted.sort_unstable();
        let mut merged: Vec<(Timestamp, Timestamp)> = Vec::with_capacity(sorted.len());
        for (from, to) in sorted {
            match merged.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => merged.push((from, to)),
            }
        }
        Self(merged)
    }

    /// The time that these spans cover and `other` does not.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        for &(from, to) in &self.0 {
            let mut rest = from;
            for &(cut_from, cut_to) in &other.0 {
                left.push((rest, cut_from.min(to)));
                rest = rest.max(cut_to);
            }
            left.push((rest, to));
        }
        // Pieces that a cut turned round hold no time; the union drops them.
        Self::union(left)
    }

    /// How long all spans are together.
    pub fn total(&self) -> Duration {
        self.0.iter().map(|&(from, to)| between(from, to)).sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn spans(pairs: &[(i64, i64)]) -> Spans {
        Spans::union(pairs.iter().map(|&(a, b)| (at(a), at(b))))
    }

    #[test]
    fn overlaps_and_touching_spans_merge() {
        assert_eq!(spans(&[(5, 9), (0, 3), (3, 4), (8, 12), (20, 20), (30, 25)]).0, [(at(0), at(4)), (at(5), at(12))]);
    }

    #[test]
    fn what_is_covered_by_the_other_is_cut_out() {
        assert_eq!(
            spans(&[(0, 10), (20, 30)]).without(&spans(&[(2, 4), (8, 22), (40, 50)])),
            spans(&[(0, 2), (4, 8), (22, 30)])
        );
    }

    proptest! {
        #[test]
        fn totals_equal_counting_second_by_second(
            a in prop::collection::vec((0i64..60, 0i64..60), 0..8),
            b in prop::collection::vec((0i64..60, 0i64..60), 0..8),
        ) {
            let covered = |pairs: &[(i64, i64)], s: i64| pairs.iter().any(|&(from, to)| from <= s && s < to);
            let seconds = |f: &dyn Fn(i64) -> bool| (0..60).filter(|&s| f(s)).count() as u64;
            prop_assert_eq!(spans(&a).total().as_secs(), seconds(&|s| covered(&a, s)));
            prop_assert_eq!(
                spans(&a).without(&spans(&b)).total().as_secs(),
                seconds(&|s| covered(&a, s) && !covered(&b, s))
            );
        }
    }
}
