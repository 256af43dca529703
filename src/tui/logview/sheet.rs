//! The items of one frame, read and shaped as they are asked for.
//!
//! Without wrapping each item is one row, and nothing is read before it is drawn. The one exception is the error that a
//! person was taken to: it is shown whole. Enter at [`Sheet::item`].

use std::collections::BTreeMap;

use super::rows::{Form, Looked, Shaped, shape};
use super::source::Source;

/// Items read at once when their heights are asked for.
const BATCH: u64 = 32;

/// The item that is shown whole if it is an error, although lines are not wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Whole {
    /// Which.
    pub item: u64,
    /// The rows that it may take, at least 1.
    pub rows_max: usize,
}

/// The shaped items of one frame.
pub(super) struct Sheet<'a> {
    source: &'a Source,
    form: Form,
    width: usize,
    whole: Option<Whole>,
    items: BTreeMap<u64, Shaped>,
}

impl<'a> Sheet<'a> {
    pub fn new(source: &'a Source, form: Form, width: usize, whole: Option<Whole>) -> Sheet<'a> {
        Sheet { source, form, width, whole, items: BTreeMap::new() }
    }

    /// The rows that an item takes.
    pub fn height_of(&mut self, item: u64) -> i64 {
        if !self.form.wrap {
            let whole = self.whole.filter(|whole| whole.item == item);
            return if whole.is_some() { self.item(item).map_or(1, Shaped::height) } else { 1 };
        }
        if !self.items.contains_key(&item) {
            // Heights are asked for upwards as often as downwards.
            self.read(item.saturating_sub(BATCH / 2), BATCH);
        }
        self.items.get(&item).map_or(1, Shaped::height)
    }

    /// Reads what is still missing of `count` items from `first` on.
    pub fn read(&mut self, first: u64, count: u64) {
        let end = first.saturating_add(count).min(self.source.items());
        let missing = |item: &u64| !self.items.contains_key(item);
        let (Some(from), Some(to)) = ((first..end).find(missing), (first..end).rev().find(missing)) else { return };
        let count = usize::try_from(to - from + 1).unwrap_or(0);
        let lines = self.source.read(from, count, self.form.line_bytes(self.width)).unwrap_or_default();
        let pattern = |search: &'a Option<crate::steplog::Search>| search.as_ref().map(|search| search.pattern());
        let found = pattern(&self.source.found).or(pattern(&self.source.filter));
        let looked = Looked { found, errors: pattern(&self.source.errors) };
        for (item, raw) in (from..).zip(&lines) {
            let shaped = shape(raw, &self.source.reader, &self.form, self.width, looked);
            let whole = self.whole.filter(|whole| whole.item == item && shaped.error);
            let shaped = whole.and_then(|whole| self.wrapped(whole, looked)).unwrap_or(shaped);
            self.items.insert(item, shaped);
        }
    }

    /// An item in as many rows as it may take; the last one says whether there is more.
    fn wrapped(&self, whole: Whole, looked: Looked<'_>) -> Option<Shaped> {
        let form = Form { wrap: true, ..self.form };
        let raw = self.source.read(whole.item, 1, form.line_bytes(self.width)).ok()?.into_iter().next()?;
        let mut shaped = shape(&raw, &self.source.reader, &form, self.width, looked);
        let more = shaped.rows.len() > whole.rows_max;
        shaped.rows.truncate(whole.rows_max.max(1));
        if let Some(last) = shaped.rows.last_mut() {
            last.cut |= more;
        }
        Some(shaped)
    }

    /// A shaped item; `None` when there is none, or it cannot be read.
    pub fn item(&mut self, item: u64) -> Option<&Shaped> {
        if !self.items.contains_key(&item) {
            self.read(item, 1);
        }
        self.items.get(&item)
    }
}
