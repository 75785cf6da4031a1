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
  #waiting: Proposal[] = [];

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

  /** Takes out all that wait at `index` or before, oldest first. */
  take(index: number): readonly Proposal[] {
    const { length } = this.#waiting;
    if (length === 0) return none;
    if (length === 1 && (this.#waiting[0] as Proposal).index === index) {
      const taken = this.#waiting;
      this.#waiting = [];
      return taken;
    }
    const taken = this.#waiting.filter((proposal) => proposal.index <= index);
    if (taken.length > 0) this.#waiting = this.#waiting.filter(({ index: at }) => at > index);
    return taken;
  }
}

const none: readonly Proposal[] = [];
