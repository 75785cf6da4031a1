//! The response's bytes.

use crate::query::{wants, Order, Query, Refusal};
use crate::totals::Totals;

const VERSION: u8 = 1;

/// The response to a malformed request.
pub fn refusal(refusal: &Refusal) -> Vec<u8> {
    let mut into = vec![VERSION, 1, refusal.reason as u8];
    into.extend_from_slice(&refusal.offset.to_le_bytes());
    into
}

/// The response to a query: what it asked for, in the order of its bits.
pub fn totals(query: &Query<'_>, totals: &Totals) -> Vec<u8> {
    let mut into = vec![VERSION, 0, query.wants, (query.order == Order::SmallestFirst).into()];
    into.extend_from_slice(&query.top.to_le_bytes());
    into.extend_from_slice(&totals.skipped.to_le_bytes());
    if query.wants(wants::COUNT) {
        into.extend_from_slice(&totals.count.to_le_bytes());
    }
    if query.wants(wants::SUM) {
        into.extend_from_slice(&totals.sum.to_le_bytes());
    }
    if query.wants(wants::MIN) {
        write_optional(&mut into, totals.min);
    }
    if query.wants(wants::MAX) {
        write_optional(&mut into, totals.max);
    }
    if query.wants(wants::AVERAGE) {
        // Only the client has every part, so only the client may divide.
        into.extend_from_slice(&totals.sum.to_le_bytes());
        into.extend_from_slice(&totals.count.to_le_bytes());
    }
    if query.wants(wants::TOP) {
        into.extend_from_slice(&(totals.top.len() as u32).to_le_bytes());
        for entry in &totals.top {
            into.extend_from_slice(&(entry.key.len() as u32).to_le_bytes());
            into.extend_from_slice(&entry.key);
            into.extend_from_slice(&entry.value.to_le_bytes());
        }
    }
    into
}

fn write_optional(into: &mut Vec<u8>, value: Option<i64>) {
    into.push(value.is_some().into());
    if let Some(value) = value {
        into.extend_from_slice(&value.to_le_bytes());
    }
}
