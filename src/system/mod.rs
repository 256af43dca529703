//! The impure layer: one file per kind of effect.

pub mod attempt;
pub mod git;
pub mod git_program;
pub mod bounded;
pub mod http;
pub mod notify;
pub mod ordinary;
pub mod probe;
pub mod samples;
pub mod ledger;
pub mod ledger_past;
pub mod fragments;
pub mod oddities;
pub mod clock;
pub mod identity;
pub mod presence;
pub mod versions;
pub mod watch;
pub mod editor;
