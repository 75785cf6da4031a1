/**
 * A pool of threads of one incarnation: until when each is busy, and what waits for one. A thread
 * that becomes free needs no event of its own unless somebody waits for it.
 */
import { assert } from "./assert.ts";

/** Slots of the event queue wait here, first come, first served. */
export class Pool {
  /** An event is on its way that looks after those who wait. */
  isWatched = false;
  /** By thread: it is busy before this time; Infinity while it is held. */
  readonly #busyUntilUs: Float64Array;
  #slots = new Int32Array(8);
  #first = 0;
  #count = 0;

  constructor(threads: number) {
    assert(Number.isSafeInteger(threads) && threads > 0, "a pool has at least one thread");
    this.#busyUntilUs = new Float64Array(threads);
  }

  /** How many slots wait. */
  get waiting(): number {
    return this.#count;
  }

  /** Whether a thread is free for somebody who comes now: those who wait go first. */
  isFree(nowUs: number): boolean {
    return this.#count === 0 && this.hasFreeThread(nowUs);
  }

  /** Whether a thread does nothing at a time. */
  hasFreeThread(nowUs: number): boolean {
    for (let at = 0; at < this.#busyUntilUs.length; at++) {
      if (this.#busyUntilUs[at]! <= nowUs) return true;
    }
    return false;
  }

  /** When the next thread becomes free; Infinity if all are held. */
  get nextFreeUs(): number {
    let nextUs = Number.POSITIVE_INFINITY;
    for (let at = 0; at < this.#busyUntilUs.length; at++) {
      if (this.#busyUntilUs[at]! < nextUs) nextUs = this.#busyUntilUs[at]!;
    }
    return nextUs;
  }

  /** A free thread is busy until a time; Infinity: until it is released. */
  occupy(nowUs: number, untilUs: number): void {
    for (let at = 0; at < this.#busyUntilUs.length; at++) {
      if (this.#busyUntilUs[at]! > nowUs) continue;
      this.#busyUntilUs[at] = untilUs;
      return;
    }
    assert(false, "only a free thread is occupied");
  }

  /** A held thread is free from a time on. */
  release(fromUs: number): void {
    let at = 0;
    while (at < this.#busyUntilUs.length && this.#busyUntilUs[at] !== Number.POSITIVE_INFINITY)
      at++;
    assert(at < this.#busyUntilUs.length, "a thread is released after it was held");
    this.#busyUntilUs[at] = fromUs;
  }

  /** Puts a slot at the end of the queue. */
  enqueue(slot: number): void {
    if (this.#count === this.#slots.length) this.#grow();
    this.#slots[(this.#first + this.#count) & (this.#slots.length - 1)] = slot;
    this.#count += 1;
  }

  /** Takes the slot that waited longest. */
  dequeue(): number {
    assert(this.#count > 0, "somebody waits when one is taken");
    const slot = this.#slots[this.#first]!;
    this.#first = (this.#first + 1) & (this.#slots.length - 1);
    this.#count -= 1;
    return slot;
  }

  #grow(): void {
    const wider = new Int32Array(this.#slots.length * 2);
    for (let at = 0; at < this.#count; at++) {
      wider[at] = this.#slots[(this.#first + at) & (this.#slots.length - 1)]!;
    }
    this.#slots = wider;
    this.#first = 0;
  }
}
