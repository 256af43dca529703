//! The log of one attempt and its sparse index: written by the supervisor, read by the log pane.
//!
//! `log` holds the step's raw bytes, untouched and without any cap on a line. `index` holds fixed-size marks
//! (byte offset, newlines before it, time), one per [`STRIDE_BYTES`] or per [`STRIDE_MS`] while output comes.
//! The log is the truth; the index is a shortcut that may be missing, torn or behind, and the only place that
//! knows when something was printed.
//!
//! Never here: interpretation of the text (escape sequences, encodings), anything of the rest of the crate.
//! Enter at [`Writer::create`] to write, at [`Reader::open`] to read, at [`Search::start`] to find.

mod errors;
mod hits;
mod last;
mod mark;
mod marks;
mod pattern;
mod reader;
mod scan;
mod search;
mod writer;

pub use hits::{Hit, Hits};
pub use last::last_lines;
pub use pattern::{Pattern, PatternError};
pub use reader::{Growth, RawLine, Reader};
pub use scan::Scanner;
pub use search::{Search, SearchProgress, Waker};
pub use writer::Writer;

/// Name of the file with the raw output, inside an attempt's directory.
pub const LOG_NAME: &str = "log";

/// Name of the file with the marks, inside an attempt's directory.
pub const INDEX_NAME: &str = "index";

/// Bytes of output between two marks, when output comes fast.
pub const STRIDE_BYTES: u64 = 64 * 1024;

/// Milliseconds between two marks, when output comes slowly.
pub const STRIDE_MS: i64 = 1000;
