/**
 * A cluster as a whole: layouts, several regions a store, what a store says before it is ready, and
 * that a seed is a run. To add a case, set a `ClusterBench` up and look at its events.
 */
import { expect, test } from "vitest";
import { latin1Bytes } from "../sim/bytes.ts";
import { benchEngines, ClusterBench, type RequestFields } from "./testing/cluster-bench.ts";
import { operations, statuses } from "./wire.ts";

const engines = await benchEngines();
const put = (key: string): RequestFields => ({
  op: operations.put,
  key,
  value: latin1Bytes("1"),
});

test("every region has its peers where the layout says, and a leader among them", () => {
  const bench = new ClusterBench({ engines, cuts: ["c", "m"], replicas: 2 });
  bench.until(() => [1, 2, 3].every((region) => bench.leaderOf(region) !== 0), { stepUs: 100_000 });
  const places = bench.cluster.layout.map(({ peers }) => peers.map(({ store }) => store));
  expect(places).toEqual([
    [1, 2],
    [1, 3],
    [2, 3],
  ]);
  for (const { id, peers } of bench.cluster.layout) {
    const outside = [1, 2, 3].find((store) => peers.every((peer) => peer.store !== store)) ?? 0;
    expect(peers.map(({ store }) => store)).toContain(bench.leaderOf(id));
    const { regionError } = bench.ask(outside, { ...put("k"), regionId: id });
    expect(regionError).toEqual({ kind: "regionNotFound", regionId: id });
  }
});

test("before recovery ended a store says that it is unavailable, afterwards it serves", () => {
  const bench = new ClusterBench({ engines, stores: 1 });
  bench.run(1);
  const answer = bench.ask(1, put("k"));
  expect([answer.status, answer.regionError]).toEqual([statuses.unavailable, null]);
  expect(bench.of("storeReady").at(-1)?.at ?? Number.MAX_SAFE_INTEGER).toBeGreaterThan(500);
  bench.until(() => bench.leaderOf() === 1, { stepUs: 100_000 });
  expect(bench.ask(1, put("k")).status).toBe(statuses.ok);
});

test("regions of one store do not wait for each other's quorum", () => {
  const bench = new ClusterBench({ engines, cuts: ["m"] });
  bench.lead(1, 1);
  bench.lead(2, 2);
  bench.cut([1], [2, 3]);
  const stuck = bench.send(1, put("a"));
  expect(bench.ask(2, { ...put("z"), regionId: 2 }).regionError).toBeNull();
  expect(bench.answer(stuck)).toBeUndefined();
});

test("writes of several regions that come together share a sync", () => {
  const bench = new ClusterBench({ engines, cuts: ["c", "m"] });
  for (const region of [1, 2, 3]) bench.lead(1, region);
  const from = bench.events.length;
  const sent = ["a", "d", "n"].map((key, at) => bench.send(1, { ...put(key), regionId: at + 1 }));
  bench.until(() => sent.every((rpc) => bench.answer(rpc) !== undefined));
  bench.run(5_000);
  const at2 = bench.of("entryAppended", from).filter(({ store }) => store === 2);
  const durable = bench.of("logPersisted", from).filter(({ store }) => store === 2);
  expect(at2.map(({ what }) => what["region"])).toEqual([1, 2, 3]);
  // What arrived while the first write was on its way to the disk went there together.
  const moments = new Set(durable.filter(({ what }) => what["region"] !== 1).map(({ at }) => at));
  expect(moments.size).toBeLessThan(durable.length);
});

test("leadership that is given to a store without a peer, or to itself, stays", () => {
  const bench = new ClusterBench({ engines, replicas: 2, cuts: ["m"] });
  const leader = () => bench.leaderOf(1);
  bench.until(() => leader() !== 0, { stepUs: 100_000 });
  const before = leader();
  bench.transfer(1, 3);
  bench.transfer(9, 1);
  bench.run(2_000_000);
  expect(leader()).toBe(before);
  expect(bench.of("leaderTransferStarted").filter(({ what }) => what["to"] === 103)).toEqual([]);
});

test("one seed is one run, another seed is another", () => {
  const hashOf = (seed: string): string => {
    const bench = new ClusterBench({ engines, seed, cuts: ["m"] });
    for (const key of ["a", "z", "b"]) {
      bench.call({ kind: "put", key, value: latin1Bytes("1") });
      bench.run(700_000);
    }
    return bench.world.hash();
  };
  const [one, again, other] = ["one", "one", "other"].map(hashOf);
  expect(again).toBe(one);
  expect(other).not.toBe(one);
});
