/**
 * The list that a search walks: the calls and returns of complete operations in order of time,
 * doubly linked. Lifting an operation out leaves its neighbours' places in its two entries, so that
 * putting it back, in the opposite order, costs as little.
 */
import { assert } from "../../../sim/assert.ts";

/** When operations were called and returned; `complete` ones first, each kind in order of calls. */
export type Intervals = {
  readonly complete: number;
  readonly count: number;
  /** By operation. A call at the time of a return comes before it, so the two overlap. */
  readonly callTimes: ArrayLike<number>;
  /** By complete operation. */
  readonly returnTimes: ArrayLike<number>;
};

/** Entry 0 is head and end; 1 + i is the call of operation i, 1 + complete + i its return. */
export class EntryList {
  /** By entry: the one after it. Read-only to others. */
  next: Int32Array = new Int32Array(0);
  /** By complete operation: how many complete ones are called before it returns. */
  calledBefore: Int32Array = new Int32Array(0);
  /** By complete operation: how many pending ones are called before it returns. */
  pendingBefore: Int32Array = new Int32Array(0);
  #previous = new Int32Array(0);
  #complete = 0;
  readonly #byReturn: number[] = [];

  /** Links all entries anew. Throws `InvariantError` if operations are out of order. */
  fill(intervals: Intervals): void {
    const { complete, count } = intervals;
    assert(complete <= count, "complete operations are operations");
    this.#complete = complete;
    if (this.calledBefore.length < complete) {
      const size = Math.max(32, complete * 2);
      this.next = new Int32Array(2 * size + 1);
      this.#previous = new Int32Array(2 * size + 1);
      this.calledBefore = new Int32Array(size);
      this.pendingBefore = new Int32Array(size);
    }
    this.next[0] = 0;
    this.#sortReturns(intervals);
    this.#link(intervals);
  }

  /** Takes a complete operation's call and return out. */
  lift(operation: number): void {
    this.#unlink(operation + 1);
    this.#unlink(operation + 1 + this.#complete);
  }

  /** The inverse of `lift`, if nothing lifted since then is still out. */
  unlift(operation: number): void {
    this.#relink(operation + 1 + this.#complete);
    this.#relink(operation + 1);
  }

  #unlink(entry: number): void {
    const before = this.#previous[entry]!;
    const after = this.next[entry]!;
    this.next[before] = after;
    this.#previous[after] = before;
  }

  #relink(entry: number): void {
    this.next[this.#previous[entry]!] = entry;
    this.#previous[this.next[entry]!] = entry;
  }

  #sortReturns({ complete, returnTimes }: Intervals): void {
    const order = this.#byReturn;
    order.length = 0;
    let isSorted = true;
    for (let at = 0; at < complete; at++) {
      order.push(at);
      if (at > 0 && returnTimes[at]! < returnTimes[at - 1]!) isSorted = false;
    }
    if (!isSorted) order.sort((a, b) => returnTimes[a]! - returnTimes[b]! || a - b);
  }

  /** Merges calls and returns, each in order. Calls come first at equal times. */
  #link({ complete, count, callTimes, returnTimes }: Intervals): void {
    let [call, pending, last] = [0, complete, 0];
    for (let returned = 0; returned < complete; ) {
      const returning = this.#byReturn[returned]!;
      const isCall = call < complete && callTimes[call]! <= returnTimes[returning]!;
      const entry = isCall ? call + 1 : returning + 1 + complete;
      if (isCall) {
        call++;
      } else {
        assert(returning < call, "an operation is called before it returns");
        while (pending < count && callTimes[pending]! <= returnTimes[returning]!) pending++;
        this.calledBefore[returning] = call;
        this.pendingBefore[returning] = pending - complete;
        returned++;
      }
      this.next[last] = entry;
      this.#previous[entry] = last;
      last = entry;
    }
    this.next[last] = 0;
    this.#previous[0] = last;
  }
}
