//! What the view looks at: the log, and the searches that run over it.
//!
//! An item is what takes a place in the view: each line, or with a filter each line that matches. Reading happens
//! here, for the visible lines only; searching happens on threads of its own. Errors of reading are kept to be
//! shown and never end the view. Enter at [`Source::refresh`].

use std::io;

use crate::steplog::{Hit, Pattern, RawLine, Reader, Search, SearchProgress, Waker};

/// Which of the searches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// What the person searches for.
    Found,
    /// What the person wants to see alone.
    Filter,
    /// Lines that look like errors.
    Errors,
}

/// A log with its searches.
#[derive(Debug)]
pub(super) struct Source {
    pub reader: Reader,
    pub found: Option<Search>,
    pub filter: Option<Search>,
    pub errors: Option<Search>,
    /// Why the log could not be read the last time.
    pub trouble: Option<String>,
    /// What the searches had come to at the last refresh.
    before: [SearchProgress; 3],
}

impl Source {
    pub fn new(reader: Reader) -> Source {
        let before = [SearchProgress::default(); 3];
        Source { reader, found: None, filter: None, errors: None, trouble: None, before }
    }

    /// Takes note of what came since; returns whether there is something new to show. Starts to look for errors.
    pub fn refresh(&mut self, waker: Option<&Waker>) -> bool {
        let mut fresh = false;
        match self.reader.refresh() {
            Ok(growth) => {
                fresh |= growth.grew | self.trouble.take().is_some();
                if growth.restarted {
                    (self.found, self.filter, self.errors) = (None, None, None);
                }
            }
            Err(error) => fresh |= self.fail(&error),
        }
        if self.errors.is_none() {
            self.start(Which::Errors, Pattern::errors().ok(), waker);
        }
        let bytes = self.reader.bytes();
        for search in [&mut self.found, &mut self.filter, &mut self.errors].into_iter().flatten() {
            search.extend(bytes);
        }
        let now = [Which::Found, Which::Filter, Which::Errors].map(|which| self.progress(which));
        let fresh = fresh || now != self.before;
        self.before = now;
        fresh
    }

    /// Whether something goes on by itself, so that a refresh soon will find more.
    pub fn is_busy(&self) -> bool {
        let searching = [&self.found, &self.filter, &self.errors].into_iter().flatten().any(|search| {
            let progress = search.progress();
            !progress.done && !progress.failed
        });
        searching || self.reader.bytes() < self.reader.file_bytes()
    }

    /// Starts a search, or ends it when there is no pattern.
    pub fn start(&mut self, which: Which, pattern: Option<Pattern>, waker: Option<&Waker>) {
        let search =
            pattern.map(|pattern| Search::start(self.reader.file()?, pattern, self.reader.bytes(), waker.cloned()));
        let search = match search.transpose() {
            Ok(search) => search,
            Err(error) => {
                self.fail(&error);
                None
            }
        };
        *self.slot(which) = search;
    }

    pub fn search(&self, which: Which) -> Option<&Search> {
        match which {
            Which::Found => self.found.as_ref(),
            Which::Filter => self.filter.as_ref(),
            Which::Errors => self.errors.as_ref(),
        }
    }

    /// How far a search is; all zero for one that does not run.
    pub fn progress(&self, which: Which) -> SearchProgress {
        self.search(which).map(Search::progress).unwrap_or_default()
    }

    /// How many items there are.
    pub fn items(&self) -> u64 {
        match &self.filter {
            Some(filter) => filter.progress().hits,
            None => self.reader.lines(),
        }
    }

    /// The line of an item.
    pub fn line_of(&self, item: u64) -> Option<u64> {
        match &self.filter {
            Some(filter) => filter.range(item, 1).ok()?.first().map(|hit| hit.line),
            None => (item < self.reader.lines()).then_some(item),
        }
    }

    /// The item of a line, or the next one behind it.
    pub fn item_of(&self, line: u64) -> u64 {
        match &self.filter {
            Some(filter) => filter.before(line).unwrap_or(0),
            None => line,
        }
    }

    /// Reads `count` items from `first` on, with at most `max_bytes` of each line.
    pub fn read(&self, first: u64, count: usize, max_bytes: usize) -> io::Result<Vec<RawLine>> {
        match &self.filter {
            Some(filter) => {
                let hits = filter.range(first, count)?;
                self.reader.read_places(hits.iter().map(|hit| (hit.line, hit.line_offset)), max_bytes)
            }
            None => self.reader.read_lines(first, count, max_bytes),
        }
    }

    /// Reads one whole line by its hit, up to `max_bytes`.
    pub fn read_hit(&self, hit: &Hit, max_bytes: usize) -> Vec<u8> {
        let line = self.reader.read_places([(hit.line, hit.line_offset)], max_bytes);
        line.ok().and_then(|lines| lines.into_iter().next()).map(|line| line.bytes).unwrap_or_default()
    }

    /// Keeps why the log cannot be read; returns whether that is news.
    pub fn fail(&mut self, error: &io::Error) -> bool {
        let trouble = Some(format!("the log cannot be read: {error}"));
        let news = self.trouble != trouble;
        self.trouble = trouble;
        news
    }

    fn slot(&mut self, which: Which) -> &mut Option<Search> {
        match which {
            Which::Found => &mut self.found,
            Which::Filter => &mut self.filter,
            Which::Errors => &mut self.errors,
        }
    }
}
