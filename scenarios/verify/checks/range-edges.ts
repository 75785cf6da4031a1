/**
 * C10: odd range lists get the answer that they ask for. Nothing is asked: nothing is told and
 * nothing changes. A list without overlaps: the answer about just the rows inside. Overlaps: keys
 * count once, or once a range, but always the same way.
 * Source: verify-checks.md 3.1, C10.
 */
import type { KeyRange, KvPair } from "../../../plugins/index.ts";
import { assert, unreachable } from "../../../sim/assert.ts";
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
import type { Contract } from "../contract.ts";
import { drawCases } from "../draws.ts";
import { type Host, Rows, type Told } from "../emulator.ts";
import type { HintCode } from "../hints.ts";
import { answerText, type ClientAnswer, clientAnswer, wholeSpace } from "../layout-run.ts";
import { rangesText, rowsText } from "../number-line.ts";
import { policyWords, shownPolicies } from "../overlap-policy.ts";
import {
  anyOverlap,
  disjointEdges,
  longestKey,
  nothings,
  overlaps,
  withOddKeys,
} from "../range-edges.ts";
import { isEmptyRange, policyRanges } from "../strays.ts";
import { endText, isWriteCall } from "../told-text.ts";

/** What is odd about a case's ranges. */
const edgeRelations = ["nothing", "edge", "overlap"] as const;
type EdgeRelation = (typeof edgeRelations)[number];

/** Base cases at most: each gives some 30 lists. */
const basesMax = 20;

const gates: readonly CheckGate[] = [
  { name: "nothing", sentence: "nothing was asked for while there were rows" },
  {
    name: "odd",
    sentence: "a range began or ended at a byte 0x00 or 0xff, or at the longest key",
    onlyIf: "comparable",
  },
  {
    name: "overlap",
    sentence: "overlapping ranges got an answer that shows how often a key counts",
    onlyIf: "overlapping",
  },
];

/** Odd range lists get the answer that they ask for. */
export const rangeEdges: Check = {
  id: "C10",
  title: "range edges",
  sentence: "no range, an empty, odd or overlapping one gets just what it asks for",
  needsContract: "it compares answers",
  emptyMeans: null,
  exhaustive: false,
  shrinks: ["cuts", "rows", "ranges", "values", "request"],
  relations: edgeRelations,
  gates: () => gates,
  *cases(subject, options): Generator<VerifyCase> {
    const bases = { ...options, seeds: Math.min(options.seeds, basesMax) };
    yield* edgeCases(subject, bases);
  },
  judge(subject, one, seen) {
    const { contract } = subject;
    assert(contract !== null, "range edges have a contract");
    if (contract.isRequest(one.request) === false) return null; // C9's matter.
    const relation = one.relation as EdgeRelation;
    switch (relation) {
      case "nothing":
        return nothingComplaint(subject, contract, one, seen);
      case "edge":
        return edgeComplaint(subject, contract, one, seen);
      case "overlap":
        return overlapComplaint(subject, contract, one, seen);
      default:
        return unreachable(relation);
    }
  },
  story: edgeStory,
};

function* edgeCases(subject: Subject, options: DrawOptions): Generator<VerifyCase> {
  const reads = subject.contract?.kind === "read";
  for (const base of drawCases(subject, options)) {
    for (const ranges of nothings(base)) yield { ...base, ranges, relation: "nothing" };
    if (!reads) continue;
    const rows = withOddKeys(base);
    for (const ranges of disjointEdges(base)) yield { ...base, rows, ranges, relation: "edge" };
    const middle = base.rows[base.rows.length >> 1]?.key;
    for (const ranges of overlaps(base)) {
      yield { ...base, ranges, relation: "overlap" };
      if (middle !== undefined) yield { ...base, ranges, cuts: [middle], relation: "overlap" };
    }
  }
}

/** What a request and what it is compared with came to. */
type Compared = { readonly got: Told; readonly wanted: Told; readonly wantedText: string };

/** The same request with nothing to find; null where the policy lets it look elsewhere. */
function compareNothing(subject: Subject, contract: Contract, one: VerifyCase): Compared | null {
  const rows = reachable(contract, one);
  if (rows === null || !one.ranges.every(isEmptyRange)) return null;
  const wantedText = "as without any rows";
  const host = subject.fresh();
  return { got: run(host, one), wanted: run(host, { ...one, rows }), wantedText };
}

/** The same request about one plain range around just the rows inside. */
function compareEdge(subject: Subject, contract: Contract, one: VerifyCase): Compared | null {
  const rows = reachable(contract, one);
  if (rows === null || anyOverlap(one.ranges) || one.ranges.every(isEmptyRange)) return null;
  const [first, last] = [rows[0]?.key, rows.at(-1)?.key];
  const around = first === undefined ? whole : { start: first, end: `${last}\0` };
  const plain = { ...one, rows, ranges: [around] };
  const wantedText = "as about the rows inside alone";
  const host = subject.fresh();
  return { got: run(host, one), wanted: run(host, plain), wantedText };
}

const whole: KeyRange = { start: "", end: "" };

/** The rows that a request may look at, or null: all of them. */
function reachable(
  { containment }: Contract,
  { rows, ranges }: VerifyCase,
): readonly KvPair[] | null {
  if (containment === "reads-may-leave") return null;
  const own = policyRanges(containment, { kind: "get", key: "" });
  return rows.filter(({ key }) => [...ranges, ...own].some((range) => contains(range, key)));
}

function nothingComplaint(
  subject: Subject,
  contract: Contract,
  one: VerifyCase,
  seen: Seen,
): Complaint | null {
  const compared = compareNothing(subject, contract, one);
  if (compared === null) return null;
  if (one.rows.length > 0) seen.saw("nothing");
  const write = compared.got.trace.find(({ call }) => isWriteCall(call));
  if (write !== undefined && contract.containment === "strict") {
    const message = `given ${rangesText(one.ranges)}, which holds no key, it writes`;
    return { hint: "C10-EVERYTHING", message, expected: "no write", observed: write.call.kind };
  }
  return differenceOf(contract, one, compared, "C10-EVERYTHING");
}

function edgeComplaint(
  subject: Subject,
  contract: Contract,
  one: VerifyCase,
  seen: Seen,
): Complaint | null {
  const compared = compareEdge(subject, contract, one);
  if (compared === null) return null;
  seen.saw("comparable");
  const bounds = one.ranges.flatMap(({ start, end }) => [start, end]);
  if (bounds.some((key) => key.length === longestKey || /[\0\xff]/.test(key))) seen.saw("odd");
  return differenceOf(contract, one, compared, "C10-EDGE");
}

function differenceOf(
  contract: Contract,
  { ranges, rows }: VerifyCase,
  { got, wanted, wantedText }: Compared,
  hint: HintCode,
): Complaint | null {
  const right = answerOf(contract, wanted);
  const left = answerOf(contract, got);
  if (right.kind === "died") return null; // C8's matter.
  const expected = `${wantedText}: ${answerText(right)}`;
  const observed = endText(got.end);
  const list = clipped(rangesText(ranges));
  if (left.kind === "died") {
    return { hint: "C10-DIES", message: `${list} stops the node: ${observed}`, expected, observed };
  }
  if (refuses(contract, got) || sameAnswer(left, right)) return null;
  const message = `${list} over ${rows.length} rows: ${answerText(left)}, not ${expected}`;
  return { hint, message: clipped(message), expected, observed: answerText(left) };
}

/** A refusal in the answer's bytes, or a storage error that came back. */
function refuses(contract: Contract, { end, trace }: Told): boolean {
  if (end.kind === "error") return trace.some(({ answer }) => answer.kind === "error");
  return end.kind === "response" && contract.answerKind(end.data) === "refusal";
}

function overlapComplaint(
  subject: Subject,
  contract: Contract,
  one: VerifyCase,
  seen: Seen,
): Complaint | null {
  if (!anyOverlap(one.ranges)) return null;
  seen.saw("overlapping");
  const shown = shownPolicies(subject, contract, one);
  if (shown.some(({ policy }) => policy !== null)) seen.saw("overlap");
  const declared = contract.overlaps;
  const [first] = shown.filter(({ policy }) => policy !== null);
  const expectedPolicy = declared ?? first?.policy ?? "dedupe";
  const expected = `${expectedPolicy}${declared === null ? "" : ", as the contract declares"}`;
  const wrong =
    shown.find(({ policy }) => policy === "neither") ??
    shown.find(({ policy }) => policy !== null && policy !== expectedPolicy);
  if (wrong === undefined) return null;
  const observed = `${wrong.name}: ${policyWords[wrong.policy ?? "neither"]}`;
  const against =
    wrong.policy === "neither" || declared !== null || first === undefined
      ? ""
      : `, but ${first.name}: ${policyWords[expectedPolicy]}`;
  const message = `keys that lie in several ranges: ${observed}${against}`;
  return { hint: "C10-OVERLAP", message, expected, observed };
}

function edgeStory(subject: Subject, one: VerifyCase): readonly StoryLine[] {
  const { contract } = subject;
  if (contract === null) return [];
  const lines: StoryLine[] = [
    { label: "rows", text: clipped(rowsText(one.rows, contract)) },
    { label: "request", text: contract.requestText(one.request) || "no bytes" },
    { label: "ranges", text: clipped(rangesText(one.ranges)) },
  ];
  if (one.relation === "overlap") {
    const shown = shownPolicies(subject, contract, one).map(({ name, policy }) => {
      const words = policy === null ? "does not show" : policyWords[policy];
      return { label: "", text: `${name}: ${words}` };
    });
    const cut = one.cuts.length > 0 ? [{ label: "cut", text: one.cuts.join(" ") }] : [];
    return [...lines, ...cut, ...shown];
  }
  const compare = one.relation === "nothing" ? compareNothing : compareEdge;
  const compared = compare(subject, contract, one);
  if (compared === null) return lines;
  const { got, wanted, wantedText } = compared;
  return [
    ...lines,
    { label: "answer", text: answerText(answerOf(contract, got)) },
    { label: "expected", text: `${wantedText}: ${answerText(answerOf(contract, wanted))}` },
  ];
}

const answerOf = (contract: Contract, { end }: Told): ClientAnswer =>
  clientAnswer(contract, [{ ranges: [], end }]);

const sameAnswer = (left: ClientAnswer, right: ClientAnswer): boolean =>
  left.kind === "merged" && right.kind === "merged"
    ? left.merged.equals(right.merged)
    : left.kind === right.kind;

/** As any client may send it: no library has cut or dropped a range. */
function run(host: Host, { rows, ranges, request }: VerifyCase): Told {
  const call = { request: { ranges, data: request }, region: wholeSpace, fault: null };
  return host.call({ ...call, rows: new Rows(rows) });
}

/** The longest key has no place in a line. */
const clipped = (text: string): string =>
  text.replaceAll(/~{40,}/g, (run) => `~~~...(${run.length} times)`);

const contains = ({ start, end }: KeyRange, key: string): boolean =>
  key >= start && (end === "" || key < end);
