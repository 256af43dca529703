//! The rules of a release: pure, no I/O, no clock, no environment.
//!
//! Commands go through `decide`, which gives events or a refusal; `apply` folds events into state and never fails.
//! Everything from outside (the commit at HEAD, what a changelog holds, the time) is passed in.

pub mod basis;
pub mod command;
pub mod decide;
pub mod digest;
pub mod effect;
pub mod event;
pub mod followup;
pub mod id;
pub mod incident;
pub mod item;
mod kind;
mod named;
pub mod notice;
pub mod overdue;
pub mod paperwork;
pub mod plan;
pub mod project;
pub mod readiness;
pub mod refusal;
pub mod release;
pub mod release_type;
pub mod retry;
pub mod run;
pub mod sequence;
pub mod sheet;
pub mod situation;
pub mod status;
pub mod time;
pub mod timeline;
pub mod tag;
pub mod upgrade;
pub mod usual;
pub mod version;
pub mod text;
pub mod duration;
pub mod metrics;
pub mod number;
pub mod commit;
pub mod repo_path;
pub mod occurred;
pub mod trigger;
pub mod trouble;
pub mod window;
pub mod changelog;
pub(crate) mod pattern;
pub mod ledger;
pub mod forms;
pub mod version_files;
pub mod notes;
pub mod merge;
pub mod account;
