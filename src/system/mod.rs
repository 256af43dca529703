//! The impure layer: one file per kind of effect.

pub mod git;
