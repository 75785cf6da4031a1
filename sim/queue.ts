/**
 * The event queue: a 4-ary heap over (time, tie, sequence) beside slots that hold what an event is,
 * column by column in typed arrays. Nothing is allocated per event. There is no cancelling: a slot
 * carries the incarnation it was made for, and whoever takes it up drops it when that is gone.
 */
import { assert } from "./assert.ts";

/** Ties are below this: with a sequence number under 2^33 they make one exact double. */
export const tieLimit: number = 2 ** 20;
const sequenceLimit = 2 ** 33;
const none = -1;

/** Events in order of time; of equal times by tie; of equal ties in order of their scheduling. */
export class EventQueue {
  // The columns of the slots. Growth replaces the arrays: never keep one over a push.
  /** When the event is due, in microseconds. */
  timeUs: Float64Array = new Float64Array(0);
  /** What it is: a code of `operation.ts`. */
  operation: Uint8Array = new Uint8Array(0);
  process: Int32Array = new Int32Array(0);
  incarnation: Int32Array = new Int32Array(0);
  /** Three integers whose meaning is the operation's; `b` may be as large as 2^53. */
  a: Int32Array = new Int32Array(0);
  b: Float64Array = new Float64Array(0);
  c: Int32Array = new Int32Array(0);
  object: unknown[] = [];

  #next: Int32Array = new Int32Array(0);
  #firstFree = none;
  // The heap: two doubles (rank, tie and sequence) and a slot for each place.
  #keys: Float64Array = new Float64Array(0);
  #slots: Int32Array = new Int32Array(0);
  #size = 0;
  #sequence = 0;

  constructor(capacity = 256) {
    this.#grow(capacity);
  }

  /** How many events wait. */
  get size(): number {
    return this.#size;
  }

  /** The smallest rank that waits; infinite when nothing does. */
  get firstRank(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : this.#keys[0]!;
  }

  /** A free slot for an event. Its columns are the caller's to fill, all of them. */
  allocate(): number {
    if (this.#firstFree === none) this.#grow(this.operation.length * 2);
    const slot = this.#firstFree;
    this.#firstFree = this.#next[slot]!;
    return slot;
  }

  /** Gives a slot back. Its object is forgotten. */
  release(slot: number): void {
    this.object[slot] = null;
    this.#next[slot] = this.#firstFree;
    this.#firstFree = slot;
  }

  /** Adds a filled slot. `rank` is the time it is ordered by; `tie` is under `tieLimit`. */
  push(slot: number, rank: number, tie: number): void {
    const key = tie * sequenceLimit + this.#sequence++;
    const keys = this.#keys;
    const slots = this.#slots;
    let at = this.#size++;
    while (at > 0) {
      const parent = (at - 1) >> 2;
      const parentRank = keys[parent * 2]!;
      if (parentRank < rank || (parentRank === rank && keys[parent * 2 + 1]! < key)) break;
      keys[at * 2] = parentRank;
      keys[at * 2 + 1] = keys[parent * 2 + 1]!;
      slots[at] = slots[parent]!;
      at = parent;
    }
    keys[at * 2] = rank;
    keys[at * 2 + 1] = key;
    slots[at] = slot;
  }

  /** Takes the first event's slot. It stays the caller's until it is released or pushed again. */
  pop(): number {
    assert(this.#size > 0, "an event waits when one is taken");
    const first = this.#slots[0]!;
    const last = --this.#size;
    if (last > 0) this.#sink(last);
    return first;
  }

  /** Moves the entry at `last`, one past the end, down from the root to its place. */
  #sink(last: number): void {
    const keys = this.#keys;
    const slots = this.#slots;
    const rank = keys[last * 2]!;
    const key = keys[last * 2 + 1]!;
    let at = 0;
    for (;;) {
      const child = at * 4 + 1;
      if (child >= last) break;
      let least = child;
      let leastRank = keys[child * 2]!;
      let leastKey = keys[child * 2 + 1]!;
      const end = child + 4 < last ? child + 4 : last;
      for (let other = child + 1; other < end; other++) {
        const otherRank = keys[other * 2]!;
        if (otherRank > leastRank) continue;
        const otherKey = keys[other * 2 + 1]!;
        if (otherRank === leastRank && otherKey > leastKey) continue;
        least = other;
        leastRank = otherRank;
        leastKey = otherKey;
      }
      if (rank < leastRank || (rank === leastRank && key < leastKey)) break;
      keys[at * 2] = leastRank;
      keys[at * 2 + 1] = leastKey;
      slots[at] = slots[least]!;
      at = least;
    }
    keys[at * 2] = rank;
    keys[at * 2 + 1] = key;
    slots[at] = slots[last]!;
  }

  #grow(capacity: number): void {
    const before = this.operation.length;
    this.timeUs = wider(this.timeUs, new Float64Array(capacity));
    this.operation = wider(this.operation, new Uint8Array(capacity));
    this.process = wider(this.process, new Int32Array(capacity));
    this.incarnation = wider(this.incarnation, new Int32Array(capacity));
    this.a = wider(this.a, new Int32Array(capacity));
    this.b = wider(this.b, new Float64Array(capacity));
    this.c = wider(this.c, new Int32Array(capacity));
    this.#next = wider(this.#next, new Int32Array(capacity));
    this.#keys = wider(this.#keys, new Float64Array(capacity * 2));
    this.#slots = wider(this.#slots, new Int32Array(capacity));
    for (let slot = capacity - 1; slot >= before; slot--) this.release(slot);
  }
}

function wider<Column extends { set(from: Column): void }>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}
