/**
 * C7: what is counted, how growth is fitted, and what is found. To add a case: a bug in
 * `twins/stray-plugins.ts` and a row here; or a growth and its exponent.
 */
import { expect, test } from "vitest";
import type { CostMetric } from "../cost/cost.ts";
import { CostSheet } from "../cost/figures.ts";
import {
  exponentOf,
  firstBeyond,
  grownRows,
  log2,
  rowsMax,
  type Series,
  sizesUpTo,
} from "../cost/growth.ts";
import { verified } from "../testing/verified.ts";
import { type StrayBug, strayPlugin } from "../twins/stray-plugins.ts";
import { definition, toyContract, toyPlugin } from "../twins/toy-plugins.ts";

function series(cost: (rows: number) => number): Series {
  const blank = { cost: 0, ops: 0, keys: 0, readBytes: 0, writeBytes: 0, resBytes: 0 };
  const points = sizesUpTo(rowsMax).map((rows) => {
    return { rows, cost: { ...blank, ops: cost(rows) } };
  });
  return { points, stopped: null };
}

test.each<[words: string, cost: (rows: number) => number, exponent: number]>([
  ["constant", () => 7, 0],
  ["linear", (n) => n, 100],
  ["linear after a dear start", (n) => 1_000_000 + 3 * n, 100],
  ["quadratic", (n) => n * n, 200],
  ["quadratic with a large linear term", (n) => n * n + 100 * n, 185],
  ["n log n", (n) => Math.round(n * log2(n + 1)), 115],
  ["cubic", (n) => n ** 3, 300],
])("%s", (_, cost, exponent) => {
  expect(Math.abs(exponentOf(series(cost), "ops") - exponent)).toBeLessThanOrEqual(2);
});

test.each([
  [1, 0],
  [2, 1],
  [4096, 12],
  [0.25, -2],
  [3, 1.585],
])("log2(%d) is %d", (value, expected) => {
  expect(Math.abs(log2(value) - expected)).toBeLessThan(0.001);
});

test("bisection and rows", () => {
  expect(firstBeyond({ good: 32, bad: 64 }, (count) => count <= 47)).toBe(48);
  const some = [
    { key: "a", value: Uint8Array.of(1) },
    { key: "b", value: Uint8Array.of(2) },
  ];
  expect(grownRows(some, 1)).toEqual(some.slice(0, 1));
  expect(grownRows([], 5)).toEqual([]);
  const many = grownRows(some, 1_000);
  expect(many).toHaveLength(1_000);
  expect(new Set(many.map(({ key }) => key)).size).toBe(1_000);
  expect(many.filter(({ key }) => key.startsWith("b"))).toHaveLength(500);
});

test("figures keep the worst of each metric and the largest exponent", () => {
  const sheet = new CostSheet();
  const budget = (metric: CostMetric) => (metric === "ops" ? 9_000 : null);
  sheet.add(
    series((n) => 2 * n),
    budget,
  );
  sheet.add(
    series((n) => Math.floor((n * n) / 4_096)),
    budget,
  );
  const ops = sheet.figures().find(({ metric }) => metric === "ops");
  expect(ops).toEqual({ metric: "ops", worst: 8_192, rows: 4_096, exponent: 200, budget: 9_000 });
});

test.each<[bug: StrayBug, rows: number, hint: string, says: RegExp]>([
  ["gets-every-row", 512, "C7-BUDGET", /over 50 rows a request takes 51 storage calls/],
  ["scans-again-and-again", 256, "C7-GROWTH", /n\^1\.7/],
])("finds a plugin that %s, and no other check does", async (bug, rows, hint, says) => {
  const budgets = bug === "gets-every-row" ? { ops: 50, rows } : { keys: 100_000, rows };
  const contract = toyContract({ budgets });
  const reports = await verified({ plugin: strayPlugin(bug), contract });
  const failed = reports.filter(({ outcome }) => outcome === "failed");
  expect(failed.map(({ id }) => id)).toEqual(["C7"]);
  const finding = failed[0]?.finding;
  expect(finding?.complaint.hint).toBe(hint);
  expect(finding?.complaint.message).toMatch(says);
  expect(finding?.shrunk.keys).toBe(1);
  expect(finding?.story.map(({ label }) => label)).toContain("ops");
});

test("a good plugin's figures, and the gates", async () => {
  const plugin = toyPlugin("none");
  const [good] = await verified({ plugin, contract: toyContract(), checks: ["C7"] });
  expect(good).toMatchObject({ outcome: "passed", finding: null });
  const figures = new Map(good?.costs?.map((one) => [one.metric, one]));
  expect(figures.get("ops")).toMatchObject({ worst: 1, exponent: 0, budget: 50 });
  expect(figures.get("keys")).toMatchObject({ worst: 4_096, rows: 4_096, exponent: 100 });
  expect(figures.get("resBytes")?.worst).toBe(3);
  expect(good?.notes.join("; ")).toContain("1 of 50 storage calls");

  const generous = toyContract({ budgets: { ops: 50 } });
  const [unused] = await verified({ plugin, contract: generous, checks: ["C7"] });
  expect(unused).toMatchObject({ outcome: "inconclusive" });
  expect(unused?.reason).toContain("half of some budget was used");

  const gen = { ...definition.gen, data: definition.gen.data.map(() => []) };
  const empty = toyContract({ gen, budgets: {} });
  const [bare] = await verified({ plugin, contract: empty, checks: ["C7"] });
  expect(bare?.reason).toContain("over the largest data");

  const dataOfSize = (count: number) => grownRows([{ key: "z", value: Uint8Array.of(3) }], count);
  const own = toyContract({ gen: { ...gen, dataOfSize }, budgets: { keys: 50, rows: 40 } });
  const [sized] = await verified({ plugin, contract: own, checks: ["C7"] });
  expect(sized?.costs?.find(({ metric }) => metric === "keys")?.worst).toBe(40);
});
