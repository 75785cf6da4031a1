/**
 * The handler that is running: the CPU time it used, and the messages it sent, which leave when
 * that time is over. There is one per world, because handlers never nest.
 */
import { assert } from "./assert.ts";
import type { Network } from "./network/network.ts";
import type { Machine } from "./process.ts";

/** The pool of a handler that no pool runs: a timer, a disk completion, a task's wake-up. */
export const noPool = -1;

/** What the kernel knows of the running handler. */
export class Handler {
  /** Whose handler runs; null between handlers. */
  machine: Machine | null = null;
  /** The pool whose thread runs it, or `noPool`. */
  pool: number = noPool;
  /** The CPU time so far: its own cost and what it spent. */
  costUs = 0;
  /** Whether it keeps its thread beyond its end. */
  holds = false;

  /** The messages: their slots of the event queue, and their sizes. */
  readonly #slots: number[] = [];
  readonly #sizes: number[] = [];
  #count = 0;

  /** A handler begins. */
  begin(machine: Machine, pool: number, costUs: number): void {
    assert(this.machine === null, "handlers do not nest");
    this.machine = machine;
    this.pool = pool;
    this.costUs = costUs;
    this.holds = false;
  }

  /** Keeps a message until the handler ends. */
  send(slot: number, sizeBytes: number): void {
    const at = this.#count++;
    this.#slots[at] = slot;
    this.#sizes[at] = sizeBytes;
  }

  /** The handler is over, whole or cut short by a crash: what it sent so far leaves. */
  end(network: Network, nowUs: number): void {
    assert(this.machine !== null, "a handler that ends has begun");
    this.machine = null;
    const leavesUs = nowUs + this.costUs;
    for (let at = 0; at < this.#count; at++) {
      network.transmit(this.#slots[at]!, this.#sizes[at]!, leavesUs);
    }
    this.#count = 0;
  }
}
