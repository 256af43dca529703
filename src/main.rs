//! Starts relco.

use std::path::Path;
use std::process::ExitCode;

use relco::supervisor;

fn main() -> ExitCode {
    // The two hidden commands come before anything else is read: they run beside a step and must stay small.
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next().as_deref().and_then(|first| first.to_str()) {
        Some("supervise") => supervisor::run(Path::new(&arguments.next().unwrap_or_default())),
        Some("gate") => supervisor::gate::run(arguments),
        _ => ExitCode::SUCCESS,
    }
}
