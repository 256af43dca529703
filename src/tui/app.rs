//! The seam between the cockpit's state and whatever runs it: the terminal, or a test.
//!
//! An app changes only in [`App::handle`] and draws only from its state; it never touches the terminal and never looks
//! at a clock. Enter at [`App`].

use std::time::{Duration, Instant};

use ratatui::Frame;

use super::event::Message;

/// The time at which something is handled or drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Now {
    /// For durations and waiting.
    pub mono: Instant,
    /// For people.
    pub wall: jiff::Timestamp,
}

impl Now {
    /// Both clocks as they stand; the wall clock as exactly as the record keeps it, so that "now" is never a part of a
    /// millisecond in the future of whoever records it.
    pub fn read() -> Self {
        Self { mono: Instant::now(), wall: crate::system::clock::now() }
    }

    /// Both clocks some time later.
    pub fn later(self, by: Duration) -> Self {
        let wall = i64::try_from(by.as_millis())
            .ok()
            .and_then(|ms| self.wall.checked_add(jiff::SignedDuration::from_millis(ms)).ok());
        Self { mono: self.mono + by, wall: wall.unwrap_or(self.wall) }
    }
}

/// Something that only the terminal can do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Out {
    /// Ring.
    Bell,
    /// Set the window's title.
    Title(String),
    /// Put text into the clipboard.
    Copy(String),
    /// Take the mouse, or leave it to the terminal for selecting text.
    Mouse(bool),
}

/// Where it goes from here.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Then {
    /// On.
    #[default]
    GoOn,
    /// The terminal is given back and [`App::outside`] called, for an editor of the person's own.
    Outside,
    /// The cockpit closes.
    Quit,
}

/// What handling a message led to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Step {
    /// The screen would look different now.
    pub redraw: bool,
    /// What the terminal is to do, in this order.
    pub out: Vec<Out>,
    /// Where it goes from here.
    pub then: Then,
}

impl Step {
    /// Nothing changed.
    pub fn quiet() -> Self {
        Self::default()
    }

    /// The screen would look different now.
    pub fn redraw() -> Self {
        Self { redraw: true, ..Self::default() }
    }

    /// The cockpit closes.
    pub fn quit() -> Self {
        Self { then: Then::Quit, ..Self::default() }
    }

    /// The terminal is given back for a while.
    pub fn outside() -> Self {
        Self { redraw: true, then: Then::Outside, ..Self::default() }
    }

    /// And the terminal does this.
    pub fn and(mut self, out: Out) -> Self {
        self.out.push(out);
        self
    }
}

/// The cockpit's state, as it is run.
pub trait App {
    /// What the session tells.
    type Update: Send + 'static;

    /// Takes one message. Must not wait for anything: what takes time belongs to the session.
    fn handle(&mut self, message: Message<Self::Update>, now: Now) -> Step;

    /// Draws the state.
    fn draw(&mut self, frame: &mut Frame<'_>, now: Now);

    /// When the screen will look different without a message, if ever: the next minute of a clock, the end of a
    /// toast. A [`Message::Tick`] is sent then. `None` sleeps until something happens.
    fn wake_at(&self, now: Now) -> Option<Instant>;

    /// Does what needs the terminal for itself, after [`Step::outside`].
    fn outside(&mut self) {}
}
