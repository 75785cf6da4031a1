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
  /** The number that stands for all states that no answer fits. */
  readonly untold: number;
};

/** How states are numbered for the search. */
export interface StateNumbers<State> {
  readonly untold: number;
  numberOf(state: State): number;
}

/** The table of one key's operations. */
export function demandTable<State>(
  operations: readonly Operation[],
  model: Model<State>,
  numbers: StateNumbers<State>,
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
    // A pending operation need not take effect, so it demands nothing.
    const state = one.returnTime === null ? undefined : model.demand(one);
    if (state === undefined) return -1;
    const number = numbers.numberOf(state);
    while (ways.length <= number) ways.push([]);
    if (ways[number]!.length === 0) {
      ways[number] = model.origins(state, all).map((key) => keys.get(key)!);
    }
    return number;
  });
  return { states, origins, originCount: keys.size, ways, untold: numbers.untold };
}

const none = new Int32Array(0);

/** How much of each is left in the present order of one search. */
export class Demands {
  #table: DemandTable = { states: none, origins: none, originCount: 0, ways: [], untold: -1 };
  /** By state: operations to come that fit only it. */
  #needs = none;
  /** By origin: operations to come. */
  #supplies = none;
  /** By origin: the states that it may bring back. */
  #states: number[][] = [];
  /** By state: its origins with operations to come. */
  #waysLeft = none;
  /** Operations to come whose state no operation to come brings back. */
  #hopeless = 0;

  /** Begins with nothing placed. */
  fill(table: DemandTable): void {
    const { states, origins, originCount, ways } = table;
    this.#table = table;
    this.#needs = new Int32Array(ways.length);
    this.#supplies = new Int32Array(originCount);
    this.#states = Array.from({ length: originCount }, () => []);
    this.#waysLeft = Int32Array.from(ways, (own) => own.length);
    this.#hopeless = 0;
    ways.forEach((own, state) => {
      for (const origin of own) this.#states[origin]!.push(state);
    });
    for (const origin of origins) if (origin >= 0) this.#supplies[origin]!++;
    for (const state of states) {
      if (state < 0) continue;
      this.#needs[state]!++;
      if (this.#waysLeft[state] === 0) this.#hopeless++;
    }
  }

  place(operation: number): void {
    const state = this.#table.states[operation]!;
    if (state >= 0) {
      assert(this.#needs[state]! > 0, "no operation is placed twice");
      this.#needs[state]!--;
      if (this.#waysLeft[state] === 0) this.#hopeless--;
    }
    const origin = this.#table.origins[operation]!;
    if (origin >= 0 && --this.#supplies[origin]! === 0) this.#close(origin);
  }

  /** The inverse of `place`, latest first. */
  takeBack(operation: number): void {
    const origin = this.#table.origins[operation]!;
    if (origin >= 0 && this.#supplies[origin]!++ === 0) this.#reopen(origin);
    const state = this.#table.states[operation]!;
    if (state < 0) return;
    this.#needs[state]!++;
    if (this.#waysLeft[state] === 0) this.#hopeless++;
  }

  /**
   * Whether `operation`, placed last, led from `before` to `after` and thereby left for good a
   * state that some operation to come fits only.
   */
  isStranded(before: number, after: number, operation: number): boolean {
    // Where no answer fits, whatever is to be answered needs an origin first.
    if (after === this.#table.untold && this.#hopeless > 0) return true;
    if (before >= this.#needs.length || this.#needs[before] === 0) return false;
    if (this.#waysLeft[before]! > 0) return false;
    // What left the state may yet lead back to it: a put of a string's beginning does.
    return !this.#table.ways[before]!.includes(this.#table.origins[operation]!);
  }

  #close(origin: number): void {
    for (const state of this.#states[origin]!) {
      if (--this.#waysLeft[state]! === 0) this.#hopeless += this.#needs[state]!;
    }
  }

  #reopen(origin: number): void {
    for (const state of this.#states[origin]!) {
      if (this.#waysLeft[state]!++ === 0) this.#hopeless -= this.#needs[state]!;
    }
  }
}
