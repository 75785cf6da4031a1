/**
 * Region errors as a fixed layout gives them: which, with what in their fields, with TiKV's text,
 * and in TiKV's order of checks. To add a case, add a row to a table, or a test that brings the
 * store into the state that it is about. Source: tikv-semantics.md section 4.
 */
import { expect, test } from "vitest";
import { type RegionError, regionErrorMessage, regionErrorTags } from "../errors.ts";
import { benchEngines, ClusterBench, type RequestFields } from "../testing/cluster-bench.ts";
import { operations, type Response } from "../wire.ts";

const engines = await benchEngines();
const get: RequestFields = { op: operations.get, key: "k" };
const put: RequestFields = { op: operations.put, key: "k", value: Uint8Array.of(1) };

function led(): ClusterBench {
  const bench = new ClusterBench({ engines });
  bench.lead(1);
  return bench;
}

const textOf = ({ regionError, error }: Response): string =>
  regionError === null ? `no region error, error "${error}"` : regionErrorMessage(regionError);

test.each([
  ["get", get],
  ["put", put],
  ["compareAndSwap", { ...put, op: operations.compareAndSwap }],
])("%s: the first check that fails decides, in TiKV's order", (_, one) => {
  const bench = led();
  const wrong = { ...one, regionId: 9, storeId: 9, peerId: 9, term: 1, version: 9 };
  const follower = (fields: RequestFields) => textOf(bench.ask(2, { ...wrong, ...fields }));
  const leader = (fields: RequestFields) => textOf(bench.ask(1, { ...wrong, ...fields }));
  expect([
    follower({}),
    follower({ regionId: 1 }),
    follower({ regionId: 1, storeId: 2 }),
    follower({ regionId: 1, storeId: 2, peerId: 102 }),
    leader({ regionId: 1, storeId: 1, peerId: 101 }),
    leader({ regionId: 1, storeId: 1, peerId: 101, term: 0 }),
    leader({ regionId: 1, storeId: 1, peerId: 101, term: 0, version: 1 }),
  ]).toEqual([
    "region 9 not found",
    "to store id 9, mine 2",
    "mismatch peer id 9 != 102",
    "peer is not leader for region 1, leader may Some(id: 101 store_id: 1)",
    "stale command",
    "EpochNotMatch current epoch of region 1 is conf_ver: 1 version: 1, " +
      "but you sent conf_ver: 1 version: 9",
    'no region error, error ""',
  ]);
  // Nothing of what was refused is in any log.
  expect(bench.of("writeAcknowledged").length).toBe(one === get ? 0 : 1);
});

test("the fields of each refusal, and the event with its tag", () => {
  const bench = led();
  const from = bench.events.length;
  const errors = [
    bench.ask(2, put),
    bench.ask(2, { ...put, regionId: 7 }),
    bench.ask(2, { ...put, storeId: 3 }),
    bench.ask(2, { ...put, peerId: 103 }),
  ].map(({ regionError }) => regionError);
  expect(errors).toEqual([
    { kind: "notLeader", regionId: 1, leaderStore: 1, leaderPeer: 101 },
    { kind: "regionNotFound", regionId: 7 },
    { kind: "storeNotMatch", requestStore: 3, actualStore: 2 },
    { kind: "mismatchPeerId", requestPeer: 103, storePeer: 102 },
  ]);
  const refusals = bench
    .of("requestRefused", from)
    .map(({ what }) => [what["variant"], what["leader"]]);
  expect(refusals).toEqual([
    [2, 1],
    [3, 0],
    [8, 0],
    [20, 0],
  ]);
});

test("EpochNotMatch in either direction, with the store's own region; conf_ver is ignored", () => {
  const bench = led();
  for (const op of [get, put]) {
    for (const version of [0, 2]) {
      const { regionError } = bench.ask(1, { ...op, version });
      expect(regionError).toEqual({
        kind: "epochNotMatch",
        currentRegions: [bench.region(1)],
        sent: { version, confVer: 1 },
      });
    }
    expect(bench.ask(1, { ...op, confVer: 9 }).regionError).toBeNull();
  }
});

test("a term is stale when it is more than one behind", () => {
  const bench = led();
  const term = bench.of("roleChanged").at(-1)?.what["term"] ?? 0;
  expect(term).toBeGreaterThan(5);
  const kinds = [term - 2, term - 1, term, term + 5].map(
    (sent) => bench.ask(1, { ...put, term: sent }).regionError?.kind,
  );
  expect(kinds).toEqual(["staleCommand", undefined, undefined, undefined]);
});

test("while leadership is handed over, a proposal is dropped: NotLeader without a leader", () => {
  const bench = led();
  bench.world.pause(bench.process(2));
  bench.transfer(1, 2);
  const expected = { kind: "notLeader", regionId: 1, leaderStore: 0 };
  expect(bench.ask(1, put).regionError).toEqual(expected);
  expect(textOf(bench.ask(1, put))).toBe("peer is not leader for region 1, leader may None");
  // After an election timeout the transfer is given up, and the leader takes proposals again.
  bench.run(1_200_000);
  expect(bench.ask(1, put).regionError).toBeNull();
});

test("a command that another leader's entry overwrites: StaleCommand, and only then", () => {
  const bench = led();
  const heal = bench.cut([1], [2, 3]);
  const rpc = bench.send(1, put);
  bench.until(() => [2, 3].includes(bench.leaderOf()), { stepUs: 10_000 });
  bench.run(500_000);
  expect(bench.answer(rpc)).toBeUndefined();
  const overwrites = { ...put, value: Uint8Array.of(2) };
  expect(bench.ask(bench.leaderOf(), overwrites).regionError).toBeNull();
  expect(bench.answer(rpc)).toBeUndefined();
  heal();
  bench.run(1_000_000);
  const answer = bench.answer(rpc);
  expect(answer).toMatchObject({ regionError: { kind: "staleCommand" } });
  expect(bench.ask(bench.leaderOf(), get).value).toEqual(Uint8Array.of(2));
});

test("reads that no quorum confirmed end with their leader's leadership: StaleCommand", () => {
  const bench = led();
  bench.cut([1], [2, 3]);
  bench.run(950_000); // The lease is over, the leader has not noticed yet.
  const rpc = bench.send(1, get);
  bench.run(1_000);
  expect(bench.answer(rpc)).toBeUndefined();
  bench.until(() => bench.answer(rpc) !== undefined);
  expect(bench.answer(rpc)).toMatchObject({ regionError: { kind: "staleCommand" } });
});

test("RaftEntryTooLarge beyond 8 MiB of command", () => {
  const bench = led();
  const sizeOf = (value: Uint8Array) => bench.ask(1, { ...put, value }).regionError;
  const limit = 8 << 20;
  const overhead = 22; // header 12, tag 1, key 4 + 1, value's length 4
  expect(sizeOf(new Uint8Array(limit - overhead))).toBeNull();
  const error = sizeOf(new Uint8Array(limit - overhead + 1));
  expect(error).toEqual({ kind: "raftEntryTooLarge", regionId: 1, entrySize: limit + 1 });
  expect(error === null ? "" : regionErrorMessage(error)).toBe(
    `raft entry is too large, region 1, entry size ${limit + 1}`,
  );
});

test("a peer that applies a snapshot serves nothing: a message without a variant", () => {
  const bench = led();
  bench.world.crash(bench.process(3), "test");
  for (let at = 0; at < 80; at++) bench.ask(1, put);
  bench.run(3_000_000);
  expect(bench.of("logCompacted").length).toBeGreaterThan(0);
  bench.world.restart(bench.process(3));
  const sent: number[] = [];
  bench.until(
    () => {
      sent.push(bench.send(3, { ...get, replicaRead: true }));
      return bench.of("snapshotInstalled").some(({ store }) => store === 3);
    },
    { stepUs: 250 },
  );
  bench.run(5_000);
  const seen = sent
    .map((rpc) => bench.answer(rpc))
    .flatMap((answer) => (answer === undefined || answer === "refused" ? [] : answer.regionError))
    .find((error) => error?.kind === "messageOnly");
  expect(seen).toEqual({ kind: "messageOnly", text: "103 peer is applying snapshot" });
});

const region = { id: 7, start: "a", end: "", version: 2, confVer: 3, peers: [] };
const texts: readonly (readonly [RegionError, number, string])[] = [
  [
    { kind: "keyNotInRegion", key: "\x01\xff", regionId: 7, start: "a", end: "" },
    4,
    "key 01FF is not in region key range [61, ) for region 7",
  ],
  [
    { kind: "epochNotMatch", currentRegions: [region] },
    5,
    "EpochNotMatch current epoch of region 7 is conf_ver: 3 version: 2",
  ],
  [{ kind: "epochNotMatch", currentRegions: [] }, 5, "EpochNotMatch"],
  [{ kind: "serverIsBusy", reason: "scheduler is busy" }, 6, "scheduler is busy"],
  [
    { kind: "readIndexNotReady", regionId: 7, reason: "can not read index due to split" },
    11,
    "read index not ready, reason can not read index due to split, region 7",
  ],
  [{ kind: "regionNotInitialized", regionId: 7 }, 14, "region 7 not initialized yet"],
  [{ kind: "diskFull", stores: [1, 2], reason: "full" }, 15, "store ids [1, 2], errmsg full"],
  [
    { kind: "flashbackInProgress", regionId: 7, startTs: 5 },
    17,
    "region 7 is in the flashback progress with start_ts 5",
  ],
  [
    { kind: "notLeader", regionId: 7, leaderStore: 2 },
    2,
    "peer is not leader for region 7, leader may Some(store_id: 2)",
  ],
  [{ kind: "messageOnly", text: "TiKV is Closing" }, 0, "TiKV is Closing"],
];

test.each(texts)("%j: tag and text", (error, tag, text) => {
  expect([regionErrorTags[error.kind], regionErrorMessage(error)]).toEqual([tag, text]);
});
