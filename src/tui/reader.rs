//! The thread that reads the terminal: bytes in, [`Input`] out, until it is told to pause or the terminal is gone.
//!
//! While it is paused it reads nothing, so that an editor gets every key and every answer of the terminal.
//! Enter at [`Reader::start`].

use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::decode::{Decoder, Input};

/// What the thread found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Found {
    /// A person did something.
    Input(Input),
    /// The terminal is gone; nothing will follow.
    Gone,
}

#[derive(Debug, Default)]
struct Wish {
    paused: bool,
    stop: bool,
    /// The thread does not read: it is paused, or it has ended.
    still: bool,
}

#[derive(Debug, Default)]
struct Shared {
    wish: Mutex<Wish>,
    changed: Condvar,
}

/// The reading thread. Dropping it ends the thread.
#[derive(Debug)]
pub struct Reader {
    shared: Arc<Shared>,
    wake: OwnedFd,
    thread: Option<JoinHandle<()>>,
}

impl Reader {
    /// Starts to read. `send` returns false when nobody listens any more.
    ///
    /// # Errors
    /// If the pipe or the thread cannot be made.
    pub fn start(terminal: OwnedFd, send: impl Fn(Found) -> bool + Send + 'static) -> io::Result<Self> {
        let (woken, wake) = rustix::pipe::pipe()?;
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("keys".to_owned()).spawn(move || {
            read(&terminal, &woken, &theirs, &send);
            let mut wish = lock(&theirs.wish);
            wish.still = true;
            theirs.changed.notify_all();
        })?;
        Ok(Self { shared, wake, thread: Some(thread) })
    }

    /// Returns when the thread does not read any more.
    pub fn pause(&self) {
        let mut wish = lock(&self.shared.wish);
        wish.paused = true;
        self.wake();
        while !wish.still {
            wish = self.shared.changed.wait(wish).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Lets the thread read again.
    pub fn resume(&self) {
        lock(&self.shared.wish).paused = false;
        self.shared.changed.notify_all();
    }

    fn wake(&self) {
        // A full pipe wakes as well as one more byte would.
        let _ = rustix::io::write(&self.wake, &[0]);
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        lock(&self.shared.wish).stop = true;
        self.wake();
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn read(terminal: &OwnedFd, woken: &OwnedFd, shared: &Shared, send: &impl Fn(Found) -> bool) {
    let (mut decoder, mut buffer, mut inputs) = (Decoder::default(), [0u8; 4096], Vec::new());
    while go_on(shared) {
        let wait = decoder.undecided().and_then(|wait| Timespec::try_from(wait).ok());
        let mut fds = [PollFd::new(terminal, PollFlags::IN), PollFd::new(woken, PollFlags::IN)];
        let ready = match poll(&mut fds, wait.as_ref()) {
            Ok(0) => {
                decoder.silence(&mut inputs);
                (false, false)
            }
            Ok(_) => {
                let [terminal, woken] = fds.each_ref().map(|fd| !fd.revents().is_empty());
                (terminal, woken)
            }
            Err(Errno::INTR) => (false, false),
            Err(_) => {
                send(Found::Gone);
                return;
            }
        };
        if ready.1 {
            // Whatever woke it stands in the wish, which is looked at before anything is read.
            let _ = rustix::io::read(woken, &mut buffer);
            continue;
        }
        if ready.0 {
            match rustix::io::read(terminal, &mut buffer) {
                Ok(0) => {
                    send(Found::Gone);
                    return;
                }
                Ok(count) => decoder.feed(buffer.get(..count).unwrap_or_default(), &mut inputs),
                Err(Errno::INTR | Errno::AGAIN) => {}
                Err(_) => {
                    send(Found::Gone);
                    return;
                }
            }
        }
        for input in inputs.drain(..) {
            if !send(Found::Input(input)) {
                return;
            }
        }
    }
}

/// Waits while paused; false if the thread should end.
fn go_on(shared: &Shared) -> bool {
    let mut wish = lock(&shared.wish);
    while wish.paused && !wish.stop {
        wish.still = true;
        shared.changed.notify_all();
        wish = shared.changed.wait(wish).unwrap_or_else(PoisonError::into_inner);
    }
    wish.still = false;
    !wish.stop
}

fn lock(wish: &Mutex<Wish>) -> MutexGuard<'_, Wish> {
    wish.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keys::Key;
    use std::sync::mpsc::{Receiver, channel};

    fn start() -> (Reader, OwnedFd, Receiver<Found>) {
        let (reading, writing) = rustix::pipe::pipe().unwrap();
        let (send, found) = channel();
        let reader = Reader::start(reading, move |each| send.send(each).is_ok()).unwrap();
        (reader, writing, found)
    }

    fn key(c: char) -> Found {
        Found::Input(Input::Key(Key::char(c)))
    }

    #[test]
    fn keys_arrive_and_the_end_is_told() {
        let (_reader, terminal, found) = start();
        rustix::io::write(&terminal, b"ab").unwrap();
        assert_eq!([found.recv().unwrap(), found.recv().unwrap()], [key('a'), key('b')]);
        rustix::io::write(&terminal, b"\x1b").unwrap();
        assert_eq!(found.recv().unwrap(), Found::Input(Input::Key("esc".parse().unwrap())), "after a silence");
        drop(terminal);
        assert_eq!(found.recv().unwrap(), Found::Gone);
    }

    #[test]
    fn while_paused_every_byte_is_left_to_others() {
        let (reader, terminal, found) = start();
        for _ in 0..50 {
            reader.pause();
            rustix::io::write(&terminal, b"x").unwrap();
            reader.pause();
            reader.resume();
            assert_eq!(found.recv().unwrap(), key('x'));
        }
        reader.pause();
        rustix::io::write(&terminal, b"y").unwrap();
        drop(reader);
        assert!(found.try_recv().is_err(), "a paused reader that ends has read nothing");
    }

    #[test]
    fn pausing_a_reader_that_has_ended_returns() {
        let (reader, terminal, found) = start();
        drop(terminal);
        assert_eq!(found.recv().unwrap(), Found::Gone);
        reader.pause();
        reader.resume();
    }

    #[test]
    fn a_burst_larger_than_any_buffer_arrives_whole() {
        let (_reader, terminal, found) = start();
        let writer = std::thread::spawn(move || {
            for _ in 0..100 {
                let mut bytes: &[u8] = &[b'k'; 5000];
                while !bytes.is_empty() {
                    let written = rustix::io::write(&terminal, bytes).unwrap();
                    bytes = &bytes[written..];
                }
            }
        });
        for _ in 0..500_000 {
            assert_eq!(found.recv().unwrap(), key('k'));
        }
        writer.join().unwrap();
        assert_eq!(found.recv().unwrap(), Found::Gone);
    }
}
