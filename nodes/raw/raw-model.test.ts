/**
 * RawKV against a sorted map: whatever a client does, one operation after another, on one region or
 * on several, comes out as the map says. To cover a new operation, add it to `operation` and to
 * `expected`. What lies at the edges of single requests is in `raw-edges.test.ts`.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { latin1Bytes, latin1Text } from "../../sim/bytes.ts";
import type { Operation, Outcome } from "../index.ts";
import { benchEngines, ClusterBench } from "../testing/cluster-bench.ts";

const engines = await benchEngines();

const key = fc.constantFrom("a", "b", "c", "ca", "d", "e", "f", "\xff");
const bound = fc.constantFrom("", "a", "b", "c", "ca", "d", "e", "\xff", "\xff\xff");
const value = fc.constantFrom("", "1", "2", "3").map(latin1Bytes);
const range = fc.record({ start: bound, end: bound });

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ kind: fc.constant("get" as const), key }),
  fc.record({ kind: fc.constant("batchGet" as const), keys: fc.array(key, { maxLength: 5 }) }),
  fc.tuple(range, fc.integer({ min: 0, max: 6 }), fc.boolean()).map(([one, limit, reverse]) => ({
    kind: "scan" as const,
    ...one,
    limit,
    reverse,
  })),
  fc.record({ kind: fc.constant("put" as const), key, value }),
  fc.record({
    kind: fc.constant("batchPut" as const),
    pairs: fc.array(fc.record({ key, value }), { maxLength: 5 }),
  }),
  fc.record({ kind: fc.constant("delete" as const), key }),
  fc.record({ kind: fc.constant("batchDelete" as const), keys: fc.array(key, { maxLength: 5 }) }),
  range.map((one) => ({ kind: "deleteRange" as const, ...one })),
  fc.record({
    kind: fc.constant("compareAndSwap" as const),
    key,
    previous: fc.option(value),
    value,
  }),
);

/** The map as the client should see it: keys and values as latin1. */
type Rows = Map<string, string>;

/** What an operation should come to, as text; changes the rows as it does. */
function expected(rows: Rows, one: Operation): string {
  switch (one.kind) {
    case "get":
      return `value ${rows.get(one.key) ?? "absent"}`;
    case "batchGet":
      return pairs(one.keys.filter((wanted) => rows.has(wanted)).sort(), rows);
    case "scan": {
      const found = [...rows.keys()].sort().filter((row) => isWithin(row, one));
      if (one.reverse) found.reverse();
      return pairs(found.slice(0, one.limit), rows);
    }
    case "put":
      rows.set(one.key, latin1Text(one.value));
      return "done";
    case "batchPut":
      for (const pair of one.pairs) rows.set(pair.key, latin1Text(pair.value));
      return "done";
    case "delete":
      rows.delete(one.key);
      return "done";
    case "batchDelete":
      for (const row of one.keys) rows.delete(row);
      return "done";
    case "deleteRange":
      if (one.end !== "" && one.start >= one.end) return "error";
      for (const row of [...rows.keys()]) if (isWithin(row, one)) rows.delete(row);
      return "done";
    case "compareAndSwap": {
      const before = rows.get(one.key) ?? null;
      const succeeds = before === (one.previous === null ? null : latin1Text(one.previous));
      if (succeeds) rows.set(one.key, latin1Text(one.value));
      return `swapped ${succeeds} ${before ?? "absent"}`;
    }
    default:
      return "not a raw operation";
  }
}

const isWithin = (row: string, { start, end }: { start: string; end: string }): boolean =>
  row >= start && (end === "" || row < end);

const pairs = (keys: readonly string[], rows: Rows): string =>
  `pairs ${keys.map((one) => `${one}=${rows.get(one)}`).join(" ")}`;

function seen(one: Operation, outcome: Outcome): string {
  if (outcome.kind !== "ok") return outcome.kind;
  const { result } = outcome;
  const show = (bytes: Uint8Array | null): string =>
    bytes === null ? "absent" : latin1Text(bytes);
  switch (result.kind) {
    case "value":
      return `value ${show(result.value)}`;
    case "pairs": {
      const rows = result.pairs.map((pair) => `${pair.key}=${show(pair.value)}`);
      // The client asks region by region: a batch's order over regions is nobody's promise.
      return `pairs ${(one.kind === "batchGet" ? rows.sort() : rows).join(" ")}`;
    }
    case "swapped":
      return `swapped ${result.succeeded} ${show(result.previous)}`;
    default:
      return result.kind;
  }
}

test.each([
  ["one region", [], 1],
  ["three regions", ["c", "e"], 1],
  ["three regions on three stores", ["c", "e"], 3],
])("%s: a client sees a sorted map", (_, cuts, stores) => {
  const bench = new ClusterBench({ engines, cuts, stores });
  bench.run(4_000_000);
  fc.assert(
    fc.property(fc.array(operation, { minLength: 1, maxLength: 12 }), (operations) => {
      expect(bench.call({ kind: "deleteRange", start: "", end: "" }).kind).toBe("ok");
      const rows: Rows = new Map();
      const log: string[] = [];
      for (const one of operations) {
        const right = expected(rows, one);
        log.push(JSON.stringify(one));
        expect(seen(one, bench.call(one)), log.join("\n")).toBe(right);
      }
    }),
    { numRuns: 50, seed: 3 },
  );
});
