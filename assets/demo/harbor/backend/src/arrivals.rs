//! Ships that are on their way, by the hour.

/// A booked stay, in hours since midnight of the first day.
pub struct Stay {
    pub berth: usize,
    pub from_h: u32,
    pub until_h: u32,
}

impl Stay {
    /// Two stays collide when they share a berth and an hour, midnight or not.
    pub fn collides(&self, other: &Stay) -> bool {
        self.berth == other.berth && self.from_h < other.until_h && other.from_h < self.until_h
    }
}

/// A ship's name as it may stand in a page.
pub fn escaped(name: &str) -> String {
    name.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
