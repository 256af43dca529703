//! Everything that can happen to the cockpit, as one closed set: one channel, one order.
//!
//! Enter at [`Message`].

use super::decode::{Input, Mouse};
use super::keys::Key;
use super::signals::Signal;

/// Something happened. `U` is what the session tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Message<U> {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted, as it came.
    Paste(String),
    /// The mouse was used.
    Mouse(Mouse),
    /// The window got or lost the focus.
    Focus(bool),
    /// The screen has another size; the next frame has it.
    Resize,
    /// The program is asked to end, or was stopped for a while. The runner acts on it; this is for what must be saved.
    Signal(Signal),
    /// The session tells something.
    Session(U),
    /// The time that was asked for has come.
    Tick,
}

impl<U> Message<U> {
    /// True if a person waits for what it leads to.
    pub fn is_input(&self) -> bool {
        match self {
            Message::Key(_) | Message::Paste(_) | Message::Mouse(_) | Message::Resize => true,
            Message::Focus(_) | Message::Signal(_) | Message::Session(_) | Message::Tick => false,
        }
    }
}

impl<U> From<Input> for Message<U> {
    fn from(input: Input) -> Self {
        match input {
            Input::Key(key) => Message::Key(key),
            Input::Paste(text) => Message::Paste(text),
            Input::Mouse(mouse) => Message::Mouse(mouse),
            Input::Focus(on) => Message::Focus(on),
        }
    }
}

impl<U> From<Signal> for Message<U> {
    fn from(signal: Signal) -> Self {
        match signal {
            Signal::Resize => Message::Resize,
            signal => Message::Signal(signal),
        }
    }
}
