//! The driver on an app that shows what it was told.

use super::*;
use crate::tui::app::Step;
use crate::tui::input::LineInput;
use crate::tui::paint;
use crate::tui::signals::Signal;
use ratatui::Frame;
use ratatui::style::Style;
use std::sync::mpsc::channel;

/// A line of input, a clock that ticks every second, and what was told last.
#[derive(Debug)]
struct Teller {
    input: LineInput,
    told: String,
    started_at: Option<Instant>,
    ticks: u64,
}

impl App for Teller {
    type Update = String;

    fn handle(&mut self, message: Message<String>, now: Now) -> Step {
        match message {
            Message::Key(key) if key == Key::ctrl('q') => return Step::quit(),
            Message::Key(key) if key == Key::plain(Code::F(5)) => {
                self.started_at = Some(now.mono);
                return Step::quiet().and(Out::Bell);
            }
            Message::Key(key) if key == Key::plain(Code::F(9)) => {
                self.told = "never drawn".to_owned();
                return Step::quiet();
            }
            Message::Key(key) if self.input.key(key) => {}
            Message::Key(_) | Message::Signal(Signal::Panicked) => return Step::outside(),
            Message::Paste(text) => self.input.paste(&text),
            Message::Session(text) => self.told = text,
            Message::Tick => self.ticks += 1,
            other => self.told = format!("{other:?}"),
        }
        Step::redraw()
    }

    fn draw(&mut self, frame: &mut Frame<'_>, now: Now) {
        let area = frame.area();
        let style = Style::new().red().bold();
        if let Some(cursor) = self.input.draw(frame.buffer_mut(), area, style) {
            frame.set_cursor_position(cursor);
        }
        let told = format!("{} {} {}", now.wall.strftime("%H:%M:%S"), self.ticks, self.told);
        paint::put(frame.buffer_mut(), area, 0, 1, &told, Style::new());
    }

    fn wake_at(&self, now: Now) -> Option<Instant> {
        let started_at = self.started_at?;
        let next = now.mono.saturating_duration_since(started_at).as_secs() + 1;
        Some(started_at + Duration::from_secs(next))
    }

    fn outside(&mut self) {
        self.told = "outside".to_owned();
    }
}

fn driver() -> Driver<Teller> {
    let app = Teller { input: LineInput::default(), told: String::new(), started_at: None, ticks: 0 };
    Driver::new(app, 40, 2)
}

#[test]
fn keys_text_paste_and_rows() {
    let mut driver = driver();
    driver.type_text("ab");
    driver.press("left space");
    driver.paste("c\nd");
    assert_eq!(driver.rows(), ["a c db", "12:00:00 0"]);
    assert_eq!(driver.cursor(), Some(Position::new(5, 0)));
    assert_eq!(driver.styled(), "a c db\n    └ 0-5 red bold\n12:00:00 0\n");
    driver.click(3, 1);
    assert!(driver.screen().contains("Press"), "{}", driver.screen());
    driver.resize(20, 3);
    assert_eq!(driver.rows(), ["a c db", "12:00:00 0 Resize", ""]);
}

#[test]
fn the_clock_moves_only_when_told_and_ticks_on_the_way() {
    let mut driver = driver();
    driver.press("f5");
    assert_eq!(driver.out, [Out::Bell]);
    driver.advance(Duration::from_millis(2500));
    assert_eq!(driver.rows()[1], "12:00:02 2");
    driver.advance(Duration::from_millis(500));
    assert_eq!(driver.rows()[1], "12:00:03 3");
}

#[test]
fn a_forgotten_redraw_is_seen() {
    let mut driver = driver();
    driver.press("f9");
    assert_eq!(driver.rows()[1], "12:00:00 0");
    driver.press("x");
    assert_eq!(driver.rows()[1], "12:00:00 0 never drawn");
}

#[test]
fn what_the_session_tells_is_waited_for() {
    let (send, updates) = channel();
    let mut driver = driver().with_updates(updates);
    let teller = std::thread::spawn(move || {
        for text in ["recording…", "recorded"] {
            send.send(Message::Session(text.to_owned())).unwrap();
        }
    });
    driver.wait_for("recorded", Duration::from_secs(60));
    teller.join().unwrap();
    driver.update("and more".to_owned());
    assert!(driver.screen().ends_with("and more"));
}

#[test]
#[should_panic(expected = "\"never\" did not come")]
fn waiting_in_vain_fails_with_the_screen() {
    let (_, updates) = channel();
    driver().with_updates(updates).wait_for("never", Duration::ZERO);
}

#[test]
fn closing_and_going_outside() {
    let mut driver = driver();
    driver.press("f1");
    assert_eq!(driver.rows()[1], "12:00:00 0 outside");
    driver.press("ctrl-q x");
    assert!(driver.closed);
    assert_eq!(driver.rows()[0], "", "nothing arrives after the end");
}
