//! The live keymap: actions of the ACTIONS table beside what only moves the eye.

use crate::action::{ACTIONS, ActionId, Scope as ActionScope};
use crate::tui::keys::map::{Keymap, Problem, Row};
use crate::tui::layout::Pane;

/// Where keys are live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Everywhere.
    Everywhere,
    /// On a gate.
    Gate,
    /// On a row of the checklist.
    Item,
    /// In the log.
    Log,
    /// In the view of changes.
    Change,
}

impl Scope {
    /// As help shows it.
    pub fn name(self) -> &'static str {
        match self {
            Scope::Everywhere => "everywhere",
            Scope::Gate => "on a gate",
            Scope::Item => "on an item",
            Scope::Log => "in the log",
            Scope::Change => "on a change",
        }
    }
}

/// What only moves the eye: nothing is recorded and nothing starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the rows below say what each one does")]
pub enum Move {
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
    Left,
    Right,
    Focus(Pane),
    NextPane,
    PreviousPane,
    Enter,
    Back,
    Zoom,
    Help,
    Palette,
    Messages,
    Copy,
    Quit,
    Mouse,
    Search,
    Filter,
    Follow,
    NextMatch,
    PreviousMatch,
    NextError,
    PreviousError,
    Wrap,
    Times,
    PinLine,
    NextThing,
}

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Do {
    /// Something of the ACTIONS table.
    Act(ActionId),
    /// Something for the eye.
    Move(Move),
}

const MOVES: &[(Move, &str, &str, Scope, &[&str])] = &[
    (Move::Enter, "do", "Do what the selected row needs", Scope::Everywhere, &["enter"]),
    (Move::NextThing, "next", "Go to the next thing to do", Scope::Everywhere, &["."]),
    (Move::Up, "up", "Up", Scope::Everywhere, &["up", "k"]),
    (Move::Down, "down", "Down", Scope::Everywhere, &["down", "j"]),
    (Move::PageUp, "page-up", "Page up", Scope::Everywhere, &["pgup"]),
    (Move::PageDown, "page-down", "Page down", Scope::Everywhere, &["pgdn"]),
    (Move::Home, "first", "To the beginning", Scope::Everywhere, &["home"]),
    (Move::End, "last", "To the end", Scope::Everywhere, &["end", "G"]),
    (Move::Left, "left", "Left", Scope::Everywhere, &["left", "h"]),
    (Move::Right, "right", "Right", Scope::Everywhere, &["right", "l"]),
    (Move::Focus(Pane::Gates), "gates", "Gates", Scope::Everywhere, &["1"]),
    (Move::Focus(Pane::List), "list", "Checklist", Scope::Everywhere, &["2"]),
    (Move::Focus(Pane::Log), "log", "Log", Scope::Everywhere, &["3"]),
    (Move::Focus(Pane::Timeline), "timeline", "Timeline", Scope::Everywhere, &["4"]),
    (Move::NextPane, "next-pane", "Next pane", Scope::Everywhere, &["tab"]),
    (Move::PreviousPane, "previous-pane", "Previous pane", Scope::Everywhere, &["shift-tab"]),
    (Move::Zoom, "zoom", "Zoom the pane", Scope::Everywhere, &["z"]),
    (Move::Back, "back", "Go back", Scope::Everywhere, &["esc"]),
    (Move::Help, "help", "Keys", Scope::Everywhere, &["?", "f1"]),
    (Move::Palette, "palette", "All commands", Scope::Everywhere, &[":"]),
    (Move::Messages, "messages", "Messages so far", Scope::Everywhere, &["f2"]),
    (Move::Copy, "copy", "Copy the line, or the status", Scope::Everywhere, &["y"]),
    (Move::Mouse, "mouse", "Leave the mouse to the terminal", Scope::Everywhere, &["f3"]),
    (Move::Quit, "quit", "Quit", Scope::Everywhere, &["q"]),
    (Move::Search, "search", "Search the log", Scope::Everywhere, &["/"]),
    (Move::NextMatch, "next-match", "Next match", Scope::Log, &[">", "]"]),
    (Move::PreviousMatch, "previous-match", "Previous match", Scope::Log, &["<", "["]),
    (
        Move::Filter,
        "filter",
        "Show only lines that match; in the timeline: only the incident",
        Scope::Everywhere,
        &["&"],
    ),
    (Move::Follow, "follow", "Follow the log", Scope::Everywhere, &["f"]),
    (Move::NextError, "next-error", "Next error in the log", Scope::Everywhere, &["e"]),
    (Move::PreviousError, "previous-error", "Previous error in the log", Scope::Everywhere, &["E"]),
    (Move::Wrap, "wrap", "Wrap long lines", Scope::Log, &["w"]),
    (Move::Times, "times", "Times in the log", Scope::Log, &["T"]),
    (Move::PinLine, "pin", "Write the log line on the timeline", Scope::Log, &["b"]),
];

/// The keymap: defaults with the person's changes.
pub fn keymap(changes: &[(String, Vec<String>)]) -> (Keymap<Do, Scope>, Vec<Problem>) {
    let mut rows: Vec<Row<Do, Scope>> = ACTIONS
        .iter()
        .filter(|action| action.scope != ActionScope::CommandLine)
        .map(|action| Row {
            action: Do::Act(action.id),
            id: action.name(),
            title: action.title,
            scope: match action.scope {
                ActionScope::Gate => Scope::Gate,
                ActionScope::Item => Scope::Item,
                ActionScope::Change => Scope::Change,
                ActionScope::Everywhere | ActionScope::CommandLine => Scope::Everywhere,
            },
            keys: action.keys.to_vec(),
        })
        .collect();
    rows.extend(MOVES.iter().map(|(what, id, title, scope, keys)| Row {
        action: Do::Move(*what),
        id: format!("view.{id}"),
        title,
        scope: *scope,
        keys: keys.to_vec(),
    }));
    Keymap::build(&rows, changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_have_no_conflicts() {
        let (_, problems) = keymap(&[]);
        let words: Vec<String> = problems.iter().map(|problem| format!("{problem:?}")).collect();
        assert_eq!(words, Vec::<String>::new());
    }
}
