/**
 * What this peer's disk holds for certain: which writes are on their way, what each may vouch for
 * when it is done, and which messages wait for it. See `index.ts`, "ready and advance".
 * Source: thesis 3.8 and 10.2.1; TiKV components/raftstore/src/store/async_io/write.rs.
 */
import { assert } from "../../sim/assert.ts";
import type { Batch } from "./batch.ts";
import type { RaftMessage } from "./message.ts";

/** Numbers the writes of one peer from 1 and tracks them until they are durable, in order. */
export class Writes {
  /** The first index that no write was asked for yet. */
  writeFrom: number;
  /** The last index known to be durable, in the version that the log holds now. */
  stable: number;
  /** Term or vote changed since the last hand-over. */
  hardStateDirty = false;
  /** The term and the vote known to be durable. */
  stableTerm: number;
  stableVote: number;
  #handed = 0;
  #completed = 0;
  // One slot for each write on its way, the oldest first; rarely more than two.
  readonly #ends: number[] = [];
  readonly #terms: number[] = [];
  readonly #votes: number[] = [];
  // Messages and the write each waits for; from #lateHead to #lateCount, by rising write.
  readonly #late: RaftMessage[] = [];
  readonly #lateFor: number[] = [];
  #lateHead = 0;
  #lateCount = 0;

  constructor(stable: number, term: number, vote: number) {
    this.writeFrom = stable + 1;
    this.stable = stable;
    this.stableTerm = term;
    this.stableVote = vote;
  }

  /** True while a write is on its way. */
  get inFlight(): boolean {
    return this.#handed > this.#completed;
  }

  /** How many messages wait for a write. */
  get lateCount(): number {
    return this.#lateCount - this.#lateHead;
  }

  /** Forgets that anything above `last` was written: the log was cut there. */
  truncated(last: number): void {
    assert(last >= 0, "a log is cut at an index");
    this.writeFrom = Math.min(this.writeFrom, last + 1);
    this.stable = Math.min(this.stable, last);
    // A write that is still on its way no longer vouches for what was replaced, not even if an
    // entry of the same index and term comes back later: on disk, the replacement lies between.
    for (let i = 0; i < this.#ends.length; i += 1) {
      this.#ends[i] = Math.min(this.#ends[i]!, last);
    }
  }

  /** Starts a write of everything up to `last`, and of this term and vote. Returns its number. */
  handOver(last: number, term: number, vote: number): number {
    assert(last >= this.stable, "the log never ends below what is durable");
    this.#handed += 1;
    this.#ends.push(last);
    this.#terms.push(term);
    this.#votes.push(vote);
    this.writeFrom = last + 1;
    this.hardStateDirty = false;
    return this.#handed;
  }

  /** Takes note that the writes up to number `write` are durable. */
  complete(write: number): void {
    assert(write > this.#completed && write <= this.#handed, "a write completes once, when begun");
    while (this.#completed < write) {
      this.#completed += 1;
      this.stable = Math.max(this.stable, this.#ends.shift()!);
      this.stableTerm = this.#terms.shift()!;
      this.stableVote = this.#votes.shift()!;
    }
    assert(this.writeFrom > this.stable, "only what was handed over is durable");
  }

  /** Sends `message` once all that is unwritten or on its way now is durable. */
  post(message: RaftMessage, out: Batch<RaftMessage>, isDirty: boolean): void {
    const write = isDirty ? this.#handed + 1 : this.#handed;
    if (write <= this.#completed) {
      out.push(message);
      return;
    }
    this.#late[this.#lateCount] = message;
    this.#lateFor[this.#lateCount] = write;
    this.#lateCount += 1;
  }

  /** Moves what no longer waits to `out`. */
  release(out: Batch<RaftMessage>): void {
    while (this.#lateHead < this.#lateCount && this.#lateFor[this.#lateHead]! <= this.#completed) {
      out.push(this.#late[this.#lateHead]!);
      this.#lateHead += 1;
    }
    if (this.#lateHead === this.#lateCount) {
      this.#lateHead = 0;
      this.#lateCount = 0;
    }
  }
}
