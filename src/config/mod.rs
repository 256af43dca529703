//! Configuration: defaults below the project file, plan building, trust; the user's own settings.
//!
//! Never runs anything and never reads a project's files by itself: the caller brings their bytes. Its own small
//! files (grants of trust) are the only ones it touches. Enter at [`load::load`]; then [`freeze::freeze`] and
//! [`freeze::thaw`], [`trust`], [`places`], [`prefs`].

pub mod build;
pub mod check;
pub mod duration;
pub mod error;
pub mod file;
pub mod freeze;
pub mod load;
mod merge;
mod order;
pub mod places;
pub mod prefs;
pub mod read;
pub mod schema;
pub mod trust;

pub use error::ConfigError;
pub use freeze::{freeze, plan_hash, thaw};
pub use load::{Found, Loaded, Source, load};
