//! A search on its own thread: it looks through the log from its beginning, goes on as the log grows, and can be
//! asked at any time how far it is and what it found.
//!
//! The thread sleeps when it has come to the end, so that a search at rest costs nothing. Dropping the search stops
//! the thread within one chunk. Enter at [`Search::start`].

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use super::hits::{Hit, Hits};
use super::pattern::Pattern;
use super::scan::Scanner;

/// Called on the search's thread when there is something new to show; must return at once.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// How far a search is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SearchProgress {
    /// Bytes looked at.
    pub scanned_bytes: u64,
    /// Lines looked at to their end.
    pub scanned_lines: u64,
    /// Bytes to look at.
    pub target_bytes: u64,
    /// Lines that match so far.
    pub hits: u64,
    /// Whether the target is reached.
    pub done: bool,
    /// Whether the log could not be read; the search has stopped.
    pub failed: bool,
}

/// A running or resting search.
#[derive(Debug)]
pub struct Search {
    pattern: Arc<Pattern>,
    log: File,
    shared: Arc<Shared>,
    targets: Option<Sender<u64>>,
    target_bytes: u64,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    hits: Mutex<Hits>,
    scanned_bytes: AtomicU64,
    scanned_lines: AtomicU64,
    /// The target that was reached last.
    reached_bytes: AtomicU64,
    stop: AtomicBool,
    failed: AtomicBool,
}

impl Search {
    /// Starts to look for `pattern` in `log` up to byte `target_bytes`.
    ///
    /// # Errors
    /// The system gives no second handle or no thread.
    pub fn start(log: File, pattern: Pattern, target_bytes: u64, waker: Option<Waker>) -> io::Result<Search> {
        let pattern = Arc::new(pattern);
        let shared = Arc::new(Shared::default());
        let (targets, receiver) = mpsc::channel();
        let scanner = Scanner::new(log.try_clone()?, Arc::clone(&pattern));
        let of_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("log search".into())
            .spawn(move || run(scanner, &receiver, &of_thread, waker.as_ref()))?;
        let mut search = Search { pattern, log, shared, targets: Some(targets), target_bytes: 0, thread: Some(thread) };
        search.extend(target_bytes);
        Ok(search)
    }

    /// Looks on up to byte `target_bytes`; costs nothing when that is no more than before.
    pub fn extend(&mut self, target_bytes: u64) {
        if target_bytes > self.target_bytes
            && let Some(targets) = &self.targets
        {
            self.target_bytes = target_bytes;
            // It only fails when the thread has ended, which `failed` tells.
            let _ = targets.send(target_bytes);
        }
    }

    /// What is looked for.
    pub fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// How far it is.
    pub fn progress(&self) -> SearchProgress {
        // Read before the hits, so that what it tells to be done really is.
        let done = self.shared.reached_bytes.load(Ordering::Acquire) >= self.target_bytes;
        SearchProgress {
            scanned_bytes: self.shared.scanned_bytes.load(Ordering::Acquire),
            scanned_lines: self.shared.scanned_lines.load(Ordering::Acquire),
            target_bytes: self.target_bytes,
            done,
            failed: self.shared.failed.load(Ordering::Acquire),
            hits: self.hits().count(),
        }
    }

    /// The hits number `first` to `first + count`, from 0, as far as they are known.
    ///
    /// # Errors
    /// What the system says when the log cannot be read.
    pub fn range(&self, first: u64, count: usize) -> io::Result<Vec<Hit>> {
        self.hits().range(&self.log, &self.pattern, first, count)
    }

    /// How many known hits lie on lines before `line`.
    ///
    /// # Errors
    /// What the system says when the log cannot be read.
    pub fn before(&self, line: u64) -> io::Result<u64> {
        self.hits().before(&self.log, &self.pattern, line)
    }

    /// The first known hit on a line behind `line`, with its number from 0.
    ///
    /// # Errors
    /// What the system says when the log cannot be read.
    pub fn next_after(&self, line: u64) -> io::Result<Option<(u64, Hit)>> {
        let number = self.before(line.saturating_add(1))?;
        Ok(self.range(number, 1)?.first().map(|hit| (number, *hit)))
    }

    /// The last known hit on a line before `line`, with its number from 0.
    ///
    /// # Errors
    /// What the system says when the log cannot be read.
    pub fn last_before(&self, line: u64) -> io::Result<Option<(u64, Hit)>> {
        let Some(number) = self.before(line)?.checked_sub(1) else { return Ok(None) };
        Ok(self.range(number, 1)?.first().map(|hit| (number, *hit)))
    }

    fn hits(&self) -> MutexGuard<'_, Hits> {
        self.shared.hits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Search {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        self.targets = None;
        if let Some(thread) = self.thread.take() {
            // Its panic, if there was one, has been reported by then.
            let _ = thread.join();
        }
    }
}

/// The thread: one target after the other.
fn run(mut scanner: Scanner, targets: &Receiver<u64>, shared: &Shared, waker: Option<&Waker>) {
    let mut found = Vec::new();
    while let Ok(mut target) = targets.recv() {
        loop {
            target = targets.try_iter().last().unwrap_or(target);
            if shared.stop.load(Ordering::Acquire) {
                return;
            }
            let mut each = |hit| {
                found.push(hit);
                ControlFlow::Continue(())
            };
            let scanned = scanner.scan(target, &mut each);
            let mut hits = shared.hits.lock().unwrap_or_else(PoisonError::into_inner);
            found.drain(..).for_each(|hit| hits.push(hit));
            drop(hits);
            shared.scanned_bytes.store(scanner.scanned_bytes(), Ordering::Release);
            shared.scanned_lines.store(scanner.scanned_lines(), Ordering::Release);
            match scanned {
                Ok(false) => {}
                Ok(true) => {
                    shared.reached_bytes.store(target, Ordering::Release);
                    break;
                }
                Err(_) => {
                    shared.failed.store(true, Ordering::Release);
                    waker.inspect(|wake| wake());
                    return;
                }
            }
        }
        waker.inspect(|wake| wake());
    }
}

#[cfg(test)]
mod tests;
