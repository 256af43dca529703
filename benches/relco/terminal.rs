//! A program on a pseudo-terminal, watched with a clock: when which frame stood there, and how many bytes it took.
//!
//! A thread of its own reads and notes the time of every piece, so that what the bench does with one does not delay the
//! next. A frame counts when all of it has arrived. The program's questions to its terminal are answered at once, as a
//! terminal does. Enter at [`Terminal::open`].

use std::fs::File;
use std::io::{Error, Read, Result, Write};
use std::num::NonZeroU16;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use memchr::memmem;
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// The size at which everything is measured.
pub const COLUMNS: u16 = 120;
/// See [`COLUMNS`].
pub const ROWS: u16 = 36;
/// No wait is longer; a machine that is busy with other things is slow, not wrong.
const LIMIT: Duration = Duration::from_secs(120);
/// A frame is between these, where a program says so.
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// A program on a terminal. Dropping it kills the program.
pub struct Terminal {
    /// When the program was started.
    pub began: Instant,
    child: Child,
    keys: File,
    pieces: Receiver<(Instant, Vec<u8>)>,
    reader: Option<JoinHandle<()>>,
    screen: vt100::Parser,
    /// What has arrived of a frame that is not whole.
    partial: Vec<u8>,
    /// Everything that the program wrote so far.
    pub bytes: u64,
}

impl Terminal {
    /// Starts a program on a terminal of its own.
    pub fn open(command: &mut Command) -> Result<Self> {
        let (master, slave) = pair()?;
        let (keys, answers) = (master.try_clone()?, master.try_clone()?);
        let (send, pieces) = channel();
        let reader = std::thread::spawn(move || read(master, answers, &send));
        command.env("TERM", "xterm-256color").stdin(slave.try_clone()?).stdout(slave.try_clone()?).stderr(slave);
        let began = Instant::now();
        let child = command.spawn()?;
        // The command keeps its copies of the terminal open until it is given others.
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let size = |cells| NonZeroU16::new(cells).unwrap_or(NonZeroU16::MIN);
        let screen = vt100::Parser::new(size(ROWS), size(COLUMNS), 0);
        Ok(Self { began, child, keys, pieces, reader: Some(reader), screen, partial: Vec::new(), bytes: 0 })
    }

    /// The program's pid.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Presses a key; gives the time just before.
    pub fn press(&mut self, key: &[u8]) -> Result<Instant> {
        let at = Instant::now();
        self.keys.write_all(key)?;
        Ok(at)
    }

    /// Waits until the screen is as wanted, and gives the time at which the last piece of that frame arrived.
    pub fn until(&mut self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) -> Result<Instant> {
        let end = Instant::now() + LIMIT;
        if wanted(self.screen.screen()) {
            return Ok(Instant::now());
        }
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let Ok((at, piece)) = self.pieces.recv_timeout(left) else {
                return Err(Error::other(format!("waited in vain for {what}:\n{}", self.text())));
            };
            if self.take(&piece) && wanted(self.screen.screen()) {
                return Ok(at);
            }
        }
    }

    /// As [`Self::until`] for at most this long; none when it did not come.
    pub fn within(&mut self, limit: Duration, wanted: impl Fn(&vt100::Screen) -> bool) -> Option<Instant> {
        let end = Instant::now() + limit;
        loop {
            let (at, piece) = self.pieces.recv_timeout(end.saturating_duration_since(Instant::now())).ok()?;
            if self.take(&piece) && wanted(self.screen.screen()) {
                return Some(at);
            }
        }
    }

    /// The next frame, whatever it shows.
    pub fn next_frame(&mut self) -> Result<Instant> {
        self.within(LIMIT, |_| true).ok_or_else(|| Error::other(format!("no frame came:\n{}", self.text())))
    }

    /// Takes what comes for so long.
    pub fn watch(&mut self, time: Duration) {
        let _ = self.within(time, |_| false);
    }

    /// Takes what comes until nothing came for so long.
    pub fn settle(&mut self, quiet: Duration) {
        while self.within(quiet, |_| true).is_some() {}
    }

    /// Looks at the screen.
    pub fn look<T>(&self, at: impl FnOnce(&vt100::Screen) -> T) -> T {
        at(self.screen.screen())
    }

    /// The screen as text.
    pub fn text(&self) -> String {
        self.screen.screen().contents()
    }

    /// Waits for the program to end by itself.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        self.child.wait()
    }

    /// Puts on the screen what is whole; says whether there was anything.
    fn take(&mut self, piece: &[u8]) -> bool {
        self.bytes += piece.len() as u64;
        self.partial.extend_from_slice(piece);
        let begun = memmem::rfind(&self.partial, BEGIN);
        let open = begun.filter(|begun| memmem::rfind(&self.partial, END).is_none_or(|ended| ended < *begun));
        let rest = self.partial.split_off(open.unwrap_or(self.partial.len()));
        self.screen.process(&self.partial);
        let any = !self.partial.is_empty();
        self.partial = rest;
        any
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // One that ended already cannot be killed, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

/// Reads until the last program has let go of the terminal.
fn read(mut from: File, mut answers: File, to: &Sender<(Instant, Vec<u8>)>) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let at = Instant::now();
        let piece = buffer.get(..count).unwrap_or_default().to_vec();
        for (question, answer) in [(&b"\x1b[c"[..], &b"\x1b[?62;22c"[..]), (b"\x1b[6n", b"\x1b[1;1R")] {
            if memmem::find(&piece, question).is_some() {
                let _ = answers.write_all(answer);
            }
        }
        if to.send((at, piece)).is_err() {
            return;
        }
    }
}

/// Whether the screen shows the text.
pub fn shows(text: &str) -> impl Fn(&vt100::Screen) -> bool {
    move |screen| screen.contents().contains(text)
}

/// Reads what a program writes to a terminal into a file, and syncs it: the least that a reader can do.
pub fn bare_reader(command: &mut Command, into: &mut File) -> Result<()> {
    let (mut master, slave) = pair()?;
    command.stdin(slave.try_clone()?).stdout(slave.try_clone()?).stderr(slave);
    let mut child = command.spawn()?;
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut buffer = vec![0; 256 * 1024];
    // When the last user has let go, reading fails instead of giving nothing.
    while let Ok(count @ 1..) = master.read(&mut buffer) {
        into.write_all(buffer.get(..count).unwrap_or_default())?;
    }
    child.wait()?;
    into.sync_all()
}

/// Both ends of a new terminal of the size at which everything is measured.
fn pair() -> Result<(File, File)> {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let name = ptsname(&master, Vec::new())?;
    let name = name.to_str().map_err(Error::other)?;
    let no_ctty = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let slave = File::from(rustix::fs::open(name, no_ctty, Mode::empty())?);
    tcsetwinsize(&slave, Winsize { ws_row: ROWS, ws_col: COLUMNS, ws_xpixel: 0, ws_ypixel: 0 })?;
    Ok((File::from(master), slave))
}
