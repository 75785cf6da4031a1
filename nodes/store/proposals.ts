/** A leader's commands that wait to be applied, in the order of their indexes. */
import { assert } from "../../sim/assert.ts";
import type { Response } from "../wire.ts";
import type { Waiter } from "./waiter.ts";

export type Proposal = {
  readonly index: number;
  readonly term: number;
  /** The store's monotonic clock before the command was proposed. */
  readonly stampUs: number;
  readonly waiter: Waiter;
  /** What to answer once it is applied. */
  readonly response: Response;
};

export class Proposals {
  readonly #waiting: Proposal[] = [];

  get count(): number {
    return this.#waiting.length;
  }

  add(proposal: Proposal): void {
    const last = this.#waiting.at(-1);
    // A lost leadership may have left proposals of positions that are proposed anew: the old ones
    // were overwritten, which applying the new entry will tell them.
    assert(last === undefined || last.term <= proposal.term, "terms of proposals do not go back");
    this.#waiting.push(proposal);
  }

  /**
   * The latest stamp among proposals of `term` up to `index`, or 0: a quorum heard from this leader
   * after it.
   */
  latestStampUs(index: number, term: number): number {
    let stampUs = 0;
    for (const proposal of this.#waiting) {
      if (proposal.index > index) continue;
      if (proposal.term === term && proposal.stampUs > stampUs) stampUs = proposal.stampUs;
    }
    return stampUs;
  }

  /** Takes out the oldest that waits at `index` or before, or null. */
  take(index: number): Proposal | null {
    const waiting = this.#waiting;
    for (let at = 0; at < waiting.length; at++) {
      const proposal = waiting[at] as Proposal;
      if (proposal.index > index) continue;
      if (at === 0) waiting.shift();
      else waiting.splice(at, 1);
      return proposal;
    }
    return null;
  }
}
