/**
 * One peer's log in memory: the entries that no compaction removed, how far they are committed,
 * handed out and applied, and a snapshot that replaces them. Source: thesis 3.5, 5.1; raft-rs
 * src/raft_log.rs and src/log_unstable.rs.
 */
import { assert } from "../../sim/assert.ts";
import { type Entry, entryKinds, entrySize } from "./entry.ts";
import { noEntries, type Snapshot } from "./message.ts";
import type { RecoveredState } from "./options.ts";
import { Writes } from "./writes.ts";

/** The term of an index that the log does not know: compacted away, or beyond the end. */
export const unknownTerm = -1;

export class RaftLog {
  /** The last index that is gone, and its term; 0 and 0 when none is. */
  truncatedIndex: number;
  truncatedTerm: number;
  /** The last index known to be committed. Never goes back. */
  commit: number;
  /** The last index whose effect the state machine holds. */
  applied: number;
  /** The last index handed out to be applied; at least `applied`. */
  handedApply: number;
  /** A snapshot taken from a leader that no write was asked for yet. */
  pendingSnapshot: Snapshot | null = null;
  /** The index of a snapshot that is not applied yet, 0 if none: nothing is applied before it. */
  installing = 0;
  readonly writes: Writes;
  #entries: Entry[];

  constructor({ entries, truncatedIndex, truncatedTerm, hardState, applied }: RecoveredState) {
    assert(applied >= truncatedIndex, "only applied entries were truncated");
    this.truncatedIndex = truncatedIndex;
    this.truncatedTerm = truncatedTerm;
    this.#entries = [...entries];
    for (let at = 0; at < entries.length; at += 1) {
      assert(entries[at]!.index === truncatedIndex + 1 + at, "a recovered log has no gap");
    }
    // The state machine may be ahead of a commit index that is written lazily, never of the log.
    this.commit = Math.max(hardState.commit, applied, truncatedIndex);
    assert(this.commit <= this.lastIndex, "a recovered log holds all that was committed");
    this.applied = applied;
    this.handedApply = applied;
    this.writes = new Writes(this.lastIndex, hardState.term, hardState.vote);
  }

  /** All that are in the log. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  get lastIndex(): number {
    return this.truncatedIndex + this.#entries.length;
  }

  get lastTerm(): number {
    const { length } = this.#entries;
    return length === 0 ? this.truncatedTerm : this.#entries[length - 1]!.term;
  }

  get firstIndex(): number {
    return this.truncatedIndex + 1;
  }

  /** True while something must be written before this peer may answer for it. */
  get isDirty(): boolean {
    const { writes } = this;
    return (
      writes.hardStateDirty || writes.writeFrom <= this.lastIndex || this.pendingSnapshot !== null
    );
  }

  /** The term of the entry at `index`, or `unknownTerm`. */
  termAt(index: number): number {
    if (index <= this.truncatedIndex) {
      return index === this.truncatedIndex ? this.truncatedTerm : unknownTerm;
    }
    const entry = this.#entries[index - this.truncatedIndex - 1];
    return entry === undefined ? unknownTerm : entry.term;
  }

  /** The entry at `index`, which must be in the log. */
  entryAt(index: number): Entry {
    const entry = this.#entries[index - this.truncatedIndex - 1];
    assert(entry !== undefined, "an entry is read within the log");
    return entry;
  }

  /** The entries from `from` on, at least one if there is any, then as many as fit `maxBytes`. */
  entriesFrom(from: number, maxBytes: number): readonly Entry[] {
    const start = from - this.truncatedIndex - 1;
    assert(start >= 0, "entries are read above what was truncated");
    const entries = this.#entries;
    if (start >= entries.length) return noEntries;
    const end = this.#endWithin(start, entries.length, maxBytes);
    return end === start + 1 ? [entries[start]!] : entries.slice(start, end);
  }

  /**
   * True where a log that ends with `term` at `index` holds all that this one may have committed.
   */
  isUpToDate(index: number, term: number): boolean {
    return term > this.lastTerm || (term === this.lastTerm && index >= this.lastIndex);
  }

  /** Appends entries that follow the last one (a leader's own). */
  append(entry: Entry): void {
    assert(entry.index === this.lastIndex + 1, "a leader only appends");
    assert(entry.term >= this.lastTerm, "terms never go back in a log");
    this.#entries.push(entry);
  }

  /**
   * Takes over what a leader sent after its entry (`index`, `term`), keeping what agrees already.
   * Returns the index up to which both logs now agree, or -1 if they do not at `index`.
   */
  tryAppend(index: number, term: number, entries: readonly Entry[]): number {
    if (this.termAt(index) !== term) return -1;
    // Only a true conflict cuts the log: an old message may be a prefix of what is already here.
    let at = 0;
    while (at < entries.length && this.termAt(entries[at]!.index) === entries[at]!.term) at += 1;
    if (at < entries.length) {
      const first = entries[at]!.index;
      assert(first > this.commit, "a committed entry is never replaced");
      if (first <= this.lastIndex) {
        this.#entries.length = first - this.truncatedIndex - 1;
        this.writes.truncated(first - 1);
      }
      for (; at < entries.length; at += 1) this.#entries.push(entries[at]!);
    }
    return index + entries.length;
  }

  /**
   * The last index at most `index` where a log whose entry at some later index has `term` could
   * still agree with this one; its term here is `termAt` of it. Source: etcd-io/raft log.go.
   */
  lastIndexWithTermAtMost(index: number, term: number): number {
    let at = index;
    while (at > 0 && this.termAt(at) > term) at -= 1;
    return at;
  }

  /** Raises the commit index to `index`; a lower one changes nothing. */
  commitTo(index: number): void {
    if (index <= this.commit) return;
    assert(index <= this.lastIndex, "only what is in the log is committed");
    this.commit = index;
  }

  /** The last index of the next batch to apply, below `handedApply + 1` when there is none. */
  applyEnd(maxBytes: number, unpersistedMax: number): number {
    if (this.installing !== 0) return this.handedApply;
    const until = Math.min(this.commit, this.writes.stable + unpersistedMax);
    if (until <= this.handedApply) return this.handedApply;
    const start = this.handedApply - this.truncatedIndex;
    return this.#endWithin(start, until - this.truncatedIndex, maxBytes) + this.truncatedIndex;
  }

  handApply(index: number): void {
    assert(
      index > this.handedApply && index <= this.commit,
      "committed entries are handed on once",
    );
    assert(this.installing === 0, "nothing is applied on top of a missing snapshot");
    this.handedApply = index;
  }

  appliedTo(index: number): void {
    if (this.installing !== 0) {
      assert(index <= this.installing, "a snapshot is applied before what follows it");
      // Less than the snapshot: what was handed out before it came has been applied only now.
      this.handedApply = Math.max(this.handedApply, index);
      if (index === this.installing) this.installing = 0;
    }
    assert(index >= this.applied && index <= this.handedApply, "applied is what was handed out");
    this.applied = index;
  }

  /** True where a committed membership change is not applied: the members are not known yet. */
  hasUnappliedConfChange(): boolean {
    // What a pending snapshot will bring was taken over with it; only entries can hide a change.
    for (let at = Math.max(this.applied, this.truncatedIndex) + 1; at <= this.commit; at += 1) {
      if (this.entryAt(at).kind >= entryKinds.conf1) return true;
    }
    return false;
  }

  /** Replaces the whole log by `snapshot`, which is ahead of everything committed here. */
  restore(snapshot: Snapshot): void {
    assert(snapshot.index > this.commit, "a snapshot never takes committed entries back");
    this.writes.truncated(this.commit);
    this.#entries = [];
    this.truncatedIndex = snapshot.index;
    this.truncatedTerm = snapshot.term;
    this.commit = snapshot.index;
    this.pendingSnapshot = snapshot;
    this.installing = snapshot.index;
    this.writes.writeFrom = snapshot.index + 1;
  }

  /** Starts a write of all that is unwritten and returns its number. */
  handOver(term: number, vote: number): number {
    this.pendingSnapshot = null;
    return this.writes.handOver(this.lastIndex, term, vote);
  }

  /** Drops the entries up to `index`, which must be applied and durable. */
  compact(index: number): void {
    if (index <= this.truncatedIndex) return;
    assert(index <= this.applied, "only applied entries are compacted");
    assert(index <= this.writes.stable, "only durable entries are compacted");
    const term = this.termAt(index);
    this.#entries = this.#entries.slice(index - this.truncatedIndex);
    this.truncatedIndex = index;
    this.truncatedTerm = term;
  }

  #endWithin(start: number, limit: number, maxBytes: number): number {
    let end = start + 1;
    let bytes = entrySize(this.#entries[start]!);
    while (end < limit) {
      bytes += entrySize(this.#entries[end]!);
      if (bytes > maxBytes) break;
      end += 1;
    }
    return end;
  }
}
