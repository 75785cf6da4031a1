/**
 * C20: a request leaves nothing behind that nobody asked for: no stored value in an error text, no
 * cleared TTL, no write into another keyspace, no heap of tombstones, no state that grows. A
 * sandbox gives a plugin neither threads nor files, sockets or clocks: what a native build does
 * with those is not seen, and the report says so.
 * Source: verify-checks.md 3.1, C20 and hazard H28.
 */
import { defaultPluginLimits } from "../../../plugins/index.ts";
import { hex } from "../../../sim/bytes.ts";
import type { VerifyCase } from "../case.ts";
import type {
  Check,
  CheckGate,
  Complaint,
  DrawOptions,
  Seen,
  StoryLine,
  Subject,
} from "../check.ts";
import { type Measured, measureRepeated, peakMemory } from "../cost/cost.ts";
import { drawCases } from "../draws.ts";
import { Rows, type Told } from "../emulator.ts";
import type { HintCode } from "../hints.ts";
import { wholeSpace } from "../layout-run.ts";
import { rangesText, rowsText } from "../number-line.ts";
import {
  foreignKey,
  keyList,
  overwritten,
  type Severity,
  secretIn,
  wastedDeletes,
} from "../side-effects.ts";
import { callText, endText, isWriteCall } from "../told-text.ts";

const effectRelations = [
  "plain", // a request as drawn, with or without a failing storage call
  "canary", // all values are one text that no plugin can decode, and that must not come back
  "again", // the same request many times on one node
] as const;

/** Base cases at most. */
const basesMax = 20;
/** Storage calls of one request that are made to fail, from the first on. */
const callsMax = 3;
/** How often the same request is sent to one node. */
const repetitions = 64;
/** Wasted deletes that one request may make where the contract says nothing. */
const tombstonesMax = 16;

const canary = Uint8Array.from(Buffer.from("canary-7f3a91c4"));

const gates: readonly CheckGate[] = [
  { name: "answered", sentence: "a request was answered" },
  { name: "repeated", sentence: "the same request was answered many times by one node" },
  { name: "failed", sentence: "a storage call failed", onlyIf: "called" },
];

/** Nothing is left behind that nobody asked for. */
export const sideEffects: Check = {
  id: "C20",
  title: "side effects",
  sentence: "a request leaves nothing behind that nobody asked for",
  needsContract: null,
  emptyMeans: null,
  exhaustive: false,
  shrinks: ["rows", "ranges", "values", "request", "fault"],
  relations: effectRelations,
  gates: () => gates,
  cases: effectCases,
  judge(subject, one, seen) {
    if (subject.contract?.isRequest(one.request) === false) return null; // C9's matter.
    seen.note("unseen", "not seen in a sandbox: threads, files, sockets, clocks of a native build");
    if (one.relation === "again") return growthComplaint(subject, one, seen);
    const told = run(subject, one);
    if (told.end.kind === "response") seen.saw("answered");
    if (one.fault !== null && told.trace.length >= one.fault.call) seen.saw("failed");
    if (told.trace.length > 0) seen.saw("called");
    return secretComplaint(one, told) ?? writeComplaint(subject, one, { told, seen });
  },
  story: effectStory,
};

const severityOf: Readonly<Partial<Record<HintCode, Severity>>> = {
  "C20-SECRET": "high",
  "C20-TTL": "high",
  "C20-KEYSPACE": "high",
  "C20-WRITES": "high",
  "C20-TOMBSTONES": "medium",
  "C20-STATE": "medium",
};

function complaint(hint: HintCode, message: string, expected: string, observed: string): Complaint {
  return { hint, message: `${severityOf[hint] ?? "low"}: ${message}`, expected, observed };
}

function secretComplaint({ rows }: VerifyCase, { end }: Told): Complaint | null {
  if (end.kind !== "error" && end.kind !== "panic") return null;
  const text = endText(end);
  const given = secretIn(text, rows);
  if (given === null) return null;
  const message = `the text of an error holds the value of ${keyList([given.key])}: ${text}`;
  return complaint("C20-SECRET", message, "no stored value in the text", text);
}

function writeComplaint(
  { contract }: Subject,
  { rows, ranges }: VerifyCase,
  { told: { trace }, seen }: { readonly told: Told; readonly seen: Seen },
): Complaint | null {
  const write = trace.find(({ call }) => isWriteCall(call));
  if (write === undefined) return null;
  if (contract?.kind === "read") {
    const message = `the contract says read, the plugin writes: ${callText(write.call)}`;
    return complaint("C20-WRITES", message, "no write", callText(write.call));
  }
  const storage = contract?.storage ?? "v1";
  const foreign = foreignKey(storage, trace, ranges);
  if (foreign !== null) {
    const message = `${keyList([foreign])} lies in no keyspace of ${rangesText(ranges)}`;
    return complaint("C20-KEYSPACE", message, "only keys of the given keyspaces", foreign);
  }
  const cleared = overwritten(trace, rows);
  if (cleared.length > 0 && storage !== "v1") {
    const message = `putting ${keyList(cleared)} again clears the TTL that the row may have`;
    return complaint("C20-TTL", message, "no put over a row that may expire", keyList(cleared));
  }
  if (cleared.length > 0) {
    seen.note(
      "ttl",
      "low: it puts over rows that are there; with TTL that would clear theirs (H28)",
    );
  }
  const wasted = wastedDeletes(trace, rows);
  const most = contract?.budgets.tombstones ?? tombstonesMax;
  if (wasted > most) {
    const message = `one request deletes ${wasted} times what is not there, the budget is ${most}`;
    return complaint("C20-TOMBSTONES", message, `at most ${most}`, `${wasted} tombstones`);
  }
  if (wasted > 0)
    seen.note("tombstones", "low: it deletes what is not there: a tombstone each time");
  return null;
}

/** The same request costs the same for ever, in fuel and in memory. */
function growthComplaint(subject: Subject, one: VerifyCase, seen: Seen): Complaint | null {
  const { plugin, contract } = subject;
  const call = { plugin, limits: contract?.limits ?? defaultPluginLimits, ...one };
  const runs = measureRepeated(call, repetitions);
  const last = runs.at(-1);
  // What dies at once is C8's matter.
  if (last === undefined || (runs.length === 1 && last.kind !== "answered")) return null;
  const expected = "the same cost each time";
  if (last.kind !== "answered") {
    const observed = last.kind === "limit" ? last.text : "it died";
    const message = `the same request is answered ${runs.length - 1} times, then: ${observed}`;
    return complaint("C20-STATE", message, expected, observed);
  }
  seen.saw("repeated");
  // A collector makes single requests dear: only what never comes down again has grown.
  const fuel = runs.slice(1).map(fuelOf);
  const early = Math.max(...fuel.slice(0, window));
  const late = Math.min(...fuel.slice(-window));
  if (late > early * 1.25) {
    const message = `the same request costs up to ${early} units of fuel, later at least ${late}`;
    return complaint("C20-STATE", message, expected, `${late} units of fuel`);
  }
  return memoryComplaint(call, expected);
}

type RepeatedCall = Parameters<typeof measureRepeated>[0];

/** Twice the memory of one request, and a megabyte for a collector that takes its time. */
function memoryComplaint(call: RepeatedCall, expected: string): Complaint | null {
  const once = peakMemory(call, 0);
  if (once === null) return null;
  const pages = Math.min(call.limits.memoryPages, (once / 65_536) * 2 + 16);
  const limits = { ...call.limits, memoryPages: pages };
  const last = measureRepeated({ ...call, limits }, repetitions * 4).at(-1);
  if (last?.kind !== "limit" || last.reason !== "memory") return null;
  const given = pages * 65_536;
  const message = `one request fits in ${once} bytes, ${repetitions * 4} of them not in ${given}`;
  return complaint("C20-STATE", message, expected, `more than ${given} bytes`);
}

/** Requests that are compared, of the first ones and of the last ones. */
const window = 16;

const fuelOf = (measured: Measured): number =>
  measured.kind === "answered" ? measured.cost.cost : 0;

function* effectCases(subject: Subject, options: DrawOptions): Generator<VerifyCase> {
  const seeds = Math.min(options.seeds, basesMax);
  for (const [number, base] of drawCases(subject, { ...options, seeds }).entries()) {
    yield { ...base, relation: "plain" };
    const rows = base.rows.map(({ key }) => ({ key, value: canary }));
    yield { ...base, rows, relation: "canary" };
    const calls = Math.min(callsMax, run(subject, base).trace.length);
    for (let call = 1; call <= calls; call++) {
      const fault = { call, errorClass: "Timeout" } as const;
      yield { ...base, fault, relation: "plain" };
      yield { ...base, rows, fault, relation: "canary" };
    }
    if (number < repeatedBases) yield { ...base, relation: "again" };
  }
}

/** Base cases whose request is repeated. */
const repeatedBases = 4;

function run(subject: Subject, { rows, ranges, request, fault }: VerifyCase): Told {
  const call = { request: { ranges, data: request }, region: wholeSpace, fault };
  return subject.fresh().call({ ...call, rows: new Rows(rows) });
}

function effectStory(subject: Subject, one: VerifyCase): readonly StoryLine[] {
  const { contract } = subject;
  const { trace, end } = run(subject, one);
  const calls = trace.map(({ call }, at) => {
    const failed = at + 1 === one.fault?.call ? ` -> ${one.fault.errorClass}` : "";
    return `${at + 1} ${callText(call)}${failed}`;
  });
  const often = one.relation === "again" ? [{ label: "sent", text: `${repetitions} times` }] : [];
  return [
    { label: "rows", text: rowsText(one.rows, contract) },
    { label: "request", text: contract?.requestText(one.request) ?? (hex(one.request) || "none") },
    { label: "ranges", text: rangesText(one.ranges) },
    ...often,
    { label: "calls", text: calls.slice(0, 12).join(",  ") || "none" },
    { label: "ends in", text: endText(end) },
  ];
}
