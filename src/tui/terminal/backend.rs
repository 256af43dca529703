//! The library's drawing, collected into one write per frame.
//!
//! Two things that the library's own backend does are not done here: asking the terminal where the cursor is (it
//! would take the answer from the keys), and starting a program to learn the size. Enter at [`Screen::commit`].

use std::io;

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use rustix::stdio;
use rustix::termios::tcgetwinsize;

use super::modes;

/// A frame is shown at once instead of line by line, by terminals that know this; others ignore it.
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// What is to be written.
#[derive(Debug, Default)]
pub struct Screen {
    out: Vec<u8>,
}

impl Screen {
    /// Writes what was drawn since the last time.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn commit(&mut self) -> io::Result<()> {
        if self.out.is_empty() {
            return Ok(());
        }
        self.out.splice(0..0, BEGIN.iter().copied());
        self.out.extend_from_slice(END);
        let written = modes::write(&self.out);
        self.out.clear();
        written
    }

    fn library(&mut self) -> CrosstermBackend<&mut Vec<u8>> {
        CrosstermBackend::new(&mut self.out)
    }
}

impl Backend for Screen {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        self.library().draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.library().hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.library().show_cursor()
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.library().set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.library().clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.library().clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        let size = tcgetwinsize(stdio::stdout())?;
        // A serial line that nobody told a size says 0.
        let or = |told: u16, usual: u16| if told == 0 { usual } else { told };
        Ok(Size { width: or(size.ws_col, 80), height: or(size.ws_row, 24) })
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size()?, pixels: Size::ZERO })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
