//! Opens the cockpit on the terminal: the session on its thread, the keymap, the theme, the loop.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use super::app::Now;
use super::cockpit::{Cockpit, keys};
use super::event::Message;
use super::runner::{self, Exit};
use super::signals;
use super::terminal::Wants;
use super::theme::{Palette, ROLES, Surroundings, Theme, parse_style};
use super::worker::{self, Ask};
use crate::config::{places, prefs};
use crate::session::{OpenError, Options};

/// How long the session may take for what it was asked last.
const GOODBYE: Duration = Duration::from_secs(5);

/// Why the cockpit did not open, or could not go on.
#[derive(Debug, thiserror::Error)]
pub enum CockpitError {
    /// The project cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The terminal cannot be used.
    #[error(transparent)]
    Run(#[from] runner::RunError),
}

/// Runs the cockpit until it closes.
///
/// # Errors
/// [`CockpitError`]; the terminal is given back in every case.
pub fn run(options: Options, light: bool) -> Result<(), CockpitError> {
    let (send, messages) = channel();
    let (asks, ended) = worker::start(options, send.clone())?;
    let goodbye = asks.clone();
    let (names, _) = keys::keymap(&[]);
    let actions: Vec<&str> = names.rows().iter().map(|row| row.id.as_str()).collect();
    let (prefs, mut problems) = preferences(&actions);
    let mut around = Surroundings::read(|name| std::env::var(name).ok());
    around.palette = palette(light, prefs.theme);
    around.ascii |= prefs.ascii == Some(true);
    let mut theme = Theme::pick(&around);
    problems.extend(restyle(&mut theme, &prefs.styles));
    let changes: Vec<(String, Vec<String>)> =
        prefs.keys.iter().map(|one| (one.action.clone(), one.keys.clone())).collect();
    let (keymap, conflicts) = keys::keymap(&changes);
    problems.extend(conflicts.iter().map(ToString::to_string));
    let mut cockpit = Cockpit::new(asks, theme, keymap, crate::system::clock::zone(), Now::read());
    for problem in &problems {
        cockpit.warn(problem);
    }
    let waker = send.clone();
    cockpit.wake_log_with(Arc::new(move || {
        // A cockpit that is gone needs no waking.
        let _ = waker.send(Message::Tick);
    }));
    let exit = runner::run(&mut cockpit, Wants { mouse: true, title: true }, &send, &messages);
    // What was asked for last is recorded before the program ends, however it ends; the terminal is given back
    // already, and a session that hangs does not hold it.
    let _ = goodbye.send(Ask::Quit);
    let _ = ended.recv_timeout(GOODBYE);
    match exit? {
        Exit::Quit | Exit::Gone => Ok(()),
        Exit::Signal(number) => {
            signals::end_by(number);
            Ok(())
        }
    }
}

/// Panics where a test wants to see that the terminal is given back all the same. Nothing of it is in a release.
#[cfg(debug_assertions)]
#[expect(clippy::panic, reason = "this is what it is for")]
pub(super) fn panic_if_wanted(place: &str) {
    if std::env::var_os("RELCO_TEST_PANIC").is_some_and(|wanted| wanted == place) {
        panic!("RELCO_TEST_PANIC={place}");
    }
}

#[cfg(not(debug_assertions))]
pub(super) fn panic_if_wanted(_: &str) {}

/// The person's theme and keys; what is wrong in the file costs only that entry, and is said.
fn preferences(actions: &[&str]) -> (prefs::Prefs, Vec<String>) {
    let (config, home) = (std::env::var_os("XDG_CONFIG_HOME"), std::env::var_os("HOME"));
    let around = places::Surroundings {
        xdg_config_home: config.as_deref(),
        home: home.as_deref(),
        ..places::Surroundings::default()
    };
    let Some(path) = places::user_config(&around) else { return Default::default() };
    let Ok(bytes) = std::fs::read(&path) else { return Default::default() };
    let parts: Vec<&str> = ROLES.iter().map(|(name, _)| *name).collect();
    let known = prefs::Known { actions, parts: &parts };
    let (prefs, problems) = prefs::read(&path.display().to_string(), &bytes, &known);
    (prefs, problems.iter().map(ToString::to_string).collect())
}

/// Gives parts of the screen the style that the person wants; answers what could not be understood.
fn restyle(theme: &mut Theme, styles: &[prefs::Style]) -> Vec<String> {
    let mut wrong = Vec::new();
    for style in styles {
        let role = ROLES.iter().find(|(name, _)| *name == style.part).map(|(_, role)| *role);
        match (role, parse_style(&style.style)) {
            (Some(role), Ok(wanted)) => theme.change(role, wanted),
            (_, Err(error)) => wrong.push(format!("[style] {} in line {}: {error}", style.part, style.at.line)),
            (None, Ok(_)) => {}
        }
    }
    wrong
}

fn palette(light: bool, theme: prefs::Theme) -> Option<Palette> {
    match theme {
        _ if light => Some(Palette::Light),
        prefs::Theme::Light => Some(Palette::Light),
        prefs::Theme::Dark => Some(Palette::Dark),
        prefs::Theme::Mono => Some(Palette::Mono),
        prefs::Theme::Auto => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::Role;

    #[test]
    fn a_persons_styles_are_used_and_a_wrong_one_costs_only_itself() {
        let parts: Vec<&str> = ROLES.iter().map(|(name, _)| *name).collect();
        let text = b"[style]\nfailed = \"light-red bold\"\nok = \"mauve\"\nnothing = \"red\"\n";
        let (prefs, problems) = prefs::read("config.toml", text, &prefs::Known { actions: &[], parts: &parts });
        assert_eq!(problems.len(), 1, "{problems:?}");
        let mut theme = Theme::with(Palette::Either);
        let wrong = restyle(&mut theme, &prefs.styles);
        assert_eq!(theme.style(Role::Failed), parse_style("light-red bold").unwrap());
        assert_eq!(theme.style(Role::Ok), Theme::with(Palette::Either).style(Role::Ok));
        assert!(wrong.len() == 1 && wrong[0].starts_with("[style] ok in line 3: "), "{wrong:?}");
    }
}
