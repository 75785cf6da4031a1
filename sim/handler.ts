/**
 * The handler that is running: the CPU time it used, and the messages it sent, which leave when
 * that time is over. There is one per world, because handlers never nest.
 */
import { assert } from "./assert.ts";
import type { Network } from "./network.ts";
import type { Machine, ProcessId } from "./process.ts";

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

  readonly #to: ProcessId[] = [];
  readonly #kinds: number[] = [];
  readonly #sizes: number[] = [];
  readonly #payloads: (object | null)[] = [];
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
  send(to: ProcessId, kind: number, payload: object, sizeBytes: number): void {
    const at = this.#count++;
    this.#to[at] = to;
    this.#kinds[at] = kind;
    this.#sizes[at] = sizeBytes;
    this.#payloads[at] = payload;
  }

  /** The handler is over, whole or cut short by a crash: what it sent so far leaves. */
  end(network: Network, nowUs: number): void {
    const machine = this.machine;
    assert(machine !== null, "a handler that ends has begun");
    for (let at = 0; at < this.#count; at++) {
      const payload = this.#payloads[at]!;
      this.#payloads[at] = null;
      network.transmit(
        machine.id,
        machine.incarnation,
        this.#to[at]!,
        this.#kinds[at]!,
        payload,
        this.#sizes[at]!,
        nowUs + this.costUs,
      );
    }
    this.#count = 0;
    this.machine = null;
  }
}
