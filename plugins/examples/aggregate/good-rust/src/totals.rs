//! What is added up over the rows.

use crate::query::Order;
use coprocessor_plugin_api::Key;
use std::cmp::Ordering;

/// One of the top entries.
#[derive(PartialEq, Eq, Debug)]
pub struct Entry {
    pub key: Key,
    pub value: i64,
}

/// The totals so far.
pub struct Totals {
    /// Rows whose value is not 8 bytes.
    pub skipped: u64,
    pub count: u64,
    /// Wide enough for any number of 64-bit values.
    pub sum: i128,
    pub min: Option<i64>,
    pub max: Option<i64>,
    /// The best entries in order: by value, then by key.
    pub top: Vec<Entry>,
    top_kept: usize,
    order: Order,
}

impl Totals {
    pub fn new(top_kept: usize, order: Order) -> Self {
        let top = Vec::new();
        Totals { skipped: 0, count: 0, sum: 0, min: None, max: None, top, top_kept, order }
    }

    /// Adds a row.
    pub fn add(&mut self, key: Key, value: &[u8]) {
        let value = match value.try_into() {
            Ok(bytes) => i64::from_le_bytes(bytes),
            Err(_) => {
                self.skipped += 1;
                return;
            }
        };
        self.count += 1;
        self.sum += i128::from(value);
        self.min = Some(self.min.map_or(value, |least| least.min(value)));
        self.max = Some(self.max.map_or(value, |greatest| greatest.max(value)));
        self.offer(Entry { key, value });
    }

    fn offer(&mut self, entry: Entry) {
        let order = self.order;
        let place = self.top.partition_point(|other| compare(other, &entry, order).is_le());
        if place < self.top_kept {
            self.top.truncate(self.top_kept - 1);
            self.top.insert(place, entry);
        }
    }
}

fn compare(a: &Entry, b: &Entry, order: Order) -> Ordering {
    let by_value = match order {
        Order::LargestFirst => b.value.cmp(&a.value),
        Order::SmallestFirst => a.value.cmp(&b.value),
    };
    by_value.then_with(|| a.key.cmp(&b.key))
}
