//! A real program on a real pseudo-terminal: keys in, screen out, as a person has it.
//!
//! Nothing sleeps: every wait is for a thing, with one limit over the whole test. A frame counts as on the screen when
//! all of it has arrived, so no test sees half of one. The program gets the terminal as its controlling one through
//! `setsid --ctty` of util-linux, which needs no unsafe code here. Enter at [`Pty::spawn`].

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use std::num::NonZeroU16;

use regex::Regex;
use relco::tui::keys::{Chord, Code, Key};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Termios, Winsize, tcgetattr, tcsetwinsize};

/// A whole test may take this long; a machine that is busy with other things is slow, not wrong.
const LIMIT: Duration = Duration::from_secs(90);

/// What the terminal heard beside the screen.
#[derive(Default)]
pub struct Heard {
    /// Bells rung.
    pub bells: usize,
    /// The last title set.
    pub title: String,
    /// What was put into the clipboard, base64 as it came.
    pub clipboard: Vec<u8>,
}

impl vt100::Callbacks for Heard {
    fn audible_bell(&mut self, _: &mut vt100::Screen) {
        self.bells += 1;
    }

    fn set_window_title(&mut self, _: &mut vt100::Screen, title: &[u8]) {
        self.title = String::from_utf8_lossy(title).into_owned();
    }

    fn copy_to_clipboard(&mut self, _: &mut vt100::Screen, _: &[u8], data: &[u8]) {
        self.clipboard = data.to_vec();
    }
}

struct Shown {
    parser: vt100::Parser<Heard>,
    /// Everything that the program wrote.
    raw: Vec<u8>,
    /// How much of it is on the screen.
    shown: usize,
}

impl Shown {
    /// Puts on the screen what has arrived whole.
    fn take(&mut self, bytes: &[u8]) {
        const BEGIN: &[u8] = b"\x1b[?2026h";
        const END: &[u8] = b"\x1b[?2026l";
        self.raw.extend_from_slice(bytes);
        let new = &self.raw[self.shown..];
        let begun = rfind(new, BEGIN);
        let open = begun.filter(|begun| rfind(new, END).is_none_or(|ended| ended < *begun));
        let whole = open.unwrap_or(new.len());
        self.parser.process(&new[..whole]);
        self.shown += whole;
    }
}

fn rfind(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).rposition(|window| window == wanted)
}

type Shared = Arc<(Mutex<Shown>, Condvar)>;

/// A program on a terminal. Dropping it kills the program.
pub struct Pty {
    child: Child,
    ended: Option<ExitStatus>,
    master: Option<Arc<OwnedFd>>,
    /// Kept open, so that what the terminal is set to can be read after the program has ended.
    slave: File,
    before: Termios,
    shared: Shared,
    stop: Option<OwnedFd>,
    reader: Option<JoinHandle<()>>,
    until: Instant,
}

impl Pty {
    /// Starts a program on a terminal of so many columns and rows. Of the environment only PATH and what `set` sets
    /// are passed on, beside a TERM and a locale.
    pub fn spawn(program: &Path, columns: u16, rows: u16, set: impl FnOnce(&mut Command)) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let path = Path::new(std::ffi::OsStr::from_bytes(name.as_bytes()));
        let no_ctty = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::CLOEXEC;
        let slave = File::from(rustix::fs::open(path, no_ctty, rustix::fs::Mode::empty()).unwrap());
        tcsetwinsize(&master, winsize(columns, rows)).unwrap();
        let before = tcgetattr(&slave).unwrap();

        let mut command = Command::new("setsid");
        command.arg("--ctty").arg(program).env_clear();
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.env("TERM", "xterm-256color").env("LANG", "C.UTF-8");
        set(&mut command);
        let stream = || slave.try_clone().unwrap();
        command.stdin(stream()).stdout(stream()).stderr(stream());
        let child = command.spawn().expect("setsid of util-linux is needed to give a program a terminal");

        let size = |cells: u16| NonZeroU16::new(cells).unwrap();
        let parser = vt100::Parser::new_with_callbacks(size(rows), size(columns), 0, Heard::default());
        let shared: Shared = Arc::new((Mutex::new(Shown { parser, raw: Vec::new(), shown: 0 }), Condvar::new()));
        let master = Arc::new(master);
        let (stopped, stop) = rustix::pipe::pipe().unwrap();
        let (from, theirs) = (Arc::clone(&master), Arc::clone(&shared));
        let reader = std::thread::spawn(move || read(&from, &stopped, &theirs));
        let (stop, reader) = (Some(stop), Some(reader));
        let until = Instant::now() + LIMIT;
        Self { child, ended: None, master: Some(master), slave, before, shared, stop, reader, until }
    }

    /// Waits until the pattern is on the screen.
    #[track_caller]
    pub fn wait_for(&self, pattern: &str) {
        let pattern = Regex::new(pattern).unwrap();
        self.wait(&format!("{pattern} to be shown"), |shown| pattern.is_match(&screen(shown)));
    }

    /// Waits until the pattern is not on the screen.
    #[track_caller]
    pub fn wait_gone(&self, pattern: &str) {
        let pattern = Regex::new(pattern).unwrap();
        self.wait(&format!("{pattern} to be gone"), |shown| !pattern.is_match(&screen(shown)));
    }

    /// Waits for the screen to be as wanted.
    #[track_caller]
    pub fn wait_until(&self, what: &str, wanted: impl Fn(&vt100::Screen, &Heard) -> bool) {
        self.wait(what, |shown| wanted(shown.parser.screen(), shown.parser.callbacks()));
    }

    #[track_caller]
    fn wait(&self, what: &str, wanted: impl Fn(&Shown) -> bool) {
        let mut shown = self.lock();
        while !wanted(&shown) {
            let left = self.until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                panic!("waited in vain for {what}; the screen:\n{}", screen(&shown));
            }
            shown = self.shared.1.wait_timeout(shown, left).unwrap().0;
        }
    }

    /// The rows of the screen, without spaces at their ends.
    pub fn screen(&self) -> String {
        screen(&self.lock())
    }

    /// Looks at the screen cell by cell.
    pub fn look<T>(&self, at: impl FnOnce(&vt100::Screen, &Heard) -> T) -> T {
        let shown = self.lock();
        at(shown.parser.screen(), shown.parser.callbacks())
    }

    /// Everything that the program wrote so far.
    pub fn raw(&self) -> Vec<u8> {
        self.lock().raw.clone()
    }

    /// How many frames the program drew so far.
    pub fn frames(&self) -> usize {
        frames(&self.lock())
    }

    /// Waits until the program drew so many frames in all.
    #[track_caller]
    pub fn wait_frames(&self, wanted: usize) {
        self.wait(&format!("{wanted} frames"), |shown| frames(shown) >= wanted);
    }

    /// Presses keys by name, one after the other.
    pub fn press(&self, keys: &str) {
        let chord: Chord = keys.parse().unwrap();
        for key in chord.keys() {
            self.write(&bytes_of(*key));
        }
    }

    /// Types text as it stands.
    pub fn type_text(&self, text: &str) {
        self.write(text.as_bytes());
    }

    /// Pastes text, as a terminal with bracketed paste does.
    pub fn paste(&self, text: &str) {
        self.write(format!("\x1b[200~{text}\x1b[201~").as_bytes());
    }

    /// Sends bytes as if the terminal sent them.
    pub fn write(&self, mut bytes: &[u8]) {
        let master = self.master.as_ref().expect("the terminal was hung up");
        while !bytes.is_empty() {
            let written = rustix::io::write(master, bytes).unwrap();
            bytes = &bytes[written..];
        }
    }

    /// Changes the size of the terminal.
    pub fn resize(&self, columns: u16, rows: u16) {
        let size = |cells: u16| NonZeroU16::new(cells).unwrap();
        self.lock().parser.set_size(size(rows), size(columns));
        tcsetwinsize(self.master.as_ref().unwrap(), winsize(columns, rows)).unwrap();
    }

    /// Sends a signal to the program.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// The program's process id.
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Takes the terminal away, as when the window is closed or the connection breaks.
    pub fn hang_up(&mut self) {
        self.end_reader();
        self.master = None;
    }

    /// Waits for the program to end.
    #[track_caller]
    pub fn wait_exit(&mut self) -> ExitStatus {
        if let Some(status) = self.ended {
            return status;
        }
        let process = pidfd_open(self.pid(), PidfdFlags::empty()).unwrap();
        loop {
            let left = Timespec::try_from(self.until.saturating_duration_since(Instant::now())).unwrap();
            let mut fds = [PollFd::new(&process, PollFlags::IN)];
            match poll(&mut fds, Some(&left)) {
                Ok(0) => panic!("the program does not end; the screen:\n{}", self.screen()),
                Ok(_) => break,
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => panic!("{error}"),
            }
        }
        let status = self.child.wait().unwrap();
        self.ended = Some(status);
        status
    }

    /// Waits for the program to end by itself and compares its exit code.
    #[track_caller]
    pub fn expect_exit(&mut self, code: i32) {
        let status = self.wait_exit();
        assert_eq!(status.code(), Some(code), "{status}; the screen:\n{}", self.screen());
    }

    /// Waits for the program to end by this signal.
    #[track_caller]
    pub fn expect_signal(&mut self, signal: Signal) {
        let status = self.wait_exit();
        assert_eq!(status.signal(), Some(signal.as_raw()), "{status}; the screen:\n{}", self.screen());
    }

    /// Asserts that the terminal is as it was before the program: its settings, and every mode that was switched on.
    #[track_caller]
    pub fn expect_restored(&self) {
        let after = tcgetattr(&self.slave).unwrap();
        let settings = |t: &Termios| (t.input_modes, t.output_modes, t.control_modes, t.local_modes);
        assert_eq!(settings(&after), settings(&self.before), "the terminal's settings");
        self.wait("the terminal to be restored", |shown| left_on(&shown.raw).is_empty() && !shown.raw.is_empty());
        self.look(|screen, _| {
            assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste());
            assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
            assert!(!screen.bold() && !screen.inverse() && screen.fgcolor() == vt100::Color::Default);
        });
    }

    fn end_reader(&mut self) {
        drop(self.stop.take());
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.shared.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        if self.ended.is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        self.end_reader();
    }
}

fn read(master: &OwnedFd, stopped: &OwnedFd, shared: &Shared) {
    let mut buffer = [0u8; 65536];
    loop {
        let mut fds = [PollFd::new(master, PollFlags::IN), PollFd::new(stopped, PollFlags::IN)];
        if poll(&mut fds, None).is_err() {
            continue;
        }
        let stop = !fds[1].revents().is_empty();
        if !fds[0].revents().is_empty() {
            match rustix::io::read(master.as_fd(), &mut buffer) {
                Ok(0) | Err(_) => return,
                Ok(count) => {
                    shared.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take(&buffer[..count]);
                    shared.1.notify_all();
                    continue;
                }
            }
        }
        if stop {
            return;
        }
    }
}

fn frames(shown: &Shown) -> usize {
    shown.raw[..shown.shown].windows(8).filter(|window| *window == b"\x1b[?2026l").count()
}

fn screen(shown: &Shown) -> String {
    let screen = shown.parser.screen();
    let rows = screen.rows(0, screen.size().1.get()).map(|row| row.trim_end().to_owned());
    rows.collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

/// The private modes that were switched on and not off again; the cursor counts when it was hidden.
fn left_on(raw: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(raw);
    let mut modes: std::collections::BTreeMap<String, bool> = std::collections::BTreeMap::new();
    for found in Regex::new("\x1b\\[\\?([0-9]+)([hl])").unwrap().captures_iter(&text) {
        // 1047 is the other screen as 1049 is, without the cursor.
        let mode = if &found[1] == "1047" { "1049" } else { &found[1] };
        modes.insert(mode.to_owned(), (&found[2] == "h") != (mode == "25"));
    }
    let titles = text.matches("\x1b[22;0t").count() != text.matches("\x1b[23;0t").count();
    let on = modes.into_iter().filter(|(_, on)| *on).map(|(mode, _)| mode);
    on.chain(titles.then(|| "title".to_owned())).collect()
}

fn winsize(columns: u16, rows: u16) -> Winsize {
    Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}

/// What a terminal sends for a key. Esc is sent in the form that needs no silence after it to be told from the
/// beginning of a sequence; [`Pty::write`] sends the lone byte.
fn bytes_of(key: Key) -> Vec<u8> {
    let plain = match key.code {
        Code::Char(c) if key.ctrl => vec![(c.to_ascii_uppercase() as u8) & 0x1f],
        Code::Char(c) => c.to_string().into_bytes(),
        Code::Enter => b"\r".to_vec(),
        Code::Esc => b"\x1b[27u".to_vec(),
        Code::Tab => b"\t".to_vec(),
        Code::BackTab => b"\x1b[Z".to_vec(),
        Code::Backspace => b"\x7f".to_vec(),
        Code::Insert => b"\x1b[2~".to_vec(),
        Code::Delete => b"\x1b[3~".to_vec(),
        Code::PageUp => b"\x1b[5~".to_vec(),
        Code::PageDown => b"\x1b[6~".to_vec(),
        Code::Up | Code::Down | Code::Right | Code::Left | Code::Home | Code::End => {
            let letter = match key.code {
                Code::Up => 'A',
                Code::Down => 'B',
                Code::Right => 'C',
                Code::Left => 'D',
                Code::End => 'F',
                _ => 'H',
            };
            let modifiers = 1 + u8::from(key.shift) + 2 * u8::from(key.alt) + 4 * u8::from(key.ctrl);
            return if modifiers == 1 { format!("\x1b[{letter}") } else { format!("\x1b[1;{modifiers}{letter}") }
                .into_bytes();
        }
        Code::F(n @ 1..=4) => vec![0x1b, b'O', b'O' + n],
        Code::F(n) => {
            let number = [0, 11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24][usize::from(n.min(12))];
            format!("\x1b[{number}~").into_bytes()
        }
    };
    if key.alt { [b"\x1b".as_slice(), &plain].concat() } else { plain }
}
