/** The scenes of the tests of the paper's claims: a few peers, and what one of them says. */
import { assert } from "../../../sim/assert.ts";
import { confOf } from "../conf-change.ts";
import { Entry, entryKinds } from "../entry.ts";
import { type MessageFields, messageOf, type RaftMessage } from "../message.ts";
import type { RaftSettings } from "../options.ts";
import type { Raft } from "../raft.ts";
import { Cluster } from "./cluster.ts";
import { emptyDisk, plainSettings, type TestPeer, Text } from "./peer.ts";

/** What a cluster of a test starts with. */
export type Scene = {
  readonly voters?: readonly number[];
  readonly learners?: readonly number[];
  /** The terms of the entries, by peer. */
  readonly logs?: Readonly<Record<number, readonly number[]>>;
  readonly terms?: Readonly<Record<number, number>>;
  readonly votes?: Readonly<Record<number, number>>;
  readonly settings?: Partial<RaftSettings>;
};

/** Peers with these logs, terms and votes, that have said nothing yet. */
export function scene({ voters = [1, 2, 3], learners = [], ...rest }: Scene = {}): Cluster {
  const cluster = new Cluster();
  for (const id of [...voters, ...learners]) {
    const log = rest.logs?.[id] ?? [];
    const term = rest.terms?.[id] ?? log.at(-1) ?? 0;
    cluster.add(
      id,
      { ...plainSettings, ...rest.settings },
      {
        ...emptyDisk,
        hardState: { term, vote: rest.votes?.[id] ?? 0, commit: 0 },
        entries: log.map((at, index) => entry(at, index + 1)),
        conf: confOf(voters, learners),
      },
    );
  }
  return cluster;
}

/** A plain entry. */
export const entry = (term: number, index: number): Entry =>
  new Entry(term, index, entryKinds.normal, new Text(`${index}@${term}`), null);

/** What one peer says when `message` reaches it and all it wrote is durable. */
export function answers(peer: TestPeer, message: MessageFields): readonly RaftMessage[] {
  peer.raft.step(messageOf(message));
  return spoken(peer);
}

/** What one peer says until it has nothing more to do. */
export function spoken(peer: TestPeer): readonly RaftMessage[] {
  const said: RaftMessage[] = [];
  while (peer.hasReady()) peer.processReady((one) => said.push(one));
  return said;
}

/** Makes `id` the leader, with all others listening. */
export function lead(cluster: Cluster, id: number): Raft {
  const { raft } = cluster.peer(id);
  raft.campaign();
  cluster.stabilize();
  assert(raft.role === "leader", "a test's leader is elected");
  return raft;
}

/** The terms of the entries in a log. */
export const termsOf = (raft: Raft): readonly number[] => {
  const terms: number[] = [];
  for (let at = raft.firstIndex; at <= raft.lastIndex; at += 1) terms.push(raft.termAt(at));
  return terms;
};
