/**
 * Lowe's memo: which configurations - a set of linearized operations and the state they led to - a
 * search has been in, so that it enters none twice. An open-addressing table over one growing array
 * of integers; nothing is allocated per configuration.
 *
 * Source: Lowe, "Testing for linearizability", Concurrency and Computation 29(4), 2017, section 4.
 */
import { assert } from "../../../sim/assert.ts";

/** Integers before a configuration's words: its hash, its number of words. */
const headLength = 2;
const slotsMin = 64;

/** A set of integer sequences. Reused from search to search: it keeps the memory it grew to. */
export class Memo {
  #slots = new Int32Array(slotsMin);
  #mask = slotsMin - 1;
  #count = 0;
  #store = new Int32Array(1024);
  #used = 1;

  /** Forgets everything. Costs as much as the first 64 slots do. */
  clear(): void {
    this.#mask = slotsMin - 1;
    this.#slots.fill(0, 0, slotsMin);
    this.#count = 0;
    this.#used = 1; // Place 0 stands for an empty slot.
  }

  /** Integers in use; four bytes each. */
  get size(): number {
    return this.#used;
  }

  /**
   * A place for a configuration of `length` integers: write them at `words[at..at+length-1]`, then
   * call `add`. A place that is not added is given out again.
   */
  reserve(length: number): number {
    const needed = this.#used + headLength + length;
    if (needed > this.#store.length) {
      const grown = new Int32Array(Math.max(needed, this.#store.length * 2));
      grown.set(this.#store);
      this.#store = grown;
    }
    return this.#used + headLength;
  }

  /** The array that `reserve` gives places in. A later `reserve` may replace it. */
  get words(): Int32Array {
    return this.#store;
  }

  /** Adds the configuration written at the reserved place; false if the memo has it already. */
  add(hash: number, length: number): boolean {
    const store = this.#store;
    const place = this.#used;
    let slot = hash & this.#mask;
    for (let found = this.#slots[slot]!; found !== 0; found = this.#slots[slot]!) {
      if (store[found] === hash && store[found + 1] === length) {
        if (this.#equal(found + headLength, place + headLength, length)) return false;
      }
      slot = (slot + 1) & this.#mask;
    }
    store[place] = hash;
    store[place + 1] = length;
    this.#slots[slot] = place;
    this.#used = place + headLength + length;
    this.#count++;
    if (this.#count * 2 > this.#mask) this.#grow();
    return true;
  }

  #equal(a: number, b: number, length: number): boolean {
    const store = this.#store;
    for (let at = 0; at < length; at++) {
      if (store[a + at] !== store[b + at]) return false;
    }
    return true;
  }

  #grow(): void {
    const size = (this.#mask + 1) * 2;
    if (size > this.#slots.length) this.#slots = new Int32Array(size);
    else this.#slots.fill(0, 0, size);
    this.#mask = size - 1;
    const store = this.#store;
    let moved = 0;
    for (let at = 1; at < this.#used; at += headLength + store[at + 1]!) {
      let slot = store[at]! & this.#mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = at;
      moved++;
    }
    assert(moved === this.#count, "every configuration moves to the larger table");
  }
}
