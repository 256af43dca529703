//! `relco completions` and `relco man`: both drawn from the arguments as they are declared.

use std::io::Write;

use clap::{Arg, Command, CommandFactory};

use super::args::Cli;
use super::exit::{Ending, Exit, Failure};

/// Prints completions for a shell.
pub fn completions(shell: clap_complete::Shell) -> Ending {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "relco", &mut text);
    print(&text)
}

/// Prints the manual page: one page, with every command in it.
pub fn man() -> Ending {
    let mut command = Cli::command();
    command.build();
    let mut text = Vec::new();
    let page = clap_mangen::Man::new(command.clone());
    let parts = page
        .render_title(&mut text)
        .and_then(|()| page.render_name_section(&mut text))
        .and_then(|()| page.render_synopsis_section(&mut text))
        .and_then(|()| page.render_options_section(&mut text));
    parts.map_err(|error| Failure::environment(error.to_string()))?;
    text.extend(b".SH COMMANDS\n");
    commands(&command, "relco", &mut text);
    text.extend(EXIT_STATUS.as_bytes());
    print(&text)
}

const EXIT_STATUS: &str = "\
.SH EXIT STATUS
.TP
0
done, or ready
.TP
1
refused, or not ready
.TP
2
usage or configuration
.TP
3
the record or the machine
.TP
4
a step failed
.TP
5
the outcome is unknown, or the step runs on without this command
";

/// The part of each command that does something, in the order of the help.
fn commands(above: &Command, name: &str, text: &mut Vec<u8>) {
    for one in above.get_subcommands().filter(|one| !one.is_hide_set() && one.get_name() != "help") {
        let name = format!("{name} {}", one.get_name());
        if one.has_subcommands() {
            commands(one, &name, text);
            continue;
        }
        let positional: Vec<String> = one.get_positionals().map(|arg| format!(" {}", value(arg))).collect();
        text.extend(format!(".SS \"{}{}\"\n", roff(&name), roff(&positional.concat())).into_bytes());
        let about = one.get_about().map(ToString::to_string).unwrap_or_default();
        text.extend(format!("{}\n", roff(&about)).into_bytes());
        for arg in one.get_arguments().filter(|arg| !arg.is_global_set() && !arg.is_hide_set()) {
            option(arg, text);
        }
    }
}

fn option(arg: &Arg, text: &mut Vec<u8>) {
    if matches!(arg.get_id().as_str(), "help" | "version") {
        return;
    }
    let takes = arg.get_action().takes_values();
    let head = match arg.get_long() {
        Some(long) if takes => format!("\\fB{}\\fR {}", roff(&format!("--{long}")), roff(&value(arg))),
        Some(long) => format!("\\fB{}\\fR", roff(&format!("--{long}"))),
        None => roff(&value(arg)),
    };
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    text.extend(format!(".TP\n{head}\n{}\n", roff(&help)).into_bytes());
}

/// What stands for an argument's value: `NAME`, or what may be given.
fn value(arg: &Arg) -> String {
    let names = arg.get_value_names().map(|names| names.iter().map(ToString::to_string).collect::<Vec<_>>());
    let name = names.map_or_else(|| arg.get_id().to_string().to_uppercase(), |names| names.join(" "));
    if arg.is_positional() && !arg.is_required_set() { format!("[{name}]") } else { name }
}

/// Text for the manual's formatter, in which some letters are orders.
fn roff(text: &str) -> String {
    let line = text.replace('\\', "\\e").replace('-', "\\-").replace('"', "\\(dq").replace('\n', " ");
    // Plain roff knows no letters beyond ASCII by themselves.
    let line: String =
        line.chars().map(|c| if c.is_ascii() { c.to_string() } else { format!("\\[u{:04X}]", u32::from(c)) }).collect();
    if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line }
}

/// A closed pipe is no error: the reader has seen enough.
fn print(text: &[u8]) -> Ending {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text).and_then(|()| out.flush());
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_has_every_command_with_its_options() {
        let mut command = Cli::command();
        command.build();
        let mut text = Vec::new();
        commands(&command, "relco", &mut text);
        let text = String::from_utf8(text).unwrap();
        for action in crate::action::ACTIONS {
            assert!(text.contains(&format!(".SS \"relco {}", roff(action.command))), "{}", action.command);
        }
        assert!(text.contains("\\fB\\-\\-confirm\\fR VERSION@ENV\n"));
        assert!(!text.contains("\n'"), "a line begins with an order");
    }

    #[test]
    fn no_letter_of_a_text_becomes_an_order() {
        assert_eq!(roff(".so \"a\\b\"\n-x"), "\\&.so \\(dqa\\eb\\(dq \\-x");
    }
}
