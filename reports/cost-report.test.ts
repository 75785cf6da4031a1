/** The comparison of costs as text, outcome and JUnit. To add a case: a drift and its words. */
import { expect, test } from "vitest";
import type { CostDrift } from "../scenarios/verify/index.ts";
import { createPainter } from "./console.ts";
import { type CostReport, costBlock, costCase, costOutcome } from "./cost-report.ts";

const plain = createPainter({ colour: false });

const same: CostDrift = {
  metric: "ops",
  words: "storage calls",
  was: 1,
  is: 1,
  exponentWas: 0,
  exponentIs: 0,
  change: 0,
  exceeds: false,
};
const dearer: CostDrift = {
  ...same,
  metric: "cost",
  words: "fuel units",
  was: 1_000,
  is: 1_100,
  change: 10,
  exponentWas: 100,
  exponentIs: 120,
  exceeds: true,
};

const report = (drifts: CostReport["drifts"]): CostReport => ({
  file: "costs.json",
  tolerance: 0.05,
  drifts,
  accept: "coprsim verify p --check C7 --snapshot costs.json",
});

test.each<[name: string, drifts: CostReport["drifts"], outcome: string, junit: string]>([
  ["nothing changed", [same], "pass", "passed"],
  ["cheaper", [{ ...same, was: 9, change: -88.89 }], "pass", "passed"],
  ["dearer", [same, dearer], "fail", "failed"],
  ["no figures", null, "inconclusive", "skipped"],
])("%s", (_, drifts, outcome, junit) => {
  expect(costOutcome(report(drifts))).toBe(outcome);
  expect(costCase(report(drifts))).toMatchObject({ name: "costs", outcome: junit });
});

test("without a comparison nothing is wrong", () => {
  expect(costOutcome(null)).toBe("pass");
});

test("the block names what drifted, and the share that is allowed", () => {
  const text = costBlock(report([same, dearer]), plain);
  expect(text).toContain("costs beyond 5 % of costs.json");
  expect(text).toMatch(/fuel units +1,000 +1,100 +\+10 % +n\^1\.00 -> n\^1\.20 +drift/);
  expect(text).toMatch(/storage calls +1 +1 +0 %/);
  expect(costBlock(report([same]), plain)).toContain("costs within 5 %");
  expect(costBlock(report(null), plain)).toContain("not compared");
});
