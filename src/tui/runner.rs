//! The main loop: one thread owns terminal and state, everything arrives on one channel, and only what changed is
//! drawn. At rest it waits for a message and nothing else runs.
//!
//! Enter at [`run`].

use std::io;
use std::os::fd::AsFd;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use rustix::stdio;

use super::app::{App, Now, Out, Then};
use super::event::Message;
use super::keys::Key;
use super::reader::{Found, Reader};
use super::signals::{Signal, Signals};
use super::terminal::{Terminal, TerminalError, Wants, modes, suspend};

/// Nobody sees more frames than this; a person's key is drawn at once all the same.
const FRAME: Duration = Duration::from_millis(16);
/// So many messages are handled before a frame that is due is drawn.
const BATCH: usize = 512;

/// How the cockpit closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// The person wanted it.
    Quit,
    /// A signal wanted it; the program should end by the same signal, see [`super::signals::end_by`].
    Signal(i32),
    /// The terminal is gone.
    Gone,
}

/// Why the cockpit could not go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// It never opened.
    #[error(transparent)]
    Terminal(#[from] TerminalError),
    /// A thread panicked; its message was printed.
    #[error("a part of the cockpit failed")]
    Panicked,
    /// Signals or keys cannot be read.
    #[error("the cockpit cannot listen: {0}")]
    Listen(#[source] io::Error),
}

/// Runs the cockpit on the terminal until it closes. `send` is another end of `messages`, on which keys and signals
/// will come; the session has its own.
///
/// # Errors
/// If the terminal cannot be claimed, or a part of the cockpit panicked. The terminal is given back in every case.
pub fn run<A: App>(
    app: &mut A,
    wants: Wants,
    send: &Sender<Message<A::Update>>,
    messages: &Receiver<Message<A::Update>>,
) -> Result<Exit, RunError> {
    let terminal = Terminal::claim(wants)?;
    let (keys, signals, panics) = (send.clone(), send.clone(), send.clone());
    modes::on_panic(Some(Box::new(move || {
        let _ = panics.send(Message::Signal(Signal::Panicked));
    })));
    let signals = Signals::start(move |signal| {
        let _ = signals.send(Message::from(signal));
    })
    .map_err(RunError::Listen)?;
    let input = stdio::stdin().as_fd().try_clone_to_owned().map_err(RunError::Listen)?;
    let reader = Reader::start(input, move |found| {
        let message = match found {
            Found::Input(input) => Message::from(input),
            Found::Gone => Message::Signal(Signal::Gone),
        };
        keys.send(message).is_ok()
    })
    .map_err(RunError::Listen)?;
    let mut running = Running { app, terminal, reader, signals, frame: Pace::default(), exit: None };
    let ended = running.until_it_ends(messages);
    modes::on_panic(None);
    ended
}

struct Running<'a, A: App> {
    app: &'a mut A,
    // Before the threads: the terminal is given back first.
    terminal: Terminal,
    reader: Reader,
    signals: Signals,
    frame: Pace,
    exit: Option<Exit>,
}

impl<A: App> Running<'_, A> {
    fn until_it_ends(&mut self, messages: &Receiver<Message<A::Update>>) -> Result<Exit, RunError> {
        self.frame.wanted(true);
        self.take_in(messages);
        loop {
            if modes::panicked() {
                return Err(RunError::Panicked);
            }
            if let Some(exit) = self.exit {
                return Ok(exit);
            }
            let now = Now::read();
            if self.frame.take(now.mono) {
                let drawn = self.terminal.draw(|frame| self.app.draw(frame, now));
                self.gone_if(drawn);
                continue;
            }
            match self.next(messages, now) {
                Some(message) => self.handle(message),
                None => self.handle(Message::Tick),
            }
            self.take_in(messages);
        }
    }

    /// Takes in what is there already.
    fn take_in(&mut self, messages: &Receiver<Message<A::Update>>) {
        for _ in 0..BATCH {
            match messages.try_recv() {
                Ok(message) if self.exit.is_none() => self.handle(message),
                Ok(_) | Err(_) => break,
            }
        }
    }

    /// Waits for the next message; `None` when a time has come.
    fn next(&self, messages: &Receiver<Message<A::Update>>, now: Now) -> Option<Message<A::Update>> {
        // A time that has passed already must not keep the loop spinning.
        let asked = self.app.wake_at(now).map(|at| at.max(now.mono + Duration::from_millis(1)));
        let until = [asked, self.frame.due()].into_iter().flatten().min();
        let waited = match until {
            Some(until) => messages.recv_timeout(until.saturating_duration_since(now.mono)),
            None => messages.recv().map_err(RecvTimeoutError::from),
        };
        waited.ok()
    }

    fn handle(&mut self, message: Message<A::Update>) {
        match message {
            Message::Key(key) if key == Key::ctrl('z') => return self.suspend(),
            Message::Signal(Signal::Suspend) => return self.suspend(),
            Message::Signal(Signal::Continue) => return self.claim_again(),
            Message::Signal(Signal::Terminate(number)) => self.exit = Some(Exit::Signal(number)),
            Message::Signal(Signal::Gone) => self.exit = Some(Exit::Gone),
            Message::Resize => self.frame.wanted(true),
            _ => {}
        }
        let input = message.is_input();
        let step = self.app.handle(message, Now::read());
        if step.redraw {
            self.frame.wanted(input);
        }
        for out in step.out {
            let done = match out {
                Out::Bell => self.terminal.bell(),
                Out::Title(title) => self.terminal.set_title(&title),
                Out::Copy(text) => self.terminal.copy(&text).map(|_| ()),
                Out::Mouse(on) => self.terminal.set_mouse(on),
            };
            self.gone_if(done);
        }
        match step.then {
            Then::GoOn => {}
            Then::Quit => self.exit = Some(Exit::Quit),
            Then::Outside => self.outside(),
        }
    }

    fn suspend(&mut self) {
        if !suspend::possible() {
            let rung = self.terminal.bell();
            return self.gone_if(rung);
        }
        self.reader.pause();
        self.terminal.release();
        // If it cannot stop, it goes on as if it had been continued at once.
        let _ = self.signals.stopped(suspend::stop);
        self.claim_again();
        self.reader.resume();
    }

    fn outside(&mut self) {
        self.reader.pause();
        self.signals.outside(true);
        self.terminal.release();
        self.app.outside();
        self.claim_again();
        self.signals.outside(false);
        self.reader.resume();
    }

    fn claim_again(&mut self) {
        let claimed = self.terminal.reclaim();
        self.gone_if(claimed);
        self.frame.wanted(true);
    }

    fn gone_if(&mut self, done: io::Result<()>) {
        if done.is_err() {
            self.exit = Some(Exit::Gone);
        }
    }
}

/// When the next frame is drawn.
#[derive(Debug, Default)]
struct Pace {
    wanted: bool,
    at_once: bool,
    drawn_at: Option<Instant>,
}

impl Pace {
    fn wanted(&mut self, at_once: bool) {
        self.wanted = true;
        self.at_once |= at_once;
    }

    /// When the frame that is wanted may be drawn.
    fn due(&self) -> Option<Instant> {
        self.drawn_at.filter(|_| self.wanted).map(|at| at + FRAME)
    }

    /// True if a frame is to be drawn now; it counts as drawn then.
    fn take(&mut self, now: Instant) -> bool {
        let draw = self.wanted && (self.at_once || self.due().is_none_or(|due| now >= due));
        if draw {
            // A key's frame does not hold up what follows from the key; the first frame does not hold up the record.
            let drawn_at = if self.at_once { self.drawn_at } else { Some(now) };
            *self = Self { drawn_at, ..Self::default() };
        }
        draw
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_paced_and_a_key_is_not() {
        let (now, mut pace) = (Instant::now(), Pace::default());
        assert!(!pace.take(now), "nothing changed");
        pace.wanted(false);
        assert!(pace.take(now));
        pace.wanted(false);
        assert!(!pace.take(now + FRAME / 2));
        assert_eq!(pace.due(), Some(now + FRAME));
        pace.wanted(true);
        assert!(pace.take(now + FRAME / 2), "a key does not wait");
        assert_eq!(pace.due(), None);
        pace.wanted(false);
        assert_eq!(pace.due(), Some(now + FRAME), "what a key did is not held up by the key's own frame");
        assert!(pace.take(now + FRAME));
        pace.wanted(false);
        assert!(!pace.take(now + FRAME) && pace.take(now + FRAME * 2));
    }
}
