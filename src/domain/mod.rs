//! The rules of a release: pure, no I/O, no clock, no environment.
//!
//! Commands go through `decide`, which gives events or a refusal; `apply` folds events into state and never fails.
//! Everything from outside (the commit at HEAD, what a changelog holds, the time) is passed in.

pub mod digest;
pub mod event;
pub mod id;
pub mod incident;
pub mod item;
mod named;
pub mod notice;
pub mod plan;
pub mod project;
pub mod refusal;
pub mod release;
pub mod release_type;
pub mod run;
pub mod sheet;
pub mod time;
pub mod tag;
pub mod version;
pub mod text;
pub mod duration;
pub mod metrics;
pub mod number;
pub mod commit;
pub mod repo_path;
pub mod occurred;
pub mod trigger;
pub mod window;
