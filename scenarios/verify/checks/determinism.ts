/**
 * C1: the same request gets the same answer by the same storage calls, whatever the plugin did
 * before. Clock, chance and hash seeds are not perturbed: the sandbox gives a plugin none of them.
 * Source: verify-checks.md 3.1, C1.
 */
import { fixedLayout } from "../../../nodes/index.ts";
import { assert } from "../../../sim/assert.ts";
import { compareBytes, emptyBytes, hex } from "../../../sim/bytes.ts";
import type { VerifyCase } from "../case.ts";
import type { Check, CheckGate, Complaint, StoryLine, Subject } from "../check.ts";
import { drawCases } from "../draws.ts";
import { died, type Host, Rows, type Told } from "../emulator.ts";
import { rangesText, rowsText } from "../number-line.ts";
import { callText, endText } from "../told-text.ts";

/** What comes between the two runs that must be equal. */
const perturbations = ["again", "afterOthers", "afterFailure", "afterAbandoned"] as const;
type Perturbation = (typeof perturbations)[number];

const words: Readonly<Record<Perturbation, string>> = {
  again: "sent a second time",
  afterOthers: "sent after unrelated requests",
  afterFailure: "sent after a request whose storage call failed",
  afterAbandoned: "sent after a request that was given up half-way",
};

const gates: readonly CheckGate[] = [
  { name: "calledStorage", sentence: "a compared request called storage" },
  { name: "answered", sentence: "a compared request was answered" },
  { name: "others", sentence: "unrelated requests ran in between" },
];

/** Same answer by the same calls. */
export const determinism: Check = {
  id: "C1",
  title: "determinism",
  sentence: "the same request gets the same answer by the same storage calls",
  needsContract: null,
  emptyMeans: null,
  exhaustive: false,
  shrinks: ["rows", "ranges", "values", "request"],
  relations: perturbations,
  gates: () => gates,
  *cases(subject, options) {
    for (const base of drawCases(subject, options)) {
      for (const relation of perturbations) yield { ...base, relation };
    }
  },
  judge(subject, one, seen) {
    const { first, second, others } = bothRuns(subject, one);
    if (died(first.end) && died(second.end)) return null; // C8's matter.
    if (first.trace.length > 0) seen.saw("calledStorage");
    if (first.end.kind === "response") seen.saw("answered");
    if (others > 0) seen.saw("others");
    return complaintOf(one, first, second);
  },
  story(subject, one): readonly StoryLine[] {
    const { first, second } = bothRuns(subject, one);
    const request = subject.contract?.requestText(one.request);
    return [
      { label: "rows", text: rowsText(one.rows, subject.contract) },
      ...(request === undefined ? [] : [{ label: "request", text: request }]),
      { label: "bytes", text: hex(one.request) || "none" },
      { label: "ranges", text: rangesText(one.ranges) },
      { label: "fresh", text: toldText(first) },
      { label: "then", text: `${toldText(second)} (${words[one.relation as Perturbation]})` },
    ];
  },
};

const toldText = ({ trace, end }: Told): string =>
  [...trace.map(({ call }) => callText(call)), endText(end)].join("; ");

/** The run on a fresh plugin, and the one that follows the perturbation. */
function bothRuns(
  subject: Subject,
  one: VerifyCase,
): { readonly first: Told; readonly second: Told; readonly others: number } {
  const first = run(subject.fresh(), one);
  const host = subject.fresh();
  const others = perturb(host, one);
  return { first, second: run(host, one), others };
}

const wholeSpace = fixedLayout([1], [])[0];

function run(host: Host, { rows, ranges, request }: VerifyCase): Told {
  assert(wholeSpace !== undefined, "a layout without cuts has one region");
  const call = { request: { ranges, data: request }, region: wholeSpace };
  return host.call({ ...call, rows: new Rows(rows), fault: null });
}

/** Runs what comes before. Returns how many requests did not kill the plugin. */
function perturb(host: Host, one: VerifyCase): number {
  assert(wholeSpace !== undefined, "a layout without cuts has one region");
  const { ranges, request, rows } = one;
  switch (one.relation as Perturbation) {
    case "again":
      return Number(!died(run(host, one).end));
    case "afterOthers": {
      const backwards = [...rows].reverse();
      const shuffled = rows.map(({ key }, at) => ({
        key,
        value: backwards[at]?.value ?? emptyBytes,
      }));
      const others: readonly VerifyCase[] = [
        { ...one, rows: [] },
        { ...one, rows: shuffled, ranges: [{ start: "", end: "" }] },
        {
          ...one,
          request: request.map((byte, at) => (at === request.length - 1 ? byte ^ 1 : byte)),
        },
      ];
      // A plugin that dies is loaded afresh: nothing of it is left to perturb.
      return others.filter((other) => !died(run(host, other).end)).length;
    }
    case "afterFailure": {
      const call = { request: { ranges, data: request }, region: wholeSpace };
      const fault = { call: 1, errorClass: "NotLeader" } as const;
      return Number(!died(host.call({ ...call, rows: new Rows(rows), fault }).end));
    }
    case "afterAbandoned":
      host.abandon({ ranges, data: request });
      return 1;
    default:
      assert(false, "a case of C1 names its perturbation");
  }
}

function complaintOf(one: VerifyCase, first: Told, second: Told): Complaint | null {
  const relation = words[one.relation as Perturbation];
  const expected = toldText(first);
  const observed = toldText(second);
  const hint = "C1-STATE" as const;
  const calls = Math.max(first.trace.length, second.trace.length);
  for (let at = 0; at < calls; at++) {
    const [a, b] = [first.trace[at], second.trace[at]].map((one) =>
      one === undefined ? "no call" : callText(one.call),
    );
    if (a === b) continue;
    const message = `storage call ${at + 1} is ${a} on a fresh plugin, but ${b} when ${relation}`;
    return { hint, message, expected, observed };
  }
  const left = endText(first.end);
  const right = endText(second.end);
  if (sameEnd(first, second)) return null;
  const offset = firstDifference(first, second);
  const place = offset === null ? "" : `, from byte ${offset} on`;
  const message = `answers ${left} on a fresh plugin, but ${right} when ${relation}${place}`;
  return { hint, message, expected, observed };
}

function sameEnd({ end: a }: Told, { end: b }: Told): boolean {
  if (a.kind === "response" && b.kind === "response") return compareBytes(a.data, b.data) === 0;
  return a.kind === b.kind && endText(a) === endText(b);
}

function firstDifference({ end: a }: Told, { end: b }: Told): number | null {
  if (a.kind !== "response" || b.kind !== "response") return null;
  const at = a.data.findIndex((byte, index) => byte !== b.data[index]);
  return at < 0 ? Math.min(a.data.length, b.data.length) : at;
}
