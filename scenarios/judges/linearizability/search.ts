/**
 * Wing and Gong's search for a linearization with Lowe's memo: depth first over the operations that
 * may come next, on a doubly linked list of calls and returns in which trying an operation lifts
 * its two entries out and taking it back puts them in again. It sees integers only: operations are
 * numbered, states are numbers that `step` maps to numbers.
 *
 * Four rules keep it small. An operation that changes no state is placed as soon as its answer
 * fits, and never tried elsewhere: wherever else it could stand, it can stand here. The operation
 * that must return next is tried first, so that others wait until they are needed. Pending ones
 * come last. And an order that leaves a state for good while an operation fits only that state is
 * given up at once (demands.ts).
 *
 * Sources: Wing and Gong, "Testing and verifying concurrent objects", JPDC 17, 1993; Lowe, "Testing
 * for linearizability", 2017. Elsewhere: from histories to numbers (machine.ts, register-key.ts).
 */
import { assert } from "../../../sim/assert.ts";
import { Demands, type DemandTable } from "./demands.ts";
import { EntryList, type Intervals } from "./entry-list.ts";
import { Memo } from "./memo.ts";

/**
 * One key's history. The `complete` operations come first and in order of their calls, after them
 * the pending ones, in order of their calls too.
 */
export type SearchProblem = Intervals & {
  /** By operation: 1 if it leaves every state as it is in which its answer fits, else 0. */
  readonly pure: ArrayLike<number>;
  /**
   * By operation: an earlier pending one that does the same, or -1. Which of two such takes effect
   * is not to be told, so the later is tried only once the earlier has.
   */
  readonly twins: ArrayLike<number>;
  /** What lets the search see early that an order leads nowhere; null to go on to its end. */
  readonly demands: DemandTable | null;
  readonly initial: number;
  /** The state after an operation, from 0; -1 if its answer contradicts the state. */
  readonly step: (state: number, operation: number) => number;
};

/** When to give up. A search looks at both about every 4,096 operations tried. */
export type SearchLimits = {
  /** Operations tried, at least. */
  readonly stepsMax: number;
  /** Bytes of memo. */
  readonly memoBytesMax: number;
  readonly expired: () => boolean;
};

export type SearchResult =
  | { readonly kind: "linearizable" }
  | { readonly kind: "refused" }
  | { readonly kind: "undecided"; readonly reason: "steps" | "memory" | "time" };

const linearizable: SearchResult = { kind: "linearizable" };
const refused: SearchResult = { kind: "refused" };
const stepsPerLook = 4096;

/** Searches one history after another in memory that it keeps. */
export class Search {
  readonly #memo = new Memo();
  #problem: SearchProblem = nothing;
  readonly #list = new EntryList();
  readonly #ownDemands = new Demands();
  /** Null if the problem has none. */
  #demands: Demands | null = null;
  #hashes = new Int32Array(0);
  /** The linearized operations: bits of the complete ones, from `#pendingBit` on of the pending. */
  #bits = new Int32Array(0);
  #pendingBit = 0;
  #bitsEnd = 0;
  /** The hash of the linearized operations. */
  #hash = 0;
  #state = 0;
  /** The first complete operation that is not linearized. */
  #firstOpen = 0;
  /** How many complete operations are linearized. */
  #placed = 0;
  /** The complete operation whose return comes next; -1 if all are linearized. */
  #mustReturn = -1;
  /** The operations linearized, in order, and what held before each. */
  #path = new Int32Array(0);
  #states = new Int32Array(0);
  #mustReturns = new Int32Array(0);
  #depth = 0;
  readonly #hashMask: number;

  /** Tests let only some bits of hashes count: configurations must be told apart all the same. */
  constructor({ hashMask }: { readonly hashMask: number } = { hashMask: -1 }) {
    this.#hashMask = hashMask;
  }

  /** Searches to the end or to a limit. Throws `InvariantError` if operations are out of order. */
  run(problem: SearchProblem, limits: SearchLimits): SearchResult {
    this.#prepare(problem);
    this.#settle();
    let candidate = this.#mustReturn;
    for (let steps = 1; this.#placed < problem.complete; steps++) {
      if (steps % stepsPerLook === 0) {
        const reason = this.#exhausted(steps, limits);
        if (reason !== null) return { kind: "undecided", reason };
      }
      if (candidate >= 0) {
        candidate = this.#place(candidate) ? this.#mustReturn : this.#after(candidate);
        continue;
      }
      // No operation may come next, and one must: this order leads nowhere.
      const undone = this.#takeBack();
      if (undone < 0) return refused;
      candidate = this.#after(undone);
    }
    return linearizable;
  }

  /** The linearization that `run` found: operations, pending ones too, in order of their effect. */
  order(): readonly number[] {
    assert(this.#placed === this.#problem.complete, "the search has found a linearization");
    return Array.from(this.#path.subarray(0, this.#depth));
  }

  /** The candidate to try after `operation` failed where the search stands; -1 if there is none. */
  #after(operation: number): number {
    const { complete, pure } = this.#problem;
    const mustReturn = this.#mustReturn;
    let pending = operation + 1;
    if (operation < complete) {
      let entry = this.#list.next[operation === mustReturn ? 0 : operation + 1]!;
      for (; entry <= complete; entry = this.#list.next[entry]!) {
        const other = entry - 1;
        // What changes nothing would have been placed already if its answer fitted.
        if (other !== mustReturn && pure[other] === 0) return other;
      }
      pending = complete;
    }
    const end = complete + this.#list.pendingBefore[mustReturn]!;
    while (pending < end && this.#isPlaced(pending)) pending++;
    return pending < end ? pending : -1;
  }

  /** Linearizes the operation next if its answer fits and no search has been there before. */
  #place(operation: number): boolean {
    const { complete, step, twins } = this.#problem;
    const isPending = operation >= complete;
    if (isPending && twins[operation]! >= 0 && !this.#isPlaced(twins[operation]!)) return false;
    const after = step(this.#state, operation);
    // A pending operation that changes nothing need not take effect.
    if (after < 0 || (isPending && after === this.#state)) return false;
    const before = this.#state;
    this.#push(operation, after);
    if (after !== before && this.#demands?.isStranded(before, after, operation) === true) {
      this.#takeBack();
      return false;
    }
    this.#settle();
    if (this.#placed === complete || this.#remember()) return true;
    this.#takeBack();
    return false;
  }

  /** Places every pure operation that fits now, and finds the one that must return next. */
  #settle(): void {
    const { complete, step, pure } = this.#problem;
    let last = 0;
    let entry = this.#list.next[0]!;
    for (; entry !== 0 && entry <= complete; entry = this.#list.next[last]!) {
      const operation = entry - 1;
      if (pure[operation] === 1 && step(this.#state, operation) === this.#state) {
        // Out of the list with its return, which may well have been the next entry.
        this.#push(operation, this.#state);
      } else {
        last = entry;
      }
    }
    this.#mustReturn = entry === 0 ? -1 : entry - 1 - complete;
  }

  #push(operation: number, after: number): void {
    this.#path[this.#depth] = operation;
    this.#mustReturns[this.#depth] = this.#mustReturn;
    this.#states[this.#depth++] = this.#state;
    this.#state = after;
    this.#flip(operation);
    this.#demands?.place(operation);
    if (operation >= this.#problem.complete) return;
    this.#list.lift(operation);
    this.#placed++;
    if (operation === this.#firstOpen) this.#firstOpen = this.#openAfter(operation);
  }

  /**
   * Undoes the latest `#place` with all that it settled, and answers which operation was placed;
   * -1 if none was. The search then stands where that operation was tried.
   */
  #takeBack(): number {
    while (this.#depth > 0) {
      const operation = this.#path[--this.#depth]!;
      this.#state = this.#states[this.#depth]!;
      this.#mustReturn = this.#mustReturns[this.#depth]!;
      this.#flip(operation);
      this.#demands?.takeBack(operation);
      if (operation >= this.#problem.complete) return operation;
      this.#list.unlift(operation);
      this.#placed--;
      if (operation < this.#firstOpen) this.#firstOpen = operation;
      if (this.#problem.pure[operation] === 0) return operation;
    }
    return -1;
  }

  /** Puts an operation into the set of the linearized ones, or takes it out. */
  #flip(operation: number): void {
    const bit = this.#bitOf(operation);
    this.#bits[bit >> 5]! ^= 1 << (bit & 31);
    this.#hash ^= this.#hashes[operation]!;
  }

  #isPlaced(operation: number): boolean {
    const bit = this.#bitOf(operation);
    return ((this.#bits[bit >> 5]! >>> (bit & 31)) & 1) === 1;
  }

  #bitOf(operation: number): number {
    const { complete } = this.#problem;
    return operation < complete ? operation : operation - complete + this.#pendingBit;
  }

  #openAfter(operation: number): number {
    const { complete } = this.#problem;
    let open = operation + 1;
    while (open < complete && this.#isPlaced(open)) open++;
    return open;
  }

  /**
   * Adds the present operations and state to the memo; false if it has them. All
   * complete operations before the first open one are linearized and none called after its return
   * is, so the words between say all: histories of any length have short configurations.
   */
  #remember(): boolean {
    const { complete } = this.#problem;
    const open = this.#firstOpen;
    const from = open >> 5;
    const to = open < complete ? (this.#list.calledBefore[open]! + 31) >> 5 : from;
    const pendingFrom = this.#pendingBit >> 5;
    const length = 2 + (to - from) + (this.#bitsEnd - pendingFrom);
    let place = this.#memo.reserve(length);
    const words = this.#memo.words;
    words[place++] = this.#state;
    words[place++] = open;
    for (let word = from; word < to; word++) words[place++] = this.#bits[word]!;
    for (let word = pendingFrom; word < this.#bitsEnd; word++) words[place++] = this.#bits[word]!;
    const hash = mix(this.#hash ^ Math.imul(this.#state + 1, 0x9e3779b1)) & this.#hashMask;
    return this.#memo.add(hash, length);
  }

  #exhausted(steps: number, limits: SearchLimits): "steps" | "memory" | "time" | null {
    if (steps >= limits.stepsMax) return "steps";
    if (this.#memo.size * 4 >= limits.memoBytesMax) return "memory";
    return limits.expired() ? "time" : null;
  }

  #prepare(problem: SearchProblem): void {
    const { complete, count, initial } = problem;
    this.#problem = problem;
    this.#list.fill(problem);
    this.#demands = problem.demands === null ? null : this.#ownDemands;
    if (problem.demands !== null) this.#ownDemands.fill(problem.demands);
    this.#memo.clear();
    this.#grow(count);
    this.#pendingBit = ((complete + 31) >> 5) << 5;
    this.#bitsEnd = (this.#pendingBit + (count - complete) + 31) >> 5;
    this.#bits.fill(0, 0, this.#bitsEnd);
    this.#hash = 0;
    this.#state = initial;
    this.#firstOpen = 0;
    this.#placed = 0;
    this.#depth = 0;
  }

  #grow(count: number): void {
    if (count < this.#path.length) return;
    const size = Math.max(32, count * 2);
    this.#mustReturns = new Int32Array(size);
    this.#bits = new Int32Array(((size + 31) >> 5) + 2);
    this.#path = new Int32Array(size);
    this.#states = new Int32Array(size);
    this.#hashes = new Int32Array(size);
    for (let at = 0; at < size; at++) this.#hashes[at] = mix(at + 0x51ed270b);
  }
}

const nothing: SearchProblem = {
  complete: 0,
  count: 0,
  callTimes: [],
  returnTimes: [],
  pure: [],
  twins: [],
  demands: null,
  initial: 0,
  step: () => -1,
};

/** A 32-bit mix of a 32-bit integer. */
function mix(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
