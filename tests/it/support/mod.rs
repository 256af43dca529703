//! What several tests share.

pub mod bridge;
pub mod pty;
pub mod schema;
pub mod stage;
