//! What the documents say, held against the code: the command reference is the ACTIONS table and the arguments,
//! written out; the pages name no command and no test that does not exist.
//!
//! `UPDATE_DOCS=1 cargo test --test it docs` writes `docs/commands.md` anew; without it a difference fails.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, Command, CommandFactory};
use relco::action::{ACTIONS, Action, Danger, Scope};
use relco::cli::args::Cli;

/// The pages that people read.
const PAGES: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/commands.md",
    "docs/configuration.md",
    "docs/journal.md",
    "docs/json.md",
    "docs/ledger.md",
];

const HEAD: &str = "# Commands

Every act of the cockpit is a command as well, and the other way round. This page is written from the table of actions
and the arguments by a test; do not edit it: `UPDATE_DOCS=1 cargo test --test it docs`.

";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn page(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Every command that can be typed and does something, with its words: `deploy start`.
fn leaves(command: &Command, words: &str, found: &mut Vec<(String, Command)>) {
    if !command.is_subcommand_required_set() && !words.is_empty() {
        found.push((words.to_owned(), command.clone()));
    }
    for inner in command.get_subcommands() {
        let words =
            if words.is_empty() { inner.get_name().to_owned() } else { format!("{words} {}", inner.get_name()) };
        leaves(inner, &words, found);
    }
}

fn all_leaves() -> Vec<(String, Command)> {
    let mut found = Vec::new();
    leaves(&Cli::command(), "", &mut found);
    found
}

#[test]
fn the_command_reference_is_the_table() {
    let path = root().join("docs/commands.md");
    let wanted = reference();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &wanted).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    let differs = wanted.lines().zip(found.lines()).find(|(wanted, found)| wanted != found);
    assert!(found == wanted, "docs/commands.md is not what the code says; first: {differs:?}; UPDATE_DOCS=1 writes it");
}

/// The whole page.
fn reference() -> String {
    let mut text = HEAD.to_owned();
    text.push_str("## For every command\n\n");
    for arg in Cli::command().get_arguments().filter(|arg| arg.is_global_set()) {
        describe(arg, &mut text);
    }
    let all = all_leaves();
    let mut noun = String::new();
    for action in ACTIONS {
        let (_, command) = all.iter().find(|(words, _)| words == action.command).expect("the command exists");
        let own = action.command.split(' ').next().unwrap();
        if own != noun {
            noun = own.to_owned();
            let _ = write!(text, "\n## {noun}\n");
        }
        entry(action, command, &mut text);
    }
    text
}

fn entry(action: &Action, command: &Command, text: &mut String) {
    let own: Vec<&Arg> = command.get_arguments().filter(|arg| !arg.is_global_set() && arg.get_id() != "help").collect();
    let usage: String = own.iter().map(|arg| format!(" {}", usage(arg))).collect();
    let _ = write!(text, "\n### `relco {}{usage}`\n\n{}.", action.command, action.title);
    let keys: Vec<String> = action.keys.iter().map(|key| format!("`{key}`")).collect();
    match action.scope {
        Scope::CommandLine => text.push_str(" Only as a command"),
        _ if keys.is_empty() => text.push_str(" In the cockpit: by the palette (`:`)"),
        Scope::Everywhere => _ = write!(text, " In the cockpit: {}", keys.join(", ")),
        Scope::Gate => _ = write!(text, " In the cockpit: {} on a gate", keys.join(", ")),
        Scope::Item => _ = write!(text, " In the cockpit: {} on an item", keys.join(", ")),
        Scope::Change => _ = write!(text, " In the cockpit: {} in the view of changes", keys.join(", ")),
    }
    text.push_str(match action.danger {
        Danger::Reads => "; reads only.\n",
        Danger::Records => "; changes the record.\n",
        Danger::Asks => "; asks first.\n",
        Danger::Typed => "; wants `VERSION@ENV` where the environment says so.\n",
    });
    if !own.is_empty() {
        text.push('\n');
    }
    own.into_iter().for_each(|arg| describe(arg, text));
}

/// An argument as it stands in a usage line.
fn usage(arg: &Arg) -> String {
    let named = name(arg);
    let many =
        if matches!(arg.get_action(), ArgAction::Append) || arg.get_num_args().is_some_and(|n| n.max_values() > 1) {
            "…"
        } else {
            ""
        };
    if arg.is_required_set() { format!("{named}{many}") } else { format!("[{named}{many}]") }
}

/// `--env NAME`, `VERSION`.
fn name(arg: &Arg) -> String {
    let value = match arg.get_possible_values() {
        values if !values.is_empty() && takes_value(arg) => {
            values.iter().map(|value| value.get_name().to_owned()).collect::<Vec<_>>().join("/")
        }
        _ => arg.get_value_names().map_or_else(
            || arg.get_id().as_str().to_uppercase(),
            |names| names.iter().map(|name| name.to_uppercase()).collect::<Vec<_>>().join(" "),
        ),
    };
    match arg.get_long() {
        Some(long) if takes_value(arg) => format!("--{long} {value}"),
        Some(long) => format!("--{long}"),
        None => value,
    }
}

fn takes_value(arg: &Arg) -> bool {
    arg.get_action().takes_values()
}

fn describe(arg: &Arg, text: &mut String) {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let env = arg.get_env().map(|env| format!(" (`{}`)", env.to_string_lossy())).unwrap_or_default();
    let _ = writeln!(text, "- `{}`: {help}{env}", name(arg));
}

/// Command lines that a page quotes: lines of code blocks and code spans that begin with `relco `.
fn quoted(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut in_block = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if in_block {
            let line = line.trim_start().trim_start_matches("$ ");
            found.extend(line.starts_with("relco ").then(|| line.to_owned()));
        } else {
            let spans = line.split('`').skip(1).step_by(2);
            found.extend(spans.filter(|span| span.starts_with("relco ")).map(str::to_owned));
        }
    }
    found
}

/// What is wrong with a command line: a command or an option that does not exist.
fn unknown(line: &str) -> Option<String> {
    let cli = Cli::command();
    let mut here = &cli;
    let mut words = line.split(" # ").next().unwrap_or(line).split_whitespace().skip(1);
    while let Some(word) = words.next() {
        if let Some(option) = word.strip_prefix("--") {
            let long = option.split('=').next().unwrap_or(option);
            let find = |command: &'_ Command| command.get_arguments().find(|arg| arg.get_long() == Some(long)).cloned();
            match find(here).or_else(|| find(&cli)) {
                Some(arg) if takes_value(&arg) && !option.contains('=') => _ = words.next(),
                Some(_) => {}
                None if ["help", "version"].contains(&long) => {}
                None => return Some(format!("{line}: no option --{long}")),
            }
        } else if let Some(inner) = here.find_subcommand(word) {
            here = inner;
        } else if here.get_subcommands().next().is_some()
            && (here.is_subcommand_required_set() || here.get_name() == cli.get_name())
            && !["…", "|"].contains(&word)
        {
            return Some(format!("{line}: no command {word}"));
        } else if word == "|" {
            // Another program behind the bar.
            return None;
        }
    }
    None
}

#[test]
fn the_pages_quote_commands_and_options_that_exist() {
    let mut broken = Vec::new();
    for name in PAGES {
        broken
            .extend(quoted(&page(name)).iter().filter_map(|line| unknown(line)).map(|what| format!("{name}: {what}")));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn a_command_that_does_not_exist_is_seen() {
    assert!(unknown("relco deploy start --env staging --all").is_none());
    assert!(unknown("relco signoff \"product owner\" yes --by sam@example.com").is_none());
    assert!(unknown("relco deploy begin --env staging").is_some());
    assert!(unknown("relco deploy start --environment staging").is_some());
    assert!(unknown("relco --release 1.3.0 status").is_none());
    assert!(unknown("relco log deploy-frontend | grep --context 3 ERROR").is_none());
    assert!(unknown("relco ship").is_some());
}

/// Names of test functions in the sources.
fn tests() -> BTreeSet<String> {
    fn walk(directory: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let functions = text.lines().filter_map(|line| line.trim_start().strip_prefix("fn "));
                found.extend(functions.filter_map(|rest| Some(rest.split_once('(')?.0.to_owned())));
            }
        }
    }
    let mut found = BTreeSet::new();
    walk(&root().join("src"), &mut found);
    walk(&root().join("tests"), &mut found);
    found
}

#[test]
fn the_tests_that_hold_the_promises_exist() {
    let readme = page("README.md");
    let (_, promises) = readme.split_once("\n## Ten promises\n").expect("the README has its promises");
    let promises = promises.split("\n## ").next().unwrap();
    let known = tests();
    let named: Vec<&str> =
        promises.split('`').skip(1).step_by(2).filter(|span| span.matches('_').count() > 1).collect();
    assert!(named.len() >= 10, "{named:?}");
    let missing: Vec<&&str> = named.iter().filter(|name| !known.contains(**name)).collect();
    assert!(missing.is_empty(), "no such test: {missing:?}");
}

#[test]
fn links_between_the_pages_lead_somewhere() {
    let mut broken = Vec::new();
    for name in PAGES {
        let text = page(name);
        let folder = root().join(name).parent().unwrap().to_owned();
        for rest in text.split("](").skip(1) {
            let target = rest.split(')').next().unwrap().split('#').next().unwrap();
            // Pictures are made from the running example, apart from the text.
            let outside = target.is_empty() || target.starts_with("http") || target.ends_with(".png");
            if !outside && !folder.join(target).exists() {
                broken.push(format!("{name}: {target}"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_pages_name_files_that_exist() {
    let mut broken = Vec::new();
    for name in PAGES {
        let text = page(name);
        let spans = text.split('`').skip(1).step_by(2);
        let paths =
            spans.filter(|span| ["src/", "tests/", "assets/", "benches/"].iter().any(|top| span.starts_with(top)));
        let missing = paths.filter(|path| !path.contains(['<', '…', ' ']) && !root().join(path).exists());
        broken.extend(missing.map(|path| format!("{name}: {path}")));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_architecture_fits_its_page() {
    let lines = page("ARCHITECTURE.md").lines().count();
    assert!(lines < 200, "{lines} lines");
}
