/**
 * C20 and what it looks for. To add a case: a bug in `twins/stray-plugins.ts` and a row here; or a
 * text and what it gives away.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { PluginInstance, PreparedPlugin } from "../../../plugins/index.ts";
import type { Contract } from "../contract.ts";
import { foreignKey, secretIn, wastedDeletes } from "../side-effects.ts";
import { verified } from "../testing/verified.ts";
import { type StrayBug, strayPlugin } from "../twins/stray-plugins.ts";
import { definition, toyContract, toyPlugin } from "../twins/toy-plugins.ts";

const value = Uint8Array.from(Buffer.from("s3cret!"));
const rows = [{ key: "k", value }];

test.each([
  ["value s3cret! is bad", true],
  ["VALUE S3CRET!", true],
  ["[115, 51, 99, 114, 101, 116, 33]", true],
  ["0x73336372657421", true],
  ["czNjcmV0IQ==", true],
  ["value of k: 8 bytes expected, 7 found", false],
  ["", false],
])("%j gives the value away: %s", (text, expected) => {
  expect(secretIn(text, rows) !== null).toBe(expected);
  expect(secretIn(text, [{ key: "k", value: value.slice(0, 5) }])).toBeNull();
});

test("deletes of nothing are counted, also of what the request itself has deleted", () => {
  const done = { kind: "done" } as const;
  const all = { start: "", end: "" };
  const trace = [
    { call: { kind: "delete", key: "k" }, answer: done },
    { call: { kind: "delete", key: "k" }, answer: done },
    { call: { kind: "batchDelete", keys: ["x", "y"] }, answer: done },
    { call: { kind: "put", key: "z", value }, answer: done },
    { call: { kind: "deleteRange", range: all }, answer: done },
    { call: { kind: "deleteRange", range: all }, answer: done },
    { call: { kind: "deleteRange", range: { start: "b", end: "b" } }, answer: done },
  ] as const;
  expect(wastedDeletes(trace, rows)).toBe(4);
});

test("keyspaces matter for API V2 only", () => {
  const put = {
    call: { kind: "put", key: "r\0\0\x02a", value },
    answer: { kind: "done" },
  } as const;
  const ranges = [{ start: "r\0\0\x01a", end: "" }];
  expect(foreignKey("v2", [put], ranges)).toBe("r\0\0\x02a");
  expect(foreignKey("v2", [put], [{ start: "r\0\0\x02", end: "" }])).toBeNull();
  expect(foreignKey("v1ttl", [put], ranges)).toBeNull();
});

/** Rows and ranges of one keyspace. */
const inKeyspace: Contract = toyContract({
  kind: "write-idempotent",
  storage: "v2",
  containment: { prefixes: ["r"] },
  gen: {
    ...definition.gen,
    data: definition.gen.data.map((some) =>
      some.map((row) => ({ ...row, key: `r\0\0\x01${row.key}` })),
    ),
    ranges: fc.constant([{ start: "r\0\0\x01", end: "r\0\0\x02" }]),
  },
});

test.each<[bug: StrayBug, contract: Contract, hint: string, severity: string]>([
  ["tells-a-value-in-its-error", toyContract(), "C20-SECRET", "high"],
  ["writes-though-it-reads", toyContract(), "C20-WRITES", "high"],
  [
    "puts-rows-again",
    toyContract({ kind: "write-idempotent", storage: "v1ttl" }),
    "C20-TTL",
    "high",
  ],
  ["writes-into-another-keyspace", inKeyspace, "C20-KEYSPACE", "high"],
  [
    "deletes-what-is-not-there",
    toyContract({ kind: "write-idempotent", budgets: { keys: 6_000, tombstones: 10 } }),
    "C20-TOMBSTONES",
    "medium",
  ],
])("finds a plugin that %s", async (bug, contract, hint, severity) => {
  const [report] = await verified({ plugin: strayPlugin(bug), contract, checks: ["C20"] });
  expect(report?.outcome).toBe("failed");
  expect(report?.finding?.complaint.hint).toBe(hint);
  expect(report?.finding?.complaint.message).toMatch(new RegExp(`^${severity}: `));
  expect(report?.finding?.shrunk.keys).toBeLessThanOrEqual(1);
});

test("no other check of a single node finds a value in an error text", async () => {
  const checks = ["C1", "C5", "C7", "C8", "C9", "C10", "C14", "C20"];
  const plugin = strayPlugin("tells-a-value-in-its-error");
  const reports = await verified({ plugin, contract: toyContract(), checks });
  const failed = reports.filter(({ outcome }) => outcome === "failed");
  expect(failed.map(({ id }) => id)).toEqual(["C20"]);
});

/** The plugin with fuel that grows by so much with each request of a node. */
function hungrier(plugin: PreparedPlugin, more: number): PreparedPlugin {
  return {
    ...plugin,
    instantiate: (limits) => {
      const made = plugin.instantiate(limits);
      return made.kind === "loaded" ? { ...made, plugin: growing(made.plugin, more) } : made;
    },
  };
}

function growing(inner: PluginInstance, more: number): PluginInstance {
  let requests = 0;
  return {
    info: inner.info,
    destroy: () => inner.destroy(),
    start: (request) => {
      const run = inner.start(request);
      const extra = more * requests++;
      return {
        step: (answer) => run.step(answer),
        fuelUsed: () => run.fuelUsed() + extra,
        drop: () => run.drop(),
      };
    },
  };
}

test("a request that costs more each time is found", async () => {
  const checks = ["C20"];
  const contract = toyContract();
  const leaky = hungrier(toyPlugin("none"), 500);
  const [report] = await verified({ plugin: leaky, contract, checks });
  expect(report?.finding?.complaint.hint).toBe("C20-STATE");
  expect(report?.finding?.story.map(({ label }) => label)).toContain("sent");
  const steady = hungrier(toyPlugin("none"), 1);
  const [good] = await verified({ plugin: steady, contract, checks });
  expect(good?.outcome).toBe("passed");
});

test("what is low is told and fails nothing, and what cannot be seen is said", async () => {
  const contract = toyContract({ kind: "write-idempotent" });
  const plugin = strayPlugin("puts-rows-again");
  const [report] = await verified({ plugin, contract, checks: ["C20"] });
  expect(report?.outcome).toBe("passed");
  expect(report?.notes.join("\n")).toMatch(/^not seen in a sandbox: threads[\s\S]*low: .*TTL/);
  const [bare] = await verified({ plugin: toyPlugin("none"), contract: null, checks: ["C20"] });
  expect(bare?.outcome).toBe("passed");
});
