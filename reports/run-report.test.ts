/** What `run` tells. To add a case, change the report below and say which line it must give. */
import { expect, test } from "vitest";
import type { ScenarioReport } from "../scenarios/index.ts";
import { createPainter, visibleWidth } from "./console.ts";
import {
  type RunReport,
  runBody,
  runJunit,
  runOutcome,
  scenarioLine,
  verdictLine,
} from "./run-report.ts";

const painter = createPainter({ colour: false });
const gate = { gate: "crashed", sentence: "a store crashed and came back" } as const;
const one: ScenarioReport = {
  scenario: {
    name: "partitions-minority",
    sentence: "it holds",
    suites: ["partitions"],
    gates: [],
    plan: () => expect.fail("no plan is drawn for a report"),
  },
  seeds: 200,
  failures: [],
  failedSeeds: 0,
  gates: null,
  missedGates: [],
  totals: {
    events: 1_000_000,
    elections: 123_456,
    crashes: 123_456,
    acknowledgedWrites: 1_234_567,
    pluginCalls: 1_234_567,
  },
  checks: new Map([["election safety", 3]]),
  hashes: ["0123456789abcdef"],
  elapsedMs: 185_000,
};
const report = (scenarios: readonly ScenarioReport[]): RunReport => ({
  scenarios,
  failures: [],
  pinned: [],
  elapsedMs: 185_000,
  twin: null,
  interrupted: false,
});

test.each([
  [one],
  [{ ...one, totals: { ...one.totals, elections: 1, crashes: 0, acknowledgedWrites: 3 } }],
  [{ ...one, missedGates: [gate, { ...gate, sentence: `${"long ".repeat(20)}sentence` }] }],
])("no line is wider than 100 columns", (scenario) => {
  const lines = scenarioLine(scenario, painter).split("\n");
  expect(Math.max(...lines.map(visibleWidth))).toBeLessThanOrEqual(100);
  expect(lines.join(" ")).toMatch(/✓|\?/);
});

test("a narrow terminal gets more lines, none wider than it has columns", () => {
  const lines = scenarioLine({ ...one, missedGates: [gate] }, painter, 60).split("\n");
  expect(Math.max(...lines.map(visibleWidth))).toBeLessThanOrEqual(60);
  expect(lines.join(" ").replaceAll(/ +/g, " ")).toContain("1,234,567 writes, 1,234,567 calls");
});

const failedPin = { file: "r.json", outcome: "reproduces", fails: true } as const;
const other = { seeds: 1, divergence: "smoke:1/0 has hash a here and b there" } as const;

test.each([
  ["pass", report([one])],
  ["inconclusive", report([{ ...one, missedGates: [gate] }])],
  ["inconclusive", report([{ ...one, seeds: 0 }])],
  ["interrupted", { ...report([one]), interrupted: true }],
  ["fail", { ...report([one]), pinned: [failedPin] }],
  ["internal", { ...report([one]), twin: other }],
] as const)("outcome: %s", (outcome, told) => {
  expect(runOutcome(told)).toBe(outcome);
  const words = outcome === "internal" ? "the test bed is not deterministic" : outcome;
  expect(verdictLine(told, painter)).toMatch(new RegExp(`^${words}: `));
});

test("JSON and JUnit carry every scenario", () => {
  expect(runBody(report([one]))).toMatchObject({
    totals: { seeds: 200, events: 1_000_000 },
    scenarios: [{ name: "partitions-minority", checks: { "election safety": 3 } }],
    failures: [],
  });
  const missed = runJunit(report([{ ...one, missedGates: [gate] }])).suites[0]?.cases[0];
  expect(missed).toMatchObject({ outcome: "skipped", message: expect.stringContaining("crashed") });
});
