//! Requests to a running supervisor: one line of JSON each, through a FIFO that only its owner may open.
//!
//! A line is at most [`LINE_MAX_BYTES`] long, so that the system writes it whole or not at all and two senders never
//! mix. The FIFO carries wishes only; what was done stands in the record.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use serde::{Deserialize, Serialize};

use super::spec::CTL_NAME;

/// The longest line, its newline included. POSIX promises at least 512 bytes that are written at once, Linux 4096.
pub const LINE_MAX_BYTES: usize = 512;

/// What can be asked of a supervisor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "do", deny_unknown_fields)]
pub enum Request {
    /// Ask the step to end, and kill it after its grace.
    Stop {
        /// Who wants it.
        sender: String,
        /// Why.
        reason: String,
    },
    /// Kill the step's process group now.
    Kill {
        /// Who wants it.
        sender: String,
        /// Why.
        reason: String,
    },
    /// Type these bytes into the step's terminal.
    Input {
        /// The bytes, as pairs of hex digits.
        hex: String,
    },
}

impl Request {
    /// The requests that type these bytes, as many as it takes.
    pub fn input(bytes: &[u8]) -> Vec<Request> {
        let hex = |chunk: &[u8]| chunk.iter().map(|byte| format!("{byte:02x}")).collect();
        bytes.chunks(LINE_MAX_BYTES / 4).map(|chunk| Request::Input { hex: hex(chunk) }).collect()
    }

    /// The bytes of an [`Request::Input`]; `None` if they are no hex digits.
    pub(super) fn typed(hex: &str) -> Option<Vec<u8>> {
        let (pairs, []) = hex.as_bytes().as_chunks::<2>() else { return None };
        pairs.iter().map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
    }

    /// The line with its newline; long texts are cut to fit.
    fn line(&self) -> io::Result<String> {
        let mut request = self.clone();
        loop {
            let line = serde_json::to_string(&request).map_err(io::Error::other)? + "\n";
            if line.len() <= LINE_MAX_BYTES {
                return Ok(line);
            }
            let shorten = |text: &mut String| *text = text.chars().take(text.chars().count() * 3 / 4).collect();
            match &mut request {
                Request::Stop { sender, reason } | Request::Kill { sender, reason } => {
                    shorten(if reason.len() >= sender.len() { reason } else { sender });
                }
                Request::Input { .. } => return Err(io::Error::other("too much input for one request")),
            }
        }
    }
}

/// Creates the FIFO in an attempt's directory, mode 0600.
///
/// # Errors
///
/// As `mkfifo`.
pub fn create(dir: &Path) -> io::Result<()> {
    let path = dir.join(CTL_NAME);
    #[cfg(not(target_vendor = "apple"))]
    rustix::fs::mkfifoat(rustix::fs::CWD, &path, Mode::RUSR | Mode::WUSR)?;
    #[cfg(target_vendor = "apple")]
    if !std::process::Command::new("/usr/bin/mkfifo").arg("-m600").arg(&path).status()?.success() {
        return Err(io::Error::other("mkfifo failed"));
    }
    Ok(())
}

/// Sends one request to the supervisor of the attempt in `dir`.
///
/// # Errors
///
/// "Not found" or "no such device or address" if no supervisor listens; "would block" if it does not read.
pub fn send(dir: &Path, request: &Request) -> io::Result<()> {
    let flags = i32::try_from((OFlags::NONBLOCK | OFlags::NOFOLLOW).bits()).unwrap_or(0);
    let mut ctl = OpenOptions::new().write(true).custom_flags(flags).open(dir.join(CTL_NAME))?;
    if !ctl.metadata()?.file_type().is_fifo() {
        return Err(io::Error::other("the control file is not a FIFO"));
    }
    ctl.write_all(request.line()?.as_bytes())
}

/// The supervisor's end of the FIFO.
#[derive(Debug)]
pub(super) struct Listener {
    fifo: File,
    pending: Vec<u8>,
}

impl Listener {
    /// Opens the FIFO for both directions, so that it never ends when a sender leaves.
    pub(super) fn open(dir: &Path) -> io::Result<Listener> {
        let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fifo = File::from(rustix::fs::open(dir.join(CTL_NAME), flags, Mode::empty())?);
        if !fifo.metadata()?.file_type().is_fifo() {
            return Err(io::Error::other("the control file is not a FIFO"));
        }
        Ok(Listener { fifo, pending: Vec::new() })
    }

    /// Readable when requests have come.
    pub(super) fn fifo(&self) -> &File {
        &self.fifo
    }

    /// The requests that have come whole. A line that is none is dropped: it asked for nothing that is known.
    pub(super) fn take(&mut self) -> Vec<Request> {
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = self.fifo.read(&mut bytes) {
            self.pending.extend(bytes.iter().take(count));
        }
        let whole = self.pending.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1);
        let rest = self.pending.split_off(whole);
        let lines = std::mem::replace(&mut self.pending, rest);
        if self.pending.len() > LINE_MAX_BYTES {
            self.pending.clear();
        }
        lines.split(|&byte| byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn requests_arrive_whole_and_in_order() {
        let dir = tempfile::tempdir().unwrap();
        create(dir.path()).unwrap();
        let mode = std::fs::metadata(dir.path().join(CTL_NAME)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let stop = Request::Stop { sender: "ana".into(), reason: "two\nlines \"quoted\"".into() };
        let nobody = send(dir.path(), &stop).unwrap_err();
        assert_eq!(nobody.raw_os_error(), Some(rustix::io::Errno::NXIO.raw_os_error()));
        let mut listener = Listener::open(dir.path()).unwrap();
        let kill = Request::Kill { sender: "li".into(), reason: "now".into() };
        send(dir.path(), &stop).unwrap();
        send(dir.path(), &kill).unwrap();
        (&listener.fifo).write_all(b"nonsense\n{\"do\":\"dance\"}\n").unwrap();
        assert_eq!(listener.take(), [stop, kill]);
        assert_eq!(listener.take(), []);
    }

    #[test]
    fn half_a_line_waits_and_an_endless_one_is_dropped() {
        let dir = tempfile::tempdir().unwrap();
        create(dir.path()).unwrap();
        let mut listener = Listener::open(dir.path()).unwrap();
        let kill = Request::Kill { sender: "li".into(), reason: "now".into() };
        let line = kill.line().unwrap();
        let (first, second) = line.split_at(9);
        (&listener.fifo).write_all(first.as_bytes()).unwrap();
        assert_eq!(listener.take(), []);
        (&listener.fifo).write_all(second.as_bytes()).unwrap();
        assert_eq!(listener.take(), [kill]);
        (&listener.fifo).write_all(&[b'x'; 3000]).unwrap();
        assert_eq!(listener.take(), []);
        assert!(listener.pending.is_empty());
    }

    #[test]
    fn long_texts_are_cut_and_input_is_split() {
        let long = Request::Stop { sender: "s".repeat(900), reason: "é\n".repeat(900) };
        assert!(long.line().unwrap().len() <= LINE_MAX_BYTES);
        let bytes: Vec<u8> = (0..=255).cycle().take(1000).collect();
        let requests = Request::input(&bytes);
        let typed = requests.iter().flat_map(|request| {
            assert!(request.line().unwrap().len() <= LINE_MAX_BYTES);
            let Request::Input { hex } = request else { panic!("not input") };
            Request::typed(hex).unwrap()
        });
        assert_eq!(typed.collect::<Vec<_>>(), bytes);
        assert_eq!(Request::typed("abc"), None);
        assert_eq!(Request::typed("zz"), None);
    }
}
