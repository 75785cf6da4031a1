/**
 * The text of `verify`. To add a case, add a command line to testdata/verify-report.txt and run
 * with REWRITE=1; the reports are made below.
 */
import { expect, test } from "vitest";
import type { CheckReport, Finding } from "../scenarios/verify/index.ts";
import { runGolden } from "../sim/testing/datadriven.ts";
import { createPainter } from "./console.ts";
import {
  checkLine,
  findingBlock,
  levelLine,
  matrixTable,
  type ToldFinding,
  targetLines,
  unloadableBlock,
  type VerifyReport,
  verifyBody,
  verifyJunit,
  verifyOutcome,
  verifyVerdict,
} from "./verify-report.ts";

const paint = createPainter({ colour: false });

const finding: Finding = {
  check: "C3",
  complaint: {
    hint: "C3-LAYOUT",
    message: "average 0 in one region, but over several: average 0.5",
    expected: "average 0",
    observed: "average 0.5",
  },
  smallest: {
    rows: [],
    ranges: [],
    request: new Uint8Array(2),
    cuts: ["k2"],
    relation: "regions",
    fault: null,
    disturbance: null,
  },
  original: { cuts: 4, keys: 1_041, bytes: 300 },
  shrunk: { cuts: 1, keys: 2, bytes: 17 },
  story: [
    { label: "layout A", text: "|k1 k2|    -> average 0" },
    { label: "layout B", text: "|k1 ¦ k2|  -> average 0.5" },
    { label: "", text: "    ^ cut at k2" },
    { label: "long", text: `${"word ".repeat(30)}end` },
    { label: "hostile", text: "a\u001b[2Jb" },
  ],
  confirmation: { agrees: true, text: "confirmed in the simulated cluster: 3 stores, 2 regions" },
  origin: "plugin",
};

const passed: CheckReport = {
  id: "C1",
  title: "determinism",
  sentence: "the same request gets the same answer",
  outcome: "passed",
  reason: "",
  cases: 1_240,
  gates: [],
  finding: null,
  foundMs: null,
  matrix: null,
  notes: [],
  costs: null,
  elapsedMs: 520,
};

const limitations = { classes: ["NotLeader", "Timeout"], downgraded: ["Timeout"] };

const checks: Readonly<Record<string, CheckReport>> = {
  passed,
  failed: {
    ...passed,
    id: "C3",
    title: "split invariance",
    outcome: "failed",
    finding,
    foundMs: 310,
  },
  missed: {
    ...passed,
    outcome: "inconclusive",
    reason: "it never happened that a cut fell between two live keys",
  },
  skipped: { ...passed, outcome: "skipped", reason: "needs a contract: it merges the parts" },
  noted: { ...passed, notes: ["at most 4 requests at a time are safe"] },
  errors: {
    ...passed,
    id: "C6",
    title: "error propagation",
    matrix: [
      { call: 1, operation: "scan", cells: ["ok", "swallowed"] },
      { call: 2, operation: "put", cells: ["rewrapped", null] },
    ],
  },
};

const told: ToldFinding = {
  finding,
  sentence: "same answer for any region layout",
  advice: "a part finished what only the client can",
  hint: "C3-LAYOUT",
  file: ".coprsim/failures/aggregate-C3-7f3100.repro.json",
  matrix: "",
};

const report: VerifyReport = {
  costs: null,
  target: {
    artefact: "plugin.wasm",
    kind: "wasm",
    name: "aggregate",
    version: "1.0.0",
    hash: "0123456789abcdef",
    build: { apiVersion: "0.1.0", rustc: "rustc 1.89.0-nightly", target: "x86_64" },
    contract: null,
  },
  unloadable: null,
  checks: [passed],
  levelOf: new Map([["C1", "L1"]]),
  findings: [],
  level: { asked: null, reached: null, missing: [], ran: 1, held: 1, count: 20 },
  fidelity: "tikv",
  seed: "1",
  elapsedMs: 1_300,
  interrupted: false,
};

const withChecks = (...names: readonly string[]): VerifyReport => ({
  ...report,
  checks: names.map((name) => checks[name] ?? passed),
});

const reports: Readonly<Record<string, VerifyReport>> = {
  passed: report,
  failed: { ...withChecks("passed", "failed"), findings: [told] },
  missed: withChecks("passed", "missed"),
  nothing: { ...withChecks("skipped"), level: { ...report.level, ran: 0 } },
  interrupted: { ...report, interrupted: true },
  level: { ...report, level: { ...report.level, asked: "L1", missing: ["C14", "C5", "C10"] } },
  unloadable: { ...report, checks: [], unloadable: "TiKV refuses it: target mismatch" },
};

test("text", () => {
  runGolden(new URL("testdata/verify-report.txt", import.meta.url), ({ command, args }) => {
    const [name = ""] = args;
    switch (command) {
      case "check":
        return checkLine(checks[name] ?? passed, limitations, paint);
      case "matrix":
        return matrixTable(checks["errors"] ?? passed, limitations, paint);
      case "finding":
        return findingBlock(told, paint);
      case "target":
        return targetLines(report.target, paint);
      case "unloadable":
        return unloadableBlock(reports["unloadable"] ?? report, paint);
      default: {
        const one = reports[name] ?? report;
        const outcome = verifyOutcome(one);
        return [outcome, verifyVerdict(one, paint), levelLine(one.level)].join("\n");
      }
    }
  });
});

test("only all checks are called verified", () => {
  expect(levelLine({ ...report.level, ran: 20, held: 20, reached: "L3" })).toBe(
    "verified: level L3",
  );
  expect(levelLine({ ...report.level, ran: 6, reached: "L1" })).toBe(
    "partial: 6 of 20 checks, level L1",
  );
});

test("JSON and JUnit have what the text has", () => {
  const failed = reports["failed"] ?? report;
  const body = JSON.stringify(verifyBody(failed));
  for (const part of ["C3-LAYOUT", "average 0.5", "k2", told.file, "confirmed", "coprsim replay"]) {
    expect(body).toContain(part);
  }
  const [suite] = verifyJunit(failed).suites;
  expect(suite?.cases.map(({ name, outcome }) => `${name}: ${outcome}`)).toEqual([
    "load: passed",
    "C1 determinism: passed",
    "C3 split invariance: failed",
  ]);
});
