/**
 * How far a plugin's storage calls reach: inside the ranges of its request, outside of them, or
 * outside of its region. TiKV stops nobody from leaving the ranges; this only tells.
 */
import type { KeyRange } from "../../plugins/index.ts";
import type { strayings } from "../events.ts";
import { containsKey, type Region } from "../region.ts";
import { operations, type RequestBody } from "../wire.ts";

export class Reach {
  /** In order, without overlaps; neighbours that touch are one. An end "" is no end. */
  readonly #ranges: readonly KeyRange[];
  /** As it was when the request began; undefined: nobody knows. */
  readonly region: Region | undefined;

  constructor(ranges: readonly KeyRange[], region: Region | undefined) {
    this.#ranges = merged(ranges);
    this.region = region;
  }

  /** Where a raw request reaches beyond the ranges, or null. A range counts by its beginning. */
  strayingOf(body: RequestBody): keyof typeof strayings | null {
    const { op, key, endKey, keys } = body;
    switch (op) {
      case operations.batchGet:
      case operations.batchPut:
      case operations.batchDelete:
        if (keys.some((one) => this.#isForeign(one))) return "outsideRegion";
        return keys.every((one) => this.#holds(one)) ? null : "outsideRanges";
      case operations.scan:
      case operations.deleteRange:
        if (endKey !== "" && endKey <= key) return null; // Touches nothing.
        if (this.#isForeign(key)) return "outsideRegion";
        return this.#holdsRange(key, endKey) ? null : "outsideRanges";
      default:
        if (this.#isForeign(key)) return "outsideRegion";
        return this.#holds(key) ? null : "outsideRanges";
    }
  }

  /** A key of a raw request that lies outside of the region, with both ends of ranges, or null. */
  outsideKey({ op, key, endKey, keys }: RequestBody): string | null {
    switch (op) {
      case operations.batchGet:
      case operations.batchPut:
      case operations.batchDelete:
        return keys.find((one) => this.#isForeign(one)) ?? null;
      case operations.scan:
      case operations.deleteRange: {
        if (endKey !== "" && endKey <= key) return null; // Touches nothing.
        if (this.#isForeign(key)) return key;
        const end = this.region?.end ?? "";
        return end !== "" && (endKey === "" || endKey > end) ? endKey : null;
      }
      default:
        return this.#isForeign(key) ? key : null;
    }
  }

  #isForeign(key: string): boolean {
    return this.region !== undefined && !containsKey(this.region, key);
  }

  #holds(key: string): boolean {
    for (const { start, end } of this.#ranges) {
      if (key >= start && (end === "" || key < end)) return true;
    }
    return false;
  }

  #holdsRange(from: string, to: string): boolean {
    for (const { start, end } of this.#ranges) {
      if (from >= start && (end === "" || (to !== "" && to <= end))) return true;
    }
    return false;
  }
}

function merged(ranges: readonly KeyRange[]): readonly KeyRange[] {
  if (ranges.length < 2) return ranges;
  const [first, ...others] = inOrder(ranges);
  const out = [first as KeyRange];
  for (const range of others) {
    const last = out.at(-1) as KeyRange;
    if (last.end === "") break;
    if (last.end < range.start) out.push(range);
    else if (range.end === "" || range.end > last.end) {
      out[out.length - 1] = { start: last.start, end: range.end };
    }
  }
  return out;
}

function inOrder(ranges: readonly KeyRange[]): readonly KeyRange[] {
  for (let at = 1; at < ranges.length; at++) {
    if ((ranges[at] as KeyRange).start < (ranges[at - 1] as KeyRange).start) {
      return ranges.toSorted((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
    }
  }
  return ranges;
}
