/**
 * Edges of single raw requests as the leader of region 2, [c, m), sees them: what lies outside,
 * what is empty, what is too long, and what compare-and-swap is atomic against. To add a case,
 * add a row to a table. Source: tikv-semantics.md sections 1 and 3.
 */
import { beforeEach, expect, test } from "vitest";
import { latin1Bytes, latin1Text } from "../../sim/bytes.ts";
import { benchEngines, ClusterBench, type RequestFields } from "../testing/cluster-bench.ts";
import { operations, type Response } from "../wire.ts";

const engines = await benchEngines();
let bench: ClusterBench;

const { get, batchGet, scan, put, batchPut, batchDelete, deleteRange, compareAndSwap } = operations;
const ask = (fields: RequestFields): Response => bench.ask(1, { regionId: 2, ...fields });
const bytes = latin1Bytes;

beforeEach(() => {
  bench = new ClusterBench({ engines, stores: 1, cuts: ["c", "m"] });
  bench.until(() => bench.leaderOf(2) === 1 && bench.leaderOf(3) === 1, { stepUs: 100_000 });
  ask({ op: batchPut, keys: ["c", "d", "e", "f"], values: ["1", "2", "3", "4"].map(bytes) });
  bench.ask(1, { regionId: 3, op: put, key: "n", value: bytes("9") });
});

function shown({ regionError, error, keys, values, errors, value }: Response): string {
  if (regionError !== null) return JSON.stringify(regionError);
  if (error !== "") return error;
  if (value !== null) return latin1Text(value);
  return keys
    .map((key, at) => `${key}=${latin1Text(values[at] ?? bytes(""))}${errors[at] ?? ""}`)
    .join(" ");
}

const stray = (key: string): string =>
  JSON.stringify({ kind: "keyNotInRegion", key, regionId: 2, start: "c", end: "m" });
const outside = (key: string): string =>
  'unknown error "[components/raftstore/src/store/region_snapshot.rs]: ' +
  `Key ${key} is out of [region 2] [63, 6D)"`;
const rows = "c=1 d=2 e=3 f=4";

test.each<readonly [string, RequestFields, string]>([
  ["all of the region", { key: "c", limit: 9 }, rows],
  ["as many as the limit", { key: "d", limit: 2 }, "d=2 e=3"],
  ["limit 0: nothing, and no look at the key", { key: "a", limit: 0 }, ""],
  ["the end is exclusive", { key: "c", endKey: "e", limit: 9 }, "c=1 d=2"],
  [
    "an end beyond the region is cut without a word",
    { key: "e", endKey: "z", limit: 9 },
    "e=3 f=4",
  ],
  ["the region's end is a start that finds nothing", { key: "m", limit: 9 }, ""],
  ["a start beyond it", { key: "m\0", limit: 9 }, stray("m\0")],
  ["a start before it", { key: "b", limit: 9 }, stray("b")],
  ["keys only", { key: "e", limit: 9, keyOnly: true }, "e= f="],
  ["an inverted range", { key: "f", endKey: "d", limit: 9 }, ""],
  ["down from the region's end", { reverse: true, key: "m", limit: 9 }, "f=4 e=3 d=2 c=1"],
  ["down, start exclusive", { reverse: true, key: "e", limit: 9 }, "d=2 c=1"],
  ["down to an end, inclusive", { reverse: true, key: "f", endKey: "d", limit: 9 }, "e=3 d=2"],
  ["down past the region", { reverse: true, key: "e", endKey: "a", limit: 9 }, "d=2 c=1"],
  ["down from the region's start", { reverse: true, key: "c", limit: 9 }, ""],
  ["down from outside", { reverse: true, key: "n", limit: 9 }, stray("n")],
  ["down from below", { reverse: true, key: "b", limit: 9 }, stray("b")],
  ["down, limit 0", { reverse: true, key: "n", limit: 0 }, ""],
])("scan: %s", (_, fields, expected) => {
  expect(shown(ask({ op: scan, ...fields }))).toBe(expected);
});

test("three ways in which a key outside of the region fails: text, pair, region error", () => {
  expect(shown(ask({ op: get, key: "b" }))).toBe(outside("62"));
  expect(ask({ op: get, key: "b" }).regionError).toBeNull();
  // An absent key inside of the region is left out, one outside is an error of its pair alone.
  const other = ask({ op: batchGet, keys: ["f", "n", "dd", "d"] });
  expect([other.error, other.regionError]).toEqual(["", null]);
  expect(other.keys).toEqual(["f", "n", "d"]);
  expect(other.errors).toEqual(["", outside("6E"), ""]);
  expect(shown(ask({ op: put, key: "n", value: bytes("x") }))).toBe(stray("n"));
  expect(shown(ask({ op: scan, key: "n", limit: 1 }))).toBe(stray("n"));
});

test.each<readonly [string, RequestFields, string]>([
  ["put", { op: put, key: "b", value: bytes("x") }, stray("b")],
  ["delete", { op: operations.delete, key: "m" }, stray("m")],
  [
    "batchPut",
    { op: batchPut, keys: ["d", "b", "e"], values: [1, 2, 3].map(() => bytes("x")) },
    stray("b"),
  ],
  ["batchDelete", { op: batchDelete, keys: ["c", "d", "m"] }, stray("m")],
  ["deleteRange that starts before", { op: deleteRange, key: "b", endKey: "e" }, stray("b")],
  ["deleteRange that ends beyond", { op: deleteRange, key: "d", endKey: "m\0" }, stray("m\0")],
  ["deleteRange without an end", { op: deleteRange, key: "d", endKey: "" }, stray("")],
  [
    "deleteRange of nothing",
    { op: deleteRange, key: "d", endKey: "d" },
    JSON.stringify({
      kind: "messageOnly",
      text:
        '"[components/raftstore/src/store/fsm/apply.rs]: ' +
        'invalid delete range command, start_key: [100], end_key: [100]"',
    }),
  ],
  ["compareAndSwap", { op: compareAndSwap, key: "n", value: bytes("x") }, outside("6E")],
])("%s outside of the region changes nothing at all", (_, fields, expected) => {
  expect(shown(ask(fields))).toBe(expected);
  expect(shown(ask({ op: scan, key: "c", limit: 9 }))).toBe(rows);
  expect(shown(bench.ask(1, { regionId: 3, op: get, key: "n" }))).toBe("9");
});

test("deleteRange takes its start and leaves its end; the last region's has no end", () => {
  expect(shown(ask({ op: deleteRange, key: "d", endKey: "f" }))).toBe("");
  expect(shown(ask({ op: scan, key: "c", limit: 9 }))).toBe("c=1 f=4");
  expect(shown(ask({ op: deleteRange, key: "c", endKey: "m" }))).toBe("");
  expect(shown(ask({ op: scan, key: "c", limit: 9 }))).toBe("");
  expect(shown(bench.ask(1, { regionId: 3, op: get, key: "n" }))).toBe("9");
  bench.ask(1, { regionId: 3, op: deleteRange, key: "m", endKey: "" });
  expect(bench.ask(1, { regionId: 3, op: get, key: "n" }).value).toBeNull();
});

test.each<readonly [string, RequestFields, number | null]>([
  ["put", { op: put, key: "d".repeat(8192) }, null],
  ["put", { op: put, key: "d".repeat(8193) }, 8193],
  ["delete", { op: operations.delete, key: "d".repeat(9000) }, 9000],
  ["deleteRange", { op: deleteRange, key: "d", endKey: "e".repeat(8500) }, 8500],
  [
    "batchPut: the first that is too long",
    {
      op: batchPut,
      keys: ["d", "d".repeat(8194), "d".repeat(9000)],
      values: [1, 2, 3].map(() => bytes("")),
    },
    8194,
  ],
  ["batchDelete", { op: batchDelete, keys: ["d".repeat(8193)] }, 8193],
  ["compareAndSwap is not looked at", { op: compareAndSwap, key: "d".repeat(8193) }, null],
])("key sizes: %s", (_, fields, size) => {
  const { error, regionError } = ask(fields);
  expect(regionError).toBeNull();
  expect(error).toBe(size === null ? "" : `max key size exceeded, size: ${size}, limit: 8192`);
});

test("the limit of keys is storage.max-key-size", () => {
  const small = new ClusterBench({ engines, stores: 1, keyBytesMax: 3 });
  small.lead(1);
  expect(small.ask(1, { op: put, key: "ddd" }).error).toBe("");
  const { error } = small.ask(1, { op: put, key: "dddd" });
  expect(error).toBe("max key size exceeded, size: 4, limit: 3");
});

test("an empty value is a value", () => {
  ask({ op: put, key: "d", value: bytes("") });
  expect(ask({ op: get, key: "d" }).value).toEqual(bytes(""));
  expect(ask({ op: get, key: "x" }).value).toBeNull();
});

// Compare-and-swap ----------------------------------------------------------------------------

const swap = (previous: string | null, value: string): RequestFields => ({
  regionId: 2,
  op: compareAndSwap,
  key: "k",
  previous: previous === null ? null : bytes(previous),
  value: bytes(value),
});
const came = ({ succeeded, value }: Response): string =>
  `${succeeded ? "swapped" : "kept"} ${value === null ? "absent" : latin1Text(value)}`;

test("compare-and-swap: on absence, on a value, on neither, with delete", () => {
  expect(came(ask(swap("1", "x")))).toBe("kept absent");
  expect(came(ask(swap(null, "1")))).toBe("swapped absent");
  expect(came(ask(swap(null, "2")))).toBe("kept 1");
  expect(came(ask(swap("1", "")))).toBe("swapped 1");
  expect(came(ask(swap(null, "3")))).toBe("kept ");
  expect(came(ask({ ...swap("", "?"), deletes: true }))).toBe("swapped ");
  expect(came(ask(swap("?", "x")))).toBe("kept absent");
});

/** Sends all in one moment and answers what came of each. */
function together(...requests: readonly RequestFields[]): readonly string[] {
  const sent = requests.map((request) => bench.send(1, { regionId: 2, ...request }));
  bench.until(() => sent.every((rpc) => bench.answer(rpc) !== undefined));
  return sent.map((rpc) => came(bench.answer(rpc) as Response));
}

test("swaps of one key queue up: each reads what the one before it wrote", () => {
  const answers = together(swap(null, "1"), swap("1", "2"), swap("1", "3"), swap("2", "4"));
  expect(answers).toEqual(["swapped absent", "swapped 1", "kept 2", "swapped 2"]);
  expect(shown(ask({ op: get, key: "k" }))).toBe("4");
});

test("a latch that was refused lets the next one in", () => {
  const answers = together({ ...swap(null, "1"), version: 9 }, swap(null, "2"));
  expect(answers).toEqual(["kept absent", "swapped absent"]);
});

test("a plain put falls between the read and the write of a swap: it takes no latch", () => {
  ask({ op: put, key: "k", value: bytes("1") });
  const [, swapped] = together({ op: put, key: "k", value: bytes("2") }, swap("1", "3"));
  // Atomic swaps would have kept "2": the swap compared with what the put had not changed yet.
  expect(swapped).toBe("swapped 1");
  expect(shown(ask({ op: get, key: "k" }))).toBe("3");
});
