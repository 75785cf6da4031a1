/**
 * Splits on stores: epochs, ranges, siblings, who leads, what survives which end at which moment,
 * and replicas that missed one. To add a window in which a store ends, add a row to `windows`.
 * Source: tikv-semantics.md sections 4 and 6.
 */
import { expect, test } from "vitest";
import { digestText } from "../../sim/bytes.ts";
import type { EventName } from "../events.ts";
import { benchEngines, ClusterBench, type RequestFields } from "../testing/cluster-bench.ts";
import { operations } from "../wire.ts";

const engines = await benchEngines();
const putAt = (key: string, value = 1): RequestFields => ({
  op: operations.put,
  key,
  value: Uint8Array.of(value),
});
const get = (key: string): RequestFields => ({ op: operations.get, key });

/** Store 1 leads region 1, which holds a, g, m and t. */
function led(seed = "splits"): ClusterBench {
  const bench = new ClusterBench({ engines, seed });
  bench.lead(1);
  for (const key of ["a", "g", "m", "t"]) bench.call({ kind: "put", key, value: bytesOf(key) });
  return bench;
}

const bytesOf = (key: string): Uint8Array => Uint8Array.of(key.charCodeAt(0));
const old = { regionId: 1, version: 1, confVer: 1 } as const;

/** What a client reads of a key, as text. */
function read(bench: ClusterBench, key: string): string | null {
  const outcome = bench.call({ kind: "get", key });
  if (outcome.kind !== "ok" || outcome.result.kind !== "value") return outcome.kind;
  const { value } = outcome.result;
  return value === null ? null : String.fromCharCode(...value);
}

function scan(bench: ClusterBench): string {
  const whole = { kind: "scan", start: "", end: "", limit: 100, reverse: false } as const;
  const outcome = bench.call(whole);
  if (outcome.kind !== "ok" || outcome.result.kind !== "pairs") return outcome.kind;
  return outcome.result.pairs.map(({ key }) => key).join("");
}

/** The range that a store's peer holds, as of its last word. */
function held(bench: ClusterBench, store: number, region: number): readonly unknown[] {
  const last = bench.of("regionHeld").findLast((event) => {
    return event.store === store && event.what["region"] === region;
  });
  return [last?.what["start"], last?.what["end"], last?.what["version"]];
}

test("the region keeps the right part, a new one of the same version gets the left", () => {
  const bench = led();
  expect(bench.splitAt("m")).toBe(2);
  for (const store of [1, 2, 3]) {
    expect(held(bench, store, 1)).toEqual([digestText("m"), digestText(""), 2]);
    expect(held(bench, store, 2)).toEqual([digestText(""), digestText("m"), 2]);
  }
  bench.run(100_000);
  expect(bench.cluster.regions.map(({ id, start, end, version }) => [id, start, end, version])) //
    .toEqual([
      [1, "m", "", 2],
      [2, "", "m", 2],
    ]);
  expect(bench.region(2).peers.map(({ id, store }) => [id, store])) //
    .toEqual([201, 202, 203].map((id, at) => [id, at + 1]));
});

test("the new region's log begins behind index 5 and term 5", () => {
  const bench = led();
  const id = bench.splitAt("m");
  bench.until(() => bench.leaderOf(id) !== 0);
  const first = bench.of("entryAppended").find(({ what }) => what["region"] === id);
  expect(first?.what).toMatchObject({ index: 6, term: 6 });
  const members = bench.of("membershipApplied").filter(({ what }) => what["region"] === id);
  expect(members.map(({ what }) => what["index"])).toEqual([5, 5, 5]);
});

test("where the old region leads, the new one campaigns at once", () => {
  const bench = led();
  const id = bench.splitAt("m", 1);
  const splitUs = bench.world.nowUs;
  bench.until(() => bench.leaderOf(id) !== 0);
  expect(bench.leaderOf(id)).toBe(1);
  // The others learn of the commit with the next heartbeat: well before any election timeout.
  expect(bench.world.nowUs - splitUs).toBeLessThan(400_000);
});

test("a request of the old epoch learns of both siblings, its own region first", () => {
  const bench = led();
  bench.splitAt("m");
  for (const key of ["a", "t"]) {
    const { regionError } = bench.ask(1, { ...get(key), ...old });
    expect(regionError).toMatchObject({ kind: "epochNotMatch", sent: { version: 1 } });
    if (regionError?.kind !== "epochNotMatch") throw new Error("the epochs do not match");
    expect(regionError.currentRegions.map(({ id, start, end }) => [id, start, end])) //
      .toEqual([
        [1, "m", ""],
        [2, "", "m"],
      ]);
  }
});

test("as many siblings are told as the version has grown, the nearest to the left first", () => {
  const bench = led();
  bench.splitAt("g");
  bench.splitAt("m");
  bench.splitAt("t");
  const idsFor = (version: number): readonly number[] => {
    const { regionError } = bench.ask(1, { ...get("t"), ...old, version });
    if (regionError?.kind !== "epochNotMatch") throw new Error("the epochs do not match");
    return regionError.currentRegions.map(({ id }) => id);
  };
  expect([idsFor(1), idsFor(2), idsFor(3)]).toEqual([
    [1, 4, 3, 2],
    [1, 4, 3],
    [1, 4],
  ]);
  // Newer than the store's: nothing to tell but what it has.
  expect(idsFor(9)).toEqual([1]);
});

test("until it is elected nobody leads the new region; a store without it does not know it", () => {
  const bench = led();
  bench.world.disk(bench.process(3)).delay({ minUs: 400_000, maxUs: 400_000 });
  const heal = bench.cut([1, 2], [3]);
  const id = bench.splitAt("m", 2);
  const peer = { regionId: id, version: 2, confVer: 1 };
  expect(bench.ask(2, { ...get("a"), ...peer }).regionError?.kind).toBe("notLeader");
  const { regionError } = bench.ask(3, { ...get("a"), ...peer });
  expect(regionError).toEqual({ kind: "regionNotFound", regionId: id });
  heal();
});

test("a key that is a bound, or in no region that is led, splits nothing", () => {
  const bench = led();
  bench.splitAt("m");
  const from = bench.events.length;
  for (const key of ["m", ""]) bench.split(key);
  bench.run(500_000);
  expect(bench.of("regionSplit", from)).toEqual([]);
});

test("one split at a time: a second one is not proposed before the first is applied", () => {
  const bench = led();
  bench.split("m");
  bench.split("g");
  bench.run(500_000);
  expect(bench.of("regionSplit").map(({ what }) => what["newRegion"])).toEqual([2, 2, 2]);
});

test("a write behind a split in the log is refused when it is applied", () => {
  const bench = led();
  const from = bench.events.length;
  bench.split("m");
  const writes = ["a", "t"].map((key) => bench.send(1, { ...putAt(key, 9), ...old }));
  bench.until(() => writes.every((rpc) => bench.answer(rpc) !== undefined));
  for (const rpc of writes) {
    expect(bench.answer(rpc)).toMatchObject({ regionError: { kind: "epochNotMatch" } });
  }
  // They came into the log behind the split, and were turned away there.
  const index = bench.of("regionSplit", from)[0]?.what["index"] ?? 0;
  const applied = bench.of("entryApplied", from).filter(({ store }) => store === 1);
  expect(applied.filter(({ what }) => (what["index"] ?? 0) > index).length).toBeGreaterThan(1);
  expect([read(bench, "a"), read(bench, "t")]).toEqual(["a", "t"]);
});

test("no read is served while a split is committed and not applied, by lease or otherwise", () => {
  const bench = led();
  // The split's batch has to be synced: that takes long.
  bench.split("m");
  bench.until(() => bench.of("splitWritten").some(({ store }) => store === 1), { stepUs: 10 });
  bench.world.disk(bench.process(1)).stall();
  const { regionError } = bench.ask(1, { ...get("t"), ...old });
  expect(regionError).toEqual({
    kind: "readIndexNotReady",
    regionId: 1,
    reason: "can not read index due to split",
  });
  bench.world.disk(bench.process(1)).flow();
});

test("a client goes on over splits: reads, scans both ways, batches and swaps", () => {
  const bench = led();
  scan(bench);
  for (const key of ["g", "m", "t"]) {
    bench.splitAt(key);
    expect(scan(bench)).toBe("agmt");
  }
  const keys = ["a", "g", "m", "t"];
  expect(keys.map((key) => read(bench, key))).toEqual(keys);
  const pairs = keys.map((key) => ({ key, value: bytesOf("z") }));
  expect(bench.call({ kind: "batchPut", pairs }, 1)).toEqual({
    kind: "ok",
    result: { kind: "done" },
  });
  const back = bench.call({ kind: "scan", start: "", end: "", limit: 9, reverse: true }, 1);
  if (back.kind !== "ok" || back.result.kind !== "pairs") throw new Error(back.kind);
  expect(back.result.pairs.map(({ key }) => key).join("")).toBe("tmga");
});

test("a scan whose region is split under it goes on in the sibling", () => {
  const bench = led();
  expect(scan(bench)).toBe("agmt");
  // The client still believes in one region.
  bench.splitAt("g");
  expect(scan(bench)).toBe("agmt");
  bench.splitAt("m");
  const part = { kind: "scan", start: "b", end: "", limit: 2, reverse: false } as const;
  const outcome = bench.call(part);
  if (outcome.kind !== "ok" || outcome.result.kind !== "pairs") throw new Error(outcome.kind);
  expect(outcome.result.pairs.map(({ key }) => key).join("")).toBe("gm");
});

// What survives --------------------------------------------------------------------------------

const windows: readonly EventName[] = [
  "entryAppended",
  "commitAdvanced",
  "splitWritten",
  "regionSplit",
  "roleChanged",
];

for (const kind of ["crash", "power loss"] as const) {
  test.each(windows)(`a ${kind} of all stores at %s leaves one layout, and all data`, (name) => {
    const bench = led();
    const from = bench.events.length;
    bench.split("m");
    bench.until(() => bench.of(name, from).length > 0, { stepUs: 10 });
    for (const store of [1, 2, 3]) {
      const process = bench.process(store);
      if (kind === "crash") bench.world.crash(process, "test");
      else bench.world.powerLoss(process);
    }
    bench.run(100_000);
    for (const store of [1, 2, 3]) bench.world.restart(bench.process(store));
    bench.run(5_000_000);
    expect(scan(bench)).toBe("agmt");
    // Either nowhere or everywhere, and everyone holds the same.
    for (const region of [1, 2]) {
      const ranges = [1, 2, 3].map((store) => JSON.stringify(held(bench, store, region)));
      expect(new Set(ranges).size).toBe(1);
    }
    const applied = bench.of("regionSplit").length;
    const version = held(bench, 1, 1)[2];
    expect(version === 2 || applied === 0).toBe(true);
    expect(bench.call({ kind: "put", key: "b", value: bytesOf("b") }).kind).toBe("ok");
    expect(scan(bench)).toBe("abgmt");
  });
}

test.each(["crash", "powerLoss"] as const)("a store finds both parts again after a %s", (end) => {
  const bench = led();
  const id = bench.splitAt("m");
  bench.until(() => bench.leaderOf(id) !== 0);
  bench.call({ kind: "put", key: "b", value: bytesOf("b") });
  bench.run(500_000);
  const from = bench.events.length;
  if (end === "crash") bench.world.crash(bench.process(2), "test");
  else bench.world.powerLoss(bench.process(2));
  bench.run(50_000);
  bench.world.restart(bench.process(2));
  bench.until(() => bench.of("storeReady", from).length > 0);
  const found = bench.of("regionRecovered", from).map(({ what }) => what["region"]);
  expect(found).toEqual([1, 2]);
  bench.run(3_000_000);
  expect(scan(bench)).toBe("abgmt");
});

// Who missed it ---------------------------------------------------------------------------------

/** Store 3 is cut off; the region is split; so many writes follow that the logs are compacted. */
function missed(splits: readonly string[]): { bench: ClusterBench; heal: () => void } {
  const bench = led();
  const heal = bench.cut([1, 2], [3]);
  bench.run(100_000);
  for (const key of splits) bench.splitAt(key, 2);
  const from = bench.events.length;
  for (let at = 0; at < 90; at++) {
    for (const key of ["a", "t"]) bench.call({ kind: "put", key, value: bytesOf(key) });
  }
  bench.call({ kind: "delete", key: "g" });
  const compacted = () => new Set(bench.of("logCompacted", from).map(({ what }) => what["region"]));
  bench.until(() => compacted().size > 1, { maxUs: 30_000_000, stepUs: 100_000 });
  return { bench, heal };
}

test.each([[["m"]], [["g", "m", "t"]]])("a store that missed splits at %s catches up", (keys) => {
  const { bench, heal } = missed(keys);
  const from = bench.events.length;
  heal();
  bench.until(
    () => {
      const installed = bench.of("snapshotInstalled", from).map(({ what }) => what["region"]);
      return new Set(installed).size > 1;
    },
    { maxUs: 20_000_000, stepUs: 10_000 },
  );
  bench.run(3_000_000);
  for (const { id } of bench.cluster.regions) {
    expect(held(bench, 3, id)).toEqual(held(bench, 1, id));
  }
  // And it can carry on without the store that led.
  bench.world.crash(bench.process(1), "test");
  bench.run(4_000_000);
  expect(scan(bench)).toBe("amt");
});

test("a store that missed a split carries it out before it takes the new region", () => {
  const bench = led();
  const heal = bench.cut([1, 2], [3]);
  const id = bench.splitAt("m", 2);
  bench.until(() => bench.leaderOf(id) !== 0);
  bench.call({ kind: "put", key: "b", value: bytesOf("b") });
  bench.run(300_000);
  const from = bench.events.length;
  heal();
  bench.until(() => bench.of("regionSplit", from).length === 1, { maxUs: 5_000_000 });
  bench.run(2_000_000);
  expect(bench.of("snapshotInstalled", from)).toEqual([]);
  const applied = bench.of("entryApplied", from).filter(({ store, what }) => {
    return store === 3 && what["region"] === id;
  });
  expect(applied.length).toBeGreaterThan(1);
});

test("a vote of the new region that comes before its split is answered after it", () => {
  const bench = led();
  // Store 3 applies late: its sync takes long, the question is there before.
  bench.world.disk(bench.process(3)).delay({ minUs: 60_000, maxUs: 60_000 });
  bench.world.network.isolate(bench.process(2));
  bench.split("m");
  const new2 = () => bench.of("regionSplit").find(({ store }) => store === 3);
  bench.until(() => new2() !== undefined, { maxUs: 5_000_000 });
  bench.until(() => bench.leaderOf(2) !== 0, { stepUs: 1_000 });
  expect(bench.leaderOf(2)).toBe(1);
  expect(bench.world.nowUs - (new2()?.at ?? 0)).toBeLessThan(500_000);
});
