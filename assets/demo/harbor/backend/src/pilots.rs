//! Pilot requests.

/// A request for a pilot, and the VHF channel on which the ship listens.
pub struct Request {
    pub ship: String,
    pub channel: u8,
}

/// Channel 12 is the harbour's; a ship that names none listens there.
pub fn channel(asked: Option<u8>) -> u8 {
    asked.unwrap_or(12)
}
