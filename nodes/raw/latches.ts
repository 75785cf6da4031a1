/**
 * Latches by key: compare-and-swap commands on one key run one after another, from their read to
 * their apply. Plain puts take none (TiKV src/storage/mod.rs raw_put), so a put may fall between.
 */
import { assert } from "../../sim/assert.ts";
import type { Waiter } from "../store/waiter.ts";

export class Latches {
  readonly #queues = new Map<string, Waiter[]>();

  /** Queues up for a key. True if the latch is held at once. */
  acquire(key: string, waiter: Waiter): boolean {
    const queue = this.#queues.get(key);
    if (queue === undefined) {
      this.#queues.set(key, [waiter]);
      return true;
    }
    queue.push(waiter);
    return false;
  }

  /** Gives the latch up; returns who holds it now, if anybody waited. */
  release(key: string, waiter: Waiter): Waiter | undefined {
    const queue = this.#queues.get(key);
    assert(queue !== undefined && queue[0] === waiter, "the holder releases its latch");
    queue.shift();
    if (queue.length === 0) this.#queues.delete(key);
    return queue[0];
  }
}
