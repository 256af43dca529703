//! Parts of the quay that are closed for a while: dredging, cranes, a regatta.

/// A closed stretch, in metres from the lighthouse.
pub struct Closure {
    pub from_m: u32,
    pub until_m: u32,
    pub why: String,
}

impl Closure {
    pub fn covers(&self, at_m: u32) -> bool {
        (self.from_m..self.until_m).contains(&at_m)
    }
}
