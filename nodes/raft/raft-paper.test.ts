/**
 * One test for each claim of the Raft paper's figure 2, named with its place. Each sets the scene,
 * lets one thing happen and looks. To add a case, quote the place, not the text. The thesis's
 * chapters are in raft-thesis.test.ts.
 *
 * Source: Ongaro and Ousterhout, In Search of an Understandable Consensus Algorithm (2014).
 */
import { describe, expect, test } from "vitest";
import { messageOf, messageTypes } from "./message.ts";
import { plainSettings, Text } from "./testing/peer.ts";
import { answers, entry, lead, scene, spoken, termsOf } from "./testing/scene.ts";

const { append, appendResponse, heartbeat, requestVote, requestVoteResponse } = messageTypes;

describe("figure 2, state", () => {
  test("currentTerm, votedFor and log survive a crash; commitIndex may not", () => {
    const cluster = scene();
    const peer = cluster.peer(1);
    answers(peer, { type: requestVote, from: 2, to: 1, term: 4 });
    answers(peer, { type: append, from: 3, to: 1, term: 4, entries: [entry(4, 1)] });
    cluster.crash(1);
    cluster.restart(1);
    const { term, vote } = peer.raft;
    expect([term, vote, ...termsOf(peer.raft)]).toEqual([4, 2, 4]);
  });

  test("commitIndex and lastApplied only grow", () => {
    const peer = scene({ logs: { 1: [1, 1, 1] } }).peer(1);
    const sent = { from: 2, to: 1, term: 1 } as const;
    answers(peer, { ...sent, type: append, index: 3, logTerm: 1, commit: 3 });
    answers(peer, { ...sent, type: append, index: 1, logTerm: 1, commit: 1 });
    answers(peer, { ...sent, type: heartbeat, commit: 2 });
    expect([peer.raft.commit, peer.raft.applied]).toEqual([3, 3]);
  });

  test("a new leader starts with nextIndex after its last entry and matchIndex 0", () => {
    const cluster = scene({ logs: { 1: [1, 1], 2: [1], 3: [1] } });
    const { raft } = cluster.peer(1);
    raft.campaign();
    spoken(cluster.peer(1));
    raft.step(messageOf({ type: requestVoteResponse, from: 2, to: 1, term: 2 }));
    const other = raft.members().find(({ id }) => id === 3)!;
    expect([other.match, other.next]).toEqual([0, 3]);
  });
});

describe("figure 2, AppendEntries", () => {
  const message = { type: append, from: 2, to: 1 } as const;

  test("1: a message of an older term is not taken", () => {
    const peer = scene({ logs: { 1: [3] } }).peer(1);
    answers(peer, { ...message, term: 2, entries: [entry(2, 1)] });
    expect([peer.raft.lead, ...termsOf(peer.raft)]).toEqual([0, 3]);
  });

  test("2: refuse where the log has no entry at prevLogIndex with prevLogTerm", () => {
    const peer = scene({ logs: { 1: [1, 1] } }).peer(1);
    const gap = answers(peer, { ...message, term: 2, index: 5, logTerm: 2 });
    const conflict = answers(peer, { ...message, term: 2, index: 2, logTerm: 2 });
    expect([...gap, ...conflict].map(({ reject }) => reject)).toEqual([true, true]);
  });

  test("3: an entry that conflicts goes, with all that follow it", () => {
    const peer = scene({ logs: { 1: [1, 1, 1, 1] } }).peer(1);
    answers(peer, { ...message, term: 2, index: 1, logTerm: 1, entries: [entry(2, 2)] });
    expect(termsOf(peer.raft)).toEqual([1, 2]);
  });

  test("3: what does not conflict stays, even beyond the message", () => {
    const peer = scene({ logs: { 1: [1, 1, 1] } }).peer(1);
    answers(peer, { ...message, term: 2, index: 0, entries: [entry(1, 1)] });
    expect(termsOf(peer.raft)).toEqual([1, 1, 1]);
  });

  test("4: entries that are not there yet are appended", () => {
    const peer = scene({ logs: { 1: [1] } }).peer(1);
    const entries = [entry(1, 1), entry(2, 2), entry(2, 3)];
    const [answer] = answers(peer, { ...message, term: 2, entries });
    expect([...termsOf(peer.raft), answer?.index]).toEqual([1, 2, 2, 3]);
  });

  test("5: commitIndex becomes the lesser of leaderCommit and the last new entry", () => {
    const peer = scene({ logs: { 1: [1, 1, 1] } }).peer(1);
    answers(peer, { ...message, term: 1, index: 1, logTerm: 1, commit: 3 });
    expect(peer.raft.commit).toBe(1);
    answers(peer, { ...message, term: 1, index: 3, logTerm: 1, commit: 2 });
    expect(peer.raft.commit).toBe(2);
  });
});

describe("figure 2, RequestVote", () => {
  const request = { type: requestVote, from: 2, to: 1 } as const;

  test("1: a request of an older term gets no vote", () => {
    const peer = scene({ terms: { 1: 3 } }).peer(1);
    expect(answers(peer, { ...request, term: 2 }).filter(({ reject }) => !reject)).toEqual([]);
    expect(peer.raft.vote).toBe(0);
  });

  test.each([
    { why: "free", vote: 0, from: 2, granted: true },
    { why: "given to the asker", vote: 2, from: 2, granted: true },
    { why: "given to another", vote: 3, from: 2, granted: false },
  ])("2: with the vote $why, granted is $granted", ({ vote, from, granted }) => {
    const peer = scene({ terms: { 1: 1 }, votes: { 1: vote } }).peer(1);
    const [answer] = answers(peer, { ...request, from, term: 1 });
    expect(answer?.reject).toBe(!granted);
  });

  test.each([
    { own: [1], index: 1, logTerm: 1, granted: true },
    { own: [1], index: 2, logTerm: 1, granted: true },
    { own: [1, 1], index: 1, logTerm: 1, granted: false },
    { own: [1, 1], index: 1, logTerm: 2, granted: true },
    { own: [2], index: 9, logTerm: 1, granted: false },
    { own: [], index: 0, logTerm: 0, granted: true },
  ])("2: $own against ($index, $logTerm): granted is $granted", (one) => {
    const peer = scene({ logs: { 1: one.own } }).peer(1);
    const { index, logTerm } = one;
    const [answer] = answers(peer, { ...request, term: 3, index, logTerm });
    expect(answer?.reject).toBe(!one.granted);
  });
});

describe("figure 2, rules for servers", () => {
  test("all: what is committed is applied, in order, and nothing else", () => {
    const peer = scene({ logs: { 1: [1, 1, 1] } }).peer(1);
    answers(peer, { type: heartbeat, from: 2, to: 1, term: 1, commit: 2 });
    expect(peer.applied).toEqual(["1@1", "2@1"]);
  });

  test.each(["follower", "candidate", "leader"] as const)(
    "all: a newer term: a %s follows",
    (role) => {
      const cluster = scene();
      const { raft } = cluster.peer(1);
      if (role === "candidate") raft.campaign();
      if (role === "leader") lead(cluster, 1);
      expect(raft.role).toBe(role);
      raft.step(messageOf({ type: appendResponse, from: 2, to: 1, term: 9 }));
      expect([raft.role, raft.term, raft.vote]).toEqual(["follower", 9, 0]);
    },
  );

  test("followers: silence for an election timeout makes a candidate", () => {
    const { raft } = scene().peer(1);
    raft.setElectionTimeout(12);
    raft.advanceTicks(11);
    expect(raft.role).toBe("follower");
    raft.advanceTicks(1);
    expect(raft.role).toBe("candidate");
  });

  test("followers: an append or a granted vote starts the timeout again", () => {
    for (const type of [append, requestVote]) {
      const { raft } = scene({ terms: { 1: 1 } }).peer(1);
      raft.advanceTicks(9);
      raft.step(messageOf({ type, from: 2, to: 1, term: 1 }));
      raft.advanceTicks(9);
      expect(raft.role).toBe("follower");
    }
  });

  test("candidates: a campaign raises the term, votes for itself and asks all others", () => {
    const peer = scene().peer(1);
    peer.raft.campaign();
    const asked = spoken(peer).map(({ type, to, term }) => [type, to, term]);
    expect([peer.raft.term, peer.raft.vote]).toEqual([1, 1]);
    expect(asked).toEqual([
      [requestVote, 2, 1],
      [requestVote, 3, 1],
    ]);
  });

  test("candidates: a majority elects", () => {
    const cluster = scene({ voters: [1, 2, 3, 4, 5] });
    const peer = cluster.peer(1);
    peer.raft.campaign();
    spoken(peer);
    answers(peer, { type: requestVoteResponse, from: 2, to: 1, term: 1 });
    expect(peer.raft.role).toBe("candidate");
    answers(peer, { type: requestVoteResponse, from: 3, to: 1, term: 1 });
    expect(peer.raft.role).toBe("leader");
  });

  test("candidates: an append of the new leader ends the campaign", () => {
    const peer = scene().peer(1);
    peer.raft.campaign();
    answers(peer, { type: append, from: 2, to: 1, term: 1 });
    expect([peer.raft.role, peer.raft.lead, peer.raft.vote]).toEqual(["follower", 2, 1]);
  });

  test("candidates: another timeout starts another election", () => {
    const { raft } = scene().peer(1);
    raft.advanceTicks(20);
    const { term } = raft;
    raft.advanceTicks(20);
    expect([raft.role, raft.term > term]).toEqual(["candidate", true]);
  });

  test("leaders: appends go out upon election, heartbeats in idle periods", () => {
    const cluster = scene();
    const peer = cluster.peer(1);
    peer.raft.campaign();
    spoken(peer);
    const first = answers(peer, { type: requestVoteResponse, from: 2, to: 1, term: 1 });
    expect(first.map(({ type, to }) => [type, to])).toEqual([
      [append, 2],
      [append, 3],
    ]);
    peer.raft.advanceTicks(plainSettings.heartbeatTicks);
    expect(spoken(peer).map(({ type }) => type)).toEqual([heartbeat, heartbeat]);
  });

  test("leaders: a command is appended and applied once committed", () => {
    const cluster = scene();
    const raft = lead(cluster, 1);
    expect(raft.propose(new Text("x"))).toEqual({ index: 2, term: 1, refusal: null });
    expect(cluster.peer(1).applied).toEqual([]);
    cluster.stabilize();
    expect(cluster.ids.map((id) => cluster.peer(id).applied)).toEqual([["x"], ["x"], ["x"]]);
  });

  test("leaders: followers that lag are sent what they miss; on refusal, from further back", () => {
    const cluster = scene({ logs: { 1: [1, 4, 4, 6], 2: [1, 4, 4, 6], 3: [1, 2, 3, 3, 3, 3] } });
    lead(cluster, 1);
    expect(termsOf(cluster.peer(3).raft)).toEqual(termsOf(cluster.peer(1).raft));
  });

  test("leaders: N is committed when a majority holds it and it is of the current term", () => {
    // Figure 8: an entry of term 2 on a majority, led by a leader of term 4.
    const cluster = scene({ logs: { 1: [1, 2], 2: [1, 2], 3: [1] }, terms: { 1: 3, 2: 3, 3: 3 } });
    const { raft } = cluster.peer(1);
    raft.campaign();
    spoken(cluster.peer(1));
    const answer = { from: 2, to: 1, term: 4 } as const;
    answers(cluster.peer(1), { ...answer, type: requestVoteResponse });
    answers(cluster.peer(1), { ...answer, type: appendResponse, index: 2 });
    expect(raft.commit).toBe(0);
    answers(cluster.peer(1), { ...answer, type: appendResponse, index: 3 });
    expect(raft.commit).toBe(3);
  });
});
