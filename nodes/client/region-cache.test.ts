/**
 * What a client believes about regions, and how operations divide over them. To add an operation,
 * add a row to `divisions`.
 */
import { expect, test } from "vitest";
import { latin1Bytes } from "../../sim/bytes.ts";
import { containsKey, containsRange, fixedLayout, type Region, smallerEnd } from "../region.ts";
import { operations, RequestContext } from "../wire.ts";
import type { Operation } from "./operation.ts";
import { CachedRegion, fixedLocator, RegionCache } from "./region-cache.ts";
import { bodyOf, isWriting, requestSize, shardsOf } from "./shards.ts";

const layout = fixedLayout([1, 2, 3], ["c", "m"]);
const cacheOf = (regions: readonly Region[] = layout) => new RegionCache(fixedLocator(regions));

/** Halves region 2 at "h", as a split would. */
function split(version: number): readonly Region[] {
  const [, middle] = layout;
  if (middle === undefined) throw new Error("no region");
  return [
    { ...middle, end: "h", version },
    { ...middle, id: 9, start: "h", version },
  ];
}

test("regions are located once, then found by key", () => {
  let asked = 0;
  const cache = new RegionCache({
    locate: (key) => {
      asked++;
      return fixedLocator(layout).locate(key);
    },
  });
  expect(["", "c", "lz", "m", "z"].map((key) => cache.find(key).region.id)).toEqual([
    1, 2, 2, 3, 3,
  ]);
  expect(asked).toBe(3);
});

test("newer regions replace what they overlap, older ones change nothing", () => {
  const cache = cacheOf();
  for (const key of ["a", "d", "n"]) cache.find(key);
  cache.install(split(2));
  expect(["d", "h", "n"].map((key) => cache.find(key).region.id)).toEqual([2, 9, 3]);
  cache.install(layout.slice(1, 2));
  expect(["d", "h"].map((key) => cache.find(key).region.id)).toEqual([2, 9]);
});

test("a region that is dropped is asked for again; the guess of its leader moves on", () => {
  const cache = cacheOf();
  const cached = cache.find("d");
  const guesses = [0, 1, 2, 3].map(() => {
    const store = cached.target();
    cache.drop(cached);
    return store;
  });
  expect(guesses).toEqual([1, 2, 3, 1]);
  cached.leaderStore = 3;
  expect(cached.target()).toBe(3);
  cache.drop(cached);
  expect(cache.find("d").leaderStore).toBe(0);
  // The locator knows another version by now: a new belief, without a memory of leaders.
  const moved = cacheOf(
    split(2).length === 0 ? [] : ([layout[0], ...split(2), layout[2]] as Region[]),
  );
  moved.install(layout.slice(1, 2).map((region) => ({ ...region, version: 1 })));
  const stale = moved.find("j");
  expect(stale.region.id).toBe(2);
  moved.drop(stale);
  expect(moved.find("j").region.id).toBe(9);
});

const bytes = latin1Bytes("v");
const pair = (key: string) => ({ key, value: bytes });
const ranges = (...list: readonly (readonly [string, string])[]) =>
  list.map(([start, end]) => ({ start, end }));
const cop = (...list: readonly (readonly [string, string])[]): Operation => ({
  kind: "coprocessor",
  name: "p",
  versionReq: "*",
  ranges: ranges(...list),
  buildRequest: (own) => latin1Bytes(own.map(({ start, end }) => `${start}-${end}`).join(",")),
});

const divisions: readonly (readonly [Operation, string])[] = [
  [{ kind: "get", key: "m" }, "3 m"],
  [{ kind: "batchGet", keys: ["n", "a", "d", "b"] }, "3 n | 1 a,b | 2 d"],
  [{ kind: "batchPut", pairs: [pair("a"), pair("z"), pair("b")] }, "1 a,b | 3 z"],
  [{ kind: "batchDelete", keys: [] }, ""],
  [{ kind: "deleteRange", start: "b", end: "d" }, "1 b-c | 2 c-d"],
  [{ kind: "deleteRange", start: "", end: "" }, "1 -c | 2 c-m | 3 m-"],
  [{ kind: "deleteRange", start: "b", end: "c" }, "1 b-c"],
  [{ kind: "deleteRange", start: "n", end: "a" }, "3 n-a"],
  [{ kind: "scan", start: "b", end: "z", limit: 9, reverse: false }, "1 b-z"],
  [{ kind: "scan", start: "b", end: "m", limit: 9, reverse: true }, "2 m-b"],
  [{ kind: "scan", start: "", end: "", limit: 9, reverse: true }, "3 -"],
  [cop(["a", "d"], ["e", "f"], ["k", "z"]), "1 a-c | 2 c-d,e-f,k-m | 3 m-z"],
  [cop(["d", "d"]), "2 d-d"],
  [cop(["x", "b"]), "3 x-b"],
];

test.each(divisions)("%j", (operation, expected) => {
  const shown = shardsOf(operation, cacheOf()).map(({ cached, part }) => {
    const { key, endKey, keys, endKeys } = bodyOf(part);
    const isRange = part.kind === "scan" || part.kind === "deleteRange";
    const single = isRange ? `${key}-${endKey}` : key;
    const many = endKeys.length > 0 ? keys.map((start, at) => `${start}-${endKeys[at]}`) : keys;
    return `${cached.region.id} ${keys.length > 0 ? many.join(",") : single}`;
  });
  expect(shown.join(" | ")).toBe(expected);
});

test("a request names its region, and the region's peer on the store that it goes to", () => {
  const cached = new CachedRegion({ ...(layout[1] as Region), version: 7 });
  const { id, confVer, peers } = cached.region;
  for (const { store, id: peer } of peers) {
    const made = cached.contextFor(store);
    expect(made).toEqual(new RequestContext(id, 7, confVer, peer, store, 0, false));
    expect(cached.contextFor(store)).toBe(made);
  }
  expect(cached.contextFor(9).peerId).toBe(0);
});

test("requests carry what their operation says; a plugin's bytes are built for the shard", () => {
  const swap = bodyOf({ kind: "compareAndSwap", key: "k", previous: null, value: bytes });
  expect([swap.op, swap.previous, swap.value]).toEqual([operations.compareAndSwap, null, bytes]);
  const batch = bodyOf({ kind: "batchPut", pairs: [pair("a"), pair("b")] });
  expect([batch.keys, batch.values]).toEqual([
    ["a", "b"],
    [bytes, bytes],
  ]);
  const call = bodyOf(cop(["a", "b"], ["c", ""]));
  expect([call.coprName, call.coprVersionReq, call.value]).toEqual([
    "p",
    "*",
    latin1Bytes("a-b,c-"),
  ]);
  expect(requestSize(batch)).toBe(64 + 2 * (1 + 8) + 2 * (1 + 8));
});

test("what may not be sent twice", () => {
  const writing = divisions.map(([operation]) => operation).filter(isWriting);
  expect(new Set(writing.map(({ kind }) => kind))).toEqual(
    new Set(["batchPut", "batchDelete", "deleteRange"]),
  );
});

test("bounds of regions", () => {
  const [first, middle, last] = layout as [Region, Region, Region];
  expect(["", "b", "c"].map((key) => containsKey(first, key))).toEqual([true, true, false]);
  expect(["b", "c", "l", "m"].map((key) => containsKey(middle, key))).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect(containsKey(last, "\xff\xff")).toBe(true);
  expect(containsRange(middle, "c", "m")).toBe(true);
  expect(containsRange(middle, "b", "d")).toBe(false);
  expect(containsRange(middle, "d", "")).toBe(false);
  expect(containsRange(last, "m", "")).toBe(true);
  expect([
    smallerEnd("a", ""),
    smallerEnd("", "b"),
    smallerEnd("a", "b"),
    smallerEnd("", ""),
  ]).toEqual(["a", "b", "a", ""]);
  expect(() => fixedLayout([1], ["m", "c"])).toThrow("cuts ascend");
});
