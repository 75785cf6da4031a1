/**
 * A leader's lease: until its end no other leader can have been elected, so reads need no quorum.
 * Source: TiKV components/raftstore/src/store/util.rs (Lease), peer.rs; Raft thesis 6.4.1.
 */
import { assert } from "../../sim/assert.ts";
import type { Timing } from "./timing.ts";

/** Times are the store's monotonic clock, microseconds. */
export class Lease {
  readonly #leaseUs: number;
  #endUs = 0;
  #suspect = false;

  constructor(timing: Timing) {
    assert(timing.leaseMarginUs < timing.leaseUs, "the margin leaves some lease");
    this.#leaseUs = timing.leaseUs - timing.leaseMarginUs;
  }

  get endUs(): number {
    return this.#endUs;
  }

  /**
   * A quorum heard from this leader in its term after `stampUs`, the time *before* the entry or the
   * read was sent. Returns true if the end moved.
   */
  renew(stampUs: number): boolean {
    const endUs = stampUs + this.#leaseUs;
    if (this.#suspect || endUs <= this.#endUs) return false;
    this.#endUs = endUs;
    return true;
  }

  /** Leadership is being handed over: the target may win without waiting for anybody. */
  suspect(): void {
    this.#suspect = true;
    this.#endUs = 0;
  }

  /** The transfer is over and this peer still leads. */
  trust(): void {
    this.#suspect = false;
  }

  /** The peer does not lead any more. */
  expire(): void {
    this.#endUs = 0;
    this.#suspect = false;
  }

  isValid(nowUs: number): boolean {
    return nowUs < this.#endUs;
  }
}
