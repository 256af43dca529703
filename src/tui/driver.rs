//! Drives an app without a terminal: presses keys by name, moves the clock, reads rows. For tests and demonstrations.
//!
//! Draws only when the app asks for it, as the terminal's runner does, so that a forgotten redraw is seen as a stale
//! screen. Enter at [`Driver::new`].

use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Position;
use ratatui::style::{Color, Modifier};

use super::app::{App, Now, Out, Then};
use super::decode::{Mouse, MouseKind};
use super::event::Message;
use super::keys::{Chord, Code, Key};

/// An app on a screen in memory.
#[derive(Debug)]
pub struct Driver<A: App> {
    /// The app itself.
    pub app: A,
    /// The time, which moves only by [`Self::advance`].
    pub now: Now,
    /// What the app asked of the terminal so far.
    pub out: Vec<Out>,
    /// True once the app closed.
    pub closed: bool,
    screen: ratatui::Terminal<TestBackend>,
    updates: Option<Receiver<Message<A::Update>>>,
}

impl<A: App> Driver<A> {
    /// Opens the app on a screen of so many columns and rows, at a time that is always the same for people.
    pub fn new(app: A, columns: u16, rows: u16) -> Self {
        let wall = jiff::Timestamp::from_second(1_795_348_800).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let Ok(screen) = ratatui::Terminal::new(TestBackend::new(columns, rows));
        let now = Now { mono: Instant::now(), wall };
        let mut driver = Self { app, now, out: Vec::new(), closed: false, screen, updates: None };
        driver.draw();
        driver
    }

    /// Takes what the session tells from this channel, in [`Self::wait_for`].
    pub fn with_updates(mut self, updates: Receiver<Message<A::Update>>) -> Self {
        self.updates = Some(updates);
        self
    }

    /// Presses keys by name: `ctrl-x r`, `down down enter`.
    ///
    /// # Panics
    /// If a name is not a key's.
    #[expect(clippy::panic, reason = "a test that names no key must fail there")]
    pub fn press(&mut self, keys: &str) {
        match keys.parse::<Chord>() {
            Ok(chord) => chord.keys().iter().for_each(|key| self.message(Message::Key(*key))),
            Err(error) => panic!("{error}"),
        }
    }

    /// Types text, a line feed as Enter.
    pub fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            let key = if c == '\n' { Key::plain(Code::Enter) } else { Key::char(c) };
            self.message(Message::Key(key));
        }
    }

    /// Pastes text.
    pub fn paste(&mut self, text: &str) {
        self.message(Message::Paste(text.to_owned()));
    }

    /// Clicks on a cell.
    pub fn click(&mut self, column: u16, row: u16) {
        self.message(Message::Mouse(Mouse { kind: MouseKind::Press, column, row }));
    }

    /// Turns the wheel over a cell.
    pub fn wheel(&mut self, down: bool, column: u16, row: u16) {
        let kind = if down { MouseKind::WheelDown } else { MouseKind::WheelUp };
        self.message(Message::Mouse(Mouse { kind, column, row }));
    }

    /// Changes the screen's size.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.screen.backend_mut().resize(columns, rows);
        self.message(Message::Resize);
        self.draw();
    }

    /// The session tells something.
    pub fn update(&mut self, update: A::Update) {
        self.message(Message::Session(update));
    }

    /// Handles any message.
    pub fn message(&mut self, message: Message<A::Update>) {
        if self.closed {
            return;
        }
        let step = self.app.handle(message, self.now);
        self.out.extend(step.out);
        match step.then {
            Then::GoOn => {}
            Then::Quit => self.closed = true,
            Then::Outside => self.app.outside(),
        }
        if step.redraw {
            self.draw();
        }
    }

    /// Moves the clock, with a tick at every time that the app asked for on the way.
    pub fn advance(&mut self, by: Duration) {
        let end = self.now.mono + by;
        while let Some(at) = self.app.wake_at(self.now).filter(|at| *at <= end) {
            // A time that is not in the future would keep this going for ever.
            let step = at.saturating_duration_since(self.now.mono).max(Duration::from_millis(1));
            self.now = self.now.later(step);
            self.message(Message::Tick);
        }
        self.now = self.now.later(end.saturating_duration_since(self.now.mono));
    }

    /// Takes what the session tells until the screen shows the text; at most `limit` of real time.
    ///
    /// # Panics
    /// If it does not come, with the screen as it stands.
    #[expect(clippy::panic, reason = "a test that waited in vain must fail there")]
    #[track_caller]
    pub fn wait_for(&mut self, text: &str, limit: Duration) {
        let until = Instant::now() + limit;
        while !self.screen().contains(text) {
            let left = until.saturating_duration_since(Instant::now());
            match self.updates.as_ref().map(|updates| updates.recv_timeout(left)) {
                Some(Ok(message)) => self.message(message),
                Some(Err(_)) | None => panic!("{text:?} did not come:\n{}", self.screen()),
            }
        }
    }

    /// The rows of the screen, without spaces at their ends.
    pub fn rows(&self) -> Vec<String> {
        cells(self.screen.backend().buffer()).map(|row| text(&row).trim_end().to_owned()).collect()
    }

    /// The screen as text.
    pub fn screen(&self) -> String {
        self.rows().join("\n")
    }

    /// The screen as text, and below each row which columns have which style.
    pub fn styled(&self) -> String {
        let mut out = String::new();
        for row in cells(self.screen.backend().buffer()) {
            out.push_str(text(&row).trim_end());
            out.push('\n');
            let styles = styles(&row);
            if !styles.is_empty() {
                out.push_str(&format!("    \u{2514} {styles}\n"));
            }
        }
        out
    }

    /// Where the cursor stands, if it is shown.
    pub fn cursor(&self) -> Option<Position> {
        let backend = self.screen.backend();
        backend.cursor_visible().then(|| backend.cursor_position())
    }

    fn draw(&mut self) {
        let (app, now) = (&mut self.app, self.now);
        let Ok(_) = self.screen.draw(|frame| app.draw(frame, now));
    }
}

fn cells(buffer: &Buffer) -> impl Iterator<Item = Vec<&Cell>> {
    let width = usize::from(buffer.area.width).max(1);
    buffer.content().chunks(width).map(|row| row.iter().collect())
}

fn text(row: &[&Cell]) -> String {
    row.iter().map(|cell| cell.symbol()).collect()
}

/// `3-9 red bold, 20-22 reversed`: runs of cells that do not look plain.
fn styles(row: &[&Cell]) -> String {
    let mut runs: Vec<(usize, usize, String)> = Vec::new();
    for (at, cell) in row.iter().enumerate() {
        let style = style(cell);
        match runs.last_mut() {
            Some((_, end, last)) if *end + 1 == at && *last == style => *end = at,
            _ if style.is_empty() => {}
            _ => runs.push((at, at, style)),
        }
    }
    runs.iter().map(|(from, to, style)| format!("{from}-{to} {style}")).collect::<Vec<_>>().join(", ")
}

fn style(cell: &Cell) -> String {
    let mut words = Vec::new();
    if cell.fg != Color::Reset {
        words.push(cell.fg.to_string().to_lowercase());
    }
    if cell.bg != Color::Reset {
        words.push(format!("on-{}", cell.bg.to_string().to_lowercase()));
    }
    let modifiers = [
        (Modifier::BOLD, "bold"),
        (Modifier::DIM, "dim"),
        (Modifier::UNDERLINED, "underline"),
        (Modifier::REVERSED, "reverse"),
    ];
    words
        .extend(modifiers.iter().filter(|(each, _)| cell.modifier.contains(*each)).map(|(_, name)| (*name).to_owned()));
    words.join(" ")
}

#[cfg(test)]
mod tests;
