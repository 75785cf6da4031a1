/** Growable lists of integers, and adjacency in one array: no object for each of many edges. */
import { assert } from "../../../sim/assert.ts";
import { intTable } from "./int-table.ts";

/** A list of 32-bit integers that grows by doubling. */
export class IntList {
  #items: Int32Array;
  #length = 0;

  constructor(capacity = 64) {
    this.#items = intTable(capacity);
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#items.length) this.#grow();
    this.#items[this.#length++] = value;
  }

  at(index: number): number {
    return this.#items[index]!;
  }

  set(index: number, value: number): void {
    this.#items[index] = value;
  }

  /** Drops the items from `length` on. */
  truncate(length: number): void {
    assert(length <= this.#length, "a list is only shortened");
    this.#length = length;
  }

  /** The items so far, without a copy. Valid until the next `push`. */
  view(): Int32Array {
    return this.#items.subarray(0, this.#length);
  }

  #grow(): void {
    const larger = intTable(this.#items.length * 2);
    larger.set(this.#items);
    this.#items = larger;
  }
}

/** For each node its targets, in one array: those of node n are start[n] up to start[n + 1]. */
export type Adjacency = {
  readonly start: Int32Array;
  readonly target: Int32Array;
};

/** Groups pairs by their first part (counting sort, stable). Repeated pairs stay repeated. */
export function adjacency(nodes: number, from: Int32Array, to: Int32Array): Adjacency {
  assert(from.length === to.length, "each pair has two ends");
  const start = intTable(nodes + 1);
  for (let at = 0; at < from.length; at++) start[from[at]! + 1]!++;
  for (let node = 0; node < nodes; node++) start[node + 1]! += start[node]!;
  const fill = start.slice(0, nodes);
  const target = intTable(from.length);
  for (let at = 0; at < from.length; at++) target[fill[from[at]!]!++] = to[at]!;
  return { start, target };
}
