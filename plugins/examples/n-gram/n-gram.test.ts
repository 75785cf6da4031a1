/**
 * The n-gram plugin against the model, the laws of its index, and each bad twin's bug. To add a
 * request, give `requests` an arbitrary; to add a twin, a test below.
 */
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { latin1Bytes, latin1Text } from "../../../sim/bytes.ts";
import type { KeyRange, PluginInstance } from "../../api.ts";
import {
  loadedExample,
  type PlainRows,
  plainFailure,
  runOnRows,
} from "../testing/plain-storage.ts";
import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  type FoundDocument,
  indexRanges,
  matchesOf,
  mergeResponses,
  modelAnswer,
  type NGramRequest,
  type NGramResponse,
  rowsOf,
} from "./index.ts";

const variants = [
  "good",
  "bad-region-local-idf",
  "bad-swallowed-error",
  "bad-panic-on-short-text",
  "bad-writes-outside",
  "bad-bumps-version",
] as const;
type Variant = (typeof variants)[number];
const plugins = new Map<Variant, PluginInstance>();

beforeAll(async () => {
  for (const one of variants) {
    plugins.set(one, await loadedExample(join(import.meta.dirname, one)));
  }
}, 240_000);

const index = "t";
const all = indexRanges(index);

type On = { rows: PlainRows; ranges?: readonly KeyRange[]; fails?: number };

function run(variant: Variant, request: NGramRequest | Uint8Array, on: On) {
  const plugin = plugins.get(variant);
  if (plugin === undefined) throw new Error(`no plugin ${variant}`);
  const data = request instanceof Uint8Array ? request : encodeRequest(request);
  return runOnRows(plugin, { ranges: on.ranges ?? all, data }, on.rows, on.fails);
}

function ask(variant: Variant, request: NGramRequest, on: On): NGramResponse {
  const { end } = run(variant, request, on);
  if (end.kind !== "response") throw new Error(`no response but ${JSON.stringify(end)}`);
  const decoded = decodeResponse(end.data);
  if (decoded === null) throw new Error("no n-gram response");
  return decoded;
}

const documents = fc.constantFrom("a", "ab", "b", "\x01\xff");
const versions = fc.oneof(fc.bigInt({ min: 1n, max: 4n }), fc.constant((1n << 64n) - 1n));
const names = fc.record({ document: documents, version: versions });
const letters = fc.constantFrom("a", "a", "A", "b", "\0", "\xff");
const text = (min: number, max: number) =>
  fc.array(letters, { minLength: min, maxLength: max }).map((one) => latin1Bytes(one.join("")));
const of = fc.constant(index);
const modes = fc.constantFrom("all" as const, "any" as const);
const searches = fc.record({
  kind: fc.constant("search" as const),
  index: of,
  mode: modes,
  query: text(3, 5),
});
const puts = fc
  .tuple(names, text(0, 8))
  .map(([name, own]) => ({ kind: "put" as const, index, ...name, text: own }));
const removals = names.map((name) => ({ kind: "remove" as const, index, ...name }));
const requests: fc.Arbitrary<NGramRequest> = fc.oneof(
  searches,
  puts,
  removals,
  puts.map((put) => ({ ...put, kind: "purge" as const })),
  fc
    .array(fc.record({ document: documents, version: fc.bigInt({ min: 0n, max: 3n }) }), {
      minLength: 1,
      maxLength: 3,
    })
    .map((own) => ({ kind: "fetch" as const, index, names: own })),
  fc.constant({ kind: "stale" as const, index }),
);
const foreign = fc
  .tuple(
    fc.constantFrom("t/i/aaa", "t/i/aa", "t/d/a\0", "t/d/", "t0"),
    fc.uint8Array({ maxLength: 9 }),
    fc.uint8Array({ maxLength: 5 }),
  )
  .map(([head, tail, value]): PlainRows => new Map([[head + latin1Text(tail), value]]));
const stored = fc
  .tuple(names, fc.option(text(0, 6), { freq: 5 }))
  .map(([name, own]) => rowsOf(index, name, own));
const rowsArbitrary = fc
  .array(fc.oneof({ weight: 5, arbitrary: stored }, { weight: 1, arbitrary: foreign }), {
    maxLength: 5,
  })
  .map((parts): PlainRows => new Map(parts.flatMap((part) => [...part])));
const bound = fc.constantFrom(
  "",
  "t/",
  "t/d/a\0",
  "t/d/ab",
  "t/i/",
  "t/i/aaa",
  "t/i/aaab",
  "t/i/aab",
  "t0",
);
const rangesArbitrary = fc.array(fc.record({ start: bound, end: bound }), { maxLength: 3 });

test("the answer and the rows afterwards are the model's, whatever the ranges", () => {
  const judge = (request: NGramRequest, rows: PlainRows, ranges: readonly KeyRange[]) => {
    const model = modelAnswer(rows, ranges, request);
    const after: PlainRows = new Map(rows);
    expect(mergeResponses([ask("good", request, { rows: after, ranges })])).toEqual(model.result);
    expect(after).toEqual(model.rows);
  };
  const ranges = fc.oneof(rangesArbitrary, fc.constant(all));
  fc.assert(fc.property(requests, rowsArbitrary, ranges, judge), { numRuns: 400 });
});

test("parts of any layout merge into the whole, in any order", () => {
  const judge = (request: NGramRequest, rows: PlainRows, cuts: readonly string[]) => {
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
  fc.assert(fc.property(requests, rowsArbitrary, cuts, judge), { numRuns: 300 });
});

/** Both rounds of a search, as a client does them. */
function found(search: Extract<NGramRequest, { kind: "search" }>, rows: PlainRows) {
  const first = mergeResponses([ask("good", search, { rows })]);
  const candidates = first.kind === "candidates" ? first.candidates : [];
  const newest = new Map<string, FoundDocument>();
  for (const { document } of candidates) {
    const fetch = { kind: "fetch" as const, index, names: [{ document, version: 0n }] };
    const told = ask("good", fetch, { rows });
    const [one] = told.kind === "documents" ? told.documents : [];
    if (one !== undefined) newest.set(document, one);
  }
  return matchesOf(search, candidates, newest)
    .map(({ document }) => document)
    .sort();
}

const folded = (bytes: Uint8Array) => latin1Text(bytes).replaceAll("A", "a");

test("a search finds what reading every text finds, in any order of writes, once and twice", () => {
  const judge = (
    writes: readonly Extract<NGramRequest, { kind: "put" | "remove" }>[],
    search: Extract<NGramRequest, { kind: "search" }>,
  ) => {
    const rows: PlainRows = new Map();
    const known = new Map<string, { version: bigint; text: string }>();
    const used = new Set<string>();
    for (const one of writes) {
      const name = `${one.document}@${one.version}`;
      if (used.has(name)) continue; // A version never means two texts.
      used.add(name);
      for (let copy = 0; copy < 2; copy++) ask("good", one, { rows });
      if ((known.get(one.document)?.version ?? 0n) > one.version) continue;
      const own = one.kind === "put" ? folded(one.text) : "";
      known.set(one.document, { version: one.version, text: own });
    }
    const query = folded(search.query);
    const parts = Array.from({ length: query.length - 2 }, (_, at) => query.slice(at, at + 3));
    const has = (one: string) =>
      search.mode === "all" ? one.includes(query) : parts.some((gram) => one.includes(gram));
    const expected = [...known].filter(([, one]) => has(one.text)).map(([document]) => document);
    expect(found(search, rows)).toEqual(expected.sort());
  };
  const writes = fc.array(
    fc.oneof({ weight: 4, arbitrary: puts }, { weight: 1, arbitrary: removals }),
    {
      maxLength: 6,
    },
  );
  fc.assert(fc.property(writes, searches, judge), { numRuns: 200 });
});

test("purging what is stale changes no search, and sending a put again repairs it", () => {
  const judge = (writes: readonly Extract<NGramRequest, { kind: "put" }>[], lost: number) => {
    const rows: PlainRows = new Map();
    const texts = new Map<string, Extract<NGramRequest, { kind: "put" }>>();
    for (const one of writes) {
      const name = `${one.document}@${one.version}`;
      if (texts.has(name)) continue;
      texts.set(name, one);
      ask("good", one, { rows });
    }
    const search = {
      kind: "search" as const,
      index,
      mode: "all" as const,
      query: latin1Bytes("aaa"),
    };
    const before = found(search, rows);
    const stale = mergeResponses([ask("good", { kind: "stale", index }, { rows })]);
    for (const name of stale.kind === "stale" ? stale.removable : []) {
      const put = texts.get(`${name.document}@${name.version}`);
      if (put !== undefined) ask("good", { ...put, kind: "purge" }, { rows });
    }
    expect(found(search, rows)).toEqual(before);
    const newest = [...texts.values()].filter((one) =>
      rows.has([...rowsOf(index, one, one.text)][0]?.[0] ?? ""),
    );
    expect(rows).toEqual(new Map(newest.flatMap((one) => [...rowsOf(index, one, one.text)])));
    const whole: PlainRows = new Map(rows);
    rows.delete([...rows.keys()][lost % Math.max(rows.size, 1)] ?? "");
    for (const one of newest) ask("good", one, { rows });
    expect(new Map(rows)).toEqual(whole);
  };
  fc.assert(fc.property(fc.array(puts, { maxLength: 6 }), fc.nat(), judge), { numRuns: 150 });
});

test("the longest text fits the limits of a request", () => {
  const rows: PlainRows = new Map();
  let state = 1;
  const long = Uint8Array.from({ length: 4_096 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
  const put = { kind: "put" as const, index, document: "d", version: 1n, text: long };
  const told = ask("good", put, { rows });
  expect(told).toMatchObject({ kind: "written", applied: rows.size, rows: rows.size });
  expect(rows.size).toBeGreaterThan(4_000);
});

const word = [0, 0, 0, 0, 0, 0, 0, 1];
const refusals: readonly (readonly [bytes: readonly number[], reason: string, offset: number])[] = [
  [[], "short", 0],
  [[2], "version", 0],
  [[1], "short", 1],
  [[1, 0], "operation", 1],
  [[1, 7], "operation", 1],
  [[1, 6, 1, 0, 0], "short", 2],
  [[1, 6, 0, 0, 0, 0], "index", 2],
  [[1, 6, 1, 0, 0, 0, 0x2f], "index", 2],
  [[1, 6, 17, 0, 0, 0, ...Array(17).fill(97)], "index", 2],
  [[1, 6, 0xff, 0xff, 0xff, 0xff, 97], "short", 2],
  [[1, 6, 1, 0, 0, 0, 97, 9], "trailing", 7],
  [[1, 2, 1, 0, 0, 0, 97, 0, 0, 0, 0, ...word], "document", 7],
  [[1, 2, 1, 0, 0, 0, 97, 1, 0, 0, 0, 0, ...word], "document", 7],
  [[1, 2, 1, 0, 0, 0, 97, 65, 0, 0, 0, ...Array(65).fill(98), ...word], "document", 7],
  [[1, 2, 1, 0, 0, 0, 97, 1, 0, 0, 0, 98, 0, 0], "short", 12],
  [[1, 2, 1, 0, 0, 0, 97, 1, 0, 0, 0, 98, ...Array(8).fill(0)], "number", 12],
  [[1, 1, 1, 0, 0, 0, 97, 1, 0, 0, 0, 98, ...word, 9, 0, 0, 0], "short", 20],
  [
    [1, 1, 1, 0, 0, 0, 97, 1, 0, 0, 0, 98, ...word, 1, 16, 0, 0, ...Array(4_097).fill(1)],
    "text",
    20,
  ],
  [[1, 4, 1, 0, 0, 0, 97], "short", 7],
  [[1, 4, 1, 0, 0, 0, 97, 2, 3, 0, 0, 0, 1, 2, 3], "mode", 7],
  [[1, 4, 1, 0, 0, 0, 97, 0, 2, 0, 0, 0, 1, 2], "query", 8],
  [[1, 4, 1, 0, 0, 0, 97, 0, 65, 0, 0, 0, ...Array(65).fill(1)], "query", 8],
  [[1, 5, 1, 0, 0, 0, 97, 0, 0, 0, 0], "count", 7],
  [[1, 5, 1, 0, 0, 0, 97, 65, 0, 0, 0], "count", 7],
  [[1, 5, 1, 0, 0, 0, 97, 2, 0, 0, 0, 1, 0, 0, 0, 98, ...word], "short", 24],
];

test("malformed requests are refused in the response, by plugin and codec alike", () => {
  for (const [bytes, reason, offset] of refusals) {
    const data = Uint8Array.from(bytes);
    const { calls, end } = run("good", data, { rows: new Map() });
    const refusal = { kind: "badRequest", reason, offset };
    expect(calls).toEqual([]);
    expect(end.kind === "response" && decodeResponse(end.data)).toEqual(refusal);
    expect(decodeRequest(data)).toEqual(refusal);
  }
});

test("plugin and codec refuse the same damaged requests for the same reason", () => {
  const judge = (request: NGramRequest, tail: Uint8Array, cut: number, flip: number) => {
    const whole = encodeRequest(request);
    const data = Uint8Array.from([...whole.subarray(0, whole.length - (cut % 4)), ...tail]);
    const at = flip % Math.max(1, data.length);
    if (flip % 3 === 0) data[at] = (data[at] ?? 0) ^ (1 << (flip % 8));
    const decoded = decodeRequest(data);
    const { end } = run("good", data, { rows: new Map() });
    const told = end.kind === "response" ? decodeResponse(end.data) : null;
    if (decoded.kind === "badRequest") expect(told).toEqual(decoded);
    else expect(told?.kind).not.toBe("badRequest");
  };
  const tails = fc.uint8Array({ maxLength: 2 });
  fc.assert(fc.property(requests, tails, fc.nat(), fc.nat(), judge), { numRuns: 500 });
});

const aaa = latin1Bytes("aaa");
const put = (document: string, version: bigint): NGramRequest => ({
  kind: "put",
  index,
  document,
  version,
  text: aaa,
});
const search: NGramRequest = { kind: "search", index, mode: "all", query: aaa };

test("storage errors come back untouched", () => {
  const own: readonly NGramRequest[] = [put("a", 1n), search, { kind: "stale", index }];
  for (const request of own) {
    const told = run("good", request, { rows: new Map(), fails: 0 });
    expect(told.end).toEqual({ kind: "error", error: plainFailure });
  }
});

test("bad-swallowed-error: documents are missing without a word", () => {
  const told = mergeResponses([ask("bad-swallowed-error", search, { rows: new Map(), fails: 0 })]);
  expect(told).toEqual({ kind: "candidates", candidates: [] });
});

test("bad-region-local-idf: right in one region, wrong in two", () => {
  const rows: PlainRows = new Map();
  for (const document of ["a", "b"]) ask("good", put(document, 1n), { rows });
  const scores = (variant: Variant, cuts: readonly string[]) => {
    const borders = ["t/", ...cuts, "t0"];
    const parts = borders
      .slice(1)
      .map((end, at) =>
        ask(variant, search, { rows, ranges: [{ start: borders[at] ?? "", end }] }),
      );
    const told = mergeResponses(parts);
    return told.kind === "candidates" && told.candidates.map(({ score }) => score);
  };
  expect(scores("bad-region-local-idf", [])).toEqual(scores("good", []));
  expect(scores("good", ["t/i/aaab"])).toEqual([333_333, 333_333]);
  expect(scores("bad-region-local-idf", ["t/i/aaab"])).toEqual([250_000, 250_000]);
});

test("bad-panic-on-short-text panics on one byte", () => {
  const short: NGramRequest = {
    kind: "put",
    index,
    document: "a",
    version: 1n,
    text: latin1Bytes("x"),
  };
  expect(ask("good", short, { rows: new Map() })).toMatchObject({ applied: 1 });
  expect(run("bad-panic-on-short-text", short, { rows: new Map() }).end.kind).toBe("panic");
});

test("bad-writes-outside writes postings beyond its ranges", () => {
  const ranges = [{ start: "t/", end: "t/i/" }];
  const count = (variant: Variant) => {
    const rows: PlainRows = new Map();
    ask(variant, put("a", 1n), { rows, ranges });
    return rows.size;
  };
  expect([count("good"), count("bad-writes-outside")]).toEqual([1, 2]);
});

test("bad-bumps-version writes a document twice when its request is sent twice", () => {
  const count = (variant: Variant) => {
    const rows: PlainRows = new Map();
    for (let copy = 0; copy < 2; copy++) ask(variant, put("a", 1n), { rows });
    return rows.size;
  };
  expect([count("good"), count("bad-bumps-version")]).toEqual([2, 4]);
});

test("each bad twin answers like the good one where its bug does not show", () => {
  for (const variant of variants) {
    const rows: PlainRows = new Map();
    expect(ask(variant, put("a", 1n), { rows })).toEqual({ kind: "written", applied: 2, rows: 2 });
    const told = mergeResponses([ask(variant, search, { rows })]);
    const candidates = [{ document: "a", version: 1n, score: 500_000 }];
    expect(told).toEqual({ kind: "candidates", candidates });
  }
});
