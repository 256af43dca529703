//! What several tests share.

pub mod pty;
pub mod schema;
pub mod stage;
