//! The integration tests: the real binary, from outside.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

mod account;
mod actions;
mod checks;
mod cli;
mod cockpit;
mod docs;
mod drill;
mod drills;
mod found;
mod fragments;
mod hands;
mod incidents;
mod json;
mod lanes;
mod lost;
mod model;
mod notes;
mod odd;
mod overdue;
mod plans;
mod recorded;
mod seeded;
mod simulation;
mod steps;
mod styles;
mod supervisor;
mod support;
mod tagged;
mod terminal;
mod tidy;
mod triggers;
mod truth;
mod versions;
