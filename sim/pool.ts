/** A pool of threads of one incarnation: how many are busy, and what waits for one. */
import { assert } from "./assert.ts";

/** Slots of the event queue wait here, first come, first served. */
export class Pool {
  readonly threads: number;
  /** Threads that are running or held. */
  busy = 0;
  #slots = new Int32Array(8);
  #first = 0;
  #count = 0;

  constructor(threads: number) {
    assert(Number.isSafeInteger(threads) && threads > 0, "a pool has at least one thread");
    this.threads = threads;
  }

  /** How many slots wait. */
  get waiting(): number {
    return this.#count;
  }

  /** Whether a thread is free. */
  get isFree(): boolean {
    return this.busy < this.threads;
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
