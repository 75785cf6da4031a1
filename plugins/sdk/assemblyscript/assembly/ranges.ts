import { compareBytes, compareSlice } from "./bytes";
import { Slice } from "./frame";
import { Range } from "./plugin";

/**
 * The ranges in key order, empty and inverted ones left out and overlapping ones joined, so that
 * each key counts once. Adjacent ones stay apart: joining them could hide a storage error.
 */
export function joinRanges(ranges: Range[]): Range[] {
  const sorted = ranges.filter((range) => isInhabited(range));
  sorted.sort((a, b) => compareBytes(a.start, b.start));
  const joined = new Array<Range>();
  for (let at = 0; at < sorted.length; at++) {
    const range = sorted[at];
    const last: Range | null = joined.length === 0 ? null : joined[joined.length - 1];
    if (last !== null && overlaps(range, last)) {
      if (endsAfter(range, last)) last.end = range.end;
    } else {
      joined.push(new Range(range.start, range.end));
    }
  }
  return joined;
}

/** True if `key` lies in the range. */
export function isInside(key: Slice, range: Range): bool {
  if (compareSlice(key, range.start) < 0) return false;
  return range.end.length === 0 || compareSlice(key, range.end) < 0;
}

/** `range` starts no earlier than `last`. */
function overlaps(range: Range, last: Range): bool {
  return last.end.length === 0 || compareBytes(range.start, last.end) < 0;
}

function isInhabited(range: Range): bool {
  return range.end.length === 0 || compareBytes(range.start, range.end) < 0;
}

function endsAfter(range: Range, other: Range): bool {
  if (other.end.length === 0) return false;
  return range.end.length === 0 || compareBytes(range.end, other.end) > 0;
}

/** What two ranges share, or null. `own` has an end. */
export function clip(own: Range, range: Range): Range | null {
  const start = compareBytes(own.start, range.start) > 0 ? own.start : range.start;
  const isCut = range.end.length > 0 && compareBytes(range.end, own.end) < 0;
  const end = isCut ? range.end : own.end;
  return compareBytes(start, end) < 0 ? new Range(start, end) : null;
}

/** True if one of the ranges holds the key. */
export function holds(ranges: Range[], key: Uint8Array): bool {
  for (let at = 0; at < ranges.length; at++) {
    const range = ranges[at];
    if (compareBytes(key, range.start) < 0) continue;
    if (range.end.length === 0 || compareBytes(key, range.end) < 0) return true;
  }
  return false;
}
