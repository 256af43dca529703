//! The ACTIONS table and the command line hold each other: whoever can do it by a key can do it by a command.

use std::collections::BTreeSet;

use clap::CommandFactory;
use relco::action::ACTIONS;
use relco::cli::args::Cli;

/// The names of a command's leaves: `deploy start`.
fn leaves(command: &clap::Command, above: &str, found: &mut BTreeSet<String>) {
    for one in command.get_subcommands().filter(|one| !one.is_hide_set()) {
        let name = format!("{above} {}", one.get_name()).trim().to_owned();
        leaves(one, &name, found);
        // One that does something by itself is a leaf too: `changes` beside `changes add`.
        if !one.is_subcommand_required_set() {
            found.insert(name);
        }
    }
}

#[test]
fn every_action_is_a_command_and_every_command_an_action() {
    let mut commands = BTreeSet::new();
    leaves(&Cli::command(), "", &mut commands);
    let actions: BTreeSet<String> = ACTIONS.iter().map(|action| action.command.to_owned()).collect();
    let without_command: Vec<_> = actions.difference(&commands).collect();
    let without_action: Vec<_> = commands.difference(&actions).collect();
    assert!(without_command.is_empty(), "actions without a command: {without_command:?}");
    assert!(without_action.is_empty(), "commands without an action: {without_action:?}");
}

#[test]
fn every_command_and_option_says_what_it_is() {
    fn silent(command: &clap::Command, found: &mut Vec<String>) {
        if command.get_about().is_none() {
            found.push(command.get_name().to_owned());
        }
        let silent_options = command.get_arguments().filter(|one| one.get_help().is_none());
        found.extend(silent_options.map(|one| format!("{} {}", command.get_name(), one.get_id())));
        command.get_subcommands().for_each(|one| silent(one, found));
    }
    let mut found = Vec::new();
    silent(&Cli::command(), &mut found);
    assert!(found.is_empty(), "without help: {found:?}");
}

#[test]
fn the_arguments_do_not_contradict_each_other() {
    Cli::command().debug_assert();
}
