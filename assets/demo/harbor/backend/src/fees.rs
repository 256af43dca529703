//! What a berth costs.

/// Cents for a stay: whole days by the day, a part of a day by the hour, never more than a day.
pub fn mooring_cents(length_m: u64, hours: u64, cents_per_m_day: u64) -> u64 {
    let day = length_m * cents_per_m_day;
    let part = half_even(day * (hours % 24), 24);
    day * (hours / 24) + part.min(day)
}

/// What each of several agents pays of one bill.
pub fn share_cents(bill_cents: u64, agents: u64) -> u64 {
    half_even(bill_cents, agents)
}

/// Half a cent goes to the even side, so that a thousand bills do not lean.
fn half_even(value: u64, by: u64) -> u64 {
    let (whole, rest) = (value / by, value % by);
    match (rest * 2).cmp(&by) {
        std::cmp::Ordering::Less => whole,
        std::cmp::Ordering::Greater => whole + 1,
        std::cmp::Ordering::Equal => whole + whole % 2,
    }
}
