/** A list that is filled, read and cleared over and over. */
import { assert } from "../../sim/assert.ts";

/**
 * What the core hands out: read it with `count` and `at`, then `clear` it. Clearing keeps the slots
 * (truncating an array on each step was 5 % of a run), so what was in them lives until overwritten.
 */
export class Batch<Item> {
  readonly #items: Item[] = [];
  #count = 0;

  /** How many items wait, 0 or more. */
  get count(): number {
    return this.#count;
  }

  /** The item at position `at`, from 0 to `count - 1`, in the order they were pushed. */
  at(at: number): Item {
    assert(at >= 0 && at < this.#count, "a batch is read within its count");
    return this.#items[at]!;
  }

  push(item: Item): void {
    this.#items[this.#count] = item;
    this.#count += 1;
  }

  clear(): void {
    this.#count = 0;
  }
}
