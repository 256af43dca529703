//! The cockpit: one program on the terminal, made of parts that know nothing of each other.
//!
//! The main thread owns the terminal and is synchronous ([`runner`]); everything that happens arrives as one
//! [`event::Message`]. Nothing in here appends to a journal, reads git or starts a process. Modules stand in reading
//! order: what happens, how it is run, how it looks, how the screen is divided, what lies over it.

pub mod event;
pub mod app;
pub mod runner;
pub mod driver;

pub mod terminal;
pub mod signals;
pub mod reader;
pub mod decode;
pub mod keys;
pub mod input;

pub mod theme;
pub mod glyphs;
pub mod paint;
pub mod rule;
pub mod layout;
pub mod listing;

pub mod toast;
pub mod overlay;
pub mod logview;

pub mod screen;
mod page;
pub mod worker;
pub mod cockpit;
pub mod run;
