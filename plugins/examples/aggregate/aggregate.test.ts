/**
 * The aggregate plugin: the AssemblyScript one against those in TypeScript (in this process, and as
 * a script) and the model, and each bad twin's bug. To add a request, give `requests` an arbitrary;
 * to add a twin, a test below.
 */
import { dirname, join } from "node:path";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { hex, latin1Text } from "../../../sim/bytes.ts";
import {
  defaultPluginLimits,
  type KeyRange,
  type PluginError,
  type PluginInstance,
  type PluginRequest,
  type PluginStep,
  type StorageAnswer,
  type StorageCall,
} from "../../api.ts";
import { readArtefact } from "../../artefact/artefact-file.ts";
import { prepareArtefact } from "../../artefact/preparation.ts";
import { buildsModules, moduleTest } from "../../build/testing/rust-test.ts";
import { buildExample } from "../example-build.ts";
import {
  type AggregateRequest,
  type AggregateResponse,
  aggregateNames,
  averageOf,
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
} from "./codec.ts";
import { emptyResponse, mergeResponses, modelResponse } from "./model.ts";

/** Those that must answer alike. */
const goods = ["good", "good-inprocess", "good-script", ...(buildsModules ? ["good-rust"] : [])];
const variants = [
  ...goods,
  "bad-average-of-averages",
  "bad-swallowed-error",
  "bad-panic-on-short-request",
];
const plugins = new Map<string, PluginInstance>();

beforeAll(async () => {
  await Promise.all(variants.map(async (one) => plugins.set(one, await load(one))));
}, 300_000);

async function load(variant: string): Promise<PluginInstance> {
  const built = await buildExample(join(import.meta.dirname, variant));
  const prepared = built.kind === "inProcess" ? built.prepared : await prepare(built.path);
  if (prepared.kind === "broken") throw new Error(prepared.reason);
  const result = prepared.instantiate(defaultPluginLimits);
  if (result.kind !== "loaded") throw new Error(result.text);
  return result.plugin;
}

async function prepare(path: string) {
  const { kind, bytes } = await readArtefact(path);
  return prepareArtefact(bytes, { kind, cacheFolder: join(dirname(path), "prepared") });
}

type Rows = ReadonlyMap<string, Uint8Array>;
type Told = { readonly calls: readonly StorageCall[]; readonly end: PluginStep };

/** Runs a request to its end over rows; `failing` answers each scan from that index on. */
function run(
  variant: string,
  request: PluginRequest,
  rows: Rows,
  failing: { readonly from: number; readonly error: PluginError } | null = null,
): Told {
  const plugin = plugins.get(variant);
  if (plugin === undefined) throw new Error(`no plugin ${variant}`);
  const task = plugin.start(request);
  const calls: StorageCall[] = [];
  let end = task.step(null);
  while (end.kind === "call") {
    const at = calls.push(end.call) - 1;
    const fails = failing !== null && at >= failing.from;
    end = task.step(fails ? { kind: "error", error: failing.error } : scan(end.call, rows));
  }
  return { calls, end };
}

function scan(call: StorageCall, rows: Rows): StorageAnswer {
  if (call.kind !== "scan") throw new Error(`an aggregate only scans, not ${call.kind}`);
  const { start, end } = call.range;
  const found = [...rows].filter(([key]) => key >= start && (end === "" || key < end));
  const pairs = found.map(([key, value]) => ({ key, value }));
  return { kind: "pairs", pairs: pairs.sort((a, b) => (a.key < b.key ? -1 : 1)) };
}

function responseOf({ end }: Told): AggregateResponse {
  if (end.kind !== "response") throw new Error(`no response but ${JSON.stringify(end)}`);
  const decoded = decodeResponse(end.data);
  if (decoded === null) throw new Error(`no aggregate response: ${hex(end.data)}`);
  return decoded;
}

const bytes = (max: number) => fc.uint8Array({ maxLength: max });
const key = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "b", "\xff", "\x00"), maxLength: 3 }),
  bytes(4).map(latin1Text),
);
const extremes = [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n)];
const number = fc.oneof(fc.bigInt({ min: -20n, max: 20n }), fc.constantFrom(...extremes));
const value = fc.oneof(
  { weight: 9, arbitrary: number.map(word) },
  { weight: 1, arbitrary: bytes(9) },
);
const rowsOf = fc.array(fc.tuple(key, value), { maxLength: 30 }).map(
  // An empty pair is how a node reports a failed read, so no row is one.
  (pairs) => new Map(pairs.filter(([name, content]) => name !== "" || content.length > 0)),
);
const ranges: fc.Arbitrary<readonly KeyRange[]> = fc.array(fc.record({ start: key, end: key }), {
  maxLength: 4,
});
const request: fc.Arbitrary<AggregateRequest> = fc.record({
  wants: fc.subarray([...aggregateNames], { minLength: 1 }),
  order: fc.constantFrom("largest", "smallest"),
  top: fc.oneof(fc.nat({ max: 4 }), fc.constant(1000)),
  keyPrefix: fc.oneof(fc.constant(""), key),
});
const requestBytes = fc.oneof(
  { weight: 6, arbitrary: request.map(encodeRequest) },
  { weight: 1, arbitrary: bytes(12) },
  { weight: 2, arbitrary: fc.tuple(request.map(encodeRequest), bytes(2), fc.nat()).map(damage) },
);

/** Cut off at some byte, then lengthened. */
function damage([good, tail, cut]: [Uint8Array, Uint8Array, number]): Uint8Array {
  return Uint8Array.from([...good.subarray(0, cut % (good.length + 1)), ...tail]);
}

function word(value: bigint): Uint8Array {
  const into = Buffer.alloc(8);
  into.writeBigInt64LE(value);
  return new Uint8Array(into);
}

const all: AggregateRequest = { wants: aggregateNames, order: "largest", top: 2, keyPrefix: "" };
const everything = [{ start: "", end: "" }];
const regionError: PluginError = { kind: "other", text: "epoch not match", handle: 5 };

moduleTest("good-rust is built and compared", async () => {
  expect(goods).toContain("good-rust");
});

test("every language gives equal bytes and calls for 1,000 requests", () => {
  let refused = 0;
  const judge = (data: Uint8Array, over: readonly KeyRange[], rows: Rows, fail: number) => {
    const failing = { from: fail, error: regionError };
    const [wasm, ...others] = goods.map((variant) =>
      run(variant, { ranges: over, data }, rows, failing),
    );
    if (wasm?.end.kind === "response" && wasm.end.data[1] === 1) refused += 1;
    for (const other of others) expect(shown(other)).toEqual(shown(wasm));
  };
  const failIndex = fc.oneof(fc.constant(99), fc.nat({ max: 3 }));
  fc.assert(fc.property(requestBytes, ranges, rowsOf, failIndex, judge), {
    numRuns: 1000,
    seed: 1,
  });
  expect(refused).toBeGreaterThan(100);
});

test("the response is the model's, whatever the ranges", () => {
  const judge = (asked: AggregateRequest, over: readonly KeyRange[], rows: Rows) => {
    const told = run("good", { ranges: over, data: encodeRequest(asked) }, rows);
    expect(responseOf(told)).toEqual(modelResponse(rows, over, asked));
  };
  fc.assert(fc.property(request, ranges, rowsOf, judge), { numRuns: 300 });
});

test("parts of any layout merge into the whole; an empty part changes nothing", () => {
  const judge = (asked: AggregateRequest, rows: Rows, cuts: readonly string[]) => {
    const borders = ["", ...[...new Set(cuts)].filter((cut) => cut !== "").sort(), ""];
    const parts = borders.slice(1).map((end, at) => {
      const over = [{ start: borders[at] ?? "", end }];
      return responseOf(run("good", { ranges: over, data: encodeRequest(asked) }, rows));
    });
    const whole = modelResponse(rows, everything, asked);
    expect(mergeResponses([emptyResponse(asked), ...parts.reverse()])).toEqual(whole);
  };
  const cuts = fc.array(key, { maxLength: 3 });
  fc.assert(fc.property(request, rowsOf, cuts, judge), { numRuns: 300 });
});

test("requests and responses survive their encoding", () => {
  const judge = (asked: AggregateRequest, rows: Rows) => {
    expect(decodeRequest(encodeRequest(asked))).toEqual({ kind: "request", request: asked });
    const response = modelResponse(rows, everything, asked);
    expect(decodeResponse(encodeResponse(response))).toEqual(response);
  };
  fc.assert(fc.property(request, rowsOf, judge), { numRuns: 300 });
});

const refusals: readonly (readonly [bytes: readonly number[], reason: string, offset: number])[] = [
  [[], "short", 0],
  [[2], "version", 0],
  [[1], "short", 1],
  [[1, 0], "aggregates", 1],
  [[1, 64], "aggregates", 1],
  [[1, 1], "short", 2],
  [[1, 1, 2], "order", 2],
  [[1, 1, 0, 0], "short", 3],
  [[1, 1, 0, 0xe9, 3], "top", 3],
  [[1, 1, 0, 0xe8, 3], "short", 5],
  [[1, 1, 0, 0, 0, 0, 0, 0], "short", 5],
  [[1, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff], "short", 5],
  [[1, 1, 0, 0, 0, 1, 0, 0, 0], "short", 5],
  [[1, 1, 0, 0, 0, 1, 1, 0, 0, ...new Array<number>(257).fill(97)], "prefix", 5],
  [[1, 1, 0, 0, 0, 1, 0, 0, 0, 97, 98], "trailing", 10],
];

test("malformed requests are refused in the response, with the reason and its place", () => {
  for (const [bytes, reason, offset] of refusals) {
    for (const variant of ["good", "good-inprocess"]) {
      const request = { ranges: everything, data: Uint8Array.from(bytes) };
      const told = run(variant, request, new Map());
      expect(told.calls).toEqual([]);
      expect(responseOf(told)).toEqual({ kind: "badRequest", reason, offset });
    }
  }
});

test("nothing asked for is nothing scanned, and a failed read is no answer", () => {
  const data = encodeRequest(all);
  for (const range of [
    { start: "b", end: "b" },
    { start: "c", end: "b" },
  ]) {
    expect(run("good", { ranges: [range], data }, new Map()).calls).toEqual([]);
  }
  const holed = new Map([["", new Uint8Array(0)]]);
  for (const variant of ["good", "good-inprocess"]) {
    expect(run(variant, { ranges: everything, data }, holed).end).toEqual({
      kind: "error",
      error: { kind: "other", text: "scan failed part-way", handle: 0 },
    });
  }
});

test("bad-average-of-averages: right in one region, wrong in two", () => {
  const rows = new Map([1n, 2n, 6n].map((value, at) => [`k${at}`, word(value)]));
  const ask = (variant: string, over: readonly KeyRange[]) =>
    responseOf(
      run(variant, { ranges: over, data: encodeRequest({ ...all, wants: ["average"] }) }, rows),
    );
  const average = (variant: string, layout: readonly KeyRange[]) => {
    const merged = mergeResponses(layout.map((range) => ask(variant, [range])));
    return merged.kind === "totals" ? averageOf(merged) : null;
  };
  const two = [
    { start: "", end: "k2" },
    { start: "k2", end: "" },
  ];
  expect(["good", "bad-average-of-averages"].map((one) => average(one, everything))).toEqual([
    3, 3,
  ]);
  expect(average("good", two)).toBe(3);
  expect(average("bad-average-of-averages", two)).toBe(3.5);
});

test("bad-swallowed-error: answers where the good one returns the error", () => {
  const request = { ranges: everything, data: encodeRequest(all) };
  const failing = { from: 0, error: regionError };
  expect(run("good", request, new Map(), failing).end).toEqual({
    kind: "error",
    error: regionError,
  });
  expect(run("bad-swallowed-error", request, new Map(), failing).end.kind).toBe("response");
});

test("bad-panic-on-short-request: the good one refuses each truncation, the bad one panics", () => {
  const whole = encodeRequest({ ...all, keyPrefix: "ab" });
  for (let length = 0; length < whole.length; length++) {
    const request = { ranges: everything, data: whole.subarray(0, length) };
    expect(responseOf(run("good", request, new Map()))).toMatchObject({ kind: "badRequest" });
    const bad = run("bad-panic-on-short-request", request, new Map()).end;
    expect(bad.kind).toBe(length < 9 ? "panic" : "response");
    if (bad.kind === "panic") expect(bad.text).toContain("Index out of range at ~lib/");
  }
});

test("each bad twin answers like the good one where its bug does not show", () => {
  const rows = new Map([["k1", word(4n)]]);
  const request = { ranges: everything, data: encodeRequest(all) };
  const good = shown(run("good", request, rows));
  for (const variant of variants) expect(shown(run(variant, request, rows))).toEqual(good);
});

/** Bytes as hexadecimal, so that a Buffer equals a plain array. */
function shown(told: Told | undefined): unknown {
  if (told?.end.kind !== "response") return told;
  return { calls: told.calls, response: hex(told.end.data) };
}
