/**
 * The event queue: a binary heap over (time, tie, sequence) beside slots that hold what an event is
 * in typed arrays. Nothing is allocated per event. There is no cancelling: a slot
 * carries the incarnation it was made for, and whoever takes it up drops it when that is gone.
 */
import { assert } from "./assert.ts";
import * as layout from "./slot.ts";

/** Events in order of time; of equal times by tie; of equal ties in order of their scheduling. */
export class EventQueue {
  // Two views of the slots' room.
  #integers: Int32Array = new Int32Array(0);
  #doubles: Float64Array = new Float64Array(0);
  #objects: unknown[] = [];
  /** Free slots are a list: each holds the next in place of its operation. */
  #firstFree = layout.none;
  // The heap: two doubles (rank, tie and sequence) and a slot for each place.
  #keys: Float64Array = new Float64Array(0);
  #slots: Int32Array = new Int32Array(0);
  #count = 0;
  /** The root was popped and its place is empty: the next push may fill it, and mostly does. */
  #isHollow = false;
  #sequence = 0;

  constructor(capacity = 256) {
    this.#grow(capacity);
  }

  /** How many events wait. */
  get size(): number {
    return this.#isHollow ? this.#count - 1 : this.#count;
  }

  /** The smallest rank that waits; infinite when nothing does. */
  get firstRank(): number {
    if (this.#isHollow) this.#fill();
    return this.#count === 0 ? Number.POSITIVE_INFINITY : this.#keys[0]!;
  }

  /** A slot for an event. What `a`, `b`, `c` and the object hold is the operation's to say. */
  allocate(
    operation: number,
    process: number,
    incarnation: number,
    a: number,
    b: number,
    c: number,
    object: unknown,
  ): number {
    if (this.#firstFree === layout.none) this.#grow(this.#objects.length * 2);
    const slot = this.#firstFree;
    const integers = this.#integers;
    const from = slot << layout.toIntegers;
    this.#firstFree = integers[from + layout.operation]!;
    integers[from + layout.operation] = operation;
    integers[from + layout.process] = process;
    integers[from + layout.incarnation] = incarnation;
    integers[from + layout.a] = a;
    integers[from + layout.c] = c;
    this.#doubles[(slot << layout.toDoubles) + layout.b] = b;
    this.#objects[slot] = object;
    return slot;
  }

  /** Gives a slot back. Its object is forgotten. */
  release(slot: number): void {
    this.#objects[slot] = null;
    this.#integers[(slot << layout.toIntegers) + layout.operation] = this.#firstFree;
    this.#firstFree = slot;
  }

  /** Makes a taken slot another event, with the same payload. */
  become(slot: number, operation: number, process: number, incarnation: number, a: number): void {
    const integers = this.#integers;
    const from = slot << layout.toIntegers;
    integers[from + layout.operation] = operation;
    integers[from + layout.process] = process;
    integers[from + layout.incarnation] = incarnation;
    integers[from + layout.a] = a;
  }

  /** A second slot like this one. */
  copy(slot: number): number {
    return this.allocate(
      this.operation(slot),
      this.process(slot),
      this.incarnation(slot),
      this.a(slot),
      this.b(slot),
      this.c(slot),
      this.#objects[slot],
    );
  }

  /** When the event is due, in microseconds. */
  timeUs(slot: number): number {
    return this.#doubles[(slot << layout.toDoubles) + layout.timeUs]!;
  }

  /** What it is: a code of `operation.ts`. */
  operation(slot: number): number {
    return this.#integers[(slot << layout.toIntegers) + layout.operation]!;
  }

  process(slot: number): number {
    return this.#integers[(slot << layout.toIntegers) + layout.process]!;
  }

  incarnation(slot: number): number {
    return this.#integers[(slot << layout.toIntegers) + layout.incarnation]!;
  }

  /** An integer of 32 bits. */
  a(slot: number): number {
    return this.#integers[(slot << layout.toIntegers) + layout.a]!;
  }

  /** An integer as large as 2^53. */
  b(slot: number): number {
    return this.#doubles[(slot << layout.toDoubles) + layout.b]!;
  }

  /** An integer of 32 bits. */
  c(slot: number): number {
    return this.#integers[(slot << layout.toIntegers) + layout.c]!;
  }

  object(slot: number): unknown {
    return this.#objects[slot];
  }

  replaceObject(slot: number, object: unknown): void {
    this.#objects[slot] = object;
  }

  /**
   * Adds a slot that is due at `timeUs`. `rank` is the time it is ordered by, `tie` decides among
   * equal ranks and is under `tieLimit`.
   */
  push(slot: number, timeUs: number, rank: number, tie: number): void {
    this.#doubles[(slot << layout.toDoubles) + layout.timeUs] = timeUs;
    const key = tie * layout.sequenceLimit + this.#sequence++;
    if (this.#isHollow) {
      this.#isHollow = false;
      this.#sink(this.#count, slot, rank, key);
    } else this.#rise(this.#count++, slot, rank, key);
  }

  /** Takes the first slot if its rank is at most `rank`, else gives -1. */
  popUntil(rank: number): number {
    if (this.#isHollow) this.#fill();
    if (this.#count === 0 || this.#keys[0]! > rank) return layout.none;
    this.#isHollow = true;
    return this.#slots[0]!;
  }

  /** Takes the first event's slot. It stays the caller's until it is released or pushed again. */
  pop(): number {
    if (this.#isHollow) this.#fill();
    assert(this.#count > 0, "an event waits when one is taken");
    this.#isHollow = true;
    return this.#slots[0]!;
  }

  /** Nothing was pushed since the last pop: the last entry takes the empty place at the root. */
  #fill(): void {
    this.#isHollow = false;
    const last = --this.#count;
    if (last === 0) return;
    this.#sink(last, this.#slots[last]!, this.#keys[last << 1]!, this.#keys[(last << 1) + 1]!);
  }

  /**
   * Places an entry in a heap of `count` whose root is empty: the empty place goes down to a leaf
   * past the smaller children, and the entry rises from there. Which child is smaller is a coin
   * toss that no processor predicts, so it is added as a number, not branched on (measured: twice
   * as fast as the usual way down, on two or four children). A place is named by the index of its
   * first key, twice its number; operations on bits need no check for an overflow.
   */
  #sink(count: number, slot: number, rank: number, key: number): void {
    const keys = this.#keys;
    const slots = this.#slots;
    const end = count << 1;
    let at = 0;
    let child = 2;
    while (((child + 2) | 0) < end) {
      const left = keys[child]!;
      const right = keys[(child + 2) | 0]!;
      let isRight = +(right < left);
      if (right === left) isRight = +(keys[(child + 2) | 1]! < keys[child | 1]!);
      child = (child + (isRight << 1)) | 0;
      keys[at] = keys[child]!;
      keys[at | 1] = keys[child | 1]!;
      slots[at >> 1] = slots[child >> 1]!;
      at = child;
      child = ((at << 1) + 2) | 0;
    }
    if (child < end) {
      keys[at] = keys[child]!;
      keys[at | 1] = keys[child | 1]!;
      slots[at >> 1] = slots[child >> 1]!;
      at = child;
    }
    // As in `#rise`, once more: the call is what would cost.
    while (at > 0) {
      const parent = ((at - 2) >> 2) << 1;
      const above = keys[parent]!;
      if (above < rank || (above === rank && keys[parent | 1]! < key)) break;
      keys[at] = above;
      keys[at | 1] = keys[parent | 1]!;
      slots[at >> 1] = slots[parent >> 1]!;
      at = parent;
    }
    keys[at] = rank;
    keys[at | 1] = key;
    slots[at >> 1] = slot;
  }

  /** Adds an entry to a heap of `count`: at its end or, past greater ones, above. */
  #rise(count: number, slot: number, rank: number, key: number): void {
    const keys = this.#keys;
    const slots = this.#slots;
    let at = count << 1;
    while (at > 0) {
      const parent = ((at - 2) >> 2) << 1;
      const above = keys[parent]!;
      if (above < rank || (above === rank && keys[parent | 1]! < key)) break;
      keys[at] = above;
      keys[at | 1] = keys[parent | 1]!;
      slots[at >> 1] = slots[parent >> 1]!;
      at = parent;
    }
    keys[at] = rank;
    keys[at | 1] = key;
    slots[at >> 1] = slot;
  }

  #grow(capacity: number): void {
    const before = this.#objects.length;
    const room = new ArrayBuffer(capacity * layout.bytes);
    this.#integers = wider(this.#integers, new Int32Array(room));
    this.#doubles = new Float64Array(room);
    this.#keys = wider(this.#keys, new Float64Array(capacity * 2));
    this.#slots = wider(this.#slots, new Int32Array(capacity));
    while (this.#objects.length < capacity) this.#objects.push(null);
    for (let slot = capacity - 1; slot >= before; slot--) this.release(slot);
  }
}

function wider<Column extends { set(from: Column): void }>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}
