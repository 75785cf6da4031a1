/** A region: one Raft group over one key range. Source: kvproto metapb.proto `Region`. */
import { assert } from "../sim/assert.ts";

/** A replica of a region on a store. */
export type Peer = {
  readonly id: number;
  readonly store: number;
  readonly role: "voter" | "learner";
};

/** An immutable descriptor: what changes is replaced. `end` "" means no end. */
export type Region = {
  readonly id: number;
  readonly start: string;
  readonly end: string;
  /** Counts splits and merges. */
  readonly version: number;
  /** Counts membership changes. */
  readonly confVer: number;
  readonly peers: readonly Peer[];
};

/** True if `start <= key < end`. */
export function containsKey(region: Region, key: string): boolean {
  return key >= region.start && (region.end === "" || key < region.end);
}

/**
 * True if `[start, end)` lies inside the region. An empty `end` means the end of the key space, so
 * it fits only the last region.
 */
export function containsRange(region: Region, start: string, end: string): boolean {
  if (start < region.start) return false;
  if (region.end === "") return true;
  return end !== "" && end <= region.end && start <= region.end;
}

/** The smaller of two range ends, where "" is the largest. */
export function smallerEnd(a: string, b: string): string {
  if (a === "") return b;
  if (b === "") return a;
  return a < b ? a : b;
}

/** True if the two key ranges have a key in common. */
export function overlaps(a: Region, b: Region): boolean {
  return (a.end === "" || b.start < a.end) && (b.end === "" || a.start < b.end);
}

/**
 * False for a peer that was created by a message and waits for its first snapshot: it knows who its
 * members are and nothing of its range.
 */
export function isInitialized(region: Region): boolean {
  return region.version > 0;
}

/** Where a region is cut, and the ids of the new part and its peers, in the order of the peers. */
export type SplitParts = {
  readonly key: string;
  readonly newRegion: number;
  readonly newPeers: readonly number[];
};

/**
 * The two regions that a split makes, or null where the key is not strictly inside. The version
 * grows by the number of new regions, one, and is the same in both; confVer stays.
 * Source: TiKV raftstore store/fsm/apply.rs (exec_batch_split), right_derive.
 */
export function splitRegion(
  region: Region,
  { key, newRegion, newPeers }: SplitParts,
): { readonly left: Region; readonly right: Region } | null {
  if (key <= region.start || !containsKey(region, key)) return null;
  assert(newPeers.length === region.peers.length, "every peer has its counterpart");
  const version = region.version + 1;
  const peers = region.peers.map((peer, at) => ({ ...peer, id: newPeers[at] as number }));
  return {
    left: { ...region, id: newRegion, end: key, version, peers },
    right: { ...region, start: key, version },
  };
}

/** The region's peer on a store, or undefined. */
export function peerOnStore(region: Region, store: number): Peer | undefined {
  const { peers } = region;
  for (let at = 0; at < peers.length; at++) if (peers[at]?.store === store) return peers[at];
  return undefined;
}

/** True if the region has this peer on this store. */
export function containsPeer(region: Region, id: number, store: number): boolean {
  return peerById(region, id)?.store === store;
}

/** The region's peer of an id, or undefined. */
export function peerById(region: Region, id: number): Peer | undefined {
  const { peers } = region;
  // A loop, because this is asked for every message.
  for (let at = 0; at < peers.length; at++) if (peers[at]?.id === id) return peers[at];
  return undefined;
}

/**
 * A fixed layout: `cuts` sorted ascending divide the key space; every store has a peer of each, or
 * `replicas` stores in turns.
 */
export function fixedLayout(
  stores: readonly number[],
  cuts: readonly string[],
  replicas: number = stores.length,
): readonly Region[] {
  const bounds = ["", ...cuts, ""];
  for (let at = 1; at < cuts.length; at++) {
    assert((cuts[at - 1] as string) < (cuts[at] as string), "cuts ascend");
  }
  return bounds.slice(0, -1).map((start, at) => ({
    id: at + 1,
    start,
    end: bounds[at + 1] as string,
    version: 1,
    confVer: 1,
    peers: stores
      .filter((_, position) => (position + at) % stores.length < replicas)
      .map((store) => ({ id: (at + 1) * 100 + store, store, role: "voter" as const })),
  }));
}
