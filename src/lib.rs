//! relco: the release captain's cockpit.
//!
//! A pure domain (commands → decide → events → apply), a journal that only the session appends to, an impure
//! system layer, a supervisor that owns a running step, and two thin front ends over one action table.
//! The modules stand in reading order.
#![cfg_attr(test, allow(clippy::string_slice))]

pub mod domain;
pub mod frame;
pub mod steplog;
pub mod journal;
pub mod config;
pub mod system;
pub mod supervisor;
pub mod session;
pub mod action;

pub mod cli;
pub mod tui;
pub mod demo;
