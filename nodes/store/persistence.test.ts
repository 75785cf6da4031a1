/**
 * What leaves a store before its disk has it, and what does not; what a store finds again after a
 * crash and after a power loss, at every moment of setting up, of writing and of installing a
 * snapshot. To add a window, add a row to `windows`. Source: tikv-semantics.md section 5.
 */
import { expect, test } from "vitest";
import {
  type BenchEvent,
  benchEngines,
  ClusterBench,
  type RequestFields,
} from "../testing/cluster-bench.ts";
import { operations } from "../wire.ts";

const engines = await benchEngines();
const putAt = (key: string, value = 1): RequestFields => ({
  op: operations.put,
  key,
  value: Uint8Array.of(value),
});
const get = (key: string): RequestFields => ({ op: operations.get, key });

function led(): ClusterBench {
  const bench = new ClusterBench({ engines });
  bench.lead(1);
  return bench;
}

const first = (events: readonly BenchEvent[], store: number, index: number): number =>
  events.find(({ store: at, what }) => at === store && what["index"] === index)?.at ?? Number.NaN;

/** The moments of one write on all stores. */
function momentsOf(bench: ClusterBench): Readonly<Record<string, number>> {
  const from = bench.events.length;
  const sent = bench.world.nowUs;
  bench.ask(1, putAt("k"));
  const answered = bench.world.nowUs;
  bench.run(300_000);
  const index = bench.of("writeAcknowledged", from)[0]?.what["index"] ?? 0;
  const moment = (name: Parameters<ClusterBench["of"]>[0], store: number) =>
    first(bench.of(name, from), store, index) - sent;
  return {
    leaderAppended: moment("entryAppended", 1),
    leaderPersisted: moment("logPersisted", 1),
    followerAppended: moment("entryAppended", 2),
    followerPersisted: moment("logPersisted", 2),
    committed: moment("commitAdvanced", 1),
    applied: moment("entryApplied", 1),
    acknowledged: moment("writeAcknowledged", 1),
    answered: answered - sent,
  };
}

test("a leader's appends leave before its own sync, which need not end for a commit", () => {
  const bench = led();
  bench.world.disk(bench.process(1)).delay({ minUs: 50_000, maxUs: 50_000 });
  const at = momentsOf(bench);
  expect(at["followerAppended"]).toBeLessThan(5_000);
  expect(at["committed"]).toBeLessThan(10_000);
  expect(at["leaderPersisted"]).toBeGreaterThan(50_000);
});

test("a follower's acknowledgement waits for its sync", () => {
  const bench = led();
  for (const store of [2, 3]) {
    bench.world.disk(bench.process(store)).delay({ minUs: 50_000, maxUs: 50_000 });
  }
  const at = momentsOf(bench);
  expect(at["followerAppended"]).toBeLessThan(5_000);
  expect(at["leaderPersisted"]).toBeLessThan(5_000);
  expect(at["followerPersisted"]).toBeGreaterThan(50_000);
  expect(at["committed"]).toBeGreaterThan(at["followerPersisted"] ?? Number.NaN);
});

test("without a quorum of synced logs there is no commit: the leader's own counts once", () => {
  const bench = led();
  for (const store of [2, 3]) bench.world.disk(bench.process(store)).stall();
  const rpc = bench.send(1, putAt("k"));
  bench.run(500_000);
  expect(bench.answer(rpc)).toBeUndefined();
  bench.world.disk(bench.process(2)).flow();
  bench.until(() => bench.answer(rpc) !== undefined);
});

test("a vote leaves after it is durable", () => {
  const bench = led();
  bench.world.network.isolate(bench.process(1));
  for (const store of [2, 3]) bench.world.disk(bench.process(store)).stall();
  const from = bench.events.length;
  bench.run(6_000_000);
  expect(bench.of("voted", from)).toEqual([]);
  for (const store of [2, 3]) bench.world.disk(bench.process(store)).flow();
  bench.until(() => bench.of("voted", from).length > 0);
  const [vote] = bench.of("voted", from);
  const durable = bench
    .of("voteStatePersisted", from)
    .find(({ store, what }) => store === vote?.store && what["term"] === vote.what["term"]);
  expect(durable?.what["vote"]).toBe(vote?.what["candidate"]);
  expect(durable?.at).toBeLessThanOrEqual(vote?.at ?? 0);
});

test("a client is answered after the apply", () => {
  const bench = led();
  for (let at = 0; at < 60; at++) {
    const moments = momentsOf(bench);
    expect(moments["committed"]).toBeLessThanOrEqual(moments["applied"] ?? Number.NaN);
    expect(moments["applied"]).toBeLessThanOrEqual(moments["acknowledged"] ?? Number.NaN);
    expect(moments["acknowledged"]).toBeLessThan(moments["answered"] ?? Number.NaN);
  }
});

// Recovery ------------------------------------------------------------------------------------

const ends = ["crash", "power loss"] as const;

function end(bench: ClusterBench, store: number, how: (typeof ends)[number]): void {
  if (how === "crash") bench.world.crash(bench.process(store), "test");
  else bench.world.powerLoss(bench.process(store));
}

/** Every value that was acknowledged is there, on whatever leads then. */
function expectAll(bench: ClusterBench, values: ReadonlyMap<string, number>): void {
  bench.until(() => bench.leaderOf() !== 0, { stepUs: 50_000 });
  bench.run(500_000);
  for (const [key, value] of values) {
    expect(bench.ask(bench.leaderOf(), get(key)).value, key).toEqual(Uint8Array.of(value));
  }
}

test.each(ends)("all stores at once, %s: acknowledged writes are found again", (how) => {
  const bench = led();
  const values = new Map<string, number>();
  for (let at = 0; at < 150; at++) {
    const key = `k${at % 40}`;
    expect(bench.ask(1, putAt(key, at)).regionError).toBeNull();
    values.set(key, at);
    if (at === 100) bench.run(5_000_000); // Checkpoints, log GC.
  }
  expect(bench.of("logCompacted").length).toBeGreaterThan(0);
  for (const store of [1, 2, 3]) end(bench, store, how);
  const from = bench.events.length;
  for (const store of [1, 2, 3]) bench.world.restart(bench.process(store));
  expectAll(bench, values);
  const recovered = bench.of("regionRecovered", from);
  expect(recovered.length).toBe(3);
  // Not by starting anew: the applied state was on the disk, up to its last sync at least.
  for (const { what } of recovered) expect(what["appliedIndex"]).toBeGreaterThan(50);
});

test.each(ends)("at every moment of the first boot, %s: the store sets itself up", (how) => {
  let windows = 0;
  for (let us = 0; us < 4_000; us += 200) {
    const bench = new ClusterBench({ engines, stores: 1, cuts: ["m"] });
    bench.run(us);
    if (bench.of("storeReady").length === 0) windows++;
    end(bench, 1, how);
    bench.world.restart(bench.process(1));
    bench.until(() => bench.leaderOf(1) === 1 && bench.leaderOf(2) === 1, { stepUs: 100_000 });
    expect(bench.ask(1, putAt("a")).regionError).toBeNull();
  }
  expect(windows).toBeGreaterThan(3);
});

test.each(ends)(
  "at every moment of a snapshot's installation, %s: the follower catches up",
  (how) => {
    let during = 0;
    for (let us = 0; us < 4_000; us += 400) {
      const bench = led();
      bench.world.crash(bench.process(3), "behind");
      for (let at = 0; at < 75; at++) bench.ask(1, putAt(`k${at % 7}`, at));
      bench.run(2_500_000);
      expect(bench.of("logCompacted").length).toBeGreaterThan(0);
      bench.world.restart(bench.process(3));
      bench.until(() => bench.of("snapshotSent").length > 0);
      bench.run(us);
      const installs = () => bench.of("snapshotInstalled").filter(({ store }) => store === 3);
      if (installs().length === 0) during++;
      end(bench, 3, how);
      bench.run(50_000);
      bench.world.restart(bench.process(3));
      const applied = () =>
        bench
          .of("entryApplied")
          .filter(({ store }) => store === 3)
          .at(-1);
      bench.ask(1, putAt("z", 9));
      const index = bench.of("writeAcknowledged").at(-1)?.what["index"];
      bench.until(() => (applied()?.what["index"] ?? 0) >= (index ?? 0), { stepUs: 20_000 });
      expect(bench.ask(3, { ...get("z"), replicaRead: true }).value).toEqual(Uint8Array.of(9));
      expect(bench.ask(3, { ...get("k4"), replicaRead: true }).value).toEqual(Uint8Array.of(74));
    }
    expect(during).toBeGreaterThan(2);
  },
);

test("damage in the log is named and never served", () => {
  const bench = led();
  for (let at = 0; at < 30; at++) bench.ask(1, putAt(`k${at}`, at));
  bench.world.crash(bench.process(2), "test");
  bench.world.disk(bench.process(2)).rot(1_000_000);
  const from = bench.events.length;
  bench.world.restart(bench.process(2));
  bench.run(100_000);
  expect(bench.of("corruptionFound", from).map(({ store }) => store)).toEqual([2]);
  expect(bench.of("storeReady", from)).toEqual([]);
  expect(bench.world.isUp(bench.process(2))).toBe(false);
  expect(bench.world.deaths.at(-1)).toMatchObject({ kind: "abort" });
});

test.each(["write", "sync"] as const)(
  "a failing %s ends the process: nothing is retried",
  (work) => {
    const bench = led();
    bench.world.disk(bench.process(1)).eio(work, 1_000_000);
    const rpc = bench.send(1, putAt("k"));
    bench.run(20_000);
    expect(bench.world.isUp(bench.process(1))).toBe(false);
    expect(bench.answer(rpc)).toBeUndefined();
  },
);
