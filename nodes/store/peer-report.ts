/** What a peer reports of itself as events of integers. */
import { digestText } from "../../sim/bytes.ts";
import type { Machine } from "../../sim/process.ts";
import { eventKinds, roles } from "../events.ts";
import type { Role } from "../raft/index.ts";
import type { Region } from "../region.ts";
import type { RegionState } from "./region-state.ts";

/** Raft roles as events have them. */
export const roleNumbers: Readonly<Record<Role, number>> = {
  follower: roles.follower,
  precandidate: roles.preCandidate,
  candidate: roles.candidate,
  leader: roles.leader,
};

/** Reports who the members are as of an index. */
export function tellMembers(machine: Machine, { region, conf }: RegionState, index: number): void {
  const [incoming, outgoing] = [maskOf(conf.voters), maskOf(conf.votersOutgoing)];
  machine.emit(eventKinds.membershipApplied, region.id, index, incoming, outgoing);
}

/** Reports the range of a region: digests of its bounds. */
export function tellRange(machine: Machine, { id, start, end, version }: Region): void {
  machine.emit(eventKinds.regionHeld, id, digestText(start), digestText(end), version);
}

/**
 * Reports the version under which an entry was applied or a read served, beside the one that was
 * sent. Silent in regions that were never split: there is only one version.
 */
export function tellExecuted(
  machine: Machine,
  { id, version }: Region,
  index: number,
  sent: number,
): void {
  if (version === 1 && sent === 1) return;
  machine.emit(eventKinds.executed, id, index, sent, version);
}

/** Peer ids as a bit set by store: the last two digits of a peer's id are its store's. */
function maskOf(peers: readonly number[]): number {
  let mask = 0;
  for (const id of peers) mask |= 1 << ((id % 100) % 31);
  return mask >>> 0;
}
