//! Half-open ranges of keys; an empty end means no end.

use coprocessor_plugin_api::Key;
use std::ops::Range;

/// The ranges in key order, empty and inverted ones left out and overlapping ones joined, so that
/// each key counts once. Adjacent ones stay apart: joining them could hide a storage error.
pub fn join_ranges(ranges: Vec<Range<Key>>) -> Vec<Range<Key>> {
    let mut sorted: Vec<_> =
        ranges.into_iter().filter(|range| precedes(&range.start, range)).collect();
    sorted.sort_by(|a, b| a.start.cmp(&b.start));
    let mut joined: Vec<Range<Key>> = Vec::new();
    for range in sorted {
        match joined.last_mut() {
            Some(last) if precedes(&range.start, last) => {
                if !last.end.is_empty() && (range.end.is_empty() || range.end > last.end) {
                    last.end = range.end;
                }
            }
            _ => joined.push(range),
        }
    }
    joined
}

/// Whether the key lies in the range.
pub fn contains(range: &Range<Key>, key: &[u8]) -> bool {
    key >= &range.start[..] && precedes(key, range)
}

/// Whether the key lies before the range's end.
fn precedes(key: &[u8], range: &Range<Key>) -> bool {
    range.end.is_empty() || key < &range.end[..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(ranges: &[(&str, &str)]) -> Vec<(String, String)> {
        let text = |key: Key| String::from_utf8(key).expect("letters");
        let ranges = ranges.iter().map(|(start, end)| Key::from(*start)..Key::from(*end)).collect();
        join_ranges(ranges).into_iter().map(|range| (text(range.start), text(range.end))).collect()
    }

    #[test]
    fn each_key_is_covered_once() {
        let cases: &[(&[(&str, &str)], &[(&str, &str)])] = &[
            (&[("b", "b"), ("c", "b")], &[]),
            (&[("c", "e"), ("a", "d")], &[("a", "e")]),
            (&[("a", "z"), ("b", "c")], &[("a", "z")]),
            (&[("a", "b"), ("b", "c")], &[("a", "b"), ("b", "c")]),
            (&[("a", ""), ("b", "c"), ("d", "")], &[("a", "")]),
            (&[("a", "c"), ("b", "")], &[("a", "")]),
        ];
        for (ranges, expected) in cases {
            let expected: Vec<_> =
                expected.iter().map(|(start, end)| (start.to_string(), end.to_string())).collect();
            assert_eq!(joined(ranges), expected, "{:?}", ranges);
        }
    }
}
