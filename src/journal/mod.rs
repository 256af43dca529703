//! The journal: what happened to a release, as facts on disk that are never changed.
//!
//! Wire types stand apart from the domain's: [`wire`] is the page of kinds, [`codec`] turns facts into records of
//! [`frame`](crate::frame) and back, [`Store`] is one journal on disk, [`blobs`] holds what is too large for it, and
//! [`verify`] judges and repairs. The journal decides nothing: it must never drop, reorder, correct or invent a fact,
//! and replay must not depend on clock, locale or machine.

pub mod wire;
pub mod codec;
pub mod mode;
pub mod error;
pub mod lock;
pub mod store;
pub mod blobs;
pub mod verify;
mod disk;
mod history;
mod reading;

pub use error::StoreError;
pub use lock::LockGuard;
pub use mode::{Access, Mode, Why};
pub use store::{News, Rescue, Store};

#[cfg(test)]
mod samples;
#[cfg(test)]
mod kinds;
