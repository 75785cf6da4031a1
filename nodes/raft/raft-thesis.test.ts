/**
 * One test for each claim of the thesis's chapters 3 to 6 (and 9.6, pre-vote), named with its
 * section. Each sets the scene, lets one thing happen and looks. To add a case, quote the section,
 * not the text.
 *
 * Source: Ongaro, Consensus: Bridging Theory and Practice (2014).
 */
import { describe, expect, test } from "vitest";
import { confOf } from "./conf-change.ts";
import { messageTypes } from "./message.ts";
import { emptyDisk, plainSettings, Text } from "./testing/peer.ts";
import { answers, lead, scene, spoken, termsOf } from "./testing/scene.ts";

const { append, appendResponse, requestVote, requestVoteResponse } = messageTypes;

describe("thesis 3", () => {
  test("3.2 election safety: one term, one leader, whatever is split", () => {
    const cluster = scene({ voters: [1, 2, 3, 4] });
    for (const id of [1, 2]) cluster.peer(id).raft.campaign();
    cluster.stabilize();
    const leaders = cluster.ids.filter((id) => cluster.peer(id).raft.role === "leader");
    expect(leaders.length).toBeLessThanOrEqual(1);
  });

  test("3.2 leader append-only: losing an election changes no entry, winning adds one", () => {
    const cluster = scene({ logs: { 1: [1, 2], 2: [1, 2], 3: [1, 2] } });
    const before = termsOf(cluster.peer(1).raft);
    expect(termsOf(lead(cluster, 1)).slice(0, 2)).toEqual(before);
  });

  test("3.4 split votes end because timeouts are drawn, in [t, 2t)", () => {
    expect(() => scene({ settings: { electionTicks: 1 } })).toThrow(
      "leaders beat between elections",
    );
    const { raft } = scene({ settings: { electionTicks: 10 } }).peer(1);
    expect(raft.ticksUntilDue()).toBeGreaterThanOrEqual(10);
    expect(raft.ticksUntilDue()).toBeLessThan(20);
  });

  test("3.5 figure 3.6: every follower's log becomes the leader's", () => {
    const leader = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];
    const logs = {
      1: leader,
      2: leader.slice(0, 9),
      3: leader.slice(0, 4),
      4: [...leader, 6],
      5: [...leader, 7, 7],
      6: [1, 1, 1, 4, 4, 4, 4],
      7: [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
    };
    const voters = [1, 2, 3, 4, 5, 6, 7];
    const terms = Object.fromEntries(voters.map((id) => [id, 7]));
    const cluster = scene({ voters, logs, terms });
    const { raft } = cluster.peer(1);
    raft.campaign();
    cluster.stabilize();
    raft.advanceTicks(1);
    cluster.stabilize();
    const all = voters.map((id) => termsOf(cluster.peer(id).raft));
    // 5 holds an entry of a newer term, and 4 a longer log: neither votes for 1, all follow it.
    for (const terms of all) expect(terms).toEqual([...leader, 8]);
  });

  test("3.5 a refusal names a place, so that a whole term is skipped at a time", () => {
    const own = [1, 2, 2, 2, 2, 2, 2, 2, 2];
    const cluster = scene({ logs: { 1: [1, 3], 2: [1, 3], 3: own }, settings: {} });
    const peer = cluster.peer(3);
    const fields = { type: append, from: 1, to: 3, term: 4, logTerm: 3, index: 2 } as const;
    const [first] = answers(peer, fields);
    expect([first?.reject, first?.rejectHint, first?.logTerm]).toEqual([true, 2, 2]);
  });

  test("3.6.1 a candidate without all committed entries cannot win", () => {
    const cluster = scene({ logs: { 1: [1, 1], 2: [1, 1], 3: [1] } });
    cluster.peer(3).raft.campaign();
    cluster.stabilize();
    expect(cluster.peer(3).raft.role).not.toBe("leader");
  });

  test("3.8 a vote that was given is given once, across a crash", () => {
    const cluster = scene();
    const peer = cluster.peer(1);
    answers(peer, { type: requestVote, from: 2, to: 1, term: 1 });
    cluster.crash(1);
    cluster.restart(1);
    const [answer] = answers(peer, { type: requestVote, from: 3, to: 1, term: 1 });
    expect(answer?.reject).toBe(true);
  });

  test("3.10 a leader brings its heir up to date, takes no commands, then asks it to run", () => {
    const cluster = scene({ settings: { checkQuorum: true, preVote: true } });
    const raft = lead(cluster, 1);
    cluster.isolate(3);
    raft.propose(new Text("x"));
    cluster.stabilize();
    cluster.heal();
    raft.transferLeader(3);
    expect(raft.propose(new Text("y"))).toBeNull();
    raft.advanceTicks(1);
    cluster.stabilize();
    expect(cluster.peer(3).raft.role).toBe("leader");
    expect(cluster.peer(3).applied).toEqual(["x"]);
  });

  test("3.10 a transfer that fails within an election timeout is given up", () => {
    const cluster = scene();
    const raft = lead(cluster, 1);
    cluster.isolate(3);
    raft.transferLeader(3);
    raft.advanceTicks(plainSettings.electionTicks);
    expect([raft.role, raft.leadTransferee]).toEqual(["leader", 0]);
    expect(raft.propose(new Text("y"))).not.toBeNull();
  });
});

describe("thesis 4", () => {
  test("4.1 no change starts before the one before it is committed and applied", () => {
    const cluster = scene();
    const raft = lead(cluster, 1);
    const add = (node: number) =>
      raft.proposeConfChange({ transition: "auto", steps: [{ type: "add", node }] });
    expect(add(4)?.refusal).toBeNull();
    expect(add(5)?.refusal).toBe("earlier-change-unapplied");
  });

  test("4.1, raft-dev 2015: a new leader changes nothing before it committed in its term", () => {
    const cluster = scene({ logs: { 1: [1], 2: [1], 3: [1] } });
    const peer = cluster.peer(1);
    peer.raft.campaign();
    spoken(peer);
    answers(peer, { type: requestVoteResponse, from: 2, to: 1, term: 2 });
    const change = { transition: "auto", steps: [{ type: "remove", node: 3 }] } as const;
    expect(peer.raft.proposeConfChange(change)?.refusal).toBe("earlier-change-unapplied");
  });

  test("4.2.1 a learner receives the log and counts in no majority", () => {
    const cluster = scene({ voters: [1, 2], learners: [3] });
    const raft = lead(cluster, 1);
    cluster.isolate(2);
    raft.propose(new Text("x"));
    cluster.stabilize();
    expect([cluster.peer(3).raft.lastIndex, raft.commit]).toEqual([2, 1]);
  });

  test("4.2.2 a leader that removes itself commits that without its own vote", () => {
    const cluster = scene();
    const raft = lead(cluster, 1);
    raft.proposeConfChange({ transition: "auto", steps: [{ type: "remove", node: 1 }] });
    cluster.stabilize();
    expect([raft.conf.voters, cluster.peer(2).raft.conf.voters]).toEqual([
      [2, 3],
      [2, 3],
    ]);
    expect(raft.propose(new Text("x"))).toBeNull();
  });

  test("4.2.3 who hears a leader ignores those who were removed and do not know", () => {
    const cluster = scene({ settings: { checkQuorum: true } });
    lead(cluster, 1);
    const peer = cluster.peer(2);
    expect(answers(peer, { type: requestVote, from: 3, to: 2, term: 7, index: 9 })).toEqual([]);
    expect(peer.raft.term).toBe(1);
  });

  test("4.3 while joint, both majorities elect and commit", () => {
    const cluster = scene({ voters: [1, 2, 3] });
    const conf = confOf([1, 2, 3]);
    for (const id of [4, 5]) cluster.add(id, plainSettings, { ...emptyDisk, conf });
    const raft = lead(cluster, 1);
    const steps = [
      { type: "add", node: 4 },
      { type: "add", node: 5 },
      { type: "remove", node: 2 },
      { type: "remove", node: 3 },
    ] as const;
    raft.proposeConfChange({ transition: "explicit", steps });
    cluster.stabilize();
    const { commit } = raft;
    for (const id of [2, 3]) cluster.isolate(id);
    raft.propose(new Text("x"));
    cluster.stabilize();
    expect([raft.conf.voters, raft.conf.votersOutgoing]).toEqual([
      [1, 4, 5],
      [1, 2, 3],
    ]);
    expect(raft.commit).toBe(commit);
    cluster.heal();
    raft.advanceTicks(1);
    cluster.stabilize();
    expect(raft.commit).toBe(commit + 1);
  });

  test("4.3 a joint configuration survives a restart as a joint one", () => {
    const cluster = scene({ voters: [1, 2] });
    const raft = lead(cluster, 1);
    const steps = [{ type: "remove", node: 2 }] as const;
    raft.proposeConfChange({ transition: "explicit", steps });
    cluster.stabilize();
    cluster.peer(2).compact(cluster.peer(2).raft.applied);
    cluster.crash(2);
    cluster.restart(2);
    const { voters, votersOutgoing } = cluster.peer(2).raft.conf;
    expect([voters, votersOutgoing]).toEqual([[1], [1, 2]]);
  });
});

describe("thesis 5", () => {
  test("5.1 a compacted log keeps the last index and term it dropped", () => {
    const cluster = scene();
    const raft = lead(cluster, 1);
    raft.propose(new Text("x"));
    cluster.stabilize();
    cluster.peer(1).compact(2);
    expect([raft.truncatedIndex, raft.truncatedTerm, raft.firstIndex]).toEqual([2, 1, 3]);
    expect(raft.termAt(2)).toBe(1);
    raft.propose(new Text("y"));
    cluster.stabilize();
    expect(cluster.peer(3).applied).toEqual(["x", "y"]);
  });

  test("5.1 a follower too far behind gets a snapshot, members included, then the rest", () => {
    const cluster = scene();
    const raft = lead(cluster, 1);
    cluster.isolate(3);
    raft.propose(new Text("x"));
    raft.proposeConfChange({ transition: "auto", steps: [{ type: "add-learner", node: 4 }] });
    cluster.stabilize();
    cluster.peer(1).compact(raft.applied);
    cluster.heal();
    raft.advanceTicks(1);
    cluster.stabilize();
    raft.propose(new Text("y"));
    cluster.stabilize();
    expect(cluster.peer(3).applied).toEqual(["snapshot@3", "y"]);
    expect(cluster.peer(3).raft.conf.learners).toEqual([4]);
  });

  test("5.1 a snapshot that the log already covers keeps what follows it", () => {
    const peer = scene({ logs: { 1: [1, 1, 1] } }).peer(1);
    const snapshot = { index: 2, term: 1, conf: confOf([1, 2, 3]), data: null };
    answers(peer, { type: messageTypes.snapshot, from: 2, to: 1, term: 1, snapshot });
    expect([peer.raft.commit, ...termsOf(peer.raft)]).toEqual([2, 1, 1, 1]);
  });
});

describe("thesis 6", () => {
  test("6.2 a leader that no majority answers within an election timeout steps down", () => {
    const cluster = scene({ settings: { checkQuorum: true } });
    const raft = lead(cluster, 1);
    raft.advanceTicks(10); // The answers of the election count for this first round.
    expect(raft.role).toBe("leader");
    raft.advanceTicks(10);
    expect([raft.role, raft.term]).toEqual(["follower", 1]);
  });

  test("6.4 a read waits until an entry of the term is committed", () => {
    const cluster = scene({ logs: { 1: [1], 2: [1], 3: [1] }, settings: { earlyReads: "drop" } });
    const peer = cluster.peer(1);
    peer.raft.campaign();
    spoken(peer);
    answers(peer, { type: requestVoteResponse, from: 2, to: 1, term: 2 });
    expect(peer.raft.readIndex("a")).toBe(false);
    cluster.stabilize();
    answers(peer, { type: appendResponse, from: 2, to: 1, term: 2, index: 2 });
    expect(peer.raft.readIndex("b")).toBe(true);
  });

  test("6.4 a read is answered with the commit index of when it was asked, by a majority", () => {
    const cluster = scene();
    const raft = lead(cluster, 1);
    cluster.cut(1, 2);
    cluster.cut(1, 3);
    raft.readIndex("r");
    cluster.stabilize();
    expect(cluster.peer(1).reads).toEqual([]);
    cluster.heal();
    raft.readIndex("s");
    cluster.stabilize();
    expect(cluster.peer(1).reads).toEqual([
      { ctx: "r", index: 1 },
      { ctx: "s", index: 1 },
    ]);
  });

  test("6.4 a follower serves reads by asking its leader for the index", () => {
    const cluster = scene();
    lead(cluster, 1);
    cluster.peer(3).raft.readIndex("r");
    cluster.stabilize();
    expect(cluster.peer(3).reads).toEqual([{ ctx: "r", index: 1 }]);
  });

  test("6.4.1 a lease answers at once, and ends with the leadership", () => {
    const cluster = scene({ settings: { checkQuorum: true, readOnly: "lease" } });
    const raft = lead(cluster, 1);
    cluster.isolate(1);
    raft.readIndex("r");
    spoken(cluster.peer(1));
    expect(cluster.peer(1).reads).toEqual([{ ctx: "r", index: 1 }]);
    raft.advanceTicks(20);
    expect(raft.readIndex("s")).toBe(false);
  });
});

describe("thesis 9.6", () => {
  test("a pre-vote raises nobody's term", () => {
    const cluster = scene({ settings: { preVote: true } });
    cluster.isolate(3);
    cluster.peer(3).raft.advanceTicks(100);
    cluster.stabilize();
    expect(cluster.peer(3).raft.term).toBe(0);
    expect(cluster.peer(3).raft.role).toBe("precandidate");
  });

  test("who comes back from a partition disturbs no leader", () => {
    const cluster = scene({ settings: { preVote: true, checkQuorum: true } });
    const raft = lead(cluster, 1);
    cluster.isolate(3);
    cluster.peer(3).raft.advanceTicks(100);
    cluster.stabilize();
    cluster.heal();
    cluster.peer(3).raft.advanceTicks(20);
    cluster.stabilize();
    expect([raft.role, raft.term]).toEqual(["leader", 1]);
  });
});
