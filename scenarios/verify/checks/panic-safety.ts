/**
 * C8: well-formed requests never stop a node, whatever the data, the ranges and the storage errors.
 * TiKV has no catch, no time limit and no memory limit around a plugin: what ends one, ends the
 * process. Source: verify-checks.md 3.1, C8 and fact F2.
 */
import { fixedLayout } from "../../../nodes/index.ts";
import type { KeyRange, KvPair, TrapReason } from "../../../plugins/index.ts";
import { assert } from "../../../sim/assert.ts";
import { emptyBytes, hex } from "../../../sim/bytes.ts";
import { normalRows, type VerifyCase } from "../case.ts";
import type { Check, CheckGate, DrawOptions, StoryLine, Subject } from "../check.ts";
import { drawCases } from "../draws.ts";
import { Rows, type Told } from "../emulator.ts";
import { errorClasses } from "../error-classes.ts";
import { rangesText, rowsText } from "../number-line.ts";
import { callText, endText } from "../told-text.ts";

/** What is unusual about a case. */
const panicRelations = [
  "plain",
  "ranges",
  "rows",
  "fault",
  "staleLeft", // the ranges go beyond the region's end: scans are clipped, pairs are phantoms
  "staleRight", // the ranges begin before the region
] as const;

/** Storage calls of one request that are made to fail, from the first on. */
const callsMax = 4;
/** More requests, each tried as it is: a kind of request that is rare among those drawn. */
const plainFactor = 6;

/** The traps that stand for a plugin that never gives its thread back. */
export const endlessTraps: readonly TrapReason[] = ["fuel", "storageCalls", "scannedBytes"];

const gates: readonly CheckGate[] = [
  { name: "answered", sentence: "a well-formed request was answered" },
  { name: "everything", sentence: "a request ran over the whole key space with rows in it" },
  { name: "odd", sentence: "a request ran over rows that no generator of the contract made" },
  { name: "failed", sentence: "a storage call failed", onlyIf: "called" },
];

/** No panic, no trap. */
export const panicSafety: Check = {
  id: "C8",
  title: "panic safety",
  sentence: "a well-formed request never stops a node",
  needsContract: "it sends well-formed requests",
  emptyMeans: null,
  exhaustive: false,
  shrinks: ["cuts", "rows", "ranges", "values", "request", "fault"],
  relations: panicRelations,
  gates: () => gates,
  cases: panicCases,
  judge(subject, one, seen) {
    if (subject.contract?.isRequest(one.request) === false) return null; // C9's matter.
    if (one.relation.startsWith("stale") !== one.cuts.length > 0) return null;
    const told = run(subject, one);
    const { end, trace } = told;
    if (trace.length > 0) seen.saw("called");
    if (end.kind === "response") seen.saw("answered");
    if (one.relation === "rows") seen.saw("odd");
    if (one.fault !== null && trace.length >= one.fault.call) seen.saw("failed");
    if (one.rows.length > 0 && one.ranges.some(isEverything)) seen.saw("everything");
    if (end.kind === "response" || end.kind === "error") return null;
    const observed = endText(end);
    const expected = "an answer or an error";
    if (end.kind === "trap" && endlessTraps.includes(end.reason)) {
      const message = `the request never ends: ${observed}`;
      return { hint: "C8-ENDLESS", message, expected, observed };
    }
    return {
      hint: "C8-PANIC",
      message: `the plugin stops its node: ${observed}`,
      expected,
      observed,
    };
  },
  story(subject, one): readonly StoryLine[] {
    return pluginStory(subject, one, run(subject, one));
  },
};

/** The lines of one call: what went in, the storage calls, how it ended. */
export function pluginStory(
  { contract }: Subject,
  one: VerifyCase,
  { trace, end }: Told,
): readonly StoryLine[] {
  const calls = trace.map(({ call, answer }, at) => {
    const failed = answer.kind === "error" ? ` -> ${one.fault?.errorClass ?? "error"}` : "";
    return `${at + 1} ${callText(call)}${failed}`;
  });
  return [
    { label: "rows", text: rowsText(one.rows, contract) },
    { label: "bytes", text: hex(one.request) || "none: an empty request" },
    { label: "ranges", text: rangesText(one.ranges) },
    ...(one.cuts.length > 0
      ? [{ label: "cut", text: `${one.cuts.join(" ")} (${one.relation})` }]
      : []),
    { label: "calls", text: calls.length === 0 ? "none" : calls.join(",  ") },
    { label: "ends in", text: endText(end) },
  ];
}

const isEverything = ({ start, end }: KeyRange): boolean => start === "" && end === "";

function* panicCases(subject: Subject, options: DrawOptions): Generator<VerifyCase> {
  for (const base of drawCases(subject, options)) {
    yield { ...base, relation: "plain" };
    for (const ranges of edgeRanges(base)) yield { ...base, ranges, relation: "ranges" };
    for (const rows of oddRows(base)) yield { ...base, rows, relation: "rows" };
    const middle = base.rows[base.rows.length >> 1]?.key;
    if (middle !== undefined) {
      yield { ...base, cuts: [middle], relation: "staleLeft" };
      yield { ...base, cuts: [middle], relation: "staleRight" };
    }
    const calls = Math.min(callsMax, run(subject, base).trace.length);
    for (let call = 1; call <= calls; call++) {
      for (const errorClass of errorClasses) {
        yield { ...base, fault: { call, errorClass }, relation: "fault" };
      }
    }
  }
  const more = { seeds: options.seeds * plainFactor, seed: options.seed + 1 };
  for (const base of drawCases(subject, more)) yield { ...base, relation: "plain" };
}

/** None, empty, backwards, everything, one key, twice the same, overlapping. */
function edgeRanges({ rows }: VerifyCase): readonly (readonly KeyRange[])[] {
  const a = rows[0]?.key ?? "a";
  const b = rows.at(-1)?.key ?? "b";
  const everything = { start: "", end: "" };
  const one = { start: a, end: `${a}\0` };
  return [
    [],
    [{ start: a, end: a }],
    [{ start: `${b}\0`, end: a }],
    [everything],
    [one],
    [one, one],
    [everything, { start: a, end: b }],
    [{ start: "\xff".repeat(32), end: "" }],
  ];
}

/** Values that another writer may have left: none, short, long, all bits, and odd keys. */
function oddRows({ rows }: VerifyCase): readonly (readonly KvPair[])[] {
  const filled = (size: number, byte: number) => new Uint8Array(size).fill(byte);
  const values = [emptyBytes, filled(1, 0), filled(7, 0xff), filled(8, 0xff), filled(300, 0x80)];
  const keys = ["\0", "\0\0", "\xff", "k\xff\xff", "k".repeat(300)];
  const odd = keys.map((key, at) => ({ key, value: values[at] ?? emptyBytes }));
  const replaced = values.map((value) => rows.map(({ key }) => ({ key, value })));
  return [normalRows([...rows, ...odd]), ...replaced.filter((one) => one.length > 0)];
}

function run(subject: Subject, { rows, ranges, request, cuts, fault, relation }: VerifyCase): Told {
  const regions = fixedLayout([1], cuts);
  const region = relation === "staleRight" ? regions.at(-1) : regions[0];
  assert(region !== undefined, "a layout has a region");
  const call = { request: { ranges, data: request }, region, fault };
  return subject.fresh().call({ ...call, rows: new Rows(rows) });
}
