/**
 * When and how far a leader asks for the compaction of its log.
 * Source: TiKV raftstore store/fsm/peer.rs (on_raft_gc_log_tick).
 */
import type { Raft } from "../raft/index.ts";
import type { Timing } from "./timing.ts";

/** At least this many entries always stay. */
const entriesMin = 3;

export type LogGcState = {
  readonly raft: Raft;
  readonly timing: Timing;
  /** How many rounds the threshold held a compaction up already. */
  readonly rounds: number;
};

/** The last index to remove, or null: not now (`rounds` then counts one more). */
export function compactIndex({ raft, timing, rounds }: LogGcState): number | null {
  const { firstIndex, applied, lastIndex, minMatch } = raft;
  if (applied < firstIndex) return null;
  const isLong = applied - firstIndex >= timing.logGcCountLimit;
  // A long log does not wait for peers that lag: they will need a snapshot.
  const half = firstIndex + Math.floor((lastIndex - firstIndex) / 2);
  let index = isLong ? Math.max(half, minMatch) : minMatch;
  index = Math.min(index, applied, raft.stableIndex, lastIndex - entriesMin) - 1;
  if (index < firstIndex) return null;
  const isShort = index - firstIndex < timing.logGcThreshold;
  if (isShort && rounds < timing.logReserveRounds) return null;
  return index;
}
