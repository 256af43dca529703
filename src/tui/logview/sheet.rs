//! The items of one frame, read and shaped as they are asked for.
//!
//! Without wrapping each item is one row, and nothing is read before it is drawn. Enter at [`Sheet::item`].

use std::collections::BTreeMap;

use super::rows::{Form, Looked, Shaped, shape};
use super::source::Source;

/// Items read at once when their heights are asked for.
const BATCH: u64 = 32;

/// The shaped items of one frame.
pub(super) struct Sheet<'a> {
    source: &'a Source,
    form: Form,
    width: usize,
    items: BTreeMap<u64, Shaped>,
}

impl<'a> Sheet<'a> {
    pub fn new(source: &'a Source, form: Form, width: usize) -> Sheet<'a> {
        Sheet { source, form, width, items: BTreeMap::new() }
    }

    /// The rows that an item takes.
    pub fn height_of(&mut self, item: u64) -> i64 {
        if !self.form.wrap {
            return 1;
        }
        if !self.items.contains_key(&item) {
            // Heights are asked for upwards as often as downwards.
            self.read(item.saturating_sub(BATCH / 2), BATCH);
        }
        self.items.get(&item).map_or(1, |shaped| i64::try_from(shaped.rows.len()).unwrap_or(1))
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
            self.items.insert(item, shape(raw, &self.source.reader, &self.form, self.width, looked));
        }
    }

    /// A shaped item; `None` when there is none, or it cannot be read.
    pub fn item(&mut self, item: u64) -> Option<&Shaped> {
        if !self.items.contains_key(&item) {
            self.read(item, 1);
        }
        self.items.get(&item)
    }
}
