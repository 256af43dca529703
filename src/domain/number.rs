//! Numbers beside a limit: how many decimals a person needs to see on which side of it a value stands.
//!
//! Enter at [`beside`]. It only chooses decimals; it never changes a value or decides anything.

const MOST_DECIMALS: usize = 6;

/// `value` with at least `decimals` decimals, and more of them while it would otherwise read like `limit` without
/// being equal to it: 29.96 beside 30 is "29.96", never "30.0".
pub fn beside(value: f64, limit: f64, decimals: usize) -> String {
    let shown = |n: f64, places: usize| format!("{n:.places$}");
    if value == limit {
        return shown(value, decimals);
    }
    let places = (decimals..=MOST_DECIMALS).find(|&p| shown(value, p) != shown(limit, p)).unwrap_or(MOST_DECIMALS);
    shown(value, places)
}

/// `value` without decimals that say nothing: 30 is "30", 29.5 is "29.5".
pub fn plain(value: f64) -> String {
    let text = format!("{value:.3}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_near_its_limit_gets_the_decimals_that_tell_them_apart() {
        assert_eq!(beside(3.12, 2.0, 1), "3.1");
        assert_eq!(beside(2.0, 2.0, 1), "2.0");
        assert_eq!(beside(2.01, 2.0, 1), "2.01");
        assert_eq!(beside(1.996, 2.0, 1), "1.996");
        assert_eq!(beside(29.96, 30.0, 1), "29.96");
    }

    #[test]
    fn plain_drops_empty_decimals() {
        assert_eq!([plain(30.0), plain(29.5), plain(100.0), plain(0.0)], ["30", "29.5", "100", "0"]);
    }
}
