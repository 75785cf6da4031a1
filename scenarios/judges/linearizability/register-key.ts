/**
 * The judge inside simulations: one key's register operations as columns of integers, searched
 * without a single object per operation. For a verdict with its reasons, give the same operations
 * to `checkLinearizability`.
 */
import { assert } from "../../../sim/assert.ts";
import { Search, type SearchLimits, type SearchProblem } from "./search.ts";

/** What a register operation did, as an integer. */
export const registerOp = {
  /** Answered `first`. */
  read: 0,
  /** Wrote `first`. */
  write: 1,
  /** Found `first`, wrote `second`. */
  casSucceeded: 2,
  /** Found something else than `first`. */
  casFailed: 3,
  /** Would write `second` if it found `first`; its answer is not known. */
  casUnknown: 4,
} as const;
/** One of the five kinds. */
export type RegisterOp = (typeof registerOp)[keyof typeof registerOp];

/** By kind: 1 if it leaves the register as it is. */
const pureOps: readonly number[] = [1, 0, 0, 1, 0];

/** The register's contents are integers from 0 that the caller gives to values; see `initial`. */
export type RegisterRow = {
  readonly op: RegisterOp;
  readonly first: number;
  /** 0 unless a compare-and-swap. */
  readonly second: number;
  readonly callTime: number;
  /** Infinity for an operation that never returned: it takes effect after its call, or never. */
  readonly returnTime: number;
};

/**
 * Collects and judges one key after another, in memory that it keeps. Reads without information are
 * not added at all.
 */
export class RegisterJudge {
  readonly #search = new Search();
  readonly #limits: SearchLimits;
  #size = 0;
  #ops = new Uint8Array(64);
  #firsts = new Int32Array(64);
  #seconds = new Int32Array(64);
  #calls = new Float64Array(64);
  #returns = new Float64Array(64);
  /** The rows in the order that the search wants: complete ones, pending ones, each by call. */
  #order = new Int32Array(64);
  #ordered = 0;
  #sortedCalls = new Float64Array(64);
  #sortedReturns = new Float64Array(64);
  #pure = new Uint8Array(64);
  #twins = new Int32Array(64);
  readonly #step: (state: number, operation: number) => number = this.#after.bind(this);

  constructor({ stepsMax }: { readonly stepsMax: number }) {
    this.#limits = { stepsMax, memoBytesMax: 2 ** 28, expired: () => false };
  }

  /** Adds an operation of the present key, in any order. */
  add({ op, first, second, callTime, returnTime }: RegisterRow): void {
    this.take(op, first, second, callTime, returnTime);
  }

  /** The same without an object for it. */
  take(op: RegisterOp, first: number, second: number, callTime: number, returnTime: number): void {
    assert(returnTime >= callTime, "a return does not precede its call");
    assert(
      op !== registerOp.read || returnTime < Infinity,
      "a read without an answer tells nothing",
    );
    const at = this.#size++;
    if (at === this.#ops.length) this.#grow();
    this.#ops[at] = op;
    this.#firsts[at] = first;
    this.#seconds[at] = second;
    this.#calls[at] = callTime;
    this.#returns[at] = returnTime;
  }

  /** Judges the operations added since the last call and forgets them. */
  judge({ initial }: { readonly initial: number }): "linearizable" | "refused" | "undecided" {
    assert(Number.isInteger(initial) && initial >= 0, "contents are integers from 0");
    const complete = this.#sort();
    const count = this.#ordered;
    if (this.#fitsInOrderOfCalls(complete, initial)) {
      this.#size = 0;
      return "linearizable";
    }
    for (let at = 0; at < count; at++) {
      const row = this.#order[at]!;
      this.#sortedCalls[at] = this.#calls[row]!;
      this.#sortedReturns[at] = this.#returns[row]!;
      this.#pure[at] = pureOps[this.#ops[row]!]!;
      this.#twins[at] = at >= complete ? this.#twinOf(at, complete) : -1;
    }
    const [callTimes, returnTimes] = [this.#sortedCalls, this.#sortedReturns];
    const [pure, twins, step] = [this.#pure, this.#twins, this.#step];
    const problem: SearchProblem = {
      complete,
      count,
      callTimes,
      returnTimes,
      pure,
      twins,
      // Few operations a key: counting demands would cost more than it saves.
      demands: null,
      initial,
      step,
    };
    const { kind } = this.#search.run(problem, this.#limits);
    this.#size = 0;
    return kind;
  }

  /** Whether each may have taken effect at its call, and the pending ones never: most keys do. */
  #fitsInOrderOfCalls(complete: number, initial: number): boolean {
    let state = initial;
    for (let at = 0; at < complete && state >= 0; at++) state = this.#after(state, at);
    return state >= 0;
  }

  #after(state: number, operation: number): number {
    const row = this.#order[operation]!;
    const first = this.#firsts[row]!;
    switch (this.#ops[row]) {
      case registerOp.read:
        return state === first ? state : -1;
      case registerOp.write:
        return first;
      case registerOp.casSucceeded:
        return state === first ? this.#seconds[row]! : -1;
      case registerOp.casFailed:
        return state === first ? -1 : state;
      default:
        return state === first ? this.#seconds[row]! : state;
    }
  }

  /** Orders the rows that matter and answers how many of them are complete. */
  #sort(): number {
    const [order, calls] = [this.#order, this.#calls];
    this.#ordered = 0;
    for (let row = 0; row < this.#size; row++) {
      if (this.#returns[row]! < Infinity) this.#insert(row, 0);
    }
    const complete = this.#ordered;
    for (let row = 0; row < this.#size; row++) {
      if (this.#returns[row] === Infinity && this.#isObserved(row)) this.#insert(row, complete);
    }
    assert(complete < 2 || calls[order[0]!]! <= calls[order[1]!]!, "rows are in order of calls");
    return complete;
  }

  /** Insertion from behind: operations come nearly in the order of their calls. */
  #insert(row: number, from: number): void {
    const [order, calls] = [this.#order, this.#calls];
    let at = this.#ordered++;
    for (; at > from && calls[order[at - 1]!]! > calls[row]!; at--) order[at] = order[at - 1]!;
    order[at] = row;
  }

  /** Whether an answer may tell that a pending row took effect; see `Model.witness`. */
  #isObserved(pending: number): boolean {
    const isWrite = this.#ops[pending] === registerOp.write;
    const value = isWrite ? this.#firsts[pending]! : this.#seconds[pending]!;
    for (let row = 0; row < this.#size; row++) {
      const op = this.#ops[row];
      if (op === registerOp.write) continue;
      const isSame = this.#firsts[row] === value;
      if (op === registerOp.casFailed ? !isSame : isSame) return true;
    }
    return false;
  }

  /** The latest pending operation before this one that does the same, or -1. */
  #twinOf(at: number, complete: number): number {
    const row = this.#order[at]!;
    for (let before = at - 1; before >= complete; before--) {
      const other = this.#order[before]!;
      const isSame =
        this.#ops[other] === this.#ops[row] &&
        this.#firsts[other] === this.#firsts[row] &&
        this.#seconds[other] === this.#seconds[row];
      if (isSame) return before;
    }
    return -1;
  }

  #grow(): void {
    const size = this.#ops.length * 2;
    const larger = <Column extends Uint8Array | Int32Array | Float64Array>(
      column: Column,
      before: Column,
    ): Column => {
      column.set(before);
      return column;
    };
    this.#ops = larger(new Uint8Array(size), this.#ops);
    this.#firsts = larger(new Int32Array(size), this.#firsts);
    this.#seconds = larger(new Int32Array(size), this.#seconds);
    this.#calls = larger(new Float64Array(size), this.#calls);
    this.#returns = larger(new Float64Array(size), this.#returns);
    this.#order = new Int32Array(size);
    this.#sortedCalls = new Float64Array(size);
    this.#sortedReturns = new Float64Array(size);
    this.#pure = new Uint8Array(size);
    this.#twins = new Int32Array(size);
  }
}

/** Judges one key's rows alone: whoever judges many keys keeps a `RegisterJudge`. */
export function checkRegisterKey(
  rows: readonly RegisterRow[],
  options: { readonly initial: number; readonly stepsMax: number },
): "linearizable" | "refused" | "undecided" {
  const judge = new RegisterJudge({ stepsMax: options.stepsMax });
  for (const row of rows) judge.add(row);
  return judge.judge({ initial: options.initial });
}
