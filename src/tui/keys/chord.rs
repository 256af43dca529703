//! Keys that follow each other: remembers a prefix until the chord is complete, given up or unknown.
//!
//! Never looks at a clock: the time of each press comes in. Enter at [`Chords::press`].

use std::time::{Duration, Instant};

use super::map::{Found, Keymap};
use super::{Chord, Code, Key};

/// A prefix shows its continuations after this long; who knows the chord never sees them.
pub const POPUP_AFTER: Duration = Duration::from_millis(300);

/// What a press led to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Pressed<A> {
    /// A chord is complete.
    Action(A),
    /// The keys so far begin a chord.
    Waiting,
    /// Esc gave a begun chord up.
    GivenUp,
    /// The begun chord does not go on like this; nothing was done. Carries the keys pressed, to say so.
    NoSuchChord(String),
    /// The keymap does not want this key; whoever has the focus may.
    Free(Key),
}

/// The begun chord, if any.
#[derive(Clone, Debug, Default)]
pub struct Chords {
    pending: Vec<Key>,
    since: Option<Instant>,
}

impl Chords {
    /// Takes one press; `scopes` are asked in their order, see [`Keymap::find`].
    pub fn press<A, S>(&mut self, key: Key, map: &Keymap<A, S>, scopes: &[S], now: Instant) -> Pressed<A>
    where
        A: Copy + PartialEq,
        S: Copy + PartialEq,
    {
        let begun = !self.pending.is_empty();
        if begun && key == Key::plain(Code::Esc) {
            self.forget();
            return Pressed::GivenUp;
        }
        self.pending.push(key);
        match map.find(&self.pending, scopes) {
            Found::Action(action) => {
                self.forget();
                Pressed::Action(action)
            }
            Found::Prefix => {
                self.since.get_or_insert(now);
                Pressed::Waiting
            }
            Found::Nothing if begun => {
                let keys = Chord(std::mem::take(&mut self.pending)).to_string();
                self.forget();
                Pressed::NoSuchChord(keys)
            }
            Found::Nothing => {
                self.forget();
                Pressed::Free(key)
            }
        }
    }

    /// Gives a begun chord up, for example because the terminal was away.
    pub fn forget(&mut self) {
        self.pending.clear();
        self.since = None;
    }

    /// The keys pressed so far; empty when no chord is begun.
    pub fn pending(&self) -> &[Key] {
        &self.pending
    }

    /// When the pop-up with the continuations is due, if a chord is begun.
    pub fn popup_at(&self) -> Option<Instant> {
        self.since.map(|since| since + POPUP_AFTER)
    }

    /// True once the pop-up should be on the screen.
    pub fn popup_due(&self, now: Instant) -> bool {
        self.popup_at().is_some_and(|at| now >= at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keys::Row;

    fn map() -> Keymap<&'static str, u8> {
        let row = |id: &'static str, keys: &[&'static str]| Row {
            action: id,
            id: id.to_owned(),
            title: id,
            scope: 0,
            keys: keys.to_vec(),
        };
        let (map, problems) = Keymap::build(&[row("roll-back", &["ctrl-x r"]), row("note", &["n"])], &[]);
        assert_eq!(problems, []);
        map
    }

    #[test]
    fn a_chord_completes_is_given_up_or_is_unknown() {
        let (map, now, mut chords) = (map(), Instant::now(), Chords::default());
        let mut press = |name: &str| chords.press(name.parse().unwrap(), &map, &[0], now);
        assert_eq!(press("ctrl-x"), Pressed::Waiting);
        assert_eq!(press("r"), Pressed::Action("roll-back"));
        assert_eq!(press("r"), Pressed::Free(Key::char('r')));
        assert_eq!(press("ctrl-x"), Pressed::Waiting);
        assert_eq!(press("esc"), Pressed::GivenUp);
        assert_eq!(press("esc"), Pressed::Free(Key::plain(Code::Esc)));
        assert_eq!(press("ctrl-x"), Pressed::Waiting);
        assert_eq!(press("n"), Pressed::NoSuchChord("Ctrl-X n".to_owned()));
        assert_eq!(press("n"), Pressed::Action("note"));
    }

    #[test]
    fn the_popup_waits_for_the_hesitant() {
        let (map, now, mut chords) = (map(), Instant::now(), Chords::default());
        assert_eq!(chords.popup_at(), None);
        chords.press(Key::ctrl('x'), &map, &[0], now);
        assert!(!chords.popup_due(now + Duration::from_millis(299)));
        assert!(chords.popup_due(now + POPUP_AFTER));
        chords.press(Key::char('r'), &map, &[0], now);
        assert!(!chords.popup_due(now + Duration::from_secs(9)));
    }
}
