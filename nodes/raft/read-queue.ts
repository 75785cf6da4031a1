/**
 * Reads that wait for a majority to confirm that this leader still leads. Every read is a round of
 * its own number; a heartbeat carries the highest, and its answer confirms all rounds up to it.
 * Source: thesis 6.4; raft-rs src/read_only.rs.
 */
import { assert } from "../../sim/assert.ts";

/** A read as its leader keeps it. */
export type PendingRead = {
  /** The peer that asked. */
  readonly from: number;
  readonly context: number | string;
  /** The commit index when it was asked, -1 if that was not the group's yet. */
  readonly index: number;
};

export class ReadQueue {
  #waiting: PendingRead[] = [];
  #early: PendingRead[] = [];
  #confirmed = 0;

  /** The number of the last round, 0 before the first. */
  get lastRound(): number {
    return this.#confirmed + this.#waiting.length;
  }

  /** What heartbeats carry: the last round, 0 when none waits. */
  get roundToConfirm(): number {
    return this.#waiting.length === 0 ? 0 : this.lastRound;
  }

  /** Starts a round for `read`. */
  add(read: PendingRead): void {
    assert(read.index >= 0, "a read waits with the commit index of when it was asked");
    this.#waiting.push(read);
  }

  /** Keeps `read` until this leader committed an entry of its term. */
  keepEarly(read: PendingRead): void {
    this.#early.push(read);
  }

  /** Takes the reads that came too early, in their order. */
  takeEarly(): readonly PendingRead[] {
    const early = this.#early;
    if (early.length > 0) this.#early = [];
    return early;
  }

  /** Takes the reads of all rounds up to `round`, in their order. */
  takeConfirmed(round: number): readonly PendingRead[] {
    assert(round <= this.lastRound, "only rounds that were started are confirmed");
    if (round <= this.#confirmed) return nothing;
    const taken = this.#waiting.splice(0, round - this.#confirmed);
    this.#confirmed = round;
    return taken;
  }

  /** Drops all: a peer that stops leading can confirm nothing. */
  clear(): void {
    if (this.#waiting.length > 0) this.#waiting = [];
    if (this.#early.length > 0) this.#early = [];
    this.#confirmed = 0;
  }
}

const nothing: readonly PendingRead[] = Object.freeze([]);
