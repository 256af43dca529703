//! Probes that are asked all the time, and the bounded files that keep what they said.
//!
//! A [`Sampler`] is a thread that asks one probe and appends each answer to a file. Of several relcos on one project
//! one asks, who holds the file's lock; the others read what it writes. A [`SampleReader`] gives what is new in the file,
//! whoever wrote it. Two files of at most [`MOST_BYTES`] are kept for a probe; nothing is synced: a sample is no fact.
//! Enter at [`Sampler::start`] and [`SampleReader::read`].

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::probe::Prober;
use crate::domain::text::sanitize_line;
use crate::domain::trigger::live::Stamped;
use crate::domain::trigger::{Health, Sample};

/// At this size a file becomes the older of the two.
pub const MOST_BYTES: u64 = 1024 * 1024;
/// Cells of a reason that are kept.
const WHY_CELLS: usize = 160;

/// A thread that asks a probe until this value is dropped. A command that is asked just then is ended with it.
#[derive(Debug)]
pub struct Sampler {
    /// Dropping it ends the thread.
    stop: Option<Sender<()>>,
    /// Ends the command that is asked.
    cut_off: Arc<AtomicBool>,
    /// Waited for where it may have a command to end: it would live on without anybody who reads it.
    asks: Option<JoinHandle<()>>,
}

impl Sampler {
    /// Says that it ends soon, so that several end at the same time.
    pub fn cut_off(&self) {
        self.cut_off.store(true, Ordering::Relaxed);
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        self.cut_off();
        drop(self.stop.take());
        if let Some(asks) = self.asks.take() {
            let _ = asks.join();
        }
    }
}

impl Sampler {
    /// Asks every `interval`, keeps the answers in `path`, and calls `wake` after each; when that answers `false`
    /// nobody wants more.
    pub fn start(path: PathBuf, prober: Prober, interval: Duration, wake: impl Fn() -> bool + Send + 'static) -> Self {
        let (stop, stopped) = channel();
        let cut_off = Arc::new(AtomicBool::new(false));
        let runs_a_command = prober.runs_a_command();
        let asking = Asking { path, prober, interval, cut_off: Arc::clone(&cut_off) };
        let asks = std::thread::spawn(move || ask_on(&asking, &wake, &stopped));
        Self { stop: Some(stop), cut_off, asks: runs_a_command.then_some(asks) }
    }
}

/// What a thread asks, and where it keeps the answers.
struct Asking {
    path: PathBuf,
    prober: Prober,
    interval: Duration,
    cut_off: Arc<AtomicBool>,
}

fn ask_on(asking: &Asking, wake: &dyn Fn() -> bool, stopped: &Receiver<()>) {
    let Asking { path, prober, interval, cut_off } = asking;
    let mut lock: Option<File> = None;
    loop {
        let began = Instant::now();
        if lock.is_none() {
            lock = claim(path);
        }
        // Where another relco asks, there is only something to read.
        if lock.is_some() {
            let sample = prober.ask_unless(cut_off);
            if cut_off.load(Ordering::Relaxed) {
                // What was cut off says nothing.
                return;
            }
            // What cannot be kept is not seen either: the reading grows old, and the screen says so.
            let _ = append(path, &Stamped { at: super::clock::now(), sample });
        }
        if !wake() {
            return;
        }
        match stopped.recv_timeout(interval.saturating_sub(began.elapsed())) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// The right to ask, held with the file; none while another has it.
fn claim(path: &Path) -> Option<File> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path.with_extension("lock"))
        .ok()?;
    file.try_lock().ok().map(|()| file)
}

fn append(path: &Path, one: &Stamped) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    if file.metadata()?.len() > MOST_BYTES {
        std::fs::rename(path, older(path))?;
        file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    }
    file.write_all(line(one).as_bytes())
}

fn older(path: &Path) -> PathBuf {
    path.with_extension("old")
}

fn line(one: &Stamped) -> String {
    let health = match one.sample.health {
        Health::Well => "well",
        Health::Bad => "bad",
        Health::Unknown => "unknown",
    };
    let value = one.sample.value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"));
    let why = sanitize_line(one.sample.why.as_bytes(), WHY_CELLS).text();
    format!("{} {health} {value} {why}\n", one.at.as_millisecond())
}

fn parse(line: &str) -> Option<Stamped> {
    let mut parts = line.splitn(4, ' ');
    let at = Timestamp::from_millisecond(parts.next()?.parse().ok()?).ok()?;
    let health = match parts.next()? {
        "well" => Health::Well,
        "bad" => Health::Bad,
        "unknown" => Health::Unknown,
        _ => return None,
    };
    let value = parts.next()?.parse().ok();
    Some(Stamped { at, sample: Sample { value, health, why: parts.next().unwrap_or_default().to_owned() } })
}

/// Reads what is new in a probe's files.
#[derive(Debug)]
pub struct SampleReader {
    path: PathBuf,
    /// The file that is being read, and how far.
    open: Option<(File, u64)>,
    /// What was read of a line that is not ended.
    rest: String,
    began: bool,
}

impl SampleReader {
    /// A reader that begins with the oldest kept sample.
    pub fn new(path: PathBuf) -> Self {
        Self { path, open: None, rest: String::new(), began: false }
    }

    /// What was written since the last time, oldest first. A line that is no sample is passed over.
    pub fn read(&mut self) -> Vec<Stamped> {
        let mut new = Vec::new();
        if !std::mem::replace(&mut self.began, true) {
            self.open = File::open(older(&self.path)).ok().map(|file| (file, 0));
        }
        self.read_open(&mut new);
        // The file may have become the older one since: then the new one begins.
        let (current, held) =
            (std::fs::metadata(&self.path), self.open.as_ref().and_then(|(file, _)| file.metadata().ok()));
        let moved = match (&current, &held) {
            (Ok(current), Some(held)) => current.ino() != held.ino() || current.dev() != held.dev(),
            (Ok(_), None) => true,
            (Err(_), _) => false,
        };
        if moved {
            // What was written between the two looks is still in the file that is held.
            self.read_open(&mut new);
            self.open = File::open(&self.path).ok().map(|file| (file, 0));
            self.rest.clear();
            self.read_open(&mut new);
        }
        new
    }

    fn read_open(&mut self, new: &mut Vec<Stamped>) {
        let Some((file, read_to)) = &mut self.open else { return };
        let mut bytes = Vec::new();
        if file.seek(SeekFrom::Start(*read_to)).is_err() || file.read_to_end(&mut bytes).is_err() {
            return;
        }
        *read_to += bytes.len() as u64;
        self.rest.push_str(&String::from_utf8_lossy(&bytes));
        let text = std::mem::take(&mut self.rest);
        let whole = text.rfind('\n').map_or(0, |last| last + 1);
        let (lines, torn) = text.split_at_checked(whole).unwrap_or(("", &text));
        new.extend(lines.lines().filter_map(parse));
        torn.clone_into(&mut self.rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64, value: Option<f64>, health: Health, why: &str) -> Stamped {
        let at = Timestamp::from_millisecond(ms).unwrap();
        Stamped { at, sample: Sample { value, health, why: why.to_owned() } }
    }

    #[test]
    fn what_is_written_is_read_again_whoever_wrote_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("api.samples");
        let mut reader = SampleReader::new(path.clone());
        assert_eq!(reader.read(), []);
        let samples = [
            at(1_000, Some(103.25), Health::Well, "answered 200"),
            at(2_000, None, Health::Bad, "answered 503"),
            at(3_000, None, Health::Unknown, "exit 2: no such host"),
        ];
        append(&path, &samples[0]).unwrap();
        assert_eq!(reader.read(), samples[..1]);
        append(&path, &samples[1]).unwrap();
        append(&path, &samples[2]).unwrap();
        assert_eq!(reader.read(), samples[1..]);
        assert_eq!(reader.read(), []);
        assert_eq!(SampleReader::new(path).read(), samples);
    }

    #[test]
    fn files_are_bounded_and_reading_goes_over_the_seam() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("api.samples");
        let mut reader = SampleReader::new(path.clone());
        let mut read = Vec::new();
        let why = "x".repeat(150);
        for n in 0..16_000 {
            append(&path, &at(n, Some(1.0), Health::Well, &why)).unwrap();
            if n % 500 == 0 {
                read.extend(reader.read());
            }
        }
        read.extend(reader.read());
        assert_eq!(read.len(), 16_000);
        assert!(read.iter().zip(0..).all(|(one, n)| one.at.as_millisecond() == n));
        let sizes = [&path, &older(&path)].map(|path| std::fs::metadata(path).unwrap().len());
        assert!(sizes.iter().all(|size| *size < MOST_BYTES + 1_000), "{sizes:?}");
        assert!(SampleReader::new(path).read().len() > 4_000);
    }

    #[test]
    fn a_torn_line_waits_for_its_end_and_nonsense_is_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("api.samples");
        std::fs::write(&path, "nonsense\n1000 well 5.000 ans").unwrap();
        let mut reader = SampleReader::new(path.clone());
        assert_eq!(reader.read(), []);
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"wered 200\n").unwrap();
        assert_eq!(reader.read(), [at(1_000, Some(5.0), Health::Well, "answered 200")]);
    }

    #[test]
    fn one_asks_and_the_other_reads() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("api.samples");
        let held = claim(&path).unwrap();
        assert!(claim(&path).is_none());
        drop(held);
        assert!(claim(&path).is_some());
    }
}
