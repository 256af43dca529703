//! Starts relco: the hidden processes first, then the command line, else the cockpit.

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use relco::cli::args::{Cli, Command, DemoArgs, Fault, Global};
use relco::cli::exit::Exit;
use relco::{cli, demo, supervisor};

fn main() -> ExitCode {
    if let Some(ended) = hidden() {
        return ended;
    }
    let Cli { global, command } = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way too, with a code of 0. A closed pipe is no error.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Exit::Usage as u8));
        }
    };
    match command {
        None => ExitCode::from(cockpit(&global)),
        Some(Command::Demo(args)) => ExitCode::from(example(&global, &args)),
        Some(command) => cli::run(&global, command).into(),
    }
}

/// The processes that relco starts of itself. They come before anything else is read: two of them run beside a step
/// and must stay small.
fn hidden() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let first = arguments.next()?;
    let rest = |arguments: &mut dyn Iterator<Item = OsString>| arguments.collect::<Vec<_>>();
    match first.to_str()? {
        "supervise" => Some(supervisor::run(Path::new(&arguments.next().unwrap_or_default()))),
        "gate" => hidden_gate(arguments),
        demo::running::SERVICE_COMMAND => Some(ExitCode::from(demo::service::run(&rest(&mut arguments)))),
        "demo-probe" => Some(ExitCode::from(demo::probe::run(&rest(&mut arguments)))),
        _ => None,
    }
}

/// `relco gate` is a supervisor's gate, and `relco gate pass …` is a person's: a gate of the first kind is told how to
/// read, which is no word of the second.
fn hidden_gate(arguments: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    let mut arguments = arguments.peekable();
    let mode = arguments.peek()?.to_str()?;
    if mode == supervisor::gate::PIPE || mode == supervisor::gate::TTY {
        return Some(supervisor::gate::run(arguments));
    }
    None
}

/// Opens the cockpit and gives its exit code.
fn cockpit(global: &Global) -> u8 {
    if !(std::io::stdin().is_terminal() && std::io::stdout().is_terminal()) {
        complain("the cockpit needs a terminal", Some("relco status, or any other command: relco --help"));
        return Exit::Usage as u8;
    }
    match relco::tui::run::run(cli::options(global), global.light) {
        Ok(()) => Exit::Done as u8,
        Err(relco::tui::run::CockpitError::Open(error)) => {
            let failure = cli::exit::Failure::from(error);
            complain(&failure.what, failure.hint.as_deref());
            failure.exit as u8
        }
        Err(error) => {
            complain(&error.to_string(), None);
            Exit::Environment as u8
        }
    }
}

/// The example project: its drill, or the cockpit on it.
fn example(global: &Global, args: &DemoArgs) -> u8 {
    let fault = args.fault.map(|fault| match fault {
        Fault::None => demo::Fault::None,
        Fault::Fail => demo::Fault::Fail,
        Fault::Slow => demo::Fault::Slow,
        Fault::Down => demo::Fault::Down,
    });
    let options = demo::Options { dir: args.dir.clone(), fault, no_tui: args.no_tui, stop: args.stop };
    let exe = match std::env::current_exe() {
        Ok(exe) => exe,
        Err(error) => {
            complain(&format!("cannot find this program's own file: {error}"), None);
            return Exit::Environment as u8;
        }
    };
    let on_example = |demo: &demo::Demo| {
        cockpit(&Global {
            project: Some(demo.place.project()),
            state_dir: Some(demo.place.state()),
            light: global.light,
            ..Global::default()
        })
    };
    match demo::run(&options, &exe, on_example) {
        Ok(code) => code,
        Err(error) => {
            complain(&error.to_string(), error.hint());
            error.exit_code()
        }
    }
}

/// Says what went wrong; whoever closed standard error does not want it.
fn complain(what: &str, hint: Option<&str>) {
    let mut err = std::io::stderr();
    let _ = writeln!(err, "error: {what}");
    if let Some(hint) = hint {
        let _ = writeln!(err, "hint: {hint}");
    }
}
