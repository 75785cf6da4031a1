/**
 * The checks that a raw command passes before it is proposed or read, in TiKV's order.
 * Source: TiKV raftstore store/fsm/peer.rs (pre_propose_raft_command), store/util.rs.
 */
import type { RegionError } from "../errors.ts";
import { isInitialized, type Region } from "../region.ts";
import type { RequestContext } from "../wire.ts";
import type { StorePeer } from "./peer.ts";

/** The region error that a request gets, or null. `peer`: what the store has of its region. */
export function checkRequest(
  context: RequestContext,
  peer: StorePeer | undefined,
  storeId: number,
  peers: ReadonlyMap<number, StorePeer>,
): RegionError | null {
  const { regionId } = context;
  if (peer === undefined) return { kind: "regionNotFound", regionId };
  if (context.storeId !== storeId) {
    const requestStore = context.storeId;
    return { kind: "storeNotMatch", requestStore, actualStore: storeId };
  }
  if (context.peerId !== peer.id) {
    return { kind: "mismatchPeerId", requestPeer: context.peerId, storePeer: peer.id };
  }
  if (!peer.isLeader && !context.replicaRead) return peer.notLeader();
  if (peer.raft.lastIndex === 0) return { kind: "regionNotInitialized", regionId };
  if (peer.installing) {
    return { kind: "messageOnly", text: `${peer.id} peer is applying snapshot` };
  }
  // Stale by more than one term: a new leader of the next term may still be the one meant.
  if (context.term !== 0 && peer.raft.term > context.term + 1) return { kind: "staleCommand" };
  if (context.version !== peer.region.version) {
    const { version, confVer } = context;
    const sent = { version, confVer };
    const currentRegions = [peer.region, ...siblingsOf(peer.region, version, peers)];
    return { kind: "epochNotMatch", currentRegions, sent };
  }
  return null;
}

/** At most so many regions beside the own one (TiKV: MAX_REGIONS_IN_ERROR). */
const siblingsMax = 10;

/**
 * The regions that were probably split from this one since `version`: as many neighbours to the
 * left as the version has grown, nearest first.
 * Source: TiKV raftstore store/fsm/peer.rs (collect_sibling_region), right_derive.
 */
function siblingsOf(
  region: Region,
  version: number,
  peers: ReadonlyMap<number, StorePeer>,
): readonly Region[] {
  const count = Math.min(siblingsMax, region.version - version);
  if (count <= 0) return [];
  return [...peers.values()]
    .map((peer) => peer.region)
    .filter((one) => isInitialized(one) && one.end !== "" && one.end <= region.start)
    .sort((a, b) => (a.start < b.start ? 1 : -1))
    .slice(0, count);
}
