/**
 * What a majority agrees on, and two majorities at once in a joint configuration. Pure functions.
 * Source: thesis 3.4, 3.6 and 4.3; etcd-io/raft quorum.
 */
import { assert } from "../../sim/assert.ts";

/** Something that acknowledged a prefix of a sequence. */
export interface Acknowledging {
  /** The last position it acknowledged, 0 for none. */
  readonly match: number;
}

/** How a vote stands. */
export type VoteResult = "won" | "lost" | "pending";

/** How many of `count` voters make a majority. */
export function majority(count: number): number {
  assert(count > 0, "a majority is one of somebody");
  return Math.floor(count / 2) + 1;
}

/**
 * The last position that a majority of `voters` acknowledged; Infinity for no voters, so that an
 * absent half of a joint configuration binds nobody.
 */
export function majorityMatch(voters: readonly Acknowledging[]): number {
  const count = voters.length;
  if (count === 0) return Number.POSITIVE_INFINITY;
  const needed = majority(count);
  let best = 0;
  // Groups are small: counting for each candidate needs no sorting and no memory.
  for (let i = 0; i < count; i += 1) {
    const candidate = voters[i]!.match;
    if (candidate <= best) continue;
    let reached = 0;
    for (let j = 0; j < count; j += 1) if (voters[j]!.match >= candidate) reached += 1;
    if (reached >= needed) best = candidate;
  }
  return best;
}

/** The last position that both halves acknowledged by majority. */
export function jointMatch(
  incoming: readonly Acknowledging[],
  outgoing: readonly Acknowledging[],
): number {
  if (outgoing.length === 0) return majorityMatch(incoming);
  return Math.min(majorityMatch(incoming), majorityMatch(outgoing));
}

/** How a vote among `voters` stands; no voters have nothing against it. */
export function majorityVote(
  voters: readonly number[],
  votes: ReadonlyMap<number, boolean>,
): VoteResult {
  if (voters.length === 0) return "won";
  let granted = 0;
  let missing = 0;
  for (const id of voters) {
    const vote = votes.get(id);
    if (vote === undefined) missing += 1;
    else if (vote) granted += 1;
  }
  const needed = majority(voters.length);
  if (granted >= needed) return "won";
  return granted + missing >= needed ? "pending" : "lost";
}

/** How a vote among both halves stands: both must be won, one lost loses it. */
export function jointVote(
  incoming: readonly number[],
  outgoing: readonly number[],
  votes: ReadonlyMap<number, boolean>,
): VoteResult {
  const first = majorityVote(incoming, votes);
  const second = majorityVote(outgoing, votes);
  if (first === second) return first;
  return first === "lost" || second === "lost" ? "lost" : "pending";
}
