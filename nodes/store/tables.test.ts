/**
 * The small books that a peer keeps: proposals, reads, lease, outgoing messages, and when it asks
 * for log compaction. Each test shows what is taken and what is left. To add a case for log
 * compaction, add a row.
 */
import { expect, test } from "vitest";
import type { Machine, ProcessId } from "../../sim/process.ts";
import { messageOf, messageTypes, type Raft } from "../raft/index.ts";
import { RaftBatch, type Response } from "../wire.ts";
import { Lease } from "./lease.ts";
import { compactIndex } from "./log-gc.ts";
import { Outbox } from "./outbox.ts";
import { Proposals } from "./proposals.ts";
import { Reads } from "./reads.ts";
import { timings } from "./timing.ts";
import type { Waiter } from "./waiter.ts";

const waiter = (name: string): Waiter => ({ name }) as never;
const response = {} as Response;

test("proposals: all up to an index, oldest first, each once", () => {
  const proposals = new Proposals();
  const add = (index: number, term: number, stampUs: number) =>
    proposals.add({ index, term, stampUs, waiter: waiter(`${index}`), response });
  for (const index of [6, 7, 8]) add(index, 5, index * 10);
  expect(proposals.take(5)).toBeNull();
  expect([proposals.take(7)?.index, proposals.take(7)?.index]).toEqual([6, 7]);
  expect(proposals.take(7)).toBeNull();
  expect(proposals.count).toBe(1);
  // A leader again, in a later term, at a position that was lost before.
  add(8, 9, 200);
  expect(() => add(9, 8, 300)).toThrow("terms of proposals do not go back");
  add(7, 9, 300);
  expect([proposals.take(7)?.term, proposals.count]).toEqual([9, 2]);
  expect([proposals.take(8)?.term, proposals.take(8)?.term]).toEqual([5, 9]);
});

test("proposals: the latest stamp that a commit vouches for", () => {
  const proposals = new Proposals();
  for (const [index, term, stampUs] of [
    [6, 5, 60],
    [7, 6, 70],
    [8, 6, 80],
  ] as const) {
    proposals.add({ index, term, stampUs, waiter: waiter("w"), response });
  }
  expect(proposals.latestStampUs(8, 6)).toBe(80);
  expect(proposals.latestStampUs(7, 6)).toBe(70);
  // Of an older term: a quorum then says nothing about this leader now.
  expect(proposals.latestStampUs(6, 6)).toBe(0);
});

test("reads: confirmed by context, served at their index, asked again every four ticks", () => {
  const reads = new Reads();
  const [a, b, c] = [waiter("a"), waiter("b"), waiter("c")];
  reads.add(1, 100, a);
  reads.add(2, 200, b);
  reads.add(3, 300, c);
  expect(reads.takeReady(99)).toEqual([]);
  expect(reads.confirm(2, 9)).toBe(200);
  expect(reads.confirm(2, 9)).toBeNull();
  expect(reads.confirm(7, 9)).toBeNull();
  expect(reads.takeReady(8)).toEqual([]);
  const overdue = [1, 2, 3, 4, 5, 6, 7, 8].map(() => [...reads.overdue(4)]);
  expect(overdue).toEqual([[], [], [], [1, 3], [], [], [], [1, 3]]);
  expect(reads.takeUnconfirmed()).toEqual([a, c]);
  expect(reads.takeReady(9)).toEqual([b]);
  expect(reads.count).toBe(0);
});

test("lease: from the stamp on, never shortened, suspect in a transfer, gone with the role", () => {
  const lease = new Lease(timings.fast);
  const lengthUs = 900_000 - 400;
  expect(lease.isValid(0)).toBe(false);
  expect(lease.renew(1_000)).toBe(true);
  expect([lease.isValid(1_000 + lengthUs - 1), lease.isValid(1_000 + lengthUs)]).toEqual([
    true,
    false,
  ]);
  expect(lease.renew(500)).toBe(false);
  expect(lease.endUs).toBe(1_000 + lengthUs);
  lease.suspect();
  expect([lease.isValid(2_000), lease.renew(3_000)]).toEqual([false, false]);
  lease.trust();
  expect(lease.isValid(2_000)).toBe(false); // Only a new quorum brings it back.
  expect(lease.renew(3_000)).toBe(true);
  lease.expire();
  expect(lease.isValid(3_001)).toBe(false);
  expect(() => new Lease({ ...timings.fast, leaseMarginUs: 900_000 })).toThrow("leaves some lease");
});

test("both timing profiles: the lease fits into an election timeout less a tick", () => {
  for (const { tickUs, electionTicks, leaseUs } of Object.values(timings)) {
    expect(leaseUs).toBeLessThanOrEqual((electionTicks - 1) * tickUs);
  }
});

test("outbox: one envelope a store and flush, messages in order, sizes added up", () => {
  const sent: { to: number; batch: RaftBatch; sizeBytes: number }[] = [];
  const machine = {
    send: (to: number, _kind: number, batch: RaftBatch, sizeBytes: number) =>
      sent.push({ to, batch, sizeBytes }),
  };
  const outbox = new Outbox(machine as never as Machine, (store) => (store * 10) as ProcessId);
  const message = (to: number) =>
    messageOf({ type: messageTypes.heartbeat, to, from: 101, term: 6 });
  outbox.flush();
  expect(sent).toEqual([]);
  outbox.add(2, 1, message(102));
  outbox.add(3, 1, message(103));
  outbox.add(2, 4, message(402));
  outbox.flush();
  expect(sent.map(({ to, batch }) => [to, batch.regions])).toEqual([
    [20, [1, 4]],
    [30, [1]],
  ]);
  expect(sent[0]?.batch.messages.map(({ to }) => to)).toEqual([102, 402]);
  expect(sent[0]?.sizeBytes).toBe(2 * (sent[1]?.sizeBytes ?? 0));
  expect(sent[0]?.batch).toBeInstanceOf(RaftBatch);
  outbox.flush();
  outbox.add(2, 1, message(102));
  outbox.flush();
  // What was sent is immutable: a later message goes into a batch of its own.
  expect([sent.length, sent[0]?.batch.messages.length, sent[2]?.batch.messages.length]).toEqual([
    3, 2, 1,
  ]);
});

const calm = { firstIndex: 10, applied: 100, lastIndex: 100, minMatch: 100, stableIndex: 100 };

test.each<readonly [string, Partial<typeof calm>, number, number | null]>([
  ["long enough: up to what all have, less three entries and one", { firstIndex: 50 }, 0, 96],
  ["a peer lags: up to it", { firstIndex: 50, minMatch: 80 }, 0, 79],
  ["a short log waits", { firstIndex: 85 }, 0, null],
  ["a short log waits three rounds", { firstIndex: 85 }, 2, null],
  ["and goes in the fourth", { firstIndex: 85 }, 3, 96],
  ["a log beyond the limit leaves a lagging peer behind", { minMatch: 12 }, 0, 54],
  ["below the limit it does not", { firstIndex: 45, minMatch: 46 }, 0, null],
  ["never beyond what is durable", { stableIndex: 70 }, 0, 69],
  ["never beyond what is applied", { applied: 71 }, 0, 70],
  ["three entries always stay", { firstIndex: 96 }, 9, 96],
  ["nothing is left to go", { firstIndex: 97 }, 9, null],
  ["nothing is applied yet", { firstIndex: 101, applied: 100 }, 9, null],
])("log compaction: %s", (_, state, rounds, expected) => {
  const raft = { ...calm, ...state } as never as Raft;
  expect(compactIndex({ raft, timing: timings.fast, rounds })).toBe(expected);
});
