/**
 * Operations that fit one state only, and the states that therefore must not be left for good. An
 * order that leaves a state while a read of it is still to come, and after which nothing can bring
 * the state back, leads nowhere: seeing that at once, and not at the read's return, keeps long
 * histories with distinct values cheap.
 */
import { assert } from "../../../sim/assert.ts";
import type { Operation, Scalar } from "../../history-files/operations.ts";
import type { Model } from "./model.ts";

/** What a search needs to know of demands; it does not change while searching. */
export type DemandTable = {
  /** By operation: the number of the one state that it fits, or -1. */
  readonly states: Int32Array;
  /** By operation: the origin that it is, or -1. Origins are numbered from 0. */
  readonly origins: Int32Array;
  readonly originCount: number;
  /** By state: the origins that may bring it back. States beyond the end are not demanded. */
  readonly ways: readonly (readonly number[])[];
};

/** The table of one key's operations; `numberOf` gives a state's number to the search. */
export function demandTable<State>(
  operations: readonly Operation[],
  model: Model<State>,
  numberOf: (state: State) => number,
): DemandTable {
  const keys = new Map<Scalar, number>();
  const origins = Int32Array.from(operations, (one) => {
    const key = model.origin(one);
    if (key === undefined) return -1;
    const known = keys.get(key) ?? keys.size;
    keys.set(key, known);
    return known;
  });
  const all: ReadonlySet<Scalar> = new Set(keys.keys());
  const ways: number[][] = [];
  const states = Int32Array.from(operations, (one) => {
    const state = model.demand(one);
    if (state === undefined) return -1;
    const number = numberOf(state);
    while (ways.length <= number) ways.push([]);
    if (ways[number]!.length === 0) {
      ways[number] = model.origins(state, all).map((key) => keys.get(key)!);
    }
    return number;
  });
  return { states, origins, originCount: keys.size, ways };
}

const none = new Int32Array(0);

/** How much of each is left in the present order of one search. */
export class Demands {
  #table: DemandTable = { states: none, origins: none, originCount: 0, ways: [] };
  #needs = none;
  #supplies = none;

  /** Begins with nothing placed. */
  fill(table: DemandTable): void {
    this.#table = table;
    this.#needs = new Int32Array(table.ways.length);
    this.#supplies = new Int32Array(table.originCount);
    for (const state of table.states) if (state >= 0) this.#needs[state]!++;
    for (const origin of table.origins) if (origin >= 0) this.#supplies[origin]!++;
  }

  place(operation: number): void {
    this.#count(operation, -1);
  }

  takeBack(operation: number): void {
    this.#count(operation, 1);
  }

  /** Whether `operation`, placed last, left `state` for good though some operation fits only it. */
  isStranded(state: number, operation: number): boolean {
    if (state >= this.#needs.length || this.#needs[state] === 0) return false;
    const ways = this.#table.ways[state]!;
    // What left the state may yet lead back to it: a put of a string's beginning does.
    const own = this.#table.origins[operation]!;
    for (const origin of ways) {
      if (origin === own || this.#supplies[origin]! > 0) return false;
    }
    return true;
  }

  #count(operation: number, by: number): void {
    const state = this.#table.states[operation]!;
    if (state >= 0) this.#needs[state]! += by;
    const origin = this.#table.origins[operation]!;
    if (origin >= 0) this.#supplies[origin]! += by;
    assert(state < 0 || this.#needs[state]! >= 0, "no operation is placed twice");
  }
}
