/**
 * What a leader knows of one member's log, and how fast it may send. Source: thesis 3.5 (nextIndex,
 * matchIndex) and 10.2.1 (pipelining); raft-rs src/tracker/progress.rs and inflights.rs.
 */
import { assert } from "../../sim/assert.ts";

/**
 * `probe`: one append at a time until the member says where its log agrees. `replicate`: appends
 * follow each other without waiting. `snapshot`: nothing until the snapshot has arrived.
 */
export type ProgressState = "probe" | "replicate" | "snapshot";

export class Progress {
  readonly id: number;
  /** The last index known to be durable there and equal to the leader's. */
  match = 0;
  /** The next index to send. Invariant: match < next. */
  next: number;
  state: ProgressState = "probe";
  /** No append is sent until an answer or a heartbeat's answer lifts this. */
  isPaused = false;
  /** The index of the snapshot that is on its way; 0 outside state `snapshot`. */
  pendingSnapshot = 0;
  /** It answered since the last check of the quorum. */
  isActive: boolean;
  /** The highest commit index it was told of, as far as is known. */
  sentCommit = 0;
  /** The last round of reads it confirmed, as `match`. */
  readonly reads: { match: number } = { match: 0 };
  readonly inflights: Inflights;

  constructor(id: number, next: number, maxInflight: number, isActive: boolean) {
    assert(next > 0, "the first index to send is at least 1");
    this.id = id;
    this.next = next;
    this.inflights = new Inflights(maxInflight);
    this.isActive = isActive;
  }

  /** Forgets everything, as a peer does when its term or role changes. */
  reset(next: number): void {
    this.match = 0;
    this.next = next;
    this.isActive = false;
    this.sentCommit = 0;
    this.reads.match = 0;
    this.#enter("probe");
  }

  becomeProbe(): void {
    const after = this.state === "snapshot" ? this.pendingSnapshot : 0;
    this.#enter("probe");
    this.next = Math.max(this.match, after) + 1;
    this.sentCommit = Math.min(this.sentCommit, this.next - 1);
  }

  becomeReplicate(): void {
    this.#enter("replicate");
    this.next = this.match + 1;
  }

  becomeSnapshot(index: number): void {
    assert(index > this.match, "a snapshot brings what is missing");
    this.#enter("snapshot");
    this.pendingSnapshot = index;
    this.next = index + 1;
    this.sentCommit = index;
  }

  /** True while no append may be sent. */
  get isBlocked(): boolean {
    return this.state === "snapshot" || this.isPaused;
  }

  /** Takes note of an append of `count` entries from `next` on. */
  sent(count: number): void {
    assert(this.state !== "snapshot", "nothing is appended while a snapshot is on its way");
    if (this.state === "probe") {
      if (count > 0) this.isPaused = true;
      return;
    }
    if (count > 0) {
      this.next += count;
      this.inflights.add(this.next - 1);
    }
    this.isPaused = this.inflights.isFull;
  }

  /** Takes note that the member holds everything up to `index`. False if that was known. */
  acknowledge(index: number): boolean {
    if (index <= this.match) return false;
    this.match = index;
    this.next = Math.max(this.next, index + 1);
    this.isPaused = false;
    return true;
  }

  /**
   * Takes note that the member refused an append after index `rejected`, and that `hint` may be
   * where it agrees. False if the refusal is an old one.
   */
  refuse(rejected: number, hint: number): boolean {
    if (this.state === "replicate") {
      if (rejected <= this.match) return false;
      this.next = this.match + 1;
    } else {
      if (this.next - 1 !== rejected) return false;
      this.next = Math.max(Math.min(rejected, hint + 1), this.match + 1);
      this.isPaused = false;
    }
    this.sentCommit = Math.min(this.sentCommit, this.next - 1);
    assert(this.next > this.match, "what is known to match is not sent again");
    return true;
  }

  /** True where telling of `commit` could let the member commit more. */
  canRaiseCommit(commit: number): boolean {
    return commit > this.sentCommit && this.sentCommit < this.next - 1;
  }

  #enter(state: ProgressState): void {
    this.state = state;
    this.isPaused = false;
    this.pendingSnapshot = 0;
    this.inflights.clear();
  }
}

/** The last indexes of the appends in flight to one member, oldest first, in a ring that grows. */
export class Inflights {
  readonly #max: number;
  #ends: number[] = [0, 0, 0, 0];
  #start = 0;
  #count = 0;

  constructor(max: number) {
    assert(max > 0, "at least one append may be in flight");
    this.#max = max;
  }

  get isFull(): boolean {
    return this.#count >= this.#max;
  }

  get count(): number {
    return this.#count;
  }

  add(end: number): void {
    assert(!this.isFull, "no append is sent beyond the window");
    if (this.#count === this.#ends.length) this.#grow();
    this.#ends[(this.#start + this.#count) % this.#ends.length] = end;
    this.#count += 1;
  }

  /** Frees the appends that end at or below `index`. */
  freeTo(index: number): void {
    while (this.#count > 0 && this.#ends[this.#start]! <= index) {
      this.#start = (this.#start + 1) % this.#ends.length;
      this.#count -= 1;
    }
  }

  clear(): void {
    this.#start = 0;
    this.#count = 0;
  }

  #grow(): void {
    const { length } = this.#ends;
    const grown: number[] = [];
    for (let i = 0; i < length; i += 1) grown.push(this.#ends[(this.#start + i) % length]!);
    for (let i = 0; i < length; i += 1) grown.push(0);
    this.#ends = grown;
    this.#start = 0;
  }
}
