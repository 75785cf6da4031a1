/**
 * Splits in a peer's log. A split is applied by itself, and while one is committed and not applied
 * the peer must not serve reads: another store may have finished it, and the new region may have a
 * leader there. Source: TiKV raftstore store/peer.rs (is_splitting, ready_to_handle_read).
 */
import { Command, type SplitBody } from "../command.ts";
import type { KvBatch } from "../engine/index.ts";
import type { Entry } from "../raft/index.ts";
import { type Region, smallerEnd, splitRegion } from "../region.ts";
import { RegionState, stateOf } from "./region-state.ts";

/** A split whose batch is written and waits to be durable. */
export type WrittenSplit = {
  readonly index: number;
  readonly term: number;
  /** Of its command: a snapshot may take the entry out of the log before the split is durable. */
  readonly digest: number;
  readonly left: RegionState;
  readonly right: RegionState;
};

/** What an entry makes of a region, or null: it is no split, or none that may be carried out. */
export function writtenSplit(entry: Entry, { region, conf }: RegionState): WrittenSplit | null {
  const { data, index, term } = entry;
  const body = splitOf(entry);
  if (body === null || !(data instanceof Command)) return null;
  if (data.header.version !== region.version) return null;
  const made = splitRegion(region, body);
  if (made === null) return null;
  const { digest } = data;
  return {
    index,
    term,
    digest,
    left: stateOf(made.left),
    right: new RegionState(made.right, conf),
  };
}

/** Removes what lies in `before` and not in `now`. */
export function clearOutside(batch: KvBatch, before: Region, now: Region): void {
  if (before.start < now.start) batch.deleteRange("default", before.start, now.start);
  if (now.end === "" || smallerEnd(before.end, now.end) === before.end) return;
  batch.deleteRange("default", now.end, before.end);
}

function splitOf({ data }: Entry): SplitBody | null {
  return data instanceof Command && data.body.kind === "split" ? data.body : null;
}

/** The positions of splits in a log, ascending. Almost always there is none. */
export class Splits {
  readonly #indexes: number[] = [];

  /** An entry entered the log: what stood there and after it is gone. */
  appended(entry: Entry): void {
    const indexes = this.#indexes;
    while (indexes.length > 0 && (indexes[indexes.length - 1] as number) >= entry.index) {
      indexes.pop();
    }
    if (splitOf(entry) !== null) indexes.push(entry.index);
  }

  /** Everything up to `index` is applied. */
  appliedTo(index: number): void {
    const indexes = this.#indexes;
    while (indexes.length > 0 && (indexes[0] as number) <= index) indexes.shift();
  }

  /** True if a split that is not applied stands at `index` or before. */
  isBefore(index: number): boolean {
    const first = this.#indexes[0];
    return first !== undefined && first <= index;
  }

  /** True if the log has a split that is not applied. */
  get isAny(): boolean {
    return this.#indexes.length > 0;
  }

  /** How far one batch from `from` may go, at most to `end`: a split is a batch by itself. */
  limit(from: number, end: number): number {
    const first = this.#indexes[0];
    if (first === undefined || first > end) return end;
    return first === from ? from : first - 1;
  }
}
