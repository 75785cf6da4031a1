/**
 * C6: storage errors reach the client. Every class at every storage call, once each.
 * Source: verify-checks.md 3.1, C6 and facts F3, F4.
 */
import { fixedLayout } from "../../../nodes/index.ts";
import type { StorageCall } from "../../../plugins/index.ts";
import { assert } from "../../../sim/assert.ts";
import type { VerifyCase } from "../case.ts";
import type { Check, CheckGate, DrawOptions, StoryLine, Subject } from "../check.ts";
import type { Contract } from "../contract.ts";
import { drawCases } from "../draws.ts";
import { died, Rows, type Told } from "../emulator.ts";
import { downgradedClasses, type ErrorClass, errorClasses } from "../error-classes.ts";
import type { HintCode } from "../hints.ts";
import type { CellVerdict } from "../matrix.ts";
import { rangesText, rowsText } from "../number-line.ts";
import { callText, endText, isWriteCall } from "../told-text.ts";

/** Storage calls of one request that are made to fail, from the first on. */
const callsMax = 8;
/** Base cases at most: each costs a run for every call and class. */
const basesMax = 30;

const gates: readonly CheckGate[] = errorClasses.map((one) => ({
  name: one,
  sentence: `a storage call failed with ${one}`,
}));

/** No answer after a failed call; region errors untouched; no writes after an error. */
export const errorPropagation: Check = {
  id: "C6",
  title: "error propagation",
  sentence: "a failed storage call reaches the client as the error it is",
  needsContract: "it sends requests that reach storage",
  emptyMeans: "no drawn request called storage",
  exhaustive: true,
  shrinks: ["rows", "ranges", "values", "request", "fault"],
  relations: [""],
  gates: () => gates,
  cases: failingCases,
  judge(subject, one, seen) {
    const { fault } = one;
    const { contract } = subject;
    if (fault === null || contract === null) return null;
    if (contract.isRequest(one.request) === false) return null; // C9's matter.
    const told = run(subject, one);
    const failed = told.trace[fault.call - 1];
    if (failed === undefined) return null; // The plugin made fewer calls than that.
    seen.saw(fault.errorClass);
    const verdict = verdictOf(contract, told, { ...fault, failed: failed.call });
    seen.matrix?.add(fault.call, failed.call.kind, fault.errorClass, verdict);
    const hint = hints[verdict];
    if (hint === null) return null;
    const place = `storage call ${fault.call} (${callText(failed.call)})`;
    const message = `${place} fails with ${fault.errorClass}, ${words[verdict]}`;
    return { hint, message, expected: expectedText(fault.errorClass), observed: endText(told.end) };
  },
  story(subject, one): readonly StoryLine[] {
    const { trace, end } = run(subject, one);
    const calls = trace.map(({ call }, at) => {
      const failed = at + 1 === one.fault?.call ? ` -> ${one.fault.errorClass}` : "";
      return `${at + 1} ${callText(call)}${failed}`;
    });
    return [
      { label: "rows", text: rowsText(one.rows, subject.contract) },
      { label: "request", text: subject.contract?.requestText(one.request) ?? "" },
      { label: "ranges", text: rangesText(one.ranges) },
      { label: "calls", text: calls.join(",  ") },
      { label: "ends in", text: endText(end) },
      { label: "expected", text: expectedText(one.fault?.errorClass ?? "NotLeader") },
    ];
  },
};

function* failingCases(subject: Subject, options: DrawOptions): Generator<VerifyCase> {
  for (const base of drawCases(subject, { ...options, seeds: Math.min(options.seeds, basesMax) })) {
    const calls = Math.min(callsMax, run(subject, base).trace.length);
    for (let call = 1; call <= calls; call++) {
      for (const errorClass of errorClasses) yield { ...base, fault: { call, errorClass } };
    }
  }
}

const wholeSpace = fixedLayout([1], [])[0];

function run(subject: Subject, { rows, ranges, request, fault }: VerifyCase): Told {
  assert(wholeSpace !== undefined, "a layout without cuts has one region");
  const call = { request: { ranges, data: request }, region: wholeSpace, fault };
  return subject.fresh().call({ ...call, rows: new Rows(rows) });
}

type Failed = {
  readonly call: number;
  readonly errorClass: ErrorClass;
  readonly failed: StorageCall;
};

function verdictOf(
  contract: Contract,
  told: Told,
  { call, errorClass, failed }: Failed,
): CellVerdict {
  const { end, trace } = told;
  if (died(end)) return "died";
  if (contract.mayFail(failed)) return "optional";
  if (end.kind !== "error") return "swallowed";
  const wrote = trace
    .slice(call)
    .some((later) => isWriteCall(later.call) && !contract.mayCleanUp(later.call));
  if (wrote) return "wrote-after-error";
  if (downgradedClasses.includes(errorClass)) return "ok"; // Text is all that a client would see.
  // Only the box that the host handed out still holds the region error.
  const kept = end.error.kind === "other" && told.box.regionError(end.error.handle) !== null;
  return kept ? "ok" : "rewrapped";
}

const hints: Readonly<Record<CellVerdict, HintCode | null>> = {
  ok: null,
  optional: null,
  died: null, // C8's matter.
  rewrapped: "C6-REWRAPPED",
  "wrote-after-error": "C6-WROTE",
  swallowed: "C6-SWALLOWED",
};

const words: Readonly<Record<CellVerdict, string>> = {
  ok: "and comes back",
  optional: "which the contract allows",
  died: "and the plugin dies",
  rewrapped: "and comes back as an error without its region error: the client cannot retry",
  "wrote-after-error": "and the plugin writes on",
  swallowed: "and the plugin answers all the same",
};

const expectedText = (errorClass: ErrorClass): string =>
  downgradedClasses.includes(errorClass) ? "an error" : `the region error ${errorClass}, untouched`;
