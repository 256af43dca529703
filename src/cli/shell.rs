//! `relco completions` and `relco man`: both drawn from the arguments as they are declared.

use std::io::Write;

use clap::CommandFactory;

use super::args::Cli;
use super::exit::{Ending, Exit, Failure};

/// Prints completions for a shell.
pub fn completions(shell: clap_complete::Shell) -> Ending {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "relco", &mut text);
    print(&text)
}

/// Prints the manual page, with every command's own part.
pub fn man() -> Ending {
    let mut text = Vec::new();
    let render = clap_mangen::Man::new(Cli::command()).render(&mut text);
    render.map_err(|error| Failure::environment(error.to_string()))?;
    print(&text)
}

/// A closed pipe is no error: the reader has seen enough.
fn print(text: &[u8]) -> Ending {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text).and_then(|()| out.flush());
    Ok(Exit::Done)
}
