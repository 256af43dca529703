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
use super::theme::{Palette, Surroundings, Theme};
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
    let theme = Theme::pick(&around);
    let changes: Vec<(String, Vec<String>)> =
        prefs.keys.iter().map(|one| (one.action.clone(), one.keys.clone())).collect();
    let (keymap, conflicts) = keys::keymap(&changes);
    problems.extend(conflicts.iter().map(ToString::to_string));
    let mut cockpit = Cockpit::new(asks, theme, keymap, jiff::tz::TimeZone::system(), Now::read());
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
    let known = prefs::Known { actions, parts: &[] };
    let (prefs, problems) = prefs::read(&path.display().to_string(), &bytes, &known);
    (prefs, problems.iter().map(ToString::to_string).collect())
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
