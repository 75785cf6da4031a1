/**
 * C5: a plugin touches nothing outside of the ranges that it was given. A client cuts ranges at
 * region ends, so whatever leaves a range leaves its region in some layout, and there TiKV answers
 * short without a word. Without a contract nobody knows which ranges belong to which request: then
 * only what the plugin touches whatever the request says is counted.
 * Source: verify-checks.md 3.1, C5 and fact F6.
 */
import type { KeyRange } from "../../../plugins/index.ts";
import { compareBytes, emptyBytes } from "../../../sim/bytes.ts";
import type { VerifyCase } from "../case.ts";
import type { Check, CheckGate, Complaint, DrawOptions, StoryLine, Subject } from "../check.ts";
import { drawCases } from "../draws.ts";
import { type Host, Rows, type TracedCall } from "../emulator.ts";
import { type Sharded, shardedRanges, wholeSpace } from "../layout-run.ts";
import { numberLine, rangesText, rowsText } from "../number-line.ts";
import { fateOf, policyRanges, type Stray, strayOf, uncovered } from "../strays.ts";
import { answerWords, callText } from "../told-text.ts";

/** How the pieces between the cuts are asked. */
const containmentRelations = [
  "ranges", // each piece of the ranges, all of them in one region
  "regions", // each piece in a region of its own, as a client sends it
] as const;

/** Cuts of one base case that are tried. */
const cutsMax = 8;

const gates: readonly CheckGate[] = [
  { name: "called", sentence: "a request called storage" },
  { name: "beyond", sentence: "a region held rows outside of the given ranges" },
  { name: "clipped", sentence: "a region ended inside of what the client asked for" },
];

/** No access outside of the given ranges. */
export const containment: Check = {
  id: "C5",
  title: "containment",
  sentence: "a request touches nothing outside of the ranges it was given",
  needsContract: null,
  emptyMeans: null,
  exhaustive: false,
  shrinks: ["cuts", "rows", "ranges", "values", "request"],
  relations: containmentRelations,
  gates: () => gates,
  cases: containedCases,
  judge(subject, one, seen) {
    if (subject.contract?.isRequest(one.request) === false) return null; // C9's matter.
    const host = subject.fresh();
    for (const piece of piecesOf(one)) {
      const trace = callsOf(host, one, piece);
      if (trace.length > 0) seen.saw("called");
      const { region, ranges } = piece;
      const beyond = one.rows.some(
        ({ key }) => contains(region, key) && !ranges.some((range) => contains(range, key)),
      );
      if (beyond) seen.saw("beyond");
      if (one.relation === "regions" && one.cuts.length > 0) seen.saw("clipped");
      const found = firstStray(subject, one, { ...piece, host, trace });
      if (found !== null) return complaintOf(found, piece);
    }
    return null;
  },
  story: strayStory,
};

type Traced = Sharded & { readonly host: Host; readonly trace: readonly TracedCall[] };
type Found = { readonly traced: TracedCall; readonly at: number; readonly stray: Stray };

function piecesOf({ ranges, cuts, relation }: VerifyCase): readonly Sharded[] {
  const parts = shardedRanges(ranges, cuts);
  return relation === "regions" ? parts : parts.map((part) => ({ ...part, region: wholeSpace }));
}

function callsOf(host: Host, one: VerifyCase, piece: Sharded): readonly TracedCall[] {
  const { region, ranges } = piece;
  const request = { ranges, data: one.request };
  const rows = new Rows(one.rows);
  return host.call({ request, region, rows, fault: null }).trace;
}

function firstStray(subject: Subject, one: VerifyCase, piece: Traced): Found | null {
  const { region, ranges, trace } = piece;
  for (const [at, traced] of trace.entries()) {
    const { call } = traced;
    const allowed = policyRanges(subject.contract?.containment ?? "strict", call);
    const stray = strayOf(call, region, [...ranges, ...allowed]);
    if (stray === null) continue;
    if (subject.contract === null && !strayWhateverAsked(one, piece, stray)) continue;
    return { traced, at, stray };
  }
  return null;
}

/** With other bytes, the same place is touched: it was not the request that asked for it. */
function strayWhateverAsked(one: VerifyCase, piece: Traced, { outside }: Stray): boolean {
  const others = [emptyBytes, Uint8Array.of(0), one.request.map((byte) => byte ^ 0xff)];
  const different = others.filter((request) => compareBytes(request, one.request) !== 0);
  return different.every((request) =>
    callsOf(piece.host, { ...one, request }, piece).some(({ call }) => {
      const stray = strayOf(call, piece.region, piece.ranges);
      return stray !== null && uncovered(outside, [stray.outside]) === null;
    }),
  );
}

function complaintOf({ traced, stray }: Found, { ranges, region }: Sharded): Complaint {
  const { kind, leavesRegion, text } = stray;
  const where = leavesRegion ? `region ${region.id} and the given ranges` : "the given ranges";
  return {
    hint: kind === "write" ? "C5-WRITE" : "C5-READ",
    message: `${callText(traced.call)} leaves ${where}: ${text}; ${fateOf(traced.call, stray)}`,
    expected: `only ${rangesText(ranges)} touched`,
    observed: `${text} touched, too`,
  };
}

function strayStory(subject: Subject, one: VerifyCase): readonly StoryLine[] {
  const { contract } = subject;
  const lines: StoryLine[] = [
    { label: "rows", text: rowsText(one.rows, contract) },
    { label: "request", text: contract?.requestText(one.request) ?? "random bytes" },
    { label: "asked", text: rangesText(one.ranges) },
    {
      label: "layout",
      text: numberLine(one.rows, one.relation === "regions" ? one.cuts : []).line,
    },
  ];
  const host = subject.fresh();
  for (const piece of piecesOf(one)) {
    const trace = callsOf(host, one, piece);
    const found = firstStray(subject, one, { ...piece, host, trace });
    if (found === null) continue;
    const { region, ranges } = piece;
    const { traced, at, stray } = found;
    const bounds = rangesText([{ start: region.start, end: region.end }]);
    return [
      ...lines,
      { label: "region", text: `${region.id} ${bounds}, given ${rangesText(ranges)}` },
      { label: "call", text: `${at + 1} ${callText(traced.call)}` },
      { label: "outside", text: `${stray.text}${stray.leavesRegion ? ", another region's" : ""}` },
      { label: "answer", text: answerWords(traced.answer) },
      { label: "TiKV", text: fateOf(traced.call, stray) },
    ];
  }
  return lines;
}

function* containedCases(subject: Subject, options: DrawOptions): Generator<VerifyCase> {
  for (const base of drawCases(subject, options)) {
    yield { ...base, relation: "ranges" };
    const cuts = boundariesOf(base);
    for (const cut of cuts) {
      yield { ...base, cuts: [cut], relation: "regions" };
      yield { ...base, cuts: [cut], relation: "ranges" };
    }
    if (cuts.length > 1) yield { ...base, cuts, relation: "regions" };
  }
}

/** Ends of the ranges, then keys: in key order, at most `cutsMax`. */
function boundariesOf({ rows, ranges }: VerifyCase): readonly string[] {
  const found = new Set<string>();
  for (const { start, end } of ranges) found.add(start).add(end);
  for (const { key } of rows) found.add(key);
  found.delete("");
  return [...found].slice(0, cutsMax).sort((a, b) => (a < b ? -1 : 1));
}

const contains = ({ start, end }: KeyRange, key: string): boolean =>
  key >= start && (end === "" || key < end);
