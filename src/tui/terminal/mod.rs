//! The terminal: one owner that claims it, draws on it, and gives it back on every way out.
//!
//! [`modes`] holds what is switched on and switches it off in reverse order, at most once, from whichever thread gets
//! there first: the guard's end, the panic hook, or a signal. Nothing else writes to standard output while the cockpit
//! is open. Enter at [`Terminal::claim`].

mod backend;
pub mod modes;
mod osc;
pub mod suspend;

use std::io;

use ratatui::Frame;
use ratatui::layout::Rect;
use rustix::stdio;
use rustix::termios::isatty;

use backend::Screen;
pub use modes::Wants;

/// Why the cockpit cannot open.
#[derive(Debug, thiserror::Error)]
pub enum TerminalError {
    /// Standard input or output is no terminal.
    #[error("standard {0} is not a terminal")]
    NotATerminal(&'static str),
    /// The terminal refused.
    #[error("the terminal cannot be set up: {0}")]
    Refused(#[from] io::Error),
}

/// The claimed terminal. Dropping it gives the terminal back.
#[derive(Debug)]
pub struct Terminal {
    screen: ratatui::Terminal<Screen>,
    wants: Wants,
}

impl Terminal {
    /// Switches the terminal over and installs the panic hook that switches it back.
    ///
    /// # Errors
    /// If standard input or output is no terminal, or it refuses; whatever was switched on is off again then.
    pub fn claim(wants: Wants) -> Result<Self, TerminalError> {
        for (fd, name) in [(stdio::stdin(), "input"), (stdio::stdout(), "output")] {
            if !isatty(fd) {
                return Err(TerminalError::NotATerminal(name));
            }
        }
        modes::install_panic_hook();
        // Without colours the library would write an empty `ESC [ m` that also ends bold and reverse. The theme
        // honours NO_COLOR by not having colours, so the library may always write styles.
        crossterm::style::force_color_output(true);
        modes::claim(wants)?;
        // From here on the guard exists, so that a failure below gives the terminal back.
        let guard = Claimed;
        let screen = ratatui::Terminal::new(Screen::default())?;
        std::mem::forget(guard);
        Ok(Self { screen, wants })
    }

    /// Draws one frame; only cells that changed are written, in one piece.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.screen.draw(draw)?;
        self.screen.backend_mut().commit()
    }

    /// Gives the terminal back until [`Self::reclaim`]; nothing happens if it was given back already.
    pub fn release(&mut self) {
        modes::leave();
    }

    /// Claims the terminal again and forgets what is on it, so that the next frame is drawn whole. Also right when it
    /// is claimed still: somebody else may have changed it while the program was stopped.
    ///
    /// # Errors
    /// If the terminal refuses.
    pub fn reclaim(&mut self) -> io::Result<()> {
        modes::claim(self.wants)?;
        let area = Rect::from((ratatui::layout::Position::ORIGIN, self.screen.size()?));
        self.screen.resize(area)
    }

    /// Whether the mouse belongs to the cockpit; if not, the terminal selects text with it as everywhere else.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn set_mouse(&mut self, on: bool) -> io::Result<()> {
        self.wants.mouse = on;
        modes::set_mouse(on)
    }

    /// Sets the title of the terminal's window.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn set_title(&mut self, title: &str) -> io::Result<()> {
        if self.wants.title { modes::write(osc::title(title).as_bytes()) } else { Ok(()) }
    }

    /// Rings.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn bell(&mut self) -> io::Result<()> {
        modes::write(b"\x07")
    }

    /// Asks the terminal to put text into the clipboard. Whether it does is not told; the bytes sent are returned,
    /// `None` if the text is too long for it.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn copy(&mut self, text: &str) -> io::Result<Option<usize>> {
        let Some(sequence) = osc::copy(text) else { return Ok(None) };
        modes::write(sequence.as_bytes())?;
        Ok(Some(text.len()))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        modes::leave();
    }
}

/// Gives the terminal back if setting up stops half-way.
struct Claimed;

impl Drop for Claimed {
    fn drop(&mut self) {
        modes::leave();
    }
}
