/**
 * The cache plugin in its sandbox against the model, its laws over time, and each bad twin's bug.
 * To add a request, give `requests` an arbitrary; to add a twin, a test below.
 */
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { latin1Text } from "../../../sim/bytes.ts";
import type { KeyRange, PluginInstance } from "../../api.ts";
import {
  loadedExample,
  type PlainRows,
  plainFailure,
  runOnRows,
} from "../testing/plain-storage.ts";
import {
  type CacheRequest,
  type CacheResponse,
  cacheRanges,
  decodeRequest,
  decodeResponse,
  encodeRecord,
  encodeRequest,
  mergeResponses,
  modelAnswer,
  recordKey,
} from "./index.ts";
import { encodeResponse } from "./script/wire.ts";

const variants = [
  "good",
  "bad-remembers-hits",
  "bad-own-clock",
  "bad-miss-on-error",
  "bad-rewrites-whole-key",
] as const;
type Variant = (typeof variants)[number];
const plugins = new Map<Variant, PluginInstance>();

beforeAll(async () => {
  for (const one of variants) plugins.set(one, await load(one));
});

const load = (variant: Variant) => loadedExample(join(import.meta.dirname, variant));

const space = "c";
const all = cacheRanges(space);

function run(
  variant: Variant,
  request: CacheRequest | Uint8Array,
  { rows, ranges = all, fails }: { rows: PlainRows; ranges?: readonly KeyRange[]; fails?: number },
) {
  const plugin = plugins.get(variant);
  if (plugin === undefined) throw new Error(`no plugin ${variant}`);
  const data = request instanceof Uint8Array ? request : encodeRequest(request);
  return runOnRows(plugin, { ranges, data }, rows, fails);
}

function ask(...given: Parameters<typeof run>): CacheResponse {
  const { end } = run(...given);
  if (end.kind !== "response") throw new Error(`no response but ${JSON.stringify(end)}`);
  const decoded = decodeResponse(end.data);
  if (decoded === null) throw new Error("no cache response");
  return decoded;
}

const keys = fc.constantFrom("a", "ab", "b", "\x01", "b/\xff");
const words = fc.oneof(
  fc.bigInt({ min: 0n, max: 5n }),
  fc.constantFrom((1n << 63n) + 1n, (1n << 64n) - 1n),
);
const value = fc.uint8Array({ maxLength: 5 });
const entry = fc.record({ key: keys, version: words, expiresAt: words, value });
const name = fc.record({ key: keys, version: words });
const several = <Item>(item: fc.Arbitrary<Item>) => fc.array(item, { minLength: 1, maxLength: 4 });
const of = fc.constant(space);
const requests: fc.Arbitrary<CacheRequest> = fc.oneof(
  fc.record({ kind: fc.constant("get" as const), space: of, now: words, keys: several(keys) }),
  fc.record({ kind: fc.constant("set" as const), space: of, entries: several(entry) }),
  fc.record({
    kind: fc.constant("remove" as const),
    space: of,
    entries: several(fc.record({ key: keys, version: words, expiresAt: words })),
  }),
  fc.record({ kind: fc.constant("stale" as const), space: of, before: words }),
  fc.record({ kind: fc.constant("purge" as const), space: of, records: several(name) }),
);
const foreign = fc
  .tuple(fc.constantFrom("c/", "c/a", "c/a\0", "c0", "b"), fc.uint8Array({ maxLength: 9 }), value)
  .map(([start, tail, content]) => [start + latin1Text(tail), content] as const);
const stored = fc
  .tuple(entry, fc.boolean())
  .map(
    ([one, removed]) => [recordKey(space, one), encodeRecord(removed ? none(one) : one)] as const,
  );
const none = (one: { readonly expiresAt: bigint }) => ({ ...one, value: null });
const rowsOf = fc
  .array(fc.oneof({ weight: 6, arbitrary: stored }, { weight: 1, arbitrary: foreign }), {
    maxLength: 14,
  })
  .map((pairs): PlainRows => new Map(pairs));
const bound = fc.oneof(
  fc.constantFrom("", "c/", "c/a\0", "c0"),
  name.map((one) => recordKey(space, one)),
);
const rangesOf = fc.array(fc.record({ start: bound, end: bound }), { maxLength: 3 });

test("the answer and the rows afterwards are the model's, whatever the ranges", () => {
  const judge = (request: CacheRequest, rows: PlainRows, ranges: readonly KeyRange[]) => {
    const model = modelAnswer(rows, ranges, request);
    const after: PlainRows = new Map(rows);
    expect(mergeResponses([ask("good", request, { rows: after, ranges })])).toEqual(model.result);
    expect(after).toEqual(model.rows);
  };
  fc.assert(fc.property(requests, rowsOf, rangesOf, judge), { numRuns: 300 });
});

test("parts of any layout merge into the whole, in any order", () => {
  const judge = (request: CacheRequest, rows: PlainRows, cuts: readonly string[]) => {
    const borders = ["", ...[...new Set(cuts)].filter((cut) => cut !== "").sort(), ""];
    const model = modelAnswer(rows, [{ start: "", end: "" }], request);
    const after: PlainRows = new Map(rows);
    const parts = borders.slice(1).map((end, at) => {
      const ranges = [{ start: borders[at] ?? "", end }];
      return ask("good", request, { rows: after, ranges });
    });
    expect(mergeResponses(parts.reverse())).toEqual(model.result);
    expect(after).toEqual(model.rows);
  };
  const cuts = fc.array(bound, { maxLength: 4 });
  fc.assert(fc.property(requests, rowsOf, cuts, judge), { numRuns: 200 });
});

test("writes may be repeated, delayed and reordered: the same rows in the end", () => {
  const writes = several(
    requests.filter(({ kind }) => kind === "set" || kind === "remove").map(numbered),
  );
  const judge = (sent: readonly CacheRequest[]) => {
    const [once, again]: [PlainRows, PlainRows] = [new Map(), new Map()];
    for (const one of sent) ask("good", one, { rows: once });
    for (const one of [...sent].reverse()) {
      for (let copy = 0; copy < 2; copy++) ask("good", one, { rows: again });
    }
    expect([...again].sort()).toEqual([...once].sort());
  };
  fc.assert(fc.property(writes, judge), { numRuns: 50 });
});

/** Clients never use a version for two values: here the version says all that there is to it. */
function numbered(request: CacheRequest): CacheRequest {
  if (request.kind === "set") {
    const entries = request.entries.map((one) => ({
      ...one,
      version: one.version & ~1n,
      expiresAt: 9n,
      value: Uint8Array.of(7),
    }));
    return { ...request, entries };
  }
  if (request.kind !== "remove") return request;
  const entries = request.entries.map((one) => ({
    ...one,
    version: one.version | 1n,
    expiresAt: 9n,
  }));
  return { ...request, entries };
}

test("requests and responses survive their encoding", () => {
  const judge = (request: CacheRequest, rows: PlainRows) => {
    expect(decodeRequest(encodeRequest(request))).toEqual(request);
    const response = ask("good", request, { rows });
    expect(decodeResponse(encodeResponse(response))).toEqual(response);
  };
  fc.assert(fc.property(requests, rowsOf, judge), { numRuns: 100 });
});

const set = (key: string, version: bigint, text: string, expiresAt = 100n): CacheRequest => ({
  kind: "set",
  space,
  entries: [{ key, version, expiresAt, value: Uint8Array.from(text, (c) => c.charCodeAt(0)) }],
});
const remove = (key: string, version: bigint): CacheRequest => ({
  kind: "remove",
  space,
  entries: [{ key, version, expiresAt: 100n }],
});
const get = (key: string, now = 0n): CacheRequest => ({ kind: "get", space, now, keys: [key] });

test("a late write of an older version changes nothing, nor does one after a removal", () => {
  const rows: PlainRows = new Map();
  for (const one of [set("a", 2n, "new"), set("a", 1n, "old")]) ask("good", one, { rows });
  const hit = {
    state: "hit",
    version: 2n,
    expiresAt: 100n,
    value: Uint8Array.from([110, 101, 119]),
  };
  expect(ask("good", get("a"), { rows })).toEqual({ kind: "found", items: [hit] });
  for (const one of [remove("a", 4n), set("a", 3n, "late")]) ask("good", one, { rows });
  const items = [{ state: "removed", version: 4n }];
  expect(ask("good", get("a"), { rows })).toEqual({ kind: "found", items });
});

test("an entry is served until its time, by the clock in the request", () => {
  const rows: PlainRows = new Map();
  ask("good", set("a", 1n, "x", 100n), { rows });
  const state = (now: bigint) => {
    const found = ask("good", get("a", now), { rows });
    return found.kind === "found" ? found.items[0]?.state : found.kind;
  };
  expect([0n, 99n, 100n, 101n].map(state)).toEqual(["hit", "hit", "expired", "expired"]);
});

test("purging what is stale changes no hit", () => {
  const judge = (rows: PlainRows, before: bigint) => {
    const whole = { space, now: before, keys: ["a", "ab", "b", "\x01", "b/\xff"] };
    const stale = mergeResponses([ask("good", { kind: "stale", space, before }, { rows })]);
    const earlier = ask("good", { kind: "get", ...whole }, { rows });
    const records = stale.kind === "stale" ? stale.removable : [];
    if (records.length > 0) ask("good", { kind: "purge", space, records }, { rows });
    expect(hits(ask("good", { kind: "get", ...whole }, { rows }))).toEqual(hits(earlier));
    const left = mergeResponses([ask("good", { kind: "stale", space, before }, { rows })]);
    expect(left).toEqual({ kind: "stale", removable: [] });
  };
  fc.assert(fc.property(rowsOf, words, judge), { numRuns: 100 });
});

const hits = (found: CacheResponse) =>
  found.kind === "found" ? found.items.filter(({ state }) => state === "hit") : [];

const refusals: readonly (readonly [bytes: readonly number[], reason: string, offset: number])[] = [
  [[], "short", 0],
  [[2], "version", 0],
  [[1], "short", 1],
  [[1, 0], "operation", 1],
  [[1, 6], "operation", 1],
  [[1, 4, 1, 0, 0], "short", 2],
  [[1, 4, 0, 0, 0, 0], "space", 2],
  [[1, 4, 1, 0, 0, 0, 0x2f], "space", 2],
  [[1, 4, 33, 0, 0, 0, ...Array(33).fill(97)], "space", 2],
  [[1, 4, 0xff, 0xff, 0xff, 0xff, 99], "short", 2],
  [[1, 4, 1, 0, 0, 0, 99, 0, 0], "short", 7],
  [[1, 4, 1, 0, 0, 0, 99, 0, 0, 0, 0, 0, 0, 0, 1, 5], "trailing", 15],
  [[1, 1, 1, 0, 0, 0, 99, ...Array(8).fill(0), 0, 0, 0, 0], "count", 15],
  [[1, 1, 1, 0, 0, 0, 99, ...Array(8).fill(0), 1, 1, 0, 0], "count", 15],
  [[1, 1, 1, 0, 0, 0, 99, ...Array(8).fill(0), 2, 0, 0, 0, 1, 0], "short", 19],
  [[1, 1, 1, 0, 0, 0, 99, ...Array(8).fill(0), 1, 0, 0, 0, 0, 0, 0, 0], "key", 19],
  [[1, 1, 1, 0, 0, 0, 99, ...Array(8).fill(0), 1, 0, 0, 0, 1, 0, 0, 0, 0], "key", 19],
  [
    [1, 1, 1, 0, 0, 0, 99, ...Array(8).fill(0), 1, 0, 0, 0, 1, 1, 0, 0, ...Array(257).fill(97)],
    "key",
    19,
  ],
];

test.each(refusals)("%j is refused: %s at byte %i", (bytes, reason, offset) => {
  const { calls, end } = run("good", Uint8Array.from(bytes), { rows: new Map() });
  expect(calls).toEqual([]);
  const refusal = { kind: "badRequest", reason, offset };
  expect(end.kind === "response" && decodeResponse(end.data)).toEqual(refusal);
});

test("a value that is too long is refused before anything is written", () => {
  const entries = [{ key: "a", version: 1n, expiresAt: 9n, value: new Uint8Array(65_537) }];
  const { calls, end } = run("good", encodeRequest({ kind: "set", space, entries }), {
    rows: new Map(),
  });
  expect(calls).toEqual([]);
  expect(end.kind === "response" && decodeResponse(end.data)).toMatchObject({ reason: "value" });
});

test("storage errors come back untouched; a failed read is no answer", () => {
  for (const request of [get("a"), set("a", 1n, "x"), remove("a", 1n)]) {
    const told = run("good", request, { rows: new Map(), fails: 0 });
    expect(told.end).toEqual({ kind: "error", error: plainFailure });
  }
  const stale: CacheRequest = { kind: "stale", space, before: 0n };
  expect(run("good", stale, { rows: new Map(), fails: 0 }).end.kind).toBe("error");
});

test("bad-remembers-hits serves what was removed meanwhile", () => {
  const state = (variant: Variant) => {
    const rows: PlainRows = new Map();
    ask(variant, set("m", 1n, "x"), { rows });
    ask(variant, get("m"), { rows });
    ask("good", remove("m", 2n), { rows }); // By the node that leads the region now.
    const found = ask(variant, get("m"), { rows });
    return found.kind === "found" && found.items[0]?.state;
  };
  expect([state("good"), state("bad-remembers-hits")]).toEqual(["removed", "hit"]);
});

test("bad-own-clock panics where there is no clock", () => {
  const { end } = run("bad-own-clock", get("a"), { rows: new Map() });
  expect(end).toMatchObject({ kind: "panic", text: expect.stringMatching(/uses the clock/) });
});

test("bad-miss-on-error answers where the good one returns the error", () => {
  const told = ask("bad-miss-on-error", get("a"), { rows: new Map(), fails: 0 });
  expect(told).toEqual({ kind: "found", items: [{ state: "absent" }] });
});

test("bad-rewrites-whole-key loses what is written between its scan and its put", () => {
  const writeBetween = (variant: Variant) => {
    const rows: PlainRows = new Map();
    const plugin = plugins.get(variant);
    const data = encodeRequest(set("a", 2n, "x"));
    const task = plugin?.start({ ranges: all, data });
    let step = task?.step(null);
    if (step?.kind === "call" && step.call.kind === "scan") {
      step = task?.step({ kind: "pairs", pairs: [] });
      ask("good", set("a", 3n, "newer"), { rows });
    }
    while (step?.kind === "call") {
      const { call } = step;
      if (call.kind === "deleteRange") rows.clear();
      if (call.kind === "batchPut") for (const one of call.pairs) rows.set(one.key, one.value);
      step = task?.step({ kind: "done" });
    }
    if (variant === "good") ask("good", set("a", 3n, "newer"), { rows });
    const found = ask("good", get("a"), { rows });
    return found.kind === "found" && found.items[0]?.state === "hit" && found.items[0].version;
  };
  expect([writeBetween("good"), writeBetween("bad-rewrites-whole-key")]).toEqual([3n, 2n]);
});

test("each bad twin answers like the good one where its bug does not show", () => {
  const request = set("a", 1n, "x");
  for (const variant of variants) {
    const rows: PlainRows = new Map();
    expect(ask(variant, request, { rows })).toEqual({ kind: "written", applied: 1 });
    expect([...rows.keys()]).toEqual([recordKey(space, { key: "a", version: 1n })]);
  }
});
