//! The terminal is given back on every way out, and what reaches it is right byte for byte.
//!
//! The program on the terminal is this test binary itself, running [`probe`]: a small app on the cockpit's runner.

use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc::channel;
use std::time::Instant;

use ratatui::Frame;
use relco::tui::app::{App, Now, Out, Step};
use relco::tui::event::Message;
use relco::tui::keys::{Code, Key};
use relco::tui::paint;
use relco::tui::runner::{self, Exit};
use relco::tui::signals;
use relco::tui::terminal::Wants;
use relco::tui::theme::{Role, Surroundings, Theme};
use rustix::process::Signal;

use crate::support::pty::Pty;

const PROBE: &str = "RELCO_TEST_PROBE";

/// Counts presses of `+` and shows what it was told.
struct Counter {
    count: usize,
    said: String,
    focus: bool,
    theme: Theme,
}

impl App for Counter {
    type Update = ();

    fn handle(&mut self, message: Message<()>, _: Now) -> Step {
        match message {
            Message::Key(key) => return self.key(key),
            Message::Paste(text) => self.said = format!("pasted {text:?}"),
            Message::Mouse(mouse) => self.said = format!("{:?} at {},{}", mouse.kind, mouse.column, mouse.row),
            Message::Focus(on) => self.focus = on,
            Message::Resize | Message::Signal(_) | Message::Session(()) | Message::Tick => {}
        }
        Step::redraw()
    }

    fn draw(&mut self, frame: &mut Frame<'_>, _: Now) {
        let area = frame.area();
        let said = format!("{}x{} count {} {}", area.width, area.height, self.count, self.said);
        let rows = [("ready", Role::Text), (said.as_str(), Role::Ok), ("selected", Role::Selection)];
        for (y, (text, role)) in (0..).zip(rows) {
            paint::put(frame.buffer_mut(), area, 0, y, text, self.theme.style(role));
            paint::put(frame.buffer_mut(), area, 50, y, "failed", self.theme.style(Role::Failed));
        }
    }

    fn wake_at(&self, _: Now) -> Option<Instant> {
        None
    }

    fn outside(&mut self) {
        let line = "echo outside; read line; echo took $line; read line";
        let status = Command::new("sh").args(["-c", line]).status().unwrap();
        self.said = format!("back with {status}");
    }
}

impl Counter {
    fn key(&mut self, key: Key) -> Step {
        match key.code {
            Code::Char('q') => return Step::quit(),
            Code::Char('p') => panic!("the app failed on purpose"),
            Code::Char('t') => {
                std::thread::spawn(|| panic!("a thread failed on purpose"));
            }
            Code::Char('o') => return Step::outside(),
            Code::Char('b') => return Step::quiet().and(Out::Bell).and(Out::Title("harbor 1.3.0".to_owned())),
            Code::Char('y') => return Step::quiet().and(Out::Copy("copied".to_owned())),
            Code::Char('m') => return Step::quiet().and(Out::Mouse(false)),
            Code::Char('+') => self.count += 1,
            Code::Esc => self.said = "esc".to_owned(),
            _ => return Step::quiet(),
        }
        Step::redraw()
    }
}

/// Not a test of its own: does nothing unless another test starts it on a terminal.
#[test]
fn probe() {
    if std::env::var_os(PROBE).is_none() {
        return;
    }
    let theme = Theme::pick(&Surroundings::read(|name| std::env::var(name).ok()));
    let mut app = Counter { count: 0, said: String::new(), focus: true, theme };
    let (send, messages) = channel();
    match runner::run(&mut app, Wants { mouse: true, title: true }, &send, &messages) {
        Ok(Exit::Quit) => println!("quit after {}", app.count),
        Ok(Exit::Signal(number)) => {
            println!("ends by {number}");
            signals::end_by(number);
        }
        Ok(Exit::Gone) => std::process::exit(7),
        Err(error) => {
            println!("error: {error}");
            std::process::exit(8);
        }
    }
}

fn this_program() -> PathBuf {
    std::env::current_exe().unwrap()
}

fn start_with(set: impl FnOnce(&mut Command)) -> Pty {
    let pty = Pty::spawn(&this_program(), 80, 24, |command| {
        command.args(["--exact", "terminal::probe", "--nocapture"]).env(PROBE, "1");
        set(command);
    });
    pty.wait_for("80x24 count 0");
    pty
}

/// Under a shell that continues the program at once when it is stopped.
fn under_a_shell() -> Pty {
    let program = format!("'{}' --exact terminal::probe --nocapture", this_program().display());
    let script = format!("{program}; echo now-stopped; fg; echo the-end");
    let pty = Pty::spawn("/bin/sh".as_ref(), 80, 24, |command| {
        command.args(["-m", "-c", &script]).env(PROBE, "1");
    });
    pty.wait_for("count 0");
    pty
}

fn start() -> Pty {
    start_with(|_| {})
}

#[test]
fn quitting_gives_the_terminal_back() {
    let mut pty = start();
    pty.press("+ +");
    pty.wait_for("count 2");
    pty.look(|screen, _| assert!(screen.alternate_screen() && screen.hide_cursor() && screen.bracketed_paste()));
    pty.press("q");
    pty.expect_exit(0);
    pty.wait_for("quit after 2");
    assert!(!pty.screen().contains("ready"), "the shell's screen is back");
    pty.expect_restored();
}

#[test]
fn a_panic_gives_the_terminal_back_before_it_speaks() {
    let mut pty = start();
    pty.press("p");
    pty.expect_exit(101);
    pty.wait_for("the app failed on purpose");
    pty.expect_restored();
}

#[test]
fn a_panic_in_any_thread_ends_the_cockpit() {
    let mut pty = start();
    pty.press("t");
    pty.expect_exit(8);
    pty.wait_for("a thread failed on purpose");
    pty.wait_for("error: a part of the cockpit failed");
    pty.expect_restored();
}

#[test]
fn signals_end_it_in_order_and_are_told_to_the_parent() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let mut pty = start();
        pty.signal(signal);
        pty.expect_signal(signal);
        pty.wait_for(&format!("ends by {}", signal.as_raw()));
        pty.expect_restored();
    }
}

#[test]
fn a_terminal_that_goes_away_ends_it() {
    let mut pty = start();
    pty.hang_up();
    let status = pty.wait_exit();
    // Whichever is noticed first: the hang-up signal, or the end of the keys.
    let by_signal = std::os::unix::process::ExitStatusExt::signal(&status) == Some(Signal::HUP.as_raw());
    assert!(by_signal || status.code() == Some(7) || status.code() == Some(101), "{status}");
}

#[test]
fn ctrl_z_stops_it_and_the_shell_continues_it() {
    let mut pty = under_a_shell();
    pty.press("+ ctrl-z");
    // The shell runs on only when the job is stopped, and continues it at once.
    pty.wait_for("count 1");
    pty.press("+");
    pty.wait_for("80x24 count 2");
    let raw = String::from_utf8_lossy(&pty.raw()).into_owned();
    let (before, after) = raw.split_once("now-stopped").expect("the shell had the terminal in between");
    assert!(before.trim_end().contains("\x1b[?1049l") && after.contains("\x1b[?1049h"));
    pty.press("q");
    pty.wait_for("quit after 2");
    pty.wait_for("the-end");
    pty.expect_exit(0);
    pty.expect_restored();
}

#[test]
fn without_a_shell_ctrl_z_only_rings() {
    let mut pty = start();
    pty.press("ctrl-z");
    pty.wait_until("a bell", |_, heard| heard.bells == 1);
    pty.press("+");
    pty.wait_for("count 1");
    pty.press("q");
    pty.expect_exit(0);
}

#[test]
fn being_stopped_from_outside_is_survived() {
    let mut pty = start();
    pty.signal(Signal::STOP);
    let frames = pty.frames();
    pty.signal(Signal::CONT);
    pty.wait_frames(frames + 1);
    pty.press("+");
    pty.wait_for("80x24 count 1");
    pty.press("q");
    pty.expect_exit(0);
    pty.expect_restored();
}

#[test]
fn another_program_gets_the_terminal_whole() {
    let mut pty = start();
    pty.press("o");
    pty.wait_for("outside");
    pty.look(|screen, _| assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste()));
    pty.type_text("+q+\r");
    pty.wait_for("took \\+q\\+");
    pty.type_text("\r");
    pty.wait_for("80x24 count 0 back with exit status: 0");
    pty.wait_gone("outside");
    pty.press("+");
    pty.wait_for("count 1");
    pty.press("q");
    pty.expect_exit(0);
    pty.expect_restored();
}

#[test]
fn the_other_programs_ctrl_c_is_its_own() {
    let mut pty = start();
    pty.press("o");
    pty.wait_for("outside");
    pty.press("ctrl-c");
    pty.wait_for("count 0 back with signal: 2");
    pty.press("+");
    pty.wait_for("count 1");
    pty.press("q");
    pty.expect_exit(0);
    pty.expect_restored();
}

#[test]
fn the_other_programs_ctrl_z_stops_both() {
    let mut pty = under_a_shell();
    pty.press("o");
    pty.wait_for("outside");
    pty.press("ctrl-z");
    pty.wait_for("now-stopped");
    pty.type_text("x\r\r");
    pty.wait_for("count 0 back with exit status: 0");
    pty.press("q");
    pty.wait_for("the-end");
    pty.expect_exit(0);
    pty.expect_restored();
}

#[test]
fn a_new_size_is_drawn() {
    let mut pty = start();
    pty.resize(100, 30);
    pty.wait_for("100x30 count 0");
    pty.resize(1, 1);
    pty.resize(90, 20);
    pty.wait_for("90x20 count 0");
    pty.press("q");
    pty.expect_exit(0);
}

#[test]
fn every_press_of_a_burst_counts() {
    let mut pty = start();
    pty.type_text(&"+".repeat(3000));
    pty.wait_for("count 3000");
    pty.write(b"\x1b");
    pty.wait_for("count 3000 esc");
    pty.press("q");
    pty.expect_exit(0);
    pty.wait_for("quit after 3000");
}

#[test]
fn nothing_is_written_when_nothing_changes() {
    let mut pty = start();
    let before = (pty.frames(), pty.raw().len());
    // Keys that mean nothing here; the one after them is the proof that they were handled.
    pty.press("x x x up down f5 x");
    pty.press("+");
    pty.wait_for("count 1");
    assert_eq!(pty.frames(), before.0 + 1);
    let written = pty.raw().len() - before.1;
    assert!(written < 120, "one digit changed, {written} bytes were written");
    pty.press("q");
    pty.expect_exit(0);
}

#[test]
fn paste_mouse_title_bell_and_clipboard() {
    let mut pty = start();
    pty.paste("1.3.0@production\n");
    pty.wait_for(r#"pasted "1.3.0@production\\n""#);
    pty.write(b"\x1b[<65;10;5M");
    pty.wait_for("WheelDown at 9,4");
    pty.press("b y");
    pty.wait_until("bell and title", |_, heard| heard.bells == 1 && heard.title == "harbor 1.3.0");
    pty.wait_until("the clipboard", |_, heard| heard.clipboard == b"Y29waWVk");
    pty.press("m");
    pty.wait_until("the mouse to be free", |screen, _| screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None);
    pty.press("q");
    pty.expect_exit(0);
    pty.expect_restored();
}

#[test]
fn without_colours_the_selection_is_still_seen() {
    let mut pty = start_with(|command| {
        command.env("NO_COLOR", "1");
    });
    pty.look(|screen, _| {
        for column in 0..8 {
            assert!(screen.cell(2, column).unwrap().inverse(), "column {column} of the selected row");
        }
        assert!(screen.cell(0, 50).unwrap().bold() && screen.cell(0, 50).unwrap().underline());
        for row in 0..24 {
            for column in 0..80 {
                let cell = screen.cell(row, column).unwrap();
                assert_eq!((cell.fgcolor(), cell.bgcolor()), (vt100::Color::Default, vt100::Color::Default));
            }
        }
    });
    pty.press("q");
    pty.expect_exit(0);
}

#[test]
fn with_colours_they_are_the_sixteen() {
    let mut pty = start();
    pty.look(|screen, _| {
        assert_eq!(screen.cell(1, 0).unwrap().fgcolor(), vt100::Color::Idx(2));
        assert_eq!(screen.cell(0, 50).unwrap().fgcolor(), vt100::Color::Idx(1));
    });
    pty.press("q");
    pty.expect_exit(0);
}

#[test]
fn without_a_terminal_it_says_so() {
    let output = Command::new(this_program())
        .args(["--exact", "terminal::probe", "--nocapture"])
        .env(PROBE, "1")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(8));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("error: standard input is not a terminal"), "{said}");
    assert!(!said.contains('\x1b'), "{said:?}");
}
