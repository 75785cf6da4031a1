import { compareSlice, Slice } from "../../../sdk/assemblyscript/assembly/index";

/** A sum that no number of 64-bit values overflows: 128 bits in two words. */
export class WideSum {
  low: u64 = 0;
  high: i64 = 0;

  add(value: i64): void {
    const low = this.low + <u64>value;
    const carry: i64 = low < this.low ? 1 : 0;
    this.low = low;
    this.high += (value >> 63) + carry;
  }
}

/** One of the top entries. */
export class Entry {
  constructor(
    public key: Uint8Array,
    public value: i64,
  ) {}
}

/** What a request adds up over the rows of its ranges. */
export class Totals {
  skipped: u64 = 0;
  count: u64 = 0;
  sum: WideSum = new WideSum();
  min: i64 = i64.MAX_VALUE;
  max: i64 = i64.MIN_VALUE;
  entries: Entry[] = [];

  constructor(
    public top: i32,
    public smallestFirst: bool,
  ) {}

  add(key: Slice, value: i64): void {
    this.count += 1;
    this.sum.add(value);
    this.min = min(this.min, value);
    this.max = max(this.max, value);
    if (this.top > 0) this.offer(key, value);
  }

  /** Keeps the best `top` entries, in order: by value, then by key. */
  private offer(key: Slice, value: i64): void {
    const entries = this.entries;
    let at = entries.length;
    while (at > 0 && this.isBefore(key, value, entries[at - 1])) at -= 1;
    if (at >= this.top) return;
    if (entries.length === this.top) entries.pop();
    entries.push(new Entry(key.copy(), value));
    for (let from = entries.length - 1; from > at; from--) {
      const entry = entries[from];
      entries[from] = entries[from - 1];
      entries[from - 1] = entry;
    }
  }

  private isBefore(key: Slice, value: i64, other: Entry): bool {
    if (value !== other.value)
      return this.smallestFirst ? value < other.value : value > other.value;
    return compareSlice(key, other.key) < 0;
  }
}
