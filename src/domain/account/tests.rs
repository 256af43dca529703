//! Releases told fact by fact, and what the account makes of them.

mod counted;
mod forms;
pub(in crate::domain) mod story;
