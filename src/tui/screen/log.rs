//! The title of the log pane: what is shown, how it stands, for how long, how many lines.
//!
//! The inside of the pane is drawn by the log's own view. Enter at [`title`].

use std::time::Duration;

use ratatui::text::{Line, Span};

use super::view::View;
use super::words;
use crate::domain::duration;
use crate::tui::glyphs::State;
use crate::tui::theme::Role;

/// What the log pane's title says.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LogTitle {
    /// What is shown: the slot of the attempt, or the command of a check.
    pub what: String,
    /// How the attempt stands; `None` while that is not known.
    pub state: Option<State>,
    /// How it ended, where that says more than the state: `exit 1`.
    pub outcome: Option<String>,
    /// How long it runs, or ran.
    pub took: Option<Duration>,
    /// How long it usually takes.
    pub usual: Option<Duration>,
    /// Lines in the log.
    pub lines: u64,
    /// For how long nothing was printed, once that is worth a warning.
    pub silent: Option<Duration>,
    /// How long its plan allows, once it is over that.
    pub over: Option<Duration>,
    /// A person is asked what to do about it.
    pub asks: bool,
    /// What stands at the right end: `following`, `412 new lines below`, `error 1 of 2 · e next`.
    pub right: String,
}

/// Left and right of the log's rule.
pub fn title<'a>(view: &View<'_>, title: &LogTitle) -> (Line<'a>, Line<'a>) {
    let glyphs = view.theme.glyphs;
    let mut spans = vec![Span::raw("Log")];
    let mut put = |text: String, role: Option<Role>| {
        let style = role.map(|role| view.style(role)).unwrap_or_default();
        spans.push(Span::raw("  "));
        spans.push(Span::styled(text, style));
    };
    if !title.what.is_empty() {
        put(view.clean(&title.what), None);
    }
    if let Some(state) = title.state {
        let word = title.outcome.as_deref().map(|outcome| format!(" {}", view.clean(outcome)));
        // Time alone says that it runs; every other state is said in words too.
        let word =
            word.unwrap_or_else(|| if state == State::Running { String::new() } else { format!(" {}", state.word()) });
        let took = title.took.map(|took| format!(" {}", words::clocks(took, title.usual))).unwrap_or_default();
        put(format!("{}{word}{took}", glyphs.state(state)), Some(state.role()));
    }
    let usual = || title.usual.map(|usual| format!(", usually {}", duration::clock(usual))).unwrap_or_default();
    let late = match (title.silent, title.over) {
        (Some(silent), _) => Some(format!("silent {}{}", duration::clock(silent), usual())),
        (None, Some(over)) => Some(format!("over its {}{}", duration::limit(over), usual())),
        (None, None) => None,
    };
    if let Some(late) = late {
        let asks = if title.asks { ": wait, stop or roll back?" } else { "" };
        put(format!("{late}{asks}"), Some(Role::Warning));
    } else if title.lines > 0 {
        let noun = if title.lines == 1 { "line" } else { "lines" };
        put(format!("{} {noun}", words::count(title.lines)), Some(Role::Dim));
    }
    (Line::from(spans), Line::from(Span::styled(view.clean(&title.right), view.style(Role::Dim))))
}
