//! What is switched on at the terminal, and its way back: process-wide, because the terminal is.
//!
//! Never allocates much, never panics, and may be called from any thread. Modes go off in the reverse order of going
//! on, at most once. Enter at [`claim`] and [`leave`].

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::stdio;
use rustix::termios::{OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcsetattr};

/// Which modes are wanted beside those that a full-screen program always needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wants {
    /// Wheel and click come as input.
    pub mouse: bool,
    /// The window's title may be changed. Off on terminals that would print it.
    pub title: bool,
}

struct Held {
    before: Termios,
    wants: Wants,
}

/// Held for moments only, so that a way out never waits for it.
static HELD: Mutex<Option<Held>> = Mutex::new(None);
/// Held while bytes are written, which a terminal that takes none can make long.
static TURN: Mutex<()> = Mutex::new(());
static ON_PANIC: Mutex<Option<Box<dyn Fn() + Send>>> = Mutex::new(None);
static PANICKED: AtomicBool = AtomicBool::new(false);

/// A mode that is on while the terminal is held.
struct Mode {
    on: &'static str,
    /// What sets it again when it should be on already.
    again: &'static str,
    off: &'static str,
    wanted: fn(Wants) -> bool,
}

const fn mode(on: &'static str, off: &'static str, wanted: fn(Wants) -> bool) -> Mode {
    Mode { on, again: on, off, wanted }
}

/// In the order in which they go on.
const MODES: &[Mode] = &[
    // The title is saved on the terminal's own stack, once.
    Mode { again: "", ..mode("\x1b[22;0t", "\x1b[23;0t", |wants| wants.title) },
    // Another screen, so that the shell's one comes back as it was. To save the cursor a second time would lose where
    // it stood on the first.
    Mode { again: "\x1b[?1047h", ..mode("\x1b[?1049h", "\x1b[?1049l", |_| true) },
    // Pasted text is marked, so that it never looks like keys.
    mode("\x1b[?2004h", "\x1b[?2004l", |_| true),
    // Focus is told, so that the bell stays silent while somebody looks.
    mode("\x1b[?1004h", "\x1b[?1004l", |_| true),
    mode(MOUSE_ON, MOUSE_OFF, |wants| wants.mouse),
    mode("\x1b[?25l", "\x1b[?25h", |_| true),
    // Left over from a frame that was cut off: a synchronised update, a style.
    mode("", "\x1b[?2026l\x1b[0m", |_| true),
];

const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1000l";

/// Sets raw mode and switches the modes on; if they are on already, sets them again.
///
/// # Errors
/// If the terminal refuses; what was switched on is off again then.
pub fn claim(wants: Wants) -> io::Result<()> {
    let (before, again) = match lock(&HELD).take() {
        Some(held) => (held.before, true),
        None => (tcgetattr(stdio::stdin())?, false),
    };
    let mut raw = before.clone();
    raw.make_raw();
    *lock(&HELD) = Some(Held { before, wants });
    let wanted = MODES.iter().filter(|mode| (mode.wanted)(wants));
    let on: String = wanted.map(|mode| if again { mode.again } else { mode.on }).collect();
    let claimed = tcsetattr(stdio::stdin(), OptionalActions::Now, &raw).map_err(io::Error::from);
    let claimed = claimed.and_then(|()| write(on.as_bytes()));
    if claimed.is_err() {
        leave();
    }
    claimed
}

/// Switches everything off and gives the terminal back as it was; true if it was held.
pub fn leave() -> bool {
    let Some(held) = lock(&HELD).take() else { return false };
    // Waits for a frame that is being written, or its rest would come after the way back.
    let _turn = lock(&TURN);
    undo(&held, None);
    true
}

/// Like [`leave`], but waits neither for a frame that is being written nor for a terminal that takes no bytes.
pub fn leave_in_a_hurry() -> bool {
    let Some(held) = lock(&HELD).take() else { return false };
    match TURN.try_lock() {
        Ok(_turn) => undo(&held, Some(Timespec::default())),
        Err(_) => undo_input(&held),
    }
    true
}

/// True while the terminal is held.
pub fn held() -> bool {
    lock(&HELD).is_some()
}

/// True once any thread has panicked while the hook was installed.
pub fn panicked() -> bool {
    PANICKED.load(Ordering::SeqCst)
}

/// Writes to the held terminal; dropped in silence if it is not held, so that nothing ever draws over a shell.
///
/// # Errors
/// If the terminal is gone.
pub fn write(bytes: &[u8]) -> io::Result<()> {
    let _turn = lock(&TURN);
    if held() { write_all(bytes, None) } else { Ok(()) }
}

/// Switches the mouse on or off while the terminal is held.
///
/// # Errors
/// If the terminal is gone.
pub fn set_mouse(on: bool) -> io::Result<()> {
    if let Some(held) = lock(&HELD).as_mut() {
        held.wants.mouse = on;
    }
    write(if on { MOUSE_ON } else { MOUSE_OFF }.as_bytes())
}

/// Makes a panic in any thread give the terminal back before its message is printed. The hook that was there before
/// prints it.
pub fn install_panic_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let print = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let was_held = leave();
            PANICKED.store(true, Ordering::SeqCst);
            print(info);
            if was_held && let Some(tell) = lock(&ON_PANIC).as_ref() {
                tell();
            }
        }));
    });
}

/// What is called after a panic, from the thread that panicked: wakes the main thread so that it can end.
pub fn on_panic(tell: Option<Box<dyn Fn() + Send>>) {
    *lock(&ON_PANIC) = tell;
}

fn undo(held: &Held, wait: Option<Timespec>) {
    let off: String = MODES.iter().rev().filter(|mode| (mode.wanted)(held.wants)).map(|mode| mode.off).collect();
    // Whatever fails here, the rest is tried all the same: there is nobody left to tell.
    let _ = write_all(off.as_bytes(), wait.as_ref());
    undo_input(held);
}

fn undo_input(held: &Held) {
    if held.wants.mouse {
        // A movement of the mouse that is under way would be typed into the shell.
        let _ = tcflush(stdio::stdin(), QueueSelector::IFlush);
    }
    let _ = tcsetattr(stdio::stdin(), OptionalActions::Now, &held.before);
}

/// Writes everything, also to a terminal that somebody else made non-blocking. With `wait`, gives up when the terminal
/// takes nothing for that long.
fn write_all(mut bytes: &[u8], wait: Option<&Timespec>) -> io::Result<()> {
    let out = stdio::stdout();
    while !bytes.is_empty() {
        if wait.is_some() && !writable(wait)? {
            return Err(io::ErrorKind::TimedOut.into());
        }
        match rustix::io::write(out, bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                writable(wait)?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn writable(wait: Option<&Timespec>) -> io::Result<bool> {
    let mut fds = [PollFd::from_borrowed_fd(stdio::stdout(), PollFlags::OUT)];
    match poll(&mut fds, wait) {
        Ok(ready) => Ok(ready > 0),
        Err(Errno::INTR) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// A lock whose holder panicked is still good: every change under it is whole before anything can panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
