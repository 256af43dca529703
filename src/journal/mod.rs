//! The journal: what happened to a release, as facts on disk that are never changed.
//!
//! Wire types stand apart from the domain's: [`wire`] is the page of kinds, [`codec`] turns facts into records of
//! [`frame`](crate::frame) and back. The journal decides nothing: it must never drop, reorder, correct or invent a
//! fact, and replay must not depend on clock, locale or machine.

pub mod codec;
pub mod wire;

#[cfg(test)]
mod samples;
